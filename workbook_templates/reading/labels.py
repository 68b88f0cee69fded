"""How performance forms of any place call what they ask for, as data shared by all editions (labels.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from workbook_templates.reading.toml_files import Schema, place_of, read_file

LABELS = "labels.toml"


class LevelLabels(Schema, frozen=True):
    """The levels of indicators."""

    first: tuple[str, ...]  #: first levels
    third: tuple[str, ...]  #: headings of the column of names
    second: Mapping[str, tuple[str, ...]]  #: second levels → what other places call them


class HeadingLabels(Schema, frozen=True):
    """What heads a part and says nothing else."""

    parts: tuple[str, ...]  #: of parts
    columns: tuple[str, ...]  #: of columns


class LabelKeys(Schema, frozen=True):
    """Labels of performance forms, each by the key of the field whose value stands beside it."""

    project: Mapping[str, tuple[str, ...]]  #: a project's fields
    totals: Mapping[str, tuple[str, ...]]  #: totals of its money
    money: Mapping[str, tuple[str, ...]]  #: parts of its money
    goals: Mapping[str, tuple[str, ...]]  #: its goals
    unit: Mapping[str, tuple[str, ...]]  #: the whole unit's fields
    amounts: Mapping[str, tuple[str, ...]]  #: its figures
    lists: Mapping[str, tuple[str, ...]]  #: headings of its lists
    levels: LevelLabels  #: levels of indicators
    headings: HeadingLabels  #: what says nothing else


class TargetLabels(Struct, frozen=True):
    """Every label → the key of what it labels."""

    project: Mapping[str, str]
    totals: Mapping[str, str]
    money: Mapping[str, str]
    goals: Mapping[str, str]
    unit: Mapping[str, str]
    amounts: Mapping[str, str]
    lists: Mapping[str, str]
    first: frozenset[str]
    second: Mapping[str, str]  #: however it is called → the second level
    third: frozenset[str]
    headings: frozenset[str]


@cache
def target_labels() -> TargetLabels:
    """The labels that every edition shares. Raises EditionError where their file is wrong."""
    keys = read_file(Path(__file__).parent.parent / "editions" / LABELS, LabelKeys, place_of(LABELS))

    def inverted(table: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        return {label: key for key, labels in table.items() for label in labels}

    return TargetLabels(
        inverted(keys.project),
        inverted(keys.totals),
        inverted(keys.money),
        inverted(keys.goals),
        inverted(keys.unit),
        inverted(keys.amounts),
        inverted(keys.lists),
        frozenset(keys.levels.first),
        {label: second for second, also in keys.levels.second.items() for label in (second, *also)},
        frozenset(keys.levels.third),
        frozenset((*keys.headings.parts, *keys.headings.columns, *keys.levels.third)),
    )
