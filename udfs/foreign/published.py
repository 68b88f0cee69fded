"""A published document as it was read: passages of text and tables in their order, each with page and paragraph.

    >>> document.passages[0]
    Passage(text='示例市商务局', page=1, paragraph=1, level=0, contents=False)

As grids it is a foreign workbook like any other: a sheet a table, and one sheet with all text, a passage a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import is_note, squeezed
from udfs.foreign.headings import is_number

#: The sheet that holds the text.
TEXT = "正文"
_LEAD = re.compile(r"(编制|预算|填报|公开)?(主管)?(单位|部门)(名称)?(/单位)?[：:]|(金额)?单位[：:]")
_CONTINUED = re.compile(r"[（(]?续表?\d*[）)]?$")
#: What numbers a heading of a section: such a line stays in the text even right above a table.
NUMBERED = re.compile(r"(第[一二三四五六七八九十]+部分|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)])")
#: Lines right above a table that may be its title, mark and unit line; a longer one is running text.
_ABOVE, _LONGEST_ABOVE = 4, 60

Line = tuple[str | None, ...]


class Passage(Struct, frozen=True):
    """A paragraph. `level`: of a heading, 0 for running text; `contents`: an entry of the contents."""

    text: str
    page: int
    paragraph: int
    level: int = 0
    contents: bool = False


class PageTable(Struct, frozen=True):
    """A table. `above`: its title lines; `rows`: None where a merged cell goes on; `pages`: the page of each row.

    `paragraph`: number of the passage before it. `lefts`: where its columns begin on the page, where that is known.
    """

    above: tuple[Passage, ...]
    rows: tuple[Line, ...]
    pages: tuple[int, ...]
    paragraph: int
    lefts: tuple[float, ...] = ()
    repeated: tuple[int, ...] = ()  #: paragraphs of titles that its later pages repeat


class Leftover(Struct, frozen=True):
    """Something that a published document should not hold any more, or that was not surely read."""

    page: int
    message: str
    forced: bool = False


class Published(Struct, frozen=True):
    """A document. `remarks`: what could not be read surely; `leftovers`: revisions, comments, hidden text.

    `laid_out`: whether pages are known from the file itself (always in PDF), not from the contents or breaks alone.
    """

    name: str
    pages: int
    passages: tuple[Passage, ...]
    tables: tuple[PageTable, ...]
    remarks: tuple[Leftover, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    empty_pages: tuple[int, ...] = ()
    laid_out: bool = True
    workbook: bool = False  #: a workbook, which has sheets instead of pages, cover and contents
    printed_pages: Mapping[int, str] = {}  #: page of the file → the number printed on it

    def sheet_of(self, number: int) -> str:
        """The name of the sheet that stands for a table (from 0)."""
        return f"第{self.tables[number].pages[0]}页表{number + 1}"

    def grids(self) -> dict[str, list[list[Any]]]:
        """The document as sheets: each table with its title lines and notes, then the text."""
        result: dict[str, list[list[Any]]] = {}
        for number, table in enumerate(self.tables):
            result[self.sheet_of(number)] = [
                *(cells_of(p.text) for p in table.above),
                *([("" if v is None else v) for v in row] for row in table.rows),
                *([p.text] for p in self._notes(number)),
            ]
        result[TEXT] = [[p.text] for p in self.running_text()]
        return result

    def page_of(self, number: int, row: int) -> int:
        """The page of a row (from 1) of a table's sheet."""
        table = self.tables[number]
        at = row - 1 - len(table.above)
        return table.pages[min(max(at, 0), len(table.pages) - 1)]

    def running_text(self) -> list[Passage]:
        """All passages but the contents and what belongs to tables."""
        own = {p.paragraph for t in self.tables for p in t.above if not NUMBERED.match(squeezed(p.text))}
        own |= {paragraph for table in self.tables for paragraph in table.repeated}
        own |= {p.paragraph for number in range(len(self.tables)) for p in self._notes(number)}
        return [p for p in self.passages if not p.contents and p.paragraph not in own]

    def _notes(self, number: int) -> list[Passage]:
        """The notes right under a table."""
        after = self.tables[number].paragraph
        result = []
        for passage in self.passages:
            if passage.paragraph > after:
                if not is_note(passage.text):
                    break
                result.append(passage)
        return result


def cells_of(text: str) -> list[str]:
    """A line above a table as the cells it shows: 编制部门：某局        单位：元."""
    return [part for part in re.split(r"\t+|\s{3,}|\s+(?=(?:金额)?单位[：:])", text) if part.strip()]


def lines_above(passages: Sequence[Passage], page: int) -> tuple[Passage, ...]:
    """Of the passages before a table those that are its title lines."""
    found: list[Passage] = []
    if passages and passages[-1].page == page - 1:
        page -= 1  # the page ends between the title and its table
    for passage in reversed(passages[-_ABOVE:]):
        text = passage.text.strip()
        if passage.page != page or passage.contents or len(text) > _LONGEST_ABOVE or text.endswith(("。", "；", "，")):
            break
        if is_note(text) and not _LEAD.match(text):
            break
        found.insert(0, passage)
    return tuple(found)


def split_title(rows: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Title and unit line that stand inside a table's frame, and the table below them."""
    titles: list[str] = []
    rest = list(rows)
    while rest:
        texts = [v for v in rest[0] if v]
        whole = len(texts) == 1 and sum(v is not None for v in rest[0]) == 1 and len(rest[0]) > 1
        lead = any(_LEAD.match(squeezed(t)) for t in texts) and not any(is_number(t) for t in texts)
        if texts and not (whole and len(rest) > 1 and not is_note(texts[0])) and not lead:
            break
        if whole:
            titles += texts[0].split("\n")
        elif texts:
            titles.append("    ".join(texts))
        rest.pop(0)
    return titles, rest


def joined(tables: Iterable[PageTable], between: Mapping[int, Sequence[str]]) -> list[PageTable]:
    """Tables, those that are the pages of one made one. `between`: lines between a table (from 1) and the one before,
    none of them but repeated titles where it goes on.
    """
    result: list[PageTable] = []
    for number, table in enumerate(tables):
        last = result[-1] if result else None
        if last is None or not _goes_on(last, table, between.get(number, ())):
            result.append(table)
            continue
        if len(table.lefts) > len(last.lefts) > 0:
            last = replace(last, rows=tuple(_aligned(table, last)), lefts=table.lefts)
        rows = _aligned(last, table)
        skip = 0
        while skip < min(len(rows), len(last.rows)) and _same(rows[skip], last.rows[skip]) and not _is_body(rows[skip]):
            skip += 1
        result[-1] = replace(
            last,
            rows=(*last.rows, *rows[skip:]),
            pages=(*last.pages, *table.pages[skip:]),
            paragraph=max(last.paragraph, table.paragraph),
            repeated=(*last.repeated, *(p.paragraph for p in table.above)),
        )
    return result


def _is_body(line: Line) -> bool:
    return any(is_number(v) for v in line if v)


def _same(one: Line, other: Line) -> bool:
    return [squeezed(v) for v in one if v] == [squeezed(v) for v in other if v]


def _goes_on(last: PageTable, table: PageTable, between: Sequence[str]) -> bool:
    """Whether a table is the next page of the one before."""
    if table.pages[0] not in (last.pages[-1], last.pages[-1] + 1):
        return False
    titles = {squeezed(p.text) for p in last.above}
    for line in between:
        text = _CONTINUED.sub("", squeezed(line))
        if text and text not in titles and not _LEAD.match(text):
            return False
    if not _fits(last, table):
        return False
    first = next((row for row in table.rows if any(row)), ())
    if table.pages[0] == last.pages[-1]:
        # In Word an empty paragraph may part the rows of one table: nothing else stands between, no heading again.
        parted = not between and not table.above and not table.lefts and any(map(_is_body, last.rows))
        return parted and (_is_body(first) or _same(first, last.rows[0]) or sum(1 for v in first if v) <= 1)
    # A first row without figures must be the heading again, or the rest of a row or heading that the page's end cut.
    ended = next((squeezed(v) for v in last.rows[-1] if v), "") in ("合计", "总计")
    cut = not any(map(_is_body, last.rows)) and not between and not ended
    return (
        _is_body(first) or _same(first, last.rows[0]) or sum(1 for v in first if v) <= 1 or cut or not _has_head(table)
    )


def _has_head(table: PageTable) -> bool:
    return not any(_is_body(row) for row in table.rows[:1]) and any(_is_body(row) for row in table.rows[1:])


def _fits(last: PageTable, table: PageTable) -> bool:
    if last.lefts and table.lefts:
        few, many = sorted((last.lefts, table.lefts), key=len)
        return len(few) == len(many) or all(any(abs(x - own) < 4 for own in many) for x in few)
    return len(last.rows[0]) == len(table.rows[0])


def _aligned(last: PageTable, table: PageTable) -> list[Line]:
    """The rows of a later page in the columns of the first."""
    width = len(last.rows[0])
    if len(table.rows[0]) == width or not table.lefts:
        return [(*row, *(None,) * (width - len(row)))[:width] for row in table.rows]
    places = [min(range(width), key=lambda c: abs(last.lefts[c] - x)) for x in table.lefts]
    result = []
    for row in table.rows:
        line: list[str | None] = [None] * width
        for c, value in zip(places, row, strict=True):
            line[c] = value
        result.append(tuple(line))
    return result
