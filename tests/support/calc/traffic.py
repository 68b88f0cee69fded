"""Counts every call that would cross the border to Excel's process, and lets one of them fail on demand."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


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


TRAFFIC = Traffic()


def counted(cls: type[T]) -> type[T]:
    """Count the public members of a class; errors of the bridge become CallFailed.

    A raw error of the bridge must not leave: it refuses a new traceback, and the real error would be lost.
    """
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
            return function(*arguments, **options)
        except Exception as error:
            if "com.sun.star" in str(type(error)):
                message = f"{label}: {type(error).__name__} {error}"
            else:
                raise
        finally:
            TRAFFIC.inside -= 1
        raise CallFailed(message)

    return call
