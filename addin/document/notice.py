"""A short notice as a Word document: a title, some lines, a table, in the looks of the disclosure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import docx
from docx.shared import Mm

from addin.document.docx_styles import BOTTOM, LEFT, LOOKS, PAGE_HEIGHT, PAGE_WIDTH, RIGHT, TOP


def write_notice(
    out: Path,
    title: str,
    lines: Sequence[str],
    heading: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
) -> None:
    """Write a notice. `widths`: of the table's columns in millimetres, which together are at most 156."""
    document = docx.Document(str(LOOKS))
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE_WIDTH), Mm(PAGE_HEIGHT)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    document.core_properties.title = title
    document.add_paragraph(title, style="目录标题")
    for line in lines:
        document.add_paragraph(line, style="公文正文")
    if rows:
        table = document.add_table(rows=1 + len(rows), cols=len(heading), style="公开表格")
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        # Asking a table of python-docx for a cell lays out the whole table anew: its cells are asked for once.
        cells = iter(table._cells)  # noqa: SLF001
        for number, texts in enumerate((heading, *rows)):
            for text, width in zip(texts, widths, strict=True):
                cell = next(cells)
                cell.width = Mm(width)
                cell.paragraphs[0].style = document.styles["表头" if number == 0 else "表内文字"]
                cell.paragraphs[0].add_run(text)
    document.save(str(out))
