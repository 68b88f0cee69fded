"""The performance forms of the published disclosure: its figures, dates, names and values of indicators.

Running text is not the document's: goals and tasks are told in short words of our own with the document's figures, and
the two values of task 2 that are sentences are the sample's. What the unit says of itself is the sample's, which has
the published figures.
"""

from __future__ import annotations

import csv
from pathlib import Path

from addin.verbs.commands import fill_workbook, narrate_workbook, sample_workbook
from tests.support.published import LEDGER, UNIT
from workbook_templates.reading.sample import SAMPLE_FOLDER, Sample

FOLDER = Path(__file__).resolve().parents[1] / "data" / "published_performance"


def published_inputs(folder: Path) -> Sample:
    """All inputs of the published unit, as a sample's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (SAMPLE_FOLDER / "units.csv").open(encoding="utf-8-sig", newline="") as file:
        sample_unit = list(csv.reader(file))[1][1]
    for source in SAMPLE_FOLDER.glob("*.csv"):
        own = FOLDER / source.name
        text = (own if own.exists() else source).read_text(encoding="utf-8-sig")
        (folder / source.name).write_text(text.replace(sample_unit, UNIT), encoding="utf-8")
    (folder / "ledger.csv").write_bytes(LEDGER.read_bytes())
    return Sample(folder)


def published_workbook(folder: Path) -> Path:
    """The published unit's workbook, filled in, with tables, text and forms."""
    inputs, filled, finished = (folder / name for name in ("填报.xlsx", "各表.xlsx", "说明.xlsx"))
    sample_workbook(inputs, published_inputs(folder / "inputs"))
    fill_workbook(inputs, filled)
    narrate_workbook(filled, finished)
    return finished
