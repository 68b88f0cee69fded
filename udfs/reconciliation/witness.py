"""Exact amounts behind printed ones: the linear programme of a system, its witnesses and its proofs that there is none.

A *fact* is one amount of money, printed in one cell or several. The solver works in floating point; whatever it says is
checked here in integers: a witness by rounding like the tables, a refusal by adding the relations up.
"""

from __future__ import annotations

import time
from fractions import Fraction
from functools import reduce
from math import ceil, floor, inf, lcm

import highspy
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from udfs.base import Flags, Ints
from udfs.reconciliation.system import System, residuals

Floats = npt.NDArray[np.float64]

#: Stands for "no limit" in integer bounds; far beyond every amount, and safe to add.
UNLIMITED = 2**60

#: The values of HiGHS's option simplex_strategy.
_DUAL, _PRIMAL = 1, 4

_INTEGER = int(highspy.HighsVarType.kInteger)

#: Entries of a solver's vector below this share of its largest one are noise.
_NOISE = 1e-9

#: A ray that needs larger multipliers than this is no sum of a few relations, but noise.
_LARGEST_SCALE = 2**20

#: How far a solver's value may lie beside the whole number it means.
_TOLERANCE = 1e-6


#: What the solver may say of the extremes of an amount that exists.
_ANSWERS = {
    highspy.HighsModelStatus.kOptimal,
    highspy.HighsModelStatus.kUnbounded,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
}


class Stopped(Exception):
    """The time is up, or the solver gave no answer that integers confirm."""


class Solver(highspy.Highs):
    """HiGHS, silent from the start and the same on every run."""

    def __init__(self) -> None:
        # The constructor of `Highs` itself prints a banner; the one below it does not.
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)
        self.setOptionValue("random_seed", 0)
        self.setOptionValue("threads", 1)

    def load(self, rows: Rows, lower: Floats, upper: Floats, row_lower: Floats, row_upper: Floats) -> None:
        """A model with bounds (columns,) and row limits (rows,), without a goal."""
        self.passModel(
            len(lower),
            len(rows.starts) - 1,
            len(rows.columns),
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMinimize),
            0.0,
            np.zeros(len(lower)),
            lower,
            upper,
            row_lower,
            row_upper,
            rows.starts[:-1].astype(np.int32),
            rows.columns.astype(np.int32),
            rows.coefficients.astype(np.float64),
            np.zeros(len(lower), np.int32),
        )

    def go(self, deadline: float) -> highspy.HighsModelStatus:
        """Solve before `time.process_time()` reaches the deadline. Raises Stopped."""
        left = deadline - time.process_time()
        if left <= 0:
            raise Stopped
        if left < inf:
            self.setOptionValue("time_limit", self.getRunTime() + left)
        self.run()
        status = self.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise Stopped
        return status


class Rows(Struct, frozen=True):
    """m relations between k facts: those of row i are `columns[starts[i]:starts[i + 1]]`, ascending."""

    columns: Ints
    coefficients: Ints
    starts: Ints
    bound: Flags  #: (m,) ≤ 0 instead of = 0

    def sums(self, amounts: Ints) -> Ints:
        """(m,) left sides for amounts (k,)."""
        return residuals(amounts, self.columns, self.coefficients, self.starts)

    def combined(self, multipliers: Ints) -> Ints:
        """(k,) coefficients of the sum of all rows, each times its multiplier (m,)."""
        total = np.zeros(int(self.columns.max(initial=-1)) + 1, np.int64)
        np.add.at(total, self.columns, self.coefficients * np.repeat(multipliers, np.diff(self.starts)))
        return total


def facts_of(system: System) -> Ints:
    """(n,) the fact each cell prints, numbered in the order of first cells.

    A relation that says that two cells are equal makes them prints of one fact.
    """
    first = system.starts[:-1][_identities(system)]
    return joined(len(system.places), system.cells[first], system.cells[first + 1])


def joined(count: int, one: Ints, other: Ints) -> Ints:
    """(count,) the class of each thing once every `one[i]` is joined to `other[i]`, in the order of first members."""
    label = np.arange(count)
    while True:
        smaller = np.minimum(label[one], label[other])
        if np.array_equal(smaller, label[one]) and np.array_equal(smaller, label[other]):
            return np.unique(label, return_inverse=True)[1].astype(np.int64)
        # Both ends learn of the smaller label, and so do the members that gave their labels its name.
        np.minimum.at(label, label[one], smaller)
        np.minimum.at(label, label[other], smaller)
        label = label[label]


def _identities(system: System) -> Flags:
    """(m,) relations that only say that two cells are equal."""
    starts = system.starts[:-1]
    pair = (np.diff(system.starts) == 2) & ~system.bound
    first = starts[pair]
    pair[pair] = system.coefficients[first] + system.coefficients[first + 1] == 0
    result: Flags = pair
    return result


def rows_of(system: System, facts: Ints) -> Rows:
    """The relations as rows between facts; what holds by itself is left out."""
    m, k = system.relations, max(int(facts.max(initial=0)) + 1, 1)
    row = np.repeat(np.arange(m), np.diff(system.starts))
    keys, inverse = np.unique(row * k + facts[system.cells], return_inverse=True)
    total = np.zeros(len(keys), np.int64)
    np.add.at(total, inverse, system.coefficients)
    keys, total = keys[total != 0], total[total != 0]
    left, sizes = np.unique(keys // k, return_counts=True)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return Rows(keys % k, total, starts, system.bound[left])


def half_up(fen: Ints, per_place: int | Ints) -> Ints:
    """Amounts in fen as printed: units of the last place, halves away from zero."""
    steps = np.asarray(per_place, np.int64)
    result: Ints = np.sign(fen) * ((2 * np.abs(fen) + steps) // (2 * steps))
    return result


def intervals(places: Ints, filled: Flags, per_place: int | Ints) -> tuple[Ints, Ints]:
    """(n,) smallest and largest amount in fen that prints so; an empty cell is exactly zero."""
    # Beyond what floats hold exactly (tens of trillions of yuan) figures are absurd, and remain so when cut off.
    largest = 2**52 // per_place
    places = np.clip(places, -largest, largest)
    size = np.abs(places)
    near = -((per_place - 2 * size * per_place) // 2)  # ⌈(|p| - ½) · per_place⌉
    far = -((-per_place - 2 * size * per_place) // 2) - 1  # the last fen below (|p| + ½) · per_place
    zero = places == 0
    lower = np.where(zero, -far, np.where(places > 0, near, -far))
    upper = np.where(zero, far, np.where(places > 0, far, -near))
    return np.where(filled, lower, 0), np.where(filled, upper, 0)


class Proof(Struct, frozen=True):
    """Why no amounts exist: Σ coefficient · fact ≤ 0 by the relations, yet the bounds make it positive."""

    facts: tuple[int, ...]
    coefficients: tuple[int, ...]


class Programme:
    """One warm model of k facts in fen, solved again and again under changing bounds.

    Its variables are deviations from `base` (k,), the printed amounts: small numbers that floats hold exactly.
    """

    def __init__(self, rows: Rows, base: Ints, deadline: float) -> None:
        self.rows = rows
        self.base = base
        self.deadline = deadline
        self.lower = base.copy()
        self.upper = base.copy()
        self._solver = Solver()
        for option, value in (("presolve", "off"), ("solver", "simplex"), ("simplex_scale_strategy", 0)):
            self._solver.setOptionValue(option, value)
        self._load(self._solver, self.lower, self.upper)
        self._goal: int | None = None

    def _load(self, solver: Solver, lower: Ints, upper: Ints) -> None:
        right = -self.rows.sums(self.base).astype(np.float64)
        low = np.where(self.rows.bound, -inf, right)
        solver.load(self.rows, *_shifted(lower, upper, self.base), low, right)

    def set_bounds(self, lower: Ints, upper: Ints) -> None:
        """Set the bounds (k,) in fen, ±UNLIMITED for none."""
        changed = np.flatnonzero((lower != self.lower) | (upper != self.upper))
        if not len(changed):
            return
        self.lower, self.upper = lower.copy(), upper.copy()
        self._solver.changeColsBounds(
            len(changed), changed.astype(np.int32), *_shifted(lower[changed], upper[changed], self.base[changed])
        )

    def solve(self) -> Ints | Proof:
        """Amounts (k,) in fen within the bounds, or the proof that there are none. Raises Stopped."""
        if not len(self.base):
            return self.base
        self._set_objective(None)
        for warm in (True, False):
            if not warm:  # the last basis misled it
                self._solver.clearSolver()
            status = self._solver.go(self.deadline)
            if status == highspy.HighsModelStatus.kOptimal:
                return self._amounts()
            proof = self._proof() if status == highspy.HighsModelStatus.kInfeasible else None
            if proof is not None:
                return proof
        raise Stopped

    def _amounts(self) -> Ints | Proof:
        """The solver's point in whole fen, or one beside it, or no reason why there is none. Raises Stopped."""
        found = self._point(self._solver)
        amounts = np.rint(found).astype(np.int64)
        if self.holds(amounts):
            return amounts
        # A corner between whole fen: its neighbourhood alone is moved first, then everything.
        loose = np.abs(found - amounts) > _TOLERANCE
        rows = np.logical_or.reduceat(loose[self.rows.columns], self.rows.starts[:-1])
        loose[self.rows.columns[np.repeat(rows, np.diff(self.rows.starts))]] = True
        near = self._whole(np.where(loose, self.lower, amounts), np.where(loose, self.upper, amounts))
        return self._whole(self.lower, self.upper) if isinstance(near, Proof) else near

    def _point(self, solver: Solver) -> Floats:
        result: Floats = self.base + np.array(solver.getSolution().col_value)
        return result

    def _whole(self, lower: Ints, upper: Ints) -> Ints | Proof:
        """Amounts in whole fen within bounds (k,), or a proof without reasons. Raises Stopped."""
        solver = Solver()
        self._load(solver, lower, upper)
        every = np.arange(len(self.base), dtype=np.int32)
        solver.changeColsIntegrality(len(every), every, np.full(len(every), _INTEGER, np.uint8))
        status = solver.go(self.deadline)
        if status == highspy.HighsModelStatus.kInfeasible:
            return Proof((), ())
        amounts = np.rint(self._point(solver)).astype(np.int64)
        if status != highspy.HighsModelStatus.kOptimal or not self.holds(amounts):
            raise Stopped
        return amounts

    def holds(self, amounts: Ints) -> bool:
        """Amounts (k,) lie within the bounds and satisfy every row, exactly."""
        left = self.rows.sums(amounts)
        within = np.all((amounts >= self.lower) & (amounts <= self.upper))
        return bool(within and np.all(np.where(self.rows.bound, left <= 0, left == 0)))

    def _proof(self) -> Proof | None:
        """The solver's ray in integers, checked by adding the rows up; None where it does not hold."""
        # The package's type stubs forget this method.
        _, known, ray = self._solver.getDualRay()  # type: ignore[attr-defined]
        multipliers = _integers(np.array(ray, np.float64)) if known else None
        if multipliers is None:
            return None
        for sign in (1, -1):
            combined = self.rows.combined(sign * multipliers)
            facts = np.flatnonzero(combined)
            proof = Proof(tuple(facts.tolist()), tuple(combined[facts].tolist()))
            if np.all((sign * multipliers)[self.rows.bound] >= 0) and self._excess(proof) > 0:
                return proof
        return None

    def _excess(self, proof: Proof) -> int:
        """What the bounds leave of the proof's sum at least."""
        total = 0
        for fact, coefficient in zip(proof.facts, proof.coefficients, strict=True):
            limit = int(self.lower[fact] if coefficient > 0 else self.upper[fact])
            if abs(limit) >= UNLIMITED:
                return 0
            total += coefficient * limit
        return total

    def reach(self, fact: int) -> tuple[int | None, int | None]:
        """Smallest and largest amount in fen that a fact may have within the bounds, None for no limit.

        Raises Stopped.
        """
        low, high = self._extreme(fact, 1.0), self._extreme(fact, -1.0)
        base = int(self.base[fact])
        # Amounts are whole fen; what lies within the solver's tolerance of one is that one.
        return (
            None if low is None else base + ceil(low - _TOLERANCE),
            None if high is None else base + floor(high + _TOLERANCE),
        )

    def find_point(self) -> None:
        """Find a point within new bounds, from which extremes are near. Raises Stopped."""
        self._set_objective(None)
        self._solver.go(self.deadline)

    def _extreme(self, fact: int, cost: float) -> float | None:
        """The least deviation of a fact (cost 1) or the largest one (cost -1)."""
        self._set_objective(fact, cost)
        status = self._solver.go(self.deadline)
        if status not in _ANSWERS:  # the warm start misled it
            self._solver.clearSolver()
            status = self._solver.go(self.deadline)
        if status not in _ANSWERS:
            raise Stopped
        if status == highspy.HighsModelStatus.kOptimal:
            return float(self._solver.getInfo().objective_function_value) / cost
        return None

    def _set_objective(self, fact: int | None, cost: float = 0.0) -> None:
        """Set the goal: a fact's amount times the cost, or none."""
        if self._goal is not None:
            self._solver.changeColCost(self._goal, 0.0)
        if fact is not None:
            self._solver.changeColCost(fact, cost)
        # A goal leaves the last point feasible, which suits the primal simplex; new bounds suit the dual one.
        self._solver.setOptionValue("simplex_strategy", _DUAL if fact is None else _PRIMAL)
        self._goal = fact


def _shifted(lower: Ints, upper: Ints, base: Ints) -> tuple[Floats, Floats]:
    """Bounds as deviations from the base."""
    return (
        np.where(lower <= -UNLIMITED, -inf, (lower - base).astype(np.float64)),
        np.where(upper >= UNLIMITED, inf, (upper - base).astype(np.float64)),
    )


def _integers(ray: Floats) -> Ints | None:
    """The smallest integers in the proportions of a ray, None where these are no ratios of small ones."""
    size = float(np.abs(ray).max(initial=0.0))
    if not size:
        return None
    ratios = [
        Fraction(v / size).limit_denominator(1000) if abs(v) > _NOISE * size else Fraction(0) for v in ray.tolist()
    ]
    scale = reduce(lcm, (r.denominator for r in ratios), 1)
    if scale > _LARGEST_SCALE:
        return None
    return np.array([int(r * scale) for r in ratios], np.int64)


def witness(system: System, *, per_place: int = 10_000, seconds: float = 2.0) -> Ints | None:
    """(n,) amounts in fen that satisfy every relation exactly and print as the tables do; None where none exist.

    `per_place` is the fen in one unit of the last place. Raises Stopped where `seconds` do not suffice.
    """
    facts = facts_of(system)
    lower, upper = intervals(system.steps_printed(), system.filled, system.fen_per_step(per_place))
    count = int(facts.max(initial=-1)) + 1
    low, high = np.full(count, -UNLIMITED), np.full(count, UNLIMITED)
    np.maximum.at(low, facts, lower)
    np.minimum.at(high, facts, upper)
    if np.any(low > high):
        return None
    programme = Programme(rows_of(system, facts), (low + high) // 2, time.process_time() + seconds)
    programme.set_bounds(low, high)
    found = programme.solve()
    return None if isinstance(found, Proof) else found[facts]
