"""Addresses in a workbook: cells as A1, areas as formulas write them, and the names that the program finds them by."""

from __future__ import annotations

import re
from functools import cache, lru_cache

#: Where a defined name points: sheet, first row, first column, last row, last column (from 1).
Area = tuple[str, int, int, int, int]

_CELL = re.compile(r"\$?([A-Z]+)\$?(\d+)")
_AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?)")


@cache
def column_letters(column: int) -> str:
    """Sheet column (from 1) as letters: 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@lru_cache(maxsize=1 << 15)
def column_number(letters: str) -> int:
    """Column letters as a number from 1: AB is 28."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def address(row: int, column: int) -> str:
    """Cell as A1."""
    return f"{column_letters(column)}{row}"


def corners(area: str) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of an area of a sheet, written as A1, A1:B2 or $A$1:$B$2."""
    found = [(int(row), column_number(letters)) for letters, row in _CELL.findall(area)]
    return *found[0], *found[-1]


@lru_cache(maxsize=1 << 14)
def cell_of(text: str) -> tuple[int, int]:
    """Row and column of a cell written as A1."""
    return corners(text)[:2]


def quoted(sheet: str) -> str:
    """A sheet's name as formulas write it."""
    return "'" + sheet.replace("'", "''") + "'"


def reference(sheet: str, first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    """An area as an absolute reference, its sheet included."""
    first, last = column_letters(first_column), column_letters(last_column)
    return f"{quoted(sheet)}!${first}${first_row}:${last}${last_row}"


def read_reference(text: str) -> Area | None:
    """The area that an absolute reference names; None where the text is none, or names several areas."""
    match = _AREA.fullmatch(text)
    return ((match[1] or match[2]).replace("''", "'"), *corners(match[3])) if match else None


def defined_name(key: str) -> str:
    """The defined name of the place with this key: of a table by its code, of an input range, of a list."""
    return f"YS_{key.upper()}"
