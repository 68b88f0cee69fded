"""Slips planted in imported tables, which have no ledger, in the last place that each table shows."""

from __future__ import annotations

import os

import pytest

from tests.support.foreign import ForeignUnit
from tests.support.seeded import MISSED_HEADS, counted, missed, sample, single_table

EVIDENCE = os.environ.get("YUSUAN_EVIDENCE") == "1"
#: Shares in per cent, as of the thirteen-table form.
DETECTED = AMONG = 99.5
ALONE = 95.0
SAMPLE = 40


def reached(part: int, whole: int, wanted: float) -> bool:
    """Whether a share is reached; a sample may miss two more than its share."""
    return 100 * (part + (0 if EVIDENCE else 2)) >= wanted * whole


@pytest.mark.parametrize("name", ["unit", "department"], ids=["whole yuan", "fen"])
def test_slips_in_imported_tables_are_detected_and_the_cell_is_named(name: str) -> None:
    unit = ForeignUnit(name)
    cases = unit.cases()
    every = [unit.find(wrong) for wrong in (cases if EVIDENCE else sample(cases, SAMPLE))]
    text = "\n".join([*single_table(name, every), "", *MISSED_HEADS, *missed(unit, every)])
    if EVIDENCE:
        print(f"\n{text}\n")
    found = counted(every)
    seen = [f for f in found if f.detected]
    assert reached(len(seen), len(found), DETECTED), text
    assert reached(sum(f.among for f in seen), len(seen), AMONG), text
    assert reached(sum(f.alone for f in seen), len(seen), ALONE), text


@pytest.mark.parametrize("name", ["unit", "department"])
def test_only_running_costs_are_printed_where_no_relation_sees_them(name: str) -> None:
    """Running costs equal 公用经费 only where every unit is administrative; an upper bound is all there is."""
    unit = ForeignUnit(name)
    unguarded = [i for i, filled in enumerate(unit.clean.filled) if filled and not unit.guarded[i]]
    assert ["!".join(unit.clean.address(i)) for i in unguarded] == ["表九!G6"]
