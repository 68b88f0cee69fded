"""收表汇总: every file gets its line, what is taken adds up to the fen, and nothing that arrives stops the rest."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import docx
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook as Book

from addin.upward.receive import OUTDATED, receive_folder
from addin.xlsx.files import Workbook
from tests.support.books import edited, read_tables, sheet_of
from tests.support.command import run_command
from tests.support.hostile import HOSTILE, packed
from tests.support.ledgers import AMOUNT
from tests.support.many import BROKEN, broken_units, profile, profile_rows, unit_parts, write_units
from tests.support.received import lines_of, states
from tests.support.sealed import set_number, set_text, tampered
from tests.support.tools import validator_errors
from tests.support.units import finished_file


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished workbook of unit 7."""
    folder = tmp_path_factory.mktemp("定稿")
    (folder / "7.xlsx").write_bytes(packed(unit_parts(0, 7)))
    done = run_command("submit", folder / "7.xlsx", "-o", folder / "out")
    assert done.code == 0, done.err
    (out,) = (folder / "out").iterdir()
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sealed: Path) -> Path:
    """A folder as it comes: good units, faulty ones, every hostile kind, copies, an archive, a sealed one touched."""
    where = tmp_path_factory.mktemp("收表")
    write_units(where / "一组", 3, 3)
    list(broken_units(where / "二组", 4))
    seven = where / "900007-定稿.xlsx"
    seven.write_bytes(sealed.read_bytes())
    tampered(sealed, where / "900007-改动.xlsx", set_number("表三", "C5", lambda v: v + 1))
    (where / "副本-900001.xlsx").write_bytes((where / "一组" / "900001.xlsx").read_bytes())
    other = unit_parts(0, 20)
    set_number("基础信息", "B8", lambda _: 2023)(other)
    (where / "900020-去年.xlsx").write_bytes(packed(other))
    with zipfile.ZipFile(where / "三组.zip", "w") as archive:
        archive.writestr("900021.xlsx", packed(unit_parts(1, 21)))
        archive.writestr("说明.txt", "no workbook")
        archive.writestr("里面.zip", b"PK")
    (where / "~$900001.xlsx").write_bytes(b"lock")
    (where / "应报单位.csv").write_text(
        "单位编码,单位名称\n" + "".join(f"{900000 + n},示例单位{n:06d}\n" for n in (1, 2, 3, 7, 21, 99)), "utf-8-sig"
    )
    return where


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    out = tmp_path_factory.mktemp("汇总") / "汇总.xlsx"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = run_command("receive", folder, "-o", out)
    assert done.code == 1, done
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert "Traceback" not in done.err
    return out


def test_every_file_has_its_line_and_its_state(received: Path) -> None:
    found = states(received)
    for number in (1, 2, 3):
        assert found[f"一组/90000{number}.xlsx"] == "已汇总"
    assert found["二组/900004-表内不符.xlsx"] == "已汇总，有强制问题"
    assert found["二组/900005-名称不符.xlsx"] == "已汇总"
    assert found["二组/900006-支出类别有误.xlsx"] == "未汇总"
    assert found["900007-定稿.xlsx"] == "已汇总"
    assert found["900007-改动.xlsx"] == "重复，未采用"
    assert found["副本-900001.xlsx"] == "重复，未采用"
    assert found["900020-去年.xlsx"] == "年度不符"
    assert found["三组.zip/900021.xlsx"] == "已汇总"
    assert found["三组.zip/里面.zip"] == "无法读取"
    assert found["~$900001.xlsx"] == "无法读取"
    for kind, (_, says) in HOSTILE.items():
        # A lying entry is read for what it promises; the rest of that workbook is one more of unit 7.
        assert found[f"二组/坏-{kind}.xlsx"] == ("无法读取" if says else "重复，未采用")
    assert len(found) == 3 + len(BROKEN) + len(HOSTILE) + 8 - 1


def test_who_is_missing_and_who_is_not_on_the_list(received: Path) -> None:
    gone = [line["单位名称"] for line in lines_of(received, "收表情况") if line["状态"] == "未报"]
    assert gone == ["示例单位000099"]
    assert "应报单位清单中没有的单位" in Workbook(received).grids["收表情况"][1][0]


def test_seals_and_remarks(received: Path) -> None:
    by_file = {line["文件"]: line for line in lines_of(received, "收表情况")}
    assert by_file["900007-定稿.xlsx"]["封印"] == "完好"
    assert by_file["900007-改动.xlsx"]["封印"] == "有改动"
    assert "同一单位采用了“900007-定稿.xlsx”（不是同一份：采用封印完好的）" in by_file["900007-改动.xlsx"]["说明"]
    assert by_file["900007-定稿.xlsx"]["校验码"]
    assert by_file["一组/900002.xlsx"]["封印"] == "没有封印"
    assert "强制问题" in by_file["二组/900004-表内不符.xlsx"]["说明"]


def test_the_overview_is_a_grid_of_verdicts(received: Path) -> None:
    grid = Workbook(received).grids["收表一览"]
    assert grid[2] == [
        "单位编码",
        "单位名称",
        "收表",
        "封印",
        "A 表内",
        "B 表间",
        "C 与明细",
        "D 文本",
        "E 绩效",
        "F 填报",
    ]
    rows = {line[0]: line for line in grid[3:] if line[0]}
    assert rows["900002"][2] == "通过"
    assert rows["900004"][6].startswith("强制")
    assert rows["900005"][9].startswith("提示")
    assert rows["900099"][2] == "未报"


def test_the_sum_is_the_sum_of_the_ledgers(received: Path) -> None:
    grid = Workbook(received).grids["预算明细"]
    at = grid[0].index(AMOUNT)
    total = sum(round(line[at] * 100) for line in grid[1:])
    taken = [1, 2, 0, 0, 0, 0, 1]  # profiles of units 1, 2, 3, 4, 5, 7 and 21
    assert total == sum(profile(seed).fen for seed in taken)
    printed = read_tables(received)
    assert Decimal(str(printed["表三"][4][2])) == (Decimal(total) / 1_000_000).quantize(
        Decimal("0.01"), "ROUND_HALF_UP"
    )
    names = [row[0] for row in printed["表十一"][5:]]
    assert "示例单位000001" in names
    assert len(names) == len(taken)


def test_the_sum_is_consistent_by_itself(received: Path) -> None:
    done = run_command("validate", received)
    assert done.code == 0, done.out
    assert "示例市商务局" in str(Workbook(received).grids["表三"][1][0])


def test_units_behind_a_total(received: Path) -> None:
    grid = Workbook(received).grids["分单位"]
    start = next(i for i, line in enumerate(grid) if line[0] == "表三“合计”")
    assert grid[start][1] == "7个单位"
    units = grid[start + 1 : start + 8]
    shown = read_tables(received)["表三"][4][2]
    assert sum(line[2] for line in units) == pytest.approx(shown, abs=0.05)
    assert units == sorted(units, key=lambda line: -line[2])


def test_income_is_that_of_the_unit_that_lists_it(received: Path) -> None:
    grid = Workbook(received).grids["分单位"]
    start = next(i for i, line in enumerate(grid) if str(line[0]).startswith("表七“合计"))
    assert [grid[start][1], grid[start + 1][0]] == ["1个单位", "900002"], "profile 2 alone has fund money"


def test_all_findings_are_listed(received: Path) -> None:
    rules = {(line["单位编码"], line["规则"]) for line in lines_of(received, "各单位问题")}
    assert ("900004", "C01") in rules
    assert any(code == "900005" for code, _ in rules)


@pytest.mark.validator
def test_the_validator_has_nothing_against_the_sum(received: Path) -> None:
    assert validator_errors(received) == []


def test_a_re_run_takes_only_what_changed_and_gives_the_same_bytes(folder: Path, received: Path) -> None:
    before = received.read_bytes()
    again = receive_folder(folder, received)
    assert again.anew == 0
    assert received.read_bytes() == before
    changed = folder / "一组" / "900002.xlsx"
    kept = changed.read_bytes()
    try:
        parts = unit_parts(2, 2)
        set_text("封面", "A4", lambda t: t + "改")(parts)
        changed.write_bytes(packed(parts))
        assert receive_folder(folder, received).anew == 1
    finally:
        changed.write_bytes(kept)
    assert receive_folder(folder, received).anew == 0
    assert received.read_bytes() == before


def test_a_damaged_entry_of_the_cache_is_asked_for_again(tmp_path: Path) -> None:
    write_units(tmp_path / "in", 1, 1)
    out = tmp_path / "汇总.xlsx"
    assert receive_folder(tmp_path / "in", out).anew == 1
    (entry,) = [p for p in (tmp_path / "汇总.xlsx.收表缓存").rglob("*") if p.is_file()]
    entry.write_bytes(entry.read_bytes()[:-5])
    assert receive_folder(tmp_path / "in", out).anew == 1


def test_answers_of_another_version_are_thrown_away_and_that_is_said_once(tmp_path: Path) -> None:
    write_units(tmp_path / "in", 1, 1)
    command = ("receive", tmp_path / "in", "-o", tmp_path / "汇总.xlsx")
    assert OUTDATED not in run_command(*command).out
    (own,) = (tmp_path / "汇总.xlsx.收表缓存").iterdir()
    other = own.rename(own.with_name("0" * 16))
    assert run_command(*command).out.count(OUTDATED) == 1
    assert (own.exists(), other.exists()) == (True, False)
    assert OUTDATED not in run_command(*command).out


def without_ledger(book: Any) -> None:
    sheet = sheet_of(book, "预算明细")
    sheet.delete_rows(2, sheet.max_row)


def test_a_unit_without_a_ledger_is_added_by_code(tmp_path: Path) -> None:
    where = tmp_path / "in"
    write_units(where, 1, 3)

    (tmp_path / "2.xlsx").write_bytes(packed(unit_parts(0, 2)))
    edited(tmp_path / "2.xlsx", where / "900002.xlsx", without_ledger)
    out = tmp_path / "汇总.xlsx"
    done = run_command("receive", where, "-o", out)
    assert states(out)["900002.xlsx"] == "已汇总（仅有表格）", done.out
    tables = [read_tables(path) for path in (where / "900001.xlsx", tmp_path / "2.xlsx", out)]
    one, two, both = ({str(row[0]): row for row in t["表三"][5:]} for t in tables)
    assert set(both) == set(one) | set(two)
    assert list(both) == sorted(both)
    for code, row in both.items():
        parts = [t[code] for t in (one, two) if code in t]
        assert_sums(row[2:5], [part[2:5] for part in parts])
    assert_sums(tables[2]["表三"][4][2:5], [t["表三"][4][2:5] for t in tables[:2]])
    heads = [row[0] for row in tables[2]["表十二"][4:]]
    assert heads.index("示例单位000001") < heads.index("示例单位000002")
    total = [t["表十二"] for t in tables]
    own = [next(r for r in t if str(r[0]).startswith("示例单位")) for t in total[:2]]
    assert_sums(next(r for r in total[2] if r[0] == "合计")[1:], [r[1:] for r in own])
    grids = Workbook(out).grids
    assert len(grids["各单位预算明细"]) > 1
    assert not any(any(line) for line in grids["预算明细"][1:])
    assert run_command("validate", out).code == 0


def test_receive_and_validate_say_the_same_of_a_sum_that_lacks_something(tmp_path: Path) -> None:
    where = tmp_path / "in"
    write_units(where, 1, 2)

    def incomplete(book: Any) -> None:
        without_ledger(book)
        for row in sheet_of(book, "基础信息").iter_rows():
            if str(row[0].value).strip("*") == "单位性质":
                row[1].value = None

    edited(where / "900001.xlsx", where / "900001.xlsx", incomplete)
    done = receive_folder(where, tmp_path / "汇总.xlsx")
    assert done.report is not None
    told = {(f.rule, f.grade, f.sheet) for f in done.report.findings}
    assert ("F53", "提示", "基础信息") in told
    found = json.loads(run_command("validate", tmp_path / "汇总.xlsx", "--json").out)
    assert {(f["rule"], f["grade"], f["sheet"]) for f in found["findings"]} == told


def assert_sums(shown: Sequence[Any], parts: Sequence[Sequence[Any]]) -> None:
    """Printed amounts are those of the parts, the ledger's share rounded once."""
    for column, value in enumerate(shown):
        wanted = sum(Decimal(str(part[column] or 0)) for part in parts)
        assert abs(Decimal(str(value or 0)) - wanted) <= Decimal("0.01")


def test_a_department_and_its_unit_are_not_counted_twice(tmp_path: Path) -> None:
    where = tmp_path / "in"
    write_units(where, 2, 2)
    both = tmp_path / "部门.xlsx"
    assert receive_folder(where, both).good
    (where / "900002.xlsx").unlink()
    (where / "部门.xlsx").write_bytes(both.read_bytes())
    receive_folder(where, tmp_path / "again.xlsx")
    lines = {line["文件"]: line for line in lines_of(tmp_path / "again.xlsx", "收表情况")}
    assert lines["部门.xlsx"]["状态"] == "重复，未采用"
    assert "其中的单位“示例单位000001”已单独报送" in lines["部门.xlsx"]["说明"]


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    where = tmp_path / "in"
    where.mkdir()
    (where / "空.xlsx").write_bytes(b"")
    done = run_command("receive", where, "-o", tmp_path / "汇总.xlsx")
    assert done.code == 1
    assert states(tmp_path / "汇总.xlsx") == {"空.xlsx": "无法读取"}


@pytest.mark.parametrize("kind", ["missing", "empty", "file", "out is a folder"])
def test_what_cannot_be_received_is_a_sentence(tmp_path: Path, kind: str) -> None:
    where, out = tmp_path / "in", tmp_path / "汇总.xlsx"
    if kind != "missing":
        where.mkdir()
    if kind == "file":
        where.rmdir()
        where.write_text("x")
    if kind == "out is a folder":
        out.mkdir()
        write_units(where, 1, 1)
    done = run_command("receive", where, "-o", out)
    assert done.code == 2
    assert done.err.count("\n") == 2
    assert not out.is_file()


def test_profiles_differ_and_carry_money_over() -> None:
    rows = [profile_rows(seed) for seed in range(4)]
    assert len({row[AMOUNT] for one in rows for row in one}) > 80
    assert any(row["预算年度来源"] == "上年结转" for one in rows for row in one)


def test_a_check_alone_writes_the_lists_and_nothing_of_the_template(tmp_path: Path) -> None:
    write_units(tmp_path / "in", 2, 2)
    list(islice(broken_units(tmp_path / "in", 3), len(BROKEN)))
    (tmp_path / "in" / "应报单位.csv").write_text("单位编码,单位名称\n900005,某单位\n900009,另一单位\n", "utf-8-sig")
    out = tmp_path / "批量校验.xlsx"
    assert run_command("receive", tmp_path / "in", "-o", out, "--check").code == 1
    assert list(Workbook(out).grids) == ["收表情况", "收表一览", "各单位问题"]
    assert validator_errors(out) == []
    assert set(states(out).values()) == {"可以汇总", "有强制问题", "不能汇总"}
    told = {line["单位编码"]: line["说明"] for line in lines_of(out, "收表情况") if line["状态"] == "未报"}
    # A unit whose workbook cannot be used is missing, and the list does not say that nothing came from it.
    assert "900005-支出类别有误.xlsx" in told["900005"]
    assert told["900009"] == "应报单位清单中有，没有收到"


def test_long_texts_have_their_lines_and_pages_their_headings(received: Path) -> None:
    book = load_workbook(received)
    sheet = sheet_of(book, "各单位问题")
    lengths = {number: len(str(row[5].value)) for number, row in enumerate(sheet.iter_rows(min_row=4), 4)}
    longest, shortest = max(lengths, key=lengths.__getitem__), min(lengths, key=lengths.__getitem__)
    assert (sheet.row_dimensions[longest].height or 0) >= 2 * 15
    assert sheet.row_dimensions[shortest].height is None
    for name in ("收表情况", "收表一览", "各单位问题", "分单位"):
        assert sheet_of(book, name).print_title_rows == "$3:$3"


def test_every_unit_that_has_to_mend_something_gets_a_notice(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    good, wrong = finished_file(None, tmp_path / "a"), finished_file(None, tmp_path / "b")

    def other(book: Book) -> None:
        sheet = sheet_of(book, "基础信息")
        sheet["B6"], sheet["B7"] = "示例市会展中心", "038009"
        sheet_of(book, "表三")["C8"] = 1.0

    shutil.copy(good, folder / "好.xlsx")
    edited(wrong, folder / "错.xlsx", other)
    out = tmp_path / "汇总.xlsx"
    assert "退回单1份" in run_command("receive", folder, "-o", out).out
    (notice,) = (tmp_path / "汇总-退回单").iterdir()
    document = docx.Document(str(notice))
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert "示例市会展中心" in notice.name
    title = document.paragraphs[0]
    assert title.style is not None
    assert not title.style.paragraph_format.space_before, "it begins at the top of the page"
    assert any(row[1] == "强制" and row[2] == "表三!C8" and "应为" in row[3] for row in cells), cells
    assert validator_errors(notice) == []
    (folder / "错.xlsx").unlink()
    assert "退回单" not in run_command("receive", folder, "-o", out).out
    assert list((tmp_path / "汇总-退回单").iterdir()) == []
