"""The form of one official table: headings, blocks of rows and columns, each with the filter it stands for."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from workbook_templates.addresses import Area, defined_name
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.toml_files import Measure, Orientation, Positive, Schema, Written

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
    bottom: bool = False  #: below all other rows, on one line with the bottom row of the block beside it
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
    last: int = 0  #: line of the bottom row (from 1) while no other rows stand than those that always do

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
        for row in self.rows:
            if isinstance(row, FixedRow) and not row.only:
                line = self.last if row.bottom else row.line or line + 1
                yield line, row


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


#: The keys of each kind of row besides `where`; a row is of the kind whose first key it has.
_ROW_KEYS = {
    "tree": ("levels", "beside"),
    "list": (),
    "each": (),
    "label": ("key", "line", "only", "center", "at"),
}


class RowKeys(Schema, frozen=True):
    """A row, or rows that unfold with the ledger: it has exactly one of `label`, `tree`, `list` and `each`."""

    #: a fixed row with that text, or with a text for each label column; an empty one is a line of amounts alone
    label: str | tuple[str, ...] | None = None
    tree: str | None = None  #: a row for every code of that dimension that is used, and for each of its parents
    #: a row for every value of the first dimension, below it those of the next; several dimensions stand on one row
    list: tuple[str | tuple[str, ...], ...] | None = None
    each: str | None = None  #: a fixed row for every entry of that list of `edition.toml`; `{code}` is the entry's code
    where: Mapping[str, str | tuple[str, ...]] = {}  #: the filter of the row's cells
    key: str | None = None  #: of a fixed row: the name that relations use, where it is not the label
    line: Positive | Literal["bottom"] | None = None  #: of a fixed row: its line of the body, or below all others
    only: Literal["department"] | None = None  #: of a fixed row: it stands only in a department's document
    center: bool = False  #: of a fixed row: the label is centred over all label columns
    at: Positive | None = None  #: of a fixed row: the sheet column of its label, where that lies in another block
    levels: tuple[Positive, ...] | None = None  #: of `tree`: the lengths of the codes that have rows
    beside: str | None = None  #: of `tree`: a second dimension that splits the rows of the deepest level

    def __post_init__(self) -> None:
        """One kind, and only the keys of that kind."""
        kinds = [kind for kind in _ROW_KEYS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError("label、tree、list、each 应恰好写一个")
        own = _ROW_KEYS[kinds[0]]
        others = [key for keys in _ROW_KEYS.values() for key in keys if key not in own and getattr(self, key)]
        if others:
            raise ValueError(f"“{others[0]}”不能与 {kinds[0]} 同时使用")
        if self.tree and self.levels is None:
            raise ValueError("有 tree 的行缺少“levels”")


class ColumnKeys(Schema, frozen=True):
    """An amount column of a block."""

    at: Positive  #: the sheet column (from 1)
    key: str  #: the name that relations use
    where: Mapping[str, str | tuple[str, ...]] = {}  #: the filter of the column's cells
    aliases: tuple[str, ...] = ()  #: what other offices call it, for `import`
    #: computed, not filtered: the keys of two columns of the block, whose difference it is, the one before first
    change: tuple[str, str] | None = None
    percent: bool = False  #: of `change`: as a percentage of the one before

    def __post_init__(self) -> None:
        """Computed or filtered."""
        if self.change and self.where:
            raise ValueError("“where”不能与 change 同时使用")
        if self.percent and not self.change:
            raise ValueError("“percent”只能与 change 同时使用")


class BlockKeys(Schema, frozen=True):
    """Rows and columns that belong together; a table has one block, or two side by side."""

    name: str  #: what relations call it where a table has two
    labels: tuple[Label, ...]  #: its text columns
    columns: tuple[ColumnKeys, ...]  #: its amount columns
    rows: tuple[RowKeys, ...]  #: its rows, from above
    where: Mapping[str, str | tuple[str, ...]] = {}  #: the filter of all its cells


class FormKeys(Schema, frozen=True):
    """One official table."""

    code: Annotated[str, Meta(pattern="^T[0-9]+$", title="“T”加数字，例如“T1”")]  #: its name in relations: `T1`
    sheet: str  #: the name of its sheet
    number: Positive  #: its number in the line above it
    title: str  #: its title, with `{year}` and the words of `document_words`
    widths: tuple[float, ...]  #: the widths of its sheet columns, in characters
    headings: tuple[tuple[str, ...], ...]  #: a grid of texts; `<` continues the cell at the left, `^` the cell above
    blocks: tuple[BlockKeys, ...]  #: its rows and columns
    orientation: Orientation = "portrait"  #: of the printed page
    titles: tuple[str, ...] = ()  #: its titles in other years and at other offices, for `import`
    looks: tuple[Look, ...] = ()  #: how totals and classes stand out
    unit_of_measure: Measure | None = None  #: where it is not that of `edition.toml`
    empty_note: str = ""  #: what stands under it without data, where the edition's own note does not fit


class Shared(Struct, frozen=True):
    """What `edition.toml` says for all forms."""

    groups: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, tuple[tuple[str, str], ...]]  #: label and code of every entry
    measure: Measure
    own_place: bool = False

    def filter(self, written: Written, place: str) -> Filter:
        """A filter from its written form; ``"@name"`` stands for the values of a group."""
        result = []
        for dimension, value in written.items():
            if isinstance(value, str) and value.startswith("@"):
                result.append((dimension, self.group(value[1:], place)))
            else:
                result.append((dimension, (value,) if isinstance(value, str) else value))
        return tuple(result)

    def values(self, written: tuple[str, ...], place: str) -> tuple[str, ...]:
        """Values from their written form; ``"@name"`` stands for those of a group."""
        return tuple(v for w in written for v in (self.group(w[1:], place) if w.startswith("@") else (w,)))

    def group(self, name: str, place: str) -> tuple[str, ...]:
        """The values of a group. Raises EditionError where there is none of that name."""
        if name not in self.groups:
            raise EditionError(f"{place}：没有名为“{name}”的分组（groups）")
        return self.groups[name]


def form_of(keys: FormKeys, shared: Shared, place: str) -> Form:
    """A table from what its file says. Raises EditionError that names what does not go together."""
    for number, line in enumerate(keys.headings, 1):
        if len(line) != len(keys.widths):
            raise EditionError(f"{place}：headings 第{number}行有{len(line)}列，widths 有{len(keys.widths)}列")
    blocks = tuple(_block(block, shared, f"{place}：blocks[{number}]") for number, block in enumerate(keys.blocks))
    standing = [sum(isinstance(r, FixedRow) and not r.bottom and not r.only for r in b.rows) for b in blocks]
    taken: set[int] = set()
    for at in [at for b in blocks for at in (*(label.at for label in b.labels), *(c.at for c in b.columns))]:
        if at > len(keys.widths):
            raise EditionError(f"{place}：第{at}列超出表宽（{len(keys.widths)}列）")
        if at in taken:
            raise EditionError(f"{place}：第{at}列被两个栏目占用")
        taken.add(at)
    return Form(
        code=keys.code,
        sheet=keys.sheet,
        number=keys.number,
        title=keys.title,
        orientation=keys.orientation,
        widths=keys.widths,
        headings=keys.headings,
        looks=keys.looks,
        blocks=tuple(replace(block, last=max(standing) + 1) for block in blocks),
        titles=keys.titles,
        measure=keys.unit_of_measure or shared.measure,
        own_place=shared.own_place,
        empty_note=keys.empty_note,
    )


def _block(keys: BlockKeys, shared: Shared, place: str) -> Block:
    return Block(
        name=keys.name,
        labels=keys.labels,
        columns=tuple(
            Column(
                c.at,
                c.key,
                shared.filter(c.where, f"{place}.columns[{number}]"),
                c.aliases,
                _change(keys, c, f"{place}.columns[{number}]"),
                c.percent,
            )
            for number, c in enumerate(keys.columns)
        ),
        rows=tuple(row for number, r in enumerate(keys.rows) for row in _rows(r, shared, f"{place}.rows[{number}]")),
        where=shared.filter(keys.where, place),
    )


def _change(keys: BlockKeys, column: ColumnKeys, place: str) -> tuple[str, ...]:
    """The columns that a column is computed from. Raises EditionError where they are not filtered ones of its block."""
    own = {c.key for c in keys.columns if not c.change}
    if unknown := [key for key in column.change or () if key not in own]:
        raise EditionError(f"{place}：change 中的“{unknown[0]}”不是这一部分的金额栏")
    return column.change or ()


def _rows(keys: RowKeys, shared: Shared, place: str) -> Iterator[RowFamily]:
    where = shared.filter(keys.where, place)
    if keys.tree is not None:
        yield TreeRows(keys.tree, keys.levels or (), where, keys.beside)
    elif keys.list is not None:
        levels = [(level,) if isinstance(level, str) else level for level in keys.list]
        beside = tuple(level[1:] for level in levels)
        yield ListRows(tuple(level[0] for level in levels), where, beside if any(beside) else ())
    elif keys.each is not None:
        if keys.each not in shared.lists:
            raise EditionError(f"{place}：没有名为“{keys.each}”的清单（lists）")
        for label, code in shared.lists[keys.each]:
            filled = tuple((key, tuple(v.replace("{code}", code) for v in values)) for key, values in where)
            yield FixedRow(code or label, label, filled, group=keys.each)
    elif keys.label is not None:
        texts = (keys.label,) if isinstance(keys.label, str) else keys.label
        label = "".join(texts)
        yield FixedRow(
            key=keys.key or label,
            label=label,
            where=where,
            line=keys.line if isinstance(keys.line, int) else None,
            bottom=keys.line == "bottom",
            only=keys.only,
            center=keys.center,
            texts=texts if len(texts) > 1 else (),
            at=keys.at or 0,
        )
