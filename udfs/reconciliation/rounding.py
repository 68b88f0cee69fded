"""舍位平衡 for a workbook's tables: printed amounts that add up exactly, the exact amounts untouched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from udfs.base import InputProblems, Problem, printed
from udfs.reconciliation.expansion import Expansion
from udfs.reconciliation.relations import build_matrix
from udfs.tables import Printed, Reading, Table, printed_tables
from workbook_templates.reading import Edition

if TYPE_CHECKING:
    from udfs.reconciliation.balance import Impossible

#: Field of 基础信息 that asks for it, and its answer.
SWITCH, WANTED = "balance", "是"


class Adjustment(Struct, frozen=True):
    """A cell that prints one unit of the last place more or less than its amount rounded half up."""

    sheet: str
    cell: str
    rounded: str
    balanced: str


def tables_of(reading: Reading) -> tuple[tuple[Table, ...], tuple[Adjustment, ...]]:
    """The tables that a workbook's ledgers give, balanced where 基础信息 asks for it, and the cells that it changed.

    Raises InputProblems where the ledgers cannot be used, or balanced amounts do not exist.
    """
    tables = reading.derived
    if reading.usable().info.text(SWITCH) != WANTED:
        return tables, ()
    return reading.once("balanced", reading.content_sheets, lambda: balance_tables(tables, reading.edition))


def balance_tables(tables: Sequence[Table], edition: Edition) -> tuple[tuple[Table, ...], tuple[Adjustment, ...]]:
    """The tables with printed amounts that satisfy every relation exactly, and the cells that had to change.

    Raises InputProblems where no such amounts exist within one unit of the last place.
    """
    # The solver is loaded only where it is asked for.
    from udfs.reconciliation.balance import Impossible, balance

    rounded, exact = printed_tables(tables, {})
    matrix = build_matrix(Expansion(rounded, edition.codes).relations(edition.relations), rounded.scale)
    left = matrix.exact(exact)
    held = np.where(matrix.bound, left <= 0, left == 0)
    balanced = rounded.places.copy()
    changes = []
    # Tables of one measure are balanced among themselves: between two measures nothing is equal to the last place.
    for per_place in np.unique(rounded.scale).tolist():
        own = rounded.scale == per_place
        within = np.logical_and.reduceat(own[matrix.cells], matrix.starts[:-1]) if len(matrix.relations) else held
        found = balance(exact, matrix.system(rounded, held & within), per_place)
        if isinstance(found, Impossible):
            raise InputProblems([_refusal(rounded, found)])
        balanced[own] = found.places[own]
        for index in (i for i in found.changed if own[i]):
            sheet, cell = rounded.address(index)
            before, after = (f"{printed(places[index]):.2f}" for places in (rounded.places, found.places))
            changes.append(Adjustment(sheet, cell, before, after))
    result = []
    first = 0
    for table in tables:
        blocks = []
        for part in table.blocks:
            size = part.places.size
            blocks.append(replace(part, places=balanced[first : first + size].reshape(part.places.shape)))
            first += size
        result.append(replace(table, blocks=tuple(blocks)))
    return tuple(result), tuple(changes)


def _refusal(rounded: Printed, found: Impossible) -> Problem:
    cells = ["!".join(rounded.address(index)) for index in found.cells[:3]]
    why = "这些金额每个最多调整0.01，无法做到分项之和与合计完全相等" if found.proved else "在时限内没有求出结果"
    return Problem(
        "",
        f"舍位平衡无法实现：涉及{'、'.join(cells)}等{len(found.cells)}个单元格，{why}；"
        "各表未作任何改动。请把“基础信息”中的舍位平衡改为“否”后重新生成",
    )
