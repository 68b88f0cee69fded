"""The figures that the pie chart of 情况说明 draws, as the block that fills its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from udfs.base import Area, Block, InputProblems, Problem
from udfs.narrative.narrate import Item
from workbook_templates.defined_names import CHART

#: The defined name of the range: a name and an amount a row.


def chart_blocks(names: Mapping[str, Area], items: Sequence[Item]) -> list[Block]:
    """The slices from the top, every other row empty; none where the workbook has no such range."""
    if CHART not in names:
        return []
    sheet, first, left, last, right = names[CHART]
    if len(items) > last - first + 1:
        raise InputProblems([Problem(sheet, f"结构图的数据区域只有{last - first + 1}行，放不下{len(items)}类支出")])
    blank = [[None] * (right - left + 1)] * (last - first + 1 - len(items))
    return [Block(sheet, first, left, [*([item.name, item.amount] for item in items), *blank])]
