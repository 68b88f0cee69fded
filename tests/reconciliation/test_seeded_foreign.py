"""Slips planted in imported tables, which have no ledger, in the last place that each table shows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from addin.verbs.import_book import read_tables
from tests.support import national
from tests.support.evidence import EVIDENCE
from tests.support.foreign import ForeignUnit
from tests.support.seeded import MISSED_HEADS, counted, missed, sample, single_table
from tests.support.twelve import as_foreign, filled_book

#: Shares in per cent, as of the thirteen-table form.
DETECTED = AMONG = 99.5
ALONE = 95.0
#: In the twelve-table form 政府采购 stands in no other table, so its parts cannot be told from each other; a small unit
#: has a larger share of sums of rounded parts.
ALONE_OF_TWELVE = 75.0
DETECTED_OF_FEW = 97.0
#: A folder of more tables, of any form, for the long proof.
BOOKS = sorted(Path(folder).glob("*.xlsx")) if (folder := os.environ.get("YUSUAN_BOOKS")) else []
SAMPLE = 40


def reached(part: int, whole: int, wanted: float) -> bool:
    """Whether a share is reached; a sample may miss two more than its share."""
    return 100 * (part + (0 if EVIDENCE else 2)) >= wanted * whole


def _planted(unit: ForeignUnit, alone: float, detected: float = DETECTED) -> None:
    cases = unit.cases()
    every = [unit.find(wrong) for wrong in (cases if EVIDENCE else sample(cases, SAMPLE))]
    text = "\n".join([*single_table(unit.name, every), "", *MISSED_HEADS, *missed(unit, every)])
    if EVIDENCE:
        print(f"\n{text}\n")
    found = counted(every)
    seen = [f for f in found if f.detected]
    assert reached(len(seen), len(found), detected), text
    assert reached(sum(f.among for f in seen), len(seen), AMONG), text
    assert reached(sum(f.alone for f in seen), len(seen), alone), text


@pytest.mark.parametrize("name", ["unit", "department"], ids=["whole yuan", "fen"])
def test_slips_in_imported_tables_are_detected_and_the_cell_is_named(name: str) -> None:
    _planted(ForeignUnit(name), ALONE)


def test_slips_in_twelve_tables_are_detected_and_the_cell_is_among_the_suspects(tmp_path: Path) -> None:
    as_foreign("2019", filled_book(tmp_path, "2019"), tmp_path / "来源.xlsx")
    unit = ForeignUnit("twelve", dict(read_tables(tmp_path / "来源.xlsx")[0]), None)
    _planted(unit, ALONE_OF_TWELVE, DETECTED_OF_FEW)


@pytest.mark.skipif(not EVIDENCE, reason="a long proof")
def test_slips_in_the_national_form_are_detected(tmp_path: Path) -> None:
    national.as_foreign(national.filled_book(tmp_path), tmp_path / "来源.xlsx")
    unit = ForeignUnit("national", dict(read_tables(tmp_path / "来源.xlsx")[0]), None)
    _planted(unit, ALONE_OF_TWELVE, DETECTED_OF_FEW)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_slips_in_tables_from_elsewhere_are_detected(path: Path) -> None:
    _planted(ForeignUnit(path.stem, dict(read_tables(path)[0]), None), ALONE_OF_TWELVE)


@pytest.mark.parametrize("name", ["unit", "department"])
def test_only_running_costs_are_printed_where_no_relation_sees_them(name: str) -> None:
    """Running costs equal 公用经费 only where every unit is administrative; an upper bound is all there is."""
    unit = ForeignUnit(name)
    unguarded = [i for i, filled in enumerate(unit.clean.filled) if filled and not unit.guarded[i]]
    assert ["!".join(unit.clean.address(i)) for i in unguarded] == ["表九!G6"]
