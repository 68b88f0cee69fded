"""The shape of an area of a sheet as the Excel door reads and writes it: styles, merged cells, heights, page breaks.

Nothing here calls Excel. The file door gives a sheet's XML the same shape in `addin.layout`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from addin.xlsx import same
from udfs.base import Block, address

#: The height of a row that is hidden: it stays hidden.
HIDDEN = -1.0
#: Characters that an address may have.
_LONGEST_ADDRESS = 255

Merge = tuple[int, int, int, int]  #: row, column, rows, columns, counted from the area's corner from 0


class Shape(Struct, frozen=True):
    """What an area looks like. A style without a name is the column's own, a height of 0 the sheet's own."""

    styles: tuple[tuple[str, ...], ...]
    merges: tuple[Merge, ...] = ()
    heights: tuple[float, ...] = ()
    breaks: tuple[int, ...] = ()

    @property
    def wide(self) -> set[int]:
        """Rows that begin cells merged over the whole width, as the title of a form does."""
        return {row for row, _, _, columns in self.merges if columns == len(self.styles[0])}


class Reshaping(Struct, frozen=True):
    """An area of a sheet from (row, column), how it looks and how it is to look.

    `known`: whether how it looked could be read; where not, `old` is a sheet that nobody has given a shape.
    """

    sheet: str
    row: int
    column: int
    old: Shape
    new: Shape
    known: bool = True
    printed: str = ""  #: the address that is all the sheet prints; empty where that stays as it is


def plain(rows: int, columns: int) -> Shape:
    """The shape of an area that nobody has given one."""
    return Shape((("",) * columns,) * rows, heights=(0.0,) * rows)


def shaped(blocks: Iterable[Block]) -> dict[str, list[Block]]:
    """The blocks that bring a shape, by sheet."""
    found: dict[str, list[Block]] = {}
    for block in blocks:
        if block.layout is not None and block.cells:
            found.setdefault(block.sheet, []).append(block)
    return found


def area(blocks: Sequence[Block]) -> tuple[int, int, int, int]:
    """First row and column, rows and columns of the area around blocks."""
    row, column = min(block.row for block in blocks), min(block.column for block in blocks)
    last = max(block.row + len(block.cells) for block in blocks)
    right = max(block.column + max(len(line) for line in block.cells) for block in blocks)
    return row, column, last - row, right - column


def laid_over(old: Shape, corner: tuple[int, int], blocks: Iterable[Block]) -> Shape:
    """The shape of an area once blocks have brought theirs, as on files: what stood in a block's rows goes."""
    styles = [list(line) for line in old.styles]
    heights, merges, breaks = list(old.heights), list(old.merges), set(old.breaks)
    for block in blocks:
        layout = block.layout
        assert layout is not None
        top, left = block.row - corner[0], block.column - corner[1]
        last, right = top + len(block.cells), left + max(len(line) for line in block.cells)
        for r, line in enumerate(layout.styles, top):
            styles[r][left : left + len(line)] = line
        for r, height in enumerate(layout.heights, top):
            heights[r] = height if heights[r] != HIDDEN else HIDDEN
        merges = [m for m in merges if m[0] >= last or m[0] + m[2] <= top or m[1] >= right or m[1] + m[3] <= left]
        merges += [(top + row, left + column, rows, columns) for row, column, rows, columns in layout.merges]
        breaks = {row for row in breaks if not top <= row < last} | {top + row for row in layout.breaks}
    return Shape(tuple(map(tuple, styles)), tuple(sorted(merges)), tuple(heights), tuple(sorted(breaks)))


def alike(one: Shape, other: Shape, standard: float) -> bool:
    """Whether two shapes are one. `standard`: the sheet's own height."""
    if (one.styles, sorted(one.merges), one.breaks) != (other.styles, sorted(other.merges), other.breaks):
        return False
    pairs = zip(one.heights, other.heights, strict=True)
    return all((HIDDEN in pair and a == b) or same(a or standard, b or standard) for pair in pairs for a, b in [pair])


def style_areas(change: Reshaping, shape: Shape, own: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Addresses and the style to give them, in this order: the commonest style first, over the whole area."""
    named = [[name or own[c] for c, name in enumerate(line)] for line in shape.styles]
    [(commonest, _)] = Counter(name for line in named for name in line).most_common(1)
    rows, columns = len(named), len(named[0])
    yield _area_address(change, (0, 0, rows, columns)), commonest
    boxes: dict[str, list[Merge]] = {}
    open_boxes: dict[tuple[int, int, str], int] = {}  # first column, column after the last, style: first row
    for r in range(rows + 1):
        runs = set(_runs(named[r])) if r < rows else set()
        for run in [run for run in open_boxes if run not in runs]:
            first = open_boxes.pop(run)
            boxes.setdefault(run[2], []).append((first, run[0], r - first, run[1] - run[0]))
        for run in runs:
            if run[2] != commonest:
                open_boxes.setdefault(run, r)
    for name, found in boxes.items():
        for text in joined(_area_address(change, box) for box in sorted(found)):
            yield text, name


def _runs(line: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    first = 0
    for c in range(1, len(line) + 1):
        if c == len(line) or line[c] != line[first]:
            yield first, c, line[first]
            first = c


def merge_areas(change: Reshaping, shape: Shape) -> Iterator[str]:
    """Addresses of several areas each, every one of which is to be one cell."""
    return joined(_area_address(change, merge) for merge in shape.merges)


def height_rows(change: Reshaping, shape: Shape) -> Mapping[float, list[tuple[int, int]]]:
    """Rows of the sheet in runs by the height that they get; hidden ones get none."""
    found: dict[float, list[tuple[int, int]]] = {}
    for row, height in enumerate(shape.heights, change.row):
        if height == HIDDEN:
            continue
        runs = found.setdefault(height, [])
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return found


def joined(parts: Iterable[str]) -> Iterator[str]:
    """Addresses put together as long as Excel takes them."""
    text = ""
    for part in parts:
        if text and len(text) + len(part) >= _LONGEST_ADDRESS:
            yield text
            text = ""
        text += f",{part}" if text else part
    if text:
        yield text


def _area_address(change: Reshaping, box: Merge) -> str:
    row, column = change.row + box[0], change.column + box[1]
    return f"{address(row, column)}:{address(row + box[2] - 1, column + box[3] - 1)}"
