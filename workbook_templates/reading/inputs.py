"""The input sheets as data: ledgers, lists of fields and lists of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from workbook_templates.addresses import cell_of
from workbook_templates.reading.errors import EditionError


class LedgerColumn(Struct, frozen=True):
    """One column of a ledger. See ledger.toml for what each part means."""

    key: str
    heading: str
    help: str
    width: float
    values: tuple[str, ...] = ()
    code: str | None = None
    lengths: tuple[int, ...] = ()
    names: str | None = None  #: the key of the code column whose name this column holds
    money: bool = False
    required: bool = False
    optional: bool = False  #: the whole column may be absent
    needs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    forbids: tuple[tuple[str, tuple[str, ...]], ...] = ()
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()  #: for a value, words that other systems have in its place


class LedgerSpec(Struct, frozen=True):
    """A ledger sheet: its name, its range's key and its columns in order."""

    sheet: str
    range: str
    columns: tuple[LedgerColumn, ...]

    def column(self, key: str) -> LedgerColumn:
        """The column with that key."""
        return next(c for c in self.columns if c.key == key)


class Field(Struct, frozen=True):
    """One field of an input sheet: a labelled value, or a column of a list."""

    key: str
    label: str
    type: str = "text"
    values: tuple[str, ...] = ()
    required: bool = False
    help: str = ""
    width: float = 16
    carry: bool = False  #: last year's value stays until the clerk says otherwise
    last: str = ""  #: cells of last year's tables whose sum this field holds, in the notation of relations


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
        return field.required and (not key or record[key] != value or field == self.columns[0])

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


class PlainSheet(Struct, frozen=True):
    """A sheet of the workbook in order; `kind` says who builds it."""

    name: str
    kind: str
    about: str = ""
    heading: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()
    locked: bool = True
    editable: tuple[int, ...] = ()
    amounts: tuple[int, ...] = ()
    orientation: str = "portrait"


def _conditions(
    raw: Mapping[str, str], groups: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, groups[v[1:]] if v.startswith("@") else (v,)) for key, v in raw.items())


def read_ledger_spec(raw: Mapping[str, Any], place: str, groups: Mapping[str, tuple[str, ...]]) -> LedgerSpec:
    """One ledger's columns from ledger.toml."""
    columns = []
    for item in raw["columns"]:
        try:
            columns.append(
                LedgerColumn(
                    key=item["key"],
                    heading=item["heading"],
                    help=item.get("help", ""),
                    width=item["width"],
                    values=tuple(item.get("values", ())),
                    code=item.get("code"),
                    lengths=tuple(item.get("lengths", ())),
                    names=item.get("names"),
                    money=item.get("money", False),
                    required=item.get("required", False),
                    optional=item.get("optional", False),
                    needs=_conditions(item.get("needs", {}), groups),
                    forbids=_conditions(item.get("forbids", {}), groups),
                    words=tuple((value, tuple(words)) for value, words in item.get("words", {}).items()),
                )
            )
        except KeyError as missing:
            raise EditionError(f"{place}：列“{item.get('heading', '?')}”缺少或写错 {missing}") from None
    return LedgerSpec(raw["sheet"], raw["range"], tuple(columns))


def _field(raw: Mapping[str, Any], enumerations: Mapping[str, list[str]], place: str) -> Field:
    values: tuple[str, ...] = ()
    if "values" in raw:
        if raw["values"] not in enumerations:
            raise EditionError(f"{place}：“{raw['label']}”引用了不存在的枚举“{raw['values']}”")
        values = tuple(enumerations[raw["values"]])
    return Field(
        key=raw["key"],
        label=raw["label"],
        type=raw.get("type", "text"),
        values=values,
        required=raw.get("required", False),
        help=raw.get("help", ""),
        width=raw.get("width", 16),
        carry=raw.get("carry", False),
        last=raw.get("last", ""),
    )


def read_input_sheets(raw: Mapping[str, Any], place: str) -> tuple[InputSheet, ...]:
    """All input sheets of inputs.toml."""
    enumerations = raw.get("enumerations", {})
    sheets = []
    for sheet in raw["sheets"]:
        ranges = []
        for item in sheet["ranges"]:
            row, column = cell_of(item["at"])
            columns = tuple(_field(f, enumerations, place) for f in item.get("columns", ()))
            groups = tuple(
                FieldGroup(g["heading"], tuple(_field(f, enumerations, place) for f in g["fields"]))
                for g in item.get("groups", ())
            )
            ranges.append(
                InputRange(
                    key=item["key"],
                    kind=item["kind"],
                    row=row,
                    column=column,
                    title=item.get("title", ""),
                    heading=tuple(item.get("heading", [f.label for f in columns])),
                    widths=tuple(item.get("widths", [f.width for f in columns])),
                    help=item.get("help", ""),
                    groups=groups,
                    columns=columns,
                    carry=item.get("carry", False),
                    carry_if=tuple(item.get("carry_if", ("", ""))),
                    excused=tuple(item.get("excused", ("", ""))),
                    drop=tuple(item.get("drop", ())),
                )
            )
        sheets.append(
            InputSheet(
                name=sheet["name"],
                title=sheet["title"],
                guide=sheet["guide"],
                orientation=sheet.get("orientation", "portrait"),
                ranges=tuple(ranges),
            )
        )
    return tuple(sheets)


def read_plain_sheets(raw: Mapping[str, Any]) -> tuple[PlainSheet, ...]:
    """The workbook's sheets in order, from sheets.toml."""
    return tuple(
        PlainSheet(
            name=s.get("name", ""),
            kind=s["kind"],
            about=s.get("about", ""),
            heading=tuple(s.get("heading", ())),
            widths=tuple(s.get("widths", ())),
            locked=s.get("locked", True),
            editable=tuple(s.get("editable", ())),
            amounts=tuple(s.get("amounts", ())),
            orientation=s.get("orientation", "portrait"),
        )
        for s in raw["sheets"]
    )
