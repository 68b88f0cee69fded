"""Money: exact amounts in fen at the door, rounded half up to the last printed place, shown with two decimals."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt

from udfs.base.seen import Shown, stored_number

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: Amounts in fen.
Fen = Ints

#: Fen in one unit of the last printed place (two decimals), by unit of measure.
FEN_PER_PLACE = {"万元": 10_000, "元": 1}

#: Beyond this many yuan a spreadsheet's number no longer holds fen exactly; no number of a budget is as large.
LARGEST_YUAN = Decimal(10) ** 12

_CENT = Decimal("0.01")
#: Digits enough for every number that a cell or a text can hold, so that rounding never fails for want of them.
_ROOM = Context(prec=100_000, rounding=ROUND_HALF_UP)
_GROUPED = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+")
#: A unit of measure behind a number.
_MEASURED = re.compile(r"(?<=[\d.])(百万|千|万|亿)元?$")
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-"})


class AmountError(ValueError):
    """A value that is no usable amount; the message says in Chinese why and what to do."""


class TooLargeError(AmountError):
    """A number, but larger than any amount."""

    def __init__(self) -> None:
        super().__init__("数字过大，请核对")


def to_decimal(value: Any) -> Decimal:
    """The number a cell holds: 15 significant digits of a float, or a text with thousands separators.

    Raises AmountError where there is none, TooLargeError where it is beyond every amount.
    """
    number = _number(value)
    if abs(number) >= LARGEST_YUAN:
        raise TooLargeError
    return number


def _number(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise AmountError("不是数字，请填写数字金额")
    if stored_number(value) is not None:
        raise AmountError("单元格的格式是日期或时间，请改为“数值”后核对金额")
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        if not np.isfinite(value):
            raise AmountError("不是数字，请填写数字金额")
        # A spreadsheet keeps 15 digits; what a float shows beyond them is noise of its binary form.
        return Decimal(f"{value:.15g}")
    text = unicodedata.normalize("NFKC", str(value)).translate(_MINUS)
    text = re.sub(r"\s", "", text).lstrip("¥￥")
    if match := _MEASURED.search(text):
        raise AmountError(f"带有“{match[0]}”，本列以元为单位，请换算成元")
    text = text.removesuffix("元")
    if not _GROUPED.fullmatch(text):
        raise AmountError("不是数字，请填写数字金额")
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        raise AmountError("不是数字，请填写数字金额") from None


def to_fen(value: Any) -> int:
    """An amount in yuan as integer fen. Raises AmountError where it is no number, too large, or has parts of a fen.

    An amount that its cell shows as another one (万元 by a number format, a percentage) is none either.
    """
    if isinstance(value, Shown) and shows_another_amount(value):
        raise AmountError(
            f"单元格格式使它显示为“{value.text}”，而存储的是{float(value):.15g}，请核对金额并把格式改为数值"
        )
    fen = to_decimal(value) * 100
    if fen != fen.to_integral_value():
        raise AmountError("超过两位小数（精确到分），请改为两位小数")
    return int(fen)


def shows_another_amount(value: Shown) -> bool:
    """Whether what a cell shows is, read as money, another amount than the number it stores."""
    return value.scale != 1 or value.text.endswith("%") or _MEASURED.search(value.text) is not None


def half_up(value: Decimal, places: int = 2) -> Decimal:
    """A number rounded half away from zero to so many decimals; a zero has no sign."""
    return _ROOM.plus(_ROOM.quantize(value, _CENT if places == 2 else Decimal(1).scaleb(-places)))


def round_half_up(fen: Fen, per_place: int) -> Fen:
    """Fen rounded half away from zero to units of the last printed place, as Excel's ROUND; shape kept."""
    rounded: Fen = np.sign(fen) * ((2 * np.abs(fen) + per_place) // (2 * per_place))
    return rounded


def printed(places: int) -> Decimal:
    """Hundredths as the number printed: 69596 is 695.96."""
    return Decimal(int(places)).scaleb(-2)
