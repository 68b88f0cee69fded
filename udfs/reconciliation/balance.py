"""Controlled rounding (舍位平衡): the fewest changes of one unit in the last place that make printed tables add up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from math import inf

import highspy
import numpy as np
from msgspec import Struct

from udfs.base import Flags, Ints
from udfs.reconciliation.system import System
from udfs.reconciliation.witness import Floats, Rows, Solver, Stopped, facts_of, half_up, joined, rows_of

#: What a solver's value may be off.
_MARGIN = 1e-4


class Balanced(Struct, frozen=True):
    """Printed amounts that add up exactly."""

    places: Ints  #: (n,) in units of the last place
    changed: tuple[int, ...]  #: the cells that print other than half up, ascending


class Impossible(Struct, frozen=True):
    """No answer within one unit of every cell, or none proved the best in time. It carries no changes."""

    cells: tuple[int, ...]  #: the cells that hang together and cannot be balanced, ascending
    proved: bool  #: False where time ran out first


def balance(fen: Ints, system: System, per_place: int = 10_000, *, seconds: float = 30.0) -> Balanced | Impossible:
    """Printed amounts (n,) of exact amounts `fen` (n,) so that every relation of the system holds between the prints.

    `per_place` is the fen in one unit of the last place. Only the relations of the system are used, not its figures.
    A cell moves by at most one unit from its half-up print; zero stays zero, no print takes the opposite sign, and
    prints of one fact stay equal. Among all such answers: the fewest cells changed; then the least sum of distances
    between prints and exact amounts; then, cell by cell in order, unchanged before one more before one less. That is
    exactly one answer, whatever the order of the relations.
    """
    deadline = time.process_time() + seconds
    facts = _facts(fen, system)
    first, prints = np.unique(facts, return_index=True, return_counts=True)[1:]
    exact = fen[first]
    steps = np.zeros(len(exact), np.int64)
    for part, rows in _parts(_without(rows_of(system, facts), exact == 0), len(exact)):
        try:
            found = _Part(rows, exact[part], prints[part], per_place, deadline).best()
        except Stopped:
            return Impossible(tuple(np.flatnonzero(np.isin(facts, part)).tolist()), proved=False)
        if found is None:
            return Impossible(tuple(np.flatnonzero(np.isin(facts, part)).tolist()), proved=True)
        steps[part] = found
    return Balanced(half_up(fen, per_place) + steps[facts], tuple(np.flatnonzero(steps[facts]).tolist()))


def _facts(fen: Ints, system: System) -> Ints:
    """(n,) the fact of each cell, in the order of first cells.

    Cells that should be equal but are not are facts of their own: the relation between them then stands as a row.
    """
    _, first, inverse = np.unique(np.stack([facts_of(system), fen]), axis=1, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[inverse.reshape(-1)]


def _without(rows: Rows, dropped: Flags) -> Rows:
    """The rows without the facts (k,) that are zero and stay so."""
    kept = ~dropped[rows.columns]
    sizes = np.diff(np.append(0, np.cumsum(kept))[rows.starts])
    return Rows(
        rows.columns[kept],
        rows.coefficients[kept],
        np.append(0, np.cumsum(sizes[sizes > 0])),
        rows.bound[sizes > 0],
    )


def _parts(rows: Rows, count: int) -> Iterator[tuple[Ints, Rows]]:
    """The facts and rows that hang together, each part with its own numbering of facts."""
    linked = np.ones(len(rows.columns), np.bool_)
    linked[rows.starts[:-1]] = False
    later = np.flatnonzero(linked)
    of_fact = joined(count, rows.columns[later - 1], rows.columns[later])
    of_row = of_fact[rows.columns[rows.starts[:-1]]]
    of_term = np.repeat(of_row, np.diff(rows.starts))
    for part in np.unique(of_row).tolist():
        facts, terms, chosen = np.flatnonzero(of_fact == part), of_term == part, of_row == part
        sizes = np.diff(rows.starts)[chosen]
        yield (
            facts,
            Rows(
                np.searchsorted(facts, rows.columns[terms]),
                rows.coefficients[terms],
                np.append(0, np.cumsum(sizes)),
                rows.bound[chosen],
            ),
        )


class _Part:
    """The programme of p facts that hang together: 2p switches, one unit more (the first p) or one less."""

    def __init__(self, rows: Rows, exact: Ints, prints: Ints, per_place: int, deadline: float) -> None:
        self.rows = rows
        self.size = len(exact)
        self.base = half_up(exact, per_place)
        self.deadline = deadline
        # No print crosses zero.
        self.open = np.concatenate([(exact > 0) | (self.base < 0), (exact < 0) | (self.base > 0)]).astype(np.float64)
        gap = exact - self.base * per_place
        self.counts = np.tile(prints, 2)
        self.distances = self.counts * (
            np.abs(np.concatenate([gap - per_place, gap + per_place])) - np.tile(np.abs(gap), 2)
        )

    def best(self) -> Ints | None:
        """(p,) the steps -1, 0 or 1 of the one best answer; None where there is none. Raises Stopped."""
        if self._adds_up(self.base):
            return np.zeros(self.size, np.int64)
        first = self._least(self.counts, [])
        if first is None:
            return None
        fewest = int(self.counts @ first.switches)
        second = self._least(self.distances, [(self.counts, fewest)])
        if second is None:
            raise Stopped
        least = int(self.distances @ second.switches)
        # A switch whose reduced cost exceeds the gap to the relaxation stands alike in every best answer.
        settled = np.abs(second.reduced) > least - second.relaxed + _MARGIN
        return self._first(second.switches, settled, [(self.counts, fewest), (self.distances, least)])

    def _adds_up(self, places: Ints) -> bool:
        left = self.rows.sums(places)
        return bool(np.all(np.where(self.rows.bound, left <= 0, left == 0)))

    def _solver(self, sums: list[tuple[Ints, int]]) -> Solver:
        """The rows between prints, and switches whose weighted sums are given."""
        right = -self.rows.sums(self.base).astype(np.float64)
        columns = np.stack([self.rows.columns, self.rows.columns + self.size], axis=1).reshape(-1)
        coefficients = np.stack([self.rows.coefficients, -self.rows.coefficients], axis=1).reshape(-1)
        starts = 2 * self.rows.starts
        every = np.arange(2 * self.size)
        for weights, _ in sums:
            columns, coefficients = np.append(columns, every), np.append(coefficients, weights)
            starts = np.append(starts, len(columns))
        given = np.array([total for _, total in sums], np.float64)
        wide = Rows(columns, coefficients, starts, np.append(self.rows.bound, np.zeros(len(sums), np.bool_)))
        solver = Solver()
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("mip_abs_gap", 0.5)  # goals are whole numbers
        solver.setOptionValue("mip_feasibility_tolerance", 1e-9)
        low = np.append(np.where(self.rows.bound, -inf, right), given)
        solver.load(wide, np.zeros(2 * self.size), self.open, low, np.append(right, given))
        return solver

    def _least(self, goal: Ints, sums: list[tuple[Ints, int]]) -> _Optimum | None:
        """The switches with the least weighted sum; None where no switches satisfy the rows. Raises Stopped."""
        solver = self._solver(sums)
        every = np.arange(2 * self.size, dtype=np.int32)
        solver.changeColsCost(len(every), every, goal.astype(np.float64))
        if not _solved(solver, self.deadline):
            return None
        relaxed = float(solver.getInfo().objective_function_value)
        solution = solver.getSolution()
        reduced, switches = np.array(solution.col_dual), np.array(solution.col_value)
        if np.any(np.abs(switches - np.rint(switches)) > _MARGIN):
            _make_whole(solver, len(every))
            if not _solved(solver, self.deadline):
                return None
            switches = np.array(solver.getSolution().col_value)
        return _Optimum(self._checked(switches), relaxed, reduced)

    def _checked(self, values: Floats) -> Ints:
        switches = np.rint(values).astype(np.int64)
        if not self._adds_up(self.base + self._steps(switches)):
            raise Stopped
        return switches

    def _steps(self, switches: Ints) -> Ints:
        result: Ints = switches[: self.size] - switches[self.size :]
        return result

    def _first(self, switches: Ints, settled: Flags, sums: list[tuple[Ints, int]]) -> Ints:
        """The first of all best answers, fact by fact: 0 before 1 before -1. Raises Stopped."""
        solver = self._solver(sums)
        _make_whole(solver, 2 * self.size)
        every = np.arange(2 * self.size, dtype=np.int32)
        low, high = np.where(settled, switches, 0).astype(np.float64), np.where(settled, switches, self.open)
        solver.changeColsBounds(len(every), every, low, high)
        for fact in np.flatnonzero(~settled[: self.size] | ~settled[self.size :]).tolist():
            pair = np.array([fact, fact + self.size])
            for step in (0, 1, -1):
                wanted = np.array([step == 1, step == -1], np.float64)
                if np.any((wanted < low[pair]) | (wanted > high[pair])):
                    continue
                solver.changeColsBounds(2, pair.astype(np.int32), wanted, wanted)
                if np.array_equal(switches[pair], wanted):
                    break
                if _solved(solver, self.deadline):
                    switches = self._checked(np.array(solver.getSolution().col_value))
                    break
        return self._steps(switches)


class _Optimum(Struct, frozen=True):
    """The best switches (2p,), and the bound and reduced costs (2p,) of their relaxation."""

    switches: Ints
    relaxed: float
    reduced: Floats


def _make_whole(solver: Solver, count: int) -> None:
    """Let the first `count` variables take whole numbers only."""
    every = np.arange(count, dtype=np.int32)
    solver.changeColsIntegrality(count, every, np.full(count, int(highspy.HighsVarType.kInteger), np.uint8))


def _solved(solver: Solver, deadline: float) -> bool:
    """True with a best answer, False where there is none. Raises Stopped."""
    status = solver.go(deadline)
    if status == highspy.HighsModelStatus.kOptimal:
        return True
    # Everything is bounded, so this can only mean that there is none.
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        return False
    raise Stopped
