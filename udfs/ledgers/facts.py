"""All money of a workbook as one list of facts: what is spent, what comes in, what is left at the end of the year.

Every printed amount is the sum of the facts that a filter selects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from udfs.base import Fen, Problem, squeezed
from udfs.ledgers.ledger import Ledger, Texts, numbered
from udfs.ledgers.unit import Unit, UnitInfo
from udfs.ledgers.units import UnitRegister
from workbook_templates.reading import Classifications, Filter, LedgerSpec

#: Dimension that tells the three flows of money apart, and its values.
FLOW = "flow"
SPENDING, INCOME, CLOSING = "支出", "收入", "年终结转"
#: Dimension of projects' names.
PROJECT = "project"

Mask = npt.NDArray[np.bool_]


class Dimension(Struct, frozen=True):
    """One property of every fact: `codes[i]` is the index in `values` of fact i's value."""

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]

    def mask(self, accepted: Iterable[str]) -> Mask:
        """Facts whose value is accepted; a value ending in ``*`` accepts a prefix."""
        wanted = tuple(accepted)
        exact = {w for w in wanted if not w.endswith("*")}
        prefixes = tuple(w[:-1] for w in wanted if w.endswith("*"))
        passed = np.array([v in exact or bool(prefixes and v.startswith(prefixes)) for v in self.values], bool)
        result: Mask = passed[self.codes]
        return result


class Facts(Struct, frozen=True):
    """Facts in ledger order: amounts in fen and dimensions of the same length."""

    fen: Fen
    dimensions: Mapping[str, Dimension]
    rows: npt.NDArray[np.int64]  #: the row in 预算明细 or 收入明细 that a fact comes from, 0 for none
    units: tuple[Unit, ...]  #: every unit that occurs, the own one first
    names: Mapping[str, Mapping[str, str]]  #: for each dimension of codes, names by code

    def mask(self, where: Filter) -> Mask:
        """Facts that a filter selects."""
        result = np.ones(len(self.fen), bool)
        for dimension, accepted in where:
            result &= self.dimensions[dimension].mask(accepted)
        return result

    def total(self, where: Filter) -> int:
        """Sum in fen of the facts that a filter selects."""
        return int(self.fen[self.mask(where)].sum())

    def name(self, dimension: str, value: str) -> str:
        """Printed name of a value: the classification's or, failing that, the ledger's; empty where neither knows."""
        names = self.names.get(dimension)
        return value if names is None else names.get(value, "")


def build_facts(
    spending: Ledger, income: Ledger, info: UnitInfo, codes: Classifications, lists: Sequence[Ledger] = ()
) -> Facts:
    """The facts of a workbook. `lists`: lists of their own, whose rows are facts of the flow that each names.

    Income follows the rule of domain practice: a source in a year without a row in 收入明细 receives what it spends;
    with rows, those. What a source, both years together, receives beyond its spending is carried to the next year.
    """
    in_income, in_spending = _sources_by_year(income, spending)
    implied = np.flatnonzero(~np.isin(in_spending, in_income))
    flows = [
        _Flow(SPENDING, spending, np.arange(len(in_spending))),
        _Flow(INCOME, spending, implied),
        _Flow(INCOME, income, np.arange(len(income))),
        *(_Flow(each.spec.flow, each, np.arange(len(each))) for each in lists),
    ]
    closing = _closing(spending, income)
    keys = [c.key for ledger in (spending, income, *lists) for c in ledger.spec.columns if not c.money]
    dimensions = {
        key: _dimension([*(flow.texts(key) for flow in flows), closing.texts(key)])
        for key in dict.fromkeys([FLOW, *keys])
    }
    fen = np.concatenate([*(flow.ledger.fen[flow.rows] for flow in flows), closing.fen])
    rows = np.concatenate([*(flow.ledger.rows[flow.rows] for flow in flows), np.zeros(len(closing.fen), np.int64)])
    if PROJECT in dimensions:
        dimensions[PROJECT] = _written_once(dimensions[PROJECT])
    names = _names((spending, income, *lists), codes)
    units = _resolve_units(dimensions, info, names)
    return Facts(fen, dimensions, rows, units, names)


class _Flow(Struct, frozen=True):
    """Rows of a ledger that are facts of one flow."""

    name: str
    ledger: Ledger
    rows: npt.NDArray[np.intp]

    def texts(self, key: str) -> Texts:
        """A dimension of these facts."""
        if key == FLOW:
            return np.zeros(len(self.rows), np.intp), (self.name,)
        codes, values = self.ledger.column(key)
        return codes[self.rows], values


class _Closing(Struct, frozen=True):
    """What is left at the end of the year: the facts' dimensions by name, and their amounts in fen; from no row."""

    columns: Mapping[str, Sequence[str]]
    fen: npt.NDArray[np.int64]

    def texts(self, key: str) -> Texts:
        """A dimension of these facts."""
        return np.arange(len(self.fen)), self.columns.get(key) or [""] * len(self.fen)


def _dimension(parts: Sequence[Texts]) -> Dimension:
    """A dimension from the parts of the facts; values in order of first appearance."""
    order: dict[str, int] = {}
    found = []
    for codes, values in parts:
        lookup = np.zeros(len(values), np.int32)
        for code in numbered(codes)[1].tolist():
            lookup[code] = order.setdefault(str(values[code]), len(order))
        found.append(lookup[codes])
    return Dimension(np.concatenate(found), tuple(order) or ("",))


def _written_once(dimension: Dimension) -> Dimension:
    """A dimension in which texts that differ in width, spaces or brackets' width alone are one, as first written."""
    first: dict[str, int] = {}
    same = [first.setdefault(squeezed(value), i) for i, value in enumerate(dimension.values)]
    return Dimension(np.array(same, np.int32)[dimension.codes], dimension.values)


def _sources_by_year(*ledgers: Ledger) -> list[npt.NDArray[np.intp]]:
    """For every row of each ledger its source in its year, as numbers that mean the same in all of them."""
    order: dict[tuple[str, str], int] = {}
    result = []
    for ledger in ledgers:
        (source_codes, sources), (year_codes, years) = ledger.column("source"), ledger.column("year")
        groups, first = numbered(source_codes * len(years) + year_codes)
        pairs = [(sources[pair // len(years)], years[pair % len(years)]) for pair in first.tolist()]
        numbers = np.array([order.setdefault(pair, len(order)) for pair in pairs], np.intp)
        result.append(numbers[groups] if len(numbers) else np.zeros(0, np.intp))
    return result


def _closing(spending: Ledger, income: Ledger) -> _Closing:
    """Surplus of each source, by the years named in 收入明细; a year's shortfall is met from the other year."""
    surplus: dict[str, dict[str, int]] = {}
    for ledger, sign in ((income, 1), (spending, -1)):
        (source_codes, sources), (year_codes, years) = ledger.column("source"), ledger.column("year")
        together = source_codes * len(years) + year_codes
        groups, first = numbered(together)
        sums = np.zeros(len(first), np.int64)
        np.add.at(sums, groups, ledger.fen)
        for pair, fen in zip(first.tolist(), sums.tolist(), strict=True):
            source, year = sources[pair // len(years)], years[pair % len(years)]
            # In a year without a row in 收入明细 a source receives just what it spends: nothing is left of it.
            if sign > 0 or year in surplus.get(source, {}):
                by_year = surplus.setdefault(source, {})
                by_year[year] = by_year.get(year, 0) + sign * fen
    left: list[tuple[str, str, int]] = []
    for source, by_year in surplus.items():
        if sum(by_year.values()) <= 0:
            continue
        short = -sum(v for v in by_year.values() if v < 0)
        for year, fen in by_year.items():
            kept = max(fen, 0)
            used = min(kept, short)
            short -= used
            if kept > used:
                left.append((source, year, kept - used))
    columns = {FLOW: [CLOSING] * len(left), "source": [s for s, _, _ in left], "year": [y for _, y, _ in left]}
    return _Closing(columns, np.array([fen for _, _, fen in left], np.int64))


def _names(ledgers: Sequence[Ledger], codes: Classifications) -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {}
    for ledger in ledgers:
        for column in ledger.spec.columns:
            if not column.names:
                continue
            (code_codes, own_codes), (name_codes, own_names) = ledger.column(column.names), ledger.column(column.key)
            own: dict[str, str] = {}
            for pair in numbered(code_codes * len(own_names) + name_codes)[1].tolist():
                code, name = own_codes[pair // len(own_names)], own_names[pair % len(own_names)]
                if code and name:
                    own.setdefault(code, name)
            kind = ledger.spec.column(column.names).code
            known = {**names.get(column.names, {}), **own}
            names[column.names] = {**known, **codes.by_name[kind]} if kind else known
    return names


def _resolve_units(
    dimensions: dict[str, Dimension], info: UnitInfo, names: dict[str, dict[str, str]]
) -> tuple[Unit, ...]:
    """Every ledger row's unit by code; adds the dimension of its kind. A row without a code is the unit's own."""
    unit, named = dimensions["unit"], dimensions["unit_name"]
    pairs, values = numbered(unit.codes.astype(np.int64) * (len(named.values) + 1) + named.codes)
    typed = [
        (unit.values[value // (len(named.values) + 1)], named.values[value % (len(named.values) + 1)])
        for value in values
    ]
    register = UnitRegister(info, typed)
    found: dict[str, Unit] = {register.own.code: register.own}
    target: list[str] = []
    for code, name in typed:
        resolved = register.unit(code, name)
        found.setdefault(resolved.code, resolved)
        target.append(resolved.code)
    order = {code: i for i, code in enumerate(dict.fromkeys(target))}
    lookup = np.array([order[code] for code in target], np.int32)
    codes = lookup[pairs] if len(pairs) else np.zeros(0, np.int32)
    values_in_order = tuple(order) or ("",)
    dimensions["unit"] = Dimension(codes, values_in_order)
    kinds = tuple(found[code].kind if code in found else "" for code in values_in_order)
    distinct = tuple(dict.fromkeys(kinds))
    of_unit = np.array([distinct.index(kind) for kind in kinds], np.int32)
    dimensions["unit_kind"] = Dimension(of_unit[codes], distinct)
    names["unit"] = {code: unit.name for code, unit in found.items()}
    return tuple(found.values())


def unit_problems(facts: Facts, spec: LedgerSpec, info: UnitInfo) -> list[Problem]:
    """Units in the ledger that the list of units does not have: what they are must be said before tables are made."""
    listed = {unit.code for unit in (*info.units, info.own)}
    return [
        Problem(
            spec.sheet,
            f"单位“{unit.code} {unit.name}”不在“基础信息”的所属单位清单中，请在清单中补上编码、名称和性质",
            heading=spec.column("unit").heading,
        )
        for unit in facts.units
        if not unit.kind and unit.code not in listed
    ]
