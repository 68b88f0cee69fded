"""What other offices' files hold: tables, ledgers and texts recognised and taken over; last year's workbook."""

from __future__ import annotations

from udfs.foreign.last_year import Carried, carry, review_blocks
from udfs.foreign.mapping import Entry, apply, as_grid, read_entries, suggest
from udfs.foreign.recognise import Recognition, recognise
from udfs.foreign.takeover import notes, take_over
from udfs.foreign.text import SectionText, find_texts

__all__ = [
    "Carried",
    "Entry",
    "Recognition",
    "SectionText",
    "apply",
    "as_grid",
    "carry",
    "find_texts",
    "notes",
    "read_entries",
    "recognise",
    "review_blocks",
    "suggest",
    "take_over",
]
