"""Microsoft's own validator has nothing against any workbook that the program writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.books import parts_of, write_parts
from tests.support.clerk import ClerksWorkbook
from tests.support.command import run_command
from tests.support.ledgers import CLEAN, FUND_INCOME, INCOME_HEADINGS, PROJECT, Row, write_csv
from tests.support.tools import HARMLESS, validator_errors

pytestmark = pytest.mark.validator

UNITS: tuple[Row, ...] = tuple(
    {**PROJECT, "单位编码": code, "单位名称": name, "项目名称": f"{name}的<&>“项目” ", "备注": "第一行\n第二行"}
    for code, name in (("038001", "甲局"), ("038002", "乙中心"))
)


def test_the_template(template: Path) -> None:
    assert validator_errors(template) == []


def test_a_new_workbook_with_its_tables(published_book: Path) -> None:
    assert validator_errors(published_book) == []


def test_a_new_workbook_without_a_ledger(tmp_path: Path) -> None:
    assert run_command("new", tmp_path / "新.xlsx").code == 0
    assert validator_errors(tmp_path / "新.xlsx") == []


def test_a_department_with_income_and_awkward_names(tmp_path: Path) -> None:
    spending = write_csv(tmp_path / "明细.csv", [*CLEAN, *UNITS])
    income = write_csv(tmp_path / "收入.csv", [FUND_INCOME], INCOME_HEADINGS)
    done = run_command("new", tmp_path / "新.xlsx", "--ledger", spending, "--income", income, "--unit", "某市商务局")
    assert done.code == 0, done.err
    assert validator_errors(tmp_path / "新.xlsx") == []


def test_a_filled_workbook(tmp_path: Path, published_book: Path) -> None:
    assert run_command("fill", published_book, "-o", tmp_path / "结果.xlsx").code == 0
    assert validator_errors(tmp_path / "结果.xlsx") == []


def test_a_filled_workbook_that_the_clerk_has_decorated(tmp_path: Path, published_book: Path) -> None:
    book = ClerksWorkbook(parts_of(published_book))
    book.decorate("表三")
    book.colour("表三", "C6")
    book.put("表三", "C7", formula="1+1", value="2")
    book.put("表三", "H6", formula="C6*2", value="9")
    book.calculation_chain(("表三", "C7"), ("表三", "H6"))
    source = write_parts(tmp_path / "经办.xlsx", book.parts)
    assert validator_errors(source) == [], "the decoration itself must be valid"
    assert run_command("fill", source, "-o", tmp_path / "结果.xlsx").code == 0
    assert validator_errors(tmp_path / "结果.xlsx") == []


def test_the_validator_does_find_faults(tmp_path: Path, template: Path) -> None:
    parts = parts_of(template)
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"<sheetData>", b"<sheetDatum/><sheetData>"
    )
    assert validator_errors(write_parts(tmp_path / "坏.xlsx", parts)) != []


def test_every_harmless_error_has_its_reason() -> None:
    assert all(HARMLESS.values())
