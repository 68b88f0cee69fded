"""收表 as it happens: the workbooks of a folder as they are examined, and again as they change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from addin.desk.page import Page
from addin.upward.examine import FAMILIES
from addin.upward.incoming import find_sources
from addin.upward.receipt_sheets import TITLES, list_summary
from addin.upward.receive import CACHE, survey
from addin.xlsx import fault
from udfs.base import InputProblems
from udfs.upward import IN_THE_SUM, Family, Receipt, Received, State

Signature = tuple[tuple[str, int, int], ...]


class Folder:
    """The folder that is being received. What is found is told to the page, which asks for what it shows."""

    def __init__(self, path: Path, page: Page) -> None:
        self.path = path
        self.left = ""  #: how far it is, while workbooks are examined
        self.receipt: Receipt | None = None
        self._page = page
        self._files: dict[str, Received] = {}
        self._total = 0
        self._seen: Signature = ()
        self._still: Signature = ()

    def received(self, total: int, file: Received) -> None:
        """A workbook is known."""
        self._total = total
        self._files[file.file] = file
        self._page.tell("folder")

    def look(self, say: Callable[[str], None]) -> str:
        """Examine what has changed, decide on all, and say what came of it. Raises InputProblems."""
        if not self.path.name:
            raise fault(self.path, "这是整个磁盘，请把各单位的工作簿放进一个文件夹")

        def progress(text: str) -> None:
            self.left = text
            say(text)

        self._seen = self.signature()
        kept = self.path.with_name(f"{self.path.name}{CACHE}")
        self._files, self._total = {}, 0
        try:
            seen = survey(self.path, kept, say=progress, each=self.received)
            self.receipt = replace(seen.receipt, added=False)
        finally:
            self.left = ""
            self._page.tell("folder")
        return list_summary(self.receipt)

    def signature(self) -> Signature:
        """What lies in the folder now, by name, time and size."""
        found = []
        try:
            for source in find_sources(self.path):
                stat = source.path.stat()
                found.append((source.name, stat.st_mtime_ns, stat.st_size))
        except (OSError, InputProblems):
            return ()
        return tuple(found)

    def has_settled(self) -> bool:
        """Whether files came, went or changed since they were looked at, and lie still since this was asked last."""
        before, self._still = self._still, self.signature()
        return self._still != self._seen and (self._still == before or self.receipt is None)

    def view(self, chosen: str) -> dict[str, Any]:
        """The grid of units and families; `chosen`: the file that is opened beside."""
        files = self.receipt.files if self.receipt and not self.left else tuple(self._files.values())
        lines = [(file, self._state(file), [_mark(file, name) for name in FAMILIES]) for file in files]
        return {
            "folder": str(self.path),
            "left": self.left,
            "done": len(self._files),
            "total": max(self._total, len(files)),
            "lines": lines,
            "titles": [TITLES[name] for name in FAMILIES],
            "receipt": self.receipt,
            "summary": list_summary(self.receipt) if self.receipt and not self.left else "",
            "opened": next((file for file in files if file.file == chosen), None),
            "state_of": self._state,
            "path": self._path(chosen),
        }

    def returned(self, chosen: str) -> dict[str, Any]:
        """What goes back to one unit, or to all whose workbooks are not taken as they are."""
        files = self.receipt.files if self.receipt else ()
        wanted = [f for f in files if f.file == chosen or (not chosen and (f.remark or f.state not in IN_THE_SUM))]
        return {"files": [(file, self._state(file)) for file in wanted], "chosen": chosen}

    def _state(self, file: Received) -> str:
        if self.receipt is not None and file.state:
            return self.receipt.state_of(file)
        return "已检查" if file.summary.state is State.READ else "无法读取"

    def _path(self, name: str) -> str:
        """Where a file lies, if it lies there by itself and not in an archive."""
        path = self.path / name
        return str(path) if name in self._files and path.is_file() else ""


def _mark(file: Received, name: str) -> tuple[str, str]:
    """How a family of checks ended for a unit, in a word, and how bad that is."""
    found = file.summary.families.get(name, Family(0, 0, 0, 0, 0, 0))
    if found.forced:
        return f"强制{found.forced}", "forced"
    if found.hints:
        return f"提示{found.hints}", "hint"
    return ("通过", "good") if found.passed else ("未核对" if found.undecided else "—", "note")
