"""What the page shows of a workbook, as plain values for the templates; it computes nothing of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from addin.desk.table import FileBook
from addin.verbs.computing import edition_of
from addin.xlsx import MAIN
from udfs.base import (
    FORCED,
    HINT,
    NOTE,
    InputProblems,
    Suspect,
    address,
    cell,
    cell_of,
    corners,
    is_blank,
    plain,
    squeezed,
)
from udfs.checks import Skipped
from udfs.checks.text import audited_of
from udfs.explanations import EXPLANATION, read_explanations, row_of, still_open
from udfs.ledgers import label_key
from udfs.narrative import narrate, texts_of
from udfs.results import headline, summary
from udfs.tables import trace
from udfs.validate import Report
from workbook_templates.defined_names import COVER_SHEETS, FINDINGS
from workbook_templates.reading import Edition, Field

#: Rows of a sheet that one view shows.
WINDOW = 120
#: Empty rows offered below a list that the clerk fills in.
_FURTHER = 5
#: A character's width in a column, in pixels.
_PIXELS = 8
_MOST_SOURCES = 200
#: Rows by which the width of a sheet is told.
_MOST_LOOKED_AT = 500


class Shown(Struct, frozen=True):
    """A cell as it is shown. `field`: what is filled in there, None where nothing is."""

    at: str
    text: str
    kind: str
    rows: int = 1
    columns: int = 1
    field: Field | None = None
    suspect: Suspect | None = None
    marked: bool = False


def overview(book: FileBook) -> dict[str, Any]:
    """How the workbook stands: every sheet of 封面, what was found, what 定稿 still wants."""
    inspection, report = book.checked()
    explanations = read_explanations(inspection.grids, inspection.names, report.findings)
    worst: dict[str, list[int]] = {}
    for finding in report.findings:
        for sheet in {finding.sheet, *(s.sheet for s in finding.suspects)}:
            counts = worst.setdefault(sheet, [0, 0])
            if finding.grade in (FORCED, HINT):
                counts[finding.grade == HINT] += 1
    lines = []
    for name, about, progress, _ in book.area_values(COVER_SHEETS):
        if plain(name) in book.grids:
            forced, hints = worst.get(plain(name), [0, 0])
            lines.append((plain(name), plain(about), plain(progress), forced, hints))
    return {
        "headline": headline(report),
        "report": report,
        "sheets": lines,
        "causes": report.findings[:8],
        "open": still_open(report.findings, explanations),
        "written": any(any(map(plain, line)) for line in book.area_values(FINDINGS)),
    }


def findings(book: FileBook) -> dict[str, Any]:
    """Every finding with its suspects, and the row of 校验结果 into which its explanation is written."""
    inspection, report = book.checked()
    kept = read_explanations(inspection.grids, inspection.names, report.findings).kept
    rows: dict[str, int] = {}
    if FINDINGS in book.names:
        first = book.names[FINDINGS][1]
        for number, line in enumerate(book.area_values(FINDINGS)):
            if any(map(plain, line)):
                rows[row_of(line[2], line[3], line[4], line[5], line[6]).digest] = first + number
    found = []
    for finding in report.findings:
        digest = row_of(finding.rule, finding.place, finding.message, finding.left, finding.right).digest
        found.append((finding, rows.get(digest), kept.get(finding.figures, "")))
    return {"summary": summary(report), "findings": found, "counts": report.counts, "hint": HINT, "note": NOTE}


def explanation_at(book: FileBook, row: int) -> tuple[str, int, int]:
    """Where the explanation of a row of 校验结果 stands. Raises InputProblems where the row is none."""
    sheet, first, left, last, _ = book.names[FINDINGS]
    if not first <= row <= last:
        raise InputProblems([])
    return sheet, row, left + EXPLANATION


def sheet(book: FileBook, name: str, first: int, chosen: str) -> dict[str, Any]:
    """A window of a sheet as it prints: headings, then rows from `first` on. `chosen`: the selected cell."""
    grid = book.grids[name]
    edition = edition_of(book)
    head, headings = _head(book, edition, name)
    width = _used_width(grid, max(map(len, grid), default=1))
    places = fields_of(book, edition, name)
    height = max([len(grid), *[row for row, _ in places]])
    width = max([width, *[column for _, column in places]])
    at = cell_of(chosen) if chosen else None
    if at and not first:
        first = max(at[0] - WINDOW // 3, 0) if at[0] > head + WINDOW else 0
    first = max(min(first, height), head + 1)
    last = min(first + WINDOW - 1, height)
    _, report = book.checked()
    suspects, marked = _marks(report, name)
    merged, covered = _merges(book, name)
    amounts = {form.sheet for form in edition.forms} | {edition.spending.sheet, edition.income.sheet}
    rows = []
    for row in [*range(1, head + 1), *range(first, last + 1)]:
        cells = []
        for column in range(1, width + 1):
            if (row, column) in covered:
                continue
            down, across = merged.get((row, column), (1, 1))
            value, where = cell(grid, row, column), address(row, column)
            text, kind = _text(value, money=name in amounts)
            kind = "title" if row == 1 < head else "head" if head - headings < row <= head else kind
            cells.append(
                Shown(
                    where,
                    text,
                    kind,
                    min(down, last - row + 1) if row > head else down,
                    across,
                    places.get((row, column)),
                    suspects.get(where),
                    where in marked,
                )
            )
        rows.append((row, cells))
    return {
        "name": name,
        "rows": rows,
        "widths": [round(w * _PIXELS) for w in _widths(book, name, width)],
        "chosen": chosen,
        "first": first,
        "last": last,
        "height": height,
        "head": head,
        "window": WINDOW,
        "table": any(form.sheet == name for form in edition.forms),
        "fields": bool(places),
    }


class Piece(Struct, frozen=True):
    """A piece of a text. `source`: what a figure was held against, empty for words."""

    text: str
    source: str = ""


def text(book: FileBook) -> dict[str, Any]:
    """情况说明: every section with its figures and where they come from, and what would be written now."""
    inspection, report = book.checked()
    edition = inspection.edition
    name = edition.narrative.sheet.name
    bound: dict[int, list[tuple[int, int, str]]] = {}
    offers: dict[int, str] = {}
    message = ""
    try:
        for one in audited_of(inspection).bound:
            bound.setdefault(one.section, []).append((one.start, one.end, one.source))
        if edition.narrative.generated:
            offers = {section.number: section.text for section in narrate(inspection.reading)}
    except Skipped as skipped:
        message = str(skipped)
    except InputProblems as found:
        message = "；".join(map(str, found.problems))
    wrong: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.sheet == name and finding.grade != NOTE:
            wrong.setdefault(finding.cell, []).append(finding.message)
    sections = []
    for row in texts_of(inspection.reading):
        at = address(row.row, row.column)
        offer = offers.get(row.number, "") if row.edited else ""
        pieces = _pieces(row.text, bound.get(row.number, []))
        sections.append((row, at, pieces, wrong.get(at, ()), "" if offer == row.text else offer))
    return {"name": name, "sections": sections, "message": message}


def _pieces(text: str, bound: Sequence[tuple[int, int, str]]) -> list[Piece]:
    pieces, done = [], 0
    for start, end, source in sorted(bound):
        if start >= done:
            told = f"与工作簿核对一致：{source}" if source else "与程序按各表写出的文字一致"
            pieces += [Piece(text[done:start]), Piece(text[start:end], told)]
            done = end
    return [*pieces, Piece(text[done:])]


def sources(book: FileBook, name: str, at: str) -> dict[str, Any] | None:
    """The ledger rows behind an amount; None where the cell is no amount of a table."""
    inspection, _ = book.checked()
    try:
        found = trace(inspection.reading, name, *cell_of(at))
    except InputProblems:
        return None
    ledgers = {s.sheet: s for s in (inspection.edition.spending, inspection.edition.income)}
    lines = []
    for source in found.sources[:_MOST_SOURCES]:
        line = book.grids[source.sheet][source.row - 1]
        told = [
            plain(v) for c, v in zip(ledgers[source.sheet].columns, line, strict=False) if not c.code and not c.money
        ]
        lines.append((source, " ".join(text for text in told if text)))
    return {"trace": found, "lines": lines, "more": len(found.sources) - len(lines)}


def fields_of(book: FileBook, edition: Edition, name: str, further: int = _FURTHER) -> Mapping[tuple[int, int], Field]:
    """The cells of an input sheet that the clerk fills in, by row and column, where its headings still stand.

    `further`: empty rows below a list that count as its own.
    """
    found: dict[tuple[int, int], Field] = {}
    grid = book.grids[name]
    for own, part in edition.ranges().values():
        if own.name != name:
            continue
        if part.kind == "fields":
            labels = {label_key(cell(grid, row, part.column)): row for row in range(1, len(grid) + 1)}
            for field in part.fields:
                if row := labels.get(squeezed(field.label)):
                    found[row, part.column + 1] = field
            continue
        columns = range(part.column, part.column + len(part.columns))
        used = [
            row for row in range(part.row + 1, len(grid) + 1) if any(not is_blank(cell(grid, row, c)) for c in columns)
        ]
        for row in range(part.row + 1, max([part.row, *used]) + further + 1):
            found.update({(row, c): field for c, field in zip(columns, part.columns, strict=True)})
    return found


def _head(book: FileBook, edition: Edition, name: str) -> tuple[int, int]:
    """Rows at the top, which every window shows, and how many of them are headings."""
    for form in edition.forms:
        if form.sheet == name:
            return form.place(book.names)[1] + form.first_body_row - 2, len(form.headings)
    if name in (edition.spending.sheet, edition.income.sheet):
        return 1, 1
    pane = book.reading.sheets[name].frame.find(f".//{{{MAIN}}}pane") if name in book.reading.sheets else None
    return (int(float(pane.get("ySplit", "0"))) if pane is not None else 0), 1


def _used_width(grid: Sequence[Sequence[Any]], width: int) -> int:
    """Without the columns at the right that hold nothing but the way back to 封面."""
    lines = range(2, min(len(grid), _MOST_LOOKED_AT) + 1)
    seen = [not all(is_blank(cell(grid, row, c)) for row in lines) for c in range(1, width + 1)]
    return max([c for c, used in enumerate(seen, 1) if used], default=1)


def _marks(report: Report, name: str) -> tuple[dict[str, Suspect], set[str]]:
    """The cells of a sheet that want mending: those with a value to put there, and all."""
    suspects = {s.cell: s for f in report.findings if f.grade != NOTE for s in f.suspects if s.sheet == name}
    own = {f.cell for f in report.findings if f.grade != NOTE and not f.suspects and f.sheet == name and f.cell}
    return suspects, own | set(suspects)


def _merges(book: FileBook, name: str) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    if name not in book.reading.sheets:
        return merged, covered
    for item in book.reading.sheets[name].frame.iterfind(f"{{{MAIN}}}mergeCells/{{{MAIN}}}mergeCell"):
        top, left, bottom, right = corners(item.get("ref", "A1"))
        merged[top, left] = bottom - top + 1, right - left + 1
        if (bottom - top) * (right - left) < 10_000:
            covered |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)} - {(top, left)}
    return merged, covered


def _widths(book: FileBook, name: str, width: int) -> list[float]:
    """The widths of columns in characters."""
    found = [9.0] * width
    if name in book.reading.sheets:
        for item in book.reading.sheets[name].frame.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
            for column in range(int(item.get("min", "1")), min(int(item.get("max", "1")), width) + 1):
                found[column - 1] = float(item.get("width", "9"))
    return found


def _text(value: Any, *, money: bool) -> tuple[str, str]:
    """A cell's text, and how it is set."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value), "text"
    seen = getattr(value, "text", "")
    if seen:
        return seen, "amount"
    return (f"{value:,.2f}" if money else plain(value)), "amount"
