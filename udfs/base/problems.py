"""What is wrong with the input, as values that are gathered and shown all at once."""

from __future__ import annotations

from msgspec import Struct

from workbook_templates.addresses import address


class Problem(Struct, frozen=True):
    """One fault: where (sheet or file, row and column from 1; 0 for none), the heading, what was found, what to do."""

    sheet: str
    message: str
    row: int = 0
    column: int = 0
    heading: str = ""
    found: str = ""

    def __str__(self) -> str:
        place = f"“{self.sheet}”" if self.sheet else ""
        if self.row:
            place += f"第{self.row}行"
        if self.heading:
            place += f"“{self.heading}”"
        if self.row and self.column:
            place += f"（{address(self.row, self.column)}）"
        found = f"填的是“{self.found}”，" if self.found else ""
        return f"{place}：{found}{self.message}" if place else f"{found}{self.message}"


class InputProblems(Exception):
    """The input cannot be used; carries every problem found, so that all are shown at once."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        super().__init__("；".join(str(p) for p in problems))
        self.problems = tuple(problems)
