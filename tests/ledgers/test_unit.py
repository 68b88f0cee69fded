"""Fields of the input sheets: one thing written in several ways is one thing."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.ledgers.unit import check_field
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.inputs import Field

DATE = Field(key="date", label="填报日期", type="date")
KIND = next(f for _, part in load_edition().ranges().values() for f in part.fields if f.key == "unit_kind")


@given(
    st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)),
    st.sampled_from(["%Y年%m月%d日", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d 00:00:00"]),
    st.booleans(),
)
def test_dates_in_every_style_are_one_date(day: datetime.date, style: str, short: bool) -> None:
    text = day.strftime(style)
    if short and style != "%Y%m%d":
        text = style.replace("%Y", str(day.year)).replace("%m", str(day.month)).replace("%d", str(day.day))
    assert check_field(text, DATE) == (f"{day.year}年{day.month}月{day.day}日", "")


@pytest.mark.parametrize("text", ["2025.13.45", "2025年2月30日", "一月中旬", "25年1月5日", 45672.0])
def test_what_is_no_date_is_said(text: Any) -> None:
    _, message = check_field(text, DATE)
    assert "不是日期" in message


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("行政单位", "行政"),
        ("参照公务员法管理的事业单位", "参公事业"),
        ("参公", "参公事业"),
        ("全额事业单位", "事业"),
        ("公益一类 事业单位", "事业"),
        ("事业", "事业"),
    ],
)
def test_kinds_of_unit_go_by_other_words(text: str, kind: str) -> None:
    assert check_field(text, KIND) == (kind, "")


def test_a_word_for_more_than_one_kind_is_asked_about() -> None:
    _, message = check_field("行政事业单位", KIND)
    assert "只能填" in message
