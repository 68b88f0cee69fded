"""Builds the sheets that the clerk fills in: the ledgers, the fields and the lists."""

from __future__ import annotations

from openpyxl.styles import Alignment
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from workbook_templates.addresses import column_letters, defined_name, reference
from workbook_templates.reading import Field, InputRange, InputSheet, LedgerColumn, LedgerSpec
from workbook_templates.template.tools import (
    BODY_HEIGHT,
    LAST_ROW,
    add_look,
    add_marks,
    add_name,
    choices,
    column_style,
    default_height,
    hint,
    link_back,
    set_up_page,
    set_widths,
)

#: Rows of the lists on 基础信息 that show as input cells before anything is written in them.
SHOWN_LIST_ROWS = 30
HEADING_HEIGHT = 30.0
#: Rows above a range's heading: title and guide.
GUIDE_ROW = 2


def build_ledger(book: Workbook, spec: LedgerSpec) -> Worksheet:
    """A ledger sheet: headings in the first row, input columns with drop-downs and hints below."""
    sheet: Worksheet = book.create_sheet(spec.sheet)
    default_height(sheet, BODY_HEIGHT)
    for number, column in enumerate(spec.columns, 1):
        letter = column_letters(number)
        sheet.column_dimensions[letter].width = column.width
        column_style(sheet, number, "公开-明细金额" if column.money else "公开-明细文字")
        sheet.cell(1, number, column.heading).style = "公开-表头"
        rule = _ledger_rule(column)
        rule.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)
    _finish_list(book, sheet, spec.range, len(spec.columns), 1, "landscape")
    return sheet


def _ledger_rule(column: LedgerColumn) -> DataValidation:
    text = f"【可不填】{column.help}" if not column.required and not column.needs else column.help
    if column.values:
        return hint(text, column.heading, formula=choices(column.values))
    if column.code:
        return hint(text, column.heading, formula=defined_name(f"codes_{column.code}"), strict=False)
    return hint(text, column.heading)


def build_input_sheet(book: Workbook, spec: InputSheet) -> Worksheet:
    """A sheet of fields and lists, or one list alone with its headings in the first row."""
    sheet: Worksheet = book.create_sheet(spec.name)
    default_height(sheet, BODY_HEIGHT)
    first = spec.ranges[0]
    if first.row > GUIDE_ROW:
        sheet.cell(1, 1, spec.title).style = "公开-标题"
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(first.widths))
        sheet.row_dimensions[1].height = 34
        sheet.cell(GUIDE_ROW, 1, spec.guide).style = "公开-填写提示"
        sheet.merge_cells(start_row=GUIDE_ROW, start_column=1, end_row=GUIDE_ROW, end_column=len(first.widths))
        sheet.row_dimensions[GUIDE_ROW].height = 30
    width = max(r.column + len(r.widths) - 1 for r in spec.ranges)
    for part in spec.ranges:
        set_widths(sheet, part.widths, part.column)
        if part.kind == "fields":
            _fields(book, sheet, part)
        elif first.row > GUIDE_ROW:
            _side_list(book, sheet, part)
        else:
            _plain_list(book, sheet, part, spec.orientation)
    if first.row > GUIDE_ROW:
        add_marks(sheet, f"A{first.row + 1}:{column_letters(width)}{LAST_ROW}")
        sheet.freeze_panes = f"A{first.row + 1}"
        set_up_page(sheet, spec.orientation, (first.row, first.row), len(first.widths))
        link_back(sheet, width)
    return sheet


def _fields(book: Workbook, sheet: Worksheet, part: InputRange) -> None:
    row = part.row
    for number, text in enumerate(part.heading):
        sheet.cell(row, part.column + number, text).style = "公开-表头"
    sheet.row_dimensions[row].height = HEADING_HEIGHT
    for group in part.groups:
        row += 1
        for number in range(len(part.heading)):
            sheet.cell(row, part.column + number).style = "公开-分组"
        sheet.cell(row, part.column).value = group.heading
        for field in group.fields:
            row += 1
            label = sheet.cell(row, part.column, field.label + ("*" if field.required else ""))
            label.style = "公开-字段"
            value = sheet.cell(row, part.column + 1)
            value.style = _input_style(field)
            sheet.cell(row, part.column + 2, field.help).style = "公开-说明"
            if field.key == "unit_name":
                add_name(book, "YS_UNIT_NAME", reference(sheet.title, row, part.column + 1, row, part.column + 1))
            rule = _field_rule(field)
            rule.add(value.coordinate)
            sheet.add_data_validation(rule)
    add_name(
        book,
        defined_name(part.key),
        reference(sheet.title, part.row, part.column, row, part.column + len(part.heading) - 1),
    )


def _input_style(field: Field) -> str:
    if field.type in ("count", "year"):
        return "公开-输入数量"
    if field.type in ("number", "money", "wanyuan"):
        return "公开-输入金额"
    return "公开-输入文字"


def _field_rule(field: Field) -> DataValidation:
    if field.values:
        return hint(field.help, field.label, formula=choices(field.values))
    return hint(field.help, field.label)


def _list_style(field: Field) -> str:
    if field.type == "count":
        return "公开-明细数量"
    if field.type in ("number", "money", "wanyuan"):
        return "公开-明细金额"
    return "公开-明细长文" if field.type == "long" else "公开-明细文字"


def _side_list(book: Workbook, sheet: Worksheet, part: InputRange) -> None:
    """A list beside the fields: its title above the headings, a first stretch of rows shown as input cells."""
    last = part.column + len(part.columns) - 1
    sheet.cell(part.row - 1, part.column, f"{part.title}（{part.help.rstrip('。')}）").style = "公开-填写提示"
    sheet.cell(part.row - 1, part.column).alignment = Alignment(horizontal="left", vertical="center")
    for number, field in enumerate(part.columns, part.column):
        letter = column_letters(number)
        sheet.cell(part.row, number, field.heading).style = "公开-表头"
        for row in range(part.row + 1, part.row + 1 + SHOWN_LIST_ROWS):
            sheet.cell(row, number).style = _input_style(field)
        rule = _field_rule(field)
        rule.add(f"{letter}{part.row + 1}:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)
        if field.key == "name" and part.key == "units":
            add_name(book, "YS_UNIT_NAMES", reference(sheet.title, part.row + 1, number, LAST_ROW, number))
    add_name(book, defined_name(part.key), reference(sheet.title, part.row, part.column, LAST_ROW, last))


def _plain_list(book: Workbook, sheet: Worksheet, part: InputRange, orientation: str) -> None:
    for number, field in enumerate(part.columns, part.column):
        letter = column_letters(number)
        column_style(sheet, number, _list_style(field))
        sheet.cell(
            part.row, number, field.heading + ("*" if field.required and not field.derived else "")
        ).style = "公开-表头"
        rule = _field_rule(field)
        rule.add(f"{letter}{part.row + 1}:{letter}{LAST_ROW}")
        sheet.add_data_validation(rule)
    _finish_list(book, sheet, part.key, len(part.columns), part.row, orientation)


def _finish_list(book: Workbook, sheet: Worksheet, key: str, width: int, row: int, orientation: str) -> None:
    """What every growing list has: heading height, frozen heading, filter, borders where used, page, name, link."""
    right = column_letters(width)
    sheet.row_dimensions[row].height = HEADING_HEIGHT
    sheet.freeze_panes = f"A{row + 1}"
    sheet.auto_filter.ref = f"A{row}:{right}{row}"
    area = f"A{row + 1}:{right}{LAST_ROW}"
    add_marks(sheet, area)
    add_look(sheet, area, f"COUNTA($A{row + 1}:${right}{row + 1})>0", "plain")
    set_up_page(sheet, orientation, (row, row), width)
    link_back(sheet, width)
    add_name(book, defined_name(key), reference(sheet.title, row, 1, LAST_ROW, width))
