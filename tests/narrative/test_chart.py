"""The pie chart in the template: on its range, described, filled by narrate; nothing else of the package changes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook

from addin.xlsx.chart_cache import refreshed
from tests.support.books import edited, parts_of, sheet_of, sheet_parts
from tests.support.command import run_command
from tests.support.ledgers import AMOUNT, FUND_INCOME, INCOME_HEADINGS, PROJECT, write_csv
from tests.support.tools import validator_errors
from udfs.base.cells import Block
from udfs.base.problems import InputProblems
from udfs.narrative.chart import chart_blocks
from udfs.narrative.narrate import Item
from workbook_templates.reading.edition import load_edition

SHEET = "情况说明"
CHART = "xl/charts/chart1.xml"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


@pytest.fixture(scope="module")
def narrated(published_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("chart") / "说明.xlsx"
    done = run_command("narrate", published_book, "-o", out)
    assert done.code == 0, done.err
    return out


def _range(path: Path) -> list[list[object]]:
    book = load_workbook(path)
    sheet, area = next(iter(book.defined_names["YS_CHART"].destinations))
    cells = sheet_of(book, sheet)[area.replace("$", "")]
    return [[cell.value for cell in line] for line in cells]


def _kept(chart: bytes, kind: str) -> list[str | None]:
    root = etree.fromstring(chart)
    return [point.text for point in root.iterfind(f".//{_C}{kind}Cache/{_C}pt/{_C}v")]


def test_the_chart_draws_the_whole_range_and_is_described(template: Path) -> None:
    parts = parts_of(template)
    book = load_workbook(template)
    sheet, area = next(iter(book.defined_names["YS_CHART"].destinations))
    first, last = area.split(":")
    formulas = [item.text for item in etree.fromstring(parts[CHART]).iter(f"{_C}f")]
    row, end = first.split("$")[2], last.split("$")[2]
    assert formulas == [f"'{sheet}'!${c}${row}:${c}${end}" for c in (first.split("$")[1], last.split("$")[1])]
    classes = {code for code in load_edition().codes.by_name["functional"] if len(code) == 3}
    assert int(end) - int(row) + 1 == len(classes)
    (shape,) = etree.fromstring(parts["xl/drawings/drawing1.xml"]).iter("{*}cNvPr")
    assert load_edition().narrative.chart_title in (shape.get("descr") or "")
    assert "legend" not in parts[CHART].decode()


def test_narrate_fills_the_range_and_what_the_chart_keeps(narrated: Path) -> None:
    lines = [line for line in _range(narrated) if line[0]]
    assert lines == [
        ["一般公共服务支出", 348.07],
        ["社会保障和就业支出", 240.67],
        ["卫生健康支出", 19.95],
        ["商业服务业等支出", 52],
        ["住房保障支出", 35.26],
    ]
    chart = parts_of(narrated)[CHART]
    assert _kept(chart, "str") == [line[0] for line in lines]
    assert _kept(chart, "num") == ["348.07", "240.67", "19.95", "52.00", "35.26"]


def test_the_text_refers_to_the_chart(narrated: Path) -> None:
    text = str(sheet_of(load_workbook(narrated), SHEET)["C8"].value)
    assert "“一般公共预算当年拨款结构图”" in text


@pytest.mark.parametrize("verb", ["fill", "narrate", "validate"])
def test_every_verb_leaves_the_chart_as_it_is(tmp_path: Path, narrated: Path, verb: str) -> None:
    out = tmp_path / "结果.xlsx"
    run_command(verb, narrated, "-o", out)
    before, after = parts_of(narrated), parts_of(out)
    for name in before:
        if "chart" in name or "drawing" in name:
            assert after[name] == before[name], name


def test_a_changed_table_changes_range_and_chart_and_no_other_part(tmp_path: Path, narrated: Path) -> None:
    def shrink(book: object) -> None:
        sheet = sheet_of(book, "表五")  # type: ignore[arg-type]
        for number in range(1, sheet.max_row + 1):
            if sheet.cell(number, 1).value == "221":
                sheet.cell(number, 3).value = None

    source = edited(narrated, tmp_path / "改.xlsx", shrink)
    assert run_command("narrate", source, "-o", tmp_path / "结果.xlsx").code == 0
    before, after = parts_of(source), parts_of(tmp_path / "结果.xlsx")
    charts = [name for name in before if name.startswith("xl/charts/")]
    sheets = sheet_parts(before)
    # 封面 says that the text is new and not checked; the book says whether it has to be calculated.
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {*charts, sheets[SHEET], sheets["封面"], "xl/workbook.xml"}
    assert [line[0] for line in _range(tmp_path / "结果.xlsx") if line[0]][-1] == "商业服务业等支出"
    assert _kept(after[charts[0]], "num")[-1] == "52.00"


def test_without_a_general_budget_the_range_is_empty_and_the_text_says_so(tmp_path: Path) -> None:
    row = {**PROJECT, "资金来源": "政府性基金预算", "功能科目编码": "2120801", "功能科目名称": "征地和拆迁补偿支出"}
    spending = write_csv(tmp_path / "明细.csv", [{**row, AMOUNT: "100000"}])
    income = write_csv(tmp_path / "收入.csv", [FUND_INCOME], INCOME_HEADINGS)
    made = tmp_path / "新.xlsx"
    assert run_command("new", made, "--ledger", spending, "--income", income, "--unit", "某市商务局").code == 0
    assert run_command("narrate", made, "-o", tmp_path / "说明.xlsx").code == 0
    assert not any(value for line in _range(tmp_path / "说明.xlsx") for value in line)
    assert _kept(parts_of(tmp_path / "说明.xlsx")[CHART], "num") == []
    assert "结构图”不作列示" in str(sheet_of(load_workbook(tmp_path / "说明.xlsx"), SHEET)["C8"].value)


def test_another_chart_keeps_its_bytes() -> None:
    chart = b'<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:numRef><c:f>X!$A$1:$A$9</c:f></c:numRef></c:chartSpace>'
    area = (SHEET, 4, 8, 33, 9)
    assert refreshed(chart, area, Block(SHEET, 4, 8, [["一", 1]])) is chart


def test_more_classes_than_rows_are_refused() -> None:
    items = [Item(f"第{n}类", Decimal(1)) for n in range(3)]
    with pytest.raises(InputProblems, match="放不下3类支出"):
        chart_blocks({"YS_CHART": (SHEET, 4, 8, 5, 9)}, items)
    assert chart_blocks({}, items) == []


@pytest.mark.validator
def test_the_validator_accepts_the_filled_chart(narrated: Path) -> None:
    assert validator_errors(narrated) == []
