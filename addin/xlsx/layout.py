"""The shape of a block in a sheet's XML: cell styles by name, merged cells, row heights and page breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lxml import etree

from addin.xlsx.parts import MAIN, local_name
from addin.xlsx.styles import Styles
from udfs.base import Block, Layout, address, corners

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


def apply_layout(
    root: etree._Element,
    block: Block,
    layout: Layout,
    styles: Styles,
    cells_at: Callable[[int, int, int], Sequence[etree._Element]],
    column_style: Callable[[int], str],
) -> None:
    """Give a block its shape.

    `cells_at` finds or makes so many cells of a row from a column on, `column_style` gives the format of a column.
    """
    for offset, names in enumerate(layout.styles):
        cells = cells_at(block.row + offset, block.column, len(names))
        for column, (cell, name) in enumerate(zip(cells, names, strict=True), block.column):
            number = styles.index(name) if name else column_style(column)
            if number:
                cell.set("s", number)
            else:
                cell.attrib.pop("s", "")
        row = cells[0].getparent() if cells else None
        if row is not None and offset < len(layout.heights):
            _set_height(row, layout.heights[offset])
    last = block.row + len(block.cells) - 1
    right = block.column + max((len(line) for line in block.cells), default=1) - 1
    _set_merges(root, block, layout, last, right)
    _set_breaks(root, block, layout, last)


def _set_height(row: etree._Element, height: float) -> None:
    for key in ("ht", "customHeight"):
        row.attrib.pop(key, "")
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
        if local_name(item) in following:
            item.addprevious(element)
            return
    root.append(element)
