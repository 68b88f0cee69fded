"""Fields of the input sheets: one thing written in several ways is one thing."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.ledgers.unit import check_field, read_records
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


def test_columns_are_found_with_and_without_their_unit() -> None:
    """Workbooks made before the headings said the unit are read as those made since."""
    part = load_edition().ranges()["projects"][1]
    row = [field.label for field in part.columns].index("年度资金总额")
    values = ["某项目" if n == 0 else 480000.0 if n == row else None for n in range(len(part.columns))]
    read = []
    for headings in ([f.label for f in part.columns], [f.heading + "*" * f.required for f in part.columns]):
        grid: list[list[Any]] = [[] for _ in range(part.row - 1)]
        lead: list[Any] = [None] * (part.column - 1)
        grid += [[*lead, *headings], [*lead, *values]]
        read.append(read_records(grid, part, "项目信息"))
    assert read[0] == read[1]
    assert read[0][0][0]["year_total"] == "480000"
