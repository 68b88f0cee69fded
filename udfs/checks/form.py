"""Family F, the input sheets: what they hold can be used, is complete, and agrees with the classifications."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from udfs.amounts import printed
from udfs.checks.hygiene import error_cells, ledger_columns, several
from udfs.checks.ledger import NO_LEDGER
from udfs.checks.registry import Inspection, Skipped, check
from udfs.facts import FLOW, SPENDING, Facts, Mask, unit_problems
from udfs.findings import FORCED, HINT, NOTE, Finding
from udfs.ledger import FEN, ROW, Ledger
from udfs.problems import Problem, address
from udfs.texts import squeezed
from udfs.unit import read_fields, read_records
from udfs.workbook import Content, cell
from workbook_templates.forms import Filter, FixedRow
from workbook_templates.inputs import Field, InputRange, LedgerColumn

NO_CONTENT = "输入表有误，更正后才能核对"

T = TypeVar("T")

#: What read_unit reads, whose faults are among the problems of the workbook.
_READ_WITH_UNIT = ("basic", "units")

#: A field's label without what leads it in and without its unit of measure.
_LABEL = re.compile(r"^(其中:|其中：)?(.*?)(（[^（）]*元）)?$")

#: Kinds of unit as the list of pairs names them.
_PAIRING_KIND = {"行政": "行政", "参公事业": "行政", "事业": "事业"}


@dataclass(frozen=True)
class LedgerView:
    """A ledger with the sheet column (from 1) of each of its columns that the sheet has."""

    ledger: Ledger
    at: Mapping[str, int]

    @property
    def sheet(self) -> str:
        """Name of its sheet."""
        return self.ledger.spec.sheet

    def cell(self, row: int, key: str) -> str:
        """Address of a row's cell in a column; the first column where the sheet has no such column."""
        return address(row, self.at.get(key, 1))

    def text(self, key: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        """A column's texts."""
        values: np.ndarray[tuple[int], np.dtype[np.object_]] = self.ledger.frame[key].astype(object).to_numpy()
        return values

    def rows(self, mask: Mask) -> list[int]:
        """Sheet rows that a mask selects."""
        return [int(row) for row in self.ledger.frame[ROW].to_numpy()[mask]]


def _content(inspection: Inspection) -> Content:
    if inspection.content is None:
        raise Skipped(NO_CONTENT, undecided=True)
    if not inspection.filled_in:
        raise Skipped(NO_LEDGER, undecided=True)
    return inspection.content


def _once(inspection: Inspection, key: str, make: Callable[[], T]) -> T:
    """What several checks need, made once an inspection and kept in it, as a cached property is."""
    kept: dict[str, T] = vars(inspection)
    if key not in kept:
        kept[key] = make()
    return kept[key]


def _ledgers(inspection: Inspection) -> list[LedgerView]:
    content = _content(inspection)
    return _once(inspection, "_ledger_views", lambda: _views(inspection, content))


def _views(inspection: Inspection, content: Content) -> list[LedgerView]:
    found = [ledger for ledger in (content.spending, content.income) if len(ledger.frame)]
    return [LedgerView(ledger, ledger_columns(inspection.grids[ledger.spec.sheet], ledger.spec)) for ledger in found]


def _in_rows(rows: Sequence[int]) -> str:
    return several([f"第{row}行" for row in rows])


def _yuan(fen: int) -> str:
    return f"{printed(fen):.2f}"


def _problem_findings(number: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    """One finding for all problems of one kind in a column: the first one's cell, and how many there are."""
    groups: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.sheet, problem.heading, problem.message, problem.found), []).append(problem)
    for (sheet, heading, message, found), same in groups.items():
        at = address(same[0].row, same[0].column or 1) if same[0].row else ""
        lead = f"“{heading}”：" if heading else ""
        value = f"填的是“{found}”，" if found else ""
        where = _in_rows([problem.row for problem in same])
        yield Finding(number, FORCED, sheet, at, f"{lead}{value}{message}{where}")


@check("F01", FORCED, "预算明细!E8 支出类别“基本支岀”不是规定的取值")
def inputs_usable(inspection: Inspection) -> Iterator[Finding]:
    """基础信息、预算明细和收入明细应能读取：工作表和表头齐全，编码、金额和各项取值符合填写要求。"""
    errors = {sheet: error_cells(inspection, sheet) for sheet in {p.sheet for p in inspection.problems}}
    empty = inspection.file.uncalculated
    problems = [
        p
        for p in inspection.problems
        if (p.row, p.column) not in errors[p.sheet] and (p.row, p.column) not in empty.get(p.sheet, ())
    ]
    yield from _problem_findings("F01", problems)


@dataclass(frozen=True)
class RangeView:
    """A range of an input sheet as read: its records (one for a range of fields), and the faults found."""

    sheet: str
    part: InputRange
    records: tuple[Mapping[str, str], ...]
    problems: tuple[Problem, ...]

    @property
    def values(self) -> Mapping[str, str]:
        """The values of a range of fields."""
        return self.records[0]


def _ranges(inspection: Inspection) -> list[RangeView]:
    """All ranges whose sheets the workbook has."""
    return _once(inspection, "_range_views", lambda: list(_read_ranges(inspection)))


def _read_ranges(inspection: Inspection) -> Iterator[RangeView]:
    for sheet, part in inspection.edition.ranges().values():
        if sheet.name not in inspection.grids:
            continue
        grid = inspection.grids[sheet.name]
        if part.kind == "fields":
            values, problems = read_fields(grid, part, sheet.name)
            yield RangeView(sheet.name, part, (values,), tuple(problems))
        else:
            records, problems = read_records(grid, part, sheet.name)
            yield RangeView(sheet.name, part, tuple(records), tuple(problems))


@check("F02", FORCED, "上年数据!B8 收入总计“约二千万”应填写数字")
def fields_usable(inspection: Inspection) -> Iterator[Finding]:
    """上年数据、项目信息、绩效指标和基础信息各清单中，数字应为数字，从下拉列表选择的内容应为规定的取值。"""
    views = [view for view in _ranges(inspection) if view.part.key not in _READ_WITH_UNIT]
    yield from _problem_findings("F02", [problem for view in views for problem in view.problems])


def _field_rows(inspection: Inspection, sheet: str, part: InputRange) -> dict[str, int]:
    """Sheet row of each field of a range, by label."""
    labels = {squeezed(field.label) for field in part.fields}
    found: dict[str, int] = {}
    for row in range(1, len(inspection.grids[sheet]) + 1):
        label = squeezed(cell(inspection.grids[sheet], row, part.column)).strip("*")
        if label in labels:
            found.setdefault(label, row)
    return found


def _column_of(inspection: Inspection, sheet: str, part: InputRange, field: Field) -> int:
    """Sheet column of a list's column."""
    grid = inspection.grids[sheet]
    heading = grid[part.row - 1] if part.row <= len(grid) else []
    for column in range(part.column, len(heading) + 1):
        if squeezed(heading[column - 1]).strip("*") == squeezed(field.label):
            return column
    return part.column


@check("F03", HINT, "基础信息!B6 单位名称没有填写")
def required_fields_filled(inspection: Inspection) -> Iterator[Finding]:
    """带*的必填项应全部填写；各清单中已经开始填写的行，必填的列应填齐。"""
    for view in _ranges(inspection):
        sheet, part = view.sheet, view.part
        required = [field for field in part.fields if field.required]
        if part.kind == "fields":
            rows = _field_rows(inspection, sheet, part) if required else {}
            for field in required:
                row = rows.get(squeezed(field.label))
                if row and not view.values.get(field.key):
                    at = address(row, part.column + 1)
                    yield Finding("F03", HINT, sheet, at, f"“{field.label}”没有填写，上报前必须填写")
            continue
        for field in required:
            blank = [int(record["row"]) for record in view.records if not record[field.key]]
            if blank:
                at = address(blank[0], _column_of(inspection, sheet, part, field))
                yield Finding("F03", HINT, sheet, at, f"“{field.label}”没有填写{_in_rows(blank)}，请补填")


@check("F04", HINT, "预算明细!C7 功能科目编码 2019901 不在科目表中")
def ledger_codes_known(inspection: Inspection) -> Iterator[Finding]:
    """明细中的科目编码应在当年的科目表中。科目表可能不全，查无此码时请确认，不算错误。"""
    for view in _ledgers(inspection):
        for column in view.ledger.spec.columns:
            if not column.code:
                continue
            known = inspection.edition.codes.by_name[column.code]
            texts = view.text(column.key)
            for code in dict.fromkeys(texts):
                if code and code not in known:
                    rows = view.rows(texts == code)
                    message = f"{column.heading}{code}不在科目表中{_in_rows(rows)}，请确认编码是否正确"
                    yield Finding("F04", HINT, view.sheet, view.cell(rows[0], column.key), message)


def _named(view: LedgerView) -> Iterator[tuple[LedgerColumn, LedgerColumn]]:
    """Columns that hold the names of a classification's codes, each with the column of codes."""
    for column in view.ledger.spec.columns:
        if column.names and column.key in view.at:
            codes = view.ledger.spec.column(column.names)
            if codes.code:
                yield column, codes


def name_advice(classification: Mapping[str, str], code: str, name: str) -> str:
    """What is wrong with the name beside a code: whose name it is, where it is another code's."""
    others = [c for c, n in classification.items() if squeezed(n) == squeezed(name) and len(c) == len(code)]
    hint = f"（它是{others[0]}的名称）" if len(others) == 1 else ""
    return f"科目{code}的名称应为“{classification[code]}”，现为“{name}”{hint}"


@check("F05", HINT, "预算明细!D7 科目 2011301 的名称应为“行政运行”")
def ledger_names_fit_codes(inspection: Inspection) -> Iterator[Finding]:
    """明细中填写了科目名称的，名称应与科目表中该编码的名称一致。"""
    former = {squeezed(name) for name in inspection.edition.codes.former_names}
    for view in _ledgers(inspection):
        for column, codes in _named(view):
            known = inspection.edition.codes.by_name[codes.code or ""]
            of_code, of_name = view.text(codes.key), view.text(column.key)
            for code, name in dict.fromkeys(zip(of_code, of_name, strict=True)):
                if not name or code not in known or name == known[code]:
                    continue
                if squeezed(name) == squeezed(known[code]) or squeezed(name) in former:
                    continue
                rows = view.rows((of_code == code) & (of_name == name))
                message = f"{name_advice(known, code, name)}{_in_rows(rows)}，请确认编码和名称哪个写错"
                yield Finding("F05", HINT, view.sheet, view.cell(rows[0], column.key), message)


@check("F06", HINT, "表三!B9 “医疗卫生与计划生育支出”是旧名称，现为“卫生健康支出”")
def names_are_current(inspection: Inspection) -> Iterator[Finding]:
    """明细和各表中的科目应使用当年的名称，不应沿用以前年度的旧名称。"""
    codes = inspection.edition.codes
    current = {squeezed(name): codes.by_name["functional"].get(code, code) for name, code in codes.former_names.items()}
    found: dict[str, list[tuple[str, str]]] = {}
    for view in _ledgers(inspection) if inspection.content is not None and inspection.filled_in else []:
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
        message = f"“{name}”是旧名称，现为“{current[name]}”{where}，请改用现行名称"
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
        for view in _ledgers(inspection):
            if dimension not in [column.key for column in view.ledger.spec.columns]:
                continue
            texts = view.text(dimension)
            for code in dict.fromkeys(texts):
                if code and not code.startswith(tuple(prefixes)) and (dimension, code) not in told:
                    told.add((dimension, code))
                    rows = view.rows(texts == code)
                    heading = view.ledger.spec.column(dimension).heading
                    message = f"{heading}{code}所属的类在{sheet}中没有行{_in_rows(rows)}，请更正编码"
                    yield Finding("F07", FORCED, view.sheet, view.cell(rows[0], dimension), message)


@check("F08", FORCED, "单位“038002 某服务中心”不在所属单位清单中")
def units_are_listed(inspection: Inspection) -> Iterator[Finding]:
    """明细中出现的单位应在基础信息的所属单位清单中，并填明性质，否则无法编制机关运行经费表。"""
    content = _content(inspection)
    own = content.info.own
    faults = unit_problems(content.facts, inspection.edition.spending)
    missing = [unit for unit in content.facts.units if not unit.kind]
    view = _ledgers(inspection)[0]
    units = content.facts.dimensions["unit"]
    for unit, problem in zip(missing, faults, strict=True):
        if unit.code == own.code:
            continue  # the blank field of the unit itself is reported as such
        rows = [int(row) for row in dict.fromkeys(content.facts.rows[units.mask([unit.code])]) if row]
        at = view.cell(rows[0], "unit" if "unit" in view.at else "unit_name") if rows else ""
        yield Finding("F08", FORCED, problem.sheet, at, f"{problem.message}{_in_rows(rows) if rows else ''}")


@check("F09", FORCED, "预算明细!M9 金额为 -3000.00 元，没有备注")
def negative_amounts_explained(inspection: Inspection) -> Iterator[Finding]:
    """金额为负数的明细，应在备注中说明原因。"""
    for view in _ledgers(inspection):
        if "remark" not in [column.key for column in view.ledger.spec.columns]:
            continue
        fen = view.ledger.frame[FEN].to_numpy()
        rows = view.rows((fen < 0) & (view.text("remark") == ""))
        if rows:
            amount = _yuan(int(fen[(view.ledger.frame[ROW] == rows[0]).to_numpy()][0]))
            message = f"金额为负数（{amount}元）而没有备注{_in_rows(rows)}，请在备注中说明原因，或更正金额"
            yield Finding("F09", FORCED, view.sheet, _money_cell(view, rows[0]), message)


def _money_cell(view: LedgerView, row: int) -> str:
    return view.cell(row, next(column.key for column in view.ledger.spec.columns if column.money))


@check("F10", HINT, "预算明细第 12 行与前面的第 7 行完全相同")
def ledger_rows_differ(inspection: Inspection) -> Iterator[Finding]:
    """明细中不应有各列完全相同的行；确属两笔的，请在备注中区分。"""
    for view in _ledgers(inspection):
        frame = view.ledger.frame.drop(columns=ROW)
        rows = view.rows(frame.duplicated().to_numpy())
        if rows:
            message = f"第{rows[0]}行与前面的行完全相同{_in_rows(rows)}，请删除重复的行，确属两笔的请在备注中区分"
            yield Finding("F10", HINT, view.sheet, _money_cell(view, rows[0]), message)


@check("F11", NOTE, "预算明细!M9 金额为零")
def no_zero_amounts(inspection: Inspection) -> Iterator[Finding]:
    """金额为零的明细不影响各表金额，但会使科目和项目列入表中，通常可以删除。"""
    for view in _ledgers(inspection):
        rows = view.rows(view.ledger.frame[FEN].to_numpy() == 0)
        if rows:
            message = f"金额为零{_in_rows(rows)}，不需要的请删除该行"
            yield Finding("F11", NOTE, view.sheet, _money_cell(view, rows[0]), message)


def _spending(facts: Facts, where: Filter = ()) -> Mask:
    return facts.mask(((FLOW, (SPENDING,)), *where))


@check("F12", HINT, "行政单位的 30101 基本工资应对应 50101，现为 50501")
def economic_items_pair(inspection: Inspection) -> Iterator[Finding]:
    """部门经济科目与政府经济科目应按单位性质对应：行政和参公单位用机关各类，事业单位用对事业单位补助各类。"""
    facts = _content(inspection).facts
    view = _ledgers(inspection)[0]
    allowed: dict[tuple[str, str], set[str]] = {}
    for item, kind, other in inspection.edition.codes.pairing:
        for one in ("行政", "事业") if kind == "*" else (kind,):
            allowed.setdefault((item, one), set()).add(other)
    at = np.flatnonzero(_spending(facts))
    columns = [facts.dimensions[key] for key in ("departmental", "governmental", "unit_kind")]
    groups: dict[tuple[str, str, str], list[int]] = {}
    for index, *codes in zip(at, *(column.codes[at] for column in columns), strict=True):
        item, other, kind = (column.values[code] for column, code in zip(columns, codes, strict=True))
        right = allowed.get((item, _PAIRING_KIND.get(kind, "")))
        if right and other not in right:
            groups.setdefault((item, other, kind), []).append(int(facts.rows[index]))
    for (item, other, kind), rows in groups.items():
        wanted = "或".join(
            f"{code}{facts.name('governmental', code)}" for code in sorted(allowed[item, _PAIRING_KIND[kind]])
        )
        message = (
            f"{kind}单位的部门经济科目{item}{facts.name('departmental', item)}一般对应政府经济科目{wanted}，"
            f"现为{other}{facts.name('governmental', other)}{_in_rows(rows)}，请确认"
        )
        yield Finding("F12", HINT, view.sheet, view.cell(rows[0], "governmental"), message)


@dataclass(frozen=True)
class Companion:
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
    path = inspection.edition.codes.folder / "companions.csv"
    if not path.is_file():
        raise Skipped("科目表中没有这种对应关系")
    return _companions(path)


@check("F13", NOTE, "30113 住房公积金列在 2011301，一般列在 2210201")
def items_stand_under_their_function(inspection: Inspection) -> Iterator[Finding]:
    """住房公积金、基本养老保险缴费、职业年金缴费的部门经济科目与同名的功能科目一般相互对应。"""
    facts = _content(inspection).facts
    view = _ledgers(inspection)[0]
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
                amount = _yuan(int(facts.fen[mask].sum()))
                message = f"{one}有{amount}元不在{other}中{_in_rows(rows)}，一般应当对应，请留意"
                yield Finding("F13", NOTE, view.sheet, view.cell(rows[0], key), message)


@check("F14", NOTE, "职业年金缴费 190000.00 元，按养老保险缴费的一半应为 205524.50 元")
def shares_are_usual(inspection: Inspection) -> Iterator[Finding]:
    """各单位的职业年金缴费一般为基本养老保险缴费的一半，相差超过百分之一的予以提示。"""
    facts = _content(inspection).facts
    view = _ledgers(inspection)[0]
    for pair in companions(inspection):
        if not pair.base:
            continue
        for unit in dict.fromkeys(facts.dimensions["unit"].values):
            own: Filter = (("unit", (unit,)),)
            mask = _spending(facts, (*own, ("departmental", (pair.item,))))
            base = _spending(facts, (*own, ("departmental", (pair.base,))))
            amount, whole = int(facts.fen[mask].sum()), int(facts.fen[base].sum())
            usual = whole * pair.share
            if not amount or not whole or abs(amount - usual) <= abs(usual) * pair.tolerance:
                continue
            names = [facts.name("departmental", code) for code in (pair.item, pair.base)]
            left, right = _yuan(amount), f"{usual / 100:.2f}"
            message = f"{names[0]}{left}元，按{names[1]}的{pair.share:.0%}应约为{right}元，请留意"
            at = view.cell(int(facts.rows[mask][0]), _money_key(view))
            yield Finding("F14", NOTE, view.sheet, at, message, left, right, f"{(amount - usual) / 100:.2f}")


def _money_key(view: LedgerView) -> str:
    return next(column.key for column in view.ledger.spec.columns if column.money)


@check("F15", FORCED, "项目信息!A9 项目“法律顾问聘请费用”重复填写")
def projects_listed_once(inspection: Inspection) -> Iterator[Finding]:
    """项目信息中同一单位的同一项目只应填写一行。"""
    view = next((view for view in _ranges(inspection) if view.part.key == "projects"), None)
    if view is None:
        raise Skipped("工作簿没有项目信息", undecided=True)
    first: dict[tuple[str, str], str] = {}
    name = next(field for field in view.part.columns if field.key == "name")
    for record in view.records:
        key = (squeezed(record["name"]), squeezed(record["unit"]))
        if key[0] and key in first:
            at = address(int(record["row"]), _column_of(inspection, view.sheet, view.part, name))
            message = f"项目“{record['name']}”在第{first[key]}行已经填写，请删除重复的一行"
            yield Finding("F15", FORCED, view.sheet, at, message)
        first.setdefault(key, record["row"])


def _printed_rows(inspection: Inspection) -> dict[str, Decimal]:
    """The largest amount of every fixed row of the tables, by label."""
    places = inspection.printed.places
    result: dict[str, Decimal] = {}
    for block in inspection.printed.blocks:
        for i, row in enumerate(block.rows):
            if row.level == 0 and row.texts[0]:
                amounts = places[block.cell(i, 0) : block.cell(i + 1, 0)]
                label = squeezed(row.texts[0])
                result[label] = max(result.get(label, Decimal(0)), printed(int(amounts.max(initial=0))))
    return result


@check("F16", HINT, "上年数据!B8 收入总计 21939800.00，是今年的三万多倍，可能误以元填写")
def amounts_in_the_right_unit(inspection: Inspection) -> Iterator[Finding]:
    """以万元填写的项目，与各表中对应的金额（没有对应的，与收支总计）相差上千倍的，可能误以元填写。"""
    rows = _printed_rows(inspection)
    places = inspection.printed.places
    largest = printed(int(places.max(initial=0)))
    measure = inspection.edition.measure
    if not largest:
        raise Skipped("各表没有金额，无法比较", undecided=True)
    for view in _ranges(inspection):
        sheet, part = view.sheet, view.part
        amounts = [field for field in part.fields if field.type == "wanyuan"]
        if not amounts or part.kind != "fields":
            continue
        faulty = {problem.heading for problem in view.problems}
        at = _field_rows(inspection, sheet, part)
        for field in amounts:
            if field.label in faulty or not view.values.get(field.key):
                continue
            value = Decimal(view.values[field.key])
            match = _LABEL.match(squeezed(field.label))
            label = match[2] if match else ""
            same = [amount for text, amount in rows.items() if label and text.endswith(label)]
            other = max(same, default=Decimal(0)) or largest
            too_large = value >= 1000 * other and value > largest
            too_small = 0 < value * 1000 <= other and other == largest and bool(same)
            if not too_large and not too_small:
                continue
            slip = "误以元填写" if too_large else f"各表误以元编制，或本项不是以{measure}填写"
            message = f"“{field.label}”为{value:.2f}{measure}，各表对应的金额为{other:.2f}{measure}，可能{slip}，请核对"
            difference = f"{value - other:.2f}"
            place = address(at[squeezed(field.label)], part.column + 1)
            yield Finding("F16", HINT, sheet, place, message, f"{value:.2f}", f"{other:.2f}", difference)
