"""Which cells are likely wrong: named by the ledger where there is one, else found from the relations alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from udfs.base import Suspect, printed
from udfs.reconciliation.relations import FAILED, Evaluation
from udfs.reconciliation.slips import Slip, slip
from udfs.tables import Printed

if TYPE_CHECKING:
    from udfs.reconciliation.locate import Located, Range

#: The search for wrong cells ends after so many seconds of the processor, and says so. Not of the clock: what is found
#: does not depend on what else the machine is doing.
SEARCH_SECONDS = 2.0


def differing(printed_now: Printed, derived: Printed) -> dict[int, Suspect]:
    """Cells that differ from what the ledger gives, by index, with what they should show."""
    result: dict[int, Suspect] = {}
    for found, wanted in zip(printed_now.blocks, derived.blocks, strict=True):
        rows = {row.path: i for i, row in enumerate(wanted.rows)}
        for i, row in enumerate(found.rows):
            at = rows.get(row.path)
            for j in range(len(found.block.columns)):
                index = found.cell(i, j)
                other = wanted.cell(at, j) if at is not None else -1
                should = int(derived.places[other]) if other >= 0 and derived.filled[other] else None
                shown = int(printed_now.places[index]) if printed_now.filled[index] else None
                if shown != should:
                    # The search for wrong cells, and its solver, are loaded only where something is wrong.
                    from udfs.reconciliation.locate import Range

                    low = should or 0
                    kind = slip(shown, low, low, empty=should is None, neighbours=neighbours(printed_now, index))
                    result[index] = _suspect(printed_now, index, Range(low, low, empty=should is None), kind)
    return result


class Found(Struct, frozen=True):
    """The cells of all smallest repairs, likeliest first.

    `complete`: whether all of them are listed. `wrong`: how many cells are wrong at least.
    """

    suspects: tuple[Suspect, ...] = ()
    complete: bool = True
    wrong: int = 0


def search(evaluation: Evaluation) -> Found:
    """The cells that relations alone show to be wrong."""
    if not any(outcome.status == FAILED for outcome in evaluation.outcomes):
        return Found()
    from udfs.reconciliation.locate import locate
    from udfs.reconciliation.witness import facts_of

    printed_now = evaluation.printed
    system = evaluation.system()
    # One figure below zero may be the slip itself; more of them say that the unit has negative amounts.
    negative = len(set(facts_of(system)[system.places < 0].tolist())) > 1
    located = locate(system, negative=negative, seconds=SEARCH_SECONDS)
    ranked: dict[int, tuple[int, Suspect]] = {}
    for index, span in _cells(located):
        shown = int(printed_now.places[index]) if printed_now.filled[index] else None
        low, high = (span.low, span.high) if span else (None, None)
        kind = slip(shown, low, high, empty=bool(span and span.empty), neighbours=neighbours(printed_now, index))
        if index not in ranked or kind.rank < ranked[index][0]:
            ranked[index] = (kind.rank, _suspect(printed_now, index, span, kind))
    ordered = sorted(ranked.items(), key=lambda item: (item[1][0], item[0]))
    return Found(tuple(suspect for _, (_, suspect) in ordered), located.complete, located.cost)


def _cells(located: Located) -> Iterator[tuple[int, Range | None]]:
    for cells, ranges in zip(located.optima, located.ranges, strict=True):
        yield from zip(cells, ranges, strict=True)


def _suspect(printed_now: Printed, index: int, span: Range | None, kind: Slip) -> Suspect:
    sheet, cell = printed_now.address(index)
    shown = f"{printed(printed_now.places[index]):.2f}" if printed_now.filled[index] else ""
    return Suspect(sheet, cell, shown, _suggested(span), kind.phrase)


def _suggested(span: Range | None) -> str:
    """What a suspect should show: an amount, a range, or nothing where the cell should be empty."""
    if span is None or (span.low is None and span.high is None):
        return ""
    if span.low == span.high == 0 and span.empty:
        return ""
    low, high = (f"{printed(v):.2f}" if v is not None else "" for v in (span.low, span.high))
    return low if low == high else f"{low}~{high}"


def neighbours(printed_now: Printed, index: int) -> Iterator[int]:
    """The figures printed beside, above and below a cell."""
    part = printed_now.block_of(index)
    width = len(part.block.columns)
    row, column = divmod(index - part.first, width)
    for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        if 0 <= r < len(part.rows) and 0 <= c < width and printed_now.filled[part.cell(r, c)]:
            yield int(printed_now.places[part.cell(r, c)])
