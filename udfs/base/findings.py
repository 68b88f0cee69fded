"""Findings: what a relation or a check found, as values; every one says where, what, and what to do."""

from __future__ import annotations

from msgspec import Struct

FORCED, HINT, NOTE = "强制", "提示", "信息"
GRADES = (FORCED, HINT, NOTE)
#: What 封面 shows of a sheet, or of the whole, that no check has looked at since it was made.
NOT_CHECKED = "未校验"


#: What an explanation is bound to: rule, place, message, left and right amount.
Figures = tuple[str, str, str, str, str]


class Suspect(Struct, frozen=True):
    """A cell that may be the wrong one: what it shows, what it should show, and the likely slip in words."""

    sheet: str
    cell: str
    shown: str
    suggested: str
    slip: str = ""


class Finding(Struct, frozen=True):
    """One finding. `cell` is A1, empty for a whole sheet; amounts are texts with two decimals, empty where none."""

    rule: str
    grade: str
    sheet: str
    cell: str
    message: str
    left: str = ""
    right: str = ""
    difference: str = ""
    suspects: tuple[Suspect, ...] = ()

    @property
    def place(self) -> str:
        """Where it is, as the clerk reads it."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    @property
    def figures(self) -> Figures:
        """What a written explanation is bound to: the same finding about the same figures."""
        return self.rule, self.place, self.message, self.left, self.right


class Status(Struct, frozen=True):
    """How a check ended: 通过, 不符, 不适用 or 无法核对, the last two with the reason."""

    rule: str
    status: str
    reason: str = ""
