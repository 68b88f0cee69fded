"""Family F, the file: hidden sheets and rows, links, macros, formulas and error values in a received workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from udfs.base import (
    FORCED,
    HINT,
    NOTE,
    Finding,
    Words,
    address,
    column_letters,
    is_blank,
    is_error,
    plain,
    say,
    squeezed,
)
from udfs.checks.registry import Inspection, check, once
from udfs.ledgers import find_heading
from workbook_templates.reading import LedgerSpec

#: Cells of a sheet, (row, column) from 1.
Cells = Iterable[tuple[int, int]]

#: Parts of a package that are no sheet, by a piece of their path, in the clerk's words.
_OTHER_PARTS = {
    "connections": "数据连接",
    "queryTables": "数据查询",
    "embeddings": "嵌入对象（OLE）",
    "activeX": "ActiveX 控件",
    "externalLinks": "DDE 链接",
    "model": "数据模型",
    "webextensions": "网页加载项",
}

#: Texts that a program would read as a formula if they were typed in: what they begin with, and what makes them one.
_SIGNS = "=+-@"
_MARKS = frozenset(_SIGNS + "#")
_LIKE_FORMULA = re.compile(r"=\S|@[A-Za-z]|[+-].*[A-Za-z0-9)\]'][(!|]")

#: A place by what stands before its number, the number, and what stands behind it.
_NUMBERED = re.compile(r"^(.*?)([0-9]+)([^0-9]*)$")

#: Defined names of the classifications begin so; their sheet is the program's and may be hidden.
_CODES_NAME = "YS_CODES_"


def error_cells(inspection: Inspection, sheet: str) -> dict[tuple[int, int], str]:
    """Error values of a sheet by cell, from the file door and from the values."""
    seen = inspection.file.errors.get(sheet, {})
    found = {at: str(text) for at, text in _marked_texts(inspection, sheet) if is_error(text)}
    return {**found, **seen}


def _marked_texts(inspection: Inspection, sheet: str) -> list[tuple[tuple[int, int], str]]:
    """The cells of a sheet whose text begins with a sign that may make it an error value or a formula."""

    def look() -> list[tuple[tuple[int, int], str]]:
        return [
            ((row, column), value)
            for row, line in enumerate(inspection.grids.get(sheet, ()), 1)
            for column, value in enumerate(line, 1)
            if isinstance(value, str) and value[:1] in _MARKS and value
        ]

    return once(inspection, f"_marked_texts {sheet}", look)


def ledger_columns(grid: Sequence[Sequence[Any]], spec: LedgerSpec) -> dict[str, int]:
    """Sheet column (from 1) of every column of a ledger that the sheet has, by key."""
    heading = find_heading(grid, spec)
    texts = [squeezed(value) for value in grid[heading]] if heading is not None else []
    return {c.key: texts.index(squeezed(c.heading)) + 1 for c in spec.columns if squeezed(c.heading) in texts}


def several(places: Sequence[str]) -> Words | str:
    """How many places share a fault, for the end of a sentence; empty for one."""
    if len(places) == 1:
        return ""
    runs = _runs(places)
    named = "、".join(runs[:5]) + ("等" if len(runs) > 5 else "")
    return say("（共{count}处：{named}）", count=len(places), named=named)


def _runs(places: Sequence[str]) -> list[str]:
    """Places one below the other as one: C5:C12, 第5—12行."""
    runs: list[tuple[str, int, int, str]] = []
    for place in places:
        match = _NUMBERED.match(place)
        before, number, after = (match[1], int(match[2]), match[3]) if match else (place, -1, "")
        if runs and number >= 0 and (runs[-1][0], runs[-1][3]) == (before, after) and runs[-1][2] == number - 1:
            runs[-1] = (before, runs[-1][1], number, after)
        else:
            runs.append((before, number, number, after))
    return [_run(*run) for run in runs]


def _run(before: str, first: int, last: int, after: str) -> str:
    if first < 0:
        return before
    if first == last:
        return f"{before}{first}{after}"
    between = "—" if after else f":{before.rpartition('!')[2]}"
    return f"{before}{first}{between}{last}{after}"


def _input_sheets(inspection: Inspection) -> list[str]:
    edition = inspection.edition
    names = [*(spec.sheet for spec in edition.ledgers), *(sheet.name for sheet in edition.input_sheets)]
    return [name for name in names if name in inspection.grids]


def _table_sheets(inspection: Inspection) -> list[str]:
    return [form.sheet for form in inspection.edition.forms if form.sheet in inspection.grids]


def _areas(inspection: Inspection) -> Iterator[tuple[str, int, int, int]]:
    """For every table its sheet, first body row, first and last column."""
    for form in inspection.edition.forms:
        sheet, top, left = form.place(inspection.names)
        yield sheet, top + form.first_body_row - 1, left, left + form.width - 1


@check("F41", HINT, "工作表“往年备份”被隐藏")
def no_hidden_sheets(inspection: Inspection) -> Iterator[Finding]:
    """上报的工作簿不应有隐藏的工作表，以免带出不该公开的内容；本程序自己的科目表除外。"""
    own = {area[0] for name, area in inspection.names.items() if name.startswith(_CODES_NAME)}
    for sheet in inspection.file.hidden_sheets:
        if sheet not in own:
            yield Finding(
                "F41", HINT, sheet, "", say("工作表“{sheet}”被隐藏，请取消隐藏并核对内容，不需要的请删除", sheet=sheet)
            )


@check("F42", HINT, "表三第 9 行被隐藏")
def no_hidden_rows_or_columns(inspection: Inspection) -> Iterator[Finding]:
    """各表和预算明细、收入明细中有内容的行、列不应隐藏，否则看到的分项与合计对不上。"""
    edition = inspection.edition
    columns = inspection.file.hidden_columns
    for sheet in [*_table_sheets(inspection), *(spec.sheet for spec in edition.ledgers)]:
        rows = inspection.file.hidden_rows.get(sheet, ())
        if rows:
            named = several([f"第{row}行" for row in rows])
            message = say(
                "{sheet}第{first}行被隐藏{named}，请取消隐藏或清除筛选后核对",
                "row",
                sheet=sheet,
                first=rows[0],
                named=named,
            )
            yield Finding("F42", HINT, sheet, address(rows[0], 1), message)
        if columns.get(sheet):
            letters = [column_letters(column) for column in columns[sheet]]
            named = several([f"{letter}列" for letter in letters])
            message = say(
                "{sheet}{first}列被隐藏{named}，请取消隐藏后核对", "column", sheet=sheet, first=letters[0], named=named
            )
            yield Finding("F42", HINT, sheet, f"{letters[0]}1", message)


@check("F43", HINT, "工作簿链接了 2 个外部文件")
def no_external_links(inspection: Inspection) -> Iterator[Finding]:
    """工作簿不应链接外部文件：收到的人打不开被链接的文件，金额还会随之变动。本工具自己的工作表函数不算外部文件。"""
    count = inspection.file.external_links
    if count:
        message = say("工作簿链接了{count}个外部文件，请在“数据—编辑链接”中断开链接，把金额粘贴为数值", count=count)
        yield Finding("F43", HINT, "", "", message)
    if inspection.file.own_functions:
        message = say(
            "工作簿用到本工具的工作表函数（YS_…），在没有装本工具的电脑上会显示为链接；定稿时自动转为数值，不必处理"
        )
        yield Finding("F43", NOTE, "", "", message)


@check("F44", FORCED, "上年数据!B8 为 #REF!")
def no_error_values_in_inputs(inspection: Inspection) -> Iterator[Finding]:
    """预算明细、收入明细和其他输入表中不应有 #REF!、#N/A 等错误值，程序会把它们当作空白。"""
    for sheet in _input_sheets(inspection):
        found = sorted(error_cells(inspection, sheet).items())
        if found:
            places = [address(*at) for at, _ in found]
            message = say(
                "单元格为错误值 {found}{where}，请填写正确的内容或清空", found=found[0][1], where=several(places)
            )
            yield Finding("F44", FORCED, sheet, places[0], message)


@check("F45", HINT, "工作簿含有宏")
def no_macros(inspection: Inspection) -> Iterator[Finding]:
    """上报的工作簿不应含有宏。"""
    if inspection.file.macros:
        yield Finding("F45", HINT, "", "", say("工作簿含有宏，请另存为“Excel 工作簿（.xlsx）”后再上报"))


@check("F46", HINT, "工作簿含有数据连接")
def no_connections_or_objects(inspection: Inspection) -> Iterator[Finding]:
    """上报的工作簿不应含有数据连接、数据查询、嵌入对象（OLE）、DDE 链接、ActiveX 控件等，以免自动更新或运行。"""
    kinds: dict[str, int] = {}
    for part in inspection.file.other_parts:
        kind = next((word for piece, word in _OTHER_PARTS.items() if piece.lower() in part.lower()), "其他部件")
        kinds[kind] = kinds.get(kind, 0) + 1
    for kind, count in kinds.items():
        yield Finding("F46", HINT, "", "", say("工作簿含有{kind}（{count}个），请删除后再上报", kind=kind, count=count))


@check("F47", HINT, "表三!C8 为公式")
def amounts_are_values(inspection: Inspection) -> Iterator[Finding]:
    """各表和明细的金额应为数值，不应为公式：公式会随别处改动而变，也可能引用收件人没有的内容。"""
    for sheet, top, left, right in _areas(inspection):
        cells = inspection.file.formulas.get(sheet, frozenset())
        yield from _formulas(sheet, ((r, c) for r, c in cells if r >= top and left <= c <= right))
    for spec in inspection.edition.ledgers:
        cells = inspection.file.formulas.get(spec.sheet, frozenset())
        if not cells:
            continue
        columns = ledger_columns(inspection.grids.get(spec.sheet, []), spec)
        money = {columns.get(column.key, 0) for column in spec.columns if column.money}
        yield from _formulas(spec.sheet, ((r, c) for r, c in _counted(inspection, spec.sheet, cells) if c in money))


def _counted(inspection: Inspection, sheet: str, cells: Cells) -> list[tuple[int, int]]:
    """The cells of a ledger without those of rows of totals and signatures, which are read over."""
    ledgers = inspection.content.ledgers if inspection.content is not None else ()
    rows = [set(ledger.rows.tolist()) for ledger in ledgers if ledger.spec.sheet == sheet]
    return [at for at in cells if not rows or at[0] in rows[0]]


def _formulas(sheet: str, cells: Cells) -> Iterator[Finding]:
    places = [address(*at) for at in sorted(cells)]
    if places:
        message = say("应为数值的单元格是公式{where}，请复制后选择性粘贴为数值", where=several(places))
        yield Finding("F47", HINT, sheet, places[0], message)


@check("F48", FORCED, "预算明细!M7 的公式没有计算结果")
def formulas_have_values(inspection: Inspection) -> Iterator[Finding]:
    """输入表和各表中的公式应有计算结果；没有经 Excel、WPS 计算保存的公式没有结果，程序会当作空白。"""
    facts = inspection.file
    for sheet in [*_input_sheets(inspection), *_table_sheets(inspection)]:
        cells = _counted(inspection, sheet, facts.uncalculated.get(sheet, frozenset()))
        places = [address(*at) for at in sorted(cells)]
        if places:
            message = say(
                "公式没有计算结果{where}，请用 Excel 或 WPS 打开，按 F9 计算并保存，或改填数值", where=several(places)
            )
            yield Finding("F48", FORCED, sheet, places[0], message)


@check("F50", HINT, "项目信息!A5 的文字以“=”开头，像是公式")
def texts_are_no_formulas(inspection: Inspection) -> Iterator[Finding]:
    """输入表和各表的文字不应写成公式的样子（以“=”“@”开头，或以“+”“-”开头并带有函数、引用），以免在别处打开或导出后被当作公式运行。"""
    for sheet in [*_input_sheets(inspection), *_table_sheets(inspection)]:
        texts = _marked_texts(inspection, sheet)
        places = [address(*at) for at, text in texts if text[0] in _SIGNS and _LIKE_FORMULA.match(text)]
        if places:
            message = say("文字像是公式{where}，请改为普通文字或数值", where=several(places))
            yield Finding("F50", HINT, sheet, places[0], message)


@check("F57", FORCED, "表三!C10：单元格格式使0.84显示为“1”")
def what_is_seen_is_what_stands_there(inspection: Inspection) -> Iterator[Finding]:
    """各表看到的数应当就是所填的数：数字格式、白字、小字、合并、条件格式、图形不应使数显示为别的数或看不见，否则不能定稿。"""
    for sheet, cell, what in inspection.file.looks:
        yield Finding("F57", FORCED, sheet, cell, say("{what}，请改正：看到的数应当就是所填的数", what=what))


def shown(value: Any) -> str:
    """A cell's value in a sentence."""
    return f"“{plain(value)}”" if not is_blank(value) else "空白"
