"""The sheet 情况说明: a section a row; what the clerk has edited is hers and stays, the new text is offered beside it.

Beside every section stand two fingerprints, of the heading and of the text that were generated last (column 文本指纹,
right of the print area). What still has its fingerprint is untouched and is replaced; anything else is the clerk's. She
takes the new text by copying it over her own, or by emptying hers: at the next run the section is written again. A
section is known by its number (一, 二 …), so rows of her own may stand between and below. Where the fingerprints are
lost, a text that differs from the generated one counts as edited.

No row of a spreadsheet is taller than 409 points, so a text that needs more goes on in rows of its own below all
others, numbered 五（续） where a paragraph begins there, 五（接上句） where one is broken. They are read as one text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import (
    NOT_CHECKED,
    Area,
    Block,
    Grids,
    InputProblems,
    Problem,
    cell,
    cover_line,
    is_blank,
    is_empty_line,
    numeral,
    plain,
    squeezed,
    text_lines,
)
from udfs.narrative.chart import chart_blocks
from udfs.narrative.narrate import Item, Note, Section, figures_of, narrate, slices
from udfs.tables import Reading
from workbook_templates.reading import Edition, TextSheet

#: What 封面 shows of a sheet that the program has written.
GENERATED = "已生成"
#: Width of the text column where the edition does not say.
_WIDTH = 104.0
#: Lines of text that the tallest row shows, and the marks of rows in which a text goes on.
MOST_LINES = 20
NEXT, RESUMED = "（续）", "（接上句）"


class TextRow(Struct, frozen=True):
    """A section as it stands on its sheet: the cell of its text. `edited`: the clerk has changed heading or text."""

    number: int
    row: int
    column: int
    heading: str
    text: str
    edited: bool


class TextPlan(Struct, frozen=True):
    """What to write, what is the clerk's own, and what she is to be told."""

    blocks: tuple[Block, ...]
    edited: tuple[TextRow, ...]
    notes: tuple[Note, ...]


class _Columns(Struct, frozen=True):
    """Where the columns lie (from 1); `head` is the row of the headings."""

    head: int
    number: int
    heading: int
    text: int
    offer: int
    mark: int


class _Continuation(Struct, frozen=True):
    """A row in which a section's text goes on; `resumed`: in the middle of a paragraph."""

    row: int
    resumed: bool


def fingerprint(text: str) -> str:
    """A short hash of a text; line ends and spaces at the ends of lines do not count, a spreadsheet may change them."""
    return "h" + hashlib.sha256(_same_ends(text).encode()).hexdigest()[:13]


def _same_ends(value: Any) -> str:
    text = value.rstrip() if isinstance(value, str) else plain(value)
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n"))


def read_text(edition: Edition, grids: Grids) -> tuple[TextRow, ...]:
    """The sections that stand on the sheet, in its order; those without a text are left out."""
    grid = grids.get(edition.narrative.sheet.name, [])
    columns = _columns(edition, grid)
    rows = _rows(edition, grid, columns)
    found = []
    more = _continued(edition, grid, columns)
    for number, row in sorted(rows.items(), key=lambda pair: pair[1]):
        text = _whole(grid, columns, row, more.get(number, ()))
        if is_blank(text):
            continue
        heading, mark = plain(cell(grid, row, columns.heading)), plain(cell(grid, row, columns.mark))
        edited = not _is_marked(heading, text, mark)
        found.append(TextRow(number, row, columns.text, heading, text, edited))
    return tuple(found)


def texts_of(reading: Reading) -> tuple[TextRow, ...]:
    """The sections that stand on a workbook's sheet, as `read_text` gives them."""
    edition = reading.edition
    return reading.once("text", (edition.narrative.sheet.name,), lambda: read_text(edition, reading.grids))


def text_state(reading: Reading) -> str:
    """How far the sheet is, in a word for 封面."""
    try:
        return GENERATED if texts_of(reading) else "待生成"
    except InputProblems:
        return "缺少表头"


def cover_blocks(edition: Edition, grids: Grids, names: Mapping[str, Area]) -> list[Block]:
    """封面: the text is written, and not checked yet."""
    return cover_line(grids, names, edition.narrative.sheet.name, GENERATED, NOT_CHECKED)


def write_text(reading: Reading) -> tuple[tuple[Section, ...], TextPlan]:
    """The text of a workbook from its tables, and all that brings it up to date: sheet, chart, state on 封面."""
    edition, grids, names = reading.edition, reading.grids, reading.names
    sections = narrate(reading)
    plan = text_blocks(edition, grids, sections)
    lists: Mapping[str, Sequence[Item]] = cast("Any", figures_of(reading)["l"])
    chart = chart_blocks(names, slices(lists.get(edition.narrative.chart, ())))
    return sections, replace(plan, blocks=(*plan.blocks, *chart, *cover_blocks(edition, grids, names)))


def text_blocks(edition: Edition, grids: Grids, sections: Sequence[Section]) -> TextPlan:
    """The blocks that bring the sheet up to date. Raises InputProblems where its headings are gone."""
    sheet = edition.narrative.sheet
    grid = grids.get(sheet.name)
    if grid is None:
        raise InputProblems([Problem(sheet.name, "工作簿中缺少这张工作表，请从模板中补回，不要改名")])
    columns = _columns(edition, grid)
    rows = _rows(edition, grid, columns)
    more = _continued(edition, grid, columns)
    last = _last_row(grid, columns)
    width, narrow = (_width(edition, sheet, name) for name in (sheet.text, sheet.heading))
    blocks = [
        Block(sheet.name, columns.head, at, [[text]])
        for at, text in ((columns.offer, sheet.offer), (columns.mark, sheet.mark))
        if is_blank(cell(grid, columns.head, at))
    ]
    edited: list[TextRow] = []
    notes: list[Note] = []
    for section in sections:
        row = rows.get(section.number)
        if row is None:
            row = columns.head + section.number
            if not is_empty_line(grid, row, 1, max(columns.text, columns.offer, columns.mark)):
                last += 1
                row = last
            if rows:
                notes.append(Note(section.number, "补写章节", f"表中原来没有这一节，已补写在第{row}行"))
        own = more.get(section.number, ())
        plan = _one(sheet, columns, grid, section, row, own, last + 1, width, narrow)
        last = max([last, *(block.row for block in plan.blocks)])
        blocks += plan.blocks
        edited += plan.edited
        notes += plan.notes
    return TextPlan(tuple(blocks), tuple(edited), tuple(notes))


def _one(
    sheet: TextSheet,
    columns: _Columns,
    grid: Sequence[Sequence[Any]],
    section: Section,
    row: int,
    more: Sequence[_Continuation],
    free: int,
    width: float,
    narrow: float,
) -> TextPlan:
    """One section's rows: replaced where untouched, kept with the new text beside where edited.

    `more`: the rows in which its text goes on now; `free`: the first row that nothing stands in nor below.
    """
    heading, text = plain(cell(grid, row, columns.heading)), _whole(grid, columns, row, more)
    mark, offered = plain(cell(grid, row, columns.mark)), _same_ends(cell(grid, row, columns.offer))
    notes: list[Note] = []
    edited: list[TextRow] = []
    same = text == section.text
    own_text = bool(text) and not same and fingerprint(text) not in _marks(mark)
    own_heading = bool(heading) and heading != section.heading and fingerprint(heading) not in _marks(mark)
    if own_text or own_heading:
        edited.append(TextRow(section.number, row, columns.text, heading, text, edited=True))
    kept_text = text if own_text else section.text
    kept_heading = heading if own_heading else section.heading
    offer = section.text if own_text else ""
    if offered and offered != offer and fingerprint(offered) not in _marks(mark):
        # Words of her own beside the text are not ours to remove.
        place = f"第{row}行“{sheet.offer}”列有您另外填写的内容，已保留"
        notes.append(Note(section.number, "另有内容", f"{place}；新生成的文本没有写入" if offer else place))
        offer = offered
    if own_text:
        message = f"第{row}行正文经过修改，已保留；新生成的文本列在“{sheet.offer}”列，请核对"
        notes.append(Note(section.number, "已改文本", message))
    if own_heading:
        notes.append(Note(section.number, "已改文本", f"第{row}行标题经过修改，已保留“{heading}”"))
    parts = [(text, "")] if own_text else split_text(kept_text, width)
    first = _same_ends(cell(grid, row, columns.text)) if own_text else parts[0][0]
    lines = [max(text_lines(first, width), text_lines(offer, width), text_lines(kept_heading, narrow))]
    if (
        own_text
        and max(text_lines(_same_ends(cell(grid, at, columns.text)), width) for at in (row, *(c.row for c in more)))
        > MOST_LINES
    ):
        message = f"第{row}行正文过长，打印时会被截断；请把后一部分移到表末新的一行，节次填“{section.numeral}{NEXT}”"
        notes.append(Note(section.number, "正文过长", message))
    texts: list[tuple[int, str]] = []
    if squeezed(cell(grid, row, columns.number)) != section.numeral:
        texts.append((columns.number, section.numeral))
    if kept_heading != heading:
        texts.append((columns.heading, kept_heading))
    if first != _same_ends(cell(grid, row, columns.text)):
        texts.append((columns.text, first))
    if offer != offered:
        texts.append((columns.offer, offer))
    new_mark = f"{fingerprint(section.heading)} {fingerprint(section.text)}"
    if new_mark != mark:
        texts.append((columns.mark, new_mark))
    written = [Block(sheet.name, row, at, [[value or None]], lines) for at, value in texts]
    if not own_text:
        written += _further(sheet, columns, grid, section, parts[1:], [c.row for c in more], free, width)
    return TextPlan(tuple(written), tuple(edited), tuple(notes))


def _further(
    sheet: TextSheet,
    columns: _Columns,
    grid: Sequence[Sequence[Any]],
    section: Section,
    parts: Sequence[tuple[str, str]],
    rows: Sequence[int],
    free: int,
    width: float,
) -> list[Block]:
    """The rows in which a text goes on: those there are, then new ones; those no longer needed are emptied."""
    blocks = []
    places = [*rows[: len(parts)], *range(free, free + len(parts) - len(rows))]
    wanted = [
        (place, f"{section.numeral}{label}", f"{section.heading}{NEXT}", text)
        for place, (text, label) in zip(places, parts, strict=True)
    ]
    for place, *values in [*wanted, *((place, "", "", "") for place in rows[len(parts) :])]:
        lines = [text_lines(values[2], width)]
        for at, value in zip((columns.number, columns.heading, columns.text), values, strict=True):
            if _same_ends(cell(grid, place, at)) != value:
                blocks.append(Block(sheet.name, place, at, [[value or None]], lines))
    return blocks


def split_text(text: str, width: float) -> list[tuple[str, str]]:
    """A text in pieces that a row can show, each with the mark of its row: none, NEXT or RESUMED.

    Pieces end at the end of a paragraph, or of a sentence in a paragraph that is too long itself.
    """
    pieces: list[tuple[str, str]] = [("", "")]
    for number, paragraph in enumerate(text.split("\n")):
        joined = f"{pieces[-1][0]}\n{paragraph}" if number else paragraph
        if text_lines(joined, width) <= MOST_LINES:
            pieces[-1] = (joined, pieces[-1][1])
            continue
        rest = [part for part in re.split(r"(?<=[。；])", paragraph) if part]
        begun = not number
        for part in rest:
            for bit in _bits(part, width):
                if begun and text_lines(pieces[-1][0] + bit, width) <= MOST_LINES:
                    pieces[-1] = (pieces[-1][0] + bit, pieces[-1][1])
                else:
                    pieces.append((bit, RESUMED if begun else NEXT))
                begun = True
    return pieces if pieces[0][0] or len(pieces) == 1 else [(pieces[1][0], ""), *pieces[2:]]


def _bits(sentence: str, width: float) -> list[str]:
    """A sentence that fills more than a row by itself is cut where the row ends."""
    if text_lines(sentence, width) <= MOST_LINES:
        return [sentence]
    room = MOST_LINES * (max(1, int(width) - 3) // 2)
    return [sentence[at : at + room] for at in range(0, len(sentence), room)]


def _continued(edition: Edition, grid: Sequence[Sequence[Any]], columns: _Columns) -> dict[int, list[_Continuation]]:
    """For every section the rows in which its text goes on, in order."""
    count = len(edition.narrative.sections)
    known = {
        squeezed(f"{numeral(n)}{label}"): (n, label == RESUMED)
        for n in range(1, count + 1)
        for label in (NEXT, RESUMED)
    }
    found: dict[int, list[_Continuation]] = {}
    for row in range(columns.head + 1, len(grid) + 1):
        match = known.get(squeezed(cell(grid, row, columns.number)))
        if match is not None:
            found.setdefault(match[0], []).append(_Continuation(row, match[1]))
    return found


def _whole(grid: Sequence[Sequence[Any]], columns: _Columns, row: int, more: Sequence[_Continuation]) -> str:
    """A section's text, with what stands in further rows."""
    text = _same_ends(cell(grid, row, columns.text))
    for part in more:
        further = _same_ends(cell(grid, part.row, columns.text))
        text += further if part.resumed or not text or not further else f"\n{further}"
    return text


def _marks(mark: str) -> list[str]:
    return mark.split()


def _is_marked(heading: str, text: Any, mark: str) -> bool:
    """Whether heading and text are those generated last."""
    return [fingerprint(heading), fingerprint(_same_ends(text))] == _marks(mark)


def _width(edition: Edition, sheet: TextSheet, column: str) -> float:
    for plan in edition.sheets:
        if plan.name == sheet.name and column in plan.heading:
            return plan.widths[plan.heading.index(column)]
    return _WIDTH


def _columns(edition: Edition, grid: Sequence[Sequence[Any]]) -> _Columns:
    """The columns by their headings; the two that the program keeps beside them, where they are or may be put."""
    sheet = edition.narrative.sheet
    wanted = [squeezed(text) for text in (sheet.number, sheet.heading, sheet.text)]
    for number, line in enumerate(grid, 1):
        texts = [squeezed(value) for value in line]
        if not all(text in texts for text in wanted):
            continue
        number_at, heading_at, text_at = (texts.index(text) + 1 for text in wanted)
        free = [c for c in range(text_at + 1, text_at + 60) if _is_free(grid, number, c)]
        kept = []
        for text in (sheet.offer, sheet.mark):
            at = texts.index(squeezed(text)) + 1 if squeezed(text) in texts else free.pop(0)
            kept.append(at)
        return _Columns(number, number_at, heading_at, text_at, *kept)
    message = f"找不到表头“{sheet.number}、{sheet.heading}、{sheet.text}”，请从模板中补回"
    raise InputProblems([Problem(sheet.name, message)])


def _is_free(grid: Sequence[Sequence[Any]], head: int, column: int) -> bool:
    return all(is_blank(cell(grid, row, column)) for row in range(head, len(grid) + 1))


def _rows(edition: Edition, grid: Sequence[Sequence[Any]], columns: _Columns) -> dict[int, int]:
    """Section number → sheet row, for the sections that stand; the first row of each counts."""
    count = len(edition.narrative.sections)
    numbers = {numeral(n): n for n in range(1, count + 1)}
    rows: dict[int, int] = {}
    for row in range(columns.head + 1, len(grid) + 1):
        number = numbers.get(squeezed(cell(grid, row, columns.number)).rstrip("、."))
        if number is not None:
            rows.setdefault(number, row)
    return rows


def _last_row(grid: Sequence[Sequence[Any]], columns: _Columns) -> int:
    """The last row in use from the headings on; what stands right of the text's columns does not count."""
    right = max(columns.text, columns.offer, columns.mark)
    used = [row for row in range(columns.head, len(grid) + 1) if any(not is_blank(v) for v in grid[row - 1][:right])]
    return max(used, default=columns.head)
