"""Family D: the text against the tables. What the sheet 情况说明 says is read back, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from udfs.audit import HABIT, PLACEHOLDER, Audited, Cell, Contradiction, Known, Slip, audit
from udfs.audit import verdicts as v
from udfs.base import FORCED, HINT, NOTE, Finding, InputProblems, Problem, Suspect, add, address, numeral, say, squeezed
from udfs.checks.performance_view import is_blank_performance
from udfs.checks.registry import Inspection, Skipped, check, once
from udfs.checks.standing import obstacle
from udfs.checks.views import slips_of
from udfs.narrative import Note, Section, TextRow, figures_of, narrate, texts_of, wording_of
from udfs.tables import Printed

_BLANK = "“情况说明”没有文字"
_ASKS = ("变动原因",)
#: What leaves a gap in the text; what a blank required field leaves out is asked for by the check of those.
_LAST, _UNLISTED = "上年数据", "项目信息"
#: What a note of the edition is about, however it is worded: what it names in quotes, and its figures.
#: How a reason, a comparison with last year, and what is said of projects without targets begin.
_REASON = re.compile("原因")
_COMPARED = re.compile(r"与(?:上年|\d{4}年)|比上年|不可比")
_MANAGED = re.compile("未纳入|不纳入|没有纳入|不编报")
#: What the text must not say otherwise than tables and inputs.
_MUST_AGREE = (v.AMOUNT, v.DENIAL, v.RATE, v.TURN, v.DATING, v.COUNT, v.UNIT, v.PARTS)
_ABOUT = re.compile(r"“[^”]*”|\d[\d.]*")


class ReadBack(Struct, frozen=True):
    """The text of a workbook as audited. `obstacle`: why it could not be held against the tables, if so."""

    rows: dict[int, TextRow]
    audited: Audited
    notes: tuple[Note, ...]  #: what the program would have said and could not, except what the clerk has written
    obstacle: str
    gaps: frozenset[int] = frozenset()  #: sections of which nothing can be written while a field is blank
    older: frozenset[int] = frozenset()  #: sections as the program wrote them from other figures than those of now
    sections: tuple[Section, ...] = ()  #: as the program would write them now


def read_back(inspection: Inspection) -> ReadBack:
    """The text read back, once an inspection. Raises Skipped while there is none."""
    return once(inspection, "_text_read_back", lambda: _read(inspection))


def _read(inspection: Inspection) -> ReadBack:
    edition = inspection.edition
    try:
        rows = {row.number: row for row in texts_of(inspection.reading)}
    except InputProblems as found:
        raise Skipped("；".join(str(p) for p in found.problems), undecided=True) from None
    if not rows:
        raise Skipped(_BLANK)
    texts = {number: row.text for number, row in rows.items()}
    words = edition.audit_words
    try:
        known = known_of(inspection)
        written = edition.narrative.generated and not inspection.reading.unread
        sections = narrate(inspection.reading) if written else ()
    except InputProblems as found:
        return ReadBack(rows, audit(texts, words), (), "；".join(p.message for p in found.problems))
    audited = audit(texts, words, known, {s.number: s.text for s in sections})
    words_of = {**dict.fromkeys(_ASKS, _REASON), _LAST: _COMPARED, _UNLISTED: _MANAGED}
    notes = [
        note
        for section in sections
        for note in section.notes
        if note.rule in words_of and not _answered(rows.get(section.number), section.text, words_of[note.rule])
    ]
    gaps = frozenset(section.number for section in sections if section.notes and not section.text)
    older = frozenset(s.number for s in sections if _is_older(rows.get(s.number), s))
    return ReadBack(rows, audited, tuple(notes), "", gaps, older, sections)


def _is_older(row: TextRow | None, section: Section) -> bool:
    """Whether a section stands as the program wrote it and would be written otherwise now."""
    return row is not None and not row.edited and squeezed(row.text) != squeezed(section.text)


def audited_of(inspection: Inspection) -> Audited:
    """The text read back: contradictions, and what could not be verified. Raises Skipped while there is none."""
    return read_back(inspection).audited


def known_of(inspection: Inspection) -> Known:
    """The figures that the text may speak of. Raises InputProblems where unit, year or tables are missing."""
    edition = inspection.edition
    if reason := obstacle(inspection):
        raise InputProblems([Problem("", reason)])
    codes = edition.codes
    figures = figures_of(inspection.reading)
    return Known(
        edition.audit_words,
        figures,
        wording_of(edition),
        codes.by_name,
        codes.former_names,
        lambda: _cells(inspection.reading.printed, inspection.reading.unread),
    )


def _cells(printed: Printed, unread: frozenset[str]) -> list[Cell]:
    """The amount cells of all tables that were read, in 万元."""
    found = []
    values = printed.places * printed.scale
    for part in (b for b in printed.blocks if b.form.code not in unread):
        for n, row in enumerate(part.rows):
            named = [
                text for text, shows in zip(row.texts, part.block.shows, strict=False) if shows in _NAMING and text
            ]
            name = named[0] if named else row.path
            for m, column in enumerate(part.block.columns):
                if not column.percent:
                    found.append(Cell(name, column.key, Decimal(int(values[part.cell(n, m)])) / _FEN))
    return found


_NAMING = ("label", "name")
_FEN = 1_000_000  #: fen in 万元


def _answered(row: TextRow | None, generated: str, words: re.Pattern[str]) -> bool:
    """Whether the clerk has written into the text what the program had no words for: more of such words are there."""
    return row is None or (row.edited and len(words.findall(row.text)) > len(words.findall(generated)))


def _findings(inspection: Inspection, number: str, grade: str, *kinds: str) -> Iterator[Finding]:
    """The contradictions of some kinds as findings at the cells of their paragraphs."""
    read = read_back(inspection)
    if read.obstacle and not any(c.kind in kinds for c in read.audited.contradictions):
        raise Skipped(f"情况说明不能与各表核对：{read.obstacle}", undecided=True)
    for contradiction in read.audited.contradictions:
        if contradiction.kind in kinds:
            yield _finding(inspection, read, number, grade, contradiction)


def _finding(inspection: Inspection, read: ReadBack, number: str, grade: str, found: Contradiction) -> Finding:
    row = read.rows[found.section]
    message = say(
        "第{section}节“{quote}”：{message}，请核对改正",
        section=numeral(found.section),
        quote=found.quote,
        message=found.words,
    )
    at = address(row.row, row.column)
    sheet = inspection.edition.narrative.sheet.name
    return Finding(number, grade, sheet, at, message, found.left, found.right, found.difference)


@check("D01", FORCED, "第三节写基本支出624.12万元，表三为624.11万元")
def amounts_are_those_of_the_tables(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中的金额与各表、基础信息和上年数据一致，变动额等于本年数与上年数之差。"""
    return _findings(inspection, "D01", FORCED, v.AMOUNT, v.DENIAL)


@check("D02", FORCED, "第五节写一般公共服务支出占50.10%，应为50.01%")
def rates_follow_from_the_amounts(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中的比重和增减幅度由所列金额计算得出，保留两位小数；上年数不大于零的不写增减幅度。"""
    return _findings(inspection, "D02", FORCED, v.RATE)


@check("D03", FORCED, "第一节收入减少，写成“增加1498.02万元”")
def directions_fit_the_signs(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中的增加、减少、持平与金额的变动方向一致，前后不矛盾。"""
    return _findings(inspection, "D03", FORCED, v.TURN)


@check("D04", FORCED, "第八节写“与2022年预算相比”，本年度的上年是2023年")
def years_are_this_and_last(inspection: Inspection) -> Iterator[Finding]:
    """情况说明所述年度是本工作簿的年度，比较的年份是上一年，资产数据的时点是上年末。"""
    return _findings(inspection, "D04", FORCED, v.DATING)


@check("D05", HINT, "第五节写“一般公共预算服务支出”，分类名称为“一般公共服务支出”")
def names_are_those_of_the_classification(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中的科目和项目名称与分类和各表一致，所列科目在表中有金额。"""
    yield from _findings(inspection, "D05", HINT, v.NAME)
    yield from _other_kind(inspection)


def _other_kind(inspection: Inspection) -> Iterator[Finding]:
    """本部门 in one place of a text that calls itself 本单位 everywhere else, and the reverse."""
    rows = read_back(inspection).rows.values()
    kind = inspection.info.text("document")
    other = {"单位": "部门", "部门": "单位"}.get(kind, "?")
    said = "".join(row.heading + row.text for row in rows)
    own, others = (len(re.findall(f"[本我]{word}(?!所属|下属|各)", said)) for word in (kind, other))
    for row in rows if own > others > 0 else ():
        for text, column in ((row.heading, row.column - 1), (row.text, row.column)):
            if match := re.search(f"[本我]{other}(?!所属|下属|各)", text):
                words = say(
                    "第{section}节写的是“{written}”，公开口径是{kind}，别处都写“本{kind}”，请核对改正",
                    "kind",
                    section=numeral(row.number),
                    written=match[0],
                    kind=kind,
                )
                yield Finding("D05", HINT, inspection.edition.narrative.sheet.name, address(row.row, column), words)


@check("D06", FORCED, "第十节写纳入绩效目标管理的项目9个，各表和项目信息为8个")
def counts_are_those_of_the_workbook(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中的个数、辆数、面积等与基础信息、项目信息和各表一致。"""
    return _findings(inspection, "D06", FORCED, v.COUNT)


@check("D07", FORCED, "第二节写的是另一个单位的名称")
def the_unit_is_this_one(inspection: Inspection) -> Iterator[Finding]:
    """情况说明所述单位是本工作簿的单位。"""
    return _findings(inspection, "D07", FORCED, v.UNIT)


@check("D08", FORCED, "第九节货物、工程、服务之和不等于政府采购预算总额")
def parts_make_the_whole(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中分项列明的，各分项之和等于合计。"""
    return _findings(inspection, "D08", FORCED, v.PARTS)


@check("D09", HINT, "收入总计比上年下降68.28%，没有写原因")
def large_changes_have_reasons(inspection: Inspection) -> Iterator[Finding]:
    """比上年变动百分之十及以上的，写明原因，所写原因与变动方向一致。"""
    read = read_back(inspection)
    if read.obstacle:
        raise Skipped(f"情况说明不能与各表核对：{read.obstacle}", undecided=True)
    yield from _findings(inspection, "D09", HINT, v.REASON, v.UNREASONED, v.NO_BASE)
    yield from _note_findings(inspection, read, "D09", _ASKS)


def _note_findings(inspection: Inspection, read: ReadBack, number: str, rules: Sequence[str]) -> Iterator[Finding]:
    """What the program could not write for want of an input, at the cells of the sections."""
    for note in read.notes:
        if note.rule not in rules:
            continue
        row = read.rows[note.section]
        message = say(
            "第{section}节：{message}",
            "note",
            section=numeral(note.section),
            rule=note.rule,
            about="".join(_ABOUT.findall(note.message)),
            message=add("{message}", message=note.message),
        )
        # Where no form has been begun, family E does not apply, and nothing of the forms is asked for.
        grade = NOTE if note.rule == _UNLISTED else HINT
        yield Finding(number, grade, inspection.edition.narrative.sheet.name, address(row.row, row.column), message)


@check("D10", HINT, "原因中的金额与“基础信息”所填的不同")
def the_rest_is_as_filled_in(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中引用基础信息的文字，其中的数字与所填的一致。"""
    return _findings(inspection, "D10", HINT, v.WORDING)


@check("D11", HINT, "原因中写有各表没有的金额，无法核对")
def everything_could_be_checked(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中的每个数字都能与各表、基础信息核对；不能核对的列出，请人工核对。"""
    read = read_back(inspection)
    if read.obstacle:
        raise Skipped(f"情况说明不能与各表核对：{read.obstacle}", undecided=True)
    unbound = read.audited.unbound
    if unbound:
        listed = "；".join(f"第{numeral(u.section)}节“{u.quote}”中的{u.text}" for u in unbound[:20])
        more = f"等{len(unbound)}处" if len(unbound) > 20 else f"共{len(unbound)}处"
        raise Skipped(f"情况说明中{more}数字无法与各表核对，请人工核对：{listed}", undecided=True)
    yield from ()


def _proofread(inspection: Inspection, number: str, grades: dict[str, str]) -> Iterator[Finding]:
    """The slips of some kinds in every section, each with its grade by kind; the same slip once a section."""
    sheet = inspection.edition.narrative.sheet.name
    for row in read_back(inspection).rows.values():
        told: set[str] = set()
        for slip in slips_of(row.text):
            grade = grades.get(slip.kind, grades.get("", ""))
            if grade and slip.message not in told:
                told.add(slip.message)
                message = say(
                    "第{section}节“{quote}”：{message}",
                    section=numeral(row.number),
                    quote=_around(row.text, slip),
                    kind=slip.kind,
                    message=add("{message}", message=slip.message),
                )
                yield Finding(number, grade, sheet, address(row.row, row.column), message)


def _around(text: str, slip: Slip) -> str:
    return v.excerpt(text, slip.start, slip.end, around=10).replace("\n", " ")


@check("D12", FORCED, "第一节写“主要原因是XX”")
def no_placeholder_is_left(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中没有占位符、没有填写的空位和模板中供选择的文字，如XX、待补充、增加（减少）。"""
    return _proofread(inspection, "D12", {PLACEHOLDER: FORCED})


@check("D13", HINT, "第二节写“增加增加”")
def the_text_is_proofread(inspection: Inspection) -> Iterator[Finding]:
    """情况说明没有重复的字词和标点、不成对的引号和括号、没有写完的句子和乱码。"""
    return _proofread(inspection, "D13", {PLACEHOLDER: "", HABIT: NOTE, "": HINT})


@check("D14", FORCED, "第十节没有文字")
def every_section_is_there(inspection: Inspection) -> Iterator[Finding]:
    """情况说明各节齐全，每节都有文字；没有内容的节也要说明没有。"""
    narrative = inspection.edition.narrative
    read = read_back(inspection)
    rows = read.rows
    if not narrative.generated:
        raise Skipped("本版式的说明由单位自行编写，节数不固定")
    for number in range(1, len(narrative.sections) + 1):
        if number not in rows and number not in read.gaps:
            message = say("缺少第{section}节，或这一节没有文字，请补写或重新生成情况说明", section=numeral(number))
            yield Finding("D14", FORCED, narrative.sheet.name, "", message)


@check("D16", FORCED, "情况说明第一节、第三节是按改动前的数生成的")
def the_text_is_of_the_figures_of_now(inspection: Inspection) -> Iterator[Finding]:
    """情况说明中由程序生成、没有改动过的各节，与现在的各表和基础信息一致；数改动后应重新生成。"""
    read = read_back(inspection)
    wrong = [c for c in read.audited.contradictions if c.section in read.older and c.kind in _MUST_AGREE]
    if not wrong:
        return
    sections = sorted({contradiction.section for contradiction in wrong})
    sheet = inspection.edition.narrative.sheet.name
    places = [address(read.rows[n].row, read.rows[n].column) for n in sections]
    message = say(
        "{sections}是按改动前的数生成的，有{count}处与现在的各表或基础信息不一致，请重新生成情况说明",
        sections="、".join(f"第{numeral(number)}节" for number in sections),
        count=len(wrong),
    )
    yield Finding("D16", FORCED, sheet, places[0], message, suspects=tuple(Suspect(sheet, at, "", "") for at in places))


@check("D15", HINT, "“上年数据”中收入总计没有填写，第一节没有与上年对比")
def no_section_has_a_gap(inspection: Inspection) -> Iterator[Finding]:
    """情况说明没有因缺少资料而空缺的内容：上年数据齐全或注明不可比，上报前必须补齐；编报绩效目标的，各项目是否纳入绩效管理已填写。"""
    read = read_back(inspection)
    if read.obstacle:
        raise Skipped(f"情况说明不能与各表核对：{read.obstacle}", undecided=True)
    # Once there are forms, their own check asks for the project that is not listed.
    rules = (_LAST, _UNLISTED) if is_blank_performance(inspection) else (_LAST,)
    yield from _note_findings(inspection, read, "D15", rules)
