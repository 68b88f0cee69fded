"""The unit that a workbook is of: what 基础信息 says, as far as tables and titles need it."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from udfs.base import (
    ERROR_ADVICE,
    UNCALCULATED,
    UNCALCULATED_ADVICE,
    AmountError,
    Problem,
    TooLargeError,
    holds_nothing,
    is_blank,
    is_error,
    plain,
    squeezed,
    to_decimal,
)
from udfs.ledgers.cleaning import LONGEST_TEXT, TOO_LONG
from workbook_templates.reading import YUAN, Edition, Field, InputRange

Grid = Sequence[Sequence[Any]]
#: Ranges of the input sheets by key: records (one where the range is of fields), and what is wrong with them.
Inputs = dict[str, tuple[list[dict[str, str]], list[Problem]]]


class Unit(Struct, frozen=True):
    """A budget unit: code, name and kind (单位性质)."""

    code: str
    name: str
    kind: str


class UnitInfo(Struct, frozen=True):
    """The workbook's unit: `values` holds all fields of 基础信息 by key, `units` the list 所属单位."""

    values: Mapping[str, str]
    units: tuple[Unit, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def own(self) -> Unit:
        """The unit itself."""
        return Unit(self.text("unit_code"), self.text("unit_name"), self.text("unit_kind"))

    @property
    def year(self) -> str:
        """The budget year as four digits, empty where not filled."""
        return self.text("year")

    @property
    def is_department(self) -> bool:
        """Whether the document is that of a department with its units."""
        return self.text("document") == "部门"

    def text(self, key: str) -> str:
        """A field's value as text, empty where not filled."""
        return self.values.get(key, "")


def read_fields(grid: Grid, spec: InputRange, sheet: str) -> tuple[dict[str, str], list[Problem]]:
    """The fields of a range by key, found by their labels in the range's first column. Grid starts at A1."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    wanted = {squeezed(f.label): f for f in spec.fields}
    at = spec.column - 1
    for number, line in enumerate(grid, 1):
        label = label_key(line[at]) if at < len(line) else ""
        found = wanted.get(label)
        if found is None:
            continue
        if found.key in values:
            problems.append(Problem(sheet, "这一项重复出现，请只保留一行", number, at + 1, found.label))
            continue
        value = line[at + 1] if at + 1 < len(line) else None
        text, message = check_field(value, found)
        if message:
            problems.append(Problem(sheet, message, number, at + 2, found.label, plain(value)))
        values[found.key] = text
    problems.extend(
        Problem(sheet, f"缺少“{f.label}”这一行，请从模板中补回", heading=f.label)
        for f in spec.fields
        if f.key not in values and f.required
    )
    return values, problems


def label_key(value: Any) -> str:
    """What a field's label is found by: with or without the mark of what is required."""
    return squeezed(value).strip("*")


def heading_key(value: Any) -> str:
    """What a list's heading is found by: with or without the mark of what is required and the unit of amounts."""
    return label_key(value).removesuffix(squeezed(YUAN))


def read_records(grid: Grid, spec: InputRange, sheet: str) -> tuple[list[dict[str, str]], list[Problem]]:
    """The records of a list, each by column key with its sheet row under ``row``. Grid starts at A1.

    Where one column stood for several in an earlier version, its value goes to the one that its row tells, and the
    record has ``former``.
    """
    problems: list[Problem] = []
    head = spec.row - 1
    labels = [heading_key(v) for v in grid[head]] if head < len(grid) else []

    def place(label: str) -> int:
        wanted = heading_key(label)
        return next((i for i, text in enumerate(labels) if text == wanted and i >= spec.column - 1), -1)

    at: dict[str, int] = {}
    told: dict[int, list[str]] = {}  # by the column that tells whose a row's value is: the words it may hold
    for column in spec.columns:
        where, (before, teller, word) = place(column.label), column.former
        if where >= 0:
            at[column.key] = where
        elif before and place(before) >= 0 and place(teller) >= 0:
            at[column.key] = place(before)
            told.setdefault(place(teller), []).append(word)
        elif column.required or not at:
            problems.append(Problem(sheet, f"缺少“{column.label}”列，请从模板中补回", spec.row, heading=column.label))
    records = []
    for number, line in enumerate(grid[head + 1 :], head + 2):
        if holds_nothing(line):
            continue
        words = {index: squeezed(line[index]) if index < len(line) else "" for index in told}
        record = {}
        for column in spec.columns:
            index = at.get(column.key, len(line))
            _, teller, word = column.former
            value = line[index] if index < len(line) else None
            if told and teller and words[place(teller)] != word:
                value = None
            text, message = check_field(value, column)
            if message:
                problems.append(Problem(sheet, message, number, index + 1, column.label, plain(value)))
            record[column.key] = text
        for index, allowed in told.items():
            if words[index] not in allowed:
                message = f"不是规定的取值，只能填：{'、'.join(allowed)}"
                problems.append(Problem(sheet, message, number, index + 1, labels[index], words[index]))
        if any(record.values()):
            records.append({**record, "row": str(number), **({"former": "1"} if told else {})})
    return records, problems


def read_range(grid: Grid, part: InputRange, sheet: str) -> tuple[list[dict[str, str]], list[Problem]]:
    """The records of a range, one where it is of fields, and what is wrong with them."""
    if part.kind != "fields":
        return read_records(grid, part, sheet)
    values, problems = read_fields(grid, part, sheet)
    return [values], problems


def read_inputs(edition: Edition, grids: Mapping[str, Grid]) -> Inputs:
    """Every range of the input sheets by its key."""
    ranges = edition.ranges().items()
    return {key: read_range(grids.get(sheet.name, []), part, sheet.name) for key, (sheet, part) in ranges}


def check_field(value: Any, spec: Field) -> tuple[str, str]:
    """A field's value as clean text, and in Chinese what is wrong with it (empty where nothing is)."""
    if is_blank(value):
        return "", ""
    text = plain(value)
    if is_error(value) or value == UNCALCULATED:
        return text, ERROR_ADVICE if is_error(value) else UNCALCULATED_ADVICE
    if len(text) > LONGEST_TEXT:
        return text[:20], TOO_LONG
    if spec.values:
        meant = squeezed(text)
        for allowed in spec.values:
            if squeezed(allowed) == meant:
                return allowed, ""
        if meant in spec.also:
            return spec.also[meant], ""
        return text, f"不是规定的取值，只能填：{'、'.join(spec.values)}"
    if spec.type == "date":
        return read_date(text)
    if spec.type in ("year", "count", "number", "money", "wanyuan"):
        if spec.type == "year" and (stated := re.fullmatch(r"(20\d{2})年(度|预算)?", squeezed(text))):
            return stated[1], ""
        try:
            number = to_decimal(value)
        except TooLargeError as error:
            return text, str(error)
        except AmountError:
            return text, "应填写数字"
        if spec.type == "year" and not (number == int(number) and 2000 <= number <= 2100):
            return text, "应为四位数字的年份，例如 2024"
        if spec.type == "count" and (number != int(number) or number < 0):
            return text, "应为不小于 0 的整数"
        if spec.type in ("year", "count"):
            return str(int(number)), ""
        if spec.type == "money" and number != round(number, 2):
            return f"{number:f}", "超过两位小数（精确到分），请改为两位小数"
        return f"{number:f}", ""
    return text, ""


#: Dates as clerks type them; the day may be left out.
_DATE = re.compile(r"(20\d{2})(?:[年./-](\d{1,2})(?:[月./-](?:(\d{1,2})日?)?)?|(\d{2})(\d{2}))")
_MIDNIGHT = re.compile(r"\s0?0:00(?::00)?$")


def read_date(text: str) -> tuple[str, str]:
    """A date in the style in which all are printed, and what is wrong with it."""
    match = _DATE.fullmatch(squeezed(_MIDNIGHT.sub("", text)))
    if match:
        year, month, day = match[1], match[2] or match[4], match[3] or match[5]
        with contextlib.suppress(ValueError):
            date = datetime.date(int(year), int(month), int(day or 1))
            return f"{date.year}年{date.month}月" + (f"{date.day}日" if day else ""), ""
    return text, "不是日期，请按“2025年1月15日”的样子填写"


def read_unit(grid: Grid, ranges: Mapping[str, InputRange], sheet: str) -> UnitInfo:
    """The unit from the sheet 基础信息 (grid from A1). Faults are gathered in `problems`."""
    return unit_info({key: read_range(grid, ranges[key], sheet) for key in ("basic", "units")}, sheet)


def unit_info(inputs: Inputs, sheet: str) -> UnitInfo:
    """The unit from the ranges of fields and of units as read. `sheet`: where a fault of theirs lies."""
    (values,), faults = inputs["basic"]
    records, more = inputs["units"]
    problems = [*faults, *more]
    units = []
    seen: set[str] = set()
    for record in records:
        row = int(record["row"])
        unit = Unit(record["code"], record["name"], record["kind"])
        problems.extend(
            Problem(sheet, "没有填写，所属单位清单的每一行都应填齐", row, heading=label)
            for key, label in (("code", "单位编码"), ("name", "单位名称"))
            if not record[key]
        )
        if unit.code and unit.code in seen:
            problems.append(
                Problem(sheet, "单位编码重复，请核对所属单位清单", row, heading="单位编码", found=unit.code)
            )
        seen.add(unit.code)
        units.append(unit)
    return UnitInfo(values, tuple(units), tuple(problems))
