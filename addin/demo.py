"""`demo`: the main job on the sample unit, step by step, saying what it does and where the result lies."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from addin import commands
from udfs.results import summary
from workbook_templates.sample import Sample


def run_demo(folder: Path) -> None:
    """Build the sample unit's workbook, fill its tables, write its text, check it; two workbooks lie in the folder."""
    started = time.perf_counter()
    inputs = folder / "示例市商务局-填报.xlsx"
    finished = folder / "示例市商务局-2024年预算公开.xlsx"
    print("一、用模板和示例单位的资料建立工作簿（各输入表已填好，各表尚未生成）")
    commands.sample_workbook(inputs, Sample())
    print(f"    {inputs}")
    with TemporaryDirectory(dir=folder) as steps:
        filled, narrated = Path(steps) / "各表.xlsx", Path(steps) / "说明.xlsx"
        print("二、由预算明细生成十三张公开表")
        _say_tables(commands.fill_workbook(inputs, filled))
        print("三、由各表生成情况说明")
        result = commands.narrate_workbook(filled, narrated)
        print(f"    {len(result.sections)}节，{sum(len(s.text) for s in result.sections)}字")
        _say_notes(result)
        print("四、校验：勾稽关系、与明细核对、填报规范")
        report = commands.validate_workbook(narrated, finished)
        print(f"    {summary(report)}")
    print(f"完成，用时{time.perf_counter() - started:.1f}秒。结果在：{finished}")


def _say_tables(result: commands.Result) -> None:
    assert result.filled is not None
    year = result.filled.content.info.year
    for table in result.filled.tables:
        rows = sum(len(part.rows) for part in table.blocks)
        state = "本表无数据" if table.is_empty else f"{rows}行"
        print(f"    {table.form.sheet}　{table.form.title.format(year=year)}：{state}")
    _say_notes(result)


def _say_notes(result: commands.Result) -> None:
    for note in result.notes:
        print(f"    说明：{note}")
