"""Published documents inspected: findings at page and paragraph, the inspectors' list, the workbook beside."""

from __future__ import annotations

from udfs.published.asked import published_in_time
from udfs.published.compare import tables_compared, text_compared
from udfs.published.findings import AGAINST, RULES, STATEMENT, TIMELY, DocumentFinding, Item, items_of, ordered
from udfs.published.form import form_findings, says_empty
from udfs.published.frames import Frame, cover_compared, frames_compared
from udfs.published.places import Places
from udfs.published.sheet import item_names
from udfs.published.targets import FormPlaces, checked_alone, figures_agree, without_value
from udfs.published.targets_compared import targets_compared, targets_of

__all__ = [
    "AGAINST",
    "RULES",
    "STATEMENT",
    "TIMELY",
    "DocumentFinding",
    "FormPlaces",
    "Frame",
    "Item",
    "Places",
    "checked_alone",
    "cover_compared",
    "figures_agree",
    "form_findings",
    "frames_compared",
    "item_names",
    "items_of",
    "ordered",
    "published_in_time",
    "says_empty",
    "tables_compared",
    "targets_compared",
    "targets_of",
    "text_compared",
    "without_value",
]
