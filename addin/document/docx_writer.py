"""The disclosure as a Word document: cover, contents, running heads, page numbers, tables, chart.

Rows and cells are written as XML in one go: python-docx looks up every cell anew, which takes minutes for a department.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import cast

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.text.paragraph import CT_P
from docx.section import Section
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph
from lxml import etree

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
from udfs.base import FORBIDDEN, display_width
from udfs.disclosure import (
    AMOUNT,
    CENTER,
    HEAD,
    Cell,
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
#: Styles of a table and of the paragraphs in its cells; python-docx gives a style its name as its id.
_TABLE_STYLE = "公开表格"
_STYLES = {HEAD: "表头", CENTER: "表内居中", AMOUNT: "表内金额"}
#: Half a character of the tables' text and what a cell leaves beside it, in twips; a longer text than this may wrap.
_HALF_WIDTH, _BESIDE, _LONGEST_LABEL = 90, 100, 18
#: A cell with more characters than this may go on over the page.
_TALL = 400
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
        return self.document.add_paragraph(_clean(text), style=style)

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
            paragraph.add_run(_clean(f"{element.name}："), style="公文名词")
            paragraph.add_run(_clean(element.text))
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
        self.entries.append((level, _clean(text), name))

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
        xml = _grid_xml(grid, width_twips(landscape=wide), splits=splits)
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(xml))


def _grid_xml(grid: Grid, width: int, *, splits: bool) -> str:
    """Borders, margins and fonts are the styles'; here stand widths, spans and heading rows only."""
    widths = fitted_widths(grid, width)
    lines: list[list[str]] = [[] for _ in grid.rows]
    for number, rows, column, cell in placed(grid):
        own = widths[column : column + cell.colspan]
        merge = "continue" if not rows else "restart" if rows > 1 else ""
        lines[number].append(_cell_xml(cell.text, _STYLES.get(cell.kind, "表内文字"), own, merge=merge, bold=cell.bold))
    xml = []
    for number, parts in enumerate(lines):
        head = number < grid.head
        tall = any(len(cell.text) > _TALL for cell in grid.rows[number])
        properties = ("" if splits and tall else "<w:cantSplit/>") + ("<w:tblHeader/>" if head else "")
        xml.append(f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{''.join(parts)}</w:tr>")
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{_TABLE_STYLE}"/><w:tblW w:w="{width}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(xml)}</w:tbl>"
    )


def fitted_widths(grid: Grid, width: int) -> list[int]:
    """Widths of the columns in twips, `width` in all: as in the workbook, but narrow ones take what wide ones spare.

    So labels stay on one line where the page has room for them, and an amount is never broken for the sake of a label.
    """
    planned = [width * w / sum(grid.widths) for w in grid.widths]
    wished, needed = [0.0] * len(planned), [0.0] * len(planned)
    for number, _, column, cell in placed(grid):
        if cell.colspan == 1:
            longest = max(display_width(line) for line in cell.text.split("\n"))
            lines = 2 if number < grid.head or len(cell.text) > _LONGEST_LABEL else 1
            wished[column] = max(wished[column], _room(longest, lines))
            needed[column] = max(needed[column], _room(longest, 1 if cell.kind == AMOUNT else 2 * lines))
    widths = [int(w) for w in _evened(_evened(planned, wished), needed)]
    widths[-1] += width - sum(widths)
    return widths


def _room(characters: int, lines: int) -> float:
    """Twips that so many half-width characters take on so many lines."""
    return -(-characters // (2 * lines)) * 2 * _HALF_WIDTH + _BESIDE


def _evened(widths: Sequence[float], needed: Sequence[float]) -> list[float]:
    """Widths in which columns that lack room have it from those with more than they need, as far as that goes."""
    lacking = [max(0.0, n - w) for n, w in zip(needed, widths, strict=True)]
    spare = [max(0.0, w - n) for n, w in zip(needed, widths, strict=True)]
    moved = min(sum(lacking), sum(spare))
    if not moved:
        return list(widths)
    return [
        w + moved * lack / sum(lacking) - moved * rest / sum(spare)
        for w, lack, rest in zip(widths, lacking, spare, strict=True)
    ]


def placed(grid: Grid) -> Iterator[tuple[int, int, int, Cell]]:
    """Every cell with its row, how many rows it takes, its column from 0."""
    spans: dict[int, tuple[int, int]] = {}  # column → rows still covered, columns
    for number, cells in enumerate(grid.rows):
        column, waiting = 0, list(cells)
        while column < len(grid.widths):
            if column in spans:
                left, count = spans.pop(column)
                if left > 1:
                    spans[column] = (left - 1, count)
                yield number, 0, column, Cell("", colspan=count)
                column += count
                continue
            cell = waiting.pop(0)
            if cell.rowspan > 1:
                spans[column] = (cell.rowspan - 1, cell.colspan)
            yield number, cell.rowspan, column, cell
            column += cell.colspan


def _cell_xml(text: str, style: str, widths: Sequence[int], *, merge: str = "", bold: bool = False) -> str:
    span = f'<w:gridSpan w:val="{len(widths)}"/>' if len(widths) > 1 else ""
    joined = {"": "", "restart": '<w:vMerge w:val="restart"/>', "continue": "<w:vMerge/>"}[merge]
    look = '<w:rPr><w:rStyle w:val="表内合计"/></w:rPr>' if bold else ""
    name = f'<w:pPr><w:pStyle w:val="{style or "表内文字"}"/></w:pPr>'
    paragraphs = []
    for line in text.split("\n"):
        run = f'<w:r>{look}<w:t xml:space="preserve">{escape(_clean(line), quote=False)}</w:t></w:r>' if line else ""
        paragraphs.append(f"<w:p>{name}{run}</w:p>")
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{sum(widths)}" w:type="dxa"/>{span}{joined}<w:vAlign w:val="center"/></w:tcPr>'
        f"{''.join(paragraphs)}</w:tc>"
    )


def _clean(text: str) -> str:
    return FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


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
