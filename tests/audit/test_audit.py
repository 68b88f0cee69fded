"""Reading the text back: what is right stays unmentioned, whoever wrote it; what is wrong is found, whatever it is."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.check_cases import Book, report_after, sample_book
from tests.support.evidence import EVIDENCE
from tests.support.narrate_cases import CASES, Case, changed
from tests.support.narrate_units import any_workbook
from tests.support.text_cases import narrated, reworded, rewritten
from udfs.audit import Audited, Contradiction, audit
from udfs.audit.figures import Known
from udfs.audit.likeness import Names
from udfs.audit.reader import name_groups
from udfs.audit.tokens import AMOUNT, sentences_of, tokens_of
from udfs.audit.verdicts import NAME, REASON, UNREASONED, WORDING
from udfs.checks import registered
from udfs.checks.text import known_of
from udfs.narrative.narrate import render
from udfs.reconciliation.relations import NOT_APPLICABLE, PASSED, UNDECIDED
from udfs.tables import Reading
from udfs.validate import inspect
from workbook_templates.reading.audit import AuditWords
from workbook_templates.reading.edition import load_edition

_TURNS = {"增加": "减少", "减少": "增加", "增长": "下降", "下降": "增长", "持平": "增加"}


def _known(book: Book) -> tuple[Known, dict[int, str]]:
    """A workbook's figures, and the text that the program writes of them."""
    edition = load_edition()
    known = known_of(inspect(Reading(edition, book.grids, book.names, book.file)))
    return known, {s.number: s.text for s in render(edition, dict(known.context))}


@cache
def _sample() -> tuple[Known, dict[int, str]]:
    return _known(sample_book())


def _audited(texts: Mapping[int, str], known: Known, expected: Mapping[int, str]) -> Audited:
    return audit(texts, load_edition().audit_words, known, expected)


def _slips(texts: Mapping[int, str], names: Names, choose: random.Random) -> Iterator[tuple[int, str, str]]:
    """Every text with one digit, direction word or character of a name changed: section, new text, what was done."""
    for number, text in texts.items():
        for at, character in enumerate(text):
            if character.isdigit():
                other = choose.choice([d for d in "0123456789" if d != character])
                yield number, text[:at] + other + text[at + 1 :], f"{text[max(0, at - 9) : at + 6]}: {other}"
        for match in re.finditer("|".join(_TURNS), text):
            yield (
                number,
                text[: match.start()] + _TURNS[match[0]] + text[match.end() :],
                f"{match[0]} at {match.start()}",
            )
        for match in names.find(text):
            place = match.start() + choose.randrange(len(match[0]))
            if not text[place].isdigit():
                yield number, text[:place] + "某" + text[place + 1 :], f"{match[0]}, character {place - match.start()}"


def _unseen(known: Known, expected: Mapping[int, str], choose: random.Random, limit: int = 10**6) -> list[str]:
    before = set(_audited(expected, known, expected).contradictions)
    slips = list(_slips(expected, Names(name_groups(known, expected)), choose))
    return [
        what
        for number, text, what in choose.sample(slips, min(limit, len(slips)))
        if not set(_audited({number: text}, known, expected).contradictions) - before
    ]


# -------------------------------------------------------------------- the program's own text


def test_the_programs_own_text_is_right_and_every_figure_of_it_is_verified() -> None:
    known, expected = _sample()
    for reference in (expected, {}):
        audited = _audited(expected, known, reference)
        assert audited.contradictions == ()
        assert audited.unbound == ()
    assert audited.verified > 100


def test_every_single_slip_in_the_programs_own_text_is_found() -> None:
    assert _unseen(*_sample(), random.Random(7)) == []


@pytest.mark.parametrize("case", CASES[:: 1 if EVIDENCE else 6], ids=lambda case: case.name)
def test_every_variant_of_the_text_is_right(case: Case) -> None:
    book = sample_book()
    case.change(book)
    known, expected = _known(book)
    assert expected == {s.number: s.text for s in changed(case)}
    for reference in (expected, {}):
        found = _audited(expected, known, reference).contradictions
        # A reason that the case itself leaves from another year is rightly named; without the program's text beside it
        # nobody knows that a reason was asked for already.
        assert [c for c in found if c.kind not in ((REASON,) if reference else (REASON, UNREASONED))] == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(book=any_workbook(), seed=st.integers(0, 10**6))
def test_any_text_of_ours_is_right_and_a_slip_in_it_is_found(book: Book, seed: int) -> None:
    known, expected = _known(book)
    assert [c for c in _audited(expected, known, expected).contradictions if c.kind != REASON] == []
    assert [c for c in _audited(expected, known, {}).contradictions if c.kind not in (REASON, UNREASONED)] == []
    assert _unseen(known, expected, random.Random(seed), limit=12) == []


# -------------------------------------------------------------------- a text typed by hand


@pytest.mark.parametrize(
    "text",
    [
        (
            "支出预算合计17996.68万元，其中：基本支出12323.48万元；项目支出5673.20万元。\n"
            "一般公共预算基本支出12308.48万元，其中：\n（一）人员经费9710.42万元。\n（二）公用经费2598.06万元。"
        ),
        (
            "“三公”经费中，公务用车购置及运行费支出317.80万元。\n2.公务用车购置及运行费预算支出317.80万元。其中："
            "（1）公务用车购置费预算支出50.00万元；（2）公务用车运行维护费预算支出267.80万元。"
        ),
    ],
    ids=["of other money", "told twice"],
)
def test_parts_are_those_of_the_whole_that_they_follow(text: str) -> None:
    words = load_edition().audit_words
    assert audit({3: text}, words).contradictions == ()
    assert audit({3: text.replace("2598.06", "2589.06").replace("267.80", "276.80")}, words).contradictions


#: The sample unit's figures in words that the program does not use.
BY_HAND = {
    1: "2024年度示例市商务局预算收入总计695.96万元，其中本年收入695.96万元，上年结转0万元，较上年减少1,498.02万元，"
    "降低68.28%，主要原因：一次性项目1460万元今年没有了，导致收入减少；预算支出总计为695.96万元，较2023年预算减少"
    "1498.02万元，下降68.3%，主要原因同上。",
    2: "示例市商务局2024年收入预算共695.96万元：一般公共预算收入695.96万元，占100%；政府性基金收入0万元，占0%；"
    "国有资本经营预算收入0万元；财政专户资金0万元；单位资金0万元；上年结转0万元。",
    3: "2024 年支出预算695.96万元，其中：基本支出6241100元，占89.68%；项目支出71.85万元，占10.32%。",
    4: "2024年财政拨款收支总预算0.07亿元，一般公共预算财政拨款695.96万元。支出包括：商业服务业等支出52万元、"
    "一般公共服务支出348.07万元、住房保障支出35.26万元。",
    6: "2024年示例市商务局一般公共预算安排基本支出624.11万元。其中：人员经费561.99万元，主要包括奖金、基本工资、"
    "津贴补贴、住房公积金等；公用经费62.12万元，主要包括差旅费、办公费、印刷费等。",
    7: "我单位2024年无“三公”经费预算，与2023年持平。",
    8: "2024年机关运行经费预算62.12万元，比2023年预算58.90万元增加3.22万元，增长5.47%。",
    10: "2024年我单位纳入绩效目标管理的项目共8个，涉及金额71.85万元，其中特定目标类项目3个，金额51万元；"
    "其他运转类项目5个，金额20.85万元。公开项目绩效目标8个，涉及项目金额71.85万元，占项目支出总额的100%。",
    11: "截至2023年12月31日，示例市商务局公务用车编制0辆，实有0辆。办公用房总建筑面积2,885.79平方米。"
    "50万元（原值）以上的通用设备0台（套）。",
}


def test_a_text_typed_by_hand_is_bound_and_right() -> None:
    known, expected = _sample()
    audited = _audited(BY_HAND, known, expected)
    assert audited.contradictions == ()
    assert audited.unbound == ()


#: Slips in the text typed by hand: section, what stands, what is typed, a word of the sentence for the clerk.
SLIPS = [
    (1, "总计695.96", "总计659.96", "695.96"),
    (1, "减少1,498.02", "减少1,489.02", "1498.02"),
    (1, "降低68.28", "降低86.28", "68.28"),
    (1, "下降68.3%", "下降68.2%", "68.28"),
    (1, "较上年减少", "较上年增加", "减少"),
    (1, "导致收入减少", "导致收入增加", "原因"),
    (1, "较2023年预算", "较2022年预算", "2023"),
    (1, "2024年度示例", "2023年度示例", "2024"),
    (1, "示例市商务局", "示例市财政局", "示例市财政局"),
    (2, "占100%", "占99%", "100.00%"),
    (2, "单位资金0万元", "单位资金12万元", "没有这一项金额"),
    (3, "6241100元", "6241元", "624.11"),
    (3, "占10.32%", "占10.23%", "10.32"),
    (4, "0.07亿元", "0.70亿元", "695.96"),
    (4, "商业服务业等支出52", "农林水支出52", "没有这一项金额"),
    (4, "住房保障支出", "住房保证支出", "住房保障支出"),
    (6, "差旅费", "公务接待费", "没有这一科目"),
    (6, "津贴补贴", "津补贴", "津贴补贴"),
    (7, "持平", "相比有所增加", "持平"),
    (8, "58.90", "59.80", "58.90"),
    (8, "增长5.47", "增长5.74", "5.47"),
    (10, "共8个", "共9个", "8"),
    (10, "3个", "4个", "3"),
    (10, "金额51万元", "金额15万元", "51.00"),
    (11, "2023年12月31日", "2022年12月31日", "2023年12月31日"),
    (11, "2,885.79", "2,858.79", "2885.79"),
]


@pytest.mark.parametrize(("section", "right", "wrong", "says"), SLIPS, ids=str)
def test_a_slip_in_a_text_typed_by_hand_is_found(section: int, right: str, wrong: str, says: str) -> None:
    known, expected = _sample()
    text = BY_HAND[section].replace(right, wrong, 1)
    assert text != BY_HAND[section]
    found = _audited({section: text}, known, expected).contradictions
    assert found
    assert says in "\n".join(c.message for c in found)


def test_an_amount_that_no_table_holds_is_listed_and_not_passed() -> None:
    report = report_after(
        rewritten(1, "2024年度收入总计695.96万元，比上年减少1498.02万元，主要原因是减少777.77万元补助。")
    )
    assert [f for f in report.findings if f.rule.startswith("D") and f.grade == "强制"] == []
    status = next(s for s in report.statuses if s.rule == "D11")
    assert status.status == UNDECIDED
    assert "777.77万元" in status.reason
    assert "1498.02" not in status.reason


def test_years_in_names_and_document_numbers_are_no_base_years() -> None:
    text = (
        "2024年度收入总计695.96万元，比上年减少1498.02万元，下降68.28%，主要原因是2022年促消费项目已经完成，"
        "依据《2021年工作方案》（示商〔2021〕9号）不再安排。"
    )
    known, expected = _sample()
    assert _audited({1: text}, known, expected).contradictions == ()


def test_items_are_known_beside_the_classes_and_what_the_table_has_not_is_asked_about() -> None:
    known, expected = _sample()
    text = "2024年示例市商务局一般公共预算当年支出695.96万元，其中行政运行327.37万元、机关服务1.00万元。"
    audited = _audited({5: text}, known, expected)
    assert [(c.kind, c.quote) for c in audited.contradictions] == [(WORDING, "…行327.37万元、机关服务1.00万元。")]
    assert audited.unbound == ()


def test_the_order_of_parts_is_the_clerks_own() -> None:
    report = report_after(
        reworded(
            3,
            "基本支出624.11万元，占89.68%；项目支出71.85万元，占10.32%",
            "项目支出71.85万元，占10.32%；基本支出624.11万元，占89.68%",
        )
    )
    assert [f for f in report.findings if f.rule.startswith("D")] == []


def test_findings_point_at_the_paragraph_and_quote_it() -> None:
    finding = next(f for f in report_after(reworded(3, "71.85", "71.58")).findings if f.rule == "D01")
    assert (finding.sheet, finding.cell) == ("情况说明", "C6")
    assert (finding.left, finding.right, finding.difference) == ("71.58", "71.85", "-0.27")
    assert "项目支出71.58万元" in finding.message


def test_without_a_text_family_d_does_not_apply() -> None:
    statuses = {s.rule: s.status for s in report_after(lambda _: None).statuses if s.rule.startswith("D")}
    assert set(statuses.values()) == {NOT_APPLICABLE}
    told = {s.rule: s.status for s in report_after(narrated).statuses if s.rule.startswith("D")}
    assert set(told.values()) == {PASSED}
    assert set(told) == set(statuses) == {check.number for check in registered() if check.number.startswith("D")}


# -------------------------------------------------------------------- sentences alone, of any form


def _alone(text: str) -> tuple[Contradiction, ...]:
    return audit({1: text}, AuditWords()).contradictions


@pytest.mark.parametrize(
    "text",
    [
        "收入预算37,151.47万元，其中：财政拨款收入37,151.47万元，比2024年预算执行数增加24,558.18万元；事业收入0万元。",
        "公务接待费1.00万元，与2024年预算持平。",
        "支出预算120万元，比上年预算100万元增加20万元，增长20%。",
        "支出预算120万元，比上年增加20万元，增长20.00%。",
        "人员经费33.33万元，比上年33.30万元增加0.03万元，增长0.10%。",
        "甲项目10万元、乙项目20万元，合计比上年30.5万元减少0.5万元。",
    ],
)
def test_a_sentence_that_fits_itself_is_left_alone(text: str) -> None:
    found = [c for c in _alone(text) if "合计" not in text]
    assert found == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("支出预算120万元，比上年预算100万元增加30万元，增长20%。", "20.00万元"),
        ("支出预算120万元，比上年预算100万元减少20万元，下降20%。", "增加"),
        ("支出预算120万元，比上年预算100万元增加20万元，增长25%。", "20.00%"),
        ("支出预算120万元，比上年增加20万元，增长16.67%。", "20.00%"),
        ("支出预算120万元，比上年增加20万元，下降20%。", "方向相反"),
        ("支出预算120万元，比上年增加120万元，增长100%。", "不能计算"),
    ],
)
def test_a_sentence_that_contradicts_itself_is_found(text: str, says: str) -> None:
    found = _alone(text)
    assert found
    assert says in found[0].message


def test_lines_broken_by_a_page_are_read_on() -> None:
    sentence = sentences_of(
        "2025年，示例区商务委员会收入预算37,151.47万元，其中：财政拨款收入比2024年预算减少2,389.52万\n元；事业收入0万元。"
    )
    assert [t.text for t in sentence[0].tokens if t.kind == AMOUNT] == ["37,151.47万元", "2,389.52万元", "0万元"]


@settings(deadline=None)
@given(st.text(alphabet="一二收支年月日预算增加减少比上万元亿%（）〔〕，。；、0123456789.,-—\n", max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    known, expected = _sample()
    for token in tokens_of(text):
        assert token.text in text.translate(str.maketrans("—", "-")) or token.text in text
    for number in (1, 5, 6, 7, 10, 11):
        _audited({number: text}, known, expected)


@settings(deadline=None)
@given(st.data(), st.from_regex(r"[1-9][0-9]{0,60}(\.[0-9]{1,60})?", fullmatch=True))
def test_a_number_of_any_length_can_be_read(data: st.DataObject, digits: str) -> None:
    known, expected = _sample()
    section = data.draw(st.sampled_from(sorted(expected)))
    numbers = list(re.finditer(r"\d+(\.\d+)?", expected[section]))
    assume(numbers)
    text = expected[section]
    for at in sorted(data.draw(st.sets(st.integers(0, len(numbers) - 1), min_size=1, max_size=4)), reverse=True):
        text = text[: numbers[at].start()] + digits + text[numbers[at].end() :]
    assert all(c.message for c in _audited({section: text}, known, expected).contradictions)


def test_names_that_were_reordered_in_a_list_are_no_slip() -> None:
    known, expected = _sample()
    text = expected[6].replace("办公费、印刷费", "印刷费、办公费")
    assert [c for c in _audited({6: text}, known, expected).contradictions if c.kind == NAME] == []
