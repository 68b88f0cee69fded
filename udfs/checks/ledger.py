"""Family C: the printed tables against the ledger, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from udfs.base import FEN_PER_PLACE, FORCED, HINT, Finding, add, printed, round_half_up, say
from udfs.checks.registry import Inspection, Skipped, check
from udfs.ledgers import FLOW, INCOME, SPENDING, Content
from udfs.tables import PrintedBlock
from workbook_templates.reading import RowFamily, TreeRows

NO_LEDGER = "预算明细为空，无法与明细核对"
FAULTY_LEDGER = "输入表有误，更正后才能与明细核对"


def no_ledger(inspection: Inspection) -> str:
    """Why nothing can be held against the ledger: it is empty, or it cannot be read."""
    return NO_LEDGER if inspection.content is not None else FAULTY_LEDGER


def _pairs(inspection: Inspection) -> Iterator[tuple[PrintedBlock, PrintedBlock]]:
    if inspection.derived is None:
        raise Skipped(no_ledger(inspection), undecided=True)
    yield from zip(inspection.printed.blocks, inspection.derived.blocks, strict=True)


@check("C01", FORCED, "表三!C8 应为 327.37，现为 327.73")
def cells_equal_ledger(inspection: Inspection) -> Iterator[Finding]:
    """各表每个金额都应等于由预算明细、收入明细汇总后四舍五入的结果；不等的，是明细改动后没有重新生成，或被手工改动。"""
    if inspection.derived is None:
        raise Skipped(no_ledger(inspection), undecided=True)
    printed_now = inspection.printed
    for index, suspect in inspection.differing.items():
        shown, should = suspect.shown, suspect.suggested
        difference = Decimal(shown or 0) - Decimal(should or 0)
        yield Finding(
            "C01",
            FORCED,
            suspect.sheet,
            suspect.cell,
            say(
                "{label}现为{found}，按明细应为{wanted}（{slip}）；明细改动后未重新生成，或被手工改动；"
                "请重新生成各表，或更正明细",
                label=printed_now.label(index),
                found=shown or "空",
                wanted=should or "空",
                slip=add("{slip}", slip=suspect.slip),
            ),
            shown,
            should,
            f"{difference:.2f}",
            (suspect,),
        )


@check("C02", FORCED, "表三缺少科目 2100799 所在的行")
def rows_equal_ledger(inspection: Inspection) -> Iterator[Finding]:
    """各表列出的科目、单位和项目，应与明细中用到的完全一致，不多也不少。"""
    unknown = inspection.content is not None and inspection.content.units_of_unknown_kind
    for found, wanted in _pairs(inspection):
        if unknown and found.form.filters_by("unit_kind"):
            continue
        have = {row.path for row in found.rows}
        should = {row.path for row in wanted.rows}
        sheet = found.form.sheet
        for row in wanted.rows:
            if row.path not in have:
                name = " ".join(t for t in row.texts if t) or row.path
                yield Finding(
                    "C02",
                    FORCED,
                    sheet,
                    "",
                    say("{sheet}缺少“{name}”这一行，请重新生成各表", "missing", sheet=sheet, name=name),
                )
        for row in found.rows:
            if row.path not in should:
                name = " ".join(t for t in row.texts if t) or row.path
                yield Finding(
                    "C02",
                    FORCED,
                    sheet,
                    f"A{row.row}",
                    say("{sheet}多出“{name}”这一行，明细中没有，请重新生成各表", "surplus", sheet=sheet, name=name),
                )


@check("C03", FORCED, "政府性基金预算收入 80.00 万元，支出 100.00 万元")
def income_covers_spending(inspection: Inspection) -> Iterator[Finding]:
    """收入明细列有的资金来源，本年与上年结转合计的收入不应少于支出；多出的部分列为年终结转。"""
    content = inspection.content
    if content is None or not inspection.filled_in:
        raise Skipped(no_ledger(inspection), undecided=True)
    facts = content.facts
    per_place = FEN_PER_PLACE[inspection.edition.measure]
    sheet = content.income.spec.sheet
    for source in content.income.used("source"):
        income, spending = (facts.total(((FLOW, (flow,)), ("source", (source,)))) for flow in (INCOME, SPENDING))
        if income < spending:
            rounded = round_half_up(np.array([income, spending]), per_place)
            left, right = (f"{printed(places):.2f}" for places in rounded)
            yield Finding(
                "C03",
                FORCED,
                sheet,
                "",
                say(
                    "“{source}”收入{left}{measure}少于支出{right}{measure}，差{difference}元；{advice}",
                    source=source,
                    left=left,
                    measure=inspection.edition.measure,
                    right=right,
                    difference=f"{printed(spending - income):.2f}",
                    advice=add("{advice}", advice=_lacking_row(content, source)),
                ),
                left,
                right,
                f"{printed(int(rounded[0] - rounded[1])):.2f}",
            )


def _lacking_row(content: Content, source: str) -> str:
    """Which row of the income sheet is short, and by how much: the year in which less comes in than is spent."""
    short = []
    for year in content.spending.used("year"):
        where = (("source", (source,)), ("year", (year,)))
        income, spending = (content.facts.total(((FLOW, (flow,)), *where)) for flow in (INCOME, SPENDING))
        if income < spending and year:
            short.append(f"“{source}、{year}”一行缺{printed(spending - income):.2f}元")
    if not short:
        return "请核对收入明细和预算明细"
    return f"收入明细中{'，'.join(short)}，请补上或更正，或更正预算明细"


@check("F54", HINT, "政府性基金预算 58.80 万元没有收入科目编码")
def revenue_codes_are_given(inspection: Inspection) -> Iterator[Finding]:
    """政府性基金和国有资本经营预算安排支出的，应在收入明细中列出收入科目；没有列出的，收入预算表只有合计。"""
    content = inspection.content
    if content is None or not inspection.filled_in:
        raise Skipped(no_ledger(inspection), undecided=True)
    income = content.income.spec
    coded = next((c for c in income.columns if c.code and c.needs), None)
    if coded is None:
        raise Skipped("本版式没有收入科目")
    (_, sources), *_ = coded.needs
    facts = content.facts
    listed = [b for form in inspection.edition.forms for b in form.blocks for r in b.rows if _lists(r, coded.key)]
    for source in sources:
        mask = facts.mask((("source", (source,)), (FLOW, (INCOME,)), (coded.key, ("",))))
        mask &= np.any([facts.mask(block.where) for block in listed], axis=0)
        if fen := int(facts.fen[mask].sum()):
            words = say(
                "“{source}”有{amount}元按预算明细的支出计为收入，没有收入科目编码，收入预算表只印合计；"
                "请在{sheet}中列出“{heading}”和金额",
                source=source,
                amount=f"{printed(fen):.2f}",
                sheet=income.sheet,
                heading=coded.heading,
            )
            yield Finding("F54", HINT, income.sheet, "", words)


def _lists(rows: RowFamily, dimension: str) -> bool:
    return isinstance(rows, TreeRows) and rows.dimension == dimension
