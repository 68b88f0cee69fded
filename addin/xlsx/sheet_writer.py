"""Blocks of values written into a sheet's XML: everything else that its cells have stays."""

from __future__ import annotations

import bisect
import zlib
from collections.abc import Sequence
from typing import Any

from lxml import etree

from addin.xlsx.cell_xml import value_xml
from addin.xlsx.heights import fitting, is_own
from addin.xlsx.parts import MAIN, local_name, parse_xml, xml_bytes
from udfs.base import Block, Link, address, cell_of, column_letters, corners, quoted

_C, _F = f"{{{MAIN}}}c", f"{{{MAIN}}}f"
#: How many rows are made as text at once, and from how many new ones on they stay so.
_MANY = 500
#: The instruction that stands in a sheet's XML where packed rows go.
TAIL = b"<?rows below?>"

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


class SheetWriter:
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
        #: Many rows below all others, packed as they will be stored: as elements they would take ten times the memory.
        self.tail: list[bytes] = []

    def write(self, block: Block) -> None:
        """Write a block; cells that are new have the style of their column."""
        self._unpack_tail()
        end = self.order[-1] if self.order else 0
        below = max(0, end + 1 - block.row)
        if len(block.cells) - below < _MANY:
            below = len(block.cells)
        for at in range(0, below, _MANY):
            lines = block.cells[at : min(at + _MANY, below)]
            for offset, (values, made) in enumerate(zip(lines, _made(lines), strict=True), at):
                number = block.row + offset
                row = self.rows.get(number)
                if row is None:
                    if all(v is None for v in values):
                        continue
                    row = self._new_row(number)
                self._write_row(row, number, block.column, values, made)
                if offset < len(block.text_lines) and block.text_lines[offset]:
                    self._fit_height(row, block.text_lines[offset])
        if below < len(block.cells):
            self._append(block, below)
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
                for column, value in enumerate(block.cells[offset], block.column) if self.linked else ():
                    self._unlink(address(number, column))
                    if isinstance(value, Link):
                        self._link(address(number, column), value)
                lines = block.text_lines[offset] if offset < len(block.text_lines) else 0
                height = f' ht="{fitting(lines):g}" customHeight="1"' if lines > 1 else ""
                if cells:
                    rows.append(f'<row r="{number}"{height}>{"".join(cells)}</row>')
                    self.order.append(number)
            if rows:
                made = parse_xml(f'<sheetData xmlns="{MAIN}">{"".join(rows)}</sheetData>'.encode())
                self.tail.append(zlib.compress(etree.tostring(made, encoding="UTF-8"), 1))
        if self.data.prefix:
            self._unpack_tail()

    def _unpack_tail(self) -> None:
        """The packed rows as elements, where something else is to be written to them."""
        for piece in self.tail:
            for row in list(parse_xml(zlib.decompress(piece))):
                self.rows[int(row.get("r", "0"))] = row
                self.data.append(row)
        self.tail = []

    def xml(self) -> tuple[bytes, list[bytes]]:
        """The sheet's XML, and what stands at TAIL in it: packed sheetData, whose rows are meant."""
        if self.tail:
            self.data.append(etree.ProcessingInstruction("rows", "below"))
        return xml_bytes(self.root), self.tail

    def column_style(self, column: int) -> str:
        """The format of a column, empty where it has none."""
        return self.styles.get(column, "")

    def cells_at(self, number: int, first: int, count: int) -> list[etree._Element]:
        """So many cells of a row from a column on, made where there are none."""
        self._unpack_tail()
        row = self.rows.get(number)
        if row is None:
            row = self._new_row(number)
        cells = _cells_of(row)
        for column in range(first, first + count):
            if column not in cells:
                _new_cell(row, cells, number, column, "")
        return [cells[column] for column in range(first, first + count)]

    def _write_row(
        self, row: etree._Element, number: int, first: int, values: Sequence[Any], made: etree._Element
    ) -> None:
        cells = _cells_of(row)
        row.attrib.pop("spans", "")
        for column, (value, new) in enumerate(zip(values, made, strict=True), first):
            cell = cells.get(column)
            if cell is None:
                if value is None:
                    continue
                cell = _new_cell(row, cells, number, column, self.styles.get(column, ""))
            self._set(cell, address(number, column), value, new)

    def _set(self, cell: etree._Element, at: str, value: Any, new: etree._Element) -> None:
        """Give a cell what `new` holds."""
        if len(cell):
            self.formulas_lost |= cell.find(_F) is not None
            del cell[:]
        cell.attrib.pop("t", "")
        if self.linked:
            self._unlink(at)
        if isinstance(value, Link):
            self._link(at, value)
        if kind := new.get("t"):
            cell.set("t", kind)
        cell.extend(new)

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
            before = [item for item in self.root if local_name(item) in _BEFORE_HYPERLINKS]
            before[-1].addnext(parent)
        location = f"{quoted(value.sheet)}!{value.cell}"
        item = etree.SubElement(parent, f"{{{MAIN}}}hyperlink", ref=at, location=location)
        self.links[at] = item

    def _fit_height(self, row: etree._Element, lines: int) -> None:
        """Height for its lines of text, unless the clerk has chosen one of her own."""
        if row.get("customHeight") in ("1", "true") and is_own(float(row.get("ht", "0"))):
            return
        if lines == 1:
            row.attrib.pop("ht", "")
            row.attrib.pop("customHeight", "")
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


def _made(lines: Sequence[Sequence[Any]]) -> list[etree._Element]:
    """A row for each line, whose cells hold its values and have no address."""
    rows = "".join(f"<row>{''.join([f'<c{value_xml(value)}' for value in values])}</row>" for values in lines)
    return list(parse_xml(f'<sheetData xmlns="{MAIN}">{rows}</sheetData>'.encode()))


def _cells_of(row: etree._Element) -> dict[int, etree._Element]:
    """The cells of a row by their columns."""
    return {cell_of(at)[1]: cell for cell in row if (at := cell.get("r"))}


def _new_cell(
    row: etree._Element, cells: dict[int, etree._Element], number: int, column: int, style: str
) -> etree._Element:
    """A cell put in its place among those of a row, which are told of it."""
    at = address(number, column)
    cell = etree.Element(_C, {"r": at, "s": style} if style else {"r": at})
    if behind := [other for other in cells if other > column]:
        cells[min(behind)].addprevious(cell)
    elif cells:
        cells[max(cells)].addnext(cell)
    else:
        row.insert(0, cell)
    row.attrib.pop("spans", "")
    cells[column] = cell
    return cell
