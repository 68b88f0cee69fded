"""What a cell shows: percentages, dates in words, amounts divided by their number format, words behind a number."""

from __future__ import annotations

import datetime
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.base import (
    AmountError,
    Covered,
    in_yuan,
    measure_in_heading,
    measure_in_line,
    measure_seen,
    plain,
    seen_date,
    seen_number,
    to_fen,
)

NUMBERS = [
    (0.95, "0%", "95%"),
    (1.0, "0%", "100%"),
    (0.9512, "0.00%", "95.12%"),
    (38001.0, "000000", "038001"),
    (12.0, '"≥"0"人"', "≥12人"),
    (3.0, "0号", "3号"),
    (1314599.0, "0!.0,", "131.5"),
    (1314599.0, "0!.0000", "131.4599"),
    (1314599.0, '#,##0.00,"千元"', "1,314.60千元"),
    (1314599.0, '0"."0,', "131.5"),
    (-1314599.0, '0.00"万元"', "-1314599.00万元"),
    (1314599.0, '[>=10000]0!.0,"万";0', "131.5万"),
]


@pytest.mark.parametrize(("value", "code", "text"), NUMBERS)
def test_a_number_is_read_as_it_is_seen(value: float, code: str, text: str) -> None:
    seen = seen_number(value, code)
    assert seen is not None
    assert plain(seen) == text
    assert float(seen) == value
    copied = pickle.loads(pickle.dumps(seen))
    assert (copied, copied.text, copied.scale) == (value, seen.text, seen.scale)


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0.00",
        "#,##0.00;[Red]-#,##0.00",
        '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ',
        "0.00E+00",
        "# ?/?",
        "@",
        "",
    ],
)
def test_formats_that_only_group_and_round_say_nothing(code: str) -> None:
    assert seen_number(1314599.0, code) is None
    assert seen_number(-3.5, code) is None


@given(st.integers(-(10**9), 10**9).map(lambda n: n / 100), st.integers(0, 4))
def test_a_percentage_is_the_number_times_a_hundred(value: float, places: int) -> None:
    seen = seen_number(value, "0%" if not places else f"0.{'0' * places}%")
    assert seen is not None
    assert abs(float(seen.text.rstrip("%")) - value * 100) <= 0.500001 / 10**places


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('yyyy"年"m"月"', "2024年8月"),
        ('yyyy"年"m"月"d"日"', "2024年8月5日"),
        ('[$-804]yyyy"年"mm"月";@', "2024年08月"),
        ('m"月"d"日"', "8月5日"),
        ("yyyy\\-mm", "2024-08"),
        ("yyyy-mm-dd", None),
        ("mmm-yy", None),
        ("h:mm", None),
    ],
)
def test_a_date_is_read_as_it_is_seen(code: str, text: str | None) -> None:
    seen = seen_date(datetime.date(2024, 8, 5), code)
    assert (seen and plain(seen)) == text
    if seen:
        assert plain(pickle.loads(pickle.dumps(seen))) == text


def test_what_shows_another_amount_is_no_amount() -> None:
    for code in ("0%", "0.00,", "0!.0,", '0.00"万元"'):
        seen = seen_number(1314599.0, code)
        with pytest.raises(AmountError):
            to_fen(seen)
    assert in_yuan(seen_number(1314599.0, "0!.0000"), "万元") == 1314599
    assert measure_seen(seen_number(1314599.0, "0!.0000")) == "万元"
    assert to_fen(seen_number(1314599.0, '0.00"元"')) == 131459900


@pytest.mark.parametrize(
    ("text", "heading", "line"),
    [
        ("金额（元）", "元", "元"),
        ("预算数(单位:千元)", "千元", "千元"),
        ("金额万元", "万元", ""),
        ("金额（万）", "万元", "万元"),
        ("单位：万元", "万元", "万元"),
        ("编制单位：某局 金额单位：人民币万元", "万元", "万元"),
        ("编制单位：元氏县财政局", "", ""),
        ("单位编码", "", ""),
        ("金额", "", ""),
    ],
)
def test_units_of_measure_are_found_in_words(text: str, heading: str, line: str) -> None:
    assert measure_in_heading(text) == heading
    assert measure_in_line(text) == line


def test_a_covered_cell_is_blank_to_everyone_who_does_not_ask() -> None:
    covered = Covered("一般公共预算", 2, 1)
    assert covered == ""
    assert plain(covered) == ""
    copied = pickle.loads(pickle.dumps(covered))
    assert (copied.value, copied.row, copied.column) == ("一般公共预算", 2, 1)
