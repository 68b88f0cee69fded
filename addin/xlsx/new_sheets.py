"""Sheets added to a package, row by row: values, named styles, colours by rule, links, page and protection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from html import escape
from typing import IO, Any

from lxml import etree
from msgspec import Struct

from addin.xlsx.cell_xml import escaped, value_xml
from addin.xlsx.heights import TALLEST_ROW
from addin.xlsx.package import MAIN, Package, parse_xml
from udfs.base import Link, address, cell_of, column_letters, quoted, reference, text_lines
from workbook_templates.archive import entry

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_LOOKS = {
    "styles": "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml",
    "theme": "application/vnd.openxmlformats-officedocument.theme+xml",
}
_STRINGS = "xl/sharedStrings.xml"
_STRINGS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
BOOK, BOOK_RELATIONS, CONTENT_TYPES, STYLES = (
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
    "xl/styles.xml",
)

#: Height of one more line of text in a cell of 10 points, in points.
_LINE = 14
#: A longer text is nothing to be read: it has one line.
_LONGEST = 3_000

#: Protection of a finished sheet: looked at, sized, sorted, not written.
PROTECTION = (
    '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0" sort="0" autoFilter="0"/>'
)


class Rule(Struct, frozen=True):
    """A colour by rule: the area, the formula for its first cell, the fill and the ink."""

    area: str
    formula: str
    fill: str
    ink: str
    bold: bool = False


class NewSheet(Struct, frozen=True):
    """A sheet to add. `rows` gives from `first_row` on the values of each row; `styles` the named style of each column.

    `head`: rows before the body as (row, values, style), of which `title` are merged over the width.
    """

    name: str
    widths: Sequence[float]
    head: Sequence[tuple[int, Sequence[Any], str, float]]
    rows: Callable[[], Iterable[Sequence[Any]]]
    first_row: int
    styles: Sequence[str]
    merged: Sequence[int] = ()
    rules: Sequence[Rule] = ()
    frozen: str = ""
    landscape: bool = True
    filtered: bool = False  #: drop-downs for filtering in the row above the body
    locked: bool = True
    height: float = 20.0
    shared: bool = False  #: texts go into the workbook's list, for long sheets that repeat them
    count: int = 0  #: rows of the body, where known: filter and rules end there
    heading: int = 0  #: the row that every printed page repeats
    wrapped: Sequence[int] = ()  #: columns (from 1) whose texts may take several lines: their rows are as tall
    joined: Sequence[str] = ()  #: more areas that are one cell
    printed: int = 0  #: the last row that is printed, where not all are


class Styles:
    """The styles of a package: cell formats by the name of their style, colours by rule added as they are asked for."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.root = parse_xml(package.part(STYLES))
        self.formats = self._child("cellXfs")
        names = {s.get("name", ""): s.get("xfId", "0") for s in self.root.iter(f"{{{MAIN}}}cellStyle")}
        self._found: dict[str, int] = {}
        by_style: dict[str, int] = {}
        for index, xf in enumerate(self.formats):
            by_style.setdefault(xf.get("xfId", "0"), index)
        for name, style in names.items():
            if style in by_style:
                self._found[name] = by_style[style]
            else:
                self._found[name] = self._from_style(int(style))

    def _child(self, name: str) -> etree._Element:
        found = self.root.find(f"{{{MAIN}}}{name}")
        if found is None:
            raise ValueError(f"styles without {name}")
        return found

    def _from_style(self, style: int) -> int:
        """A cell format that looks as a style does, for a style that no cell of the workbook has."""
        base = self._child("cellStyleXfs")[style]
        xf = etree.SubElement(self.formats, f"{{{MAIN}}}xf", {str(k): str(v) for k, v in base.attrib.items()})
        xf.set("xfId", str(style))
        for part in base:
            xf.append(parse_xml(etree.tostring(part)))
        self.formats.set("count", str(len(self.formats)))
        return len(self.formats) - 1

    def format(self, name: str) -> int:
        """The cell format of a named style; the plain one where the workbook has no such style."""
        return self._found.get(name, 0)

    def colour(self, rule: Rule) -> int:
        """The colours of a rule as a differential format."""
        parts = self.root.find(f"{{{MAIN}}}dxfs")
        if parts is None:
            parts = etree.Element(f"{{{MAIN}}}dxfs")
            self._child("cellStyles").addnext(parts)
        bold = '<b val="1"/>' if rule.bold else ""
        text = (
            f'<dxf xmlns="{MAIN}"><font>{bold}<color rgb="{rule.ink}"/></font>'
            f'<fill><patternFill patternType="solid"><bgColor rgb="{rule.fill}"/></patternFill></fill></dxf>'
        )
        parts.append(parse_xml(text.encode()))
        parts.set("count", str(len(parts)))
        return len(parts) - 1

    def save(self) -> None:
        """Put the changed styles back into the package."""
        self.package.put(STYLES, _bytes(self.root))


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


class SharedStrings:
    """The workbook's list of texts, to which a long sheet adds its own."""

    def __init__(self, package: Package) -> None:
        self.package = package
        relations = parse_xml(package.part(BOOK_RELATIONS))
        listed = [item.get("Target", "") for item in relations if item.get("Type", "").endswith("/sharedStrings")]
        if listed:
            self.part = listed[0].lstrip("/") if listed[0].startswith("/") else f"xl/{listed[0]}"
        else:
            self.part = _STRINGS
            package.put(_STRINGS, f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{MAIN}"/>'.encode())
            relate(package, f"{RELATION}/sharedStrings", _STRINGS, _STRINGS_TYPE)
        self.root = parse_xml(package.part(self.part))
        self._base = len(self.root)
        self._index: dict[str, int] = {}

    def index(self, text: str) -> int:
        """The place of a text in the list."""
        at = self._index.get(text)
        if at is None:
            at = self._index[text] = self._base + len(self._index)
        return at

    def save(self) -> None:
        """Put the longer list back; counts are left out, readers need none."""
        for attribute in ("count", "uniqueCount"):
            if attribute in self.root.attrib:
                del self.root.attrib[attribute]
        for text in self._index:
            item = etree.SubElement(etree.SubElement(self.root, f"{{{MAIN}}}si"), f"{{{MAIN}}}t")
            item.text = escaped(text)
            item.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        self.package.put(self.part, _bytes(self.root))


def rows_xml(
    rows: Iterable[Sequence[Any]],
    first: int,
    styles: Sequence[int],
    strings: SharedStrings | None = None,
    height: Callable[[Sequence[Any]], str] = lambda _: "",
) -> Iterator[bytes]:
    """The rows of a sheet's XML, one by one; `height` gives the attributes of a row that is not as tall as most."""
    index = strings.index if strings is not None else None
    frames = [(f'<c r="{column_letters(c)}', f'" s="{style}"') for c, style in enumerate(styles, 1)]

    @lru_cache(maxsize=1 << 16)
    def text(value: str) -> str:
        # Codes and names stand in many rows.
        return value_xml(value, index)

    for number, values in enumerate(rows, first):
        cells = [
            f"{start}{number}{end}{text(value) if value.__class__ is str else value_xml(value, index)}"
            for (start, end), value in zip(frames, values, strict=False)
        ]
        yield f'<row r="{number}"{height(values)}>{"".join(cells)}</row>'.encode()


def _row_height(sheet: NewSheet, values: Sequence[Any]) -> str:
    """The height of a row whose texts take several lines, as attributes; empty where one line is enough.

    Rows that are written with a height of their own are not fitted by Excel when it opens the file, nor are others
    below a default height: without this, texts would be cut.
    """
    texts = ((values[c - 1], sheet.widths[c - 1]) for c in sheet.wrapped if c <= len(values) and values[c - 1])
    shown = ((str(text), width) for text, width in texts)
    lines = max((text_lines(text, width) for text, width in shown if len(text) <= _LONGEST), default=1)
    return f' ht="{min(sheet.height + _LINE * (lines - 1), TALLEST_ROW):g}" customHeight="1"' if lines > 1 else ""


def add_sheet(package: Package, sheet: NewSheet, styles: Styles, *, before: str = "", after: str = "") -> None:
    """Add a sheet; it stands before or after the named one, else at the end."""
    number = 1 + max(
        (int(match[1]) for name in package.parts if (match := re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name))),
        default=0,
    )
    part = f"xl/worksheets/sheet{number}.xml"
    start, end = _frame(sheet, styles)
    body = [styles.format(name) for name in sheet.styles]
    strings = SharedStrings(package) if sheet.shared else None
    links: list[tuple[str, str, str]] = []
    # Once for what stands elsewhere: links below the rows, texts in another part. Then row by row into the file.
    for number, values in enumerate(sheet.rows(), sheet.first_row):
        for column, value in enumerate(values, 1):
            if isinstance(value, Link):
                links.append((address(number, column), value.sheet, value.cell))
            elif strings is not None and isinstance(value, str) and value:
                strings.index(value)
    if strings is not None:
        strings.save()

    def write(out: IO[bytes]) -> None:
        out.write(start)
        height = partial(_row_height, sheet)
        for row in rows_xml(sheet.rows(), sheet.first_row, body, strings, height):
            out.write(row)
        out.write(end.replace(b"<hyperlinks/>", _links_xml(links)))

    package.stream(part, write)
    _register(package, sheet, part, before, after)


def _links_xml(links: Sequence[tuple[str, str, str]]) -> bytes:
    if not links:
        return b""
    items = []
    for at, sheet, cell in links:
        items.append(f'<hyperlink ref="{at}" location="{escape(f"{quoted(sheet)}!{cell}")}"/>')
    return f"<hyperlinks>{''.join(items)}</hyperlinks>".encode()


def _frame(sheet: NewSheet, styles: Styles) -> tuple[bytes, bytes]:
    """What stands before and after the rows of the body; head rows are among what stands before."""
    width = len(sheet.widths)
    last = column_letters(width)
    cols = "".join(f'<col min="{i}" max="{i}" width="{w:g}" customWidth="1"/>' for i, w in enumerate(sheet.widths, 1))
    pane = ""
    if sheet.frozen:
        y, x = (number - 1 for number in cell_of(sheet.frozen))
        where = "bottomRight" if x and y else ("bottomLeft" if y else "topRight")
        split = (f' xSplit="{x}"' if x else "") + (f' ySplit="{y}"' if y else "")
        pane = f'<pane{split} topLeftCell="{sheet.frozen}" activePane="{where}" state="frozen"/>'
        pane += f'<selection pane="{where}"/>'
    head = []
    for number, values, style, height in sheet.head:
        padded = [*values, *[None] * (width - len(values))]
        cells = "".join(
            f'<c r="{address(number, c)}" s="{styles.format(style)}"{value_xml(value)}'
            for c, value in enumerate(padded, 1)
        )
        size = f' ht="{height:g}" customHeight="1"' if height else ""
        head.append(f'<row r="{number}"{size}>{cells}</row>')
    start = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATION}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView showGridLines="0" workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="{sheet.height:g}" customHeight="1"/><cols>{cols}</cols>'
        f"<sheetData>{''.join(head)}"
    )
    bottom = sheet.first_row + max(sheet.count, 1) - 1
    parts = ["</sheetData>"]
    if sheet.locked:
        parts.append(PROTECTION)
    if sheet.filtered:
        parts.append(f'<autoFilter ref="A{sheet.first_row - 1}:{last}{bottom}"/>')
    areas = [*(f"A{row}:{last}{row}" for row in sheet.merged), *sheet.joined]
    if areas:
        merges = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
        parts.append(f'<mergeCells count="{len(areas)}">{merges}</mergeCells>')
    for priority, rule in enumerate(sheet.rules, 1):
        formula = escape(rule.formula, quote=False)
        parts.append(
            f'<conditionalFormatting sqref="{rule.area}"><cfRule type="expression" dxfId="{styles.colour(rule)}"'
            f' priority="{priority}"><formula>{formula}</formula></cfRule></conditionalFormatting>'
        )
    parts.append("<hyperlinks/>")
    orientation = "landscape" if sheet.landscape else "portrait"
    parts.append(
        '<pageMargins left="0.59" right="0.59" top="0.79" bottom="0.71" header="0.39" footer="0.39"/>'
        f'<pageSetup paperSize="9" orientation="{orientation}" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;C第 &amp;P 页　共 &amp;N 页</oddFooter></headerFooter></worksheet>"
    )
    return start.encode(), "".join(parts).encode()


def _register(package: Package, new: NewSheet, part: str, before: str, after: str) -> None:
    """Tell the package of a new sheet: its relationship, its type, its place among the sheets, what pages repeat."""
    name = new.name
    number = relate(package, f"{RELATION}/worksheet", part, _SHEET_TYPE)
    book = parse_xml(package.part(BOOK))
    sheets = book.find(f"{{{MAIN}}}sheets")
    assert sheets is not None
    taken = [int(item.get("sheetId", "0")) for item in sheets]
    item = etree.Element(f"{{{MAIN}}}sheet", name=name, sheetId=str(max(taken, default=0) + 1))
    item.set(f"{{{RELATION}}}id", number)
    at = next((i for i, other in enumerate(sheets) if other.get("name") in (before, after)), len(sheets))
    at += bool(after) and at < len(sheets)
    sheets.insert(at, item)
    _shift_local_names(book, at, 1)
    if new.printed:
        _name_locally(book, sheets, at, "_xlnm.Print_Area", reference(name, 1, 1, new.printed, len(new.widths)))
    if new.heading:
        _name_locally(book, sheets, at, "_xlnm.Print_Titles", f"{quoted(name)}!${new.heading}:${new.heading}")
    package.put(BOOK, _bytes(book))


def _name_locally(book: etree._Element, sheets: etree._Element, at: int, name: str, area: str) -> None:
    """A defined name that belongs to one sheet."""
    names = book.find(f"{{{MAIN}}}definedNames")
    if names is None:
        names = etree.Element(f"{{{MAIN}}}definedNames")
        sheets.addnext(names)
    etree.SubElement(names, f"{{{MAIN}}}definedName", name=name, localSheetId=str(at)).text = area


def relate(package: Package, kind: str, part: str, content: str) -> str:
    """Give a new part its content type and the book's relationship to it; the relationship's id."""
    relations = parse_xml(package.part(BOOK_RELATIONS))
    used = {item.get("Id", "") for item in relations}
    number = 1
    while f"rId{number}" in used:
        number += 1
    etree.SubElement(relations, f"{{{_PACKAGE}}}Relationship", Id=f"rId{number}", Type=kind, Target=f"/{part}")
    types = parse_xml(package.part(CONTENT_TYPES))
    etree.SubElement(types, f"{{{_TYPES}}}Override", PartName=f"/{part}", ContentType=content)
    package.put(CONTENT_TYPES, _bytes(types))
    package.put(BOOK_RELATIONS, _bytes(relations))
    return f"rId{number}"


def remove_sheet(package: Package, name: str) -> None:
    """Take a sheet out, with its relationship, its type and the names that are its own."""
    book = parse_xml(package.part(BOOK))
    sheets = book.find(f"{{{MAIN}}}sheets")
    assert sheets is not None
    at, item = next((i, s) for i, s in enumerate(sheets) if s.get("name") == name)
    relation = item.get(f"{{{RELATION}}}id")
    part = package.sheets[name]
    sheets.remove(item)
    for defined in list(book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName")):
        if defined.get("localSheetId") == str(at):
            parent = defined.getparent()
            assert parent is not None
            parent.remove(defined)
    _shift_local_names(book, at + 1, -1)
    package.put(BOOK, _bytes(book))
    relations = parse_xml(package.part(BOOK_RELATIONS))
    for other in list(relations):
        if other.get("Id") == relation:
            relations.remove(other)
    package.put(BOOK_RELATIONS, _bytes(relations))
    types = parse_xml(package.part(CONTENT_TYPES))
    for other in list(types):
        if other.get("PartName") == f"/{part}":
            types.remove(other)
    package.put(CONTENT_TYPES, _bytes(types))
    package.drop(part)


def without_sheets(package: Package) -> Package:
    """A new package with the looks of one, its styles and theme, and no sheet: for lists that stand alone."""
    kept = [name for name in package.parts if name == STYLES or name.startswith("xl/theme/")]
    book = f'<workbook xmlns="{MAIN}"><bookViews><workbookView/></bookViews><sheets/></workbook>'
    types = "".join(
        f'<Default Extension="{end}" ContentType="{kind}"/>'
        for end, kind in (("rels", _RELATIONS_TYPE), ("xml", "application/xml"))
    )
    types += f'<Override PartName="/{BOOK}" ContentType="{_BOOK_TYPE}"/>'
    whole = f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" Target="{BOOK}"/>'
    members = {
        CONTENT_TYPES: f'<Types xmlns="{_TYPES}">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}">{whole}</Relationships>',
        BOOK: book,
        BOOK_RELATIONS: f'<Relationships xmlns="{_PACKAGE}"/>',
    }
    new = Package([(entry(name), text.encode()) for name, text in members.items()])
    for name in kept:
        kind = "styles" if name == STYLES else "theme"
        new.put(name, package.part(name))
        relate(new, f"{RELATION}/{kind}", name, _LOOKS[kind])
    return new


def _shift_local_names(book: etree._Element, first: int, by: int) -> None:
    """Names that belong to a sheet, and the sheet shown first, count sheets by position."""
    for defined in book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"):
        local = defined.get("localSheetId")
        if local is not None and int(local) >= first:
            defined.set("localSheetId", str(int(local) + by))
    for view in book.iterfind(f"{{{MAIN}}}bookViews/{{{MAIN}}}workbookView"):
        for attribute in ("activeTab", "firstSheet"):
            if int(view.get(attribute, "0")) >= max(first, 1):
                view.set(attribute, str(max(0, int(view.get(attribute, "0")) + by)))
