"""The register of checks: number, grade, requirement and example of each, and what a check gets to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import getdoc
from typing import TypeVar

from msgspec import Struct

from udfs.base import Area, FileFacts, Finding, Grids, Ints, Problem, Suspect
from udfs.ledgers import Content, UnitInfo
from udfs.reconciliation import Evaluation
from udfs.tables import Printed, Reading
from workbook_templates.reading import Edition

T = TypeVar("T")

NO_LEDGER = "预算明细为空，无法与明细核对"
FAULTY_LEDGER = "输入表有误，更正后才能与明细核对"


class Skipped(Exception):
    """A check that did not run. `undecided` tells 无法核对 from 不适用; the message says why, in Chinese."""

    def __init__(self, reason: str, *, undecided: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.undecided = undecided


class Inspection(Struct, frozen=True, dict=True):
    """A workbook as checks see it: what was read, and the tables held against the ledgers and against each other."""

    reading: Reading
    problems: tuple[Problem, ...]  #: why the input sheets cannot be used, or the tables not be balanced
    derived: Printed | None  #: the tables as the ledger gives them, None without a ledger
    exact: Ints | None  #: (n,) the fen behind the derived cells
    evaluation: Evaluation
    differing: Mapping[int, Suspect]  #: cells that are not what the ledger gives, by index

    @property
    def edition(self) -> Edition:
        """The workbook's edition."""
        return self.reading.edition

    @property
    def grids(self) -> Grids:
        """Every sheet's values."""
        return self.reading.grids

    @property
    def names(self) -> Mapping[str, Area]:
        """Where the defined names point."""
        return self.reading.names

    @property
    def file(self) -> FileFacts:
        """What the file shows besides values."""
        return self.reading.file

    @property
    def info(self) -> UnitInfo:
        """The unit."""
        return self.reading.info

    @property
    def content(self) -> Content | None:
        """The input sheets as read, None where they cannot be used."""
        return self.reading.content

    @property
    def printed(self) -> Printed:
        """The tables as they stand; those that were never made are counted as absent."""
        return self.evaluation.printed

    @property
    def filled_in(self) -> bool:
        """Whether the ledger holds anything."""
        content = self.content
        return content is not None and len(content.spending) + len(content.income) > 0


def once(inspection: Inspection, key: str, make: Callable[[], T]) -> T:
    """What several checks need, made once an inspection and kept in it, as a cached property is."""
    kept: dict[str, T] = vars(inspection)
    if key not in kept:
        kept[key] = make()
    return kept[key]


def no_ledger(inspection: Inspection) -> str:
    """Why nothing can be held against the ledger: it is empty, or it cannot be read."""
    return NO_LEDGER if inspection.content is not None else FAULTY_LEDGER


#: A check yields findings, or raises Skipped.
CheckFunction = Callable[[Inspection], Iterable[Finding]]


class Check(Struct, frozen=True):
    """One check: its number (family and sequence), grade, an example of what it finds, and its function."""

    number: str
    grade: str
    example: str
    run: CheckFunction

    @property
    def requirement(self) -> str:
        """The requirement it enforces: the function's docstring."""
        return getdoc(self.run) or ""


_REGISTER: dict[str, Check] = {}


def check(number: str, grade: str, example: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check. Its docstring, in Chinese, is the requirement that the rule book prints."""

    def add(function: CheckFunction) -> CheckFunction:
        if number in _REGISTER:
            raise ValueError(f"check {number} is registered twice")
        _REGISTER[number] = Check(number, grade, example, function)
        return function

    return add


def registered() -> Sequence[Check]:
    """All checks in order of their numbers."""
    return tuple(_REGISTER[number] for number in sorted(_REGISTER))
