"""Names with a slip of the pen: one character changed, left out or added."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from functools import cached_property

#: Names up to this length are like many words (工程支出, 工作支出): they are meant only where their own amount follows.
SHORT = 4


class RightWords:
    """Words that are right, however like a name they are."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds them, the longest at each place."""
        longest = sorted(self.words, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest)) or "(?!)")


def misspelt(text: str, meant: Iterable[str], right: RightWords) -> Iterator[tuple[int, int, str]]:
    """Places of a text where a name stands with one character changed, left out or added: from, to, the name meant.

    `meant`: the names looked for, the longest first; `right`: words that are right although they are like one of them.
    """
    spans: list[tuple[int, int]] | None = None
    taken: set[int] = set()
    for name in meant:
        half = len(name) // 2
        if half < _HALF:
            continue
        for start, end in _windows(text, name, half):
            written = text[start:end]
            if text[max(start - 2, 0) : start] == "收、":
                continue  # 收、支总预算: one name
            if written == name or start in taken or not _one_slip(written, name):
                continue
            if spans is None:
                spans = [m.span() for m in right.pattern.finditer(text)]
            at = start + next(
                (n for n, (a, b) in enumerate(zip(written, name, strict=False)) if a != b), len(written) - 1
            )
            next_word = written[:-1] in right.words and not _FIGURE.match(text, end)
            behind = any(written[n:] in right.words for n in range(1, at - start + 1))
            if next_word or behind or _particle(written, name):
                continue  # a right name, and the next word begins
            whole = any(a <= at < b and b - a >= min(len(name), end - start) - 1 for a, b in spans)
            inside = any(a <= start and end <= b for a, b in spans)
            goes_on = at == end - 1 and end < len(text) and not _FOLLOWS.match(text, end)
            brackets = [written.count(mark) - name.count(mark) for mark in "（）()"]
            if whole or inside or goes_on or not _WRITTEN.fullmatch(written) or any(brackets):
                continue
            taken.add(start)
            yield start, end, name


_HALF = 2
_FIGURE = re.compile(r"\s*\d")
_PARTICLES = "的了之与和及等度"
_BETWEEN_WORDS = "的按由从将为是在对和与及占比较约共计达有超近"
#: Characters by which right names differ: 本年收入 and 上年收入, 基本支出 and 全部支出.
_TELLING = frozenset("上本全当今去前往总各新原省市县区大小内外收支入")
#: What may follow a name whose last character is wrong; anything else is a word that goes on: 因公出国（境）任务.
_FOLLOWS = re.compile(r"[^\u4e00-\u9fff]|[的为是共预支收资经安数额等及和与合总项科占比较]")
_WRITTEN = re.compile(r"[\u4e00-\u9fff（）()]+")


def _windows(text: str, name: str, half: int) -> Iterator[tuple[int, int]]:
    """Where a name may stand with a slip: one of its halves is whole."""
    sizes = (0, -1, 1) if len(name) >= _LONG else (0,)
    for part, offset in ((name[:half], 0), (name[half:], half)):
        at = text.find(part)
        while at >= 0:
            for more in sizes:
                start = at if not offset else at - offset - more
                end = start + len(name) + more
                if start >= 0 and end <= len(text):
                    yield start, end
            at = text.find(part, at + 1)


#: Names from this length on are known with a character left out or added as well.
_LONG = 6


def _one_slip(written: str, name: str) -> bool:
    """Whether one character changed, left out or added makes one of the other."""
    if len(written) == len(name):
        return sum(a != b for a, b in zip(written, name, strict=True)) == 1
    short, long = sorted((written, name), key=len)
    if long[0] != short[0] or long[-1] != short[-1]:
        return False  # a word before or behind the name, or a shorter name
    return any(long[:n] + long[n + 1 :] == short for n in range(1, len(long) - 1))


def tells_another(written: str, name: str) -> bool:
    """Whether what differs tells one right name from another: 本年收入 and 上年收入."""
    differing = {c for pair in zip(written, name, strict=False) if pair[0] != pair[1] for c in pair}
    return len(written) == len(name) and differing <= _TELLING


def _particle(written: str, name: str) -> bool:
    """Whether a word like 的 alone makes the difference, or another clause begins within."""
    if any(word in written and word not in name for word in ("其中", "包括", "按照", "党员", "干警", "教师", "医护")):
        return True
    if name.startswith(("本年", "当年")) and not written.startswith(name[:2]):
        return True
    if len(written) == len(name):
        return tells_another(written, name) or any(
            a != b and a in _BETWEEN_WORDS for a, b in zip(written, name, strict=True)
        )
    return len(written) > len(name) and any(
        written.replace(mark, "", 1) == name for mark in _PARTICLES + _BETWEEN_WORDS
    )


def is_word(written: str, name: str, pairs: Container[str]) -> bool:
    """Whether the half of a short name that differs is a word of its own: 工作支出 beside 工程支出."""
    at = next((n for n, (a, b) in enumerate(zip(written, name, strict=False)) if a != b), 0)
    return written[at // 2 * 2 : at // 2 * 2 + 2] in pairs
