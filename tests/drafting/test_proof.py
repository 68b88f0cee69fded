"""What `edition check` says of examples: made from their ledger, or proved to come from one; and where they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.command import run_command
from tests.support.twelve import HEADINGS, LEDGER, as_foreign, filled_book
from workbook_templates.reading import EDITIONS_FOLDER

EDITION = EDITIONS_FOLDER / "2019-jiangsu"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a unit in another office's workbook, beside its ledger."""
    folder = tmp_path_factory.mktemp("例")
    as_foreign("2019", filled_book(folder, "2019"), folder / "例表.xlsx")
    (folder / "例明细.csv").write_text("\n".join([HEADINGS, *LEDGER, ""]), "utf-8-sig")
    return folder / "例表.xlsx"


def _changed(example: Path, path: Path, sheet: str, label: str) -> Path:
    """The example with the amount of one row raised."""
    opened = load_workbook(example)
    page = opened[sheet]
    row = next(r for r in page.iter_rows() if label in [c.value for c in r])
    cell: Any = next(c for c in reversed(row) if isinstance(c.value, int | float))
    cell.value += 500
    opened.save(path)
    return path


def test_tables_that_a_ledger_gives_are_proved_to_come_from_one(example: Path) -> None:
    done = run_command("edition", "check", EDITION, "--example", example)
    assert done.code == 0, done.err
    assert "能否由同一份明细得到，0栏有不能得到的" in done.out
    assert "公开文档：可以输出" in done.out


def test_what_no_ledger_can_give_is_named(example: Path, tmp_path: Path) -> None:
    """More 机关运行经费 than 基本支出: every sum within its table holds."""
    wrong = tmp_path / "错.xlsx"
    _changed(example, wrong, "Sheet11", "合计")
    _changed(wrong, wrong, "Sheet11", "30201")
    _changed(wrong, wrong, "Sheet11", "302")
    done = run_command("edition", "check", EDITION, "--example", wrong)
    assert "表十一“金额”栏的" in done.out, done.out
    assert "没有任何明细能得到" in done.out


def test_the_ledger_of_an_example_is_held_against_its_tables(example: Path, tmp_path: Path) -> None:
    ledger = example.with_name("例明细.csv")
    done = run_command("edition", "check", EDITION, "--example", example, "--ledger", ledger)
    assert "0栏有不符" in done.out, done.out
    wrong = _changed(example, tmp_path / "错.xlsx", "Sheet7", "2010302")
    done = run_command("edition", "check", EDITION, "--example", wrong, "--ledger", ledger)
    assert "（相差500.00），由明细得不到" in done.out, done.out
