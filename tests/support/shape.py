"""How 绩效目标 looks in an open workbook and in a file, to be compared with each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from addin.xlsx.heights import same
from tests.support.calc import looks
from tests.support.live import Desk

SHEET = "绩效目标"
#: The forms' first row and their columns, and more rows than they take.
TOP, WIDTH, ROWS = 4, 8, 420

Look = dict[str, Any]


def live_look(book: Any, count: int = ROWS) -> Look:
    """Styles, merged cells, heights and page breaks of the forms' rows in an open workbook, from 1."""
    sheet = book.sheets[SHEET].impl
    block = sheet.range((TOP, 1), (TOP + count - 1, WIDTH))
    styles, merges, _ = looks.seen(block)
    rows = looks.rows_seen(block)
    return {
        "styles": {(TOP + r, 1 + c): name for (r, c), name in styles.items() if name != "Normal"},
        "merges": {(TOP + r, 1 + c, *span) for (r, c), span in merges.items()},
        "heights": [looks.points(height) if shown else 0.0 for height, shown, _ in rows],
        "breaks": [TOP + n for n, (_, _, ended) in enumerate(rows) if ended and n],
    }


def file_look(desk: Desk, path: Path, book: Any) -> Look:
    """The same of a file; `book` is looked at again afterwards."""
    other = desk.open(path)
    found = live_look(other)
    other.close()
    book.activate()
    return found


def unlike(one: Look, other: Look) -> dict[str, list[Any]]:
    """What two looks differ in; of heights only what is more than programs round off."""
    found: dict[str, list[Any]] = {}
    styles, others = one["styles"], other["styles"]
    found["styles"] = [
        (at, styles.get(at), others.get(at)) for at in styles | others if styles.get(at) != others.get(at)
    ]
    found["merges"] = sorted(one["merges"] ^ other["merges"])
    pairs = enumerate(zip(one["heights"], other["heights"], strict=True), TOP)
    found["heights"] = [(row, *pair) for row, pair in pairs if not same(*pair)]
    found["breaks"] = sorted(set(one["breaks"]) ^ set(other["breaks"]))
    return {key: value for key, value in found.items() if value}
