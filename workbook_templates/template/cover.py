"""Builds 封面: title, unit, and a line a sheet with its link and state."""

from __future__ import annotations

from openpyxl.styles import Alignment
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook_templates.addresses import reference
from workbook_templates.defined_names import (
    COVER_SHEETS,
    COVER_STATE,
    COVER_TITLE,
    COVER_UNIT,
    NO_UNIT,
    cover_title,
)
from workbook_templates.reading import Edition, PlainSheet
from workbook_templates.template.tools import (
    BODY_HEIGHT,
    CODES_SHEET,
    add_look,
    add_name,
    default_height,
    link,
    lock,
    set_up_page,
    set_widths,
)

COVER_FIRST_ROW = 7
COVER_WIDTHS = (6, 14, 54, 16, 16)


def listed_sheets(edition: Edition) -> list[tuple[str, str]]:
    """Every sheet that 封面 links to, with what it says of it, in workbook order."""
    result = []
    for sheet in edition.sheets:
        if sheet.kind == "forms":
            result += [(form.sheet, edition.worded(form.title, "").removeprefix("年")) for form in edition.forms]
        elif sheet.kind != "cover":
            result.append((sheet.name, sheet.about))
    return [*result, (CODES_SHEET, "科目编码与名称，供查阅和下拉选择")]


def build_cover(book: Workbook, plain: PlainSheet, edition: Edition) -> Worksheet:
    """封面: title and unit, then a line a sheet with its link and state."""
    sheet: Worksheet = book.create_sheet(plain.name)
    set_widths(sheet, COVER_WIDTHS)
    default_height(sheet, BODY_HEIGHT)
    width = len(COVER_WIDTHS)
    for row, height, style in ((1, 46, "公开-封面单位"), (2, 54, "公开-封面标题"), (3, 26, "公开-单位行左")):
        sheet.row_dimensions[row].height = height
        for column in range(1, width + 1):
            sheet.cell(row, column).style = style
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    sheet["A1"] = NO_UNIT
    sheet["A2"] = cover_title(str(edition.year), "")
    sheet["A3"].alignment = Alignment(horizontal="center", vertical="center")
    sheet["A3"] = "填报状态：尚未填报"
    sheet["A4"].style = "公开-填写提示"
    sheet.merge_cells(start_row=4, start_column=1, end_row=4, end_column=width)
    sheet["A4"] = "填报顺序：先填各“输入”表，再生成各表和情况说明，校验无误后定稿上报。点击表名可直接打开。"
    sheet.row_dimensions[4].height = 30
    head = COVER_FIRST_ROW - 1
    for column, text in enumerate(("序号", "工作表", "内容", "填报状态", "校验状态"), 1):
        sheet.cell(head, column, text).style = "公开-表头"
    sheet.row_dimensions[head].height = 26
    items = listed_sheets(edition)
    for number, (name, about) in enumerate(items, 1):
        row = head + number
        sheet.cell(row, 1, number).style = "公开-序号"
        link(sheet, f"B{row}", name, name, "公开-链接")
        sheet.cell(row, 3, about).style = "公开-说明"
        sheet.cell(row, 4).style = "公开-居中格"
        sheet.cell(row, 5).style = "公开-居中格"
    last = head + len(items)
    states = f"D{COVER_FIRST_ROW}:E{last}"
    first = f"D{COVER_FIRST_ROW}"
    add_look(sheet, states, f'OR(LEFT({first},2)="待填",LEFT({first},2)="有误",LEFT({first},2)="提示")', "state_todo")
    add_look(sheet, states, f'LEFT({first},2)="强制"', "state_bad")
    add_look(sheet, states, f'OR(LEFT({first},1)="已",LEFT({first},2)="通过")', "state_good")
    add_name(book, COVER_UNIT, reference(sheet.title, 1, 1, 1, 1))
    add_name(book, COVER_TITLE, reference(sheet.title, 2, 1, 2, 1))
    add_name(book, COVER_STATE, reference(sheet.title, 3, 1, 3, 1))
    add_name(book, COVER_SHEETS, reference(sheet.title, COVER_FIRST_ROW, 2, last, 5))
    set_up_page(sheet, "portrait", (0, 0), width)
    sheet.sheet_view.showGridLines = False
    lock(sheet)
    return sheet
