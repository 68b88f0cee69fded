"""What a draft is made of: tables, their blocks, labels, columns and rows, each with how sure it is."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

from udfs.base import squeezed
from udfs.drafting.pages import PrintedTable
from udfs.drafting.vocabulary import Guess, Where, stem

#: The list, and what its amounts are called, from which a draft takes last year's figures.
LAST_YEAR = "上年数"


class DraftLabel(Struct):
    """A text column of a draft."""

    at: int
    shows: str
    of: str = ""
    brackets: bool = False


class DraftColumn(Struct):
    """An amount column of a draft; `change`: the columns that it compares, as a share where `percent`."""

    at: int
    key: str
    guess: Guess
    change: tuple[str, ...] = ()
    percent: bool = False


class DraftRow(Struct):
    """A row of a draft: a fixed one, a tree, a list, or the rows of the classes; `row`: its row of the body."""

    kind: str  #: label, tree, list, each
    texts: tuple[str, ...] = ()
    guess: Guess = field(default_factory=lambda: Guess({}, 1.0))
    line: int | str = 0
    at: int = 0
    row: int = -1
    dimension: str = ""
    levels: tuple[tuple[str, ...] | int, ...] = ()
    name: str = ""  #: where another row of the block has the same texts

    @property
    def key(self) -> str:
        """How relations name it."""
        return self.name or "".join(self.texts)


class DraftBlock(Struct):
    """A block of a draft."""

    name: str
    labels: list[DraftLabel]
    columns: list[DraftColumn]
    rows: list[DraftRow] = field(default_factory=list)
    guess: Guess = field(default_factory=lambda: Guess({}, 1.0))
    body: list[int] = field(default_factory=list)  #: rows of the body (from 0) that the unfolding rows are


class DraftTable(Struct):
    """A table of a draft, and what the reader of the draft is asked."""

    table: PrintedTable
    blocks: list[DraftBlock]
    others: list[PrintedTable] = field(default_factory=list)  #: the same table in other examples


class Draft(Struct):
    """Every table of a draft, with the groups, classes and sources that they need."""

    tables: list[DraftTable]
    groups: dict[str, tuple[str, ...]]
    classes: list[tuple[str, str]]
    sources: list[str]
    kinds: list[str] = field(default_factory=list)


class DraftRelation(Struct):
    """A relation as it is written, with how often it held in the examples, and how sure it is."""

    number: str
    kind: str
    requirement: str
    left: str
    right: str
    rows: str = ""
    columns: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    held: int = 0
    sure: float = 0.6


def meant(block: DraftBlock, row: DraftRow, column: DraftColumn) -> Where:
    """All that a cell is filtered by; the narrowest of what block, column and row say."""
    where: Where = dict(block.guess.where)
    for part in (column.guess.where, row.guess.where):
        where |= part
    return where


def examples_of(made: DraftTable) -> list[PrintedTable]:
    """The table in every example, the first one first."""
    return [made.table, *made.others]


def figure_at(table: PrintedTable, made: DraftTable, row: DraftRow, column: DraftColumn) -> Decimal | None:
    """The figure of a fixed row in one example, by the row's place in the first and by its label in the others."""
    if table is made.table:
        return table.amount(row.row, column.at - 1) if 0 <= row.row < len(table.rows) else None
    for r, cells in enumerate(table.rows if not row.name else ()):
        if row.texts[-1] and any(stem(squeezed(v)) == stem(row.texts[-1]) for v in cells if isinstance(v, str)):
            return table.amount(r, column.at - 1) if column.at <= table.width else None
    return None
