"""A new year from last year's workbook: what stays is carried for review, last year's amounts become 上年数据."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.base import Block, half_up
from udfs.ledgers import REVIEW, mark_of_list
from udfs.reconciliation import Expansion
from udfs.tables import Reading
from workbook_templates.reading import Edition, EditionError, InputRange, read_terms


class Carried(Struct, frozen=True):
    """What last year gives: its year, fields and records by range, the figures of 上年数据, and what is to be said."""

    year: str
    fields: Mapping[str, Mapping[str, str]]
    records: Mapping[str, Sequence[Sequence[str]]]
    notes: tuple[str, ...]


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
    return Carried(reading.info.year, fields, {key: lines for key, lines in records.items() if lines}, tuple(notes))


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
