"""The ruled tables of a PDF page, cell by cell."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from addin.document.pdf_lines import Char, rows_of, text_of
from addin.document.pdf_rows import together, unruled_rows
from udfs.foreign import (
    Leftover,
    Line,
    PageTable,
    Passage,
    is_number,
    split_title,
)

#: Marks a cell whose lines stand upon each other.
_GARBLED = "\ufffe"
#: What figures are made of, and a figure with its thousands marks or decimals, which cannot be two.
_OF_FIGURES = frozenset("0123456789,.-")
_WHOLE = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d{2})?|-?\d+\.\d{2}")
#: A box of one row with more cells is a row of a table.
_MANY_CELLS = 3
#: The part of its height from which a character runs over its cell's edge, and how many sizes lines are apart.
_OVER, _FAR_OVER, _NEXT_LINE = 0.2, 0.3, 1.7
#: How far from a table a column without an outer line may reach, the digits that make it one, its least width.
_OUTER, _FEW_DIGITS, _NARROW = 140.0, 4, 6.0
#: A line drawn as a rectangle is at most so thick.
_THICKEST = 3.0
#: A row lower than this holds no text.
_LOWEST = 6.5
Box = tuple[float, float, float, float]
_SETTINGS = {"snap_tolerance": 2, "join_tolerance": 2, "intersection_tolerance": 3}


class _Ruled(Struct, frozen=True):
    """A table as pdfplumber gives it: its cells and its frame."""

    cells: list[Box]
    bbox: Box


# -- tables


def ruled_tables(
    page: Any, chars: Sequence[Char], number: int, remarks: list[Leftover]
) -> tuple[list[tuple[float, PageTable]], set[int]]:
    """The ruled tables of a page with their upper edges, and which characters stand in them."""
    result: list[tuple[float, PageTable]] = []
    used: set[int] = set()
    page = _without_shading(page)
    if not page.edges:
        return result, used
    order = sorted(range(len(chars)), key=lambda i: chars[i]["top"] + chars[i]["bottom"])
    middles = [(chars[i]["top"] + chars[i]["bottom"]) / 2 for i in order]
    across = _across(chars)
    for found in _found(page, chars):
        rows, lefts, edges, taken, unsure = _cells(found, chars, order, middles, across)
        if len(lefts) < 2 or not taken or (len(rows) < 2 and not _is_rest(rows[0])):
            continue
        if garbled := next((text for row in rows for text in row if text and _GARBLED in text), ""):
            text = garbled.replace(_GARBLED, "").replace("\n", "")[:20]
            message = f"第{number}页的表格中有互相重叠的文字“{text}”，读出的内容不可靠，请核对原文件"
            remarks.append(Leftover(number, message, forced=True))
            rows = [tuple(v and v.replace(_GARBLED, "") for v in row) for row in rows]
        if unsure:
            message = f"第{number}页的表格框线不全或行高不够，数字“{unsure[:20]}”不能确定在哪一格，请核对原文件"
            remarks.append(Leftover(number, message, forced=True))
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


def _without_shading(page: Any) -> Any:
    """The page without areas of colour, where lines make its tables: the edges of what lies behind a text are none."""
    areas = [r for r in page.rects if _is_area(r)]
    upright = [x for x in (*page.lines, *page.rects) if x["width"] <= _THICKEST < x["height"]]
    ruled = len({round(x["x0"]) for x in upright}) >= _MANY_CELLS
    return page.filter(lambda x: not _is_area(x)) if areas and ruled else page


def _is_area(thing: Any) -> bool:
    filled = thing["object_type"] == "rect" and thing["fill"] and not thing["stroke"]
    return bool(filled and min(thing["width"], thing["height"]) > _THICKEST)


def _is_rest(row: Line) -> bool:
    """Whether a single row may be what a page's end left of a table: many cells, or a figure and something else."""
    return sum(bool(v) for v in row) > 1 and (len(row) > _MANY_CELLS or any(is_number(v) for v in row if v))


def _across(chars: Sequence[Char]) -> list[float]:
    """Where each character stands from left to right; those of a figure that runs over a line, where it does."""
    places = {id(c): (c["x0"] + c["x1"]) / 2 for c in chars}
    for line in rows_of([c for c in chars if c["text"] in _OF_FIGURES]):
        run: list[Char] = []
        for c in [*line, None]:
            if run and (c is None or not -0.3 * c["size"] < c["x0"] - run[-1]["x1"] < 0.15 * c["size"]):
                middle = (run[0]["x0"] + run[-1]["x1"]) / 2
                if _WHOLE.fullmatch("".join(r["text"] for r in run)):
                    places.update((id(r), middle) for r in run)
                run = []
            if c is not None:
                run.append(c)
    return [places[id(c)] for c in chars]


def _found(page: Any, chars: Sequence[Char]) -> list[Any]:
    """The tables; where a table has no lines at its sides, its horizontal lines end it."""
    lines: dict[str, Any] = {**_SETTINGS}
    if ends := _open_ends(page):
        lines["explicit_horizontal_lines"] = ends
    found = page.find_tables(lines)
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
        found = page.find_tables({**lines, "explicit_vertical_lines": sorted(sides)})
    return _with_open_columns(chars, list(found))


def _open_ends(page: Any) -> list[float]:
    """Where the upright lines of a page end without a level one, as where a page's end cuts a table."""
    upright = [e for e in page.edges if e["orientation"] == "v"]
    if len({round(e["x0"]) for e in upright}) < _MANY_CELLS:
        return []
    ends = (min(e["top"] for e in upright), max(e["bottom"] for e in upright))
    level = [e["top"] for e in page.edges if e["orientation"] == "h" and e["x1"] - e["x0"] > _THICKEST]
    return [y for y in ends if not any(abs(y - at) < 3 for at in level)]


def _with_open_columns(chars: Sequence[Char], found: list[Any]) -> list[Any]:
    """The tables; where figures stand in no cell of the only one, but in its rows, an outer column has no line."""
    if len(found) != 1:
        return found
    x0, top, x1, bottom = found[0].bbox
    beside = [
        (c, x)
        for c in chars
        if top < (c["top"] + c["bottom"]) / 2 < bottom and x0 - _OUTER < (x := (c["x0"] + c["x1"]) / 2) < x1 + _OUTER
    ]
    loose = [c for c, x in beside if not any(cell[0] <= x < cell[2] and _holds(cell, c) for cell in found[0].cells)]
    framed = sum(x0 < c["x0"] and c["x1"] < x1 for c in loose)
    if sum(c["text"].isdigit() for c in loose) < _FEW_DIGITS and framed < 2:
        return found
    left, right = min(x0, *(c["x0"] - 2 for c in loose)), max(x1, *(c["x1"] + 2 for c in loose))
    cells = list(found[0].cells)
    for cell in found[0].cells:
        # An outer column is cut into rows as the column beside it is.
        if cell[2] < right - _NARROW and not any(abs(o[0] - cell[2]) < 3 and _meet(o, cell) for o in found[0].cells):
            cells.append((cell[2], cell[1], right, cell[3]))
        if cell[0] > left + _NARROW and not any(abs(o[2] - cell[0]) < 3 and _meet(o, cell) for o in found[0].cells):
            cells.append((left, cell[1], cell[0], cell[3]))
    return [_Ruled(cells, (left, top, right, bottom))]


def _meet(one: Box, other: Box) -> bool:
    """Whether two cells stand beside each other."""
    return min(one[3], other[3]) - max(one[1], other[1]) > 1


def _holds(cell: Box, c: Char) -> bool:
    """Whether a character stands between a cell's upper and lower edge."""
    return bool(cell[1] <= (c["top"] + c["bottom"]) / 2 < cell[3])


def _cells(
    table: Any,
    chars: Sequence[Char],
    order: Sequence[int],
    middles: Sequence[float],
    across: Sequence[float],
) -> tuple[list[Line], list[float], list[float], set[int], str]:
    """A table's rows of texts, where its columns and rows begin, its characters, and figures that stand on an edge."""
    lefts = _clusters(c[0] for c in table.cells)
    tops = _clusters(c[1] for c in table.cells)
    grid: list[list[str | None]] = [[None] * len(lefts) for _ in tops]
    lines_of: list[dict[int, list[tuple[float, str]]]] = [{} for _ in tops]
    inside = [
        [
            i
            for i in order[bisect_left(middles, cell[1]) : bisect_left(middles, cell[3])]
            if cell[0] <= across[i] < cell[2]
        ]
        for cell in table.cells
    ]
    used = {i for own in inside for i in own}
    homes, unsure = _back_home(table.cells, inside, chars, across)
    for (x0, top, _, _), own in zip(table.cells, homes, strict=True):
        lines = list(rows_of([chars[i] for i in own]))
        text = "\n".join(text_of(run).strip() for run in lines) + _GARBLED * (
            any(map(_overlaps, lines)) or _piled(lines)
        )
        r = min(range(len(tops)), key=lambda n: abs(tops[n] - top))
        c = min(range(len(lefts)), key=lambda n: abs(lefts[n] - x0))
        grid[r][c] = text if grid[r][c] is None else f"{grid[r][c]}{text}"
        lines_of[r].setdefault(c, []).extend((run[0]["top"], text_of(run).strip()) for run in lines)
    rows: list[Line] = []
    edges: list[float] = []
    for line, top, parts in zip(grid, tops, lines_of, strict=True):
        apart = unruled_rows(line, top, parts)
        unsure = unsure or (together(parts) if len(apart) == 1 else "")
        for at, row in apart:
            rows.append(tuple(row))
            edges.append(at)
    rows, edges = _folded(rows, edges, max((c[3] for c in table.cells), default=0.0))
    return rows, lefts, edges, used, unsure


def _folded(rows: Sequence[Line], edges: Sequence[float], end: float) -> tuple[list[Line], list[float]]:
    """Rows without those that only a double line makes: blank ones lower than a text, a blank cell cut in two."""
    kept: list[Line] = []
    tops: list[float] = []
    for row, top, below in zip(rows, edges, [*edges[1:], end], strict=True):
        if below - top < _LOWEST and not any(row) and kept:
            continue
        halves = kept and all(v is None or not kept[-1][n] for n, v in enumerate(row)) and None in row
        if halves and top - tops[-1] < _LOWEST and any(kept[-1]):
            kept[-1] = tuple(v or (w if v is None else v) for v, w in zip(row, kept[-1], strict=True))
            continue
        kept.append(row)
        tops.append(top)
    return kept, tops


def _back_home(
    cells: Sequence[Box], inside: Sequence[list[int]], chars: Sequence[Char], across: Sequence[float]
) -> tuple[list[list[int]], str]:
    """The characters of every cell, and figures that stand on an edge between two, for which it is not sure.

    Lines that a low row lets run over its edge go back to the cell they come from.
    """
    homes = [list(own) for own in inside]
    unsure = ""
    for at, (cell, own) in enumerate(zip(cells, inside, strict=True)):
        for down in (True, False):
            over = [i for i in own if _beyond(chars[i], cell, down=down) > _OVER]
            if len(over) == len(own):
                over = [i for i in own if _beyond(chars[i], cell, down=down) > _FAR_OVER]
            # A cell all of whose lines run over its edges has two of its own; one that holds a line has a stranger's.
            strange = len(over) == len(own) or any(_within(chars[i], cell) for i in own)
            for i in over if strange else ():
                home = _beside(cells, inside, chars, across, cell, i, down=down)
                # Between columns of one width a name on two lines is more likely than one that stands too high.
                wider = home >= 0 and cell[2] - cell[0] > 1.5 * (cells[home][2] - cells[home][0])
                sure = wider or chars[i]["text"] in _OF_FIGURES
                if home >= 0 and sure and _beyond(chars[i], cell, down=down) > _FAR_OVER:
                    homes[at].remove(i)
                    homes[home].append(i)
            figures = "".join(chars[i]["text"] for i in over if chars[i]["text"] in _OF_FIGURES)
            unsure = unsure or (figures if len(figures) > 1 else "")
    return homes, unsure


def _within(c: Char, cell: Box) -> bool:
    return max(_beyond(c, cell, down=True), _beyond(c, cell, down=False)) < _OVER / 2


def _beyond(c: Char, cell: Box, *, down: bool) -> float:
    """The part of a character's height that lies over the lower or upper edge of a cell."""
    height = max(c["bottom"] - c["top"], 1.0)
    return float((c["bottom"] - cell[3]) / height if down else (cell[1] - c["top"]) / height)


def _beside(
    cells: Sequence[Box],
    inside: Sequence[list[int]],
    chars: Sequence[Char],
    across: Sequence[float],
    cell: Box,
    i: int,
    *,
    down: bool,
) -> int:
    """The cell over the edge whose text goes on with a character's line; -1 where there is none."""
    c = chars[i]
    for n, other in enumerate(cells):
        meets = abs(other[1] - cell[3]) < 2 if down else abs(other[3] - cell[1]) < 2
        if meets and other[0] <= across[i] < other[2]:
            gaps = [abs(chars[k]["top"] - c["top"]) for k in inside[n] if abs(_beyond(chars[k], other, down=down)) < 1]
            return n if gaps and min(gaps) < _NEXT_LINE * c["size"] else -1
    return -1


def _piled(lines: Sequence[Sequence[Char]]) -> bool:
    """Whether two lines of a cell stand half upon each other, figures among them."""
    return any(
        after[0]["top"] - before[0]["top"] < 0.6 * before[0]["size"]
        and any(c["text"].isdigit() for c in (*before, *after))
        and before[0]["x0"] < after[-1]["x1"]
        and after[0]["x0"] < before[-1]["x1"]
        for before, after in pairwise(lines)
    )


def _overlaps(run: Sequence[Char]) -> bool:
    """Whether characters of one line stand upon each other, as where a row is too low for its lines."""
    over = (b["x0"] < a["x1"] - 0.4 * min(a["x1"] - a["x0"], b["x1"] - b["x0"]) for a, b in pairwise(run))
    return sum(map(bool, over)) > 1


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
