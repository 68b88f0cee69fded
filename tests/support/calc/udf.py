"""The functions of a cell, called from cells of a running LibreOffice: what xlwings' UDF server does on Windows.

The VBA wrappers are the add-in's own; only their call into Python goes to a Basic function that hands it over the
bridge to this process, where ranges are read and answers converted as xlwings does it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import xlwings
from xlwings import conversion

from tests.support.calc.engine import ENGINE, Book, Range, Sheet
from tests.support.calc.process import bridge

#: What the wrappers call, and what they call instead.
CALL, CALL_HERE = "YsServer().CallUDF(", "BridgeCallUDF("

#: LibreOffice does not say from which cell a function is called; any cell of the workbook does for finding its sheets.
CALLER, CALLER_HERE = "Application.Caller.Worksheet", "ThisWorkbook.Worksheets(1)"
#: What Excel hands over for an argument that was left out.
MISSING = -2147352572

#: A Basic module: keeps the object of this process, and makes of rows of rows the array that a cell takes.
MODULE = f"""Attribute VB_Name = "Bridge"
Option Explicit

Private Server As Object

Public Sub BridgeConnect(Given As Object)
    Set Server = Given
End Sub

Public Function BridgeCallUDF(ModuleName As String, FunctionName As String, Arguments As Variant, _
    Book As Variant, Caller As Variant) As Variant
    Dim Given() As Variant
    Dim Lines As Variant
    Dim i As Long
    Dim j As Long
    ReDim Given(0 To UBound(Arguments))
    For i = 0 To UBound(Arguments)
        If IsObject(Arguments(i)) Then
            Given(i) = Arguments(i).CellRange
        ElseIf IsMissing(Arguments(i)) Then
            Given(i) = {MISSING}
        Else
            Given(i) = Arguments(i)
        End If
    Next i
    Lines = Server.callFunction(ModuleName & "." & FunctionName, Given)
    Dim Result() As Variant
    ReDim Result(0 To UBound(Lines), 0 To UBound(Lines(0)))
    For i = 0 To UBound(Lines)
        For j = 0 To UBound(Lines(0))
            Result(i, j) = Lines(i)(j)
        Next j
    Next i
    BridgeCallUDF = Result
End Function
"""


def with_bridge(modules: Mapping[str, str]) -> dict[str, str]:
    """The add-in's modules with the call into Python turned to this process."""
    turned = {}
    for module, old, new in (("YsFunctions", CALL, CALL_HERE), ("YsGuard", CALLER, CALLER_HERE)):
        assert old in modules[module]
        turned[module] = modules[module].replace(old, new)
    return {**modules, **turned, "Bridge": MODULE.replace("\n", "\r\n")}


def server(book: Book, options: Mapping[str, Any]) -> Any:
    """An object of the program's interface that answers the wrappers, by the name and the arguments of a function.

    `book`: where the formulas stand; `options`: how arguments are read.
    """
    unohelper = _unohelper()
    interface = bridge().getClass("com.sun.star.sheet.XFunctionAccess")

    class Server(unohelper.Base, interface):  # type: ignore[misc,name-defined,valid-type]
        def __init__(self) -> None:
            self.calls: list[str] = []
            self.errors: list[BaseException] = []

        def callFunction(self, name: str, arguments: Any) -> Any:
            try:
                module, _, function = name.rpartition(".")
                return self._answer(module, function, arguments)
            except BaseException as error:
                self.errors.append(error)
                raise

        def _answer(self, module: str, function: str, arguments: Any) -> Any:
            self.calls.append(function)
            given = [_read(book, value, dict(options)) for value in arguments]
            found = getattr(importlib.import_module(module), function)(*given)
            lines = conversion.write(found, None, {}, ENGINE.name)  # type: ignore[no-untyped-call]
            lines = lines if isinstance(lines, list | tuple) else [[lines]]
            return tuple(tuple("" if value is None else value for value in line) for line in lines)

    return Server()


def _read(book: Book, value: Any, options: dict[str, Any]) -> Any:
    """An argument as xlwings hands it to the function."""
    if value == MISSING:
        return None
    if not hasattr(value, "RangeAddress"):
        return conversion.read(None, value, options, ENGINE.name)  # type: ignore[no-untyped-call]
    at, sheet = value.RangeAddress, value.Spreadsheet
    rows, columns = at.EndRow - at.StartRow + 1, at.EndColumn - at.StartColumn + 1
    block = Range(Sheet(book, sheet), at.StartRow + 1, at.StartColumn + 1, rows, columns)
    return conversion.read(xlwings.Range(impl=block), None, options, ENGINE.name)  # type: ignore[no-untyped-call]


def _unohelper() -> ModuleType:
    bridge()
    return importlib.import_module("unohelper")
