"""Whole-unit indicators and goals with the projects they repeat: pairs that agree, and one slip in one of them."""

from __future__ import annotations

import csv
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from tests.support.check_cases import Book
from workbook_templates.reading.sample import SAMPLE_FOLDER

#: The sheets that a pair is written to.
CHANGED = ("基础信息", "项目信息", "绩效指标")
#: Kinds of value: level, and units of which the first is the project's, all of one meaning.
_COUNTS = ("家", "个", "人", "次", "人次", "场", "件")
_WORDS = ("按月发放", "有效提升", "按合同价执行", "逐步完善")
_NOUNS = ("展会", "培训", "评审", "监测", "补助", "走访", "检测", "宣传", "巡查", "编制")
_LEVELS = {"count": "数量指标", "rate": "质量指标", "date": "时效指标", "money": "成本指标", "price": "成本指标"}
FIRST = {"数量指标": "产出指标", "质量指标": "产出指标", "时效指标": "产出指标", "成本指标": "产出指标"}


class Value(Struct, frozen=True):
    """A value of an indicator: what a project writes, and the other ways of writing the same."""

    kind: str
    sign: str
    number: int
    unit: str

    @property
    def text(self) -> str:
        """As a project writes it."""
        if self.kind == "date":
            return f"2024年{self.number // 100}月{self.number % 100}日前"
        if self.kind == "words":
            return _WORDS[self.number % len(_WORDS)]
        return f"{self.sign}{self.number}{self.unit}"

    def spellings(self) -> list[str]:
        """Every way of writing it that means the same."""
        found = [self.text]
        if self.kind == "count" and self.unit == "人":
            found.append(f"{self.sign}{self.number}名")
        if self.sign == "≥":
            found += [f"不少于{self.number}{self.unit}", f"{self.number}{self.unit}以上"]
        if self.sign == "≤":
            found.append(f"不超过{self.number}{self.unit}")
        if self.kind == "money" and self.number % 10_000 == 0:
            found.append(f"{self.sign}{self.number // 10_000}万元")
        if self.kind == "price":
            found.append(f"{self.sign}{self.number / 10_000:.4f}万{self.unit}")
        if self.kind == "date":
            found.append(f"{self.number // 100}月{self.number % 100}日前")
        return found

    def told(self) -> str:
        """As running text tells it."""
        words = {"≥": "不少于", "≤": "不超过"}.get(self.sign, "")
        return self.text if self.kind in ("date", "words") else f"{words}{self.number}{self.unit}"

    def slips(self) -> list[Value]:
        """What it may wrongly become."""
        if self.kind == "date":
            month, day = divmod(self.number, 100)
            return [
                replace(self, number=month % 12 * 100 + 100 + day),
                replace(self, number=month * 100 + day % 27 + 1),
            ]
        if self.kind == "words":
            return [replace(self, number=self.number + 1)]
        digits = [replace(self, number=number) for number in _slipped(self.number)]
        return digits + ([replace(self, sign="≤" if self.sign == "≥" else "≥")] if self.sign else [])


def _slipped(number: int) -> list[int]:
    """The number with a digit changed, two transposed, a zero more."""
    text = str(number)
    made = {int(text[:i] + str((int(d) + 1) % 10) + text[i + 1 :]) for i, d in enumerate(text)}
    made |= {int(text[:i] + text[i + 1] + text[i] + text[i + 2 :]) for i in range(len(text) - 1)}
    return sorted((made | {number * 10}) - {number, 0})


class Line(Struct, frozen=True):
    """An indicator: level, name, value."""

    second: str
    name: str
    value: Value


class Project(Struct, frozen=True):
    """A project with its indicators; `told` those that its goal tells."""

    name: str
    lines: tuple[Line, ...]

    @property
    def told(self) -> tuple[Line, ...]:
        """Indicators whose figures the goals repeat."""
        return tuple(line for line in self.lines if line.value.kind in ("count", "date", "money"))

    def goal(self) -> str:
        """The goal in running text."""
        return "，".join(f"{line.name}{line.value.told()}" for line in self.told) + "。"


class Pair(Struct, frozen=True):
    """The projects, and for each the lines of the whole unit (level, names, values) and its goal."""

    projects: tuple[Project, ...]
    whole: tuple[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...], ...]
    targets: tuple[str, ...]
    goals: tuple[str, ...]

    def write(self, book: Book) -> None:
        """Into the input sheets of a workbook."""
        with (SAMPLE_FOLDER / "projects.csv").open(encoding="utf-8-sig", newline="") as file:
            model: list[Any] = list(csv.reader(file))[1]
        del book.grids["项目信息"][1:]
        del book.grids["绩效指标"][1:]
        for project, goal in zip(self.projects, self.goals, strict=True):
            line = [project.name, *model[1:]]
            line[9] = line[12] = line[15] = line[18] = 10.0**11
            line[21:26] = ["略"] * 5
            line[26:28] = [goal, goal]
            line[32] = None  # which task it stands for is read from the names
            book.grids["项目信息"].append(line)
        for task, lines in enumerate(self.whole, 1):
            for second, names, values in lines:
                row = ["整体", task, task, FIRST[second], second, "；".join(names), "；".join(values)]
                book.grids["绩效指标"].append(row)
        for project in self.projects:
            for item in project.lines:
                value = item.value.text
                row = [project.name, None, None, FIRST[item.second], item.second, item.name, value, value]
                book.grids["绩效指标"].append(row)
        basic = book.grids["基础信息"]
        for task in range(40):
            for column in (11, 12, 14):
                if 4 + task < len(basic) and column <= len(basic[4 + task]):
                    basic[4 + task][column - 1] = None
        for task, target in enumerate(self.targets):
            book.put("基础信息", 5 + task, 11, "略")
            book.put("基础信息", 5 + task, 12, self.projects[task].name)
            book.put("基础信息", 5 + task, 14, target)


@st.composite
def values(draw: st.DrawFn, kind: str) -> Value:
    if kind == "count":
        return Value(
            kind, draw(st.sampled_from(["≥", "", "≤"])), draw(st.integers(1, 400)), draw(st.sampled_from(_COUNTS))
        )
    if kind == "rate":
        return Value(kind, draw(st.sampled_from(["≥", ""])), draw(st.integers(50, 100)), "%")
    if kind == "date":
        return Value(kind, "", draw(st.integers(1, 12)) * 100 + draw(st.integers(1, 28)), "")
    if kind == "money":
        return Value(kind, "≤", draw(st.integers(1, 80)) * draw(st.sampled_from([1000, 10_000])), "元")
    if kind == "price":
        return Value(kind, draw(st.sampled_from(["≤", ""])), draw(st.integers(1, 900)), "元/人")
    return Value("words", "", draw(st.integers(0, 3)), "")


@st.composite
def projects(draw: st.DrawFn, number: int) -> Project:
    noun = _NOUNS[number]
    kinds = [
        "count",
        *draw(st.lists(st.sampled_from(["count", "rate", "date", "money", "price", "words"]), max_size=5)),
    ]
    lines = []
    for at, kind in enumerate(kinds):
        second = _LEVELS.get(kind) or draw(st.sampled_from(sorted(FIRST)))
        lines.append(Line(second, f"{noun}{'甲乙丙丁戊己'[at]}项", draw(values(kind))))
    if draw(st.booleans()):
        lines.append(Line("质量指标", "专款专用率", Value("rate", "", 100, "%")))
    return Project(f"{noun}工作经费", tuple(lines))


@st.composite
def agreeing(draw: st.DrawFn) -> Pair:
    """A pair that agrees: lines packed, ordered and spelt in any way that means the same."""
    chosen = tuple(draw(projects(number)) for number in range(draw(st.integers(1, 3))))
    whole = []
    for project in chosen:
        by_level: dict[str, list[Line]] = {}
        for line in draw(st.permutations(project.lines)):
            by_level.setdefault(line.second, []).append(line)
        packed: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
        for second, lines in by_level.items():
            if draw(st.booleans()):
                packed.append(_packed(draw, second, lines))
            else:
                packed += [_packed(draw, second, [line]) for line in lines]
        whole.append(tuple(packed))
    goals = tuple(project.goal() for project in chosen)
    return Pair(chosen, tuple(whole), goals, goals)


def _packed(draw: st.DrawFn, second: str, lines: list[Line]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    names = tuple(line.name for line in lines)
    if len({line.value for line in lines}) == 1 and draw(st.booleans()):
        return second, names, (lines[0].value.text,)
    return second, names, tuple(draw(st.sampled_from(line.value.spellings())) for line in lines)


@st.composite
def slipped(draw: st.DrawFn) -> tuple[Pair, str]:
    """A pair with one slip, and where it is."""
    pair = draw(agreeing())
    at = draw(st.integers(0, len(pair.projects) - 1))
    project = pair.projects[at]
    where = draw(st.sampled_from(["project", "whole", "target", "goal"]))
    if where == "project":
        number = draw(st.integers(0, len(project.lines) - 1))
        line = project.lines[number]
        wrong = replace(line, value=draw(st.sampled_from(line.value.slips())))
        lines = (*project.lines[:number], wrong, *project.lines[number + 1 :])
        changed = (*pair.projects[:at], replace(project, lines=lines), *pair.projects[at + 1 :])
        return replace(pair, projects=changed), f"project: {line} -> {wrong}"
    if where == "whole":
        number = draw(st.integers(0, len(pair.whole[at]) - 1))
        second, names, texts = pair.whole[at][number]
        which = draw(st.integers(0, len(texts) - 1))
        value = next(line.value for line in project.lines if line.name == names[which] and line.second == second)
        wrong_text = draw(st.sampled_from(value.slips())).text
        made = (second, names, (*texts[:which], wrong_text, *texts[which + 1 :]))
        whole = (*pair.whole[at][:number], made, *pair.whole[at][number + 1 :])
        return replace(pair, whole=(*pair.whole[:at], whole, *pair.whole[at + 1 :])), f"whole: {texts} -> {made[2]}"
    number = draw(st.integers(0, len(project.told) - 1))
    line = project.told[number]
    wrong = replace(line, value=draw(st.sampled_from(line.value.slips())))
    told = (*project.told[:number], wrong, *project.told[number + 1 :])
    text = "，".join(f"{item.name}{item.value.told()}" for item in told) + "。"
    if where == "target":
        return replace(pair, targets=(*pair.targets[:at], text, *pair.targets[at + 1 :])), f"target: {text}"
    return replace(pair, goals=(*pair.goals[:at], text, *pair.goals[at + 1 :])), f"goal: {text}"
