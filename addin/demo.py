"""`demo`: the main job on the sample unit, step by step, saying what it does and where the result lies."""

from __future__ import annotations

import time
from pathlib import Path

from addin import commands
from workbook_templates.sample import Sample


def run_demo(folder: Path) -> None:
    """Build the sample unit's workbook and fill its tables; both lie in the folder afterwards."""
    started = time.perf_counter()
    inputs = folder / "示例市商务局-填报.xlsx"
    finished = folder / "示例市商务局-2024年预算公开.xlsx"
    print("一、用模板和示例单位的资料建立工作簿（各输入表已填好，各表尚未生成）")
    commands.sample_workbook(inputs, Sample())
    print(f"    {inputs}")
    print("二、由预算明细生成十三张公开表")
    result = commands.fill_workbook(inputs, finished)
    for note in result.notes:
        print(f"    说明：{note}")
    assert result.filled is not None
    for table in result.filled.tables:
        rows = sum(len(part.rows) for part in table.blocks)
        state = "本表无数据" if table.is_empty else f"{rows}行"
        year = result.filled.content.info.year
        print(f"    {table.form.sheet}　{table.form.title.format(year=year)}：{state}")
    print(f"完成，用时{time.perf_counter() - started:.1f}秒。结果在：{finished}")
