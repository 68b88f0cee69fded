"""Random ledgers of one unit or of a department, with codes of the classification and of nobody."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.support.ledgers import AMOUNT, Row
from tests.support.oracle import CAPITAL, CARRIED, FUND, SOURCES, THIS, KnownUnit

OWN = KnownUnit("038001", "某市商务局", "行政")
OTHERS = (
    KnownUnit("038002", "某市会展中心", "事业"),
    KnownUnit("038003", "某市商务执法队", "参公事业"),
    KnownUnit("038004", "某市外贸服务中心", "行政"),
)

#: Names of the classification, names of the ledger alone, names of nobody.
FUNCTIONS = (
    ("2011301", "行政运行"),
    ("2011399", ""),
    ("2080505", "机关事业单位基本养老保险缴费支出"),
    ("2160299", "自己写的名称"),
    ("2210201", "住房公积金"),
    ("2120899", ""),
    ("2230105", ""),
    ("2199999", "表外科目"),
    ("2189901", "没有的类"),
    ("2299999", ""),
    ("2013288", "科目表没有的项"),
    ("2013288", "同一编码的另一名称"),
    ("2013277", ""),
)
ITEMS = (
    ("30101", "基本工资", "50101"),
    ("30101", "基本工资", "50501"),
    ("30201", "办公费", "50201"),
    ("30212", "因公出国（境）费用", "50207"),
    ("30217", "公务接待费", "50206"),
    ("30231", "公务用车运行维护费", "50208"),
    ("30913", "公务用车购置", "50402"),
    ("31013", "公务用车购置", "50303"),
    ("30299", "", "50299"),
    ("39988", "科目表没有的款", "59988"),
)
PROJECTS = ("市场监测", "展会经费", "设备更新", "遗属补助")
REVENUES = (
    ("1030148", "国有土地使用权出让收入"),
    ("103014801", ""),
    ("10301", ""),
    ("1030601", "利润收入"),
    ("103069988", "科目表没有的收入"),
    ("103", ""),
)

FEN = st.one_of(
    st.sampled_from([0, 1, -1, 4999, 5000, 5001, 10_000, 14_999, 15_000, -4999, -5000, -15_000, 25_000, 1_000_000]),
    st.integers(-(10**8), 10**10),
    st.integers(0, 10**6).map(lambda n: n * 5000),
)
YUAN = FEN.map(lambda fen: f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}")


@st.composite
def spending_rows(draw: st.DrawFn, units: Sequence[KnownUnit]) -> Row:
    function, function_name = draw(st.sampled_from(FUNCTIONS))
    departmental, departmental_name, governmental = draw(st.sampled_from(ITEMS))
    amount = draw(YUAN)
    basic = draw(st.booleans())
    unit = draw(st.sampled_from(units))
    said = draw(st.sampled_from(["code and name", "code", "name", "neither"]))
    return {
        "资金来源": draw(st.sampled_from(SOURCES)),
        "预算年度来源": draw(st.sampled_from([THIS, THIS, CARRIED])),
        "功能科目编码": function,
        "功能科目名称": function_name,
        "支出类别": "基本支出" if basic else "项目支出",
        "经费类别": draw(st.sampled_from(["人员经费", "公用经费"])) if basic else "",
        "项目名称": "" if basic else draw(st.sampled_from(PROJECTS)),
        "项目类别": "" if basic else draw(st.sampled_from(["其他运转类", "特定目标类"])),
        "部门经济科目编码": departmental,
        "部门经济科目名称": departmental_name,
        "政府经济科目编码": governmental,
        "政府经济科目名称": "",
        AMOUNT: amount,
        "单位编码": unit.code if "code" in said else "",
        "单位名称": unit.name if "name" in said else "",
        "备注": "上年多付，本年冲回" if amount.startswith("-") else "",
    }


@st.composite
def income_rows(draw: st.DrawFn, source: str) -> Row:
    coded = source in (FUND, CAPITAL) or draw(st.booleans())
    code, name = draw(st.sampled_from(REVENUES)) if coded else ("", "")
    return {
        "资金来源": source,
        "收入科目编码": code,
        "收入科目名称": name,
        "预算年度来源": draw(st.sampled_from([THIS, CARRIED])),
        AMOUNT: draw(YUAN),
    }


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Row], list[Row], tuple[KnownUnit, ...], bool]:
    """Spending, income, the listed units, and whether the document is a department's."""
    others = draw(st.sampled_from([(), (), OTHERS[:1], OTHERS]))
    units = (OWN, *others)
    rows = draw(st.lists(spending_rows(units), min_size=0, max_size=14))
    income: list[Row] = []
    for source in draw(st.lists(st.sampled_from(SOURCES), max_size=3, unique=True)):
        income += draw(st.lists(income_rows(source), min_size=1, max_size=3))
    return rows, income, units if others else (), draw(st.booleans())
