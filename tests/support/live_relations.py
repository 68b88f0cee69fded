"""勾稽关系 as it is written, and as IronCalc calculates it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as PlainBook
from openpyxl import load_workbook

from addin.xlsx.files import Workbook
from udfs.base import address

SHEET = "勾稽关系"
FIRST_ROW = 4
SIDES = 5  #: offset of left, right, difference, allowance, verdict
HAS_IRONCALC = find_spec("ironcalc") is not None
needs_ironcalc = pytest.mark.skipif(not HAS_IRONCALC, reason="the Python package ironcalc is not installed")

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


def calculated_by_ironcalc(path: Path, scratch: Path) -> list[Row]:
    """The values that IronCalc calculates. It is given values and formulas alone: our styled sheets take it minutes."""
    import ironcalc

    plain = PlainBook()
    plain.remove(plain.worksheets[0])
    grids = Workbook(path).grids
    for name, grid in grids.items():
        copy = plain.create_sheet(name)
        if name not in {SHEET, "科目表"}:
            for line in grid:
                copy.append([None if value == "" or str(value).startswith("=") else value for value in line])
    for place, formula in cells_of(path):
        plain[SHEET][place] = formula
    names = list(grids)
    plain.save(scratch / "plain.xlsx")
    model = ironcalc.load_from_xlsx(str(scratch / "plain.xlsx"), "en", "UTC", "en")
    model.evaluate()
    at = names.index(SHEET)
    rows = []
    row = FIRST_ROW
    while model.get_cell_value(at, row, 1):
        rows.append(as_row([model.get_cell_value(at, row, SIDES + 1 + offset) for offset in range(5)]))
        row += 1
    return rows
