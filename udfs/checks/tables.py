"""Family F, the tables: what stands in their cells, their headings and lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from udfs.base import (
    FORCED,
    HINT,
    Finding,
    Suspect,
    Words,
    add,
    address,
    cell,
    cell_of,
    half_up,
    plain,
    printed,
    say,
    squeezed,
)
from udfs.checks.hygiene import error_cells, several, shown
from udfs.checks.registry import Inspection, Skipped, check, once
from udfs.reconciliation import FAILED
from udfs.tables import NOT_RECOGNISED, displaced, heading_grid
from workbook_templates.reading import Form

_YEAR = re.compile(r"\d{4}")
_NO_YEAR = "0000"

#: How many times larger an amount is in 元 than in 万元.
_TIMES = 10_000


class PlacedForm(Struct, frozen=True):
    """A table and where it lies: its sheet, first row and first column (from 1)."""

    form: Form
    sheet: str
    top: int
    left: int


def _tables(inspection: Inspection) -> Iterator[PlacedForm]:
    """The tables whose sheets the workbook has."""
    for form in inspection.edition.forms:
        sheet, top, left = form.place(inspection.names)
        if sheet in inspection.grids:
            yield PlacedForm(form, sheet, top, left)


def _oddities(inspection: Inspection, kind: str) -> dict[str, list[tuple[str, str]]]:
    """Cells with a kind of oddity and what was found there, by sheet."""
    result: dict[str, list[tuple[str, str]]] = {}
    for oddity in inspection.printed.oddities:
        if oddity.kind == kind and oddity.sheet in inspection.grids:
            result.setdefault(oddity.sheet, []).append((oddity.cell, oddity.found))
    return result


def gathered(number: str, grade: str, faults: Iterable[tuple[str, str, Words]], advice: str) -> Iterator[Finding]:
    """One finding for every fault, however many cells of however many tables have it.

    `faults`: sheet, cell and what is wrong.
    """
    groups: dict[Words, list[tuple[str, str]]] = {}
    for sheet, at, wrong in faults:
        groups.setdefault(wrong, []).append((sheet, at))
    for wrong, cells in groups.items():
        where = several([f"{sheet}!{at}" for sheet, at in cells])
        yield Finding(number, grade, *cells[0], _with_advice(wrong, where, advice))


def _with_advice(wrong: Words, where: Words | str, advice: str) -> Words:
    told = add("{advice}", advice=advice)
    return say("{wrong}{where}，{advice}", wrong.variant, wrong=wrong, where=where, advice=told)


def _odd_cells(
    inspection: Inspection, number: str, grade: str, kind: str, wrong: str, advice: str
) -> Iterator[Finding]:
    """One finding a sheet for all cells with a kind of oddity; in `wrong`, {found} is what the first one holds."""
    for sheet, cells in _oddities(inspection, kind).items():
        where = several([at for at, _ in cells])
        message = _with_advice(say(wrong, kind, found=cells[0][1]), where, advice)
        yield Finding(number, grade, sheet, cells[0][0], message, cells[0][1])


@check("F21", FORCED, "表三!C8 应为数字，现为“见说明”")
def amounts_are_possible_numbers(inspection: Inspection) -> Iterator[Finding]:
    """各表的金额单元格只应填数字，没有金额的留空；大得不可能是预算数的数字按空白处理；数字不应以日期或时间的格式显示。"""
    dated = "数字的格式是日期或时间，看到的是“{found}”"
    yield from _odd_cells(inspection, "F21", FORCED, "dated", dated, "请选中后把单元格格式改为“数值”")
    yield from _odd_cells(inspection, "F21", FORCED, "too_large", "数字“{found}”过大，不可能是预算数", "请核对后改填")
    yield from _odd_cells(inspection, "F21", FORCED, "text", "应为数字，现为“{found}”", "请改填数字，没有金额的清空")


@check("F22", FORCED, "表三!C8 的“327.37”是文本")
def amounts_are_numbers(inspection: Inspection) -> Iterator[Finding]:
    """各表的金额应以数字存储；以文本存储的数字不参加求和，程序也按空白处理。"""
    yield from _odd_cells(inspection, "F22", FORCED, "number_as_text", "数字“{found}”以文本存储", "请转换为数字")


@check("F23", FORCED, "表三!C8 为 #REF!")
def amounts_are_no_errors(inspection: Inspection) -> Iterator[Finding]:
    """各表中不应有 #REF!、#N/A 等错误值。"""
    for place in _tables(inspection):
        right = place.left + place.form.width - 1
        found = {at: v for at, v in error_cells(inspection, place.sheet).items() if place.left <= at[1] <= right}
        if found:
            cells = sorted(found)
            message = say(
                "单元格为错误值 {found}{where}，请重新生成各表或改填数字",
                found=found[cells[0]],
                where=several([address(*at) for at in cells]),
            )
            yield Finding("F23", FORCED, place.sheet, address(*cells[0]), message)


@check("F24", HINT, "表三!C8 显示 327.37，实为 327.3654")
def amounts_have_two_decimals(inspection: Inspection) -> Iterator[Finding]:
    """各表的金额应四舍五入到两位小数：只是显示两位而实际更多的，看到的数相加会与合计不符。

    各勾稽关系按四舍五入后的数核对，所以这里只提示，不强制。
    """
    advice = "请四舍五入到两位小数后再填"
    yield from _odd_cells(inspection, "F24", HINT, "more_decimals", "金额 {found} 多于两位小数", advice)


@check("F25", FORCED, "表一!A9 应为“五、单位资金”")
def official_rows_stand(inspection: Inspection) -> Iterator[Finding]:
    """各表规定的固定行应齐全，文字与规定一致。"""
    for sheet, cells in _oddities(inspection, "missing_row").items():
        at, label = cells[0]
        found = shown(cell(inspection.grids[sheet], *cell_of(at)))
        where = several([where for where, _ in cells])
        yield Finding(
            "F25",
            FORCED,
            sheet,
            at,
            say(
                "此处应为“{label}”这一行，现为{found}{where}，请按规定的格式恢复", label=label, found=found, where=where
            ),
        )


@check("F38", HINT, "表七!A6 导入的文件中没有识别到本表")
def every_table_is_there(inspection: Inspection) -> Iterator[Finding]:
    """导入时没有识别到的表应当补填；补填之前，涉及它的关系都无法核对。"""
    for place in _tables(inspection):
        if inspection.printed.absent.get(place.form.code) == NOT_RECOGNISED.format(place.form.sheet):
            at = address(place.top + place.form.first_body_row - 1, place.left)
            yield Finding("F38", HINT, place.sheet, at, say("导入的文件中没有识别到本表，请补填，并删除这一行"))


def _headings(inspection: Inspection, place: PlacedForm) -> list[tuple[tuple[int, int], str, str]]:
    """Title and heading cells of a table: cell, what should stand there, what stands there."""
    return once(inspection, f"_headings {place.form.code}", lambda: list(_heading_cells(inspection, place)))


def _heading_cells(inspection: Inspection, place: PlacedForm) -> Iterator[tuple[tuple[int, int], str, str]]:
    grid = inspection.grids[place.sheet]
    year = inspection.info.year or str(inspection.edition.year)
    for number, line in enumerate(
        heading_grid(place.form, inspection.edition, "", year, inspection.info.text("document"))
    ):
        if number == 1:
            continue  # the line of the unit and of the unit of measure
        for column, text in enumerate(line):
            at = (place.top + number, place.left + column)
            yield at, plain(text), plain(cell(grid, *at))


def _fits(wanted: str, found: str) -> bool:
    """Whether they are alike but for years."""
    return found == wanted or _YEAR.sub(_NO_YEAR, squeezed(found)) == _YEAR.sub(_NO_YEAR, squeezed(wanted))


@check("F26", FORCED, "表三!C4 表头应为“基本支出”")
def headings_are_official(inspection: Inspection) -> Iterator[Finding]:
    """各表的标题和表头应与规定的格式一致（年份另行核对）。"""
    for place in _tables(inspection):
        wrong = [(at, w, f) for at, w, f in _headings(inspection, place) if not _fits(w, f)]
        if wrong:
            at, wanted, found = wrong[0]
            grid = inspection.grids[place.sheet]
            if moved := displaced(place.form, inspection.edition, grid, place.top, place.left):
                message = say(
                    "{sheet}{moved}，请恢复规定的格式，或重新生成各表", "moved", sheet=place.sheet, moved=moved
                )
                yield Finding("F26", FORCED, place.sheet, address(*at), message)
                continue
            word = "标题" if at[0] == place.top else "表头"
            should = f"“{wanted}”" if wanted else "空白"
            where = several([address(*w[0]) for w in wrong])
            message = say(
                "{word}应为{should}，现为{found}{where}，请恢复规定的{word}",
                word=word,
                should=should,
                found=shown(found),
                where=where,
            )
            yield Finding("F26", FORCED, place.sheet, address(*at), message)


@check("F27", FORCED, "表三!A1 的年份为 2023，预算年度为 2024")
def headings_name_the_year(inspection: Inspection) -> Iterator[Finding]:
    """各表标题和表头中的年份应为基础信息的预算年度。"""
    year = inspection.info.year
    if not year:
        raise Skipped("基础信息没有填写预算年度", undecided=True)
    faults = []
    for place in _tables(inspection):
        for at, wanted, found in _headings(inspection, place):
            years = [(y, own) for y, own in zip(_YEAR.findall(found), _YEAR.findall(wanted), strict=False) if y != own]
            if years and _fits(wanted, found):
                message, own = say("年份为{found}，预算年度为{year}", found=years[0][0], year=year), years[0][1]
                if own != year:
                    message = say("年份为{found}，应为上年{own}", "last", found=years[0][0], own=own)
                faults.append((place.sheet, address(*at), message))
    yield from gathered("F27", FORCED, faults, "请重新生成各表，或更正预算年度")


@check("F63", FORCED, "表五!H5 增减%应为8.34，现为99.50")
def changes_are_those_of_their_columns(inspection: Inspection) -> Iterator[Finding]:
    """增减额、增减比例应与本表所比较的两栏相符；上年为零的，不核对比例。"""
    tables = inspection.printed
    for block in tables.blocks:
        at = {column.key: n for n, column in enumerate(block.block.columns)}
        changes = [(n, column) for n, column in enumerate(block.block.columns) if column.change]
        for row, (n, column) in itertools.product(range(len(block.rows)), changes):
            own = block.cell(row, n)
            before, after = (int(tables.places[block.cell(row, at[key])]) for key in column.change)
            if not tables.filled[own] or (column.percent and not before):
                continue
            low, high = _change(before, after, percent=column.percent)
            found = int(tables.places[own])
            if not low <= found <= high:
                share, _ = _change(before, after, percent=column.percent, slack=0)
                message = say(
                    "{column}应为{wanted}，现为{found}，请核对改正",
                    column=column.key,
                    wanted=f"{half_up(Decimal(share.numerator) / (100 * share.denominator)):.2f}",
                    found=f"{printed(found):.2f}",
                )
                yield Finding("F63", FORCED, *tables.address(own), message)


def _change(before: int, after: int, *, percent: bool, slack: int = 1) -> tuple[Fraction, Fraction]:
    """The least and the greatest change, in hundredths, of two amounts that were rounded by half a place at most."""
    half = Fraction(slack, 2)
    pairs = [(before + b, after + a) for b in (-half, half) for a in (-half, half)]
    changes = [(a - b) * 10_000 / abs(b) if percent else a - b for b, a in pairs if b or not percent]
    return min(changes) - half, max(changes) + half


@check("F28", FORCED, "表三!E2 应为“单位：万元”，现为“单位：元”")
def measure_is_official(inspection: Inspection) -> Iterator[Finding]:
    """各表注明的金额单位应为规定的单位；表中金额也应以它为单位。"""
    faults = []
    for place in _tables(inspection):
        if place.form.code in inspection.printed.absent:
            continue
        wanted = inspection.edition.measure_of(place.form)
        at = (place.top + 1, place.left + place.form.width - 1)
        found = cell(inspection.grids[place.sheet], *at)
        if squeezed(found) != squeezed(wanted):
            faults.append(
                (place.sheet, address(*at), say("应为“{wanted}”，现为{found}", wanted=wanted, found=shown(found)))
            )
    yield from gathered("F28", FORCED, faults, "请核对本表金额的单位后更正")


@check("F29", HINT, "表三!A2 应为“单位名称：示例市商务局”")
def unit_name_is_own(inspection: Inspection) -> Iterator[Finding]:
    """各表的单位名称应与基础信息一致。"""
    unit = inspection.info.own.name
    if not unit:
        raise Skipped("基础信息没有填写单位名称", undecided=True)
    wanted = inspection.edition.unit_name_line.format(unit=unit)
    faults = []
    for place in _tables(inspection):
        if place.form.code in inspection.printed.absent:
            continue
        at = (place.top + 1, place.left)
        found = cell(inspection.grids[place.sheet], *at)
        if squeezed(found) != squeezed(wanted):
            faults.append(
                (place.sheet, address(*at), say("应为“{wanted}”，现为{found}", wanted=wanted, found=shown(found)))
            )
    yield from gathered("F29", HINT, faults, "请重新生成各表，或更正基础信息的单位名称")


@check("F30", HINT, "表七没有数据，表下应注明“注：本表无数据”")
def empty_tables_say_so(inspection: Inspection) -> Iterator[Finding]:
    """没有数据的表应在表下注明，有数据的表不应有这一注明。"""
    filled = inspection.printed.filled
    if not filled.any() and not inspection.filled_in:
        raise Skipped("各表还没有数据", undecided=True)
    year, document = inspection.info.year or str(inspection.edition.year), inspection.info.text("document")
    for place in _tables(inspection):
        if place.form.code in inspection.printed.absent:
            continue
        official = inspection.edition.note_of(place.form, year, document)
        note = squeezed(official)
        grid = inspection.grids[place.sheet]
        blocks = [block for block in inspection.printed.blocks if block.form is place.form]
        has_data = any(filled[block.first : block.first + block.size()].any() for block in blocks)
        body = place.top + place.form.first_body_row - 1
        noted = [row for row in range(body, len(grid) + 1) if squeezed(cell(grid, row, place.left)) == note]
        if noted and has_data:
            message = say("本表有数据，请删除“{official}”，或重新生成各表", "data", official=official)
            yield Finding("F30", HINT, place.sheet, address(noted[0], place.left), message)
        elif not noted and not has_data:
            last = max((row.row for block in blocks for row in block.rows), default=body - 1)
            message = say("本表没有数据，请在表下注明“{official}”，或重新生成各表", "no_data", official=official)
            yield Finding("F30", HINT, place.sheet, address(last + 1, place.left), message)


@check("F37", FORCED, "表三!C5 为 6959600.00，是表一对应金额 695.96 的一万倍")
def amounts_in_the_measure(inspection: Inspection) -> Iterator[Finding]:
    """同一金额在两处印出时，一处恰为另一处的一万倍的，是误以元填写。"""
    places = inspection.printed.places
    told: set[int] = set()
    for outcome in inspection.evaluation.outcomes:
        relation = outcome.relation
        if outcome.status != FAILED or relation.declaration.kind != "identity":
            continue
        if len(relation.left) != 1 or len(relation.right) != 1:
            continue
        small, large = sorted((relation.left[0], relation.right[0]), key=lambda index: abs(int(places[index])))
        less, more = int(places[small]), int(places[large])
        # A whole amount in yuan rounds to its print; below one unit of measure only an exact multiple tells.
        slack = _TIMES // 2 if abs(less) >= 100 else 0
        if not less or abs(more - less * _TIMES) > slack or large in told:
            continue
        told.add(large)
        sheet, at = inspection.printed.address(large)
        other = inspection.printed.address(small)
        left, right = f"{printed(more):.2f}", f"{printed(less):.2f}"
        measure = inspection.printed.block_of(large).form.measure
        # In a table of yuan it is the smaller figure that is out of place.
        slip = "误以元填写" if measure == "万元" else "其中一处误以万元填写"
        message = say(
            "金额是{sheet}!{at}（{right}）的一万倍，可能{slip}，请改为以{measure}为单位",
            sheet=other[0],
            at=other[1],
            right=right,
            slip=add("{slip}", slip=slip),
            measure=measure,
        )
        suspect = Suspect(sheet, at, left, right, slip)
        yield Finding("F37", FORCED, sheet, at, message, left, right, f"{printed(more - less):.2f}", (suspect,))
