"""Speed of filling, as ratios against a peer in the same run: `python -m tests.benchmarks.fill`."""

from __future__ import annotations

import csv
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from openpyxl import load_workbook

from addin import commands
from addin.files import read_grid
from tests.support.command import run_command
from tests.support.ledgers import AMOUNT, SPENDING_HEADINGS, Row, write_csv
from tests.support.published import LEDGER, UNIT
from udfs.derive import Table, derive
from udfs.facts import build_facts
from udfs.ledger import empty_ledger, read_ledger
from udfs.unit import UnitInfo
from workbook_templates.edition import load_edition
from workbook_templates.sample import SAMPLE_FOLDER, Sample

LONG = 20_000


def median(work: Callable[[], object], runs: int) -> float:
    """The median of several runs in seconds, after one that warms up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def long_ledger(path: Path) -> Path:
    """The published ledger repeated with other amounts, codes and projects."""
    with LEDGER.open(encoding="utf-8-sig", newline="") as file:
        published = list(csv.DictReader(file))
    rows: list[Row] = []
    for number in range(LONG):
        row = dict(published[number % len(published)])
        row[AMOUNT] = f"{number * 37 % 900_000 + 1}.{number % 100:02d}"
        row["功能科目编码"] = row["功能科目编码"][:5] + f"{number % 60:02d}"
        if row["项目名称"]:
            row["项目名称"] = f"{row['项目名称']}{number % 40}"
        rows.append(row)
    return write_csv(path, rows, SPENDING_HEADINGS)


def tables_of(ledger: Path) -> tuple[Table, ...]:
    """The core alone: from a ledger file to the thirteen tables."""
    edition = load_edition()
    reading = read_ledger(read_grid(ledger, edition.spending.sheet), edition.spending, ledger.name)
    assert reading.ledger is not None
    info = UnitInfo({"unit_name": "某市商务局", "unit_kind": "行政", "year": "2024"})
    facts = build_facts(reading.ledger, empty_ledger(edition.income), info, edition.codes)
    return derive(edition.forms, facts, edition.measure, frozenset())


def grouped(ledger: Path) -> pd.Series[float]:
    """The peer: pandas reads the same file and sums it by every column that the tables filter by."""
    frame = pd.read_csv(ledger, dtype=str, keep_default_na=False)
    by = [
        "资金来源",
        "预算年度来源",
        "功能科目编码",
        "支出类别",
        "经费类别",
        "项目名称",
        "部门经济科目编码",
        "政府经济科目编码",
    ]
    return frame[AMOUNT].astype(float).groupby([frame[name] for name in by]).sum()


def load_and_save(book: Path, out: Path) -> None:
    """The peer of filling: openpyxl loads and saves the same workbook."""
    load_workbook(book).save(out)


def start_up(module: str) -> float:
    """Seconds that a new process takes to import a module, interpreter included."""
    return median(lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True), 5)


def sample_book(out: Path) -> tuple[Path, str]:
    """The sample unit's workbook where the sample is complete, else one of the published ledger."""
    if (SAMPLE_FOLDER / "ledger.csv").is_file() and (SAMPLE_FOLDER / "basic.csv").is_file():
        commands.sample_workbook(out, Sample())
        return out, "fill, sample unit"
    done = run_command("new", out, "--ledger", LEDGER, "--unit", UNIT)
    assert done.code == 0, done.err
    return out, "fill, published ledger"


def line(what: str, seconds: float, peer: str, peer_seconds: float) -> None:
    """One line of the table."""
    print(
        f"{what:34}{seconds * 1000:10.1f} ms   {peer:34}{peer_seconds * 1000:10.1f} ms   {seconds / peer_seconds:7.2f}"
    )


def main() -> None:
    """Measure and print."""
    print(f"{'work':34}{'median':>13}   {'peer':34}{'median':>13}   {'ratio':>7}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        book, what = sample_book(folder / "样例.xlsx")
        out = folder / "结果.xlsx"
        ours = median(lambda: commands.fill_workbook(book, out), 7)
        line(what, ours, "openpyxl load and save", median(lambda: load_and_save(book, out), 5))

        ledger = long_ledger(folder / "明细.csv")
        long_book = folder / "长.xlsx"
        assert run_command("new", long_book, "--ledger", ledger, "--unit", "某市商务局").code == 0
        ours = median(lambda: commands.fill_workbook(long_book, out), 3)
        peer = median(lambda: load_and_save(long_book, out), 3)
        line(f"fill, ledger of {LONG} rows", ours, "openpyxl load and save", peer)

        ours = median(lambda: tables_of(ledger), 5)
        line(f"ledger to tables, {LONG} rows", ours, "pandas read and group-sum", median(lambda: grouped(ledger), 5))
    line("start-up: import addin.commands", start_up("addin.commands"), "import pandas", start_up("pandas"))


if __name__ == "__main__":
    main()
