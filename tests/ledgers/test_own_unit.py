"""A workbook that does not yet say its own code knows itself by name."""

from __future__ import annotations

from pathlib import Path

from tests.support.books import read_tables
from tests.support.command import run_command
from tests.support.ledgers import AMOUNT, CLEAN, PROJECT, write_csv

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
