"""Percentages, years and counts that no rule of words has bound, by the names and amounts near them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.facts import Facts, slips
from udfs.audit.listed import NUMERALS, listed
from udfs.audit.nearby import DENIED, NUMBERS, Nearby, written
from udfs.audit.statements import Paragraph
from udfs.audit.tokens import Token
from udfs.audit.verdicts import Ruled
from udfs.base import Change, half_up, say, squeezed

_OF_WHAT = re.compile("占(?!比)|相当于")
_OPEN_WORDS = ("", *"，。；：的共有为中计理")
#: 上年的收入总计是今年的三倍，多出…: last year's is held against this year's.
_LAST_AGAINST = re.compile("(?:上年|去年)[^，。]{0,10}(?:是|比)(?:今年|本年)")
_AWAY = 12  #: so many characters at most stand between an amount and the 占 of its share
_AGAINST = re.compile("占(?!比)|比(?![例重率值])")
_LARGE = 100  #: smaller numbers are like too many others
_MOVED_FROM = re.compile("上年|去年|[由从][^，。；%]*$")
_SEVERAL = re.compile("([两二三四五六七八九十])项[^，。；]{0,4}占(?!比)")
_OF_WORK = re.compile("(?:其余|其他|另外?|计划|拟|评审|支持|扶持|开展|实施|完成|建设|验收|储备|申报)[^，。；]{0,6}$")
_PLANNED = re.compile("购置|新购|更新|报废|新增|租用|租赁|借用|处置")
_A_PART = re.compile("[中里内]|当中")
_MADE_UP = re.compile("构成|结构|组成|比重|占比|比例")
_BESIDE = 3  #: so many numbers away stands the amount of a change whose percentage is told


class Ratios(Nearby):
    """Judges the open percentages, counts and years of a paragraph."""

    def __init__(self, paragraph: Paragraph, facts: Facts) -> None:
        super().__init__(paragraph, facts)
        self.shares = {at: run for run in listed(self.text, self.tokens) for at in run if self._is_list_of_shares(run)}

    def _is_list_of_shares(self, run: Sequence[int]) -> bool:
        lead = self.text[max(0, self.tokens[run[0]].start - 12) : self.tokens[run[0]].start]
        return self.tokens[run[0]].kind == t.PERCENT and re.search("分别|依次|对应", lead) is not None

    # ---------------------------------------------------------------- shares and rates

    def _percent(self, at: int, token: Token) -> Iterator[Ruled]:
        said = self.said.get(at)
        if said is not None and said.role == s.RATE:
            yield from self._rate(at, token)
            return
        if at in self.shares:
            yield from self._shared_list(at, token)
            return
        if _MOVED_FROM.search(self.text, self._clause(at), token.start):
            return  # 占比由上年的28.45%上升到89.68%
        parts, wholes = self._of_one_stated(at) or (self._parts(at), self._share_wholes(at))
        pairs = [(part, whole) for part in parts for whole in wholes]
        rights = [(p, w) for p, w in pairs if w > p] or [(p, w) for p, w in pairs if w == p]
        changes = [c for name in self._near(at) for c in self.facts.changes.get(name, ()) if c.rate is not None]
        if any(_is_share(token, part, whole) for part, whole in pairs) or any(
            agrees(token, c.rate) for c in changes if c.rate is not None
        ):
            yield Ruled((at,), None, frozenset({at}))
        elif (self._is_share_of_one(at) or self._is_told_of_name(at)) and rights and not self._is_of_another(at):
            known = [one for one in rights if one[1] == self._meant_whole()] if len(parts) == 1 else []
            sure = len(parts) == len(wholes) == 1 or bool(known)
            part, whole = min(known or rights, key=lambda one: abs(one[0] * 100 / one[1] - token.value))
            yield self._wrong_share(at, part, whole, sure=sure)
        else:
            told = [x for c in changes for x in (c.rate, half_up(c.now * 100 / c.last) if c.last > 0 else None) if x]
            stated = [x.value for x in self.tokens if x.kind == t.AMOUNT and x.value > 0]
            told += [half_up(p * 100 / w, token.places) for p in parts for w in stated if p < w]
            if slips(written(token), told) and not any(agrees(token, x) for x in told):
                meant = slips(written(token), told)[0]
                message = say("写的是{written}，疑为{meant}%", "percent", written=token.text, meant=meant)
                yield self.paragraph.wrong(v.WORDING, message, at)

    def _is_told_of_name(self, at: int) -> bool:
        """基本支出近九成: whether a share in words stands right behind a name."""
        token = self.tokens[at]
        begins = self.paragraph.begins(token.start, "。\n")
        if token.low is None and not _MADE_UP.search(self.text, begins, token.start):
            return False
        named = [m for m in self.mentions if self._clause(at) <= m.start and m.end <= token.start]
        return bool(named) and self._fills(self.text[named[-1].end : token.start])

    def _is_of_another(self, at: int) -> bool:
        """Whether a percentage is the share of some amount of its sentence, though not of the one before it."""
        token = self.tokens[at]
        begins = self.paragraph.begins(token.start)
        stated = [x.value for x in self.tokens[:at] if x.kind == t.AMOUNT and x.start >= begins and x.value > 0]
        return any(_is_share(token, part, whole) for part in stated for whole in stated if whole > part)

    def _wrong_share(self, at: int, part: Decimal, whole: Decimal, *, sure: bool = True) -> Ruled:
        token = self.tokens[at]
        right = half_up(part * 100 / whole)
        message = say(
            "占比写的是{written}，{part}占{whole}应为{right}%",
            "share_of",
            written=token.text,
            part=v.money(part),
            whole=v.money(whole),
            right=right,
        )
        sides = v.sides(token.value, right)
        # Of another whole it would be right: the words may name that one, as we do not know it.
        other = any(_is_share(token, part, one) for one in self.facts.wholes)
        kind = v.RATE if sure and not other else v.WORDING
        return self.paragraph.wrong(kind, message, at, sides=sides)

    def _shared_list(self, at: int, token: Token) -> Iterator[Ruled]:
        """A share in a list of shares, of the amounts listed before or of the names beside them."""
        run = self.shares[at]
        place = run.index(at)
        amounts = [x.value for x in self.tokens if x.kind == t.AMOUNT]
        named = [sorted(self.facts.amounts.get(self.pairs.get(n, ""), ()))[:1] for n in run]
        lists = [[x for one in named for x in one], *(amounts[n : n + len(run)] for n in range(len(amounts)))]
        best: tuple[int, Decimal, Decimal] | None = None
        for parts in lists:
            for whole in self._share_wholes(run[0]) if len(parts) == len(run) else ():
                fitting = sum(_is_share(self.tokens[n], p, whole) for n, p in zip(run, parts, strict=True))
                if best is None or fitting > best[0]:
                    best = (fitting, parts[place], whole)
        if best is None or not best[0]:
            return
        if _is_share(token, best[1], best[2]):
            yield Ruled((at,), None, frozenset({at}))
        elif best[0] * 2 >= len(run) or self._is_permuted(run, lists):
            yield self._wrong_share(at, best[1], best[2], sure=best[0] > 1)

    def _is_permuted(self, run: Sequence[int], lists: Sequence[Sequence[Decimal]]) -> bool:
        """Whether the shares of a list are the right ones in another order."""
        shown = Counter(self.tokens[n].value for n in run)
        wholes = self._share_wholes(run[0])
        return any(
            Counter(half_up(p * 100 / w) for p in parts) == shown
            for parts in lists
            for w in wholes
            if len(parts) == len(run)
        )

    def _of_one_stated(self, at: int) -> tuple[list[Decimal], list[Decimal]] | None:
        """Part and whole of 35168.40万元，占支出总计37151.47万元的94.66%."""
        if at < 2 or self.text[self.tokens[at - 1].end : self.tokens[at].start].strip() != "的":
            return None
        part, whole = self.tokens[at - 2 : at]
        between = self.text[part.end : whole.start]
        stated = part.kind == whole.kind == t.AMOUNT and "占" in between and not re.search("[。；]", between)
        return ([part.value], [whole.value]) if stated and whole.value > 0 else None

    def _parts(self, at: int) -> list[Decimal]:
        """The amounts that a percentage may be the share of."""
        token = self.tokens[at]
        behind = self.tokens[at + 1] if at + 1 < len(self.tokens) else token
        if behind.kind == t.AMOUNT and self.text[token.end : behind.start] in ("（", "("):
            return [behind.value]  # 占100%（695.96万元）
        start = self._start(at)
        if several := _SEVERAL.search(self.text, start, token.start):
            told = [x.value for x in self.tokens[:at] if x.kind == t.AMOUNT][-NUMERALS[several[1]] :]
            return [sum(told, Decimal(0))]  # 甲、乙、丙、丁，四项占37.96%
        previous = next((x for x in reversed(self.tokens[:at]) if x.kind in NUMBERS), None)
        named = [m for m in self.mentions if start <= m.start and m.end <= token.start and not self._is_aside(m)]
        lead = self.text[start : token.start]
        before = [m for m in named if _AGAINST.search(self.text, m.end, token.start)]
        if before and _A_PART.match(self.text, before[-1].end):
            return []  # 采购预算中货物占83.88%: of a part that has no name
        if before:
            return sorted(x for x in self.facts.amounts.get(before[-1].name, ()) if x)
        if (
            previous is not None
            and previous.kind == t.AMOUNT
            and previous.end >= start
            and not re.search("[。；]", lead)
        ):
            begins = self.paragraph.begins(token.start, "。；;\n")
            told = [x.value for x in self.tokens[:at] if x.kind == t.AMOUNT and x.start >= begins]
            return told[::-1] if re.search("组成|构成|合计|共计", lead) else [previous.value]
        of_it = named and _OF_WHAT.search(self.text, start, named[-1].start)
        if named and not of_it and self._fills(self.text[named[-1].end : token.start]):
            return sorted(x for x in self.facts.amounts.get(named[-1].name, ()) if x)
        return []

    def _share_wholes(self, at: int) -> list[Decimal]:
        token = self.tokens[at]
        start = self._start(at)
        marked = max((m.start() for m in _OF_WHAT.finditer(self.text, start, token.start)), default=-1)
        named = [m for m in self.mentions if start <= marked < m.start and m.end <= token.start]
        if named and marked >= 0:
            return sorted(x for x in self.facts.amounts.get(named[-1].name, ()) if x)
        stated = {x.value for x in self.tokens if x.kind == t.AMOUNT and x.value > 0}
        begins = self.paragraph.begins(token.start)
        before = [x.value for x in self.tokens[:at] if x.kind == t.AMOUNT and x.start >= begins and x.value > 0]
        if token.low is not None and len(before) > 1 and before[0] == max(before) > before[-1]:
            return [before[0]]  # 公用经费62.12万元里，其他交通费用25.08万元，占四成
        meant = self._meant_whole()
        # What the edition says shares are of in this section comes first.
        first = [meant] if meant is not None and meant > 0 else []
        return first + sorted((stated | self.facts.wholes) - set(first))

    def _meant_whole(self) -> Decimal | None:
        """What the edition says that the shares of this section are of."""
        spec = self.facts.known.share(self.paragraph.section, "")
        return self.facts.known.value(spec.whole) if spec else None

    def _is_share_of_one(self, at: int) -> bool:
        token = self.tokens[at]
        lead = self.text[self._start(at) : token.start]
        away = squeezed(lead.partition("占")[0])
        own = re.sub(".*[，、；：（(]", "", away).strip("约仅只就达")
        if token.low is not None and own and not self.facts.mentions(own):
            return False  # 货物占八成: of something that nobody knows
        if (
            token.value < 0
            or re.search("占(?:该|其|上述)|[前后]者", lead)
            or re.search("[不未无]", away)
            or len(away) > _AWAY
        ):
            return False
        return re.search(r"占|比重|比例|相当于", lead) is not None or squeezed(lead) in ("（", "(")

    def _turned(self, at: int, names: Sequence[str]) -> Iterator[Ruled]:
        """The direction word of a change that the tables know by its amount or percentage, but the other way."""
        said = self.said.get(at)
        begins = self.paragraph.begins(self.tokens[at].start)
        if said is None or said.direction < 0 or _LAST_AGAINST.search(self.text, begins, self.tokens[at].start):
            return
        token, turn = said.token, self.tokens[said.direction]
        changes = [c for name in names or self._near(at) for c in self.facts.changes.get(name, ())]
        meant = [c for c in changes if agrees(token, c.difference if said.role == s.CHANGE else c.rate or Decimal(-1))]
        signs = {(c.now > c.last) - (c.now < c.last) for c in meant}
        if len(signs) == 1 and turn.value * next(iter(signs)) < 0:
            right = "增加" if turn.value < 0 else "减少"
            message = say(
                "“{what}”是{right}，写的是“{written}”", "turn_near", what=meant[0].what, right=right, written=turn.text
            )
            yield self.paragraph.wrong(v.TURN, message, said.direction, span=(turn.start, token.end))

    def _rate(self, at: int, token: Token) -> Iterator[Ruled]:
        names = self._own(at) or self._near(at)
        beside = [self.tokens[n] for n, x in self.said.items() if x.role == s.CHANGE and abs(n - at) <= _BESIDE]
        known = [c for changes in self.facts.changes.values() for c in changes if c.difference]
        sure = [c for c in known if any(agrees(x, c.difference) for x in beside) and c.rate is not None]
        changes = sure or [c for name in names for c in self.facts.changes.get(name, ()) if c.rate is not None]
        if any(agrees(token, c.rate) for c in changes if c.rate is not None):
            yield Ruled((at,), None, frozenset({at}))
            yield from self._turned(at, names)
        elif sure and names and any(c in sure for name in names for c in self.facts.changes.get(name, ())):
            yield self._wrong_rate(at, sure[0])
        elif changes and slips(written(token), [c.rate for c in changes if c.rate is not None]):
            meant = next(c for c in changes if c.rate is not None and slips(written(token), [c.rate]))
            yield self._wrong_rate(at, meant, sure=self._is_borne_out(at, meant.rate))

    def _by_rate(self, at: int) -> list[Change]:
        """The change of a name near, whose percentage is told beside an amount."""
        beside = [self.tokens[n] for n, x in self.said.items() if x.role == s.RATE and abs(n - at) <= _BESIDE]
        near = [c for name in self._subjects(at) for c in self.facts.told.get(name, ()) if c.rate]
        return [c for c in near if any(agrees(x, c.rate) for x in beside if c.rate is not None)]

    def _wrong_rate(self, at: int, meant: Change, *, sure: bool = True) -> Ruled:
        token = self.tokens[at]
        what = f"“{meant.what}”"
        message = say(
            "{what}的增减幅度写的是{written}，应为{rate}%", "rate_near", what=what, written=token.text, rate=meant.rate
        )
        return self.paragraph.wrong(v.RATE if sure else v.WORDING, message, at)

    # ---------------------------------------------------------------- years

    def _dated(self, at: int, token: Token) -> Iterator[Ruled]:
        """2023年733.98万元，2024年695.96万元: each year with its own amount."""
        year = self.tokens[at - 1] if at else None
        if year is None or year.kind != t.YEAR or not self._fills(self.text[year.end : token.start]):
            return
        changes = [c for name in self._near(at) for c in self.facts.told.get(name, ())]
        for right, values in (
            (self.paragraph.year, {c.now for c in changes}),
            (self.paragraph.year - 1, {c.last for c in changes}),
        ):
            other = {c.last if right == self.paragraph.year else c.now for c in changes}
            fits = any(agrees(token, x) for x in values if x) and not any(agrees(token, x) for x in other)
            if fits and int(year.value) != right:
                message = say(
                    "{amount}是{right}年的，写的是{written}", "dated", amount=token.text, right=right, written=year.text
                )
                yield self.paragraph.wrong(v.DATING, message, at - 1, span=(year.start, token.end))

    # ---------------------------------------------------------------- counts

    def _count(self, at: int, token: Token) -> Iterator[Ruled]:
        start = self._start(at)
        named = [m for m in self.mentions if start <= m.start and m.end <= token.start]
        if named and _PLANNED.search(self.text, start, named[-1].start):
            return
        if not named or self._is_aside(named[-1]):
            yield from self._projects(at, token)
            yield from self._measured(at, token)
            return
        right = self.facts.counts.get((named[-1].name, token.unit))
        if not right or not self._fills(self.text[named[-1].end : token.start]):
            yield from self._projects(at, token)
            return
        if token.value in right:
            yield Ruled((at,), None, frozenset({at}))
            return
        shown = "或".join(f"{x.normalize():f}{token.unit}" for x in sorted(right))
        message = say(
            "“{name}”写的是{written}，应为{right}", "count_near", name=named[-1].name, written=token.text, right=shown
        )
        yield self.paragraph.wrong(v.COUNT, message, at)

    def _measured(self, at: int, token: Token) -> Iterator[Ruled]:
        """房屋面积2858.79平方米: a number one slip of the pen away from one that the tables have in its measure."""
        known = {x for (_, unit), values in self.facts.counts.items() if unit == token.unit for x in values}
        if token.value in known:
            yield Ruled((at,), None, frozenset({at}))
        elif token.value >= _LARGE and (meant := slips(written(token), known)):
            shown = f"{meant[0].normalize():f}{token.unit}"
            message = say("写的是{written}，疑为{meant}", "measured", written=token.text, meant=shown)
            yield self.paragraph.wrong(v.WORDING, message, at)

    def _projects(self, at: int, token: Token) -> Iterator[Ruled]:
        """8个项目: as many as the tables have, or as are managed, disclosed, of a kind."""
        every = len({p.name for p in self.facts.known.context.get("projects", ())})
        if token.unit != "个" or not every or not self.text.startswith("项目", token.end):
            return
        if token.low is not None and self.text[max(0, token.start - 1) : token.start] not in _OPEN_WORDS:
            return  # 评审、监测、展会、法律顾问四个项目
        begins = self.paragraph.begins(token.start)
        if at and self.tokens[at - 1].kind == t.DIRECTION and self.tokens[at - 1].end == token.start:
            return  # 比上年减少1个项目
        if _OF_WORK.search(self.text, begins, token.start):
            return  # 计划评审40个项目
        if any(x.kind == t.YEAR and x.start >= begins and x.value != self.paragraph.year for x in self.tokens[:at]):
            return  # 对2023年7个项目开展了绩效评价
        may = {Decimal(every)} | {x for (_, unit), values in self.facts.counts.items() for x in values if unit == "个"}
        if token.value in may:
            yield Ruled((at,), None, frozenset({at}))
        elif not DENIED.search(self.text[max(0, token.start - 8) : token.start]):
            message = say("写的是{written}项目，各表有{every}个项目", "projects", written=token.text, every=every)
            yield self.paragraph.wrong(v.WORDING, message, at)


def _is_share(token: Token, part: Decimal, whole: Decimal) -> bool:
    if token.low is not None:
        return agrees(token, part * 100 / whole)
    half = Decimal("0.5").scaleb(-token.places)
    return abs(part * 100 / whole - token.value) <= half + Decimal("0.005")
