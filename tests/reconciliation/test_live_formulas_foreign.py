"""The live formulas of the nine-table form, with two units of measure and own last places, say what Python says."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook as PlainBook

from addin.xlsx.files import Workbook
from tests.support.books import edited, sheet_of
from tests.support.command import run_command
from tests.support.foreign import NINE, grids_of, write_book
from tests.support.live_relations import SHEET, as_row, calculated, rows_of
from tests.support.tools import Office
from tests.support.variants import in_wan, whole_yuan
from udfs.base.amounts import printed
from udfs.tables import Reading
from udfs.validate import inspect
from workbook_templates.reading.edition import load_edition

Rows = list[tuple[float, float, float, float, str]]

#: A figure that is wrong by a little, and by a lot.
WRONG = {("Sheet8", 10, 3): 1.0, ("Sheet3", 9, 5): 1234.0}


def made(folder: Path, name: str) -> Path:
    """A workbook imported from a disclosure: as it is, in whole yuan, in 万元, or with wrong figures."""
    base, _, variant = name.partition(" ")
    grids = grids_of(base)
    for change in {"whole": [whole_yuan], "wan": [in_wan]}.get(variant, []):
        change(grids)
    if variant == "wrong":
        for (sheet, row, column), more in WRONG.items():
            grids[sheet][row][column] = (grids[sheet][row][column] or 0.0) + more
    out = folder / "book.xlsx"
    done = run_command("import", write_book(folder / "来源.xlsx", grids), "-o", out)
    assert done.code == 0, done.err
    return out


def python_rows(path: Path) -> Rows:
    book = Workbook(path)
    outcomes = inspect(Reading(load_edition(NINE), book.grids, book.package.names, book.facts)).evaluation.outcomes
    sides = [[printed(n) for n in (o.left, o.right, o.difference, o.allowed)] for o in outcomes]
    return [as_row([*amounts, o.status]) for o, amounts in zip(outcomes, sides, strict=True)]


def with_steps_as_values(path: Path, target: Path) -> Path:
    """The last places of the tables as values: formualizer cannot calculate them, LibreOffice does, below."""
    grid = Workbook(path).grids[SHEET]

    def change(book: PlainBook) -> None:
        for row in range(4, 4 + len(load_edition(NINE).forms)):
            sheet_of(book, SHEET).cell(row, 14).value = f"={grid[row - 1][13]}"

    return edited(path, target, change)


@pytest.mark.parametrize("name", ["department", "department whole", "department wan", "unit wrong"])
def test_formulas_say_what_python_says(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, name)
    wanted = python_rows(path)
    assert rows_of(path) == wanted
    got = calculated(with_steps_as_values(path, tmp_path / "steps.xlsx"), tmp_path)
    assert [(w, g) for w, g in zip(wanted, got, strict=True) if w != g] == []
    assert {row[4] for row in wanted} >= ({"通过", "不适用", "不符"} if name == "unit wrong" else {"通过", "不适用"})


@pytest.mark.live
def test_a_spreadsheet_program_says_the_same(tmp_path: Path, soffice: Office) -> None:
    path = made(tmp_path, "unit wrong")
    again = soffice.convert(path, "xlsx", tmp_path / "again")
    assert rows_of(again) == python_rows(path)
