"""The twelve-table form: from ledger and procurement list to tables, and from tables in other years' words back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.command import run_command
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
