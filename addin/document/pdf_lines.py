"""The characters of a PDF page as lines of text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

_LATIN = re.compile(r"[A-Za-z0-9]")

Char = dict[str, Any]


class TextLine(Struct):
    """A line of text outside tables. Points from the page's upper left corner."""

    text: str
    page: int
    x0: float
    x1: float
    top: float
    size: float
    at: float  #: place on the page, 0 to 1 from the top
    table: int = -1  #: number of tables of the page above it


def once(chars: Sequence[Char]) -> list[Char]:
    """Characters without those printed twice on one place to look bold."""
    result: list[Char] = []
    seen: dict[tuple[str, int, int], Char] = {}
    for c in chars:
        key = (c["text"], round(c["x0"] / 3), round(c["top"] / 3))
        near = seen.get(key)
        if near is not None and abs(near["x0"] - c["x0"]) < 1.2 and abs(near["top"] - c["top"]) < 1.2:
            continue
        seen[key] = c
        result.append(c)
    return result


def rows_of(chars: Sequence[Char]) -> Iterator[list[Char]]:
    """Characters line by line, each from left to right."""
    run: list[Char] = []
    middle = half = 0.0
    for c in sorted(chars, key=lambda c: (c["top"] + c["bottom"]) / 2):
        own = (c["top"] + c["bottom"]) / 2
        if run and own - middle > half:
            yield sorted(run, key=lambda c: c["x0"])
            run = []
        if not run:
            middle, half = own, max(2.0, 0.45 * (c["bottom"] - c["top"]))
        run.append(c)
    if run:
        yield sorted(run, key=lambda c: c["x0"])


def text_of(run: Sequence[Char]) -> str:
    """A line's characters with the gaps between them: wide ones part what stands in columns."""
    parts: list[str] = []
    last: Char | None = None
    for c in run:
        if last is not None:
            gap = c["x0"] - last["x1"]
            size = max(c["size"], last["size"], 1.0)
            if gap > 2.2 * size:
                parts.append("    ")
            elif gap > (0.25 if _LATIN.match(c["text"]) and _LATIN.match(last["text"]) else 0.6) * size:
                parts.append(" ")
        parts.append(c["text"])
        last = c
    return "".join(parts)


def as_line(run: Sequence[Char], page: int, height: float) -> TextLine:
    """Characters of one line as a line of text."""
    top = min(c["top"] for c in run)
    sizes = Counter(round(c["size"], 1) for c in run)
    size = sizes.most_common(1)[0][0]
    return TextLine(text_of(run), page, run[0]["x0"], run[-1]["x1"], top, size, (top + size / 2) / height)
