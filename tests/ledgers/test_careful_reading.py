"""What a careful colleague would put right is put right, with a note, and the tables stay the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.books import read_tables
from tests.support.command import Outcome, run_command
from tests.support.ledgers import AMOUNT, CLEAN, SPENDING_HEADINGS, Row, lines_of, write_csv, write_lines
from udfs.base import to_fen
from udfs.ledgers import rows
from udfs.ledgers.reader import read_ledger
from workbook_templates.reading import load_edition

HEADINGS = SPENDING_HEADINGS[:13]
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
CODES = ("功能科目编码", "部门经济科目编码", "政府经济科目编码")
TOTAL: Row = {"资金来源": "合计", AMOUNT: "1,419,699.50"}

Lines = list[list[Any]]


class Case(Struct, frozen=True):
    """A ledger that says the same as the clean one: how it is written, and the note that says so (none needed: "")."""

    name: str
    write: Callable[[Path], Path]
    note: str = ""


def _xlsx(path: Path, content: Sequence[Sequence[Any]], sheet: str = "Sheet1", before: str = "") -> Path:
    made = Workbook()
    only = made.active
    assert only is not None
    only.title = sheet
    for line in content:
        only.append([None if value == "" else value for value in line])
    if before:
        made.create_sheet(before, 0)["A1"] = "说明"
    made.save(path)
    return path


def _merged(path: Path, content: Sequence[Sequence[Any]], *areas: str, hide: int = 0) -> Path:
    """A workbook with merged cells, or a hidden row."""
    made = load_workbook(_xlsx(path, content))
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    for area in areas:
        sheet.merge_cells(area)
    if hide:
        sheet.row_dimensions[hide].hidden = True
    made.save(path)
    return path


def _sheets(path: Path, **contents: Sequence[Sequence[Any]]) -> Path:
    """A workbook of several sheets."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, content in contents.items():
        sheet = made.create_sheet(name)
        for line in content:
            sheet.append([None if value == "" else value for value in line])
    made.save(path)
    return path


def changed(name: str, change: Callable[[Lines], Lines], note: str = "") -> Case:
    """The clean ledger's lines changed, as CSV."""
    return Case(name, lambda folder: write_lines(folder / "明细.csv", change(_lines())), note)


def in_xlsx(name: str, change: Callable[[Lines], Lines], note: str = "", **options: str) -> Case:
    """The clean ledger's lines changed, as a workbook."""
    return Case(name, lambda folder: _xlsx(folder / "明细.xlsx", change(_lines()), **options), note)


def encoded(name: str, encoding: str, delimiter: str = ",") -> Case:
    """The clean ledger in another encoding."""
    return Case(
        name,
        lambda folder: write_csv(folder / "明细.csv", CLEAN, HEADINGS, encoding=encoding, delimiter=delimiter),
    )


def _lines() -> Lines:
    return [list(line) for line in lines_of(CLEAN, HEADINGS)]


def each(headings: Sequence[str], change: Callable[[str], Any]) -> Callable[[Lines], Lines]:
    """Changes every value under some headings."""

    def apply(lines: Lines) -> Lines:
        places = [lines[0].index(heading) for heading in headings]
        for line in lines[1:]:
            for at in places:
                line[at] = change(line[at])
        return lines

    return apply


def heading_spaces(lines: Lines) -> Lines:
    return [[f" {text[:2]}\n{text[2:].replace('（', '(').replace('）', ')')}　" for text in lines[0]], *lines[1:]]


def in_pieces(mark: str) -> Callable[[str], str]:
    """A code with its levels set apart."""
    return lambda code: mark.join([code[:3], *(code[i : i + 2] for i in range(3, len(code), 2))])


def subtotal(words: str, lines: Lines) -> list[Any]:
    """A row that says what other rows come to."""
    return [words, *[""] * 11, f"{sum(float(line[12]) for line in lines):.2f}"]


CASES = [
    encoded("UTF-8 with its mark", "utf-8-sig"),
    encoded("UTF-8", "utf-8"),
    encoded("GBK", "gbk"),
    encoded("UTF-16 with tabs", "utf-16", "\t"),
    encoded("semicolons", "utf-8", ";"),
    Case(
        "UTF-16 with tabs below a title",
        lambda folder: write_lines(folder / "明细.csv", [["预算明细表"], *_lines()], encoding="utf-16", delimiter="\t"),
    ),
    changed("title rows above", lambda lines: [["某单位预算明细表"], ["单位：元"], [], *lines]),
    changed("headings with line breaks and other brackets", heading_spaces),
    changed("columns in another order", lambda lines: [list(reversed(line)) for line in lines]),
    changed(
        "full-width codes",
        each(CODES, lambda v: v.translate(FULL_WIDTH)),
        "“功能科目编码”：3处编码含空格或全角数字，已规范",
    ),
    changed(
        "codes with spaces",
        each(CODES, lambda v: f" {v[:3]} {v[3:]}"),
        "“部门经济科目编码”：3处编码含空格或全角数字，已规范",
    ),
    changed(
        "codes with names",
        each(["功能科目编码"], lambda v: f"{v} 行政运行"),
        "“功能科目编码”：3处编码后面附有名称，已只取编码",
    ),
    changed(
        "codes joined to names",
        each(["功能科目编码"], lambda v: f"{v}-行政运行"),
        "“功能科目编码”：3处编码后面附有名称，已只取编码",
    ),
    changed(
        "codes with an apostrophe",
        each(CODES, lambda v: f"'{v}"),
        "“政府经济科目编码”：3处编码含空格或全角数字，已规范",
    ),
    changed(
        "grouped amounts",
        each([AMOUNT], lambda v: f"{float(v):,.2f}"),
        "“金额（元）”：3处金额含千分位、全角数字等，已按数字处理",
    ),
    changed(
        "full-width amounts",
        each([AMOUNT], lambda v: v.translate(FULL_WIDTH)),
        "“金额（元）”：3处金额含千分位、全角数字等，已按数字处理",
    ),
    changed(
        "amounts with 元",
        each([AMOUNT], lambda v: f"¥{v}元"),
        "“金额（元）”：3处金额含千分位、全角数字等，已按数字处理",
    ),
    changed(
        "spaces in enumerations",
        each(["资金来源", "支出类别"], lambda v: f" {v[:2]} {v[2:]}　"),
        "“资金来源”：3处有多余的空格，已去掉",
    ),
    changed(
        "spaces and breaks in names",
        each(["项目名称"], lambda v: f" {v}\n" if v else v),
        "“项目名称”：1处有多余的空格或换行，已去掉",
    ),
    changed(
        "blank rows",
        lambda lines: [*lines[:2], [""] * 13, *lines[2:3], [" "] * 13, *lines[3:], [""] * 13],
        "明细.csv：跳过2个空行",
    ),
    changed(
        "total at the end",
        lambda lines: [*lines, lines_of([TOTAL], HEADINGS)[1]],
        "明细.csv：第5行是合计行，未计入明细",
    ),
    changed(
        "subtotals between",
        lambda lines: [*lines[:3], subtotal("一般公共预算 汇总", lines[1:3]), *lines[3:]],
        "明细.csv：第4行是小计行，未计入明细",
    ),
    changed(
        "a total above, signatures and a note below",
        lambda lines: [
            lines[0],
            subtotal("合计", lines[1:]),
            *lines[1:],
            ["制表人：某某", *[""] * 7, "复核：某某", *[""] * 4],
            ["注：本表以元为单位", *[""] * 12],
        ],
        "明细.csv：第6、7行没有金额，是签章或说明（“制表人：某某”、“注：本表以元为单位”），未计入明细",
    ),
    changed(
        "a total without words",
        lambda lines: [*lines, subtotal("", lines[1:])],
        "明细.csv：第5行是小计行，未计入明细",
    ),
    changed(
        "the row of a class above its items",
        lambda lines: [
            lines[0],
            ["", "", "201", "一般公共服务支出", *[""] * 8, *subtotal("", lines[1:])[-1:]],
            *lines[1:],
        ],
        "明细.csv：第2行是小计行，未计入明细",
    ),
    changed(
        "headings repeated on the next page, columns numbered",
        lambda lines: [lines[0], list(map(str, range(1, 14))), *lines[1:2], lines[0], *lines[2:]],
        "明细.csv：第2、4行是重复的表头或栏次，未计入明细",
    ),
    changed("codes as formula text", each(CODES, lambda v: f'="{v}"'), "3处编码写成公式文本，已取其中的编码"),
    changed(
        "names as formula text", each(["项目名称"], lambda v: f'="{v}"' if v else v), "1处写成公式文本，已取其中的文字"
    ),
    changed(
        "amounts as formula text",
        each([AMOUNT], lambda v: f'="{v}"'),
        "“金额（元）”：3处金额含千分位、全角数字等，已按数字处理",
    ),
    changed(
        "codes before names in brackets", each(CODES, lambda v: f"[{v}]行政运行"), "3处编码后面附有名称，已只取编码"
    ),
    changed("codes in other brackets", each(CODES, lambda v: f"【{v}】"), "3处编码带有括号，已去掉"),
    changed("codes after names", each(CODES, lambda v: f"行政运行（{v}）"), "3处编码后面附有名称，已只取编码"),
    changed(
        "codes with a name that ends in brackets",
        each(CODES, lambda v: f"{v}培训费（2次）"),
        "3处编码后面附有名称，已只取编码",
    ),
    changed("codes in pieces", each(CODES, in_pieces("-")), "3处编码的类、款、项分开书写，已连在一起"),
    changed("codes in pieces by points", each(CODES, in_pieces(".")), "3处编码的类、款、项分开书写，已连在一起"),
    changed(
        "subtotal and total at the end",
        lambda lines: [*lines, ["小计"], lines_of([TOTAL], HEADINGS)[1]],
        "明细.csv：第6行是合计行，未计入明细",
    ),
    changed(
        "unused columns",
        lambda lines: [["序号", *lines[0], "经办科室"], *[["1", *line, "办公室"] for line in lines[1:]]],
        "明细.csv：未使用的列：序号、经办科室",
    ),
    changed("short lines", lambda lines: [["备注", *line] if not n else ["", *line] for n, line in enumerate(lines)]),
    in_xlsx("workbook", lambda lines: lines),
    in_xlsx("workbook with rows above", lambda lines: [["某单位预算明细"], [None], *lines]),
    in_xlsx("workbook with the ledger on its second sheet", lambda lines: lines, sheet="预算明细", before="封皮"),
    Case(
        "labels merged downwards",
        lambda folder: _merged(folder / "明细.xlsx", _lines(), "A2:A4", "C2:C3", "H2:H3"),
        "明细.xlsx：合并的单元格，各行按合并区域的内容读取（3格）",
    ),
    Case(
        "rows on two sheets",
        lambda folder: _sheets(folder / "明细.xlsx", 基本支出=_lines()[:3], 项目支出=[_lines()[0], *_lines()[3:]]),
        "明细.xlsx：明细分在2张工作表中，已合并读取：“基本支出”2行、“项目支出”1行",
    ),
    Case(
        "a sheet with headings alone",
        lambda folder: _sheets(folder / "明细.xlsx", 基本支出=_lines(), 项目支出=_lines()[:1]),
        "明细.xlsx：工作表“项目支出”只有表头，没有明细",
    ),
    Case(
        "another sheet with figures",
        lambda folder: _sheets(folder / "明细.xlsx", 明细=_lines(), 测算=[["人数", 12]]),
        "明细.xlsx：未读取的工作表：测算（没有预算明细的表头）",
    ),
    Case(
        "hidden rows",
        lambda folder: _merged(folder / "明细.xlsx", _lines(), hide=3),
        "明细.xlsx：“Sheet1”有1行被隐藏或筛选掉（第3行等），已一并读取",
    ),
    in_xlsx("a column without a heading", lambda lines: [*lines[:2], [*lines[2], 5], *lines[3:]], "其中有内容：N3"),
    in_xlsx(
        "numbers stored as codes and amounts",
        lambda lines: each([AMOUNT], float)(each(CODES, int)(lines)),
        "“功能科目编码”：3处编码以数字存储，已按文本处理",
    ),
    in_xlsx(
        "amounts as whole numbers and text",
        each([AMOUNT], lambda v: int(float(v)) if float(v).is_integer() else v),
    ),
]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[Any]]]:
    folder = tmp_path_factory.mktemp("clean")
    done, tables = _tables(folder, write_csv(folder / "明细.csv", CLEAN, HEADINGS))
    assert "说明：" not in done.out
    assert tables["表一"][-1][1] == 141.97
    return tables


def _tables(folder: Path, ledger: Path) -> tuple[Outcome, dict[str, list[list[Any]]]]:
    out = folder / "结果.xlsx"
    done = run_command("new", out, "--ledger", ledger, "--unit", "某市商务局")
    assert done.code == 0, done.err
    return done, read_tables(out)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_tables_are_those_of_the_clean_ledger(
    tmp_path: Path, clean: dict[str, list[list[Any]]], case: Case
) -> None:
    done, tables = _tables(tmp_path, case.write(tmp_path))
    assert tables == clean
    assert case.note in done.out
    if not case.note:
        assert "说明：" not in done.out


@pytest.mark.parametrize(
    "name", ["a_x0041_b", "<甲>&\"乙\"'丙'", "=1+1", "2024", "00123", "'引号", "甲，乙", "A B", "𠮷田"]
)
def test_a_name_comes_through_as_it_is_written(tmp_path: Path, name: str) -> None:
    rows = [row | {"项目名称": name} if row.get("项目名称") else row for row in map(dict, CLEAN)]
    _, tables = _tables(tmp_path, write_csv(tmp_path / "明细.csv", rows, HEADINGS))
    # openpyxl shows a stored text as it is; a spreadsheet program shows what the escape stands for.
    shown = [line[0].replace("_x005F_", "_") for line in tables["表十二"][5:]]
    assert shown == ["某市商务局", name]
    again = tmp_path / "再次.xlsx"
    assert run_command("fill", tmp_path / "结果.xlsx", "-o", again).code == 0
    assert read_tables(again) == tables


@pytest.mark.parametrize("every", [1, 10])
def test_an_amount_is_read_once_whatever_totals_stand_between(every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work grows with the rows: each total is held against sums that are known, not against all rows anew."""
    spec = load_edition().spending
    heading = [column.heading for column in spec.columns]
    grid: list[list[str]] = [heading]
    for number in range(200):
        line = dict(zip(SPENDING_HEADINGS, lines_of(CLEAN)[1], strict=True)) | {AMOUNT: f"{number}.50"}
        grid.append([str(line.get(h, "")) for h in heading])
        if number % every == 0:
            total = "" if every == 1 else "小计"
            grid.append([total, *(f"{number - 1}.25" if h == AMOUNT else "" for h in heading[1:])])
    read: list[Any] = []

    def counted(value: Any) -> int:
        read.append(value)
        return to_fen(value)

    monkeypatch.setattr(rows, "to_fen", counted)
    reading = read_ledger(grid, spec, spec.sheet)
    assert (reading.ledger is None) == (every == 1)
    assert len(read) <= len(grid)
