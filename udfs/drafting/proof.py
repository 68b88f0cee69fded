"""Whether a ledger exists that an example's tables could come from by an edition's filters; where not, which cells.

An *atom* is a row that such a ledger may have: a value for every dimension. Each printed cell is the sum of the atoms
that its filters select, to half a last place; a linear programme finds amounts for them that miss as little as can be.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import highspy
import numpy as np
import numpy.typing as npt

from udfs.reconciliation import solver
from udfs.tables import Printed, PrintedRow
from workbook_templates.reading import Block, Column, Filter, FixedRow, TreeRows

_SECONDS = 20.0
_FLOWS = ("收入", "支出", "年终结转")
#: Stands for every value that no filter names.
_OTHER = "其他"
#: Before codes of a filter: none of them.
_NOT = "!"
#: Cells of one column that are told; the others are counted.
_MOST = 4

Mask = npt.NDArray[np.bool_]


def not_reproduced(printed: Printed) -> tuple[int, list[str]]:
    """How many cells were tried, and a sentence for each column of a table in which some are not reproduced.

    Rows of lists, computed columns and rows without a code are not tried: the first are a list of their own.
    """
    cells = list(_cells(printed))
    sources = list(dict.fromkeys(v for _, where in cells for v in where.get("source", ())))
    balance = [{"flow": (flow,), "source": (source,)} for source in sources for flow in _FLOWS]
    without = list(_without_row(printed))
    atoms = _atoms([*(where for _, where in cells), *balance, *without])
    if not cells or not len(atoms):
        return 0, []
    atoms = atoms[~atoms[:, len(cells) + len(balance) :].any(axis=1)]  # a row for them would stand
    index = np.array([i for i, _ in cells])
    half = printed.step[index] * printed.scale[index] / 2
    target = (printed.places * printed.scale)[index].astype(np.float64)
    missed = _missed(atoms[:, : len(cells)], atoms[:, len(cells) : len(cells) + len(balance)], target, half)
    wrong = [n for n in range(len(cells)) if abs(missed[n]) > half[n]]
    by = [(int(index[n]), missed[n] / float(printed.scale[index[n]]) / 100) for n in wrong]
    return len(cells), list(_told(printed, by, "按版式的筛选条件没有任何明细能得到"))


def differing(printed: Printed, made: Printed, lists: Sequence[str]) -> tuple[int, list[str]]:
    """The same of tables made from a ledger: how many cells were compared, and where others than these are printed.

    `lists`: the flows of lists of their own, which a ledger does not give.
    """

    def known(block: Block, column: Column) -> bool:
        compared = [c for c in block.columns if c.key in (column.change or (column.key,))]
        flows = [_together((block.where, c.where)).get("flow", ()) for c in compared]
        return not any(flow in lists for of in flows for flow in of)

    def cells(tables: Printed) -> dict[tuple[str, str, str, str], int]:
        return {
            (block.form.code, block.block.name, row.path, column.key): block.cell(n, c)
            for block in tables.blocks
            if block.form.code not in printed.absent
            for n, row in enumerate(block.rows)
            for c, column in enumerate(block.block.columns)
            if known(block.block, column)
        }

    ours, own = cells(made), cells(printed)
    by = [
        (cell, (int(printed.places[cell]) - (int(made.places[ours[key]]) if key in ours else 0)) / 100)
        for key, cell in own.items()
    ]
    told = list(_told(printed, [(cell, far) for cell, far in by if far], "由明细得不到"))
    more = [made.label(cell) for key, cell in ours.items() if key not in own and made.places[cell]]
    return len(by), [*told, *(f"{label}由明细得到，而例表没有" for label in more[:_MOST])]


def _cells(printed: Printed) -> Iterator[tuple[int, Mapping[str, tuple[str, ...]]]]:
    """Every cell that filters alone make, with all that it is filtered by."""
    for block in printed.blocks:
        if block.form.code in printed.absent:
            continue
        fixed = {row.key: row.where for row in block.block.rows if isinstance(row, FixedRow)}
        tree = next((row for row in block.block.rows if isinstance(row, TreeRows)), None)
        for n, row in enumerate(block.rows):
            if (own := _of_row(row, fixed, tree)) is None:
                continue
            for column, key in enumerate(block.block.columns):
                if not key.change:
                    yield block.cell(n, column), _together((block.block.where, key.where, own))


def _without_row(printed: Printed) -> Iterator[Mapping[str, tuple[str, ...]]]:
    """For every column of a table of codes what it would show in rows that do not stand."""
    for block in printed.blocks:
        tree = next((row for row in block.block.rows if isinstance(row, TreeRows)), None)
        codes = tuple(f"{_NOT}{row.path}" for row in block.rows if row.level and row.path.isdigit())
        if tree is None or block.form.code in printed.absent or len(codes) < sum(row.level > 0 for row in block.rows):
            continue
        for column in block.block.columns:
            if not column.change:
                yield _together((block.block.where, column.where, tree.where, ((tree.dimension, codes or (_NOT,)),)))


def _of_row(row: PrintedRow, fixed: Mapping[str, Filter], tree: TreeRows | None) -> Filter | None:
    """What a row is filtered by; None where its own text does not tell."""
    if row.level == 0:
        return fixed.get(row.path)
    if tree is None or not row.path.isdigit():
        return None
    return (*tree.where, (tree.dimension, (f"{row.path}*",)))


def _together(parts: Sequence[Filter]) -> Mapping[str, tuple[str, ...]]:
    """A filter of several: of a dimension that two of them name both must hold."""
    result: dict[str, tuple[str, ...]] = {}
    for dimension, values in (pair for part in parts for pair in part):
        old = result.get(dimension)
        result[dimension] = values if old is None else tuple(v for v in values if _accepts(old, v.rstrip("*")))
    return result


def _accepts(wanted: Sequence[str], value: str) -> bool:
    if wanted and wanted[0].startswith(_NOT):
        return not any(len(w) > 1 and value.startswith(w[1:]) for w in wanted)
    return any(value.startswith(w[:-1]) if w.endswith("*") else w == value for w in wanted)


def _atoms(filters: Sequence[Mapping[str, tuple[str, ...]]]) -> Mask:
    """(atoms, filters) which filter selects which atom; atoms that the same filters select are one."""
    found = np.ones((1, len(filters)), bool)
    for dimension in dict.fromkeys(d for where in filters for d in where):
        named = [v.strip(f"*{_NOT}") for where in filters for v in where.get(dimension, ())]
        values = [*dict.fromkeys(filter(None, named)), *(() if dimension == "flow" else (_OTHER,))]
        # A code with codes below it may have rows that are none of theirs, unless all of them are printed.
        values = [v for v in values if not any(o != v and o.startswith(v) and v.isdigit() for o in values)]
        accepts = np.array([[d is None or _accepts(d, v) for d in (w.get(dimension) for w in filters)] for v in values])
        found = np.unique((found[:, None, :] & accepts[None, :, :]).reshape(-1, len(filters)), axis=0)
    return found[found.any(axis=1)]


def _missed(atoms: Mask, balance: Mask, target: npt.NDArray[np.float64], half: npt.NDArray[np.float64]) -> list[float]:
    """For each cell by how much, in fen, the nearest ledger misses what is printed; 0 where it does not.

    What a source receives it spends or keeps: the columns of `balance` are its three flows.
    """
    sides = np.tile(np.array([1, -1, -1]), balance.shape[1] // 3)
    sources = (balance * sides).reshape(len(atoms), -1, 3).sum(axis=2)
    whole = np.concatenate([atoms.astype(np.int64), sources], axis=1).T
    count, cells = len(atoms), atoms.shape[1]
    rows, columns = np.nonzero(whole)
    model = solver()
    infinite = float(highspy.kHighsInf)
    for n in range(count + 2 * cells):
        model.addCol(float(n >= count), 0.0, infinite, 0, [], [])
    for n in range(len(whole)):
        own = columns[rows == n]
        more = [count + n, count + cells + n] if n < cells else []
        where, what = [*own, *more], [*whole[n, own], *([1, -1] if more else [])]
        low, high = (target[n] - half[n], target[n] + half[n]) if n < cells else (0.0, 0.0)
        model.addRow(low, high, len(where), np.array(where, np.int32), np.array(what, np.float64))
    model.go(time.process_time() + _SECONDS)
    found = np.array(model.getSolution().col_value)
    missed: list[float] = (found[count : count + cells] - found[count + cells :]).tolist()
    return missed


def _told(printed: Printed, cells: Sequence[tuple[int, float]], why: str) -> Iterator[str]:
    """Cells, each with how far it is from what it should be, by table and column."""

    def place(pair: tuple[int, float]) -> tuple[str, str]:
        block = printed.block_of(pair[0])
        return block.form.sheet, block.block.columns[(pair[0] - block.first) % len(block.block.columns)].key

    for (sheet, column), group in groupby(sorted(cells, key=place), key=place):
        pairs = list(group)
        shown = "、".join(f"{printed.address(cell)[1]}（相差{by:.2f}）" for cell, by in pairs[:_MOST])
        rest = f"等{len(pairs)}处" if len(pairs) > _MOST else ""
        yield f"{sheet}“{column}”栏的{shown}{rest}，{why}"
