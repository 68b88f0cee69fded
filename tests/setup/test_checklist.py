"""The report that the clerk sends: what the program sees by itself; steps numbered as in the documentation."""

from __future__ import annotations

import random
import re
import struct
from pathlib import Path

import pytest

from addin.ribbon import ribbon
from addin.setup.checklist import PROBES, Program, Sight, look, steps, write_report
from addin.setup.doctor import Check, is_signed
from addin.setup.windows import Machine
from tests.support.tools import ROOT

_LOG = """2026-01-05 09:00:00,123 INFO 校验: 3.25 s
2026-01-05 09:01:00,456 INFO 校验: 0.41 s
2026-01-05 09:02:00,789 ERROR 追溯来源: failed
Traceback (most recent call last):
AttributeError: x
"""
_THREE = (
    Program("excel.exe", 10),
    *(Program("cmd.exe", 20 + n, (10,)) for n in range(3)),
    *(Program("python.exe", 30 + n, (20 + n, 10)) for n in range(3)),
)
_ONE = (Program("excel.exe", 10), Program("cmd.exe", 20, (10,)), Program("python.exe", 30, (20, 10)))


def _report(tmp_path: Path, sight: Sight, *checks: Check) -> str:
    out = tmp_path / "报告.txt"
    write_report(out, checks, sight)
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    return data.decode("utf-8-sig")


def test_the_report_has_every_step_and_what_the_program_sees_of_it(tmp_path: Path) -> None:
    sight = Sight(_ONE, "16.0", (("工作簿.xlsx", b"PK\x03\x04" + bytes(60)),), _LOG)
    text = _report(tmp_path, sight, Check("宏安全设置", "未见妨碍"))
    for number, step in enumerate(steps(), 1):
        assert f"{number}. {step.do}\r\n" in text
    assert text.count("您看到：") == len(steps())
    for seen in (
        "√ 安装完好",
        "√ 未见妨碍",
        "最近2次“校验”用了 3.2、0.4 秒",
        "√ EXCEL.EXE（10）下面有 1 个 python.exe、1 个 cmd.exe",
        "× 日志中有1次意外，其中有 AttributeError",
        "√ 打开着的1个文件都能读取",
        "Excel 正开着",
        "ERROR 追溯来源: failed",
    ):
        assert seen in text, seen


@pytest.mark.parametrize(
    ("sight", "seen"),
    [
        (Sight(_THREE, "16.0"), "× EXCEL.EXE（10）下面有 3 个 python.exe、3 个 cmd.exe"),
        (Sight(_ONE[:1]), "× 还有 1 个没有窗口的 EXCEL.EXE"),
        (Sight(), "√ 没有留下 EXCEL.EXE"),
        (Sight((), "16.0", (("密.xlsx", random.Random(1).randbytes(4096)),)), "× 本机的加密软件不让本程序读取 密.xlsx"),
    ],
)
def test_what_is_wrong_on_the_machine_is_seen(tmp_path: Path, sight: Sight, seen: str) -> None:
    assert seen in _report(tmp_path, sight, Check("手册", "没有", "请重新安装"))
    assert "× 有问题的各项见上面：手册" in _report(tmp_path, sight, Check("手册", "没有", "请重新安装"))


def test_every_step_with_a_probe_has_one_and_every_button_it_names_is_there() -> None:
    assert {step.probe for step in steps()} - {""} == set(PROBES)
    labels = {button.label for button in ribbon().buttons.values()}
    named = {name for step in steps() for name in re.findall(r"点“(\S+?)”", step.do)}
    assert named - {"是"} <= labels


def test_the_documentation_has_the_same_steps_by_the_same_numbers() -> None:
    text = (ROOT / "docs" / "excel-checklist.md").read_text(encoding="utf-8")
    rows = {int(n): row for n, row in re.findall(r"^\| (\d+) \| (.*)$", text, re.MULTILINE)}
    assert list(rows) == list(range(1, len(steps()) + 1))
    for number, step in enumerate(steps(), 1):
        names = re.findall(r"“([^”]+)”|(=\w+|#\w+!|\d{3,}|Esc|Ctrl\+Z|检查\.bat|安装\.bat)", step.do)
        for name in (first or second for first, second in names):
            assert name in rows[number], (number, name)


def test_looking_changes_nothing_and_needs_no_excel() -> None:
    sight = look()
    assert sight.books == ()
    assert [p for p in sight.programs if p.name == "excel.exe"] == []


def _machine(registry: dict[tuple[str, str], object]) -> Machine:
    return Machine(Path(), Path(), "gbk", registry)


_RULES = "Software\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules"
_RULE = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"


@pytest.mark.parametrize(
    ("key", "name", "value", "word"),
    [
        ("Software\\Policies\\Microsoft\\Windows\\System", "DisableCMD", 1, "DisableCMD"),
        ("Software\\Policies\\Microsoft\\Windows\\System", "DisableCMD", 2, "DisableCMD"),
        ("Software\\Policies\\Microsoft\\Windows\\System", "DisableCMD", 0, ""),
        (_RULES, _RULE, "1", "D4F940AB"),
        (_RULES, _RULE, 6, "D4F940AB"),
        (_RULES, _RULE, "2", ""),
        (
            "Software\\Policies\\Microsoft\\Windows Defender\\Policy Manager",
            "ASRRules",
            f"26190899-1602-49e8-8b27-eb1d0a1ce869=2|{_RULE.upper()}=1",
            "D4F940AB",
        ),
    ],
)
def test_policies_that_keep_excel_from_starting_programs_are_named(
    key: str, name: str, value: object, word: str
) -> None:
    found = list(_machine({(key, name): value}).hindering)
    assert (word in found[0]) if word else found == []


def _program(size: int, kind: int = 0x20B) -> bytes:
    """The head of a Windows program whose signature has so many bytes."""
    data = bytearray(600)
    struct.pack_into("<I", data, 0x3C, 128)
    data[128:132] = b"PE\0\0"
    struct.pack_into("<H", data, 152, kind)
    struct.pack_into("<I", data, 152 + (112 if kind == 0x20B else 96) + 36, size)
    return bytes(data)


def test_a_library_without_a_signature_is_told_from_one_with() -> None:
    assert is_signed(_program(9000))
    assert is_signed(_program(9000, 0x10B))
    assert not is_signed(_program(0))
    assert not is_signed(b"MZ")
