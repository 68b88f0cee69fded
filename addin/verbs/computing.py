"""What a command computes on a workbook, read from a file or open in Excel. Nothing here opens or writes one."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from addin.verbs.overlay import Overlay
from addin.xlsx import fault
from udfs.base import Area, Block, FileFacts, Grids, InputProblems, Problem
from udfs.checks import Inspection
from udfs.fill import Filled, fill
from udfs.narrative import Section, TextPlan, write_text
from udfs.results import result_blocks
from udfs.validate import Report, inspect, validate
from workbook_templates.reading import Edition, EditionError, available_editions, load_edition


class Book(Protocol):
    """A workbook as a command sees it, read from a file or open in Excel."""

    path: Path

    @property
    def grids(self) -> Grids:
        """Every sheet's values."""

    @property
    def names(self) -> dict[str, Area]:
        """Where the defined names point."""

    @property
    def facts(self) -> FileFacts:
        """What it shows besides values."""

    @property
    def edition_stamp(self) -> str:
        """Edition and template version; empty where it is none of ours."""


def edition_named(name: str | None) -> Edition:
    """The edition of that name, the default one where none is named; raises InputProblems where there is none."""
    try:
        return load_edition(name)
    except EditionError as error:
        raise InputProblems([Problem("", str(error))]) from None


def edition_of(book: Book) -> Edition:
    """The edition that a workbook says it was made from; raises InputProblems where it is not one of ours."""
    name, _, version = book.edition_stamp.partition("/")
    if not name:
        raise fault(book.path, "不是用本程序模板建立的工作簿，请先新建工作簿或导入该文件")
    if name not in available_editions():
        raise fault(book.path, f"版式“{name}”本程序没有，可用的版式：{'、'.join(available_editions())}")
    edition = edition_named(name)
    if version.split(".")[0] != edition.version.split(".")[0]:
        raise fault(book.path, f"模板版本为 {version}，本程序的版本为 {edition.version}，请用新模板重新建立工作簿")
    return edition


def fill_book(book: Book, *, balanced: bool = False) -> Filled:
    """The tables of a workbook from its ledger."""
    return fill(edition_of(book), book.grids, book.names, balanced=balanced)


def narrate_book(book: Book) -> tuple[tuple[Section, ...], TextPlan]:
    """The text of a workbook from its tables, and how its sheet is brought up to date."""
    return write_text(edition_of(book), book.grids, book.names)


def text_notes(sections: tuple[Section, ...], plan: TextPlan) -> list[str]:
    """What the clerk is to know about the text."""
    notes = [note for section in sections for note in section.notes]
    return [str(note) for note in (*plan.notes, *notes)]


def fill_notes(filled: Filled) -> list[str]:
    """What the clerk is to know about the tables."""
    if not filled.changes:
        return list(filled.notes)
    listed = "；".join(f"{c.sheet}!{c.cell} {c.rounded}→{c.balanced}" for c in filled.changes)
    return [*filled.notes, f"舍位平衡调整了{len(filled.changes)}个单元格：{listed}"]


def validate_book(book: Book) -> tuple[Inspection, Report]:
    """Every relation and check on a workbook."""
    inspection = inspect(edition_of(book), book.grids, book.names, book.facts)
    return inspection, validate(inspection)


class Generated(Struct):
    """What 一键生成 gave: everything to write, in order, and what came out."""

    blocks: list[Block]
    filled: Filled
    report: Report
    notes: list[str]


def generate_book(book: Book) -> Generated:
    """Tables, text and findings one after the other, computed before anything is written."""
    filled = fill_book(book)
    blocks = list(filled.blocks)

    def written() -> Book:
        return Overlay(book.path, book.grids, book.names, book.facts, book.edition_stamp, blocks)

    sections, plan = narrate_book(written())
    blocks += plan.blocks
    inspection, report = validate_book(written())
    blocks += result_blocks(inspection, report)
    return Generated(blocks, filled, report, [*fill_notes(filled), *text_notes(sections, plan)])
