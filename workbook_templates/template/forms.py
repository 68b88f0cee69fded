"""Builds the sheet of an official table from its form."""

from __future__ import annotations

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook_templates.addresses import column_letters, defined_name, reference
from workbook_templates.reading import Edition, Form
from workbook_templates.template.tools import (
    BODY_HEIGHT,
    HEADING_HEIGHT,
    LAST_TABLE_ROW,
    add_look,
    add_marks,
    add_name,
    column_style,
    default_height,
    link_back,
    lock,
    set_up_page,
    set_widths,
)

TITLE_HEIGHT = 34.0


def build_form(book: Workbook, form: Form, edition: Edition) -> Worksheet:
    """The sheet of one table: headings, the rows that always stand, looks, page and protection."""
    sheet: Worksheet = book.create_sheet(form.sheet)
    set_widths(sheet, form.widths)
    default_height(sheet, BODY_HEIGHT)
    _columns(sheet, form)
    _headings(sheet, form, edition)
    _body(sheet, form, edition)
    _looks(sheet, form)
    top = form.first_body_row
    sheet.freeze_panes = f"A{top}"
    set_up_page(
        sheet,
        form.orientation,
        (1, top - 1),
        form.width,
        edition.form_line.format(number=form.number),
    )
    link_back(sheet, form.width)
    lock(sheet)
    add_name(book, defined_name(form.code), reference(form.sheet, 1, 1, LAST_TABLE_ROW, form.width))
    return sheet


def _label_style(shows: str) -> str:
    return "公开-编码" if shows == "code" or shows.startswith("part") else "公开-名称"


def _columns(sheet: Worksheet, form: Form) -> None:
    """Column styles: what a cell written below looks like."""
    for part in form.blocks:
        for label in part.labels:
            column_style(sheet, label.at, _label_style(label.shows))
        for column in part.columns:
            column_style(sheet, column.at, "公开-金额")


def _headings(sheet: Worksheet, form: Form, edition: Edition) -> None:
    year = str(edition.year)
    width = form.width
    sheet.cell(1, 1, edition.worded(form.title, year))
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet.row_dimensions[1].height = TITLE_HEIGHT
    for column in range(1, width + 1):
        sheet.cell(1, column).style = "公开-标题"
        sheet.cell(2, column).style = "公开-单位行右" if column == width else "公开-单位行左"
    sheet.cell(2, 1, edition.unit_name_line.format(unit=""))
    sheet.cell(2, width, edition.measure_of(form))
    if width > 2:
        sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=width - 1)
    sheet.row_dimensions[2].height = BODY_HEIGHT
    for number, line in enumerate(form.headings, 3):
        sheet.row_dimensions[number].height = HEADING_HEIGHT
        for column, text in enumerate(line, 1):
            cell = sheet.cell(number, column, None if text in ("<", "^") else edition.worded(text, year))
            cell.style = "公开-表头"
    for first_row, first_column, last_row, last_column in form.heading_merges():
        sheet.merge_cells(start_row=first_row, start_column=first_column, end_row=last_row, end_column=last_column)


def _body(sheet: Worksheet, form: Form, edition: Edition) -> None:
    """The rows that stand without data, and the note that says there is none."""
    top = form.first_body_row
    last = 0
    for part in form.blocks:
        for line, row in part.fixed_lines():
            last = max(last, line)
            at = top + line - 1
            for label in part.labels:
                cell = sheet.cell(at, label.at)
                cell.style = "公开-居中" if row.center and not row.bottom else _label_style(label.shows)
            for label, text in zip(part.labels, row.shown(len(part.labels)), strict=True):
                sheet.cell(at, label.at).value = text or None
            if row.at:
                sheet.cell(at, row.at).value = row.label
            for column in part.columns:
                sheet.cell(at, column.at).style = "公开-金额"
            # A bottom row moves down as rows come above it; a merge would stay and cover their texts.
            if row.center and not row.bottom and len(part.labels) > 1:
                sheet.merge_cells(
                    start_row=at, start_column=part.labels[0].at, end_row=at, end_column=part.labels[-1].at
                )
    sheet.cell(top + last, 1, edition.note_of(form, str(edition.year)))


def _looks(sheet: Worksheet, form: Form) -> None:
    top = form.first_body_row
    right = column_letters(form.width)
    area = f"A{top}:{right}{LAST_TABLE_ROW}"
    add_marks(sheet, area)
    add_look(sheet, area, f'LEFT($A{top},2)="注："', "note", stop=True)
    for look in form.looks:
        add_look(sheet, area, look.when.format(row=top), look.style)
    add_look(sheet, area, f"COUNTA($A{top}:${right}{top})>0", "plain")
