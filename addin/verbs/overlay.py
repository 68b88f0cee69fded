"""A workbook as it will be once blocks are written, so that several commands can follow each other before one write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from udfs.base import Area, Block, FileFacts, Formula, Grids, Link, with_blocks


class Overlay:
    """A workbook and blocks laid over it, seen as if the blocks had been written and read again."""

    def __init__(
        self, path: Path, grids: Grids, names: dict[str, Area], facts: FileFacts, stamp: str, blocks: Sequence[Block]
    ) -> None:
        self.path = path
        self.names = names
        self.edition_stamp = stamp
        read = [replace(b, cells=[[as_read(value) for value in line] for line in b.cells]) for b in blocks]
        self.grids = with_blocks(grids, read)
        self.facts = _without(facts, blocks)


def as_read(value: Any) -> Any:
    """What a cell gives back once a block's value has been written into it."""
    if isinstance(value, Link):
        return value.text
    if isinstance(value, Formula):
        value = value.value
    return float(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else value


def _without(facts: FileFacts, blocks: Iterable[Block]) -> FileFacts:
    """What the workbook shows, without the formulas and errors that are written over."""
    written: dict[str, set[tuple[int, int]]] = {}
    for block in blocks:
        cells = written.setdefault(block.sheet, set())
        for r, line in enumerate(block.cells, block.row):
            cells.update((r, c) for c in range(block.column, block.column + len(line)))
    return replace(
        facts,
        formulas={sheet: cells - written.get(sheet, set()) for sheet, cells in facts.formulas.items()},
        uncalculated={sheet: cells - written.get(sheet, set()) for sheet, cells in facts.uncalculated.items()},
        errors={
            sheet: {at: text for at, text in found.items() if at not in written.get(sheet, set())}
            for sheet, found in facts.errors.items()
        },
    )
