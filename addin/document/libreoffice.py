"""LibreOffice behind the scenes: the page of every heading of a Word document, and the document as PDF.

LibreOffice runs hidden, with a profile of its own, so that one that the clerk has open is left alone. A macro in that
profile does the work: converting by command line would leave the table of contents as it was.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from msgspec import Struct

from addin.document.docx_styles import FREE_FACES
from udfs.base import InputProblems, Problem

#: Longest time that one run may take, in seconds: a cold start of a slow machine and a department's hundred pages.
PATIENCE = 300
_LIBRARY = "http://openoffice.org/2000/library"
#: A profile counts as set up, otherwise LibreOffice lays its own empty library over ours.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Font/Substitution"><prop oor:name="Replacement" oor:op="fuse">
<value>true</value></prop></item>
{fonts}</oor:items>
"""
#: Takes the place of a font only where that is missing.
_INSTEAD = """<item oor:path="/org.openoffice.Office.Common/Font/Substitution/FontPairs">
<node oor:name="_{number}" oor:op="replace"><prop oor:name="ReplaceFont"><value>{name}</value></prop>
<prop oor:name="SubstituteFont"><value>{instead}</value></prop><prop oor:name="Always"><value>false</value></prop>
<prop oor:name="OnScreenOnly"><value>false</value></prop></node></item>
"""
#: Names begin with a small prefix: Basic has words of its own such as Property and Access. Any failure is written
#: beside the target, because a message box would wait for ever behind the scenes.
_MODULE = """
Sub Contents(sSource As String, sTarget As String)
    Dim oDoc As Object
    On Error GoTo Failed
    oDoc = OpenDocument(sSource)
    If oDoc.DocumentIndexes.Count > 0 Then
        oDoc.DocumentIndexes.getByIndex(0).update()
        WriteText(sTarget, oDoc.DocumentIndexes.getByIndex(0).Anchor.String)
    End If
    CloseAll(oDoc)
    Exit Sub
Failed:
    WriteText(sTarget & ".error", Error$)
    StarDesktop.terminate()
End Sub

Sub Portable(sSource As String, sTarget As String)
    Dim oDoc As Object
    Dim aFilter(2) As New com.sun.star.beans.PropertyValue
    Dim aStore(1) As New com.sun.star.beans.PropertyValue
    On Error GoTo Failed
    oDoc = OpenDocument(sSource)
    aFilter(0).Name = "ExportBookmarks"
    aFilter(0).Value = True
    aFilter(1).Name = "UseTaggedPDF"
    aFilter(1).Value = True
    aFilter(2).Name = "ReduceImageResolution"
    aFilter(2).Value = False
    aStore(0).Name = "FilterName"
    aStore(0).Value = "writer_pdf_Export"
    aStore(1).Name = "FilterData"
    aStore(1).Value = aFilter()
    oDoc.storeToURL(sTarget, aStore())
    CloseAll(oDoc)
    Exit Sub
Failed:
    WriteText(sTarget & ".error", Error$)
    StarDesktop.terminate()
End Sub

Function OpenDocument(sSource As String) As Object
    Dim aLoad(0) As New com.sun.star.beans.PropertyValue
    aLoad(0).Name = "Hidden"
    aLoad(0).Value = True
    OpenDocument = StarDesktop.loadComponentFromURL(sSource, "_blank", 0, aLoad())
End Function

Sub WriteText(sTarget As String, sText As String)
    Dim oFiles As Object, oStream As Object
    oFiles = createUnoService("com.sun.star.ucb.SimpleFileAccess")
    oStream = createUnoService("com.sun.star.io.TextOutputStream")
    oStream.setOutputStream(oFiles.openFileWrite(sTarget))
    oStream.setEncoding("UTF-8")
    oStream.writeString(sText)
    oStream.closeOutput()
End Sub

Sub CloseAll(oDoc As Object)
    oDoc.close(True)
    StarDesktop.terminate()
End Sub
"""


class Office(Struct, frozen=True):
    """An installed LibreOffice and the folder in which its profile and its files of one run lie."""

    program: str
    folder: Path

    def pages(self, document: Path) -> list[tuple[str, str]]:
        """The entries of the contents as LibreOffice lays the document out, each with its page."""
        result = self.folder / "contents.txt"
        self._run("Contents", document, result)
        lines = re.split(r"[\r\n]+", result.read_text(encoding="utf-8").strip("\ufeff\r\n"))
        return [(text.strip(), page.strip()) for text, _, page in (line.rpartition("\t") for line in lines)]

    def export(self, document: Path, target: Path) -> None:
        """The document as PDF, fonts embedded, contents as they stand."""
        self._run("Portable", document, target)

    def _run(self, macro: str, source: Path, target: Path) -> None:
        profile = self.folder / "profile"
        _install(profile)
        target.unlink(missing_ok=True)
        call = f'macro:///Standard.Disclosure.{macro}("{source.as_uri()}","{target.as_uri()}")'
        command = [
            self.program,
            "--headless",
            "--norestore",
            "--nologo",
            f"-env:UserInstallation={profile.as_uri()}",
            call,
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 - found by us
        except subprocess.TimeoutExpired:
            raise InputProblems(
                [Problem("", f"LibreOffice 排版超过{PATIENCE}秒没有完成，请关闭其他程序后重试")]
            ) from None
        except OSError as error:
            raise InputProblems([Problem("", f"LibreOffice 无法启动（{error.strerror}），请重新安装后再试")]) from None
        if not target.exists() or not target.stat().st_size:
            raise InputProblems(
                [Problem("", "LibreOffice 没有完成排版，请确认已安装其 Writer 组件（libreoffice-writer）后重试")]
            )


def find_office() -> str | None:
    """The LibreOffice program of this machine, None where there is none."""
    return next(_candidates(), None)


def _candidates() -> Iterator[str]:
    for name in ("soffice.com", "soffice", "libreoffice") if sys.platform == "win32" else ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            yield found
    roots: Sequence[str] = [os.environ[key] for key in ("ProgramFiles", "ProgramFiles(x86)") if key in os.environ]
    paths = [Path(root) / "LibreOffice" / "program" / "soffice.com" for root in roots]
    paths.append(Path("/Applications/LibreOffice.app/Contents/MacOS/soffice"))
    yield from (str(path) for path in paths if path.exists())


def _settings() -> str:
    pairs = enumerate(FREE_FACES.items())
    fonts = (_INSTEAD.format(number=n, name=name, instead=instead) for n, (name, instead) in pairs)
    return _SETTINGS.format(fonts="".join(fonts))


def _install(profile: Path) -> None:
    """A profile that holds the macro."""
    library = profile / "user" / "basic" / "Standard"
    if library.exists():
        return
    library.mkdir(parents=True)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    kind = '<!DOCTYPE {0} PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "{1}.dtd">\n'
    entry = f'<library:library xmlns:library="{_LIBRARY}" library:name="Standard" library:readonly="false"'
    entry += ' library:passwordprotected="false">{}</library:library>'
    element = '<library:element library:name="Disclosure"/>'
    texts = {
        profile / "user" / "registrymodifications.xcu": _settings(),
        library / "script.xlb": head + kind.format("library:library", "library") + entry.format(element),
        library / "dialog.xlb": head + kind.format("library:library", "library") + entry.format(""),
        library / "Disclosure.xba": head
        + kind.format("script:module", "module")
        + '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Disclosure"'
        + f' script:language="StarBasic">{escape(_MODULE, quote=False)}</script:module>',
    }
    for name in ("script", "dialog"):
        texts[profile / "user" / "basic" / f"{name}.xlc"] = (
            head
            + kind.format("library:libraries", "libraries")
            + f'<library:libraries xmlns:library="{_LIBRARY}" xmlns:xlink="http://www.w3.org/1999/xlink">'
            + f'<library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/{name}.xlb/"'
            + ' xlink:type="simple" library:link="false"/></library:libraries>'
        )
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
