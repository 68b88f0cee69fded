"""Files that mean harm, or are none of ours: each is refused with one sentence, soon and in little memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from addin.xlsx.files import Workbook
from addin.xlsx.preflight import is_safe_name, read_file, read_members
from tests.support.hostile import HOSTILE, write_hostile
from tests.support.tools import ROOT
from udfs.base.problems import InputProblems


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, published_book: Path) -> dict[str, Path]:
    return write_hostile(tmp_path_factory.mktemp("hostile"), published_book)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(hostile: dict[str, Path], name: str) -> None:
    path = hostile[name]
    before = path.read_bytes()
    says = HOSTILE[name][1]
    if not says:
        # The entry lies; what is read is what the entry promised, never the fifty million bytes behind it.
        assert all(len(data) <= info.file_size for info, data in read_members(path, read_file(path)))
        return
    with pytest.raises(InputProblems) as refused:
        Workbook(path)
    assert len(refused.value.problems) == 1
    assert says in str(refused.value.problems[0])
    assert path.read_bytes() == before


#: Reads every file named, each in turn, and prints what the process has held at most in megabytes after
#: each, then the seconds of the processor that the slowest took.
_READER = """
import re, sys, time
from pathlib import Path
from addin.xlsx import Workbook
from udfs.base import InputProblems
slowest = 0.0
for name in sys.argv[1:]:
    start = time.process_time()
    try:
        Workbook(Path(name))
    except InputProblems:
        pass
    slowest = max(slowest, time.process_time() - start)
    # Not getrusage: what the process held that started this one counts there.
    print(name, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
print(slowest)
"""
MOST_MEGABYTES = 500


def test_refusing_takes_little_time_and_memory(hostile: dict[str, Path]) -> None:
    command = [sys.executable, "-c", _READER, *map(str, hostile.values())]
    limited = ["/bin/sh", "-c", f'ulimit -c 0; ulimit -v {2 * 1024 * 1024}; exec "$@"', "sh", *command]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(limited, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    *held, slowest = done.stdout.splitlines()
    assert float(slowest) < 2.0
    assert [line for line in held if int(line.rpartition(" ")[2]) > MOST_MEGABYTES] == []


@pytest.mark.parametrize("name", ["/etc/x", "..\\x", "a/../b", "C:x", "a\x00b", "\\x"])
def test_names_that_lead_outside(name: str) -> None:
    assert not is_safe_name(name)


def test_a_real_workbook_passes(published_book: Path) -> None:
    names = [info.filename for info, _ in read_members(published_book, read_file(published_book))]
    assert "xl/workbook.xml" in names


def test_a_vanished_file_and_a_folder(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "无.xlsx", "找不到这个文件"), (tmp_path, "这是文件夹")):
        with pytest.raises(InputProblems, match=says):
            read_file(path)
