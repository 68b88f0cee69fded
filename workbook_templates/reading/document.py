"""The whole disclosure as data: the words of its cover, contents and parts, and what stands where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.inputs import InputSheet
from workbook_templates.reading.toml_files import place_of, read_optional, telling


class DocumentSpec(Struct, frozen=True):
    """Texts with names in braces that the document fills in. `sources`: range and field of what the overview prints.

    `stands`: sections of the text that stand in another part of the document, by what they are there (duties,
    structure, glossary). `chart_after`, `forms_after`: the section after which they stand, 0 where the form has none.
    """

    title: str
    running_head: str
    contents: str
    overview: str
    tables: str
    text: str
    glossary: str
    duties: str
    structure: str
    departments: str
    units: str
    missing: str
    sources: Mapping[str, tuple[str, str]]
    stands: Mapping[str, int]
    chart_after: int
    forms_after: int
    chart_columns: tuple[str, str, str]
    chart_alt: str


#: What of the overview and the glossary a section of the text may give.
_STANDING = ("duties", "structure", "glossary")

#: The file of an edition that this module reads.
DOCUMENT = "document.toml"


def read_document(folder: Path, sheets: tuple[InputSheet, ...], sections: int) -> DocumentSpec | None:
    """The document of an edition's folder, None where it has none. Raises EditionError that names what is wrong."""
    path = folder / DOCUMENT
    raw = read_optional(path)
    if raw is None:
        return None
    with telling(place_of(path)):
        return _read(raw, place_of(path), sheets, sections)


def _read(raw: Mapping[str, Any], place: str, sheets: tuple[InputSheet, ...], sections: int) -> DocumentSpec:
    ranges = {r.key: r for sheet in sheets for r in sheet.ranges}
    overview, parts, stands, after = raw["overview"], raw["parts"], raw.get("stands", {}), raw.get("after", {})
    chart: Mapping[str, Any] = raw["chart"] if "chart" in after else {"columns": ("", "", ""), "alt": ""}
    sources: dict[str, tuple[str, str]] = {}
    for key in ("duties", "departments", "units"):
        part, _, name = overview["sources"][key].partition(".")
        if part not in ranges or name not in {f.key for f in ranges[part].fields}:
            raise EditionError(f"{place}：输入表没有字段“{overview['sources'][key]}”")
        sources[key] = (part, name)
    if unknown := set(stands) - set(_STANDING):
        raise EditionError(f"{place} stands：只能是 {'、'.join(_STANDING)}，没有“{min(unknown)}”")
    for name, numbers in (("after", after), ("stands", stands)):
        for key, number in numbers.items():
            if not 1 <= number <= sections:
                raise EditionError(f"{place} {name}.{key}：情况说明没有第{number}节")
    first, second, third = chart["columns"]
    return DocumentSpec(
        title=raw["title"],
        running_head=raw["running_head"],
        contents=raw["contents"],
        overview=parts["overview"],
        tables=parts["tables"],
        text=parts["text"],
        glossary=parts["glossary"],
        duties=overview["duties"],
        structure=overview["structure"],
        departments=overview["departments"],
        units=overview["units"],
        missing=overview["missing"],
        sources=sources,
        stands={str(key): int(number) for key, number in stands.items()},
        chart_after=after.get("chart", 0),
        forms_after=after.get("forms", 0),
        chart_columns=(first, second, third),
        chart_alt=chart["alt"],
    )
