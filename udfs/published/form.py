"""The form of a document: is everything there, in order, rightly numbered, its contents right, nothing left over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise

from msgspec.structs import replace

from udfs.audit import HABIT, PLACEHOLDER, proofread
from udfs.base import FORCED, HINT, NOTE, Finding, numeral, say, squeezed
from udfs.foreign import Passage, Published, Recognition, SectionText
from udfs.published import findings as f
from udfs.published.asked import nothing_secret, targets_add_up, terms_explained, units_agree
from udfs.published.findings import DocumentFinding, told
from udfs.published.plausible import text_is_plausible
from workbook_templates.reading import Form

_ENTRY = re.compile(r"(?P<text>.*?\S)[\t.…·．—\s-]+(?P<page>\d{1,4})\s*$")
_CHINESE = re.compile(r"(?P<open>[（(]?)(?P<number>[一二三四五六七八九十]{1,3})(?P<close>[、）)])(?![、，])")
_ARABIC = re.compile(r"(?P<open>[（(]?)(?P<number>\d{1,2})(?P<close>[.、．）)])(?!\d)")
_YEAR = re.compile(r"(20\d{2})\s*(?:年|预算)")
_PUBLIC = re.compile(r"公开[^。；]{0,12}绩效目标的?项目(?:共)?(\d+)个")
_MARK = re.compile(r"\s*(?P<words>(?:部门|单位|预算|收支)?(?:预算)?公开表)\s*(?P<number>\d{1,2})\s*")
_MONEY = re.compile(r"\d\s*(?:亿|万)?元")
_ABSENT = re.compile(r"无|没有|不涉及|未安排")
#: A document with text has paragraphs this long.
_LONG = 60
#: More wrong page numbers than this are one finding: the contents were not renewed.
_FEW_PAGES = 3
#: Headings that every document has, by words that stand in them.
_PARTS = {
    f.DUTIES: ("职能", "职责"),
    f.OFFICES: ("机构", "单位构成"),
    f.TERMS: ("名词解释",),
}
_WORDS = ("部门", "单位")


def form_findings(
    document: Published, found: Recognition | None, texts: Sequence[SectionText]
) -> Iterator[DocumentFinding]:
    """All findings about a document's form."""
    yield from _read(document)
    yield from _proofread(document)
    has_text = document.workbook or any(len(p.text) > _LONG for p in document.passages)
    if document.workbook:
        yield from _numbering(document)
    elif has_text:
        yield from _cover(document, found)
        yield from _parts(document)
        yield from contents_findings(document)
        yield from _numbering(document)
    elif document.tables:
        yield told("P11", "文件只有表格，没有封面、目录和文字说明；完整的公开文件请另行检查", f.COVER, page=1)
    yield from terms_explained(document)
    yield from targets_add_up(document)
    yield from units_agree(document)
    yield from nothing_secret(document)
    yield from text_is_plausible(document)
    if found is not None:
        yield from _tables(document, found)
        yield from _sections(document, found, texts) if has_text else ()
        yield from _forms(document)
        yield from _other_kind(document, found)


# -- what was read


def _read(document: Published) -> Iterator[DocumentFinding]:
    for remark in document.remarks:
        yield told("P09", remark.message, f.READ, page=remark.page)
    for leftover in document.leftovers:
        yield told("P06", leftover.message, f.CLEAN, page=leftover.page)
    for page in document.empty_pages:
        if page not in document.printed_pages:
            yield told("P10", f"第{page}页是空白页，请删除", f.CONTENTS, page=page)


def _proofread(document: Published) -> Iterator[DocumentFinding]:
    """Slips of the text whatever it speaks of; in tables only what a template left."""
    for passage in document.running_text():
        if "    " in passage.text:
            continue  # columns without a frame, such as a line of signatures: no sentence
        for slip in proofread(passage.text):
            if document.workbook and slip.kind != PLACEHOLDER:
                continue  # its lines may be broken anywhere
            rule, grade = ("D12", FORCED) if slip.kind == PLACEHOLDER else ("D13", NOTE if slip.kind == HABIT else HINT)
            quote = passage.text[max(0, slip.start - 8) : slip.end + 8]
            words = say("“{quote}”：{message}", "text", quote=quote, message=slip.message)
            finding = Finding(rule, grade, "正文", "", words)
            yield DocumentFinding(finding, passage.page, passage.paragraph, quote, f.CLEAN)
    for number, table in enumerate(document.tables):
        for row, (line, page) in enumerate(zip(table.rows, table.pages, strict=True)):
            for value in line:
                if not value or value[0].isdigit():
                    continue
                for slip in proofread(value):
                    if slip.kind == PLACEHOLDER:
                        words = say("表格中“{value}”：{message}", "cell", value=value[:30], message=slip.message)
                        finding = Finding("D12", FORCED, "正文", "", words)
                        yield DocumentFinding(finding, page, 0, value[:40], f.CLEAN, number, row)


# -- cover and parts


def _cover(document: Published, found: Recognition | None) -> Iterator[DocumentFinding]:
    first = [p for p in document.passages if p.page == 1 and not p.contents][:12]
    text = squeezed("".join(p.text for p in first))
    if "预算" not in text or not _YEAR.search(text):
        yield told("P11", "第一页不像是封面：没有写明预算年度和“预算”字样", f.COVER, page=1)
        return
    if found is None:
        return
    years = {m[1] for p in first[:6] for m in _YEAR.finditer(squeezed(p.text)) if len(p.text) < 60}
    if found.year and years and found.year not in years:
        shown = "、".join(sorted(years))
        message = f"封面的年度是{shown}年，各表的年度是{found.year}年，请核对改正"
        yield told("P07", message, f.COVER, page=1, paragraph=first[0].paragraph, quote=first[0].text)
    if found.unit and squeezed(found.unit) not in text and any("单位" in p.text or "部门" in p.text for p in first):
        core = re.sub(r"（本级）|本级|\(本级\)|（单位）", "", squeezed(found.unit))
        if core not in text:
            message = f"封面没有写各表上的单位名称“{found.unit}”，请核对封面和各表的单位名称"
            yield _graded(told("P07", message, f.COVER, page=1), f.RULES["P02"][0])


def _graded(found: DocumentFinding, grade: str) -> DocumentFinding:
    return replace(found, finding=replace(found.finding, grade=grade))


def _parts(document: Published) -> Iterator[DocumentFinding]:
    short = [squeezed(p.text) for p in document.passages if not p.contents and len(squeezed(p.text)) <= 40]
    for item, words in _PARTS.items():
        if not any(any(w in text for w in words) for text in short):
            yield told("P11", f"没有“{item}”部分，请补充", item)


# -- contents


def _entry_text(entry: Passage) -> str:
    match = _ENTRY.match(entry.text)
    return (match["text"] if match else entry.text).strip()


def _title(text: str) -> str:
    """A heading without its number and year, for comparing an entry of the contents with the heading it means."""
    short = re.sub(
        r"^(第[一二三四五六七八九十]+部分|表[一二三四五六七八九十]+|[（(]?[一二三四五六七八九十]+[、）)]|\d{1,2}[.、．])",
        "",
        squeezed(text),
    )
    return re.sub(r"[“”\"'《》：:、，。（）()\s]", "", short)


def contents_findings(document: Published) -> Iterator[DocumentFinding]:
    """目录: there, every entry a heading of the text, its page the one where that stands."""
    entries = [p for p in document.passages if p.contents and squeezed(p.text) not in ("目录", "目次")]
    if not any(p.contents for p in document.passages):
        yield told("P11", "没有目录，或目录无法识别，请核对", f.CONTENTS, page=min(2, document.pages))
        return
    body = [p for p in document.passages if not p.contents and len(squeezed(p.text)) <= 80]
    placed: list[tuple[Passage, int, Passage]] = []
    gone: list[Passage] = []
    after = entries[-1].paragraph if entries else 0
    titles = [(_title(p.text), p) for p in body if p.paragraph > after]
    paged = sum(bool(_ENTRY.match(e.text)) for e in entries) > len(entries) / 2
    if not any(_ENTRY.match(e.text) for e in entries):
        page = entries[0].page if entries else 1
        yield _graded(told("P03", "目录没有页码，请核对是否需要", f.CONTENTS, page=page), NOTE)
    for entry in entries:
        match = _ENTRY.match(entry.text)
        wanted = _title(_entry_text(entry))
        if len(wanted) < 2 or (paged and not match):
            continue
        same = [p for t, p in titles if t == wanted]
        same = same or [p for t, p in titles if len(t) > 3 and (t.endswith(wanted) or wanted.endswith(t))]
        if not same:
            heads = (_title(a.text) for t in document.tables for a in t.above)
            if not (any(wanted in head for head in heads) or _spoken(document, wanted)):
                gone.append(entry)
        elif match:
            placed.append((entry, int(match["page"]), same[0]))
    many = len(gone) > max(_FEW_PAGES, len(entries) / 3)  # the tables are published by themselves
    for entry in gone[:1] if many else gone:
        shown = "、".join(f"“{_entry_text(e)}”" for e in (gone[:_FEW_PAGES] if many else [entry]))
        near = get_close_matches(_title(_entry_text(entry)), [t for t, _ in titles], 1, 0.7)
        rest = f"……等{len(gone)}个标题，正文中没有这些标题" if many else "，正文中没有这一标题"
        also = f"（有“{near[0]}”）" if near and not many else ""
        message = f"目录列有{shown}{rest}{also}，请核对"
        yield told("P03", message, f.CONTENTS, page=entry.page, paragraph=entry.paragraph, quote=entry.text)
    if not document.laid_out:
        return
    offsets = Counter(p.page - number for _, number, p in placed)
    usual = offsets.most_common(1)[0][0] if offsets else 0
    wrong = []
    for entry, number, heading in placed:
        printed = document.printed_pages.get(heading.page, "")
        actual = int(printed) if printed else heading.page - usual
        if actual != number:
            wrong.append((entry, f"“{entry.text.strip()[:30]}”的页码为{number}，实际在第{actual}页"))
    if len(wrong) > _FEW_PAGES:
        entry = wrong[0][0]
        told_of = "；".join(text for _, text in wrong[:_FEW_PAGES])
        message = f"目录有{len(wrong)}处页码与实际不符：{told_of}……请更新目录（在 Word 中右键点目录，选“更新域”）"
        yield told("P03", message, f.CONTENTS, page=entry.page, paragraph=entry.paragraph, quote=entry.text)
        return
    for entry, text in wrong:
        message = f"目录中{text}，请更新目录"
        yield told("P03", message, f.CONTENTS, page=entry.page, paragraph=entry.paragraph, quote=entry.text)


def _spoken(document: Published, wanted: str) -> bool:
    """Whether a group heading of the contents, such as 单位预算表, is one that its tables stand for."""
    return wanted.endswith(("预算表", "预算报表", "公开表", "附表", "报表")) and bool(document.tables)


# -- numbering


_VALUES = {numeral(n): n for n in range(1, 60)}


def _numbering(document: Published) -> Iterator[DocumentFinding]:
    """Numbers of headings and list entries go up one by one, in each kind of number; 一 or 1 begins anew."""
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for passage in document.running_text():
        short = squeezed(passage.text)
        match = _CHINESE.match(short) or _ARABIC.match(short)
        if match is None:
            continue
        digits = match["number"]
        value = int(digits) if digits.isdigit() else _VALUES.get(digits, 0)
        if not value:
            continue
        kind = ("1" if digits.isdigit() else "一", "（" if match["open"] else "、")
        before, text = last.get(kind, (0, ""))
        if value == 1 or not before:
            last = {k: v for k, v in last.items() if _rank(k) < _rank(kind)}
        elif value == before and text != short:
            message = f"编号“{match[0]}”重复：前面已有“{text[:16]}”，请核对编号"
            yield told("P05", message, f.CLEAN, page=passage.page, paragraph=passage.paragraph, quote=passage.text[:20])
        elif value > before + 1:
            message = f"编号由{before}跳到{value}（“{short[:16]}”），中间的条目缺失或编号有误，请核对"
            yield told("P05", message, f.CLEAN, page=passage.page, paragraph=passage.paragraph, quote=passage.text[:20])
        last[kind] = (value, short)
        if value > 1:
            last = {k: v for k, v in last.items() if _rank(k) <= _rank(kind)}


def _rank(kind: tuple[str, str]) -> int:
    return [("一", "、"), ("一", "（"), ("1", "、"), ("1", "（")].index(kind)


# -- tables and sections


def says_empty(document: Published, form: Form) -> bool:
    """Whether a document says in words that there is nothing to be shown in a table."""
    core = re.sub(r"\{.*?\}|年|预算|支出|收入|收支|总?表|（.*?）", "", squeezed(form.title))
    text = (squeezed(p.text) for p in document.passages if not p.contents)
    return bool(core) and any(core in t and "表" in t and _ABSENT.search(t) for t in text)


def _tables(document: Published, found: Recognition) -> Iterator[DocumentFinding]:
    numbers = {document.sheet_of(n): n for n in range(len(document.tables))}
    for form in found.edition.forms:
        why = found.missing.get(form.code)
        if why is None or says_empty(document, form):
            continue
        places = [f"第{document.tables[n].pages[0]}页" for name, n in numbers.items() if name in why]
        where = f"（{'、'.join(places)}）" if places else ""
        if where:
            message = f"{form.sheet}没有可靠读出{where}：{why}；请人工核对"
            yield told(
                "P09", message, form.sheet, page=document.tables[numbers[next(n for n in numbers if n in why)]].pages[0]
            )
        else:
            title = found.edition.worded(form.title, found.year or str(found.edition.year), found.document)
            message = f"没有{form.sheet}“{title}”，也没有说明本表无数据；请补上这张表"
            yield told("P01", message, form.sheet, sheet=form.sheet)
    yield from _marks(document)
    order = [(numbers[t.sheet], t) for t in found.tables if t.sheet in numbers]
    highest: tuple[int, str] = (-1, "")
    for at, table in order:
        page = document.page_of(at, 1) if document.tables else 0
        if at < highest[0]:
            message = f"{table.form.sheet}排在{highest[1]}之前，与规定的顺序不一致，请调整"
            yield told("P04", message, table.form.sheet, page=page, sheet=table.form.sheet)
        highest = max(highest, (at, table.form.sheet))
        if table.year and found.year and table.year != found.year:
            message = f"{table.form.sheet}标题的年份是{table.year}，其他表是{found.year}，请核对改正"
            yield told("P07", message, table.form.sheet, page=page, sheet=table.form.sheet, quote=table.segment.title)
        own, others = squeezed(table.unit), squeezed(found.unit)
        if own and others and own != others:
            message = f"{table.form.sheet}的单位名称是“{table.unit}”，其他表是“{found.unit}”，请核对改正"
            one = told("P07", message, table.form.sheet, page=page, sheet=table.form.sheet, quote=table.unit)
            # A name that does not fit its line is cut by the page, one beside other words is read with them.
            yield _graded(one, HINT) if own in others or others in own else one
        for remark in table.remarks:
            rule = "P08" if "的写法，其他表是" in remark else "P09"
            if remark.startswith(("没有写明金额单位", "由", "在")) or "按“" in remark or remark.endswith("按空白导入"):
                continue
            yield told(
                rule, f"{table.form.sheet}：{remark}，请核对", table.form.sheet, page=page, sheet=table.form.sheet
            )


def _marks(document: Published) -> Iterator[DocumentFinding]:
    """预算公开表1, 预算公开表2, …: the marks above the tables have one wording and count the tables."""
    marks = [(m, above) for table in document.tables for above in table.above if (m := _MARK.fullmatch(above.text))]
    words = Counter(m["words"] for m, _ in marks)
    usual = words.most_common(1)[0][0] if words else ""
    numbers = [int(m["number"]) for m, _ in marks]
    for n, (match, above) in enumerate(marks):
        left = numbers[n - 1] + 1 if n else 0
        right = numbers[n + 1] - 1 if n + 1 < len(numbers) else left
        # Its neighbours agree upon another; where a table between them has no mark they do not.
        between = 0 < n < len(numbers) - 1 and left == right != numbers[n]
        if between or (n and left > numbers[n] and right == left) or (not n and numbers[0] > right > 0):
            message = f"表号写的是“{squeezed(above.text)}”，按顺序应为{right}，请核对改正"
            yield told("P05", message, f.CLEAN, page=above.page, paragraph=above.paragraph, quote=above.text)
        elif match["words"] != usual:
            message = f"表号写的是“{squeezed(above.text)}”，其他表是“{usual}{match['number']}”的写法，请核对改正"
            yield told("P08", message, f.CLEAN, page=above.page, paragraph=above.paragraph, quote=above.text)


def _sections(document: Published, found: Recognition, texts: Sequence[SectionText]) -> Iterator[DocumentFinding]:
    there = {t.number for t in texts}
    headings = [squeezed(p.text) for p in document.passages if not p.contents and len(p.text) <= 60]
    for number, section in enumerate(found.edition.narrative.sections, 1):
        if number in there:
            continue
        name = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", section.heading)
        if any(name and squeezed(name) in h for h in headings):
            continue
        found_missing = told("P02", f"文字说明中没有“{name}”一节，请核对是否漏写", name)
        # Where the wording is free a section may be told under another heading.
        yield found_missing if found.edition.narrative.generated else _graded(found_missing, NOTE)
    # The glossary is a part of its own, before the text or behind it.
    told_of = [t for t in texts if not document.workbook and f.TERMS not in t.heading]
    order = [(_paragraph_of(document, t.heading), t) for t in told_of]
    for (before, one), (after, two) in pairwise(order):
        if before and after and after < before:
            message = f"“{two.heading}”写在“{one.heading}”之前，与规定的顺序不一致，请调整"
            page = next((p.page for p in document.passages if p.paragraph == after), 0)
            yield told("P04", message, two.heading, page=page, paragraph=after, quote=two.heading)


_HEADING = 30  #: a line as short as this that does not end as a sentence is a heading


def _other_kind(document: Published, found: Recognition) -> Iterator[DocumentFinding]:
    """本部门 in the document of a 单位, and the reverse, where the text speaks of figures or the year."""
    cover = squeezed("".join(p.text for p in document.passages[:12] if p.page == 1 and not p.contents))
    kinds = {found.document} & set(_WORDS) or {word for word in _WORDS if f"{word}预算" in cover}
    if len(kinds) != 1:
        return
    (kind,) = kinds
    (other,) = set(_WORDS) - kinds
    for passage in document.running_text():
        text = squeezed(passage.text)
        heading = len(text) <= _HEADING and not text.endswith(("。", "；", "，"))
        match = re.search(f"[本我]{other}" + (f"|(?<=年){other}预算|(?<=年度){other}预算" if heading else ""), text)
        if match and (heading or _YEAR.search(text) or _MONEY.search(passage.text)):
            right = match[0].replace(other, kind)
            message = f"写的是“{match[0]}”，而本文件是{kind}预算，应写“{right}”，请核对改正"
            yield told("P08", message, f.CLEAN, page=passage.page, paragraph=passage.paragraph, quote=match[0])


def _paragraph_of(document: Published, heading: str) -> int:
    wanted = squeezed(heading)
    return next(
        (
            p.paragraph
            for p in document.passages
            if not p.contents and squeezed(p.text).endswith(wanted) and len(p.text) < 70
        ),
        0,
    )


def _forms(document: Published) -> Iterator[DocumentFinding]:
    """Performance forms of as many projects as the text says are public."""
    for passage in document.running_text():
        match = _PUBLIC.search(squeezed(passage.text))
        if match is None:
            continue
        wanted = int(match[1])
        titled = [t for t in document.tables if any("绩效目标" in a.text and "整体" not in a.text for a in t.above)]
        if wanted > 0 and len(titled) < wanted:
            message = f"写明公开绩效目标的项目{wanted}个，文件中有项目绩效目标表{len(titled)}张，请核对是否漏附"
            yield told("P12", message, f.FORMS, page=passage.page, paragraph=passage.paragraph, quote=match[0])
        return
