"""An .xlsx package changed in place: only the sheet parts written to change, every other part stays as it was."""

from __future__ import annotations

import bisect
import zipfile
from collections.abc import Callable, Iterable, Sequence
from io import BufferedWriter, BytesIO
from pathlib import Path
from typing import IO, Any

from lxml import etree

from addin.xlsx.cell_xml import NUMBERS, escaped, value_xml
from addin.xlsx.chart_cache import refreshed
from addin.xlsx.heights import fitting, is_own
from addin.xlsx.layout import Styles, apply_layout
from addin.xlsx.preflight import Member
from udfs.base import Area, Block, Formula, Link, address, cell_of, column_letters, corners, quoted, read_reference
from udfs.narrative import CHART_NAME
from workbook_templates.archive import entry

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#: Names of a cell and of what is in it, put together once: a workbook has tens of thousands of cells.
_C, _F, _V, _IS, _T = (f"{{{MAIN}}}{name}" for name in ("c", "f", "v", "is", "t"))
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_STYLES = "xl/styles.xml"
#: From how many new rows on they are made as text, and how many at once.
_MANY = 500
#: What is compressed at once of a part that is written row by row.
_PIECE = 1 << 18

#: Parts of a sheet that the schema wants before its hyperlinks.
_BEFORE_HYPERLINKS = {
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
}

#: XML that comes from outside is never allowed to name files or to unfold entities.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_blank_text=False)


def parse_xml(data: bytes) -> etree._Element:
    """An XML part, without entities and without access to anything outside it."""
    return etree.fromstring(data, _PARSER)


class Package:
    """The parts of a workbook file, in order; blocks are written into the parts of their sheets.

    `parts`: the parts as read, by name. `sheets`: the name of each sheet's part.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._infos = [info for info, _ in members]
        self.parts = {info.filename: data for info, data in members}
        self._changed: dict[str, bytes] = {}
        self._streams: dict[str, Callable[[IO[bytes]], None]] = {}
        self._formulas_lost = False
        self._book = parse_xml(self.parts["xl/workbook.xml"])
        self.sheets = self._sheet_parts()

    @property
    def names(self) -> dict[str, Area]:
        """Where the workbook's defined names point, for those that name one rectangle."""
        result = {}
        for item in self._book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"):
            area = read_reference(item.text or "")
            if area and item.get("localSheetId") is None:
                result[item.get("name", "")] = area
        return result

    def constant(self, name: str) -> str:
        """The text that a defined name holds; empty where there is no such name."""
        for item in self._book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"):
            if item.get("name") == name:
                return (item.text or "").strip('"')
        return ""

    def write(self, blocks: Iterable[Block]) -> None:
        """Write blocks of values; formats, widths and everything else of the sheets stay."""
        by_sheet: dict[str, list[Block]] = {}
        for block in blocks:
            by_sheet.setdefault(block.sheet, []).append(block)
        styles: Styles | None = None
        for sheet, its in by_sheet.items():
            part = self.sheets[sheet]
            root = parse_xml(self._changed.get(part, self.parts[part]))
            writer = _SheetWriter(root, linked=any(block.links for block in its))
            for block in its:
                writer.write(block)
                if block.layout is not None:
                    styles = styles or Styles(parse_xml(self._changed.get(_STYLES, self.parts[_STYLES])))
                    apply_layout(root, block, block.layout, styles, writer.cell_at, writer.column_style)
            self._formulas_lost |= writer.formulas_lost
            self._refresh_charts(its)
            self._changed[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        if styles is not None and styles.changed:
            self._changed[_STYLES] = etree.tostring(
                styles.root, xml_declaration=True, encoding="UTF-8", standalone=True
            )

    def _refresh_charts(self, blocks: Iterable[Block]) -> None:
        """The program's own chart keeps the values just written; every other chart stays as it was."""
        area = self.names.get(CHART_NAME)
        for block in blocks:
            if area is None or (block.sheet, block.row, block.column) != area[:3]:
                continue
            for name in self.parts:
                if name.startswith("xl/charts/"):
                    old = self._changed.get(name, self.parts[name])
                    new = refreshed(old, area, block)
                    if new is not old:
                        self._changed[name] = new

    def part(self, name: str) -> bytes:
        """A part as it would be saved now."""
        if name in self._streams:
            buffer = BytesIO()
            self._streams[name](buffer)
            return buffer.getvalue()
        return self._changed.get(name, self.parts[name])

    def put(self, name: str, data: bytes) -> None:
        """Change a part, or add one."""
        if name not in self.parts:
            self._infos.append(entry(name))
            self.parts[name] = b""
        self._changed[name] = data
        self._streams.pop(name, None)
        if name == "xl/workbook.xml":
            self._book = parse_xml(data)
        if name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
            self.sheets = self._sheet_parts()

    def stream(self, name: str, write: Callable[[IO[bytes]], None]) -> None:
        """Let a part be written piece by piece on saving, for what is too long to be held in memory."""
        if name not in self.parts:
            self._infos.append(entry(name))
            self.parts[name] = b""
        self._streams[name] = write

    def drop(self, name: str) -> None:
        """Leave a part out."""
        self.parts.pop(name, None)
        self._changed.pop(name, None)
        self._streams.pop(name, None)
        self._infos = [info for info in self._infos if info.filename != name]

    def save(self, target: Path | IO[bytes]) -> None:
        """Write the whole package to a new file."""
        if self._formulas_lost:
            self._drop_calculation_chain()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for info in self._infos:
                if info.filename not in self.parts:
                    continue
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type = zipfile.ZIP_DEFLATED if info.compress_type else zipfile.ZIP_STORED
                copy.external_attr = info.external_attr
                if info.filename in self._streams:
                    with archive.open(copy, "w", force_zip64=True) as part, BufferedWriter(part, _PIECE) as out:
                        self._streams[info.filename](out)
                else:
                    archive.writestr(copy, self.part(info.filename))

    def _sheet_parts(self) -> dict[str, str]:
        relations = parse_xml(self.part("xl/_rels/workbook.xml.rels"))
        targets = {item.get("Id"): item.get("Target", "") for item in relations}
        result = {}
        for sheet in self._book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet"):
            target = targets[sheet.get(f"{{{_RELATION}}}id")]
            result[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return result

    def _drop_calculation_chain(self) -> None:
        """A chain that names cells without formulas makes Excel offer a repair; Excel builds it anew."""
        chain = "xl/calcChain.xml"
        if chain not in self.parts:
            return
        del self.parts[chain]
        for part, attribute in (("xl/_rels/workbook.xml.rels", "Target"), ("[Content_Types].xml", "PartName")):
            root = parse_xml(self._changed.get(part, self.parts[part]))
            for item in list(root):
                if item.get(attribute, "").endswith("calcChain.xml"):
                    root.remove(item)
            self._changed[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _drop(element: etree._Element, attribute: str) -> None:
    if attribute in element.attrib:
        del element.attrib[attribute]


class _SheetWriter:
    """Writes values into one sheet's XML."""

    def __init__(self, root: etree._Element, *, linked: bool) -> None:
        self.root = root
        self.linked = linked  #: the program's own links stand here, and go with the cells they stand on
        data = root.find(f"{{{MAIN}}}sheetData")
        if data is None:
            raise ValueError("sheet without sheetData")
        self.data = data
        self.rows = {int(row.get("r", 0)): row for row in data}
        self.order = sorted(self.rows)
        self.styles = self._column_styles()
        self.formulas_lost = False
        self.links = {item.get("ref", ""): item for item in root.iterfind(f"{{{MAIN}}}hyperlinks/{{{MAIN}}}hyperlink")}

    def write(self, block: Block) -> None:
        end = self.order[-1] if self.order else 0
        below = max(0, end + 1 - block.row)
        if not block.links and len(block.cells) - below >= _MANY:
            self._append(block, below)
        else:
            below = len(block.cells)
        for offset, values in enumerate(block.cells[:below]):
            number = block.row + offset
            row = self.rows.get(number)
            if row is None:
                if all(v is None for v in values):
                    continue
                row = self._new_row(number)
            self._write_row(row, number, block.column, values)
            if offset < len(block.text_lines) and block.text_lines[offset]:
                self._fit_height(row, block.text_lines[offset])
        self._widen(block)

    def _append(self, block: Block, start: int) -> None:
        """The rows of a block below everything that the sheet has: as text, which is made and parsed quickly."""
        width = max(map(len, block.cells))
        columns = range(block.column, block.column + width)
        frames = [
            (f'<c r="{column_letters(c)}', f'" s="{self.styles[c]}"' if self.styles.get(c) else '"') for c in columns
        ]
        for at in range(start, len(block.cells), _MANY):
            rows = []
            for offset in range(at, min(at + _MANY, len(block.cells))):
                number = block.row + offset
                cells = [
                    f"{before}{number}{after}{value_xml(value)}"
                    for (before, after), value in zip(frames, block.cells[offset], strict=False)
                    if value is not None
                ]
                lines = block.text_lines[offset] if offset < len(block.text_lines) else 0
                height = f' ht="{fitting(lines):g}" customHeight="1"' if lines > 1 else ""
                if cells:
                    rows.append(f'<row r="{number}"{height}>{"".join(cells)}</row>')
                    self.order.append(number)
            made = parse_xml(f'<sheetData xmlns="{MAIN}">{"".join(rows)}</sheetData>'.encode())
            for row in list(made):
                self.rows[int(row.get("r", "0"))] = row
                self.data.append(row)

    def column_style(self, column: int) -> str:
        """The format of a column, empty where it has none."""
        return self.styles.get(column, "")

    def cell_at(self, number: int, column: int) -> etree._Element:
        """The cell at (row, column), made where there is none."""
        row = self.rows.get(number)
        if row is None:
            row = self._new_row(number)
        at = address(number, column)
        position = 0
        for cell in row:
            found = cell.get("r", "")
            if found == at:
                return cell
            position += cell_of(found or "A1")[1] < column
        made = etree.Element(f"{{{MAIN}}}c", r=at)
        row.insert(position, made)
        _drop(row, "spans")
        return made

    def _write_row(self, row: etree._Element, number: int, first: int, values: Iterable[Any]) -> None:
        cells = {cell.get("r"): cell for cell in row}
        columns = [cell_of(c.get("r", "A1"))[1] for c in row]
        last = max(columns, default=0)
        _drop(row, "spans")
        for column, value in enumerate(values, first):
            at = address(number, column)
            cell = cells.get(at)
            if cell is None:
                if value is None:
                    continue
                style = self.styles.get(column)
                cell = etree.Element(_C, {"r": at, "s": style} if style else {"r": at})
                if column > last:
                    row.append(cell)
                    columns.append(column)
                    last = column
                else:
                    position = sum(c < column for c in columns)
                    row.insert(position, cell)
                    columns.insert(position, column)
            self._set(cell, at, value)

    def _set(self, cell: etree._Element, at: str, value: Any) -> None:
        if len(cell):
            self.formulas_lost |= cell.find(_F) is not None
            del cell[:]
        _drop(cell, "t")
        if self.linked:
            self._unlink(at)
        if value is None:
            return
        if isinstance(value, Link):
            self._link(at, value)
            value = value.text
        if isinstance(value, Formula):
            etree.SubElement(cell, _F).text = value.text
            value = value.value
            if isinstance(value, str):
                cell.set("t", "str")
                etree.SubElement(cell, _V).text = value
                return
        if isinstance(value, NUMBERS):
            etree.SubElement(cell, _V).text = f"{value:f}" if value else "0"
            return
        cell.set("t", "inlineStr")
        text = etree.SubElement(etree.SubElement(cell, _IS), _T)
        shown = escaped(str(value))
        text.text = shown
        if shown != shown.strip() or "\n" in shown:
            text.set(_XML_SPACE, "preserve")

    def _unlink(self, at: str) -> None:
        """A cell written anew no longer jumps where it did."""
        old = self.links.pop(at, None)
        if old is None:
            return
        parent = old.getparent()
        assert parent is not None
        parent.remove(old)
        if not len(parent):
            self.root.remove(parent)

    def _link(self, at: str, value: Link) -> None:
        parent = self.root.find(f"{{{MAIN}}}hyperlinks")
        if parent is None:
            parent = etree.Element(f"{{{MAIN}}}hyperlinks")
            before = [item for item in self.root if etree.QName(item).localname in _BEFORE_HYPERLINKS]
            before[-1].addnext(parent)
        location = f"{quoted(value.sheet)}!{value.cell}"
        item = etree.SubElement(parent, f"{{{MAIN}}}hyperlink", ref=at, location=location)
        self.links[at] = item

    def _fit_height(self, row: etree._Element, lines: int) -> None:
        """Height for its lines of text, unless the clerk has chosen one of her own."""
        if row.get("customHeight") in ("1", "true") and is_own(float(row.get("ht", "0"))):
            return
        if lines == 1:
            _drop(row, "ht")
            _drop(row, "customHeight")
        else:
            row.set("ht", f"{fitting(lines):g}")
            row.set("customHeight", "1")

    def _new_row(self, number: int) -> etree._Element:
        row = etree.Element(f"{{{MAIN}}}row", r=str(number))
        position = bisect.bisect(self.order, number)
        if position:
            self.rows[self.order[position - 1]].addnext(row)
        else:
            self.data.insert(0, row)
        self.order.insert(position, number)
        self.rows[number] = row
        return row

    def _column_styles(self) -> dict[int, str]:
        styles = {}
        for item in self.root.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
            first, last = int(item.get("min", 1)), int(item.get("max", 1))
            for column in range(first, min(last, first + 200) + 1):
                styles[column] = item.get("style", "")
        return styles

    def _widen(self, block: Block) -> None:
        """The declared extent of the sheet covers what was written."""
        item = self.root.find(f"{{{MAIN}}}dimension")
        width = max((len(line) for line in block.cells), default=0)
        if item is None or not width:
            return
        top, left, bottom, right = corners(item.get("ref", "A1"))
        last = address(max(bottom, block.row + len(block.cells) - 1), max(right, block.column + width - 1))
        item.set("ref", f"{address(min(top, block.row), min(left, block.column))}:{last}")
