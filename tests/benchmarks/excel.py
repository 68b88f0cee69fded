"""Speed inside Excel, as ratios against a peer in the same run: `python -m tests.benchmarks.excel`.

Reading and writing happen in LibreOffice or Excel and are no business of Python's: what is measured is from grids to
blocks, as between the one read and the one write.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from addin.verbs import commands, computing
from addin.xlsx.files import Workbook
from tests.benchmarks.fill import LONG, line, load_and_save, long_ledger, median, sample_book
from tests.support.command import run_command
from udfs.functions import answer

#: From the interpreter's start to the first answer, and to a second one in the same process, printed in seconds. What
#: reads the file stands for Excel and does not count; compiled wording is kept from start to start, as between clicks.
_CLICK = """
import sys, time
from pathlib import Path
start = time.perf_counter()
# As the add-in's command starts its server.
sys.modules["pandas"] = None
import xlwings
del sys.modules["pandas"]
import os
os.environ["YUSUAN_DATA"] = sys.argv[2]
import addin.buttons
from addin.verbs import computing
from addin.places import compiled
from addin.patterns import save_patterns
from udfs.results import result_blocks
from udfs.narrative import save_compiled
from workbook_templates.kept import keep_in
keep_in(compiled())
def click():
    begun = time.perf_counter()
    inspection, report = computing.validate_book(book)
    result_blocks(inspection, report)
    return time.perf_counter() - begun
read = time.perf_counter()
from addin.xlsx import Workbook
book = Workbook(Path(sys.argv[1]))
book.grids, book.names, book.facts
read = time.perf_counter() - read
first = click()
cold = time.perf_counter() - start - read
save_compiled()
save_patterns()
print(cold, click())
"""
_PEER = "import time; start = time.perf_counter(); import xlwings, pandas; print(time.perf_counter() - start)"


def _printed(compiled: Path, *command: str) -> list[float]:
    """What a new process prints, with every module compiled before, as the installer leaves them."""
    settings = {**os.environ, "PYTHONPYCACHEPREFIX": str(compiled)}
    settings.pop("PYTHONDONTWRITEBYTECODE", None)
    run = [sys.executable, "-c", *command]
    done = subprocess.run(run, capture_output=True, text=True, check=True, env=settings)
    return [float(number) for number in done.stdout.split()]


def clicks(book: Path, runs: int = 7) -> tuple[float, float, float]:
    """Medians in seconds: a first click in a new process, a second one in the same, and the peer's bare import."""
    cold, warm, peer = [], [], []
    compiled = book.parent / "compiled"
    click = (_CLICK, str(book), str(book.parent / "wording"))
    _printed(compiled, *click)
    for _ in range(runs):
        one, two = _printed(compiled, *click)
        cold.append(one)
        warm.append(two)
        peer += _printed(compiled, _PEER)
    middle = runs // 2
    return sorted(cold)[middle], sorted(warm)[middle], sorted(peer)[middle]


def cell_by_cell(ledger: list[list[Any]], codes: list[str]) -> list[float]:
    """The peer of YS_TABLE: a function a cell, which gets the ledger's range and sums what fits, as SUMIFS would."""
    code, kind, money = (ledger[0].index(h) for h in ("功能科目编码", "支出类别", "金额（元）"))

    def one(start: str, wanted: str) -> float:
        rows = ledger[1:]
        fitting = [r for r in rows if str(r[code]).startswith(start) and (not wanted or r[kind] == wanted)]
        return float(sum(r[money] for r in fitting))

    return [one(start, wanted) for start in codes for wanted in ("", "基本支出", "项目支出")]


def main() -> None:
    """Measure and print."""
    print(f"{'work':34}{'median':>13}   {'peer':34}{'median':>13}   {'ratio':>7}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = sample_book(folder / "样例.xlsx")
        filled, narrated = folder / "各表.xlsx", folder / "说明.xlsx"
        commands.fill_workbook(source, filled)
        commands.narrate_workbook(filled, narrated)
        cold, warm, peer = clicks(narrated)
        line("校验, first click", cold, "import xlwings, pandas", peer)
        line("校验, second click", warm, "first click", cold)

        long_source = folder / "长.xlsx"
        ledger = long_ledger(folder / "明细.csv")
        assert run_command("new", long_source, "--ledger", ledger, "--unit", "某市商务局").code == 0
        long_narrated = folder / "长说明.xlsx"
        commands.narrate_workbook(long_source, long_narrated)
        for label, start, finished in (("sample", source, narrated), (f"{LONG} rows", long_source, long_narrated)):
            book, done = Workbook(start), Workbook(finished)
            peer = median(lambda path=finished: load_and_save(path, folder / "x.xlsx"), 3)  # type: ignore[misc]
            ours = median(lambda book=done: computing.validate_book(book), 3)  # type: ignore[misc]
            line(f"校验, {label}", ours, "openpyxl load and save", peer)
            ours = median(lambda book=book: computing.generate_book(book), 3)  # type: ignore[misc]
            line(f"一键生成, {label}", ours, "openpyxl load and save", peer)

        rows = [list(row) for row in Workbook(long_source).grids["预算明细"]]
        table = answer("YS_TABLE", "表三", rows)
        codes = [row[0] for row in table[5:]]
        ours = median(lambda: answer("YS_TABLE", "表三", rows), 3)
        peer = median(lambda: cell_by_cell(rows, codes), 1)
        line(f"YS_TABLE 表三, {LONG} rows", ours, f"{3 * len(codes)} functions, one a cell", peer)


if __name__ == "__main__":
    main()
