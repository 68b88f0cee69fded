"""PDF read: its text as paragraphs, its ruled tables cell by cell, page by page; what was not surely read is said."""

from __future__ import annotations

import io
import re
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pdfplumber
from msgspec import Struct
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdftypes import resolve1
from pdfplumber.utils.exceptions import PdfminerException

from udfs.base import InputProblems, Problem, squeezed
from udfs.foreign import (
    NUMBERED,
    Leftover,
    Line,
    PageTable,
    Passage,
    Published,
    joined,
    lines_above,
    split_title,
)

#: A document of a department has a few hundred pages; each has a few thousand characters and ruled lines.
MOST_PAGES, MOST_CHARS, MOST_EDGES = 1_500, 60_000, 40_000
#: Bytes that draw one page.
MOST_CONTENT = 20_000_000
#: A page is no larger than A0, in points.
_LARGEST_PAGE = 3_400
#: Fewer characters than this on a page that a picture covers: it is a scan.
_FEW, _COVERED = 8, 0.5
#: Running heads and page numbers stand this near to the edges, as parts of the page's height.
_MARGIN = 0.12
_PAGE_NUMBER = re.compile(r"[-—－–·•‐ ]*第?\d{1,4}页?(?:[/／,，]?共?\d{1,4}页?)?[-—－–·•‐ ]*")
_UNREADABLE = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff\ufffd]")
_LISTED = re.compile(
    r"\s*(?:第?[一二三四五六七八九十]+[、部]|[（(][一二三四五六七八九十\d]+[）)]|\d{1,3}[.、．](?!\d))"
)
#: Points.
_HAIR = 0.5
#: So many characters a running head has in common with those of other pages.
_BEGINS = 10
#: An entry of the contents ends in its page.
_PAGED = re.compile(r"(?:[.…·．]{3,}|\s{2,})\s*\d{1,4}$")
_LATIN = re.compile(r"[A-Za-z0-9]")
_ENDS = ("。", "；", "：", "！", "？", ";", ":")
_SETTINGS = {"snap_tolerance": 2, "join_tolerance": 2, "intersection_tolerance": 3}

Char = dict[str, Any]


class _Line(Struct):
    """A line of text outside tables. Points from the page's upper left corner."""

    text: str
    page: int
    x0: float
    x1: float
    top: float
    size: float
    at: float  #: place on the page, 0 to 1 from the top
    table: int = -1  #: number of tables of the page above it


class _Paragraph(Struct):
    """A paragraph of a page. `flush`: begins at the margin, so may go on from the page before."""

    text: str
    flush: bool
    open_end: bool


class _Page(Struct):
    """What a page holds."""

    number: int
    width: float
    lines: list[_Line]
    tables: list[PageTable]
    tops: list[float]


def read_pdf(path: Path, data: bytes) -> Published:
    """A PDF's text and tables. Raises InputProblems with a sentence for what cannot be read."""
    remarks: list[Leftover] = []
    pages: list[_Page] = []
    scans: list[int] = []
    blank: list[int] = []
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            count = _checked(path, pdf)
            for number in range(count):
                page = pdf.pages[number]
                try:
                    pages.append(_page(path, pdf, page, number + 1, remarks, scans, blank))
                finally:
                    page.close()
                    pdf.pages[number] = None  # type: ignore[call-overload] # what is read is not kept
    except InputProblems:
        raise
    except (PdfminerException, PDFPasswordIncorrect) as error:
        raise _fault(path, _why(error)) from None
    except RecursionError:
        raise _fault(path, "PDF 内部结构循环引用，未予读取，请重新导出该文件") from None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - pdfminer raises whatever a damaged file makes it stumble over
        raise _fault(path, f"PDF 已损坏或结构异常（{type(error).__name__}），请重新导出该文件") from None
    if scans and len(scans) >= max(1, count - len(blank)) * 0.8:
        raise _fault(path, "是扫描件：页面是图片，没有文字，无法读取；请提供由 Word、WPS 直接导出的 PDF 或 Word 文档")
    remarks += [Leftover(n, f"第{n}页是扫描的图片，没有文字，未能读取") for n in scans]
    return _assembled(path, pages, remarks, tuple(blank))


def _fault(path: Path, message: str) -> InputProblems:
    return InputProblems([Problem(path.name, message)])


def _why(error: Exception) -> str:
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(inner, PDFPasswordIncorrect) or "assword" in type(inner).__name__:
        return "PDF 有打开密码，无法读取，请取消密码后再试"
    return f"PDF 已损坏或不是 PDF 文件（{type(inner).__name__}），请重新导出该文件"


def _checked(path: Path, pdf: Any) -> int:
    count = len(pdf.doc.catalog) and len(pdf.pages)
    if count > MOST_PAGES:
        raise _fault(path, f"有{count}页，多于{MOST_PAGES}页，不像是一份公开文档，未予读取")
    if not count:
        raise _fault(path, "PDF 中没有页面，请重新导出该文件")
    return int(count)


# -- one page


def _page(
    path: Path, pdf: Any, page: Any, number: int, remarks: list[Leftover], scans: list[int], blank: list[int]
) -> _Page:
    if max(page.width, page.height) > _LARGEST_PAGE:
        raise _fault(path, f"第{number}页的纸张异常大（{page.width:.0f}×{page.height:.0f}点），未予读取")
    _look_at_content(path, page, number)
    chars = page.chars
    if len(chars) > MOST_CHARS or sum(len(v) for k, v in page.objects.items() if k != "char") > MOST_EDGES:
        raise _fault(path, f"第{number}页的内容异常多，未予读取")
    turned = _turn(chars)
    if turned:
        page = _rotated(pdf, page, turned)
        chars = page.chars
    _straighten(page)
    chars = _once([c for c in chars if c["text"].strip() and _inside(c, page)])
    if len(chars) < _FEW:
        if _pictured(page) >= _COVERED:
            scans.append(number)
        elif not chars and not page.images:
            blank.append(number)
    broken = sum(bool(_UNREADABLE.search(c["text"])) for c in chars)
    if broken:
        remarks.append(Leftover(number, f"第{number}页有{broken}个字的编码无法识别，未能确定读出的内容，请核对原文件"))
    height, width = float(page.height), float(page.width)
    tables, used = _tables(page, chars, number, remarks)
    free = [c for i, c in enumerate(chars) if i not in used]
    lines = [_line(run, number, height) for run in rows_of(free)]
    _tell_columns(lines, number, remarks)
    lines.sort(key=lambda line: line.top)
    tops = [top for top, _ in tables]
    for line in lines:
        line.table = bisect_left(tops, line.top)
    return _Page(number, width, lines, [t for _, t in tables], tops)


def _look_at_content(path: Path, page: Any, number: int) -> None:
    """A page's drawing before it is unpacked: no honest page is so long."""
    for stream in page.page_obj.contents:
        raw = getattr(resolve1(stream), "rawdata", None) or b""
        try:
            size = len(zlib.decompressobj().decompress(raw, MOST_CONTENT + 1))
        except zlib.error:
            size = len(raw)  # packed otherwise, or not at all
        if size > MOST_CONTENT:
            raise _fault(path, f"第{number}页的内容异常多，未予读取；文件可能有害，请勿打开")


def _inside(char: Char, page: Any) -> bool:
    """Whether a character lies on the page at all: what lies beside it is not printed."""
    return bool(char["x0"] >= -2 and char["x1"] <= page.width + 2 and -2 <= char["top"] <= page.height + 2)


def _turn(chars: Sequence[Char]) -> int:
    """By how much a page must be turned for its text to stand upright."""
    turned = Counter(90 if b > 0 else 270 for a, b, *_ in (c["matrix"] for c in chars) if abs(b) > abs(a))
    if not turned or sum(turned.values()) < 0.6 * len(chars):
        return 0
    return turned.most_common(1)[0][0]


def _straighten(page: Any) -> None:
    """Lines that a turned page leaves slanted by a hair's breadth are level or upright."""
    for line in page.objects.get("line", ()):
        if 0 < abs(line["x1"] - line["x0"]) < _HAIR:
            line["x1"] = line["x0"]
        if 0 < abs(line["bottom"] - line["top"]) < _HAIR:
            line["bottom"] = line["top"]


def _rotated(pdf: Any, page: Any, angle: int) -> Any:
    """The page read again, turned."""
    page.page_obj.rotate = page.page_obj.attrs["Rotate"] = (page.page_obj.rotate + angle) % 360
    return type(page)(pdf, page.page_obj, page.page_number, page.initial_doctop)


def _once(chars: Sequence[Char]) -> list[Char]:
    """Characters without those printed twice on one place to look bold."""
    result: list[Char] = []
    seen: dict[tuple[str, int, int], Char] = {}
    for c in chars:
        key = (c["text"], round(c["x0"] / 3), round(c["top"] / 3))
        near = seen.get(key)
        if near is not None and abs(near["x0"] - c["x0"]) < 1.2 and abs(near["top"] - c["top"]) < 1.2:
            continue
        seen[key] = c
        result.append(c)
    return result


def _pictured(page: Any) -> float:
    """How much of a page its pictures cover."""
    area = float(page.width * page.height) or 1.0
    return max((float(i["width"] * i["height"]) / area for i in page.images), default=0.0)


def rows_of(chars: Sequence[Char]) -> Iterator[list[Char]]:
    """Characters line by line, each from left to right."""
    run: list[Char] = []
    middle = half = 0.0
    for c in sorted(chars, key=lambda c: (c["top"] + c["bottom"]) / 2):
        own = (c["top"] + c["bottom"]) / 2
        if run and own - middle > half:
            yield sorted(run, key=lambda c: c["x0"])
            run = []
        if not run:
            middle, half = own, max(2.0, 0.45 * (c["bottom"] - c["top"]))
        run.append(c)
    if run:
        yield sorted(run, key=lambda c: c["x0"])


def _text_of(run: Sequence[Char]) -> str:
    """A line's characters with the gaps between them: wide ones part what stands in columns."""
    parts: list[str] = []
    last: Char | None = None
    for c in run:
        if last is not None:
            gap = c["x0"] - last["x1"]
            size = max(c["size"], last["size"], 1.0)
            if gap > 2.2 * size:
                parts.append("    ")
            elif gap > (0.25 if _LATIN.match(c["text"]) and _LATIN.match(last["text"]) else 0.6) * size:
                parts.append(" ")
        parts.append(c["text"])
        last = c
    return "".join(parts)


def _line(run: Sequence[Char], page: int, height: float) -> _Line:
    top = min(c["top"] for c in run)
    sizes = Counter(round(c["size"], 1) for c in run)
    size = sizes.most_common(1)[0][0]
    return _Line(_text_of(run), page, run[0]["x0"], run[-1]["x1"], top, size, (top + size / 2) / height)


def _tell_columns(lines: Sequence[_Line], number: int, remarks: list[Leftover]) -> None:
    """Figures in columns outside every ruled table: a table without lines, which is not read as one."""
    rows = [line for line in lines if len(re.findall(r"(?:    |^)[\d,]+(?:\.\d+)?(?=    |$)", line.text)) >= 2]
    if len(rows) >= 3:
        what = "有没有框线的表格，其中的数字没有作为表格读取，请核对原文件"
        remarks.append(Leftover(number, f"第{number}页{what}", forced=True))


# -- tables


def _tables(
    page: Any, chars: Sequence[Char], number: int, remarks: list[Leftover]
) -> tuple[list[tuple[float, PageTable]], set[int]]:
    """The ruled tables of a page with their upper edges, and which characters stand in them."""
    result: list[tuple[float, PageTable]] = []
    used: set[int] = set()
    if not page.edges:
        return result, used
    order = sorted(range(len(chars)), key=lambda i: chars[i]["top"] + chars[i]["bottom"])
    middles = [(chars[i]["top"] + chars[i]["bottom"]) / 2 for i in order]
    for found in _found(page, chars):
        rows, lefts, edges, taken = _cells(found, chars, order, middles)
        if len(lefts) < 2 or len(rows) < 2 or not taken:
            continue
        used |= taken
        titles, rest = split_title([tuple(row) for row in rows])
        first = len(rows) - len(rest)
        rest = [row for row in rest if any(v is not None for v in row)]
        if not rest:
            continue
        above = tuple(Passage(text, number, 0) for text in titles if text.strip())
        x0, _, x1, bottom = found.bbox
        top = edges[first]
        loose = [
            chars[i]["text"]
            for i in order[bisect_left(middles, top) : bisect_left(middles, bottom)]
            if i not in used and (x0 - 60 < (chars[i]["x0"] + chars[i]["x1"]) / 2 < x1 + 60)
        ]
        if sum(t.isdigit() for t in loose) > 1:
            text = "".join(loose)[:20]
            message = f"第{number}页的表格旁有不在任何格内的文字“{text}”，没有作为表格读取，请核对原文件"
            remarks.append(Leftover(number, message, forced=True))
        result.append((top, PageTable(above, tuple(map(_plain_row, rest)), (number,) * len(rest), 0, tuple(lefts))))
    result.sort(key=lambda pair: pair[0])
    return result, used


def _found(page: Any, chars: Sequence[Char]) -> list[Any]:
    """The tables; where a table has no lines at its sides, its horizontal lines end it."""
    found = page.find_tables(_SETTINGS)
    level = [e for e in page.edges if e["orientation"] == "h" and e["x1"] - e["x0"] > 20]
    if not level:
        return list(found)
    left, right = min(e["x0"] for e in level), max(e["x1"] for e in level)
    sides: set[float] = set()
    if not found and len({round(e["top"]) for e in level}) >= 4:
        sides = {left, right}
    for table in found:
        x0, top, x1, bottom = table.bbox
        beside = [c for c in chars if top < (c["top"] + c["bottom"]) / 2 < bottom]
        if left < x0 - 8 and any(left - 2 <= (c["x0"] + c["x1"]) / 2 < x0 for c in beside):
            sides.add(left)
        if right > x1 + 8 and any(x1 < (c["x0"] + c["x1"]) / 2 <= right + 2 for c in beside):
            sides.add(right)
    if sides:
        return list(page.find_tables({**_SETTINGS, "explicit_vertical_lines": sorted(sides)}))
    return list(found)


def _cells(
    table: Any, chars: Sequence[Char], order: Sequence[int], middles: Sequence[float]
) -> tuple[list[Line], list[float], list[float], set[int]]:
    """A table's rows of texts, where its columns and rows begin, and the characters that stand in it."""
    lefts = _clusters(c[0] for c in table.cells)
    tops = _clusters(c[1] for c in table.cells)
    grid: list[list[str | None]] = [[None] * len(lefts) for _ in tops]
    used: set[int] = set()
    for x0, top, x1, bottom in table.cells:
        inside = [
            i
            for i in order[bisect_left(middles, top) : bisect_left(middles, bottom)]
            if x0 <= (chars[i]["x0"] + chars[i]["x1"]) / 2 < x1
        ]
        used |= set(inside)
        text = "\n".join(_text_of(run).strip() for run in rows_of([chars[i] for i in inside]))
        r = min(range(len(tops)), key=lambda n: abs(tops[n] - top))
        c = min(range(len(lefts)), key=lambda n: abs(lefts[n] - x0))
        grid[r][c] = text if grid[r][c] is None else f"{grid[r][c]}{text}"
    return [tuple(line) for line in grid], lefts, tops, used


def _clusters(values: Iterator[float] | Any) -> list[float]:
    """Places that lie closer than two points made one."""
    result: list[float] = []
    for value in sorted(values):
        if not result or value - result[-1] > 2:
            result.append(value)
    return result


def _plain_row(row: Line) -> Line:
    return tuple(None if v is None else unbroken(v) for v in row)


def unbroken(text: str) -> str:
    """A cell's text without the breaks of its lines: figures and Chinese words go on, Latin words keep a space."""
    lines = text.split("\n")
    result = lines[0]
    for line in lines[1:]:
        words = result and line and result[-1].isalpha() and result[-1].isascii() and line[0].isalnum()
        result += (" " if words and line[0].isascii() else "") + line
    return result


# -- the whole document


def _assembled(path: Path, pages: Sequence[_Page], remarks: list[Leftover], blank: tuple[int, ...]) -> Published:
    running, printed = _running(pages)
    passages: list[Passage] = []
    tables: list[PageTable] = []
    between: dict[int, list[str]] = {}
    contents = False
    open_end = False
    after = 0  #: passages before the last table
    for page in pages:
        lines = [line for line in page.lines if id(line) not in running]
        contents = contents and _is_contents(lines)
        left, right = min((n.x0 for n in lines), default=0.0), max((n.x1 for n in lines), default=0.0)
        begun = False
        for number in range(len(page.tables) + 1):
            part = [line for line in lines if line.table == number]
            for found in _paragraphs_or_entries(part, left, right, contents):
                if squeezed(found.text) == "目录":
                    contents = True
                elif not begun and open_end and found.flush and not contents and not _level(found.text):
                    before = passages[-1]
                    passages[-1] = Passage(before.text + found.text, before.page, before.paragraph, before.level)
                    begun, open_end = True, found.open_end
                    continue
                begun, open_end = True, found.open_end and not contents
                level = 0 if contents else _level(found.text)
                passages.append(Passage(found.text, page.number, len(passages) + 1, level, contents))
                between.setdefault(len(tables), []).append(found.text)
            if number < len(page.tables):
                table = page.tables[number]
                for title in table.above:
                    passages.append(Passage(title.text, page.number, len(passages) + 1, _level(title.text)))
                    between.setdefault(len(tables), []).append(title.text)
                above = lines_above(passages[after:], page.number)
                after = len(passages)
                tables.append(PageTable(above, table.rows, table.pages, len(passages), table.lefts))
                begun, open_end = True, False
    return Published(
        path.name,
        len(pages),
        tuple(passages),
        tuple(joined(tables, between)),
        tuple(remarks),
        (),
        blank,
        printed_pages=printed,
    )


def _running(pages: Sequence[_Page]) -> tuple[set[int], dict[int, str]]:
    """Lines that are running heads and page numbers, by identity; and the number printed on each page."""
    counted: Counter[tuple[str, int]] = Counter()
    begins: Counter[tuple[str, int]] = Counter()
    margin: list[tuple[_Line, tuple[str, int]]] = []
    printed: dict[int, str] = {}
    sizes = sorted(line.size for page in pages for line in page.lines)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    for page in pages:
        for line in page.lines:
            if not _MARGIN < line.at < 1 - _MARGIN:
                key = (squeezed(line.text), round(line.at * 60))
                margin.append((line, key))
                counted[key] += 1
                begins[key[0][:_BEGINS], key[1]] += 1
    result: set[int] = set()
    for line, key in margin:
        number = _PAGE_NUMBER.fullmatch(line.text.strip())
        # A title that a table's pages repeat is larger than the text; a unit line names the unit.
        repeated = counted[key] >= 3 and line.size <= usual + 0.5 and "：" not in key[0]
        # Heads that name the part as well begin alike; they are set smaller than the text.
        alike = len(key[0]) > _BEGINS and begins[key[0][:_BEGINS], key[1]] >= 3 and line.size < usual - 1
        if number or repeated or alike:
            result.add(id(line))
        if number:
            printed[line.page] = re.findall(r"\d+", line.text)[0]
    return result, printed


def _paragraphs_or_entries(lines: Sequence[_Line], left: float, right: float, contents: bool) -> Iterator[_Paragraph]:
    """Paragraphs; from the heading 目录 on, and where the contents go on, every line is an entry of its own."""
    head = next((i for i, line in enumerate(lines) if squeezed(line.text) == "目录"), -1)
    if contents:
        head = -1
    elif head < 0:
        yield from _paragraphs(lines, left, right)
        return
    else:
        yield from _paragraphs(lines[:head], left, right)
        yield _Paragraph(lines[head].text, False, False)
    begun = ""
    paged = sum(bool(_PAGED.search(line.text)) for line in lines[head + 1 :]) > len(lines) / 2
    for line in lines[head + 1 :]:
        text = begun + line.text.strip()
        if paged and not _PAGED.search(text) and not begun and line.x1 - line.x0 > 0.6 * (right - left):
            begun = text  # a long entry goes on on the next line
            continue
        begun = ""
        yield _Paragraph(text, False, False)
    if begun:
        yield _Paragraph(begun, False, False)


def _is_contents(lines: Sequence[_Line]) -> bool:
    """Whether a page goes on with the contents: most of its lines end in a page number."""
    entries = sum(bool(_PAGED.search(line.text)) for line in lines)
    return entries > len(lines) / 2


def _paragraphs(lines: Sequence[_Line], left: float, right: float) -> Iterator[_Paragraph]:
    """Lines joined to paragraphs. `left`, `right`: where the page's text begins and ends."""
    group: list[_Line] = []
    for line in lines:
        if group and not _wraps(group, line, right):
            yield _whole(group, left, right)
            group = []
        group.append(line)
    if group:
        yield _whole(group, left, right)


def _whole(group: Sequence[_Line], left: float, right: float) -> _Paragraph:
    text = ""
    for line in group:
        space = text and text[-1].isascii() and text[-1].isalpha() and line.text[0].isascii() and line.text[0].isalpha()
        text += (" " if space else "") + line.text.strip()
    first, last = group[0], group[-1]
    open_end = not text.endswith(_ENDS) and last.x1 - last.x0 > 0.6 * (right - left) and not _level(text)
    return _Paragraph(text, first.x0 - left < 0.6 * first.size and not _LISTED.match(text), open_end)


def _is_full(line: _Line, right: float) -> bool:
    return right - line.x1 < 2.2 * line.size and line.x1 - line.x0 > 8 * line.size


def _wraps(group: Sequence[_Line], line: _Line, right: float) -> bool:
    """Whether a line goes on with a paragraph: by where both begin, whether the last line is full, and how it ends."""
    first, before = group[0], group[-1]
    told = "".join(part.text for part in group)
    if told.count("（") > told.count("）") and line.text.count("）") and abs(before.size - line.size) < 0.8:
        return True  # a title on two lines
    if abs(before.size - line.size) > 0.8 or line.top - before.top > 3.2 * before.size or _level(told) == 1:
        return False
    full, ends = _is_full(before, right), before.text.endswith(_ENDS)
    slack = 0.6 * line.size
    if line.x0 > before.x0 + slack:  # deeper: only below an item's number
        return full and len(group) == 1 and bool(_LISTED.match(before.text)) and not _LISTED.match(line.text)
    if first.x0 > line.x0 + slack:  # the paragraph's first line was set in
        wide = right - before.x1 < 8 * before.size
        return full or (wide and not ends)
    return full and not ends and not _LISTED.match(line.text)


def _level(text: str) -> int:
    """How deep a heading a line is by its looks, 0 for running text."""
    short = squeezed(text)
    if len(short) > 45 or short.endswith(("。", "；", "，", "：")):
        return 0
    found = NUMBERED.match(short)
    if found is None:
        return 0
    return 1 if short.startswith("第") else 3 if short[0] in "（(" else 2
