"""Every button on a live spreadsheet program: the same workbook as the command line's, call for call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import docx
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from addin import buttons
from addin.excel import book as excel
from addin.excel import waiting
from addin.places import handbook
from addin.ribbon import ribbon
from addin.setup.handbook import SOURCES, handbook_pages
from addin.verbs import report
from tests.benchmarks.fill import long_ledger
from tests.support.calc import looks
from tests.support.calc.traffic import TRAFFIC
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE
from tests.support.ledgers import CLEAN, write_csv
from tests.support.live import Desk, Steps, by_command_line, differences, file_cells
from workbook_templates.reading.forms import LINE_HEIGHT

pytestmark = pytest.mark.live
#: Rows of the longer of two ledgers.
LONGER = 20_000 if EVIDENCE else 600


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        ("fill", "source", "filled"),
        ("narrate", "filled", "narrated"),
        ("validate", "narrated", "validated"),
        ("generate", "source", "validated"),
    ],
)
def test_a_button_gives_the_workbook_of_the_command_line_cell_for_cell(
    desk: Desk, steps: Steps, tmp_path: Path, command: str, before: str, after: str
) -> None:
    book = desk.open(getattr(steps, before), tmp_path / "我的 工作簿.xlsx")
    protected = [sheet.api.ProtectContents for sheet in book.sheets]
    settings = desk.settings()
    shown = desk.click(command)
    assert differences(desk.cells(book), file_cells(getattr(steps, after))) == []
    assert desk.against(book, getattr(steps, after)) == []
    assert "未完成" not in shown
    assert shown
    assert desk.settings() == settings
    told = [str(status) for status in desk.impl._statuses]
    assert [part for part in ("读取", "计算", "写入") if not any(part in status for status in told)] == []
    assert desk.app.status_bar is False
    assert [sheet.api.ProtectContents for sheet in book.sheets] == protected


def _edit(book: Any) -> None:
    """A ledger row between others, other amounts, a text of the clerk's own; the ledger turned round, sheets protected.

    A row is hidden, and a note stands beside the ledger.
    """
    ledger = book.sheets["预算明细"]
    ledger.range("A5:P5").insert("down")
    ledger.range("A5:P5").value = ledger.range("A4:P4").options(ndim=2).value
    ledger.range("M5").value = 12345.67
    ledger.range("M8").value = 700000.01
    ledger.range("M9").value = "1,234.50"
    targets = book.sheets["绩效指标"]
    targets.range("G16").number_format = "0%"
    targets.range("G16").value = 0.95
    targets.range("G20").number_format = 'yyyy"年"m"月"'
    targets.range("G20").value = 45505.0  # the first of August 2024, as a cell keeps a date
    text = book.sheets["情况说明"]
    text.range("C5").value = "本单位自己写的一段话。"

    block = ledger.range("A2:P35")
    block.value = list(reversed(block.options(ndim=2).value))
    ledger.range("R3").value = "1-2"
    ledger.impl._uno.Rows.getByIndex(7).IsVisible = False
    ledger.api.Protect("")
    book.sheets["情况说明"].api.Protect("")


def test_after_the_clerks_own_changes_it_is_still_the_same_workbook(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.narrated, tmp_path / "预算 公开（改）.xlsx")
    _edit(book)
    book.save()
    wanted = by_command_line(Path(book.fullname), tmp_path / "steps")
    desk.click("generate")
    found, expected = desk.cells(book), file_cells(wanted.validated)
    assert differences(found, expected) == []
    assert desk.against(book, wanted.validated) == []
    assert found != file_cells(steps.validated)
    forms = {value for (sheet, *_), value in found.items() if sheet == "绩效目标"}
    assert {"95%", "2024年8月"} <= forms, "a percentage and a date are printed as they are seen"


def _heights_of_the_template(sheet: Any) -> None:
    """Rows without a height of their own have the sheet's, as in Excel; LibreOffice fits them to their font instead."""
    last = sheet.used_range.last_cell.row
    height = round(LINE_HEIGHT * 2540 / 72)
    sheet.book.impl.app._process.inside("GiveHeightToFitted", sheet.impl._uno, last, height)


def _live_heights(book: Any, name: str, rows: Iterable[int]) -> dict[int, float]:
    """The heights of rows of an open workbook, in points; 0 of hidden ones."""
    wanted = list(rows)
    block = book.sheets[name].range((1, 1), (max(wanted, default=1), 1)).impl
    seen = looks.rows_seen(block)
    return {row: looks.points(height) if shown else 0.0 for row in wanted for height, shown, _ in (seen[row - 1],)}


def _file_heights(sheet: Worksheet, rows: Iterable[int]) -> dict[int, float]:
    """The same of a file's sheet."""
    found = {row: sheet.row_dimensions[row] for row in rows}
    return {row: 0.0 if d.hidden else d.height or LINE_HEIGHT for row, d in found.items()}


def test_rows_fit_their_text_as_on_files_and_a_height_of_the_clerks_own_stays(
    desk: Desk, steps: Steps, tmp_path: Path
) -> None:
    book = desk.open(steps.source, tmp_path / "行高.xlsx")
    sheets = ("表一", "表三", "表五", "表六", "情况说明", "勾稽关系", "校验结果")
    for name in sheets:
        _heights_of_the_template(book.sheets[name])
    own = {("表三", 8): 47.0, ("表六", 9): 33.0, ("情况说明", 6): 71.0, ("勾稽关系", 100): 55.0}
    for (name, row), height in own.items():
        book.sheets[name].impl._uno.Rows.getByIndex(row - 1).Height = round(height * 2540 / 72)
    for name, row in (("勾稽关系", 200), ("表一", 9)):
        book.sheets[name].impl._uno.Rows.getByIndex(row - 1).IsVisible = False
    book.save()
    wanted = load_workbook(by_command_line(Path(book.fullname), tmp_path / "steps").validated)
    before = {name: _live_heights(book, name, range(1, 60)) for name in sheets}
    desk.click("generate")
    after = {}
    for name in sheets:
        rows = range(1, wanted[name].max_row + 1)
        found, expected = _live_heights(book, name, rows), _file_heights(wanted[name], rows)
        assert {r: (h, expected[r]) for r, h in found.items() if abs(h - expected[r]) > 0.5} == {}, name
        after[name] = {row: found[row] for row in range(1, 60) if row in found}
    for (name, row), height in own.items():
        assert abs(book.sheets[name].range((row, 1)).row_height - height) < 0.1
    assert len(set(after["勾稽关系"].values())) > 2
    desk.click("undo")
    assert {name: _live_heights(book, name, range(1, 60)) for name in sheets} == before


def test_one_click_undoes_and_one_more_does_it_again(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.source, tmp_path / "撤销.xlsx")
    before = desk.dump(book)
    assert desk.click("undo") == "没有可以撤销的操作。"
    desk.click("generate")
    after = desk.dump(book)
    assert desk.impl._undo == ("撤销一键生成", "'yusuan.xlam'!YsUndo")
    assert "恢复" in desk.click("undo")
    assert desk.dump(book) == before
    desk.click("undo")
    assert desk.dump(book) == after
    book.sheets["表三"].api.Unprotect("")
    book.sheets["表三"].range("C8").value = 1
    desk.impl._answers.append("no")
    assert desk.click("undo").endswith("是否继续？")
    assert book.sheets["表三"].range("C8").value == 1


def test_next_finding_goes_from_cell_to_cell_and_marks_are_cleared(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.narrated, tmp_path / "错.xlsx")
    for sheet, cell in (("表三", "C8"), ("表五", "C8")):
        book.sheets[sheet].api.Unprotect("")
        book.sheets[sheet].range(cell).value = 1.23
    assert "强制" in desk.click("validate")
    assert book.sheets.active.name == "校验结果"
    seen = []
    for _ in range(3):
        assert desk.click("next") == ""
        assert "个，共" in desk.app.status_bar
        seen.append((desk.app.selection.sheet.name, desk.app.selection.row, desk.app.selection.column))
    assert {("表三", 8, 3), ("表五", 8, 3)} <= set(seen)
    assert len(set(seen[:2])) == 2
    assert "红色标记已清除" in desk.click("clear")
    assert desk.click("clear") == "没有红色标记。"
    assert desk.cells(book)["校验结果", 4, 1] == 1


def test_an_amount_is_traced_to_the_rows_it_is_the_sum_of(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.filled, tmp_path / "追溯.xlsx")
    book.sheets["表三"].range("C6").select()
    shown = desk.click("trace")
    assert shown.startswith("表三!C6")
    rows = [line for line in shown.splitlines() if line.startswith("预算明细 第")]
    ledger = book.sheets["预算明细"].range("A1:P34").options(ndim=2).value
    code = book.sheets["表三"].range("A6").value
    wanted = {n for n, line in enumerate(ledger, 1) if str(line[2]).startswith(code)}
    found = {int(line.split("第")[1].split("行")[0]) for line in rows}
    assert found <= wanted
    assert len(rows) == min(len(wanted), 15)
    book.sheets["封面"].range("A1").select()
    assert "请先选中" in desk.click("trace")


def test_a_published_document_is_held_against_the_open_workbook(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.narrated, tmp_path / "核对.xlsx")
    source = tmp_path / "公开.docx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "find_office", lambda: None)
        assert run_command("report", steps.narrated, "-o", source).code == 0
    desk.impl._answers.append(str(source))
    assert "与工作簿一致" in desk.click("inspect")
    document = docx.Document(str(source))
    paragraph = next(p for p in document.paragraphs if "下降68.28%" in p.text)
    paragraph.runs[0].text = paragraph.text.replace("下降68.28%", "下降86.28%")
    for run in paragraph.runs[1:]:
        run.text = ""
    document.save(str(source))
    desk.impl._answers.append(str(source))
    assert "1处与工作簿不一致" in desk.click("inspect")
    assert book.sheets.active.name == "校验结果"
    cells = desk.cells(book)
    shown = [cells.get(("校验结果", row, 5)) for row in range(4, 8)]
    assert any("公开文档第" in str(text) and "86.28%" in str(text) for text in shown)


def test_the_handbooks_example_is_what_the_clerk_sees(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.filled, tmp_path / "例.xlsx")
    book.sheets["表三"].range("C9").select()
    example = "\n".join(f"    {line}" for line in desk.click("trace").splitlines())
    assert example in (SOURCES / "trace.md").read_text(encoding="utf-8")


def test_the_handbook_opens_at_the_rule_of_the_selected_line(
    desk: Desk, steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    for name, data in handbook_pages().items():
        path = handbook().parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    book = desk.open(steps.validated, tmp_path / "结果.xlsx")
    book.sheets["封面"].range("A1").select()
    assert desk.click("handbook") == ""
    book.sheets["校验结果"].range("E4").select()
    assert desk.click("handbook") == ""
    assert opened == [handbook().as_uri(), handbook().with_name("rule.html").as_uri()]
    rule = book.sheets["校验结果"].range("C4").value
    assert f"findings.html#{rule}" in handbook().with_name("rule.html").read_text(encoding="utf-8")


def test_buttons_that_need_no_budget_workbook_answer_in_any(desk: Desk, tmp_path: Path) -> None:
    desk.app.books.add()
    desk.impl._answers.append("住房公积金")
    assert "2210201" in desk.click("codes")
    desk.impl._answers.append("20805")
    assert all("　20805" in line for line in desk.click("codes").splitlines()[:5])
    assert "没有找到手册" in desk.click("handbook")
    assert "日志文件" in desk.click("about")
    assert "已新建" in desk.click("new")
    made = desk.app.books.active
    out = tmp_path / "新.xlsx"
    assert run_command("new", out).code == 0
    assert differences(desk.cells(made), file_cells(out)) == []
    assert desk.against(made, out) == []


@pytest.mark.parametrize("command", [name for name, b in ribbon().buttons.items() if b.book and name != "undo"])
def test_no_workbook_or_a_foreign_one_gets_a_sentence(desk: Desk, command: str) -> None:
    assert desk.click(command).startswith("请先打开")
    book = desk.app.books.add()
    book.sheets[0].range("A1").value = "别的表"
    before = desk.dump(book)
    shown = desk.click(command)
    assert "不是用本程序模板建立的" in shown
    assert desk.dump(book) == before


def test_a_password_is_named_and_nothing_is_written(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.source, tmp_path / "密码.xlsx")
    sheet = book.sheets["表五"]
    sheet.api.Unprotect("")
    sheet.api.Protect("secret")
    before = desk.dump(book)
    shown = desk.click("fill")
    assert "“表五”" in shown
    assert "保护密码" in shown
    assert desk.dump(book) == before
    assert all(book.sheets[name].api.ProtectContents for name in ("表一", "表四", "表五"))


def test_a_fault_in_the_ledger_is_one_sentence_a_fault(desk: Desk, steps: Steps, tmp_path: Path) -> None:
    book = desk.open(steps.source, tmp_path / "错.xlsx")
    book.sheets["预算明细"].range("M3").value = "多少"
    before = desk.dump(book)
    shown = desk.click("fill")
    assert "“预算明细”第3行“金额（元）”" in shown
    assert "Traceback" not in shown
    assert desk.dump(book) == before


class _Busy(Exception):
    """What pywin32 raises while a cell is being edited."""

    hresult = -2147418111


def test_a_busy_excel_is_waited_for_but_not_for_ever(
    desk: Desk, steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = desk.open(steps.filled, tmp_path / "忙.xlsx")
    TRAFFIC.reset(30, _Busy())
    assert "情况说明已生成" in desk.click("narrate")
    monkeypatch.setattr(waiting, "PATIENCE", 0.1)
    monkeypatch.setattr(TRAFFIC, "count", _always_busy(TRAFFIC.count))
    desk.click("fill")
    monkeypatch.undo()
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path / "data"))
    assert "正忙" in str(desk.impl._alerts[-1][1])
    assert book.sheets["表三"].api.ProtectContents


def _always_busy(count: Callable[[str], None]) -> Callable[[str], None]:
    def busy(name: str) -> None:
        count(name)
        if name.startswith("Range."):
            raise _Busy

    return busy


def _traffic(desk: Desk, command: str) -> tuple[int, int, int]:
    TRAFFIC.reset()
    assert "未完成" not in desk.click(command)
    return TRAFFIC.reads, TRAFFIC.writes, TRAFFIC.total


def test_the_number_of_calls_is_small_and_does_not_depend_on_the_ledger(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {}
    written: list[str] = []
    put = excel.LiveBook._put

    def noted(self: excel.LiveBook, sheet: Any, piece: Any, back: bool = False) -> None:
        written.append(piece.sheet)
        put(self, sheet, piece, back)

    monkeypatch.setattr(excel.LiveBook, "_put", noted)
    for rows in (100, LONGER):
        ledger = long_ledger(tmp_path / f"{rows}.csv", rows)
        path = tmp_path / f"{rows}.xlsx"
        assert run_command("new", path, "--ledger", ledger, "--unit", "某市商务局").code == 0
        book = desk.open(path, path)
        # What `new` has filled in already would need no writing.
        amounts = book.sheets["预算明细"].range("M2:M80")
        amounts.raw_value = [[value * 3] for (value,) in amounts.options(ndim=2).value]
        sheets = len(book.sheets)
        reads, writes, total = found[rows] = _traffic(desk, "generate")
        print(f"generate, {rows} ledger rows, {sheets} sheets: {reads} reads, {writes} writes, {total} calls")
        # The sheet of live formulas is read a second time, for what undoing has to bring back.
        assert reads <= sheets + 6
        assert writes <= sheets
        assert reads + writes <= 2 * sheets + 10
        assert total <= 45 * sheets
        # One block a sheet; on 封面 the links lie between the title and the states, and are left alone.
        assert {name for name in written if written.count(name) > 1} <= {"封面"}
        assert written.count("封面") <= 2
        written.clear()
        reads, writes, total = _traffic(desk, "validate")
        print(f"validate, {rows} ledger rows, {sheets} sheets: {reads} reads, {writes} writes, {total} calls")
        assert reads <= sheets + 6
        assert writes <= sheets
        written.clear()
        book.close()
    assert found[100][:2] == found[LONGER][:2]
    assert abs(found[100][2] - found[LONGER][2]) < 40


def test_what_looks_like_a_formula_or_a_number_stays_a_text(desk: Desk, tmp_path: Path) -> None:
    rows = [dict(row) for row in CLEAN]
    for row, name in zip([r for r in rows if r.get("项目名称")], ("=1+1", "2024", "1-2", "'引号"), strict=False):
        row["项目名称"] = name
    path = tmp_path / "文本.xlsx"
    done = run_command("new", path, "--ledger", write_csv(tmp_path / "明细.csv", rows), "--unit", "=某市商务局")
    assert done.code == 0, done.err
    book = desk.open(path, path)
    assert run_command("fill", path, "-o", tmp_path / "各表.xlsx").code == 0
    book.sheets["表十二"].api.Unprotect("")
    book.sheets["表十二"].range("A6:G12").clear_contents()
    desk.click("fill")
    wanted = {at: v for at, v in file_cells(tmp_path / "各表.xlsx").items() if at[0] == "表十二"}
    assert differences({at: v for at, v in desk.cells(book).items() if at[0] == "表十二"}, wanted) == []


def test_every_button_has_its_function_and_every_function_its_button() -> None:
    assert set(buttons.commands()) == set(ribbon().buttons)
