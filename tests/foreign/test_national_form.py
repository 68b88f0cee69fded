"""The national nine-table form: last year beside this year, computed columns, and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.support.command import run_command
from tests.support.drafts import drafted_in, measure
from tests.support.national import NATIONAL, as_foreign, filled_book, rows_of, table_of
from tests.support.received import states
from tests.support.sealed import set_cells
from workbook_templates.reading import EDITIONS_FOLDER, load_edition, read_edition
from workbook_templates.template import template_bytes


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A unit of the form, its tables and its text made."""
    return filled_book(tmp_path_factory.mktemp("中央"))


@pytest.fixture(scope="module")
def elsewhere(filled: Path) -> Path:
    """Its tables alone, in a plain workbook."""
    return as_foreign(filled, filled.with_name("来源.xlsx"))


def test_last_year_stands_beside_this_year_and_the_change_is_computed(filled: Path) -> None:
    lines = table_of(filled, "表五")
    assert [v for v in lines[2] if v] == ["功能分类科目", "2024年执行数", "2025年预算数", "2025年预算数比2024年执行数"]
    by_code = {line[0]: line[2:] for line in lines[4:]}
    assert by_code["2010301"] == [1100, 1251.57, 1251.57, None, 151.57, 13.78]
    assert by_code["2010303"] == [33.33, None, None, None, -33.33, -100]  # of last year alone
    assert by_code["2010302"] == [None, 30, None, 30, 30, None]  # this year's money alone, and no percentage of nothing
    assert by_code["2080505"] == [200, 200, 200, None, None, None]
    assert "2120803" not in by_code
    assert table_of(filled, "表七")[5] == [48, 28, 15, None, 15, 5, 47, 30, 12, None, 12, 5]


def test_several_rows_stand_at_the_bottom_in_their_order(filled: Path) -> None:
    lines = table_of(filled, "表一")
    assert [line[2] for line in lines[-3:]] == ["本年支出合计", "结转下年", "支出总计"]
    assert lines[-1] == ["收入总计", 1635.57, "支出总计", 1635.57]
    assert [line[2] for line in table_of(filled, "表四")[4:7]] == [
        "一、本年支出",
        "（一）一般公共服务支出",
        "（二）社会保障和就业支出",
    ]


def test_it_passes_and_is_finished_and_received(filled: Path, tmp_path: Path) -> None:
    done = run_command("validate", filled)
    assert done.code == 0, done.out
    assert "强制0条，提示0条" in done.out, done.out
    at = rows_of(filled, "基础信息")
    numbers = range(1, 3)
    for number in numbers:
        told = {"单位编码": f"1{number:02d}", "单位名称": f"第{number}部", "预算主管部门": "某上级部"}
        set_cells(filled, tmp_path / f"{number}.xlsx", {("基础信息", f"B{at[k]}"): v for k, v in told.items()})
        done = run_command("submit", tmp_path / f"{number}.xlsx", "-o", tmp_path / "来文")
        assert done.code == 0, done.out + done.err
    done = run_command("receive", tmp_path / "来文", "-o", tmp_path / "汇总.xlsx")
    assert done.code == 0, done.out + done.err
    assert list(states(tmp_path / "汇总.xlsx").values()) == ["已汇总"] * len(numbers)
    by_code = {line[0]: line[2:] for line in table_of(tmp_path / "汇总.xlsx", "表五")[4:]}
    # In yuan 11 000 000.00 last year and 12 515 678.90 this year a unit.
    now, before = (round(len(numbers) * yuan / 10000, 2) for yuan in (12515678.9, 11_000_000))
    assert by_code["2010301"] == [before, now, now, None, round(now - before, 2), 13.78]
    assert table_of(tmp_path / "汇总.xlsx", "表七")[5][:2] == [48 * len(numbers), 28 * len(numbers)]


def test_its_document_has_every_table_with_its_figures_and_every_section(filled: Path, tmp_path: Path) -> None:
    done = run_command("report", filled, "-o", tmp_path / "公开.docx", "--fast")
    assert done.code == 0, done.err
    document = Document(str(tmp_path / "公开.docx"))
    edition = load_edition(NATIONAL)
    printed = [[cell.text for row in table.rows for cell in row.cells] for table in document.tables]
    assert len(printed) == len(edition.forms)
    for form, cells in zip(edition.forms, printed, strict=True):
        amounts = [v for line in table_of(filled, form.sheet) for v in line if isinstance(v, int | float)]
        assert {f"{v:,.2f}" for v in amounts} <= {*cells}, form.sheet
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert all(section.heading in text for section in edition.narrative.sections)


def test_a_draft_of_it_has_last_year_the_changes_and_the_year_of_the_money(elsewhere: Path, tmp_path: Path) -> None:
    done = run_command("edition", "draft", elsewhere, "-o", tmp_path / "2025-other")
    assert done.code == 0, done.err
    done = run_command("edition", "check", tmp_path / "2025-other")
    assert done.code == 0, done.err
    draft = drafted_in(tmp_path / "2025-draft", elsewhere, "-national")
    found = measure(load_edition(NATIONAL), draft)
    assert found.right >= 0.8 * found.lines, found
    assert found.found >= 0.6 * found.relations, found
    assert found.wrong == (), found
    columns = {column.key: column for column in draft.forms[4].blocks[0].columns}
    assert columns["增减%"].change == ("上年执行数", "小计")
    assert columns["增减%"].percent
    assert dict(columns["小计"].where) == {"flow": ("支出",), "year": ("本年",)}
    assert dict(columns["上年执行数"].where) == {"flow": ("上年数",)}
    assert [spec.sheet for spec in draft.lists] == ["上年数"]
    assert draft.forms[4].headings[0][2] == "{last}年执行数"


def test_its_tables_elsewhere_are_taken_over_completely(filled: Path, elsewhere: Path, tmp_path: Path) -> None:
    done = run_command("import", elsewhere, "-o", tmp_path / "导入.xlsx")
    assert f"版式：{NATIONAL}，识别出9张表，共9张" in done.out, done.out + done.err
    for form in load_edition(NATIONAL).forms:
        assert table_of(tmp_path / "导入.xlsx", form.sheet) == table_of(filled, form.sheet)
    done = run_command("validate", tmp_path / "导入.xlsx")
    assert done.code == 0, done.out


def test_next_year_begins_with_this_years_figures(filled: Path, tmp_path: Path) -> None:
    done = run_command("new", tmp_path / "下年.xlsx", "--from", filled)
    assert done.code == 0, done.err
    sheet = load_workbook(tmp_path / "下年.xlsx")["上年三公经费"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=4, max_col=2)]
    assert lines == [["因公出国（境）费", 300_000], ["公务用车运行费", 120_000], ["公务接待费", 50_000]]


def test_a_list_takes_its_rows_from_the_codes_of_last_years_table(filled: Path, tmp_path: Path) -> None:
    own = tmp_path / "2026-own"
    assert run_command("edition", "copy", NATIONAL, own.name, "-o", tmp_path).code == 0
    ledger = (EDITIONS_FOLDER / NATIONAL / "ledger.toml").read_text("utf-8")
    flow = 'flow = "上年执行"\n'
    (own / "ledger.toml").write_text(ledger.replace(flow, f'{flow}last = {{ "*" = "T5[#3].小计" }}\n'), "utf-8")
    (own / "template.xlsx").write_bytes(template_bytes(read_edition(own)))
    assert run_command("edition", "check", own).code == 0
    done = run_command("new", tmp_path / "下年.xlsx", "--from", filled, "--edition", own)
    assert done.code == 0, done.err
    assert "上年执行数：由上年各表填入3行" in done.out, done.out
    sheet = load_workbook(tmp_path / "下年.xlsx")["上年执行数"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=5, max_col=4)]
    assert [[line[0], line[1], line[3]] for line in lines] == [
        ["一般公共预算", "2010301", 12_515_700],
        ["一般公共预算", "2010302", 300_000],
        ["一般公共预算", "2080505", 2_000_000],
        [None, None, None],
    ]


@pytest.mark.parametrize(("sheet", "cell", "rule"), [("表五", "C3", "F27"), ("表五", "H5", "F63"), ("表五", "G5", "")])
def test_a_wrong_year_or_a_wrong_change_is_found(
    filled: Path, tmp_path: Path, sheet: str, cell: str, rule: str
) -> None:
    value = "2025年执行数" if rule == "F27" else 99.5
    set_cells(filled, tmp_path / "错.xlsx", {(sheet, cell): value})
    done = run_command("validate", tmp_path / "错.xlsx")
    assert done.code == 1, done.out
    assert f"{sheet}!{cell}" in done.out, done.out
    assert rule in done.out, done.out
