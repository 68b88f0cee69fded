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

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.compared import Compared
from udfs.audit.facts import slips
from udfs.audit.listed import TOGETHER, classes, numbered, odd_one
from udfs.audit.made import DIFFERENCE, Candidate, Made
from udfs.audit.misspelt import tells_another
from udfs.audit.nearby import written
from udfs.audit.reasons import WAYS
from udfs.audit.tokens import Token
from udfs.audit.verdicts import Ruled
from udfs.base import add, half_up, say, squeezed

_TO_A_SHARE = re.compile("[了约达为]{0,2}")
_BESIDE = re.compile(r"[左右多强弱]{0,2}[（(，,]?(?:即|为|达|约)?")
_EACH = re.compile("人均|户均|月均|平均|每[人个月名项户年]")
_TELLING = 1000  #: 万元
_SEVERAL = 9  #: among so many amounts some two differ by nearly any
_PRICE = re.compile("单价[^，。；]{0,4}$")
_YEARS = re.compile(r"\d{4}年?[至到、和—-]\d{4}年[^。；]*分别")
_MONTHS = Decimal(12)
_LONG = 5
_APART, _ALIKE = 3, 0.76
_GOES_ON = re.compile("支出|收入|拨款|资金|专项|经费")
_MARK = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．])+\s*(?!\d*年)|^\d{3,7}|^其中|^用于|^涉及|^和|^与|^及"
)
#: This year, and what the tables do not hold: what was spent, and the years before.
_TIMES = re.compile(
    r"(?P<own>本年|今年|当年)|\d{4}年?[至到、和—-]\d{4}年|上年|去年|上一年|往年|[近前][两三四五几]年|执行数|决算|口径|实际"
)
_ALL = re.compile(r"\s*，?(?:均|全部|全|都|皆)(?:为|是|系|用于|来自)(?:本单位|本部门)?")


class Candidates(Made):
    """Judges the numbers of one paragraph that are still open."""

    def judged(self, still: Collection[int]) -> Iterator[Ruled]:
        """What is said of the open numbers: right ones, and wrong ones."""
        yield from numbered(self.paragraph, self.mentions)
        yield from odd_one(self.paragraph, self.mentions, self.facts)
        yield from classes(self.paragraph, self.mentions, self.facts)
        yield from Compared(self.paragraph, self.mentions, self.facts).judged()
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
                    yield self.paragraph.wrong(v.WORDING, message, at, span=(token.start, beside.end))
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
            yield self.paragraph.wrong(v.WORDING, message, at)

    # ---------------------------------------------------------------- amounts

    def _amount(self, at: int, token: Token) -> Iterator[Ruled]:
        if _EACH.search(self.text[self._start(at) : token.start]):
            yield from self._each(at, token)
            return
        if self._is_in_last_years(at) or _PRICE.search(self.text, self._start(at), token.start):
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
            sure = bool(slips(written(token), [_scaled(sums[0].value, token)]))
            yield self._wrong(at, sums[0].name, [sums[0].value], sure=sure)
            return
        explained = any(c.fits(token) for c in made)
        if named and role == s.NOW and (plain or not any(c.value for c in named)):
            longer = self._is_longer(at)
            unspent = named[0].name in self.facts.unspent
            # So large an amount is not by chance one of the workbook's: it has another name there.
            if (longer or (unspent and token.value >= _TELLING)) and any(agrees(token, x) for x in self.facts.values):
                return
            sure = plain and not explained and not longer and not unspent
            value = named[0].value
            sure = sure and (self._is_of_this_year(at) or self._is_borne_out(at, value))
            yield self._wrong(at, named[0].name, [c.value for c in named], sure=sure)
            return
        empty = near and not any(c.value for c in near) and not made and not TOGETHER.search(self.text[: token.start])
        if not named and plain and role == s.NOW and empty:
            yield self._wrong(at, near[0].name, [Decimal(0)], sure=False)
            return
        if role != s.NOW and not explained and self._is_of_the_spent(at):
            return
        if role == s.CHANGE and not named:
            told = self._by_rate(at)
            named = [c for name in self._subjects(at) for c in self._of(name, s.CHANGE, own=True)] if plain else []
            sure = plain and self._is_named_in_clause(at) and self._is_of_this_year(at)
            if told and not explained:
                sure = sure or self._is_borne_out(at, told[0].difference)
                yield self._wrong(at, told[0].what, [told[0].difference], sure=sure)
                return
            if named and len({c.value for c in named}) == 1:
                sure = sure or self._is_borne_out(at, named[0].value)
                yield self._wrong(at, named[0].name, [named[0].value], sure=sure)
                return
        moves = role == s.CHANGE or WAYS.search(self.text, self._clause(at), token.start)
        few = sum(x.kind == t.AMOUNT for x in self.tokens) < _SEVERAL
        begins = self.paragraph.begins(token.start)
        years = [x.value for x in self.tokens[:at] if x.kind == t.YEAR and x.start >= begins]
        few = few and (role != s.NOW or years[-1:] in ([], [self.paragraph.year]))
        likely = [c for c in made if c.name != DIFFERENCE or (few and not moves)]
        if role != s.NOW:
            # What a name has is told of beside its change or its base, and is not meant once more.
            amounts = [x for x in self.tokens if x is not token and x.kind == token.kind]
            last = [c for name in self._near(at) for c in self._of(name, s.LAST)] if role == s.LAST else []
            near = [*last, *(c for c in near if not any(map(c.fits, amounts)))]
        meant = [c for c in (*named, *likely, *near) if slips(written(token), [_scaled(c.value, token)])]
        if explained:
            yield Ruled((at,), None, frozenset({at}))
        elif meant and not self._is_untold(at) and not any(agrees(token, x) for x in self.facts.values):
            # Its own name is sure of what it has; a name nearby or a sum that may be meant is not.
            value = meant[0].value
            sure = (meant[0] in named and bool(value) and self._is_of_this_year(at)) or self._is_borne_out(at, value)
            yield self._wrong(at, meant[0].name, [meant[0].value], sure=sure)
        elif token.low is not None and not token.text[0].isdigit() and near and self._is_nowhere(token):
            yield self._nowhere(at)
        elif not near:
            # Nobody names it, and it is an amount of the workbook in another unit of measure.
            shifted = [x for x in self.facts.values if _is_misread(token, x)]
            if len(shifted) == 1:
                yield self._wrong(at, "金额", shifted, sure=False)

    def _is_of_the_spent(self, at: int) -> bool:
        """Whether a base is what was spent, or a change is from it: 比2023年执行数0.36万元减少0.36万元."""
        begins = self.paragraph.begins(self.tokens[at].start, "，。；\n")
        return re.search("执行数|决算", self.text[begins : self.tokens[at].start]) is not None

    def _is_in_last_years(self, at: int) -> bool:
        """Whether a number stands in brackets behind last year's amount: 上年733.98万元（基本支出600.18万元…）."""
        if _YEARS.search(self.text, self.paragraph.begins(self.tokens[at].start), self.tokens[at].start):
            return True  # 2022至2024年分别为…
        opened = self.text.rfind("（", 0, self.tokens[at].start)
        if opened < self.text.rfind("）", 0, self.tokens[at].start):
            return False
        return any(x.role == s.LAST and x.token.end == opened for x in self.said.values())

    def _is_named_in_clause(self, at: int) -> bool:
        """Whether a name stands in the number's own clause, so that no other one has to be looked for."""
        start, stop = self._clause(at), self.tokens[at].start
        return any(start <= m.start and m.end <= stop for m in self.mentions)

    def _is_of_this_year(self, at: int) -> bool:
        """Whether what its sentence last spoke of before a number is this year, not another or what was spent."""
        begins, start = self.paragraph.begins(self.tokens[at].start), self.tokens[at].start
        named = [(m.start, m.end) for m in self.mentions]
        last, own = -1, True
        for match in _TIMES.finditer(self.text, begins, start):
            if match.start() > last and not any(a <= match.start() < b for a, b in named):
                last, own = match.end(), match["own"] is not None
        for token in self.tokens[:at]:
            if token.kind == t.YEAR and max(begins, last) <= token.start:
                last, own = token.start, token.value == self.paragraph.year
        return own

    def _is_longer(self, at: int) -> bool:
        """Whether the name before a number goes on beyond the one that is known: 政府性基金预算支出."""
        token = self.tokens[at]
        last = next((m for m in reversed(self.mentions) if m.end <= token.start), None)
        return last is not None and _GOES_ON.match(self.text, last.end, token.start) is not None

    def _is_nowhere(self, token: Token) -> bool:
        """Whether neither the workbook nor the paragraph has an amount such as the one in words."""
        stated = [x.value for x in self.tokens if x.kind == t.AMOUNT and x is not token]
        return not any(agrees(token, x) for x in (*self.facts.values, *stated))

    def _nowhere(self, at: int) -> Ruled:
        token = self.tokens[at]
        message = say("写的是“{written}”，各表和上年数据中没有这样的金额", "nowhere", written=token.text)
        return self.paragraph.wrong(v.WORDING, message, at)

    def _is_untold(self, at: int) -> bool:
        """Whether the words before a number are those of a figure that the workbook leaves blank."""
        words = squeezed(self.text[self._start(at) : self.tokens[at].start])
        return any(name in words for name in self.facts.blank)

    def _each(self, at: int, token: Token) -> Iterator[Ruled]:
        """人均2.14万元, 每个8.98万元: an amount of a name or of the sentence by a number of it, or of the workbook."""
        numbers = {x.value for x in self.tokens if x.kind == t.COUNT and x.value > 1} | self.facts.numbers | {_MONTHS}
        begins = self.paragraph.begins(token.start)
        stated = [x.value for x in self.tokens[:at] if x.kind == t.AMOUNT and x.start >= begins]
        named = [x for name in (self._own(at) or self._near(at)) for x in self.facts.amounts.get(name, ())]
        step = t.SCALES[token.unit].scaleb(-token.places) * Decimal("0.51")
        made = [x / n for x in (*named, *stated) if x for n in numbers]
        if any(abs(token.value - x) <= step for x in made):
            yield Ruled((at,), None, frozenset({at}))
        elif meant := slips(written(token), [_scaled(half_up(x), token) for x in made]):
            yield self._wrong(at, "平均数", [meant[0] * t.SCALES[token.unit]], sure=False)

    def _all_of_it(self, at: int, token: Token) -> Iterator[Ruled]:
        """1.00万元，均为公务接待费: what is all of an amount has as much."""
        linked = _ALL.match(self.text, token.end)
        mention = next((m for m in self.mentions if linked and m.start == linked.end()), None)
        values = self.facts.amounts.get(mention.name) if mention else None
        begins = self.paragraph.begins(token.start)
        stated = [x for x in self.tokens[: at + 1] if x.kind == t.AMOUNT and x.start >= begins]
        if mention and values and not any(agrees(x, y) or abs(x.value - y) <= _ROUNDED for x in stated for y in values):
            yield self._wrong(at, mention.name, sorted(values), sure=False)

    def _misnamed(self, at: int, token: Token) -> Ruled | None:
        """An amount that the tables have under a name nearly the one written."""
        if not token.value:
            return None
        start = self._clause(at)
        before = re.sub(r"[（(][^（()）]*[)）]", "", self.text[start : token.start])
        words = squeezed(_MARK.sub("", before)).strip("“”：:")
        words = re.sub(f"{self.paragraph.filler}$", "", words) if not words.endswith(("支出", "收入")) else words
        words = words.removesuffix("类").removesuffix("专").replace("年度", "年")
        if (
            len(words) < _LONG
            or "、" in words
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
                if tells_another(words, name):
                    continue
                if matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE and not self._is_right(words):
                    message = say("写的是“{written}”，疑为“{wanted}”", "other_name", written=words, wanted=name)
                    return self.paragraph.wrong(v.NAME, message, at, name=name)
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
        sides = v.sides(token.value, values[0]) if len(values) == 1 else None
        return self.paragraph.wrong(v.AMOUNT if sure else v.WORDING, message, at, sides=sides)


def _is_misread(token: Token, value: Decimal) -> bool:
    """Whether an amount of at least four digits is another one in 元 for 万元, or in 万元 for 元."""
    return token.value >= _LARGE and any(token.value == half_up(value * n, token.places) for n in (10_000, 100_000_000))


#: 万元 by which a whole and the one part that it has may differ where each is the sum of parts rounded one by one.
_ROUNDED = Decimal("0.05")
_LARGE = 1_000_000  #: 万元; no unit has as much


def _scaled(value: Decimal, token: Token) -> Decimal:
    return value / t.SCALES.get(token.unit, Decimal(1))
