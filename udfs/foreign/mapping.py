"""A foreign ledger in our columns and words: suggested by likeness, confirmed by the clerk, applied as confirmed.

The mapping is a small table of its own, which a clerk opens in Excel: one line a column, a value, a fixed value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import (
    YUAN,
    AmountError,
    Covered,
    Problem,
    in_yuan,
    is_blank,
    plain,
    squeezed,
)
from udfs.ledgers import said_measures
from workbook_templates.reading import LedgerSpec

Grid = Sequence[Sequence[Any]]

HEADINGS = ("种类", "本程序的列", "来源文件", "对应为", "把握", "已核对", "位置")
COLUMN, VALUE, FIXED, MEASURE, UNUSED = "列", "取值", "固定值", "金额单位", "未使用"
CONFIRMED = "是"
#: Stands for a value of ours where the column stays empty in such rows.
LEFT_EMPTY = "不填"
CODE_AND_NAME = re.compile(r"[\[【(（]?(\d+)[\]】)）]?[-—_ :：]*([^\d\s].*)")
#: Rows in which the headings are looked for.
SEARCHED = 30


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
    match = CODE_AND_NAME.fullmatch(plain(value))
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
    for index, line in enumerate(grid[:SEARCHED]):
        if wanted and wanted <= {squeezed(v) for v in line if not is_blank(v)}:
            return index
    return -1
