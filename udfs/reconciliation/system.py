"""The printed cells of a workbook and the relations between them, as one sparse integer matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from udfs.base import Flags, Ints

if TYPE_CHECKING:
    from udfs.reconciliation.witness import Solver


def solver() -> Solver:
    """A solver of linear programmes, silent and the same on every run; its library loads only where it is asked."""
    from udfs.reconciliation.witness import Solver

    return Solver()


class System(Struct, frozen=True):
    """n printed cells and m relations Σ coefficient·cell = 0, or ≤ 0 where `bound` says so.

    `places`: (n,) the printed amounts in units of the last place. `filled`: (n,) False where the cell is empty, which
    says that the amount behind it is exactly zero; a filled cell says that it lies within half a unit of `places`.
    Terms are held relation by relation: those of relation i are `cells[starts[i]:starts[i + 1]]` with as many
    `coefficients` (+1 or -1). `starts` has m + 1 entries.

    Tables may be in different units: `scale` is (n,) the fen in one unit of `places`, `step` (n,) the last place of the
    cell's table in such units. Where they are None every cell is in the same units and shows each of them.
    """

    places: Ints
    filled: Flags
    cells: Ints
    coefficients: Ints
    starts: Ints
    bound: Flags
    scale: Ints | None = None
    step: Ints | None = None

    def fen_per_step(self, per_place: int) -> Ints:
        """(n,) fen in the last place of each cell; `per_place` where all cells are alike."""
        alike = np.full(len(self.places), per_place, np.int64)
        steps: Ints = (alike if self.scale is None else self.scale) * (1 if self.step is None else self.step)
        return steps

    def steps_printed(self) -> Ints:
        """(n,) the printed amounts in units of each cell's last place."""
        shown: Ints = self.places if self.step is None else self.places // self.step
        return shown

    @property
    def relations(self) -> int:
        """Number of relations."""
        return len(self.starts) - 1

    def residuals(self) -> Ints:
        """(m,) what is left of each relation in units of the last place."""
        return residuals(self.places, self.cells, self.coefficients, self.starts)


def residuals(places: Ints, cells: Ints, coefficients: Ints, starts: Ints) -> Ints:
    """Product of the relations with one workbook's cells, (n,) to (m,), or many workbooks', (k, n) to (k, m)."""
    if len(starts) < 2:
        return np.zeros((*places.shape[:-1], 0), np.int64)
    terms = places[..., cells] * coefficients
    total: Ints = np.add.reduceat(terms, starts[:-1], axis=-1)
    return total
