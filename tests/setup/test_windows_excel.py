"""The add-in's own command run by xlwings' real DLL on Windows' Python, an Excel made of COM objects before it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from addin.setup.build import modules
from tests.support import wine
from tests.support.evidence import LONG
from tests.support.tools import ROOT

pytestmark = LONG
LOCK = ROOT / "requirements-windows.lock"
BOOKS = [f"工作簿{number}.xlsx" for number in (1, 2, 3)]
#: Name, active workbook, button, what is selected, how many of the first calls Excel refuses.
STEPS: list[list[Any]] = [
    *([f"about {book}", book, "about", "range", 0] for book in BOOKS),
    *([f"chart {command}", BOOKS[0], command, "chart", 0] for command in ("next", "undo", "about")),
    ["busy", BOOKS[0], "about", "range", 4],
]


def _expression(text: str, names: dict[str, str]) -> str:
    """A VBA expression of texts, Chr(34) and variables, joined by &."""
    parts = re.findall(r'"((?:[^"]|"")*)"|(\w+)(\(\d+\))?', text)
    return "".join(
        quoted.replace('""', '"') if not word else '"' if word == "Chr" else names[word] for quoted, word, _ in parts
    )


def command(python: str) -> str:
    """The command that the built add-in hands to the DLL, from the add-in's own text."""
    source = modules()["xlwings"].split("Function XLPyCommand()", 1)[1].split("End Function", 1)[0]
    lines = [line.strip() for line in source.split("\r\n")]
    start = next(line for line in lines if line.startswith('PYTHON_WIN = "cmd.exe') and "CondaCmd" not in line)
    tail = next(line for line in lines if line.startswith("tail = "))
    names = {"ConsoleSwitch": "", "PYTHON_WIN": python, "LicenseKeyEnvString": "", "PYTHONPATH": "false;;;;;"}
    names["PYTHON_WIN"] = _expression(start.partition(" = ")[2], names)
    names["tail"] = _expression(tail.partition(" = ")[2], names)
    last = next(line for line in lines if line.startswith("XLPyCommand = PYTHON_WIN"))
    return _expression(last.partition(" = ")[2], names)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What came out on that side."""
    reason = wine.missing()
    if reason:
        pytest.skip(reason)
    machine = wine.Windows(tmp_path_factory.mktemp("wine"))
    machine.start()
    app = wine.installed(machine, LOCK, tmp_path_factory.mktemp("bundle"))
    # Excel's current folder, in which somebody has put a program of our program's name.
    current = machine.user / "当前 文件夹"
    current.mkdir()
    (current / "addin.py").write_text("raise SystemExit('this ran')", encoding="ascii")
    python = machine.path(app / "python" / "python.exe")
    settings = {
        "dll": machine.path(next((app / "python").glob("xlwings64*.dll"))),
        "broken": command("C:\\没有\\python.exe"),
        "command": command(python),
        "folder": machine.path(current),
        "steps": STEPS,
        "out": "C:\\out.json",
    }
    (machine.drive / "settings.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    shutil.copyfile(ROOT / "tests" / "support" / "fake_excel.py", machine.drive / "fake_excel.py")
    code, said = machine.batch([f'"{python}" C:\\fake_excel.py C:\\settings.json'])
    assert code == 0, said
    found: dict[str, Any] = json.loads((machine.drive / "out.json").read_text(encoding="utf-8"))
    yield found
    machine.stop()


def test_three_workbooks_have_one_python_and_one_command_window(seen: dict[str, Any]) -> None:
    assert "failed" not in seen, seen
    assert seen["counts"] == [{"python.exe": 1, "cmd.exe": 1}] * len(STEPS)


def test_a_python_that_cannot_start_is_known_in_seconds(seen: dict[str, Any]) -> None:
    assert "exited before" in seen["broken"]
    assert seen["broken_seconds"] < 30


def test_a_click_leaves_its_words_for_vba_whatever_is_selected(seen: dict[str, Any]) -> None:
    for name, *_ in STEPS:
        (shown, mood), status = seen[name]
        assert "AttributeError" not in str(shown), name
        assert "程序遇到意外" not in str(shown), name
        assert mood == [""] or not mood[0], name
        # A finding is told in the status bar, everything else in a box.
        assert shown[0] or "第1个" in str(status), name


def test_no_code_of_excels_current_folder_runs(seen: dict[str, Any]) -> None:
    assert seen["module"].endswith("\\yusuan\\app\\site\\addin\\buttons.py")


def test_a_function_in_a_cell_answers(seen: dict[str, Any]) -> None:
    assert seen["udf"] == "壹拾贰元伍角整"


def test_nothing_of_excels_is_held_after_a_click_or_a_function(seen: dict[str, Any]) -> None:
    assert seen["released"] == ["None", "None"]
