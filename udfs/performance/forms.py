"""绩效目标: the printed performance forms, the whole unit's and one a project, from the input sheets and the tables.

    >>> forms = performance_forms(Reading(edition, grids, names))
    >>> forms[1].subject, forms[1].title
    ('遗属补助', '预算部门（单位）项目支出绩效目标表')

A form is a plain grid as HTML has it: every row lists the cells that begin in it, each with how many rows and columns
it takes. Looks, the sheet and the Word document are made of it elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct, field

from udfs.base import FEN_PER_PLACE, printed, read_amount, round_half_up, squeezed
from udfs.ledgers import FLOW, SPENDING, Content, Inputs
from udfs.reconciliation import Expansion
from udfs.tables import Printed, Reading
from workbook_templates.reading import (
    INDICATORS,
    PROJECTS,
    AmountSpec,
    CellSpec,
    Edition,
    FormSpec,
    IndicatorColumns,
    Part,
    Performance,
    named,
)

_NAMED = re.compile(r"\{([a-z_.0-9]+)\}")

#: A text behind a word and a number: 任务{number}：{task}.
_LEADING = re.compile(r"(\w+?)\{(?:number|task)\}[：:]\{([a-z_]+)\}")
#: Numbers that clerks put before a text of a list.
_NUMBERING = re.compile(
    r"\s*(?:[0-9０-９]{1,2}\s*[.．、：:)）](?![0-9０-９])|[（(][0-9０-９一二三四五六七八九十]{1,3}[)）][、.．]?"
    r"|[一二三四五六七八九十]{1,3}\s*[、.．]|[①-⑳])\s*"
)
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_COUNTED = [*"一二三四五六七八九十", *(f"十{one}" for one in "一二三四五六七八九")]
_TYPED = "typed"

Record = Mapping[str, str]


class FormCell(Struct, frozen=True):
    """A cell of a form. `value`: a text, an amount with two decimals, or None for an empty cell.

    `check`: the check of family E that guards it, empty for those whose only source is an input sheet.
    """

    value: str | Decimal | None
    rowspan: int = 1
    colspan: int = 1
    is_label: bool = False
    check: str = ""

    @property
    def text(self) -> str:
        """The value as it is shown."""
        if isinstance(self.value, Decimal):
            return f"{self.value:,.2f}"
        return self.value or ""


Line = tuple[FormCell, ...]


class PerformanceForm(Struct, frozen=True):
    """A printed form: `rows` lists in every row the cells that begin there; `widths` are those of the columns.

    `subject`: the unit, or the project's name. `disclosed`: whether it belongs in the published document.
    """

    kind: str  #: whole or project
    subject: str
    title: str
    subtitle: str
    disclosed: bool
    widths: tuple[float, ...]
    rows: tuple[Line, ...]

    def placed(self) -> list[tuple[int, int, FormCell]]:
        """Every cell with its row and column in the grid, from 0."""
        taken: set[tuple[int, int]] = set()
        result = []
        for row, line in enumerate(self.rows):
            column = 0
            for cell in line:
                while (row, column) in taken:
                    column += 1
                result.append((row, column, cell))
                taken |= {(row + r, column + c) for r in range(cell.rowspan) for c in range(cell.colspan)}
        return result


class Sources(Struct, frozen=True):
    """What the forms are made of: the fields and lists of the input sheets, and the figures of the whole unit."""

    year: str
    fields: Mapping[str, Mapping[str, str]]
    lists: Mapping[str, Sequence[Record]]
    starts: Mapping[str, int]  #: the sheet row of each list's heading
    amounts: Mapping[str, Decimal | None] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is filled in that forms are made of."""
        return not self.lists.get(PROJECTS) and not self.lists.get(INDICATORS)


def performance_forms(reading: Reading) -> tuple[PerformanceForm, ...]:
    """All forms of a workbook, the whole unit's first; none while 项目信息 and 绩效指标 are blank."""
    sources = sources_of(reading)
    return reading.once("forms", _sheets(reading), lambda: make_forms(reading.edition, sources))


def sources_of(reading: Reading) -> Sources:
    """Everything that a workbook's forms are made of."""
    return reading.once(
        "sources",
        _sheets(reading),
        lambda: read_sources(reading.edition, reading.printed, reading.content, reading.inputs),
    )


def _sheets(reading: Reading) -> frozenset[str]:
    """All that the forms are made of."""
    return reading.table_sheets | reading.input_sheets


def read_sources(edition: Edition, tables: Printed, content: Content | None, inputs: Inputs) -> Sources:
    """Everything that forms are made of; without a ledger (`content` None) its figures are unknown.

    Blank for an edition without performance forms.
    """
    if edition.performance_spec is None:
        return Sources("", {}, {}, {})
    fields: dict[str, dict[str, str]] = {}
    lists: dict[str, Sequence[Record]] = {}
    starts: dict[str, int] = {}
    leads = _leads(edition.performance)
    for key, (_, part) in edition.ranges().items():
        if part.kind == "fields":
            fields[key] = inputs[key][0][0]
        else:
            lists[key] = [_without_lead(record, leads.get(key)) for record in inputs[key][0]]
            starts[key] = part.row
    expansion = Expansion(tables, edition.codes)
    amounts = {key: _amount(edition, spec, expansion, content) for key, spec in edition.performance.amounts.items()}
    return Sources(fields["basic"].get("year", "") or str(edition.year), fields, lists, starts, amounts)


def _leads(performance: Performance) -> dict[str, tuple[str, str]]:
    """For every list whose texts are printed behind a word and a number, such as 任务1：, the word and the key."""
    texts = {(part.list, spec.text) for part in performance.whole.parts if part.list for spec in part.cells}
    texts |= {(INDICATORS, part.indicators.name) for part in performance.whole.parts if part.indicators}
    return {key: (match[1], match[2]) for key, text in texts if (match := _LEADING.fullmatch(text))}


def _without_lead(record: Record, lead: tuple[str, str] | None) -> Record:
    """A record whose text the clerk has begun with a number herself: her number is its number, and printed once."""
    if lead is None:
        return record
    word, key = lead
    text = record.get(key, "")
    match = re.match(rf"\s*{word}\s*([0-9０-９]{{1,3}}|[一二三四五六七八九十]{{1,3}})\s*[：:、.．，,]?\s*", text)
    if match:
        digits = match[1].translate(_DIGITS)
        number = digits if digits.isascii() else str(_COUNTED.index(digits) + 1) if digits in _COUNTED else ""
    else:
        match, number = _NUMBERING.match(text), ""
    rest = text[match.end() :] if match else ""
    if not rest:
        return record
    told = {"task": record["task"] or number} if key != "task" and "task" in record else {_TYPED: number}
    return {**record, key: rest, **told}


def _amount(edition: Edition, spec: AmountSpec, expansion: Expansion, content: Content | None) -> Decimal | None:
    """A figure of the whole unit as printed; None where its tables or the ledger are not there."""
    if spec.ledger:
        if content is None or not len(content.facts.fen):
            return None
        fen = np.array([content.facts.total(((FLOW, (SPENDING,)), *spec.ledger))], np.int64)
        return printed(int(round_half_up(fen, FEN_PER_PLACE[edition.measure])[0]))
    tables = expansion.printed
    if not tables.filled.any():
        return None
    plus, minus = (
        sum(int(tables.places[i]) for i in expansion.cells(refs, "", "")) for refs in (spec.plus, spec.minus)
    )
    return printed(plus - minus)


def form_projects(edition: Edition, sources: Sources) -> list[Record]:
    """The projects that have a form: those of 项目信息 with a name that are not left out of performance management."""
    unmanaged = edition.performance.words.unmanaged
    return [record for record in sources.lists[PROJECTS] if record["name"] and record["managed"] != unmanaged]


def indicators_of(sources: Sources, name: str) -> list[Record]:
    """The indicators of the whole unit or of a project, by 序号 within their kind, else as they stand."""
    wanted = squeezed(name)
    own = [record for record in sources.lists[INDICATORS] if squeezed(record["object"]) == wanted]
    return sorted(own, key=lambda record: int(record["number"]) if record.get("number", "").isdecimal() else 10**6)


def make_forms(edition: Edition, sources: Sources) -> tuple[PerformanceForm, ...]:
    """All forms; none where nothing is filled in."""
    if sources.is_blank:
        return ()
    spec = edition.performance
    unit = sources.fields["basic"].get("unit_name", "")
    whole = _Maker(edition, sources, spec.whole, {}, indicators_of(sources, spec.words.whole))
    forms = [whole.form("whole", unit, disclosed=True)]
    for record in form_projects(edition, sources):
        maker = _Maker(edition, sources, spec.project, record, indicators_of(sources, record["name"]))
        forms.append(maker.form("project", record["name"], disclosed=record["disclosed"] == spec.words.disclosed))
    return tuple(forms)


class _Maker:
    """Makes one form."""

    def __init__(
        self, edition: Edition, sources: Sources, spec: FormSpec, record: Record, indicators: list[Record]
    ) -> None:
        self.performance = edition.performance
        self.sources = sources
        self.spec = spec
        self.record = record
        self.indicators = indicators

    def form(self, kind: str, subject: str, *, disclosed: bool) -> PerformanceForm:
        rows = [line for part in self.spec.parts for line in self._part(part)]
        title, subtitle = (text.replace("{year}", self.sources.year) for text in (self.spec.title, self.spec.subtitle))
        return PerformanceForm(kind, subject, title, subtitle, disclosed, self.performance.widths, tuple(rows))

    def _part(self, part: Part) -> list[Line]:
        width = self.performance.width - bool(part.label)
        lines: list[Line] = []
        if part.heading:
            lines.append(tuple(self._cell(spec, {}) for spec in part.heading))
        if part.rows:
            lines += [tuple(self._cell(spec, self.record) for spec in row) for row in part.rows]
        elif part.text:
            lines.append((FormCell(self._text(part.text, self.record) or None, colspan=width),))
        elif part.indicators:
            lines += self._indicators(part.indicators)
        else:
            lines += self._list(part)
        if part.label:
            label = FormCell(part.label, rowspan=len(lines), is_label=True)
            lines[0] = (label, *lines[0])
        return lines

    def _list(self, part: Part) -> list[Line]:
        records = self.sources.lists[part.list]
        start = self.sources.starts[part.list]
        numbered = [{**record, "number": record.get(_TYPED) or str(int(record["row"]) - start)} for record in records]
        if not numbered:
            return [tuple(FormCell(None, colspan=spec.span) for spec in part.cells)]
        lines = [tuple(self._cell(spec, record) for spec in part.cells) for record in numbered]
        if not part.join:
            return lines
        texts = ["\n".join(cell.text for cell in column if cell.text) for column in zip(*lines, strict=True)]
        return [tuple(FormCell(text or None, colspan=c.colspan) for text, c in zip(texts, lines[0], strict=True))]

    def _cell(self, spec: CellSpec, record: Record) -> FormCell:
        value: str | Decimal | None
        if spec.money.startswith("{"):
            value = read_amount(record.get(spec.money[1:-1], ""))
        elif spec.money:
            value = self.sources.amounts[spec.money]
        else:
            value = self._text(spec.text, record) or None
        return FormCell(value, spec.rows, spec.span, spec.is_label, spec.check)

    def _text(self, text: str, record: Record) -> str:
        """A text with its fields filled in; blank where none of them is."""
        names = named(text)
        values = {name: self._value(name, record) for name in names}
        told = [name for name in names if name not in ("year", "number")]
        if told and not any(values[name] for name in told):
            return ""
        return _NAMED.sub(lambda match: values[match[1]], text)

    def _value(self, name: str, record: Record) -> str:
        part, _, key = name.rpartition(".")
        if key == "count" and part in self.sources.lists:
            return str(len(self.sources.lists[part]))
        if part:
            return self.sources.fields[part].get(key, "")
        if name == "year":
            return self.sources.year
        value = record.get(name, "")
        return self.spec.printed.get(name, {}).get(value, value)

    def _indicators(self, columns: IndicatorColumns) -> list[Line]:
        words = self.performance.words
        lines: list[Line] = []
        for level in self.performance.levels:
            block: list[Line] = []
            for second in level.second:
                sides = [
                    [r for r in self.indicators if r["second"] == second and r["period"] == getattr(words, period)]
                    for period in columns.periods
                ]
                height = max(1, *(len(side) for side in sides))
                for row in range(height):
                    line: list[FormCell] = []
                    for at, side in enumerate(sides):
                        if row == 0:
                            line.append(FormCell(second, height, columns.second[at], is_label=True))
                        record = side[row] if row < len(side) else {}
                        name = self._text(columns.name, record) if record else ""
                        line.append(FormCell(name or None, colspan=columns.third[at]))
                        line.append(FormCell(record.get("value") or None, colspan=columns.value[at]))
                    block.append(tuple(line))
            block[0] = (FormCell(level.first, len(block), columns.first, is_label=True), *block[0])
            lines += block
        return lines
