"""Slips planted in printed tables, one or two at a time, and how well they are found with and without the ledger."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from tests.support.ledgers import SPENDING_HEADINGS, Row, lines_of
from tests.support.mixed import mixed_rows
from tests.support.published import LEDGER
from udfs.base.amounts import FEN_PER_PLACE, Ints
from udfs.ledgers.facts import build_facts
from udfs.ledgers.ledger import empty_ledger
from udfs.ledgers.reader import read_ledger
from udfs.ledgers.unit import UnitInfo
from udfs.reconciliation.locate import locate
from udfs.reconciliation.relations import FAILED, Evaluation, evaluate
from udfs.reconciliation.suspects import SEARCH_SECONDS, differing, neighbours, search
from udfs.reconciliation.system import System
from udfs.reconciliation.witness import facts_of, joined, rows_of
from udfs.tables.derive import Table, derive
from udfs.tables.printed import Printed, printed_tables
from workbook_templates.reading.edition import load_edition

#: The slips that are counted, and one that is shown beside them: the smallest there is, which sums of separately
#: rounded parts may honestly swallow.
SLIPS = (
    "last digit",
    "any digit",
    "two digits swapped",
    "sign",
    "× 10 000",
    "÷ 10 000",
    "blank",
    "a neighbour's value",
)
LAST_PLACE = "0.01 more or less"


def published_rows() -> list[Row]:
    """The published ledger."""
    with LEDGER.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


#: The ledgers of the two units in which slips are planted.
UNITS: Mapping[str, Callable[[], list[Row]]] = {"reference": published_rows, "mixed": mixed_rows}


def tables_of(rows: Sequence[Row]) -> tuple[Table, ...]:
    """The thirteen tables of a ledger without income rows."""
    edition = load_edition()
    reading = read_ledger(lines_of(rows, SPENDING_HEADINGS), edition.spending, edition.spending.sheet)
    assert reading.problems == []
    assert reading.ledger is not None
    info = UnitInfo({"unit_name": "某市商务局", "unit_kind": "行政", "year": "2024"})
    facts = build_facts(reading.ledger, empty_ledger(edition.income), info, edition.codes)
    return derive(edition.forms, facts, frozenset())


class Wrong(Struct, frozen=True):
    """A cell that prints something else than it should; `figure` is None where it is empty."""

    slip: str
    cell: int
    figure: int | None


class Found(Struct, frozen=True):
    """What the search said of one wrong cell."""

    wrong: Wrong
    detected: bool  #: some relation fails
    among: bool = False  #: the true cell is a suspect
    alone: bool = False  #: the only one
    twins: bool = False  #: not alone, but all others print the same amount by the relations, as its total or only part
    named: bool = False  #: with the ledger this cell and no other differs, and its figure is known


class FoundPair(Struct, frozen=True):
    """What the search said of two wrong cells at once."""

    wrong: tuple[Wrong, Wrong]
    detected: bool
    among: bool = False  #: the pair is one of the smallest repairs
    fewer: bool = False  #: one cell alone explains everything


Case = TypeVar("Case", Wrong, Found)


class SeededUnit:
    """A unit's clean tables, in which slips are planted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tables = tables_of(UNITS[name]())
        self.edition = load_edition()
        self.clean: Printed
        self.exact: Ints
        self.clean, self.exact = printed_tables(self.tables, {})

    def evaluated(self, wrong: Sequence[Wrong]) -> Evaluation:
        """The relations on the tables with some cells wrong, as without a ledger."""
        return evaluate(self.printed(wrong), self.edition.relations, self.edition.codes)

    def printed(self, wrong: Sequence[Wrong]) -> Printed:
        """The tables with some cells wrong."""
        places, filled = self.clean.places.copy(), self.clean.filled.copy()
        for one in wrong:
            places[one.cell], filled[one.cell] = one.figure or 0, one.figure is not None
        return replace(self.clean, places=places, filled=filled)

    @cached_property
    def guarded(self) -> list[bool]:
        """For every cell whether some relation would see a change."""
        result: list[bool] = self.evaluated([]).guarded().tolist()
        return result

    @cached_property
    def address(self) -> dict[tuple[str, str], int]:
        """Every cell by sheet and address."""
        return {self.clean.address(cell): cell for cell in range(len(self.clean.places))}

    @cached_property
    def same(self) -> list[int]:
        """For every cell the class of cells that by the relations print the same: what is empty is no part of a sum."""
        system = self.evaluated([]).system()
        facts = facts_of(system)
        rows = rows_of(system, facts)
        something = np.zeros(int(facts.max()) + 1, bool)
        something[facts[self.clean.filled]] = True
        ends: list[tuple[int, int]] = []
        for i in np.flatnonzero(~rows.bound).tolist():
            terms = np.arange(rows.starts[i], rows.starts[i + 1])
            terms = terms[something[rows.columns[terms]]]
            if len(terms) == 2 and rows.coefficients[terms].sum() == 0:
                ends.append((int(rows.columns[terms[0]]), int(rows.columns[terms[1]])))
        one, other = np.array(ends, np.int64).reshape(-1, 2).T
        result: list[int] = joined(len(something), one, other)[facts].tolist()
        return result

    def cases(self) -> list[Wrong]:
        """Every cell that is not empty, with every slip that changes it."""
        cells = np.flatnonzero(self.clean.filled).tolist()
        return [wrong for cell in cells for slip in (*SLIPS, LAST_PLACE) for wrong in self._planted(cell, slip)]

    def pairs(self, count: int) -> list[tuple[Wrong, Wrong]]:
        """Pairs of different cells drawn at random, each with a slip drawn at random."""
        random = Random(f"pairs of {self.name}")
        cases = counted(self.cases())
        result: list[tuple[Wrong, Wrong]] = []
        while len(result) < count:
            one, other = (cases[int(random.random() * len(cases))] for _ in range(2))
            if one.cell != other.cell:
                result.append((one, other))
        return result

    def _planted(self, cell: int, slip: str) -> Iterator[Wrong]:
        figure = int(self.clean.places[cell])
        found = _slipped(self.clean, cell, slip, Random(f"{self.name} {cell} {slip}"))
        if found != figure:
            yield Wrong(slip, cell, found)

    def find(self, wrong: Wrong) -> Found:
        """Search for one wrong cell, with the ledger and without."""
        evaluation = self.evaluated([wrong])
        known = differing(evaluation.printed, self.clean)
        should = f"{int(self.clean.places[wrong.cell]) / 100:.2f}"
        named = list(known) == [wrong.cell] and known[wrong.cell].suggested == should
        if not any(o.status == FAILED for o in evaluation.outcomes):
            return Found(wrong, detected=False, named=named)
        suspects = search(evaluation).suspects
        cells = [self.address[s.sheet, s.cell] for s in suspects]
        among = wrong.cell in cells
        twins = among and len(cells) > 1 and len({self.same[cell] for cell in cells}) == 1
        return Found(wrong, detected=True, among=among, alone=cells == [wrong.cell], twins=twins, named=named)

    def find_pair(self, wrong: tuple[Wrong, Wrong]) -> FoundPair:
        """Search for two wrong cells without the ledger."""
        evaluation = self.evaluated(wrong)
        if not any(o.status == FAILED for o in evaluation.outcomes):
            return FoundPair(wrong, detected=False)
        system = evaluation.system()
        per_place = FEN_PER_PLACE[self.edition.measure]
        located = locate(system, negative=below_zero(system), seconds=SEARCH_SECONDS, per_place=per_place)
        pair = tuple(sorted(one.cell for one in wrong))
        return FoundPair(wrong, detected=True, among=pair in located.optima, fewer=located.cost < 2)


def below_zero(system: System) -> bool:
    """Whether a unit has negative amounts, as `search` judges it: one figure alone may be the slip itself."""
    return len(np.unique(facts_of(system)[system.places < 0])) > 1


def _slipped(printed: Printed, cell: int, slip: str, random: Random) -> int | None:
    """What a cell prints after a slip; the figure that it had where the slip changes nothing."""
    figure = int(printed.places[cell])
    sign, digits = (-1 if figure < 0 else 1), f"{abs(figure):03d}"

    def draw(count: int) -> int:
        return int(random.random() * count)

    if slip == LAST_PLACE:
        return sign * abs(abs(figure) + (1, -1)[draw(2)])
    if slip in ("last digit", "any digit"):
        at = draw(len(digits)) if slip == "any digit" else len(digits) - 1
        other = str((int(digits[at]) + 1 + draw(9)) % 10)
        return sign * int(digits[:at] + other + digits[at + 1 :])
    if slip == "two digits swapped":
        places = [i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]]
        if not places:
            return figure
        at = places[draw(len(places))]
        return sign * int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])
    if slip == "sign":
        return -figure
    if slip == "× 10 000":
        return figure * 10_000
    if slip == "÷ 10 000":
        return sign * ((abs(figure) + 5_000) // 10_000)
    if slip == "blank":
        return None
    others = [value for value in neighbours(printed, cell) if value != figure]
    return others[draw(len(others))] if others else figure


def counted(cases: Sequence[Case]) -> list[Case]:
    """Without the slip that is only shown."""
    return [case for case in cases if (case if isinstance(case, Wrong) else case.wrong).slip in SLIPS]


def sample(cases: Sequence[Wrong], count: int) -> list[Wrong]:
    """Cases drawn at random, as many of each slip, the same on every run."""
    random = Random(count)
    result: list[Wrong] = []
    for slip in (*SLIPS, LAST_PLACE):
        of = [wrong for wrong in cases if wrong.slip == slip]
        result += [of.pop(int(random.random() * len(of))) for _ in range(min(count // len(SLIPS), len(of)))]
    return result


def share(part: int, whole: int) -> float:
    """A share in per cent; all of nothing is everything."""
    return 100 * part / whole if whole else 100.0


def single_table(name: str, found: Sequence[Found]) -> list[str]:
    """Single slips as a table in Markdown. Shares behind "detected" are of what was detected."""
    heads = (name, "cases", "detected", "among the suspects", "alone", "with a twin", "named by the ledger")
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    groups = [(slip, [f for f in found if f.wrong.slip == slip]) for slip in SLIPS]
    groups.append(("**all**", counted(found)))
    groups.append((f"({LAST_PLACE})", [f for f in found if f.wrong.slip == LAST_PLACE]))
    for slip, of in groups:
        seen = [f for f in of if f.detected]
        parts = (
            (len(seen), of),
            (sum(f.among for f in seen), seen),
            (sum(f.alone for f in seen), seen),
            (sum(f.twins for f in seen), seen),
            (sum(f.named for f in of), of),
        )
        shown = " | ".join(f"{share(part, len(whole)):.1f} %" for part, whole in parts)
        lines.append(f"| {slip} | {len(of)} | {shown} |")
    return lines


def missed(unit: SeededUnit, found: Sequence[Found]) -> list[str]:
    """Where slips went undetected: table and column, number of cells, the largest change, and whether guarded."""
    places: dict[tuple[str, str, bool], dict[int, int]] = {}
    for one in found:
        if not one.detected:
            cell = one.wrong.cell
            part = unit.clean.block_of(cell)
            column = part.block.columns[(cell - part.first) % len(part.block.columns)].key
            change = abs((one.wrong.figure or 0) - int(unit.clean.places[cell]))
            cells = places.setdefault((part.form.sheet, column, unit.guarded[cell]), {})
            cells[cell] = max(change, cells.get(cell, 0))
    return [
        f"| {unit.name} | {sheet} {column} | {len(cells)} | {max(cells.values()) / 100:.2f} "
        f"| {'sums within their interval' if guarded else 'no relation'} |"
        for (sheet, column, guarded), cells in places.items()
    ]


MISSED_HEADS = ("| not detected | table and column | cells | largest change | why |", "|---|---|---|---|---|")
PAIR_HEADS = (
    "| two cells wrong | pairs | detected | true pair among the smallest repairs | one cell explains both |",
    "|---|---|---|---|---|",
)


def pair_line(name: str, pairs: Sequence[FoundPair]) -> str:
    """Pairs of slips as one line of a table."""
    seen = sum(p.detected for p in pairs)
    among, fewer = sum(p.among for p in pairs), sum(p.fewer for p in pairs if p.detected)
    return (
        f"| {name} | {len(pairs)} | {share(seen, len(pairs)):.1f} % | {share(among, len(pairs)):.1f} % "
        f"| {share(fewer, len(pairs)):.1f} % |"
    )
