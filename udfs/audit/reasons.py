"""Reasons: those that tell of another direction than the change, and those that are missing."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from decimal import Decimal

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.figures import Known
from udfs.audit.statements import Paragraph
from udfs.audit.tokens import Sentence, Token
from udfs.audit.verdicts import Contradiction, Ruled, excerpt
from udfs.base import say, squeezed

_MORE = "增加|增长|上升|提高|增多|新增|增列|增编|扩大|上涨|上调|调增|调入|录用"
_LESS = "减少|下降|降低|压减|压缩|缩减|取消|不再|到期|退出|精简|核减|调减|下调|退休|调出|离职|划转"
WAYS = re.compile(f"(?P<more>{_MORE})|(?P<less>{_LESS})")
#: 从会议费预算中调减…用于培训: it comes from elsewhere.
_TAKEN_FROM = re.compile("[从由][^，。；]{1,16}中$")
#: What was so last year explains the other direction: 上年新增车辆购置.
_OF_LAST_YEAR = re.compile("上年|去年|往年|上一年")
#: So many letters without an amount say nothing: 略, 同上年, 本单位无财政拨款收支, 详见附表.
_SAYS_NOTHING = 16


def dismissed(text: str, expected: str, section: int) -> Iterable[Contradiction]:
    """A section put off with a word, where there are amounts to be told."""
    whole = squeezed(text)
    word = whole.strip("。，；：、（）()/\\—-") or whole
    if not whole or len(word) > _SAYS_NOTHING or any(token.kind == t.AMOUNT for token in t.tokens_of(text)):
        return
    if any(token.kind == t.AMOUNT and token.value for token in t.tokens_of(expected)):
        message = say("本节只写了“{word}”，而各表中有这一节要说明的金额", "dismissed", word=word)
        yield Contradiction(v.DENIAL, section, word, message)


#: What tells of a change without a word for reason: its parts, another scope.
_TOLD_IN_PARTS = re.compile("口径|受[^，。；]+影响|不再|退出|到期|所致|带来|构成|其中[^。；]*?[增减]")


def unreasoned(
    sentences: Sequence[Sentence],
    own: Container[int],
    paragraphs: Sequence[Paragraph],
    starts: Sequence[int],
    known: Known,
    section: int,
) -> Iterator[Contradiction]:
    """Large changes without a reason: one that the tables know in its paragraph, any other in the rest of the section.

    `own`: numbers of the sentences that the program itself writes; it has asked for reasons already.
    """
    least = Decimal(known.context.get("threshold") or _LARGE)
    large: dict[int, list[str]] = {}
    for place, paragraph in enumerate(paragraphs):
        for said in (x for run in paragraph.runs for x in run.said if x.role in (s.CHANGE, s.RATE)):
            at = starts[place] + paragraph.origin[said.at][0]
            moved = ((c.what, c.rate if said.role == s.RATE else c.difference) for c in known.facts.large)
            known_as = [what for what, value in moved if value is not None and agrees(said.token, value)]
            if len(known_as) > 1:  # income and spending move alike: those that the sentence names
                named = known.facts.mentions(sentences[at].text)
                meant = {c.what for m in named for c in known.facts.told.get(m.name, ())}
                known_as = [what for what in known_as if what in meant] or known_as
            turned = paragraph.tokens[said.direction].value != 0
            if at not in own and (known_as or (said.role == s.RATE and turned and said.token.value >= least)):
                large.setdefault(at, []).extend(known_as)
    for at, names in large.items():
        until = next((n for n in range(at + 1, len(sentences)) if sentences[n].first or n in large), len(sentences))
        texts = [one.text for one in sentences[at : until if names else None]]
        # That the scope of a figure has changed is a reason as well.
        if any(t.reasons_of(text) or _TOLD_IN_PARTS.search(text) for text in texts):
            continue
        quote = excerpt(texts[0], 0, 0, around=24)
        for what in dict.fromkeys(names):
            message = say("“{what}”比上年变动较大，正文中没有写主要原因", "no_reason", what=what)
            yield Contradiction(v.UNREASONED, section, quote, message)
        if not names:
            message = say(
                "写有百分之{least}以上的增减，正文中没有写主要原因", "no_reason_for", least=f"{least.normalize():f}"
            )
            yield Contradiction(v.UNREASONED, section, quote, message)
            return


def explained_otherwise(text: str, known: Known, section: int) -> Iterator[Contradiction]:
    """Reasons of the inputs that the section takes over and that explain a change in the other direction."""
    for change in known.context.get("c", {}).values():
        if change.contradicts and change.reason and squeezed(change.reason) in squeezed(text):
            right, said = ("增加", "减少") if change.now > change.last else ("减少", "增加")
            message = say(
                "“{what}”是{right}，所写的原因却说明{told}，请核对是否为上年的文字",
                "reason",
                what=change.what,
                right=right,
                told=said,
            )
            yield Contradiction(v.REASON, section, excerpt(change.reason, 0, 0, around=24), message)


#: Per cent from which on a change needs a reason, where the edition does not say.
_LARGE = 10


#: So many characters at the beginning of a name tell what it is of.
_NAMED = 4
_CAUSE = re.compile(
    r"(?P<what>[^，。；：\s]{2,40}?)(?P<turn>增加|增长|上升|减少|下降|降低)(?:较多|较大|幅度较大)?的?(?:主要)?原因"
)


def causes_fit(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[int, Ruled]]:
    """财政拨款收入支出增加的主要原因是…: what is explained has changed in that direction."""
    earlier: list[tuple[str, Token]] = []
    for place, paragraph in enumerate(paragraphs):
        for match in _CAUSE.finditer(paragraph.text):
            what = re.sub(r"\d{4}年度?|本年度?|上年|本(?:单位|部门)|预算", "", squeezed(match["what"])).lstrip("的，")
            told = [x for name, x in earlier if len(what) >= _NAMED and name.startswith(what[:_NAMED])]
            way = 1 if match["turn"] in ("增加", "增长", "上升") else -1
            stated = next((x for x in told if x.value != way), None)
            if stated is None:
                continue
            message = say(
                "前面写“{stated}”，说明原因时写“{turn}”，方向不一致", "cause", stated=stated.text, turn=match["turn"]
            )
            yield place, paragraph.wrong(v.TURN, message, span=match.span("turn"))
        for run in paragraph.runs:
            turns = [x for x in run.said if x.role in (s.CHANGE, s.RATE)]
            earlier += [(run.subject.strip("“”"), paragraph.tokens[x.direction]) for x in turns]


def reasons_fit(paragraph: Paragraph) -> Iterator[Ruled]:
    """A reason that ends in the other direction than the change stated before it."""
    turns = [x for run in paragraph.runs for x in run.said if x.role in (s.CHANGE, s.RATE, s.FLAT)]
    for start, end in paragraph.reasons:
        before = [x for x in turns if x.token.start < start]
        text = paragraph.text[start:end]
        ways = [m for m in WAYS.finditer(text) if not _TAKEN_FROM.search(text, 0, m.start())]
        cause = next((m for m in _CAUSE.finditer(paragraph.text, 0, start) if m.end() <= start < m.end() + 8), None)
        if not ways or not (before or cause) or _OF_LAST_YEAR.search(text):
            continue
        stated = paragraph.tokens[before[-1].direction] if before else None
        if cause is not None:
            stated = next((x for x in paragraph.tokens if x.start == cause.start("turn")), stated)
        if stated is None:
            continue
        # A reason that names movements both ways explains either.
        more = {bool(m["more"]) for m in ways}
        if len(more) == 1 and (stated.value == 0 or more != {stated.value > 0}):
            found = ways[-1]
            message = say(
                "写的是“{stated}”，所写的原因却说明{told}，请核对",
                "reason_turn",
                stated=stated.text,
                told=found[0],
            )
            yield paragraph.wrong(v.REASON, message, span=(start + found.start(), start + found.end()))
