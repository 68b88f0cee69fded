"""The department's figures from its units': ledgers put together and re-derived, tables without a ledger added.

Money stays integer fen. Units that sent tables without a ledger are added cell by cell: rows meet by what names them
(code, label, unit and project), and their printed amounts count as what they print.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from udfs.base import FEN_PER_PLACE, Fen, numeral, squeezed
from udfs.ledgers import Column, Content, Facts, Ledger, Unit, UnitInfo, build_facts, numbered
from udfs.tables import ORDINAL, BlockRows, Row, Table, code_of, derive, level_bottoms, with_changes
from udfs.upward.answers import Body, Lines, PrintedLines, Texts
from workbook_templates.reading import Edition, FixedRow, Form, LedgerSpec, ListRows, TreeRows


class Member(Struct, frozen=True):
    """A unit whose workbook is taken: code, name, kind, and the body of its answer."""

    code: str
    name: str
    kind: str
    body: Body


class CombinedLedger:
    """Ledgers put together one by one; memory grows by a few numbers a row."""

    def __init__(self, spec: LedgerSpec) -> None:
        self.spec = spec
        self.columns = {c.key: Column() for c in spec.columns if not c.money}
        self.fen = array("q")

    def add(self, lines: Lines, unit: Mapping[str, Texts]) -> None:
        """Add a ledger's lines. `unit`: the columns that say whose a row is, which replace the ledger's own."""
        for key, column in self.columns.items():
            codes, values = unit.get(key) or lines.columns.get(key) or ([0] * len(lines.fen), [""])
            column.add(codes, values)
        self.fen.extend(lines.fen)

    def ledger(self) -> Ledger:
        """All of them as one ledger; rows are numbered as they will stand on the sheet."""
        fen = np.array(self.fen, np.int64)
        columns = {key: column.whole() for key, column in self.columns.items()}
        return Ledger(self.spec, columns, fen, _below_heading(len(fen)))


class Department(Struct, frozen=True):
    """The department's figures: what its workbook holds and prints. `printed_only`: some units only sent tables."""

    content: Content
    tables: tuple[Table, ...]
    printed_only: bool


def consolidate(edition: Edition, members: Iterable[Member], values: Mapping[str, str]) -> Department:
    """Put the members together in the order given. `values`: the department's own fields of 基础信息.

    `members` is gone through more than once, so that none has to stay in memory.
    """
    spending, income = CombinedLedger(edition.spending), CombinedLedger(edition.income)
    lists = {spec.range: CombinedLedger(spec) for spec in edition.lists}
    units: dict[str, Unit] = {}
    named: set[str] = set()
    for member in members:
        units.setdefault(member.code, Unit(member.code, member.name, member.kind))
        if member.body.spending is None:
            continue
        for unit in member.body.units:
            if unit.code and unit.kind:
                units.setdefault(unit.code, Unit(unit.code, unit.name, unit.kind))
        named.update(_sources(member.body.income))
    owners, owner_names = Column(), Column()
    printed_only = False
    for member in members:
        spent_lines = member.body.spending
        if spent_lines is None:
            printed_only = True
            continue
        received = member.body.income or Lines({}, [])
        for key, lines in member.body.lists.items():
            whose = [0] * len(lines.fen)
            lists[key].add(lines, {"unit": (whose, [member.code]), "unit_name": (whose, [member.name])})
        known = {unit.code: unit.name for unit in member.body.units}
        codes, resolved = member.body.owners
        own = [code or member.code for code in resolved]
        names = [known.get(code) or (member.name if code == member.code else code) for code in own]
        spending.add(spent_lines, {"unit": (codes, own), "unit_name": (codes, names)})
        # A source that any unit lists is listed for all: the others receive what they spend.
        for lines in (received, _implied(spent_lines, named - _sources(received))):
            income.add(lines, {})
            owners.add([0] * len(lines.fen), [member.code])
            owner_names.add([0] * len(lines.fen), [member.name])
    listed = tuple(units[code] for code in sorted(units))
    info = UnitInfo({**values, "document": "部门"}, listed)
    spent, each = spending.ledger(), income.ledger()
    del spending, income  # as large again as what they have become
    got, rows = _merged(each)
    # The sheet has no column for the unit that receives; the facts know it all the same.
    owned = replace(each, columns={**each.columns, "unit": owners.whole(), "unit_name": owner_names.whole()}, rows=rows)
    others = tuple(together.ledger() for together in lists.values())
    facts = build_facts(spent, owned, info, edition.codes, others)
    content = Content(info, spent, got, facts, (), others)
    tables = derive(edition.forms, facts, content.circumstances)
    if printed_only:
        tables = _added(edition, tables, (m for m in members if m.body.spending is None))
    return Department(content, tables, printed_only)


def _merged(income: Ledger) -> tuple[Ledger, npt.NDArray[np.int64]]:
    """Income lines that differ in nothing but the unit they came from, which has no column, as one line each.

    With it, for every line that was there, the row of the one it has become part of.
    """
    if not len(income):
        return income, income.rows
    number = np.zeros(len(income), np.intp)
    for codes, values in income.columns.values():
        number = numbered(number * len(values) + codes)[0]
    first = np.unique(number, return_index=True)[1]
    columns = {key: (codes[first], values) for key, (codes, values) in income.columns.items()}
    fen = np.zeros(len(first), np.int64)
    np.add.at(fen, number, income.fen)
    return Ledger(income.spec, columns, fen, _below_heading(len(fen))), number + 2


def _below_heading(count: int) -> npt.NDArray[np.int64]:
    """Numbers of so many rows as they will stand on the sheet."""
    return np.arange(2, count + 2, dtype=np.int64)


def _sources(income: Lines | None) -> set[str]:
    codes, values = income.columns["source"] if income else ([], [])
    return {values[i] for i in set(codes)}


def _implied(spending: Lines, sources: set[str]) -> Lines:
    """What a ledger spends of the sources named, as lines of income: one a source and year, where it has years."""
    kept: list[str] = [key for key in ("source", "year") if key in spending.columns]
    named = [spending.columns[key] for key in kept]
    sums: dict[tuple[str, ...], int] = {}
    for *places, fen in zip(*(codes for codes, _ in named), spending.fen, strict=True):
        key = tuple(values[place] for place, (_, values) in zip(places, named, strict=True))
        if key[0] in sources:
            sums[key] = sums.get(key, 0) + fen
    keys = list(sums)
    each = list(range(len(keys)))
    columns = {name: (each, [key[n] for key in keys]) for n, name in enumerate(kept)}
    return Lines(columns, [sums[k] for k in keys])


# ---- tables without a ledger


def _added(edition: Edition, tables: tuple[Table, ...], members: Iterable[Member]) -> tuple[Table, ...]:
    """The tables with the printed amounts of the members added."""
    parts = {
        (table.form.code, part.block.name): _Sum(edition, table.form, part) for table in tables for part in table.blocks
    }
    for member in members:
        for lines in member.body.tables:
            parts[lines.form, lines.block].add(lines)
    return tuple(
        replace(
            table, blocks=level_bottoms([parts[table.form.code, part.block.name].result() for part in table.blocks])
        )
        for table in tables
    )


class _Sum:
    """A block to which printed blocks are added, row by row."""

    def __init__(self, edition: Edition, form: Form, part: BlockRows) -> None:
        self.form = form
        #: Fen in a place of this form: the tables of one edition may be in different units of measure.
        self.per_place = FEN_PER_PLACE[form.measure]
        self.part = part
        self.fixed = {row.key: row for row in part.rows if row.level == 0}
        self.family = next((r for r in part.block.rows if not isinstance(r, FixedRow)), None)
        self.codes = edition.codes
        shows = [label.shows for label in part.block.labels]
        self.coded = part.block.code_column > 0
        self.numbered = "numbered" in shows
        self.shows = shows
        self.sums: dict[tuple[str, ...], Fen] = {}
        self.rows: dict[tuple[str, ...], Row] = {}
        above: dict[int, str] = {}
        for row, fen in zip(part.rows, part.fen, strict=True):
            key = self._key(row.level, row.key, row.texts, above)
            self.rows[key] = row
            self.sums[key] = fen.copy()

    def _key(self, level: int, name: str, texts: Sequence[str], above: dict[int, str]) -> tuple[str, ...]:
        """What names a row in every workbook: a fixed row's key, a code, or the labels down to it."""
        if level == 0:
            return ("", name)
        if self.numbered:
            # The number before the name is the row's place, another one in every workbook; its name is the code.
            return ("code", name)
        if self.coded:
            return ("code", code_of(self.part.block, texts) or "")
        own = "/".join(text for text in map(squeezed, texts) if text)
        for deeper in [n for n in above if n >= level]:
            del above[deeper]
        above[level] = own
        return ("list", *[above[n] for n in sorted(above)])

    def add(self, lines: PrintedLines) -> None:
        """Add a printed block."""
        above: dict[int, str] = {}
        heads = np.zeros(len(self.part.block.columns), np.int64)
        totalled = False
        for row, places, filled in zip(lines.rows, lines.places, lines.filled, strict=True):
            level = row.level
            key = self._key(level, row.path, row.texts, above)
            amounts = np.array(places, np.int64) * self.per_place * np.array(filled, np.int64)
            totalled |= level == 0
            heads += amounts * (level == 1)
            if key in self.sums:
                self.sums[key] = self.sums[key] + amounts
            else:
                self.sums[key] = amounts
                self.rows[key] = Row("/".join(key[1:]), tuple(row.texts), 0, level)
        if not totalled:
            # A unit's own list has no line for the total; the department's has.
            for name in self.fixed:
                self.sums["", name] = self.sums["", name] + heads

    def result(self) -> BlockRows:
        """The block with all rows in order: fixed ones where they stand, codes sorted, lists under their heads."""
        order = list(self.rows)
        below = {row.key for row in self.part.block.rows if isinstance(row, FixedRow) and row.bottom}
        last = [key for key in order if key[0] == "" and key[1] in below]
        fixed = [key for key in order if key[0] == "" and key not in last]
        others = [key for key in order if key[0] != ""]
        if isinstance(self.family, TreeRows):
            others.sort(key=self._tree_order)
        elif isinstance(self.family, ListRows):
            # Rows under their heads, heads and rows in the order in which they first came.
            position = {key: n for n, key in reversed(list(enumerate(others)))}
            others.sort(key=lambda key: [position.get(key[:n], -1) for n in range(2, len(key) + 1)])
        rows: list[Row] = []
        line = 0
        for key in [*fixed, *others, *last]:
            row = self.rows[key]
            line = row.line if key[0] == "" and row.line and key[1] not in below else line + 1
            rows.append(replace(row, line=line))
        if self.numbered:
            start, end = len(fixed), len(fixed) + len(others)
            rows[start:end] = [
                replace(row, texts=self._renumbered(row.texts, number)) for number, row in enumerate(rows[start:end], 1)
            ]
        fen = np.array([self.sums[key] for key in [*fixed, *others, *last]], np.int64)
        fen = fen.reshape(len(rows), len(self.part.block.columns))
        return BlockRows(self.part.block, tuple(rows), *with_changes(self.part.block, fen, self.per_place))

    def _renumbered(self, texts: tuple[str, ...], number: int) -> tuple[str, ...]:
        """The texts of a row that is printed with its number."""
        at = self.shows.index("numbered")
        before = self.part.block.labels[at].numbering.format(numeral(number))
        return (*texts[:at], before + ORDINAL.sub("", texts[at]), *texts[at + 1 :])

    def _tree_order(self, key: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Codes from the class down, then the labels, by which rows of one code are told apart."""
        if self.coded or self.numbered:
            return (key[1],), ()
        family = self.family
        assert isinstance(family, TreeRows)
        by_name = {squeezed(name): code for code, name in self.codes.by_name[family.dimension].items()}
        codes = []
        parent = ""
        for part in key[1:]:
            name = part.split("/", maxsplit=1)[0]
            below = [c for c, n in self.codes.by_name[family.dimension].items() if squeezed(n) == name]
            code = next((c for c in below if c.startswith(parent)), by_name.get(name, "~" + name))
            codes.append(code)
            parent = code
        return tuple(codes), key[1:]


# ---- from a total to the units behind it


def units_behind(
    facts: Facts, tables: Sequence[Table]
) -> Iterable[tuple[Table, BlockRows, int, list[tuple[str, Fen]]]]:
    """For every row of every table the units whose money is in it, each with its exact amounts by column.

    Rows that a form unfolds by unit are left out: there the units stand in the table itself.
    """
    unit = facts.dimensions["unit"]
    order = np.argsort(unit.codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(unit.codes[order]) != 0]) if len(order) else np.zeros(0, np.intp)
    owners = [unit.values[unit.codes[order[s]]] for s in starts]
    fen = facts.fen[order]
    for table in tables:
        for part in table.blocks:
            if any(isinstance(r, ListRows) for r in part.block.rows):
                continue
            base = facts.mask(part.block.where)
            columns = [facts.mask(column.where) for column in part.block.columns]
            for number, row in enumerate(part.rows):
                where = base & _row_mask(facts, part, row)
                if not where.any():
                    continue
                sums = [np.add.reduceat(np.where((where & c)[order], fen, 0), starts) for c in columns]
                amounts = np.array(sums, np.int64).T
                behind = [(owners[i], amounts[i]) for i in np.flatnonzero((amounts != 0).any(axis=1))]
                yield table, part, number, behind


def _row_mask(facts: Facts, part: BlockRows, row: Row) -> np.ndarray[Any, np.dtype[np.bool_]]:
    if row.level == 0:
        fixed = next(r for r in part.block.rows if isinstance(r, FixedRow) and r.key == row.key)
        return facts.mask(fixed.where)
    family = next(r for r in part.block.rows if isinstance(r, TreeRows))
    code, _, beside = row.key.partition("/")
    where = facts.mask(family.where) & facts.dimensions[family.dimension].mask((code + "*",))
    if beside and family.beside:
        where &= facts.dimensions[family.beside].mask((beside,))
    return where
