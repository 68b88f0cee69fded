"""What each check costs `receive`, and what all cost beside another commit: `python -m tests.benchmarks.checks [DIR]`.

CPU time of examining a hundred workbooks, in this process. DIR: a checkout of another commit with a .venv of its own;
its process examines the same units in turn with this one, so that a busy machine is busy for both.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from pkgutil import resolve_name
from statistics import median
from time import process_time
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from addin.upward.examine import examine
from tests.support.hostile import packed
from tests.support.many import unit_parts
from udfs.checks import registered

COUNT, ROUNDS, SHOWN = 100, 5, 12
#: Runs in either checkout: a line in, the seconds that examining a tenth of the units took out.
_PEER = """
import gc, importlib, sys, time
from tests.support.hostile import packed
from tests.support.many import unit_parts
try: examine = importlib.import_module("addin.upward.examine").examine
except ImportError: examine = importlib.import_module("addin.examine").examine
books = [packed(unit_parts(n % 8, n + 1), 1) for n in range(COUNT)]
for n in range(8): examine("a.xlsx", books[n])
gc.freeze(); gc.set_threshold(100_000)
print("ready", flush=True)
for line in sys.stdin:
    first = int(line); start = time.process_time()
    for book in books[first : first + 10]: examine("a.xlsx", book)
    print(time.process_time() - start, flush=True)
"""
#: Steps of examining that are no numbered check, by the module that calls them.
STEPS = {
    "the strict reading of the file": ("addin.xlsx.files", "read_strictly"),
    "the fast reading of its values": ("addin.xlsx.files.Workbook", "_grids"),
    "hidden and linked parts, comments": ("addin.xlsx.files", "file_facts"),
    "what formats and merges show": ("addin.xlsx.files", "show_what_is_seen"),
    "the seal": ("addin.upward.examine", "verify_book"),
    "what is seen otherwise": ("addin.upward.examine", "_looks"),
    "relations evaluated, wrong cells sought": ("udfs.validate", "search"),
}


class _Clock:
    """CPU seconds by what they were spent on."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def timed(self, what: str, function: Callable[..., Any], *, listed: bool = False) -> Callable[..., Any]:
        """The function, its time added up; of a check all that it finds."""

        @wraps(function)
        def run(*given: Any, **named: Any) -> Any:
            start = process_time()
            try:
                result = function(*given, **named)
                return list(result) if listed else result
            finally:
                self.spent[what] = self.spent.get(what, 0.0) + process_time() - start

        return run


def shares() -> dict[str, float]:
    """By check and step, its share of the time of examining. What several use counts for the first that asks."""
    books = [packed(unit_parts(n % 8, n + 1), 1) for n in range(COUNT)]
    for book in books[:8]:
        examine("a.xlsx", book)
    clock = _Clock()
    checks = tuple(replace(c, run=clock.timed(c.number, c.run, listed=True)) for c in registered())
    patches = [patch("udfs.validate.registered", lambda: checks)]
    for what, (module, name) in STEPS.items():
        holder: Any = resolve_name(module.replace(".Workbook", ":Workbook"))
        patches.append(patch.object(holder, name, clock.timed(what, getattr(holder, name))))
    for each in patches:
        each.start()
    start = process_time()
    for book in books:
        examine("a.xlsx", book)
    whole = process_time() - start
    for each in patches:
        each.stop()
    print(f"one workbook: {whole / COUNT * 1000:.1f} ms of CPU time; {len(checks)} checks")
    return {what: spent / whole for what, spent in clock.spent.items()}


def against(other: Path) -> list[tuple[float, float]]:
    """Seconds of ten workbooks each, here and there in turn."""
    here = Path(__file__).parents[2]
    peers = [
        subprocess.Popen(
            [folder / ".venv" / "bin" / "python", "-c", _PEER.replace("COUNT", str(COUNT))],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for folder in (here, other)
    ]

    def ask(peer: subprocess.Popen[str], line: str) -> str:
        assert peer.stdin is not None
        assert peer.stdout is not None
        peer.stdin.write(line)
        return peer.stdout.readline()

    for peer in peers:
        ask(peer, "")
    pairs = []
    for number in range(ROUNDS):
        for first in range(0, COUNT, 10):
            order = peers if number % 2 else peers[::-1]
            found = {id(peer): float(ask(peer, f"{first}\n")) for peer in order}
            pairs.append((found[id(peers[0])], found[id(peers[1])]))
    for peer in peers:
        peer.communicate()
    return pairs


def main(other: Path | None) -> None:
    """Measure and print."""
    found = shares()
    for what, share in sorted(found.items(), key=lambda item: -item[1])[:SHOWN]:
        print(f"  {what:44}{share:7.1%}")
    own = sum(share for what, share in found.items() if what not in STEPS)
    print(f"  {'all numbered checks together':44}{own:7.1%}")
    if other is not None:
        pairs = against(other)
        ours, theirs = (sum(pair[i] for pair in pairs) for i in (0, 1))
        print(
            f"this commit {ours / len(pairs) * 100:.1f} ms a workbook, {other.name} {theirs / len(pairs) * 100:.1f} ms"
        )
        print(f"ratio {ours / theirs:.3f}, median of pairs {median(a / b for a, b in pairs):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
