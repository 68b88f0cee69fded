"""Cells and blocks of values: a workbook as the core sees it, grids in, blocks out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from udfs.base.seen import Covered
from udfs.base.texts import is_blank

#: Every sheet's values from A1, row by row. None and "" are empty.
Grids = Mapping[str, Sequence[Sequence[Any]]]


class Formula(Struct, frozen=True):
    """A live formula, without its equals sign, and the value it has now."""

    text: str
    value: str | Decimal


class Link(Struct, frozen=True):
    """A text that jumps to a cell of the workbook."""

    text: str
    sheet: str
    cell: str


class Layout(Struct, frozen=True):
    """The shape of a block whose rows no template can know beforehand: as many forms as there are projects.

    `styles`: for every cell the name of a cell style of the workbook, empty for the column's own. `merges`: row,
    column, rows, columns, counted from the block's corner from 0. `heights`: of every row in points, 0 for the
    sheet's own. `breaks`: rows, from 0, before which a page ends. Merges and breaks that stood there before go.
    """

    styles: Sequence[Sequence[str]]
    merges: Sequence[tuple[int, int, int, int]] = ()
    heights: Sequence[float] = ()
    breaks: Sequence[int] = ()
    printed: bool = False  #: of its sheet this block is printed and nothing else


class Block(Struct, frozen=True):
    """Values to write as one rectangle from (row, column); None empties a cell.

    `text_lines`: for each row how many lines of text its longest cell takes, empty where rows keep their height.
    """

    sheet: str
    row: int
    column: int
    cells: Sequence[Sequence[Any]]
    text_lines: Sequence[int] = ()
    links: bool = False  #: the cells carry the program's links, so that old ones go
    layout: Layout | None = None


def with_blocks(grids: Grids, blocks: Iterable[Block]) -> dict[str, list[list[Any]]]:
    """The grids as they are after the blocks are written."""
    result = {name: [list(line) for line in grid] for name, grid in grids.items()}
    for block in blocks:
        grid = result[block.sheet]
        while len(grid) < block.row - 1 + len(block.cells):
            grid.append([])
        for offset, cells in enumerate(block.cells):
            line = grid[block.row - 1 + offset]
            line += [None] * (block.column - 1 + len(cells) - len(line))
            line[block.column - 1 : block.column - 1 + len(cells)] = cells
    return result


def as_read(value: Any) -> Any:
    """What a cell gives back once a block's value has been written into it."""
    if isinstance(value, Link):
        return value.text
    if isinstance(value, Formula):
        value = value.value
    return float(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else value


def cell(grid: Sequence[Sequence[Any]], row: int, column: int) -> Any:
    """The value at (row, column) from 1; None beyond the grid."""
    return grid[row - 1][column - 1] if row <= len(grid) and column <= len(grid[row - 1]) else None


def is_empty_line(grid: Sequence[Sequence[Any]], row: int, first_column: int, last_column: int) -> bool:
    """Whether a row holds nothing between two columns."""
    return all(is_blank(cell(grid, row, column)) for column in range(first_column, last_column + 1))


#: Cells of the largest merge that is a merged label.
_MOST_MERGED = 5_000


def cover_merge(grid: list[list[Any]], top: int, left: int, bottom: int, right: int) -> None:
    """Mark the cells of a grid that a merge covers, corners from 1; larger merges are no merged labels."""
    bottom = min(bottom, len(grid))
    if bottom <= top or (bottom - top) * (right - left + 1) > _MOST_MERGED:
        return
    value = cell(grid, top, left)
    if is_blank(value):
        return
    for row in range(top, bottom + 1):
        line = grid[row - 1]
        for column in range(left, min(right, len(line)) + 1):
            if (row, column) != (top, left) and is_blank(line[column - 1]):
                line[column - 1] = Covered(value, top, left)
