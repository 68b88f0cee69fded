"""The input sheets as data: ledgers, lists of fields and lists of records."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from workbook_templates.addresses import cell_of
from workbook_templates.reading.codes import Classifications
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.form_files import Shared
from workbook_templates.reading.forms import Filter
from workbook_templates.reading.toml_files import Classification, Orientation, Positive, Schema, likely, worded


class ColumnOfLedger(Schema, frozen=True, kw_only=True):
    """A column of a ledger."""

    key: str  #: the dimension's name in filters and code
    heading: str  #: what the clerk sees above it
    width: float  #: in characters
    help: str = ""  #: the hint that the clerk sees on its cells
    values: tuple[str, ...] = ()  #: the only values allowed, or a group of them as `"@name"`; none: any text
    code: Classification | None = None  #: it holds codes of that classification
    lengths: tuple[Positive, ...] = ()  #: the numbers of digits that its codes may have
    names: str | None = None  #: the key of the code column whose name this column holds
    money: bool = False  #: it holds the amount in yuan; every ledger has one such column
    required: bool = False  #: it must be filled in every row
    optional: bool = False  #: the whole column may be absent


class LedgerColumnKeys(ColumnOfLedger, frozen=True, kw_only=True):
    """A column of a ledger."""

    needs: Mapping[str, str | tuple[str, ...]] = {}  #: it must be filled where another column has that value
    forbids: Mapping[str, str | tuple[str, ...]] = {}  #: it must be empty where another column has that value
    words: Mapping[str, tuple[str, ...]] = {}  #: for a value, pieces of the words that other systems have in its place


class LedgerColumn(ColumnOfLedger, frozen=True, kw_only=True):
    """One column of a ledger, with conditions and words as pairs."""

    needs: Filter = ()
    forbids: Filter = ()
    words: Filter = ()  #: for a value, words that other systems have in its place


class LedgerKeys(Schema, frozen=True):
    """A ledger."""

    sheet: str  #: the name of its sheet
    range: Literal["ledger", "income"]  #: the name of its range, by which the program finds it
    columns: tuple[LedgerColumnKeys, ...]  #: its columns, in order


class ListKeys(Schema, frozen=True):
    """A list of its own, as of procurement or of what was spent last year, that tables filter by its `flow`."""

    sheet: str  #: the name of its sheet
    range: str  #: the name of its range
    flow: str  #: the value of `flow` by which filters know its rows
    columns: tuple[LedgerColumnKeys, ...]  #: its columns, in order; those named as a ledger's are of that dimension
    #: what `new --from` writes into it: for a value of its first column of values the cells of last year's tables; for
    #: "*" rows of a tree, whose codes its first column of codes takes
    last: Mapping[str, str] = {}


class LedgersKeys(Schema, frozen=True):
    """The two ledgers, and other lists that tables are made from."""

    spending: LedgerKeys  #: 预算明细
    income: LedgerKeys  #: 收入明细
    lists: tuple[ListKeys, ...] = ()  #: what is in neither ledger


class LedgerSpec(Struct, frozen=True):
    """A ledger sheet: its name, its range's key and its columns in order; of a list of its own also its flow."""

    sheet: str
    range: str
    columns: tuple[LedgerColumn, ...]
    flow: str = ""
    last: tuple[tuple[str, str], ...] = ()  #: values, and where last year's tables have their amounts

    def column(self, key: str) -> LedgerColumn:
        """The column with that key."""
        return next(c for c in self.columns if c.key == key)


#: Ends the heading of a column of amounts in yuan.
YUAN = "（元）"


class FieldOfInput(Schema, frozen=True, kw_only=True):
    """A field: a labelled value, or a column of a list."""

    key: str  #: by which text, performance forms and the program name it
    label: str  #: what the clerk sees
    #: what it holds: text, several lines of it, a year, a whole number, a number with two decimals, an amount in yuan
    #: or in 万元, a share, a date
    type: Literal["text", "long", "year", "count", "number", "money", "wanyuan", "percent", "date"] = "text"
    required: bool = False  #: an empty one is a 提示, and `submit` refuses it
    help: str = ""  #: the explanation beside it
    width: float = 16  #: of a list's column, in characters
    carry: bool = False  #: `new --from` takes last year's value over, for review
    last: str = ""  #: cells of last year's tables whose sum the field holds, in the notation of relations
    #: of a list: the column that held this before, the column that told whose value it was, and the word it told
    former: tuple[str, str, str] = ("", "", "")
    instead: str = ""  #: of a list: the column that, where filled, makes up for this one
    derived: bool = False  #: where it is left blank the program takes it from elsewhere, if it can


class FieldKeys(FieldOfInput, frozen=True, kw_only=True):
    """A field: a labelled value, or a column of a list."""

    values: str | None = None  #: the enumeration of the values allowed; `unit_kind` is that of the classifications


class Field(FieldOfInput, frozen=True, kw_only=True):
    """One field of an input sheet: a labelled value, or a column of a list."""

    values: tuple[str, ...] = ()
    also: Mapping[str, str] = {}  #: other words for some of the values

    @property
    def heading(self) -> str:
        """The label as a list's heading says it: amounts in yuan with their unit."""
        return f"{self.label}{YUAN}" if self.type == "money" and YUAN not in self.label else self.label


class FieldGroup(Struct, frozen=True):
    """Fields under one sub-heading."""

    heading: str
    fields: tuple[Field, ...]


class InputRange(Struct, frozen=True):
    """A block of input cells: `fields` in groups (a row each), or a `list` of records (a column each)."""

    key: str
    kind: str
    row: int  #: sheet row of the heading (from 1)
    column: int  #: first sheet column (from 1)
    title: str
    heading: tuple[str, ...]
    widths: tuple[float, ...]
    help: str = ""
    groups: tuple[FieldGroup, ...] = ()
    columns: tuple[Field, ...] = ()
    carry: bool = False  #: last year's records of a list stay
    carry_if: tuple[str, str] = ("", "")  #: only those records stay whose column has that value
    excused: tuple[str, str] = ("", "")  #: a record whose column has that value needs its first column alone
    drop: tuple[str, ...] = ()  #: columns of a record that do not stay: amounts and dates

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields in order, whichever kind of range this is."""
        return self.columns or tuple(f for group in self.groups for f in group.fields)

    def asks(self, field: Field, record: Mapping[str, str]) -> bool:
        """Whether a record must have a field filled in."""
        key, value = self.excused
        if not field.required or (field.instead and record[field.instead]):
            return False
        return not key or record[key] != value or field == self.columns[0]

    @property
    def places(self) -> tuple[tuple[Field, int], ...]:
        """Every field of a range of fields with its sheet row in the template."""
        result = []
        row = self.row
        for group in self.groups:
            row += 1  # the group's heading
            for field in group.fields:
                row += 1
                result.append((field, row))
        return tuple(result)


class InputSheet(Struct, frozen=True):
    """An input sheet with its ranges."""

    name: str
    title: str
    guide: str
    orientation: str
    ranges: tuple[InputRange, ...]


class GroupKeys(Schema, frozen=True):
    """Fields under one sub-heading."""

    heading: str  #: the sub-heading
    fields: tuple[FieldKeys, ...]  #: its fields, a row each


class RangeKeys(Schema, frozen=True):
    """A block of input cells: `groups` of fields, a row each, or a list with `columns`, a record a row."""

    key: str  #: by which text, performance forms and the program name it
    kind: Literal["fields", "list"]  #: which of the two it is
    #: the cell of the first column's heading
    at: Annotated[str, Meta(pattern="^[A-Z]{1,3}[1-9][0-9]*$", title="单元格地址，例如“A4”")]
    title: str = ""  #: what stands above a list
    heading: tuple[str, ...] | None = None  #: its headings; of a list the columns' labels where not said
    widths: tuple[float, ...] | None = None  #: its column widths; of a list the columns' own where not said
    help: str = ""  #: the hint on the cells of a list
    groups: tuple[GroupKeys, ...] = ()  #: of `fields`: the fields, under sub-headings
    columns: tuple[FieldKeys, ...] = ()  #: of `list`: the columns
    carry: bool = False  #: of `list`: `new --from` takes last year's records over
    carry_if: tuple[str, str] = ("", "")  #: only those records whose column (first) has that value (second)
    excused: tuple[str, str] = ("", "")  #: a record whose column (first) has that value (second) needs its name alone
    drop: tuple[str, ...] = ()  #: columns that are not taken over: amounts and dates

    def __post_init__(self) -> None:
        """Fields or a list, with names of its own columns."""
        if bool(self.groups) == bool(self.columns) or bool(self.columns) != (self.kind == "list"):
            raise ValueError("kind = “fields”的区域应有 groups，kind = “list”的区域应有 columns，不能同时有")
        keys = {column.key for column in self.columns}
        instead = [column.instead for column in self.columns]
        for key in (*filter(None, (self.carry_if[0], self.excused[0], *instead)), *self.drop):
            if key not in keys:
                raise ValueError(f"carry_if、excused、drop 或 instead 中的“{key}”不是这一清单的列")


class InputSheetKeys(Schema, frozen=True):
    """An input sheet."""

    name: str  #: the name of the sheet
    title: str  #: its title
    guide: str  #: the line under the title
    ranges: tuple[RangeKeys, ...]  #: its blocks of input cells
    orientation: Orientation = "portrait"  #: of the printed page


class InputsKeys(Schema, frozen=True):
    """The input sheets other than the ledgers."""

    sheets: tuple[InputSheetKeys, ...]  #: the sheets, in order
    enumerations: Mapping[str, tuple[str, ...]] = {}  #: values that fields choose from, by name


class PlainSheet(Schema, frozen=True):
    """A sheet of the workbook."""

    #: who builds it
    kind: Literal[
        "cover",
        "input",
        "ledger",
        "forms",
        "performance",
        "narrative",
        "text",
        "glossary",
        "findings",
        "relations",
    ]
    name: str = ""  #: its name; the one of `forms` has none, all tables stand in its place
    about: str = ""  #: what 封面 says of it
    heading: tuple[str, ...] = ()  #: its headings
    widths: tuple[float, ...] = ()  #: its column widths, in characters
    locked: bool = True  #: it is protected
    editable: tuple[Positive, ...] = ()  #: of a protected sheet, the columns that the clerk fills in
    amounts: tuple[Positive, ...] = ()  #: its columns of amounts
    orientation: Orientation = "portrait"  #: of the printed page


class SheetsKeys(Schema, frozen=True):
    """The sheets of the workbook."""

    sheets: tuple[PlainSheet, ...]  #: all of them, in order


def ledger_of(keys: LedgerKeys | ListKeys, shared: Shared, place: str) -> LedgerSpec:
    """A ledger from what its file says. Raises EditionError that names every column with a wrong reference."""
    written = tuple(
        replace(column, values=shared.values(column.values, f"{place}.columns[{number}]"))
        for number, column in enumerate(keys.columns)
    )
    columns = {column.key: column for column in written}
    faults = []
    result = []
    for number, column in enumerate(written):
        at = f"{place}.columns[{number}]"
        needs, forbids = shared.filter(column.needs, at), shared.filter(column.forbids, at)
        faults += [f"{at}：{fault}" for fault in _conditions(column, (*needs, *forbids), columns)]
        words = tuple(column.words.items())
        result.append(LedgerColumn(**{**asdict(column), "needs": needs, "forbids": forbids, "words": words}))
    if faults:
        raise EditionError(*faults)
    if not isinstance(keys, ListKeys):
        return LedgerSpec(keys.sheet, keys.range, tuple(result))
    given = next((c.values for c in result if c.values), ())
    if unknown := [value for value in keys.last if value != "*" and value not in given]:
        raise EditionError(f"{place}.last：没有取值“{unknown[0]}”")
    return LedgerSpec(keys.sheet, keys.range, tuple(result), keys.flow, tuple(keys.last.items()))


def _conditions(column: LedgerColumnKeys, conditions: Filter, columns: Mapping[str, LedgerColumnKeys]) -> Iterator[str]:
    """What a column says of columns and values that are not there."""
    for key in [*(key for key, _ in conditions), *([column.names] if column.names else [])]:
        if key not in columns:
            near = likely(key, list(columns))
            yield f"没有 key = “{key}”的列" + (f"，是否应为“{near}”？" if near else "")
    for key, values in (*conditions, *((column.key, (value,)) for value in column.words)):
        allowed = columns[key].values if key in columns else ()
        yield from (f"列“{key}”没有取值“{v}”" for v in values if allowed and v not in allowed)


def input_sheets_of(keys: InputsKeys, codes: Classifications, place: str) -> tuple[InputSheet, ...]:
    """All input sheets; the kinds of unit are those of the classifications. Raises EditionError."""
    known = {"unit_kind": tuple(codes.unit_kinds), **keys.enumerations}
    words = codes.unit_kind_words
    also = {"unit_kind": {word: kind.name for kind in codes.unit_kinds.values() for word in kind.also}}

    def fields(written: tuple[FieldKeys, ...]) -> tuple[Field, ...]:
        for field in written:
            if field.values is not None and field.values not in known:
                raise EditionError(f"{place}：“{field.label}”引用了不存在的枚举“{field.values}”")
        return tuple(
            Field(
                **{
                    **asdict(f),
                    "values": known[f.values] if f.values else (),
                    "also": also.get(f.values or "", {}),
                    "help": worded(f.help, words),
                }
            )
            for f in written
        )

    return tuple(
        InputSheet(
            name=sheet.name,
            title=sheet.title,
            guide=sheet.guide,
            orientation=sheet.orientation,
            ranges=tuple(
                _range(r, fields(r.columns), tuple(FieldGroup(g.heading, fields(g.fields)) for g in r.groups))
                for r in sheet.ranges
            ),
        )
        for sheet in keys.sheets
    )


def _range(keys: RangeKeys, columns: tuple[Field, ...], groups: tuple[FieldGroup, ...]) -> InputRange:
    row, column = cell_of(keys.at)
    return InputRange(
        key=keys.key,
        kind=keys.kind,
        row=row,
        column=column,
        title=keys.title,
        heading=tuple(f.label for f in columns) if keys.heading is None else keys.heading,
        widths=tuple(f.width for f in columns) if keys.widths is None else keys.widths,
        help=keys.help,
        groups=groups,
        columns=columns,
        carry=keys.carry,
        carry_if=keys.carry_if,
        excused=keys.excused,
        drop=keys.drop,
    )
