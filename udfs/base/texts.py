"""Texts as a careful reader sees them: full-width forms, stray spaces and numbers stored as numbers made alike."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from udfs.base.seen import Shown, ShownDate

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_NOTHING = re.compile(r"[\s\u200b\ufeff]*")
#: Characters that no workbook can hold.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ERROR = re.compile(
    r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|BUSY!|FIELD!|CONNECT!|BLOCKED!|UNKNOWN!|PYTHON!|EXTERNAL!|ERROR!)"
)
#: What a formula shows that no program has calculated yet.
UNCALCULATED = "（公式未计算）"
#: What is wrong with a cell that shows an error, or nothing yet, in words for the clerk.
ERROR_ADVICE = "单元格是错误值，请改正公式或直接填写"
UNCALCULATED_ADVICE = "单元格的公式没有计算结果，请用 Excel 打开并保存，或直接填写"
_BRACKETS = str.maketrans({"(": "（", ")": "）", ":": "：", ",": "，"})


def is_blank(value: Any) -> bool:
    """Whether a cell holds nothing, or nothing but spaces."""
    if isinstance(value, str):
        # Most texts begin with a letter or a digit: no pattern is needed to see that they are none.
        return not value[:1].isalnum() and _NOTHING.fullmatch(value) is not None
    return value is None or (isinstance(value, float) and math.isnan(value))


def holds_nothing(line: Sequence[Any]) -> bool:
    """Whether no cell of a row holds anything, told quickly: most rows of input sheets are like this."""
    return not any(line) and all(value is None or value == "" for value in line)


def is_error(value: Any) -> bool:
    """Whether a cell holds an error value."""
    return isinstance(value, str) and value.startswith("#") and _ERROR.fullmatch(value.strip()) is not None


def is_note(value: Any) -> bool:
    """Whether a text is a note under a table."""
    return isinstance(value, str) and squeezed(value).startswith(("注：", "备注：", "说明："))


def plain(value: Any) -> str:
    """A cell's value as text: what its format shows; whole numbers without a decimal point, dates as 2024-01-31."""
    if is_blank(value):
        return ""
    if isinstance(value, Shown | ShownDate):
        return value.text
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime | datetime.date):
        return value.strftime("%Y-%m-%d")
    text = str(value)
    return (text if text.isprintable() else FORBIDDEN.sub("", text)).strip()


class _Widths(dict[str, int]):
    """The width of every character that was asked for."""

    def __missing__(self, character: str) -> int:
        width = 2 if unicodedata.east_asian_width(character) in "WFA" else 1
        self[character] = width
        return width


_WIDTHS = _Widths()


@lru_cache(maxsize=4096)
def display_width(text: str) -> int:
    """Width in half-width characters: a Chinese character counts two."""
    return sum(map(_WIDTHS.__getitem__, text))


@lru_cache(maxsize=8192)
def text_lines(text: str, width: float) -> int:
    """Lines that a text takes in a column of that width in half-width characters, its own line breaks included."""
    room = max(1, int(width) - 3)
    if "\n" not in text:
        return max(1, -(-display_width(text) // room))
    return sum(max(1, -(-display_width(line) // room)) for line in text.split("\n"))


def squeezed(value: Any) -> str:
    """The text without any white space and with compatibility forms unified: what is compared, not what is shown."""
    return _squeezed(value if isinstance(value, str) else plain(value))


@lru_cache(maxsize=4096)
def _squeezed(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).translate(_BRACKETS)
