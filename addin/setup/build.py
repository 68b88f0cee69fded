"""Builds the add-in: text (the ribbon's table, VBA modules, xlwings' own module) → .xlam, the same bytes every time.

Everything runs on Linux as on Windows; no Excel is needed. xlwings' module comes from the installed wheel and is
changed in a few named places, each of which must be found as expected: settings are read from the add-in and from the
user's own file only, never from the workbook that happens to be open.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from addin.places import own_version
from addin.ribbon import ribbon, ribbon_xml
from addin.xlsx import parse_xml, put_file
from udfs.base import InputProblems, Problem, address
from udfs.functions import Argument, Function, functions
from workbook_templates.archive import archive
from workbook_templates.reading import load_edition

PROJECT = "yusuan"
CONF_SHEET = f"{PROJECT}.conf"
VBA_FOLDER = Path(__file__).parents[1] / "vba"
#: The settings that the add-in brings. No interpreter: a row for it would hide the user's own.
SETTINGS = (("ADD_WORKBOOK_TO_PYTHONPATH", "false"), ("USE UDF SERVER", "True"), ("UDF MODULES", "addin.functions"))

_CUSTOM_UI = "customUI/customUI.xml"
_CUSTOM_UI_TYPE = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
_DATE = (2024, 1, 1, 0, 0, 0)
_ATTRIBUTE = re.compile(r'Attribute VB_Name = "(\w+)"')

#: What the clerk reads from VBA itself, before Python runs; YsGuard.bas knows the rows.
TEXTS = (
    "预算公开",
    "请先打开要处理的预算公开工作簿。在“受保护的视图”中时，请先点“启用编辑”。",
    "没有找到预算公开工具的运行环境，请重新运行安装程序（安装.bat），再重新打开 Excel。",
    "预算公开：正在启动…",
    "#函数服务没有启动，请重新运行安装程序",
    (
        "预算公开工具没有启动成功，工作簿没有改动。请先运行安装目录中的“检查.bat”，按打 × 的各行处理；"
        "仍不能启动时，可能是安全软件或单位的安全策略禁止 Excel 启动其他程序，"
        "请联系信息管理人员放行（手册“常见问题”一页有具体名称）。"
    ),
)
_TEXT_COLUMN, _FUNCTION_COLUMN = 5, 7


class Patch(Struct, frozen=True):
    """One place of xlwings' module that is changed: why, what stands there, what is put there."""

    why: str
    old: str
    new: str


#: The folders of cloud drives in xlwings' search path, which the add-in has no use for.
_FOLDERS = (
    'GetConfig("ONEDRIVE_CONSUMER_WIN") & ";" & GetConfig("ONEDRIVE_COMMERCIAL_WIN") & ";" '
    '& GetConfig("SHAREPOINT_WIN") & ";" & GetConfig("PYTHONPATH")'
)

PATCHES = (
    Patch("the add-in's own settings", 'PROJECT_NAME As String = "myaddin"', f'PROJECT_NAME As String = "{PROJECT}"'),
    Patch(
        "no settings from a sheet of the open workbook, which may come from anybody",
        '            If SheetExists(ActiveWorkbook, PROJECT_NAME & ".conf") = True Then\r\n'
        "                If GetConfigFromSheet(ActiveWorkbook).Exists(configKey) = True Then",
        "            If False Then\r\n"
        "                If GetConfigFromSheet(ActiveWorkbook).Exists(configKey) = True Then",
    ),
    Patch(
        "no settings from a file beside the open workbook",
        '    If source = "" Or source = "directory" Then',
        "    If False Then",
    ),
    Patch(
        "a sheet named something.py in the open workbook is no code",
        "    For i = 1 To 2\r\n        If i = 1 Then\r\n            Set wb = ActiveWorkbook",
        "    For i = 2 To 2\r\n        If i = 1 Then\r\n            Set wb = ActiveWorkbook",
    ),
    Patch(
        "nothing of the open workbook in the command of the warm server: the DLL keeps a server for each text",
        f'PYTHONPATH = AddExcelDir & ";" & ActiveWorkbook.FullName & ";" & ThisWorkbook.FullName & ";" & {_FOLDERS}',
        "PYTHONPATH = YsSearchPath()",
    ),
    Patch(
        "no empty entry in the search path, which would be Excel's current folder",
        f'PYTHONPATH = AddExcelDir & ";" & ActiveFullName & ";" & ThisFullName & ";" & {_FOLDERS}',
        "PYTHONPATH = YsSearchPath()",
    ),
    Patch(
        "no code from Excel's current folder, which Python's -c would search first",
        '" -B -c ""import sys, os;"',
        '" -B -P -c ""import sys, os;"',
    ),
    Patch(
        "pandas, which xlwings loads wherever it is installed, only where a command uses it: half of the first click",
        'LicenseKeyEnvString & "import xlwings.utils;',
        "LicenseKeyEnvString & \"sys.modules['pandas']=None;import xlwings.utils;",
    ),
    Patch(
        "the same: a command that uses it finds it",
        "import xlwings; xlwings.serve(",
        "import xlwings; del sys.modules['pandas']; xlwings.serve(",
    ),
    Patch(
        "the same for a Python started for one click",
        '" -B -c ""import xlwings.utils;',
        '" -B -P -c ""import xlwings.utils;',
    ),
    Patch(
        "a command window that ends with the Python that cannot start, so that Excel does not wait for it",
        'PYTHON_WIN = "cmd.exe " & ConsoleSwitch & " /K " & Chr(34) & Chr(34) & PYTHON_WIN & Chr(34)',
        'PYTHON_WIN = "cmd.exe " & ConsoleSwitch & " /C " & Chr(34) & Chr(34) & PYTHON_WIN & Chr(34)',
    ),
    Patch(
        "failures in the clerk's language",
        "            Content = Content & vbCrLf\r\n"
        '            Content = Content & "Press Ctrl+C to copy this message to the clipboard."\r\n'
        "    \r\n"
        '            WScript.Popup Content, AUTO_DISMISS, "Error", OK_BUTTON_ERROR',
        "            YsFailed Content",
    ),
    Patch(
        "the same where the interpreter is gone",
        'MsgBox "Could not find Interpreter!", vbCritical',
        'YsFailed ""',
    ),
)


#: xlwings' own macros that write macros lie from the one line to the other.
_IMPORTER = ("Sub ImportPythonUDFsBase(", "Private Sub GetDLLVersion()")


def xlwings_module() -> str:
    """The VBA module of xlwings from the wheel, changed. Raises InputProblems where its text is not as expected."""
    import xlwings

    text = (Path(xlwings.__file__).parent / "xlwings_custom_addin.bas").read_bytes().decode("ascii")
    for change in PATCHES:
        if text.count(change.old) != 1:
            found = f"xlwings {xlwings.__version__} 的 VBA 模块与预期不同（{change.why}）"
            message = f"{found}，请使用 requirements.lock 中的版本"
            raise InputProblems([Problem("xlwings", message)])
        text = text.replace(change.old, change.new)
    # The functions' wrappers are built in, so that nobody has to trust macros which write macros: these go.
    first, last = text.find(_IMPORTER[0]), text.find(_IMPORTER[1])
    assert 0 < first < last
    return text[:first] + text[last:]


def modules() -> dict[str, str]:
    """Every VBA module by its name, lines ended as VBA ends them."""
    found = {}
    texts = [path.read_text(encoding="ascii") for path in sorted(VBA_FOLDER.glob("*.bas"))]
    for text in [*texts, _callbacks(), _wrappers(), xlwings_module()]:
        match = _ATTRIBUTE.match(text)
        assert match is not None
        found[match[1]] = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return found


def build_addin(out: Path) -> Path:
    """Write the add-in."""
    write_package(addin_parts(modules()), out)
    return out


def write_package(parts: Mapping[str, bytes], out: Path) -> None:
    """Write parts to a file, with fixed dates."""
    put_file(out, archive(parts, _DATE))


def _callbacks() -> str:
    lines = ['Attribute VB_Name = "YsButtons"', "Option Explicit", ""]
    for button in ribbon().buttons.values():
        command = f"import addin.buttons; addin.buttons.run('{button.command}')"
        lines += [
            f"Public Sub {button.callback}(control As IRibbonControl)",
            f'    YsClick "{command}", {button.book}',
            "End Sub",
            "",
        ]
    return "\n".join(lines)


def _sources() -> dict[str, str]:
    """The sheets that stand for arguments left out, by the key of their range."""
    edition = load_edition()
    sheets = {"spending": edition.spending.sheet, "income": edition.income.sheet}
    return sheets | {key: sheet.name for key, (sheet, _) in edition.ranges().items()}


def _texts() -> list[str]:
    """Every text of the add-in's sheet: those of VBA, then the names of sheets."""
    used = {a.source for function in functions().values() for a in function.arguments if a.source}
    return [*TEXTS, *(name for key, name in _sources().items() if key in used)]


def _wrappers() -> str:
    lines = ['Attribute VB_Name = "YsFunctions"', "Option Explicit", ""]
    for function in functions().values():
        lines += _wrapper(function)
    return "\n".join(lines)


def _wrapper(function: Function) -> list[str]:
    """A VBA function that hands its arguments to the Python one."""
    shown = [
        f"ParamArray {a.name}() As Variant" if a.many else f"{'Optional ' if a.optional else ''}{a.name} As Variant"
        for a in function.arguments
    ]
    lines = [f"Public Function {function.name}({', '.join(shown)}) As Variant", "    On Error GoTo Failed"]
    given = ", ".join(_handed(argument) for argument in function.arguments)
    call = f"Array({given})"
    many = next((a for a in function.arguments if a.many), None)
    if many is not None:
        # The first range is the ledger; where none is given, the workbook's own stands before the rest.
        lines += [
            "    Dim Given() As Variant",
            "    Dim First As Long",
            "    Dim i As Long",
            f'    If TypeName({many.name}(0)) <> "Range" Then First = 1',
            f"    ReDim Given(0 To First + UBound({many.name}))",
            f"    If First = 1 Then YsAssign Given(0), {_handed(many)}",
            f"    For i = 0 To UBound({many.name})",
            f"        YsAssign Given(First + i), {many.name}(i)",
            "    Next i",
        ]
        call = "Given"
    # The workbook handed over is the add-in: xlwings looks into it for code, which must not come from another one.
    return [
        *lines,
        f"    {function.name} = YsServer().CallUDF( _",
        f'        "addin.functions", "{function.name}", {call}, ThisWorkbook, Application.Caller)',
        "    Exit Function",
        "Failed:",
        f"    {function.name} = YsText(TEXT_NO_ANSWER)",
        "End Function",
        "",
    ]


def _handed(argument: Argument) -> str:
    """An argument as it is handed on."""
    if not argument.source:
        return argument.name
    row = _texts().index(_sources()[argument.source]) + 1
    return f"YsGiven({row})" if argument.many else f"YsGiven({row}, {argument.name})"


def addin_parts(sources: dict[str, str]) -> dict[str, bytes]:
    """Every part of the package by name."""
    from pyopenvba import ExcelFile

    with TemporaryDirectory() as folder:
        path = Path(folder) / "addin.xlam"
        book = ExcelFile.create_new(path)
        project = book.vba_project()
        for name, source in sources.items():
            project.add_module(name, source)
        project.delete_module("Module1")
        book.save()
        book.close()
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/worksheets/sheet1.xml"] = _conf_sheet(parts["xl/worksheets/sheet1.xml"])
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'name="Sheet1"', f'name="{CONF_SHEET}"'.encode(), 1)
    relation = f'<Relationship Id="rIdUi" Type="{_CUSTOM_UI_TYPE}" Target="{_CUSTOM_UI}"/></Relationships>'
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"</Relationships>", relation.encode())
    parts["docProps/core.xml"] = _core(parts["docProps/core.xml"])
    parts["docProps/app.xml"] = parts["docProps/app.xml"].replace(b">Sheet1<", f">{CONF_SHEET}<".encode())
    parts[_CUSTOM_UI] = ribbon_xml()
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")):
            parse_xml(data)
    return parts


def _conf_sheet(sheet: bytes) -> bytes:
    """The add-in's sheet: settings in columns A and B, texts in E, from G on the functions with their help."""
    cells: dict[int, dict[int, str]] = {}
    # The versions are for the doctor: add-in and Python must have the same xlwings.
    versions = [("YUSUAN VERSION", own_version()), ("XLWINGS VERSION", version("xlwings"))]
    for n, (name, value) in enumerate([*SETTINGS, *versions], 1):
        cells.setdefault(n, {}).update({1: name, 2: value})
    for n, text in enumerate(_texts(), 1):
        cells.setdefault(n, {})[_TEXT_COLUMN] = text
    for n, function in enumerate(functions().values(), 1):
        helps = [argument.help for argument in function.arguments]
        line = [function.name, function.help, str(len(helps)), *helps]
        cells.setdefault(n, {}).update(enumerate(line, _FUNCTION_COLUMN))
    rows = "".join(
        f'<row r="{n}">'
        + "".join(
            f'<c r="{address(n, c)}" t="inlineStr"><is><t>{html.escape(text, quote=False)}</t></is></c>'
            for c, text in sorted(line.items())
        )
        + "</row>"
        for n, line in sorted(cells.items())
    )
    assert sheet.count(b"<sheetData/>") == 1
    return sheet.replace(b"<sheetData/>", f"<sheetData>{rows}</sheetData>".encode())


def _core(core: bytes) -> bytes:
    """Title and fixed dates."""
    text = core.decode("utf-8")
    text = re.sub(r"(<dcterms:(created|modified)[^>]*>)[^<]*", r"\g<1>2024-01-01T00:00:00Z", text)
    text = re.sub(r"(<(dc:creator|cp:lastModifiedBy)>)[^<]*", rf"\g<1>{PROJECT}", text)
    return text.encode("utf-8")
