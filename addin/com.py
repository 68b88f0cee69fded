"""The few members of Excel's own objects that xlwings has no call for. Nothing else of the add-in touches `.api`.

Each function is one or a few calls into Excel's process. A block is an xlwings Range, a sheet an xlwings Sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_VISIBLE_CELLS = 12  # xlCellTypeVisible
_EXCEL_LINKS = 1  # xlExcelLinks
_TEXT_ANSWER = 2  # InputBox gives a text

#: What a protected sheet may allow besides.
ALLOWANCES = (
    "AllowFormattingCells",
    "AllowFormattingColumns",
    "AllowFormattingRows",
    "AllowInsertingColumns",
    "AllowInsertingRows",
    "AllowInsertingHyperlinks",
    "AllowDeletingColumns",
    "AllowDeletingRows",
    "AllowSorting",
    "AllowFiltering",
    "AllowUsingPivotTables",
)


def protection(sheet: Any) -> Mapping[str, bool] | None:
    """How a sheet is protected, as Protect wants it said; None where it is not."""
    api = sheet.api
    if not api.ProtectContents:
        return None
    allowed = api.Protection
    options = {name: bool(getattr(allowed, name)) for name in ALLOWANCES}
    options["DrawingObjects"] = bool(api.ProtectDrawingObjects)
    options["Scenarios"] = bool(api.ProtectScenarios)
    return options


def is_protected(sheet: Any) -> bool:
    """Whether the contents of a sheet are protected now."""
    return bool(sheet.api.ProtectContents)


def unprotect(sheet: Any) -> None:
    """Take off a protection that has no password; fails, without asking anybody, where it has one."""
    sheet.api.Unprotect("")


def protect(sheet: Any, options: Mapping[str, bool]) -> None:
    """Protect a sheet without a password."""
    sheet.api.Protect("", Contents=True, **options)


def has_formula(block: Any) -> bool:
    """Whether any cell of a block holds a formula."""
    return block.api.HasFormula is not False


def hidden_lines(block: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows and columns of a block (sheet numbers from 1) that are hidden."""
    api = block.api
    rows, columns = api.EntireRow.Hidden, api.EntireColumn.Hidden
    if rows is False and columns is False:
        return (), ()
    first_row, first_column = block.row, block.column
    height, width = block.shape
    all_rows, all_columns = range(first_row, first_row + height), range(first_column, first_column + width)
    if rows is True or columns is True:
        return (tuple(all_rows) if rows is True else ()), (tuple(all_columns) if columns is True else ())
    shown_rows: set[int] = set()
    shown_columns: set[int] = set()
    for area in api.SpecialCells(_VISIBLE_CELLS).Areas:
        shown_rows.update(range(area.Row, area.Row + area.Rows.Count))
        shown_columns.update(range(area.Column, area.Column + area.Columns.Count))
    return (
        tuple(row for row in all_rows if row not in shown_rows),
        tuple(column for column in all_columns if column not in shown_columns),
    )


def clear_links(block: Any) -> None:
    """Remove the links that lie on a block's cells, and nothing else of them."""
    block.api.ClearHyperlinks()


def has_macros(book: Any) -> bool:
    """Whether a workbook brings a VBA project."""
    return bool(book.api.HasVBProject)


def external_links(book: Any) -> int:
    """Number of other workbooks that a workbook is linked to."""
    return len(book.api.LinkSources(_EXCEL_LINKS) or ())


def connections(book: Any) -> int:
    """Number of data connections of a workbook."""
    return int(book.api.Connections.Count)


def offer_undo(app: Any, text: str, procedure: str) -> None:
    """Put an entry of our own at the top of Excel's undo list."""
    app.api.OnUndo(text, procedure)


def ask_text(app: Any, question: str, title: str, default: str) -> str | None:
    """What the clerk typed into a box; None where she cancelled."""
    answer = app.api.InputBox(Prompt=question, Title=title, Default=default, Type=_TEXT_ANSWER)
    return None if answer is False else str(answer)


def open_as_new(app: Any, template: str) -> None:
    """Open a file as a new workbook without a name, as a template."""
    app.api.Workbooks.Add(Template=template)
