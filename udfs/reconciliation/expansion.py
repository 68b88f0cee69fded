"""Declarations of relations expanded over the rows that a workbook has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from udfs.base import squeezed
from udfs.tables import Printed, PrintedBlock
from workbook_templates.reading import Classifications, Condition, Declaration, Ref, TreeRows


class Relation(Struct, frozen=True):
    """One relation between cells: Σ left = Σ right (or ≤). `row` and `column` are what $ stands for."""

    declaration: Declaration
    row: str
    column: str
    left: tuple[int, ...]
    right: tuple[int, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the relation in every workbook of the edition."""
        return self.declaration.number, self.row, self.column


class Expansion:
    """Expands declarations over the rows that a workbook has."""

    def __init__(self, printed: Printed, codes: Classifications) -> None:
        self.printed = printed
        self.codes = codes
        self.paths = {id(b): {row.path: i for i, row in enumerate(b.rows)} for b in printed.blocks}
        self.children = {id(b): _children(b) for b in printed.blocks}
        self._items = {id(b): _items(b, codes) for b in printed.blocks}
        self._known: dict[tuple[str, str, str], list[PrintedBlock]] = {}
        self._columns = {id(b): _positions(b) for b in printed.blocks}
        self._lines: dict[tuple[int, str, str], list[int]] = {}

    def relations(self, declarations: Sequence[Declaration]) -> list[Relation]:
        """All relations, in the order of the declarations."""
        return [relation for d in declarations for relation in self._one(d)]

    def _one(self, declaration: Declaration) -> Iterator[Relation]:
        keys = [""]
        if declaration.rows:
            keys = list(dict.fromkeys(path for ref in declaration.rows for path in self._row_paths(ref)))
        below = any(c.kind == "below" for c in declaration.when)
        for key in keys:
            lefts, rights = self._lines_of(declaration.left, key), self._lines_of(declaration.right, key)
            for column in declaration.columns or ("",):
                left, right = _cells(lefts, column), _cells(rights, column)
                if (left or right) and not (below and not (left and right)):
                    yield Relation(declaration, key, column, left, right)

    def _blocks(self, ref: Ref) -> list[PrintedBlock]:
        key = (ref.form, ref.block, ref.column)
        if key not in self._known:
            found = [b for b in self.printed.blocks if b.form.code == ref.form and ref.block in ("", b.block.name)]
            if ref.column and ref.column != "$":
                found = [b for b in found if any(c.key == ref.column for c in b.block.columns)]
            self._known[key] = found
        return self._known[key]

    def _row_paths(self, ref: Ref) -> list[str]:
        blocks = self._blocks(ref)
        return [b.rows[i].path for b in blocks for i in self._rows(b, ref.rows, "")]

    def _rows(self, block: PrintedBlock, rows: str, key: str) -> list[int]:
        """Indices of the rows that a selector names in a block; asked for once a column of every declaration."""
        asked = (id(block), rows, key if "$" in rows else "")
        found = self._lines.get(asked)
        if found is None:
            found = self._lines[asked] = self._find_rows(block, rows, key)
        return found

    def _find_rows(self, block: PrintedBlock, rows: str, key: str) -> list[int]:
        if rows in ("$", "$>"):
            index = self.paths[id(block)].get(key, -1)
            if rows == "$>":
                return self.children[id(block)].get(index, []) if index >= 0 else []
            return [index] if index >= 0 else []
        if rows == "#*":
            return [i for i, row in enumerate(block.rows) if row.level]
        if rows.startswith("#"):
            return [i for i, row in enumerate(block.rows) if row.level == int(rows[1:])]
        if rows.startswith("@"):
            return [i for i, row in enumerate(block.rows) if row.group == rows[1:]]
        if rows == "^":
            fixed = [i for i, row in enumerate(block.rows) if row.level == 0]
            return fixed or [i for i, row in enumerate(block.rows) if row.level == 1]
        if rows.endswith("/"):
            return self._rows_of_code(block, rows[:-1])
        index = self.paths[id(block)].get(rows, -1)
        return [index] if index >= 0 else []

    def _rows_of_code(self, block: PrintedBlock, code: str) -> list[int]:
        """The rows of a code; printed by name alone, by its name and its parent's: names may be shared."""
        items = self._items[id(block)]
        if block.block.code_column:
            return items.get((0, code, ""), [])
        family = next(r for r in block.block.rows if isinstance(r, TreeRows))
        names = self.codes.by_name[family.dimension]
        asked = [(n, names.get(code, ""), names.get(code[:length], "")) for n, length in enumerate(family.levels, 2)]
        return sorted(i for key in asked if key[1] and key[2] for i in items.get(key, []))

    def cells(self, refs: Sequence[Ref], key: str, column: str) -> tuple[int, ...]:
        """Cells that references name, a missing row giving none."""
        return _cells(self._lines_of(refs, key), column)

    def _lines_of(self, refs: Sequence[Ref], key: str) -> list[_Lines]:
        """The rows that references name for one row of a declaration, whatever the column."""
        result: list[_Lines] = []
        for ref in refs:
            for block in self._blocks(ref):
                width = len(block.block.columns)
                starts = [block.first + i * width for i in self._rows(block, ref.rows, key)]
                if starts:
                    result.append((ref.column, self._columns[id(block)], starts))
        return result

    def holds(self, condition: Condition, key: str, column: str) -> bool:
        """Whether a condition holds for the workbook as printed."""
        places, filled = self.printed.places, self.printed.filled
        if condition.kind == "below":
            return True  # relations without a row below are not made
        if condition.kind == "nonnegative":
            return not bool((places < 0).any())
        assert condition.left is not None
        if condition.kind == "rows":
            return bool(self._row_paths(condition.left))
        left = list(self.cells([condition.left, *condition.more], key, column))
        if condition.kind == "filled":
            return bool(filled[left].any())
        if condition.kind == "empty":
            return not filled[left].any()
        assert condition.right is not None
        right = list(self.cells([condition.right], key, column))
        difference = int(places[left].sum() - places[right].sum())
        if condition.kind == ">=":
            return difference >= 0
        # What prints 0.00 is not nothing: an empty cell and a 0.00 stand for different amounts.
        return difference == 0 and int(filled[left].sum()) == int(filled[right].sum())


#: Rows that a reference names: its column, where the columns of each key stand, and the first cell of each row.
_Lines = tuple[str, Mapping[str, Sequence[int]], Sequence[int]]


def _cells(lines: Sequence[_Lines], column: str) -> tuple[int, ...]:
    """The cells of rows in a column."""
    result: list[int] = []
    for wanted, positions, starts in lines:
        for j in positions.get(column if wanted == "$" else wanted, ()):
            result += [start + j for start in starts]
    return tuple(result)


def _items(block: PrintedBlock, codes: Classifications) -> dict[tuple[int, str, str], list[int]]:
    """Rows of codes by (0, code, ""), or by level, name and the parent's name where no codes are printed.

    A row whose printed name is that of another item is no row of its code: which of the two is wrong nobody knows.
    """
    result: dict[tuple[int, str, str], list[int]] = {}
    coded = block.block.code_column > 0
    family = next((r for r in block.block.rows if isinstance(r, TreeRows)), None)
    shows = list(block.block.shows)
    names = codes.by_name.get(family.dimension, {}) if family and "name" in shows else {}
    whose: dict[tuple[int, str], str] = {(len(code), squeezed(name)): code for code, name in names.items()}
    for i, row in enumerate(block.rows):
        if coded and row.level:
            name = squeezed(row.texts[shows.index("name")]) if names else ""
            if name != squeezed(names.get(row.path, name)) and (len(row.path), name) in whose:
                continue
            result.setdefault((0, row.path, ""), []).append(i)
        elif not coded and row.parent >= 0:
            result.setdefault((row.level, row.texts[0], block.rows[row.parent].texts[0]), []).append(i)
    return result


def _positions(block: PrintedBlock) -> dict[str, list[int]]:
    """Where the columns of each key stand in a block."""
    result: dict[str, list[int]] = {}
    for j, column in enumerate(block.block.columns):
        result.setdefault(column.key, []).append(j)
    return result


def _children(block: PrintedBlock) -> dict[int, list[int]]:
    result: dict[int, list[int]] = {}
    for index, row in enumerate(block.rows):
        if row.parent >= 0:
            result.setdefault(row.parent, []).append(index)
    return result
