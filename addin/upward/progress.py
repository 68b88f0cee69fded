"""A progress bar with the time left, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO


class Progress:
    """Shows how many of how many are done, and how long the rest will take at this pace.

    `tell`: shows it somewhere else than on a terminal, without the bar itself.
    """

    def __init__(
        self, total: int, what: str, stream: TextIO | None = None, tell: Callable[[str], None] | None = None
    ) -> None:
        self.total = total
        self.what = what
        self.stream = stream or sys.stderr
        self.tell = tell
        self.shown = tell is None and self.stream.isatty() and total > 0
        self.started = time.monotonic()
        self.last = 0.0
        self.worked = 0  #: those that took time, by which the pace is measured

    def step(self, done: int, *, worked: bool) -> None:
        """Say that so many are done."""
        self.worked += worked
        now = time.monotonic()
        if self.tell is not None and (now - self.last >= 0.5 or done == self.total):
            self.last = now
            self.tell(f"{self.what} {done}/{self.total}　{self.left(done, now - self.started)}")
        if not self.shown or (now - self.last < 0.2 and done < self.total):
            return
        self.last = now
        self.stream.write("\r" + self.line(done, now - self.started))
        self.stream.flush()

    def line(self, done: int, seconds: float) -> str:
        """The bar as text."""
        width = 24
        full = width * done // self.total
        return f"{self.what} [{'█' * full}{'·' * (width - full)}] {done}/{self.total} {self.left(done, seconds)}　　　"

    def left(self, done: int, seconds: float) -> str:
        """The time left as text; empty where nobody can tell yet."""
        left = (self.total - done) * seconds / self.worked if self.worked else 0.0
        minutes, rest = divmod(int(left + 0.5), 60)
        return f"剩余约{minutes}分{rest:02d}秒" if self.worked and done < self.total else ""

    def close(self) -> None:
        """End the line."""
        if self.shown:
            self.stream.write("\n")
