"""What the checks of family E look at: the sources of the forms, where their cells lie, the forms as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from udfs.base import AmountError, Suspect, address, cell, half_up, is_blank, plain, printed, squeezed, to_decimal
from udfs.checks.registry import Inspection, Skipped, once
from udfs.checks.standing import obstacle
from udfs.checks.views import RangeView, column_of, field_rows, ranges
from udfs.ledgers import read_date
from udfs.performance import (
    AREA,
    ASSEMBLED,
    Entry,
    Projects,
    Record,
    SheetForm,
    Sources,
    entries_of,
    form_projects,
    indicators_of,
    marked_rows,
    performance_forms,
    sheet_form,
    tasks_of,
)
from udfs.performance import sources_of as performance_sources
from udfs.reconciliation import Expansion
from workbook_templates.reading import INDICATORS, PROJECTS, Performance, Ref

BLANK = "项目信息和绩效指标没有填写"
NOT_MADE = "绩效目标表尚未生成"
RESHAPED = "绩效目标表与输入表行数不同，重新生成后才能核对"
NO_TABLES = "各表还没有数据"

#: Guards the amounts of the whole-unit form that are the ledger's, by source.
SOURCE = "source"

#: How much of a text a finding quotes.
_QUOTED = 36


#: Why no check of the forms applies to an edition.
NO_FORMS = "这一版式没有绩效目标表"


def spec_of(inspection: Inspection) -> Performance:
    """The edition's performance forms; the check does not apply where it has none."""
    spec = inspection.edition.performance_spec
    if spec is None:
        raise Skipped(NO_FORMS)
    return spec


def sources_of(inspection: Inspection) -> Sources:
    """What the forms are made of; the check does not apply while both lists are blank."""
    made = performance_sources(inspection.reading)
    if made.is_blank:
        raise Skipped(BLANK)
    return made


def is_blank_performance(inspection: Inspection) -> bool:
    """Whether family E does not apply."""
    try:
        sources_of(inspection)
    except Skipped:
        return True
    return False


def view_of(inspection: Inspection, key: str) -> RangeView:
    """A range of the input sheets; the check does not run where its sheet is missing."""
    view = next((view for view in ranges(inspection) if view.part.key == key), None)
    if view is None:
        raise Skipped("工作簿缺少需要核对的输入表", undecided=True)
    return view


def list_place(inspection: Inspection, key: str, row: int, field: str) -> tuple[str, str]:
    """Sheet and cell of a record's field."""
    view = view_of(inspection, key)
    column = next(f for f in view.part.columns if f.key == field)
    return view.sheet, address(row, column_of(inspection, view.sheet, view.part, column))


def field_place(inspection: Inspection, key: str, label: str) -> tuple[str, str]:
    """Sheet and cell of a field's value."""
    view = view_of(inspection, key)
    row = field_rows(inspection, view.sheet, view.part).get(squeezed(label), view.part.row)
    return view.sheet, address(row, view.part.column + 1)


def quote(text: Any) -> str:
    """A text as a finding quotes it, cut where it is long."""
    shown = f"{text:.2f}" if isinstance(text, Decimal) else plain(text).replace("\n", "")
    return f"“{shown if len(shown) <= _QUOTED else shown[:_QUOTED] + '…'}”" if shown else "空白"


def quote_difference(found: Any, wanted: Any) -> tuple[str, str]:
    """Two texts as a finding quotes them: from shortly before where they part."""
    if isinstance(found, Decimal) or isinstance(wanted, Decimal):
        return quote(found), quote(wanted)
    one, other = plain(found).replace("\n", ""), plain(wanted).replace("\n", "")
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if at <= _QUOTED // 2 or not one or not other:
        return quote(found), quote(wanted)
    start = at - 12
    return quote("…" + one[start:]), quote("…" + other[start:])


def needs_tables(inspection: Inspection) -> None:
    """The check does not run before the tables are there and hold something."""
    sources_of(inspection)
    if reason := obstacle(inspection):
        raise Skipped(reason, undecided=True)
    if not inspection.printed.filled.any():
        raise Skipped(NO_TABLES, undecided=True)


class ProjectRow(Struct, frozen=True):
    """A project's row in a table: unit, name, the index of its amount."""

    unit: str
    name: str
    index: int


def project_rows(inspection: Inspection, refs: Sequence[Ref]) -> list[ProjectRow]:
    """The rows of projects that references name."""
    tables = inspection.printed
    rows = []
    for index in Expansion(tables, inspection.edition.codes).cells(refs, "", ""):
        part = tables.block_of(index)
        row = part.rows[(index - part.first) // len(part.block.columns)]
        unit = part.rows[row.parent].texts[0] if row.parent >= 0 else ""
        rows.append(ProjectRow(unit, row.texts[0], index))
    return rows


def rows_of(record: Record, rows: Sequence[ProjectRow], records: Sequence[Record]) -> list[ProjectRow]:
    """The rows of one project: those of its name, of its unit where several units have the name."""
    same = [row for row in rows if squeezed(row.name) == squeezed(record["name"])]
    own = [row for row in same if squeezed(row.unit) == squeezed(record["unit"])]
    alone = sum(squeezed(r["name"]) == squeezed(record["name"]) for r in records) == 1
    return own or (same if alone and len(same) == 1 else [])


class Mismatch(Struct, frozen=True):
    """A cell of a form that does not hold what the inputs give. `check`: the check that guards it."""

    form: int
    check: str
    cell: str
    label: str
    found: Any
    wanted: Any


class PrintedForms(Struct, frozen=True):
    """The forms on their sheet against what the inputs give; those with other rows are `reshaped`."""

    sheet: str
    made: bool
    forms: tuple[SheetForm, ...]
    mismatches: tuple[Mismatch, ...]
    reshaped: Mapping[int, str]  #: form → the cell where it begins or should begin
    surplus: tuple[str, ...]  #: first cells of forms that no input asks for


def printed_forms(inspection: Inspection) -> PrintedForms:
    """The forms as they stand; the check does not apply while there is nothing to make them of."""
    sources_of(inspection)
    return once(inspection, "_printed_forms", lambda: _compare(inspection))


def _compare(inspection: Inspection) -> PrintedForms:
    forms = tuple(sheet_form(form) for form in performance_forms(inspection.reading))
    marked = marked_rows(inspection.grids, inspection.names)
    sheet, top, left, *_ = inspection.names.get(AREA, (spec_of(inspection).sheet, 1, 1, 1, 1))
    grid = inspection.grids.get(sheet, [])
    mismatches: list[Mismatch] = []
    reshaped: dict[int, str] = {}
    for number, form in enumerate(forms):
        rows = [row for row, mark in marked.items() if mark == str(number + 1)]
        if len(rows) != len(form.cells):
            reshaped[number] = address(rows[0] if rows else top, left)
            continue
        for offset, row in enumerate(rows):
            for column, wanted in enumerate(form.cells[offset]):
                found = cell(grid, row, left + column)
                guard = form.checks.get((offset, column), "")
                unknown = wanted is None and bool(guard)  # nothing to hold it against
                if not unknown and not _same(found, wanted):
                    at = address(row, left + column)
                    label = form.label_of(offset, column)
                    mismatches.append(Mismatch(number, guard, at, label, _as_amount(found, wanted), wanted))
    wanted_marks = {str(number + 1) for number in range(len(forms))}
    first = {mark: row for row, mark in reversed(marked.items())}
    surplus = tuple(address(row, left) for mark, row in first.items() if mark not in wanted_marks)
    return PrintedForms(sheet, bool(marked), forms, tuple(mismatches), reshaped, surplus)


def _same(found: Any, wanted: Any) -> bool:
    if wanted is None:
        return is_blank(found)
    if isinstance(wanted, Decimal):
        try:
            return not is_blank(found) and to_decimal(found) == wanted
        except AmountError:
            return False
    # Forms made by 0.1.0 print a date as it was typed: the same date is the same.
    return squeezed(found) == squeezed(wanted) or read_date(plain(found)) == (wanted, "")


def _as_amount(found: Any, wanted: Any) -> Any:
    """What stands where an amount should, with two decimals where it is one."""
    try:
        return half_up(to_decimal(found)) if isinstance(wanted, Decimal) and not is_blank(found) else found
    except AmountError:
        return found


def stale_figures(inspection: Inspection) -> list[Suspect]:
    """Amounts on the forms that are made from the ledger and are not what it gives now."""
    try:
        forms = printed_forms(inspection)
    except Skipped:
        return []
    return [
        Suspect(forms.sheet, m.cell, f"{m.found:.2f}" if isinstance(m.found, Decimal) else "", f"{m.wanted:.2f}")
        for m in forms.mismatches
        if m.check == SOURCE and isinstance(m.wanted, Decimal)
    ]


class Indicators(Struct, frozen=True):
    """All indicators, taken apart: of the whole unit by task, of the projects for the year and the whole period."""

    tasks: Mapping[str, Sequence[Entry]]
    projects: Projects
    period: Mapping[str, Sequence[Entry]]
    bound: Mapping[str, Sequence[str]]  #: the projects that each task stands for
    unmatched: tuple[Record, ...]  #: lines whose names and values do not go together


def indicators(inspection: Inspection) -> Indicators:
    """All indicators, taken apart once an inspection."""
    sources = sources_of(inspection)
    return once(inspection, "_indicators", lambda: _take_apart(inspection, sources))


def _take_apart(inspection: Inspection, sources: Sources) -> Indicators:
    words = spec_of(inspection).words
    unmatched: list[Record] = []
    year: dict[str, list[Entry]] = {}
    period: dict[str, list[Entry]] = {}
    for record in form_projects(inspection.edition, sources):
        name = record["name"]
        for by_name, wanted in ((year, words.year), (period, words.period)):
            lines = [line for line in indicators_of(sources, name) if line["period"] == wanted]
            by_name[name] = _entries(lines, set(), unmatched)
    known = {entry.key[1] for own in year.values() for entry in own}
    tasks: dict[str, list[Entry]] = {}
    for line in indicators_of(sources, words.whole):
        if ASSEMBLED in line:
            continue
        tasks.setdefault(line["task"], []).extend(_entries([line], known, unmatched))
    projects = Projects(year)
    told = tasks_of(spec_of(inspection), sources.lists[INDICATORS], sources.lists[PROJECTS])
    bound = {task: told.get(task) or projects.behind(own) for task, own in tasks.items() if task}
    bound |= {task: names for task, names in told.items() if task not in bound}
    return Indicators(tasks, projects, period, bound, tuple(unmatched))


def _entries(lines: Sequence[Record], known: set[str], unmatched: list[Record]) -> list[Entry]:
    found: list[Entry] = []
    for line in lines:
        own = entries_of(line, known)
        if own is None:
            unmatched.append(line)
        else:
            found += own
    return found


def yuan_apart(one: int, other: int) -> tuple[str, str, str]:
    """Two amounts in fen and their difference, in yuan."""
    first, second, difference = (f"{printed(fen):.2f}" for fen in (one, other, one - other))
    return first, second, difference


def amount_text(places: int) -> str:
    """A printed amount."""
    return f"{printed(places):.2f}"
