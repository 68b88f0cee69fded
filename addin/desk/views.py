"""What the page shows of a workbook, as plain values for the templates; it computes nothing of its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from addin.desk.fields import fields_of
from addin.desk.table import FileBook
from addin.xlsx import MAIN, fault, sizes_of
from udfs.base import FORCED, HINT, NOTE, Finding, InputProblems, Suspect, address, cell, cell_of, is_blank, plain, say
from udfs.checks import Skipped
from udfs.checks.text import audited_of
from udfs.explanations import EXPLANATION, read_explanations, row_of, still_open
from udfs.narrative import narrate, texts_of
from udfs.results import DOCUMENT, headline, summary
from udfs.tables import trace
from workbook_templates.defined_names import COVER_SHEETS, FINDINGS
from workbook_templates.reading import Field

#: Rows of a sheet that one view shows.
WINDOW = 120
#: A character's width in a column, in pixels; characters of a column that says nothing.
_PIXELS, _USUAL = 8, 9.0
_MOST_SOURCES = 200
#: Rows by which the width of a sheet is told.
_MOST_LOOKED_AT = 500


class Asked(Struct, frozen=True):
    """What of a view is asked for: a sheet, a cell of it; the first row, or the page of a document."""

    name: str
    cell: str
    first: int


class Shown(Struct, frozen=True):
    """A cell as it is shown. `field`: what is filled in there, None where nothing is."""

    at: str
    text: str
    kind: str
    rows: int
    columns: int
    field: Field | None
    suspect: Suspect | None
    marked: bool


def overview(book: FileBook, _asked: Asked) -> dict[str, Any]:
    """How the workbook stands: every sheet of 封面, what was found, what 定稿 still wants."""
    inspection, report = book.checked
    marks = Counter((sheet, f.grade) for f in report.findings for sheet in {f.sheet, *(s.sheet for s in f.suspects)})
    lines = [tuple(map(plain, line[:3])) for line in book.area_values(COVER_SHEETS)]
    return {
        "headline": headline(report),
        "report": report,
        "sheets": [(*line, marks[line[0], FORCED], marks[line[0], HINT]) for line in lines if line[0] in book.grids],
        "open": still_open(report.findings, read_explanations(inspection.grids, inspection.names, report.findings)),
        "written": any(any(map(plain, line)) for line in book.area_values(FINDINGS)),
    }


def findings(book: FileBook, _asked: Asked) -> dict[str, Any]:
    """Every finding with its suspects, and the cell of 校验结果 into which its explanation is written.

    Before them those of a published document, which 校验结果 holds since 核对公开文档, and which no check finds anew.
    """
    inspection, report = book.checked
    kept = read_explanations(inspection.grids, inspection.names, report.findings).kept
    name, first, left, *_ = book.names.get(FINDINGS, ("", 0, 0))
    rows = {address(n, left + EXPLANATION): line for n, line in enumerate(book.area_values(FINDINGS), first)}
    cells = {row_of(*line[2:7]).digest: at for at, line in rows.items() if any(map(plain, line))}
    found = []
    for at, line in rows.items():
        _, grade, rule, place, told, ours, theirs, difference, _, explained = map(plain, line[:10])
        if told.startswith(DOCUMENT):
            sheet, _, where = place.partition("!")
            known = (sheet, where) if sheet in book.grids else ("", "")
            words = say("{told}", told=told)
            found.append((Finding(rule, grade, *known, words, ours, theirs, difference), at, explained))
    apart = f"公开文档的问题{len(found)}条列在最前面，不计在内。" if found else ""
    for f in report.findings:
        at = cells.get(row_of(f.rule, f.place, f.message, f.left, f.right).digest, "")
        found.append((f, at, kept.get(f.figures, "")))
    return {"summary": summary(report) + apart, "findings": found, "hint": HINT, "name": name}


def sheet(book: FileBook, asked: Asked) -> dict[str, Any]:
    """A window of a sheet as it prints: headings, then rows from the first on, or around the cell that is selected."""
    inspection, report = book.checked
    name, edition, own = asked.name, inspection.edition, book.reading.sheets.get(asked.name)
    if own is None:
        raise fault(book.path, f"没有工作表“{name}”")
    grid, places = book.grids[name], fields_of(book, edition, name)
    form = next((form for form in edition.forms if form.sheet == name), None)
    money = form is not None or name in (edition.spending.sheet, edition.income.sheet)
    pane = own.frame.find(f".//{{{MAIN}}}pane")
    head = 0 if pane is None else int(float(pane.get("ySplit", "0")))
    headings = head - (len(form.headings) if form else 1)
    height = max([len(grid), *[row for row, _ in places]])
    width = max([_used_width(grid), *[column for _, column in places]])
    at = cell_of(asked.cell)[0] if asked.cell else 0
    first = asked.first or (at - WINDOW // 3 if at > head + WINDOW else 0)
    first = max(min(first, height), head + 1)
    last = min(first + WINDOW - 1, height)
    spans, covered = {}, set()
    for top, left, bottom, right in own.merges():
        spans[top, left] = bottom - top + 1, right - left + 1
        area = range(top, min(bottom, last) + 1)
        covered |= {(r, c) for r in area for c in range(left, min(right, width) + 1)} - {(top, left)}
    wrong = [f for f in report.findings if f.grade != NOTE]
    suspects = {s.cell: s for f in wrong for s in f.suspects if s.sheet == name}
    marked = {f.cell for f in wrong if not f.suspects and f.sheet == name} | set(suspects)

    def shown(row: int, column: int) -> Shown:
        where = address(row, column)
        text, kind = _text(cell(grid, row, column), money=money)
        kind = "title" if row == 1 < head else "head" if headings < row <= head else kind
        down, across = spans.get((row, column), (1, 1))
        down = min(down, last - row + 1) if row > head else down
        return Shown(where, text, kind, down, across, places.get((row, column)), suspects.get(where), where in marked)

    columns, widths = range(1, width + 1), sizes_of(own)[0]
    rows = [*range(1, head + 1), *range(first, last + 1)]
    return {
        "name": name,
        "rows": [[shown(row, column) for column in columns if (row, column) not in covered] for row in rows],
        "widths": [round(widths.get(column, _USUAL) * _PIXELS) for column in columns],
        "chosen": asked.cell,
        "first": first,
        "last": last,
        "height": height,
        "head": head,
        "window": WINDOW,
        "table": form is not None,
        "fields": bool(places),
    }


def text(book: FileBook, _asked: Asked) -> dict[str, Any]:
    """情况说明: every section with its figures and where they come from, and what would be written now."""
    inspection, report = book.checked
    spec = inspection.edition.narrative
    bound: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    offers, message = {}, ""
    try:
        for one in audited_of(inspection).bound:
            bound[one.section].append((one.start, one.end, one.source))
        if spec.generated:
            offers = {section.number: section.text for section in narrate(inspection.reading)}
    except (Skipped, InputProblems) as found:
        message = str(found)
    wrong: dict[str, list[str]] = defaultdict(list)
    for finding in report.findings:
        if finding.sheet == spec.sheet.name and finding.grade != NOTE:
            wrong[finding.cell].append(finding.message)
    sections = []
    for row in texts_of(inspection.reading):
        offer = offers.get(row.number) if row.edited else None
        pieces = _pieces(row.text, bound[row.number])
        sections.append((row, pieces, wrong[address(row.row, row.column)], None if offer == row.text else offer))
    return {"name": spec.sheet.name, "sections": sections, "message": message}


def _pieces(text: str, bound: Sequence[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """A text in pieces, each with what its figure was held against; words with nothing."""
    pieces, done = [], 0
    for start, end, source in sorted(bound):
        if start >= done:
            told = f"与工作簿核对一致：{source}" if source else "与程序按各表写出的文字一致"
            pieces += [(text[done:start], ""), (text[start:end], told)]
            done = end
    return [*pieces, (text[done:], "")]


def sources(book: FileBook, asked: Asked) -> dict[str, Any]:
    """The ledger rows behind an amount; nothing where the cell is no amount of a table."""
    inspection, _ = book.checked
    try:
        found = trace(inspection.reading, asked.name, *cell_of(asked.cell))
    except InputProblems:
        return {}
    ledgers = {s.sheet: s for s in (inspection.edition.spending, inspection.edition.income)}
    lines = []
    for source in found.sources[:_MOST_SOURCES]:
        line = zip(ledgers[source.sheet].columns, book.grids[source.sheet][source.row - 1], strict=False)
        lines.append((source, " ".join(filter(None, (plain(v) for c, v in line if not c.code and not c.money)))))
    return {"trace": found, "lines": lines, "more": len(found.sources) - len(lines)}


#: Every view of a workbook by its name.
VIEWS: Mapping[str, Callable[[FileBook, Asked], dict[str, Any]]] = {
    view.__name__: view for view in (overview, findings, sheet, text, sources)
}


def _used_width(grid: Sequence[Sequence[Any]]) -> int:
    """Without the columns at the right that hold nothing but the way back to 封面."""
    lines = grid[1:_MOST_LOOKED_AT]
    return max((c for line in lines for c, value in enumerate(line, 1) if not is_blank(value)), default=1)


def _text(value: Any, *, money: bool) -> tuple[str, str]:
    """A cell's text, and how it is set."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plain(value), "text"
    return getattr(value, "text", "") or (f"{value:,.2f}" if money else plain(value)), "amount"
