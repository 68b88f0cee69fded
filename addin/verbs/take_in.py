"""What 导入明细 and 导入上年 put into a workbook that is there: blocks for its input sheets, nothing for its tables.

A ledger comes through the same reading as with `new --ledger`, last year through the same as with `new --from`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from addin.verbs.commands import carried_blocks, field_blocks, ledger_blocks, list_blocks, units_of
from addin.verbs.computing import Book, reading_of
from addin.verbs.last_year import read_last_year
from addin.verbs.ledger_source import ledger_beside
from addin.xlsx import fault, read_ledger_file, refuse_same_file
from udfs.base import Block, Grids, InputProblems, Problem, as_read, cell, defined_name, is_blank, squeezed
from udfs.foreign import Carried, carry, suggest
from udfs.ledgers import Ledger, UnitInfo, find_heading, heading_share, label_key, own_headings, with_whole_codes
from workbook_templates.reading import Edition, LedgerSpec

#: Fields that a new workbook has filled in before the clerk does.
_PRESET = ("unit_kind", "document")


class TakenIn(Struct, frozen=True):
    """What is to be written. `name`: the defined name of the sheet to show; `lost`: what the clerk is asked about."""

    blocks: list[Block]
    name: str
    message: str
    notes: list[str] = field(default_factory=list)
    lost: str = ""


def ledger_into(book: Book, source: Path, sheet: str = "") -> TakenIn:
    """A ledger from a file, in place of the one that stands there. `sheet`: the one that the clerk looks at.

    Raises InputProblems; Unconfirmed where columns in other words have to be confirmed first.
    """
    current = reading_of(book)
    edition = current.edition
    refuse_same_file(source, book.path)
    spec = _spec_of(source, edition, sheet)
    # A workbook without a name, or one in the cloud, has no folder to remember a mapping in.
    reading = ledger_beside(
        source, spec, edition, book.path if book.path.parent.is_dir() and book.path.is_absolute() else source
    )
    if reading.problems:
        raise InputProblems(reading.problems)
    ledger = reading.ledger
    if ledger is None or not len(ledger):
        raise fault(source, f"没有任何{spec.sheet}，请检查是否导出了正确的文件")
    grid = book.grids.get(spec.sheet)
    if grid is None:
        raise InputProblems([Problem(spec.sheet, "工作簿中缺少这张工作表，请从模板中补回，不要改名")])
    ledger = with_whole_codes(ledger, current.info)
    blocks, before = _in_place(ledger, grid)
    own, notes = _of_the_unit(edition, current.info, ledger, reading.kinds)
    lost = f"“{spec.sheet}”中已有{before}行，将全部换成“{source.name}”中的内容" if before else ""
    count = len(ledger)
    return TakenIn(
        [*blocks, *at_labels(edition, book.grids, own)],
        defined_name(spec.range),
        f"已导入{spec.sheet}{count}行。请点“一键生成”更新各表和说明。",
        [*reading.notes, *notes],
        lost,
    )


def _spec_of(source: Path, edition: Edition, sheet: str) -> LedgerSpec:
    """Which ledger a file holds: by our own headings, else by likeness; the one looked at is tried first."""
    specs = sorted(edition.ledgers, key=lambda spec: spec.sheet != sheet)
    grids = list(read_ledger_file(source).grids.values())
    found = [(max((own_headings(g, s) for g in grids if heading_share(g, s) >= 0.5), default=0), s) for s in specs]
    count, best = max(found, key=lambda pair: pair[0])
    if count:
        return best
    return next((s for s in specs if any(suggest(grid, s, edition.codes) for grid in grids)), specs[0])


def _in_place(ledger: Ledger, grid: Sequence[Sequence[Any]]) -> tuple[list[Block], int]:
    """The ledger below the headings as they stand on its sheet, and how many rows it replaces.

    The clerk may have moved columns, and columns of her own are left alone.
    """
    spec = ledger.spec
    head = find_heading(grid, spec)
    if head is None:
        raise InputProblems([Problem(spec.sheet, "找不到表头，请从模板中补回")])
    texts = [squeezed(value) for value in grid[head]]
    lines = [list(line) for block in ledger_blocks(ledger) for line in block.cells]
    at: list[tuple[int, int]] = []  # column of the sheet, column of the ledger
    for number, column in enumerate(spec.columns):
        heading = squeezed(column.heading)
        if heading in texts:
            at.append((texts.index(heading), number))
        elif any(not is_blank(line[number]) for line in lines):
            message = f"工作表中没有“{column.heading}”列，而文件中有，请从模板中补回这一列"
            raise InputProblems([Problem(spec.sheet, message)])
    at.sort()
    places = [place for place, _ in at]
    old = [
        number
        for number, line in enumerate(grid[head + 1 :], 1)
        if any(place < len(line) and not is_blank(line[place]) for place in places)
    ]
    height = max([len(lines), *old[-1:]])
    filled: list[list[Any]] = [*lines, *([None] * len(spec.columns) for _ in range(height - len(lines)))]
    blocks = []
    for first, after in _runs(places):
        wanted = [number for _, number in at[first:after]]
        blocks.append(Block(spec.sheet, head + 2, places[first] + 1, [[line[n] for n in wanted] for line in filled]))
    return blocks, len(old)


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches of neighbours in ascending numbers, as first and one after the last."""
    starts = [i for i, place in enumerate(places) if i == 0 or place != places[i - 1] + 1]
    return list(zip(starts, [*starts[1:], len(places)], strict=True))


def _of_the_unit(
    edition: Edition, info: UnitInfo, ledger: Ledger, kinds: Mapping[str, str]
) -> tuple[list[Block], list[str]]:
    """What a ledger that names its units says of them, where the clerk has not said it yet."""
    units, notes = units_of([ledger], info, kinds)
    blocks: list[Block] = []
    if info.units:
        notes = [note for note in notes if not note.startswith("请在所属单位清单中填写")]
    if units and not info.units:
        blocks += list_blocks(edition, "units", units)
        notes.append(f"已按明细列出所属单位{len(units)}个，单位性质请在“{edition.ranges()['basic'][0].name}”中核对")
    if len(units) == 1 and not info.text("unit_name"):
        blocks += field_blocks(edition, "basic", {"unit_code": units[0][0], "unit_name": units[0][1]})
    if len(units) > 1 and not info.is_department:
        notes.append(f"明细中有{len(units)}个单位，公开部门汇总预算的，请把“公开口径”改为“部门”")
    return blocks, notes


def last_year_into(book: Book, source: Path) -> TakenIn:
    """Last year's amounts from its workbook; with a workbook that is not begun also what stays from year to year."""
    current = reading_of(book)
    edition, info = current.edition, current.info
    refuse_same_file(source, book.path)
    sheet = edition.ranges()["basic"][0].name
    if not info.year:
        raise InputProblems([Problem(sheet, "没有填写，导入上年数据需要这一项", heading="预算年度")])
    last, told = read_last_year(source)
    begun = bool(info.text("unit_name"))
    carried = carry(edition, last, figures_only=begun)
    if carried.year != str(int(info.year) - 1):
        found = f"是{carried.year}年的" if carried.year else "看不出是哪一年的"
        message = f"这个工作簿{found}，而当前工作簿的预算年度是{info.year}年；请选择{int(info.year) - 1}年的工作簿"
        raise InputProblems([Problem(source.name, f"{message}，或先在“{sheet}”中改正预算年度")])
    carried, notes = _without_lists_begun(edition, book.grids, carried)
    basic = field_blocks(edition, "basic", dict(carried.fields.get("basic", {})))
    blocks = at_labels(edition, book.grids, [*basic, *carried_blocks(edition, carried, without=())])
    figures = {f.key for _, part in edition.ranges().values() for f in part.fields if f.last}
    taken = sum(name in figures for of in carried.fields.values() for name in of)
    if not taken and not blocks:
        raise InputProblems(
            [Problem(source.name, note) for note in carried.notes] or [Problem(source.name, "没有可用的上年数据")]
        )
    then = last.info.text("unit_name")
    if begun and then and then != info.text("unit_name"):
        notes.append(f"上年工作簿的单位名称是“{then}”，与当前工作簿不同，请核对是否选对了文件")
    lost = _overwritten(edition, book.grids, blocks)
    what = "和沿用的基础信息" if not begun else ""
    return TakenIn(
        blocks,
        next(
            (defined_name(key) for key, (_, part) in edition.ranges().items() if any(f.last for f in part.fields)), ""
        ),
        f"已由{carried.year}年工作簿导入上年数据{taken}项{what}。",
        [*told, *notes, *carried.notes],
        f"以下内容与上年工作簿不同，将被替换：{'、'.join(lost)}" if lost else "",
    )


def _without_lists_begun(edition: Edition, grids: Grids, carried: Carried) -> tuple[Carried, list[str]]:
    """Lists in which the clerk has entered something stay hers."""
    kept = {}
    notes = []
    for key, lines in carried.records.items():
        sheet, part = edition.ranges()[key]
        below = grids.get(sheet.name, [])[part.row :]
        across = range(part.column - 1, part.column - 1 + len(part.columns))
        if any(c < len(line) and not is_blank(line[c]) for line in below for c in across):
            notes.append(f"“{part.title}”已有内容，没有沿用上年的")
        else:
            kept[key] = lines
    lists = dict(carried.lists)
    begun = [s for s in edition.lists if any(not is_blank(v) for line in grids.get(s.sheet, [])[1:] for v in line)]
    notes += [f"“{spec.sheet}”已有内容，没有沿用上年的" for spec in begun if lists.pop(spec.range, ())]
    return replace(carried, records=kept, lists=lists), notes


def at_labels(edition: Edition, grids: Grids, blocks: Sequence[Block]) -> list[Block]:
    """Blocks for fields moved to the rows where their labels stand now; all others as they are."""
    labels = {
        (sheet.name, row, part.column + beside): (part.column, f.label)
        for sheet, part in edition.ranges().values()
        if part.kind == "fields"
        for f, row in part.places
        for beside in (1, 2)
    }
    moved = []
    problems = []
    for block in blocks:
        found = labels.get((block.sheet, block.row, block.column))
        if found is None:
            moved.append(block)
            continue
        grid = grids.get(block.sheet, [])
        rows = [n for n in range(1, len(grid) + 1) if _label(grid, n, found[0]) == squeezed(found[1])]
        if rows:
            moved.append(replace(block, row=rows[0]))
        else:
            problems.append(Problem(block.sheet, f"缺少“{found[1]}”这一行，请从模板中补回", heading=found[1]))
    if problems:
        raise InputProblems(list(dict.fromkeys(problems)))
    return moved


def _label(grid: Sequence[Sequence[Any]], row: int, column: int) -> str:
    return label_key(cell(grid, row, column))


def _overwritten(edition: Edition, grids: Grids, blocks: Sequence[Block]) -> list[str]:
    """Labels of the fields that hold something else than what is to be written."""
    preset = {f.label for _, part in edition.ranges().values() for f in part.fields if f.key in _PRESET}
    columns = {(sheet.name, part.column) for sheet, part in edition.ranges().values() if part.kind == "fields"}
    lost = []
    for block in blocks:
        if (block.sheet, block.column - 1) not in columns:
            continue
        old, new = cell(grids[block.sheet], block.row, block.column), as_read(block.cells[0][0])
        label = _label(grids[block.sheet], block.row, block.column - 1)
        if not is_blank(old) and old != new and label not in {squeezed(text) for text in preset}:
            lost.append(label)
    return lost
