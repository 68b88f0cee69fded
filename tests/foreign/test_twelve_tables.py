"""The twelve-table form: from ledger and procurement list to tables, and from tables in other years' words back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Foreign
from openpyxl import load_workbook

from tests.support.books import read_sheet
from tests.support.command import run_command
from workbook_templates.reading import load_edition

YEARS = ("2017", "2018", "2019")
UNIT = "某省某厅"
HEADINGS = "资金来源,预算年度来源,功能科目编码,支出类别,经费类别,项目名称,部门经济科目编码,金额（元）"
LEDGER = (
    "一般公共预算,本年,2010301,基本支出,人员经费,,30101,1234567.00",
    "一般公共预算,本年,2010301,基本支出,公用经费,,30201,345678.50",
    "一般公共预算,本年,2080505,基本支出,人员经费,,30108,400000.00",
    "专项收入,本年,2010302,项目支出,,专项业务,30216,90000.00",
    "其他非税收入,本年,2010302,项目支出,,专项业务,30227,60000.00",
    "其他收入,本年,2010302,项目支出,,专项业务,30201,80000.00",
    "一般公共预算,本年,2010399,单位预留机动经费,,,39999,150000.00",
    "一般公共预算,上年结转,2010302,项目支出,,旧项目,30231,20000.00",
)
PROCUREMENT: tuple[tuple[str | int, ...], ...] = (
    ("一、货物A", "办公设备", "办公设备购置", "台式计算机", "政府集中采购", 120000),
    ("一、货物A", "办公设备", "办公设备购置", "复印机", "分散自行组织", 70000),
    ("一、货物A", "办公设备", "专用设备购置", "专用设备", "分散自行组织", 30000),
    ("三、服务C", "专项业务", "培训费", "会议服务", "分散自行组织", 50000),
)
#: What offices printed above the tables in those years, by our own titles.
TITLES = {
    "财政拨款收支预算总表": "四、{}年度某省某厅财政拨款收支预算总表",
    "收支预算总表": "一、{}年度某省某厅部门收支预算总表",
    "财政拨款政府性基金支出预算表": "政府性基金预算财政拨款支出预算表",
    "一般公共预算支出预算表（功能科目）": "公开07表：一般公共预算支出预算表",
    "“三公”经费、会议费、培训费支出预算表": "一般公共预算“三公”经费、会议费、培训费支出预算表",
    "{}年政府采购预算表": "十二、政府采购支出预算表",
}


@pytest.fixture(scope="module", params=YEARS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A workbook of one year's form, its tables made."""
    year: str = request.param
    folder = tmp_path_factory.mktemp(year)
    ledger, made, book = folder / "明细.csv", folder / "新建.xlsx", folder / "填好.xlsx"
    ledger.write_text("\n".join([HEADINGS, *LEDGER, ""]), "utf-8-sig")
    done = run_command(
        *("new", made, "--edition", f"{year}-jiangsu", "--ledger", ledger, "--unit", UNIT, "--year", year)
    )
    assert done.code == 0, done.err
    opened = load_workbook(made)
    for number, line in enumerate(PROCUREMENT, 2):
        for column, value in enumerate(line, 1):
            opened["政府采购明细"].cell(number, column).value = value
    opened.save(made)
    done = run_command("fill", made, "-o", book)
    assert done.code == 0, done.err
    return year, book


def _tables(book: Path) -> dict[str, list[list[Any]]]:
    """The tables of a workbook of the form, in printed order."""
    opened = load_workbook(book)
    name = str(opened.defined_names["YS_EDITION"].value).strip('"').partition("/")[0]
    return {form.sheet: read_sheet(opened[form.sheet], form.width) for form in load_edition(name).forms}


def _rows(book: Path, sheet: str) -> list[list[Any]]:
    return [[v for v in line if v not in (None, "")] for line in _tables(book)[sheet]]


def test_a_total_has_its_label_in_one_block_and_its_amount_in_another(filled: tuple[str, Path]) -> None:
    _, book = filled
    sheet = load_workbook(book)["表一"]
    row = next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, 3).value == "当年支出小计")
    assert (sheet.cell(row, 4).value, sheet.cell(row, 5).value, sheet.cell(row, 6).value) == (None, None, 238.02)
    assert sheet.cell(row, 1).value == "当年收入小计"


def test_rows_have_two_labels(filled: tuple[str, Path]) -> None:
    year, book = filled
    rows = _rows(book, "表二")
    assert ["一般公共预算资金", "小计", 222.02] in rows
    assert ["专项收入", 9] in rows
    assert ["财政专户管理资金", "小计", 6] in rows
    assert ["上年结转和结余资金", "小计", 2] in rows
    assert (["债务资金(银行贷款)"] in rows) == (year < "2019")


def test_a_table_comes_from_a_list_of_its_own(filled: tuple[str, Path]) -> None:
    _, book = filled
    assert _rows(book, "表十二")[3:] == [
        ["合计", 27],
        ["一、货物A", 22],
        ["办公设备", "办公设备购置", 19],
        ["台式计算机", "政府集中采购", 12],
        ["复印机", "分散自行组织", 7],
        ["办公设备", "专用设备购置", 3],
        ["专用设备", "分散自行组织", 3],
        ["三、服务C", 5],
        ["专项业务", "培训费", 5],
        ["会议服务", "分散自行组织", 5],
    ]


def test_what_the_ledger_gives_passes(filled: tuple[str, Path]) -> None:
    _, book = filled
    done = run_command("validate", book)
    assert done.code == 0, done.out


def _foreign(year: str, book: Path, path: Path) -> dict[str, Any]:
    """The tables alone, in a plain workbook with the titles of other offices; returns them by their official title."""
    made = Foreign()
    made.remove(made.worksheets[0])
    expected = {}
    for name, lines in _tables(book).items():
        title = str(lines[0][0])
        expected[name] = lines[1:]
        printed = next((new.format(year) for old, new in TITLES.items() if old.format(year) == title), title)
        sheet = made.create_sheet(f"Sheet{len(made.worksheets) + 1}")
        for line in [["公开01表"], [printed], *lines[1:]]:
            sheet.append(line)
    made.save(path)
    return expected


def test_tables_in_other_words_are_taken_over_completely(filled: tuple[str, Path], tmp_path: Path) -> None:
    year, book = filled
    expected = _foreign(year, book, tmp_path / "来源.xlsx")
    done = run_command("import", tmp_path / "来源.xlsx", "-o", tmp_path / "导入.xlsx")
    assert done.code == 0, done.err
    assert f"版式：{year}-jiangsu，识别出12张表" in done.out
    assert "没有导入" not in done.out
    taken = _tables(tmp_path / "导入.xlsx")
    assert {name: lines[1:] for name, lines in taken.items()} == expected
    assert run_command("validate", tmp_path / "导入.xlsx").code == 0


@pytest.mark.parametrize(("sheet", "label"), [("表一", "当年支出小计"), ("表二", "专项收入"), ("表十二", "复印机")])
def test_an_amount_that_is_wrong_in_them_is_found(
    filled: tuple[str, Path], tmp_path: Path, sheet: str, label: str
) -> None:
    _, book = filled
    opened = load_workbook(book)
    for name in ("预算明细", "政府采购明细"):
        opened[name].delete_rows(2, 99)
    page = opened[sheet]
    row = next(r for r in range(1, page.max_row + 1) if label in [c.value for c in page[r]])
    cell: Any = max((c for c in page[row] if isinstance(c.value, int | float)), key=lambda c: c.column)
    cell.value += 3
    opened.save(tmp_path / "错.xlsx")
    done = run_command("validate", tmp_path / "错.xlsx")
    assert done.code == 1
    assert f"{sheet}!{cell.coordinate}" in done.out
