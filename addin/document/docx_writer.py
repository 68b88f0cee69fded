"""The disclosure as a Word document: cover, contents, running heads, page numbers, tables, chart.

Rows and cells are written as XML in one go: python-docx looks up every cell anew, which takes minutes for a department.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P
from docx.section import Section
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph
from lxml import etree

from addin.document.docx_grid import clean, grid_xml
from addin.document.docx_styles import (
    BOTTOM,
    FOOT_AT,
    HEAD_AT,
    LEFT,
    LOOKS,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    RIGHT,
    TOP,
    width_twips,
)
from udfs.disclosure_parts import (
    Chart,
    Disclosure,
    Element,
    FormView,
    Grid,
    Heading,
    Paragraph,
    Part,
    TableView,
    Term,
)

#: The chart's width on the page in millimetres.
CHART_WIDTH = 140
#: The order in which the schema wants a section's properties.
_SECTION_PARTS = (
    "headerReference",
    "footerReference",
    "type",
    "pgSz",
    "pgMar",
    "pgNumType",
    "cols",
    "vAlign",
    "titlePg",
    "docGrid",
)


class Writer:
    """Writes one disclosure. `pages`: the page of every entry of the contents, empty where it is not known."""

    def __init__(self, disclosure: Disclosure, picture: bytes | None, pages: Sequence[str] = ()) -> None:
        self.disclosure = disclosure
        self.picture = picture
        self.pages = pages
        self.document: Document = docx.Document(str(LOOKS))
        self.entries: list[tuple[int, str, str]] = []  #: level, text, bookmark
        self.landscape = False

    def save(self, path: Path | io.BytesIO) -> list[tuple[int, str, str]]:
        """Write the document; gives the entries of its contents."""
        self._prepare()
        self._cover()
        contents = self._contents()
        for number, part in enumerate(self.disclosure.parts):
            self._part(part, first=number == 0)
        self._fill_contents(contents)
        self.document.save(path if isinstance(path, io.BytesIO) else str(path))
        return self.entries

    # ---------------------------------------------------------------- the whole

    def _prepare(self) -> None:
        self.document.settings.odd_and_even_pages_header_footer = True
        properties = self.document.core_properties
        properties.title = f"{self.disclosure.unit}{self.disclosure.title}"
        properties.author = properties.last_modified_by = self.disclosure.unit
        properties.subject, properties.comments, properties.language = "预算公开", "", "zh-CN"
        properties.created = properties.modified = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        _lay_out(self.document.sections[0], landscape=False)

    def _cover(self) -> None:
        self._add("封面单位", self.disclosure.unit)
        self._add("Title", self.disclosure.title)

    def _contents(self) -> WordParagraph:
        """The page of the contents; its entries are known once all headings are written."""
        section = self._section(landscape=False)
        self._running(section, "", numbers=False)
        self._add("目录标题", self.disclosure.contents)
        first = self._add("toc 1", "")
        _mark(self._add("分节", ""), "end")
        return first

    def _section(self, *, landscape: bool) -> Section:
        section: Section = self.document.add_section(WD_SECTION.NEW_PAGE)
        holder = self.document.element.body.findall(qn("w:p"))[-1]
        before = holder.getprevious()
        if before is not None and before.tag == qn("w:p"):
            # The break sits in the last paragraph: an empty one after a full page would begin a page of its own.
            before.get_or_add_pPr().append(holder.pPr.find(qn("w:sectPr")))
            holder.getparent().remove(holder)
        else:
            WordParagraph(holder, self.document._body).style = self.document.styles["分节"]  # noqa: SLF001
        for tag in ("w:pgNumType", "w:vAlign"):
            for old in section._sectPr.findall(qn(tag)):  # noqa: SLF001
                section._sectPr.remove(old)  # noqa: SLF001
        _lay_out(section, landscape=landscape)
        self.landscape = landscape
        return section

    def _running(self, section: Section, part: str, *, numbers: bool) -> None:
        """Running heads and page numbers of a section, alike on odd and even pages but for the number's side."""
        for header in (section.header, section.even_page_header):
            header.is_linked_to_previous = False
            paragraph = header.paragraphs[0]
            paragraph.style = self.document.styles["横页眉" if self.landscape else "Header"]
            paragraph.add_run(f"{self.disclosure.running_head}\t{part}" if part else self.disclosure.running_head)
        for footer, style in ((section.footer, "Footer"), (section.even_page_footer, "双页页码")):
            footer.is_linked_to_previous = False
            paragraph = footer.paragraphs[0]
            paragraph.style = self.document.styles[style]
            if numbers:
                paragraph.add_run("— ")
                _field(paragraph, "PAGE", "1")
                paragraph.add_run(" —")

    def _add(self, style: str, text: str) -> WordParagraph:
        return self.document.add_paragraph(clean(text), style=style)

    # ---------------------------------------------------------------- the parts

    def _part(self, part: Part, *, first: bool) -> None:
        section = self._section(landscape=False)
        self._running(section, part.title, numbers=True)
        if first:
            _number_pages(section, "decimal", 1)
        # The tables' title has a page of its own: the first table needs a whole one.
        self._listed(self._add("独页标题" if part.key == "tables" else "Heading 1", part.title), 1, part.title)
        if part.key == "tables":
            wide = None
            for element in part.elements:
                assert isinstance(element, TableView)
                if element.landscape is not wide:
                    wide = element.landscape
                    self._running(self._section(landscape=wide), part.title, numbers=True)
                self._table(element)
            return
        for element in part.elements:
            self._element(element)

    def _element(self, element: Element) -> None:
        if isinstance(element, Heading):
            paragraph = self._add(f"Heading {element.level}", element.text)
            if element.level == 2:
                self._listed(paragraph, 2, element.text)
        elif isinstance(element, Paragraph):
            self._add("公文正文", element.text)
        elif isinstance(element, Term):
            paragraph = self._add("公文正文", "")
            paragraph.add_run(clean(f"{element.name}："), style="公文名词")
            paragraph.add_run(clean(element.text))
        elif isinstance(element, Chart):
            self._chart(element)
        elif isinstance(element, FormView):
            self._add("绩效表题", element.title)
            self._add("绩效年度", element.subtitle)
            self._grid(element.grid, wide=False, splits=True)
        else:
            self._table(element)

    def _table(self, table: TableView) -> None:
        self._add("表号", table.mark)
        name = f"{table.name}　{table.title}"
        self._listed(self._add("表题", name), 2, name)
        self._add("横表上单位" if table.landscape else "表上单位", f"{table.unit}\t{table.measure}")
        self._grid(table.grid, wide=table.landscape, splits=False)
        if table.note:
            self._add("表注", table.note)

    def _chart(self, chart: Chart) -> None:
        if self.picture is None:
            self._add("图题", chart.title)
            self._grid(chart.grid, wide=False, splits=False)
            return
        paragraph = self._add("图", "")
        shape = paragraph.add_run().add_picture(io.BytesIO(self.picture), width=Mm(CHART_WIDTH))
        shape._inline.docPr.set("descr", chart.description)  # noqa: SLF001
        shape._inline.docPr.set("name", chart.title)  # noqa: SLF001
        paragraph.paragraph_format.keep_with_next = True
        self._add("图题", chart.title)

    def _listed(self, paragraph: WordParagraph, level: int, text: str) -> None:
        """A heading that the contents list, with the bookmark they refer to."""
        number = len(self.entries) + 1
        name = f"_Toc{202400000 + number}"
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for item in (start, end):
            item.set(qn("w:id"), str(number))
        start.set(qn("w:name"), name)
        runs = paragraph._p.findall(qn("w:r"))  # noqa: SLF001
        runs[0].addprevious(start)
        runs[-1].addnext(end)
        self.entries.append((level, clean(text), name))

    def _fill_contents(self, first: WordParagraph) -> None:
        """Word's own field for contents, its entries filled in; marked as out of date, so that Word renews it."""
        after = first
        for number, (level, text, bookmark) in enumerate(self.entries):
            paragraph = first if not number else _after(after, self.document)
            paragraph.style = self.document.styles[f"toc {level}"]
            if not number:
                _mark(paragraph, "begin", dirty=True)
                _instruction(paragraph, ' TOC \\o "1-2" \\h \\z \\u ')
                _mark(paragraph, "separate")
            link = OxmlElement("w:hyperlink")
            link.set(qn("w:anchor"), bookmark)
            link.set(qn("w:history"), "1")
            paragraph._p.append(link)  # noqa: SLF001
            holder = WordParagraph(cast("CT_P", link), self.document._body)  # noqa: SLF001
            _text(holder, text)
            _text(holder, "\t")
            _field(holder, f"PAGEREF {bookmark} \\h", self.pages[number] if self.pages else "")
            after = paragraph

    # ---------------------------------------------------------------- tables

    def _grid(self, grid: Grid, *, wide: bool, splits: bool) -> None:
        """A grid as a real table, before the section's end."""
        xml = grid_xml(grid, width_twips(landscape=wide), splits=splits)
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(xml))


def _lay_out(section: Section, *, landscape: bool) -> None:
    """Paper, margins and the distance of running heads. Landscape is the upright page turned: its top binds."""
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    width, height = (PAGE_HEIGHT, PAGE_WIDTH) if landscape else (PAGE_WIDTH, PAGE_HEIGHT)
    section.page_width, section.page_height = Mm(width), Mm(height)
    top, right, bottom, left = (LEFT, TOP, RIGHT, BOTTOM) if landscape else (TOP, RIGHT, BOTTOM, LEFT)
    section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
    section.left_margin, section.right_margin = Mm(left), Mm(right)
    section.header_distance = Mm(HEAD_AT - (TOP - top))
    section.footer_distance = Mm(FOOT_AT - (BOTTOM - bottom))
    for old in section._sectPr.findall(qn("w:docGrid")):  # noqa: SLF001
        section._sectPr.remove(old)  # noqa: SLF001
    _order(section)


def _number_pages(section: Section, style: str, start: int) -> None:
    item = OxmlElement("w:pgNumType")
    item.set(qn("w:fmt"), style)
    item.set(qn("w:start"), str(start))
    section._sectPr.append(item)  # noqa: SLF001
    _order(section)


def _order(section: Section) -> None:
    properties = section._sectPr  # noqa: SLF001
    properties[:] = sorted(properties, key=lambda item: _SECTION_PARTS.index(etree.QName(item).localname))


def _after(paragraph: WordParagraph, document: Document) -> WordParagraph:
    """A new paragraph behind another."""
    new = OxmlElement("w:p")
    paragraph._p.addnext(new)  # noqa: SLF001
    return WordParagraph(cast("CT_P", new), document._body)  # noqa: SLF001


def _run(holder: WordParagraph, *children: etree._Element) -> None:
    run = OxmlElement("w:r")
    run.extend(children)
    holder._p.append(run)  # noqa: SLF001


def _mark(holder: WordParagraph, kind: str, *, dirty: bool = False) -> None:
    item = OxmlElement("w:fldChar")
    item.set(qn("w:fldCharType"), kind)
    if dirty:
        item.set(qn("w:dirty"), "true")
    _run(holder, item)


def _instruction(holder: WordParagraph, text: str) -> None:
    item = OxmlElement("w:instrText")
    item.set(qn("xml:space"), "preserve")
    item.text = text
    _run(holder, item)


def _text(holder: WordParagraph, text: str) -> None:
    if text == "\t":
        _run(holder, OxmlElement("w:tab"))
        return
    item = OxmlElement("w:t")
    item.set(qn("xml:space"), "preserve")
    item.text = text
    _run(holder, item)


def _field(holder: WordParagraph, instruction: str, shown: str) -> None:
    """A field with what it shows until a program works it out."""
    _mark(holder, "begin")
    _instruction(holder, f" {instruction} ")
    _mark(holder, "separate")
    _text(holder, shown)
    _mark(holder, "end")
