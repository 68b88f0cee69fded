"""绩效目标 as data: the printed forms of the whole unit and of a project, and what their checks compare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import Filter, Form
from workbook_templates.reading.inputs import Field, InputRange, InputSheet, LedgerSpec
from workbook_templates.reading.performance_keys import (
    AmountKeys,
    BlankMoneyKeys,
    CellKeys,
    FormKeys,
    Level,
    MoneyKeys,
    PartKeys,
    PerformanceKeys,
    SumKeys,
    Words,
)
from workbook_templates.reading.relations import Ref, read_terms

#: Ranges of the input sheets that the forms are made of.
BASIC, PROJECTS, INDICATORS = "basic", "projects", "indicators"
#: What a text may name besides fields: the budget year, a record's number.
_WORDS = ("year", "number")
_NAMED = re.compile(r"\{([a-z_.0-9]+)\}")
#: Columns of the list of indicators that code reads.
INDICATOR_COLUMNS = ("object", "task", "number", "first", "second", "third", "year_value", "period_value")
PROJECT_COLUMNS = (
    *("name", "unit", "superior", "superior_code", "nature", "years", "kind", "managed", "disclosed", "task"),
)


class CellSpec(Struct, frozen=True):
    """A cell of a form: a label, a text with fields in it, or money; `check` names the check that guards it."""

    text: str = ""
    money: str = ""
    is_label: bool = False
    span: int = 1
    rows: int = 1
    check: str = ""


class IndicatorColumns(Struct, frozen=True):
    """How indicators are laid out: which periods stand side by side, and how many columns each level takes."""

    periods: tuple[str, ...]
    first: int
    second: tuple[int, ...]
    third: tuple[int, ...]
    value: tuple[int, ...]
    name: str


class Part(Struct, frozen=True):
    """A part of a form: fixed `rows`, one long `text`, the records of a `list`, or the `indicators`."""

    label: str = ""
    rows: tuple[tuple[CellSpec, ...], ...] = ()
    text: str = ""
    list: str = ""
    join: bool = False
    heading: tuple[CellSpec, ...] = ()
    cells: tuple[CellSpec, ...] = ()
    indicators: IndicatorColumns | None = None


class FormSpec(Struct, frozen=True):
    """A printed form: title, line of the year, parts, and how values of some fields are printed."""

    title: str
    subtitle: str
    parts: tuple[Part, ...]
    printed: Mapping[str, Mapping[str, str]]


class AmountSpec(Struct, frozen=True):
    """A figure of the whole-unit form: cells of the tables, added and taken off, or what the ledger spends."""

    key: str
    label: str
    plus: tuple[Ref, ...] = ()
    minus: tuple[Ref, ...] = ()
    ledger: Filter = ()


class PartsSpec(Struct, frozen=True):
    """A total of the project's money and its parts, by key of the field."""

    total: Field
    parts: tuple[Field, ...]


class BlankMoney(Struct, frozen=True):
    """Where a project's money of the year comes from that 项目信息 leaves blank; parts by the keys of their fields."""

    filters: tuple[Filter, ...]
    otherwise: str
    by_source: Mapping[str, str]
    by_level: Mapping[str, str]


class SumSpec(Struct, frozen=True):
    """A number of 基础信息 that is the sum of others, and the one it should not exceed."""

    key: str
    whole: Field
    parts: tuple[Field, ...]
    limit: Field | None


class Performance(Struct, frozen=True):
    """Everything that an edition says of 绩效目标."""

    sheet: str
    widths: tuple[float, ...]
    mark: str
    guide: str
    words: Words
    amounts: Mapping[str, AmountSpec]
    year_row: tuple[Ref, ...]
    carried_row: tuple[Ref, ...]
    year_money: PartsSpec
    period_money: PartsSpec
    blank_money: BlankMoney | None
    sums: tuple[SumSpec, ...]
    levels: tuple[Level, ...]
    cost: str
    whole: FormSpec
    project: FormSpec

    @property
    def width(self) -> int:
        """Columns of a form."""
        return len(self.widths)


def performance_of(
    keys: PerformanceKeys,
    forms: tuple[Form, ...],
    sheets: tuple[InputSheet, ...],
    spending: LedgerSpec,
    place: str,
) -> Performance:
    """The performance forms from what their file says; EditionError names what the edition does not have."""
    return _Reader(keys, place, forms, sheets, spending).read()


class _Reader:
    """Checks every name of performance.toml against forms and input sheets."""

    def __init__(
        self,
        keys: PerformanceKeys,
        place: str,
        forms: tuple[Form, ...],
        sheets: tuple[InputSheet, ...],
        spending: LedgerSpec,
    ) -> None:
        self.keys = keys
        self.place = place
        self.forms = forms
        self.ranges: dict[str, InputRange] = {r.key: r for sheet in sheets for r in sheet.ranges}
        self.ledger = {column.key: column.values for column in spending.columns}
        self.width = len(keys.sheet.widths)

    def read(self) -> Performance:
        keys = self.keys
        for name in PROJECT_COLUMNS:
            self._field(PROJECTS, name)
        for name in INDICATOR_COLUMNS:
            self._field(INDICATORS, name)
        money = keys.project_money
        self._check_levels(keys.levels)
        return Performance(
            sheet=keys.sheet.name,
            widths=keys.sheet.widths,
            mark=keys.sheet.mark,
            guide=keys.sheet.guide,
            words=keys.words,
            amounts={key: self._amount(key, item) for key, item in keys.amounts.items()},
            year_row=self._refs(money.year_row, "project_money"),
            carried_row=self._refs(money.carried_row, "project_money"),
            year_money=self._parts_of(money.year),
            period_money=self._parts_of(money.period),
            blank_money=self._blank(money.blank) if money.blank else None,
            sums=tuple(self._sum(item) for item in keys.sums),
            levels=keys.levels,
            cost=keys.cost.second,
            whole=self._form("whole", keys.whole, ""),
            project=self._form("project", keys.project, PROJECTS),
        )

    def _field(self, part: str, key: str) -> Field:
        found = [f for f in (self.ranges[part].fields if part in self.ranges else ()) if f.key == key]
        if not found:
            raise EditionError(f"{self.place}：输入表没有字段“{part}.{key}”")
        return found[0]

    def _refs(self, text: str, key: str) -> tuple[Ref, ...]:
        return read_terms(text, self.forms, f"{self.place} {key}") if text else ()

    def _amount(self, key: str, item: AmountKeys) -> AmountSpec:
        where = f"amounts.{key}"
        # Its values are not checked: the form has a row for a source that the ledger never has.
        self._check_filter(dict.fromkeys(item.ledger, ""), f"{self.place} {where}")
        ledger = tuple((name, (value,)) for name, value in item.ledger.items())
        return AmountSpec(key, item.label, self._refs(item.plus, where), self._refs(item.minus, where), ledger)

    def _check_filter(self, written: Mapping[str, str], where: str) -> None:
        """Raises EditionError for a column that the ledger does not have, or a value that the column cannot hold."""
        for name, value in written.items():
            if name not in self.ledger:
                raise EditionError(f"{where}：预算明细没有列“{name}”")
            if value and self.ledger[name] and value not in self.ledger[name]:
                raise EditionError(f"{where}：预算明细的“{name}”没有“{value}”")

    def _parts_of(self, item: MoneyKeys) -> PartsSpec:
        return PartsSpec(self._field(PROJECTS, item.total), tuple(self._field(PROJECTS, key) for key in item.parts))

    def _blank(self, item: BlankMoneyKeys) -> BlankMoney:
        where = f"{self.place} project_money.blank"
        for one in item.filters:
            self._check_filter(one, where)
        for source in item.by_source:
            self._check_filter({"source": source}, where)
        if unknown := set(item.by_level) - set(self._field(BASIC, "level").values):
            raise EditionError(f"{where}：政府级次没有“{'、'.join(sorted(unknown))}”")
        for key in (item.otherwise, *item.by_source.values(), *item.by_level.values()):
            self._field(PROJECTS, key)
        filters = tuple(tuple((name, (value,)) for name, value in one.items()) for one in item.filters)
        return BlankMoney(filters, item.otherwise, item.by_source, item.by_level)

    def _sum(self, item: SumKeys) -> SumSpec:
        limit = self._field(BASIC, item.limit) if item.limit else None
        parts = tuple(self._field(BASIC, key) for key in item.parts)
        return SumSpec(item.key, self._field(BASIC, item.whole), parts, limit)

    def _check_levels(self, levels: Sequence[Level]) -> None:
        for key, named in (
            ("first", [level.first for level in levels]),
            ("second", [name for level in levels for name in level.second]),
        ):
            if sorted(named) != sorted(self._field(INDICATORS, key).values):
                raise EditionError(f"{self.place} levels：与 inputs.toml 中 {key} 的取值不一致")

    def _form(self, name: str, keys: FormKeys, record: str) -> FormSpec:
        parts = tuple(self._part(f"{name}.parts", item, record) for item in keys.parts)
        for key, values in keys.printed.items():
            unknown = set(values) - set(self._field(record or BASIC, key).values)
            if unknown:
                raise EditionError(f"{self.place} {name}.printed：字段 {key} 没有取值“{'、'.join(sorted(unknown))}”")
        return FormSpec(keys.title, keys.subtitle, parts, keys.printed)

    def _part(self, where: str, keys: PartKeys, record: str) -> Part:
        where = f"{where}“{keys.label}”"
        width = self.width - bool(keys.label)
        if keys.list and keys.list not in self.ranges:
            raise EditionError(f"{self.place} {where}：输入表没有清单“{keys.list}”")
        rows = tuple(tuple(self._cell(where, cell, record) for cell in line) for line in keys.rows)
        heading = tuple(self._cell(where, cell, record) for cell in keys.heading)
        cells = tuple(self._cell(where, cell, keys.list) for cell in keys.cells)
        for lines in (rows, (heading,) if heading else (), (cells,) if cells else ()):
            if not fills(lines, width):
                raise EditionError(f"{self.place} {where}：各单元格没有恰好占满{width}栏")
        self._check_text(where, keys.text, record)
        indicators = self._indicators(where, keys) if keys.indicators else None
        return Part(keys.label, rows, keys.text, keys.list, keys.join, heading, cells, indicators)

    def _indicators(self, where: str, keys: PartKeys) -> IndicatorColumns:
        spans, first = (keys.second, keys.third, keys.value), keys.first or 0
        if any(len(span) != len(keys.indicators) for span in spans):
            raise EditionError(f"{self.place} {where}：indicators 各级的栏数应与期间一一对应")
        if first + sum(map(sum, spans)) != self.width - bool(keys.label):
            raise EditionError(f"{self.place} {where}：各级指标没有恰好占满一行")
        self._check_text(where, keys.name, INDICATORS)
        return IndicatorColumns(keys.indicators, first, *spans, keys.name)

    def _cell(self, where: str, keys: CellKeys, record: str) -> CellSpec:
        money = keys.money or ""
        if money and not money.startswith("{") and money not in self.keys.amounts:
            raise EditionError(f"{self.place} {where}：没有金额“{money}”")
        text = keys.label or keys.text or ""
        self._check_text(where, text + (money if money.startswith("{") else ""), record)
        return CellSpec(text, money, keys.label is not None, keys.span, keys.rows, keys.check)

    def _check_text(self, where: str, text: str, record: str) -> None:
        for name in named(text):
            part, _, key = name.rpartition(".")
            if name in _WORDS or (key == "count" and part in self.ranges):
                continue
            part = part or record
            if part not in self.ranges or key not in [f.key for f in self.ranges[part].fields]:
                raise EditionError(f"{self.place} {where}：输入表没有字段“{name}”")


def named(text: str) -> list[str]:
    """The fields that a text names in braces."""
    return _NAMED.findall(text)


def fills(lines: Iterable[Sequence[CellSpec]], width: int) -> bool:
    """Whether rows of cells, those reaching down from above included, take exactly `width` columns each."""
    above: list[int] = []  # for every cell reaching down: rows left, as often as it is wide
    for line in lines:
        if sum(cell.span for cell in line) + len(above) != width:
            return False
        above = [left - 1 for left in above if left > 1]
        above += [cell.rows - 1 for cell in line for _ in range(cell.span) if cell.rows > 1]
    return not above
