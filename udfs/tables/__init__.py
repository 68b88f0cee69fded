"""The official tables: derived from facts, laid out on their sheets, read back as printed, traced to their rows."""

from __future__ import annotations

from udfs.tables.derive import BlockRows, Row, Table, derive, level_bottoms, with_changes
from udfs.tables.layout import Cell, displaced, heading_grid, table_grid
from udfs.tables.printed import ORDINAL, Printed, PrintedBlock, PrintedRow, code_of, name_of_class, printed_tables
from udfs.tables.read_back import ABSENT_NOTE, NOT_RECOGNISED, read_printed, unit_names
from udfs.tables.reading import Reading
from udfs.tables.trace import trace

__all__ = [
    "ABSENT_NOTE",
    "NOT_RECOGNISED",
    "ORDINAL",
    "BlockRows",
    "Cell",
    "Printed",
    "PrintedBlock",
    "PrintedRow",
    "Reading",
    "Row",
    "Table",
    "code_of",
    "derive",
    "displaced",
    "heading_grid",
    "level_bottoms",
    "name_of_class",
    "printed_tables",
    "read_printed",
    "table_grid",
    "trace",
    "unit_names",
    "with_changes",
]
