"""The input sheets as clean values: the unit, the ledgers, and all money as one list of facts."""

from __future__ import annotations

from udfs.ledgers.content import Content, begun, gather, lost_tables, missing_sheets
from udfs.ledgers.facts import FLOW, INCOME, PROJECT, SPENDING, Facts, Mask, build_facts, unit_problems
from udfs.ledgers.former import converted_lists
from udfs.ledgers.ledger import Column, Ledger, LedgerReading, empty_ledger, joined, numbered
from udfs.ledgers.lookup import code_name, find_codes
from udfs.ledgers.reader import find_heading, heading_share, own_headings, read_ledger, said_measures
from udfs.ledgers.review_marks import REVIEW, is_marked, mark_of_list
from udfs.ledgers.uneven import uneven_rows
from udfs.ledgers.unit import (
    Inputs,
    Unit,
    UnitInfo,
    check_field,
    heading_key,
    label_key,
    read_date,
    read_inputs,
    read_range,
    read_unit,
    unit_info,
)
from udfs.ledgers.units import Doubt, UnitRegister, code_key, kinds_said, ledger_pairs, name_key, with_whole_codes

__all__ = [
    "FLOW",
    "INCOME",
    "PROJECT",
    "REVIEW",
    "SPENDING",
    "Column",
    "Content",
    "Doubt",
    "Facts",
    "Inputs",
    "Ledger",
    "LedgerReading",
    "Mask",
    "Unit",
    "UnitInfo",
    "UnitRegister",
    "begun",
    "build_facts",
    "check_field",
    "code_key",
    "code_name",
    "converted_lists",
    "empty_ledger",
    "find_codes",
    "find_heading",
    "gather",
    "heading_key",
    "heading_share",
    "is_marked",
    "joined",
    "kinds_said",
    "label_key",
    "ledger_pairs",
    "lost_tables",
    "mark_of_list",
    "missing_sheets",
    "name_key",
    "numbered",
    "own_headings",
    "read_date",
    "read_inputs",
    "read_ledger",
    "read_range",
    "read_unit",
    "said_measures",
    "uneven_rows",
    "unit_info",
    "unit_problems",
    "with_whole_codes",
]
