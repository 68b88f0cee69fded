"""Slips planted in the text of published documents, one at a time: each figure, direction, year and name in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from addin.document import is_document, read_document
from addin.published.examine import _as_document, _inspected
from addin.verbs.import_book import recognised, texts_of
from addin.xlsx import Workbook
from udfs.audit import Known, audit, proofread
from udfs.audit import tokens as t
from udfs.audit.proofread import HABIT
from udfs.checks.text import known_of
from udfs.foreign import Published
from udfs.published.asked import targets_add_up, units_agree

#: Sections that say what an office does, not what it spends.
_NO_BUDGET = re.compile("职能|职责|机构|名词解释|单位构成|项目经费情况")
_KINDS = {t.AMOUNT: "money", t.PERCENT: "percentage", t.COUNT: "count", t.DIRECTION: "direction", t.YEAR: "year"}
_TURNS = dict(
    zip(
        ["增加", "增长", "上升", "提高", "减少", "下降", "降低"],
        ["减少", "下降", "下降", "降低", "增加", "增长", "提高"],
        strict=True,
    )
)


class Slip(Struct, frozen=True):
    """A text with something typed wrongly. `kind`: of what; `start`: where in the section's text."""

    section: int
    kind: str
    start: int
    old: str
    new: str


class Told(Struct, frozen=True):
    """A document's sections that speak of the budget, and its tables' figures."""

    texts: Mapping[int, str]
    known: Known
    document: Published

    def said(self, section: int, text: str) -> set[tuple[str, str]]:
        """Everything that is said of a section as it stands."""
        done = audit({section: text}, self.known.words, self.known)
        told = {(c.kind, c.message) for c in done.contradictions}
        return told | {(slip.kind, slip.message) for slip in proofread(text) if slip.kind != HABIT}

    def unbound(self, section: int, text: str) -> int:
        """Figures of a section that nothing verifies."""
        return len(audit({section: text}, self.known.words, self.known).unbound)


@cache
def told_by(path: Path) -> Told:
    """A published document's text and figures."""
    data = path.read_bytes()
    document = read_document(path, data) if is_document(path.name) else _as_document(path, Workbook(path, data).grids)
    grids = document.grids()
    found = recognised(path, grids, None)
    texts = texts_of(found, grids)
    inspection, _ = _inspected(document, found, texts)
    own = {x.number: x.text for x in texts if not _NO_BUDGET.search(x.heading)}
    return Told(own, known_of(inspection), document)


def slips(told: Told, seed: int = 0) -> Iterator[Slip]:
    """Every slip, in order; the digit and the character that change are drawn by a fixed seed."""
    random = Random(seed)
    for section, text in told.texts.items():
        start = 0
        for sentence in t.sentences_of(text):
            start = max(text.find(sentence.text, start), start)
            for token in sentence.tokens:
                if (kind := _KINDS.get(token.kind)) and (new := _wrong(token, random)):
                    yield Slip(section, kind, start + token.start, token.text, new)
        yield from _names(told.known, section, text, random)


def _wrong(token: t.Token, random: Random) -> str:
    """A token with another digit, or the other direction; empty where there is no way to go wrong."""
    if token.kind == t.DIRECTION:
        return _TURNS.get(token.text, "增加" if token.value == 0 and len(token.text) > 1 else "")
    digits = [at for at, sign in enumerate(token.text) if sign.isdigit()]
    at = digits[3] if token.kind == t.YEAR else random.choice(digits)
    others = [d for d in "0123456789" if d != token.text[at] and not (d == "0" and at == digits[0])]
    return token.text[:at] + random.choice(others) + token.text[at + 1 :]


def _names(known: Known, section: int, text: str, random: Random) -> Iterator[Slip]:
    """The names of figures and rows in a text, each with one character wrong."""
    plain = text
    taken: set[int] = set()
    for name in known.spoken_names:
        if len(name) < 4 or not re.fullmatch("[\u4e00-\u9fff（）]+", name):
            continue
        for match in re.finditer(re.escape(name), plain):
            if taken & set(range(*match.span())):
                continue
            taken |= set(range(*match.span()))
            at = random.randrange(len(name))
            other = random.choice([c for c in "政务般社疗障" if c != name[at]])
            yield Slip(section, "name", match.start(), name, name[:at] + other + name[at + 1 :])


def _typed(document: Published, text: str, slip: Slip) -> Published:
    """The document with the slip in the passage that holds its words."""
    line = text.rfind("\n", 0, slip.start) + 1
    around = text[max(line, slip.start - 12) : slip.start + len(slip.old)]
    passages = list(document.passages)
    for at, passage in enumerate(passages):
        if around in passage.text:
            wrong = around[: -len(slip.old)] + slip.new
            passages[at] = replace(passage, text=passage.text.replace(around, wrong, 1))
            break
    return replace(document, passages=tuple(passages))


def _asked(document: Published) -> set[str]:
    return {x.finding.message for x in (*targets_add_up(document), *units_agree(document))}


def is_found(told: Told, slip: Slip) -> bool:
    """Whether something is said of the text with the slip that is not said of it as it is."""
    text = told.texts[slip.section]
    typed = text[: slip.start] + slip.new + text[slip.start + len(slip.old) :]
    if told.said(slip.section, typed) - _before(told, slip.section):
        return True
    return bool(_asked(_typed(told.document, text, slip)) - _asked(told.document))


_BEFORE: dict[tuple[int, int], set[tuple[str, str]]] = {}


def _before(told: Told, section: int) -> set[tuple[str, str]]:
    key = (id(told), section)
    if key not in _BEFORE:
        _BEFORE[key] = told.said(section, told.texts[section])
    return _BEFORE[key]
