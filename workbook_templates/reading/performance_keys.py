"""What `performance.toml` says: the keys of the printed forms of 绩效目标, and of what their checks compare."""

from collections.abc import Mapping
from typing import Literal

from workbook_templates.reading.toml_files import Positive, Schema


class Level(Schema, frozen=True):
    """A first level of the indicators."""

    first: str  #: its name
    second: tuple[str, ...]  #: its second levels, in printed order


class Words(Schema, frozen=True):
    """Values of the input sheets that decide something."""

    whole: str  #: 对象 of the indicators of the whole unit
    year: str  #: what the year's values are called
    period: str  #: what those of the whole period are called
    managed: str  #: 纳入绩效管理: yes
    unmanaged: str  #: 纳入绩效管理: no
    disclosed: str  #: 公开: yes
    open_ended: str  #: 项目属性 of a project whose whole period's money and indicators are not the year's
    years: Positive  #: 项目期 of a project whose whole period is the year


class CellKeys(Schema, frozen=True):
    """A cell: exactly one of `label`, `text` and `money`."""

    label: str | None = None  #: a fixed label
    text: str | None = None  #: a text with fields in braces
    money: str | None = None  #: the name of an amount, or a field of the project in yuan, in braces
    span: Positive = 1  #: how many columns it is wide
    rows: Positive = 1  #: how many rows it is high
    check: Literal["", "total", "source", "direction", "departments"] = ""  #: which check of family E guards it

    def __post_init__(self) -> None:
        """One of the three."""
        if (self.label, self.text, self.money).count(None) != 2:
            raise ValueError("label、text、money 应恰好写一个")


#: The keys of a part that belong to its kind, besides `label`.
_PART_KEYS = {
    "rows": (),
    "text": (),
    "list": ("join", "heading", "cells"),
    "indicators": ("heading", "first", "second", "third", "value", "name"),
}


class PartKeys(Schema, frozen=True):
    """A part of a form: exactly one of `rows`, `text`, `list` and `indicators`."""

    label: str = ""  #: in the first column, over all its rows
    rows: tuple[tuple[CellKeys, ...], ...] = ()  #: fixed rows of cells
    text: str = ""  #: one long text
    list: str = ""  #: the records of that list, a row each
    indicators: tuple[Literal["year", "period"], ...] = ()  #: the indicators of these periods, side by side
    join: bool = False  #: of `list`: all records in one text, a line each
    heading: tuple[CellKeys, ...] = ()  #: of `list` and `indicators`: the row above
    cells: tuple[CellKeys, ...] = ()  #: of `list`: the cells of a record
    first: Positive | None = None  #: of `indicators`: columns that the first level takes
    second: tuple[Positive, ...] = ()  #: of `indicators`: columns of the second level, for each period
    third: tuple[Positive, ...] = ()  #: of `indicators`: columns of the third level, for each period
    value: tuple[Positive, ...] = ()  #: of `indicators`: columns of the value, for each period
    name: str = ""  #: of `indicators`: the text of the third level, with fields in braces

    def __post_init__(self) -> None:
        """One kind, and only the keys of that kind."""
        kinds = [kind for kind in _PART_KEYS if getattr(self, kind)]
        if len(kinds) != 1:
            raise ValueError("rows、text、list、indicators 应恰好写一个")
        own = _PART_KEYS[kinds[0]]
        for key in ("join", "heading", "cells", "first", "second", "third", "value", "name"):
            if getattr(self, key) and key not in own:
                raise ValueError(f"“{key}”不能与 {kinds[0]} 同时使用")
        lacking = [
            key for key in ("first", "second", "third", "value", "name") if key in own and not getattr(self, key)
        ]
        if lacking:
            raise ValueError(f"有 indicators 的部分缺少“{lacking[0]}”")


class FormKeys(Schema, frozen=True):
    """A printed form."""

    title: str  #: its title
    subtitle: str  #: the line of the year
    parts: tuple[PartKeys, ...]  #: its parts, from above
    printed: Mapping[str, Mapping[str, str]] = {}  #: for fields, how their values are printed


class SheetKeys(Schema, frozen=True):
    """The sheet of the forms."""

    name: str  #: its name
    widths: tuple[float, ...]  #: of the columns of a form, in characters
    mark: str  #: the heading of the column that says which rows are the program's
    guide: str  #: the line under the title


class AmountKeys(Schema, frozen=True):
    """A figure of the whole unit's form, in 万元: either `plus` or `ledger`."""

    label: str  #: what it is called
    plus: str = ""  #: cells of the tables, added up
    minus: str = ""  #: cells of the tables, taken off
    ledger: Mapping[str, str] = {}  #: what 预算明细 spends under that filter

    def __post_init__(self) -> None:
        """One of the two."""
        if bool(self.plus) == bool(self.ledger):
            raise ValueError("plus 与 ledger 应恰好写一个")


class MoneyKeys(Schema, frozen=True):
    """A total of a project's money and its parts."""

    total: str  #: the field of the total
    parts: tuple[str, ...]  #: the fields of the parts


class BlankMoneyKeys(Schema, frozen=True):
    """Where the year's money of a project comes from that 项目信息 leaves blank."""

    filters: tuple[Mapping[str, str], ...]  #: what 预算明细 spends on it under the first of these that has any
    otherwise: str  #: the part in which it stands
    by_source: Mapping[str, str] = {}  #: for a source, another part
    by_level: Mapping[str, str] = {}  #: for a level of government of the unit, another part of the other sources


class ProjectMoneyKeys(Schema, frozen=True):
    """A project's money: its rows in the tables, its parts."""

    year_row: str  #: its amount of this year's money in the tables; empty where no table prints it
    carried_row: str  #: its amount of money carried over; empty where no table prints it
    year: MoneyKeys  #: the year's money
    period: MoneyKeys  #: the whole period's money
    blank: BlankMoneyKeys | None = None  #: where the year's money comes from where it is left blank


class SumKeys(Schema, frozen=True):
    """A number of 基础信息 that is the sum of others."""

    key: str  #: by which the check of it is known
    whole: str  #: the field of the sum
    parts: tuple[str, ...]  #: the fields of the parts
    limit: str | None = None  #: the field that it should not exceed


class CostKeys(Schema, frozen=True):
    """The kind of indicator whose limits are money."""

    second: str  #: its second level


class PerformanceKeys(Schema, frozen=True):
    """绩效目标: the printed forms, and what the checks of family E compare."""

    sheet: SheetKeys  #: the sheet of the forms
    words: Words  #: values of the input sheets that decide something
    amounts: Mapping[str, AmountKeys]  #: figures of the whole unit's form, by the names that cells use
    project_money: ProjectMoneyKeys  #: a project's money
    sums: tuple[SumKeys, ...]  #: sums within 基础信息
    levels: tuple[Level, ...]  #: levels of the indicators, in printed order
    cost: CostKeys  #: the kind of indicator whose limits are money
    whole: FormKeys  #: the form of the whole unit
    project: FormKeys  #: the form of a project
