"""The whole disclosure as a document: parts with headings, paragraphs, tables, the chart and the performance forms.

    >>> disclosure = read_disclosure(Reading(edition, grids, names))
    >>> [part.title for part in disclosure.parts][0]
    '第一部分　概况'

Everything is taken from the workbook as it stands; how it looks on paper is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from udfs.base import (
    InputProblems,
    Problem,
    cell,
    clean_lines,
    half_up,
    is_blank,
    is_empty_line,
    numeral,
    plain,
    shown,
    squeezed,
)
from udfs.disclosure_parts import (
    AMOUNT,
    CENTER,
    CODE,
    HEAD,
    NAME,
    Cell,
    Chart,
    Disclosure,
    Element,
    FormView,
    Grid,
    Heading,
    Paragraph,
    Part,
    TableView,
    Term,
)
from udfs.narrative import Item, TextRow, chart_items, texts_of
from udfs.performance import PerformanceForm, performance_forms
from udfs.tables import Printed, PrintedBlock, PrintedRow, Reading
from workbook_templates.defined_names import GLOSSARY
from workbook_templates.reading import DocumentSpec, FixedRow, Form, ListRows, TreeRows

_SUBHEADING = re.compile(r"（[一二三四五六七八九十]+）[^。；]*")


def read_disclosure(reading: Reading) -> Disclosure:
    """The document of a workbook. Raises InputProblems where its tables or its text are not there yet."""
    edition = reading.edition
    if edition.document_spec is None:
        raise InputProblems([Problem("", f"版式“{edition.name}”没有规定整套公开文档的编排，不能输出文档")])
    return _Maker(reading).disclosure()


class _Maker:
    """Makes the parts one after the other; gathers notes."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.edition = edition = reading.edition
        self.spec: DocumentSpec = edition.document
        self.grids = reading.grids
        self.names = reading.names
        self.notes: list[str] = []
        self.apart: dict[int, TextRow] = {}  #: sections of the text that stand in another part
        self.info = reading.info
        self.printed: Printed = reading.printed
        self.words = {
            "unit": self.info.text("unit_name"),
            "year": self.info.year,
            "kind": "部门" if self.info.is_department else "单位",
            "level": self.info.text("level"),
            "measure": edition.measure,
        }

    def disclosure(self) -> Disclosure:
        texts = self._texts()
        self.apart = {text.number: text for text in texts if text.number in self.spec.stands.values()}
        texts = tuple(text for text in texts if text.number not in self.apart)
        parts = (
            Part("overview", self._said(self.spec.overview), tuple(self._overview())),
            Part("tables", self._said(self.spec.tables), tuple(self._table(form) for form in self.edition.forms)),
            Part("text", self._said(self.spec.text), tuple(self._text(texts))),
            Part("glossary", self._said(self.spec.glossary), tuple(self._glossary())),
        )
        return Disclosure(
            unit=self.words["unit"],
            title=self._said(self.spec.title),
            running_head=self._said(self.spec.running_head),
            contents=self.spec.contents,
            parts=parts,
            notes=tuple(self.notes),
        )

    def _said(self, text: str, **more: str) -> str:
        return text.format(**self.words, **more)

    def _texts(self) -> tuple[TextRow, ...]:
        """The sections of the text; everything that the document cannot do without is asked for at once."""
        problems = []
        sheet, basic = self.edition.ranges()["basic"]
        for key in ("unit_name", "year"):
            if not self.info.text(key):
                label = next(f.label for f in basic.fields if f.key == key)
                problems.append(Problem(sheet.name, "没有填写，生成公开文档需要这一项", heading=label))
        if not self.printed.filled.any():
            problems.append(
                Problem(self.edition.forms[0].sheet, "各表还没有数据，请先生成各表（fill），再生成公开文档")
            )
        name = self.edition.narrative.sheet.name
        texts: tuple[TextRow, ...] = ()
        if name not in self.grids:
            problems.append(Problem(name, "工作簿中缺少这张工作表，请从模板中补回，不要改名"))
        else:
            texts = texts_of(self.reading)
            if not texts:
                how = "生成情况说明（narrate）" if self.edition.narrative.generated else "填写情况说明"
                problems.append(Problem(name, f"还没有正文，请先{how}，再生成公开文档"))
        if problems:
            raise InputProblems(problems)
        there = {text.number for text in texts} | set(self.spec.stands.values())
        absent = [numeral(n) for n in range(1, len(self.edition.narrative.sections) + 1) if n not in there]
        if absent:
            self.notes.append(f"情况说明缺少第{'、'.join(absent)}节的正文，公开文档中没有这一节")
        return texts

    # ---------------------------------------------------------------- part one

    def _overview(self) -> Iterator[Element]:
        yield Heading(self._said(self.spec.duties), 2)
        duties = self._standing("duties") or clean_lines(self._field("duties"))
        yield from (Paragraph(line) for line in duties)
        if not duties:
            self._miss("duties")
        yield Heading(self._said(self.spec.structure), 2)
        if structure := self._standing("structure"):
            yield from (Paragraph(line) for line in structure)
            return
        departments = self._list("departments")
        if departments:
            yield Paragraph(self._counted(self.spec.departments, departments))
        else:
            self._miss("departments")
        units = self._list("units")
        if self.info.is_department and units:
            yield Paragraph(self._counted(self.spec.units, units))

    def _standing(self, key: str) -> list[str]:
        """The lines of a section of the text that stands here; none where the form has none, or nothing is written."""
        text = self.apart.get(self.spec.stands.get(key, 0))
        return [line.strip() for line in text.text.split("\n") if line.strip()] if text else []

    def _counted(self, text: str, names: Sequence[str]) -> str:
        return self._said(text, count=str(len(names)), names="、".join(names))

    def _field(self, key: str) -> str:
        part, name = self.spec.sources[key]
        records, _ = self.reading.range(part)
        return records[0].get(name, "")

    def _list(self, key: str) -> list[str]:
        part, name = self.spec.sources[key]
        records, _ = self.reading.range(part)
        return [record[name] for record in records if record[name]]

    def _miss(self, key: str) -> None:
        """Say what is not filled in: nothing of it is printed, for what is published holds no word to the clerk."""
        part, name = self.spec.sources[key]
        sheet, found = self.edition.ranges()[part]
        label = next(f.label for f in found.fields if f.key == name)
        self.notes.append(f"“{sheet.name}”中的“{label}”没有填写，公开文档中没有这一段，请补填后重新导出")

    # ---------------------------------------------------------------- part two

    def _table(self, form: Form) -> TableView:
        sheet, top, left = form.place(self.names)
        grid = self.grids.get(sheet, [])
        right = left + form.width - 1
        year, document = self.words["year"], self.info.text("document")
        title = _one_line(plain(cell(grid, top, left))) or self.edition.worded(form.title, year, document)
        blocks = [block for block in self.printed.blocks if block.form.code == form.code]
        body = list(_body(form, blocks, grid, left))
        first = top + form.first_body_row - 1
        last = max((row for row, _ in body), default=first - 1)
        note = plain(cell(grid, last + 1, left))
        wanted = self.edition.note_of(form, year, document)
        if squeezed(note) != squeezed(wanted):
            note = ""
        if not note and is_empty_table(blocks, self.printed):
            note = wanted
        return TableView(
            mark=self.edition.form_line.format(number=form.number),
            name=form.sheet,
            title=title,
            unit=plain(cell(grid, top + 1, left)),
            measure=plain(cell(grid, top + 1, right)),
            grid=Grid(
                form.widths, (*_headings(form, grid, top, left), *(cells for _, cells in body)), len(form.headings)
            ),
            note=note,
            landscape=form.orientation == "landscape",
        )

    # ---------------------------------------------------------------- part three

    def _text(self, texts: Sequence[TextRow]) -> Iterator[Element]:
        for text in texts:
            number = text.number - sum(other < text.number for other in self.spec.stands.values())
            yield Heading(f"{numeral(number)}、{_one_line(text.heading)}", 2)
            for line in text.text.split("\n"):
                if not line.strip():
                    continue
                if _SUBHEADING.fullmatch(line.strip()):
                    yield Heading(line.strip(), 3)
                else:
                    yield Paragraph(line.strip())
            if text.number == self.spec.chart_after:
                yield from self._chart()
            if text.number == self.spec.forms_after:
                yield from self._forms()

    def _chart(self) -> Iterator[Chart]:
        items = chart_items(self.reading)
        if not items:
            return
        title = self.edition.narrative.chart_title
        listed = "、".join(
            f"{item.name}{shown(item.amount)}{self.edition.measure}（{_percent(item)}%）" for item in items
        )
        head = tuple(Cell(self._said(text), HEAD) for text in self.spec.chart_columns)
        rows = tuple(
            (Cell(item.name), Cell(_grouped(item.amount), AMOUNT), Cell(_percent(item), AMOUNT)) for item in items
        )
        yield Chart(
            title, items, self._said(self.spec.chart_alt, title=title, items=listed), Grid((3, 2, 2), (head, *rows), 1)
        )

    def _forms(self) -> Iterator[FormView]:
        for form in performance_forms(self.reading):
            if form.disclosed:
                yield FormView(form.title, form.subtitle, _form_grid(form))

    # ---------------------------------------------------------------- part four

    def _glossary(self) -> Iterator[Term | Paragraph]:
        if written := self._standing("glossary"):
            yield from (Paragraph(line) for line in written)
            return
        sheet, top, left, last, right = self.names.get(GLOSSARY, ("", 1, 1, 0, 1))
        grid = self.grids.get(sheet, [])
        found = False
        for row in range(top, max(last, len(grid)) + 1):
            name, text = plain(cell(grid, row, left)), plain(cell(grid, row, right))
            if name or text:
                found = True
                yield Term(name, text)
        if not found:
            for name, text in self.edition.glossary(self.words["level"]):
                yield Term(name, text)


def is_empty_table(blocks: Sequence[PrintedBlock], printed: Printed) -> bool:
    """Whether no cell of a table holds an amount."""
    return not any(printed.filled[block.first : block.first + block.size()].any() for block in blocks)


def _headings(form: Form, grid: Sequence[Sequence[Any]], top: int, left: int) -> Iterator[tuple[Cell, ...]]:
    """The heading rows with their spans; the words are those of the sheet."""
    spans = {(row, column): (down - row + 1, right - column + 1) for row, column, down, right in form.heading_merges()}
    for number, line in enumerate(form.headings):
        row = form.first_body_row - len(form.headings) + number
        cells = []
        for column, text in enumerate(line, 1):
            if text in ("<", "^"):
                continue
            rows, columns = spans.get((row, column), (1, 1))
            words = plain(cell(grid, top + row - 1, left + column - 1))
            cells.append(Cell(words, HEAD, rowspan=rows, colspan=columns))
        yield tuple(cells)


def _body(
    form: Form, blocks: Sequence[PrintedBlock], grid: Sequence[Sequence[Any]], left: int
) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Each printed row of a table with its sheet row."""
    lines = [{row.row: row for row in block.rows} for block in blocks]
    numbers = sorted({number for line in lines for number in line})
    if not numbers:
        return
    for number in range(numbers[0], numbers[-1] + 1):
        if is_empty_line(grid, number, left, left + form.width - 1):
            continue
        cells: dict[int, Cell] = {}
        for block, line in zip(blocks, lines, strict=True):
            centered, bold = _look(block, line.get(number))
            for position, label in enumerate(block.block.labels):
                if centered and position:
                    continue
                kind = CENTER if centered else CODE if label.shows == "code" else NAME
                span = len(block.block.labels) if centered else 1
                cells[label.at] = Cell(plain(cell(grid, number, left + label.at - 1)), kind, bold, colspan=span)
            for column in block.block.columns:
                cells[column.at] = Cell(_amount(cell(grid, number, left + column.at - 1)), AMOUNT, bold)
        yield number, tuple(cells[at] for at in sorted(cells))


def _look(block: PrintedBlock, row: PrintedRow | None) -> tuple[bool, bool]:
    """Whether a row's label is centred over its columns, and whether the row is set in bold: totals and classes."""
    if row is None:
        return False, False
    families = block.block.rows
    if not row.level:
        fixed = next((f for f in families if isinstance(f, FixedRow) and f.key == row.path), None)
        centered = fixed is not None and fixed.center
        return centered, centered or any(not isinstance(f, FixedRow) for f in families)
    deep = any(isinstance(f, TreeRows) or (isinstance(f, ListRows) and len(f.dimensions) > 1) for f in families)
    return False, row.level == 1 and deep


def _one_line(text: str) -> str:
    """A heading as the contents list it: without line breaks."""
    return " ".join(text.split())


def _amount(value: Any) -> str:
    """An amount as its sheet prints it; what is no number as it stands."""
    if is_blank(value):
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _grouped(Decimal(str(value)))
    return plain(value)


def _grouped(value: Decimal) -> str:
    return f"{half_up(value):,.2f}"


def _percent(item: Item) -> str:
    return f"{item.share:.2f}" if item.share is not None else ""


def _form_grid(form: PerformanceForm) -> Grid:
    rows = tuple(
        tuple(
            Cell(
                c.text,
                HEAD if c.is_label else AMOUNT if isinstance(c.value, Decimal) else NAME,
                rowspan=c.rowspan,
                colspan=c.colspan,
            )
            for c in line
        )
        for line in form.rows
    )
    return Grid(tuple(float(width) for width in form.widths), rows)
