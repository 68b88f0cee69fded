"""勾稽关系: one sparse matrix of relations, its verdicts, live formulas, wrong cells and controlled rounding."""

from __future__ import annotations

from udfs.reconciliation.expansion import Expansion
from udfs.reconciliation.live_formulas import WIDTH, LiveFormulas
from udfs.reconciliation.relations import (
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    UNDECIDED,
    Evaluation,
    Outcome,
    evaluate,
    exact_residuals,
    matrix_of,
    same_layout,
    side_label,
)
from udfs.reconciliation.rounding import SWITCH, WANTED, Adjustment, balance_tables, tables_of
from udfs.reconciliation.suspects import Found, differing, search
from udfs.reconciliation.system import solver
from udfs.reconciliation.tolerance import allowance_of_terms

__all__ = [
    "FAILED",
    "NOT_APPLICABLE",
    "PASSED",
    "SWITCH",
    "UNDECIDED",
    "WANTED",
    "WIDTH",
    "Adjustment",
    "Evaluation",
    "Expansion",
    "Found",
    "LiveFormulas",
    "Outcome",
    "allowance_of_terms",
    "balance_tables",
    "differing",
    "evaluate",
    "exact_residuals",
    "matrix_of",
    "same_layout",
    "search",
    "side_label",
    "solver",
    "tables_of",
]
