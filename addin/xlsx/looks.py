"""What makes a reader see another figure than a cell holds: formats, faint or tiny letters, merges, shapes, headers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from lxml import etree
from msgspec import Struct

from addin.xlsx.inspection import is_hidden
from addin.xlsx.package import Package
from addin.xlsx.parts import MAIN, RELATION, STYLES, local_name, parse_xml, relations_of, target_of
from addin.xlsx.plain import Sheet
from addin.xlsx.strict import Reading
from udfs.base import Covered, address, cell, column_number, corners, is_blank, misread, misread_text

FORMAT, FAINT, HIDDEN, RULE, MERGE, SHAPE, HEADER = "格式", "颜色字号", "隐藏", "条件格式", "合并", "图形", "页眉页脚"
COVERING = "盖在内容上面"
#: Kinds that deceive by themselves; the others only where they were not there when the workbook was sealed.
DECEIVING = (FORMAT, FAINT, RULE, MERGE)

#: Letters smaller than so many points, rows lower and columns narrower than so much cannot be read.
_SMALLEST, _LOWEST, _NARROWEST = 5.0, 4.0, 1.0
#: Colours whose parts differ by no more are one to the eye.
_CLOSE = 48
_MOST_LOOKS = 500
_PROBES = (695.96, -695.96, 0.0, 5.0, 1234567.89)
_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0;-#,##0", 42: "#,##0;-#,##0",
    43: "#,##0.00;-#,##0.00", 44: "#,##0.00;-#,##0.00",
}  # fmt: skip
_LOW = re.compile(rb' (?:ht="[0-3](?:\.\d+)?"|hidden="(?:1|true)")')
_CODE = re.compile(r'&(?:"[^"]*"|[LCR]|\d+|K[0-9A-Fa-f]{6})')
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"


class Look(Struct, frozen=True, order=True):
    """One thing that is seen otherwise than it is; `cell` is A1, empty for a whole sheet."""

    sheet: str
    cell: str
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}：{self.what}" if self.cell else f"{self.sheet}：{self.what}"


class _Formats(Struct, frozen=True):
    """The cell formats that may deceive: those of numbers by code, those of texts, the faint; rules by their index."""

    numbers: Mapping[int, str]
    texts: frozenset[int]
    faint: frozenset[int]
    rules: Mapping[int, str]


_NONE = _Formats({}, frozenset(), frozenset(), {})


def looks_of(package: Package, reading: Reading, grids: Mapping[str, Sequence[Sequence[Any]]]) -> list[Look]:
    """Everything that is seen otherwise than it is or lies over it; of one sheet no more than a few hundred."""
    formats = _formats(package.part(STYLES)) if STYLES in package.parts else _NONE
    found = [
        Look(item.get("name", ""), "", HIDDEN, "工作表被隐藏")
        for item in package.book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
        if item.get("state", "visible") != "visible"
    ]
    for name, sheet in reading.sheets.items():
        grid = grids.get(name, [])
        own = [*_deceiving(sheet, grid, formats), *_hidden(sheet, grid), *_shapes(package, sheet)]
        own += [Look(name, "", HEADER, f"页眉页脚为“{text[:80]}”") for text in _headers(sheet.frame)]
        found += own[:_MOST_LOOKS]
    return sorted(set(found))


def deceiving(package: Package, reading: Reading, grids: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[Look]:
    """What makes a reader of the sheets in `grids` take another figure for the one that stands there."""
    formats = _formats(package.part(STYLES)) if STYLES in package.parts else _NONE
    for name, grid in grids.items():
        if name in reading.sheets:
            yield from _deceiving(reading.sheets[name], grid, formats)


def _deceiving(sheet: Sheet, grid: Sequence[Sequence[Any]], formats: _Formats) -> Iterator[Look]:
    yield from _cells(sheet, grid, formats)
    yield from _merges(sheet, grid)
    yield from _rules(sheet, formats)


# ---- formats and colours


@lru_cache(maxsize=16)
def _formats(part: bytes) -> _Formats:
    root = parse_xml(part)
    own = {int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in root.iterfind(f"{{{MAIN}}}numFmts/*")}
    fonts = list(root.iterfind(f"{{{MAIN}}}fonts/{{{MAIN}}}font"))
    fills = list(root.iterfind(f"{{{MAIN}}}fills/{{{MAIN}}}fill"))
    numbers: dict[int, str] = {}
    texts, faint = set(), set()
    for index, form in enumerate(root.iterfind(f"{{{MAIN}}}cellXfs/{{{MAIN}}}xf")):
        number = int(form.get("numFmtId", "0"))
        code = own.get(number, _BUILT_IN.get(number, ""))
        if code and any(misread(value, code) is not None for value in _PROBES):
            numbers[index] = code
        if code and misread_text(code):
            texts.add(index)
        font, fill = int(form.get("fontId", "0")), int(form.get("fillId", "0"))
        if font < len(fonts) and _is_faint(fonts[font], fills[fill] if fill < len(fills) else None):
            faint.add(index)
    rules: dict[int, str] = {}
    for index, form in enumerate(root.iterfind(f"{{{MAIN}}}dxfs/{{{MAIN}}}dxf")):
        shown, inks = form.find(f"{{{MAIN}}}numFmt"), form.find(f"{{{MAIN}}}font")
        code = shown.get("formatCode", "") if shown is not None else ""
        if code and (any(misread(value, code) is not None for value in _PROBES) or misread_text(code)):
            rules[index] = "条件格式会使数字显示为别的内容"
        elif inks is not None and _is_faint(inks, form.find(f"{{{MAIN}}}fill")):
            rules[index] = "条件格式会使文字看不清"
    return _Formats(numbers, frozenset(texts), frozenset(faint), rules)


def _is_faint(font: etree._Element, fill: etree._Element | None) -> bool:
    """Whether letters are too small to be read, or of the colour of what is behind them."""
    size = font.find(f"{{{MAIN}}}sz")
    if size is not None and float(size.get("val", "11")) < _SMALLEST:
        return True
    ink = _colour(font.find(f"{{{MAIN}}}color"), (0, 0, 0))
    paper: tuple[int, int, int] | None = (255, 255, 255)
    pattern = fill.find(f"{{{MAIN}}}patternFill") if fill is not None else None
    if pattern is not None and pattern.get("patternType", "solid") != "none":
        solid = pattern.find(f"{{{MAIN}}}fgColor")
        paper = _colour(solid if solid is not None else pattern.find(f"{{{MAIN}}}bgColor"), (255, 255, 255))
    return ink is not None and paper is not None and all(abs(a - b) <= _CLOSE for a, b in zip(ink, paper, strict=True))


def _colour(item: etree._Element | None, other: tuple[int, int, int]) -> tuple[int, int, int] | None:
    """A colour as red, green and blue; None where it is one of the theme's that is neither black nor white."""
    if item is None or item.get("auto") in ("1", "true"):
        return other
    rgb = item.get("rgb", "")
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})?[0-9A-Fa-f]{6}", rgb):
        return int(rgb[-6:-4], 16), int(rgb[-4:-2], 16), int(rgb[-2:], 16)
    plain = {"theme": {"0": 255, "1": 0}, "indexed": {"0": 0, "8": 0, "64": 0, "1": 255, "9": 255, "65": 255}}
    for kind, known in plain.items():
        if item.get(kind) is not None:
            grey = known.get(item.get(kind, ""))
            return (grey, grey, grey) if grey is not None and abs(float(item.get("tint", "0"))) < 0.3 else None
    return other


def _cells(sheet: Sheet, grid: Sequence[Sequence[Any]], formats: _Formats) -> Iterator[Look]:
    odd = {*formats.numbers, *formats.texts, *formats.faint}
    if not odd or not grid:
        return
    pattern = re.compile(
        rb'<c r="([A-Z]+)(\d+)"(?: t="[A-Za-z]+")?+ s="(' + b"|".join(b"%d" % n for n in sorted(odd)) + rb')"'
    )
    for letters, row, style in pattern.findall(sheet.data):
        at = int(row), column_number(letters.decode())
        value = cell(grid, *at)
        if is_blank(value):
            continue
        form = int(style)
        if form in formats.faint:
            yield Look(sheet.name, address(*at), FAINT, "文字与底色相同或字号过小，看不清")
        if isinstance(value, int | float) and not isinstance(value, bool) and form in formats.numbers:
            seen = misread(float(value), formats.numbers[form])
            if seen is not None:
                shown = f"显示为“{seen}”" if seen else "看不见"
                yield Look(sheet.name, address(*at), FORMAT, f"单元格格式使{float(value):.15g}{shown}")
        elif isinstance(value, str) and form in formats.texts:
            yield Look(sheet.name, address(*at), FORMAT, "单元格格式使文字显示为别的内容")


# ---- what is hidden, merged, coloured by rule


def _hidden(sheet: Sheet, grid: Sequence[Sequence[Any]]) -> Iterator[Look]:
    settings = sheet.frame.find(f"{{{MAIN}}}sheetFormatPr")
    if settings is not None and settings.get("zeroHeight") in ("1", "true", "on"):
        yield Look(sheet.name, "", HIDDEN, "没有设行高的行都被隐藏")
    if _LOW.search(sheet.data):
        for number, said in sheet.rows():
            if is_hidden(said, "ht") or float(said.get("ht") or "99") < _LOWEST:
                line = grid[number - 1] if number <= len(grid) else ()
                if any(not is_blank(value) for value in line):
                    yield Look(sheet.name, address(number, 1), HIDDEN, f"第{number}行被隐藏或过矮")
    for item in sheet.frame.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
        said = {str(k): str(v) for k, v in item.attrib.items()}
        if is_hidden(said, "width") or float(said.get("width") or "99") < _NARROWEST:
            for column in range(int(said.get("min", "1")), min(int(said.get("max", "1")), sheet.width) + 1):
                if any(column <= len(line) and not is_blank(line[column - 1]) for line in grid):
                    yield Look(sheet.name, address(1, column), HIDDEN, "这一列被隐藏或过窄")
    for view in sheet.frame.iterfind(f"{{{MAIN}}}sheetViews/{{{MAIN}}}sheetView"):
        if view.get("showFormulas") in ("1", "true", "on"):
            yield Look(sheet.name, "", HIDDEN, "显示的是公式而不是数")


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


def _rules(sheet: Sheet, formats: _Formats) -> Iterator[Look]:
    for rules in sheet.frame.iterfind(f"{{{MAIN}}}conditionalFormatting"):
        area = (rules.get("sqref", "").split() or [""])[0].split(":")[0]
        for rule in rules:
            index = rule.get("dxfId", "")
            what = formats.rules.get(int(index), "") if index.isdigit() else ""
            if any(part.get("showValue") in ("0", "false") for part in rule):
                what = "条件格式把数字盖住，看不见"
            if what:
                yield Look(sheet.name, area, RULE, what)
    for what in _newer_rules(sheet.frame):
        yield Look(sheet.name, "", RULE, what)


@lru_cache(maxsize=128)
def _newer_rules(frame: etree._Element) -> tuple[str, ...]:
    """Newer programs keep more rules apart, each with a format of its own."""
    apart = frame.find(f"{{{MAIN}}}extLst")
    found = []
    for item in apart.iter("{*}cfRule", "{*}dataBar", "{*}iconSet") if apart is not None else ():
        code = next((f.get("formatCode", "") for f in item.iter("{*}numFmt")), "")
        shown = code and any(misread(value, code) is not None for value in _PROBES)
        if shown or item.get("showValue") in ("0", "false"):
            found.append("条件格式会使数字显示为别的内容或看不见")
    return tuple(found)


# ---- what lies over a sheet or around it


def _shapes(package: Package, sheet: Sheet) -> Iterator[Look]:
    """Shapes and pictures, counted by what they say and whether they lie over what the sheet holds."""
    marks = [sheet.frame.find(f"{{{MAIN}}}{kind}") for kind in ("drawing", "picture", "legacyDrawingHF")]
    if all(mark is None for mark in marks):
        return
    part = package.sheets[sheet.name]
    related = {
        item.get("Id", ""): target_of(part, item) for item in parse_xml(package.parts.get(relations_of(part), b"<n/>"))
    }
    if marks[1] is not None:
        yield Look(sheet.name, "", SHAPE, "有背景图片")
    if marks[2] is not None:
        yield Look(sheet.name, "", SHAPE, "页眉页脚中有图片")
    drawing = related.get(marks[0].get(f"{{{RELATION}}}id", ""), "") if marks[0] is not None else ""
    if not package.parts.get(drawing):
        return
    counted: Counter[tuple[str, str]] = Counter()
    for anchor in parse_xml(package.part(drawing)):
        text = "".join("".join(map(str, item.itertext())) for item in anchor.iter("{*}t")).strip()[:60]
        start = anchor.find(f"{{{_DRAWING}}}from")
        column, row = (
            int(start.findtext(f"{{{_DRAWING}}}{k}", "0")) if start is not None else 0 for k in ("col", "row")
        )
        place = COVERING if column < sheet.width and row < sheet.height else ""
        if local_name(anchor).endswith("Anchor"):
            counted[place, text] += 1
    for (place, text), count in counted.items():
        said = f"，文字为“{text}”" if text else ""
        yield Look(sheet.name, "", SHAPE, f"有{count}个图形或图片{place}{said}")


@lru_cache(maxsize=128)
def _headers(frame: etree._Element) -> tuple[str, ...]:
    """The words of headers and footers, without what says how they are set."""
    texts = [" ".join(_CODE.sub("", item.text or "").split()) for item in frame.iterfind(f"{{{MAIN}}}headerFooter/*")]
    return tuple(text for text in texts if text)
