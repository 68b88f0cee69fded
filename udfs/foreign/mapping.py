"""A foreign ledger in our columns and words: suggested by likeness, confirmed by the clerk, applied as confirmed.

The mapping is a small table of its own, which a clerk opens in Excel: one line a column, a value, a fixed value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from udfs.base import AmountError, Problem, is_blank, plain, squeezed, to_decimal
from udfs.foreign.headings import bare, is_number, likeness
from workbook_templates.reading import Classifications, LedgerColumn, LedgerSpec

Grid = Sequence[Sequence[Any]]

HEADINGS = ("种类", "本程序的列", "来源文件", "对应为", "把握", "已核对")
COLUMN, VALUE, FIXED, MEASURE = "列", "取值", "固定值", "金额单位"
CONFIRMED = "是"
#: Rows in which the headings are looked for.
_SEARCHED = 30
#: A column or value less like ours than this is not suggested.
_LEAST = 0.45
#: More different values than this are none of an enumeration.
_MOST_VALUES = 60


class Entry(Struct, frozen=True):
    """One line of a mapping. `sure`: 0 to 1; `confirmed`: the clerk has said yes."""

    kind: str
    target: str
    source: str
    ours: str = ""
    sure: float = 0.0
    confirmed: bool = False

    def line(self) -> list[str]:
        """The line as the clerk sees it."""
        yes = CONFIRMED if self.confirmed else ""
        return [self.kind, self.target, self.source, self.ours, f"{self.sure:.0%}", yes]

    def __str__(self) -> str:
        if self.kind == COLUMN:
            return f"“{self.target}” ← “{self.source or '（请填写）'}”（把握{self.sure:.0%}）"
        if self.kind == FIXED:
            return f"“{self.target}”全部填“{self.ours or '（请填写）'}”"
        if self.kind == MEASURE:
            return f"“{self.target}”以{self.source}为单位，换算为{self.ours}"
        return f"“{self.target}”中的“{self.source}”按“{self.ours or '（请填写）'}”（把握{self.sure:.0%}）"


def find_heading(grid: Grid, spec: LedgerSpec) -> int:
    """Index of the row whose texts are most like our headings; -1 where none is."""
    best = (0.0, -1)
    for index, line in enumerate(grid[:_SEARCHED]):
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
    head = find_heading(grid, spec)
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
    wanted = [c for c in spec.columns if c.required]
    if sum(c.key in at for c in wanted) * 2 < len(wanted):
        return []
    return list(_entries(spec, at, headings, values))


def _fit(column: LedgerColumn, heading: str, values: Sequence[Any], codes: Classifications) -> float:
    """How well a foreign column fits one of ours, by its heading and by what stands in it."""
    name = _alike(column, heading)
    sample = values[:200]
    if not sample:
        return 0.6 * name
    if column.money:
        numbers = sum(is_number(v) for v in sample) / len(sample)
        decimals = any(isinstance(v, float) and v > 1 for v in sample) or any("." in plain(v) for v in sample)
        return name * numbers if name >= _LEAST else 0.4 * numbers * decimals
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
        if score > best[1]:
            best = (ours, score)
    return best if best[1] >= _LEAST else ("", 0.0)


def _entries(
    spec: LedgerSpec,
    at: Mapping[str, tuple[int, float]],
    headings: Mapping[int, str],
    values: Mapping[int, Sequence[Any]],
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
        yield Entry(COLUMN, column.heading, headings[c], "", sure, confirmed=exact)
        if column.money and "万元" in headings[c]:
            yield Entry(MEASURE, column.heading, "万元", "元", 1.0)
        if column.values:
            for word in dict.fromkeys(plain(v) for v in values[c]):
                ours, fit = _value(column, word)
                if squeezed(ours) != squeezed(word):
                    yield Entry(VALUE, column.heading, word, ours, fit)


def as_grid(entries: Sequence[Entry]) -> list[list[str]]:
    """A mapping as the table that the clerk confirms."""
    return [list(HEADINGS), *[entry.line() for entry in entries]]


def read_entries(grid: Grid, place: str) -> tuple[list[Entry], list[Problem]]:
    """A mapping from its table; what is not confirmed, or not filled in, is a problem."""
    texts = [squeezed(v) for v in grid[0]] if grid else []
    if not all(heading in texts for heading in HEADINGS[:4]) or HEADINGS[5] not in texts:
        return [], [Problem(place, f"不是明细对应文件，表头应为：{'、'.join(HEADINGS)}")]
    at = [texts.index(heading) for heading in HEADINGS[:4]]
    yes = texts.index(HEADINGS[5])
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, line in enumerate(grid[1:], 2):
        kind, target, source, ours = (plain(line[c]) if c < len(line) else "" for c in at)
        if not any((kind, target, source, ours)):
            continue
        confirmed = yes < len(line) and squeezed(line[yes]) in (CONFIRMED, "√", "对", "y", "Y")
        entry = Entry(kind, target, source, ours, confirmed=confirmed)
        if kind not in (COLUMN, VALUE, FIXED, MEASURE):
            problems.append(Problem(place, "“种类”应为列、取值、固定值或金额单位", number, found=kind))
        elif not confirmed:
            problems.append(Problem(place, f"还没有核对：{entry}。核对无误后在“已核对”列填“是”", number))
        elif kind == COLUMN and not source:
            problems.append(Problem(place, f"“{target}”没有对应的列：请填写来源文件中的列名，或改为固定值", number))
        elif kind in (VALUE, FIXED) and not ours:
            problems.append(Problem(place, f"“{target}”的“{source}”没有填写对应为本程序的哪个取值", number))
        entries.append(entry)
    return entries, problems


def apply(grid: Grid, spec: LedgerSpec, entries: Sequence[Entry]) -> tuple[list[list[Any]], list[Problem]]:
    """The ledger's rows under our headings, in our words. Rows keep their places, so that messages name them."""
    head = _heading_of(grid, entries)
    if head < 0:
        names = "、".join(e.source for e in entries if e.kind == COLUMN)
        return [], [Problem(spec.sheet, f"来源文件中找不到对应文件所说的列：{names}，请核对是否同一种导出")]
    texts = [squeezed(v) for v in grid[head]]
    columns = {squeezed(c.heading): c for c in spec.columns}
    words: dict[str, dict[str, str]] = {}
    for entry in entries:
        if entry.kind == VALUE:
            words.setdefault(squeezed(entry.target), {})[squeezed(entry.source)] = entry.ours
    times = {squeezed(e.target) for e in entries if e.kind == MEASURE and e.source == "万元"}
    taken = [e for e in entries if e.kind in (COLUMN, FIXED) and squeezed(e.target) in columns]
    unknown = [e for e in entries if squeezed(e.target) not in columns]
    problems = [Problem(spec.sheet, f"对应文件中的“{e.target}”不是{spec.sheet}的列") for e in unknown]
    result: list[list[Any]] = [[] for _ in range(head)]
    result.append([columns[squeezed(e.target)].heading for e in taken])
    for line in grid[head + 1 :]:
        if all(is_blank(v) for v in line):
            result.append([])
            continue
        row: list[Any] = []
        for entry in taken:
            target = squeezed(entry.target)
            if entry.kind == FIXED:
                row.append(entry.ours)
                continue
            c = texts.index(squeezed(entry.source))
            value = line[c] if c < len(line) else None
            value = words.get(target, {}).get(squeezed(value), value)
            row.append(_times(value) if target in times else value)
        result.append(_kept(spec, taken, row))
    return result, problems


def _kept(spec: LedgerSpec, taken: Sequence[Entry], row: list[Any]) -> list[Any]:
    """A row without fixed values where our rules forbid the column: 经费类别 has none in a project's row."""
    columns = {squeezed(c.heading): c for c in spec.columns}
    keys = [columns[squeezed(e.target)] for e in taken]
    shown = {c.key: plain(v) for c, v in zip(keys, row, strict=True)}
    for i, (entry, column) in enumerate(zip(taken, keys, strict=True)):
        if entry.kind == FIXED and any(shown.get(key) in values for key, values in column.forbids):
            row[i] = None
    return row


def _times(value: Any) -> Any:
    try:
        return value if is_blank(value) else to_decimal(value) * Decimal(10_000)
    except AmountError:
        return value


def _heading_of(grid: Grid, entries: Sequence[Entry]) -> int:
    wanted = {squeezed(e.source) for e in entries if e.kind == COLUMN and e.source}
    for index, line in enumerate(grid[:_SEARCHED]):
        if wanted and wanted <= {squeezed(v) for v in line if not is_blank(v)}:
            return index
    return -1
