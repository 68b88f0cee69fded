"""A progress bar with the time left, on a terminal only."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Progress:
    """Shows how many of how many are done, and how long the rest will take at this pace."""

    def __init__(self, total: int, what: str, stream: TextIO | None = None) -> None:
        self.total = total
        self.what = what
        self.stream = stream or sys.stderr
        self.shown = self.stream.isatty() and total > 0
        self.started = time.monotonic()
        self.last = 0.0
        self.worked = 0  #: those that took time, by which the pace is measured

    def step(self, done: int, *, worked: bool) -> None:
        """Say that so many are done."""
        self.worked += worked
        now = time.monotonic()
        if not self.shown or (now - self.last < 0.2 and done < self.total):
            return
        self.last = now
        self.stream.write("\r" + self.line(done, now - self.started))
        self.stream.flush()

    def line(self, done: int, seconds: float) -> str:
        """The bar as text."""
        width = 24
        full = width * done // self.total
        left = (self.total - done) * seconds / self.worked if self.worked else 0.0
        minutes, rest = divmod(int(left + 0.5), 60)
        ends = f"剩余约{minutes}分{rest:02d}秒" if self.worked and done < self.total else ""
        return f"{self.what} [{'█' * full}{'·' * (width - full)}] {done}/{self.total} {ends}　　　"

    def close(self) -> None:
        """End the line."""
        if self.shown:
            self.stream.write("\n")
