"""Counts every call that would cross the border to Excel's process, and lets one of them fail on demand.

Where a test makes the same click hundreds of times on a workbook that stays as it is, answers may be remembered: what
is counted and what fails is the same, only the spreadsheet program is not asked again.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Questions whose answers may be remembered: each is slow, or asked of every sheet and name.
_ANSWERS = {
    "Name.name",
    "Name.refers_to",
    "Range.formula",
    "Range.number_format",
    "Range.raw_value",
    "Range.row_height",
    "RangeMembers.EntireColumn",
    "RangeMembers.EntireRow",
    "RangeMembers.HasFormula",
    "Sheet.used_range",
}
#: Methods that leave the workbook as it is; of any other than these nothing is remembered any longer.
_HARMLESS = {
    "BookMembers.LinkSources",
    "BookMembers.SaveCopyAs",
    "Sheet.activate",
    "Sheet.range",
    "Sheet.select",
    "Range.get_address",
    "Range.select",
    "RangeMembers.GetValue",
    "SheetMembers.Range",
}


class CallFailed(Exception):
    """What the add-in sees where a call into the spreadsheet program fails."""


class Traffic:
    """All calls since the last `reset`, by name; `fail_at` makes that call (from 1) raise, once."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.order: list[str] = []
        self.fail_at = 0
        self.error: Exception | None = None
        self.inside = 0
        self.memory: dict[tuple[Any, ...], Any] | None = None

    def recall(self, memory: dict[tuple[Any, ...], Any] | None) -> None:
        """From now on give the answers that are in `memory` and put new ones there, until the workbook is changed."""
        self.memory = memory

    def reset(self, fail_at: int = 0, error: Exception | None = None) -> None:
        """Count anew; call number `fail_at` raises `error`."""
        self.calls.clear()
        self.order.clear()
        self.fail_at, self.error = fail_at, error

    @property
    def reads(self) -> int:
        """Blocks of values or formulas read."""
        return self.calls["Range.raw_value"] + self.calls["Range.formula"]

    @property
    def writes(self) -> int:
        """Blocks of values or formulas written."""
        return self.calls["Range.raw_value="] + self.calls["Range.formula="]

    @property
    def total(self) -> int:
        """Calls of every kind."""
        return len(self.order)

    def count(self, name: str) -> None:
        """Note a call, or fail."""
        self.order.append(name)
        self.calls[name] += 1
        if len(self.order) == self.fail_at:
            raise self.error or CallFailed(name)

    def answer(self, label: str, one: Any, ask: Callable[[], Any]) -> Any:
        """The answer of the program, or the one it gave before."""
        if self.memory is None or self.inside > 1:
            return ask()
        if label not in _ANSWERS:
            if _may_change(label):
                self.memory = {}
            return ask()
        key = (label, *one._place_of)
        if key not in self.memory:
            self.memory[key] = ask()
        return self.memory[key]


def _may_change(label: str) -> bool:
    """Whether a call may change a workbook: setters, and methods not known to be harmless."""
    kind, _, name = label.partition(".")
    if kind in ("App", "AppMembers") or label in _HARMLESS or name.startswith("__"):
        return False
    return name not in _PROPERTIES.get(kind, ())


TRAFFIC = Traffic()
#: Names of the readable properties of every counted class.
_PROPERTIES: dict[str, set[str]] = {}


def counted(cls: type[T]) -> type[T]:
    """Count the public members of a class; errors of the bridge become CallFailed.

    A raw error of the bridge must not leave: it refuses a new traceback, and the real error would be lost.
    """
    _PROPERTIES[cls.__name__] = {name for name, member in vars(cls).items() if isinstance(member, property)}
    for name, member in list(vars(cls).items()):
        if name.startswith("_") and name not in ("__call__", "__len__", "__iter__"):
            continue
        label = f"{cls.__name__}.{name}"
        if isinstance(member, property):
            getter = _wrapped(label, member.fget) if member.fget else None
            setter = _wrapped(f"{label}=", member.fset) if member.fset else None
            setattr(cls, name, property(getter, setter))
        elif callable(member) and hasattr(member, "__code__"):
            setattr(cls, name, _wrapped(label, member))
    return cls


def _wrapped(label: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        # What the engine calls on itself crosses no border.
        if TRAFFIC.inside == 0:
            TRAFFIC.count(label)
        TRAFFIC.inside += 1
        try:
            return TRAFFIC.answer(label, arguments[0], lambda: function(*arguments, **options))
        except Exception as error:
            if "com.sun.star" in str(type(error)):
                message = f"{label}: {type(error).__name__} {error}"
            else:
                raise
        finally:
            TRAFFIC.inside -= 1
        raise CallFailed(message)

    return call
