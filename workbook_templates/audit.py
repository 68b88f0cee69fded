"""The words by which texts call the figures, as data: what an edition's audit.toml says for reading a text back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbook_templates.errors import EditionError


@dataclass(frozen=True)
class Figure:
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


@dataclass(frozen=True)
class Share:
    """What a percentage after 占 is a share of."""

    whole: str
    sections: tuple[int, ...]
    within: str


@dataclass(frozen=True)
class Rows:
    """Rows of a table that texts name with their amounts: a list of the narrative, names by a classification.

    `per`: by how much the table's unit is smaller than 万元.
    """

    items: str
    classification: str
    sections: tuple[int, ...]
    within: str
    per: int = 1


@dataclass(frozen=True)
class Names:
    """A bare list of names after a word, compared as a set with a list of the narrative."""

    items: str
    classification: str
    sections: tuple[int, ...]
    within: str


@dataclass(frozen=True)
class Sum:
    """A whole and its parts by the words before them: where a section states them all, they add up."""

    whole: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    unit: str


@dataclass(frozen=True)
class AuditWords:
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


def read_audit_words(folder: Path) -> AuditWords:
    """The words of an edition's folder. Raises EditionError where the file is wrong; a missing file is none."""
    path = folder / AUDIT
    if not path.is_file():
        return AuditWords()
    place = f"版式文件 {folder.name}/audit.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return _read(raw)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EditionError(f"{place} 有语法错误：{error}") from None
    except KeyError as missing:
        raise EditionError(f"{place}：缺少 {missing}") from None


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
        rows=tuple(Rows(*_listed(item), item.get("per", 1)) for item in raw.get("rows", ())),
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
