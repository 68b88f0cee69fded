"""Children that hang, die or grow cost one workbook each; the next is examined as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from addin.upward.examine import examine
from addin.upward.sandbox import Sandbox
from addin.upward.workers import LocalWorkers
from tests.support.hostile import packed
from tests.support.many import unit_parts
from tests.support.tools import ROOT
from udfs.base import InputProblems


@pytest.fixture(scope="module")
def book() -> bytes:
    return packed(unit_parts(0, 1))


@pytest.fixture
def box() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def message(answer: bytes) -> str:
    summary = json.loads(answer.partition(b"\n")[0])
    assert summary["state"] == "refused"
    return str(summary["message"])


def test_a_child_says_what_this_process_would(box: Sandbox, book: bytes) -> None:
    assert box.examine("a.xlsx", book) == examine("a.xlsx", book)


def test_a_child_that_takes_too_long_is_ended_and_replaced(box: Sandbox, book: bytes) -> None:
    box.seconds = -1.0
    assert "解析超过-1秒" in message(box.examine("a.xlsx", book))
    box.seconds = 60.0
    assert json.loads(box.examine("a.xlsx", book).partition(b"\n")[0])["state"] == "read"


def test_a_child_that_grows_too_large_is_ended(box: Sandbox, book: bytes) -> None:
    box.memory = 1
    assert "内存超出限制" in message(box.examine("a.xlsx", book))


def test_a_child_that_dies_costs_one_workbook(box: Sandbox, book: bytes) -> None:
    assert json.loads(box.examine("a.xlsx", book).partition(b"\n")[0])["state"] == "read"
    child = box._child
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)
    threading.Timer(0.3, child.kill).start()
    assert "程序异常终止" in message(box.examine("b.xlsx", book))
    assert json.loads(box.examine("c.xlsx", book).partition(b"\n")[0])["state"] == "read"


@pytest.mark.parametrize(
    "act",
    [
        "x = open('new', 'w')",
        "open('new', 'w').write('y')",
        "open('old', 'a')",
        "open('old', 'r+')",
        "import os; os.open('new', os.O_CREAT | os.O_WRONLY)",
        "import pathlib; pathlib.Path('new').touch()",
        "import pathlib; pathlib.Path('old').unlink()",
        "import os; os.rename('old', 'new')",
        "import os; os.mkdir('new')",
        "import os; os.truncate('old', 0)",
        "import os; os.open('old', os.O_RDONLY | os.O_TRUNC)",
        "import sqlite3; sqlite3.connect('new')",
        "import shutil; shutil.copy('old', 'new')",
        "import tempfile; tempfile.mkstemp(dir='.')",
        "import os; os.system('echo y > new')",
        "import subprocess; subprocess.run(['touch', 'new'])",
        "import socket; socket.socket().connect(('127.0.0.1', 9))",
    ],
)
def test_a_child_may_write_start_and_send_nothing(act: str, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    code = f"from addin.upward.sandbox import limit_this_process as f; f(); open('old').read(); print('read'); {act}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "read\n"
    assert done.returncode != 0
    assert "PermissionError" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a file")
def test_a_write_that_fails_at_the_end_of_a_child_is_a_failure(tmp_path: Path) -> None:
    code = "from addin.upward.sandbox import limit_this_process as f; f(); print('y')"
    with (tmp_path / "out").open("wb") as out:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, stdout=out)
    assert done.returncode != 0
    assert (tmp_path / "out").read_bytes() == b""


def test_no_child_outlives_its_workers(book: bytes) -> None:
    me = psutil.Process()
    workers = LocalWorkers(2)
    answers = workers.answers([(n, f"{n}.xlsx", book) for n in range(3)])
    next(answers)
    assert me.children()
    answers.close()  # type: ignore[attr-defined]
    ends = time.monotonic() + 10
    while me.children() and time.monotonic() < ends:
        time.sleep(0.05)
    assert not [c for c in me.children() if "addin.upward.sandbox" in " ".join(c.cmdline())]


def test_a_child_that_cannot_be_started_is_said_and_nobody_waits_for_it(
    book: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(InputProblems, match="无法启动"):
        list(LocalWorkers(2).answers((number, "甲.xlsx", book) for number in range(8)))


def test_answers_do_not_depend_on_the_number_of_children(book: bytes) -> None:
    tasks = [(n, f"{n}.xlsx", book if n != 1 else b"") for n in range(4)]
    one, two = (dict(LocalWorkers(size).answers(tasks)) for size in (1, 2))
    assert one == two
    assert set(one) == {0, 1, 2, 3}


def test_the_child_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: Sandbox) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert "文件是空的" in message(box.examine("a.xlsx", b""))
