"""What cells of a package show by their number formats, and which cells merges cover, put into the grids."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from addin.xlsx.inspection import place_of
from addin.xlsx.package import Package
from addin.xlsx.parts import MAIN
from udfs.base import Covered, cell, column_number, is_blank, seen_date, seen_number

# Sheets are searched as bytes, and only where the workbook has a format that shows something else than the number.
_MERGE = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*\bref\s*=\s*["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")
#: Larger merges are no merged labels.
_MOST_MERGED = 5_000

#: Number formats that have a number and no text in the file; those of dates as a Chinese Excel shows them.
_BUILT_IN = {
    9: "0%",
    10: "0.00%",
    17: "mmm-yy",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    31: 'yyyy"年"m"月"d"日"',
    36: 'yyyy"年"m"月"',
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_EPOCH = datetime.date(1899, 12, 30)

Grid = list[list[Any]]


def show_what_is_seen(package: Package, grids: Mapping[str, Grid]) -> None:
    """Put into the grids what cells show otherwise than they store it, and mark the cells that merges cover."""
    codes = _formats(package)
    pattern = b"|".join(str(number).encode() for number in codes)
    styled = re.compile(rb'<(?:\w+:)?c\s([^>]*\bs="(' + pattern + rb')"[^>]*)>') if codes else None
    for name, part in package.sheets.items():
        data, grid = package.parts.get(part, b""), grids.get(name)
        if not grid:
            continue
        for match in styled.finditer(data) if styled else ():
            at = place_of(match[1])
            if at is not None:
                _show(grid, *at, codes[int(match[2])])
        if b"mergeCell" in data:
            for merge in _MERGE.finditer(data):
                first, last = (column_number(merge[i].decode()) for i in (1, 3))
                _cover(grid, int(merge[2]), first, int(merge[4]), last)


def _formats(package: Package) -> dict[int, str]:
    """The number formats that may show something else than the number, by the index of the cell format."""
    part = next((name for name in package.parts if name.lower().endswith("xl/styles.xml")), "")
    if not part:
        return {}
    root = etree.fromstring(package.parts[part], etree.XMLParser(resolve_entities=False))
    own = {
        int(f.get("numFmtId", "0")): f.get("formatCode", "")
        for f in root.iterfind(f"{{{MAIN}}}numFmts/{{{MAIN}}}numFmt")
    }
    found = {}
    for index, form in enumerate(root.iterfind(f"{{{MAIN}}}cellXfs/{{{MAIN}}}xf")):
        number = int(form.get("numFmtId", "0"))
        code = own.get(number) or _BUILT_IN.get(number, "")
        if code and (seen_number(1.0, code) or seen_number(-1.0, code) or is_date_format(code)):
            found[index] = code
    return found


def is_date_format(code: str) -> bool:
    """Whether a number format shows dates."""
    return any(letter in _LETTERS.sub("", code).lower() for letter in "yd") and "general" not in code.lower()


def _show(grid: Grid, row: int, column: int, code: str) -> None:
    value = cell(grid, row, column)
    seen: Any = None
    if is_date_format(code):
        if isinstance(value, float) and 1 <= value < 2_958_466:
            value = _EPOCH + datetime.timedelta(days=int(value))
        if isinstance(value, datetime.date):
            seen = seen_date(value, code)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seen = seen_number(float(value), code)
    if seen is not None:
        grid[row - 1][column - 1] = seen


def _cover(grid: Grid, top: int, left: int, bottom: int, right: int) -> None:
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
