"""Tables beside which others lie: the right one is taken, and of every sheet that is not taken something is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.books import read_tables
from tests.support.command import Outcome, run_command
from tests.support.ledgers import CLEAN, write_csv

UNIT = "某市商务局"
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The thirteen tables of a small unit in a workbook without names, as another office has them."""
    folder = tmp_path_factory.mktemp("own")
    done = run_command("new", folder / "own.xlsx", "--ledger", write_csv(folder / "l.csv", CLEAN), "--unit", UNIT)
    assert done.code == 0, done.err
    made = load_workbook(folder / "own.xlsx")
    for sheet in made.worksheets:
        if not sheet.title.startswith("表"):
            made.remove(sheet)
    for name in list(made.defined_names):
        del made.defined_names[name]
    made.save(folder / "tables.xlsx")
    return folder / "tables.xlsx"


def _changed(ours: Path, path: Path, change: Any) -> Outcome:
    made = load_workbook(ours)
    change(made)
    made.save(path / "来源.xlsx")
    return run_command("import", path / "来源.xlsx", "-o", path / "结果.xlsx", "--edition", "2024-shanxi")


def _number_lines(pattern: str) -> Any:
    def change(made: Any) -> None:
        for number, sheet in enumerate(made.worksheets):
            for area in list(sheet.merged_cells.ranges):
                sheet.unmerge_cells(str(area))
            sheet.insert_rows(2)
            sheet.cell(2, 1, pattern.format(NUMERALS[number], number + 1))

    return change


@pytest.mark.parametrize(
    "pattern",
    ["公开表{0}", "部门公开表{1}", "预算公开表{1}", "附表{0}", "表{1}", "附件1-{1}", "单位公开表{1}：", "公开{1:02}表"],
)
def test_a_line_of_the_form_number_is_no_title(ours: Path, tmp_path: Path, pattern: str) -> None:
    done = _changed(ours, tmp_path, _number_lines(pattern))
    assert "识别出13张表" in done.out
    assert read_tables(tmp_path / "结果.xlsx")["表一"] == read_tables(ours)["表一"]


def _beside(title: str, amount: float | None = 9.0) -> Any:
    def change(made: Any) -> None:
        sheet = made.create_sheet("另一张")
        for line in (
            [title],
            [None, None, None, None, "单位：万元"],
            ["科目编码", "科目名称", "合计", "基本支出", "项目支出"],
            ["201", "一般公共服务支出", amount, amount, None],
            ["合计", None, amount, amount, None],
        ):
            sheet.append(line)

    return change


@pytest.mark.parametrize(
    "title", ["一般公共预算财政拨款支出决算表", "2023年政府性基金预算支出决算表", "预算执行情况表", "政府采购支出表"]
)
def test_a_title_that_names_another_table_is_a_veto(ours: Path, tmp_path: Path, title: str) -> None:
    done = _changed(ours, tmp_path, _beside(title))
    assert "未导入：另一张" in done.out
    assert read_tables(tmp_path / "结果.xlsx")["表八"] == read_tables(ours)["表八"]


@pytest.mark.parametrize("lines", [[["采购品目", "金额"], ["货物", 8.9]], [[1, 2], [3, 4]]])
def test_a_sheet_that_no_form_knows_is_listed(ours: Path, tmp_path: Path, lines: list[list[Any]]) -> None:
    def change(made: Any) -> None:
        sheet = made.create_sheet("采购")
        for line in lines:
            sheet.append(line)

    assert "未导入：采购" in _changed(ours, tmp_path, change).out


def test_the_units_name_may_stand_after_the_word_department(ours: Path, tmp_path: Path) -> None:
    def change(made: Any) -> None:
        for sheet in made.worksheets:
            for line in sheet.iter_rows(max_row=4):
                for cell in line:
                    if isinstance(cell.value, str) and cell.value.startswith("单位名称："):
                        cell.value = f"部门：{UNIT}"

    _changed(ours, tmp_path, change)
    assert load_workbook(tmp_path / "结果.xlsx")["基础信息"]["B6"].value == UNIT


def test_what_is_printed_counts_where_a_number_format_divides(ours: Path, tmp_path: Path) -> None:
    def change(made: Any) -> None:
        for sheet in made.worksheets:
            for line in sheet.iter_rows():
                for cell in line:
                    if isinstance(cell.value, int | float):
                        cell.value, cell.number_format = cell.value * 10_000, "0!.0000"

    done = _changed(ours, tmp_path, change)
    assert "由单元格格式缩小显示" in done.out
    assert read_tables(tmp_path / "结果.xlsx")["表一"] == read_tables(ours)["表一"]
