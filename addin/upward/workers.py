"""Who examines the workbooks: children of this machine, or the workers of a Dask cluster. Answers come as they come."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from addin.upward.sandbox import MOST_SECONDS, Sandbox, examine_here
from addin.xlsx import fault

#: A workbook to be examined: its number, its name, its bytes; and the answer on it.
Task = tuple[int, str, bytes]
Answer = tuple[int, bytes]
#: Workbooks handed out for each process and not yet answered: enough to keep it busy, few enough to keep memory flat.
_AHEAD = 2
#: Seconds to wait for a scheduler.
PATIENCE = 10


class Workers(Protocol):
    """Examines workbooks, in any order."""

    def answers(self, tasks: Iterable[Task]) -> Iterator[Answer]:
        """The answer on every task; tasks are drawn only as they can be worked on."""


class LocalWorkers:
    """As many child processes as the machine has cores."""

    def __init__(
        self, size: int | None = None, examiner: str = "addin.upward.examine", seconds: float = MOST_SECONDS
    ) -> None:
        self.size = size or os.cpu_count() or 1
        self.examiner = examiner
        self.seconds = seconds

    def answers(self, tasks: Iterable[Task]) -> Iterator[Answer]:
        """See Workers. Each child is led by a thread, which waits for it."""
        waiting: queue.Queue[Task | None] = queue.Queue(maxsize=self.size * _AHEAD)
        done: queue.Queue[Answer | Exception] = queue.Queue()
        boxes = [Sandbox(self.seconds, examiner=self.examiner) for _ in range(self.size)]

        def lead(box: Sandbox) -> None:
            while (task := waiting.get()) is not None:
                number, name, data = task
                try:
                    done.put((number, box.examine(name, data)))
                except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
                    done.put(error)

        def taken() -> Answer:
            answer = done.get()
            if isinstance(answer, Exception):
                raise answer
            return answer

        threads = [threading.Thread(target=lead, args=(box,), daemon=True) for box in boxes]
        for thread in threads:
            thread.start()
        try:
            out = 0
            for task in tasks:
                while waiting.full():
                    yield taken()
                    out -= 1
                waiting.put(task)
                out += 1
                while not done.empty():
                    yield taken()
                    out -= 1
            for _ in range(out):
                yield taken()
        finally:
            for box in boxes:
                box.close()
            while not waiting.empty():
                waiting.get_nowait()
            for _ in threads:
                waiting.put(None)


class DaskWorkers:
    """The workers of a Dask cluster, each with sandboxes of its own. They need this program, not the folder."""

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise fault(Path(address), "使用调度器需要安装 dask：pip install yusuan[scale]") from None
        try:
            library: Any = distributed
            self.client: Any = library.Client(address, timeout=PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise fault(Path(address), f"连接不上调度器（{type(error).__name__}），请检查地址") from None

    def answers(self, tasks: Iterable[Task]) -> Iterator[Answer]:
        """See Workers."""
        import distributed

        library: Any = distributed
        threads = sum(self.client.nthreads().values()) or 1
        numbers: dict[str, int] = {}
        try:
            running = library.as_completed([], with_results=True)
            for number, name, data in tasks:
                while len(numbers) >= threads * _AHEAD:
                    yield self._next(running, numbers)
                future = self.client.submit(examine_here, name, data, pure=False)
                numbers[future.key] = number
                running.add(future)
                del future
            while numbers:
                yield self._next(running, numbers)
        finally:
            self.client.close()

    @staticmethod
    def _next(running: Any, numbers: dict[str, int]) -> Answer:
        future, answer = next(running)
        return numbers.pop(future.key), bytes(answer)


def workers(scheduler: str | None, size: int | None = None) -> Workers:
    """The workers of a scheduler, this machine's children where none is named."""
    return DaskWorkers(scheduler) if scheduler else LocalWorkers(size)
