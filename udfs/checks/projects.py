"""Family E, the projects: their money and kind against tables, ledger and each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from udfs.base import (
    FEN_PER_PLACE,
    FORCED,
    HINT,
    AmountError,
    Finding,
    Words,
    add,
    printed,
    round_half_up,
    say,
    squeezed,
    to_fen,
)
from udfs.checks.performance_view import (
    NO_FORMS,
    amount_text,
    list_place,
    needs_tables,
    project_rows,
    rows_of,
    sources_of,
    spec_of,
    yuan_apart,
)
from udfs.checks.registry import Inspection, Skipped, check
from udfs.checks.views import content_of
from udfs.performance import Record, is_one_year, likeness
from workbook_templates.reading import PROJECTS, PartsSpec

#: From what likeness on a name is offered as the one that may be meant.
_OFFERED = 0.6


@check("E11", FORCED, "项目“遗属补助”年度资金总额为58000.00元（5.80万元），表十二为5.85万元")
def year_money_is_table_twelve(inspection: Inspection) -> Iterator[Finding]:
    """项目的年度资金总额（元）换算为万元后，等于项目支出预算表（本年预算）中该项目的合计。"""
    needs_tables(inspection)
    sources, spec = sources_of(inspection), spec_of(inspection)
    measure = inspection.edition.measure
    records = sources.lists[PROJECTS]
    tables = inspection.printed
    rows = project_rows(inspection, spec.year_row)
    for record in records:
        fen = _fen(record[spec.year_money.total.key])
        if fen is None:
            continue
        for row in rows_of(record, rows, records):
            shown = int(round_half_up(np.array([fen], np.int64), FEN_PER_PLACE[measure])[0])
            wanted = int(tables.places[row.index])
            if shown == wanted:
                continue
            place = list_place(inspection, PROJECTS, int(record["row"]), spec.year_money.total.key)
            table, at = tables.address(row.index)
            message = say(
                "项目“{name}”的{label}为{value}元（{shown}{measure}），{table}!{at}为{wanted}{measure}{slip}，请核对改正",
                name=record["name"],
                label=spec.year_money.total.label,
                value=f"{printed(fen):.2f}",
                shown=amount_text(shown),
                measure=measure,
                table=table,
                at=at,
                wanted=amount_text(wanted),
                slip=_wrong_unit(fen, wanted * FEN_PER_PLACE[measure], FEN_PER_PLACE[measure]),
            )
            amounts = (amount_text(shown), amount_text(wanted), amount_text(shown - wanted))
            yield Finding("E11", FORCED, *place, message, *amounts)


def _wrong_unit(fen: int, wanted: int, place: int) -> Words | str:
    """The slip that explains an amount in fen: typed in 万元 or 千元, or multiplied too often."""
    for factor, unit in ((10_000, "万元"), (1_000, "千元")):
        if 2 * abs(fen * factor - wanted) <= place:
            return add("，可能误以{unit}填写，本列以元为单位", unit=unit)
        if 2 * abs(fen - wanted * factor) <= place * factor:
            return add("，可能多乘了{factor}倍，本列以元为单位", factor=factor)
    return ""


def _fen(text: str) -> int | None:
    try:
        return to_fen(text) if text else None
    except AmountError:
        return None


@check("E12", FORCED, "项目“遗属补助”年度资金总额为58500.00元，各项来源之和为50000.00元")
def project_money_adds_up(inspection: Inspection) -> Iterator[Finding]:
    """项目的实施期资金总额、年度资金总额，分别等于中央、省级、市县财政资金与单位自筹、其他资金之和。"""
    sources, spec = sources_of(inspection), spec_of(inspection)
    for record in sources.lists[PROJECTS]:
        for money in (spec.period_money, spec.year_money):
            yield from _project_sum(inspection, record, money)


def _project_sum(inspection: Inspection, record: Record, money: PartsSpec) -> Iterator[Finding]:
    total = _fen(record[money.total.key])
    parts = [_fen(record[field.key]) if record[field.key] else 0 for field in money.parts]
    if total is None or None in parts:
        return
    added = sum(part for part in parts if part is not None)
    if total != added:
        place = list_place(inspection, PROJECTS, int(record["row"]), money.total.key)
        shown = yuan_apart(total, added)
        message = say(
            "项目“{name}”的{label}为{total}元，各项来源之和为{added}元，请核对改正",
            name=record["name"],
            label=money.total.label,
            total=shown[0],
            added=shown[1],
        )
        yield Finding("E12", FORCED, *place, message, *shown)


@check("E13", HINT, "表十二!A9 项目“遗属补助”没有填写项目信息")
def projects_have_forms(inspection: Inspection) -> Iterator[Finding]:
    """项目支出预算表（本年预算）中的项目，都应列入项目信息，注明是否纳入绩效管理；上报前必须补齐。"""
    needs_tables(inspection)
    records = sources_of(inspection).lists[PROJECTS]
    for row in project_rows(inspection, spec_of(inspection).year_row):
        if any(squeezed(record["name"]) == squeezed(row.name) for record in records):
            continue
        sheet, at = inspection.printed.address(row.index)
        near = _nearest(row.name, [record["name"] for record in records])
        hint = add("（项目信息中有名称相近的“{near}”）", near=near) if near else ""
        message = say(
            "项目“{name}”在项目信息中没有同名的项目{hint}，请补填；不纳入绩效管理的，只填项目名称，“纳入绩效管理”选“{no}”",
            name=row.name,
            hint=hint,
            no=spec_of(inspection).words.unmanaged,
        )
        yield Finding("E13", HINT, sheet, at, message)


@check("E14", HINT, "项目信息!A5 项目“遗属补助费”不在表十二、表十三中")
def listed_projects_have_money(inspection: Inspection) -> Iterator[Finding]:
    """项目信息中的项目，应在项目支出预算表（本年预算或上年结转）中有同名的一行。"""
    needs_tables(inspection)
    spec = spec_of(inspection)
    rows = project_rows(inspection, (*spec.year_row, *spec.carried_row))
    names = {squeezed(row.name) for row in rows}
    for record in sources_of(inspection).lists[PROJECTS]:
        if record["name"] and squeezed(record["name"]) not in names:
            near = _nearest(record["name"], [row.name for row in rows])
            hint = add("，是否为“{near}”", near=near) if near else ""
            place = list_place(inspection, PROJECTS, int(record["row"]), "name")
            message = say(
                "项目“{name}”在项目支出预算表中没有同名的项目{hint}，请核对名称或预算明细",
                name=record["name"],
                hint=hint,
            )
            yield Finding("E14", HINT, *place, message)


def _nearest(name: str, others: Sequence[str]) -> str:
    best = max(others, key=lambda other: likeness(name, other), default="")
    return best if best and likeness(name, best) >= _OFFERED else ""


@check("E15", FORCED, "一年期项目“设备购置”的实施期资金总额30000.00元，少于年度资金总额36300.00元")
def one_year_money_covers_the_year(inspection: Inspection) -> Iterator[Finding]:
    """项目期为一年的项目，实施期资金总额不应少于年度资金总额；长期开展的项目不作比较。"""
    for record, period, year in _one_year_money(inspection):
        if period < year:
            yield _one_year_finding(inspection, "E15", FORCED, record, (period, year))


@check("E16", HINT, "一年期项目“设备购置”的实施期资金总额36300.00元，多于年度资金总额30000.00元")
def one_year_money_is_the_years(inspection: Inspection) -> Iterator[Finding]:
    """项目期为一年的项目，实施期资金总额一般等于年度资金总额；长期开展的项目不作比较。"""
    for record, period, year in _one_year_money(inspection):
        if period > year:
            yield _one_year_finding(inspection, "E16", HINT, record, (period, year))


def _one_year_money(inspection: Inspection) -> Iterator[tuple[Record, int, int]]:
    spec = spec_of(inspection)
    for record in sources_of(inspection).lists[PROJECTS]:
        period, year = (_fen(record[money.total.key]) for money in (spec.period_money, spec.year_money))
        if is_one_year(spec, record) and period is not None and year is not None:
            yield record, period, year


def _one_year_finding(
    inspection: Inspection, number: str, grade: str, record: Record, amounts: tuple[int, int]
) -> Finding:
    spec = spec_of(inspection)
    place = list_place(inspection, PROJECTS, int(record["row"]), spec.period_money.total.key)
    period, year, difference = yuan_apart(*amounts)
    word = add("少于") if amounts[0] < amounts[1] else add("多于")
    message = say(
        "一年期项目“{name}”的{label}为{period}元，{word}{year_label}{year}元，请核对{advice}",
        name=record["name"],
        label=spec.period_money.total.label,
        period=period,
        word=word,
        year_label=spec.year_money.total.label,
        year=year,
        advice=add("改正") if grade == FORCED else add("，确属如此的写明原因"),
    )
    return Finding(number, grade, *place, message, period, year, difference)


@check("E17", HINT, "项目“遗属补助”在项目信息中为特定目标类，在预算明细中为其他运转类")
def kinds_are_the_ledgers(inspection: Inspection) -> Iterator[Finding]:
    """项目信息中的项目类别与预算明细一致，否则情况说明按类别列示的个数和金额会与预算明细不符。"""
    sources = sources_of(inspection)
    facts = content_of(inspection).facts
    narrative = inspection.edition.narrative.projects
    if narrative is None:
        raise Skipped(NO_FORMS)
    names = facts.dimensions[narrative.ledger_name]
    for record in sources.lists[PROJECTS]:
        same = [value for value in names.values if value and squeezed(value) == squeezed(record["name"])]
        for field, dimension in narrative.ledger.items():
            other = facts.dimensions[dimension]
            kinds = {other.values[code] for code in other.codes[names.mask(same)]} - {""} if same else set()
            if record[field] and kinds and record[field] not in kinds:
                place = list_place(inspection, PROJECTS, int(record["row"]), field)
                ledger = "、".join(sorted(kinds))
                message = say(
                    "项目“{name}”在{here}中为“{found}”，在{there}中为“{ledger}”，请改为一致",
                    name=record["name"],
                    here=place[0],
                    found=record[field],
                    there=inspection.edition.spending.sheet,
                    ledger=ledger,
                )
                yield Finding("E17", HINT, *place, message)
