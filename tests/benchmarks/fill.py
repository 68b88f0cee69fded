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

from addin.verbs import commands
from addin.xlsx.files import read_grid
from tests.support.command import run_command
from tests.support.ledgers import AMOUNT, SPENDING_HEADINGS, Row, write_csv
from tests.support.published import LEDGER
from udfs.ledgers.facts import build_facts
from udfs.ledgers.ledger import Ledger, empty_ledger
from udfs.ledgers.reader import read_ledger
from udfs.ledgers.unit import UnitInfo
from udfs.tables.derive import Table, derive
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.sample import Sample

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


def long_ledger(path: Path, length: int = LONG) -> Path:
    """The published ledger repeated with other amounts, codes and projects."""
    with LEDGER.open(encoding="utf-8-sig", newline="") as file:
        published = list(csv.DictReader(file))
    rows: list[Row] = []
    for number in range(length):
        row = dict(published[number % len(published)])
        row[AMOUNT] = f"{number * 37 % 900_000 + 1}.{number % 100:02d}"
        row["功能科目编码"] = row["功能科目编码"][:5] + f"{number % 60:02d}"
        if row["项目名称"]:
            row["项目名称"] = f"{row['项目名称']}{number % 40}"
        rows.append(row)
    return write_csv(path, rows, SPENDING_HEADINGS)


def clean_ledger(ledger: Path) -> Ledger:
    """A ledger file read, cleaned and checked."""
    spec = load_edition().spending
    reading = read_ledger(read_grid(ledger, spec.sheet), spec, ledger.name)
    assert reading.ledger is not None
    return reading.ledger


def tables_of(ledger: Ledger) -> tuple[Table, ...]:
    """The core alone: from a clean ledger to the thirteen tables."""
    edition = load_edition()
    info = UnitInfo({"unit_name": "某市商务局", "unit_kind": "行政", "year": "2024"})
    facts = build_facts(ledger, empty_ledger(edition.income), info, edition.codes)
    return derive(edition.forms, facts, frozenset())


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


def start_up(*what: str) -> float:
    """Seconds that a new process takes, interpreter included; what it finds wrong does not count."""
    return median(lambda: subprocess.run([sys.executable, *what], check=False, capture_output=True), 5)


def sample_book(out: Path) -> Path:
    """The sample unit's workbook, every input sheet filled in."""
    commands.sample_workbook(out, Sample())
    return out


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
        book = sample_book(folder / "样例.xlsx")
        out = folder / "结果.xlsx"
        ours = median(lambda: commands.fill_workbook(book, out), 7)
        line("fill, sample unit", ours, "openpyxl load and save", median(lambda: load_and_save(book, out), 5))

        ledger = long_ledger(folder / "明细.csv")
        long_book = folder / "长.xlsx"
        assert run_command("new", long_book, "--ledger", ledger, "--unit", "某市商务局").code == 0
        ours = median(lambda: commands.fill_workbook(long_book, out), 3)
        peer = median(lambda: load_and_save(long_book, out), 3)
        line(f"fill, ledger of {LONG} rows", ours, "openpyxl load and save", peer)

        peer = median(lambda: grouped(ledger), 5)
        clean = clean_ledger(ledger)
        line(
            f"read a ledger of {LONG} rows", median(lambda: clean_ledger(ledger), 5), "pandas read and group-sum", peer
        )
        line("tables from that ledger", median(lambda: tables_of(clean), 5), "pandas read and group-sum", peer)
        start = start_up("-m", "addin.cli", "validate", str(book))
        line("start-up: yusuan validate, sample", start, "import pandas", start_up("-c", "import pandas"))


if __name__ == "__main__":
    main()
