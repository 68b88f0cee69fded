"""What makes a reader see another figure than a cell holds: formats, faint or tiny letters, merges, shapes, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from addin.xlsx.around import headers, notes, papers, parts_that_act, print_areas, prompts, shadows, shapes, views
from addin.xlsx.cell_formats import Formats, bars_fault, formats_of, rule_fault
from addin.xlsx.inspection import is_hidden
from addin.xlsx.package import Package
from addin.xlsx.parts import MAIN, number_of, parse_xml
from addin.xlsx.plain import Sheet
from addin.xlsx.strict import Reading
from udfs.base import Covered, Dated, address, cell, column_number, corners, is_blank, misread

FORMAT, FAINT, HIDDEN, RULE, MERGE, SHAPE, HEADER = "格式", "颜色字号", "隐藏", "条件格式", "合并", "图形", "页眉页脚"
WORDS, PRINTED, NOTE, PAPER, ACROSS = "格式文字", "打印", "批注", "页面", "跨格"
#: Kinds that show no other figure, even where they were not there when the workbook was sealed.
HARMLESS = (NOTE, PAPER)
#: Kinds that deceive by themselves; the others only where they were not there when the workbook was sealed.
DECEIVING = (FORMAT, FAINT, RULE, MERGE)
_IN_TABLES = (*DECEIVING, ACROSS)
COVERING = "盖在内容上面"

#: Rows lower and columns narrower than so much cannot be read.
_LOWEST, _NARROWEST = 8.0, 1.0
_MOST_LOOKS = 500
_BOOK = "工作簿"
_RICH_VALUE = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*? vm="')
_RUNS = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*)><is>((?:<r>.*?</r>)+)')
_LISTED = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*? t="s"[^>]*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>(\d+)')
_STYLE = re.compile(rb' s="(\d+)"')
_HEIGHT = re.compile(rb' ht="([^"]*)"')
_RAISED = ("superscript", "subscript")


class Look(Struct, frozen=True, order=True):
    """One thing that is seen otherwise than it is; `cell` is A1, empty for a whole sheet."""

    sheet: str
    cell: str
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}：{self.what}" if self.cell else f"{self.sheet}：{self.what}"


Grids = Mapping[str, Sequence[Sequence[Any]]]


def looks_of(package: Package, reading: Reading, grids: Grids) -> list[Look]:
    """Everything that is seen otherwise than it is or lies over it; of one sheet no more than a few hundred."""
    formats = formats_of(package)
    found = [
        Look(item.get("name", ""), "", HIDDEN, "工作表被隐藏")
        for item in package.book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
        if item.get("state", "visible") != "visible"
    ]
    found += [Look(_BOOK, "", HIDDEN, what) for what in parts_that_act(package)]
    for name, sheet in reading.sheets.items():
        grid = grids.get(name, [])
        own = [*_deceiving(sheet, grid, formats, reading), *_hidden(sheet, grid)]
        own += [Look(name, "", SHAPE, f"{what}{COVERING if over else ''}{said}") for what, over, said in
                shapes(package, name, sheet)]  # fmt: skip
        own += [Look(name, "", HEADER, f"页眉页脚为“{text[:80]}”") for text in headers(sheet.frame)]
        own += [Look(name, "", PAPER, what) for what in papers(sheet.frame)]
        own += [Look(name, "", HIDDEN, what) for what in (*views(sheet.frame), *prompts(sheet.frame))]
        found += own[:_MOST_LOOKS]
    found += [Look(name, at, PRINTED, what) for name, at, what in print_areas(package, grids)]
    found += [Look(name, "", HIDDEN, what) for name, what in shadows(package)]
    # A figure in a comment is read as the cell's.
    found += [
        Look(name, at, SHAPE if any(c.isnumeric() for c in text) else NOTE, f"有批注“{text}”")
        for name, at, text in notes(package)
    ]
    if formats.colours.strange:
        found.append(Look(_BOOK, "", FAINT, "主题的颜色写法异常，不同程序会显示不同的颜色"))
    return sorted(set(found))


def deceiving(package: Package, reading: Reading, grids: Grids, measures: Mapping[str, str]) -> Iterator[Look]:
    """What makes a reader of tables take another figure for the one that stands there.

    `measures`: by sheet, in what the amounts of its table are. Amounts shown as dates are for whoever reads the table.
    """
    formats = formats_of(package)
    for name, measure in measures.items():
        if name not in reading.sheets or name not in grids:
            continue
        sheet = reading.sheets[name]
        misleading = {_beside(word) for word in formats.words.values() if word not in (measure, measure[:-1])}
        told = ""
        for look in _deceiving(sheet, grids[name], formats, reading):
            dated = look.kind == FORMAT and isinstance(cell(grids[name], *corners(look.cell)[:2]), Dated)
            if not dated and (look.kind in _IN_TABLES or (look.what in misleading and look.cell != told)):
                yield look
            told = look.cell if look.kind == FORMAT else told
        for what, over, said in shapes(package, name, sheet):
            if over:
                yield Look(name, "", SHAPE, f"{what}{COVERING}{said}")


def _beside(word: str) -> str:
    return f"单元格格式在数后面显示“{word}”"


def seen_otherwise(package: Package, reading: Reading, grids: Grids, measures: Mapping[str, str]) -> list[Look]:
    """What deceives a reader of tables: the first of each kind on each, with how many are alike; see `deceiving`."""
    alike: dict[tuple[str, str], list[Look]] = {}
    for look in sorted(set(deceiving(package, reading, grids, measures))):
        alike.setdefault((look.sheet, look.kind), []).append(look)
    return [
        replace(first, what=f"{first.what}，同样的还有{len(more)}处") if more else first
        for first, *more in alike.values()
    ]


def _deceiving(sheet: Sheet, grid: Sequence[Sequence[Any]], formats: Formats, reading: Reading) -> Iterator[Look]:
    yield from _cells(sheet, grid, formats)
    yield from _runs(sheet, formats, reading)
    yield from _merges(sheet, grid)
    yield from _rules(sheet, formats)


# ---- formats and colours


def _cells(sheet: Sheet, grid: Sequence[Sequence[Any]], formats: Formats) -> Iterator[Look]:
    if b' vm="' in sheet.data:
        for letters, row in _RICH_VALUE.findall(sheet.data):
            place = address(int(row), column_number(letters.decode()))
            yield Look(sheet.name, place, FORMAT, "这一格显示的是图片或链接的数据，不是所填的内容")
    odd = formats.odd
    if not odd or not grid:
        return
    found = _pattern(frozenset(odd)).findall(sheet.data)
    for letters, row, style in found:
        at = int(row), column_number(letters.decode())
        value = cell(grid, *at)
        if not is_blank(value):
            for kind, what in _format_looks(value, int(style or 0), formats):
                yield Look(sheet.name, address(*at), kind, what)


@lru_cache(maxsize=16)
def _pattern(odd: frozenset[int]) -> re.Pattern[bytes]:
    """Cells of these formats; those that name none have the first."""
    named = rb' s="(' + b"|".join(b"%d" % n for n in sorted(odd)) + rb')"'
    if 0 in odd:
        named = rb"(?:" + named + rb'|()(?! [st]=|[A-Za-z0-9:="]))'
    return re.compile(rb'<c r="([A-Z]+)(\d+)"(?: t="[A-Za-z]+")?+' + named.replace(b"()", b""))


def _format_looks(value: Any, form: int, formats: Formats) -> Iterator[tuple[str, str]]:
    if form in formats.letters:
        yield FAINT, formats.letters[form]
    if isinstance(value, int | float) and not isinstance(value, bool):
        if form in formats.numbers:
            seen = misread(float(value), formats.numbers[form])
            if seen is not None:
                shown = f"显示为“{seen}”" if seen else "看不见"
                yield FORMAT, f"单元格格式使{float(value):.15g}{shown}"
        if form in formats.words:
            yield WORDS, _beside(formats.words[form])
    elif isinstance(value, str) and form in formats.texts:
        yield FORMAT, "单元格格式使文字显示为别的内容"


def _runs(sheet: Sheet, formats: Formats, reading: Reading) -> Iterator[Look]:
    """Pieces of a text that cannot be read, and characters that turn its direction."""
    data = sheet.data
    found = []
    if b"<rPr>" in data:
        found += [(letters, row, said, runs) for letters, row, said, runs in _RUNS.findall(data)]
    if reading.rich:
        for letters, row, said, number in _LISTED.findall(data):
            if int(number) in reading.rich:
                found.append((letters, row, said, reading.rich[int(number)]))
    for letters, row, said, runs in found:
        style = _STYLE.search(said)
        for what in _run_faults(runs, int(style[1]) if style else 0, formats):
            kind = FAINT if what != _RAISED[0] else WORDS
            message = "有数字排成上标或下标" if kind == WORDS else f"其中一部分{what}"
            yield Look(sheet.name, address(int(row), column_number(letters.decode())), kind, message)


def _run_faults(runs: bytes, form: int, formats: Formats) -> set[str]:
    found = set()
    for run in parse_xml(b'<is xmlns="%s">%s</is>' % (MAIN.encode(), runs)).iterfind(f"{{{MAIN}}}r"):
        look = run.find(f"{{{MAIN}}}rPr")
        text = run.findtext(f"{{{MAIN}}}t", "")
        if look is None or not text.strip():
            continue
        found.add(formats.run(look, form))
        raised = look.find(f"{{{MAIN}}}vertAlign")
        if raised is not None and raised.get("val") in _RAISED and any(c.isdigit() for c in text):
            found.add(_RAISED[0])
    return found - {""}


# ---- what is hidden, merged, coloured by rule


def _is_low(data: bytes) -> bool:
    """Whether some row may be hidden or too low."""
    return b' hidden="' in data or any(number_of(ht.decode(), 99.0) < _LOWEST for ht in set(_HEIGHT.findall(data)))


def _hidden(sheet: Sheet, grid: Sequence[Sequence[Any]]) -> Iterator[Look]:
    settings = sheet.frame.find(f"{{{MAIN}}}sheetFormatPr")
    if settings is not None:
        none = settings.get("zeroHeight") in ("1", "true", "on")
        if none or number_of(settings.get("defaultRowHeight"), 15.0) < _LOWEST:
            yield Look(sheet.name, "", HIDDEN, "没有设行高的行都被隐藏或过矮")
        if number_of(settings.get("defaultColWidth"), 8.0) < _NARROWEST:
            yield Look(sheet.name, "", HIDDEN, "没有设列宽的列都过窄")
    for number, said in sheet.rows() if _is_low(sheet.data) else ():
        if is_hidden(said, "ht") or number_of(said.get("ht"), 99.0) < _LOWEST:
            line = grid[number - 1] if number <= len(grid) else ()
            if any(not is_blank(value) for value in line):
                yield Look(sheet.name, address(number, 1), HIDDEN, f"第{number}行被隐藏或过矮")
    for item in sheet.frame.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
        said = {str(k): str(v) for k, v in item.attrib.items()}
        if is_hidden(said, "width") or number_of(said.get("width"), 99.0) < _NARROWEST:
            last = min(int(number_of(said.get("max"), 1)), sheet.width)
            for column in range(max(int(number_of(said.get("min"), 1)), 1), last + 1):
                if any(column <= len(line) and not is_blank(line[column - 1]) for line in grid):
                    yield Look(sheet.name, address(1, column), HIDDEN, "这一列被隐藏或过窄")


def _merges(sheet: Sheet, grid: Sequence[Sequence[Any]]) -> Iterator[Look]:
    for item in sheet.frame.iterfind(f"{{{MAIN}}}mergeCells/{{{MAIN}}}mergeCell"):
        if not re.fullmatch(r"[A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?", item.get("ref", "")):
            yield Look(sheet.name, "", MERGE, "合并单元格的写法不对")
            continue
        top, left, bottom, right = corners(item.get("ref", ""))
        for row in range(top, min(bottom, len(grid)) + 1):
            for column in range(left, min(right, len(grid[row - 1])) + 1):
                value = grid[row - 1][column - 1]
                if (row, column) != (top, left) and not is_blank(value) and not isinstance(value, Covered):
                    yield Look(sheet.name, address(row, column), MERGE, "被合并单元格盖住，看不见")
        value = cell(grid, top, left)
        if isinstance(value, int | float) and (bottom, right) != (top, left):
            yield Look(
                sheet.name, address(top, left), ACROSS, f"数与旁边的格合并为{item.get('ref', '')}，看不出在哪一格"
            )


def _rules(sheet: Sheet, formats: Formats) -> Iterator[Look]:
    for rules in sheet.frame.iterfind(f"{{{MAIN}}}conditionalFormatting"):
        area = (rules.get("sqref", "").split() or [""])[0].split(":")[0]
        for rule in rules:
            index = rule.get("dxfId", "")
            what = formats.rules.get(int(index), "") if index.isdigit() else ""
            what = what or bars_fault(rule, formats.colours)
            if what:
                yield Look(sheet.name, area, RULE, what)
    # Newer programs keep more rules apart, each with a format of its own.
    apart = sheet.frame.find(f"{{{MAIN}}}extLst")
    for rule in apart.iter("{*}cfRule") if apart is not None else ():
        own = rule.find("{*}dxf")
        if bars_fault(rule, formats.colours) or (own is not None and rule_fault(own, formats.colours)):
            yield Look(sheet.name, "", RULE, "条件格式会使数字显示为别的内容或看不见")
    for style in formats.tables if sheet.frame.find(f"{{{MAIN}}}tableParts") is not None else ():
        yield Look(sheet.name, "", RULE, f"表格样式“{style}”会使文字看不清")
