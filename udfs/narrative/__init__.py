"""情况说明: the sections of the text in the edition's wording, and the sheet that holds them."""

from __future__ import annotations

from udfs.narrative.narrate import (
    Item,
    Note,
    Section,
    as_records,
    chart_items,
    figures_of,
    narrate,
    read_figures,
    render,
)
from udfs.narrative.templates import evaluate, save_compiled, wording_faults, wording_of
from udfs.narrative.text_sheet import GENERATED, TextPlan, TextRow, text_state, texts_of, write_text

__all__ = [
    "GENERATED",
    "Item",
    "Note",
    "Section",
    "TextPlan",
    "TextRow",
    "as_records",
    "chart_items",
    "evaluate",
    "figures_of",
    "narrate",
    "read_figures",
    "render",
    "save_compiled",
    "text_state",
    "texts_of",
    "wording_faults",
    "wording_of",
    "write_text",
]
