"""Another program's word on what we write: ONLYOFFICE opens it, calculates every formula from nothing, prints it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from addin.upward.receive import receive_folder
from addin.verbs.computing import edition_of
from addin.xlsx.files import Workbook
from tests.support.books import edited, sheet_of
from tests.support.evidence import LONG
from tests.support.live_relations import Row, as_row, rows_of, without_values
from tests.support.many import write_units
from tests.support.tools import Office, pdf_pages
from tests.support.twelve import filled_book
from tests.support.units import UNITS, finished_file
from udfs.base.amounts import printed
from udfs.tables import Reading
from udfs.validate import inspect
from workbook_templates.reading import available_editions
from workbook_templates.reading.edition import load_edition

pytestmark = [
    LONG,
    pytest.mark.skipif(find_spec("docbuilder") is None, reason="document-builder is not installed: make evidence"),
]
#: Without a licence the engine works, and writes its name into the page.
_ENGINE = """
import json, sys, docbuilder
builder, done = docbuilder.CDocBuilder(), {}
for source, sheet, out in json.load(sys.stdin):
    opened = builder.OpenFile(source, "")
    if sheet:
        builder.ExecuteCommand(f"Api.GetSheet('{sheet}').SetActive();")
    builder.ExecuteCommand("Api.RecalculateAllFormulas();")
    done[out] = [opened, builder.SaveFile(out.rpartition(".")[2], out)]
    builder.CloseFile()
print(json.dumps(done))
"""
FILLED = ("sample", "mixed", "department", "negative")
FORMS = "绩效目标"


def _engine(work: list[tuple[Path, str, Path]]) -> None:
    """Open each file, turn to a sheet where one is named, calculate, save."""
    told = json.dumps([[str(source), sheet, str(out)] for source, sheet, out in work])
    run = subprocess.run([sys.executable, "-c", _ENGINE], input=told, capture_output=True, text=True, check=True)
    assert set(map(tuple, json.loads(run.stdout.splitlines()[-1]).values())) == {(0, 0)}, run.stdout


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of workbook that the program writes."""
    folder = tmp_path_factory.mktemp("sources")
    found = {f"模板-{name}": load_edition(name).template for name in available_editions()}
    found |= {unit: finished_file(UNITS[unit], folder / unit) for unit in FILLED}
    found["错"] = edited(
        found["sample"], folder / "错.xlsx", lambda book: sheet_of(book, "表三").__setitem__("C8", 327.73)
    )
    write_units(folder / "收表", 3, 3)
    receive_folder(folder / "收表", folder / "汇总.xlsx")
    return found | {"汇总": folder / "汇总.xlsx", "十二表": filled_book(folder, "2019")}


@pytest.fixture(scope="module")
def calculated(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same as that program calculates and saves them."""
    folder, out = tmp_path_factory.mktemp("bare"), tmp_path_factory.mktemp("onlyoffice")
    _engine([(without_values(path, folder / f"{n}.xlsx"), "", out / f"{n}.xlsx") for n, path in sources.items()])
    return {name: out / f"{name}.xlsx" for name in sources}


def _said(path: Path) -> list[Row]:
    """What Python says of a workbook's relations."""
    book = Workbook(path)
    outcomes = inspect(Reading(edition_of(book), book.grids, book.package.names, book.facts)).evaluation.outcomes
    sides = [[float(printed(n)) for n in (o.left, o.right, o.difference, o.allowed)] for o in outcomes]
    return [as_row([*amounts, o.status]) for o, amounts in zip(outcomes, sides, strict=True)]


def test_every_verdict_is_that_of_python(sources: dict[str, Path], calculated: dict[str, Path]) -> None:
    for name, path in sources.items():
        found = rows_of(calculated[name])
        # A template lists no relation before its tables are made.
        wanted = [] if name.startswith("模板") else _said(path)
        assert found == wanted, name
        print(f"{name}: {len(wanted)} relations alike")


def test_no_cell_holds_an_error(calculated: dict[str, Path]) -> None:
    for name, path in calculated.items():
        errors = [v for grid in Workbook(path).grids.values() for line in grid for v in line if str(v).startswith("#")]
        assert [v for v in errors if re.match(r"#(REF|NAME|VALUE|DIV|NUM|N/A|NULL)", str(v))] == [], name


def test_the_forms_take_the_pages_that_they_take_elsewhere(
    sources: dict[str, Path], soffice: Office, tmp_path: Path
) -> None:
    other = pdf_pages(soffice.convert(sources["sample"], "pdf", tmp_path / "office"))
    title = re.compile(r"预算部门（单位）\s*整体支出绩效目标|项目支出绩效目标")
    begins = [number for number, page in enumerate(other) if title.search(page)]
    out = tmp_path / "表.pdf"
    _engine([(sources["sample"], FORMS, out)])
    pages = pdf_pages(out)
    print(f"{FORMS}: {len(pages)} pages, {len(begins)} forms")
    assert len(begins) <= len(pages) <= 2 * len(begins)
    assert sum(title.search(page) is not None for page in pages) == len(begins)
