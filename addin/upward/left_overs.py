"""What of the clerk's own travels with a finished workbook though no table needs it: the clerk decides on it."""

from __future__ import annotations

from addin.upward.sealing import OWN_SHEETS, SHEET
from addin.verbs.computing import table_grids
from addin.verbs.examples import SHEET as EXAMPLES
from addin.xlsx import Workbook, parse_xml, relations_of, target_of
from udfs.base import address, is_blank, plain
from workbook_templates.reading import Edition

#: The link that stands beside every sheet of ours.
_BACK = "返回封面"
#: Places that one sentence names.
_MOST = 3


def left_overs(book: Workbook, edition: Edition) -> list[str]:
    """Sheets that the template does not have, notes on cells, and words beside the tables, a sentence each."""
    return [*_sheets(book, edition), *_comments(book), *_beside(book, edition)]


def _sheets(book: Workbook, edition: Edition) -> list[str]:
    own = {form.sheet for form in edition.forms} | {sheet.name for sheet in edition.input_sheets}
    own |= {sheet.name for sheet in edition.sheets}
    own |= {edition.spending.sheet, edition.income.sheet, edition.narrative.sheet.name, SHEET, EXAMPLES, *OWN_SHEETS}
    if edition.performance_spec is not None:
        own.add(edition.performance.sheet)
    other = [name for name in book.grids if name not in own]
    return [f"工作表“{'”“'.join(other)}”不是模板中的表"] if other else []


def _comments(book: Workbook) -> list[str]:
    found = []
    for name, part in book.package.sheets.items():
        for item in parse_xml(book.package.parts.get(relations_of(part), b"<n/>")):
            if item.get("Type", "").endswith("/comments"):
                notes = parse_xml(book.package.parts.get(target_of(part, item), b"<n/>")).iter("{*}comment")
                places = [note.get("ref", "") for note in notes]
                if places:
                    found.append(f"{name}有批注{_named(places)}")
    return found


def _beside(book: Workbook, edition: Edition) -> list[str]:
    """Words right of what is printed of a table."""
    grids = table_grids(book, edition)
    last: dict[str, int] = {}
    for form in edition.forms:
        sheet, _, left = form.place(book.names)
        last[sheet] = max(last.get(sheet, 0), left + form.width - 1)
    found = []
    for name, column in last.items():
        places = [
            address(row, at)
            for row, line in enumerate(grids.get(name, []), 1)
            for at, value in enumerate(line[column:], column + 1)
            if not is_blank(value) and plain(value) != _BACK
        ]
        if places:
            found.append(f"{name}的打印区域右侧还有内容{_named(places)}")
    return found


def _named(places: list[str]) -> str:
    return f"（{'、'.join(places[:_MOST])}{f'等{len(places)}处' if len(places) > _MOST else ''}）"
