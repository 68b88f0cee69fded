"""Amounts: exact fen at the door, halves away from zero on paper."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.base.amounts import FEN_PER_PLACE, AmountError, printed, round_half_up, to_fen

FULL_WIDTH = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
FEN = st.integers(-(10**13), 10**13)


def _text(fen: int, *, grouped: bool = False) -> str:
    yuan, cents = divmod(abs(fen), 100)
    digits = f"{yuan:,}" if grouped else str(yuan)
    return f"{'-' if fen < 0 else ''}{digits}.{cents:02d}"


@given(st.lists(st.one_of(FEN, st.integers(-(10**9), 10**9).map(lambda n: n * 5000)), min_size=1, max_size=40))
def test_rounding_is_half_away_from_zero_as_decimal_does_it(amounts: list[int]) -> None:
    places = round_half_up(np.array(amounts, np.int64), FEN_PER_PLACE["万元"])
    for fen, place in zip(amounts, places, strict=True):
        exact = Decimal(fen) / 1_000_000
        assert printed(int(place)) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(FEN)
def test_in_yuan_fen_are_printed_as_they_are(fen: int) -> None:
    assert round_half_up(np.array([fen], np.int64), FEN_PER_PLACE["元"]).tolist() == [fen]


@pytest.mark.parametrize(
    ("yuan", "shown"),
    [
        ("50.00", "0.01"),
        ("49.99", "0.00"),
        ("150.00", "0.02"),
        ("250.00", "0.03"),
        ("-50.00", "-0.01"),
        ("-150", "-0.02"),
    ],
)
def test_half_a_place_goes_up(yuan: str, shown: str) -> None:
    fen = np.array([to_fen(yuan)], np.int64)
    assert printed(int(round_half_up(fen, FEN_PER_PLACE["万元"])[0])) == Decimal(shown)


@given(FEN)
def test_a_spreadsheets_float_gives_its_fen(fen: int) -> None:
    assert to_fen(fen / 100) == fen


@given(FEN)
def test_a_text_gives_its_fen_however_it_is_written(fen: int) -> None:
    plain, grouped = _text(fen), _text(fen, grouped=True)
    for text in (plain, grouped, f" {grouped} ", plain.translate(FULL_WIDTH), grouped.translate(FULL_WIDTH)):
        assert to_fen(text) == fen
    for text in (f"￥{grouped}", f"¥{plain}", f"{plain}元", plain.replace("-", "−"), plain.replace("-", "—")):
        assert to_fen(text) == fen


@given(st.integers(-(10**12), 10**12))
def test_whole_yuan_need_no_decimals(yuan: int) -> None:
    if abs(yuan) == 10**12:
        return
    assert to_fen(yuan) == to_fen(str(yuan)) == to_fen(Decimal(yuan)) == yuan * 100


@given(FEN.filter(lambda n: n % 10 != 0))
def test_parts_of_a_fen_are_refused(mils: int) -> None:
    with pytest.raises(AmountError, match="超过两位小数"):
        to_fen(Decimal(mils).scaleb(-3))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("约三千", "不是数字"),
        ("1,23,456", "不是数字"),
        ("1.234.567", "不是数字"),
        ("(500)", "不是数字"),
        ("1e5", "不是数字"),
        ("#REF!", "不是数字"),
        ("12万元", "带有“万元”"),
        ("１２ 万元", "带有“万元”"),
        (True, "不是数字"),
        (float("nan"), "不是数字"),
        (float("inf"), "不是数字"),
        (1e12, "数字过大"),
        ("-1000000000000", "数字过大"),
        (0.005, "超过两位小数"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_reason(value: object, message: str) -> None:
    with pytest.raises(AmountError, match=message):
        to_fen(value)
