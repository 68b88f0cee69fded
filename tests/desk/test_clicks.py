"""The buttons of 工作台 on a workbook's file: what the command line does, and nothing of anybody's written over."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import numpy as np
import pytest
from lxml import html
from markupsafe import escape
from openpyxl import Workbook
from PIL import Image

from addin.buttons import commands
from addin.desk import published
from addin.document import find_office
from addin.ribbon import ribbon
from addin.upward.sealing import SHEET
from addin.verbs import report
from addin.xlsx.files import Workbook as FileBook
from tests.support.books import edited, parts_of, sheet_of
from tests.support.command import run_command
from tests.support.desk import OpenDesk
from tests.support.evidence import LONG
from tests.support.hostile import packed
from tests.support.published import LEDGER
from tests.support.sealed import set_cells
from udfs.base import Grids


@pytest.fixture
def book(sample_book: Path, tmp_path: Path) -> Path:
    return Path(copy(sample_book, tmp_path / "本单位.xlsx"))


@pytest.fixture(scope="module")
def filled(sample_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample unit with tables and text; not to be changed."""
    folder = tmp_path_factory.mktemp("filled")
    run_command("fill", sample_book, "-o", folder / "1.xlsx")
    run_command("narrate", folder / "1.xlsx", "-o", folder / "本单位.xlsx")
    return folder / "本单位.xlsx"


def _wrong(source: Path, target: Path) -> Path:
    return set_cells(source, target, {("表三", "C6"): 999.99})


@pytest.fixture(scope="module")
def document(filled: Path) -> Path:
    """The sample unit's document with a wrong amount; not to be changed."""
    wrong = _wrong(filled, filled.with_name("错.xlsx"))
    run_command("report", wrong, "-o", wrong.with_name("公开.docx"), "--fast")
    return wrong.with_name("公开.docx")


def test_every_button_of_the_ribbon_is_there_in_its_order(book: Path) -> None:
    desk = OpenDesk(book)
    page = html.document_fromstring(desk.client.get("/").text)
    assert [node.get("data-press") for node in page.iter("button") if node.get("data-press")] == list(ribbon().buttons)
    assert set(ribbon().buttons) == set(commands())


def test_what_is_written_is_what_the_command_line_writes(filled: Path, tmp_path: Path) -> None:
    source = _wrong(filled, tmp_path / "本单位.xlsx")
    desk = OpenDesk(source)
    before, written = source.read_bytes(), tmp_path / "本单位-结果.xlsx"
    desk.press("narrate")
    assert not written.exists(), "the text says what it said"
    desk.press("validate")
    assert run_command("validate", source, "-o", tmp_path / "by_command.xlsx").code == 1
    assert written.read_bytes() == (tmp_path / "by_command.xlsx").read_bytes()
    assert source.read_bytes() == before


def test_the_result_is_worked_on_from_then_on(book: Path) -> None:
    desk = OpenDesk(book)
    desk.press("fill")
    desk.press("narrate")
    desk.press("validate")
    assert sorted(p.name for p in book.parent.iterdir()) == ["本单位-结果.xlsx", "本单位.xlsx"]
    for verb, target in (("fill", "1"), ("narrate", "2"), ("validate", "3")):
        source = book if verb == "fill" else book.parent / f"{int(target) - 1}.xlsx"
        run_command(verb, source, "-o", book.parent / f"{target}.xlsx")
    assert (book.parent / "本单位-结果.xlsx").read_bytes() == (book.parent / "3.xlsx").read_bytes()


def test_over_the_file_itself_a_copy_is_kept_first(book: Path) -> None:
    desk = OpenDesk(book)
    before = book.read_bytes()
    desk.press("fill", over=True)
    desk.press("validate", over=True)
    kept = [p for p in book.parent.iterdir() if p != book]
    assert [re.sub(r"\d{14}", "N", p.name) for p in kept] == ["本单位-备份N.xlsx"]
    assert kept[0].read_bytes() == before
    assert book.read_bytes() != before


@pytest.mark.parametrize("lock", ["~$本单位.xlsx", ".~lock.本单位.xlsx#", ".~本单位.xlsx"])
def test_what_another_program_has_open_is_not_written_over(book: Path, lock: str) -> None:
    desk = OpenDesk(book)
    before = book.read_bytes()
    (book.parent / lock).touch()
    assert "正被 WPS 等程序打开" in desk.refused("fill", over=True)
    assert book.read_bytes() == before
    assert sorted(p.name for p in book.parent.iterdir()) == sorted([lock, "本单位.xlsx"])


def test_what_another_program_has_changed_is_not_written_over(book: Path, filled: Path) -> None:
    desk = OpenDesk(book)
    book.write_bytes(filled.read_bytes())
    assert "被其他程序改动" in desk.refused("fill", over=True)
    assert "重新读取" in desk.view("overview")
    assert book.read_bytes() == filled.read_bytes()
    desk.press("reload")
    desk.press("validate", over=True)
    assert FileBook(book).grids["校验结果"][1][0].startswith("可以上报")


def test_a_change_at_the_last_moment_is_not_written_over(book: Path, filled: Path) -> None:
    desk = OpenDesk(book)
    real = desk.desk.table._must_be_free

    def changed_meanwhile(target: Path, shown: object) -> None:
        if list(book.parent.glob(".yusuan-*")):
            book.write_bytes(filled.read_bytes())
        real(target, shown)  # type: ignore[arg-type]

    desk.desk.table._must_be_free = changed_meanwhile  # type: ignore[assignment, method-assign]
    assert "刚刚被其他程序改动" in desk.refused("fill", over=True)
    assert book.read_bytes() == filled.read_bytes()


def test_the_last_step_is_taken_back_and_done_again(book: Path) -> None:
    desk = OpenDesk(book)
    desk.press("fill")
    result = book.parent / "本单位-结果.xlsx"
    first = result.read_bytes()
    desk.press("validate")
    second = result.read_bytes()
    assert "已恢复" in desk.press("undo")
    assert result.read_bytes() == first
    assert "已重做" in desk.press("undo")
    assert result.read_bytes() == second


def test_what_is_hers_is_not_written_over_after_a_step_is_taken_back(book: Path) -> None:
    before = book.read_bytes()
    desk = OpenDesk(book)
    desk.press("fill")
    desk.press("undo")
    desk.press("validate")
    assert book.read_bytes() == before
    copy(desk.desk.table.book.path, own := book.with_name("另存.xlsx"))
    kept = own.read_bytes()
    desk.press("open", own)
    desk.press("fill")
    assert own.read_bytes() == kept, "her own copy of what the desk has made is hers"


def test_once_over_is_not_always_over(book: Path) -> None:
    desk = OpenDesk(book)
    desk.press("fill", over=True)
    desk.press("narrate", over=True)
    assert len(list(book.parent.glob("*备份*"))) == 1, "one copy of what was hers is enough"
    filled = book.read_bytes()
    desk.press("validate")
    assert book.read_bytes() == filled
    assert desk.desk.table.book.path.name == "本单位-结果.xlsx"


def test_what_has_changed_since_is_not_called_the_state_before(book: Path, filled: Path) -> None:
    desk = OpenDesk(book)
    desk.press("fill")
    book.write_bytes(filled.read_bytes())
    assert "又有改动" in desk.press("undo")
    assert book.read_bytes() == filled.read_bytes()


def test_over_a_link_its_file_is_written(book: Path) -> None:
    link = book.with_name("链接.xlsx")
    link.symlink_to(book)
    before = book.read_bytes()
    OpenDesk(link).press("fill", over=True)
    assert link.is_symlink()
    assert book.read_bytes() != before


def test_nothing_open_is_said(tmp_path: Path) -> None:
    desk = OpenDesk(tmp_path)
    assert "请先打开" in desk.refused("validate")
    assert "请先打开工作簿" in desk.view("overview")


def test_a_new_workbook_is_named_and_filled_in(tmp_path: Path) -> None:
    desk = OpenDesk(tmp_path)
    said = desk.press("new", tmp_path / "新单位")
    assert "新单位.xlsx" in said
    assert desk.asked[0]["kind"] == "target"
    page = html.fragment_fromstring(desk.view("sheet", name="基础信息"), create_parent=True)
    fields = {node.get("aria-label"): node.get("data-at") for node in page.iter("input")}
    desk.do("save", sheet="基础信息", cells={fields["单位名称 B6"]: "某某局"})
    assert FileBook(tmp_path / "新单位.xlsx").grids["基础信息"][5][1] == "某某局"
    assert [p.name for p in tmp_path.iterdir()] == ["新单位.xlsx"]


def test_files_and_folders_are_chosen_in_the_pages_own_dialog(book: Path, tmp_path: Path) -> None:
    desk = OpenDesk(tmp_path)
    desk.do("open", [book])
    assert desk.desk.table.path == book
    assert desk.asked[0]["endings"] == [".xlsx", ".xlsm"]
    assert "共1个文件" in desk.press("folder", tmp_path)
    assert "本单位.xlsx" in desk.view("folder")
    desk.do("open", [None])
    desk.do("document", [None])
    assert [one["kind"] for one in desk.asked] == ["file", "folder", "file", "file"]
    assert desk.desk.table.path == book


@pytest.mark.parametrize("name", ["a:b", "~$a", ".a", "甲\x00", "长" * 71, 'a"b', "a*"])
def test_a_name_that_is_none_is_said(tmp_path: Path, name: str) -> None:
    assert "不能作文件名" in OpenDesk(tmp_path).refused("new", tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_only_fields_are_filled_in(book: Path) -> None:
    desk = OpenDesk(book)
    for sheet, at in (("基础信息", "A1"), ("表三", "C6"), ("没有", "A1"), ("基础信息", "B6:C9")):
        assert desk.do("save", sheet=sheet, cells={at: "1"})["bad"]


def test_what_is_pasted_fills_a_list_and_nothing_beside_it(book: Path) -> None:
    """Cells as a spreadsheet copies them; what does not fit into the list is refused as a whole."""
    desk = OpenDesk(book)
    page = html.fragment_fromstring(desk.view("sheet", name="基础信息"), create_parent=True)
    at = {str(node.get("aria-label")): str(node.get("data-at")) for node in page.iter("input", "textarea")}
    functions = next(label for label in at if label.startswith("核心职能"))
    code = next(cell for label, cell in at.items() if label.startswith("单位编码 E"))
    rows = 'a\t"b" c\r\n"c\nd ""e"""\t"e\r\n'
    desk.press("save", sheet="基础信息", pasted={code: rows})
    line, grid = int(code[1:]), FileBook(book.with_name("本单位-结果.xlsx")).grids["基础信息"]
    assert [row[4:6] for row in grid[line - 1 : line + 1]] == [["a", '"b" c'], ['c\nd "e"', '"e']]
    beside = f"F{line}"
    said = desk.press("save", sheet="基础信息", cells={code: "t", beside: "t"}, pasted={code: "x\ty"})
    assert "2处" in said
    assert desk.desk.table.book.grids["基础信息"][line - 1][4:6] == ["x", "y"], "what is pasted came last"
    desk.press("save", sheet="基础信息", pasted={code: "a\n\nb"})
    assert [row[4] for row in desk.desk.table.book.grids["基础信息"][line - 1 : line + 2]] == ["a", "", "b"]
    desk.press("save", sheet="基础信息", pasted={at[functions]: "甲\n" * 20})
    before = desk.desk.table.book.data
    for where, text in (
        (at["单位名称 B6"], "某局\n某处"),
        (at["单位名称 B6"], "a\tb"),
        (at[functions], "甲\t" * 40),
        ("A1", "x"),
    ):
        assert "没有保存" in desk.refused("save", sheet="基础信息", pasted={where: text})
    assert desk.desk.table.book.path.read_bytes() == before


def test_what_cannot_stand_in_a_field_is_said_and_nothing_is_saved(book: Path) -> None:
    desk = OpenDesk(book)
    page = html.fragment_fromstring(desk.view("sheet", name="基础信息"), create_parent=True)
    at = {str(node.get("aria-label")): str(node.get("data-at")) for node in page.iter("input", "select", "textarea")}
    year, level = at["预算年度 B8"], next(cell for label, cell in at.items() if label.startswith("政府级次"))
    said = desk.refused("save", sheet="基础信息", cells={year: "今年", level: "某级", at["单位名称 B6"]: "长" * 32_768})
    assert [word in said for word in ("今年", "某级", "32767", "以下3处")] == [True] * 4
    desk.press("save", sheet="基础信息", cells={at["单位名称 B6"]: "某\x01局", year: "2024年"})
    assert [row[1] for row in FileBook(book.with_name("本单位-结果.xlsx")).grids["基础信息"][5:8:2]] == ["某局", 2024]


def test_what_was_typed_before_the_workbook_changed_is_not_saved_by_its_old_places(book: Path) -> None:
    desk = OpenDesk(book)
    before = desk.desk.table.book.version
    desk.press("fill")
    assert "又有变动" in desk.refused("save", sheet="基础信息", cells={"B6": "某局"}, version=before)


def test_the_page_hears_that_a_button_runs_and_that_it_has_ended(book: Path) -> None:
    desk = OpenDesk(book)
    desk.is_watched()
    desk.press("about")
    desk.desk.page.tell("end")
    told = [
        str(event.split(b"\n")[0], "utf-8") for event in iter(lambda: next(desk._stream), b"event: end\ndata: {}\n\n")
    ]
    assert told == ["event: begun", "event: done"]


def test_an_explanation_goes_into_its_row(filled: Path, tmp_path: Path) -> None:
    def change(opened: Workbook) -> None:
        sheet_of(opened, "基础信息")["B7"] = "38001"

    desk = OpenDesk(edited(filled, tmp_path / "本单位.xlsx", change))
    desk.press("validate")
    page = html.fragment_fromstring(desk.view("findings"), create_parent=True)
    cells = [str(node.get("data-at")) for node in page.iter("textarea")]
    assert cells, "a hint is there to be explained"
    said = desk.do("save", sheet="校验结果", cells={cells[0]: "编码以批复为准"})
    assert (said["bad"], said["message"]) == (False, "“校验结果”已保存1处填写。")
    again = html.fragment_fromstring(desk.view("findings"), create_parent=True)
    assert "编码以批复为准" in [node.text for node in again.iter("textarea")]
    assert FileBook(tmp_path / "本单位-结果.xlsx").grids["校验结果"][int(cells[0][1:]) - 1][9] == "编码以批复为准"
    for at in ("A1", "I4", f"J{int(cells[-1][1:]) + 300}"):
        assert desk.do("save", sheet="校验结果", cells={at: "x"})["bad"], at


def test_the_wrong_cell_is_red_and_leads_to_its_ledger_rows(filled: Path, tmp_path: Path) -> None:
    desk = OpenDesk(_wrong(filled, tmp_path / "本单位.xlsx"))
    page = html.fragment_fromstring(desk.view("sheet", name="表三", cell="C6"), create_parent=True)
    wrong = [node for node in page.iter("td") if "wrong" in node.get("class", "")]
    assert [node.get("id") for node in wrong] == ["C6"]
    assert "疑应为348.07" in wrong[0].get("title", "")
    findings = html.fragment_fromstring(desk.view("findings"), create_parent=True)
    assert ("表三", "C6") in [(node.get("data-name"), node.get("data-cell")) for node in findings.iter("a")]
    sources = desk.view("sources", name="表三", cell="C6")
    assert "3,480,698.00" in sources
    assert "预算明细第2行" in sources


def test_a_long_ledger_is_shown_in_windows(book: Path) -> None:
    desk = OpenDesk(book)
    ledger = desk.desk.table.book.grids["预算明细"]
    ledger += [list(ledger[1])] * 20_000
    page = desk.view("sheet", name="预算明细", first="15000")
    assert page.count("<tr>") < 150
    assert "第 15000–" in page
    assert desk.view("sheet", name="预算明细", cell="A19000").count('id="A19000"') == 1


def test_figures_of_the_text_say_where_they_come_from(filled: Path, tmp_path: Path) -> None:
    desk = OpenDesk(filled)
    page = html.fragment_fromstring(desk.view("text"), create_parent=True)
    bound = [(node.text, node.get("title", "")) for node in page.iter("span") if node.get("class") == "bound"]
    assert any(text == "695.96万元" and "收入" in source for text, source in bound)
    assert any(text == "624.11万元" and "基本支出" in source for text, source in bound)
    lines = FileBook(filled).grids["情况说明"]
    row, text = next((row, str(v)) for row, line in enumerate(lines, 1) for v in line if "624.11万元" in str(v))
    edit: dict[tuple[str, str], float | str | None] = {
        ("情况说明", f"C{row}"): text.replace("624.11万元", "624.12万元")
    }
    wrong = OpenDesk(set_cells(filled, tmp_path / "错.xlsx", edit))
    page = html.fragment_fromstring(wrong.view("text"), create_parent=True)
    assert "624.12万元" not in [node.text for node in page.iter("span") if node.get("class") == "bound"]
    assert "按各表新生成的" in page.text_content(), "the new paragraph stands beside the edited one"
    assert "624.11万元" in page.text_content()


def test_a_published_document_is_shown_with_its_findings(
    filled: Path, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the page, and by the button in 校验结果."""
    monkeypatch.setattr(published, "find_office", lambda: None)
    book = Path(copy(filled, tmp_path / "本单位.xlsx"))
    desk = OpenDesk(book)
    desk.press("document", path=str(document))
    page = desk.view("documents")
    assert "检查表" in page
    assert "公开.docx" in page
    assert "需要 LibreOffice" in page
    assert desk.client.get("/picture/1").status_code == 404, "Word has no pages of its own"
    assert desk.refused("document", path=str(filled.parent / "没有.pdf"))
    desk.press("inspect", document)
    shown = [str(line[4:]) for line in FileBook(tmp_path / "本单位-结果.xlsx").grids["校验结果"]]
    assert desk.desk.published
    told = [found["message"] for found in desk.desk.published.record["findings"] if found["rule"] == "P20"]
    assert told
    assert all(any(message in line for line in shown) for message in told)
    assert all(str(escape(message)) in page for message in told)
    told_there = desk.view("findings")
    assert all(str(escape(message)) in told_there for message in told), "it is what the button turns to"


def test_a_document_that_loads_from_elsewhere_is_not_laid_out(document: Path) -> None:
    parts = parts_of(document)
    assert not published._loads_from_elsewhere(packed(parts))
    name = "word/_rels/document.xml.rels"
    for kind, refused in (("hyperlink", False), ("image", True), ("attachedTemplate", True)):
        space = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        link = f'<Relationship Id="x" Type="{space}/{kind}" Target="http://a/" TargetMode="External"/>'
        wrong = {**parts, name: parts[name].replace(b"</Relationships>", link.encode() + b"</Relationships>")}
        assert published._loads_from_elsewhere(packed(wrong)) is refused


@LONG
@pytest.mark.skipif(find_office() is None, reason="LibreOffice is not installed")
def test_the_pages_of_a_word_document_show_its_findings(filled: Path, document: Path) -> None:
    desk = OpenDesk(filled)
    desk.press("document", path=str(document))
    page = html.fragment_fromstring(desk.view("documents"), create_parent=True)
    shown = next(node.get("data-picture") for node in page.iter("img"))
    picture = Image.open(io.BytesIO(desk.client.get(f"/picture/{shown}").content)).convert("RGB")
    red, green, blue = np.moveaxis(np.asarray(picture), -1, 0)
    assert ((red > 200) & (green < 150) & (blue < 150)).sum() > 1000, "the row of the wrong amount is marked"


#: Where a Word document says when it was written.
_WRITTEN = "docProps/core.xml"


@pytest.mark.parametrize(
    ("command", "answers", "made", "verb"),
    [
        ("new", ["新.xlsx"], "新.xlsx", ["new", "{out}"]),
        ("check_folder", ["各单位"], "各单位-批量校验.xlsx", ["receive", "{folder}", "-o", "{out}", "--check"]),
        ("receive", ["各单位"], "各单位-汇总.xlsx", ["receive", "{folder}", "-o", "{out}"]),
    ],
)
def test_a_file_of_its_own_is_what_the_command_line_writes(
    filled: Path, tmp_path: Path, command: str, answers: list[str], made: str, verb: list[str]
) -> None:
    folder = tmp_path / "各单位"
    folder.mkdir()
    copy(filled, folder / "甲.xlsx")
    book, out = Path(copy(filled, tmp_path / "本单位.xlsx")), tmp_path / f"by_command{Path(made).suffix}"
    OpenDesk(book).press(command, *(tmp_path / answer for answer in answers))
    done = run_command(*(part.format(book=book, folder=folder, out=out) for part in verb))
    assert done.code in (0, 1), done.err
    assert (tmp_path / made).read_bytes() == out.read_bytes()


def test_an_exported_document_is_read_back_and_held_against_the_workbook(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what the command line writes, too."""
    monkeypatch.setattr(report, "find_office", lambda: None)  # page numbers are another test's
    desk = OpenDesk(Path(copy(filled, tmp_path / "本单位.xlsx")))
    assert "导出的文件已与工作簿逐表逐段核对，一致。" in desk.press("export", tmp_path / "公开.docx")
    run_command("report", tmp_path / "本单位.xlsx", "-o", tmp_path / "by_command.docx")
    ours, theirs = parts_of(tmp_path / "公开.docx"), parts_of(tmp_path / "by_command.docx")
    assert ours | {_WRITTEN: b""} == theirs | {_WRITTEN: b""}
    wrong = _wrong(filled, tmp_path / "错.xlsx")
    made = report.report_book
    monkeypatch.setattr(report, "report_book", lambda _, outs, say: made(lambda: FileBook(wrong), outs, say))
    assert "处需要核对：" in desk.press("export", tmp_path / "另.docx")


def test_what_is_sealed_is_what_the_command_line_seals(filled: Path, tmp_path: Path) -> None:
    """All but the time, and the code that is taken from it too."""
    said = OpenDesk(Path(copy(filled, tmp_path / "本单位.xlsx"))).press("submit")
    assert run_command("submit", filled, "-o", tmp_path / "命令行").code == 0
    (theirs,) = (tmp_path / "命令行").iterdir()
    assert theirs.name in said
    ours = FileBook(tmp_path / theirs.name).grids
    assert {name for name, grid in FileBook(theirs).grids.items() if ours[name] != grid} <= {"封面", SHEET}


#: Buttons that write into the workbook what several commands, or one into a new workbook, write: what is answered,
#: whether a blank workbook is open, the commands.
INTO: dict[str, tuple[list[str], bool, list[list[str]]]] = {
    "generate": (
        [],
        False,
        [
            ["fill", "{book}", "-o", "1.xlsx"],
            ["narrate", "1.xlsx", "-o", "2.xlsx"],
            ["validate", "2.xlsx", "-o", "3.xlsx"],
        ],
    ),
    "ledger": (["{ledger}"], True, [["new", "1.xlsx", "--ledger", "{ledger}", "--unit", "某局"]]),
    "tables": (["{filled}", "yes"], True, [["import", "{filled}", "-o", "1.xlsx"]]),
    "last_year": (["{last}"], True, [["new", "1.xlsx", "--from", "{last}"]]),
    "clear": ([], False, [["validate", "{book}", "-o", "1.xlsx"]]),
}
#: Buttons whose results other tests here hold against the command line's, and those that write nothing of their own.
ELSEWHERE = {"fill", "narrate", "validate", "new", "export", "check_folder", "receive", "submit", "inspect"}
WRITING_NOTHING = {"undo", "next", "trace", "codes", "handbook", "about"}


def test_every_button_is_held_against_the_command_line() -> None:
    assert {*INTO} | ELSEWHERE | WRITING_NOTHING == set(ribbon().buttons)


@pytest.mark.parametrize("command", INTO)
def test_every_cell_that_a_button_writes_is_as_the_command_line_writes_it(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def a_year_before(opened: Workbook) -> None:
        sheet_of(opened, "基础信息")["B8"] = 2023

    monkeypatch.chdir(tmp_path)
    answers, blank, verbs = INTO[command]
    book = tmp_path / "本单位.xlsx"
    if blank:
        run_command("new", book)
    else:
        _wrong(filled, book)
    named = {"book": book, "filled": filled, "ledger": LEDGER, "last": tmp_path / "上年.xlsx"}
    if command == "last_year":
        edited(filled, named["last"], a_year_before)
    desk = OpenDesk(book)
    if command == "clear":
        desk.press("validate")
    desk.press(command, *(answer.format(**named) for answer in answers))
    for verb in verbs:
        assert run_command(*(part.format(**named) for part in verb)).code in (0, 1)
    made = Path(f"{len(verbs)}.xlsx")
    before, after, theirs = (FileBook(path).grids for path in (book, Path("本单位-结果.xlsx"), made))
    written = list(_differing(before, after))
    assert written
    if command == "clear":
        # The marks are gone, and nothing else of what the check wrote.
        left = [at for at in _differing(after, theirs) if theirs[at[0]][at[1]][at[2]]]
        assert left
        assert len({sheet for sheet, *_ in left}) == 1
        return
    assert [at for at in written if _cell(after, at) != _cell(theirs, at)] == []


def _differing(one: Grids, other: Grids) -> Iterator[tuple[str, int, int]]:
    """The cells of the second that are another in the first."""
    for sheet, grid in other.items():
        for row, line in enumerate(grid):
            for column, value in enumerate(line):
                if (value or "") != _cell(one, (sheet, row, column)):
                    yield sheet, row, column


def _cell(grids: Grids, at: tuple[str, int, int]) -> Any:
    grid = grids.get(at[0], ())
    line = grid[at[1]] if at[1] < len(grid) else ()
    return (line[at[2]] or "") if at[2] < len(line) else ""
