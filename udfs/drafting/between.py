"""The relations between the tables of a draft that hold in its examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.base import squeezed
from udfs.drafting.parts import Draft, DraftRelation, DraftRow, examples_of, figure_at, meant
from udfs.drafting.vocabulary import Where, stem

#: What two cells need not have in common to be the same figure while nothing is carried over.
_TIME = ("flow", "year")


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
                        sure < 0.6
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


def by_code(draft: Draft) -> Iterator[DraftRelation]:
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
