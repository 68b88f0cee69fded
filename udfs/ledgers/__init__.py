"""The input sheets as clean values: the unit, the ledgers, and all money as one list of facts."""

from __future__ import annotations

from udfs.ledgers.content import Content, lost_tables, read_content, read_info
from udfs.ledgers.facts import FLOW, INCOME, PROJECT, SPENDING, Facts, Mask, build_facts, unit_problems
from udfs.ledgers.ledger import FEN, ROW, Ledger, Reading, empty_ledger, joined
from udfs.ledgers.lookup import code_name, find_codes
from udfs.ledgers.reader import find_heading, heading_share, own_headings, read_ledger, said_measures, uneven_rows
from udfs.ledgers.review_marks import REVIEW, is_marked, mark_of_list
from udfs.ledgers.unit import Inputs, Unit, UnitInfo, check_field, read_fields, read_inputs, read_records, read_unit
from udfs.ledgers.units import Doubt, UnitRegister, code_key, kinds_said, ledger_pairs, name_key, with_whole_codes

__all__ = [
    "FEN",
    "FLOW",
    "INCOME",
    "PROJECT",
    "REVIEW",
    "ROW",
    "SPENDING",
    "Content",
    "Doubt",
    "Facts",
    "Inputs",
    "Ledger",
    "Mask",
    "Reading",
    "Unit",
    "UnitInfo",
    "UnitRegister",
    "build_facts",
    "check_field",
    "code_key",
    "code_name",
    "empty_ledger",
    "find_codes",
    "find_heading",
    "heading_share",
    "is_marked",
    "joined",
    "kinds_said",
    "ledger_pairs",
    "lost_tables",
    "mark_of_list",
    "name_key",
    "own_headings",
    "read_content",
    "read_fields",
    "read_info",
    "read_inputs",
    "read_ledger",
    "read_records",
    "read_unit",
    "said_measures",
    "uneven_rows",
    "unit_problems",
    "with_whole_codes",
]
