"""Wholes and parts of a section: parts that are all stated add up, as do their changes; shares are of one whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from msgspec import Struct

from udfs.audit import statements as s
from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.arithmetic import half_place, miss, rounded
from udfs.audit.listed import bodies, counted
from udfs.audit.statements import Paragraph, Run, Said
from udfs.audit.verdicts import Ruled
from udfs.base import say, share, squeezed
from workbook_templates.reading import Limit, Sum

_OF_ALL = re.compile("组成|构成|合计|共计|分别|依次|[前后]者")  #: the share is of all that stands before it
_REST = re.compile(r"^其他")
_INCLUDED = re.compile(r"^\s*[（(]|其中|分别|包括")
#: Shares that are as near as this to 100 together are meant to make it.
_NEAR_WHOLE = Decimal(3)
_HUNDRED = Decimal(100)
#: Half of what an amount in 万元 shows last.
_CENT = Decimal("0.005")


class _Part(Struct, frozen=True):
    """A statement, and the paragraph of the section that it stands in."""

    place: int
    paragraph: Paragraph
    run: Run
    said: Said

    @property
    def key(self) -> tuple[int, int]:
        return self.place, self.said.at


#: Findings of a section: the number of the paragraph, and what is said of its tokens.
Found = tuple[int, Ruled]


def wholes_and_parts(paragraphs: Sequence[Paragraph], sums: Sequence[Sum], limits: Sequence[Limit]) -> Iterator[Found]:
    """Everything that a section says of wholes, parts, limits and shares."""
    stated = [
        _Part(place, paragraph, run, said)
        for place, paragraph in enumerate(paragraphs)
        for run in paragraph.runs
        for said in run.said
    ]
    for one in sums:
        yield from _added_up(stated, one)
        yield from _changes_added_up(stated, one)
    for limit in limits:
        yield from _within(stated, limit)
    yield from bodies(paragraphs)
    for place, paragraph in enumerate(paragraphs):
        for ruled in (*_listed(paragraph), *_shares(paragraph), *counted(paragraph)):
            yield place, ruled


@cache
def _named_by(says: tuple[str, ...], filler: str) -> re.Pattern[str]:
    """Words at whose end one of the phrases stands, but for filler."""
    phrases = "|".join(re.escape(_plain(phrase)) for phrase in sorted(says, key=len, reverse=True))
    return re.compile(rf"(?:{phrases}){filler}$")


def _plain(words: str) -> str:
    return squeezed(words).replace("“", "").replace("”", "")


def _names(says: Sequence[str], part: _Part) -> bool:
    return _named_by(tuple(says), part.paragraph.filler).search(_plain(part.said.lead)) is not None


def _first(stated: Sequence[_Part], says: Sequence[str], unit: str) -> _Part | None:
    role = s.NOW if unit == "万元" else s.COUNT
    fitting = (p for p in stated if p.said.role == role and (role == s.NOW or p.said.token.unit == unit))
    return next((p for p in fitting if _names(says, p)), None)


def _added_up(stated: Sequence[_Part], one: Sum) -> Iterator[Found]:
    whole = _first(stated, one.whole, one.unit)
    if whole is None:
        return
    wholes = [p for p in stated if p.said.role == whole.said.role and _names(one.whole, p)]
    after = [p for p in stated if p.key > whole.key and p not in wholes] if len(one.parts) > 1 else stated
    parts = [_first(after, says, one.unit) for says in one.parts]
    if any(p is None for p in parts):
        return
    found = [p for p in parts if p is not None]
    # A whole may be told of again, of other money: the parts are those of the one that they follow.
    whole = max((p for p in wholes if p.key < min(x.key for x in found)), key=lambda p: p.key, default=whole)
    may = [p for says in one.may if (p := _first(after, says, one.unit)) is not None]
    if _differs(whole.said.token, _total(found), found) and not _differs(whole.said.token, _total(found + may), found):
        found += may  # they may be told of beside the whole as well
    total = _total(found)
    token = whole.said.token
    tokens = frozenset(p.said.at for p in found if p.place == whole.place)
    if not _differs(token, total, found):
        yield whole.place, Ruled((whole.said.at,), None, tokens | {whole.said.at})
        for p in found:
            yield p.place, Ruled((p.said.at,), None, frozenset({p.said.at}))
        return
    names = "、".join(says[0] for says in one.parts)
    message = say(
        "“{whole}”写的是{written}，{names}合计为{total}",
        "parts",
        whole=one.whole[0],
        written=token.text,
        names=names,
        total=v.money(total) if one.unit == "万元" else f"{total.normalize():f}{one.unit}",
    )
    sides = v.sides(token.value, total)
    yield whole.place, whole.paragraph.wrong(v.PARTS, message, whole.said.at, *tokens, sides=sides)


def _total(parts: Sequence[_Part]) -> Decimal:
    return sum((p.said.token.value for p in parts), Decimal(0))


def _differs(token: t.Token, total: Decimal, found: Sequence[_Part]) -> bool:
    """Whether a whole is another amount than its parts make, each of them rounded to what it shows."""
    if total == token.value:
        return False
    if len(found) == 1:
        return abs(total - token.value) >= max(half_place(token), half_place(found[0].said.token))
    # What shows as nothing may be some yuan all the same, but no more than the others leave out.
    slack = sum(
        (min(half_place(p.said.token), _CENT) if not p.said.token.value else half_place(p.said.token) for p in found),
        Decimal(0),
    )
    return abs(total - token.value) >= half_place(token) + slack


def _changes_added_up(stated: Sequence[_Part], one: Sum) -> Iterator[Found]:
    """The change of a whole is that of its parts together, where all are compared with the same base."""
    if one.unit != "万元":
        return
    whole = _turn(stated, one.whole)
    turns = [_turn(stated, says) for says in one.parts]
    if whole is None or any(turn is None for turn in turns):
        return
    parts = [turn for turn in turns if turn is not None]
    if len({p.key for p in (whole, *parts)}) <= len(parts):
        return  # one change is told of several together
    bases = {p.said.base for p in (whole, *parts) if p.said.role == s.CHANGE}
    if len(bases) > 1 or (not bases and whole.said.role != s.FLAT):
        return
    if len(parts) == 1 and not _same_now(stated, one):
        return
    total = sum((_moved(p) for p in parts), Decimal(0))
    off = miss(*(p.said.token for p in (whole, *parts) if p.said.role == s.CHANGE))
    about = tuple(p.said.at for p in parts if p.place == whole.place)
    if abs(total - _moved(whole)) < off or total == _moved(whole):
        for p in (whole, *parts):
            if p.said.role != s.NOW:
                yield p.place, Ruled((p.said.at,), None, frozenset({p.said.at, p.said.direction}))
        return
    names = "、".join(says[0] for says in one.parts)
    message = say(
        "“{whole}”比上年{moved}，{names}合计{total}，前后不一致",
        "changes",
        whole=one.whole[0],
        moved=_told(_moved(whole)),
        names=names,
        total=_told(total),
    )
    yield whole.place, whole.paragraph.wrong(v.PARTS, message, whole.said.at, *about)


def _turn(stated: Sequence[_Part], says: Sequence[str]) -> _Part | None:
    """The change of what the words name: stated, or none where it is flat or nothing in both years."""
    named = _first(stated, says, "万元")
    if named is None:
        return None
    for said in named.run.said:
        if said.role in (s.CHANGE, s.FLAT):
            return _Part(named.place, named.paragraph, named.run, said)
    return named if not named.said.token.value else None


def _moved(part: _Part) -> Decimal:
    if part.said.role != s.CHANGE:
        return Decimal(0)
    return part.said.token.value * part.paragraph.tokens[part.said.direction].value


def _told(moved: Decimal) -> str:
    return "持平" if not moved else f"{'增加' if moved > 0 else '减少'}{v.money(abs(moved))}"


def _same_now(stated: Sequence[_Part], one: Sum) -> bool:
    amounts = [_first(stated, says, one.unit) for says in (one.whole, one.parts[0])]
    return all(amounts) and len({p.said.token.value for p in amounts if p is not None}) == 1


def _within(stated: Sequence[_Part], limit: Limit) -> Iterator[Found]:
    whole, part = _first(stated, limit.of, "万元"), _first(stated, limit.part, "万元")
    if whole is None or part is None:
        return
    token, most = part.said.token, whole.said.token
    if token.value <= most.value:
        yield part.place, Ruled((part.said.at,), None, frozenset({part.said.at}))
        return
    message = say(
        "“{part}”写的是{written}，超过了{whole}{most}",
        "limit",
        part=limit.part[0],
        written=token.text,
        whole=limit.of[0],
        most=most.text,
    )
    yield part.place, part.paragraph.wrong(v.PARTS, message, part.said.at, sides=v.sides(token.value, most.value))


# -- lists within a paragraph


def _listed(paragraph: Paragraph) -> Iterator[Ruled]:
    """A list after 其中 that ends with 其他…: it is complete, so it adds up; a part alone is at most its whole."""
    said = [x for run in paragraph.runs for x in run.said if x.role in (s.NOW, s.COUNT)]
    for place, whole in enumerate(said):
        parts: list[Said] = []
        end = whole.token.end
        for part in said[place + 1 :]:
            gap = re.sub(r"（[^（）]*）", "", paragraph.text[end : part.token.start])
            if part.token.kind != whole.token.kind or (
                part.token.kind == t.COUNT and part.token.unit != whole.token.unit
            ):
                break
            if re.search("[。；;）)]", gap) or (not parts and not _INCLUDED.search(gap[:8])):
                break
            if (parts and not re.search("[、，,]|和|及", gap)) or re.search("合计|共计|总计", gap):
                break
            parts.append(part)
            end = part.token.end
        if not parts or any(p.token.value < 0 for p in parts) or re.search("人均|每", whole.lead):
            continue
        yield from _list(paragraph, whole, parts)


def _list(paragraph: Paragraph, whole: Said, parts: Sequence[Said]) -> Iterator[Ruled]:
    total = sum((p.token.value for p in parts), Decimal(0))
    slack = miss(*(p.token for p in (whole, *parts))) if whole.token.kind == t.AMOUNT else Decimal(0)
    off = abs(total - whole.token.value) >= slack if slack else total != whole.token.value
    complete = len(parts) > 1 and _REST.match(parts[-1].subject)
    if complete and not off:
        about = frozenset(x.at for x in (whole, *parts))
        yield Ruled((whole.at,), None, about)
    elif complete:
        message = say(
            "写的是{written}，其中各项合计为{total}{unit}",
            "list",
            written=whole.token.text,
            total=f"{total.normalize():f}",
            unit="万元" if whole.token.kind == t.AMOUNT else whole.token.unit,
        )
        yield paragraph.wrong(v.PARTS, message, whole.at, *(p.at for p in parts))
    elif parts[0].token.value > whole.token.value + slack and parts[0].part:
        message = say("其中的{part}大于总数{whole}", "above", part=parts[0].token.text, whole=whole.token.text)
        yield paragraph.wrong(v.PARTS, message, parts[0].at, whole.at)


def _shares(paragraph: Paragraph) -> Iterator[Ruled]:
    """Shares of amounts: those of one whole fit it, and all together are a hundred."""
    amounts: list[Said] = []
    pairs: list[tuple[Said, Said]] = []
    for run in paragraph.runs:
        for said in run.said:
            if said.role == s.NOW:
                amounts.append(said)
            elif said.role == s.SHARE and amounts and not _of_others(paragraph, amounts[-1], said):
                pairs.append((amounts[-1], said))
    if not pairs:
        return
    parts = {id(a) for a, _ in pairs}
    told = {name for _, x in pairs if (name := paragraph.name(x.lead.rpartition("占")[2]))}
    wholes = [
        a.token.value
        for a in amounts
        if id(a) not in parts and a.token.value > 0 and all(s.alike(name, a.subject) for name in told)
    ][:3]
    best = max(wholes, key=lambda w: sum(_is_share(a, x, w) for a, x in pairs), default=None)
    fitting = 0 if best is None else sum(_is_share(a, x, best) for a, x in pairs)
    total = sum((x.token.value for _, x in pairs), Decimal(0))
    sure = fitting == len(pairs) or (fitting * 2 >= len(pairs) and fitting > 1)
    if best is not None and sure:
        for amount, said in pairs:
            if _is_share(amount, said, best):
                yield Ruled((said.at,), None, frozenset({said.at}))
                continue
            right = share(amount.token.value, best)
            message = say(
                "占比写的是{written}，{part}占{whole}应为{right}%",
                "share_of",
                written=said.token.text,
                part=amount.token.text,
                whole=v.money(best),
                right=right,
            )
            yield paragraph.wrong(
                v.RATE, message, said.at, amount.at, sides=v.sides(said.token.value, right or Decimal(0))
            )
    elif len(pairs) > 1:
        slack = sum((rounded(x.token) for _, x in pairs), Decimal("0.01"))
        if slack < abs(total - _HUNDRED) <= _NEAR_WHOLE:
            message = say("各项占比合计为{total}%，不是100%", "hundred", total=total)
            yield paragraph.wrong(v.RATE, message, *(x.at for _, x in reversed(pairs)))


def _of_others(paragraph: Paragraph, amount: Said, share_: Said) -> bool:
    """Whether a share is of all that stands before it, or one of a list of shares."""
    between = paragraph.text[amount.token.end : share_.token.start]
    return _OF_ALL.search(between) is not None or not share_.lead.strip("、和及与")


def _is_share(amount: Said, said: Said, whole: Decimal) -> bool:
    step = rounded(said.token) + Decimal("0.005")
    return abs(amount.token.value * 100 / whole - said.token.value) <= step
