"""An area of an open sheet given its shape: styles by name, merged cells, row heights and page breaks, in few calls.

Cells are first parted and given their styles, since Excel throws away what is written below a merged cell and since a
style's number format decides how a text is written; then values come, which are not this module's; then the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from addin.excel import com
from addin.excel.shapes import (
    Reshaping,
    Shape,
    alike,
    area,
    height_rows,
    laid_over,
    merge_areas,
    plain,
    shaped,
    style_areas,
)
from udfs.base import Block, address

_NORMAL = "Normal"


class Reshaper:
    """Reads and writes shapes. `call` makes each call into Excel; `busy` is what it raises where Excel stays busy."""

    def __init__(self, call: Callable[..., Any], busy: type[Exception]) -> None:
        self._call, self._busy = call, busy
        #: Number formats of cells that were given a style, by sheet, row and column: nobody has to ask for them.
        self.formats: dict[str, dict[tuple[int, int], str]] = {}
        self._columns: dict[tuple[str, int, int], list[str]] = {}

    def planned(self, sheets: Mapping[str, Any], blocks: Sequence[Block]) -> list[Reshaping]:
        """What blocks change of the shape of their sheets, a change a sheet at most; nothing is written."""
        found = []
        for name, its in shaped(blocks).items():
            sheet = sheets[name]
            row, column, rows, columns = area(its)
            own = self._own(name, sheet, column, columns)
            block = sheet.range((row, column), (row + rows - 1, column + columns - 1))
            # Checking alone needs no shape, nor what reads XML.
            from addin.excel.shape_xml import read_shape

            read = read_shape(self._twice(com.as_xml, block) or "", rows, columns, own)
            if read is not None and not self._is_whole(block, read, own):
                read = None
            old = read or plain(rows, columns)
            new = laid_over(old, (row, column), its)
            # Excel tells page breaks row by row only. They can stand where a form begins, and where one will.
            asked = sorted((old.wide | set(new.breaks)) - {0})
            breaks = tuple(at for at in asked if self._call(com.has_break, sheet, row + at))
            old = replace(old, breaks=breaks)
            new = laid_over(old, (row, column), its)
            if read is None or not alike(old, new, self._call(com.standard_height, sheet)):
                found.append(Reshaping(name, row, column, old, new, read is not None, _printed(its)))
        return found

    def unmerge(self, sheet: Any, change: Reshaping, back: bool = False) -> None:
        """Part the area's cells and give them their styles. `back`: those they had."""
        shape = _wanted(change, back)
        rows, columns = len(shape.styles), len(shape.styles[0])
        last = (change.row + rows - 1, change.column + columns - 1)
        self._call(com.part, sheet.range((change.row, change.column), last))
        own = self._own(change.sheet, sheet, change.column, columns)
        formats: dict[str, str | None] = {}
        for area_address, style in style_areas(change, shape, own):
            if style not in formats:
                formats[style] = self._twice(com.style_format, sheet.book, style)
            # On files, too, a style that the workbook lacks is none at all.
            self._call(com.set_style, sheet, area_address, _NORMAL if formats[style] is None else style)
        self.formats[change.sheet] = {
            (r, c): shown
            for r, line in enumerate(shape.styles, change.row)
            for c, (name, column) in enumerate(zip(line, own, strict=True), change.column)
            if (shown := formats[name or column]) is not None
        }

    def merge(self, sheet: Any, change: Reshaping, back: bool = False) -> None:
        """Merge cells, set the heights of rows, and end pages."""
        shape = _wanted(change, back)
        for area_address in merge_areas(change, shape):
            self._call(com.merge, sheet, area_address)
        for height, lines in height_rows(change, shape).items():
            if height:
                self._call(com.set_heights, sheet, lines, height)
            else:
                self._call(com.set_standard_heights, sheet, lines)
        if change.printed:
            self._call(com.set_print_area, sheet, change.printed)
        for at in sorted(set(change.old.breaks) ^ set(change.new.breaks)):
            self._call(com.set_break, sheet, change.row + at, at in shape.breaks)

    def _is_whole(self, block: Any, shape: Shape, own: Sequence[str]) -> bool:
        """Whether a shape without merged cells, styles or heights is true: the XML may have been silent of them."""
        if not shape.merges and self._call(com.has_merged, block):
            return False
        plain_look = not any(name for line in shape.styles for name in line)
        if plain_look and len(set(own)) == 1 and self._call(com.style_of, block) != own[0]:
            return False
        return any(shape.heights) or self._call(lambda: block.row_height) is not None

    def _own(self, name: str, sheet: Any, column: int, columns: int) -> list[str]:
        """The styles that columns have of their own: those of their cells below everything.

        Asked before anything is changed: cells that were given a style may lie below everything that is written.
        """
        key = (name, column, columns)
        if key not in self._columns:
            self._columns[key] = self._ask_own(sheet, column, columns)
        return self._columns[key]

    def _ask_own(self, sheet: Any, column: int, columns: int) -> list[str]:
        below = self._call(lambda: sheet.used_range.last_cell.row) + 1
        every = self._call(com.style_of, sheet.range((below, column), (below, column + columns - 1)))
        if every is not None:
            return [every] * columns
        cells = [sheet.range((below, c)) for c in range(column, column + columns)]
        return [self._call(com.style_of, cell) or _NORMAL for cell in cells]

    def _twice(self, question: Callable[..., str], *arguments: Any) -> str | None:
        """The answer to what Excel refuses where it has none; None where it refuses twice."""
        try:
            return str(self._call(question, *arguments))
        except self._busy:
            raise
        except Exception:  # noqa: BLE001 - whatever it was, the second try decides
            try:
                return str(self._call(question, *arguments))
            except self._busy:
                raise
            except Exception:  # noqa: BLE001 - what cannot be had is no fault here: the caller does without
                return None


def _printed(blocks: Sequence[Block]) -> str:
    """The address of the block that is all its sheet prints; empty where there is none."""
    for block in blocks:
        if block.layout is not None and block.layout.printed:
            last = address(block.row + len(block.cells) - 1, block.column + len(block.cells[0]) - 1)
            return f"{address(block.row, block.column)}:{last}"
    return ""


def _wanted(change: Reshaping, back: bool) -> Shape:
    return change.old if back else change.new
