"""The input sheets of a workbook, read and clean."""

from __future__ import annotations

import re

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from udfs.base import Grids, InputProblems, Problem, cell, squeezed
from udfs.ledgers.facts import FLOW, SPENDING, Facts, build_facts, unit_problems
from udfs.ledgers.ledger import Ledger, empty_ledger
from udfs.ledgers.reader import read_ledger
from udfs.ledgers.unit import Unit, UnitInfo, read_unit
from udfs.ledgers.units import UnitRegister, ledger_pairs
from workbook_templates.reading import Edition

_LOST = "工作簿中缺少这张工作表，请从模板中补回，不要改名"
_YEAR = re.compile(r"\d{4}")
#: Fields of 基础信息 without which no table can be made.
NEEDED_FIELDS = ("unit_name", "year", "unit_kind")


class Content(Struct, frozen=True):
    """What the input sheets hold, read and clean."""

    info: UnitInfo
    spending: Ledger
    income: Ledger
    facts: Facts
    notes: tuple[str, ...]

    @property
    def units_of_unknown_kind(self) -> tuple[Unit, ...]:
        """Units with spending of which nobody has said whether they are 行政, 参公事业 or 事业."""
        unit = self.facts.dimensions["unit"]
        used = {unit.values[code] for code in np.unique(unit.codes)}
        return tuple(u for u in self.facts.units if not u.kind and u.code in used)

    @property
    def circumstances(self) -> frozenset[str]:
        """Which optional rows the tables have: `department` for a department or a ledger of several units."""
        units = self.facts.dimensions["unit"]
        spending = self.facts.mask(((FLOW, (SPENDING,)),))
        several = len(np.unique(units.codes[spending])) > 1
        return frozenset({"department"} if several or self.info.is_department else ())


def read_info(edition: Edition, grids: Grids) -> UnitInfo:
    """The unit from the sheet that holds the fields of 基础信息."""
    ranges = edition.ranges()
    sheet = ranges["basic"][0].name
    return read_unit(grids.get(sheet, []), {key: r for key, (_, r) in ranges.items()}, sheet)


def lost_tables(edition: Edition, grids: Grids) -> dict[str, Problem]:
    """The official tables whose sheets the workbook does not have, with what is wrong: one may have been renamed."""
    known = {sheet.name for sheet in edition.sheets} | {form.sheet for form in edition.forms}
    titles = {name: _YEAR.sub("", squeezed(cell(grid, 1, 1))) for name, grid in grids.items() if name not in known}
    lost: dict[str, Problem] = {}
    for form in edition.forms:
        if form.sheet in grids:
            continue
        title = {_YEAR.sub("", squeezed(edition.worded(form.title, "0000", d))) for d in ("单位", "部门")}
        same = [name for name, text in titles.items() if text in title]
        message = f"这张工作表被改名为“{same[0]}”，请把名称改回“{form.sheet}”" if len(same) == 1 else _LOST
        lost[form.sheet] = Problem(form.sheet, message)
    return lost


def read_content(edition: Edition, grids: Grids, *, started: bool = True) -> Content:
    """Unit, ledgers and facts of a workbook. Raises InputProblems with every fault at once.

    `started`: the clerk has begun to fill in, so that fields needed for the tables and a ledger must be there.
    """
    lost = lost_tables(edition, grids)
    wanted = {sheet.name: None for sheet in edition.sheets if sheet.name}
    missing = [Problem(name, _LOST) for name in wanted if name not in grids and name not in lost]
    missing += lost.values()
    if missing:
        raise InputProblems(missing)
    info = read_info(edition, grids)
    problems = list(info.problems)
    sheet, basic = edition.ranges()["basic"]
    problems.extend(
        Problem(sheet.name, "没有填写，生成各表需要这一项", heading=field.label)
        for field in basic.fields
        if started and field.key in NEEDED_FIELDS and not info.text(field.key)
    )
    readings = [read_ledger(grids[spec.sheet], spec, spec.sheet) for spec in (edition.spending, edition.income)]
    for reading in readings:
        problems += reading.problems
    if problems:
        raise InputProblems(problems)
    spending, income = (
        r.ledger or empty_ledger(r_spec) for r, r_spec in zip(readings, (edition.spending, edition.income), strict=True)
    )
    if started and not len(spending.frame) and not len(income.frame):
        raise InputProblems([Problem(edition.spending.sheet, "没有任何明细，请先导入或填写预算明细，再生成各表")])
    facts = build_facts(spending, income, info, edition.codes)
    problems += unit_problems(facts, edition.spending, info) if started else []
    if problems:
        raise InputProblems(problems)
    notes = [note for r in readings for note in r.notes]
    notes += [d.message for d in UnitRegister(info, ledger_pairs((spending, income))).doubts()]
    found = Content(info, spending, income, facts, ())
    if unknown := found.units_of_unknown_kind:
        names = "、".join(unit.name or unit.code for unit in unknown)
        notes.append(f"没有填写单位性质的单位：{names}，机关运行经费未计入，填写前无法核对")
    return replace(found, notes=tuple(notes))
