"""Builds the pie chart of 情况说明 and the range that it draws.

openpyxl wires the chart into the package; the chart's own part is written here, because openpyxl writes some label
settings in a way that no spreadsheet program reads.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from lxml import etree
from openpyxl.chart import PieChart, Reference
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook_templates.addresses import column_letters, read_reference, reference
from workbook_templates.defined_names import CHART
from workbook_templates.reading import Edition
from workbook_templates.template.tools import add_name

FIRST_ROW = 4
#: Height of the chart's row and size of the chart in it, in points.
ROW_HEIGHT, CHART_WIDTH, CHART_HEIGHT = 330.0, 540.0, 316.0
_EMU = 12_700
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"

#: Every slice has its name and share outside, with a line to it; no legend. A blank row has no slice and no label.
_PART = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<c:chartSpace xmlns:c="{chart}" xmlns:a="{main}"><c:roundedCorners val="0"/><c:chart>
<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1400" b="0">{head}</a:defRPr></a:pPr>
<a:r><a:rPr lang="zh-CN" sz="1400" b="0">{head}</a:rPr><a:t>{title}</a:t></a:r></a:p></c:rich></c:tx>
<c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/><c:plotArea>
<c:layout><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>
<c:x val="0.32"/><c:y val="0.25"/><c:w val="0.36"/><c:h val="0.61"/></c:manualLayout></c:layout>
<c:pieChart><c:varyColors val="1"/><c:ser><c:idx val="0"/><c:order val="0"/>
<c:spPr><a:ln w="9525"><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill></a:ln></c:spPr>
<c:dLbls><c:numFmt formatCode="0.00%" sourceLinked="0"/><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>
<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="1000" b="0">{text}</a:defRPr></a:pPr>
<a:endParaRPr lang="zh-CN"/></a:p></c:txPr><c:dLblPos val="outEnd"/><c:showLegendKey val="0"/><c:showVal val="0"/>
<c:showCatName val="1"/><c:showSerName val="0"/><c:showPercent val="1"/><c:showBubbleSize val="0"/>
<c:separator>　</c:separator><c:showLeaderLines val="1"/></c:dLbls>
<c:cat><c:strRef><c:f>{names}</c:f></c:strRef></c:cat><c:val><c:numRef><c:f>{amounts}</c:f></c:numRef></c:val>
</c:ser><c:firstSliceAng val="0"/></c:pieChart></c:plotArea>
<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>
<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr></c:chartSpace>
"""


def build_chart(book: Workbook, sheet: Worksheet, edition: Edition, row: int, column: int, data: int) -> None:
    """The chart in a row of its own, over the cell in `column`; its figures lie from column `data` on, not printed."""
    last = FIRST_ROW - 1 + _classes(edition)
    for offset, (text, width) in enumerate((("结构图科目", 26), (f"结构图金额（{edition.measure}）", 18))):
        sheet.cell(FIRST_ROW - 1, data + offset, text).style = "公开-填写提示"
        sheet.column_dimensions[column_letters(data + offset)].width = width
        for number in range(FIRST_ROW, last + 1):
            sheet.cell(number, data + offset).style = "公开-金额" if offset else "公开-名称"
    add_name(book, CHART, reference(sheet.title, FIRST_ROW, data, last, data + 1))
    chart = PieChart()
    chart.add_data(Reference(sheet, min_col=data + 1, min_row=FIRST_ROW, max_row=last))
    sheet.row_dimensions[row].height = ROW_HEIGHT
    marker = AnchorMarker(col=column - 1, colOff=6 * _EMU, row=row - 1, rowOff=6 * _EMU)
    size = XDRPositiveSize2D(int(CHART_WIDTH * _EMU), int(CHART_HEIGHT * _EMU))
    chart.anchor = OneCellAnchor(_from=marker, ext=size)  # type: ignore[assignment]
    sheet.add_chart(chart)


def _classes(edition: Edition) -> int:
    """How many classes the classification has: as many slices there can be."""
    return sum(len(code) == 3 for code in edition.codes.by_name["functional"])


def chart_part(book: Workbook, edition: Edition) -> bytes:
    """The chart's part of the package."""
    area = read_reference(book.defined_names[CHART].attr_text)
    assert area is not None
    sheet, first, left, last, right = area
    names, amounts = (reference(sheet, first, column, last, column) for column in (left, right))
    faces = (f'<a:latin typeface="{face}"/><a:ea typeface="{face}"/>' for face in ("黑体", "宋体"))
    head, text = faces
    title = escape(edition.narrative.chart_title)
    return _PART.format(
        chart=_CHART, main=_MAIN, title=title, head=head, text=text, names=names, amounts=amounts
    ).encode()


def with_alternative_text(drawing: bytes, title: str) -> bytes:
    """The drawing with the chart's name and its description for those who cannot see it; openpyxl writes neither."""
    root = etree.fromstring(drawing)
    for item in root.iter(f"{_DRAWING}cNvPr"):
        item.set("name", title)
        item.set("descr", f"饼图：{title}。各类支出的名称和金额见本表右侧的“结构图科目”一栏，比重见正文。")
    # Excel writes these names with a prefix, and there are readers that know them by it only.
    prefixed = etree.Element(root.tag, nsmap={"xdr": _DRAWING.strip("{}")})
    prefixed.extend(root)
    root = prefixed
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
