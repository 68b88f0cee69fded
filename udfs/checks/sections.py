"""Family D, the sections: each speaks of its own matter, under the heading of the form, and says something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from udfs.audit import verdicts as v
from udfs.base import FORCED, HINT, Finding, address, numeral, say, squeezed
from udfs.checks.registry import Inspection, check
from udfs.checks.text import ReadBack, read_back
from udfs.narrative import Section, TextRow


@check("D17", FORCED, "第六节写的是第五节的内容")
def every_section_speaks_of_its_own_matter(inspection: Inspection) -> Iterator[Finding]:
    """各节正文说的是本节的事，不是别的一节的。"""
    read = read_back(inspection)
    for own, row in _edited(read):
        other = next((s for s in read.sections if s is not own and _is_text_of(row.text, s, own)), None)
        if other is not None:
            message = "第{section}节写的是第{other}节的内容，请改写或重新生成情况说明"
            words = say(message, section=numeral(own.number), other=other.numeral)
            yield Finding("D17", FORCED, inspection.edition.narrative.sheet.name, address(row.row, row.column), words)


@check("D18", HINT, "第六节没有写一个数，而各表中有这一节要说明的金额")
def every_section_has_its_heading_and_says_something(inspection: Inspection) -> Iterator[Finding]:
    """各节的标题是规定的标题，正文不是没有一个数的空话。"""
    read = read_back(inspection)
    sheet = inspection.edition.narrative.sheet.name
    for own, row in _edited(read):
        named = {"section": numeral(own.number)}
        if squeezed(row.heading) != squeezed(own.heading):
            message = "第{section}节的标题应为“{right}”，现为“{heading}”，请核对"
            words = say(message, "heading", **named, right=own.heading, heading=row.heading)
            yield Finding("D18", HINT, sheet, address(row.row, row.column - 1), words)
        if _AMOUNT.search(own.text) and not _figures_in(row.text) and not _is_denied(read, own.number):
            words = say("第{section}节没有写一个数，而各表中有这一节要说明的金额，请核对", "nothing", **named)
            yield Finding("D18", HINT, sheet, address(row.row, row.column), words)


def _edited(read: ReadBack) -> Iterator[tuple[Section, TextRow]]:
    """The sections that the clerk has written herself, as the program would write them and as they stand."""
    return ((own, row) for own in read.sections if (row := read.rows.get(own.number)) is not None and row.edited)


#: An amount other than 0, and what of a text is no figure of its section.
_AMOUNT = re.compile(r"(?<![\d.])(?!0(?:\.0+)?万元)\d[\d,.]*万元")
_YEAR = re.compile(r"\d{4}年")


def _figures_in(text: str) -> bool:
    return bool(re.search(r"\d|[零一二三四五六七八九十百千]元|[十百千万亿]元", _YEAR.sub("", text)))


def _is_denied(read: ReadBack, section: int) -> bool:
    return any(c.section == section and c.kind == v.DENIAL for c in read.audited.contradictions)


def _is_text_of(text: str, other: Section, own: Section) -> bool:
    """Whether the greater part of a text is another section's, whatever its figures, and not its own."""
    said = _said(text)
    foreign = (said & _said(other.text)) - _said(own.text)
    return sum(map(len, foreign)) * 2 > sum(map(len, said))


@lru_cache(maxsize=256)
def _said(text: str) -> frozenset[str]:
    """The sentences of a text without their figures."""
    return frozenset({re.sub(r"\d[\d,.]*", "#", squeezed(part)) for part in re.split(r"[。；\n]", text)} - {""})
