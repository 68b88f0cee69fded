"""On random ledgers every cell, label and row order equals what a second, slow computation gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.support.books import without_space
from tests.support.evidence import EVIDENCE
from tests.support.ledgers import AMOUNT, INCOME_HEADINGS, SPENDING_HEADINGS, Row, lines_of
from tests.support.oracle import CARRIED, NOTE, THIS, KnownUnit, Oracle
from tests.support.published import PUBLISHED
from tests.support.random_ledgers import OTHERS, OWN, cases
from udfs.ledgers.content import Content
from udfs.ledgers.facts import build_facts
from udfs.ledgers.ledger import Ledger
from udfs.ledgers.reader import read_ledger
from udfs.ledgers.unit import Unit, UnitInfo
from udfs.tables.derive import derive
from udfs.tables.layout import table_grid
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.inputs import LedgerSpec

EXAMPLES = 2500 if EVIDENCE else 120
#: Lines of headings in each of the thirteen tables.
HEADING_LINES = (2, 2, 2, 3, 2, 2, 2, 1, 3, 2, 2, 3, 3)


def _ledger(rows: Sequence[Row], headings: Sequence[str], spec: LedgerSpec) -> Ledger:
    reading = read_ledger(lines_of(rows, headings), spec, spec.sheet)
    assert reading.problems == []
    assert reading.ledger is not None
    return reading.ledger


def product_tables(
    rows: Sequence[Row], income: Sequence[Row], own: KnownUnit, units: Sequence[KnownUnit], *, department: bool
) -> list[list[list[Any]]]:
    """The thirteen tables as the product makes them, from their titles down."""
    edition = load_edition()
    spending = _ledger(rows, SPENDING_HEADINGS, edition.spending)
    received = _ledger(income, INCOME_HEADINGS, edition.income)
    values = {"unit_code": own.code, "unit_name": own.name, "unit_kind": own.kind, "year": "2024"}
    values["document"] = "部门" if department else "单位"
    info = UnitInfo(values, tuple(Unit(u.code, u.name, u.kind) for u in units))
    facts = build_facts(spending, received, info, edition.codes)
    circumstances = Content(info, spending, received, facts, ()).circumstances
    tables = derive(edition.forms, facts, circumstances)
    return [table_grid(table, edition, own.name, "2024") for table in tables]


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(cases())
def test_every_cell_label_and_row_equals_the_oracle(
    case: tuple[list[Row], list[Row], tuple[KnownUnit, ...], bool],
) -> None:
    rows, income, units, department = case
    oracle = Oracle(rows, income, OWN, units, department=department).tables()
    product = product_tables(rows, income, OWN, units, department=department)
    for number, (got, wanted) in enumerate(zip(product, oracle, strict=True), 1):
        _assert_same_table(number, got, wanted)


def _assert_same_table(number: int, got: list[list[Any]], wanted: list[list[Any]]) -> None:
    lines = HEADING_LINES[number - 1]
    published = PUBLISHED[str(number)]
    width = len(published["rows"][0])
    assert got[0] == [published["title"], *[None] * (width - 1)]
    headings = [[without_space(text) or None for text in line] for line in published["rows"][:lines]]
    assert got[2 : 2 + lines] == headings
    body = [line + [None] * (width - len(line)) for line in wanted]
    assert got[2 + lines :] == body, f"table {number}"


def test_a_ledger_of_one_unit_is_no_department_even_with_income_and_another_own_code() -> None:
    only = KnownUnit("001", "某市商务局（本级）", "行政")
    rows = [_project(only, "市场监测", "100000.00")]
    income = [{"资金来源": "单位资金", "预算年度来源": THIS, AMOUNT: "20000.00"}]
    oracle = Oracle(rows, income, OWN, (only,), department=False).tables()
    product = product_tables(rows, income, OWN, (only,), department=False)
    for number, (got, wanted) in enumerate(zip(product, oracle, strict=True), 1):
        _assert_same_table(number, got, wanted)


def test_a_department_lists_each_unit_with_its_own_projects_and_leaves_institutions_out_of_table_11() -> None:
    rows = [
        _project(OTHERS[0], "展会经费", "100000.00"),
        _project(OWN, "市场监测", "200000.00"),
        _project(OTHERS[0], "设备更新", "50.00"),
        _project(OWN, "展会经费", "49.99"),
        _running(OTHERS[0], "70000.00"),
        _running(OTHERS[1], "30000.00"),
    ]
    tables = product_tables(rows, [], OWN, (OWN, *OTHERS), department=True)
    assert [line[0] for line in tables[11][5:]] == [
        "合计",
        OTHERS[0].name,
        "展会经费",
        "设备更新",
        OWN.name,
        "市场监测",
        "展会经费",
    ]
    assert [str(line[1]) for line in tables[11][5:]] == ["30.01", "10.01", "10.00", "0.01", "20.00", "20.00", "0.00"]
    assert [line[0] for line in tables[10][4:]] == ["部门合计", OTHERS[1].name]
    assert [line[0] for line in tables[12][5:]] == ["合计", NOTE]


def test_a_surplus_stands_in_the_total_of_income_alone() -> None:
    rows = [{**_running(OWN, "100000.00"), "资金来源": "单位资金"}]
    income = [
        {"资金来源": "单位资金", "预算年度来源": THIS, AMOUNT: "90000.00"},
        {"资金来源": "单位资金", "预算年度来源": CARRIED, AMOUNT: "30000.00"},
    ]
    tables = product_tables(rows, income, OWN, (), department=False)
    total, item = tables[1][4], tables[1][7]
    assert [str(total[i]) for i in (2, 7, 8)] == ["9.00", "9.00", "3.00"]
    assert [str(item[i]) for i in (2, 7, 8)] == ["10.00", "10.00", "None"]
    closing = tables[0][35]
    assert [str(cell) for cell in closing[2:]] == ["年终结转", "2.00", "None", "2.00"]


def _project(unit: KnownUnit, name: str, amount: str) -> dict[str, str]:
    return {
        **_running(unit, amount),
        "支出类别": "项目支出",
        "经费类别": "",
        "项目名称": name,
        "项目类别": "特定目标类",
    }


def _running(unit: KnownUnit, amount: str) -> dict[str, str]:
    return {
        "资金来源": "一般公共预算",
        "预算年度来源": THIS,
        "功能科目编码": "2011301",
        "支出类别": "基本支出",
        "经费类别": "公用经费",
        "部门经济科目编码": "30201",
        "政府经济科目编码": "50201",
        AMOUNT: amount,
        "单位编码": unit.code,
        "单位名称": unit.name,
    }
