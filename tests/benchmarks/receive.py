"""Speed of receiving, as ratios against peers in the same run: `python -m tests.benchmarks.receive [COUNT]`.

(a) a loop of openpyxl loads that reads every cell; (b) bare reads with python-calamine, the floor. Then, for
one workbook, where the time of receiving goes. `python -m tests.benchmarks.receive dask` holds a Dask cluster of this
machine against its own processes, in turns.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from addin.upward.examine import examine
from addin.upward.receive import receive_folder
from addin.upward.workers import DaskWorkers, LocalWorkers, Workers
from tests.support.hostile import packed
from tests.support.many import unit_parts, write_units

COUNT = 1_000
#: Of so many workbooks each peer is timed, and the time of all reckoned: a full loop of (a) takes a quarter hour.
SAMPLE = 60


def openpyxl_loop(paths: list[Path]) -> int:
    """The loop that a script would have: load, go over every cell."""
    cells = 0
    for path in paths:
        book = load_workbook(path)
        for sheet in book.worksheets:
            cells += sum(1 for row in sheet.iter_rows(values_only=True) for value in row if value is not None)
    return cells


def calamine_loop(paths: list[Path]) -> int:
    """The floor: the fastest reader there is, and nothing else."""
    cells = 0
    for path in paths:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            cells += sum(1 for line in grid for value in line if value != "")
    return cells


def stages(path: Path, runs: int = 10) -> list[tuple[str, float]]:
    """Seconds a workbook that each step of examining takes, by what examining calls."""
    data = path.read_bytes()
    examine(path.name, data)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(runs):
        examine(path.name, data)
    profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    wanted = {
        "unpacking and pre-flight": ("preflight.py", "read_members"),
        "reading all cells": ("files.py", "<dictcomp>"),
        "formulas, links, hidden parts": ("inspection.py", "file_facts"),
        "seal": ("sealing.py", "verify_book"),
        "ledgers, facts": ("reading.py", "_gather"),
        "the thirteen tables": ("derive.py", "derive"),
        "tables read back": ("printed.py", "read_printed"),
        "relations": ("relations.py", "evaluate"),
        "relations laid out": ("relations.py", "relations"),
        "checks": ("validate.py", "validate"),
        "all": ("examine.py", "examine"),
    }
    result = []
    for what, (file, function) in wanted.items():
        spent = sum(v[3] for k, v in stats.items() if k[0].endswith(f"/{file}") and k[2] == function)
        result.append((what, spent / runs))
    return result


def cluster_and_processes(count: int = 100, rounds: int = 3) -> Iterator[tuple[float, float]]:
    """CPU seconds of examining so many workbooks: by this machine's processes, by as many workers of a Dask cluster.

    Both with all their processes, whose start counts for the first: those of the cluster stay.
    """
    import distributed

    library: Any = distributed
    tasks = [(n, f"{n}.xlsx", packed(unit_parts(n % 8, n + 1), 1)) for n in range(count)]

    def used() -> float:
        own = psutil.Process()
        return sum(sum(process.cpu_times()[:2]) for process in (own, *own.children(recursive=True)))

    def spent(pool: Workers) -> float:
        start = used()
        for done, _ in enumerate(pool.answers(iter(tasks)), 1):
            if done == count:  # its children are still there to be asked
                return used() - start
        raise AssertionError

    with library.LocalCluster(n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address=None) as cluster:
        spent(DaskWorkers(cluster.scheduler_address))
        for _ in range(rounds):
            yield spent(LocalWorkers()), spent(DaskWorkers(cluster.scheduler_address))


def main(count: int = COUNT) -> None:
    """Measure and print."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_units(folder / "in", count)
        paths = sorted((folder / "in").iterdir())
        part = paths[:: max(len(paths) // SAMPLE, 1)][:SAMPLE]
        start = time.perf_counter()
        done = receive_folder(folder / "in", folder / "out" / "汇总.xlsx")
        ours = time.perf_counter() - start
        assert done.anew == count
        assert done.receipt.good
        times = {}
        for what, loop in (("openpyxl", openpyxl_loop), ("calamine", calamine_loop)):
            start = time.perf_counter()
            loop(part)
            times[what] = (time.perf_counter() - start) * len(paths) / len(part)
        start = time.perf_counter()
        again = receive_folder(folder / "in", folder / "out" / "汇总.xlsx")
        rerun = time.perf_counter() - start
        assert again.anew == 0
        print(f"{'work':44}{'seconds':>10}{'openpyxl / it':>16}{'it / calamine':>16}")
        for what, seconds in (
            (f"receive, {count} workbooks, sum included", ours),
            ("receive again, nothing changed", rerun),
            ("(a) loop of openpyxl loads, one process", times["openpyxl"]),
            ("(b) bare calamine reads, one process", times["calamine"]),
        ):
            print(f"{what:44}{seconds:10.1f}{times['openpyxl'] / seconds:16.2f}{seconds / times['calamine']:16.2f}")
        print("\nwhere it goes, one workbook under a profiler, ms")
        for what, seconds in stages(paths[0]):
            print(f"  {what:34}{seconds * 1000:9.1f}")


if __name__ == "__main__":
    if "dask" in sys.argv:
        for processes, cluster in cluster_and_processes():
            print(f"processes {processes:.1f} s of CPU, cluster {cluster:.1f} s: as fast as {processes / cluster:.2f}")
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
