"""What a careful colleague would put right is put right, with a note, and the tables stay the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from openpyxl import Workbook

from tests.support.books import read_tables
from tests.support.command import Outcome, run_command
from tests.support.ledgers import AMOUNT, CLEAN, SPENDING_HEADINGS, Row, lines_of, write_csv, write_lines

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
