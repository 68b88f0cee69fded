"""The lines of all pages as paragraphs, without running heads and page numbers; tables that pages cut, joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from addin.document.pdf_lines import TextLine
from udfs.base import squeezed
from udfs.foreign import (
    NUMBERED,
    Leftover,
    PageTable,
    Passage,
    Published,
    joined,
    lines_above,
)

#: Running heads and page numbers stand this near to the edges, as parts of the page's height.
_MARGIN = 0.12
_ENDS_TITLE = re.compile(r"表(?:[（(][^）)]*[）)])?\s*$")
#: Whatever marks stand around it: -2-, ─2─, ·2·, 第2页共9页, 2/9, Ⅳ.
_PAGE_NUMBER = re.compile(r"[^\w%％（(]*(?:第?\d{1,4}页?(?:[/／,，]?共?\d{1,4}页?)?|[ivxIVX]+|[Ⅰ-ⅿ]+)[^\w%％）)]*")
_LISTED = re.compile(
    r"\s*(?:第?[一二三四五六七八九十]+[、部]|[（(][一二三四五六七八九十\d]+[）)]|\d{1,3}[.、．](?!\d))"
)
#: So many characters a running head has in common with those of other pages.
_BEGINS = 10
#: An entry of the contents ends in its page.
_PAGED = re.compile(r"(?:[.…·．]{3,}|\s{2,})\s*\d{1,4}$")
_ENDS = ("。", "；", "：", "！", "？", ";", ":")


class _Paragraph(Struct):
    """A paragraph of a page. `flush`: begins at the margin, so may go on from the page before."""

    text: str
    flush: bool
    open_end: bool


class Page(Struct):
    """What a page holds."""

    number: int
    width: float
    lines: list[TextLine]
    tables: list[PageTable]
    tops: list[float]


# -- the whole document


def assembled(path: Path, pages: Sequence[Page], remarks: list[Leftover], blank: tuple[int, ...]) -> Published:
    """The pages as one document."""
    running, printed = _running(pages)
    passages: list[Passage] = []
    tables: list[PageTable] = []
    between: dict[int, list[str]] = {}
    contents = False
    first = ""  #: what the contents begin with: where it stands again, the text begins
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
                if contents:
                    entry = squeezed(_PAGED.sub("", found.text))
                    contents, first = entry != first, first or entry
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


def _running(pages: Sequence[Page]) -> tuple[set[int], dict[int, str]]:
    """Lines that are running heads and page numbers, by identity; and the number printed on each page."""
    counted: Counter[tuple[str, int]] = Counter()
    begins: Counter[tuple[str, int]] = Counter()
    margin: list[tuple[TextLine, tuple[str, int]]] = []
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
        number = _PAGE_NUMBER.fullmatch(squeezed(line.text))
        # A title that a table's pages repeat is larger than the text; a unit line names the unit.
        repeated = counted[key] >= 3 and line.size <= usual + 0.5 and "：" not in key[0]
        # Heads that name the part as well begin alike; they are set smaller than the text.
        alike = len(key[0]) > _BEGINS and begins[key[0][:_BEGINS], key[1]] >= 3 and line.size < usual - 1
        if number or repeated or alike:
            result.add(id(line))
        if number:
            printed[line.page] = next(iter(re.findall(r"\d+", line.text)), "")
    return result, printed


def _paragraphs_or_entries(
    lines: Sequence[TextLine], left: float, right: float, contents: bool
) -> Iterator[_Paragraph]:
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


def _is_contents(lines: Sequence[TextLine]) -> bool:
    """Whether a page goes on with the contents: most of its lines end in a page number."""
    entries = sum(bool(_PAGED.search(line.text)) for line in lines)
    return entries > len(lines) / 2


def _paragraphs(lines: Sequence[TextLine], left: float, right: float) -> Iterator[_Paragraph]:
    """Lines joined to paragraphs. `left`, `right`: where the page's text begins and ends."""
    group: list[TextLine] = []
    for line in lines:
        if group and not _wraps(group, line, right):
            yield _whole(group, left, right)
            group = []
        group.append(line)
    if group:
        yield _whole(group, left, right)


def _whole(group: Sequence[TextLine], left: float, right: float) -> _Paragraph:
    text = ""
    for line in group:
        space = text and text[-1].isascii() and text[-1].isalpha() and line.text[0].isascii() and line.text[0].isalpha()
        text += (" " if space else "") + line.text.strip()
    first, last = group[0], group[-1]
    open_end = not text.endswith(_ENDS) and last.x1 - last.x0 > 0.6 * (right - left) and not _level(text)
    return _Paragraph(text, first.x0 - left < 0.6 * first.size and not _LISTED.match(text), open_end)


def _is_full(line: TextLine, right: float) -> bool:
    return right - line.x1 < 2.2 * line.size and line.x1 - line.x0 > 8 * line.size


def _wraps(group: Sequence[TextLine], line: TextLine, right: float) -> bool:
    """Whether a line goes on with a paragraph: by where both begin, whether the last line is full, and how it ends."""
    first, before = group[0], group[-1]
    told = "".join(part.text for part in group)
    if told.count("（") > told.count("）") and line.text.count("）") and abs(before.size - line.size) < 0.8:
        return True  # a title on two lines
    if len(group) == 1 and _is_rest_of_title(before, line, right):
        return True
    # Between two fonts on a line its size is that of either: a full line goes on in the other at the margin.
    near = 0.8 if first.x0 <= line.x0 + line.size or not _is_full(before, right) else 1.6
    if abs(before.size - line.size) > near or line.top - before.top > 3.2 * before.size or _level(told) == 1:
        return False
    full, ends = _is_full(before, right), before.text.endswith(_ENDS)
    slack = 0.6 * line.size
    if line.x0 > before.x0 + slack:  # deeper: only below an item's number
        return full and len(group) == 1 and bool(_LISTED.match(before.text)) and not _LISTED.match(line.text)
    if first.x0 > line.x0 + slack:  # the paragraph's first line was set in
        wide = right - before.x1 < 8 * before.size
        return full or (wide and not ends)
    return full and not ends and not _LISTED.match(line.text)


def _is_rest_of_title(before: TextLine, line: TextLine, right: float) -> bool:
    """Whether a line is the end of a table's title that was too long for one: both are centred, and it ends in 表."""
    near = abs(before.size - line.size) < 0.5 and line.top - before.top < 2.5 * before.size
    centred = abs(before.x0 + before.x1 - line.x0 - line.x1) < 2 * line.size
    ended = before.text.rstrip().endswith(("表", "。", "；", "：", "）"))
    return (
        near and centred and not ended and right - before.x1 < 6 * before.size and bool(_ENDS_TITLE.search(line.text))
    )


def _level(text: str) -> int:
    """How deep a heading a line is by its looks, 0 for running text."""
    short = squeezed(text)
    if len(short) > 45 or "。" in short or short.endswith(("；", "，", "：", "、")):
        return 0
    found = NUMBERED.match(short)
    if found is None:
        return 0
    return 1 if short.startswith("第") else 3 if short[0] in "（(" else 2
