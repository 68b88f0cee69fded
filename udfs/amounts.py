"""Money: exact amounts in fen at the door, rounded half up to the last printed place, shown with two decimals."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt

Fen = npt.NDArray[np.int64]

#: Fen in one unit of the last printed place (two decimals), by unit of measure.
FEN_PER_PLACE = {"万元": 10_000, "元": 1}

#: Beyond this many yuan a spreadsheet's number no longer holds fen exactly.
LARGEST_YUAN = Decimal(10) ** 12

_GROUPED = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+")
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-"})


class AmountError(ValueError):
    """A value that is no usable amount; the message says in Chinese why and what to do."""


def to_decimal(value: Any) -> Decimal:
    """The number a cell holds: 15 significant digits of a float, or a text with thousands separators.

    Raises AmountError.
    """
    if isinstance(value, bool):
        raise AmountError("不是数字，请填写数字金额")
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        if not np.isfinite(value):
            raise AmountError("不是数字，请填写数字金额")
        # A spreadsheet keeps 15 digits; what a float shows beyond them is noise of its binary form.
        return Decimal(f"{value:.15g}")
    text = unicodedata.normalize("NFKC", str(value)).translate(_MINUS)
    text = re.sub(r"\s", "", text).lstrip("¥￥")
    if text.endswith("万元"):
        raise AmountError("带有“万元”，本列以元为单位，请换算成元")
    text = text.removesuffix("元")
    if not _GROUPED.fullmatch(text):
        raise AmountError("不是数字，请填写数字金额")
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        raise AmountError("不是数字，请填写数字金额") from None


def to_fen(value: Any) -> int:
    """An amount in yuan as integer fen. Raises AmountError where it is no number, too large, or has parts of a fen."""
    yuan = to_decimal(value)
    if abs(yuan) >= LARGEST_YUAN:
        raise AmountError("金额过大，请核对")
    fen = yuan * 100
    if fen != fen.to_integral_value():
        raise AmountError("超过两位小数（精确到分），请改为两位小数")
    return int(fen)


def round_half_up(fen: Fen, per_place: int) -> Fen:
    """Fen rounded half away from zero to units of the last printed place, as Excel's ROUND; shape kept."""
    rounded: Fen = np.sign(fen) * ((2 * np.abs(fen) + per_place) // (2 * per_place))
    return rounded


def printed(places: int) -> Decimal:
    """Hundredths as the number printed: 69596 is 695.96."""
    return Decimal(int(places)).scaleb(-2)
