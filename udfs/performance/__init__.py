"""绩效目标: the printed forms, their sheet, and the figures and goals they repeat."""

from __future__ import annotations

from udfs.performance.derived import ASSEMBLED, Record, is_one_year, tasks_of
from udfs.performance.forms import PerformanceForm, make_forms, performance_forms
from udfs.performance.goals import Contradiction, against_goals, against_indicators
from udfs.performance.indicators import Difference, Entry, Projects, entries_of
from udfs.performance.quantities import FIGURES, MONEY, NEAR, WORDS, compare_values, figures, likeness, single
from udfs.performance.sheet import AREA, SheetForm, marked_rows, performance_blocks, sheet_form
from udfs.performance.sources import Sources, form_projects, indicators_of, sources_of

__all__ = [
    "AREA",
    "ASSEMBLED",
    "FIGURES",
    "MONEY",
    "NEAR",
    "WORDS",
    "Contradiction",
    "Difference",
    "Entry",
    "PerformanceForm",
    "Projects",
    "Record",
    "SheetForm",
    "Sources",
    "against_goals",
    "against_indicators",
    "compare_values",
    "entries_of",
    "figures",
    "form_projects",
    "indicators_of",
    "is_one_year",
    "likeness",
    "make_forms",
    "marked_rows",
    "performance_blocks",
    "performance_forms",
    "sheet_form",
    "single",
    "sources_of",
    "tasks_of",
]
