"""`import`: a foreign workbook taken over into ours; what was recognised is said, nothing is guessed in silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from addin.verbs.commands import Result
from addin.verbs.computing import edition_named
from addin.verbs.signed_edition import carry
from addin.xlsx import Grid, Workbook, read_file, read_source, refuse_same_file
from udfs.base import InputProblems, Problem, with_blocks
from udfs.foreign import (
    Recognition,
    SectionText,
    Targets,
    find_targets,
    find_texts,
    notes,
    recognise,
    suggest,
    take_over,
    target_sheets,
)
from udfs.ledgers import find_heading, uneven_rows
from udfs.results import relation_blocks
from udfs.tables import Reading
from udfs.validate import inspect
from workbook_templates.reading import Edition, Form, available_editions, chain

#: Published documents, which another door reads.
_DOCUMENTS = (".docx", ".pdf")
#: Sources whose cells are told apart by the file itself, not by delimiters.
_WORKBOOKS = (*_DOCUMENTS, ".xlsx", ".xlsm", ".xls")
#: An edition of which less than this share is found is not the source's.
_ENOUGH = 0.25
_YEAR = re.compile(r"(?<!\d)20\d{2}(?!\d)")
#: Two editions whose shares lie closer cannot be told apart.
_CLOSE = 0.1


def import_workbook(source: Path, out: Path | None, edition_name: str | None = None) -> Result:
    """Recognise a source and write our workbook of it; without `out` only say what would be taken over."""
    if out is not None:
        refuse_same_file(source, out)
    sheets, remarks = read_tables(source)
    targets = find_targets(sheets)
    grids = {sheet: grid for sheet, grid in sheets.items() if sheet not in targets.sheets}
    found = recognised(source, grids, edition_named(edition_name) if edition_name else None)
    _refuse_cut_rows(source, found, grids)
    texts = texts_of(found, grids)
    lines = [f"版式：{found.edition.name}，识别出{len(found.tables)}张表，共{len(found.edition.forms)}张", *remarks]
    if not found.year and (year := _year_in_name(source)):
        found = replace(found, year=year)
        lines.append(f"各表没有写明年度，预算年度按文件名填为{year}年，请核对")
    lines += _told_of(found.edition, targets)
    if out is None:
        return Result(source, [*lines, *notes(found, texts)])
    taken = _write(found, texts, targets, out)
    return Result(out, [*lines, *taken])


def _told_of(edition: Edition, targets: Targets) -> list[str]:
    """What was read of performance forms, and what was not taken over."""
    if not targets.sheets:
        return []
    if edition.performance_spec is None:
        return [f"绩效目标表{len(targets.sheets)}张：这一版式的工作簿没有绩效目标表，没有导入"]
    whole = "整体1张，" if targets.unit or targets.amounts else ""
    count = f"{whole}项目{len(targets.projects)}张，指标{len(targets.indicators)}个"
    lines = [f"绩效目标表：{count}，导入项目信息和绩效指标"]
    if targets.loose:
        lines.append(f"绩效目标表中有{len(targets.loose)}行无法对应到指标，没有导入：{targets.loose[0].text[:20]}")
    return lines


def read_tables(source: Path) -> tuple[Mapping[str, Grid], list[str]]:
    """A source's sheets, and what is to be said of how they were read; a Word or PDF document has a sheet a table."""
    if source.suffix.lower() not in _DOCUMENTS:
        return read_source(source), []
    from addin.document import read_document  # its libraries load only where there is a document

    document = read_document(source, read_file(source))
    return document.grids(), [r.message for r in document.remarks]


def recognised(source: Path, grids: Mapping[str, Grid], edition: Edition | None) -> Recognition:
    """The source's tables, in the edition given or the one that fits. Raises InputProblems where nothing is sure."""
    found = recognise(edition, grids) if edition else _fitting(source, grids)
    if not found.tables:
        _say_if_ledger(source, grids)
        problems = [Problem(source.name, f"没有识别出“{found.edition.name}”版式的任何一张表，没有导入")]
        problems += [Problem(source.name, sentence) for sentence in found.unplaced]
        raise InputProblems(problems)
    return found


def _say_if_ledger(source: Path, grids: Mapping[str, Grid]) -> None:
    """Raises InputProblems where a sheet holds no table but a ledger: that is another command's business."""
    edition = edition_named(None)
    for sheet, grid in grids.items():
        if find_heading(grid, edition.spending) is not None or suggest(grid, edition.spending, edition.codes):
            how = f"请用“yusuan new 新工作簿.xlsx --ledger {source.name}”建立工作簿"
            raise InputProblems([Problem(source.name, f"“{sheet}”不是公开表，像是预算明细；{how}")])


def _refuse_cut_rows(source: Path, found: Recognition, grids: Mapping[str, Grid]) -> None:
    """Raises InputProblems where rows of a text file are longer than its headings: their amounts have moved."""
    if source.suffix.lower() in _WORKBOOKS:
        return
    problems = []
    for table in found.tables:
        grid = grids[table.sheet]
        head = max(table.segment.band, key=lambda row: len(grid[row]), default=None)
        if head is not None:
            last = max((*table.segment.body, head))
            problems += uneven_rows(grid[: last + 1], head, f"{table.sheet}.csv", short=False)
    if problems:
        raise InputProblems(problems)


def texts_of(found: Recognition, grids: Mapping[str, Grid]) -> list[SectionText]:
    """The sections of text in the sheets that hold no table."""
    return find_texts(found.edition, grids, frozenset(t.sheet for t in found.tables))


def _fitting(source: Path, grids: Mapping[str, Grid]) -> Recognition:
    """The recognition of the edition that fits best; among those of one family the year decides, where it is known."""
    by_forms: dict[tuple[Form, ...], Recognition] = {}
    every: list[tuple[float, Recognition]] = []
    for name in available_editions():
        edition = edition_named(name)
        if edition.forms not in by_forms:
            by_forms[edition.forms] = recognise(edition, grids)
            every.append((by_forms[edition.forms].score, by_forms[edition.forms]))
    every.sort(key=lambda pair: -pair[0])
    best, found = every[0]
    if best < _ENOUGH:
        _say_if_ledger(source, grids)
        names = "、".join(available_editions())
        problems = [Problem(source.name, f"没有识别出任何一种版式的表格；可以用 --edition 指定版式：{names}")]
        problems += [Problem(source.name, sentence) for sentence in found.unplaced]
        raise InputProblems(problems)
    root = chain(found.edition.folder)[-1]
    near = [r for _, r in every if best - r.score < _CLOSE]
    if any(chain(r.edition.folder)[-1] != root for r in near):
        names = "、".join(r.edition.name for r in near)
        raise InputProblems([Problem(source.name, f"无法确定版式，{names}都有可能，请用 --edition 指定")])
    year = found.year or _year_in_name(source)
    edition = of_year(found.edition, year) if year else found.edition
    return next((r for r in near if r.edition is edition), None) or recognise(edition, grids)


def _year_in_name(source: Path) -> str:
    """The year that a file's name says where no table does; empty where it says none."""
    return next(iter(_YEAR.findall(source.stem)), "")


def of_year(edition: Edition, year: str) -> Edition:
    """Among editions that are one form in several years the one of that year, else the nearest before it."""
    root = chain(edition.folder)[-1]
    family = [edition, *(e for name in available_editions() if chain((e := edition_named(name)).folder)[-1] == root)]
    wanted = int(year) if year else edition.year
    return min(family, key=lambda e: (e.year > wanted, abs(e.year - wanted)))


def _write(found: Recognition, texts: list[SectionText], targets: Targets, out: Path) -> tuple[str, ...]:
    book = Workbook(found.edition.template)
    taken = take_over(found, texts, book.grids, book.names, values_of(found, texts))
    blocks = (*taken.blocks, *target_sheets(found.edition, targets).blocks)
    reading = Reading(found.edition, with_blocks(book.grids, blocks), book.names)
    relations = relation_blocks(inspect(reading))
    book.save_as([*blocks, *relations], out)
    return (*taken.notes, *carry(found.edition, out))


def values_of(found: Recognition, texts: list[SectionText]) -> dict[str, str]:
    """What the source says of its unit, as fields of 基础信息."""
    values = {"unit_name": found.unit, "year": found.year, "document": found.document}
    fields = {f.key: f for f in found.edition.ranges()["basic"][1].fields}
    if "document" in fields and not found.document:
        values["document"] = fields["document"].values[0] if fields["document"].values else ""
    if "level" in fields:
        text = "".join(t.text for t in texts)
        counts = {level: text.count(level) for level in fields["level"].values}
        most = max(counts.values(), default=0)
        levels = [level for level, n in counts.items() if n == most and n]
        values["level"] = levels[0] if len(levels) == 1 else ""
    if "duties" in fields and texts and texts[0].number == 1 and not found.edition.narrative.generated:
        values["duties"] = texts[0].text
    return {key: value for key, value in values.items() if value}
