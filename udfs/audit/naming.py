"""What the words before a number name: a figure of the edition, a row of its lists, a subject of the classification."""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import SequenceMatcher, get_close_matches

from msgspec import Struct

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.figures import Known, inside
from udfs.audit.names import LONG_ENOUGH
from udfs.audit.section_words import SectionWords
from udfs.audit.tokens import Sentence, Token
from udfs.audit.verdicts import Contradiction, Verdict, excerpt
from udfs.base import say, squeezed
from workbook_templates.reading import Figure, Rows

LAST_YEAR = ("上年", "去年", "上一年")
_DENIED = re.compile(r"(?:未|没有|不|非|是否|除)[^，。；]{0,6}$")
_OF_THE_YEAR = re.compile("年度?|本年度?|今年|当年|预算安排")
_SUMS_UP = re.compile("合计|共计|总计|小计|共|其中")


class Bound(Struct, frozen=True):
    """A figure as named last: its entry, its value in the workbook, and the amount that the text gives it."""

    figure: Figure | None
    name: str
    value: Decimal | None
    stated: Decimal


class Naming:
    """Names the numbers of one section; scope and topic carry over within it."""

    def __init__(self, known: Known, section: int) -> None:
        self.known = known
        self.section = section
        self.scope = ""
        self.topic: Bound | None = None  #: what the paragraph's amounts without a name speak of
        self.words = SectionWords(known, section)

    def again(self, lead: str, token: Token) -> Bound | None:
        """An amount without a name, of the year: what the paragraph named last, once more (2023年预算安排…)."""
        words = _OF_THE_YEAR.sub("", lead.replace(str(self.known.year), ""))
        anew = self.topic is not None and words != lead and self.words.is_filler(words)
        if not anew or self.topic is None or _SUMS_UP.search(lead):
            return None
        return Bound(self.topic.figure, self.topic.name, self.topic.value, token.value)

    def named(self, lead: str, token: Token, sentence: Sentence, number: int, verdict: Verdict) -> Bound | None:
        """What the words before a number name: a figure of the edition, or a row of one of its lists."""
        lead = self._whole_name(lead)
        if token.kind == t.AMOUNT and (subject := self._subject(lead, token, sentence, number, verdict)) is not None:
            return subject
        unit = "万元" if token.kind == t.AMOUNT else token.unit
        found: list[tuple[int, int, str, Figure]] = []
        for phrase, figure in self.words.phrases:
            if figure.unit != unit or not inside(self.scope, figure.within):
                continue
            at = lead.rfind(phrase)
            if at < 0 or not self.words.ends_with(lead, at + len(phrase)):
                continue
            if not phrase and lead:
                continue
            if any(word in lead[:at] for word in LAST_YEAR) or _DENIED.search(lead[:at]):
                continue
            found.append((len(phrase), len(figure.within), phrase, figure))
        row = self._row(lead, token, found[0][0] if found else 0, verdict) if token.kind == t.AMOUNT else None
        if row is not None:
            return Bound(None, row[0], row[1], token.value)
        if found:
            longest = max(found, key=lambda f: (f[0], f[1]))
            figure = longest[3]
            return Bound(figure, longest[2], self.known.value(figure.value), token.value)
        return None

    def _whole_name(self, lead: str) -> str:
        """Words in which a class is called 卫生健康类 or 卫生健康 with its whole name, 卫生健康支出."""
        whole = f"{lead.removesuffix('类')}支出"
        short = any(whole.endswith(name) for name in self.known.names_of("functional", 3) if len(name) > LONG_ENOUGH)
        own = any(phrase and lead.endswith(phrase) for phrase, _ in self.words.phrases)
        return whole if short and not own else lead

    def _subject(self, lead: str, token: Token, sentence: Sentence, number: int, verdict: Verdict) -> Bound | None:
        """A subject of the classification, written with its levels or codes."""
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
            return Bound(None, found.name, amount, token.value)
        return None

    def figure(self, words: str, token: Token) -> Bound | None:
        """The figure of the edition that a name is, whatever stands behind it."""
        for phrase, figure in self.words.phrases:
            if figure.unit == "万元" and phrase and words.endswith(phrase) and inside(self.scope, figure.within):
                return Bound(figure, phrase, self.known.value(figure.value), token.value)
        return None

    def _row(self, lead: str, token: Token, longer_than: int, verdict: Verdict) -> tuple[str, Decimal] | None:
        """A row of a table by the name at the end of the words; zero where only the classification knows it."""
        for rows in self.known.rows(self.section):
            if not inside(self.scope, rows.within):
                continue
            named = self.known.amounts_of(rows)
            classes = self.known.names_of(rows.classification, rows.digits) if rows.digits else frozenset[str]()
            fitting = [
                name
                for name in (*named, *classes)
                if len(name) > longer_than and name in lead and self.words.ends_with(lead, lead.rfind(name) + len(name))
            ]
            old = self._former(rows, lead, verdict) if not fitting else None
            if old is not None:
                return old
            if fitting:
                name = max(fitting, key=len)
                amounts = named.get(name, (Decimal(0),))
                return name, next((a for a in amounts if agrees(token, a)), amounts[0])
        return None

    def _former(self, rows: Rows, lead: str, verdict: Verdict) -> tuple[str, Decimal] | None:
        """A row by the name that its subject had in earlier years."""
        if not rows.classification and not rows.items:
            return None
        subjects = self.known.subjects(rows)
        for name, code in subjects.former.items():
            if code in subjects.amounts and name in lead and self.words.ends_with(lead, lead.rfind(name) + len(name)):
                now = subjects.names[code]
                message = say("“{name}”是旧名称，现为“{now}”", "former_name", name=name, now=now)
                verdict.wrong(-1, Contradiction(v.NAME, self.section, lead, message, about=squeezed(now)))
                return now, subjects.amounts[code]
        return None

    def nearly(self, sentence: Sentence, number: int, lead: str, verdict: Verdict) -> Bound | None:
        """For an amount that nothing names: a row whose name is nearly the one written before it."""
        lead = self._whole_name(lead)
        if len(lead) < LONG_ENOUGH:
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
                message = say("“{lead}”不是分类中的科目名称，疑为“{meant}”", "unknown", lead=lead, meant=meant)
                quote = excerpt(sentence.text, token.start, token.end)
                found = Contradiction(v.NAME, self.section, quote, message, about=meant)
                verdict.wrong(-1, found)
                amounts = named.get(meant, (Decimal(0),))
                value = next((a for a in amounts if agrees(token, a)), amounts[0])
                return Bound(None, meant, value, token.value)
        return None
