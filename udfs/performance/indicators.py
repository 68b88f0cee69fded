"""The indicators of the whole unit held against those of the projects that its tasks stand for.

A line of the whole unit may pack several indicators: names and values, each separated by semicolons; one value may
serve all names. Which projects a task stands for is not written anywhere: it is read from the names they share, a name
that few projects have counting for more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from udfs.base import squeezed
from udfs.performance.derived import Record
from udfs.performance.quantities import FIGURES, NEAR, NEAR_NAMES, SAME, WORDS, compare_values, likeness, normal, single

_SEMICOLON = re.compile(r"[;；]")
_COLON = re.compile(r"[:：]")
#: A project that adds to what a task stands for must explain this many names of the task, or this part of them.
_MORE_NAMES, _MORE_PART = 2, Decimal(1) / 3
#: The part of a task's names that its projects must have, for them to be compared.
_ENOUGH = Decimal(1) / 2

Key = tuple[str, str]


class Entry(Struct, frozen=True):
    """One indicator: its second level, name, value, the sheet row of its line and the key of its value's column."""

    second: str
    name: str
    value: str
    row: int
    column: str = ""

    @property
    def key(self) -> Key:
        """What makes it the same indicator in another form."""
        return self.second, squeezed(self.name)


class Difference(Struct, frozen=True):
    """What does not agree between the whole unit's indicator and a project's.

    `kind`: figures, words, near, or name (near-equal names), missing (no such indicator in the project's form).
    """

    kind: str
    entry: Entry
    other: Entry | None
    project: str


def entries_of(record: Record, known: Iterable[str] = ()) -> list[Entry] | None:
    """The indicators of a line; None where as many names as values cannot be told. `known`: names of other forms."""
    row = int(record["row"])
    names = _pieces(record["third"], set(known))
    values = [part.strip() for part in _SEMICOLON.split(record["value"]) if part.strip()]
    if len(names) <= 1 or len(values) <= 1:
        values = [record["value"]] * max(1, len(names))
    if len(names) != len(values):
        return None
    second, column = record["second"], record.get("column", "")
    return [Entry(second, name, value, row, column) for name, value in zip(names, values, strict=True)]


def _pieces(text: str, known: set[str]) -> list[str]:
    """The names in a line; a colon separates two where another form knows both."""
    names: list[str] = []
    for part in _SEMICOLON.split(text):
        name = part.strip()
        finer = [piece.strip() for piece in _COLON.split(name)]
        if len(finer) > 1 and squeezed(name) not in known and all(squeezed(piece) in known for piece in finer):
            names += finer
        elif name:
            names.append(name)
    return names


class Projects:
    """The year's indicators of every project, by its name."""

    def __init__(self, entries: Mapping[str, Sequence[Entry]]) -> None:
        self.entries = entries
        self.keys = {name: {entry.key for entry in own} for name, own in entries.items()}
        self.counts = Counter(key for keys in self.keys.values() for key in keys)

    def behind(self, task: Sequence[Entry]) -> list[str]:
        """The projects that a task stands for; none where they cannot be told."""
        wanted = {entry.key for entry in task}
        left = set(wanted)
        chosen: list[str] = []
        while left:
            scores = {name: self._weight(keys & left) for name, keys in self.keys.items() if name not in chosen}
            best = max(scores.values(), default=Decimal(0))
            leading = [name for name, score in scores.items() if score == best]
            if not best or (len(leading) > 1 and not chosen):
                break
            covered = self.keys[leading[0]] & left
            enough = len(covered) >= _MORE_NAMES or len(covered) >= _MORE_PART * len(wanted)
            if chosen and not (enough and len(leading) == 1 and best >= 1):
                break
            chosen.append(leading[0])
            left -= covered
        return chosen if len(wanted - left) >= _ENOUGH * len(wanted) else []

    def _weight(self, keys: Iterable[Key]) -> Decimal:
        return sum((Decimal(1) / self.counts[key] for key in keys), Decimal(0))

    def differences(self, task: Sequence[Entry], names: Sequence[str], year: int) -> Iterator[Difference]:
        """What a task's indicators and those of its projects disagree in."""
        taken = {entry.key for entry in task}
        for entry in task:
            same = [(name, other) for name in names for other in self.entries[name] if other.key == entry.key]
            if not same:
                squeezed_name = squeezed(entry.name)
                same = [(n, o) for n in names for o in self.entries[n] if squeezed(o.name) == squeezed_name]
            if same:
                yield from _values(entry, same, year)
            else:
                yield from self._unnamed(entry, names, taken, year)

    def _unnamed(self, entry: Entry, names: Sequence[str], taken: set[Key], year: int) -> Iterator[Difference]:
        """An indicator whose name no project has: nearly one of theirs, or none."""
        elsewhere = [(n, o) for n, own in self.entries.items() for o in own if o.key == entry.key]
        if elsewhere:
            # Whose indicator it is cannot be told for sure, so what differs is only asked about.
            for difference in _values(entry, elsewhere, year):
                yield replace(difference, kind=WORDS if difference.kind == FIGURES else difference.kind)
            return
        free = [(n, o) for n in names for o in self.entries[n] if o.second == entry.second and o.key not in taken]
        project, other = max(free, key=lambda pair: likeness(entry.name, pair[1].name), default=(names[0], None))
        if other is None or likeness(entry.name, other.name) < NEAR_NAMES:
            yield Difference("missing", entry, other, project)
            return
        yield Difference("name", entry, other, project)
        yield from _values(entry, [(project, other)], year)


def _values(entry: Entry, same: Sequence[tuple[str, Entry]], year: int) -> Iterator[Difference]:
    """Whether a value is that of a project, or the sum of those of several."""
    if not entry.value or not any(other.value for _, other in same):
        return
    found = [(compare_values(entry.value, other.value, year), name, other) for name, other in same]
    if any(kind == SAME for kind, *_ in found) or _is_sum(entry.value, [other.value for _, other in same]):
        return
    order = (NEAR, WORDS, FIGURES)
    kind, name, other = min(found, key=lambda item: order.index(item[0]))
    yield Difference(kind, entry, other, name)


def _is_sum(value: str, parts: Sequence[str]) -> bool:
    whole, figures = single(normal(value)), [single(normal(part)) for part in parts]
    if whole is None or len(figures) < 2 or any(figure is None for figure in figures):
        return False
    told = [figure for figure in figures if figure is not None]
    return {(f.sign, f.unit) for f in told} == {(whole.sign, whole.unit)} and sum(
        f.number for f in told
    ) == whole.number
