"""The sheet 绩效目标: the forms one below the other, each from a new page; what the clerk wrote elsewhere stays.

A column right of the print area (表号) holds the form's number beside every row that the program wrote. Only such rows
are ever written over or emptied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from udfs.base import (
    Area,
    Block,
    Grids,
    InputProblems,
    Layout,
    Problem,
    cell,
    display_width,
    is_empty_line,
    plain,
    text_lines,
)
from udfs.performance.forms import FormCell, PerformanceForm
from workbook_templates.defined_names import PERFORMANCE, PERFORMANCE_MARKS

AREA, MARKS = PERFORMANCE, PERFORMANCE_MARKS

#: Named cell styles of the template.
TITLE, YEAR, LABEL, TEXT, MONEY = "公开-标题", "公开-表单年度", "公开-表单标签", "公开-表单正文", "公开-表单金额"

#: Heights in points: of a row of one line, of a further line, of title and line of the year, of a row at most.
ONE_LINE, LINE, TITLE_HEIGHT, YEAR_HEIGHT, TALLEST = 20.0, 14.0, 36.0, 20.0, 390.0


class SheetForm(Struct, frozen=True):
    """A form as rows of its sheet: values, styles, merges and heights, from the form's first row."""

    form: PerformanceForm
    cells: tuple[tuple[Any, ...], ...]
    styles: tuple[tuple[str, ...], ...]
    merges: tuple[tuple[int, int, int, int], ...]
    heights: tuple[float, ...]
    checks: Mapping[tuple[int, int], str]  #: row and column of cells that a check guards
    labels: tuple[tuple[int, int, int, str], ...]  #: first row, row after the last, column and text of every label

    def label_of(self, row: int, column: int) -> str:
        """The label that a cell belongs to: the nearest to its left in its row."""
        beside = [(at, text) for first, end, at, text in self.labels if first <= row < end and at < column]
        return max(beside)[1] if beside else ""


def performance_blocks(grids: Grids, names: Mapping[str, Area], forms: Sequence[PerformanceForm]) -> list[Block]:
    """The blocks that bring the sheet up to date. Raises InputProblems where something of hers is in the way."""
    if AREA not in names or MARKS not in names:
        return []
    sheet, top, left, _, right = names[AREA]
    mark_at = names[MARKS][2]
    grid = grids.get(sheet, [])
    marked = marked_rows(grids, names)
    made = [sheet_form(form) for form in forms]
    count = sum(len(form.cells) for form in made)
    foreign = [
        row for row in range(top, top + count) if row not in marked and not is_empty_line(grid, row, left, right)
    ]
    if foreign:
        message = "有您另外填写的内容，绩效目标表需要占用这一行，请先把它移到表格右侧或别的工作表，再重新生成"
        raise InputProblems([Problem(sheet, message, foreign[0])])
    blocks: list[Block] = []
    if count:
        blocks += [
            Block(sheet, top, left, [line for form in made for line in form.cells], layout=_layout(made)),
            Block(sheet, top, mark_at, [[str(n)] for n, form in enumerate(made, 1) for _ in form.cells]),
        ]
    width = right - left + 1
    for first, last in _runs([row for row in marked if row >= top + count]):
        rows = last - first + 1
        empty = [[None] * width] * rows
        plain_look = Layout([[""] * width] * rows, heights=[0.0] * rows)
        blocks += [Block(sheet, first, left, empty, layout=plain_look), Block(sheet, first, mark_at, [[None]] * rows)]
    return blocks


def marked_rows(grids: Grids, names: Mapping[str, Area]) -> dict[int, str]:
    """The rows that the program has written, each with its form's number."""
    if MARKS not in names:
        return {}
    sheet, top, column, last, _ = names[MARKS]
    grid = grids.get(sheet, [])
    found = {row: plain(cell(grid, row, column)) for row in range(top, min(last, len(grid)) + 1)}
    return {row: mark for row, mark in found.items() if mark}


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rows as stretches without a gap."""
    first = previous = None
    for row in sorted(rows):
        if first is None or previous is None:
            first = row
        elif row != previous + 1:
            yield first, previous
            first = row
        previous = row
    if first is not None and previous is not None:
        yield first, previous


def _layout(made: Sequence[SheetForm]) -> Layout:
    merges: list[tuple[int, int, int, int]] = []
    breaks: list[int] = []
    start = 0
    for form in made:
        merges += [(start + row, column, rows, columns) for row, column, rows, columns in form.merges]
        if start:
            breaks.append(start)
        start += len(form.cells)
    styles = [line for form in made for line in form.styles]
    return Layout(styles, merges, [height for form in made for height in form.heights], breaks, printed=True)


def sheet_form(form: PerformanceForm) -> SheetForm:
    """A form laid out on rows of a sheet; a text too tall for a row goes on in the next."""
    placed = form.placed()
    widths = form.widths
    pieces = {
        (row, column): _pieces(c.text, _room(widths, column, c.colspan))
        for row, column, c in placed
        if isinstance(c.value, str) and not c.is_label and c.rowspan == 1
    }
    sub = [1] * len(form.rows)
    for (row, _), parts in pieces.items():
        sub[row] = max(sub[row], len(parts))
    starts = [2 + sum(sub[:row]) for row in range(len(form.rows) + 1)]
    count, width = starts[-1], len(widths)
    cells: list[list[Any]] = [[None] * width for _ in range(count)]
    styles = [[TEXT] * width for _ in range(count)]
    heights = [ONE_LINE] * count
    merges: list[tuple[int, int, int, int]] = []
    checks: dict[tuple[int, int], str] = {}
    for row, (text, style, height) in enumerate(
        ((form.title, TITLE, TITLE_HEIGHT), (form.subtitle, YEAR, YEAR_HEIGHT))
    ):
        cells[row][0] = text
        styles[row] = [style] * width
        heights[row] = height
        merges.append((row, 0, 1, width))
    for row, column, c in placed:
        first, last = starts[row], starts[row + c.rowspan]
        parts = pieces.get((row, column), [c.text])
        split = len(parts) > 1
        for r in range(first, last):
            styles[r][column : column + c.colspan] = [_style(c)] * c.colspan
        for number in range(last - first if split else 1):
            value: Any = c.value if not split and not isinstance(c.value, str) else None
            if isinstance(c.value, str):
                value = (parts[number] if number < len(parts) else "") or None
            cells[first + number][column] = value
        merges += _merges(first, last, column, c, split=split)
        if c.check:
            checks[first, column] = c.check
    labels = tuple((starts[row], starts[row + c.rowspan], column, c.text) for row, column, c in placed if c.is_label)
    _fit(form, placed, pieces, starts, heights)
    frozen = tuple(map(tuple, cells)), tuple(map(tuple, styles))
    return SheetForm(form, *frozen, tuple(merges), tuple(heights), checks, labels)


def _merges(first: int, last: int, column: int, c: FormCell, *, split: bool) -> list[tuple[int, int, int, int]]:
    if split:
        return [(row, column, 1, c.colspan) for row in range(first, last) if c.colspan > 1]
    return [(first, column, last - first, c.colspan)] if last - first > 1 or c.colspan > 1 else []


def _style(c: FormCell) -> str:
    if c.is_label:
        return LABEL
    return MONEY if isinstance(c.value, Decimal) else TEXT


def _room(widths: Sequence[float], column: int, span: int) -> float:
    """Width for a text in half-width characters of the forms' smaller letters."""
    return sum(widths[column : column + span]) + 2.5


def _fit(
    form: PerformanceForm,
    placed: Sequence[tuple[int, int, FormCell]],
    pieces: Mapping[tuple[int, int], Sequence[str]],
    starts: Sequence[int],
    heights: list[float],
) -> None:
    """Heights for the texts; first those of one row, then what a cell over several rows still lacks."""
    for row, column, c in sorted(placed, key=lambda item: item[2].rowspan):
        room = _room(form.widths, column, c.colspan)
        first, last = starts[row], starts[row + c.rowspan]
        parts = pieces.get((row, column), [c.text])
        if last - first > 1 and len(parts) == 1:
            lacking = _height(parts[0], room) - sum(heights[first:last])
            if lacking > 0:
                heights[last - 1] += lacking
            continue
        for number, part in enumerate(parts):
            heights[first + number] = max(heights[first + number], _height(part, room))


def _height(text: str, room: float) -> float:
    return max(ONE_LINE, LINE * text_lines(text, room) + 6)


def _pieces(text: str, room: float) -> list[str]:
    """A text in pieces that each fit a row, broken between its lines, a line too long for a row within."""
    most = int((TALLEST - 6) // LINE)
    if text_lines(text, room) <= most:
        return [text]
    pieces: list[str] = []
    taken = most
    for line in _short_lines(text, room, most):
        need = text_lines(line, room)
        if taken + need > most:
            pieces.append(line)
            taken = need
        else:
            pieces[-1] += f"\n{line}"
            taken += need
    return pieces


def _short_lines(text: str, room: float, most: int) -> Iterator[str]:
    for line in text.split("\n"):
        rest = line
        while text_lines(rest, room) > most:
            at = len(rest)
            while display_width(rest[:at]) > (int(room) - 3) * most:
                at = min(at - 1, at * (int(room) - 3) * most // display_width(rest[:at]) + 1)
            yield rest[:at]
            rest = rest[at:]
        yield rest
