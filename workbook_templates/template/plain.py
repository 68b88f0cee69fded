"""Builds the cover, the sheets the program writes text and findings into, and the classification list."""

from __future__ import annotations

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook_templates.addresses import column_letters, defined_name, reference
from workbook_templates.defined_names import FINDINGS, GLOSSARY, MARKS, PERFORMANCE, PERFORMANCE_MARKS
from workbook_templates.reading import Edition, PlainSheet
from workbook_templates.template.chart import build_chart
from workbook_templates.template.styles import FORM_STYLES
from workbook_templates.template.tools import (
    BODY_HEIGHT,
    CODES_SHEET,
    LAST_ROW,
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


def build_headed(book: Workbook, plain: PlainSheet) -> Worksheet:
    """A sheet with title, guide and headings, whose rows the program writes."""
    sheet: Worksheet = book.create_sheet(plain.name)
    width = len(plain.heading)
    set_widths(sheet, plain.widths)
    default_height(sheet, BODY_HEIGHT)
    for column in range(1, width + 1):
        sheet.cell(1, column).style = "公开-标题"
        sheet.cell(2, column).style = "公开-填写提示"
    sheet["A1"] = plain.name
    if width > 1:
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
        sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=width)
    sheet["A2"] = plain.about
    sheet.row_dimensions[1].height = 34
    for column, text in enumerate(plain.heading, 1):
        sheet.cell(3, column, text).style = "公开-表头"
    sheet.row_dimensions[3].height = 26
    sheet.freeze_panes = "A4"
    set_up_page(sheet, plain.orientation, (1, 3), width)
    link_back(sheet, width)
    if plain.locked:
        lock(sheet)
    return sheet


def build_glossary(book: Workbook, plain: PlainSheet, edition: Edition, level: str) -> Worksheet:
    """名词解释 in the words of one level of government."""
    sheet = build_headed(book, plain)
    terms = edition.glossary(level)
    for number, (term, text) in enumerate(terms, 1):
        row = 3 + number
        sheet.cell(row, 1, number).style = "公开-序号"
        sheet.cell(row, 2, term).style = "公开-正文"
        sheet.cell(row, 3, text).style = "公开-正文"
        lines = max(1, -(-len(text) * 2 // int(plain.widths[2] * 0.84)))
        sheet.row_dimensions[row].height = 8 + 17 * lines
    add_name(book, GLOSSARY, reference(sheet.title, 4, 2, 3 + len(terms), 3))
    return sheet


#: First row of the performance forms.
FORMS_TOP = 4

#: Beside the text: the width of the newly generated text, and of the fingerprints two columns further.
OFFER_WIDTH, MARK_WIDTH = 60, 12
#: Beside the chart, below the sections.
CHART_LABEL = "附图"
#: Numbers of sections.
_NUMERALS = (*"一二三四五六七八九十", *(f"十{c}" for c in "一二三四五六七八九"), "二十")


def build_narrative(book: Workbook, plain: PlainSheet, edition: Edition) -> Worksheet:
    """情况说明: a row a section; right of the print area the new text to compare with, and the fingerprints."""
    sheet = build_headed(book, plain)
    width = len(plain.heading)
    offer, mark = width + 1, width + 3
    for column, text, size in (
        (offer, edition.narrative.sheet.offer, OFFER_WIDTH),
        (mark, edition.narrative.sheet.mark, MARK_WIDTH),
    ):
        sheet.cell(3, column, text).style = "公开-填写提示"
        sheet.column_dimensions[column_letters(column)].width = size
    for column in range(1, width + 1):
        column_style(sheet, column, "公开-续文")
    styles = {1: "公开-序号", offer: "公开-说明", mark: "公开-填写提示"}
    for row, section in enumerate(edition.narrative.sections, 4):
        for column in (*range(1, offer + 1), mark):
            sheet.cell(row, column).style = styles.get(column, "公开-正文")
        if not section.template:  # written by the clerk, so that its place must be there to find
            sheet.cell(row, 1, _NUMERALS[row - 4])
            sheet.cell(row, 2, section.heading)
    add_look(sheet, f"A4:{column_letters(width)}{LAST_ROW}", f"COUNTA($A4:${column_letters(width)}4)>0", "plain")
    if edition.narrative.chart:
        below = 4 + len(edition.narrative.sections)
        for column in range(1, width + 1):
            sheet.cell(below, column).style = styles.get(column, "公开-正文")
        sheet.cell(below, 2, CHART_LABEL)
        build_chart(book, sheet, edition, below, width, mark + 2)
    add_marks(sheet, f"A4:{column_letters(width)}{LAST_ROW}")
    return sheet


def build_performance(book: Workbook, plain: PlainSheet, edition: Edition) -> Worksheet:
    """绩效目标: room for forms of any number, which bring their shape with them; right of it the marks of their rows.

    Only the forms are printed, each from a new page.
    """
    spec = edition.performance
    width = spec.width
    sheet: Worksheet = book.create_sheet(plain.name)
    set_widths(sheet, spec.widths)
    default_height(sheet, BODY_HEIGHT)
    for name in FORM_STYLES:
        sheet["A1"].style = name
        assert sheet["A1"].style_id  # asking enters the format among the workbook's, ready for the forms
    for row, style in ((1, "公开-标题"), (2, "公开-填写提示")):
        for column in range(1, width + 1):
            sheet.cell(row, column).style = style
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    sheet["A1"] = plain.name
    sheet.row_dimensions[1].height = 34
    sheet["A2"] = spec.guide
    mark = width + 4
    sheet.cell(FORMS_TOP - 1, mark, spec.mark).style = "公开-填写提示"
    sheet.column_dimensions[column_letters(mark)].width = 8
    sheet.freeze_panes = f"A{FORMS_TOP}"
    set_up_page(sheet, plain.orientation, (0, 0), width)
    # Filling ends it at the last row of the last form.
    sheet.print_area = f"A{FORMS_TOP}:{column_letters(width)}{FORMS_TOP}"
    link_back(sheet, width)
    lock(sheet)
    add_name(book, PERFORMANCE, reference(sheet.title, FORMS_TOP, 1, LAST_ROW, width))
    add_name(book, PERFORMANCE_MARKS, reference(sheet.title, FORMS_TOP, mark, LAST_ROW, mark))
    area = f"A{FORMS_TOP}:{column_letters(width)}{LAST_ROW}"
    add_marks(sheet, area)
    return sheet


def build_findings(book: Workbook, plain: PlainSheet) -> Worksheet:
    """校验结果: the list of findings; beside it the list of cells to mark, which the marks in every sheet look up."""
    sheet = build_headed(book, plain)
    width = len(plain.heading)
    marks = width + 4
    sheet.cell(3, marks, "标记单元格").style = "公开-填写提示"
    sheet.column_dimensions[column_letters(marks)].width = 16
    add_name(book, FINDINGS, reference(sheet.title, 4, 1, LAST_ROW, width))
    add_name(book, MARKS, reference(sheet.title, 4, marks, LAST_ROW, marks))
    for column in range(1, width + 1):
        column_style(sheet, column, _row_style(plain, column))
    add_look(sheet, f"B4:B{LAST_ROW}", '$B4="强制"', "mark")
    add_look(sheet, f"A4:{column_letters(width)}{LAST_ROW}", '$A4<>""', "plain")
    sheet.auto_filter.ref = f"A3:{column_letters(width)}3"
    return sheet


def _row_style(plain: PlainSheet, column: int) -> str:
    if column in plain.amounts:
        return "公开-金额"
    return "公开-明细长文" if column in plain.editable else "公开-名称"


def build_rows(book: Workbook, plain: PlainSheet, name: str) -> Worksheet:
    """A headed sheet whose rows lie under one defined name."""
    sheet = build_headed(book, plain)
    width = len(plain.heading)
    for column in range(1, width + 1):
        column_style(sheet, column, _row_style(plain, column))
    verdict = column_letters(width)
    add_look(sheet, f"{verdict}4:{verdict}{LAST_ROW}", f'${verdict}4="不符"', "mark")
    add_look(sheet, f"A4:{column_letters(width)}{LAST_ROW}", '$A4<>""', "plain")
    add_name(book, name, reference(sheet.title, 4, 1, LAST_ROW, width))
    return sheet


def build_codes(book: Workbook, edition: Edition) -> Worksheet:
    """科目表: for every classification the codes that a ledger uses, their names and their parents' names."""
    sheet: Worksheet = book.create_sheet(CODES_SHEET)
    default_height(sheet, BODY_HEIGHT)
    titles = {
        "functional": "支出功能分类科目",
        "departmental": "部门预算支出经济分类科目",
        "governmental": "政府预算支出经济分类科目",
        "revenue": "收入分类科目",
    }
    used = {c.code: c.lengths for spec in edition.ledgers for c in spec.columns if c.code}
    sheet["A1"] = CODES_SHEET
    sheet["A1"].style = "公开-标题"
    sheet.row_dimensions[1].height = 34
    column = 1
    for name, lengths in used.items():
        codes = edition.codes.by_name[name]
        sheet.cell(2, column, titles[name]).style = "公开-分组"
        for offset, text in enumerate(("科目编码", "科目名称", "所属类款")):
            sheet.cell(3, column + offset, text).style = "公开-表头"
        row = 3
        for code in sorted(codes):
            if len(code) not in lengths:
                continue
            row += 1
            parents = [codes[code[:n]] for n in (3, 5, 7) if n < len(code) and code[:n] in codes]
            for offset, value in enumerate((code, codes[code], "—".join(parents))):
                sheet.cell(row, column + offset, value).style = "公开-编码" if not offset else "公开-文字"
        add_name(book, defined_name(f"codes_{name}"), reference(CODES_SHEET, 4, column, row, column))
        set_widths(sheet, (12, 34, 40, 3), column)
        column += 4
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=column - 2)
    sheet.freeze_panes = "A4"
    set_up_page(sheet, "landscape", (2, 3), column - 2)
    link_back(sheet, column - 2)
    lock(sheet)
    return sheet
