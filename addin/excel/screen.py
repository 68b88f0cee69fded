"""What the clerk sees of a running command: the open workbook, the status bar, message boxes, questions, dialogs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from addin.excel import com
from addin.excel.waiting import disarm, is_busy, patiently, surely

TITLE = "预算公开"


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

    def open_as_new(self, template: Path) -> str:
        """Open a file as a new workbook that has no name yet."""
        patiently(com.open_as_new, self._app, str(template))
        return "请先用“文件—另存为”起名保存，再从“基础信息”开始填写。"

    def offer_undo(self, text: str, procedure: str) -> None:
        """Let Excel's own undo button call a procedure of the add-in."""
        patiently(com.offer_undo, self._app, text, procedure)
