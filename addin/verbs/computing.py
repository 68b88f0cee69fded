"""What a command computes on a workbook, read from a file or open in Excel. Nothing here opens or writes one."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from addin.places import data_folder, logger
from addin.verbs.signed_edition import own_editions, signature_of
from addin.xlsx import fault
from udfs.base import Area, Block, FileFacts, Grids, InputProblems, Problem
from udfs.checks import Inspection
from udfs.fill import Filled
from udfs.narrative import Section, TextPlan
from udfs.pipeline import Pipeline
from udfs.tables import Reading
from udfs.validate import Report
from workbook_templates.reading import (
    Edition,
    EditionError,
    available_editions,
    chain,
    edition_in,
    is_edition,
    load_edition,
    look_in,
    unpacked,
)

#: Where editions that came as zip files are unpacked.
_UNPACKED = "unpacked"


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
    """The edition of that name or in that folder, the default one where none is named.

    Raises InputProblems where there is none, or where its files are wrong.
    """
    _look()
    try:
        if name and (place := Path(name)).name != name and (place.is_dir() or place.suffix == ".zip"):
            folder = place.resolve() if place.is_dir() else unpacked(place, data_folder() / _UNPACKED)
            return _unaltered(edition_in(folder))
        return _unaltered(load_edition(name))
    except EditionError as error:
        raise InputProblems([Problem("", fault) for fault in error.faults]) from None


def _unaltered(edition: Edition) -> Edition:
    """An edition from outside the program whose signature, where it has one, is good; raises InputProblems."""
    for folder in () if edition.shipped else chain(edition.folder):
        signature_of(folder)
    return edition


def _look() -> None:
    """The user's own editions count."""
    editions_in(own_editions())


def editions_in(folder: Path) -> None:
    """The editions in a folder count from now on: folders, and zip files, each unpacked once.

    One that cannot be is noted in the log and left out: it must not keep the other editions from their work.
    """
    look_in(folder)
    for packed in filter(is_edition, sorted(folder.glob("*.zip"))):
        try:
            look_in(unpacked(packed, data_folder() / _UNPACKED).parent)
        except (EditionError, OSError) as error:
            logger().warning("edition %s cannot be unpacked: %s", packed.name, error)


def edition_of(book: Book) -> Edition:
    """The edition that a workbook says it was made from; raises InputProblems where it is not one of ours."""
    name, _, version = book.edition_stamp.partition("/")
    if not name:
        raise fault(book.path, "不是用本程序模板建立的工作簿，请先新建工作簿或导入该文件")
    _look()
    beside = book.path.resolve().parent / name
    known = name in available_editions()
    # A workbook from elsewhere must not lead to any folder of this machine.
    packed = beside.with_name(f"{name}.zip")
    near = next(filter(is_edition, (beside, packed)), None)
    if not known and (near is None or Path(name).name != name):
        names = "、".join(available_editions())
        message = f"版式“{name}”本程序没有，请把版式文件夹或它的 zip 文件放在工作簿旁边；可用的版式：{names}"
        raise fault(book.path, message)
    edition = edition_named(name if known else str(near))
    if version.split(".")[0] != edition.version.split(".")[0]:
        raise fault(book.path, f"模板版本为 {version}，本程序的版本为 {edition.version}，请用新模板重新建立工作簿")
    return edition


def table_measures(edition: Edition) -> dict[str, str]:
    """In what the amounts of the tables are, by sheet."""
    return {form.sheet: form.measure for form in edition.forms}


def table_grids(book: Book, edition: Edition) -> Grids:
    """The sheets of the tables that a workbook has."""
    return {form.sheet: book.grids[form.sheet] for form in edition.forms if form.sheet in book.grids}


#: The workbook of the last click, likely that of the next one too: what she has not touched since is not read again.
_LAST: list[tuple[Path, Reading]] = []


def reading_of(book: Book) -> Reading:
    """A workbook as the steps of the work read it; raises InputProblems where it is not one of ours."""
    edition = edition_of(book)
    reading = Reading(edition, book.grids, book.names, book.facts)
    for path, last in _LAST:
        if path == book.path and last.edition is edition:
            reading = last.again(book.grids, book.names, book.facts)
    _LAST[:] = [(book.path, reading)]
    return reading


def fill_book(book: Book, *, balanced: bool = False) -> Filled:
    """The tables of a workbook from its ledger."""
    return Pipeline(reading_of(book)).fill(balanced=balanced)


def narrate_book(book: Book) -> tuple[tuple[Section, ...], TextPlan]:
    """The text of a workbook from its tables, and how its sheet is brought up to date."""
    return Pipeline(reading_of(book)).narrate()


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
    return Pipeline(reading_of(book)).check()


class Generated(Struct):
    """What 一键生成 gave: everything to write, in order, and what came out."""

    blocks: list[Block]
    filled: Filled
    report: Report
    notes: list[str]


def generate_book(book: Book) -> Generated:
    """Tables, text and findings one after the other, computed before anything is written."""
    pipeline = Pipeline(reading_of(book))
    filled, sections, plan, inspection, report = pipeline.generate()
    pipeline.write_results(inspection, report)
    return Generated(pipeline.blocks, filled, report, [*fill_notes(filled), *text_notes(sections, plan)])
