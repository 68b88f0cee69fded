"""Values of cells as a function gets them: scalars, rows of values, empty cells, errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from udfs.base import (
    AmountError,
    is_blank,
    is_error,
    plain,
    to_decimal,
)

Values = Sequence[Sequence[Any]]


class Refused(Exception):
    """The function cannot answer; the message is what the cell shows."""


def rows_of(value: Any) -> list[list[Any]]:
    """Values as rows, whatever shape they come in."""
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], list | tuple):
            return [list(line) for line in value]
        return [list(value)] if value else [[None]]
    return [[value]]


def scalar(value: Any) -> Any:
    """The first value of a range; a scalar as it is."""
    return rows_of(value)[0][0]


def is_nothing(value: Any) -> bool:
    """Whether every cell of a range is empty."""
    return all(is_blank(cell) for line in rows_of(value) for cell in line)


def shown_value(value: Any) -> str:
    """The first value of a range, as a message shows it."""
    return plain(scalar(value))


def decimal_of(value: Any) -> Decimal:
    """A cell as a number; an empty one is zero, as in Excel's own formulas."""
    if is_error(value):
        raise Refused(f"引用的单元格是错误值 {value}")
    if is_blank(value):
        return Decimal(0)
    try:
        return to_decimal(value)
    except AmountError as error:
        raise Refused(f"“{plain(value)}”{error}") from None


def of_every(work: Callable[[Any], Any], value: Any) -> Any:
    """The function of every cell of a range; empty for an empty one, a readable text for one that cannot be used."""

    def one(cell: Any) -> Any:
        if is_blank(cell):
            return ""
        if is_error(cell):
            return f"#引用的单元格是错误值 {cell}"
        try:
            return work(cell)
        except Refused as refused:
            return f"#{refused}"

    return _unrolled([[one(cell) for cell in line] for line in rows_of(value)])


def of_each(work: Callable[[Decimal, Decimal], Any], one: Any, other: Any) -> Any:
    """The function of two ranges cell by cell; a single value goes with every cell of the other. Both empty: empty."""
    left, right = rows_of(one), rows_of(other)
    shapes = [(len(rows), len(rows[0])) for rows in (left, right)]
    shape = max(shapes)
    if any(s not in ((1, 1), shape) for s in shapes):
        raise Refused("两个区域大小应相同")

    def at(rows: list[list[Any]], i: int, j: int) -> Any:
        return rows[i][j] if len(rows) * len(rows[0]) > 1 else rows[0][0]

    def both(i: int, j: int) -> Any:
        a, b = at(left, i, j), at(right, i, j)
        if is_blank(a) and is_blank(b) and shape != (1, 1):
            return ""
        try:
            return work(decimal_of(a), decimal_of(b))
        except Refused as refused:
            return f"#{refused}"

    return _unrolled([[both(i, j) for j in range(shape[1])] for i in range(shape[0])])


def _unrolled(rows: list[list[Any]]) -> Any:
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows


def number_shown(value: Any) -> Any:
    """A Decimal as the number that a cell shows; everything else as it is."""
    return float(value) if isinstance(value, Decimal) else value
