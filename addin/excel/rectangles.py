"""From blocks to rectangles: what has to be written to an open workbook, in as few pieces as lose nothing.

Only cells that change are written. Pieces of one sheet are joined where nothing but empty cells, or on a protected
sheet a line of the template's own headings, lies between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from udfs.base import Block, Formula, Grids, Link, cell, is_blank, quoted

#: Formula texts of a sheet by cell, with their equals sign.
Formulas = Mapping[str, Mapping[tuple[int, int], str]]

#: Cells of the template's own that may be written again with what they hold, to join two pieces.
_REWRITTEN = 16

Box = tuple[int, int, int, int]  #: first row, first column, last row, last column
Rows = tuple[tuple[Any, ...], ...]
Format = tuple[int, int, int, str, str]  #: first row, last row, column, number format before, and after
Height = tuple[int, int, float, float]  #: first row, last row, height before, height after


class FormulaText(str):
    """A formula with its equals sign, told apart from a text that merely begins with one."""

    __slots__ = ()


class Rectangle(Struct, frozen=True):
    """Cells of one sheet from (row, column): what they hold, formulas as their text, and what they are to hold.

    `lines`: rows whose height is to fit their text, with its lines. `heights`, `formats`: rows that get another height,
    cells that get another format, found out by the door. `links`: the program's links lie on the cells.
    """

    sheet: str
    row: int
    column: int
    old: Rows
    new: Rows
    lines: tuple[tuple[int, int], ...] = ()
    heights: tuple[Height, ...] = ()
    formats: tuple[Format, ...] = ()
    links: bool = False


def as_written(value: Any) -> Any:
    """A block's value as a cell takes it: text, float or None; formulas and links as formula texts."""
    if isinstance(value, Link):
        place = f"#{quoted(value.sheet)}!{value.cell}"
        return FormulaText(f'=HYPERLINK("{place}","{value.text}")')
    if isinstance(value, Formula):
        return FormulaText(f"={value.text}")
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        # Excel keeps line feeds only.
        return value.replace("\r\n", "\n").replace("\r", "\n") or None
    return value


def rectangles(
    grids: Grids, formulas: Formulas, blocks: Iterable[Block], protected: Collection[str]
) -> list[Rectangle]:
    """What to write for the blocks, sheet by sheet; later blocks win. `protected`: sheets that only programs write."""
    by_sheet: dict[str, list[Block]] = {}
    for block in blocks:
        by_sheet.setdefault(block.sheet, []).append(block)
    result: list[Rectangle] = []
    for sheet, its in by_sheet.items():
        result += _Sheet(sheet, grids[sheet], formulas.get(sheet, {}), its, sheet in protected).rectangles()
    return result


class _Sheet:
    """The cells of one sheet, before and after."""

    def __init__(
        self,
        name: str,
        grid: Sequence[Sequence[Any]],
        formulas: Mapping[tuple[int, int], str],
        blocks: Sequence[Block],
        protected: bool,
    ) -> None:
        self.name, self.grid, self.formulas, self.blocks, self.protected = name, grid, formulas, blocks, protected
        self.new: dict[tuple[int, int], Any] = {}
        for block in blocks:
            for r, line in enumerate(block.cells, block.row):
                for c, value in enumerate(line, block.column):
                    self.new[r, c] = as_written(value)

    def old(self, at: tuple[int, int]) -> Any:
        """What a cell holds: a formula's text, a value, or None."""
        formula = self.formulas.get(at)
        if formula is not None:
            return FormulaText(formula)
        value = cell(self.grid, *at)
        return None if isinstance(value, str) and not value else value

    def rectangles(self) -> list[Rectangle]:
        boxes = [box for block in self.blocks if (box := self._changed(block))]
        joined = True
        while joined:
            joined = False
            for i, one in enumerate(boxes):
                for j in range(i + 1, len(boxes)):
                    both = _around(one, boxes[j])
                    if self._may_write(both):
                        boxes[i] = both
                        del boxes[j]
                        joined = True
                        break
                if joined:
                    break
        return [self._rectangle(box) for box in boxes]

    def _changed(self, block: Block) -> Box | None:
        """The smallest box around a block's cells that change."""
        rows, columns = [], []
        for r, line in enumerate(block.cells, block.row):
            for c in range(block.column, block.column + len(line)):
                old, new = self.old((r, c)), self.new[r, c]
                if not _same(old, new):
                    rows.append(r)
                    columns.append(c)
        return (min(rows), min(columns), max(rows), max(columns)) if rows else None

    def _may_write(self, box: Box) -> bool:
        """Whether a box holds little that is not to be written anyway."""
        others = [
            at
            for r in range(box[0], box[2] + 1)
            for c in range(box[1], box[3] + 1)
            if (at := (r, c)) not in self.new and not is_blank(self.old(at))
        ]
        if not others:
            return True
        return self.protected and len(others) <= _REWRITTEN and all(isinstance(self.old(at), str) for at in others)

    def _rectangle(self, box: Box) -> Rectangle:
        places = [[(r, c) for c in range(box[1], box[3] + 1)] for r in range(box[0], box[2] + 1)]
        old = tuple(tuple(self.old(at) for at in line) for line in places)
        new = tuple(tuple(self.new[at] if at in self.new else self.old(at) for at in line) for line in places)
        lines = {
            block.row + offset: count
            for block in self.blocks
            for offset, count in enumerate(block.text_lines)
            if count and box[0] <= block.row + offset <= box[2]
        }
        links = any(block.links for block in self.blocks)
        return Rectangle(self.name, box[0], box[1], old, new, tuple(sorted(lines.items())), links=links)


def _same(old: Any, new: Any) -> bool:
    """Whether a cell need not be written. A formula is no value, even where it gives the same."""
    if isinstance(old, FormulaText) != isinstance(new, FormulaText):
        return False
    return old == new or (new is None and is_blank(old))


def _around(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
