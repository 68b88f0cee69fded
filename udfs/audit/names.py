"""Names in a sentence: whose budget it speaks of, and bare lists of names against the rows that have an amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.section_words import SectionWords
from udfs.audit.tokens import Sentence
from udfs.audit.verdicts import Contradiction, Verdict, excerpt
from udfs.base import add, say, squeezed

#: Names shorter than this are too like each other to guess at.
LONG_ENOUGH = 4
_LONGEST = 30
_ORGANISATION = re.compile(
    r"(?:局|委员会|办公室|厅|中心|医院|学院|学校|研究院|研究所|支队|大队|总队|馆|政府|联合会|协会|法院|检察院|公司|分局|管理处|服务处|站|所|院|校|处)"
    r"(?:（本级）|本级|机关)?$"
)
#: Last characters that tell one kind of office from another: another office, not a slip.
_OFFICES = "局委厅办院校会站所处队馆心"
#: What a name is written in: no figures and no marks between sentences.
_NAME = re.compile(r"[\u4e00-\u9fff（）()·]+")
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
_LISTS = re.compile(r"(?:主要包括|主要用于|用于|包括|主要有|主要为|分别为|分别是)[：:]?")


_CALLS_ITSELF = re.compile(r"我(局|委|厅|院|校|馆|站|中心|办)(?![员会长理公事法学])|本(局|厅|院|校|中心)(?!长|对)")
_SCHOOLS = re.compile("大学|学院|中学|小学|幼儿园")


def unit_named(words: SectionWords, sentence: Sentence, verdict: Verdict) -> None:
    """Another unit's name where the sentence names whose budget it is, or another kind of office (我校, 我局)."""
    if not words.known.own_names:
        return
    for match in _CALLS_ITSELF.finditer(sentence.text):
        office = match[1] or match[2]
        fits = any(office in name[-6:] or (office == "校" and _SCHOOLS.search(name)) for name in words.known.own_names)
        if not fits:
            name = words.known.context["name"]
            message = say("写的是“{written}”，本工作簿的单位是“{name}”", "self", written=match[0], name=name)
            quote = excerpt(sentence.text, *match.span())
            verdict.wrong(-1, Contradiction(v.UNIT, words.section, quote, message))
            return
    if not words.phrases and words.section not in words.known.words.own_sections:
        return
    if _before_the_year(words, sentence, verdict):
        return
    for token in sentence.tokens:
        if token.kind not in (t.YEAR, t.DATE) or token.start > 4:
            continue
        after = squeezed(sentence.text[token.end :]).lstrip("，,度 ")
        longest = max((n for n in words.known.own_names if after.startswith(n)), key=len, default="")
        if longest or after.startswith(_SELF):
            return
        near = next((n for n in words.known.own_names if _nearly_same(after[: len(n)], n)), "")
        if near:
            message = say("单位名称写的是“{written}”，疑为“{near}”", "misspelt", written=after[: len(near)], near=near)
            quote = excerpt(sentence.text, token.start, token.end + len(near))
            verdict.wrong(-1, Contradiction(v.UNIT, words.section, quote, message))
            return
        name = _organisation(words, after)
        if name:
            message = say(
                "写的是“{name}”，本工作簿的单位是“{own}”，请核对是否为其他单位的文字",
                "other",
                name=name,
                own=words.known.context["name"],
            )
            quote = excerpt(sentence.text, token.start, token.end + len(name))
            verdict.wrong(-1, Contradiction(v.UNIT, words.section, quote, message))
        return


#: 某市商务局部门2024年预算: the unit, and whose budget it is.
_OWN_TAIL = re.compile("(?:部门|单位|系统|本级|机关)$")
_SOURCES = ("根据", "按照", "依据", "按", "经", "由", "为", "以", "对", "在")


def _before_the_year(words: SectionWords, sentence: Sentence, verdict: Verdict) -> bool:
    """Another unit's name before the year: 某市财政局2024年支出预算…."""
    first = next((x for x in sentence.tokens), None)
    if first is None or first.kind != t.YEAR:
        return False
    name = squeezed(sentence.text[: first.start])
    if _OWN_TAIL.sub("", name) in words.known.own_names:
        return False
    after = squeezed(sentence.text[first.end :]).lstrip("度，")
    speaks = any(phrase and after.startswith(phrase) for phrase, _ in words.phrases)
    near = next(
        (
            one
            for one in words.known.own_names
            if _nearly_same(name, one) and not one.endswith(name) and not name.endswith(one)
        ),
        "",
    )
    if near:
        message = say("单位名称写的是“{written}”，疑为“{near}”", "misspelt", written=name, near=near)
        verdict.wrong(-1, Contradiction(v.UNIT, words.section, excerpt(sentence.text, 0, first.end), message))
        return True
    own = any(name in one or one in name for one in words.known.own_names) or name.endswith(_SELF)
    whole = _NAME.fullmatch(name) and LONG_ENOUGH < len(name) <= _LONGEST and _ORGANISATION.search(name)
    if not speaks or own or not whole or name.startswith(_SOURCES):
        return False
    message = say(
        "写的是“{name}”，本工作簿的单位是“{own}”，请核对是否为其他单位的文字",
        "other",
        name=name,
        own=words.known.context["name"],
    )
    verdict.wrong(-1, Contradiction(v.UNIT, words.section, excerpt(sentence.text, 0, first.end), message))
    return True


def _organisation(words: SectionWords, text: str) -> str:
    """The name of an organisation at the beginning of a text that goes on with one of the section's words."""
    written = _NAME.match(text)
    text = written[0] if written else ""
    if any(text.startswith(phrase) for phrase, _ in words.phrases if phrase):
        # What follows the year is the figure itself, whoever is named later in the sentence.
        return ""
    ends = [text.find(phrase) for phrase, _ in words.phrases if phrase and text.find(phrase) > 0]
    ends += [
        text.find(word)
        for word in ("共有", "使用", "占有", "核定", "编报", "纳入", "安排", "财政拨款", "政府采购")
        if text.find(word) > 0
    ]
    if not ends:
        return ""
    name = text[: min(ends)]
    return name if 4 <= len(name) <= 30 and _ORGANISATION.search(name) else ""


def names_listed(words: SectionWords, sentence: Sentence, verdict: Verdict, scopes: Sequence[tuple[int, str]]) -> None:
    """A bare list of names: as a set the rows that have an amount."""
    for found in _LISTS.finditer(sentence.text):
        start = found.end()
        end = re.compile("[；;。]").search(sentence.text, start)
        stop = end.start() if end else len(sentence.text)
        facts = (t.AMOUNT, t.PERCENT, t.COUNT)
        if any(token.kind in facts and start <= token.start < stop for token in sentence.tokens):
            continue
        scope = next((name for at, name in reversed(scopes) if at <= start), "")
        for spec in words.known.names(words.section, scope):
            listing = sentence.text[start:stop]
            closed = not re.search(r"等(?:支出|费用|方面)?$", listing)
            names = [n for n in re.split(r"[、，,]", re.sub(r"等(?:支出|费用|方面)?$", "", listing)) if squeezed(n)]
            items = words.known.listed(spec.items)
            if items is None:
                continue
            right = {squeezed(item.name): item.name for item in items}
            _compare_names(words, names, right, spec.classification, closed, sentence, verdict)


def _compare_names(
    words: SectionWords,
    names: Sequence[str],
    right: dict[str, str],
    classification: str,
    closed: bool,
    sentence: Sentence,
    verdict: Verdict,
) -> None:
    classes = words.known.names_of(classification)
    for name in names:
        if squeezed(name) in right:
            continue
        near: list[str] = []
        if squeezed(name) in classes:
            message = say("列有“{name}”，表中没有这一科目的金额", "without_amount", name=name.strip())
        else:
            near = get_close_matches(squeezed(name), [*right, *classes], 1, 0.6)
            meant = add("，疑为“{name}”", name=right.get(near[0], near[0])) if near else ""
            message = say("“{name}”不是分类中的科目名称{meant}", "unlisted", name=name.strip(), meant=meant)
        quote = excerpt(sentence.text, *_span(sentence.text, name))
        meant_key = squeezed(right.get(near[0], near[0])) if near else ""
        verdict.wrong(-1, Contradiction(v.NAME, words.section, quote, message, about=meant_key))
    left_out = [shown for key, shown in right.items() if key not in {squeezed(n) for n in names}]
    if closed and left_out and len(names) > 1:
        message = say("没有列出表中有金额的{names}", "left_out", names="、".join(left_out))
        verdict.wrong(
            -1,
            Contradiction(v.NAME, words.section, excerpt(sentence.text, *_span(sentence.text, names[-1])), message),
        )


def _nearly_same(written: str, name: str) -> bool:
    """Whether a name is another one with a slip of the pen."""
    if (
        min(len(name), len(written)) < LONG_ENOUGH
        or written == name
        or (written[-1:] in _OFFICES and name[-1:] in _OFFICES and written[-1] != name[-1])
    ):
        return False
    return SequenceMatcher(None, written, name).ratio() >= 0.75


def _span(text: str, name: str) -> tuple[int, int]:
    at = text.find(name)
    return (at, at + len(name)) if at >= 0 else (0, 0)
