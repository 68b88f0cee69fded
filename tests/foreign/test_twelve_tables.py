"""The twelve-table form: from ledger and procurement list to tables, and from tables in other years' words back."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Foreign
from openpyxl import load_workbook

from addin.xlsx.files import Workbook
from tests.support.command import run_command
from tests.support.received import states
from tests.support.sealed import set_cells
from tests.support.twelve import YEARS, as_foreign, filled_book, tables_of


@pytest.fixture(scope="module", params=YEARS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A workbook of one year's form, its tables made."""
    year: str = request.param
    return year, filled_book(tmp_path_factory.mktemp(year), year)


def _rows(book: Path, sheet: str) -> list[list[Any]]:
    return [[v for v in line if v not in (None, "")] for line in tables_of(book)[sheet]]


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


def test_tables_in_other_words_are_taken_over_completely(filled: tuple[str, Path], tmp_path: Path) -> None:
    year, book = filled
    expected = as_foreign(year, book, tmp_path / "来源.xlsx")
    done = run_command("import", tmp_path / "来源.xlsx", "-o", tmp_path / "导入.xlsx")
    assert done.code == 0, done.err
    assert f"版式：{year}-jiangsu，识别出12张表" in done.out
    assert "没有导入" not in done.out
    taken = tables_of(tmp_path / "导入.xlsx")
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


#: A list whose table begins in the second column; the name of a programme stands once for all its items.
MARGIN = (
    ("", "政府采购支出预算表"),
    ("", "部门：某省某厅", "", "", "", "", "单位：万元"),
    ("", "采购品目大类", "专项名称", "经济科目", "采购物品名称", "采购组织形式", "总计"),
    ("", "合计", "", "", "", "", 27),
    ("", "一、货物A", "", "", "", "", 22),
    ("", "", "办公设备", "办公设备购置", "", "", 19),
    ("", "", "", "", "台式计算机", "政府集中采购", 19),
    ("", "", "", "培训费", "", "", 3),
    ("", "", "", "", "会议服务", "分散自行组织", 3),
    ("", "三、服务C", "", "", "", "", 5),
    ("", "", "专项业务", "会议费", "", "", 2),
    ("", "", "", "", "会议服务", "分散自行组织", 2),
    ("", "", "", "培训费", "", "", 3),
    ("", "", "", "", "会议服务", "分散自行组织", 3),
)


def test_a_list_with_a_margin_and_names_that_stand_once_is_taken_over(tmp_path: Path) -> None:
    as_foreign("2019", filled_book(tmp_path, "2019"), tmp_path / "来源.xlsx")
    opened = load_workbook(tmp_path / "来源.xlsx")
    del opened["Sheet12"]
    sheet = opened.create_sheet("采购")
    for line in MARGIN:
        sheet.append([value or None for value in line])
    opened.save(tmp_path / "来源.xlsx")
    done = run_command("import", tmp_path / "来源.xlsx", "-o", tmp_path / "导入.xlsx")
    assert "识别出12张表" in done.out, done.err
    assert _rows(tmp_path / "导入.xlsx", "表十二")[4:7] == [
        ["一、货物A", 22],
        ["办公设备", "办公设备购置", 19],
        ["台式计算机", "政府集中采购", 19],
    ]
    assert run_command("validate", tmp_path / "导入.xlsx").code == 0


def test_where_no_table_says_the_year_the_name_of_the_file_does(filled: tuple[str, Path], tmp_path: Path) -> None:
    year, book = filled
    made = Foreign()
    made.remove(made.worksheets[0])
    for name, lines in tables_of(book).items():
        sheet = made.create_sheet(name)
        for line in lines:
            sheet.append([v.replace(f"{year}年", "") if isinstance(v, str) else v for v in line])
    source = tmp_path / f"某厅{year}预算.xlsx"
    made.save(source)
    done = run_command("import", source, "-o", tmp_path / "导入.xlsx")
    assert f"版式：{year}-jiangsu，识别出12张表" in done.out, done.out + done.err
    assert f"预算年度按文件名填为{year}年" in done.out
    written = [cell.value for row in load_workbook(tmp_path / "导入.xlsx")["基础信息"].iter_rows() for cell in row]
    assert int(year) in written


def test_a_title_on_one_line_with_the_name_of_the_unit_is_a_title(tmp_path: Path) -> None:
    expected = as_foreign("2019", filled_book(tmp_path, "2019"), tmp_path / "来源.xlsx")
    opened = load_workbook(tmp_path / "来源.xlsx")
    for sheet in opened:
        title, unit = (str(sheet.cell(row, 1).value) for row in (2, 3))
        sheet.cell(3, 1).value = f"{title} {unit}"
        sheet.delete_rows(2)
    opened.save(tmp_path / "来源.xlsx")
    done = run_command("import", tmp_path / "来源.xlsx", "-o", tmp_path / "导入.xlsx")
    assert "识别出12张表，共12张" in done.out, done.out
    assert {name: lines[2:] for name, lines in tables_of(tmp_path / "导入.xlsx").items()} == {
        name: lines[1:] for name, lines in expected.items()
    }


def test_a_text_of_shares_of_a_total_that_is_missing_is_no_fault_of_the_program(tmp_path: Path) -> None:
    book = filled_book(tmp_path, "2019")
    assert run_command("narrate", book, "-o", tmp_path / "文.xlsx").code == 0
    rows = [line[0] for line in Workbook(book).grids["表一"]]
    set_cells(tmp_path / "文.xlsx", tmp_path / "缺.xlsx", {("表一", f"B{rows.index('收入合计') + 1}"): None})
    done = run_command("validate", tmp_path / "缺.xlsx")
    assert done.code == 1
    assert f"表一!B{rows.index('收入合计') + 1}" in done.out, done.out


def test_units_are_received_and_added_up(tmp_path: Path) -> None:
    book = filled_book(tmp_path, "2019")
    rows = {str(line[0]).strip(" *"): n for n, line in enumerate(Workbook(book).grids["基础信息"], 1)}
    last = next(n for n, line in enumerate(Workbook(book).grids["上年数据"], 1) if line[0] == "与上年不可比")
    numbers = range(1, 3)
    for number in numbers:
        one = tmp_path / f"{number}.xlsx"
        told = {"单位编码": f"3000{number:02d}", "单位名称": f"某省第{number}厅", "预算主管部门": "某省某部"}
        cells: dict[tuple[str, str], float | str | None] = {("基础信息", f"B{rows[k]}"): v for k, v in told.items()}
        set_cells(book, one, cells | {("上年数据", f"B{last}"): "是"})
        done = run_command("submit", one, "-o", tmp_path / "来文")
        assert done.code == 0, done.out + done.err
    done = run_command("receive", tmp_path / "来文", "-o", tmp_path / "汇总.xlsx")
    assert done.code == 0, done.out + done.err
    assert list(states(tmp_path / "汇总.xlsx").values()) == ["已汇总"] * len(numbers)
    assert _rows(tmp_path / "汇总.xlsx", "表十二")[3:5] == [
        ["合计", 27 * len(numbers)],
        ["一、货物A", 22 * len(numbers)],
    ]
    # In yuan 2 380 245.50, 1 980 245.50, 250 000 and 150 000 a unit.
    yuan = (2380245.5, 1980245.5, 250000, 150000)
    printed = [float((Decimal(str(v)) * len(numbers) / 10000).quantize(Decimal("0.01"), ROUND_HALF_UP)) for v in yuan]
    assert _rows(tmp_path / "汇总.xlsx", "表三")[3] == printed
