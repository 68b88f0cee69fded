"""The file door: workbooks and CSV files in, finished workbooks out. Knows files and nothing of budgets."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from addin.enciphered import SENTENCE, is_enciphered
from addin.xlsx.inspection import file_facts
from addin.xlsx.package import Package
from addin.xlsx.preflight import fault, read_file, read_members
from addin.xlsx.seen import show_what_is_seen
from addin.xlsx.spelled import Oddity
from addin.xlsx.strict import TooMuch, read_strictly, transitional
from udfs.base import (
    UNCALCULATED,
    Area,
    Block,
    Formula,
    InputProblems,
    Link,
    Problem,
    address,
    cell,
    is_blank,
    stored_number,
)
from workbook_templates.defined_names import EDITION

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_WORKBOOK = (CalamineError, zipfile.BadZipFile, zlib.error, KeyError, etree.XMLSyntaxError, ValueError, EOFError)

#: What some system or other does not take in the name of a file, as a class of characters.
NOT_IN_NAME = r'\\/:*?"<>|\x00-\x1f'
#: A CSV file is no longer than a sheet, and no larger than such a sheet's rows are.
_MOST_LINES = 1_048_576
_MOST_CSV = 250_000_000
_MOST_CSV_CELLS = 4_000_000
#: A line of more cells is no line of a ledger: of ledgers of the longest kind every cell is read.
_WIDEST = 24
#: Faults of one file that are listed.
_MOST_TOLD = 10

Grid = list[list[Any]]


class Workbook:
    """A workbook file: its grids, its names, and its parts for writing a changed copy."""

    def __init__(
        self,
        path: Path,
        data: bytes | None = None,
        skipped: Collection[str] = (),
        skipped_unless: tuple[str, str] | None = None,
        *,
        tolerant: bool = False,
    ) -> None:
        """`data`: the file's bytes, where they are at hand; `path` then only names it.

        `skipped`: sheets that are left unread and count as empty, and `skipped_unless`: a defined name whose sheet is
        too, unless the workbook has the other sheet. `tolerant`: what other programs would read differently is kept in
        `oddities` and not refused.
        """
        self.path = path
        members = transitional(read_members(path, read_file(path) if data is None else data))
        odd: list[Oddity] = []
        try:
            self.package = Package(members)
            unread = set()
            if skipped_unless and skipped_unless[1] not in self.package.sheets:
                unread = {*skipped, self.package.names.get(skipped_unless[0], ("",))[0]}
            self.reading = read_strictly(self.package, lambda name: name not in unread)
            odd = self.reading.oddities
            if odd and not tolerant:
                raise _refusal(path, odd)
            self.grids = self._grids()
            self.facts = file_facts(self.package, self.reading.sheets, self.grids)
            since_1904 = self.package.since_1904
            show_what_is_seen(self.reading.styles, self.reading.sheets, self.grids, since_1904=since_1904)
            self._show_what_is_read_as_empty()
        except TooMuch as error:
            raise fault(path, str(error)) from None
        except _NOT_WORKBOOK as error:
            broken = f"文件已损坏或不是 Excel 工作簿（.xlsx），请重新保存后再试（{type(error).__name__}）"
            raise (_refusal(path, odd) if odd else fault(path, broken)) from error

    def _grids(self) -> dict[str, Grid]:
        """Every sheet's values; sheets that are left unread are empty."""
        with self.reading.package as file:
            book = CalamineWorkbook.from_filelike(file)
            return {
                name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                if name in self.reading.sheets
                else []
                for name in self.package.sheets
            }

    def _show_what_is_read_as_empty(self) -> None:
        """Error values and formulas that nobody has calculated: the reader gives them as empty, which they are not."""
        for sheet, errors in self.facts.errors.items():
            for (row, column), text in errors.items():
                _put(self.grids[sheet], row, column, text)
        for sheet, cells in self.facts.uncalculated.items():
            for row, column in cells:
                _put(self.grids[sheet], row, column, UNCALCULATED)

    @property
    def names(self) -> dict[str, Area]:
        """Where the workbook's defined names point."""
        return self.package.names

    @property
    def edition_stamp(self) -> str:
        """What YS_EDITION holds; empty where the workbook is not one of ours."""
        return self.package.constant(EDITION)

    def after(self, blocks: Sequence[Block]) -> Workbook:
        """The workbook as it is after the blocks are written, read anew, nothing saved."""
        buffer = io.BytesIO()
        try:
            self.package.write(blocks)
            self.package.save(buffer)
        except _NOT_WORKBOOK as error:
            raise fault(self.path, "文件已损坏，有工作表无法写入，请用 Excel 打开并重新保存后再试") from error
        return Workbook(self.path, buffer.getvalue())

    def save_as(self, blocks: Sequence[Block], out: Path, before: Callable[[], None] | None = None) -> None:
        """Write a copy with the blocks, beside its target; read it again, compare, only then give it its name.

        `before`: asked at the last moment; what it raises leaves the target as it was.
        """
        try:
            self.package.write(blocks)
        except _NOT_WORKBOOK as error:
            raise fault(self.path, "文件已损坏，有工作表无法写入，请用 Excel 打开并重新保存后再试") from error
        with new_file(out) as temporary:
            self.package.save(temporary)
            _verify(temporary, blocks)
            if before is not None:
                before()


def already_holds(grid: Grid, block: Block) -> bool:
    """Whether a sheet holds the values of a block already."""
    return all(
        _same(cell(grid, block.row + offset, block.column + position), value)
        for offset, line in enumerate(block.cells)
        for position, value in enumerate(line)
    )


def _refusal(path: Path, odd: Sequence[Oddity]) -> InputProblems:
    return InputProblems([Problem(path.name, str(one)) for one in odd[:_MOST_TOLD]])


def _put(grid: Grid, row: int, column: int, text: str) -> None:
    grid += [[] for _ in range(row - len(grid))]
    line = grid[row - 1]
    line += [""] * (column - len(line))
    line[column - 1] = text


@contextlib.contextmanager
def new_file(out: Path) -> Iterator[Path]:
    """A temporary file beside its target, which takes the target's name only if all went well."""
    temporary: Path | None = None
    try:
        if out.is_dir():
            raise fault(out, "输出位置是一个文件夹，请指定文件名")
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".yusuan-", suffix=out.suffix, dir=out.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        # A temporary file is private; the finished one is as readable as any other that the user makes.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(out)
        temporary = None
    except (PermissionError, FileExistsError, NotADirectoryError):
        raise fault(out, "无法写入，文件可能正在 Excel 中打开，或没有写入该文件夹的权限") from None
    except OSError as error:
        raise fault(out, f"无法写入（{error.strerror}），请检查磁盘空间和路径") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def put_file(out: Path, data: bytes) -> None:
    """Write a whole file or none. Raises InputProblems where it cannot be written."""
    with new_file(out) as temporary:
        temporary.write_bytes(data)


def free_name(wanted: Path) -> Path:
    """A name that nobody has: the one wanted, else with a number."""
    names = (wanted.with_name(f"{wanted.stem}{number or ''}{wanted.suffix}") for number in (0, *range(2, 10_000)))
    return next(name for name in names if not name.exists())


def in_a_name(text: str) -> str:
    """A text as a part of a file's name: without what no system takes there, blanks and what would hide the file."""
    return re.sub(rf"[{NOT_IN_NAME}\s]+", "_", text).strip("._")


def _verify(path: Path, blocks: Sequence[Block]) -> None:
    """The file just written holds what was to be written."""
    book = CalamineWorkbook.from_path(str(path))
    strictly: Workbook | None = None
    for name in dict.fromkeys(block.sheet for block in blocks):
        grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        # Of two blocks on one cell the later one stands.
        wanted: dict[int, dict[int, Any]] = {}
        for block in blocks:
            for offset, line in enumerate(block.cells if block.sheet == name else ()):
                wanted.setdefault(block.row + offset, {}).update(enumerate(line, block.column))
        for row, values in wanted.items():
            for column, value in values.items():
                found = cell(grid, row, column)
                if isinstance(found, datetime.date | datetime.time | datetime.timedelta):
                    # The clerk's own format makes dates of numbers; only the strict reading keeps the number.
                    strictly = strictly or Workbook(path)
                    found = stored_number(there := cell(strictly.grids[name], row, column)) or there
                if found != value and not _same(found, value):
                    raise AssertionError(f"{name}!{address(row, column)}: wrote {value!r}, read {found!r}")


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Formula):
        wanted = wanted.value
    if isinstance(wanted, Link):
        wanted = wanted.text
    if wanted is None:
        return is_blank(found)
    if isinstance(wanted, Decimal | int):
        return isinstance(found, float | int | Decimal) and float(found) == float(wanted)
    return str(found).replace("\r\n", "\n") == str(wanted) or (not str(wanted).strip() and is_blank(found))


def refuse_same_file(source: Path, out: Path) -> None:
    """An input is never written over."""
    try:
        same = out.exists() and source.exists() and out.samefile(source)
    except OSError as error:
        raise fault(out, f"无法写入，文件名或路径不能使用（{error.strerror}），请换一个较短的文件名") from None
    if same:
        raise fault(out, "输出文件不能与输入文件相同，请另取文件名")


def read_grid(path: Path, sheet: str) -> Grid:
    """A ledger file as a grid: CSV in UTF-8, UTF-16 or GBK, or a workbook's sheet of that name, else its first."""
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        if path.suffix.lower() == ".xls":
            raise fault(path, "旧版 .xls 格式，请用 Excel 另存为 .xlsx 或 CSV 后再试")
        grids = Workbook(path).grids
        return grids.get(sheet) or next(iter(grids.values()))
    return _read_csv(path)


def _read_csv(path: Path) -> Grid:
    try:
        if path.is_dir():
            raise fault(path, "这是文件夹，请指定一个 CSV 或 .xlsx 文件")
        if path.stat().st_size > _MOST_CSV:
            size = path.stat().st_size // 1_000_000
            raise fault(path, f"文件异常庞大（{size}MB），未予读取，请检查是否导出了正确的文件，或分成几个文件")
        data = path.read_bytes()
    except FileNotFoundError:
        raise fault(path, "找不到这个文件，请检查文件名和路径") from None
    except OSError as error:
        raise fault(path, f"无法读取文件（{error.strerror}）") from None
    if not data[:1_000].strip() and not data.strip():
        raise fault(path, "文件是空的，请重新导出")
    if data.startswith((b"PK", _OLE)):
        raise fault(path, "这是 Excel 工作簿而不是 CSV，请把扩展名改回 .xlsx，或另存为 CSV")
    lines = max(map(data.count, (b"\n", b"\r")))
    if lines > _MOST_LINES:
        raise fault(path, f"行数超过一张工作表的上限（{_MOST_LINES}行），请检查是否导出了正确的文件，或分成几个文件")
    most = max(_MOST_CSV_CELLS, lines * _WIDEST)
    if len(data) > most and max(map(data.count, (b",", b"\t", b";"))) > most:
        raise fault(path, "内容异常庞大（超过400万格），未予读取，请检查是否导出了正确的文件，或分成几个文件")
    text = _decode(path, data)
    start = "\n".join(text.split("\n", 30)[:30])
    delimiter = max(",\t;", key=start.count)
    known: dict[str, str] = {}
    once = known.setdefault  # what stands in many cells is held, and hashed, once
    read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [[*map(once, line, line)] for line in read]
    except csv.Error as error:
        raise fault(path, f"CSV 格式有误（{error}），请用 Excel 打开后重新另存为 CSV") from None


def _decode(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = () if b"\x00" in data else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    if is_enciphered(data):
        raise fault(path, SENTENCE)
    raise fault(path, "无法识别文字编码，请用 Excel 另存为“CSV UTF-8”后再试")
