"""The one page in the browser: what it is told as it happens, and the questions that wait for its answer."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

#: Seconds after which a quiet stream is looked at, whether somebody still listens.
_PULSE = 0.25


class Page:
    """`present`: whether a browser listens now; `left`: when the last one went, in seconds of the steady clock."""

    def __init__(self) -> None:
        self.left = time.monotonic()
        self._told: queue.SimpleQueue[bytes] | None = None
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._question: dict[str, Any] | None = None
        self._numbers = count(1)

    @property
    def present(self) -> bool:
        """Whether a browser listens now."""
        return self._told is not None

    @property
    def waits(self) -> bool:
        """Whether a question stands that nobody has answered yet."""
        return self._question is not None

    def tell(self, event: str, /, **said: Any) -> None:
        """Send an event to the page, from any thread. Nobody hears it where no page listens."""
        told = self._told
        if told is not None:
            told.put(_event(event, said))

    def ask(self, kind: str, **said: Any) -> Any:
        """Put a question to the clerk and wait; None where she cancels or the page goes for good."""
        while not self._answers.empty():
            self._answers.get()
        self._question = {"number": next(self._numbers), "kind": kind, **said}
        self.tell("question", **self._question)
        try:
            return self._answers.get()
        finally:
            self._question = None

    def answer(self, number: int, value: Any) -> bool:
        """What the clerk says to a question; False where nobody asks it any more."""
        if self._question is None or self._question["number"] != number:
            return False
        self._answers.put(value)
        return True

    def give_up(self) -> None:
        """Nobody will answer any more."""
        self._answers.put(None)

    def stream(self, state: Callable[[], dict[str, Any]], gone: Callable[[], bool]) -> Iterator[bytes]:
        """The events for the page that has just been opened, beginning with how things stand, until it is gone."""
        own = self._told = queue.SimpleQueue()
        try:
            yield _event("state", state())
            if self._question is not None:
                yield _event("question", self._question)
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
    return f"event: {event}\ndata: {json.dumps(said, ensure_ascii=False)}\n\n".encode()
