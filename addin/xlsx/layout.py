"""The shape of a block in a sheet's XML: cell styles by name, merged cells, row heights and page breaks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

from lxml import etree

from udfs.base import Block, Layout, address, corners

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

#: Parts of a sheet, in the schema's order, before which merged cells and page breaks stand.
_AFTER_MERGES = (
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
)
_AFTER_BREAKS = (
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
)


class Styles:
    """The workbook's cell formats, found by the name of their style; `changed` once one had to be added."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.changed = False
        self._known: dict[str, str] = {}

    def index(self, name: str) -> str:
        """The number of the format that is the named style and nothing else; empty where there is no such style."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> str:
        named = next(
            (s for s in self.root.iterfind(f"{{{MAIN}}}cellStyles/{{{MAIN}}}cellStyle") if s.get("name") == name), None
        )
        formats = self.root.find(f"{{{MAIN}}}cellXfs")
        bases = self.root.find(f"{{{MAIN}}}cellStyleXfs")
        if named is None or formats is None or bases is None:
            return ""
        number = named.get("xfId", "0")
        base = bases[int(number)]
        for at, item in enumerate(formats):
            if item.get("xfId") == number and _look(item) == _look(base):
                return str(at)
        added = copy.deepcopy(base)
        added.set("xfId", number)
        formats.append(added)
        formats.set("count", str(len(formats)))
        self.changed = True
        return str(len(formats) - 1)


def _look(item: etree._Element) -> tuple[object, ...]:
    """What a format looks like: number, font, fill, border, alignment."""
    own = [item.get(key, "0") for key in ("numFmtId", "fontId", "fillId", "borderId")]
    alignment = item.find(f"{{{MAIN}}}alignment")
    return (*own, dict(alignment.attrib) if alignment is not None else {})


def apply_layout(
    root: etree._Element,
    block: Block,
    layout: Layout,
    styles: Styles,
    cell_at: Callable[[int, int], etree._Element],
    column_style: Callable[[int], str],
) -> None:
    """Give a block its shape. `cell_at` finds or makes a cell, `column_style` the format of a column."""
    for offset, names in enumerate(layout.styles):
        row: etree._Element | None = None
        for position, name in enumerate(names):
            column = block.column + position
            cell = cell_at(block.row + offset, column)
            number = styles.index(name) if name else column_style(column)
            if number:
                cell.set("s", number)
            elif "s" in cell.attrib:
                del cell.attrib["s"]
            row = cell.getparent()
        if row is not None and offset < len(layout.heights):
            _set_height(row, layout.heights[offset])
    last = block.row + len(block.cells) - 1
    right = block.column + max((len(line) for line in block.cells), default=1) - 1
    _set_merges(root, block, layout, last, right)
    _set_breaks(root, block, layout, last)


def _set_height(row: etree._Element, height: float) -> None:
    for key in ("ht", "customHeight"):
        if key in row.attrib:
            del row.attrib[key]
    if height:
        row.set("ht", f"{height:g}")
        row.set("customHeight", "1")


def _set_merges(root: etree._Element, block: Block, layout: Layout, last: int, right: int) -> None:
    merges = root.find(f"{{{MAIN}}}mergeCells")
    if merges is None:
        merges = etree.Element(f"{{{MAIN}}}mergeCells")
        _insert(root, merges, _AFTER_MERGES)
    for item in list(merges):
        first_row, first_column, last_row, last_column = corners(item.get("ref", "A1"))
        if first_row <= last and last_row >= block.row and first_column <= right and last_column >= block.column:
            merges.remove(item)
    for row, column, rows, columns in layout.merges:
        first = address(block.row + row, block.column + column)
        end = address(block.row + row + rows - 1, block.column + column + columns - 1)
        etree.SubElement(merges, f"{{{MAIN}}}mergeCell", ref=f"{first}:{end}")
    _count_or_drop(root, merges)


def _set_breaks(root: etree._Element, block: Block, layout: Layout, last: int) -> None:
    breaks = root.find(f"{{{MAIN}}}rowBreaks")
    if breaks is None:
        breaks = etree.Element(f"{{{MAIN}}}rowBreaks")
        _insert(root, breaks, _AFTER_BREAKS)
    # A break is named after the row above it.
    kept = [item for item in breaks if not block.row <= int(item.get("id", "0")) + 1 <= last]
    kept += [
        etree.Element(f"{{{MAIN}}}brk", id=str(block.row + row - 1), max="16383", man="1") for row in layout.breaks
    ]
    breaks[:] = sorted(kept, key=lambda item: int(item.get("id", "0")))
    if len(breaks):
        breaks.set("manualBreakCount", str(sum(item.get("man") in ("1", "true") for item in breaks)))
    _count_or_drop(root, breaks)


def _count_or_drop(root: etree._Element, element: etree._Element) -> None:
    if len(element):
        element.set("count", str(len(element)))
    else:
        root.remove(element)


def _insert(root: etree._Element, element: etree._Element, after: Iterable[str]) -> None:
    following = set(after)
    for item in root:
        if etree.QName(item).localname in following:
            item.addprevious(element)
            return
    root.append(element)
