"""The input sheets of a workbook, read and clean."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from udfs.base import Grids, InputProblems, Problem
from udfs.ledgers.facts import FLOW, SPENDING, Facts, build_facts, unit_problems
from udfs.ledgers.ledger import Ledger, empty_ledger
from udfs.ledgers.reader import read_ledger
from udfs.ledgers.unit import Unit, UnitInfo, read_unit
from udfs.ledgers.units import UnitRegister, ledger_pairs
from workbook_templates.reading import Edition

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


def read_content(edition: Edition, grids: Grids, *, started: bool = True) -> Content:
    """Unit, ledgers and facts of a workbook. Raises InputProblems with every fault at once.

    `started`: the clerk has begun to fill in, so that fields needed for the tables and a ledger must be there.
    """
    wanted = [sheet.name for sheet in edition.sheets if sheet.name] + [form.sheet for form in edition.forms]
    missing = [
        Problem(name, "工作簿中缺少这张工作表，请从模板中补回，不要改名") for name in wanted if name not in grids
    ]
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
