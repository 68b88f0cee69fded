"""Everything that the workbook's tables and inputs hold a figure of, by the names that a text may give it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from udfs.base import Change, half_up, squeezed

if TYPE_CHECKING:
    from udfs.audit.figures import Known

_CLASS = 3  #: digits of the code of a class
#: Names shorter than this mean too many things, but right between a mark and a number: （奖金51.43万元.
_SHORTEST = 3
_ORDINAL = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d{1,2})(?:[）)、.．]+)|^其中[：:]|^[①②③④⑤⑥⑦⑧⑨]")
_TOTAL = re.compile(r"^(?:部门|单位)?(?:合计|总计|预算数|小计)$|^(?:本年)?(?:收入|支出)(?:总计|合计)$")
_PLAIN_COLUMN = re.compile(r"^(?:合计|金额|小计|总计|预算数|当年预算安排|.*年)$")
#: Words of figures that name nothing by themselves.
_GENERAL = frozenset(
    (
        "金额",
        "资金",
        "合计",
        "总计",
        "涉及资金",
        "涉及金额",
        "共计金额",
        "金额合计",
        "涉及项目金额",
        "资金来源",
        "来源共",
        "预算由",
        "其他支出",
        "其他收入",
    )
)
_CLASS_ENDS = re.compile(r"(?:等)?支出$")


class Mention(Struct, frozen=True):
    """A name in a text, from `start` to `end`; `name` is squeezed and without quotes."""

    name: str
    start: int
    end: int


class Facts:
    """A workbook's figures by name, for one section of its text."""

    def __init__(self, known: Known) -> None:
        self.known = known

    @cached_property
    def amounts(self) -> dict[str, frozenset[Decimal]]:
        """Every name with the amounts in 万元 that the tables and inputs have under it."""
        found: dict[str, set[Decimal]] = {}
        for names, value in self._amounts():
            for name in names:
                found.setdefault(name, set()).add(value)
        said = {name for names, value in self._figures(scoped=False) if not value for name in names}
        scoped: dict[str, set[Decimal]] = {}
        for names, value in self._figures(scoped=True):
            for name in names:
                scoped.setdefault(name, set()).add(value)
        # A sentence names the unit whatever it speaks of, and the unit's row stands in some tables only.
        found.pop(plain(self.known.context.get("name", "")), None)
        # A row has nothing in most columns; that is not its amount where it has one, but for what the edition names.
        every = {name: scoped.get(name, set()) | found.get(name, set()) for name in {**scoped, **found}}.items()
        return {name: frozenset(v if name in said else {x for x in v if x} or v) for name, v in every}

    def _parts(self) -> Iterator[tuple[Sequence[str], Decimal]]:
        """The other words for parts of a sum that the edition has a figure for: 工程类采购."""
        said = {plain(w): f for f in self.known.words.figures if f.unit == "万元" and not f.within for w in f.says}
        for one in self.known.words.sums:
            for says in one.parts:
                figure = next((said[w] for w in map(plain, says) if w in said), None)
                value = None if figure is None else self.known.value(figure.value)
                if value is not None:
                    yield [plain(w) for w in says], value

    def _figures(self, *, scoped: bool) -> Iterator[tuple[Sequence[str], Decimal]]:
        for figure in self.known.words.figures:
            if figure.unit == "万元" and bool(figure.within) == scoped:
                value = self.known.value(figure.value)
                if value is not None:
                    opened = [f for f in self.known.words.figures if scoped and f.opens == figure.within]
                    says = (*figure.says, *(w for f in opened for w in f.says))
                    yield [name for name in map(plain, says) if name not in _GENERAL], value

    def _amounts(self) -> Iterator[tuple[Sequence[str], Decimal]]:
        yield from self._figures(scoped=False)
        for spec in self.known.words.rows:
            for name, values in self.known.amounts_of(spec).items():
                for value in values:
                    yield spoken(name), value
            for item in self.known.items(spec.items):
                if len(item.code) == _CLASS and item.code.isdigit():
                    yield [f"{item.code}类"], item.amount / spec.per
        for project in self.known.context.get("projects", ()):
            yield [plain(project.name)], project.amount
        yield from self._parts()
        for cell in self.known.cells:
            if not _TOTAL.search(cell.row):
                yield spoken(cell.row), cell.value
            elif not _PLAIN_COLUMN.search(cell.column):
                yield spoken(cell.column), cell.value

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """The names of the tables' rows and of the projects."""
        rows = {name for cell in self.known.cells if cell.value for name in spoken(cell.row)}
        projects = {plain(project.name) for project in self.known.context.get("projects", ())}
        return tuple(sorted((rows | projects) & self.amounts.keys()))

    @cached_property
    def counts(self) -> dict[tuple[str, str], frozenset[Decimal]]:
        """Every name with its measure, and the numbers that the workbook has under it."""
        found: dict[tuple[str, str], set[Decimal]] = {}
        for figure in self.known.words.figures:
            value = self.known.value(figure.value) if figure.unit != "万元" else None
            if value is not None:
                for says in figure.says:
                    found.setdefault((plain(says), figure.unit), set()).add(value)
        return {key: frozenset(values) for key, values in found.items()}

    @cached_property
    def blank(self) -> frozenset[str]:
        """What the edition names and the workbook does not say."""
        figures = self.known.words.figures
        said = {plain(w) for f in figures if self.known.value(f.value) is None for w in f.says}
        limited = {plain(w) for one in self.known.words.limits for w in (*one.part, *one.of)}
        return frozenset(n for n in said | limited if len(n) > _SHORTEST) - self.amounts.keys()

    @cached_property
    def numbers(self) -> frozenset[Decimal]:
        """How many there are of something, of whatever: persons, projects."""
        projects = Decimal(len(self.known.context.get("projects", ())))
        return frozenset(x for values in self.counts.values() for x in values if x > 1) | {projects} - {Decimal(0)}

    @cached_property
    def told(self) -> dict[str, tuple[Change, ...]]:
        """Every name that is compared with last year, and its change."""
        found: dict[str, dict[str, Change]] = {}
        for figure in self.known.words.figures:
            change = self.known.change(figure.change) if figure.change else None
            if change is not None and change.kind not in ("missing", "incomparable"):
                for says in figure.says:
                    found.setdefault(plain(says), {})[figure.change] = change
        return {name: tuple(changes.values()) for name, changes in found.items()}

    def peers(self, name: str) -> dict[str, Decimal]:
        """The classes, or the projects, that a name is one of, each with its amount."""
        for group in self._groups:
            if name in group:
                return group
        return {}

    @cached_property
    def _groups(self) -> list[dict[str, Decimal]]:
        projects = {plain(p.name): p.amount for p in self.known.context.get("projects", ())}
        groups = [projects]
        for spec in self.known.words.rows:
            items = [i for i in self.known.items(spec.items) if len(i.code) == _CLASS and i.code.isdigit()]
            groups.append({plain(i.name): i.amount / spec.per for i in items})
        return groups

    @property
    def classes(self) -> list[dict[str, Decimal]]:
        """The classes of each list of the text that have an amount."""
        return [found for group in self._groups[1:] if (found := {n: x for n, x in group.items() if x})]

    @cached_property
    def large(self) -> tuple[Change, ...]:
        """The changes that need a reason."""
        return tuple({c.what: c for changes in self.told.values() for c in changes if c.large and c.reason}.values())

    @cached_property
    def changes(self) -> dict[str, tuple[Change, ...]]:
        """Every name with the changes that it may have: 本年支出 moves as 支出总计 does where both are as much."""
        told = self.told
        every = [c for changes in told.values() for c in changes if c.now]
        like = {
            name: tuple(dict.fromkeys(c for c in every if c.now in values))
            for name, values in self.amounts.items()
            if name not in told
        }
        return {**{name: changes for name, changes in like.items() if changes}, **told}

    @cached_property
    def unspent(self) -> frozenset[str]:
        """Functional subjects for which the tables have nothing."""
        if not self.known.cells or self.known.context.get("unread"):
            return frozenset()
        names = {one for name in self.known.codes.get("functional", {}).values() for one in spoken(name)}
        names |= {f"{code}类" for code in self.known.codes.get("functional", {}) if len(code) == _CLASS}
        return frozenset(name for name in names if len(name) > _SHORTEST) - self.amounts.keys()

    @cached_property
    def values(self) -> frozenset[Decimal]:
        """Every amount of the workbook that is not nothing."""
        moved = {x for changes in self.changes.values() for c in changes for x in (c.last, c.difference)}
        return frozenset({x for values in self.amounts.values() for x in values if x} | moved)

    @cached_property
    def wholes(self) -> frozenset[Decimal]:
        """Amounts that shares may be of: those of figures that the edition names."""
        return frozenset(
            value
            for figure in self.known.words.figures
            if figure.unit == "万元" and (value := self.known.value(figure.value)) is not None and value > 0
        ) | frozenset(cell.value for cell in self.known.cells if _TOTAL.search(cell.row) and cell.value > 0)

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The names that are looked for, by their first two characters, the longest first."""
        counted = {name for name, _ in self.counts}
        items = {plain(name) for name in self.known.codes.get("departmental", {}).values()}
        names = {*self.amounts, *self.told, *counted, *self.unspent, *items}
        found: dict[str, list[str]] = {}
        for name in sorted((n for n in names if len(n) >= _SHORTEST - 1), key=len, reverse=True):
            found.setdefault(name[:2], []).append(name)
        return found

    def mentions(self, text: str) -> list[Mention]:
        """The names in a text, the longest at each place; quotes and spaces make no difference."""
        places = [n for n, x in enumerate(text) if x not in _UNSEEN and text[max(n - 1, 0) : n + 2] != "收、支"]
        shown = "".join(text[n] for n in places)
        found = []
        at = 0
        while at < len(shown):
            name = next((n for n in self._names.get(shown[at : at + 2], ()) if shown.startswith(n, at)), "")
            if len(name) < _SHORTEST and not (shown[at + 2 : at + 3].isdigit() and (not at or shown[at - 1] in _MARKS)):
                name = ""
            if name:
                found.append(Mention(name, places[at], places[at + len(name) - 1] + 1))
            at += len(name) or 1
        return found


_MARKS = frozenset("，、；：（(。和与及")
#: Characters that may stand within a name.
_UNSEEN = frozenset("“” \u3000\t")


def plain(name: str) -> str:
    """A name squeezed and without quotes."""
    return squeezed(name).replace("“", "").replace("”", "")


def spoken(name: str) -> list[str]:
    """A row's or a column's name as texts say it: without its number, a class also without 支出."""
    name = _ORDINAL.sub("", plain(name))
    short = _CLASS_ENDS.sub("", name)
    names = [name, short, f"{short}等"] if name.endswith("等支出") else [name]
    if name.endswith("支出") and len(short) > _SHORTEST and not name.startswith("其他"):
        names.append(short)
    return [n for n in names if n and n not in _GENERAL and not n.isdigit()]


def slips(written: str, amounts: Iterable[Decimal]) -> list[Decimal]:
    """The amounts that a written number is one slip of the pen away from: a digit, two that changed places, the point.

    `written`: the number as it stands, without its unit; amounts in the same unit.
    """
    digits = written.replace(",", "")
    found = []
    for amount in dict.fromkeys(amounts) if digits else ():
        places = len(digits.partition(".")[2])
        shown = f"{amount:.{places}f}"
        if amount > 0 and Decimal(shown) and (_one_slip(digits, shown) or _shifted(Decimal(digits), amount, places)):
            found.append(amount)
    return found


#: Numbers of fewer digits are like too many others.
_DIGITS = 3


def _one_slip(one: str, other: str) -> bool:
    a, b = one.replace(".", "").lstrip("0"), other.replace(".", "").lstrip("0")
    if a == b or max(len(a.rstrip("0")), len(b.rstrip("0"))) < _DIGITS:
        return False
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1 or sorted(a) == sorted(b)
    short, long = sorted((a, b), key=len)
    return len(long) == len(short) + 1 and any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


def _shifted(one: Decimal, other: Decimal, places: int) -> bool:
    """Whether two amounts are the same but for the place of the point."""
    moved = (other.scaleb(n) for n in (-4, -3, -2, -1, 1, 2, 3, 4))
    return bool(one) and any(half_up(x, places) == one for x in moved)
