"""The values that a chart keeps beside its references, brought up to date.

A spreadsheet program draws a chart from the cells; what shows a file without calculating it (a mail's preview, a file
manager) draws the kept values, which would be those of the workbook's last visit to such a program.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from addin.xlsx.parts import parse_xml, xml_bytes
from udfs.base import Area, Block, is_blank, plain, read_reference

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def refreshed(chart: bytes, area: Area, block: Block) -> bytes:
    """The chart's part with the kept values of every column of `area` that it draws; the same bytes where it has none.

    `block` fills the area.
    """
    if b"chartSpace" not in chart:
        return chart
    root = parse_xml(chart)
    found = False
    for kind, number in (("strRef", False), ("numRef", True)):
        for reference in root.iter(f"{{{_CHART}}}{kind}"):
            column = _column(reference.findtext(f"{{{_CHART}}}f") or "", area)
            if column is None:
                continue
            found = True
            _keep(reference, [line[column] for line in block.cells], number=number)
    return xml_bytes(root) if found else chart


def _column(formula: str, area: Area) -> int | None:
    """Which column of the area a reference takes whole, from 0; None where it is another place."""
    drawn = read_reference(formula)
    if drawn is None:
        return None
    sheet, first_row, column, last_row, last_column = drawn
    inside = (sheet, first_row, last_row) == (area[0], area[1], area[3]) and area[2] <= column <= area[4]
    return column - area[2] if column == last_column and inside else None


def _keep(reference: etree._Element, values: Sequence[Any], *, number: bool) -> None:
    name = f"{{{_CHART}}}{'numCache' if number else 'strCache'}"
    old = reference.find(name)
    if old is not None:
        reference.remove(old)
    cache = etree.Element(name)
    formula = reference.find(f"{{{_CHART}}}f")
    assert formula is not None
    formula.addnext(cache)
    if number:
        etree.SubElement(cache, f"{{{_CHART}}}formatCode").text = "#,##0.00"
    etree.SubElement(cache, f"{{{_CHART}}}ptCount", val=str(len(values)))
    for at, value in enumerate(values):
        if is_blank(value):
            continue
        point = etree.SubElement(cache, f"{{{_CHART}}}pt", idx=str(at))
        text = f"{value:f}" if isinstance(value, Decimal) else plain(value)
        etree.SubElement(point, f"{{{_CHART}}}v").text = text
