"""Relations that a form's tables most likely have, found by search over the known families and tried on the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.base import squeezed
from udfs.drafting.guesses import Draft, DraftBlock, DraftColumn, DraftRow, DraftTable
from udfs.drafting.pages import PrintedTable
from udfs.drafting.vocabulary import Where, stem

_TOTAL = re.compile(r"(总计|合计|小计)$")
_GRAND = re.compile(r"^(收入|支出)?(总计|合计)$")
_PART = re.compile(r"^(\d{1,2}[.、．]|[（(][一二三四五六七八九十\d]+[）)])")
#: What two cells need not have in common to be the same figure while nothing is carried over.
_TIME = ("flow", "year")


class DraftRelation(Struct):
    """A relation as it is written, with how often it held in the examples, and how sure it is."""

    number: str
    kind: str
    requirement: str
    left: str
    right: str
    rows: str = ""
    columns: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    held: int = 0
    sure: float = 0.6


class _Cell(Struct, frozen=True):
    """A cell of a fixed row: how relations write it, what it means, and its figure in each example."""

    table: int
    ref: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    values: tuple[Decimal | None, ...]

    @property
    def timeless(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple(sorted((d, v) for d, v in self.where if d not in _TIME))

    def at(self, dimension: str) -> tuple[str, ...]:
        return dict(self.where).get(dimension, ())


def meant(block: DraftBlock, row: DraftRow, column: DraftColumn) -> Where:
    """All that a cell is filtered by; the narrowest of what block, column and row say."""
    where: Where = dict(block.guess.where)
    for part in (column.guess.where, row.guess.where):
        where |= part
    return where


def search(draft: Draft) -> list[DraftRelation]:
    """The relations of a draft, those within tables first."""
    found: list[DraftRelation] = []
    for number, made in enumerate(draft.tables, 1):
        own = list(_within(made, number))
        for n, relation in enumerate(own, 1):
            relation.number = f"A{number:02d}-{n:02d}"
        found += own
    between = [*_identities(draft), *_by_code(draft)]
    between += _lone(draft, [*found, *between])
    for n, relation in enumerate(between, 1):
        relation.number = f"B01-{n:02d}"
    return found + between


def _examples(made: DraftTable) -> list[PrintedTable]:
    return [made.table, *made.others]


def _figure(table: PrintedTable, made: DraftTable, row: DraftRow, column: DraftColumn) -> Decimal | None:
    """The figure of a fixed row in one example, by the row's place in the first and by its label in the others."""
    if table is made.table:
        return table.amount(row.row, column.at - 1) if 0 <= row.row < len(table.rows) else None
    for r, cells in enumerate(table.rows):
        if row.texts[-1] and any(stem(squeezed(v)) == stem(row.texts[-1]) for v in cells if isinstance(v, str)):
            return table.amount(r, column.at - 1) if column.at <= table.width else None
    return None


def _close(left: Decimal, right: Decimal, terms: int) -> bool:
    return abs(left - right) < Decimal("0.005") * (terms + 1)


def _tried(
    made: DraftTable, total: DraftRow, parts: Sequence[tuple[DraftRow, DraftColumn]], column: DraftColumn
) -> tuple[int, int]:
    """In how many examples a total is the sum of its parts, and in how many it is not."""
    held = failed = 0
    for table in _examples(made):
        whole = _figure(table, made, total, column)
        figures = [_figure(table, made, row, at) for row, at in parts]
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
                (not other.texts[0] and len(other.texts) > 1) if len(row.texts) > 1 else bool(_PART.match(other.key))
            )
            if not is_part or not (
                (len(row.texts) > 1 and row.texts[0]) or (len(row.texts) == 1 and not _PART.match(row.key))
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
            for table in _examples(made)[:1]:
                whole = _figure(table, made, row, block.columns[0])
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
        covered: set[tuple[str, ...]] = set()
        for other in block.columns:
            own = table.path(other.at - 1)
            if other is column or own[: len(above)] != above or own[: len(above) + 1] in covered:
                continue
            covered.add(own[: len(above) + 1])
            parts.append(other)
        if len(parts) < 2:
            continue
        held, failed = 0, 0
        for example in _examples(made):
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


def _cells(draft: Draft) -> Iterator[_Cell]:
    for number, made in enumerate(draft.tables, 1):
        for block in made.blocks:
            for row in block.rows:
                if row.kind != "label":
                    continue
                for column in block.columns:
                    where = meant(block, row, column)
                    sure = min(row.guess.sure, column.guess.sure, block.guess.sure)
                    if (
                        sure < 0.6
                        or "departmental" in where
                        or "flow" not in where
                        or where.get("year") == ("上年结转",)
                    ):
                        continue
                    key = row.key or "预算数"
                    values = tuple(_figure(table, made, row, column) for table in _examples(made))
                    yield _Cell(number, f"T{number}[{key}].{column.key}", tuple(sorted(where.items())), values)


def _identities(draft: Draft) -> Iterator[DraftRelation]:
    """The same figure in two tables: cells that mean the same, apart from what is carried over."""
    carried = list(_special(draft, "year", "上年结转"))
    closing = list(_special(draft, "flow", "年终结转"))
    first: dict[tuple[tuple[str, tuple[str, ...]], ...], list[_Cell]] = {}
    for cell in _cells(draft):
        if cell.at("flow")[0] not in ("收入", "支出"):
            continue
        known = first.setdefault(cell.timeless, [])
        elsewhere = [k for k in known if k.table != cell.table]
        partner = min(elsewhere, key=lambda k: sum(k.at(d) != cell.at(d) for d in _TIME), default=None)
        known.append(cell)
        if partner is None:
            continue
        pairs = [(a, b) for a, b in zip(partner.values, cell.values, strict=False) if a is not None and b is not None]
        if any(a != b for a, b in pairs):
            continue
        when = []
        if carried and partner.at("year") != cell.at("year"):
            when.append(f"empty {carried[0]}")
        if closing and partner.at("flow") != cell.at("flow"):
            when.append(f"empty {closing[0]}")
        held = len(pairs)
        name = cell.ref.partition("[")[2].partition("]")[0]
        yield DraftRelation(
            "",
            "identity",
            f"{name}在{{T{partner.table}}}、{{T{cell.table}}}相同",
            partner.ref,
            cell.ref,
            when=tuple(dict.fromkeys(when)),
            held=held,
            sure=0.92 if held else 0.75,
        )


def _lone(draft: Draft, known: Sequence[DraftRelation]) -> Iterator[DraftRelation]:
    """An upper bound for a column that no relation watches: a cell that means the same and more."""
    said = " ".join(text for r in known for text in (r.left, r.right))
    every = list(_cells(draft))
    for number, made in enumerate(draft.tables, 1):
        for block in made.blocks:
            for column in block.columns:
                if block.labels or f"].{column.key}" in re.sub(rf"T(?!{number}\b)\d+\[[^\]]*\]\.\S+", "", said):
                    continue
                where = meant(block, block.rows[0], column)
                wider = [c for c in every if c.table != number and c.where and _inside(where, dict(c.where))]
                best = max(wider, key=lambda c: (len(c.where), -sum(len(v) for _, v in c.where)), default=None)
                if best is not None:
                    left = f"T{number}[预算数].{column.key}"
                    yield DraftRelation(
                        "", "bound", f"{column.key}不大于{{T{best.table}}}中包含它的金额", left, best.ref, sure=0.7
                    )


def _special(draft: Draft, dimension: str, value: str) -> Iterator[str]:
    for number, made in enumerate(draft.tables, 1):
        for block in made.blocks:
            for row in block.rows:
                for column in block.columns:
                    if row.kind == "label" and meant(block, row, column).get(dimension) == (value,):
                        yield f"T{number}[{row.key or '预算数'}].{column.key}"


class _Coded(Struct, frozen=True):
    """A block of codes or of classes: how relations write its rows, and what it means."""

    table: int
    dimension: str
    where: Where
    column: str
    columns: Mapping[str, Where]  #: what each column means besides
    total: str  #: the key of its total, empty where it has none
    figures: Mapping[str, Decimal]
    classes: bool


def _coded(draft: Draft) -> Iterator[_Coded]:
    by_name = {stem(label): code for label, code in draft.classes}
    for number, made in enumerate(draft.tables, 1):
        for block in made.blocks:
            family = next((row for row in block.rows if row.kind in ("tree", "each")), None)
            if family is None or block.guess.where.get("flow", ("支出",)) == ("收入",):
                continue
            whole = next((c for c in block.columns if not c.guess.where), None)
            if whole is None:
                continue
            where = {d: v for d, v in meant(block, DraftRow("x"), whole).items() if d not in _TIME}
            figures: dict[str, Decimal] = {}
            codes = [label.at - 1 for label in block.labels if label.shows == "code" or label.shows.startswith("part")]
            for r in block.body:
                amount = made.table.amount(r, whole.at - 1)
                if family.kind == "each":
                    code = by_name.get(stem(squeezed(made.table.rows[r][block.labels[0].at - 1])), "")
                else:
                    code = "".join(squeezed(made.table.rows[r][c]).removesuffix(".0") for c in codes)
                if amount is not None and code:
                    figures[code] = amount
            dimension = family.dimension or "function"
            columns = {c.key: c.guess.where for c in block.columns}
            total = next((row.key for row in block.rows if row.kind == "label" and row.key.endswith("合计")), "")
            yield _Coded(number, dimension, where, whole.key, columns, total, figures, family.kind == "each")


def _inside(inner: Where, outer: Where) -> bool:
    return all(set(inner.get(d, ())) <= set(v) and inner.get(d) for d, v in outer.items())


def _by_code(draft: Draft) -> Iterator[DraftRelation]:
    """Codes of a table that shows a part of what another one shows; a table that others split by source."""
    every = list(_coded(draft))
    for one in every:
        wider = [
            o
            for o in every
            if o is not one
            and o.dimension == one.dimension
            and not one.classes
            and _inside(one.where, o.where)
            and o.where != one.where
        ]
        plain = [o for o in wider if not o.classes]
        nearest = max(plain, key=lambda o: (len(o.where), -sum(map(len, o.where.values()))), default=None) or next(
            iter(wider), None
        )
        for other in [nearest] if nearest else []:
            shared = [(a, other.figures[c]) for c, a in one.figures.items() if c in other.figures]
            if any(a > b for a, b in shared) or any(c not in other.figures for c in one.figures if not other.classes):
                continue
            rows = [f"T{one.table}[#1]" if other.classes else f"T{one.table}[#*]"]
            if one.total and one.total == other.total:
                rows.append(f"T{one.table}[{one.total}]")
            same = (
                tuple(k for k, w in one.columns.items() if other.columns.get(k) == w)
                if one.column == other.column
                else ()
            )
            left, right = (one.column, other.column) if len(same) < 2 else ("$", "$")
            yield DraftRelation(
                "",
                "bound",
                f"{{T{one.table}}}各科目不大于{{T{other.table}}}",
                f"T{one.table}[$].{left}",
                f"T{other.table}[$].{right}",
                " ".join(rows),
                same if len(same) > 1 else (),
                held=len(shared),
                sure=0.9 if shared else 0.7,
            )
    for whole in every:
        sources = set(whole.where.get("source", ()))
        rest = {d: v for d, v in whole.where.items() if d != "source"}
        parts = [
            o
            for o in every
            if o.dimension == whole.dimension
            and not o.classes
            and o is not whole
            and {d: v for d, v in o.where.items() if d != "source"} == rest
            and set(o.where.get("source", ())) < sources
        ]
        covered = [v for o in parts for v in o.where.get("source", ())]
        if whole.classes or not sources or len(parts) < 2 or sorted(covered) != sorted(sources):
            continue
        wrong = [
            c for c, a in whole.figures.items() if a != sum((o.figures.get(c, Decimal(0)) for o in parts), Decimal(0))
        ]
        if not wrong:
            right = " + ".join(f"T{o.table}[$].{o.column}" for o in parts)
            names = "、".join(f"{{T{o.table}}}" for o in parts)
            yield DraftRelation(
                "",
                "sum",
                f"{{T{whole.table}}}等于{names}之和",
                f"T{whole.table}[$].{whole.column}",
                right,
                f"T{whole.table}[#*]",
                held=len(whole.figures),
                sure=0.9 if whole.figures else 0.7,
            )
