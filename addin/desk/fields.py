"""The cells of a workbook that the clerk fills in, and what she types or pastes there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addin.desk.table import FileBook
from addin.verbs.commands import typed
from udfs.base import Block, InputProblems, Problem, cell, cell_of, is_blank, plain, squeezed
from udfs.explanations import EXPLANATION
from udfs.ledgers import check_field, label_key
from workbook_templates.defined_names import FINDINGS
from workbook_templates.reading import Edition, Field

#: Empty rows offered below a list that the clerk fills in, and rows that may be pasted there at once.
_FURTHER, _PASTED = 5, 2_000
CELL = re.compile("[A-Z]{1,3}[1-9][0-9]{0,6}")
#: A cell as spreadsheets copy it, and what ends it.
_COPIED = re.compile(r'(?:"((?:[^"]|""){0,66000}+)"(?=[\t\n]|$)|([^\t\n]*))(\t|\n|$)')
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


def filled_in(
    book: FileBook, edition: Edition, name: str, typed_in: Mapping[str, Any], pasted: Mapping[str, Any]
) -> list[Block]:
    """What is typed into cells by their addresses, and what was copied from a spreadsheet, from a cell on.

    Raises InputProblems where a cell is none that she fills in, and where what is pasted does not fit into one list.
    """
    places = fields_of(book, edition, name, _PASTED)
    blocks: dict[tuple[int, int], Block] = {}
    problems = []
    given = [(at, [[said]]) for at, said in typed_in.items()]
    for at, lines in [*given, *((at, _cells(copied)) for at, copied in pasted.items())]:
        first = cell_of(at) if CELL.fullmatch(at) else (0, 0)
        for row, line in enumerate(lines, first[0]):
            for column, said in enumerate(line, first[1]):
                field = places.get((row, column))
                # Down a list's column every cell is the same field.
                if field is None or field is not places.get((first[0], column)):
                    why = "粘贴的内容放不进这张清单" if pasted else "不是填写的单元格"
                    raise InputProblems([Problem(name, f"{why}，没有保存", row, column)])
                text, wrong = check_field(said, field)
                if wrong:
                    problems.append(Problem(name, wrong, row, column, found=text[:40]))
                blocks[row, column] = Block(name, row, column, [[typed(text, field.type) if text else None]])
    if problems:
        raise InputProblems(problems)
    return list(blocks.values())


def _cells(copied: Any) -> list[list[str]]:
    """What a spreadsheet copies: cells with tabs between them, in quotes those that hold tabs or several lines."""
    lines: list[list[str]] = [[]]
    for found in _COPIED.finditer(str(copied).replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")):
        quoted, plainly, end = found.groups()
        if quoted is not None:
            plainly = quoted.replace('""', '"') if "\t" in quoted or "\n" in quoted else f'"{quoted}"'
        lines[-1].append(plainly)
        if end == "\n":
            lines.append([])
        elif not end:
            break
    return lines
