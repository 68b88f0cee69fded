"""`import`: foreign workbooks of the nine-table form and of the thirteen-table form, as other offices lay them out."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from addin.xlsx.files import Workbook
from tests.support.command import run_command
from tests.support.foreign import NINE, Grids, foreign_tables, grids_of, imported, write_book
from tests.support.published import LEDGER
from tests.support.tools import validator_errors
from tests.support.variants import MEANINGLESS, NUMBERS, TREES, amounts
from udfs.base.problems import InputProblems
from workbook_templates.reading.edition import load_edition

Change = Callable[[Grids], None]
#: For departments, whose table one is another, only the variants that touch it or the places of fen.
DEPARTMENT = ("nothing", "shifted", "one_sheet", "odd_titles", "in_wan", "whole_yuan", "text_amounts", "signatures")


def after(name: str, *changes: Change) -> Grids:
    grids = grids_of(name)
    for change in changes:
        change(grids)
    return grids


CASES = [*(("unit", v) for v in MEANINGLESS), *(("department", v) for v in DEPARTMENT)]


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_a_layout_that_means_nothing_is_read_alike_and_raises_no_alarm(name: str, variant: str) -> None:
    book = imported(after(name, MEANINGLESS[variant]))
    assert book.missing == set(), book.notes
    assert book.serious() == []
    year = "2022" if variant == "another_year" else "2025"
    assert book.grids["表三"][0][0].startswith(f"{year}年")
    assert len(book.found.tables) == 9


def test_amounts_codes_and_names_are_those_of_the_source() -> None:
    source, book = grids_of("unit"), imported(grids_of("unit"))
    for number, name in enumerate(NUMBERS, 1):
        sheet = load_edition(NINE).forms[number - 1].sheet
        taken = sorted(v for line in book.grids[sheet] for v in line if isinstance(v, float))
        assert taken == sorted(v for line in source[name] for v in line if isinstance(v, float)), sheet
    codes = ["".join(str(v) for v in line[:3] if v) for line in source["Sheet3"][6:-1]]
    assert ["".join(str(v) for v in line[:3] if v) for line in book.grids["表三"][5:-1]][: len(codes)] == codes


def test_text_goes_to_its_sections_with_broken_lines_joined() -> None:
    lines = {line[0]: line for line in imported(grids_of("unit")).grids["情况说明"] if line and line[0]}
    assert lines["一"][2].split("\n") == [
        "1.负责拟订本区域内有关行业发展的规划和年度计划，并在批准后组织实施，协调解决执行中遇到的重大问题。",
        "2.承办其他事项。",
    ]
    assert lines["四"][1:3] == ["2025年单位预算编制说明", "2025年，收入预算按收支平衡的要求编制，比上年增加10万元。"]
    assert lines["五"][2] == "“三公”经费按规定从严安排。"


def test_a_footnote_comes_along_under_its_table() -> None:
    note = "注：本表按统一口径填列。"
    grids = grids_of("department")
    grids["Sheet3"].append([note])
    book = imported(grids)
    assert [line[0] for line in book.grids["表三"] if line and line[0]][-1] == note
    assert book.serious() == []


# -- what means something


def drop(name: str) -> Change:
    def change(grids: Grids) -> None:
        del grids[name]

    return change


def put(name: str, row: int, column: int, value: object) -> Change:
    def change(grids: Grids) -> None:
        grids[name][row - 1][column - 1] = value

    return change


def twice(grids: Grids) -> None:
    grids["又一份"] = [list(line) for line in grids["Sheet3"]]
    grids["又一份"][8][4] = 1.0


def no_total_column(grids: Grids) -> None:
    grids["Sheet3"] = [[*line[:4], *line[5:]] for line in grids["Sheet3"]]


def no_codes(grids: Grids) -> None:
    for name in TREES:
        grids[name] = [line[3:] if r >= 3 and len(line) > 3 else line for r, line in enumerate(grids[name])]


@pytest.mark.parametrize(
    ("change", "missing", "says"),
    [
        (drop("Sheet7"), {"表七"}, "没有找到"),
        (twice, {"表三"}, "只保留一处"),
        (no_total_column, {"表三"}, "缺少“合计”栏"),
        (no_codes, {"表二", "表三", "表五", "表八"}, "没有科目编码"),
    ],
    ids=["absent", "two of them", "a column missing", "no codes"],
)
def test_what_is_not_recognised_is_reported_and_decides_nothing(change: Change, missing: set[str], says: str) -> None:
    book = imported(after("unit", change))
    assert missing <= book.missing
    assert any(says in note for note in book.notes)
    assert {rule for rule, _, _ in book.serious()} == {"F38"}
    assert {place.split("!")[0] for _, place, _ in book.serious()} == book.missing


def test_headings_that_two_forms_share_are_asked_about() -> None:
    table: list[list[object]] = [
        ["科目编码", "科目名称", "2024年预算数", None, None],
        [None, None, "合计", "基本支出", "项目支出"],
    ]
    body: list[list[object]] = [["合计", None, 1.0, 1.0, None], ["201", "一般公共服务支出", 1.0, 1.0, None]]
    with pytest.raises(InputProblems) as caught:
        imported({"一": [*table, *body]}, "2024-shanxi")
    assert any("表三" in str(p) and "表五" in str(p) and "标题" in str(p) for p in caught.value.problems)


def yuan_line(grids: Grids) -> None:
    grids["Sheet3"][2][0] = "单位：万元"


def all_said_to_be_wan(grids: Grids) -> None:
    for name in NUMBERS[:8]:
        grids[name][2][0] = "单位：万元"


def last_years_title(grids: Grids) -> None:
    grids["Sheet3"][0][0] = grids["Sheet3"][0][0].replace("2025", "2024")


def one_fen(grids: Grids) -> None:
    for c in amounts(grids["Sheet8"][10]):
        grids["Sheet8"][10][c] += 0.01


def yuan_in_nine(grids: Grids) -> None:
    for line in grids["Sheet9"]:
        for c in amounts(line):
            line[c] *= 10_000


@pytest.mark.parametrize(
    ("name", "change", "rule", "place"),
    [
        ("unit", put("Sheet3", 9, 5, 9389193.0), "A03-01", "表三!E8"),
        ("unit", put("Sheet3", 9, 5, "见说明"), "F21", "表三!E8"),
        ("unit", last_years_title, "F27", "表三!A1"),
        ("unit", yuan_line, "F28", "表三!G2"),
        ("unit", all_said_to_be_wan, "F28", "表一!G2"),
        ("department", all_said_to_be_wan, "F28", "表一!G2"),
        ("unit", yuan_in_nine, "B09-05", "表九!G6"),
        ("department", one_fen, "A08-02", "表八!D6"),
        ("unit", put("Sheet3", 8, 4, "商品事务"), "F36", "表三!D7"),
    ],
    ids=[
        "a figure",
        "a word",
        "last year's title",
        "wrong unit",
        "wrong units",
        "wrong units, fen",
        "yuan for wan",
        "one fen",
        "a name",
    ],
)
def test_a_real_mistake_comes_through_and_is_found(name: str, change: Change, rule: str, place: str) -> None:
    found = {(r, p) for r, p, _ in imported(after(name, change)).serious()}
    assert (rule, place) in found, found


def test_a_yuan_too_many_in_a_sum_of_whole_yuan_is_rounding_and_named() -> None:
    book = imported(after("unit", put("Sheet8", 8, 4, 1952617.0), put("Sheet8", 8, 5, 1952617.0)))
    assert book.serious() == []
    assert [f.difference for f in book.report().findings] == ["-1.00", "-1.00"]


def test_names_of_another_year_are_told_not_held_against_it() -> None:
    """The classification at hand is that of 2024; in 2021 a name may rightly have been another."""
    change = put("Sheet3", 10, 4, "一般行政管理事务支出")
    assert imported(after("unit", change)).serious() != []
    book = imported(after("unit", change, lambda g: year_of(g, "2021")))
    assert book.serious() == []
    assert [f.rule for f in book.report().findings] == ["F36"]


def year_of(grids: Grids, year: str) -> None:
    for grid in grids.values():
        for line in grid:
            line[:] = [v.replace("2025", year) if isinstance(v, str) else v for v in line]


# -- through the command line


def test_the_thirteen_tables_import_completely_and_pass(tmp_path: Path) -> None:
    source = write_book(tmp_path / "来源.xlsx", foreign_tables())
    done = run_command("import", source, "-o", tmp_path / "book.xlsx")
    assert done.code == 0, done.err
    assert "识别出13张表，共13张" in done.out
    checked = run_command("validate", tmp_path / "book.xlsx")
    assert checked.code == 0, checked.out
    assert "无法核对" in checked.out


def test_the_edition_is_known_by_the_contents_and_the_workbook_passes(tmp_path: Path) -> None:
    source = write_book(tmp_path / "来源.xlsx", grids_of("department"))
    done = run_command("import", source, "-o", tmp_path / "book.xlsx")
    assert done.code == 0, done.err
    assert f"版式：{NINE}" in done.out
    assert "把握" in done.out
    book = load_workbook(tmp_path / "book.xlsx")
    assert book["基础信息"]["B10"].value == "部门"
    assert book["表一"]["A1"].value == "2025年部门财务收支预算总表"
    checked = run_command("validate", tmp_path / "book.xlsx", "-o", tmp_path / "checked.xlsx")
    assert checked.code == 0, checked.out
    assert "强制0条，提示0条" in checked.out


def test_without_a_target_nothing_is_written(tmp_path: Path) -> None:
    source = write_book(tmp_path / "来源.xlsx", grids_of("unit"))
    done = run_command("import", source)
    assert done.code == 0
    assert "没有写出文件" in done.out
    assert list(tmp_path.iterdir()) == [source]


def test_a_folder_of_csv_files_gives_the_same_tables(tmp_path: Path) -> None:
    folder = tmp_path / "导出"
    folder.mkdir()
    for name, grid in grids_of("unit").items():
        with (folder / f"{name}.csv").open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows([["" if v is None else v for v in line] for line in grid])
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    assert run_command("import", folder, "-o", one).code == 0
    assert run_command("import", write_book(tmp_path / "来源.xlsx", grids_of("unit")), "-o", other).code == 0
    for form in load_edition(NINE).forms:
        assert Workbook(one).grids[form.sheet] == Workbook(other).grids[form.sheet]


def test_an_amount_cut_in_two_by_its_own_commas_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "导出"
    folder.mkdir()
    for name, grid in grids_of("unit").items():
        width = max(map(len, grid))
        lines = [
            ",".join("" if v is None else str(v).replace("\n", "") for v in [*line, *[""] * width][:width])
            for line in grid
        ]
        (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    assert run_command("import", folder, "-o", tmp_path / "a.xlsx").code == 0
    (path,) = folder.glob("Sheet3.csv")
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(n for n, line in enumerate(lines) if re.search(r",\d{7,8}\.0,", line))
    lines[at] = re.sub(r",(\d{1,2})(\d{3})(\d{3})\.0,", r",\1,\2,\3.00,", lines[at], count=1)
    path.write_text("\n".join(lines), encoding="utf-8")
    done = run_command("import", folder, "-o", tmp_path / "b.xlsx")
    assert done.code == 2
    assert "千分位" in done.err
    assert not (tmp_path / "b.xlsx").exists()


def test_a_ledger_is_not_taken_for_tables(tmp_path: Path) -> None:
    done = run_command("import", LEDGER, "-o", tmp_path / "book.xlsx")
    assert done.code == 2
    assert "像是预算明细" in done.err
    assert "--ledger" in done.err


def test_a_workbook_of_ours_gives_its_own_tables(published_book: Path, tmp_path: Path) -> None:
    done = run_command("import", published_book, "-o", tmp_path / "book.xlsx", "--edition", "2024-shanxi")
    assert done.code == 0, done.err
    ours, taken = Workbook(published_book).grids, Workbook(tmp_path / "book.xlsx").grids
    for form in load_edition().forms:
        assert [line[: form.width] for line in taken[form.sheet]] == [line[: form.width] for line in ours[form.sheet]]


@pytest.mark.parametrize(
    ("grid", "says"),
    [([["日记账"], ["日期", "摘要", "金额"], ["1月", "买纸", 3.5]], "没有识别出"), ([], "没有识别出")],
    ids=["another table", "nothing"],
)
def test_a_file_without_tables_is_refused_in_a_sentence(tmp_path: Path, grid: list[list[object]], says: str) -> None:
    source = write_book(tmp_path / "来源.xlsx", {"Sheet1": grid})
    done = run_command("import", source, "-o", tmp_path / "book.xlsx")
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "book.xlsx").exists()


def test_a_source_is_never_written_over(tmp_path: Path) -> None:
    source = write_book(tmp_path / "来源.xlsx", grids_of("unit"))
    before = source.read_bytes()
    assert run_command("import", source, "-o", source).code == 2
    assert source.read_bytes() == before


#: Variants that may be laid one on another, in this order.
COMBINED = (
    "another_year",
    "codes_as_numbers",
    "page_breaks",
    "odd_labels",
    "signatures",
    "text_amounts",
    "rows_above",
    "shifted",
    "other_names",
)


@settings(max_examples=8, deadline=None)
@given(st.sets(st.sampled_from(COMBINED), min_size=2), st.sampled_from(["unit", "department"]), st.booleans())
def test_variants_together_are_read_alike(chosen: set[str], name: str, together: bool) -> None:
    grids = after(name, *[MEANINGLESS[v] for v in COMBINED if v in chosen and v != "other_names"])
    if together:
        MEANINGLESS["one_sheet"](grids)
    elif "other_names" in chosen:
        MEANINGLESS["other_names"](grids)
    book = imported(grids)
    assert book.missing == set(), book.notes
    assert book.serious() == []
    assert book.report().cells == (300 if name == "unit" else 221)


@pytest.mark.validator
@pytest.mark.parametrize("name", ["unit", "department"])
def test_the_workbook_made_satisfies_the_validator(name: str, tmp_path: Path) -> None:
    source = write_book(tmp_path / "来源.xlsx", grids_of(name))
    assert run_command("import", source, "-o", tmp_path / "book.xlsx").code == 0
    assert validator_errors(tmp_path / "book.xlsx") == []
