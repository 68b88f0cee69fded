"""What other offices' files hold: tables, ledgers and texts recognised and taken over; last year's workbook."""

from __future__ import annotations

from udfs.foreign.last_year import Carried, carry, review_blocks
from udfs.foreign.mapping import Entry, alike_heading, apply, as_grid, in_source_words, read_entries, suggest
from udfs.foreign.recognise import Recognition, recognise
from udfs.foreign.takeover import notes, take_over
from udfs.foreign.text import SectionText, find_texts

__all__ = [
    "Carried",
    "Entry",
    "Recognition",
    "SectionText",
    "alike_heading",
    "apply",
    "as_grid",
    "carry",
    "find_texts",
    "in_source_words",
    "notes",
    "read_entries",
    "recognise",
    "review_blocks",
    "suggest",
    "take_over",
]
