"""A ledger from a file in its own words: ours as it is, a foreign export by the mapping that the clerk confirmed.

Nothing is asked on the way. A first run says what it suggests and how to confirm; with ``--mapping FILE`` it writes the
suggestion there, to be opened in Excel, checked and confirmed line by line. The confirmed file is kept beside the
workbook and found again by itself.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from addin.xlsx import new_file, read_grid
from udfs.base import InputProblems, Problem
from udfs.foreign import Entry, apply, as_grid, read_entries, suggest
from udfs.ledgers import Reading, find_heading, read_ledger
from workbook_templates.reading import Edition, LedgerSpec

#: What the mapping of a ledger is called beside the workbook.
REMEMBERED = "{}对应.csv"


class Unconfirmed(InputProblems):
    """A mapping was suggested and written down; the clerk has to confirm it. `mapping`: where it lies."""

    def __init__(self, problems: list[Problem], mapping: Path) -> None:
        super().__init__(problems)
        self.mapping = mapping


def ledger_from(source: Path, spec: LedgerSpec, edition: Edition, mapping: Path | None, out: Path) -> Reading:
    """A ledger read from a file. Raises InputProblems; a reading with problems of its own is returned as it is."""
    grid = read_grid(source, spec.sheet)
    reading = read_ledger(grid, spec, source.name)
    if not reading.problems:
        return reading
    entries = suggest(grid, spec, edition.codes)
    chosen = mapping or _remembered(spec, source, out)
    if chosen is not None and chosen.exists():
        return _mapped(source, spec, chosen, out)
    # Where our own headings stand and only something in them is wrong, the reading says so better.
    foreign = bool(entries) and find_heading(grid, spec) is None
    if not foreign:
        return reading
    if mapping is not None:
        _write(mapping, entries)
        how = f"已把建议写入“{mapping.name}”，请用 Excel 打开，逐行核对并在“已核对”列填“是”，保存后重新运行同一命令"
        raise Unconfirmed([Problem(source.name, f"表头与本程序不同；{how}"), *_told(source, entries)], mapping)
    how = f"加上 --mapping {REMEMBERED.format(spec.sheet)} 重新运行，程序会写出这份对应关系供核对"
    return Reading(
        problems=[
            *reading.problems,
            Problem(source.name, f"像是其他系统的导出，建议的对应关系如下；{how}"),
            *_told(source, entries),
        ]
    )


def ledger_beside(source: Path, spec: LedgerSpec, edition: Edition, book: Path) -> Reading:
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


def _mapped(source: Path, spec: LedgerSpec, mapping: Path, out: Path) -> Reading:
    entries, problems = read_entries(read_grid(mapping, ""), mapping.name)
    if problems:
        raise InputProblems(problems)
    grid, problems = apply(read_grid(source, spec.sheet), spec, entries)
    if problems:
        raise InputProblems([Problem(source.name, p.message) for p in problems])
    reading = read_ledger(grid, spec, source.name)
    if not reading.problems:
        kept = out.parent / REMEMBERED.format(spec.sheet)
        if not kept.exists():
            _write(kept, entries)
        reading.notes.append(
            f"{source.name}：按“{mapping.name}”对应各列和取值；对应关系保存在“{kept.name}”，下次自动使用"
        )
    return reading


def _write(path: Path, entries: list[Entry]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(as_grid(entries))
    with new_file(path) as temporary:
        temporary.write_bytes(text.getvalue().encode("utf-8-sig"))
