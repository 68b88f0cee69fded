"""绩效目标: the printed performance forms, the whole unit's and one a project, from the input sheets and the tables.

    >>> forms = performance_forms(Reading(edition, grids, names))
    >>> forms[1].subject, forms[1].title
    ('遗属补助', '预算部门（单位）项目支出绩效目标表')

A form is a plain grid as HTML has it: every row lists the cells that begin in it, each with how many rows and columns
it takes. Looks, the sheet and the Word document are made of it elsewhere.
"""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct

from udfs.base import read_amount
from udfs.performance.derived import Record
from udfs.performance.sources import TYPED, Sources, form_projects, indicators_of, sheets_of, sources_of
from udfs.tables import Reading
from workbook_templates.reading import CellSpec, Edition, FormSpec, IndicatorColumns, Part, named

_NAMED = re.compile(r"\{([a-z_.0-9]+)\}")


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


def performance_forms(reading: Reading) -> tuple[PerformanceForm, ...]:
    """All forms of a workbook, the whole unit's first; none while 项目信息 and 绩效指标 are blank."""
    sources = sources_of(reading)
    return reading.once("forms", sheets_of(reading), lambda: make_forms(reading.edition, sources))


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
        numbered = [{**record, "number": record.get(TYPED) or str(int(record["row"]) - start)} for record in records]
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
