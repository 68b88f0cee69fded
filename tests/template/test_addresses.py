"""Addresses are written and read back, whatever the sheet is called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string, get_column_letter

from workbook_templates.addresses import (
    address,
    cell_of,
    column_letters,
    column_number,
    corners,
    read_reference,
    reference,
)

_COLUMNS, _ROWS = st.integers(1, 16_384), st.integers(1, 1_048_576)
#: No sheet's name begins or ends with an apostrophe.
_SHEETS = st.text("表a1'! -", min_size=1, max_size=8).filter(lambda name: name == name.strip("'"))


@given(_COLUMNS, _ROWS)
def test_cells(column: int, row: int) -> None:
    assert column_letters(column) == get_column_letter(column)
    assert column_number(column_letters(column)) == column == column_index_from_string(column_letters(column))
    assert cell_of(address(row, column)) == (row, column)
    assert corners(f"$A$1:${column_letters(column)}${row}") == (1, 1, row, column)


@given(_SHEETS, _ROWS, _COLUMNS, _ROWS, _COLUMNS)
def test_areas(sheet: str, row: int, column: int, last_row: int, last_column: int) -> None:
    area = (sheet, row, column, last_row, last_column)
    assert read_reference(reference(*area)) == area


def test_what_names_no_single_area() -> None:
    assert read_reference("表一!$B$3") == ("表一", 3, 2, 3, 2)
    assert read_reference("表一!A1") is None
    assert read_reference("#REF!") is None
    assert read_reference("'表一'!$A$1:$B$2,'表一'!$D$1") is None
