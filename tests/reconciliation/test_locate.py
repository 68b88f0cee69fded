from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from udfs.base.amounts import Flags, Ints
from udfs.reconciliation import slips
from udfs.reconciliation.locate import Located, locate
from udfs.reconciliation.system import System
from udfs.reconciliation.witness import facts_of, half_up, intervals, witness

Terms = list[tuple[int, int]]  # cell and coefficient

FEN = 10_000


def make(places: list[int | None], relations: list[Terms], bounds: list[Terms] | None = None) -> System:
    """A system from printed figures, None for an empty cell."""
    every = [*relations, *(bounds or [])]
    return System(
        np.array([p or 0 for p in places], np.int64),
        np.array([p is not None for p in places], bool),
        np.array([c for r in every for c, _ in r], np.int64),
        np.array([k for r in every for _, k in r], np.int64),
        np.cumsum([0, *map(len, every)]).astype(np.int64),
        np.array([False] * len(relations) + [True] * len(bounds or []), bool),
    )


def total(whole: int, *parts: int) -> Terms:
    return [(whole, 1), *((p, -1) for p in parts)]


def permuted(system: System, order: list[int], turn: bool) -> System:
    """The same relations in another order, their terms from behind where `turn`."""
    parts = [np.arange(system.starts[i], system.starts[i + 1])[:: -1 if turn else 1] for i in order]
    where = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    return replace(
        system,
        cells=system.cells[where],
        coefficients=system.coefficients[where],
        starts=np.cumsum([0, *map(len, parts)]).astype(np.int64),
        bound=system.bound[order],
    )


# --- small systems, answered by trying every amount -------------------------------------------------------------------


class Small(Struct, frozen=True):
    """Cells that are sums of a few free amounts: cell i is `shape[i] @ leaves`."""

    system: System
    shape: Ints
    per_place: int
    negative: bool


def worlds(small: Small) -> tuple[Ints, Flags]:
    """Every possible world's amount of each cell, and which cells print otherwise than shown."""
    system, pp = small.system, small.per_place
    facts = facts_of(system)
    lower, upper = intervals(system.places, system.filled, pp)
    most = (3 * int(np.abs(system.places).max()) + 1) * pp
    axis = np.arange(-most if small.negative else -2 * pp, most + 1)
    leaves = np.stack(np.meshgrid(*[axis] * small.shape.shape[1], indexing="ij"), -1).reshape(-1, small.shape.shape[1])
    amounts = leaves @ small.shape.T
    if not small.negative:
        floor = np.zeros(int(facts.max()) + 1, np.int64)
        np.minimum.at(floor, facts, lower)
        amounts = amounts[np.all(amounts >= floor[facts], axis=1)]
    for i in np.flatnonzero(system.bound):
        terms = slice(system.starts[i], system.starts[i + 1])
        amounts = amounts[amounts[:, system.cells[terms]] @ system.coefficients[terms] <= 0]
    return amounts, (amounts < lower) | (amounts > upper)


def smallest_repairs(wrong: Flags) -> set[tuple[int, ...]]:
    counts = wrong.sum(axis=1)
    best = np.unique(wrong[counts == counts.min()], axis=0)
    return {tuple(np.flatnonzero(w).tolist()) for w in best}


def derived(shape: list[tuple[int, ...]], leaves: int) -> list[Terms]:
    """The relations of cells that follow the leaves: cell = Σ coefficient · leaf."""
    return [
        [(leaves + i, 1), *((leaf, -k) for leaf, k in enumerate(row) if k)] for i, row in enumerate(shape) if any(row)
    ]


@st.composite
def small_systems(draw: st.DrawFn, *, additive: bool = False) -> Small:
    leaves = draw(st.integers(2, 3))
    signs = [0, 1] if additive else [-1, 0, 1]
    row = st.tuples(*[st.sampled_from(signs)] * leaves).filter(any)
    more = draw(st.lists(row, min_size=1, max_size=4))
    negative = False if additive else draw(st.booleans())
    largest = 2 if negative and leaves == 3 else 3
    figure = st.one_of(st.none(), st.integers(0 if additive else -1, largest), st.integers(0, largest))
    places = draw(st.lists(figure, min_size=leaves + len(more), max_size=leaves + len(more)))
    bounds: list[Terms] = []
    if draw(st.booleans()):
        a, b = draw(st.permutations(range(len(places))))[:2]
        bounds = [[(a, 1), (b, -1)]]
    shape = np.vstack([np.eye(leaves, dtype=np.int64), np.array(more, np.int64)])
    per_place = draw(st.sampled_from([3, 4] if additive else [1, 3, 4]))
    return Small(make(places, derived(more, leaves), bounds), shape, per_place, negative)


@settings(max_examples=150, deadline=None)
@given(small_systems())
def test_answers_are_those_of_trying_every_amount(small: Small) -> None:
    _, wrong = worlds(small)
    expected = smallest_repairs(wrong)
    found = locate(small.system, negative=small.negative, per_place=small.per_place, limit=1000, seconds=60)
    assert found.complete
    if expected == {()}:
        assert found == Located((), True, 0, (), ())
    else:
        assert set(found.optima) == expected
        assert len(found.optima) == len(expected)
        assert found.cost == len(found.optima[0])


@settings(max_examples=150, deadline=None)
@given(small_systems(additive=True))
def test_ranges_are_those_of_trying_every_amount(small: Small) -> None:
    amounts, wrong = worlds(small)
    found = locate(small.system, per_place=small.per_place, limit=1000, seconds=60)
    largest = half_up(amounts.max(axis=0), small.per_place)
    for optimum, ranges in zip(found.optima, found.ranges, strict=True):
        others = np.setdiff1d(np.arange(wrong.shape[1]), optimum)
        possible = amounts[~wrong[:, others].any(axis=1)]
        for cell, span in zip(optimum, ranges, strict=True):
            assert span is not None
            printed = half_up(possible[:, cell], small.per_place)
            assert span.low == printed.min()
            # What nothing limits is limited by the amounts tried.
            assert span.high == printed.max() if span.high is not None else printed.max() >= largest[cell] // 3
            assert span.empty == bool((possible[:, cell] == 0).any())


@settings(max_examples=100, deadline=None)
@given(small_systems())
def test_a_witness_exists_where_nothing_is_wrong_and_prints_as_shown(small: Small) -> None:
    _, wrong = worlds(small)
    system = small.system
    amounts = witness(system, per_place=small.per_place, seconds=60)
    assert (amounts is not None) == (smallest_repairs(wrong) == {()})
    if amounts is not None:
        assert_witness(system, amounts, small.per_place)


def assert_witness(system: System, amounts: Ints, per_place: int) -> None:
    assert np.array_equal(half_up(amounts, per_place), system.places)
    assert not amounts[~system.filled].any()
    left = replace(system, places=amounts).residuals()
    assert np.all(np.where(system.bound, left <= 0, left == 0))


# --- tables like those of a budget ------------------------------------------------------------------------------------


def budget(seed: int, items: int = 6, columns: int = 3) -> tuple[System, Ints]:
    """Codes in three levels × sources with totals, printed in two tables, and the larger of them bounding a third."""
    rng = np.random.default_rng(seed)
    money = np.where(
        rng.random((items, columns)) < 0.35, 0, (10 ** rng.uniform(3.5, 8, (items, columns))).astype(np.int64)
    )
    groups, classes = np.arange(items) // 2, np.arange(items) // 4
    levels = [np.eye(items, dtype=np.int64)]
    levels += [(np.arange(c.max() + 1)[:, None] == c).astype(np.int64) for c in (groups, classes)]
    levels.append(np.ones((1, items), np.int64))
    lines = np.vstack(levels)
    amounts = lines @ money
    table = np.hstack([amounts, amounts.sum(axis=1, keepdims=True)])
    third = table[:, -1] - np.where(table[:, -1] > 0, amounts[:, 0], 0)
    height, width = table.shape
    at = np.arange(height * width).reshape(height, width)
    again, less = height * width + np.arange(height), height * width + height + np.arange(height)
    relations = [total(at[r, -1], *at[r, :-1]) for r in range(height)]
    relations += [total(again[r], at[r, -1]) for r in range(height)]
    tops = np.cumsum([0, *(len(level) for level in levels)])
    for low, high in zip(range(3), range(1, 4), strict=True):
        for line in range(len(levels[high])):
            inside = [k for k in range(len(levels[low])) if np.all(levels[low][k] <= levels[high][line])]
            for col in [*at.T, less]:
                relations.append(total(col[tops[high] + line], *(col[tops[low] + k] for k in inside)))
    bounds = [[(int(less[r]), 1), (int(again[r]), -1)] for r in range(height)]
    fen = np.concatenate([table.reshape(-1), table[:, -1], third])
    shown = [int(p) if f else None for p, f in zip(half_up(fen, FEN), fen, strict=True)]
    return make(shown, [[(int(c), k) for c, k in r] for r in relations], bounds), fen


def test_the_budget_of_these_tests_is_exact() -> None:
    system, fen = budget(1)
    left = replace(system, places=fen).residuals()
    assert np.all(np.where(system.bound, left <= 0, left == 0))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 5))
def test_correct_tables_are_never_blamed(seed: int, items: int, columns: int) -> None:
    system, _ = budget(seed, items, columns)
    assert locate(system) == Located((), True, 0, (), ())
    amounts = witness(system)
    assert amounts is not None
    assert_witness(system, amounts, FEN)


def changed(system: System, **figures: int | None) -> System:
    places, filled = system.places.copy(), system.filled.copy()
    for name, figure in figures.items():
        cell = int(name.removeprefix("c"))
        places[cell], filled[cell] = figure or 0, figure is not None
    return replace(system, places=places, filled=filled)


SLIPS: dict[str, Callable[[int], int | None]] = {
    "last digit": lambda p: p + 7,
    "a digit": lambda p: p + 3000,
    "sign": lambda p: -p,
    "large": lambda p: p * 10_000,
    "blank": lambda _: None,
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_wrong_cell_is_among_the_suspects_with_its_true_figure(name: str) -> None:
    system, _ = budget(3)
    for cell in np.flatnonzero(system.filled & (system.places > 0)).tolist():
        true = int(system.places[cell])
        found = locate(changed(system, **{f"c{cell}": SLIPS[name](true)}))
        assert found.complete
        if not found.optima:  # within what rounding allows
            assert name == "last digit"
            continue
        assert (cell,) in found.optima
        span = found.ranges[found.optima.index((cell,))][0]
        assert span is not None
        assert span.low is not None
        assert span.low <= true
        assert span.high is None or true <= span.high


def test_two_errors_are_found_together() -> None:
    system, _ = budget(5)
    a, b = np.flatnonzero(system.places > 100)[[2, 9]].tolist()
    found = locate(changed(system, **{f"c{a}": int(system.places[a]) + 5000, f"c{b}": int(system.places[b]) * 10}))
    assert (a, b) in found.optima
    assert found.cost == 2


def test_very_large_figures_stay_exact() -> None:
    system = make([10**9 * 10_000, 4 * 10**8, 6 * 10**8, 10**9], [total(0, 1, 2), total(3, 1, 2)])
    found = locate(system)
    assert found.optima == ((0,),)
    assert found.ranges[0][0] is not None
    assert abs((found.ranges[0][0].low or 0) - 10**9) <= 1
    assert locate(changed(system, c0=10**17)).optima == ((0,),)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_relations_does_not_matter(seed: int, random: object, turn: bool) -> None:
    system, _ = budget(seed)
    rng = np.random.default_rng(seed)
    cells = rng.choice(np.flatnonzero(system.filled), 2, replace=False).tolist()
    system = changed(system, **{f"c{c}": int(system.places[c]) + int(rng.integers(50, 5000)) for c in cells})
    order = list(range(system.relations))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert locate(system, limit=1000) == locate(permuted(system, order, turn), limit=1000)


# --- what is said of them ---------------------------------------------------------------------------------------------


def test_a_total_and_its_only_part_cannot_be_told_apart() -> None:
    found = locate(make([500, 700], [total(0, 1)]))
    assert found.optima == ((0,), (1,))
    assert found.alike == ((0, 1),)
    assert [(r[0].low, r[0].high, r[0].empty) for r in found.ranges if r[0]] == [(700, 700, False), (500, 500, False)]


def test_prints_of_one_fact_that_agree_outvote_the_one_that_does_not() -> None:
    found = locate(make([500, 700, 500], [total(0, 1), total(1, 2)]))
    assert found.optima == ((1,),)
    assert found.alike == ()


def test_an_empty_cell_and_a_printed_zero_are_not_at_odds() -> None:
    assert locate(make([None, 0], [total(0, 1)])).cost == 0
    assert locate(make([None, 1], [total(0, 1)])).cost == 1


def test_confirmed_cells_are_suspected_last() -> None:
    system = make([500, 700, 100, 400], [total(0, 1), total(0, 2, 3)])
    assert locate(system).optima == ((1,),)
    assert locate(system, confirmed=frozenset({1})).optima == ((0, 2), (0, 3))
    assert locate(make([5, 7], [total(0, 1)]), confirmed=frozenset({0, 1})).optima == ((0,), (1,))


def test_negative_amounts_only_where_allowed() -> None:
    system = make([500, 700, 0], [total(0, 1, 2)])
    assert locate(system).optima == ((0,), (1,))
    assert locate(system, negative=True).optima == ((0,), (1,), (2,))


def test_a_bound_names_both_sides() -> None:
    assert locate(make([700, 500], [], [[(0, 1), (1, -1)]])).optima == ((0,), (1,))
    assert locate(make([500, 700], [], [[(0, 1), (1, -1)]])).optima == ()


def test_the_limit_is_told() -> None:
    system = make([1000, 1, 2, 3, 4], [total(0, 1, 2, 3, 4)])
    assert len(locate(system).optima) == 5
    assert locate(system, limit=5).complete
    found = locate(system, limit=4)
    assert len(found.optima) == 4
    assert not found.complete
    assert found.alike == ()


def test_the_end_of_time_is_told() -> None:
    system, _ = budget(3)
    found = locate(changed(system, c3=12345678), seconds=0)
    assert found.optima == ()
    assert not found.complete


def test_nothing_to_check_is_nothing_wrong() -> None:
    assert locate(make([], [])) == Located((), True, 0, (), ())
    assert locate(make([1, None], [])).cost == 0
    assert locate(make([1, None], [[(0, 1), (0, -1)]])).cost == 0


def test_whole_fen_are_needed() -> None:
    """a + b = 3 and a - b = 0 is possible in halves of a fen only."""
    twice = [total(2, 4), total(2, 5), total(3, 6), total(3, 7)]
    figures: list[int | None] = [100, 50, 3, 0, 3, 3, 0, 0]
    found = locate(make(figures, [total(2, 0, 1), [(3, 1), (0, -1), (1, 1)], *twice]), per_place=1)
    assert found.optima == ((0, 2, 4, 5), (1, 2, 4, 5))


@pytest.mark.parametrize("per_place", [1, 2, 3, 4, 100, 10_000])
def test_intervals_are_those_that_round_to_the_print(per_place: int) -> None:
    for place in (-3, -1, 0, 1, 2):
        fen = np.arange(-5 * per_place, 5 * per_place)
        right = fen[half_up(fen, per_place) == place]
        lower, upper = intervals(np.array([place]), np.array([True]), per_place)
        assert (lower[0], upper[0]) == (right.min(), right.max())


@pytest.mark.parametrize(
    ("shown", "low", "high", "key"),
    [
        (None, 5, 5, "missing"),
        (0, 12345, 12346, "missing"),
        (123450000, 12345, 12345, "unit-large"),
        (123456789, 12346, 12346, "unit-large"),
        (1, 12345, 12345, "unit-small"),
        (-12345, 12345, 12345, "sign"),
        (13245, 12345, 12345, "swapped"),
        (21, 201, 201, "swapped"),
        (777, 12345, 12345, "neighbour"),
        (1234500, 12345, 12346, "point"),
        (1235, 12346, 12350, "point"),
        (12346, 12345, 12345, "last-place"),
        (12845, 12345, 12345, "digit"),
        (92345, 12345, 12345, "digit"),
        (1245, 12345, 12345, "length"),
        (123345, 12345, 12345, "length"),
        (88888, 12345, 12345, "unknown"),
        (88888, 0, None, "unknown"),
        (88888, 0, 99999, "unknown"),
    ],
)
def test_the_likely_slip_is_named(shown: int | None, low: int, high: int | None, key: str) -> None:
    assert slips.slip(shown, low, high, neighbours=[777]).key == key


def test_a_figure_where_none_belongs() -> None:
    assert slips.slip(500, 0, 0, empty=True).key == "superfluous"
    assert slips.slip(0, 0, 0, empty=True).key == "superfluous"


def test_every_slip_has_a_name_and_its_own_rank() -> None:
    every = [v for v in vars(slips).values() if isinstance(v, slips.Slip)]
    assert sorted(s.rank for s in every) == list(range(len(every)))
    assert len({s.key for s in every}) == len({s.phrase for s in every}) == len(every)
    for shown, low, width in product((None, -1, 0, 1, 105), (-200, 0, 7), (0, 1, 500)):
        assert slips.slip(shown, low, low + width) in every
