"""The classifications: codes, names and which economic items go together. Facts read from `codes/<year>/`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct

CODES_FOLDER = Path(__file__).parents[1] / "codes"

#: The classifications by the name that ledger columns use.
NAMES = ("functional", "departmental", "governmental", "revenue")


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
        return {name: {row["code"]: row["name"] for row in self._rows(f"{name}.csv")} for name in NAMES}

    @cached_property
    def pairing(self) -> frozenset[tuple[str, str, str]]:
        """Which items go together: (departmental item, kind of unit or ``*``, governmental item)."""
        rows = self._rows("pairing.csv")
        return frozenset((row["departmental"], row["unit_kind"], row["governmental"]) for row in rows)

    @cached_property
    def former_names(self) -> Mapping[str, str]:
        """Names used in earlier years, to the code that had them."""
        return {row["former_name"]: row["code"] for row in self._rows("former_names.csv")}

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
