"""The document door: Word written, laid out and turned into PDF."""

from __future__ import annotations

from addin.document.chart_picture import FONT_NAMES, draw_pie, find_font
from addin.document.docx_writer import Writer
from addin.document.libreoffice import Office, find_office

__all__ = [
    "FONT_NAMES",
    "Office",
    "Writer",
    "draw_pie",
    "find_font",
    "find_office",
]
