"""校验结果: the report as blocks of values: findings, marks, the clerk's explanations, and the state on 封面."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from udfs.base import (
    FORCED,
    HINT,
    NOTE,
    VERDICT,
    Area,
    Block,
    Finding,
    Grids,
    Link,
    address,
    cover_lines,
    cover_verdict,
    is_empty_line,
    plain,
    text_lines,
)
from udfs.checks import Inspection
from udfs.explanations import (
    Explanations,
    entries_area,
    entry_blocks,
    known_by,
    read_explanations,
)
from udfs.reconciliation import FAILED, NOT_APPLICABLE, PASSED, UNDECIDED, WIDTH, Expansion, LiveFormulas
from udfs.validate import Report
from workbook_templates.defined_names import FINDINGS, MARKS, RELATIONS
from workbook_templates.reading import INDICATORS, PROJECTS, Edition

#: How what is said of a published document begins, which 校验结果 holds before the workbook's own findings.
DOCUMENT = "公开文档"
_LAPSED = "失效"
_UNCHECKED = "未核对"
_TEXT, _PERFORMANCE = "D", "E"  #: families of the checks of the text and of the performance forms
_SUSPECTS = 4  #: suspects that a row names
_TOP = 2  #: rows between the guide line and the first row of a headed sheet


def _amount_cell(text: str) -> Decimal | str | None:
    """An amount's text as the number it is."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return text


def result_blocks(inspection: Inspection, report: Report, most: int | None = None) -> list[Block]:
    """All blocks that 校验 writes: 校验结果 with marks, 勾稽关系 (at most so many rows), 封面."""
    explanations = read_explanations(inspection.grids, inspection.names, report.findings)
    blocks = _findings(inspection, report, explanations)
    blocks += relation_blocks(inspection, most)
    blocks += _cover(inspection.edition, inspection.grids, inspection.names, report)
    return blocks


def relation_blocks(inspection: Inspection, most: int | None = None) -> list[Block]:
    """勾稽关系 with its live formulas, at most so many rows."""
    if RELATIONS not in inspection.names:
        return []
    sheet, first, left, *_ = inspection.names[RELATIONS]
    at = f"$N${first - 1}"
    own = [form for form in inspection.edition.forms if form.own_place]
    steps = {form.code: f"$N${first + offset}" for offset, form in enumerate(own)}
    formulas = LiveFormulas(inspection.evaluation, Expansion(inspection.printed, inspection.edition.codes), at, steps)
    rows: list[list[object]] = formulas.rows(first, left, most)
    widths = next(s.widths for s in inspection.edition.sheets if s.name == sheet)
    lines = [max(text_lines(str(row[i]), widths[i]) for i in (2, 3, 4)) for row in rows]
    count = len(inspection.evaluation.outcomes)
    listed = f"，只列{len(rows)}条，不符的在前" if len(rows) < count else ""
    rows += [[None] * WIDTH for _ in range(_used(inspection.grids, inspection.names[RELATIONS], WIDTH) - len(rows))]
    found = Counter(o.status for o in inspection.evaluation.outcomes)
    counted = "，".join(f"{status}{found[status]}条" for status in (PASSED, FAILED, NOT_APPLICABLE, UNDECIDED))
    return [
        Block(sheet, first - _TOP, left, [[f"生成时共{count}条：{counted}{listed}。公式实时计算"]]),
        Block(sheet, first - 1, 13, [["各表最小金额", formulas.smallest_formula()]]),
        *[
            Block(sheet, first + offset, 13, [[f"{form.sheet}末位", formulas.step_formula(form.code)]])
            for offset, form in enumerate(own)
        ],
        Block(sheet, first, left, rows, lines),
    ]


def stale_blocks(grids: Grids, names: Mapping[str, Area]) -> list[Block]:
    """After the tables are made anew: no mark is left, and 校验结果 says that its findings are of before."""
    blocks = clear_blocks(grids, names)
    if FINDINGS in names:
        sheet, row, column, *_ = names[FINDINGS]
        if _used(grids, names[FINDINGS], 1):
            blocks.append(Block(sheet, row - _TOP, column, [["各表已重新生成，以下是此前的校验结果，请重新校验"]]))
    return blocks


def clear_blocks(grids: Grids, names: Mapping[str, Area]) -> list[Block]:
    """清除标记: the list of red marks emptied, the findings left."""
    if MARKS not in names or not (marks := _used(grids, names[MARKS], 1)):
        return []
    sheet, row, column, *_ = names[MARKS]
    return [Block(sheet, row, column, [[None]] * marks)]


def _used(grids: Grids, area: Area, width: int) -> int:
    """Rows that an area takes now, to be emptied where fewer are written."""
    sheet, first, left, *_ = area
    grid = grids.get(sheet, [])
    last = len(grid)
    while last >= first and is_empty_line(grid, last, left, left + width - 1):
        last -= 1
    return last - first + 1


def _findings(inspection: Inspection, report: Report, explanations: Explanations) -> list[Block]:
    if FINDINGS not in inspection.names:
        return []
    area = inspection.names[FINDINGS]
    sheet, first, left, _, right = area
    width = right - left + 1
    rows: list[list[object]] = []
    known: list[str] = []
    for number, finding in enumerate(report.findings, 1):
        rows.append(_finding_row(number, finding, explanations.kept.get(finding.figures, "")))
        known.append(known_by(finding))
    for reason, rules in _unchecked(report).items():
        shown = "、".join(rules[:6]) + (f"等{len(rules)}项" if len(rules) > 6 else "")
        rows.append([len(rows) + 1, _UNCHECKED, rules[0], None, f"{shown}{UNDECIDED}：{reason}", *[None] * 5])
    if report.unguarded:
        listed = "、".join(report.unguarded)
        message = f"以下{len(report.unguarded)}个金额没有任何关系看守，改错了校验看不出来，请人工核对：{listed}"
        rows.append([len(rows) + 1, _UNCHECKED, "覆盖", None, message, *[None] * 5])
    known += [""] * (len(rows) - len(known))
    for lapsed in explanations.lapsed:
        row = lapsed.row
        amounts = [_amount_cell(row.left), _amount_cell(row.right), None]
        advice = "金额已变，说明失效，请重新核对"
        rows.append([len(rows) + 1, _LAPSED, row.rule, row.place, row.message, *amounts, advice, lapsed.text])
        known.append(lapsed.known_by)
    widths = next(s.widths for s in inspection.edition.sheets if s.name == sheet)
    lines = [max(text_lines(str(row[i] or ""), widths[i]) for i in (4, 8, 9)) for row in rows]
    entries = entry_blocks(inspection.names, rows, known, _used(inspection.grids, entries_area(inspection.names), 1))
    empty = _used(inspection.grids, area, width) - len(rows)
    rows += [[None] * width for _ in range(empty)]
    marks = _marks(report)
    marks_area = inspection.names[MARKS]
    marks_used = _used(inspection.grids, marks_area, 1)
    padded: list[list[object]] = [[mark] for mark in marks]
    padded += [[None] for _ in range(marks_used - len(marks))]
    blocks = [Block(sheet, first - _TOP, left, [[summary(report)]]), Block(sheet, first, left, rows, lines, links=True)]
    if padded:
        blocks.append(Block(marks_area[0], marks_area[1], marks_area[2], padded))
    return blocks + entries


def _finding_row(number: int, finding: Finding, explanation: str) -> list[object]:
    place: object = Link(finding.place, finding.sheet, finding.cell or "A1")
    if not finding.sheet:
        place = None
    amounts = [_amount_cell(a) for a in (finding.left, finding.right, finding.difference)]
    suspects = "；".join(
        f"{s.sheet}!{s.cell} 现为{s.shown or '空'}，疑应为{s.suggested}{'（' + s.slip + '）' if s.slip else ''}"
        for s in finding.suspects[:_SUSPECTS]
    )
    more = len(finding.suspects) - _SUSPECTS
    if more > 0:
        suspects += f"；等{len(finding.suspects)}格"
    return [
        number,
        finding.grade,
        finding.rule,
        place,
        finding.message,
        *amounts,
        suspects or None,
        explanation or None,
    ]


def _unchecked(report: Report) -> dict[str, list[str]]:
    """Rules that could not be checked, by reason."""
    result: dict[str, list[str]] = {}
    for status in report.statuses:
        if status.status == UNDECIDED:
            rules = result.setdefault(status.reason, [])
            if status.rule not in rules:
                rules.append(status.rule)
    return result


def _marks(report: Report) -> list[str]:
    """Cells to mark in red: those of findings that want mending and the suspects they name."""
    marks: dict[str, None] = {}
    for finding in report.findings:
        if finding.grade == NOTE:
            continue
        cells = [(s.sheet, s.cell) for s in finding.suspects] or [(finding.sheet, finding.cell)]
        marks.update({f"{sheet}!{at}": None for sheet, at in cells if at})
    return list(marks)


def next_place(lines: Sequence[Sequence[Any]], chosen: tuple[str, int, int] | None) -> tuple[str, str, str] | None:
    """Sheet and cell of the next finding after the selected cell, and what is said of it; None where there is none.

    `lines`: the list of findings as its sheet has it.
    """
    places: list[tuple[str, str, str]] = []
    for _, grade, _, place, message, *_ in lines:
        sheet, _, cell = plain(place).partition("!")
        if sheet and cell and plain(grade) in (FORCED, HINT):
            places.append((sheet, cell, f"{plain(grade)}　{plain(message)}"))
    if not places:
        return None
    here = next((i for i, place in enumerate(places) if chosen and place[:2] == (chosen[0], address(*chosen[1:]))), -1)
    ahead = [*range(here + 1, len(places)), *range(here + 1)]
    # Several findings may lie on one cell: the next one is the next cell.
    number = next((i for i in ahead if here < 0 or places[i][:2] != places[here][:2]), ahead[0])
    sheet, cell, text = places[number]
    return sheet, cell, f"第{number + 1}个，共{len(places)}个　{sheet}!{cell}　{text}"


def headline(report: Report) -> str:
    """What 定稿 would say of the workbook: the same words stand wherever its findings are shown."""
    if report.counts[FORCED] > report.remade:
        return "有强制问题，改正后再上报"
    if report.remade:
        return "有强制问题，请先重新生成各表和情况说明，再校验"
    return f"没有强制问题，还有{report.unanswered}条待说明或必填" if report.unanswered else "可以上报"


def verdict(report: Report) -> str:
    """What 校验 says in the end: the headline, the counts, and what to do next."""
    counts = report.counts
    listed = "，".join(f"{grade}{count}条" for grade, count in counts.items())
    told = f"校验完成：{headline(report)}（{listed}）。"
    if not report.passed:
        return f"{told}请按“校验结果”逐条改正，点“下一问题”可逐个跳转。"
    return f"{told}请在“校验结果”中逐条填写审核说明，必填项请补填。" if report.unanswered else told


def summary(report: Report) -> str:
    """The report in one line."""
    counts, checks = report.counts, report.checks
    graded = "，".join(f"{grade}{counts[grade]}条" for grade in counts)
    ended = "，".join(f"{status}{checks[status]}" for status in checks)
    watched = f"各表金额{report.cells}个，有关系或明细看守的{report.guarded}个"
    return f"{headline(report)}。问题：{graded}。关系和检查：{ended}。{watched}。"


def _cover(edition: Edition, grids: Grids, names: Mapping[str, Area], report: Report) -> list[Block]:
    """封面: the verdict of every sheet, and of the whole."""
    by_sheet: dict[str, Counter[str]] = {}
    for finding in report.findings:
        for name in {finding.sheet, *(suspect.sheet for suspect in finding.suspects)}:
            by_sheet.setdefault(name, Counter())[finding.grade] += 1
    checked = {form.sheet for form in edition.forms}
    checked |= {s.name for s in edition.sheets if s.kind in ("input", "ledger")}
    applies = any(s.rule[0] == _PERFORMANCE and s.status in (PASSED, FAILED) for s in report.statuses)
    forms = set()
    if edition.performance_spec is not None:
        inputs = (edition.ranges()[key][0].name for key in (PROJECTS, INDICATORS))
        forms = {edition.performance.sheet, *inputs}
    checked = checked | forms if applies else checked - forms
    ended = {s.status for s in report.statuses if s.rule[0] == _TEXT}
    if ended & {PASSED, FAILED}:
        checked.add(edition.narrative.sheet.name)

    def verdict(name: str) -> tuple[str]:
        found = by_sheet.get(name, Counter())
        worst = next((grade for grade in (FORCED, HINT) if found[grade]), "")
        if worst:
            return (f"{worst}{found[worst]}条",)
        if name not in checked:
            return (NOT_APPLICABLE if name in forms else "",)
        if name == edition.narrative.sheet.name and UNDECIDED in ended:
            return ("有数字无法核对",)
        return ("通过",)

    counted = f"{headline(report)}（强制{report.counts[FORCED]}条，提示{report.counts[HINT]}条）"
    return [*cover_lines(grids, names, VERDICT, verdict), *cover_verdict(grids, names, counted)]
