"""Speed of checking, as ratios against a peer in the same run: `python -m tests.benchmarks.validate`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from openpyxl import load_workbook

from addin.verbs import commands
from tests.benchmarks.fill import sample_book
from tests.support.command import run_command
from tests.support.ledgers import Row, write_csv
from tests.support.mixed import UNIT as MIXED_UNIT
from tests.support.seeded import UNITS, SeededUnit, below_zero, counted
from udfs.base.amounts import Flags, Ints
from udfs.reconciliation.locate import locate
from udfs.reconciliation.relations import Matrix
from udfs.reconciliation.system import System

WORKBOOKS = 1_000
#: Wrong workbooks for which the search is timed.
SEARCHES = 200


def many(unit: SeededUnit) -> tuple[Ints, Flags]:
    """(1000, n) the figures of a unit over and over, a few of them wrong, and which cells are filled."""
    rng = np.random.default_rng(1)
    places = np.repeat(unit.clean.places[np.newaxis], WORKBOOKS, axis=0)
    places[rng.integers(0, WORKBOOKS, 3 * WORKBOOKS), rng.integers(0, places.shape[1], 3 * WORKBOOKS)] += 100
    return places, np.repeat(unit.clean.filled[np.newaxis], WORKBOOKS, axis=0) | (places != 0)


def by_matrix(matrix: Matrix, places: Ints, filled: Flags) -> int:
    """Number of relations that fail in all workbooks, by products with the matrix."""
    left, allowed = matrix.residuals(places), matrix.allowed(places, filled)
    return int(np.where(matrix.bound, left > allowed, np.abs(left) > allowed).sum())


#: A rule of the peer: cells and signs, and whether left at most right is enough.
Rule = tuple[list[int], list[int], bool]


def by_rules(rules: Sequence[Rule], books: Sequence[list[int]], shown: Sequence[list[bool]]) -> int:
    """The same by a loop: workbook by workbook, rule by rule, in plain Python numbers."""
    failed = 0
    for places, filled in zip(books, shown, strict=True):
        for cells, signs, bound in rules:
            left = count = 0
            negative = False
            for cell, sign in zip(cells, signs, strict=True):
                left += sign * places[cell]
                if filled[cell]:
                    count += 1
                    negative = negative or places[cell] < 0
            allowed = 0 if count <= 2 else (count - 1 + negative) // 2
            failed += left > allowed if bound else abs(left) > allowed
    return failed


def rules_of(matrix: Matrix) -> list[Rule]:
    """The relations of a matrix as plain rules."""
    cells, signs, starts = matrix.cells.tolist(), matrix.coefficients.tolist(), matrix.starts.tolist()
    return [
        (cells[a:b], signs[a:b], bound)
        for a, b, bound in zip(starts[:-1], starts[1:], matrix.bound.tolist(), strict=True)
    ]


def wrong_systems(unit: SeededUnit) -> list[System]:
    """Workbooks with one figure wrong, spread over all cells and slips."""
    cases = counted(unit.cases())
    return [unit.evaluated([wrong]).system() for wrong in cases[:: max(len(cases) // SEARCHES, 1)]]


def row(what: str, seconds: float, peer: str, peer_seconds: float) -> None:
    """One line of the table."""
    ours, theirs = f"{seconds * 1000:9.1f} ms", f"{peer_seconds * 1000:9.1f} ms"
    print(f"{what:34}{ours}   {peer:22}{theirs}   {seconds / peer_seconds:7.3f}")


def both(work: Callable[[], object], peer: Callable[[], object], runs: int) -> tuple[float, float]:
    """The medians of two works in seconds, taken in turn after one that warms up: what slows the machine slows both."""
    work()
    peer()
    times = [(timed(work), timed(peer)) for _ in range(runs)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def search_times(unit: SeededUnit) -> dict[str, list[float]]:
    """Seconds of the search on each wrong workbook: at first sight, and the same again (the median of three)."""
    result: dict[str, list[float]] = {"cold": [], "warm": []}
    for system in wrong_systems(unit):
        work = partial(locate, system, negative=below_zero(system))
        result["cold"].append(timed(work))
        result["warm"].append(sorted(timed(work) for _ in range(3))[1])
    return result


def filled_book(folder: Path, name: str, rows: Sequence[Row]) -> Path:
    """A finished workbook of a ledger."""
    out = folder / f"{name}.xlsx"
    done = run_command("new", out, "--ledger", write_csv(folder / f"{name}.csv", rows), "--unit", MIXED_UNIT)
    assert done.code == 0, done.err
    return out


def main() -> None:
    """Measure and print."""
    print(f"{'work':34}{'median':>12}   {'peer':22}{'median':>12}   {'ratio':>7}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        books = {"sample": folder / "完成.xlsx"}
        commands.fill_workbook(sample_book(folder / "样例.xlsx"), books["sample"])
        books |= {key: filled_book(folder, key, rows()) for key, rows in UNITS.items()}
        units = {key: SeededUnit(key) for key in UNITS}
        loads = {}
        for key, book in books.items():
            ours, loads[key] = both(partial(commands.validate_workbook, book), partial(load_workbook, book), 9)
            row(f"validate, {key}, file included", ours, "openpyxl load", loads[key])

        for unit in units.values():
            matrix = unit.evaluated([]).matrix
            places, filled = many(unit)
            rules, numbers, shown = rules_of(matrix), places.tolist(), filled.tolist()
            assert by_matrix(matrix, places, filled) == by_rules(rules, numbers, shown)
            ours, theirs = both(partial(by_matrix, matrix, places, filled), partial(by_rules, rules, numbers, shown), 3)
            row(f"{len(rules)} relations, {WORKBOOKS} workbooks", ours, "loop of Python rules", theirs)

        for key, unit in units.items():
            for state, times in search_times(unit).items():
                for part in (50, 99):
                    what = f"wrong cell, {key}, {state}, p{part}"
                    row(what, float(np.percentile(times, part)), "openpyxl load", loads[key])

        out = folder / "结果.xlsx"
        for key, book in books.items():
            work = partial(commands.fill_workbook, book, out, balanced=True)
            ours, theirs = both(work, partial(commands.fill_workbook, book, out), 5)
            row(f"fill --balance, {key}", ours, "fill", theirs)


if __name__ == "__main__":
    main()
