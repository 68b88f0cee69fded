"""Family E, the forms: their figures against tables and ledger, the projects' money, sums within 基础信息."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import structs

from udfs.base import (
    FORCED,
    HINT,
    AmountError,
    Finding,
    add,
    half_up,
    say,
    to_decimal,
)
from udfs.checks.hygiene import several
from udfs.checks.performance_view import (
    NOT_MADE,
    RESHAPED,
    SOURCE,
    Mismatch,
    PrintedForms,
    field_place,
    is_blank_performance,
    needs_tables,
    printed_forms,
    quote,
    quote_difference,
    sources_of,
    spec_of,
)
from udfs.checks.registry import Inspection, Skipped, check
from udfs.checks.standing import NOT_MADE as TABLES_NOT_MADE
from udfs.checks.standing import STALE, obstacle, standing
from udfs.checks.views import content_of
from workbook_templates.reading import BASIC, SumSpec

#: What leads in the label of a part.
_WITHIN = re.compile(r"^其中[:：]")
COVERED_BY_E = "项目信息和绩效指标已填写，由E05至E09核对"


def _guarded(inspection: Inspection, guard: str) -> list[Mismatch]:
    """The cells of the whole-unit form that a check guards and that do not hold what they should."""
    forms = printed_forms(inspection)
    if not forms.made:
        raise Skipped(NOT_MADE, undecided=True)
    if 0 in forms.reshaped:
        raise Skipped(RESHAPED, undecided=True)
    return [mismatch for mismatch in forms.mismatches if mismatch.check == guard]


def _figure_findings(inspection: Inspection, number: str, guard: str, source: str) -> Iterator[Finding]:
    sheet = printed_forms(inspection).sheet
    for mismatch in _guarded(inspection, guard):
        found, wanted = quote(mismatch.found), quote(mismatch.wanted)
        message = say(
            "“{label}”现为{found}，按{source}应为{wanted}，请核对{source}后重新生成绩效目标表",
            label=mismatch.label,
            found=found,
            source=source,
            wanted=wanted,
        )
        left, right = _amount(mismatch.found), _amount(mismatch.wanted)
        difference = f"{left - right:.2f}" if left is not None and right is not None else ""
        shown = (_two_decimals(left), _two_decimals(right), difference)
        yield Finding(number, FORCED, sheet, mismatch.cell, message, *shown)


def _two_decimals(value: Decimal | None) -> str:
    return f"{value:.2f}" if value is not None else ""


def _amount(value: object) -> Decimal | None:
    try:
        return half_up(to_decimal(value))
    except AmountError:
        return None


@check("E01", FORCED, "绩效目标!D14 合计为“659.96”，表一支出总计减年终结转为“695.96”")
def whole_total_is_table_one(inspection: Inspection) -> Iterator[Finding]:
    """整体支出绩效目标表的年度预算合计，等于表一支出总计减去年终结转。"""
    needs_tables(inspection)
    yield from _figure_findings(inspection, "E01", "total", "表一")


@check("E02", FORCED, "绩效目标!D16 政府性基金预算资金为“1.00”，预算明细中为“0.00”")
def whole_sources_are_the_ledgers(inspection: Inspection) -> Iterator[Finding]:
    """整体支出绩效目标表按资金来源划分的金额，等于预算明细中该来源的支出（含上年结转）。"""
    sources_of(inspection)
    content_of(inspection)
    if standing(inspection).is_stale:
        raise Skipped(STALE, undecided=True)
    yield from _figure_findings(inspection, "E02", SOURCE, inspection.edition.spending.sheet)


@check("E03", FORCED, "绩效目标!G15 基本支出为“642.11”，表三为“624.11”")
def whole_directions_are_table_three(inspection: Inspection) -> Iterator[Finding]:
    """整体支出绩效目标表的基本支出、项目支出，等于表三合计行。"""
    needs_tables(inspection)
    yield from _figure_findings(inspection, "E03", "direction", "表三")


@check("E04", FORCED, "绩效目标!D7 内设职能部门数为“9个”，清单中列有“10个”")
def departments_are_counted(inspection: Inspection) -> Iterator[Finding]:
    """整体支出绩效目标表的内设职能部门数，等于基础信息中列出的内设机构个数。"""
    yield from _figure_findings(inspection, "E04", "departments", "内设机构清单")


def _sums(inspection: Inspection, number: str, keys: Sequence[str]) -> Iterator[Finding]:
    for spec in spec_of(inspection).sums:
        if spec.key in keys:
            yield from _sum(inspection, number, spec)


def _sum(inspection: Inspection, number: str, spec: SumSpec) -> Iterator[Finding]:
    values = [inspection.info.text(field.key) for field in (spec.whole, *spec.parts)]
    amounts = [_amount(value) if value else Decimal(0) for value in values]
    if not any(values) or not values[0] or None in amounts:
        return  # blank fields and what is no number have checks of their own
    whole, *parts = [amount for amount in amounts if amount is not None]
    total = sum(parts, Decimal(0))
    if whole != total:
        named = "、".join(_WITHIN.sub("", field.label) for field in spec.parts)
        message = say(
            "“{label}”为{whole}，各分项（{named}）之和为{total}，请核对改正",
            label=spec.whole.label,
            whole=_short(whole),
            named=named,
            total=_short(total),
        )
        place = field_place(inspection, BASIC, spec.whole.label)
        shown = (f"{whole:.2f}", f"{total:.2f}", f"{whole - total:.2f}")
        yield Finding(number, FORCED, *place, message, *shown)


def _limits(inspection: Inspection, number: str, keys: Sequence[str]) -> Iterator[Finding]:
    for spec in spec_of(inspection).sums:
        if spec.key not in keys or spec.limit is None:
            continue
        whole, limit = (inspection.info.text(field.key) for field in (spec.whole, spec.limit))
        actual, allowed = (_amount(text) if text else None for text in (whole, limit))
        if actual is not None and allowed is not None and actual > allowed:
            message = say(
                "“{label}”为{actual}，超过“{limit}”{allowed}，请核对，确属超编的写明原因",
                label=spec.whole.label,
                actual=_short(actual),
                limit=spec.limit.label,
                allowed=_short(allowed),
            )
            place = field_place(inspection, BASIC, spec.whole.label)
            shown = (f"{actual:.2f}", f"{allowed:.2f}", f"{actual - allowed:.2f}")
            yield Finding(number, HINT, *place, message, *shown)


def _short(value: Decimal) -> str:
    return f"{value:f}" if value != value.to_integral_value() else f"{int(value)}"


@check("E05", FORCED, "实际在职人员总数为30，在编29人与其他人员0人之和为29")
def staff_adds_up(inspection: Inspection) -> Iterator[Finding]:
    """实际在职人员总数等于在编人员数与其他人员数之和。"""
    sources_of(inspection)
    yield from _sums(inspection, "E05", ("staff",))


@check("E06", HINT, "实际在职人员总数为33，超过核定人员编制数31")
def staff_within_quota(inspection: Inspection) -> Iterator[Finding]:
    """实际在职人员总数一般不超过核定人员编制数。"""
    sources_of(inspection)
    yield from _limits(inspection, "E06", ("staff",))


@check("E07", FORCED, "公务用车实有数为3，七类用车之和为2")
def vehicles_add_up(inspection: Inspection) -> Iterator[Finding]:
    """公务用车实有数等于七类用车之和。"""
    sources_of(inspection)
    yield from _sums(inspection, "E07", ("vehicles",))


@check("E08", HINT, "公务用车实有数为3，超过编制数2")
def vehicles_within_quota(inspection: Inspection) -> Iterator[Finding]:
    """公务用车实有数一般不超过编制数。"""
    sources_of(inspection)
    yield from _limits(inspection, "E08", ("vehicles",))


@check("E09", FORCED, "政府采购预算总额为10.61，货物、工程、服务之和为10.16")
def procurement_adds_up(inspection: Inspection) -> Iterator[Finding]:
    """政府采购预算总额等于货物、工程、服务三项之和。"""
    sources_of(inspection)
    yield from _sums(inspection, "E09", ("procurement",))


@check("F17", FORCED, "公务用车实有数为3，七类用车之和为2")
def basic_sums_without_performance(inspection: Inspection) -> Iterator[Finding]:
    """没有填写绩效目标的单位，基础信息中的人员、公务用车、政府采购总数也应等于各分项之和。"""
    if not is_blank_performance(inspection):
        raise Skipped(COVERED_BY_E)
    yield from _sums(inspection, "F17", [spec.key for spec in spec_of(inspection).sums])


@check("F18", HINT, "实际在职人员总数为33，超过核定人员编制数31")
def basic_limits_without_performance(inspection: Inspection) -> Iterator[Finding]:
    """没有填写绩效目标的单位，实有人员、公务用车一般也不超过编制数。"""
    if not is_blank_performance(inspection):
        raise Skipped(COVERED_BY_E)
    yield from _limits(inspection, "F18", [spec.key for spec in spec_of(inspection).sums])


@check("E41", FORCED, "绩效目标!G40 现为“≥5家”，按输入表应为“≥6家”")
def printed_forms_are_current(inspection: Inspection) -> Iterator[Finding]:
    """绩效目标表与基础信息、项目信息、绩效指标一致；输入表改动后应重新生成。"""
    forms = printed_forms(inspection)
    if not forms.made:
        raise Skipped(NOT_MADE, undecided=True)
    stale = list(_stale_forms(forms))
    if len(stale) > 1:
        first = stale[0].words
        told = say("{first}；另有{count}张表也要重新生成", f"{first.variant}_more", first=first, count=len(stale) - 1)
        stale = [structs.replace(stale[0], words=told)]
    yield from stale


def _stale_forms(forms: PrintedForms) -> Iterator[Finding]:
    """What of the forms on their sheet is not what the inputs give, a finding a form."""
    advice = add("请重新生成各表")
    for number, form in enumerate(forms.forms):
        subject = form.form.subject
        name = say("“{subject}”的绩效目标表", subject=subject) if subject else add("绩效目标表")
        if number in forms.reshaped:
            message = say(
                "{name}的行数与输入表不同，不是由现在的输入表生成的，{advice}", "reshaped", name=name, advice=advice
            )
            yield Finding("E41", FORCED, forms.sheet, forms.reshaped[number], message)
            continue
        stale = [m for m in forms.mismatches if m.form == number and not m.check]
        if stale:
            found, wanted = quote_difference(stale[0].found, stale[0].wanted)
            more = several([m.cell for m in stale])
            what = f"“{stale[0].label}”" if stale[0].label else ""
            message = say(
                "{name}{what}现为{found}，按输入表应为{wanted}{more}，{advice}",
                "stale",
                name=name,
                what=what,
                found=found,
                wanted=wanted,
                more=more,
                advice=advice,
            )
            yield Finding("E41", FORCED, forms.sheet, stale[0].cell, message)
    for at in forms.surplus:
        message = say("这张绩效目标表在项目信息中已没有对应的项目，{advice}", "surplus", advice=advice)
        yield Finding("E41", FORCED, forms.sheet, at, message)


@check("E42", HINT, "绩效目标表尚未生成")
def forms_are_made(inspection: Inspection) -> Iterator[Finding]:
    """填写了项目信息或绩效指标的，应生成绩效目标表。"""
    forms = printed_forms(inspection)
    if not forms.made and obstacle(inspection) == TABLES_NOT_MADE:
        raise Skipped(TABLES_NOT_MADE, undecided=True)
    if not forms.made:
        message = say("项目信息或绩效指标已填写，绩效目标表尚未生成，请重新生成各表")
        yield Finding("E42", HINT, forms.sheet, "", message)
