"""Checks that are not sums: one small function each, all registered here by the modules of this package."""

from __future__ import annotations

from udfs.checks import classification, hygiene, inputs, ledger, performance, rows, tables, targets, text
from udfs.checks.registry import Check, Inspection, Skipped, registered

__all__ = [
    "Check",
    "Inspection",
    "Skipped",
    "classification",
    "hygiene",
    "inputs",
    "ledger",
    "performance",
    "registered",
    "rows",
    "tables",
    "targets",
    "text",
]
