"""定稿: what it refuses, leaves out and locks; and the seal, which finds every later change by its cell."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.workbook import Workbook as Book

from addin.upward.examine import examine
from addin.verbs.commands import sample_workbook
from addin.xlsx.files import Workbook
from tests.support.books import edited, parts_of, sheet_of, sheet_parts, write_parts
from tests.support.clerk import ClerksWorkbook
from tests.support.command import run_command
from tests.support.reworded import reword
from tests.support.sealed import (
    Parts,
    delete_row,
    rename_sheet,
    set_formula,
    set_number,
    set_text,
    swap_sheets,
    tampered,
    without_formula,
)
from tests.support.tools import Office, validator_errors
from udfs.upward.seal import check_code, packed, unpacked
from workbook_templates.reading.sample import Sample


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample unit, filled in by the clerk and nothing generated yet."""
    out = tmp_path_factory.mktemp("inputs") / "填报.xlsx"
    sample_workbook(out, Sample())
    return out


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, inputs: Path) -> Path:
    folder = tmp_path_factory.mktemp("sealed")
    done = run_command("submit", inputs, "-o", folder)
    assert done.code == 0, done.err
    (out,) = folder.iterdir()
    return out


def test_finishing_draws_the_chart_of_the_tables_it_makes(sealed: Path) -> None:
    book = Workbook(sealed)
    sheet, first, left, *_ = book.package.names["YS_CHART"]
    shown = [line[left - 1 : left + 1] for line in book.grids[sheet][first - 1 : first + 5]]
    assert [line[0] for line in shown if line[0]] == [
        *("一般公共服务支出", "社会保障和就业支出", "卫生健康支出", "商业服务业等支出", "住房保障支出")
    ]
    assert [line[1] for line in shown if line[0]] == [348.07, 240.67, 19.95, 52.0, 35.26]


def test_the_file_bears_code_name_and_year(sealed: Path) -> None:
    assert sealed.name == "038001-示例市商务局-2024年预算公开.xlsx"


def test_what_is_finished_is_whole_and_intact(sealed: Path) -> None:
    done = run_command("verify", sealed)
    assert done.code == 0, done.out
    assert "封印完好" in done.out
    grids = Workbook(sealed).grids
    code = re.search(r"校验码([0-9A-Z]{5}-[0-9A-Z]{5})", done.out)
    assert code
    assert any(f"校验码：{code[1]}" in line for line in grids["封面"])
    assert grids["表三"][4][2] == 695.96
    assert "695.96万元" in grids["情况说明"][3][2]
    labels = [line[0] for line in grids["定稿信息"]]
    for label in ("程序版本", "版式与模板版本", "勾稽关系", "问题", "审核说明", "国密SM3", "SHA-256"):
        assert label in labels
    assert run_command("validate", sealed).code == 0


@pytest.mark.validator
def test_the_validator_has_nothing_against_it(sealed: Path) -> None:
    assert validator_errors(sealed) == []


def test_every_sheet_is_locked_and_nothing_is_unlocked(sealed: Path) -> None:
    parts = parts_of(sealed)
    for name, part in sheet_parts(parts).items():
        assert re.search(rb'<sheetProtection[^>]*\bsheet="1"', parts[part]), name
    assert b'locked="0"' not in parts["xl/styles.xml"]
    assert b'lockStructure="1"' in parts["xl/workbook.xml"]


def test_formulas_stand_on_the_relations_alone(sealed: Path) -> None:
    parts = parts_of(sealed)
    live = [name for name, part in sheet_parts(parts).items() if re.search(rb"<f[ >]", parts[part])]
    assert live == ["勾稽关系"]


# ---- refusals


def _refusal(folder: Path, inputs: Path, change: Callable[[object], None]) -> str:
    book = edited(inputs, folder / "改.xlsx", change)
    before = book.read_bytes()
    done = run_command("submit", book, "-o", folder / "定稿")
    assert done.code == 1, done
    assert done.out == ""
    assert done.err.startswith("不能定稿：还有")
    assert not (folder / "定稿").exists()
    assert book.read_bytes() == before
    return done.err


def test_a_blank_required_field_and_an_unanswered_hint_are_refused_by_name(tmp_path: Path, inputs: Path) -> None:
    def change(book: object) -> None:
        sheet = sheet_of(book, "基础信息")  # type: ignore[arg-type]
        for row in sheet.iter_rows(max_col=2):
            if str(row[0].value).startswith("实际在职人员总数"):
                row[1].value = None
        sheet_of(book, "预算明细")["D2"] = "另一个名称"  # type: ignore[arg-type]

    said = _refusal(tmp_path, inputs, change)
    assert "“实际在职人员总数（人）”没有填写" in said
    assert "必须填写" in said
    assert "预算明细!D2" in said
    assert "请改正，或在“校验结果”中填写审核说明" in said


def test_an_answered_hint_is_finished_with_its_answer_sealed(tmp_path: Path, inputs: Path) -> None:
    def rename(book: object) -> None:
        sheet_of(book, "预算明细")["D2"] = "另一个名称"  # type: ignore[arg-type]

    checked = tmp_path / "校验.xlsx"
    book = edited(inputs, tmp_path / "改.xlsx", rename)
    for verb, name in (("fill", "表.xlsx"), ("narrate", "文.xlsx")):
        assert run_command(verb, book, "-o", tmp_path / name).code == 0
        book = tmp_path / name
    run_command("validate", book, "-o", checked)

    def explain(book: object) -> None:
        sheet = sheet_of(book, "校验结果")  # type: ignore[arg-type]
        for row in sheet.iter_rows(min_row=4, max_col=10):
            if row[1].value == "提示":
                row[9].value = "名称按批复文件填写"

    answered = edited(checked, tmp_path / "说明.xlsx", explain)
    done = run_command("submit", answered, "-o", tmp_path / "定稿")
    assert done.code == 0, done.err
    (out,) = (tmp_path / "定稿").iterdir()
    lines = [str(value) for line in Workbook(out).grids["定稿信息"] for value in line]
    assert any("名称按批复文件填写" in line for line in lines)
    place = next(
        f"J{number}" for number, line in enumerate(Workbook(out).grids["校验结果"], 1) if "名称按批复文件填写" in line
    )
    done = run_command("verify", tampered(out, tmp_path / "改后.xlsx", set_text("校验结果", place, lambda t: t + "。")))
    assert done.code == 1
    assert f"校验结果!{place}：" in done.out


def test_a_ledger_in_conflict_with_its_income_is_refused(tmp_path: Path, inputs: Path) -> None:
    def change(book: object) -> None:
        sheet = sheet_of(book, "收入明细")  # type: ignore[arg-type]
        for column, value in enumerate(("一般公共预算", None, None, "本年", 1), 1):
            sheet.cell(2, column, value)

    assert "强制 C03" in _refusal(tmp_path, inputs, change)


# ---- what is left out


def test_nothing_foreign_travels(tmp_path: Path, inputs: Path) -> None:
    book = ClerksWorkbook(parts_of(inputs))
    book.decorate("表三")
    parts = book.parts
    parts["xl/vbaProject.bin"] = b"macro"
    parts["xl/persons/person.xml"] = "<personList>张三</personList>".encode()
    parts["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"
    parts["docProps/custom.xml"] = "<Properties>张三</Properties>".encode()
    parts["docProps/core.xml"] = parts["docProps/core.xml"].replace(b"yusuan", "张三".encode())
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        b"<sheets>", '<fileSharing userName="张三"/><sheets>'.encode()
    )
    relations = parts["xl/_rels/workbook.xml.rels"]
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    more = b"".join(
        b'<Relationship Id="rX%d" Type="%s" Target="%s"/>' % (n, kind, target)
        for n, (kind, target) in enumerate(
            (
                (b"http://schemas.microsoft.com/office/2006/relationships/vbaProject", b"vbaProject.bin"),
                (office + b"externalLink", b"externalLinks/externalLink1.xml"),
            )
        )
    )
    parts["xl/_rels/workbook.xml.rels"] = relations.replace(b"</Relationships>", more + b"</Relationships>")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    source = write_parts(tmp_path / "经办.xlsm", parts)
    done = run_command("submit", source, "-o", tmp_path / "定稿")
    assert done.code == 0, done.err
    (out,) = (tmp_path / "定稿").iterdir()
    result = parts_of(out)
    names = " ".join(result)
    for piece in ("vba", "person", "external", "custom", "printerSettings"):
        assert piece not in names
    everything = b"".join(result.values())
    assert "张三".encode() not in everything
    assert "经办".encode() not in b"".join(data for name, data in result.items() if "comments" in name)
    assert b"macroEnabled" not in result["[Content_Types].xml"]
    assert "xl/media/image99.png" in result, "pictures stay"
    assert "xl/comments99.xml" in result, "notes stay"
    assert validator_errors(out) == []
    assert run_command("verify", out).code == 0


def test_finishing_what_is_already_finished(tmp_path: Path, sealed: Path) -> None:
    done = run_command("submit", sealed, "-o", tmp_path)
    assert done.code == 0, done.err
    (out,) = tmp_path.iterdir()
    assert list(Workbook(out).grids).count("定稿信息") == 1
    assert run_command("verify", out).code == 0


# ---- what breaks the seal

CHANGES: dict[str, tuple[Callable[[Parts], None], str]] = {
    "a figure by 0.01": (set_number("表三", "C8", lambda v: v + 0.01), "表三!C8：封印时为327.37，现为327.38"),
    "a ledger's figure": (set_number("预算明细", "M2", lambda v: v + 0.01), "预算明细!M2："),
    "a character of the text": (set_text("情况说明", "C4", lambda t: t.replace("万元", "亿元", 1)), "情况说明!C4："),
    "the unit's name": (set_text("封面", "A1", lambda t: t + "本级"), "封面!A1："),
    "a staff number": (set_number("基础信息", "B20", lambda v: v + 1), "基础信息!B20："),
    "a swapped sheet": (swap_sheets("表三", "表五"), "表三!A1：这张工作表的内容现为封印时“表五”的内容"),
    "a renamed sheet": (rename_sheet("表十", "表拾"), "表十：这张工作表已被删除或改名"),
    "a deleted row": (delete_row("表三", 9), "表三!A9：第9行被删除（2011399"),
    "a formula in a figure's place": (set_formula("表三", "C8", "300+27.37"), "表三!C8：封印时为327.37，现为公式"),
    "a verdict that is no formula": (without_formula("勾稽关系", "J5"), "勾稽关系!J5："),
    "the check code": (set_text("封面", "A5", lambda _: "校验码：00000-00000"), "封面!A5：校验码应为"),
    "the audit trail": (set_text("定稿信息", "B8", lambda _: "2024-01-01 00:00:00+00:00"), "定稿信息!B8："),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_breaks_the_seal_and_is_named(tmp_path: Path, sealed: Path, name: str) -> None:
    change, says = CHANGES[name]
    done = run_command("verify", tampered(sealed, tmp_path / "改.xlsx", change))
    assert done.code == 1
    assert says in done.out
    assert "封印后有改动" in done.out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_text("定稿信息", "B18", lambda t: t[::-1]), "封印本身被改动"),
        (set_text("定稿信息", "B23", lambda t: t[:-9]), "封印的内容"),
        (rename_sheet("定稿信息", "其他"), "没有封印"),
    ],
)
def test_a_seal_that_is_touched_itself(
    tmp_path: Path, sealed: Path, change: Callable[[Parts], None], says: str
) -> None:
    row = next(n for n, line in enumerate(Workbook(sealed).grids["定稿信息"], 1) if line[0] == "国密SM3")
    assert row in (17, 18), "the rows that the cases name"
    if row == 17:
        pytest.fail("the cases name rows one too low")
    done = run_command("verify", tampered(sealed, tmp_path / "改.xlsx", change))
    assert done.code == 1
    assert says in done.out


def test_a_workbook_without_a_seal(inputs: Path) -> None:
    done = run_command("verify", inputs)
    assert done.code == 1
    assert "没有封印" in done.out


def test_an_edition_that_is_not_accepted_is_said_first(tmp_path: Path, sealed: Path) -> None:
    parts = parts_of(sealed)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"2024-shanxi/1.0", b"2024-shanxi/9.0")
    done = run_command("verify", write_parts(tmp_path / "旧.xlsx", parts))
    assert done.code == 1
    assert done.out.startswith("不予接收：模板版本为 9.0")


@pytest.mark.live
def test_saving_again_in_libreoffice_keeps_the_seal(tmp_path: Path, sealed: Path, soffice: Office) -> None:
    again = soffice.convert(sealed, "xlsx", tmp_path)
    done = run_command("verify", again)
    assert done.code == 0, done.out
    assert again.read_bytes() != sealed.read_bytes()
    broken = tampered(again, tmp_path / "改.xlsx", set_number("表三", "C8", lambda v: v + 0.01))
    done = run_command("verify", broken)
    assert done.code == 1
    assert "表三!C8：封印时为327.37，现为327.38" in done.out


def test_saving_again_with_openpyxl_keeps_the_seal(tmp_path: Path, sealed: Path) -> None:
    again = edited(sealed, tmp_path / "再存.xlsx", lambda _: None)
    assert run_command("verify", again).code == 0


# ---- signatures


def test_a_signature_is_checked_against_known_keys(
    tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    no_password = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "私钥.pem").write_bytes(key.private_bytes(pem, pkcs8, no_password))
    for name, one in (("商务局", key), ("别人", other)):
        public = one.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pem").write_bytes(public)
    done = run_command("submit", inputs, "-o", tmp_path / "定稿", "--key", tmp_path / "私钥.pem")
    assert done.code == 0, done.err
    (out,) = (tmp_path / "定稿").iterdir()
    assert "签名有效，密钥为“商务局”" in run_command("verify", out, "--known", tmp_path / "商务局.pem").out
    assert "不在所给公钥之中" in run_command("verify", out, "--known", tmp_path / "别人.pem").out
    rows = [line[0] for line in Workbook(out).grids["定稿信息"]]
    at = f"B{rows.index('签名', 15) + 1}"
    flipped = set_text("定稿信息", at, lambda t: ("0" if t[0] != "0" else "1") + t[1:])
    forged = tampered(out, tmp_path / "改.xlsx", flipped)
    done = run_command("verify", forged)
    assert done.code == 1
    assert "签名无效" in done.out
    reword(monkeypatch)
    assert run_command("verify", forged).code == 1
    assert run_command("verify", out).code == 0
    for path, state in ((forged, "有改动"), (out, "完好")):
        assert json.loads(examine(path.name, path.read_bytes()).partition(b"\n")[0])["seal"]["state"] == state


def test_a_key_that_is_none(tmp_path: Path, inputs: Path) -> None:
    (tmp_path / "私钥.pem").write_text("no key")
    done = run_command("submit", inputs, "-o", tmp_path / "定稿", "--key", tmp_path / "私钥.pem")
    assert done.code == 2
    assert "不是可用的签名密钥" in done.err


# ---- the seal's own pieces


@given(st.binary(max_size=3000))
@settings(max_examples=60, deadline=None)
def test_a_dump_comes_back_from_its_cells(data: bytes) -> None:
    assert unpacked(packed(data)) == data


def test_the_check_code_is_the_start_of_the_digest() -> None:
    assert check_code("0" * 64) == "00000-00000"
    assert check_code("f" * 64) == "ZZZZZ-ZZZZZ"
    assert check_code("8" + "0" * 63) == "G0000-00000"


def test_the_time_of_sealing_is_in_the_seal(tmp_path: Path, inputs: Path) -> None:
    from addin.upward.submit import submit_workbook

    moment = datetime.datetime(2024, 2, 5, 9, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
    done = submit_workbook(inputs, tmp_path, now=moment)
    assert "定稿于2024-02-05 09:30:00+08:00" in run_command("verify", done.path).out


def test_the_trail_is_fit_for_paper_without_the_dump(sealed: Path) -> None:
    sheet = sheet_of(load_workbook(sealed), "定稿信息")
    labels = [row[0].value for row in sheet.iter_rows(max_col=1)]
    last = len(labels) - labels[::-1].index("签名")
    assert sheet.print_area == f"'定稿信息'!$A$1:$C${last}"
    assert set(labels[last:]) == {"内容"}
    conclusion = labels.index("校验结论") + 1
    assert (sheet.row_dimensions[conclusion].height or 0) >= 2 * 15
    assert all(sheet.row_dimensions[row].height is None for row in range(last + 1, len(labels) + 1))


def test_what_was_finished_before_is_never_replaced_unsaid(tmp_path: Path, inputs: Path) -> None:
    folder = tmp_path / "sent"
    assert run_command("submit", inputs, "-o", folder).code == 0
    (out,) = folder.iterdir()
    assert run_command("submit", inputs, "-o", folder).code == 0, "the same content is no other file"

    def another(book: Book) -> None:
        sheet_of(book, "基础信息").cell(17, 2, "另一种职责。")

    other = edited(inputs, tmp_path / "改.xlsx", another)
    again = run_command("submit", other, "-o", folder)
    assert again.code == 1
    assert "--replace" in again.err
    assert [path.name for path in folder.iterdir()] == [out.name]
    before = out.read_bytes()
    assert run_command("submit", other, "-o", folder, "--replace").code == 0
    assert run_command("verify", out).code == 0
    assert {path.name: path.read_bytes() == before for path in folder.iterdir()} == {
        out.name: False,
        f"{out.stem}-旧稿1.xlsx": True,
    }


def test_what_travels_along_is_named(tmp_path: Path, inputs: Path) -> None:
    """A sheet beside the template's, notes on cells and words beside a table: the clerk decides on them."""

    def leave(book: Book) -> None:
        book.create_sheet("表三 (2)")["A1"] = "去年的表"
        sheet_of(book, "表三")["H9"] = "与老王核对"
        sheet_of(book, "表五")["A6"].comment = Comment("为什么少了", "李会计")

    done = run_command("submit", edited(inputs, tmp_path / "改.xlsx", leave), "-o", tmp_path / "sent")
    assert done.code == 0, done.err
    for told in ("工作表“表三 (2)”", "表三的打印区域右侧还有内容（H9）", "表五有批注（A6）"):
        assert told in done.out
    assert "随定稿一并上报" not in run_command("submit", inputs, "-o", tmp_path / "clean").out
