"""Builds an edition's template workbook from its data, the same bytes in every part on every run."""

from __future__ import annotations

import datetime
import re
import sys
import zipfile
from io import BytesIO
from pathlib import Path

from lxml import etree
from openpyxl.workbook import Workbook
from openpyxl.workbook.properties import CalcProperties

from workbook_templates.archive import CALCULATED_BY, archive
from workbook_templates.defined_names import EDITION, RELATIONS
from workbook_templates.reading import Edition, available_editions, load_edition
from workbook_templates.template.chart import chart_part, with_alternative_text
from workbook_templates.template.cover import build_cover
from workbook_templates.template.forms import build_form
from workbook_templates.template.inputs import build_input_sheet, build_ledger
from workbook_templates.template.plain import (
    build_codes,
    build_findings,
    build_glossary,
    build_headed,
    build_narrative,
    build_performance,
    build_rows,
)
from workbook_templates.template.styles import register
from workbook_templates.template.tools import add_name

#: The level of government whose words the glossary has before 基础信息 says which.
FIRST_LEVEL = "市级"
_LONG_AGO = datetime.datetime(2024, 1, 1)  # noqa: DTZ001 - document properties have no zone


def build_book(edition: Edition) -> Workbook:
    """The template as an openpyxl workbook."""
    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    register(book)
    inputs = {sheet.name: sheet for sheet in edition.input_sheets}
    ledgers = {spec.sheet: spec for spec in edition.ledgers}
    add_name(book, EDITION, f'"{edition.stamp}"')
    for plain in edition.sheets:
        if plain.kind == "cover":
            build_cover(book, plain, edition)
        elif plain.kind == "input":
            build_input_sheet(book, inputs[plain.name])
        elif plain.kind == "ledger":
            build_ledger(book, ledgers[plain.name])
        elif plain.kind == "forms":
            for form in edition.forms:
                build_form(book, form, edition)
        elif plain.kind == "glossary":
            build_glossary(book, plain, edition, FIRST_LEVEL)
        elif plain.kind == "narrative":
            build_narrative(book, plain, edition)
        elif plain.kind == "performance":
            build_performance(book, plain, edition)
        elif plain.kind == "findings":
            build_findings(book, plain)
        elif plain.kind == "relations":
            build_rows(book, plain, RELATIONS)
        else:
            build_headed(book, plain)
    build_codes(book, edition)
    book.active = 0
    book.calculation = CalcProperties(calcId=CALCULATED_BY, fullCalcOnLoad=None)
    properties = book.properties
    properties.title = f"单位预算公开工作簿（{edition.name}）"
    properties.subject = "单位预算公开"
    properties.keywords = "预算公开,单位预算,勾稽关系"
    properties.creator = "yusuan"
    properties.description = f"版式 {edition.stamp}"
    properties.language = "zh-CN"
    properties.created = properties.modified = _LONG_AGO
    return book


def template_bytes(edition: Edition) -> bytes:
    """The template as a file: fixed dates, so that its parts depend on the edition alone."""
    buffer = BytesIO()
    book = build_book(edition)
    book.save(buffer)
    with zipfile.ZipFile(buffer) as source:
        parts = {name: source.read(name) for name in source.namelist()}
        for name, data in parts.items():
            if name == "docProps/core.xml":
                stamp = _LONG_AGO.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                parts[name] = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            elif name == "xl/styles.xml":
                parts[name] = _ordered_fonts(data)
            elif name.startswith("xl/drawings/drawing"):
                parts[name] = with_alternative_text(data, edition.narrative.chart_title)
            elif name.startswith("xl/charts/chart"):
                parts[name] = chart_part(book, edition)
    return archive(parts)


#: The order in which the schema wants a font's parts; openpyxl writes another.
_FONT_PARTS = (
    "b",
    "i",
    "strike",
    "outline",
    "shadow",
    "u",
    "vertAlign",
    "sz",
    "color",
    "name",
    "family",
    "charset",
    "scheme",
)


def _ordered_fonts(styles: bytes) -> bytes:
    root = etree.fromstring(styles)
    for font in root.iter("{*}font"):
        font[:] = sorted(font, key=lambda part: _FONT_PARTS.index(etree.QName(part).localname))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def main(names: list[str]) -> int:
    """Write the templates of the named editions, of all where none is named."""
    for name in names or available_editions():
        edition = load_edition(name)
        edition.template.write_bytes(template_bytes(edition))
        print(Path(edition.template).name, name, edition.stamp)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
