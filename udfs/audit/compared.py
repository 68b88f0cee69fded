"""Two amounts held against each other (A是B的N倍, A与B之比N：1, A比B多X, 相差X), and ranks: 最大的是A, 第三位的是A."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.arithmetic import miss
from udfs.audit.facts import Facts, Mention
from udfs.audit.spoken import BEFORE, bounds, numeral
from udfs.audit.statements import Paragraph
from udfs.audit.tokens import Token
from udfs.audit.verdicts import Ruled
from udfs.base import say, shown

_FIGURE = r"(?P<n>\d+(?:\.\d+)?|[一二两三四五六七八九十百]+)"
_TIMES = re.compile(rf"(?P<before>{BEFORE}|恰为|恰|仅)?{_FIGURE}(?P<after>余|多)?倍(?P<more>多|有余|以上|还多|左右)?")
_RATIO = re.compile(
    rf"(?:之比|比例|的比|比值)[^，。；\d一二三四五六七八九]{{0,6}}{_FIGURE}\s*[:：∶比]\s*(?P<one>1|一)(?![\d.])"
)
_APART = re.compile(
    r"(?:比(?!上年|去年|\d{4}年)(?P<than>[^，。；]{2,40}?)|(?P<which>[前后]者|[两二]者|两[项类]|之间)?(?:略|约|只|仅)?)"
    r"(?P<turn>多|高|(?<![降减])低|(?<![减缩])少|相差|差额|之差|差)(?:出|了|于|为|达|额|约)*$"
)
_RANK = re.compile(
    r"(?:(?:金额|比重|占比|数额|规模)?最(?P<most>大|高|多)|(?:金额|比重|占比|数额)?最(?P<least>小|低|少)"
    r"|(?:第|排名第|排在第|居第|位列第|列第)(?P<n>[一二三四五六七八九])(?:位|名)?)"
    r"的?(?:一?[类项个款]|支出|项目|科目|支出类别|支出科目|大类)?的?(?:分别)?(?:是|为|系|：|（)[“]?"
)
_LESS, _MORE = ("少", "低"), ("多", "高")
_PLENTY = 3  #: names that stand in an order are as many as this at least


class Compared:
    """Judges what a paragraph says of two amounts, or of the order of several."""

    def __init__(self, paragraph: Paragraph, mentions: Sequence[Mention], facts: Facts) -> None:
        self.paragraph = paragraph
        self.text = paragraph.text
        self.tokens = paragraph.tokens
        self.mentions = mentions
        self.facts = facts

    def judged(self) -> Iterator[Ruled]:
        """Every comparison of the paragraph that can be held against amounts and does not hold."""
        for match in _TIMES.finditer(self.text):
            yield from self._times(match)
        for match in _RATIO.finditer(self.text):
            yield from self._ratio(match)
        for match in _RANK.finditer(self.text):
            yield from self._ranked(match)
        for at, token in enumerate(self.tokens):
            found = _APART.search(self.text, self._sentence(token.start), token.start)
            if token.kind == t.AMOUNT and found is not None:
                yield from self._apart(at, token, found)

    @cached_property
    def _clauses(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer("[。；\n]", self.text))]

    def _sentence(self, at: int) -> int:
        return max(x for x in self._clauses if x <= at)

    def _amounts(self, start: int, end: int) -> list[tuple[int, frozenset[Decimal]]]:
        """What stands in a stretch of text: names, each with what it may be, and amounts right behind them or alone."""
        found: list[tuple[int, frozenset[Decimal]]] = []
        for mention in self.mentions:
            values = frozenset(x for x in self.facts.amounts.get(mention.name, ()) if x > 0)
            if start <= mention.start and mention.end <= end and values:
                found.append((mention.end, values))
        for token in self.tokens:
            if token.kind == t.AMOUNT and token.value > 0 and start <= token.start and token.end <= end:
                before = [one for one in found if one[0] <= token.start]
                at, values = max(before, key=lambda one: one[0], default=(0, frozenset[Decimal]()))
                if before and (_JOINED.fullmatch(self.text, at, token.start) or token.value in values):
                    # The amount of the name before it: the name says which, whatever is written.
                    found.remove((at, values))
                    found.append((token.end, values))
                else:
                    found.append((token.end, frozenset({token.value})))
        return sorted(found, key=lambda one: one[0])

    def _times(self, match: re.Match[str]) -> Iterator[Ruled]:
        """A是B的N倍: B is named right before, A somewhere before the word 是, 为 or 相当于."""
        start = self._sentence(match.start())
        lead = self.text[start : match.start()]
        link = max((m.end() for m in _IS.finditer(lead)), default=-1)
        if link < 0:
            return
        bases, wholes = self._amounts(start + link, match.start()), self._amounts(start, start + link)
        if which := _WHICH.search(lead):
            pair = self._those(start, match.start()) or self._amounts(start, start + which.start())[:_TWO]
            if len(pair) != _TWO:
                return
            wholes, bases = ([pair[0]], [pair[1]]) if which[1] == "前" else ([pair[1]], [pair[0]])
        if len(bases) != 1 or not wholes:
            return
        figure = match["n"]
        value = Decimal(figure) if figure[0].isdigit() else Decimal(numeral(figure)[0])
        places = len(figure.partition(".")[2])
        step = Decimal("0.5").scaleb(-places) if figure[0].isdigit() else Decimal("0.5")
        low, high = bounds(value, step, match["before"] or "", match["after"] or match["more"] or "")
        rights = {a / b for _, whole in wholes for a in whole for b in bases[0][1]}
        if not any(low <= x <= high for x in rights):
            yield self._wrong(*match.span(), min(rights, key=lambda x: abs(x - value)), "倍")

    def _those(self, start: int, end: int) -> list[tuple[int, frozenset[Decimal]]]:
        """The amounts right behind 前者 and 后者, where both stand so."""
        found = []
        for which in ("前者", "后者"):
            at = self.text.find(which, start, end) + len(which)
            token = next((x for x in self.tokens if x.kind == t.AMOUNT and x.start == at), None)
            if token is not None:
                found.append((token.end, frozenset({token.value})))
        return found if len(found) == _TWO else []

    def _ratio(self, match: re.Match[str]) -> Iterator[Ruled]:
        """A与B之比N：1."""
        found = self._amounts(self._sentence(match.start()), match.start())
        if len(found) > _TWO and any(a + b in found[0][1] for a in found[-2][1] for b in found[-1][1]):
            found = found[-2:]  # the whole, and the two that it is made of
        if len(found) != _TWO:
            return
        figure = match["n"]
        value = Decimal(figure) if figure[0].isdigit() else Decimal(numeral(figure)[0])
        step = Decimal("0.5").scaleb(-len(figure.partition(".")[2]))
        rights = {a / b for a in found[0][1] for b in found[1][1]}
        if not any(abs(x - value) <= step for x in rights):
            yield self._wrong(*match.span(), min(rights, key=lambda x: abs(x - value)), "比1")

    def _apart(self, at: int, token: Token, match: re.Match[str]) -> Iterator[Ruled]:
        """A比B多X, 后者多X, 相差X: the difference of the two that the sentence names."""
        start = self._sentence(token.start)
        if match["than"]:
            base = self._amounts(match.start("than"), match.end("than") + 1)
            clause = max(start, self.text.rfind("，", 0, match.start()) + 1)
            near, every = self._amounts(clause, match.start())[-1:], self._amounts(start, match.start())
            # 比B多X，比C多Y: what is compared stands somewhere before.
            first = near or [(0, frozenset(x for _, values in every for x in values))]
            pair = [first[0], base[-1]] if first[0][1] and base else []
        else:
            clause = start if match["which"] else max(start, self.text.rfind("，", 0, match.start()) + 1)
            found = self._amounts(clause, match.start())
            sure = match["which"] or (match["turn"] not in (*_MORE, *_LESS) and len(found) == _TWO)
            pair = found[-2:] if sure and len(found) > 1 else []
            if match["which"] == "后者":
                pair.reverse()
        if len(pair) != _TWO:
            return
        rights = {a - b for a in pair[0][1] for b in pair[1][1]}
        slack = miss(token) * 3
        turn = 1 if match["turn"] in _MORE else -1 if match["turn"] in _LESS and match["which"] != "两者" else 0
        fitting = [x for x in rights if abs(abs(x) - token.value) <= slack]
        if not fitting:
            nearest = min(rights, key=lambda x: abs(abs(x) - token.value))
            yield self._wrong(token.start, token.end, nearest, "万元")
        elif turn and not any(x * turn > 0 for x in fitting):
            message = say("写的是“{turn}”，按各表方向相反", "apart", turn=match["turn"])
            yield self.paragraph.wrong(v.WORDING, message, at, span=match.span())
        else:
            yield Ruled((at,), None, frozenset({at}))

    def _ranked(self, match: re.Match[str]) -> Iterator[Ruled]:
        """The first, the last or the third of what is listed; of the classes where nothing is."""
        named = next((m for m in self.mentions if m.start == match.end()), None)
        own = self.facts.amounts.get(named.name, frozenset()) if named else frozenset()
        if named is None or len(own) != 1:
            return
        (value,) = own
        peers = self.facts.peers(named.name)
        order = sorted((x for x in peers.values() if x), reverse=True)
        if len(order) < _PLENTY or value not in order:
            return
        wanted = numeral(match["n"])[0] if match["n"] else 1 if match["most"] else len(order)
        if wanted <= len(order) and order[wanted - 1] != value:
            right = next(name for name, x in peers.items() if x == order[wanted - 1])
            message = say("“{name}”不是{rank}，应为“{right}”", "rank", name=named.name, rank=_plain(match), right=right)
            yield self.paragraph.wrong(v.WORDING, message, span=(match.start(), named.end))

    def _wrong(self, start: int, end: int, right: Decimal, unit: str) -> Ruled:
        message = say(
            "写的是“{written}”，按所写和各表应为{right}{unit}",
            "compared",
            written=self.text[start:end],
            right=shown(abs(right)),
            unit=unit,
        )
        return self.paragraph.wrong(v.WORDING, message, span=(start, end))


_TWO = 2
_WHICH = re.compile("([前后])者(?:约|恰|大致)?(?:是|为|相当于)(?:约)?[前后]者的?$")
_IS = re.compile("(?<![但只就还可])是|为(?!了)|相当于|等于")
_JOINED = re.compile(r"(?:支出|预算|共|为|是|达|合计|：|“|”|\s)*")


def _plain(match: re.Match[str]) -> str:
    return f"第{match['n']}位" if match["n"] else "最大的" if match["most"] else "最小的"
