"""A whole workbook as the core sees it: grids in, blocks of values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from msgspec import Struct

from udfs.facts import FLOW, SPENDING, Facts, build_facts, unit_problems
from udfs.ledger import Ledger, empty_ledger, read_ledger
from udfs.problems import InputProblems, Problem
from udfs.texts import is_blank
from udfs.unit import UnitInfo, read_unit
from workbook_templates.edition import Edition

#: Every sheet's values from A1, row by row. None and "" are empty.
Grids = Mapping[str, Sequence[Sequence[Any]]]

#: Where a defined name points: sheet, first row, first column, last row, last column (from 1).
Area = tuple[str, int, int, int, int]

#: Fields of 基础信息 without which no table can be made.
NEEDED_FIELDS = ("unit_name", "year", "unit_kind")


class Formula(Struct, frozen=True):
    """A live formula, without its equals sign, and the value it has now."""

    text: str
    value: str | Decimal


class Link(Struct, frozen=True):
    """A text that jumps to a cell of the workbook."""

    text: str
    sheet: str
    cell: str


class Layout(Struct, frozen=True):
    """The shape of a block whose rows no template can know beforehand: as many forms as there are projects.

    `styles`: for every cell the name of a cell style of the workbook, empty for the column's own. `merges`: row,
    column, rows, columns, counted from the block's corner from 0. `heights`: of every row in points, 0 for the
    sheet's own. `breaks`: rows, from 0, before which a page ends. Merges and breaks that stood there before go.
    """

    styles: Sequence[Sequence[str]]
    merges: Sequence[tuple[int, int, int, int]] = ()
    heights: Sequence[float] = ()
    breaks: Sequence[int] = ()


class Block(Struct, frozen=True):
    """Values to write as one rectangle from (row, column); None empties a cell.

    `text_lines`: for each row how many lines of text its longest cell takes, empty where rows keep their height.
    """

    sheet: str
    row: int
    column: int
    cells: Sequence[Sequence[Any]]
    text_lines: Sequence[int] = ()
    links: bool = False  #: the cells carry the program's links, so that old ones go
    layout: Layout | None = None


class Content(Struct, frozen=True):
    """What the input sheets hold, read and clean."""

    info: UnitInfo
    spending: Ledger
    income: Ledger
    facts: Facts
    notes: tuple[str, ...]

    @property
    def circumstances(self) -> frozenset[str]:
        """Which optional rows the tables have: `department` for a department or a ledger of several units."""
        units = self.facts.dimensions["unit"]
        spending = self.facts.mask(((FLOW, (SPENDING,)),))
        several = len(np.unique(units.codes[spending])) > 1
        return frozenset({"department"} if several or self.info.is_department else ())


def read_info(edition: Edition, grids: Grids) -> UnitInfo:
    """The unit from the sheet that holds the fields of 基础信息."""
    ranges = edition.ranges()
    sheet = ranges["basic"][0].name
    return read_unit(grids.get(sheet, []), {key: r for key, (_, r) in ranges.items()}, sheet)


def read_content(edition: Edition, grids: Grids, *, started: bool = True) -> Content:
    """Unit, ledgers and facts of a workbook. Raises InputProblems with every fault at once.

    `started`: the clerk has begun to fill in, so that fields needed for the tables and a ledger must be there.
    """
    wanted = [sheet.name for sheet in edition.sheets if sheet.name] + [form.sheet for form in edition.forms]
    missing = [
        Problem(name, "工作簿中缺少这张工作表，请从模板中补回，不要改名") for name in wanted if name not in grids
    ]
    if missing:
        raise InputProblems(missing)
    info = read_info(edition, grids)
    problems = list(info.problems)
    sheet, basic = edition.ranges()["basic"]
    problems.extend(
        Problem(sheet.name, "没有填写，生成各表需要这一项", heading=field.label)
        for field in basic.fields
        if started and field.key in NEEDED_FIELDS and not info.text(field.key)
    )
    readings = [read_ledger(grids[spec.sheet], spec, spec.sheet) for spec in (edition.spending, edition.income)]
    for reading in readings:
        problems += reading.problems
    if problems:
        raise InputProblems(problems)
    spending, income = (
        r.ledger or empty_ledger(r_spec) for r, r_spec in zip(readings, (edition.spending, edition.income), strict=True)
    )
    if started and not len(spending.frame) and not len(income.frame):
        raise InputProblems([Problem(edition.spending.sheet, "没有任何明细，请先导入或填写预算明细，再生成各表")])
    facts = build_facts(spending, income, info, edition.codes)
    problems += unit_problems(facts, edition.spending) if started else []
    if problems:
        raise InputProblems(problems)
    return Content(info, spending, income, facts, tuple(note for r in readings for note in r.notes))


def with_blocks(grids: Grids, blocks: Iterable[Block]) -> dict[str, list[list[Any]]]:
    """The grids as they are after the blocks are written."""
    result = {name: [list(line) for line in grid] for name, grid in grids.items()}
    for block in blocks:
        grid = result[block.sheet]
        while len(grid) < block.row - 1 + len(block.cells):
            grid.append([])
        for offset, cells in enumerate(block.cells):
            line = grid[block.row - 1 + offset]
            line += [None] * (block.column - 1 + len(cells) - len(line))
            line[block.column - 1 : block.column - 1 + len(cells)] = cells
    return result


def cell(grid: Sequence[Sequence[Any]], row: int, column: int) -> Any:
    """The value at (row, column) from 1; None beyond the grid."""
    return grid[row - 1][column - 1] if row <= len(grid) and column <= len(grid[row - 1]) else None


def is_empty_line(grid: Sequence[Sequence[Any]], row: int, first_column: int, last_column: int) -> bool:
    """Whether a row holds nothing between two columns."""
    return all(is_blank(cell(grid, row, column)) for column in range(first_column, last_column + 1))
