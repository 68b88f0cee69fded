"""Explanations that 0.1.0 wrote, row by row as it wrote them, still hold where the finding is the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.check_cases import Book, put, sample_book
from tests.support.reworded import reword
from udfs.explanations import read_explanations
from workbook_templates.defined_names import FINDINGS

SHEET = "校验结果"
TEXT = "已核实"
#: What was wrong with the sample, and the row that 0.1.0 wrote: rule, place, message, left and right amount.
WRITTEN: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "a name": (
        ("预算明细", 7, 4, "行政运行费"),
        (
            "F05",
            "预算明细!D7",
            "科目{code}的名称应为“{wanted}”，现为“行政运行费”，请确认编码和名称哪个写错",
            None,
            None,
        ),
    ),
    "an amount": (
        ("表三", 8, 3, 327.3654),
        ("F24", "表三!C8", "金额 327.3654 多于两位小数，请四舍五入到两位小数后再填", 327.3654, None),
    ),
    "a blank field": (
        ("基础信息", 6, 2, None),
        ("F03", "基础信息!B6", "“单位名称”没有填写，上报前必须填写", None, None),
    ),
}


def _kept(case: str, **changes: Any) -> tuple[int, int]:
    """How many explanations hold and how many have lapsed where a workbook has the row of a case."""
    (sheet, row, column, value), shown = WRITTEN[case]
    book: Book = sample_book()
    put(sheet, row, column, changes.get("value", value))(book)
    code, name = (str(book.grids["预算明细"][6][2]), str(sample_book().grids["预算明细"][6][3]))
    rule, place, message, left, right = shown
    message = message.replace("{code}", code).replace("{wanted}", name)
    _, first, *_ = book.names[FINDINGS]
    line = [1, "提示", rule, place, changes.get("message", message), left, right, None, None, TEXT]
    for at, cell in enumerate(line, 1):
        book.put(SHEET, first, at, cell)
    found = read_explanations(book.grids, book.names, book.report().findings)
    assert set(found.kept.values()) <= {TEXT}
    return len(found.kept), len(found.lapsed)


@pytest.mark.parametrize("case", WRITTEN)
def test_a_row_of_0_1_0_holds_also_where_its_finding_is_worded_otherwise(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _kept(case) == (1, 0)
    reword(monkeypatch)
    assert _kept(case) == (1, 0)


def test_a_row_of_0_1_0_that_told_of_others_holds_as_well() -> None:
    message = "金额 327.3654 多于两位小数，请四舍五入到两位小数后再填。同一原因还使A03、B01关系不符，改正后一并消除"
    assert _kept("an amount", message=message) == (1, 0)


@pytest.mark.parametrize(("case", "value"), [("a name", "行政运行费用"), ("an amount", 327.3655)])
def test_it_lapses_where_the_finding_is_another(case: str, value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _kept(case, value=value) == (0, 1)
    reword(monkeypatch)
    assert _kept(case, value=value) == (0, 1)
