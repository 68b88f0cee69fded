"""Figures and clerks' words as a text has them: amounts, shares, changes against last year, clean sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.base.amounts import AmountError, half_up, to_decimal

_ENDS = " \t　。．.；;，,、：:"
_DOUBLED = re.compile(r"([，。；、：])[，。；、：\s]*([，。；、：])")
_LEAD = re.compile(r"^(主要)?(增减)?(变动)?(的)?原因(主要)?(是|为)?[：:，,\s]*|^主要是(由于|因为)?[：:，,\s]*")
#: How a reason ends that explains a rise, and one that explains a fall.
_RISES = ("增加", "增长", "上升", "提高")
_FALLS = ("减少", "下降", "降低", "压减")
#: What a clerk writes where there is nothing to say.
_NOTHING = {"", "无", "没有", "-", "—", "——", "/", "\\", "不适用", "无变动", "无增减"}
#: Begins a paragraph in a template and in what it gives; line breaks are layout only.
PARAGRAPH = "¶"


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """Per cent that a part is of a whole, two decimals; None where the whole is not above zero."""
    return half_up(part * 100 / whole) if whole > 0 else None


def shown(value: Decimal | int) -> str:
    """A figure with two decimals; zero is 0."""
    rounded = half_up(Decimal(value))
    return f"{rounded:.2f}" if rounded else "0"


def read_amount(text: str) -> Decimal | None:
    """A field's amount, two decimals half up; None where it is blank or no number."""
    try:
        return half_up(to_decimal(text)) if text else None
    except AmountError:
        return None


class Change(Struct, frozen=True):
    """An amount against last year's.

    `kind`: up, down, flat, none (zero both years), appears (last year zero), vanishes (now zero), negative (last year
    below zero), missing (no figure of last year), incomparable. `difference` and `rate` carry no sign; `rate` is
    None where there is no base.
    """

    what: str
    kind: str
    now: Decimal
    last: Decimal
    difference: Decimal
    rate: Decimal | None
    more: bool
    reason: str
    reason_label: str
    missing: tuple[str, ...]
    unreadable: bool
    large: bool  #: so large that it needs a reason
    asks: bool  #: large enough to need a reason, and none is given
    contradicts: bool  #: the reason explains a change in the other direction


def compare(
    what: str,
    now: Decimal,
    last: Sequence[tuple[str, str]],
    *,
    reason: str,
    reason_label: str,
    threshold: Decimal | None,
    comparable: bool,
) -> Change:
    """The change against last year's figures, each a label and the text of its field, added up."""
    figures = [(label, read_amount(text)) for label, text in last]
    missing = tuple(label for label, figure in figures if figure is None)
    unreadable = any(figure is None and text for (_, figure), (_, text) in zip(figures, last, strict=True))
    before = sum((figure for _, figure in figures if figure is not None), Decimal(0))
    difference = now - before
    rate = share(abs(difference), before)
    if not comparable:
        kind = "incomparable"
    elif missing:
        kind = "missing"
    elif not now and not before:
        kind = "none"
    elif not difference:
        kind = "flat"
    elif not before:
        kind = "appears"
    elif before < 0:
        kind = "negative"
    elif not now:
        kind = "vanishes"
    else:
        kind = "up" if difference > 0 else "down"
    cleaned = clean_reason(reason)
    large = kind in ("appears", "negative") or (rate is not None and threshold is not None and rate >= threshold)
    settled = kind in ("incomparable", "missing", "none", "flat")
    return Change(
        what=what,
        kind=kind,
        now=now,
        last=before,
        difference=abs(difference),
        rate=rate,
        more=difference > 0,
        reason=cleaned,
        reason_label=reason_label,
        missing=missing,
        unreadable=unreadable,
        contradicts=not settled and cleaned.endswith(_FALLS if difference > 0 else _RISES),
        large=threshold is not None and large and not settled,
        asks=threshold is not None and large and not settled and not cleaned,
    )


def clean_reason(text: str) -> str:
    """A reason as it follows “主要原因是”: on one line, without the lead and the full stop; empty for none."""
    text = "；".join(line.strip(_ENDS) for line in text.replace("\r", "\n").split("\n") if line.strip(_ENDS))
    text = _DOUBLED.sub(r"\2", _LEAD.sub("", text.strip(_ENDS)).strip(_ENDS)).replace(PARAGRAPH, "")
    return "" if text in _NOTHING else text


def clean_lines(text: str) -> list[str]:
    """A long field's lines as sentences, each with its full stop; none where it says that there is nothing."""
    lines = [line.strip().replace(PARAGRAPH, "") for line in text.replace("\r", "\n").split("\n") if line.strip(_ENDS)]
    if len(lines) == 1 and lines[0].strip(_ENDS) in _NOTHING:
        return []
    return [line if line.endswith(("。", "！", "？", "”", "）")) else f"{line.rstrip(_ENDS)}。" for line in lines]


def paragraphs(rendered: str) -> str:
    """What a template gave, a line a paragraph: its own line breaks and indents fall away."""
    joined = "".join(line.strip() for line in rendered.splitlines())
    return "\n".join(part.strip() for part in joined.split(PARAGRAPH) if part.strip())


def numeral(number: int) -> str:
    """A number up to 999 in Chinese numerals: 12 is 十二, 105 一百零五."""
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    head = f"{digits[hundreds]}百" if hundreds else ""
    if hundreds and rest and not tens:
        head += "零"
    ten = "" if not tens else "十" if tens == 1 and not hundreds else f"{digits[tens]}十"
    return head + ten + (digits[ones] if ones or not number else "")


def listed(names: Iterable[str]) -> str:
    """Names once each, in order, joined; 等 closes a list of several."""
    every = list(dict.fromkeys(names))
    return "、".join(every) + ("等" if len(every) > 1 else "")
