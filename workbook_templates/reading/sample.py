"""The sample unit: complete inputs for every input sheet, kept as CSV files."""

from __future__ import annotations

import csv
from pathlib import Path

from msgspec import Struct

SAMPLE_FOLDER = Path(__file__).parents[1] / "sample"


class Sample(Struct, frozen=True):
    """A folder of inputs: one CSV file a range of the input sheets, named after the range."""

    folder: Path = SAMPLE_FOLDER
    edition: str | None = None  #: the default one where none is named

    def grid(self, key: str) -> list[list[str]]:
        """The rows of one range, headings first."""
        with (self.folder / f"{key}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
