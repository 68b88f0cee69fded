"""An .xlsx package changed in place: only the sheet parts written to change, every other part stays as it was."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BufferedWriter, BytesIO
from pathlib import Path
from typing import IO

from lxml import etree

from addin.xlsx.chart_cache import refreshed
from addin.xlsx.layout import apply_layout
from addin.xlsx.parts import (
    BOOK,
    BOOK_RELATIONS,
    MAIN,
    RELATION,
    STYLES,
    parse_xml,
    target_of,
    unrelate,
    xml_bytes,
)
from addin.xlsx.preflight import Member
from addin.xlsx.sheet_writer import TAIL, SheetWriter
from addin.xlsx.styles import Styles
from udfs.base import Area, Block, read_reference, reference
from workbook_templates.archive import CALCULATED_BY, entry
from workbook_templates.defined_names import CHART, RELATIONS

#: What is compressed at once of a part that is written row by row.
_PIECE = 1 << 18
#: The order in which a program calculates the formulas.
_CHAIN = "xl/calcChain.xml"
#: A formula, and one after which no result is kept.
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_UNCALCULATED = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f\s*>)(?!\s*<(?:\w+:)?v>)")


class Package:
    """The parts of a workbook file, in order; blocks are written into the parts of their sheets.

    `parts`: the parts as read, by name. `sheets`: the name of each sheet's part.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._infos = [info for info, _ in members]
        self.parts = {info.filename: data for info, data in members}
        self._changed: dict[str, bytes] = {}
        self._streams: dict[str, Callable[[IO[bytes]], None]] = {}
        #: Of changed sheets with many new rows these, packed: see SheetWriter.
        self._tails: dict[str, list[bytes]] = {}
        self._styles: Styles | None = None
        self._formulas_lost = False
        self._book = parse_xml(self.parts[BOOK])
        self.sheets = self._sheet_parts()

    @property
    def book(self) -> etree._Element:
        """The book's own part: its sheets, names and settings."""
        return self._book

    @property
    def since_1904(self) -> bool:
        """Whether the days of its dates are counted from 1904, as Excel on the Macintosh once did."""
        settings = self._book.find(f"{{{MAIN}}}workbookPr")
        return settings is not None and settings.get("date1904") in ("1", "true", "on")

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
        for sheet, its in by_sheet.items():
            part = self.sheets[sheet]
            root = parse_xml(self.part(part))
            writer = SheetWriter(root, linked=any(block.links for block in its))
            for block in its:
                writer.write(block)
                if block.layout is not None:
                    apply_layout(root, block, block.layout, self.styles, writer.cells_at, writer.column_style)
                    if block.layout.printed:
                        self._print_only(block)
            self._formulas_lost |= writer.formulas_lost
            self._refresh_charts(its)
            self._tails.pop(part, None)
            self._changed[part], tail = writer.xml()
            if tail:
                self._tails[part] = tail

    def _print_only(self, block: Block) -> None:
        """Of the block's sheet print the block alone; a print area down to the last row there is means empty pages."""
        book = parse_xml(self.part(BOOK))
        at = list(self.sheets).index(block.sheet)
        last = (block.row + len(block.cells) - 1, block.column + len(block.cells[0]) - 1)
        for defined in book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"):
            if defined.get("name") == "_xlnm.Print_Area" and defined.get("localSheetId") == str(at):
                wanted = reference(block.sheet, block.row, block.column, *last)
                if defined.text != wanted:
                    defined.text = wanted
                    self.put(BOOK, xml_bytes(book))

    @property
    def styles(self) -> Styles:
        """The workbook's styles; formats that are added to them are saved with it."""
        if self._styles is None:
            self._styles = Styles(parse_xml(self.part(STYLES)))
        return self._styles

    def _refresh_charts(self, blocks: Iterable[Block]) -> None:
        """The program's own chart keeps the values just written; every other chart stays as it was."""
        area = self.names.get(CHART)
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
        if name == STYLES and self._styles is not None and self._styles.changed:
            return xml_bytes(self._styles.root)
        if name in self._streams:
            buffer = BytesIO()
            self._streams[name](buffer)
            return buffer.getvalue()
        return b"".join(self._pieces(name))

    def _pieces(self, name: str) -> Iterator[bytes]:
        """A part that is not written on saving, piece by piece; each row in one of them."""
        data = self._changed.get(name, self.parts[name])
        if name not in self._tails:
            yield data
            return
        above, _, below = data.partition(TAIL)
        yield above
        for packed in self._tails[name]:
            rows = zlib.decompress(packed)
            yield rows[rows.index(b">") + 1 : rows.rindex(b"</")]
        yield below

    def put(self, name: str, data: bytes) -> None:
        """Change a part, or add one."""
        if name not in self.parts:
            self._infos.append(entry(name))
            self.parts[name] = b""
        self._changed[name] = data
        self._streams.pop(name, None)
        self._tails.pop(name, None)
        if name == STYLES:
            self._styles = None
        if name == BOOK:
            self._book = parse_xml(data)
        if name in (BOOK, BOOK_RELATIONS):
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
        self._tails.pop(name, None)
        self._infos = [info for info in self._infos if info.filename != name]

    def save(self, target: Path | IO[bytes]) -> None:
        """Write the whole package to a new file."""
        # A chain that names cells without formulas makes Excel offer a repair; Excel builds it anew.
        if self._formulas_lost and _CHAIN in self.parts:
            unrelate(self, _CHAIN)
        self._say_whether_to_calculate()
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
                elif info.filename in self._tails:
                    with archive.open(copy, "w", force_zip64=True) as part:
                        for piece in self._pieces(info.filename):
                            part.write(piece)
                else:
                    archive.writestr(copy, self.part(info.filename))

    def _say_whether_to_calculate(self) -> None:
        """Excel calculates everything on opening only where kept results are missing or may be old.

        It then asks on closing whether to save, which nobody has changed. Of the program's own formulas the results are
        written with them; what else is calculated in the workbook may depend on what was written.
        """
        calculation = self._book.find(f"{{{MAIN}}}calcPr")
        if calculation is None or not self._changed:
            return
        before = sorted(calculation.items())
        if self._has_old_results():
            calculation.set("fullCalcOnLoad", "1")
        else:
            calculation.attrib.pop("fullCalcOnLoad", "")
            # What an older program has calculated is calculated anew as well.
            calculation.set("calcId", str(max(int(calculation.get("calcId", "0")), CALCULATED_BY)))
        if sorted(calculation.items()) != before:
            self.put(BOOK, xml_bytes(self._book))

    def _has_old_results(self) -> bool:
        own = self.sheets.get(self.names.get(RELATIONS, ("",))[0])
        written = (part for part in self.sheets.values() if part not in self._streams)
        found = ((part, data) for part in written for data in self._pieces(part))
        return any((_UNCALCULATED if part == own else _FORMULA).search(data) for part, data in found if b"f" in data)

    def _sheet_parts(self) -> dict[str, str]:
        targets = {item.get("Id"): target_of(BOOK, item) for item in parse_xml(self.part(BOOK_RELATIONS))}
        sheets = self._book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
        return {sheet.get("name", ""): targets[sheet.get(f"{{{RELATION}}}id")] for sheet in sheets}
