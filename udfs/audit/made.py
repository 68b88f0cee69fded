"""What a paragraph's own amounts make of one of them: their sum, a difference, the same in another unit, the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from msgspec import Struct

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit.agreement import agrees
from udfs.audit.arithmetic import miss
from udfs.audit.listed import NUMERALS, TOGETHER, before_place
from udfs.audit.ratios import Ratios
from udfs.audit.tokens import Token
from udfs.base import squeezed

DIFFERENCE = "两数之差"
_SAME = re.compile(r"^[（(，]?(?:折合|约合|即|折|合)(?:人民币)?约?$")
_FIRST = re.compile(r"前([二两三四五六七八九])(?:项|类|者|款)[^，。；]{0,6}$")
_COMPOSED = re.compile(r"[，,]?由(?P<parts>[^。；]*?)(?:构成|组成)")
_SEVERAL = re.compile(r"([二两三四五六七八九十])(?:项|者|类|部分|款|笔|个部分)(?:经费|支出|收入|资金|费用)?$")
_MANY = 14  #: paragraphs with more amounts are not tried for every difference
_IN_IT = re.compile("其中|包括|分别")
_BRIEF = 6
_NET = re.compile("相抵|净|合计|共计|共$")
_LISTS = re.compile(r"(?:，?占[^，。；]*?%)?[，；]?(?:(?P<open>其中|包括)|(?:分别为?)?[：:（])")
_LISTED = re.compile(
    r"(?:(?:等|共)?(?:[二两三四五六七八九十]|\d{1,2})(?:个)?(?:大?类|项|部分|款)[^，。；、\d]{0,6}[，,]?)?"
    r"(?:合计|共计|总计|之和)[为是达：:约]*$"
)
_PARTS = 2  #: changes that another one is the sum of


class Candidate(Struct, frozen=True):
    """What a number may be: a value, the name that has it, and whether no other is meant (its own name)."""

    value: Decimal
    name: str
    own: bool = False
    slack: Decimal = Decimal(0)  #: what rounding may leave out of a sum

    def fits(self, token: Token) -> bool:
        """Whether a number is this one."""
        return agrees(token, self.value) or abs(token.value - self.value) < self.slack


class Made(Ratios):
    """A paragraph whose amounts are held against each other."""

    def _made(self, at: int, token: Token) -> Iterator[Candidate]:
        """What the paragraph's other amounts make of one: their sum, the same in another unit, a difference."""
        lead = squeezed(self.text[self._start(at) : token.start])
        begins = self.paragraph.begins(token.start, "。\n")
        before = [x for x in self.tokens[:at] if x.kind == t.AMOUNT and x.start >= begins]
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
            listed = [x for x in before if x.start > self.text.rfind("中，", 0, token.start)]
            listed = listed if len(listed) >= NUMERALS[first[1]] else earlier
            yield _total(listed[: NUMERALS[first[1]]], f"前{first[1]}项合计", own=True)
            return
        together = TOGETHER.search(lead)
        several = _SEVERAL.search(lead[: together.start()].strip("，、；（(")) if together else None
        listed = [x for x in self.tokens[:at] if x.start >= begins and x.kind in (t.AMOUNT, t.PERCENT, t.DIRECTION)]
        if together and several and len(before) >= NUMERALS[several[1]]:
            count = NUMERALS[several[1]]
            yield _total(before[-count:], f"{several[1]}项合计", own=len(before) == count)
        elif together and len(before) > 1 and not self._own(at):
            # A list of amounts and nothing else, then what they come to.
            yield _total(before, "各项合计", own=listed == before and len(lead.strip("，、")) <= _BRIEF)
        elif together and not before and (values := self._listed_names(at)):
            yield Candidate(sum(values, Decimal(0)), "所列各项合计", own=True, slack=miss(token) * (len(values) + 1))
        for count in range(2, len(before) + 1) if together else ():
            yield _total(before[-count:], "各项合计")
        moved = {n for n, x in self.said.items() if x.role == s.CHANGE}
        yield from self._net(at, moved)
        # What two changes differ by is told of nowhere.
        others = [
            x
            for n, x in enumerate(self.tokens)
            if n != at and x.kind == t.AMOUNT and x.value and not (at in moved and n in moved)
        ]
        for one, other in combinations(others, 2) if len(others) < _MANY else ():
            yield Candidate(abs(one.value - other.value), DIFFERENCE, slack=miss(one, other, token))
        yield from self._wholes(at)
        for n in range(at + 1, len(self.tokens)):
            total = self.tokens[n]
            if total.kind != t.AMOUNT or not TOGETHER.search(self.text, 0, total.start):
                continue
            amounts = [x for x in self.tokens[:n] if x.kind == t.AMOUNT and x.start >= begins]
            if any(_sum(amounts[first:]) == total.value for first in range(len(before) + 1)):
                yield Candidate(token.value, "各项合计")  # 甲7.50万元，乙0.50万元，合计8.00万元

    def _listed_names(self, at: int) -> list[Decimal]:
        """The amounts of a list of names before a sum, where each name has one: 甲、乙、丙三项合计."""
        lead = self.text[: self.tokens[at].start]
        several = _LISTED.search(lead)
        names = before_place(self.text, self.mentions, several.start()) if several else []
        values = [self.facts.amounts.get(m.name, frozenset()) for m in names]
        return [next(iter(one)) for one in values] if len(names) > 1 and all(len(one) == 1 for one in values) else []

    def _net(self, at: int, moved: Collection[int]) -> Iterator[Candidate]:
        """Changes, and what they come to in their clause or sentence: the sum, or the one that the others leave."""
        for marks in "。\n；", "。\n":
            begins = self.paragraph.begins(self.tokens[at].start, marks)
            ends = re.compile(f"[{marks}]").search(self.text, self.tokens[at].end)
            stop = ends.start() if ends else len(self.text)
            inside = [n for n in sorted(moved) if begins <= self.tokens[n].start and self.tokens[n].end <= stop]
            signs = {n: self.tokens[n].value * self.tokens[self.said[n].direction].value for n in inside}
            all_of_it, first = sum(signs.values()), signs[inside[0]] if inside else Decimal(0)
            wholes = [x for x in self.tokens if x.kind == t.AMOUNT and begins <= x.start]
            wholes = [x for x in wholes if inside and x.end <= self.tokens[inside[0]].start]
            parted = len(inside) > _PARTS and 2 * first == all_of_it
            if at in inside and len(inside) >= _PARTS and (parted or any(x.value == abs(all_of_it) for x in wholes)):
                # 多安排3.22万元，其中…提高1.45万元，…增加1.77万元: the parts make the first.
                yield Candidate(self.tokens[at].value, "各项增减之和", own=True)
                return
            sums = [n for n in inside if _NET.search(self.said[n].lead)]
            if at not in inside or not sums or inside[-1] != sums[-1] or at in sums[:-1]:
                continue
            parts = [n for n in inside if n not in sums]
            if len(parts) < _PARTS:
                continue
            net = sum((signs[n] for n in parts if n != at), Decimal(0))
            value = net if at == sums[-1] else signs[sums[-1]] - net
            yield Candidate(abs(value), "各项增减相抵", own=True, slack=miss(self.tokens[at]) * len(inside))
            return

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
            if x.kind == t.AMOUNT and (n not in self.said or self.said[n].role == s.NOW) and not _is_bound(self.text, x)
        ]
        place = amounts.index(at) if at in amounts else -1
        for end in range(place + 3, len(amounts) + 1) if place >= 0 else ():
            yield _total([self.tokens[n] for n in amounts[place + 1 : end]], "各项合计")
        for first in range(place - 1, -1, -1) if len(amounts) < _MANY else ():
            rest = [n for n in amounts[first + 1 :] if n != at]
            left = self.tokens[amounts[first]].value - _sum(self.tokens[n] for n in rest)
            kind = self._is_list(amounts[first], max(at, *rest)) if rest else ""
            if left > 0 and (len(rest) > 1 or kind):
                listed = len(rest) > 1 and _IN_IT.search(
                    self.text, self.tokens[amounts[first]].end, self.tokens[at].start
                )
                slack = miss(*(self.tokens[n] for n in rest)) if listed else Decimal(0)
                yield Candidate(left, "其余各项之外的金额", len(rest) == 1 and kind == "complete", slack)

    def _is_list(self, first: int, last: int) -> str:
        """Whether a whole and parts stand in one sentence: complete behind a colon or in brackets, open behind 其中."""
        between = self.text[self.tokens[first].end : self.tokens[last].start]
        opens = _LISTS.match(between)
        if opens is None or "。" in between or (opens[0].endswith("（") and "）" in between):
            return ""
        after = self.text[self.tokens[last].end : self.tokens[last].end + 1]
        return "open" if opens["open"] or re.search("等|其中|主要", between + after) else "complete"


def _is_bound(text: str, token: Token) -> bool:
    """Whether an amount is a bound of a range: 5万元至10万元的3个."""
    return t.is_threshold(text, token) or re.match(r"(?:至|到|-|—|～)\d|的\d+[个项]", text[token.end :]) is not None


def _total(tokens: Sequence[Token], name: str, *, own: bool = False) -> Candidate:
    """The sum of amounts, each rounded to what it shows."""
    return Candidate(_sum(tokens), name, own, miss(*tokens) + miss(tokens[0]))


def _sum(tokens: Iterator[Token] | Sequence[Token]) -> Decimal:
    return sum((x.value for x in tokens), Decimal(0))
