"""A mapping suggested for a foreign ledger, by likeness of headings and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from udfs.base import (
    YUAN,
    column_letters,
    is_blank,
    plain,
    squeezed,
    to_decimal,
)
from udfs.foreign.headings import bare, is_number, likeness
from udfs.foreign.mapping import (
    CODE_AND_NAME,
    COLUMN,
    FIXED,
    LEFT_EMPTY,
    MEASURE,
    SEARCHED,
    UNUSED,
    VALUE,
    Entry,
    Grid,
    is_total,
)
from udfs.ledgers import said_measures
from workbook_templates.reading import Classifications, LedgerColumn, LedgerSpec

#: Headings of columns of amounts.
_MONEY = re.compile(r"金额|预算数|预算额|预算资金|指标额|指标数|核定数|批复数|安排数|控制数")
#: A column or value less like ours than this is not suggested.
_LEAST = 0.45
#: Amounts that come to less in all are hardly yuan: no unit's budget is as small.
_LEAST_YUAN = 100_000
#: More different values than this are none of an enumeration.
_MOST_VALUES = 60


def alike_heading(grid: Grid, spec: LedgerSpec) -> int:
    """Index of the row whose texts are most like our headings; -1 where none is."""
    best = (0.0, -1)
    for index, line in enumerate(grid[:SEARCHED]):
        texts = [v for v in line if isinstance(v, str) and not is_blank(v) and not is_number(v)]
        if len(texts) < 3:
            continue
        score = sum(s for c in spec.columns if (s := max(_alike(c, t) for t in texts)) >= _LEAST)
        if score > best[0]:
            best = (score, index)
    return best[1]


def _alike(column: LedgerColumn, heading: Any) -> float:
    """How alike a foreign heading is to ours: words in common count more than their order."""
    ours, other = bare(column.heading), bare(heading)
    if ours == other:
        return 1.0
    if not other:
        return 0.0
    short, long = sorted((ours, other), key=len)
    inside = 0.85 if len(short) > 1 and short in long else 0.0
    return max(inside, likeness(ours, other))


def suggest(grid: Grid, spec: LedgerSpec, codes: Classifications) -> list[Entry]:
    """A mapping for a foreign ledger; empty where too little of it is like ours."""
    head = alike_heading(grid, spec)
    if head < 0:
        return []
    headings = {c: plain(v) for c, v in enumerate(grid[head]) if not is_blank(v)}
    values = {c: [line[c] for line in grid[head + 1 :] if c < len(line) and not is_blank(line[c])] for c in headings}
    scores = sorted(
        (
            (-_fit(column, headings[c], values[c], codes), order, c, column)
            for order, column in enumerate(spec.columns)
            for c in headings
        ),
        key=lambda s: s[:3],
    )
    at: dict[str, tuple[int, float]] = {}
    used: set[int] = set()
    for score, _, c, column in scores:
        least = 0.8 if column.optional else _LEAST
        if -score >= least and column.key not in at and c not in used:
            at[column.key] = (c, -score)
            used.add(c)
    _share(spec, at, values)
    wanted = [c for c in spec.columns if c.required]
    if sum(c.key in at for c in wanted) * 2 < len(wanted):
        return []
    money = next(c for c in spec.columns if c.money)
    said = said_measures(grid, head, at[money.key][0]) if money.key in at else {}
    entries = list(_entries(spec, at, headings, values, said))
    taken = {c for c, _ in at.values()}
    left = [c for c in headings if c not in taken and values[c]]
    return [*entries, *(Entry(UNUSED, "", headings[c], at=column_letters(c + 1)) for c in left)]


def _share(spec: LedgerSpec, at: dict[str, tuple[int, float]], values: Mapping[int, Sequence[Any]]) -> None:
    """One column may hold what two of ours do: a code with its name, or a kind that is told by its part."""
    for column in spec.columns:
        if column.key in at:
            continue
        if column.names and column.names in at:
            c = at[column.names][0]
            both = sum(CODE_AND_NAME.match(squeezed(v)) is not None for v in values[c][:200])
            if both * 2 > len(values[c][:200]):
                at[column.key] = (c, 0.9)
        elif column.values and not column.optional:
            for c in dict.fromkeys(c for c, _ in at.values()):
                shown = [v for v in dict.fromkeys(map(plain, values[c])) if not is_total(v)][:_MOST_VALUES]
                means = {meant for v in shown if (meant := _value(column, v))[1] >= 0.7}
                enough = len(shown) if column.required else 1
                if len({ours for ours, _ in means}) > 1 and sum(_value(column, v)[1] >= 0.7 for v in shown) >= enough:
                    at[column.key] = (c, 0.6)
                    break
    for column in spec.columns:
        # A column of 105002-某单位 that is taken for the name holds the code as well.
        if column.names and column.key in at and column.names not in at:
            c = at[column.key][0]
            both = sum(CODE_AND_NAME.match(squeezed(v)) is not None for v in values[c][:200])
            if both * 2 > len(values[c][:200]):
                at[column.names] = (c, 0.9)


def _fit(column: LedgerColumn, heading: str, values: Sequence[Any], codes: Classifications) -> float:
    """How well a foreign column fits one of ours, by its heading and by what stands in it."""
    name = _alike(column, heading)
    sample = values[:200]
    if not sample:
        return 0.6 * name
    if column.money:
        numbers = sum(is_number(v) for v in sample) / len(sample)
        decimals = any(isinstance(v, float) and v > 1 for v in sample) or any("." in plain(v) for v in sample)
        named = 0.75 if _MONEY.search(heading) else name
        return named * numbers if named >= _LEAST else 0.4 * numbers * decimals
    if column.code:
        known = codes.by_name[column.code]
        found = sum(squeezed(v).split("-")[0] in known for v in sample) / len(sample)
        sized = sum(squeezed(v).isdigit() and len(squeezed(v)) in column.lengths for v in sample) / len(sample)
        return 0.4 * name + 0.6 * max(found, 0.8 * sized) if sized or found else 0.3 * name
    if column.values:
        own = {squeezed(v) for v in column.values}
        fits = sum(_value(column, v)[1] for v in dict.fromkeys(map(plain, sample[:_MOST_VALUES])))
        share = fits / len(dict.fromkeys(map(plain, sample[:_MOST_VALUES])))
        exact = sum(squeezed(v) in own for v in sample) / len(sample)
        return 0.5 * name + 0.5 * max(share, exact)
    return name if name == 1.0 else name * sum(not is_number(v) for v in sample) / len(sample)


def _value(column: LedgerColumn, word: str) -> tuple[str, float]:
    """The value of ours that a foreign word means, and how surely."""
    best = ("", 0.0)
    for ours in column.values:
        one, other = squeezed(ours), squeezed(word)
        if one == other:
            return ours, 1.0
        score = 0.9 if one in other or (len(other) > 1 and other in one) else likeness(one, other)
        if any(hint in other for hint in dict(column.words).get(ours, ())):
            score = max(score, 0.85)
        if score > best[1]:
            best = (ours, score)
    return best if best[1] >= _LEAST else ("", 0.0)


def _entries(
    spec: LedgerSpec,
    at: Mapping[str, tuple[int, float]],
    headings: Mapping[int, str],
    values: Mapping[int, Sequence[Any]],
    said: Mapping[str, str],
) -> Iterator[Entry]:
    for column in spec.columns:
        if column.key not in at:
            if column.optional or column.names:
                continue
            if column.values:
                ours = column.values[0] if column.required and len(column.values) == 2 else ""
                yield Entry(FIXED, column.heading, "", ours, 0.3 if ours else 0.0)
            else:
                yield Entry(COLUMN, column.heading, "", sure=0.0)
            continue
        c, sure = at[column.key]
        exact = squeezed(headings[c]) == squeezed(column.heading)
        yield Entry(COLUMN, column.heading, headings[c], "", sure, confirmed=exact, at=column_letters(c + 1))
        if column.money:
            yield from _measures(column, said, values[c])
        if column.values:
            for word in dict.fromkeys(plain(v) for v in values[c]):
                ours, fit = _value(column, word)
                if not ours and column.needs:
                    ours, fit = LEFT_EMPTY, 0.6
                if squeezed(ours) != squeezed(word) and not is_total(word):
                    yield Entry(VALUE, column.heading, word, ours, fit)


def _measures(column: LedgerColumn, said: Mapping[str, str], values: Sequence[Any]) -> Iterator[Entry]:
    """The unit of measure to be confirmed; none where the file says 元 and nothing else."""
    if set(said) == {"元"}:
        return
    if said:
        measure = next((m for m in said if m in YUAN and m != "元"), "")
        yield Entry(MEASURE, column.heading, measure, "元", 1.0 if len(said) == 1 else 0.5)
        return
    numbers = [abs(float(to_decimal(v))) for v in values if is_number(v)]
    small = bool(numbers) and sum(numbers) < _LEAST_YUAN
    yield Entry(MEASURE, column.heading, "万元" if small else "元", "元", 0.6)
