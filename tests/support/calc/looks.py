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


def points(height: int) -> float:
    """A height of LibreOffice's in points."""
    return round(height * 72 / 2540, 2)


def standard_height(sheet: Any) -> int:
    """The height of a row that nobody has touched: the sheet's last."""
    return int(sheet.Rows.getByIndex(sheet.Rows.Count - 1).Height)


def rows_seen(block: Range) -> Any:
    """Height, whether shown and whether a page break was set by hand, of every row of a block."""
    return block.sheet.book.app._process.inside("RowsSeen", block.sheet._uno, block._row - 1, block._rows)


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
    for r, (height, shown, _) in enumerate(rows_seen(block)):
        line = _element(table, "Row", Index=str(r + 1), AutoFitHeight="0")
        if height != standard:
            line.set(f"{{{_SS}}}Height", str(points(height)))
        if not shown:
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
    for style, down, across, corners in block.sheet.book.app._process.inside("LooksSeen", sheet, block._uno):
        name = _NORMAL.get(style, style)
        for first_row, first_column, last_row, last_column in zip(*[iter(corners)] * 4, strict=True):
            for r in range(first_row - top, last_row - top + 1):
                for c in range(first_column - left, last_column - left + 1):
                    looks[r, c] = name
                    if (down, across) != (1, 1):
                        merges[r, c] = (down, across)
                        covered.update((r + i, c + j) for i in range(down) for j in range(across) if i or j)
    return looks, merges, covered


def _element(parent: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{_SS}}}{name}", {f"{{{_SS}}}{key}": value for key, value in attributes.items()})
