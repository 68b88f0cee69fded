"""What cannot be read as it was meant is refused by name: cells cut or moved, amounts in another unit, rows twice."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from addin.verbs.ledger_source import ledger_from
from tests.support.books import read_tables
from tests.support.command import Outcome, run_command
from tests.support.ledgers import AMOUNT, CLEAN, SPENDING_HEADINGS, lines_of, write_lines
from workbook_templates.reading import load_edition

HEADINGS = SPENDING_HEADINGS[:13]
UNIT = "某市商务局"


def _lines(measure: str = "元", factor: int = 1) -> list[list[Any]]:
    lines = [list(line) for line in lines_of(CLEAN, HEADINGS)]
    lines[0][12] = f"金额（{measure}）" if measure else "金额"
    for line in lines[1:]:
        line[12] = f"{Decimal(line[12]) / factor:f}"
    return lines


def _new(folder: Path, source: Path, *more: str | Path) -> Outcome:
    return run_command("new", folder / "结果.xlsx", "--ledger", source, "--unit", UNIT, *more)


def _xlsx(path: Path, lines: list[list[Any]], number_format: str = "General", *, title: str = "") -> Path:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    if title:
        sheet.append([title])
    for line in lines:
        sheet.append([None if v == "" else v for v in line])
    for row in range(2 + bool(title), sheet.max_row + 1):
        cell = sheet.cell(row, 13)
        cell.value, cell.number_format = float(str(cell.value)), number_format
    made.save(path)
    return path


@given(
    st.lists(st.decimals(min_value=1000, max_value=10**9, places=2), min_size=1, max_size=3),
    st.sampled_from([HEADINGS, SPENDING_HEADINGS]),
    st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_amount_cut_by_its_own_commas_is_never_read(
    tmp_path: Path, amounts: list[Decimal], headings: tuple[str, ...], ended: bool
) -> None:
    lines = lines_of(CLEAN, headings)
    for row, amount in enumerate(amounts, 1):
        lines[row][12] = f"{amount:,.2f}"
    source = tmp_path / "明细.csv"
    source.write_text(
        "\n".join([",".join(lines[0]), *(",".join(x) + "," * ended for x in lines[1:])]), encoding="utf-8"
    )
    edition = load_edition()
    reading = ledger_from(source, edition.spending, edition, None, tmp_path / "结果.xlsx")
    assert reading.ledger is None
    assert {p.row for p in reading.problems} >= set(range(2, 2 + len(amounts)))


def test_rows_that_all_end_with_a_delimiter_are_read(tmp_path: Path) -> None:
    lines = lines_of(CLEAN, HEADINGS)
    source = tmp_path / "明细.csv"
    source.write_text("\n".join([",".join(lines[0]), *(",".join(x) + "," for x in lines[1:])]), encoding="utf-8")
    edition = load_edition()
    reading = ledger_from(source, edition.spending, edition, None, tmp_path / "结果.xlsx")
    assert reading.ledger is not None
    assert len(reading.ledger) == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines[2].pop(3), "第3行：这一行只有12格，比表头少1格"),
        (lambda lines: lines[3].insert(2, ""), "第4行：填的是"),
        (lambda lines: lines[2].append("3.50"), "比表头多1格"),
    ],
    ids=["a cell lost", "a cell too many", "a figure beyond the headings"],
)
def test_a_row_of_another_length_is_a_fault(
    tmp_path: Path, change: Callable[[list[list[str]]], Any], says: str
) -> None:
    lines = lines_of(CLEAN, HEADINGS)
    change(lines)
    done = _new(tmp_path, write_lines(tmp_path / "明细.csv", lines))
    assert done.code == 2
    assert says in done.err


@pytest.mark.parametrize("headings", [(*HEADINGS, "备注"), SPENDING_HEADINGS])
@pytest.mark.parametrize("amount", ["1,314.00", "1,314", "-21,314.50"])
def test_an_amount_cut_in_a_row_as_long_as_the_headings_is_a_fault(
    tmp_path: Path, headings: tuple[str, ...], amount: str
) -> None:
    """What is cut in two makes the row one cell longer; where the blank cells at its end are gone, no longer at all."""
    lines = lines_of(CLEAN, headings)
    lines[2][12] = amount
    text = "\n".join(",".join(line) for line in lines[:2]) + "\n" + ",".join(lines[2][:-1])
    source = tmp_path / "明细.csv"
    source.write_text(text, encoding="utf-8")
    done = _new(tmp_path, source)
    assert done.code == 2
    assert f"第3行：“{amount}”很可能是带千分位的金额没有加引号" in done.err


def test_codes_of_three_digits_behind_small_amounts_are_no_cut_amounts(tmp_path: Path) -> None:
    lines = lines_of(CLEAN, SPENDING_HEADINGS)
    for line, amount in zip(lines[1:], ("500", "1200.00", "60"), strict=True):
        line[12:14] = [amount, "001"]
    assert _new(tmp_path, write_lines(tmp_path / "明细.csv", lines)).code == 0


@pytest.mark.parametrize("delimiter", ["，", "\t", "|", ";", '"'])
def test_a_row_whose_cells_are_not_apart_is_a_fault(tmp_path: Path, delimiter: str) -> None:
    """Such a row has no amount, and is no line of signatures: its money would be lost."""
    lines = [",".join(line) for line in lines_of(CLEAN, HEADINGS)]
    lines[2] = f'"{lines[2]}"' if delimiter == '"' else lines[2].replace(",", delimiter)
    source = tmp_path / "明细.csv"
    source.write_text("\n".join(lines), encoding="utf-8")
    done = _new(tmp_path, source)
    assert done.code == 2
    assert "第3行：整行写在一格里" in done.err


def test_lines_of_words_below_a_ledger_are_none_of_its_rows(tmp_path: Path) -> None:
    lines = lines_of(CLEAN, HEADINGS)
    said = [
        "说明：本表为2024年，含人员经费，公用经费，项目经费，不含结转，不含专户，不含基金，共3行",
        "制表人：李，审核：王，2024年1月5日",
    ]
    source = write_lines(tmp_path / "明细.csv", [*lines, *([text, *[""] * 12] for text in said)])
    done = _new(tmp_path, source)
    assert done.code == 0, done.err
    assert "是签章或说明" in done.out


def test_a_quote_that_swallows_rows_is_a_fault(tmp_path: Path) -> None:
    lines = [",".join(line) for line in lines_of([*CLEAN, *CLEAN], HEADINGS)]
    lines[2] = lines[2].replace("办公费", '"办公费')
    lines[5] = lines[5].replace("办公费", '办公费"')
    source = tmp_path / "明细.csv"
    source.write_text("\n".join(lines), encoding="utf-8")
    done = _new(tmp_path, source)
    assert done.code == 2
    assert "引号没有成对" in done.err


MEASURED: dict[str, Callable[[Path], Path]] = {
    "heading": lambda path: _xlsx(path, _lines("万元", 10_000)),
    "heading in brackets of its own": lambda path: _xlsx(path, _lines("单位:万元", 10_000)),
    "line above": lambda path: _xlsx(path, _lines("", 10_000), title="金额单位：人民币万元"),
    "number format": lambda path: _xlsx(path, _lines(""), "0!.0000"),
    "words behind the number": lambda path: _xlsx(path, _lines("", 10_000), '0.0000"万元"'),
    "thousands": lambda path: _xlsx(path, _lines("千元", 1000)),
}


@pytest.mark.parametrize("name", MEASURED)
def test_amounts_of_another_unit_are_taken_only_once_confirmed(tmp_path: Path, name: str) -> None:
    source = MEASURED[name](tmp_path / "明细.xlsx")
    first = _new(tmp_path, source)
    measure = "千元" if name == "thousands" else "万元"
    assert first.code == 2
    assert f"金额以{measure}为单位" in first.err
    assert "表头改为" not in first.err
    assert "--mapping" in first.err
    mapping = tmp_path / "对应.csv"
    assert _new(tmp_path, source, "--mapping", mapping).code == 2
    _confirm(mapping)
    done = _new(tmp_path, source, "--mapping", mapping)
    assert done.code == 0, done.err
    assert read_tables(tmp_path / "结果.xlsx")["表一"][-1][1] == 141.97


def _confirm(mapping: Path) -> None:
    with mapping.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    with mapping.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([lines[0], *([*line[:5], "是", *line[6:]] for line in lines[1:])])


def test_two_words_about_the_unit_of_measure_are_asked_about(tmp_path: Path) -> None:
    done = _new(tmp_path, _xlsx(tmp_path / "明细.xlsx", _lines("元"), title="单位：万元"))
    assert done.code == 2
    assert "金额的单位说法不一" in done.err


def test_a_sheet_that_repeats_the_others_is_not_counted_twice(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "明细.xlsx", _lines())
    made = load_workbook(source)
    copy = made.copy_worksheet(made.worksheets[0])
    copy.title = "副本"
    made.save(source)
    done = _new(tmp_path, source)
    assert done.code == 2
    assert "合并会重复计算" in done.err
    copy.delete_rows(3)
    copy.sheet_state = "hidden"
    made.save(source)
    done = _new(tmp_path, source)
    assert done.code == 2
    assert "隐藏的工作表“副本”" in done.err


def test_one_amount_merged_over_several_rows_is_a_fault(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "明细.xlsx", _lines())
    made = load_workbook(source)
    made.worksheets[0].merge_cells("M2:M3")
    made.save(source)
    done = _new(tmp_path, source)
    assert done.code == 2
    assert "第3行“金额（元）”（M3）：金额单元格是合并的" in done.err


def test_a_row_that_lacks_much_is_told_once(tmp_path: Path) -> None:
    lines = _lines()
    lines[2][:6] = [""] * 6
    done = _new(tmp_path, _xlsx(tmp_path / "明细.xlsx", lines))
    assert done.code == 2
    assert "没有填写资金来源、预算年度来源、功能科目编码、支出类别" in done.err
    assert done.err.count("第3行") == 1


def test_a_budget_of_a_few_hundred_yuan_is_asked_about(tmp_path: Path) -> None:
    lines = _lines("元", 10_000)
    for line in lines[1:]:
        line[12] = f"{Decimal(line[12]):.2f}"
    done = _new(tmp_path, write_lines(tmp_path / "明细.csv", lines))
    assert done.code == 0, done.err
    assert "预算明细合计只有141.97元，金额可能是以万元或千元填写的" in done.out
    assert "F56" in run_command("validate", tmp_path / "结果.xlsx").out


@pytest.mark.parametrize(
    ("level", "words"),
    [("区级", "区直部门"), ("市本级", "市直部门"), ("开发区", "开发区直属部门"), ("省级", "省直部门")],
)
def test_every_level_of_government_has_its_words(level: str, words: str) -> None:
    assert any(words in text for _, text in load_edition().glossary(level))
    assert level in next(f.values for f in load_edition().ranges()["basic"][1].fields if f.key == "level")


def test_the_amount_heading_is_the_official_one() -> None:
    assert AMOUNT == "金额（元）"
