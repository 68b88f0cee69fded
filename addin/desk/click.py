"""One click on the local page: the same functions as in Excel work on the workbook's file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from addin.desk.files import file_name
from addin.desk.table import FileBook, held_by
from addin.verbs.clicks import Click
from addin.xlsx import fault
from udfs.base import Block
from workbook_templates.defined_names import FINDINGS

if TYPE_CHECKING:
    from addin.desk.desk import Desk
    from udfs.upward import Received


class PageClick(Click):
    """What the clerk sees of it is on the page, so that it is its own screen. `given`: what the page says with it."""

    def __init__(self, desk: Desk, label: str, given: Mapping[str, Any]) -> None:
        self.desk = desk
        self.label = label
        self.given = given

    @property
    def screen(self) -> PageClick:
        """What the clerk sees of it."""
        return self

    def progress(self, text: str) -> None:
        """A line that is shown while a command runs."""
        self.desk.page.tell("progress", text=text)

    glimpse = progress

    def ask(self, question: str) -> bool:
        """A question with yes and no."""
        return bool(self._ask("confirm", question)[0])

    def ask_text(self, question: str) -> str | None:
        """A question with a line to type into."""
        chosen, text = self._ask("text", question)
        return text if chosen else None

    def ask_file(self, title: str, kinds: str) -> Path | None:
        """A file chosen among those of this machine."""
        path = self._path("file", title, kinds)
        if path is not None and not path.is_file():
            raise fault(path, "找不到这个文件")
        return path

    def ask_target(self, title: str, kinds: str, default: Path) -> Path | None:
        """A file to write; it ends as its kind wants."""
        folder, name = self._ask("target", title, kinds, self.desk.start / default)
        if not folder or not (name := name.strip()):
            return None
        path, ends = Path(folder) / file_name(name), _endings(kinds)
        return path if path.suffix.lower() in ends else path.with_name(path.name + ends[0])

    def ask_folder(self, title: str) -> Path | None:
        """A folder chosen among those of this machine; it is shown from now on."""
        path = self._path("folder", title, "")
        if path is not None:
            self.desk.receive(path)
        return path

    def is_open(self, path: Path) -> bool:
        """Whether a program says that it has the file open."""
        return held_by(path) is not None

    def open_as_new(self, template: Path) -> str:
        """A new workbook under a name that the clerk gives."""
        target = self.ask_target("新建工作簿：选择位置和文件名", "工作簿,*.xlsx", Path(template.name))
        if target is None:
            return ""
        if target.exists():
            raise fault(target, "同名文件已经存在，请另取文件名")
        self.desk.table.new(template, target)
        then = "请从“基础信息”开始填写：可以在这里填，也可以在 WPS、Excel 中填写保存后点“重新读取”。"
        return f"已保存为“{target}”。{then}"

    def read(self) -> FileBook:
        """The open workbook, as it is shown."""
        book = self.desk.table.unchanged()
        self.progress("正在计算…")
        return book

    def names_only(self) -> FileBook:
        """The open workbook."""
        return self.desk.table.book

    def write(self, book: FileBook, blocks: list[Block]) -> int:
        """Write the blocks as the command line writes them."""
        self.progress("正在写入…")
        count = self.desk.table.write(book, blocks, self.label)
        self.wrote = count > 0
        return count

    def show(self, book: FileBook, name: str) -> None:
        """Turn to the sheet of a defined name."""
        if name == FINDINGS:
            self.desk.page.tell("turn", view="findings")
        elif name in book.names:
            book.go_to(book.names[name][0], "")

    def take_back(self) -> str:
        """Bring back the file as it was."""
        return self.desk.table.take_back()

    def copy_of(self, book: FileBook, _anew: object) -> AbstractContextManager[tuple[Path, list[str]]]:
        """The workbook lies in a file already."""
        return nullcontext((book.path, []))

    def received(self, total: int, file: Received) -> None:
        """The grid of units fills in."""
        if self.desk.folder is not None:
            self.desk.folder.received(total, file)

    def _ask(self, kind: str, title: str, kinds: str = "", start: Path | None = None) -> tuple[str, str]:
        return self.desk.page.ask(kind, title, _endings(kinds), start or self.desk.start)

    def _path(self, kind: str, title: str, kinds: str) -> Path | None:
        """What the page says already, else what is answered."""
        found = str(self.given.get("path") or "") or self._ask(kind, title, kinds)[0]
        return Path(found) if Path(found).is_absolute() else None


def _endings(kinds: str) -> list[str]:
    """The endings of files as a dialog's kinds name them: `words,*.a;*.b,words,*.c`."""
    return [one.strip().lstrip("*") for part in kinds.split(",")[1::2] for one in part.split(";")]
