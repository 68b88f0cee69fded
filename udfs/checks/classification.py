"""Family F, codes and names: known, fitting each other, and with a row to be printed in."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
from msgspec import Struct

from udfs.base import FORCED, HINT, NOTE, Finding, Words, add, address, say, squeezed
from udfs.checks.hygiene import several
from udfs.checks.registry import Inspection, Skipped, check
from udfs.checks.views import LedgerView, content_of, in_rows, ledgers, money_key, yuan
from udfs.ledgers import FLOW, SPENDING, Facts, Mask
from workbook_templates.reading import Filter, FixedRow, LedgerColumn


@check("F04", HINT, "预算明细!C7 功能科目编码 2019901 不在科目表中")
def ledger_codes_known(inspection: Inspection) -> Iterator[Finding]:
    """明细中的科目编码应在当年的科目表中。科目表可能不全，查无此码时请确认，不算错误。"""
    for view in ledgers(inspection):
        for column in view.ledger.spec.columns:
            if not column.code:
                continue
            known = inspection.edition.codes.by_name[column.code]
            texts = view.text(column.key)
            for code in dict.fromkeys(texts):
                if code and code not in known:
                    rows = view.rows(texts == code)
                    message = say(
                        "{heading}{code}不在科目表中{where}，请确认编码是否正确",
                        heading=column.heading,
                        code=code,
                        where=in_rows(rows),
                    )
                    yield Finding("F04", HINT, view.sheet, view.cell(rows[0], column.key), message)


def _named(view: LedgerView) -> Iterator[tuple[LedgerColumn, LedgerColumn]]:
    """Columns that hold the names of a classification's codes, each with the column of codes."""
    for column in view.ledger.spec.columns:
        if column.names and column.key in view.at:
            codes = view.ledger.spec.column(column.names)
            if codes.code:
                yield column, codes


def name_advice(classification: Mapping[str, str], code: str, name: str) -> Words:
    """What is wrong with the name beside a code: whose name it is, where it is another code's."""
    others = [c for c, n in classification.items() if squeezed(n) == squeezed(name) and len(c) == len(code)]
    hint = add("（它是{other}的名称）", other=others[0]) if len(others) == 1 else ""
    return say(
        "科目{code}的名称应为“{wanted}”，现为“{name}”{hint}",
        code=code,
        wanted=classification[code],
        name=name,
        hint=hint,
    )


@check("F05", HINT, "预算明细!D7 科目 2011301 的名称应为“行政运行”")
def ledger_names_fit_codes(inspection: Inspection) -> Iterator[Finding]:
    """明细中填写了科目名称的，名称应与科目表中该编码的名称一致。"""
    former = {squeezed(name) for name in inspection.edition.codes.former_names}
    for view in ledgers(inspection):
        for column, codes in _named(view):
            known = inspection.edition.codes.by_name[codes.code or ""]
            of_code, of_name = view.text(codes.key), view.text(column.key)
            for code, name in dict.fromkeys(zip(of_code, of_name, strict=True)):
                if not name or code not in known or name == known[code]:
                    continue
                if squeezed(name) == squeezed(known[code]) or squeezed(name) in former:
                    continue
                rows = view.rows((of_code == code) & (of_name == name))
                message = say(
                    "{wrong}{where}，请确认编码和名称哪个写错",
                    wrong=name_advice(known, code, name),
                    where=in_rows(rows),
                )
                yield Finding("F05", HINT, view.sheet, view.cell(rows[0], column.key), message)


@check("F06", HINT, "表三!B9 “医疗卫生与计划生育支出”是旧名称，现为“卫生健康支出”")
def names_are_current(inspection: Inspection) -> Iterator[Finding]:
    """明细和各表中的科目应使用当年的名称，不应沿用以前年度的旧名称。"""
    codes = inspection.edition.codes
    current = {squeezed(name): codes.by_name["functional"].get(code, code) for name, code in codes.former_names.items()}
    found: dict[str, list[tuple[str, str]]] = {}
    for view in ledgers(inspection) if inspection.content is not None and inspection.filled_in else []:
        for column, _ in _named(view):
            texts = view.text(column.key)
            for name in dict.fromkeys(texts):
                if name and squeezed(name) in current:
                    cells = [(view.sheet, view.cell(row, column.key)) for row in view.rows(texts == name)]
                    found.setdefault(squeezed(name), []).extend(cells)
    for block in inspection.printed.blocks:
        for row in block.rows:
            for label, text in zip(block.block.labels, row.texts, strict=True):
                if label.shows in ("name", "beside") and squeezed(text) in current:
                    at = address(row.row, block.left + label.at - 1)
                    found.setdefault(squeezed(text), []).append((block.form.sheet, at))
    for name, places in found.items():
        where = several([f"{sheet}!{at}" for sheet, at in places])
        message = say("“{name}”是旧名称，现为“{now}”{where}，请改用现行名称", name=name, now=current[name], where=where)
        yield Finding("F06", HINT, *places[0], message)


def _listed(inspection: Inspection) -> Iterator[tuple[str, str, set[str]]]:
    """For every list of fixed rows that tells codes apart: sheet, dimension, the prefixes that have a row."""
    for form in inspection.edition.forms:
        for block in form.blocks:
            lists: dict[tuple[str, str], set[str]] = {}
            for row in block.rows:
                if isinstance(row, FixedRow) and row.group:
                    for dimension, accepted in row.where:
                        if all(value.endswith("*") for value in accepted):
                            lists.setdefault((row.group, dimension), set()).update(v[:-1] for v in accepted)
            for (_, dimension), prefixes in lists.items():
                yield form.sheet, dimension, prefixes


@check("F07", FORCED, "预算明细!C7 功能科目 2180101 属于 218 类，表一没有这一类的行")
def codes_have_a_printed_row(inspection: Inspection) -> Iterator[Finding]:
    """每笔支出的功能科目都应属于表中印好的某一类，否则这笔钱只在合计中，不在任何一类中，各类之和就不等于合计。"""
    told: set[tuple[str, str]] = set()
    for sheet, dimension, prefixes in _listed(inspection):
        for view in ledgers(inspection):
            if dimension not in [column.key for column in view.ledger.spec.columns]:
                continue
            texts = view.text(dimension)
            for code in dict.fromkeys(texts):
                if code and not code.startswith(tuple(prefixes)) and (dimension, code) not in told:
                    told.add((dimension, code))
                    rows = view.rows(texts == code)
                    heading = view.ledger.spec.column(dimension).heading
                    message = say(
                        "{heading}{code}所属的类在{sheet}中没有行{where}，请更正编码",
                        heading=heading,
                        code=code,
                        sheet=sheet,
                        where=in_rows(rows),
                    )
                    yield Finding("F07", FORCED, view.sheet, view.cell(rows[0], dimension), message)


def _spending(facts: Facts, where: Filter = ()) -> Mask:
    return facts.mask(((FLOW, (SPENDING,)), *where))


@check("F12", HINT, "行政单位的 30101 基本工资应对应 50101，现为 50501")
def economic_items_pair(inspection: Inspection) -> Iterator[Finding]:
    """部门经济科目与政府经济科目应按单位性质对应：行政和参公单位用机关各类，事业单位用对事业单位补助各类。"""
    facts = content_of(inspection).facts
    if "governmental" not in facts.dimensions:
        raise Skipped("这一版式的预算明细没有政府经济科目")
    view = ledgers(inspection)[0]
    pairing = {kind.name: kind.pairing for kind in inspection.edition.codes.unit_kinds.values()}
    allowed: dict[tuple[str, str], set[str]] = {}
    for item, kind, other in inspection.edition.codes.pairing:
        for one in pairing.values() if kind == "*" else (kind,):
            allowed.setdefault((item, one), set()).add(other)
    at = np.flatnonzero(_spending(facts))
    columns = [facts.dimensions[key] for key in ("departmental", "governmental", "unit_kind")]
    groups: dict[tuple[str, str, str], list[int]] = {}
    for index, *codes in zip(at, *(column.codes[at] for column in columns), strict=True):
        item, other, kind = (column.values[code] for column, code in zip(columns, codes, strict=True))
        right = allowed.get((item, pairing.get(kind, "")))
        if right and other and other not in right:
            groups.setdefault((item, other, kind), []).append(int(facts.rows[index]))
    for (item, other, kind), rows in groups.items():
        wanted = "或".join(f"{code}{facts.name('governmental', code)}" for code in sorted(allowed[item, pairing[kind]]))
        message = say(
            "{kind}单位的部门经济科目{item}{item_name}一般对应政府经济科目{wanted}，现为{other}{other_name}{where}，请确认",
            kind=kind,
            item=item,
            item_name=facts.name("departmental", item),
            wanted=wanted,
            other=other,
            other_name=facts.name("governmental", other),
            where=in_rows(rows),
        )
        yield Finding("F12", HINT, view.sheet, view.cell(rows[0], "governmental"), message)


class Companion(Struct, frozen=True):
    """A departmental item that stands under one functional item; `share` of the item `base` is its usual amount."""

    item: str
    function: str
    base: str
    share: Decimal
    tolerance: Decimal


@cache
def _companions(path: Path) -> tuple[Companion, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(
            Companion(
                row["departmental"],
                row["functional"],
                row["base"],
                Decimal(row["share"] or 0),
                Decimal(row["tolerance"] or 0),
            )
            for row in csv.DictReader(file)
        )


def companions(inspection: Inspection) -> tuple[Companion, ...]:
    """Which departmental items stand under which functional items."""
    path = inspection.edition.codes.file("companions.csv")
    if not path.is_file():
        raise Skipped("科目表中没有这种对应关系")
    return _companions(path)


@check("F13", NOTE, "30113 住房公积金列在 2011301，一般列在 2210201")
def items_stand_under_their_function(inspection: Inspection) -> Iterator[Finding]:
    """住房公积金、基本养老保险缴费、职业年金缴费的部门经济科目与同名的功能科目一般相互对应。"""
    facts = content_of(inspection).facts
    view = ledgers(inspection)[0]
    for pair in companions(inspection):
        item = _spending(facts, (("departmental", (pair.item,)),))
        function = _spending(facts, (("function", (pair.function,)),))
        names = (
            f"部门经济科目{pair.item}{facts.name('departmental', pair.item)}",
            f"功能科目{pair.function}{facts.name('function', pair.function)}",
        )
        sides = ((item & ~function, "function", names), (function & ~item, "departmental", names[::-1]))
        for mask, key, (one, other) in sides:
            rows = [int(row) for row in facts.rows[mask]]
            if rows:
                amount = yuan(int(facts.fen[mask].sum()))
                message = say(
                    "{one}有{amount}元不在{other}中{where}，一般应当对应，请留意",
                    one=one,
                    amount=amount,
                    other=other,
                    where=in_rows(rows),
                )
                yield Finding("F13", NOTE, view.sheet, view.cell(rows[0], key), message)


def _by_unit(facts: Facts, mask: Mask) -> dict[int, tuple[int, int]]:
    """The fen of the facts in a mask and the first row of them, by the number of their unit, in order of units."""
    units = facts.dimensions["unit"].codes[mask]
    found, first, place = np.unique(units, return_index=True, return_inverse=True)
    fen = np.zeros(len(found), np.int64)
    np.add.at(fen, place, facts.fen[mask])
    rows = facts.rows[mask][first]
    return dict(zip(found.tolist(), zip(fen.tolist(), rows.tolist(), strict=True), strict=True))


@check("F14", NOTE, "职业年金缴费 190000.00 元，按养老保险缴费的一半应为 205524.50 元")
def shares_are_usual(inspection: Inspection) -> Iterator[Finding]:
    """各单位的职业年金缴费一般为基本养老保险缴费的一半，相差超过百分之一的予以提示。"""
    facts = content_of(inspection).facts
    view = ledgers(inspection)[0]
    for pair in companions(inspection):
        if not pair.base:
            continue
        spent, based = (
            _by_unit(facts, _spending(facts, (("departmental", (code,)),))) for code in (pair.item, pair.base)
        )
        for unit, (amount, row) in spent.items():
            whole = based.get(unit, (0, 0))[0]
            usual = whole * pair.share
            if not amount or not whole or abs(amount - usual) <= abs(usual) * pair.tolerance:
                continue
            names = [facts.name("departmental", code) for code in (pair.item, pair.base)]
            left, right = yuan(amount), f"{usual / 100:.2f}"
            message = say(
                "{item}{left}元，按{base}的{share}应约为{right}元，请留意",
                item=names[0],
                left=left,
                base=names[1],
                share=f"{pair.share:.0%}",
                right=right,
            )
            at = view.cell(row, money_key(view))
            yield Finding("F14", NOTE, view.sheet, at, message, left, right, f"{(amount - usual) / 100:.2f}")
