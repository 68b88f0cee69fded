"""The form of one official table: headings, blocks of rows and columns, each with the filter it stands for."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct

from workbook_templates.addresses import Area, defined_name
from workbook_templates.reading.toml_files import Positive, Schema

#: A filter: for each dimension the values it accepts; a value that ends in ``*`` is a prefix. All must hold.
Filter = tuple[tuple[str, tuple[str, ...]], ...]

#: Rows above the headings: the title and the line that names the unit and the unit of measure.
ROWS_ABOVE_HEADINGS = 2

#: Height of a row with one line of text, in points: the default height of every sheet of the template.
LINE_HEIGHT = 20.0


#: What a label column shows; part1, part2 …: the piece of the code that a level adds.
Shows = Literal["label", "code", "name", "beside", "numbered", "part1", "part2", "part3", "part4"]


class Label(Schema, frozen=True):
    """A text column of a block."""

    at: Positive  #: the sheet column (from 1)
    #: what it shows of a row: the fixed `label`, the `name`, the whole `code`; `part1`, `part2` …: what each level adds
    #: to the code (类, 款, 项); `numbered`: 一、 and the name, numbered as they occur; `beside`: the name of the second
    #: classification that splits the row
    shows: Shows
    of: str = ""  #: of a list with several texts a row: the dimension whose value it shows, beside `shows = "name"`
    brackets: bool = False  #: of `numbered`: （一） in place of 一、

    @property
    def numbering(self) -> str:
        """What stands before a numbered name, with braces for the number."""
        return "（{}）" if self.brackets else "{}、"


class Column(Struct, frozen=True):
    """An amount column of a block: the sheet column (from 1), its key and its filter."""

    at: int
    key: str
    where: Filter
    aliases: tuple[str, ...] = ()  #: what other offices call it
    change: tuple[str, ...] = ()  #: computed: the keys of the columns before and after, whose difference it is
    percent: bool = False  #: the difference as a percentage of the one before


class FixedRow(Struct, frozen=True):
    """A row that always stands, or only in the circumstances that `only` names."""

    key: str
    label: str
    where: Filter
    line: int | None = None  #: line of the body (from 1); the next one where not said
    bottom: bool = False  #: below all other rows, the last one on one line with that of the block beside it
    only: str | None = None
    group: str = ""  #: the list that the row comes from
    center: bool = False  #: the label is centred over all label columns
    texts: tuple[str, ...] = ()  #: what each label column shows, where it has several labels
    at: int = 0  #: the sheet column of its label, where that is none of the block's

    def shown(self, columns: int) -> tuple[str, ...]:
        """What the label columns show of it."""
        texts = self.texts or ("" if self.at else self.label,)
        return (*texts, *[""] * (columns - len(texts)))[:columns]


class TreeRows(Struct, frozen=True):
    """A row for every code used and for each of its parents, in code order."""

    dimension: str
    levels: tuple[int, ...]
    where: Filter
    beside: str | None = None  #: a second dimension that splits the rows of the deepest level


class ListRows(Struct, frozen=True):
    """A row for every value of the first dimension used, below it one for every value of the next, in ledger order.

    `beside`: for each level the dimensions whose values stand beside that of the first and tell its rows apart.
    """

    dimensions: tuple[str, ...]
    where: Filter
    beside: tuple[tuple[str, ...], ...] = ()

    @property
    def by_level(self) -> tuple[tuple[str, ...], ...]:
        """For each level all dimensions whose values stand in its rows."""
        return tuple((d, *(self.beside[n] if self.beside else ())) for n, d in enumerate(self.dimensions))


RowFamily = FixedRow | TreeRows | ListRows


class Block(Struct, frozen=True, dict=True):
    """Rows and columns that belong together; a form has one, or two side by side."""

    name: str
    labels: tuple[Label, ...]
    columns: tuple[Column, ...]
    rows: tuple[RowFamily, ...]
    where: Filter
    last: int = 0  #: line of the last bottom row (from 1) while no other rows stand than those that always do

    @cached_property
    def shows(self) -> tuple[str, ...]:
        """What each label column shows."""
        return tuple(label.shows for label in self.labels)

    @cached_property
    def own_levels(self) -> Mapping[int, int]:
        """For the label columns (from 0) that show the value of one dimension of a list, the level that it is of."""
        lists = [row for row in self.rows if isinstance(row, ListRows)]
        levels = {d: level for row in lists for level, own in enumerate(row.by_level, 1) for d in own}
        return {n: levels[label.of] for n, label in enumerate(self.labels) if label.of in levels}

    @cached_property
    def asides(self) -> Mapping[str, FixedRow]:
        """The fixed rows, by key, whose label lies in a column that is none of the block's."""
        return {row.key: row for row in self.rows if isinstance(row, FixedRow) and row.at}

    @cached_property
    def amounts(self) -> frozenset[str]:
        """The keys of its columns."""
        return frozenset(column.key for column in self.columns)

    @cached_property
    def fixed(self) -> frozenset[str]:
        """The keys of its fixed rows."""
        return frozenset(row.key for row in self.rows if isinstance(row, FixedRow))

    @cached_property
    def lists(self) -> frozenset[str]:
        """The lists that its fixed rows come from."""
        return frozenset(row.group for row in self.rows if isinstance(row, FixedRow))

    @cached_property
    def depth(self) -> int:
        """Levels of the rows that unfold with the ledger; 0 where all are fixed."""
        unfolding = [row for row in self.rows if not isinstance(row, FixedRow)]
        return max((len(r.levels if isinstance(r, TreeRows) else r.dimensions) for r in unfolding), default=0)

    @cached_property
    def first_column(self) -> int:
        """The sheet column (from 1) of its first label, or of its first amount where it has no labels."""
        return self.labels[0].at if self.labels else self.columns[0].at

    @cached_property
    def code_column(self) -> int:
        """The sheet column (from 1) in which its codes begin; 0 where it shows none."""
        return next((label.at for label in self.labels if label.shows == "code" or label.shows.startswith("part")), 0)

    def fixed_lines(self) -> Iterator[tuple[int, FixedRow]]:
        """The rows that stand even without data, each with its line of the body (from 1)."""
        line = 0
        below = [row.key for row in self.rows if isinstance(row, FixedRow) and row.bottom]
        for row in self.rows:
            if isinstance(row, FixedRow) and not row.only:
                line = self.last + 1 - len(below) + below.index(row.key) if row.bottom else row.line or line + 1
                yield line, row


def bottom_line(blocks: Iterable[tuple[int, int]]) -> int:
    """The line of the last bottom rows of blocks side by side: of each the line above them, and how many they are."""
    every = list(blocks)
    return max([1 + max((line for line, _ in every), default=0), *(line + count for line, count in every)])


class Look(Schema, frozen=True):
    """How rows that meet a condition look."""

    when: str  #: the condition, a formula of the sheet in which `{row}` stands for the row
    style: Literal["total", "class"]  #: a total or the first level of a classification


class Form(Struct, frozen=True):
    """One official table as data.

    `headings` is a grid of texts in which ``<`` continues the cell at the left and ``^`` the cell above.
    """

    code: str
    sheet: str
    number: int
    title: str
    orientation: str
    widths: tuple[float, ...]
    headings: tuple[tuple[str, ...], ...]
    looks: tuple[Look, ...]
    blocks: tuple[Block, ...]
    titles: tuple[str, ...] = ()  #: what it was called in other years and at other offices
    measure: str = "万元"
    own_place: bool = False  #: the last place of its amounts is the finest that they show, not always two decimals
    empty_note: str = ""  #: what stands under it without data, where the edition's own note does not fit

    def filters_by(self, dimension: str) -> bool:
        """Whether some of its amounts are chosen by that dimension."""
        parts = [part for block in self.blocks for part in (block, *block.rows, *block.columns)]
        return any(dimension == key for part in parts for key, _ in part.where)

    def place(self, names: Mapping[str, Area]) -> tuple[str, int, int]:
        """Sheet, first row and first column of the table in a workbook with these defined names; A1 where none says."""
        return names.get(defined_name(self.code), (self.sheet, 1, 1, 1, 1))[:3]

    @property
    def width(self) -> int:
        """Number of printed columns."""
        return len(self.widths)

    @property
    def bare_lines(self) -> int:
        """Lines of the body that stand without a label: empty lines, where nothing is filled in."""
        return max((line for block in self.blocks if not block.labels for line, _ in block.fixed_lines()), default=0)

    @property
    def first_body_row(self) -> int:
        """Sheet row (from 1) of the first row under the headings."""
        return ROWS_ABOVE_HEADINGS + len(self.headings) + 1

    def heading_merges(self) -> Iterator[tuple[int, int, int, int]]:
        """Merged heading cells as (first row, first column, last row, last column) in sheet rows and columns from 1."""
        grid = self.headings
        for r, line in enumerate(grid):
            for c, text in enumerate(line):
                if text in ("<", "^"):
                    continue
                right = c
                while right + 1 < len(line) and line[right + 1] == "<":
                    right += 1
                down = r
                while down + 1 < len(grid) and grid[down + 1][c] == "^":
                    down += 1
                if right > c or down > r:
                    top = ROWS_ABOVE_HEADINGS + 1
                    yield top + r, c + 1, top + down, right + 1
