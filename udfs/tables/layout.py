"""A table as the grid of values that its sheet shows: title, unit line, headings, rows, note."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from udfs.base import cell, printed, squeezed
from udfs.tables.derive import Table
from workbook_templates.reading import Edition, Form

#: What a cell of a grid holds; None is an empty cell.
Cell = str | Decimal | None


def heading_grid(form: Form, edition: Edition, unit: str, year: str, document: str = "") -> list[list[Cell]]:
    """Title, unit line and headings of a form; continued cells of merged headings are empty.

    `document`: 单位 or 部门, for editions whose titles tell them apart.
    """
    title: list[Cell] = [None] * form.width
    title[0] = edition.worded(form.title, year, document)
    line: list[Cell] = [None] * form.width
    line[0] = edition.unit_name_line.format(unit=unit)
    line[-1] = edition.measure_of(form)
    headings: list[list[Cell]] = [
        [None if text in ("<", "^") else edition.worded(text, year, document) for text in row] for row in form.headings
    ]
    return [title, line, *headings]


def table_grid(table: Table, edition: Edition, unit: str, year: str, document: str = "") -> list[list[Cell]]:
    """All cells of a table's sheet from A1, one list a row, as wide as the form."""
    form = table.form
    body: list[list[Cell]] = [[None] * form.width for _ in range(table.lines)]
    for part in table.blocks:
        for number, row in enumerate(part.rows):
            cells = body[row.line - 1]
            for label, text in zip(part.block.labels, row.texts, strict=True):
                cells[label.at - 1] = text or None
            if not row.level and (aside := part.block.asides.get(row.key)):
                cells[aside.at - 1] = aside.label
            for position, column in enumerate(part.block.columns):
                if part.fen[number, position]:
                    cells[column.at - 1] = printed(part.places[number, position])
    grid = heading_grid(form, edition, unit, year, document) + body
    if table.is_empty:
        note: list[Cell] = [None] * form.width
        note[0] = edition.note_of(form, year, document)
        grid.append(note)
    return grid


#: Where a heading may have gone: rows down, columns right, and what has happened to the sheet.
_MOVES = (
    (0, 1, "多出一列，表头右移"),
    (0, -1, "少了一列，表头左移"),
    (1, 0, "上方多出一行，表头下移"),
    (-1, 0, "上方少了一行，表头上移"),
)
_YEAR = re.compile(r"\d{4}")


def displaced(form: Form, edition: Edition, grid: Sequence[Sequence[Any]], top: int, left: int) -> str:
    """What has moved the headings of a form that stands from a cell on; empty where they stand, or are not there."""
    wanted = {
        (top + number, left + column): _YEAR.sub("", squeezed(text))
        for number, line in enumerate(heading_grid(form, edition, "", "0000")[2:], 2)
        for column, text in enumerate(line)
        if text
    }

    def shows(row: int, column: int, text: str) -> bool:
        return row > 0 < column and _YEAR.sub("", squeezed(cell(grid, row, column))) == text

    wrong = {at: text for at, text in wanted.items() if not shows(*at, text)}
    for down, right, words in _MOVES if len(wrong) > 1 else ():
        moved = sum(shows(row + down, column + right, text) for (row, column), text in wrong.items())
        if 2 * moved >= len(wrong):
            return words
    return ""
