"""The performance forms: made from the inputs, laid out on their sheet, and nothing of the clerk's lost."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.workbook import Workbook as Book

from addin.commands import sample_workbook
from addin.files import Workbook
from addin.layout import MAIN, Styles
from tests.support.books import edited, parts_of, sheet_of, sheet_parts
from tests.support.command import run_command
from tests.support.ledgers import CLEAN, write_csv
from tests.support.tools import Office, pdf_pages, validator_errors
from udfs.performance import PerformanceForm, performance_forms
from udfs.performance_sheet import TALLEST, sheet_form
from udfs.texts import squeezed
from workbook_templates.edition import Edition
from workbook_templates.errors import EditionError
from workbook_templates.performance import read_performance
from workbook_templates.sample import Sample

FORMS, PROJECTS, INDICATORS, BASIC = "绩效目标", "项目信息", "绩效指标", "基础信息"
TOP, WIDTH, MARK = 4, 8, 12


def fill(source: Path, out: Path) -> Path:
    done = run_command("fill", source, "-o", out)
    assert done.code == 0, done.err
    return out


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's workbook with its inputs alone; not to be changed."""
    return sample_workbook(tmp_path_factory.mktemp("inputs") / "填报.xlsx", Sample()).path


@pytest.fixture(scope="module")
def filled(inputs: Path) -> Path:
    """The same with its tables and forms; not to be changed."""
    return fill(inputs, inputs.with_name("各表.xlsx"))


@pytest.fixture(scope="module")
def forms(filled: Path, edition: Edition) -> tuple[PerformanceForm, ...]:
    book = Workbook(filled)
    return performance_forms(edition, book.grids, book.package.names)


def sheet_xml(path: Path, sheet: str = FORMS) -> etree._Element:
    parts = parts_of(path)
    return etree.fromstring(parts[sheet_parts(parts)[sheet]])


def shape(path: Path) -> dict[str, Any]:
    """Values, merged cells, page breaks, heights and formats of the forms' sheet, from its first form down."""
    sheet = sheet_of(load_workbook(path), FORMS)
    cells = {
        cell.coordinate: (cell.value, cell.style)
        for line in sheet.iter_rows(min_row=TOP)
        for cell in line
        if cell.value is not None or cell.style != "Normal"
    }
    heights = {row: d.height for row, d in sheet.row_dimensions.items() if row >= TOP and d.height}
    merges = sorted(str(area) for area in sheet.merged_cells.ranges)
    return {"cells": cells, "heights": heights, "merges": merges, "breaks": [b.id for b in sheet.row_breaks.brk]}


# ------------------------------------------------------------------ the forms


def test_the_whole_unit_comes_first_and_every_project_has_its_form(forms: tuple[PerformanceForm, ...]) -> None:
    assert [form.kind for form in forms] == ["whole"] + ["project"] * 8
    assert forms[0].subject == "示例市商务局"
    assert forms[0].title == "预算部门（单位）整体支出绩效目标申报表"
    assert {form.title for form in forms[1:]} == {"预算部门（单位）项目支出绩效目标表"}
    assert {form.subtitle for form in forms} == {"（2024年度）"}
    assert all(form.disclosed for form in forms)


def test_every_form_is_a_whole_grid(forms: tuple[PerformanceForm, ...]) -> None:
    for form in forms:
        taken: dict[tuple[int, int], int] = {}
        for row, column, cell in form.placed():
            for r in range(cell.rowspan):
                for c in range(cell.colspan):
                    at = row + r, column + c
                    taken[at] = taken.get(at, 0) + 1
        assert taken == {(r, c): 1 for r in range(len(form.rows)) for c in range(len(form.widths))}, form.subject


def test_the_whole_units_figures_are_those_of_tables_and_ledger(forms: tuple[PerformanceForm, ...]) -> None:
    shown = {}
    for line in forms[0].rows:
        for label, value in zip(line, line[1:], strict=False):
            if label.is_label and isinstance(value.value, Decimal):
                shown.setdefault(label.text, value.text)
    assert shown == {
        "合计": "695.96",
        "其中：一般公共预算资金": "695.96",
        "政府性基金预算资金": "0.00",
        "国有资本经营预算资金": "0.00",
        "社会保险基金预算资金": "0.00",
        "专户管理资金": "0.00",
        "单位资金": "0.00",
        "其中：基本支出": "624.11",
        "项目支出": "71.85",
    }


def test_a_projects_form_says_all_that_is_filled_in(
    inputs: Path, edition: Edition, forms: tuple[PerformanceForm, ...]
) -> None:
    sheet = sheet_of(load_workbook(inputs), PROJECTS)
    head = [squeezed(cell.value).strip("*") for cell in sheet[1]]
    for number, form in enumerate(forms[1:], 2):
        record = dict(zip(head, [cell.value for cell in sheet[number]], strict=False))
        text = "\n".join(cell.text for line in form.rows for cell in line)
        for label in ("项目名称", "实施单位", "项目概况", "立项依据", "实施期总体目标", "年度总体目标"):
            assert str(record[label]) in text, (form.subject, label)
        assert f"{record['年度资金总额']:,.2f}" in text
        assert f"{record['主管部门代码']}-{record['主管部门']}" in text
        assert {"一次性项目": "一次性项目（1年结束）", "经常性项目": "经常性项目（长期开展）"}[
            record["项目属性"]
        ] in text
    words = {cell.text for form in forms for line in form.rows for cell in line}
    for level in edition.performance.levels:
        assert {level.first, *level.second} <= words


def _without(*projects: str) -> Callable[[Book], None]:
    """Projects and their indicators taken out of the inputs."""

    def change(book: Book) -> None:
        for name in (PROJECTS, INDICATORS):
            sheet = sheet_of(book, name)
            for row in range(sheet.max_row, 1, -1):
                if sheet.cell(row, 1).value in projects:
                    sheet.delete_rows(row)

    return change


def _managed(value: str) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        sheet_of(book, PROJECTS)["H3"] = value

    return change


def test_a_project_outside_performance_management_has_no_form_and_an_undisclosed_one_says_so(
    tmp_path: Path, inputs: Path, edition: Edition
) -> None:
    def change(book: Book) -> None:
        sheet = sheet_of(book, PROJECTS)
        sheet["H3"], sheet["I4"] = "否", "否"

    book = Workbook(edited(inputs, tmp_path / "改.xlsx", change))
    found = performance_forms(edition, book.grids, book.package.names)
    assert len(found) == 8
    assert "内外贸发展-展会及会议经费" not in [form.subject for form in found]
    assert [form.subject for form in found if not form.disclosed] == ["法律顾问聘请费用"]


# ------------------------------------------------------------------ on their sheet


def test_every_form_begins_a_page_below_the_one_before(filled: Path) -> None:
    sheet = sheet_of(load_workbook(filled), FORMS)
    titles = [
        row for row in range(TOP, sheet.max_row + 1) if str(sheet.cell(row, 1).value).startswith("预算部门（单位）")
    ]
    assert titles[0] == TOP
    assert len(titles) == 9
    assert [brk.id + 1 for brk in sheet.row_breaks.brk] == titles[1:]
    assert sheet.print_area.startswith(f"'{FORMS}'!$A${TOP}:$H$")
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == (
        "9",
        "portrait",
        1,
    )


def test_merged_cells_lie_apart_and_within_the_printed_columns(filled: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for area in sheet_of(load_workbook(filled), FORMS).merged_cells.ranges:
        left, top, right, bottom = range_boundaries(str(area))
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        assert not cells & taken
        assert right <= WIDTH
        taken |= cells


def test_cells_have_the_templates_named_styles_and_no_new_format(filled: Path, template: Path) -> None:
    assert parts_of(filled)["xl/styles.xml"] == parts_of(template)["xl/styles.xml"]
    sheet = sheet_of(load_workbook(filled), FORMS)
    styles = {sheet.cell(row, column).style for row in range(TOP, sheet.max_row + 1) for column in range(1, WIDTH + 1)}
    assert styles == {"公开-标题", "公开-表单年度", "公开-表单标签", "公开-表单正文", "公开-表单金额"}


def test_filling_again_changes_nothing(tmp_path: Path, filled: Path) -> None:
    again = fill(filled, tmp_path / "再.xlsx")
    assert etree.tostring(sheet_xml(again)) == etree.tostring(sheet_xml(filled))


def test_a_fill_after_projects_went_leaves_what_a_fresh_one_gives(tmp_path: Path, inputs: Path, filled: Path) -> None:
    change = _without("遗属补助", "2024年保密设备购置经费")
    fresh = fill(edited(inputs, tmp_path / "新.xlsx", change), tmp_path / "新表.xlsx")
    again = fill(edited(filled, tmp_path / "旧.xlsx", change), tmp_path / "旧表.xlsx")
    assert shape(again) == shape(fresh)
    assert len(shape(again)["breaks"]) == 6


def test_with_the_inputs_blank_again_the_sheet_is_empty_again(tmp_path: Path, filled: Path, template: Path) -> None:
    def change(book: Book) -> None:
        for name in (PROJECTS, INDICATORS):
            sheet = sheet_of(book, name)
            sheet.delete_rows(2, sheet.max_row)

    emptied = fill(edited(filled, tmp_path / "空.xlsx", change), tmp_path / "空表.xlsx")
    sheet = sheet_of(load_workbook(emptied), FORMS)
    assert [c.coordinate for line in sheet.iter_rows(min_row=TOP) for c in line if c.value is not None] == []
    assert shape(emptied)["merges"] == shape(template)["merges"]
    assert shape(emptied)["breaks"] == []
    assert shape(emptied)["heights"] == {}


def test_nothing_is_written_while_both_lists_are_blank(tmp_path: Path, template: Path) -> None:
    out = tmp_path / "新.xlsx"
    done = run_command("new", out, "--ledger", write_csv(tmp_path / "明细.csv", CLEAN), "--unit", "某市商务局")
    assert done.code == 0, done.err
    part = sheet_parts(parts_of(template))[FORMS]
    assert parts_of(out)[part] == parts_of(template)[part]
    done = run_command("validate", out, "--json")
    assert '"rule": "E' not in done.out


def _note(cell: str, text: str) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        sheet_of(book, FORMS)[cell] = text

    return change


@pytest.mark.parametrize("cell", ["N20", "A2000", "J9"])
def test_what_she_wrote_beside_or_below_stays(tmp_path: Path, filled: Path, cell: str) -> None:
    noted = edited(filled, tmp_path / "注.xlsx", _note(cell, "科长意见：同意"))
    for change in (_managed("是"), _managed("否")):
        again = fill(edited(noted, tmp_path / "改.xlsx", change), tmp_path / "再.xlsx")
        assert sheet_of(load_workbook(again), FORMS)[cell].value == "科长意见：同意"


def test_what_she_wrote_where_a_form_must_stand_is_not_lost(tmp_path: Path, inputs: Path) -> None:
    noted = edited(inputs, tmp_path / "注.xlsx", _note("C30", "科长意见：同意"))
    done = run_command("fill", noted, "-o", tmp_path / "再.xlsx")
    assert done.code == 2
    assert "“绩效目标”第30行" in done.err
    assert not (tmp_path / "再.xlsx").exists()


def _insert_row(book: Book) -> None:
    sheet = sheet_of(book, FORMS)
    sheet.insert_rows(50)
    sheet["B50"] = "另注"


def test_a_row_she_put_between_is_not_lost(tmp_path: Path, filled: Path) -> None:
    done = run_command("fill", edited(filled, tmp_path / "插.xlsx", _insert_row), "-o", tmp_path / "再.xlsx")
    assert done.code == 2
    assert "“绩效目标”第50行" in done.err


def _long_duties(book: Book) -> None:
    sheet = sheet_of(book, BASIC)
    row = next(row for row in range(1, 80) if str(sheet.cell(row, 1).value).startswith("单位职责"))
    sheet.cell(row, 2).value = (
        "\n".join(f"{n}、{'贯彻执行有关法律法规和政策，' * 6}。" for n in range(1, 40)) + "末" * 6000
    )


def test_a_text_too_tall_for_a_row_goes_on_in_the_next(tmp_path: Path, inputs: Path, edition: Edition) -> None:
    source = edited(inputs, tmp_path / "长.xlsx", _long_duties)
    sheet = sheet_of(load_workbook(fill(source, tmp_path / "长表.xlsx")), FORMS)
    heights = [d.height for row, d in sheet.row_dimensions.items() if row >= TOP and d.height]
    assert max(heights) <= TALLEST
    book = Workbook(source)
    form = performance_forms(edition, book.grids, book.package.names)[0]
    wanted = next(cell.text for line in form.rows for cell in line if cell.text.startswith("1、"))
    texts = [str(sheet.cell(row, 2).value or "") for row in range(TOP, 40)]
    first = next(i for i, text in enumerate(texts) if text.startswith("1、"))
    assert "".join(texts[first:]).replace("\n", "").startswith(wanted.replace("\n", ""))


def test_the_forms_as_laid_out_hold_every_text_of_the_forms(forms: tuple[PerformanceForm, ...]) -> None:
    for form in forms:
        laid = [value for line in sheet_form(form).cells for value in line if value is not None]
        given = [cell.value for line in form.rows for cell in line if cell.value is not None]
        assert sorted(map(str, laid)) == sorted(map(str, [form.title, form.subtitle, *given]))


def test_a_format_that_is_missing_is_added_once_and_an_altered_one_left_alone() -> None:
    xml = f"""<styleSheet xmlns="{MAIN}"><cellStyleXfs count="2"><xf numFmtId="0" fontId="0"/>
    <xf numFmtId="0" fontId="1"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" xfId="0"/>
    <xf numFmtId="0" fontId="3" xfId="1"/></cellXfs><cellStyles count="1"><cellStyle name="公开-表单正文" xfId="1"/>
    </cellStyles></styleSheet>"""
    styles = Styles(etree.fromstring(xml))
    assert styles.index("公开-表单正文") == styles.index("公开-表单正文") == "2"
    assert styles.changed
    formats = styles.root.find(f"{{{MAIN}}}cellXfs")
    assert formats is not None
    assert [(x.get("fontId"), x.get("xfId")) for x in formats] == [("0", "0"), ("3", "1"), ("1", "1")]
    assert formats.get("count") == "3"
    assert Styles(styles.root).index("没有的样式") == ""


def test_a_workbook_saved_by_another_program_is_filled_alike(tmp_path: Path, inputs: Path, filled: Path) -> None:
    resaved = edited(inputs, tmp_path / "另存.xlsx", lambda _: None)
    assert shape(fill(resaved, tmp_path / "另表.xlsx")) == shape(filled)


@pytest.mark.validator
def test_microsofts_validator_has_nothing_against_the_forms(tmp_path: Path, filled: Path) -> None:
    assert validator_errors(filled) == []
    fewer = edited(filled, tmp_path / "少.xlsx", _without("遗属补助"))
    assert validator_errors(fill(fewer, tmp_path / "少表.xlsx")) == []


@pytest.mark.live
def test_every_form_prints_on_pages_of_its_own(
    tmp_path: Path, filled: Path, forms: tuple[PerformanceForm, ...], soffice: Office
) -> None:
    def alone(book: Book) -> None:
        for name in [name for name in book.sheetnames if name != FORMS]:
            del book[name]
        sheet = sheet_of(book, FORMS)
        sheet.conditional_formatting = type(sheet.conditional_formatting)()

    pages = [
        squeezed(page)
        for page in pdf_pages(soffice.convert(edited(filled, tmp_path / "表.xlsx", alone), "pdf", tmp_path))
    ]
    begins = [
        number
        for number, page in enumerate(pages)
        if page.startswith("预算部门(单位)") or page.startswith("预算部门（单位）")
    ]
    assert len(begins) == len(forms)
    assert begins[0] == 0
    for form, first, after in zip(forms, begins, [*begins[1:], len(pages)], strict=True):
        printed = "".join(pages[first:after])
        assert after - first <= (4 if form.kind == "whole" else 1)
        for line in form.rows:
            for cell in line:
                if cell.is_label and len(cell.text) <= 4:
                    assert squeezed(cell.text) in printed, (form.subject, cell.text)


# ------------------------------------------------------------------ the state on 封面


def _cover(path: Path) -> dict[str, tuple[Any, Any]]:
    sheet = sheet_of(load_workbook(path), "封面")
    return {str(line[1]): (line[3], line[4]) for line in sheet.iter_rows(min_row=7, max_col=5, values_only=True)}


def test_the_cover_says_how_far_the_forms_are(tmp_path: Path, inputs: Path, filled: Path) -> None:
    checked = tmp_path / "校验.xlsx"
    assert run_command("validate", filled, "-o", checked).code == 0
    cover = _cover(checked)
    assert cover[FORMS] == ("已生成", "通过")
    assert cover[PROJECTS] == ("已填：8行", "通过")
    assert _cover(filled)[FORMS] == ("已生成", "未校验")
    out = tmp_path / "新.xlsx"
    assert (
        run_command("new", out, "--ledger", write_csv(tmp_path / "明细.csv", CLEAN), "--unit", "某市商务局").code == 0
    )
    run_command("validate", out, "-o", tmp_path / "新校验.xlsx")
    blank = _cover(tmp_path / "新校验.xlsx")
    assert blank[FORMS] == ("待生成", "不适用")
    assert blank[INDICATORS] == ("待填", "不适用")


# ------------------------------------------------------------------ the edition's file


def _changes() -> Iterator[tuple[str, str, str]]:
    yield 'text = "{basic.duties}"', 'text = "{basic.dutys}"', "basic.dutys"
    yield 'money = "general"', 'money = "generel"', "generel"
    yield '{ label = "部门名称", span = 2 }', '{ label = "部门名称", span = 3 }', "没有恰好占满"
    yield 'plus = "T1[支出总计].合计"', 'plus = "T1[支出合计].合计"', "支出合计"
    yield 'ledger = { source = "单位资金" }', 'ledger = { sauce = "单位资金" }', "sauce"
    yield 'second = ["服务对象满意度指标"]', 'second = ["满意度"]', "levels"
    yield 'whole = "整体"', "", "whole"
    yield 'list = "functions"', 'list = "function"', "function"
    yield "value = [1, 1]", "value = [1]", "各级的栏数"
    yield '"一次性项目" = ', '"单次项目" = ', "单次项目"
    yield "[sheet]", "[sheet", "语法错误"


@pytest.mark.parametrize(("old", "new", "says"), _changes(), ids=lambda text: text[:20])
def test_a_mistake_in_the_editions_file_is_named(
    tmp_path: Path, edition: Edition, old: str, new: str, says: str
) -> None:
    text = (edition.folder / "performance.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "performance.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(EditionError, match=re.escape(says)):
        read_performance(tmp_path, edition.forms, edition.input_sheets, edition.spending)


def test_labels_are_the_editions_alone(edition: Edition) -> None:
    """No label of the official form stands in the code."""
    raw = tomllib.loads((edition.folder / "performance.toml").read_text(encoding="utf-8"))
    labels = {
        cell["label"]
        for form in ("whole", "project")
        for part in raw[form]["parts"]
        for line in part.get("rows", ())
        for cell in line
        if cell.get("label")
    }
    root = Path(__file__).parents[1]
    for path in [*root.glob("udfs/**/performance*.py"), *root.glob("udfs/indicators.py"), *root.glob("addin/*.py")]:
        code = re.sub(r'"""[\s\S]*?"""|@check\(.*\)', "", path.read_text(encoding="utf-8"))
        assert [label for label in labels if f'"{label}"' in code] == [], path.name
