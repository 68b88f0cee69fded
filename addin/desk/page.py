"""The one page in the browser: what it is told as it happens, and the questions that wait for its answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any

#: Seconds after which a quiet stream is looked at, whether somebody still listens.
_PULSE = 0.25


class Page:
    """`present`: whether a browser listens now; `left`: when the last one went, in seconds of the steady clock."""

    def __init__(self) -> None:
        self.present = False
        self.left = time.monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._question: dict[str, Any] | None = None
        self._numbers = count(1)

    def tell(self, event: str, /, **said: Any) -> None:
        """Send an event to the page, from any thread. Nobody hears it where no page listens."""
        if self._loop is not None and self.present:
            data = json.dumps(said, ensure_ascii=False)
            self._loop.call_soon_threadsafe(self._told.put_nowait, f"event: {event}\ndata: {data}\n\n")

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

    async def stream(self, state: dict[str, Any], gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        """The events for the page that has just been opened, beginning with how things stand, until it is gone."""
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Queue()
        self.present = True
        try:
            yield f"event: state\ndata: {json.dumps(state, ensure_ascii=False)}\n\n"
            if self._question is not None:
                self.tell("question", **self._question)
            while not await gone():
                with contextlib.suppress(TimeoutError):
                    yield await asyncio.wait_for(self._told.get(), _PULSE)
        finally:
            self.present = False
            self.left = time.monotonic()
