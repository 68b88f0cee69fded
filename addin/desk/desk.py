"""What lies on the desk, and the one button that runs at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from addin.desk.click import PageClick
from addin.desk.fields import CELL
from addin.desk.own import OWN
from addin.desk.page import Page
from addin.desk.table import Table
from addin.places import logger
from addin.ribbon import ribbon
from addin.verbs.clicks import Command, outcome
from udfs.base import InputProblems, Problem, cell_of

if TYPE_CHECKING:
    from addin.desk.folder import Folder
    from addin.desk.published import Published


class Desk:
    """`commands`: the functions of the ribbon's buttons; `start`: where choosing a file begins.

    `last`: what was said in the end of what was done last.
    """

    def __init__(self, commands: Mapping[str, Command], start: Path) -> None:
        self.page = Page()
        self.table = Table(lambda sheet, cell: self.page.tell("turn", view="sheet", name=sheet, cell=cell))
        self.folder: Folder | None = None
        self.published: Published | None = None
        self.last: dict[str, Any] = {}
        self._buttons: dict[str, tuple[str, Callable[[PageClick], str]]] = {
            **OWN,
            **{name: (button.label, commands[button.command]) for name, button in ribbon().buttons.items()},
        }
        self._start = start
        self._working = threading.Lock()
        self._running = ""

    @property
    def start(self) -> Path:
        """The folder in which choosing a file begins."""
        return self.table.path.parent if self.table.path else self._start

    @property
    def is_busy(self) -> bool:
        """Whether a button runs."""
        return self._working.locked()

    def state(self) -> dict[str, Any]:
        """How things stand, for the page."""
        path = self.table.path
        return {
            "path": str(path or ""),
            "name": path.name if path else "",
            "running": self._running,
            "received": self.folder is not None,
            "last": self.last,
        }

    def press(self, given: Mapping[str, Any]) -> None:
        """Do what a button does, in a thread of its own; the page hears how it goes. Raises InputProblems at once.

        `given`: the button, the cell that is selected, where results go, and what its own questions are answered with.
        """
        label, command = self._buttons.get(str(given.get("command")), ("", None))
        if command is None:
            raise InputProblems([Problem("", "没有这个按钮。")])
        if not self._working.acquire(blocking=False):
            raise InputProblems([Problem("", "上一项操作还没有完成，请稍候。")])
        self._running = label
        self.page.tell("begun", **self.state())
        threading.Thread(target=self._work, args=(PageClick(self, label, given), command), name=label).start()

    def _work(self, click: PageClick, command: Callable[[PageClick], str]) -> None:
        try:
            self.table.over = bool(click.given.get("over"))
            if self.table.path is not None:
                sheet, cell = str(click.given.get("sheet") or ""), str(click.given.get("cell") or "")
                self.table.book.chosen = (sheet, *cell_of(cell)) if sheet and CELL.fullmatch(cell) else None
            message, bad = outcome(click, command)
            self.last = {"message": message or click.status, "bad": bad}
        finally:
            self._running = ""
            self._working.release()
            self.page.tell("done", **self.state())

    def receive(self, path: Path) -> None:
        """A folder whose workbooks are looked at as they come, and that is shown from now on."""
        from addin.desk.folder import Folder  # what reads documents and the sheets of lists loads only once needed

        self.folder = Folder(path, self.page)
        self.page.tell("turn", view="folder")

    def watch(self) -> None:
        """Look at the folder again once files in it have changed and lie still; asked every few seconds.

        No button waits for it.
        """
        if self.folder is None or self.is_busy or not self.page.present or not self.folder.has_settled():
            return
        try:
            self.folder.look(lambda _: None)
        except InputProblems as found:
            logger().warning("收表: %s", found)
        except Exception:
            log = logger()
            log.exception("收表: failed")  # the next look may go better
