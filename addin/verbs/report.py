"""`report`: the whole disclosure of a workbook as a Word document or as PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from addin.document import FONT_NAMES, Office, Writer, draw_pie, find_font, find_office
from addin.verbs.commands import Result
from addin.verbs.computing import Book, reading_of
from addin.xlsx import Workbook, fault, new_file, refuse_same_file
from udfs.base import InputProblems, Problem, squeezed
from udfs.disclosure import read_disclosure
from udfs.disclosure_parts import Chart, Disclosure

#: Told what is being done; a clerk who waits sees it on her screen.
Progress = Callable[[str], None]
_KINDS = (".docx", ".pdf")


def report_workbook(source: Path, out: Path, say: Progress) -> Result:
    """The disclosure of a finished workbook, in the kind that the name of `out` says."""
    return report_files(source, [out], say)


def report_files(source: Path, outs: Sequence[Path], say: Progress) -> Result:
    """The same for several files at once, laid out once. Nothing is written unless all can be."""
    for out in outs:
        refuse_same_file(source, out)
    return report_book(lambda: Workbook(source), outs, say)


def report_book(read: Callable[[], Book], outs: Sequence[Path], say: Progress) -> Result:
    """The same of a workbook that `read` gives, from a file or open in Excel."""
    for out in outs:
        if out.suffix.lower() not in _KINDS:
            raise fault(out, f"公开文档只能存为 {' 或 '.join(_KINDS)}，请改用这样的文件名")
    program = find_office()
    portable = any(out.suffix.lower() == ".pdf" for out in outs)
    if portable and program is None:
        raise fault(
            outs[0], "生成 PDF 需要 LibreOffice，本机没有找到；请安装 LibreOffice，或先输出 .docx 再用 Word 另存为 PDF"
        )
    say("读取工作簿")
    disclosure = read_disclosure(reading_of(read()))
    notes = list(disclosure.notes)
    picture = _picture(disclosure, notes)
    say("编排文档")
    first = io.BytesIO()
    entries = Writer(disclosure, picture).save(first)
    with TemporaryDirectory(prefix="yusuan-") as name:
        folder = Path(name).resolve()
        document, printed = folder / "document.docx", folder / "document.pdf"
        document.write_bytes(first.getvalue())
        if program is not None:
            office = Office(program, folder)
            say("计算目录页码（LibreOffice）")
            pages = _pages(office, document, [text for _, text, _ in entries])
            Writer(disclosure, picture, pages).save(document)
            if portable:
                say("输出 PDF（LibreOffice）")
                office.export(document, printed)
        else:
            notes.append("本机没有 LibreOffice，目录暂无页码；用 Word 打开后，在目录上按 F9 即可更新")
        for out in outs:
            with new_file(out) as temporary:
                temporary.write_bytes((printed if out.suffix.lower() == ".pdf" else document).read_bytes())
    return Result(outs[0], notes)


def _pages(office: Office, document: Path, headings: Sequence[str]) -> list[str]:
    """The page of every heading, in order."""
    found = office.pages(document)
    if [squeezed(text) for text, _ in found] != [squeezed(text) for text in headings]:
        message = "LibreOffice 排出的目录与各节标题不一致，无法确定页码；请检查情况说明的标题和各表标题是否有特殊符号"
        raise InputProblems([Problem("", message)])
    return [page for _, page in found]


def _picture(disclosure: Disclosure, notes: list[str]) -> bytes | None:
    """The chart; None where there is none, or where no typeface is there to write its labels with."""
    charts = [element for part in disclosure.parts for element in part.elements if isinstance(element, Chart)]
    if not charts:
        return None
    font = find_font()
    if font is None:
        notes.append(
            f"本机没有中文字体（{FONT_NAMES}等），无法绘制“{charts[0].title}”，已改为列表；安装字体后可重新生成"
        )
        return None
    return draw_pie(charts[0].items, font)
