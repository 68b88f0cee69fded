"""The rule book: every relation of an edition and every check in one document, printed from what the program runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from udfs.checks import registered
from workbook_templates.reading import (
    Condition,
    Declaration,
    Edition,
    FixedRow,
    Form,
    ListRows,
    Ref,
    TreeRows,
    load_edition,
)

BOOK = Path(__file__).parents[2] / "docs" / "checks.md"

_KINDS = {"identity": "同一金额", "sum": "合计", "bound": "上限"}
_FAMILIES = {
    "A": "表内关系",
    "B": "表间关系",
    "C": "明细与各表",
    "D": "文字与各表",
    "E": "绩效目标",
    "F": "填写与格式",
}
#: What the rows of each level of a tree are called; lists of units and projects have no such names.
_LEVELS = ("类级", "款级", "项级", "目级")

_HEAD = """# 校验规则

本文由程序生成（`python -m udfs.checks.book`），请勿手工修改。

- **强制**：必须成立，不成立不能上报。**提示**：需要核实，确属正常的写明审核说明。**信息**：仅供了解。
- **同一金额**：两处印出的是同一笔钱，必须完全相同。**合计**：各部分分别四舍五入，允许有尾差，尾差列为信息。
  **上限**：左方不大于右方。
- 每条规则的结论为通过、不符、不适用或无法核对之一，后两种注明原因。
"""


#: A kind of relation as a sentence about its two sides.
_SENTENCES = {
    "identity": "{left} 与 {right} 必须完全相同。",
    "sum": "{left} 应等于 {right}；各部分分别四舍五入，允许有尾差。",
    "bound": "{left} 不应大于 {right}。",
}


class Rule(NamedTuple):
    """A relation or a check as the clerk looks it up: what must hold, and the same at length."""

    number: str
    grade: str
    requirement: str
    detail: str


def rules(edition: Edition) -> dict[str, list[Rule]]:
    """Every relation of an edition and every check, by the family's heading."""
    found: dict[str, list[Rule]] = {}
    for d in edition.relations:
        left, right = (" + ".join(_ref(edition, ref) for ref in refs) for refs in (d.left, d.right))
        scope = _scope(edition, d)
        detail = _SENTENCES[d.kind].format(left=left, right=right) + (f"适用：{scope}。" if scope else "")
        found.setdefault(d.family, []).append(Rule(d.number, d.grade, d.requirement, detail))
    for check in registered():
        rule = Rule(check.number, check.grade, check.requirement, f"例如：{check.example}")
        found.setdefault(check.number[0], []).append(rule)
    return {f"{family} {_FAMILIES.get(family, '')}".strip(): found[family] for family in sorted(found)}


def rule_book(edition: Edition | None = None) -> str:
    """The whole rule book in Markdown, in Chinese; of the default edition where none is given."""
    edition = edition or load_edition()
    parts = [_HEAD, f"## 勾稽关系（{edition.name}）\n"]
    for family, declarations in _by_family(edition.relations):
        rows = [_relation(edition, d) for d in declarations]
        heading = ("编号", "级别", "种类", "依据", "左方", "右方", "适用")
        parts += [f"### {family} {_FAMILIES.get(family, '')}\n", _table(heading, rows)]
    parts.append("## 检查\n")
    checks = registered()
    for family in dict.fromkeys(check.number[0] for check in checks):
        rows = [
            (check.number, check.grade, check.requirement, check.example)
            for check in checks
            if check.number[0] == family
        ]
        parts += [f"### {family} {_FAMILIES.get(family, '')}\n", _table(("编号", "级别", "要求", "示例"), rows)]
    return "\n".join(parts)


def _by_family(declarations: Sequence[Declaration]) -> Iterator[tuple[str, list[Declaration]]]:
    for family in dict.fromkeys(d.family for d in declarations):
        yield family, [d for d in declarations if d.family == family]


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    text = [" | ".join("".join(cell.split("\n")).replace("|", "\\|") for cell in line) for line in lines]
    return "\n".join(f"| {line} |" for line in text) + "\n"


def _relation(edition: Edition, d: Declaration) -> Sequence[str]:
    left, right = (" + ".join(_ref(edition, ref) for ref in refs) for refs in (d.left, d.right))
    return (d.number, d.grade, _KINDS[d.kind], d.requirement, left, right, _scope(edition, d))


def _scope(edition: Edition, d: Declaration) -> str:
    """Which rows and columns a relation runs over, and when it applies."""
    parts = []
    if d.rows:
        parts.append("逐行：" + "、".join(_rows(edition, ref) for ref in d.rows))
    if d.columns:
        parts.append("逐栏：" + "、".join(d.columns))
    parts += [_condition(edition, condition) for condition in d.when]
    if d.ledger:
        parts.append("是否适用由预算明细决定")
    return "；".join(parts)


def _ref(edition: Edition, ref: Ref) -> str:
    """A reference in the official labels."""
    return f"{_rows(edition, ref)}{'该栏' if ref.column == '$' else ref.column}"


def _rows(edition: Edition, ref: Ref) -> str:
    form = edition.form(ref.form)
    lead = f"{form.sheet}{ref.block}"
    rows = ref.rows
    if rows == "$":
        return f"{lead}该行"
    if rows == "$>":
        return f"{lead}该行的各下级"
    if rows == "^":
        return f"{lead}合计（没有合计行的，为第一级各行之和）"
    if rows.startswith("#"):
        return f"{lead}{_level(form, ref)}"
    families = [row for block in form.blocks if ref.block in ("", block.name) for row in block.rows]
    if rows.startswith("@"):
        group = [row for row in families if isinstance(row, FixedRow) and row.group == rows[1:]]
        return f"{lead}“{group[0].label}”至“{group[-1].label}”各行"
    if rows.endswith("/"):
        name = edition.codes.by_name["departmental"].get(rows[:-1], rows[:-1])
        return f"{lead}部门经济科目“{name}”各行"
    return f"{lead}“{rows}”"


def _level(form: Form, ref: Ref) -> str:
    """What the rows of a level are called: classes of a tree, units or projects of a list."""
    families = [row for block in form.blocks if ref.block in ("", block.name) for row in block.rows]
    tree = next((row for row in families if isinstance(row, TreeRows)), None)
    names = next((row for row in families if isinstance(row, ListRows)), None)
    if ref.rows == "#*":
        return "各科目" if tree else "各行"
    level = int(ref.rows[1:])
    if tree:
        return f"各{_LEVELS[level - 1]}科目"
    words = {"unit": "单位", "project": "项目"}
    return f"各{words.get(names.dimensions[level - 1], '行')}" if names else f"第{level}级各行"


def _condition(edition: Edition, condition: Condition) -> str:
    left = _ref_or_rows(edition, condition.left)
    if condition.kind == "below":
        return "有下级的行"
    if condition.kind == "nonnegative":
        return "各表没有负数"
    if condition.kind == "empty":
        return f"{left}没有金额"
    if condition.kind == "filled":
        every = "、".join(_ref(edition, ref) for ref in (condition.left, *condition.more) if ref)
        return f"{every}有金额"
    if condition.kind == "rows":
        return f"{left}有行"
    word = "不小于" if condition.kind == ">=" else "等于"
    return f"{left}{word}{_ref_or_rows(edition, condition.right)}"


def _ref_or_rows(edition: Edition, ref: Ref | None) -> str:
    if ref is None:
        return ""
    return _ref(edition, ref) if ref.column else _rows(edition, ref)


def main() -> None:
    """Write the rule book where it is committed."""
    BOOK.parent.mkdir(parents=True, exist_ok=True)
    BOOK.write_text(rule_book(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
