"""Whether a table of spending counts money carried over: the figures of an example say it, or it is not sure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from udfs.drafting.parts import Draft, DraftBlock, DraftTable, figure_at, meant
from udfs.drafting.vocabulary import Guess

_NOW, _CARRIED = ("本年",), ("上年结转",)
#: How sure a guess is that the figures bear out, and one on which they are silent.
_SEEN, _SILENT = 0.92, 0.85


def settle_years(draft: Draft) -> None:
    """Give tables of some sources' spending the year that the example's figures show, in a form with carried money."""
    income = _income(draft)
    if not any(year == _CARRIED for year, _ in income):
        return
    silent: list[list[Guess]] = []
    seen = set()
    for made, block in _undated(draft):
        sources = block.guess.where["source"]
        total = _total(made, block)
        this, before = (sum(income.get((year, s)) or Decimal(0) for s in sources) for year in (_NOW, _CARRIED))
        parts = (
            [block.guess]
            if "flow" in block.guess.where
            else [c.guess for c in block.columns if c.guess.where.get("flow") == ("支出",)]
        )
        block.guess.sure = min(block.guess.sure, _SEEN)
        if total is not None and before and total in (this, this + before):
            if len(sources) == 1:
                seen.add(total == this)
            if total == this:
                _date(parts)
        else:
            silent.append(parts)
            block.guess.sure = min(block.guess.sure, _SILENT)
    if seen == {True}:
        for parts in silent:
            _date(parts)


def _date(parts: list[Guess]) -> None:
    for part in parts:
        part.where["year"] = _NOW


def _undated(draft: Draft) -> Iterator[tuple[DraftTable, DraftBlock]]:
    """The blocks of some sources' spending in which nothing says of which year the money is."""
    for made in draft.tables:
        for block in made.blocks:
            every = [block.guess, *(c.guess for c in block.columns), *(r.guess for r in block.rows)]
            spent = any("支出" in part.where.get("flow", ()) for part in every)
            if spent and "source" in block.guess.where and not any("year" in part.where for part in every):
                yield made, block


def _income(draft: Draft) -> dict[tuple[tuple[str, ...], str], Decimal | None]:
    """What comes in by year and source, empty where a row names none."""
    found: dict[tuple[tuple[str, ...], str], Decimal | None] = {}
    for made in draft.tables:
        for block in made.blocks:
            for row in block.rows if block.guess.where.get("flow") == ("收入",) else ():
                where = meant(block, row, block.columns[0])
                sources = where.get("source", ())
                if row.kind == "label" and "year" in where and len(sources) < 2:
                    source = sources[0] if sources else ""
                    found.setdefault((where["year"], source), figure_at(made.table, made, row, block.columns[0]))
    return found


def _total(made: DraftTable, block: DraftBlock) -> Decimal | None:
    """The figure of a block's total in the column that all others of this year are parts of."""
    free = [c for c in block.columns if not c.change and c.guess.where.get("flow", ("支出",)) == ("支出",)]
    whole = next((c for c in free if not {*c.guess.where} - {"flow"}), None)
    row = next((r for r in block.rows if r.kind == "label" and r.key.endswith(("合计", "支出"))), None)
    return figure_at(made.table, made, row, whole) if row is not None and whole is not None else None
