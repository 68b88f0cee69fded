"""Family C: the printed tables against the ledger, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np

from udfs.base import FEN_PER_PLACE, FORCED, HINT, Finding, add, printed, round_half_up, say
from udfs.checks.performance_view import stale_figures
from udfs.checks.registry import Inspection, Skipped, check, no_ledger
from udfs.checks.standing import NOT_MADE, NOT_MADE_YET, STALE, row_differences, standing
from udfs.ledgers import FLOW, INCOME, SPENDING, Content
from udfs.tables import PrintedRow
from workbook_templates.reading import RowFamily, TreeRows


@check("C01", FORCED, "表三!C8 应为 327.37，现为 327.73")
def cells_equal_ledger(inspection: Inspection) -> Iterator[Finding]:
    """各表每个金额都应等于由预算明细、收入明细汇总后四舍五入的结果；明细没有改动而不等的，是被手工改动。"""
    if inspection.derived is None:
        raise Skipped(no_ledger(inspection), undecided=True)
    printed_now = inspection.printed
    for index, suspect in standing(inspection).typed.items():
        shown, should = suspect.shown, suspect.suggested
        difference = Decimal(shown or 0) - Decimal(should or 0)
        yield Finding(
            "C01",
            FORCED,
            suspect.sheet,
            suspect.cell,
            say(
                "{label}现为{found}，按明细应为{wanted}（{slip}）；请重新生成各表，或更正明细",
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
    if inspection.derived is None:
        raise Skipped(no_ledger(inspection), undecided=True)
    if standing(inspection).is_stale:
        raise Skipped(STALE, undecided=True)
    missing: dict[str, list[str]] = {}
    surplus: dict[str, list[tuple[str, str]]] = {}
    for block, lacking, more in row_differences(inspection):
        sheet = block.form.sheet
        if lacking:
            missing.setdefault(sheet, []).extend(map(_name, lacking))
        if more:
            surplus.setdefault(sheet, []).extend((f"A{row.row}", _name(row)) for row in more)
    for sheet, names in missing.items():
        told = say("{sheet}缺少{rows}，请重新生成各表", "missing", sheet=sheet, rows=_rows_named(names))
        yield Finding("C02", FORCED, sheet, "", told)
    for sheet, found in surplus.items():
        rows = _rows_named([name for _, name in found])
        told = say("{sheet}多出{rows}，明细中没有，请重新生成各表", "surplus", sheet=sheet, rows=rows)
        yield Finding("C02", FORCED, sheet, found[0][0], told)


def _name(row: PrintedRow) -> str:
    return " ".join(text for text in row.texts if text) or row.path


def _rows_named(names: Sequence[str]) -> str:
    named = "、".join(f"“{name}”" for name in names[:5])
    return f"{named}等{len(names)}行" if len(names) > 5 else f"{named}{'这一行' if len(names) == 1 else '这几行'}"


@check("C04", FORCED, "明细改动后未重新生成，涉及49格")
def tables_are_made_from_the_ledger(inspection: Inspection) -> Iterator[Finding]:
    """明细填写、改动以后，各表应重新生成。"""
    if inspection.derived is None:
        raise Skipped(no_ledger(inspection), undecided=True)
    ledger = inspection.edition.spending.sheet
    blank = {c: reason for c, reason in inspection.printed.absent.items() if reason.endswith(NOT_MADE_YET)}
    places = {block.form.code: block.form.sheet for block in inspection.printed.blocks}
    if NOT_MADE in blank.values():
        yield Finding("C04", FORCED, ledger, "", say("各表尚未生成，请点“生成”", "not_made"))
        return
    for code, reason in blank.items():
        yield Finding("C04", FORCED, places[code], "", say("{reason}，请重新生成各表", "blank", reason=reason))
    state = standing(inspection)
    rows = sum(len(lacking) + len(more) for _, lacking, more in row_differences(inspection)) if state.is_stale else 0
    suspects = (*state.stale.values(), *stale_figures(inspection)) if state.is_stale else ()
    if not (suspects or rows):
        return
    counted = Counter(suspect.sheet for suspect in suspects)
    where = "、".join(f"{sheet}{count}格" for sheet, count in counted.items())
    told = say(
        "明细改动后未重新生成，涉及{count}格（{where}）{rows}；{advice}",
        "stale",
        count=len(suspects),
        where=where,
        rows=say("，并有{rows}行应当增减", rows=rows) if rows else "",
        advice=add("请重新生成各表；若是直接在表上改的数，请改到明细中再生成"),
    )
    yield Finding("C04", FORCED, ledger, "", told, suspects=suspects)


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
