"""What a cell shows where that is not what it stores: formats of numbers and dates, and cells covered by a merge.

The doors put these values into the grids. Whoever reads a number finds the stored one, whoever reads a text the one
that is seen, and nobody who does not ask notices a difference.
"""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any, Self

from msgspec import Struct

_SECTION = re.compile(r'(?:"[^"]*"|\\.|!.|[^;])+')
CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
BRACKETED = re.compile(r"\[[^\]]*\]")
#: A piece of a number format: a literal in quotes or after its mark, a space or a fill, or one character.
PIECE = re.compile(r'"([^"]*)"|[\\!](.)|[_*].|(.)', re.DOTALL)
#: What stands beside a number without saying anything of it.
_MUTE = " -+()（）$¥￥"
ROOM = Context(prec=400, rounding=ROUND_HALF_UP)
_DATE_LETTERS = re.compile(r"y+|m+|d+|h+|s+", re.IGNORECASE)


class Shown(float):
    """A number that its cell shows otherwise. `text`: what is seen; `scale`: what it was divided by to be shown."""

    text: str
    scale: int

    def __new__(cls, value: float, text: str, scale: int = 1) -> Self:
        """The number with what is seen of it."""
        made = super().__new__(cls, value)
        made.text = text
        made.scale = scale
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Shown, (float(self), self.text, self.scale)


class Dated(Shown):
    """A number in a format of dates or times that is no date of any calendar: its cell shows a time, or only ####."""

    def __new__(cls, value: float, text: str) -> Self:
        """The number with what is seen of it."""
        return super().__new__(cls, value, text)

    def __reduce__(self) -> tuple[Any, ...]:
        return Dated, (float(self), self.text)


class ShownDate(datetime.datetime):
    """A date that its cell shows in part or in words: 2024年8月."""

    text: str

    @classmethod
    def of(cls, value: datetime.date, text: str) -> ShownDate:
        """The date with what is seen of it."""
        time = (
            (value.hour, value.minute, value.second, value.microsecond) if isinstance(value, datetime.datetime) else ()
        )
        made = cls(value.year, value.month, value.day, *time)
        made.text = text
        return made

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return ShownDate.of, (datetime.datetime.fromisoformat(self.isoformat()), self.text)


class Covered(str):
    """A cell that a merge covers: it holds nothing, and shows what the merge's first cell at (row, column) holds."""

    __slots__ = ("column", "row", "value")

    value: Any
    row: int
    column: int

    def __new__(cls, value: Any, row: int, column: int) -> Self:
        """The covered cell, with what its merge holds."""
        made = super().__new__(cls, "")
        made.value = value
        made.row = row
        made.column = column
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Covered, (self.value, self.row, self.column)


class _Look(Struct, frozen=True):
    """One section of a number format: literals before and after, digits, what it divides by."""

    before: str
    after: str
    whole: int  #: digits shown at least before the point
    places: int
    optional: int  #: of these decimals those that are left away where they are zero
    grouped: bool
    scale: int
    percent: bool

    @property
    def says_something(self) -> bool:
        """Whether more is seen than the number, grouped and rounded."""
        beside = (self.before + self.after).strip(_MUTE)
        return bool(beside) or self.percent or self.scale != 1 or self.whole > 1

    @property
    def bare_point(self) -> bool:
        """Excel keeps the point of 0.## where no decimal follows."""
        return self.places > 0 and self.optional == self.places


def seen_number(value: float, code: str) -> Shown | None:
    """A number as a format shows it; None where the format only groups and rounds, or is not understood."""
    section, negative = section_for(value, code)
    look = look_of(section)
    if look is None or not look.says_something:
        return None
    number = Decimal(f"{abs(value):.15g}") * (100 if look.percent else 1) / look.scale
    digits = f"{ROOM.quantize(number, Decimal(1).scaleb(-look.places)):f}"
    whole, _, rest = digits.partition(".")
    whole = f"{int(whole):,}" if look.grouped else whole.zfill(look.whole)
    if look.optional:
        rest = rest[: look.places - look.optional] + rest[look.places - look.optional :].rstrip("0")
    sign = "-" if value < 0 and not negative and digits.strip("0.") else ""
    point = "." if rest or look.bare_point else ""
    text = f"{sign}{look.before}{whole}{point}{rest}{'%' if look.percent else ''}{look.after}".strip()
    return Shown(value, text, look.scale)


#: Of a moment the number that its cell holds is counted from here, in days.
EPOCH = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 - a cell knows no time zone


def stored_number(value: Any) -> Decimal | None:
    """The number in a cell that shows it as a date or a time; None where it shows none."""
    if isinstance(value, Dated):
        return Decimal(repr(float(value)))
    if not isinstance(value, datetime.date):
        return None
    moment = datetime.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a cell knows no time zone
    if isinstance(value, datetime.datetime):
        moment = value.replace(tzinfo=None)
    return Decimal((moment - EPOCH) // datetime.timedelta(milliseconds=1)) / 86_400_000


def seen_date(value: datetime.date, code: str) -> ShownDate | None:
    """A date as a format shows it in part or in words; None where it is shown whole, in digits."""
    pieces = []
    letters = ""
    for quoted, marked, one in PIECE.findall(BRACKETED.sub("", code.split(";", maxsplit=1)[0])):
        if one and one.lower() in "ymdhs":
            letters += one.lower()
            continue
        if one and one.lower() in "geb":
            return None  # years of other calendars
        if letters:
            pieces += [m[0] for m in _DATE_LETTERS.finditer(letters)]
            letters = ""
        if quoted or marked or one:
            pieces.append("\0" + (quoted or marked or one))
    pieces += [m[0] for m in _DATE_LETTERS.finditer(letters)]
    used = {p[0] for p in pieces if p[0] != "\0"}
    words = any(p in ("\0年", "\0月", "\0日") for p in pieces)
    if (
        not used
        or used & {"h", "s"}
        or any(p.startswith("mmm") for p in pieces)
        or (used == {"y", "m", "d"} and not words)
    ):
        return None
    shown = {
        "yyyy": f"{value.year}", "yy": f"{value.year % 100:02d}", "m": f"{value.month}", "mm": f"{value.month:02d}",
        "d": f"{value.day}", "dd": f"{value.day:02d}",
    }  # fmt: skip
    if any(p not in shown for p in pieces if p[0] != "\0"):
        return None
    return ShownDate.of(value, "".join(p[1:] if p[0] == "\0" else shown[p] for p in pieces).strip())


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[str, ...]:
    return tuple(_SECTION.findall(code)) or ("",)


def section_for(value: float, code: str) -> tuple[str, bool]:
    """The section of a format that shows a number, and whether it brings its own sign."""
    sections = _sections(code)
    if any(CONDITION.search(s) for s in sections):
        for section in sections:
            condition = CONDITION.search(section)
            if condition is None or _holds(value, condition[1], float(condition[2])):
                return section, False
        return sections[-1], False
    if value < 0 and len(sections) > 1:
        return sections[1], True
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


def _holds(value: float, sign: str, limit: float) -> bool:
    return {
        "<": value < limit, ">": value > limit, "<=": value <= limit, ">=": value >= limit,
        "=": value == limit, "<>": value != limit,
    }[sign]  # fmt: skip


@lru_cache(maxsize=512)
def look_of(section: str) -> _Look | None:
    """A section of a number format understood; None where it is another kind (dates, fractions, powers)."""
    before = after = ""
    digits = ""  # 0 # , . as they stand; a literal point between digits is written :
    percent = False
    for match in PIECE.finditer(BRACKETED.sub("", section)):
        literal = match[1] if match[1] is not None else match[2]
        one = match[3] or ""
        if literal == "." and digits:
            digits += ":"
        elif literal is not None:
            before, after = (before + literal, after) if not digits else (before, after + literal)
        elif one in "0#?,.":
            digits += one
        elif one == "%":
            percent = True
        elif one in "-+()（） $¥￥/" or ord(one) > 0x2E7F:
            before, after = (before + one, after) if not digits else (before, after + one)
        elif one:
            return None
    body = digits.rstrip(",")
    if not body.strip(",") or (before + after).count("/"):
        return None
    thousands = len(digits) - len(body)
    whole, _, places = body.partition(".") if "." in body else body.partition(":")
    hidden = len(places) if ":" in body and "." not in body else 0
    optional = len(places) - len(places.rstrip("#?"))
    scale = 1000**thousands * 10**hidden
    return _Look(before, after, max(1, whole.count("0")), len(places), optional, "," in whole, scale, percent)
