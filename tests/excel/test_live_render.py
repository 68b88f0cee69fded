"""A real spreadsheet program opens, calculates, prints and saves the workbooks, and nothing goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.books import TABLES, read_tables
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE
from tests.support.ledgers import AMOUNT, CLEAN, FUND_INCOME, INCOME_HEADINGS, PROJECT, write_csv
from tests.support.oracle import CLASSES
from tests.support.tools import Office, pdf_pages

pytestmark = [
    pytest.mark.live,
    # openpyxl does not understand how LibreOffice writes a print area of whole columns; nothing here prints it.
    pytest.mark.filterwarnings("ignore:Print area cannot be set"),
]


@pytest.fixture(scope="module")
def large_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A department with long names and large amounts: what is most likely not to fit."""
    folder = tmp_path_factory.mktemp("large")
    rows = [dict(row) for row in CLEAN]
    for number in range(60):
        unit = number % 3
        rows.append(
            {
                **PROJECT,
                "功能科目编码": f"21602{number + 10}",
                "项目名称": f"第{number}项：支持外贸新业态发展和开发区建设的补助资金及工作经费项目",
                AMOUNT: "9876543210.98",
                "单位编码": f"03800{unit}",
                "单位名称": ("某市商务局", "某市会展中心", "某市商务执法队")[unit],
            }
        )
    spending = write_csv(folder / "明细.csv", rows)
    income = write_csv(folder / "收入.csv", [FUND_INCOME], INCOME_HEADINGS)
    out = folder / "book.xlsx"
    done = run_command("new", out, "--ledger", spending, "--income", income, "--unit", "某市商务局")
    assert done.code == 0, done.err
    return out


@pytest.fixture(scope="module", params=["template", "published", "large"] if EVIDENCE else ["large"])
def book(request: pytest.FixtureRequest, template: Path, published_book: Path, large_book: Path) -> Path:
    return {"template": template, "published": published_book, "large": large_book}[request.param]


@pytest.fixture(scope="module")
def saved(book: Path, soffice: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook as LibreOffice saves it."""
    return soffice.convert(book, "xlsx", tmp_path_factory.mktemp("saved"))


@pytest.fixture(scope="module")
def pages(book: Path, soffice: Office, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The text of every page that LibreOffice prints."""
    return pdf_pages(soffice.convert(book, "pdf", tmp_path_factory.mktemp("printed")))


def _values(path: Path) -> Iterator[tuple[str, str, Any]]:
    """Every calculated value of a workbook: sheet, cell, value."""
    book = load_workbook(path, data_only=True, read_only=True)
    for name in book.sheetnames:
        for number, line in enumerate(book[name].iter_rows(values_only=True), 1):
            for column, value in enumerate(line, 1):
                if value is not None:
                    yield name, f"R{number}C{column}", value
    book.close()


def test_no_cell_holds_an_error(saved: Path) -> None:
    assert [found for found in _values(saved) if isinstance(found[2], str) and found[2].startswith("#")] == []


def test_a_program_that_calculates_gives_the_values_stored_beside_the_formulas(book: Path, saved: Path) -> None:
    stored = {(sheet, cell): value for sheet, cell, value in _values(book) if sheet == "勾稽关系"}
    calculated = {(sheet, cell): value for sheet, cell, value in _values(saved) if sheet == "勾稽关系"}
    assert {key: (value, calculated.get(key)) for key, value in stored.items() if calculated.get(key) != value} == {}


def test_the_tables_come_through_a_save_and_the_saved_book_fills_to_the_same(
    book: Path, saved: Path, tmp_path: Path, template: Path
) -> None:
    tables = read_tables(book)
    assert read_tables(saved) == tables
    if book != template:
        done = run_command("fill", saved, "-o", tmp_path / "结果.xlsx")
        assert done.code == 0, done.err
        assert read_tables(tmp_path / "结果.xlsx") == tables


def test_no_amount_is_printed_as_hashes(pages: list[str]) -> None:
    assert [page for page in pages if "##" in page] == []


def _table_on(page: str) -> list[str]:
    """The table headers on a page."""
    return [line.strip() for line in page.splitlines() if line.strip().startswith("预算公开表")]


def test_each_table_begins_on_a_page_of_its_own(pages: list[str]) -> None:
    headers = [_table_on(page) for page in pages]
    assert all(len(found) <= 1 for found in headers)
    order = list(dict.fromkeys(found[0] for found in headers if found))
    assert order == [f"预算公开表{number}" for number in range(1, len(TABLES) + 1)]


def test_every_page_of_a_table_repeats_its_headings(pages: list[str]) -> None:
    for page in pages:
        if _table_on(page):
            assert "单位名称：" in page
            assert "单位：万元" in page


def test_table_1_and_table_4_fit_on_one_page_with_all_their_rows(pages: list[str]) -> None:
    for header in ("预算公开表1", "预算公开表4"):
        own = [page for page in pages if _table_on(page) == [header]]
        assert len(own) == 1
        text = "".join(own[0].split())
        for label in (*CLASSES.values(), "本年支出合计", "年终结转", "支出总计", "收入总计"):
            assert label in text, label


def test_numbers_are_printed_whole(pages: list[str], book: Path) -> None:
    shown = "".join("".join(page.split()) for page in pages if _table_on(page))
    for name, table in read_tables(book).items():
        for line in table:
            for value in line:
                if isinstance(value, int | float):
                    assert f"{value:,.2f}" in shown, name
