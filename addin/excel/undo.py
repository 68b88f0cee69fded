"""The snapshot of what a command overwrote: kept in a file, since the next click may be another process."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from addin.excel.rectangles import FormulaText, Rectangle, Rows
from addin.excel.shapes import Reshaping, Shape
from addin.places import data_folder

#: The form of the file; one of another form, left by an older program, cannot be undone.
_FORM = 3


class Snapshot(Struct, frozen=True):
    """What one command wrote into which workbook."""

    book: str
    command: str
    pieces: tuple[Rectangle, ...]
    shapes: tuple[Reshaping, ...] = ()


def _file() -> Path:
    return data_folder() / "undo.json"


def keep(book: str, command: str, pieces: Sequence[Rectangle], shapes: Sequence[Reshaping] = ()) -> None:
    """Write the snapshot down, in place of the one before."""
    data = {
        "form": _FORM,
        "book": book,
        "command": command,
        "pieces": [
            [p.sheet, p.row, p.column, _plain(p.old), _plain(p.new), p.heights, p.formats, p.links] for p in pieces
        ],
        "shapes": [[s.sheet, s.row, s.column, _looks(s.old), _looks(s.new), s.known] for s in shapes],
    }
    target = _file()
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".new")
    temporary.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    temporary.replace(target)


def last() -> Snapshot | None:
    """The snapshot of the last command; None where nothing can be undone."""
    try:
        data = json.loads(_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if data.get("form") != _FORM:
        return None
    pieces = tuple(
        Rectangle(
            sheet,
            row,
            column,
            _rows(old),
            _rows(new),
            heights=tuple(tuple(height) for height in heights),
            formats=tuple(tuple(one) for one in formats),
            links=links,
        )
        for sheet, row, column, old, new, heights, formats, links in data["pieces"]
    )
    shapes = tuple(
        Reshaping(sheet, row, column, _shape(old), _shape(new), known)
        for sheet, row, column, old, new, known in data["shapes"]
    )
    return Snapshot(data["book"], data["command"], pieces, shapes)


def forget() -> None:
    """Nothing can be undone any more."""
    _file().unlink(missing_ok=True)


def swapped(snapshot: Snapshot) -> Snapshot:
    """What brings back what was there."""
    pieces = tuple(
        replace(
            p,
            old=p.new,
            new=p.old,
            heights=tuple((first, last, b, a) for first, last, a, b in p.heights),
            formats=tuple((first, last, column, b, a) for first, last, column, a, b in p.formats),
        )
        for p in snapshot.pieces
    )
    # What a command wrote is known in any case.
    shapes = tuple(replace(s, old=s.new, new=s.old, known=True) for s in snapshot.shapes)
    return replace(snapshot, pieces=pieces, shapes=shapes)


def _looks(shape: Shape) -> list[Any]:
    return [shape.styles, shape.merges, shape.heights, shape.breaks]


def _shape(data: list[Any]) -> Shape:
    styles, merges, heights, breaks = data
    return Shape(tuple(map(tuple, styles)), tuple(map(tuple, merges)), tuple(heights), tuple(breaks))


def _plain(rows: Rows) -> list[list[Any]]:
    return [[_cell(value) for value in line] for line in rows]


def _cell(value: Any) -> Any:
    if isinstance(value, FormulaText):
        return {"formula": str(value)}
    if isinstance(value, datetime.datetime):
        return {"time": value.replace(tzinfo=None).isoformat()}
    return value if value is None or isinstance(value, str | bool) else float(value)


def _rows(rows: list[list[Any]]) -> Rows:
    return tuple(tuple(_value(value) for value in line) for line in rows)


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return FormulaText(value["formula"]) if "formula" in value else datetime.datetime.fromisoformat(value["time"])
    return value
