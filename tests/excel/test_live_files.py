"""Buttons that work on other files too: ledgers and last year taken in, finished, laid out, received; as on files."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from addin.verbs import report
from tests.support.command import run_command
from tests.support.evidence import LONG
from tests.support.exported import confirm, export
from tests.support.foreign import foreign_tables, write_book
from tests.support.ledgers import CLEAN, write_csv
from tests.support.live import Cells, Desk, Steps, differences, file_cells
from tests.support.many import write_units
from tests.support.published import LEDGER, UNIT

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def finished(steps: Steps) -> Path:
    return steps.narrated


def without(cells: Cells, *sheets: str) -> Cells:
    """The cells of the other sheets."""
    return {at: value for at, value in cells.items() if at[0] not in sheets}


def answer(desk: Desk, *answers: Any) -> None:
    """What the clerk will choose in the next boxes, one after the other."""
    desk.impl._answers.extend(str(a) if isinstance(a, Path) else a for a in answers)


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, but for what the program keeps of its own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "data" not in path.parts and not path.name.startswith(".")
    }


def test_last_year_and_a_ledger_taken_in_give_the_workbook_that_new_gives(
    desk: Desk, finished: Path, tmp_path: Path
) -> None:
    wanted, start = tmp_path / "命令行.xlsx", tmp_path / "新 工作簿.xlsx"
    assert run_command("new", wanted, "--from", finished, "--ledger", LEDGER).code == 0
    assert run_command("fill", wanted, "-o", tmp_path / "各表.xlsx").code == 0
    assert run_command("new", start, "--edition", "2025-shanxi").code == 0
    book = desk.open(start, start)
    before, settings = desk.dump(book), desk.settings()
    answer(desk, finished)
    assert "已由2024年工作簿导入上年数据" in desk.click("last_year")
    assert book.sheets.active.name == "上年数据"
    taken = desk.dump(book)
    assert "恢复" in desk.click("undo")
    assert desk.dump(book) == before
    desk.click("undo")
    assert desk.dump(book) == taken
    answer(desk, LEDGER)
    assert "已导入预算明细" in desk.click("ledger")
    assert book.sheets.active.name == "预算明细"
    assert "各表已生成" in desk.click("fill")
    assert desk.settings() == settings
    assert differences(desk.cells(book), file_cells(tmp_path / "各表.xlsx")) == []
    assert desk.against(book, tmp_path / "各表.xlsx") == []


def test_a_ledger_replaces_another_only_when_the_clerk_says_so_and_her_columns_stay(
    desk: Desk, published_book: Path, tmp_path: Path
) -> None:
    book = desk.open(published_book, tmp_path / "已有.xlsx")
    ledger = book.sheets["预算明细"]
    # The first two columns change places, and a column of the clerk's own stands between them and the rest.
    ledger.range("A1:B60").insert("right")
    ledger.range("A1:A60").value = ledger.range("D1:D60").options(ndim=2).value
    ledger.range("D1:D60").clear_contents()
    ledger.range("B1").value = "我的备注"
    ledger.range("B5").value = "别动"
    source = write_csv(tmp_path / "新明细.csv", CLEAN)
    before = desk.dump(book)
    answer(desk, source, "no")
    assert desk.click("ledger").endswith("是否继续？")
    assert desk.dump(book) == before
    answer(desk, source, "yes")
    assert f"已导入预算明细{len(CLEAN)}行" in desk.click("ledger")
    assert ledger.range("B5").value == "别动"
    assert run_command("new", tmp_path / "新.xlsx", "--ledger", source, "--unit", UNIT).code == 0
    expected = {at[1:]: v for at, v in file_cells(tmp_path / "新.xlsx").items() if at[0] == "预算明细"}
    places = {1: 3, 2: 1}
    moved = {("预算明细", row, places.get(column, column + 2)): value for (row, column), value in expected.items()}
    found = {at: value for at, value in desk.cells(book).items() if at[0] == "预算明细" and at[2] != 2}
    assert differences(found, moved) == []


def test_a_merged_label_of_the_ledger_speaks_for_every_row_that_it_spans(
    desk: Desk, published_book: Path, tmp_path: Path
) -> None:
    book = desk.open(published_book, tmp_path / "合并.xlsx")
    ledger = book.sheets["预算明细"]
    source, *others = (line[0] for line in ledger.range("A2:A4").options(ndim=2).value)
    assert others == [source, source]
    ledger.range("A3:A4").clear_contents()
    assert "预算明细" in desk.click("fill")
    assert ledger.range("A3").value is None
    ledger.impl._uno.getCellRangeByName("A2:A4").merge(True)
    shown = desk.click("fill")
    assert "合并的单元格，各行按合并区域的内容读取（2格）" in shown
    assert {at for at, *_ in desk.against(book, published_book)} == {("预算明细", 3, 1), ("预算明细", 4, 1)}


def test_tables_of_another_system_are_listed_then_written_in_one_step_that_can_be_undone(
    desk: Desk, tmp_path: Path
) -> None:
    source, start = write_book(tmp_path / "来源.xlsx", foreign_tables()), tmp_path / "工作簿.xlsx"
    assert run_command("new", start, "--unit", UNIT).code == 0
    assert run_command("import", source, "-o", tmp_path / "导入.xlsx").code == 0
    book = desk.open(start, start)
    before, settings = desk.dump(book), desk.settings()
    answer(desk, source, "no")
    shown = desk.click("tables")
    assert "识别出13张表" in shown
    assert "表三 ← 表3!A1" in shown
    assert shown.endswith("是否继续？")
    assert desk.dump(book) == before
    answer(desk, source, "yes")
    assert "已导入13张表" in desk.click("tables")
    assert book.sheets.active.name == "勾稽关系"
    tables = [name for name in desk.dump(book) if name.startswith("表")]
    found, expected = desk.cells(book), file_cells(tmp_path / "导入.xlsx")
    assert [d for d in differences(found, expected) if d[0][0] in (*tables, "勾稽关系")] == []
    assert desk.settings() == settings
    assert "恢复" in desk.click("undo")
    assert desk.dump(book) == before


def test_a_ledger_in_other_words_is_taken_over_once_its_mapping_is_confirmed(
    desk: Desk, published_book: Path, tmp_path: Path
) -> None:
    start = tmp_path / "单位" / "工作簿.xlsx"
    assert run_command("new", start, "--unit", UNIT).code == 0
    book = desk.open(start, start)
    source = export(tmp_path / "导出" / "export.csv")
    before, mapping = desk.dump(book), start.with_name("预算明细对应.csv")
    answer(desk, source)
    shown = desk.click("ledger")
    assert "还没有导入" in shown
    assert f"结果已打开：{mapping}" in shown
    assert desk.dump(book) == before
    book.activate()
    answer(desk, source)
    assert "还没有核对" in desk.click("ledger")
    assert desk.dump(book) == before
    confirm(mapping)
    answer(desk, source)
    assert "对应关系保存在“预算明细对应.csv”" in desk.click("ledger")
    found = {at: value for at, value in desk.cells(book).items() if at[0] == "预算明细"}
    expected = {at: value for at, value in file_cells(published_book).items() if at[0] == "预算明细"}
    assert differences(found, expected) == []


@LONG
def test_last_year_of_another_year_is_refused_and_in_a_begun_workbook_only_amounts_come(
    desk: Desk, finished: Path, tmp_path: Path
) -> None:
    book = desk.open(finished, tmp_path / "本年.xlsx")
    before = desk.dump(book)
    answer(desk, finished)
    assert "请选择2023年的工作簿" in desk.click("last_year")
    assert desk.dump(book) == before
    basic = book.sheets["基础信息"]
    labels = [str(line[0] or "").strip("*") for line in basic.range("A1:A40").options(ndim=2).value]
    basic.range((labels.index("预算年度") + 1, 2)).value = 2025
    others = without(desk.cells(book), "上年数据")
    answer(desk, finished, "yes")
    assert "导入上年数据" in desk.click("last_year")
    assert "将被替换" in str(desk.impl._alerts[-2][1])
    cells = desk.cells(book)
    assert without(cells, "上年数据") == others
    start = tmp_path / "命令行.xlsx"
    assert run_command("new", start, "--from", finished).code == 0
    expected = {at: v for at, v in file_cells(start).items() if at[0] == "上年数据" and at[2] == 2}
    assert expected
    assert {at: cells.get(at) for at in expected} == expected


def test_cancelled_dialogs_do_nothing_and_say_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.app.books.add()
    desk.click("new")
    book = desk.app.books.active
    before, settings = desk.dump(book), desk.settings()
    desk.impl._alerts.clear()
    for command, kind in (
        ("ledger", "file"),
        ("last_year", "file"),
        ("tables", "file"),
        ("submit", "folder"),
        ("export", "target"),
        ("check_folder", "folder"),
        ("receive", "folder"),
    ):
        desk.impl._dialogs.clear()
        assert desk.click(command) == ""
        assert [found for found, _ in desk.impl._dialogs] == [kind], command
        assert desk.impl._alerts == []
        assert desk.settings() == settings
    assert desk.dump(book) == before
    assert files(tmp_path) == {}


def test_the_open_workbook_is_finished_as_on_files_and_stays_what_it_was(
    desk: Desk, finished: Path, tmp_path: Path
) -> None:
    book = desk.open(finished, tmp_path / "我的 工作簿.xlsx")
    # Not saved: the finished workbook has what is on the screen.
    text = book.sheets["情况说明"]
    text.api.Unprotect("")
    own = "本单位自己写的一段话：收入预算695.96万元。"
    text.range("C5").value = own
    before = desk.dump(book)
    shown = desk.click("submit")
    sent = tmp_path / "038001-示例市商务局-2024年预算公开.xlsx"
    assert f"已定稿：{sent}" in shown
    assert desk.dump(book) == before
    assert book.fullname == str(tmp_path / "我的 工作簿.xlsx")
    assert run_command("verify", sent).code == 0
    book.save()
    assert run_command("submit", tmp_path / "我的 工作簿.xlsx", "-o", tmp_path / "命令行").code == 0
    found, expected = file_cells(sent), file_cells(tmp_path / "命令行" / sent.name)
    assert own in found.values()
    seals = [at for at, value in found.items() if str(value).startswith("校验码：")]
    differing = {at for at, *_ in differences(without(found, "定稿信息"), without(expected, "定稿信息"))}
    assert differing <= set(seals)
    data = sent.read_bytes()
    answer(desk, "no")
    assert "是否替换？" in desk.click("submit")
    assert sent.read_bytes() == data
    book.sheets["预算明细"].range("D2").value = "另一个名称"
    answer(desk, "yes")
    shown = desk.click("submit")
    assert shown.startswith("定稿未完成，工作簿没有改动")
    assert "预算明细!D2" in shown
    assert sent.read_bytes() == data
    # A workbook of that name which is open could not be written.
    desk.open(sent)
    book.activate()
    assert "同名的工作簿正在打开" in desk.click("submit")


def test_the_document_is_that_of_the_command_line(
    desk: Desk, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_office", lambda: None)
    book = desk.open(finished, tmp_path / "工作簿.xlsx")
    before, out = desk.dump(book), tmp_path / "公开.docx"
    answer(desk, out)
    assert f"已导出：{out}" in desk.click("export")
    assert desk.impl._dialogs[-1][1].endswith(f"|{tmp_path / '工作簿.docx'}")
    assert any("编排文档" in str(status) for status in desk.impl._statuses)
    assert run_command("report", finished, "-o", tmp_path / "命令行.docx").code == 0
    one, other = (zipfile.ZipFile(path).read("word/document.xml") for path in (out, tmp_path / "命令行.docx"))
    assert one == other
    answer(desk, tmp_path / "公开.pdf")
    assert "LibreOffice" in desk.click("export")
    assert not (tmp_path / "公开.pdf").exists()
    assert desk.dump(book) == before


@LONG
def test_with_a_guard_that_encrypts_what_excel_writes_the_open_workbook_is_finished_and_laid_out_all_the_same(
    desk: Desk, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_office", lambda: None)
    book = desk.open(finished, tmp_path / "工作簿.xlsx")
    monkeypatch.setattr(
        type(book.impl), "_save_copy", lambda _, path: Path(path).write_bytes(random.Random(1).randbytes(9000))
    )
    before, sent = desk.dump(book), tmp_path / "038001-示例市商务局-2024年预算公开.xlsx"
    shown = desk.click("submit")
    assert f"已定稿：{sent}" in shown
    assert "您另加的工作表不在其中：函数示例" in shown
    assert run_command("verify", sent).code == 0
    assert run_command("submit", finished, "-o", tmp_path / "命令行").code == 0
    found, expected = file_cells(sent), file_cells(tmp_path / "命令行" / sent.name)
    own = without(found, "定稿信息"), without(expected, "定稿信息", "函数示例")
    assert {value[:4] for _, *values in differences(*own) for value in values} <= {"校验码："}
    answer(desk, tmp_path / "公开.docx")
    assert f"已导出：{tmp_path / '公开.docx'}" in desk.click("export")
    assert desk.dump(book) == before
    # Rows moved about would come to lie elsewhere: then the file is needed, and the clerk reads whom to ask.
    book.sheets["基础信息"].api.Unprotect("")
    book.sheets["基础信息"].range("A1:Z2").insert("down")
    sent.unlink()
    shown = desk.click("submit")
    assert "“基础信息”：工作表与模板不同" in shown
    assert "白名单" in shown
    assert not sent.exists()


def test_a_folder_is_checked_and_added_up_as_on_the_command_line(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "收 表"
    write_units(folder, 2, 1)
    (folder / "坏.xlsx").write_bytes(b"PK")
    for command, name, *options in (("check_folder", "批量校验", "--check"), ("receive", "汇总")):
        answer(desk, folder)
        desk.app.books.add()
        shown = desk.click(command)
        out = tmp_path / f"收 表-{name}.xlsx"
        assert "共3个文件" in shown
        assert f"结果已打开：{out}" in shown
        assert desk.app.books.active.name == out.name
        assert any("收表 3/3" in str(status) for status in desk.impl._statuses)
        done = run_command("receive", folder, "-o", tmp_path / "命令行" / f"{name}.xlsx", *options)
        assert done.code == 1
        assert differences(file_cells(out), file_cells(tmp_path / "命令行" / f"{name}.xlsx")) == []
    answer(desk, folder)
    assert "同名的工作簿正在打开" in desk.click("receive")
