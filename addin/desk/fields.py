"""The cells of a workbook that the clerk fills in, and what she types or pastes there."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from typing import Any

from addin.desk.table import FileBook
from addin.verbs.commands import typed
from udfs.base import Block, InputProblems, Problem, cell, cell_of, is_blank, plain, squeezed
from udfs.explanations import EXPLANATION
from udfs.ledgers import label_key
from workbook_templates.defined_names import FINDINGS
from workbook_templates.reading import Edition, Field

#: Empty rows offered below a list that the clerk fills in, and rows that may be pasted there at once.
_FURTHER, _PASTED = 5, 2_000
CELL = re.compile("[A-Z]{1,3}[1-9][0-9]{0,6}")
#: What may be typed into 校验结果.
_EXPLAINED = Field(key="explanation", label="审核说明", type="long")


def fields_of(book: FileBook, edition: Edition, name: str, further: int = _FURTHER) -> Mapping[tuple[int, int], Field]:
    """The cells of a sheet that the clerk fills in, by row and column, where its headings still stand.

    `further`: empty rows below a list that count as its own.
    """
    found: dict[tuple[int, int], Field] = {}
    grid = book.grids.get(name, [])
    if name == book.names.get(FINDINGS, ("",))[0]:
        _, first, left, *_ = book.names[FINDINGS]
        lines = enumerate(book.area_values(FINDINGS), first)
        return {(row, left + EXPLANATION): _EXPLAINED for row, line in lines if any(map(plain, line))}
    for own, part in edition.ranges().values():
        if own.name == name and part.kind == "fields":
            labels = {label_key(cell(grid, row, part.column)): row for row in range(1, len(grid) + 1)}
            rows = ((labels.get(squeezed(field.label)), field) for field in part.fields)
            found |= {(row, part.column + 1): field for row, field in rows if row}
        elif own.name == name:
            width = len(part.columns)
            filled = [n for n, line in enumerate(grid, 1) if not all(map(is_blank, line[part.column - 1 :][:width]))]
            for row in range(part.row + 1, max([part.row, *filled]) + further + 1):
                found |= {(row, column): field for column, field in enumerate(part.columns, part.column)}
    return found


def filled_in(book: FileBook, edition: Edition, name: str, cells: Mapping[str, Any]) -> list[Block]:
    """What is typed into cells by their addresses, and what is pasted from there on; raises InputProblems elsewhere."""
    places = fields_of(book, edition, name, _PASTED)
    blocks = []
    for at, said in cells.items():
        first = cell_of(at) if CELL.fullmatch(at) else (0, 0)
        for down, right, text in _spread(str(said or ""), places.get(first)):
            place = first[0] + down, first[1] + right
            if place not in places:
                raise InputProblems([Problem(name, "不是填写的单元格，没有保存", *place)])
            blocks.append(Block(name, *place, [[typed(text, places[place].type) if text else None]]))
    return blocks


def _spread(text: str, field: Field | None) -> Iterator[tuple[int, int, str]]:
    """The cells of what was copied from a spreadsheet, from the first one on; what was typed is one cell."""
    lines = [[text]]
    if ("\t" in text or "\n" in text) and (field is None or field.type != "long"):
        lines = list(csv.reader(text.splitlines(keepends=True), delimiter="\t"))
    for down, line in enumerate(lines):
        for right, one in enumerate(line):
            yield down, right, one.strip()
