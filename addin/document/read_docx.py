"""Word read: paragraphs and tables in order, merged cells, text boxes, revisions as they show, automatic numbers."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree

from addin.document.docx_numbers import Numbers
from addin.document.docx_package import MOST_BLOCKS, fault, look
from addin.document.docx_text import INSIDE, Box, Element, W, children_of, paragraphs_in, text_of, value_of
from udfs.base import InputProblems, squeezed
from udfs.foreign import (
    NUMBERED,
    Leftover,
    Line,
    PageTable,
    Passage,
    Published,
    joined,
    lines_above,
    split_title,
)

_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_CONTENTS = re.compile(r"toc\s*\d|目录\s*\d|contents|图表目录", re.IGNORECASE)
_ENTRY = re.compile(r"(?P<text>.*?\S)(?:\s*[\t.…·．]+|\s{2,})\s*(?P<page>\d{1,4})\s*$")
#: Columns that a cell goes over, or that stand before a row, are no more than this.
_WIDEST = 200
_FIGURE = re.compile(r"[-−]?[\d,，]+(?:\.\d*)?")


def read_docx(path: Path, data: bytes) -> Published:
    """A Word document's text and tables. Raises InputProblems with a sentence for what cannot be read."""
    look(path, data)
    try:
        document = docx.Document(io.BytesIO(data))
        return Reader(path, document).read()
    except InputProblems:
        raise
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError) as error:
        raise fault(
            path, f"文件已损坏或不是 Word 文档（.docx），请用 Word 打开并重新保存（{type(error).__name__}）"
        ) from None
    except (AttributeError, TypeError, IndexError, NotImplementedError, RuntimeError) as error:
        raise fault(path, f"Word 文档内部结构异常，请用 Word 打开并重新保存（{type(error).__name__}）") from None


class Reader:
    """Goes through a document once. Pages are those that Word noted when it last laid it out; else by its breaks."""

    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self.document = document
        self.numbers = Numbers(document)
        self.styles = {s.style_id: s for s in document.styles}
        self.passages: list[Passage] = []
        self.tables: list[PageTable] = []
        self.between: dict[int, list[str]] = {}
        self.elements: list[Element] = []  #: the element of every passage
        self.row_elements: list[list[Element]] = []  #: the elements of every table's rows, as they stand in the file
        self.leftovers: list[Leftover] = []
        self.remarks: list[Leftover] = []
        self.page = 1
        self.after = 0  #: passages before the last table
        self.laid_out = False
        self.contents = False
        self.entries: set[str] = set()
        self.blocks = 0
        self.revised: list[int] = []
        self.hidden: list[int] = []

    def read(self) -> Published:
        """The document."""
        body = self.document.element.body
        self.laid_out = next(body.iter(W["lastRenderedPageBreak"]), None) is not None
        self._blocks(body)
        self._say_leftovers()
        if not self.laid_out:
            self._pages_of_contents()
        return Published(
            self.path.name,
            self.page,
            tuple(self.passages),
            tuple(joined(self.tables, self.between)),
            tuple(self.remarks),
            tuple(self.leftovers),
            laid_out=self.laid_out,
        )

    # ---------------------------------------------------------------- in order

    def _blocks(self, parent: Element) -> None:
        for child in parent:
            if child.tag == W["p"]:
                self._paragraph(child)
            elif child.tag == W["tbl"]:
                self._table(child)
            elif child.tag in INSIDE:
                self._blocks(child)

    def _count(self) -> None:
        self.blocks += 1
        if self.blocks > MOST_BLOCKS:
            raise fault(self.path, "文档异常庞大，未予读取")

    def _paragraph(self, element: Element) -> None:
        self._count()
        box = Box([])
        text = text_of(element, box)
        properties = element.find(W["pPr"])
        if properties is not None and properties.find(W["pageBreakBefore"]) is not None and not self.laid_out:
            self.page += self._started()
        self.page += box.before
        text = self._number(properties) + text
        self._noted(box)
        if text.strip():
            self._add(text, self._style(properties), _outline(properties), element)
        self.page += box.breaks - box.before
        for inner in box.boxes:
            self._blocks(inner)
        if properties is not None and (section := properties.find(W["sectPr"])) is not None and not self.laid_out:
            kind = value_of(section.find(W["type"]))
            self.page += kind not in ("continuous", "nextColumn")

    def _started(self) -> bool:
        return bool(self.passages and self.passages[-1].page == self.page) or bool(
            self.tables and self.tables[-1].pages[-1] == self.page
        )

    def _noted(self, box: Box) -> None:
        if box.revised:
            self.revised.append(self.page)
        if box.hidden:
            self.hidden.append(self.page)

    def _number(self, properties: Element | None) -> str:
        own = properties.find(W["numPr"]) if properties is not None else None
        style = self.styles.get(value_of(properties.find(W["pStyle"]))) if properties is not None else None
        while own is None and style is not None:
            found = style.element.find(W["pPr"])
            own = found.find(W["numPr"]) if found is not None else None
            style = getattr(style, "base_style", None)
        if own is None:
            return ""
        number, level = value_of(own.find(W["numId"])), value_of(own.find(W["ilvl"]))
        return self.numbers.next(number, int(level) if level.isdigit() else 0)

    def _style(self, properties: Element | None) -> str:
        style = self.styles.get(value_of(properties.find(W["pStyle"]))) if properties is not None else None
        return str(style.name) if style is not None and style.name else ""

    def _add(self, text: str, style: str, outline: int, element: Element) -> None:
        short = squeezed(text)
        listed = bool(_CONTENTS.search(style))
        entry = _ENTRY.match(text)
        if short == "目录":
            self.contents = True
        elif self.contents and not listed and entry is None:
            # An entry without a page number is one only until a heading of the text itself comes round again.
            numbered = len(short) < 60 and self.passages[-1].contents and NUMBERED.match(short)
            self.contents = bool(numbered) and short not in self.entries
        if self.contents:
            self.entries.add(squeezed(entry["text"]) if entry else short)
        found = _HEADING.search(style)
        level = int(found[1]) if found else outline
        contents = self.contents or listed
        if not level and not contents:
            level = by_looks(short)
        number = len(self.passages) + 1
        self.elements.append(element)
        self.passages.append(Passage(text.strip(), self.page, number, 0 if contents else level, contents))
        self.between.setdefault(len(self.tables), []).append(text)

    # ---------------------------------------------------------------- tables

    def _table(self, element: Element) -> None:
        self.contents = False
        rows: list[Line] = []
        pages: list[int] = []
        inner: list[Element] = []
        elements: list[Element] = []
        for row in children_of(element, "tr"):
            self._count()
            line, box = self._row(row, inner)
            if line is None:
                continue
            self.page += box.before
            rows.append(line)
            elements.append(row)
            pages.append(self.page)
            self.page += box.breaks - box.before
            self._noted(box)
        width = max(map(len, rows), default=0)
        rows = [(*row, *(None,) * (width - len(row))) for row in rows]
        if width > 1 and len(rows) > 1:
            titles, rest = split_title(rows)
            if rest:
                first = len(rows) - len(rest)
                for title in titles:
                    if title.strip():
                        self._add(title, "", 0, element)
                above = lines_above(self.passages[self.after :], pages[0])
                kept = tuple(tuple(whole_figure(v) for v in row) for row in rest)
                self.tables.append(PageTable(above, kept, tuple(pages[first:]), len(self.passages)))
                self.row_elements.append(elements[first:])
                self.after = len(self.passages)
        else:
            for line in rows:
                for text in line:
                    for part in (text or "").split("\n"):
                        if part.strip():
                            self._add(part, "", 0, element)
        for table in inner:
            self._table(table)

    def _row(self, row: Element, inner: list[Element]) -> tuple[Line | None, Box]:
        box = Box([])
        properties = row.find(W["trPr"])
        line: list[str | None] = []
        if properties is not None:
            if properties.find(W["del"]) is not None:
                return None, box
            before = value_of(properties.find(W["gridBefore"]))
            line += [None] * (min(int(before), _WIDEST) if before.isdigit() else 0)
        for cell in children_of(row, "tc"):
            self._count()
            own = cell.find(W["tcPr"])
            span = value_of(own.find(W["gridSpan"])) if own is not None else ""
            merge = own.find(W["vMerge"]) if own is not None else None
            parts: list[str] = []
            for child in paragraphs_in(cell, inner):
                first = not box.breaks and not any(parts) and not any(line)
                seen = Box([])
                parts.append(text_of(child, seen))
                if first and seen.before:
                    box.before += seen.before
                box.breaks += seen.breaks
                box.revised += seen.revised
                box.hidden += seen.hidden
                parts += [text_of(p, seen) for inside in seen.boxes for p in inside.iter(W["p"])]
            covered = merge is not None and value_of(merge) != "restart"
            line.append(None if covered else "\n".join(p for p in parts if p.strip()))
            line += [None] * (min(int(span), _WIDEST) - 1 if span.isdigit() else 0)
        return tuple(line), box

    # ---------------------------------------------------------------- what is to be said

    def _say_leftovers(self) -> None:
        for page in sorted(set(self.revised)):
            self.leftovers.append(Leftover(page, "有未接受的修订痕迹；公开前请在 Word“审阅”中接受或拒绝全部修订", True))
        for page in sorted(set(self.hidden)):
            self.leftovers.append(Leftover(page, "有隐藏的文字；公开前请删除", True))
        comments = sum(1 for _ in self.document.element.body.iter(W["commentReference"]))
        if comments:
            self.leftovers.append(Leftover(1, f"文档中还有{comments}条批注；公开前请删除", True))
        relations = [(r.reltype.rsplit("/", 1)[-1], r.is_external) for r in self._relations()]
        if any(external and kind != "hyperlink" for kind, external in relations):
            self.leftovers.append(Leftover(1, "文档引用外部模板或图片，打开时会从别处取文件；请去掉后再公开"))
        if any(kind in ("vbaProject", "oleObject", "package", "aFChunk") for kind, _ in relations):
            self.leftovers.append(Leftover(1, "文档内嵌有其他文件或宏，没有读取；请去掉后再公开"))

    def _relations(self) -> Iterator[Any]:
        for relation in self.document.part.rels.values():
            yield relation
            if relation.reltype.endswith("/settings") and not relation.is_external:
                yield from relation.target_part.rels.values()

    def _pages_of_contents(self) -> None:
        """Where Word has noted no pages: those that the contents give, for everything from that heading on."""
        listed = [
            (squeezed(m["text"]), int(m["page"])) for p in self.passages if p.contents and (m := _ENTRY.match(p.text))
        ]
        if not listed:
            return
        headings = {squeezed(p.text): p for p in reversed(self.passages) if not p.contents}
        anchors = [(headings[text], page) for text, page in listed if text in headings]
        if len(anchors) < 0.6 * len(listed):
            return
        offset = anchors[0][0].page - anchors[0][1]
        move = sorted((p.paragraph, page + offset) for p, page in anchors)

        def at(paragraph: int, page: int) -> int:
            known = [new for start, new in move if start <= paragraph]
            return max(known[-1], page) if known and page < known[-1] else page

        self.passages[:] = [
            Passage(p.text, at(p.paragraph, p.page), p.paragraph, p.level, p.contents) for p in self.passages
        ]
        self.tables[:] = [
            PageTable(
                tuple(self.passages[a.paragraph - 1] for a in t.above),
                t.rows,
                tuple(at(t.paragraph, page) for page in t.pages),
                t.paragraph,
                repeated=t.repeated,
            )
            for t in self.tables
        ]
        self.page = max([self.page, *(p.page for p in self.passages)])


def by_looks(short: str) -> int:
    """How deep a heading a line is by its looks, 0 for running text."""
    if len(short) > 45 or short.endswith(("。", "；", "，", "：")):
        return 0
    if NUMBERED.match(short) is None:
        return 0
    return 1 if short.startswith("第") else 3 if short[0] in "（(" else 2


def _outline(properties: Element | None) -> int:
    level = value_of(properties.find(W["outlineLvl"])) if properties is not None else ""
    return int(level) + 1 if level.isdigit() and int(level) < 9 else 0


def whole_figure(text: str | None) -> str | None:
    """A cell's text; a figure that a line break splits is one figure."""
    if text and "\n" in text:
        together = text.replace("\n", "").strip()
        if _FIGURE.fullmatch(together):
            return together
    return text
