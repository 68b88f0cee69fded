"""Systems of cells and relations, rearranged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from udfs.reconciliation.system import System


def permuted(system: System, order: Sequence[int]) -> System:
    """The same relations in another order, their terms from behind."""
    parts = [np.arange(system.starts[i], system.starts[i + 1])[::-1] for i in order]
    where = np.concatenate(parts)
    return replace(
        system,
        cells=system.cells[where],
        coefficients=system.coefficients[where],
        starts=np.cumsum([0, *map(len, parts)]).astype(np.int64),
        bound=system.bound[list(order)],
    )
