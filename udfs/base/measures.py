"""元, 千元, 万元: the units of measure of money, what a heading or a line says of them, and amounts in yuan."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Any

from udfs.base.amounts import AmountError, to_decimal
from udfs.base.seen import Shown

#: Yuan in one of each unit of measure.
YUAN = {
    "元": Decimal(1),
    "千元": Decimal(1000),
    "万元": Decimal(10_000),
    "百万元": Decimal(1_000_000),
    "亿元": Decimal(100_000_000),
}
_WORD = r"(?:人民币|RMB)?((?:百万|千|万|亿)?元|(?:百万|千|万|亿)(?=[）)]|$))(?!(?!人民币)[\u4e00-\u9fff])"
#: In a heading: 金额（万元）, 金额:万元, 预算数(单位:千元), 金额万元.
_IN_HEADING = re.compile(rf"[（(:：,，/](?:金额)?(?:单位[:：])?{_WORD}|(?:金额|预算|数|额){_WORD}$")
#: In a line above a table: 单位：万元, 金额单位：人民币万元, （万元）.
_IN_LINE = re.compile(rf"单位[:：][（(]?{_WORD}|^[（(]?{_WORD}[）)]?$|[（(]{_WORD}[）)]")


def measure_in_heading(text: str) -> str:
    """The unit of measure that a column's heading names; empty where it names none."""
    return _found(_IN_HEADING, text)


def measure_in_line(text: str) -> str:
    """The unit of measure that a line above a table names; empty where it names none."""
    return _found(_IN_LINE, text)


@lru_cache(maxsize=4096)
def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    word = next((g for g in match.groups() if g), "") if match else ""
    return word if not word or word.endswith("元") else f"{word}元"


def measure_seen(value: Any) -> str:
    """The unit of measure in which a cell's number format shows its amount; empty where it shows it as it is."""
    if not isinstance(value, Shown):
        return ""
    if value.scale != 1:
        return next((word for word, yuan in YUAN.items() if yuan == value.scale), "其他单位")
    return measure_in_heading(f"({value.text.lstrip('-0123456789,. ')})")


def in_yuan(value: Any, measure: str) -> Decimal:
    """An amount in yuan, from a cell whose amounts, as they are seen, are in that unit. Raises AmountError."""
    if isinstance(value, Shown):
        if value.text.endswith("%"):
            raise AmountError(f"显示为“{value.text}”，不是金额，请填写数字金额")
        return to_decimal(float(value)) / value.scale * YUAN[measure]
    return to_decimal(value) * YUAN[measure]
