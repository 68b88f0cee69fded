"""The built add-in read back: its VBA, its ribbon, its package."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from addin.ribbon import LONGEST_TIP, NAMESPACE, ribbon
from addin.setup.build import PATCHES, SETTINGS, build_addin, modules
from tests.support.command import run_command
from tests.support.tools import validator_errors
from udfs.functions import functions

XLWINGS = "xlwings"
#: What olevba's rules mind in xlwings' own module as the wheel brings it, and so in ours.
_OF_A_NAME = {"YS_CHANGE"}  # olevba takes every procedure whose name ends so for an event of an ActiveX control


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("addin") / "yusuan.xlam"
    done = run_command("addin", "build", "-o", out)
    assert done.code == 0, done.err
    return out


def _parser(name: str, data: bytes | None = None) -> Any:
    """oletools' reader; its import alone warns of what it uses itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oletools.olevba import VBA_Parser
    return VBA_Parser(name, data=data)


def _read_back(path: Path) -> dict[str, str]:
    parser = _parser(str(path))
    found = {name.removesuffix(".bas"): code for *_, name, code in parser.extract_macros()}
    parser.close()
    return found


def test_every_module_comes_back_as_it_went_in(built: Path) -> None:
    found = _read_back(built)
    sources = modules()
    assert {name: found[name] for name in sources} == sources
    assert set(found) - set(sources) == {"ThisWorkbook.cls", "Sheet1.cls"}
    for name in ("ThisWorkbook.cls", "Sheet1.cls"):
        assert all(line.startswith("Attribute ") for line in found[name].splitlines() if line)


def test_two_builds_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    assert build_addin(tmp_path / "另一个.xlam").read_bytes() == built.read_bytes()


def test_vba_is_ascii_and_declares_its_variables() -> None:
    for name, source in modules().items():
        assert source.isascii()
        if name != XLWINGS:
            assert "\r\nOption Explicit\r\n" in source
            # VBA's own limit is 1 023 characters a line.
            assert max(map(len, source.split("\r\n"))) < 240


def test_every_button_of_the_ribbon_has_its_callback_with_the_right_signature(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        root = etree.fromstring(archive.read("customUI/customUI.xml"))
        relations = archive.read("_rels/.rels").decode()
    assert root.tag == f"{{{NAMESPACE}}}customUI"
    assert 'relationships/ui/extensibility" Target="customUI/customUI.xml"' in relations
    source = "".join(modules().values())
    for node in root.iter(f"{{{NAMESPACE}}}button"):
        assert f"Public Sub {node.get('onAction')}(control As IRibbonControl)\r\n" in source
    assert f"Public Sub {root.get('onLoad')}(ribbon As IRibbonUI)\r\n" in source
    lines = re.findall(r"Public Sub \w+\(control As IRibbonControl\)\r\n(.*?)\r\nEnd Sub", source, re.DOTALL)
    assert len(lines) == len(ribbon().buttons)
    assert all(line.count("\r\n") == 0 and line.strip().startswith("YsClick ") for line in lines)


def test_the_ribbon_is_in_the_order_of_the_work_with_keytips_and_tips() -> None:
    labels = [group.label for group in ribbon().groups]
    order = ["填报", "生成", "校验", "上报", "收表", "帮助"]
    assert labels == sorted(labels, key=order.index)
    keytips = [button.keytip for button in ribbon().buttons.values()]
    assert len(set(keytips)) == len(keytips)
    for group in ribbon().groups:
        assert len(group.buttons) <= 10
    for button in ribbon().buttons.values():
        assert button.keytip
        assert 0 < len(button.tip) <= LONGEST_TIP
        assert 0 < len(button.more) <= LONGEST_TIP


#: What Office's schema of the ribbon says of the parts that are used here, written down again.
_SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{ns}" targetNamespace="{ns}"
 elementFormDefault="qualified">
<xs:simpleType name="text"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="1024"/>
</xs:restriction></xs:simpleType>
<xs:simpleType name="keytip"><xs:restriction base="xs:token"><xs:minLength value="1"/><xs:maxLength value="3"/>
</xs:restriction></xs:simpleType>
<xs:simpleType name="size"><xs:restriction base="xs:token"><xs:enumeration value="normal"/>
<xs:enumeration value="large"/></xs:restriction></xs:simpleType>
<xs:element name="customUI"><xs:complexType><xs:sequence><xs:element name="ribbon"><xs:complexType><xs:sequence>
<xs:element name="tabs"><xs:complexType><xs:sequence><xs:element name="tab" maxOccurs="100"><xs:complexType>
<xs:sequence><xs:element name="group" maxOccurs="100"><xs:complexType><xs:sequence>
<xs:element name="button" maxOccurs="1000"><xs:complexType>
<xs:attribute name="id" type="xs:ID" use="required"/><xs:attribute name="label" type="text"/>
<xs:attribute name="keytip" type="keytip"/><xs:attribute name="screentip" type="text"/>
<xs:attribute name="supertip" type="text"/><xs:attribute name="imageMso" type="text"/>
<xs:attribute name="size" type="size"/><xs:attribute name="onAction" type="text"/>
</xs:complexType></xs:element>
</xs:sequence><xs:attribute name="id" type="xs:ID"/><xs:attribute name="label" type="text"/></xs:complexType>
</xs:element></xs:sequence><xs:attribute name="id" type="xs:ID"/><xs:attribute name="label" type="text"/>
<xs:attribute name="keytip" type="keytip"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:sequence><xs:attribute name="onLoad" type="text"/></xs:complexType>
</xs:element></xs:schema>"""


def test_the_ribbon_is_valid(built: Path) -> None:
    schema = etree.XMLSchema(etree.fromstring(_SCHEMA.format(ns=NAMESPACE)))
    with zipfile.ZipFile(built) as archive:
        schema.assertValid(etree.fromstring(archive.read("customUI/customUI.xml")))


def test_settings_come_from_the_add_in_and_the_user_and_never_from_the_open_workbook(built: Path) -> None:
    source = modules()[XLWINGS]
    config = source.split("Function GetConfig(", 1)[1].split("\r\nEnd Function", 1)[0]
    assert 'SheetExists(ActiveWorkbook, PROJECT_NAME & ".conf")' not in config
    assert 'source = "directory"' not in config
    assert 'SheetExists(ThisWorkbook, PROJECT_NAME & ".conf")' in config
    assert "VBComponents" not in source
    assert 'Public Const PROJECT_NAME As String = "yusuan"' in source
    names = [name for name, _ in SETTINGS]
    assert not any("INTERPRETER" in name.upper() for name in names)
    assert all(change.new in source for change in PATCHES)
    with zipfile.ZipFile(built) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
    assert 'name="yusuan.conf"' in book
    assert 'ADD_WORKBOOK_TO_PYTHONPATH</t></is></c><c r="B1" t="inlineStr"><is><t>false' in sheet


def test_one_server_serves_all_workbooks_and_a_python_that_cannot_start_is_not_waited_for() -> None:
    source = modules()[XLWINGS]
    command = source.split("Function XLPyCommand()", 1)[1].split("End Function", 1)[0]
    assert "ActiveWorkbook" not in command
    assert "ThisWorkbook" not in command
    # With conda, which the add-in does not offer, the old form stays.
    assert [line for line in command.split("\r\n") if " /K " in line and "CondaCmd" not in line] == []
    assert " /C " in command
    wrappers = modules()["YsFunctions"]
    assert "XLPy." not in wrappers
    assert wrappers.count("YsServer().CallUDF(") == len(functions())


def test_the_server_starts_without_pandas_and_a_command_still_finds_it() -> None:
    tail = next(line for line in modules()[XLWINGS].split("\r\n") if "xlwings.serve(" in line and "tail = " in line)
    code = tail.partition('-c ""')[2].partition("xlwings.serve(")[0]
    code = re.sub(r'" & LicenseKeyEnvString & "|import xlwings.utils;xlwings.utils.prepare_sys_path\(.*?\);', "", code)
    assert "import xlwings; " in code
    check = "assert not any(name.startswith('pandas.') for name in sys.modules); import pandas; pandas.Series"
    subprocess.run([sys.executable, "-c", code + check], check=True)


def test_no_code_is_taken_from_excels_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from xlwings.utils import prepare_sys_path

    source = modules()[XLWINGS]
    assert source.count(" -B -P -c ") == 2
    assert " -B -c " not in source
    assert source.count("PYTHONPATH = YsSearchPath()") == 2
    match = re.search(r'YsSearchPath = "(false;+)"', modules()["YsGuard"])
    assert match is not None
    monkeypatch.setattr(sys, "path", ["kept"])
    prepare_sys_path(match[1])  # type: ignore[no-untyped-call]
    assert sys.path == ["kept"]
    prepare_sys_path(f"{match[1]};/own")  # type: ignore[no-untyped-call]
    assert sys.path == ["/own", "kept"]


def test_boxes_are_shown_by_vba_and_a_failure_to_start_is_told_in_chinese() -> None:
    guard = modules()["YsGuard"]
    assert "MsgBox" not in guard
    assert "WScript.Popup" not in modules()[XLWINGS]
    assert "On Error GoTo Failed" in guard.split("Public Sub YsClick(", 1)[1].split("End Sub", 1)[0]
    assert "EnableCancelKey" in guard


#: Names of icons of Excel's own list of controls, as far as the ribbon uses them.
_ICONS = {
    "CalculateNow", "ClearFormats", "Consolidate", "DataValidation", "FileCreateDocumentWorkspace", "FileMarkAsFinal",
    "FileNew", "FileOpen", "FileProperties", "FileSaveAsPdfOrXps", "FindDialogExcel", "FormatAsTableGallery",
    "GetExternalDataExistingConnections", "GetExternalDataFromText", "Help", "ReviewNextComment",
    "ReviewShowAllComments", "Spelling",
    "TracePrecedents", "Undo",
}  # fmt: skip


def test_every_icon_is_one_that_excel_has() -> None:
    assert {button.image for button in ribbon().buttons.values()} <= _ICONS


def test_a_virus_scanner_minds_nothing_that_xlwings_does_not_bring_itself(built: Path, tmp_path: Path) -> None:
    import xlwings

    own = Path(xlwings.__file__).parent / "xlwings_custom_addin.bas"
    theirs = _minded(own.read_text(encoding="ascii"))
    ours = _minded("\n".join(modules().values()))
    assert ours - theirs <= _OF_A_NAME
    assert not ours & {"Auto_Open", "Workbook_Open", "VBProject", "VBComponents"}


def _minded(source: str) -> set[str]:
    parser = _parser("text.bas", source.encode("ascii"))
    return {keyword for kind, keyword, _ in parser.analyze_macros() if kind in ("AutoExec", "Suspicious")}


@pytest.mark.validator
def test_the_open_xml_validator_finds_nothing(built: Path) -> None:
    assert validator_errors(built) == []


def test_every_function_has_its_wrapper_and_its_help(built: Path) -> None:
    import addin.functions

    source = modules()["YsFunctions"]
    with zipfile.ZipFile(built) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    for function in functions().values():
        assert callable(getattr(addin.functions, function.name))
        assert f"Public Function {function.name}(" in source
        assert f'"addin.functions", "{function.name}", ' in source
        assert function.help in sheet
        assert all(argument.help.replace("&", "&amp;") in sheet for argument in function.arguments)


def test_the_package_is_complete(built: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(built.read_bytes())) as archive:
        assert archive.testzip() is None
        types = archive.read("[Content_Types].xml").decode()
        names = archive.namelist()
    assert "ms-excel.addin.macroEnabled.main+xml" in types
    assert {"xl/vbaProject.bin", "customUI/customUI.xml", "xl/workbook.xml"} <= set(names)
    assert all(info == (2024, 1, 1, 0, 0, 0) for info in {i.date_time for i in zipfile.ZipFile(built).infolist()})
