"""勾稽关系 says live what Python says: stored, and calculated anew by LibreOffice and by formualizer, row by row."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import pytest
from openpyxl import Workbook as PlainBook

from addin.verbs.commands import validate_workbook
from addin.xlsx.files import Workbook
from tests.support.books import edited, sheet_of
from tests.support.evidence import EVIDENCE
from tests.support.live_relations import (
    FIRST_ROW,
    SIDES,
    Row,
    as_row,
    calculated,
    cells_of,
    rows_of,
)
from tests.support.relation_cases import printed_unit
from tests.support.tools import Office
from tests.support.units import UNITS, finished_file, large_department
from udfs.base import Block, address, column_number
from udfs.base.amounts import printed
from udfs.reconciliation.relations import FAILED, UNDECIDED, Evaluation
from udfs.results import relation_blocks
from udfs.tables import Reading
from udfs.validate import inspect
from workbook_templates.reading.edition import load_edition

MAIN_UNITS = ("sample", "mixed", "department", "institution", "negative")
#: LibreOffice takes some seconds a file: it sees fewer of them.
LIVE_UNITS = ("sample", "mixed") if EVIDENCE else ()
LIVE_WRONG = ("department", "negative") if EVIDENCE else ("department",)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formulas")


@cache
def _file(unit: str, folder: Path) -> Path:
    return finished_file(UNITS[unit], folder / unit.replace(" ", "-"), f"{unit.replace(' ', '-')}.xlsx")


def some_cells(unit: str, seed: int, count: int) -> dict[tuple[str, str], float | None]:
    """Some printed cells and wrong amounts for them: more, less, below zero, nothing, something for nothing."""
    tables = printed_unit(unit)
    random = Random(seed)
    chosen = random.sample(range(len(tables.places)), count)
    changes = (0.01, -0.01, 1.0, 123.45)
    result: dict[tuple[str, str], float | None] = {}
    for number, index in enumerate(chosen):
        now = float(printed(tables.places[index]))
        wrong = -now - 0.5 if seed % 3 == 2 and number == 0 else round(now + random.choice(changes), 2)
        result[tables.address(index)] = None if number == 1 else wrong
    return result


def put(source: Path, target: Path, cells: dict[tuple[str, str], float | None]) -> Path:
    """A copy in which cells of the tables are changed and nothing is calculated anew."""
    blocks = []
    for (sheet, cell), value in cells.items():
        letters = cell.rstrip("0123456789")
        amount = None if value is None else Decimal(f"{value:.2f}")
        blocks.append(Block(sheet, int(cell[len(letters) :]), column_number(letters), [[amount]]))
    Workbook(source).save_as(blocks, target)
    return target


def python_rows(path: Path) -> tuple[Evaluation, list[Row]]:
    """What Python says of a workbook's relations."""
    book = Workbook(path)
    evaluation = inspect(Reading(load_edition(), book.grids, book.package.names, book.facts)).evaluation
    amounts = [
        (o, [float(printed(n)) for n in (o.left, o.right, o.difference, o.allowed)]) for o in evaluation.outcomes
    ]
    return evaluation, [as_row([*values, outcome.status]) for outcome, values in amounts]


def differences(evaluation: Evaluation, got: list[Row], wanted: list[Row]) -> list[object]:
    """Relations of which two programs say different things."""
    assert len(got) == len(wanted) == len(evaluation.outcomes) > 400
    keys = [o.relation.key for o in evaluation.outcomes]
    return [(key, a, b) for key, a, b in zip(keys, got, wanted, strict=True) if a != b]


@pytest.mark.parametrize("unit", UNITS)
def test_filling_stores_what_python_says(unit: str, folder: Path) -> None:
    path = _file(unit, folder)
    evaluation, wanted = python_rows(path)
    assert differences(evaluation, rows_of(path), wanted) == []
    assert FAILED not in {row[4] for row in wanted}


@cache
def _checked(unit: str, folder: Path) -> Path:
    """A file with several wrong cells, its findings and relations written anew by 校验."""
    wrong = put(_file(unit, folder), folder / f"{unit}-错.xlsx", some_cells(unit, 1, 8))
    out = folder / f"{unit}-校验.xlsx"
    validate_workbook(wrong, out)
    return out


@pytest.mark.parametrize("unit", MAIN_UNITS)
def test_checking_stores_what_python_says_of_wrong_tables(unit: str, folder: Path) -> None:
    path = _checked(unit, folder)
    evaluation, wanted = python_rows(path)
    assert differences(evaluation, rows_of(path), wanted) == []
    assert FAILED in {row[4] for row in wanted}


def test_tables_without_a_ledger_have_live_relations_too(folder: Path, tmp_path: Path) -> None:
    source = Workbook(_file("mixed", folder))
    blank = [
        Block(sheet, 2, 1, [[None] * len(source.grids[sheet][0])] * (len(source.grids[sheet]) - 1))
        for sheet in ("预算明细", "收入明细")
    ]
    source.save_as(blank, tmp_path / "表.xlsx")
    validate_workbook(tmp_path / "表.xlsx", tmp_path / "校验.xlsx")
    evaluation, wanted = python_rows(tmp_path / "校验.xlsx")
    assert differences(evaluation, rows_of(tmp_path / "校验.xlsx"), wanted) == []
    assert UNDECIDED in {row[4] for row in wanted}
    assert differences(evaluation, calculated(tmp_path / "校验.xlsx", tmp_path), wanted) == []


# ---------------------------------------------------------------- formualizer


@pytest.mark.parametrize("unit", [*MAIN_UNITS, "short", "netted"])
def test_another_program_calculates_what_python_says(unit: str, folder: Path, tmp_path: Path) -> None:
    path = _file(unit, folder)
    evaluation, wanted = python_rows(path)
    assert differences(evaluation, calculated(path, tmp_path), wanted) == []


@pytest.mark.parametrize("unit", MAIN_UNITS)
def test_another_program_calculates_what_python_says_of_wrong_tables(unit: str, folder: Path, tmp_path: Path) -> None:
    path = _checked(unit, folder)
    evaluation, wanted = python_rows(path)
    assert differences(evaluation, calculated(path, tmp_path), wanted) == []


@pytest.mark.parametrize(("unit", "seed"), [*((unit, 2) for unit in MAIN_UNITS), ("mixed", 0), ("mixed", 3)])
def test_an_edit_without_our_program_is_seen_live(unit: str, seed: int, folder: Path, tmp_path: Path) -> None:
    """The formulas of before the edit say of the tables after it what Python says of them."""
    path = put(_file(unit, folder), tmp_path / "改.xlsx", some_cells(unit, seed, 1 if seed == 0 else 6))
    evaluation, wanted = python_rows(path)
    assert differences(evaluation, calculated(path, tmp_path), wanted) == []


def test_one_wrong_total_turns_its_verdicts_live(folder: Path, tmp_path: Path) -> None:
    def change(book: PlainBook) -> None:
        sheet_of(book, "表三")["C5"] = 700.96

    path = edited(_file("sample", folder), tmp_path / "改.xlsx", change)
    evaluation, before = python_rows(_file("sample", folder))
    live = calculated(path, tmp_path)
    turned = [
        o.relation.declaration.number
        for o, a, b in zip(evaluation.outcomes, before, live, strict=True)
        if a[4] != b[4] and b[4] == FAILED
    ]
    assert {"A03-01", "A03-03", "B01-11"} <= set(turned)


# ---------------------------------------------------------------- LibreOffice


@cache
def _recalculated(office_profile: Path, folder: Path) -> Path:
    """A folder with every workbook as LibreOffice calculates and saves it; one run for all."""
    out = folder / "libreoffice"
    sources = [_file(unit, folder) for unit in LIVE_UNITS] + [_checked(unit, folder) for unit in LIVE_WRONG]
    sources.append(put(_file("mixed", folder), folder / "mixed-改.xlsx", some_cells("mixed", 5, 6)))
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={office_profile.as_uri()}"]
    command += ["--convert-to", "xlsx", "--outdir", str(out), *map(str, sources)]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    return out


@pytest.mark.live
@pytest.mark.parametrize("name", [*LIVE_UNITS, *(f"{unit}-校验" for unit in LIVE_WRONG), "mixed-改"])
def test_libreoffice_calculates_what_python_says(name: str, folder: Path, soffice: Office) -> None:
    saved = _recalculated(soffice.profile, folder) / f"{name}.xlsx"
    evaluation, wanted = python_rows(saved)
    assert differences(evaluation, rows_of(saved), wanted) == []


@pytest.mark.live
def test_a_workbook_saved_by_libreoffice_is_checked_and_calculated_alike(
    folder: Path, soffice: Office, tmp_path: Path
) -> None:
    saved = _recalculated(soffice.profile, folder) / "department-校验.xlsx"
    validate_workbook(saved, tmp_path / "again.xlsx")
    _, before = python_rows(_checked("department", folder))
    evaluation, wanted = python_rows(tmp_path / "again.xlsx")
    assert wanted == before
    assert differences(evaluation, rows_of(tmp_path / "again.xlsx"), wanted) == []


# ---------------------------------------------------------------- what the formulas are made of

ALLOWED = {"SUM", "COUNT", "MIN", "ROUND", "ABS", "INT", "IF", "AND"}


def formulas(path: Path) -> Iterator[tuple[str, str]]:
    """Every formula of 勾稽关系."""
    return ((place, value) for place, value in cells_of(path) if value.startswith("="))


def most_arguments(formula: str) -> int:
    """The greatest number of arguments that one function of a formula takes."""
    depth, most, counts = 0, 0, [1]
    for character in re.sub(r'"[^"]*"|\'[^\']*\'', "x", formula):
        if character == "(":
            depth += 1
            counts.append(1)
        elif character == ")":
            most = max(most, counts.pop())
            depth -= 1
        elif character == ",":
            counts[-1] += 1
    assert depth == 0
    return most


def assert_plain(path: Path) -> int:
    number = 0
    for place, formula in formulas(path):
        number += 1
        assert set(re.findall(r"([A-Z][A-Z0-9.]*)\(", formula)) <= ALLOWED, (place, formula)
        assert len(formula) <= 8192, place
        assert most_arguments(formula) <= 255, place
        assert "[" not in formula
    return number


@pytest.mark.parametrize("unit", MAIN_UNITS)
def test_formulas_are_of_functions_that_every_program_knows(unit: str, folder: Path) -> None:
    rows = len(rows_of(_file(unit, folder)))
    assert assert_plain(_file(unit, folder)) == 5 * rows + 1


def test_formulas_of_a_large_department_stay_within_the_limits(tmp_path: Path) -> None:
    path = finished_file(large_department(*((300, 2000) if EVIDENCE else (100, 700))), tmp_path)
    assert assert_plain(path) > 5_000
    evaluation, wanted = python_rows(path)
    assert differences(evaluation, rows_of(path), wanted) == []
    longest = max((formula for _, formula in formulas(path)), key=len)
    assert len(longest) > 1000


def test_what_the_ledger_rules_out_stays_ruled_out_live(folder: Path) -> None:
    """No printed cell tells that such a relation does not apply, so its verdict is a constant."""
    path = _file("mixed", folder)
    evaluation, _ = python_rows(path)
    verdicts = dict(formulas(path))
    seen = 0
    for offset, outcome in enumerate(evaluation.outcomes):
        text = verdicts[address(FIRST_ROW + offset, SIDES + 5)]
        if outcome.ruled_out:
            seen += 1
            assert text == f'="{outcome.status}"'
        else:
            assert text.startswith("=IF(")
    assert seen


def test_where_rows_are_few_those_that_fail_come_first_and_speak_of_themselves(folder: Path, tmp_path: Path) -> None:
    wrong = put(_file("sample", folder), tmp_path / "wrong.xlsx", some_cells("sample", 7, 3))
    book = Workbook(wrong)
    found = inspect(Reading(load_edition(), book.grids, book.names))
    failing = sum(outcome.status == FAILED for outcome in found.evaluation.outcomes)
    assert found.evaluation.outcomes[0].status != FAILED
    told, *_, rows = relation_blocks(found, most=failing + 5)
    assert f"只列{failing + 5}条" in told.cells[0][0]
    verdicts = [line[9] for line in rows.cells[: failing + 5]]
    assert [verdict.value == FAILED for verdict in verdicts] == [True] * failing + [False] * 5
    for row, line in enumerate(rows.cells[: failing + 5], rows.row):
        own = {
            int(number) for number in re.findall(rf"(?<![!:A-Z]){address(1, rows.column + 7)[:-1]}(\d+)", line[9].text)
        }
        assert own <= {row}
        assert re.fullmatch(rf"ROUND\([A-Z]+{row}-[A-Z]+{row},2\)", line[7].text)
    assert not any(any(line) for line in rows.cells[failing + 5 :])
