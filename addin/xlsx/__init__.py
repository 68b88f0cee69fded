"""The file door: workbooks looked at, read and written as packages, each part changed only where it must.

Each name is loaded when it is first asked for: a click in Excel needs a few of them, and starts without the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from addin.xlsx.around import cut_off, sizes_of
    from addin.xlsx.cell_formats import Form, formats_of
    from addin.xlsx.cell_looks import LARGER, SMALLER, rounded_by_width, runs_of, set_otherwise
    from addin.xlsx.cleaning import clean
    from addin.xlsx.files import (
        NOT_IN_NAME,
        Grid,
        Workbook,
        already_holds,
        free_name,
        in_a_name,
        new_file,
        put_file,
        read_grid,
        refuse_same_file,
    )
    from addin.xlsx.heights import fitting, is_own, same
    from addin.xlsx.inspection import spread
    from addin.xlsx.looks import DECEIVING, HARMLESS, PRINTED, deceiving, looks_of, seen_otherwise
    from addin.xlsx.new_sheets import NewSheet, SharedStrings, add_sheet, rows_xml
    from addin.xlsx.package import Package
    from addin.xlsx.parts import MAIN, parse_xml, relations_of, target_of
    from addin.xlsx.preflight import fault, read_file
    from addin.xlsx.sheet_list import remove_sheet, without_sheets
    from addin.xlsx.sources import LedgerFile, read_ledger_file, read_source
    from addin.xlsx.styles import Rule

#: The names that each module of the room hands out.
_HANDED_OUT = {
    "around": "cut_off sizes_of",
    "cell_formats": "Form formats_of",
    "cell_looks": "LARGER SMALLER rounded_by_width runs_of set_otherwise",
    "cleaning": "clean",
    "files": "NOT_IN_NAME Grid Workbook already_holds free_name in_a_name new_file put_file read_grid refuse_same_file",
    "heights": "fitting is_own same",
    "inspection": "spread",
    "looks": "DECEIVING HARMLESS PRINTED deceiving looks_of seen_otherwise",
    "new_sheets": "NewSheet SharedStrings add_sheet rows_xml",
    "package": "Package",
    "parts": "MAIN parse_xml relations_of target_of",
    "preflight": "fault read_file",
    "sheet_list": "remove_sheet without_sheets",
    "sources": "LedgerFile read_ledger_file read_source",
    "styles": "Rule",
}
_MODULES = {name: module for module, names in _HANDED_OUT.items() for name in names.split()}

__all__ = [
    "DECEIVING",
    "HARMLESS",
    "LARGER",
    "MAIN",
    "NOT_IN_NAME",
    "PRINTED",
    "SMALLER",
    "Form",
    "Grid",
    "LedgerFile",
    "NewSheet",
    "Package",
    "Rule",
    "SharedStrings",
    "Workbook",
    "add_sheet",
    "already_holds",
    "clean",
    "cut_off",
    "deceiving",
    "fault",
    "fitting",
    "formats_of",
    "free_name",
    "in_a_name",
    "is_own",
    "looks_of",
    "new_file",
    "parse_xml",
    "put_file",
    "read_file",
    "read_grid",
    "read_ledger_file",
    "read_source",
    "refuse_same_file",
    "relations_of",
    "remove_sheet",
    "rounded_by_width",
    "rows_xml",
    "runs_of",
    "same",
    "seen_otherwise",
    "set_otherwise",
    "sizes_of",
    "spread",
    "target_of",
    "without_sheets",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(name)
    found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return found
