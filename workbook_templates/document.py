"""The whole disclosure as data: the words of its cover, contents and parts, and what stands where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbook_templates.errors import EditionError
from workbook_templates.inputs import InputSheet
from workbook_templates.toml_files import place_of, read_optional, telling
from workbook_templates.values import frozen


@frozen
class DocumentSpec:
    """Texts with names in braces that the document fills in. `sources`: range and field of what the overview prints."""

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
    chart_after: int
    forms_after: int
    chart_columns: tuple[str, str, str]
    chart_alt: str


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
    overview, parts, after, chart = raw["overview"], raw["parts"], raw["after"], raw["chart"]
    sources: dict[str, tuple[str, str]] = {}
    for key in ("duties", "departments", "units"):
        part, _, name = overview["sources"][key].partition(".")
        if part not in ranges or name not in {f.key for f in ranges[part].fields}:
            raise EditionError(f"{place}：输入表没有字段“{overview['sources'][key]}”")
        sources[key] = (part, name)
    for key in ("chart", "forms"):
        if not 1 <= after[key] <= sections:
            raise EditionError(f"{place} after.{key}：情况说明没有第{after[key]}节")
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
        chart_after=after["chart"],
        forms_after=after["forms"],
        chart_columns=(first, second, third),
        chart_alt=chart["alt"],
    )
