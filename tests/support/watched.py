"""Receives a folder and prints what it took, memory watched: `python -m tests.support.watched DIR OUT`."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import psutil

from addin.upward.receive import receive_folder
from udfs.ledgers import FLOW, SPENDING

_LOOK = 0.1


class Watch:
    """The most memory that this process, and any of its children, held at a look."""

    def __init__(self) -> None:
        self.own = self.child = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        me = psutil.Process()
        while not self._done.wait(_LOOK):
            self.own = max(self.own, me.memory_info().rss)
            for child in me.children(recursive=True):
                try:
                    self.child = max(self.child, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue

    def close(self) -> None:
        """Stop looking."""
        self._done.set()
        self._thread.join()


def main(folder: str, out: str) -> None:
    """Receive, and print one line of JSON."""
    watch = Watch()
    start = time.perf_counter()
    done = receive_folder(Path(folder), Path(out))
    seconds = time.perf_counter() - start
    watch.close()
    assert done.department is not None
    print(
        json.dumps(
            {
                "seconds": round(seconds, 1),
                "anew": done.anew,
                "taken": len(done.receipt.taken),
                "good": done.good,
                "fen": done.department.content.facts.total(((FLOW, (SPENDING,)),)),
                "own": watch.own,
                "child": watch.child,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
