"""A unit's book of the national nine-table form, and its tables as another office has them in a plain workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook as Foreign
from openpyxl import load_workbook

from tests.support.books import read_sheet
from tests.support.command import run_command
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


def rows_of(book: Path, sheet: str) -> dict[str, int]:
    """The rows of a sheet of fields by their labels."""
    column = load_workbook(book)[sheet].iter_rows(max_col=1, values_only=True)
    return {str(label).strip(" *"): number for number, (label,) in enumerate(column, 1)}


def filled_book(folder: Path, unit: str = "某部", rows: Sequence[str] = LEDGER) -> Path:
    """A unit of the form, its tables and its text made. `rows`: its 预算明细, the headings first."""
    ledger, made, book = folder / "明细.csv", folder / "新建.xlsx", folder / "填好.xlsx"
    ledger.write_text("\n".join([*rows, ""]), "utf-8-sig")
    done = run_command("new", made, "--edition", NATIONAL, "--ledger", ledger, "--unit", unit, "--year", "2025")
    assert done.code == 0, done.err
    opened = load_workbook(made)
    for sheet, values in (("基础信息", BASIC), ("上年数据", LAST)):
        at = rows_of(made, sheet)
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


def table_of(book: Path, sheet: str) -> list[list[Any]]:
    form = next(f for f in load_edition(NATIONAL).forms if f.sheet == sheet)
    return read_sheet(load_workbook(book)[sheet], form.width)


def as_foreign(book: Path, path: Path) -> Path:
    """Its tables alone, in a plain workbook."""
    made = Foreign()
    made.remove(made.worksheets[0])
    for form in load_edition(NATIONAL).forms:
        sheet = made.create_sheet(f"Sheet{form.number}")
        for line in [[f"部门公开表{form.number}"], *table_of(book, form.sheet)]:
            sheet.append(line)
    made.save(path)
    return path
