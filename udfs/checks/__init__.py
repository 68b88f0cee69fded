"""Checks that are not sums: one small function each, all registered here by the modules of this package."""

from __future__ import annotations

from udfs.checks import (
    classification,
    hygiene,
    inputs,
    ledger,
    performance,
    places,
    projects,
    rows,
    sections,
    tables,
    targets,
    text,
    trees,
)
from udfs.checks.registry import Check, Inspection, Skipped, registered
from udfs.checks.standing import Standing, mark_blocks, standing, with_blank_tables

__all__ = [
    "Check",
    "Inspection",
    "Skipped",
    "Standing",
    "classification",
    "hygiene",
    "inputs",
    "ledger",
    "mark_blocks",
    "performance",
    "places",
    "projects",
    "registered",
    "rows",
    "sections",
    "standing",
    "tables",
    "targets",
    "text",
    "trees",
    "with_blank_tables",
]
