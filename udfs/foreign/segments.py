"""Where tables lie in a foreign sheet, and what their titles say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from udfs.base import address, is_blank, plain, squeezed
from udfs.foreign.headings import (
    Grid,
    bare,
    is_heading_row,
    is_number,
    likeness,
    texts_of,
)
from workbook_templates.reading import Edition, Form

_PAGE = re.compile(r"[—\-－ ]*第?\s*\d+\s*页?(共\d+页)?[—\-－ ]*|\[p\d+\]")
#: Words of titles that differ between kinds of documents.
_DOCUMENT = re.compile(
    r"预算单位|预算部门|单位|部门|[省市区县]级|本级|年度|[（(]?续表?\d*[）)]?$|预算公开表?\d*|公开\d+表|附[表件]\d*|[：:]"
)
#: A line that gives a form its number and says nothing else: 公开表一, 部门公开表1, 附件2-1.
NUMBER_LINE = re.compile(
    r"[（(]?(部门|单位)?(预算|收支)?(公开)?[表件附]{0,2}[一二三四五六七八九十\d]+([-—.][一二三四五六七八九十\d]+)?表?[:：）)]?"
)
#: A title and the name of the unit on one line, as a PDF's lines may have them.
_GLUED = re.compile(r"(.{3,}表(?:[（(][^）)]*[)）])?)((?:编制|填报)?(?:部门|单位)(?:名称)?[：:].*)")
#: Rows above a heading in which title, unit and measure may stand.
_ABOVE = 12

#: A title this like an official one is that title, if no other is nearly as like.
TITLE, MARGIN = 0.82, 0.04
#: How well a title fits one that differs from it only by what stands in brackets behind it.
_WITHOUT = 0.93
_IN_BRACKETS = re.compile(r"[（(][^（()）]*[)）]$")


class Segment(Struct, frozen=True):
    """A stretch of a sheet that looks like a table: rows (from 0) of title, headings and body."""

    sheet: str
    above: tuple[int, ...]
    band: tuple[int, ...]
    body: tuple[int, ...]
    title: str

    @property
    def place(self) -> str:
        """Where it begins."""
        return f"{self.sheet}!{address(min((*self.above, *self.band)) + 1, 1)}"


# -- where tables lie


def segments_of(edition: Edition, sheet: str, grid: Grid) -> Iterator[Segment]:
    """The stretches of a sheet that begin with a heading, in order; pages of one table are one."""
    bands = _bands(edition, grid)
    result: list[Segment] = []
    for number, band in enumerate(bands):
        floor = bands[number - 1][-1] + 1 if number else 0
        above: list[int] = []
        for r in range(band[0] - 1, max(floor, band[0] - _ABOVE) - 1, -1):
            if _is_body(grid[r]):
                break
            above.insert(0, r)
        end = bands[number + 1][0] if number + 1 < len(bands) else len(grid)
        titles = [t for t in (_title(edition, grid[r]) for r in above) if t]
        body = [r for r in range(band[-1] + 1, end) if not _is_blank_line(grid[r])]
        exact = [t for t in titles if any(fit_of_title(edition, f, t) >= TITLE for f in edition.forms)]
        title = (exact or titles or [""])[-1]
        segment = Segment(sheet, tuple(above), tuple(band), tuple(body), title)
        if result and _continues(grid, result[-1], segment):
            last = result.pop()
            gap = set(above)
            segment = Segment(
                sheet, last.above, last.band, tuple(r for r in (*last.body, *body) if r not in gap), last.title
            )
        elif result:
            gap = set(above)
            last = result.pop()
            result.append(
                Segment(sheet, last.above, last.band, tuple(r for r in last.body if r not in gap), last.title)
            )
        result.append(segment)
    yield from result


def _bands(edition: Edition, grid: Grid) -> list[list[int]]:
    """Runs of rows that hold headings."""
    runs: list[list[int]] = []
    for r, line in enumerate(grid):
        if not is_heading_row(edition, line):
            continue
        if runs and runs[-1][-1] == r - 1:
            runs[-1].append(r)
        else:
            runs.append([r])
    # One cell alone is a heading only as part of several rows.
    return [run for run in runs if max(_filled(grid[r]) for r in run) > 1]


def _filled(line: Sequence[Any]) -> int:
    return sum(not is_blank(v) for v in line)


def _is_blank_line(line: Sequence[Any]) -> bool:
    texts = [squeezed(v) for v in line if not is_blank(v)]
    return not texts or (len(texts) == 1 and _PAGE.fullmatch(texts[0]) is not None)


def _is_body(line: Sequence[Any]) -> bool:
    """Whether a row is of a table's body: an amount in it, a note, or a total."""
    texts = [v for v in line if not is_blank(v)]
    if not texts:
        return False
    if any(is_number(v) for v in texts) and len(texts) > 1:
        return True
    first = squeezed(texts[0])
    return first.startswith(("注：", "备注：", "说明：")) or first in {"合计", "总计"} or first.endswith("总计")


def _core(title: str) -> str:
    return _DOCUMENT.sub("", bare(title))


def _official_titles(edition: Edition, form: Form) -> set[str]:
    documents = list(dict.fromkeys(d for by in edition.document_words.values() for d in by)) or [""]
    titles = (form.title, *form.titles)
    return {_core(edition.worded(title, "2024", document)) for document in documents for title in titles}


def _title(edition: Edition, line: Sequence[Any]) -> str:
    """The text of a row that may be a table's title; empty where it is none."""
    texts = [parted(plain(v).split("\n")[0])[0] for v in line if not is_blank(v)]
    for text in texts[:2]:
        if NUMBER_LINE.fullmatch(squeezed(text)):
            continue
        core = _core(text)
        if 4 <= len(core) <= 60 and (
            "表" in core or any(fit_of_title(edition, f, text) >= TITLE for f in edition.forms)
        ):
            return text
    return ""


def parted(text: str) -> tuple[str, str]:
    """A line's title and what names the unit behind it, empty where nothing does."""
    found = _GLUED.fullmatch(squeezed(text))
    return (found[1], found[2]) if found else (text, "")


def fit_of_title(edition: Edition, form: Form, title: str) -> float:
    """How well a title is that of a form, 0 to 1."""
    core = _core(title)
    official = _official_titles(edition, form)
    # A title that begins with the unit's name ends with the official one; of two such the longer is the better.
    ends = [0.95 + 0.04 * len(o) / len(core) for o in official if core != o and core.endswith(o) and len(o) > 4]
    bare_core = _IN_BRACKETS.sub("", core)
    # What stands in brackets behind a title is often left out, or added.
    without = [_WITHOUT for o in official if _IN_BRACKETS.sub("", o) == bare_core and len(bare_core) > 4]
    return max([*(likeness(core, o) for o in official), *ends, *without])


def ending_of(edition: Edition, form: Form, title: str) -> int:
    """Length of the longest official title of a form that a title ends with, 0 for none."""
    core = _core(title)
    return max((len(o) for o in _official_titles(edition, form) if core.endswith(o)), default=0)


def _continues(grid: Grid, before: Segment, now: Segment) -> bool:
    """Whether a stretch is the next page of the one before: the same title or none, and no heading of its own."""
    if now.title and _core(now.title) != _core(before.title):
        return False
    headings = texts_of(grid[r] for r in before.band)
    if any(line not in headings for line in texts_of(grid[r] for r in now.band)):
        return False
    if not before.body:
        return True
    totals = [_has_total(grid, s.body) for s in (before, now)]
    # A second total is a second table, and so is what follows a total at the bottom.
    closed = _has_total(grid, before.body[-1:])
    return not all(totals) and not closed


def _has_total(grid: Grid, rows: Sequence[int]) -> bool:
    return any(
        next((squeezed(v) for v in grid[r] if not is_blank(v)), "") in {"合计", "总计", "收入总计", "支出总计"}
        for r in rows
    )
