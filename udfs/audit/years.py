"""The years and dates of a sentence: this year's, last year's as a base, the end of last year for assets."""

from __future__ import annotations

import re

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.section_words import SectionWords
from udfs.audit.tokens import Sentence, Token, reasons_of
from udfs.audit.verdicts import Verdict, excerpt
from udfs.base import say, squeezed

#: What a year's budget came to, or was planned to be.
_TOLD = re.compile(
    r"\s*(?:当年|本级|部门|单位|财政拨款|年初)*(?:(?P<done>(?:预算)?执行数|决算数?)|预算安排|年初预算|预算数)"
)
_AHEAD = re.compile("(?:度)?(?:项目|部门|单位)?预算")
#: What is set for the budget year alone.
_TARGETS = re.compile("(?:度)?(?:(?:项目|部门|单位|整体支出|财政支出)?(?:预算)?)绩效(?:目标|管理)")
_SPEAKS = re.compile("预算|安排|编报|编列|采购|机关运行经费|绩效目标")
#: What is done with a year that is over.
_DONE = re.compile("自评|评价|执行|决算|完成|实际|接待|开展|实施|收回|发放|出租")
#: 与之相比2024年下降…: what the year is held against stands before.
_AGAINST_IT = re.compile("之相?比，?$")
_COMPARES = re.compile(r"(?:与|和|同|比|较|相比|不及|不到|低于|高于|超过)[^，。；]{0,6}$")


def dated(words: SectionWords, sentence: Sentence, number: int, verdict: Verdict) -> None:
    """A year: the base of a comparison is last year, the subject's year this one, 截至 the end of last year."""
    token = sentence.tokens[number]
    year, last = words.known.year, words.known.year - 1
    quote = excerpt(sentence.text, token.start, token.end)
    before = sentence.text[max(0, token.start - 8) : token.start]
    if token.kind == t.DATE:
        _as_of(words, sentence, number, verdict, before)
        return
    own = words.section in words.known.words.own_sections
    opens = _opens(words, sentence.text[: token.start])
    if not words.phrases and not own and not (opens and squeezed(sentence.text[: token.start])):
        # Duties, terms, descriptions of projects: other years stand rightly in them.
        verdict.exempt.add(number)
        return
    shown = int(token.value)
    tail = sentence.text[token.end : token.end + 26].split("。")[0]
    if any(p.name in sentence.text and token.text in p.name for p in words.known.context.get("projects", ())):
        verdict.exempt.add(number)  # the year is part of a project's name
        return
    if (_COMPARES.search(before) and not _AGAINST_IT.search(before)) or re.match(
        r"(?:(?!\d{4}年)[^，。；]){0,18}(?:相比|持平)", tail
    ):
        if shown == last:
            verdict.verified.add(number)
        else:
            message = say(
                "与上年比较的年份写的是{written}，{year}年度的上年是{last}年",
                "compared",
                written=token.text,
                year=year,
                last=last,
            )
            words.wrong(verdict, number, v.DATING, quote, message)
        return
    told = _TOLD.match(sentence.text, token.end)
    plain = [x for x in sentence.tokens if x.kind == t.YEAR and not _COMPARES.search(sentence.text[: x.start])]
    if told and shown < last and any(x.value == last for x in plain):
        verdict.exempt.add(number)  # a row of years
        return
    if told and (shown not in (year, last) or (told["done"] and shown != last)):
        message = say(
            "写的是{written}，{year}年度的上年是{last}年", "executed", written=token.text, year=year, last=last
        )
        words.wrong(verdict, number, v.DATING, quote, message)
        return
    if opens and _speaks_of_this_year(words, sentence.text, token):
        over = shown == last and _DONE.search(tail.split("，")[0]) is not None
        if over or shown == year or (shown == last and _tells_last_year(words, sentence, token)):
            verdict.verified.add(number)
        else:
            message = say("写的是{written}，本工作簿的年度是{year}年", "year", written=token.text, year=year)
            words.wrong(verdict, number, v.DATING, quote, message)
        return
    ahead = shown == year + 1 and _AHEAD.match(sentence.text, token.end)
    if ahead or (shown not in (year, last) and _TARGETS.match(sentence.text, token.end)):
        message = say("写的是{written}，本工作簿的年度是{year}年", "year", written=token.text, year=year)
        words.wrong(verdict, number, v.DATING, quote, message)
    elif shown in (year, last):
        verdict.verified.add(number)
    else:
        verdict.exempt.add(number)


_MOVES = re.compile(r"度?(?:预算)?(?:新增|增加|减少|压减|调整|取消|增列|核减|核增)")


def dated_reason(words: SectionWords, sentence: Sentence, number: int, verdict: Verdict) -> None:
    """A reason that opens with what a year brought: this year or the last (主要原因是：2023年新增…)."""
    token = sentence.tokens[number]
    opens = any(not sentence.text[start : token.start].strip("：: ") for start, _ in reasons_of(sentence.text))
    years = (words.known.year, words.known.year - 1)
    if opens and token.kind == t.YEAR and int(token.value) not in years and _MOVES.match(sentence.text, token.end):
        message = say(
            "原因写的是{written}，本工作簿的年度是{year}年，请核对",
            "dated_reason",
            written=token.text,
            year=words.known.year,
        )
        words.wrong(verdict, number, v.WORDING, excerpt(sentence.text, token.start, token.end), message)


_SELF = r"(?:[（(]?[一二三四五六七八九十\d]+[)）、.．]\s*|[我本](?:单位|部门|局|委|院|校|厅|办|中心|馆|站|所))+"


def _opens(words: SectionWords, before: str) -> bool:
    """Whether nothing but the unit itself stands before a year."""
    plain = before.strip(" 　“")
    return not plain or re.fullmatch(_SELF, plain) is not None or squeezed(plain) in words.known.own_names


def _tells_last_year(words: SectionWords, sentence: Sentence, token: Token) -> bool:
    """Whether a sentence that opens with last year goes on with last year's amount."""
    amount = next((x for x in sentence.tokens if x.kind == t.AMOUNT), None)
    if amount is None or "，" in sentence.text[token.end : amount.start].lstrip("，"):
        return False
    change = words.named_change(sentence.text[token.end : amount.start])
    return change is not None and agrees(amount, change.last)


def _speaks_of_this_year(words: SectionWords, text: str, token: Token) -> bool:
    """Whether a sentence that opens with a year speaks of the unit's own budget."""
    after = squeezed(text[token.end : token.end + 60])
    named = bool(squeezed(text[: token.start]))
    if (named or words.section in words.known.words.own_sections) and _SPEAKS.search(after[:30]):
        return True
    return any(len(phrase) > 1 and phrase in after for phrase, _ in words.phrases)


def _as_of(words: SectionWords, sentence: Sentence, number: int, verdict: Verdict, before: str) -> None:
    token = sentence.tokens[number]
    edition = words.known.words
    if not re.search("截[至止]|年末|年底|至$", before):
        verdict.exempt.add(number)
        return
    year, rest = divmod(int(token.value), 10000)
    last = words.known.year - 1
    quote = excerpt(sentence.text, token.start, token.end)
    if words.section in edition.as_of_sections and edition.as_of:
        month, day = (int(x) for x in edition.as_of.split("-"))
        if (year, rest) != (last, month * 100 + day):
            message = say(
                "资产数据的时点写的是{written}，应为{last}年{month}月{day}日",
                "assets",
                written=token.text,
                last=last,
                month=month,
                day=day,
            )
            words.wrong(verdict, number, v.DATING, quote, message)
            return
    elif year not in (last, words.known.year):
        message = say(
            "时点写的是{written}，本工作簿的年度是{year}年", "as_of", written=token.text, year=words.known.year
        )
        words.wrong(verdict, number, v.DATING, quote, message)
        return
    verdict.verified.add(number)
