"""The performance forms: made from the inputs, laid out on their sheet, and nothing of the clerk's lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tomli
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.workbook import Workbook as Book

from addin.verbs.commands import fill_workbook, sample_workbook
from addin.xlsx.files import Workbook
from addin.xlsx.parts import MAIN
from addin.xlsx.styles import Styles
from tests.support.books import edited, parts_of, sheet_of, sheet_parts
from tests.support.command import run_command
from tests.support.ledgers import CLEAN, write_csv
from tests.support.tools import Office, pdf_pages, validator_errors
from udfs.base.cells import Block
from udfs.base.cells import cell as value_at
from udfs.base.texts import squeezed
from udfs.performance.forms import PerformanceForm, performance_forms
from udfs.performance.sheet import TALLEST, sheet_form
from udfs.tables import Reading
from udfs.validate import inspect, validate
from workbook_templates.reading.edition import Edition
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.performance import performance_of
from workbook_templates.reading.performance_keys import PerformanceKeys
from workbook_templates.reading.sample import Sample
from workbook_templates.reading.toml_files import fitted, read_toml
from workbook_templates.template.styles import FORM_STYLES

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
def plain_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with tables and nothing that forms are made of; not to be changed."""
    folder = tmp_path_factory.mktemp("plain")
    done = run_command(
        "new", folder / "新.xlsx", "--ledger", write_csv(folder / "明细.csv", CLEAN), "--unit", "某市商务局"
    )
    assert done.code == 0, done.err
    return folder / "新.xlsx"


@pytest.fixture(scope="module")
def forms(filled: Path, edition: Edition) -> tuple[PerformanceForm, ...]:
    book = Workbook(filled)
    return performance_forms(Reading(edition, book.grids, book.package.names))


def sheet_xml(path: Path, sheet: str = FORMS) -> etree._Element:
    parts = parts_of(path)
    return etree.fromstring(parts[sheet_parts(parts)[sheet]])


def grid(path: Path, sheet: str = FORMS) -> list[list[Any]]:
    return Workbook(path).grids[sheet]


def at(path: Path, row: int, column: int, sheet: str = FORMS) -> Any:
    return value_at(grid(path, sheet), row, column)


def put(source: Path, target: Path, *cells: tuple[str, int, int, Any]) -> Path:
    """A copy with cells written: sheet, row, column, value."""
    Workbook(source).save_as([Block(sheet, row, column, [[value]]) for sheet, row, column, value in cells], target)
    return target


def without(source: Path, target: Path, *projects: str) -> Path:
    """A copy without those projects and their indicators; all of them where none is named."""
    book = Workbook(source)
    blocks = []
    for name in (PROJECTS, INDICATORS):
        rows = [row for row, line in enumerate(book.grids[name][1:], 2) if not projects or line[0] in projects]
        blocks += [Block(name, row, 1, [[None] * 33]) for row in rows]
    book.save_as(blocks, target)
    return target


def shape(path: Path) -> dict[str, Any]:
    """Values, merged cells, page breaks, heights and formats of the forms' sheet, from its first form down."""
    root = sheet_xml(path)
    styles = {
        item.get("r"): item.get("s")
        for row in root.iter(f"{{{MAIN}}}row")
        if int(row.get("r", "0")) >= TOP
        for item in row
        if item.get("s") or len(item)
    }
    rows = [(int(row.get("r", "0")), row.get("ht")) for row in root.iter(f"{{{MAIN}}}row")]
    values = [[value for value in line[:MARK] if value != ""] for line in grid(path)[TOP - 1 :]]
    while values and not values[-1]:
        values.pop()
    return {
        "values": values,
        "styles": styles,
        "heights": {row: height for row, height in rows if row >= TOP and height},
        "merges": sorted(item.get("ref", "") for item in root.iter(f"{{{MAIN}}}mergeCell")),
        "breaks": [int(item.get("id", "0")) for item in root.iter(f"{{{MAIN}}}brk")],
    }


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
    shown: dict[str, str] = {}
    for line in forms[0].rows:
        for label, value in pairwise(line):
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
    head, *lines = grid(inputs, PROJECTS)
    labels = [squeezed(label).strip("*") for label in head]
    for form, values in zip(forms[1:], lines, strict=True):
        record: dict[str, Any] = dict(zip(labels, values, strict=False))
        text = "\n".join(cell.text for line in form.rows for cell in line)
        for label in ("项目名称", "实施单位", "项目概况", "立项依据", "实施期总体目标", "年度总体目标"):
            assert str(record[label]) in text, (form.subject, label)
        assert f"{record['年度资金总额（元）']:,.2f}" in text
        assert f"{record['主管部门代码']}-{record['主管部门']}" in text
        assert {"一次性项目": "一次性项目（1年结束）", "经常性项目": "经常性项目（长期开展）"}[
            record["项目属性"]
        ] in text
    words = {cell.text for form in forms for line in form.rows for cell in line}
    for level in edition.performance.levels:
        assert {level.first, *level.second} <= words


def test_a_project_outside_performance_management_has_no_form_and_an_undisclosed_one_says_so(
    tmp_path: Path, inputs: Path, edition: Edition
) -> None:
    changed = put(inputs, tmp_path / "改.xlsx", (PROJECTS, 3, 8, "否"), (PROJECTS, 4, 9, "否"))
    book = Workbook(changed)
    found = performance_forms(Reading(edition, book.grids, book.package.names))
    assert len(found) == 8
    assert "内外贸发展-展会及会议经费" not in [form.subject for form in found]
    assert [form.subject for form in found if not form.disclosed] == ["法律顾问聘请费用"]


# ------------------------------------------------------------------ on their sheet


def test_every_form_begins_a_page_below_the_one_before(filled: Path) -> None:
    firsts = [str(line[0]) if line else "" for line in grid(filled)]
    titles = [row for row, text in enumerate(firsts, 1) if text.startswith("预算部门（单位）")]
    assert titles[0] == TOP
    assert len(titles) == 9
    assert [row + 1 for row in shape(filled)["breaks"]] == titles[1:]
    setup = sheet_xml(filled).find(f"{{{MAIN}}}pageSetup")
    assert setup is not None
    assert [setup.get(key) for key in ("paperSize", "orientation", "fitToWidth")] == ["9", "portrait", "1"]


def test_merged_cells_lie_apart_and_within_the_printed_columns(filled: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for area in shape(filled)["merges"]:
        left, top, right, bottom = range_boundaries(area)
        assert None not in (left, top, right, bottom)
        cells = {
            (row, column) for row in range(top or 0, (bottom or 0) + 1) for column in range(left or 0, (right or 0) + 1)
        }
        assert not cells & taken
        assert max(column for _, column in cells) <= WIDTH
        taken |= cells


def test_every_cell_of_the_forms_has_a_format_that_the_template_holds(filled: Path, template: Path) -> None:
    assert parts_of(filled)["xl/styles.xml"] == parts_of(template)["xl/styles.xml"]
    styles = Styles(etree.fromstring(parts_of(filled)["xl/styles.xml"]))
    ours = {styles.index(name) for name in FORM_STYLES}
    found = shape(filled)["styles"]
    rows = len(shape(filled)["values"])
    at_all = {f"{column}{row}" for row in range(TOP, TOP + rows) for column in "ABCDEFGH"}
    assert at_all <= set(found)
    assert {found[place] for place in at_all} == ours


def test_filling_again_changes_nothing(tmp_path: Path, filled: Path) -> None:
    again = fill(filled, tmp_path / "再.xlsx")
    assert etree.tostring(sheet_xml(again), method="c14n") == etree.tostring(sheet_xml(filled), method="c14n")


def test_a_fill_after_projects_went_leaves_what_a_fresh_one_gives(tmp_path: Path, inputs: Path, filled: Path) -> None:
    gone = ("遗属补助", "2024年保密设备购置经费")
    fresh = shape(fill(without(inputs, tmp_path / "新.xlsx", *gone), tmp_path / "新表.xlsx"))
    again = shape(fill(without(filled, tmp_path / "旧.xlsx", *gone), tmp_path / "旧表.xlsx"))
    last = TOP + len(fresh["values"])
    # What no longer holds anything has the columns' own format, as if nothing had been written.
    again["styles"] = {place: s for place, s in again["styles"].items() if int(re.sub(r"\D", "", place)) < last}
    assert again == fresh
    assert len(again["breaks"]) == 6


def test_with_the_inputs_blank_again_the_sheet_is_empty_again(tmp_path: Path, filled: Path, template: Path) -> None:
    emptied = shape(fill(without(filled, tmp_path / "空.xlsx"), tmp_path / "空表.xlsx"))
    assert emptied == shape(template)


def test_nothing_is_written_while_both_lists_are_blank(template: Path, plain_book: Path) -> None:
    part = sheet_parts(parts_of(template))[FORMS]
    assert parts_of(plain_book)[part] == parts_of(template)[part]


def test_what_she_wrote_beside_or_below_stays(tmp_path: Path, filled: Path) -> None:
    notes = [(FORMS, 20, 14, "科长意见"), (FORMS, 2000, 1, "同意"), (FORMS, 9, 10, "已核")]
    again = fill(put(filled, tmp_path / "注.xlsx", *notes, (PROJECTS, 3, 8, "否")), tmp_path / "再.xlsx")
    assert [at(again, row, column) for _, row, column, _ in notes] == ["科长意见", "同意", "已核"]
    assert len(shape(again)["breaks"]) == 7


def test_what_she_wrote_where_a_form_must_stand_is_not_lost(tmp_path: Path, inputs: Path) -> None:
    noted = put(inputs, tmp_path / "注.xlsx", (FORMS, 30, 3, "科长意见：同意"))
    done = run_command("fill", noted, "-o", tmp_path / "再.xlsx")
    assert done.code == 2
    assert "“绩效目标”第30行" in done.err
    assert not (tmp_path / "再.xlsx").exists()


def test_a_row_of_hers_between_the_forms_is_not_lost(tmp_path: Path, filled: Path) -> None:
    # As after inserting a row: no mark stands beside it.
    noted = put(filled, tmp_path / "插.xlsx", (FORMS, 50, 2, "另注"), (FORMS, 50, MARK, None))
    done = run_command("fill", noted, "-o", tmp_path / "再.xlsx")
    assert done.code == 2
    assert "“绩效目标”第50行" in done.err


def test_a_text_too_tall_for_a_row_goes_on_in_the_next(tmp_path: Path, inputs: Path, edition: Edition) -> None:
    duties = "\n".join(f"{n}、{'贯彻执行有关法律法规和政策，' * 6}。" for n in range(1, 40)) + "末" * 6000
    row = next(row for row, line in enumerate(grid(inputs, BASIC), 1) if str(line[0]).startswith("单位职责"))
    source = put(inputs, tmp_path / "长.xlsx", (BASIC, row, 2, duties))
    out = fill(source, tmp_path / "长表.xlsx")
    assert max(map(float, shape(out)["heights"].values())) <= TALLEST
    texts = [str(line[1]) if len(line) > 1 else "" for line in grid(out)]
    first = next(i for i, text in enumerate(texts) if text.startswith("1、"))
    assert "".join(texts[first:]).replace("\n", "").startswith(duties.replace("\n", ""))
    sheet = edition.performance.sheet
    assert [f for f in _findings(out) if f["sheet"] == sheet] == []


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
    found, wanted = shape(fill(resaved, tmp_path / "另表.xlsx")), shape(filled)
    for key in ("values", "heights", "merges", "breaks"):
        assert found[key] == wanted[key]


@pytest.mark.validator
def test_microsofts_validator_has_nothing_against_the_forms(tmp_path: Path, filled: Path) -> None:
    assert validator_errors(filled) == []
    fewer = without(filled, tmp_path / "少.xlsx", "遗属补助")
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
    begins = [number for number, page in enumerate(pages) if page.startswith(squeezed("预算部门（单位）"))]
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
    return {str(line[1]): (line[3], line[4]) for line in grid(path, "封面")[6:]}


def test_the_cover_says_how_far_the_forms_are(tmp_path: Path, filled: Path, plain_book: Path) -> None:
    assert _cover(filled)[FORMS] == ("已生成", "未校验")
    assert run_command("validate", filled, "-o", tmp_path / "校验.xlsx").code == 0
    cover = _cover(tmp_path / "校验.xlsx")
    assert cover[FORMS] == ("已生成", "通过")
    assert cover[PROJECTS] == ("已填：8行", "通过")
    run_command("validate", plain_book, "-o", tmp_path / "新校验.xlsx")
    blank = _cover(tmp_path / "新校验.xlsx")
    assert blank[FORMS] == ("待生成", "不适用")
    assert blank[INDICATORS] == ("待填", "不适用")


def test_a_form_that_is_no_longer_what_the_inputs_give_is_named(tmp_path: Path, filled: Path) -> None:
    row = next(row for row, line in enumerate(grid(filled), 1) if "任务6：补助发放人数" in line)
    stale = put(filled, tmp_path / "改.xlsx", (FORMS, row, 7, "6人"))
    (found,) = [f for f in _findings(stale) if f["sheet"] == FORMS]
    assert (found["rule"], found["grade"], found["cell"]) == ("E41", "强制", f"G{row}")
    assert "“6人”" in found["message"]
    assert "“5人”" in found["message"]


def _findings(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run_command("validate", path, "--json").out)["findings"]
    return found


def test_without_projects_and_indicators_the_family_does_not_apply(plain_book: Path, edition: Edition) -> None:
    book = Workbook(plain_book)
    report = validate(inspect(Reading(edition, book.grids, book.package.names, book.facts)))
    assert {s.status for s in report.statuses if s.rule.startswith("E")} == {"不适用"}


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


@pytest.mark.parametrize(("old", "new", "says"), list(_changes()), ids=lambda text: text[:20])
def test_a_mistake_in_the_editions_file_is_named(
    tmp_path: Path, edition: Edition, old: str, new: str, says: str
) -> None:
    text = (edition.folder / "performance.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "performance.toml").write_text(text.replace(old, new), encoding="utf-8")

    def read() -> None:
        keys = fitted(read_toml(tmp_path / "performance.toml"), PerformanceKeys, "performance.toml")
        performance_of(keys, edition.forms, edition.input_sheets, edition.spending, "performance.toml")

    with pytest.raises(EditionError, match=re.escape(says)):
        read()


def test_labels_are_the_editions_alone(edition: Edition) -> None:
    """No label of the official form stands in the code."""
    raw = tomli.loads((edition.folder / "performance.toml").read_text(encoding="utf-8"))
    labels = {
        cell["label"]
        for form in ("whole", "project")
        for part in raw[form]["parts"]
        for line in part.get("rows", ())
        for cell in line
        if cell.get("label")
    }
    root = Path(__file__).parents[2]
    for path in [*root.glob("udfs/**/performance*.py"), *root.glob("udfs/indicators.py"), *root.glob("addin/*.py")]:
        code = re.sub(r'"""[\s\S]*?"""|@check\(.*\)', "", path.read_text(encoding="utf-8"))
        assert [label for label in labels if f'"{label}"' in code] == [], path.name


def test_the_sheet_prints_its_forms_and_nothing_below(tmp_path: Path) -> None:
    """A print area down to the last row of all is thousands of empty pages in some programs."""
    source, out = tmp_path / "填报.xlsx", tmp_path / "结果.xlsx"
    sample_workbook(source, Sample())
    fill_workbook(source, out)
    book = load_workbook(out)
    sheet = book["绩效目标"]
    last = max(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 12).value)
    assert sheet.print_area == f"'绩效目标'!$A$4:$H${last}"
    assert all("1048576" not in str(s.print_area) or str(s.print_area).startswith(f"'{s.title}'!$A$1:") for s in book)


#: What a clerk types before a line of a list.
PREFIXES = ("{word}{n}：", "{word}{n}:", "{word}{count}、", "{n}.", "（{count}）", "({n})")


def test_numbers_that_the_clerk_typed_are_hers(inputs: Path, filled: Path, tmp_path: Path) -> None:
    """核心职能–重点任务 and 年度绩效目标 with numbers typed before them print as those without."""

    def number(book: Book) -> None:
        sheet = sheet_of(book, BASIC)
        for heading, word in (("重点任务", "任务"), ("年度绩效目标", "目标")):
            (head,) = [c for row in sheet.iter_rows() for c in row if squeezed(c.value).strip("*") == heading]
            for n, prefix in enumerate(PREFIXES, 1):
                at = sheet[head.coordinate].offset(n, 0)
                assert at.value
                at.value = f"{prefix.format(word=word, n=n, count='一二三四五六'[n - 1])}{at.value}"

    source = edited(inputs, tmp_path / "in.xlsx", number)
    plain, made = (Workbook(path).grids[FORMS] for path in (filled, fill(source, tmp_path / "out.xlsx")))
    assert made == plain


def test_a_form_that_prints_a_date_in_another_style_is_current(filled: Path, tmp_path: Path) -> None:
    def restyle(book: Book) -> None:
        for line in sheet_of(book, FORMS).iter_rows():
            for at in line:
                if isinstance(at.value, str) and (date := re.fullmatch(r"(\d{4})年(\d+)月(\d+)日", at.value)):
                    at.value = f"{date[1]}-{int(date[2]):02d}-{int(date[3]):02d}"

    found = run_command("validate", edited(filled, tmp_path / "b.xlsx", restyle), "--json")
    assert not [f for f in json.loads(found.out)["findings"] if f["rule"] == "E41"]
