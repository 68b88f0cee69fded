"""The few members of Excel's own objects that xlwings has no call for. Nothing else of the add-in touches `.api`.

Each function is one or a few calls into Excel's process. A block is an xlwings Range, a sheet an xlwings Sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from addin.excel.shapes import joined

_VISIBLE_SHEET = -1  # xlSheetVisible
#: A filtered ledger has hundreds of hidden pieces; so many questions find enough of them to say so.
_MOST_QUESTIONS = 400
_EXCEL_LINKS = 1  # xlExcelLinks
_XML_SPREADSHEET = 11  # xlRangeValueXMLSpreadsheet
_MANUAL_BREAK, _NO_BREAK = -4135, -4142  # xlPageBreakManual, xlPageBreakNone
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

#: The integers that Excel hands over for error values begin here; the errors that a cell of Excel can show follow.
_FIRST_ERROR = -2146828288
_ERRORS = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2043: "#GETTING_DATA",
    2045: "#SPILL!",
    2046: "#CONNECT!",
    2047: "#BLOCKED!",
    2048: "#UNKNOWN!",
    2049: "#FIELD!",
    2050: "#CALC!",
}
_MOST_ERRORS = 3000
#: The add-in's own sheet, where VBA reads what it is to show (`addin/vba/YsGuard.bas`).
_ADDIN, _ADDIN_SHEET, _MESSAGE_CELLS = "yusuan.xlam", "yusuan.conf", "C1:C2"


def values(block: Any) -> list[list[Any]]:
    """A block's values, error values as their texts; one call.

    xlwings knows seven errors and hands on the integers of the others. Numbers of a cell are never integers here.
    """
    found: list[list[Any]] = block.options(ndim=2, err_to_str=True).value
    for line in found:
        for n, value in enumerate(line):
            if type(value) is int and 0 <= value - _FIRST_ERROR < _MOST_ERRORS:
                line[n] = _ERRORS.get(value - _FIRST_ERROR, "#ERROR!")
    return found


def hand_back(app: Any, text: str, bad: bool) -> bool:
    """Leave words for the add-in's VBA, which shows them once Python has returned; False where no add-in is open."""
    try:
        sheet = app.books[_ADDIN].sheets[_ADDIN_SHEET]
    except KeyError:
        return False
    sheet.range(_MESSAGE_CELLS).raw_value = [[text], ["x" if bad else ""]]
    return True


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
    for address in joined(f"{first}:{last}" for first, last in rows):
        sheet.api.Range(address).RowHeight = height


def set_standard_heights(sheet: Any, rows: Sequence[tuple[int, int]]) -> None:
    """Give rows the sheet's own height."""
    for address in joined(f"{first}:{last}" for first, last in rows):
        sheet.api.Range(address).UseStandardHeight = True


def standard_height(sheet: Any) -> float:
    """The height of a sheet's rows that have none of their own."""
    return float(sheet.api.StandardHeight)


def as_xml(block: Any) -> str:
    """A block with its looks, as an XML spreadsheet: the only way to read the looks of many cells in one call."""
    return str(block.api.GetValue(_XML_SPREADSHEET))


def part(block: Any) -> None:
    """Part every merged cell that a block touches."""
    block.api.UnMerge()


def has_merged(block: Any) -> bool:
    """Whether any cell of a block is merged."""
    return block.api.MergeCells is not False


def merge(sheet: Any, address: str) -> None:
    """Make each area of an address one cell."""
    sheet.api.Range(address).Merge()


def style_of(block: Any) -> str | None:
    """The name of the style of a block's cells; None where they have several."""
    style = block.api.Style
    return None if style is None else str(style.Name)


def style_format(book: Any, name: str) -> str:
    """The number format of a style; fails where the workbook has none of that name."""
    return str(book.api.Styles.Item(name).NumberFormat)


def set_style(sheet: Any, address: str, name: str) -> None:
    """Give each area of an address a style."""
    sheet.api.Range(address).Style = name


def has_break(sheet: Any, row: int) -> bool:
    """Whether somebody has ended the page before a row."""
    return bool(sheet.api.Range(f"{row}:{row}").PageBreak == _MANUAL_BREAK)


def set_break(sheet: Any, row: int, wanted: bool) -> None:
    """End the page before a row, or no longer."""
    sheet.api.Range(f"{row}:{row}").PageBreak = _MANUAL_BREAK if wanted else _NO_BREAK


def set_print_area(sheet: Any, address: str) -> None:
    """What of a sheet is printed."""
    sheet.api.PageSetup.PrintArea = address


def clear_links(block: Any) -> None:
    """Remove the links that lie on a block's cells, and nothing else of them."""
    block.api.ClearHyperlinks()


def has_macros(book: Any) -> bool:
    """Whether a workbook brings a VBA project."""
    return bool(book.api.HasVBProject)


def external_links(book: Any) -> tuple[int, int]:
    """Number of other workbooks that a workbook is linked to, and of links to the add-in's own functions."""
    links = [str(link).lower() for link in book.api.LinkSources(_EXCEL_LINKS) or ()]
    own = sum(link.endswith(_ADDIN) for link in links)
    return len(links) - own, own


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
