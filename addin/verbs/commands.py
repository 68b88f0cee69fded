"""One function a command on files: read once, compute, write once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from addin.verbs.computing import (
    Book,
    edition_named,
    edition_of,
    fill_book,
    fill_notes,
    narrate_book,
    table_measures,
    text_notes,
    validate_book,
)
from addin.verbs.signed_edition import carry
from addin.xlsx import Workbook, refuse_same_file, seen_otherwise
from udfs.base import Block, InputProblems, Problem, cell, is_blank, plain, printed, squeezed, text_lines, with_blocks
from udfs.fill import Filled, fill, number_cell
from udfs.ledgers import (
    Ledger,
    UnitInfo,
    UnitRegister,
    check_field,
    kinds_said,
    ledger_pairs,
    name_key,
    read_ledger,
    with_whole_codes,
)
from udfs.narrative import Section
from udfs.results import result_blocks
from udfs.tables import Reading
from udfs.validate import Report
from workbook_templates.reading import Edition, InputRange, LedgerSpec, Sample

if TYPE_CHECKING:
    from udfs.foreign import Carried

#: A ledger that comes to less, in fen, is hardly in yuan.
_LEAST_BUDGET = 10_000_00


class Result(Struct):
    """What a command did: where the result lies, and what it wants said."""

    path: Path
    notes: list[str] = field(default_factory=list)
    filled: Filled | None = None
    sections: tuple[Section, ...] = ()


def write_template(out: Path, edition_name: str | None = None) -> Result:
    """`template`: the empty template of an edition."""
    edition = edition_named(edition_name)
    Workbook(edition.template).save_as([], out)
    return Result(out, carry(edition, out))


def fill_workbook(source: Path, out: Path, *, balanced: bool = False) -> Result:
    """`fill`: the tables of a workbook from its ledger, into a new file."""
    refuse_same_file(source, out)
    book = Workbook(source)
    filled = fill_book(book, balanced=balanced)
    book.save_as(filled.blocks, out)
    return Result(out, [*fill_notes(filled), *carry(edition_of(book), out)], filled)


def narrate_workbook(source: Path, out: Path) -> Result:
    """`narrate`: 情况说明 from the tables, into a new file; what the clerk has edited stays."""
    refuse_same_file(source, out)
    book = Workbook(source)
    sections, plan = narrate_book(book)
    book.save_as(plan.blocks, out)
    return Result(out, [*text_notes(sections, plan), *carry(edition_of(book), out)], sections=sections)


def validate_workbook(source: Path, out: Path | None = None) -> Report:
    """`validate`: every relation and check on a workbook; with `out` the findings are written into a copy."""
    if out:
        refuse_same_file(source, out)
    book = Workbook(source)
    looks = seen_otherwise(book.package, book.reading, book.grids, table_measures(edition_of(book)))
    book.facts = replace(book.facts, looks=tuple((look.sheet, look.cell, look.what) for look in looks))
    inspection, report = validate_book(book)
    if out:
        book.save_as(result_blocks(inspection, report), out)
        carry(inspection.edition, out)
    return report


def new_workbook(
    out: Path,
    *,
    ledger: Path | None = None,
    income: Path | None = None,
    unit: str | None = None,
    kind: str | None = None,
    year: str | None = None,
    edition_name: str | None = None,
    mapping: Path | None = None,
    carried: Carried | None = None,
) -> Result:
    """`new`: a workbook from the template, with the ledgers given, its tables filled where there is one.

    `carried`: what stays of last year's workbook; what is named here goes before it.
    """
    from addin.verbs.ledger_source import beside, ledger_from

    edition = edition_named(edition_name)
    for source in (ledger, income):
        if source:
            refuse_same_file(source, out)
    problems: list[Problem] = []
    notes: list[str] = []
    ledgers: list[Ledger] = []
    kinds: dict[str, str] = {}
    for source, spec in ((ledger, edition.spending), (income, edition.income)):
        if source is None:
            continue
        try:
            own = mapping if spec is edition.spending else beside(mapping, spec)
            reading = ledger_from(source, spec, edition, own, out)
        except InputProblems as found:
            problems += found.problems
            continue
        problems += reading.problems
        notes += reading.notes
        kinds.update(reading.kinds)
        if reading.ledger is not None:
            ledgers.append(reading.ledger)
            if not len(reading.ledger):
                problems.append(Problem(source.name, f"没有任何{spec.sheet}，请检查是否导出了正确的文件"))
    stays = dict(carried.fields.get("basic", {})) if carried else {}
    values = {
        **stays,
        "unit_name": plain(unit) or stays.get("unit_name", ""),
        "unit_kind": kind or stays.get("unit_kind", edition.codes.usual_kind),
        "year": year or str(edition.year),
    }
    notes += [note for item in ledgers if (note := _too_small(item))]
    info = UnitInfo({**stays, **{key: value for key, value in values.items() if value}})
    units, doubts = units_of(ledgers, info, kinds)
    ledgers = [with_whole_codes(item, info) for item in ledgers]
    notes += doubts
    values["document"] = "部门" if len(units) > 1 else stays.get("document", "单位")
    if len(units) == 1:
        values["unit_name"] = values["unit_name"] or units[0][1]
        values["unit_kind"] = kind or units[0][2] or values["unit_kind"]
    own_code = next((code for code, name, _ in units if name_key(name) == name_key(values["unit_name"])), "")
    values["unit_code"] = own_code or stays.get("unit_code", "")
    sheet, basic = edition.ranges()["basic"]
    for f in basic.fields:
        _, message = check_field(values.get(f.key), f)
        if message:
            problems.append(Problem(sheet.name, message, heading=f.label, found=values[f.key]))
    if problems:
        raise InputProblems(problems)
    blocks = [block for item in ledgers for block in ledger_blocks(item)]
    blocks += field_blocks(edition, "basic", values)
    blocks += list_blocks(edition, "units", units)
    if carried:
        blocks += carried_blocks(edition, carried, without=("units",) if units else ())
        notes += carried.notes
    return _from_template(edition, blocks, out, notes, started=False)


def _too_small(ledger: Ledger) -> str:
    """What is to be asked about a ledger that comes to less than any unit's budget; empty where it does not."""
    fen = int(ledger.fen.sum())
    if not 0 < fen < _LEAST_BUDGET:
        return ""
    return f"{ledger.spec.sheet}合计只有{printed(fen):.2f}元，金额可能是以万元或千元填写的，请核对"


def carried_blocks(edition: Edition, carried: Carried, without: tuple[str, ...]) -> list[Block]:
    """The lists that stay, the figures of last year, and the marks for review."""
    blocks: list[Block] = []
    for key, of in carried.fields.items():
        if key != "basic":
            blocks += field_blocks(edition, key, dict(of))
    for key, records in carried.records.items():
        if key not in without:
            blocks += list_blocks(edition, key, [list(line) for line in records])
    for spec in edition.lists:
        if rows := carried.lists.get(spec.range):
            blocks.append(Block(spec.sheet, 2, 1, [list(row) for row in rows]))
    from udfs.foreign import review_blocks  # only a workbook that continues last year's waits for it

    return blocks + review_blocks(edition, carried)


def sample_workbook(out: Path, sample: Sample) -> Result:
    """The workbook of the sample unit: every input sheet filled in, no table yet."""
    from addin.verbs.examples import add_examples

    edition = edition_named(sample.edition)
    book = Workbook(edition.template)
    blocks: list[Block] = []
    for spec, grid in ((edition.spending, sample.grid("ledger")), (edition.income, sample.grid("income"))):
        reading = read_ledger(grid, spec, spec.sheet)
        if reading.ledger is None:
            raise InputProblems(reading.problems)
        blocks += ledger_blocks(reading.ledger)
    for key, (_, part) in edition.ranges().items():
        if part.kind == "fields":
            by_label = {squeezed(label): value for label, value in sample.grid(key)[1:]}
            values = {f.key: by_label.get(squeezed(f.label), "") for f in part.fields}
            blocks += field_blocks(edition, key, values)
        else:
            blocks += list_blocks(edition, key, sample.grid(key)[1:])
    add_examples(book, edition, with_blocks(book.grids, blocks))
    book.save_as(blocks, out)
    return Result(out)


def written_anew(book: Book, out: Path) -> Result:
    """An open workbook whose file cannot be read, as a new file: its values in the template.

    What the clerk has added beside them, sheets and looks, does not come along: `notes` names the sheets. Raises
    InputProblems where the values would not come to lie where the template has them.
    """
    edition = edition_of(book)
    template = Workbook(edition.template)
    moved = [n for n, at in template.names.items() if n in book.names and book.names[n][:3] != at[:3]]
    gone = [name for name in template.grids if name not in book.grids]
    if moved or gone:
        sheets = dict.fromkeys([*gone, *(template.names[name][0] for name in moved)])
        raise InputProblems([Problem(name, "工作表与模板不同（缺少，或插入、删除过行列）") for name in sheets])
    widths = _text_widths(edition)
    blocks = []
    for name, blank in template.grids.items():
        # What the template has there and the workbook no longer goes too.
        grid = [*book.grids[name], *([] for _ in blank[len(book.grids[name]) :])]
        wide = max(map(len, [*grid, *blank]), default=0)
        lines = [
            max(
                [text_lines(text, w) for c, w in widths.get(name, ()) if (text := _filled(grid, blank, r, c))],
                default=1,
            )
            for r in range(1, len(grid) + 1)
        ]
        cells = [[_written(value) for value in line] + [None] * (wide - len(line)) for line in grid]
        if wide:
            blocks.append(Block(name, 1, 1, cells, [n if n > 1 else 0 for n in lines]))
    template.save_as(blocks, out)
    return Result(out, [name for name in book.grids if name not in template.grids])


def _text_widths(edition: Edition) -> dict[str, list[tuple[int, float]]]:
    """By input sheet the columns that hold long texts, with their widths."""
    found: dict[str, list[tuple[int, float]]] = {}
    for sheet, part in edition.ranges().values():
        of = found.setdefault(sheet.name, [])
        if part.kind == "fields":
            of.append((part.column + 1, part.widths[1]))
        else:
            of += [(part.column + n, f.width) for n, f in enumerate(part.columns) if f.type == "long"]
    return found


def _filled(grid: Sequence[Sequence[Any]], blank: Sequence[Sequence[Any]], row: int, column: int) -> str:
    """A text that somebody has filled in; empty where the template has it, and for numbers."""
    value = cell(grid, row, column)
    return value if isinstance(value, str) and value != cell(blank, row, column) else ""


def _written(value: Any) -> Any:
    """A value as Excel hands it over, as one to write: numbers exactly as they show, all else as texts."""
    if isinstance(value, float):
        return Decimal(repr(value))
    return None if is_blank(value) else value if isinstance(value, str) else plain(value)


def input_blocks(edition: Edition, values: Mapping[str, str], units: list[list[Any]]) -> list[Block]:
    """Fields of every range that has them, and the list of units, as they stand on the input sheets."""
    blocks: list[Block] = []
    for key, (_, part) in edition.ranges().items():
        if part.kind == "fields":
            blocks += field_blocks(edition, key, {f.key: values.get(f.key, "") for f in part.fields})
    return blocks + list_blocks(edition, "units", units)


def _from_template(edition: Edition, blocks: list[Block], out: Path, notes: list[str], *, started: bool) -> Result:
    """A workbook from the template with the blocks, and what filling makes of them."""
    book = Workbook(edition.template)
    filled = fill(Reading(edition, with_blocks(book.grids, blocks), book.names), started=started)
    book.save_as([*blocks, *filled.blocks], out)
    return Result(out, [*notes, *carry(edition, out)], filled)


def units_of(ledgers: list[Ledger], info: UnitInfo, kinds: Mapping[str, str]) -> tuple[list[list[Any]], list[str]]:
    """The units named in the ledgers, as rows of the list 所属单位, and what is to be said of them.

    A unit's kind is what the ledger says; that of the workbook's own unit, or of the only one, what `info` says. No
    other is assumed: the clerk is asked.
    """
    pairs = ledger_pairs([ledger for ledger in ledgers if "unit" in ledger.columns])
    register = UnitRegister(info, pairs)
    found = {(unit := register.unit(code, name)).code: unit for code, name in pairs}
    rows = []
    for unit in found.values():
        own = len(found) == 1 or name_key(unit.name) == name_key(info.own.name)
        rows.append([unit.code, unit.name or unit.code, kinds_said(kinds, unit) or (info.own.kind if own else "")])
    notes = [doubt.message for doubt in register.doubts()]
    if unknown := [name for _, name, kind in rows if not kind]:
        names = "、".join(unknown)
        notes.append(f"请在所属单位清单中填写单位性质：{names}；填写前机关运行经费无法核对")

    return rows, notes


def ledger_blocks(ledger: Ledger) -> list[Block]:
    """A clean ledger as it stands on its sheet, below the headings in the first row."""
    spec: LedgerSpec = ledger.spec
    if not len(ledger):
        return []
    columns: list[list[Any]] = []
    for column in spec.columns:
        if column.money:
            columns.append([printed(fen) for fen in ledger.fen.tolist()])
        else:
            columns.append([value or None for value in ledger.texts(column.key)])
    return [Block(spec.sheet, 2, 1, [list(line) for line in zip(*columns, strict=True)])]


def field_blocks(edition: Edition, key: str, values: dict[str, str]) -> list[Block]:
    """The values of a range of fields, each beside its label."""
    sheet, part = edition.ranges()[key]
    blocks = []
    for f, row in part.places:
        text = values.get(f.key, "")
        if text:
            lines = [text_lines(text, part.widths[1])] if f.type == "long" else []
            blocks.append(Block(sheet.name, row, part.column + 1, [[typed(text, f.type)]], lines))
    return blocks


def list_blocks(edition: Edition, key: str, records: list[list[Any]]) -> list[Block]:
    """Records of a list, below its headings."""
    sheet, part = edition.ranges()[key]
    if not records:
        return []
    lines = [
        max(text_lines(text, f.width) if f.type == "long" else 1 for text, f in zip(line, part.columns, strict=True))
        for line in records
    ]
    return [Block(sheet.name, part.row + 1, part.column, [_record(part, line) for line in records], lines)]


def _record(part: InputRange, line: list[Any]) -> list[Any]:
    return [typed(text, f.type) if text else None for text, f in zip(line, part.columns, strict=True)]


def typed(text: str, kind: str) -> Decimal | str:
    """Numbers as numbers, everything else as the text it is: a code with a leading zero stays one."""
    return number_cell(text) if kind in ("year", "count", "number", "money", "wanyuan") else text
