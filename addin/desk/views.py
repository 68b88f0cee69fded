"""What the page shows of a workbook, as plain values for the templates; it computes nothing of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from addin.desk.table import FileBook
from addin.verbs.computing import edition_of
from addin.xlsx import MAIN, sizes_of
from udfs.base import (
    FORCED,
    HINT,
    NOTE,
    InputProblems,
    Suspect,
    address,
    cell,
    cell_of,
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
from workbook_templates.defined_names import COVER_SHEETS, FINDINGS
from workbook_templates.reading import Edition, Field

#: Rows of a sheet that one view shows.
WINDOW = 120
#: Empty rows offered below a list that the clerk fills in.
_FURTHER = 5
#: A character's width in a column, in pixels; characters of a column that says nothing.
_PIXELS, _USUAL = 8, 9.0
_MOST_SOURCES = 200
#: Rows by which the width of a sheet is told.
_MOST_LOOKED_AT = 500
#: What may be typed into 校验结果.
_EXPLAINED = Field(key="explanation", label="审核说明", type="long")


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
    marks = Counter((sheet, f.grade) for f in report.findings for sheet in {f.sheet, *(s.sheet for s in f.suspects)})
    lines = [tuple(map(plain, line[:3])) for line in book.area_values(COVER_SHEETS)]
    return {
        "headline": headline(report),
        "report": report,
        "sheets": [(*line, marks[line[0], FORCED], marks[line[0], HINT]) for line in lines if line[0] in book.grids],
        "open": still_open(report.findings, read_explanations(inspection.grids, inspection.names, report.findings)),
        "written": any(any(map(plain, line)) for line in book.area_values(FINDINGS)),
    }


def findings(book: FileBook) -> dict[str, Any]:
    """Every finding with its suspects, and the cell of 校验结果 into which its explanation is written."""
    inspection, report = book.checked()
    kept = read_explanations(inspection.grids, inspection.names, report.findings).kept
    name, first, left, *_ = book.names.get(FINDINGS, ("", 0, 0))
    lines = enumerate(book.area_values(FINDINGS), first)
    cells = {row_of(*line[2:7]).digest: address(n, left + EXPLANATION) for n, line in lines if any(map(plain, line))}
    found = []
    for f in report.findings:
        at = cells.get(row_of(f.rule, f.place, f.message, f.left, f.right).digest)
        found.append((f, at, kept.get(f.figures, "")))
    return {"summary": summary(report), "findings": found, "hint": HINT, "name": name}


def sheet(book: FileBook, name: str, first: int, chosen: str) -> dict[str, Any]:
    """A window of a sheet as it prints: headings, then rows from `first` on. `chosen`: the selected cell."""
    grid, edition, own = book.grids[name], edition_of(book), book.reading.sheets.get(name)
    head, headings = _head(book, edition, name)
    places = fields_of(book, edition, name)
    height = max([len(grid), *[row for row, _ in places]])
    width = max([_used_width(grid), *[column for _, column in places]])
    at = cell_of(chosen)[0] if chosen else 0
    if at > head + WINDOW and not first:
        first = at - WINDOW // 3
    first = max(min(first, height), head + 1)
    last = min(first + WINDOW - 1, height)
    spans, covered = {}, set()
    for top, left, bottom, right in own.merges() if own else ():
        spans[top, left] = bottom - top + 1, right - left + 1
        area = range(top, min(bottom, last) + 1)
        covered |= {(r, c) for r in area for c in range(left, min(right, width) + 1)} - {(top, left)}
    _, report = book.checked()
    wrong = [f for f in report.findings if f.grade != NOTE]
    suspects = {s.cell: s for f in wrong for s in f.suspects if s.sheet == name}
    marked = {f.cell for f in wrong if not f.suspects and f.sheet == name} | set(suspects)
    money = name in {form.sheet for form in edition.forms} | {edition.spending.sheet, edition.income.sheet}

    def shown(row: int, column: int) -> Shown:
        where = address(row, column)
        text, kind = _text(cell(grid, row, column), money=money)
        kind = "title" if row == 1 < head else "head" if head - headings < row <= head else kind
        down, across = spans.get((row, column), (1, 1))
        down = min(down, last - row + 1) if row > head else down
        return Shown(where, text, kind, down, across, places.get((row, column)), suspects.get(where), where in marked)

    columns = range(1, width + 1)
    widths = sizes_of(own)[0] if own else {}
    return {
        "name": name,
        "rows": [
            [shown(row, column) for column in columns if (row, column) not in covered]
            for row in [*range(1, head + 1), *range(first, last + 1)]
        ],
        "widths": [round(widths.get(column, _USUAL) * _PIXELS) for column in columns],
        "chosen": chosen,
        "first": first,
        "last": last,
        "height": height,
        "head": head,
        "window": WINDOW,
        "table": any(form.sheet == name for form in edition.forms),
        "fields": bool(places),
    }


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
    except (Skipped, InputProblems) as found:
        message = str(found)
    wrong: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.sheet == name and finding.grade != NOTE:
            wrong.setdefault(finding.cell, []).append(finding.message)
    sections = []
    for row in texts_of(inspection.reading):
        offer = offers.get(row.number, "") if row.edited else ""
        pieces = _pieces(row.text, bound.get(row.number, []))
        at = address(row.row, row.column)
        sections.append((row, pieces, wrong.get(at, ()), "" if offer == row.text else offer))
    return {"name": name, "sections": sections, "message": message}


def _pieces(text: str, bound: Sequence[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """A text in pieces, each with what its figure was held against; words with nothing."""
    pieces, done = [], 0
    for start, end, source in sorted(bound):
        if start >= done:
            told = f"与工作簿核对一致：{source}" if source else "与程序按各表写出的文字一致"
            pieces += [(text[done:start], ""), (text[start:end], told)]
            done = end
    return [*pieces, (text[done:], "")]


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
    """The cells of a sheet that the clerk fills in, by row and column, where its headings still stand.

    `further`: empty rows below a list that count as its own.
    """
    found: dict[tuple[int, int], Field] = {}
    grid = book.grids[name]
    if FINDINGS in book.names and name == book.names[FINDINGS][0]:
        _, first, left, *_ = book.names[FINDINGS]
        filled = [row for row, line in enumerate(book.area_values(FINDINGS), first) if any(map(plain, line))]
        return dict.fromkeys(((row, left + EXPLANATION) for row in filled), _EXPLAINED)
    for own, part in edition.ranges().values():
        if own.name != name:
            continue
        if part.kind == "fields":
            labels = {label_key(cell(grid, row, part.column)): row for row in range(1, len(grid) + 1)}
            rows = ((labels.get(squeezed(field.label)), field) for field in part.fields)
            found |= {(row, part.column + 1): field for row, field in rows if row}
            continue
        filled = [
            row
            for row, line in enumerate(grid, 1)
            if not all(map(is_blank, line[part.column - 1 :][: len(part.columns)]))
        ]
        for row in range(part.row + 1, max([part.row, *filled]) + further + 1):
            found |= {(row, column): field for column, field in enumerate(part.columns, part.column)}
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


def _used_width(grid: Sequence[Sequence[Any]]) -> int:
    """Without the columns at the right that hold nothing but the way back to 封面."""
    lines = grid[1:_MOST_LOOKED_AT]
    return max((c for line in lines for c, value in enumerate(line, 1) if not is_blank(value)), default=1)


def _text(value: Any, *, money: bool) -> tuple[str, str]:
    """A cell's text, and how it is set."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value), "text"
    seen = getattr(value, "text", "")
    if seen:
        return seen, "amount"
    return (f"{value:,.2f}" if money else plain(value)), "amount"
