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
from addin.xlsx.package import Package
from addin.xlsx.parts import (
    BOOK,
    BOOK_RELATIONS,
    MAIN,
    RELATION,
    XML_SPACE,
    parse_xml,
    relate,
    target_of,
    xml_bytes,
)
from addin.xlsx.sheet_list import list_sheet
from addin.xlsx.styles import Rule, Styles
from udfs.base import Link, address, cell_of, column_letters, quoted, reference, text_lines

#: Height of one more line of text in a cell of 10 points, in points.
_LINE = 14
#: A longer text is nothing to be read: it has one line.
_LONGEST = 3_000

#: Protection of a finished sheet: looked at, sized, sorted, not written.
PROTECTION = (
    '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0" sort="0" autoFilter="0"/>'
)


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


class SharedStrings:
    """The workbook's list of texts, to which a long sheet adds its own."""

    def __init__(self, package: Package) -> None:
        self.package = package
        relations = parse_xml(package.part(BOOK_RELATIONS))
        listed = [target_of(BOOK, item) for item in relations if item.get("Type", "").endswith("/sharedStrings")]
        self.part = listed[0] if listed else "xl/sharedStrings.xml"
        if not listed:
            package.put(self.part, f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{MAIN}"/>'.encode())
            relate(package, f"{RELATION}/sharedStrings", self.part)
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
            self.root.attrib.pop(attribute, "")
        for text in self._index:
            item = etree.SubElement(etree.SubElement(self.root, f"{{{MAIN}}}si"), f"{{{MAIN}}}t")
            item.text = escaped(text)
            item.set(XML_SPACE, "preserve")
        self.package.put(self.part, xml_bytes(self.root))


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


def add_sheet(package: Package, sheet: NewSheet, *, after: str = "") -> None:
    """Add a sheet; it stands after the named one, else at the end."""
    number = 1 + max(
        (int(match[1]) for name in package.parts if (match := re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name))),
        default=0,
    )
    part = f"xl/worksheets/sheet{number}.xml"
    styles = package.styles
    start, end = _frame(sheet, styles)
    body = [styles.number(name) for name in sheet.styles]
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
    repeated = f"{quoted(sheet.name)}!${sheet.heading}:${sheet.heading}" if sheet.heading else ""
    printed = reference(sheet.name, 1, 1, sheet.printed, len(sheet.widths)) if sheet.printed else ""
    list_sheet(package, sheet.name, part, after, {"Print_Area": printed, "Print_Titles": repeated})


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
            f'<c r="{address(number, c)}" s="{styles.number(style)}"{value_xml(value)}'
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
