"""What cells of a package show by their number formats, and which cells merges cover, put into the grids."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from addin.xlsx.parts import MAIN
from addin.xlsx.plain import Sheet
from udfs.base import cell, column_number, corners, cover_merge, seen_date, seen_number

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

_AREA = re.compile(r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}")

Grid = list[list[Any]]


def show_what_is_seen(styles: etree._Element | None, sheets: Mapping[str, Sheet], grids: Mapping[str, Grid]) -> None:
    """Put into the grids what cells show otherwise than they store it, and mark the cells that merges cover."""
    codes = _formats(styles) if styles is not None else {}
    pattern = b"|".join(str(number).encode() for number in codes)
    # Sheets are searched as bytes, and only where the workbook has a format that shows something else than the number.
    styled = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*? s="(' + pattern + rb')"') if codes else None
    for name, sheet in sheets.items():
        grid = grids.get(name)
        if not grid:
            continue
        for letters, row, format_ in styled.findall(sheet.data) if styled else ():
            _show(grid, int(row), column_number(letters.decode()), codes[int(format_)])
        for merge in sheet.frame.iterfind(f"{{{MAIN}}}mergeCells/{{{MAIN}}}mergeCell"):
            area = merge.get("ref", "")
            if _AREA.fullmatch(area):
                cover_merge(grid, *corners(area))


def _formats(styles: etree._Element) -> dict[int, str]:
    """The number formats that may show something else than the number, by the index of the cell format."""
    codes = format_codes(styles)
    odd = {c for c in set(codes) if c and (seen_number(1.0, c) or seen_number(-1.0, c) or is_date_format(c))}
    return {index: code for index, code in enumerate(codes) if code in odd}


def format_codes(styles: etree._Element) -> list[str]:
    """The number format of every cell format in order; empty for those that show a number as it is."""
    own = {
        int(f.get("numFmtId", "0")): f.get("formatCode", "")
        for f in styles.iterfind(f"{{{MAIN}}}numFmts/{{{MAIN}}}numFmt")
    }
    numbers = [int(form.get("numFmtId", "0")) for form in styles.iterfind(f"{{{MAIN}}}cellXfs/{{{MAIN}}}xf")]
    return [own.get(number) or _BUILT_IN.get(number, "") for number in numbers]


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
