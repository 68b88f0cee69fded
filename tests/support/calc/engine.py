"""The xlwings engine: apps, books, sheets, names and ranges of a running LibreOffice, as the Windows engine gives them.

Only what an add-in needs is here. Values follow Excel's habits: an empty cell is None, every number a float, dates by
the cell's format, strings parsed on writing unless the cell's format is text or an apostrophe stands before them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlwings
from xlwings import base_classes, utils

from tests.support.calc import looks
from tests.support.calc.formulas import to_api, to_excel
from tests.support.calc.members import AppMembers, BookMembers, RangeMembers, SheetMembers
from tests.support.calc.process import Process, bridge
from tests.support.calc.traffic import counted

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a cell's date has no zone
_DATE, _TIME, _LOGICAL = 2, 4, 1024
#: Error numbers of the program, and the codes with which Excel's COM interface gives the same errors.
_ERRORS = {532: "#DIV/0!", 32767: "#N/A", 525: "#NAME?", 521: "#NULL!", 503: "#NUM!", 524: "#REF!", 519: "#VALUE!"}
_CODES = {
    "#DIV/0!": -2146826281,
    "#N/A": -2146826246,
    "#NAME?": -2146826259,
    "#NULL!": -2146826288,
    "#NUM!": -2146826252,
    "#REF!": -2146826265,
    "#VALUE!": -2146826273,
}
_TEXTS = {code: text for text, code in _CODES.items()}
#: What Excel takes for a number, a date, a time or a truth value when it is written into a cell.
_PARSED = re.compile(
    r"\s*[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*%?\s*|\s*\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?\s*"
    r"|\s*\d{1,2}:\d{2}(:\d{2})?\s*|(?i:true|false)"
)
_A1 = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)(?::\$?([A-Za-z]{1,3})\$?(\d+))?")
_FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".xlsm": "Calc MS Excel 2007 VBA XML",
    ".xlam": "Calc MS Excel 2007 VBA XML",
    ".pdf": "calc_pdf_Export",
}

Rectangle = tuple[int, int, int, int]  #: first row, first column, rows, columns


def _number(letters: str) -> int:
    return int(utils.column_to_number(letters))  # type: ignore[no-untyped-call]


def _letters(number: int) -> str:
    return str(utils.col_name(number))  # type: ignore[no-untyped-call]


def property_value(name: str, value: Any) -> Any:
    """A named argument of the program's interface."""
    item = bridge().createUnoStruct("com.sun.star.beans.PropertyValue")
    item.Name, item.Value = name, value
    return item


def _rectangle(address: Any) -> Rectangle:
    rows, columns = address.EndRow - address.StartRow + 1, address.EndColumn - address.StartColumn + 1
    return address.StartRow + 1, address.StartColumn + 1, rows, columns


class Engine:
    """The engine as xlwings knows one."""

    name, type = "calc", "desktop"

    def __init__(self) -> None:
        self.running: list[App] = []

    @property
    def apps(self) -> Apps:
        return Apps(self)

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        return (
            "" if value is None else float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        )

    @staticmethod
    def clean_value_data(data: Any, dates: Any, empty: Any, number: Any, err_to_str: bool) -> list[list[Any]]:
        def one(value: Any) -> Any:
            if value in ("", None):
                return empty
            if isinstance(value, int) and not isinstance(value, bool) and value in _TEXTS:
                return _TEXTS[value] if err_to_str else None
            if number is not None and isinstance(value, float):
                return number(value)
            return value

        return [[one(value) for value in line] for line in data]


ENGINE = Engine()


class Apps(base_classes.Apps):
    def __init__(self, engine: Engine) -> None:
        self._running = engine.running

    def keys(self) -> list[int]:
        return [app.pid for app in self._running]

    def add(self, spec: Any = None, add_book: Any = None, xl: Any = None, visible: Any = None) -> App:
        app = App()
        self._running.append(app)
        return app

    def __iter__(self) -> Iterator[App]:
        return iter(list(reversed(self._running)))

    def __len__(self) -> int:
        return len(self._running)

    def __getitem__(self, pid: int) -> App:
        return next(app for app in self._running if app.pid == pid)


@counted
class App(base_classes.App):
    """One running program. What it would show in boxes is kept in `alerts`; `answers` are given to its questions."""

    engine = ENGINE

    def __init__(self) -> None:
        self._process = Process()
        self._books: list[Book] = []
        self._made = 0
        self._screen_updating, self._calculation, self._status_bar = True, "automatic", False
        self._enable_events = True
        self._alerts: list[tuple[str, str]] = []
        self._answers: list[Any] = []
        self._dialogs: list[tuple[str, str]] = []
        self._undo: tuple[str, str] | None = None
        self._statuses: list[Any] = []

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def api(self) -> AppMembers:
        return AppMembers(self)

    @property
    def version(self) -> str:
        return "16.0"

    @property
    def hwnd(self) -> int:
        return 0

    @property
    def visible(self) -> bool:
        return False

    @visible.setter
    def visible(self, value: bool) -> None:
        """There is no window to show."""

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def selection(self) -> Range | None:
        if not self._books:
            return None
        book = self._books[-1]
        chosen = book._document.CurrentController.getSelection()
        if chosen is None or not chosen.supportsService("com.sun.star.sheet.SheetCellRange"):
            return None
        return Range(Sheet(book, book._document.CurrentController.ActiveSheet), *_rectangle(chosen.RangeAddress))

    @property
    def screen_updating(self) -> bool:
        return self._screen_updating

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self._screen_updating = value

    @property
    def enable_events(self) -> bool:
        return self._enable_events

    @enable_events.setter
    def enable_events(self, value: bool) -> None:
        self._enable_events = value

    @property
    def display_alerts(self) -> bool:
        return True

    @display_alerts.setter
    def display_alerts(self, value: bool) -> None:
        """No box is ever shown here."""

    @property
    def status_bar(self) -> Any:
        return self._status_bar

    @status_bar.setter
    def status_bar(self, value: Any) -> None:
        self._status_bar = value
        self._statuses.append(value)

    @property
    def calculation(self) -> str:
        return self._calculation

    @calculation.setter
    def calculation(self, value: str) -> None:
        self._calculation = value
        for book in self._books:
            book._document.enableAutomaticCalculation(value != "manual")

    def calculate(self) -> None:
        for book in self._books:
            book._document.calculateAll()

    def alert(self, prompt: str, title: str, buttons: Any, mode: Any, callback: Any) -> str:
        self._alerts.append((title, prompt))
        return self._answers.pop(0) if buttons and buttons != "ok" and self._answers else "ok"

    def activate(self, steal_focus: bool = False) -> None:
        ENGINE.running.remove(self)
        ENGINE.running.append(self)

    def quit(self) -> None:
        for book in list(self._books):
            book.close()
        if self in ENGINE.running:
            ENGINE.running.remove(self)
        self._process.end()


class Books(base_classes.Books):
    app: Any = None  # a plain attribute: the base class has a read-only property

    def __init__(self, app: App) -> None:
        self.app = app
        self._open: list[Book] = app._books

    @property
    def active(self) -> Book | None:
        return self._open[-1] if self._open else None

    def __call__(self, key: int | str) -> Book:
        if isinstance(key, int):
            return self._open[key - 1]
        for book in self._open:
            if book.name.lower() == key.lower():
                return book
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self.app._books)

    def __iter__(self) -> Iterator[Book]:
        return iter(list(self.app._books))

    def add(self, template: str | None = None) -> Book:
        self.app._made += 1
        source = bridge().systemPathToFileUrl(str(Path(template).resolve())) if template else "private:factory/scalc"
        arguments = (property_value("AsTemplate", True),) if template else ()
        document = self.app._process.desktop.loadComponentFromURL(source, "_blank", 0, arguments)
        return Book(self.app, document, None, f"工作簿{self.app._made}")

    def open(self, fullname: str, *arguments: Any, **options: Any) -> Book:
        path = Path(fullname).resolve()
        if not path.exists():
            raise FileNotFoundError(path)
        wanted = [property_value("MacroExecutionMode", 4)]
        if path.suffix in (".xlam", ".xlsm"):
            wanted.append(property_value("FilterName", _FILTERS[path.suffix]))
        source = bridge().systemPathToFileUrl(str(path))
        document = self.app._process.desktop.loadComponentFromURL(source, "_blank", 0, tuple(wanted))
        if document is None:
            raise OSError(f"cannot load {path}")
        return Book(self.app, document, path, path.name)


@counted
class Book(base_classes.Book):
    app: Any = None  # a plain attribute: the base class has a read-only property

    def __init__(self, app: App, document: Any, path: Path | None, name: str) -> None:
        self.app = app
        self._document, self._path, self._name = document, path, name
        self._formats: dict[int, tuple[int, str]] = {}
        app._books.append(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Book) and other._document == self._document

    def __hash__(self) -> int:
        return hash(self._name)

    @property
    def api(self) -> BookMembers:
        return BookMembers(self)

    @property
    def name(self) -> str:
        return self._path.name if self._path else self._name

    @property
    def fullname(self) -> str:
        return str(self._path) if self._path else self._name

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self)

    def activate(self) -> None:
        self.app._books.remove(self)
        self.app._books.append(self)

    def close(self) -> None:
        if self in self.app._books:
            self.app._books.remove(self)
        self._document.close(True)

    def save(self, path: str | None = None, password: str | None = None) -> None:
        target = Path(path).resolve() if path else self._path
        assert target is not None
        arguments = (property_value("FilterName", _FILTERS[target.suffix]), property_value("Overwrite", True))
        self._document.storeAsURL(bridge().systemPathToFileUrl(str(target)), arguments)
        self._path = target

    def _save_copy(self, path: str) -> None:
        """The document as it is now in another file; it stays what it was."""
        target = Path(path)
        arguments = (property_value("FilterName", _FILTERS[target.suffix]), property_value("Overwrite", True))
        self._document.storeToURL(bridge().systemPathToFileUrl(str(target)), arguments)

    def to_pdf(self, path: str, quality: Any = None) -> None:
        target = bridge().systemPathToFileUrl(str(Path(path).resolve()))
        self._document.storeToURL(target, (property_value("FilterName", "calc_pdf_Export"),))

    def _format(self, key: int) -> tuple[int, str]:
        """Kind and pattern of a number format."""
        if key not in self._formats:
            item = self._document.NumberFormats.getByKey(key)
            self._formats[key] = (item.Type, item.FormatString)
        return self._formats[key]

    def _format_key(self, pattern: str) -> int:
        formats = self._document.NumberFormats
        locale = bridge().createUnoStruct("com.sun.star.lang.Locale")
        locale.Language, locale.Country = "en", "US"
        key = formats.queryKey(pattern, locale, False)
        return int(formats.addNew(pattern, locale) if key == -1 else key)


@counted
class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self._book, self._uno = book, book._document.Sheets

    @property
    def active(self) -> Sheet:
        return Sheet(self._book, self._book._document.CurrentController.ActiveSheet)

    def __call__(self, key: int | str) -> Sheet:
        if isinstance(key, int):
            return Sheet(self._book, self._uno.getByIndex(key - 1))
        for name in self._uno.ElementNames:
            if name.lower() == key.lower():
                return Sheet(self._book, self._uno.getByName(name))
        raise KeyError(key)

    def __len__(self) -> int:
        return int(self._uno.Count)

    def __iter__(self) -> Iterator[Sheet]:
        return (Sheet(self._book, self._uno.getByIndex(number)) for number in range(self._uno.Count))

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Sheet:
        name = name or f"Sheet{self._uno.Count + 1}"
        position = before.index - 1 if before else after.index if after else 0
        self._uno.insertNewByName(name, position)
        return Sheet(self._book, self._uno.getByName(name))


@counted
class Sheet(base_classes.Sheet):
    book: Any = None

    def __init__(self, book: Book, sheet: Any) -> None:
        self.book = book
        self._uno = sheet

    @property
    def _place_of(self) -> tuple[Any, ...]:
        return id(self.book), str(self._uno.Name)

    @property
    def api(self) -> SheetMembers:
        return SheetMembers(self)

    @property
    def name(self) -> str:
        return str(self._uno.Name)

    @name.setter
    def name(self, value: str) -> None:
        self._uno.Name = value

    @property
    def index(self) -> int:
        return int(self._uno.RangeAddress.Sheet) + 1

    @property
    def visible(self) -> bool:
        return bool(self._uno.IsVisible)

    @visible.setter
    def visible(self, value: bool) -> None:
        self._uno.IsVisible = value

    @property
    def used_range(self) -> Range:
        cursor = self._uno.createCursor()
        cursor.gotoStartOfUsedArea(False)
        cursor.gotoEndOfUsedArea(True)
        return Range(self, *_rectangle(cursor.RangeAddress))

    def range(self, first: Any, last: Any = None) -> Range:
        row, column, rows, columns = self._place(first)
        if last is not None:
            row2, column2, rows2, columns2 = self._place(last)
            top, left = min(row, row2), min(column, column2)
            rows = max(row + rows, row2 + rows2) - top
            columns = max(column + columns, column2 + columns2) - left
            row, column = top, left
        return Range(self, row, column, rows, columns)

    def _place(self, what: Any) -> Rectangle:
        if isinstance(what, xlwings.Range):
            what = what.impl
        if isinstance(what, Range):
            return what.row, what.column, *what.shape
        if isinstance(what, tuple):
            return what[0], what[1], 1, 1
        match = _A1.fullmatch(what)
        if match is None:
            raise KeyError(what)
        row, column = int(match[2]), _number(match[1].upper())
        row2, column2 = (int(match[4]), _number(match[3].upper())) if match[3] else (row, column)
        return row, column, row2 - row + 1, column2 - column + 1

    def activate(self) -> None:
        self._uno.getDrawPage()  # a deleted sheet fails here and not later
        self.book.activate()
        self.book._document.CurrentController.ActiveSheet = self._uno

    select = activate


@counted
class Range(base_classes.Range):
    sheet: Any = None
    arg1_input = ""
    max_cells_per_read = None
    max_cells_per_write = None

    def __init__(self, sheet: Sheet, row: int, column: int, rows: int = 1, columns: int = 1) -> None:
        self.sheet = sheet
        self._row, self._column, self._rows, self._columns = row, column, rows, columns
        self._at: Any = None

    @property
    def _uno(self) -> Any:
        if self._at is None:
            last_column, last_row = self._column + self._columns - 2, self._row + self._rows - 2
            self._at = self.sheet._uno.getCellRangeByPosition(self._column - 1, self._row - 1, last_column, last_row)
        return self._at

    @property
    def _place_of(self) -> tuple[Any, ...]:
        return *self.sheet._place_of, self._row, self._column, self._rows, self._columns

    @property
    def api(self) -> RangeMembers:
        return RangeMembers(self)

    @property
    def row(self) -> int:
        return self._row

    @property
    def column(self) -> int:
        return self._column

    @property
    def shape(self) -> tuple[int, int]:
        return self._rows, self._columns

    @property
    def coords(self) -> tuple[Any, ...]:
        return self.sheet, self._row, self._column, self._rows, self._columns

    def __len__(self) -> int:
        return self._rows * self._columns

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = (row - 1) // self._columns + 1, (row - 1) % self._columns + 1
        return Range(self.sheet, self._row + row - 1, self._column + column - 1)

    @property
    def raw_value(self) -> Any:
        data = [list(line) for line in self._uno.getDataArray()]
        if any(isinstance(value, float) for line in data for value in line):
            self._by_format(data)
        for i, line in enumerate(data):
            for j, value in enumerate(line):
                if value is None:
                    line[j] = _CODES[_ERRORS.get(self._uno.getCellByPosition(j, i).getError(), "#VALUE!")]
                elif value == "":
                    line[j] = None
        return data[0][0] if len(self) == 1 else tuple(tuple(line) for line in data)

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        if not isinstance(data, list | tuple):
            data = [[data] * self._columns] * self._rows
        elif not isinstance(data[0], list | tuple):
            data = [data]
        self._write(data)

    def _by_format(self, data: list[list[Any]]) -> None:
        """Numbers that their cells show as dates or truth values become such."""
        ranges = self._uno.getUniqueCellFormatRanges()
        for number in range(ranges.Count):
            item = ranges.getByIndex(number)
            kind = self.sheet.book._format(item.NumberFormat)[0]
            if not kind & (_DATE | _TIME | _LOGICAL):
                continue
            for area in item.RangeAddresses:
                row, column, rows, columns = _rectangle(area)
                for line in data[row - self._row : row - self._row + rows]:
                    for j in range(column - self._column, column - self._column + columns):
                        if isinstance(line[j], float):
                            line[j] = bool(line[j]) if kind & _LOGICAL else _EPOCH + dt.timedelta(days=line[j])

    def _write(self, data: Sequence[Sequence[Any]]) -> None:
        texts = any(_is_parsed(v) for line in data for v in line)
        rows = []
        formats = self._text_cells() if texts else set()
        for i, line in enumerate(data):
            new: list[Any] = []
            for j, value in enumerate(line):
                if isinstance(value, Decimal):
                    # pywin32 hands a Decimal over as currency, and Excel then formats the cell so.
                    raise CurrencyWritten(f"{self.get_address(False, False, False)}: {value}")
                if value is None:
                    new.append("")
                elif isinstance(value, str):
                    new.append(self._typed(value, text=(i, j) in formats) if texts else value)
                elif isinstance(value, dt.datetime):
                    new.append((value - _EPOCH) / dt.timedelta(days=1))
                else:
                    new.append(float(value))
            rows.append(tuple(new))
        target = Range(self.sheet, self._row, self._column, len(rows), len(rows[0]))._uno
        if texts:
            target.setFormulaArray(tuple(rows))
        else:
            target.setDataArray(tuple(rows))

    def _text_cells(self) -> set[tuple[int, int]]:
        """Offsets of the cells whose format is text."""
        found: set[tuple[int, int]] = set()
        ranges = self._uno.getUniqueCellFormatRanges()
        for number in range(ranges.Count):
            item = ranges.getByIndex(number)
            if self.sheet.book._format(item.NumberFormat)[1] != "@":
                continue
            for area in item.RangeAddresses:
                row, column, rows, columns = _rectangle(area)
                across = range(column - self._column, column - self._column + columns)
                found.update((i, j) for i in range(row - self._row, row - self._row + rows) for j in across)
        return found

    @staticmethod
    def _typed(value: str, *, text: bool) -> str:
        """A string as the program's parser must get it to do what Excel does with it."""
        if value == "":
            return value
        if text:
            # Whether Excel takes an apostrophe in a text cell for part of the text is not worth relying on.
            if value.startswith("'"):
                raise ApostropheWritten(value)
            return "'" + value
        if value.startswith("=") and len(value) > 1:
            return to_api(value)
        return value if value.startswith("'") or _PARSED.fullmatch(value) else "'" + value

    @property
    def formula(self) -> Any:
        data = [[to_excel(value) for value in line] for line in self._uno.getFormulaArray()]
        return data[0][0] if len(self) == 1 else tuple(tuple(line) for line in data)

    @formula.setter
    def formula(self, data: Any) -> None:
        self.raw_value = data

    @property
    def number_format(self) -> str | None:
        state = self._uno.getPropertyState("NumberFormat").value if len(self) > 1 else ""
        if state == "AMBIGUOUS_VALUE":
            return None
        key = self._uno.NumberFormat
        if state == "DEFAULT_VALUE":
            # Formats that come from several styles are no ambiguity to the program.
            groups = self._uno.getUniqueCellFormatRanges()
            if any(groups.getByIndex(n).NumberFormat != key for n in range(groups.Count)):
                return None
        return str(self.sheet.book._format(key)[1])

    @number_format.setter
    def number_format(self, value: str) -> None:
        self._uno.NumberFormat = self.sheet.book._format_key(value)

    @property  # type: ignore[misc]  # what sets heights goes through whole rows
    def row_height(self) -> float | None:
        """In points; None where rows differ, none at all of a hidden row."""
        rows = looks.rows_seen(self)
        if not all(shown for _, shown, _ in rows):
            return None if any(shown for _, shown, _ in rows) else 0.0
        found = {looks.points(height) for height, _, _ in rows}
        return found.pop() if len(found) == 1 else None

    def clear_contents(self) -> None:
        self._uno.clearContents(1 | 2 | 4 | 16)

    def insert(self, shift: str | None = None, copy_origin: Any = None) -> None:
        mode = bridge().Enum("com.sun.star.sheet.CellInsertMode", "RIGHT" if shift == "right" else "DOWN")
        self.sheet._uno.insertCells(self._uno.RangeAddress, mode)

    def delete(self, shift: str | None = None) -> None:
        mode = bridge().Enum("com.sun.star.sheet.CellDeleteMode", "LEFT" if shift == "left" else "UP")
        self.sheet._uno.removeRange(self._uno.RangeAddress, mode)

    def select(self) -> None:
        self.sheet.activate()
        self.sheet.book._document.CurrentController.select(self._uno)

    def get_address(self, row_absolute: bool = True, column_absolute: bool = True, external: bool = False) -> str:
        def one(row: int, column: int) -> str:
            letters = _letters(column)
            return f"{'$' if column_absolute else ''}{letters}{'$' if row_absolute else ''}{row}"

        text = one(self._row, self._column)
        if len(self) > 1:
            text += ":" + one(self._row + self._rows - 1, self._column + self._columns - 1)
        return text

    @property
    def address(self) -> str:
        return self.get_address()


def _is_parsed(value: Any) -> bool:
    """Whether a text must go through the program's parser to become what Excel makes of it."""
    return isinstance(value, str) and bool(value) and (value[0] in "='" or _PARSED.fullmatch(value) is not None)


class CurrencyWritten(AssertionError):
    """The add-in wrote a Decimal."""


class ApostropheWritten(AssertionError):
    """The add-in wrote an apostrophe into a cell whose format is text already."""


@counted
class Names(base_classes.Names):
    def __init__(self, book: Book) -> None:
        self._book, self._uno = book, book._document.NamedRanges

    def __len__(self) -> int:
        return len(self._uno.ElementNames)

    def __iter__(self) -> Iterator[Name]:
        return iter([Name(self._book, name) for name in self._uno.ElementNames])

    def __call__(self, key: int | str) -> Name:
        names = self._uno.ElementNames
        return Name(self._book, names[key - 1] if isinstance(key, int) else key)

    def contains(self, key: str) -> bool:
        return any(name.lower() == key.lower() for name in self._uno.ElementNames)


@counted
class Name(base_classes.Name):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    @property
    def _place_of(self) -> tuple[Any, ...]:
        return id(self._book), self._name

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self._named.Name = self._name = value

    @property
    def refers_to(self) -> str:
        return to_excel("=" + self._named.Content)

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        self._named.Content = to_api(value).removeprefix("=")

    @property
    def _named(self) -> Any:
        return self._book._document.NamedRanges.getByName(self._name)


def register() -> xlwings.Engine:
    """The engine known to xlwings, and made the active one."""
    known: dict[str, xlwings.Engine] = xlwings.engines.engines_by_name
    if ENGINE.name not in known:
        xlwings.engines.add(xlwings.Engine(impl=ENGINE))
    known[ENGINE.name].activate()
    return known[ENGINE.name]
