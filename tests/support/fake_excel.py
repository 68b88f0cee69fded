"""An Excel that is none, for Windows' Python under Wine: COM objects as the add-in meets them, and xlwings' real DLL.

Run as a script on that side, with a file of settings; prints what came out as JSON. It is no module of the tests, since
it loads what only Windows has.
"""
# mypy: ignore-errors

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pythoncom
import win32com.client.dynamic
import win32com.server.policy
import win32com.server.util
from win32com.server.exception import COMException

UNKNOWN_NAME, MEMBER_NOT_FOUND, NOT_THERE = -2147352570, -2147352573, -2147352565
#: Excel's own way to say that a cell is being edited.
EDITING = -2146777998
SPILL = -2146826243


class Policy(win32com.server.policy.DynamicPolicy):
    """Names that an object does not have are refused, as Excel refuses them, and its kind is told."""

    def _getdispid_(self, name: str, flags: int) -> int:
        if name not in self._obj_.members:
            raise COMException(scode=UNKNOWN_NAME)
        return super()._getdispid_(name, flags)

    def _GetTypeInfoCount_(self) -> int:
        return 1

    def _GetTypeInfo_(self, index: int, lcid: int) -> Any:
        return 0, pythoncom.LoadTypeLib("stdole2.tlb").GetTypeInfo(4)


class Thing:
    """An object with the members given. A member that can be called gets the arguments, any other is a value."""

    excel: Any = None

    def __init__(self, **members: Any) -> None:
        self.members = members
        self.item = members.pop("item", None)
        self.things = members.pop("things", None)

    def wrapped(self) -> Any:
        return win32com.server.util.wrap(self, usePolicy=Policy)

    def _dynamic_(self, name: str, lcid: int, flags: int, args: tuple[Any, ...]) -> Any:
        self.excel.asked(name)
        if name == "_NewEnum":
            if self.things is None:
                raise COMException(scode=MEMBER_NOT_FOUND)
            return win32com.server.util.NewEnum([thing.wrapped() for thing in self.things])
        if name == "_value_":
            if self.item is None:
                raise COMException(scode=MEMBER_NOT_FOUND)
            return _out(self.item(*args))
        if flags & (pythoncom.DISPATCH_PROPERTYPUT | pythoncom.DISPATCH_PROPERTYPUTREF):
            self.members[name] = args[0]
            self.excel.log.append([name, args[0]])
            return None
        value = self.members[name]
        return _out(value(*args) if callable(value) else value)


def _out(value: Any) -> Any:
    return value.wrapped() if isinstance(value, Thing) else value


def collection(things: dict[str, Thing], **more: Any) -> Thing:
    """Things by name or number."""

    def item(key: Any) -> Thing:
        if isinstance(key, str) and key in things:
            return things[key]
        if isinstance(key, int | float) and 0 < key <= len(things):
            return list(things.values())[int(key) - 1]
        raise COMException(scode=NOT_THERE)

    return Thing(item=item, things=list(things.values()), Count=len(things), Item=item, **more)


class Excel:
    """One Excel with workbooks; what the program sets is noted in `log`."""

    def __init__(self, grid: list[list[Any]]) -> None:
        Thing.excel = self
        self.log: list[list[Any]] = []
        self.busy = 0
        self.app = Thing(
            Version="16.0", Hwnd=1, StatusBar=False, Selection=self.range("A1", [[None]]), ScreenUpdating=True
        )
        self.grid = grid
        names = {
            "YS_EDITION": Thing(Name="YS_EDITION", RefersTo='="2024-shanxi/1.0"'),
            "YS_FINDINGS": Thing(Name="YS_FINDINGS", RefersTo="=校验结果!$A$1:$I$400"),
        }
        self.conf = self.range("C1:C2", [[None], [None]])
        addin = self.book("yusuan.xlam", "yusuan.conf", self.conf, {})
        self.books = {}
        for number in (1, 2, 3):
            name = f"工作簿{number}.xlsx"
            self.books[name] = self.book(name, "校验结果", self.range("A1", grid), names)
        every = {**self.books, "yusuan.xlam": addin}
        self.app.members |= {
            "Workbooks": collection(every, Application=self.app),
            "ActiveWorkbook": self.books["工作簿1.xlsx"],
            "OnUndo": lambda *_: None,
            "Application": self.app,
        }

    def book(self, name: str, sheet_name: str, cells: Thing, names: dict[str, Thing]) -> Thing:
        """A workbook of one sheet, all of whose ranges are the same cells."""
        anywhere = Thing(item=lambda *_: cells)
        sheet = Thing(
            Name=sheet_name, Visible=-1, Activate=lambda: None, UsedRange=cells, Range=anywhere, Cells=anywhere
        )
        sheets = collection({sheet_name: sheet})
        found = Thing(
            Name=name, FullName=f"C:\\公开\\{name}", Path="C:\\公开", Application=self.app, Names=collection(names)
        )
        found.members |= {"Sheets": sheets, "Worksheets": sheets}
        sheet.members |= {"Parent": found, "Application": self.app}
        cells.members |= {"Worksheet": sheet, "Parent": sheet, "Application": self.app}
        return found

    def range(self, address: str, values: list[list[Any]]) -> Thing:
        whole = tuple(map(tuple, values))
        rows, columns = Thing(Count=len(values)), Thing(Count=len(values[0]))
        found = Thing(Address=address, Row=1, Column=1, Value=whole, Value2=whole, Rows=rows, Columns=columns)
        found.members["Select"] = found.members["Activate"] = lambda: None
        found.members |= {"Count": len(values) * len(values[0]), "Areas": Thing(Count=1), "HasFormula": False}
        found.members["GetAddress"] = lambda *_: address
        # A part of it is asked for by its corners only: all of it is given.
        found.item = lambda *_: found
        return found

    def asked(self, name: str) -> None:
        """Every call comes through here; a busy Excel refuses it."""
        if self.busy > 0:
            self.busy -= 1
            raise COMException(scode=EDITING)


class Dll:
    """xlwings' DLL, called as VBA calls it."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.WinDLL(path)

    def server(self, command: str) -> Any:
        """The Python server of a command; RuntimeError where it did not start."""
        result = (ctypes.c_ubyte * 24)()
        code = self.library.XLPyDLLActivateAuto(ctypes.byref(result), ctypes.c_char_p(command.encode("mbcs")), 1)
        kind = int.from_bytes(bytes(result[:2]), "little")
        at = int.from_bytes(bytes(result[8:16]), "little")
        if code != 0 or kind != pythoncom.VT_DISPATCH:
            raise RuntimeError(ctypes.wstring_at(at) if kind == pythoncom.VT_BSTR and at else f"{code} {kind}")
        return win32com.client.dynamic.Dispatch(pythoncom.ObjectFromAddress(at, pythoncom.IID_IDispatch))


class _Entry(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_ulong),
        ("usage", ctypes.c_ulong),
        ("number", ctypes.c_ulong),
        ("heap", ctypes.c_void_p),
        ("module", ctypes.c_ulong),
        ("threads", ctypes.c_ulong),
        ("above", ctypes.c_ulong),
        ("priority", ctypes.c_long),
        ("flags", ctypes.c_ulong),
        ("name", ctypes.c_wchar * 260),
    )


def running() -> dict[str, int]:
    """Number of Python and command processes below this one, itself left out."""
    kernel = ctypes.windll.kernel32
    kernel.CreateToolhelp32Snapshot.restype = ctypes.c_void_p
    every = ctypes.c_void_p(kernel.CreateToolhelp32Snapshot(2, 0))
    entry = _Entry(size=ctypes.sizeof(_Entry))
    found: dict[int, tuple[int, str]] = {}
    more = kernel.Process32FirstW(every, ctypes.byref(entry))
    while more:
        found[entry.number] = entry.above, entry.name.lower()
        more = kernel.Process32NextW(every, ctypes.byref(entry))
    below = {os.getpid()}
    for _ in found:
        below |= {number for number, (above, _) in found.items() if above in below}
    names = [found[number][1] for number in below - {os.getpid()}]
    return {name: names.count(name) for name in ("python.exe", "cmd.exe")}


def main(settings: dict[str, Any]) -> dict[str, Any]:
    """Every case, one after the other."""
    found: dict[str, Any] = {}
    dll = Dll(settings["dll"])
    begun = time.perf_counter()
    try:
        dll.server(settings["broken"])
        found["broken"] = "started"
    except RuntimeError as error:
        found["broken"] = str(error)[:200]
    found["broken_seconds"] = time.perf_counter() - begun
    os.chdir(settings["folder"])
    blank = [None] * 9
    excel = Excel([blank, blank, blank, ["1", "强制", "A01", "校验结果!B2", "不符", *blank[5:]]])
    counts = []

    def click(book: str, command: str) -> list[Any]:
        excel.log.clear()
        excel.conf.members["Value"] = ((None,), (None,))
        excel.app.members["ActiveWorkbook"] = excel.books[book]
        server = dll.server(settings["command"])
        server.SetAttr(server.Module("xlwings._xlwindows"), "BOOK_CALLER", excel.books[book].wrapped())
        server.Exec(f"import addin.buttons; addin.buttons.run('{command}')")
        counts.append(running())
        return [excel.conf.members["Value"], excel.app.members["StatusBar"]]

    def held() -> str:
        """What of Excel's the server still holds."""
        server = dll.server(settings["command"])
        return str(server.Str(server.Eval("__import__('xlwings')._xlwindows.BOOK_CALLER")))

    for step in settings["steps"]:
        name, book, command, selection, busy = step
        excel.app.members["Selection"] = Thing(Name="图表 1") if selection == "chart" else excel.range("A1", [[None]])
        excel.busy = busy
        try:
            found[name] = click(book, command)
        except Exception as error:  # noqa: BLE001 - told
            found[name] = f"{type(error).__name__}: {error}"
    found["counts"] = counts
    found["released"] = [held()]
    server = dll.server(settings["command"])
    found["udf"] = server.CallUDF("addin.functions", "YS_RMB", (12.5,), excel.books["工作簿1.xlsx"].wrapped(), None)
    found["module"] = str(server.Str(server.Eval("__import__('addin.buttons').buttons.__file__")))
    found["released"].append(held())
    return found


if __name__ == "__main__":
    pythoncom.CoInitialize()
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        answer = main(given)
    except Exception:  # noqa: BLE001 - told
        import traceback

        answer = {"failed": traceback.format_exc()}
    Path(given["out"]).write_text(json.dumps(answer, ensure_ascii=False, default=str), encoding="utf-8")
    os._exit(0)
