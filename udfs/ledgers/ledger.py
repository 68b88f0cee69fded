"""A ledger (预算明细, 收入明细) as a clean value, and what reading one gives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct, field

from udfs.base import Problem
from workbook_templates.reading import LedgerSpec

Grid = Sequence[Sequence[Any]]

#: Key of the frame's column that holds each row's number in its sheet or file (from 1).
ROW = "row"
#: Key of the frame's column that holds the amount in fen.
FEN = "fen"


#: A column of texts: for each row which of the distinct texts it holds, and the distinct texts.
Texts = tuple[npt.NDArray[np.intp], Sequence[str]]


class Ledger(Struct, frozen=True, dict=True):
    """A clean ledger: one row an appropriation; categories for every text column, int64 `fen`, int64 `row`."""

    spec: LedgerSpec
    frame: pd.DataFrame

    def column(self, key: str) -> Texts:
        """A text column as (n,) indices into its distinct texts, and these; one not in the ledger holds empty texts."""
        if key not in self._columns:
            self._columns[key] = self._taken(key)
        return self._columns[key]

    def used(self, key: str) -> list[str]:
        """The distinct texts of a column, in order of first appearance."""
        codes, values = self.column(key)
        return [values[code] for code in pd.unique(codes).tolist()]

    @cached_property
    def _columns(self) -> dict[str, Texts]:
        """Columns asked for so far."""
        return {}

    def _taken(self, key: str) -> Texts:
        if key not in self.frame:
            return np.zeros(len(self.frame), np.intp), ("",)
        column = self.frame[key].array
        assert isinstance(column, pd.Categorical)
        return column.codes.astype(np.intp), tuple(column.categories)


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
    columns = {c.key: pd.Categorical([], categories=[""]) for c in spec.columns if not c.money}
    frame = pd.DataFrame({**columns, FEN: np.zeros(0, np.int64), ROW: np.zeros(0, np.int64)})
    return Ledger(spec, frame)


def joined(ledgers: Sequence[Ledger]) -> Ledger:
    """Ledgers of one kind as one, in their order; each keeps the row numbers of its own sheet."""
    if len(ledgers) == 1:
        return ledgers[0]
    spec = ledgers[0].spec
    columns: dict[str, Any] = {}
    for key in map(str, ledgers[0].frame):
        parts = [ledger.frame[key] for ledger in ledgers]
        if key in (FEN, ROW):
            columns[key] = np.concatenate([part.to_numpy(np.int64) for part in parts])
        else:
            columns[key] = pd.api.types.union_categoricals(parts)
    return Ledger(spec, pd.DataFrame(columns))
