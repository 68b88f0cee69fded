"""Relations that a form's tables most likely have, found by search over the known families and tried on the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec.structs import replace

from udfs.base import squeezed
from udfs.drafting.between import by_code, identities, items, lone
from udfs.drafting.pages import PrintedTable
from udfs.drafting.parts import (
    Draft,
    DraftBlock,
    DraftColumn,
    DraftRelation,
    DraftRow,
    DraftTable,
    examples_of,
    figure_at,
)
from udfs.drafting.rows import PART
from udfs.drafting.vocabulary import stem

_TOTAL = re.compile(r"(总计|合计|小计)$")
_GRAND = re.compile(r"^(收入|支出)?(总计|合计)$")


def search(draft: Draft) -> list[DraftRelation]:
    """The relations of a draft, those within tables first."""
    found: list[DraftRelation] = []
    draft = replace(draft, tables=[_without_shares(made) for made in draft.tables])
    for number, made in enumerate(draft.tables, 1):
        own = list(_within(made, number))
        for n, relation in enumerate(own, 1):
            relation.number = f"A{number:02d}-{n:02d}"
        found += own
    between = [*identities(draft), *by_code(draft), *items(draft)]
    between += lone(draft, [*found, *between])
    for n, relation in enumerate(between, 1):
        relation.number = f"B01-{n:02d}"
    return found + between


def _without_shares(made: DraftTable) -> DraftTable:
    """A table without its percentages, which add up to nothing."""
    blocks = [replace(block, columns=[c for c in block.columns if not c.percent]) for block in made.blocks]
    return replace(made, blocks=[block for block in blocks if block.columns])


def _close(left: Decimal, right: Decimal, terms: int) -> bool:
    return abs(left - right) < Decimal("0.005") * (terms + 1)


def _tried(
    made: DraftTable, total: DraftRow, parts: Sequence[tuple[DraftRow, DraftColumn]], column: DraftColumn
) -> tuple[int, int]:
    """In how many examples a total is the sum of its parts, and in how many it is not."""
    held = failed = 0
    for table in examples_of(made):
        whole = figure_at(table, made, total, column)
        figures = [figure_at(table, made, row, at) for row, at in parts]
        if whole is None or not any(figures):
            continue
        ok = _close(whole, sum((f for f in figures if f is not None), Decimal(0)), sum(f is not None for f in figures))
        held, failed = held + ok, failed + (not ok)
    return held, failed


def _relation(
    kind: str, requirement: str, left: str, right: str, tried: tuple[int, int], structural: float
) -> Iterator[DraftRelation]:
    held, failed = tried
    if not failed:
        yield DraftRelation(
            "", kind, requirement, left, right, held=held, sure=min(0.97, structural + 0.1 * bool(held))
        )


# -- within a table


def _within(made: DraftTable, number: int) -> Iterator[DraftRelation]:
    code, sheet = f"T{number}", f"{{T{number}}}"
    for block in made.blocks:
        yield from _unfolding(made, block, code, sheet)
        yield from _totals(made, block, code, sheet)
        yield from _columns(made, block, code, sheet)
    yield from _classes(made, code, sheet)
    yield from _both_sides(made, code, sheet)


def _unfolding(made: DraftTable, block: DraftBlock, code: str, sheet: str) -> Iterator[DraftRelation]:
    family = next((row for row in block.rows if row.kind in ("tree", "list")), None)
    if family is None:
        return
    keys = tuple(c.key for c in block.columns)
    depth = len(family.levels)
    name = "上级科目等于其下级科目之和" if family.kind == "tree" else "每一级等于其下各项之和"
    above = " ".join(f"{code}[#{n}]" for n in range(1, depth))
    held = _nested(made.table, block) if family.kind == "tree" else 0
    sure = 0.97 if held else 0.85
    one = f".{keys[0]}" if len(keys) == 1 else ".$"
    more = () if len(keys) == 1 else keys
    if depth > 1:
        yield DraftRelation(
            "", "sum", f"{sheet}：{name}", f"{code}[$]{one}", f"{code}[$>]{one}", above, more, held=held, sure=sure
        )
    total = next((row for row in block.rows if row.kind == "label" and _TOTAL.search(row.key)), None)
    if total is not None:
        yield DraftRelation(
            "",
            "sum",
            f"{sheet}：{total.key}等于各类之和",
            f"{code}[{total.key}]{one}",
            f"{code}[#1]{one}",
            "",
            more,
            held=held,
            sure=sure,
        )


def _nested(table: PrintedTable, block: DraftBlock) -> int:
    """How many codes of the example are the sum of the codes below them; 0 where one is not."""
    codes = [label.at - 1 for label in block.labels if label.shows == "code" or label.shows.startswith("part")]
    column = block.columns[0].at - 1
    figures: dict[str, Decimal] = {}
    for r in block.body:
        code = "".join(squeezed(table.rows[r][c]).removesuffix(".0") for c in codes)
        amount = table.amount(r, column)
        if amount is not None:
            figures[code] = amount
    held = 0
    for code, amount in figures.items():
        below = [v for other, v in figures.items() if other.startswith(code) and len(other) == len(code) + 2]
        if below:
            if not _close(amount, sum(below, Decimal(0)), len(below)):
                return 0
            held += 1
    return held


def _tree_of(rows: Sequence[DraftRow]) -> Iterator[tuple[DraftRow, list[DraftRow]]]:
    """Every total or head of a block with the rows that it most likely is the sum of."""
    fixed = [row for row in rows if row.kind == "label" and row.key]
    under: set[int] = set()
    for n, row in enumerate(fixed):
        parts = []
        for other in fixed[n + 1 :]:
            is_part = (
                (not other.texts[0] and len(other.texts) > 1) if len(row.texts) > 1 else bool(PART.match(other.key))
            )
            if not is_part or not (
                (len(row.texts) > 1 and row.texts[0]) or (len(row.texts) == 1 and not PART.match(row.key))
            ):
                break
            parts.append(other)
        if parts and not _GRAND.match(stem(row.key)):
            under |= {id(p) for p in parts}
            yield row, parts
    heads = [row for row in fixed if id(row) not in under]
    for n, row in enumerate(heads):
        if not _TOTAL.search(stem(row.key)) or len(row.texts) > 1:
            continue
        if n == 0:
            yield row, heads[1:]
            continue
        start = max((m for m in range(n) if len(heads[m].texts) == 1 and _TOTAL.search(stem(heads[m].key))), default=0)
        yield row, heads[start:n]


def _totals(made: DraftTable, block: DraftBlock, code: str, sheet: str) -> Iterator[DraftRelation]:
    if any(row.kind in ("tree", "list") for row in block.rows):
        return
    for total, parts in _tree_of(block.rows):
        if not parts or any(row.kind == "each" for row in block.rows):
            continue
        column = block.columns[0]
        tried = _tried(made, total, [(row, column) for row in parts], column)
        one = f".{column.key}" if len(block.columns) == 1 else ".$"
        right = " + ".join(f"{code}[{row.key}]{one}" for row in parts)
        for relation in _relation(
            "sum", f"{sheet}：{total.key}等于其各项之和", f"{code}[{total.key}]{one}", right, tried, 0.8
        ):
            relation.columns = () if len(block.columns) == 1 else tuple(c.key for c in block.columns)
            yield relation


def _classes(made: DraftTable, code: str, sheet: str) -> Iterator[DraftRelation]:
    """The total of which the classes are the parts, wherever in the table its amount stands."""
    listed = next((b for b in made.blocks if any(row.kind == "each" for row in b.rows)), None)
    if listed is None:
        return
    column = listed.columns[0]
    for block in made.blocks:
        for row in block.rows:
            if row.kind != "label" or not _TOTAL.search(stem(row.key)) or block.guess.where.get("flow") == ("收入",):
                continue
            held = 0
            for table in examples_of(made)[:1]:
                whole = figure_at(table, made, row, block.columns[0])
                parts = [a for r in listed.body if (a := table.amount(r, column.at - 1)) is not None]
                held += whole is not None and bool(parts) and _close(whole, sum(parts, Decimal(0)), len(parts))
            if held or block is listed:
                at = block.columns[0]
                same = at.key == column.key or block is not listed
                yield DraftRelation(
                    "",
                    "sum",
                    f"{sheet}：{row.key}等于各类之和",
                    f"{code}[{row.key}].{at.key}",
                    f"{code}[@classes].{column.key if same else at.key}",
                    held=held,
                    sure=0.95 if held else 0.7,
                )
                return


def _columns(made: DraftTable, block: DraftBlock, code: str, sheet: str) -> Iterator[DraftRelation]:
    """A column that is the total of those under the same heading."""
    table = made.table
    rows = [row for row in block.rows if row.kind == "label"]
    unfolds = any(row.kind in ("tree", "list") for row in block.rows)
    listed = any(row.kind == "each" for row in block.rows)
    for column in block.columns:
        path = table.path(column.at - 1)
        if not path or not _TOTAL.search(path[-1]):
            continue
        above = path[:-1]
        parts: list[DraftColumn] = []
        covered: set[tuple[str, ...]] = set()  # headings with a 小计 of their own
        for other in block.columns:
            own = table.path(other.at - 1)
            head = own[: len(above) + 1]
            if other is column or own[: len(above)] != above or head in covered:
                continue
            if len(own) > len(head) and _TOTAL.search(own[-1]):
                covered.add(head)
            parts.append(other)
        if len(parts) < 2:
            continue
        held, failed = 0, 0
        for example in examples_of(made):
            for r in range(len(example.rows)):
                whole = example.amount(r, column.at - 1)
                figures = [a for c in parts if (a := example.amount(r, c.at - 1)) is not None]
                if whole is not None and figures:
                    ok = _close(whole, sum(figures, Decimal(0)), len(figures))
                    held, failed = held + ok, failed + (not ok)
        keys = [
            *(f"{code}[{row.key or '预算数'}]" for row in rows),
            *([f"{code}[#*]"] if unfolds else []),
            *([f"{code}[@classes]"] if listed else []),
        ]
        if len(keys) == 1 and not unfolds and not listed:
            left, right, over = f"{keys[0]}.{column.key}", " + ".join(f"{keys[0]}.{c.key}" for c in parts), ""
        else:
            left, right, over = (
                f"{code}[$].{column.key}",
                " + ".join(f"{code}[$].{c.key}" for c in parts),
                " ".join(keys),
            )
        for relation in _relation("sum", f"{sheet}：{column.key}等于各栏之和", left, right, (held, failed), 0.85):
            relation.rows = over
            yield relation


def _both_sides(made: DraftTable, code: str, sheet: str) -> Iterator[DraftRelation]:
    """The grand totals of income and of spending."""
    ends = [
        (row, block.columns[0])
        for block in made.blocks
        for row in block.rows
        if row.kind == "label" and re.fullmatch(r"(收入|支出)(总计|合计)", stem(row.key)) and block.labels
    ]
    if len(ends) == 2:
        (left, at), (right, there) = ends
        tried = _tried(made, left, [(right, there)], at)
        yield from _relation(
            "identity",
            f"{sheet}：{left.key}等于{right.key}",
            f"{code}[{left.key}].{at.key}",
            f"{code}[{right.key}].{there.key}",
            tried,
            0.85,
        )


# -- between tables
