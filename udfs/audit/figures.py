"""The figures that a text may speak of, with their values: the edition's words over a workbook's figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from jinja2 import Environment, Undefined, UndefinedError
from msgspec import Struct

from udfs.audit.facts import Facts
from udfs.audit.misspelt import RightWords
from udfs.audit.paths import Subjects
from udfs.base import Change, squeezed
from udfs.narrative import evaluate
from workbook_templates.reading import AuditWords, Figure, Names, Rows, Share

Context = Mapping[str, Any]

#: A figure of a group, as it is or through a filter: ``a.closing``, ``basic.office_area|amount``.
_SINGLE = re.compile(r"(\w+)\.(\w+)(?:\|(\w+))?")


@lru_cache(maxsize=1024)
def _compiled(environment: Environment, expression: str) -> Callable[..., Any]:
    """An expression of the edition, compiled once for all workbooks: it takes longer than its evaluation.

    Most are a single figure, which is looked up as a template would, without a template compiled for it.
    """
    single = _SINGLE.fullmatch(expression)
    if single is None:
        return lambda **context: evaluate(environment, expression, context)
    group, key, filtered = single.groups()

    def look_up(**context: Any) -> Any:
        found = environment.getattr(context.get(group, environment.undefined(name=group)), key)
        if filtered:
            found = environment.call_filter(filtered, found)
        return None if isinstance(found, Undefined) else found

    return look_up


#: A field of 项目信息 that an expression asks for.
_OF_RECORD = re.compile(r"record\.(\w+)")


class Cell(Struct, frozen=True):
    """An amount cell of a table: the names of its row and column, its value in 万元."""

    row: str
    column: str
    value: Decimal


#: The names of classifications, which all workbooks of an edition share, by digits.
_NAMES: dict[tuple[int, int], tuple[Mapping[str, str], frozenset[str]]] = {}


class Known(Struct, frozen=True, dict=True):
    """A workbook's figures as the audit asks for them: expressions of the edition over what the narrative sees."""

    words: AuditWords
    context: Context
    environment: Environment
    codes: Mapping[str, Mapping[str, str]]  #: classification → name by code
    former: Mapping[str, str] = {}  #: former name of a functional subject → its code
    tables: Callable[[], Sequence[Cell]] = tuple  #: the amount cells of all tables

    @cached_property
    def facts(self) -> Facts:
        """Every figure by name, gathered only where a number is not bound by the edition's words."""
        return Facts(self)

    @cached_property
    def cells(self) -> Sequence[Cell]:
        """The amount cells of all tables."""
        return self.tables()

    def value(self, expression: str) -> Decimal | None:
        """An expression's value; None where the workbook does not say."""
        kept = self._values
        if expression not in kept:
            untold = self._untold(expression)
            found = None if untold else self._found(expression)
            kept[expression] = None if found is None else Decimal(found)
        return kept[expression]

    def _found(self, expression: str) -> Any:
        """An expression's value; None where it asks for what stands in a form that was not read."""
        try:
            return _compiled(self.environment, expression)(**self.context)
        except UndefinedError:
            if not self.context.get("unread"):
                raise
            return None

    def _untold(self, expression: str) -> bool:
        """Whether an expression counts what the workbook does not say, as where tables and forms were imported."""
        keys = _OF_RECORD.findall(expression)
        described = [p.record for p in self.context.get("projects", ()) if any(p.record.values())]
        if keys and not described:
            return bool(self.context.get("projects", ()))
        return any(key == "kind" and not record.get(key, "?") for key in keys for record in described)

    def items(self, expression: str) -> Sequence[Any]:
        """A list of the narrative; nothing where its form was not read."""
        return self.listed(expression) or ()

    def listed(self, expression: str) -> Sequence[Any] | None:
        """A list of the narrative, None where its form was not read."""
        kept = self._lists
        if expression not in kept:
            found = self._found(expression)
            kept[expression] = None if found is None else tuple(found)
        return kept[expression]

    def amounts_of(self, rows: Rows) -> dict[str, tuple[Decimal, ...]]:
        """The amounts in 万元 of every row that texts name, by its name squeezed; a name may stand for several rows."""
        found: dict[str, tuple[Decimal, ...]] = {}
        for item in self.items(rows.items):
            name = squeezed(item.name)
            found[name] = (*found.get(name, ()), item.amount / rows.per)
        return found

    def subjects(self, rows: Rows) -> Subjects:
        """The subjects of a list by code: those of the classification, and the amounts in 万元 of the list's rows."""
        key = f"{rows.items} {rows.per}"
        if key not in self._subjects:
            items = [item for item in self.items(rows.items) if item.code.isdigit()]
            names = {**self.codes.get(rows.classification or "functional", {}), **{i.code: i.name for i in items}}
            amounts = {item.code: item.amount / rows.per for item in items}
            self._subjects[key] = Subjects(names, amounts, {squeezed(n): c for n, c in self.former.items()})
        return self._subjects[key]

    @cached_property
    def _subjects(self) -> dict[str, Subjects]:
        return {}

    def names_of(self, classification: str, digits: int = 0) -> frozenset[str]:
        """The names of a classification, squeezed; of codes of that length only where one is given."""
        codes = self.codes.get(classification)
        if not codes:
            return frozenset()
        known = _NAMES.get((id(codes), digits))
        if known is None or known[0] is not codes:
            names = frozenset(squeezed(name) for code, name in codes.items() if len(code) == (digits or len(code)))
            known = _NAMES[id(codes), digits] = (codes, names)
        return known[1]

    def change(self, key: str) -> Change | None:
        """A change against last year."""
        found: Change | None = self.context.get("c", {}).get(key)
        return found

    @cached_property
    def _values(self) -> dict[str, Decimal | None]:
        return {}

    @cached_property
    def _lists(self) -> dict[str, tuple[Any, ...] | None]:
        return {}

    @property
    def year(self) -> int:
        """The budget year."""
        return int(self.context["year"])

    @cached_property
    def renamed(self) -> dict[str, str]:
        """What was called otherwise in earlier years, the longest first, and what it is called now."""
        classes = self.codes.get("functional", {})
        pairs = {squeezed(old): classes[code] for old, code in self.former.items() if code in classes}
        return dict(sorted({**pairs, **dict(self.words.renamed)}.items(), key=lambda pair: -len(pair[0])))

    @cached_property
    def own_names(self) -> frozenset[str]:
        """Every name that the document may call its unit."""
        names = {self.context.get("name", ""), *(u["name"] for u in self.context.get("records", {}).get("units", ()))}
        short = {squeezed(n).removesuffix("（本级）").removesuffix("本级").removesuffix("机关") for n in names}
        return frozenset({squeezed(n) for n in names} | short) - {""}

    @cached_property
    def spoken_names(self) -> tuple[str, ...]:
        """The names that a text may speak of, longest first: the unit's, those of figures, and of the tables' rows."""
        said = {phrase for figure in self.words.figures for phrase in figure.says}
        said |= {phrase for one in self.words.sums for says in (one.whole, *one.parts) for phrase in says}
        rows = {name for spec in self.words.rows for name in self.amounts_of(spec)}
        plain = {name.replace("“", "").replace("”", "") for name in said | rows}
        # 支出预算合计 and 支出预算共计 are one name with other filler.
        names = {n for n in plain if not n.endswith(("计", "总额")) and not n.startswith("用于")} | self.own_names
        return tuple(sorted(names, key=len, reverse=True))

    @cached_property
    def right_words(self) -> RightWords:
        """Words that are right however like one of those names they are: all names of the classifications, and more."""
        classes = {squeezed(name) for codes in self.codes.values() for name in codes.values()}
        more = {*self.former, *self.words.right, *self.own_names}
        rows = {name for spec in self.words.rows for name in self.amounts_of(spec)}
        said = {phrase for figure in self.words.figures for phrase in figure.says}
        said |= {phrase for one in self.words.sums for says in (one.whole, *one.parts, *one.may) for phrase in says}
        return RightWords(n for n in classes | more | rows | said if len(n) > 2)

    @cached_property
    def amounts(self) -> frozenset[Decimal]:
        """Amounts of both years that the text speaks of: what may explain a sum named in a reason."""
        now = set(self.context.get("a", {}).values())
        changes = [c for c in self.context.get("c", {}).values() if not c.missing]
        return frozenset({*now, *(c.last for c in changes), *(c.now for c in changes)})

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Two characters that stand together in some right word."""
        return frozenset(w[n : n + 2] for w in self.right_words.words for n in range(len(w) - 1)).union(
            self.words.plain
        )

    def worth(self, name: str) -> set[Decimal]:
        """Every amount in 万元 that a name may have in the text."""
        own = {self.value(f.value) for f in self.words.figures if f.unit == "万元" and name in map(squeezed, f.says)}
        rows = {x for spec in self.words.rows for x in self.amounts_of(spec).get(name, ())}
        return {x for x in own | rows if x is not None}

    def explains(self, amount: Decimal) -> bool:
        """Whether an amount is one of the figures or the difference of two."""
        known = self.amounts
        return amount in known or any(x - amount in known for x in known)

    def figures(self, section: int) -> list[Figure]:
        """The figures whose words hold in a section."""
        return [f for f in self.words.figures if not f.sections or section in f.sections]

    def rows(self, section: int) -> list[Rows]:
        """The lists of rows with amounts in a section."""
        return [r for r in self.words.rows if not r.sections or section in r.sections]

    def names(self, section: int, scope: str) -> list[Names]:
        """The bare lists of names that may stand in a section, in a scope."""
        return [n for n in self.words.names if (not n.sections or section in n.sections) and inside(scope, n.within)]

    def share(self, section: int, scope: str) -> Share | None:
        """What a percentage is a share of."""
        fitting = [
            s for s in self.words.shares if (not s.sections or section in s.sections) and inside(scope, s.within)
        ]
        return max(fitting, key=lambda s: len(s.within), default=None)


def inside(scope: str, wanted: str) -> bool:
    """Whether a scope is the wanted one or lies below it; an empty wish is always met."""
    return not wanted or scope == wanted or scope.startswith(f"{wanted}/")
