"""Foreign workbooks made from two published disclosures of the nine-table form, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace
from openpyxl.workbook import Workbook as Book

from addin.verbs.import_book import recognised, texts_of, values_of
from addin.xlsx.files import Workbook
from tests.support.published import PUBLISHED, UNIT
from tests.support.seeded import SLIPS, SeededUnit, Wrong, _slipped
from udfs.base.cells import with_blocks
from udfs.foreign.recognise import Recognition
from udfs.foreign.takeover import take_over
from udfs.tables import Reading
from udfs.tables.printed import Printed
from udfs.tables.read_back import last_places
from udfs.validate import Report, inspect, validate
from workbook_templates.reading.edition import load_edition

NINE = "2025-shanghai"
_DATA = Path(__file__).resolve().parents[1] / "data"
Grids = dict[str, list[list[Any]]]
Change = Callable[[Grids], None]


@cache
def _disclosure(name: str) -> Mapping[str, Any]:
    result: Mapping[str, Any] = json.loads((_DATA / f"shanghai_{name}.json").read_text(encoding="utf-8"))
    return result


def as_cell(text: str) -> Any:
    """A figure as a number cell; codes and words as text."""
    plain = text.replace(",", "")
    return float(plain) if "." in text and plain.replace(".", "").lstrip("-").isdigit() else text or None


def grids_of(name: str) -> Grids:
    """The tables of a disclosure as a plain export has them, a sheet each, and a sheet of text."""
    disclosure = _disclosure(name)
    grids: Grids = {}
    for number, table in enumerate(disclosure["tables"], 1):
        lines: list[list[Any]] = [[table["title"]], [f"编制单位：{disclosure['unit']}"], [f"单位：{table['unit']}"]]
        lines += [[text or None for text in line] for line in table["header_rows"]]
        lines += [[as_cell(text) for text in line] for line in table["rows"]]
        lines += [[note] for note in table.get("notes", [])]
        grids[f"Sheet{number}"] = lines
    grids["文字"] = [[line] for line in TEXT]
    return grids


#: Written for the tests.
TEXT = (
    "[p1]",
    "目 录",
    "一、单位主要职能",
    "二、单位机构设置",
    "[p2]",
    "某委员会主要职能",
    "1.负责拟订本区域内有关行业发展的规划和年度计划，并在批准后组织实施，协调解决执行中遇到的重大",
    "问题。",
    "2.承办其他事项。",
    "某委员会机构设置",
    "本单位设三个科室。",
    "2025年单位预算编制说明",
    "2025年，收入预算按收支平衡的要求编制，比上年增加10万元。",
    "一、2025年“三公”经费预算情况说明",
    "“三公”经费按规定从严安排。",
)


class Imported(Struct):
    """A foreign workbook taken over: what was recognised, what was said, and what validation says."""

    found: Recognition
    notes: tuple[str, ...]
    grids: Mapping[str, Sequence[Sequence[Any]]]
    names: dict[str, Any] = field(default_factory=dict)

    @cache  # noqa: B019 - as long as the test that asks
    def report(self) -> Report:
        """The validation of the workbook made."""
        return validate(inspect(Reading(self.found.edition, self.grids, self.names)))

    @property
    def missing(self) -> set[str]:
        """Sheets of the tables that were not recognised."""
        return {self.found.edition.form(code).sheet for code in self.found.missing}

    def serious(self) -> list[tuple[str, str, str]]:
        """Findings above a note."""
        return [(f.rule, f.place, f.message) for f in self.report().every if f.grade != "信息"]

    __hash__ = object.__hash__


@cache
def _template(name: str) -> tuple[Grids, dict[str, Any]]:
    book = Workbook(load_edition(name).template)
    return book.grids, book.package.names


def as_read(value: Any) -> Any:
    """A value written, as a file gives it back."""
    return (
        float(value) if hasattr(value, "scaleb") or (isinstance(value, int) and not isinstance(value, bool)) else value
    )


def imported(grids: Grids, edition: str | None = NINE) -> Imported:
    """A foreign workbook through recognition and the template, without files."""
    found = recognised(Path("来源.xlsx"), grids, load_edition(edition) if edition else None)
    texts = texts_of(found, grids)
    template, names = _template(found.edition.name)
    taken = take_over(found, texts, template, names, values_of(found, texts))
    after = with_blocks(template, taken.blocks)
    read = {name: [[as_read(value) for value in line] for line in grid] for name, grid in after.items()}
    return Imported(found, taken.notes, read, dict(names))


def write_book(path: Path, grids: Grids) -> Path:
    """The grids as a workbook file."""
    book = Book()
    book.remove(book.worksheets[0])
    for name, grid in grids.items():
        sheet = book.create_sheet(name)
        for line in grid:
            sheet.append(line)
    book.save(path)
    return path


class ForeignUnit(SeededUnit):
    """An imported unit's tables, in which slips are planted in the last place that each table shows."""

    def __init__(self, name: str, grids: Grids | None = None, edition: str | None = NINE) -> None:
        self.name = name
        made = imported(grids or grids_of(name), edition)
        self.edition = made.found.edition
        self.clean = inspect(Reading(self.edition, made.grids, made.names)).printed

    def printed(self, wrong: Sequence[Wrong]) -> Printed:
        """The tables with some cells wrong; the last place of a table is what it then shows."""
        changed = super().printed(wrong)
        return replace(changed, steps=last_places(changed.blocks, changed.places))

    def cases(self) -> list[Wrong]:
        """Every cell that is not empty, with every slip that changes it; no percentages, which checks guard (F63)."""
        shares = {
            cell
            for block in self.clean.blocks
            for n, column in enumerate(block.block.columns)
            for cell in range(
                block.first + n, block.first + len(block.rows) * len(block.block.columns), len(block.block.columns)
            )
            if column.percent
        }
        cells = [cell for cell in np.flatnonzero(self.clean.filled).tolist() if cell not in shares]
        shown = replace(self.clean, places=self.clean.places // self.clean.step)
        result = []
        for cell in cells:
            step = int(self.clean.step[cell])
            for slip in (*SLIPS, "0.01 more or less"):
                found = _slipped(shown, cell, slip, Random(f"{self.name} {cell} {slip}"))
                figure = None if found is None else found * step
                if figure != int(self.clean.places[cell]):
                    result.append(Wrong(slip, cell, figure))
        return result


def foreign_tables() -> Grids:
    """The published thirteen tables as another office lays them out: numbers of columns, notes, no ledger."""
    grids: Grids = {}
    for number, table in PUBLISHED.items():
        lines: list[list[object]] = [[table["title"]], [f"单位名称：{UNIT}"], ["单位：万元"]]
        lines += [[as_cell(text) for text in line] for line in table["rows"]]
        grids[f"表{number}"] = [*lines, *([[table["note"]]] if "note" in table else [])]
    return grids
