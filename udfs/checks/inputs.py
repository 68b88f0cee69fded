"""Family F, the input sheets: what is filled in can be used and is complete."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from udfs.audit import PLACEHOLDER
from udfs.base import (
    FORCED,
    HINT,
    AmountError,
    Finding,
    InputProblems,
    Problem,
    add,
    address,
    say,
    squeezed,
    to_decimal,
)
from udfs.checks.hygiene import error_cells, several
from udfs.checks.registry import Inspection, Skipped, check
from udfs.checks.views import column_of, field_rows, in_rows, ranges, slips_of
from udfs.ledgers import REVIEW, is_marked, mark_of_list
from udfs.narrative import figures_of
from udfs.performance import sources_of
from workbook_templates.reading import BASIC, PROJECTS

#: What read_unit reads, whose faults are among the problems of the workbook.
_READ_WITH_UNIT = ("basic", "units")

#: So many of the values that share a fault are quoted.
_QUOTED = 3

#: A field's label without what leads it in and without its unit of measure.
_LABEL = re.compile(r"^(其中:|其中：)?(.*?)(（[^（）]*元）)?$")


def _problem_findings(number: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    """One finding for all problems of one kind in a column, or in one row: the first one's cell, and how many."""
    columns: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        columns.setdefault((problem.sheet, problem.heading, problem.message), []).append(problem)
    groups: dict[tuple[str, str, tuple[int, ...]], list[Problem]] = {}
    for (sheet, _, message), same in columns.items():
        rows = tuple(problem.row for problem in same)
        groups.setdefault((sheet, message, rows if all(rows) else (id(same),)), []).extend(same)
    for (sheet, message, _), same in groups.items():
        heading = "”“".join(dict.fromkeys(problem.heading for problem in same if problem.heading))
        found = "”“".join(list(dict.fromkeys(problem.found for problem in same if problem.found))[:_QUOTED])
        at = address(same[0].row, same[0].column or 1) if same[0].row else ""
        lead = f"“{heading}”：" if heading else ""
        value = say("填的是“{found}”，", found=found) if found else ""
        apart = len({problem.heading for problem in same}) > 1
        cells = [address(problem.row, problem.column or 1) for problem in same if problem.row]
        where = several(cells) if apart else in_rows([problem.row for problem in same])
        words = say(
            "{lead}{value}{message}{where}",
            lead=lead,
            value=value,
            message=add("{message}", message=message),
            where=where,
        )
        yield Finding(number, FORCED, sheet, at, words)


@check("F01", FORCED, "预算明细!E8 支出类别“基本支岀”不是规定的取值")
def inputs_usable(inspection: Inspection) -> Iterator[Finding]:
    """基础信息、预算明细和收入明细应能读取：工作表和表头齐全，编码、金额和各项取值符合填写要求。"""
    errors = {sheet: error_cells(inspection, sheet) for sheet in {p.sheet for p in inspection.problems}}
    empty = inspection.file.uncalculated
    problems = [
        p
        for p in inspection.problems
        if (p.row, p.column) not in errors[p.sheet] and (p.row, p.column) not in empty.get(p.sheet, ())
    ]
    yield from _problem_findings("F01", problems)


@check("F02", FORCED, "上年数据!B8 收入总计“约二千万”应填写数字")
def fields_usable(inspection: Inspection) -> Iterator[Finding]:
    """上年数据、项目信息、绩效指标和基础信息各清单中，数字应为数字，从下拉列表选择的内容应为规定的取值。"""
    views = [view for view in ranges(inspection) if view.part.key not in _READ_WITH_UNIT]
    yield from _problem_findings("F02", [problem for view in views for problem in view.problems])


@check("F03", HINT, "基础信息!B6 单位名称没有填写")
def required_fields_filled(inspection: Inspection) -> Iterator[Finding]:
    """带*的必填项应全部填写；各清单中已经开始填写的行，必填的列应填齐；不纳入绩效管理的项目只须填写名称。"""
    for view in ranges(inspection):
        sheet, part = view.sheet, view.part
        required = [field for field in part.fields if field.required]
        if part.kind == "fields":
            rows = field_rows(inspection, sheet, part) if required else {}
            for field in required:
                row = rows.get(squeezed(field.label))
                if row and not view.values.get(field.key):
                    at = address(row, part.column + 1)
                    yield Finding(
                        "F03", HINT, sheet, at, say("“{label}”没有填写，上报前必须填写", "field", label=field.label)
                    )
            continue
        # What other sheets hold of a project need not be typed.
        full = sources_of(inspection.reading).lists.get(PROJECTS) if part.key == PROJECTS else None
        records = view.records if full is None else full
        for field in required:
            blank = [int(record["row"]) for record in records if not record[field.key] and part.asks(field, record)]
            if blank:
                at = address(blank[0], column_of(inspection, sheet, part, field))
                yield Finding(
                    "F03",
                    HINT,
                    sheet,
                    at,
                    say("“{label}”没有填写{where}，请补填", "column", label=field.label, where=in_rows(blank)),
                )


@check("F15", FORCED, "项目信息!A9 项目“法律顾问聘请费用”重复填写")
def projects_listed_once(inspection: Inspection) -> Iterator[Finding]:
    """项目信息中同一单位的同一项目只应填写一行。"""
    view = next((view for view in ranges(inspection) if view.part.key == "projects"), None)
    if view is None:
        raise Skipped("工作簿没有项目信息", undecided=True)
    first: dict[tuple[str, str], str] = {}
    name = next(field for field in view.part.columns if field.key == "name")
    for record in view.records:
        key = (squeezed(record["name"]), squeezed(record["unit"]))
        if key[0] and key in first:
            at = address(int(record["row"]), column_of(inspection, view.sheet, view.part, name))
            message = say("项目“{name}”在第{row}行已经填写，请删除重复的一行", name=record["name"], row=first[key])
            yield Finding("F15", FORCED, view.sheet, at, message)
        first.setdefault(key, record["row"])


@check("F19", HINT, "基础信息!C17 单位职责沿用上年，还没有核对")
def carried_inputs_are_reviewed(inspection: Inspection) -> Iterator[Finding]:
    """由上年工作簿沿用的内容应逐项核对，核对后删去“沿用上年，请核对”的标记。"""
    for view in ranges(inspection):
        sheet, part = view.sheet, view.part
        grid = inspection.grids[sheet]
        if part.kind == "fields":
            rows = field_rows(inspection, sheet, part)
            column = part.column + 2
            marked = [f for f in part.fields if is_marked(grid, rows.get(squeezed(f.label), len(grid) + 1), column)]
            if marked:
                names = "、".join(f.label for f in marked[:5]) + ("等" if len(marked) > 5 else "")
                message = say(
                    "{names}{count}项沿用上年，请核对后删去右侧的“{mark}”",
                    "fields",
                    names=names,
                    count=len(marked),
                    mark=REVIEW,
                )
                at = address(rows[squeezed(marked[0].label)], column)
                yield Finding("F19", HINT, sheet, at, message)
            continue
        row, column = mark_of_list(part)
        # Right of the headings it stands elsewhere in workbooks of before, which have fewer columns.
        beside = range(1, len(grid[row - 1]) + 1) if row == part.row and row <= len(grid) else (column,)
        place = next(((row, at) for at in beside if is_marked(grid, row, at)), (row, column))
        if is_marked(grid, *place):
            message = say("“{title}”沿用上年，请核对后删去“{mark}”", "list", title=part.title, mark=REVIEW)
            yield Finding("F19", HINT, sheet, address(*place), message)


def _wan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-6)


def _printed_rows(inspection: Inspection) -> dict[str, Decimal]:
    """The largest amount in 万元 of every fixed row of the tables, by label."""
    amounts_fen = inspection.printed.places * inspection.printed.scale
    result: dict[str, Decimal] = {}
    for block in inspection.printed.blocks:
        for i, row in enumerate(block.rows):
            if row.level == 0 and row.texts and row.texts[0]:
                amounts = amounts_fen[block.cell(i, 0) : block.cell(i + 1, 0)]
                label = squeezed(row.texts[0])
                result[label] = max(result.get(label, Decimal(0)), _wan(int(amounts.max(initial=0))))
    return result


@check("F16", HINT, "上年数据!B8 收入总计 21939800.00，是今年的三万多倍，可能误以元填写")
def amounts_in_the_right_unit(inspection: Inspection) -> Iterator[Finding]:
    """以万元填写的项目，与各表中对应的金额（没有对应的，与收支总计）相差上千倍的，可能误以元填写；本年的采购等项目不应大于收支总计，大于十倍以上的必须改正。"""
    rows = _printed_rows(inspection)
    largest = _wan(int((inspection.printed.places * inspection.printed.scale).max(initial=0)))
    measure = "万元"
    if not largest:
        raise Skipped("各表没有金额，无法比较", undecided=True)
    for view in ranges(inspection):
        sheet, part = view.sheet, view.part
        amounts = [field for field in part.fields if field.type == "wanyuan"]
        if not amounts or part.kind != "fields":
            continue
        faulty = {problem.heading for problem in view.problems}
        at = field_rows(inspection, sheet, part)
        for field in amounts:
            if field.label in faulty or not view.values.get(field.key):
                continue
            value = Decimal(view.values[field.key])
            match = _LABEL.match(squeezed(field.label))
            label = match[2] if match else ""
            same = [amount for text, amount in rows.items() if label and text.endswith(label)]
            other = max(same, default=Decimal(0)) or largest
            this_year = part.key in _READ_WITH_UNIT
            too_large = value > largest if this_year else value >= 1000 * other and value > largest
            too_small = 0 < value * 1000 <= other and other == largest and bool(same)
            if not too_large and not too_small:
                continue
            slip = add("误以元填写") if too_large else add("各表误以元编制，或本项不是以{measure}填写", measure=measure)
            message = say(
                "“{label}”为{value}{measure}，{against}{other}{measure}，可能{slip}，请核对",
                label=field.label,
                value=f"{value:.2f}",
                measure=measure,
                against=add("各表对应的金额为" if same else "而全部收支只有"),
                other=f"{other:.2f}",
                slip=slip,
            )
            difference = f"{value - other:.2f}"
            place = address(at[squeezed(field.label)], part.column + 1)
            grade = FORCED if this_year and value > 10 * largest else HINT
            yield Finding("F16", grade, sheet, place, message, f"{value:.2f}", f"{other:.2f}", difference)


@check("F64", FORCED, "基础信息!B42 面向中小企业预留 12.00 万元，大于政府采购预算总额 10.61 万元")
def reserved_within_procurement(inspection: Inspection) -> Iterator[Finding]:
    """面向中小企业预留的政府采购预算不大于政府采购预算总额。"""
    reserved = _number(inspection.info.text("procurement_reserved"))
    whole = _number(inspection.info.text("procurement")) or _printed_procurement(inspection)
    if reserved is None or whole is None or reserved <= whole:
        return
    words = say(
        "面向中小企业预留{reserved}万元，大于政府采购预算总额{whole}万元，请核对改正",
        reserved=f"{reserved:.2f}",
        whole=f"{whole:.2f}",
    )
    place = _basic_place(inspection, "procurement_reserved")
    yield Finding("F64", FORCED, *place, words, f"{reserved:.2f}", f"{whole:.2f}", f"{reserved - whole:.2f}")


def _number(text: str) -> Decimal | None:
    try:
        return to_decimal(text) if text else None
    except AmountError:
        return None


def _printed_procurement(inspection: Inspection) -> Decimal | None:
    """The procurement that the narrative takes from a table of its own, where the edition has one."""
    if "procurement" not in inspection.edition.narrative.amounts:
        return None
    try:
        amounts = figures_of(inspection.reading)["a"]
    except InputProblems as found:
        raise Skipped(found.problems[0].message, undecided=True) from None
    return amounts.get("procurement") if isinstance(amounts, Mapping) else None


def _basic_place(inspection: Inspection, key: str) -> tuple[str, str]:
    """Sheet and cell of the value of a field of 基础信息."""
    sheet, part = inspection.edition.ranges()[BASIC]
    label = next(field.label for field in part.fields if field.key == key)
    row = field_rows(inspection, sheet.name, part).get(squeezed(label))
    return sheet.name, address(row, part.column + 1) if row else ""


#: A budget is published within so many days of its approval.
DAYS = 20
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


@check("F65", HINT, "基础信息!B55 2025年2月1日批复，3月5日公开，晚了12天")
def published_in_time(inspection: Inspection) -> Iterator[Finding]:
    """填写了预算批复日期和公开日期的，公开日期在批复后二十日以内，不早于批复。"""
    approved, published = (_day(inspection.info.text(key)) for key in ("approved_on", "published_on"))
    if approved is None or published is None:
        return
    between = (published - approved).days
    if between < 0:
        words = say("公开日期早于预算批复日期，请核对", "early")
    elif between > DAYS:
        words = say(
            "批复后{between}天才公开，超过规定的{days}日，请核对日期，确已超过的写明原因",
            "late",
            between=between,
            days=DAYS,
        )
    else:
        return
    yield Finding("F65", HINT, *_basic_place(inspection, "published_on"), words)


def _day(text: str) -> date | None:
    if match := _DAY.fullmatch(text):
        with contextlib.suppress(ValueError):  # a day that is none: told where the field is read
            return date(int(match[1]), int(match[2]), int(match[3]))
    return None


@check("F69", FORCED, "基础信息!B17 单位职责写有“XX”")
def no_placeholder_is_published(inspection: Inspection) -> Iterator[Finding]:
    """基础信息、项目信息、绩效指标中随文件公开的文字，没有占位符和没有填写的空位；写进情况说明的由D12核对。"""
    for view in ranges(inspection):
        sheet, part = view.sheet, view.part
        rows = field_rows(inspection, sheet, part) if part.kind == "fields" else {}
        for field in part.fields:
            if field.type not in ("text", "long") or field.key.startswith(_NARRATED):
                continue
            found = [
                (record, slip)
                for record in view.records
                for slip in slips_of(record.get(field.key, ""))
                if slip.kind == PLACEHOLDER
            ]
            if not found:
                continue
            at = rows.get(squeezed(field.label)) if part.kind == "fields" else int(found[0][0]["row"])
            column = part.column + 1 if part.kind == "fields" else column_of(inspection, sheet, part, field)
            text = found[0][0][field.key]
            words = say(
                "“{label}”中的{message}{where}",
                label=field.label,
                message=add("{message}", message=found[0][1].message),
                where=in_rows(sorted({int(one["row"]) for one, _ in found})) if part.kind == "list" else "",
            )
            yield Finding("F69", FORCED, sheet, address(at, column) if at and text else "", words)


#: Fields of 基础信息 that the text of 情况说明 takes over.
_NARRATED = ("reason_", "purchased_services", "service_catalogue", "other_notes")
