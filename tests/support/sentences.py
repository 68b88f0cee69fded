"""The sentences of tests/data/sentences*.txt: right ones and wrong ones, and what the audit and the proofreader say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec import Struct

from tests.support.check_cases import sample_book
from tests.support.foreign import grids_of, imported
from tests.support.units import ready_book
from udfs.audit import Known, audit, proofread
from udfs.audit.proofread import HABIT
from udfs.checks.text import known_of
from udfs.tables import Reading
from udfs.validate import inspect
from workbook_templates.reading.edition import load_edition

_FOLDER = Path(__file__).parent.parent / "data"


class Case(Struct, frozen=True):
    """A text of a form's section. `kind`: what is wrong with it, empty where it is right."""

    form: str
    section: int
    kind: str
    text: str


@cache
def cases(name: str = "sentences") -> tuple[Case, ...]:
    """Every text of a file, right and wrong."""
    found: list[Case] = []
    form, section, right = "", 0, ""
    for line in (_FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        rest = rest.replace("\\n", "\n")
        if mark == "@":
            form, number = rest.split()
            section = int(number)
        elif mark == "+":
            right = rest
            found.append(Case(form, section, "", right))
        elif mark == "!":
            kind, _, text = rest.partition(" | ")
            found.append(Case(form, section, kind, text))
        elif mark == "-":
            kind, old, new = (part.strip() for part in rest.split("|"))
            assert old in right, f"{old} is not in {right}"
            found.append(Case(form, section, kind, right.replace(old, new, 1)))
    return tuple(found)


@cache
def known(form: str) -> Known:
    """The tables that hold for a form's sentences."""
    if form == "sample":
        book = sample_book()
        return known_of(inspect(Reading(load_edition(), book.grids, book.names, book.file)))
    if form != "unit":
        book = ready_book(form)
        return known_of(inspect(Reading(load_edition(), book.grids, book.names, book.file)))
    unit = imported(grids_of("unit"))
    return known_of(inspect(Reading(unit.found.edition, unit.grids, unit.names)))


@cache
def said_of(case: Case) -> list[tuple[str, str]]:
    """Kind and message of everything that is said of a text."""
    tables = known(case.form)
    found = [(c.kind, c.message) for c in audit({case.section: case.text}, tables.words, tables).contradictions]
    return found + [(slip.kind, slip.message) for slip in proofread(case.text) if slip.kind != HABIT]
