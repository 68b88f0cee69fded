"""The tables of an official form as they are printed: title, unit of measure, headings with their merges, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import is_blank, is_note, plain, squeezed, to_decimal
from udfs.foreign import NUMBER_LINE, is_number, parted

_MEASURE = re.compile(r"(?:单位|金额)[：:]\s*(?:人民币)?(万元|元)")
_YEAR = re.compile(r"20\d{2}(?=年)")
_TITLE_END = re.compile(r"表([（(].*[)）])?$")
#: What a title begins with besides its words: 一、 or 公开01表：.
_LEAD = re.compile(r"^(?:[一二三四五六七八九十]+、|[（(]?公开\d+表[：:）)])")
_ORDINAL = re.compile(r"^(?:[（(]?[一二三四五六七八九十]+[）)、.．]|[（(]?\d{1,2}[）)、.．])")
_CODE = re.compile(r"\d{3}(?:\d{2}){0,3}(?:\.0)?")
_TOTALS = ("合计", "总计", "收入总计", "支出总计", "收入合计", "支出合计")
_MOST_ABOVE = 6

Merge = tuple[int, int, int, int]


class Page(Struct, frozen=True):
    """A sheet of a form: values, merged cells (rows and columns from 0, both ends), widths and print set-up.

    `sure`: how sure it is that the cells are those of the form; those of a PDF are guessed from its lines.
    """

    file: str
    name: str
    grid: Sequence[Sequence[Any]]
    merges: tuple[Merge, ...] = ()
    widths: Mapping[int, float] = {}
    landscape: bool = False
    sure: float = 1.0


class PrintedTable(Struct, frozen=True):
    """A table of a form. `rows`: the body's cells, as wide as the headings; `lines`: their lines of the body."""

    page: Page
    title: str
    number_line: str
    unit_line: str
    measure: str
    headings: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[Any, ...], ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...]
    top: int  #: row of the page (from 0) in which the headings begin

    @property
    def width(self) -> int:
        """Number of printed columns."""
        return len(self.headings[0])

    @property
    def core(self) -> str:
        """The title without number and year, for comparing."""
        return squeezed(re.sub(r"(20\d{2}|\{year\})(年度|年)?", "", self.title))

    def amount(self, row: int, column: int) -> Decimal | None:
        """The figure of a cell of the body (both from 0), where it holds one."""
        value = self.rows[row][column]
        return to_decimal(value) if is_number(value) and not is_blank(value) else None

    def path(self, column: int) -> tuple[str, ...]:
        """The heading texts above a column (from 0), from the top, without the line of numbers."""
        texts = []
        for line in self.headings:
            c = column
            while line[c] == "<":
                c -= 1
            if line[c] not in ("^", "") and not line[c].isdigit():
                texts.append(squeezed(line[c]))
        return tuple(dict.fromkeys(texts))

    def leaf(self, column: int) -> str:
        """The lowest heading text above a column (from 0), empty where it has none."""
        return (self.path(column) or ("",))[-1]


def tables_of(page: Page) -> Iterator[PrintedTable]:
    """The tables of a sheet: each begins with a line that names its unit of measure, else with its title."""
    starts = [r for r, line in enumerate(page.grid) if _measure_of(line)] or _titles_alone(page)
    for number, start in enumerate(starts):
        end = starts[number + 1] - _titles_above(page, starts[number + 1]) if number + 1 < len(starts) else None
        found = _table(page, start, len(page.grid) if end is None else end)
        if found is not None:
            yield found


def _titles_alone(page: Page) -> list[int]:
    """The last line above each table's headings where no unit of measure is named: the title, or what follows."""
    found = []
    for r, line in enumerate(page.grid):
        if len(texts := _texts(line)) == 1 and _TITLE_END.search(texts[0]) and not NUMBER_LINE.fullmatch(texts[0]):
            below = next((n for n in range(r + 1, len(page.grid)) if len(_texts(page.grid[n])) > 1), r + 1)
            if below - r <= _MOST_ABOVE:
                found.append(below - 1)
    return found


def _measure_of(line: Sequence[Any]) -> str:
    found = [m[1] for v in line if isinstance(v, str) and (m := _MEASURE.search(squeezed(v)))]
    return found[-1] if found else ""


def _texts(line: Sequence[Any]) -> list[str]:
    return ["".join(plain(v).split()) for v in line if not is_blank(v)]


def _titles_above(page: Page, row: int) -> int:
    """How many rows above a unit line belong to its table: title and number."""
    count = 0
    while row - count > 0 and count < _MOST_ABOVE:
        texts = _texts(page.grid[row - count - 1])
        if len(texts) > 1 and not all(NUMBER_LINE.fullmatch(t) or _TITLE_END.search(t) for t in texts):
            break
        count += 1
    return count


def _table(page: Page, start: int, end: int) -> PrintedTable | None:
    measure = _measure_of(page.grid[start])
    last = start if measure else start + 1  # without a unit of measure the title may stand right above the headings
    above = [t for r in range(last - _titles_above(page, last), last) for t in _texts(page.grid[r])]
    unit_line = next((plain(v) for v in page.grid[start] if not is_blank(v) and (measure or "：" in plain(v))), "")
    title, unit = parted(unit_line)
    if unit:
        above.append(title)
        unit_line = unit
    titles = [t for t in above if _TITLE_END.search(t) and not NUMBER_LINE.fullmatch(t)]
    if not titles:
        return None
    top = next((r for r in range(start + 1, end) if _texts(page.grid[r])), end)
    width = max((c + 1 for r in range(top, end) for c, v in enumerate(page.grid[r]) if not is_blank(v)), default=0)
    depth = _depth(page, top, end)
    if not depth or width < 2:
        return None
    used = {c for r in range(top, end) for c, v in enumerate(page.grid[r]) if not is_blank(v)}
    if margin := min(used):
        return _table(_without(page, frozenset(range(margin))), start, end)
    lines = [tuple([*page.grid[r], *[None] * width][:width]) for r in range(top + depth, end)]
    while lines and not _texts(lines[-1]):
        lines.pop()
    body = [(n, line) for n, line in enumerate(lines, 1) if _texts(line)]
    notes = tuple(plain(line[0]) for _, line in body if is_note(line[0]))
    body = [(n, line) for n, line in body if not is_note(line[0]) and set(_texts(line)) - {"…", "...", "……"}]
    printed = [t for r in range(top, top + depth) for t in _texts(page.grid[r])]
    years = [int(y) for text in (*above, *printed) for y in _YEAR.findall(text)]
    year = max(years, default=0)
    headings = _headings(page, top, depth, width, year)
    figures = any(is_number(v) and not is_blank(v) for _, line in body for v in line)
    merged = {
        c for r1, c1, r2, c2 in page.merges if r1 < top + depth and r2 >= top for c in range(c1, min(c2, width) + 1)
    }
    idle = {c for c in range(1, width) if c not in used and all(line[c] == "<" for line in headings)}
    # In a blank form columns that a heading is merged over are the form's; any other far to the right is not.
    if idle := idle if figures else (idle - merged if page.merges else set()):
        return _table(_without(page, frozenset(idle)), start, end)
    title = _without_unit(titles[-1], unit_line)
    number = next((t for t in above if NUMBER_LINE.fullmatch(t) and t not in titles), "")
    lead = _LEAD.match(title)
    return PrintedTable(
        page=page,
        title=_by_name(title[lead.end() :] if lead else title, year),
        number_line=number or (lead[0] if lead else ""),
        unit_line=unit_line,
        measure=measure,
        headings=headings,
        rows=tuple(line for _, line in body),
        lines=tuple(n for n, _ in body),
        notes=notes,
        top=top,
    )


def _without(page: Page, columns: frozenset[int]) -> Page:
    """A page without columns: a margin, and those that only continue a heading and that no row of an example uses."""
    left = [0]  # of each column how many of those before it stay
    for c in range(max(map(len, page.grid), default=0) + 1):
        left.append(left[-1] + (c not in columns))

    def at(c: int) -> int:
        return left[min(c, len(left) - 1)]

    def without(line: Sequence[Any]) -> list[Any]:
        kept = [v for c, v in enumerate(line) if c not in columns]
        if 0 in columns and kept and is_blank(kept[0]):  # what stands above a table's margin, as its title does
            kept[0] = next((v for c, v in enumerate(line) if c in columns and not is_blank(v)), kept[0])
        return kept

    return replace(
        page,
        grid=[without(line) for line in page.grid],
        merges=tuple((r1, at(c1), r2, at(c2 + 1) - 1) for r1, c1, r2, c2 in page.merges if at(c1) < at(c2 + 1)),
        widths={at(c): width for c, width in page.widths.items() if c not in columns},
    )


def _without_unit(title: str, unit_line: str) -> str:
    """A title without the name of the unit whose form this is, and without the year before that name."""
    unit = squeezed(re.split(r"[：:]", unit_line)[-1])
    before, found, after = title.partition(unit) if unit else (title, "", "")
    return f"{re.sub('20[0-9]{2}年度?$', '', before)}{after.removeprefix('部门')}" if found and "表" in after else title


def _depth(page: Page, top: int, end: int) -> int:
    """How many rows the headings have: up to the first row with an amount, a code, or the label of a row."""
    covered = max((m[2] for m in page.merges if m[0] <= top <= m[2]), default=top)
    for r in range(top, end):
        line = page.grid[r]
        texts = _texts(line)
        if not texts or (r > covered and _begins_body(line, texts)):
            return r - top
        covered = max([covered, *(m[2] for m in page.merges if m[0] <= r <= m[2])])
    return end - top


def _begins_body(line: Sequence[Any], texts: Sequence[str]) -> bool:
    digits = [t.removesuffix(".0") for t in texts]
    if len(digits) > 1 and digits == [str(n) for n in range(1, len(digits) + 1)]:
        return False
    first = texts[0]
    if any(is_number(t) for t in texts) or is_note(first):
        return True
    if len(texts) == 1:
        return first in _TOTALS
    filled = [c for c, v in enumerate(line) if not is_blank(v)]
    return _ORDINAL.match(first) is not None or (first in _TOTALS and filled[0] == 0 and len(texts) < 3)


def _by_name(text: str, year: int) -> str:
    """A text with its years by name, of which the latest of the table is this year."""
    return _YEAR.sub(lambda m: "{last}" if int(m[0]) == year - 1 else "{year}", text)


def _headings(page: Page, top: int, depth: int, width: int, year: int) -> tuple[tuple[str, ...], ...]:
    """The headings as a grid in which ``<`` continues the cell at the left and ``^`` the cell above."""
    grid = [
        [_heading(page.grid[top + r][c] if c < len(page.grid[top + r]) else "", year) for c in range(width)]
        for r in range(depth)
    ]
    inside = [m for m in page.merges if top <= m[0] <= m[2] < top + depth]
    if inside:
        for r1, c1, r2, c2 in inside:
            for r in range(r1 - top, r2 - top + 1):
                for c in range(c1, min(c2, width - 1) + 1):
                    if (r, c) != (r1 - top, c1):
                        grid[r][c] = "<" if c > c1 else "^"
    origin = [list(range(width))]  # for each row the column in which a column's heading begins
    for r in range(depth):
        starts: list[int] = []
        for c in range(width):
            same = c > 0 and (r == 0 or origin[r][c] == origin[r][c - 1])
            if not grid[r][c]:
                span = [k for k in range(width) if r and origin[r][k] == origin[r][c]]
                split = any(grid[r][k] not in ("", "^", "<") for k in span)
                grid[r][c] = (
                    "<" if same and (r == 0 or split) and starts and grid[r][c - 1] != "^" else "^" if r else ""
                )
                if r and not split and c > 0 and origin[r][c] == origin[r][c - 1]:
                    grid[r][c] = "<"
            starts.append(starts[-1] if grid[r][c] == "<" and starts else c)
        origin.append(starts)
    return tuple(map(tuple, grid))


def _heading(value: Any, year: int) -> str:
    return "" if is_blank(value) else _by_name("".join(plain(value).split()).removesuffix(".0"), year)
