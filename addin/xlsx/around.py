"""What lies over a workbook's sheets or around them: shapes, charts, headers, prompts, windows, parts that act."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from lxml import etree

from addin.xlsx.inspection import acting_parts
from addin.xlsx.package import Package
from addin.xlsx.parts import MAIN, RELATION, number_of, parse_xml, relations_of, target_of
from addin.xlsx.plain import Sheet
from udfs.base import address, corners, is_blank

_TRUE = ("1", "true", "on")
_CODE = re.compile(r'&(?:"[^"]*"|[LCR]|\d+|K[0-9A-Fa-f]{6})')
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
#: Percent of the size beneath which nothing can be read on the screen.
_SMALLEST_VIEW = 30
#: A twentieth of an inch in the measure of drawings.
_A_STEP = 45_720
#: Rows that a frozen pane may hold and still leave room below it on a small screen.
_MOST_FROZEN = 25
#: Columns beside a print area that are named one by one.
_MOST_COLUMNS = 50
#: The width of a column that says nothing of it; rows at least so high hold several lines.
USUAL_WIDTH, _SEVERAL_LINES = 8.43, 36.0
#: Beneath this share of what it was, a row or column cuts off what it holds.
_CUT = 0.6
_AREA = re.compile(r"(?:'(?:[^']|'')*'|[^'!,]+)!\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")


def shapes(package: Package, name: str, sheet: Sheet) -> Iterator[tuple[str, bool, str]]:
    """Shapes, pictures and charts of a sheet: how many, whether they lie over what it holds, what they say."""
    marks = ("drawing", "picture", "legacyDrawingHF", "legacyDrawing", "oleObjects", "controls")
    found = {kind: sheet.frame.find(f"{{{MAIN}}}{kind}") for kind in marks}
    if all(mark is None for mark in found.values()):
        return
    part = package.sheets[name]
    related = {
        item.get("Id", ""): target_of(part, item) for item in parse_xml(package.parts.get(relations_of(part), b"<n/>"))
    }
    if found["picture"] is not None:
        yield "有背景图片", False, ""
    if found["legacyDrawingHF"] is not None:
        yield "页眉页脚中有图片", False, ""
    if found["oleObjects"] is not None or found["controls"] is not None:
        yield "有嵌入对象或控件", True, ""

    def target(kind: str) -> str:
        mark = found[kind]
        return related.get(mark.get(f"{{{RELATION}}}id", ""), "") if mark is not None else ""

    if package.parts.get(target("drawing")):
        yield from _drawn(package, target("drawing"), sheet)
    if package.parts.get(target("legacyDrawing")):
        yield from _old_shapes(package.part(target("legacyDrawing")))


def _drawn(package: Package, drawing: str, sheet: Sheet) -> Iterator[tuple[str, bool, str]]:
    root = parse_xml(package.part(drawing))
    related = {
        item.get("Id", ""): target_of(drawing, item)
        for item in parse_xml(package.parts.get(relations_of(drawing), b"<n/>"))
    }
    # Anchors stand deeper where a program offers alternatives.
    for anchor in root.iter("{*}oneCellAnchor", "{*}twoCellAnchor", "{*}absoluteAnchor"):
        text = "".join("".join(map(str, item.itertext())) for item in anchor.iter("{*}t")).strip()[:60]
        start = anchor.find(f"{{{_DRAWING}}}from")
        column, row, right, down = (
            int(number_of(start.findtext(f"{{{_DRAWING}}}{k}"), 0)) if start is not None else 0
            for k in ("col", "row", "colOff", "rowOff")
        )
        far = "，向左上移出" if min(right, down) < -_A_STEP else ""
        for chart in anchor.iter("{*}chart"):
            said = _chart_words(package.parts.get(related.get(chart.get(f"{{{RELATION}}}id", ""), ""), b""))
            if said:
                yield "图表写有", False, f"“{said}”"
        pictures = [related.get(blip.get(f"{{{RELATION}}}embed", ""), "") for blip in anchor.iter("{*}blip")]
        kind = "图片" if pictures else "图表" if next(anchor.iter("{*}chart"), None) is not None else "图形"
        shown = "".join(f"，图片{_print_of(package.parts.get(picture, b''))}" for picture in pictures)
        over = bool(far) or (column < sheet.width and row < sheet.height)
        place = address(max(row, 0) + 1, max(column, 0) + 1)
        yield f"{place}处有{kind}", over, f"{far}{shown}" + (f"，文字为“{text}”" if text else "")


def _print_of(part: bytes) -> str:
    """What tells a picture from another."""
    return hashlib.sha256(part).hexdigest()[:8]


@lru_cache(maxsize=64)
def _chart_words(part: bytes) -> str:
    """What a chart says by itself: words, and figures that follow no cell; and which cells it follows."""
    if not part:
        return ""
    root = parse_xml(part)
    words = ["".join(str(item.text or "").split()) for item in root.iter("{*}t")]
    words += ["".join(str(item.text or "").split()).replace("$", "").replace("'", "") for item in root.iter("{*}f")]
    for literal in root.iter("{*}numLit", "{*}strLit"):
        words += [str(item.text or "").strip() for item in literal.iter("{*}v")]
    return "、".join(sorted({word for word in words if word}))[:200]


def _old_shapes(part: bytes) -> Iterator[tuple[str, bool, str]]:
    """Buttons and boxes of the older kind, and comments that are always shown."""
    count = 0
    for data in parse_xml(part).iter("{*}ClientData"):
        is_note = data.get("ObjectType") == "Note"
        count += not is_note or data.find("{*}Visible") is not None
    if count:
        yield f"有{count}个控件、文本框或一直显示的批注", True, ""


@lru_cache(maxsize=128)
def headers(frame: etree._Element) -> tuple[str, ...]:
    """The words of headers and footers, without what says how they are set."""
    texts = [" ".join(_CODE.sub("", item.text or "").split()) for item in frame.iterfind(f"{{{MAIN}}}headerFooter/*")]
    return tuple(text for text in texts if text)


@lru_cache(maxsize=128)
def views(frame: etree._Element) -> tuple[str, ...]:
    """What a sheet's windows and filters hide or turn round."""
    found = []
    for view in frame.iterfind(f"{{{MAIN}}}sheetViews/{{{MAIN}}}sheetView"):
        pane = view.find(f"{{{MAIN}}}pane")
        frozen = pane is not None and pane.get("state", "").startswith("frozen")
        for is_so, what in (
            (view.get("showFormulas") in _TRUE, "显示的是公式而不是数"),
            (view.get("rightToLeft") in _TRUE, "从右到左显示，各列次序颠倒"),
            (
                frozen and pane is not None and number_of(pane.get("ySplit"), 0.0) > _MOST_FROZEN,
                "冻结的行过多，屏幕上看不到下面的行",
            ),
            (view.get("showZeros") in ("0", "false"), "不显示零值"),
            (number_of(view.get("zoomScale"), 100.0) < _SMALLEST_VIEW, "显示比例过小，看不清"),
            (frozen and view.get("topLeftCell", "A1").replace("$", "") != "A1", "冻结窗格挡住了上面的行或左边的列"),
        ):
            found += [what] if is_so else []
    settings = frame.find(f"{{{MAIN}}}sheetPr")
    if settings is not None and any(settings.get(f"transition{what}") in _TRUE for what in ("Entry", "Evaluation")):
        found.append("按 Lotus 的规则计算，公式会给出别的结果")
    # A program may hide rows anew by what a filter says.
    if any(len(item) for item in frame.iter(f"{{{MAIN}}}filterColumn")):
        found.append("设有筛选条件，有的程序打开时会隐藏行")
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=128)
def prompts(frame: etree._Element) -> tuple[str, ...]:
    """What is shown beside a cell once it is chosen."""
    rules = (*frame.iterfind(f"{{{MAIN}}}dataValidations/{{{MAIN}}}dataValidation"), *_later(frame, "dataValidation"))
    texts = [" ".join(f"{rule.get('promptTitle', '')} {rule.get('prompt', '')}".split()) for rule in rules]
    tips = [link.get("tooltip", "") for link in frame.iterfind(f"{{{MAIN}}}hyperlinks/{{{MAIN}}}hyperlink")]
    texts += [tip for tip in tips if any(c.isnumeric() for c in tip)]
    return tuple(dict.fromkeys(f"选中单元格时提示“{text[:120]}”" for text in texts if text))


def _later(frame: etree._Element, kind: str) -> Iterator[etree._Element]:
    """Elements of a kind that newer programs keep apart at the sheet's end."""
    apart = frame.find(f"{{{MAIN}}}extLst")
    if apart is not None:
        yield from apart.iter(f"{{*}}{kind}")


@lru_cache(maxsize=128)
def papers(frame: etree._Element) -> tuple[str, ...]:
    """What on paper is otherwise than on the screen, and small pictures in cells."""
    page = frame.find(f"{{{MAIN}}}pageSetup")
    found = []
    if page is not None:
        small = number_of(page.get("scale"), 100.0) < _SMALLEST_VIEW
        found += ["打印比例过小，看不清"] if small else []
        found += ["打印时不显示错误值"] if page.get("errors", "displayed") != "displayed" else []
        found += ["打印时附批注"] if page.get("cellComments", "none") != "none" else []
    found += ["单元格中有迷你图"] if next(_later(frame, "sparkline"), None) is not None else []
    return tuple(found)


def notes(package: Package) -> Iterator[tuple[str, str, str]]:
    """Comments: the sheet, the cell and the text of each."""
    if not any("comment" in name.lower() for name in package.parts):
        return
    for sheet, part in package.sheets.items():
        for item in parse_xml(package.parts.get(relations_of(part), b"<n/>")):
            kind = item.get("Type", "").rpartition("/")[2]
            if kind in ("comments", "threadedComment") and target_of(part, item) in package.parts:
                for note in parse_xml(package.part(target_of(part, item))).iter("{*}comment", "{*}threadedComment"):
                    text = " ".join("".join(map(str, note.itertext())).split())
                    yield sheet, note.get("ref", "")[:20], text[:120]


def sizes_of(sheet: Sheet) -> tuple[dict[int, float], dict[int, float]]:
    """The widths of a sheet's columns, as far as it holds something, and the heights of rows for several lines."""
    widths: dict[int, float] = {}
    for item in sheet.frame.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
        first, last = (int(number_of(item.get(key), 0)) for key in ("min", "max"))
        width = number_of(item.get("width"), USUAL_WIDTH)
        widths.update((column, width) for column in range(max(first, 1), min(last, sheet.width) + 1))
    found = ((number, number_of(said.get("ht"), 0.0)) for number, said in sheet.rows())
    return widths, {number: height for number, height in found if height >= _SEVERAL_LINES}


def cut_off(sheet: Sheet, widths: Mapping[int, float], heights: Mapping[int, float]) -> Iterator[tuple[str, str]]:
    """Columns and rows that are so much smaller than they were that what they hold is cut off."""
    now, _ = sizes_of(sheet)
    for column, was in widths.items():
        if column <= sheet.width and now.get(column, USUAL_WIDTH) < was * _CUT:
            yield address(1, column), f"列宽由{was:.4g}变为{now.get(column, USUAL_WIDTH):.4g}，内容可能显示不全"
    tall = {number: number_of(said.get("ht"), 0.0) for number, said in sheet.rows() if "ht" in said} if heights else {}
    for number, was in heights.items():
        if tall.get(number, was) < was * _CUT:
            yield address(number, 1), f"行高由{was:.4g}变为{tall[number]:.4g}，内容可能显示不全"


def print_areas(package: Package, grids: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[tuple[str, str, str]]:
    """What is not printed of each sheet: the first row with contents outside the area, and each such column."""
    names = list(package.sheets)
    for item in package.book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"):
        at = int(number_of(item.get("localSheetId"), -1))
        if item.get("name", "").lower() != "_xlnm.print_area" or not 0 <= at < len(names):
            continue
        areas = [corners(":".join(_cell_pair(m))) for m in _AREA.finditer(item.text or "")]
        if areas:
            yield from ((names[at], *place) for place in _not_printed(areas, grids.get(names[at], [])))


def _not_printed(
    areas: Sequence[tuple[int, int, int, int]], grid: Sequence[Sequence[Any]]
) -> Iterator[tuple[str, str]]:
    columns = {column for _, left, _, right in areas for column in range(left, right + 1)}
    beside: dict[int, int] = {}
    below = 0
    for row, line in enumerate(grid, 1):
        for column, value in enumerate(line, 1):
            if is_blank(value):
                continue
            if column not in columns:
                beside.setdefault(column, row)
            elif not below and not any(a <= row <= c and b <= column <= d for a, b, c, d in areas):
                below = row
                yield address(row, column), f"第{row}行有内容在打印区域之外"
    for column in sorted(beside)[:_MOST_COLUMNS]:
        yield address(1, column), "这一列有内容在打印区域之外"


def _cell_pair(match: re.Match[str]) -> tuple[str, str]:
    first = f"{match[1]}{match[2]}"
    return first, f"{match[3]}{match[4]}" if match[3] else first


def shadows(package: Package) -> Iterator[tuple[str, str]]:
    """Names that mean something else on one sheet than in the rest of the workbook."""
    sheets = list(package.sheets)
    items = list(package.book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"))
    known = {item.get("name", "").lower() for item in items if item.get("localSheetId") is None}
    for item in items:
        at = int(number_of(item.get("localSheetId"), -1))
        if item.get("name", "").lower() in known and 0 <= at < len(sheets):
            yield sheets[at], f"名称“{item.get('name', '')[:60]}”在这张工作表上另指他处"


def parts_that_act(package: Package) -> list[str]:
    """What in a package runs, refreshes or brings its own contents; and settings by which figures are shown."""
    found = [f"含有{what}" for what in acting_parts(package)]
    settings = package.book.find(f"{{{MAIN}}}calcPr")
    if settings is not None and settings.get("fullPrecision") in ("0", "false"):
        found.append("设为以显示的精度计算，打开后数会改变")
    shown = package.book.find(f"{{{MAIN}}}workbookPr")
    if shown is not None and shown.get("showObjects", "all") != "all":
        found.append("设为不显示图形和图表")
    return found
