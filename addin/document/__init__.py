"""The document door: Word written, laid out and turned into PDF; Word and PDF read."""

from __future__ import annotations

from addin.document.annotate import annotate
from addin.document.chart_picture import FONT_NAMES, draw_pie, find_font
from addin.document.docx_writer import Writer
from addin.document.libreoffice import Office, find_office
from addin.document.notice import write_notice
from addin.document.reading import DOCUMENTS, is_document, read_document
from addin.document.word import Word, find_word

__all__ = [
    "DOCUMENTS",
    "FONT_NAMES",
    "Office",
    "Word",
    "Writer",
    "annotate",
    "draw_pie",
    "find_font",
    "find_office",
    "find_word",
    "is_document",
    "read_document",
    "write_notice",
]
