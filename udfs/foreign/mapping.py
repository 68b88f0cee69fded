"""A foreign ledger in our columns and words: suggested by likeness, confirmed by the clerk, applied as confirmed.

The mapping is a small table of its own, which a clerk opens in Excel: one line a column, a value, a fixed value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import (
    YUAN,
    AmountError,
    Covered,
    Problem,
    column_letters,
    in_yuan,
    is_blank,
    plain,
    squeezed,
    to_decimal,
)
from udfs.foreign.headings import bare, is_number, likeness
from udfs.ledgers import said_measures
from workbook_templates.reading import Classifications, LedgerColumn, LedgerSpec

Grid = Sequence[Sequence[Any]]

HEADINGS = ("种类", "本程序的列", "来源文件", "对应为", "把握", "已核对", "位置")
COLUMN, VALUE, FIXED, MEASURE, UNUSED = "列", "取值", "固定值", "金额单位", "未使用"
CONFIRMED = "是"
#: Stands for a value of ours where the column stays empty in such rows.
LEFT_EMPTY = "不填"
_CODE_AND_NAME = re.compile(r"[\[【(（]?(\d+)[\]】)）]?[-—_ :：]*([^\d\s].*)")
#: Headings of columns of amounts.
_MONEY = re.compile(r"金额|预算数|预算额|预算资金|指标额|指标数|核定数|批复数|安排数|控制数")
#: Rows in which the headings are looked for.
_SEARCHED = 30
#: A column or value less like ours than this is not suggested.
_LEAST = 0.45
#: Amounts that come to less in all are hardly yuan: no unit's budget is as small.
_LEAST_YUAN = 100_000
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
    at: str = ""  #: where the source has the column: its letters

    def line(self) -> list[str]:
        """The line as the clerk sees it."""
        yes = CONFIRMED if self.confirmed else ""
        sure = f"{self.sure:.0%}" if self.kind != UNUSED else ""
        return [self.kind, self.target, self.source, self.ours, sure, yes, self.at]

    def __str__(self) -> str:
        where = f"{self.at}列，" if self.at else ""
        if self.kind == UNUSED:
            return f"“{self.source}”（{self.at}列）没有用到"
        if self.kind == COLUMN:
            return f"“{self.target}” ← “{self.source or '（请填写）'}”（{where}把握{self.sure:.0%}）"
        if self.kind == FIXED:
            return f"“{self.target}”全部填“{self.ours or '（请填写）'}”"
        if self.kind == MEASURE:
            return f"“{self.target}”以{self.source or '（请填写元、千元或万元）'}为单位，换算为{self.ours}"
        return f"“{self.target}”中的“{self.source}”按“{self.ours or '（请填写）'}”（把握{self.sure:.0%}）"


def alike_heading(grid: Grid, spec: LedgerSpec) -> int:
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
            both = sum(_CODE_AND_NAME.match(squeezed(v)) is not None for v in values[c][:200])
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
            both = sum(_CODE_AND_NAME.match(squeezed(v)) is not None for v in values[c][:200])
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
        if kind == UNUSED:
            continue
        if kind not in (COLUMN, VALUE, FIXED, MEASURE):
            problems.append(Problem(place, "“种类”应为列、取值、固定值或金额单位", number, found=kind))
        elif not confirmed:
            problems.append(Problem(place, f"还没有核对：{entry}。核对无误后在“已核对”列填“是”", number))
        elif kind == COLUMN and not source:
            problems.append(Problem(place, f"“{target}”没有对应的列：请填写来源文件中的列名，或改为固定值", number))
        elif kind == MEASURE and source not in YUAN:
            problems.append(Problem(place, "金额单位应为元、千元或万元", number, found=source))
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
            ours = "" if entry.ours == LEFT_EMPTY else entry.ours
            words.setdefault(squeezed(entry.target), {})[squeezed(entry.source)] = ours
    measures = {squeezed(e.target): e.source for e in entries if e.kind == MEASURE}
    taken = [e for e in entries if e.kind in (COLUMN, FIXED) and squeezed(e.target) in columns]
    unknown = [e for e in entries if squeezed(e.target) not in columns]
    problems = [Problem(spec.sheet, f"对应文件中的“{e.target}”不是{spec.sheet}的列") for e in unknown]
    problems += _other_measure(grid, spec, head, taken, texts, measures)
    named_by = {c.names: c.key for c in spec.columns if c.names}
    source_of = {columns[squeezed(e.target)].key: squeezed(e.source) for e in taken if e.kind == COLUMN}
    own = {squeezed(e.source) for e in taken if e.kind == COLUMN}
    spare = [c for c, text in enumerate(texts) if text and text not in own]
    result: list[list[Any]] = [[] for _ in range(head)]
    titles = [f"来源的“{plain(grid[head][c])}”" if texts[c] in columns else plain(grid[head][c]) for c in spare]
    result.append([*(columns[squeezed(e.target)].heading for e in taken), *titles])
    for line in grid[head + 1 :]:
        if all(is_blank(v) and not isinstance(v, Covered) for v in line):
            result.append([])
            continue
        row: list[Any] = []
        for position, entry in enumerate(taken):
            column = columns[squeezed(entry.target)]
            target = squeezed(entry.target)
            if entry.kind == FIXED:
                row.append(entry.ours)
                continue
            c = texts.index(squeezed(entry.source))
            value = line[c] if c < len(line) else None
            if isinstance(value, Covered):
                row.append(
                    Covered(words.get(target, {}).get(squeezed(value.value), value.value), value.row, position + 1)
                )
                continue
            value = words.get(target, {}).get(squeezed(value), value)
            if target in measures:
                value = _yuan(value, measures[target])
            elif column.names and source_of.get(column.names) == squeezed(entry.source):
                value = _part(value, 2)
            elif (
                not column.code
                and column.key in named_by
                and source_of.get(named_by[column.key]) == squeezed(entry.source)
            ):
                value = _part(value, 1)
            row.append(value)
        result.append([*_kept(spec, taken, row), *(line[c] if c < len(line) else None for c in spare)])
    return result, problems


def _part(value: Any, which: int) -> Any:
    """The code (1) or the name (2) of a cell that holds both."""
    match = _CODE_AND_NAME.fullmatch(plain(value))
    return match[which].strip("（）()[]【】 ") if match else value


def _other_measure(
    grid: Grid,
    spec: LedgerSpec,
    head: int,
    taken: Sequence[Entry],
    texts: Sequence[str],
    measures: Mapping[str, str],
) -> list[Problem]:
    """Where the file says another unit of measure than the one confirmed, nothing is converted."""
    money = next(c for c in spec.columns if c.money)
    entry = next((e for e in taken if e.kind == COLUMN and squeezed(e.target) == squeezed(money.heading)), None)
    if entry is None or squeezed(money.heading) in measures:
        return []
    said = said_measures(grid, head, texts.index(squeezed(entry.source)))
    return [
        Problem(spec.sheet, f"{how}，而对应文件没有确认金额单位，请删去对应文件后重新核对")
        for measure, how in said.items()
        if measure != "元"
    ]


def in_source_words(problem: Problem, grid: Grid, spec: LedgerSpec, entries: Sequence[Entry]) -> Problem:
    """A problem of the mapped ledger in the words and at the address of the clerk's own file."""
    head = _heading_of(grid, entries)
    own = {squeezed(c.heading) for c in spec.columns}
    if head < 0 or squeezed(problem.heading) not in own:
        return replace(problem, column=0)
    entry = next((e for e in entries if e.kind == COLUMN and squeezed(e.target) == squeezed(problem.heading)), None)
    if entry is None:
        return replace(problem, column=0)
    column = [squeezed(v) for v in grid[head]].index(squeezed(entry.source)) + 1
    heading = entry.source
    if squeezed(entry.source) != squeezed(problem.heading):
        heading = f"{entry.source}（对应{problem.heading}）"
    return replace(problem, column=column if problem.row else 0, heading=heading)


def _kept(spec: LedgerSpec, taken: Sequence[Entry], row: list[Any]) -> list[Any]:
    """A row without fixed values where our rules forbid the column: 经费类别 has none in a project's row."""
    columns = {squeezed(c.heading): c for c in spec.columns}
    keys = [columns[squeezed(e.target)] for e in taken]
    shown = {c.key: plain(v) for c, v in zip(keys, row, strict=True)}
    for i, (entry, column) in enumerate(zip(taken, keys, strict=True)):
        if entry.kind == FIXED and any(shown.get(key) in values for key, values in column.forbids):
            row[i] = None
    return row


def _yuan(value: Any, measure: str) -> Any:
    """An amount of that unit of measure in yuan; what is no amount stays, to be reported."""
    try:
        return value if is_blank(value) else in_yuan(value, measure)
    except AmountError:
        return value


def is_total(word: str) -> bool:
    """Whether a word stands in the row of a total, and is no value of its column."""
    return (
        re.fullmatch(r".*(合计|总计|小计|汇总|共计|累计)[:：]?|(制表|审核|复核|填表|经办|负责).*", squeezed(word))
        is not None
    )


def _heading_of(grid: Grid, entries: Sequence[Entry]) -> int:
    wanted = {squeezed(e.source) for e in entries if e.kind == COLUMN and e.source}
    for index, line in enumerate(grid[:_SEARCHED]):
        if wanted and wanted <= {squeezed(v) for v in line if not is_blank(v)}:
            return index
    return -1
