"""The unit of measure of foreign tables, held against their own figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct, field

from udfs.base import YUAN
from udfs.foreign.headings import (
    Columns,
)
from udfs.foreign.rows import ForeignBlock, all_amounts
from udfs.foreign.segments import Segment
from workbook_templates.reading import Form

#: A unit's budget in yuan lies between these.
_LEAST_BUDGET, _LARGEST_BUDGET = Decimal(10_000), Decimal(50_000_000_000)


class FoundTable(Struct):
    """A table that was recognised. `confidence`: 0 to 1; `factor`: what its amounts were multiplied by."""

    form: Form
    segment: Segment
    title_fit: float
    columns: Columns
    year: str
    unit: str
    measure: str
    factor: Decimal
    blocks: list[ForeignBlock]
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    contradiction: str = ""  #: the unit of measure that the source names although its figures are in another

    @property
    def sheet(self) -> str:
        """The source's sheet."""
        return self.segment.sheet

    @property
    def confidence(self) -> float:
        """How surely it is that table: by title and headings, less where something was left over."""
        total = len(self.columns.at) + len(self.columns.missing)
        fit = self.columns.fit * total / max(1, len(self.columns.at))
        sure = 0.6 * self.title_fit + 0.4 * fit if self.title_fit else 0.8 * fit
        return round(max(0.0, sure - 0.02 * len(self.columns.missing) - 0.02 * len(self.remarks)), 2)

    @property
    def rows(self) -> int:
        """Rows taken over."""
        return sum(len(b.rows) for b in self.blocks)


# -- what all tables say together


def settle_measures(tables: Sequence[FoundTable]) -> None:
    """Units of measure against the figures: amounts of one workbook recur from table to table.

    Where the line of a table says one unit and its figures agree with the other tables only in another, the figures
    are believed and the line is kept, for validation to see.
    """
    _settle_sizes(tables)
    known = {t.form.code: {a * YUAN[t.form.measure] for a in all_amounts(t.blocks)} for t in tables}
    for table in tables:
        own = known[table.form.code]
        others = set().union(*(amounts for code, amounts in known.items() if code != table.form.code))
        if len(own) < 3 or not others:
            continue
        agree = len(own & others)
        for power in (Decimal(10_000), Decimal(1) / 10_000):
            moved = {a * power for a in own}
            if len(moved & others) >= max(3, len(own) // 3) and agree < len(moved & others) // 2:
                _believe_figures(table, power, "金额与其他各表一致时")
                break
        else:
            if not table.measure:
                table.remarks.append(f"没有写明金额单位，按“{table.form.measure}”导入")


def _settle_sizes(tables: Sequence[FoundTable]) -> None:
    """Where the unit of measure that the tables name makes the whole budget absurd, their form's own is right."""
    largest = max((abs(a) * YUAN[t.form.measure] for t in tables for a in all_amounts(t.blocks)), default=Decimal(0))
    if not largest or _LEAST_BUDGET <= largest <= _LARGEST_BUDGET:
        return
    for table in tables:
        if (table.factor > 1) == (largest > _LARGEST_BUDGET) and table.factor != 1:
            _believe_figures(table, 1 / table.factor, "按金额大小")


def _believe_figures(table: FoundTable, power: Decimal, why: str) -> None:
    """Take a table's figures in another unit than its line says, and say so."""
    named = f"单位行写“{table.measure}”" if table.measure else "没有写明金额单位"
    right = next(m for m, yuan in YUAN.items() if yuan == YUAN[table.measure or table.form.measure] * power)
    table.remarks.append(f"{named}，而{why}应为“{right}”，按“{right}”导入")
    table.contradiction = table.measure
    _rescale(table, power)


def _rescale(table: FoundTable, power: Decimal) -> None:
    table.factor *= power
    for block in table.blocks:
        block.rows[:] = [
            type(r)(r.key, r.texts, tuple(a * power if isinstance(a, Decimal) else a for a in r.amounts), r.row)
            for r in block.rows
        ]
