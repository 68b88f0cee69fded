"""Row heights, the same for both doors: which are the program's and which the clerk's own, and what a text needs."""

from __future__ import annotations

from workbook_templates.reading import LINE_HEIGHT

#: The tallest row that Excel allows, in points.
TALLEST_ROW = 409
#: Programs keep heights in whole pixels or hundredths of a millimetre; of 20 points 19.5 may be left.
_OFF = 0.55


def is_own(height: float) -> bool:
    """Whether a height that does not follow the text is the clerk's choice: no whole number of the template's lines.

    A hidden row has none at all. A row that follows its text is fitted by Excel itself.
    """
    return height <= 0 or not same(height, LINE_HEIGHT * round(height / LINE_HEIGHT))


def same(one: float, other: float) -> bool:
    """Whether two heights are one, as programs round it."""
    return abs(one - other) <= _OFF


def fitting(lines: int) -> float:
    """The height for so many lines of text."""
    return LINE_HEIGHT * min(lines, int(TALLEST_ROW // LINE_HEIGHT))
