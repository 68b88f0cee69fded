"""The mark of what a new workbook has from last year, until the clerk has reviewed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from udfs.base import cell
from workbook_templates.reading import InputRange

#: Stands before the help of a carried field, or beside a carried list, until the clerk takes it away.
REVIEW = "【沿用上年，请核对】"


def mark_of_list(part: InputRange) -> tuple[int, int]:
    """Where a list says that it is carried: above its headings, or right of them where nothing stands above."""
    return (part.row - 1, part.column) if part.row > 1 else (part.row, part.column + len(part.columns) + 3)


def is_marked(grid: Sequence[Sequence[Any]], row: int, column: int) -> bool:
    """Whether a cell still says that what it stands beside is last year's."""
    return str(cell(grid, row, column) or "").startswith(REVIEW)
