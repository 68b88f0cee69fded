"""Values: what `dataclass(frozen=True)` gives, at a third of its cost when the program starts.

A frozen dataclass compiles six methods of its own from source text, a millisecond for every class. The program has
more than a hundred such classes, so that a first click would spend a third of its own time on them. Here a class
compiles its `__init__` only; comparing, hashing and showing are the same few lines for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class a value: fields as of a dataclass, equal and hashed by them, never assigned to once it is made.

    That nothing assigns to a field is mypy's to see; no guard at run time slows the making of values down.
    """
    made = dataclass(repr=False, eq=False)(cls)
    compared = _reading([f.name for f in fields(made) if f.compare])  # type: ignore[arg-type]
    shown = tuple(f.name for f in fields(made) if f.repr)  # type: ignore[arg-type]

    def equals(self: T, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def digest(self: T) -> int:
        return hash(compared(self))

    def show(self: T) -> str:
        return f"{cls.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    for name, method in (("__eq__", equals), ("__hash__", digest), ("__repr__", show)):
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return made


def _reading(names: list[str]) -> Callable[[Any], object]:
    """What reads those fields of a value at once."""
    return attrgetter(*names) if names else lambda _: ()
