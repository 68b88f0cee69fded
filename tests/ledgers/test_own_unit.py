"""A workbook that does not yet say its own code knows itself by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.books import read_tables
from tests.support.command import run_command
from tests.support.ledgers import (
    AMOUNT,
    CLEAN,
    FUND_INCOME,
    INCOME_HEADINGS,
    PROJECT,
    RUNNING,
    SPENDING_HEADINGS,
    write_csv,
)
from udfs.ledgers.unit import Unit, UnitInfo
from udfs.ledgers.units import UnitRegister

OWN = "某市商务局"


def test_rows_with_and_without_the_own_code_are_one_unit(tmp_path: Path) -> None:
    rows = [dict(row) for row in CLEAN]
    rows.append({**PROJECT, "项目名称": "展会经费", AMOUNT: "10000", "单位编码": "038001", "单位名称": OWN})
    rows.append({**PROJECT, "项目名称": "设备更新", AMOUNT: "20000", "单位编码": "038002", "单位名称": "某市会展中心"})
    out = tmp_path / "结果.xlsx"
    done = run_command("new", out, "--ledger", write_csv(tmp_path / "明细.csv", rows), "--unit", OWN)
    assert done.code == 0, done.err
    lines = read_tables(out)["表十二"][5:]
    assert [(line[0], line[1]) for line in lines] == [
        ("合计", 11),
        (OWN, 9),
        ("市场监测工作经费", 8),
        ("展会经费", 1),
        ("某市会展中心", 2),
        ("设备更新", 2),
    ]
    assert run_command("validate", out).code == 0


HEADINGS = [*SPENDING_HEADINGS, "单位性质"]


@pytest.mark.parametrize("second", ["事业", "行政", ""])
def test_kinds_of_units_are_asked_for_or_taken_from_a_column_never_assumed(tmp_path: Path, second: str) -> None:
    """表十一 holds what is known; until every kind is said nothing is said to be right about it."""
    own = {**RUNNING, "单位编码": "038001", "单位名称": OWN, "单位性质": "行政", AMOUNT: "100000"}
    center = {**RUNNING, "单位编码": "038003", "单位名称": "某市会展中心", "单位性质": second, AMOUNT: "30000"}
    out = tmp_path / "结果.xlsx"
    source = write_csv(tmp_path / "明细.csv", [own, center], HEADINGS)
    done = run_command("new", out, "--ledger", source, "--unit", OWN)
    assert done.code == 0, done.err
    assert read_tables(out)["表十一"][4][1] == (13 if second == "行政" else 10)
    assert ("请在所属单位清单中填写单位性质" in done.out) == (not second)
    report = json.loads(run_command("validate", out, "--json").out)
    asked = [f for f in report["findings"] if f["rule"] == "F53"]
    assert bool(asked) == (not second)
    assert (report["checks"]["无法核对"] > 0) == (not second)
    assert report["passed"]


def test_a_code_that_lost_its_zeros_is_the_same_unit(tmp_path: Path) -> None:
    rows = [
        {**row, "单位编码": code, "单位名称": OWN}
        for row, code in zip(CLEAN, ("038001", "38001", "38001"), strict=True)
    ]
    out = tmp_path / "结果.xlsx"
    done = run_command("new", out, "--ledger", write_csv(tmp_path / "明细.csv", rows), "--unit", OWN)
    assert done.code == 0, done.err
    assert "“38001”与“038001”只差前面的0，按同一单位处理" in done.out
    assert [line[0] for line in read_tables(out)["表十二"][5:]] == [OWN, "市场监测工作经费"]


def test_money_carried_over_is_typed_once_in_the_ledger(tmp_path: Path) -> None:
    """This year's fund income has its row; what is carried over and spent is income without one."""
    fund = {**PROJECT, "资金来源": "政府性基金预算", AMOUNT: "500000"}
    rows = [*CLEAN, fund, {**fund, "预算年度来源": "上年结转", AMOUNT: "88000"}]
    out = tmp_path / "结果.xlsx"
    income = write_csv(tmp_path / "收入.csv", [FUND_INCOME], INCOME_HEADINGS)
    done = run_command(
        "new", out, "--ledger", write_csv(tmp_path / "明细.csv", rows), "--income", income, "--unit", OWN
    )
    assert done.code == 0, done.err
    first = read_tables(out)["表一"]
    assert next(line[1] for line in first if line[0] == "上年结转") == 8.8
    assert not next(line[3] for line in first if line[2] == "年终结转")
    assert run_command("validate", out).code == 0


def test_the_row_of_income_that_is_missing_is_named(tmp_path: Path) -> None:
    fund = {**PROJECT, "资金来源": "政府性基金预算", AMOUNT: "500000"}
    rows = [*CLEAN, fund, {**fund, "预算年度来源": "上年结转", AMOUNT: "88000"}]
    given = [FUND_INCOME, {**FUND_INCOME, "预算年度来源": "上年结转", AMOUNT: "50000"}]
    out = tmp_path / "结果.xlsx"
    income = write_csv(tmp_path / "收入.csv", given, INCOME_HEADINGS)
    done = run_command(
        "new", out, "--ledger", write_csv(tmp_path / "明细.csv", rows), "--income", income, "--unit", OWN
    )
    assert done.code == 0, done.err
    assert "“政府性基金预算、上年结转”一行缺38000.00元" in run_command("validate", out).out


@pytest.mark.parametrize(
    ("own", "listed", "says"),
    [
        ("038", [("038001", OWN), ("038002", "某市会展中心")], ""),
        ("38", [("038001", OWN)], ""),
        ("038001", [("038001001", OWN), ("038001002", "某市会展中心")], ""),
        ("038", [("038001", OWN), ("038005", OWN)], f"单位“{OWN}”有两个编码：“038001”和“038005”"),
        ("038", [("039001", OWN)], "有两个编码"),
        ("038001", [("038", OWN)], "有两个编码"),
        ("038", [("038001", "某市会展中心"), ("038002", "某市会展中心")], "有两个编码"),
        ("038001", [("038001", OWN), ("0380010", "某市会展中心")], ""),
    ],
)
def test_a_department_and_its_own_office_are_no_two_codes_for_one_unit(
    own: str, listed: list[tuple[str, str]], says: str
) -> None:
    """The department's code is what the codes of its units begin with, its own office's among them."""
    units = tuple(Unit(code, name, "行政") for code, name in listed)
    info = UnitInfo({"unit_code": own, "unit_name": OWN, "unit_kind": "行政"}, units, ())
    told = [doubt.message for doubt in UnitRegister(info, [(u.code, u.name) for u in units]).doubts()]
    assert len(told) == bool(says), told
    assert all(says in message for message in told)
