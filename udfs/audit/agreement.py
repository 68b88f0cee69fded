"""Whether a number that a text states is a figure of the workbook."""

from __future__ import annotations

from decimal import Decimal

from udfs.audit import tokens as t
from udfs.audit.tokens import Token
from udfs.base import half_up

#: Sums in 万元 from here on may be told in whole ones.
_ROUND = 100


def agrees(token: Token, value: Decimal) -> bool:
    """Whether a stated number is the value: exactly, or rounded half up to 亿元, whole 万元 or one decimal of %."""
    if token.low is not None and token.high is not None:
        return token.low <= value <= token.high
    if token.value == value:
        return True
    if token.kind == t.AMOUNT and value != half_up(value) and token.places >= 2:
        # The table is in a finer unit than the text: rounded half up to what the text shows.
        step = t.SCALES[token.unit].scaleb(-token.places)
        return half_up(value / step, 0) * step == token.value
    if token.unit == "元" and half_up(token.value) == value:
        return True  # a text that is finer than the table
    if token.kind == t.AMOUNT and token.unit == "万元" and not token.places and abs(value) >= _ROUND:
        return half_up(value, 0) == token.value  # a text that speaks of large sums in whole 万元
    if token.kind == t.AMOUNT and token.unit == "亿元":
        step = t.SCALES["亿元"].scaleb(-token.places)
        return half_up(value / step, 0) * step == token.value
    if token.kind == t.PERCENT and token.places == 1:
        return half_up(value, 1) == token.value
    return False
