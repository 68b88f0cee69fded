"""The input sheets of a workbook, read and clean."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import Grids, InputProblems, Problem, cell, squeezed
from udfs.ledgers.facts import FLOW, SPENDING, Facts, build_facts, unit_problems
from udfs.ledgers.ledger import Ledger, LedgerReading, empty_ledger, numbered
from udfs.ledgers.unit import Unit, UnitInfo
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
    lists: tuple[Ledger, ...] = ()  #: what is in neither ledger, as procurement

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The two ledgers and the lists beside them."""
        return self.spending, self.income, *self.lists

    @property
    def units_of_unknown_kind(self) -> tuple[Unit, ...]:
        """Units with spending of which nobody has said what kind they are of."""
        unit = self.facts.dimensions["unit"]
        used = {unit.values[code] for code in numbered(unit.codes)[1]}
        return tuple(u for u in self.facts.units if not u.kind and u.code in used)

    @property
    def circumstances(self) -> frozenset[str]:
        """Which optional rows the tables have: `department` for a department or a ledger of several units."""
        units = self.facts.dimensions["unit"]
        spending = self.facts.mask(((FLOW, (SPENDING,)),))
        several = len(numbered(units.codes[spending])[1]) > 1
        return frozenset({"department"} if several or self.info.is_department else ())


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


def missing_sheets(edition: Edition, grids: Grids) -> list[Problem]:
    """The sheets of the template, besides those of the tables, that a workbook lacks."""
    tables = {form.sheet for form in edition.forms}
    wanted = dict.fromkeys(sheet.name for sheet in edition.sheets if sheet.name and sheet.name not in tables)
    return [Problem(name, _LOST) for name in wanted if name not in grids]


def gather(
    info: UnitInfo, ledgers: Sequence[LedgerReading], edition: Edition
) -> tuple[Content | None, tuple[Problem, ...]]:
    """The content that a unit and its ledgers, as read, make together; without content every fault that stops it."""
    problems = [*info.problems, *(problem for reading in ledgers for problem in reading.problems)]
    if problems:
        return None, tuple(problems)
    spending, income, *lists = (
        read.ledger or empty_ledger(spec) for read, spec in zip(ledgers, edition.ledgers, strict=True)
    )
    facts = build_facts(spending, income, info, edition.codes, lists)
    notes = [note for reading in ledgers for note in reading.notes]
    notes += [d.message for d in UnitRegister(info, ledger_pairs((spending, income))).doubts()]
    found = Content(info, spending, income, facts, (), tuple(lists))
    if unknown := found.units_of_unknown_kind:
        names = "、".join(unit.name or unit.code for unit in unknown)
        notes.append(f"没有填写单位性质的单位：{names}，机关运行经费未计入，填写前无法核对")
    return replace(found, notes=tuple(notes)), ()


def begun(edition: Edition, info: UnitInfo, content: Content | None, problems: Sequence[Problem]) -> Content:
    """The content of a workbook that the clerk has begun to fill in: what the tables cannot do without is there.

    `problems`: why there is no content. Raises InputProblems with every fault at once.
    """
    sheet, basic = edition.ranges()["basic"]
    lacking = [
        Problem(sheet.name, "没有填写，生成各表需要这一项", heading=field.label)
        for field in basic.fields
        if field.key in NEEDED_FIELDS and not info.text(field.key)
    ]
    if content is None or lacking:
        own = len(info.problems)
        raise InputProblems([*problems[:own], *lacking, *problems[own:]])
    if not len(content.spending) and not len(content.income):
        raise InputProblems([Problem(edition.spending.sheet, "没有任何明细，请先导入或填写预算明细，再生成各表")])
    if unclear := unit_problems(content.facts, edition.spending, info):
        raise InputProblems(unclear)
    return content
