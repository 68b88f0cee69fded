"""A text's facts as tokens: amounts, percentages, counts, years, dates, direction words; and its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

AMOUNT, PERCENT, COUNT, YEAR, DATE, DIRECTION, NUMBER = (
    "amount",
    "percent",
    "count",
    "year",
    "date",
    "direction",
    "number",
)

#: Full-width figures and signs as half-width ones, character by character, so that places stay.
_HALF = str.maketrans("０１２３４５６７８９．％－−–", "0123456789.%---")
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_SIGNED = rf"(?<![\d.])-?{_NUMBER}"
_MEASURES = "平方米|台（套）|台\\(套\\)|台/套|人次|个|辆|家|名|人|台|套|项|次|件|户|处|批"
_UP = (
    "增加",
    "增长",
    "上升",
    "提高",
    "上涨",
    "增多",
    "上调",
    "增幅",
    "升幅",
    "涨幅",
    "攀升",
    "跃升",
    "抬升",
    "走高",
    "扩容",
    "激增",
    "猛增",
    "调增",
)
_DOWN = (
    "减少",
    "下降",
    "降低",
    "压减",
    "缩减",
    "压缩",
    "下调",
    "降幅",
    "减幅",
    "调减",
    "回落",
    "跳水",
    "缩水",
    "走低",
    "下滑",
    "下跌",
    "锐减",
    "骤减",
    "削减",
    "砍掉",
)
#: Short words that are a direction only right before a number.
_UP_SHORT, _DOWN_SHORT = ("增", "多", "升", "涨"), ("减", "少", "降", "跌", "掉")
_SHORT_TURNS = "".join(_UP_SHORT + _DOWN_SHORT)
_FLAT = ("持平", "无增减", "不变", "一致", "相同", "无变化", "没有变化", "未发生变化", "相等")
_ROUGH_SHARE = "(?:将近|近|约|不到|超过|逾)?[一二三四五六七八九百]+(?:成|分之)"
_TOKEN = re.compile(
    r"(?P<level>[（(]\d{1,7}\s*[类款项]?级?[)）](?=[^，。；万元%]))"
    rf"|(?P<date>\d{{4}}\s*年\s*\d{{1,2}}\s*月\s*\d{{1,2}}\s*日)"
    rf"|(?P<year>(?<!\d)\d{{4}}\s*年度?)"
    rf"|(?P<amount>{_SIGNED})\s*(?P<unit>亿元|万元|元)(?!/)"
    r"|(?<=[为是])\s*(?P<zero>0(?:\.0+)?)(?=\s*(?:[；。，、]|$))"
    rf"|(?P<percent>{_SIGNED})\s*%"
    rf"|(?P<count>{_SIGNED})\s*(?P<measure>{_MEASURES})"
    rf"|(?P<number>{_SIGNED})"
    rf"|(?P<direction>{'|'.join(_UP + _DOWN + _FLAT)}"
    rf"|(?<![至不减最超])(?:扩大|[{_SHORT_TURNS}][了出]?)(?=\s*\d|{_ROUGH_SHARE})|[增减升降涨跌][至为到])"
)
#: Names of documents and their numbers hold years and figures that speak of nothing here.
_QUOTED = re.compile(r"《[^》]*》|〔[^〕]*〕\s*\d*\s*号?|【[^】]*】\s*\d*\s*号?|[（(]\d{4}[)）]\s*\d+\s*号")
_UNIT = re.compile("单位[：:均为]*(万元|元)|[（(](万元)[）)]")
#: Unit → amounts in 万元.
SCALES = {"亿元": Decimal(10000), "万元": Decimal(1), "元": Decimal("0.0001")}
_REASON = re.compile(
    r"(?:主要)?原因(?:主要)?(?:是|为|系|：|:|在于|有)|主要(?:是|系)(?:因|由于|为|受)?|(?<!原)因为|系因|由于|是因为"
    r"|系(?=[^，。；]{2,40}(?:所致|导致|造成|引起))|(?<=[，；,])系(?!统|列|数)|缘于|源于|得益于|(?<=[，；。])因(?![公此而])"
)
_SENTENCE_END = re.compile(r"[。！？!?]+[”」』）)]*|\n")
_ENDS_LINE = re.compile(r"[。；：！？，、.;:!?”）)]$|[（(]?[一二三四五六七八九十]+[)）、]")
_LIST_MARK = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十]+[)）、.．]|\d+\s*[.、．)）])")


class Token(Struct, frozen=True):
    """A fact in a sentence, from `start` to `end`. `value` of an amount is in 万元, of a direction 1, -1 or 0."""

    kind: str
    start: int
    end: int
    text: str
    value: Decimal
    unit: str = ""
    low: Decimal | None = None  #: what a number told roughly means at least
    high: Decimal | None = None  #: and at most

    @property
    def places(self) -> int:
        """Decimals as written."""
        found = re.search(r"\.(\d+)", self.text)
        return len(found[1]) if found else 0


class Sentence(Struct, frozen=True):
    """A sentence of a paragraph with its tokens. `first`: it begins its paragraph."""

    text: str
    tokens: tuple[Token, ...]
    first: bool


def half_width(text: str) -> str:
    """Full-width digits, points and percent signs as half-width ones; the length stays."""
    return text.translate(_HALF)


def tokens_of(text: str) -> tuple[Token, ...]:
    """All facts of a text in order; what stands in titles and document numbers is none."""
    text = half_width(text)
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    return tuple(
        token for token in _scan(text) if not any(start <= token.start and token.end <= end for start, end in quoted)
    )


def _scan(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        shown = match[0]
        if match["level"]:
            continue  # a code beside the name of a subject: 司法（06款）
        if match["date"]:
            year, month, day = re.findall(r"\d+", shown)
            yield Token(DATE, *match.span(), shown, Decimal(int(year) * 10000 + int(month) * 100 + int(day)))
        elif match["year"]:
            yield Token(YEAR, *match.span(), shown, Decimal(shown[:4]))
        elif match["amount"]:
            value = Decimal(match["amount"].replace(",", "")) * SCALES[match["unit"]]
            yield Token(AMOUNT, *match.span(), shown, value, match["unit"])
        elif match["zero"]:
            yield Token(AMOUNT, *match.span("zero"), match["zero"], Decimal(0), "万元")  # 支出预算为0
        elif match["percent"]:
            yield Token(PERCENT, *match.span(), shown, Decimal(match["percent"].replace(",", "")), "%")
        elif match["count"]:
            measure = match["measure"].replace("(", "（").replace(")", "）").replace("台/套", "台（套）")
            yield Token(COUNT, *match.span(), shown, Decimal(match["count"].replace(",", "")), measure)
        elif match["number"]:
            value, unit = Decimal(match["number"].replace(",", "")), _UNIT.search(text)
            if unit and "." in shown:
                yield Token(
                    AMOUNT, *match.span(), shown, value * SCALES[unit[1] or unit[2]], unit[1] or unit[2]
                )  # 单位：万元
            else:
                yield Token(NUMBER, *match.span(), shown, value)
        else:
            sign = (
                1
                if shown in _UP or shown[0] in _UP_SHORT or shown == "扩大"
                else -1
                if shown in _DOWN or shown[0] in _DOWN_SHORT
                else 0
            )
            yield Token(DIRECTION, *match.span(), shown, Decimal(sign))


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a text. Lines that a page broke in the middle of a sentence are joined."""
    joined: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        stripped = line.strip()
        if not stripped:
            continue
        broken = joined and not _ENDS_LINE.search(joined[-1]) and not _LIST_MARK.match(stripped)
        # Our own paragraphs end with a full stop or are headings of a few characters; a broken line is long.
        if broken and len(joined[-1]) > _SHORT:
            joined[-1] += stripped
        else:
            joined.append(stripped)
    return joined


#: A line as short as a heading is never taken as broken.
_SHORT = 30


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text, each with its tokens. Parts between semicolons stay together: they share a subject."""
    result = []
    for paragraph in paragraphs_of(text):
        first = True
        for piece in _pieces(paragraph):
            result.append(Sentence(piece, tokens_of(piece), first))
            first = False
    return result


def _pieces(paragraph: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE_END.finditer(paragraph):
        piece = paragraph[start : match.end()].strip()
        if piece:
            yield piece
        start = match.end()
    if paragraph[start:].strip():
        yield paragraph[start:].strip()


_THRESHOLD = re.compile(
    r"\s*(?:（原值）|\(原值\))?(?:（含）|\(含\)|（含本数）)?\s*(?:及|及其)?\s*(?:以上|以下|以内|以外)"
)


def is_threshold(text: str, amount: Token) -> bool:
    """Whether an amount is a bound, as in 单价100万元（含）以上设备: it claims nothing."""
    return _THRESHOLD.match(text, amount.end) is not None


def reasons_of(text: str, *, sentence_wise: bool = False) -> list[tuple[int, int]]:
    """Where reasons stand in a text: from their words to the next semicolon, or full stop where asked, or the end."""
    spans: list[tuple[int, int]] = []
    ends = re.compile("[；;。]" if sentence_wise else "[；;]")
    for match in _REASON.finditer(text):
        if spans and match.start() < spans[-1][1]:
            continue
        end = ends.search(text, match.end())
        spans.append((match.end(), end.start() if end else len(text)))
    return spans
