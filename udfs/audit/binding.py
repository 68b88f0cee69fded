"""What a sentence's figures speak of, by the words before them: each is held against the workbook's own figure.

The words come from the edition (audit.toml). A figure is named by the phrase right before its number; what follows it
(比上年减少 …, 占 …%) speaks of the figure named last. Nothing is guessed: a number whose words are not known stays
unbound.
"""

from __future__ import annotations

import re

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.figures import Known
from udfs.audit.names import names_listed, unit_named
from udfs.audit.naming import LAST_YEAR, Bound, Naming
from udfs.audit.statements import COMPARISON
from udfs.audit.tokens import Sentence, Token, reasons_of
from udfs.audit.verdicts import Contradiction, Verdict, excerpt
from udfs.audit.years import dated
from udfs.base import Change, add, say, share, squeezed

_THRESHOLD = re.compile(r"^\s*(?:（原值）|\(原值\))?(?:（含）|\(含\)|（含本数）)?\s*(?:以上|以下|以内|以外)")
_LEAD_BREAKS = "，。；：、,;:\n"
_DENIAL = re.compile(r"(?:没有|未|无|不涉及)(?:安排|编列|设置|列支|编报|发生)?")
_CLOSED = re.compile(r"(?:财政拨款)?(?:预算|支出|收入|资金)?(?:[，。；]|$)")
#: 由 … 增加到 …: this year's amount. It may stand with its year: 减少到2024年的.
_REACHED = re.compile(r"\s*(?:到|至|为)(?:\s*20\d\d年度?(?:预算)?的?)?\s*")
_SEVERAL = re.compile("分别|依次|各占|占该|占其|[前后]者")
#: A change of like with like is not that of the figures as they stand.
_OTHER_SCOPE = re.compile("同口径|可比口径|扣除|剔除|不含")
#: 降幅与收入相同: two rates are alike, not two years.
_OF_A_RATE = re.compile("[幅率比]度?[^，。；]{0,2}[与和同]")
_MORE = ("增加", "增长", "上升", "提高")
_ENDING = re.compile(
    r"(?:导致|故|因此|所以|从而|使得?|相应)[^，。；;]{0,24}?(增加|增长|上升|提高|减少|下降|降低|压减)[。；;]?$"
)


class Reader(Naming):
    """Reads the sentences of one section in order; scope and subject carry over within it."""

    def __init__(self, known: Known, section: int) -> None:
        super().__init__(known, section)
        self._scopes: list[tuple[int, str]] = []  #: within the sentence: from where each scope holds
        self.subject: Bound | None = None
        self.large: list[tuple[Sentence, str]] = []  #: sentences that state a change which needs a reason

    def read(self, sentence: Sentence) -> Verdict:
        """What one sentence's figures say, held against the workbook."""
        verdict = Verdict()
        if sentence.first:
            self.subject = self.topic = None
        self._scopes = [(0, self.scope)]
        last: Bound | None = None
        reasons = reasons_of(sentence.text)
        judged = 0
        for number, token in enumerate(sentence.tokens):
            if token.kind == t.AMOUNT and _THRESHOLD.match(sentence.text[token.end :]):
                verdict.exempt.add(number)
                continue
            if any(start <= token.start < end for start, end in reasons):
                verdict.reasons.add(number)
                if token.kind == t.DIRECTION or token.kind in (t.YEAR, t.DATE):
                    verdict.exempt.add(number)
                elif token.kind == t.AMOUNT and self.known.explains(abs(token.value)):
                    verdict.verified.add(number)
                continue
            while judged < len(reasons) and reasons[judged][1] <= token.start:
                self._reasoned(sentence, reasons[judged], verdict)
                judged += 1
            if token.kind in (t.YEAR, t.DATE):
                dated(self.words, sentence, number, verdict)
            elif token.kind == t.DIRECTION:
                self._turned(sentence, number, verdict)
            elif token.kind in (t.AMOUNT, t.COUNT, t.PERCENT):
                last = self._stated(sentence, number, verdict, last)
        for span in reasons[judged:]:
            self._reasoned(sentence, span, verdict)
        self._denied(sentence, verdict)
        unit_named(self.words, sentence, verdict)
        names_listed(self.words, sentence, verdict, self._scopes)
        return verdict

    # ---------------------------------------------------------------- numbers

    def _stated(self, sentence: Sentence, number: int, verdict: Verdict, last: Bound | None) -> Bound | None:
        """An amount, count or percentage: bound by its words, or as a change, base or share of what was named last."""
        token = sentence.tokens[number]
        lead = self._lead(sentence, number, verdict)
        before = self._before(sentence, number, verdict)
        if (
            before is not None
            and before.kind == t.DIRECTION
            and self.words.is_filler(sentence.text[before.end : token.start])
        ):
            self._changed(sentence, number, before, verdict)
            return last
        turned = before is not None and before.kind == t.DIRECTION and token.kind == t.AMOUNT
        reached = self.topic if turned else None
        if reached and before and _REACHED.fullmatch(sentence.text[before.end : token.start]):
            again = Bound(reached.figure, reached.name, reached.value, token.value)
            if again.value is not None:
                self._compare(sentence, number, again, verdict)
            return again
        if token.kind == t.PERCENT:
            self._shared(sentence, number, lead, verdict, last)
            return last
        if token.kind == t.AMOUNT and self._is_base(sentence, number):
            self._based(sentence, number, lead, verdict)
            return last
        bound = self.named(lead, token, sentence, number, verdict)
        if bound is None and token.kind == t.AMOUNT:
            bound = self.again(lead, token) or self.nearly(sentence, number, lead, verdict)
        if bound is None:
            # What follows a figure that nobody can name speaks of that figure.
            self.topic = None
            if token.kind == t.COUNT:
                self.scope = ""
            return Bound(None, lead, None, token.value) if token.kind == t.AMOUNT else last
        if token.kind == t.AMOUNT:
            self.topic = bound
        if bound.figure is not None:
            if bound.figure.opens:
                self.scope = bound.figure.opens
                self._scopes.append((token.start, self.scope))
            if bound.figure.change:
                self.subject = bound
        if bound.value is not None:
            self._compare(sentence, number, bound, verdict)
        return bound

    def _compare(self, sentence: Sentence, number: int, bound: Bound, verdict: Verdict) -> None:
        token = sentence.tokens[number]
        assert bound.value is not None
        if agrees(token, bound.value):
            verdict.verified.add(number)
            verdict.sources[number] = bound.name
            return
        quote = excerpt(sentence.text, token.start, token.end)
        if token.kind == t.COUNT:
            right = f"{bound.value.normalize():f}"
            message = say(
                "“{name}”写的是{written}，按各表和基础信息应为{right}{unit}",
                "count",
                name=bound.name,
                written=token.text,
                right=right,
                unit=token.unit,
            )
            self.words.wrong(verdict, number, v.COUNT, quote, message)
            return
        empty = add("，表中没有这一项金额") if not bound.value else ""
        message = say(
            "“{name}”写的是{written}，表中为{right}{empty}",
            "amount",
            name=bound.name,
            written=token.text,
            right=v.money(bound.value),
            empty=empty,
        )
        self.words.wrong(verdict, number, v.AMOUNT, quote, message, token.value, bound.value)

    def _changed(self, sentence: Sentence, number: int, direction: Token, verdict: Verdict) -> None:
        """A change in money or per cent after a direction word."""
        token = sentence.tokens[number]
        clause = sentence.text[: direction.start]
        clause = clause[max(clause.rfind(mark) for mark in "，。；\n") + 1 :]
        change = self._change()
        if change is None and (change := self.words.named_change(clause)) is not None:
            self.subject = Bound(self.words.with_change(squeezed(clause)), clause, change.now, change.now)
        at = sentence.tokens.index(direction)
        if change is None or self._of_another(clause):
            return
        quote = excerpt(sentence.text, direction.start, token.end)
        what = f"“{change.what}”"
        if change.large and change.reason:
            self.large.append((sentence, change.what))
        sign = (change.now > change.last) - (change.now < change.last)
        if sign and direction.value and direction.value != sign:
            right = "增加" if sign > 0 else "减少"
            message = say(
                "{what}由{last}变为{now}，是{right}，写的是“{written}”",
                "direction",
                what=what,
                last=v.money(change.last),
                now=v.money(change.now),
                right=right,
                written=direction.text,
            )
            self.words.wrong(verdict, at, v.TURN, quote, message)
        elif direction.value:
            verdict.verified.add(at)
        if token.kind == t.AMOUNT:
            verdict.sources[number] = f"{change.what}：本年{v.money(change.now)}，上年{v.money(change.last)}"
            if agrees(token, change.difference):
                verdict.verified.add(number)
            else:
                true = say(
                    "{now}与{last}相差{difference}",
                    now=v.money(change.now),
                    last=v.money(change.last),
                    difference=v.money(change.difference),
                )
                message = say(
                    "{what}的变动额写的是{written}，{true}", "change", what=what, written=token.text, true=true
                )
                self.words.wrong(verdict, number, v.AMOUNT, quote, message, token.value, change.difference)
        elif token.kind == t.PERCENT:
            if change.rate is None:
                message = say(
                    "{what}的上年数不大于零，不能计算增减比例，写的是{written}",
                    "no_rate",
                    what=what,
                    written=token.text,
                )
                self.words.wrong(verdict, number, v.RATE, quote, message)
            elif agrees(token, change.rate):
                verdict.verified.add(number)
                verdict.sources[number] = f"{change.what}：由{v.money(change.last)}到{v.money(change.now)}"
            else:
                true = say(
                    "由{last}到{now}应为{rate}%", last=v.money(change.last), now=v.money(change.now), rate=change.rate
                )
                message = say(
                    "{what}的增减幅度写的是{written}，{true}", "rate", what=what, written=token.text, true=true
                )
                self.words.wrong(verdict, number, v.RATE, quote, message, token.value, change.rate)

    def _of_another(self, clause: str) -> bool:
        """Whether a change has a subject of its own that nobody knows: 其中促消费资金减1460万元."""
        if _OTHER_SCOPE.search(clause):
            return True
        words = COMPARISON.sub("", squeezed(clause))
        if not words.startswith(("其中", "包括")):
            return False
        rest = re.sub("其中|包括|20\\d\\d年度?|[：:]|较|比|同|与", "", words)
        return not self.words.is_filler(rest) and self.words.with_change(rest) is None

    def _change(self) -> Change | None:
        """The change of the subject, where last year's figure is known."""
        if self.subject is None or self.subject.figure is None:
            return None
        change = self.known.change(self.subject.figure.change)
        return None if change is None or change.kind in ("missing", "incomparable") else change

    def _denied(self, sentence: Sentence, verdict: Verdict) -> None:
        """A figure that the text says there is none of, and the tables have."""
        words = squeezed(sentence.text)
        for match in _DENIAL.finditer(words):
            rest = words[match.end() :]
            phrase, values = self.words.denied(rest)
            # Words that mean several figures in several sections are denied only where none of them is zero.
            if values and all(values) and _CLOSED.match(rest[len(phrase) :]):
                message = say("写的是没有“{phrase}”，表中为{right}", "denied", phrase=phrase, right=v.money(values[0]))
                quote = excerpt(words, *match.span())
                verdict.wrong(-1, Contradiction(v.DENIAL, self.section, quote, message))

    def _is_base(self, sentence: Sentence, number: int) -> bool:
        """Whether an amount is last year's: named with an earlier year or 上年 in its own clause, to compare with."""
        token = sentence.tokens[number]
        start = max(sentence.text.rfind(mark, 0, token.start) for mark in "，。；\n,;：:") + 1
        clause = sentence.text[start : token.start]
        years = [x for x in sentence.tokens if x.kind == t.YEAR and start <= x.start < token.start][-1:]
        tail = sentence.text[token.end : token.end + 4]
        if years and any(int(y.value) != self.known.year for y in years):
            return True
        compared = any(word in clause for word in LAST_YEAR) and (
            "相比" in tail or re.search("[与比较同]", clause) is not None
        )
        return compared or ("相比" in tail and re.search("[与比较同]", clause) is not None)

    def _based(self, sentence: Sentence, number: int, lead: str, verdict: Verdict) -> None:
        token = sentence.tokens[number]
        named = self.words.with_change(lead)
        if named is not None:
            self.subject = Bound(named, lead, None, token.value)
        change = self._change()
        if change is None:
            return
        if agrees(token, change.last):
            verdict.verified.add(number)
            verdict.sources[number] = f"{change.what}：上年数据"
            return
        quote = excerpt(sentence.text, token.start, token.end)
        message = say(
            "“{what}”的上年数写的是{written}，“上年数据”中为{right}",
            "last_year",
            what=change.what,
            written=token.text,
            right=v.money(change.last),
        )
        self.words.wrong(verdict, number, v.AMOUNT, quote, message, token.value, change.last)

    def _shared(self, sentence: Sentence, number: int, lead: str, verdict: Verdict, last: Bound | None) -> None:
        """A share: of the whole that the edition names for this place, by the amount stated last."""
        token = sentence.tokens[number]
        if "占" not in lead:
            return
        own = lead.rpartition("占")[0]
        if not self.words.is_filler(own):
            # 其中基本支出占…: the share is of what stands before it, not of the amount named last.
            last = self.figure(own, token) or last
        spec = self.known.share(self.section, self.scope)
        if spec is None or last is None or _SEVERAL.search(lead):
            return  # or a list of shares, each of another part
        whole = self.known.value(spec.whole)
        part = last.value if last.value is not None else last.stated
        if last.figure is not None and last.figure.unit != "万元":
            return
        right = None if whole is None else share(part, whole)
        if right is None:
            return
        if agrees(token, right):
            verdict.verified.add(number)
            verdict.sources[number] = f"{last.name}：{v.money(part)}占{v.money(whole or part)}"
            return
        quote = excerpt(sentence.text, token.start, token.end)
        assert whole is not None
        message = say(
            "“{name}”占比写的是{written}，{part}占{whole}应为{right}%",
            "share",
            name=last.name,
            written=token.text,
            part=v.money(part),
            whole=v.money(whole),
            right=right,
        )
        self.words.wrong(verdict, number, v.RATE, quote, message, token.value, right)

    # ---------------------------------------------------------------- directions, years, units, names

    def _turned(self, sentence: Sentence, number: int, verdict: Verdict) -> None:
        """A direction word on its own: 持平, or 增加 without a number."""
        token = sentence.tokens[number]
        following = sentence.tokens[number + 1] if number + 1 < len(sentence.tokens) else None
        if following is not None and following.kind in (t.AMOUNT, t.PERCENT):
            between = sentence.text[token.end : following.start]
            if self.words.is_filler(between):
                return
        lead = sentence.text[max(0, token.start - 12) : token.start]
        change = self._change() or self.words.named_change(sentence.text[: token.start])
        if change is None or not re.search("[与比较同]|相比", lead) or (not token.value and _OF_A_RATE.search(lead)):
            verdict.exempt.add(number)
            return
        sign = (change.now > change.last) - (change.now < change.last)
        if sign == token.value:
            verdict.verified.add(number)
            return
        right = "持平" if not sign else "增加" if sign > 0 else "减少"
        quote = excerpt(sentence.text, token.start, token.end)
        message = say(
            "“{what}”由{last}变为{now}，是{right}，写的是“{written}”",
            "turn",
            what=change.what,
            last=v.money(change.last),
            now=v.money(change.now),
            right=right,
            written=token.text,
        )
        self.words.wrong(verdict, number, v.TURN, quote, message)

    def _reasoned(self, sentence: Sentence, span: tuple[int, int], verdict: Verdict) -> None:
        """A reason that ends in the other direction than the change it explains."""
        change = self._change()
        if change is None or change.now == change.last:
            return
        match = _ENDING.search(sentence.text, *span)
        if match and (match[1] in _MORE) != (change.now > change.last):
            right = "增加" if change.now > change.last else "减少"
            message = say(
                "“{what}”是{right}，所写的原因却说明{told}，请核对是否为上年的文字",
                "reason",
                what=change.what,
                right=right,
                told=match[1],
            )
            verdict.wrong(-1, Contradiction(v.REASON, self.section, excerpt(sentence.text, *match.span()), message))

    # ---------------------------------------------------------------- helpers

    def _lead(self, sentence: Sentence, number: int, verdict: Verdict) -> str:
        """The words right before a number: from the number or the comma before it on, squeezed."""
        token = sentence.tokens[number]
        start = 0
        for other in range(number - 1, -1, -1):
            earlier = sentence.tokens[other]
            if other not in verdict.exempt and earlier.kind in (t.AMOUNT, t.PERCENT, t.COUNT):
                start = earlier.end
                break
        for at in range(token.start - 1, start - 1, -1):
            if sentence.text[at] in _LEAD_BREAKS and squeezed(sentence.text[at + 1 : token.start]):
                start = at + 1
                break
        return squeezed(sentence.text[start : token.start]).rstrip("：:，,")

    def _before(self, sentence: Sentence, number: int, verdict: Verdict) -> Token | None:
        return next((sentence.tokens[n] for n in range(number - 1, -1, -1) if n not in verdict.exempt), None)
