"""追溯来源: from a printed amount to the rows of the ledgers that it is the sum of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from udfs.base import InputProblems, Problem, address, printed
from udfs.ledgers import FLOW, INCOME, Content, Facts, Mask
from udfs.tables.derive import BlockRows, Row, Table, derive
from udfs.tables.reading import Reading
from workbook_templates.reading import Edition, FixedRow, ListRows, RowFamily, TreeRows


class Source(Struct, frozen=True):
    """One row of a ledger behind an amount: the sheet, its row there, and its money in fen."""

    sheet: str
    row: int
    fen: int


class Trace(Struct, frozen=True):
    """An amount and where it comes from. `label`: the row's texts. Closing balances come from no ledger row."""

    sheet: str
    cell: str
    label: str
    fen: int
    shown: str
    sources: tuple[Source, ...]

    @property
    def from_balance(self) -> int:
        """Fen that no ledger row holds: what is left at the end of the year."""
        return self.fen - sum(source.fen for source in self.sources)

    def told(self, measure: str, most: int) -> list[str]:
        """What the clerk reads of it, a line each; at most so many rows of ledgers."""
        lines = [f"{self.sheet}!{self.cell} {self.label} {self.shown}{measure}"]
        lines.append(f"合计 {printed(self.fen):,.2f} 元，来自{len(self.sources)}行明细：")
        lines += [f"{source.sheet} 第{source.row}行　{printed(source.fen):,.2f} 元" for source in self.sources[:most]]
        if len(self.sources) > most:
            lines.append(f"……还有{len(self.sources) - most}行")
        if self.from_balance:
            lines.append(f"年终结转（收入减支出）　{printed(self.from_balance):,.2f} 元")
        return lines


def trace(reading: Reading, sheet: str, row: int, column: int) -> Trace:
    """The ledger rows behind a cell of a table. Raises InputProblems where the cell is no amount of one."""
    edition, content = reading.edition, reading.begun()
    facts = content.facts
    for form in edition.forms:
        origin = form.place(reading.names)
        if origin[0] != sheet:
            continue
        table = derive((form,), facts, content.circumstances)[0]
        found = _at(table, row - origin[1] + 1 - (form.first_body_row - 1), column - origin[2] + 1)
        if found is not None:
            part, number, position = found
            mask = _mask(part, number, position, facts)
            label = " ".join(text for text in part.rows[number].texts if text)
            fen = int(part.fen[number, position])
            shown = f"{printed(part.places[number, position]):.2f}"
            return Trace(sheet, address(row, column), label, fen, shown, _sources(edition, content, mask))
    message = "请先选中公开表中的一个金额单元格，再点“追溯来源”"
    raise InputProblems([Problem(sheet, message, row, column)])


def _at(table: Table, line: int, column: int) -> tuple[BlockRows, int, int] | None:
    """The block, row and column whose amount stands in a line of the body."""
    for part in table.blocks:
        for position, item in enumerate(part.block.columns):
            for number, row in enumerate(part.rows):
                if item.at == column and row.line == line:
                    return part, number, position
    return None


def _mask(part: BlockRows, number: int, position: int, facts: Facts) -> Mask:
    """The facts behind an amount: the filters of its block, its column and its row."""
    column = part.block.columns[position]
    if column.change:
        how = f"“{column.key}”由“{column.change[0]}”和“{column.change[1]}”两栏算出，请追溯这两栏"
        raise InputProblems([Problem(part.block.name, how)])
    base = facts.mask(part.block.where) & facts.mask(column.where)
    wanted = int(part.fen[number, position])
    for own in _of_row(part.block.rows, part.rows[number], facts):
        mask = base & own
        if int(facts.fen[mask].sum()) == wanted:
            return mask
    raise AssertionError(f"no filter gives {part.rows[number].key}")


def _of_row(families: tuple[RowFamily, ...], row: Row, facts: Facts) -> Iterator[Mask]:
    for family in families:
        kept = facts.mask(family.where)
        if isinstance(family, FixedRow):
            if row.level == 0 and family.key == row.key:
                yield kept
        elif row.level == 0:
            continue
        elif isinstance(family, TreeRows):
            code, _, beside = row.key.partition("/")
            own = kept & facts.dimensions[family.dimension].mask((f"{code}*",))
            yield own & facts.dimensions[family.beside].mask((beside,)) if family.beside and beside else own
        else:
            yield kept & _listed(family, row, facts)


def _listed(family: ListRows, row: Row, facts: Facts) -> Mask:
    """Facts of a row in a list: its value, below those of the rows above it. A value may hold a stroke itself."""
    result = np.ones(len(facts.fen), bool)
    rest = row.key
    names = [name for level in family.by_level[: row.level] for name in level]
    for number, name in enumerate(names, 1):
        dimension = facts.dimensions[name]
        last = number == len(names)
        fitting = [v for v in dimension.values if rest == v or (not last and rest.startswith(f"{v}/"))]
        value = max(fitting, key=len, default=rest)
        result &= dimension.codes == (dimension.values.index(value) if value in dimension.values else -1)
        rest = rest[len(value) + 1 :]
    return result


def _sources(edition: Edition, content: Content, mask: Mask) -> tuple[Source, ...]:
    facts = content.facts
    flow = facts.dimensions[FLOW]
    source = facts.dimensions["source"]
    named = set(content.income.used("source"))
    sheets = {spec.flow: spec.sheet for spec in edition.lists}
    result = []
    for i in np.flatnonzero(mask):
        if not facts.rows[i]:
            continue
        # What a source without a line in 收入明细 receives is what it spends: the ledger's own row.
        given = flow.values[flow.codes[i]] == INCOME and source.values[source.codes[i]] in named
        sheet = edition.income.sheet if given else sheets.get(flow.values[flow.codes[i]], edition.spending.sheet)
        result.append(Source(sheet, int(facts.rows[i]), int(facts.fen[i])))
    return tuple(result)
