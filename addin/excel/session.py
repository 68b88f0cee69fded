"""What stands around every button: the workbook found, messages in plain Chinese, a log, nothing left half done."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from addin.enciphered import SENTENCE, is_enciphered
from addin.excel import undo
from addin.excel.book import LiveBook
from addin.excel.rectangles import Rectangle
from addin.excel.screen import TITLE, Screen, active_book
from addin.excel.shapes import Reshaping
from addin.excel.waiting import ExcelBusy, NotRestored, is_busy, patiently, release
from addin.patterns import save_patterns
from addin.places import compiled, logger
from addin.verbs.clicks import outcome, surprise, taken_back, unfinished
from udfs.base import Block, InputProblems, Problem
from udfs.narrative import save_compiled
from workbook_templates.defined_names import RELATIONS
from workbook_templates.kept import keep_in

_BUSY = "Excel 正忙：可能有单元格正在编辑，或有对话框开着。请按回车或 Esc 结束编辑后再点一次。"
_NO_BOOK = "请先打开要处理的预算公开工作簿（在“受保护的视图”中时，请先点“启用编辑”）。"
_UNDO_MACRO = "'yusuan.xlam'!YsUndo"


class Session:
    """One click: the workbook, what it shows on the way, and how it writes."""

    def __init__(self, book: Any, label: str) -> None:
        self._xlwings_book = book
        self.label = label
        self.screen = Screen(book.app)
        self.wrote = False
        self.status = ""

    def show(self, book: LiveBook, name: str) -> None:
        """Turn to the sheet of a defined name. What was done is done: a failure here is only noted."""
        if name in book.names:
            try:
                book.go_to(book.names[name][0], "A1")
            except Exception:  # noqa: BLE001 - noted, whatever it was
                logger().exception("could not turn to %s", name)

    def leave_status(self, text: str) -> None:
        """A line that stays in the status bar after the command."""
        self.status = text

    def read(self) -> LiveBook:
        """The open workbook, read whole."""
        self.screen.progress("正在读取工作簿…")
        book = self.names_only()
        book.read(live=[area[0] for name, area in book.names.items() if name == RELATIONS])
        self.screen.progress("正在计算…")
        return book

    def names_only(self) -> LiveBook:
        """The open workbook with nothing read but its names."""
        return LiveBook(self._xlwings_book)

    @contextlib.contextmanager
    def copy_of(self, book: LiveBook, anew: Callable[[LiveBook, Path], list[str]]) -> Iterator[tuple[Path, list[str]]]:
        """The open workbook as it is now in a file of its own, for what works on files; gone afterwards.

        `anew` writes the file from what `book` has read, where a guard of the office encrypts what Excel writes; gives
        what did not come along.
        """
        self.screen.progress("正在读取工作簿…")
        with TemporaryDirectory(prefix="yusuan-") as folder:
            # A workbook that was never saved has a name without an ending, and is written as .xlsx.
            path = Path(folder) / (book.path.name if book.path.suffix else f"{book.path.name}.xlsx")
            book.save_copy(path)
            if not is_enciphered(path.read_bytes()):
                yield path, []
                return
            path.unlink()
            path = path.with_suffix(".xlsx")
            try:
                lost = anew(book, path)
            except InputProblems as found:
                raise InputProblems([*found.problems, Problem(path.name, SENTENCE)]) from None
            yield path, lost

    def open_result(self, path: Path) -> str:
        """Open a file that was written, and say so. What was done is done: a failure here is only noted."""
        try:
            self.screen.open(path)
        except Exception:  # noqa: BLE001 - noted, whatever it was
            logger().exception("could not open %s", path)
            return f"结果在：{path}"
        return f"结果已打开：{path}"

    def write(self, book: LiveBook, blocks: list[Block]) -> int:
        """Write the blocks in one step that can be undone; number of blocks written."""
        self.screen.progress("正在写入…")
        kept: list[Rectangle | Reshaping] = []

        def keep(pieces: list[Rectangle], shapes: list[Reshaping]) -> None:
            if pieces or shapes:
                undo.keep(undo.Snapshot(str(book.path), self.label, tuple(pieces), tuple(shapes)))
            kept.extend([*pieces, *shapes])

        try:
            count = book.write(blocks, keep)
        except BaseException:
            if kept:
                undo.forget()
            raise
        self.wrote = bool(kept)
        return count

    def take_back(self) -> str:
        """What the last command overwrote comes back; once more does it again."""
        snapshot = undo.last()
        if snapshot is None:
            return "没有可以撤销的操作。"
        book = self.names_only()
        if str(book.path) != snapshot.book:
            return f"上一次操作（{snapshot.command}）在另一个工作簿：{snapshot.book}。请先切换到该工作簿。"
        self.screen.progress("正在恢复…")
        changed = not book.matches(snapshot.pieces)
        if changed and not self.screen.ask(f"“{snapshot.command}”之后单元格又有改动，撤销会一并恢复，是否继续？"):
            return ""
        back = undo.swapped(snapshot)
        book.write_pieces(back.pieces, back.shapes)
        undo.keep(back)
        unread = "、".join(shape.sheet for shape in snapshot.shapes if not shape.known)
        looks = f"{unread}原来的合并单元格和样式当时未能读出，没有恢复。" if unread else ""
        return taken_back(snapshot.command, looks, again=snapshot.undone)

    def received(self, total: int, file: object) -> None:
        """The status bar says enough."""

    def aside(self, *work: str) -> bool:
        """Start long work in a process of its own, so that Excel can be used meanwhile; False where it is done here.

        Excel waits a minute for a call, then tells the clerk that it waits for another program. `work`: what
        `addin.buttons` is to do, and with what.
        """
        if sys.platform != "win32":
            return False
        import subprocess

        window = self.screen.window
        command = [sys.executable, "-P", "-m", "addin.buttons", *work, f"--hwnd={window}"]
        subprocess.Popen(command, creationflags=subprocess.CREATE_NO_WINDOW, close_fds=True)  # noqa: S603 - our own
        return True

    def offer_undo(self) -> None:
        """The click's entry in Excel's own undo list: the last call of all, since any other could take it out again."""
        try:
            self.screen.offer_undo(f"撤销{self.label}", _UNDO_MACRO)
        except Exception:  # noqa: BLE001 - noted, whatever it was
            # The ribbon's own undo button still works.
            logger().exception("no entry in Excel's undo list")


def run(label: str, command: Callable[[Session], str], *, aside: bool = False) -> None:
    """Run a button's command on the open workbook. Whatever happens, the clerk reads a sentence and no traceback.

    `aside`: in a process of its own, for which no VBA waits that could show what is to be said.
    """
    log = logger()
    started = time.perf_counter()
    keep_in(compiled())
    book: Any = None
    session: Session | None = None
    try:
        book = active_book()
        if book is None:
            show_without_book(_NO_BOOK)
            return
        session = patiently(Session, book, label)
        message, bad = outcome(session, command, _sentence)
        error = session.screen.rest()
        if session.status:
            session.screen.progress(session.status)
        if error is not None:
            log.error("status bar not given back: %r", error)
        if message:
            say = session.screen.tell if aside else session.screen.say_at_last
            say(message, bad=bad)
        if session.wrote:
            session.offer_undo()
    except Exception as error:
        log.exception("%s: could not even tell", label)
        text = _BUSY if isinstance(error, ExcelBusy) or is_busy(error) else surprise(error)
        if book is None:
            show_without_book(text)
        else:
            screen: Screen = patiently(lambda: Screen(book.app))
            screen.rest()
            screen.tell(text, bad=True)
    finally:
        book = session = None
        release()
        save_compiled()
        save_patterns()
        log.info("%s: %.2f s", label, time.perf_counter() - started)


def _sentence(session: Session, error: Exception) -> str:
    """What is said where a click ends in a mistake of the program's own, or Excel would not do it."""
    if isinstance(error, NotRestored):
        return f"{session.label}未完成。{error}。"
    return unfinished(session, _BUSY if isinstance(error, ExcelBusy) else surprise(error))


def show_without_book(text: str) -> None:
    """A message where there is no workbook to hang it on, and perhaps no Excel that answers."""
    import xlwings

    app = xlwings.apps.active if _answers(xlwings.apps) else None
    if app is not None:
        Screen(app).tell(text, bad=True)
    elif sys.platform == "win32" and os.environ.get("YUSUAN_QUIET") != "1":
        import ctypes

        ctypes.windll.user32.MessageBoxW(0, text, TITLE, 0x30)
    else:
        print(text, file=sys.stderr)


def _answers(apps: Any) -> bool:
    """Whether any Excel can be reached."""
    try:
        return bool(len(apps))
    except Exception:  # noqa: BLE001 - one that cannot be asked cannot be reached
        return False
