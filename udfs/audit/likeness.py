"""A sentence held against the one that the program would write: facts at the same place must be the same.

Both are cut into facts and characters; names that the workbook knows count as facts. Where the rest is alike, a fact
that differs is a slip of the pen, whatever it is: a digit, a direction, a name, a year.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property

from msgspec import Struct

from udfs.audit import tokens as t
from udfs.audit import verdicts as v
from udfs.audit.tokens import Sentence, Token
from udfs.audit.verdicts import Contradiction, excerpt
from udfs.base import say, squeezed

#: From which likeness on two sentences are the same sentence.
_ALIKE = 0.8
_NAME = "name"
#: A slip of the pen changes so many characters at most, and leaves a name so like what it was.
_SLIP, _NEAR = 2, 0.6
#: Punctuation and spaces that make no difference.
_SAME = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "“": '"', "”": '"', ".": "。"})
_PARTICLES = "的为是共，：、"
_PLAIN = {"，", "。", "；", "、", "：", " ", "　", "\u00a0"}


class _Part(Struct, frozen=True):
    """A fact, a name or a character of a sentence, and where it stands. `token`: the fact's number."""

    key: str
    text: str
    start: int
    end: int
    token: int = -1


class Likeness(Struct, frozen=True):
    """How like the nearest expected sentence is, and what differs from it. `same`: numbers of facts that agree."""

    ratio: float
    exact: bool  #: nothing but facts differs
    permuted: bool  #: the same facts in another order
    same: frozenset[int]
    differing: tuple[tuple[int, Contradiction], ...]  #: with the fact's number, -1 for a name


class Names:
    """Finds known names in a text. Names that mean the same share a key."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self.key: dict[str, frozenset[int]] = {}
        for number, group in enumerate(groups):
            for name in group:
                if len(name) > 1:
                    self.key[name] = self.key.get(name, frozenset()) | {number}

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Made only where a sentence is not the expected one: hundreds of names take their time."""
        longest = sorted(self.key, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest))) if longest else None

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """The names that stand in a text, the longest at each place."""
        return self._pattern.finditer(text) if self._pattern else iter(())

    def alike(self, one: str, other: str) -> bool:
        """Whether two names mean the same."""
        return one == other or bool(self.key.get(one, frozenset()) & self.key.get(other, frozenset()))


class Expected:
    """The sentences of a section as the program writes them, prepared for comparison."""

    def __init__(self, sentences: Sequence[Sentence], names: Names) -> None:
        self.names = names
        self.texts = {s.text for s in sentences}
        self._sentences = sentences

    @cached_property
    def sentences(self) -> list[tuple[Sentence, list[_Part]]]:
        """The sentences with their parts, taken apart once one is not as expected."""
        return [(s, _parts(s, self.names)) for s in self._sentences]

    def nearest(self, sentence: Sentence, section: int) -> Likeness | None:
        """The comparison with the likest expected sentence; None where none is like it."""
        if sentence.text in self.texts:
            return Likeness(1.0, exact=True, permuted=False, same=frozenset(range(len(sentence.tokens))), differing=())
        parts = _parts(sentence, self.names)
        keys = [p.key for p in parts]
        best: tuple[float, float, Sentence, list[_Part], SequenceMatcher[str]] | None = None
        for expected, expected_parts in self.sentences:
            if not min(len(keys), len(expected_parts)):
                continue
            matcher = SequenceMatcher(None, [p.key for p in expected_parts], keys, autojunk=False)
            raw = SequenceMatcher(None, expected.text, sentence.text, autojunk=False)
            if max(matcher.quick_ratio(), raw.quick_ratio()) < _ALIKE:
                continue
            ratio, close = matcher.ratio(), raw.ratio()
            # A broken name is many characters where the whole one is a single fact; then the plain texts are alike.
            if max(ratio, close) < _ALIKE:
                continue
            if best is None or (ratio, close) > best[:2]:
                best = (ratio, close, expected, expected_parts, matcher)
        if best is None:
            return None
        ratio, _, expected, expected_parts, matcher = best
        return _Comparison(expected, expected_parts, sentence, parts, self.names, section).made(ratio, matcher)


class _Comparison:
    """One sentence beside the one expected."""

    def __init__(
        self,
        expected: Sentence,
        expected_parts: list[_Part],
        sentence: Sentence,
        parts: list[_Part],
        names: Names,
        section: int,
    ) -> None:
        self.expected = expected
        self.expected_parts = expected_parts
        self.sentence = sentence
        self.parts = parts
        self.names = names
        self.section = section

    def made(self, ratio: float, matcher: SequenceMatcher[str]) -> Likeness:
        same: set[int] = set()
        differing: list[tuple[int, Contradiction]] = []
        matched: dict[int, int] = {}
        for mark, i1, i2, j1, j2 in matcher.get_opcodes():
            if mark == "equal":
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                    self._pair(i, j, same, differing, matched)
            elif mark == "replace":
                facts = [i for i in range(i1, i2) if self.expected_parts[i].token >= 0]
                others = [j for j in range(j1, j2) if self.parts[j].token >= 0]
                if len(facts) == len(others):
                    for i, j in zip(facts, others, strict=True):
                        self._pair(i, j, same, differing, matched)
        slipped = dict(self._slipped())
        differing += [(-1, slip) for slip in slipped.values()]
        differing += self._names(matched, slipped)
        wanted, written = [p.key for p in self.expected_parts], [p.key for p in self.parts]
        permuted = Counter(wanted) == Counter(written) and self._permuted()
        return Likeness(ratio, wanted == written, permuted, frozenset(same), tuple(differing))

    def _pair(
        self, i: int, j: int, same: set[int], differing: list[tuple[int, Contradiction]], matched: dict[int, int]
    ) -> None:
        """Two parts at the same place."""
        left, right = self.expected_parts[i], self.parts[j]
        if left.key == _NAME:
            if self.names.alike(left.text, right.text):
                matched[i] = j
            return
        matched[i] = j
        if left.token < 0:
            return
        wanted, token = self.expected.tokens[left.token], self.sentence.tokens[right.token]
        # An amount may be written in another unit; its value is in 万元 either way.
        measured = wanted.kind == t.AMOUNT or wanted.unit == token.unit
        if wanted.kind == token.kind and wanted.value == token.value and measured:
            same.add(right.token)
        else:
            differing.append((right.token, self._differs(wanted, token)))

    def _differs(self, wanted: Token, token: Token) -> Contradiction:
        quote = excerpt(self.sentence.text, token.start, token.end)
        if wanted.kind == token.kind == t.AMOUNT:
            message = say(
                "写的是{written}，按现有各表和基础信息应为{wanted}",
                "expected_amount",
                written=token.text,
                wanted=wanted.text,
            )
            left, right = v.figure(token.value), v.figure(wanted.value)
            return Contradiction(
                v.AMOUNT, self.section, quote, message, left, right, v.figure(token.value - wanted.value)
            )
        kind = {
            t.AMOUNT: v.AMOUNT,
            t.PERCENT: v.RATE,
            t.COUNT: v.COUNT,
            t.YEAR: v.DATING,
            t.DATE: v.DATING,
            t.DIRECTION: v.TURN,
        }.get(wanted.kind, v.WORDING)
        message = say(
            "写的是“{written}”，按现有各表和基础信息应为“{wanted}”", "expected", written=token.text, wanted=wanted.text
        )
        return Contradiction(kind, self.section, quote, message)

    def _slipped(self) -> Iterator[tuple[int, Contradiction]]:
        """Names with a character or two changed, left out or added, where all around is as expected."""
        changes = SequenceMatcher(None, self.expected.text, self.sentence.text, autojunk=False).get_opcodes()
        edits = [edit for edit in changes if edit[0] != "equal"]
        for name in self.names.find(self.expected.text):
            first, last = name.span()
            inside = [e for e in edits if (e[1] < last and e[2] > first) or first < e[1] == e[2] < last]
            if not inside or any(e[2] - e[1] > _SLIP or e[4] - e[3] > _SLIP for e in inside):
                continue
            if any(e[1] < first or e[2] > last for e in edits if e[1] <= last + 1 and e[2] >= first - 1):
                # What stands around the name has changed as well: other words, not a slip.
                continue
            start, end = _moved(changes, first), _moved(changes, last)
            written = squeezed(self.sentence.text[start:end])
            if written == squeezed(name[0]) or self._says_so(written, name[0]):
                continue
            if SequenceMatcher(None, written, name[0]).ratio() >= _NEAR:
                quote = excerpt(self.sentence.text, start, end)
                message = say("写的是“{written}”，疑为“{meant}”", "slipped", written=written, meant=name[0])
                yield first, Contradiction(v.NAME, self.section, quote, message, about=squeezed(name[0]))

    def _names(self, matched: dict[int, int], told: dict[int, Contradiction]) -> Iterator[tuple[int, Contradiction]]:
        """Names of the expected sentence in whose place something like them, but another thing, stands."""
        for i, part in enumerate(self.expected_parts):
            if part.key != _NAME or i in matched or part.start in told:
                continue
            before = max((k for k in matched if k < i), default=-1)
            after = min((k for k in matched if k > i), default=len(self.expected_parts))
            if any(self.expected_parts[k].key == _NAME for k in range(before + 1, after) if k != i):
                # Several names in a row have gone: reworded, not a slip.
                continue
            start = self.parts[matched[before]].end if before >= 0 else 0
            end = self.parts[matched[after]].start if after < len(self.expected_parts) else len(self.sentence.text)
            wanted_start = self.expected_parts[before].end if before >= 0 else 0
            wanted_end = (
                self.expected_parts[after].start if after < len(self.expected_parts) else len(self.expected.text)
            )
            written = squeezed(self.sentence.text[start:end])
            wanted = squeezed(self.expected.text[wanted_start:wanted_end])
            if not written or written == wanted or self._says_so(written, part.text):
                continue
            unlike = len(wanted) > len(part.text) + 4 or SequenceMatcher(None, written, wanted).ratio() < _NEAR - 0.1
            if unlike and not (written in self.names.key and wanted == part.text):
                continue
            quote = excerpt(self.sentence.text, start, end)
            message = say("写的是“{written}”，疑为“{wanted}”", "other_name", written=written, wanted=wanted)
            yield -1, Contradiction(v.NAME, self.section, quote, message, about=squeezed(part.text))

    def _says_so(self, written: str, name: str) -> bool:
        """Whether words are another name for the same, but for particles."""
        return self.names.alike(written.strip(_PARTICLES), name)

    def _permuted(self) -> bool:
        """Whether both hold the same facts and names, in whatever order."""
        return _facts(self.expected, self.expected_parts) == _facts(self.sentence, self.parts)


def _moved(changes: Sequence[tuple[str, int, int, int, int]], at: int) -> int:
    """Where a place of the expected sentence lies in the other."""
    for mark, i1, i2, j1, j2 in changes:
        if i1 <= at < i2 or at == i1 == i2:
            return j1 + min(at - i1, j2 - j1) if mark == "equal" else j1
    return changes[-1][4] if changes else 0


def _facts(sentence: Sentence, parts: Sequence[_Part]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for part in parts:
        if part.key == _NAME:
            found[_NAME, part.text] += 1
        elif part.token >= 0:
            token = sentence.tokens[part.token]
            found[token.kind + token.unit, f"{token.value.normalize():f}"] += 1
    return found


def _parts(sentence: Sentence, names: Names) -> list[_Part]:
    """A sentence as facts, names and characters."""
    facts = {token.start: number for number, token in enumerate(sentence.tokens)}
    found = {}
    for match in names.find(sentence.text):
        inside = [n for s, n in facts.items() if match.start() <= s < match.end()]
        if not inside:
            found[match.start()] = match
    parts: list[_Part] = []
    at = 0
    while at < len(sentence.text):
        if at in facts:
            token = sentence.tokens[facts[at]]
            parts.append(_Part(f"{token.kind} {_measure(token)}", token.text, token.start, token.end, facts[at]))
            at = token.end
        elif at in found:
            match = found[at]
            parts.append(_Part(_NAME, match[0], match.start(), match.end()))
            at = match.end()
        else:
            character = sentence.text[at].translate(_SAME)
            if character not in _PLAIN:
                parts.append(_Part(character, character, at, at + 1))
            at += 1
    return parts


def _measure(token: Token) -> str:
    return "" if token.kind in (t.AMOUNT, t.YEAR, t.DATE, t.DIRECTION) else token.unit
