"""Family F, the ledgers row by row: units, negative amounts, duplicates, zeros."""

from __future__ import annotations

from collections.abc import Iterator

from udfs.base import FORCED, HINT, NOTE, Finding, add, say
from udfs.checks.registry import Inspection, check
from udfs.checks.views import content_of, in_rows, ledgers, money_cell, yuan
from udfs.ledgers import FEN, ROW, unit_problems


@check("F08", FORCED, "单位“038002 某服务中心”不在所属单位清单中")
def units_are_listed(inspection: Inspection) -> Iterator[Finding]:
    """明细中出现的单位应在基础信息的所属单位清单中，并填明性质，否则无法编制机关运行经费表。"""
    content = content_of(inspection)
    own = content.info.own
    faults = unit_problems(content.facts, inspection.edition.spending)
    missing = [unit for unit in content.facts.units if not unit.kind]
    view = ledgers(inspection)[0]
    units = content.facts.dimensions["unit"]
    for unit, problem in zip(missing, faults, strict=True):
        if unit.code == own.code:
            continue  # the blank field of the unit itself is reported as such
        rows = [int(row) for row in dict.fromkeys(content.facts.rows[units.mask([unit.code])]) if row]
        at = view.cell(rows[0], "unit" if "unit" in view.at else "unit_name") if rows else ""
        told = add("{message}", message=problem.message)
        words = say("{told}{where}", unit=f"{unit.code} {unit.name}", told=told, where=in_rows(rows) if rows else "")
        yield Finding("F08", FORCED, problem.sheet, at, words)


@check("F09", FORCED, "预算明细!M9 金额为 -3000.00 元，没有备注")
def negative_amounts_explained(inspection: Inspection) -> Iterator[Finding]:
    """金额为负数的明细，应在备注中说明原因。"""
    for view in ledgers(inspection):
        if "remark" not in [column.key for column in view.ledger.spec.columns]:
            continue
        fen = view.ledger.frame[FEN].to_numpy()
        rows = view.rows((fen < 0) & (view.text("remark") == ""))
        if rows:
            amount = yuan(int(fen[(view.ledger.frame[ROW] == rows[0]).to_numpy()][0]))
            message = say(
                "金额为负数（{amount}元）而没有备注{where}，请在备注中说明原因，或更正金额",
                amount=amount,
                where=in_rows(rows),
            )
            yield Finding("F09", FORCED, view.sheet, money_cell(view, rows[0]), message)


@check("F10", HINT, "预算明细第 12 行与前面的第 7 行完全相同")
def ledger_rows_differ(inspection: Inspection) -> Iterator[Finding]:
    """明细中不应有各列完全相同的行；确属两笔的，请在备注中区分。"""
    for view in ledgers(inspection):
        frame = view.ledger.frame.drop(columns=ROW)
        rows = view.rows(frame.duplicated().to_numpy())
        if rows:
            message = say(
                "第{first}行与前面的行完全相同{where}，请删除重复的行，确属两笔的请在备注中区分",
                first=rows[0],
                where=in_rows(rows),
            )
            yield Finding("F10", HINT, view.sheet, money_cell(view, rows[0]), message)


@check("F11", NOTE, "预算明细!M9 金额为零")
def no_zero_amounts(inspection: Inspection) -> Iterator[Finding]:
    """金额为零的明细不影响各表金额，但会使科目和项目列入表中，通常可以删除。"""
    for view in ledgers(inspection):
        rows = view.rows(view.ledger.frame[FEN].to_numpy() == 0)
        if rows:
            message = say("金额为零{where}，不需要的请删除该行", where=in_rows(rows))
            yield Finding("F11", NOTE, view.sheet, money_cell(view, rows[0]), message)
