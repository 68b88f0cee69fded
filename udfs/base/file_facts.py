"""What a workbook shows besides values: formulas, hidden parts, links, macros."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field


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
