"""The words by which texts call the figures, as data: what an edition's audit.toml says for reading a text back."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.inputs import InputSheet
from workbook_templates.reading.narrative import Narrative
from workbook_templates.reading.toml_files import Classification, Positive, Schema, place_of, read_file

#: The vocabulary of all editions, beside their folders.
COMMON = "words.toml"


class Figure(Struct, frozen=True):
    """A figure that texts name: the words right before it, what it is, and what it opens for the words that follow.

    `value` is an expression over the same figures that the narrative's templates see. `sections` empty: every section.
    `within`: valid only after a figure that opened that scope (or one below it).
    """

    key: str
    says: tuple[str, ...]
    value: str
    unit: str
    sections: tuple[int, ...]
    opens: str
    within: str
    change: str


class Share(Struct, frozen=True):
    """What a percentage after 占 is a share of."""

    whole: str
    sections: tuple[int, ...]
    within: str


class Rows(Struct, frozen=True):
    """Rows of a table that texts name with their amounts: a list of the narrative, names by a classification.

    `per`: by how much the table's unit is smaller than 万元. `digits`: length of the codes whose names stand in the
    list; a name of the classification that is of that length and not in the list has no amount in the table.
    """

    items: str
    classification: str
    sections: tuple[int, ...]
    within: str
    per: int = 1
    digits: int = 0


class Names(Struct, frozen=True):
    """A bare list of names after a word, compared as a set with a list of the narrative."""

    items: str
    classification: str
    sections: tuple[int, ...]
    within: str


class Sum(Struct, frozen=True):
    """A whole and its parts by the words before them: where a section states them all, they add up.

    `may`: parts that need not be named.
    """

    whole: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    unit: str
    may: tuple[tuple[str, ...], ...] = ()


class Limit(Struct, frozen=True):
    """A part that is at most what it is a part of, both by the words before them."""

    of: tuple[str, ...]
    part: tuple[str, ...]


class AuditWords(Struct, frozen=True):
    """Everything an edition says for the audit; all empty where it says nothing."""

    figures: tuple[Figure, ...] = ()
    shares: tuple[Share, ...] = ()
    rows: tuple[Rows, ...] = ()
    names: tuple[Names, ...] = ()
    sums: tuple[Sum, ...] = ()
    as_of: str = ""  #: month and day of last year to which facts of property are stated, for example 12-31
    as_of_sections: tuple[int, ...] = ()
    fillers: tuple[str, ...] = field(default_factory=tuple)  #: words that may stand between a name and its figure
    limits: tuple[Limit, ...] = ()
    right: tuple[str, ...] = ()  #: words that are right, however like a name they are
    thresholds: tuple[int, ...] = ()  #: 万元 from which equipment is told of
    own_sections: tuple[int, ...] = ()  #: sections that speak of this year's budget though no figure is named in them
    nouns: tuple[str, ...] = ()  #: fillers that are part of a name
    openers: tuple[str, ...] = ()  #: words that begin a clause and are no part of a name
    plain: tuple[str, ...] = ()  #: words that may stand before 支出 and the like and are no name's slip
    renamed: tuple[tuple[str, str], ...] = ()  #: names of earlier years, and what they are called now


#: The sections that something is said of: a number of narrative.toml, or several; none: every section.
_Sections = Positive | tuple[Positive, ...]


class DatesKeys(Schema, frozen=True):
    """The day of the facts of property."""

    #: month and day of last year to which they are stated, for example 12-31
    as_of: Annotated[str, Meta(pattern="^[0-9]{2}-[0-9]{2}$", title="月和日，例如“12-31”")]
    section: _Sections = ()  #: the sections that state them


class FigureKeys(Schema, frozen=True):
    """A figure that texts name."""

    says: tuple[str, ...]  #: the words right before it; of several the longest counts
    value: str  #: what it is, an expression over the figures that the narrative's templates see
    unit: str = "万元"  #: its unit
    section: _Sections = ()  #: the sections that name it, by number; every one where not said
    opens: str = ""  #: the scope that it opens for the words that follow
    within: str = ""  #: it is meant only after a figure that opened that scope
    change: str = ""  #: the change (`c.NAME`) that 比上年增加… after it speaks of


class ShareKeys(Schema, frozen=True):
    """What a percentage after 占 is a share of."""

    whole: str  #: the whole, an expression
    section: _Sections = ()  #: the sections that name it
    within: str = ""  #: the scope that it is meant in


class NamesKeys(Schema, frozen=True):
    """A bare list of names after a word, compared as a set with a list of the narrative."""

    items: str  #: the list, an expression
    classification: Classification | None = None  #: the classification of the names
    section: _Sections = ()  #: the sections that name them
    within: str = ""  #: the scope that they are meant in


class RowsKeys(NamesKeys, frozen=True):
    """Rows of a table that texts name with their amounts."""

    per: Positive = 1  #: by how much the table's unit is smaller than 万元
    digits: int = 0  #: the length of the codes whose names the list holds: such a name that it lacks has no amount


class SumKeys(Schema, frozen=True):
    """A whole and its parts: where a section states them all, they add up."""

    whole: tuple[str, ...]  #: the words before the whole
    parts: tuple[tuple[str, ...], ...]  #: for each part the words before it
    unit: str = "万元"  #: the unit of all of them
    may: tuple[tuple[str, ...], ...] = ()  #: parts that need not be named


class AuditKeys(Schema, frozen=True):
    """The words by which texts call the figures, for reading a text back."""

    fillers: tuple[str, ...] = ()  #: words that may stand between a name and its figure
    own_sections: tuple[Positive, ...] = ()  #: sections that speak of this year's budget without a figure of the tables
    dates: DatesKeys | None = None  #: the day of the facts of property
    figures: tuple[FigureKeys, ...] = ()  #: the figures
    shares: tuple[ShareKeys, ...] = ()  #: what shares are of
    rows: tuple[RowsKeys, ...] = ()  #: the rows of tables
    names: tuple[NamesKeys, ...] = ()  #: the lists of names
    sums: tuple[SumKeys, ...] = ()  #: the sums


class LimitKeys(Schema, frozen=True):
    """A part that is at most what it is a part of."""

    of: tuple[str, ...]  #: the words before the whole
    part: tuple[str, ...]  #: the words before the part


class CommonKeys(Schema, frozen=True):
    """The vocabulary below that of the editions (words.toml beside their folders): how texts of any form speak."""

    fillers: tuple[str, ...]  #: words that say nothing of what an amount is
    nouns: tuple[str, ...]  #: fillers that are part of a name all the same
    right: tuple[str, ...]  #: words that are right, however like a name they are
    thresholds: tuple[Positive, ...]  #: 万元 from which equipment is told of
    openers: tuple[str, ...]  #: words that begin a clause and are no part of a name
    synonyms: tuple[tuple[str, ...], ...]  #: names that mean the same
    plain: tuple[str, ...]  #: words that may stand before 支出 and the like and are no name's slip
    renamed: tuple[tuple[str, str], ...]  #: names of earlier years, and what they are called now
    sums: tuple[SumKeys, ...]  #: wholes and parts
    limits: tuple[LimitKeys, ...]  #: parts that are at most their whole


@cache
def common_words() -> CommonKeys:
    """The vocabulary that every edition shares. Raises EditionError where its file is wrong."""
    path = Path(__file__).parent.parent / "editions" / COMMON
    return read_file(path, CommonKeys, place_of(COMMON))


def _spoken(figures: Sequence[FigureKeys]) -> list[tuple[str, ...]]:
    """The words of every figure, with those that mean the same and are no other figure's in the same sections."""
    groups = common_words().synonyms
    result = []
    for figure in figures:
        more = [w for group in groups if set(group) & set(figure.says) for w in group if w not in figure.says]
        mine = set(_numbers(figure.section))
        near = [
            f for f in figures if f is not figure and (not mine or not f.section or mine & set(_numbers(f.section)))
        ]
        taken = {word for other in near for word in other.says}
        result.append((*figure.says, *dict.fromkeys(w for w in more if w not in taken)))
    return result


def audit_words_of(keys: AuditKeys, narrative: Narrative, sheets: tuple[InputSheet, ...], place: str) -> AuditWords:
    """The words from what their file says. Raises EditionError that names figures the narrative does not have."""
    shared = common_words()
    words = AuditWords(
        figures=tuple(
            Figure(f"{f.value} {f.within}", says, f.value, f.unit, _numbers(f.section), f.opens, f.within, f.change)
            for f, says in zip(keys.figures, _spoken(keys.figures), strict=True)
        ),
        shares=tuple(Share(s.whole, _numbers(s.section), s.within) for s in keys.shares),
        rows=tuple(
            Rows(r.items, r.classification or "", _numbers(r.section), r.within, r.per, r.digits) for r in keys.rows
        ),
        names=tuple(Names(n.items, n.classification or "", _numbers(n.section), n.within) for n in keys.names),
        sums=tuple(Sum(s.whole, s.parts, s.unit, s.may) for s in (*keys.sums, *shared.sums)),
        as_of=keys.dates.as_of if keys.dates else "",
        as_of_sections=_numbers(keys.dates.section) if keys.dates else (),
        fillers=tuple(dict.fromkeys((*keys.fillers, *shared.fillers))),
        limits=tuple(Limit(one.of, one.part) for one in shared.limits),
        right=shared.right,
        thresholds=shared.thresholds,
        own_sections=keys.own_sections,
        nouns=shared.nouns,
        openers=shared.openers,
        plain=shared.plain,
        renamed=shared.renamed,
    )
    _check(words, narrative, sheets, place)
    return words


def _numbers(written: int | tuple[int, ...]) -> tuple[int, ...]:
    return (written,) if isinstance(written, int) else written


_NAME = re.compile(r"\b(a|c|l|basic)(?:\.(\w+)|\['(\w+)'\])")


def _check(words: AuditWords, narrative: Narrative, sheets: tuple[InputSheet, ...], place: str) -> None:
    """Every figure that an expression names must be one of the narrative's, or a field of the basic data."""
    basic = next((r for sheet in sheets for r in sheet.ranges if r.key == "basic"), None)
    known = {
        "a": set(narrative.amounts),
        "c": {change.key for change in narrative.changes},
        "l": {spec.key for spec in narrative.lists},
        "basic": {field.key for field in basic.fields} if basic else set(),
    }
    expressions = [*(f.value for f in words.figures), *(s.whole for s in words.shares)]
    expressions += [*(r.items for r in words.rows), *(n.items for n in words.names)]
    expressions += [f"c.{f.change}" for f in words.figures if f.change]
    for expression in expressions:
        for kind, plain, quoted in _NAME.findall(expression):
            if (plain or quoted) not in known[kind]:
                raise EditionError(f"{place}：“{expression}”中没有名为“{plain or quoted}”的数据")
