"""The audit of a whole text: section by section, sentence by sentence, what contradicts and what nothing verifies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.agreement import agrees
from udfs.audit.arithmetic import own_arithmetic, reckons_with_print
from udfs.audit.binding import Reader
from udfs.audit.candidates import Candidates
from udfs.audit.figures import Known
from udfs.audit.likeness import Expected, Likeness, Names
from udfs.audit.listed import thresholds_fit
from udfs.audit.misspelt import SHORT, is_word, misspelt
from udfs.audit.paths import stem
from udfs.audit.reasons import causes_fit, dismissed, explained_otherwise, reasons_fit, unreasoned
from udfs.audit.statements import Paragraph
from udfs.audit.sums import wholes_and_parts
from udfs.audit.tokens import Sentence, sentences_of
from udfs.audit.verdicts import Bound, Contradiction, Ruled, Unbound, Verdict, excerpt
from udfs.base import say, squeezed
from workbook_templates.reading import AuditWords


class Audited(Struct, frozen=True):
    """What the audit found. `verified` of the facts agree with the workbook, `unbound` could not be held against it."""

    contradictions: tuple[Contradiction, ...]
    unbound: tuple[Unbound, ...]
    verified: int
    bound: tuple[Bound, ...] = ()


def audit(
    texts: Mapping[int, str], words: AuditWords, known: Known | None = None, expected: Mapping[int, str] | None = None
) -> Audited:
    """Read the sections' texts back.

    :param texts: number of a section to its text as it stands
    :param known: the workbook's figures; without them only what sentences say of themselves is checked
    :param expected: number of a section to the text that the program would write
    """
    contradictions: list[Contradiction] = []
    unbound: list[Unbound] = []
    verified = 0
    bound: list[Bound] = []
    names = Names(name_groups(known, expected or {})) if known else Names(())
    for number, text in texts.items():
        sentences = sentences_of(text)
        wanted = (expected or {}).get(number, "")
        like = Expected(sentences if wanted == text else sentences_of(wanted), names)
        reader = Reader(known, number) if known else None
        read = [_sentence(sentence, number, reader, like) for sentence in sentences]
        told = _by_itself(read, words, number, known)
        if known and (known.figures(number) or known.rows(number) or number in words.own_sections):
            _renamed(read, known, number)
            _coded(read, known, number)
            _misspelt(read, known, number)
        for one in read:
            contradictions += one.found
            unbound += one.open_facts(number)
            verified += len(one.verified)
        bound += _bound(text, read, number)
        if reader:
            contradictions += unreasoned(
                sentences, {n for n, one in enumerate(read) if one.exact}, *told, reader.known, number
            )
            if not any(c.kind == v.REASON for one in read for c in one.found):
                contradictions += explained_otherwise(text, reader.known, number)
            denied = any(c.kind == v.DENIAL for one in read for c in one.found)
            contradictions += () if denied else dismissed(text, wanted, number)
    return Audited(tuple(_once(contradictions)), tuple(unbound), verified, tuple(bound))


class _Read(Struct):
    """A sentence by all readers: contradictions; tokens that agree, that are told of, and that claim nothing."""

    sentence: Sentence
    found: list[Contradiction]
    verified: set[int]
    told: set[int]
    exempt: set[int]
    reasons: set[int]
    alike: frozenset[int]  #: as in the expected sentence
    exact: bool  #: it is the expected sentence
    sources: dict[int, str]  #: what tokens that agree were held against

    def open_facts(self, section: int) -> list[Unbound]:
        """The facts that nobody could bind."""
        result = []
        for number, token in enumerate(self.sentence.tokens):
            if number in self.verified | self.exempt | self.told or token.kind in (t.DIRECTION, t.YEAR, t.DATE):
                continue
            if token.kind == t.NUMBER:
                if number in self.reasons or number not in self.alike:
                    result += _loose_number(self.sentence, number, section)
                continue
            result.append(Unbound(section, token.text, excerpt(self.sentence.text, token.start, token.end)))
        return result


def _sentence(sentence: Sentence, section: int, reader: Reader | None, expected: Expected) -> _Read:
    """One sentence held against the workbook and the expected text."""
    likeness = expected.nearest(sentence, section)
    verdict = reader.read(sentence) if reader else Verdict()
    found = [c for group in verdict.contradictions.values() for c in group]
    verified = set(verdict.verified)
    alike: frozenset[int] = frozenset()
    told = {at for at in verdict.contradictions if at >= 0}
    if likeness is not None:
        # What a reason says is known by the workbook alone.
        alike = likeness.same
        verified |= alike - verdict.reasons
        named = {c.about for c in found if c.kind == v.NAME and c.about}
        found += [c for c in _slips(sentence, likeness, verdict) if not c.about or c.about not in named]
        told |= {at for at, _ in likeness.differing if at >= 0}
    exact = likeness is not None and sentence.text in expected.texts
    return _Read(sentence, found, verified, told, verdict.exempt, verdict.reasons, alike, exact, verdict.sources)


def _bound(text: str, read: Sequence[_Read], section: int) -> list[Bound]:
    """The figures that agree, by their places in the section's text."""
    found = []
    at = 0
    for one in read:
        at = max(text.find(one.sentence.text, at), at)
        for number in sorted(n for n in one.verified - one.told if n >= 0):
            token = one.sentence.tokens[number]
            if token.kind not in (t.DIRECTION, t.YEAR, t.DATE):
                found.append(Bound(section, at + token.start, at + token.end, one.sources.get(number, "")))
    return found


def _by_itself(
    read: Sequence[_Read], words: AuditWords, section: int, known: Known | None
) -> tuple[Sequence[Paragraph], Sequence[int]]:
    """What a section says against itself, paragraph by paragraph, and what its open numbers may be.

    A number already told of is not told of again. Gives the paragraphs and the numbers of their first sentences.
    """
    if all(one.exact for one in read):
        return (), ()  # the program's own words, which it has from the tables
    starts = [n for n, one in enumerate(read) if one.sentence.first]
    year = known.year if known else 0
    paragraphs = [
        Paragraph([one.sentence for one in read[a:b]], words, year, section) for a, b in pairwise([*starts, len(read)])
    ]
    if known is not None:
        for place, paragraph in enumerate(paragraphs):
            still = _open(read, paragraph, starts[place])
            if any(not one.exact for one in read[starts[place] : starts[place] + len(paragraph.sentences)]):
                found = Candidates(paragraph, known.facts).judged(still)
                _tell(read, paragraphs, starts, [(place, one) for one in found])
                worded, numbers = paragraph.in_words()
                if numbers:
                    found = Candidates(worded, known.facts).of_words(numbers)
                    _tell(read, {place: worded}, starts, [(place, one) for one in found])
    exact = reckons_with_print(paragraphs)
    ruled = [
        (place, one)
        for place, paragraph in enumerate(paragraphs)
        for one in (
            *own_arithmetic(paragraph, exact=exact),
            *reasons_fit(paragraph),
            *thresholds_fit(paragraph, words.thresholds),
        )
    ]
    ruled += causes_fit(paragraphs)
    ruled += wholes_and_parts(paragraphs, words.sums, words.limits)
    _tell(read, paragraphs, starts, ruled)
    return paragraphs, starts


def _open(read: Sequence[_Read], paragraph: Paragraph, start: int) -> list[int]:
    """The numbers of a paragraph that nothing has told of and nothing verified."""
    return [
        at
        for at, (sentence, number) in enumerate(paragraph.origin)
        if not (one := read[start + sentence]).exact
        and number not in one.verified | one.told | one.exempt | one.reasons
        and paragraph.tokens[at].kind in (t.AMOUNT, t.PERCENT, t.COUNT)
    ]


def _tell(
    read: Sequence[_Read],
    paragraphs: Sequence[Paragraph] | Mapping[int, Paragraph],
    starts: Sequence[int],
    ruled: Sequence[tuple[int, Ruled]],
) -> None:
    """Note what was found at the sentences; what others have told of is left."""
    for place, one in ruled:
        tokens = [paragraphs[place].origin[at] for at in one.about]
        where = [(read[starts[place] + sentence], at) for sentence, at in tokens]
        if one.wrong is not None and not any(at in x.told for x, at in where) and not all(x.exact for x, _ in where):
            where[0][0].found.append(one.wrong)
            where[0][0].told.add(where[0][1])
    for place, one in ruled:
        for at in one.sound:
            sentence, number = paragraphs[place].origin[at]
            read[starts[place] + sentence].verified.add(number)
            if one.source:
                read[starts[place] + sentence].sources[number] = one.source


def _misspelt(read: Sequence[_Read], known: Known, section: int) -> None:
    """Names with a slip of the pen, wherever they stand, that no other reader has told of."""
    for one in read:
        text = one.sentence.text
        about = {c.about for c in one.found if c.about}
        if one.exact:
            continue
        for start, end, name in misspelt(text, known.spoken_names, known.right_words):
            if len(name) <= SHORT and not (
                _is_amount_of(one.sentence, end, known.worth(name))
                or (_is_told_of(text, start, end) and not is_word(text[start:end], name, known.pairs))
            ):
                continue
            if squeezed(name) not in about and not any(c.kind in (v.NAME, v.UNIT) and not c.about for c in one.found):
                quote = excerpt(text, start, end)
                message = say(
                    "写的是“{written}”，疑为“{wanted}”", "misspelt_name", written=text[start:end], wanted=name
                )
                kind = v.UNIT if name in known.own_names else v.NAME
                one.found.append(Contradiction(kind, section, quote, message, about=squeezed(name)))


_CODED = re.compile(
    r"(?P<before>[\u4e00-\u9fff]{2,40})[（(](?P<a>\d{3}|\d{5}|\d{7})[）)]|(?<!\d)(?P<b>\d{5}|\d{7})[“]?(?![类款项])(?P<after>[\u4e00-\u9fff]{2,40})"
)


def _coded(read: Sequence[_Read], known: Known, section: int) -> None:
    """Names beside a code that is another subject's: 购房补贴（2210201）."""
    codes = known.codes.get("functional", {})
    for one in read:
        for match in () if one.exact else _CODED.finditer(one.sentence.text):
            code = match["a"] or match["b"]
            name = squeezed(codes.get(code, ""))
            short = stem(name)
            fits = match["before"].endswith((name, short)) if match["a"] else match["after"].startswith(short)
            if name and not fits and not any(c.kind == v.NAME for c in one.found):
                message = say("科目编码{code}是“{name}”，与所写名称不一致", "coded", code=code, name=name)
                quote = excerpt(one.sentence.text, *match.span())
                one.found.append(Contradiction(v.NAME, section, quote, message, about=name))


def _renamed(read: Sequence[_Read], known: Known, section: int) -> None:
    """Names of earlier years, wherever they stand, that no other reader has told of."""
    names = known.names_of("functional")
    for one in read:
        text = "" if one.exact else squeezed(one.sentence.text)
        for old, now in known.renamed.items():
            told = any(c.kind == v.NAME and (c.about == now or old in c.message) for c in one.found)
            # 未归口管理的…: the longer name is one of now.
            if old in text and not told and not any(old in name and name in text for name in names):
                message = say("“{name}”是旧名称，现为“{now}”", "former_name", name=old, now=now)
                quote = excerpt(text, text.find(old), text.find(old) + len(old))
                one.found.append(Contradiction(v.NAME, section, quote, message, about=now))
                break


_USED = re.compile("用于|原因是：?$")
_COUNTED = re.compile(r"[”）]?(?:科目|预算|支出|收入|安排|[数额为是共总合计约：])*\s*")


def _is_told_of(text: str, start: int, end: int) -> bool:
    """Whether a number follows words, or they stand in a list of what money is for."""
    counted = _COUNTED.match(text, end)
    return (counted is not None and text[counted.end() : counted.end() + 1].isdigit()) or _USED.search(
        text[:start]
    ) is not None


def _is_amount_of(sentence: Sentence, at: int, amounts: Collection[Decimal]) -> bool:
    """Whether the amount that follows a place is one of some, and not nothing."""
    follows = next((x for x in sentence.tokens if x.start >= at), None)
    if follows is None or follows.kind != t.AMOUNT or not follows.value:
        return False
    return _COUNTED.fullmatch(sentence.text, at, follows.start) is not None and any(agrees(follows, x) for x in amounts)


def _slips(sentence: Sentence, likeness: Likeness, verdict: Verdict) -> Iterable[Contradiction]:
    """What differs from the expected sentence and is not right in another order or by other words."""
    if likeness.permuted:
        return
    told = set(verdict.contradictions)
    for at, contradiction in likeness.differing:
        if at >= 0:
            if at in told or (at in verdict.verified and not likeness.exact):
                continue
            if at in verdict.reasons:
                token = sentence.tokens[at]
                message = say(
                    "原因中写的是“{written}”，与“基础信息”所填的原因不一致", "reason_fact", written=token.text
                )
                yield Contradiction(v.WORDING, contradiction.section, contradiction.quote, message)
                continue
            if token_kind(sentence, at) == t.NUMBER:
                yield Contradiction(v.WORDING, contradiction.section, contradiction.quote, contradiction.words)
                continue
        yield contradiction


def token_kind(sentence: Sentence, at: int) -> str:
    """The kind of a sentence's fact."""
    return sentence.tokens[at].kind


def _loose_number(sentence: Sentence, number: int, section: int) -> list[Unbound]:
    """A bare number claims something only where it is no list mark and no part of a name."""
    token = sentence.tokens[number]
    if not sentence.text[: token.start].strip() or token.places == 0:
        return []
    return [Unbound(section, token.text, excerpt(sentence.text, token.start, token.end))]


def _once(contradictions: Sequence[Contradiction]) -> list[Contradiction]:
    return list(dict.fromkeys(contradictions))


#: Words of figures that name nothing by themselves.
_GENERAL = ("金额", "资金", "合计", "共计", "涉及", "项目", "编制", "实有", "面积")


def _is_name(phrase: str) -> bool:
    """Whether the words of a figure are a name and not words like 涉及金额."""
    rest = phrase
    for word in _GENERAL:
        rest = rest.replace(word, "")
    return len(phrase) > 3 and bool(rest)


def name_groups(known: Known, expected: Mapping[int, str]) -> list[Sequence[str]]:
    """The names that count as facts: units, rows of lists, projects, and the words of the edition's figures."""
    groups: list[Sequence[str]] = [[name] for name in known.own_names]
    shown = "\n".join(expected.values())
    for items in {spec.items for spec in known.words.rows} | {spec.items for spec in known.words.names}:
        groups += [[item.name] for item in known.items(items)]
    groups += [[item.name] for rows in known.context.get("l", {}).values() for item in rows]
    groups += [[p.name] for p in known.context.get("projects", ()) if p.name in shown]
    groups += [[u["name"]] for u in known.context.get("records", {}).get("units", ())]
    by_value: dict[tuple[str, str], list[str]] = {}
    for figure in known.words.figures:
        by_value.setdefault((figure.value, figure.within), []).extend(p for p in figure.says if _is_name(p))
    return [*groups, *by_value.values()]
