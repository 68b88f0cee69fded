"""Slips planted in the tables of a published and of a mixed unit: found, and the wrong cell named.

`YUSUAN_EVIDENCE=1 pytest -s tests/reconciliation/test_seeded_errors.py` tries every cell with
every slip and prints the tables of docs/evidence.md; without it a seeded sample is tried.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from addin.verbs.commands import validate_workbook
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE
from tests.support.ledgers import write_csv
from tests.support.mixed import ROWS, mixed_rows
from tests.support.mixed import UNIT as MIXED_UNIT
from tests.support.seeded import (
    MISSED_HEADS,
    PAIR_HEADS,
    UNITS,
    SeededUnit,
    counted,
    missed,
    pair_line,
    sample,
    single_table,
)
from udfs.base.findings import NOTE
from udfs.reconciliation.relations import PASSED
from udfs.reconciliation.witness import half_up, witness
from udfs.validate import Report


class Wanted(NamedTuple):
    """Shares in per cent that must be reached, and the size of the ordinary run's sample."""

    alone: float
    pairs: float
    sample: int


#: Detected, and the true cell among the suspects of those.
DETECTED = AMONG = 99.5
WANTED = {"reference": Wanted(95.0, 99.0, 200), "mixed": Wanted(88.0, 98.0, 80)}
PAIRS = 500 if EVIDENCE else 40


@pytest.fixture(scope="module", params=UNITS)
def unit(request: pytest.FixtureRequest) -> SeededUnit:
    return SeededUnit(request.param)


def test_the_mixed_unit_is_mixed() -> None:
    rows = mixed_rows()
    assert len(rows) == ROWS
    assert rows == mixed_rows()
    assert len({row["资金来源"] for row in rows}) == 5
    assert {(row["预算年度来源"], row["支出类别"]) for row in rows} == {
        (year, kind) for year in ("本年", "上年结转") for kind in ("基本支出", "项目支出")
    }
    assert len({row["功能科目编码"] for row in rows}) >= 40
    assert {"30212", "30217", "30231", "31013"} <= {row["部门经济科目编码"] for row in rows}


def reached(part: int, whole: int, wanted: float) -> bool:
    """Whether a share is reached; a sample may miss two more than its share."""
    return 100 * (part + (0 if EVIDENCE else 2)) >= wanted * whole


def test_single_slips_are_detected_and_the_cell_is_named(unit: SeededUnit) -> None:
    cases = unit.cases()
    every = [unit.find(wrong) for wrong in (cases if EVIDENCE else sample(cases, WANTED[unit.name].sample))]
    text = "\n".join([*single_table(unit.name, every), "", *MISSED_HEADS, *missed(unit, every)])
    if EVIDENCE:
        print(f"\n{text}\n")
    assert all(f.named for f in every), text
    found = counted(every)
    seen = [f for f in found if f.detected]
    assert reached(len(seen), len(found), DETECTED), text
    assert reached(sum(f.among for f in seen), len(seen), AMONG), text
    assert reached(sum(f.alone for f in seen), len(seen), WANTED[unit.name].alone), text


def test_two_slips_at_once_are_both_found(unit: SeededUnit) -> None:
    found = [unit.find_pair(wrong) for wrong in unit.pairs(PAIRS)]
    text = "\n".join([*PAIR_HEADS, pair_line(unit.name, found)])
    if EVIDENCE:
        print(f"\n{text}\n")
    assert reached(sum(p.among for p in found), len(found), WANTED[unit.name].pairs), text


@pytest.fixture(scope="module")
def mixed_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mixed")
    done = run_command(
        "new", folder / "book.xlsx", "--ledger", write_csv(folder / "明细.csv", mixed_rows()), "--unit", MIXED_UNIT
    )
    assert done.code == 0, done.err
    return folder / "book.xlsx"


@pytest.fixture(scope="module", params=UNITS)
def clean(request: pytest.FixtureRequest) -> Report:
    return validate_workbook(
        request.getfixturevalue("published_book" if request.param == "reference" else "mixed_book")
    )


def test_a_clean_workbook_has_no_finding_of_relations_above_a_note(clean: Report) -> None:
    assert [f for f in clean.findings if f.rule[0] in "ABC" and f.grade != NOTE] == []
    assert clean.passed


def test_every_rounding_difference_of_a_clean_workbook_is_named(clean: Report) -> None:
    outcomes = [o for o in clean.evaluation.outcomes if o.status == PASSED]
    uneven = [o for o in outcomes if o.difference and o.relation.declaration.kind != "bound"]
    named = [(f.rule, f.difference) for f in clean.findings if f.grade == NOTE and "尾差" in f.message]
    assert uneven
    assert sorted(named) == sorted((o.relation.declaration.number, f"{o.difference / 100:.2f}") for o in uneven)


def test_amounts_exist_that_print_exactly_as_the_tables(unit: SeededUnit) -> None:
    evaluation = unit.evaluated([])
    system = evaluation.system()
    fen = witness(system)
    assert fen is not None
    assert np.array_equal(half_up(fen, 10_000), unit.clean.places)
    assert not fen[~unit.clean.filled].any()
    left = evaluation.matrix.residuals(fen)[evaluation.ran]
    assert np.all(np.where(system.bound, left <= 0, left == 0))


def test_no_amounts_exist_behind_a_wrong_figure(unit: SeededUnit) -> None:
    wrong = next(w for w in unit.cases() if w.slip == "any digit")
    assert witness(unit.evaluated([wrong]).system()) is None
