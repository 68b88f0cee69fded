"""Editions from outside the program: signed, altered, forged; lying beside workbooks alone through every command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.command import run_command
from tests.support.keys import key_files
from tests.support.received import states
from tests.support.sealed import set_cells
from tests.support.twelve import HEADINGS, LEDGER, UNIT
from workbook_templates.reading import files

NAME = "2020-own"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An edition in a folder that no command looks into by itself."""
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(files, "_OUTSIDE", [])
    done = run_command("edition", "copy", "2019-jiangsu", NAME, "-o", tmp_path / "版式")
    assert done.code == 0, done.err
    return tmp_path / "版式" / NAME


def test_whose_key_signed_an_edition_is_told_and_what_was_altered_since(own: Path, tmp_path: Path) -> None:
    key = key_files(tmp_path / "k", "key.pem", "省财政厅.pem")
    key_files(tmp_path / "k", "other.pem", "别人.pem")
    assert "签名：没有签名" in run_command("edition", "check", own).out
    assert run_command("edition", "check", own, "--known", tmp_path / "k" / "省财政厅.pem").code == 1
    assert run_command("edition", "sign", own, "--key", key).code == 0
    assert "由未登记的密钥签名" in run_command("edition", "check", own).out
    done = run_command("edition", "check", own, "--known", tmp_path / "k" / "省财政厅.pem")
    assert done.code == 0, done.err
    assert "由省财政厅签名" in done.out
    done = run_command("edition", "check", own, "--known", tmp_path / "k" / "别人.pem")
    assert done.code == 1
    assert "未登记的密钥" in done.err
    (tmp_path / "data" / "editions").mkdir(parents=True)
    shutil.copy(tmp_path / "k" / "省财政厅.pem", tmp_path / "data" / "editions")
    assert "由省财政厅签名" in run_command("edition", "check", own).out

    head = own / "edition.toml"
    head.write_text(head.read_text("utf-8") + "# 改动\n", "utf-8")
    (own / "glossary.toml").write_text("terms = []\n", "utf-8")
    for done in (run_command("edition", "check", own), run_command("new", tmp_path / "新.xlsx", "--edition", own)):
        assert done.code in (1, 2)
        assert "签名之后有改动：edition.toml（内容已改动）、glossary.toml（签名后增加）" in done.err, done.err
    assert not (tmp_path / "新.xlsx").exists()


def test_a_signature_that_was_written_by_somebody_else_is_none(own: Path, tmp_path: Path) -> None:
    assert run_command("edition", "sign", own, "--key", key_files(tmp_path / "k", "key.pem", "k.pem")).code == 0
    signature = own / "signature.txt"
    lines = signature.read_text("utf-8").split("\n")
    other = lines[3].replace(lines[3][:8], "00000000")
    signature.write_text("\n".join([*lines[:3], other, *lines[4:]]), "utf-8")
    done = run_command("new", tmp_path / "新.xlsx", "--edition", own)
    assert done.code == 2
    assert "签名无效：是伪造的，或签名文件被改动过" in done.err


def _unit(own: Path, folder: Path, number: int) -> Path:
    """A unit's workbook, made from the edition far away, then worked on where it lies."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "明细.csv").write_text("\n".join([HEADINGS, *LEDGER, ""]), "utf-8-sig")
    made, filled = folder / f"{number}.xlsx", folder / "表" / f"{number}.xlsx"
    done = run_command("new", made, "--edition", own, "--ledger", folder / "明细.csv", "--unit", f"{UNIT}{number}")
    assert done.code == 0, done.err
    book = load_workbook(made)
    cells: dict[tuple[str, str], float | str | None] = {}
    for sheet, label, value in (
        ("基础信息", "单位编码", f"30000{number}"),
        ("基础信息", "预算主管部门", "某省某部"),
        ("上年数据", "与上年不可比", "是"),
    ):
        row = next(r[0].row for r in book[sheet].iter_rows(max_col=1) if str(r[0].value).strip(" *") == label)
        cells[sheet, f"B{row}"] = value
    set_cells(made, made, cells)
    for command in (("fill", made, "-o", filled), ("validate", filled), ("submit", filled, "-o", folder / "来文")):
        done = run_command(*command)
        assert done.code == 0, (command, done.out, done.err)
    return folder / "来文"


def test_an_edition_beside_the_workbooks_goes_with_them_through_every_command(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_command("edition", "sign", own, "--key", key_files(tmp_path / "k", "key.pem", "k.pem")).code == 0
    received = _unit(own, tmp_path / "单位", 1)
    shutil.move(own, tmp_path / "收起")
    packed, out = received / f"{NAME}.zip", tmp_path / "汇总" / "汇总.xlsx"
    assert (tmp_path / "单位" / f"{NAME}.zip").read_bytes() == packed.read_bytes()
    assert [run_command("verify", book).code for book in received.glob("*.xlsx")] == [0]
    done = run_command("receive", received, "-o", out)
    assert done.code == 0, done.out + done.err
    assert list(states(out).values()) == ["已汇总"]
    told = " ".join(str(value) for row in load_workbook(out)["收表情况"].iter_rows(values_only=True) for value in row)
    assert f"各表按来文文件夹中的版式“{NAME}”核对（由未登记的密钥签名" in told
    assert run_command("validate", out).code == 0
    assert load_workbook(out)["表三"]["A4"].value == 238.02
    (sent,) = received.glob("*.xlsx")
    done = run_command("new", tmp_path / "下年" / "下年.xlsx", "--from", sent)
    assert done.code == 0, done.err
    assert f"版式 {NAME}" in done.out
    assert (tmp_path / "下年" / f"{NAME}.zip").is_file()
    shutil.unpack_archive(packed, received)
    packed.unlink()
    (received / NAME / "glossary.toml").write_text("terms = []\n", "utf-8")
    monkeypatch.setattr(files, "_OUTSIDE", [])  # as the program begins anew
    done = run_command("receive", received, "-o", out, "--check")
    assert done.code == 1
    assert "签名之后有改动" in done.out, done.out


def test_another_edition_of_the_name_beside_a_workbook_is_not_written_over(own: Path, tmp_path: Path) -> None:
    other = shutil.copytree(own, tmp_path / "簿" / NAME)
    (other / "glossary.toml").write_text("terms = []\n", "utf-8")
    done = run_command("new", tmp_path / "簿" / "新.xlsx", "--edition", own, "--unit", UNIT)
    assert done.code == 2
    assert "另一个同名的版式" in done.err


def test_an_edition_that_rests_on_one_from_elsewhere_finds_it_beside_itself(own: Path, tmp_path: Path) -> None:
    refused = run_command("edition", "copy", own, "2021-own", "-o", tmp_path / "别处")
    assert refused.code == 2
    assert f"请用 -o {own.parent}" in refused.err
    assert not (tmp_path / "别处").exists()
    assert run_command("edition", "copy", own, "2021-own").code == 0
    shutil.move(own.parent, tmp_path / "搬走")
    done = run_command("edition", "check", tmp_path / "搬走" / "2021-own")
    assert done.code == 0, done.err
