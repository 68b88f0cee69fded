"""How cells look, read from LibreOffice as Excel tells it: an XML spreadsheet with styles, merged cells and heights.

As Excel does, it names a format of its own for every style in use, leaves out cells that have nothing to say, and what
lies below a merged cell; its rows and cells are counted from the corner of the block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from tests.support.calc.engine import Range

_SS = "urn:schemas-microsoft-com:office:spreadsheet"
#: The same style in both programs.
_NORMAL = {"Default": "Normal"}
_API = {excel: own for own, excel in _NORMAL.items()}
HARD_ATTRIBUTES = 32


def style_name(cells: Any) -> str:
    """The style of a cell, or of cells of one look, by Excel's name."""
    name = str(cells.CellStyle)
    return _NORMAL.get(name, name)


def check_style(document: Any, name: str) -> str:
    """LibreOffice's name of a style. Fails where there is no such style."""
    own = _API.get(name, name)
    if not document.StyleFamilies.getByName("CellStyles").hasByName(own):
        raise KeyError(name)
    return own


def give_style(document: Any, cells: Any, name: str) -> None:
    """Give cells a style; as in Excel what they had of their own goes. Fails where there is no such style."""
    own = check_style(document, name)
    cells.clearContents(HARD_ATTRIBUTES)
    cells.CellStyle = own


def points(height: int) -> float:
    """A height of LibreOffice's in points."""
    return round(height * 72 / 2540, 2)


def standard_height(sheet: Any) -> int:
    """The height of a row that nobody has touched: the sheet's last."""
    return int(sheet.Rows.getByIndex(sheet.Rows.Count - 1).Height)


def as_xml(block: Range) -> str:
    """A block as an XML spreadsheet, without its values."""
    sheet = block.sheet._uno
    looks, merges, covered = seen(block)
    book = etree.Element(f"{{{_SS}}}Workbook", nsmap={"ss": _SS})
    styles = etree.SubElement(book, f"{{{_SS}}}Styles")
    numbers = {name: n for n, name in enumerate(sorted({*looks.values(), "Normal"} - {"Normal"}), 1)}
    _element(styles, "Style", ID="Default", Name="Normal")
    for name, n in numbers.items():
        _element(styles, "Style", ID=f"m{n}", Name=name)
        _element(styles, "Style", ID=f"s{n}", Parent=f"m{n}")
    table = _element(
        _element(book, "Worksheet", Name=sheet.Name), "Table", DefaultRowHeight=str(points(standard_height(sheet)))
    )
    standard = standard_height(sheet)
    rows = block._uno.Rows
    for r in range(block._rows):
        row = rows.getByIndex(r)
        line = _element(table, "Row", Index=str(r + 1), AutoFitHeight="0")
        if row.Height != standard:
            line.set(f"{{{_SS}}}Height", str(points(row.Height)))
        if not row.IsVisible:
            line.set(f"{{{_SS}}}Hidden", "1")
        for c in range(block._columns):
            look, (down, across) = looks.get((r, c), "Normal"), merges.get((r, c), (1, 1))
            if (r, c) in covered or (look == "Normal" and (down, across) == (1, 1)):
                continue
            cell = _element(line, "Cell", Index=str(c + 1))
            for key, value in (("MergeAcross", across - 1), ("MergeDown", down - 1)):
                if value:
                    cell.set(f"{{{_SS}}}{key}", str(value))
            if look != "Normal":
                cell.set(f"{{{_SS}}}StyleID", f"s{numbers[look]}")
        if not len(line) and len(line.attrib) == 2:
            table.remove(line)
    return '<?xml version="1.0"?>' + etree.tostring(book, encoding="unicode")


def seen(block: Range) -> tuple[dict[Any, str], dict[Any, tuple[int, int]], set[Any]]:
    """Style of every cell, rows and columns of every merged one, and what lies below them; from the corner from 0."""
    sheet = block.sheet._uno
    top, left = block._row - 1, block._column - 1
    looks: dict[Any, str] = {}
    merges: dict[Any, tuple[int, int]] = {}
    covered: set[Any] = set()
    # Cells of one look are told together, and how far a cell is merged is part of its look.
    groups = block._uno.getUniqueCellFormatRanges()
    for group in (groups.getByIndex(n) for n in range(groups.Count)):
        name = style_name(group)
        areas = group.RangeAddresses
        first = sheet.getCellByPosition(areas[0].StartColumn, areas[0].StartRow)
        span = (1, 1)
        if first.IsMerged:
            cursor = sheet.createCursorByRange(first)
            cursor.collapseToMergedArea()
            there = cursor.RangeAddress
            span = (there.EndRow - there.StartRow + 1, there.EndColumn - there.StartColumn + 1)
        for at in areas:
            for r in range(at.StartRow - top, at.EndRow - top + 1):
                for c in range(at.StartColumn - left, at.EndColumn - left + 1):
                    looks[r, c] = name
                    if span != (1, 1):
                        merges[r, c] = span
                        covered.update((r + i, c + j) for i in range(span[0]) for j in range(span[1]) if i or j)
    return looks, merges, covered


def _element(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{_SS}}}{name}", {f"{{{_SS}}}{key}": value for key, value in attributes.items()})
