"""What a sentence's figures speak of, by the words before them: each is held against the workbook's own figure.

The words come from the edition (audit.toml). A figure is named by the phrase right before its number; what follows it
(比上年减少 …, 占 …%) speaks of the figure named last. Nothing is guessed: a number whose words are not known stays
unbound.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from difflib import SequenceMatcher, get_close_matches

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.figures import Known, inside
from udfs.audit.tokens import Sentence, Token, reasons_of
from udfs.audit.verdicts import Contradiction, Verdict, excerpt
from udfs.texts import squeezed
from udfs.wording import Change, share
from workbook_templates.audit import Figure
from workbook_templates.values import frozen

_THRESHOLD = re.compile(r"^\s*(?:（原值）|\(原值\))?(?:（含）|\(含\)|（含本数）)?\s*(?:以上|以下|以内|以外)")
_LEAD_BREAKS = "，。；：、,;:\n"
_COMPARES = re.compile(r"(?:与|和|同|比|较|相比)[^，。；]{0,6}$")
_DENIED = re.compile(r"(?:未|没有|不|非|是否|除)[^，。；]{0,6}$")
_DENIAL = re.compile(r"(?:没有|未|无)(?:安排|编列|设置|列支)?")
_CLOSED = re.compile(r"(?:财政拨款)?(?:预算|支出|收入|资金)?(?:[，。；]|$)")
#: Names shorter than this are too like each other to guess at.
_LONG_ENOUGH = 4
_LAST_YEAR = ("上年", "去年", "上一年")
_ORGANISATION = re.compile(
    r"(?:局|委员会|办公室|厅|中心|医院|学院|学校|研究院|研究所|支队|大队|总队|馆|政府|联合会|协会|法院|检察院|公司|分局|管理处|服务处|站|所|院|校|处)"
    r"(?:（本级）|本级|机关)?$"
)
#: Last characters that tell one kind of office from another: another office, not a slip.
_OFFICES = "局委厅办院校会站所处队馆心"
_SELF = (
    "本单位",
    "我单位",
    "本部门",
    "我部门",
    "我局",
    "本局",
    "我委",
    "本委",
    "我办",
    "我院",
    "我校",
    "我中心",
    "单位",
    "部门",
)
_MORE = ("增加", "增长", "上升", "提高")
_ENDING = re.compile(
    r"(?:导致|故|因此|所以|从而|使得?|相应)[^，。；;]{0,24}?(增加|增长|上升|提高|减少|下降|降低|压减)[。；;]?$"
)
_LISTS = re.compile(r"(?:主要包括|主要用于|用于|包括|主要有|主要为|分别为|分别是)[：:]?")


@frozen
class _Bound:
    """A figure as named last: its entry, its value in the workbook, and the amount that the text gives it."""

    figure: Figure | None
    name: str
    value: Decimal | None
    stated: Decimal


class Reader:
    """Reads the sentences of one section in order; scope and subject carry over within it."""

    def __init__(self, known: Known, section: int) -> None:
        self.known = known
        self.section = section
        self.scope = ""
        self._scopes: list[tuple[int, str]] = []  #: within the sentence: from where each scope holds
        self.subject: _Bound | None = None
        fillers = sorted((squeezed(w) for w in known.words.fillers), key=len, reverse=True)
        self._filler = re.compile("(?:" + "|".join(map(re.escape, fillers)) + ")*") if fillers else re.compile("")
        self._phrases = sorted(
            ((squeezed(phrase), f) for f in known.figures(section) for phrase in f.says),
            key=lambda pair: len(pair[0]),
            reverse=True,
        )

    def read(self, sentence: Sentence) -> Verdict:
        """What one sentence's figures say, held against the workbook."""
        verdict = Verdict()
        if sentence.first:
            self.subject = None
        self._scopes = [(0, self.scope)]
        last: _Bound | None = None
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
                self._dated(sentence, number, verdict)
            elif token.kind == t.DIRECTION:
                self._turned(sentence, number, verdict)
            elif token.kind in (t.AMOUNT, t.COUNT, t.PERCENT):
                last = self._stated(sentence, number, verdict, last)
        for span in reasons[judged:]:
            self._reasoned(sentence, span, verdict)
        self._denied(sentence, verdict)
        self._unit_named(sentence, verdict)
        self._names_listed(sentence, verdict)
        return verdict

    # ---------------------------------------------------------------- numbers

    def _stated(self, sentence: Sentence, number: int, verdict: Verdict, last: _Bound | None) -> _Bound | None:
        """An amount, count or percentage: bound by its words, or as a change, base or share of what was named last."""
        token = sentence.tokens[number]
        lead = self._lead(sentence, number, verdict)
        before = self._before(sentence, number, verdict)
        if (
            before is not None
            and before.kind == t.DIRECTION
            and self._is_filler(sentence.text[before.end : token.start])
        ):
            self._changed(sentence, number, before, verdict)
            return last
        if token.kind == t.PERCENT:
            self._shared(sentence, number, lead, verdict, last)
            return last
        if token.kind == t.AMOUNT and self._is_base(sentence, number):
            self._based(sentence, number, lead, verdict)
            return last
        bound = self._named(lead, token)
        if bound is None and token.kind == t.AMOUNT:
            bound = self._nearly(sentence, number, lead, verdict)
        if bound is None:
            # What follows a figure that nobody can name speaks of that figure.
            if token.kind == t.COUNT:
                self.scope = ""
            return _Bound(None, lead, None, token.value) if token.kind == t.AMOUNT else last
        if bound.figure is not None:
            if bound.figure.opens:
                self.scope = bound.figure.opens
                self._scopes.append((token.start, self.scope))
            if bound.figure.change:
                self.subject = bound
        if bound.value is not None:
            self._compare(sentence, number, bound, verdict)
        return bound

    def _named(self, lead: str, token: Token) -> _Bound | None:
        """What the words before a number name: a figure of the edition, or a row of one of its lists."""
        unit = "万元" if token.kind == t.AMOUNT else token.unit
        found: list[tuple[int, int, str, Figure]] = []
        for phrase, figure in self._phrases:
            if figure.unit != unit or not inside(self.scope, figure.within):
                continue
            at = lead.rfind(phrase)
            if at < 0 or not self._filler.fullmatch(lead[at + len(phrase) :]):
                continue
            if not phrase and lead:
                continue
            if any(word in lead[:at] for word in _LAST_YEAR) or _DENIED.search(lead[:at]):
                continue
            found.append((len(phrase), len(figure.within), phrase, figure))
        row = self._row(lead, token, found[0][0] if found else 0) if token.kind == t.AMOUNT else None
        if row is not None:
            return _Bound(None, row[0], row[1], token.value)
        if found:
            longest = max(found, key=lambda f: (f[0], f[1]))
            figure = longest[3]
            return _Bound(figure, longest[2], self.known.value(figure.value), token.value)
        return None

    def _row(self, lead: str, token: Token, longer_than: int) -> tuple[str, Decimal] | None:
        """A row of a table by the name at the end of the words; zero where only the classification knows it."""
        for rows in self.known.rows(self.section):
            if not inside(self.scope, rows.within):
                continue
            named = self.known.amounts_of(rows)
            classes = self.known.names_of(rows.classification, rows.digits) if rows.digits else frozenset[str]()
            fitting = [
                name
                for name in (*named, *classes)
                if len(name) > longer_than
                and name in lead
                and self._filler.fullmatch(lead[lead.rfind(name) + len(name) :])
            ]
            if fitting:
                name = max(fitting, key=len)
                amounts = named.get(name, (Decimal(0),))
                return name, next((a for a in amounts if agrees(token, a)), amounts[0])
        return None

    def _compare(self, sentence: Sentence, number: int, bound: _Bound, verdict: Verdict) -> None:
        token = sentence.tokens[number]
        assert bound.value is not None
        if agrees(token, bound.value):
            verdict.verified.add(number)
            return
        quote = excerpt(sentence.text, token.start, token.end)
        if token.kind == t.COUNT:
            right = f"{bound.value.normalize():f}"
            message = f"“{bound.name}”写的是{token.text}，按各表和基础信息应为{right}{token.unit}"
            self._wrong(verdict, number, v.COUNT, quote, message)
            return
        empty = "，表中没有这一项金额" if not bound.value else ""
        message = f"“{bound.name}”写的是{token.text}，表中为{v.money(bound.value)}{empty}"
        self._wrong(verdict, number, v.AMOUNT, quote, message, token.value, bound.value)

    def _changed(self, sentence: Sentence, number: int, direction: Token, verdict: Verdict) -> None:
        """A change in money or per cent after a direction word."""
        token = sentence.tokens[number]
        change = self._change()
        at = sentence.tokens.index(direction)
        if change is None:
            return
        quote = excerpt(sentence.text, direction.start, token.end)
        what = f"“{change.what}”"
        sign = (change.now > change.last) - (change.now < change.last)
        if sign and direction.value and direction.value != sign:
            right = "增加" if sign > 0 else "减少"
            message = f"{what}由{v.money(change.last)}变为{v.money(change.now)}，是{right}，写的是“{direction.text}”"
            self._wrong(verdict, at, v.TURN, quote, message)
        elif direction.value:
            verdict.verified.add(at)
        if token.kind == t.AMOUNT:
            if agrees(token, change.difference):
                verdict.verified.add(number)
            else:
                right = f"{v.money(change.now)}与{v.money(change.last)}相差{v.money(change.difference)}"
                message = f"{what}的变动额写的是{token.text}，{right}"
                self._wrong(verdict, number, v.AMOUNT, quote, message, token.value, change.difference)
        elif token.kind == t.PERCENT:
            if change.rate is None:
                message = f"{what}的上年数不大于零，不能计算增减比例，写的是{token.text}"
                self._wrong(verdict, number, v.RATE, quote, message)
            elif agrees(token, change.rate):
                verdict.verified.add(number)
            else:
                right = f"由{v.money(change.last)}到{v.money(change.now)}应为{change.rate}%"
                message = f"{what}的增减幅度写的是{token.text}，{right}"
                self._wrong(verdict, number, v.RATE, quote, message, token.value, change.rate)

    def _change(self) -> Change | None:
        """The change of the subject, where last year's figure is known."""
        if self.subject is None or self.subject.figure is None:
            return None
        change = self.known.change(self.subject.figure.change)
        return None if change is None or change.kind in ("missing", "incomparable") else change

    def _named_change(self, text: str) -> Change | None:
        """The change of a figure that is named without an amount: 没有安排“三公”经费，与上年持平."""
        figure = self._with_change(squeezed(text))
        change = self.known.change(figure.change) if figure is not None else None
        return None if change is None or change.kind in ("missing", "incomparable") else change

    def _with_change(self, words: str) -> Figure | None:
        """The figure that words name and that is compared with last year."""
        return next((figure for phrase, figure in self._phrases if figure.change and phrase in words), None)

    def _denied(self, sentence: Sentence, verdict: Verdict) -> None:
        """A figure that the text says there is none of, and the tables have."""
        words = squeezed(sentence.text)
        for match in _DENIAL.finditer(words):
            rest = words[match.end() :]
            named = [(p, f) for p, f in self._phrases if f.unit == "万元" and not f.within and rest.startswith(p)]
            if not named or not _CLOSED.match(rest[len(named[0][0]) :]):
                continue
            phrase, figure = named[0]
            value = self.known.value(figure.value)
            if value:
                message = f"写的是没有“{phrase}”，表中为{v.money(value)}"
                verdict.wrong(-1, Contradiction(v.AMOUNT, self.section, excerpt(words, *match.span()), message))

    def _is_base(self, sentence: Sentence, number: int) -> bool:
        """Whether an amount is last year's: named with an earlier year or 上年 in its own clause, to compare with."""
        token = sentence.tokens[number]
        start = max(sentence.text.rfind(mark, 0, token.start) for mark in "，。；\n,;：:") + 1
        clause = sentence.text[start : token.start]
        years = [x for x in sentence.tokens if x.kind == t.YEAR and start <= x.start < token.start]
        tail = sentence.text[token.end : token.end + 4]
        if years and any(int(y.value) != self.known.year for y in years):
            return True
        compared = any(word in clause for word in _LAST_YEAR) and (
            "相比" in tail or re.search("[与比较同]", clause) is not None
        )
        return compared or ("相比" in tail and re.search("[与比较同]", clause) is not None)

    def _based(self, sentence: Sentence, number: int, lead: str, verdict: Verdict) -> None:
        token = sentence.tokens[number]
        named = self._with_change(lead)
        if named is not None:
            self.subject = _Bound(named, lead, None, token.value)
        change = self._change()
        if change is None:
            return
        if agrees(token, change.last):
            verdict.verified.add(number)
            return
        quote = excerpt(sentence.text, token.start, token.end)
        message = f"“{change.what}”的上年数写的是{token.text}，“上年数据”中为{v.money(change.last)}"
        self._wrong(verdict, number, v.AMOUNT, quote, message, token.value, change.last)

    def _shared(self, sentence: Sentence, number: int, lead: str, verdict: Verdict, last: _Bound | None) -> None:
        """A share: of the whole that the edition names for this place, by the amount stated last."""
        token = sentence.tokens[number]
        if "占" not in lead:
            return
        spec = self.known.share(self.section, self.scope)
        if spec is None or last is None:
            return
        whole = self.known.value(spec.whole)
        part = last.value if last.value is not None else last.stated
        if last.figure is not None and last.figure.unit != "万元":
            return
        right = None if whole is None else share(part, whole)
        if right is None:
            return
        if agrees(token, right):
            verdict.verified.add(number)
            return
        quote = excerpt(sentence.text, token.start, token.end)
        assert whole is not None
        message = f"“{last.name}”占比写的是{token.text}，{v.money(part)}占{v.money(whole)}应为{right}%"
        self._wrong(verdict, number, v.RATE, quote, message, token.value, right)

    # ---------------------------------------------------------------- directions, years, units, names

    def _turned(self, sentence: Sentence, number: int, verdict: Verdict) -> None:
        """A direction word on its own: 持平, or 增加 without a number."""
        token = sentence.tokens[number]
        following = sentence.tokens[number + 1] if number + 1 < len(sentence.tokens) else None
        if following is not None and following.kind in (t.AMOUNT, t.PERCENT):
            between = sentence.text[token.end : following.start]
            if self._is_filler(between):
                return
        lead = sentence.text[max(0, token.start - 12) : token.start]
        change = self._change() or self._named_change(sentence.text[: token.start])
        if change is None or not re.search("[与比较同]|相比", lead):
            verdict.exempt.add(number)
            return
        sign = (change.now > change.last) - (change.now < change.last)
        if sign == token.value:
            verdict.verified.add(number)
            return
        right = "持平" if not sign else "增加" if sign > 0 else "减少"
        quote = excerpt(sentence.text, token.start, token.end)
        message = f"“{change.what}”由{v.money(change.last)}变为{v.money(change.now)}，是{right}，写的是“{token.text}”"
        self._wrong(verdict, number, v.TURN, quote, message)

    def _dated(self, sentence: Sentence, number: int, verdict: Verdict) -> None:
        """A year: the base of a comparison is last year, the subject's year this one, 截至 the end of last year."""
        token = sentence.tokens[number]
        year, last = self.known.year, self.known.year - 1
        quote = excerpt(sentence.text, token.start, token.end)
        before = sentence.text[max(0, token.start - 8) : token.start]
        if token.kind == t.DATE:
            self._as_of(sentence, number, verdict, before)
            return
        if not self._phrases:
            # Duties, terms, descriptions of projects: other years stand rightly in them.
            verdict.exempt.add(number)
            return
        shown = int(token.value)
        tail = sentence.text[token.end : token.end + 26].split("。")[0]
        if _COMPARES.search(before) or re.match(r"[^，。；]{0,18}(?:相比|持平)", tail):
            if shown == last:
                verdict.verified.add(number)
            else:
                message = f"与上年比较的年份写的是{token.text}，{year}年度的上年是{last}年"
                self._wrong(verdict, number, v.DATING, quote, message)
            return
        opens = not sentence.text[: token.start].strip(" 　“") or re.fullmatch(
            r"(?:[（(]?[一二三四五六七八九十\d]+[)）、.．]\s*|本单位|我单位|本部门|我部门|我局|本局)+",
            sentence.text[: token.start].strip(),
        )
        if opens and self._speaks_of_this_year(sentence.text, token):
            if shown == year or (shown == last and self._tells_last_year(sentence, token)):
                verdict.verified.add(number)
            else:
                message = f"写的是{token.text}，本工作簿的年度是{year}年"
                self._wrong(verdict, number, v.DATING, quote, message)
            return
        if shown in (year, last):
            verdict.verified.add(number)
        else:
            verdict.exempt.add(number)

    def _tells_last_year(self, sentence: Sentence, token: Token) -> bool:
        """Whether a sentence that opens with last year goes on with last year's amount."""
        amount = next((x for x in sentence.tokens if x.kind == t.AMOUNT), None)
        if amount is None or "，" in sentence.text[token.end : amount.start].lstrip("，"):
            return False
        change = self._named_change(sentence.text[token.end : amount.start])
        return change is not None and agrees(amount, change.last)

    def _speaks_of_this_year(self, text: str, token: Token) -> bool:
        """Whether a sentence that opens with a year speaks of the unit's own budget."""
        after = squeezed(text[token.end : token.end + 60])
        return any(len(phrase) > 1 and phrase in after for phrase, _ in self._phrases)

    def _as_of(self, sentence: Sentence, number: int, verdict: Verdict, before: str) -> None:
        token = sentence.tokens[number]
        words = self.known.words
        if "截至" not in before and "截止" not in before:
            verdict.exempt.add(number)
            return
        year, rest = divmod(int(token.value), 10000)
        last = self.known.year - 1
        quote = excerpt(sentence.text, token.start, token.end)
        if self.section in words.as_of_sections and words.as_of:
            month, day = (int(x) for x in words.as_of.split("-"))
            if (year, rest) != (last, month * 100 + day):
                message = f"资产数据的时点写的是{token.text}，应为{last}年{month}月{day}日"
                self._wrong(verdict, number, v.DATING, quote, message)
                return
        elif year not in (last, self.known.year):
            message = f"时点写的是{token.text}，本工作簿的年度是{self.known.year}年"
            self._wrong(verdict, number, v.DATING, quote, message)
            return
        verdict.verified.add(number)

    def _reasoned(self, sentence: Sentence, span: tuple[int, int], verdict: Verdict) -> None:
        """A reason that ends in the other direction than the change it explains."""
        change = self._change()
        if change is None or change.now == change.last:
            return
        match = _ENDING.search(sentence.text, *span)
        if match and (match[1] in _MORE) != (change.now > change.last):
            right = "增加" if change.now > change.last else "减少"
            message = f"“{change.what}”是{right}，所写的原因却说明{match[1]}，请核对是否为上年的文字"
            verdict.wrong(-1, Contradiction(v.REASON, self.section, excerpt(sentence.text, *match.span()), message))

    def _unit_named(self, sentence: Sentence, verdict: Verdict) -> None:
        """Another unit's name where the sentence names whose budget it is."""
        if not self.known.own_names or not self._phrases:
            return
        for token in sentence.tokens:
            if token.kind not in (t.YEAR, t.DATE) or token.start > 4:
                continue
            after = squeezed(sentence.text[token.end :]).lstrip("，,度 ")
            longest = max((n for n in self.known.own_names if after.startswith(n)), key=len, default="")
            if longest or after.startswith(_SELF):
                return
            near = next((n for n in self.known.own_names if _nearly_same(after[: len(n)], n)), "")
            if near:
                message = f"单位名称写的是“{after[: len(near)]}”，疑为“{near}”"
                quote = excerpt(sentence.text, token.start, token.end + len(near))
                verdict.wrong(-1, Contradiction(v.UNIT, self.section, quote, message))
                return
            name = self._organisation(after)
            if name:
                message = f"写的是“{name}”，本工作簿的单位是“{self.known.context['name']}”，请核对是否为其他单位的文字"
                quote = excerpt(sentence.text, token.start, token.end + len(name))
                verdict.wrong(-1, Contradiction(v.UNIT, self.section, quote, message))
            return

    def _organisation(self, text: str) -> str:
        """The name of an organisation at the beginning of a text that goes on with one of the section's words."""
        ends = [text.find(phrase) for phrase, _ in self._phrases if phrase and text.find(phrase) > 0]
        ends += [
            text.find(word)
            for word in ("共有", "使用", "占有", "核定", "编报", "纳入", "安排", "财政拨款", "政府采购")
            if text.find(word) > 0
        ]
        if not ends:
            return ""
        name = text[: min(ends)]
        return name if 4 <= len(name) <= 30 and _ORGANISATION.search(name) else ""

    def _names_listed(self, sentence: Sentence, verdict: Verdict) -> None:
        """A bare list of names: as a set the rows that have an amount."""
        for found in _LISTS.finditer(sentence.text):
            start = found.end()
            end = re.compile("[；;。]").search(sentence.text, start)
            stop = end.start() if end else len(sentence.text)
            facts = (t.AMOUNT, t.PERCENT, t.COUNT)
            if any(token.kind in facts and start <= token.start < stop for token in sentence.tokens):
                continue
            scope = next((name for at, name in reversed(self._scopes) if at <= start), "")
            for spec in self.known.names(self.section, scope):
                listing = sentence.text[start:stop]
                closed = not re.search(r"等(?:支出|费用|方面)?$", listing)
                names = [n for n in re.split(r"[、，,]", re.sub(r"等(?:支出|费用|方面)?$", "", listing)) if squeezed(n)]
                right = {squeezed(item.name): item.name for item in self.known.items(spec.items)}
                self._compare_names(names, right, spec.classification, closed, sentence, verdict)

    def _compare_names(
        self,
        names: Sequence[str],
        right: dict[str, str],
        classification: str,
        closed: bool,
        sentence: Sentence,
        verdict: Verdict,
    ) -> None:
        classes = self.known.names_of(classification)
        for name in names:
            if squeezed(name) in right:
                continue
            near: list[str] = []
            if squeezed(name) in classes:
                message = f"列有“{name.strip()}”，表中没有这一科目的金额"
            else:
                near = get_close_matches(squeezed(name), [*right, *classes], 1, 0.6)
                meant = f"，疑为“{right.get(near[0], near[0])}”" if near else ""
                message = f"“{name.strip()}”不是分类中的科目名称{meant}"
            quote = excerpt(sentence.text, *_span(sentence.text, name))
            meant_key = squeezed(right.get(near[0], near[0])) if near else ""
            verdict.wrong(-1, Contradiction(v.NAME, self.section, quote, message, about=meant_key))
        left_out = [shown for key, shown in right.items() if key not in {squeezed(n) for n in names}]
        if closed and left_out and len(names) > 1:
            message = f"没有列出表中有金额的{'、'.join(left_out)}"
            verdict.wrong(
                -1,
                Contradiction(v.NAME, self.section, excerpt(sentence.text, *_span(sentence.text, names[-1])), message),
            )

    # ---------------------------------------------------------------- helpers

    def _nearly(self, sentence: Sentence, number: int, lead: str, verdict: Verdict) -> _Bound | None:
        """For an amount that nothing names: a row whose name is nearly the one written before it."""
        if len(lead) < _LONG_ENOUGH:
            return None
        for rows in self.known.rows(self.section):
            if not rows.classification:
                continue
            named = self.known.amounts_of(rows)
            classes = self.known.names_of(rows.classification, rows.digits)
            if lead in self.known.names_of(rows.classification):
                return None  # a name of the classification, though of another level than the list's
            meant = next(iter(get_close_matches(lead, [*named, *classes], 1, 0.75)), "") or next(
                (n for n in named if SequenceMatcher(None, n, lead[-len(n) - 1 :]).ratio() >= 0.85), ""
            )
            if meant:
                token = sentence.tokens[number]
                message = f"“{lead}”不是分类中的科目名称，疑为“{meant}”"
                quote = excerpt(sentence.text, token.start, token.end)
                found = Contradiction(v.NAME, self.section, quote, message, about=meant)
                verdict.wrong(-1, found)
                amounts = named.get(meant, (Decimal(0),))
                value = next((a for a in amounts if agrees(token, a)), amounts[0])
                return _Bound(None, meant, value, token.value)
        return None

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
        for other in range(number - 1, -1, -1):
            if other not in verdict.exempt:
                return sentence.tokens[other]
        return None

    def _is_filler(self, text: str) -> bool:
        return self._filler.fullmatch(squeezed(text)) is not None

    def _wrong(
        self,
        verdict: Verdict,
        at: int,
        kind: str,
        quote: str,
        message: str,
        left: Decimal | None = None,
        right: Decimal | None = None,
    ) -> None:
        verdict.wrong(at, stated(kind, self.section, quote, message, left, right))


def stated(
    kind: str, section: int, quote: str, message: str, left: Decimal | None = None, right: Decimal | None = None
) -> Contradiction:
    """A contradiction with both sides, where there are two amounts."""
    if left is None or right is None:
        return Contradiction(kind, section, quote, message)
    return Contradiction(kind, section, quote, message, v.figure(left), v.figure(right), v.figure(left - right))


def agrees(token: Token, value: Decimal) -> bool:
    """Whether a stated number is the value: exactly, or rounded half up to 亿元 or to one decimal of %."""
    if token.value == value:
        return True
    if token.kind == t.AMOUNT and value != value.quantize(Decimal("0.01")) and token.places >= 2:
        # The table is in a finer unit than the text: rounded half up to what the text shows.
        step = t.SCALES[token.unit].scaleb(-token.places)
        return (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step == token.value
    if token.kind == t.AMOUNT and token.unit == "亿元":
        step = t.SCALES["亿元"].scaleb(-token.places)
        return (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step == token.value
    if token.kind == t.PERCENT and token.places == 1:
        return value.quantize(Decimal("0.1"), ROUND_HALF_UP) == token.value
    return False


def _nearly_same(written: str, name: str) -> bool:
    """Whether a name is another one with a slip of the pen."""
    if (
        len(name) < _LONG_ENOUGH
        or written == name
        or (written[-1:] in _OFFICES and name[-1:] in _OFFICES and written[-1] != name[-1])
    ):
        return False
    return SequenceMatcher(None, written, name).ratio() >= 0.75


def _span(text: str, name: str) -> tuple[int, int]:
    at = text.find(name)
    return (at, at + len(name)) if at >= 0 else (0, 0)
