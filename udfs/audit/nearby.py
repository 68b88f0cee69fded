"""Where a number of a paragraph stands among the names that the workbook knows: its own name, and those near it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit.agreement import agrees
from udfs.audit.facts import Facts, Mention
from udfs.audit.listed import TOGETHER, before_place, paired
from udfs.audit.statements import Paragraph, Said
from udfs.audit.tokens import Token
from udfs.base import squeezed

NUMBERS = (t.AMOUNT, t.PERCENT, t.COUNT)
#: What may stand between a number and the name behind it: 624.11万元属于基本支出.
_LINK = re.compile(
    r"\s*[）)]?(?:，(?=均|全|都|主要|皆|系|为|是|即|属|用于|来自|来源|作为|列入|安排)|的)?(?:资金)?(?:均|全部|都|全|主要|皆|系)?(?:为|是|系|即|属于|属|用于|来自|来源于|作为|列入|安排)?(?:本单位|本部门|的|“)*"
)
_MARKS = re.compile(r"[“”（）()：:，、\s\d.]+|[其项目]+中|类|款|项|各项")
#: What is said not to be meant: 未纳入绩效管理的项目.
DENIED = re.compile(r"(?:未|没有|不|非|除|无)(?:纳入|列入|涉及|含|包括|编报|安排)?$")
#: 约696万元，与一般公共预算拨款数相同.
_ALIKE = re.compile("，(?:与|和|同)[^，。；]*?(?:相同|一致|相等)")
_APPOSED = re.compile("(?:[^，。；]*[是为：，])?“?")
_EACH = re.compile("(?:均|都|各)(?:是|为)?$")
#: 收入预算, 支出预算总计: what is a whole's where nothing before it says of which part.
_WHOLE = re.compile("(?:本年)?(?:收入|支出|收支)?(?:总?预算)?(?:总计|合计|总额)?$")


class Nearby:
    """A paragraph, its numbers and the names in it."""

    def __init__(self, paragraph: Paragraph, facts: Facts) -> None:
        self.paragraph = paragraph
        self.facts = facts
        self.text = paragraph.text
        self.tokens = paragraph.tokens
        self.mentions = facts.mentions(self.text)
        self.said: dict[int, Said] = {x.at: x for run in paragraph.runs for x in run.said}
        self.pairs = paired(self.text, self.tokens, self.mentions)

    def _own(self, at: int) -> list[str]:
        """The name that a number has by its place: before it, behind it, or the one paired with it in two lists."""
        if at in self.pairs:
            return [self.pairs[at]]
        token = self.tokens[at]
        start = self._start(at)
        counted = self.tokens[at - 1] if at else token
        gap = self.text[counted.end : token.start].strip("，")
        if token.kind == t.AMOUNT and counted.kind == t.COUNT and self._fills(gap) and not TOGETHER.search(gap):
            return self._own(at - 1)  # 特定目标类项目3个，预算51.00万元
        before = [m for m in self.mentions if start <= m.start and m.end <= token.start]
        if TOGETHER.search(self.text, start, token.start) and len(before_place(self.text, before, token.start)) > 1:
            return []  # 会议费、培训费合计3.29万元
        if self.text[token.start - 1 : token.start] == "）" and len(self._in_brackets(before, token)) > 1:
            return []  # 民生类支出（甲、乙、丙）295.88万元
        if before and (self._is_aside(before[-1]) or self._is_told_of_one(before)):
            return []
        if not before and (heading := self._heading(at)):
            return [heading]
        apposed = bool(before) and _APPOSED.fullmatch(self.text, start, before[0].start) is not None
        apposed = apposed and self.text[before[0].end : token.start] == "，"  # 最大的项目是甲，30.00万元
        if before and (apposed or self._fills(self.text[before[-1].end : token.start])):
            return [m.name for m in self._stacked(before)]
        following = next((x for x in self.tokens[at + 1 :] if x.kind in NUMBERS), None)
        stop = following.start if following else len(self.text)
        behind = next((m for m in self.mentions if token.end <= m.start and m.end <= stop), None)
        if behind and not before and _LINK.fullmatch(self.text, token.end, behind.start):
            follows = following is not None and self._fills(self.text[behind.end : following.start])
            return [] if follows or self.text.startswith("等", behind.end) else [behind.name]
        return []

    def _in_brackets(self, before: Sequence[Mention], token: Token) -> list[Mention]:
        opened = self.text.rfind("（", 0, token.start)
        return [m for m in before if m.start > opened]

    def _stacked(self, before: Sequence[Mention]) -> list[Mention]:
        """The last name, after those right before it that say of what: 机关运行经费当年一般公共预算拨款62.12万元."""
        found = [before[-1]]
        for mention in reversed(before[:-1]):
            gap = self.text[mention.end : found[0].start]
            if not gap or "“" in gap or not self._fills(gap) or re.search("[为是：:]", gap):
                break
            found.insert(0, mention)
        return found

    @staticmethod
    def _is_told_of_one(before: Sequence[Mention]) -> bool:
        """Whether the last name is a whole's and the one right before it says of which part: 政府性基金收入预算."""
        return len(before) > 1 and before[-2].end == before[-1].start and _WHOLE.match(before[-1].name) is not None

    def _is_borne_out(self, at: int, value: Decimal | None) -> bool:
        """Whether two other numbers of the sentence are of the change that a value belongs to, and none is it."""
        begins = self.paragraph.begins(self.tokens[at].start, "。\n")
        ends = next((m.start() for m in re.finditer("[。\n]", self.text) if m.start() >= begins), len(self.text))
        others = [
            x
            for n, x in enumerate(self.tokens)
            if n != at and begins <= x.start < ends and x.kind in (t.AMOUNT, t.PERCENT) and x.value
        ]
        if not value or any(agrees(x, value) for x in others):
            return False
        for name in (*self._own(at), *self._near(at)):
            for change in self.facts.changes.get(name, ()):
                of = {x for x in (change.now, change.last, change.difference, change.rate) if x}
                if value in of and sum(any(agrees(x, y) for x in others) for y in of) > 1:
                    return True
        return False

    def _heading(self, at: int) -> str:
        """The one name of a sentence without numbers that the number goes on from: 机关运行经费情况。62.12万元."""
        token = self.tokens[at]
        begins = max(self.text.rfind(mark, 0, token.start) for mark in "。\n")
        if begins < 0 or not self._fills(self.text[begins + 1 : token.start]):
            return ""
        above = max(self.text.rfind(mark, 0, begins) for mark in "。\n")
        found = {m.name for m in self.mentions if above < m.start and m.end <= begins}
        quiet = not any(x.kind in NUMBERS and above < x.start < begins for x in self.tokens)
        return next(iter(found)) if quiet and len(found) == 1 else ""

    def _start(self, at: int) -> int:
        """Where the words that belong to a number begin: behind the number or the sentence before it."""
        token = self.tokens[at]
        earlier = next((x.end for x in reversed(self.tokens[:at]) if x.kind in NUMBERS), 0)
        return max(earlier, self.paragraph.begins(token.start, "。；;\n"))

    def _fills(self, words: str) -> bool:
        plain = re.sub(r"[“”（(：:\s]|科目|[（(]?\d{3,7}[）)]?|[（(][类款项][）)]", "", words)
        plain = _EACH.sub("", plain.lstrip("）)"))
        return re.fullmatch(self.paragraph.filler, plain) is not None

    def _clause(self, at: int) -> int:
        """Where the clause of a number begins."""
        token = self.tokens[at]
        return max(self._start(at), self.paragraph.begins(token.start, "，、,：:"))

    def _is_plain(self, at: int) -> bool:
        """Whether nothing but known names and empty words stands before a number in its clause."""
        token = self.tokens[at]
        words = self.text[self._clause(at) : token.start]
        for mention in sorted(self.mentions, key=lambda m: -len(m.name)):
            words = words.replace(self.text[mention.start : mention.end], "").lstrip("和与及")
        for name in (*self.facts.known.own_names, *self.paragraph.openers):
            words = words.replace(name, "")
        words = s.COMPARISON.sub("", words)
        words = re.sub("(?:[增减][加长少]?|下降|压减)[额幅]?|^[和与及]|[各均]$", "", words)
        words = _MARKS.sub("", re.sub(r"\d{4}年度?|本单位|我单位|本部门|我部门|我局|我委|安排的?", "", squeezed(words)))
        return re.fullmatch(self.paragraph.filler, words) is not None

    def _near(self, at: int) -> list[str]:
        """The names near a number, nearest first: those of its sentence, else those of the sentences before."""
        token = self.tokens[at]
        meant = [m for m in self.mentions if not self._is_aside(m)]
        starts = [0, *(m.end() for m in re.finditer("[。\n]", self.text[: token.start]))]
        end = next((m.start() for m in re.finditer("[，。；\n]", self.text) if m.start() >= token.end), len(self.text))
        found = [m for m in meant if starts[-1] <= m.start and m.end <= token.start][::-1]
        alike = _ALIKE.match(self.text, end)
        found += [m for m in meant if token.end <= m.start and m.end <= (alike.end() if alike else end)]
        for start, stop in zip(starts[-2::-1], starts[:0:-1], strict=True) if not found else ():
            found = found or [m for m in meant if start <= m.start and m.end <= stop][::-1]
        return list(dict.fromkeys(m.name for m in found))

    def _subjects(self, at: int) -> list[str]:
        """Whose change a number may be: of the name in its clause, else of the names near it."""
        start, stop = self._clause(at), self.tokens[at].start
        own = [m.name for m in self.mentions if start <= m.start and m.end <= stop]
        return own[-1:] or self._near(at)

    def _is_aside(self, mention: Mention) -> bool:
        """Whether a name stands in a reason, or is said not to be meant: 未纳入绩效管理的项目."""
        if any(start <= mention.start < end for start, end in self.paragraph.reasons):
            return True
        return DENIED.search(self.text[max(0, mention.start - 8) : mention.start]) is not None


def written(token: Token) -> str:
    """A number as it stands, without its unit; nothing for one in words."""
    return re.sub(r"[^\d.]", "", token.text)
