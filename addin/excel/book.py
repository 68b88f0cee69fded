"""The Excel door: an open workbook read into grids in a few calls, through xlwings; knows nothing of budgets."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from addin.excel import com
from addin.excel.rectangles import FormulaText, Rectangle
from addin.excel.screen import Screen
from addin.excel.waiting import patiently
from addin.excel.writing import WritableBook
from udfs.base import (
    Area,
    FileFacts,
    InputProblems,
    Problem,
    cover_merge,
    is_blank,
    is_error,
    read_reference,
    seen_date,
    seen_number,
)
from workbook_templates.addresses import defined_name
from workbook_templates.defined_names import EDITION

#: More cells than this in one sheet come from a stray entry far away, and would not fit into memory as objects.
MOST_CELLS = 3_000_000


#: The input sheets, by the keys of their first ranges, and how often at most one is asked how its numbers look.
_INPUTS = ("ledger", "income", "basic", "last_year", "projects", "indicators")
#: Those of them that are ledgers.
_LEDGERS = _INPUTS[:2]
_MOST_FORMATS = 200


class LiveBook(WritableBook):
    """An open workbook as the commands see one: `path`, `grids`, `names`, `facts`, `edition_stamp`."""

    def __init__(self, book: Any) -> None:
        super().__init__(book)
        self.screen = Screen(self.app)
        self.path = Path(patiently(com.full_name, book))
        self.names, self._constants = self._read_names()
        self._facts: FileFacts | None = None

    @property
    def edition_stamp(self) -> str:
        """What YS_EDITION holds; empty where the workbook is not one of ours."""
        return self._constants.get(EDITION, "")

    @property
    def folder(self) -> Path | None:
        """The folder in which it lies; None where it was never saved, or lies in the cloud."""
        return self.path.parent if self.path.is_absolute() and self.path.parent.is_dir() else None

    @property
    def facts(self) -> FileFacts:
        """What the workbook shows besides values."""
        assert self._facts is not None, "read first"
        return self._facts

    def read(self, live: Sequence[str] = ()) -> None:
        """Every sheet's values, one block read a sheet, and what else the workbook shows.

        `live`: sheets of the program's own formulas, which are no formulas of the clerk's.
        """
        inputs, ledgers = (
            {self.names[name][0] for name in map(defined_name, keys) if name in self.names}
            for keys in (_INPUTS, _LEDGERS)
        )
        hidden_sheets: list[str] = []
        rows: dict[str, tuple[int, ...]] = {}
        columns: dict[str, tuple[int, ...]] = {}
        for sheet in patiently(lambda: list(self._book.sheets)):
            name, visible, block = patiently(self._look, sheet)
            self.grids[name] = patiently(com.values, block)
            if name in inputs:
                patiently(self._as_shown, sheet, self.grids[name])
            if name in ledgers and patiently(com.has_merged, block):
                self._cover(block, self.grids[name])
            if not visible:
                hidden_sheets.append(name)
            if patiently(com.has_formula, block):
                self._formulas[name] = self._formula_texts(block)
            found = patiently(com.hidden_lines, block)
            rows[name], columns[name] = self._filled(self.grids[name], *found)
        links, own_links = patiently(com.external_links, self._book)
        self._facts = FileFacts(
            formulas={name: frozenset(cells) for name, cells in self._formulas.items() if name not in live},
            hidden_sheets=tuple(hidden_sheets),
            hidden_rows={name: lines for name, lines in rows.items() if lines},
            hidden_columns={name: lines for name, lines in columns.items() if lines},
            errors={name: wrong for name, grid in self.grids.items() if (wrong := _errors(grid))},
            external_links=links,
            own_functions=bool(own_links),
            macros=patiently(com.has_macros, self._book),
            other_parts=("xl/connections.xml",) * patiently(com.connections, self._book),
        )

    def matches(self, pieces: Sequence[Rectangle]) -> bool:
        """Whether the cells still hold what was written into them; one block read a piece."""
        for piece in pieces:
            block = self._range(self._book.sheets[piece.sheet], piece)
            values = patiently(com.values, block)
            for line, wanted in zip(values, piece.new, strict=True):
                for value, text in zip(line, wanted, strict=True):
                    if not isinstance(text, FormulaText) and value != text and not (is_blank(value) and is_blank(text)):
                        return False
        return True

    def save_copy(self, path: Path) -> None:
        """Write the workbook as it is now to another file. What is open stays what it was."""
        patiently(com.save_copy, self._book, str(path))

    def go_to(self, sheet: str, cell: str) -> None:
        """Show a cell."""
        target = self._book.sheets[sheet]
        patiently(target.activate)
        patiently(lambda: target.range(cell or "A1").select())

    def area_values(self, name: str) -> list[list[Any]]:
        """The values of a named area down to the last row in use: one block read. Empty where there is no such name."""
        if name not in self.names:
            return []
        sheet_name, row, column, last_row, last_column = self.names[name]
        sheet = patiently(self._sheet, sheet_name)
        used = patiently(lambda: sheet.used_range.last_cell.row)
        if used < row:
            return []
        block = sheet.range((row, column), (min(last_row, used), last_column))
        values: list[list[Any]] = patiently(com.values, block)
        return values

    def selected(self) -> tuple[str, int, int] | None:
        """Sheet, row and column of the first selected cell; None where something else is selected."""
        chosen = patiently(lambda: self.app.selection)
        return None if chosen is None else patiently(lambda: (chosen.sheet.name, chosen.row, chosen.column))

    def _look(self, sheet: Any) -> tuple[str, bool, Any]:
        """A sheet's name, whether it is shown, and all that it holds."""
        return sheet.name, com.is_visible(sheet), self._block(sheet)

    def _as_shown(self, sheet: Any, grid: list[list[Any]]) -> None:
        """Numbers and dates of an input sheet as their formats show them (95%), as files have them.

        A column is asked for its format once, and halved as long as there are several, so often at most.
        """
        waiting = []
        for column in range(1, max(map(len, grid), default=0) + 1):
            rows = [row for row, line in enumerate(grid, 1) if _has_look(line[column - 1])]
            if rows:
                waiting.append((column, rows))
        asked = 0
        while waiting and asked < _MOST_FORMATS:
            column, rows = waiting.pop(0)
            asked += 1
            code = sheet.range((rows[0], column), (rows[-1], column)).number_format
            if code is None and len(rows) > 1:
                middle = len(rows) // 2
                waiting += [(column, rows[:middle]), (column, rows[middle:])]
            elif code:
                for row in rows:
                    value = grid[row - 1][column - 1]
                    shown = seen_date(value, code) if isinstance(value, datetime.date) else seen_number(value, code)
                    grid[row - 1][column - 1] = value if shown is None else shown

    def _cover(self, block: Any, grid: list[list[Any]]) -> None:
        """Mark the cells that merges cover, as files have them: a merged label speaks for every row that it spans."""
        from addin.excel.shape_xml import read_shape

        columns = max(map(len, grid), default=0)
        shape = read_shape(patiently(com.as_xml, block), len(grid), columns, [""] * columns)
        for row, column, down, across in shape.merges if shape else ():
            cover_merge(grid, row + 1, column + 1, row + down, column + across)

    def _block(self, sheet: Any) -> Any:
        """From A1 to the last cell in use. Raises InputProblems where that is absurdly far away."""
        used = sheet.used_range
        height, width = used.shape
        last_row, last_column = used.row + height - 1, used.column + width - 1
        if last_row * last_column > MOST_CELLS:
            message = "工作表的使用范围异常庞大（可能在很远处误填了单元格），请删除多余的行列并保存后再试"
            raise InputProblems([Problem(sheet.name, message)])
        return sheet.range((1, 1), (last_row, last_column))

    def _formula_texts(self, block: Any) -> dict[tuple[int, int], str]:
        texts = patiently(lambda: block.formula)
        if isinstance(texts, str):
            texts = ((texts,),)
        return {
            (r, c): text
            for r, line in enumerate(texts, 1)
            for c, text in enumerate(line, 1)
            if isinstance(text, str) and text.startswith("=")
        }

    def _filled(
        self, grid: Sequence[Sequence[Any]], rows: Sequence[int], columns: Sequence[int]
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of the hidden rows and columns those that hold something."""
        full_rows = tuple(r for r in rows if any(not is_blank(value) for value in grid[r - 1]))
        return full_rows, tuple(c for c in columns if any(not is_blank(line[c - 1]) for line in grid))

    def _read_names(self) -> tuple[dict[str, Area], dict[str, str]]:
        """Where the defined names point, and the texts that names stand for."""
        found = patiently(lambda: [(name.name, name.refers_to) for name in self._book.names])
        areas: dict[str, Area] = {}
        constants: dict[str, str] = {}
        for name, refers in found:
            area = read_reference(refers.removeprefix("="))
            if area:
                areas[name] = area
            elif refers.startswith('="'):
                constants[name] = refers[2:].rstrip('"')
        return areas, constants


def _has_look(value: Any) -> bool:
    """Whether a cell's value is one that a number format may show otherwise."""
    return isinstance(value, float | datetime.date)


def _errors(grid: Sequence[Sequence[Any]]) -> dict[tuple[int, int], str]:
    return {(r, c): v for r, line in enumerate(grid, 1) for c, v in enumerate(line, 1) if is_error(v)}
