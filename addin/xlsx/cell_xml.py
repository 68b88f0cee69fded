"""What a cell holds, as the XML of a sheet."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from udfs.base import FORBIDDEN, Formula, Link

#: What is written as a number.
NUMBERS = (Decimal, int)
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def escaped(text: str) -> str:
    """A text as a workbook stores it: what XML cannot hold, and what would be read as such, as _xHHHH_."""
    text = _ESCAPE_LIKE.sub("_x005F_", text)
    return FORBIDDEN.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def value_xml(value: Any, index: Callable[[str], int] | None = None) -> str:
    """The rest of a cell's element after address and style. `index`: the place of a text in the workbook's list."""
    if isinstance(value, NUMBERS):
        return f"><v>{value:f}</v></c>" if value else "><v>0</v></c>"
    if isinstance(value, Link):
        value = value.text
    if value is None or value == "":
        return "/>"
    if isinstance(value, Formula):
        formula, shown = _marked(value.text), value.value
        if isinstance(shown, str):
            return f' t="str"><f>{formula}</f><v>{_marked(shown)}</v></c>'
        return f"><f>{formula}</f>{value_xml(shown)[1:]}"
    if index is not None:
        return f' t="s"><v>{index(str(value))}</v></c>'
    # A bare carriage return would be read as a line feed.
    text = _marked(escaped(str(value))).replace("\r", "&#13;")
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f' t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _marked(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
