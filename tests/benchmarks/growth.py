"""How time and memory grow, as a table and the picture docs/growth.svg: `python -m tests.benchmarks.growth [MOST …]`.

MOST: the largest number of ledger rows, of units, of units examined before, of pages. Each command is measured as a
process of its own at a hundredth, a tenth and all of it: CPU time with its children, and the most memory that it, not
its children, held.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from math import ceil, floor, log, log10
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from addin.upward.cache import Cache
from addin.upward.examine import examine
from addin.upward.receive import CACHE
from tests.benchmarks.fill import long_ledger
from tests.benchmarks.inspect import document
from tests.support.command import run_command
from tests.support.hostile import packed
from tests.support.many import unit_parts, write_units
from tests.support.tools import ROOT

MOST = (100_000, 1_000, 10_000, 300)
PICTURE = ROOT / "docs" / "growth.svg"
_WIDTH, _HEIGHT, _EDGE = 300, 220, 46
_COLOURS = ("#1f5fa8", "#b5482a", "#2a7d46", "#7a4a9c")


class Point(Struct, frozen=True):
    """One measurement: of how much, CPU seconds, MB."""

    size: int
    seconds: float
    memory: float


#: A process that takes little memory itself: what is started from a large one counts as large from the start.
_LAUNCH = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
command = [sys.executable, "-m", "addin.cli", *sys.argv[1:]]
child = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
_, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def measured(*command: object) -> tuple[float, float]:
    """CPU seconds and MB of a command in a new process; it may find something wrong, but must end."""
    run = [sys.executable, "-I", "-S", "-c", _LAUNCH, *map(str, command)]
    code, seconds, memory = subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    assert int(code) in (0, 1), command
    return float(seconds), float(memory)


def of_rows(size: int, folder: Path) -> dict[str, tuple[float, float]]:
    """What a clerk does with a ledger of so many rows."""
    start, filled, told = (folder / f"{name}.xlsx" for name in ("start", "filled", "told"))
    ledger = long_ledger(folder / "ledger.csv", size)
    assert run_command("new", start, "--ledger", ledger, "--unit", "某市商务局").code == 0
    return {
        "fill": measured("fill", start, "-o", filled),
        "narrate": measured("narrate", filled, "-o", told),
        "validate": measured("validate", told),
        "report --fast": measured("report", told, "-o", folder / "out.docx", "--fast"),
    }


def of_units(size: int, folder: Path) -> dict[str, tuple[float, float]]:
    """What the superior office does with so many units."""
    write_units(folder / "in", size)
    return {"receive": measured("receive", folder / "in", "-o", folder / "out.xlsx")}


def of_answers(size: int, folder: Path) -> dict[str, tuple[float, float]]:
    """What the office's own process does with so many units: the answers on all are known, as if examined before."""
    (folder / "in").mkdir()
    kept = Cache(folder / f"out.xlsx{CACHE}", folder / "in")
    answers = {seed: examine("a.xlsx", packed(unit_parts(seed, seed), 1)) for seed in range(8)}
    for number in range(1, size + 1):
        seed = number % len(answers)
        answer = answers[seed]
        for old, new in ((f"9{seed:05d}", f"9{number:05d}"), (f"单位{seed:06d}", f"单位{number:06d}")):
            answer = answer.replace(old.encode(), new.encode())
        data = f"{number}".encode()
        (folder / "in" / f"{number}.xlsx").write_bytes(data)
        kept.put(sha256(data).hexdigest(), answer)
    return {"receive again": measured("receive", folder / "in", "-o", folder / "out.xlsx")}


def of_pages(size: int, folder: Path) -> dict[str, tuple[float, float]]:
    """What it does with a published document of so many pages."""
    path = folder / "published.pdf"
    path.write_bytes(document(1, size))
    return {"inspect": measured("inspect", path, "-o", folder / "out")}


KINDS: dict[str, Callable[[int, Path], dict[str, tuple[float, float]]]] = {
    "ledger rows": of_rows,
    "units": of_units,
    "units known": of_answers,
    "pages": of_pages,
}


def slope(one: tuple[int, float], other: tuple[int, float]) -> float:
    """How steep it is between two sizes: 1 where ten times as much takes ten times as long."""
    return log(other[1] / one[1]) / log(other[0] / one[0])


def panel(title: str, lines: dict[str, list[tuple[int, float]]], x: int, y: int) -> str:
    """One diagram, both axes logarithmic, a grey line a decade."""
    points = [point for line in lines.values() for point in line]
    low_x, high_x = (log10(end(n for n, _ in points)) for end in (min, max))
    low_y, high_y = floor(log10(min(v for _, v in points))), ceil(log10(max(v for _, v in points)))

    def place(size: float, value: float) -> str:
        across = (log10(size) - low_x) / (high_x - low_x or 1) * (_WIDTH - 2 * _EDGE)
        up = (log10(value) - low_y) / (high_y - low_y or 1) * (_HEIGHT - 2 * _EDGE - 10)
        return f"{x + _EDGE + across:.1f},{y + _HEIGHT - _EDGE - up:.1f}"

    drawn = [f'<text x="{x + _EDGE}" y="{y + _EDGE - 18}" font-weight="bold">{title}</text>']
    ends = [10**low_x, 10**high_x]
    for decade in range(low_y, high_y + 1):
        left, right = (place(end, 10**decade) for end in ends)
        drawn.append(f'<polyline points="{left} {right}" stroke="#ccc" fill="none"/>')
        at_x, at_y = left.split(",")
        drawn.append(f'<text x="{float(at_x) - 5}" y="{float(at_y) + 4}" text-anchor="end">{10**decade:g}</text>')
    for size in sorted({n for n, _ in points}):
        at_x, _ = place(size, 10**low_y).split(",")
        drawn.append(f'<text x="{at_x}" y="{y + _HEIGHT - _EDGE + 16}" text-anchor="middle">{size:,}</text>')
    along = x + _EDGE
    for colour, (name, line) in zip(_COLOURS, lines.items(), strict=False):
        drawn.append(f'<polyline points="{" ".join(place(*p) for p in line)}" stroke="{colour}" fill="none"/>')
        drawn.append(f'<text x="{along}" y="{y + _EDGE - 2}" fill="{colour}">{name}</text>')
        along += 14 + 6 * len(name)
    return "\n".join(drawn)


def picture(found: dict[str, dict[str, list[Point]]]) -> str:
    """Both diagrams of every kind, side by side."""
    panels = []
    for row, (kind, works) in enumerate(found.items()):
        seconds = {name: [(p.size, p.seconds) for p in line] for name, line in works.items()}
        memory = {name: [(p.size, p.memory) for p in line] for name, line in works.items()}
        panels.append(panel(f"CPU seconds by {kind}", seconds, 0, row * _HEIGHT))
        panels.append(panel(f"MB by {kind}", memory, _WIDTH, row * _HEIGHT))
    size = f'width="{2 * _WIDTH}" height="{len(found) * _HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *panels, "</svg>\n"])


def main(most: Sequence[int]) -> None:
    """Measure, print, draw."""
    found: dict[str, dict[str, list[Point]]] = {}
    print(f"{'work':16}{'of':>14}{'CPU s':>10}{'MB':>8}{'slope':>8}{'of memory':>11}")
    for (kind, measure), largest in zip(KINDS.items(), most, strict=True):
        works = found[kind] = {}
        for size in (largest // 100, largest // 10, largest):
            with TemporaryDirectory() as name:
                for work, (seconds, memory) in measure(size, Path(name)).items():
                    works.setdefault(work, []).append(Point(size, seconds, memory))
        for work, line in works.items():
            for before, now in zip([None, *line], line, strict=False):
                steep = (0.0, 0.0)
                if before is not None:
                    steep = (
                        slope((before.size, before.seconds), (now.size, now.seconds)),
                        slope((before.size, before.memory), (now.size, now.memory)),
                    )
                told = "".join(f"{s:{w}.2f}" for s, w in zip(steep, (8, 11), strict=True)) if before else ""
                print(f"{work:16}{now.size:>14,}{now.seconds:10.2f}{now.memory:8.0f}{told}", flush=True)
    PICTURE.write_text(picture(found), encoding="utf-8")
    print(f"drawn: {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or MOST)
