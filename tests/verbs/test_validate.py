"""`validate` and `fill --balance` from outside: a file in, an exit code, words, JSON and a marked copy out."""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook as Book
from openpyxl.worksheet.worksheet import Worksheet

from addin.xlsx.files import Workbook
from tests.support.books import TABLES, edited, read_tables, sheet_of
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE, LONG
from tests.support.ledgers import AMOUNT, PROJECT, write_csv
from tests.support.reworded import reword
from tests.support.sealed import set_cells
from tests.support.tools import Office
from tests.support.units import UNITS, finished_file
from udfs.base.texts import display_width, plain
from udfs.reconciliation import balance
from udfs.reconciliation.balance import Impossible
from workbook_templates.reading.edition import load_edition

KEYS = {"workbook", "edition", "passed", "counts", "checks", "coverage", "findings"}
FINDING_KEYS = {"rule", "grade", "sheet", "cell", "left", "right", "difference", "message", "suspects"}
RESULT = "校验结果"
FIRST = 4  #: first row of 校验结果


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("validate")


@cache
def _finished(unit: str, folder: Path) -> Path:
    return finished_file(UNITS[unit], folder / unit)


@pytest.fixture(scope="session")
def sample(folder: Path) -> Path:
    return _finished("sample", folder)


@pytest.fixture(scope="session")
def mixed(folder: Path) -> Path:
    return _finished("mixed", folder)


def changed_cells(source: Path, target: Path, **changes: Any) -> Path:
    """A copy with other values in cells, named like 表三_C8."""
    return set_cells(
        source, target, {(sheet, at): v for (sheet, at), v in ((n.split("_"), v) for n, v in changes.items())}
    )


def without_ledger(book: Book) -> None:
    for name in ("预算明细", "收入明细"):
        sheet = sheet_of(book, name)
        sheet.delete_rows(2, sheet.max_row)


def validated(path: Path) -> dict[str, Any]:
    """The report as JSON, its form checked."""
    done = run_command("validate", path, "--json")
    assert done.err == ""
    report: dict[str, Any] = json.loads(done.out)
    assert_form(report)
    assert done.code == (0 if report["passed"] else 1)
    return report


def assert_form(report: dict[str, Any]) -> None:
    assert set(report) == KEYS
    assert list(report["counts"]) == ["强制", "提示", "信息"]
    assert list(report["checks"]) == ["通过", "不符", "不适用", "无法核对"]
    assert set(report["coverage"]) >= {"cells", "guarded"}
    assert report["passed"] is (report["counts"]["强制"] == 0)
    assert sum(report["counts"].values()) == len(report["findings"])
    for finding in report["findings"]:
        assert set(finding) == FINDING_KEYS
        for key in ("left", "right", "difference"):
            assert re.fullmatch(r"(-?\d+\.\d\d)?", finding[key]) or finding["rule"][0] == "F", finding
        assert re.fullmatch(r"([A-Z]{1,3}[1-9]\d*)?", finding["cell"])
        assert finding["message"]
        for suspect in finding["suspects"]:
            assert set(suspect) == {"sheet", "cell", "shown", "suggested"}
            assert re.fullmatch(r"[A-Z]{1,3}[1-9]\d*", suspect["cell"])
            for key in ("shown", "suggested"):
                assert re.fullmatch(r"(-?\d+\.\d\d)?|-?\d*\.?\d*~-?\d*\.?\d*", suspect[key]), suspect


def found(report: dict[str, Any], families: str = "ABC") -> list[dict[str, Any]]:
    return [f for f in report["findings"] if f["grade"] != "信息" and f["rule"][0] in families]


# ---------------------------------------------------------------- exit codes and words


def test_a_right_workbook_passes(sample: Path) -> None:
    report = validated(sample)
    assert report["passed"]
    assert report["edition"] == load_edition().stamp
    assert report["coverage"]["cells"] == report["coverage"]["guarded"] > 200
    assert {f["grade"] for f in report["findings"]} == {"信息"}


def test_a_wrong_cell_blocks_sending(sample: Path, tmp_path: Path) -> None:
    done = run_command("validate", changed_cells(sample, tmp_path / "a.xlsx", 表三_C8=327.73))
    assert done.code == 1
    assert done.err == ""
    assert "有强制问题" in done.out.splitlines()[0]


@pytest.mark.parametrize("content", [b"", b"no workbook", None])
def test_what_cannot_be_read_is_said_and_nothing_is_written(content: bytes | None, tmp_path: Path) -> None:
    source = tmp_path / "坏.xlsx"
    if content is not None:
        source.write_bytes(content)
    out = tmp_path / "结果.xlsx"
    for done in (run_command("validate", source, "-o", out), run_command("validate", source, "--json")):
        assert done.code == 2
        assert done.out == ""
        assert len(done.err.splitlines()) >= 2
        assert "Traceback" not in done.err
    assert not out.exists()


def test_a_hint_does_not_block(sample: Path, tmp_path: Path) -> None:
    report = validated(changed_cells(sample, tmp_path / "a.xlsx", 基础信息_B7=None))
    assert report["passed"]
    assert report["counts"]["提示"] == 1


def test_the_input_is_never_written_over(sample: Path) -> None:
    before = sha256(sample.read_bytes()).hexdigest()
    run_command("validate", sample)
    run_command("validate", sample, "--json")
    assert run_command("validate", sample, "-o", sample).code == 2
    assert run_command("fill", sample, "-o", sample, "--balance").code == 2
    assert sha256(sample.read_bytes()).hexdigest() == before


def test_lines_of_the_text_are_aligned(sample: Path, tmp_path: Path) -> None:
    changed = changed_cells(sample, tmp_path / "a.xlsx", 表三_C8=327.73, 表十_B5=3.0, 基础信息_B7=None)
    lines = run_command("validate", changed).out.splitlines()
    shown = [line for line in lines if re.match("强制|提示|信息", line)]
    assert len(shown) > 5
    starts = set()
    for line in shown:
        match = re.match(r"(?:强制|提示|信息)  \S+ +\S+ +", line)
        assert match
        starts.add(display_width(match[0]))
    assert len(starts) == 1
    assert any(line.strip().startswith("疑似：") for line in lines)


# ---------------------------------------------------------------- the ledger and the tables


def test_each_cell_that_differs_from_the_ledger_is_named(sample: Path, tmp_path: Path) -> None:
    report = validated(changed_cells(sample, tmp_path / "a.xlsx", 表三_C8=327.73, 表一_B35=None, 表十_B5=0.01))
    differing = {(f["sheet"], f["cell"]): f for f in report["findings"] if f["rule"] == "C01"}
    assert set(differing) == {("表三", "C8"), ("表一", "B35"), ("表十", "B5")}
    assert (differing["表三", "C8"]["left"], differing["表三", "C8"]["right"]) == ("327.73", "327.37")
    for place, finding in differing.items():
        assert [(s["sheet"], s["cell"]) for s in finding["suspects"]] == [place]
    for finding in found(report, "AB"):
        assert {(s["sheet"], s["cell"]) for s in finding["suspects"]} <= set(differing)


@pytest.mark.parametrize("marked", [True, False], ids=["marked when filled", "filled by 0.1.0"])
def test_tables_older_than_the_ledger_are_one_finding(marked: bool, sample: Path, tmp_path: Path) -> None:
    stale = changed_cells(sample, tmp_path / "旧.xlsx", 预算明细_M2=1414599.0)
    if not marked:
        stale = changed_cells(stale, tmp_path / "更旧.xlsx", 校验结果_O2=None)
    assert run_command("fill", stale, "-o", tmp_path / "新.xlsx").code == 0
    old, new = read_tables(sample), read_tables(tmp_path / "新.xlsx")
    changed = {
        (name, f"{chr(65 + column)}{row + 1}")
        for name in TABLES
        for row, line in enumerate(new[name])
        for column, value in enumerate(line)
        if value != old[name][row][column]
    }
    report = validated(stale)
    (finding,) = (f for f in report["findings"] if f["grade"] == "强制")
    assert (finding["rule"], finding["sheet"]) == ("C04", "预算明细")
    suspects = {(s["sheet"], s["cell"]): s for s in finding["suspects"]}
    assert {place for place in suspects if place[0] in TABLES} == changed
    assert f"明细改动后未重新生成，涉及{len(suspects)}格" in finding["message"]
    for place in changed:
        suspect = suspects[place]
        assert float(suspect["suggested"]) == pytest.approx(float(suspect["shown"]) + 10)
    assert found(validated(tmp_path / "新.xlsx")) == []


def test_without_a_ledger_the_wrong_cell_is_suspected(mixed: Path, tmp_path: Path) -> None:
    tables = edited(mixed, tmp_path / "表.xlsx", without_ledger)
    report = validated(tables)
    assert found(report) == []
    assert report["checks"]["无法核对"] > 0
    wrong = read_tables(mixed)["表三"][7][2] + 9
    report = validated(changed_cells(tables, tmp_path / "错.xlsx", 表三_C8=wrong))
    assert not report["passed"]
    for finding in found(report, "AB"):
        places = [(s["sheet"], s["cell"]) for s in finding["suspects"]]
        assert ("表三", "C8") in places
        suspect = finding["suspects"][places.index(("表三", "C8"))]
        assert suspect["shown"] == f"{wrong:.2f}"


# ---------------------------------------------------------------- partly filled


def test_a_new_workbook_is_undecided_where_the_ledger_would_tell(tmp_path: Path) -> None:
    assert run_command("template", "-o", tmp_path / "a.xlsx").code == 0
    report = validated(tmp_path / "a.xlsx")
    assert report["passed"]
    assert {f["rule"] for f in report["findings"] if f["grade"] != "信息"} == {"F03"}
    assert report["checks"]["不符"] == 1
    assert report["checks"]["无法核对"] > 0
    text = run_command("validate", tmp_path / "a.xlsx").out
    assert "预算明细为空，无法与明细核对" in text


def test_blank_required_fields_are_hints(sample: Path, tmp_path: Path) -> None:
    report = validated(changed_cells(sample, tmp_path / "a.xlsx", 基础信息_B7=None, 基础信息_B11=None))
    blank = [f for f in report["findings"] if f["rule"] == "F03"]
    assert blank
    assert {f["grade"] for f in blank} == {"提示"}


def test_a_ledger_without_tables_is_named_as_tables_to_make(sample: Path, tmp_path: Path) -> None:
    def blank(book: Book) -> None:
        for name in TABLES:
            sheet = sheet_of(book, name)
            for line in sheet.iter_rows(min_row=5):
                for cell in line:
                    if isinstance(cell.value, int | float):
                        cell.value = None

    report = validated(edited(sample, tmp_path / "a.xlsx", blank))
    assert not report["passed"]
    assert {f["rule"][0] for f in found(report)} == {"C"}
    assert all(f["left"] == "" or float(f["left"]) == 0 for f in report["findings"] if f["rule"] == "C01")


# ---------------------------------------------------------------- saved by others


def essence(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key != "workbook"}


@pytest.mark.parametrize("wrong", [False, True])
def test_saving_by_openpyxl_changes_nothing(mixed: Path, wrong: bool, tmp_path: Path) -> None:
    source = changed_cells(mixed, tmp_path / "a.xlsx", **({"表三_C8": 1.0, "表一_B35": -3.0} if wrong else {}))
    again = changed_cells(source, tmp_path / "b.xlsx")
    assert essence(validated(again)) == essence(validated(source))
    if not wrong:
        assert essence(validated(source)) == essence(validated(mixed))


@pytest.mark.live
@pytest.mark.parametrize("wrong", [False, True] if EVIDENCE else [True])
def test_saving_by_libreoffice_changes_nothing(mixed: Path, wrong: bool, tmp_path: Path, soffice: Office) -> None:
    source = changed_cells(mixed, tmp_path / "a.xlsx", **({"表三_C8": 1.0, "表一_B35": -3.0} if wrong else {}))
    assert run_command("validate", source, "-o", tmp_path / "b.xlsx").code == int(wrong)
    saved = soffice.convert(tmp_path / "b.xlsx", "xlsx", tmp_path / "saved")
    assert essence(validated(saved)) == essence(validated(source))


# ---------------------------------------------------------------- the copy with findings


def result_rows(path: Path) -> list[list[Any]]:
    """Rows of 校验结果."""
    grid = Workbook(path).grids[RESULT]
    return [line for line in grid[FIRST - 1 :] if line[0] not in ("", None)]


def marks(path: Path) -> list[str]:
    """Cells marked in red."""
    book = Workbook(path)
    sheet, row, column, *_ = book.package.names["YS_MARKS"]
    return [str(line[column - 1]) for line in book.grids[sheet][row - 1 :] if len(line) >= column and line[column - 1]]


def checked(source: Path, out: Path) -> Path:
    done = run_command("validate", source, "-o", out)
    assert done.code in (0, 1), done.err
    assert done.out.splitlines()[-1] == f"已写出：{out}"
    return out


def test_findings_are_written_with_links_and_marks(sample: Path, tmp_path: Path) -> None:
    wrong = changed_cells(sample, tmp_path / "a.xlsx", 表三_C8=327.73, 基础信息_B7=None)
    report = validated(wrong)
    out = checked(wrong, tmp_path / "b.xlsx")
    rows = result_rows(out)
    assert rows[0][1:4] == ["强制", "C01", "表三!C8"]
    assert (rows[0][5], rows[0][6], rows[0][7]) == (327.73, 327.37, 0.36)
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), key="强制 提示 信息 未核对".index)
    sheet: Worksheet = sheet_of(load_workbook(out), RESULT)
    linked = 0
    for number, row in enumerate(rows, FIRST):
        if "!" not in str(row[3]):
            continue
        link = sheet.cell(number, 4).hyperlink
        assert link is not None
        assert str(link.location).replace("'", "") == row[3]
        linked += 1
    assert linked > 5
    assert set(marks(out)) >= {"表三!C8"}
    assert "表三!C8" in {f"{s['sheet']}!{s['cell']}" for f in report["findings"] for s in f["suspects"]}
    assert validated(out)["findings"] == report["findings"]


def test_one_root_cause_is_one_row(sample: Path, tmp_path: Path) -> None:
    wrong = changed_cells(sample, tmp_path / "a.xlsx", 表三_C5=969.56)
    report = validated(wrong)
    assert report["checks"]["不符"] >= 4
    assert [f["rule"] for f in found(report)] == ["C01"]
    blocking = [row for row in result_rows(checked(wrong, tmp_path / "b.xlsx")) if row[1] == "强制"]
    assert len(blocking) == 1
    assert blocking[0][3] == "表三!C5"
    assert "同一原因还使" in blocking[0][4]


def test_one_root_cause_is_one_row_without_a_ledger(mixed: Path, tmp_path: Path) -> None:
    wrong = read_tables(mixed)["表三"][4][2] + 9

    def change(book: Book) -> None:
        without_ledger(book)
        sheet_of(book, "表三")["C5"] = wrong

    source = edited(mixed, tmp_path / "a.xlsx", change)
    report = validated(source)
    assert report["checks"]["不符"] >= 3
    assert len(found(report)) == 1
    blocking = [row for row in result_rows(checked(source, tmp_path / "b.xlsx")) if row[1] == "强制"]
    assert len(blocking) == 1


def test_marks_and_findings_go_when_the_tables_are_made_anew(sample: Path, tmp_path: Path) -> None:
    wrong = changed_cells(sample, tmp_path / "a.xlsx", 表三_C8=327.73)
    out = checked(wrong, tmp_path / "b.xlsx")
    assert marks(out) == ["表三!C8"]
    assert run_command("fill", out, "-o", tmp_path / "c.xlsx").code == 0
    assert marks(tmp_path / "c.xlsx") == []
    top = Workbook(tmp_path / "c.xlsx").grids[RESULT][1][0]
    assert "重新校验" in top
    again = checked(tmp_path / "c.xlsx", tmp_path / "d.xlsx")
    assert marks(again) == []
    assert not [row for row in result_rows(again) if row[1] == "强制"]
    assert read_tables(again) == read_tables(sample)


def explained(path: Path) -> dict[str, str]:
    """Explanations on 校验结果 by the grade beside them and what they excuse."""
    return {f"{row[1]} {row[2]} {row[3]}": row[9] for row in result_rows(path) if row[9]}


def test_an_explanation_stays_with_its_figures_and_lapses_when_they_change(mixed: Path, tmp_path: Path) -> None:
    first = checked(mixed, tmp_path / "1.xlsx")
    row, line = next((n, r) for n, r in enumerate(result_rows(first), FIRST) if r[1] == "提示")
    place = f"{line[2]} {line[3]}"
    written = changed_cells(first, tmp_path / "1a.xlsx", **{f"{RESULT}_J{row}": "已与财政部门核实"})
    second = checked(written, tmp_path / "2.xlsx")
    assert explained(second) == {f"提示 {place}": "已与财政部门核实"}
    assert explained(checked(second, tmp_path / "3.xlsx")) == explained(second)

    sheet, cell = line[3].split("!")
    changed = changed_cells(tmp_path / "3.xlsx", tmp_path / "3a.xlsx", **{f"{sheet}_{cell}": "103014899"})
    fourth = checked(changed, tmp_path / "4.xlsx")
    assert explained(fourth) == {f"失效 {place}": "已与财政部门核实"}
    assert [r[8] for r in result_rows(fourth) if r[1] == "失效"] == ["金额已变，说明失效，请重新核对"]
    assert explained(checked(fourth, tmp_path / "5.xlsx")) == explained(fourth)


def test_an_explanation_comes_back_to_life_with_its_figures(mixed: Path, tmp_path: Path) -> None:
    first = checked(mixed, tmp_path / "1.xlsx")
    row, line = next((n, r) for n, r in enumerate(result_rows(first), FIRST) if r[1] == "提示")
    sheet, cell = line[3].split("!")
    was = sheet_of(load_workbook(mixed), sheet)[cell].value
    other = {f"{RESULT}_J{row}": "已核实", f"{sheet}_{cell}": "103014899"}
    second = checked(changed_cells(first, tmp_path / "1a.xlsx", **other), tmp_path / "2.xlsx")
    assert list(explained(second)) == [f"失效 {line[2]} {line[3]}"]
    back = changed_cells(second, tmp_path / "2a.xlsx", **{f"{sheet}_{cell}": was})
    assert list(explained(checked(back, tmp_path / "3.xlsx"))) == [f"提示 {line[2]} {line[3]}"]


def test_a_hundred_wrong_cells_still_get_an_answer(mixed: Path, tmp_path: Path) -> None:
    def change(book: Book) -> None:
        without_ledger(book)
        broken = 0
        for name in ("表二", "表三", "表五"):
            for line in sheet_of(book, name).iter_rows(min_row=5, min_col=3):
                for cell in line:
                    if isinstance(cell.value, int | float) and broken < 100:
                        cell.value = round(cell.value * 1.37 + broken, 2)
                        broken += 1
        assert broken == 100

    source = edited(mixed, tmp_path / "a.xlsx", change)
    report = validated(source)
    assert not report["passed"]
    checked(source, tmp_path / "b.xlsx")


# ---------------------------------------------------------------- 舍位平衡


def switch(path: Path) -> str:
    return next(str(line[1]) for line in Workbook(path).grids["基础信息"] if str(line[0]).strip("* ") == "舍位平衡")


@pytest.mark.parametrize("unit", [pytest.param("sample", marks=LONG), "mixed", "department"])
def test_balanced_tables_add_up_exactly_and_can_be_undone(unit: str, folder: Path, tmp_path: Path) -> None:
    plain = _finished(unit, folder)
    assert validated(plain)["counts"]["信息"] > 0
    done = run_command("fill", plain, "-o", tmp_path / "b.xlsx", "--balance")
    assert done.code == 0, done.err
    assert re.search(r"舍位平衡调整了(\d+)个单元格", done.out)
    assert switch(tmp_path / "b.xlsx") == "是"
    report = validated(tmp_path / "b.xlsx")
    assert report["passed"]
    assert found(report) == []
    assert [f for f in report["findings"] if "尾差" in f["message"]] == []

    assert run_command("fill", tmp_path / "b.xlsx", "-o", tmp_path / "again.xlsx").code == 0
    assert read_tables(tmp_path / "again.xlsx") == read_tables(tmp_path / "b.xlsx")

    row = next(
        n for n, line in enumerate(Workbook(plain).grids["基础信息"], 1) if str(line[0]).strip("* ") == "舍位平衡"
    )
    off = changed_cells(tmp_path / "b.xlsx", tmp_path / "off.xlsx", **{f"基础信息_B{row}": "否"})
    assert run_command("fill", off, "-o", tmp_path / "back.xlsx").code == 0
    assert read_tables(tmp_path / "back.xlsx") == read_tables(plain)


def test_the_cells_listed_are_those_that_changed_by_one_unit(mixed: Path, tmp_path: Path) -> None:
    done = run_command("fill", mixed, "-o", tmp_path / "b.xlsx", "--balance")
    listed = set(re.findall(r"(表[一二三四五六七八九十]+)!([A-Z]+\d+) (-?[\d.]+)→(-?[\d.]+)", done.out))
    before, after = read_tables(mixed), read_tables(tmp_path / "b.xlsx")
    changed = {
        (name, f"{chr(65 + column)}{row + 1}", f"{old:.2f}", f"{after[name][row][column]:.2f}")
        for name, lines in before.items()
        for row, line in enumerate(lines)
        for column, old in enumerate(line)
        if after[name][row][column] != old
    }
    assert listed == changed
    assert all(abs(round(float(b) - float(a), 2)) == 0.01 for *_, a, b in changed)


def test_what_cannot_be_balanced_is_said_and_nothing_is_written(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solver's answer is set here; that it is right is the matter of test_balance.py."""
    monkeypatch.setattr(balance, "balance", lambda *_, **__: Impossible((0, 4, 7), proved=True))
    done = run_command("fill", mixed, "-o", tmp_path / "b.xlsx", "--balance")
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.splitlines()) == 2
    assert re.search(r"舍位平衡无法实现：涉及表一!B\d+、表一!B\d+.*等3个单元格", done.err)
    assert "各表未作任何改动" in done.err
    assert not list(tmp_path.iterdir())


def test_many_small_projects_add_up_when_balanced(folder: Path, tmp_path: Path) -> None:
    """Forty projects of 49 yuan print 0.00 each and 0.20 together; balanced, twenty of them print 0.01."""
    rows = [{**PROJECT, "项目名称": f"第{n}个项目", AMOUNT: "49.00"} for n in range(40)]
    spending = write_csv(tmp_path / "明细.csv", rows)
    assert run_command("new", tmp_path / "a.xlsx", "--ledger", spending, "--unit", "某市商务局").code == 0
    done = run_command("fill", tmp_path / "a.xlsx", "-o", tmp_path / "b.xlsx", "--balance")
    assert done.code == 0, done.err
    printed = [line[1] for line in read_tables(tmp_path / "b.xlsx")["表十二"][5:]]
    assert printed[0] == 0.2
    assert sorted(printed[1:]) == [0] * 20 + [0.01] * 20
    assert found(validated(tmp_path / "b.xlsx")) == []


# ---------------------------------------------------------------- words are no keys


def _beside(book: Book) -> None:
    """Take away what 0.1.0 did not write: the entries beside the marks."""
    sheet = sheet_of(book, RESULT)
    for row in sheet.iter_rows(min_col=15, max_col=15):
        row[0].value = None


def _explained_hint(path: Path, out: Path) -> tuple[Path, str]:
    """A workbook whose first hint has an explanation, and the hint's rule and place."""
    row, line = next((n, r) for n, r in enumerate(result_rows(path), FIRST) if r[1] == "提示")
    return changed_cells(path, out, **{f"{RESULT}_J{row}": "已与财政部门核实"}), f"{line[2]} {line[3]}"


@pytest.mark.parametrize("old", [False, pytest.param(True, marks=LONG)], ids=["entries", "as 0.1.0 wrote it"])
def test_nothing_changes_but_the_words_where_every_message_is_reworded(
    old: bool, mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = changed_cells(mixed, tmp_path / "错.xlsx", 表三_C8=327.73, 表五_A9="20805x")
    written, place = _explained_hint(checked(wrong, tmp_path / "1.xlsx"), tmp_path / "1a.xlsx")
    if old:
        written = edited(written, tmp_path / "旧.xlsx", _beside)
    before, told = validated(written), run_command("submit", written, "-o", tmp_path / "定稿")
    plain_copy = checked(written, tmp_path / "2.xlsx")
    rows = [[*row[:4], *row[5:8], row[9]] for row in result_rows(plain_copy)]
    reword(monkeypatch)
    after, retold = validated(written), run_command("submit", written, "-o", tmp_path / "定稿")
    assert [f.pop("message") for f in after["findings"]] != [f.pop("message") for f in before["findings"]]
    assert after == before
    assert (retold.code, len(retold.err.splitlines())) == (told.code, len(told.err.splitlines()))
    assert told.code == 1
    copy = checked(written, tmp_path / "3.xlsx")
    assert explained(copy) == {f"提示 {place}": "已与财政部门核实"}
    assert [[*row[:4], *row[5:8], row[9]] for row in result_rows(copy)] == rows
    assert marks(copy) == marks(plain_copy)
    monkeypatch.undo()
    assert explained(checked(copy, tmp_path / "4.xlsx")) == {f"提示 {place}": "已与财政部门核实"}


def test_an_explanation_in_a_workbook_of_0_1_0_lapses_with_its_figures(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, place = _explained_hint(checked(mixed, tmp_path / "1.xlsx"), tmp_path / "1a.xlsx")
    written = edited(written, tmp_path / "旧.xlsx", _beside)
    sheet, cell = place.split()[1].split("!")
    changed = changed_cells(written, tmp_path / "改.xlsx", **{f"{sheet}_{cell}": "103014899"})
    assert explained(checked(changed, tmp_path / "2.xlsx")) == {f"失效 {place}": "已与财政部门核实"}
    reword(monkeypatch)
    assert explained(checked(changed, tmp_path / "3.xlsx")) == {f"失效 {place}": "已与财政部门核实"}


def test_rows_that_the_clerk_has_sorted_keep_their_explanations(mixed: Path, tmp_path: Path) -> None:
    written, place = _explained_hint(checked(mixed, tmp_path / "1.xlsx"), tmp_path / "1a.xlsx")

    def turn_round(book: Book) -> None:
        sheet = sheet_of(book, RESULT)
        rows = [list(row) for row in sheet.iter_rows(min_row=FIRST, max_col=10, values_only=True) if row[0]]
        for number, row in enumerate(reversed(rows), FIRST):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column).value = value

    again = checked(edited(written, tmp_path / "1b.xlsx", turn_round), tmp_path / "2.xlsx")
    assert explained(again) == {f"提示 {place}": "已与财政部门核实"}


def test_every_place_says_what_finishing_says(sample: Path, tmp_path: Path) -> None:
    for name, changes, words in (
        ("fine", {}, "可以上报"),
        ("open", {"基础信息_B17": None}, "没有强制问题，还有1条待说明或必填"),
        ("faulty", {"基础信息_B9": "世界级"}, "有强制问题，改正后再上报"),
    ):
        book = changed_cells(sample, tmp_path / f"{name}.xlsx", **changes)
        if name == "open":
            book, changed = tmp_path / "filled.xlsx", book
            assert run_command("fill", changed, "-o", book).code == 0
        out = tmp_path / f"{name}-out.xlsx"
        done = run_command("validate", book, "-o", out)
        assert done.out.splitlines()[0].startswith(f"{words}。")
        grids = Workbook(out).grids
        assert any(words in plain(value) for line in grids["封面"] for value in line)
        assert any(plain(value).startswith(words) for line in grids["校验结果"][:3] for value in line)
        assert (run_command("submit", book, "-o", tmp_path / f"{name}-sent").code == 0) == (words == "可以上报")
