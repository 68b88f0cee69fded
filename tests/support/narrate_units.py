"""Any workbook that a text can be written of: random ledgers, last year's figures, reasons and kinds of unit."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from tests.support.check_cases import Book, as_read, sample_book
from tests.support.ledgers import Row
from tests.support.narrate_cases import BASIC, LAST_YEAR, fields, ledger, project, running, staff

_SOURCES = ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
#: Revenue codes, which fund and state-capital money needs.
_REVENUE = {
    "政府性基金预算": {"收入科目编码": "1030148", "收入科目名称": "国有土地使用权出让收入"},
    "国有资本经营预算": {"收入科目编码": "1030601", "收入科目名称": "利润收入"},
}
_FUNCTIONS = (("2011301", "行政运行"), ("2080505", "机关事业单位基本养老保险缴费支出"), ("2130104", "事业运行"))
_AMOUNTS = st.one_of(st.integers(1, 10**10), st.integers(1, 10**5))


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    code, name = draw(st.sampled_from(_FUNCTIONS))
    fen = draw(_AMOUNTS)
    more = {
        "资金来源": draw(st.sampled_from(_SOURCES)),
        "预算年度来源": draw(st.sampled_from(("本年", "本年", "上年结转"))),
        "功能科目编码": code,
        "功能科目名称": name,
    }
    amount = f"{fen // 100}.{fen % 100:02d}"
    which = draw(st.sampled_from("人公项"))
    if which == "项":
        kind = draw(st.sampled_from(("其他运转类", "特定目标类")))
        return project(f"项目{kind}", amount, kind, **more)
    return staff(amount, **more) if which == "人" else running(amount, **more)


_LAST = st.one_of(st.none(), st.just(0), st.decimals(0, 10**6, places=2))


@st.composite
def any_workbook(draw: st.DrawFn) -> Book:
    """A workbook with its tables made and no text yet."""
    rows = draw(st.lists(_rows(), min_size=1, max_size=8))
    last = draw(st.lists(_LAST, min_size=8, max_size=8))
    reason = draw(st.sampled_from((None, "压减项目支出，", "主要原因是：职责调整。", "无")))
    kind = draw(st.sampled_from(("行政", "参公事业", "事业")))
    document = draw(st.sampled_from(("单位", "部门")))
    comparable = draw(st.sampled_from(("是", "否", "否", None)))
    book = sample_book()
    labels = (
        "收入总计",
        "支出总计",
        "一般公共预算当年支出",
        "因公出国（境）费",
        "公务接待费",
        "公务用车购置费",
        "公务用车运行维护费",
        "机关运行经费",
    )
    fields(book, LAST_YEAR, 与上年不可比=comparable, **{k: as_read(v) for k, v in zip(labels, last, strict=True)})
    reasons = ("收入总计增减原因", "支出总计增减原因", "一般公共预算支出增减原因", "机关运行经费增减原因")
    fields(book, BASIC, 单位性质=kind, 公开口径=document, **dict.fromkeys(reasons, reason))
    ledger(book, rows, draw(_surpluses(rows)))
    return book


@st.composite
def _surpluses(draw: st.DrawFn, rows: list[Row]) -> list[Row]:
    """Income beyond what is spent, of some of the sources and years that are spent: what is left at the year's end."""
    spent: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = (row["资金来源"], row["预算年度来源"])
        spent[key] = spent.get(key, Decimal(0)) + Decimal(row["金额（元）"])
    chosen = draw(st.lists(st.sampled_from(sorted(spent)), unique=True))
    return [
        {
            "资金来源": source,
            "预算年度来源": year,
            **_REVENUE.get(source, {}),
            "金额（元）": str(spent[source, year] + Decimal(draw(st.integers(0, 10**7))) / 100),
        }
        for source, year in chosen
    ]
