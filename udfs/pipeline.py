"""The steps of the work, 生成十三表 → 生成说明 → 校验, each on the workbook as the one before has left it."""

from __future__ import annotations

from collections.abc import Sequence

from udfs.base import Block
from udfs.checks import Inspection
from udfs.fill import Filled, fill
from udfs.narrative import Section, TextPlan, write_text
from udfs.results import result_blocks
from udfs.tables import Reading
from udfs.validate import Report, inspect, validate


class Pipeline:
    """A workbook on its way through the steps. Nothing is written before all that are wanted have been computed.

    `reading`: the workbook as it stands after the steps so far. `blocks`: what they write, in order. Steps raise
    InputProblems where the workbook is not ready for them.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.blocks: list[Block] = []

    def fill(self, *, started: bool = True, balanced: bool = False, checked: bool = False) -> Filled:
        """The tables from the ledgers; see `udfs.fill.fill`."""
        filled = fill(self.reading, started=started, balanced=balanced, checked=checked)
        self.blocks += filled.blocks
        self.reading = filled.reading
        return filled

    def narrate(self) -> tuple[tuple[Section, ...], TextPlan]:
        """The text from the tables."""
        sections, plan = write_text(self.reading)
        self.blocks += plan.blocks
        self.reading = self.reading.after(plan.blocks)
        return sections, plan

    def check(self) -> tuple[Inspection, Report]:
        """Every relation and check."""
        inspection = inspect(self.reading)
        return inspection, validate(inspection)

    def generate(self) -> tuple[Filled, tuple[Section, ...], TextPlan, Inspection, Report]:
        """Tables, text and findings one after the other. Where the clerk writes the text there is none to be made."""
        filled = self.fill(checked=True)
        sections, plan = self.narrate() if self.reading.edition.narrative.generated else ((), TextPlan((), (), ()))
        return filled, sections, plan, *self.check()

    def write_results(self, inspection: Inspection, report: Report, most: int | None = None) -> Sequence[Block]:
        """校验结果, 勾稽关系 (at most so many rows) and 封面: the last blocks, after which nothing is read."""
        found = result_blocks(inspection, report, most)
        self.blocks += found
        return found
