"""`new --from`: what stays is carried for review, last year's amounts become 上年数据, no money is carried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from addin.verbs.commands import fill_workbook, sample_workbook
from addin.xlsx.files import Workbook
from tests.support.command import run_command
from tests.support.foreign import foreign_tables, grids_of, write_book
from tests.support.published import LEDGER, UNIT
from udfs.ledgers.review_marks import REVIEW
from workbook_templates.reading.sample import Sample


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Last year's finished workbook of the sample unit."""
    folder = tmp_path_factory.mktemp("last")
    sample_workbook(folder / "inputs.xlsx", Sample())
    fill_workbook(folder / "inputs.xlsx", folder / "last.xlsx")
    return folder / "last.xlsx"


def fields(path: Path, sheet: str, column: int = 1) -> dict[str, Any]:
    """The fields of a sheet by label: the value, or the words beside it."""
    return {str(line[0]).strip("*"): line[column] for line in Workbook(path).grids[sheet] if line and line[0]}


@pytest.fixture(scope="module")
def following(last: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("new") / "book.xlsx"
    done = run_command("new", out, "--from", last)
    assert done.code == 0, done.err
    assert "需要核对" in done.out
    return out


def test_what_stays_is_carried_and_marked_and_the_year_moves_on(last: Path, following: Path) -> None:
    then, now = fields(last, "基础信息"), fields(following, "基础信息")
    assert int(now["预算年度"]) == int(then["预算年度"]) + 1
    for label in ("单位名称", "单位编码", "单位职责", "主管部门名称", "单位性质"):
        assert now[label] == then[label] != "", label
        assert str(fields(following, "基础信息", 2)[label]).startswith(REVIEW), label
    for label in ("实际在职人员总数（人）", "政府采购预算总额（万元）", "收入总计增减原因"):
        assert now[label] in (None, ""), label
    assert load_workbook(following)["表三"]["A1"].value == f"{int(now['预算年度'])}年预算支出总表"


def test_last_years_tables_become_last_years_figures(last: Path, following: Path) -> None:
    tables, now = Workbook(last).grids, fields(following, "上年数据")
    total = next(line[1] for line in tables["表一"] if line and line[0] == "收入总计")
    assert now["收入总计"] == total
    assert now["一般公共预算当年支出"] == tables["表五"][4][2]
    assert now["机关运行经费"] == tables["表十一"][4][1]


def test_no_money_is_carried(following: Path) -> None:
    grids = Workbook(following).grids
    assert [line for line in grids["预算明细"][1:] if any(line)] == []
    heading = grids["项目信息"][0]
    money = [c for c, text in enumerate(heading) if "资金" in str(text)]
    assert money
    assert all(line[c] in ("", None) for line in grids["项目信息"][1:] for c in money if c < len(line))


def test_projects_that_go_on_stay_and_others_do_not(last: Path, following: Path) -> None:
    def names(path: Path) -> dict[str, str]:
        grid = Workbook(path).grids["项目信息"]
        nature = [str(text).strip("*") for text in grid[0]].index("项目属性")
        return {line[0]: line[nature] for line in grid[1:] if line and line[0]}

    assert names(following) == {name: kind for name, kind in names(last).items() if kind == "经常性项目"}


def test_validation_asks_for_the_review_until_the_marks_are_gone(following: Path, tmp_path: Path) -> None:
    assert "F19" in run_command("validate", following).out
    book = load_workbook(following)
    for sheet in book.worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, str) and cell.value.startswith(REVIEW):
                    cell.value = cell.value.removeprefix(REVIEW) or None
    book.save(tmp_path / "reviewed.xlsx")
    assert "F19" not in run_command("validate", tmp_path / "reviewed.xlsx").out


def test_a_ledger_of_the_new_year_fills_the_tables_at_once(last: Path, tmp_path: Path) -> None:
    done = run_command("new", tmp_path / "book.xlsx", "--from", last, "--ledger", LEDGER, "--unit", UNIT)
    assert done.code == 0, done.err
    assert fields(tmp_path / "book.xlsx", "基础信息")["单位名称"] == UNIT
    assert Workbook(tmp_path / "book.xlsx").grids["表三"][4][2] == 695.96


def test_a_foreign_workbook_of_last_year_gives_its_figures_and_the_edition_of_the_next(tmp_path: Path) -> None:
    source = write_book(tmp_path / "上年.xlsx", foreign_tables())
    done = run_command("new", tmp_path / "book.xlsx", "--from", source)
    assert done.code == 0, done.err
    assert "版式 2025-" in done.out
    now = fields(tmp_path / "book.xlsx", "上年数据")
    assert (now["收入总计"], now["机关运行经费"], now["公务接待费"]) == (695.96, 62.12, 0)
    assert fields(tmp_path / "book.xlsx", "基础信息")["单位名称"] == UNIT


def test_tables_in_yuan_become_figures_in_wan(tmp_path: Path) -> None:
    source = write_book(tmp_path / "上年.xlsx", grids_of("unit"))
    assert run_command("new", tmp_path / "book.xlsx", "--from", source).code == 0
    now = fields(tmp_path / "book.xlsx", "上年数据")
    assert (now["财政拨款收入"], now["机关运行经费"], now["政府性基金支出"]) == (37151.47, 171.01, 0)


def test_a_table_that_was_not_recognised_leaves_its_figures_to_the_clerk(tmp_path: Path) -> None:
    grids = foreign_tables()
    del grids["表11"]
    done = run_command("new", tmp_path / "book.xlsx", "--from", write_book(tmp_path / "上年.xlsx", grids))
    assert done.code == 0, done.err
    assert "上年的表中没有“机关运行经费”" in done.out
    assert fields(tmp_path / "book.xlsx", "上年数据")["机关运行经费"] in (None, "")
