"""The tables as printed: every amount cell of a workbook with its place in the sheet, read back from the sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct

from udfs.base import (
    FEN_PER_PLACE,
    Area,
    Flags,
    Ints,
    address,
    squeezed,
)
from udfs.tables.derive import Row, Table
from workbook_templates.reading import Block, FixedRow, Form

#: What numbers a row: 一、 or （一） or 1. before its name.
ORDINAL = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d{1,2})(?:[）)、.．]+)")


class PrintedRow(Struct, frozen=True):
    """A row as it stands on its sheet; `path` is what names it in every workbook, `parent` the index of the row above.

    `level` is the depth in a tree or list (from 1), 0 for a fixed row; `group` the list a fixed row comes from.
    """

    path: str
    texts: tuple[str, ...]
    row: int
    level: int
    parent: int
    group: str = ""


class PrintedBlock(Struct, frozen=True):
    """The rows of a block; the cell of row i and column j has the index `first + i * len(columns) + j`."""

    form: Form
    block: Block
    rows: tuple[PrintedRow, ...]
    first: int
    left: int  #: sheet column of the form's first column

    def cell(self, row: int, column: int) -> int:
        """Index of a cell."""
        return self.first + row * len(self.block.columns) + column

    def size(self) -> int:
        """Number of cells."""
        return len(self.rows) * len(self.block.columns)


class Oddity(Struct, frozen=True):
    """A cell that does not hold a plain amount or label: what kind of fault, what was found."""

    sheet: str
    cell: str
    kind: str
    found: str
    index: int = -1  #: the amount cell it is about, -1 for none


class Printed(Struct, frozen=True, dict=True):
    """All amount cells of a workbook.

    `places`: (n,) in hundredths of the table's unit of measure; `filled`: (n,) False for an empty cell. `steps`: for
    each block the last place of its table, in such hundredths: 1, or 100 in a table of whole yuan. `absent`: codes of
    the forms that cannot be held against others, each with the reason: not there, not made, or moved within its sheet.
    """

    blocks: tuple[PrintedBlock, ...]
    places: Ints
    filled: Flags
    oddities: tuple[Oddity, ...] = ()
    steps: tuple[int, ...] = ()
    absent: Mapping[str, str] = {}

    @cached_property
    def scale(self) -> Ints:
        """(n,) fen in one hundredth of each cell's unit of measure."""
        return self._spread([FEN_PER_PLACE[b.form.measure] for b in self.blocks])

    @cached_property
    def step(self) -> Ints:
        """(n,) the last place of each cell's table, in hundredths of its unit of measure."""
        return self._spread(list(self.steps or [1] * len(self.blocks)))

    def _spread(self, by_block: Sequence[int]) -> Ints:
        return np.repeat(np.array(by_block, np.int64), [b.size() for b in self.blocks])

    def block_of(self, index: int) -> PrintedBlock:
        """The block that a cell lies in."""
        return self._block_of[index]

    @cached_property
    def _block_of(self) -> list[PrintedBlock]:
        """Every cell's block: labels, live formulas and findings ask for each many times."""
        return [block for block in self.blocks for _ in range(block.size())]

    def address(self, index: int) -> tuple[str, str]:
        """Sheet and A1 address of a cell."""
        return self._addresses[index]

    @cached_property
    def _addresses(self) -> list[tuple[str, str]]:
        """Every cell's sheet and address: live formulas and findings ask for each many times."""
        return [
            (part.form.sheet, address(row.row, part.left + column.at - 1))
            for part in self.blocks
            for row in part.rows
            for column in part.block.columns
        ]

    def label(self, index: int) -> str:
        """A cell in the official labels: sheet, row, column."""
        if index not in self._labels:
            self._labels[index] = self._label(index)
        return self._labels[index]

    @cached_property
    def _labels(self) -> dict[int, str]:
        """Labels given so far: a cell stands in several relations."""
        return {}

    def _label(self, index: int) -> str:
        part = self.block_of(index)
        row, column = divmod(index - part.first, len(part.block.columns))
        texts = part.rows[row].texts
        if any(shown.startswith("part") for shown in part.block.shows):
            texts = (
                code_of(part.block, texts) or "",
                *(t for t, s in zip(texts, part.block.shows, strict=True) if s == "name"),
            )
        name = "".join(t for t in texts[:2] if t) or part.rows[row].path
        return f"{part.form.sheet}“{name}”{part.block.columns[column].key}"


def code_of(block: Block, texts: Sequence[str]) -> str | None:
    """The code that a row's label columns show, in one column or in pieces; None where the block shows none."""
    found = [squeezed(t) for t, s in zip(texts, block.shows, strict=True) if s == "code" or s.startswith("part")]
    return "".join(found) if block.code_column else None


def name_of_class(codes: Mapping[str, str], former: Mapping[str, str], text: str) -> str:
    """The code of a class that a row such as “八、卫生健康支出” names; empty where no classification knows it."""
    name = ORDINAL.sub("", squeezed(text))
    shortest = min(map(len, codes), default=0)
    by_name = {squeezed(n): c for c, n in codes.items() if len(c) == shortest}
    old = {squeezed(n): c for n, c in former.items()}
    return by_name.get(name) or old.get(name, "")


def with_paths(block: Block, rows: Sequence[Row], top: int) -> tuple[PrintedRow, ...]:
    """Rows with their paths and parents; `top` is the sheet row above the body."""
    coded, numbered = block.code_column > 0, "numbered" in block.shows
    groups = {r.key: r.group for r in block.rows if isinstance(r, FixedRow)}
    result: list[PrintedRow] = []
    above: dict[int, int] = {}
    whole: list[tuple[str, ...]] = []
    for number, row in enumerate(rows):
        whole.append(_repeated(block, row, whole[above[row.level]]) if row.level in above else row.texts)
        parent = max((above[level] for level in above if 0 < level < row.level), default=-1)
        if row.level == 0 or numbered:
            path = row.key
        elif coded:
            path = code_of(block, row.texts) or ""
        else:
            own = "/".join(squeezed(t) for t in whole[-1] if t)
            path = f"{result[parent].path}>{own}" if parent >= 0 else own
        if row.level:
            above = {level: index for level, index in above.items() if level < row.level}
            above[row.level] = number
        result.append(PrintedRow(path, row.texts, top + row.line, row.level, parent, groups.get(row.key, "")))
    return tuple(result)


def _repeated(block: Block, row: Row, above: Sequence[str]) -> tuple[str, ...]:
    """The texts of a list's row; what its level leaves blank on the left is as in the row of that level above it."""
    own = block.own_levels
    first = next((n for n, text in enumerate(row.texts) if text), 0)
    return tuple(above[n] if n < first and own.get(n) == row.level else text for n, text in enumerate(row.texts))


def printed_tables(tables: Sequence[Table], names: Mapping[str, Area]) -> tuple[Printed, Ints]:
    """Derived tables as they would be printed, and (n,) the exact fen behind every cell."""
    blocks: list[PrintedBlock] = []
    places: list[Ints] = []
    fen: list[Ints] = []
    first = 0
    for table in tables:
        _, top, left = table.form.place(names)
        for part in table.blocks:
            rows = with_paths(part.block, part.rows, top + table.form.first_body_row - 2)
            blocks.append(PrintedBlock(table.form, part.block, rows, first, left))
            first += blocks[-1].size()
            places.append(part.places.ravel())
            fen.append(part.fen.ravel())
    exact = np.concatenate(fen) if fen else np.zeros(0, np.int64)
    return Printed(tuple(blocks), np.concatenate(places) if places else exact, exact != 0), exact
