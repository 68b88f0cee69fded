"""Word documents as they are published, and changed by hand as somebody types over what was exported."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
from docx.document import Document

from addin.published.examine import Examined
from addin.verbs.report import report_workbook
from udfs.base import NOTE


def published(book: Path, out: Path) -> Path:
    """A workbook's Word document, its contents without page numbers."""
    report_workbook(book, out, lambda _: None, fast=True)
    return out


def wanted(done: Examined) -> list[tuple[str, str, int, str]]:
    """The findings that ask for something: rule, sheet, page, message."""
    return [
        (f.finding.rule, f.finding.sheet, f.page, f.finding.message) for f in done.findings if f.finding.grade != NOTE
    ]


def changed(path: Path, change: Callable[[Document], object]) -> bytes:
    """A Word document's bytes after somebody has changed it by hand."""
    document = docx.Document(str(path))
    change(document)
    result = io.BytesIO()
    document.save(result)
    return result.getvalue()


def paragraph_with(document: Document, words: str) -> Any:
    """The first paragraph of the text that holds some words."""
    return next(p for p in document.paragraphs if words in p.text and "\t" not in p.text)


def replace_in(document: Document, words: str, by: str) -> None:
    """Type over some words of a paragraph."""
    paragraph = paragraph_with(document, words)
    text = paragraph.text.replace(words, by, 1)
    for run in paragraph.runs[1:]:
        run.text = ""
    paragraph.runs[0].text = text


def set_cell(document: Document, title: str, row: int, column: int, text: str) -> str:
    """Type over a cell of the table below a title; gives what stood there."""
    body = list(document.element.body)
    at = next(
        n
        for n, e in enumerate(body)
        if e.tag.endswith("}p")
        and "".join(e.itertext()).startswith(title)
        and any(b.tag.endswith("}tbl") for b in body[n : n + 3])
    )
    element = next(e for e in body[at:] if e.tag.endswith("}tbl"))
    table = next(t for t in document.tables if t._tbl is element)
    cell = table.cell(row, column)
    before = cell.text
    cell.paragraphs[0].runs[0].text = text
    return before


def remove(element: Any) -> None:
    """Take an element out: python-docx deletes none."""
    element.getparent().remove(element)
