"""Family C: the printed tables against the ledger, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from udfs.base import FEN_PER_PLACE, FORCED, Finding, add, printed, round_half_up, say
from udfs.checks.registry import Inspection, Skipped, check
from udfs.ledgers import FLOW, INCOME, SPENDING
from udfs.tables import PrintedBlock

NO_LEDGER = "预算明细为空，无法与明细核对"


def _pairs(inspection: Inspection) -> Iterator[tuple[PrintedBlock, PrintedBlock]]:
    if inspection.derived is None:
        raise Skipped(NO_LEDGER, undecided=True)
    yield from zip(inspection.printed.blocks, inspection.derived.blocks, strict=True)


@check("C01", FORCED, "表三!C8 应为 327.37，现为 327.73")
def cells_equal_ledger(inspection: Inspection) -> Iterator[Finding]:
    """各表每个金额都应等于由预算明细、收入明细汇总后四舍五入的结果；不等的，是明细改动后没有重新生成，或被手工改动。"""
    if inspection.derived is None:
        raise Skipped(NO_LEDGER, undecided=True)
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
    for found, wanted in _pairs(inspection):
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
        raise Skipped(NO_LEDGER, undecided=True)
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
                    "“{source}”收入{left}{measure}少于支出{right}{measure}，差{difference}元；请核对收入明细和预算明细",
                    source=source,
                    left=left,
                    measure=inspection.edition.measure,
                    right=right,
                    difference=f"{printed(spending - income):.2f}",
                ),
                left,
                right,
                f"{printed(int(rounded[0] - rounded[1])):.2f}",
            )
