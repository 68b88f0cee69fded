"""The texts of a ledger's columns, cleaned as a careful colleague would: codes, names, values from a list."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from udfs.base import ERROR_ADVICE, UNCALCULATED, UNCALCULATED_ADVICE, Shown, is_blank, is_error, plain, squeezed
from workbook_templates.reading import LedgerColumn

#: A cell of a workbook holds no longer text.
LONGEST_TEXT = 32_767
TOO_LONG = f"文字超过{LONGEST_TEXT}个字符，超出单元格的上限，请缩短"
#: A text that a system wrote as a formula, so that a spreadsheet program leaves it a text: ="2011301".
_AS_FORMULA = re.compile(r'\s*=\s*"([^"]*)"\s*')
_CODE = re.compile(r"(\d+)(?:\.0+)?")
#: A code whose levels are set apart: 201-13-01, 201.13.01, 201/13/01.
_CODE_IN_PIECES = re.compile(r"\d{3}(?:[-.·_/\\\s]\d{2}){1,3}")
#: A code with its name: 2011301 行政运行, [2011301]行政运行, 2011301（行政运行）, 行政运行[2011301].
_CODE_WITH_NAME = re.compile(
    r"[\[【(（<《]?(\d+)[\]】)）>》]?[-—_ :：,，、.]*([^\W\d_](?:.*\D)?|[(（\[【].*\D[)）\]】])"
)
_NAME_WITH_CODE = re.compile(r"\D*[^\d\W](?:[-—_ :：]+|[\[【(（<《])(\d+)[\]】)）>》]?")


def unwrapped(value: Any) -> Any:
    """A value without the formula that keeps it a text: ="2011301" is 2011301."""
    match = _AS_FORMULA.fullmatch(value) if type(value) is str and "=" in value else None
    return match[1] if match else value


class Clean(Struct, frozen=True):
    """One value after cleaning: the value, a note on what was put right, a message where it cannot be used."""

    value: str
    note: str = ""
    message: str = ""


def count_notes(results: Sequence[Clean], codes: npt.NDArray[np.intp], uniques: int) -> list[tuple[str, int]]:
    """Each note of a column with the number of rows that it is about."""
    counts: dict[str, int] = {}
    rows = np.bincount(codes[codes >= 0], minlength=uniques).tolist()
    for count, result in zip(rows, results[:uniques], strict=True):
        if result.note:
            counts[result.note] = counts.get(result.note, 0) + count
    return list(counts.items())


class Cleaner:
    """Cleans the values of one text column."""

    def __init__(self, column: LedgerColumn) -> None:
        self.column = column

    def __call__(self, value: Any) -> Clean:
        """A cell's value cleaned."""
        if is_blank(value):
            return Clean("", message="没有填写，这一列必须填写" if self.column.required else "")
        if is_error(value) or value == UNCALCULATED:
            return Clean("", message=ERROR_ADVICE if is_error(value) else UNCALCULATED_ADVICE)
        if self.column.code:
            return self._code(value)
        if self.column.values:
            return self._enumerated(value)
        unpacked = unwrapped(value)
        text = plain(unpacked)
        if len(text) > LONGEST_TEXT:
            return Clean(text[:20], message=TOO_LONG)
        tidy = " ".join(text.split())
        if unpacked is not value:
            return Clean(tidy, "写成公式文本，已取其中的文字")
        return Clean(tidy, "有多余的空格或换行，已去掉" if tidy != str(value) and isinstance(value, str) else "")

    def _code(self, value: Any) -> Clean:
        note = ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            note = "编码以数字存储，已按文本处理"
            value = value.text if isinstance(value, Shown) and value.text.isdigit() else float(value)
        unpacked = unwrapped(value)
        text = unicodedata.normalize("NFKC", plain(unpacked)).strip().lstrip("'’‘").strip()
        joined = "".join(text.split())
        named = _CODE_WITH_NAME.fullmatch(text) or _NAME_WITH_CODE.fullmatch(text)
        if code := _CODE.fullmatch(joined):
            clean = code[1]
            note = note or ("编码写成公式文本，已取其中的编码" if unpacked is not value else "")
        elif _CODE_IN_PIECES.fullmatch(text):
            clean, note = re.sub(r"\D", "", text), "编码的类、款、项分开书写，已连在一起"
        elif bare := re.fullmatch(r"[\[【(（<《](\d+)[\]】)）>》]", joined):
            clean, note = bare[1], "编码带有括号，已去掉"
        elif named:
            clean, note = named[1], "编码后面附有名称，已只取编码"
        else:
            return Clean(joined, message=f"科目编码应为{self._lengths()}数字")
        if len(clean) not in self.column.lengths:
            return Clean(clean, message=f"科目编码应为{self._lengths()}数字，现为{len(clean)}位，请更正")
        if not note and clean != value:
            note = "编码含空格或全角数字，已规范"
        return Clean(clean, note)

    def _lengths(self) -> str:
        return "、".join(str(n) for n in self.column.lengths) + "位"

    def _enumerated(self, value: Any) -> Clean:
        text = squeezed(unwrapped(value))
        for allowed in self.column.values:
            if squeezed(allowed) == text:
                return Clean(allowed, "有多余的空格，已去掉" if allowed != value else "")
        near = difflib.get_close_matches(text, self.column.values, 1, 0.5)
        hint = f"是否应为“{near[0]}”？" if near else ""
        return Clean(text, message=f"不是规定的取值，{hint}只能填：{'、'.join(self.column.values)}")
