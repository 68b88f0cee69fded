"""The last guard: whatever breaks inside a verb, the user gets one sentence with the log's place, and exit 2."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from addin.cli import UNEXPECTED, build_parser, main
from addin.xlsx import files
from udfs.base import InputProblems

#: For every verb what it is called with, and what breaks in it.
VERBS: dict[str, tuple[list[str], str]] = {
    "new": (["OUT"], "addin.verbs.commands.new_workbook"),
    "import": (["IN", "-o", "OUT"], "addin.verbs.import_book.import_workbook"),
    "fill": (["IN", "-o", "OUT"], "addin.verbs.commands.fill_workbook"),
    "narrate": (["IN", "-o", "OUT"], "addin.verbs.commands.narrate_workbook"),
    "validate": (["IN", "--json"], "addin.verbs.commands.validate_workbook"),
    "report": (["IN", "-o", "OUT"], "addin.verbs.report.report_workbook"),
    "submit": (["IN", "-o", "OUT"], "addin.upward.submit.submit_workbook"),
    "verify": (["IN"], "addin.upward.verify.verify_workbook"),
    "receive": (["IN", "-o", "OUT"], "addin.upward.receive.receive_folder"),
    "inspect": (["IN"], "addin.published.inspect.inspect_documents"),
    "template": (["-o", "OUT"], "addin.verbs.commands.write_template"),
    "edition": (["check", "IN"], "addin.verbs.edition.check_edition"),
    "addin": (["doctor"], "addin.verbs.addin.run_addin"),
    "demo": (["-o", "OUT"], "addin.demo.run_demo"),
}


def test_every_verb_is_tried() -> None:
    (verbs,) = [a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    missing = set(verbs.choices) - set(VERBS)
    assert not missing - {"desk"}, "a verb that nobody has let break"


@pytest.mark.parametrize("fault", [ZeroDivisionError("secret"), MemoryError(), RecursionError(), AssertionError("x")])
@pytest.mark.parametrize("verb", VERBS)
def test_what_breaks_inside_a_verb_is_one_sentence(
    verb: str, fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise fault

    arguments, where = VERBS[verb]
    monkeypatch.setattr(where, broken)
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path / "data"))
    places = {"IN": str(tmp_path / "in.xlsx"), "OUT": str(tmp_path / "out.xlsx")}
    assert main([verb, *(places.get(a, a) for a in arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"{UNEXPECTED}（{type(fault).__name__}）")
    assert "Traceback" not in line
    log = tmp_path / "data" / "yusuan.log"
    assert str(log) in line
    assert "Traceback" in log.read_text("utf-8")
    assert not (tmp_path / "out.xlsx").exists()


def test_a_log_that_cannot_be_written_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("addin.verbs.commands.fill_workbook", lambda *_, **__: 1 / 0)
    assert main(["fill", "a.xlsx", "-o", "b.xlsx"]) == 2
    assert "日志无法写入" in capsys.readouterr().err


def test_a_ledger_longer_than_a_sheet_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = tmp_path / "长.csv"
    for end in (b"\n", b"\r", b"\r\n"):
        long.write_bytes(b"a,b" + end + (b"1,2" + end) * 1_048_577)
        assert main(["new", str(tmp_path / "o.xlsx"), "--ledger", str(long)]) == 2
        assert "行数超过一张工作表的上限" in capsys.readouterr().err
    for line in (b"a,b\n" + b"1," * 4_000_001, b"\xff\xfe" + "a\tb\n".encode("utf-16-le") + b";\0" * 4_000_001):
        long.write_bytes(line)
        assert main(["new", str(tmp_path / "o.xlsx"), "--ledger", str(long)]) == 2
        assert "超过400万格" in capsys.readouterr().err
    huge = tmp_path / "大.csv"
    with huge.open("wb") as file:
        file.truncate(300_000_000)
    assert main(["new", str(tmp_path / "o.xlsx"), "--ledger", str(huge)]) == 2
    assert "文件异常庞大（300MB）" in capsys.readouterr().err


def test_of_a_ledger_of_many_rows_every_cell_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only lines that no ledger has make a file too large."""
    monkeypatch.setattr(files, "_MOST_CSV_CELLS", 50)
    path = tmp_path / "长.csv"
    path.write_text("\n".join(["1," * 16] * 100), encoding="utf-8")
    assert len(files.read_grid(path, "")) == 100
    path.write_text("1," * 60, encoding="utf-8")
    with pytest.raises(InputProblems):
        files.read_grid(path, "")
