"""The automatic numbers of Word paragraphs, as Word would print them."""

from __future__ import annotations

import re

from docx.document import Document
from docx.oxml.ns import qn

from addin.document.docx_text import W, value_of
from udfs.base import numeral

_CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "japaneseCounting",
    "ideographTraditional",
    "taiwaneseCounting",
}


class Numbers:
    """The automatic numbers of paragraphs, as Word would print them."""

    def __init__(self, document: Document) -> None:
        self.levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.abstract: dict[str, str] = {}
        part = next((r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering")), None)
        if part is None or not hasattr(part, "element"):
            return
        root = part.element
        for number in root.findall(qn("w:num")):
            link = number.find(qn("w:abstractNumId"))
            if link is not None:
                self.abstract[number.get(qn("w:numId"), "")] = link.get(W["val"], "")
        for abstract in root.findall(qn("w:abstractNum")):
            key = abstract.get(qn("w:abstractNumId"), "")
            for level in abstract.findall(qn("w:lvl")):
                values = {name: value_of(level.find(qn(f"w:{name}"))) for name in ("numFmt", "lvlText", "start")}
                start = values["start"]
                self.levels[key, int(level.get(qn("w:ilvl"), "0"))] = (
                    values["numFmt"],
                    values["lvlText"],
                    int(start) if start.isdigit() else 1,
                )

    def next(self, number: str, level: int) -> str:
        """The number of the next paragraph of a list."""
        key = self.abstract.get(number, "")
        if (key, level) not in self.levels:
            return ""
        kind, pattern, start = self.levels[key, level]
        self.counts[key, level] = self.counts.get((key, level), start - 1) + 1
        for deeper in [k for k in self.counts if k[0] == key and k[1] > level]:
            del self.counts[deeper]
        if kind in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            own, _, begins = self.levels.get((key, at), ("decimal", "", 1))
            value = self.counts.get((key, at), begins)
            return numeral(value) if own in _CHINESE and value < 100 else str(value)

        return re.sub(r"%(\d)", shown, pattern)
