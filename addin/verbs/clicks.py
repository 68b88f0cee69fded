"""What the function of a button works with: one click at a workbook, open in Excel or lying in a file.

The doors bring their own: `addin.excel.Session` at the open workbook, `addin.desk` at a file on the local page.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from addin.places import log_file, logger
from udfs.base import Block, InputProblems, Problem

if TYPE_CHECKING:
    from addin.verbs.computing import Book

    class OpenBook(Book, Protocol):
        """The workbook that the clerk is looking at."""

        @property
        def folder(self) -> Path | None:
            """The folder in which it lies; None where it lies in none."""

        def area_values(self, name: str) -> list[list[Any]]:
            """The values of a named area down to the last row in use."""

        def selected(self) -> tuple[str, int, int] | None:
            """Sheet, row and column of the first selected cell; None where there is none."""

        def go_to(self, sheet: str, cell: str) -> None:
            """Show a cell."""


C = TypeVar("C", bound="Click")

#: At most so many faults stand in one message box; the log has them all.
MOST_SHOWN = 12
_MOST_NOTES = 8


class Screen(Protocol):
    """What the clerk sees of a running command: progress, questions, dialogs; None where she cancels."""

    def progress(self, text: str, /) -> None:
        """What is being done."""

    def glimpse(self, text: str, /) -> None:
        """How far long work is."""

    def ask(self, question: str, /) -> bool:
        """A question with yes and no."""

    def ask_text(self, question: str, /) -> str | None:
        """A question with a line to type into."""

    def ask_file(self, title: str, kinds: str, /) -> Path | None:
        """A file chosen. `kinds`: `words,*.a;*.b`."""

    def ask_target(self, title: str, kinds: str, default: Path, /) -> Path | None:
        """A file to write."""

    def ask_folder(self, title: str, /) -> Path | None:
        """A folder chosen."""

    def is_open(self, path: Path, /) -> bool:
        """Whether a program has the workbook of that name open."""

    def open_as_new(self, template: Path, /) -> str:
        """Open a file as a new workbook; what the clerk is to do next, empty where she cancels."""


class Click(Protocol):
    """One click. `book` is always what `read` or `names_only` gave. `status`: a line that stays after the command.

    `label`: what its button says; `wrote`: whether it has written into the workbook.
    """

    label: str
    status: str = ""
    wrote: bool = False

    @property
    def screen(self) -> Screen:
        """What the clerk sees of it."""

    def read(self) -> OpenBook:
        """The workbook, read whole."""

    def names_only(self) -> OpenBook:
        """The workbook with nothing read but its names."""

    def write(self, book: Any, blocks: list[Block], /) -> int:
        """Write the blocks in one step that can be undone; number of blocks written."""

    def show(self, book: Any, name: str, /) -> None:
        """Turn to the sheet of a defined name."""

    def take_back(self) -> str:
        """Bring back what the last command overwrote, or do it again; what is said of it."""

    def copy_of(
        self, book: Any, anew: Callable[[Any, Path], list[str]], /
    ) -> AbstractContextManager[tuple[Path, list[str]]]:
        """The workbook as it is now in a file, for what works on files, and what did not come along.

        `anew` writes the file from what was read, where it cannot be had otherwise.
        """

    def open_result(self, path: Path, /) -> str:
        """Open a file that was written, where there is something to open it with, and say so."""
        return f"结果在：{path}"

    def leave_status(self, text: str, /) -> None:
        """A line that stays after the command."""
        self.status = text

    def received(self, total: int, file: Any, /) -> None:
        """One of so many workbooks of a folder has been examined."""

    def aside(self, *_work: str) -> bool:
        """Start long work in a process of its own; False where it is done here."""
        return False


#: What a button does; the sentence it returns is shown, nothing where it is empty.
Command = Callable[[Click], str]


def told(found: InputProblems, label: str) -> str:
    """Every fault in the clerk's words, a line each."""
    lines = [str(problem) for problem in found.problems[:MOST_SHOWN]]
    more = len(found.problems) - len(lines)
    if more > 0:
        lines.append(f"……还有{more}处")
    return f"{label}未完成，工作簿没有改动。请先处理以下{len(found.problems)}处问题：\n" + "\n".join(lines)


def surprise(error: Exception) -> str:
    """What is said of a mistake of the program's own."""
    return f"程序遇到意外（{type(error).__name__}），请把日志文件发给技术支持：{log_file()}"


def unfinished(click: Click, why: str) -> str:
    """What is said of a click that came to no end."""
    return f"{click.label}未完成，{'结果已写入工作簿' if click.wrote else '工作簿没有改动'}。{why}"


def _surprised(click: Click, error: Exception) -> str:
    return unfinished(click, surprise(error))


def outcome(
    click: C, command: Callable[[C], str], sentence: Callable[[C, Exception], str] = _surprised
) -> tuple[str, bool]:
    """Do what a click does: what to tell the clerk in the end, and whether it is bad news. She reads no traceback."""
    try:
        return command(click), False
    except InputProblems as found:
        logger().warning("%s: %s", click.label, found)
        return told(found, click.label), True
    except Exception as error:
        log = logger()
        log.exception("%s: failed", click.label)
        return sentence(click, error), True


def taken_back(label: str, note: str, *, again: bool) -> str:
    """What is said once a command's work is taken back, or done again."""
    done, then = (f"已重做“{label}”", "撤销") if again else (f"已恢复到“{label}”之前", "重做")
    return f"{done}。{note}再点一次“撤销上一步”即{then}。"


def own_book(stamp: str) -> None:
    """Raises InputProblems for a workbook that does not come from the template: its edition's stamp is empty."""
    if not stamp:
        message = "当前工作簿不是用本程序模板建立的，请先切换到预算公开工作簿"
        raise InputProblems([Problem("", message)])


def may_write(click: Click, out: Path, kept: str = "") -> bool:
    """Whether a file may be written: asked where one is there; refused where a workbook of that name is open."""
    if click.screen.is_open(out):
        raise InputProblems([Problem(out.name, "同名的工作簿正在打开，请先关闭它再试")])
    return not out.exists() or click.screen.ask(f"“{out.name}”已经存在，是否替换？{kept}")


def with_notes(lines: list[str], notes: list[str]) -> str:
    """What a click says in the end, with what the clerk is to be told besides; at most so many notes."""
    shown = [f"· {note}" for note in notes[:_MOST_NOTES]]
    if len(notes) > _MOST_NOTES:
        shown.append(f"· ……还有{len(notes) - _MOST_NOTES}条")
    return "\n".join([*lines, *shown])
