"""Performance forms that were read, as rows of our input sheets, and the way back to where they stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from udfs.base import Block, address, squeezed, text_lines, to_decimal
from udfs.foreign.targets import PERIOD, Indicator, Targets, Told
from udfs.ledgers import check_field
from workbook_templates.reading import INDICATORS, PROJECTS, Edition, Field

#: Lists of the whole unit, with the keys of their columns.
_FUNCTIONS, _TARGETS = "functions", "targets"
_NUMBERS = ("year", "count", "number", "money", "wanyuan", "percent")

Record = Mapping[str, Told]
#: Sheet and cell of ours → what stood where.
Origins = dict[tuple[str, str], Told]


class TargetSheets(Struct, frozen=True):
    """Blocks for the input sheets, and where each of their cells comes from."""

    blocks: tuple[Block, ...]
    origins: Origins


def target_sheets(edition: Edition, found: Targets, year: str = "") -> TargetSheets:
    """What performance forms say as 项目信息, 绩效指标 and lists of 基础信息; nothing where the edition has no forms.

    A value that its field does not take, such as a kind of project that the form does not know, is left out.
    """
    if edition.performance_spec is None:
        return TargetSheets((), {})
    blocks: list[Block] = []
    origins: Origins = {}
    lists: dict[str, Sequence[Record]] = {
        _FUNCTIONS: [{"duty": duty, "task": task} for duty, task in found.functions],
        _TARGETS: [{"target": target} for target in found.targets],
        PROJECTS: [_project(edition, record) for record in found.projects if "name" in record],
        INDICATORS: _indicators(edition, found.indicators),
    }
    for key, records in lists.items():
        sheet, part = edition.ranges()[key]
        for row, record in enumerate(records, part.row + 1):
            cells: list[Any] = []
            for at, f in enumerate(part.columns):
                told = record.get(f.key)
                cells.append(_value(told.text, f) if told is not None else None)
                if told is not None:
                    origins[sheet.name, address(row, part.column + at)] = told
            lines = max(
                text_lines(v, f.width) if isinstance(v, str) else 1 for v, f in zip(cells, part.columns, strict=True)
            )
            blocks.append(Block(sheet.name, row, part.column, [cells], [lines]))
    sheet, part = edition.ranges()["basic"]
    unit = {**found.unit, **({"year": Told(year, "", 0)} if year else {})}
    for f, row in part.places:
        told = unit.get(f.key) if f.key != "unit_name" else None
        if told is not None and (value := _value(told.text, f)) is not None:
            blocks.append(Block(sheet.name, row, part.column + 1, [[value]]))
            origins[sheet.name, address(row, part.column + 1)] = told
    return TargetSheets(tuple(blocks), origins)


def _value(text: str, spec: Field) -> Any:
    clean, wrong = check_field(text, spec)
    if not clean or wrong:
        return None
    return to_decimal(clean) if spec.type in _NUMBERS else clean


def _project(edition: Edition, record: Record) -> Record:
    """A project as 项目信息 has it: under performance management and published, for it stands in the file."""
    spec = edition.performance
    name = record["name"]
    stands = (("managed", spec.words.managed), ("disclosed", spec.words.disclosed))
    told = {key: Told(text, name.sheet, name.row) for key, text in stands}
    kinds = {squeezed(shown): kind for kind, shown in spec.project.printed.get("nature", {}).items()}
    if "nature" in record:
        nature = record["nature"]
        told["nature"] = Told(kinds.get(squeezed(nature.text), nature.text), nature.sheet, nature.row)
    for money in (spec.period_money, spec.year_money):
        total = record.get(money.total.key)
        if total is not None and not any(record[p.key].text for p in money.parts if p.key in record):
            # A form that tells no parts is not one whose parts are nothing.
            told[money.parts[-1].key] = total
    return {**record, **told}


def _indicators(edition: Edition, found: Sequence[Indicator]) -> Sequence[Record]:
    """A row an indicator, with its two values where both periods have one of that name in one row of the form."""
    words = edition.performance.words
    firsts = {second: level.first for level in edition.performance.levels for second in level.second}
    rows: list[dict[str, Told]] = []
    places: dict[tuple[str, str, str, int], dict[str, Told]] = {}
    for one in found:
        if one.period == PERIOD and not one.value.text:
            continue  # a row of ours without a value is one of the year
        key = (one.project, one.second, squeezed(one.name.text), one.name.row)
        column = "period_value" if one.period == PERIOD else "year_value"
        record = places.get(key) if one.value.text else None
        if record is None or column in record:

            def told(text: str, one: Indicator = one) -> Told:
                return Told(text, one.name.sheet, one.name.row)

            record = {
                "object": told(one.project or words.whole),
                "first": told(firsts.get(one.second, "")),
                "second": told(one.second),
                "third": one.name,
            }
            if one.task:
                record["task"] = told(one.task)
            places[key] = record
            rows.append(record)
        record[column] = one.value
    return rows
