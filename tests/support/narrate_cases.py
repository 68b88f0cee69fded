"""情况说明: the figures that the reference document prints, and a workbook for every variant of the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from msgspec import Struct

from tests.support.check_cases import Book, sample_book
from tests.support.ledgers import AMOUNT, INCOME_HEADINGS, SPENDING_HEADINGS, Row, lines_of
from udfs.base.texts import squeezed
from udfs.narrative.narrate import Section, narrate
from udfs.tables import Reading
from workbook_templates.reading.edition import load_edition

LAST_YEAR, BASIC, PROJECTS = "上年数据", "基础信息", "项目信息"

#: Part three of the reference document: every number that its sections print, section by section. Zeros are `0`;
#: names of years and of paragraphs are left out.
PUBLISHED: Mapping[int, tuple[str, ...]] = {
    1: ("695.96", "0", "1498.02", "68.28", "1460"),
    2: ("695.96", "100.00", "0"),
    3: ("695.96", "624.11", "89.68", "71.85", "10.32"),
    4: ("695.96", "0", "348.07", "240.67", "19.95", "52.00", "35.26"),
    5: (
        *("695.96", "38.02", "5.18", "348.07", "50.01", "240.67", "34.58"),
        *("19.95", "2.87", "52.00", "7.47", "35.26", "5.07"),
    ),
    6: ("624.11", "561.99", "62.12"),
    7: (),
    8: ("62.12", "58.90", "3.22", "5.47"),
    9: ("10.61", "8.90", "0", "1.71"),
    10: ("695.96", "8", "71.85", "5", "20.85", "3", "51.00", "100"),
    11: ("0", "2885.79", "50", "100"),
    12: (),
}

#: The items that sections 4, 5 and 6 of the reference document name.
PUBLISHED_CLASSES = ("一般公共服务支出", "社会保障和就业支出", "卫生健康支出", "商业服务业等支出", "住房保障支出")
PUBLISHED_STAFF = (
    *("离休费", "其他社会保障缴费", "基本工资", "机关事业单位基本养老保险缴费", "退休费", "奖金"),
    *("住房公积金", "奖励金", "津贴补贴", "职业年金缴费", "职工基本医疗保险缴费"),
)
PUBLISHED_RUNNING = (
    *("印刷费", "办公费", "会议费", "邮电费", "物业管理费", "福利费", "其他交通费用", "其他商品和服务支出"),
    *("差旅费", "工会经费", "培训费"),
)

_BASE: Row = {
    "资金来源": "一般公共预算",
    "预算年度来源": "本年",
    "功能科目编码": "2011301",
    "功能科目名称": "行政运行",
    "支出类别": "基本支出",
    "经费类别": "人员经费",
    "部门经济科目编码": "30101",
    "部门经济科目名称": "基本工资",
    "政府经济科目编码": "50101",
    "政府经济科目名称": "工资奖金津补贴",
}


def staff(amount: str, **more: str) -> Row:
    """A ledger row of staff spending in yuan."""
    return {**_BASE, AMOUNT: amount, **more}


def running(amount: str, **more: str) -> Row:
    """A ledger row of running costs in yuan."""
    return {
        **_BASE,
        "经费类别": "公用经费",
        "部门经济科目编码": "30201",
        "部门经济科目名称": "办公费",
        "政府经济科目编码": "50201",
        "政府经济科目名称": "办公经费",
        AMOUNT: amount,
        **more,
    }


def project(name: str, amount: str, kind: str = "特定目标类", **more: str) -> Row:
    """A ledger row of a project in yuan."""
    return {
        **running(amount),
        "功能科目编码": "2160299",
        "功能科目名称": "其他商业流通事务支出",
        "支出类别": "项目支出",
        "经费类别": "",
        "项目名称": name,
        "项目类别": kind,
        **more,
    }


def ledger(book: Book, rows: Sequence[Row], income: Sequence[Row] = ()) -> None:
    """Another ledger, and the tables made from it."""
    book.grids["预算明细"] = [list(line) for line in lines_of(rows, SPENDING_HEADINGS)]
    book.grids["收入明细"] = [list(line) for line in lines_of(income, INCOME_HEADINGS)]
    book.fill()


def put_field(book: Book, sheet: str, label: str, value: Any) -> None:
    """A field of an input sheet by its label."""
    for number, line in enumerate(book.grids[sheet], 1):
        if line and squeezed(line[0]).strip("*") == squeezed(label):
            book.put(sheet, number, 2, value)
            return
    raise AssertionError(f"{sheet} has no field {label}")


def fields(book: Book, sheet: str, **values: Any) -> None:
    """Several fields by label."""
    for label, value in values.items():
        put_field(book, sheet, label, value)


def put_units(book: Book, units: Sequence[Sequence[str]]) -> None:
    """The list 所属单位, instead of what it held."""
    book.grids[BASIC] = [list(line) for line in book.grids[BASIC]]
    blank: Sequence[Any] = (None, None, None)
    for offset in range(10):
        for column, value in enumerate(units[offset] if offset < len(units) else blank, 5):
            book.put(BASIC, 5 + offset, column, value)


def put_projects(book: Book, heading: str, values: Sequence[str | None]) -> None:
    """A column of 项目信息, from its first record on."""
    head = [squeezed(v).strip("*") for v in book.grids[PROJECTS][0]]
    for row, value in enumerate(values, 2):
        book.put(PROJECTS, row, head.index(squeezed(heading)) + 1, value)


def sections_of(book: Book) -> tuple[Section, ...]:
    """The text of a workbook."""
    return narrate(Reading(load_edition(), book.grids, book.names))


class Case(Struct, frozen=True):
    """A variant: what is changed in the finished sample, and what a section then says, does not say, and notes."""

    name: str
    change: Callable[[Book], None]
    section: int
    says: tuple[str, ...] = ()
    says_not: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@cache
def changed(case: Case) -> tuple[Section, ...]:
    """The text of a case's workbook."""
    book = sample_book()
    case.change(book)
    return sections_of(book)


def _last(**values: Any) -> Callable[[Book], None]:
    return lambda book: fields(book, LAST_YEAR, **values)


def _basic(**values: Any) -> Callable[[Book], None]:
    return lambda book: fields(book, BASIC, **values)


def _ledger(*rows: Row, income: Sequence[Row] = ()) -> Callable[[Book], None]:
    return lambda book: ledger(book, rows, income)


def _and(*changes: Callable[[Book], None]) -> Callable[[Book], None]:
    def all_of_them(book: Book) -> None:
        for change in changes:
            change(book)

    return all_of_them


_THREE = {"因公出国（境）费": 0, "公务接待费": 0, "公务用车购置费": 0, "公务用车运行维护费": 0}
_RECEPTION = {"部门经济科目编码": "30217", "部门经济科目名称": "公务接待费", "政府经济科目编码": "50206"}
_CAR = {"部门经济科目编码": "30231", "部门经济科目名称": "公务用车运行维护费", "政府经济科目编码": "50208"}
_FUND = {"资金来源": "政府性基金预算", "功能科目编码": "2120801", "功能科目名称": "征地和拆迁补偿支出"}
_CARRIED = {"预算年度来源": "上年结转"}
_OWN = {"资金来源": "单位资金"}
_FARM = {"功能科目编码": "2130104", "功能科目名称": "事业运行"}
_SURPLUS = {"资金来源": "一般公共预算", "预算年度来源": "本年", AMOUNT: "1500000"}
_SPECIAL = {"资金来源": "财政专户管理资金"}

_TWO_UNITS = (("038001", "示例市商务局", "行政"), ("038002", "示例市会展中心", "事业"))
_TWO_OFFICES = (("038001", "示例市商务局", "行政"), ("038003", "示例市口岸办公室", "参公事业"))


def _institution(book: Book) -> None:
    put_units(book, (("038001", "示例市商务局", "事业"),))
    put_field(book, BASIC, "单位性质", "事业")


def _department(units: Sequence[Sequence[str]]) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        put_units(book, units)
        put_field(book, BASIC, "公开口径", "部门")
        rows = [
            staff("2000000", 单位编码=units[0][0], 单位名称=units[0][1]),
            running("300000", 单位编码=units[0][0], 单位名称=units[0][1]),
            staff("1000000", 单位编码=units[1][0], 单位名称=units[1][1]),
            running("200000", 单位编码=units[1][0], 单位名称=units[1][1]),
            project("展会服务经费", "500000", 单位编码=units[1][0], 单位名称=units[1][1]),
        ]
        ledger(book, rows)

    return change


_UNLISTED = "不纳入的，只填项目名称，“纳入绩效管理”选“否”"

CASES: tuple[Case, ...] = (
    # ---------------------------------------------------------------- section 1 and the change phrase
    Case("down", lambda _: None, 1, ("与2023年预算2193.98万元相比，减少1498.02万元，下降68.28%，主要原因是上年安排",)),
    Case(
        "up",
        _and(_last(收入总计="600"), _basic(收入总计增减原因="新增展会项目，收入预算相应增加")),
        1,
        ("与2023年预算600.00万元相比，增加95.96万元，增长15.99%，主要原因是新增展会项目，收入预算相应增加。",),
    ),
    Case(
        "a reason that explains the other direction",
        _last(收入总计="600"),
        1,
        ("增长15.99%，主要原因是",),
        notes=("“收入总计”比上年增加，填写的原因却说明相反的变动，请核对“收入总计增减原因”是否为本年内容",),
    ),
    Case(
        "unchanged", _last(收入总计="695.96"), 1, ("与2023年预算695.96万元持平。",), ("收入预算总计695.96万元，增加",)
    ),
    Case(
        "last year in more digits than are printed is rounded half up first",
        _last(收入总计="695.965"),
        1,
        ("与2023年预算695.97万元相比，减少0.01万元，下降0%",),
    ),
    Case(
        "last year zero",
        _and(_last(收入总计=0), _basic(收入总计增减原因="本单位预算由主管部门改为独立编制。")),
        1,
        (
            "2023年预算为0万元，本年增加695.96万元，上年基数为零，不计算增减比例，主要原因是本单位预算由主管部门改为独立编制。",
        ),
    ),
    Case(
        "last year zero, reason missing",
        _and(_last(收入总计=0), _basic(收入总计增减原因=None)),
        1,
        ("上年基数为零，不计算增减比例。",),
        notes=("“收入总计”与上年相比变动较大，请在“基础信息”中填写“收入总计增减原因”",),
    ),
    Case(
        "last year below zero",
        _and(_last(收入总计=-5), _basic(收入总计增减原因="上年冲减结余资金")),
        1,
        ("与2023年预算-5.00万元相比，增加700.96万元，上年基数为负数，不计算增减比例，主要原因是上年冲减结余资金。",),
    ),
    Case(
        "not comparable",
        _last(与上年不可比="是"),
        1,
        ("因新设立或机构重组，与上年不可比，不作增减对比",),
        ("减少", "下降", "主要原因", "2193.98"),
    ),
    Case(
        "last year missing",
        _last(收入总计=None),
        1,
        ("上年结转0万元。\n支出预算总计695.96万元", "与2023年预算2193.98万元相比"),
        notes=("“上年数据”中收入总计没有填写，收入总计未与上年对比；请补填后重新生成",),
    ),
    Case(
        "last year no number",
        _last(收入总计="约两千万"),
        1,
        ("上年结转0万元。\n支出预算总计695.96万元",),
        notes=("“上年数据”中收入总计没有填写或不是数字，收入总计未与上年对比；请补填后重新生成",),
    ),
    Case(
        "reason missing",
        _basic(收入总计增减原因="无"),
        1,
        ("下降68.28%。\n",),
        notes=("“收入总计”比上年变动68.28%，达到10%，请在“基础信息”中填写“收入总计增减原因”",),
    ),
    Case(
        "a change of exactly ten per cent needs its reason",
        _and(_last(收入总计="773.29"), _basic(收入总计增减原因=None)),
        1,
        ("减少77.33万元，下降10.00%。",),
        notes=("“收入总计”比上年变动10.00%，达到10%，请在“基础信息”中填写“收入总计增减原因”",),
    ),
    Case(
        "a change below ten per cent needs none",
        _and(_last(收入总计="773.17"), _basic(收入总计增减原因=None)),
        1,
        ("减少77.21万元，下降9.99%。",),
    ),
    Case(
        "a reason is trimmed to follow its lead",
        _basic(收入总计增减原因="主要原因是：项目减少；\n压减一般性支出。"),
        1,
        ("主要原因是项目减少；压减一般性支出。",),
    ),
    Case(
        "carry-over",
        _ledger(staff("1000000"), project("旧项目", "200000.00", **_CARRIED)),
        1,
        (
            "收入预算总计120.00万元，包括本年收入100.00万元、上年结转20.00万元",
            "当年预算安排100.00万元、上年结转安排20.00万元",
        ),
    ),
    Case(
        "surplus at the end of the year",
        _ledger(staff("1000000"), income=(_SURPLUS,)),
        1,
        ("支出预算总计150.00万元", "支出预算总计中含年终结转50.00万元，按规定结转下年使用。"),
    ),
    Case(
        "department with units",
        _department(_TWO_UNITS),
        1,
        ("本部门预算由示例市商务局、示例市会展中心2家预算单位的预算汇总而成。",),
        ("本单位",),
    ),
    # ---------------------------------------------------------------- section 2
    Case(
        "several sources",
        _ledger(staff("600000"), staff("300000", **_OWN), project("旧项目", "100000", **_CARRIED)),
        2,
        (
            "收入预算100.00万元，由3项资金来源构成",
            "一般公共预算拨款收入60.00万元，占60.00%",
            "单位资金收入30.00万元，占30.00%",
            "上年结转10.00万元，占10.00%",
        ),
    ),
    Case("one source", lambda _: None, 2, ("，全部来自一般公共预算拨款收入，", "单位资金收入0万元，占0%")),
    Case(
        "carry-over only",
        _ledger(project("旧项目", "100000", **_CARRIED)),
        2,
        ("收入预算10.00万元，全部来自上年结转，", "上年结转10.00万元，占100.00%"),
    ),
    Case(
        "money of the special account",
        _ledger(staff("600000"), staff("400000", **_SPECIAL)),
        2,
        ("财政专户管理资金收入40.00万元，占40.00%",),
    ),
    # ---------------------------------------------------------------- section 3
    Case("no projects", _ledger(staff("600000")), 3, ("项目支出0万元，占0%。本单位本年度未安排项目支出。",)),
    Case(
        "projects only",
        _ledger(project("新项目", "600000")),
        3,
        ("基本支出0万元，占0%；项目支出60.00万元，占100.00%", "未安排基本支出"),
    ),
    Case("surplus in section 3", _ledger(staff("1000000"), income=(_SURPLUS,)), 3, ("另有年终结转50.00万元",)),
    # ---------------------------------------------------------------- section 4
    Case(
        "fiscal money carried over",
        _ledger(
            staff("1000000"), project("旧项目", "200000", **_CARRIED), project("旧基金", "300000", **_CARRIED, **_FUND)
        ),
        4,
        (
            "财政拨款收支总预算150.00万元",
            "一般公共预算拨款120.00万元、政府性基金预算拨款30.00万元、国有资本经营预算拨款0万元",
            "当年拨款收入100.00万元、上年结转收入50.00万元（一般公共预算20.00万元、政府性基金预算30.00万元）",
            "城乡社区支出30.00万元",
        ),
    ),
    Case("single class", _ledger(staff("1000000")), 4, ("全部为一般公共服务支出100.00万元。",), ("等。",)),
    Case(
        "no fiscal money",
        _ledger(staff("1000000", **_OWN)),
        4,
        ("财政拨款收支总预算0万元，本单位没有财政拨款收入，也没有财政拨款安排的支出。",),
    ),
    Case("surplus in section 4", _ledger(staff("1000000"), income=(_SURPLUS,)), 4, ("另有年终结转50.00万元",)),
    # ---------------------------------------------------------------- section 5
    Case(
        "no general public budget",
        _and(_last(一般公共预算当年支出=0), _ledger(staff("1000000", **_OWN))),
        5,
        (
            "没有安排一般公共预算当年支出，与2023年预算持平，两年均未安排。",
            "因没有一般公共预算当年支出，“一般公共预算当年拨款结构图”不作列示。",
        ),
    ),
    Case(
        "general public budget vanishes",
        _and(_basic(一般公共预算支出增减原因=None), _ledger(staff("1000000", **_OWN))),
        5,
        ("没有安排一般公共预算当年支出，与2023年预算733.98万元相比，减少733.98万元，下降100.00%，本年不再安排。",),
        notes=("“一般公共预算当年支出”比上年变动100.00%，达到10%，请在“基础信息”中填写“一般公共预算支出增减原因”",),
    ),
    Case(
        "general public budget carried over only",
        _ledger(project("旧项目", "100000", **_CARRIED)),
        5,
        ("上年结转的一般公共预算资金10.00万元在本年度使用，不列入当年支出。",),
    ),
    Case(
        "single class in section 5",
        _ledger(staff("1000000")),
        5,
        ("全部用于一般公共服务支出100.00万元（占100.00%）。",),
        ("等。",),
    ),
    Case(
        "negative class",
        _ledger(staff("1000000"), running("-100000", 备注="冲减", **_FARM)),
        5,
        (
            "用于一般公共服务支出100.00万元（占111.11%）。",
            "其中农林水支出为-10.00万元，金额为负数，未列入“一般公共预算当年拨款结构图”。",
        ),
        ("全部用于",),
    ),
    # ---------------------------------------------------------------- section 6
    Case("no running costs", _ledger(staff("1000000")), 6, ("公用经费0万元，本年度未作安排。", "用于基本工资。")),
    Case("no basic spending", _ledger(project("新项目", "1000")), 6, ("没有安排一般公共预算基本支出。",)),
    # ---------------------------------------------------------------- section 7
    Case("no three, never was", lambda _: None, 7, ("本单位2024年度没有安排“三公”经费预算，与2023年持平。",)),
    Case(
        "an item appears and one goes up",
        _and(
            _last(**{**_THREE, "公务用车运行维护费": "2.5"}),
            _basic(公务接待费增减原因="恢复安排公务接待", 公务用车运行维护费增减原因=None),
            _ledger(staff("1000000"), running("10000", **_RECEPTION), running("30000", **_CAR)),
        ),
        7,
        (
            "“三公”经费预算4.00万元，与2023年预算2.50万元相比，增加1.50万元，增长60.00%",
            "（一）因公出国（境）费0万元，与2023年预算持平，两年均未安排。",
            "（二）公务接待费1.00万元，2023年预算为0万元，本年增加1.00万元，上年基数为零，不计算增减比例，主要原因是恢复安排公务接待。",
            "其中，公务用车购置费0万元，与2023年预算持平，两年均未安排；公务用车运行维护费3.00万元，",
        ),
        notes=("“公务用车运行维护费”比上年变动20.00%，达到10%，请在“基础信息”中填写“公务用车运行维护费增减原因”",),
    ),
    Case(
        "an item vanishes",
        _and(_last(**{**_THREE, "公务接待费": "1.2"}), _basic(公务接待费增减原因="厉行节约，不再安排")),
        7,
        (
            "“三公”经费预算0万元，与2023年预算1.20万元相比，减少1.20万元，下降100.00%，本年不再安排。具体情况如下：",
            "公务接待费0万元，与2023年预算1.20万元相比，减少1.20万元，下降100.00%，本年不再安排，主要原因是厉行节约，不再安排。",
        ),
    ),
    Case(
        "no three, last year missing",
        _last(公务接待费=None),
        7,
        ("没有安排“三公”经费预算。",),
        notes=("“上年数据”中公务接待费没有填写，“三公”经费未与上年对比；请补填后重新生成",),
    ),
    Case(
        "three, not comparable",
        _and(_last(与上年不可比="是"), _ledger(staff("1000000"), running("10000", **_RECEPTION))),
        7,
        ("不作增减对比。具体情况如下：", "（二）公务接待费1.00万元。"),
        ("2023年",),
    ),
    # ---------------------------------------------------------------- section 8
    Case("running costs up", lambda _: None, 8, ("与2023年预算58.90万元相比，增加3.22万元，增长5.47%，主要原因是",)),
    Case(
        "institution",
        _and(_institution, _last(机关运行经费=None), _ledger(staff("1000000"), running("10000"))),
        8,
        ("本单位为事业单位，不编列机关运行经费。",),
        ("上年",),
    ),
    Case(
        "institution that was an administrative unit",
        _and(_institution, _ledger(staff("1000000"), running("10000"))),
        8,
        ("2023年编列的机关运行经费预算为58.90万元，本年减少58.90万元，下降100.00%",),
    ),
    Case(
        "administrative unit without running costs",
        _and(_last(机关运行经费=0), _ledger(staff("1000000"))),
        8,
        ("本单位2024年度没有安排机关运行经费财政拨款预算，与2023年预算持平，两年均未安排。",),
    ),
    Case(
        "running costs of several units",
        _and(_basic(机关运行经费增减原因="压减一般性支出"), _department(_TWO_OFFICES)),
        8,
        ("机关运行经费财政拨款预算50.00万元", "按单位划分：示例市商务局30.00万元、示例市口岸办公室20.00万元。"),
    ),
    Case(
        "department of institutions",
        _department((("038002", "示例市会展中心", "事业"), ("038004", "示例市商务学校", "事业"))),
        8,
        ("本部门所属各单位均为事业单位，不编列机关运行经费。",),
    ),
    # ---------------------------------------------------------------- section 9
    Case(
        "procurement", lambda _: None, 9, ("10.61万元，按采购对象划分：货物类8.90万元、工程类0万元、服务类1.71万元。",)
    ),
    Case(
        "procurement zero",
        _basic(**{"政府采购预算总额（万元）": 0, "其中：货物（万元）": 0, "其中：服务（万元）": 0}),
        9,
        ("本单位2024年度没有安排政府采购预算。",),
    ),
    Case(
        "procurement blank",
        _basic(**{"政府采购预算总额（万元）": None}),
        9,
        says_not=("采购",),
        notes=("“基础信息”中的“政府采购预算总额（万元）”没有填写或不是数字，请补填后重新生成",),
    ),
    Case(
        "a part of procurement blank",
        _basic(**{"其中：工程（万元）": None}),
        9,
        ("按采购对象划分：货物类8.90万元、服务类1.71万元。",),
        notes=("“基础信息”中政府采购工程一项没有填写，没有的请填0",),
    ),
    Case(
        "reserved for small enterprises",
        _basic(**{"面向中小企业预留（万元）": 8}),
        9,
        ("货物类8.90万元、工程类0万元、服务类1.71万元。", "政府采购预算中，面向中小企业预留8.00万元。"),
    ),
    Case("nothing reserved", _basic(**{"面向中小企业预留（万元）": 0}), 9, says_not=("中小企业",)),
    # ---------------------------------------------------------------- section 10
    Case(
        "surplus in section 10",
        _ledger(staff("1000000"), income=(_SURPLUS,)),
        10,
        ("编报单位整体绩效目标，涉及资金100.00万元。", "本单位2024年度没有安排项目支出，不编报项目绩效目标。"),
    ),
    Case(
        "projects of this year and carried over",
        _and(
            lambda book: put_projects(book, "项目名称", ["新项目", "旧项目"]),
            _ledger(
                project("新项目", "100000"),
                project("新项目", "50000.00", **_CARRIED),
                project("旧项目", "200000", "其他运转类", **_CARRIED),
            ),
            lambda book: put_projects(book, "项目类别", ["特定目标类", "其他运转类"]),
        ),
        10,
        (
            "纳入绩效目标管理的项目2个，金额合计35.00万元",
            "其他运转类项目1个，金额20.00万元；特定目标类项目1个，金额15.00万元",
        ),
    ),
    Case(
        "projects not disclosed",
        lambda book: put_projects(book, "公开", ["否"] * 8),
        10,
        ("以上项目的绩效目标均不公开，占项目支出总额的0%。",),
        ("公开绩效目标的项目",),
    ),
    Case(
        "some projects disclosed",
        lambda book: put_projects(book, "公开", ["是", *["否"] * 7]),
        10,
        ("公开绩效目标的项目1个，金额合计8.00万元，占项目支出总额的11.13%，其中其他运转类项目0个，金额0万元；",),
        ("全部公开",),
    ),
    Case(
        "a project outside performance management",
        lambda book: put_projects(book, "纳入绩效管理", ["否"]),
        10,
        ("纳入绩效目标管理的项目7个，金额合计63.85万元", "未纳入绩效目标管理的项目1个，金额合计8.00万元。"),
    ),
    Case(
        "projects that 项目信息 does not describe",
        _ledger(project("没有登记的项目", "100000", "其他运转类")),
        10,
        says_not=("公开绩效目标", "没有纳入", "未纳入", "没有登记的项目"),
        notes=("“项目信息”中没有填写是否纳入绩效管理的项目有1个：没有登记的项目；" + _UNLISTED,),
    ),
    Case(
        "a project of carried-over money alone needs no line in 项目信息",
        _ledger(project("没有登记的项目", "100000", "其他运转类", **_CARRIED)),
        10,
        ("没有纳入绩效目标管理的项目。", "未纳入绩效目标管理的项目1个，金额合计10.00万元。"),
    ),
    Case(
        "a project outside performance management needs no kind",
        _and(
            _ledger(staff("1000000")),
            lambda book: put_projects(book, "纳入绩效管理", ["否"] * 8),
            lambda book: put_projects(book, "项目类别", [None] * 8),
        ),
        10,
    ),
    Case(
        "the ledger tells a kind that 项目信息 lacks",
        lambda book: put_projects(book, "项目类别", [None] * 8),
        10,
        ("其他运转类项目5个，金额20.85万元；特定目标类项目3个，金额51.00万元",),
        ("尚未填报",),
    ),
    Case(
        "a department's whole",
        _department(_TWO_UNITS),
        10,
        ("编报部门整体绩效目标，涉及资金400.00万元",),
        notes=("“项目信息”中没有填写是否纳入绩效管理的项目有1个：展会服务经费；" + _UNLISTED,),
    ),
    # ---------------------------------------------------------------- sections 11 and 12
    Case("assets", lambda _: None, 11, ("截至2023年12月31日", "建筑面积为2885.79平方米")),
    Case(
        "assets blank",
        _basic(**{"公务用车实有数（辆）": None, "办公用房建筑面积（平方米）": None, "100万元以上设备（台、套）": None}),
        11,
        ("（一）车辆\n（二）房屋\n（三）其他国有资产",),
        ("编制", "平方米", "原值"),
        notes=(
            "“基础信息”中的“公务用车实有数（辆）”没有填写或不是数字，请补填后重新生成",
            "“基础信息”中的“办公用房建筑面积（平方米）”没有填写或不是数字，请补填后重新生成",
            "“基础信息”中的“100万元以上设备（台、套）”没有填写或不是数字，请补填后重新生成",
        ),
    ),
    Case(
        "a count that is no number",
        _basic(**{"公务用车编制数（辆）": "三辆", "领导用车（辆）": "约一辆"}),
        11,
        says_not=("三辆", "约一辆", "编制"),
        notes=("“基础信息”中的“公务用车编制数（辆）”没有填写或不是数字，请补填后重新生成",),
    ),
    Case("no purchased services", lambda _: None, 12, ("本单位2024年度没有政府购买服务事项。",)),
    Case(
        "purchased services",
        _basic(政府购买服务情况="法律顾问服务，预算1.00万元\n保洁服务，预算0.71万元。"),
        12,
        ("法律顾问服务，预算1.00万元。\n保洁服务，预算0.71万元。",),
        ("没有政府购买服务事项",),
    ),
    Case(
        "purchased services blank",
        _basic(政府购买服务情况=None),
        12,
        ("（一）政府购买服务预算情况\n（二）政府购买服务指导性目录",),
        notes=("“基础信息”中的“政府购买服务情况”没有填写，请补填后重新生成",),
    ),
    Case("department in section 12", _department(_TWO_UNITS), 12, ("本部门2024年度没有",), ("本单位",)),
)
