"""勾稽关系 as it is written, and as formualizer calculates it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import formualizer
from openpyxl import load_workbook

from addin.xlsx.files import Workbook
from tests.support.books import parts_of, write_parts
from udfs.base import address

SHEET = "勾稽关系"
FIRST_ROW = 4
SIDES = 5  #: offset of left, right, difference, allowance, verdict

Row = tuple[float, float, float, float, str]


def cells_of(path: Path) -> list[tuple[str, str]]:
    """Every text and formula of 勾稽关系."""
    book = load_workbook(path, read_only=True)
    cells = [cell for line in book[SHEET].iter_rows() for cell in line if cell.value is not None]
    result = [(address(cell.row, cell.column), str(cell.value)) for cell in cells]
    book.close()
    return result


def as_row(cells: Sequence[Any]) -> Row:
    left, right, difference, allowed, verdict = cells
    return round(float(left), 6), round(float(right), 6), round(float(difference), 6), round(float(allowed), 6), verdict


def without_values(source: Path, target: Path) -> Path:
    """A copy in which no formula has a value beside it: what is read afterwards was calculated."""
    parts = parts_of(source)
    for name, data in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            parts[name] = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
    return write_parts(target, parts)


def rows_of(path: Path) -> list[Row]:
    """The values that a file holds beside the formulas."""
    return [as_row(line[SIDES : SIDES + 5]) for line in Workbook(path).grids[SHEET][FIRST_ROW - 1 :] if line[0]]


def calculated(path: Path, scratch: Path) -> list[Row]:
    """The values that another program, formualizer, calculates from nothing."""
    bare, out = without_values(path, scratch / "bare.xlsx"), scratch / "calculated.xlsx"
    done = formualizer.recalculate_file(str(bare), str(out))
    assert not done["total_errors"]
    return rows_of(out)
