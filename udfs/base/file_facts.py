"""What a workbook shows besides values: formulas, hidden parts, links, macros."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from udfs.base.cells import Block


class FileFacts(Struct, frozen=True):
    """What the file door saw besides values. Cells are (row, column) from 1."""

    formulas: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    hidden_sheets: tuple[str, ...] = ()
    hidden_rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    hidden_columns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    errors: Mapping[str, Mapping[tuple[int, int], str]] = field(default_factory=dict)  #: error values, read as empty
    uncalculated: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)  #: formulas without a value
    external_links: int = 0
    own_functions: bool = False  #: linked to the add-in itself, whose functions stand in cells
    macros: bool = False
    other_parts: tuple[str, ...] = ()
    looks: tuple[tuple[str, str, str], ...] = ()  #: sheet, cell and what is seen otherwise than it stands there

    def written_over(self, blocks: Iterable[Block]) -> FileFacts:
        """What the workbook shows once the blocks are written: their cells hold no formulas and no errors."""
        written: dict[str, set[tuple[int, int]]] = {}
        for block in blocks:
            cells = written.setdefault(block.sheet, set())
            for row, line in enumerate(block.cells, block.row):
                cells.update((row, column) for column in range(block.column, block.column + len(line)))
        return replace(
            self,
            formulas={sheet: cells - written.get(sheet, set()) for sheet, cells in self.formulas.items()},
            uncalculated={sheet: cells - written.get(sheet, set()) for sheet, cells in self.uncalculated.items()},
            errors={
                sheet: {at: text for at, text in found.items() if at not in written.get(sheet, set())}
                for sheet, found in self.errors.items()
            },
        )
