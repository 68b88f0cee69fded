"""A paragraph's own arithmetic, whatever it speaks of: changes are differences of its figures, percentages fit.

Nothing is taken from the tables, so this works on any text. Printed amounts are rounded: a percentage is wrong only if
no exact amounts behind the printed ones give it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.statements import Paragraph, Run, Said
from udfs.audit.tokens import Token
from udfs.audit.verdicts import Contradiction, Ruled, excerpt
from udfs.base import half_up, say

#: Another scope has other amounts; a plus sign is no name.
_NOT_A_NAME = re.compile(r"口径|^[^\u4e00-\u9fff]+$")
_AFTER_LAST = re.compile("(?:本年|今年|本年度)(?:预算)?$")


class _Turn(Struct, frozen=True):
    """A stated change: direction and difference, perhaps with its percentage and the base it is taken from."""

    direction: Said
    difference: Said | None
    second: Token | None  #: direction word of the percentage
    rate: Said | None
    base: Said | None
    now: tuple[Said, ...]  #: amounts before it that may be this year's
    after_last: bool  #: 本年减少 …: the amount before it is last year's

    @property
    def involved(self) -> tuple[int, ...]:
        """The tokens that it is about; the first is the one to blame."""
        found = [x.at for x in (self.rate, self.difference) if x is not None]
        return (*found, self.direction.at, *(x.at for x in (self.base, *self.now) if x is not None))


#: So many percentages that are those of the printed amounts, to the last place, show how a section reckons.
_HABIT = 6


#: A change behind these words may be from another base than the last that was told of.
_OTHER_BASE = re.compile("扣除|剔除|口径|因素|实际|执行数|决算|年初|调整预算|批复")


_SCOPED = re.compile("扣除|剔除|因素")


def _other_base(paragraph: Paragraph, turn: _Turn) -> str:
    """The words between the base and the change, that make it uncertain what it is from; empty where none do."""
    last = turn.base or next(iter(turn.now), turn.direction)
    between = paragraph.text[last.token.end : turn.direction.token.start]
    return between if _OTHER_BASE.search(between) else ""


def reckons_with_print(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether the percentages of a section come from the amounts as printed, but for one at most."""
    exact = [
        _is_exact(turn)
        for paragraph in paragraphs
        for number, run in enumerate(paragraph.runs)
        for turn in _turns(paragraph, number, run)
        if turn.rate is not None and any(x[3] > 0 and _fits(turn.rate.token, x) for x in _rates_of(turn))
    ]
    return exact.count(False) <= 1 and len(exact) > _HABIT


def _rates_of(turn: _Turn) -> list[_Rates]:
    return list(_rates(turn, turn.base.token if turn.base else None, [x.token for x in turn.now]))


def _is_exact(turn: _Turn) -> bool:
    return turn.rate is not None and any(
        half_up(right, turn.rate.token.places) == turn.rate.token.value for _, _, right, _ in _rates_of(turn)
    )


def own_arithmetic(paragraph: Paragraph, *, exact: bool = False) -> Iterator[Ruled]:
    """What a paragraph says against itself; and, without a contradiction, the numbers that its arithmetic bears out.

    :param exact: the section's other percentages are those of the printed amounts to the last place
    """
    for number, run in enumerate(paragraph.runs):
        for turn in _turns(paragraph, number, run):
            wrong = _checked(paragraph, turn)
            if wrong is not None and (other := _other_base(paragraph, turn)):
                # Of the same scope it would be wrong; of another it says nothing of the amounts stated.
                scoped = _SCOPED.search(other) is not None or not run.of(s.NOW)
                wrong = None if scoped else Contradiction(v.WORDING, wrong.section, wrong.quote, wrong.words)
            if wrong is None and exact and turn.rate is not None and not _is_exact(turn) and _rates_of(turn):
                wrong = _nearly(paragraph, turn)
            borne_out = not wrong and turn.base is not None and bool(turn.now)
            yield Ruled(turn.involved, wrong, frozenset(turn.involved) if borne_out else frozenset())
        yield from _twice(paragraph, run)
        yield from _bare(paragraph, run)
    yield from _gone_to(paragraph)


def _turns(paragraph: Paragraph, number: int, run: Run) -> Iterator[_Turn]:
    taken: set[int] = set()
    base: Said | None = None
    bases: list[Said] = []
    now: list[Said] = []
    for place, said in enumerate(run.said):
        if said.role == s.LAST:
            base = said
            bases.append(said)
        elif said.role == s.NOW:
            now.append(said)
        elif said.role in (s.CHANGE, s.RATE, s.FLAT, s.BARE) and said.at not in taken:
            difference = said if said.role == s.CHANGE else None
            rate = said if said.role == s.RATE else None
            second: Token | None = None
            following = run.said[place + 1] if place + 1 < len(run.said) else None
            if following is not None and {said.role, following.role} == {s.CHANGE, s.RATE}:
                gap = paragraph.text[said.token.end : paragraph.tokens[following.direction].start]
                if re.fullmatch(r"[，,、；（(\s]*", gap):
                    difference, rate = (said, following) if rate is None else (following, said)
                    second = paragraph.tokens[following.direction]
                    taken.add(following.at)
            direction = paragraph.tokens[said.direction]
            after_last = _AFTER_LAST.search(paragraph.text[: direction.start]) is not None
            candidates = [x for x in now if not after_last] + list(_before(paragraph, number, run, said))
            if after_last and base is None and now:
                base = now[-1]
            yield _Turn(
                Said(said.direction, direction, said.role, said.subject, said.lead),
                difference,
                second,
                rate,
                _base_of(base, bases, difference, direction, candidates),
                tuple(candidates),
                after_last,
            )


def _base_of(
    base: Said | None, bases: Sequence[Said], difference: Said | None, direction: Token, now: Sequence[Said]
) -> Said | None:
    """The last base told of; an earlier one where the change is from that: 年初预算…，调整预算…，比年初减少…."""
    if difference is None:
        return base
    moved = difference.token.value * direction.value
    fitting = [b for b in bases for x in now if x.token.value == b.token.value + moved]
    return fitting[-1] if fitting else base


def _before(paragraph: Paragraph, number: int, run: Run, said: Said) -> Iterator[Said]:
    """Amounts of earlier runs that a change may speak of as well: the whole of a part, the others of a list."""
    if not run.of(s.NOW) and said.subject:
        return
    for earlier in reversed(paragraph.runs[:number]):
        joined = run.part or run.said[0].follows
        if earlier.group != run.group or not joined:
            return
        yield from earlier.of(s.NOW)


def _checked(paragraph: Paragraph, turn: _Turn) -> Contradiction | None:
    end = (turn.rate or turn.difference or turn.direction).token.end
    section = paragraph.section
    direction = turn.direction.token
    quote = excerpt(paragraph.text, direction.start, end)
    if turn.second is not None and turn.second.value != direction.value:
        message = say(
            "前面写“{first}”，后面写“{second}”，方向相反", "opposite", first=direction.text, second=turn.second.text
        )
        return Contradiction(v.TURN, section, quote, message)
    base = turn.base.token if turn.base else None
    now = [x.token for x in turn.now]
    if turn.direction.role == s.FLAT:
        if (
            base is not None
            and now
            and not any(abs(x.value - base.value) < miss(x, base) or x.value == base.value for x in now)
        ):
            return _other_way(now[0], base, direction, section, quote)
        return None
    if base is not None and now:
        fitting = [x for x in now if _fits_sign(x, base, direction)]
        if turn.difference is not None:
            difference = turn.difference.token
            wanted = base.value + difference.value * direction.value
            if not any(abs(x.value - wanted) <= miss(x, base, difference) for x in now):
                return _difference(now[0], base, difference, direction, section, quote)
        elif not fitting:
            return _other_way(now[0], base, direction, section, quote)
    elif turn.difference is not None and direction.value > 0 and now and turn.rate is None:
        difference = turn.difference.token
        if all(x.value - difference.value < -miss(x, difference) for x in now):
            message = say(
                "本年只有{now}，不可能增加{difference}", "too_much", now=now[0].text, difference=difference.text
            )
            return Contradiction(v.AMOUNT, section, quote, message)
    if turn.rate is None:
        return None
    rates = list(_rates(turn, base, now))
    rate = turn.rate.token
    if not rates or any(_fits(rate, one) for one in rates):
        return None
    _, _, right, whole = rates[0]
    if whole <= 0:
        # A hundred per cent more than nothing is a habit of the field; anything else cannot be.
        kind = v.RATE if rate.value != _WHOLE or whole < 0 else v.NO_BASE
        message = say("上年数为{base}，不能计算增减比例，写的是{rate}", "no_rate", base=v.money(whole), rate=rate.text)
        return Contradiction(kind, section, quote, message)
    message = say("增减幅度写的是{rate}，按所写金额应为{right}%", "rate", rate=rate.text, right=right)
    sides = v.sides(rate.value, right)
    return Contradiction(v.RATE, section, quote, message, *sides)


def _nearly(paragraph: Paragraph, turn: _Turn) -> Contradiction | None:
    """A percentage that rounding would excuse, had the section's others any need of it."""
    assert turn.rate is not None
    _, _, right, base = _rates_of(turn)[0]
    if base <= 0:
        return None
    quote = excerpt(paragraph.text, turn.direction.token.start, turn.rate.token.end)
    message = say(
        "增减幅度写的是{rate}，按所写金额为{right}%，请核对", "nearly", rate=turn.rate.token.text, right=right
    )
    return Contradiction(v.WORDING, paragraph.section, quote, message)


_WHOLE = Decimal(100)


def _fits_sign(now: Token, base: Token, direction: Token) -> bool:
    moved = now.value - base.value
    rough = "亿元" in (now.unit, base.unit) and abs(moved) < miss(now, base)
    return moved * direction.value > 0 or rough


def _other_way(now: Token, base: Token, direction: Token, section: int, quote: str) -> Contradiction:
    word = "持平" if now.value == base.value else "增加" if now.value > base.value else "减少"
    message = say(
        "由{base}到{now}是{word}，写的是“{direction}”",
        "turn",
        base=base.text,
        now=now.text,
        word=word,
        direction=direction.text,
    )
    return Contradiction(v.TURN, section, quote, message)


def _difference(
    now: Token, base: Token, difference: Token, direction: Token, section: int, quote: str
) -> Contradiction:
    right = abs(now.value - base.value)
    if right == difference.value:
        return _other_way(now, base, direction, section, quote)
    message = say(
        "变动额写的是{difference}，{now}与{base}相差{right}",
        "change",
        difference=difference.text,
        now=now.text,
        base=base.text,
        right=v.money(right),
    )
    sides = v.sides(difference.value, right)
    return Contradiction(v.AMOUNT, section, quote, message, *sides)


#: What a percentage may come from: the lowest and the highest rate behind the print, the printed rate, the base.
_Rates = tuple[Decimal, Decimal, Decimal, Decimal]


def _rates(turn: _Turn, base: Token | None, now: list[Token]) -> Iterator[_Rates]:
    sign = turn.direction.token.value
    if turn.difference is not None:
        difference = turn.difference.token
        d, half = difference.value, half_place(difference)
        if base is not None:
            yield _between(
                d - half, d + half, d, base.value - half_place(base), base.value + half_place(base), base.value
            )
        else:
            for x in now:
                whole, off = x.value - d * sign, half_place(x) + half
                yield _between(d - half, d + half, d, whole - off, whole + off, whole)
    elif base is not None:
        for x in now:
            low, high = base.value - half_place(base), base.value + half_place(base)
            moved = abs(x.value - base.value)
            grown = x.value >= base.value
            least = (x.value - half_place(x) - high) if grown else (low - x.value - half_place(x))
            most = (x.value + half_place(x) - low) if grown else (high - x.value + half_place(x))
            # The base that makes the difference least is its highest one where the amount has grown, else its lowest.
            ends = (high, low) if grown else (low, high)
            yield _between(least, most, moved, ends[1], ends[0], base.value)


def _between(least: Decimal, most: Decimal, d: Decimal, smallest: Decimal, largest: Decimal, base: Decimal) -> _Rates:
    """The rates that a difference gives with a base, each between its bounds."""
    if base <= 0:
        return Decimal(0), Decimal(0), Decimal(0), base
    low = max(least, Decimal(0)) * 100 / largest if largest > 0 else Decimal(0)
    high = most * 100 / smallest if smallest > 0 else Decimal(10**12)
    return min(low, high), max(low, high), half_up(d * 100 / base), base


def _fits(rate: Token, rates: _Rates) -> bool:
    low, high, _, base = rates
    half = rounded(rate)
    return base > 0 and low - half <= rate.value <= high + half


def rounded(rate: Token) -> Decimal:
    """By how much a percentage may be off: half of its last place, or what its words say."""
    return Decimal("0.5").scaleb(-rate.places) if rate.low is None else half_place(rate)


def half_place(token: Token) -> Decimal:
    """Half a unit of the last place written; for a number told roughly as much as it may be off."""
    if token.low is not None and token.high is not None:
        return max(token.value - token.low, token.high - token.value)
    return Decimal("0.5").scaleb(-max(token.places, 2)) * t.SCALES.get(token.unit, Decimal(1))


def miss(*tokens: Token) -> Decimal:
    """By how much tokens together may be off: each by half of its last place."""
    return sum((half_place(token) for token in tokens), Decimal(0))


def same_amount(one: Token, other: Token) -> bool:
    """Whether two amounts are one, each rounded to what it shows."""
    step = max(t.SCALES[x.unit].scaleb(-x.places) for x in (one, other))
    return one.value == other.value or (step > Decimal("0.01") and abs(one.value - other.value) <= step / 2)


def _is_of_another_year(paragraph: Paragraph, first: Token, second: Token) -> bool:
    """Whether another year than the budget's is told of between two amounts: 决算0.36万元；2022年…决算0.88万元."""
    years = [x.value for x in paragraph.tokens if x.kind == t.YEAR and first.end <= x.start < second.start]
    return years[-1:] not in ([], [paragraph.year])


def _twice(paragraph: Paragraph, run: Run) -> Iterator[Ruled]:
    """One thing with two amounts: 行政运行220.63万元 … 2023年预算安排441.25万元."""
    told = run.of(s.NOW)
    for said in told[1:]:
        if said.subject and said.subject != told[0].subject:
            continue
        if (
            _NOT_A_NAME.search(run.subject)
            or not (said.subject or paragraph.told_anew(said))
            or same_amount(told[0].token, said.token)
            or _is_of_another_year(paragraph, told[0].token, said.token)
            or (not said.subject and run.subject.endswith(("结转", "结余")))
        ):
            continue
        message = say(
            "“{what}”前面写{first}，后面写{second}，前后不一致",
            "twice",
            what=run.subject or "同一项",
            first=told[0].token.text,
            second=said.token.text,
        )
        # An amount that does not repeat the name, and is compared with nothing, may be of what its own words say.
        compared = any(x.role in (s.LAST, s.CHANGE, s.RATE, s.FLAT) for x in run.said)
        kind = v.AMOUNT if said.subject or compared else v.WORDING
        yield paragraph.wrong(kind, message, said.at, told[0].at)
        return


_FROM = re.compile("[由从](?!于)[^，。；]{0,12}$")
_TO = re.compile(r"[^，。；\d]{0,4}[至到为]\s*(?:20\d\d年度?的?)?\s*")


def _gone_to(paragraph: Paragraph) -> Iterator[Ruled]:
    """由58.90万元调增至62.12万元: the word between two amounts is that of their difference."""
    places = [at for at, x in enumerate(paragraph.tokens) if x.kind != t.YEAR]
    for at, middle, last in zip(places, places[1:], places[2:], strict=False):
        base, turn, now = (paragraph.tokens[n] for n in (at, middle, last))
        kinds = (base.kind, turn.kind, now.kind) == (t.AMOUNT, t.DIRECTION, t.AMOUNT)
        if not kinds or not turn.value or re.search("[。；]", paragraph.text[base.end : now.start]):
            continue
        moved = now.value - base.value
        until = turn.end - 1 if turn.text.endswith(("至", "为", "到")) else turn.end
        told = _FROM.search(paragraph.text[: base.start]) and _TO.fullmatch(paragraph.text, until, now.start)
        if told and abs(moved) > miss(base, now) and moved * turn.value < 0:
            quote = excerpt(paragraph.text, turn.start, now.end)
            yield Ruled((middle, last), _other_way(now, base, turn, paragraph.section, quote))


def _bare(paragraph: Paragraph, run: Run) -> Iterator[Ruled]:
    """A direction without any figure (比2024年预算增加)."""
    for said in run.of(s.BARE) if run.of(s.NOW) else ():
        after = paragraph.text[said.token.end : said.token.end + 1]
        if after in "。；，;" and not any(x.role in (s.CHANGE, s.RATE, s.LAST) for x in run.said):
            message = say("写了“{word}”，没有写增减的金额或幅度，请补写或核对", "bare", word=said.token.text)
            yield paragraph.wrong(v.WORDING, message, said.at)
