"""How the filled cells of a sheet are set and coloured: what a finished workbook is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from addin.xlsx.around import USUAL_WIDTH, sizes_of
from addin.xlsx.cell_formats import Form, Formats
from addin.xlsx.plain import Sheet
from udfs.base import address, cell, column_letters, column_number

#: By column the rows from and to which a format reaches, one after the other; cells between that are empty count too.
Runs = Mapping[str, Sequence[tuple[int, int, int]]]

_FILLED = re.compile(rb'<c r="([A-Z]+)(\d+)"(?: t="[A-Za-z]+")?(?: s="(\d+)")?[^>]*(?<!/)>')
#: Letters that are so many times as large as they were, or as small, are cut off or cannot be read.
LARGER, SMALLER = 1.6, 0.6
#: Steps to the right beyond which a figure stands under another heading.
_FAR = 6
#: A column so wide shows as many digits as a spreadsheet ever does without a format.
_NARROW = 11.0
#: Cells in which the same differs that are named one by one.
_NAMED = 4
_MOVED = ("centerContinuous", "distributed", "fill")


def filled_cells(sheet: Sheet) -> Iterator[tuple[int, str, int]]:
    """Row, column's letters and format of each cell that holds something; -1 where it names none.

    A cell that names none has the first format in some programs, and that of its column in others.
    """
    for letters, row, style in _FILLED.findall(sheet.data):
        yield int(row), letters.decode(), int(style) if style else -1


def runs_of(sheet: Sheet, number_of_form: Mapping[int, int]) -> dict[str, list[tuple[int, int, int]]]:
    """The formats of a sheet's filled cells, column by column. `number_of_form`: a format's place in the list kept."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for row, letters, style in filled_cells(sheet):
        form = number_of_form.get(style, -1)
        runs = found.setdefault(letters, [])
        if runs and runs[-1][2] == form:
            runs[-1] = (runs[-1][0], row, form)
        else:
            runs.append((row, row, form))
    return found


def set_otherwise(
    sheet: Sheet, grid: Sequence[Sequence[Any]], formats: Formats, before: Sequence[Form], runs: Runs
) -> Iterator[tuple[str, str, bool]]:
    """Cells that are set or coloured otherwise than before: A1, what differs, whether another figure is seen.

    Cells in which the same differs are told together.
    """
    alike: dict[tuple[str, bool], list[str]] = {}
    known: dict[tuple[int, int, bool], tuple[str, bool]] = {}
    places = {letters: iter(list(found)) for letters, found in runs.items()}
    current: dict[str, tuple[int, int, int]] = {}
    alike_forms: dict[tuple[int, int], bool] = {}
    for row, letters, style in filled_cells(sheet):
        run = current.get(letters)
        while letters in places and (run is None or run[1] < row):
            run = next(places[letters], None)
            if run is None:
                break
            current[letters] = run
        if run is None or not run[0] <= row <= run[1] or not 0 <= run[2] < len(before):
            continue
        if (form := alike_forms.get((run[2], style))) is None:
            form = alike_forms[run[2], style] = before[run[2]] == formats.form(style)
        if form:
            continue
        column = column_number(letters)
        value = cell(grid, row, column)
        is_number = isinstance(value, float)
        key = (run[2], style, is_number)
        if key not in known:
            known[key] = _difference(before[run[2]], formats.form(style), is_number=is_number)
        what, deceives = known[key]
        if what:
            alike.setdefault((what, deceives), []).append(address(row, column))
    for (what, deceives), cells in alike.items():
        others = "、".join(cells[1:_NAMED]) + (f"等{len(cells) - 1}格" if len(cells) > _NAMED else "")
        more = f"，同样的还有{others}" if others else ""
        yield cells[0], what + more, deceives


def _difference(was: Form, now: Form, *, is_number: bool) -> tuple[str, bool]:
    """What differs between two formats, the worst first, and whether it lets a reader see another figure."""
    if now.size > was.size * LARGER or now.size < was.size * SMALLER:
        return f"字号由{was.size:g}变为{now.size:g}，内容可能显示不全或看不清", True
    if now.turn != was.turn:
        return "文字方向改变，内容可能显示不全", True
    if now.marks != was.marks and now.marks:
        return f"文字上{now.marks}", True
    if is_number and now.across != was.across and now.across in _MOVED:
        return "数字跨栏居中或分散显示，看不出在哪一栏", True
    if now.indent > was.indent + _FAR:
        return f"缩进由{was.indent:g}变为{now.indent:g}，内容可能移到别处", True
    differing = [
        what
        for differs, what in (
            (now.code != was.code and is_number, "数字格式"),
            (now.ink != was.ink or now.paper != was.paper, "颜色"),
            (abs(now.size - was.size) >= 1, "字号"),
            ((now.across, now.indent) != (was.across, was.indent), "对齐方式"),
        )
        if differs
    ]
    return "、".join(differing), False


def rounded_by_width(sheet: Sheet, grid: Sequence[Sequence[Any]], formats: Formats) -> Iterator[tuple[str, str]]:
    """Numbers without a format of their own in columns too narrow for them: a spreadsheet shows fewer digits then."""
    widths, _ = sizes_of(sheet)
    columns = {column_letters(n): n for n in range(1, sheet.width + 1) if widths.get(n, USUAL_WIDTH) < _NARROW}
    for row, letters, style in filled_cells(sheet) if columns else ():
        if letters not in columns or formats.form(style).code:
            continue
        column = columns[letters]
        value = cell(grid, row, column)
        if isinstance(value, float) and len(f"{value:.11g}") > widths.get(column, USUAL_WIDTH) + 1:
            yield address(row, column), f"列太窄，{value:.15g}只显示为约数"
