"""The national nine-table form: last year beside this year, computed columns, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as Foreign
from openpyxl import load_workbook

from tests.support.books import read_sheet
from tests.support.command import run_command
from tests.support.drafts import drafted_in, measure
from tests.support.received import states
from tests.support.sealed import set_cells
from workbook_templates.reading import load_edition

NATIONAL = "2025-national"
LEDGER = (
    "资金来源,预算年度来源,功能科目编码,支出类别,经费类别,项目名称,部门经济科目编码,金额（元）",
    "一般公共预算,本年,2010301,基本支出,人员经费,,30101,12345678.90",
    "一般公共预算,本年,2080505,基本支出,人员经费,,30108,2000000.00",
    "一般公共预算,本年,2010301,基本支出,公用经费,,30217,50000.00",
    "一般公共预算,本年,2010301,基本支出,公用经费,,30231,120000.00",
    "一般公共预算,本年,2010302,项目支出,,业务专项,30212,300000.00",
    "一般公共预算,上年结转,2010302,项目支出,,旧项目,30227,200000.00",
    "政府性基金预算,本年,2120803,项目支出,,基金项目,30201,500000.00",
    "事业收入,本年,2010350,项目支出,,事业项目,30201,800000.00",
    "非财政拨款结余,本年,2010350,项目支出,,事业项目,30299,40000.00",
)
OUTTURN = (("2010301", 11_000_000), ("2010303", 333_333.33), ("2080505", 2_000_000))
THREE = (("因公出国（境）费", 280_000), ("公务用车运行费", 150_000), ("公务接待费", 50_000))
BASIC: dict[str, str | int] = {
    "单位编码": "100",
    "机关运行经费（万元）": 17,
    "政府采购预算总额（万元）": 0,
    "车辆数量（辆）": 3,
}
LAST: dict[str, str | int] = {"收入总计": 1500, "财政拨款收支总计": 1400}


def _rows(book: Path, sheet: str) -> dict[str, int]:
    """The rows of a sheet of fields by their labels."""
    column = load_workbook(book)[sheet].iter_rows(max_col=1, values_only=True)
    return {str(label).strip(" *"): number for number, (label,) in enumerate(column, 1)}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A unit of the form, its tables and its text made."""
    folder = tmp_path_factory.mktemp("中央")
    ledger, made, book = folder / "明细.csv", folder / "新建.xlsx", folder / "填好.xlsx"
    ledger.write_text("\n".join([*LEDGER, ""]), "utf-8-sig")
    done = run_command("new", made, "--edition", NATIONAL, "--ledger", ledger, "--unit", "某部", "--year", "2025")
    assert done.code == 0, done.err
    opened = load_workbook(made)
    for sheet, values in (("基础信息", BASIC), ("上年数据", LAST)):
        at = _rows(made, sheet)
        for label, told in values.items():
            opened[sheet].cell(at[label], 2).value = told
    for number, (code, amount) in enumerate(OUTTURN, 2):
        for column, value in ((1, "一般公共预算"), (2, code), (4, amount)):
            opened["上年执行数"].cell(number, column).value = value
    for number, (item, amount) in enumerate(THREE, 2):
        opened["上年三公经费"].cell(number, 1).value = item
        opened["上年三公经费"].cell(number, 2).value = amount
    opened.save(made)
    done = run_command("fill", made, "-o", made.with_name("表.xlsx"))
    assert done.code == 0, done.err
    done = run_command("narrate", made.with_name("表.xlsx"), "-o", book)
    assert done.code == 0, done.err
    return book


def _table(book: Path, sheet: str) -> list[list[Any]]:
    form = next(f for f in load_edition(NATIONAL).forms if f.sheet == sheet)
    return read_sheet(load_workbook(book)[sheet], form.width)


def test_last_year_stands_beside_this_year_and_the_change_is_computed(filled: Path) -> None:
    lines = _table(filled, "表五")
    assert [v for v in lines[2] if v] == ["功能分类科目", "2024年执行数", "2025年预算数", "2025年预算数比2024年执行数"]
    by_code = {line[0]: line[2:] for line in lines[4:]}
    assert by_code["2010301"] == [1100, 1251.57, 1251.57, None, 151.57, 13.78]
    assert by_code["2010303"] == [33.33, None, None, None, -33.33, -100]  # of last year alone
    assert by_code["2010302"] == [None, 30, None, 30, 30, None]  # this year's money alone, and no percentage of nothing
    assert by_code["2080505"] == [200, 200, 200, None, None, None]
    assert "2120803" not in by_code
    assert _table(filled, "表七")[5] == [48, 28, 15, None, 15, 5, 47, 30, 12, None, 12, 5]


def test_several_rows_stand_at_the_bottom_in_their_order(filled: Path) -> None:
    lines = _table(filled, "表一")
    assert [line[2] for line in lines[-3:]] == ["本年支出合计", "结转下年", "支出总计"]
    assert lines[-1] == ["收入总计", 1635.57, "支出总计", 1635.57]
    assert [line[2] for line in _table(filled, "表四")[4:7]] == [
        "一、本年支出",
        "（一）一般公共服务支出",
        "（二）社会保障和就业支出",
    ]


def test_it_passes_and_is_finished_and_received(filled: Path, tmp_path: Path) -> None:
    done = run_command("validate", filled)
    assert done.code == 0, done.out
    assert "强制0条，提示0条" in done.out, done.out
    at = _rows(filled, "基础信息")
    for number in (1, 2):
        told = {"单位编码": f"10{number}", "单位名称": f"第{number}部"}
        set_cells(filled, tmp_path / f"{number}.xlsx", {("基础信息", f"B{at[k]}"): v for k, v in told.items()})
        done = run_command("submit", tmp_path / f"{number}.xlsx", "-o", tmp_path / "来文")
        assert done.code == 0, done.out + done.err
    done = run_command("receive", tmp_path / "来文", "-o", tmp_path / "汇总.xlsx")
    assert done.code == 0, done.out + done.err
    assert list(states(tmp_path / "汇总.xlsx").values()) == ["已汇总", "已汇总"]
    by_code = {line[0]: line[2:] for line in _table(tmp_path / "汇总.xlsx", "表五")[4:]}
    assert by_code["2010301"] == [2200, 2503.14, 2503.14, None, 303.14, 13.78]
    assert _table(tmp_path / "汇总.xlsx", "表七")[5][:2] == [96, 56]


@pytest.fixture(scope="module")
def elsewhere(filled: Path) -> Path:
    """Its tables alone, in a plain workbook."""
    made = Foreign()
    made.remove(made.worksheets[0])
    for form in load_edition(NATIONAL).forms:
        sheet = made.create_sheet(f"Sheet{form.number}")
        for line in [[f"部门公开表{form.number}"], *_table(filled, form.sheet)]:
            sheet.append(line)
    made.save(filled.with_name("来源.xlsx"))
    return filled.with_name("来源.xlsx")


def test_a_draft_of_it_has_last_year_the_changes_and_the_year_of_the_money(elsewhere: Path, tmp_path: Path) -> None:
    draft = drafted_in(tmp_path / "2025-draft", elsewhere, "-national")
    found = measure(load_edition(NATIONAL), draft)
    assert found.right >= 0.8 * found.lines, found
    assert found.found >= 0.6 * found.relations, found
    assert found.wrong == (), found
    columns = {column.key: column for column in draft.forms[4].blocks[0].columns}
    assert columns["增减%"].change == ("上年执行数", "小计")
    assert columns["增减%"].percent
    assert dict(columns["小计"].where) == {"flow": ("支出",), "year": ("本年",)}
    assert dict(columns["上年执行数"].where) == {"flow": ("上年数",)}
    assert [spec.sheet for spec in draft.lists] == ["上年数"]
    assert draft.forms[4].headings[0][2] == "{last}年执行数"


def test_its_tables_elsewhere_are_taken_over_completely(filled: Path, elsewhere: Path, tmp_path: Path) -> None:
    done = run_command("import", elsewhere, "-o", tmp_path / "导入.xlsx")
    assert f"版式：{NATIONAL}，识别出9张表，共9张" in done.out, done.out + done.err
    for form in load_edition(NATIONAL).forms:
        assert _table(tmp_path / "导入.xlsx", form.sheet) == _table(filled, form.sheet)
    done = run_command("validate", tmp_path / "导入.xlsx")
    assert done.code == 0, done.out


def test_next_year_begins_with_this_years_figures(filled: Path, tmp_path: Path) -> None:
    done = run_command("new", tmp_path / "下年.xlsx", "--from", filled)
    assert done.code == 0, done.err
    sheet = load_workbook(tmp_path / "下年.xlsx")["上年三公经费"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=4, max_col=2)]
    assert lines == [["因公出国（境）费", 300_000], ["公务用车运行费", 120_000], ["公务接待费", 50_000]]


@pytest.mark.parametrize(("sheet", "cell", "rule"), [("表五", "C3", "F27"), ("表五", "H5", "F63"), ("表五", "G5", "")])
def test_a_wrong_year_or_a_wrong_change_is_found(
    filled: Path, tmp_path: Path, sheet: str, cell: str, rule: str
) -> None:
    value = "2025年执行数" if rule == "F27" else 99.5
    set_cells(filled, tmp_path / "错.xlsx", {(sheet, cell): value})
    done = run_command("validate", tmp_path / "错.xlsx")
    assert done.code == 1, done.out
    assert f"{sheet}!{cell}" in done.out, done.out
    assert rule in done.out, done.out
