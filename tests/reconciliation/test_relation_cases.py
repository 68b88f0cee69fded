"""Every relation of the edition passes on a right workbook and fails on a wrong one, with and without a ledger."""

from __future__ import annotations

import pytest

from tests.support.relation_cases import CASES, PASSING, Case, counts, index_of, passing, printed_unit, run, showing
from tests.support.units import UNITS, ready_book
from udfs.reconciliation.relations import (
    FAILED,
    NO_LEDGER,
    NOT_APPLICABLE,
    NOT_IN_LEDGER,
    PASSED,
    UNDECIDED,
    Outcome,
    evaluate,
    refusal,
)
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.relations import Condition, Declaration

EDITION = load_edition()
BY_NUMBER = {d.number: d for d in EDITION.relations}


def test_every_relation_has_a_case_that_passes_and_one_that_fails() -> None:
    assert [case.number for case in CASES] == list(BY_NUMBER)
    assert list(PASSING) == list(BY_NUMBER)
    assert [number for number, found in PASSING.items() if not any(found)] == []


@pytest.mark.parametrize(
    ("case", "ledger"),
    [(case, ledger) for case in CASES for ledger in (False, True) if ledger or not case.with_ledger],
    ids=lambda value: value.id if isinstance(value, Case) else "ledger" if value else "tables",
)
def test_relation_passes_and_after_one_wrong_cell_fails(case: Case, ledger: bool) -> None:
    declaration = [BY_NUMBER[case.number]]
    before = [o.status for o in run(declaration, case.unit, ledger=ledger).outcomes]
    assert PASSED in before
    assert FAILED not in before
    after = run(declaration, case.unit, ledger=ledger, case=case)
    failed = [o for o in after.outcomes if o.status == FAILED]
    assert failed
    wrong = index_of(after.printed, case.sheet, case.cell)
    assert all(wrong in o.relation.left + o.relation.right for o in failed)


@pytest.mark.parametrize("case", CASES[::9], ids=lambda case: case.id)
def test_a_wrong_cell_in_the_sheet_is_a_finding_with_both_sides(case: Case) -> None:
    book = ready_book(case.unit)
    letters = case.cell.rstrip("0123456789")
    row, column = int(case.cell[len(letters) :]), ord(letters) - ord("A") + 1
    book.put(case.sheet, row, column, float(case.shows))
    found = [f for f in book.report().every if f.rule == case.number and f.grade == "强制"]
    assert found
    for finding in found:
        gap = float(finding.left) - float(finding.right)
        assert f"{gap:.2f}" == finding.difference
        assert "应等于" in finding.message or "应不大于" in finding.message
        assert f"相差{finding.difference}" in finding.message
        assert (case.sheet, case.cell) in {(s.sheet, s.cell) for s in finding.suspects}


def test_as_many_relations_pass_on_each_ready_unit_as_were_counted() -> None:
    """A relation that silently runs over fewer rows, or ceases to apply, changes its count."""
    assert passing(EDITION.relations) == PASSING


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("ledger", [False, True], ids=["tables alone", "with ledger"])
def test_no_relation_fails_on_a_right_workbook(unit: str, ledger: bool) -> None:
    failed = [o.relation.key for o in run(EDITION.relations, unit, ledger=ledger).outcomes if o.status == FAILED]
    assert failed == []


# ---------------------------------------------------------------- what does not run says why


def the(outcomes: tuple[Outcome, ...], row: str = "", column: str = "") -> Outcome:
    return next(o for o in outcomes if (o.relation.row, o.relation.column) == (row, column))


@pytest.mark.parametrize(
    ("number", "unit", "row", "column", "reason"),
    [
        ("A02-04", "mixed", "", "合计", "表一“年终结转”合计有金额"),
        ("A02-04", "short", "", "合计", "表一“上年结转”金额与对应金额不同"),
        ("A02-04", "netted", "", "合计", "表中有负数"),
        ("B12-05", "mixed", "", "", "表二“合计”上年结转与对应金额不同"),
        ("B13-01", "short", "", "", "表一“上年结转”金额与对应金额不同"),
        ("A07-02", "sample", "", "", "没有列出科目"),
        ("A09-02", "department", "", "", "没有列出科目"),
        ("A08-01", "sample", "合计", "", "双方均无数据"),
    ],
    ids=["empty", "=", "nonnegative", "=", ">=", "rows", "rows of a block", "no amounts"],
)
def test_a_condition_that_does_not_hold_is_named(number: str, unit: str, row: str, column: str, reason: str) -> None:
    outcome = the(run([BY_NUMBER[number]], unit, ledger=False).outcomes, row, column)
    assert (outcome.status, outcome.reason) == (NOT_APPLICABLE, reason)


def test_every_kind_of_condition_has_a_case() -> None:
    kinds = {condition.kind for d in EDITION.relations for condition in d.when}
    assert kinds == {"empty", "=", ">=", "rows", "nonnegative", "below"}
    assert refusal(Condition("rows"), "") != refusal(Condition("nonnegative"), "")


def test_a_relation_of_rows_with_rows_below_does_not_run_over_the_last_rows() -> None:
    rows = {o.relation.row for o in run([BY_NUMBER["A07-01"]], "mixed", ledger=False).outcomes}
    assert rows == {"103", "10301", "1030148"}


@pytest.mark.parametrize("number", [d.number for d in EDITION.relations if d.ledger])
def test_what_only_the_ledger_can_tell_is_undecided_without_one(number: str) -> None:
    case = next(c for c in CASES if c.number == number)
    outcomes = run([BY_NUMBER[number]], case.unit, ledger=False).outcomes
    assert {(o.status, o.reason) for o in outcomes} == {(UNDECIDED, NO_LEDGER)}


@pytest.mark.parametrize(
    ("number", "unit"),
    [("A07-03", "mixed"), ("A09-06", "mixed"), ("B04-08", "mixed"), ("B06-01", "institution")],
)
def test_what_the_ledger_does_not_satisfy_does_not_apply(number: str, unit: str) -> None:
    outcomes = run([BY_NUMBER[number]], unit, ledger=True).outcomes
    assert NOT_IN_LEDGER in {o.reason for o in outcomes if o.status == NOT_APPLICABLE}


def test_a_wrong_table_does_not_make_a_relation_of_the_ledger_inapplicable() -> None:
    """The ledger's exact yuan decide whether a relation applies, never the printed cells that are in question."""
    case = next(c for c in CASES if c.number == "B06-01")
    assert NOT_IN_LEDGER not in {
        o.reason for o in run([BY_NUMBER[case.number]], case.unit, ledger=True, case=case).outcomes
    }


@pytest.mark.parametrize("unit", ["sample", "mixed", "department"])
def test_no_relation_of_the_edition_is_silent(unit: str) -> None:
    report = ready_book(unit).report()
    assert [number for number in BY_NUMBER if number not in {s.rule for s in report.statuses}] == []


def test_counts_add_up_over_statuses() -> None:
    evaluation = run(EDITION.relations, "mixed", ledger=True)
    assert sum(sum(c.values()) for c in counts(evaluation).values()) == len(evaluation.outcomes)


def test_emptied_cells_leave_a_relation_without_anything_to_compare() -> None:
    declaration: Declaration = BY_NUMBER["B01-02"]
    printed = printed_unit("mixed")
    relation = evaluate(printed, [declaration], EDITION.codes).matrix.relations[0]
    for index in relation.left + relation.right:
        printed = showing(printed, index, "")
    (outcome,) = evaluate(printed, [declaration], EDITION.codes).outcomes
    assert (outcome.status, outcome.reason) == (NOT_APPLICABLE, "双方均无数据")
