"""Each part of a workbook is read once a command; where blocks are written in between, only what they touch again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from addin.upward.examine import examine
from addin.upward.submit import submit_workbook
from addin.verbs import commands, computing, report
from addin.xlsx import Workbook
from udfs.base import Block, with_blocks
from udfs.narrative import text_sheet
from udfs.tables import reading
from udfs.upward import State, summary_of
from workbook_templates.reading import Sample, load_edition

#: The readers as the module that calls them knows them, and what tells the parts that they read from each other.
READERS: dict[str, tuple[Any, Callable[..., str]]] = {
    "read_range": (reading, lambda _grid, part, _sheet: f"range {part.key}"),
    "read_ledger": (reading, lambda _grid, spec, _place: f"ledger {spec.sheet}"),
    "gather": (reading, lambda *_: "facts"),
    "derive": (reading, lambda *_: "derived tables"),
    "read_printed": (reading, lambda *_: "printed tables"),
    "read_text": (text_sheet, lambda *_: "text"),
}
RANGES = {f"range {key}" for key in load_edition().ranges()}
LEDGERS = {f"ledger {spec.sheet}" for spec in (load_edition().spending, load_edition().income)}
INPUTS = RANGES | LEDGERS | {"facts"}
EVERYTHING = INPUTS | {"derived tables", "printed tables", "text"}


def narrate(book: Path, folder: Path) -> None:
    commands.narrate_workbook(book, folder / "说明.xlsx")


def validate(book: Path, folder: Path) -> None:
    commands.validate_workbook(book, folder / "校验.xlsx")


def document(book: Path, folder: Path) -> None:
    report.report_workbook(book, folder / "公开.docx", lambda _: None)


def submit(book: Path, folder: Path) -> None:
    submit_workbook(book, folder / "上报")


def generate(book: Path, _: Path) -> None:
    assert computing.generate_book(Workbook(book)).blocks


def receive(book: Path, _: Path) -> None:
    assert summary_of(examine(book.name, book.read_bytes())).state is State.READ


#: What a command reads: every part once, those named last twice, before and after something is written there.
COMMANDS: dict[Callable[[Path, Path], None], tuple[set[str], set[str]]] = {
    narrate: (INPUTS | {"printed tables"}, set()),
    validate: (EVERYTHING, set()),
    document: (INPUTS | {"printed tables", "text"}, set()),
    submit: (EVERYTHING, {"text", "printed tables"}),
    generate: (EVERYTHING, {"text"}),
    receive: (EVERYTHING, set()),
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample unit's workbook with tables and text."""
    folder = tmp_path_factory.mktemp("once")
    steps = [folder / f"{n}.xlsx" for n in range(3)]
    commands.sample_workbook(steps[0], Sample())
    commands.fill_workbook(steps[0], steps[1])
    commands.narrate_workbook(steps[1], steps[2])
    return steps[2]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each part is read from now on, by a program that has seen no workbook yet."""
    found: Counter[str] = Counter()

    def counted(module: Any, name: str, part_of: Callable[..., str]) -> None:
        reader = getattr(module, name)

        def count(*arguments: Any) -> Any:
            found[part_of(*arguments)] += 1
            return reader(*arguments)

        monkeypatch.setattr(module, name, count)

    for name, (module, part_of) in READERS.items():
        counted(module, name, part_of)
    monkeypatch.setattr(report, "find_office", lambda: None)
    monkeypatch.setattr(computing, "_LAST", [])
    return found


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_part_is_read_once_a_command(
    command: Callable[[Path, Path], None], book: Path, tmp_path: Path, read: Counter[str]
) -> None:
    command(book, tmp_path)
    once, twice = COMMANDS[command]
    assert read == {part: 1 + (part in twice) for part in once}


def test_a_further_click_reads_what_has_changed_since_and_another_workbook_whole(
    book: Path, tmp_path: Path, read: Counter[str]
) -> None:
    opened = Workbook(book)
    _, before = computing.validate_book(opened)
    read.clear()
    assert computing.validate_book(opened)[1].every == before.every
    assert read == {}
    edition = load_edition()
    opened.grids = with_blocks(opened.grids, [Block(edition.forms[2].sheet, 20, 5, [[0.01]])])
    assert computing.validate_book(opened)[1].every != before.every
    assert read == {"printed tables": 1}
    read.clear()
    other = Workbook(Path(copy(book, tmp_path / "另一单位.xlsx")))
    assert computing.validate_book(other)[1].every == before.every
    assert set(read) == EVERYTHING
