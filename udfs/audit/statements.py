"""What the numbers of a paragraph state, whatever they speak of: this year's amount, last year's, a change, a share.

A paragraph is read as runs. A run begins with a name and goes on while the numbers have no other name of their own:
“行政运行”10万元。上年执行数为8万元，本年安排10万元，比上年增加25%。
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from functools import cache

from msgspec import Struct, field
from msgspec.structs import replace

from udfs.audit import tokens as t
from udfs.audit.spoken import roughly, spoken
from udfs.audit.tokens import Sentence, Token, reasons_of
from udfs.audit.verdicts import Contradiction, Ruled, excerpt
from udfs.base import Words, squeezed
from workbook_templates.reading import AuditWords

NOW, LAST, CHANGE, RATE, SHARE, FLAT, BARE, COUNT, EACH = (
    "now",
    "last",
    "change",
    "rate",
    "share",
    "flat",
    "bare",
    "count",
    "each",
)

_BREAKS = "，。；：、,;:\n"
_BETWEEN = re.compile(
    r"[了约为：:\s]*|(?:的)?(?:幅度?|比例|比率|率|额度?|金额|数额|数)[约为是达到：:\s]*|幅?(?:达到?|至少|近)\s*"
)
_EARLIER = re.compile(r"上年|去年|上一年|上年度|往年")
#: 由58.90万元提高到: what it was before.
_GOES_TO = re.compile(r"[^，。；]{0,12}(?:到|至|为)\s*\d")
_NOT_EARLIER = re.compile(r"上年(?:财政拨款)?(?:结转|结余|末|底)")
_COMPARES = re.compile(r"(?:相)?比|[较与同和]|由|从")
COMPARISON = re.compile(
    r"(?:与|和|同|比|较|相比|相较于?|对比|同比|环比)*(?:\d{4}年度?|上年度?|去年|上一年度?|上年同期)"
    r"(?:（[^）]*）)?(?:初|末)?(?:的|当年|部门|单位)?(?:预算执行数|执行数|预算安排数|预算安排|年初预算|预算数|决算数|预算|决算|同期|安排)?(?:数)?"
    r"(?:相比较?|比较|对比|相较)?"
)
_VERSUS = re.compile("相比较?|相较|比较|对比")
_REACHED = re.compile(r"(?:增加|增长|提高|上升|减少|下降|降低|压减|压缩|调整|调减|调增)(?:到|至|为)$")
_SHARE = re.compile(r"占|比重|比例|份额")
_PARTS = re.compile(r"其中|包括|分别|由|含|具体|构成|[（(]$")
_BRACKET = re.compile(r"[（(][^（()）]*[)）]")
_ANEW = re.compile(r"20\d\d年|本年|今年|当年|安排|预算")
_LEADS = re.compile("的(?:项目|科目|支出)?(?:主要)?(?:有|是|为|包括)[：:]?(?!因|由于|主要|原因)")
_EACH = re.compile("人均|户均|月均|平均|每[人个月名项户年批]")
_SUMS_UP = re.compile(r"合计|共计|总计|累计|小计|共")


class Said(Struct, frozen=True):
    """A number and what it states. `at`: its token in the paragraph; `direction`: the token of its direction word."""

    at: int
    token: Token
    role: str
    subject: str
    lead: str  #: the words before it, from the last mark on
    direction: int = -1
    base: str = ""  #: what it is compared with: 2024年预算
    part: bool = False  #: it stands after 其中 and the like
    follows: bool = False  #: joined by 、 to what is before


class Run(Struct):
    """What is said of one thing, in order. `part`: it is a part of what is before it; `group`: number of its clause."""

    subject: str
    part: bool
    group: int
    said: list[Said] = field(default_factory=list)

    def of(self, role: str) -> list[Said]:
        """What it says in one role."""
        return [s for s in self.said if s.role == role]


@cache
def _patterns(
    fillers: tuple[str, ...], nouns: tuple[str, ...], openers: tuple[str, ...]
) -> tuple[re.Pattern[str], str, list[str], re.Pattern[str]]:
    """Filler but for nouns; all filler, as a pattern's text; the openers, longest first, and as a pattern."""
    few = sorted((squeezed(w) for w in fillers if w and w not in nouns), key=len, reverse=True)
    every = sorted((squeezed(w).replace("“", "").replace("”", "") for w in fillers), key=len, reverse=True)
    opener = sorted(openers, key=len, reverse=True)
    return (
        re.compile("(?:" + "|".join(map(re.escape, few)) + ")*") if few else re.compile(""),
        "(?:" + "|".join(re.escape(w) for w in every if w) + ")*",
        opener,
        re.compile("(?:" + "|".join(map(re.escape, opener)) + ")+") if opener else re.compile(""),
    )


class Paragraph:
    """A paragraph's sentences as one text, its numbers as runs."""

    def __init__(self, sentences: Sequence[Sentence], words: AuditWords, year: int, section: int = 0) -> None:
        self.sentences = sentences
        self.section = section
        self.text = "".join(s.text for s in sentences)
        self.origin: list[tuple[int, int]] = []  #: of each token its sentence and its number there
        self.tokens: list[Token] = []
        start = 0
        for number, sentence in enumerate(sentences):
            for at, token in enumerate(sentence.tokens):
                self.origin.append((number, at))
                self.tokens.append(replace(token, start=token.start + start, end=token.end + start))
            start += len(sentence.text)
        self.tokens = [roughly(self.text, token) for token in self.tokens]
        self.year = year or latest_year(self.tokens)
        self.reasons = reasons_of(self.text, sentence_wise=True)
        self._filler, self.filler, self.openers, self._opener = _patterns(
            tuple(words.fillers), tuple(words.nouns), tuple(words.openers)
        )
        self.runs = list(self._read())

    # ---------------------------------------------------------------- from numbers to runs

    def _read(self) -> Iterator[Run]:
        run: Run | None = None
        for said, group in self._said():
            opens = run is None or (bool(said.subject) and not alike(said.subject, run.subject))
            if opens or (said.part and said.role in (NOW, COUNT) and said.subject):
                if run is not None:
                    yield run
                inherits = run is not None and run.part and run.group == group and said.follows
                run = Run(said.subject, said.part or inherits, group)
            assert run is not None
            run.said.append(said)
        if run is not None:
            yield run

    def _said(self) -> Iterator[tuple[Said, int]]:
        part = False
        before = 0
        for at, token in enumerate(self.tokens):
            if token.kind in (t.YEAR, t.DATE, t.NUMBER) or self.in_reason(token):
                continue
            if token.kind == t.AMOUNT and t.is_threshold(self.text, token):
                continue
            lead = self._lead(at)
            gap = self.text[before : token.start]
            if re.search("[；;。]", gap):
                part = False
            if _PARTS.search(gap):
                part = True
            group = len(re.findall("[；;。]", self.text[: token.start]))
            said = self._one(at, token, lead, part=part, follows="、" in gap)
            if said is not None:
                yield said, group
            before = token.end

    def _one(self, at: int, token: Token, lead: str, *, part: bool, follows: bool) -> Said | None:
        previous = self.tokens[at - 1] if at else None
        if token.kind == t.DIRECTION:
            following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
            stated = (
                following is not None and following.kind in (t.AMOUNT, t.PERCENT) and self.adjacent(token, following)
            )
            if stated or not (COMPARISON.search(lead) or _VERSUS.search(lead)):
                return None
            role = BARE if token.value else FLAT
            return Said(at, token, role, self.name(lead), lead, at, self._base(lead), part, follows)
        turned = previous is not None and previous.kind == t.DIRECTION and self.adjacent(previous, token)
        if turned and token.kind in (t.AMOUNT, t.PERCENT):
            words = self._lead(at - 1)
            role = CHANGE if token.kind == t.AMOUNT else RATE
            return Said(at, token, role, self.name(words), words, at - 1, self._base(words), part, follows)
        if token.kind == t.PERCENT:
            return (
                Said(at, token, SHARE, self.name(lead.partition("占")[0]), lead, part=part, follows=follows)
                if _SHARE.search(lead)
                else None
            )
        if token.kind == t.COUNT:
            return None if turned else Said(at, token, COUNT, self.name(lead), lead, part=part, follows=follows)
        if (turn := self._led_by(at)) >= 0:
            return Said(at, token, CHANGE, self.name(lead), lead, turn, self._base(lead), part, follows)
        role = EACH if _EACH.search(lead) else LAST if self._is_last(at, lead) else NOW
        return Said(at, token, role, self.name(lead), lead, -1, self._base(lead), part, follows)

    def _led_by(self, at: int) -> int:
        """The direction word that leads a list of changes: 增加的有甲1万元、乙2万元; -1 where none does."""
        token = self.tokens[at]
        begins = self.begins(token.start)
        leading = [n for n, x in enumerate(self.tokens[:at]) if x.kind == t.DIRECTION and x.start >= begins and x.value]
        found = [n for n in leading if _LEADS.match(self.text, self.tokens[n].end)]
        return found[-1] if found and found[-1] == leading[-1] else -1

    def _lead(self, at: int) -> str:
        """The words before a token, from the number or the mark before it on; marks within brackets do not count."""
        token = self.tokens[at]
        start = 0
        for earlier in reversed(self.tokens[:at]):
            if earlier.kind in (t.AMOUNT, t.PERCENT, t.COUNT):
                start = earlier.end
                break
        words = self.text[start : token.start]
        plain = _BRACKET.sub(lambda m: "○" * len(m[0]), words)
        cut = max((plain.rfind(mark) for mark in _BREAKS if squeezed(words[plain.rfind(mark) + 1 :])), default=-1)
        return squeezed(words[cut + 1 :]).strip("：:")

    def _is_last(self, at: int, lead: str) -> bool:
        """Whether an amount is an earlier year's: the nearest year before it in its clause is, or 上年 stands there."""
        token = self.tokens[at]
        start = token.start - len(lead) - 2
        years = [
            x for x in self.tokens[:at] if x.kind == t.YEAR and x.start >= start and x.text.replace(" ", "") in lead
        ]
        plain = _NOT_EARLIER.sub("", lead)
        spoken = [m.start() for m in _EARLIER.finditer(plain)]
        if years and (not spoken or lead.rfind(years[-1].text.replace(" ", "")) > spoken[-1]):
            return int(years[-1].value) < self.year or (
                int(years[-1].value) != self.year and _COMPARES.search(lead) is not None
            )
        return bool(spoken) or (lead.endswith(("由", "从")) and _GOES_TO.match(self.text, token.end) is not None)

    def name(self, lead: str) -> str:
        """What the words name, without years, comparison and filler; empty where they go on with what was named."""
        words = _VERSUS.sub("", COMPARISON.sub("", lead)).lstrip("，、（(“")
        words = re.sub(r"\d{4}年度?|^(?:同比|环比)", "", words)
        words = _REACHED.sub("", words)
        opener = self._opener.match(words)
        if opener and opener.end():
            words = words[opener.end() :]
        for end in range(len(words)):
            if self._filler.fullmatch(words, end):
                words = words[:end]
                break
        return words.strip("”“：:（）()")

    def _base(self, lead: str) -> str:
        found = COMPARISON.search(lead)
        return re.sub("（[^）]*）|[与和同比较相对]", "", found[0]) if found else ""

    def in_words(self) -> tuple[Paragraph, list[int]]:
        """The paragraph with its numbers in words among its tokens, and where these are."""
        words = list(spoken(self.text, self.tokens))
        every = sorted([*zip(self.tokens, self.origin, strict=True), *((x, None) for x in words)], key=_place)
        found = copy(self)
        found.tokens = [token for token, _ in every]
        # A number in words has no token in its sentence: it goes by its place, below nothing.
        found.origin = [origin or (self._sentence(token), -1 - token.start) for token, origin in every]
        found.runs = []
        return found, [at for at, (_, origin) in enumerate(every) if origin is None]

    def _sentence(self, token: Token) -> int:
        end = 0
        for number, sentence in enumerate(self.sentences):
            end += len(sentence.text)
            if token.start < end:
                return number
        return len(self.sentences) - 1

    # ---------------------------------------------------------------- helpers

    def begins(self, place: int, marks: str = "。；\n") -> int:
        """Where the clause of a place begins, or the sentence where no semicolon is among the marks."""
        return max(self.text.rfind(mark, 0, place) for mark in marks) + 1

    def at(self, place: int) -> int:
        """The first token from a place on, or the last one."""
        return next((n for n, x in enumerate(self.tokens) if x.end > place), len(self.tokens) - 1)

    def wrong(
        self,
        kind: str,
        message: Words,
        *about: int,
        span: tuple[int, int] = (0, 0),
        sides: tuple[str, str, str] | None = None,
        name: str = "",
    ) -> Ruled:
        """What is not so of tokens, the one to blame first, or in a stretch of the text; `sides`: both amounts."""
        start, end = span if any(span) else (self.tokens[about[0]].start, self.tokens[about[0]].end)
        left, right, apart = sides or ("", "", "")
        found = Contradiction(
            kind, self.section, excerpt(self.text, start, end), message, left, right, apart, about=name
        )
        return Ruled(about or (self.at(start),), found)

    def adjacent(self, one: Token, other: Token) -> bool:
        """Whether a number belongs to the direction word before it."""
        return one.text[-1] not in "至到" and _BETWEEN.fullmatch(self.text[one.end : other.start]) is not None

    def in_reason(self, token: Token) -> bool:
        """Whether a token stands in a reason: it claims nothing of the figures themselves."""
        return any(start <= token.start < end for start, end in self.reasons)

    def told_anew(self, said: Said) -> bool:
        """Whether an amount without a name says this year's figure once more: 2023年预算安排…."""
        return not said.part and _ANEW.search(said.lead) is not None and not _SUMS_UP.search(said.lead)


def _place(pair: tuple[Token, tuple[int, int] | None]) -> int:
    return pair[0].start


def alike(one: str, other: str) -> bool:
    """Whether two names mean the same: one may have the unit's name or a class before it."""
    return one == other or (min(len(one), len(other)) > 3 and (one.endswith(other) or other.endswith(one)))


def latest_year(tokens: Collection[Token]) -> int:
    """The budget year by the text alone: the latest that it names."""
    return max((int(x.value) for x in tokens if x.kind == t.YEAR and 1990 < x.value < 2100), default=0)
