"""What the checks of the input sheets look at: the ledgers and the ranges, each read once an inspection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct

from udfs.audit import proofread
from udfs.base import Problem, Words, address, cell, printed, squeezed
from udfs.checks.hygiene import ledger_columns, several
from udfs.checks.registry import Inspection, Skipped, no_ledger, once
from udfs.ledgers import Content, Ledger, Mask, heading_key, label_key
from workbook_templates.reading import Field, InputRange

NO_CONTENT = "输入表有误，更正后才能核对"


class LedgerView(Struct, frozen=True):
    """A ledger with the sheet column (from 1) of each of its columns that the sheet has."""

    ledger: Ledger
    at: Mapping[str, int]

    @property
    def sheet(self) -> str:
        """Name of its sheet."""
        return self.ledger.spec.sheet

    def cell(self, row: int, key: str) -> str:
        """Address of a row's cell in a column; the first column where the sheet has no such column."""
        return address(row, self.at.get(key, 1))

    def text(self, key: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        """A column's texts."""
        codes, values = self.ledger.column(key)
        texts: np.ndarray[tuple[int], np.dtype[np.object_]] = np.array(values, object)[codes]
        return texts

    def rows(self, mask: Mask) -> list[int]:
        """Sheet rows that a mask selects."""
        return [int(row) for row in self.ledger.rows[mask]]


#: The slips of a text, for which several checks ask, and which many units have in common.
slips_of = lru_cache(maxsize=1024)(proofread)


def content_of(inspection: Inspection) -> Content:
    """The input sheets as read; the check does not run where they cannot be used or hold nothing."""
    if inspection.content is None:
        raise Skipped(NO_CONTENT, undecided=True)
    if not inspection.filled_in:
        raise Skipped(no_ledger(inspection), undecided=True)
    return inspection.content


def ledgers(inspection: Inspection) -> list[LedgerView]:
    """The ledgers that hold something, spending first."""
    content = content_of(inspection)
    return once(inspection, "_ledger_views", lambda: _views(inspection, content))


def _views(inspection: Inspection, content: Content) -> list[LedgerView]:
    found = [ledger for ledger in content.ledgers if len(ledger)]
    return [LedgerView(ledger, ledger_columns(inspection.grids[ledger.spec.sheet], ledger.spec)) for ledger in found]


class RangeView(Struct, frozen=True):
    """A range of an input sheet as read: its records (one for a range of fields), and the faults found."""

    sheet: str
    part: InputRange
    records: tuple[Mapping[str, str], ...]
    problems: tuple[Problem, ...]

    @property
    def values(self) -> Mapping[str, str]:
        """The values of a range of fields."""
        return self.records[0]


def ranges(inspection: Inspection) -> list[RangeView]:
    """All ranges whose sheets the workbook has."""
    found = []
    for key, (sheet, part) in inspection.edition.ranges().items():
        if sheet.name in inspection.grids:
            records, problems = inspection.reading.range(key)
            found.append(RangeView(sheet.name, part, tuple(records), tuple(problems)))
    return found


def field_rows(inspection: Inspection, sheet: str, part: InputRange) -> dict[str, int]:
    """Sheet row of each field of a range, by label."""
    labels = {squeezed(field.label) for field in part.fields}
    found: dict[str, int] = {}
    for row in range(1, len(inspection.grids[sheet]) + 1):
        label = label_key(cell(inspection.grids[sheet], row, part.column))
        if label in labels:
            found.setdefault(label, row)
    return found


def column_of(inspection: Inspection, sheet: str, part: InputRange, field: Field) -> int:
    """Sheet column of a list's column."""
    grid = inspection.grids[sheet]
    heading = grid[part.row - 1] if part.row <= len(grid) else []
    wanted = {heading_key(label) for label in (field.label, field.former[0]) if label}
    for column in range(part.column, len(heading) + 1):
        if heading_key(heading[column - 1]) in wanted:
            return column
    return part.column


def in_rows(rows: Sequence[int]) -> Words | str:
    """Where one fault stands in several rows, how many and which."""
    return several([f"第{row}行" for row in rows])


def yuan(fen: int) -> str:
    """An amount in yuan, two decimals."""
    return f"{printed(fen):.2f}"


def money_key(view: LedgerView) -> str:
    """Key of the column of amounts."""
    return next(column.key for column in view.ledger.spec.columns if column.money)


def money_cell(view: LedgerView, row: int) -> str:
    """Address of the amount in a row."""
    return view.cell(row, money_key(view))
