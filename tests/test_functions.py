"""Functions in a cell give what the core gives, on whatever shape Excel hands over."""

from __future__ import annotations

import inspect
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import addin.functions
from addin.verbs.examples import SHEET, examples
from addin.xlsx.files import Workbook
from tests.support.books import TABLES, read_tables
from tests.support.live import Steps
from udfs import functions as core
from udfs.functions import answer, functions
from workbook_templates.reading.edition import Edition

Grid = list[list[Any]]


@pytest.fixture(scope="module")
def book(steps: Steps) -> Workbook:
    return Workbook(steps.narrated)


@pytest.fixture(scope="module")
def ledger(book: Workbook) -> Grid:
    return book.grids["预算明细"]


def test_a_table_is_that_of_the_workbook(book: Workbook, ledger: Grid) -> None:
    wanted = read_tables(book.path)
    for name in TABLES:
        found = addin.functions.YS_TABLE(name, ledger, book.grids["收入明细"], book.grids["基础信息"])
        shown = [[None if value == "" else value for value in line] for line in found]
        assert shown == wanted[name], name
    assert {len(line) for line in found} == {len(found[0])}


def test_a_text_is_that_of_the_workbook(book: Workbook, ledger: Grid) -> None:
    grids = book.grids
    wanted = {line[0]: line[2] for line in grids["情况说明"][3:] if line[0]}
    given = (ledger, grids["基础信息"], grids["上年数据"], grids["收入明细"], grids["项目信息"])
    for number in ("一", "五", "十二"):
        assert answer("YS_NARRATIVE", number, *given).split() == wanted[number].split()
    assert answer("YS_NARRATIVE", 1.0, *given) == answer("YS_NARRATIVE", "一", *given)
    assert answer("YS_NARRATIVE", 13, *given).startswith("#没有第“13”节")


def test_an_amount_is_the_sum_of_the_rows_that_fit(ledger: Grid) -> None:
    codes, money = [str(line[2]) for line in ledger[1:]], [line[12] for line in ledger[1:]]

    def total(start: str) -> float:
        return float(sum(Decimal(str(m)) for c, m in zip(codes, money, strict=True) if c.startswith(start)))

    assert answer("YS_AMOUNT", ledger, "功能科目编码", "208*") == total("208")
    block = [["201*", "208*"], ["210*", "221*"]]
    found = addin.functions.YS_AMOUNT(ledger, [["功能科目编码"]], block)
    assert found == [[total(cell[:3]) for cell in line] for line in block]
    basic = answer("YS_AMOUNT", ledger, "支出类别", "基本支出", "功能科目编码", block)
    project = answer("YS_AMOUNT", ledger, "支出类别", "项目支出", "功能科目编码", block)
    assert [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(basic, project, strict=True)] == found


@pytest.mark.parametrize(
    ("name", "arguments", "shown"),
    [
        ("YS_TABLE", ("表九十",), "#没有“表九十”，表名应为表一至表十三"),
        ("YS_TABLE", ("表三",), "#请给出预算明细的区域"),
        ("YS_TABLE", ("表三", [["不是", "明细"], [1, 2]]), "#“预算明细”"),
        ("YS_AMOUNT", ("功能科目编码", "201"), "#请给出预算明细的区域"),
        ("YS_CHECK", ("#REF!", 1), "#引用的单元格是错误值 #REF!"),
        ("YS_CHECK", ("多少", 1), "#“多少”不是数字"),
        ("YS_CHECK", ([[1, 2, 3]], [[1, 2]]), "#两个区域大小应相同"),
        ("YS_SHARE", (1, 0), "#全部为零，没有占比"),
        ("YS_CODE_NAME", ("9999999",), "#没有编码 9999999"),
        ("YS_RMB", (1e17,), "#"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence_in_the_cell(name: str, arguments: tuple[Any, ...], shown: str) -> None:
    assert str(answer(name, *arguments)).startswith(shown)


def test_a_fault_in_the_ledger_is_named_with_its_cell(ledger: Grid) -> None:
    broken = [list(line) for line in ledger]
    broken[4][12] = "#N/A"
    assert "第5行“金额（元）”（M5）" in answer("YS_TABLE", "表三", broken)


def test_blanks_and_errors_in_a_range_stay_where_they_are() -> None:
    assert answer("YS_RMB", [[1, None], ["#N/A", "三"]]) == [
        ["壹元整", ""],
        ["#引用的单元格是错误值 #N/A", "#“三”不是数字，请填写数字金额"],
    ]
    assert answer("YS_CHANGE", [[62.12], [None]], [[58.90], [None]]) == [["比上年增加3.22万元，增长5.47%"], [""]]
    assert answer("YS_CODE_NAME", [[2210201.0, " 30101 ", None]]) == [["住房公积金", "基本工资", ""]]
    assert answer("YS_CHECK", [[1.0], [1.01], [1.02]], 1, 2) == [["通过"], ["尾差 0.01"], ["不符 0.02"]]
    assert answer("YS_SHARE", [[1, 2]], 3) == [[33.33, 66.67]]


_SPOKEN = {"零": 0, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}


def _spoken(text: str) -> int:
    """The fen that an amount in capital numerals says: read back digit by digit."""
    sign, text = (-1, text[1:]) if text.startswith("负") else (1, text)
    whole, _, rest = text.partition("元") if "元" in text else ("", "", text)
    total = group = digit = 0
    for letter in whole:
        if letter in _SPOKEN:
            digit = _SPOKEN[letter]
        elif letter in "拾佰仟":
            group += digit * 10 ** ("拾佰仟".index(letter) + 1)
            digit = 0
        elif letter == "万":
            total += (group + digit) * 10_000
            group = digit = 0
        elif letter == "亿":
            total = (total + group + digit) * 100_000_000
            group = digit = 0
    fen = (total + group + digit) * 100
    for letter, unit in (("角", 10), ("分", 1)):
        if letter in rest:
            fen += _SPOKEN[rest[rest.index(letter) - 1]] * unit
    return sign * fen


@given(st.integers(1 - 10**14, 10**14 - 1))
def test_capital_numerals_read_back_to_the_same_amount(fen: int) -> None:
    assert _spoken(answer("YS_RMB", Decimal(fen) / 100)) == fen


@given(st.integers(0, 10**9), st.integers(1, 60))
def test_a_check_allows_what_honest_rounding_may_miss(base: int, terms: int) -> None:
    allowed = [
        d for d in range(40) if "不符" not in answer("YS_CHECK", Decimal(base + d) / 100, Decimal(base) / 100, terms)
    ]
    assert allowed == [d for d in range(40) if d == 0 or 2 * d < terms + 1]


def test_the_sample_shows_every_function_with_its_value(book: Workbook, edition: Edition) -> None:
    shown = {line[0]: line for line in book.grids[SHEET][2:]}
    assert set(shown) == set(functions())
    for name, about, formula, value in examples(edition, book.grids):
        assert shown[name][:3] == [name, about, formula]
        assert str(shown[name][3]).split() == str(value).split()
        assert formula.startswith(f"={name}(")
    assert book.facts.formulas.get(SHEET, frozenset()) == frozenset()


def test_the_excel_side_takes_the_arguments_that_the_core_takes_and_hands_each_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(core, "answer", lambda *given: given)
    for name, told in functions().items():
        ours = getattr(addin.functions, name)
        assert ours.__module__ == "addin.functions"
        here, there = (list(inspect.signature(f).parameters.values()) for f in (ours, told.call))
        assert [(p.kind, p.default) for p in here] == [(p.kind, p.default) for p in there]
        assert [p.name for p in here] == [a.name for a in told.arguments]
        given = tuple(range(len(here)))
        assert ours(*given) == (name, *given)
