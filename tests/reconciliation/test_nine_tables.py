"""The relations of the nine-table form: each holds and each can fail; right tables of random ledgers never fail."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.foreign import NINE, grids_of, imported
from udfs.ledgers.facts import build_facts
from udfs.ledgers.ledger import empty_ledger
from udfs.ledgers.reader import read_ledger
from udfs.ledgers.unit import UnitInfo
from udfs.reconciliation.relations import FAILED, PASSED, UNDECIDED, evaluate
from udfs.tables import Reading
from udfs.tables.derive import derive
from udfs.tables.printed import Printed, printed_tables
from udfs.validate import inspect
from workbook_templates.reading.edition import load_edition

EDITION = load_edition(NINE)
HEADINGS = ["资金来源", "功能科目编码", "支出类别", "经费类别", "项目名称", "部门经济科目编码", "金额（元）"]
SOURCES = EDITION.spending.column("source").values
FUNCTIONS = ("2010301", "2010302", "2010399", "2080505", "2101101", "2120803", "2210201")
STAFF, RUNNING = ("30101", "30108", "30302"), ("30201", "30212", "30217", "30231", "31013")

Row = tuple[str, str, str, str, str, str, str]


def tables_of(rows: list[Row], kind: str = "行政") -> Printed:
    """The nine tables that a ledger gives, as they would be printed."""
    reading = read_ledger([HEADINGS, *[list(row) for row in rows]], EDITION.spending, "明细")
    assert reading.problems == []
    assert reading.ledger is not None
    info = UnitInfo({"unit_name": "某局", "unit_kind": kind, "year": "2025"})
    facts = build_facts(reading.ledger, empty_ledger(EDITION.income), info, EDITION.codes)
    return printed_tables(derive(EDITION.forms, facts, frozenset()), {})[0]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    source = draw(st.sampled_from(SOURCES))
    fen = draw(st.integers(1, 10**11))
    amount = f"{fen // 100}.{fen % 100:02d}"
    function = draw(st.sampled_from(FUNCTIONS))
    if draw(st.booleans()):
        return source, function, "项目支出", "", "某项目", draw(st.sampled_from(RUNNING)), amount
    staff = draw(st.booleans())
    item = draw(st.sampled_from(STAFF if staff else RUNNING))
    return source, function, "基本支出", "人员经费" if staff else "公用经费", "", item, amount


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows(), min_size=1, max_size=25), st.sampled_from(["行政", "事业"]))
def test_right_tables_never_fail(ledger: list[Row], kind: str) -> None:
    evaluation = evaluate(tables_of(ledger, kind), EDITION.relations, EDITION.codes)
    assert [o.relation.key for o in evaluation.outcomes if o.status == FAILED] == []


@cache
def units() -> tuple[Printed, ...]:
    """A unit with every source, one of general public money alone, and the two published ones."""
    every: list[Row] = []
    for number, source in enumerate(SOURCES, 1):
        for place, function in enumerate(FUNCTIONS, 1):
            amount = f"{1000 * number + 17 * place}.{number}{place}"
            every += [
                (source, function, "基本支出", "人员经费", "", STAFF[place % 3], amount),
                (source, function, "基本支出", "公用经费", "", RUNNING[place % 5], amount),
                (source, function, "项目支出", "", "某项目", RUNNING[(place + 1) % 5], amount),
            ]
    general = [row for row in every if row[0] == "一般公共预算"]
    books = [imported(grids_of(name)) for name in ("unit", "department")]
    published = [inspect(Reading(EDITION, book.grids, book.names)).printed for book in books]
    return tables_of(every), tables_of(general), *published


@pytest.mark.parametrize("number", [d.number for d in EDITION.relations])
def test_every_relation_holds_somewhere_and_fails_on_a_wrong_figure(number: str) -> None:
    (declaration,) = [d for d in EDITION.relations if d.number == number]
    seen: set[str] = set()
    for unit in units():
        outcomes = evaluate(unit, [declaration], EDITION.codes).outcomes
        assert all(o.status != FAILED for o in outcomes)
        held = [o for o in outcomes if o.status == PASSED and o.relation.left and o.relation.right]
        for outcome in held[:1]:
            seen.add(PASSED)
            cell = outcome.relation.left[0]
            places, filled = unit.places.copy(), unit.filled.copy()
            places[cell] += 10**13
            filled[cell] = True
            after = evaluate(replace(unit, places=places, filled=filled), [declaration], EDITION.codes).outcomes
            seen |= {o.status for o in after if o.relation.key == outcome.relation.key}
    assert {PASSED, FAILED} <= seen


def test_between_yuan_and_wan_the_same_amount_agrees_and_another_does_not() -> None:
    """171.01 万元 may be 1710062 元; a hundred yuan more than half a last place is a mistake."""
    unit = units()[2]
    (declaration,) = [d for d in EDITION.relations if d.number == "B09-05"]
    (outcome,) = evaluate(unit, [declaration], EDITION.codes).outcomes
    assert (outcome.status, outcome.left, outcome.right, outcome.difference) == (PASSED, 171010000, 171006200, 3800)
    places = unit.places.copy()
    places[outcome.relation.left[0]] += 1
    (outcome,) = evaluate(replace(unit, places=places), [declaration], EDITION.codes).outcomes
    assert outcome.status == FAILED


def test_a_table_that_is_absent_decides_nothing() -> None:
    unit = replace(units()[2], absent={"T3": "工作簿中缺少这张表"})
    outcomes = evaluate(unit, EDITION.relations, EDITION.codes).outcomes
    touching = [
        o
        for o in outcomes
        if any(r.form == "T3" for r in (*o.relation.declaration.left, *o.relation.declaration.right))
    ]
    assert touching
    assert {o.status for o in touching} == {UNDECIDED}


def test_figures_with_fen_are_exact_and_whole_yuan_may_miss() -> None:
    whole, fen = units()[2], units()[3]
    sums = {"A02-03", "A03-03", "A08-02"}
    for unit, least in ((whole, 100), (fen, 0)):
        outcomes = evaluate(unit, [d for d in EDITION.relations if d.number in sums], EDITION.codes).outcomes
        allowed = {o.allowed for o in outcomes if o.status == PASSED and len(o.relation.right) > 4}
        assert (min(allowed) >= least) if least else allowed == {0}
        assert all(a % 100 == 0 for a in allowed)
    assert np.unique(whole.step).tolist() == [1, 100]


def test_a_code_under_the_name_of_another_item_is_held_against_nothing() -> None:
    unit = units()[0]
    (declaration,) = [d for d in EDITION.relations if d.number == "B09-01"]
    (outcome,) = evaluate(unit, [declaration], EDITION.codes).outcomes
    cell = outcome.relation.left[0]
    block = unit.block_of(cell)
    at = (cell - block.first) // len(block.block.columns)
    for name, applies in (("因公出国（境）费用", True), ("会议费", False), ("从没有过的名称", True)):
        row = block.rows[at]
        texts = tuple(name if text == row.texts[block.block.shows.index("name")] else text for text in row.texts)
        rows = [*block.rows[:at], replace(row, texts=texts), *block.rows[at + 1 :]]
        blocks = tuple(replace(b, rows=tuple(rows)) if b is block else b for b in unit.blocks)
        after = evaluate(replace(unit, blocks=blocks), [declaration], EDITION.codes).outcomes
        assert [bool(o.relation.left) for o in after] == [applies], name
