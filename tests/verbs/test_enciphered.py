"""A guard that encrypts files: what cannot be read is told with its remedy; what is open in Excel is enough."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from addin.enciphered import is_enciphered
from addin.verbs import commands
from addin.xlsx import Workbook, parse_xml
from tests.support.command import run_command
from tests.support.live import Cells, Steps, differences, file_cells

#: As such guards leave a file on the disk: some begin with a mark of their own.
CIPHERS = {
    "bare": random.Random(1).randbytes(9000),
    "marked": b"%TSD-Header-###%" + bytes(48) + random.Random(2).randbytes(9000),
    "named": b"b\x14#e\x00E-SafeNet\x00LOCK" + random.Random(3).randbytes(9000),
}


@pytest.fixture(scope="module")
def finished(steps: Steps) -> Path:
    return steps.narrated


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("工作簿.xlsx", ["validate", "IN"]),
        ("工作簿.xlsx", ["submit", "IN", "-o", "OUT"]),
        ("明细.csv", ["new", "OUT.xlsx", "--ledger", "IN"]),
        ("明细.xlsx", ["new", "OUT.xlsx", "--ledger", "IN"]),
        ("旧表.xls", ["import", "IN", "-o", "OUT.xlsx"]),
        ("公开.docx", ["inspect", "IN"]),
        ("公开.pdf", ["inspect", "IN"]),
        ("公开.docx", ["import", "IN", "-o", "OUT.xlsx"]),
    ],
)
def test_a_file_that_is_read_as_cipher_is_told_with_whom_to_ask(
    tmp_path: Path, cipher: str, name: str, arguments: list[str]
) -> None:
    source = tmp_path / name
    source.write_bytes(CIPHERS[cipher])
    given = {"IN": source, "OUT": tmp_path / "输出", "OUT.xlsx": tmp_path / "输出.xlsx"}
    done = run_command(*[given.get(word, word) for word in arguments])
    assert done.code == 2
    assert "加密软件" in done.err
    assert "白名单" in done.err
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    "data",
    [
        "资金来源,金额（元）\n一般公共预算,1\n".encode(),
        "资金来源,金额（元）\n一般公共预算,1\n".encode("gbk") * 9,
        "资金来源\t金额\n".encode("utf-16"),
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"PK\x03\x04" + bytes(60),
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(60),
        b"",
    ],
)
def test_a_file_of_a_known_kind_is_not_called_enciphered(data: bytes) -> None:
    assert not is_enciphered(data)


def _sealed(source: Path, folder: Path) -> dict[tuple[str, int, int], Any]:
    done = run_command("submit", source, "-o", folder)
    assert done.code == 0, done.err
    (sent,) = folder.iterdir()
    assert run_command("verify", sent).code == 0
    cells = file_cells(sent)
    return {at: v for at, v in cells.items() if at[0] != "定稿信息" and not str(v).startswith("校验码：")}


def test_a_workbook_written_anew_from_its_values_is_finished_as_the_workbook_itself(
    finished: Path, tmp_path: Path
) -> None:
    again = tmp_path / "重写.xlsx"
    # The sheet of examples is none of the template's, as one that the clerk adds.
    assert commands.written_anew(Workbook(finished), again).notes == ["函数示例"]
    assert differences(file_cells(again), _own(file_cells(finished))) == []
    assert differences(_sealed(again, tmp_path / "重写"), _own(_sealed(finished, tmp_path / "原来"))) == []
    # Long texts have their height, as in the workbook itself.
    assert set(_heights(finished)) <= set(_heights(again))


def _own(cells: Cells) -> Cells:
    return {at: value for at, value in cells.items() if at[0] != "函数示例"}


def _heights(path: Path) -> list[tuple[str, str]]:
    book = Workbook(path)
    root = parse_xml(book.package.part(book.package.sheets["基础信息"]))
    return [(row.get("r", ""), row.get("ht", "")) for row in root.iter("{*}row") if row.get("ht")]
