"""The few members of Excel's own objects that xlwings has no call for. Nothing else of the add-in touches `.api`.

Each function is one or a few calls into Excel's process. A block is an xlwings Range, a sheet an xlwings Sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_VISIBLE_SHEET = -1  # xlSheetVisible
#: A filtered ledger has hundreds of hidden pieces; so many questions find enough of them to say so.
_MOST_QUESTIONS = 400
#: Characters that an address may have.
_LONGEST_ADDRESS = 255
_EXCEL_LINKS = 1  # xlExcelLinks
_TEXT_ANSWER = 2  # InputBox gives a text
_FOLDER_PICKER = 4  # msoFileDialogFolderPicker
_CHOSEN = -1  # what a dialog's Show gives where something was chosen

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


def is_visible(sheet: Any) -> bool:
    """Whether a sheet is shown; one that only a macro can show is not."""
    return bool(sheet.api.Visible == _VISIBLE_SHEET)


def full_name(book: Any) -> str:
    """Where a workbook lies, as Excel names it: of one in the cloud its address, which xlwings would try to resolve."""
    return str(book.api.FullName)


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
    sheet = block.sheet
    found_rows = _hidden(all_rows, rows, lambda a, b: sheet.range((a, 1), (b, 1)).api.EntireRow.Hidden)
    found_columns = _hidden(all_columns, columns, lambda a, b: sheet.range((1, a), (1, b)).api.EntireColumn.Hidden)
    return found_rows, found_columns


def _hidden(lines: Sequence[int], known: bool | None, ask: Callable[[int, int], bool | None]) -> tuple[int, ...]:
    """The hidden ones of successive lines: halved as long as some are hidden and some not, a filter at most so often.

    Excel refuses to list visible cells on a protected sheet; whether all of some lines are hidden it always tells.
    """
    found: list[int] = []
    waiting = [(lines[0], lines[-1], known)]
    asked = 0
    while waiting and asked < _MOST_QUESTIONS:
        first, last, state = waiting.pop()
        if state is None:
            middle = (first + last) // 2
            asked += 2
            waiting += [(middle + 1, last, ask(middle + 1, last)), (first, middle, ask(first, middle))]
        elif state:
            found += range(first, last + 1)
    return tuple(found)


def set_heights(sheet: Any, rows: Sequence[tuple[int, int]], height: float) -> None:
    """Give rows (first and last of each run) one height; as few calls as Excel's longest address allows."""
    address = ""
    for part in [*(f"{first}:{last}" for first, last in rows), ""]:
        if address and (not part or len(address) + len(part) >= _LONGEST_ADDRESS):
            sheet.api.Range(address).RowHeight = height
            address = ""
        address += f",{part}" if address else part


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


def save_copy(book: Any, path: str) -> None:
    """Write a workbook as it is now to a file, as its own kind; the workbook keeps its name and its unsaved state."""
    book.api.SaveCopyAs(path)


def ask_file(app: Any, title: str, kinds: str) -> str | None:
    """The file that the clerk chose; None where she cancelled. `kinds`: `words,*.a;*.b,words,*.c`."""
    answer = app.api.GetOpenFilename(FileFilter=kinds, FilterIndex=1, Title=title)
    return None if answer is False else str(answer)


def ask_target(app: Any, title: str, kinds: str, default: str) -> str | None:
    """The file that she wants something saved as; None where she cancelled."""
    answer = app.api.GetSaveAsFilename(InitialFilename=default, FileFilter=kinds, FilterIndex=1, Title=title)
    return None if answer is False else str(answer)


def ask_folder(app: Any, title: str) -> str | None:
    """The folder that she chose; None where she cancelled."""
    dialog = app.api.FileDialog(_FOLDER_PICKER)
    dialog.Title = title
    return str(dialog.SelectedItems.Item(1)) if dialog.Show() == _CHOSEN else None
