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
#: Seconds more for each document.
_MORE = 60
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
#: beside the target, because a message box would wait for ever behind the scenes; the next document has its turn.
_MODULE = """
Sub LayOutAll(sKind As String, sList As String)
    Dim oFiles As Object, oStream As Object
    Dim aPair() As String
    On Error GoTo Failed
    oFiles = createUnoService("com.sun.star.ucb.SimpleFileAccess")
    oStream = createUnoService("com.sun.star.io.TextInputStream")
    oStream.setInputStream(oFiles.openFileRead(sList))
    oStream.setEncoding("UTF-8")
    Do While Not oStream.isEOF()
        aPair = Split(oStream.readLine(), Chr(9))
        If UBound(aPair) = 1 Then LayOut(sKind, aPair(0), aPair(1))
    Loop
    oStream.closeInput()
Failed:
    StarDesktop.terminate()
End Sub

Sub LayOut(sKind As String, sSource As String, sTarget As String)
    Dim oDoc As Object
    Dim aLoad(0) As New com.sun.star.beans.PropertyValue
    On Error GoTo Failed
    aLoad(0).Name = "Hidden"
    aLoad(0).Value = True
    oDoc = StarDesktop.loadComponentFromURL(sSource, "_blank", 0, aLoad())
    If sKind = "contents" Then Contents(oDoc, sTarget)
    If sKind = "portable" Then Portable(oDoc, sTarget)
    oDoc.close(True)
    Exit Sub
Failed:
    WriteText(sTarget & ".error", Error$)
End Sub

Sub Contents(oDoc As Object, sTarget As String)
    If oDoc.DocumentIndexes.Count > 0 Then
        oDoc.DocumentIndexes.getByIndex(0).update()
        WriteText(sTarget, oDoc.DocumentIndexes.getByIndex(0).Anchor.String)
    End If
End Sub

Sub Portable(oDoc As Object, sTarget As String)
    Dim aFilter(2) As New com.sun.star.beans.PropertyValue
    Dim aStore(1) As New com.sun.star.beans.PropertyValue
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
End Sub

Sub WriteText(sTarget As String, sText As String)
    Dim oFiles As Object, oStream As Object
    oFiles = createUnoService("com.sun.star.ucb.SimpleFileAccess")
    oStream = createUnoService("com.sun.star.io.TextOutputStream")
    oStream.setOutputStream(oFiles.openFileWrite(sTarget))
    oStream.setEncoding("UTF-8")
    oStream.writeString(sText)
    oStream.closeOutput()
End Sub
"""

#: The entries of a document's contents, each with its page.
Entries = list[tuple[str, str]]


def entries_of(contents: str) -> Entries:
    """The entries of a contents' text: a line each, its page behind a tab."""
    lines = [line for line in re.split(r"[\r\n\v]+", contents) if line.strip()]
    return [(text.strip(), page.strip()) for text, _, page in (line.rpartition("\t") for line in lines)]


def made(target: Path) -> Path | None:
    """A file that a program was to write; None where it did not, or wrote nothing."""
    return target if target.exists() and target.stat().st_size else None


class Office(Struct, frozen=True):
    """An installed LibreOffice and the folder in which its profile and its files of one run lie.

    One start serves all documents that are handed over together.
    """

    program: str
    folder: Path

    @property
    def name(self) -> str:
        """What the clerk knows it as."""
        return "LibreOffice"

    def pages(self, documents: Sequence[Path]) -> list[Entries | None]:
        """The entries of each document's contents as LibreOffice lays it out; None where it could not."""
        results = self._run("contents", [(document, document.with_suffix(".txt")) for document in documents])
        return [None if one is None else entries_of(one.read_text(encoding="utf-8-sig")) for one in results]

    def export(self, documents: Sequence[Path]) -> list[Path | None]:
        """Each document as PDF beside it, fonts embedded, contents as they stand; None where that failed."""
        return self._run("portable", [(document, document.with_suffix(".pdf")) for document in documents])

    def _run(self, kind: str, pairs: Sequence[tuple[Path, Path]]) -> list[Path | None]:
        """What came out of each pair of source and target."""
        profile, listed = self.folder / "profile", self.folder / "list.txt"
        _install(profile)
        for _, target in pairs:
            target.unlink(missing_ok=True)
        # No line end behind the last: Basic would take it for a part of the name.
        lines = "\n".join(f"{source.as_uri()}\t{target.as_uri()}" for source, target in pairs)
        listed.write_bytes(lines.encode("utf-8"))
        command = [
            self.program,
            "--headless",
            "--norestore",
            "--nologo",
            f"-env:UserInstallation={profile.as_uri()}",
            f'macro:///Standard.Disclosure.LayOutAll("{kind}","{listed.as_uri()}")',
        ]
        patience = PATIENCE + _MORE * len(pairs)
        try:
            subprocess.run(command, capture_output=True, timeout=patience, check=False)  # noqa: S603 - found by us
        except subprocess.TimeoutExpired:
            raise InputProblems(
                [Problem("", f"LibreOffice 排版超过{patience}秒没有完成，请关闭其他程序后重试")]
            ) from None
        except OSError as error:
            raise InputProblems([Problem("", f"LibreOffice 无法启动（{error.strerror}），请重新安装后再试")]) from None
        return [made(target) for _, target in pairs]


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
