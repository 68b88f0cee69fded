"""Word behind the scenes, through COM: the page of every heading as Word itself lays it out, and the document as PDF.

It is asked as LibreOffice is (`libreoffice.Office`). What the clerk has open in Word is left alone: a Word of its own
is started, hidden, without macros and without questions, and ended again.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from addin.document.libreoffice import Entries, entries_of, made
from addin.places import logger
from udfs.base import InputProblems, Problem

_NO_ALERTS, _NO_MACROS, _NOT_SAVED = 0, 3, 0  # wdAlertsNone, msoAutomationSecurityForceDisable, wdDoNotSaveChanges
_AS_PDF, _FOR_PRINT, _HEADINGS_AS_BOOKMARKS = 17, 0, 1  # wdExportFormatPDF, wdExportOptimizeForPrint, wdExportCreate…


class Word(Struct, frozen=True):
    """An installed Word. `start` gives an application of its own, `failures` are the errors that it raises."""

    start: Callable[[], Any]
    failures: tuple[type[Exception], ...]

    @property
    def name(self) -> str:
        """What the clerk knows it as."""
        return "Word"

    def pages(self, documents: Sequence[Path]) -> list[Entries | None]:
        """The entries of each document's contents as Word lays it out; None where it could not."""
        return self._each(documents, _contents)

    def export(self, documents: Sequence[Path]) -> list[Path | None]:
        """Each document as PDF beside it: fonts embedded, headings as bookmarks; None where that failed."""
        return self._each(documents, _as_pdf)

    def _each(self, documents: Sequence[Path], work: Callable[[Any, Path], Any]) -> list[Any]:
        with self._running() as word:
            return [self._one(word, document, work) for document in documents]

    @contextlib.contextmanager
    def _running(self) -> Iterator[Any]:
        try:
            word = self.start()
        except self.failures as error:
            logger().exception("Word does not start")
            message = "Word 无法启动，请关闭已打开的 Word 及其提示窗口后重试"
            raise InputProblems([Problem("", message)]) from error
        try:
            word.Visible, word.DisplayAlerts, word.AutomationSecurity = False, _NO_ALERTS, _NO_MACROS
            yield word
        finally:
            # A Word that has gone by itself has nothing left to end.
            with contextlib.suppress(*self.failures):
                word.Quit(SaveChanges=_NOT_SAVED)

    def _one(self, word: Any, document: Path, work: Callable[[Any, Path], Any]) -> Any:
        opened = None
        try:
            opened = word.Documents.Open(
                FileName=str(document), ConfirmConversions=False, ReadOnly=True, AddToRecentFiles=False
            )
            return work(opened, document)
        except self.failures:
            logger().exception("Word fails on %s", document.name)
            return None
        finally:
            if opened is not None:
                with contextlib.suppress(*self.failures):
                    opened.Close(SaveChanges=_NOT_SAVED)


def _contents(document: Any, _: Path) -> Entries:
    contents = document.TablesOfContents(1)
    contents.Update()
    return entries_of(str(contents.Range.Text))


def _as_pdf(document: Any, path: Path) -> Path | None:
    target = path.with_suffix(".pdf")
    document.ExportAsFixedFormat(
        OutputFileName=str(target),
        ExportFormat=_AS_PDF,
        OpenAfterExport=False,
        OptimizeFor=_FOR_PRINT,
        CreateBookmarks=_HEADINGS_AS_BOOKMARKS,
        DocStructureTags=True,
        BitmapMissingFonts=True,
    )
    return made(target)


def find_word() -> Word | None:
    """The Word of this machine; None where there is none, or another system than Windows."""
    if sys.platform != "win32":
        return None
    import winreg

    import pythoncom
    from win32com.client import DispatchEx

    try:
        winreg.CloseKey(winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, r"Word.Application\CLSID"))
    except OSError:
        return None

    def start() -> Any:
        pythoncom.CoInitialize()  # the local page works in threads of its own
        return DispatchEx("Word.Application")

    return Word(start, (pythoncom.com_error, AttributeError, OSError))
