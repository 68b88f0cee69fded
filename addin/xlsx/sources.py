"""The file door for foreign files: a workbook (.xlsx, .xls), a CSV file or a folder of them, as grids by sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from python_calamine import CalamineError, CalamineWorkbook

from addin.enciphered import SENTENCE, is_enciphered
from addin.xlsx.files import Grid, Workbook, read_grid
from addin.xlsx.preflight import fault, read_file

#: An old workbook of more bytes than this is none of a unit's.
_MOST_BYTES = 100_000_000
_WORKBOOKS = (".xlsx", ".xlsm")


class LedgerFile(Struct, frozen=True):
    """A file that may hold a ledger: its sheets, and what of them is hidden. A text file has one sheet."""

    grids: dict[str, Grid]
    is_text: bool = False
    stamp: str = ""  #: what YS_EDITION holds, where it is one of our workbooks
    hidden_sheets: tuple[str, ...] = ()
    hidden_rows: Mapping[str, tuple[int, ...]] = {}
    hidden_columns: Mapping[str, tuple[int, ...]] = {}


def read_ledger_file(path: Path) -> LedgerFile:
    """Every sheet of a file that may hold a ledger. Raises InputProblems."""
    if path.suffix.lower() in _WORKBOOKS:
        book = Workbook(path)
        facts = book.facts
        return LedgerFile(
            book.grids,
            stamp=book.edition_stamp,
            hidden_sheets=facts.hidden_sheets,
            hidden_rows=facts.hidden_rows,
            hidden_columns=facts.hidden_columns,
        )
    return LedgerFile({path.stem: read_grid(path, "")}, is_text=True)


def read_source(path: Path) -> dict[str, Grid]:
    """Every sheet of a source from A1; the name of a CSV file stands for its sheet's. Raises InputProblems."""
    if path.is_dir():
        return _folder(path)
    kind = path.suffix.lower()
    if kind in _WORKBOOKS:
        return Workbook(path).grids
    if kind == ".xls":
        return _old_workbook(path)
    return {path.stem: read_grid(path, "")}


def _folder(path: Path) -> dict[str, Grid]:
    files = sorted(
        p for p in path.iterdir() if p.suffix.lower() in (".csv", ".txt", ".tsv") and not p.name.startswith(".")
    )
    if not files:
        raise fault(path, "文件夹中没有 CSV 文件，请指定工作簿，或存放各表 CSV 文件的文件夹")
    return {file.stem: read_grid(file, "") for file in files}


def _old_workbook(path: Path) -> dict[str, Grid]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise fault(path, "文件异常庞大，未予读取")
        book = CalamineWorkbook.from_path(str(path))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except FileNotFoundError:
        raise fault(path, "找不到这个文件，请检查文件名和路径") from None
    except (CalamineError, OSError, ValueError) as error:
        if is_enciphered(read_file(path)):
            raise fault(path, SENTENCE) from None
        message = "文件已损坏、有打开密码，或不是 Excel 工作簿，请用 Excel 打开并另存为 .xlsx 后再试"
        raise fault(path, f"{message}（{type(error).__name__}）") from None
