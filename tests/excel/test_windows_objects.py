"""What only Windows' objects do, on stand-ins: objects that VBA hands over, integers for errors, words handed back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from addin import buttons, places
from addin.excel import com, session, waiting
from addin.excel import screen as door
from addin.ribbon import ribbon
from addin.upward import gathering
from addin.verbs.clicks import outcome
from udfs import functions as core
from udfs.base import is_error
from udfs.functions import functions


class _Block:
    """A block whose values are what Excel hands over."""

    def __init__(self, values: list[list[Any]]) -> None:
        self.found = values

    def options(self, **_: Any) -> Any:
        return SimpleNamespace(value=self.found)


@pytest.mark.parametrize(
    ("code", "shown"),
    [(-2146826243, "#SPILL!"), (-2146826238, "#CALC!"), (-2146826245, "#GETTING_DATA"), (-2146826000, "#ERROR!")],
)
def test_every_integer_for_an_error_is_read_as_an_error(code: int, shown: str) -> None:
    assert com.values(_Block([[code, 1.0, True, "x"]])) == [[shown, 1.0, True, "x"]]
    assert is_error(shown)


def test_the_workbook_that_vba_hands_over_is_wrapped_and_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = SimpleNamespace(
        BOOK_CALLER="bare",
        COMRetryObjectWrapper=lambda inner: ("wrapped", inner),
        Book=lambda xl: SimpleNamespace(xl=xl),
    )
    monkeypatch.setitem(sys.modules, "xlwings._xlwindows", windows)
    monkeypatch.setattr(sys, "argv", ["python"])
    found = door.active_book()
    assert found.impl.xl == ("wrapped", "bare")
    waiting.release()
    assert windows.BOOK_CALLER is None


class _Broken:
    """A workbook, a screen, whatever a button asks for: nothing of it works."""

    label = "按钮"
    wrote = False

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"broken at {name}")


@pytest.mark.parametrize("command", [name for name in ribbon().buttons if name != "about"])
def test_whatever_fails_in_a_button_the_clerk_reads_a_sentence_and_the_log_has_the_place(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path))
    page = tmp_path / "index.html"
    page.touch()
    monkeypatch.setattr(places, "handbook", lambda: page)
    said, bad = outcome(_Broken(), buttons.commands()[command], session._sentence)  # type: ignore[arg-type]
    assert said.startswith("按钮未完成，工作簿没有改动。程序遇到意外（RuntimeError）")
    assert said.endswith(str(places.log_file()))
    assert bad
    assert "RuntimeError: broken at" in places.log_file().read_text(encoding="utf-8")


@pytest.mark.parametrize("name", functions())
def test_whatever_fails_in_a_function_its_cell_shows_a_sentence_and_the_log_has_the_place(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import addin.functions

    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path))
    monkeypatch.setitem(core._FUNCTIONS, name, replace(core._FUNCTIONS[name], call=fail))
    shown = getattr(addin.functions, name)(1)
    assert shown == f"#程序遇到意外（RuntimeError），请把日志文件发给技术支持：{places.log_file()}"
    assert "RuntimeError: broken" in places.log_file().read_text(encoding="utf-8")


def test_a_function_in_a_cell_lets_go_of_what_xlwings_holds_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import addin.functions

    windows = SimpleNamespace(BOOK_CALLER="the add-in")
    monkeypatch.setitem(sys.modules, "xlwings._xlwindows", windows)
    assert addin.functions.YS_RMB(12.5) == "壹拾贰元伍角整"
    assert windows.BOOK_CALLER is None


def test_words_are_left_for_vba_where_the_add_in_is_open_and_shown_by_python_elsewhere() -> None:
    cells: dict[str, Any] = {}

    class _Range:
        def __init__(self, address: str) -> None:
            self.address = address

        def __setattr__(self, name: str, value: Any) -> None:
            if name == "raw_value":
                cells[self.address] = value
            object.__setattr__(self, name, value)

    sheet = SimpleNamespace(range=_Range)
    open_app = SimpleNamespace(books={"yusuan.xlam": SimpleNamespace(sheets={"yusuan.conf": sheet})})
    assert com.hand_back(open_app, "完成", bad=True)
    assert cells == {"C1:C2": [["完成"], ["x"]]}
    shown: list[str] = []
    bare = SimpleNamespace(books={}, alert=lambda text, **_: shown.append(text))
    door.Screen(bare).say_at_last("完成")
    assert shown == ["完成"]


def test_the_entry_in_excels_undo_list_is_the_last_call_of_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    class _App:
        def __setattr__(self, name: str, value: Any) -> None:
            calls.append(name)

        def __getattr__(self, name: str) -> Any:
            if name == "books":
                return {}
            return lambda *_, **__: calls.append(name)

        @property
        def api(self) -> Any:
            return SimpleNamespace(OnUndo=lambda *_: calls.append("OnUndo"))

    monkeypatch.setattr(session, "active_book", lambda: SimpleNamespace(app=_App()))

    def command(click: session.Session) -> str:
        click.wrote = True
        click.leave_status("下一步")
        return "完成"

    session.run("校验", command)
    assert calls == ["status_bar", "status_bar", "alert", "OnUndo"]


def test_an_excel_that_is_busy_at_the_very_first_call_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[bool] = []

    class _Busy(Exception):
        hresult = -2147352567
        excepinfo = (0, None, "OLE error 0x800ac472", None, 0, -2146777998)

    class _Book:
        @property
        def app(self) -> Any:
            if len(refused) < 3:
                refused.append(True)
                raise _Busy
            return SimpleNamespace(books={}, alert=lambda text, **_: shown.append(text), status_bar=False)

    shown: list[str] = []
    monkeypatch.setattr(session, "active_book", _Book)
    session.run("校验", lambda _: "完成")
    assert shown == ["完成"]


def test_long_work_is_started_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 8, raising=False)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    folder = tmp_path / "来文"
    folder.mkdir()
    said: list[str] = []
    screen = SimpleNamespace(ask_folder=lambda _: folder, is_open=lambda _: False, window=77)
    click = session.Session.__new__(session.Session)
    click.screen = screen  # type: ignore[assignment]
    click.status = ""
    assert buttons.commands()["receive"](click) == ""
    assert "可以继续使用 Excel" in click.status
    (command,) = started
    assert command[1:5] == ["-P", "-m", "addin.buttons", "receive"]
    assert command[5:] == [str(folder), str(tmp_path / "来文-汇总.xlsx"), "--hwnd=77"]
    # What the process does is what the click would have done, and it shows its words itself.
    monkeypatch.setattr(session, "run", lambda label, command, aside: said.append(f"{label} {command(click)} {aside}"))
    monkeypatch.setattr(gathering, "gathered", lambda *given, check_only: f"{given[1].name} {check_only}")
    buttons.run_aside("check_folder", *command[5:7])
    assert said == ["批量校验 来文 True True"]
