"""Amounts that no rule of words has bound: what each may be, by the names near it and by the sums beside it.

For every such number all figures are gathered that it may state: those of the name right before or behind it, those of
the other names of its sentence, and what the paragraph's own numbers make of it. It is right where it is one of them.
It is wrong where its own name has another figure, or where it is one slip of the pen away from one that it may be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import combinations

from msgspec import Struct

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.arithmetic import miss
from udfs.audit.compared import Compared
from udfs.audit.facts import slips
from udfs.audit.listed import NUMERALS, classes, numbered, odd_one
from udfs.audit.nearby import written
from udfs.audit.ratios import Ratios
from udfs.audit.tokens import Token
from udfs.audit.verdicts import Contradiction, Ruled, excerpt
from udfs.base import add, half_up, say, squeezed

_TOGETHER = re.compile(r"(?:合计|共计|总计|累计|小计|总额|之和|加总|总共|相加|总数)[为是达：:约]*$")
_DIFFERENCE = "两数之差"
_SAME = re.compile(r"^[（(，]?(?:折合|约合|即|折|合)(?:人民币)?约?$")
_FIRST = re.compile(r"前([二两三四五六七八九])(?:项|类|者|款)[^，。；]{0,6}$")
_COMPOSED = re.compile(r"[，,]?由(?P<parts>[^。；]*?)(?:构成|组成)")
_SEVERAL = re.compile(r"([二两三四五六七八九十])(?:项|者|类|部分|款|笔|个部分)(?:经费|支出|收入|资金|费用)?$")
_TO_A_SHARE = re.compile("[了约达为]{0,2}")
_BESIDE = re.compile(r"[左右多强弱]{0,2}[（(，,]?(?:即|为|达|约)?")
_EACH = re.compile("人均|户均|月均|平均|每[人个月名项户年]")
_MONTHS = Decimal(12)
_MANY = 14  #: paragraphs with more amounts are not tried for every difference
_BRIEF = 6
_LONG = 5
_APART, _ALIKE = 3, 0.72
_MARK = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．])+\s*(?!\d*年)|^\d{3,7}|^其中|^用于|^涉及|^和|^与|^及"
)
_ALL = re.compile(r"\s*，?(?:均|全部|全|都|皆)(?:为|是|系|用于|来自)(?:本单位|本部门)?")


class Candidate(Struct, frozen=True):
    """What a number may be: a value, the name that has it, and whether no other is meant (its own name)."""

    value: Decimal
    name: str
    own: bool = False
    slack: Decimal = Decimal(0)  #: what rounding may leave out of a sum

    def fits(self, token: Token) -> bool:
        """Whether a number is this one."""
        return agrees(token, self.value) or abs(token.value - self.value) < self.slack


class Candidates(Ratios):
    """Judges the numbers of one paragraph that are still open."""

    def judged(self, still: Collection[int]) -> Iterator[Ruled]:
        """What is said of the open numbers: right ones, and wrong ones."""
        yield from numbered(self.paragraph, self.mentions, self.section)
        yield from odd_one(self.paragraph, self.mentions, self.facts, self.section)
        yield from classes(self.paragraph, self.mentions, self.facts, self.section)
        yield from Compared(self.paragraph, self.mentions, self.facts, self.section).judged()
        for at, token in enumerate(self.tokens):
            if token.kind == t.AMOUNT:
                yield from self._all_of_it(at, token)
                yield from self._dated(at, token)
        for at in sorted(still):
            token = self.tokens[at]
            if token.kind == t.AMOUNT and not t.is_threshold(self.text, token):
                yield from self._amount(at, token)
            elif token.kind == t.PERCENT:
                yield from self._percent(at, token)
            elif token.kind == t.COUNT:
                yield from self._count(at, token)

    def of_words(self, numbers: Sequence[int]) -> Iterator[Ruled]:
        """What is said of numbers in words; the same number in figures beside one decides."""
        for at in numbers:
            token = self.tokens[at]
            if any(start <= token.start < end for start, end in self.paragraph.reasons):
                continue
            beside = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
            if (
                beside is not None
                and beside.kind == token.kind
                and token.kind != t.COUNT
                and _BESIDE.fullmatch(self.text, token.end, beside.start)
            ):
                if not agrees(token, beside.value):
                    message = say(
                        "前面写“{words}”，后面写{figures}，不一致", "beside", words=token.text, figures=beside.text
                    )
                    quote = excerpt(self.text, token.start, beside.end)
                    yield Ruled((at,), Contradiction(v.WORDING, self.section, quote, message))
            elif token.kind == t.AMOUNT:
                yield from self._amount(at, token)
            elif token.kind == t.PERCENT and self._is_of_a_turn(at):
                yield from self._moved(at, token)
            elif token.kind == t.PERCENT:
                yield from self._percent(at, token)
            else:
                yield from self._count(at, token)

    def _is_of_a_turn(self, at: int) -> bool:
        """减少三分之一, 涨幅不到百分之四: whether a direction word stands right before."""
        before = self.tokens[at - 1] if at else None
        gap = None if before is None else self.text[before.end : self.tokens[at].start]
        return (
            before is not None
            and before.kind == t.DIRECTION
            and gap is not None
            and _TO_A_SHARE.fullmatch(gap) is not None
        )

    def _moved(self, at: int, token: Token) -> Iterator[Ruled]:
        """A change in words: that of a name near, or what two amounts of the paragraph give."""
        stated = [x.value for x in self.tokens if x.kind == t.AMOUNT and x.value > 0]
        rates = [x * 100 / b for a in stated for b in stated if a != b for x in (abs(a - b), a)]
        rates += [c.rate for name in self._near(at) for c in self.facts.changes.get(name, ()) if c.rate is not None]
        if rates and not any(agrees(token, x) for x in rates):
            message = say("增减幅度写的是“{written}”，按各表和所写金额都不是", "moved", written=token.text)
            quote = excerpt(self.text, token.start, token.end)
            yield Ruled((at,), Contradiction(v.WORDING, self.section, quote, message))

    # ---------------------------------------------------------------- amounts

    def _amount(self, at: int, token: Token) -> Iterator[Ruled]:
        if _EACH.search(self.text[self._start(at) : token.start]):
            yield from self._each(at, token)
            return
        own = self._own(at)
        role = self.said[at].role if at in self.said else s.NOW
        named = [c for name in own for c in self._of(name, role, own=True)]
        made = list(self._made(at, token))
        kinds = (s.NOW, s.CHANGE) if role == s.NOW else (role, s.NOW)
        near = [c for name in self._near(at) for kind in kinds for c in self._of(name, kind)]
        plain = self._is_plain(at)
        if not named and (misnamed := self._misnamed(at, token)):
            yield misnamed
            return
        if fitting := next((c for c in (named or [*made, *near]) if c.fits(token)), None):
            yield Ruled((at,), None, frozenset({at}), fitting.name)
            yield from self._turned(at, own)
            return
        sums = [c for c in made if c.own]
        if sums and not named:
            yield self._wrong(at, sums[0].name, [sums[0].value])
            return
        explained = any(c.fits(token) for c in made)
        if named and role == s.NOW and (plain or not any(c.value for c in named)):
            sure = plain and not explained and named[0].name not in self.facts.unspent
            yield self._wrong(at, named[0].name, [c.value for c in named], sure=sure)
            return
        empty = near and not any(c.value for c in near) and not made and not _TOGETHER.search(self.text[: token.start])
        if not named and plain and role == s.NOW and empty:
            yield self._wrong(at, near[0].name, [Decimal(0)], sure=False)
            return
        if role == s.CHANGE and not named:
            told = self._by_rate(at)
            named = [c for name in self._near(at) for c in self._of(name, s.CHANGE, own=True)] if plain else []
            if told and not explained:
                yield self._wrong(at, told[0].what, [told[0].difference])
                return
            if named and len({c.value for c in named}) == 1:
                yield self._wrong(at, named[0].name, [named[0].value])
                return
        amounts = [x for x in self.tokens if x is not token and x.kind == token.kind]
        near = [c for c in near if role == s.NOW or not any(map(c.fits, amounts))]  # it is told of beside the change
        meant = [c for c in (*named, *made, *near) if slips(written(token), [_scaled(c.value, token)])]
        if explained:
            yield Ruled((at,), None, frozenset({at}))
        elif meant and not self._is_untold(at) and not any(agrees(token, x) for x in self.facts.values):
            yield self._wrong(at, meant[0].name, [meant[0].value])
        elif token.low is not None and not token.text[0].isdigit() and near and self._is_nowhere(token):
            yield self._nowhere(at)
        elif not near:
            # Nobody names it, and it is an amount of the workbook in another unit of measure.
            shifted = [x for x in self.facts.values if _is_misread(token, x)]
            if len(shifted) == 1:
                yield self._wrong(at, "金额", shifted, sure=False)

    def _is_nowhere(self, token: Token) -> bool:
        """Whether neither the workbook nor the paragraph has an amount such as the one in words."""
        stated = [x.value for x in self.tokens if x.kind == t.AMOUNT and x is not token]
        return not any(agrees(token, x) for x in (*self.facts.values, *stated))

    def _nowhere(self, at: int) -> Ruled:
        token = self.tokens[at]
        message = say("写的是“{written}”，各表和上年数据中没有这样的金额", "nowhere", written=token.text)
        quote = excerpt(self.text, token.start, token.end)
        return Ruled((at,), Contradiction(v.WORDING, self.section, quote, message))

    def _is_untold(self, at: int) -> bool:
        """Whether the words before a number are those of a figure that the workbook leaves blank."""
        words = squeezed(self.text[self._start(at) : self.tokens[at].start])
        return any(name in words for name in self.facts.blank)

    def _each(self, at: int, token: Token) -> Iterator[Ruled]:
        """人均2.14万元, 每个8.98万元: an amount of a name or of the sentence by a number of it, or of the workbook."""
        numbers = {x.value for x in self.tokens if x.kind == t.COUNT and x.value > 1} | self.facts.numbers | {_MONTHS}
        begins = max(self.text.rfind(mark, 0, token.start) for mark in "。；\n") + 1
        stated = [x.value for x in self.tokens[:at] if x.kind == t.AMOUNT and x.start >= begins]
        named = [x for name in (self._own(at) or self._near(at)) for x in self.facts.amounts.get(name, ())]
        step = t.SCALES[token.unit].scaleb(-token.places) * Decimal("0.51")
        made = [x / n for x in (*named, *stated) if x for n in numbers]
        if any(abs(token.value - x) <= step for x in made):
            yield Ruled((at,), None, frozenset({at}))
        elif meant := slips(written(token), [_scaled(half_up(x), token) for x in made]):
            yield self._wrong(at, "平均数", [meant[0] * t.SCALES[token.unit]])

    def _all_of_it(self, at: int, token: Token) -> Iterator[Ruled]:
        """1.00万元，均为公务接待费: what is all of an amount has as much."""
        linked = _ALL.match(self.text, token.end)
        mention = next((m for m in self.mentions if linked and m.start == linked.end()), None)
        values = self.facts.amounts.get(mention.name) if mention else None
        if mention and values and not any(agrees(token, x) or abs(token.value - x) <= _ROUNDED for x in values):
            yield self._wrong(at, mention.name, sorted(values), sure=False)

    def _misnamed(self, at: int, token: Token) -> Ruled | None:
        """An amount that the tables have under a name nearly the one written."""
        if not token.value:
            return None
        start = self._clause(at)
        before = re.sub(r"[（(][^（()）]*[)）]", "", self.text[start : token.start])
        words = squeezed(_MARK.sub("", before)).strip("“”：:")
        words = re.sub(f"{self.paragraph.filler}$", "", words) if not words.endswith(("支出", "收入")) else words
        words = words.removesuffix("类")
        if (
            len(words) < _LONG
            or words in self.facts.amounts
            or any(words.endswith(n) for n in self.facts.known.own_names)
        ):
            return None
        for name in self.facts.rows:
            values = self.facts.amounts[name]
            if (
                name not in words
                and abs(len(name) - len(words)) <= _APART
                and len(name) >= _LONG
                and any(agrees(token, x) for x in values)
            ):
                matcher = SequenceMatcher(None, words, name, autojunk=False)
                if matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE and not self._is_right(words):
                    message = say("写的是“{written}”，疑为“{wanted}”", "other_name", written=words, wanted=name)
                    quote = excerpt(self.text, token.start, token.end)
                    return Ruled((at,), Contradiction(v.NAME, self.section, quote, message, about=name))
        return None

    def _is_right(self, words: str) -> bool:
        """Whether words are names of the workbook and nothing else: another figure, not a slip."""
        left = words
        for mention in self.facts.mentions(words):
            if mention.name not in self.facts.unspent:
                left = left.replace(mention.name, "")
        return re.fullmatch(self.paragraph.filler, left) is not None

    def _of(self, name: str, role: str, *, own: bool = False) -> Iterator[Candidate]:
        """What a name stands for in a role."""
        if role in (s.LAST, s.CHANGE):
            for change in self.facts.told.get(name, ()) if own else self.facts.changes.get(name, ()):
                yield Candidate(change.last if role == s.LAST else change.difference, name, own)
        else:
            found = self.facts.amounts.get(name)
            if found is None and name in self.facts.unspent:
                found = frozenset({Decimal(0)})
            for value in sorted(found or ()):
                yield Candidate(value, name, own)

    def _made(self, at: int, token: Token) -> Iterator[Candidate]:
        """What the paragraph's other amounts make of one: their sum, the same in another unit, a difference."""
        lead = squeezed(self.text[self._start(at) : token.start])
        sentence = max(self.text.rfind("。", 0, token.start), self.text.rfind("\n", 0, token.start))
        before = [x for x in self.tokens[:at] if x.kind == t.AMOUNT and x.start > sentence]
        bracket = lead == "（" and before and self.tokens[at - 1] is before[-1]
        if before and (_SAME.search(lead) or bracket) and before[-1].unit != token.unit:
            if not agrees(before[-1], token.value):
                yield Candidate(before[-1].value, "同一金额", own=True)
            elif token.unit != "元":
                yield Candidate(token.value, "同一金额", own=True)
            return
        first = _FIRST.search(lead)
        earlier = [x for x in self.tokens[:at] if x.kind == t.AMOUNT]
        if first and len(earlier) >= NUMERALS[first[1]]:
            yield _total(earlier[: NUMERALS[first[1]]], f"前{first[1]}项合计", own=True)
            return
        together = _TOGETHER.search(lead)
        several = _SEVERAL.search(lead[: together.start()].strip("，、；（(")) if together else None
        listed = [x for x in self.tokens[:at] if x.start > sentence and x.kind in (t.AMOUNT, t.PERCENT, t.DIRECTION)]
        if together and several and len(before) >= NUMERALS[several[1]]:
            count = NUMERALS[several[1]]
            yield _total(before[-count:], f"{several[1]}项合计", own=len(before) == count)
        elif together and len(before) > 1 and not self._own(at):
            # A list of amounts and nothing else, then what they come to.
            yield _total(before, "各项合计", own=listed == before and len(lead.strip("，、")) <= _BRIEF)
        for count in range(2, len(before) + 1) if together else ():
            yield _total(before[-count:], "各项合计")
        others = [x for n, x in enumerate(self.tokens) if n != at and x.kind == t.AMOUNT and x.value]
        for one, other in combinations(others, 2) if len(others) < _MANY else ():
            yield Candidate(abs(one.value - other.value), _DIFFERENCE, slack=miss(one, other, token))
        yield from self._wholes(at)

    def _wholes(self, at: int) -> Iterator[Candidate]:
        """A number before a list of its parts, or a part that the others leave."""
        composed = _COMPOSED.match(self.text, self.tokens[at].end)
        if composed:
            parts = [
                x for x in self.tokens if x.kind == t.AMOUNT and composed.start("parts") <= x.start < composed.end()
            ]
            if len(parts) > 1:
                yield _total(parts, "各项合计", own=True)
        amounts = [
            n
            for n, x in enumerate(self.tokens)
            if x.kind == t.AMOUNT and (n not in self.said or self.said[n].role == s.NOW)
        ]
        place = amounts.index(at) if at in amounts else -1
        for end in range(place + 3, len(amounts) + 1) if place >= 0 else ():
            yield _total([self.tokens[n] for n in amounts[place + 1 : end]], "各项合计")
        for first in range(place - 1, -1, -1) if len(amounts) < _MANY else ():
            rest = [n for n in amounts[first + 1 :] if n != at]
            left = self.tokens[amounts[first]].value - _sum(self.tokens[n] for n in rest)
            if len(rest) > 1 and left > 0:
                yield Candidate(left, "其余各项之外的金额")

    def _wrong(self, at: int, name: str, values: Sequence[Decimal], *, sure: bool = True) -> Ruled:
        token = self.tokens[at]
        right = "或".join(v.money(x) for x in values[:3])
        empty = add("，表中没有这一项金额") if not any(values) else ""
        message = say(
            "“{name}”写的是{written}，应为{right}{empty}",
            "candidate",
            name=name,
            written=token.text,
            right=right,
            empty=empty,
        )
        quote = excerpt(self.text, token.start, token.end)
        sides = (
            (v.figure(token.value), v.figure(values[0]), v.figure(token.value - values[0])) if len(values) == 1 else ()
        )
        return Ruled((at,), Contradiction(v.AMOUNT if sure else v.WORDING, self.section, quote, message, *sides))


def _is_misread(token: Token, value: Decimal) -> bool:
    """Whether an amount of at least four digits is another one in 元 for 万元, or in 万元 for 元."""
    return token.value >= _LARGE and any(token.value == half_up(value * n, token.places) for n in (10_000, 100_000_000))


#: 万元 by which a whole and the one part that it has may differ where each is the sum of parts rounded one by one.
_ROUNDED = Decimal("0.05")
_LARGE = 1_000_000  #: 万元; no unit has as much


def _total(tokens: Sequence[Token], name: str, *, own: bool = False) -> Candidate:
    """The sum of amounts, each rounded to what it shows."""
    return Candidate(_sum(tokens), name, own, miss(*tokens) + miss(tokens[0]))


def _sum(tokens: Iterator[Token] | Sequence[Token]) -> Decimal:
    return sum((x.value for x in tokens), Decimal(0))


def _scaled(value: Decimal, token: Token) -> Decimal:
    return value / t.SCALES.get(token.unit, Decimal(1))
