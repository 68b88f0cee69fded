"""A grid as the XML of a Word table, its columns fitted to the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from docx.oxml.ns import nsdecls

from udfs.base import FORBIDDEN, display_width
from udfs.disclosure_parts import AMOUNT, CENTER, HEAD, Cell, Grid

#: Styles of a table and of the paragraphs in its cells; python-docx gives a style its name as its id.
_TABLE_STYLE = "公开表格"
_STYLES = {HEAD: "表头", CENTER: "表内居中", AMOUNT: "表内金额"}
#: Half a character of the tables' text and what a cell leaves beside it, in twips; a longer text than this may wrap.
_HALF_WIDTH, _BESIDE, _LONGEST_LABEL = 90, 100, 18
#: A cell with more characters than this may go on over the page.
_TALL = 400


def grid_xml(grid: Grid, width: int, *, splits: bool) -> str:
    """Borders, margins and fonts are the styles'; here stand widths, spans and heading rows only."""
    widths = fitted_widths(grid, width)
    lines: list[list[str]] = [[] for _ in grid.rows]
    for number, rows, column, cell in placed(grid):
        own = widths[column : column + cell.colspan]
        merge = "continue" if not rows else "restart" if rows > 1 else ""
        lines[number].append(_cell_xml(cell.text, _STYLES.get(cell.kind, "表内文字"), own, merge=merge, bold=cell.bold))
    xml = []
    for number, parts in enumerate(lines):
        head = number < grid.head
        tall = any(len(cell.text) > _TALL for cell in grid.rows[number])
        properties = ("" if splits and tall else "<w:cantSplit/>") + ("<w:tblHeader/>" if head else "")
        xml.append(f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{''.join(parts)}</w:tr>")
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{_TABLE_STYLE}"/><w:tblW w:w="{width}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(xml)}</w:tbl>"
    )


def fitted_widths(grid: Grid, width: int) -> list[int]:
    """Widths of the columns in twips, `width` in all: as in the workbook, but narrow ones take what wide ones spare.

    So labels stay on one line where the page has room for them, and an amount is never broken for the sake of a label.
    """
    planned = [width * w / sum(grid.widths) for w in grid.widths]
    wished, needed = [0.0] * len(planned), [0.0] * len(planned)
    for number, _, column, cell in placed(grid):
        if cell.colspan == 1:
            longest = max(display_width(line) for line in cell.text.split("\n"))
            lines = 2 if number < grid.head or len(cell.text) > _LONGEST_LABEL else 1
            wished[column] = max(wished[column], _room(longest, lines))
            needed[column] = max(needed[column], _room(longest, 1 if cell.kind == AMOUNT else 2 * lines))
    widths = [int(w) for w in _evened(_evened(planned, wished), needed)]
    widths[-1] += width - sum(widths)
    return widths


def _room(characters: int, lines: int) -> float:
    """Twips that so many half-width characters take on so many lines."""
    return -(-characters // (2 * lines)) * 2 * _HALF_WIDTH + _BESIDE


def _evened(widths: Sequence[float], needed: Sequence[float]) -> list[float]:
    """Widths in which columns that lack room have it from those with more than they need, as far as that goes."""
    lacking = [max(0.0, n - w) for n, w in zip(needed, widths, strict=True)]
    spare = [max(0.0, w - n) for n, w in zip(needed, widths, strict=True)]
    moved = min(sum(lacking), sum(spare))
    if not moved:
        return list(widths)
    return [
        w + moved * lack / sum(lacking) - moved * rest / sum(spare)
        for w, lack, rest in zip(widths, lacking, spare, strict=True)
    ]


def placed(grid: Grid) -> Iterator[tuple[int, int, int, Cell]]:
    """Every cell with its row, how many rows it takes, its column from 0."""
    spans: dict[int, tuple[int, int]] = {}  # column → rows still covered, columns
    for number, cells in enumerate(grid.rows):
        column, waiting = 0, list(cells)
        while column < len(grid.widths):
            if column in spans:
                left, count = spans.pop(column)
                if left > 1:
                    spans[column] = (left - 1, count)
                yield number, 0, column, Cell("", colspan=count)
                column += count
                continue
            cell = waiting.pop(0)
            if cell.rowspan > 1:
                spans[column] = (cell.rowspan - 1, cell.colspan)
            yield number, cell.rowspan, column, cell
            column += cell.colspan


def _cell_xml(text: str, style: str, widths: Sequence[int], *, merge: str = "", bold: bool = False) -> str:
    span = f'<w:gridSpan w:val="{len(widths)}"/>' if len(widths) > 1 else ""
    joined = {"": "", "restart": '<w:vMerge w:val="restart"/>', "continue": "<w:vMerge/>"}[merge]
    look = '<w:rPr><w:rStyle w:val="表内合计"/></w:rPr>' if bold else ""
    name = f'<w:pPr><w:pStyle w:val="{style or "表内文字"}"/></w:pPr>'
    paragraphs = []
    for line in text.split("\n"):
        run = f'<w:r>{look}<w:t xml:space="preserve">{escape(clean(line), quote=False)}</w:t></w:r>' if line else ""
        paragraphs.append(f"<w:p>{name}{run}</w:p>")
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{sum(widths)}" w:type="dxa"/>{span}{joined}<w:vAlign w:val="center"/></w:tcPr>'
        f"{''.join(paragraphs)}</w:tc>"
    )


def clean(text: str) -> str:
    """Text without what XML forbids."""
    return FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
