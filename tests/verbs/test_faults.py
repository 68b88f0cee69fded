"""Killed at any moment, a full disk, no permission: inputs stay, no half file has a final name, the next run completes.

`YUSUAN_EVIDENCE=1` kills two hundred times each (`YUSUAN_KILLS` says otherwise); without it a few.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.xlsx.files import Workbook
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE
from tests.support.hostile import packed
from tests.support.many import unit_parts, write_units
from tests.support.tools import ROOT

KILLS = int(os.environ.get("YUSUAN_KILLS", "200" if EVIDENCE else "2"))


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "addin.cli", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def final_names(folder: Path) -> list[Path]:
    """Workbooks under a name that is no temporary one."""
    return [p for p in folder.rglob("*.xlsx") if p.is_file() and not p.name.startswith(".")]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    write_units(folder, 3, 1)
    return folder


def _arguments(verb: str, inputs: Path, out: Path) -> list[str | Path]:
    if verb == "submit":
        return ["submit", inputs / "900001.xlsx", "-o", out]
    return ["receive", inputs, "-o", out / "汇总.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("verb", ["submit", "receive"])
def test_killed_at_any_moment(tmp_path: Path, inputs: Path, verb: str) -> None:
    before = contents(inputs)
    started = time.monotonic()
    assert (
        subprocess.run(command(*_arguments(verb, inputs, tmp_path / "0")), env=environment(), check=False).returncode
        == 0
    )
    whole = time.monotonic() - started
    (first,) = final_names(tmp_path / "0")
    chance = random.Random(20240301)
    killed = 0
    out = tmp_path / "1"
    for number in range(KILLS):
        run = subprocess.Popen(
            command(*_arguments(verb, inputs, out)),
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # Every part of a run is met alike; the last runs may be let end.
        time.sleep((number + chance.random()) / KILLS * whole * 1.1)
        killed += run.poll() is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        assert contents(inputs) == before
        for path in final_names(out):
            Workbook(path)  # whole, or it would be refused
            if verb == "submit":
                assert run_command("verify", path).code == 0
    assert killed or KILLS < 50, "every run ended before its moment came"
    done = subprocess.run(command(*_arguments(verb, inputs, out)), env=environment(), check=False)
    assert done.returncode == 0
    (last,) = final_names(out)
    if verb == "receive":
        assert last.read_bytes() == first.read_bytes()
    else:
        assert run_command("verify", last).code == 0
    if EVIDENCE:
        print(f"\n{verb}: {killed} of {KILLS} runs killed before they ended")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX's")
@pytest.mark.parametrize("verb", ["submit", "receive"])
@pytest.mark.parametrize("blocks", [1, 100] if EVIDENCE else [100])
def test_a_full_disk(tmp_path: Path, inputs: Path, verb: str, blocks: int) -> None:
    """A limit on the size of files stands for a full disk: writing fails in the middle of a file."""
    before = contents(inputs)
    out = tmp_path / "out"
    shell = f"trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""
    run = ["/bin/sh", "-c", shell, "sh", *command(*_arguments(verb, inputs, out))]
    done = subprocess.run(run, env=environment(), check=False, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "无法写入" in done.stderr
    assert "Traceback" not in done.stderr
    assert final_names(out) == []
    assert not list(out.rglob(".yusuan-*"))
    assert contents(inputs) == before
    assert run_command(*_arguments(verb, inputs, out)).code == 0


def ordinary(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command as an ordinary user runs it: root is without what lets it read and write whatever it likes."""
    run = command(*arguments)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write anywhere, and setpriv is not installed")
        run = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *run]
    return subprocess.run(run, env=environment(), check=False, capture_output=True, text=True)


@contextlib.contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    """Other rights on a file or a folder for a while."""
    old = path.stat().st_mode
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(old)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are POSIX's")
@pytest.mark.parametrize("verb", ["submit", "receive", "fill", "validate", "new"])
def test_a_folder_that_may_not_be_written(tmp_path: Path, inputs: Path, verb: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    arguments = {
        "fill": ["fill", inputs / "900001.xlsx", "-o", out / "表.xlsx"],
        "validate": ["validate", inputs / "900001.xlsx", "-o", out / "校验.xlsx"],
        "new": ["new", out / "新.xlsx"],
    }.get(verb) or _arguments(verb, inputs, out)
    with mode(out, 0o500):
        done = ordinary(*arguments)
    assert done.returncode == 2, done.stdout
    assert "无法写入" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(out.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="rights are POSIX's")
@pytest.mark.parametrize("verb", ["submit", "verify", "validate"])
def test_a_workbook_that_may_not_be_read_is_a_sentence(tmp_path: Path, inputs: Path, verb: str) -> None:
    book = tmp_path / "单位.xlsx"
    book.write_bytes((inputs / "900001.xlsx").read_bytes())
    arguments: list[str | Path] = [verb, book]
    if verb == "submit":
        arguments += ["-o", tmp_path / "out"]
    with mode(book, 0):
        done = ordinary(*arguments)
    assert done.returncode == 2, done.stdout
    assert "没有权限读取" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="rights are POSIX's")
def test_what_may_not_be_read_among_others_does_not_stop_them(tmp_path: Path) -> None:
    write_units(tmp_path / "来文", 2, 1)
    (tmp_path / "来文" / "二组").mkdir()
    (tmp_path / "来文" / "二组" / "900009.xlsx").write_bytes(packed(unit_parts(0, 9)))
    out = tmp_path / "汇总.xlsx"
    with mode(tmp_path / "来文" / "900001.xlsx", 0), mode(tmp_path / "来文" / "二组", 0):
        done = ordinary("receive", tmp_path / "来文", "-o", out)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    states = {line[11]: line[4] for line in Workbook(out).grids["收表情况"][3:]}
    # A folder that may not be opened is listed as well: nobody is to think that nothing was in it.
    assert states == {"900002.xlsx": "已汇总", "900001.xlsx": "无法读取", "二组": "无法读取"}


@pytest.mark.parametrize("verb", ["submit", "receive"])
def test_a_folder_that_is_a_file(tmp_path: Path, inputs: Path, verb: str) -> None:
    (tmp_path / "out").write_text("a file")
    done = run_command(*_arguments(verb, inputs, tmp_path / "out"))
    assert done.code == 2
    assert "无法写入" in done.err
    assert (tmp_path / "out").read_text() == "a file"


def test_a_file_that_vanishes_while_others_are_received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from addin.upward import receive
    from addin.upward.incoming import Source, find_sources

    folder = tmp_path / "in"
    write_units(folder, 1, 1)
    gone = folder / "900002.xlsx"
    gone.write_bytes(packed(unit_parts(0, 2)))

    def then_gone(where: Path, without: list[Path]) -> list[Source]:
        found = find_sources(where, without)
        gone.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(receive, "find_sources", then_gone)
    done = receive.receive_folder(folder, tmp_path / "汇总.xlsx")
    assert {f.file: f.state for f in done.receipt.files} == {"900001.xlsx": "已汇总", "900002.xlsx": "无法读取"}
