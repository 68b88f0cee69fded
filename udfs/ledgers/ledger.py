"""A ledger (预算明细, 收入明细) as a clean value, and what reading one gives."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct, field

from udfs.base import Problem
from workbook_templates.reading import LedgerSpec

Grid = Sequence[Sequence[Any]]

#: A column of texts: for each row which of the distinct texts it holds, and the distinct texts.
Texts = tuple[npt.NDArray[np.intp], Sequence[str]]


class Ledger(Struct, frozen=True, eq=False):
    """A clean ledger: one row an appropriation. `columns`: those of texts that the file has.

    `fen`: int64 (n,), the amounts. `rows`: int64 (n,), each row's number in its sheet or file, from 1.
    """

    spec: LedgerSpec
    columns: Mapping[str, Texts]
    fen: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.fen)

    def column(self, key: str) -> Texts:
        """A text column as (n,) indices into its distinct texts, and these; one not in the ledger holds empty texts."""
        return self.columns.get(key) or (np.zeros(len(self), np.intp), ("",))

    def texts(self, key: str) -> list[str]:
        """The texts of a column, row by row."""
        codes, values = self.column(key)
        return [values[code] for code in codes.tolist()]

    def used(self, key: str) -> list[str]:
        """The distinct texts of a column, in order of first appearance."""
        codes, values = self.column(key)
        return [values[code] for code in numbered(codes)[1].tolist()]

    def records(self) -> Iterator[tuple[Any, ...]]:
        """What each row says: its texts and its amount."""
        return zip(*(self.texts(key) for key in self.columns), self.fen.tolist(), strict=True)


def numbered(codes: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """For each number from 0 its place among the distinct ones in order of first appearance, and these in that order.

    What pandas' `factorize` gives.
    """
    size = int(codes.max()) + 1 if len(codes) else 0
    if size > 4 * len(codes) + 1000:
        distinct, codes = np.unique(codes, return_inverse=True)
        groups, order = numbered(codes)
        return groups, distinct[order]
    first = np.full(size, len(codes), np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    found = np.flatnonzero(first < len(codes))
    order = found[np.argsort(first[found])]
    place = np.zeros(size, np.intp)
    place[order] = np.arange(len(order))
    return place[codes], order


#: Rows that are laid end to end at a time.
_STRETCH = 4096


def column_of(lines: Sequence[Sequence[Any]], index: int) -> list[Any]:
    """A column of a grid's rows; None where a row is shorter."""
    try:
        return list(map(itemgetter(index), lines))
    except IndexError:
        return [line[index] if index < len(line) else None for line in lines]


def columns_of(lines: Sequence[Sequence[Any]], indices: Sequence[int]) -> list[list[Any]]:
    """Columns of a grid's rows; None where a row is shorter. Some thousand rows are laid end to end at a time."""
    columns: list[list[Any]] = [[] for _ in indices]
    for start in range(0, len(lines), _STRETCH):
        part = lines[start : start + _STRETCH]
        width = len(part[0])
        even = set(map(len, part)) == {width}
        flat = [*chain.from_iterable(part)] if even else []
        for column, index in zip(columns, indices, strict=True):
            column.extend(flat[index::width] if even and index < width else column_of(part, index))
    return columns


def distinct(values: Sequence[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """For each value its place among the distinct ones, -1 for None; and these in order of appearance."""
    if values and values.count(values[0]) == len(values):
        found = [value for value in values[:1] if value is not None]
        return np.full(len(values), len(found) - 1, np.intp), found
    found = [value for value in dict.fromkeys(values) if value is not None]
    places = {value: place for place, value in enumerate(found)} | {None: -1}
    return np.fromiter(map(places.__getitem__, values), np.intp, len(values)), found


class LedgerReading(Struct):
    """What reading a ledger gave: the ledger, notes on what was put right, and the problems found.

    The ledger is None where there are problems. `measure`: the unit of measure that the amounts are said to have, where
    it is not 元: then the problems say so and nothing was read. `kinds`: what a column 单位性质, where the file has
    one, says of units, by code and by name as they are compared.
    """

    ledger: Ledger | None = None
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    measure: str = ""
    kinds: dict[str, str] = field(default_factory=dict)


def empty_ledger(spec: LedgerSpec) -> Ledger:
    """A ledger without rows."""
    columns: dict[str, Texts] = {c.key: (np.zeros(0, np.intp), ("",)) for c in spec.columns if not c.money}
    return Ledger(spec, columns, np.zeros(0, np.int64), np.zeros(0, np.int64))


class Column:
    """A column of texts put together from parts: every distinct text once, a number a row, in one growing array."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._codes = array("i")

    def add(self, codes: Sequence[int] | npt.NDArray[Any], values: Sequence[str]) -> None:
        """Add rows: for each its text's place in `values`."""
        lookup = np.array([self._index.setdefault(v, len(self._index)) for v in values] or [0], np.intc)
        if len(codes):
            self._codes.frombytes(lookup[np.asarray(codes, np.intp)].tobytes())

    def whole(self) -> Texts:
        """All rows so far."""
        return np.array(self._codes, np.intp), tuple(self._index) or ("",)


def joined(ledgers: Sequence[Ledger]) -> Ledger:
    """Ledgers of one kind as one, in their order; each keeps the row numbers of its own sheet."""
    if len(ledgers) == 1:
        return ledgers[0]
    columns = {key: Column() for key in ledgers[0].columns}
    for ledger in ledgers:
        for key, column in columns.items():
            column.add(*ledger.column(key))
    fen, rows = (np.concatenate(parts) for parts in zip(*((each.fen, each.rows) for each in ledgers), strict=True))
    return Ledger(ledgers[0].spec, {key: column.whole() for key, column in columns.items()}, fen, rows)
