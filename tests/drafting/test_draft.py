"""An edition drafted from a form: what comes right without anybody's help, what is asked, and what it is good for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli
from docx import Document
from msgspec.structs import replace
from openpyxl import Workbook as Form
from openpyxl import load_workbook

from tests.support.command import run_command
from tests.support.drafts import drafted_in, measure
from tests.support.twelve import YEARS, as_foreign, filled_book
from workbook_templates.reading import load_edition, read_edition


@pytest.fixture(scope="module", params=YEARS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A workbook of one year's form, its tables made."""
    year: str = request.param
    return year, filled_book(tmp_path_factory.mktemp(year), year)


def test_most_of_a_filled_form_comes_right_and_nothing_wrong_is_said_to_be_sure(
    filled: tuple[str, Path], tmp_path: Path
) -> None:
    year, book = filled
    as_foreign(year, book, tmp_path / "来源.xlsx")
    found = measure(load_edition(f"{year}-jiangsu"), drafted_in(tmp_path / "draft", tmp_path / "来源.xlsx", "-jiangsu"))
    assert found.right >= 0.85 * found.lines, found
    assert found.found >= 0.75 * found.relations, found
    assert found.wrong == (), found


def test_a_word_document_gives_what_its_workbook_gives(tmp_path: Path) -> None:
    as_foreign("2018", filled_book(tmp_path, "2018"), tmp_path / "来源.xlsx")
    document = Document()
    for sheet in load_workbook(tmp_path / "来源.xlsx"):
        lines = [["" if value is None else str(value) for value in line] for line in sheet.iter_rows(values_only=True)]
        for line in lines[:3]:
            document.add_paragraph("　　".join(filter(None, line)))
        table = document.add_table(0, sheet.max_column, "Table Grid")
        for line in lines[3:]:
            for cell, text in zip(table.add_row().cells, line, strict=True):
                cell.text = text
    document.save(str(tmp_path / "来源.docx"))
    one, other = (drafted_in(tmp_path / end, tmp_path / f"来源.{end}", "-jiangsu") for end in ("xlsx", "docx"))
    assert [replace(form, widths=()) for form in one.forms] == [replace(form, widths=()) for form in other.forms]
    assert one.relations == other.relations


def test_a_margin_beside_the_tables_changes_nothing(tmp_path: Path) -> None:
    as_foreign("2018", filled_book(tmp_path, "2018"), tmp_path / "来源.xlsx")
    opened = load_workbook(tmp_path / "来源.xlsx")
    for sheet in opened:
        sheet.move_range(sheet.dimensions, cols=1)
        sheet["A2"], sheet["B2"] = sheet["B2"].value, None  # a title that is centred over all columns
    opened.save(tmp_path / "右.xlsx")
    one, other = (drafted_in(tmp_path / n, tmp_path / f"{n}.xlsx", "-jiangsu") for n in ("来源", "右"))
    assert one.forms == other.forms
    assert one.relations == other.relations


@pytest.mark.parametrize(("title", "file", "year"), [("2019年", "表", 2019), ("", "某厅2018", 2018)])
def test_the_year_is_that_of_the_titles_and_no_part_of_a_code(tmp_path: Path, title: str, file: str, year: int) -> None:
    made = Form()
    sheet = made.active
    assert sheet is not None
    for line in (
        [f"{title}支出预算表"],
        ["部门：某厅", "", "单位：万元"],
        ["功能科目编码", "功能科目名称", "金额"],
        ["2010301", "行政运行", 12],
        ["2050101", "行政运行", 12],
    ):
        sheet.append(line)
    made.save(tmp_path / f"{file}.xlsx")
    draft = drafted_in(tmp_path / "draft", tmp_path / f"{file}.xlsx", "-jiangsu")
    assert (draft.year, draft.codes.folder.name) == (year, str(year))


def test_where_no_unit_of_measure_stands_above_a_table_its_title_begins_it(tmp_path: Path) -> None:
    made = Form()
    sheet = made.active
    assert sheet is not None
    for line in (
        ["公开03表"],
        ["2019年支出预算总表"],
        ["部门：某厅"],
        ["", "合计", "基本支出", "项目支出"],
        [0.5, 30, 20, 10],
    ):
        sheet.append(line)
    made.save(tmp_path / "表.xlsx")
    (form,) = drafted_in(tmp_path / "2019-one", tmp_path / "表.xlsx", "-jiangsu").forms
    assert form.title == "{year}年支出预算总表"
    assert form.headings == (("", "合计", "基本支出", "项目支出"),)
    assert [column.key for column in form.blocks[0].columns] == ["第1栏", "合计", "基本支出", "项目支出"]


@pytest.mark.parametrize("amount", [12, None])
def test_a_word_far_to_the_right_of_a_form_makes_no_columns(tmp_path: Path, amount: int | None) -> None:
    made = Form()
    sheet = made.active
    assert sheet is not None
    for line in (
        ["支出预算总表"],
        ["部门：某厅", "", "", "单位：万元"],
        ["项目名称", "合计", "其中", ""],
        ["", "", "基本支出", "项目支出"],
        ["合计", amount, amount, amount and 0],
    ):
        sheet.append(line)
    sheet.merge_cells("A3:A4")
    sheet.merge_cells("B3:B4")
    sheet.merge_cells("C3:D3")
    sheet.cell(3, 3_000, "返回目录")
    made.save(tmp_path / "表.xlsx")
    (form,) = drafted_in(tmp_path / "2019-one", tmp_path / "表.xlsx", "-jiangsu").forms
    assert [column.key for column in form.blocks[0].columns][:3] == ["合计", "基本支出", "项目支出"]
    assert form.width == 5


def test_a_title_and_the_name_of_the_unit_on_one_line_are_two(tmp_path: Path) -> None:
    made = Form()
    sheet = made.active
    assert sheet is not None
    for line in (
        ["一般公共预算支出预算表（功能科目）部门：某厅", "", "单位：万元"],
        ["功能科目编码", "功能科目名称", "金额"],
        ["", "合计", 12],
        ["201", "一般公共服务支出", 12],
    ):
        sheet.append(line)
    made.save(tmp_path / "表.xlsx")
    draft = drafted_in(tmp_path / "2019-one", tmp_path / "表.xlsx", "-jiangsu")
    assert draft.forms[0].title == "一般公共预算支出预算表（功能科目）"
    assert draft.unit_name_line == "部门：{unit}"


def test_a_column_that_only_widens_its_neighbours_heading_is_none(tmp_path: Path) -> None:
    made = Form()
    sheet = made.active
    assert sheet is not None
    for line in (
        ["收入预算总表"],
        ["部门：某厅", "", "", "单位：万元"],
        ["项目名称", "", "", "金额"],
        ["收入总计", "", "", 12],
        ["一般公共预算资金", "", "小计", 12],
    ):
        sheet.append(line)
    sheet.merge_cells("A3:C3")
    made.save(tmp_path / "表.xlsx")
    (form,) = drafted_in(tmp_path / "2019-one", tmp_path / "表.xlsx", "-jiangsu").forms
    assert form.headings == (("项目名称", "<", "金额"),)
    assert [label.at for label in form.blocks[0].labels] == [1, 2]
    assert form.blocks[0].columns[0].at == 3


def test_a_draft_is_an_edition_that_can_be_worked_with(filled: tuple[str, Path], tmp_path: Path) -> None:
    year, book = filled
    form, draft = tmp_path / "来源.xlsx", tmp_path / f"{year}-draft"
    as_foreign(year, book, form)
    done = run_command("edition", "draft", form, "-o", draft)
    assert done.code == 0, done.err
    assert "12张表" in done.out
    done = run_command("edition", "check", draft)
    assert done.code == 0, done.err
    asked = sum(path.read_text(encoding="utf-8").count("# 问") for path in draft.rglob("*.toml"))
    assert asked
    assert f"待回答的问题{asked}个" in done.out
    done = run_command("import", form, "-o", tmp_path / "导入.xlsx", "--edition", draft)
    assert done.code == 0, done.err
    assert "识别出12张表，共12张" in done.out
    assert run_command("validate", tmp_path / "导入.xlsx").code == 0


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """A blank form of two tables, its headings merged, the names of the classes left open."""
    made = Form()
    sheet = made.active
    assert sheet is not None
    for line in (
        ["2026年预算单位收支总表"],
        ["编制单位：", None, None, None, "单位：元"],
        ["本年收入", None, "本年支出", None, None],
        ["项目", "预算数", "项目", "预算数", None],
        [None, None, None, "合计", "基本支出"],
        ["一、财政拨款收入", None, "一、一般公共服务支出", None, None],
        ["1、一般公共预算", None, "二、", None, None],
        ["2、政府性基金预算", None, "三、…", None, None],
        ["收入总计", None, "支出总计", None, None],
    ):
        sheet.append(line)
    for area in ("A3:B3", "C3:E3", "A4:A5", "B4:B5", "C4:C5", "D4:E4"):
        sheet.merge_cells(area)
    other = made.create_sheet("支出")
    for line in (
        ["2026年预算单位政府性基金预算支出表"],
        ["编制单位：", None, None, None, "单位：元"],
        ["功能分类科目编码", None, None, "功能分类科目名称", "金额"],
        ["类", "款", "项", None, None],
        ["212", "08", "03", "城市建设支出", None],
        ["合计"],
    ):
        other.append(line)
    for area in ("A3:C3", "D3:D4", "E3:E4"):
        other.merge_cells(area)
    made.save(tmp_path / "空表.xlsx")
    return tmp_path / "空表.xlsx"


def test_a_blank_form_gives_headings_codes_and_classes(blank: Path, tmp_path: Path) -> None:
    assert run_command("edition", "draft", blank, "-o", tmp_path / "2026-blank").code == 0
    one, two = read_edition(tmp_path / "2026-blank").forms
    assert one.title == "{year}年预算单位收支总表"
    assert one.measure == "元"
    assert one.headings == (
        ("本年收入", "<", "本年支出", "<", "<"),
        ("项目", "预算数", "项目", "预算数", "<"),
        ("^", "^", "^", "合计", "基本支出"),
    )
    assert [label.shows for block in one.blocks for label in block.labels] == ["label", "numbered"]
    assert two.headings == (("功能分类科目编码", "<", "<", "功能分类科目名称", "金额"), ("类", "款", "项", "^", "^"))
    assert two.blocks[0].shows == ("part1", "part2", "part3", "name")
    assert dict(two.blocks[0].where) == {"flow": ("支出",), "source": ("政府性基金预算",)}


def test_a_file_without_a_table_and_a_folder_with_content_are_refused(blank: Path, tmp_path: Path) -> None:
    empty = Form()
    empty.save(tmp_path / "无表.xlsx")
    done = run_command("edition", "draft", tmp_path / "无表.xlsx", "-o", tmp_path / "2026-none")
    assert done.code == 2
    assert "没有找到任何一张表" in done.err
    assert not (tmp_path / "2026-none").exists()
    (tmp_path / "2026-held").mkdir()
    (tmp_path / "2026-held" / "x.txt").write_text("x", encoding="utf-8")
    done = run_command("edition", "draft", blank, "-o", tmp_path / "2026-held")
    assert done.code == 2
    assert "已经有内容" in done.err


TEXT = (
    "第三部分　2019年度部门预算情况说明",
    "一、收支预算总体情况说明",
    "某省某厅2019年度收入、支出预算总计238.02万元，与上年相比增加10.00万元，增长4.39%。主要原因是政策性增资。",
    "项目支出预算数为25.00万元。另有99.99万元不在各表之中。",
    "二、“三公”经费支出预算情况说明",
    "2019年度一般公共预算拨款安排的培训费预算支出9.00万元。",
)


def test_the_text_of_an_example_becomes_sections_templates_and_the_names_of_its_figures(tmp_path: Path) -> None:
    as_foreign("2019", filled_book(tmp_path, "2019"), tmp_path / "例.xlsx")
    opened = load_workbook(tmp_path / "例.xlsx")
    sheet = opened.create_sheet("文字")
    for line in TEXT:
        sheet.append([line])
    opened.save(tmp_path / "例.xlsx")
    done = run_command("edition", "draft", tmp_path / "例.xlsx", "-o", tmp_path / "2019-own")
    assert done.code == 0, done.err
    narrative = tomli.loads((tmp_path / "2019-own" / "narrative.toml").read_text("utf-8"))
    assert [s["heading"] for s in narrative["sections"]] == ["收支预算总体情况说明", "“三公”经费支出预算情况说明"]
    cells = {f"{{{{ a.{name}|money }}}}": cell for name, cell in narrative["amounts"].items()}
    first = (tmp_path / "2019-own" / "narrative" / "01.j2").read_text("utf-8")
    for name, cell in cells.items():
        first = first.replace(name, cell)
    projects = ("T1[二、项目支出].金额", "T3[预算数].项目支出")
    assert first.splitlines()[1] in [f"¶项目支出预算数为{cell}。" for cell in projects]
    assert re.match(r"¶{{ name }}{{ year }}年度收入、支出预算总计T[13]\[", first)
    assert "99.99" not in first
    assert "增加" not in first
    audit = tomli.loads((tmp_path / "2019-own" / "audit.toml").read_text("utf-8"))
    says = {(f["section"], f["says"][0]): narrative["amounts"][f["value"].removeprefix("a.")] for f in audit["figures"]}
    assert says[1, "项目支出预算"] in projects
    assert says[2, "一般公共预算拨款安排的培训费预算支出"] == "T9[预算数].培训费"
    done = run_command("edition", "check", tmp_path / "2019-own")
    assert done.code == 0, done.err
