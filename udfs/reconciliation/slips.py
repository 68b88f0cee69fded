"""The slip behind a wrong figure: what a clerk probably did, from the figure shown and the one it should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Slip(NamedTuple):
    """One kind of slip. `rank` orders suspects, the likeliest slip first; it never rules one out."""

    key: str
    phrase: str  #: for the clerk, in Chinese
    rank: int


MISSING = Slip("missing", "漏填", 0)
UNIT_LARGE = Slip("unit-large", "疑似把元当作万元填入（大了一万倍）", 1)
UNIT_SMALL = Slip("unit-small", "疑似多除了一次一万（小了一万倍）", 2)
SIGN = Slip("sign", "疑似正负号填反", 3)
SWAPPED = Slip("swapped", "疑似相邻两位数字颠倒", 4)
NEIGHBOUR = Slip("neighbour", "疑似串行或串列，与相邻单元格的金额相同", 5)
POINT = Slip("point", "疑似小数点错位", 6)
LAST_PLACE = Slip("last-place", "末位相差一，疑似未按四舍五入取数", 7)
DIGIT = Slip("digit", "疑似录错一位数字", 8)
LENGTH = Slip("length", "疑似多录或少录一位数字", 9)
SUPERFLUOUS = Slip("superfluous", "应为空，疑似误填", 10)
UNKNOWN = Slip("unknown", "金额有误", 11)

#: A figure known less exactly than this share of its size, and than this many last places, explains nothing.
_SHARE, _PLACES = 20, 20

#: 元 in one 万元.
_SCALE = 10_000


def slip(
    shown: int | None, low: int | None, high: int | None, *, empty: bool = False, neighbours: Iterable[int] = ()
) -> Slip:
    """The likeliest slip that made the figure shown out of one between `low` and `high`.

    Figures are in units of the last place; `shown` is None for an empty cell, `low` and `high` None for no limit.
    `empty`: the cell could rightly be empty. `neighbours`: the figures in the cells beside, above and below.
    """
    if not shown and not (low == high == 0):
        return MISSING
    if shown is None or low is None or high is None or high - low > max(_PLACES, (abs(low) + abs(high)) // 2 // _SHARE):
        return UNKNOWN
    if low == high == 0 and empty:
        return SUPERFLUOUS

    def fits(spans: Iterable[tuple[int, int]]) -> bool:
        return any(not first == last == shown and first <= high and last >= low for first, last in spans)

    if fits(_shorter(shown, _SCALE)):
        return UNIT_LARGE
    if fits(_longer(shown, _SCALE)):
        return UNIT_SMALL
    if fits(_exactly([-shown])):
        return SIGN
    if fits(_exactly(_swapped(shown))):
        return SWAPPED
    if shown in neighbours:
        return NEIGHBOUR
    if any(fits([*_shorter(shown, power), *_longer(shown, power)]) for power in (10, 100, 1000)):
        return POINT
    if low <= shown + 1 and shown - 1 <= high:
        return LAST_PLACE
    if fits(_exactly(_one_digit(shown))):
        return DIGIT
    if fits(_exactly(_one_more_or_less(shown))):
        return LENGTH
    return UNKNOWN


def _exactly(figures: Iterable[int]) -> Iterator[tuple[int, int]]:
    return ((f, f) for f in figures)


def _shorter(shown: int, power: int) -> Iterator[tuple[int, int]]:
    """The figure that was multiplied by a power of ten; its own last places were cut off by rounding."""
    size = (2 * abs(shown) + power) // (2 * power)
    if size:
        yield from _exactly([size if shown > 0 else -size])


def _longer(shown: int, power: int) -> Iterator[tuple[int, int]]:
    """The figures that a power of ten divided and rounding made the one shown."""
    if shown:
        yield shown * power - power // 2, shown * power + power // 2


def _digits(shown: int) -> str:
    """At least the three digits that are seen: 0.12 is 012."""
    return f"{abs(shown):03d}"


def _signed(shown: int, digits: str) -> int:
    return int(digits) if shown >= 0 else -int(digits)


def _swapped(shown: int) -> Iterator[int]:
    """Two digits beside each other exchanged."""
    d = _digits(shown)
    for i in range(len(d) - 1):
        yield _signed(shown, d[:i] + d[i + 1] + d[i] + d[i + 2 :])


def _one_digit(shown: int) -> Iterator[int]:
    """One digit replaced."""
    d = _digits(shown)
    for i in range(len(d)):
        for digit in "0123456789":
            yield _signed(shown, d[:i] + digit + d[i + 1 :])


def _one_more_or_less(shown: int) -> Iterator[int]:
    """One digit left out or put in."""
    d = _digits(shown)
    for i in range(len(d)):
        yield _signed(shown, d[:i] + d[i + 1 :])
    for i in range(len(d) + 1):
        for digit in "0123456789":
            yield _signed(shown, d[:i] + digit + d[i:])
