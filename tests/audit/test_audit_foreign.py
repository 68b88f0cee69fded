"""The text of another form, with tables in 元: held against its tables in 万元, in the words of that form."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support.foreign import Imported, grids_of, imported
from udfs.base.findings import FORCED
from udfs.tables import Reading
from udfs.validate import Report, inspect, validate

#: Sections of the form in words of our own, with the figures of the published tables.
TEXTS = {
    4: "2025年收入预算37,151.47万元，其中财政拨款收入37151.47万元、事业收入0万元；支出预算37151.47万元。\n"
    "“一般公共服务支出（类）商贸事务（款）行政运行（项）”938.99万元，用于机关运行；“住房公积金”科目136.10万元。",
    5: "“三公”经费预算数为1.00万元，与2024年预算持平。其中：\n（一）因公出国（境）费0万元。\n"
    "（二）公务用车购置及运行费0万元。\n（三）公务接待费1万元。",
    6: "机关运行经费预算171.01万元。",
    7: "2025年政府采购预算38.20万元，其中：政府采购货物预算7.80万元、政府采购工程预算0万元、"
    "政府采购服务预算30.40万元。",
}


@cache
def _unit() -> Imported:
    return imported(grids_of("unit"))


def _report(texts: dict[int, str]) -> Report:
    book = _unit()
    grids = {name: [list(line) for line in grid] for name, grid in book.grids.items()}
    sheet = grids[book.found.edition.narrative.sheet.name]
    for number, text in texts.items():
        line = sheet[2 + number]
        line[:3] = [line[0], line[1], text]
    return validate(inspect(Reading(book.found.edition, grids, book.names)))


def test_a_right_text_is_left_alone() -> None:
    assert [f for f in _report(TEXTS).findings if f.rule.startswith("D")] == []


@pytest.mark.parametrize(
    ("section", "right", "wrong", "rule", "says"),
    [
        (4, "财政拨款收入37151.47", "财政拨款收入37115.47", "D01", "37151.47"),
        (4, "938.99", "939.99", "D01", "938.99"),
        (4, "事业收入0万元", "事业收入5万元", "D01", "没有这一项金额"),
        (5, "预算数为1.00", "预算数为1.10", "D01", "1.00"),
        (5, "2024年", "2023年", "D04", "2024年"),
        (6, "171.01", "171.10", "D01", "171.01"),
        (7, "7.80", "8.70", "D08", "39.10"),
    ],
)
def test_a_wrong_figure_is_found(section: int, right: str, wrong: str, rule: str, says: str) -> None:
    text = TEXTS[section].replace(right, wrong, 1)
    assert text != TEXTS[section]
    found = [f for f in _report({**TEXTS, section: text}).findings if f.rule == rule]
    assert found
    assert found[0].grade == FORCED
    assert says in found[0].message


def test_other_years_and_offices_stand_rightly_in_what_speaks_of_no_figure_of_the_form() -> None:
    free = "2023年，某区财政局下达预算，支出比2022年增加。2024年某区规划局安排项目支出预算。"
    assert [f for f in _report({**TEXTS, 1: free, 10: free}).findings if f.rule.startswith("D")] == []


def test_sums_of_classes_and_groups_are_known_too() -> None:
    text = TEXTS[4] + "\n“卫生健康支出（类）”88.18万元，其中“行政事业单位医疗（款）”88.18万元。"
    assert [f for f in _report({**TEXTS, 4: text}).findings if f.rule.startswith("D")] == []
    wrong = _report({**TEXTS, 4: text.replace("（类）”88.18", "（类）”88.81")})
    assert [f.rule for f in wrong.findings if f.rule.startswith("D")] == ["D01"]


def test_the_import_keeps_its_own_text_right() -> None:
    assert _unit().report().passed
