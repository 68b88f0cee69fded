"""Rows of a table between which no line is drawn, told apart by the lines of their text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

_FIGURE = re.compile(r"-?[\d,]+(?:\.\d+)?")
#: A figure that is no part of a longer one.
_WHOLE = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d{2})?|-?\d+\.\d{2}")
#: Lines so near are one line; nearer than this part of the usual step they are one row.
_ONE_LINE, _ONE_ROW = 4.0, 0.75

#: A narrow cell breaks a figure into at most so many parts.
_PARTS = 3

Lines = Mapping[int, Sequence[tuple[float, str]]]


def unruled_rows(row: Sequence[str | None], top: float, lines: Lines) -> list[tuple[float, list[str | None]]]:
    """A row between two drawn lines as the rows that its lines of text are, each with its upper edge.

    A figure or a name that a narrow cell has broken is one row: its parts have no name beside each of them.
    """
    places: list[float] = []
    for at in sorted(y for own in lines.values() for y, _ in own):
        if not places or at - places[-1] > _ONE_LINE:
            places.append(at)
    if not _are_rows(places, lines):
        return [(top, list(row))]
    figured = {y for own in lines.values() for y, text in own if _FIGURE.fullmatch(text)}
    starts = [at for at in places if any(abs(at - y) <= _ONE_LINE for y in figured)]
    step = median(after - before for before, after in pairwise(starts))
    # A line without a figure is a row where it stands apart, else part of a name on two lines.
    starts = sorted([*starts, *(at for at in places if all(abs(at - start) > _ONE_ROW * step for start in starts))])
    result: list[list[str | None]] = [[None if v is None else "" for v in row] for _ in starts]
    for column, own in lines.items():
        for y, text in own:
            n = min(range(len(starts)), key=lambda k: abs(starts[k] - y))
            result[n][column] = f"{result[n][column] or ''}{text}"
    return list(zip([top, *starts[1:]], result, strict=True))


def together(lines: Lines) -> str:
    """Figures that stand below each other in one cell, more than a narrow cell makes of one; empty where none do."""
    for own in lines.values():
        figures = [text for _, text in own if _FIGURE.fullmatch(text)]
        if len(figures) > _PARTS:
            return "".join(figures)
    return ""


def _are_rows(places: Sequence[float], lines: Lines) -> bool:
    """Whether lines of text are rows: figures below each other, a name or code at every one."""
    figures = [[text for _, text in own if _FIGURE.fullmatch(text)] for own in lines.values()]
    most = max((len(own) for own in figures if own), default=0)
    whole = any(sum(bool(_WHOLE.fullmatch(text)) for text in own) > 1 for own in figures)
    if most < 2 or (most < 3 and not whole):
        return False
    first = min(lines)
    named = [y for column, own in lines.items() for y, text in own if column == first or not _FIGURE.fullmatch(text)]
    return all(any(abs(y - at) <= _ONE_LINE for y in named) for at in places)
