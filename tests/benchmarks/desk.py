"""Speed of 工作台, as ratios to the command line in the same run: `python -m tests.benchmarks.desk`."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from addin.verbs import commands
from tests.support.desk import served, visited
from tests.support.ledgers import write_csv
from tests.support.units import MIXED
from workbook_templates.reading.sample import Sample

#: Rows of the long ledger.
ROWS = 20_000
ROUNDS = 5


def command_line(book: Path, out: Path) -> tuple[float, float]:
    """Seconds that `validate` takes without and with a copy to write."""
    seconds = []
    for more in ([], ["-o", str(out)]):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "addin.cli", "validate", str(book), *more], capture_output=True, check=False
        )
        seconds.append(time.perf_counter() - start)
    return seconds[0], seconds[1]


def on_the_page(book: Path) -> tuple[float, float]:
    """Seconds from start to the state shown, and from 校验 to the findings shown."""
    start = time.perf_counter()
    with served(book) as (_, url), visited(url) as page:
        assert page.get("/view/overview").status_code == 200
        shown = time.perf_counter() - start
        start = time.perf_counter()
        page.post("/press", json={"command": "validate"})
        with page.stream("GET", "/events") as events:
            next(line for line in events.iter_lines() if '"running": ""' in line)
        assert page.get("/view/findings").status_code == 200
        return shown, time.perf_counter() - start


def in_turns(book: Path, out: Path) -> list[tuple[float, float, float, float]]:
    """Both ways one after the other, several times: what the machine does meanwhile befalls both."""
    return [(*command_line(book, out), *on_the_page(book)) for _ in range(ROUNDS)]


def main() -> None:
    """Print both ratios for the sample and for a long ledger, of the medians of all rounds."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        sample, long = folder / "sample.xlsx", folder / "long.xlsx"
        commands.sample_workbook(sample, Sample())
        rows = [MIXED.spending[n % len(MIXED.spending)] for n in range(ROWS)]
        commands.new_workbook(long, ledger=write_csv(folder / "l.csv", rows), unit="某某局")
        print(f"{'work':40}{'command line':>14}{'page':>9}{'ratio':>8}")
        for what, book in (("the sample", sample), (f"{ROWS} rows", long)):
            plain, written, shown, checked = map(median, zip(*in_turns(book, folder / "out.xlsx"), strict=True))
            print(f"{what + ': start to the page shown':40}{plain:14.2f}{shown:9.2f}{shown / plain:8.2f}")
            print(f"{what + ': 校验 to the findings shown':40}{written:14.2f}{checked:9.2f}{checked / written:8.2f}")


if __name__ == "__main__":
    main()
