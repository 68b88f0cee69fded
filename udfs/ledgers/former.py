"""Lists as an earlier version laid them out, a row for each value, brought into the layout of now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from udfs.base import Block, Grids, Shown, ShownDate, holds_nothing, is_blank, plain, squeezed
from udfs.ledgers.unit import Grid, heading_key
from workbook_templates.reading import Edition, InputRange

#: The heading of the column that told whose a row's value was.
RETIRED = "（不用填）"


def converted_lists(edition: Edition, grids: Grids) -> tuple[list[Block], list[str]]:
    """The blocks that bring such lists into the layout of now, and a sentence for each; none where there is none.

    What was typed stays, and its columns with it: the values come to stand side by side, further ones in the first
    column right of the list. Rows that say the same of another value become one, unless something stands beside them.
    """
    blocks: list[Block] = []
    notes: list[str] = []
    for sheet, part in edition.ranges().values():
        for block, before, after in _converted(part, sheet.name, grids.get(sheet.name, [])):
            blocks.append(block)
            if before:
                notes.append(f"“{sheet.name}”已改为一行一个指标，各期的值并列：原{before}行，现{after}行")
    return blocks, notes


def _converted(part: InputRange, sheet: str, grid: Grid) -> Iterator[tuple[Block, int, int]]:
    split = [column for column in part.columns if column.former[0]]
    head = part.row - 1
    labels = [heading_key(value) for value in grid[head]] if head < len(grid) else []
    if not split or any(heading_key(column.label) in labels for column in split):
        return
    old, teller, _ = (heading_key(text) for text in split[0].former)
    if old not in labels or teller not in labels:
        return
    value, told = labels.index(old), labels.index(teller)
    last = max(i for i, text in enumerate(labels) if text in {heading_key(c.label) for c in part.columns} | {old})
    # The first value stays in its column, the others come to stand right of the list.
    at = {split[0].former[2]: value} | {column.former[2]: last + 1 + i for i, column in enumerate(split[1:])}
    width = last + len(split)
    lines = [[line[i] if i < len(line) else None for i in range(width)] for line in grid[head + 1 :]]
    beside = any(not is_blank(value) for line in grid[head:] for value in line[last + 1 : width])
    if beside or any(not holds_nothing(line) and squeezed(line[told]) not in at for line in lines):
        return
    heading = [grid[head][i] if i < len(grid[head]) else None for i in range(width)]
    heading[told] = RETIRED
    for column in split:
        heading[at[column.former[2]]] = column.heading + ("*" if column.required else "")
    alone = not any(not is_blank(value) for line in grid[head + 1 :] for value in line[width:])
    rows = _side_by_side(lines, value, told, at, joined=alone)
    full = sum(not holds_nothing(line) for line in lines), sum(not holds_nothing(line) for line in rows)
    blank: list[Any] = [None] * width
    cells = [[_written(cell) for cell in line] for line in (heading, *rows, *([blank] * (len(lines) - len(rows))))]
    yield Block(sheet, part.row, 1, cells), *full


def _written(value: Any) -> Any:
    """A cell's value as it is written back: numbers as numbers, what a format shows as the text that is seen."""
    if isinstance(value, Shown | ShownDate):
        return plain(value)
    return Decimal(repr(value)) if isinstance(value, float) else value or None


def _side_by_side(
    lines: Sequence[Sequence[Any]], value: int, told: int, at: dict[str, int], *, joined: bool
) -> list[list[Any]]:
    """The rows with every value in the column of its word."""
    rows: list[list[Any]] = []
    known: dict[tuple[str, ...], list[Any]] = {}
    for line in lines:
        row = list(line)
        if holds_nothing(row):
            rows.append(row)
            continue
        where = at[squeezed(line[told])]
        row[told] = row[value] = None
        same = known.get(key := tuple(squeezed(plain(cell)) for cell in row)) if joined else None
        if same is not None and is_blank(same[where]):
            same[where] = line[value]
            continue
        row[where] = line[value]
        rows.append(known.setdefault(key, row) if joined and key not in known else row)
    return rows
