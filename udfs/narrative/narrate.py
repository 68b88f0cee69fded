"""情况说明: the sections of the text from the tables as printed, in the edition's wording.

    >>> sections = narrate(Reading(edition, grids, names))
    >>> sections[2].heading
    '支出预算情况说明'

Every figure is one that a table prints, or is computed from such: shares and changes in per cent, two decimals, half
up. What the input sheets do not say is left out and named in a note, never made up and never asked for in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import jinja2
import numpy as np
from msgspec import Struct

from udfs.base import (
    Change,
    InputProblems,
    Problem,
    compare,
    half_up,
    numeral,
    paragraphs,
    printed,
    share,
    squeezed,
)
from udfs.ledgers import Content, Facts, Inputs, UnitInfo
from udfs.narrative.templates import heading_name, wording_of
from udfs.reconciliation import Expansion
from udfs.tables import Printed, Reading
from workbook_templates.reading import Edition, EditionError, ListSpec, Narrative, ProjectSpec, Ref

#: Fields of 基础信息 that every section names.
_NEEDED = {"unit_name", "year"}


class Note(Struct, frozen=True):
    """What a section lacks: a change without its reason, a field not filled. `rule` says which kind of lack."""

    section: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"情况说明第{numeral(self.section)}节：{self.message}"


class Section(Struct, frozen=True):
    """One section: number from 1, heading without the number, text with a line a paragraph."""

    number: int
    heading: str
    text: str
    notes: tuple[Note, ...] = ()

    @property
    def numeral(self) -> str:
        """The number as the document prints it: 十二."""
        return numeral(self.number)

    @property
    def title(self) -> str:
        """Number and heading as the document prints them."""
        return f"{self.numeral}、{self.heading}"


class Item(Struct, frozen=True):
    """A row that the text lists: name, printed amount, share of the whole in per cent (None where there is none).

    `code`: the row's code in its classification, empty where it has none.
    """

    name: str
    amount: Decimal
    share: Decimal | None = None
    code: str = ""


class Project(Struct, frozen=True):
    """A project: this year's money and money carried over together, and what 项目信息 says of it."""

    name: str
    unit: str
    amount: Decimal
    record: Mapping[str, str]


def narrate(reading: Reading) -> tuple[Section, ...]:
    """All sections of a workbook's text. Raises InputProblems where there is nothing to speak of."""
    figures = figures_of(reading)
    return reading.once("sections", _sheets(reading), lambda: render(reading.edition, figures))


def figures_of(reading: Reading) -> dict[str, object]:
    """What templates see of a workbook. Raises InputProblems as `read_figures` does."""
    return reading.once(
        "figures",
        _sheets(reading),
        lambda: read_figures(
            reading.edition, reading.info, reading.printed, reading.content, reading.inputs, reading.unread
        ),
    )


def _sheets(reading: Reading) -> frozenset[str]:
    """All that the text speaks of."""
    return reading.table_sheets | reading.input_sheets


def render(edition: Edition, figures: Mapping[str, object]) -> tuple[Section, ...]:
    """The sections that figures, read by `read_figures`, give."""
    narrative = edition.narrative
    if not narrative.generated:
        message = "这一版式的情况说明没有可由程序生成的章节，请直接在“正文”中填写"
        raise InputProblems([Problem(narrative.sheet.name, message)])
    environment = wording_of(edition)
    result = []
    for number, spec in enumerate(narrative.sections, 1):
        if not spec.template:
            continue
        notes: list[Note] = []
        context = {**figures, "note": _collector(number, notes)}
        try:
            heading = environment.get_template(heading_name(number)).render(context)
            text = paragraphs(environment.get_template(spec.template).render(context))
        except jinja2.TemplateError as error:
            raise EditionError(f"{narrative.place} 的 {spec.template} 有误：{error}") from error
        except (ArithmeticError, TypeError, ValueError) as error:
            # A share of nothing, where tables contradict each other.
            message = f"第{numeral(number)}节“{spec.heading}”不能用各表现有的金额写出，请先核对各表"
            raise InputProblems([Problem(narrative.sheet.name, message)]) from error
        result.append(Section(number, heading, text, tuple(dict.fromkeys(notes))))
    return tuple(result)


def as_records(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """The sections as `narrate --json` prints them."""
    return [{"section": s.number, "heading": s.heading, "text": s.text} for s in sections]


def chart_items(reading: Reading) -> tuple[Item, ...]:
    """The slices of the pie chart: the classes with an amount above zero, in printed order."""
    narrative = reading.edition.narrative
    if not narrative.chart:
        return ()
    spec = next(s for s in narrative.lists if s.key == narrative.chart)
    return slices(_Figures(reading.edition, narrative, reading.printed).items(spec))


def slices(items: Sequence[Item]) -> tuple[Item, ...]:
    """The rows of a list that a pie chart can show."""
    return tuple(item for item in items if item.amount > 0)


def _collector(section: int, notes: list[Note]) -> Callable[[str, str], str]:
    """What templates call as ``note(rule, message)``; it leaves nothing in the text."""

    def note(rule: str, message: str) -> str:
        notes.append(Note(section, rule, message))
        return ""

    return note


def read_figures(
    edition: Edition,
    info: UnitInfo,
    tables: Printed,
    content: Content | None,
    inputs: Inputs,
    unread: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """What templates see. Raises InputProblems where the unit, the year or the tables are not there.

    `unread`: codes of forms and keys of fields. What comes from them is left out: it is not nothing, it is unknown.
    """
    narrative = edition.narrative
    sheet, basic = edition.ranges()["basic"]
    problems = [
        Problem(sheet.name, "没有填写，生成情况说明需要这一项", heading=field.label)
        for field in basic.fields
        if field.key in _NEEDED - unread and not info.text(field.key)
    ]
    year = info.year
    if year and not year.isdecimal():
        label = next(f.label for f in basic.fields if f.key == "year")
        problems.append(Problem(sheet.name, "应为四位数字的年份，例如 2024", heading=label, found=year))
    if not tables.filled.any():
        problems.append(Problem(edition.forms[0].sheet, "各表还没有数据，请先生成各表，再生成情况说明"))
    if problems:
        raise InputProblems(problems)
    figures = _Figures(edition, narrative, tables)
    projects = narrative.projects
    wanted = {**narrative.records, **({projects.records: projects.fields} if projects else {})}
    fields: dict[str, dict[str, str]] = {}
    records: dict[str, list[dict[str, str]]] = {}
    for key, (_, part) in edition.ranges().items():
        read, _ = inputs[key]
        if part.kind == "fields":
            fields[key] = {f.key: read[0].get(f.key, "") for f in part.fields}
        elif key in wanted:
            seen = [f.key for f in part.columns if f.key in wanted[key]]
            records[key] = [{k: record[k] for k in (*seen, "row")} for record in read if any(record[k] for k in seen)]
    unless = narrative.incomparable
    comparable = unless is None or fields[unless.part][unless.field.key] != narrative.incomparable_value

    def known(refs: Iterable[Ref]) -> bool:
        return unread.isdisjoint(ref.form for ref in refs)

    amounts = {key: figures.total(refs) for key, refs in narrative.amounts.items() if known(refs)}
    changes: dict[str, Change] = {}
    for spec in (s for s in narrative.changes if s.now in amounts):
        reason = spec.reason
        changes[spec.key] = compare(
            spec.what,
            amounts[spec.now],
            [(ref.field.label, fields[ref.part][ref.field.key]) for ref in spec.last],
            reason=fields[reason.part][reason.field.key] if reason else "",
            reason_label=reason.field.label if reason else "",
            threshold=narrative.threshold if spec.asks else None,
            comparable=comparable,
        )
    listed: dict[str, object] = {}
    if projects is None or known(projects.refs):
        listed["projects"] = figures.projects(projects, records[projects.records], content) if projects else []
    return {
        **fields,
        **{w.key: w.chosen(fields[w.source.part][w.source.field.key]) for w in narrative.words},
        "records": records,
        "name": info.text("unit_name"),
        "chart_title": narrative.chart_title,
        "year": int(year),
        "last": int(year) - 1,
        "comparable": comparable,
        "threshold": narrative.threshold,
        "a": amounts,
        "c": changes,
        "l": {
            spec.key: figures.items(spec)
            for spec in narrative.lists
            if known(ref for _, ref in spec.refs) and spec.whole in ("", *amounts)
        },
        **listed,
        "unread": unread,
        "labels": {key: {f.key: f.label for f in part.fields} for key, (_, part) in edition.ranges().items()},
    }


class _Figures:
    """Looks up in the printed tables what the narrative names."""

    def __init__(self, edition: Edition, narrative: Narrative, tables: Printed) -> None:
        self.edition = edition
        self.narrative = narrative
        self.tables = tables
        self.expansion = Expansion(tables, edition.codes)

    def total(self, refs: Sequence[Ref]) -> Decimal:
        """The printed amounts that references name, added up; a row that does not stand adds nothing."""
        return sum((printed(self.tables.places[i]) for i in self.expansion.cells(refs, "", "")), Decimal(0))

    def items(self, spec: ListSpec) -> list[Item]:
        """The rows of a list whose amount is not zero; those with names of their own stand all."""
        whole = self.total(self.narrative.amounts[spec.whole]) if spec.whole else None
        items = []
        for own, ref in spec.refs:
            if own:
                amounts = [(own, self.total([ref]), "")]
            else:
                cells = self.expansion.cells([ref], "", "")
                amounts = [(self.name(i, spec.names), printed(self.tables.places[i]), self.path(i)) for i in cells]
            items += [
                Item(name, amount, None if whole is None else share(amount, whole), code)
                for name, amount, code in amounts
                if amount or own
            ]
        return items

    def name(self, index: int, classification: str = "") -> str:
        """The name of a cell's row: by its code where a classification is given, else as printed."""
        part = self.tables.block_of(index)
        row = part.rows[(index - part.first) // len(part.block.columns)]
        known = self.edition.codes.by_name[classification] if classification else {}
        shows = [label.shows for label in part.block.labels]
        at = next((shows.index(kind) for kind in ("name", "label") if kind in shows), 0)
        return known.get(row.path) or row.texts[at] or next((text for text in row.texts if text), "")

    def path(self, index: int) -> str:
        """The code of a cell's row, empty where it has none."""
        part = self.tables.block_of(index)
        return part.rows[(index - part.first) // len(part.block.columns)].path

    def projects(
        self, spec: ProjectSpec, records: Sequence[Mapping[str, str]], content: Content | None
    ) -> list[Project]:
        """Every project once, in printed order, with its line of 项目信息; the ledger fills in what that lacks.

        The first of the tables asks for such a line; a project that stands only in the others and has none has no form.
        """
        performance = self.edition.performance_spec
        asked = {self._row(index) for index in self.expansion.cells(spec.refs[:1], "", "")}
        amounts: dict[tuple[str, str], Decimal] = {}
        for index in self.expansion.cells(spec.refs, "", ""):
            key = self._row(index)
            amounts[key] = amounts.get(key, Decimal(0)) + printed(self.tables.places[index])
        described: dict[str, list[Mapping[str, str]]] = {}
        for record in records:
            described.setdefault(squeezed(record[spec.name]), []).append(record)
        result = []
        for (unit, name), amount in amounts.items():
            same = described.get(squeezed(name), [])
            own = [r for r in same if squeezed(r.get("unit", "")) == squeezed(unit)] or same
            record = {key: own[0].get(key, "") if own else "" for key in spec.fields}
            for field, dimension in spec.ledger.items():
                if not record[field] and content is not None:
                    record[field] = _from_ledger(content.facts, spec.ledger_name, name, dimension)
            if not own and (unit, name) not in asked and performance is not None and "managed" in record:
                record["managed"] = performance.words.unmanaged
            result.append(Project(name, unit, half_up(amount), record))
        return result

    def _row(self, index: int) -> tuple[str, str]:
        """Unit and name of a project's row."""
        part = self.tables.block_of(index)
        row = part.rows[(index - part.first) // len(part.block.columns)]
        return part.rows[row.parent].texts[0] if row.parent >= 0 else "", row.texts[0]


def _from_ledger(facts: Facts, key: str, name: str, wanted: str) -> str:
    """The value of a dimension in the ledger rows whose `key` is that name."""
    dimension = facts.dimensions[key]
    same = [value for value in dimension.values if squeezed(value) == squeezed(name)]
    rows = np.flatnonzero(dimension.mask(same)) if same else np.zeros(0, np.intp)
    found = facts.dimensions[wanted]
    return next((found.values[found.codes[i]] for i in rows if found.values[found.codes[i]]), "")
