"""导入各表 into a workbook that is there: as `import` gives them, and nothing of the clerk's lost."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from addin.verbs.tables_in import tables_into
from addin.xlsx import Workbook
from tests.support.command import run_command
from tests.support.foreign import foreign_tables, write_book
from tests.support.live import Cells, differences, file_cells
from udfs.base import InputProblems


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_book(tmp_path / "来源.xlsx", foreign_tables())


def _taken(book: Path, source: Path, out: Path) -> str:
    taken = tables_into(Workbook(book), source)
    Workbook(book).save_as(taken.blocks, out)
    return taken.lost


def _of_tables(cells: Cells) -> Cells:
    return {at: value for at, value in cells.items() if at[0].startswith("表") or at[0] == "勾稽关系"}


def test_a_new_workbook_gets_what_import_gives(source: Path, tmp_path: Path) -> None:
    assert run_command("import", source, "-o", tmp_path / "导入.xlsx").code == 0
    assert run_command("new", tmp_path / "空白.xlsx").code == 0
    listed = _taken(tmp_path / "空白.xlsx", source, tmp_path / "各表.xlsx")
    found, expected = file_cells(tmp_path / "各表.xlsx"), file_cells(tmp_path / "导入.xlsx")
    assert differences(_of_tables(found), _of_tables(expected)) == []
    assert "识别出13张表，本版式共13张" in listed
    assert "表三 ← 表3!A1" in listed
    assert "将被替换" not in listed
    assert run_command("validate", tmp_path / "各表.xlsx").code == 0


def test_csv_files_of_one_folder_are_taken_together(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "导出"
    folder.mkdir()
    for name, lines in foreign_tables().items():
        with (folder / f"{name}.csv").open("w", encoding="gbk", newline="") as file:
            csv.writer(file).writerows([["" if v is None else v for v in line] for line in lines])
    assert run_command("new", tmp_path / "空白.xlsx").code == 0
    _taken(tmp_path / "空白.xlsx", source, tmp_path / "一.xlsx")
    _taken(tmp_path / "空白.xlsx", folder / "表3.csv", tmp_path / "二.xlsx")
    one, two = file_cells(tmp_path / "一.xlsx"), file_cells(tmp_path / "二.xlsx")
    assert differences(_of_tables(one), _of_tables(two)) == []


def test_tables_that_the_source_lacks_and_what_is_filled_in_stay(published_book: Path, tmp_path: Path) -> None:
    grids = foreign_tables()
    few = {name: grids[name] for name in ("表3", "表7")}
    few["表3"] = [list(line) for line in few["表3"]]
    few["表3"][6][2] = 1.23
    for line in few["表3"]:
        line[:] = [v.replace("单位名称：", "单位名称：另一个") if isinstance(v, str) else v for v in line]
    source = write_book(tmp_path / "两张.xlsx", few)
    listed = _taken(published_book, source, tmp_path / "各表.xlsx")
    assert "识别出2张表" in listed
    assert "工作簿中表三现有的内容将被替换" in listed
    assert "文件的单位名称是“另一个" in listed
    before, after = file_cells(published_book), file_cells(tmp_path / "各表.xlsx")
    changed = {at[0] for at, *_ in differences(before, after)}
    assert changed <= {"表三", "勾稽关系", "封面", "校验结果"}
    assert 1.23 in {value for at, value in after.items() if at[0] == "表三"}
    assert ("表七", 5, 1) in after


def test_a_source_without_tables_is_refused_and_says_what_it_is(published_book: Path, tmp_path: Path) -> None:
    source = write_book(tmp_path / "别的.xlsx", {"Sheet1": [["日程"], ["周一", "开会"]]})
    with pytest.raises(InputProblems, match="没有识别出"):
        tables_into(Workbook(published_book), source)
