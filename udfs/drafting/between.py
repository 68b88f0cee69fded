"""The relations between the tables of a draft that hold in its examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.base import squeezed
from udfs.drafting.parts import Draft, DraftColumn, DraftRelation, DraftRow, DraftTable, examples_of, figure_at, meant
from udfs.drafting.vocabulary import Where, stem

#: What two cells need not have in common to be the same figure while nothing is carried over.
_TIME = ("flow", "year")
#: A column of more items than these is a total of several.
_MOST_ITEMS = 2
#: A guess that is less sure than this is no ground for a relation.
_LEAST = 0.6


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
                        sure < _LEAST
                        or "departmental" in where
                        or "flow" not in where
                        or where.get("year") == ("上年结转",)
                    ):
                        continue
                    key = row.key or "预算数"
                    values = tuple(figure_at(table, made, row, column) for table in examples_of(made))
                    yield _Cell(number, f"T{number}[{key}].{column.key}", tuple(sorted(where.items())), values)


def identities(draft: Draft) -> Iterator[DraftRelation]:
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


def lone(draft: Draft, known: Sequence[DraftRelation]) -> Iterator[DraftRelation]:
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


def _of_this_year(where: Where) -> bool:
    return where.get("flow", ("支出",)) == ("支出",) and where.get("year", ("本年",)) == ("本年",)


class _Coded(Struct, frozen=True):
    """A block of codes or of classes: how relations write its rows, and what it means, apart from the time of it."""

    table: int
    dimension: str
    where: Where  #: of its whole column
    column: str
    columns: Mapping[str, Where]  #: what each column means
    total: str  #: the key of its total, empty where it has none
    figures: Mapping[str, Mapping[str, Decimal]]  #: by column and code
    rows: str  #: how relations write all of its rows; empty where they are a list of classes
    depth: int

    def level(self, other: _Coded) -> str:
        """How relations write those of its rows that another block has too."""
        return self.rows.replace("#*", "#1") if self.depth > other.depth else self.rows


def _coded(draft: Draft) -> Iterator[_Coded]:
    by_name = {stem(label): code for label, code in draft.classes}
    for number, made in enumerate(draft.tables, 1):
        for block in made.blocks:
            family = next((row for row in block.rows if row.kind in ("tree", "each")), None)
            spent = family is not None and meant(block, family, block.columns[0]).get("flow", ("支出",)) != ("收入",)
            this_year = [
                c for c in block.columns if not c.change and c.guess.sure >= _LEAST and _of_this_year(c.guess.where)
            ]
            whole = next((c for c in this_year if not {*c.guess.where} - {*_TIME}), None)
            if family is None or whole is None or not spent:
                continue
            figures: dict[str, dict[str, Decimal]] = {c.key: {} for c in block.columns}
            codes = [label.at - 1 for label in block.labels if label.shows == "code" or label.shows.startswith("part")]
            for r in block.body:
                cells = made.table.rows[r]
                code = "".join(squeezed(cells[c]).removesuffix(".0") for c in codes)
                code = code if codes else by_name.get(stem(squeezed(cells[block.labels[0].at - 1])), "")
                for column in block.columns if code else ():
                    amount = made.table.amount(r, column.at - 1)
                    if amount is not None:
                        figures[column.key][code] = amount
            columns = {
                c.key: {d: v for d, v in meant(block, DraftRow("x"), c).items() if d != "flow"} for c in this_year
            }
            yield _Coded(
                number,
                family.dimension or "function",
                _timeless(meant(block, DraftRow("x"), whole)),
                whole.key,
                columns,
                next((row.key for row in block.rows if row.kind == "label" and row.key.endswith("合计")), ""),
                figures,
                f"T{number}[#*]" if family.kind == "tree" else "",
                len(family.levels) or 1,
            )


def _inside(inner: Where, outer: Where) -> bool:
    return all(set(inner.get(d, ())) <= set(v) and inner.get(d) for d, v in outer.items())


def by_code(draft: Draft) -> Iterator[DraftRelation]:
    """Codes that two tables show alike, or the one a part of the other; a table that others split by source."""
    every = list(_coded(draft))
    carried = next(_special(draft, "year", "上年结转"), "")
    for n, one in enumerate(every):
        for other in every[:n]:
            if other.dimension == one.dimension and (one.rows or other.rows):
                yield from _alike(other, one, carried)
        wider = [o for o in every if o.dimension == one.dimension and one.rows and _inside(one.where, o.where)]
        plain = [o for o in wider if o.where != one.where]
        nearest = max(
            plain,
            key=lambda o: (o.depth == one.depth, o.depth, len(o.where), len(_parts(one, o)), -o.table),
            default=None,
        )
        if nearest is not None:
            yield from _bounds(one, nearest)
    for whole in every:
        for column in whole.columns:
            yield from _split(whole, column, every)


def _agree(one: _Coded, other: _Coded, pairs: Sequence[tuple[str, str]], *, bound: bool) -> int | None:
    """At how many codes the figures of two tables are in keeping; None where they are not at some."""
    held = 0
    for mine, theirs in pairs:
        ours, figures = one.figures[mine], other.figures[theirs]
        shared = [(a, figures[c]) for c, a in ours.items() if c in figures]
        missing = other.depth >= one.depth > 1 and any(c not in figures for c in ours)
        if missing or any(a > b if bound else a != b for a, b in shared):
            return None
        held += len(shared)
    return held


def _written(
    one: _Coded, other: _Coded, pairs: Sequence[tuple[str, str]], rows: str, *, bound: bool, when: tuple[str, ...] = ()
) -> Iterator[DraftRelation]:
    """The relation over pairs of columns: one where they are called alike in both, else one a pair."""
    held = _agree(one, other, pairs, bound=bound)
    if not pairs or held is None:
        return
    alike = tuple(mine for mine, theirs in pairs if mine == theirs)
    kind, what = ("bound", "不大于") if bound else ("identity", "等于")
    sure = (0.9 if bound else 0.92) if held else 0.7 if bound else 0.75
    for columns in [alike] * (len(alike) > 1) + [p for p in pairs if len(alike) < 2 or p[0] != p[1]]:
        left, right = ("$", "$") if columns is alike else columns
        yield DraftRelation(
            "",
            kind,
            f"{{T{one.table}}}各科目{what}{{T{other.table}}}",
            f"T{one.table}[$].{left}",
            f"T{other.table}[$].{right}",
            rows,
            alike if columns is alike else (),
            when,
            held=held,
            sure=sure,
        )


def _alike(one: _Coded, other: _Coded, carried: str) -> Iterator[DraftRelation]:
    """Columns that mean the same in both; of money carried over in one of them only while there is none."""
    for when in ((), (f"empty {carried}",) if carried else ()):
        pairs = [
            (mine, theirs)
            for mine, a in one.columns.items()
            for theirs, b in other.columns.items()
            if _timeless(a) == _timeless(b) and (a == b) == (not when)
        ]
        rows = " ".join(filter(None, (one.level(other), other.level(one))))
        yield from _written(one, other, pairs, rows, bound=False, when=when)
        if not carried:
            return


def _timeless(where: Where) -> Where:
    return {d: v for d, v in where.items() if d not in _TIME}


def _parts(one: _Coded, other: _Coded) -> list[tuple[str, str]]:
    """The columns of two tables that mean the same apart from what the whole tables mean."""
    own = {k: {d: v for d, v in w.items() if d not in one.where} for k, w in one.columns.items()}
    theirs = {k: {d: v for d, v in w.items() if d not in other.where} for k, w in other.columns.items()}
    return [(a, b) for a, v in own.items() for b, w in theirs.items() if v == w]


def _bounds(one: _Coded, other: _Coded) -> Iterator[DraftRelation]:
    """Columns of a part against the same columns of the whole."""
    rows = one.level(other)
    if one.total and one.total == other.total:
        rows += f" T{one.table}[{one.total}]"
    pairs = _parts(one, other) or [(one.column, other.column)]
    yield from _written(one, other, pairs, rows, bound=True)


def _split(whole: _Coded, column: str, every: Sequence[_Coded]) -> Iterator[DraftRelation]:
    """A column that others, a table each, split by source."""
    where = whole.columns[column]
    sources = set(where.get("source", ()))
    rest = {d: v for d, v in where.items() if d != "source"}
    parts = [
        o
        for o in every
        if o.dimension == whole.dimension
        and o.rows
        and o.table != whole.table
        and {d: v for d, v in o.columns[o.column].items() if d != "source"} == rest
        and set() < set(o.where.get("source", ())) < sources
    ]
    covered = [v for o in parts for v in o.where.get("source", ())]
    if not whole.rows or len(parts) < 2 or sorted(covered) != sorted(sources):
        return
    figures = whole.figures[column]
    zero = Decimal(0)
    if all(a == sum((o.figures[o.column].get(c, zero) for o in parts), zero) for c, a in figures.items()):
        total = whole.total if all(o.total == whole.total for o in parts) else ""
        yield DraftRelation(
            "",
            "sum",
            f"{{T{whole.table}}}{column}等于{'、'.join(f'{{T{o.table}}}' for o in parts)}之和",
            f"T{whole.table}[$].{column}",
            " + ".join(f"T{o.table}[$].{o.column}" for o in parts),
            " ".join([whole.rows, *(o.level(whole) for o in parts), *([f"T{whole.table}[{total}]"] if total else [])]),
            held=len(figures),
            sure=0.9 if figures else 0.7,
        )


def items(draft: Draft) -> Iterator[DraftRelation]:
    """An item of a table by economic codes against the column that shows this item of as much money or more."""
    coded = [one for one in _coded(draft) if one.dimension == "departmental"]
    for number, made in enumerate(draft.tables, 1):
        for block in made.blocks:
            for column in block.columns if not block.labels else ():
                where = _timeless(meant(block, block.rows[0], column))
                codes = where.pop("departmental", ())
                if not codes or len(codes) > _MOST_ITEMS or not _of_this_year(column.guess.where):
                    continue
                for one in coded:
                    if one.table != number and _inside(one.where, where):
                        yield from _item(one, codes, made, column, f"T{number}[预算数].{column.key}")


def _item(
    one: _Coded, codes: Sequence[str], made: DraftTable, column: DraftColumn, right: str
) -> Iterator[DraftRelation]:
    figures = [one.figures[one.column].get(code, Decimal(0)) for code in codes]
    whole = figure_at(made.table, made, made.blocks[0].rows[0], column)
    if whole is None or sum(figures) <= whole:
        yield DraftRelation(
            "",
            "bound",
            f"{{T{one.table}}}中的{column.key}不大于{{{right.partition('[')[0]}}}",
            " + ".join(f"T{one.table}[{code}/].{one.column}" for code in codes),
            right,
            held=int(whole is not None),
            sure=0.9 if whole is not None else 0.7,
        )
