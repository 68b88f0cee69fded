"""The wrong cell: the fewest printed figures to change so that exact amounts exist behind all the others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import combinations

import numpy as np
from msgspec import Struct

from udfs.base import Ints
from udfs.reconciliation.system import System
from udfs.reconciliation.witness import (
    UNLIMITED,
    Programme,
    Proof,
    Rows,
    Stopped,
    facts_of,
    half_up,
    intervals,
    rows_of,
)


class Range(Struct, frozen=True):
    """What a suspect cell could print, in units of the last place, while every other suspect of its optimum is open.

    None where nothing limits it. `empty`: the cell could also be empty.
    """

    low: int | None
    high: int | None
    empty: bool


class Located(Struct, frozen=True):
    """The smallest repairs of a system. No optima, complete and of cost 0: nothing is wrong."""

    optima: tuple[tuple[int, ...], ...]  #: each the cells to change, ascending
    complete: bool  #: False where `limit` or `seconds` ended the search: other optima may exist
    cost: int  #: number of cells in each optimum; where time ended before the first, how many there are at least
    ranges: tuple[tuple[Range | None, ...], ...]  #: for each cell of each optimum; None where time did not suffice
    alike: tuple[tuple[int, ...], ...]  #: cells that nothing here tells apart: one of these is wrong; if complete


def locate(
    system: System,
    *,
    confirmed: frozenset[int] = frozenset(),
    negative: bool = False,
    limit: int = 20,
    seconds: float = 2.0,
    per_place: int = 10_000,
) -> Located:
    """All smallest sets of cells whose prints must give way so that exact amounts satisfy every relation.

    Prints of one fact that agree stand or fall together. As few `confirmed` cells as possible are suspected, and only
    then as few others. An amount set free is at least zero unless `negative`, or unless its fact prints less somewhere.
    `limit` is the largest number of optima listed, `per_place` the fen in one unit of the last place. The answer does
    not depend on the order of relations as long as it is complete.
    """
    deadline = time.process_time() + seconds
    facts = facts_of(system)
    prints = _Prints(system, facts, confirmed, negative=negative, per_place=per_place)
    search = _Search(prints, rows_of(system, facts), limit, deadline)
    try:
        complete = search.run()
    except Stopped:
        complete = False
    found = sorted(search.found, key=prints.cells_in)
    ranges: list[tuple[Range | None, ...]] = []
    for groups in found:
        of = search.ranges(groups) if groups else {}
        ranges.append(tuple(of.get(cell) for cell in prints.cells_in(groups)))
    optima = tuple(prints.cells_in(groups) for groups in found)
    if optima == ((),):
        return Located((), True, 0, (), ())
    cost = len(optima[0]) if optima else prints.cells_at_least(search.budget)
    alike = _interchangeable(found) if complete else []
    return Located(optima, complete, cost, tuple(ranges), tuple(sorted(prints.cells_in(t) for t in alike)))


class _Prints:
    """What the cells say of k facts: one group for all cells that say the same of the same fact."""

    def __init__(
        self, system: System, facts: Ints, confirmed: frozenset[int], *, negative: bool, per_place: int
    ) -> None:
        steps = system.fen_per_step(per_place)
        lower, upper = intervals(system.steps_printed(), system.filled, steps)
        # Equal keys: the same fact, filled alike, printing the same; the key of an empty cell has no print.
        shown = np.where(system.filled, system.places, 0)
        said = np.stack([facts, system.filled, shown, np.where(system.filled, steps, 0)])
        order = np.lexsort(said[::-1])
        new = np.append(True, np.any(said[:, order[1:]] != said[:, order[:-1]], axis=0))[: len(order)]
        first = order[new]
        #: (groups,) the fact that each group speaks of, ascending
        self.facts = facts[first]
        self._order, self._ends = order, np.append(np.flatnonzero(new), len(order))
        #: the groups of each fact are those from `starts[fact]` to `starts[fact + 1]`
        self.starts = np.searchsorted(self.facts, np.arange(int(facts.max(initial=-1)) + 2))
        self.lower, self.upper = lower[first], upper[first]
        #: (n,) fen in the last place of each cell, and in one unit of its printed amount
        self.steps, self.scale = steps, system.fen_per_step(per_place) if system.scale is None else system.scale
        #: A confirmed cell weighs more than all that are not confirmed.
        self.dear = len(facts) + 1
        price = np.ones(len(facts), np.int64)
        price[list(confirmed)] = self.dear
        self.weights: list[int] = np.bincount((np.cumsum(new) - 1), price[order]).astype(np.int64).tolist()
        #: (k,) the least that any fact can be, whichever of its prints are true; so setting free only ever widens.
        self.floor = np.full(len(self.starts) - 1, -UNLIMITED if negative else 0, np.int64)
        np.minimum.at(self.floor, self.facts, self.lower)
        #: (k,) an amount in fen that the first print allows
        self.base = ((self.lower + self.upper) // 2)[self.starts[:-1]]

    def members(self, group: int) -> list[int]:
        """The cells of a group, ascending."""
        result: list[int] = self._order[self._ends[group] : self._ends[group + 1]].tolist()
        return result

    def of_fact(self, fact: int) -> range:
        """The groups of a fact."""
        return range(int(self.starts[fact]), int(self.starts[fact + 1]))

    def bounds(self, freed: frozenset[int]) -> tuple[Ints, Ints]:
        """(k,) bounds in fen while some groups are free."""
        kept = np.ones(len(self.facts), np.bool_)
        kept[list(freed)] = False
        lower, upper = self.floor.copy(), np.full(len(self.floor), UNLIMITED)
        np.maximum.at(lower, self.facts[kept], self.lower[kept])
        np.minimum.at(upper, self.facts[kept], self.upper[kept])
        return lower, upper

    def cells_in(self, groups: frozenset[int]) -> tuple[int, ...]:
        """The cells of some groups, ascending."""
        return tuple(sorted(cell for group in groups for cell in self.members(group)))

    def cells_at_least(self, weight: int) -> int:
        """Number of cells behind a weight."""
        return weight // self.dear + weight % self.dear

    def conflict(self, proof: Proof, freed: frozenset[int]) -> int:
        """The groups that a proof rests on, as a set of bits: one of them must give way.

        A lower bound whose loss the proof survives, because an amount is not negative anyhow, is left out: the smallest
        ones first, so that as few as possible remain.
        """
        surplus = 0
        optional: list[tuple[int, int]] = []
        result = 0
        for fact, coefficient in zip(proof.facts, proof.coefficients, strict=True):
            groups = [g for g in self.of_fact(fact) if g not in freed]
            floor = int(self.floor[fact])
            if coefficient < 0:
                owner = min(groups, key=lambda g: (self.upper[g], g))
                surplus += coefficient * int(self.upper[owner])
                result |= 1 << owner
            elif not groups:
                surplus += coefficient * floor
            else:
                owner = max(groups, key=lambda g: (self.lower[g], -g))
                surplus += coefficient * int(self.lower[owner])
                optional.append((coefficient * (int(self.lower[owner]) - floor), owner))
        for loss, owner in sorted(optional):
            if loss < min(surplus, UNLIMITED):
                surplus -= loss
            else:
                result |= 1 << owner
        return result

    def evident(self, rows: Rows) -> Iterator[int]:
        """Conflicts that show without a solver: prints of one fact that disagree, and relations that fail alone."""
        for fact in np.flatnonzero(np.diff(self.starts) > 1).tolist():
            for a, b in combinations(self.of_fact(fact), 2):
                if max(self.lower[a], self.lower[b]) > min(self.upper[a], self.upper[b]):
                    yield 1 << a | 1 << b
        lower, upper = self.bounds(frozenset())
        torn = lower > upper
        lower[torn], upper[torn] = self.floor[torn], UNLIMITED
        disagreeing = frozenset(g for fact in np.flatnonzero(torn).tolist() for g in self.of_fact(fact))
        for sign in (1, -1):
            for i in _positive(rows, sign, lower, upper).tolist():
                if sign == 1 or not rows.bound[i]:
                    terms = slice(rows.starts[i], rows.starts[i + 1])
                    coefficients = (sign * rows.coefficients[terms]).tolist()
                    yield self.conflict(Proof(tuple(rows.columns[terms].tolist()), tuple(coefficients)), disagreeing)


def _positive(rows: Rows, sign: int, lower: Ints, upper: Ints) -> Ints:
    """Rows whose sum, times the sign, the bounds (k,) alone keep above zero."""
    if len(rows.starts) < 2:
        return np.zeros(0, np.int64)
    coefficients = sign * rows.coefficients
    limit = np.where(coefficients > 0, lower[rows.columns], upper[rows.columns])
    open_ = np.logical_or.reduceat(np.abs(limit) >= UNLIMITED, rows.starts[:-1])
    least = np.add.reduceat(np.where(np.abs(limit) >= UNLIMITED, 0, limit) * coefficients, rows.starts[:-1])
    return np.flatnonzero(~open_ & (least > 0))


class _Search:
    """All cheapest sets of groups that leave a system of rows solvable.

    Such a set must hit every conflict. So sets that hit all conflicts known are tried within a growing budget; what
    fails yields a new conflict, what succeeds within the smallest budget is an optimum.
    """

    def __init__(self, prints: _Prints, rows: Rows, limit: int, deadline: float) -> None:
        self.prints = prints
        self.limit = limit
        self.deadline = deadline
        self.budget = 0
        self.found: list[frozenset[int]] = []
        self.conflicts: list[int] = list(dict.fromkeys(prints.evident(rows)))
        self.programme = Programme(rows, prints.base, deadline)
        self._next: int | None = 0

    def run(self) -> bool:
        """Fill `found`; True where that is all. Raises Stopped."""
        while not self.found and self._next is not None:
            self.budget, self._next = self._next, None
            if not self._branch(frozenset(), 0, 0, 0):
                return False
        return True

    def _branch(self, freed: frozenset[int], bits: int, banned: int, cost: int) -> bool:
        """Visit every set within the budget that holds `freed` and nothing `banned`; False where `limit` ends it."""
        while True:
            if time.process_time() > self.deadline:
                raise Stopped
            unhit = [c & ~banned for c in self.conflicts if not c & bits]
            if 0 in unhit:
                return True
            least = cost + self._needed(unhit)
            if least > self.budget:
                self._next = least if self._next is None else min(least, self._next)
                return True
            if unhit:
                break
            conflict = self._test(freed)
            if conflict is None:
                if len(self.found) == self.limit:
                    return False
                self.found.append(freed)
                return True
            self.conflicts.append(conflict)
        for group in _members(min(unhit, key=lambda c: (c.bit_count(), c))):
            if not self._branch(freed | {group}, bits | 1 << group, banned, cost + self.prints.weights[group]):
                return False
            banned |= 1 << group
        return True

    def _needed(self, unhit: list[int]) -> int:
        """The least weight that hits the conflicts: that of some which share no group."""
        total = taken = 0
        for conflict in sorted(unhit, key=int.bit_count):
            if not conflict & taken:
                taken |= conflict
                total += min(self.prints.weights[g] for g in _members(conflict))
        return total

    def _test(self, freed: frozenset[int]) -> int | None:
        """None where amounts exist once these groups are free, else a conflict among the others."""
        self.programme.set_bounds(*self.prints.bounds(freed))
        found = self.programme.solve()
        if not isinstance(found, Proof):
            return None
        return self.prints.conflict(found, freed) if found.facts else self._narrowed(freed)

    def _narrowed(self, freed: frozenset[int]) -> int:
        """A conflict where only whole fen are missing: groups are set free, many and then fewer, while none exist."""
        kept = [g for g in range(len(self.prints.facts)) if g not in freed]
        size = len(kept)
        while size := size // 2:
            at = 0
            while at < len(kept):
                rest = kept[:at] + kept[at + size :]
                self.programme.set_bounds(*self.prints.bounds(frozenset(range(len(self.prints.facts))) - set(rest)))
                if isinstance(self.programme.solve(), Proof):
                    kept = rest
                else:
                    at += size
        return sum(1 << g for g in kept)

    def ranges(self, freed: frozenset[int]) -> dict[int, Range]:
        """What each cell of an optimum could print, as far as time allows."""
        result: dict[int, Range] = {}
        self.programme.set_bounds(*self.prints.bounds(freed))
        try:
            self.programme.find_point()
            for group in sorted(freed):
                low, high = self.programme.reach(int(self.prints.facts[group]))
                empty = (low is None or low <= 0) and (high is None or high >= 0)
                members = self.prints.members(group)
                span = Range(self._printed(low, members[0]), self._printed(high, members[0]), empty)
                result.update(dict.fromkeys(members, span))
        except Stopped:
            pass
        return result

    def _printed(self, fen: int | None, cell: int) -> int | None:
        """What a cell prints of an amount, in the units of its printed amounts."""
        if fen is None:
            return None
        step = int(self.prints.steps[cell])
        return int(half_up(np.array([fen]), step)[0]) * (step // int(self.prints.scale[cell]))


def _members(conflict: int) -> list[int]:
    """The groups in a set of bits, ascending."""
    result: list[int] = []
    while conflict:
        lowest = conflict & -conflict
        result.append(lowest.bit_length() - 1)
        conflict ^= lowest
    return result


def _interchangeable(found: list[frozenset[int]]) -> list[frozenset[int]]:
    """Groups that can stand for one another in every optimum."""
    known = set(found)
    classes: list[list[int]] = []
    for group in sorted(frozenset().union(*found)):
        for others in classes:
            if _alike(known, others[0], group):
                others.append(group)
                break
        else:
            classes.append([group])
    return [frozenset(c) for c in classes if len(c) > 1]


def _alike(found: set[frozenset[int]], a: int, b: int) -> bool:
    """Exchanging two groups changes some optima, and makes optima of them."""
    apart = [o for o in found if (a in o) != (b in o)]
    return bool(apart) and all(o ^ {a, b} in found for o in apart)
