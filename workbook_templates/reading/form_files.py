"""The file of one official table: its keys, and the table that they say."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import (
    Block,
    Column,
    Filter,
    FixedRow,
    Form,
    Label,
    ListRows,
    Look,
    RowFamily,
    TreeRows,
    bottom_line,
)
from workbook_templates.reading.toml_files import Measure, Orientation, Positive, Schema, Written

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
    title: str  #: its title, with `{year}`, `{last}` (the year before) and the words of `document_words`
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
    fixed = [[r for r in b.rows if isinstance(r, FixedRow)] for b in blocks]
    last = bottom_line((sum(not r.bottom and not r.only for r in rows), sum(r.bottom for r in rows)) for rows in fixed)
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
        blocks=tuple(replace(block, last=last) for block in blocks),
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
