"""The defined names by which the program finds its places in a workbook, and what 封面 says in its own words."""

from __future__ import annotations

#: Edition and template version; a workbook without it is not one of ours.
EDITION = "YS_EDITION"
#: 封面: the unit, the title, how far the whole is, and the lines of the sheets.
COVER_UNIT, COVER_TITLE, COVER_STATE = "YS_COVER_UNIT", "YS_COVER_TITLE", "YS_COVER_STATE"
COVER_SHEETS = "YS_COVER_SHEETS"
#: 校验结果 and the list of cells to mark; 勾稽关系; 名词解释; the figures of the chart.
FINDINGS, MARKS, RELATIONS = "YS_FINDINGS", "YS_MARKS", "YS_RELATIONS"
GLOSSARY, CHART = "YS_GLOSSARY", "YS_CHART"
#: 绩效目标: the forms, and what kind of row each of theirs is.
PERFORMANCE, PERFORMANCE_MARKS = "YS_PERFORMANCE", "YS_PERFORMANCE_MARKS"

#: What stands on 封面 before the unit is known.
NO_UNIT = "（单位名称）"


def cover_title(year: str, kind: str) -> str:
    """The title on 封面; `kind`: 单位 or 部门."""
    return f"{year}年度{kind or '单位'}预算公开"
