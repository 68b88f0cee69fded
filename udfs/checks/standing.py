"""How the tables stand towards the ledger: not made yet, older than it, or made from it and then changed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b

from msgspec import Struct, structs

from udfs.base import Area, Block, Grids, Suspect, cell, plain
from udfs.checks.registry import Inspection, once
from udfs.reconciliation import FAILED, search
from udfs.tables import NOT_RECOGNISED, Printed, PrintedBlock, PrintedRow
from workbook_templates.defined_names import MARKS

NOT_MADE_YET = "尚未生成"
NOT_MADE = f"各表{NOT_MADE_YET}"
STALE = "明细改动后未重新生成"
#: Begins the mark of what the tables were made of, so that no program takes it for a number.
_LEAD = "T"
#: So many amounts of one table are not cleared one by one.
_CLEARED = 4
#: Amounts that differ from the ledger and agree with each other: fewer may have been typed.
_TOGETHER = 4


class Standing(Struct, frozen=True):
    """Amounts that differ from the ledger because it was changed (`stale`), by index; the others were typed over."""

    is_stale: bool = False
    stale: Mapping[int, Suspect] = {}
    typed: Mapping[int, Suspect] = {}


def mark_of(derived: Printed) -> str:
    """What the tables are made of, as a mark: rows and amounts that the ledger gives."""
    digest = blake2b(digest_size=8)
    for block in derived.blocks:
        digest.update("\x1f".join((block.form.code, *(row.path for row in block.rows), "")).encode())
    digest.update(derived.places.tobytes())
    digest.update(derived.filled.tobytes())
    return f"{_LEAD}{digest.hexdigest()}"


def _mark_place(names: Mapping[str, Area]) -> tuple[str, int, int]:
    """Beside the list of marks, above the entries of explanations, in the column that is hidden."""
    sheet, first, column, *_ = names[MARKS]
    return sheet, first - 2, column + 1


def mark_blocks(names: Mapping[str, Area], derived: Printed | None) -> list[Block]:
    """The mark as filling writes it down."""
    if MARKS not in names or derived is None:
        return []
    return [Block(*_mark_place(names), [[mark_of(derived)]])]


def _mark_kept(grids: Grids, names: Mapping[str, Area]) -> str:
    if MARKS not in names:
        return ""
    sheet, row, column = _mark_place(names)
    text = plain(cell(grids.get(sheet, []), row, column))
    return text if text.startswith(_LEAD) else ""


def with_blank_tables(printed_now: Printed, derived: Printed | None) -> Printed:
    """The tables as printed; those that hold nothing although the ledger gives them amounts are counted as absent."""
    if derived is None:
        return printed_now
    filled: dict[str, list[int]] = {}
    for found, wanted in zip(printed_now.blocks, derived.blocks, strict=True):
        counts = filled.setdefault(found.form.code, [0, 0])
        counts[0] += int(printed_now.filled[found.first : found.first + found.size()].sum())
        counts[1] += int(derived.filled[wanted.first : wanted.first + wanted.size()].sum())
    asked = {code: wanted for code, (found, wanted) in filled.items() if wanted and not found}
    every = not printed_now.filled.any()
    sheets = {block.form.code: block.form.sheet for block in printed_now.blocks}
    blank = {
        code: NOT_MADE if every else f"{sheets[code]}{NOT_MADE_YET}"
        for code, wanted in asked.items()
        if (every or wanted >= _CLEARED) and code not in printed_now.absent
    }
    return structs.replace(printed_now, absent={**printed_now.absent, **blank}) if blank else printed_now


def row_differences(
    inspection: Inspection,
) -> Iterator[tuple[PrintedBlock, list[PrintedRow], list[PrintedRow]]]:
    """For each block that can be held against the ledger the rows that it lacks and those that it has too many."""
    assert inspection.derived is not None
    unknown = inspection.content is not None and inspection.content.units_of_unknown_kind
    for found, wanted in zip(inspection.printed.blocks, inspection.derived.blocks, strict=True):
        unsure = unknown and found.form.filters_by("unit_kind")
        if found.form.code not in inspection.printed.absent and not unsure:
            have, should = ({row.path for row in block.rows} for block in (found, wanted))
            lacking = [row for row in wanted.rows if row.path not in have]
            yield found, lacking, [row for row in found.rows if row.path not in should]


def obstacle(inspection: Inspection) -> str:
    """Why text and forms cannot be held against the tables: one is missing, not made or moved; empty where none is.

    A table that an import did not find may be one that the unit does not have.
    """
    sheets = {block.form.code: block.form.sheet for block in inspection.printed.blocks}
    absent = inspection.printed.absent.items()
    return next((reason for code, reason in absent if reason != NOT_RECOGNISED.format(sheets[code])), "")


def standing(inspection: Inspection) -> Standing:
    """Which amounts are of an older ledger and which were typed over, found once an inspection.

    Filling writes down what the tables were made of. While the ledger still gives the same, every difference was
    typed. Where it gives something else, or nothing is written down and many differing amounts agree with each other,
    the ledger was changed; of the differing amounts only those that contradict the others were typed.
    """
    return once(inspection, "_standing", lambda: _stand(inspection))


def _stand(inspection: Inspection) -> Standing:
    printed_now, derived = inspection.printed, inspection.derived
    if derived is None:
        return Standing()
    differing = {
        i: s for i, s in inspection.differing.items() if printed_now.block_of(i).form.code not in printed_now.absent
    }
    kept = _mark_kept(inspection.grids, inspection.names)
    if kept == mark_of(derived) or (not kept and len(differing) < _TOGETHER):
        return Standing(typed=differing)
    typed: dict[int, Suspect] = {}
    failed = [o for o in inspection.evaluation.outcomes if o.status == FAILED]
    if failed:
        places = {(s.sheet, s.cell) for s in search(inspection.evaluation).suspects}
        typed = {i: s for i, s in differing.items() if printed_now.address(i) in places}
    stale = {i: s for i, s in differing.items() if i not in typed}
    if not kept and len(stale) < _TOGETHER:
        return Standing(typed=differing)
    return Standing(True, stale, typed)
