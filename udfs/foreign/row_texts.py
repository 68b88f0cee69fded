"""What the cells of a foreign row say: codes whole or in pieces, names without breaks, amounts also as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from udfs.base import AmountError, is_blank, is_error, plain, squeezed, to_decimal
from workbook_templates.reading import Block, TreeRows

#: What stands in a cell that has no amount.
_NOTHING = {"-", "--", "—", "——", "－", "/", "／", "无"}
ORDINAL = re.compile(
    r"^(?:[（(](?:[一二三四五六七八九十]+|\d{1,2})[）)]|(?:[一二三四五六七八九十]+|\d{1,2})[、.．]|[①②③④⑤⑥])(?=\D)"
)
_CJK = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”]"
_GAP = re.compile(rf"(?<={_CJK})\s+(?={_CJK})")

Amount = Decimal | str | None


def tidy(value: Any) -> str:
    """A label without the spaces and line breaks that page breaks leave inside it."""
    return _GAP.sub("", " ".join(plain(value).split()))


def stem(value: Any) -> str:
    """A label without its number, for comparing."""
    return ORDINAL.sub("", squeezed(value)).replace("总计", "合计")


def read_amount(value: Any) -> tuple[Amount, bool]:
    """An amount, and whether it was stored as text; a text that is no number stays as it is."""
    if is_blank(value) or squeezed(value) in _NOTHING:
        return None, False
    if is_error(value):
        return str(value), False
    try:
        return to_decimal(value), isinstance(value, str)
    except AmountError:
        return plain(value), False


def whole_code(pieces: Sequence[str], levels: tuple[int, ...], carried: list[str]) -> str:
    """One code from its columns: a single whole one, or pieces with those above carried down where left out."""
    digits = [re.sub(r"\.0+$", "", re.sub(r"\s", "", p)) for p in pieces]
    sizes = [levels[0], *(b - a for a, b in pairwise(levels))]
    if len(digits) == 1:
        return digits[0]
    depth = max((i for i, d in enumerate(digits) if d), default=-1)
    code = ""
    for i, piece in enumerate(digits[: depth + 1]):
        size = sizes[i] if i < len(sizes) else 2
        if not piece:
            code += carried[i] if i < len(carried) else ""
        elif len(piece) > size and piece.startswith(code) and len(piece) == levels[min(i, len(levels) - 1)]:
            code = piece  # a column that repeats what stands left of it
        else:
            code += piece.zfill(size)
    del carried[:]
    start = 0
    for size in sizes:
        if start < len(code):
            carried.append(code[start : start + size])
        start += size
    return code


def label_texts(block: Block, family: TreeRows, code: str, names: Sequence[str]) -> tuple[str, ...]:
    """What the label columns of our sheet show of a row."""
    starts = (0, *family.levels[:-1])
    ends = (*family.levels[:-1], max(len(code), family.levels[-1]))
    left = list(names)
    result = []
    for label in block.labels:
        if label.shows == "code":
            result.append(code)
        elif label.shows.startswith("part"):
            level = int(label.shows[4:]) - 1
            result.append(code[starts[level] : ends[level]])
        else:
            result.append(left.pop(0) if left else "")
    return tuple(result)
