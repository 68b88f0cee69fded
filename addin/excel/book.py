"""The Excel door: an open workbook read into grids and written in a few blocks, through xlwings.

Knows ranges and nothing of budgets. Every call into Excel is tried again while Excel is busy, for a limited time. A
write is whole or nothing: where a call fails, what was written is put back, sheets are protected again, and the
settings that were changed for the writing are restored in any case.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import gc
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from addin.excel import com
from addin.excel.rectangles import Format, FormulaText, Height, Rectangle, rectangles
from addin.excel.reshape import Reshaper
from addin.excel.shapes import Reshaping
from addin.xlsx import fitting, is_own, same
from udfs.base import Area, Block, FileFacts, InputProblems, Problem, is_blank, is_error, read_reference
from workbook_templates.defined_names import EDITION

T = TypeVar("T")

TITLE = "预算公开"
#: Seconds for which a busy Excel is waited for, call by call.
PATIENCE = 15.0
#: More cells than this in one sheet come from a stray entry far away, and would not fit into memory as objects.
MOST_CELLS = 3_000_000
#: Excel rejects a call while a cell is being edited or a box is open: RPC_E_CALL_REJECTED,
#: RPC_E_SERVERCALL_RETRYLATER and its own VBA_E_IGNORE.
_BUSY = {-2147418111, -2147417846, -2146777998}
_TEXT_FORMAT = "@"
#: A text of this length does not go into a cell as part of a block.
_LONGEST = 8_000

#: Texts that Excel would not take as they are: numbers, dates, formulas, truth values.
_PARSED = re.compile(r"[=+\-@'(（¥￥$€£.．\d０-９]|(上午|下午|[A-Za-z]{3,9}[-\s/]?\d)|(?i:true|false)$")


class NotRestored(Exception):
    """Something could not be put back; the message says what, and what to do."""


class ExcelBusy(Exception):
    """Excel did not answer in time."""


def release() -> None:
    """Let go of the workbook that VBA has handed over, so that Excel can end when its window is closed."""
    windows = sys.modules.get("xlwings._xlwindows")
    if windows is not None and hasattr(windows, "BOOK_CALLER"):
        setattr(windows, "BOOK_CALLER", None)  # noqa: B010 - the module is Windows' own
    gc.collect()


def disarm() -> None:
    """Keep xlwings from ending Excel processes that it cannot see when Python exits, and from trying without end.

    Its exit hook would close, without asking, a workbook that the clerk has open in another window.
    """
    windows = sys.modules.get("xlwings._xlwindows")
    if windows is not None and hasattr(windows, "cleanup"):
        atexit.unregister(windows.cleanup)
        setattr(windows, "N_COM_ATTEMPTS", 1)  # noqa: B010 - the module is Windows' own; every refusal comes to us at once


def is_busy(error: BaseException) -> bool:
    """Whether an error says that Excel is busy and nothing worse."""
    codes = {getattr(error, "hresult", None)}
    details = getattr(error, "excepinfo", None)
    if details:
        codes.add(details[-1])
    return bool(codes & _BUSY) or type(error).__name__ == "ExcelBusyError"


def patiently(call: Callable[..., T], *arguments: Any) -> T:
    """The call's result; tried again with growing pauses while Excel is busy. Raises ExcelBusy in the end."""
    end = time.monotonic() + PATIENCE
    pause = 0.05
    while True:
        try:
            return call(*arguments)
        except Exception as error:
            if not is_busy(error):
                raise
            if time.monotonic() + pause > end:
                raise ExcelBusy from error
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def surely(call: Callable[..., object], *arguments: Any) -> Exception | None:
    """Do what must be done whatever happens: a second time where it fails once. The error where it fails twice."""
    try:
        patiently(call, *arguments)
    except Exception:  # noqa: BLE001 - whatever it was, the second try decides
        try:
            patiently(call, *arguments)
        except Exception as error:  # noqa: BLE001 - handed back, not lost
            return error
    return None


def active_book() -> Any:
    """The open workbook that the clerk is looking at, as an xlwings Book; None where there is none."""
    import xlwings

    disarm()
    window = next((a.partition("=")[2] for a in sys.argv if a.startswith("--hwnd=")), "")
    windows = sys.modules.get("xlwings._xlwindows")
    if windows is not None and window:
        app: Any = xlwings.App(impl=windows.App(xl=int(window)))
    elif windows is not None and getattr(windows, "BOOK_CALLER", None):
        # VBA hands over a bare object, whose errors are not those that xlwings waits for: of a selected chart, say.
        return xlwings.Book(impl=windows.Book(windows.COMRetryObjectWrapper(windows.BOOK_CALLER)))
    else:
        app = xlwings.apps.active
    if app is None or not len(app.books):
        return None
    return patiently(lambda: app.books.active)


class Screen:
    """What the clerk sees of a running command: the status bar, message boxes, questions."""

    def __init__(self, app: Any) -> None:
        self._app = app

    @property
    def window(self) -> int:
        """The handle of Excel's window, by which another process finds this Excel among several."""
        return int(patiently(lambda: self._app.hwnd))

    def progress(self, text: str) -> None:
        """A line in the status bar."""
        patiently(setattr, self._app, "status_bar", f"{TITLE}：{text}")

    def rest(self) -> Exception | None:
        """Give the status bar back to Excel."""
        return surely(setattr, self._app, "status_bar", False)

    def tell(self, text: str, *, bad: bool = False) -> None:
        """A message box. Tried twice: the clerk must hear of a failure."""
        mode = "critical" if bad else "info"
        error = surely(lambda: self._app.alert(text, title=TITLE, mode=mode))
        if error is not None:
            raise error

    def say_at_last(self, text: str, *, bad: bool = False) -> None:
        """What a click ends with: shown by the add-in's VBA once Python has returned, else as `tell` shows it."""
        if not patiently(com.hand_back, self._app, text, bad):
            self.tell(text, bad=bad)

    def ask(self, question: str) -> bool:
        """A question with yes and no."""
        return bool(patiently(lambda: self._app.alert(question, title=TITLE, buttons="yes_no", mode="info")) == "yes")

    def ask_text(self, question: str, default: str = "") -> str | None:
        """A question with a line to type into; None where she cancels."""
        return patiently(com.ask_text, self._app, question, TITLE, default)

    def ask_file(self, title: str, kinds: str) -> Path | None:
        """A file chosen in Excel's own dialog; None where she cancels. `kinds`: `words,*.a;*.b`."""
        chosen = patiently(com.ask_file, self._app, title, kinds)
        return None if chosen is None else Path(chosen)

    def ask_target(self, title: str, kinds: str, default: Path) -> Path | None:
        """A file to write, chosen in Excel's own dialog; None where she cancels. Excel may not ask about replacing."""
        chosen = patiently(com.ask_target, self._app, title, kinds, str(default))
        return None if chosen is None else Path(chosen)

    def ask_folder(self, title: str) -> Path | None:
        """A folder chosen in Excel's own dialog; None where she cancels."""
        chosen = patiently(com.ask_folder, self._app, title)
        return None if chosen is None else Path(chosen)

    def glimpse(self, text: str) -> None:
        """A line in the status bar on the way, while long work runs: left out where Excel is busy just then."""
        try:
            self._app.status_bar = f"{TITLE}：{text}"
        except Exception as error:
            if not is_busy(error):
                raise

    def is_open(self, path: Path) -> bool:
        """Whether a workbook of that file name is open: Excel opens no two of one name, wherever they lie."""
        names = patiently(lambda: [book.name for book in self._app.books])
        return path.name.lower() in (name.lower() for name in names)

    def open(self, path: Path) -> None:
        """Open a file."""
        patiently(self._app.books.open, str(path))

    def open_as_new(self, template: Path) -> None:
        """Open a file as a new workbook that has no name yet."""
        patiently(com.open_as_new, self._app, str(template))

    def offer_undo(self, text: str, procedure: str) -> None:
        """Let Excel's own undo button call a procedure of the add-in."""
        patiently(com.offer_undo, self._app, text, procedure)


class LiveBook:
    """An open workbook as the commands see one: `path`, `grids`, `names`, `facts`, `edition_stamp`."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.app = book.app
        self.screen = Screen(self.app)
        self.path = Path(patiently(com.full_name, book))
        self.names, self._constants = self._read_names()
        self.grids: dict[str, list[list[Any]]] = {}
        self._formulas: dict[str, dict[tuple[int, int], str]] = {}
        self._facts: FileFacts | None = None
        self._reshaper = Reshaper(patiently, ExcelBusy)

    @property
    def edition_stamp(self) -> str:
        """What YS_EDITION holds; empty where the workbook is not one of ours."""
        return self._constants.get(EDITION, "")

    @property
    def folder(self) -> Path | None:
        """The folder in which it lies; None where it was never saved, or lies in the cloud."""
        return self.path.parent if self.path.is_absolute() and self.path.parent.is_dir() else None

    @property
    def facts(self) -> FileFacts:
        """What the workbook shows besides values."""
        assert self._facts is not None, "read first"
        return self._facts

    def read(self, live: Sequence[str] = ()) -> None:
        """Every sheet's values, one block read a sheet, and what else the workbook shows.

        `live`: sheets of the program's own formulas, which are no formulas of the clerk's.
        """
        hidden_sheets: list[str] = []
        rows: dict[str, tuple[int, ...]] = {}
        columns: dict[str, tuple[int, ...]] = {}
        for sheet in patiently(lambda: list(self._book.sheets)):
            name, visible, block = patiently(self._look, sheet)
            self.grids[name] = patiently(com.values, block)
            if not visible:
                hidden_sheets.append(name)
            if patiently(com.has_formula, block):
                self._formulas[name] = self._formula_texts(block)
            found = patiently(com.hidden_lines, block)
            rows[name], columns[name] = self._filled(self.grids[name], *found)
        links, own_links = patiently(com.external_links, self._book)
        self._facts = FileFacts(
            formulas={name: frozenset(cells) for name, cells in self._formulas.items() if name not in live},
            hidden_sheets=tuple(hidden_sheets),
            hidden_rows={name: lines for name, lines in rows.items() if lines},
            hidden_columns={name: lines for name, lines in columns.items() if lines},
            errors={name: wrong for name, grid in self.grids.items() if (wrong := _errors(grid))},
            external_links=links,
            own_functions=bool(own_links),
            macros=patiently(com.has_macros, self._book),
            other_parts=("xl/connections.xml",) * patiently(com.connections, self._book),
        )

    def write(
        self, blocks: Sequence[Block], keep: Callable[[list[Rectangle], list[Reshaping]], None] | None = None
    ) -> int:
        """Write the blocks, all or none; number of rectangles and areas changed.

        `keep` gets the snapshot before anything is.
        """
        wanted = list(dict.fromkeys(block.sheet for block in blocks))
        sheets = {name: patiently(self._sheet, name) for name in wanted}
        guards = {name: patiently(com.protection, sheets[name]) for name in wanted}
        protected = {name for name, guard in guards.items() if guard is not None}
        found = rectangles(self.grids, self._formulas, blocks, protected)
        pieces = [self._planned(sheets[piece.sheet], piece) for piece in found]
        shapes = self._reshaper.planned(sheets, blocks)
        if keep is not None:
            keep(pieces, shapes)
        self.write_pieces(pieces, shapes, sheets, guards)
        return len(pieces) + len(shapes)

    def write_pieces(
        self,
        pieces: Sequence[Rectangle],
        shapes: Sequence[Reshaping] = (),
        sheets: Mapping[str, Any] | None = None,
        guards: Mapping[str, Mapping[str, bool] | None] | None = None,
    ) -> None:
        """Write rectangles and give areas their shape, all or none."""
        names = list(dict.fromkeys([*(piece.sheet for piece in pieces), *(shape.sheet for shape in shapes)]))
        found = sheets or {name: patiently(self._sheet, name) for name in names}
        guard = guards or {name: patiently(com.protection, found[name]) for name in names}
        with self._quiet(*(("display_alerts",) if shapes else ())):
            opened: list[str] = []
            touched: list[Rectangle] = []
            loosened: list[Reshaping] = []
            try:
                for name in names:
                    if guard[name] is not None:
                        opened.append(name)
                        self._unprotect(found[name], name)
                    its = [shape for shape in shapes if shape.sheet == name]
                    for shape in its:
                        loosened.append(shape)
                        self._reshaper.loosen(found[name], shape)
                    for piece in (p for p in pieces if p.sheet == name):
                        touched.append(piece)
                        self._put(found[name], piece)
                    for shape in its:
                        self._reshaper.fasten(found[name], shape)
                for name in opened:
                    patiently(com.protect, found[name], guard[name] or {})
            except BaseException:
                self._put_back(touched, loosened, opened, found, guard)
                raise

    def _put_back(
        self,
        touched: Sequence[Rectangle],
        loosened: Sequence[Reshaping],
        opened: Sequence[str],
        sheets: Mapping[str, Any],
        guards: Mapping[str, Mapping[str, bool] | None],
    ) -> None:
        failures: list[Exception] = []
        changed = [*(piece.sheet for piece in touched), *(shape.sheet for shape in loosened)]
        for name in dict.fromkeys([*opened, *changed]):
            if name in changed and guards[name] is not None:
                # It may have been protected again already.
                surely(com.unprotect, sheets[name])
            its = [shape for shape in loosened if shape.sheet == name]
            steps = [(self._reshaper.loosen, shape) for shape in its]
            steps += [(self._put, piece) for piece in reversed(touched) if piece.sheet == name]  # type: ignore[misc]
            steps += [(self._reshaper.fasten, shape) for shape in its]
            for step, change in steps:
                error = surely(step, sheets[name], change, True)
                failures += [error] if error else []
            failures += [LookupError(f"{name}: shape not known") for shape in its if not shape.known]
            options = guards[name]
            if options is not None and name in opened:
                error = surely(com.protect, sheets[name], options)
                failures += [error] if error else []
        if failures:
            places = "、".join(dict.fromkeys(changed))
            message = f"写入中断，且未能恢复{places}原来的内容，请不要保存，关闭工作簿后重新打开"
            raise NotRestored(message) from failures[0]

    def matches(self, pieces: Sequence[Rectangle]) -> bool:
        """Whether the cells still hold what was written into them; one block read a piece."""
        for piece in pieces:
            block = self._range(self._book.sheets[piece.sheet], piece)
            values = patiently(com.values, block)
            for line, wanted in zip(values, piece.new, strict=True):
                for value, text in zip(line, wanted, strict=True):
                    if not isinstance(text, FormulaText) and value != text and not (is_blank(value) and is_blank(text)):
                        return False
        return True

    def save_copy(self, path: Path) -> None:
        """Write the workbook as it is now to another file. What is open stays what it was."""
        patiently(com.save_copy, self._book, str(path))

    def go_to(self, sheet: str, cell: str) -> None:
        """Show a cell."""
        target = self._book.sheets[sheet]
        patiently(target.activate)
        patiently(lambda: target.range(cell or "A1").select())

    def area_values(self, name: str) -> list[list[Any]]:
        """The values of a named area down to the last row in use: one block read. Empty where there is no such name."""
        if name not in self.names:
            return []
        sheet_name, row, column, last_row, last_column = self.names[name]
        sheet = patiently(self._sheet, sheet_name)
        used = patiently(lambda: sheet.used_range.last_cell.row)
        if used < row:
            return []
        block = sheet.range((row, column), (min(last_row, used), last_column))
        values: list[list[Any]] = patiently(com.values, block)
        return values

    def selected(self) -> tuple[str, int, int] | None:
        """Sheet, row and column of the first selected cell; None where something else is selected."""
        chosen = patiently(lambda: self.app.selection)
        return None if chosen is None else patiently(lambda: (chosen.sheet.name, chosen.row, chosen.column))

    def _sheet(self, name: str) -> Any:
        return self._book.sheets[name]

    def _look(self, sheet: Any) -> tuple[str, bool, Any]:
        """A sheet's name, whether it is shown, and all that it holds."""
        return sheet.name, com.is_visible(sheet), self._block(sheet)

    def _block(self, sheet: Any) -> Any:
        """From A1 to the last cell in use. Raises InputProblems where that is absurdly far away."""
        used = sheet.used_range
        height, width = used.shape
        last_row, last_column = used.row + height - 1, used.column + width - 1
        if last_row * last_column > MOST_CELLS:
            message = "工作表的使用范围异常庞大（可能在很远处误填了单元格），请删除多余的行列并保存后再试"
            raise InputProblems([Problem(sheet.name, message)])
        return sheet.range((1, 1), (last_row, last_column))

    def _formula_texts(self, block: Any) -> dict[tuple[int, int], str]:
        texts = patiently(lambda: block.formula)
        if isinstance(texts, str):
            texts = ((texts,),)
        return {
            (r, c): text
            for r, line in enumerate(texts, 1)
            for c, text in enumerate(line, 1)
            if isinstance(text, str) and text.startswith("=")
        }

    def _filled(
        self, grid: Sequence[Sequence[Any]], rows: Sequence[int], columns: Sequence[int]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of the hidden rows and columns those that hold something."""
        full_rows = tuple(r for r in rows if any(not is_blank(value) for value in grid[r - 1]))
        return full_rows, tuple(c for c in columns if any(not is_blank(line[c - 1]) for line in grid))

    def _read_names(self) -> tuple[dict[str, Area], dict[str, str]]:
        """Where the defined names point, and the texts that names stand for."""
        found = patiently(lambda: [(name.name, name.refers_to) for name in self._book.names])
        areas: dict[str, Area] = {}
        constants: dict[str, str] = {}
        for name, refers in found:
            area = read_reference(refers.removeprefix("="))
            if area:
                areas[name] = area
            elif refers.startswith('="'):
                constants[name] = refers[2:].rstrip('"')
        return areas, constants

    def _unprotect(self, sheet: Any, name: str) -> None:
        try:
            patiently(com.unprotect, sheet)
        except ExcelBusy:
            raise
        except Exception as error:
            if patiently(com.is_protected, sheet):
                message = "工作表设有保护密码，无法写入，请先用“审阅—撤消工作表保护”输入密码后再试"
                raise InputProblems([Problem(name, message)]) from error
            raise

    def _range(self, sheet: Any, piece: Rectangle) -> Any:
        last = (piece.row + len(piece.new) - 1, piece.column + len(piece.new[0]) - 1)
        return sheet.range((piece.row, piece.column), last)

    def _planned(self, sheet: Any, piece: Rectangle) -> Rectangle:
        """A rectangle with what else changes for it: heights of rows, formats of cells."""
        formats: list[Format] = []
        for j in range(len(piece.new[0])):
            lines = [piece.row + i for i, line in enumerate(piece.new) if isinstance(line[j], FormulaText)]
            if lines:
                formats += self._text_formats(sheet, piece.column + j, lines)
        return replace(piece, heights=self._heights(sheet, piece.lines), formats=tuple(formats))

    def _text_formats(self, sheet: Any, column: int, lines: Sequence[int]) -> list[Format]:
        """Where formulas come into cells of the text format, which would take them for texts."""
        block = sheet.range((lines[0], column), (lines[-1], column))
        shown = patiently(lambda: block.number_format)
        if shown is None and len(lines) > 1:
            middle = len(lines) // 2
            return [
                *self._text_formats(sheet, column, lines[:middle]),
                *self._text_formats(sheet, column, lines[middle:]),
            ]
        return [(lines[0], lines[-1], column, _TEXT_FORMAT, "General")] if shown == _TEXT_FORMAT else []

    def _heights(self, sheet: Any, lines: Sequence[tuple[int, int]]) -> tuple[Height, ...]:
        """Of rows with so many lines of text those that get another height: (first, last, height now, height to be).

        A height that the clerk has chosen stays. Rows are asked in runs, since a block tells its height only where all
        its rows have the same.
        """
        runs: list[tuple[int, int, float]] = []
        for row, count in lines:
            wanted = fitting(count)
            if runs and runs[-1][1] == row - 1 and runs[-1][2] == wanted:
                runs[-1] = (runs[-1][0], row, wanted)
            else:
                runs.append((row, row, wanted))
        if not runs:
            return ()
        every = self._height(sheet, runs[0][0], runs[-1][1])
        parts = [(first, last, wanted, every) for first, last, wanted in runs]
        found: list[Height] = []
        while parts:
            first, last, wanted, height = parts.pop(0)
            if height is None:
                height = self._height(sheet, first, last)
            if height is None:
                middle = (first + last) // 2
                parts[:0] = [(first, middle, wanted, None), (middle + 1, last, wanted, None)]
            elif not is_own(height) and not same(height, wanted):
                found.append((first, last, height, wanted))
        return tuple(found)

    def _height(self, sheet: Any, first: int, last: int) -> float | None:
        """The height of rows; None where they differ."""
        height: float | None = patiently(lambda: sheet.range((first, 1), (last, 1)).row_height)
        return height

    def _put(self, sheet: Any, piece: Rectangle, back: bool = False) -> None:
        """One block write, and the heights of its rows. `back`: what was there before."""
        rows = piece.old if back else piece.new
        block = self._range(sheet, piece)
        if piece.links:
            patiently(com.clear_links, block)
        values = [list(line) for line in rows]
        for first, last, column, old_format, new_format in piece.formats:
            cells = sheet.range((first, column), (last, column))
            patiently(setattr, cells, "number_format", old_format if back else new_format)
        self._guard(sheet, piece, values)
        long = {(i, j): v for i, line in enumerate(values) for j, v in enumerate(line) if _is_long(v)}
        dated = any(isinstance(v, datetime.datetime) for line in values for v in line)
        block_values = [["" if v is None or _is_long(v) else _bare(v) for v in line] for line in values]
        # xlwings' own conversion is wanted for dates only; without it a block is one call and not seven.
        patiently(setattr, block, "value" if dated else "raw_value", block_values)
        for (i, j), text in long.items():
            cell = sheet.range((piece.row + i, piece.column + j))
            patiently(setattr, cell, "value", text)
        heights: dict[float, list[tuple[int, int]]] = {}
        for first, last, before, after in piece.heights:
            heights.setdefault(before if back else after, []).append((first, last))
        for height, lines in heights.items():
            patiently(com.set_heights, sheet, lines, height)

    def _guard(self, sheet: Any, piece: Rectangle, values: list[list[Any]]) -> None:
        """See that Excel takes texts as texts: one that looks like a number or a date gets an apostrophe.

        Not where the cell's format is text.
        """
        for j in range(len(values[0])):
            lines = [i for i, line in enumerate(values) if isinstance(line[j], str) and _needs_guard(line[j])]
            formats = self._reshaper.formats.get(piece.sheet, {})
            known = {i: shown for i in lines if (shown := formats.get((piece.row + i, piece.column + j)))}
            for i, shown in known.items():
                if shown != _TEXT_FORMAT:
                    values[i][j] = "'" + values[i][j]
            lines = [i for i in lines if i not in known]
            if lines:
                self._guard_lines(sheet, piece, values, j, lines)

    def _guard_lines(self, sheet: Any, piece: Rectangle, values: list[list[Any]], j: int, lines: Sequence[int]) -> None:
        """The same for lines of one column; where formats differ, the half of them at a time."""
        column = piece.column + j
        block = sheet.range((piece.row + lines[0], column), (piece.row + lines[-1], column))
        shown = patiently(lambda: block.number_format)
        if shown is None and len(lines) > 1:
            middle = len(lines) // 2
            self._guard_lines(sheet, piece, values, j, lines[:middle])
            self._guard_lines(sheet, piece, values, j, lines[middle:])
        elif shown != _TEXT_FORMAT:
            for i in lines:
                values[i][j] = "'" + values[i][j]

    @contextlib.contextmanager
    def _quiet(self, *more: str) -> Iterator[None]:
        """No redrawing, no calculation and no events while writing; each as before afterwards. `more`: off as well."""
        quiet = {
            "screen_updating": False,
            "calculation": "manual",
            "enable_events": False,
            **dict.fromkeys(more, False),
        }
        before = {name: patiently(getattr, self.app, name) for name in quiet}
        try:
            for name, value in quiet.items():
                patiently(setattr, self.app, name, value)
            yield
        finally:
            for name, value in before.items():
                error = surely(setattr, self.app, name, value)
                if error is not None:
                    message = "Excel 的设置未能恢复（屏幕刷新或自动计算），请关闭 Excel 后重新打开"
                    raise NotRestored(message) from error


def _needs_guard(text: str) -> bool:
    """Whether Excel would take a text for something else."""
    return not isinstance(text, FormulaText) and _PARSED.match(text) is not None


def _bare(value: Any) -> Any:
    """A value as it crosses to Excel."""
    return str(value) if isinstance(value, FormulaText) else value


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _LONGEST


def _errors(grid: Sequence[Sequence[Any]]) -> dict[tuple[int, int], str]:
    return {(r, c): v for r, line in enumerate(grid, 1) for c, v in enumerate(line, 1) if is_error(v)}
