"""批量校验 and 汇总 as a click does them, here or in a process of its own."""

from __future__ import annotations

from pathlib import Path

from addin.upward.receipt_sheets import list_summary
from addin.upward.receive import CACHE, OUTDATED, receive_folder, returned_lines
from addin.verbs.clicks import Click
from udfs.results import summary


def gathered(click: Click, folder: Path, out: Path, *, check_only: bool) -> str:
    """Check every workbook of a folder, add them up into `out`, and say what was found."""
    click.screen.progress("正在检查各单位工作簿…")
    # Both buttons keep what was found out in one place: what 批量校验 has read 汇总 need not read again.
    kept = folder.with_name(f"{folder.name}{CACHE}")
    done = receive_folder(folder, out, check_only=check_only, kept=kept, say=click.screen.glimpse, each=click.received)
    lines = [list_summary(done.receipt), *[OUTDATED] * done.outdated]
    if done.report is not None:
        lines.append(f"汇总表校验：{summary(done.report)}")
    elif not check_only:
        lines.append("没有可以汇总的工作簿。")
    lines += returned_lines(done)
    return "\n".join([*lines, "每个文件的情况和处理办法见“收表情况”“各单位问题”。", click.open_result(out)])
