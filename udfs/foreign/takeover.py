"""What was recognised in a foreign workbook, as blocks for our template; and what is to be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from udfs.base import PROGRESS, Area, Block, Grids, cover_head, cover_lines, is_note, numeral, plain, text_lines
from udfs.foreign.measures import FoundTable
from udfs.foreign.recognise import Recognition
from udfs.foreign.rows import ForeignBlock, ForeignRow, all_amounts
from udfs.foreign.text import SectionText
from udfs.ledgers import check_field
from udfs.tables import ABSENT_NOTE, heading_grid
from workbook_templates.reading import Edition, FixedRow, Form, bottom_line

#: Two decimals are what our sheets show; more are rounded to them, except where the last place is a table's own.
_CENT = Decimal("0.01")


class TakeOver(Struct, frozen=True):
    """Blocks to write into the template, and sentences: what was recognised and how surely, what was not."""

    blocks: tuple[Block, ...]
    notes: tuple[str, ...]


def take_over(
    found: Recognition, texts: Sequence[SectionText], grids: Grids, names: Mapping[str, Area], values: Mapping[str, str]
) -> TakeOver:
    """The recognised tables and texts as blocks. `values`: fields of 基础信息 by key."""
    edition = found.edition
    year, document = values.get("year", "") or str(edition.year), values.get("document", "")
    unit = values.get("unit_name", "")
    blocks: list[Block] = []
    by_code = {table.form.code: table for table in found.tables}
    for form in edition.forms:
        table = by_code.get(form.code)
        grid = _absent(form, edition, unit, year, document)
        if table is not None:
            # A title of last year or another unit's name is the source's mistake: validation must see it.
            grid = _grid(table, edition, table.unit or unit, table.year or year, document)
        sheet, top, left = form.place(names)
        used = max(
            (r for r, line in enumerate(grids[sheet], 1) if any(_held(v) for v in line[: form.width])), default=0
        )
        grid += [[None] * form.width for _ in range(used - len(grid))]
        heads = form.first_body_row - 1
        lines = [0] * heads + [_lines_of(form, line) for line in grid[heads:]]
        blocks.append(Block(sheet, top, left, grid, lines))
    blocks += _fields(edition, values)
    blocks += _texts(edition, grids, texts)
    blocks += _cover(edition, grids, names, found, unit, year, document)
    return TakeOver(tuple(blocks), tuple(notes(found, texts)))


def _held(value: Any) -> bool:
    return value is not None and value != ""


def _lines_of(form: Form, line: Sequence[Any]) -> int:
    return max(text_lines(v, w) if isinstance(v, str) else 1 for v, w in zip(line, form.widths, strict=True))


def _absent(form: Form, edition: Edition, unit: str, year: str, document: str) -> list[list[Any]]:
    grid: list[list[Any]] = [list(line) for line in heading_grid(form, edition, unit, year, document)]
    return [*grid, [ABSENT_NOTE, *[None] * (form.width - 1)]]


def _grid(table: FoundTable, edition: Edition, unit: str, year: str, document: str) -> list[list[Any]]:
    """A recognised table as our sheet has it: official headings and fixed rows, the source's rows and amounts."""
    form = table.form
    grid: list[list[Any]] = [list(line) for line in heading_grid(form, edition, unit, year, document)]
    if table.contradiction:
        grid[1][-1] = edition.measure_line.format(measure=table.contradiction)
    placed = _placed_all(table)
    count = max((line for _, lines in placed for line, _ in lines), default=0)
    body: list[list[Any]] = [[None] * form.width for _ in range(count)]
    for part, lines in placed:
        for line, row in lines:
            for label, text in zip(part.block.labels, row.texts, strict=True):
                body[line - 1][label.at - 1] = text or None
            if aside := part.block.asides.get(row.key):
                body[line - 1][aside.at - 1] = aside.label
            for column, amount in zip(part.block.columns, row.amounts, strict=True):
                body[line - 1][column.at - 1] = _shown(amount)
    grid += body
    under = [note for note in table.notes if is_note(note)]
    if not any(all_amounts(table.blocks)):
        under = [edition.note_of(form, year, document)]
    return [*grid, *([note, *[None] * (form.width - 1)] for note in under)]


def origins(table: FoundTable) -> dict[int, int]:
    """For the rows (from 1) of the sheet that a table is written to, the rows of the source's sheet they come from."""
    above = table.form.first_body_row - 1
    found: dict[int, int] = {}
    for _, lines in _placed_all(table):
        for line, row in lines:
            if row.row:
                found.setdefault(above + line, row.row)
    return found


def _shown(amount: Decimal | str | None) -> Decimal | str | None:
    """An amount as it is written: as exact as it came, for the checks to see; a factor leaves no endless tail."""
    return amount.normalize() + 0 if isinstance(amount, Decimal) else amount


def _placed_all(table: FoundTable) -> list[tuple[ForeignBlock, list[tuple[int, ForeignRow]]]]:
    """The blocks of a table with their rows, each with its line of the body (from 1)."""
    placed = [(part, *_placed(part)) for part in table.blocks]
    last = bottom_line((max((line for line, _ in lines), default=0), len(below)) for _, lines, below in placed)
    return [(part, [*lines, *enumerate(below, last + 1 - len(below))]) for part, lines, below in placed]


def _placed(part: ForeignBlock) -> tuple[list[tuple[int, ForeignRow]], list[ForeignRow]]:
    """The rows of a block, each with its line of the body (from 1); and those that stand at the bottom."""
    by_key = {row.key: row for row in part.rows}
    fixed = {r.key for r in part.block.rows if isinstance(r, FixedRow)}
    empty = (None,) * len(part.block.columns)
    lines: list[tuple[int, ForeignRow]] = []
    bottom: list[ForeignRow] = []
    line = 0
    for family in part.block.rows:
        if isinstance(family, FixedRow):
            blank = ForeignRow(family.key, family.shown(len(part.block.labels)), empty, 0)
            row = by_key.get(family.key)
            if row is None and family.only:
                continue
            row = row or blank
            row = ForeignRow(row.key, row.texts[: len(part.block.labels)], row.amounts, row.row)
            if family.bottom:
                bottom.append(row)
                continue
            line = family.line or line + 1
            lines.append((line, row))
        else:
            for row in part.rows:
                if row.key not in fixed:
                    line += 1
                    lines.append((line, row))
    return lines, bottom


def _fields(edition: Edition, values: Mapping[str, str]) -> list[Block]:
    sheet, part = edition.ranges()["basic"]
    blocks = []
    for f, row in part.places:
        text, message = check_field(values.get(f.key, ""), f)
        if text and not message:
            value = int(text) if f.type in ("year", "count") else text
            blocks.append(Block(sheet.name, row, part.column + 1, [[value]]))
    return blocks


def _texts(edition: Edition, grids: Grids, texts: Sequence[SectionText]) -> list[Block]:
    """The sections' texts in their rows of 情况说明."""
    sheet = edition.narrative.sheet
    plan = next((p for p in edition.sheets if p.name == sheet.name), None)
    if plan is None or sheet.name not in grids:
        return []
    head = next(r for r, line in enumerate(grids[sheet.name], 1) if sheet.text in [plain(v) for v in line])
    at = plan.heading.index(sheet.text)
    blocks = []
    for section in texts:
        height = [text_lines(section.text, plan.widths[at])]
        line = [numeral(section.number), section.heading, section.text]
        blocks.append(Block(sheet.name, head + section.number, 1, [line], height))
    return blocks


def _cover(
    edition: Edition,
    grids: Grids,
    names: Mapping[str, Area],
    found: Recognition,
    unit: str,
    year: str,
    document: str,
) -> list[Block]:
    state = f"填报状态：由其他文件导入，识别出{len(found.tables)}张表，共{len(edition.forms)}张；未校验"
    states = {form.sheet: "未识别" if form.code in found.missing else "已导入" for form in edition.forms}
    lines = cover_lines(grids, names, PROGRESS, lambda name: (states.get(name, ""),))
    return [*cover_head(names, unit, year, document, state), *lines]


def notes(found: Recognition, texts: Sequence[SectionText]) -> list[str]:
    """What was recognised, with what confidence, and what was not, a sentence each."""
    edition = found.edition
    result = []
    for table in found.tables:
        seen = "标题和表头" if table.title_fit else "仅凭表头"
        factor = f"，金额已乘以{table.factor.normalize():f}" if table.factor != 1 else ""
        head = (
            f"{table.form.sheet} ← {table.segment.place}，把握{table.confidence:.0%}（{seen}），{table.rows}行{factor}"
        )
        more = list(table.remarks)
        texts_as_numbers = sum(b.as_text for b in table.blocks)
        zeros = sum(b.zeros for b in table.blocks)
        if texts_as_numbers:
            more.append(f"{texts_as_numbers}个金额是文本，已转为数字")
        if zeros:
            more.append(f"{zeros}个金额为零，按空白导入")
        if table.year and table.year != found.year:
            more.append(f"标题的年份是{table.year}")
        if table.unit and table.unit != found.unit:
            more.append(f"单位名称是“{table.unit}”")
        result.append("；".join([head, *more]))
    result += [f"{f.sheet}没有识别出来：{found.missing[f.code]}" for f in edition.forms if f.code in found.missing]
    result += [f"未导入：{sentence}" for sentence in found.unplaced]
    named = edition.narrative.sections
    if texts:
        headings = "、".join(f"{numeral(t.number)}（{t.heading}）" for t in texts)
        result.append(f"情况说明导入{len(texts)}节：{headings}")
    elif named:
        result.append("情况说明：文件中没有找到各节文字")
    return result
