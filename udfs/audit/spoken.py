"""Numbers in words and numbers told roughly, as tokens with bounds: 近三成, 三分之一, 六百余万元, 不足20万元."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec.structs import replace

from udfs.audit import tokens as t
from udfs.audit.tokens import Token

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[零〇一二两三四五六七八九十百千万亿]+"
_BELOW = ("近", "接近", "将近", "差不多", "不足", "不到", "不及", "未满", "不满", "低于", "少于")
_ABOVE = ("逾", "超", "超过", "过", "刚过", "多于", "高于")
_ABOUT = ("约", "大约", "大致", "大概")
BEFORE = "|".join(sorted((*_BELOW, *_ABOVE, *_ABOUT), key=len, reverse=True))
_AFTER = "有余|以上|多(?![出于安支收列])|余(?![下额款])|强(?!化)|弱(?!势)|左右|上下"
_SPOKEN = re.compile(
    rf"(?P<before>{BEFORE})?(?:"
    rf"(?P<tenths>[一二两三四五六七八九])成(?P<half>半|[一二三四五六七八九](?![成分]))?"
    rf"|(?P<whole>{_NUMERAL})分之(?P<part>{_NUMERAL})"
    rf"|(?P<middle>一半|半数|(?<=过)半|(?<=近)半(?!成))"
    rf"|(?P<sum>{_NUMERAL})(?P<more>[多余])?(?P<scale>[万亿])?(?=元)元"
    rf"|(?P<count>{_NUMERAL})(?P<measure>[个家名人张辆台套])(?![别性])"
    rf")(?P<after>{_AFTER})?"
)
_ROUGH_BEFORE = re.compile(rf"(?:{BEFORE})$")
_ROUGH_AFTER = re.compile(_AFTER)
_HUNDRED = Decimal(100)
#: What is said to be near or above something is this much of it at least, or at most.
_NEAR, _OVER = Decimal("0.8"), Decimal("1.5")


def numeral(words: str) -> tuple[int, int]:
    """A Chinese numeral's value and the place of its last figure; 0, 0 where it is none."""
    total = section = digit = place = 0
    for character in words:
        if character in _DIGITS:
            digit, place = _DIGITS[character], 1
        elif character in _PLACES:
            section += (digit or 1) * _PLACES[character]
            digit, place = 0, _PLACES[character]
        else:
            scale = 10**4 if character == "万" else 10**8
            total = (total + section + digit) * scale if character == "亿" else total + (section + digit) * scale
            section, digit, place = 0, 0, max(place, 1) * scale
    return total + section + digit, place


def spoken(text: str, taken: Sequence[Token]) -> Iterator[Token]:
    """The numbers in words of a text, but for those that stand within other tokens."""
    for match in _SPOKEN.finditer(text):
        token = _token(match)
        if token is not None and not any(x.start < token.end and token.start < x.end for x in taken):
            yield token


def _token(match: re.Match[str]) -> Token | None:
    kind, unit, step = t.PERCENT, "%", Decimal(5)
    if match["tenths"]:
        half = Decimal("0.5") if match["half"] == "半" else Decimal(_DIGITS.get(match["half"] or "零", 0)) / 10
        value = (numeral(match["tenths"])[0] + half) * 10
    elif match["whole"]:
        whole, part = numeral(match["whole"])[0], numeral(match["part"])[0]
        if not 0 < part <= whole:
            return None
        value = part * _HUNDRED / whole
        step = Decimal("0.5") if whole == _HUNDRED else value / 10
    elif match["middle"]:
        value = Decimal(50)
    elif match["sum"]:
        number, place = numeral(match["sum"] + (match["scale"] or ""))
        if not number or (len(match["sum"]) < _TWO and not match["scale"]):
            return None  # 每百元
        kind, unit = t.AMOUNT, "元"
        value, step = Decimal(number) * t.SCALES["元"], max(Decimal(place) * t.SCALES["元"] / 2, _CENT)
    else:
        number, _ = numeral(match["count"])
        if number < _TWO:
            return None
        kind, unit, value, step = t.COUNT, match["measure"], Decimal(number), Decimal(0)
    low, high = bounds(value, step, match["before"] or "", match["more"] or match["after"] or "")
    return Token(kind, *match.span(), match[0], value, unit, low, high)


_CENT = Decimal("0.005")  #: half of what the tables show last, in 万元
_TWO = 2  #: one of something is no number that is told


def bounds(value: Decimal, step: Decimal, before: str, after: str) -> tuple[Decimal, Decimal]:
    """The least and the most that a rough number may mean."""
    if before in _BELOW or after == "弱":
        return value * _NEAR if before in ("近", "接近", "将近", "差不多") else Decimal(0), value
    if before in _ABOVE or after == "以上":
        return value, max(value * _OVER, value + 2 * step)
    if after in ("有余", "还多", "多", "余", "强"):
        return value, value + 2 * step
    return value - step, value + step


def roughly(text: str, token: Token) -> Token:
    """A number in figures with the bounds that the words around it give; as it is where there are none."""
    if token.kind not in (t.AMOUNT, t.PERCENT) or token.value <= 0:
        return token
    before, after = _ROUGH_BEFORE.search(text, 0, token.start), _ROUGH_AFTER.match(text, token.end)
    if (before is None and after is None) or t.is_threshold(text, token):
        return token
    scale = t.SCALES[token.unit] if token.kind == t.AMOUNT else Decimal(1)
    step = Decimal("0.5").scaleb(-token.places) * scale
    low, high = bounds(token.value, step, before[0] if before else "", after[0] if after else "")
    return replace(token, low=low, high=high)
