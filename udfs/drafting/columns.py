"""The amount columns of a printed table: their keys, the totals over items, changes between two years."""

from __future__ import annotations

import re

from udfs.drafting.pages import PrintedTable
from udfs.drafting.parts import DraftBlock, DraftColumn
from udfs.drafting.rows import TOTAL
from udfs.drafting.vocabulary import Guess

#: Headings of last year's figures, and of the change since.
LAST = re.compile(r"^(?!.*(比|\{year\}|本年)).*(\{last\}年|上年|执行数)")
CHANGE = re.compile(r"增减|±|变动")
PERCENT = re.compile(r"%|％|率|幅")


def choose_totals(table: PrintedTable, block: DraftBlock) -> None:
    """A total over columns that each choose some items chooses all of theirs."""
    for column in block.columns:
        path = table.path(column.at - 1)
        if not path or not (TOTAL.match(path[-1]) or column.guess.why):
            continue
        above = path[:-1] if TOTAL.match(path[-1]) else path
        parts = [
            c
            for c in block.columns
            if c is not column and table.path(c.at - 1)[: len(above)] == above and not TOTAL.match(table.leaf(c.at - 1))
        ]
        chosen = [c.guess.where.get("departmental") for c in parts]
        if any(chosen) and not all(chosen):
            column.guess = Guess({}, 0.5, "是哪几栏的合计")
        elif parts and all(chosen):
            values = tuple(dict.fromkeys(v for values in chosen if values for v in values))
            column.guess = Guess({"departmental": values}, min(c.guess.sure for c in parts))


def compared(table: PrintedTable, block: DraftBlock, column: DraftColumn) -> tuple[str, ...]:
    """The columns of last year and of this year before a column of the change between them."""
    before = [c for c in block.columns if c.at < column.at and not c.change]
    last = [c for c in before if any(LAST.search(text) for text in table.path(c.at - 1))]
    now = [c for c in before if c not in last]
    return (last[0].key, now[0].key) if last and now else ()


def name_columns(table: PrintedTable, block: DraftBlock) -> None:
    """A key for every column: its heading, with as many of those above it as tell it from the others."""
    paths = [table.path(c.at - 1) or (f"第{c.at}栏",) for c in block.columns]
    for column, path in zip(block.columns, paths, strict=True):
        ends = ["".join(path[-n:]) for n in range(1, len(path) + 1)]
        alone = (e for n, e in enumerate(ends, 1) if sum("".join(p[-n:]) == e for p in paths) == 1)
        key = next(alone, f"{ends[-1]}{column.at}")
        key = key.replace("{last}年", "上年").replace("{year}年", "") or key
        column.key = re.sub(r"[\[\].+\s{}“”]", "", key)
