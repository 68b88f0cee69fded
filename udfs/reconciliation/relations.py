"""勾稽关系 on a workbook: declarations expanded to one sparse matrix, evaluated, each ending in a status."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct

from udfs.base import Flags, Ints
from udfs.reconciliation.expansion import Expansion, Relation
from udfs.reconciliation.system import System, residuals
from udfs.reconciliation.tolerance import allowance, mixed_allowance
from udfs.tables import Printed, PrintedBlock
from workbook_templates.reading import Classifications, Condition, Declaration, Ref

PASSED, FAILED, NOT_APPLICABLE, UNDECIDED = "通过", "不符", "不适用", "无法核对"
NO_LEDGER = "没有预算明细，无法判断是否适用"
NOT_IN_LEDGER = "按预算明细和收入明细，本单位不存在这一关系"


class Outcome(Struct, frozen=True):
    """How a relation ended: status, reason where it did not run, both sides and what is allowed, in places.

    `ruled_out`: whether it does not apply because the exact amounts of the ledgers do not satisfy it.
    """

    relation: Relation
    status: str
    reason: str
    left: int
    right: int
    allowed: int
    ruled_out: bool = False

    @property
    def difference(self) -> int:
        """Left less right, in places."""
        return self.left - self.right

    @property
    def is_tail(self) -> bool:
        """Whether it passed with an honest difference of rounding (尾差)."""
        return self.status == PASSED and self.relation.declaration.kind != "bound" and self.difference != 0


class Matrix(Struct, frozen=True, dict=True):
    """The relations of one layout as a sparse matrix; see System for the arrays.

    `scale`: (n,) fen in one unit of a printed amount. Sides and differences of a relation are in the smallest unit of
    its cells (`unit`, (m,) in fen), which is that of all of them except between tables of different measures.
    """

    relations: tuple[Relation, ...]
    cells: Ints
    coefficients: Ints
    starts: Ints
    bound: Flags
    scale: Ints | None = None

    @cached_property
    def texts(self) -> dict[object, list[str]]:
        """What is written about each relation and stays the same while the layout does: its formulas and labels."""
        return {}

    @cached_property
    def unit(self) -> Ints:
        """(m,) fen in one unit of each relation's sides."""
        if self.scale is None or len(self.starts) < 2:
            return np.ones(len(self.relations), np.int64)
        smallest: Ints = np.minimum.reduceat(self.scale[self.cells], self.starts[:-1])
        return smallest

    @cached_property
    def weights(self) -> Ints:
        """(t,) units of its relation's sides in one unit of each term's printed amount."""
        if self.scale is None:
            return np.ones_like(self.cells)
        weights: Ints = self.scale[self.cells] // np.repeat(self.unit, np.diff(self.starts))
        return weights

    def residuals(self, places: Ints) -> Ints:
        """(n,) printed amounts to (m,), or (k, n) to (k, m) for k workbooks of this layout."""
        return residuals(places, self.cells, self.coefficients * self.weights, self.starts)

    def left(self, places: Ints) -> Ints:
        """The left sides; shapes as for residuals."""
        return residuals(places, self.cells, np.where(self.coefficients > 0, self.weights, 0), self.starts)

    def exact(self, fen: Ints) -> Ints:
        """(n,) exact amounts in fen to (m,)."""
        return residuals(fen, self.cells, self.coefficients, self.starts)

    def counts(self, filled: Flags) -> Ints:
        """Number of cells in each relation that are not empty; shapes as for residuals."""
        return residuals(filled.astype(np.int64), self.cells, np.ones_like(self.cells), self.starts)

    def allowed(self, places: Ints, filled: Flags, step: Ints | None = None) -> Ints:
        """Places by which separately rounded parts may honestly miss.

        `step`: (n,) the last place of each cell's table, 1 where not said; amounts that show fen are exact and miss by
        nothing.
        """
        count = self.counts(filled)
        negative = self.counts(filled & (places < 0)) > 0
        result = allowance(count, negative)
        if step is None or self.scale is None or not len(self.relations):
            return result
        last = (step * self.scale)[self.cells] // np.repeat(self.unit, np.diff(self.starts))
        shows_fen = (step * self.scale)[self.cells] == 1
        one, most = (f.reduceat(last, self.starts[:-1]) for f in (np.minimum, np.maximum))
        inexact = np.where(filled[self.cells] & ~shows_fen, last, 0)
        mixed = mixed_allowance(np.add.reduceat(inexact, self.starts[:-1]))
        fen_only = np.logical_and.reduceat(shows_fen, self.starts[:-1])
        alike = np.where(fen_only, 0, result * one)
        allowed: Ints = np.where(one == most, alike, mixed)
        return allowed

    def system(self, printed: Printed, kept: Flags) -> System:
        """The cells and those relations that apply."""
        places, filled = printed.places, printed.filled
        lengths = np.diff(self.starts)[kept]
        terms = np.repeat(kept, np.diff(self.starts))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return System(
            places,
            filled,
            self.cells[terms],
            self.coefficients[terms],
            starts,
            self.bound[kept],
            printed.scale,
            printed.step,
        )


def build_matrix(relations: Sequence[Relation], scale: Ints | None) -> Matrix:
    """The sparse matrix of relations; `scale` as in Matrix."""
    cells: list[int] = []
    coefficients: list[int] = []
    starts = [0]
    for relation in relations:
        cells += relation.left + relation.right
        coefficients += [1] * len(relation.left) + [-1] * len(relation.right)
        starts.append(len(cells))
    bound = np.array([r.declaration.kind == "bound" for r in relations], bool)
    return Matrix(
        tuple(relations),
        np.array(cells, np.int64),
        np.array(coefficients, np.int64),
        np.array(starts, np.int64),
        bound,
        scale,
    )


#: The last workbook's rows and relations: she clicks again on the same one, of which only amounts have changed.
_LAST: list[tuple[tuple[PrintedBlock, ...], Sequence[Declaration], Matrix]] = []


def matrix_of(expansion: Expansion, declarations: Sequence[Declaration]) -> Matrix:
    """The relations of a workbook, those of the last one where its rows are the same and stand in the same place."""
    printed = expansion.printed
    for blocks, known, matrix in _LAST:
        if known is declarations and _same_places(blocks, printed.blocks):
            return matrix
    matrix = build_matrix(_relations(expansion, declarations), printed.scale)
    _LAST[:] = [(printed.blocks, declarations, matrix)]
    return matrix


#: Tables that were met, by what their rows are; relations by declaration and by its tables. Of many units that are
#: received most have most tables in common.
_TABLES: dict[int, list[PrintedBlock]] = {}
_EXPANDED: dict[tuple[object, ...], tuple[Declaration, list[Relation]]] = {}
_MOST_EXPANDED = 4096


def _relations(expansion: Expansion, declarations: Sequence[Declaration]) -> list[Relation]:
    """All relations; those of a declaration are made anew only where one of its tables has rows not met before."""
    if len(_EXPANDED) > _MOST_EXPANDED:
        _EXPANDED.clear()
        _TABLES.clear()
    tables: dict[str, list[int]] = {}
    for block in expansion.printed.blocks:
        tables.setdefault(block.form.code, []).append(id(_met_before(block)))
    result: list[Relation] = []
    for declaration in declarations:
        refs = (*declaration.left, *declaration.right, *declaration.rows)
        key = (id(declaration), *(tuple(tables.get(ref.form, ())) for ref in refs))
        known = _EXPANDED.get(key)
        if known is None or known[0] is not declaration:
            known = _EXPANDED[key] = (declaration, expansion.relations([declaration]))
        result += known[1]
    return result


def _met_before(block: PrintedBlock) -> PrintedBlock:
    """The table of the same rows that was met first, which stands for all of them."""
    met = _TABLES.setdefault(id(block.block), [])
    same = (m for m in met if m.block is block.block and m.first == block.first and m.rows == block.rows)
    found = next(same, None)
    if found is None:
        met.append(block)
    return found or block


def _same_places(one: Sequence[PrintedBlock], other: Sequence[PrintedBlock]) -> bool:
    return len(one) == len(other) and all(
        a.block is b.block and a.left == b.left and a.rows == b.rows for a, b in zip(one, other, strict=True)
    )


def refusal(condition: Condition, label: str) -> str:
    """Why a relation does not apply, for a condition that does not hold."""
    if condition.kind == "empty":
        return f"{label}有金额"
    if condition.kind == "filled":
        return f"{label}等栏没有金额"
    if condition.kind == "rows":
        return "没有列出科目"
    if condition.kind == "nonnegative":
        return "表中有负数"
    return f"{label}与对应金额不同"


class Evaluation(Struct, frozen=True):
    """All relations of a workbook and how each ended."""

    printed: Printed
    matrix: Matrix
    outcomes: tuple[Outcome, ...]

    @property
    def ran(self) -> Flags:
        """(m,) which relations ran."""
        return np.array([o.status in (PASSED, FAILED) for o in self.outcomes], bool)

    def system(self) -> System:
        """The cells and the relations that ran, for finding wrong cells."""
        return self.matrix.system(self.printed, self.ran)

    def guarded(self) -> Flags:
        """(n,) cells whose change some relation that ran would see; an upper bound alone guards none."""
        kept = self.ran & ~self.matrix.bound
        terms = np.repeat(kept, np.diff(self.matrix.starts))
        result = np.zeros(len(self.printed.places), bool)
        result[self.matrix.cells[terms]] = True
        return result


def same_layout(one: Printed, other: Printed) -> bool:
    """Whether two workbooks have the same rows in the same order, so that their relations name the same cells."""
    return len(one.blocks) == len(other.blocks) and all(
        a.block is b.block
        and len(a.rows) == len(b.rows)
        and all(
            x.path == y.path and x.texts == y.texts and x.level == y.level and x.parent == y.parent
            for x, y in zip(a.rows, b.rows, strict=True)
        )
        for a, b in zip(one.blocks, other.blocks, strict=True)
    )


def exact_residuals(
    derived: Printed,
    fen: Ints,
    declarations: Sequence[Declaration],
    codes: Classifications,
    matrix: Matrix | None = None,
) -> dict[tuple[str, str, str], bool]:
    """For each relation of the derived tables whether the exact amounts behind them satisfy it.

    `matrix`: the relations, where they are at hand for a workbook of the same layout.
    """
    matrix = matrix or build_matrix(Expansion(derived, codes).relations(declarations), derived.scale)
    left = matrix.exact(fen)
    held = np.where(matrix.bound, left <= 0, left == 0)
    return {relation.key: bool(ok) for relation, ok in zip(matrix.relations, held, strict=True)}


def evaluate(
    printed: Printed,
    declarations: Sequence[Declaration],
    codes: Classifications,
    exact: dict[tuple[str, str, str], bool] | None = None,
    matrix: Matrix | None = None,
    expansion: Expansion | None = None,
) -> Evaluation:
    """Every relation with its outcome. `exact` is what the ledger says of each relation, None without a ledger.

    `matrix` and `expansion`: the workbook's relations and what made them, where they are at hand.
    """
    expansion = expansion or Expansion(printed, codes)
    matrix = matrix or build_matrix(expansion.relations(declarations), printed.scale)
    places = printed.places
    differences = matrix.residuals(places).tolist()
    lefts = matrix.left(places).tolist()
    allowed = matrix.allowed(places, printed.filled, printed.step).tolist()
    counts = matrix.counts(printed.filled).tolist()
    absent = {d.number: _absent_form(d, printed) for d in declarations} if printed.absent else {}
    outcomes = []
    known: dict[tuple[str, int], bool] = {}
    for i, relation in enumerate(matrix.relations):
        d = relation.declaration
        status, reason = "", ""
        if missing := absent.get(d.number):
            status, reason = UNDECIDED, printed.absent[missing]
        for number, condition in enumerate(d.when if not status else ()):
            if condition.own or (d.number, number) not in known:
                known[d.number, number] = expansion.holds(condition, relation.row, relation.column)
            if not known[d.number, number]:
                label = _ref_label(printed, expansion, condition.left, relation)
                status, reason = NOT_APPLICABLE, refusal(condition, label)
                break
        ruled_out = not status and exact is not None and not exact.get(relation.key, True)
        if ruled_out:
            status, reason = NOT_APPLICABLE, NOT_IN_LEDGER
        if not status and d.ledger and exact is None:
            status, reason = UNDECIDED, NO_LEDGER
        if not status and counts[i] == 0:
            status, reason = NOT_APPLICABLE, "双方均无数据"
        if not status:
            over = differences[i] > allowed[i] if d.kind == "bound" else abs(differences[i]) > allowed[i]
            status = FAILED if over else PASSED
        outcomes.append(Outcome(relation, status, reason, lefts[i], lefts[i] - differences[i], allowed[i], ruled_out))
    return Evaluation(printed, matrix, tuple(outcomes))


def _absent_form(declaration: Declaration, printed: Printed) -> str:
    """The first form that a declaration speaks of and the workbook does not have; empty where it has all."""
    refs = (*declaration.left, *declaration.right, *declaration.rows)
    return next((ref.form for ref in refs if ref.form in printed.absent), "")


def _ref_label(printed: Printed, expansion: Expansion, ref: Ref | None, relation: Relation) -> str:
    if ref is None or not ref.column:
        return ""
    cells = expansion.cells([ref], relation.row, relation.column)
    return printed.label(cells[0]) if cells else f"{ref.form}“{ref.rows}”"


def side_label(printed_now: Printed, cells: Sequence[int]) -> str:
    """One side of a relation in the official labels."""
    if not cells:
        return "（无此行）"
    if len(cells) <= 3:
        return " + ".join(printed_now.label(c) for c in cells)
    return f"{printed_now.label(cells[0])}等{len(cells)}项之和"
