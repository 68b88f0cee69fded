"""Performance forms in another office's file: the whole unit's and the projects', read by their labels.

    >>> found = find_targets({"第22页表14": grid})
    >>> found.projects[0]["name"]
    Told(text='遗属补助', sheet='第22页表14', row=3)

Forms of every place differ in lines and columns; their labels hardly do. So a value is what stands beside its label,
and an indicator what stands behind its level, wherever in the row; merged and blank cells say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct, field
from msgspec.structs import replace

from udfs.base import AmountError, plain, squeezed, to_decimal
from udfs.foreign.headings import Grid
from workbook_templates.reading import TargetLabels, target_labels

_TASK = re.compile(r"任务\s*(\d{1,2})\s*[：:]\s*")
_TARGET = re.compile(r"目标\s*\d{1,2}\s*[：:]\s*")
_MEASURE = re.compile(r"[（(](万?元|人|个|辆)[)）]$")
_SIGNED = re.compile(r"(负责人|经办人|联系电话|填报日期)[：:](.*)")
_TITLE = re.compile(r"绩效目标(申报|填报)?表$|^[（(]?20\d{2}[）)]?年度[）)]?$")
_DAY = re.compile(r"(20\d{2})\D")

YEAR, PERIOD = "year", "period"


class Told(Struct, frozen=True):
    """What a form says: the text, and the sheet and row (from 1) where it stands."""

    text: str
    sheet: str
    row: int


class Indicator(Struct, frozen=True):
    """An indicator of the whole `unit`, with its task, or of a project; `period`: year or period."""

    project: str
    period: str
    second: str
    name: Told
    value: Told
    task: str = ""


class Targets(Struct):
    """What the forms of a file say. `loose`: rows of indicators that could not be told apart."""

    sheets: list[str] = field(default_factory=list)
    unit: dict[str, Told] = field(default_factory=dict)
    amounts: dict[str, list[Told]] = field(default_factory=dict)  #: the whole unit's, each as often as it stands
    functions: list[tuple[Told, Told]] = field(default_factory=list)  #: duty and task
    targets: list[Told] = field(default_factory=list)
    projects: list[dict[str, Told]] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    loose: list[Told] = field(default_factory=list)


#: A cell that holds something: its column, its text as a label, what it says.
Cell = tuple[int, str, Told]


def find_targets(grids: Mapping[str, Grid]) -> Targets:
    """Everything that performance forms among the sheets say."""
    reader = _Reader(target_labels())
    for sheet, grid in grids.items():
        rows = [[plain(v).strip() for v in line] for line in grid]
        if _is_form(reader.words, rows):
            reader.found.sheets.append(sheet)
            reader.read(sheet, rows)
    reader.close()
    return reader.found


def _is_form(words: TargetLabels, rows: Sequence[Sequence[str]]) -> bool:
    """Whether a sheet is a performance form or the rest of one: labels that nothing else has."""
    own = {label(text) for line in rows for text in line if text}
    levels = len(own & {*words.first, *words.second, *words.third})
    fields = len(own & ({*words.totals, *words.goals, *words.lists, *words.unit} - {"资金总额"}))
    tasks = sum(bool(_TASK.match(text)) for line in rows for text in line)
    return levels > 2 or fields > 2 or (levels > 0 and (tasks > 1 or levels > 1 or fields > 0))


def label(text: str) -> str:
    """A label without 其中, colon and measure."""
    short = squeezed(text).replace("(", "（").replace(")", "）").rstrip("：:")
    return _MEASURE.sub("", re.sub(r"^其中[：:]?", "", short))


def in_yuan(text: str, factor: int = 1) -> Decimal | None:
    """An amount of a form in 元, None where it is none."""
    try:
        return to_decimal(text.rstrip("元").strip()) * factor
    except AmountError:
        return None


class _Reader:
    """Goes through the rows of all forms; what a row leaves out is what stood above it."""

    def __init__(self, words: TargetLabels) -> None:
        self.words = words
        self.found = Targets()
        self.project: dict[str, Told] | None = None
        self.mode = ""  #: functions, targets, goals, indicators, or the key of a field that may go on
        self.second = ""
        self.waiting: list[tuple[str, Told, Told, str]] = []  #: indicators whose level stands below them
        self.task = 0
        self.sides = 1
        self.factor = 1
        self.year_at = 0  #: the column of the year's total, from which on the parts of the money are the year's

    # ---------------------------------------------------------------- rows

    def read(self, sheet: str, rows: Sequence[Sequence[str]]) -> None:
        """The rows of a sheet."""
        for number, line in enumerate(rows, 1):
            cells = [(column, text) for column, text in enumerate(line) if text]
            if cells and not (len(cells) == 1 and _TITLE.search(squeezed(cells[0][1]))):
                self._row([(column, label(text), Told(text, sheet, number)) for column, text in cells])

    def _row(self, cells: Sequence[Cell]) -> None:
        words, labels = self.words, [text for _, text, _ in cells]
        keys = {words.project.get(text, "") for text in labels} | {words.unit.get(text, "") for text in labels}
        lists = {words.lists[text] for text in labels if text in words.lists}
        if "name" in keys:
            self._begin(project=True)
        elif keys & {"unit_name", "departments"} and self.project is not None:
            self._begin(project=False)
        if self.project is not None and any("资金" in one.text and "万元" in one.text for _, _, one in cells):
            self.factor = 10_000
        if words.third & set(labels):
            self.mode, self.sides = "indicators", max(1, sum(text in words.third for text in labels))
        elif "targets" in lists and self.project is None:
            self.mode = "targets"
            self._goals_of_unit([one for _, text, one in cells if text not in words.lists])
        elif {"functions", "tasks"} <= lists:
            self.mode = "functions"
        elif sum(text in words.goals for text in labels) == 2 and self.project is not None:
            self.mode = "goals"
            self._goals_beside(cells)
        elif any(text in words.first or text in words.second for text in labels):
            self._indicators(cells)
        elif self._has_fields(cells):
            self._values(cells)
        elif self.mode == "indicators":
            self._indicators(cells)
        else:
            self._more(cells)

    def _begin(self, *, project: bool) -> None:
        self.close()
        self.mode, self.sides, self.factor, self.year_at = "", 1, 1, 0
        self.project = {} if project else None
        if self.project is not None:
            self.found.projects.append(self.project)

    def close(self) -> None:
        """The end of a form: what waits for a level that never came is what could not be told."""
        self.found.loose += [name for _, name, _, _ in self.waiting]
        self.waiting.clear()
        self.second, self.task = "", 0

    # ---------------------------------------------------------------- fields

    def _key(self, text: str) -> str:
        """What a label asks for in this form, empty where it is none."""
        words = self.words
        own = (words.unit, words.amounts) if self.project is None else (words.project, words.totals, words.money)
        return next((table[text] for table in own if text in table), "")

    def _has_fields(self, cells: Sequence[Cell]) -> bool:
        return any(self._key(text) or _SIGNED.match(text) for _, text, _ in cells)

    def _values(self, cells: Sequence[Cell]) -> None:
        """Values beside their labels."""
        words = self.words
        self.mode = ""
        parts = [text in words.money for _, text, _ in cells]
        for n, (column, shown, one) in enumerate(cells):
            signed = _SIGNED.match(squeezed(one.text))
            if signed and signed[2] and self.project is not None:
                self._keep(words.project[signed[1]], replace(one, text=signed[2]))
                continue
            text = signed[1] if signed else shown
            key = self._key(text)
            if not key:
                continue
            beside = cells[n + 1] if n + 1 < len(cells) else None
            has = beside is not None and not self._key(beside[1]) and beside[1] not in words.headings
            value = beside[2] if beside is not None and has else replace(one, text="")
            if self.project is None:
                self._keep_of_unit(text, key, value)
            elif text in words.totals:
                self.year_at = column if key == YEAR else self.year_at
                self._keep(f"{key}_total", self._money(value))
            elif text in words.money:
                second = any(parts[:n]) if sum(parts) > 1 else bool(self.year_at) and column >= self.year_at
                self._keep(f"{YEAR if second else PERIOD}_{key}", self._money(value))
            else:
                self._keep(key, value)

    def _money(self, value: Told) -> Told:
        amount = in_yuan(value.text, self.factor)
        return replace(value, text=f"{amount:f}") if amount is not None else value

    def _keep(self, key: str, value: Told) -> None:
        assert self.project is not None
        if key == "superior" and (match := re.match(r"(\d{2,9})[-—－](.+)", value.text)):
            self.project["superior_code"] = replace(value, text=match[1])
            value = replace(value, text=match[2])
        if key == "years":
            value = replace(value, text=value.text.removesuffix("年"))
        self.project.setdefault(key, value)
        self.mode = key if value.text else self.mode
        days = [_DAY.match(self.project[k].text) for k in ("start", "end") if k in self.project]
        if key == "end" and len(days) == 2 and days[0] and days[1]:
            self.project.setdefault("years", replace(value, text=str(int(days[1][1]) - int(days[0][1]) + 1)))

    def _keep_of_unit(self, text: str, key: str, value: Told) -> None:
        if text in self.words.amounts:
            self.found.amounts.setdefault(key, []).append(value)
            return
        if key not in ("unit_name", "duties", "strategy"):
            value = replace(value, text=value.text.rstrip("人个家"))
        self.found.unit.setdefault(key, value)
        self.mode = key

    def _goals_of_unit(self, told: Sequence[Told]) -> None:
        for one in told:
            parts = [p.strip() for p in _TARGET.split(one.text) if p.strip()]
            self.found.targets += [replace(one, text=text) for text in parts]

    def _goals_beside(self, cells: Sequence[Cell]) -> None:
        """The two headings of goals, each with its goal beside it where it has one."""
        assert self.project is not None
        for (_, text, _), (_, other, one) in pairwise(cells):
            if text in self.words.goals and other not in self.words.goals and other not in self.words.headings:
                self.project[self.words.goals[text]] = one
                self.mode = self.words.goals[text]

    def _more(self, cells: Sequence[Cell]) -> None:
        """A row without labels: records of a list, goals below their headings, or the rest of a long text."""
        rest = [one for _, text, one in cells if text not in self.words.headings]
        if not rest:
            return
        if self.mode == "functions":
            at = next((n for n, one in enumerate(rest) if _TASK.match(one.text)), len(rest) - 1)
            duty = rest[0] if at else replace(rest[0], text="")
            self.found.functions.append((duty, replace(rest[at], text=_TASK.sub("", rest[at].text, count=1))))
        elif self.mode == "goals" and self.project is not None:
            keys = ("period_goal", "year_goal") if len(rest) > 1 else ("year_goal",)
            for key, one in zip(keys, rest, strict=False):
                self._go_on(self.project, key, one)
        elif self.mode == "targets" and _TARGET.match(rest[0].text):
            self._goals_of_unit(rest)
        elif self.mode == "targets" and self.found.targets:
            last = self.found.targets[-1]
            self.found.targets[-1] = replace(last, text=last.text + rest[0].text)
        elif self.mode and len(rest) == 1 and cells[0][0]:
            own = self.project if self.project is not None else self.found.unit
            if self.mode in own:
                self._go_on(own, self.mode, rest[0])

    @staticmethod
    def _go_on(own: dict[str, Told], key: str, one: Told) -> None:
        """A text that a page's end has cut is one."""
        before = own.get(key)
        own[key] = replace(before, text=before.text + one.text) if before is not None else one

    # ---------------------------------------------------------------- indicators

    def _indicators(self, cells: Sequence[Cell]) -> None:
        """The indicators of a row: behind each second level one name and value, for the whole period and the year."""
        words = self.words
        self.mode = "indicators"
        levels = [words.second[text] for _, text, _ in cells if text in words.second]
        if len(levels) > 1 and cells[0][1] in words.second and cells[1][1] in words.second:
            cells, levels = cells[1:], levels[1:]  # where costs are a first level, their kinds are the second
        if self.project is not None:
            self.sides = max(self.sides, min(len(levels), 2))
        groups: list[list[Told]] = [[]]
        for _, text, one in cells:
            if text in words.second:
                groups.append([])
                self._level(words.second[text])
            elif text not in words.first and text not in words.headings:
                groups[-1].append(one)
        for side, name, value in self._pairs(groups):
            self._note(side, name, value)

    def _pairs(self, groups: list[list[Told]]) -> Iterator[tuple[str, Told, Told]]:
        """Side, name and value. A name without a value, as on a form half filled in, is one all the same."""
        sides = (PERIOD, YEAR)[2 - self.sides :]
        flat = [one for group in groups for one in group]
        if len(groups) == len(sides) + 1 and not groups[0] and all(len(group) < 3 for group in groups):
            for side, group in zip(sides, groups[1:], strict=True):
                if group:
                    yield side, group[0], group[1] if len(group) > 1 else replace(group[0], text="")
        elif len(flat) == 4 and self.sides == 2:
            yield PERIOD, flat[0], flat[1]
            yield YEAR, flat[2], flat[3]
        elif len(flat) == 2 and (self.sides == 1 or squeezed(flat[0].text) != squeezed(flat[1].text)):
            yield YEAR, flat[0], flat[1]
        elif 0 < len(flat) < 3:
            for side, one in zip(reversed(sides), reversed(flat), strict=False):
                yield side, one, replace(one, text="")
        elif flat:
            self.found.loose.append(flat[0])

    def _level(self, second: str) -> None:
        self.second, self.task = second, 0
        for waiting in self.waiting:
            self._add(*waiting)
        self.waiting.clear()

    def _note(self, side: str, name: Told, value: Told) -> None:
        match = _TASK.match(name.text) if self.project is None else None
        if match:
            name = replace(name, text=name.text[match.end() :])
            if int(match[1]) < self.task:
                self.second = ""  # the next level has begun, and its label stands below, where its merged cell goes on
            self.task = int(match[1])
        if self.second:
            self._add(side, name, value, match[1] if match else "")
        else:
            self.waiting.append((side, name, value, match[1] if match else ""))

    def _add(self, side: str, name: Told, value: Told, task: str) -> None:
        project = self.project["name"].text if self.project is not None and "name" in self.project else ""
        self.found.indicators.append(Indicator(project, side, self.second, name, value, task))
