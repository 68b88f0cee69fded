"""What 导入各表 puts into an open workbook: the tables that `import` recognises in a source, nothing over others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from addin.verbs.computing import Book, reading_of
from addin.verbs.import_book import read_tables, recognised, texts_of, values_of
from addin.verbs.take_in import TakenIn, at_labels
from addin.xlsx import refuse_same_file
from udfs.base import Block, as_read, cell, is_blank, plain
from udfs.foreign import notes, take_over
from udfs.results import relation_blocks, stale_blocks
from udfs.validate import inspect
from workbook_templates.defined_names import RELATIONS
from workbook_templates.reading import Edition

_TEXT_FILES = (".csv", ".txt", ".tsv")
#: What is listed before it is written, a line each; the rest is counted.
_MOST_LISTED, _LONGEST = 22, 70


def tables_into(book: Book, source: Path) -> TakenIn:
    """The tables of a file, or of all CSV files beside the one that was chosen. Raises InputProblems.

    Tables and sections that the source does not have stay as they are, and so does what 基础信息 says already. `lost`
    lists what was recognised and what of the workbook is replaced, for the clerk to agree to.
    """
    current = reading_of(book)
    edition = current.edition
    refuse_same_file(source, book.path)
    place = source.parent if source.suffix.lower() in _TEXT_FILES else source
    grids, remarks = read_tables(place)
    found = recognised(place, grids, edition)
    texts = texts_of(found, grids)
    theirs = values_of(found, texts)
    own = {f.key: text for f in edition.ranges()["basic"][1].fields if (text := current.info.text(f.key))}
    taken = take_over(found, texts, book.grids, book.names, {**theirs, **own})
    sheets = {table.form.sheet for table in found.tables}
    blocks = _without_others(edition, taken.blocks, sheets, book.grids)
    after = current.after(blocks)
    blocks += [*stale_blocks(after.grids, after.names), *relation_blocks(inspect(after))]
    unit, year = theirs.get("unit_name", ""), theirs.get("year", "")
    more = [
        f"文件的{what}是“{said}”，当前工作簿是“{own[key]}”，请核对是否选对了文件"
        for key, what, said in (("unit_name", "单位名称", unit), ("year", "预算年度", year))
        if said and key in own and own[key] != said
    ]
    replaced = [name for name in sheets if _overwritten(book.grids[name], blocks, name)]
    listed = [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…" for line in notes(found, texts)]
    rest = len(listed) - _MOST_LISTED
    lines = [f"“{place.name}”中识别出{len(found.tables)}张表，本版式共{len(edition.forms)}张：", *listed[:_MOST_LISTED]]
    lines += [f"……还有{rest}条"] * (rest > 0)
    if replaced:
        order = [form.sheet for form in edition.forms if form.sheet in replaced]
        lines.append(f"工作簿中{'、'.join(order)}现有的内容将被替换")
    lines += more
    return TakenIn(
        blocks,
        RELATIONS,
        f"已导入{len(found.tables)}张表。请点“校验”。",
        [*remarks, *more, *_about_ledger(current.edition, book.grids)],
        "\n".join(lines),
    )


def _without_others(
    edition: Edition, blocks: Sequence[Block], sheets: set[str], grids: Mapping[str, Sequence[Sequence[Any]]]
) -> list[Block]:
    """The blocks without tables that were not found and fields that are filled in, each where its label stands now."""
    forms = {form.sheet for form in edition.forms}
    basic = edition.ranges()["basic"][0].name
    kept = [block for block in blocks if block.sheet not in forms or block.sheet in sheets]
    kept = at_labels(edition, grids, kept)
    return [b for b in kept if b.sheet != basic or is_blank(cell(grids[basic], b.row, b.column))]


def _overwritten(grid: Sequence[Sequence[Any]], blocks: Sequence[Block], sheet: str) -> bool:
    """Whether amounts of a table are replaced by others, or go."""
    return any(
        isinstance(old := cell(grid, block.row + r, block.column + c), float) and old and old != as_read(value)
        for block in blocks
        if block.sheet == sheet
        for r, line in enumerate(block.cells)
        for c, value in enumerate(line)
    )


def _about_ledger(edition: Edition, grids: Mapping[str, Sequence[Sequence[Any]]]) -> list[str]:
    """What is to be said where the workbook has a ledger of its own."""
    sheet = edition.spending.sheet
    if not any(plain(value) for line in grids.get(sheet, ())[1:] for value in line):
        return [f"“{sheet}”是空的，校验时各表不与明细核对"]
    return [f"校验会把导入的各表与“{sheet}”逐格核对；点“一键生成”则由明细重新生成各表"]
