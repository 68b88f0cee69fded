"""The printed tables read back from the sheets of a workbook."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from udfs.base import (
    FEN_PER_PLACE,
    LARGEST_YUAN,
    AmountError,
    Area,
    Dated,
    Grids,
    Ints,
    TooLargeError,
    address,
    cell,
    half_up,
    is_blank,
    is_empty_line,
    is_error,
    is_note,
    plain,
    squeezed,
    stored_number,
    to_decimal,
)
from udfs.ledgers import Content
from udfs.tables.derive import Row
from udfs.tables.layout import displaced
from udfs.tables.printed import ORDINAL, Oddity, Printed, PrintedBlock, code_of, name_of_class, with_paths
from workbook_templates.reading import Block, Classifications, Edition, FixedRow, Form, ListRows, TreeRows

#: Decimals of a fen, by unit of measure.
_FEN_DECIMALS = {"万元": 6, "元": 2}
#: Stands in the first body row of a table that an import has not found.
ABSENT_NOTE = "注：导入的文件中没有识别到本表，请补填后删除这一行"
NOT_RECOGNISED = "导入的文件中没有识别到{}"
#: Tables of whole hundreds of yuan have this many different figures together; with fewer it may be chance.
_HUNDREDS = 12


def read_printed(edition: Edition, grids: Grids, names: Mapping[str, Area], units: Sequence[str]) -> Printed:
    """The tables as they stand on their sheets. `units`: names of the units, which head their projects."""
    reader = _Reader(edition, units)
    for form in edition.forms:
        sheet, top, left = form.place(names)
        if sheet not in grids:
            reader.absent[form.code] = f"工作簿中缺少{form.sheet}"
        reader.form(form, grids.get(sheet, []), top, left)
    places = np.array(reader.places, np.int64)
    return Printed(
        tuple(reader.blocks),
        places,
        np.array(reader.filled, bool),
        tuple(reader.oddities),
        last_places(reader.blocks, places),
        reader.absent,
    )


def last_places(blocks: Sequence[PrintedBlock], places: Ints) -> tuple[int, ...]:
    """For each block the finest place that its table's amounts show, in hundredths of the unit of measure."""
    shown: dict[str, Ints] = {}
    for block in blocks:
        own = places[block.first : block.first + block.size()]
        if block.form.own_place and FEN_PER_PLACE[block.form.measure] == 1:
            shown[block.form.code] = np.append(shown.get(block.form.code, own[:0]), own[own != 0])
    # Amounts that were printed in 万元 with two decimals and put into yuan are whole hundreds in every table.
    hundreds = {code: own for code, own in shown.items() if len(own) and not (own % 10_000).any()}
    several = len(set().union(*(own.tolist() for own in hundreds.values()))) >= _HUNDREDS
    steps = {code: 1 if (own % 100).any() else 100 for code, own in shown.items()}
    if several:
        steps |= dict.fromkeys(hundreds, 10_000)
    return tuple(steps.get(block.form.code, 1) for block in blocks)


class _Reader:
    """Reads forms one after the other; gathers cells and oddities."""

    def __init__(self, edition: Edition, units: Sequence[str]) -> None:
        self.edition = edition
        self.units = {squeezed(name) for name in units if name}
        self.blocks: list[PrintedBlock] = []
        self.places: list[int] = []
        self.filled: list[bool] = []
        self.oddities: list[Oddity] = []
        self.absent: dict[str, str] = {}

    def form(self, form: Form, grid: Sequence[Sequence[Any]], top: int, left: int) -> None:
        above = top + form.first_body_row - 2
        last = above
        if squeezed(cell(grid, above + 1, left)) == squeezed(ABSENT_NOTE):
            self.absent[form.code] = NOT_RECOGNISED.format(form.sheet)
        elif form.code not in self.absent and (moved := displaced(form, self.edition, grid, top, left)):
            self.absent[form.code] = f"{form.sheet}{moved}"
            grid = []
        while last < above + form.bare_lines or not is_empty_line(grid, last + 1, left, left + form.width - 1):
            if is_note(cell(grid, last + 1, left)):
                break
            last += 1
        for block in form.blocks:
            lines = [
                tuple(plain(cell(grid, row, left + label.at - 1)) for label in block.labels)
                for row in range(above + 1, last + 1)
            ]
            asides = {
                row.key: [plain(cell(grid, number, left + row.at - 1)) for number in range(above + 1, last + 1)]
                for row in block.asides.values()
            }
            rows = _Labels(block, self.units, self.edition.codes, self.edition.classified).rows(lines, asides)
            if form.code not in self.absent:
                self._missing(form, block, rows, above)
            placed = with_paths(block, rows, above)
            self.blocks.append(PrintedBlock(form, block, placed, len(self.places), left))
            for row in placed:
                for column in block.columns:
                    at = left + column.at - 1
                    self._amount(form, row.row, at, cell(grid, row.row, at))

    def _missing(self, form: Form, block: Block, rows: Sequence[Row], above: int) -> None:
        found = {row.key for row in rows}
        for line, fixed in block.fixed_lines():
            if fixed.key not in found:
                at = address(above + line, fixed.at or block.first_column)
                self.oddities.append(Oddity(form.sheet, at, "missing_row", fixed.label or fixed.key))

    def _amount(self, form: Form, row: int, column: int, value: Any) -> None:
        sheet = form.sheet
        index = len(self.places)
        # A table with a last place of its own may show parts of a hundredth, but no parts of a fen.
        finest = _FEN_DECIMALS[form.measure] if form.own_place else 2
        usual = 0 if value is None else None
        if value.__class__ is float:
            usual = _usual(value, form.measure, finest)
        if usual is not None:
            self.places.append(usual)
            self.filled.append(value is not None)
            return
        kind = ""
        amount: Decimal | None = None
        dated = stored_number(value)
        if is_blank(value):
            pass
        elif dated is not None:
            amount = _possible(half_up(dated, 6), form.measure)
            kind = "too_large" if amount is None else "dated"
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            amount = _possible(value, form.measure)
            if amount is None:
                kind = "too_large"
            elif amount != half_up(amount, finest):
                kind = "more_decimals"
        else:
            try:
                to_decimal(value)
                kind = "number_as_text"
            except AmountError:
                kind = "error_value" if is_error(value) else "text"
        places = half_up(amount).scaleb(2) if amount is not None else Decimal(0)
        self.places.append(int(places))
        self.filled.append(amount is not None)
        if kind:
            found = plain(float(value) if kind == "too_large" and isinstance(value, Dated) else value)
            self.oddities.append(Oddity(sheet, address(row, column), kind, found, index))


@lru_cache(maxsize=1 << 14)
def _usual(value: float, measure: str, finest: int) -> int | None:
    """The hundredths of an amount with nothing odd about it, which stands in several tables; None for any other."""
    if not math.isfinite(value) or (amount := _possible(value, measure)) is None or amount != half_up(amount, finest):
        return None
    return int(half_up(amount).scaleb(2))


def _possible(value: float | Decimal, measure: str) -> Decimal | None:
    """The number of a cell in a table's unit of measure; None where it is larger than any amount."""
    try:
        amount = to_decimal(value)
    except TooLargeError:
        return None
    return amount if abs(amount) * FEN_PER_PLACE[measure] < LARGEST_YUAN else None


class _Labels:
    """Tells from their labels which rows of a form stand on the lines of a block."""

    def __init__(self, block: Block, units: set[str], codes: Classifications, kinds: Mapping[str, str]) -> None:
        self.kinds = kinds
        self.block = block
        self.units = units
        self.codes = codes
        self.shows = block.shows

    def rows(self, lines: Sequence[tuple[str, ...]], asides: Mapping[str, Sequence[str]] = {}) -> list[Row]:
        """A row for every line that the block has; lines without a label beyond the fixed ones are not its own.

        `asides`: for the rows whose label is none of the block's, what each line has in that label's column.
        """
        fixed = [r for r in self.block.rows if isinstance(r, FixedRow)]
        family = next((r for r in self.block.rows if not isinstance(r, FixedRow)), None)
        expected = dict(self.block.fixed_lines())
        taken: set[str] = set()
        result: list[Row] = []
        for number, texts in enumerate(lines, 1):
            beside = {key: squeezed(column[number - 1]) for key, column in asides.items()}
            row = self._fixed(fixed, expected.get(number), texts, taken, beside)
            if row is not None:
                taken.add(row.key)
                result.append(Row(row.key, texts, number))
            elif family is not None and any(texts):
                level = self._level(family, texts, result)
                result.append(Row(self._key(family, texts), texts, number, level))
        return result

    def _fixed(
        self,
        fixed: Sequence[FixedRow],
        expected: FixedRow | None,
        texts: tuple[str, ...],
        taken: set[str],
        beside: Mapping[str, str],
    ) -> FixedRow | None:
        free = [r for r in fixed if r.key not in taken]
        if aside := [r for r in free if r.at and squeezed(r.label) == beside[r.key]]:
            return aside[0]
        label = squeezed(texts[0]) if texts else ""
        whole = tuple(map(squeezed, texts))

        def stands(row: FixedRow) -> bool:
            if row.at:
                return False
            return tuple(map(squeezed, row.shown(len(whole)))) == whole if row.texts else squeezed(row.label) == label

        if expected in free and expected is not None and stands(expected):
            return expected
        same = [r for r in free if any(whole) and stands(r) and (r.texts or label)]
        return same[0] if same else None

    def _key(self, family: TreeRows | ListRows, texts: tuple[str, ...]) -> str:
        """What names a row; a class printed by number and name goes by its code, so that other tables know it."""
        if not isinstance(family, TreeRows) or "numbered" not in self.shows:
            return "/".join(texts)
        text = texts[self.shows.index("numbered")]
        kind = self.kinds.get(family.dimension, "")
        known = self.codes.by_name.get(kind, {})
        return name_of_class(known, self.codes.former_names, text) or ORDINAL.sub("", squeezed(text))

    def _level(self, family: TreeRows | ListRows, texts: tuple[str, ...], above: Sequence[Row]) -> int:
        if isinstance(family, TreeRows):
            if self.block.code_column:
                length = len(code_of(self.block, texts) or "")
                return sum(n < length for n in family.levels) + 1
            return 1 if "beside" in self.shows and not texts[self.shows.index("beside")] else len(family.levels)
        if len(family.dimensions) == 1:
            return 1
        if own := self.block.own_levels:
            return max((level for n, level in own.items() if texts[n]), default=1)
        first = not any(row.level for row in above)
        return 1 if first or squeezed(texts[0]) in self.units else 2


def unit_names(
    edition: Edition, grids: Grids, names: Mapping[str, Area], own: str, content: Content | None
) -> list[str]:
    """Every name that may head the projects of a unit: own, listed, in the ledger, in the tables' unit lines."""
    found = [own]
    if content is not None:
        found += [unit.name for unit in (*content.info.units, *content.facts.units)]
    if content is None or not content.facts.fen.size:
        found += [name for form in edition.forms for name in _heads(form, grids, names)]
    lead = squeezed(edition.unit_name_line.format(unit=""))
    for form in edition.forms:
        sheet, top, left = form.place(names)
        line = plain(cell(grids.get(sheet, []), top + 1, left))
        if squeezed(line).startswith(lead):
            found.append(squeezed(line)[len(lead) :])
    return found


def _heads(form: Form, grids: Grids, names: Mapping[str, Area]) -> list[str]:
    """The units that head projects in a table of a department, told by their sums: nothing else names them all."""
    lists = [row for row in (r for b in form.blocks for r in b.rows) if isinstance(row, ListRows)]
    if len(form.blocks) != 1 or not any(len(row.dimensions) > 1 for row in lists) or form.blocks[0].own_levels:
        return []
    (block,) = form.blocks
    sheet, top, left = form.place(names)
    grid = grids.get(sheet, [])
    fixed = {squeezed(row.label) for _, row in block.fixed_lines()}
    rows: list[tuple[str, list[int]]] = []
    for number in range(top + form.first_body_row - 1, min(len(grid), top + _MOST_ROWS) + 1):
        name = plain(cell(grid, number, left + block.labels[0].at - 1))
        if not name or is_note(name):
            break
        if squeezed(name) not in fixed:
            rows.append((name, [_hundredths(cell(grid, number, left + c.at - 1)) for c in block.columns]))
    return [rows[at][0] for at in _sums([amounts for _, amounts in rows])]


#: A department has hundreds of projects.
_MOST_ROWS = 3_000


def _hundredths(value: Any) -> int:
    try:
        amount = None if is_blank(value) else _possible(to_decimal(value), "万元")
    except AmountError:
        amount = None
    return int(half_up(amount).scaleb(2)) if amount is not None else 0


def _sums(rows: Sequence[Sequence[int]]) -> list[int]:
    """Which rows are sums of those up to the next one: where all can be right as few as can be, else as many right."""
    if len(rows) < 2:
        return list(range(len(rows)))
    wrong, heads = _divided(rows, 1)
    if wrong:
        wrong, heads = _divided(rows, -1)
    # One wrong sum alone tells of no other units.
    return heads if len(heads) > 2 * wrong else [0]


def _divided(rows: Sequence[Sequence[int]], sign: int) -> tuple[int, list[int]]:
    """How many sums are wrong at least, and the sums then; of them few right ones (`sign` 1) or many (-1)."""
    amounts = np.array(rows, np.int64)
    until = np.vstack([np.zeros_like(amounts[:1]), np.cumsum(amounts, axis=0)])
    count = len(rows)
    #: From each row on, were it a sum: wrong ones, right ones by sign, where the next begins.
    best: list[tuple[int, int, int]] = [(count, 0, count)] * count + [(0, 0, count)]
    for at in range(count - 2, -1, -1):
        ends = np.arange(at + 2, count + 1)
        off = np.abs(until[at + 2 :] - until[at + 1] - amounts[at])
        right = (2 * off < (ends - at)[:, None]).all(axis=1) & bool(at == 0 or amounts[at].any())
        best[at] = min(
            (best[end][0] + (not fits), best[end][1] + sign * bool(fits), int(end))
            for end, fits in zip(ends, right, strict=True)
        )
    heads, at = [], 0
    while at < count:
        heads.append(at)
        at = best[at][2]
    return best[0][0], heads
