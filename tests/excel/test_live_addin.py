"""The built add-in in a program that runs VBA: every callback gives RunPython its line, and the line does the job."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from addin import buttons
from addin.ribbon import ribbon
from addin.setup.build import CONF_SHEET, addin_parts, modules, write_package
from addin.verbs import commands
from tests.support.live import Desk, differences, file_cells
from workbook_templates.reading.sample import Sample

pytestmark = pytest.mark.live

#: In place of xlwings' module: notes what it is asked for on the add-in's own sheet. LibreOffice brings a FileExists.
_RECORDER = """Attribute VB_Name = "xlwings"
Option Explicit

Public Function RunPython(PythonCommand As String)
    ThisWorkbook.Worksheets("{sheet}").Cells(1, 40).Value = PythonCommand
    RunPython = 0
End Function

Public Function GetConfig(configKey As String, Optional default As String = "", _
    Optional source As String = "") As Variant
    GetConfig = "/bin/sh"
End Function

Public Function XLPy() As Object
    Err.Raise 1000
End Function
"""


#: In place of the boxes: what would be shown is noted.
_BOXES = """Attribute VB_Name = "YsBoxes"
Option Explicit

Public Sub YsBox(ByVal Message As String, ByVal Bad As Boolean)
    ThisWorkbook.Worksheets("{sheet}").Cells(2, 40).Value = IIf(Bad, "!", "") & Message
End Sub
"""

#: Clicks each button as Excel does: with an object, which cannot be handed over from outside.
_CLICKS = 'Attribute VB_Name = "Clicks"\n' + "".join(
    f"Public Sub Click{b.callback}()\n    {b.callback} Nothing\nEnd Sub\n" for b in ribbon().buttons.values()
)


@pytest.fixture
def addin(desk: Desk, tmp_path: Path) -> Any:
    return _opened(desk, tmp_path, _RECORDER)


def _opened(desk: Desk, folder: Path, recorder: str) -> Any:
    added = {
        "xlwings": recorder.format(sheet=CONF_SHEET),
        "YsBoxes": _BOXES.format(sheet=CONF_SHEET),
        "Clicks": _CLICKS,
    }
    sources = {**modules(), **{name: text.replace("\n", "\r\n") for name, text in added.items()}}
    path = folder / "yusuan.xlam"
    write_package(addin_parts(sources), path)
    return desk.open(path)


def _call(book: Any, module: str, name: str, *arguments: Any) -> Any:
    script = f"vnd.sun.star.script:VBAProject.{module}.{name}?language=Basic&location=document"
    return book.impl._document.getScriptProvider().getScript(script).invoke(arguments, (), ())[0]


def _recorded(book: Any) -> str:
    cell = book.sheets[CONF_SHEET].range("AN1")
    text = cell.value or ""
    cell.value = ""
    return str(text)


def test_every_callback_gives_python_one_line_that_clicks_its_button(
    desk: Desk, addin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicked: list[str] = []
    monkeypatch.setattr(buttons, "run", clicked.append)
    for button in ribbon().buttons.values():
        _call(addin, "Clicks", f"Click{button.callback}")
        line = _recorded(addin)
        assert line == f"import addin.buttons; addin.buttons.run('{button.command}')"
        exec(line, {})
    assert clicked == list(ribbon().buttons)
    _call(addin, "YsGuard", "YsUndo")
    assert _recorded(addin) == "import addin.buttons; addin.buttons.run('undo')"
    # The warm interpreter does not answer here: the next click starts a new one.
    assert str(addin.sheets[CONF_SHEET].range("B2").value).lower() in ("false", "falsch")


def test_the_recorded_line_does_the_job(desk: Desk, addin: Any, tmp_path: Path) -> None:
    source, out = tmp_path / "填报.xlsx", tmp_path / "各表.xlsx"
    commands.sample_workbook(source, Sample())
    commands.fill_workbook(source, out)
    book = desk.open(source, source)
    _call(addin, "Clicks", "ClickYsFill")
    book.activate()
    exec(_recorded(addin), {})
    assert differences(desk.cells(book), file_cells(out)) == []


def test_words_that_python_leaves_are_shown_and_a_click_that_fails_is_told(desk: Desk, tmp_path: Path) -> None:
    told = '    ThisWorkbook.Worksheets("{sheet}").Range("C1").Value = "done"\n    RunPython = 0'
    for body, shown in ((told, "done"), ("    Err.Raise 70", "!预算公开工具没有启动成功")):
        recorder = _RECORDER.replace("    RunPython = 0", body)
        (tmp_path / shown[-2:]).mkdir()
        book = _opened(desk, tmp_path / shown[-2:], recorder)
        _call(book, "Clicks", "ClickYsFill")
        assert str(book.sheets[CONF_SHEET].range("AN2").value).startswith(shown)
        _call(book, "YsGuard", "YsSearchPath")
        book.close()


def test_the_texts_of_vba_lie_where_its_constants_say(addin: Any) -> None:
    column = [line for line in addin.sheets[CONF_SHEET].range("E1:E12").value if line]
    found = dict(re.findall(r"Public Const (TEXT_\w+) As Long = (\d+)", modules()["YsGuard"]))
    assert column[int(found["TEXT_TITLE"]) - 1] == "预算公开"
    assert "受保护的视图" in column[int(found["TEXT_NO_BOOK"]) - 1]
    assert "重新运行安装程序" in column[int(found["TEXT_NO_PYTHON"]) - 1]
    assert "启动" in column[int(found["TEXT_STARTING"]) - 1]
    assert column[int(found["TEXT_NO_ANSWER"]) - 1].startswith("#")
    assert "安全策略" in column[int(found["TEXT_BLOCKED"]) - 1]
    assert set(column[6:]) == {"预算明细", "收入明细", "基础信息", "上年数据", "项目信息"}
