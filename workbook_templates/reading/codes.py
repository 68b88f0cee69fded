"""The classifications: codes, names and which economic items go together. Facts read from `codes/<year>/`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from workbook_templates.reading.errors import EditionError

CODES_FOLDER = Path(__file__).parents[1] / "codes"

#: The classifications by the name that ledger columns use.
NAMES = ("functional", "departmental", "governmental", "revenue")

#: The table of the economic items that go together.
PAIRING = "pairing.csv"
#: The table of the kinds of unit: one more kind is one more line there.
UNIT_KINDS = "unit_kinds.csv"
#: Names the year on which a folder rests: what a file of its own lacks stands there.
BASE = "base.txt"
_YES_NO = {"是": True, "否": False}

#: The group of the kinds of unit that have 机关运行经费, as filters name it.
RUNNING_COSTS = "编列机关运行经费"


class UnitKind(Struct, frozen=True):
    """A kind of budget unit (单位性质), for example 行政."""

    name: str
    pairing: str  #: the kind under which `pairing.csv` has its economic items
    running_costs: bool  #: whether it has 机关运行经费
    also: tuple[str, ...] = ()  #: other words for it that clerks write


class Classifications(Struct, frozen=True, dict=True):
    """All classifications of one year, read from its folder when first asked for."""

    folder: Path

    @classmethod
    def of_year(cls, year: str) -> Classifications:
        """The classifications that come with the program for that year."""
        return cls(CODES_FOLDER / year)

    @cached_property
    def by_name(self) -> Mapping[str, Mapping[str, str]]:
        """For each classification its names by code."""
        return {name: self.names(f"{name}.csv") for name in NAMES}

    @cached_property
    def base(self) -> Classifications | None:
        """The classifications of the year that these rest on; None where they stand alone."""
        path = self.folder / BASE
        return Classifications(self.folder.parent / path.read_text(encoding="utf-8").strip()) if path.exists() else None

    def names(self, file: str) -> dict[str, str]:
        """Names by code, in the order of the codes; a row without a name takes away a code that the base has."""
        before = self.base.names(file) if self.base else {}
        if self.base and not (self.folder / file).exists():
            return before
        names = {**before, **{row["code"]: row["name"] for row in self._rows(file)}}
        kept = {code: name for code, name in names.items() if name}
        return dict(sorted(kept.items())) if before else kept

    def file(self, name: str) -> Path:
        """A table of this year, or of the one it rests on; it need not be there."""
        own = self.folder / name
        return own if self.base is None or own.exists() else self.base.file(name)

    @cached_property
    def pairing(self) -> frozenset[tuple[str, str, str]]:
        """Which items go together: (departmental item, kind of unit or ``*``, governmental item)."""
        rows = self._rows(PAIRING)
        return frozenset((row["departmental"], row["unit_kind"], row["governmental"]) for row in rows)

    @cached_property
    def unit_kinds(self) -> Mapping[str, UnitKind]:
        """The kinds of unit by name, in the order of choice. Raises EditionError where the table is wrong."""
        place = f"科目表 codes/{self.folder.name}/{UNIT_KINDS}"
        try:
            rows = [
                UnitKind(
                    row["kind"],
                    row["pairing"],
                    _YES_NO[row["running_costs"]],
                    tuple(filter(None, (row.get("also") or "").split("、"))),
                )
                for row in self._rows(UNIT_KINDS)
            ]
        except OSError:
            raise EditionError(f"科目表 codes/{self.folder.name} 缺少 {UNIT_KINDS}") from None
        except KeyError:
            raise EditionError(f"{place}：应有 kind、pairing、running_costs 三列，running_costs 应为是或否") from None
        return {kind.name: kind for kind in rows}

    @property
    def usual_kind(self) -> str:
        """The kind of unit that is meant where none is said."""
        return next(iter(self.unit_kinds))

    @property
    def unit_kind_words(self) -> Mapping[str, str]:
        """What the names in braces stand for that texts of an edition have in place of kinds of unit."""
        kinds = self.unit_kinds.values()
        return {
            "unit_kinds": _or([k.name for k in kinds]),
            "running_cost_kinds": _or([k.name for k in kinds if k.running_costs]),
            "other_kinds": _or([k.name for k in kinds if not k.running_costs]),
        }

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The groups of values that filters may name in every edition."""
        return {RUNNING_COSTS: tuple(k.name for k in self.unit_kinds.values() if k.running_costs)}

    @cached_property
    def former_names(self) -> Mapping[str, str]:
        """Names used in earlier years, to the code that had them."""
        return {row["former_name"]: row["code"] for row in self._rows("former_names.csv")}

    def _rows(self, name: str) -> list[dict[str, str]]:
        with self.file(name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def _or(names: list[str]) -> str:
    return "或".join(filter(None, ("、".join(names[:-1]), *names[-1:])))
