"""The tables from the facts: every cell is the sum of a filter, in fen, rounded half up on its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from udfs.base import FEN_PER_PLACE, Fen, numeral, round_half_up
from udfs.ledgers import Facts, Mask, numbered
from workbook_templates.reading import Block, Filter, FixedRow, Form, ListRows, TreeRows, bottom_line


class Row(Struct, frozen=True):
    """A printed row: its key within the block, the texts of its label columns, its line in the body (from 1).

    `level`: depth in a tree or list (from 1), 0 for a fixed row.
    """

    key: str
    texts: tuple[str, ...]
    line: int
    level: int = 0


class BlockRows(Struct, frozen=True):
    """A block filled in: rows, and for each row and column the exact sum and the printed amount.

    `fen`: int64 (rows, columns). `places`: the same in hundredths of the unit of measure. A cell prints nothing
    exactly where its `fen` is zero.
    """

    block: Block
    rows: tuple[Row, ...]
    fen: Fen
    places: Fen


class Table(Struct, frozen=True):
    """A form filled in."""

    form: Form
    blocks: tuple[BlockRows, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no amount is printed anywhere in the table."""
        return not any(part.fen.any() for part in self.blocks)

    @property
    def lines(self) -> int:
        """Number of lines in the body."""
        return max((row.line for part in self.blocks for row in part.rows), default=0)


#: A row before it is placed: key, texts by what a label column shows, level.
Unfolded = tuple[str, dict[str, str], int]


def derive(forms: tuple[Form, ...], facts: Facts, circumstances: frozenset[str]) -> tuple[Table, ...]:
    """All tables. `circumstances` names which optional rows stand (`department`)."""
    mask = cache(facts.mask)  # the same sources and years stand in every table
    return tuple(
        Table(
            form,
            level_bottoms(
                [_fill(block, facts, mask, FEN_PER_PLACE[form.measure], circumstances) for block in form.blocks]
            ),
        )
        for form in forms
    )


def level_bottoms(parts: list[BlockRows]) -> tuple[BlockRows, ...]:
    """The bottom rows of blocks side by side below their other rows, the last ones on one line."""
    bottoms = [[r.key for r in part.block.rows if isinstance(r, FixedRow) and r.bottom] for part in parts]
    pairs = list(zip(parts, bottoms, strict=True))
    last = bottom_line(
        (max((row.line for row in part.rows if row.level or row.key not in keys), default=0), len(keys))
        for part, keys in pairs
    )

    def placed(row: Row, keys: list[str]) -> Row:
        below = row.key in keys and not row.level
        return replace(row, line=last + 1 - len(keys) + keys.index(row.key)) if below else row

    return tuple(replace(part, rows=tuple(placed(row, keys) for row in part.rows)) for part, keys in pairs)


def _fill(
    block: Block, facts: Facts, mask: Callable[[Filter], Mask], per_place: int, circumstances: frozenset[str]
) -> BlockRows:
    base = np.flatnonzero(mask(block.where))
    nothing = np.zeros(len(base), bool)
    columns = [nothing if column.change else mask(column.where)[base] for column in block.columns]
    shown = np.logical_or.reduce(columns) if columns else nothing
    rows: list[Row] = []
    sums: list[Fen] = []
    line = 0
    for family in block.rows:
        if isinstance(family, FixedRow):
            if family.only and family.only not in circumstances:
                continue
            keys: list[Unfolded] = [(family.key, {}, 0)]
            own = mask(family.where)[base]
            fen = np.array([[int(facts.fen[base[own & c]].sum()) for c in columns]], np.int64)
            line = family.line - 1 if family.line else line
        else:
            kept = mask(family.where)[base] & shown  # what no column shows makes no row
            coded = block.code_column > 0
            numbering = next((label.numbering for label in block.labels if label.shows == "numbered"), "")
            unfolded = _Unfolding(facts, base[kept], [c[kept] for c in columns], numbering, coded=coded)
            keys, fen = unfolded.tree(family) if isinstance(family, TreeRows) else unfolded.list(family)
        for key, texts, level in keys:
            line += 1
            labels = tuple(texts.get(label.of or label.shows, "") for label in block.labels)
            if isinstance(family, FixedRow):
                labels = family.shown(len(labels))
            rows.append(Row(key, labels, line, level))
        sums.append(fen)
    fen = np.concatenate(sums) if sums else np.zeros((0, len(columns)), np.int64)
    return BlockRows(block, tuple(rows), *with_changes(block, fen, per_place))


def with_changes(block: Block, fen: Fen, per_place: int) -> tuple[Fen, Fen]:
    """The exact sums and the printed amounts, those of the computed columns from the columns that they compare.

    A percentage is that of the printed amounts, in hundredths of one per cent; there is none of nothing.
    """
    at = {column.key: n for n, column in enumerate(block.columns)}
    fen = fen.copy()
    for n, column in enumerate(block.columns):
        if column.change:
            before, after = (fen[:, at[key]] for key in column.change)
            fen[:, n] = after - before
    places = round_half_up(fen, per_place)
    for n, column in enumerate(block.columns):
        if column.percent:
            before, after = (places[:, at[key]] for key in column.change)
            some = np.where(before == 0, 1, np.abs(before))
            share = (after - before) * np.sign(before) * 10_000
            places[:, n] = np.sign(share) * ((2 * np.abs(share) + some) // (2 * some))
            fen[:, n] = places[:, n]
    return fen, places


def _parts(code: str, levels: tuple[int, ...]) -> dict[str, str]:
    """What each level adds to a code, for forms that print 类, 款 and 项 in columns of their own."""
    starts = (0, *levels[:-1])
    return {f"part{n}": code[start:end] for n, (start, end) in enumerate(zip(starts, levels, strict=True), 1)}


class _Unfolding:
    """Unfolds a family of rows over the facts at `index`; `columns` are masks over them.

    `coded`: the codes are printed; where they are not, a code without a name stands for the name.
    """

    def __init__(
        self, facts: Facts, index: npt.NDArray[np.intp], columns: list[Mask], numbering: str, *, coded: bool
    ) -> None:
        self.numbering = numbering
        self.coded = coded
        self.facts = facts
        self.index = index
        self.columns = columns

    def tree(self, family: TreeRows) -> tuple[list[Unfolded], Fen]:
        """A row for each code and each parent of it, sorted by code; sums of parents are taken in fen."""
        dimension = self.facts.dimensions[family.dimension]
        beside = self.facts.dimensions[family.beside] if family.beside else None
        width = len(beside.values) if beside else 1
        combined = dimension.codes[self.index].astype(np.int64) * width
        if beside:
            combined = combined + beside.codes[self.index]
        groups, used = numbered(combined)
        fen = self._sums(groups, len(used))
        totals: dict[tuple[str, str], Fen] = {}
        for position, value in enumerate(used):
            code = dimension.values[value // width]
            pair = beside.values[value % width] if beside else ""
            for length in family.levels:
                if length <= len(code):
                    key = (code[:length], pair if length == family.levels[-1] else "")
                    totals[key] = totals.get(key, 0) + fen[position]
        keys: list[Unfolded] = []
        for code, pair in sorted(totals):
            texts = {
                "code": code,
                "name": self.facts.name(family.dimension, code),
                "numbered": self.numbering.format(numeral(len(keys) + 1))
                + (self.facts.name(family.dimension, code) or code),
                **_parts(code, family.levels),
                "beside": (self.facts.name(family.beside, pair) or pair) if family.beside and pair else "",
            }
            if not self.coded:
                texts["name"] = texts["name"] or code
            level = family.levels.index(len(code)) + 1
            keys.append((f"{code}/{pair}" if pair else code, texts, level))
        ordered = [totals[key] for key in sorted(totals)]
        return keys, np.array(ordered, np.int64).reshape(len(ordered), len(self.columns))

    def list(self, family: ListRows) -> tuple[list[Unfolded], Fen]:
        """A row for each value, below it one for each value of the next dimension, in order of first appearance."""
        keys: list[Unfolded] = []
        sums: list[Fen] = []
        groups: list[npt.NDArray[np.int64]] = []
        combined = np.zeros(len(self.index), np.int64)
        for together in family.by_level:
            for name in together:
                dimension = self.facts.dimensions[name]
                combined = combined * len(dimension.values) + dimension.codes[self.index]
                combined, _ = numbered(combined)
            groups.append(combined)
        # Parents of every deepest value, in order of first appearance at each level.
        first = [np.unique(g, return_index=True)[1] for g in groups]
        totals = [self._sums(g, len(f)) for g, f in zip(groups, first, strict=True)]
        children: dict[tuple[int, int], list[int]] = {}
        for level in range(1, len(groups)):
            for child, where in enumerate(first[level]):
                children.setdefault((level - 1, int(groups[level - 1][where])), []).append(child)

        def visit(level: int, group: int, path: str) -> None:
            at = self.index[first[level][group]]
            own = {d: self.facts.dimensions[d] for d in family.by_level[level]}
            values = {d: found.values[found.codes[at]] for d, found in own.items()}
            names = {d: self.facts.name(d, value) for d, value in values.items()}
            head = family.dimensions[level]
            key = "/".join([*([path] if path else []), *values.values()])
            keys.append((key, {"code": values[head], "name": names[head], **names}, level + 1))
            sums.append(totals[level][group])
            for child in children.get((level, group), []):
                visit(level + 1, child, key)

        if groups:
            for group in range(len(first[0])):
                visit(0, group, "")
        return keys, np.array(sums, np.int64).reshape(len(sums), len(self.columns))

    def _sums(self, groups: npt.NDArray[np.int64], count: int) -> Fen:
        out = np.zeros((count, len(self.columns)), np.int64)
        fen = self.facts.fen[self.index]
        for position, mask in enumerate(self.columns):
            np.add.at(out[:, position], groups[mask], fen[mask])
        return out
