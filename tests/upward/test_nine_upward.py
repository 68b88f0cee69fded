"""The nine-table form, and every year's form, on the way up: finished, verified, received alone and among others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from addin.upward.submit import relations_version
from addin.xlsx.files import Workbook
from tests.support.command import run_command
from tests.support.foreign import NINE, grids_of, write_book
from tests.support.hostile import packed
from tests.support.many import unit_parts
from tests.support.received import lines_of, states
from tests.support.sealed import set_number, set_text, tampered
from tests.support.tools import validator_errors
from workbook_templates.reading import available_editions, load_edition
from workbook_templates.reading.edition import default_edition

HEADINGS = "资金来源,功能科目编码,支出类别,经费类别,项目名称,部门经济科目编码,金额（元）"
ROWS = (
    "一般公共预算,2010301,基本支出,人员经费,,30101,1234567.00",
    "一般公共预算,2080505,基本支出,人员经费,,30108,234567.89",
    "一般公共预算,2010301,基本支出,公用经费,,30201,34567.12",
    "一般公共预算,2010301,基本支出,公用经费,,30217,5000.00",
    "政府性基金预算,2120803,项目支出,,建设项目,30201,500000.00",
)
UNITS = 2
#: A later year's edition of the form that is the default.
LATER = next(n for n in available_editions() if n != default_edition() and n.endswith("-shanxi"))


def finished(folder: Path, number: int) -> Path:
    """A nine-table workbook made from a ledger and finished."""
    ledger, made, book = folder / "明细.csv", folder / f"{number}.xlsx", folder / f"{number}-填.xlsx"
    ledger.write_text("\n".join([HEADINGS, *ROWS, ""]), "utf-8-sig")
    done = run_command("new", made, "--edition", NINE, "--ledger", ledger, "--unit", f"某单位{number}")
    assert done.code == 0, done.err
    row = next(n for n, line in enumerate(Workbook(made).grids["基础信息"], 1) if line[0] == "单位编码")
    tampered(made, book, set_text("基础信息", f"B{row}", lambda _: f"30000{number}"))
    done = run_command("submit", book, "-o", folder / "定稿")
    assert done.code == 0, done.err
    return folder / "定稿" / f"30000{number}-某单位{number}-2025年预算公开.xlsx"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("九表")
    return [finished(folder, number) for number in range(1, UNITS + 1)]


@pytest.fixture(scope="module")
def summed(tmp_path_factory: pytest.TempPathFactory, sent: list[Path]) -> Path:
    """What comes of finished units, one whose tables alone are known, one of another year, and one of another form."""
    folder = tmp_path_factory.mktemp("收表")
    came = folder / "来文"
    came.mkdir()
    for path in sent:
        shutil.copy(path, came)
    done = run_command("import", write_book(folder / "外来.xlsx", grids_of("unit")), "-o", came / "外来.xlsx")
    assert done.code == 0, done.err
    (came / "去年.xlsx").write_bytes(packed(unit_parts(0, 7)))
    parts = unit_parts(0, 8)
    set_number("基础信息", "B8", lambda _: 2025)(parts)
    (came / "十三表.xlsx").write_bytes(packed(parts))
    out = folder / "汇总.xlsx"
    done = run_command("receive", came, "-o", out)
    assert done.code == 1, done.err
    return out


def test_a_finished_nine_table_workbook_is_intact_and_a_change_is_named(sent: list[Path], tmp_path: Path) -> None:
    assert validator_errors(sent[0]) == []
    done = run_command("verify", sent[0])
    assert done.code == 0
    assert "封印完好" in done.out
    touched = tampered(sent[0], tmp_path / "改动.xlsx", set_number("表三", "E6", lambda value: value + 1))
    done = run_command("verify", touched)
    assert done.code == 1
    assert "表三!E6" in done.out


def test_both_forms_in_one_folder_are_told_apart(summed: Path) -> None:
    found = states(summed)
    others = {"十三表.xlsx": "版式不同", "去年.xlsx": "年度不符", "外来.xlsx": "已汇总（仅有表格）"}
    assert {name: state for name, state in found.items() if state != "已汇总"} == others
    assert len(found) == UNITS + len(others)
    told = {line["文件"]: line["说明"] for line in lines_of(summed, "收表情况")}
    assert told["十三表.xlsx"] == "为2024年十三表版式，本次汇总2025年九表版式"
    assert "单位性质" in told["外来.xlsx"]
    assert validator_errors(summed) == []


def test_the_sum_keeps_each_tables_own_unit_of_measure(summed: Path, sent: list[Path]) -> None:
    total, one = Workbook(summed).grids, Workbook(sent[0]).grids
    alone = grids_of("unit")
    places = {row[0]: row[1] for row in total["表一"] if row[0]}
    own = {row[0]: row[1] for row in one["表一"] if row[0]}
    printed = {row[0]: row[1] for row in alone["Sheet1"] if len(row) > 1 and row[0]}
    for label in ("一、财政拨款收入", "2.政府性基金", "收入总计"):
        assert places[label] == pytest.approx(UNITS * own[label] + float(printed.get(label) or 0), abs=0.001)
    # In 万元: 2 × 0.50 and 1.00 for receptions, 2 × 39 567.12 元 and 171.01 for running costs.
    assert [value for value in total["表九"][5] if value] == [2.0, 2.0, 178.92]


def test_classes_of_all_units_are_numbered_anew(summed: Path) -> None:
    labels = [row[2] for row in Workbook(summed).grids["表一"][6:] if len(row) > 2 and row[2]]
    assert labels[0] == "一、一般公共服务支出"
    assert [label[0] for label in labels[:-1]] == list("一二三四五六七八")
    assert "五、城乡社区支出" in labels
    assert labels[-1] == "支出总计"


def of_a_later_edition(number: int) -> dict[str, bytes]:
    """A unit's workbook that says it was made from a later year's edition of the same form."""
    parts = unit_parts(0, number)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(default_edition().encode(), LATER.encode())
    return parts


def test_two_years_editions_of_one_form_are_added_up(tmp_path: Path) -> None:
    came = tmp_path / "来文"
    came.mkdir()
    for number in (1, 2):
        (came / f"{number}.xlsx").write_bytes(packed(unit_parts(0, number)))
    (came / "3.xlsx").write_bytes(packed(of_a_later_edition(3)))
    out = tmp_path / "汇总.xlsx"
    done = run_command("receive", came, "-o", out)
    assert set(states(out).values()) == {"已汇总"}, done.out
    one = {row[0]: row[1] for row in Workbook(came / "3.xlsx").grids["表一"] if row[0]}
    total = {row[0]: row[1] for row in Workbook(out).grids["表一"] if row[0]}
    assert total["收入总计"] == pytest.approx(3 * one["收入总计"], abs=0.02)


@pytest.mark.parametrize("name", available_editions())
def test_every_edition_tells_the_version_of_its_relations(name: str) -> None:
    assert relations_version(load_edition(name)).startswith(f"{len(load_edition(name).relations)}条，")


def test_a_workbook_of_a_year_that_rests_on_another_can_be_finished(tmp_path: Path) -> None:
    (tmp_path / "7.xlsx").write_bytes(packed(of_a_later_edition(7)))
    done = run_command("submit", tmp_path / "7.xlsx", "-o", tmp_path / "out")
    assert done.code == 0, done.err
    (out,) = (tmp_path / "out").iterdir()
    assert run_command("verify", out).code == 0
    assert any(str(row[1]).startswith(f"{LATER}/") for row in Workbook(out).grids["定稿信息"])
