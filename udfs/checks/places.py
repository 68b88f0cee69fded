"""Family F, order and place: rows in the official order, each table once and on its sheet, nothing beside it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from udfs.audit import SECRET, unexplained
from udfs.base import (
    FORCED,
    HINT,
    NOTE,
    Finding,
    InputProblems,
    add,
    address,
    cell,
    cell_of,
    cover_head,
    plain,
    say,
    squeezed,
)
from udfs.checks.hygiene import several
from udfs.checks.performance_view import field_place
from udfs.checks.registry import Inspection, check
from udfs.checks.views import ledgers
from udfs.ledgers import code_key, name_key
from udfs.narrative import TextRow, texts_of
from workbook_templates.defined_names import COVER_TITLE, COVER_UNIT, GLOSSARY, NO_UNIT

#: Text that speaks of money: 999.99, 12万元.
_MONEY = re.compile(r"\d\.\d|\d\s*[万亿]?元")
_YEAR = re.compile(r"\d{4}(?=年)")
_NAMES = "YS_"


@check("F58", FORCED, "表一!C8 “二、外交支出”应排在“一、一般公共服务支出”之后")
def rows_are_in_order(inspection: Inspection) -> Iterator[Finding]:
    """各表规定的固定行应按规定的行次排列，金额跟着错行的，公开后与规定的格式不一致。"""
    for block in inspection.printed.blocks:
        ranks = {fixed.key: line for line, fixed in block.block.fixed_lines()}
        rows = [row for row in block.rows if row.path in ranks]
        for before, row in itertools.pairwise(rows):
            if ranks[row.path] < ranks[before.path]:
                at = address(row.row, block.left + block.block.first_column - 1)
                names = [next((text for text in one.texts if text), one.path) for one in (row, before)]
                words = say(
                    "“{one}”应排在“{other}”之前，请按规定的行次恢复，或重新生成各表", one=names[0], other=names[1]
                )
                yield Finding("F58", FORCED, block.form.sheet, at, words)
                break


def _is_figure(value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    return isinstance(value, str) and _MONEY.search(value) is not None


@check("F59", HINT, "表三!I9 表外有“999.99”")
def nothing_stands_beside_a_table(inspection: Inspection) -> Iterator[Finding]:
    """各表的右边和下面不应另写金额：不属于本表，不会被读取和核对，却会随表公开。"""
    edition = inspection.edition
    areas: dict[str, list[tuple[int, int]]] = {}
    for form in edition.forms:
        sheet, _, left = form.place(inspection.names)
        areas.setdefault(sheet, []).append((left, left + form.width - 1))
    ends = dict.fromkeys(areas, 0)
    for block in inspection.printed.blocks:
        ends[block.form.sheet] = max([ends.get(block.form.sheet, 0), *(row.row for row in block.rows)])
    for sheet, columns in areas.items():
        found = []
        inside = {column for first, last in columns for column in range(first, last + 1)}
        for number, line in enumerate(inspection.grids.get(sheet, []), 1):
            below = number > ends[sheet] > 0
            for column, value in enumerate(line, 1):
                # Numbers below a table are another check's.
                if (column not in inside or (below and isinstance(value, str))) and _is_figure(value):
                    found.append(address(number, column))
        if found:
            shown = plain(cell(inspection.grids[sheet], *cell_of(found[0])))[:30]
            words = say("表外写有“{shown}”{where}，没有读取和核对，请删除", shown=shown, where=several(found))
            yield Finding("F59", HINT, sheet, found[0], words)


@check("F60", HINT, "表八!A20 又有一张“政府性基金预算收入表”")
def each_table_stands_once(inspection: Inspection) -> Iterator[Finding]:
    """每张表只应有一份，在自己的工作表上；另有一份的，公开和核对的可能不是同一份。"""
    places = {}
    for form in inspection.edition.forms:
        sheet, top, left = form.place(inspection.names)
        title = _without_year(inspection.edition.worded(form.title, "0000", inspection.info.text("document")))
        places[title] = (form, (sheet, top, left))
    tops = {place for _, place in places.values()}
    own = {area[0] for name, area in inspection.names.items() if name.startswith(_NAMES)}
    for sheet, grid in inspection.grids.items():
        if sheet in own and sheet not in {place[0] for place in tops}:
            continue
        for number, line in enumerate(grid, 1):
            for column, value in enumerate(line, 1):
                if not isinstance(value, str) or "表" not in value or (sheet, number, column) in tops:
                    continue
                twin = places.get(_without_year(value))
                if twin and twin[0].sheet in inspection.grids:  # else it is the table itself, on a renamed sheet
                    words = say("这里又有一张{table}，请只保留一张", table=twin[0].sheet)
                    yield Finding("F60", HINT, sheet, address(number, column), words)


def _without_year(value: Any) -> str:
    return _YEAR.sub("", squeezed(value))


@check("F61", HINT, "封面!A1 应为“示例市商务局”，现为“某局”")
def the_cover_names_the_unit(inspection: Inspection) -> Iterator[Finding]:
    """封面的单位名称和标题、名词解释的用语应与基础信息一致。"""
    info = inspection.info
    if not info.own.name or not info.year:
        return
    wanted = cover_head(inspection.names, info.own.name, info.year, info.text("document"), "")
    named = {inspection.names[name][:3] for name in (COVER_UNIT, COVER_TITLE) if name in inspection.names}
    for block in wanted:
        found = cell(inspection.grids.get(block.sheet, []), block.row, block.column)
        if (block.sheet, block.row, block.column) not in named or plain(found) in ("", NO_UNIT):
            continue
        right = plain(block.cells[0][0])
        if squeezed(found) != squeezed(right):
            words = say("应为“{right}”，现为“{found}”，请重新生成各表，或更正基础信息", right=right, found=plain(found))
            yield Finding("F61", HINT, block.sheet, address(block.row, block.column), words)
    yield from _words_of_another_level(inspection)


def _words_of_another_level(inspection: Inspection) -> Iterator[Finding]:
    """The first term that is explained as the program explains it to units of another level of government."""
    edition, level = inspection.edition, inspection.info.text("level")
    if not level or GLOSSARY not in inspection.names:
        return
    sheet, top, column, last, _ = inspection.names[GLOSSARY]
    own = {squeezed(text) for _, text in edition.glossary(level)}
    levels = sorted({name for by_level in edition.words.values() for name in by_level})
    others = {squeezed(text): name for name in levels for _, text in edition.glossary(name)}
    for row in range(top, last + 1):
        text = squeezed(cell(inspection.grids.get(sheet, []), row, column + 1))
        if text in others and text not in own:
            words = say(
                "用语是{other}的，政府级次为{level}，请重新生成各表，或更正基础信息",
                "level",
                other=others[text],
                level=level,
            )
            yield Finding("F61", HINT, sheet, address(row, column + 1), words)
            return


@check("F62", HINT, "基础信息!E5 所属单位清单中没有本单位 901001")
def the_own_unit_is_listed(inspection: Inspection) -> Iterator[Finding]:
    """单位公开的工作簿，填了所属单位清单的，清单中应有本单位，编码一致。"""
    info = inspection.info
    if info.text("document") != "单位" or not info.own.code:
        return
    listed = {code_key(unit.code) for unit in info.units if unit.code}
    # The office of a department that goes by the department's code: its own line has the longer one.
    office = {code_key(u.code) for u in info.units if name_key(u.name) == name_key(info.own.name)}
    own = code_key(info.own.code)
    if listed and own not in listed and not any(code.startswith(own) for code in office):
        sheet, _ = inspection.edition.ranges()["units"]
        words = say("所属单位清单中没有本单位{code}，请核对单位编码，或清空清单", code=info.own.code)
        yield Finding("F62", HINT, sheet.name, "", words)


@check("F66", HINT, "情况说明写有“机关运行经费”，名词解释中没有")
def terms_are_explained(inspection: Inspection) -> Iterator[Finding]:
    """情况说明用到的主要名词，名词解释中都有。"""
    edition = inspection.edition
    try:
        texts = texts_of(inspection.reading)
    except InputProblems:
        return  # told by the checks of the text
    own = [row for row in texts if edition.narrative.sections[row.number - 1 :][:1] and not _is_glossary(row)]
    sheet, top, left, last, _ = inspection.names.get(GLOSSARY, ("", 1, 1, 0, 1))
    grid = inspection.grids.get(sheet, [])
    written = "、".join(plain(cell(grid, row, left)) for row in range(top, max(last, len(grid)) + 1))
    written += "".join(row.text for row in texts if _is_glossary(row))
    if not squeezed(written):
        return  # the document takes those of the edition
    more = [term.term for term in edition.terms] if edition.narrative.generated else []
    missing = unexplained("".join(row.text for row in own), written, more)
    if missing:
        names = "、".join(f"“{name}”" for name in missing)
        words = say("情况说明用到{names}，名词解释中没有，请补充，或重新生成各表", names=names)
        yield Finding("F66", HINT, sheet, address(top, left) if sheet else "", words)


def _is_glossary(row: TextRow) -> bool:
    return "名词解释" in squeezed(row.heading)


#: What a remark says of a project that must not be published; 购置涉密计算机 and 不公开招标 say something else.
_SECRET = re.compile(
    r"(?:^|[，。；、：（(【\[])(?:[本该此])?(?:项目|资金|支出|经费)?(?:属于?|为|系|是|因)?(?:国家)?(?:涉密|绝密|机密|秘密)"
    r"(?=级|项目|资金|支出|内容|事项|[，。；、）)】\]不]|$)"
    r"|(?<!目标)(?<!目标表)不(?:予|宜|得|对外)?公开(?!招标|采购|竞|比?选|遴选|征集)"
)


@check("F67", FORCED, "预算明细!P27 备注写明“涉密”，项目“某专项”列在表十二")
def what_is_secret_is_nowhere(inspection: Inspection) -> Iterator[Finding]:
    """涉密和不公开的项目不列入本工作簿：不在各表、情况说明和绩效目标表中出现，也不计入合计。"""
    told: set[str] = set()
    for view in ledgers(inspection) if inspection.filled_in else ():
        lines = zip(view.ledger.rows.tolist(), view.ledger.texts("remark"), view.ledger.texts("project"), strict=True)
        for row, remark, name in lines:
            mark = _SECRET.search(remark) or SECRET.search(name)
            if mark and (not name or name not in told):
                told.add(name)
                key = "remark" if mark.string is remark else "project"
                yield _secret(inspection, view.sheet, view.cell(row, key), name, mark[0])
    for block in inspection.printed.blocks:
        for line in block.rows:
            marked = next((found for text in line.texts if (found := SECRET.search(text))), None)
            if marked is not None and marked.string not in told:
                told.add(marked.string)
                at = address(line.row, block.left + block.block.first_column - 1)
                yield _secret(inspection, block.form.sheet, at, marked.string, marked[0])


def _secret(inspection: Inspection, sheet: str, at: str, name: str, mark: str) -> Finding:
    """A project that must not be published, with the sheets of the document that name it."""
    edition = inspection.edition
    shown = [form.sheet for form in edition.forms] + [edition.narrative.sheet.name]
    shown += [edition.performance.sheet] if edition.performance else []
    seen = [s for s in dict.fromkeys(shown) if name and _names(inspection.grids.get(s, []), name)]
    words = say(
        "{what}标明“{mark}”，涉密和不公开的项目不能公开，也不计入合计{seen}，请从本工作簿中删去，重新生成各表",
        what=add("项目“{name}”", name=name) if name else add("这一行"),
        mark=mark.strip("（()）【】[]，。；、："),
        seen=add("，现在列在{sheets}中", sheets="、".join(seen)) if seen else "",
    )
    return Finding("F67", FORCED, sheet, at, words)


def _names(grid: Sequence[Sequence[Any]], name: str) -> bool:
    wanted = squeezed(name)
    return any(isinstance(value, str) and wanted in squeezed(value) for line in grid for value in line)


@check("F68", NOTE, "基础信息!B13 主管部门代码为039，单位编码为038001")
def the_units_code_begins_with_the_departments(inspection: Inspection) -> Iterator[Finding]:
    """单位编码以主管部门代码开头。"""
    info = inspection.info
    superior, own = info.text("superior_code"), info.own.code
    if superior.isdecimal() and own.isdecimal() and not code_key(own).startswith(code_key(superior)):
        _, basic = inspection.edition.ranges()["basic"]
        label = next(f.label for f in basic.fields if f.key == "superior_code")
        words = say("单位编码{own}不以主管部门代码{superior}开头，请核对是哪一个有误", own=own, superior=superior)
        yield Finding("F68", NOTE, *field_place(inspection, "basic", label), words)
