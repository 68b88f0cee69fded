"""What a disclosure is made of: headings, paragraphs, terms, tables, the chart and the performance forms."""

from __future__ import annotations

from msgspec import Struct

from udfs.narrative import Item

#: What a cell shows: a heading, a total's label (centred), a name, a code, an amount.
HEAD = "head"


CENTER = "center"


NAME = "name"


CODE = "code"


AMOUNT = "amount"


class Cell(Struct, frozen=True):
    """A cell of a grid: what it shows, how it is set, and how many rows and columns it takes."""

    text: str
    kind: str = NAME
    bold: bool = False
    rowspan: int = 1
    colspan: int = 1


class Grid(Struct, frozen=True):
    """A table as HTML has it: every row lists the cells that begin in it. The first `head` rows are headings."""

    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    head: int = 0


class Heading(Struct, frozen=True):
    """A heading that the contents list (level 2), or one within a section (level 3)."""

    text: str
    level: int


class Paragraph(Struct, frozen=True):
    """A paragraph of running text."""

    text: str


class Term(Struct, frozen=True):
    """A term of the glossary and what it means."""

    name: str
    text: str


class TableView(Struct, frozen=True):
    """An official table: `mark` above it (预算公开表1), `name` (表一), title, unit line, grid, the note under it."""

    mark: str
    name: str
    title: str
    unit: str
    measure: str
    grid: Grid
    note: str
    landscape: bool


class Chart(Struct, frozen=True):
    """The pie chart: its slices, its description in words, and the same figures as a table."""

    title: str
    items: tuple[Item, ...]
    description: str
    grid: Grid


class FormView(Struct, frozen=True):
    """A performance form; each begins a page."""

    title: str
    subtitle: str
    grid: Grid


Element = Heading | Paragraph | Term | TableView | Chart | FormView


class Part(Struct, frozen=True):
    """A part of the document: what it holds, in order."""

    key: str
    title: str
    elements: tuple[Element, ...]


class Disclosure(Struct, frozen=True):
    """The document. `notes`: what the clerk is to be told, a sentence each."""

    unit: str
    title: str
    running_head: str
    contents: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
