"""The live door: the open workbook read in a few calls and written in one step that can be undone."""

from __future__ import annotations

from addin.excel import session
from addin.excel.book import LiveBook
from addin.excel.session import Session
from addin.excel.waiting import disarm, let_go

__all__ = [
    "LiveBook",
    "Session",
    "disarm",
    "let_go",
    "session",
]
