"""Speed of text and document, as ratios against a peer in the same run: `python -m tests.benchmarks.report`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from docx import Document
from openpyxl import load_workbook

from addin.document.chart_picture import draw_pie, find_font
from addin.document.docx_grid import placed
from addin.document.docx_writer import Writer
from addin.document.libreoffice import find_office
from addin.verbs import commands, computing
from addin.verbs.report import report_workbook
from addin.xlsx.files import Workbook
from tests.benchmarks.fill import sample_book
from tests.benchmarks.validate import both, row
from udfs.audit import audit
from udfs.checks.text import known_of
from udfs.disclosure import read_disclosure
from udfs.disclosure_parts import Chart, Disclosure, FormView, TableView
from udfs.narrative.narrate import narrate, render
from udfs.narrative.text_sheet import read_text
from udfs.tables import Reading
from udfs.validate import inspect


def bare_tables(disclosure: Disclosure, out: Path) -> None:
    """The peer: python-docx writes the same tables, every cell's text and nothing else."""
    document = Document()
    for part in disclosure.parts:
        for element in part.elements:
            if not isinstance(element, TableView | FormView):
                continue
            grid = element.grid
            table = document.add_table(len(grid.rows), len(grid.widths))
            rows = [line.cells for line in table.rows]
            for number, spans, column, cell in placed(grid):
                if spans:
                    rows[number][column].text = cell.text
    document.save(str(out))


def main() -> None:
    """Measure and print."""
    print(f"{'work':34}{'median':>12}   {'peer':22}{'median':>12}   {'ratio':>7}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        filled, book = folder / "各表.xlsx", folder / "说明.xlsx"
        commands.fill_workbook(sample_book(folder / "样例.xlsx"), filled)
        commands.narrate_workbook(filled, book)
        opened = Workbook(book)
        edition, names = computing.edition_of(opened), opened.package.names
        ours, load = both(lambda: narrate(Reading(edition, opened.grids, names)), partial(load_workbook, book), 7)
        row("narrate, sample", ours, "openpyxl load", load)

        inspection = inspect(Reading(edition, opened.grids, names))
        known, texts = known_of(inspection), {row.number: row.text for row in read_text(edition, opened.grids)}
        expected = {s.number: s.text for s in render(edition, known.context)}
        read_back = partial(audit, texts, edition.audit_words, known, expected)
        by_words = partial(audit, texts, edition.audit_words, known, {})
        for what, reading in (("audit, the text as generated", read_back), ("audit, by the words alone", by_words)):
            ours, load = both(reading, partial(load_workbook, book), 7)
            row(what, ours, "openpyxl load", load)

        disclosure = read_disclosure(Reading(edition, opened.grids, names))
        ours, load = both(
            lambda: read_disclosure(Reading(edition, opened.grids, names)), partial(load_workbook, book), 5
        )
        row("disclosure from the grids", ours, "openpyxl load", load)
        font = find_font()
        charts = [e for part in disclosure.parts for e in part.elements if isinstance(e, Chart)]
        picture = draw_pie(charts[0].items, font) if font else None
        bare = partial(bare_tables, disclosure, folder / "表.docx")
        ours, peer = both(lambda: Writer(disclosure, picture).save(folder / "文档.docx"), bare, 5)
        row("write the .docx", ours, "python-docx, bare", peer)
        kinds = [".docx", ".pdf"] if find_office() else [".docx"]
        for kind in kinds:
            work = partial(report_workbook, book, folder / f"公开{kind}", lambda _: None)
            ours, peer = both(work, bare, 3)
            row(f"report to {kind}, all of it", ours, "python-docx, bare", peer)


if __name__ == "__main__":
    main()
