"""The cell formats of a workbook, found by the name of their style, and its colours by rule."""

from __future__ import annotations

import copy

from lxml import etree
from msgspec import Struct

from addin.xlsx.parts import MAIN, parse_xml


class Rule(Struct, frozen=True):
    """A colour by rule: the area, the formula for its first cell, the fill and the ink."""

    area: str
    formula: str
    fill: str
    ink: str
    bold: bool = False


class Styles:
    """The workbook's cell formats, found by the name of their style; `changed` once one had to be added."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.changed = False
        self._known: dict[str, str] = {}

    def index(self, name: str) -> str:
        """The number of the format that is the named style and nothing else; empty where there is no such style."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> str:
        named = next(
            (s for s in self.root.iterfind(f"{{{MAIN}}}cellStyles/{{{MAIN}}}cellStyle") if s.get("name") == name), None
        )
        formats = self.root.find(f"{{{MAIN}}}cellXfs")
        bases = self.root.find(f"{{{MAIN}}}cellStyleXfs")
        if named is None or formats is None or bases is None:
            return ""
        number = named.get("xfId", "0")
        base = bases[int(number)]
        for at, item in enumerate(formats):
            if item.get("xfId") == number and _look(item) == _look(base):
                return str(at)
        added = copy.deepcopy(base)
        added.set("xfId", number)
        formats.append(added)
        formats.set("count", str(len(formats)))
        self.changed = True
        return str(len(formats) - 1)

    def number(self, name: str) -> int:
        """The number of the format of a named style; that of plain cells where the workbook has no such style."""
        return int(self.index(name) or 0)

    def colour(self, rule: Rule) -> int:
        """The number of a differential format with the colours of a rule, added to the workbook."""
        parts = self.root.find(f"{{{MAIN}}}dxfs")
        if parts is None:
            parts = etree.Element(f"{{{MAIN}}}dxfs")
            styles = self.root.find(f"{{{MAIN}}}cellStyles")
            assert styles is not None
            styles.addnext(parts)
        bold = '<b val="1"/>' if rule.bold else ""
        text = (
            f'<dxf xmlns="{MAIN}"><font>{bold}<color rgb="{rule.ink}"/></font>'
            f'<fill><patternFill patternType="solid"><bgColor rgb="{rule.fill}"/></patternFill></fill></dxf>'
        )
        parts.append(parse_xml(text.encode()))
        parts.set("count", str(len(parts)))
        self.changed = True
        return len(parts) - 1


def _look(item: etree._Element) -> tuple[object, ...]:
    """What a format looks like: number, font, fill, border, alignment."""
    own = [item.get(key, "0") for key in ("numFmtId", "fontId", "fillId", "borderId")]
    alignment = item.find(f"{{{MAIN}}}alignment")
    return (*own, dict(alignment.attrib) if alignment is not None else {})
