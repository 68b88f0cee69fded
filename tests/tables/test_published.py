"""The ledger of a really published disclosure gives every row and cell of its thirteen tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.support.books import TABLES, as_printed, read_sheet, sheet_of, without_space
from tests.support.published import PUBLISHED, UNIT

NUMBERED = list(enumerate(TABLES.items(), 1))


@pytest.fixture(scope="module")
def sheets(published_book: Path) -> dict[str, list[list[Any]]]:
    book = load_workbook(published_book)
    return {name: read_sheet(sheet_of(book, name), width) for name, width in TABLES.items()}


@pytest.mark.parametrize(("number", "table"), NUMBERED)
def test_every_row_and_cell_is_as_published(
    sheets: dict[str, list[list[Any]]], number: int, table: tuple[str, int]
) -> None:
    name, _ = table
    published = PUBLISHED[str(number)]
    body = sheets[name][2:]
    note = [] if "note" not in published else [without_space(published["note"])]
    printed = [[as_printed(value) for value in line] for line in body]
    expected = [[without_space(text) for text in line] for line in published["rows"]]
    width = len(expected[0])
    assert printed == expected + [[text, *[""] * (width - 1)] for text in note]


@pytest.mark.parametrize(("number", "table"), NUMBERED)
def test_title_unit_and_measure_stand_above(
    sheets: dict[str, list[list[Any]]], number: int, table: tuple[str, int]
) -> None:
    name, width = table
    title, line = sheets[name][:2]
    assert title == [PUBLISHED[str(number)]["title"], *[None] * (width - 1)]
    assert line == [f"单位名称：{UNIT}", *[None] * (width - 2), "单位：万元"]


@pytest.fixture(scope="module")
def loaded(published_book: Path) -> Workbook:
    return load_workbook(published_book)


@pytest.mark.parametrize("name", TABLES)
def test_amounts_are_numbers_with_two_decimals_and_codes_are_text(loaded: Workbook, name: str) -> None:
    sheet = sheet_of(loaded, name)
    published = PUBLISHED[str(list(TABLES).index(name) + 1)]["rows"]
    for number, line in enumerate(published, 3):
        for column, text in enumerate(line, 1):
            cell = sheet.cell(number, column)
            if _is_amount(text):
                assert isinstance(cell.value, int | float), cell.coordinate
                assert cell.number_format == "#,##0.00", cell.coordinate
            elif text:
                assert isinstance(cell.value, str), cell.coordinate


def _is_amount(text: str) -> bool:
    return "." in text and text.replace(".", "").lstrip("-").isdigit()
