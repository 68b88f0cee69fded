"""The text of an example as sections, templates and the words by which it calls the figures of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher

from msgspec import Struct, field

from udfs.base import squeezed
from udfs.drafting.pages import Page, tables_of
from udfs.drafting.parts import Draft, figure_at
from udfs.drafting.vocabulary import stem

_HEADING = re.compile(r"^[一二三四五六七八九十]+、(?:关于)?(?P<words>[^。；，：:]{4,60}(?:情况说明|的说明|情况))$")
_MONEY = re.compile(r"(?<![\d.])([\d,，]+(?:\.\d+)?)\s*万元")
#: A figure that is not money, or words that hold for one unit alone.
_OWN = re.compile(r"\d\s*%|\d+\s*(?:个|辆|人|平方米)|主要原因|上年|比\d{4}年|主要用于|文件|〔|（[类款项]）")
_LEAD = re.compile(r"^[（(]?[\d一二三四五六七八九十]+[）)．.、]\s*")
#: What announces amounts that follow in lines of their own.
_OPENING = re.compile(r"[，,]?(?:其中|包括)?[：:，,；;。]*$")
_FILLERS = re.compile(r"(?:为|是|共|数|安排|：|:)+$")
#: More sections no text has.
_MOST = 20


class DraftText(Struct):
    """Sections in order, the wording of those that could be written, and what their figures are."""

    headings: list[str] = field(default_factory=list)
    templates: dict[int, str] = field(default_factory=dict)  #: by the section's number
    amounts: dict[str, str] = field(default_factory=dict)  #: name → cell
    figures: list[tuple[int, str, str]] = field(default_factory=list)  #: section, words before, name


def text_of(pages: Sequence[Page], draft: Draft) -> DraftText:
    """What the pages without a table say; without headings nothing."""
    made = DraftText()
    cells = list(_cells(draft))
    units = [re.split(r"[：:]", t.table.unit_line)[-1].split("单位")[0].strip() for t in draft.tables]
    own = max((u for u in units if len(u) > 3), key=units.count, default="")
    number = 0
    for line in (line for page in pages if not any(tables_of(page)) for line in _lines(page)):
        if heading := _HEADING.match(squeezed(line)):
            words = heading["words"]
            number = made.headings.index(words) + 1 if words in made.headings else len(made.headings) + 1
            if number > _MOST:
                break
            if words not in made.headings:
                made.headings.append(words)
        elif number:
            sentences = [
                s for part in re.split(r"(?<=[。；])", line) if (s := _sentence(part, number, own, cells, made))
            ]
            if sentences:
                made.templates[number] = f"{made.templates.get(number, '')}¶{''.join(sentences)}\n"
    return made


def _lines(page: Page) -> Iterator[str]:
    for row in page.grid:
        for cell in row:
            if isinstance(cell, str):
                yield from (line.strip() for line in cell.split("\n") if line.strip())


def _cells(draft: Draft) -> Iterator[tuple[Decimal, str, str]]:
    """Every figure of a fixed row: its amount, what it is called, and how a relation names it."""
    for number, made in enumerate(draft.tables, 1):
        for block in made.blocks:
            for row in (row for row in block.rows if row.kind == "label"):
                for column in block.columns:
                    amount = figure_at(made.table, made, row, column)
                    if amount:
                        called = f"{made.table.core}{stem(row.key)}{column.key}"
                        yield amount, called, f"T{number}[{row.key or '预算数'}].{column.key}"


def _sentence(text: str, number: int, own: str, cells: Sequence[tuple[Decimal, str, str]], made: DraftText) -> str:
    """A sentence with its figures replaced; empty where one is none of the tables', or where it is the unit's own."""
    clauses: list[str] = []
    for clause in re.split(r"(?<=[，,；;])", text.strip()):
        if _OWN.search(clause) or (not clauses and not _MONEY.search(clause)):
            break  # what follows speaks of it
        names: list[str] = []
        for found in _MONEY.finditer(clause):
            amount = Decimal(re.sub(r"[,，]", "", found[1]))
            before = _LEAD.sub("", clause[: found.start()].replace(own, "") if own else clause[: found.start()])
            names.append(
                _named(amount, re.sub(r"20\d\d年度?", "", before), made.headings[number - 1], number, cells, made)
            )
        if not all(names):
            break
        told = iter(names)
        clauses.append(_MONEY.sub(lambda _, told=told: f"{{{{ a.{next(told)}|money }}}}", clause))
    written = _OPENING.sub("", "".join(clauses)).rstrip("，,；;：:。")
    if not written:
        return ""
    if own:
        written = written.replace(own, "{{ name }}")
    return f"{re.sub(r'20[0-9]{2}(?=年)', '{{ year }}', written)}。"


def _named(
    amount: Decimal,
    before: str,
    heading: str,
    number: int,
    cells: Sequence[tuple[Decimal, str, str]],
    made: DraftText,
) -> str:
    """The name of the amount that a figure is: of those that are as large the one called most like the words before."""
    words = _FILLERS.sub("", re.split(r"[，。；：、]", before)[-1].strip())

    def alike(called: str) -> float:
        return SequenceMatcher(None, heading + words, called).ratio() + SequenceMatcher(None, words, called).ratio()

    same = [(alike(called), ref) for value, called, ref in cells if value == amount]
    if not same or not words:
        return ""
    ref = max(same)[1]
    known: Mapping[str, str] = {cell: name for name, cell in made.amounts.items()}
    name = known.get(ref) or f"figure_{len(made.amounts) + 1}"
    made.amounts[name] = ref
    if all((section, said) != (number, words) for section, said, _ in made.figures):
        made.figures.append((number, words, name))
    return name
