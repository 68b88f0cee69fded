"""Named cell styles and row looks: how the workbook looks, in one place.

Fonts are those that every Chinese Windows has: 黑体 for titles and headings, 宋体 for tables, 仿宋 for running text.
"""

from __future__ import annotations

from typing import Literal

from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.workbook import Workbook

TITLE_FONT, TABLE_FONT, TEXT_FONT = "黑体", "宋体", "仿宋"

INK = "FF1F2937"
RULE = "FF7A8797"
HEAD_FILL = "FFE8EDF3"
TOTAL_FILL = "FFF3F5F8"
INPUT_FILL = "FFFFFBE6"
LINK = "FF1F4E9E"
ACCENT = "FF8C1D18"
MUTED = "FF6B7280"

AMOUNT = "#,##0.00"
TEXT = "@"

_THIN = Side(style="thin", color=RULE)
GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def _style(
    name: str,
    *,
    font: str = TABLE_FONT,
    size: float = 10.5,
    bold: bool = False,
    color: str = INK,
    fill: str | None = None,
    horizontal: str = "left",
    vertical: str = "center",
    wrap: bool = False,
    shrink: bool = False,
    border: bool = False,
    number: str = "General",
    locked: bool = True,
    underline: Literal["single"] | None = None,
    indent: int = 0,
) -> NamedStyle:
    style = NamedStyle(name=name)
    style.font = Font(name=font, size=size, bold=bold, color=color, underline=underline)
    if fill:
        style.fill = PatternFill("solid", start_color=fill, end_color=fill)
    style.alignment = Alignment(
        horizontal=horizontal, vertical=vertical, wrap_text=wrap, shrink_to_fit=shrink, indent=indent
    )
    if border:
        style.border = GRID
    style.number_format = number
    style.protection = Protection(locked=locked)
    return style


def register(book: Workbook) -> None:
    """Add every named style to the workbook.

    Columns are measured in digits of the font of the style Normal: it is the one that the tables are printed in.
    """
    normal = Font(name=TABLE_FONT, size=11, charset=134)
    book._fonts = IndexedList([normal])  # type: ignore[attr-defined] # noqa: SLF001 - openpyxl has no call for it
    book._named_styles["Normal"].font = normal  # type: ignore[attr-defined] # noqa: SLF001
    for style in (
        _style("公开-标题", font=TITLE_FONT, size=18, horizontal="center"),
        _style("公开-封面标题", font=TITLE_FONT, size=26, horizontal="center", wrap=True),
        _style("公开-封面单位", font=TITLE_FONT, size=18, horizontal="center", color=ACCENT, wrap=True),
        _style("公开-单位行左"),
        _style("公开-单位行右", horizontal="right"),
        _style("公开-填写提示", size=10, color=MUTED, wrap=True),
        _style("公开-表头", bold=True, fill=HEAD_FILL, horizontal="center", wrap=True, border=True),
        _style("公开-分组", font=TITLE_FONT, size=11, fill=TOTAL_FILL, border=True),
        _style("公开-文字", shrink=True, number=TEXT),
        _style("公开-名称", wrap=True, number=TEXT, indent=1),
        _style("公开-编码", number=TEXT, indent=1),
        _style("公开-居中", horizontal="center", bold=True, number=TEXT),
        _style("公开-金额", horizontal="right", number=AMOUNT, indent=1, shrink=True),
        _style("公开-正文", font=TEXT_FONT, size=12, wrap=True, vertical="top", border=True, locked=False),
        _style("公开-续文", font=TEXT_FONT, size=12, wrap=True, vertical="top", number=TEXT, locked=False),
        _style("公开-序号", horizontal="center", vertical="center", border=True),
        _style("公开-说明", size=10, wrap=True, border=True, indent=1),
        _style("公开-居中格", horizontal="center", wrap=True, border=True),
        _style("公开-字段", size=11, border=True, fill=TOTAL_FILL, indent=1),
        _style("公开-输入文字", size=11, fill=INPUT_FILL, wrap=True, indent=1, border=True, number=TEXT, locked=False),
        _style(
            "公开-输入数量",
            size=11,
            fill=INPUT_FILL,
            border=True,
            number="0",
            horizontal="right",
            locked=False,
            indent=1,
            shrink=True,
        ),
        _style(
            "公开-输入金额",
            size=11,
            fill=INPUT_FILL,
            border=True,
            number=AMOUNT,
            horizontal="right",
            locked=False,
            indent=1,
            shrink=True,
        ),
        _style("公开-明细文字", fill=INPUT_FILL, number=TEXT, locked=False),
        _style("公开-明细长文", fill=INPUT_FILL, number=TEXT, wrap=True, vertical="top", locked=False),
        _style("公开-明细数量", fill=INPUT_FILL, number="0", horizontal="right", locked=False, indent=1, shrink=True),
        _style(
            "公开-明细金额", fill=INPUT_FILL, number=AMOUNT, horizontal="right", locked=False, indent=1, shrink=True
        ),
        _style("公开-表单年度", horizontal="center"),
        _style("公开-表单标签", size=10, fill=TOTAL_FILL, horizontal="center", wrap=True, border=True),
        _style("公开-表单正文", size=10, wrap=True, border=True, number=TEXT),
        _style("公开-表单金额", size=10, horizontal="right", number=AMOUNT, border=True, indent=1, shrink=True),
        _style("公开-链接", color=LINK, underline="single", border=True),
        _style("公开-返回", color=LINK, underline="single", size=10),
    ):
        book.add_named_style(style)


#: Styles of the printed performance forms: title, line of the year, label, text, money.
FORM_STYLES = ("公开-标题", "公开-表单年度", "公开-表单标签", "公开-表单正文", "公开-表单金额")

#: Row looks and marks, applied by conditional formats. Each carries its own borders: LibreOffice applies one only.
LOOKS = {
    "total": DifferentialStyle(
        font=Font(bold=True),
        fill=PatternFill(bgColor=TOTAL_FILL, fill_type="solid"),
        border=GRID,
    ),
    "class": DifferentialStyle(font=Font(bold=True), border=GRID),
    "plain": DifferentialStyle(border=GRID),
    "note": DifferentialStyle(font=Font(color=MUTED)),
    "mark": DifferentialStyle(
        font=Font(color="FF9C0006", bold=True), fill=PatternFill(bgColor="FFFFC7CE", fill_type="solid"), border=GRID
    ),
    "state_good": DifferentialStyle(font=Font(color="FF1E6B34")),
    "state_todo": DifferentialStyle(font=Font(color="FFB45309", bold=True)),
    "state_bad": DifferentialStyle(font=Font(color="FF9C0006", bold=True)),
}
