"""What other offices' files hold: tables, ledgers and texts recognised and taken over; last year's workbook."""

from __future__ import annotations

from udfs.foreign.headings import is_number
from udfs.foreign.last_year import Carried, carry, review_blocks
from udfs.foreign.mapping import Entry, apply, as_grid, in_source_words, read_entries
from udfs.foreign.measures import FoundTable
from udfs.foreign.published import (
    NUMBERED,
    TEXT,
    Leftover,
    Line,
    PageTable,
    Passage,
    Published,
    joined,
    lines_above,
    split_title,
)
from udfs.foreign.recognise import Recognition, recognise
from udfs.foreign.segments import NUMBER_LINE, parted
from udfs.foreign.suggest import alike_heading, suggest
from udfs.foreign.takeover import notes, origins, take_over
from udfs.foreign.target_sheets import Origins, TargetSheets, target_sheets
from udfs.foreign.targets import Indicator, Targets, Told, find_targets, in_yuan
from udfs.foreign.text import SectionText, find_texts, unwrapped

__all__ = [
    "NUMBERED",
    "NUMBER_LINE",
    "TEXT",
    "Carried",
    "Entry",
    "FoundTable",
    "Indicator",
    "Leftover",
    "Line",
    "Origins",
    "PageTable",
    "Passage",
    "Published",
    "Recognition",
    "SectionText",
    "TargetSheets",
    "Targets",
    "Told",
    "alike_heading",
    "apply",
    "as_grid",
    "carry",
    "find_targets",
    "find_texts",
    "in_source_words",
    "in_yuan",
    "is_number",
    "joined",
    "lines_above",
    "notes",
    "origins",
    "parted",
    "read_entries",
    "recognise",
    "review_blocks",
    "split_title",
    "suggest",
    "take_over",
    "target_sheets",
    "unwrapped",
]
