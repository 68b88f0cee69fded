"""Slips planted in a Word document as it is published: one a row of a table or a paragraph, each of a kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import docx
from docx.document import Document
from docx.text.paragraph import Paragraph
from msgspec import Struct

FIGURE, NAME, TURN, YEAR, GONE, ADDED = "figure", "name", "turn", "year", "gone", "added"
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_YEAR = re.compile(r"20\d\d(?=年)")
_TURNS = {"增加": "减少", "减少": "增加", "上升": "下降", "下降": "上升", "持平": "增加"}
_WORD = re.compile(r"[\u4e00-\u9fff]{3,}")


class Slip(Struct, frozen=True):
    """A slip: its kind, what stood there and what stands there now, and its table and row or else its paragraph."""

    kind: str
    before: str
    after: str
    table: int = -1
    row: int = -1

    @property
    def place(self) -> tuple[int, int]:
        """Table and row; -1 for the text."""
        return self.table, self.row


class Spot(Struct, frozen=True):
    """Where a slip can be planted: a paragraph of the text or of a cell."""

    paragraph: Any
    kind: str
    table: int = -1
    row: int = -1


def spots(document: Document) -> Iterator[Spot]:
    """Every place for a slip of every kind; none in the contents."""
    for number, table in enumerate(document.tables):
        for row, line in enumerate(table._tbl.tr_lst):
            for cell in line.tc_lst:
                paragraphs = [Paragraph(p, table) for p in cell.p_lst]
                for paragraph in paragraphs[:1]:
                    text = paragraph.text.strip()
                    if _FIGURE.fullmatch(text):
                        yield Spot(paragraph, FIGURE, number, row)
                    elif _WORD.search(text):
                        yield Spot(paragraph, NAME, number, row)
                        if _YEAR.search(text):
                            yield Spot(paragraph, YEAR, number, row)
    for paragraph in document.paragraphs:
        text = paragraph.text
        if "\t" in text or not text.strip() or (paragraph.style is not None and paragraph.style.name.startswith("toc")):
            continue
        if len(text) > 30:
            yield from (Spot(paragraph, kind) for kind in (NAME, GONE, ADDED))
        if any(word in text for word in _TURNS):
            yield Spot(paragraph, TURN)
        if re.search(r"\d", _YEAR.sub("", text)):
            yield Spot(paragraph, FIGURE)
        if _YEAR.search(text):
            yield Spot(paragraph, YEAR)


def plant(spot: Spot, random: Random) -> Slip:
    """Type the slip over what stands there."""
    paragraph = spot.paragraph
    before = paragraph.text
    if spot.kind == GONE:
        paragraph._p.getparent().remove(paragraph._p)
        return Slip(GONE, before, "", spot.table, spot.row)
    if spot.kind == ADDED:
        added = f"另有{random.randint(2, 900)}.5万元用于其他方面的支出。"
        paragraph.insert_paragraph_before(added)
        return Slip(ADDED, before, added, spot.table, spot.row)
    after = _changed(before, spot.kind, random)
    for run in paragraph.runs[1:]:
        run.text = ""
    paragraph.runs[0].text = after
    return Slip(spot.kind, before, after, spot.table, spot.row)


def _changed(text: str, kind: str, random: Random) -> str:
    if kind == YEAR:
        match = random.choice(list(_YEAR.finditer(text)))
        return f"{text[: match.start()]}{int(match[0]) + random.choice((-1, 1))}{text[match.end() :]}"
    if kind == TURN:
        places = [m for word in _TURNS for m in re.finditer(word, text)]
        match = random.choice(places)
        return f"{text[: match.start()]}{_TURNS[match[0]]}{text[match.end() :]}"
    if kind == FIGURE:
        years = {n for m in _YEAR.finditer(text) for n in range(*m.span())}
        at = random.choice([n for n, c in enumerate(text) if c.isdigit() and n not in years])
        return f"{text[:at]}{(int(text[at]) + random.randint(1, 9)) % 10}{text[at + 1 :]}"
    match = random.choice(list(_WORD.finditer(text)))
    at = random.randrange(match.start(), match.end())
    return text[:at] + text[at + 1 :]


def opened(path: Any) -> Document:
    """A Word document."""
    return docx.Document(str(path))
