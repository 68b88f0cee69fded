"""Whether a number format lets a reader take a cell for something else than what it holds."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from udfs.base.seen import BRACKETED, CONDITION, PIECE, ROOM, look_of, section_for

#: Half a fen: what a format may round away of an amount.
_UNSEEN = Decimal("0.005")
_WHITE = re.compile(r"\[(?:white|白色|color\s*2)\]", re.IGNORECASE)
_NOT_LITERAL = re.compile(r'"[^"]*"|[\\!_*].|\[[^\]]*\]')
#: A currency sign with its locale; what stands before the dash is shown, whatever it is.
_SIGN = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_FILLED = re.compile(r'"[^"]*"|[\\!_].|\*(.)', re.DOTALL)
_GENERAL = re.compile(r"general|G/通用格式", re.IGNORECASE)
#: Marks of a negative amount, whatever they look like.
_MINUS = "-(（△▲负－−–—"
#: Beside a figure these make another figure of it; 万 alone is the unit of the tables.
_MAGNITUDES = "亿千百十兆KMBkmb‰％"
_POINTS = ".,．，·:："
#: Characters that turn the direction of what follows.
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: A locale with digits of another script: beyond its four last digits, the first two are the script's.
_SCRIPT = re.compile(r"\[\$[^\]-]*-(?:0*[2-9A-Fa-f]|0*1[0-9A-Fa-f])[0-9A-Fa-f]{6}\]")
#: A letter of a date or a time; a year's e is no power of ten.
_OF_DATES = re.compile(r"[ymdhsgb]|e(?![+-])", re.IGNORECASE)
_HOURS = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
#: Beside a figure these say nothing that the heading does not say.
_PLAIN = " \u00a0\u3000-+()（）¥￥"


@lru_cache(maxsize=512)
def _whole_sections(code: str) -> tuple[str, ...]:
    """The sections of a format, the empty ones too, which show nothing."""
    sections = [""]
    for piece in re.findall(r'"[^"]*"|[\\!].|.', code, re.DOTALL):
        if piece == ";":
            sections.append("")
        else:
            sections[-1] += piece
    return tuple(sections)


def _whole_section_for(value: float, code: str) -> tuple[str, bool]:
    sections = _whole_sections(code)
    if any(CONDITION.search(s) for s in sections):
        return section_for(value, code)
    if value < 0 and len(sections) > 1:
        return sections[1], True
    return sections[2 if value == 0 and len(sections) > 2 else 0], False


def _signs_quoted(section: str) -> str:
    """A section with its currency signs as plain literals."""
    return _SIGN.sub(lambda match: f'"{match[1]}"', section)


@lru_cache(maxsize=512)
def shows_dates(code: str) -> bool:
    """Whether any section shows a date or a time; which section is taken then, programs do not agree on."""
    return bool(_HOURS.search(code) or _OF_DATES.search(_GENERAL.sub("", _NOT_LITERAL.sub("", code))))


def _literals(section: str) -> str:
    return "".join(quoted or marked for quoted, marked, _ in PIECE.findall(BRACKETED.sub("", section)))


def misread(value: float, code: str) -> str | None:
    """What a format lets a reader take a number for where that is another number; None where she reads it right.

    An empty text stands for a number that is not seen at all. Zeros may be left away or shown as a dash.
    """
    section, negative = _whole_section_for(value, code)
    if _WHITE.search(section):
        return ""
    if _SCRIPT.search(section):
        return "其他文字的数字"
    if shows_dates(code):
        return "日期"
    section = _signs_quoted(section)
    fills = "".join(_FILLED.findall(section)).strip(" \u3000")
    if TURNING.search(section):
        return "次序颠倒的数"
    bare = _NOT_LITERAL.sub("", section)
    literal = _literals(section)
    look = look_of(section)
    if look is None:
        return _unusual(value, bare, literal, fills)
    number = Decimal(f"{abs(value):.15g}") * (100 if look.percent else 1) / look.scale
    shown = ROOM.quantize(number, Decimal(1).scaleb(-look.places))
    sign = "-" if value < 0 and not negative else ""
    text = f"{sign}{look.before}{fills}{shown:f}{'%' if look.percent else ''}{look.after}".strip()
    if _is_cut(section):
        return text
    beside = look.before + look.after
    if any(_counts(c) for c in beside + fills) or (look.scale != 1 and value):
        return text
    if value < 0 and negative and not any(c in beside for c in _MINUS):
        return text
    if value > 0 and any(c in _MINUS for c in beside + fills):
        return text
    return text if abs(shown - number) >= _UNSEEN and not look.percent else None


def _unusual(value: float, bare: str, literal: str, fills: str) -> str | None:
    """What a section shows that is no plain pattern of digits."""
    if any(_counts(c) for c in literal + fills):
        return literal
    left = _GENERAL.sub("", bare)
    if left != bare or "@" in bare:
        return None if not any(c.isalnum() and not _is_word(c) for c in left) else literal + left
    if any(c in "0#?" for c in bare):
        # Fractions and powers of ten show most numbers roughly.
        return None if value == 0 else "约数"
    if any(c in "ymdhsgeb" for c in bare.lower()):
        return "日期"
    return None if value == 0 else literal


def _counts(letter: str) -> bool:
    """Whether a character beside a figure makes another one of it."""
    return (letter.isnumeric() and letter != "万") or letter in _MAGNITUDES or letter in _POINTS


def _is_word(letter: str) -> bool:
    return ord(letter) > 0x2E7F and not _counts(letter)


def _is_cut(section: str) -> bool:
    """Whether something stands between the digits of a section."""
    state = 0
    for match in PIECE.finditer(BRACKETED.sub("", section)):
        literal = match[1] if match[1] is not None else match[2]
        one = match[3] or ""
        if one in tuple("0#?.,"):
            if state == 2:
                return True
            state = 1
        elif (literal or one) and state:
            state = 2
    return False


def misread_text(code: str) -> bool:
    """Whether a format lets a text be seen as another: hidden, replaced, or with figures beside it."""
    sections = _whole_sections(code)
    section = sections[3] if len(sections) > 3 else next((s for s in sections if "@" in _NOT_LITERAL.sub("", s)), "@")
    section = _signs_quoted(section)
    fills = "".join(_FILLED.findall(section))
    return (
        "@" not in _NOT_LITERAL.sub("", section)
        or any(c.isnumeric() for c in _literals(section) + fills)
        or TURNING.search(section) is not None
    )


@lru_cache(maxsize=512)
def words_beside(code: str) -> str:
    """What a format says beside an amount, as its unit: 元, %; empty where it says nothing of its own."""
    found = []
    for section in map(_signs_quoted, _whole_sections(code)):
        look = look_of(section)
        if look is not None:
            words = (look.before + look.after).strip(_PLAIN) + ("%" if look.percent else "")
            found += [words] if words and words not in found else []
    return "".join(found)
