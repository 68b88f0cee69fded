"""For every relation of the edition: on which ready units it passes, and a changed cell that makes it fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from tests.support.units import UNITS, ready_book
from udfs.reconciliation.relations import FAILED, PASSED, Evaluation, evaluate
from udfs.tables import Reading
from udfs.tables.printed import Printed
from udfs.validate import inspect
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.relations import Declaration

Exact = dict[tuple[str, str, str], bool]


class Case(Struct, frozen=True):
    """A relation that passes on a finished unit and fails once a cell shows another amount (empty: nothing).

    `with_ledger`: only the ledger can tell whether the relation applies.
    """

    number: str
    unit: str
    sheet: str
    cell: str
    shows: str
    with_ledger: bool = False

    @property
    def id(self) -> str:
        """Its name among the tests."""
        return f"{self.number}-{self.unit}-{self.sheet}!{self.cell}"


@cache
def printed_unit(unit: str) -> Printed:
    """The tables of a finished ready unit."""
    book = ready_book(unit)
    return inspect(Reading(load_edition(), book.grids, book.names)).printed


@cache
def exact_of(unit: str) -> Exact:
    """For every relation of a ready unit whether its ledger satisfies it, told from the outcomes."""
    book = ready_book(unit)
    return _exact(inspect(Reading(load_edition(), book.grids, book.names)).evaluation)


def _exact(evaluation: Evaluation) -> Exact:
    return {o.relation.key: not o.ruled_out for o in evaluation.outcomes}


def index_of(printed: Printed, sheet: str, cell: str) -> int:
    """The amount cell at an address."""
    return next(i for i in range(len(printed.places)) if printed.address(i) == (sheet, cell))


def showing(printed: Printed, index: int, shows: str) -> Printed:
    """The tables with another amount in one cell."""
    places, filled = printed.places.copy(), printed.filled.copy()
    filled[index] = bool(shows)
    places[index] = round(float(shows or 0) * 100)
    return replace(printed, places=places, filled=filled)


def run(declarations: Sequence[Declaration], unit: str, *, ledger: bool, case: Case | None = None) -> Evaluation:
    """Declarations on a ready unit, a cell of it changed where a case says so."""
    printed = printed_unit(unit)
    if case is not None:
        printed = showing(printed, index_of(printed, case.sheet, case.cell), case.shows)
    return evaluate(printed, declarations, load_edition().codes, exact_of(unit) if ledger else None)


def counts(evaluation: Evaluation) -> dict[str, Counter[str]]:
    """How the relations of each number ended."""
    result: dict[str, Counter[str]] = {}
    for outcome in evaluation.outcomes:
        result.setdefault(outcome.relation.declaration.number, Counter())[outcome.status] += 1
    return result


def passing(declarations: Sequence[Declaration]) -> dict[str, tuple[int, ...]]:
    """For each number, how many relations pass on each ready unit; without the ledger where it is not needed."""
    found = {(u, ledger): counts(run(declarations, u, ledger=ledger)) for u in UNITS for ledger in (False, True)}
    return {
        d.number: tuple(found[unit, d.ledger].get(d.number, Counter())[PASSED] for unit in UNITS) for d in declarations
    }


def suggested(declaration: Declaration) -> Case:
    """A case for a relation: a cell of the first ready unit where a change of it makes the relation fail."""
    for unit in UNITS:
        right = run([declaration], unit, ledger=declaration.ledger)
        printed = right.printed
        outcomes = [o for o in right.outcomes if o.status == PASSED]
        for o in sorted(outcomes, key=lambda o: -sum(map(bool, printed.filled[[*o.relation.left, *o.relation.right]]))):
            bound = declaration.kind == "bound"
            for index in o.relation.left if bound else (*o.relation.left, *o.relation.right):
                shows = int(printed.places[index]) + 100 - (o.difference if bound else 0)
                case = Case(declaration.number, unit, *printed.address(index), f"{shows / 100:.2f}", declaration.ledger)
                ledgers = (declaration.ledger, True)
                if (bound or printed.filled[index]) and all(
                    FAILED in {o.status for o in run([declaration], unit, ledger=ledger, case=case).outcomes}
                    for ledger in ledgers
                ):
                    return case
    raise AssertionError(f"no ready unit on which {declaration.number} passes")


def main() -> None:
    """Print the two tables below anew; a new or changed relation is to be reviewed, not only printed."""
    for d in load_edition().relations:
        case = suggested(d)
        print(case.number, case.unit, case.sheet, case.cell, case.shows)
    for number, found in passing(load_edition().relations).items():
        print(number, *found)


#: For each relation a cell and the amount in it that make the relation fail: unit, sheet, cell, amount.
_FAILING = """
A01-01 mixed 表一 B35 761.08
A01-02 mixed 表一 B37 831.64
A01-03 mixed 表一 D5 212.54
A01-04 mixed 表一 D35 821.64
A01-05 mixed 表一 D37 831.64
A01-06 mixed 表一 B37 831.64
A02-01 mixed 表二 C5 761.08
A02-02 mixed 表二 C6 209.27
A02-03 mixed 表二 C5 761.08
A02-04 sample 表二 C5 696.96
A03-01 mixed 表三 C5 821.64
A03-02 mixed 表三 C6 212.54
A03-03 mixed 表三 C5 821.64
A04-01 mixed 表四 B36 702.19
A04-02 mixed 表四 B37 65.88
A04-03 mixed 表四 B41 767.07
A04-04 mixed 表四 D36 767.07
A04-05 mixed 表四 D36 767.07
A04-06 mixed 表四 D41 767.07
A04-07 mixed 表四 B41 767.07
A04-08 mixed 表四 E41 345.34
A04-09 mixed 表四 F41 312.94
A04-10 mixed 表四 G41 110.79
A05-01 mixed 表五 C5 333.10
A05-02 mixed 表五 C6 199.39
A05-03 mixed 表五 C5 333.10
A06-01 mixed 表六 C5 272.44
A06-02 mixed 表六 C10 30.71
A06-03 mixed 表六 C5 272.44
A07-01 mixed 表七 C8 261.70
A07-03 mixed 表七 C6 268.73
A07-02 mixed 表七 C5 268.73
A08-01 mixed 表八 C4 268.73
A08-02 mixed 表八 C6 261.70
A08-03 mixed 表八 C4 268.73
A09-01 mixed 表九 C9 87.24
A09-06 mixed 表九 C8 102.36
A09-02 mixed 表九 C6 102.36
A09-03 mixed 表九 F6 102.36
A09-04 mixed 表九 F7 102.36
A09-05 mixed 表九 F6 102.36
A10-01 mixed 表十 B10 106.97
A10-02 mixed 表十 B7 81.32
A10-03 mixed 表十 B10 106.97
A11-01 mixed 表十一 B5 77.00
A11-02 mixed 表十一 B5 77.00
A12-01 mixed 表十二 B6 447.16
A12-02 mixed 表十二 B6 447.16
A12-03 department 表十二 B6 358.24
A13-01 mixed 表十三 B6 61.08
A13-02 mixed 表十三 B6 61.08
A13-03 department 表十三 B6 58.68
B01-01 mixed 表一 B5 333.10
B01-02 mixed 表一 B6 268.73
B01-03 mixed 表一 B7 102.36
B01-04 mixed 表一 B8 27.67
B01-05 mixed 表一 B9 33.22
B01-06 mixed 表一 B35 761.08
B01-07 mixed 表一 B36 71.57
B01-08 mixed 表一 D5 212.54
B01-09 mixed 表一 E5 209.27
B01-10 mixed 表一 F5 4.27
B01-11 mixed 表一 D35 821.64
B02-01 mixed 表三 C6 212.54
B02-02 mixed 表二 D6 199.39
B02-03 mixed 表二 E18 261.70
B02-04 mixed 表二 F30 102.36
B02-05 sample 表二 D5 696.96
B02-06 mixed 表二 E5 268.73
B02-07 mixed 表二 F5 102.36
B04-01 mixed 表四 B6 333.10
B04-02 mixed 表四 B7 268.73
B04-03 mixed 表四 B8 102.36
B04-04 mixed 表四 E36 345.34
B04-05 mixed 表四 F36 312.94
B04-06 mixed 表四 G36 110.79
B04-07 mixed 表四 B37 71.57
B04-08 department 表四 B37 59.24
B04-09 mixed 表四 D6 212.54
B04-10 sample 表四 D6 349.07
B04-11 mixed 表五 C6 202.67
B04-12 sample 表四 E6 349.07
B04-13 mixed 表八 C5 305.91
B04-14 institution 表四 F17 68.43
B04-15 mixed 表九 F7 110.79
B04-16 institution 表四 G27 35.45
B04-17 mixed 表四 D37 11.00
B05-01 mixed 表五 C5 821.64
B05-02 sample 表五 C5 696.96
B05-03 mixed 表五 D5 272.44
B06-01 sample 表六 E5 63.12
B07-01 mixed 表七 C5 268.73
B07-02 institution 表七 C5 71.00
B09-01 mixed 表九 C6 102.36
B09-02 institution 表九 C6 41.01
B10-01 mixed 表六 C13 18.03
B10-02 mixed 表六 C14 4.18
B10-03 mixed 表六 C21 37.08
B10-04 mixed 表六 C15 10.94
B12-01 mixed 表十二 C6 61.66
B12-02 mixed 表十二 D6 255.57
B12-03 mixed 表十二 E6 97.36
B12-04 mixed 表十二 B6 452.84
B12-05 sample 表十二 B6 72.85
B13-01 mixed 表十三 C6 13.24
B13-02 mixed 表十三 D6 45.21
B13-03 mixed 表十三 E6 9.43
"""

#: How many relations of each number pass on each ready unit, in the order of UNITS.
_PASSING = """
A01-01 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A01-02 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A01-03 7 11 6 6 6 11 5 5 4 5 3 4 4 4 3 3 3
A01-04 2 3 3 2 2 3 3 3 3 3 3 2 2 2 2 2 3
A01-05 2 3 3 2 2 3 3 3 2 3 3 2 2 2 2 2 3
A01-06 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A02-01 25 34 17 13 13 34 10 7 7 10 4 4 7 7 4 4 4
A02-02 26 52 24 16 16 52 18 12 14 18 6 4 8 8 6 6 6
A02-03 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A02-04 2 0 5 0 4 0 0 0 0 0 0 0 3 3 3 3 3
A03-01 25 34 17 13 13 34 10 7 7 10 4 4 7 7 4 4 4
A03-02 28 46 24 18 16 46 12 8 10 12 4 4 8 8 4 4 4
A03-03 3 3 3 3 3 3 2 3 3 2 2 2 2 2 2 2 2
A04-01 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A04-02 0 1 1 0 0 1 1 1 0 0 0 0 0 0 0 0 1
A04-03 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A04-04 7 9 6 6 6 9 5 5 4 5 3 4 4 4 3 3 3
A04-05 2 4 4 4 4 4 4 2 4 4 2 2 3 3 2 2 2
A04-06 2 4 4 4 4 4 4 2 2 4 2 2 3 3 2 2 2
A04-07 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A04-08 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
A04-09 0 1 1 1 1 1 1 0 0 1 0 0 1 0 0 0 0
A04-10 0 1 1 1 1 1 1 0 0 1 0 0 0 1 0 0 0
A05-01 25 18 10 5 7 18 4 7 4 4 4 4 4 4 4 4 4
A05-02 28 22 12 6 8 22 4 8 4 4 4 4 4 4 4 4 4
A05-03 3 3 3 3 3 3 2 3 2 2 2 2 2 2 2 2 2
A06-01 26 17 8 5 5 17 0 3 3 0 0 0 3 3 3 3 3
A06-02 6 10 4 4 4 10 0 2 2 0 0 0 2 2 2 2 2
A06-03 3 3 3 3 3 3 0 2 2 0 0 0 2 2 2 2 2
A07-01 0 3 0 2 0 0 2 0 0 2 0 0 0 0 0 0 0
A07-03 0 1 0 2 0 1 2 0 0 2 0 0 0 0 0 0 0
A07-02 0 1 0 1 0 1 1 0 0 1 0 0 0 0 0 0 0
A08-01 0 8 5 5 4 8 4 0 0 4 0 0 4 0 0 0 0
A08-02 0 10 6 6 4 10 4 0 0 4 0 0 4 0 0 0 0
A08-03 0 3 3 3 2 3 2 0 0 2 0 0 2 0 0 0 0
A09-01 0 3 0 2 0 0 2 0 0 2 0 0 0 0 0 0 0
A09-06 0 2 0 2 0 2 2 0 0 2 0 0 0 0 0 0 0
A09-02 0 1 0 1 0 1 1 0 0 1 0 0 0 0 0 0 0
A09-03 0 7 4 5 4 7 4 0 0 4 0 0 0 4 0 0 0
A09-04 0 8 6 6 4 8 4 0 0 4 0 0 0 4 0 0 0
A09-05 0 3 3 3 2 3 2 0 0 2 0 0 0 2 0 0 0
A10-01 0 6 2 0 0 6 0 0 0 0 0 0 0 0 0 0 0
A10-02 0 3 0 0 0 3 0 0 0 0 0 0 0 0 0 0 0
A10-03 0 4 2 0 0 4 0 0 0 0 0 0 0 0 0 0 0
A11-01 2 2 3 0 2 2 0 2 2 0 0 0 2 2 2 2 2
A11-02 2 4 4 0 2 4 0 2 2 0 0 0 3 3 2 2 2
A12-01 9 7 11 5 4 8 2 2 0 2 2 2 0 0 0 0 0
A12-02 2 6 9 5 4 6 4 2 0 4 2 2 0 0 0 0 0
A12-03 0 0 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0
A13-01 0 5 10 0 0 6 2 2 0 2 2 0 0 0 0 0 0
A13-02 0 4 9 0 0 4 4 2 0 4 2 0 0 0 0 0 0
A13-03 0 0 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0
B01-01 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
B01-02 0 1 1 1 1 1 1 0 0 1 0 0 1 0 0 0 0
B01-03 0 1 1 1 1 1 1 0 0 1 0 0 0 1 0 0 0
B01-04 0 1 0 1 0 1 0 0 0 0 0 0 0 0 1 0 0
B01-05 0 1 0 1 0 1 0 0 0 0 0 0 0 0 0 1 0
B01-06 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
B01-07 0 1 1 0 0 1 1 1 0 0 0 0 0 0 0 0 1
B01-08 5 8 4 3 4 8 3 2 2 3 1 1 2 2 1 1 1
B01-09 5 8 4 3 4 8 3 2 2 3 1 1 2 2 1 1 1
B01-10 0 5 4 0 0 5 3 2 2 3 1 0 0 0 0 0 1
B01-11 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
B02-01 24 33 16 12 12 33 9 6 6 9 3 3 6 6 3 3 3
B02-02 24 17 9 4 6 17 3 6 3 3 3 3 3 3 3 3 3
B02-03 0 7 4 4 3 7 3 0 0 3 0 0 3 0 0 0 0
B02-04 0 6 3 4 3 6 3 0 0 3 0 0 0 3 0 0 0
B02-05 1 1 1 1 1 0 0 0 0 0 0 0 1 1 1 1 1
B02-06 0 1 1 0 1 0 0 0 0 0 0 0 1 0 0 0 0
B02-07 0 1 1 0 1 0 0 0 0 0 0 0 0 1 0 0 0
B04-01 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
B04-02 0 1 1 1 1 1 1 0 0 1 0 0 1 0 0 0 0
B04-03 0 1 1 1 1 1 1 0 0 1 0 0 0 1 0 0 0
B04-04 1 1 1 1 1 0 0 0 0 0 0 0 1 1 1 1 1
B04-05 0 1 1 0 1 0 0 0 0 0 0 0 1 0 0 0 0
B04-06 0 1 1 0 1 0 0 0 0 0 0 0 0 1 0 0 0
B04-07 0 1 1 0 0 0 1 1 0 0 0 0 0 0 0 0 1
B04-08 0 0 1 0 0 0 1 0 0 0 0 0 0 0 0 0 1
B04-09 6 9 5 4 5 0 4 3 0 4 2 2 3 3 2 2 2
B04-10 6 0 0 0 5 0 0 0 0 4 2 2 3 3 0 0 0
B04-11 5 4 2 1 2 0 1 2 0 1 1 1 1 1 1 1 1
B04-12 5 0 0 1 2 0 0 0 0 0 0 1 1 1 1 1 0
B04-13 0 2 1 1 1 0 1 0 0 1 0 0 1 0 0 0 0
B04-14 0 0 0 1 1 0 0 0 0 0 0 0 1 0 0 0 0
B04-15 0 1 1 1 1 0 1 0 0 1 0 0 0 1 0 0 0
B04-16 0 0 0 1 1 0 0 0 0 0 0 0 0 1 0 0 0
B04-17 0 1 0 1 0 1 0 1 0 0 0 1 0 0 0 0 0
B05-01 53 40 25 14 15 0 8 15 0 8 8 8 8 8 8 8 8
B05-02 53 0 0 0 0 0 0 0 0 0 0 8 0 0 0 0 0
B05-03 1 1 1 1 1 1 0 1 1 0 0 0 1 1 1 1 1
B06-01 1 0 0 0 1 0 0 1 1 0 0 0 1 1 1 1 0
B07-01 0 1 1 1 1 1 1 0 0 1 0 0 1 0 0 0 0
B07-02 0 0 0 1 1 0 0 0 0 0 0 0 1 0 0 0 0
B09-01 0 1 1 1 1 1 1 0 0 1 0 0 0 1 0 0 0
B09-02 0 0 0 1 1 0 0 0 0 0 0 0 0 1 0 0 0
B10-01 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
B10-02 0 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0
B10-03 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
B10-04 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
B12-01 1 1 1 1 1 1 1 1 0 1 1 1 0 0 0 0 0
B12-02 0 1 1 1 1 1 1 0 0 1 0 0 0 0 0 0 0
B12-03 0 1 1 1 1 1 1 0 0 1 0 0 0 0 0 0 0
B12-04 1 1 1 1 1 0 1 1 0 1 1 1 0 0 0 0 0
B12-05 1 0 1 1 1 0 1 0 0 1 1 1 0 0 0 0 0
B13-01 0 1 1 0 0 0 0 1 0 0 0 0 0 0 0 0 1
B13-02 0 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0
B13-03 0 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0
"""

_NEEDS_LEDGER = {d.number for d in load_edition().relations if d.ledger}
CASES = tuple(
    Case(number, unit, sheet, cell, shows, number in _NEEDS_LEDGER)
    for number, unit, sheet, cell, shows in map(str.split, _FAILING.split("\n")[1:-1])
)
PASSING = {fields[0]: tuple(map(int, fields[1:])) for fields in map(str.split, _PASSING.split("\n")[1:-1])}

if __name__ == "__main__":
    main()
