"""One click on the local page: the same functions as in Excel work on the workbook's file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from addin.desk.page import Page
from addin.desk.table import FileBook, Table, held_by
from addin.places import logger
from addin.verbs.clicks import surprise, told
from addin.xlsx import fault
from udfs.base import Block, InputProblems
from workbook_templates.defined_names import FINDINGS

if TYPE_CHECKING:
    from addin.desk.folder import Folder
    from udfs.upward import Received


class PageClick:
    """See `addin.verbs.clicks.Click`; what the clerk sees of it is on the page, so that it is its own screen."""

    def __init__(self, page: Page, table: Table, label: str, start: Path, chosen: Callable[[Path], Folder]) -> None:
        self._page = page
        self._table = table
        self._label = label
        self._start = start
        self._chosen = chosen
        self.folder: Folder | None = None
        self.status = ""

    @property
    def screen(self) -> PageClick:
        """What the clerk sees of it."""
        return self

    def progress(self, text: str) -> None:
        """A line that is shown while a command runs."""
        self._page.tell("progress", text=text)

    glimpse = progress

    def ask(self, question: str) -> bool:
        """A question with yes and no."""
        return bool(self._page.ask("confirm", title=question))

    def ask_text(self, question: str) -> str | None:
        """A question with a line to type into."""
        found = self._page.ask("text", title=question)
        return found if isinstance(found, str) else None

    def ask_file(self, title: str, kinds: str) -> Path | None:
        """A file chosen among those of this machine."""
        path = self._path("file", title, kinds, self._start)
        if path is not None and not path.is_file():
            raise fault(path, "找不到这个文件")
        return path

    def ask_target(self, title: str, kinds: str, default: Path) -> Path | None:
        """A file to write; it ends as its kind wants."""
        where = default if default.is_absolute() else self._start / default
        path = self._path("target", title, kinds, where)
        ends = _endings(kinds)
        return path if path is None or path.suffix.lower() in ends else path.with_name(path.name + ends[0])

    def ask_folder(self, title: str) -> Path | None:
        """A folder chosen among those of this machine."""
        path = self._path("folder", title, "", self._start)
        if path is not None:
            self.folder = self._chosen(path)
        return path

    def is_open(self, path: Path) -> bool:
        """Whether a program says that it has the file open."""
        return held_by(path) is not None

    def open_as_new(self, template: Path) -> str:
        """A new workbook under a name that the clerk gives."""
        target = self.ask_target("新建工作簿：选择位置和文件名", "工作簿,*.xlsx", self._start / template.name)
        if target is None:
            return ""
        if target.exists():
            raise fault(target, "同名文件已经存在，请另取文件名")
        self._table.new(template, target)
        then = "请从“基础信息”开始填写：可以在这里填，也可以在 WPS、Excel 中填写保存后点“重新读取”。"
        return f"已保存为“{target}”。{then}"

    def _path(self, kind: str, title: str, kinds: str, start: Path) -> Path | None:
        found = self._page.ask(kind, title=title, kinds=_endings(kinds), start=str(start))
        return Path(found) if isinstance(found, str) and found and Path(found).is_absolute() else None

    def read(self) -> FileBook:
        """The open workbook, as it is shown."""
        book = self._table.unchanged()
        self.progress("正在计算…")
        return book

    def names_only(self) -> FileBook:
        """The open workbook."""
        return self._table.book

    def write(self, book: FileBook, blocks: list[Block]) -> int:
        """Write the blocks as the command line writes them."""
        self.progress("正在写入…")
        return self._table.write(book, blocks, self._label)

    def show(self, book: FileBook, name: str) -> None:
        """Turn to the sheet of a defined name."""
        if name == FINDINGS:
            self._page.tell("turn", view="findings")
        elif name in book.names:
            book.go_to(book.names[name][0], "")

    def take_back(self) -> str:
        """Bring back the file as it was."""
        return self._table.take_back()

    @contextlib.contextmanager
    def copy_of(self, book: FileBook, anew: object) -> Iterator[tuple[Path, list[str]]]:  # noqa: ARG002
        """The workbook lies in a file already."""
        yield book.path, []

    def open_result(self, path: Path) -> str:
        """Say where it lies."""
        return f"结果在：{path}"

    def leave_status(self, text: str) -> None:
        """What is said where there is nothing else to say."""
        self.status = text

    def received(self, total: int, file: Received) -> None:
        """The grid of units fills in."""
        if self.folder is not None:
            self.folder.received(total, file)

    def aside(self, *work: str) -> bool:  # noqa: ARG002 - the page waits for nobody
        """Every click has its own thread; it is done here."""
        return False


def press(click: PageClick, label: str, command: Callable[[PageClick], str]) -> tuple[str, bool]:
    """What a click does: what to tell the clerk in the end, and whether it is bad news."""
    log = logger()
    try:
        return command(click) or click.status, False
    except InputProblems as found:
        log.warning("%s: %s", label, found)
        return told(found, label), True
    except Exception as error:
        log.exception("%s: failed", label)
        return f"{label}未完成。{surprise(error)}", True


def _endings(kinds: str) -> list[str]:
    """The endings of files as a dialog's kinds name them: `words,*.a;*.b,words,*.c`."""
    return [one.strip().lstrip("*") for part in kinds.split(",")[1::2] for one in part.split(";")]
