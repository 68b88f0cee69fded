"""What the text of a document says of itself: lists as long as they are said to be, areas that add up, own reasons."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from udfs.base import numeral, squeezed
from udfs.foreign import Passage, Published
from udfs.published import findings as f
from udfs.published.findings import DocumentFinding, told

_NUMBERS = {numeral(n): n for n in range(1, 100)}
#: 设22个内设机构，包括：办公室、人事处…
_LISTED = re.compile(
    r"(?P<count>\d+|[一二三四五六七八九十]{1,3})个(?P<what>[^，。；：、\d]{0,6}(?:机构|处室|科室|股室|部门|处|科))"
    r"，?(?:(?:具体|分别)?(?:包括|是|为|即|有)[：:]?|[：:])(?P<list>[^。；：]+)"
)
_BRACKETED = re.compile(r"[（(][^（()）]*[)）]")
#: 地上建筑面积为8013平方米
_AREA = re.compile(r"(?P<name>[^\d，。；：、（）()]{1,18})(?P<size>\d[\d,]*(?:\.\d+)?)(?:平方米|㎡|亩|公顷)")
#: Two kinds that leave no third: their areas make the whole that stands before them.
_HALVES = (("地上", "地下"), ("计容", "不计容"), ("自有", "租用"), ("自有", "租赁"), ("办公", "非办公"))
#: “城乡社区支出（类）城乡社区管理事务（款）城管执法（项）”
_ITEM = re.compile(r"（类）(?P<group>[^（）“”]+)（款）(?P<name>[^（）“”]+)（项）")
_USE = re.compile(r"主要用于(?P<said>[^，。；：]+)")
_REASON = re.compile(
    r"原因(?:是|为)?[：:]?(?:\d{4}年)?(?:新增)?(?P<said>[^，。；：]+?)(?:经费|支出|预算)*(?:增加|减少|持平|保持不变|调整|。|$)"
)
_NO_CARS = re.compile(r"(?:车辆|公务用车实有|实有公务用车)(?:共?计?|总数)?0辆")
_RUNNING = re.compile(r"公务用车运行(?:维护)?费(?P<money>\d[\d,]*(?:\.\d+)?)万元")


def text_is_plausible(document: Published) -> Iterator[DocumentFinding]:
    """What an attentive reader stumbles over though no table tells it."""
    passages = [(squeezed(p.text), p) for p in document.running_text()]
    yield from _lists(passages)
    yield from _areas(passages)
    yield from _own_words(passages)
    yield from _cars(passages)
    yield from _misspelt(document, passages)


def _told(message: str, item: str, passage: Passage, quote: str) -> DocumentFinding:
    return told("P19", message, item, page=passage.page, paragraph=passage.paragraph, quote=quote)


def _lists(passages: Sequence[tuple[str, Passage]]) -> Iterator[DocumentFinding]:
    """As many offices as are said to be."""
    for text, passage in passages:
        for match in _LISTED.finditer(_BRACKETED.sub("", text)):
            stated = _NUMBERS.get(match["count"]) or int(match["count"] if match["count"].isdecimal() else 0)
            parts = match["list"].split("、")
            if stated < 2 or len(parts) < 3 or match["list"].endswith(("等", "等等")):
                continue
            most = len(parts) + sum(len(re.findall("[和及与]|以及", part)) for part in parts)
            if not len(parts) <= stated <= most:
                message = f"写的是{match['count']}个{match['what']}，所列的有{len(parts)}个，请核对"
                yield _told(message, f.OFFICES, passage, match[0][:20])


def _areas(passages: Sequence[tuple[str, Passage]]) -> Iterator[DocumentFinding]:
    """Areas of two kinds that leave no third make the area that stands before them."""
    for text, passage in passages:
        areas = [(m["name"], Decimal(m["size"].replace(",", ""))) for m in _AREA.finditer(text)]
        for one, other in _HALVES:
            at = next((n for n, (name, _) in enumerate(areas) if one in name and other not in name), 0)
            rest = next((n for n, (name, _) in enumerate(areas) if n > at and other in name), 0)
            if not at or not rest:
                continue
            (whole, total), (first, left), (second, right) = areas[at - 1], areas[at], areas[rest]
            if left + right != total and not (one in whole or other in whole):
                message = f"“{first}”{left}与“{second}”{right}之和为{left + right}，“{whole}”写的是{total}，请核对"
                yield _told(message, f.CLEAN, passage, first)


def _own_words(passages: Sequence[tuple[str, Passage]]) -> Iterator[DocumentFinding]:
    """What an item is used for and why it changed is said of this item, not of another one in the list."""
    items = [
        (m["group"] + m["name"], m["name"], at) for at, (text, _) in enumerate(passages) if (m := _ITEM.search(text))
    ]
    names = {name for _, name, _ in items} | {both for both, _, _ in items}
    for (both, name, at), (*_, after) in pairwise([*items, ("", "", len(passages))]):
        for text, passage in passages[at : min(after, at + 3)]:
            for pattern, what in ((_USE, "用途"), (_REASON, "原因")):
                for match in pattern.finditer(text):
                    said = match["said"].removesuffix("经费")
                    if said in names and said not in both and name not in said:
                        message = f"{what}写的是“{said}”，这一条说的是“{name}”，请核对是否写错"
                        yield _told(message, f.STATEMENT, passage, match[0][:30])


def _cars(passages: Sequence[tuple[str, Passage]]) -> Iterator[DocumentFinding]:
    """Money for running cars, and no car."""
    without = next(((m[0], p) for text, p in passages if (m := _NO_CARS.search(text))), None)
    money = next((m["money"] for text, _ in passages if (m := _RUNNING.search(text))), "0")
    if without is not None and Decimal(money.replace(",", "")):
        message = f"写有公务用车运行费{money}万元，而“{without[0]}”，请核对车辆数"
        yield _told(message, f.CLEAN, without[1], without[0])


#: A clause long enough that another one of one other character is no other clause, and what may differ all the same.
_CLAUSE = re.compile(r"[^，。；、：:（）()“”\n]{12,}")
_OTHER = re.compile(
    r"[\dA-Za-z一二三四五六七八九十两百千万上下前后左右东西南北内外大小男女甲乙丙丁年月日市县区省级类款项收支入出比与和及增减]"
)


def _misspelt(document: Published, passages: Sequence[tuple[str, Passage]]) -> Iterator[DocumentFinding]:
    """Clauses that stand twice, once with another character: 社区事务受理, 社区事物受理."""
    cells = [
        (squeezed(value), Passage(value, page, 0))
        for table in document.tables
        for row, page in zip(table.rows, table.pages, strict=True)
        for value in row
        if value
    ]
    places: dict[str, Passage] = {}
    for text, passage in (*passages, *cells):
        for match in _CLAUSE.finditer(text):
            places.setdefault(match[0], passage)
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for clause in places:
        for at in range(len(clause)):
            alike[clause[:at], clause[at + 1 :]].append(clause)
    for (before, behind), clauses in alike.items():
        if len(clauses) == 2 and not any(_OTHER.match(clause[len(before)]) for clause in clauses):
            one, other = (clause[max(0, len(before) - 6) : len(clause) - len(behind) + 6] for clause in clauses)
            passage, second = (places[clause] for clause in clauses)
            message = f"写的是“…{one}…”，第{second.page}页写的是“…{other}…”，只差一字，请核对哪一处写错"
            yield _told(message, f.CLEAN, passage, one)
