"""What lies on the desk: a workbook's file as it was read, where results go, and nothing of anybody's written over."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from addin.verbs.clicks import taken_back
from addin.verbs.computing import reading_of
from addin.xlsx import Workbook, already_holds, fault, free_name, put_file, read_file
from udfs.base import Block, InputProblems, Problem
from udfs.checks import Inspection
from udfs.pipeline import Pipeline
from udfs.validate import Report

_RESULT = re.compile(r"-结果\d*$")
#: What Excel and WPS, LibreOffice, and WPS on Linux lay beside a workbook that they have open.
_LOCKS = ("~${}", ".~lock.{}#", ".~{}")


class FileBook(Workbook):
    """A workbook's file as the buttons see the open workbook.

    `go_to`: shows a cell of a sheet on the page; `chosen`: the cell that is selected there; `version`: known by this.
    """

    def __init__(self, path: Path, data: bytes, go_to: Callable[[str, str], None]) -> None:
        super().__init__(path, data)
        self.data = data
        self.version = hashlib.sha256(data).hexdigest()
        self.folder = path.parent
        self.go_to = go_to
        self.chosen: tuple[str, int, int] | None = None

    def area_values(self, name: str) -> list[list[Any]]:
        """The values of a named area down to the last row in use."""
        if name not in self.names:
            return []
        sheet, row, column, last_row, last_column = self.names[name]
        width = last_column - column + 1
        lines = self.grids.get(sheet, [])[row - 1 : last_row]
        return [[*line[column - 1 : last_column], *[""] * width][:width] for line in lines]

    def selected(self) -> tuple[str, int, int] | None:
        """Sheet, row and column of the cell selected on the page."""
        return self.chosen

    @cached_property
    def checked(self) -> tuple[Inspection, Report]:
        """What 校验 finds in it. Raises InputProblems where it is none of ours."""
        return Pipeline(reading_of(self)).check()


class _Step(Struct, frozen=True):
    """What a command wrote: the file before and after, each with its contents; turned round once it is undone."""

    label: str
    before: tuple[Path, bytes]
    after: tuple[Path, bytes]
    undone: bool = False


class Table:
    """The open workbook. `over`: results go over the file itself, of which a copy is kept, and not beside it.

    `go_to`: shows a cell on the page.
    """

    def __init__(self, go_to: Callable[[str, str], None]) -> None:
        self.over = False
        self._go_to = go_to
        self._book: FileBook | None = None
        #: Files of the desk's own making, and hers of which a copy is kept: where, and the version.
        self._made: set[tuple[Path, str]] = set()
        self._kept: set[tuple[Path, str]] = set()
        self._step: _Step | None = None

    @property
    def book(self) -> FileBook:
        """The workbook as it was read. Raises InputProblems where none is open."""
        if self._book is None:
            raise InputProblems([Problem("", "请先打开要处理的预算公开工作簿")])
        return self._book

    @property
    def path(self) -> Path | None:
        """Where the open workbook lies."""
        return self._book.path if self._book else None

    def open(self, path: Path) -> FileBook:
        """Read a workbook, in place of the one before. Raises InputProblems; the one before then stays."""
        # Over a link a file would be put in its place.
        path = path.resolve() if path.is_symlink() else path.absolute()
        book = FileBook(path, read_file(path), self._go_to)
        reading_of(book)
        self._book = book
        return book

    def is_stale(self) -> bool:
        """Whether another program has written the open workbook since it was read."""
        try:
            return self._book is not None and self._book.path.read_bytes() != self._book.data
        except OSError:
            return True

    def unchanged(self) -> FileBook:
        """The open workbook, where its file is still what is shown. Raises InputProblems where it is not."""
        if self.is_stale():
            message = "打开之后被其他程序改动或移走了。为免覆盖别人的改动，没有继续；请先点“重新读取”，再点一次按钮"
            raise fault(self.book.path, message)
        return self.book

    def write(self, book: FileBook, blocks: list[Block], label: str) -> int:
        """Write the blocks as the command line would; the result is the open workbook from then on.

        Gives the number of blocks that change something; where none does, nothing is written.
        """
        changing = [block for block in blocks if not already_holds(book.grids.get(block.sheet, []), block)]
        if not changing:
            return 0
        before = (book.path, book.data)
        target = self._target(book)
        try:
            book.save_as(blocks, target, before=lambda: self._must_be_free(target, book))
        except BaseException:
            # The package holds what was to be written, which the file does not.
            self._book = FileBook(*before, self._go_to)
            raise
        after = self.open(target)
        made = target != book.path or (book.path, book.version) in self._made
        (self._made if made else self._kept).add((target, after.version))
        self._step = _Step(label, before, (target, after.data))
        return len(changing)

    def take_back(self) -> str:
        """Bring back the file as it was before the last command; once more, as it was after it."""
        if (step := self._step) is None:
            return "没有可以撤销的操作。"
        if self.path != step.after[0]:
            return f"上一次操作（{step.label}）在另一个工作簿：{step.after[0]}。请先打开该工作簿。"
        book = self.unchanged()
        if book.data != step.after[1]:
            return f"“{step.label}”之后文件又有改动，没有撤销，以免覆盖。"
        path, data = step.before
        if path == book.path:
            self._must_be_free(path, book)
            put_file(path, data)
        opened = self.open(path)
        if opened.data != data:
            return f"现在打开的是“{path.name}”，它在“{step.label}”之后又有改动，显示的是现在的内容。"
        self._step = _Step(step.label, step.after, step.before, not step.undone)
        stays = "" if path == book.path else f"现在打开的是“{path.name}”，“{book.path.name}”仍在原处。"
        return taken_back(step.label, stays, again=step.undone)

    def new(self, template: Path, target: Path) -> None:
        """A new workbook, opened."""
        put_file(target, template.read_bytes())
        book = self.open(target)
        self._made.add((book.path, book.version))

    # ---------------------------------------------------------------- where results go

    def _target(self, book: FileBook) -> Path:
        """The file itself where the desk has made it or she chose so; else a name beside it that nobody has."""
        own = (book.path, book.version)
        if own not in self._made and not self.over:
            return free_name(book.path.with_name(f"{_RESULT.sub('', book.path.stem)}-结果{book.path.suffix}"))
        self._must_be_free(book.path, book)
        if own not in self._made | self._kept:
            now = datetime.datetime.now().astimezone()
            kept = book.path.with_name(f"{book.path.stem}-备份{now:%Y%m%d%H%M%S}{book.path.suffix}")
            put_file(free_name(kept), book.data)
        return book.path

    def _must_be_free(self, target: Path, book: FileBook) -> None:
        """Raises InputProblems where a target is held by a program, or is not what was read."""
        if lock := held_by(target):
            message = f"正被 WPS 等程序打开，没有写入。请先在那里关闭它；确实没有打开的，请删除“{lock.name}”这个文件"
            raise fault(target, message)
        if target == book.path and self.is_stale():
            raise fault(target, "刚刚被其他程序改动，没有写入。请点“重新读取”后再试")
        if target != book.path and target.exists():
            raise fault(target, "同名文件刚刚出现，没有写入，请再点一次")


def held_by(path: Path) -> Path | None:
    """The file by which another program says that it has a workbook open."""
    locks = (path.with_name(lock.format(path.name)) for lock in _LOCKS)
    return next((lock for lock in locks if lock.exists()), None)
