"""`demo`: the main job on the sample unit, step by step, saying what it does and where the result lies."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from addin.document import find_office
from addin.upward.submit import submit_workbook
from addin.upward.verify import as_text, verify_workbook
from addin.verbs import commands
from addin.verbs.report import report_files
from udfs.results import summary
from workbook_templates.reading import Sample


def run_demo(folder: Path) -> None:
    """Build the sample unit's workbook, fill its tables, write its text, check it, finish it, lay out the document.

    The workbooks, the finished one and the document lie in the folder.
    """
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
    print("五、定稿：清理、锁定、加封印，可以上报")
    sent = submit_workbook(finished, folder / "上报", replace=True)
    print(f"    {sent.path}，校验码{sent.code}")
    verdict = verify_workbook(sent.path)
    print(f"    {as_text(sent.path, verdict).splitlines()[0]}")
    print("六、输出整套公开文档")
    outs = [finished.with_suffix(".docx")]
    if find_office() is None:
        print("    本机没有 LibreOffice，只输出 Word 文档；安装后可同时输出 PDF")
    else:
        outs.append(finished.with_suffix(".pdf"))
    for note in report_files(finished, outs, lambda what: print(f"    正在{what}……", file=sys.stderr)).notes:
        print(f"    说明：{note}")
    for out in outs:
        print(f"    {out}")
    print(f"完成，用时{time.perf_counter() - started:.1f}秒。结果在：{finished}")


def _say_tables(result: commands.Result) -> None:
    assert result.filled is not None
    year = result.filled.content.info.year
    for table in result.filled.tables:
        rows = sum(len(part.rows) for part in table.blocks)
        state = "本表无数据" if table.is_empty else f"{rows}行"
        print(f"    {table.form.sheet}　{table.form.title.format(year=year)}：{state}")
    if result.filled.forms:
        print(f"    绩效目标　整体支出和各项目的绩效目标表：{len(result.filled.forms)}张")
    _say_notes(result)


def _say_notes(result: commands.Result) -> None:
    for note in result.notes:
        print(f"    说明：{note}")
