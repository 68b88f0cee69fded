"""Texts as a careful reader sees them: full-width forms, stray spaces and numbers stored as numbers made alike."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from typing import Any

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_BRACKETS = str.maketrans({"(": "（", ")": "）", ":": "：", ",": "，"})


def is_blank(value: Any) -> bool:
    """Whether a cell holds nothing, or nothing but spaces."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or not _SPACE.sub("", str(value))


def plain(value: Any) -> str:
    """A cell's value as text: whole numbers without a decimal point, dates as 2024-01-31, no space at the ends."""
    if is_blank(value):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.strftime("%Y-%m-%d")
    return str(value).strip()


def display_width(text: str) -> int:
    """Width in half-width characters: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def text_lines(text: str, width: float) -> int:
    """Lines that a text takes in a column of that width in half-width characters, its own line breaks included."""
    room = max(1, int(width) - 3)
    return sum(max(1, -(-display_width(line) // room)) for line in text.split("\n"))


def squeezed(value: Any) -> str:
    """The text without any white space and with compatibility forms unified: what is compared, not what is shown."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", plain(value))).translate(_BRACKETS)
