"""Family F, the ledgers row by row: units, negative amounts, duplicates, zeros."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from udfs.base import FORCED, HINT, NOTE, Finding, add, say, squeezed
from udfs.checks.registry import Inspection, check
from udfs.checks.views import content_of, in_rows, ledgers, money_cell, yuan
from udfs.ledgers import FEN, PROJECT, ROW, UnitRegister, code_key, ledger_pairs, name_key, unit_problems


@check("F08", FORCED, "单位“038002 某服务中心”不在所属单位清单中")
def units_are_listed(inspection: Inspection) -> Iterator[Finding]:
    """明细中出现的单位应在基础信息的所属单位清单中，并填明性质，否则无法编制机关运行经费表。"""
    content = content_of(inspection)
    own = content.info.own
    faults = unit_problems(content.facts, inspection.edition.spending, content.info)
    listed = {unit.code for unit in (*content.info.units, own)}
    missing = [unit for unit in content.facts.units if not unit.kind and unit.code not in listed]
    view = ledgers(inspection)[0]
    units = content.facts.dimensions["unit"]
    for unit, problem in zip(missing, faults, strict=True):
        rows = [int(row) for row in dict.fromkeys(content.facts.rows[units.mask([unit.code])]) if row]
        at = view.cell(rows[0], "unit" if "unit" in view.at else "unit_name") if rows else ""
        told = add("{message}", message=problem.message)
        words = say("{told}{where}", unit=f"{unit.code} {unit.name}", told=told, where=in_rows(rows) if rows else "")
        yield Finding("F08", FORCED, problem.sheet, at, words)


def _doubts(inspection: Inspection, *, certain: bool) -> Iterator[tuple[str, str, str]]:
    """What is in doubt about units: sheet, cell and message."""
    content = content_of(inspection)
    register = UnitRegister(content.info, ledger_pairs((content.spending, content.income)))
    basic = inspection.edition.ranges()["basic"][0].name
    for doubt in register.doubts():
        if doubt.certain != certain:
            continue
        sheet, at, where = basic, "", ""
        for view in ledgers(inspection):
            same = np.ones(len(view.ledger.frame), bool)
            for key, text in (("unit", doubt.code), ("unit_name", doubt.name)):
                same &= view.text(key) == text
            rows = view.rows(same)
            if rows:
                key = "unit" if "unit" in view.at else "unit_name"
                sheet, at, where = view.sheet, view.cell(rows[0], key), str(in_rows(rows))
                break
        yield sheet, at, f"{doubt.message}{where}"


@check("F51", FORCED, "预算明细!N9 单位编码“038003”有两个名称")
def units_are_told_apart(inspection: Inspection) -> Iterator[Finding]:
    """同一单位编码只应有一个名称，同一名称只应有一个编码，单位性质在基础信息各处应一致。"""
    for sheet, at, message in _doubts(inspection, certain=True):
        yield Finding("F51", FORCED, sheet, at, say("{message}", message=message))


@check("F52", HINT, "预算明细!N9 单位编码“38001”与“038001”只差前面的0")
def names_written_alike_are_one(inspection: Inspection) -> Iterator[Finding]:
    """单位、项目的名称只差括号、空格或全半角的，编码只差前面的0的，按同一个处理，应统一写法；确属两个的应改名区分。"""
    for sheet, at, message in _doubts(inspection, certain=False):
        yield Finding("F52", HINT, sheet, at, say("{message}", "unit", message=message))
    view = ledgers(inspection)[0]
    names = view.text(PROJECT)
    first: dict[str, str] = {}
    for name in dict.fromkeys(names.tolist()):
        same = first.setdefault(name_key(name), name)
        if same != name:
            rows = view.rows(names == name)
            how = "按同一项目处理" if squeezed(same) == squeezed(name) else "按两个项目处理"
            message = f"项目“{name}”与“{same}”只差括号、空格或全半角，{how}；是同一项目的请统一写法，不是的请改名区分"
            words = say("{message}{where}", "project", message=message, where=in_rows(rows))
            yield Finding("F52", HINT, view.sheet, view.cell(rows[0], PROJECT), words)


def _own_key(inspection: Inspection) -> str:
    """The workbook's own code, as codes are compared: its kind stands among its fields."""
    return code_key(inspection.info.own.code) if inspection.info.own.kind else ""


@check("F53", HINT, "基础信息!G6 “038003 某会展中心”没有填写单位性质")
def kinds_of_units_are_said(inspection: Inspection) -> Iterator[Finding]:
    """有支出的每个单位都应填明单位性质：行政和参公单位编列机关运行经费，事业单位不编列。"""
    unknown = [unit for unit in inspection.info.units if not unit.kind and code_key(unit.code) != _own_key(inspection)]
    if inspection.content is not None:
        unknown = list(dict.fromkeys([*unknown, *inspection.content.units_of_unknown_kind]))
    if unknown:
        names = "、".join(f"“{unit.code} {unit.name}”" for unit in unknown[:5])
        message = f"{names}没有填写单位性质，机关运行经费无法核对；请在所属单位清单中填写行政、参公事业或事业"
        sheet = inspection.edition.ranges()["units"][0].name
        yield Finding("F53", HINT, sheet, "", say("{message}", message=message))


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
