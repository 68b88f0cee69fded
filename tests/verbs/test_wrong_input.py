"""Wrong input is refused in a sentence that names the place; nothing is written and nothing old is touched."""

from __future__ import annotations

import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from msgspec import Struct
from openpyxl import Workbook as NewWorkbook
from openpyxl.workbook import Workbook

from tests.support.books import edited, parts_of, sheet_of, sheet_parts, write_parts
from tests.support.command import run_command
from tests.support.ledgers import (
    AMOUNT,
    CLEAN,
    FUND_INCOME,
    INCOME_HEADINGS,
    PROJECT,
    RUNNING,
    SPENDING_HEADINGS,
    STAFF,
    Row,
    lines_of,
    write_csv,
    write_lines,
)

ROOT = Path(__file__).resolve().parents[2]
SENTINEL = b"the result of another day"

Build = Callable[[Path], Sequence[str | Path]]


class Case(Struct, frozen=True):
    """A wrong input: what it is, how its files are built (giving the command line without OUT), what is said."""

    name: str
    build: Build
    says: tuple[str, ...]


def ledger(name: str, rows: Sequence[Row], *says: str) -> Case:
    """A ledger of the rows, through `new --ledger`."""
    return Case(name, lambda folder: ["new", "OUT", "--ledger", write_csv(folder / "明细.csv", rows)], says)


def one(name: str, row: Row, changes: Mapping[str, str], *says: str) -> Case:
    """A ledger of two clean rows and one wrong row, which stands in line 4."""
    return ledger(name, [STAFF, RUNNING, {**row, **changes}], *says)


def lines(name: str, content: Sequence[Sequence[str]], *says: str) -> Case:
    """A ledger of lines as they are."""
    return Case(name, lambda folder: ["new", "OUT", "--ledger", write_lines(folder / "明细.csv", content)], says)


def bytes_ledger(name: str, data: bytes, *says: str, file: str = "明细.csv") -> Case:
    """A ledger file of those bytes."""

    def build(folder: Path) -> Sequence[str | Path]:
        path = folder / file
        path.write_bytes(data)
        return ["new", "OUT", "--ledger", path]

    return Case(name, build, says)


def income(name: str, rows: Sequence[Row], *says: str) -> Case:
    """Income rows beside a clean ledger."""

    def build(folder: Path) -> Sequence[str | Path]:
        spending = write_csv(folder / "明细.csv", CLEAN)
        return ["new", "OUT", "--ledger", spending, "--income", write_csv(folder / "收入.csv", rows, INCOME_HEADINGS)]

    return Case(name, build, says)


@cache
def _filled() -> bytes:
    """The workbook that `new` makes of a clean ledger."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "原.xlsx"
        spending = write_csv(Path(folder) / "明细.csv", CLEAN)
        done = run_command("new", source, "--ledger", spending, "--unit", "某市商务局")
        assert done.code == 0, done.err
        return source.read_bytes()


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def book(name: str, change: Callable[[Workbook], None], *says: str) -> Case:
    """A workbook of ours that openpyxl changed, through `fill`."""

    def build(folder: Path) -> Sequence[str | Path]:
        source = _write(folder / "原.xlsx", _filled())
        return ["fill", edited(source, folder / "工作簿.xlsx", change), "-o", "OUT"]

    return Case(name, build, says)


def file_book(name: str, data: bytes, *says: str) -> Case:
    """A file of those bytes given to `fill`."""

    def build(folder: Path) -> Sequence[str | Path]:
        path = folder / "工作簿.xlsx"
        path.write_bytes(data)
        return ["fill", path, "-o", "OUT"]

    return Case(name, build, says)


def command(name: str, arguments: Sequence[str], *says: str) -> Case:
    """A command line that reads no file."""
    return Case(name, lambda _: arguments, says)


def parts_book(name: str, change: Callable[[dict[str, bytes]], None], *says: str) -> Case:
    """The empty template with parts changed, through `fill`."""

    def build(folder: Path) -> Sequence[str | Path]:
        assert run_command("template", "-o", folder / "原.xlsx").code == 0
        parts = parts_of(folder / "原.xlsx")
        change(parts)
        return ["fill", write_parts(folder / "工作簿.xlsx", parts), "-o", "OUT"]

    return Case(name, build, says)


def parts_of_filled(name: str, change: Callable[[dict[str, bytes]], None], *says: str) -> Case:
    """A filled workbook with parts changed, through `fill`."""

    def build(folder: Path) -> Sequence[str | Path]:
        parts = parts_of(_write(folder / "原.xlsx", _filled()))
        change(parts)
        return ["fill", write_parts(folder / "工作簿.xlsx", parts), "-o", "OUT"]

    return Case(name, build, says)


def _columns(*changes: tuple[str, str | None]) -> list[list[str]]:
    """The clean ledger with headings renamed, or left out with their column."""
    content = lines_of(CLEAN, SPENDING_HEADINGS[:13])
    for old, new in changes:
        at = content[0].index(old)
        if new is None:
            content = [line[:at] + line[at + 1 :] for line in content]
        else:
            content[0][at] = new
    return content


def _set(sheet: str, cell: str, value: Any) -> Callable[[Workbook], None]:
    def change(found: Workbook) -> None:
        sheet_of(found, sheet)[cell] = value

    return change


def _set_field(label: str, value: Any) -> Callable[[Workbook], None]:
    """A field of 基础信息, found by its label."""

    def change(found: Workbook) -> None:
        sheet = sheet_of(found, "基础信息")
        for row in range(1, 80):
            if str(sheet.cell(row, 1).value or "").strip("*") == label:
                sheet.cell(row, 2).value = value
                return
        raise AssertionError(label)

    return change


def _unlisted_unit(found: Workbook) -> None:
    sheet = sheet_of(found, "预算明细")
    for row, (code, name) in enumerate([("038001", "甲局"), ("038002", "乙中心"), ("038003", "丙队")], 2):
        sheet.cell(row, 14).value, sheet.cell(row, 15).value = code, name
    units = sheet_of(found, "基础信息")
    for row, unit in enumerate([("038001", "甲局", "行政"), ("038002", "乙中心", "事业")], 5):
        for column, value in enumerate(unit, 5):
            units.cell(row, column).value = value


def _own_text_below(found: Workbook) -> None:
    """Text three rows below 表三, and a ledger that now needs these rows."""
    table = sheet_of(found, "表三")
    last = max(row for row in range(1, 60) if table.cell(row, 1).value is not None)
    table.cell(last + 3, 2).value = "审核：已与局长核对"
    sheet = sheet_of(found, "预算明细")
    for number in range(12):
        row = sheet.max_row + 1
        while sheet.cell(row - 1, 1).value is None:
            row -= 1
        for column in range(1, 14):
            sheet.cell(row, column).value = sheet.cell(4, column).value
        sheet.cell(row, 3).value = f"21602{number + 10}"


def _bomb(parts: dict[str, bytes]) -> None:
    sheet = next(name for name in parts if name.startswith("xl/worksheets/sheet"))
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)


def _cut_off(parts: dict[str, bytes]) -> None:
    name = sheet_parts(parts)["表一"]
    parts[name] = parts[name].partition(b"</sheetData>")[0] + b"</sheetData>"


def _no_cells(parts: dict[str, bytes]) -> None:
    name = sheet_parts(parts)["封面"]
    before, _, rest = parts[name].partition(b"<sheetData>")
    parts[name] = before + rest.partition(b"</sheetData>")[2]


def _stamp(text: str | None) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        data = parts["xl/workbook.xml"].decode("utf-8")
        start = data.index('<definedName name="YS_EDITION"')
        end = data.index("</definedName>", start) + len("</definedName>")
        new = "" if text is None else f'<definedName name="YS_EDITION">"{text}"</definedName>'
        parts["xl/workbook.xml"] = (data[:start] + new + data[end:]).encode("utf-8")

    return change


def _xlsx(folder: Path, name: str, content: Sequence[Sequence[Any]]) -> Path:
    made = NewWorkbook()
    sheet = made.active
    assert sheet is not None
    for line in content:
        sheet.append(list(line))
    made.save(folder / name)
    return folder / name


def _error_value(cell: str) -> Build:
    def build(folder: Path) -> Sequence[str | Path]:
        path = _xlsx(folder, "明细.xlsx", lines_of(CLEAN))

        def spoil(found: Workbook) -> None:
            sheet = found.active
            assert sheet is not None
            sheet[cell] = "#N/A"

        edited(path, path, spoil)
        return ["new", "OUT", "--ledger", path]

    return build


def _uncalculated(folder: Path) -> Sequence[str | Path]:
    content: list[list[Any]] = [*lines_of(CLEAN), [f"={letter}4" for letter in "ABCDEFGHIJKLM"]]
    return ["new", "OUT", "--ledger", _xlsx(folder, "明细.xlsx", content)]


def _with_flag(directory: int, header: int, value: int) -> Build:
    """A zip whose every entry has another flag or method, at these offsets from its two records' starts."""

    def build(folder: Path) -> Sequence[str | Path]:
        path = folder / "工作簿.xlsx"
        assert run_command("template", "-o", path).code == 0
        data = bytearray(path.read_bytes())
        for start, offset in ((b"PK\x01\x02", directory), (b"PK\x03\x04", header)):
            at = data.find(start)
            while at >= 0:
                data[at + offset] = value
                at = data.find(start, at + 4)
        path.write_bytes(data)
        return ["fill", path, "-o", "OUT"]

    return build


def _bool_amount(folder: Path) -> Sequence[str | Path]:
    content: list[list[Any]] = [list(line) for line in lines_of(CLEAN)]
    content[2][12] = True
    return ["new", "OUT", "--ledger", _xlsx(folder, "明细.xlsx", content)]


def _zip_named_csv(folder: Path) -> Sequence[str | Path]:
    return ["new", "OUT", "--ledger", _xlsx(folder, "明细.xlsx", lines_of(CLEAN)).rename(folder / "明细.csv")]


def _truncated(folder: Path) -> Sequence[str | Path]:
    whole = _xlsx(folder, "全.xlsx", lines_of(CLEAN)).read_bytes()
    (folder / "工作簿.xlsx").write_bytes(whole[: len(whole) // 2])
    return ["fill", folder / "工作簿.xlsx", "-o", "OUT"]


def _damaged_inside(folder: Path) -> Sequence[str | Path]:
    """A zip whose directory is whole but whose compressed data is not."""
    path = folder / "工作簿.xlsx"
    assert run_command("template", "-o", path).code == 0
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = max(archive.infolist(), key=lambda item: item.compress_size)
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + 400] = b"\xff" * 400
    path.write_bytes(data)
    return ["fill", path, "-o", "OUT"]


def _foreign(folder: Path) -> Sequence[str | Path]:
    return ["fill", _xlsx(folder, "工作簿.xlsx", [["别人的表"]]), "-o", "OUT"]


def _no_zip(data: bytes) -> Build:
    def build(folder: Path) -> Sequence[str | Path]:
        (folder / "明细.xlsx").write_bytes(data)
        return ["new", "OUT", "--ledger", folder / "明细.xlsx"]

    return build


def _several_faults(folder: Path) -> Sequence[str | Path]:
    rows = [
        {**STAFF, "资金来源": "一般预算", "功能科目编码": "20113"},
        {**RUNNING, AMOUNT: "若干"},
        {**PROJECT, "项目名称": ""},
    ]
    received = [{**FUND_INCOME, "收入科目编码": ""}]
    return [
        "new",
        "OUT",
        "--ledger",
        write_csv(folder / "明细.csv", rows),
        "--income",
        write_csv(folder / "收入.csv", received, INCOME_HEADINGS),
        "--year",
        "二四年",
    ]


TOTAL: Row = {"资金来源": "合计", AMOUNT: "1419699.50"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)

CASES = [
    # --- columns
    lines(
        "missing column",
        _columns(("政府经济科目编码", None)),
        "“明细.csv”第1行“政府经济科目编码”：缺少“政府经济科目编码”列，请补上这一列",
    ),
    lines(
        "renamed column",
        _columns(("功能科目编码", "功能分类科目编码")),
        "“明细.csv”第1行“功能科目编码”：缺少“功能科目编码”列；是否就是“功能分类科目编码”？请把表头改为“功能科目编码”",
    ),
    lines(
        "duplicate heading",
        [[*line, line[0]] for line in _columns()],
        "“明细.csv”第1行“资金来源”（N1）：这一列的表头重复出现，请只保留一列",
    ),
    lines("no heading", _columns()[1:], "“明细.csv”：找不到表头，表头应包含：资金来源、预算年度来源、功能科目编码"),
    lines("headings of something else", [["姓名", "部门"], ["甲", "乙"]], "“明细.csv”：找不到表头"),
    # --- enumerations
    one(
        "unknown source",
        RUNNING,
        {"资金来源": "一般公共预算拨款"},
        "“明细.csv”第4行“资金来源”（A4）：填的是“一般公共预算拨款”",
        "是否应为“一般公共预算”？只能填：一般公共预算、政府性基金预算",
    ),
    one(
        "unknown year",
        RUNNING,
        {"预算年度来源": "上年结余"},
        "“明细.csv”第4行“预算年度来源”（B4）：填的是“上年结余”",
        "是否应为“上年结转”？只能填：本年、上年结转",
    ),
    one(
        "unknown kind of spending",
        RUNNING,
        {"支出类别": "基本"},
        "“明细.csv”第4行“支出类别”（E4）：填的是“基本”",
        "是否应为“基本支出”？只能填：基本支出、项目支出",
    ),
    one(
        "unknown kind of expense",
        RUNNING,
        {"经费类别": "公用"},
        "“明细.csv”第4行“经费类别”（F4）：填的是“公用”",
        "是否应为“公用经费”？只能填：人员经费、公用经费",
    ),
    one(
        "unknown kind of project",
        PROJECT,
        {"项目类别": "特定目标"},
        "“明细.csv”第4行“项目类别”（H4）：填的是“特定目标”",
        "是否应为“特定目标类”？只能填：其他运转类、特定目标类",
    ),
    one(
        "value like none allowed",
        PROJECT,
        {"项目类别": "ABC"},
        "（H4）：填的是“ABC”，不是规定的取值，只能填：其他运转类、特定目标类",
    ),
    # --- codes
    one(
        "function code too short",
        RUNNING,
        {"功能科目编码": "20113"},
        "“明细.csv”第4行“功能科目编码”（C4）：填的是“20113”，科目编码应为7位数字，现为5位，请更正",
    ),
    one(
        "function code too long",
        RUNNING,
        {"功能科目编码": "201130101"},
        "（C4）：填的是“201130101”，科目编码应为7位数字，现为9位，请更正",
    ),
    one(
        "function code of letters",
        RUNNING,
        {"功能科目编码": "行政运行"},
        "（C4）：填的是“行政运行”，科目编码应为7位数字",
    ),
    one(
        "two codes in one cell",
        RUNNING,
        {"部门经济科目编码": "30201/30202"},
        "“明细.csv”第4行“部门经济科目编码”（I4）：填的是“30201/30202”",
    ),
    one(
        "code with a fraction",
        RUNNING,
        {"功能科目编码": "2011301.5"},
        "“明细.csv”第4行“功能科目编码”（C4）：填的是“2011301.5”",
    ),
    one(
        "departmental code too long",
        RUNNING,
        {"部门经济科目编码": "3020101"},
        "“明细.csv”第4行“部门经济科目编码”（I4）：填的是“3020101”，科目编码应为5位数字，现为7位，请更正",
    ),
    one(
        "governmental code too short",
        RUNNING,
        {"政府经济科目编码": "502"},
        "“明细.csv”第4行“政府经济科目编码”（K4）：填的是“502”，科目编码应为5位数字，现为3位，请更正",
    ),
    # --- amounts
    one(
        "amount in words",
        RUNNING,
        {AMOUNT: "约三千"},
        "“明细.csv”第4行“金额（元）”（M4）：填的是“约三千”，不是数字，请填写数字金额",
    ),
    one(
        "amount with parts of a fen",
        RUNNING,
        {AMOUNT: "100.005"},
        "（M4）：填的是“100.005”，超过两位小数（精确到分），请改为两位小数",
    ),
    one(
        "amount in 万元",
        RUNNING,
        {AMOUNT: "12.5万元"},
        "（M4）：填的是“12.5万元”，带有“万元”，本列以元为单位，请换算成元",
    ),
    one("amount too large", RUNNING, {AMOUNT: "1000000000000"}, "（M4）：填的是“1000000000000”，数字过大，请核对"),
    one(
        "no amount",
        RUNNING,
        {AMOUNT: " "},
        "“明细.csv”第4行“金额（元）”（M4）：没有填写金额，请补填，确无金额的请删除该行",
    ),
    Case("error value for an amount", _error_value("M3"), ("“明细.xlsx”第3行“金额（元）”（M3）：",)),
    Case("error value for a unit code", _error_value("N3"), ("“明细.xlsx”第3行“单位编码”（N3）：",)),
    Case("row of formulas that were never calculated", _uncalculated, ("“明细.xlsx”第5行",)),
    Case("amount true", _bool_amount, ("“明细.xlsx”第3行“金额（元）”（M3）：填的是“是”，不是数字，请填写数字金额",)),
    # --- what belongs together
    one(
        "basic with a project name",
        RUNNING,
        {"项目名称": "展会"},
        "“明细.csv”第4行“项目名称”（G4）：填的是“展会”，支出类别为“基本支出”时不应填写，请清空或更正支出类别",
    ),
    one(
        "basic without kind of expense",
        RUNNING,
        {"经费类别": ""},
        "“明细.csv”第4行“经费类别”（F4）：支出类别为“基本支出”时必须填写",
    ),
    one(
        "project without name and kind",
        PROJECT,
        {"项目名称": "", "项目类别": ""},
        "“明细.csv”第4行“项目名称”（G4）：支出类别为“项目支出”时必须填写",
        "“明细.csv”第4行“项目类别”（H4）：支出类别为“项目支出”时必须填写",
    ),
    one(
        "project with kind of expense",
        PROJECT,
        {"经费类别": "公用经费"},
        "“明细.csv”第4行“经费类别”（F4）：填的是“公用经费”，支出类别为“项目支出”时不应填写",
    ),
    one("required cell blank", RUNNING, {"资金来源": ""}, "“明细.csv”第4行“资金来源”（A4）：没有填写，这一列必须填写"),
    # --- totals
    ledger(
        "total that does not add up",
        [*CLEAN, {**TOTAL, AMOUNT: "1419699.49"}],
        "“明细.csv”第5行“金额（元）”（M5）：填的是“1419699.49”，合计行的金额与明细之和（1419699.50元）不一致",
    ),
    # --- income
    income(
        "fund income without a code",
        [{**FUND_INCOME, "收入科目编码": ""}],
        "“收入.csv”第2行“收入科目编码”（B2）：资金来源为“政府性基金预算”时必须填写",
    ),
    income(
        "revenue code of 4 digits",
        [{**FUND_INCOME, "收入科目编码": "1030"}],
        "“收入.csv”第2行“收入科目编码”（B2）：填的是“1030”，科目编码应为3、5、7、9位数字，现为4位，请更正",
    ),
    income(
        "income without its year",
        [{**FUND_INCOME, "预算年度来源": ""}],
        "“收入.csv”第2行“预算年度来源”（D2）：没有填写，这一列必须填写",
    ),
    # --- files
    bytes_ledger("empty file", b"", "“明细.csv”：文件是空的，请重新导出"),
    bytes_ledger("file of blanks", b"\n \r\n", "“明细.csv”：文件是空的，请重新导出"),
    command(
        "missing file", ["new", "OUT", "--ledger", "FOLDER/没有.csv"], "“没有.csv”：找不到这个文件，请检查文件名和路径"
    ),
    command("directory as ledger", ["new", "OUT", "--ledger", "FOLDER"], "：这是文件夹，请指定一个 CSV 或 .xlsx 文件"),
    command("directory as workbook", ["fill", "FOLDER", "-o", "OUT"], "：这是文件夹，请指定一个 .xlsx 工作簿"),
    command(
        "missing workbook", ["fill", "FOLDER/没有.xlsx", "-o", "OUT"], "“没有.xlsx”：找不到这个文件，请检查文件名和路径"
    ),
    Case(
        "xlsx that is no zip",
        _no_zip(b"a,b\n1,2\n"),
        ("“明细.xlsx”：不是 .xlsx 工作簿，请用 Excel 另存为 .xlsx 后再试",),
    ),
    Case("xlsx that is old xls", _no_zip(OLE), ("“明细.xlsx”：文件有打开密码或是旧版 .xls 格式",)),
    file_book("empty workbook file", b"", "“工作簿.xlsx”：文件是空的，请重新取得该文件"),
    file_book("zip of something else", b"PK\x05\x06" + bytes(18), "“工作簿.xlsx”：文件已损坏或不是 Excel 工作簿"),
    Case("truncated xlsx", _truncated, ("“工作簿.xlsx”：文件已损坏，无法打开，请重新取得该文件",)),
    Case("damaged inside the zip", _damaged_inside, ("“工作簿.xlsx”：文件已损坏",)),
    Case("zip with a password", _with_flag(8, 6, 1), ("“工作簿.xlsx”：",)),
    Case("zip of an unknown compression", _with_flag(10, 8, 99), ("“工作簿.xlsx”：",)),
    bytes_ledger(
        "old xls ledger", OLE, "“明细.xls”：旧版 .xls 格式，请用 Excel 另存为 .xlsx 或 CSV 后再试", file="明细.xls"
    ),
    bytes_ledger("old xls named csv", OLE, "“明细.csv”：这是 Excel 工作簿而不是 CSV"),
    Case(
        "CSV that is really a zip",
        _zip_named_csv,
        ("“明细.csv”：这是 Excel 工作簿而不是 CSV，请把扩展名改回 .xlsx，或另存为 CSV",),
    ),
    bytes_ledger(
        "undecodable bytes",
        b"\xff\x00\xff\xff,\x81\n",
        "“明细.csv”：无法识别文字编码，请用 Excel 另存为“CSV UTF-8”后再试",
    ),
    bytes_ledger("NUL bytes", "资金来源,金额（元）\n一般\x00公共预算,1\n".encode(), "“明细.csv”：无法识别文字编码"),
    bytes_ledger(
        "broken quoting",
        '资金来源,金额（元）\n"一般"公共预算,1\n'.encode(),
        "“明细.csv”：CSV 格式有误",
        "请用 Excel 打开后重新另存为 CSV",
    ),
    # --- command line
    command(
        "bad kind",
        ["new", "OUT", "--kind", "国企"],
        "“基础信息”“单位性质”：填的是“国企”，不是规定的取值，只能填：行政、参公事业、事业",
    ),
    command("year in words", ["new", "OUT", "--year", "二四年"], "“基础信息”“预算年度”：填的是“二四年”，应填写数字"),
    command(
        "year out of range",
        ["new", "OUT", "--year", "24"],
        "“基础信息”“预算年度”：填的是“24”，应为四位数字的年份，例如 2024",
    ),
    command(
        "unknown edition",
        ["new", "OUT", "--edition", "1999-nowhere"],
        "没有名为“1999-nowhere”的版式；可用的版式：2017-jiangsu、",
    ),
    command(
        "template of an unknown edition",
        ["template", "-o", "OUT", "--edition", "无"],
        "没有名为“无”的版式；可用的版式：2017-jiangsu、",
    ),
    command("no verb", [], "命令行参数有误：缺少参数 命令"),
    command("unknown verb", ["make", "OUT"], "命令行参数有误：", "不能填 'make'"),
    command("fill without OUT", ["fill", "FOLDER/没有.xlsx"], "命令行参数有误：缺少参数 -o/--out"),
    command("unknown option", ["template", "-o", "OUT", "--fast"], "命令行参数有误：不认识的参数 --fast"),
    # --- workbooks
    Case("foreign workbook", _foreign, ("“工作簿.xlsx”：不是用本程序模板建立的工作簿，请先新建工作簿或导入该文件",)),
    parts_book("no stamp", _stamp(None), "“工作簿.xlsx”：不是用本程序模板建立的工作簿"),
    parts_book(
        "stamp of an unknown edition",
        _stamp("2031-moon/1.0"),
        "“工作簿.xlsx”：版式“2031-moon”本程序没有，请把版式文件夹或它的 zip 文件放在工作簿旁边；可用的版式：",
    ),
    parts_book(
        "stamp of another version",
        _stamp("2024-shanxi/9.0"),
        "“工作簿.xlsx”：模板版本为 9.0，本程序的版本为 1.0，请用新模板重新建立工作簿",
    ),
    parts_book(
        "one cell at the far corner",
        _bomb,
        "“工作簿.xlsx”：工作表的使用范围异常庞大（“封面”用到第1048576行、第16384列，可能在很远处误填了单元格），",
    ),
    parts_book("empty template", lambda _: None, "“基础信息”“单位名称”：没有填写，生成各表需要这一项"),
    parts_of_filled("table cut off in the middle", _cut_off, "“工作簿.xlsx”：文件已损坏"),
    parts_of_filled("cover without cells", _no_cells, "“工作簿.xlsx”："),
    book(
        "missing sheet",
        lambda found: found.remove(found["表五"]),
        "“表五”：工作簿中缺少这张工作表，请从模板中补回，不要改名",
    ),
    book(
        "renamed sheet", lambda found: setattr(found["收入明细"], "title", "收入"), "“收入明细”：工作簿中缺少这张工作表"
    ),
    book(
        "changed heading",
        _set("表二", "D4", "一般预算"),
        "“表二”第4行（D4）：填的是“一般预算”，表头应为“一般公共预算”，请恢复表头后再生成",
    ),
    book(
        "text below that the table needs",
        _own_text_below,
        "“表三”第",
        "表格下方有您另外填写的内容，新表需要占用这一行，请先把它移到表格右侧或别的工作表",
    ),
    book(
        "unit that no list has",
        _unlisted_unit,
        "“预算明细”“单位编码”：单位“038003 丙队”不在“基础信息”的所属单位清单中，请在清单中补上编码、名称和性质",
    ),
    book(
        "wrong kind of unit",
        _set_field("单位性质", "国企"),
        "“基础信息”第",
        "“单位性质”（B",
        "：填的是“国企”，不是规定的取值，只能填：行政、参公事业、事业",
    ),
    book(
        "count in words",
        _set_field("核定人员编制数（人）", "若干"),
        "“核定人员编制数（人）”（B",
        "：填的是“若干”，应填写数字",
    ),
    book(
        "list row with gaps",
        _set("基础信息", "E5", "038001"),
        "“基础信息”第5行“单位名称”：没有填写，所属单位清单的每一行都应填齐",
    ),
    book(
        "wrong value in the ledger",
        _set("预算明细", "A3", "一般预算"),
        "“预算明细”第3行“资金来源”（A3）：填的是“一般预算”",
        "是否应为“一般公共预算”？",
    ),
    Case(
        "several faults",
        _several_faults,
        (
            "未能完成：共发现6处问题，没有写出任何文件。",
            "“明细.csv”第2行“资金来源”（A2）：填的是“一般预算”",
            "“明细.csv”第2行“功能科目编码”（C2）：填的是“20113”",
            "“明细.csv”第3行“金额（元）”（M3）：填的是“若干”",
            "“明细.csv”第4行“项目名称”（G4）：支出类别为“项目支出”时必须填写",
            "“收入.csv”第2行“收入科目编码”（B2）：资金来源为“政府性基金预算”时必须填写",
            "“基础信息”“预算年度”：填的是“二四年”",
        ),
    ),
]


def _arguments(case: Case, folder: Path, out: Path) -> list[str]:
    return [str(a).replace("FOLDER", str(folder)) if str(a) != "OUT" else str(out) for a in case.build(folder)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_input_is_explained_and_nothing_is_written(tmp_path: Path, case: Case) -> None:
    folder, results = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    out = results / "结果.xlsx"
    arguments = _arguments(case, folder, out)
    before = {path: path.read_bytes() for path in folder.iterdir()}

    done = run_command(*arguments)
    assert done.code == 2, done
    assert done.out == ""
    assert done.err.startswith("未能完成：共发现")
    for sentence in case.says:
        assert sentence in done.err
    assert "Traceback" not in done.err
    assert not results.exists() or list(results.iterdir()) == []

    results.mkdir(exist_ok=True)
    out.write_bytes(SENTINEL)
    assert run_command(*arguments) == done
    assert out.read_bytes() == SENTINEL
    assert list(results.iterdir()) == [out]
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_there_are_ways_enough_to_be_wrong() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 30


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "明细.xlsx", CLEAN)
    before = source.read_bytes()
    linked = tmp_path / "链接.xlsx"
    linked.symlink_to(source)
    for out in (source, linked, tmp_path / "x" / ".." / "明细.xlsx"):
        (tmp_path / "x").mkdir(exist_ok=True)
        for done in (run_command("new", out, "--ledger", source), run_command("fill", source, "-o", out)):
            assert done.code == 2
            assert "输出文件不能与输入文件相同，请另取文件名" in done.err
    assert source.read_bytes() == before


@pytest.mark.parametrize("verb", ["new", "template"])
def test_a_target_that_cannot_be_written_is_explained(tmp_path: Path, verb: str) -> None:
    taken = tmp_path / "占用"
    taken.write_bytes(SENTINEL)
    folder = tmp_path / "目录.xlsx"
    folder.mkdir()
    spending = write_csv(tmp_path / "明细.csv", CLEAN)
    for out, sentence in (
        (taken / "结果.xlsx", "“结果.xlsx”：无法写入"),
        (taken / "更深" / "结果.xlsx", "“结果.xlsx”：无法写入"),
        (folder, "“目录.xlsx”：输出位置是一个文件夹，请指定文件名"),
        (tmp_path / f"{'长' * 120}.xlsx", "无法写入"),
    ):
        done = run_command("new", out, "--ledger", spending) if verb == "new" else run_command(verb, "-o", out)
        assert done.code == 2
        assert sentence in done.err
    assert taken.read_bytes() == SENTINEL
    assert list(folder.iterdir()) == []
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


#: The far corner's cell in other spellings that readers accept.
FAR = {
    "single quotes": b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    "line breaks": b'<row\nr="1048576"><c\nr="XFD1048576"><v>1</v></c></row>',
    "small letters": b'<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
    "row and cell at odds": b'<row r="90"><c r="XFD1048576"><v>1</v></c></row>',
    "namespace prefix": b'<m:row xmlns:m="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="1048576">'
    b'<m:c r="XFD1048576"><m:v>1</m:v></m:c></m:row>',
}


@pytest.mark.parametrize("spelling", [*FAR, "part elsewhere"])
def test_a_far_cell_is_refused_however_it_is_written(tmp_path: Path, spelling: str) -> None:
    assert run_command("template", "-o", tmp_path / "原.xlsx").code == 0
    parts = parts_of(tmp_path / "原.xlsx")
    name = sheet_parts(parts)["封面"]
    if spelling == "part elsewhere":
        _bomb(parts)
        for part in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
            parts[part] = parts[part].replace(b"worksheets/sheet1.xml", b"tables/sheet1.xml")
        parts["xl/tables/sheet1.xml"] = parts.pop(name)
    else:
        parts[name] = parts[name].replace(b"</sheetData>", FAR[spelling] + b"</sheetData>")
    write_parts(tmp_path / "工作簿.xlsx", parts)
    command = [
        sys.executable,
        "-m",
        "addin.cli",
        "fill",
        str(tmp_path / "工作簿.xlsx"),
        "-o",
        str(tmp_path / "结果.xlsx"),
    ]
    limited = f"ulimit -c 0; ulimit -v {6 * 1024 * 1024}; exec {shlex.join(command)}"
    done = subprocess.run(["/bin/sh", "-c", limited], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 2, done.stderr[:300]
    assert "异常庞大" in done.stderr or "位置写法不对" in done.stderr
    assert not (tmp_path / "结果.xlsx").exists()


@pytest.mark.parametrize(
    "text", ["市场\x01监测", "市场\ufffe监测", "市场\udc80监测"], ids=["control", "no character", "surrogate"]
)
@pytest.mark.parametrize("place", ["ledger", "--unit"])
def test_characters_that_no_workbook_can_hold_are_no_crash(tmp_path: Path, text: str, place: str) -> None:
    rows = [STAFF, {**PROJECT, "项目名称": text}] if place == "ledger" else CLEAN
    try:
        source = write_csv(tmp_path / "明细.csv", rows)
    except UnicodeEncodeError:
        return  # no file holds it either
    unit = text if place == "--unit" else "某市商务局"
    out = tmp_path / "结果.xlsx"
    done = run_command("new", out, "--ledger", source, "--unit", unit)
    assert done.code in (0, 2)
    assert out.exists() == (done.code == 0)
    assert "监测" in done.out + done.err or done.code == 0


def test_help_is_no_mistake() -> None:
    with pytest.raises(SystemExit) as ended:
        run_command("--help")
    assert ended.value.code == 0
