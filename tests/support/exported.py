"""The published ledger in the headings and words of another system, and the clerk who confirms what they mean."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from tests.support.published import LEDGER

HEADINGS = {
    "资金来源": "资金性质",
    "预算年度来源": "指标来源",
    "功能科目编码": "功能分类代码",
    "功能科目名称": "功能分类名称",
    "支出类别": "支出大类",
    "经费类别": "经费性质",
    "项目名称": "预算项目",
    "项目类别": "项目分类",
    "部门经济科目编码": "部门经济分类代码",
    "部门经济科目名称": "部门经济分类",
    "政府经济科目编码": "政府经济分类代码",
    "政府经济科目名称": "政府经济分类",
    "金额（元）": "金额（万元）",
}
WORDS = {
    "一般公共预算": "一般公共预算拨款",
    "本年": "本年预算",
    "基本支出": "基本",
    "项目支出": "项目",
    "人员经费": "人员类",
    "公用经费": "公用类",
}


def export(path: Path, *, leave_out: str = "", word: str = "") -> Path:
    """The published ledger as another system exports it: its own headings and words, 万元, a title above."""
    with LEDGER.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [key for key in HEADINGS if key != leave_out]
    lines: list[list[str]] = [["预算指标导出"], [], [HEADINGS[key] for key in kept]]
    for row in rows:
        values = {**row, "金额（元）": f"{Decimal(row['金额（元）']) / 10_000:f}"}
        lines.append([WORDS.get(values[key], values[key]) for key in kept])
    if word:
        lines[-1][0] = word
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


def confirm(path: Path, **ours: str) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    for line in lines[1:]:
        line[3] = ours.get(line[1], line[3]) if line[0] == "固定值" else line[3]
        line[5] = "是"
    with path.open("w", encoding="gb18030", newline="") as file:  # as a Chinese Excel saves it
        csv.writer(file).writerows(lines)
