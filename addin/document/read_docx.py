"""Word read: paragraphs and tables in order, merged cells, text boxes, revisions as they show, automatic numbers."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree
from msgspec import Struct

from udfs.base import InputProblems, Problem, numeral, squeezed
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

#: What a document of a department holds, at most: bytes unpacked, members, paragraphs and cells.
MOST_BYTES, MOST_MEMBERS, MOST_BLOCKS = 300_000_000, 5_000, 400_000
#: A part may unpack to so many times its size, beyond this many bytes.
_RATIO, _SMALL = 200, 20_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_CONTENTS = re.compile(r"toc\s*\d|目录\s*\d|contents|图表目录", re.IGNORECASE)
_ENTRY = re.compile(r"(?P<text>.*?\S)(?:[\t.…·．]+|\s{2,})\s*(?P<page>\d{1,4})\s*$")
_FIGURE = re.compile(r"[-−]?[\d,，]+(?:\.\d*)?")
_CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "japaneseCounting",
    "ideographTraditional",
    "taiwaneseCounting",
}

_NAMES = (
    "p",
    "r",
    "t",
    "tab",
    "br",
    "cr",
    "tbl",
    "tr",
    "tc",
    "sdt",
    "sdtContent",
    "ins",
    "del",
    "moveFrom",
    "moveTo",
    "smartTag",
    "hyperlink",
    "fldSimple",
    "txbxContent",
    "pPr",
    "rPr",
    "tcPr",
    "trPr",
    "gridSpan",
    "vMerge",
    "gridBefore",
    "vanish",
    "val",
    "type",
    "pStyle",
    "numPr",
    "numId",
    "ilvl",
    "outlineLvl",
    "sectPr",
    "lastRenderedPageBreak",
    "pageBreakBefore",
    "customXml",
    "noBreakHyphen",
    "commentReference",
)
_W = {name: qn(f"w:{name}") for name in _NAMES}
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_INSIDE = {_W[n] for n in ("ins", "moveTo", "smartTag", "hyperlink", "fldSimple", "sdt", "sdtContent", "customXml")}
_GONE = {_W[n] for n in ("del", "moveFrom")}

Element = etree._Element  # noqa: SLF001 - lxml's type of an element has no public name


class _Box(Struct):
    """What a paragraph holds besides its text: text boxes, and whether text is revised or hidden."""

    boxes: list[Element]
    revised: int = 0
    hidden: int = 0
    before: int = 0  #: page breaks before its first text
    breaks: int = 0  #: page breaks in all


def read_docx(path: Path, data: bytes) -> Published:
    """A Word document's text and tables. Raises InputProblems with a sentence for what cannot be read."""
    _look(path, data)
    try:
        document = docx.Document(io.BytesIO(data))
        return Reader(path, document).read()
    except InputProblems:
        raise
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError) as error:
        raise _fault(
            path, f"文件已损坏或不是 Word 文档（.docx），请用 Word 打开并重新保存（{type(error).__name__}）"
        ) from None
    except (AttributeError, TypeError, IndexError, NotImplementedError, RuntimeError) as error:
        raise _fault(path, f"Word 文档内部结构异常，请用 Word 打开并重新保存（{type(error).__name__}）") from None


def _fault(path: Path, message: str) -> InputProblems:
    return InputProblems([Problem(path.name, message)])


def _look(path: Path, data: bytes) -> None:
    """The package before it is parsed: what it is, how large, whether parts are entities or nested without end."""
    if not data:
        raise _fault(path, "文件是空的，请重新取得该文件")
    if data.startswith(_OLE):
        known = "有打开密码" if _ENCRYPTED in data else "有打开密码或是旧版 .doc 格式"
        raise _fault(path, f"文件{known}，请取消密码并另存为 .docx 后再试")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            total = sum(i.file_size for i in infos)
            if len(infos) > MOST_MEMBERS or total > MOST_BYTES or total > _SMALL + _RATIO * len(data):
                raise _fault(path, "文件解开后异常庞大，未予读取；文件可能有害，请勿打开")
            if "word/document.xml" not in {i.filename for i in infos}:
                kind = "WPS 文字或其他格式" if not any(i.filename.startswith("xl/") for i in infos) else "Excel 工作簿"
                raise _fault(path, f"不是 Word 文档（.docx），而是{kind}，请用 Word 或 WPS 另存为 .docx 后再试")
            for info in infos:
                if info.flag_bits & 1:
                    raise _fault(path, "文件有密码，请取消密码后再试")
                if info.filename.endswith((".xml", ".rels")):
                    with archive.open(info) as part:
                        start = part.read(2_000)
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                        raise _fault(
                            path, "文件内含 XML 实体定义，不是 Word 写出的文件，未予读取；文件可能有害，请勿打开"
                        )
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError):
        raise _fault(path, "文件已损坏或不是 Word 文档（.docx），请重新取得该文件") from None


class _Numbers:
    """The automatic numbers of paragraphs, as Word would print them."""

    def __init__(self, document: Document) -> None:
        self.levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.abstract: dict[str, str] = {}
        part = next((r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering")), None)
        if part is None or not hasattr(part, "element"):
            return
        root = part.element
        for number in root.findall(qn("w:num")):
            link = number.find(qn("w:abstractNumId"))
            if link is not None:
                self.abstract[number.get(qn("w:numId"), "")] = link.get(_W["val"], "")
        for abstract in root.findall(qn("w:abstractNum")):
            key = abstract.get(qn("w:abstractNumId"), "")
            for level in abstract.findall(qn("w:lvl")):
                values = {name: _value(level.find(qn(f"w:{name}"))) for name in ("numFmt", "lvlText", "start")}
                start = values["start"]
                self.levels[key, int(level.get(qn("w:ilvl"), "0"))] = (
                    values["numFmt"],
                    values["lvlText"],
                    int(start) if start.isdigit() else 1,
                )

    def next(self, number: str, level: int) -> str:
        """The number of the next paragraph of a list."""
        key = self.abstract.get(number, "")
        if (key, level) not in self.levels:
            return ""
        kind, pattern, start = self.levels[key, level]
        self.counts[key, level] = self.counts.get((key, level), start - 1) + 1
        for deeper in [k for k in self.counts if k[0] == key and k[1] > level]:
            del self.counts[deeper]
        if kind in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            own, _, begins = self.levels.get((key, at), ("decimal", "", 1))
            value = self.counts.get((key, at), begins)
            return numeral(value) if own in _CHINESE and value < 100 else str(value)

        return re.sub(r"%(\d)", shown, pattern)


def _value(element: Element | None) -> str:
    return element.get(_W["val"], "") if element is not None else ""


class Reader:
    """Goes through a document once. Pages are those that Word noted when it last laid it out; else by its breaks."""

    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self.document = document
        self.numbers = _Numbers(document)
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
        self.laid_out = next(body.iter(_W["lastRenderedPageBreak"]), None) is not None
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
            if child.tag == _W["p"]:
                self._paragraph(child)
            elif child.tag == _W["tbl"]:
                self._table(child)
            elif child.tag in _INSIDE:
                self._blocks(child)

    def _count(self) -> None:
        self.blocks += 1
        if self.blocks > MOST_BLOCKS:
            raise _fault(self.path, "文档异常庞大，未予读取")

    def _paragraph(self, element: Element) -> None:
        self._count()
        box = _Box([])
        text = _text(element, box)
        properties = element.find(_W["pPr"])
        if properties is not None and properties.find(_W["pageBreakBefore"]) is not None and not self.laid_out:
            self.page += self._started()
        self.page += box.before
        text = self._number(properties) + text
        self._noted(box)
        if text.strip():
            self._add(text, self._style(properties), _outline(properties), element)
        self.page += box.breaks - box.before
        for inner in box.boxes:
            self._blocks(inner)
        if properties is not None and (section := properties.find(_W["sectPr"])) is not None and not self.laid_out:
            kind = _value(section.find(_W["type"]))
            self.page += kind not in ("continuous", "nextColumn")

    def _started(self) -> bool:
        return bool(self.passages and self.passages[-1].page == self.page) or bool(
            self.tables and self.tables[-1].pages[-1] == self.page
        )

    def _noted(self, box: _Box) -> None:
        if box.revised:
            self.revised.append(self.page)
        if box.hidden:
            self.hidden.append(self.page)

    def _number(self, properties: Element | None) -> str:
        own = properties.find(_W["numPr"]) if properties is not None else None
        style = self.styles.get(_value(properties.find(_W["pStyle"]))) if properties is not None else None
        while own is None and style is not None:
            found = style.element.find(_W["pPr"])
            own = found.find(_W["numPr"]) if found is not None else None
            style = getattr(style, "base_style", None)
        if own is None:
            return ""
        number, level = _value(own.find(_W["numId"])), _value(own.find(_W["ilvl"]))
        return self.numbers.next(number, int(level) if level.isdigit() else 0)

    def _style(self, properties: Element | None) -> str:
        style = self.styles.get(_value(properties.find(_W["pStyle"]))) if properties is not None else None
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
        for row in _rows(element):
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
                kept = tuple(tuple(_value_of(v) for v in row) for row in rest)
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

    def _row(self, row: Element, inner: list[Element]) -> tuple[Line | None, _Box]:
        box = _Box([])
        properties = row.find(_W["trPr"])
        line: list[str | None] = []
        if properties is not None:
            if properties.find(_W["del"]) is not None:
                return None, box
            before = _value(properties.find(_W["gridBefore"]))
            line += [None] * (int(before) if before.isdigit() else 0)
        for cell in _cells(row):
            self._count()
            own = cell.find(_W["tcPr"])
            span = _value(own.find(_W["gridSpan"])) if own is not None else ""
            merge = own.find(_W["vMerge"]) if own is not None else None
            parts: list[str] = []
            for child in _paragraphs_in(cell, inner):
                first = not box.breaks and not any(parts) and not any(line)
                seen = _Box([])
                parts.append(_text(child, seen))
                if first and seen.before:
                    box.before += seen.before
                box.breaks += seen.breaks
                box.revised += seen.revised
                box.hidden += seen.hidden
                parts += [_text(p, seen) for inside in seen.boxes for p in inside.iter(_W["p"])]
            covered = merge is not None and _value(merge) != "restart"
            line.append(None if covered else "\n".join(p for p in parts if p.strip()))
            line += [None] * (min(int(span), 200) - 1 if span.isdigit() else 0)
        return tuple(line), box

    # ---------------------------------------------------------------- what is to be said

    def _say_leftovers(self) -> None:
        for page in sorted(set(self.revised)):
            self.leftovers.append(Leftover(page, "有未接受的修订痕迹；公开前请在 Word“审阅”中接受或拒绝全部修订", True))
        for page in sorted(set(self.hidden)):
            self.leftovers.append(Leftover(page, "有隐藏的文字；公开前请删除", True))
        comments = sum(1 for _ in self.document.element.body.iter(_W["commentReference"]))
        if comments:
            self.leftovers.append(Leftover(1, f"文档中还有{comments}条批注；公开前请删除", True))
        reltypes = list(self.document.part.rels.values())
        if any(r.reltype.endswith("/attachedTemplate") and r.is_external for r in self._relations()):
            self.leftovers.append(Leftover(1, "文档引用外部模板，打开时会从别处取文件；请去掉后再公开"))
        if any(r.reltype.endswith(("/vbaProject", "/oleObject", "/package")) for r in reltypes):
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
    level = _value(properties.find(_W["outlineLvl"])) if properties is not None else ""
    return int(level) + 1 if level.isdigit() and int(level) < 9 else 0


def _value_of(text: str | None) -> str | None:
    """A cell's text; a figure that a line break splits is one figure."""
    if text and "\n" in text:
        together = text.replace("\n", "").strip()
        if _FIGURE.fullmatch(together):
            return together
    return text


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == _W["tr"]:
            yield child
        elif child.tag in _INSIDE:
            yield from _rows(child)


def _cells(row: Element) -> Iterator[Element]:
    for child in row:
        if child.tag == _W["tc"]:
            yield child
        elif child.tag in _INSIDE:
            yield from _cells(child)


def _paragraphs_in(cell: Element, tables: list[Element]) -> Iterator[Element]:
    """The paragraphs of a cell; tables inside it are read after their own."""
    for child in cell:
        if child.tag == _W["p"]:
            yield child
        elif child.tag == _W["tbl"]:
            tables.append(child)
        elif child.tag in _INSIDE:
            yield from _paragraphs_in(child, tables)


def _text(element: Element, box: _Box) -> str:
    """The text of a paragraph as it shows: insertions in, deletions and hidden text out."""
    parts: list[str] = []
    _gather(element, parts, box)
    return "".join(parts)


def _gather(element: Element, parts: list[str], box: _Box) -> None:
    for child in element:
        tag = child.tag
        if tag == _W["r"]:
            _run(child, parts, box)
        elif tag in _GONE:
            box.revised += 1
        elif tag in _INSIDE:
            box.revised += tag in (_W["ins"], _W["moveTo"])
            _gather(child, parts, box)


def _run(run: Element, parts: list[str], box: _Box) -> None:
    properties = run.find(_W["rPr"])
    vanish = properties.find(_W["vanish"]) if properties is not None else None
    if vanish is not None and _value(vanish) not in ("0", "false"):
        # Fields and entries of the contents hide their marks; only words are worth telling.
        box.hidden += any((t.text or "").strip() for t in run.iter(_W["t"]))
        return
    tell: dict[str, Callable[[Element], str]] = {
        _W["t"]: lambda e: e.text or "",
        _W["tab"]: lambda _: "\t",
        _W["cr"]: lambda _: "\n",
        _W["noBreakHyphen"]: lambda _: "-",
    }
    for child in run:
        if child.tag in tell:
            parts.append(tell[child.tag](child))
        elif child.tag == _W["lastRenderedPageBreak"]:
            box.breaks += 1
            box.before += not any(p.strip() for p in parts)
        elif child.tag == _W["br"]:
            if child.get(_W["type"]) == "page":
                box.breaks += 1
                box.before += not any(p.strip() for p in parts)
            else:
                parts.append("\n")
        elif child.tag == _CHOICE:
            choice = child[0] if len(child) else None
            if choice is not None:
                box.boxes += _boxes(choice)
        else:
            box.boxes += _boxes(child)


def _boxes(element: Element) -> list[Element]:
    return list(element.iter(_W["txbxContent"])) if len(element) else []
