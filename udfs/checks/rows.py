"""Family F, the ledgers row by row: units, negative amounts, duplicates, zeros."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from udfs.base import FORCED, HINT, NOTE, Finding, add, say, squeezed
from udfs.checks.registry import Inspection, check
from udfs.checks.standing import NOT_MADE_YET
from udfs.checks.views import content_of, in_rows, ledgers, money_cell, yuan
from udfs.ledgers import (
    FLOW,
    PROJECT,
    SPENDING,
    UnitRegister,
    code_key,
    ledger_pairs,
    name_key,
    unit_problems,
)


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
            same = np.ones(len(view.ledger), bool)
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
        kinds = inspection.edition.codes.unit_kind_words["unit_kinds"]
        message = f"{names}没有填写单位性质，机关运行经费无法核对；请在所属单位清单中填写{kinds}"
        sheet = inspection.edition.ranges()["units"][0].name
        yield Finding("F53", HINT, sheet, "", say("{message}", message=message))


@check("F09", FORCED, "预算明细!M9 金额为 -3000.00 元，没有备注")
def negative_amounts_explained(inspection: Inspection) -> Iterator[Finding]:
    """金额为负数的明细，应在备注中说明原因。"""
    for view in ledgers(inspection):
        if "remark" not in [column.key for column in view.ledger.spec.columns]:
            continue
        fen = view.ledger.fen
        rows = view.rows((fen < 0) & (view.text("remark") == ""))
        if rows:
            amount = yuan(int(fen[view.ledger.rows == rows[0]][0]))
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
        first: dict[tuple[object, ...], int] = {}
        again = [first.setdefault(record, row) != row for row, record in enumerate(view.ledger.records())]
        rows = view.rows(np.array(again, bool))
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
        rows = view.rows(view.ledger.fen == 0)
        if rows:
            message = say("金额为零{where}，不需要的请删除该行", where=in_rows(rows))
            yield Finding("F11", NOTE, view.sheet, money_cell(view, rows[0]), message)


#: A unit's whole budget is hardly less, and its staff cost a head a year neither less nor more, in fen.
_LEAST_BUDGET = 10_000_00
_LEAST_A_HEAD, _MOST_A_HEAD = 1_000_00, 5_000_000_00


@check("F56", HINT, "预算明细合计只有 695.96 元，可能以万元填写")
def the_budget_has_the_size_of_one(inspection: Inspection) -> Iterator[Finding]:
    """预算明细以元为单位：全部支出合计、人均人员经费明显过小或过大的，可能以万元或千元填写。"""
    content = content_of(inspection)
    view = ledgers(inspection)[0]
    facts = content.facts
    total = facts.total(((FLOW, (SPENDING,)),))
    at = money_cell(view, view.rows(np.ones(len(view.ledger), bool))[0])
    if 0 < total < _LEAST_BUDGET:
        words = say(
            "全部支出合计只有{amount}元，按表中万元计不足1万元，金额可能是以万元或千元填写的，请核对",
            "total",
            amount=yuan(total),
        )
        yield Finding("F56", HINT, view.sheet, at, words)
    staff = content.info.text("staff_actual")
    if "expense" not in facts.dimensions or not staff.isdigit() or not int(staff):
        return
    own = facts.units[0].code
    cost = facts.total(((FLOW, (SPENDING,)), ("expense", ("人员经费",)), ("unit", (own,))))
    head = cost // int(staff)
    if 0 < head < _LEAST_A_HEAD or head > _MOST_A_HEAD:
        words = say(
            "本单位人员经费{amount}元、在职{staff}人，人均{head}元，请核对金额是否以元填写、人数是否有误",
            "head",
            amount=yuan(cost),
            staff=staff,
            head=yuan(head),
        )
        yield Finding("F56", HINT, view.sheet, at, words)


@check("F55", FORCED, "表三第 15 行在空行下面，其中的金额没有读取")
def nothing_stands_below_a_table(inspection: Inspection) -> Iterator[Finding]:
    """各表的各行应连续填写；空行下面的金额不属于本表，不会被读取和核对，却会随表公开。"""
    last: dict[str, int] = {}
    for block in inspection.printed.blocks:
        end = max((row.row for row in block.rows), default=0)
        last[block.form.code] = max(last.get(block.form.code, 0), end)
    for form in inspection.edition.forms:
        sheet, top, left = form.place(inspection.names)
        if not inspection.printed.absent.get(form.code, NOT_MADE_YET).endswith(NOT_MADE_YET):
            continue  # nothing of a table that has moved was read, which is said
        grid = inspection.grids.get(sheet, [])
        first = max(last.get(form.code, 0), top + form.first_body_row - 2)
        rows = [
            number
            for number, line in enumerate(grid[first:], first + 1)
            if any(
                isinstance(v, int | float) and not isinstance(v, bool) for v in line[left - 1 : left - 1 + form.width]
            )
        ]
        if rows and not any(s == sheet and t > first for s, t in _starts(inspection, form.code)):
            words = say(
                "空行下面从第{first}行起还有金额{where}，没有读取和核对，请删除空行或删除这些内容",
                first=rows[0],
                where=in_rows(rows),
            )
            yield Finding("F55", FORCED, sheet, f"A{rows[0]}", words)


def _starts(inspection: Inspection, code: str) -> list[tuple[str, int]]:
    """Where the other tables begin: two may lie on one sheet."""
    places = [form.place(inspection.names) for form in inspection.edition.forms if form.code != code]
    return [(sheet, top) for sheet, top, _ in places]
