"""封面: where its cells lie and what may be written there. No other module writes this sheet.

Filling and taking over another file write the head and how far every sheet is, the text its own line, checking the
verdicts and the end of the state, sealing the check code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from udfs.base.cells import Block, Grids, cell
from udfs.base.texts import is_blank, plain
from workbook_templates.addresses import Area
from workbook_templates.defined_names import (
    COVER_SHEETS,
    COVER_STATE,
    COVER_TITLE,
    COVER_UNIT,
    NO_UNIT,
    cover_title,
)

CODE_LEAD = "校验码："
#: Columns beside a sheet's name, counted from the last one: how far it is, and what checking says of it.
PROGRESS, VERDICT = 1, 0


def cover_head(names: Mapping[str, Area], unit: str, year: str, kind: str, state: str) -> list[Block]:
    """Unit, title and state of the whole. `kind`: 单位 or 部门."""
    texts = {COVER_UNIT: unit or NO_UNIT, COVER_TITLE: cover_title(year, kind), COVER_STATE: state}
    return [Block(*names[name][:3], [[text]]) for name, text in texts.items() if name in names]


def cover_lines(
    grids: Grids, names: Mapping[str, Area], column: int, told: Callable[[str], Sequence[str]]
) -> list[Block]:
    """What `told` says of every listed sheet, from a column on: PROGRESS or VERDICT."""
    if COVER_SHEETS not in names:
        return []
    sheet, first, _, _, right = names[COVER_SHEETS]
    return [
        Block(sheet, first, right - column, [[text or None for text in told(name)] for name in _listed(grids, names)])
    ]


def cover_line(grids: Grids, names: Mapping[str, Area], wanted: str, progress: str, verdict: str) -> list[Block]:
    """How far one sheet is, and what checking says of it."""
    if COVER_SHEETS not in names:
        return []
    sheet, first, _, _, right = names[COVER_SHEETS]
    rows = [row for row, name in enumerate(_listed(grids, names), first) if name == wanted]
    return [Block(sheet, row, right - PROGRESS, [[progress, verdict]]) for row in rows]


def _listed(grids: Grids, names: Mapping[str, Area]) -> list[str]:
    sheet, first, left, last, _ = names[COVER_SHEETS]
    return [plain(cell(grids[sheet], row, left)) for row in range(first, last + 1)]


def cover_verdict(grids: Grids, names: Mapping[str, Area], verdict: str) -> list[Block]:
    """The state of the whole, with what checking says at its end."""
    if COVER_STATE not in names:
        return []
    sheet, row, column, *_ = names[COVER_STATE]
    state = plain(cell(grids[sheet], row, column)).split("；")[0]
    return [Block(sheet, row, column, [[f"{state}；{verdict}"]])]


def code_place(grids: Grids, names: Mapping[str, Area]) -> tuple[str, int, int]:
    """Where the check code stands: below the guide, or right of it where the clerk has written there."""
    sheet, row, column, *_ = names.get(COVER_STATE, ("封面", 3, 1, 3, 1))
    row += 2
    for at in (column, column + 6, column + 7):
        value = cell(grids.get(sheet, []), row, at)
        if is_blank(value) or plain(value).startswith(CODE_LEAD):
            return sheet, row, at
    return sheet, row, column + 8
