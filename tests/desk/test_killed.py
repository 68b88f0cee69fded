"""工作台 killed while a button runs: inputs unharmed, no half file under a final name."""

from __future__ import annotations

import random
import time
from pathlib import Path
from shutil import copy

import pytest

from addin.xlsx.files import Workbook
from tests.support.desk import served, visited
from tests.support.evidence import EVIDENCE

TIMES = 100 if EVIDENCE else 2
_LONGEST = 1.5  #: seconds until the kill at most; writing takes place within them


@pytest.mark.parametrize("over", [False, True])
def test_killed_at_any_moment_nothing_is_harmed(sample_book: Path, tmp_path: Path, over: bool) -> None:
    before = sample_book.read_bytes()
    for number in range(TIMES // 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        book = Path(copy(sample_book, folder / "本单位.xlsx"))
        _start_and_kill(book, over=over, after=random.Random(number).uniform(0, _LONGEST))
        whole = {path: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}
        assert before in whole.values(), "what she had is there, by its name or as the kept copy"
        assert over or whole[book] == before
        for path, data in whole.items():
            Workbook(path, data)


def _start_and_kill(book: Path, *, over: bool, after: float) -> None:
    with served(book) as (process, url), visited(url) as page:
        page.post("/press", json={"command": "generate", "over": over})
        time.sleep(after)
        process.kill()
