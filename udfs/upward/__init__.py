"""What goes to the superior office: the department's sum, the receipt list, the seal."""

from __future__ import annotations

from udfs.upward.consolidate import Department, Member, consolidate, units_behind
from udfs.upward.receipt import (
    CHECKED,
    DISTRUSTED,
    DUPLICATE,
    IN_THE_SUM,
    MISSING,
    OTHER_EDITION,
    OTHER_YEAR,
    TAKEN_WITH_FAULTS,
    UNREADABLE,
    UNUSABLE,
    Expected,
    Keys,
    Receipt,
    Received,
    receipt,
    seal_is_broken,
)
from udfs.upward.seal import Change, Place, Seal, SealError, SealState, changes, digests, dump, packed, unpacked

__all__ = [
    "CHECKED",
    "DISTRUSTED",
    "DUPLICATE",
    "IN_THE_SUM",
    "MISSING",
    "OTHER_EDITION",
    "OTHER_YEAR",
    "TAKEN_WITH_FAULTS",
    "UNREADABLE",
    "UNUSABLE",
    "Change",
    "Department",
    "Expected",
    "Keys",
    "Member",
    "Place",
    "Receipt",
    "Received",
    "Seal",
    "SealError",
    "SealState",
    "changes",
    "consolidate",
    "digests",
    "dump",
    "packed",
    "receipt",
    "seal_is_broken",
    "units_behind",
    "unpacked",
]
