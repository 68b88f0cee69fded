"""Findings: what a relation or a check found, as values; every one says where, what, and what to do.

A finding is known by its code, its place and its figures. Its sentence is made of a template and of values, and only
when it is read: nothing that is decided depends on how it is worded.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

FORCED, HINT, NOTE = "强制", "提示", "信息"
GRADES = (FORCED, HINT, NOTE)
#: What 封面 shows of a sheet, or of the whole, that no check has looked at since it was made.
NOT_CHECKED = "未校验"


#: What an explanation is bound to: the code, the place, the left and right amount, then every other value.
Figures = tuple[str, ...]


class Words(Struct, frozen=True):
    """A sentence, or a part of one, that is made when it is read: a template and the values of its places.

    `variant` tells apart the sentences of one rule; it never changes, however they are worded. `loose`: advice and
    hints, which say more than what was found; what is found does not change with them.
    """

    template: str
    values: tuple[tuple[str, str | Words], ...] = ()
    variant: str = ""
    loose: bool = False

    def __str__(self) -> str:
        return worded(self.template, {name: str(value) for name, value in self.values})

    @property
    def bound(self) -> tuple[str, ...]:
        """What it speaks of: its variant and its values, without its words."""
        if self.loose:
            return ()
        return tuple(text for text in (self.variant, *self.told) if text)

    @property
    def texts(self) -> Iterator[str]:
        """The texts and figures in it that it speaks of."""
        for name, value in self.values:
            if isinstance(value, Words):
                yield from () if value.loose else value.texts
            elif value and f"{{{name}}}" in self.template:
                yield value

    @property
    def told(self) -> Iterator[str]:
        """The values that it speaks of, one by one."""
        for _, value in self.values:
            if isinstance(value, Words):
                yield from value.bound
            else:
                yield value


def worded(template: str, values: dict[str, str]) -> str:
    """The sentence that a template and its values make."""
    return template.format_map(values)


def say(template: str, variant: str = "", /, **values: object) -> Words:
    """A sentence about values; texts and other `Words` stand in it as they are, anything else as its text."""
    return Words(template, tuple((n, v if isinstance(v, Words) else str(v)) for n, v in values.items()), variant)


def add(template: str, /, **values: object) -> Words:
    """Advice or a hint within a sentence: it may change and the finding is still the same."""
    return Words(template, say(template, **values).values, loose=True)


class Suspect(Struct, frozen=True):
    """A cell that may be the wrong one: what it shows, what it should show, and the likely slip in words."""

    sheet: str
    cell: str
    shown: str
    suggested: str
    slip: str = ""


class Finding(Struct, frozen=True):
    """One finding. `cell` is A1, empty for a whole sheet; amounts are texts with two decimals, empty where none."""

    rule: str
    grade: str
    sheet: str
    cell: str
    words: Words
    left: str = ""
    right: str = ""
    difference: str = ""
    suspects: tuple[Suspect, ...] = ()
    also: tuple[str, ...] = ()  #: rules that fail for the same cause

    @property
    def message(self) -> str:
        """What is wrong and what to do, in a sentence; then what else the same cause makes fail."""
        if not self.also:
            return str(self.words)
        rules = "、".join(self.also[:6]) + ("等" if len(self.also) > 6 else "")
        return f"{self.words}。同一原因还使{rules}不符，改正后一并消除"

    @property
    def code(self) -> str:
        """What is found, whatever the figures: the rule, and which of its findings where it has several."""
        return f"{self.rule}.{self.words.variant}" if self.words.variant else self.rule

    @property
    def place(self) -> str:
        """Where it is, as the clerk reads it."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    @property
    def figures(self) -> Figures:
        """What a written explanation is bound to: the same finding about the same figures, however it is worded."""
        return self.code, self.place, self.left, self.right, *self.words.told


class Status(Struct, frozen=True):
    """How a check ended: 通过, 不符, 不适用 or 无法核对, the last two with the reason."""

    rule: str
    status: str
    reason: str = ""
