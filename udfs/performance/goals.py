"""Goals in running text held against other goals and against indicators, figure by figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from udfs.base import squeezed
from udfs.performance.indicators import Entry
from udfs.performance.quantities import Figure, figures

#: Two characters that stand beside any figure and tell nothing of what it counts.
_GENERAL = frozenset({"完成", "前完", "全部", "全年", "年度", "组织", "开展", "项目", "资金", "工作", "以上", "达到"})


class Contradiction(Struct, frozen=True):
    """A figure of a text and those of its unit that stand where it should be found."""

    figure: Figure
    others: tuple[Figure, ...]

    @property
    def shown(self) -> str:
        """The figure as it stands; its limit, which may be told in words, only where that is what contradicts."""
        return self._shown(self.figure)

    @property
    def others_shown(self) -> str:
        """The other figures in the same way."""
        return "、".join(f"“{text}”" for text in dict.fromkeys(map(self._shown, self.others)))

    def _shown(self, figure: Figure) -> str:
        limits = any(self.figure.opposes(other) for other in self.others)
        return figure.shown if limits else figure.shown.lstrip("≥≤<>")


def against_goals(text: str, goals: Iterable[str], year: int) -> tuple[list[Contradiction], list[Figure]]:
    """Figures of a text that contradict the goals it repeats, and those of which the goals do not speak."""
    own = figures(text, year, free=True)
    theirs = [figure for goal in goals for figure in figures(goal, year, free=True)]
    found: list[Contradiction] = []
    open_ones: list[Figure] = []
    for unit in dict.fromkeys(figure.unit for figure in own):
        mine = [figure for figure in own if figure.unit == unit]
        others = [figure for figure in theirs if figure.unit == unit]
        strays, left = _strays(mine, others)
        for figure in strays:
            of_the_same = tuple(other for other in left if _speak_of_one(figure, other))
            if of_the_same:
                found.append(Contradiction(figure, of_the_same))
            else:
                open_ones.append(figure)
    return found, open_ones


def _strays(mine: Sequence[Figure], others: Sequence[Figure]) -> tuple[list[Figure], list[Figure]]:
    """Figures without one that agrees, and those that they may contradict."""
    if len(mine) != len(others):
        return [figure for figure in mine if not any(_agree(figure, other) for other in others)], list(others)
    # As many on both sides: each has its counterpart.
    left = list(others)
    strays = []
    for figure in mine:
        match = next((other for other in left if _agree(figure, other)), None)
        if match is None:
            strays.append(figure)
        else:
            left.remove(match)
    return strays, left


def _speak_of_one(one: Figure, other: Figure) -> bool:
    """Whether two figures are about the same thing, by the words beside them; also where there are no such words."""
    first, second = (_pairs(figure.context) - _GENERAL for figure in (one, other))
    return bool(first & second) or not (first or second)


def against_indicators(told: Sequence[Figure], entries: Iterable[Entry], year: int) -> Iterator[Contradiction]:
    """Figures that the indicators they speak of, by the words beside them, do not have."""
    known = [(entry, figure) for entry in entries for figure in figures(entry.value, year)]
    for figure in told:
        same_unit = [(entry, other) for entry, other in known if other.unit == figure.unit]
        if any(_agree(figure, other) for _, other in same_unit):
            continue
        near = [(len(_pairs(figure.context) & _pairs(entry.name) - _GENERAL), other) for entry, other in same_unit]
        most = max((count for count, _ in near), default=0)
        if most:
            yield Contradiction(figure, tuple(other for count, other in near if count == most))


def _agree(one: Figure, other: Figure) -> bool:
    return one.number == other.number and not one.opposes(other)


def _pairs(text: str) -> set[str]:
    """Every two characters that follow each other."""
    joined = squeezed(text)
    return {joined[at : at + 2] for at in range(len(joined) - 1)}
