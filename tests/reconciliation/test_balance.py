from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.systems import permuted
from udfs.base.amounts import Ints
from udfs.reconciliation.balance import Balanced, Impossible, balance
from udfs.reconciliation.system import System
from udfs.reconciliation.witness import half_up

Terms = list[tuple[int, int]]  # cell and coefficient

YUAN = 100
PLACE = 100 * YUAN


def make(fen: Ints, relations: list[Terms], bounds: list[Terms] | None = None) -> System:
    """The system of cells with exact amounts."""
    every = [*relations, *(bounds or [])]
    return System(
        half_up(fen, PLACE),
        fen != 0,
        np.array([c for r in every for c, _ in r], np.int64),
        np.array([k for r in every for _, k in r], np.int64),
        np.cumsum([0, *map(len, every)]).astype(np.int64),
        np.array([False] * len(relations) + [True] * len(bounds or []), bool),
    )


def total(whole: int, *parts: int) -> Terms:
    return [(whole, 1), *((p, -1) for p in parts)]


def adds_up(system: System, places: Ints) -> bool:
    left = replace(system, places=places).residuals()
    return bool(np.all(np.where(system.bound, left <= 0, left == 0)))


def by_trying(fen: Ints, system: System, per_place: int) -> Ints | None:
    """The best answer by trying every one."""
    base = half_up(fen, per_place)
    choices = []
    for amount, place in zip(fen.tolist(), base.tolist(), strict=True):
        choices.append([d for d in (0, 1, -1) if (amount and (place + d) * amount >= 0) or d == 0])
    steps = np.array(list(product(*choices)), np.int64).reshape(-1, len(fen))
    left = np.zeros((len(steps), system.relations), np.int64)
    for i in range(system.relations):
        terms = slice(system.starts[i], system.starts[i + 1])
        left[:, i] = (base + steps)[:, system.cells[terms]] @ system.coefficients[terms]
    steps = steps[np.all(np.where(system.bound, left <= 0, left == 0), axis=1)]
    if not len(steps):
        return None
    count = (steps != 0).sum(axis=1)
    distance = np.abs((base + steps) * per_place - fen).sum(axis=1)
    preference = np.where(steps == 0, 0, np.where(steps == 1, 1, 2))
    best = np.lexsort([*preference.T[::-1], distance, count])[0]
    answer: Ints = base + steps[best]
    return answer


@st.composite
def cases(draw: st.DrawFn) -> tuple[Ints, System]:
    leaves = draw(st.integers(2, 4))
    row = st.tuples(*[st.sampled_from([-1, 0, 1, 1])] * leaves).filter(any)
    more = np.array(draw(st.lists(row, min_size=1, max_size=8 - leaves)), np.int64)
    size = draw(st.sampled_from([2, 4, 5, 10]))  # few amounts, so that there are many ties
    unit = PLACE // size
    money = np.array(draw(st.lists(st.integers(-1, 3 * size), min_size=leaves, max_size=leaves)), np.int64) * unit
    fen = np.concatenate([money, more @ money])
    relations = [
        [(leaves + i, 1), *((k, -int(c)) for k, c in enumerate(line) if c)] for i, line in enumerate(more.tolist())
    ]
    a, b = draw(st.permutations(range(len(fen))))[:2]
    bounds = [[(a, 1), (b, -1)]] if fen[a] <= fen[b] else []
    if fen[a] == fen[b] and draw(st.booleans()):
        relations.append([(a, 1), (b, -1)])
    return fen, make(fen, relations, bounds)


@settings(max_examples=150, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_answer_is_the_best_of_all(case: tuple[Ints, System], random: object) -> None:
    fen, system = case
    expected = by_trying(fen, system, PLACE)
    found = balance(fen, system, PLACE)
    order = list(range(system.relations))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = balance(fen, permuted(system, order), PLACE)
    if expected is None:
        assert isinstance(found, Impossible)
        assert found.proved
        assert found == again
    else:
        assert isinstance(found, Balanced)
        assert isinstance(again, Balanced)
        assert found.places.tolist() == again.places.tolist() == expected.tolist()
        assert found.changed == again.changed == tuple(np.flatnonzero(expected != half_up(fen, PLACE)).tolist())


def grid(rows: int, columns: int, seed: int) -> tuple[Ints, System]:
    """A table with totals both ways, its column of totals printed once more, and groups of rows."""
    rng = np.random.default_rng(seed)
    inner = np.where(rng.random((rows, columns)) < 0.3, 0, (10 ** rng.uniform(3, 8, (rows, columns))).astype(np.int64))
    groups = np.add.reduceat(inner, np.arange(0, rows, 4), axis=0)
    body = np.vstack([inner, groups, inner.sum(axis=0, keepdims=True)])
    table = np.hstack([body, body.sum(axis=1, keepdims=True)])
    at = np.arange(table.size).reshape(table.shape)
    again = table.size + np.arange(len(table))
    relations = [total(int(at[r, -1]), *at[r, :-1].tolist()) for r in range(len(table))]
    relations += [total(int(again[r]), int(at[r, -1])) for r in range(len(table))]
    for c in range(columns + 1):
        relations += [
            total(int(at[rows + g, c]), *at[4 * g : min(4 * g + 4, rows), c].tolist()) for g in range(len(groups))
        ]
        relations.append(total(int(at[-1, c]), *at[rows:-1, c].tolist()))
    fen = np.concatenate([table.reshape(-1), table[:, -1]])
    return fen, make(fen, relations)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (9, 3), (30, 6), (150, 8)])
def test_tables_add_up_and_nothing_else_moves(rows: int, columns: int) -> None:
    fen, system = grid(rows, columns, rows)
    found = balance(fen, system, PLACE)
    assert isinstance(found, Balanced)
    assert adds_up(system, found.places)
    assert np.abs(found.places - system.places).max() <= 1
    assert not found.places[fen == 0].any()
    assert np.all(found.places * np.sign(fen) >= 0)
    order = np.random.default_rng(1).permutation(system.relations).tolist()
    again = balance(fen, permuted(system, order), PLACE)
    assert isinstance(again, Balanced)
    assert np.array_equal(again.places, found.places)


def test_tables_that_add_up_already_stay() -> None:
    fen = np.array([300, 100, 200]) * PLACE
    found = balance(fen, make(fen, [total(0, 1, 2)]), PLACE)
    assert isinstance(found, Balanced)
    assert found.changed == ()


def test_the_least_distance_decides_and_then_the_order() -> None:
    fen = np.array([9600, 3100, 3200, 3300])  # prints 1 = 0 + 0 + 0
    found = balance(fen, make(fen, [total(0, 1, 2, 3)]), PLACE)
    assert isinstance(found, Balanced)
    assert found.changed == (3,)
    fen = np.array([9900, 3300, 3300, 3300])
    found = balance(fen, make(fen, [total(0, 1, 2, 3)]), PLACE)
    assert isinstance(found, Balanced)
    assert found.changed == (3,)


def test_forty_parts_of_49_yuan_share_twenty_units() -> None:
    fen = np.array([40 * 49 * YUAN, *[49 * YUAN] * 40])
    found = balance(fen, make(fen, [total(0, *range(1, 41))]), PLACE)
    assert isinstance(found, Balanced)
    assert found.places[0] == found.places[1:].sum() == 20
    assert found.changed == tuple(range(21, 41))


def test_forty_parts_of_49_yuan_that_must_be_equal_are_impossible() -> None:
    """All print 0.00, all together 0.20; alike they make 0.00 or 0.40."""
    parts = range(1, 41)
    fen = np.array([40 * 49 * YUAN, *[49 * YUAN] * 40, 0, 700 * YUAN, 700 * YUAN])
    alike = [[(p, 1), (p + 1, -1), (41, 1)] for p in range(1, 40)]
    found = balance(fen, make(fen, [total(0, *parts), *alike, total(42, 43)]), PLACE)
    assert found == Impossible(tuple(range(41)), proved=True)


def test_the_end_of_time_is_told() -> None:
    fen = np.array([9600, 3100, 3200, 3300])
    found = balance(fen, make(fen, [total(0, 1, 2, 3)]), PLACE, seconds=0)
    assert found == Impossible((0, 1, 2, 3), proved=False)


def test_prints_that_should_be_equal_but_are_not_are_a_relation_like_others() -> None:
    fen = np.array([500 * PLACE, 501 * PLACE])
    found = balance(fen, make(fen, [total(0, 1)]), PLACE)
    assert isinstance(found, Balanced)
    assert found.places.tolist() == [500, 500]
    fen = np.array([500 * PLACE, 503 * PLACE])
    assert balance(fen, make(fen, [total(0, 1)]), PLACE) == Impossible((0, 1), proved=True)
