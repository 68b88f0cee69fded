"""The template: built alike every time, true to its edition, and fit for filling in and printing."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.books import TABLES, parts_of, sheet_of, without_space
from tests.support.command import run_command
from udfs.base import display_width
from workbook_templates.reading.edition import Edition, load_edition
from workbook_templates.reading.forms import Form
from workbook_templates.template.build import template_bytes

COVER = "封面"
#: Functions that every spreadsheet program since Excel 2007 has.
ALLOWED = {
    "ABS",
    "ADDRESS",
    "AND",
    "COLUMN",
    "COUNT",
    "COUNTA",
    "COUNTIF",
    "IF",
    "INT",
    "LEFT",
    "LEN",
    "MAX",
    "MIN",
    "NOT",
    "OR",
    "ROUND",
    "ROW",
    "SUM",
    "SUMIF",
}
EDITION = load_edition()
INPUTS = ("基础信息", "预算明细", "收入明细", "上年数据", "项目信息", "绩效指标")


@cache
def _book() -> Workbook:
    return load_workbook(EDITION.template)


@pytest.fixture(scope="module")
def book() -> Workbook:
    return _book()


def _zip_parts(data: bytes, path: Path) -> dict[str, bytes]:
    path.write_bytes(data)
    return parts_of(path)


def test_the_committed_template_is_what_the_edition_gives_and_two_builds_are_alike(
    tmp_path: Path, edition: Edition, template: Path
) -> None:
    first, second = template_bytes(edition), template_bytes(edition)
    fresh = _zip_parts(first, tmp_path / "一.xlsx")
    assert fresh == _zip_parts(second, tmp_path / "二.xlsx")
    committed = parts_of(template)
    assert list(committed) == list(fresh)
    assert [name for name in fresh if fresh[name] != committed[name]] == [], "run: make template"


def test_the_verb_gives_the_committed_template(tmp_path: Path, template: Path) -> None:
    assert run_command("template", "-o", tmp_path / "新建" / "模板.xlsx").code == 0
    assert parts_of(tmp_path / "新建" / "模板.xlsx") == parts_of(template)


def test_no_date_of_building_and_no_person_is_in_it(template: Path) -> None:
    with zipfile.ZipFile(template) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    core = parts_of(template)["docProps/core.xml"].decode()
    assert "2024-01-01T00:00:00Z" in core
    assert "lastModifiedBy" not in core


def test_no_macro_no_external_link_and_no_hidden_sheet(book: Workbook, template: Path) -> None:
    assert not [name for name in parts_of(template) if "vba" in name or "externalLink" in name]
    assert {sheet.title: sheet.sheet_state for sheet in book.worksheets} == dict.fromkeys(book.sheetnames, "visible")
    for sheet in book.worksheets:
        assert not [d for d in sheet.column_dimensions.values() if d.hidden], sheet.title
        assert not [d for d in sheet.row_dimensions.values() if d.hidden], sheet.title


def test_the_sheets_stand_in_the_order_of_the_edition(book: Workbook, edition: Edition) -> None:
    names: list[str] = []
    for sheet in edition.sheets:
        names += [form.sheet for form in edition.forms] if sheet.kind == "forms" else [sheet.name]
    assert book.sheetnames[: len(names)] == names
    assert list(TABLES) == [form.sheet for form in edition.forms]


def test_every_defined_name_resolves(book: Workbook) -> None:
    for name, item in book.defined_names.items():
        if name == "YS_EDITION":
            assert item.attr_text == f'"{EDITION.stamp}"'
            continue
        destinations = list(item.destinations)
        assert len(destinations) == 1, name
        sheet, area = destinations[0]
        assert sheet in book.sheetnames, name
        assert None not in range_boundaries(area), name


def test_every_table_and_every_input_range_has_its_name(book: Workbook, edition: Edition) -> None:
    for form in edition.forms:
        assert f"YS_{form.code}" in book.defined_names
    for key in edition.ranges():
        assert f"YS_{key.upper()}" in book.defined_names
    for name in ("YS_UNIT_NAME", "YS_MARKS", "YS_FINDINGS", "YS_RELATIONS", "YS_GLOSSARY", "YS_LEDGER", "YS_INCOME"):
        assert name in book.defined_names


@pytest.mark.parametrize("number", range(13))
def test_title_and_headings_sit_as_in_the_edition(book: Workbook, edition: Edition, number: int) -> None:
    form = edition.forms[number]
    sheet = sheet_of(book, form.sheet)
    year = str(edition.year)
    assert sheet["A1"].value == form.title.format(year=year)
    assert sheet.cell(2, form.width).value == edition.measure_line.format(measure=edition.measure)
    for row, line in enumerate(form.headings, 3):
        for column, text in enumerate(line, 1):
            wanted = None if text in ("<", "^") else text.format(year=year)
            assert sheet.cell(row, column).value == wanted
    merged = {area.bounds for area in sheet.merged_cells.ranges}
    for first_row, first_column, last_row, last_column in form.heading_merges():
        assert (first_column, first_row, last_column, last_row) in merged
    assert sheet.freeze_panes == f"A{form.first_body_row}"
    for column, width in enumerate(form.widths):
        assert sheet.column_dimensions["ABCDEFGHI"[column]].width == width


@pytest.mark.parametrize("number", range(13))
def test_rows_that_always_stand_are_there_and_an_empty_table_says_so(
    book: Workbook, edition: Edition, number: int
) -> None:
    form = edition.forms[number]
    sheet = sheet_of(book, form.sheet)
    last = 0
    for block in form.blocks:
        for line, row in block.fixed_lines():
            last = max(last, line)
            assert sheet.cell(form.first_body_row + line - 1, block.labels[0].at).value == (row.label or None)
    assert sheet.cell(form.first_body_row + last, 1).value == edition.empty_note


def _drop_downs(sheet_name: str) -> Iterator[tuple[str, str]]:
    """Every drop-down of a sheet: its first cell and its formula."""
    for rule in sheet_of(_book(), sheet_name).data_validations.dataValidation:
        if rule.type == "list":
            for area in rule.sqref.ranges:
                yield f"{area.coord.split(':')[0]}", str(rule.formula1)


def test_every_enumeration_of_the_ledgers_has_its_drop_down(edition: Edition) -> None:
    for spec in (edition.spending, edition.income):
        found = dict(_drop_downs(spec.sheet))
        for number, column in enumerate(spec.columns):
            cell = f"{chr(ord('A') + number)}2"
            if column.values:
                assert found[cell] == '"' + ",".join(column.values) + '"'
            elif column.code:
                assert found[cell] == f"YS_CODES_{column.code.upper()}"


def test_every_enumeration_of_the_input_sheets_has_its_drop_down(book: Workbook, edition: Edition) -> None:
    for input_sheet in edition.input_sheets:
        sheet = sheet_of(book, input_sheet.name)
        found = dict(_drop_downs(input_sheet.name))
        for part in input_sheet.ranges:
            area = sheet.iter_rows(min_row=part.row, min_col=part.column, max_col=part.column + len(part.widths) - 1)
            labels = {without_space(cell.value).strip("*"): cell for line in area for cell in line if cell.value}
            for field in part.fields:
                if not field.values:
                    continue
                label = labels[without_space(field.label)]
                down, right = (0, 1) if part.kind == "fields" else (1, 0)
                at = sheet.cell(label.row + down, label.column + right).coordinate
                assert found[at] == '"' + ",".join(field.values) + '"', field.label


def test_no_drop_down_is_longer_than_excel_allows() -> None:
    for sheet in INPUTS:
        for cell, formula in _drop_downs(sheet):
            assert len(formula) <= 257, (sheet, cell)


def test_computed_sheets_are_protected_without_a_password_and_inputs_are_not(book: Workbook) -> None:
    for name in (*TABLES, COVER, "校验结果", "勾稽关系", "科目表"):
        protection = sheet_of(book, name).protection
        assert protection.sheet, name
        assert protection.password is None, name
        assert not protection.formatCells, name
        assert not protection.formatColumns, name
    for name in (*INPUTS, "情况说明", "名词解释"):
        assert not sheet_of(book, name).protection.sheet, name


def test_every_sheet_prints_on_a4_fitted_to_its_width(book: Workbook) -> None:
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9, sheet.title
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0), sheet.title
        assert sheet.print_area, sheet.title


def test_tables_print_in_their_orientation_with_their_headings_repeated(book: Workbook, edition: Edition) -> None:
    for form in edition.forms:
        sheet = sheet_of(book, form.sheet)
        assert sheet.page_setup.orientation == form.orientation
        assert sheet.print_title_rows == f"$1:${form.first_body_row - 1}"
        assert sheet.oddHeader is not None
        assert sheet.oddHeader.left.text == f"预算公开表{form.number}"
    assert {form.sheet for form in edition.forms if form.orientation == "landscape"} == {
        "表二",
        "表九",
        "表十二",
        "表十三",
    }


def test_cover_links_to_every_sheet_and_every_sheet_links_back(book: Workbook) -> None:
    linked = [cell.hyperlink.location for row in sheet_of(book, COVER).iter_rows() for cell in row if cell.hyperlink]
    assert linked == [f"'{name}'!A1" for name in book.sheetnames if name != COVER]
    for name in book.sheetnames:
        if name == COVER:
            continue
        cells = [cell for row in sheet_of(book, name).iter_rows() for cell in row if cell.hyperlink]
        assert [cell.hyperlink.location for cell in cells if cell.hyperlink] == [f"'{COVER}'!A1"], name
        assert [cell.value for cell in cells] == ["返回封面"], name


def _formulas(parts: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Every formula in cells, conditional formats and drop-downs, with the part it stands in."""
    for name, data in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            for item in etree.fromstring(data).iter("{*}f", "{*}formula", "{*}formula1", "{*}formula2"):
                yield name, item.text or ""


@pytest.mark.parametrize("which", ["template", "filled"])
def test_formulas_use_only_functions_that_every_receiver_has(
    book: Workbook, template: Path, published_book: Path, which: str
) -> None:
    found = list(_formulas(parts_of(template if which == "template" else published_book)))
    assert len(found) > 50
    for part, formula in found:
        bare = re.sub(r'"[^"]*"', '""', formula)
        used = set(re.findall(r"([A-Za-z_][A-Za-z0-9_.]*)\s*\(", bare))
        assert used <= ALLOWED, (part, formula)
        for name in re.findall(r"\bYS_[A-Z0-9_]+", bare):
            assert name in book.defined_names, (part, formula)


def test_amounts_show_two_decimals_and_codes_are_text_wherever_a_table_grows(book: Workbook, edition: Edition) -> None:
    for form in edition.forms:
        sheet = sheet_of(book, form.sheet)
        for block in form.blocks:
            for column in block.columns:
                assert sheet.column_dimensions["ABCDEFGHI"[column.at - 1]].number_format == "#,##0.00"
            for label in block.labels:
                assert sheet.column_dimensions["ABCDEFGHI"[label.at - 1]].number_format == "@"


@pytest.mark.parametrize("form", load_edition().forms, ids=lambda form: form.code)
def test_no_heading_is_cut(form: Form) -> None:
    """A column's width is told in digits of the table's own font; a Chinese character is as wide as two of them."""
    book = load_workbook(load_edition().template)
    sheet: Worksheet = book[form.sheet]
    merged = {area.coord.split(":")[0]: area for area in sheet.merged_cells.ranges}
    for row in range(3, form.first_body_row):
        for column in range(1, form.width + 1):
            cell = sheet.cell(row, column)
            if not isinstance(cell.value, str):
                continue
            area = merged.get(cell.coordinate)
            last = area.max_col if area else column
            rows = range(row, (area.max_row if area else row) + 1)
            width = sum(sheet.column_dimensions[get_column_letter(c)].width for c in range(column, last + 1)) - 1
            lines = math.ceil(display_width(cell.value) * 10.5 / 11 / width)
            height = sum(sheet.row_dimensions[r].height or 20 for r in rows)
            assert lines * 14 <= height, (cell.coordinate, cell.value, lines, height)


def test_no_number_that_is_written_can_show_as_hashes(book: Workbook) -> None:
    """A number too wide for its column shows as ###, unless its style shrinks it."""
    styles = [book._named_styles[name] for name in book.named_styles]  # type: ignore[attr-defined]
    numbers = [style for style in styles if style.number_format not in ("General", "@")]
    assert len(numbers) >= 6
    assert [style.name for style in numbers if not style.alignment.shrink_to_fit] == []


@pytest.mark.parametrize("sheet", INPUTS)
def test_every_input_sheet_turns_red_where_a_finding_is(book: Workbook, sheet: str) -> None:
    rules = sheet_of(book, sheet).conditional_formatting
    assert any("YS_MARKS" in formula for area in rules for rule in area.rules for formula in rule.formula)


def test_headings_of_amounts_in_yuan_say_so(book: Workbook, edition: Edition) -> None:
    for spec in edition.input_sheets:
        for part in spec.ranges:
            for number, field in enumerate(part.columns, part.column):
                if field.type == "money":
                    assert "（元）" in str(sheet_of(book, spec.name).cell(part.row, number).value), field.label
