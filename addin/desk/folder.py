"""收表 as it happens: the workbooks of a folder as they are examined, and again as they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from addin.desk.page import Page
from addin.upward.examine import FAMILIES
from addin.upward.incoming import find_sources
from addin.upward.receipt_sheets import TITLES, list_summary, verdict
from addin.upward.receive import CACHE, EXPECTED_LIST, survey
from addin.upward.returns import write_returns
from addin.xlsx import fault
from udfs.base import InputProblems
from udfs.upward import Receipt, Received, State


class Folder:
    """The folder that is being received. What is found is told to the page, which asks for what it shows.

    `receipt`: what came of all files; `left`: how far it is while they are examined, `total`: how many they are;
    `trouble`: why they could not be.
    """

    titles = tuple(TITLES.values())

    def __init__(self, path: Path, page: Page) -> None:
        if not path.name:
            raise fault(path, "这是整个磁盘，请把各单位的工作簿放进一个文件夹")
        self.path = path
        self.receipt: Receipt | None = None
        self.left = self.trouble = ""
        self.total = 0
        self._page = page
        self._known: dict[str, Received] = {}
        self._seen: list[tuple[str, int, int]] = []
        self._still = self._seen

    @property
    def files(self) -> Sequence[Received]:
        """The workbooks that are known so far."""
        return self.receipt.files if self.receipt else tuple(self._known.values())

    def received(self, total: int, file: Received) -> None:
        """A workbook is known."""
        self.total = total
        self._known[file.file] = file
        self._page.tell("folder")

    def look(self, say: Callable[[str], None]) -> str:
        """Examine what has changed, decide on all, and say what came of it. Raises InputProblems."""

        def progress(text: str) -> None:
            self.left = text
            say(text)

        self._seen = self._signature()
        self._known, self.receipt, self.trouble = {}, None, ""
        try:
            seen = survey(self.path, self.path.with_name(f"{self.path.name}{CACHE}"), say=progress, each=self.received)
            self.receipt = replace(seen.receipt, added=False)
        except InputProblems as found:
            self.trouble = str(found)
            raise
        finally:
            self.left = ""
            self._page.tell("folder")
        return self.summary()

    def has_settled(self) -> bool:
        """Whether files came, went or changed since they were looked at, and lie still since this was asked last."""
        before, self._still = self._still, self._signature()
        return self._still != self._seen and (self._still == before or self.receipt is None)

    def returned(self, only: str) -> str:
        """Write the 退回单 of one file's unit, or of all that have something to mend, as `receive` does."""
        beside = self.path.with_name(f"{self.path.name}.xlsx")
        written = write_returns(self.receipt, beside, only) if self.receipt else []
        return f"退回单{len(written)}份，在“{written[0].parent}”中。" if written else "没有需要退回的工作簿。"

    def summary(self) -> str:
        """What came of all files, in a line."""
        if self.receipt is not None:
            return list_summary(self.receipt)
        known = f"已检查{len(self._known)}个文件。" if self._known else "文件夹中还没有检查过的工作簿。"
        return self.trouble or known

    def state_of(self, file: Received) -> str:
        """What was decided on a workbook, or whether it could be read."""
        if self.receipt is not None and file.state:
            return self.receipt.state_of(file)
        return "已检查" if file.summary.state is State.READ else "无法读取"

    def verdicts(self, file: Received) -> list[str]:
        """How each family of checks ended for a unit, in a word."""
        return [verdict(file.summary.families.get(name)) for name in FAMILIES]

    def path_of(self, file: Received) -> str:
        """Where a workbook lies, if it lies there by itself and not in an archive."""
        path = self.path / file.file
        return str(path) if path.is_file() else ""

    def _signature(self) -> list[tuple[str, int, int]]:
        """What lies in the folder now, by name, time and size."""
        try:
            found = [(source.name, source.path.stat()) for source in find_sources(self.path)]
            found += [(path.name, path.stat()) for path in self.path.glob(f"{EXPECTED_LIST}.*")]
            return [(name, stat.st_mtime_ns, stat.st_size) for name, stat in found]
        except (OSError, InputProblems):
            return []
