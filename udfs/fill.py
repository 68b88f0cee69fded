"""生成十三表: from the input sheets to the blocks of values that fill the tables and 封面."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from udfs.base import (
    NOT_CHECKED,
    PROGRESS,
    Block,
    Grids,
    InputProblems,
    Problem,
    cell,
    cover_head,
    cover_lines,
    is_blank,
    is_empty_line,
    plain,
    squeezed,
    text_lines,
)
from udfs.checks import mark_blocks
from udfs.ledgers import Content, converted_lists, label_key
from udfs.narrative import GENERATED, text_state
from udfs.performance import PerformanceForm, performance_blocks, performance_forms
from udfs.reconciliation import SWITCH, WANTED, Adjustment, tables_of
from udfs.results import relation_blocks, stale_blocks
from udfs.tables import Cell, Reading, Table, heading_grid, printed_tables, table_grid
from udfs.validate import inspect
from workbook_templates.defined_names import GLOSSARY
from workbook_templates.reading import PROJECTS, Edition, Form

_YEAR = re.compile(r"\d{4}")


class Filled(Struct, frozen=True):
    """What filling gave: the tables, the blocks to write, and notes on what was put right in the ledgers."""

    content: Content
    tables: tuple[Table, ...]
    blocks: tuple[Block, ...]
    reading: Reading  #: the workbook as it is once they are written
    notes: tuple[str, ...]
    changes: tuple[Adjustment, ...] = ()  #: cells that 舍位平衡 had to change
    forms: tuple[PerformanceForm, ...] = ()  #: the performance forms


def fill(reading: Reading, *, started: bool = True, balanced: bool = False, checked: bool = False) -> Filled:
    """Tables and blocks for a workbook. Raises InputProblems; then nothing is to be written.

    `balanced`: 舍位平衡 is asked for, and written down in 基础信息, where it may also be asked for. `checked`: the
    workbook is validated right afterwards, which writes 勾稽关系.
    """
    first, said = converted_lists(reading.edition, reading.grids)
    if balanced:
        first += _switch_blocks(reading.edition, reading.grids)
    if first:
        reading = reading.after(first)
    content = reading.begun() if started else reading.usable()
    tables, changes = tables_of(reading)
    printed = _table_blocks(reading, content, tables)
    filled = reading.after(printed)
    forms = performance_forms(filled)
    more = performance_blocks(filled.grids, filled.names, forms)
    more += _cover(filled, content, tables, forms)
    more += _glossary(filled, content)
    if not checked:
        more += relation_blocks(inspect(filled))
    more += stale_blocks(filled.grids, filled.names)
    if len(content.spending) + len(content.income):
        more += mark_blocks(reading.names, printed_tables(tables, reading.names)[0])
    blocks = (*first, *printed, *more)
    return Filled(content, tables, blocks, filled.after(more), (*said, *content.notes), changes, forms)


def _table_blocks(reading: Reading, content: Content, tables: tuple[Table, ...]) -> list[Block]:
    """The blocks that write content's tables into a workbook. Raises InputProblems."""
    edition = reading.edition
    blocks: list[Block] = []
    problems: list[Problem] = []
    for table in tables:
        origin = table.form.place(reading.names)
        year, document = content.info.year or str(edition.year), content.info.text("document")
        new = table_grid(table, edition, content.info.text("unit_name"), year, document)
        old = reading.grids[table.form.sheet]
        problems += _check_headings(table.form, edition, old, origin, document)
        lines, more = _old_lines(table.form, edition, old, origin, new)
        problems += more
        blank: list[Cell] = [None] * table.form.width
        padded = [*new, *[list(blank) for _ in range(lines - len(new))]]
        heights = _text_lines(table.form, padded)
        blocks.append(Block(table.form.sheet, origin[1], origin[2], padded, heights))
    if problems:
        raise InputProblems(problems)
    return blocks


def _switch_blocks(edition: Edition, grids: Grids) -> list[Block]:
    """The answer 是 beside the field that asks for 舍位平衡."""
    sheet, part = edition.ranges()["basic"]
    label = next(f.label for f in part.fields if f.key == SWITCH)
    for row, line in enumerate(grids[sheet.name], 1):
        if label_key(cell([line], 1, part.column)) == squeezed(label):
            return [Block(sheet.name, row, part.column + 1, [[WANTED]])]
    raise InputProblems([Problem(sheet.name, f"缺少“{label}”这一行，请从模板中补回", heading=label)])


def _check_headings(
    form: Form, edition: Edition, grid: Sequence[Sequence[Any]], origin: tuple[str, int, int], document: str
) -> list[Problem]:
    """Headings must stand where the form has them, so that no figure lands under another heading."""
    problems = []
    for number, line in enumerate(heading_grid(form, edition, "", "0000", document)[2:], 2):
        for column, text in enumerate(line):
            row, at = origin[1] + number, origin[2] + column
            found = cell(grid, row, at)
            wanted = squeezed(text)
            if _YEAR.sub("0000", squeezed(found)) != wanted:
                problems.append(
                    Problem(form.sheet, f"表头应为“{plain(text)}”，请恢复表头后再生成", row, at, found=plain(found))
                )
    return problems[:1]


def _old_lines(
    form: Form,
    edition: Edition,
    grid: Sequence[Sequence[Any]],
    origin: tuple[str, int, int],
    table: Sequence[Sequence[Cell]],
) -> tuple[int, list[Problem]]:
    """Lines that the table filled before takes from its origin; what stands below it is the clerk's and stays."""
    top, left = origin[1], origin[2]
    right = left + form.width - 1
    first = top + form.first_body_row - 1
    row = first + form.bare_lines
    while row <= len(grid) and not is_empty_line(grid, row, left, right):
        row += 1
    while row > first and _is_foreign(form, edition, grid, row - 1, left, row - first, table):
        row -= 1
    for below in range(row, top + len(table)):
        if not is_empty_line(grid, below, left, right):
            message = "表格下方有您另外填写的内容，新表需要占用这一行，请先把它移到表格右侧或别的工作表"
            return row - top, [Problem(form.sheet, message, below)]
    return max(row - top, len(table)), []


def _is_foreign(
    form: Form,
    edition: Edition,
    grid: Sequence[Sequence[Any]],
    row: int,
    left: int,
    line: int,
    table: Sequence[Sequence[Cell]],
) -> bool:
    """Whether a line at the end of a table is none of the table's: no amount in it, and no text that a table has."""
    if any(line == number for block in form.blocks for number, _ in block.fixed_lines()):
        return False
    texts = {squeezed(value) for cells in table for value in cells if isinstance(value, str)}
    for block in form.blocks:
        if any(not is_blank(cell(grid, row, left + column.at - 1)) for column in block.columns):
            return False
        for label in block.labels:
            text = squeezed(cell(grid, row, left + label.at - 1))
            coded = label.shows == "code" or label.shows.startswith("part")
            if (text in texts and text) or (coded and text.isdigit()):
                return False
    return _YEAR.sub("0000", squeezed(cell(grid, row, left))) not in {squeezed(note) for note in edition.notes_of(form)}


def _text_lines(form: Form, grid: Sequence[Sequence[Any]]) -> list[int]:
    """Lines of text each row takes, for forms whose rows unfold; headings keep their height."""
    fixed = form.first_body_row - 1
    lines = [0] * fixed
    for row in grid[fixed:]:
        need = 1
        for text, width in zip(row, form.widths, strict=True):
            if isinstance(text, str):
                need = max(need, text_lines(text, width))
        lines.append(need)
    return lines


def _cover(
    reading: Reading, content: Content, tables: tuple[Table, ...], forms: tuple[PerformanceForm, ...]
) -> list[Block]:
    """封面: unit, title, state of every sheet, for the sheets that it lists."""
    edition, grids, names, info = reading.edition, reading.grids, reading.names, content.info
    states = _states(reading, content, tables)
    if edition.performance_spec is not None:
        states[edition.performance.sheet] = _State(GENERATED if forms else "待生成")
    states[edition.narrative.sheet.name] = _State(text_state(reading))
    todo = sum(state.open for state in states.values())
    summary = f"填报状态：还有{todo}张表待填" if todo else "填报状态：各输入表已填写"
    kind = "部门" if info.is_department else "单位"

    def told(name: str) -> tuple[str, str]:
        state = states[name].words if name in states else ""
        return state, NOT_CHECKED if state == GENERATED else ""

    head = cover_head(names, info.text("unit_name"), info.year or str(edition.year), kind, f"{summary}；{NOT_CHECKED}")
    return [*head, *cover_lines(grids, names, PROGRESS, told)]


class _State(Struct, frozen=True):
    """How far a sheet is, in words; `open` where the clerk still has to fill it in."""

    words: str
    open: bool = False


_BLANK = _State("待填", open=True)


def _filled(rows: int, otherwise: _State = _BLANK) -> _State:
    return _State(f"已填：{rows}行") if rows else otherwise


def _states(reading: Reading, content: Content, tables: tuple[Table, ...]) -> dict[str, _State]:
    """For every sheet how far it is."""
    edition = reading.edition
    states = {
        edition.spending.sheet: _filled(len(content.spending)),
        edition.income.sheet: _filled(len(content.income), _State("按支出确认")),
        **{ledger.spec.sheet: _filled(len(ledger)) for ledger in content.lists},
    }
    for sheet in edition.input_sheets:
        first = sheet.ranges[0]
        records, _ = reading.range(first.key)
        if first.kind == "fields":
            needed = [f for f in first.fields if f.required] or list(first.fields)
            missing = sum(not records[0].get(f.key) for f in needed)
            states[sheet.name] = _State(f"待填：{missing}项", open=True) if missing else _State("已填")
        else:
            states[sheet.name] = _filled(len(records))
    started = len(content.spending) or len(content.income)
    spec = edition.performance_spec
    if spec is not None:
        money = {ref.form for ref in (*spec.year_row, *spec.carried_row)}
        projects = edition.ranges()[PROJECTS][0].name
        if started and states[projects].open and all(t.is_empty for t in tables if t.form.code in money):
            states[projects] = _State("没有项目，不必填写")
    for table in tables:
        made = "本表无数据" if table.is_empty else GENERATED
        states[table.form.sheet] = _State(made if started else "待生成")
    return states


def _glossary(reading: Reading, content: Content) -> list[Block]:
    """名词解释 in the words of the unit's level, as long as nobody has edited it."""
    edition, names = reading.edition, reading.names
    level = content.info.text("level")
    if not level or GLOSSARY not in names:
        return []
    sheet, row, column, last, right = names[GLOSSARY]
    grid = reading.grids[sheet]
    shown = [tuple(plain(cell(grid, r, c)) for c in range(column, right + 1)) for r in range(row, last + 1)]
    levels = {name for by_level in edition.words.values() for name in by_level}
    if shown not in [edition.glossary(name) for name in levels]:
        return []
    return [Block(sheet, row, column, [list(pair) for pair in edition.glossary(level)])]


def number_cell(text: str) -> Decimal | str:
    """A field's clean text as a number cell where it is a number."""
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) and not is_blank(text) else text
