"""A sentence's own arithmetic, whatever it speaks of: a change is the difference of its two figures, a percentage fits.

Nothing is taken from the tables, so this works on any text. Printed amounts are rounded: a percentage is wrong only if
no exact amounts behind the printed ones give it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from msgspec import Struct

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.tokens import Sentence, Token, reasons_of
from udfs.audit.verdicts import Contradiction, excerpt
from udfs.base import half_up, say, squeezed
from workbook_templates.reading import Sum

_BETWEEN = re.compile(r"[了约为：:\s]*")
_BASE = re.compile(r"(?:\d{4}年|上年|去年)[^，。；]{0,20}$")
_COMPARES = re.compile(r"相比|[与比较同]")


class _Turn(Struct, frozen=True):
    """A stated change: direction and difference, perhaps with its percentage and the base it is taken from."""

    direction: Token
    difference: Token | None
    second: Token | None  #: direction word of the percentage
    rate: Token | None
    base: Token | None
    now: tuple[Token, ...]  #: amounts before it that may be this year's
    after_last: bool  #: 本年减少 …: the amount before it is last year's


def own_arithmetic(sentence: Sentence, section: int) -> Iterator[Contradiction]:
    """What a sentence says against itself."""
    for turn in _turns(sentence):
        yield from _checked(turn, sentence, section)


def _turns(sentence: Sentence) -> Iterator[_Turn]:
    tokens = sentence.tokens
    taken: set[int] = set()
    reasons = reasons_of(sentence.text)
    for number, token in enumerate(tokens):
        if token.kind != t.DIRECTION or not token.value or number in taken:
            continue
        if any(start <= token.start < end for start, end in reasons):
            continue
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        if following is None or not _adjacent(sentence.text, token, following):
            continue
        difference = following if following.kind == t.AMOUNT else None
        second, rate = None, None
        if following.kind == t.PERCENT:
            rate = following
        elif difference is not None and number + 3 < len(tokens):
            word, percent = tokens[number + 2], tokens[number + 3]
            gap = sentence.text[difference.end : word.start]
            if word.kind == t.DIRECTION and percent.kind == t.PERCENT and re.fullmatch(r"[，,、；（(\s]*", gap):
                second, rate = word, percent
                taken.add(number + 2)
        elif difference is None:
            continue
        clause = _clause_of(sentence, token)
        earlier = [x for x in tokens[:number] if x.kind == t.AMOUNT]
        base = next((x for x in reversed(earlier) if x.start >= clause and _is_base(sentence.text, x)), None)
        now = tuple(x for x in earlier if x is not base and not _follows_turn(sentence, x))
        after_last = re.search("(?:本年|今年)(?:预算)?$", sentence.text[: token.start]) is not None
        yield _Turn(token, difference, second, rate, base, now, after_last)


def _clause_of(sentence: Sentence, token: Token) -> int:
    """Where the parts of the sentence that belong to a change may begin: after the last semicolon."""
    return max(sentence.text.rfind("；", 0, token.start), sentence.text.rfind(";", 0, token.start)) + 1


def _is_base(text: str, amount: Token) -> bool:
    lead = text[max(0, amount.start - 28) : amount.start]
    return bool(_BASE.search(lead)) and bool(
        _COMPARES.search(lead[-28:]) or text[amount.end : amount.end + 3].startswith("相比")
    )


def _follows_turn(sentence: Sentence, amount: Token) -> bool:
    at = sentence.tokens.index(amount)
    before = sentence.tokens[at - 1] if at else None
    return before is not None and before.kind == t.DIRECTION and _adjacent(sentence.text, before, amount)


def _adjacent(text: str, one: Token, other: Token) -> bool:
    return _BETWEEN.fullmatch(text[one.end : other.start]) is not None


def _checked(turn: _Turn, sentence: Sentence, section: int) -> Iterator[Contradiction]:
    end = (turn.rate or turn.difference or turn.direction).end
    quote = excerpt(sentence.text, turn.direction.start, end)
    if turn.second is not None and turn.second.value != turn.direction.value:
        message = say(
            "前面写“{first}”，后面写“{second}”，方向相反",
            "opposite",
            first=turn.direction.text,
            second=turn.second.text,
        )
        yield Contradiction(v.TURN, section, quote, message)
        return
    if turn.base is not None and turn.difference is not None and turn.now:
        base, difference = turn.base.value, turn.difference.value
        wanted = base + difference * turn.direction.value
        if not any(abs(x.value - wanted) <= _miss(x, turn.base, turn.difference) for x in turn.now):
            yield _difference(turn, section, quote)
            return
    if turn.rate is None:
        return
    bases = _bases(turn)
    if bases and not any(_fits(turn, low, high, base) for low, high, base in bases):
        low, high, base = bases[0]
        if base <= 0:
            message = say(
                "上年数为{base}，不能计算增减比例，写的是{rate}", "no_rate", base=v.money(base), rate=turn.rate.text
            )
            yield Contradiction(v.RATE, section, quote, message)
            return
        right = half_up((low + high) / 2 * 100 / base)
        message = say("增减幅度写的是{rate}，按本句金额应为{right}%", "rate", rate=turn.rate.text, right=right)
        yield Contradiction(
            v.RATE,
            section,
            quote,
            message,
            v.figure(turn.rate.value),
            v.figure(right),
            v.figure(turn.rate.value - right),
        )


def _difference(turn: _Turn, section: int, quote: str) -> Contradiction:
    assert turn.base is not None
    assert turn.difference is not None
    now = turn.now[0]
    right = abs(now.value - turn.base.value)
    if right == turn.difference.value:
        word = "增加" if now.value > turn.base.value else "减少"
        message = say(
            "由{base}到{now}是{word}，写的是“{direction}”",
            "turn",
            base=turn.base.text,
            now=now.text,
            word=word,
            direction=turn.direction.text,
        )
        return Contradiction(v.TURN, section, quote, message)
    message = say(
        "变动额写的是{difference}，{now}与{base}相差{right}",
        "change",
        difference=turn.difference.text,
        now=now.text,
        base=turn.base.text,
        right=v.money(right),
    )
    left = v.figure(turn.difference.value)
    return Contradiction(
        v.AMOUNT, section, quote, message, left, v.figure(right), v.figure(turn.difference.value - right)
    )


def _bases(turn: _Turn) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Pairs that a percentage may come from: the lowest and highest difference behind the print, and the base."""
    if turn.difference is not None:
        d = turn.difference.value
        half = _half(turn.difference)
        if turn.base is not None:
            return [(d - half, d + half, turn.base.value)]
        if turn.after_last:
            return [(d - half, d + half, x.value) for x in turn.now]
        return [(d - half, d + half, x.value - d * turn.direction.value) for x in turn.now]
    if turn.base is not None:
        return [
            (abs(x.value - turn.base.value) - _half(x), abs(x.value - turn.base.value) + _half(x), turn.base.value)
            for x in turn.now
        ]
    return []


def _fits(turn: _Turn, low: Decimal, high: Decimal, base: Decimal) -> bool:
    assert turn.rate is not None
    if base <= 0:
        return False
    half = Decimal("0.5").scaleb(-turn.rate.places)
    slack = Decimal("0.01")
    lowest = max(low, Decimal(0)) * 100 / (base + slack)
    highest = high * 100 / (base - slack) if base > slack else Decimal(10**12)
    return lowest - half <= turn.rate.value <= highest + half


def _half(token: Token) -> Decimal:
    """Half a unit of the last place written."""
    return Decimal("0.5").scaleb(-max(token.places, 2)) * t.SCALES.get(token.unit, Decimal(1))


def _miss(*tokens: Token) -> Decimal:
    return sum((_half(token) for token in tokens), Decimal(0))


def parts_and_wholes(sentences: Sequence[Sentence], sums: Sequence[Sum], section: int) -> Iterator[Contradiction]:
    """Wholes whose parts a section states all, and which do not add up."""
    leads = list(_leads(sentences))
    for one in sums:
        whole = _first(leads, one.whole, one.unit)
        parts = [_first(leads, says, one.unit) for says in one.parts] if whole else []
        if whole is None or any(part is None for part in parts):
            continue
        stated = [part for part in parts if part is not None]
        total = sum((token.value for _, token in stated), Decimal(0))
        sentence, token = whole
        allowed = (
            _half(token) * (1 + sum(1 for _, part in stated if part.value)) if total != token.value else Decimal(0)
        )
        if abs(total - token.value) >= allowed and total != token.value:
            names = "、".join(says[0] for says in one.parts)
            message = say(
                "“{whole}”写的是{written}，{names}合计为{total}",
                "parts",
                whole=one.whole[0],
                written=token.text,
                names=names,
                total=v.money(total),
            )
            quote = excerpt(sentence.text, token.start, token.end)
            yield Contradiction(
                v.PARTS, section, quote, message, v.figure(token.value), v.figure(total), v.figure(token.value - total)
            )


def _leads(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, Token, str]]:
    """Every number with the words between it and the one before."""
    for sentence in sentences:
        start = 0
        for token in sentence.tokens:
            if token.kind in (t.AMOUNT, t.COUNT, t.PERCENT):
                yield sentence, token, squeezed(sentence.text[start : token.start])
                start = token.end


@cache
def _named_by(says: tuple[str, ...]) -> re.Pattern[str]:
    """What leads to a number that one of the phrases names."""
    phrases = "|".join(re.escape(squeezed(phrase)) for phrase in says)
    return re.compile(rf"(?:{phrases})(?:预算数?|总额|为|是|共|合计|财政拨款|安排|：)*$")


def _first(
    leads: Sequence[tuple[Sentence, Token, str]], says: Sequence[str], unit: str
) -> tuple[Sentence, Token] | None:
    """The first number that stands right after one of the phrases."""
    named = _named_by(tuple(says))
    for sentence, token, lead in leads:
        fitting = token.kind == t.AMOUNT if unit == "万元" else (token.kind, token.unit) == (t.COUNT, unit)
        if fitting and named.search(lead):
            return sentence, token
    return None
