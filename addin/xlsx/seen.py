"""What cells of a package show by their number formats, and which cells merges cover, put into the grids."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from addin.xlsx.parts import MAIN
from addin.xlsx.plain import Sheet
from udfs.base import EPOCH, Dated, cell, column_number, cover_merge, seen_date, seen_number, shows_dates

#: Number formats that have a number and no text in the file; those of dates as a Chinese Excel shows them.
_BUILT_IN = {
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((14, 15, 16), "yyyy/m/d"),
    17: "mmm-yy",
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56), "h:mm:ss"),
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    36: 'yyyy"年"m"月"',
    46: "[h]:mm:ss",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
#: Excel knows a day of 1900 that never was, before which dates are one number off, and no date beyond the year 9999.
_NO_DAY, _FIRST, _LAST = 60, 61, 2_958_466
#: What the days of a workbook are counted from, if not from 1900.
_SINCE_1904 = 1_462
#: What Excel shows where a number is no date.
_NO_DATE = "########"


Grid = list[list[Any]]


def show_what_is_seen(
    styles: etree._Element | None, sheets: Mapping[str, Sheet], grids: Mapping[str, Grid], *, since_1904: bool = False
) -> None:
    """Put into the grids what cells show otherwise than they store it, and mark the cells that merges cover."""
    days = _SINCE_1904 if since_1904 else 0
    codes = _formats(styles) if styles is not None else {}
    pattern = b"|".join(str(number).encode() for number in codes)
    # Sheets are searched as bytes, and only where the workbook has a format that shows something else than the number.
    styled = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*? s="(' + pattern + rb')"') if codes else None
    for name, sheet in sheets.items():
        grid = grids.get(name)
        if not grid:
            continue
        for letters, row, format_ in styled.findall(sheet.data) if styled else ():
            _show(grid, int(row), column_number(letters.decode()), codes[int(format_)], days)
        for area in sheet.merges():
            cover_merge(grid, *area)


def _formats(styles: etree._Element) -> dict[int, str]:
    """The number formats that may show something else than the number, by the index of the cell format."""
    codes = format_codes(styles)
    odd = {c for c in set(codes) if c and (seen_number(1.0, c) or seen_number(-1.0, c) or shows_dates(c))}
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


def _show(grid: Grid, row: int, column: int, code: str, days: int) -> None:
    value = cell(grid, row, column)
    seen: Any = None
    if shows_dates(code):
        if isinstance(value, float):
            value = seen = _moment(value, code, days)
        if isinstance(value, datetime.date) and is_date_format(code):
            seen = seen_date(value, code) or seen
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seen = seen_number(float(value), code)
    if seen is not None:
        grid[row - 1][column - 1] = seen


def _moment(value: float, code: str, days: int) -> datetime.date | Dated:
    """What is seen of a number in a format of dates or times: a date, or a time of a day, or nothing."""
    serial = value + days
    if not 0 <= value < _LAST - days:
        return Dated(value, _NO_DATE)
    moment = EPOCH + datetime.timedelta(milliseconds=round(serial * 86_400_000))
    if is_date_format(code) and serial >= _FIRST:
        return moment if moment.time() != datetime.time() else moment.date()
    time = f"{moment:%H:%M:%S}"
    day = f"{moment + datetime.timedelta(days=1):%Y-%m-%d}" if serial < _NO_DAY else "1900-02-29"
    return Dated(value, f"{day} {time}" if 1 <= serial < _FIRST else time)
