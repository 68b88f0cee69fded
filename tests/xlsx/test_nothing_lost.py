"""Filling changes values alone: every other part of the clerk's workbook comes through byte for byte."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from addin.xlsx.package import Package
from tests.support.books import TABLES, edited, parts_of, read_tables, sheet_of, sheet_parts, write_parts
from tests.support.clerk import MAIN, ClerksWorkbook
from tests.support.command import run_command
from tests.support.ledgers import AMOUNT, CLEAN, PROJECT, RUNNING, STAFF, Row, write_csv

WRITTEN = {*TABLES, "封面", "名词解释", "校验结果", "勾稽关系"}
#: Parts in which Excel's own list of formulas is entered; it is dropped, and made anew by Excel, where formulas change.
BOOK = "xl/workbook.xml"
CHAINED = ("xl/_rels/workbook.xml.rels", "[Content_Types].xml")
#: A ledger with more codes, projects and economic items than the clean one.
LONGER: tuple[Row, ...] = (
    *CLEAN,
    {**PROJECT, "功能科目编码": "2160201", "功能科目名称": "行政运行", "项目名称": "展会经费", AMOUNT: "120000"},
    {
        **RUNNING,
        "部门经济科目编码": "30217",
        "部门经济科目名称": "公务接待费",
        "政府经济科目编码": "50206",
        AMOUNT: "3000",
    },
    {**STAFF, "功能科目编码": "2210201", "功能科目名称": "住房公积金", "部门经济科目编码": "30113", AMOUNT: "352600"},
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of the longer ledger; not to be changed."""
    return new_book(tmp_path_factory.mktemp("made"), "原.xlsx", LONGER)


@pytest.fixture(scope="module")
def clerks(made: Path) -> Path:
    """That workbook as the clerk has made it her own; not to be changed."""
    book = ClerksWorkbook(parts_of(made))
    book.decorate("表三")
    book.resize("表三", 3, "23.5", 6, "33.3")
    book.resize("表一", 1, "31", 9, "40.7")
    book.colour("表三", "C6")
    book.put("表三", "H6", formula="C6*2", value="9")
    book.put("表三", "H30", text="复核：另附")
    book.put("表三", "B40", text="经办人意见：同意")
    book.put("预算明细", "T3", formula="M3/10000", value="2.51005")
    book.calculation_chain(("表三", "H6"), ("预算明细", "T3"))
    return write_parts(made.with_name("经办.xlsx"), book.parts)


def new_book(folder: Path, name: str, rows: tuple[Row, ...]) -> Path:
    out = folder / name
    done = run_command("new", out, "--ledger", write_csv(folder / "明细.csv", rows), "--unit", "某市商务局")
    assert done.code == 0, done.err
    return out


def fill(source: Path, out: Path) -> Path:
    done = run_command("fill", source, "-o", out)
    assert done.code == 0, done.err
    return out


def _replace_ledger(rows: tuple[Row, ...]) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        sheet = sheet_of(book, "预算明细")
        headings = [cell.value for cell in sheet[1]]
        sheet.delete_rows(2, sheet.max_row)
        for number, row in enumerate(rows, 2):
            for column, heading in enumerate(headings, 1):
                value = row.get(str(heading))
                if value:
                    sheet.cell(number, column).value = float(value) if heading == AMOUNT else value

    return change


def _rest(sheet: bytes) -> bytes:
    """A sheet without its cells and its extent."""
    root = etree.fromstring(sheet)
    for name in ("sheetData", "dimension"):
        found = root.find(f"{{{MAIN}}}{name}")
        if found is not None:
            root.remove(found)
    return etree.tostring(root, method="c14n")


def _cells(sheet: bytes) -> dict[str, etree._Element]:
    root = etree.fromstring(sheet)
    return {cell.get("r", ""): cell for cell in root.iter(f"{{{MAIN}}}c")}


def _rows(sheet: bytes) -> dict[str, dict[str, str]]:
    root = etree.fromstring(sheet)
    return {row.get("r", ""): {str(k): str(v) for k, v in row.items()} for row in root.iter(f"{{{MAIN}}}row")}


def _without_calculation(book: bytes) -> bytes:
    root = etree.fromstring(book)
    for item in root.findall(f"{{{MAIN}}}calcPr"):
        root.remove(item)
    return etree.tostring(root, method="c14n")


def _entries(part: bytes) -> list[bytes]:
    return [etree.tostring(item) for item in etree.fromstring(part)]


def _outside(cell: str, width: int) -> bool:
    letters = cell.rstrip("0123456789")
    return len(letters) > 1 or ord(letters) - ord("A") >= width


def test_every_part_but_the_written_sheets_is_byte_identical(tmp_path: Path, clerks: Path) -> None:
    before = parts_of(clerks)
    after = parts_of(fill(clerks, tmp_path / "结果.xlsx"))
    assert [name for name in before if name != "xl/calcChain.xml"] == list(after)
    written = {sheet_parts(before)[name] for name in WRITTEN}
    assert {name for name in after if before[name] != after[name]} <= written | {*CHAINED, BOOK}
    # Her own formulas are to be calculated anew; of the book nothing else is another.
    assert _without_calculation(after[BOOK]) == _without_calculation(before[BOOK])
    for part in CHAINED:
        assert _entries(after[part]) == [entry for entry in _entries(before[part]) if b"calcChain" not in entry]
    for kind in ("media/image99.png", "charts/chart99.xml", "drawings/drawing99.xml", "comments99.xml"):
        assert after[f"xl/{kind}"] == before[f"xl/{kind}"]


@pytest.mark.parametrize("ledger", ["the same", "shorter", "longer"])
def test_on_written_sheets_only_values_change(tmp_path: Path, clerks: Path, ledger: str) -> None:
    source = clerks
    if ledger != "the same":
        source = _with_ledger_of(tmp_path, clerks, CLEAN if ledger == "shorter" else (*LONGER, *_more()))
    before, after = parts_of(source), parts_of(fill(source, tmp_path / "结果.xlsx"))
    for name, part in sheet_parts(before).items():
        old, new = before[part], after[part]
        assert _rest(old) == _rest(new), name
        old_cells, new_cells = _cells(old), _cells(new)
        assert set(old_cells) <= set(new_cells), name
        assert {k: c.get("s") for k, c in old_cells.items()} == {k: new_cells[k].get("s") for k in old_cells}, name
        if name in TABLES:
            outside = [k for k in old_cells if _outside(k, TABLES[name])]
            for key in outside:
                assert etree.tostring(old_cells[key]) == etree.tostring(new_cells[key]), (name, key)


def _more() -> tuple[Row, ...]:
    return tuple({**PROJECT, "功能科目编码": f"21602{n}", "项目名称": f"项目{n}"} for n in range(10, 16))


def _with_ledger_of(folder: Path, source: Path, rows: tuple[Row, ...]) -> Path:
    """The workbook with only its ledger's part taken from a workbook of other rows."""
    parts = parts_of(source)
    other = parts_of(new_book(folder, "别的.xlsx", rows))
    parts[sheet_parts(parts)["预算明细"]] = other[sheet_parts(other)["预算明细"]]
    return write_parts(folder / "换了明细.xlsx", parts)


def test_widths_heights_colours_and_formulas_of_the_clerk_stay(tmp_path: Path, clerks: Path) -> None:
    book = load_workbook(fill(clerks, tmp_path / "结果.xlsx"))
    table = sheet_of(book, "表三")
    assert table.column_dimensions["C"].width == 23.5
    assert table.row_dimensions[6].height == 33.3
    assert sheet_of(book, "表一").row_dimensions[9].height == 40.7
    assert table["C6"].fill.fgColor.rgb == "FFFFC000"
    assert table["C6"].number_format == "#,##0.00"
    assert table["H6"].value == "=C6*2"
    assert sheet_of(book, "预算明细")["T3"].value == "=M3/10000"
    assert table["B40"].value == "经办人意见：同意"
    assert table["H30"].value == "复核：另附"
    assert "工作底稿" in book.sheetnames


def test_a_link_that_the_clerk_put_on_a_table_cell_stays(tmp_path: Path, clerks: Path) -> None:
    book = ClerksWorkbook(parts_of(clerks))
    book.link("表三", "C7", "'工作底稿'!A1")
    after = parts_of(fill(write_parts(tmp_path / "链接.xlsx", book.parts), tmp_path / "结果.xlsx"))
    links = etree.fromstring(after[sheet_parts(after)["表三"]]).iter(f"{{{MAIN}}}hyperlink")
    assert "C7" in [link.get("ref") for link in links]


def test_the_input_file_is_left_as_it_is(tmp_path: Path, clerks: Path) -> None:
    before = clerks.read_bytes()
    fill(clerks, tmp_path / "结果.xlsx")
    assert clerks.read_bytes() == before


def test_filling_again_gives_the_identical_file(tmp_path: Path, clerks: Path) -> None:
    once = fill(clerks, tmp_path / "一.xlsx")
    twice = fill(once, tmp_path / "二.xlsx")
    assert once.read_bytes() == twice.read_bytes()
    assert fill(clerks, tmp_path / "三.xlsx").read_bytes() == once.read_bytes()


def test_filling_what_new_filled_changes_no_value(tmp_path: Path, made: Path) -> None:
    assert read_tables(fill(made, tmp_path / "结果.xlsx")) == read_tables(made)


@pytest.mark.parametrize(("first", "then"), [(LONGER, CLEAN), (CLEAN, LONGER), (LONGER, (STAFF,))])
def test_a_changed_ledger_leaves_nothing_of_the_old_tables(
    tmp_path: Path, first: tuple[Row, ...], then: tuple[Row, ...]
) -> None:
    source = edited(new_book(tmp_path, "原.xlsx", first), tmp_path / "改.xlsx", _replace_ledger(then))
    refilled = fill(source, tmp_path / "结果.xlsx")
    assert read_tables(refilled) == read_tables(new_book(tmp_path, "新.xlsx", then))


def test_rows_that_sum_to_zero_and_have_no_name_do_not_stop_the_next_fill(tmp_path: Path) -> None:
    nameless = {**STAFF, "部门经济科目编码": "39988", "部门经济科目名称": "", "政府经济科目编码": "59988"}
    nameless |= {"政府经济科目名称": ""}
    rows = (
        STAFF,
        {**nameless, AMOUNT: "100"},
        {**nameless, AMOUNT: "-100", "备注": "冲回"},
        {**nameless, "部门经济科目编码": "39989", "部门经济科目名称": "某款", AMOUNT: "50"},
    )
    made = new_book(tmp_path, "原.xlsx", rows)
    assert read_tables(fill(made, tmp_path / "结果.xlsx")) == read_tables(made)


def test_a_formula_written_over_leaves_the_chain_of_formulas(tmp_path: Path, made: Path) -> None:
    book = ClerksWorkbook(parts_of(made))
    book.put("表三", "C6", formula="1+1", value="2")
    book.put("表三", "H6", formula="C6*2", value="4")
    book.calculation_chain(("表三", "C6"), ("表三", "H6"))
    source = write_parts(tmp_path / "经办.xlsx", book.parts)
    after = parts_of(fill(source, tmp_path / "结果.xlsx"))
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["xl/_rels/workbook.xml.rels"] + after["[Content_Types].xml"]
    cells = _cells(after[sheet_parts(after)["表三"]])
    assert cells["C6"].find(f"{{{MAIN}}}f") is None
    assert cells["H6"].find(f"{{{MAIN}}}f") is not None


def test_the_extent_of_every_sheet_covers_its_cells(tmp_path: Path, made: Path) -> None:
    source = _with_ledger_of(tmp_path, made, (*LONGER, *_more()))
    after = parts_of(fill(source, tmp_path / "结果.xlsx"))
    for name, part in sheet_parts(after).items():
        found = etree.fromstring(after[part]).find(f"{{{MAIN}}}dimension")
        if found is None or name not in WRITTEN:
            continue
        last = int(re.findall(r"\d+", found.get("ref", ""))[-1])
        filled = [int(key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for key, c in _cells(after[part]).items() if len(c)]
        assert last >= max(filled), name


def test_rows_and_cells_stay_in_order(tmp_path: Path, clerks: Path) -> None:
    after = parts_of(fill(_with_ledger_of(tmp_path, clerks, (*LONGER, *_more())), tmp_path / "结果.xlsx"))
    for name, part in sheet_parts(after).items():
        numbers = [int(key) for key in _rows(after[part])]
        assert numbers == sorted(numbers), name
        for row in etree.fromstring(after[part]).iter(f"{{{MAIN}}}row"):
            columns = [cell.get("r", "").rstrip("0123456789") for cell in row]
            assert columns == sorted(columns, key=lambda text: (len(text), text)), name
            assert len(set(columns)) == len(columns), name


def _fails_to_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EIO, "read error")

    monkeypatch.setattr("addin.xlsx.files._verify", refuse)


def _finds_another_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("wrote 1, read 2")

    monkeypatch.setattr("addin.xlsx.files._verify", refuse)


def _disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Package, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Package, "save", refuse)


def _target_is_open_in_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, "denied", str(target))

    monkeypatch.setattr(Path, "replace", refuse)


def _interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("addin.xlsx.files._verify", stop)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (_fails_to_verify, "无法写入"),
        (_finds_another_value, None),
        (_disk_is_full, "无法写入（No space left on device），请检查磁盘空间和路径"),
        (_target_is_open_in_excel, "无法写入，文件可能正在 Excel 中打开，或没有写入该文件夹的权限"),
        (_interrupted, None),
    ],
)
@pytest.mark.parametrize("existing", [True, False])
def test_a_save_that_fails_leaves_everything_as_it_was(
    tmp_path: Path,
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[pytest.MonkeyPatch], None],
    said: str | None,
    existing: bool,
) -> None:
    folder = tmp_path / "结果"
    folder.mkdir()
    out = folder / "结果.xlsx"
    if existing:
        out.write_bytes(b"of another day")
    trouble(monkeypatch)
    if said is None:
        with pytest.raises((AssertionError, KeyboardInterrupt)):
            run_command("fill", made, "-o", out)
    else:
        done = run_command("fill", made, "-o", out)
        assert done.code == 2
        assert said in done.err
    assert [path.name for path in folder.iterdir()] == (["结果.xlsx"] if existing else [])
    if existing:
        assert out.read_bytes() == b"of another day"
