"""One published document examined: read, held against its edition's relations and, where there is one, its workbook."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from addin.document import is_document, read_document
from addin.verbs.computing import edition_named, edition_of, reading_of
from addin.verbs.import_book import recognised, texts_of, values_of
from addin.xlsx import Workbook
from udfs.base import GRADES, NOTE, Area, Finding, Grids, InputProblems, plain, with_blocks
from udfs.checks import Inspection, Skipped
from udfs.checks.text import audited_of
from udfs.disclosure import read_disclosure
from udfs.disclosure_parts import FormView, Grid, Heading, Paragraph, TableView, Term
from udfs.foreign import (
    TEXT,
    PageTable,
    Passage,
    Published,
    Recognition,
    SectionText,
    Targets,
    find_targets,
    is_number,
    take_over,
    target_sheets,
    unwrapped,
)
from udfs.performance import performance_forms
from udfs.published import (
    AGAINST,
    STATEMENT,
    TIMELY,
    DocumentFinding,
    FormPlaces,
    Frame,
    Item,
    Places,
    checked_alone,
    cover_compared,
    figures_agree,
    form_findings,
    frames_compared,
    item_names,
    items_of,
    ordered,
    published_in_time,
    says_empty,
    tables_compared,
    targets_compared,
    targets_of,
    text_compared,
    without_value,
)
from udfs.tables import Reading
from udfs.upward import refusal
from udfs.validate import Report, inspect, validate

#: A sheet with fewer rows of figures is one of text.
_FEW_FIGURES = 3
_SIZE = struct.Struct(">I")
#: Findings and unverified figures of one document that are passed on.
MOST_FINDINGS, MOST_UNVERIFIED = 2_000, 500
_NO_DATES = "文件中没有批复日期和公开日期，无法判断是否在批复后二十日内公开"

Record = dict[str, Any]


class Examined(Struct, frozen=True):
    """What was found in a document. `reason`: why no edition fits, where none does."""

    document: Published
    found: Recognition | None
    report: Report | None
    findings: tuple[DocumentFinding, ...]
    items: tuple[Item, ...]
    unverified: tuple[Any, ...] = ()
    reason: str = ""


def task(document: bytes, workbook: bytes = b"") -> bytes:
    """A document and the workbook that it is held against, as one string of bytes for a child."""
    return _SIZE.pack(len(document)) + document + workbook


def examine(name: str, data: bytes) -> bytes:
    """Examine a document's bytes; what cannot be read comes back as a refusal, never as an exception."""
    (size,) = _SIZE.unpack_from(data)
    document, workbook = data[_SIZE.size : _SIZE.size + size], data[_SIZE.size + size :]
    try:
        return json.dumps(record(name, examined(Path(name), document, workbook)), ensure_ascii=False).encode()
    except InputProblems as found:
        return refusal("；".join(p.message for p in found.problems[:3])).partition(b"\n")[0]
    except (MemoryError, RecursionError, zlib.error) as error:
        return refusal(f"解析时超出限制（{type(error).__name__}），未予读取").partition(b"\n")[0]
    except Exception as error:  # noqa: BLE001 - one bad document never stops the rest; the kind of fault is passed on
        return refusal(f"无法解析（{type(error).__name__}），请用原程序打开并重新保存后再试").partition(b"\n")[0]


def examined(path: Path, data: bytes, workbook: bytes = b"") -> Examined:
    """Read and inspect a document. Raises InputProblems where it cannot be read."""
    if is_document(path.name):
        document = read_document(path, data)
    else:
        book = Workbook(path, data)
        if book.edition_stamp:
            return _own_workbook(path, book)
        document = _as_document(path, book.grids)
    against = Workbook(Path("工作簿.xlsx"), workbook) if workbook else None
    targets = find_targets(document.grids())
    grids = {sheet: grid for sheet, grid in document.grids().items() if sheet not in targets.sheets}
    try:
        found = recognised(path, grids, edition_of(against) if against else None)
    except InputProblems as problems:
        told = "；".join(p.message for p in problems.problems[1:3])
        return _without_edition(document, targets, f"没有识别出本程序已有版式的表格{'：' if told else ''}{told}")
    texts = texts_of(found, grids)
    inspection, report = _inspected(document, found, texts)
    places = Places(document, found, texts)
    findings = [*form_findings(document, found, texts), *places.of_tables(report.findings), *places.without_note()]
    forms, on_forms = _on_forms(document, targets, found, inspection)
    findings += on_forms
    unverified: tuple[Any, ...] = ()
    dated, late = published_in_time(document)
    findings += late
    unknown: dict[str, str] = {} if dated else {TIMELY: _NO_DATES}
    try:
        audited = audited_of(inspection)
        findings += places.of_text(audited, found.edition.narrative.sheet.name)
        unverified = tuple(places.unverified(audited))
    except Skipped as skipped:
        unknown[STATEMENT] = skipped.reason
    names = item_names(found)
    if against is not None:
        names.append((AGAINST, "与工作簿核对"))
        findings += _compared(places, inspection, report, against, forms, targets)
    every = ordered(findings)
    return Examined(document, found, report, every, items_of(every, names, unknown), unverified)


def _without_edition(document: Published, targets: Targets, reason: str) -> Examined:
    """A document of no known form: its own shape and its performance forms are inspected, its tables are not."""
    dated, late = published_in_time(document)
    findings = ordered([*form_findings(document, None, ()), *late, *_on_forms(document, targets, None, None)[1]])
    unknown = {**({} if dated else {TIMELY: _NO_DATES}), "各表": f"各表没有核对：{reason}"}
    names = [*item_names(None), ("各表", "各表")]
    return Examined(document, None, None, findings, items_of(findings, names, unknown), reason=reason)


def _own_workbook(path: Path, book: Workbook) -> Examined:
    """A workbook of ours: what `validate` says of it, in the form of a document's findings."""
    reading = reading_of(book)
    report = validate(inspect(reading))
    sheets = [(name, "各表") for name in dict.fromkeys(x.sheet for x in report.findings)]
    findings = ordered([DocumentFinding(x, item=x.sheet) for x in report.findings])
    names = [(form.sheet, "各表") for form in reading.edition.forms]
    return Examined(
        Published(path.name, 0, (), ()),
        None,
        report,
        findings,
        items_of(findings, list(dict([*names, *sheets]).items()), {}),
    )


def _as_document(path: Path, grids: Grids) -> Published:
    """A foreign workbook as a document without pages: sheets of figures are its tables, the others its text."""
    passages: list[Passage] = []
    tables: list[PageTable] = []
    named: list[str] = []
    for sheet, grid in grids.items():
        texts = [[plain(v) for v in line] for line in grid]
        if sum(any(is_number(v) for v in line) for line in texts) >= _FEW_FIGURES:
            rows = tuple(tuple(line) for line in texts)
            tables.append(PageTable((), rows, (0,) * len(rows), len(passages)))
            named.append(sheet)
            continue
        lines = [part.strip() for line in texts for value in line for part in value.split("\n") if part.strip()]
        passages += [Passage(text, 0, n) for n, text in enumerate(unwrapped(lines), len(passages) + 1)]
    return _Sheets(
        path.name, 0, tuple(passages), tuple(tables), laid_out=False, workbook=True, sheets=grids, named=tuple(named)
    )


class _Sheets(Published, frozen=True):
    """A workbook of another office."""

    sheets: Any = None
    named: tuple[str, ...] = ()

    def grids(self) -> dict[str, list[list[Any]]]:
        """Its sheets as they are."""
        return dict(self.sheets)

    def sheet_of(self, number: int) -> str:
        """The sheet that a table is."""
        return self.named[number]


@cache
def _template(template: Path) -> tuple[Grids, dict[str, Area]]:
    book = Workbook(template)
    return book.grids, book.names


def _inspected(document: Published, found: Recognition, texts: list[SectionText]) -> tuple[Inspection, Report]:
    """What the relations and checks of its edition say of the tables and texts that were recognised."""
    grids, names = _template(found.edition.template)
    taken = take_over(found, texts, grids, names, values_of(found, texts))
    there = {table.form.code for table in found.tables}
    unread = frozenset(x.code for x in found.edition.forms if x.code not in there and not says_empty(document, x))
    if not found.unit:
        unread |= {"unit_name"}  # the cover may write it shorter than the text: only tables tell how it is called
    inspection = inspect(Reading(found.edition, with_blocks(grids, taken.blocks), names, unread=unread))
    return inspection, validate(inspection)


def _on_forms(
    document: Published, targets: Targets, found: Recognition | None, inspection: Inspection | None
) -> tuple[FormPlaces, list[DocumentFinding]]:
    """What is wrong with the performance forms. An edition without forms of its own is helped by the default's."""
    if inspection is None or inspection.edition.performance_spec is None:
        edition = edition_named(None)
        grids, names = _template(edition.template)
        sheets = target_sheets(edition, targets, found.year if found else "")
        judged = inspect(Reading(edition, with_blocks(grids, sheets.blocks), names))
    else:
        # The text is not judged by these projects: their forms do not tell all that it says of them.
        own = inspection.reading
        sheets = target_sheets(own.edition, targets)
        judged = replace(inspection, reading=Reading(own.edition, with_blocks(own.grids, sheets.blocks), own.names))
    places = FormPlaces(document, sheets.origins)
    if not targets.sheets:
        return places, []
    wrong = [*places.of_checks(checked_alone(judged, found)), *figures_agree(places, targets, found, inspection)]
    wrong += without_value(places, targets)
    wrong += [places.told("P09", f"绩效目标表中的“{x.text[:20]}”无法对应到指标，请人工核对", x) for x in targets.loose]
    return places, wrong


def _compared(
    places: Places, inspection: Inspection, report: Report, book: Workbook, forms: FormPlaces, targets: Targets
) -> Iterator[DocumentFinding]:
    """The document against its workbook, cell by cell and paragraph by paragraph."""
    reading = reading_of(book)
    theirs = inspect(reading)
    checked = validate(theirs)
    told = list(tables_compared(places, inspection.printed, theirs.printed, _doubted(report), _doubted(checked)))
    told += targets_compared(forms, targets, targets_of(performance_forms(reading)))
    yield from told
    if reading.edition.document_spec is None:
        return
    disclosure = read_disclosure(reading)
    lines: list[str] = []
    frames: list[Frame] = []
    for part in disclosure.parts:
        lines.append(part.title)
        for element in part.elements:
            if isinstance(element, Heading | Paragraph):
                lines.append(element.text)
            elif isinstance(element, Term):
                lines.append(f"{element.name}：{element.text}")
            elif isinstance(element, FormView):
                frames.append(Frame("", (element.title, element.subtitle), _texts(element.grid)))
            elif isinstance(element, TableView):
                above = (element.mark, f"{element.name}{element.title}", element.unit, element.measure)
                frames.append(Frame(element.name, above, _texts(element.grid)))
            else:
                lines.append(element.title)
    yield from text_compared(places.document, lines)
    yield from cover_compared(places.document, (disclosure.unit, disclosure.title))
    rows = {(x.table, x.row) for x in told}
    yield from frames_compared(places.document, places.found, targets, frames, rows)


def _texts(grid: Grid) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cell.text for cell in row) for row in grid.rows)


def _doubted(report: Report) -> set[tuple[str, str]]:
    """The cells that failing relations point at."""
    return {(s.sheet, s.cell) for x in report.findings for s in x.suspects} | {
        (x.sheet, x.cell) for x in report.findings if x.grade != NOTE and x.rule[0] in "AB" and not x.suspects
    }


# -- the record that other tools and the parent get


def record(name: str, done: Examined) -> Record:
    """The words of `inspect --json`."""
    report, found = done.report, done.found
    counts = dict.fromkeys(GRADES, 0)
    for finding in done.findings:
        counts[finding.finding.grade] += 1
    return {
        "state": "read",
        "file": name,
        "workbook": name,
        "edition": report.edition if report else "",
        "unit": found.unit if found else "",
        "year": found.year if found else "",
        "pages": done.document.pages,
        "passed": not counts[GRADES[0]],
        "counts": counts,
        "checks": report.checks if report else {},
        "coverage": {"cells": report.cells if report else 0, "guarded": report.guarded if report else 0},
        "findings": [_finding(x) for x in done.findings[:MOST_FINDINGS]],
        "items": [{"item": i.item, "group": i.group, "ok": i.ok, "problems": list(i.problems)} for i in done.items],
        "unverified": [
            {"page": u.page, "paragraph": u.paragraph, "text": u.text, "quote": u.quote}
            for u in done.unverified[:MOST_UNVERIFIED]
        ],
        "unread": [
            *([done.reason] if done.reason else []),
            *(r.message for r in done.document.remarks),
            *_blank(found),
        ],
        "unplaced": list(found.unplaced) if found else [],
    }


def _blank(found: Recognition | None) -> list[str]:
    """Columns that the form has and the document's table has not."""
    tables = found.tables if found else ()
    return [f"{t.form.sheet}：{r}" for t in tables for r in t.remarks if r.endswith("按空白导入")]


def _finding(found: DocumentFinding) -> Record:
    own: Finding = found.finding
    return {
        "rule": own.rule,
        "grade": own.grade,
        "sheet": own.sheet or TEXT,
        "cell": own.cell,
        "page": found.page,
        "paragraph": found.paragraph,
        "quote": found.quote,
        "item": found.item,
        "table": found.table,
        "row": found.row,
        "left": own.left,
        "right": own.right,
        "difference": own.difference,
        "message": own.message,
        "suspects": [
            {"sheet": s.sheet, "cell": s.cell, "shown": s.shown, "suggested": s.suggested} for s in own.suspects
        ],
    }
