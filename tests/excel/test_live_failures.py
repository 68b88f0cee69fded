"""A call fails in the middle of a click: the workbook is as it was, settings are restored, and a sentence says so.

One call after the other is made to fail, of every button of the ribbon. The ordinary run tries some calls of some
buttons, YUSUAN_EVIDENCE=1 every call of every button.
"""

from __future__ import annotations

import importlib
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from addin import buttons, places
from addin.excel import undo
from addin.excel.book import LiveBook
from addin.ribbon import ribbon
from addin.upward.receive import CACHE
from addin.verbs import report
from tests.support.calc.traffic import TRAFFIC, CallFailed
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE, LONG
from tests.support.foreign import foreign_tables, write_book
from tests.support.ledgers import CLEAN, write_csv
from tests.support.live import Desk, Steps
from tests.support.many import write_units
from tests.support.shape import SHEET, live_look

pytestmark = pytest.mark.live
#: What ends a text of a box that asks instead of telling.
_ASKING = ("？", "：")


class Place(Struct):
    """Where a click happens: the program, the open workbook, the folder in which it lies, what there is to take in."""

    desk: Desk
    book: Any
    folder: Path
    steps: Steps


class Case(Struct, frozen=True):
    """A click that does its whole job.

    `start`: the workbook that is open, a step of the command line's or a function that makes it. `ready`: what the
    clerk has done before. `answers`: what she chooses in boxes. `computes`: what is worked out once and kept, as
    `module:name`. `sample`: whether the ordinary run tries it.
    """

    start: str | Callable[[Path], None]
    ready: Callable[[Place], None] = lambda _: None
    answers: Callable[[Place], list[Any]] = lambda _: []
    computes: str = ""
    sample: bool = False


def _marked(place: Place) -> None:
    sheet = place.book.sheets["校验结果"]
    sheet.api.Unprotect("")
    sheet.impl._uno.getCellRangeByName("N4:N6").setDataArray((("表三!C8",), ("",), ("表五!C8",)))
    sheet.api.Protect("")


def _with_findings(place: Place) -> None:
    sheet = place.book.sheets["表三"]
    sheet.api.Unprotect("")
    sheet.range("C8").value = 1.23
    sheet.api.Protect("")
    place.desk.click("validate")


def _on_an_amount(place: Place) -> None:
    place.book.sheets["表三"].range("C6").select()


def _corrected(place: Place) -> None:
    """Other amounts in the ledger of a workbook that is whole: all tables, the text and the findings change."""
    cells = place.book.sheets["预算明细"].range("M2:M20")
    cells.raw_value = [[value * 3] for (value,) in cells.options(ndim=2).value]


def _generated(place: Place) -> None:
    _corrected(place)
    place.desk.click("generate")


def _a_ledger(place: Place) -> list[Any]:
    path = place.folder / "明细.csv"
    return [str(path if path.exists() else write_csv(path, CLEAN)), "yes"]


def _foreign_tables(place: Place) -> list[Any]:
    path = place.folder / "来源.xlsx"
    return [str(path if path.exists() else write_book(path, foreign_tables())), "yes"]


def _a_document(place: Place) -> list[Any]:
    path = place.folder / "公开.docx"
    if not path.exists():
        assert run_command("report", place.steps.narrated, "-o", path).code == 0
    return [str(path)]


def _next_year(path: Path) -> None:
    assert run_command("new", path, "--edition", "2025-shanxi").code == 0


def _units(place: Place) -> list[Any]:
    folder = place.folder / "收表"
    if not folder.exists():
        write_units(folder, 2, 1)
    return [str(folder)]


def _a_finding_chosen(place: Place) -> None:
    place.book.sheets["校验结果"].range("A4").select()


#: Every button of the ribbon.
CASES = {
    "new": Case("source"),
    "ledger": Case("source", answers=_a_ledger, computes="addin.verbs.take_in:ledger_into"),
    "tables": Case("narrated", answers=_foreign_tables, computes="addin.verbs.tables_in:tables_into"),
    "last_year": Case(
        _next_year, answers=lambda at: [str(at.steps.narrated)], computes="addin.verbs.take_in:last_year_into"
    ),
    "generate": Case("validated", ready=_corrected, computes="addin.verbs.computing:generate_book"),
    "fill": Case("source", computes="addin.verbs.computing:fill_book"),
    "narrate": Case("filled", computes="addin.verbs.computing:narrate_book"),
    "undo": Case("validated", ready=_generated),
    "validate": Case("narrated", computes="addin.verbs.computing:validate_book", sample=True),
    "next": Case("narrated", ready=_with_findings),
    "clear": Case("narrated", ready=_marked),
    "trace": Case("filled", ready=_on_an_amount),
    "inspect": Case("narrated", answers=_a_document),
    "submit": Case("narrated"),
    "export": Case("narrated", answers=lambda at: [str(at.folder / "公开.docx")]),
    "check_folder": Case("source", answers=_units),
    "receive": Case("source", answers=_units),
    "codes": Case("source", answers=lambda _: ["公积金"]),
    "handbook": Case("narrated", ready=_a_finding_chosen),
    "about": Case("source"),
}


def test_every_button_is_tried() -> None:
    assert list(CASES) == list(ribbon().buttons)


@pytest.mark.parametrize("command", [name for name, case in CASES.items() if EVIDENCE or case.sample])
def test_a_failure_at_any_call_leaves_the_workbook_as_it_was_and_says_so(
    desk: Desk, steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    case = CASES[command]
    path = tmp_path / "中断.xlsx"
    if callable(case.start):
        case.start(path)
    book = desk.open(path) if callable(case.start) else desk.open(getattr(steps, case.start), path)
    place = Place(desk, book, tmp_path, steps)
    monkeypatch.setattr(report, "find_office", lambda: None)
    monkeypatch.setattr(webbrowser, "open", lambda _: True)
    monkeypatch.setattr(places, "handbook", lambda: steps.source)
    case.ready(place)
    if case.computes:
        _computed_once(monkeypatch, case.computes)
    trial = Trial(place, command, case)
    trial.whole()
    # LibreOffice keeps formats otherwise once a cell was written and put back, and is then asked more often: the calls
    # of a second click are those of every later one.
    calls = trial.whole()
    tried = range(len(calls)) if EVIDENCE else _sample(calls)
    done_all_the_same = sum(trial.failing(number, calls[number]) for number in tried)
    print(f"{command}: {len(tried)} of {len(calls)} calls failed, {done_all_the_same} times the job was done anyway")


class Trial:
    """The same click on the same workbook, again and again."""

    def __init__(self, place: Place, command: str, case: Case) -> None:
        self.place, self.desk, self.command, self.case = place, place.desk, command, case
        self.document = place.book.impl._document
        self.answers = case.answers(place)
        self.before: dict[str, Any] = self.desk.dump(place.book)
        self.after: dict[str, Any] = {}
        self.files, self.settings = _files(place.folder), self.desk.settings()
        self.protected, self.looks = self._protected(), self._looks()
        self.snapshot = undo.last()
        self.selected = self._selected()
        self.known: dict[tuple[Any, ...], Any] = {}

    def whole(self) -> list[str]:
        """The click without a failure; the names of its calls."""
        self._click(0)
        calls = self.order
        assert "未完成" not in "".join(self._shown())
        self.after = self.desk.dump(self.place.book)
        self._back()
        return calls

    def failing(self, number: int, name: str) -> bool:
        """The click with one call failing; whether the whole job was done all the same."""
        where = f"call {number} ({name})"
        self._click(number + 1)
        settings = self.desk.settings()
        shown = self._shown()
        changed = self.document.isModified()
        assert self._protected() == self.protected, where
        now = self.desk.dump(self.place.book) if changed or number % 25 == 0 else self.before
        failed = "".join(shown).startswith("程序遇到意外") or "未完成，工作簿没有改动" in "".join(shown)
        if failed:
            assert len(shown) == 1, where
            assert settings == self.settings, where
            assert now == self.before, where
            assert not changed or self._looks() == self.looks, where
            assert _files(self.place.folder) == self.files, where
            assert list(self.desk.app.books) == [self.place.book], where
            assert self.place.book.fullname == str(self.place.folder / "中断.xlsx"), where
        else:
            # The call could be done without, or a second time: then the whole job is done.
            assert "未完成" not in "".join(shown), where
            assert len(shown) <= 1, where
            assert len(self.order) >= number, where
            assert settings[:3] == self.settings[:3], where
            assert now == self.after, where
            self._back()
        return not failed

    def _click(self, fail_at: int) -> None:
        """One click, as on the first day."""
        if self.snapshot is None:
            undo.forget()
        self.desk.impl._answers[:] = self.answers
        self.desk.impl._alerts.clear()
        self.desk.app.impl._status_bar = False
        if self.selected is not None:
            self._select()
        # That the cells are what they were was seen; how they look is asked anew.
        self.known = {key: answer for key, answer in self.known.items() if key[0] != "Range.number_format"}
        TRAFFIC.recall(self.known)
        self.document.setModified(False)
        TRAFFIC.reset(fail_at, CallFailed("made to fail"))
        buttons.run(self.command)
        # What the click itself counted is looked at before anything else is called.
        self.order = list(TRAFFIC.order)
        TRAFFIC.reset()
        TRAFFIC.recall(None)

    def _shown(self) -> list[str]:
        """The sentences told, without the questions asked."""
        return [text for _, text in self.desk.impl._alerts if not text.endswith(_ASKING)]

    def _back(self) -> None:
        """What a whole job did goes: written cells by the undo button, files and opened workbooks by hand."""
        for book in list(self.desk.app.books):
            if book != self.place.book:
                book.close()
        for name in _files(self.place.folder).keys() - self.files.keys():
            (self.place.folder / name).unlink()
        if self.after != self.before:
            self.desk.click("undo")
            assert self.desk.dump(self.place.book) == self.before

    def _protected(self) -> list[bool]:
        return [bool(sheet.isProtected()) for sheet in self.document.Sheets]

    def _looks(self) -> dict[tuple[str, int, int], Any]:
        """Number formats and row heights near the top of sheets where texts give way to formulas; the forms' shape."""
        found: dict[tuple[str, int, int], Any] = {}
        for name in ("校验结果", "勾稽关系"):
            top = self.document.Sheets.getByName(name).getCellRangeByPosition(0, 0, 15, 40)
            ranges = top.getUniqueCellFormatRanges()
            for item in (ranges.getByIndex(n) for n in range(ranges.Count)):
                shown = self.place.book.impl._format(item.NumberFormat)[1]
                for at in item.RangeAddresses:
                    across = range(at.StartColumn, at.EndColumn + 1)
                    found.update({(name, r, c): shown for r in range(at.StartRow, at.EndRow + 1) for c in across})
            # Above the lists rows follow their text, in whatever way the program fits them.
            found.update({(name, n, -1): top.Rows.getByIndex(n).Height for n in range(3, 40)})
        if self.document.Sheets.hasByName(SHEET):
            found[SHEET, 0, 0] = live_look(self.place.book)
        return found

    def _selected(self) -> tuple[str, int, int] | None:
        chosen = self.desk.app.selection
        return None if chosen is None else (chosen.sheet.name, chosen.row, chosen.column)

    def _select(self) -> None:
        assert self.selected is not None
        controller = self.document.CurrentController
        sheet = self.document.Sheets.getByName(self.selected[0])
        controller.ActiveSheet = sheet
        controller.select(sheet.getCellByPosition(self.selected[2] - 1, self.selected[1] - 1))


def _sample(calls: list[str]) -> list[int]:
    """Some of the calls: the first two that write, the last that writes, the last of all."""
    writes = [number for number, name in enumerate(calls) if name in ("Range.raw_value=", "SheetMembers.Protect")]
    return sorted({*writes[:2], *writes[-1:], len(calls) - 1})


def _computed_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The same workbook again and again: what a command computes for it is kept."""
    place, _, function = name.partition(":")
    module = importlib.import_module(place)
    compute = getattr(module, function)
    made: list[Any] = []

    def once(*arguments: Any) -> Any:
        if not made:
            made.append(compute(*arguments))
        return made[0]

    monkeypatch.setattr(module, function, once)


def _files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, but for what the program keeps of its own: its data, what it has read of others' files."""
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    own = ("data", f"收表{CACHE}")
    return {path.as_posix(): (folder / path).read_bytes() for path in found if path.parts[0] not in own}


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ("submit", "addin.upward.submit.submit_workbook"),
        pytest.param("export", "addin.verbs.report.report_book", marks=LONG),
        pytest.param("generate", "addin.verbs.computing.generate_book", marks=LONG),
    ],
)
def test_a_failure_of_the_work_itself_is_told_and_nothing_is_left(
    desk: Desk, steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, place: str
) -> None:
    book = desk.open(steps.narrated, tmp_path / "工作簿.xlsx")
    before, settings, there = desk.dump(book), desk.settings(), _files(tmp_path)
    monkeypatch.setattr(place, _broken)
    desk.impl._answers.append(str(tmp_path / "公开.docx"))
    assert "工作簿没有改动" in desk.click(command)
    assert desk.settings() == settings
    if command == "submit":
        monkeypatch.setattr(LiveBook, "save_copy", _broken)
        assert "工作簿没有改动" in desk.click(command)
    assert desk.dump(book) == before
    assert _files(tmp_path) == there


def _broken(*_: Any, **__: Any) -> None:
    raise RuntimeError
