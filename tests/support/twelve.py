"""A unit's books of the twelve-table form, and its tables as another office has them in a plain workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def filled_book(
    folder: Path, year: str, rows: Sequence[str] = LEDGER, edition: str | Path = "", unit: str = UNIT
) -> Path:
    """A workbook of one year's form, its tables made. `edition`: another one of that form; `rows`: its 预算明细."""
    ledger, made, book = folder / "明细.csv", folder / "新建.xlsx", folder / "填好.xlsx"
    ledger.write_text("\n".join([HEADINGS, *rows, ""]), "utf-8-sig")
    done = run_command(
        *("new", made, "--edition", edition or f"{year}-jiangsu", "--ledger", ledger, "--unit", unit, "--year", year)
    )
    assert done.code == 0, done.err
    opened = load_workbook(made)
    for number, line in enumerate(PROCUREMENT, 2):
        for column, value in enumerate(line, 1):
            opened["政府采购明细"].cell(number, column).value = value
    opened.save(made)
    done = run_command("fill", made, "-o", book)
    assert done.code == 0, done.err
    return book


def tables_of(book: Path) -> dict[str, list[list[Any]]]:
    """The tables of a workbook of the form, in printed order."""
    opened = load_workbook(book)
    name = str(opened.defined_names["YS_EDITION"].value).strip('"').partition("/")[0]
    return {form.sheet: read_sheet(opened[form.sheet], form.width) for form in load_edition(name).forms}


def as_foreign(year: str, book: Path, path: Path) -> dict[str, Any]:
    """The tables alone, in a plain workbook with the titles of other offices; returns them by their official title."""
    made = Foreign()
    made.remove(made.worksheets[0])
    expected = {}
    for name, lines in tables_of(book).items():
        title = str(lines[0][0])
        expected[name] = lines[1:]
        printed = next((new.format(year) for old, new in TITLES.items() if old.format(year) == title), title)
        sheet = made.create_sheet(f"Sheet{len(made.worksheets) + 1}")
        for line in [["公开01表"], [printed], *lines[1:]]:
            sheet.append(line)
    made.save(path)
    return expected
