"""The performance forms of a document against those of its workbook: field by field, indicator by indicator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from udfs.base import squeezed
from udfs.foreign import Indicator, Targets, Told, find_targets
from udfs.performance import PerformanceForm
from udfs.published.compare import changed
from udfs.published.findings import AGAINST, DocumentFinding
from udfs.published.targets import FormPlaces
from workbook_templates.reading import target_labels

_UNIT = "整体支出绩效目标表"


def targets_of(forms: Sequence[PerformanceForm]) -> Targets:
    """What the forms of a workbook say that are published, read as those of a document are."""
    grids: dict[str, list[list[str]]] = {}
    for number, form in enumerate(form for form in forms if form.disclosed):
        grid = [[""] * len(form.widths) for _ in form.rows]
        for row, column, cell in form.placed():
            grid[row][column] = cell.text
        grids[str(number)] = grid
    return find_targets(grids)


def targets_compared(places: FormPlaces, found: Targets, wanted: Targets) -> Iterator[DocumentFinding]:
    """What differs; a form that only one of the two has is one finding."""
    compare = _Comparison(places)
    if found.unit or found.amounts or wanted.unit or wanted.amounts:
        yield from compare.fields(_UNIT, found.unit, wanted.unit)
        for key in {**wanted.amounts, **found.amounts}:
            figures = [[[one] for one in side.amounts.get(key, [])] for side in (found, wanted)]
            yield from compare.lines(f"{_UNIT}的“{_label(key)}”", *figures)
        yield from compare.lines(f"{_UNIT}的年度重点任务", found.functions, wanted.functions)
        yield from compare.lines(f"{_UNIT}的年度绩效目标", [[x] for x in found.targets], [[x] for x in wanted.targets])
        yield from compare.indicators(_UNIT, _of(found, ""), _of(wanted, ""))
    for own, theirs in _paired(found.projects, wanted.projects):
        name = (theirs or own or {})["name"]
        subject = f"项目“{name.text}”的绩效目标表"
        if own is None:
            yield compare.absent(f"缺少{subject}，工作簿中有，请核对")
        elif theirs is None:
            yield compare.at(own["name"], f"{subject}在工作簿中没有，请核对")
        else:
            yield from compare.fields(subject, own, theirs)
            own_name, their_name = own["name"].text, theirs["name"].text
            yield from compare.indicators(subject, _of(found, own_name), _of(wanted, their_name))


def _paired(
    found: Sequence[Mapping[str, Told]], wanted: Sequence[Mapping[str, Told]]
) -> Iterator[tuple[Mapping[str, Told] | None, Mapping[str, Told] | None]]:
    """Forms of one name, and then those that the order pairs: a name may be what was changed."""
    free = [x for x in wanted if "name" in x]
    left = []
    for own in (x for x in found if "name" in x):
        same = next((x for x in free if squeezed(x["name"].text) == squeezed(own["name"].text)), None)
        if same is None:
            left.append(own)
        else:
            free.remove(same)
            yield own, same
    for own in left:
        yield own, free.pop(0) if free else None
    for theirs in free:
        yield None, theirs


def _of(targets: Targets, project: str) -> list[Indicator]:
    return [one for one in targets.indicators if squeezed(one.project) == squeezed(project)]


def _label(key: str) -> str:
    """What a field is called."""
    words = target_labels()
    side, _, part = key.partition("_")
    for table in (words.project, words.unit, words.goals, words.amounts):
        for label, own in table.items():
            if own == key:
                return label
    if part == "total":
        return next(label for label, own in words.totals.items() if own == side)
    return next((f"{'年度' if side == 'year' else '实施期'}{x}" for x, own in words.money.items() if own == part), key)


class _Comparison:
    def __init__(self, places: FormPlaces) -> None:
        self.places = places

    def at(self, one: Told, message: str) -> DocumentFinding:
        made = self.places.told("P22", message, one)
        return DocumentFinding(made.finding, made.page, 0, made.quote, AGAINST, made.table, made.row)

    def absent(self, message: str) -> DocumentFinding:
        made = self.places.told("P22", message, Told("", "", 0))
        return DocumentFinding(made.finding, item=AGAINST)

    def _differ(self, what: str, own: Told, theirs: Told) -> Iterator[DocumentFinding]:
        if squeezed(own.text) != squeezed(theirs.text):
            left, right = changed(squeezed(own.text), squeezed(theirs.text))
            message = f"{what}：文件为“{left or '空白'}”，工作簿为“{right or '空白'}”，请核对哪一个正确"
            yield self.at(own, message)

    def fields(self, subject: str, own: Mapping[str, Told], theirs: Mapping[str, Told]) -> Iterator[DocumentFinding]:
        """Fields that differ; one that only the workbook has stands at the form's beginning."""
        for key in {**theirs, **own}:
            one, other = own.get(key), theirs.get(key)
            if one is None:
                begin = next(iter(own.values()), Told("", "", 0))
                one = Told("", begin.sheet, begin.row)
            yield from self._differ(f"{subject}的“{_label(key)}”", one, other or Told("", "", 0))

    def lines(
        self, what: str, own: Sequence[Sequence[Told]], theirs: Sequence[Sequence[Told]]
    ) -> Iterator[DocumentFinding]:
        """Records in order: changed, left out or added."""
        left, right = [_key(x) for x in own], [_key(x) for x in theirs]
        changes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
        if len(own) == len(theirs) and sum(a == b for a, b in zip(left, right, strict=True)) * 2 >= len(own):
            changes = [("replace", 0, len(own), 0, len(own))]
        for kind, i, j, k, m in changes:
            if kind == "equal":
                continue
            pairs = min(j - i, m - k)
            for n in range(pairs):
                for one, other in zip(own[i + n], theirs[k + n], strict=True):
                    yield from self._differ(what, one, other)
            for line in own[i + pairs : j]:
                yield self.at(line[0], f"{what}中的“{_shown(line)}”在工作簿中没有，请核对")
            for line in theirs[k + pairs : m]:
                near = own[min(i, len(own) - 1)][0] if own else Told("", "", 0)
                yield self.at(near, f"{what}缺少工作簿中的“{_shown(line)}”，请核对")

    def indicators(
        self, subject: str, own: Sequence[Indicator], theirs: Sequence[Indicator]
    ) -> Iterator[DocumentFinding]:
        """Indicators of each period and level in order."""
        groups = dict.fromkeys((x.period, x.second) for x in (*theirs, *own))
        for period, second in groups:
            sides = [
                [
                    (Told(one.task, one.name.sheet, one.name.row), one.name, one.value)
                    for one in side
                    if (one.period, one.second) == (period, second)
                ]
                for side in (own, theirs)
            ]
            yield from self.lines(f"{subject}的{second}", *sides)


def _key(line: Sequence[Told]) -> tuple[str, ...]:
    return tuple(squeezed(one.text) for one in line)


def _shown(line: Sequence[Told]) -> str:
    return "，".join(one.text for one in line if one.text)[:30]
