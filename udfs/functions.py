"""The functions that can be used in a cell: whole ranges in, whole ranges out, a readable text where all is not well.

Each takes values as they come from Excel: a scalar or rows of values, None for an empty cell, an error value as its
text. A range of one of the workbook's sheets is given from its cell A1, so that rows and columns are the sheet's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from msgspec import Struct

from udfs.base import (
    InputProblems,
    compare,
    half_up,
    is_blank,
    is_error,
    numeral,
    plain,
    printed,
    share,
    squeezed,
)
from udfs.cell_ranges import (
    Refused,
    decimal_of,
    is_nothing,
    number_shown,
    of_each,
    of_every,
    rows_of,
    scalar,
    shown_value,
)
from udfs.ledgers import (
    FLOW,
    SPENDING,
    Content,
    Facts,
    Ledger,
    Mask,
    UnitInfo,
    build_facts,
    code_name,
    empty_ledger,
    read_inputs,
    read_ledger,
    read_unit,
)
from udfs.tables import Table, derive, table_grid
from workbook_templates.reading import Edition, LedgerSpec, load_edition


class Argument(Struct, frozen=True):
    """An argument as the function wizard explains it. `many`: any number of them may follow.

    `source`: the range of the edition whose sheet, in the formula's own workbook, stands for it where it is left out.
    """

    name: str
    help: str
    optional: bool = False
    many: bool = False
    source: str = ""


class Function(Struct, frozen=True):
    """A function of a cell: its name, what the wizard says of it, its arguments and what it does."""

    name: str
    help: str
    arguments: tuple[Argument, ...]
    call: Callable[..., Any]


_FUNCTIONS: dict[str, Function] = {}


def functions() -> Mapping[str, Function]:
    """Every function by its name."""
    return dict(_FUNCTIONS)


def _function(name: str, about: str, *arguments: Argument) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(call: Callable[..., Any]) -> Callable[..., Any]:
        _FUNCTIONS[name] = Function(name, about, arguments, call)
        return call

    return add


def answer(name: str, *arguments: Any) -> Any:
    """What a cell shows: the function's value, or why there is none."""
    try:
        return _FUNCTIONS[name].call(*arguments)
    except Refused as refused:
        return f"#{refused}"
    except InputProblems as found:
        more = f"（共{len(found.problems)}处）" if len(found.problems) > 1 else ""
        return f"#{found.problems[0]}{more}"


_LEDGER = Argument(
    "ledger",
    "预算明细的区域，含表头，从 A1 起，例如 预算明细!A1:P500；不填则取本工作簿的预算明细",
    optional=True,
    source="spending",
)
_INCOME = Argument(
    "income", "收入明细的区域，含表头，从 A1 起；不填则取本工作簿的收入明细", optional=True, source="income"
)
_BASIC = Argument("basic", "基础信息的区域，从 A1 起；不填则取本工作簿的基础信息", optional=True, source="basic")


@_function(
    "YS_TABLE",
    "由预算明细生成一张公开表（整表，万元）",
    Argument("table", "表名，例如 表三"),
    _LEDGER,
    _INCOME,
    _BASIC,
)
def table(name: Any, ledger: Any = None, income: Any = None, basic: Any = None) -> Any:
    """A whole table from its title down, as its sheet shows it; empty cells are empty texts."""
    edition = load_edition()
    wanted = squeezed(scalar(name))
    form = next((form for form in edition.forms if squeezed(form.sheet) == wanted), None)
    if form is None:
        raise Refused(f"没有“{shown_value(name)}”，表名应为{edition.forms[0].sheet}至{edition.forms[-1].sheet}")
    content = _content(edition, ledger, income, basic)
    made = derive((form,), content.facts, content.circumstances)[0]
    unit, year = content.info.text("unit_name"), content.info.year or str(edition.year)
    return [["" if v is None else number_shown(v) for v in line] for line in table_grid(made, edition, unit, year)]


@_function(
    "YS_AMOUNT",
    "预算明细中符合条件的金额合计（元）",
    Argument(
        "criteria",
        "成对的条件：表头, 内容。内容末尾加 * 表示以此开头；内容可以是区域。最前面可加一个明细区域",
        many=True,
        source="spending",
    ),
)
def amount(*criteria: Any) -> Any:
    """The sum in yuan of the ledger rows that fit every pair of heading and value; a range of values gives a range.

    The ledger comes first, then the pairs.
    """
    edition = load_edition()
    ledger, criteria = (criteria[0], criteria[1:]) if criteria and len(rows_of(criteria[0])) > 1 else (None, criteria)
    facts = _content(edition, ledger, None, None).facts
    if len(criteria) % 2:
        raise Refused("条件要成对填写：表头, 内容")
    base = facts.mask(((FLOW, (SPENDING,)),))
    shape = (1, 1)
    chosen: list[list[list[Mask]]] = []
    for heading, value in zip(criteria[::2], criteria[1::2], strict=True):
        dimension = _dimension(edition.spending, scalar(heading))
        rows = rows_of(value)
        if len(rows) * len(rows[0]) > 1:
            if shape not in ((1, 1), (len(rows), len(rows[0]))):
                raise Refused("各条件的区域大小应相同")
            shape = (len(rows), len(rows[0]))
        chosen.append([[_fits(facts, dimension, cell) for cell in line] for line in rows])
    result = [[_sum(facts, base, chosen, i, j) for j in range(shape[1])] for i in range(shape[0])]
    return result if shape != (1, 1) else result[0][0]


@_function(
    "YS_SHARE",
    "占比：部分占全部的百分数，保留两位小数（四舍五入）",
    Argument("part", "部分；可以是区域"),
    Argument("whole", "全部；一个数，或与部分同样大小的区域"),
)
def share_of(part: Any, whole: Any) -> Any:
    """The share in per cent; nothing of nothing is 0, something of nothing has no share."""
    return of_each(_share, part, whole)


def _share(part: Decimal, whole: Decimal) -> Any:
    found = share(part, whole)
    if found is None:
        return 0.0 if not part else "#全部为零，没有占比"
    return float(found)


@_function(
    "YS_CHANGE",
    "增减：与上年相比的说法，例如 比上年增加3.22万元，增长5.47%",
    Argument("this_year", "本年数（万元）；可以是区域"),
    Argument("last_year", "上年数（万元）；一个数，或同样大小的区域"),
)
def change(now: Any, last: Any) -> Any:
    """The phrase of comparison with last year, without a reason."""
    return of_each(_change, now, last)


def _change(now: Decimal, last: Decimal) -> str:
    found = compare("", now, [("上年", f"{last}")], reason="", reason_label="", threshold=None, comparable=True)
    if found.kind == "none":
        return "与上年持平，两年均未安排"
    if found.kind == "flat":
        return "与上年持平"
    amount_text = f"比上年{'增加' if found.more else '减少'}{_plain_amount(found.difference)}万元"
    if found.rate is None:
        return f"{amount_text}，上年基数为{'负数' if last < 0 else '零'}，不计算增减比例"
    return f"{amount_text}，{'增长' if found.more else '下降'}{_plain_amount(found.rate)}%"


@_function(
    "YS_CODE_NAME",
    "科目名称：按编码查功能分类、经济分类或收入分类",
    Argument("code", "科目编码；可以是区域"),
)
def name_of(code: Any) -> Any:
    """The name of each code; an empty cell has none."""
    codes = load_edition().codes
    return of_every(lambda value: code_name(codes, squeezed(value)) or f"#没有编码 {shown_value(value)}", code)


@_function(
    "YS_CHECK",
    "勾稽：两边是否相等，分项四舍五入形成的尾差不算错",
    Argument("left_side", "左方金额（万元）；可以是区域"),
    Argument("right_side", "右方金额（万元）；一个数，或同样大小的区域"),
    Argument("terms", "右方由几个分项相加，不填为 1（必须完全相等）", optional=True),
)
def check(left: Any, right: Any, terms: Any = None) -> Any:
    """通过, 尾差 with the difference, or 不符 with it."""
    from udfs.reconciliation import allowance_of_terms

    count = 1 if is_blank(scalar(terms)) else int(decimal_of(scalar(terms)))
    if count < 1:
        raise Refused("分项个数应为 1 或更大")
    allowed = allowance_of_terms(count)

    def verdict(one: Decimal, other: Decimal) -> str:
        hundredths = int((one * 100).to_integral_value(ROUND_HALF_UP)) - int(
            (other * 100).to_integral_value(ROUND_HALF_UP)
        )
        if not hundredths:
            return "通过"
        word = "尾差" if abs(hundredths) <= allowed else "不符"
        return f"{word} {printed(hundredths):.2f}"

    return of_each(verdict, left, right)


@_function(
    "YS_NARRATIVE",
    "情况说明中一节的文字，由预算明细即时生成",
    Argument("section", "第几节：1 至 12，或 一 至 十二"),
    _LEDGER,
    _BASIC,
    Argument("last_year", "上年数据的区域，从 A1 起；不填则取本工作簿的上年数据", optional=True, source="last_year"),
    _INCOME,
    Argument("projects", "项目信息的区域，从 A1 起；不填则取本工作簿的项目信息", optional=True, source="projects"),
)
def narrative(
    section: Any, ledger: Any = None, basic: Any = None, last_year: Any = None, income: Any = None, projects: Any = None
) -> str:
    """One section of the text, a line a paragraph."""
    from udfs.narrative import read_figures, render
    from udfs.tables import printed_tables

    edition = load_edition()
    count = len(edition.narrative.sections)
    numbers = {numeral(n): n for n in range(1, count + 1)} | {str(n): n for n in range(1, count + 1)}
    number = numbers.get(squeezed(scalar(section)).rstrip("、."))
    if number is None:
        raise Refused(f"没有第“{shown_value(section)}”节，应为 1 至 {count}")
    if is_nothing(basic):
        raise Refused("请给出基础信息的区域")
    content = _content(edition, ledger, income, basic)
    tables: tuple[Table, ...] = derive(edition.forms, content.facts, content.circumstances)
    given = {"basic": basic, "last_year": last_year, "projects": projects}
    grids: dict[str, list[list[Any]]] = {sheet.name: [] for sheet in edition.input_sheets}
    for key, values in given.items():
        if not is_nothing(values):
            grids[edition.ranges()[key][0].name] = rows_of(values)
    printed_now, inputs = printed_tables(tables, {})[0], read_inputs(edition, grids)
    sections = render(edition, read_figures(edition, content.info, printed_now, content, inputs))
    return sections[number - 1].text


@_function("YS_RMB", "金额大写，例如 壹万贰仟元整", Argument("amount", "金额（元）；可以是区域"))
def rmb(value: Any) -> Any:
    """The amount in capital Chinese numerals, to the fen."""
    return of_every(lambda one: _capital(decimal_of(one)), value)


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def _capital(yuan: Decimal) -> str:
    fen = int((yuan * 100).to_integral_value(ROUND_HALF_UP))
    sign, fen = ("负" if fen < 0 else ""), abs(fen)
    whole, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    text = f"{_whole(whole)}元" if whole else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif whole and cents:
        text += "零"
    text += f"{_DIGITS[cents]}分" if cents else "整"
    return sign + text if fen else "零元整"


def _whole(number: int) -> str:
    """A whole number in capital numerals; zeros between digits are read once."""
    text = ""
    for position in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**position % 10_000
        if not group:
            continue
        if text and (group < 1000 or number // 10_000 ** (position + 1) % 10_000 == 0):
            text += "零"
        text += _group(group) + _GROUPS[position]
    return text


def _group(number: int) -> str:
    text, gap = "", False
    for position in range(3, -1, -1):
        digit = number // 10**position % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[position]
            gap = False
        else:
            gap = True
    return text


def _content(edition: Edition, ledger: Any, income: Any, basic: Any) -> Content:
    """Unit, ledgers and facts of the ranges given."""
    if is_nothing(ledger):
        raise Refused("请给出预算明细的区域（含表头），例如 预算明细!A1:P500")
    spending = _ledger(edition.spending, ledger)
    received = empty_ledger(edition.income) if is_nothing(income) else _ledger(edition.income, income)
    if is_nothing(basic):
        info = UnitInfo({"unit_kind": edition.codes.usual_kind, "year": str(edition.year)})
    else:
        ranges = edition.ranges()
        info = read_unit(rows_of(basic), {key: r for key, (_, r) in ranges.items()}, ranges["basic"][0].name)
        if info.problems:
            raise InputProblems(list(info.problems))
    facts = build_facts(spending, received, info, edition.codes)
    return Content(info, spending, received, facts, ())


def _ledger(spec: LedgerSpec, values: Any) -> Ledger:
    rows = rows_of(values)
    reading = read_ledger(rows, spec, spec.sheet)
    if reading.problems or reading.ledger is None:
        raise InputProblems(reading.problems)
    return reading.ledger


def _dimension(spec: LedgerSpec, heading: Any) -> str:
    for column in spec.columns:
        if squeezed(column.heading) == squeezed(heading) and not column.money:
            return column.key
    raise Refused(f"没有表头“{shown_value(heading)}”")


def _fits(facts: Facts, dimension: str, value: Any) -> Mask:
    if is_error(value):
        raise Refused(f"条件中有错误值 {value}")
    return facts.dimensions[dimension].mask((squeezed(value) if dimension in _CODED else plain(value),))


#: Columns of codes, in which spaces never count.
_CODED = {"function", "departmental", "governmental", "revenue"}


def _sum(facts: Facts, base: Mask, chosen: list[list[list[Mask]]], i: int, j: int) -> float:
    mask = base
    for rows in chosen:
        mask = mask & (rows[i][j] if len(rows) * len(rows[0]) > 1 else rows[0][0])
    return float(printed(int(np.sum(facts.fen[mask]))))


def _plain_amount(value: Decimal) -> str:
    return f"{half_up(value):.2f}"
