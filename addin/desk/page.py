"""The one page in the browser: what it is told as it happens, and the questions that wait for its answer."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from msgspec import Struct

#: Seconds after which a quiet stream is looked at, whether somebody still listens.
_PULSE = 0.25


class Question(Struct, frozen=True):
    """What is asked; of a file also the endings that it may have, and where choosing begins."""

    number: int
    kind: str
    title: str
    endings: Sequence[str]
    start: Path


class Page:
    """`left`: when the last browser went, in seconds of the steady clock; `question`: what nobody has answered yet."""

    def __init__(self) -> None:
        self.left = time.monotonic()
        self.question: Question | None = None
        self._told: queue.SimpleQueue[bytes] | None = None
        self._answers: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._numbers = count(1)

    @property
    def present(self) -> bool:
        """Whether a browser listens now."""
        return self._told is not None

    def tell(self, event: str, /, **said: Any) -> None:
        """Send an event to the page, from any thread. Nobody hears it where no page listens."""
        if (told := self._told) is not None:
            told.put(_event(event, said))

    def ask(self, kind: str, title: str, endings: Sequence[str], start: Path) -> tuple[str, str]:
        """Put a question to the clerk and wait: what she chose, empty where she cancels, and what she typed."""
        while not self._answers.empty():
            self._answers.get()
        self.question = Question(next(self._numbers), kind, title, endings, start)
        self.tell("question", number=self.question.number)
        try:
            return self._answers.get()
        finally:
            self.question = None

    def answer(self, number: int, chosen: str, typed: str) -> None:
        """What the clerk says to a question; nothing where nobody asks it any more."""
        if self.question is not None and self.question.number == number:
            self._answers.put((chosen, typed))

    def give_up(self) -> None:
        """Nobody will answer any more."""
        self._answers.put(("", ""))

    def stream(self, state: Callable[[], dict[str, Any]], gone: Callable[[], bool]) -> Iterator[bytes]:
        """The events for the page that has just been opened, beginning with how things stand, until it is gone."""
        own = self._told = queue.SimpleQueue()
        try:
            yield _event("state", state())
            if self.question is not None:
                yield _event("question", {"number": self.question.number})
            while not gone() and self._told is own:
                try:
                    yield own.get(timeout=_PULSE)
                except queue.Empty:
                    continue
        finally:
            # A stream that the browser has begun anew in the meantime stays.
            if self._told is own:
                self._told = None
                self.left = time.monotonic()


def _event(event: str, said: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {json.dumps(said)}\n\n".encode()
