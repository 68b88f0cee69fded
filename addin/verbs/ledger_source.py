"""A ledger from a file in its own words: ours as it is, a foreign export by the mapping that the clerk confirmed.

Nothing is asked on the way. A first run says what it suggests and how to confirm; with ``--mapping FILE`` it writes the
suggestion there, to be opened in Excel, checked and confirmed line by line. The confirmed file is kept beside the
workbook and found again by itself.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from addin.xlsx import Grid, LedgerFile, put_file, read_grid, read_ledger_file
from udfs.base import InputProblems, Problem, column_letters, is_blank
from udfs.foreign import Entry, alike_heading, apply, as_grid, in_source_words, read_entries, suggest
from udfs.ledgers import (
    Ledger,
    LedgerReading,
    find_heading,
    heading_share,
    joined,
    own_headings,
    read_ledger,
    uneven_rows,
)
from workbook_templates.reading import Edition, LedgerSpec

#: What the mapping of a ledger is called beside the workbook.
REMEMBERED = "{}对应.csv"


class Unconfirmed(InputProblems):
    """A mapping was suggested and written down; the clerk has to confirm it. `mapping`: where it lies."""

    def __init__(self, problems: list[Problem], mapping: Path) -> None:
        super().__init__(problems)
        self.mapping = mapping


class _Sheet(Struct, frozen=True):
    """A sheet that holds a ledger, or part of one. `place`: what messages call it."""

    name: str
    place: str
    grid: Grid


def ledger_from(source: Path, spec: LedgerSpec, edition: Edition, mapping: Path | None, out: Path) -> LedgerReading:
    """A ledger read from a file, all sheets that hold one added up.

    Raises InputProblems; a reading with problems of its own is returned as it is.
    """
    file = read_ledger_file(source)
    sheets, notes = _ledger_sheets(source, file, spec, edition)
    uneven = [p for sheet in sheets for p in _uneven(file, sheet, spec)]
    if uneven:
        return LedgerReading(problems=uneven)
    reading = _together(source, [(sheet, read_ledger(sheet.grid, spec, sheet.place)) for sheet in sheets])
    if not reading.problems:
        reading.notes = [*notes, *reading.notes]
        return reading
    chosen = mapping or _remembered(spec, source, out)
    if chosen is not None and chosen.exists():
        return _mapped(source, sheets, spec, chosen, out, notes)
    entries = next((found for sheet in sheets if (found := suggest(sheet.grid, spec, edition.codes))), [])
    # Where our own headings stand and only something in them is wrong, the reading says so better.
    own = any(find_heading(sheet.grid, spec) is not None for sheet in sheets)
    if not entries or (own and not reading.measure):
        return reading
    what = f"金额以{reading.measure}为单位，换算需要您确认" if own else "表头与本程序不同"
    if mapping is not None:
        _write(mapping, entries)
        how = f"已把建议写入“{mapping.name}”，请用 Excel 打开，逐行核对并在“已核对”列填“是”，保存后重新运行同一命令"
        raise Unconfirmed([Problem(source.name, f"{what}；{how}"), *_told(source, entries)], mapping)
    how = f"加上 --mapping {REMEMBERED.format(spec.sheet)} 重新运行，程序会写出这份对应关系供核对"
    guess = "建议的对应关系如下" if own else "像是其他系统的导出，建议的对应关系如下"
    return LedgerReading(
        problems=[*reading.problems, Problem(source.name, f"{guess}；{how}"), *_told(source, entries)],
        measure=reading.measure,
    )


def _ledger_sheets(
    source: Path, file: LedgerFile, spec: LedgerSpec, edition: Edition
) -> tuple[list[_Sheet], list[str]]:
    """The sheets of a file that hold this ledger, and what is to be said of the others. Raises InputProblems."""
    grids = {name: grid for name, grid in file.grids.items() if any(not is_blank(v) for line in grid for v in line)}
    others = [each for each in edition.ledgers if each is not spec]
    shares = {name: heading_share(grid, spec) for name, grid in grids.items()}
    own = [
        n
        for n, share in shares.items()
        if share >= 0.5 and own_headings(grids[n], spec) > max(own_headings(grids[n], other) for other in others)
    ]
    if not own and not file.stamp:
        own = [n for n, grid in grids.items() if suggest(grid, spec, edition.codes)]
    if not own and (first := spec.sheet if spec.sheet in grids else next(iter(grids), "")):
        own = [first]
    visible = [n for n in own if n not in file.hidden_sheets]
    hidden = [n for n in own if n in file.hidden_sheets]
    if visible and hidden:
        names = "”“".join(hidden)
        message = f"隐藏的工作表“{names}”中也有{spec.sheet}，请取消隐藏并核对，不需要的请删除后再试"
        raise InputProblems([Problem(source.name, message)])
    notes = []
    for name in visible:
        if rows := file.hidden_rows.get(name):
            notes.append(f"{source.name}：“{name}”有{len(rows)}行被隐藏或筛选掉（第{rows[0]}行等），已一并读取")
        if columns := file.hidden_columns.get(name):
            letters = "、".join(column_letters(c) for c in columns[:5])
            notes.append(f"{source.name}：“{name}”有隐藏的列（{letters}），已一并读取")
    left = [n for n, grid in grids.items() if n not in own and not file.stamp and _has_numbers(grid)]
    if left:
        notes.append(f"{source.name}：未读取的工作表：{'、'.join(left)}（没有{spec.sheet}的表头）")
    several = len(own) > 1
    places = {n: f"{source.name}“{n}”" if several else source.name for n in own}
    return [_Sheet(n, places[n], grids[n]) for n in own], notes


def _has_numbers(grid: Grid) -> bool:
    return any(isinstance(v, int | float) and not isinstance(v, bool) for line in grid for v in line)


def _uneven(file: LedgerFile, sheet: _Sheet, spec: LedgerSpec) -> list[Problem]:
    if not file.is_text:
        return []
    head = find_heading(sheet.grid, spec)
    if head is None:
        head = alike_heading(sheet.grid, spec)
    return uneven_rows(sheet.grid, head, sheet.place) if head >= 0 else []


def _together(source: Path, readings: Sequence[tuple[_Sheet, LedgerReading]]) -> LedgerReading:
    """The readings of several sheets as one; rows that stand on two sheets are asked about, never counted twice."""
    whole = LedgerReading(measure=next((r.measure for _, r in readings if r.measure), ""))
    for _, reading in readings:
        whole.notes += reading.notes
        whole.problems += reading.problems
        whole.kinds.update(reading.kinds)
    ledgers = [(sheet, r.ledger) for sheet, r in readings if r.ledger is not None]
    if whole.problems or not ledgers:
        return whole
    filled = [(sheet, ledger) for sheet, ledger in ledgers if len(ledger)]
    if len(ledgers) > 1:
        for sheet, ledger in ledgers:
            if not len(ledger):
                whole.notes.append(f"{source.name}：工作表“{sheet.name}”只有表头，没有明细")
        for one, ledger in filled:
            rows = _counted(ledger)
            for two, other in filled:
                if one is not two and rows <= _counted(other):
                    message = f"“{one.name}”的每一行都在“{two.name}”中出现，合并会重复计算，请只保留一张后再试"
                    whole.problems.append(Problem(source.name, message))
        if len(filled) > 2 and not whole.problems:
            whole.problems += _summary_sheets(source, filled)
        if whole.problems:
            return whole
    if len(filled) > 1:
        parts = "、".join(f"“{sheet.name}”{len(ledger)}行" for sheet, ledger in filled)
        whole.notes.append(f"{source.name}：明细分在{len(filled)}张工作表中，已合并读取：{parts}")
    whole.ledger = joined([ledger for _, ledger in filled or ledgers[:1]])
    return whole


def _summary_sheets(source: Path, filled: Sequence[tuple[_Sheet, Ledger]]) -> list[Problem]:
    """A sheet that holds what all the others hold together."""
    counts = {sheet.name: _counted(ledger) for sheet, ledger in filled}
    for name, rows in counts.items():
        others = sum((c for n, c in counts.items() if n != name), Counter())
        if others <= rows or rows == others:
            message = f"“{name}”已包含其他各张工作表的全部明细，合并会重复计算，请只保留一种后再试"
            return [Problem(source.name, message)]
    return []


def _counted(ledger: Ledger) -> Counter[tuple[object, ...]]:
    return Counter(ledger.records())


def ledger_beside(source: Path, spec: LedgerSpec, edition: Edition, book: Path) -> LedgerReading:
    """The same for a workbook that is there: a suggestion is written beside it. Raises Unconfirmed then."""
    mapping = _remembered(spec, source, book) or book.parent / REMEMBERED.format(spec.sheet)
    return ledger_from(source, spec, edition, mapping, book)


def beside(mapping: Path | None, spec: LedgerSpec) -> Path | None:
    """The mapping of the other ledger, which lies beside the one named."""
    return mapping.parent / REMEMBERED.format(spec.sheet) if mapping else None


def _told(source: Path, entries: list[Entry]) -> list[Problem]:
    return [Problem(source.name, str(entry)) for entry in entries if not entry.confirmed]


def _remembered(spec: LedgerSpec, source: Path, out: Path) -> Path | None:
    name = REMEMBERED.format(spec.sheet)
    return next((p for p in (out.parent / name, source.parent / name) if p.is_file()), None)


def _mapped(
    source: Path, sheets: Sequence[_Sheet], spec: LedgerSpec, mapping: Path, out: Path, notes: list[str]
) -> LedgerReading:
    entries, problems = read_entries(read_grid(mapping, ""), mapping.name)
    if problems:
        raise InputProblems(problems)
    readings = []
    for sheet in sheets:
        grid, problems = apply(sheet.grid, spec, entries)
        if problems:
            raise InputProblems([Problem(sheet.place, p.message) for p in problems])
        reading = read_ledger(grid, spec, sheet.place)
        reading.problems = [in_source_words(p, sheet.grid, spec, entries) for p in reading.problems]
        readings.append((sheet, reading))
    reading = _together(source, readings)
    if not reading.problems:
        kept = out.parent / REMEMBERED.format(spec.sheet)
        if not kept.exists():
            _write(kept, entries)
        reading.notes = [*notes, *reading.notes]
        reading.notes.append(
            f"{source.name}：按“{mapping.name}”对应各列和取值；对应关系保存在“{kept.name}”，下次自动使用"
        )
    return reading


def _write(path: Path, entries: list[Entry]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(as_grid(entries))
    put_file(path, text.getvalue().encode("utf-8-sig"))
