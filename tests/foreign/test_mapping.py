"""Ledgers in the words of another system: mapped once by suggestion and confirmation, then used again."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.xlsx.files import Workbook
from tests.support.command import Outcome, run_command
from tests.support.exported import confirm, export
from tests.support.published import UNIT

REMEMBERED = "预算明细对应.csv"


def new(folder: Path, source: Path, *more: str | Path) -> Outcome:
    return run_command("new", folder / "book.xlsx", "--ledger", source, "--unit", UNIT, *more)


def tables(path: Path) -> dict[str, list[list[object]]]:
    grids = Workbook(path).grids
    return {name: grid for name, grid in grids.items() if name.startswith("表")}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return export(tmp_path / "导出" / "export.csv")


def test_a_first_run_writes_nothing_and_tells_what_it_would_map_and_how_to_confirm(
    tmp_path: Path, source: Path
) -> None:
    done = new(tmp_path / "out", source)
    assert done.code == 2
    assert not (tmp_path / "out").exists()
    assert "“资金来源” ← “资金性质”" in done.err
    assert "“一般公共预算拨款”按“一般公共预算”" in done.err
    assert "--mapping" in done.err


def test_nothing_is_taken_over_before_it_is_confirmed(tmp_path: Path, source: Path) -> None:
    mapping = tmp_path / "对应.csv"
    first = new(tmp_path, source, "--mapping", mapping)
    assert first.code == 2
    assert "已核对" in first.err
    assert mapping.exists()
    again = new(tmp_path, source, "--mapping", mapping)
    assert again.code == 2
    assert "还没有核对" in again.err
    assert not (tmp_path / "book.xlsx").exists()


def test_a_confirmed_mapping_gives_the_same_tables_and_is_remembered(
    tmp_path: Path, source: Path, published_book: Path
) -> None:
    mapping = tmp_path / "对应.csv"
    new(tmp_path, source, "--mapping", mapping)
    confirm(mapping)
    done = new(tmp_path, source, "--mapping", mapping)
    assert done.code == 0, done.err
    assert tables(tmp_path / "book.xlsx") == tables(published_book)
    assert (tmp_path / REMEMBERED).exists()
    again = new(tmp_path, source)
    assert again.code == 0, again.err
    assert REMEMBERED in again.out


def test_a_column_that_is_missing_is_filled_with_the_value_that_the_clerk_gives(
    tmp_path: Path, published_book: Path
) -> None:
    source = export(tmp_path / "导出" / "export.csv", leave_out="预算年度来源")
    mapping = tmp_path / "对应.csv"
    new(tmp_path, source, "--mapping", mapping)
    assert "固定值,预算年度来源" in mapping.read_text(encoding="utf-8-sig")
    confirm(mapping, 预算年度来源="本年")
    done = new(tmp_path, source, "--mapping", mapping)
    assert done.code == 0, done.err
    assert tables(tmp_path / "book.xlsx") == tables(published_book)


def test_a_word_that_the_mapping_does_not_know_is_reported_not_guessed(tmp_path: Path, source: Path) -> None:
    mapping = tmp_path / "对应.csv"
    new(tmp_path, source, "--mapping", mapping)
    confirm(mapping)
    assert new(tmp_path, source, "--mapping", mapping).code == 0
    other = export(tmp_path / "导出" / "next.csv", word="彩票公益金")
    done = new(tmp_path, other)
    assert done.code == 2
    assert "彩票公益金" in done.err


def test_another_export_is_not_read_with_a_mapping_of_this_one(tmp_path: Path, source: Path) -> None:
    mapping = tmp_path / "对应.csv"
    new(tmp_path, source, "--mapping", mapping)
    confirm(mapping)
    other = tmp_path / "other.csv"
    other.write_text("日期,摘要,借方,贷方\n1月,买纸,3.5,\n", encoding="utf-8")
    done = new(tmp_path, other, "--mapping", mapping)
    assert done.code == 2
    assert "找不到对应文件所说的列" in done.err


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, source: Path) -> None:
    mapping = tmp_path / "对应.csv"
    mapping.write_text("a,b\n1,2\n", encoding="utf-8")
    done = new(tmp_path, source, "--mapping", mapping)
    assert done.code == 2
    assert "不是明细对应文件" in done.err
