"""Ledger rows as dicts of headings, and files made from them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = Mapping[str, str]

AMOUNT = "金额（元）"

SPENDING_HEADINGS = (
    "资金来源",
    "预算年度来源",
    "功能科目编码",
    "功能科目名称",
    "支出类别",
    "经费类别",
    "项目名称",
    "项目类别",
    "部门经济科目编码",
    "部门经济科目名称",
    "政府经济科目编码",
    "政府经济科目名称",
    AMOUNT,
    "单位编码",
    "单位名称",
    "备注",
)
INCOME_HEADINGS = ("资金来源", "收入科目编码", "收入科目名称", "预算年度来源", AMOUNT)

STAFF: Row = {
    "资金来源": "一般公共预算",
    "预算年度来源": "本年",
    "功能科目编码": "2011301",
    "功能科目名称": "行政运行",
    "支出类别": "基本支出",
    "经费类别": "人员经费",
    "部门经济科目编码": "30101",
    "部门经济科目名称": "基本工资",
    "政府经济科目编码": "50101",
    "政府经济科目名称": "工资奖金津补贴",
    AMOUNT: "1314599.00",
}
RUNNING: Row = {
    **STAFF,
    "经费类别": "公用经费",
    "部门经济科目编码": "30201",
    "部门经济科目名称": "办公费",
    "政府经济科目编码": "50201",
    "政府经济科目名称": "办公经费",
    AMOUNT: "25100.50",
}
PROJECT: Row = {
    **RUNNING,
    "功能科目编码": "2160299",
    "功能科目名称": "其他商业流通事务支出",
    "支出类别": "项目支出",
    "经费类别": "",
    "项目名称": "市场监测工作经费",
    "项目类别": "特定目标类",
    AMOUNT: "80000",
}
#: A clean ledger of three rows, one of each sort.
CLEAN: tuple[Row, ...] = (STAFF, RUNNING, PROJECT)

FUND_INCOME: Row = {
    "资金来源": "政府性基金预算",
    "收入科目编码": "1030148",
    "收入科目名称": "国有土地使用权出让收入",
    "预算年度来源": "本年",
    AMOUNT: "500000",
}


def lines_of(rows: Sequence[Row], headings: Sequence[str] = SPENDING_HEADINGS) -> list[list[str]]:
    """Headings and rows as lines of texts."""
    return [list(headings), *[[row.get(heading, "") for heading in headings] for row in rows]]


def write_csv(
    path: Path,
    rows: Sequence[Row],
    headings: Sequence[str] = SPENDING_HEADINGS,
    *,
    encoding: str = "utf-8-sig",
    delimiter: str = ",",
) -> Path:
    """A CSV file of the rows."""
    return write_lines(path, lines_of(rows, headings), encoding=encoding, delimiter=delimiter)


def write_lines(
    path: Path, lines: Sequence[Sequence[str]], *, encoding: str = "utf-8-sig", delimiter: str = ","
) -> Path:
    """A CSV file of the lines."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    return path
