"""What the readers of a text say: contradictions, and what was verified, by token."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

from udfs.base import Words, half_up, shown

#: Kinds of contradiction.
AMOUNT, RATE, TURN, DATING, NAME, COUNT, UNIT, PARTS, WORDING, REASON, DENIAL, UNREASONED, NO_BASE = (
    "amount",
    "rate",
    "turn",
    "dating",
    "name",
    "count",
    "unit",
    "parts",
    "wording",
    "reason",
    "denial",
    "unreasoned",
    "no_base",
)


class Contradiction(Struct, frozen=True):
    """Something in a sentence that is not so. Amounts in 万元 as texts, empty where none."""

    kind: str
    section: int
    quote: str
    words: Words
    left: str = ""
    right: str = ""
    difference: str = ""
    about: str = ""  #: the name that is meant, where a name is wrong

    @property
    def message(self) -> str:
        """What is not so, in a sentence."""
        return str(self.words)


class Unbound(Struct, frozen=True):
    """A figure that nothing could be found for: it is not verified."""

    section: int
    text: str
    quote: str


class Ruled(Struct, frozen=True):
    """What a paragraph's own arithmetic says of some of its tokens. `sound`: those that it bears out."""

    about: tuple[int, ...]  #: tokens of the paragraph, the one to blame first
    wrong: Contradiction | None = None
    sound: frozenset[int] = frozenset()
    source: str = ""  #: the name in the workbook that it was held against


class Bound(Struct, frozen=True):
    """A figure that agrees with the workbook: its place in the section's text, and what it was held against."""

    section: int
    start: int
    end: int
    source: str


class Verdict(Struct):
    """What a reader found in one sentence. Tokens by their place in the sentence."""

    contradictions: dict[int, list[Contradiction]] = field(default_factory=dict)
    verified: set[int] = field(default_factory=set)
    sources: dict[int, str] = field(default_factory=dict)  #: what a figure was held against
    exempt: set[int] = field(default_factory=set)  #: thresholds and the like: they claim nothing
    reasons: set[int] = field(default_factory=set)  #: within a reason

    def wrong(self, at: int, contradiction: Contradiction) -> None:
        """Note a contradiction at a token (or -1 for the sentence)."""
        self.contradictions.setdefault(at, []).append(contradiction)


def figure(value: Decimal) -> str:
    """An amount as findings show it: two decimals, half up."""
    return f"{half_up(value):.2f}"


def sides(left: Decimal, right: Decimal) -> tuple[str, str, str]:
    """Both amounts of a contradiction and their difference."""
    return figure(left), figure(right), figure(left - right)


def excerpt(text: str, start: int, end: int, around: int = 14) -> str:
    """The words around a place in a sentence, cut with dots."""
    left, right = max(0, start - around), min(len(text), end + around)
    return ("…" if left else "") + text[left:right] + ("…" if right < len(text) else "")


def money(value: Decimal) -> str:
    """An amount in words of the text."""
    return f"{shown(value)}万元"
