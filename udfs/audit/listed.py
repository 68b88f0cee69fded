"""Lists in a paragraph: numbers and names that belong together in their order, and how many a list says it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.arithmetic import miss
from udfs.audit.facts import Facts, Mention
from udfs.audit.paths import stem
from udfs.audit.statements import Paragraph
from udfs.audit.tokens import Token
from udfs.audit.verdicts import Ruled
from udfs.base import say, squeezed

NUMERALS = {n: i for i, n in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_LIST_GAP = re.compile(r"\s*(?:[）)])?[、，,和及与]+\s*(?:[（(])?")
_NAME_GAP = re.compile(r"\s*(?:[（(][^（()）]*[)）])?”?(?:[、，和及与]|以及)+\s*“?")
_PAIRED = re.compile(r"分别|依次|对应")
_SEVERAL = re.compile(r"(?P<n>[二两三四五六七八九十]|(?<![\d.])\d{1,2})(?:个)?(?:大?类|项(?!目)|部分|款|者|方面)")
_FACTS = (t.AMOUNT, t.PERCENT, t.COUNT)
_BETWEEN = 24  #: so many characters at most stand between two lists that belong together


def paired(text: str, tokens: Sequence[Token], mentions: Sequence[Mention]) -> dict[int, str]:
    """Numbers of a list and the names of the list before or behind it: 甲、乙分别为1万元、2万元."""
    found: dict[int, str] = {}
    for run in listed(text, tokens):
        first, last = tokens[run[0]], tokens[run[-1]]
        before, behind = before_place(text, mentions, first.start), _behind(text, mentions, last.end)
        for names, words in (
            (before, text[before[-1].end : first.start] if before else ""),
            (behind, text[last.end : behind[0].start] if behind else ""),
        ):
            if len(names) == len(run) and _PAIRED.search(words) and len(words) < _BETWEEN and "。" not in words:
                found |= {at: m.name for at, m in zip(run, names, strict=True)}
                break
    return found


def numbered(paragraph: Paragraph, mentions: Sequence[Mention]) -> Iterator[Ruled]:
    """How many there are in words, and the list itself: 甲、乙、丙三项, 四类支出分别为1%、2%、3%、4%."""
    text, tokens = paragraph.text, paragraph.tokens
    runs = list(listed(text, tokens))
    for match in _SEVERAL.finditer(text):
        said = NUMERALS.get(match["n"]) or int(match["n"])
        run = next((r for r in runs if match.end() <= tokens[r[0]].start), None)
        if text[match.start() - 1 : match.start()] == "第":
            continue
        names = before_place(text, mentions, match.start())
        count = 0
        if len(names) > 1 and _touches(text, names, match.start()):
            count = len(names)
        elif (
            run and _PAIRED.search(gap := text[match.end() : tokens[run[0]].start]) and not re.search("[。；\\d]", gap)
        ):
            count = len(run)
        if not count and _SUMMED.match(text, match.end()):
            count = _summed(text, tokens, match.start())
        elif not count and (opens := _OPENS.match(text, match.end())):
            count = _named_amounts(text, tokens, opens.end())
        if count and count != said:
            message = say("写的是{written}，列出的是{count}个", "listed", written=match[0], count=count)
            yield paragraph.wrong(v.COUNT, message, span=match.span())


#: From so many names on a list is one of things that the tables have.
_MANY = 4


def odd_one(paragraph: Paragraph, mentions: Sequence[Mention], facts: Facts) -> Iterator[Ruled]:
    """A list of names that the tables have amounts for, but for one: 办公费、租赁费、差旅费、会议费."""
    start = 0
    while start < len(mentions):
        names = _behind(paragraph.text, mentions[start:], mentions[start].start)
        start += max(len(names), 1)
        empty = [m for m in names if not any(facts.amounts.get(m.name, ()))]
        after = paragraph.text[names[-1].end : names[-1].end + 8] if names else ""
        if len(names) < _MANY or len(empty) != 1 or re.search(r"[零0未无没不]", after):
            continue
        message = say("列有“{name}”，表中没有这一科目的金额", "without_amount", name=empty[0].name)
        if paragraph.tokens:
            yield paragraph.wrong(v.NAME, message, span=(empty[0].start, empty[0].end), name=empty[0].name)


_CLASSES = re.compile("(?<![其余他前后述这上第])(?P<n>[三四五六七八九])大?类(?:支出)?(?=支出|里|中|，)")
_OTHERS = re.compile("(?:其余|其他|剩余|余下)的?(?P<n>[二两三四五六七八九])大?类")


def classes(paragraph: Paragraph, mentions: Sequence[Mention], facts: Facts) -> Iterator[Ruled]:
    """How many classes there are, and how many beside those named: 五类支出中…, 其余三类."""
    text = paragraph.text
    for pattern in (_CLASSES, _OTHERS):
        for match in pattern.finditer(text):
            begins = max(text.rfind("。", 0, text.rfind("。", 0, match.start())), 0)
            named = {stem(m.name) for m in mentions if begins <= m.start}
            before = {stem(m.name) for m in mentions if begins <= m.start < match.start()}
            counts = []
            for group in facts.classes:
                short = set(map(stem, group))
                if short & named:
                    counts.append(len(group) - (len(short & before) if pattern is _OTHERS else 0))
            said = NUMERALS[match["n"]]
            listed = any(m.end == match.start() for m in mentions)  # 甲、乙、丙三类
            if listed or not counts or said in counts or not paragraph.tokens or (pattern is _OTHERS and not before):
                continue
            right = "或".join(str(x) for x in sorted(set(counts)))
            message = say("写的是“{written}”，各表有{right}类", "classes", written=match[0], right=right)
            yield paragraph.wrong(v.COUNT, message, span=match.span())


_SUMMED = re.compile("(?:经费|支出|收入|资金|费用)?(?:合计|共计|总计|之和|相加|加起来|加总)")
TOGETHER = re.compile(r"(?:合计|共计|总计|累计|小计|总额|之和|加总|总共|相加|总数)[为是达：:约]*$")
_OPENS = re.compile("[^，。；：\\d]{0,6}：")


def _summed(text: str, tokens: Sequence[Token], at: int) -> int:
    """How many amounts stand before a sum in its sentence, where they make it; 0 where they do not."""
    begins = max(text.rfind(mark, 0, at) for mark in "。；\n")
    before = [x for x in tokens if begins < x.start < at and x.kind in (*_FACTS, t.DIRECTION)]
    total = next((x for x in tokens if x.start > at), None)
    if total is None or total.kind != t.AMOUNT or any(x.kind != t.AMOUNT for x in before):
        return 0
    return len(before) if abs(sum(x.value for x in before) - total.value) < miss(total, *before) else 0


def _named_amounts(text: str, tokens: Sequence[Token], at: int) -> int:
    """How many amounts are listed behind a colon, to the full stop; 0 where the list is not plain."""
    ends = text.find("。", at)
    inside = [
        x for x in tokens if at <= x.start < (ends if ends >= 0 else len(text)) and x.kind in (*_FACTS, t.DIRECTION)
    ]
    if len(inside) > 1 and TOGETHER.search(text, inside[-2].end, inside[-1].start):
        del inside[-1]  # what they come to
    marked = any(mark in text[at : inside[-1].end] for mark in "（；") if inside else True
    plain = not marked and all(x.kind == t.AMOUNT for x in inside)
    return len(inside) if plain and len(inside) > 1 else 0


def _touches(text: str, names: Sequence[Mention], at: int) -> bool:
    """Whether a list ends right before a place, and no name of it is unknown."""
    ends = re.fullmatch("[“”]?(?:（[^（）]*）)?(?:等|共|这|以上|上述|的)?", text[names[-1].end : at]) is not None
    return ends and text[names[0].start - 1 : names[0].start] not in ("、", "和", "及", "与")


def listed(text: str, tokens: Sequence[Token]) -> Iterator[list[int]]:
    """Numbers of one kind with nothing but marks between them."""
    run: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind not in _FACTS:
            continue
        joined = run and token.kind == tokens[run[-1]].kind
        if joined and _LIST_GAP.fullmatch(text, tokens[run[-1]].end, token.start):
            run.append(at)
            continue
        if len(run) > 1:
            yield run
        run = [at]
    if len(run) > 1:
        yield run


def before_place(text: str, mentions: Sequence[Mention], at: int) -> list[Mention]:
    """The names of the list that ends last before a place."""
    found: list[Mention] = []
    for mention in reversed([m for m in mentions if m.end <= at]):
        if found and not _NAME_GAP.fullmatch(text, mention.end, found[0].start):
            break
        found.insert(0, mention)
    return found


def _behind(text: str, mentions: Sequence[Mention], at: int) -> list[Mention]:
    found: list[Mention] = []
    for mention in (m for m in mentions if m.start >= at):
        if found and not _NAME_GAP.fullmatch(text, found[-1].end, mention.start):
            break
        found.append(mention)
    return found


_LIST_OF = re.compile(r"(?:包括|分别为|分别是|为|即|有)[：:]?(?P<names>[^。；]+)")


def counted(paragraph: Paragraph) -> Iterator[Ruled]:
    """A number of offices and the like, and the list of their names after it."""
    for at, token in enumerate(paragraph.tokens):
        if token.kind != t.COUNT or token.unit not in ("个", "家") or token.value < 2:
            continue
        found = _LIST_OF.match(paragraph.text[token.end :].partition("。")[0].partition("，")[2])
        if found is None or re.search(r"等[^、]{0,6}$|\d", found["names"]):
            continue
        listed = re.sub(r"[（(][^（()）]*[)）]", "", found["names"])
        names = [n for n in re.split("、", listed) if n.strip()]
        if len(names) < 2 or any("，" in n or len(n) > 25 for n in names[:-1]):
            continue
        joined = len(re.findall("和|以?及", names[-1]))  # the last of the names may be two
        if len(names) <= token.value <= len(names) + joined:
            yield Ruled((at,), None, frozenset({at}))
        elif "，" not in listed:
            message = say("写的是{written}，后面列出{count}个", "listed", written=token.text, count=len(names))
            yield paragraph.wrong(v.COUNT, message, at)


_ENTRY = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十]{1,3}[）)、.．]|\d{1,2}\s*[.、．）)])")
_BELOW = re.compile(r"(?:以及|和|及)?下属(?:的)?$")


def bodies(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[int, Ruled]]:
    """How many bodies a department has, and a line for each below: 行政单位1家，事业单位4家，具体包括：…."""
    for place, paragraph in enumerate(paragraphs):
        if not re.search("包括[^。]{0,16}[：:]$", squeezed(paragraph.text)):
            continue
        listed = 0
        for after in paragraphs[place + 1 :]:
            if not _ENTRY.match(after.text):
                break
            listed += 1
        last = max(
            (n for n, (sentence, _) in enumerate(paragraph.origin) if sentence < len(paragraph.sentences) - 1),
            default=-1,
        )
        counts = [
            n for n, x in enumerate(paragraph.tokens) if n > last and x.kind == t.COUNT and x.unit in ("家", "个")
        ]
        if not listed or not counts:
            continue
        total = sum((paragraph.tokens[n].value for n in counts), Decimal(0))
        whole = paragraph.tokens[counts[0]]
        several = len(counts) > 1 and whole.value * 2 == total  # the first is the sum of the others
        if total == listed or (several and whole.value == listed):
            yield place, Ruled((counts[0],), None, frozenset(counts))
        else:
            message = say("单位数合计{total}家，后面列出{listed}家", "bodies", total=total, listed=listed)
            span = (whole.start, paragraph.tokens[counts[-1]].end)
            yield place, paragraph.wrong(v.COUNT, message, *counts, span=span)
        for before in range(max(0, place - 1), place + 1):
            for n, token in enumerate(paragraphs[before].tokens):
                lead = squeezed(paragraphs[before].text[max(0, token.start - 6) : token.start])
                if token.kind != t.COUNT or token.unit not in ("家", "个") or not _BELOW.search(lead):
                    continue
                if token.value in (listed - 1, listed):
                    yield before, Ruled((n,), None, frozenset({n}))
                else:
                    message = say(
                        "写的是下属{written}，后面列出{listed}家（含本部）", "below", written=token.text, listed=listed
                    )
                    yield before, paragraphs[before].wrong(v.COUNT, message, n)


_PRICED = re.compile(r"(?:单价|原值|单位价值)[^，。；]{0,8}?$")


def thresholds_fit(paragraph: Paragraph, thresholds: Sequence[int]) -> Iterator[Ruled]:
    """Equipment is told of from fixed prices on: 单价100万元（含）以上设备."""
    for at, token in enumerate(paragraph.tokens):
        if token.kind != t.AMOUNT or not thresholds or not t.is_threshold(paragraph.text, token):
            continue
        lead, after = paragraph.text[max(0, token.start - 12) : token.start], paragraph.text[token.end : token.end + 16]
        if _PRICED.search(lead) and "设备" in after and token.value not in thresholds:
            known = "或".join(f"{one}万元" for one in thresholds)
            message = say("设备的单价写的是{written}，一般为{known}", "threshold", written=token.text, known=known)
            yield paragraph.wrong(v.WORDING, message, at)
