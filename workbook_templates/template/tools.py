"""What the builders of all sheets share: printing, names, links, drop-downs, hints, looks."""

from __future__ import annotations

from openpyxl.formatting.rule import Rule
from openpyxl.styles.styleable import StyleableObject
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from workbook_templates.addresses import column_letters, quoted
from workbook_templates.reading import LINE_HEIGHT
from workbook_templates.template.styles import LOOKS

COVER, CODES_SHEET = "封面", "科目表"
#: Rows that drop-downs, hints and looks of a growing list reach to.
LAST_ROW = 20_000
#: Rows that the looks of a printed table reach to.
LAST_TABLE_ROW = 5_000

BODY_HEIGHT = LINE_HEIGHT
HEADING_HEIGHT = 22.5


def add_name(book: Workbook, name: str, refers_to: str) -> None:
    """A defined name of the workbook."""
    book.defined_names[name] = DefinedName(name, attr_text=refers_to)


def set_up_page(
    sheet: Worksheet, orientation: str, heading_rows: tuple[int, int], width: int, header: str = ""
) -> None:
    """A4, fitted to the width, headings repeated, page number below; prints the sheet's own columns only."""
    sheet.page_setup.paperSize = 9
    sheet.page_setup.orientation = "landscape" if orientation == "landscape" else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.59
    margins.top, margins.bottom = 0.79, 0.71
    margins.header = margins.footer = 0.39
    first, last = heading_rows
    if last:
        sheet.print_title_rows = f"{first}:{last}"
    sheet.print_area = f"A1:{column_letters(width)}1048576"
    above, below = sheet.oddHeader, sheet.oddFooter
    assert above is not None
    assert below is not None
    if header:
        above.left.text = header
        above.left.font = "宋体,常规"
        above.left.size = 10
    below.center.text = "第 &P 页　共 &N 页"
    below.center.font = "宋体,常规"
    below.center.size = 9


def default_height(sheet: Worksheet, height: float) -> None:
    """Height of every row that has none of its own."""
    sheet.sheet_format.defaultRowHeight = height
    sheet.sheet_format.customHeight = True


def link(sheet: Worksheet, cell: str, target_sheet: str, text: str, style: str) -> None:
    """A cell that jumps to another sheet."""
    sheet[cell].value = text
    sheet[cell].hyperlink = Hyperlink(
        ref=cell, location=f"{quoted(target_sheet)}!A1", tooltip=f"转到“{target_sheet}”", display=text
    )
    sheet[cell].style = style


def link_back(sheet: Worksheet, width: int) -> None:
    """The link to 封面, two columns right of what is printed."""
    column = column_letters(width + 2)
    link(sheet, f"{column}1", COVER, "返回封面", "公开-返回")
    sheet.column_dimensions[column].width = 12


def lock(sheet: Worksheet) -> None:
    """Protect a computed sheet without a password; the clerk may still format, size and filter."""
    sheet.protection.sheet = True
    sheet.protection.formatCells = False
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
    sheet.protection.autoFilter = False
    sheet.protection.sort = False


def set_widths(sheet: Worksheet, widths: tuple[float, ...], first_column: int = 1) -> None:
    """Column widths in characters."""
    for column, width in enumerate(widths, first_column):
        sheet.column_dimensions[column_letters(column)].width = width


def column_style(sheet: Worksheet, column: int, name: str) -> None:
    """Named style of a whole column: what a cell written there later looks like."""
    dimension = sheet.column_dimensions[column_letters(column)]
    # ColumnDimension hides the named-style descriptor of its base class behind an alias without a setter.
    StyleableObject.__dict__["style"].__set__(dimension, name)


def hint(text: str, title: str, *, formula: str | None = None, strict: bool = True) -> DataValidation:
    """A hint shown on selecting a cell; with a formula also a drop-down, which only warns where not strict."""
    if formula:
        rule = DataValidation(type="list", formula1=formula, allow_blank=True)
        rule.errorStyle = "stop" if strict else "warning"
        rule.showErrorMessage = True
        rule.errorTitle = "请从列表中选择"
        rule.error = "只能填写下拉列表中的值。" if strict else "该编码不在科目表中，请确认。"
    else:
        rule = DataValidation(allow_blank=True)
    if text:
        rule.showInputMessage = True
        rule.promptTitle = title[:32]
        rule.prompt = text[:255]
    return rule


def choices(values: tuple[str, ...]) -> str:
    """The values of an enumeration as a drop-down's formula."""
    return '"' + ",".join(values) + '"'


def add_marks(sheet: Worksheet, area: str) -> None:
    """Red marks on the cells of an area that the list YS_MARKS names."""
    place = f'"{sheet.title}!"&ADDRESS(ROW(),COLUMN(),4)'
    add_look(sheet, area, f"COUNTIF(YS_MARKS,{place})>0", "mark")


def add_look(sheet: Worksheet, area: str, formula: str, look: str, *, stop: bool = False) -> None:
    """A conditional format of the named look."""
    CellRange(area)  # refuses an area that is none
    sheet.conditional_formatting.add(area, Rule("expression", dxf=LOOKS[look], formula=[formula], stopIfTrue=stop))
