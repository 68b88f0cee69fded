"""The shape of an area of an open sheet, from what Excel gives of it as an XML spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from addin.excel.shapes import HIDDEN, Merge, Shape
from addin.xlsx import parse_xml

_NS = "{urn:schemas-microsoft-com:office:spreadsheet}"


def read_shape(text: str, rows: int, columns: int, own: Sequence[str]) -> Shape | None:
    """The shape of an area from what Excel gives of it as an XML spreadsheet; None where that is no such thing.

    `own`: the styles that its columns have. Page breaks do not stand there.
    """
    try:
        return _read_shape(parse_xml(text.encode()), rows, columns, own)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _read_shape(root: etree._Element, rows: int, columns: int, own: Sequence[str]) -> Shape | None:
    table = root.find(f"{_NS}Worksheet/{_NS}Table")
    if table is None:
        return None
    names = _style_names(root)
    merges: list[Merge] = []
    styles = [[""] * columns for _ in range(rows)]
    heights = [0.0] * rows
    covered: set[tuple[int, int]] = set()
    for r, line in _numbered(table.iterfind(f"{_NS}Row"), "Span", rows):
        for row in range(r, r + 1 + min(int(line.get(f"{_NS}Span", "0")), rows - r - 1)):
            heights[row] = HIDDEN if line.get(f"{_NS}Hidden") == "1" else float(line.get(f"{_NS}Height", "0"))
            look = names.get(line.get(f"{_NS}StyleID", ""), "")
            for c in range(columns):
                if look and (row, c) not in covered:
                    styles[row][c] = look
        for c, item in _numbered(line.iterfind(f"{_NS}Cell"), "MergeAcross", columns):
            down = min(int(item.get(f"{_NS}MergeDown", "0")) + 1, rows - r)
            across = min(int(item.get(f"{_NS}MergeAcross", "0")) + 1, columns - c)
            if (r, c) in covered:
                continue
            name = names.get(item.get(f"{_NS}StyleID", ""), "")
            places = [(r + i, c + j) for i in range(down) for j in range(across)]
            for row, column in places:
                styles[row][column] = name or styles[row][column]
            if len(places) > 1:
                merges.append((r, c, down, across))
                covered.update(places)
    looks = tuple(tuple("" if name == own[c] else name for c, name in enumerate(line)) for line in styles)
    return Shape(looks, tuple(merges), tuple(heights))


def _style_names(root: etree._Element) -> dict[str, str]:
    """The named style behind every format."""
    styles = {item.get(f"{_NS}ID", ""): item for item in root.iterfind(f"{_NS}Styles/{_NS}Style")}
    found = {}
    for key, item in styles.items():
        base = item if item.get(f"{_NS}Name") else styles.get(item.get(f"{_NS}Parent", "Default"))
        found[key] = "" if base is None else base.get(f"{_NS}Name", "")
    return found


def _numbered(items: Iterable[etree._Element], span: str, most: int) -> Iterator[tuple[int, etree._Element]]:
    """Rows or cells with their number from 0: one without an index follows the one before and what that one spans."""
    following = 0
    for item in items:
        at = int(item.get(f"{_NS}Index", following + 1)) - 1
        following = at + int(item.get(f"{_NS}{span}", "0")) + 1
        if at < most:
            yield at, item
