"""The targets of the whole unit against the projects': every slip found, and no alarm where they agree."""

from __future__ import annotations

import contextlib
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from addin.verbs.commands import validate_workbook
from tests.support.check_cases import Book, sample_book
from tests.support.evidence import EVIDENCE
from tests.support.published_performance import published_workbook
from tests.support.target_pairs import CHANGED, Pair, Value, agreeing, slipped, values
from udfs.base import Grids
from udfs.base.findings import FORCED, HINT, NOTE, Finding
from udfs.checks import Inspection, Skipped, registered
from udfs.ledgers.unit import read_inputs
from udfs.performance.forms import make_forms
from udfs.performance.goals import against_goals, against_indicators
from udfs.performance.indicators import Entry, Projects, entries_of
from udfs.performance.quantities import FIGURES, NEAR, SAME, WORDS, compare_values, figures, single
from udfs.performance.sheet import sheet_form
from udfs.performance.sources import read_sources
from udfs.tables import Reading
from udfs.validate import Report, inspect
from workbook_templates.reading.edition import load_edition

EXAMPLES = 2000 if EVIDENCE else 30
#: The checks of targets, without those that only list what was not compared.
TARGETS = ("E21", "E22", "E23", "E24", "E25", "E26", "E27", "E28", "E30")
_SETTINGS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("≥20人", "不少于20名", SAME),
        ("20人以上", "≥20人", SAME),
        ("≤1.5万元/次", "≤15000元/次", SAME),
        ("1,000人", "1000 人", SAME),
        ("100%", "100.00％", SAME),
        ("2024年12月底前", "2024年12月31日前", SAME),
        ("12月底前", "2024年12月底前", SAME),
        ("≤180元/人*天", "≤180元/人·天", SAME),
        ("有效提升", "有效提高", NEAR),
        ("准时开展", "适时开展", NEAR),
        ("20件", "20个", NEAR),
        ("每天最高不超过800元", "每天最高不超800元。", NEAR),
        ("有效提升", "有效促进", WORDS),
        ("完成", "未完成", WORDS),
        ("2024年6月", "2024年8月", FIGURES),
        ("2024年10月31日前", "2024年10月13日前", FIGURES),
        ("≥20人", "≤20人", FIGURES),
        ("5人", "≥5人", FIGURES),
        ("800元/家", "80元/家", FIGURES),
        ("80元", "80%", FIGURES),
        ("2小时以内300元/人，之后100元/人", "2小时以内300元/人，之后10元/人", FIGURES),
        ("≤80000元", "≤80000万元", FIGURES),
    ],
)
def test_two_values_compare(one: str, other: str, found: str) -> None:
    assert compare_values(one, other, 2024) == found
    assert compare_values(other, one, 2024) == found


@given(st.sampled_from(["count", "rate", "date", "money", "price", "words"]).flatmap(values), st.data())
@settings(max_examples=200, deadline=None)
def test_a_value_agrees_with_its_spellings_and_with_no_slip(value: Value, data: st.DataObject) -> None:
    spelling = data.draw(st.sampled_from(value.spellings()))
    assert compare_values(value.text, spelling, 2024) == SAME
    slip = data.draw(st.sampled_from(value.slips()))
    wanted = {NEAR, WORDS} if value.kind == "words" else {FIGURES}
    assert compare_values(slip.text, spelling, 2024) in wanted


def test_running_text_gives_its_figures_and_no_numbers_of_documents_or_years() -> None:
    text = (
        "按《办法》（示财〔2023〕9号）组织2024年的评审，第3批不少于4个项目，20名专家，2024年10月31日前完成，每年1万元。"
    )
    assert [(f.sign, int(f.number), f.unit) for f in figures(text, 2024, free=True)] == [
        ("≥", 4, "个"),
        ("", 20, "人"),
        ("", 20241031, "日期"),
        ("", 10000, "元"),
    ]


def test_a_unit_price_is_no_total() -> None:
    total, price = single("≤3.63万元"), single("≤180元/人*天")
    assert total is not None
    assert price is not None
    assert (total.sign, int(total.number), total.unit) == ("≤", 36300, "元")
    assert price.unit == "元/人/天"
    assert single("2小时以内300元/人，单日不超过800元") is None


# ------------------------------------------------------------------ lines that pack several


def _line(third: str, value: str) -> dict[str, str]:
    return {"second": "数量指标", "third": third, "value": value, "row": "5"}


@pytest.mark.parametrize(
    ("third", "value", "known", "wanted"),
    [
        ("甲；乙", "≥5家; ≥20人", (), [("甲", "≥5家"), ("乙", "≥20人")]),
        ("甲；乙", "100%", (), [("甲", "100%"), ("乙", "100%")]),
        ("甲：乙", "≥90%；≥80%", ("甲", "乙"), [("甲", "≥90%"), ("乙", "≥80%")]),
        ("甲：乙", "≥90%", ("丙",), [("甲：乙", "≥90%")]),
        ("甲", "前者完成；后者推进", (), [("甲", "前者完成；后者推进")]),
        ("甲；乙；丙", "1个；2个", (), None),
        ("甲；乙", "", (), [("甲", ""), ("乙", "")]),
    ],
)
def test_a_line_is_taken_apart(
    third: str, value: str, known: tuple[str, ...], wanted: list[tuple[str, str]] | None
) -> None:
    found = entries_of(_line(third, value), known)
    assert (None if found is None else [(entry.name, entry.value) for entry in found]) == wanted


def test_goals_compare_as_sets_where_one_tells_less() -> None:
    goal = "培训3次，参加展会6次，补助20人。"
    assert against_goals("参加展会6次。", [goal], 2024) == ([], [])
    (found,), _ = against_goals("参加展会5次。", [goal], 2024)
    assert (found.shown, found.others_shown) == ("5次", "“6次”")
    assert not list(
        against_indicators(figures("培训3次", 2024, free=True), [Entry("数量指标", "参展次数", "6次", 2)], 2024)
    )


def test_a_figure_of_something_else_contradicts_nothing() -> None:
    goal = "全年完成3个项目，2024年12月底前完成。"
    assert against_goals("2024年6月底前完成第一批，共3个项目。", [goal], 2024)[0] == []
    (found,), _ = against_goals("全年完成3个项目，2024年11月底前完成。", [goal], 2024)
    assert (found.shown, found.others_shown) == ("2024年11月底", "“2024年12月底”")


def _projects() -> Projects:
    rate = Entry("质量指标", "专款专用率", "100%", 2)
    return Projects(
        {
            "甲": [Entry("数量指标", "展会次数", "≥6次", 3), rate],
            "乙": [Entry("数量指标", "培训次数", "≥2次", 4), rate],
            "丙": [Entry("数量指标", "展会次数", "≥4次", 5)],
        }
    )


@pytest.mark.parametrize(("value", "kinds"), [("≥10次", []), ("≥6次", []), ("≥9次", [WORDS])])
def test_an_indicator_that_several_projects_have_agrees_with_one_or_with_their_sum(
    value: str, kinds: list[str]
) -> None:
    task = [Entry("数量指标", "展会次数", value, 7), Entry("数量指标", "培训次数", "≥2次", 8)]
    assert _projects().behind(task) == ["乙"]
    assert [d.kind for d in _projects().differences(task, ["乙"], 2024)] == kinds


def test_a_task_that_shares_only_what_all_projects_share_is_not_compared() -> None:
    assert _projects().behind([Entry("质量指标", "专款专用率", "100%", 7)]) == []


# ------------------------------------------------------------------ whole workbooks


@cache
def _inspection() -> Inspection:
    book = sample_book()
    return inspect(Reading(load_edition(), book.grids, book.names))


def _changed(sheets: Grids) -> Inspection:
    """The inspection with other values on some sheets; the tables stay as they are."""
    was = _inspection().reading
    return replace(_inspection(), reading=was.again({**was.grids, **sheets}, was.names, was.file))


def target_findings(pair: Pair) -> list[Finding]:
    """What the checks of targets find in the sample's workbook with that pair written in."""
    grids = _inspection().grids
    book = Book({name: [list(line) for line in grids[name]] for name in CHANGED}, {})
    pair.write(book)
    inspection = _changed(book.grids)
    return [f for check in registered() if check.number in TARGETS for f in check.run(inspection)]


@given(agreeing())
@_SETTINGS
def test_forms_that_agree_raise_no_alarm(pair: Pair) -> None:
    assert target_findings(pair) == []


@given(slipped())
@_SETTINGS
def test_every_slip_in_either_form_is_found(case: tuple[Pair, str]) -> None:
    pair, what = case
    found = target_findings(pair)
    assert found, what
    assert all(f.cell for f in found)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return validate_workbook(published_workbook(tmp_path_factory.mktemp("published")))


#: What is wrong in the published forms: rule, grade, cell, words. Each was judged by hand: docs/evidence.md.
PUBLISHED = [
    ("E16", HINT, "项目信息!J7", "150000.00"),
    ("E16", HINT, "项目信息!J8", "222500.00"),
    ("E16", HINT, "项目信息!J9", "36300.00"),
    ("E21", FORCED, "绩效指标!G26", "2024年6月"),
    ("E22", HINT, "绩效指标!F57", "港澳满意度"),
    ("E22", HINT, "绩效指标!G45", "有效促进"),
    ("E23", NOTE, "绩效指标!F3", "出具审核意见"),
    ("E23", NOTE, "绩效指标!F36", "办公设备更换成本"),
    ("E23", NOTE, "绩效指标!F45", "法治保障"),
    ("E23", NOTE, "绩效指标!F45", "依法行政、依法行政"),
    ("E23", NOTE, "绩效指标!G24", "适时开展"),
    ("E23", NOTE, "绩效指标!G30", "不超800元"),
    ("E23", NOTE, "绩效指标!G42", "有效提高"),
    ("E23", NOTE, "绩效指标!G45", "有效提高"),
    ("E24", HINT, "基础信息!N7", "“3家”"),
    ("E26", HINT, "绩效指标!H124", "≥30个"),
    ("E26", HINT, "绩效指标!H128", "≤222500元"),
    ("E27", HINT, "绩效指标!G136", "≤36300元"),
    ("E29", NOTE, "绩效指标!B2", "任务1"),
]


def test_the_published_forms_show_their_own_contradictions_and_no_false_alarm(published: Report) -> None:
    found = sorted((f.rule, f.grade, f.place, f.message) for f in published.findings if f.rule.startswith("E"))
    assert [line[:3] for line in found] == [line[:3] for line in PUBLISHED]
    for (rule, _, place, message), (*_, words) in zip(found, PUBLISHED, strict=True):
        assert words in message, (rule, place, message)


def test_every_check_of_the_family_ran_on_the_published_forms(published: Report) -> None:
    assert {s.status for s in published.statuses if s.rule.startswith("E")} == {"通过", "不符"}


# ------------------------------------------------------------------ whatever is typed in

_JUNK = st.sampled_from(
    [
        None,
        "",
        " ",
        "一",
        "²",
        "-3",
        "1e9",
        3.5,
        -2.0,
        1e15,
        "#REF!",
        "；；",
        "：",
        "≥",
        "≤≤5",
        "0000年13月99日",
        "2024年",
        "99月",
        "5" * 60,
        "《",
        "整体",
        "年度",
        "实施期",
        "成本指标",
        "效益指标",
        "遗属补助",
        "≥5人；",
        "文" * 3000,
        True,
        "是",
        "12:30",
        "％",
    ]
)


@given(st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_input_stops_the_family_or_the_forms(data: st.DataObject) -> None:
    grids = _inspection().grids
    changed = {name: [list(line) for line in grids[name]] for name in (*CHANGED, "绩效目标", "情况说明")}
    for _ in range(data.draw(st.integers(1, 25))):
        lines = changed[data.draw(st.sampled_from([*CHANGED, "绩效目标", "情况说明"]))]
        line = lines[data.draw(st.integers(1, min(70, len(lines) - 1)))]
        if line:
            line[data.draw(st.integers(0, len(line) - 1))] = data.draw(_JUNK)
    inspection = _changed(changed)
    for check in registered():
        if check.number.startswith("E") or check.number in ("F17", "F18"):
            with contextlib.suppress(Skipped):
                assert all(f.message and f.sheet for f in check.run(inspection))
    for form in make_forms(
        inspection.edition,
        read_sources(inspection.edition, inspection.printed, None, read_inputs(inspection.edition, inspection.grids)),
    ):
        assert sheet_form(form).cells
