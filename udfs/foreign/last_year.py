"""A new year from last year's workbook: what stays is carried for review, last year's amounts become 上年数据."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.base import Block, half_up
from udfs.ledgers import REVIEW, mark_of_list
from udfs.reconciliation import Expansion
from udfs.tables import Reading
from workbook_templates.reading import Edition, EditionError, InputRange, LedgerSpec, read_terms


class Carried(Struct, frozen=True):
    """What last year gives: its year, fields and records by range, the figures of 上年数据, and what is to be said.

    `lists`: by the range of a list of its own the rows that last year's tables give it, a value for each column.
    """

    year: str
    fields: Mapping[str, Mapping[str, str]]
    records: Mapping[str, Sequence[Sequence[str]]]
    notes: tuple[str, ...]
    lists: Mapping[str, Sequence[Sequence[str | Decimal | None]]] = {}


def carry(edition: Edition, reading: Reading, *, figures_only: bool = False) -> Carried:
    """What last year's workbook gives for one of `edition`; `figures_only`: last year's amounts and nothing else."""
    last = reading.edition
    old = last.ranges()
    fields: dict[str, dict[str, str]] = {}
    records: dict[str, list[list[str]]] = {}
    notes: list[str] = []
    for key, (sheet, part) in edition.ranges().items():
        if not figures_only and key in old and part.kind == old[key][1].kind:
            if part.kind == "fields":
                fields[key] = _fields(part, reading)
            elif part.carry:
                records[key] = _records(part, reading)
        figures, missing = _figures(part, reading)
        if figures:
            fields[key] = {**fields.get(key, {}), **figures}
        if missing:
            notes.append(f"{sheet.name}：上年的表中没有“{'”“'.join(missing)}”，请手工填写")
    labels = {f.key: f.label for _, part in edition.ranges().values() for f in part.fields}
    kept = [labels[k] for key, of in fields.items() for k in of if k in labels and not _has_last(edition, key, k)]
    if kept:
        notes.append(f"沿用上年、需要核对的项目：{'、'.join(kept)}；核对后删去“填写说明”中的“{REVIEW}”")
    for key, lines in records.items():
        if lines:
            part = edition.ranges()[key][1]
            notes.append(f"沿用上年、需要核对的清单：{part.title}{len(lines)}行")
    lists = {spec.range: rows for spec in edition.lists if (rows := _listed(spec, reading))}
    notes += [f"{s.sheet}：由上年各表填入{len(lists[s.range])}行，请核对" for s in edition.lists if s.range in lists]
    kept_records = {key: lines for key, lines in records.items() if lines}
    return Carried(reading.info.year, fields, kept_records, tuple(notes), lists)


def _listed(spec: LedgerSpec, reading: Reading) -> list[list[str | Decimal | None]]:
    """The rows of a list that last year's tables give, in the order of its columns; what does not stand gives none."""
    last, then = reading.edition, reading.printed
    expansion = Expansion(then, last.codes)
    rows: list[list[str | Decimal | None]] = []
    for value, text in spec.last:
        try:
            refs = read_terms(text, last.forms, spec.sheet)
        except EditionError:
            continue
        by_key: dict[str, int] = {}
        for cell in expansion.cells(refs, "", ""):
            part = then.block_of(cell)
            key = part.rows[(cell - part.first) // len(part.block.columns)].path if value == "*" else value
            by_key[key] = by_key.get(key, 0) + int(then.places[cell] * then.scale[cell])
        named = next((c.key for c in spec.columns if (c.code if value == "*" else value in c.values)), "")
        for key, fen in by_key.items():
            own: dict[str, str | Decimal] = {named: key}
            only = {c.key: c.values[0] for c in spec.columns if len(c.values) == 1}
            amount = {c.key: Decimal(fen).scaleb(-2) for c in spec.columns if c.money}
            whole = {**only, **own, **amount}
            rows += [[whole.get(c.key) for c in spec.columns]] if fen else []
    return rows


def _has_last(edition: Edition, key: str, name: str) -> bool:
    return any(f.key == name and f.last for f in edition.ranges()[key][1].fields)


def _fields(part: InputRange, last: Reading) -> dict[str, str]:
    """The fields that stay and that last year's workbook had filled in."""
    (values,), _ = last.range(part.key)
    return {f.key: values[f.key] for f in part.fields if f.carry and values.get(f.key)}


def _records(part: InputRange, last: Reading) -> list[list[str]]:
    """The records that stay, without the columns that do not."""
    found, _ = last.range(part.key)
    key, wanted = part.carry_if
    kept = [record for record in found if not key or record.get(key, "") == wanted]
    return [["" if f.key in part.drop else record.get(f.key, "") for f in part.columns] for record in kept]


def _figures(part: InputRange, reading: Reading) -> tuple[dict[str, str], list[str]]:
    """The fields that hold last year's amounts, in 万元; and the labels of those that its tables do not print."""
    last, then = reading.edition, reading.printed
    expansion = Expansion(then, last.codes)
    figures: dict[str, str] = {}
    missing: list[str] = []
    for field in part.fields:
        if not field.last:
            continue
        try:
            refs = read_terms(field.last, last.forms, field.label)
        except EditionError:
            missing.append(field.label)
            continue
        if any(ref.form in then.absent for ref in refs) or not then.filled.any():
            missing.append(field.label)
            continue
        cells = list(expansion.cells(refs, "", ""))
        fen = int((then.places[cells] * then.scale[cells]).sum()) if cells else 0
        figures[field.key] = f"{half_up(Decimal(fen).scaleb(-6)):f}"
    return figures, missing


def review_blocks(edition: Edition, carried: Carried) -> list[Block]:
    """The marks beside everything that was carried."""
    blocks = []
    for key, (sheet, part) in edition.ranges().items():
        if part.kind == "fields":
            for field, row in part.places:
                if carried.fields.get(key, {}).get(field.key) and not field.last:
                    blocks.append(Block(sheet.name, row, part.column + 2, [[f"{REVIEW}{field.help}"]]))
        elif key in carried.records:
            at = mark_of_list(part)
            text = f"{REVIEW}{part.title}（{part.help.rstrip('。')}）" if at[0] < part.row else REVIEW
            blocks.append(Block(sheet.name, *at, [[text]]))
    return blocks
