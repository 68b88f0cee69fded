"""The sheets that `receive` adds: receipt list, overview, findings of all units, units behind every total."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from addin.upward.examine import FAMILIES
from addin.xlsx import NewSheet, Rule
from udfs.base import FEN_PER_PLACE, FORCED, HINT, NOTE, Block, Fen, Link, column_letters, printed, round_half_up
from udfs.upward import (
    CHECKED,
    DISTRUSTED,
    DUPLICATE,
    IN_THE_SUM,
    MISSING,
    OTHER_EDITION,
    OTHER_YEAR,
    TAKEN_WITH_FAULTS,
    UNREADABLE,
    UNUSABLE,
    Department,
    Family,
    Receipt,
    Received,
    SealState,
    State,
    seal_is_broken,
    units_behind,
)
from workbook_templates.reading import Edition

LIST, OVERVIEW, FINDINGS, BEHIND = "收表情况", "收表一览", "各单位问题", "分单位"
#: Rows that the sheet of units behind totals may take; a spreadsheet has 1 048 576.
MOST_BEHIND = 200_000
MOST_LISTED = 200_000

RED, AMBER, GREEN, GREY, BLUE = "FFFFC7CE", "FFFFE699", "FFC6E0B4", "FFE7E6E6", "FFD9E2F3"
_INK = "FF1F2937"
#: Units that a line names.
_MOST_NAMED = 5
_TO_THE_MINUTE = len("2024-01-01 00:00")
TITLES = {
    "A": "A 表内",
    "B": "B 表间",
    "C": "C 与明细",
    "D": "D 文本",
    "E": "E 绩效",
    "F": "F 填报",
}


def receipt_list(receipt: Receipt) -> NewSheet:
    """收表情况: a line a file, then the units that sent none."""
    heading = (
        "序号",
        "单位编码",
        "单位名称",
        "年度",
        "状态",
        FORCED,
        HINT,
        NOTE,
        "封印",
        "定稿时间",
        "校验码",
        "文件",
        "说明",
    )
    rows: list[list[Any]] = []
    for file in receipt.files:
        seal = file.seal
        counts = [file.count(g) if file.summary.state is State.READ else None for g in (FORCED, HINT, NOTE)]
        headline = file.summary.headline if file.state in IN_THE_SUM else ""
        moment = seal.sealed_at.replace("T", " ")[:_TO_THE_MINUTE] if seal else ""
        identity = [file.fact("unit_code"), file.fact("unit_name"), file.fact("year")]
        rows.append(
            [
                len(rows) + 1,
                *identity,
                receipt.state_of(file),
                *counts,
                seal.state.value if seal else None,
                moment or None,
                (seal and seal.code) or None,
                file.file,
                "；".join(filter(None, (headline, file.remark))) or None,
            ]
        )
    for unit in receipt.missing:
        row = [len(rows) + 1, unit.code, unit.name, receipt.year, MISSING]
        rows.append([*row, *[None] * 7, receipt.why_missing(unit)])
    count = len(rows)
    area = f"A4:M{max(count, 1) + 3}"
    return NewSheet(
        name=LIST,
        widths=(6, 14, 30, 7, 20, 7, 7, 7, 10, 18, 14, 34, 52),
        head=(
            (1, [LIST], "公开-标题", 34),
            (2, [list_summary(receipt)], "公开-填写提示", 34),
            (3, heading, "公开-表头", 26),
        ),
        rows=lambda: rows,
        first_row=4,
        styles=("公开-序号", *["公开-说明"] * 4, *["公开-序号"] * 3, *["公开-说明"] * 5),
        merged=(1, 2),
        rules=(
            Rule(
                area,
                _listed(UNREADABLE, UNUSABLE, CHECKED[UNUSABLE], MISSING, OTHER_YEAR, OTHER_EDITION, DISTRUSTED),
                RED,
                _INK,
            ),
            Rule(area, _listed(TAKEN_WITH_FAULTS, CHECKED[TAKEN_WITH_FAULTS], DUPLICATE), AMBER, _INK),
            Rule(area, 'OR($I4="有改动",$I4="封印损坏")', AMBER, _INK),
        ),
        frozen="D4",
        filtered=True,
        count=count,
        heading=3,
        wrapped=(3, 5, 12, 13),
    )


def _listed(*states: str) -> str:
    """The formula that a line of the receipt list has one of these states."""
    each = ",".join(f'$E4="{state}"' for state in states)
    return f"OR({each})"


def list_summary(receipt: Receipt) -> str:
    """The receipt list in one line."""
    states: dict[str, int] = {}
    for file in receipt.files:
        state = receipt.state_of(file)
        states[state] = states.get(state, 0) + 1
    if receipt.missing:
        states[MISSING] = len(receipt.missing)
    told = "；".join(f"{state} {count}份" for state, count in sorted(states.items(), key=_in_order))
    broken = sum(seal_is_broken(file) for file in receipt.files)
    seals = f"；封印有改动或损坏{broken}份" if broken else ""
    notes = "".join(f"；{note}" for note in receipt.notes)
    year = f"{receipt.year}年，" if receipt.year else ""
    return f"{year}共{len(receipt.files)}个文件：{told}{still_out(receipt)}{seals}{notes}。"


def still_out(receipt: Receipt) -> str:
    """Whose return the sum still lacks; empty where every unit of the list is in it."""
    names = [unit.name or unit.code for unit in receipt.missing]
    more = f"等{len(names)}个单位" if len(names) > _MOST_NAMED else ""
    return f"；汇总数不含：{'、'.join(names[:_MOST_NAMED])}{more}" if names and receipt.added else ""


def _in_order(item: tuple[str, int]) -> int:
    """States from what is taken to what is missing."""
    order = (
        *IN_THE_SUM,
        *CHECKED.values(),
        DUPLICATE,
        OTHER_YEAR,
        OTHER_EDITION,
        DISTRUSTED,
        UNUSABLE,
        UNREADABLE,
        MISSING,
    )
    return order.index(item[0])


def overview(receipt: Receipt) -> NewSheet:
    """收表一览: units by families of checks, to be looked at: red blocks, amber wants a word, green is fine."""
    heading = ["单位编码", "单位名称", "收表", "封印", *[TITLES[f] for f in FAMILIES]]
    rows: list[list[Any]] = []
    for file in receipt.files:
        seal = file.seal.state.value if file.seal else "—"
        families = file.summary.families
        rows.append(
            [
                file.fact("unit_code") or None,
                file.fact("unit_name") or file.file,
                "通过" if file.state in IN_THE_SUM else receipt.state_of(file),
                "通过" if seal == SealState.INTACT else seal,
                *[verdict(families.get(family)) for family in FAMILIES],
            ]
        )
    rows += [[u.code, u.name, MISSING, *["—"] * (1 + len(FAMILIES))] for u in receipt.missing]
    last = max(len(rows), 1) + 3
    area = f"C4:{column_letters(len(heading))}{last}"
    return NewSheet(
        name=OVERVIEW,
        widths=(14, 30, 16, 11, *[11] * len(FAMILIES)),
        head=(
            (1, [OVERVIEW], "公开-标题", 34),
            (2, ["红：强制问题或未收到；黄：提示或封印问题；绿：通过；灰：没有可核对的内容"], "公开-填写提示", 22),
            (3, heading, "公开-表头", 26),
        ),
        rows=lambda: rows,
        first_row=4,
        styles=("公开-说明", "公开-说明", *["公开-居中格"] * (len(heading) - 2)),
        merged=(1, 2),
        rules=(
            Rule(area, 'C4="通过"', GREEN, _INK),
            Rule(area, 'OR(C4="—",C4="没有封印")', GREY, "FF6B7280"),
            Rule(area, 'OR(LEFT(C4,2)="提示",C4="有改动",C4="封印损坏",LEFT(C4,2)="重复")', AMBER, _INK, bold=True),
            Rule(area, "LEN(C4)>0", RED, "FF9C0006", bold=True),
        ),
        frozen="C4",
        landscape=False,
        filtered=True,
        count=len(rows),
        heading=3,
        wrapped=(2, 3),
    )


def verdict(family: Family | None) -> str:
    """A family of checks in one word."""
    if family is None:
        return "—"
    if family.forced:
        return f"{FORCED}{family.forced}"
    if family.hints:
        return f"{HINT}{family.hints}"
    return "通过" if family.passed or family.failed else "—"


def finding_list(receipt: Receipt) -> NewSheet:
    """各单位问题: the 强制 and 提示 findings of every workbook that could be read."""
    heading = (
        "单位编码",
        "单位名称",
        "级别",
        "规则",
        "位置",
        "问题与处理办法",
        "左方金额",
        "右方金额",
        "差额",
        "审核说明",
        "文件",
    )

    def rows() -> Iterator[Sequence[Any]]:
        for number, row in enumerate(_finding_rows(receipt.files)):
            if number == MOST_LISTED:
                return
            yield row

    count = min(sum(1 for _ in _finding_rows(receipt.files)), MOST_LISTED)
    area = f"C4:C{max(count, 1) + 3}"
    told = "各单位工作簿中的强制和提示问题" if count else "各单位工作簿没有强制和提示问题"
    return NewSheet(
        name=FINDINGS,
        widths=(14, 28, 8, 9, 18, 66, 14, 14, 12, 26, 30),
        head=(
            (1, [FINDINGS], "公开-标题", 34),
            (2, [told], "公开-填写提示", 22),
            (3, heading, "公开-表头", 26),
        ),
        rows=rows,
        first_row=4,
        styles=(*["公开-说明"] * 6, *["公开-表单金额"] * 3, *["公开-说明"] * 2),
        merged=(1, 2),
        rules=(
            Rule(area, '$C4="强制"', RED, "FF9C0006", bold=True),
            Rule(area, 'OR($C4="提示",$C4="封印")', AMBER, _INK),
        ),
        frozen="A4",
        filtered=True,
        count=count,
        heading=3,
        wrapped=(2, 5, 6, 10, 11),
    )


def _finding_rows(files: Iterable[Received]) -> Iterator[list[Any]]:
    for file in files:
        head = [file.fact("unit_code"), file.fact("unit_name")]
        for found in file.summary.findings:
            place = f"{found.sheet}!{found.cell}" if found.cell else found.sheet
            amounts = [_amount(text) for text in (found.left, found.right, found.difference)]
            told = [found.grade, found.rule, place, found.message, *amounts, found.explanation or None]
            yield [*head, *told, file.file]
        if file.summary.omitted:
            message = f"另有{file.summary.omitted}条问题没有列出，请打开该文件校验"
            yield [*head, None, None, None, message, *[None] * 4, file.file]
        for change in file.seal.changes if file.seal else ():
            yield [*head, "封印", None, None, change, *[None] * 4, file.file]


def _amount(text: str) -> Decimal | str | None:
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return text


# ---- from a total to the units behind it


def behind_totals(
    edition: Edition, department: Department, names: Mapping[str, tuple[str, int, int, int, int]]
) -> tuple[NewSheet, list[Block]]:
    """分单位: under every row of the tables the units whose money is in it; and the links that lead there."""
    known = {unit.code: unit.name for unit in department.content.facts.units}
    only_printed = "；只报表格的单位没有明细，不在其中" if department.printed_only else ""
    widest = max(len(block.columns) for form in edition.forms for block in form.blocks)
    kept: list[tuple[Link, Sequence[str], Sequence[str], Fen, str]] = []
    jumps: list[Block] = []
    count = 0
    complete = True
    for table, part, number, behind in units_behind(department.content.facts, department.tables):
        row = part.rows[number]
        if count + len(behind) + 1 > MOST_BEHIND:
            complete = False
            break
        label = "".join(text for text in row.texts if text) or row.key
        sheet, top, left = table.form.place(names)
        # A row without a label has nothing that could be clicked: its amounts stay what they are.
        named = [(label.at, text) for label, text in zip(part.block.labels, row.texts, strict=True) if text]
        if not row.level and (aside := part.block.asides.get(row.key)):
            named = [(aside.at, aside.label)]
        first = named[0][0] if named else part.block.first_column
        at = (top + table.form.first_body_row - 2 + row.line, left + first - 1)
        title = Link(f"{sheet}“{label}”", sheet, f"{column_letters(at[1])}{at[0]}")
        if named:
            jumps.append(Block(sheet, *at, [[Link(named[0][1], BEHIND, f"A{count + 4}")]], links=True))
        ordered = sorted(behind, key=lambda pair: (-abs(int(pair[1].max())), pair[0]))
        amounts = np.array([fen for _, fen in ordered], np.int64)
        columns = [column.key for column in part.block.columns]
        kept.append((title, columns, [code for code, _ in ordered], amounts, table.form.measure))
        count += len(behind) + 1

    def rows() -> Iterator[Sequence[Any]]:
        for title, heading, codes, amounts, measure in kept:
            yield [title, _units(len(codes), measure, edition.measure), *heading, *[None] * (widest - len(heading))]
            places = round_half_up(amounts, FEN_PER_PLACE[measure]).tolist()
            for code, fen, line in zip(codes, amounts.tolist(), places, strict=True):
                shown = [printed(v) if f else None for v, f in zip(line, fen, strict=True)]
                yield [code, known.get(code, code), *shown, *[None] * (widest - len(shown))]

    told = f"各表每一行由哪些单位构成，按金额从大到小；点击各表的行名可跳到这里，点击蓝色行名可跳回{only_printed}"
    if not complete:
        told += "；单位过多，未能列全，其余请在预算明细中按单位筛选"
    last = max(count, 1) + 3
    # Where tables of one edition are in different units of measure, the blue rows name the one that is not usual.
    blue = 'ISNUMBER(FIND("个单位",$B4))'
    sheet_ = NewSheet(
        name=BEHIND,
        widths=(24, 34, *[16] * widest),
        head=(
            (1, [BEHIND], "公开-标题", 34),
            (2, [told], "公开-填写提示", 22),
            (3, ["单位编码", "单位名称", f"金额（{edition.measure}），各栏名称见蓝色行"], "公开-表头", 26),
        ),
        rows=rows,
        first_row=4,
        styles=("公开-文字", "公开-文字", *["公开-金额"] * widest),
        merged=(1, 2),
        rules=(Rule(f"A4:{column_letters(2 + widest)}{last}", blue, BLUE, "FF1F4E9E", bold=True),),
        frozen="A4",
        count=count,
        heading=3,
        joined=(f"C3:{column_letters(2 + widest)}3",) if widest > 1 else (),
    )
    return sheet_, jumps


def _units(count: int, measure: str, usual: str) -> str:
    return f"{count}个单位" if measure == usual else f"{count}个单位（{measure}）"
