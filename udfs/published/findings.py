"""What an inspector finds in a published document: a finding with its page, its paragraph and the words it is about."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from udfs.base import FORCED, GRADES, HINT, NOTE, Finding, say

#: What is asked of a document besides its figures: number, grade, requirement. Printed in the handbook.
RULES: dict[str, tuple[str, str]] = {
    "P01": (FORCED, "版式规定的各表齐全；没有数据的，列出空表并注明本表无数据"),
    "P02": (HINT, "文字说明各节齐全"),
    "P03": (HINT, "目录所列标题在正文中都有，页码与所在页一致"),
    "P04": (HINT, "各表、各节按规定的顺序排列"),
    "P05": (HINT, "标题和条目的编号连续，不重号、不跳号"),
    "P06": (FORCED, "公开的文件中没有修订痕迹、批注和隐藏文字"),
    "P07": (FORCED, "封面、各表的年度和单位名称前后一致"),
    "P08": (HINT, "单位预算和部门预算的用语不混用"),
    "P09": (HINT, "文件中的表格和文字都能可靠读出，读不准的由人工核对"),
    "P10": (HINT, "没有空白页"),
    "P11": (HINT, "封面、目录、主要职能、机构设置、名词解释齐全"),
    "P12": (HINT, "写明公开绩效目标的项目，都附有绩效目标表"),
    "P13": (HINT, "写明批复日期和公开日期的，公开在批复后二十日内"),
    "P14": (HINT, "正文和各表用到的主要名词，名词解释中都有"),
    "P15": (HINT, "文字中的单位个数与机构设置所列的一致"),
    "P16": (FORCED, "整体支出绩效目标表按资金来源、按资金方向的合计等于各项之和"),
    "P17": (HINT, "绩效目标表中的指标都有指标值"),
    "P18": (FORCED, "标明涉密、不公开的项目不在公开文件中出现"),
    "P19": (HINT, "文字说得通：所列的与所写的个数一致，面积分项之和等于总数，用途和原因说的是本项"),
    "P20": (FORCED, "公开文件各表的数字与工作簿一致"),
    "P21": (HINT, "公开文件的文字与工作簿一致"),
    "P22": (HINT, "公开文件的绩效目标表与工作簿一致"),
}

COVER, CONTENTS, DUTIES, OFFICES = "封面", "目录", "主要职能", "机构设置"
TERMS, STATEMENT, FORMS, CLEAN = "名词解释", "预算编制说明", "项目绩效目标", "文字校对和公开前清理"
TIMELY, READ, AGAINST = "及时性", "文件读取", "与工作簿一致"


class DocumentFinding(Struct, frozen=True):
    """A finding in a document. `page` 0 where none can be named; `item`: the line of the 检查表 it belongs to."""

    finding: Finding
    page: int = 0
    paragraph: int = 0
    quote: str = ""
    item: str = ""
    table: int = -1  #: number of the document's table (from 0) and of its row, -1 where it is about none
    row: int = -1

    @property
    def place(self) -> str:
        """Where it is, as an inspector reads it."""
        parts = [f"第{self.page}页"] if self.page else []
        if self.finding.sheet and self.finding.sheet != "正文":
            parts.append(self.finding.sheet)
        elif self.paragraph:
            parts.append(f"第{self.paragraph}段")
        return " ".join(parts)


class Item(Struct, frozen=True):
    """A line of the 检查表. `ok`: None where it could not be judged."""

    item: str
    group: str
    ok: bool | None
    problems: tuple[str, ...] = ()


def told(
    rule: str,
    message: str,
    item: str,
    *,
    page: int = 0,
    paragraph: int = 0,
    quote: str = "",
    sheet: str = "正文",
    cell: str = "",
) -> DocumentFinding:
    """A finding of a document's own rule, in the rule's grade."""
    return DocumentFinding(
        Finding(rule, RULES[rule][0], sheet, cell, say("{message}", message=message)), page, paragraph, quote, item
    )


def ordered(findings: Sequence[DocumentFinding]) -> tuple[DocumentFinding, ...]:
    """By grade, then as they stand in the document; the same said twice at one place is said once."""
    found = list(dict.fromkeys(findings))
    return tuple(
        sorted(found, key=lambda f: (GRADES.index(f.finding.grade), f.page or 10**6, f.paragraph, f.finding.rule))
    )


def items_of(
    findings: Sequence[DocumentFinding], names: Sequence[tuple[str, str]], unknown: dict[str, str]
) -> tuple[Item, ...]:
    """The 检查表. `names`: each line and its group, in order; `unknown`: lines that could not be judged, and why."""
    by_item: dict[str, list[str]] = {}
    for found in findings:
        if found.finding.grade != NOTE:
            place = f"第{found.page}页：" if found.page else ""
            by_item.setdefault(found.item, []).append(place + found.finding.message)
    result = []
    for name, group in names:
        problems = by_item.get(name, [])
        ok = False if problems else None if name in unknown else True
        result.append(Item(name, group, ok, tuple(problems) or ((unknown[name],) if name in unknown else ())))
    return tuple(result)
