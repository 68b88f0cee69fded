"""What inspectors ask beyond figures: published in time, terms explained, forms for the projects told of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from msgspec.structs import replace

from udfs.audit import SECRET, unexplained
from udfs.audit import tokens as t
from udfs.base import half_up, shown, squeezed
from udfs.checks import inputs
from udfs.foreign import PageTable, Passage, Published
from udfs.published import findings as f
from udfs.published.findings import DocumentFinding, told

_APPROVED = re.compile(r"(?:预算)?(?:批复|批准)(?:日期|时间)?[：:为于是]*$")
_PUBLISHED = re.compile(r"(?:公开|公布|发布)(?:日期|时间)?[：:为于是]*$")
_APPROVED_AFTER = re.compile(r"[，,]?(?:经|由|被)?[^，。；]{0,24}(?:批复|批准)")
_PUBLISHED_AFTER = re.compile(r"[，,]?[^，。；]{0,12}(?:公开|公布|发布)")
_TARGETS = re.compile(r"绩效目标的?项目(?:共计?|合计)?(?P<count>\d+)个")
_YEARLY = re.compile("年度资金(?:申请)?总额|年度资金总额")


def published_in_time(document: Published) -> tuple[bool, list[DocumentFinding]]:
    """Whether the document tells when it was approved and published, and what is wrong with these days."""
    approved: tuple[date, Passage] | None = None
    published: tuple[date, Passage] | None = None
    for passage in document.passages:
        for day, before, after in _days(passage.text):
            if approved is None and (_APPROVED.search(before) or _APPROVED_AFTER.match(after)):
                approved = (day, passage)
            elif published is None and (_PUBLISHED.search(before) or _PUBLISHED_AFTER.match(after)):
                published = (day, passage)
    if approved is None or published is None:
        return False, []
    between = (published[0] - approved[0]).days
    days = f"批复{approved[0]:%Y年%m月%d日}，公开{published[0]:%Y年%m月%d日}"
    place = published[1]
    if between < 0:
        message = f"公开日期早于批复日期（{days}），请核对"
    elif between > inputs.DAYS:
        message = f"批复后{between}天才公开（{days}），应在{inputs.DAYS}日内"
    else:
        return True, []
    return True, [told("P13", message, f.TIMELY, page=place.page, paragraph=place.paragraph, quote=place.text[:40])]


def _days(text: str) -> Iterator[tuple[date, str, str]]:
    """The days that a passage names, with the words before and behind each."""
    for token in t.tokens_of(text):
        if token.kind == t.DATE:
            number = int(token.value)
            try:
                day = date(number // 10000, number // 100 % 100, number % 100)
            except ValueError:
                continue
            yield day, squeezed(text[max(0, token.start - 12) : token.start]), text[token.end : token.end + 40]


def terms_explained(document: Published) -> Iterator[DocumentFinding]:
    """名词解释 has the terms that the text uses."""
    passages = [p for p in document.running_text() if not p.contents]
    start = next((n for n, p in enumerate(passages) if _heading(p.text) == f.TERMS), None)
    if start is None:
        return
    explained = "".join(p.text for p in _part(passages, start))
    titles = "".join(a.text for table in document.tables for a in table.above)
    for term in unexplained("".join(p.text for p in passages[:start]) + titles, explained):
        place = passages[start]
        message = f"正文和各表用到“{term}”，名词解释中没有，请补充"
        yield told("P14", message, f.TERMS, page=place.page, paragraph=place.paragraph, quote=place.text)


def _heading(text: str) -> str:
    return re.sub(r"^(第[一二三四五六七八九十]+部分|[（(]?[一二三四五六七八九十]+[、）)])[：:、]?", "", squeezed(text))


def _part(passages: list[Passage], start: int) -> Iterator[Passage]:
    """The passages of a part: until one that is a short line without a number of its own after a page's end."""
    first = passages[start].page
    for passage in passages[start + 1 :]:
        short = squeezed(passage.text)
        ended = len(short) < 30 and passage.page > first and not re.match(r"[（(\d一二三四五六七八九十]", short)
        if ended and not short.endswith(("。", "；", "，")) and ("预算" in short or "情况" in short or "说明" in short):
            return
        yield passage


def nothing_secret(document: Published) -> Iterator[DocumentFinding]:
    """What is marked as not to be published stands neither in a table nor in the text."""
    for passage in document.running_text():
        if match := SECRET.search(passage.text):
            message = f"写有“{match[0]}”，涉密和不公开的内容不应出现在公开的文件中，请删去"
            yield told("P18", message, f.CLEAN, page=passage.page, paragraph=passage.paragraph, quote=passage.text[:40])
    for number, table in enumerate(document.tables):
        for row, values in enumerate(table.rows):
            name = next((x for x in values if x and SECRET.search(x)), "")
            if name:
                message = f"列有“{squeezed(name)}”，涉密和不公开的项目不应出现在公开的文件中，也不计入合计，请删去"
                finding = told("P18", message, f.CLEAN, page=table.pages[row], quote=squeezed(name))
                yield replace(finding, table=number, row=row)


def targets_add_up(document: Published) -> Iterator[DocumentFinding]:
    """The projects with targets, and their money, are those of the forms behind the text, where all forms are there."""
    forms = [x for x in document.tables if any("绩效目标" in a.text and "整体" not in a.text for a in x.above)]
    amounts = [amount for table in forms if (amount := _yearly(table)) is not None]
    for passage in document.running_text():
        found = _TARGETS.search(squeezed(passage.text))
        if found is None or not forms:
            continue
        text = squeezed(passage.text)[found.end() :]
        money = next((x for x in t.tokens_of(text.partition("。")[0]) if x.kind == t.AMOUNT), None)
        if int(found["count"]) < len(forms):
            message = f"写明绩效目标项目{found['count']}个，而所附绩效目标表有{len(forms)}张，请核对"
            yield told("P12", message, f.FORMS, page=passage.page, paragraph=passage.paragraph, quote=passage.text[:40])
        if int(found["count"]) != len(forms) or money is None or len(amounts) != len(forms):
            continue
        total = sum(amounts, Decimal(0))
        if half_up(total / 10000) != half_up(money.value):
            message = (
                f"写明绩效目标项目{found['count']}个、资金{money.text}，"
                f"所附{len(forms)}张绩效目标表的年度资金合计为{shown(total / 10000)}万元，请核对"
            )
            page, paragraph = passage.page, passage.paragraph
            yield told("P12", message, f.FORMS, page=page, paragraph=paragraph, quote=money.text)


#: How many units of each kind a department says it has, and which of them it names elsewhere.
_UNITS = {
    "行政单位": (re.compile(r"行政单位(\d+)家"), re.compile(r"(\d+)家(?:行政)?机关")),
    "参公单位": (re.compile(r"参公(?:管理)?(?:事业)?单位(\d+)家"), re.compile(r"(\d+)家参公(?:管理)?(?:事业)?单位")),
    "事业单位": (re.compile(r"(?<![公理])事业单位(\d+)家"), re.compile(r"(\d+)家(?:公益[一二]类)?事业单位")),
}
_ALL_UNITS = re.compile(r"(\d+)个(?:基层)?预算单位")


def units_agree(document: Published) -> Iterator[DocumentFinding]:
    """The units of a department are as many in the text as where their kinds are listed."""
    passages = [(squeezed(p.text), p) for p in document.running_text()]
    listed: dict[str, int] = {}
    for kind, (stated, _) in _UNITS.items():
        found = next((m for text, _ in passages if (m := stated.search(text))), None)
        if found is not None:
            listed[kind] = int(found[1])
    if not listed:
        return
    told_of = [
        (m, kind, listed[kind], passage)
        for kind, (_, named) in _UNITS.items()
        if kind in listed
        for text, passage in passages
        if "机关运行经费" in text and (m := named.search(text))
    ]
    total = sum(listed.values())
    every = [(m, "预算单位", total, passage) for text, passage in passages if (m := _ALL_UNITS.search(text))]
    for match, kind, most, passage in (*told_of, *every):
        if int(match[1]) > most:
            message = f"写的是“{match[0]}”，机构设置中{kind}共{most}家，请核对"
            yield told("P15", message, f.OFFICES, page=passage.page, paragraph=passage.paragraph, quote=match[0])


def _yearly(table: PageTable) -> Decimal | None:
    """The money of the year in 元 that a performance form states."""
    in_wan = any("万元" in (value or "") for row in table.rows for value in row if value and "资金" in value)
    for row in table.rows:
        at = next((n for n, value in enumerate(row) if value and _YEARLY.search(squeezed(value))), -1)
        if at < 0:
            continue
        for value in row[at + 1 :]:
            try:
                amount = Decimal((value or "").replace(",", "").strip())
            except InvalidOperation:
                continue
            return amount * 10000 if in_wan else amount
    return None
