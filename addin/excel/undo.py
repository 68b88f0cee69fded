"""The snapshot of what a command overwrote: kept in a file, since the next click may be another process."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from addin.excel.rectangles import FormulaText, Rectangle, Rows
from addin.excel.shapes import Reshaping
from addin.places import data_folder
from udfs.base import InputProblems, Problem

_LOST = (
    "上一步之前的内容记在这个文件里，它已损坏，或是本程序另一版本留下的，因此不能撤销，工作簿没有改动。"
    "请用 Excel 的撤销（Ctrl+Z），或打开操作前保存的文件"
)


class Snapshot(Struct, frozen=True):
    """What one command wrote into which workbook. `undone`: it was taken back since, and can be done again."""

    book: str
    command: str
    pieces: tuple[Rectangle, ...]
    shapes: tuple[Reshaping, ...] = ()
    undone: bool = False


class _Kept(Struct, frozen=True):
    """The file. One of another form, left by another version of the program, cannot be undone."""

    snapshot: Snapshot
    form: Literal[4]


def _file() -> Path:
    return data_folder() / "undo.json"


def keep(snapshot: Snapshot) -> None:
    """Write the snapshot down, in place of the one before."""
    # Heights are brought back as they were, not fitted to the text anew; what the sheet prints stays.
    plain = tuple(replace(p, old=_each(_plain, p.old), new=_each(_plain, p.new), lines=()) for p in snapshot.pieces)
    snapshot = replace(snapshot, pieces=plain, shapes=tuple(replace(s, printed="") for s in snapshot.shapes))
    target = _file()
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".new")
    temporary.write_bytes(msgspec.json.encode(_Kept(snapshot, 4)))
    temporary.replace(target)


def last() -> Snapshot | None:
    """The snapshot of the last command; None where there is none. Raises InputProblems where it cannot be read."""
    try:
        found = msgspec.json.decode(_file().read_bytes(), type=_Kept).snapshot
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        # It is written in one step: another version's, or the disk has damaged it.
        raise InputProblems([Problem(_file().name, _LOST)]) from None
    pieces = (replace(p, old=_each(_value, p.old), new=_each(_value, p.new)) for p in found.pieces)
    return replace(found, pieces=tuple(pieces))


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
    return replace(snapshot, pieces=pieces, shapes=shapes, undone=not snapshot.undone)


def _each(change: Callable[[Any], Any], rows: Rows) -> Rows:
    return tuple(tuple(change(value) for value in line) for line in rows)


def _plain(value: Any) -> Any:
    """A cell's value as JSON has it."""
    if isinstance(value, FormulaText):
        return {"formula": str(value)}
    if isinstance(value, datetime.datetime):
        return {"time": value.replace(tzinfo=None).isoformat()}
    return value if value is None or isinstance(value, str | bool) else float(value)


def _value(value: Any) -> Any:
    """A cell's value, from `_plain`."""
    if isinstance(value, dict):
        return FormulaText(value["formula"]) if "formula" in value else datetime.datetime.fromisoformat(value["time"])
    return value
