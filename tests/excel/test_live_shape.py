"""What a click gives 绩效目标 to look like is what the command line gives it, and goes again with the values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from addin.excel import com
from addin.excel.book import LiveBook
from addin.excel.shape_xml import read_shape
from addin.excel.shapes import HIDDEN, plain
from addin.excel.waiting import NotRestored
from addin.verbs import commands
from tests.support.calc.traffic import TRAFFIC, CallFailed
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE, LONG
from tests.support.live import Desk
from tests.support.shape import SHEET, TOP, WIDTH, file_look, live_look, unlike
from udfs.base.cells import Block, Layout
from udfs.base.problems import InputProblems
from workbook_templates.reading.sample import Sample

pytestmark = pytest.mark.live
NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
TITLE, LABEL, TEXT, MONEY = "公开-标题", "公开-表单标签", "公开-表单正文", "公开-表单金额"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shape") / "填报.xlsx"
    commands.sample_workbook(path, Sample())
    return path


def _filled(book: Any, folder: Path) -> Path:
    """The open workbook as it is, filled by the command line."""
    book.save()
    out = folder / "各表.xlsx"
    done = run_command("fill", book.fullname, "-o", out)
    assert done.code == 0, done.err
    return out


@LONG
def test_the_forms_look_as_on_files_also_when_projects_come_and_go_and_undo_brings_the_old_shape_back(
    desk: Desk, source: Path, tmp_path: Path
) -> None:
    book = desk.open(source, tmp_path / "绩效.xlsx")
    empty = live_look(book)
    assert not empty["merges"]
    assert not empty["styles"]
    protected, cells = [sheet.api.ProtectContents for sheet in book.sheets], desk.dump(book)
    wanted = _filled(book, tmp_path)
    desk.click("fill")
    first = live_look(book)
    assert unlike(first, file_look(desk, wanted, book)) == {}
    assert len(first["breaks"]) == 8
    assert len(first["merges"]) > 500

    assert "已恢复" in desk.click("undo")
    assert unlike(live_look(book), empty) == {}
    assert desk.dump(book) == cells
    assert "已恢复" in desk.click("undo")
    assert unlike(live_look(book), first) == {}

    # One more project, first of all, and two fewer.
    projects = book.sheets["项目信息"]
    projects.range("A2:Z2").insert("down")
    projects.range("A2:Z2").value = projects.range("A3:Z3").options(ndim=2).value
    projects.range("A2").value = "新增的项目"
    for row in (6, 4):
        projects.range(f"A{row}:Z{row}").delete("up")
    wanted = _filled(book, tmp_path)
    assert "已生成" in desk.click("fill")
    fewer = live_look(book)
    assert unlike(fewer, file_look(desk, wanted, book)) == {}
    assert len(fewer["breaks"]) == 7
    assert [sheet.api.ProtectContents for sheet in book.sheets] == protected
    desk.click("undo")
    assert unlike(live_look(book), first) == {}


def test_forms_that_stand_there_without_their_look_get_it_and_a_hidden_row_stays_hidden(
    desk: Desk, source: Path, tmp_path: Path
) -> None:
    assert run_command("fill", source, "-o", tmp_path / "各表.xlsx").code == 0
    book = desk.open(tmp_path / "各表.xlsx", tmp_path / "无格式.xlsx")
    looks, cells = live_look(book), desk.dump(book)
    assert "没有需要改动" in desk.click("fill")
    sheet = book.sheets[SHEET]
    sheet.api.Unprotect("")
    com.part(sheet.range((TOP, 1), (TOP + 400, WIDTH)))
    com.set_style(sheet, f"A{TOP}:H{TOP + 400}", "Normal")
    com.set_break(sheet, looks["breaks"][0], False)
    # One that she has put where a form does not begin is not asked for, and stays.
    com.set_break(sheet, looks["breaks"][0] + 7, True)
    com.set_heights(sheet, [(TOP, TOP + 30)], 20)
    sheet.impl._uno.Rows.getByIndex(TOP + 40).IsVisible = False
    sheet.api.Protect("")
    bare = live_look(book)
    assert "已生成" in desk.click("fill")
    looks["heights"][41] = 0.0
    looks["breaks"] = sorted([*looks["breaks"], looks["breaks"][0] + 7])
    assert unlike(live_look(book), looks) == {}
    assert desk.dump(book) == cells
    desk.click("undo")
    assert unlike(live_look(book), bare) == {}


@pytest.mark.parametrize("edition", ["2025-shanghai"])
def test_an_edition_without_performance_forms_is_written_as_ever(desk: Desk, tmp_path: Path, edition: str) -> None:
    path = tmp_path / "上海.xlsx"
    assert run_command("new", path, "--edition", edition).code == 0
    book = desk.open(path, path)
    assert SHEET not in [sheet.name for sheet in book.sheets]
    TRAFFIC.reset()
    desk.click("fill")
    assert TRAFFIC.calls["RangeMembers.GetValue"] == 0


def _block(rows: int, *, offset: int = 0) -> list[Block]:
    """Small forms of so many rows, each two rows of a title and four of labels and texts."""
    styles, cells, heights, merges, breaks = [], [], [], [], []
    for row in range(rows):
        place = row % 6
        title = place < 1
        styles.append([TITLE] * WIDTH if title else [LABEL, LABEL, *[TEXT] * 5, MONEY])
        cells.append(
            ["表", *[None] * 7] if title else [f"标签{row}", None, "0个", "12", None, None, None, float(row + 1)]
        )
        heights.append((36.0, 20.0, 34.0)[row % 3])
        merges += [(row, 0, 1, 8)] if title else [(row, 0, 1, 2), (row, 3, 1, 4)]
        breaks += [row] if title and row else []
    layout = Layout(styles, merges, heights, breaks)
    gone = 24 - rows
    empty = Layout([[""] * WIDTH] * gone, heights=[0.0] * gone)
    return [
        Block(SHEET, TOP + offset, 1, cells, layout=layout),
        Block(SHEET, TOP + offset + rows, 1, [[None] * WIDTH] * gone, layout=empty),
    ]


def _write(live: LiveBook, blocks: list[Block], fail_at: int = 0) -> list[str]:
    """Blocks written with one call failing; the names of the calls."""
    TRAFFIC.reset(fail_at, CallFailed("made to fail"))
    try:
        live.write(blocks)
    finally:
        TRAFFIC.fail_at = 0
    return list(TRAFFIC.order)


def _read(book: Any) -> LiveBook:
    live = LiveBook(book)
    live.read()
    return live


@LONG
def test_a_failure_at_any_call_leaves_shape_and_values_as_they_were(desk: Desk, source: Path, tmp_path: Path) -> None:
    book = desk.open(source, tmp_path / "中断.xlsx")
    _write(_read(book), _block(18))
    before, cells, settings = live_look(book, 40), desk.dump(book), desk.settings()
    assert len(before["breaks"]) == 2
    one = _read(book)
    calls = _write(one, _block(12, offset=1))
    after, after_cells = live_look(book, 40), desk.dump(book)
    assert unlike(after, before)
    other = _read(book)
    kinds = {"Areas.Merge", "Areas.Style=", "Areas.RowHeight=", "Areas.UseStandardHeight=", "Areas.PageBreak="}
    assert kinds | {"RangeMembers.UnMerge", "RangeMembers.GetValue"} <= set(calls)
    _write(other, _block(18))
    first = {name: calls.index(name) + 1 for name in kinds | {"RangeMembers.UnMerge", "RangeMembers.GetValue"}}
    last = {len(calls) - number for number in (0, 1, 5, 9)}
    failed = 0
    for number in range(1, len(calls) + 1) if EVIDENCE else sorted({*first.values(), *last, *range(3, len(calls), 47)}):
        try:
            _write(one, _block(12, offset=1), number)
        except (CallFailed, InputProblems):
            # Where protection cannot be taken off, a password is supposed.
            failed += 1
            assert unlike(live_look(book, 40), before) == {}, calls[number - 1]
            assert desk.dump(book) == cells, calls[number - 1]
        else:
            # It could be done a second time.
            assert unlike(live_look(book, 40), after) == {}, calls[number - 1]
            assert desk.dump(book) == after_cells, calls[number - 1]
            _write(other, _block(18))
        assert book.sheets[SHEET].api.ProtectContents
        assert desk.settings() == settings
    print(f"{failed} of {len(calls)} calls failed")
    assert failed > 5


def test_a_failure_among_the_styles_of_a_sheet_without_forms_leaves_it_plain(
    desk: Desk, source: Path, tmp_path: Path
) -> None:
    book = desk.open(source, tmp_path / "空表.xlsx")
    before, cells = live_look(book, 90), desk.dump(book)
    # More rows than the sheet has: cells that got a style then lie below everything that is written.
    taller = _block(84)[:1]
    calls = _write(_read(book), taller)
    styles = [number for number, name in enumerate(calls, 1) if name == "Areas.Style="]
    assert len(styles) > 2
    book.close()
    book = desk.open(source, tmp_path / "又一张.xlsx")
    for number in styles[:3]:
        with pytest.raises(CallFailed):
            _write(_read(book), taller, number)
        assert unlike(live_look(book, 90), before) == {}, number
        assert desk.dump(book) == cells


@pytest.mark.parametrize(
    "given", ["no XML", f'<w:Workbook xmlns:w="{NAMESPACE}"><w:Worksheet><w:Table/></w:Worksheet></w:Workbook>']
)
def test_where_the_shape_cannot_be_read_a_failure_says_so_and_writing_goes_on(
    desk: Desk, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    book = desk.open(source, tmp_path / "读不出.xlsx")
    _write(_read(book), _block(18))
    wanted = live_look(book, 40)
    cells = desk.dump(book)
    monkeypatch.setattr(com, "as_xml", lambda _: given)
    live = _read(book)
    calls = _write(live, _block(18))
    assert unlike(live_look(book, 40), wanted) == {}
    with pytest.raises(NotRestored, match=SHEET):
        _write(live, _block(12), calls.index("Areas.Merge") + 1)
    assert desk.dump(book) == cells
    assert book.sheets[SHEET].api.ProtectContents


def test_a_style_that_the_workbook_lacks_is_none(desk: Desk, source: Path, tmp_path: Path) -> None:
    book = desk.open(source, tmp_path / "样式.xlsx")
    layout = Layout([["没有这样的样式", TITLE, *[""] * 6]], heights=[0.0])
    _write(_read(book), [Block(SHEET, TOP, 1, [["甲", "乙", *[None] * 6]], layout=layout)])
    assert live_look(book, 40)["styles"] == {(TOP, 2): TITLE}


XML = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
 <Styles>
  <Style ss:ID="Default" ss:Name="Normal"><Alignment ss:Vertical="Center"/></Style>
  <Style ss:ID="m1" ss:Name="甲"><Font ss:Bold="1"/></Style>
  <Style ss:ID="s20" ss:Parent="m1"/>
  <Style ss:ID="s21"><Font ss:Italic="1"/></Style>
 </Styles>
 <Worksheet ss:Name="Sheet1">
  <Table ss:ExpandedColumnCount="3" ss:ExpandedRowCount="6" ss:DefaultRowHeight="20">
   <Column ss:Width="60"/>
   <Row ss:AutoFitHeight="0" ss:Height="36">
    <Cell ss:MergeAcross="2" ss:StyleID="m1"><Data ss:Type="String">题</Data></Cell></Row>
   <Row><Cell ss:MergeDown="1" ss:StyleID="s20"/><Cell ss:StyleID="s21"/><Cell ss:StyleID="s20"/></Row>
   <Row ss:Hidden="1"><Cell ss:Index="3" ss:StyleID="m1"/></Row>
   <Row ss:Index="5" ss:Height="34" ss:Span="1" ss:StyleID="s20"/>
  </Table>
 </Worksheet>
</Workbook>"""


def test_a_shape_is_read_from_an_xml_spreadsheet() -> None:
    shape = read_shape(XML, 7, 3, ["Normal"] * 3)
    assert shape is not None
    assert shape.merges == ((0, 0, 1, 3), (1, 0, 2, 1))
    assert shape.heights == (36.0, 0.0, HIDDEN, 0.0, 34.0, 34.0, 0.0)
    three, none = ("甲",) * 3, ("",) * 3
    assert shape.styles == (three, ("甲", "", "甲"), ("甲", "", "甲"), none, three, three, none)
    assert read_shape("<x/>", 1, 1, ["Normal"]) is None
    assert read_shape("", 1, 1, ["Normal"]) is None
    assert read_shape(XML.replace('"36"', '"high"'), 7, 3, ["Normal"] * 3) is None
    assert read_shape(XML.replace("<Row", "<Raw").replace("</Row", "</Raw"), 2, 3, ["Normal"] * 3) == plain(2, 3)
