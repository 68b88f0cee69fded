"""What needs no guessing in a sentence: the words by which the edition and the classification name a number.

Counts, amounts that have a name only where they stand (金额 after 特定目标类项目), subjects with their levels or codes;
and beside numbers the sentence's years, its unit, its bare lists of names, what it denies, whether it says 持平. Every
other number is judged by its paragraph (`udfs.audit.candidates`).
"""

from __future__ import annotations

import re
from decimal import Decimal

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.facts import plain
from udfs.audit.figures import Known, inside
from udfs.audit.names import names_listed, unit_named
from udfs.audit.section_words import SectionWords
from udfs.audit.tokens import Sentence, Token, reasons_of
from udfs.audit.verdicts import Contradiction, Verdict, excerpt
from udfs.audit.years import dated, dated_reason
from udfs.base import add, say, squeezed
from workbook_templates.reading import Figure

_LEAD_BREAKS = "，。；：、,;:\n"
_DENIAL = re.compile(r"(?:没有|未|无|不涉及)(?:安排|编列|设置|列支|编报|发生)?")
_CLOSED = re.compile(r"(?:财政拨款)?(?:预算|支出|收入|资金)?(?:[，。；]|$)")
_NOT_MEANT = re.compile(r"(?:未|没有|不|非|是否|除)[^，。；]{0,6}$")
_POINTS = re.compile(r"[了约]?\d[\d.]*个百分点")
#: 降幅与收入相同: two rates are alike, not two years; 与公用经费口径一致: what is counted, not how much.
_OF_A_RATE = re.compile("[幅率比]度?[^，。；]{0,2}[与和同]|(?:口径|标准|范围|要求|规定|政策|内容|名称)[^，。；]{0,2}$")
_LAST_YEAR = re.compile("上年|去年|上一年")
#: 检察（款）：2018年预算支出合计….
_OPENED = re.compile(
    r"(?P<subject>[^，。；：:\n]+[（(][类款项][）)])\s*[：:]\s*(?:\d{4}\s*年度?)?\s*"
    r"(?:本年|财政拨款|一般公共预算|预算|支出|合计|总计|安排|共|为)*\s*$"
)


class Reader:
    """Reads the sentences of one section in order; the scope that a figure opens carries over."""

    def __init__(self, known: Known, section: int) -> None:
        self.known = known
        self.section = section
        self.words = SectionWords(known, section)
        self.scope = ""
        self._scopes: list[tuple[int, str]] = []  #: within the sentence: from where each scope holds

    def read(self, sentence: Sentence) -> Verdict:
        """What the words of one sentence say, held against the workbook."""
        verdict = Verdict()
        self._scopes = [(0, self.scope)]
        reasons = reasons_of(sentence.text)
        for number, token in enumerate(sentence.tokens):
            if token.kind == t.AMOUNT and t.is_threshold(sentence.text, token):
                verdict.exempt.add(number)
            elif any(start <= token.start < end for start, end in reasons):
                verdict.reasons.add(number)
                if token.kind in (t.DIRECTION, t.YEAR, t.DATE):
                    verdict.exempt.add(number)
                    dated_reason(self.words, sentence, number, verdict)
                elif token.kind == t.AMOUNT and self.known.explains(abs(token.value)):
                    verdict.verified.add(number)
            elif token.kind in (t.YEAR, t.DATE):
                dated(self.words, sentence, number, verdict)
            elif token.kind == t.DIRECTION:
                self._turned(sentence, number, verdict)
            elif token.kind in (t.AMOUNT, t.COUNT):
                self._named(sentence, number, verdict)
        self._denied(sentence, verdict)
        unit_named(self.words, sentence, verdict)
        names_listed(self.words, sentence, verdict, self._scopes)
        return verdict

    # ---------------------------------------------------------------- numbers

    def _named(self, sentence: Sentence, number: int, verdict: Verdict) -> None:
        """A subject with its levels, or a figure of the edition whose words name it in this place alone."""
        token = sentence.tokens[number]
        lead = self._lead(sentence, number, verdict)
        if token.kind == t.AMOUNT and self._is_subject(lead, token, sentence, number, verdict):
            return
        found = self._figure(lead, token)
        if found is None:
            self.scope = "" if token.kind == t.COUNT else self.scope
            return
        phrase, figure = found
        if figure.opens:
            self.scope = figure.opens
            self._scopes.append((token.start, self.scope))
        value = self.known.value(figure.value)
        bare = token.kind == t.COUNT or bool(figure.within)
        if value is not None and (agrees(token, value) or (bare and not self._is_part_of_a_name(lead, phrase))):
            self._compare(sentence, number, phrase, value, verdict)

    def _is_part_of_a_name(self, lead: str, phrase: str) -> bool:
        """Whether words end with a longer name than a phrase: 国有资本经营预算支出 is not 国有资本经营预算."""
        found = self.known.facts.mentions(lead)[-1:]
        return any(len(m.name) > len(phrase) and phrase in m.name and self.words.ends_with(lead, m.end) for m in found)

    def _figure(self, lead: str, token: Token) -> tuple[str, Figure] | None:
        """The figure of the edition that the words right before a number name, with the longest phrase."""
        unit = "万元" if token.kind == t.AMOUNT else token.unit
        found: list[tuple[int, int, str, Figure]] = []
        for phrase, figure in self.words.phrases:
            at = lead.rfind(phrase)
            if figure.unit != unit or at < 0 or (lead and not phrase) or not inside(self.scope, figure.within):
                continue
            if self.words.ends_with(lead, at + len(phrase)) and not _is_aside(lead[:at]):
                found.append((len(phrase), len(figure.within), phrase, figure))
        return max(found, key=lambda one: one[:2])[2:] if found else None

    def _is_subject(self, lead: str, token: Token, sentence: Sentence, number: int, verdict: Verdict) -> bool:
        """Whether words are a subject with its levels or codes; its amount is then held against the tables."""
        if _LAST_YEAR.search(lead) or any(
            x.text in lead and x.value != self.known.year for x in _years(sentence, token)
        ):
            return False
        if opened := _OPENED.search(sentence.text[: token.start]):
            lead = squeezed(opened["subject"])
        for rows in self.known.rows(self.section):
            if rows.classification not in ("", "functional") or rows.digits or not inside(self.scope, rows.within):
                continue
            words = re.sub(r"(?:科目|预算数?|支出预算|经费)?(?:为|是|安排|共)*$", "", lead.rstrip("”"))
            subjects = self.known.subjects(rows)
            found = subjects.find(re.sub(r"^(?:\d+[.．、]|其中)+", "", words).strip("“”"))
            if found is None:
                continue
            quote = excerpt(sentence.text, token.start, token.end)
            if found.meant:
                message = say(
                    "“{lead}”不是现行分类中的科目名称，应为“{meant}”", "former", lead=words[-60:], meant=found.meant
                )
                verdict.wrong(-1, Contradiction(v.NAME, self.section, quote, message, about=squeezed(found.meant)))
            amount = subjects.amounts.get(found.code)
            if amount is None and token.value and subjects.amounts:
                message = say("表中没有“{lead}”这一科目的金额", "no_row", lead=words[-60:])
                verdict.wrong(number, Contradiction(v.NAME, self.section, quote, message))
            if amount is not None:
                # A table of other money may be meant: the name has its amount there.
                others = self.known.facts.amounts.get(plain(found.name), ())
                meant = next((x for x in others if agrees(token, x)), amount)
                self._compare(sentence, number, found.name, meant, verdict)
            return True
        return False

    def _compare(self, sentence: Sentence, number: int, name: str, value: Decimal, verdict: Verdict) -> None:
        token = sentence.tokens[number]
        if agrees(token, value):
            verdict.verified.add(number)
            verdict.sources[number] = name
            return
        quote = excerpt(sentence.text, token.start, token.end)
        if token.kind == t.COUNT:
            right = f"{value.normalize():f}"
            message = say(
                "“{name}”写的是{written}，按各表和基础信息应为{right}{unit}",
                "count",
                name=name,
                written=token.text,
                right=right,
                unit=token.unit,
            )
            self.words.wrong(verdict, number, v.COUNT, quote, message)
            return
        empty = add("，表中没有这一项金额") if not value else ""
        message = say(
            "“{name}”写的是{written}，表中为{right}{empty}",
            "amount",
            name=name,
            written=token.text,
            right=v.money(value),
            empty=empty,
        )
        self.words.wrong(verdict, number, v.AMOUNT, quote, message, token.value, value)

    # ---------------------------------------------------------------- directions and denials

    def _turned(self, sentence: Sentence, number: int, verdict: Verdict) -> None:
        """A direction word on its own: 持平, or 增加 without a number."""
        token = sentence.tokens[number]
        following = sentence.tokens[number + 1] if number + 1 < len(sentence.tokens) else None
        if following is not None and following.kind in (t.AMOUNT, t.PERCENT):
            between = sentence.text[token.end : following.start]
            if self.words.is_filler(between):
                return
        lead = sentence.text[max(0, token.start - 12) : token.start]
        change = self.words.named_change(sentence.text[: token.start])
        if change is None or not re.search("[与比较同]|相比", lead) or (not token.value and _OF_A_RATE.search(lead)):
            verdict.exempt.add(number)
            return
        if _POINTS.match(sentence.text, token.end):
            verdict.exempt.add(number)
            return  # 占89.68%，较上年提高7.91个百分点: the share has risen
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


def _is_aside(words: str) -> bool:
    """Whether words say that what follows them is last year's, or is not meant."""
    return _LAST_YEAR.search(words) is not None or _NOT_MEANT.search(words) is not None


def _years(sentence: Sentence, token: Token) -> list[Token]:
    return [x for x in sentence.tokens if x.kind == t.YEAR and x.start < token.start]
