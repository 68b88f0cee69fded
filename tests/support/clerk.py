"""A clerk's own additions to a workbook, made on its parts by hand: what a fill has to leave alone."""

from __future__ import annotations

import base64

from lxml import etree

from tests.support.books import sheet_parts

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_OFFICE = "application/vnd.openxmlformats-officedocument"

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def _anchor(row: int, width: int, height: int, content: str) -> str:
    """Something drawn beside the table, from that row on."""
    return (
        f"<xdr:oneCellAnchor><xdr:from><xdr:col>10</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row>"
        f'<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="{width}" cy="{height}"/>{content}<xdr:clientData/>'
        "</xdr:oneCellAnchor>"
    )


_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PICTURE = """<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="印章"/><xdr:cNvPicPr/></xdr:nvPicPr>
<xdr:blipFill><a:blip r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>
<xdr:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic>"""

_SHAPE = """<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="3" name="批注框"/><xdr:cNvSpPr/></xdr:nvSpPr>
<xdr:spPr><a:prstGeom prst="ellipse"><a:avLst/></a:prstGeom></xdr:spPr>
<xdr:txBody><a:bodyPr/><a:p><a:r><a:t>已核</a:t></a:r></a:p></xdr:txBody></xdr:sp>"""

_FRAME = """<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="4" name="图"/><xdr:cNvGraphicFramePr/>
</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic>
<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="rId2"/></a:graphicData>
</a:graphic></xdr:graphicFrame>"""

_DRAWING = (
    f"""{_DECLARATION}<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{REL}">"""
    + _anchor(2, 190_500, 190_500, _PICTURE)
    + _anchor(6, 900_000, 400_000, _SHAPE)
    + _anchor(12, 3_600_000, 2_400_000, _FRAME)
    + "</xdr:wsDr>"
)

_CHART = f"""{_DECLARATION}<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart">
<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:pieChart><c:varyColors val="1"/>
<c:ser><c:idx val="0"/><c:order val="0"/><c:val><c:numRef><c:f>表三!$C$6:$C$8</c:f></c:numRef></c:val></c:ser>
<c:firstSliceAng val="0"/></c:pieChart></c:plotArea><c:plotVisOnly val="1"/></c:chart></c:chartSpace>"""

_COMMENTS = f"""{_DECLARATION}<comments xmlns="{MAIN}"><authors><author>经办</author></authors><commentList>
<comment ref="C6" authorId="0"><text><r><t>与批复核对</t></r></text></comment>
<comment ref="J3" authorId="0"><text><r><t>表外批注</t></r></text></comment></commentList></comments>"""


def _note_shape(number: int, row: int, column: int) -> str:
    """The box of a comment, which legacy drawings hold."""
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;visibility:hidden">'
        f'<x:ClientData ObjectType="Note"><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>'
    )


_VML = f"""<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"/>
{_note_shape(1025, 5, 2)}{_note_shape(1026, 2, 9)}</xml>"""

_SHEET = f"""{_DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>工作底稿</t></is></c>
<c r="B1"><f>SUM(C1:D1)</f><v>3</v></c><c r="C1"><v>1</v></c><c r="D1"><v>2</v></c></row></sheetData></worksheet>"""

#: Where the children of a worksheet that are added here have to stand.
_AFTER = ("drawing", "legacyDrawing", "legacyDrawingHF", "picture", "oleObjects", "controls", "tableParts", "extLst")


class ClerksWorkbook:
    """A workbook's parts, to which things are added; `parts` is the result."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = dict(parts)
        self.sheets = sheet_parts(self.parts)

    def decorate(self, sheet: str) -> None:
        """Comments, picture, shape, chart and printer settings on a sheet; a sheet of the clerk's own."""
        part = self.sheets[sheet]
        root = etree.fromstring(self.parts[part])
        self._add_part("xl/media/image99.png", PNG, None)
        self._default("png", "image/png")
        self._default("vml", f"{_OFFICE}.vmlDrawing")
        self._default("bin", f"{_OFFICE}.spreadsheetml.printerSettings")
        self._add_part("xl/charts/chart99.xml", _CHART.encode(), f"{_OFFICE}.drawingml.chart+xml")
        self._add_part("xl/drawings/drawing99.xml", _DRAWING.encode(), f"{_OFFICE}.drawing+xml")
        self._relate("xl/drawings/drawing99.xml", "image", "../media/image99.png")
        self._relate("xl/drawings/drawing99.xml", "chart", "../charts/chart99.xml")
        self._add_part("xl/comments99.xml", _COMMENTS.encode(), f"{_OFFICE}.spreadsheetml.comments+xml")
        self._add_part("xl/drawings/vmlDrawing99.vml", _VML.encode(), None)
        self._add_part("xl/printerSettings/printerSettings99.bin", b"\x01\x02printer\x00", None)
        drawing = self._relate(part, "drawing", "../drawings/drawing99.xml")
        notes = self._relate(part, "vmlDrawing", "../drawings/vmlDrawing99.vml")
        self._relate(part, "comments", "../comments99.xml")
        printer = self._relate(part, "printerSettings", "../printerSettings/printerSettings99.bin")
        setup = root.find(f"{{{MAIN}}}pageSetup")
        assert setup is not None
        setup.set(f"{{{REL}}}id", printer)
        for name, relation in (("drawing", drawing), ("legacyDrawing", notes)):
            _insert(root, etree.Element(f"{{{MAIN}}}{name}", {f"{{{REL}}}id": relation}))
        self.parts[part] = _bytes(root)
        self._add_sheet("工作底稿", _SHEET.encode())

    def resize(self, sheet: str, column: int, width: str, row: int, height: str) -> None:
        """A column's width and a row's height of the clerk's own."""
        root = etree.fromstring(self.parts[self.sheets[sheet]])
        for item in root.iter(f"{{{MAIN}}}col"):
            if int(item.get("min", 0)) == column == int(item.get("max", 0)):
                item.set("width", width)
                item.set("customWidth", "1")
        found = self._row(root, row)
        found.set("ht", height)
        found.set("customHeight", "1")
        self.parts[self.sheets[sheet]] = _bytes(root)

    def colour(self, sheet: str, cell: str) -> str:
        """A fill of the clerk's own on a cell; gives the number of the cell's new style."""
        styles = etree.fromstring(self.parts["xl/styles.xml"])
        fills, formats = styles.find(f"{{{MAIN}}}fills"), styles.find(f"{{{MAIN}}}cellXfs")
        assert fills is not None
        assert formats is not None
        fill = etree.fromstring(
            f'<fill xmlns="{MAIN}"><patternFill patternType="solid"><fgColor rgb="FFFFC000"/></patternFill></fill>'
        )
        fills.append(fill)
        fills.set("count", str(len(fills)))
        root = etree.fromstring(self.parts[self.sheets[sheet]])
        found = self._cell(root, cell)
        old = formats[int(found.get("s", "0"))]
        own = etree.fromstring(etree.tostring(old))
        own.set("fillId", str(len(fills) - 1))
        own.set("applyFill", "1")
        formats.append(own)
        formats.set("count", str(len(formats)))
        found.set("s", str(len(formats) - 1))
        self.parts["xl/styles.xml"] = _bytes(styles)
        self.parts[self.sheets[sheet]] = _bytes(root)
        return str(len(formats) - 1)

    def put(self, sheet: str, cell: str, *, text: str = "", formula: str = "", value: str = "") -> None:
        """A text, or a formula with its calculated value."""
        root = etree.fromstring(self.parts[self.sheets[sheet]])
        found = self._cell(root, cell)
        del found[:]
        if "t" in found.attrib:
            del found.attrib["t"]
        if formula:
            etree.SubElement(found, f"{{{MAIN}}}f").text = formula
            etree.SubElement(found, f"{{{MAIN}}}v").text = value
        else:
            found.set("t", "inlineStr")
            etree.SubElement(etree.SubElement(found, f"{{{MAIN}}}is"), f"{{{MAIN}}}t").text = text
        self.parts[self.sheets[sheet]] = _bytes(root)

    def link(self, sheet: str, cell: str, target: str) -> None:
        """A cell that jumps to another place in the workbook."""
        root = etree.fromstring(self.parts[self.sheets[sheet]])
        links = root.find(f"{{{MAIN}}}hyperlinks")
        assert links is not None
        etree.SubElement(links, f"{{{MAIN}}}hyperlink", ref=cell, location=target)
        self.parts[self.sheets[sheet]] = _bytes(root)

    def calculation_chain(self, *cells: tuple[str, str]) -> None:
        """The list of formulas that Excel keeps: (sheet, cell)."""
        order = list(self.sheets)
        items = "".join(f'<c r="{cell}" i="{order.index(sheet) + 1}"/>' for sheet, cell in cells)
        chain = f'{_DECLARATION}<calcChain xmlns="{MAIN}">{items}</calcChain>'
        self._add_part("xl/calcChain.xml", chain.encode(), f"{_OFFICE}.spreadsheetml.calcChain+xml")
        self._relate("xl/workbook.xml", "calcChain", "calcChain.xml")

    def _add_sheet(self, name: str, data: bytes) -> None:
        self._add_part("xl/worksheets/sheet99.xml", data, f"{_OFFICE}.spreadsheetml.worksheet+xml")
        relation = self._relate("xl/workbook.xml", "worksheet", "worksheets/sheet99.xml")
        root = etree.fromstring(self.parts["xl/workbook.xml"])
        sheets = root.find(f"{{{MAIN}}}sheets")
        assert sheets is not None
        number = max(int(item.get("sheetId", 0)) for item in sheets) + 1
        item = etree.SubElement(sheets, f"{{{MAIN}}}sheet", name=name, sheetId=str(number))
        item.set(f"{{{REL}}}id", relation)
        self.parts["xl/workbook.xml"] = _bytes(root)
        self.sheets[name] = "xl/worksheets/sheet99.xml"

    def _add_part(self, name: str, data: bytes, kind: str | None) -> None:
        self.parts[name] = data
        if kind:
            root = etree.fromstring(self.parts["[Content_Types].xml"])
            etree.SubElement(root, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=kind)
            self.parts["[Content_Types].xml"] = _bytes(root)

    def _default(self, extension: str, kind: str) -> None:
        root = etree.fromstring(self.parts["[Content_Types].xml"])
        if not any(item.get("Extension") == extension for item in root):
            root.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension=extension, ContentType=kind))
            self.parts["[Content_Types].xml"] = _bytes(root)

    def _relate(self, part: str, kind: str, target: str) -> str:
        folder, _, name = part.rpartition("/")
        relations = f"{folder}/_rels/{name}.rels"
        empty = f'<Relationships xmlns="{_PACKAGE}"/>'.encode()
        root = etree.fromstring(self.parts.get(relations, empty))
        number = f"rId{len(root) + 1}"
        while any(item.get("Id") == number for item in root):
            number += "9"
        etree.SubElement(root, f"{{{_PACKAGE}}}Relationship", Id=number, Type=f"{REL}/{kind}", Target=target)
        self.parts[relations] = _bytes(root)
        return number

    @staticmethod
    def _row(root: etree._Element, number: int) -> etree._Element:
        data = root.find(f"{{{MAIN}}}sheetData")
        assert data is not None
        for position, row in enumerate(data):
            if int(row.get("r", 0)) == number:
                return row
            if int(row.get("r", 0)) > number:
                new = etree.Element(f"{{{MAIN}}}row", r=str(number))
                data.insert(position, new)
                return new
        return etree.SubElement(data, f"{{{MAIN}}}row", r=str(number))

    @classmethod
    def _cell(cls, root: etree._Element, cell: str) -> etree._Element:
        row = cls._row(root, int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
        for position, item in enumerate(row):
            at = item.get("r", "")
            if at == cell:
                return item
            if (len(at), at) > (len(cell), cell):
                new = etree.Element(f"{{{MAIN}}}c", r=cell)
                row.insert(position, new)
                return new
        return etree.SubElement(row, f"{{{MAIN}}}c", r=cell)


def _insert(root: etree._Element, new: etree._Element) -> None:
    later = _AFTER[_AFTER.index(etree.QName(new).localname) + 1 :]
    for item in root:
        if etree.QName(item).localname in later:
            item.addprevious(new)
            return
    root.append(new)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
