"""函数示例: a sheet of the sample workbook that shows every function of a cell with its result, as values."""

from __future__ import annotations

from typing import Any

from addin.xlsx import NewSheet, Workbook, add_sheet
from udfs.base import Grids, text_lines
from udfs.functions import answer, functions
from workbook_templates.reading import Edition

SHEET = "函数示例"
_WIDTHS = (16, 44, 52, 60)
_HEADING = ("函数", "作用", "公式（复制到空白单元格使用）", "结果")
_MOST_LINES = 8


def add_examples(book: Workbook, edition: Edition, grids: Grids) -> None:
    """Add the sheet to a workbook that is about to be written. `grids`: its sheets, the ledgers filled in."""
    rows = [(2, _HEADING, "公开-表头", 26.0)]
    for number, line in enumerate(examples(edition, grids), 3):
        lines = max(text_lines(str(value), width) for value, width in zip(line, _WIDTHS, strict=True))
        rows.append((number, line, "公开-说明", 8 + 17.0 * lines))
    head = ((1, (SHEET,), "公开-标题", 34.0), *rows)
    looks = ["公开-说明"] * len(_WIDTHS)
    sheet = NewSheet(SHEET, _WIDTHS, head, tuple, 3 + len(rows), looks, merged=(1,), locked=False)
    add_sheet(book.package, sheet)


def examples(edition: Edition, grids: Grids) -> list[tuple[str, str, str, Any]]:
    """For every function its name, what it does, a formula and what the formula gives on this workbook."""
    ranges = edition.ranges()
    ledger, income, basic = (
        grids[name] for name in (edition.spending.sheet, edition.income.sheet, ranges["basic"][0].name)
    )
    last = grids[ranges["last_year"][0].name]
    spending = edition.spending.sheet
    table = edition.forms[2].sheet
    shown: dict[str, tuple[str, tuple[Any, ...]]] = {
        "YS_TABLE": (f'=YS_TABLE("{table}")', (table, ledger, income, basic)),
        "YS_AMOUNT": (
            f'=YS_AMOUNT({spending}!A1:P500,"功能科目编码","201*","支出类别","基本支出")',
            (ledger, "功能科目编码", "201*", "支出类别", "基本支出"),
        ),
        "YS_SHARE": ("=YS_SHARE(62.12,695.96)", (62.12, 695.96)),
        "YS_CHANGE": ("=YS_CHANGE(62.12,58.9)", (62.12, 58.9)),
        "YS_CODE_NAME": ('=YS_CODE_NAME("2210201")', ("2210201",)),
        "YS_CHECK": ("=YS_CHECK(348.07,348.06,2)", (348.07, 348.06, 2)),
        "YS_NARRATIVE": ("=YS_NARRATIVE(2)", (2, ledger, basic, last, income)),
        "YS_RMB": ("=YS_RMB(6959600)", (6959600,)),
    }
    return [
        (function.name, function.help, shown[name][0], _text(answer(name, *shown[name][1])))
        for name, function in functions().items()
    ]


def _text(value: Any) -> Any:
    """A result as one cell shows it; of a table the first lines."""
    if not isinstance(value, list):
        return value
    lines = ["　".join(f"{v:.2f}" if isinstance(v, float) else str(v) for v in line if v != "") for line in value]
    return "\n".join(lines[:_MOST_LINES]) + ("\n……" if len(lines) > _MOST_LINES else "")
