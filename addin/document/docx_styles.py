"""The look of the Word document, after GB/T 9704—2012: page, line pitch, fonts and named styles, in one place.

Type area 156 mm by 225 mm on A4, 37 mm from the top and 28 mm from the left; 22 lines of 28 characters a page. Every
look is a named style, so that a clerk changes all tables or all headings in one place.
"""

from __future__ import annotations

from collections.abc import Mapping

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from lxml import etree
from msgspec import Struct

#: Page margins in millimetres.
TOP, LEFT, BOTTOM, RIGHT = 37, 28, 35, 26
PAGE_WIDTH, PAGE_HEIGHT = 210, 297
#: Running head and page number, from the edge of the paper.
HEAD_AT, FOOT_AT = 27, 23
#: 225 mm hold 22 lines.
LINE_PITCH = Pt(28.95)
_MM_TWIPS = 56.6929


_SERIF, _SANS = ("Noto Serif CJK SC",), ("Noto Sans CJK SC",)


class Face(Struct, frozen=True):
    """A typeface of the standard: its name, what stands in for it in Word and in LibreOffice, how Word is told."""

    name: str
    instead: str
    free: tuple[str, ...]
    family: str
    panose: str


#: 小标宋 is not part of Windows: where a face is missing, Word takes `instead`, LibreOffice `free`.
FACES: Mapping[str, Face] = {
    "title": Face("方正小标宋简体", "华文中宋", _SERIF, "roman", "03000509000000000000"),
    "text": Face("仿宋", "仿宋_GB2312", _SERIF, "modern", "02010609060101010101"),
    "head": Face("黑体", "微软雅黑", _SANS, "modern", "02010609060101010101"),
    "sub": Face("楷体", "楷体_GB2312", _SERIF, "modern", "02010609060101010101"),
    "table": Face("宋体", "新宋体", _SERIF, "auto", "02010600030101010101"),
}
_LATIN = "Times New Roman"


def width_twips(*, landscape: bool) -> int:
    """Width of the type area in twentieths of a point."""
    millimetres = PAGE_HEIGHT - BOTTOM - TOP if landscape else PAGE_WIDTH - LEFT - RIGHT
    return round(millimetres * _MM_TWIPS)


def define_styles(document: Document) -> None:
    """Give the document every style it uses."""
    styles = document.styles
    _defaults(document)
    normal = styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    _font(normal, "text", 16)
    _pitch(normal)
    normal.paragraph_format.widow_control = False
    _paragraph(document, "公文正文", "text", 16, first_line=2, align=WD_ALIGN_PARAGRAPH.JUSTIFY)
    missing = _paragraph(document, "公文待补", "text", 16, first_line=2)
    missing.font.color.rgb = RGBColor(0xC0, 0, 0)
    term = _character(document, "公文名词", "head")
    term.font.bold = False
    _built_in(document, "Title", "title", 36, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(54))
    _paragraph(document, "封面单位", "title", 26, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(44), before=Pt(130))
    part = _built_in(document, "Heading 1", "title", 22, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(36))
    part.paragraph_format.space_after = Pt(18)
    alone = _paragraph(
        document, "独页标题", "title", 22, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(36), before=Pt(200)
    )
    _outline(alone, 0)
    _built_in(document, "Heading 2", "head", 16, first_line=2)
    _built_in(document, "Heading 3", "sub", 16, first_line=2)
    _paragraph(
        document, "目录标题", "title", 22, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(36)
    ).paragraph_format.space_after = Pt(12)
    right = width_twips(landscape=False)
    for name, face, indent in (("toc 1", "head", 0), ("toc 2", "text", 320)):
        style = _paragraph(document, name, face, 14, spacing=Pt(25))
        _tab(style, right)
        style.paragraph_format.left_indent = Pt(indent / 20)
    _tables(document)
    _running(document)
    _grid(document)
    _fonts(document)


def _tables(document: Document) -> None:
    """Everything in and around a table."""
    mark = _paragraph(document, "表号", "head", 12, spacing=Pt(16))
    mark.paragraph_format.page_break_before = True
    mark.paragraph_format.keep_with_next = True
    title = _paragraph(document, "表题", "title", 16, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(26))
    title.paragraph_format.keep_with_next = True
    _outline(title, 1)
    form = _paragraph(document, "绩效表题", "title", 16, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(26))
    form.paragraph_format.page_break_before = True
    form.paragraph_format.keep_with_next = True
    for name, end in (("表上单位", False), ("横表上单位", True)):
        unit = _paragraph(document, name, "table", 10, spacing=Pt(15))
        unit.paragraph_format.keep_with_next = True
        _tab(unit, width_twips(landscape=end), dots=False)
    _paragraph(
        document, "绩效年度", "table", 10.5, align=WD_ALIGN_PARAGRAPH.CENTER, spacing=Pt(18)
    ).paragraph_format.keep_with_next = True
    for name, face, align in (
        ("表头", "head", WD_ALIGN_PARAGRAPH.CENTER),
        ("表内文字", "table", WD_ALIGN_PARAGRAPH.LEFT),
        ("表内居中", "table", WD_ALIGN_PARAGRAPH.CENTER),
        ("表内金额", "table", WD_ALIGN_PARAGRAPH.RIGHT),
    ):
        _paragraph(document, name, face, 9, align=align, spacing=Pt(12))
    bold = _character(document, "表内合计", "head")
    bold.font.bold = False
    _paragraph(document, "表注", "table", 10, spacing=Pt(16))
    caption = _paragraph(document, "图题", "head", 14, align=WD_ALIGN_PARAGRAPH.CENTER)
    caption.paragraph_format.keep_with_next = True
    picture = _paragraph(document, "图", "text", 16, align=WD_ALIGN_PARAGRAPH.CENTER)
    picture.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    break_ = _paragraph(document, "分节", "text", 1, spacing=Pt(1))
    break_.paragraph_format.space_before = Pt(0)


def _running(document: Document) -> None:
    """Running heads and page numbers: — 1 — outside, one character from the edge."""
    head = _built_in(document, "Header", "table", 10.5, spacing=Pt(16))
    _border_below(head)
    wide = _paragraph(document, "横页眉", "table", 10.5, spacing=Pt(16))
    _border_below(wide)
    for style, landscape in ((head, False), (wide, True)):
        for tab in list(style.paragraph_format.tab_stops):
            style.paragraph_format.tab_stops.clear_all()
            del tab
        _tab(style, width_twips(landscape=landscape), dots=False)
    _built_in(document, "Footer", "table", 14, align=WD_ALIGN_PARAGRAPH.RIGHT).paragraph_format.right_indent = Pt(14)
    even = _paragraph(document, "双页页码", "table", 14, align=WD_ALIGN_PARAGRAPH.LEFT)
    even.paragraph_format.left_indent = Pt(14)


def _paragraph(
    document: Document,
    name: str,
    face: str,
    size: float,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    spacing: Pt | None = None,
    first_line: int = 0,
    before: Pt | None = None,
) -> ParagraphStyle:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    _set(style, face, size, align=align, spacing=spacing, first_line=first_line, before=before)
    return style


def _built_in(
    document: Document,
    name: str,
    face: str,
    size: float,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    spacing: Pt | None = None,
    first_line: int = 0,
) -> ParagraphStyle:
    """A style that Word knows by itself, so that navigation and contents find it; its own look goes."""
    style = document.styles[name]
    assert isinstance(style, ParagraphStyle)
    for part in ("w:pPr", "w:rPr"):
        old = style.element.find(qn(part))
        if old is not None:
            outline = old.find(qn("w:outlineLvl"))
            style.element.remove(old)
            if outline is not None:
                _outline(style, int(outline.get(qn("w:val")) or 0))
    style.base_style = document.styles["Normal"]
    _set(style, face, size, align=align, spacing=spacing, first_line=first_line, before=None)
    if name.startswith("Heading"):
        style.paragraph_format.keep_with_next = True
    return style


def _set(
    style: ParagraphStyle,
    face: str,
    size: float,
    *,
    align: WD_ALIGN_PARAGRAPH | None,
    spacing: Pt | None,
    first_line: int,
    before: Pt | None,
) -> None:
    _font(style, face, size)
    style.font.bold = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.paragraph_format.space_before = before or Pt(0)
    style.paragraph_format.space_after = Pt(0)
    _pitch(style, spacing or LINE_PITCH)
    if align is not None:
        style.paragraph_format.alignment = align
    if first_line:
        style.paragraph_format.first_line_indent = Pt(size * first_line)
        indent = style.element.pPr.find(qn("w:ind"))
        indent.set(qn("w:firstLineChars"), str(first_line * 100))


def _character(document: Document, name: str, face: str) -> CharacterStyle:
    style = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
    assert isinstance(style, CharacterStyle)
    style.quick_style = True
    _font(style, face, None)
    return style


def _font(style: CharacterStyle, face: str, size: float | None) -> None:
    """Latin and Chinese face alike by name; theme fonts would win over them."""
    style.font.name = _LATIN
    fonts = style.element.rPr.rFonts
    for key in list(fonts.keys()):
        if key.endswith("heme"):
            del fonts.attrib[key]
    fonts.set(qn("w:eastAsia"), FACES[face].name)
    fonts.set(qn("w:hAnsi"), _LATIN)
    if size is not None:
        style.font.size = Pt(size)


def _pitch(style: ParagraphStyle, spacing: Pt = LINE_PITCH) -> None:
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    style.paragraph_format.line_spacing = spacing


def _tab(style: ParagraphStyle, at: int, *, dots: bool = True) -> None:
    tabs = style.element.get_or_add_pPr().get_or_add_tabs()
    tab = OxmlElement("w:tab")
    tab.set(qn("w:val"), "right")
    if dots:
        tab.set(qn("w:leader"), "middleDot")
    tab.set(qn("w:pos"), str(at))
    tabs.append(tab)


def _outline(style: ParagraphStyle, level: int) -> None:
    """Level in the navigation and the contents, from 0."""
    properties = style.element.get_or_add_pPr()
    item = OxmlElement("w:outlineLvl")
    item.set(qn("w:val"), str(level))
    properties.append(item)


def _border_below(style: ParagraphStyle) -> None:
    properties = style.element.get_or_add_pPr()
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for key, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "auto")):
        line.set(qn(f"w:{key}"), value)
    borders.append(line)
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
    )


def _grid(document: Document) -> None:
    """The table style: thin lines all round, little room beside the text, so that labels stay on one line."""
    style = document.styles.add_style("公开表格", WD_STYLE_TYPE.TABLE)
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    properties = etree.fromstring(
        f'<w:tblPr xmlns:w="{qn("w:p")[1:-2]}"><w:tblBorders>{lines}</w:tblBorders><w:tblCellMar>'
        '<w:top w:w="10" w:type="dxa"/><w:left w:w="45" w:type="dxa"/>'
        '<w:bottom w:w="10" w:type="dxa"/><w:right w:w="45" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    )
    style.element.append(properties)


def _defaults(document: Document) -> None:
    """What holds where no style says otherwise: no theme fonts, Chinese as the language of East Asian text."""
    defaults = document.styles.element.find(qn("w:docDefaults"))
    run = defaults.find(f"{qn('w:rPrDefault')}/{qn('w:rPr')}")
    fonts = run.find(qn("w:rFonts"))
    fonts.attrib.clear()
    for key, value in (("ascii", _LATIN), ("hAnsi", _LATIN), ("eastAsia", FACES["text"].name), ("cs", _LATIN)):
        fonts.set(qn(f"w:{key}"), value)
    language = run.find(qn("w:lang"))
    language.set(qn("w:eastAsia"), "zh-CN")


def _fonts(document: Document) -> None:
    """The list of fonts, in which Word finds what to take instead of one that is missing."""
    table = next(part for part in document.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    root = etree.fromstring(table.blob)
    for face in FACES.values():
        item = etree.SubElement(root, qn("w:font"))
        item.set(qn("w:name"), face.name)
        for tag, value in (
            ("altName", face.instead),
            ("panose1", face.panose),
            ("charset", "86"),
            ("family", face.family),
            ("pitch", "variable"),
        ):
            etree.SubElement(item, qn(f"w:{tag}")).set(qn("w:val"), value)
    table._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)  # noqa: SLF001
