"""The look of the Word document, after GB/T 9704—2012: the page, and the document that holds every style.

Type area 156 mm by 225 mm on A4, 37 mm from the top and 28 mm from the left; 22 lines of 28 characters a page, hence a
line pitch of 28.95 points. Every look is a named style of `looks.docx`, which is opened and changed in Word; it also
lists what Word takes for a face that is missing, since 小标宋 is not part of Windows. Headings, contents and running
heads are Word's own styles, so that navigation finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: The document with the styles and nothing else.
LOOKS = Path(__file__).with_name("looks.docx")

#: Page margins in millimetres.
TOP, LEFT, BOTTOM, RIGHT = 37, 28, 35, 26
PAGE_WIDTH, PAGE_HEIGHT = 210, 297
#: Running head and page number, from the edge of the paper.
HEAD_AT, FOOT_AT = 27, 23
_MM_TWIPS = 56.6929

_SERIF, _SANS = "Noto Serif CJK SC", "Noto Sans CJK SC"
#: The faces of the styles, and what LibreOffice takes where one is missing.
FREE_FACES: Mapping[str, str] = {
    "方正小标宋简体": _SERIF,
    "仿宋": _SERIF,
    "黑体": _SANS,
    "楷体": _SERIF,
    "宋体": _SERIF,
}


def width_twips(*, landscape: bool) -> int:
    """Width of the type area in twentieths of a point."""
    millimetres = PAGE_HEIGHT - BOTTOM - TOP if landscape else PAGE_WIDTH - LEFT - RIGHT
    return round(millimetres * _MM_TWIPS)
