"""Buttons clicked on the live test bed, and what is open there compared with what the command line writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlwings
from msgspec import Struct

from addin import buttons
from addin.excel.book import LiveBook
from addin.xlsx.files import Workbook
from tests.support.books import parts_of, write_parts
from tests.support.calc.traffic import TRAFFIC
from tests.support.command import run_command
from udfs.base.texts import is_blank

_PRINT_TITLES = re.compile(rb'<definedName name="_xlnm.Print_Titles"[^>]*>[^<]*</definedName>')

Cells = dict[tuple[str, int, int], Any]


class Steps(Struct):
    """What the command line makes of one workbook, step by step."""

    source: Path
    filled: Path
    narrated: Path
    validated: Path


def by_command_line(source: Path, folder: Path) -> Steps:
    """`fill`, `narrate` and `validate -o`, each on what the step before wrote."""
    steps = Steps(source, folder / "各表.xlsx", folder / "说明.xlsx", folder / "校验.xlsx")
    for verb, book, out in (
        ("fill", steps.source, steps.filled),
        ("narrate", steps.filled, steps.narrated),
        ("validate", steps.narrated, steps.validated),
    ):
        done = run_command(verb, book, "-o", out)
        assert done.code < 2, done.err
    return steps


class Desk:
    """A running program and what is open in it, as the clerk has it before her."""

    def __init__(self, app: Any) -> None:
        self.app = app

    @property
    def impl(self) -> Any:
        """The engine's own application: what it showed and was told."""
        return self.app.impl

    def open(self, path: Path, copy: Path | None = None) -> Any:
        """A workbook opened, a copy of it where asked (`copy` may be the file itself).

        Rows repeated on every page take the program most of the time of opening a file: a copy has none of them.
        """
        if copy is not None:
            copy.parent.mkdir(parents=True, exist_ok=True)
            parts = parts_of(path)
            parts["xl/workbook.xml"] = _PRINT_TITLES.sub(b"", parts["xl/workbook.xml"])
            write_parts(copy, parts)
        return self.app.books.open(str(copy or path))

    def clear(self) -> None:
        """Close everything, forget what was shown."""
        for book in list(self.app.books):
            book.close()
        self.impl._alerts.clear()
        self.impl._answers.clear()
        self.impl._dialogs.clear()
        self.impl._statuses.clear()
        self.impl._undo = None
        TRAFFIC.reset()

    def click(self, command: str) -> str:
        """A click, and the sentence shown for it; empty where none was."""
        before = len(self.impl._alerts)
        buttons.run(command)
        shown = self.impl._alerts[before:]
        return str(shown[-1][1]) if shown else ""

    def cells(self, book: Any) -> Cells:
        """Every cell of an open workbook that holds something."""
        live = LiveBook(book)
        live.read()
        return filled(live.grids)

    def dump(self, book: Any) -> dict[str, Any]:
        """Every sheet's values and formulas as the program has them: quick, to be compared with another such dump."""
        found = {}
        for sheet in book.impl._document.Sheets:
            cursor = sheet.createCursor()
            cursor.gotoStartOfUsedArea(False)
            cursor.gotoEndOfUsedArea(True)
            data = [list(line) for line in cursor.getFormulaArray()]
            while data and not any(data[-1]):
                data.pop()
            found[sheet.Name] = data
        return found

    def against(self, book: Any, path: Path) -> list[tuple[Any, ...]]:
        """Cells of an open workbook that are not as a file has them: every sheet, values and formulas alike."""
        with TemporaryDirectory() as folder:
            other = self.open(path, Path(folder) / path.name)
            one, two = _entries(self.dump(book)), _entries(self.dump(other))
            other.close()
        book.activate()
        return differences(one, two)

    def settings(self) -> tuple[Any, ...]:
        """What a command must leave as it was."""
        return self.app.screen_updating, self.app.calculation, self.impl.enable_events, self.app.status_bar


#: A link that the Excel door writes; on files it is a text with a link on its cell.
_LINK = re.compile(r"""=HYPERLINK\("#'(.+)'!(\w+)";"((?:[^"]|"")*)"\)""")


def _entries(dump: dict[str, Any]) -> Cells:
    """What stands in every cell that holds something. A link is the text it shows, if it leads there."""
    found: Cells = {}
    for name, lines in dump.items():
        for r, line in enumerate(lines, 1):
            for c, text in enumerate(line, 1):
                link = _LINK.fullmatch(text)
                shown = link[3].replace('""', '"') if link else text
                if link and shown.partition("!")[::2] not in ((link[1], link[2]), (link[1], "")):
                    shown = text
                if shown:
                    found[name, r, c] = shown
    return found


def filled(grids: Any) -> Cells:
    """The cells of grids that hold something."""
    return {
        (name, r, c): value
        for name, grid in grids.items()
        for r, line in enumerate(grid, 1)
        for c, value in enumerate(line, 1)
        if not is_blank(value)
    }


def file_cells(path: Path) -> Cells:
    """Every cell of a workbook file that holds something."""
    return filled(Workbook(path).grids)


def differences(one: Cells, other: Cells) -> list[tuple[Any, ...]]:
    """Cells that differ, with both values."""
    return [(at, one.get(at), other.get(at)) for at in one.keys() | other.keys() if one.get(at) != other.get(at)]


def open_desk() -> tuple[Desk, Callable[[], None]]:
    """A new program, and how to end it."""
    from tests.support.calc.engine import register

    register()
    app = xlwings.App(add_book=False)
    return Desk(app), app.quit
