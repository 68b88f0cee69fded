"""Where in a document a finding of the workbook made from it stands: page, paragraph, and the words it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from udfs.audit import Audited, Contradiction
from udfs.audit import verdicts as v
from udfs.base import Finding, is_note, say, squeezed
from udfs.checks import registered
from udfs.foreign import FoundTable, Passage, Published, Recognition, SectionText, origins
from udfs.published import findings as f
from udfs.published.findings import DocumentFinding
from udfs.published.sheet import section_name

#: Which check a kind of contradiction belongs to.
RULE_OF_KIND = {
    v.AMOUNT: "D01",
    v.RATE: "D02",
    v.TURN: "D03",
    v.DATING: "D04",
    v.NAME: "D05",
    v.COUNT: "D06",
    v.UNIT: "D07",
    v.PARTS: "D08",
    v.REASON: "D09",
    v.DENIAL: "D01",
    v.UNREASONED: "D09",
    v.NO_BASE: "D09",
    v.WORDING: "D10",
}
_ROW = re.compile(r"[A-Z]+(\d+)")
#: What a workbook's finding advises and a document cannot do.
_GENERATED = re.compile(r"，或重新生成各表|请重新生成各表(?:，?或[^；。]*)?")


class Unverified(Struct, frozen=True):
    """A figure of the text that nothing could be found for."""

    page: int
    paragraph: int
    text: str
    quote: str


class Places(Struct, frozen=True, dict=True):
    """A document, what was recognised in it, and the way back from our sheets to its pages."""

    document: Published
    found: Recognition
    texts: Sequence[SectionText]

    @cached_property
    def _tables(self) -> dict[str, tuple[FoundTable, int, dict[int, int]]]:
        numbers = {self.document.sheet_of(n): n for n in range(len(self.document.tables))}
        return {t.form.sheet: (t, numbers[t.sheet], origins(t)) for t in self.found.tables if t.sheet in numbers}

    @cached_property
    def _passages(self) -> list[tuple[str, Passage]]:
        return [(squeezed(p.text), p) for p in self.document.running_text()]

    def page(self, sheet: str, cell: str) -> int:
        """The page of a cell of one of our sheets, 0 where it is not known."""
        if sheet not in self._tables:
            return 0
        _, number, rows = self._tables[sheet]
        row = int(m[1]) if (m := _ROW.fullmatch(cell)) else 0
        return self.document.page_of(number, rows.get(row, 1))

    def row_of(self, sheet: str, cell: str) -> tuple[int, int]:
        """The table (from 0) and its row in the document's table (from 0, titles not counted); -1 where unknown."""
        if sheet not in self._tables:
            return -1, -1
        _, number, rows = self._tables[sheet]
        row = rows.get(int(m[1]) if (m := _ROW.fullmatch(cell)) else 0, 0)
        at = row - 1 - len(self.document.tables[number].above)
        return number, at

    def of_tables(self, findings: Sequence[Finding]) -> Iterator[DocumentFinding]:
        """The findings about tables that are the document's own; what our workbook lacks is not."""
        for finding in findings:
            if finding.sheet in self._tables and finding.rule != "F38":
                table, row = self.row_of(finding.sheet, finding.cell)
                page = self.page(finding.sheet, finding.cell)
                said = str(finding.words)
                message = _GENERATED.sub(lambda m: "" if m[0][0] == "，" else "请核对改正", said)
                own = finding if message == said else replace(finding, words=say("{m}", m=message))
                yield DocumentFinding(own, page, item=finding.sheet, table=table, row=row)

    def of_text(self, audited: Audited, sheet: str) -> Iterator[DocumentFinding]:
        """What the text says wrongly."""
        grades = {check.number: check.grade for check in registered()}
        for wrong in audited.contradictions:
            passage = self.passage(wrong.section, wrong.quote)
            rule = RULE_OF_KIND[wrong.kind]
            finding = Finding(
                rule,
                grades[rule],
                sheet,
                "",
                say("{message}", message=self._message(wrong)),
                wrong.left,
                wrong.right,
                wrong.difference,
            )
            yield DocumentFinding(
                finding,
                passage.page if passage else 0,
                passage.paragraph if passage else 0,
                wrong.quote.strip("…"),
                self._section(wrong.section),
            )

    def unverified(self, audited: Audited) -> Iterator[Unverified]:
        """The figures that could not be held against anything."""
        for open_figure in audited.unbound:
            passage = self.passage(open_figure.section, open_figure.quote)
            page, paragraph = (passage.page, passage.paragraph) if passage else (0, 0)
            yield Unverified(page, paragraph, open_figure.text, open_figure.quote)

    def without_note(self) -> Iterator[DocumentFinding]:
        """Tables without a figure under which no note says so."""
        for table, number, _ in self._tables.values():
            filled = any(a for b in table.blocks for r in b.rows for a in r.amounts)
            own = self.document.tables[number]
            noted = any(is_note(note) for note in table.notes) or any(is_note(v or "") for row in own.rows for v in row)
            if filled or noted or self._explained(own.pages[-1]):
                continue
            message = say("{sheet}没有数据，表下没有注明“本表无数据”，请补充说明", sheet=table.form.sheet)
            finding = Finding("F30", f.RULES["P02"][0], table.form.sheet, "", message)
            yield DocumentFinding(finding, own.pages[0], own.paragraph, "", table.form.sheet)

    def _explained(self, page: int) -> bool:
        """Whether a line on that page says that there is nothing."""
        return any(p.page == page and re.search(r"无|没有|空表", text) for text, p in self._passages)

    def passage(self, section: int, quote: str) -> Passage | None:
        """The passage that a quotation from a section is from."""
        wanted = squeezed(quote.strip("…"))
        same = [p for text, p in self._passages if wanted and wanted in text]
        begins = self._begins(section)
        later = [p for p in same if p.paragraph >= begins]
        return next(iter(later or same), None)

    def _begins(self, section: int) -> int:
        heading = next((squeezed(t.heading) for t in self.texts if t.number == section), "")
        return next((p.paragraph for text, p in self._passages if heading and text.endswith(heading)), 0)

    def _section(self, section: int) -> str:
        sections = self.found.edition.narrative.sections
        return section_name(sections[section - 1].heading) if 0 < section <= len(sections) else f.STATEMENT

    @staticmethod
    def _message(wrong: Contradiction) -> str:
        return f"“{wrong.quote}”：{wrong.message}，请核对改正"
