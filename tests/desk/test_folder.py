"""收表 on the page: the grid fills in, who is missing is said, changed files are examined again, 退回单 are given."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copy

import pytest
from lxml import html

from tests.support.books import parts_of
from tests.support.command import run_command
from tests.support.desk import OpenDesk


@pytest.fixture
def folder(sample_book: Path, tmp_path: Path) -> Path:
    inner = tmp_path / "各单位"
    inner.mkdir()
    copy(sample_book, inner / "甲.xlsx")
    (inner / "坏.xlsx").write_bytes(b"x")
    (inner / "应报单位.csv").write_text("单位编码,单位名称\n038001,示例市商务局\n038099,示例市某局\n", "utf-8")
    return inner


def _states(desk: OpenDesk) -> dict[str, str]:
    page = html.fragment_fromstring(desk.view("folder"), create_parent=True)
    rows = [[" ".join(cell.text_content().split()) for cell in row.iter("td")] for row in page.iter("tr")]
    return {row[0]: row[2] for row in rows if row}


def test_every_file_and_who_is_missing_is_shown(folder: Path) -> None:
    desk = OpenDesk(folder)
    before = {p: p.read_bytes() for p in folder.iterdir()}
    assert "未报" in desk.press("folder", path=str(folder))
    states = _states(desk)
    assert states["坏.xlsx"] == "无法读取"
    assert states["示例市某局"] == "未报"
    assert states["示例市商务局"] in ("有强制问题", "不能汇总")
    assert "各表尚未生成" in desk.view("folder", name="甲.xlsx")
    assert {p: p.read_bytes() for p in folder.iterdir()} == before


def test_what_goes_back_to_units_is_what_the_command_line_writes(folder: Path) -> None:
    desk = OpenDesk(folder)
    desk.press("folder", path=str(folder))
    notices = folder.with_name("各单位-退回单")
    assert str(notices) in desk.press("returned", name="甲.xlsx")
    (one,) = notices.iterdir()
    assert "商务局" in one.name
    assert desk.press("returned").startswith("退回单2份")
    run_command("receive", folder, "-o", folder.with_name("汇总.xlsx"), "--check")
    theirs = folder.with_name("汇总-退回单")
    assert {p.name for p in notices.iterdir()} == {p.name for p in theirs.iterdir()}
    for notice in notices.iterdir():
        ours, other = parts_of(notice), parts_of(theirs / notice.name)
        assert ours | {"docProps/core.xml": b""} == other | {"docProps/core.xml": b""}


def test_a_file_that_changes_is_examined_again(folder: Path, sample_book: Path) -> None:
    desk = OpenDesk(folder)
    desk.press("folder", path=str(folder))
    desk.is_watched()
    copy(sample_book, folder / "坏.xlsx")
    desk.desk.watch()
    assert "坏.xlsx" in _states(desk), "it may still be on its way"
    desk.desk.watch()
    assert "坏.xlsx" not in _states(desk)


def test_a_folder_that_is_gone_and_a_list_that_is_late_are_told(folder: Path) -> None:
    desk = OpenDesk(folder)
    desk.press("folder", path=str(folder))
    desk.is_watched()
    (folder / "应报单位.csv").write_text("单位编码,单位名称\n038098,示例市另一局\n", "utf-8")
    for _ in range(2):
        desk.desk.watch()
    assert _states(desk)["示例市另一局"] == "未报"
    folder.rename(folder.with_name("移走"))
    for _ in range(2):
        desk.desk.watch()
    assert "找不到" in desk.view("folder")
    assert _states(desk) == {}


def test_the_button_fills_the_grid_too(folder: Path) -> None:
    desk = OpenDesk(folder)
    assert "结果在" in desk.press("check_folder", folder)
    assert _states(desk)["坏.xlsx"] == "无法读取"
    assert (folder.parent / "各单位-批量校验.xlsx").exists()


def test_a_name_in_no_known_encoding_is_no_reason_to_show_nothing(folder: Path, sample_book: Path) -> None:
    book = Path(copy(sample_book, os.fsdecode(os.fsencode(folder) + b"/\xb1\xed.xlsx")))
    desk = OpenDesk(folder)
    desk.press("folder", path=str(folder))
    assert "示例市商务局" in desk.view("folder")
    desk = OpenDesk(book)
    desk.is_watched()
    assert "各表尚未生成" in desk.view("overview")
    desk.press("fill")


def test_an_empty_folder_and_a_disk_are_said(tmp_path: Path) -> None:
    desk = OpenDesk(tmp_path)
    assert "没有工作簿" in desk.refused("folder", path=str(tmp_path))
    before = desk.desk.folder
    assert "整个磁盘" in desk.refused("folder", path="/")
    assert desk.desk.folder is before, "a whole disk is not watched"
