"""绩效目标 as data: the printed forms of the whole unit and of a project, and what their checks compare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.forms import Filter, Form
from workbook_templates.reading.inputs import Field, InputRange, InputSheet, LedgerSpec
from workbook_templates.reading.relations import Ref, read_terms
from workbook_templates.reading.toml_files import place_of, read_optional, telling

#: Ranges of the input sheets that the forms are made of.
BASIC, PROJECTS, INDICATORS = "basic", "projects", "indicators"
#: What a text may name besides fields: the budget year, a record's number.
_WORDS = ("year", "number")
_NAMED = re.compile(r"\{([a-z_.0-9]+)\}")
#: Columns of the list of indicators that code reads.
INDICATOR_COLUMNS = ("object", "task", "period", "first", "second", "third", "value")
PROJECT_COLUMNS = ("name", "unit", "nature", "years", "kind", "managed", "disclosed")


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


class SumSpec(Struct, frozen=True):
    """A number of 基础信息 that is the sum of others, and the one it should not exceed."""

    key: str
    whole: Field
    parts: tuple[Field, ...]
    limit: Field | None


class Level(Struct, frozen=True):
    """A first level of the indicators with its second levels, in printed order."""

    first: str
    second: tuple[str, ...]


class Words(Struct, frozen=True):
    """Values of the input sheets that decide something."""

    whole: str
    year: str
    period: str
    managed: str
    unmanaged: str
    disclosed: str
    open_ended: str
    years: int


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
    sums: tuple[SumSpec, ...]
    levels: tuple[Level, ...]
    cost: str
    whole: FormSpec
    project: FormSpec

    @property
    def width(self) -> int:
        """Columns of a form."""
        return len(self.widths)


#: The file of an edition that this module reads.
PERFORMANCE = "performance.toml"


def read_performance(
    folder: Path, forms: tuple[Form, ...], sheets: tuple[InputSheet, ...], spending: LedgerSpec
) -> Performance | None:
    """The performance forms of an edition's folder, None where it has none; EditionError names a mistake."""
    path = folder / PERFORMANCE
    raw = read_optional(path)
    if raw is None:
        return None
    with telling(place_of(path)):
        return _Reader(raw, place_of(path), forms, sheets, spending).read()


class _Reader:
    """Reads performance.toml and checks every name against forms and input sheets."""

    def __init__(
        self,
        raw: Mapping[str, Any],
        place: str,
        forms: tuple[Form, ...],
        sheets: tuple[InputSheet, ...],
        spending: LedgerSpec,
    ) -> None:
        self.raw = raw
        self.place = place
        self.forms = forms
        self.ranges: dict[str, InputRange] = {r.key: r for sheet in sheets for r in sheet.ranges}
        self.ledger = {column.key for column in spending.columns}
        self.width = len(raw["sheet"]["widths"])
        self.amounts: dict[str, AmountSpec] = {}

    def read(self) -> Performance:
        raw = self.raw
        for name in PROJECT_COLUMNS:
            self._field(PROJECTS, name)
        for name in INDICATOR_COLUMNS:
            self._field(INDICATORS, name)
        self.amounts = {key: self._amount(key, item) for key, item in raw["amounts"].items()}
        money = raw["project_money"]
        levels = tuple(Level(item["first"], tuple(item["second"])) for item in raw["levels"])
        self._check_levels(levels)
        return Performance(
            sheet=raw["sheet"]["name"],
            widths=tuple(raw["sheet"]["widths"]),
            mark=raw["sheet"]["mark"],
            guide=raw["sheet"]["guide"],
            words=Words(**raw["words"]),
            amounts=self.amounts,
            year_row=self._refs(money["year_row"], "project_money"),
            carried_row=self._refs(money["carried_row"], "project_money"),
            year_money=self._parts_of(money["year"]),
            period_money=self._parts_of(money["period"]),
            sums=tuple(self._sum(item) for item in raw["sums"]),
            levels=levels,
            cost=raw["cost"]["second"],
            whole=self._form("whole", raw["whole"], ""),
            project=self._form("project", raw["project"], PROJECTS),
        )

    def _field(self, part: str, key: str) -> Field:
        found = [f for f in (self.ranges[part].fields if part in self.ranges else ()) if f.key == key]
        if not found:
            raise EditionError(f"{self.place}：输入表没有字段“{part}.{key}”")
        return found[0]

    def _refs(self, text: str, key: str) -> tuple[Ref, ...]:
        return read_terms(text, self.forms, f"{self.place} {key}") if text else ()

    def _amount(self, key: str, item: Mapping[str, Any]) -> AmountSpec:
        where = f"amounts.{key}"
        ledger = tuple((name, (value,)) for name, value in item.get("ledger", {}).items())
        plus, minus = (self._refs(item.get(side, ""), where) for side in ("plus", "minus"))
        if not {name for name, _ in ledger} <= self.ledger:
            raise EditionError(f"{self.place} {where}：预算明细没有列“{'、'.join(name for name, _ in ledger)}”")
        if bool(ledger) == bool(plus):
            raise EditionError(f"{self.place} {where}：plus 与 ledger 应恰好写一个")
        return AmountSpec(key, item["label"], plus, minus, ledger)

    def _parts_of(self, item: Mapping[str, Any]) -> PartsSpec:
        total, parts = item["total"], item["parts"]
        return PartsSpec(self._field(PROJECTS, total), tuple(self._field(PROJECTS, key) for key in parts))

    def _sum(self, item: Mapping[str, Any]) -> SumSpec:
        limit = self._field(BASIC, item["limit"]) if "limit" in item else None
        parts = tuple(self._field(BASIC, key) for key in item["parts"])
        return SumSpec(item["key"], self._field(BASIC, item["whole"]), parts, limit)

    def _check_levels(self, levels: Sequence[Level]) -> None:
        for key, named in (
            ("first", [level.first for level in levels]),
            ("second", [name for level in levels for name in level.second]),
        ):
            if sorted(named) != sorted(self._field(INDICATORS, key).values):
                raise EditionError(f"{self.place} levels：与 inputs.toml 中 {key} 的取值不一致")

    def _form(self, name: str, raw: Mapping[str, Any], record: str) -> FormSpec:
        parts = tuple(self._part(f"{name}.parts", item, record) for item in raw["parts"])
        printed = {key: dict(values) for key, values in raw.get("printed", {}).items()}
        for key, values in printed.items():
            unknown = set(values) - set(self._field(record or BASIC, key).values)
            if unknown:
                raise EditionError(f"{self.place} {name}.printed：字段 {key} 没有取值“{'、'.join(sorted(unknown))}”")
        return FormSpec(raw["title"], raw["subtitle"], parts, printed)

    def _part(self, where: str, raw: Mapping[str, Any], record: str) -> Part:
        label = raw.get("label", "")
        where = f"{where}“{label}”"
        width = self.width - bool(label)
        source = raw.get("list", "")
        if source and source not in self.ranges:
            raise EditionError(f"{self.place} {where}：输入表没有清单“{source}”")
        rows = tuple(tuple(self._cell(where, cell, record) for cell in line) for line in raw.get("rows", ()))
        heading = tuple(self._cell(where, cell, record) for cell in raw.get("heading", ()))
        cells = tuple(self._cell(where, cell, source) for cell in raw.get("cells", ()))
        for lines in (rows, (heading,) if heading else (), (cells,) if cells else ()):
            if not fills(lines, width):
                raise EditionError(f"{self.place} {where}：各单元格没有恰好占满{width}栏")
        text = raw.get("text", "")
        self._check_text(where, text, record)
        part = Part(label, rows, text, source, raw.get("join", False), heading, cells, self._indicators(where, raw))
        if sum(map(bool, (rows, text, source, part.indicators))) != 1:
            raise EditionError(f"{self.place} {where}：rows、text、list、indicators 应恰好写一个")
        return part

    def _indicators(self, where: str, raw: Mapping[str, Any]) -> IndicatorColumns | None:
        if "indicators" not in raw:
            return None
        periods = tuple(raw["indicators"])
        spans = {key: tuple(raw[key]) for key in ("second", "third", "value")}
        if not set(periods) <= {"year", "period"} or any(len(span) != len(periods) for span in spans.values()):
            raise EditionError(f"{self.place} {where}：indicators 只能是 year、period，各级的栏数应与之一一对应")
        if raw["first"] + sum(sum(span) for span in spans.values()) != self.width - bool(raw.get("label")):
            raise EditionError(f"{self.place} {where}：各级指标没有恰好占满一行")
        self._check_text(where, raw["name"], INDICATORS)
        return IndicatorColumns(periods, raw["first"], spans["second"], spans["third"], spans["value"], raw["name"])

    def _cell(self, where: str, raw: Mapping[str, Any], record: str) -> CellSpec:
        kinds = [key for key in ("label", "text", "money") if key in raw]
        if len(kinds) != 1:
            raise EditionError(f"{self.place} {where}：label、text、money 应恰好写一个")
        money = raw.get("money", "")
        if money and not money.startswith("{") and money not in self.amounts:
            raise EditionError(f"{self.place} {where}：没有金额“{money}”")
        text = raw.get("label", raw.get("text", ""))
        self._check_text(where, text + (money if money.startswith("{") else ""), record)
        return CellSpec(text, money, "label" in raw, raw.get("span", 1), raw.get("rows", 1), raw.get("check", ""))

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
