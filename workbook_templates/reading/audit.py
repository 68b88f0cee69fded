"""The words by which texts call the figures, as data: what an edition's audit.toml says for reading a text back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.inputs import InputSheet
from workbook_templates.reading.narrative import Narrative
from workbook_templates.reading.toml_files import place_of, read_optional, telling


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
    """A whole and its parts by the words before them: where a section states them all, they add up."""

    whole: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    unit: str


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


#: The file of an edition that this module reads.
AUDIT = "audit.toml"


def read_audit_words(folder: Path, narrative: Narrative, sheets: tuple[InputSheet, ...]) -> AuditWords:
    """The words of an edition's folder, none where it has no such file. Raises EditionError where the file is wrong."""
    path = folder / AUDIT
    raw = read_optional(path)
    if raw is None:
        return AuditWords()
    with telling(place_of(path)):
        words = _read(raw)
    _check(words, narrative, sheets, place_of(path))
    return words


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


def _read(raw: Mapping[str, Any]) -> AuditWords:
    dates = raw.get("dates", {})
    return AuditWords(
        figures=tuple(
            Figure(
                key=f"{item['value']} {item.get('within', '')}",
                says=tuple(item["says"]),
                value=item["value"],
                unit=item.get("unit", "万元"),
                sections=_sections(item),
                opens=item.get("opens", ""),
                within=item.get("within", ""),
                change=item.get("change", ""),
            )
            for item in raw.get("figures", ())
        ),
        shares=tuple(Share(item["whole"], _sections(item), item.get("within", "")) for item in raw.get("shares", ())),
        rows=tuple(Rows(*_listed(item), item.get("per", 1), item.get("digits", 0)) for item in raw.get("rows", ())),
        names=tuple(Names(*_listed(item)) for item in raw.get("names", ())),
        sums=tuple(
            Sum(tuple(item["whole"]), tuple(tuple(part) for part in item["parts"]), item.get("unit", "万元"))
            for item in raw.get("sums", ())
        ),
        as_of=dates.get("as_of", ""),
        as_of_sections=_sections(dates) if dates else (),
        fillers=tuple(raw.get("fillers", ())),
    )


def _listed(item: Mapping[str, Any]) -> tuple[str, str, tuple[int, ...], str]:
    return item["items"], item.get("classification", ""), _sections(item), item.get("within", "")


def _sections(item: Mapping[str, Any]) -> tuple[int, ...]:
    found: int | Sequence[int] = item.get("section", ())
    return (found,) if isinstance(found, int) else tuple(found)
