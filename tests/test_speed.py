"""Speed beside a peer's in the same run, with a wide margin: what fails here has become twice as slow as it was.

CPU time of turns taken one after the other, the least of each: what else the machine does slows both alike.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from python_calamine import CalamineWorkbook

from addin.upward.examine import examine
from tests.benchmarks.fill import clean_ledger, grouped, long_ledger
from tests.support.hostile import packed
from tests.support.live import Steps
from tests.support.many import unit_parts


def _ratio(work: Callable[[], object], peer: Callable[[], object], turns: int = 3) -> float:
    """The least CPU time of a work, its children's included, over that of its peer."""

    def spent(run: Callable[[], object]) -> float:
        def now() -> float:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            return time.process_time() + used.ru_utime + used.ru_stime

        start = now()
        run()
        return now() - start

    work()
    peer()
    turned = [(spent(work), spent(peer)) for _ in range(turns)]
    return min(a for a, _ in turned) / min(b for _, b in turned)


def test_a_command_starts_about_as_fast_as_pandas_is_imported(steps: Steps) -> None:
    def start(*what: object) -> None:
        subprocess.run([sys.executable, *map(str, what)], capture_output=True, check=True)

    validate = ("-m", "addin.cli", "validate", steps.narrated)
    assert _ratio(lambda: start(*validate), lambda: start("-c", "import pandas"), 2) < 2


def test_a_ledger_is_read_in_a_few_times_what_pandas_takes(tmp_path: Path) -> None:
    ledger = long_ledger(tmp_path / "明细.csv", 10_000)
    assert _ratio(lambda: clean_ledger(ledger), lambda: grouped(ledger)) < 6


def test_a_received_workbook_is_examined_in_a_few_times_what_reading_it_takes() -> None:
    data = packed(unit_parts(1, 1), 1)

    def read() -> None:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    assert _ratio(lambda: examine("甲.xlsx", data), read, 5) < 7
