"""What other sheets hold already need not be typed; workbooks of 0.1.0 are brought along."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from addin.verbs.commands import sample_workbook
from addin.xlsx.files import Workbook
from tests.support.check_cases import Book, sample_book
from tests.support.command import run_command
from udfs.base.cells import Block, with_blocks
from udfs.base.seen import Shown, ShownDate
from udfs.ledgers import converted_lists
from udfs.performance import PerformanceForm, performance_forms, sources_of
from udfs.tables import Reading
from udfs.validate import inspect, validate
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.sample import Sample

BASIC, PROJECTS, INDICATORS = "基础信息", "项目信息", "绩效指标"
WHOLE = "整体"
FORMER = ["对象*", "任务号", "序号", "期间*", "一级指标*", "二级指标*", "三级指标*", "指标值*"]
#: Columns of 绩效指标: object, task, number, first, second, third, value of the year, of the whole period.
OBJECT, TASK, NUMBER, FIRST, SECOND, THIRD, YEAR, PERIOD = range(8)
EDITION = load_edition()

Row = list[Any]


def _forms(book: Book) -> tuple[PerformanceForm, ...]:
    return performance_forms(Reading(EDITION, book.grids, book.names))


def _texts(forms: Sequence[PerformanceForm]) -> list[list[list[str]]]:
    return [[[cell.text for cell in line] for line in form.rows] for form in forms]


def _findings(book: Book) -> list[tuple[str, str, str]]:
    report = validate(inspect(Reading(EDITION, book.grids, book.names)))
    return [(f.rule, f.place, f.grade) for f in report.findings]


def _headings(book: Book, sheet: str) -> list[str]:
    return [str(text).removesuffix("*").removesuffix("（元）") for text in book.grids[sheet][0]]


def _emptied(row: Row, names: Sequence[str], blank: Callable[[str], bool]) -> Row:
    return [None if blank(name) else value for name, value in zip(names, row, strict=False)]


def _is_money(name: str, period: str) -> bool:
    return name.startswith(period) and "目标" not in name


def least(book: Book) -> None:
    """The sample's inputs without everything that other sheets hold: the least that has to be typed."""
    names = _headings(book, PROJECTS)
    head, *rows = (list(line) for line in book.grids[PROJECTS])
    one_year = set()
    for number, row in enumerate(rows):
        single = row[names.index("项目期（年）")] == 1
        one_year |= {row[0]} if single else set()
        known = {"实施单位", "主管部门", "主管部门代码", "项目类别"}
        rows[number] = _emptied(
            row,
            names,
            lambda name, single=single, known=known: (  # type: ignore[misc]
                name in known
                or _is_money(name, "年度")
                or (_is_money(name, "实施期") and (single or name != "实施期资金总额"))
            ),
        )
    book.grids[PROJECTS] = [head, *rows]
    head, *rows = (list(line) for line in book.grids[INDICATORS])
    rows = [row for row in rows if row[OBJECT] != WHOLE or row[TASK] == 1]
    for row in rows:
        row[NUMBER] = row[FIRST] = None
        row[PERIOD] = None if row[OBJECT] in one_year else row[PERIOD]
    book.grids[INDICATORS] = [head, *rows]


def former(rows: Sequence[Row]) -> list[Row]:
    """Rows of 绩效指标 as 0.1.0 had them: one for every value."""
    return [
        [*row[:FIRST], word, *row[FIRST:YEAR], row[at]]
        for row in rows
        for word, at in (("年度", YEAR), ("实施期", PERIOD))
        if row[at] not in (None, "")
    ]


def _before(book: Book) -> None:
    book.grids[INDICATORS] = [FORMER, *former(book.grids[INDICATORS][1:])]
    # The column of tasks is new, too.
    book.grids[PROJECTS] = [[*line[:32], None, *line[33:]] for line in book.grids[PROJECTS]]


def _typed(book: Book) -> int:
    """Cells that the clerk fills in on the two sheets."""
    lines = [line[:width] for sheet, width in ((PROJECTS, 33), (INDICATORS, 8)) for line in book.grids[sheet][1:]]
    return sum(value not in (None, "") for line in lines for value in line)


def test_the_forms_are_the_same_with_less_than_half_of_the_cells_typed() -> None:
    full, before, now = sample_book(), sample_book(), sample_book()
    _before(before)
    least(now)
    assert _texts(_forms(now)) == _texts(_forms(full)) == _texts(_forms(before))
    assert [f for f in _findings(now) if f[2] != "信息"] == []
    assert (_typed(before), _typed(now)) == (1810, 514)


def _whole(book: Book, second: str) -> list[tuple[str, str]]:
    """The whole-unit form's indicators of a second level: what is printed, and the value."""
    found, inside = [], False
    for line in _forms(book)[0].rows:
        labels = [cell.text for cell in line if cell.is_label]
        inside = second in labels or (inside and not labels)
        if inside:
            name, value = (cell.text for cell in line if not cell.is_label)
            found.append((name, value))
    return found


def test_what_she_types_for_the_whole_unit_counts_for_its_task_and_level() -> None:
    book = sample_book()
    least(book)
    assert ("任务6：补助发放人数", "5人") in _whole(book, "数量指标")
    book.grids[INDICATORS].append([WHOLE, 6, None, None, "数量指标", "遗属人数", "5名", None])
    lines = _whole(book, "数量指标")
    assert ("任务6：遗属人数", "5名") in lines
    assert not any("补助发放人数" in name for name, _ in lines)
    assert [name.split("：")[0] for name, _ in lines] == [f"任务{n}" for n in range(1, 10)]
    assert ("任务6：发放对象准确率；应发尽发率", "100%") in _whole(book, "质量指标")


def test_a_row_may_name_another_task_than_its_project() -> None:
    book = sample_book()
    least(book)
    row = next(line for line in book.grids[INDICATORS] if line[THIRD] == "补助发放人数" and line[OBJECT] == "遗属补助")
    row[TASK] = 1
    assert ("任务1：补助发放人数", "5人") not in _whole(book, "数量指标"), "task 1 has a row of its own for this level"
    row[TASK] = 7
    assert ("任务7：聘请法律顾问人数；补助发放人数", "1人；5人") in _whole(book, "数量指标")


@pytest.mark.parametrize(
    ("value", "third", "lines"),
    [
        ("5人", "人数；户数", [("任务6：人数；户数", "5人"), ("任务6：补助发放人数", "5人")]),
        ("6人", "人数", [("任务6：补助发放人数；人数", "5人；6人")]),
    ],
)
def test_indicators_stay_apart_where_semicolons_would_mislead(value: str, third: str, lines: list[Any]) -> None:
    book = sample_book()
    least(book)
    book.grids[INDICATORS].append(["遗属补助", None, None, None, "数量指标", third, value, None])
    assert sorted(x for x in _whole(book, "数量指标") if x[0].startswith("任务6")) == sorted(lines)


def test_a_project_without_management_gives_nothing_to_the_whole_unit() -> None:
    book = sample_book()
    least(book)
    row = next(line for line in book.grids[PROJECTS] if line[0] == "遗属补助")
    row[_headings(book, PROJECTS).index("纳入绩效管理")] = "否"
    assert not any(name.startswith("任务6") for name, _ in _whole(book, "数量指标"))


def _money(book: Book, project: str) -> dict[str, str]:
    form = next(form for form in _forms(book) if form.subject == project)
    row = next(i for i, line in enumerate(form.rows) if any(cell.text == "年度资金总额" for cell in line))
    found: dict[str, str] = {}
    for line in form.rows[row : row + 6]:
        texts = [cell.text for cell in line][-4:]
        found |= {f"实施期{texts[0]}": texts[1], f"年度{texts[2]}": texts[3]}
    return found


@pytest.mark.parametrize(
    ("source", "level", "part"),
    [
        ("一般公共预算", "市级", "市县（区）财政资金"),
        ("一般公共预算", "开发区", "市县（区）财政资金"),
        ("一般公共预算", "省级", "省级财政资金"),
        ("政府性基金预算", "省本级", "省级财政资金"),
        ("单位资金", "省级", "单位自筹"),
        ("财政专户管理资金", "市级", "其他资金"),
    ],
)
def test_the_years_money_comes_from_the_ledger_by_source_and_level(source: str, level: str, part: str) -> None:
    book = sample_book()
    least(book)
    ledger = _headings(book, "预算明细")
    for line in book.grids["预算明细"][1:]:
        if line[ledger.index("项目名称")] == "遗属补助":
            line[0] = source
    for line in book.grids[BASIC]:
        if str(line[0]).startswith("政府级次"):
            line[1] = level
    money = _money(book, "遗属补助")
    assert (money["年度年度资金总额"], money[f"年度{part}"]) == ("58,500.00", "58,500.00")
    assert (money["实施期实施期资金总额"], money[f"实施期{part}"]) == ("58,500.00", "58,500.00")
    assert sorted(money.values()).count("0.00") == 8


def test_what_is_typed_counts_and_is_held_against_the_ledger() -> None:
    book = sample_book()
    least(book)
    names = _headings(book, PROJECTS)
    row = next(number for number, line in enumerate(book.grids[PROJECTS], 1) if line[0] == "遗属补助")
    book.put(PROJECTS, row, names.index("年度资金总额") + 1, 58000.0)
    book.put(PROJECTS, row, names.index("项目类别") + 1, "特定目标类")
    money = _money(book, "遗属补助")
    assert (money["年度年度资金总额"], money["年度市县（区）财政资金"]) == ("58,000.00", "58,000.00")
    found = {(rule, place) for rule, place, grade in _findings(book) if grade != "信息"}
    assert ("E11", f"{PROJECTS}!P{row}") in found
    assert ("E17", f"{PROJECTS}!G{row}") in found
    assert not any(rule == "E12" for rule, _ in found)


def test_a_task_beyond_the_list_is_said_where_it_stands() -> None:
    book = sample_book()
    least(book)
    row = next(number for number, line in enumerate(book.grids[PROJECTS], 1) if line[0] == "遗属补助")
    book.put(PROJECTS, row, _headings(book, PROJECTS).index("任务号") + 1, 12)
    assert ("E30", f"{PROJECTS}!AG{row}", "提示") in _findings(book)


def _blank_money(book: Book, project: str) -> None:
    names = _headings(book, PROJECTS)
    for number, line in enumerate(book.grids[PROJECTS][1:], 1):
        if line[0] == project:
            book.grids[PROJECTS][number] = _emptied(list(line), names, lambda name: _is_money(name, "实施期"))


def test_the_whole_periods_money_of_a_project_of_several_years_is_asked_for() -> None:
    book = sample_book()
    _blank_money(book, "遗属补助")
    assert ("F03", f"{PROJECTS}!J6", "提示") in _findings(book)
    one_year = sample_book()
    _blank_money(one_year, "2024年办公设备更新经费")
    assert not any(rule in ("F03", "E16") for rule, *_ in _findings(one_year))


# ---------------------------------------------------------------- workbooks of 0.1.0


def _kept(line: Sequence[Any], width: int) -> Row:
    return [None if value == "" else value for value in line[:width]]


def _converted(book: Book) -> Book:
    blocks, _ = converted_lists(EDITION, book.grids)
    return Book(with_blocks(book.grids, blocks), book.names)


def test_a_workbook_of_before_is_brought_along_once(tmp_path: Path) -> None:
    inputs, was, now, again = (tmp_path / name for name in ("填报.xlsx", "旧.xlsx", "新.xlsx", "再.xlsx"))
    book = Workbook(sample_workbook(inputs, Sample()).path)
    rows = [FORMER, *former(book.grids[INDICATORS][1:])]
    rows = [[Decimal(repr(value)) if isinstance(value, float) else value for value in row] for row in rows]
    book.save_as([Block(INDICATORS, 1, 1, rows)], was)
    done = run_command("fill", was, "-o", now)
    assert done.code == 0
    assert "原217行，现138行" in done.out + done.err
    written = Workbook(now).grids[INDICATORS]
    assert written[0][3:9] == ["（不用填）", *written[0][4:7], "年度指标值*", "实施期指标值"]
    assert len([line for line in written if any(line[:9])]) == 139
    assert [_kept([*line[:3], *line[4:9]], 8) for line in written[1:3]] == [
        _kept(line, 8) for line in book.grids[INDICATORS][1:3]
    ]
    assert isinstance(written[1][TASK], float), "numbers stay numbers"
    done = run_command("fill", now, "-o", again)
    assert "已改为" not in done.out + done.err
    assert Workbook(again).grids[INDICATORS] == written


def test_before_it_is_converted_it_reads_as_it_did() -> None:
    book, was = sample_book(), sample_book()
    _before(was)
    assert _texts(_forms(was)) == _texts(_forms(book))
    assert [f[0] for f in _findings(was)] == [f[0] for f in _findings(book)]
    assert _texts(_forms(_converted(was))) == _texts(_forms(book))


def test_values_of_one_period_alone_stay_of_that_period() -> None:
    was = sample_book()
    _before(was)
    was.grids[INDICATORS] = [
        line
        for line in was.grids[INDICATORS]
        if line[OBJECT] != "2024年办公设备更新经费" or line[3] != "实施期" or "验收" not in line[6]
    ]
    form = next(form for form in _forms(was) if form.subject == "2024年办公设备更新经费")
    told = [[cell.text for cell in line if not cell.is_label] for line in form.rows]
    assert ["", "", "验收合格率", "100%"] in told or ["专款专用率", "100%", "验收合格率", "100%"] in told


def test_what_a_format_shows_is_what_is_brought_along() -> None:
    was = sample_book()
    _before(was)
    was.put(INDICATORS, 40, 8, Shown(0.95, "95%"))
    was.put(INDICATORS, 41, 8, ShownDate.of(datetime.date(2024, 8, 1), "2024年8月"))
    cells = [value for line in _converted(was).grids[INDICATORS] for value in line]
    assert {"95%", "2024年8月"} <= {value for value in cells if isinstance(value, str)}
    assert 0.95 not in cells


def test_a_word_that_is_no_period_is_said_and_nothing_is_moved() -> None:
    was = sample_book()
    _before(was)
    was.put(INDICATORS, 5, 4, "全年")
    assert ("F02", f"{INDICATORS}!D5", "强制") in _findings(was)
    assert converted_lists(EDITION, was.grids) == ([], [])


def test_rows_keep_their_place_where_something_stands_beside_them() -> None:
    was = sample_book()
    _before(was)
    was.put(INDICATORS, 9, 12, "科长：再核一次")
    there = _converted(was).grids[INDICATORS]
    assert there[8][11] == "科长：再核一次"
    assert [line[6] for line in there[1:]] == [line[6] for line in was.grids[INDICATORS][1:]]
    assert _texts(_forms(_converted(was))) == _texts(_forms(was))


def test_a_column_of_hers_right_of_the_list_is_not_written_over() -> None:
    was = sample_book()
    _before(was)
    was.put(INDICATORS, 9, 9, "已核")
    assert converted_lists(EDITION, was.grids) == ([], [])


_TEXT = st.sampled_from(["", "人数", "次数", "95%", "≥5人", "2024年8月"])


@given(
    st.lists(
        st.tuples(
            *(st.sampled_from([WHOLE, "遗属补助", "法律顾问聘请费用"]), st.sampled_from(["", "1", "6"])),
            *(st.sampled_from(["", "1", "2"]), st.just("产出指标")),
            *(st.sampled_from(["数量指标", "质量指标"]), _TEXT, _TEXT, _TEXT),
        ),
        max_size=12,
    )
)
@settings(max_examples=30, deadline=None)
def test_any_rows_of_before_give_the_same_forms_when_converted(rows: list[tuple[str, ...]]) -> None:
    was = sample_book()
    # Values of projects of one year alone, which now count for their whole period, are not among them.
    old = former([list(row) for row in rows])
    was.grids[INDICATORS] = [FORMER, *old]
    was.grids[PROJECTS] = [[*line[:32], None, *line[33:]] for line in was.grids[PROJECTS]]
    now = _converted(was)
    before, after = _lines(was), _lines(now)
    assert sorted(before) == sorted(after)
    again, notes = converted_lists(EDITION, now.grids)
    assert (again, notes) == ([], [])


def _lines(book: Book) -> list[tuple[str, ...]]:
    sources = sources_of(Reading(EDITION, book.grids, book.names))
    keys = ("object", "number", "second", "third", "period", "value")
    return [tuple(r[k] for k in keys) for r in sources.lists["indicators"] if "assembled" not in r and r["value"]]
