"""Figures in the words of performance targets: limits, counts, money, rates and dates, and whether two values agree.

>>> compare_values("≥20人", "不少于20名", 2024)
'same'
>>> compare_values("2024年6月", "2024年8月", 2024)
'figures'
>>> compare_values("有效提升", "有效提高", 2024)
'near'
"""

from __future__ import annotations

import calendar
import re
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache

from msgspec import Struct

from udfs.base import squeezed

#: How two values compare, from agreement to contradiction.
SAME, NEAR, WORDS, FIGURES = "same", "near", "words", "figures"

#: Words that set a limit, before a figure and after it, as the sign they mean.
_BEFORE = (
    (re.compile(r">=|≧|⩾|不少于|不低于|不小于|不得少于|不得低于|至少|最少"), "≥"),
    (re.compile(r"<=|=<|≦|⩽|不超过|不超|不高于|不大于|不多于|不得超过|至多|最多"), "≤"),
    (re.compile(r"(?:控制在|限于)(?=\d)"), "≤"),
    (re.compile(r"(?:大于|高于|多于|超过)(?=\d)"), ">"),
    (re.compile(r"(?:小于|低于|少于)(?=\d)"), "<"),
)
_AFTER = (
    (re.compile(r"([≥≤<>]?)(\d+(?:\.\d+)?)([^\d≥≤<>、,;。()（）]{0,6}?)(?:及)?以上"), r"≥\2\3"),
    (re.compile(r"([≥≤<>]?)(\d+(?:\.\d+)?)([^\d≥≤<>、,;。()（）]{0,6}?)(?:及)?(?:以内|以下|之内)"), r"≤\2\3"),
)
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DATE = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:每年|当年|本年)?(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号]|(?P<end>底|末|月底))?|(?P<only>\d{4})年(?P<close>底|末)?"
)
_NUMBER = re.compile(r"(?P<sign>[≥≤<>])?(?<![第\d.])(?P<number>\d+(?:\.\d+)?)(?P<after>[^\d≥≤<>]*)")
_CLAUSE = re.compile(r"[,;。、]")
#: Titles of documents and their numbers say nothing of targets.
_CITED = re.compile(r"《[^》]*》|[(（]?[^\s,。;()（）]{0,12}[〔\[【(]\d{4}[〕\]】)]\d+号[)）]?")

#: Units of more than one character, longest first, and those of money; a larger unit's factor stands before it.
_LONG_UNITS = ("个百分点", "平方米", "立方米", "人次", "小时", "工作日", "公里", "个月", "场次", "台套")
_FACTORS = {"亿": 10**8, "万": 10**4, "千": 10**3}
#: Measure words of one meaning.
_ALIKE = {"名": "人", "位": "人"}
MONEY = "元"
DATE = "日期"
_RATES = ("%", "‰")
_NEGATION = re.compile(r"[不未无没非]")

#: From what likeness on words are near-equal, and names of indicators.
NEAR_WORDS, NEAR_NAMES = 0.6, 0.7


class Figure(Struct, frozen=True):
    """A figure: its limit sign (empty for none), number and unit; a date is a number yyyymmdd of the unit 日期.

    `context`: the words around it; `shown`: as it stands.
    """

    sign: str
    number: Decimal
    unit: str
    context: str = ""
    shown: str = ""

    @property
    def key(self) -> tuple[str, Decimal, str]:
        """What two figures of one meaning share."""
        return self.sign, self.number, self.unit

    def opposes(self, other: Figure) -> bool:
        """Whether one is a lower and the other an upper limit."""
        return {self.sign, other.sign} in ({"≥", "≤"}, {">", "<"}, {"≥", "<"}, {">", "≤"})


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """A text without white space, limits as signs, numbers without grouping."""
    result = _GROUPS.sub("", squeezed(text).replace("，", ",").replace("；", ";"))
    for pattern, sign in (*_BEFORE, *_AFTER):
        result = pattern.sub(sign, result)
    return result


def figures(text: str, year: int, *, free: bool = False) -> list[Figure]:
    """Every figure in a text. `free`: running text, where a year alone and what is cited are no targets."""
    rest = normal(text)
    if free:
        rest = _CITED.sub("。", rest)
    found: list[tuple[int, Figure]] = []
    for match in _DATE.finditer(rest):
        if match["only"] and free and not match["close"]:
            continue
        number = _date_number(match, year)
        before, after = (_CLAUSE.split(text) for text in (rest[: match.start()], rest[match.end() :]))
        found.append((match.start(), Figure("", Decimal(number), DATE, before[-1] + after[0], match[0])))
    masked = _DATE.sub(lambda match: "。" * len(match[0]), rest)
    end = 0
    for match in _NUMBER.finditer(masked):
        unit, factor = _unit(match["after"], whole=False)
        if not unit and free:
            continue
        context = _CLAUSE.split(masked[end : match.start()])[-1] + _CLAUSE.split(match["after"])[0][:8]
        shown = f"{match['sign'] or ''}{match['number']}{match['after'][: len(unit) + (factor > 1)]}"
        figure = Figure(match["sign"] or "", Decimal(match["number"]) * factor, unit, context, shown)
        found.append((match.start(), figure))
        end = match.start("after")
    return [figure for _, figure in sorted(found, key=lambda item: item[0])]


def single(text: str) -> Figure | None:
    """The figure that a value is as a whole: a sign, a number and a unit, ``≤180元/人*天``; None for anything else."""
    value = normal(text)
    match = _NUMBER.fullmatch(value)
    if match is None or match.start("number") > 1 or _DATE.search(value):
        return None
    unit, factor = _unit(match["after"], whole=True)
    return Figure(match["sign"] or "", Decimal(match["number"]) * factor, unit, "", value)


def _unit(after: str, *, whole: bool) -> tuple[str, int]:
    """The unit that follows a number, and its factor: 10000 for 万元. `whole`: all of it, also what it is by."""
    factor = 1
    if after[:1] in _FACTORS and len(after) > 1 and (whole or after[1:2] in "元人吨家件个户亩"):
        factor, after = _FACTORS[after[0]], after[1:]
    if whole:
        parts = re.split(r"[/*·×.]", after)
        return "/".join(_ALIKE.get(part, part) for part in parts), factor
    for unit in _LONG_UNITS:
        if after.startswith(unit):
            return unit, factor
    unit = after[:1] if after and ("\u4e00" <= after[0] <= "\u9fff" or after[0] in _RATES) else ""
    return _ALIKE.get(unit, unit), factor


def _date_number(match: re.Match[str], year: int) -> int:
    if match["only"]:
        return int(match["only"]) * 10_000 + (1231 if match["close"] else 0)
    at = int(match["year"] or year)
    month = int(match["month"])
    day = int(match["day"] or 0)
    if match["end"] and 1 <= month <= 12:
        day = calendar.monthrange(at, month)[1]
    return at * 10_000 + month * 100 + day


def likeness(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 1."""
    return SequenceMatcher(None, squeezed(one), squeezed(other), autojunk=False).ratio()


def compare_values(one: str, other: str, year: int) -> str:
    """Whether two values agree: same, near-equal words, other words, other figures."""
    left, right = normal(one), normal(other)
    if left == right:
        return SAME
    first, second = single(left), single(right)
    if first and second and first.key == second.key:
        return SAME
    mine, yours = ([f] if f else figures(v, year) for f, v in ((first, left), (second, right)))
    if len(mine) != len(yours) or not all(map(_one_figure, mine, yours)):
        return FIGURES
    if mine and all(f.unit == DATE for f in mine) and _undated(left) == _undated(right):
        return SAME
    if first and second:
        return NEAR  # another measure word: 20件, 20个
    negated = len(_NEGATION.findall(left)) != len(_NEGATION.findall(right))
    return WORDS if negated or likeness(left, right) < NEAR_WORDS else NEAR


def _one_figure(one: Figure, other: Figure) -> bool:
    """Whether two figures are one, whatever measure word counts it; money, rates and dates are no counts."""
    if (one.sign, one.number) != (other.sign, other.number):
        return False
    counted = not any(MONEY in f.unit or f.unit in (*_RATES, DATE) for f in (one, other))
    return one.unit == other.unit or counted


def _undated(text: str) -> str:
    return _DATE.sub("", text)
