"""Family E, the targets: the whole unit's indicators and goals against those of the projects they repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from udfs.base import FORCED, HINT, NOTE, AmountError, Finding, Words, add, say, squeezed, to_fen
from udfs.checks.hygiene import several
from udfs.checks.performance_view import (
    Indicators,
    indicators,
    list_place,
    quote,
    quote_difference,
    sources_of,
    spec_of,
    yuan_apart,
)
from udfs.checks.registry import Inspection, check
from udfs.performance import (
    ASSEMBLED,
    FIGURES,
    MONEY,
    NEAR,
    WORDS,
    Contradiction,
    Difference,
    Entry,
    Record,
    against_goals,
    against_indicators,
    compare_values,
    figures,
    form_projects,
    is_one_year,
    single,
)
from workbook_templates.reading import INDICATORS, PROJECTS

#: Lists of 基础信息 whose rows are the tasks in order, with the field of each.
_TASK_TEXTS = (("functions", "task"), ("targets", "target"))


def _year(inspection: Inspection) -> int:
    year = sources_of(inspection).year
    return int(year) if year.isdecimal() else inspection.edition.year


def _differences(inspection: Inspection, kinds: Sequence[str]) -> Iterator[tuple[str, Difference]]:
    parts = indicators(inspection)
    for task, projects in parts.bound.items():
        if projects:
            for difference in parts.projects.differences(parts.tasks.get(task, ()), projects, _year(inspection)):
                if difference.kind in kinds:
                    yield task, difference


def _value_finding(inspection: Inspection, number: str, grade: str, task: str, difference: Difference) -> Finding:
    entry, other = difference.entry, difference.other
    assert other is not None
    sheet, at = list_place(inspection, INDICATORS, entry.row, entry.column)
    _, there = list_place(inspection, INDICATORS, other.row, other.column)
    advice = add("两处用词不同，请核对是否改为一致") if grade == NOTE else add("请核对后改为一致")
    found, wanted = quote_difference(entry.value, other.value)
    message = say(
        "任务{task}的“{name}”在整体绩效目标中为{found}，在项目“{project}”中为{wanted}（{sheet}!{there}），{advice}",
        "value",
        task=task,
        name=entry.name,
        found=found,
        project=difference.project,
        wanted=wanted,
        sheet=sheet,
        there=there,
        advice=advice,
    )
    return Finding(number, grade, sheet, at, message)


@check("E21", FORCED, "任务7的“资金支付时间”在整体绩效目标中为“2024年6月”，在项目中为“2024年8月”")
def whole_figures_are_the_projects(inspection: Inspection) -> Iterator[Finding]:
    """整体绩效指标中的数量、限额、日期、金额和比率，与所对应项目的年度绩效指标一致。

    一行有几个指标的逐个核对，几个指标可以共用一个指标值；人与名、元与万元可以换算。
    """
    for task, difference in _differences(inspection, (FIGURES,)):
        yield _value_finding(inspection, "E21", FORCED, task, difference)


@check("E22", HINT, "任务6的“港澳满意度”在项目“遗属补助”的绩效指标中没有")
def whole_words_are_the_projects(inspection: Inspection) -> Iterator[Finding]:
    """整体绩效指标的名称和文字表述的指标值，与所对应项目的年度绩效指标一致。"""
    for task, difference in _differences(inspection, (WORDS, "missing")):
        if difference.kind == WORDS:
            yield _value_finding(inspection, "E22", HINT, task, difference)
            continue
        entry, other = difference.entry, difference.other
        place = list_place(inspection, INDICATORS, entry.row, "third")
        hint = add("（项目中有“{name}”）", name=other.name) if other else ""
        message = say(
            "任务{task}的“{name}”在项目“{project}”的年度绩效指标中没有{hint}，请核对改为一致",
            "missing",
            task=task,
            name=entry.name,
            project=difference.project,
            hint=hint,
        )
        yield Finding("E22", HINT, *place, message)


@check("E23", NOTE, "任务5的“调研及会议组织”一处为“准时开展”，一处为“适时开展”")
def whole_words_are_nearly_the_projects(inspection: Inspection) -> Iterator[Finding]:
    """整体绩效指标与所对应项目的绩效指标用词相近而不相同的，列出供参考。"""
    for task, difference in _differences(inspection, (NEAR, "name")):
        if difference.kind == NEAR:
            yield _value_finding(inspection, "E23", NOTE, task, difference)
            continue
        entry, other = difference.entry, difference.other
        assert other is not None
        place = list_place(inspection, INDICATORS, entry.row, "third")
        _, there = list_place(inspection, INDICATORS, other.row, "third")
        message = say(
            "任务{task}的指标名称在整体绩效目标中为{found}，"
            "在项目“{project}”中为{wanted}（{sheet}!{there}），用词不同，请核对是否改为一致",
            "name",
            task=task,
            found=quote(entry.name),
            project=difference.project,
            wanted=quote(other.name),
            sheet=place[0],
            there=there,
        )
        yield Finding("E23", NOTE, *place, message)


@check("E24", HINT, "年度绩效目标第3项写有“3家”，项目的年度总体目标中为“5家”")
def goals_are_the_projects(inspection: Inspection) -> Iterator[Finding]:
    """重点任务和年度绩效目标中的数字、日期，与所对应项目的年度总体目标和年度绩效指标一致。"""
    parts, sources = indicators(inspection), sources_of(inspection)
    records = {record["name"]: record for record in form_projects(inspection.edition, sources)}
    for key, field in _TASK_TEXTS:
        for line in sources.lists[key]:
            task = str(int(line["row"]) - sources.starts[key])
            names = parts.bound.get(task, ())
            if not names:
                continue
            goals = [records[name]["year_goal"] for name in names]
            found, rest = against_goals(line[field], goals, _year(inspection))
            entries = [entry for name in names for entry in parts.projects.entries[name]]
            projects = "、".join(names)
            place = list_place(inspection, key, int(line["row"]), field)
            label = add("重点任务") if key == "functions" else add("年度绩效目标")
            what = say("{label}第{task}项", key, label=label, task=task)
            where = say("项目“{projects}”的年度总体目标", "goal", projects=projects)
            for contradiction in found:
                yield _goal_finding("E24", place, what, contradiction, where)
            where = say("项目“{projects}”的年度绩效指标", "indicator", projects=projects)
            for contradiction in against_indicators(rest, entries, _year(inspection)):
                yield _goal_finding("E24", place, what, contradiction, where)


def _goal_finding(
    number: str, place: tuple[str, str], what: Words, contradiction: Contradiction, where: Words
) -> Finding:
    message = say(
        "{what}写有“{shown}”，{where}中为{others_shown}，请核对后改为一致",
        what=what,
        shown=contradiction.shown,
        where=where,
        others_shown=contradiction.others_shown,
    )
    return Finding(number, HINT, *place, message)


@check("E25", HINT, "项目“设备购置”的年度总体目标写有“20件”，绩效指标中为“30件”")
def goals_are_the_own_indicators(inspection: Inspection) -> Iterator[Finding]:
    """项目的实施期、年度总体目标中的数字、日期，与该项目同一期间的绩效指标一致。"""
    parts, sources = indicators(inspection), sources_of(inspection)
    year = _year(inspection)
    for record in form_projects(inspection.edition, sources):
        name = record["name"]
        for field, entries in (("period_goal", parts.period[name]), ("year_goal", parts.projects.entries[name])):
            told = figures(record[field], year, free=True)
            place = list_place(inspection, PROJECTS, int(record["row"]), field)
            label = add("实施期") if field == "period_goal" else add("年度")
            for contradiction in against_indicators(told, entries, year):
                what = say("项目“{name}”的{label}总体目标", field, name=name, label=label)
                where = add("该项目{label}绩效指标", label=label)
                yield _goal_finding("E25", place, what, contradiction, where)


@check("E26", HINT, "一年期项目“设备更新”的“更新数量”实施期为“≥30个”，年度为“≥20个”")
def one_year_indicators_agree(inspection: Inspection) -> Iterator[Finding]:
    """项目期为一年的项目，实施期与年度的同名指标数值一致。"""
    parts = indicators(inspection)
    for record in form_projects(inspection.edition, sources_of(inspection)):
        if not is_one_year(spec_of(inspection), record):
            continue
        name = record["name"]
        for entry in parts.period[name]:
            same = [other for other in parts.projects.entries[name] if other.key == entry.key]
            kinds = [compare_values(entry.value, other.value, _year(inspection)) for other in same if other.value]
            if entry.value and kinds and all(kind == FIGURES for kind in kinds):
                place = list_place(inspection, INDICATORS, entry.row, entry.column)
                _, there = list_place(inspection, INDICATORS, same[0].row, same[0].column)
                message = say(
                    "一年期项目“{name}”的“{indicator}”实施期为{period}，年度为{year}（{sheet}!{there}），"
                    "请核对，确属不同的写明原因",
                    name=name,
                    indicator=entry.name,
                    period=quote(entry.value),
                    year=quote(same[0].value),
                    sheet=place[0],
                    there=there,
                )
                yield Finding("E26", HINT, *place, message)


@check("E27", HINT, "项目“设备购置”的成本上限“≤36300元”超过年度资金总额30000.00元")
def costs_within_the_money(inspection: Inspection) -> Iterator[Finding]:
    """成本指标中以总额表示的上限，不超过项目同一期间的资金总额；单价和标准不作比较。"""
    parts, spec = indicators(inspection), spec_of(inspection)
    for record in form_projects(inspection.edition, sources_of(inspection)):
        name = record["name"]
        for entries, money in (
            (parts.period[name], spec.period_money),
            (parts.projects.entries[name], spec.year_money),
        ):
            total = _fen(record[money.total.key])
            for entry in entries:
                limit = _limit(entry) if entry.second == spec.cost else None
                if total is None or limit is None:
                    continue
                times = next((n for n in (10_000, 1_000) if total and (limit == total * n or limit * n == total)), 0)
                if limit <= total and not times:
                    continue
                place = list_place(inspection, INDICATORS, entry.row, entry.column)
                shown = yuan_apart(limit, total)
                message = say(
                    "项目“{name}”的“{indicator}”为{limit}，{against}{label}{money}元{hint}，请核对，确属如此的写明原因",
                    name=name,
                    indicator=entry.name,
                    limit=quote(entry.value),
                    against=add("超过" if limit > total else "远小于"),
                    label=money.total.label,
                    money=shown[1],
                    hint=add("，恰好相差{times}倍，单位可能写错", times="一万" if times == 10_000 else "一千")
                    if times
                    else "",
                )
                yield Finding("E27", HINT, *place, message, *shown)


def _limit(entry: Entry) -> int | None:
    """The upper limit of a total cost in fen; None for a unit price or anything else."""
    figure = single(entry.value)
    if figure is None or figure.unit != MONEY or figure.sign not in ("≤", "<"):
        return None
    return int(figure.number * 100)


def _fen(text: str) -> int | None:
    try:
        return to_fen(text) if text else None
    except AmountError:
        return None


@check("E28", HINT, "绩效指标!G5 有3个指标，H5 有2个指标值，无法一一对应")
def names_and_values_go_together(inspection: Inspection) -> Iterator[Finding]:
    """一行有几个指标的，指标值应为一个（共用），或与指标一一对应，都用分号隔开。"""
    for record in indicators(inspection).unmatched:
        place = list_place(inspection, INDICATORS, int(record["row"]), record["column"])
        message = say(
            "三级指标{names}与指标值{values}的个数不同，无法一一对应，请用分号分开，"
            "使两者个数相同，或只写一个共用的指标值",
            names=quote(record["third"]),
            values=quote(record["value"]),
        )
        yield Finding("E28", HINT, *place, message)


@check("E29", NOTE, "任务1没有找到对应的项目，其指标未与项目核对")
def what_was_not_compared(inspection: Inspection) -> Iterator[Finding]:
    """没有对应项目的任务，其指标无从与项目核对；没有对应任务的项目，也列出供参考。"""
    parts = indicators(inspection)
    loose = [task for task, names in parts.bound.items() if not names]
    if loose:
        first = parts.tasks[loose[0]]
        row = first[0].row if first else next(iter(parts.unmatched))["row"]
        place = list_place(inspection, INDICATORS, int(row), "task")
        listed = "、".join(f"任务{task}" for task in loose)
        yield Finding(
            "E29", NOTE, *place, say("{listed}没有找到对应的项目，其指标未与项目绩效目标核对", "tasks", listed=listed)
        )
    told = {name for names in parts.bound.values() for name in names}
    if parts.bound:
        yield from _projects_without_task(inspection, parts, told)


def _projects_without_task(inspection: Inspection, parts: Indicators, told: set[str]) -> Iterator[Finding]:
    records = form_projects(inspection.edition, sources_of(inspection))
    alone = [r for r in records if r["name"] not in told and parts.projects.entries[r["name"]]]
    if alone:
        place = list_place(inspection, PROJECTS, int(alone[0]["row"]), "name")
        named = "、".join(f"“{record['name']}”" for record in alone)
        yield Finding(
            "E29",
            NOTE,
            *place,
            say("项目{named}在整体绩效指标中没有找到对应的任务，未与整体绩效目标核对", "projects", named=named),
        )


@check("E30", HINT, "绩效指标!A12 对象“遗属补助费”不是“整体”，也不是项目信息中的项目")
def indicators_are_placed(inspection: Inspection) -> Iterator[Finding]:
    """每个指标的对象是整体或项目信息中的项目，整体的指标填有任务号，级次相符；每个项目都有年度绩效指标。"""
    sources = sources_of(inspection)
    spec = spec_of(inspection)
    names = {squeezed(record["name"]) for record in sources.lists[PROJECTS] if record["name"]}
    levels = {second: level.first for level in spec.levels for second in level.second}
    tasks = len(sources.lists["functions"])
    faults: dict[tuple[str, str, Words], dict[str, None]] = {}

    def fault(key: str, record: Record, wrong: Words, part: str = INDICATORS) -> None:
        faults.setdefault((part, key, wrong), {})[record["row"]] = None

    def out_of_range(record: Record, part: str = INDICATORS) -> None:
        if tasks and record["task"].isdecimal() and not 1 <= int(record["task"]) <= tasks:
            fault(
                "task",
                record,
                say("任务号{task}超出重点任务的{count}项", "range", task=record["task"], count=tasks),
                part,
            )

    for record in sources.lists[INDICATORS]:
        if ASSEMBLED in record:
            continue
        whole = squeezed(record["object"]) == squeezed(spec.words.whole)
        if record["object"] and not whole and squeezed(record["object"]) not in names:
            wrong = say(
                "对象“{found}”不是“{whole}”，也不是项目信息中的项目，不会列入绩效目标表",
                "object",
                found=record["object"],
                whole=spec.words.whole,
            )
            fault("object", record, wrong)
        if whole and not record["task"]:
            fault("task", record, say("整体的指标没有填写任务号，无法与项目核对", "task"))
        if whole or "former" not in record:
            out_of_range(record)
        if whole and record["period"] == spec.words.period:
            fault("period_value", record, say("整体绩效目标表只列年度指标，这一指标不会列入", "period"))
        first = levels.get(record["second"], record["first"])
        if record["first"] and first != record["first"]:
            second, found = record["second"], record["first"]
            wrong = say("“{second}”属于“{first}”，不属于“{found}”", "level", second=second, first=first, found=found)
            fault("first", record, wrong)
    for record in form_projects(inspection.edition, sources):
        out_of_range(record, PROJECTS)
    for (part, field, wrong), rows in faults.items():
        place = list_place(inspection, part, int(next(iter(rows))), field)
        where = several([f"第{row}行" for row in rows])
        yield Finding("E30", HINT, *place, say("{wrong}{where}，请核对改正", wrong.variant, wrong=wrong, where=where))
    yield from _without_indicators(inspection)


def _without_indicators(inspection: Inspection) -> Iterator[Finding]:
    parts = indicators(inspection)
    words = spec_of(inspection).words
    for record in form_projects(inspection.edition, sources_of(inspection)):
        name, wanted = record["name"], squeezed(record["name"])
        own = [line for line in sources_of(inspection).lists[INDICATORS] if squeezed(line["object"]) == wanted]
        if not parts.projects.entries[name] and not any(line["period"] == words.year for line in own):
            place = list_place(inspection, PROJECTS, int(record["row"]), "name")
            yield Finding("E30", HINT, *place, say("项目“{name}”没有填写年度绩效指标，请补填", "none", name=name))
