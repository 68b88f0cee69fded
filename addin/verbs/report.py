"""`report`: the whole disclosure of a workbook, or of each in a folder, as a Word document or as PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from msgspec import Struct

from addin.document import FONT_NAMES, Office, Word, Writer, draw_pie, find_font, find_office, find_word
from addin.verbs.commands import Result
from addin.verbs.computing import Book, reading_of
from addin.xlsx import Workbook, fault, put_file, refuse_same_file
from udfs.base import InputProblems, Problem, squeezed
from udfs.disclosure import read_disclosure
from udfs.disclosure_parts import Chart, Disclosure

#: Told what is being done; a clerk who waits sees it on her screen.
Progress = Callable[[str], None]
_KINDS = (".docx", ".pdf")
#: So many documents of a folder are laid out by one start of LibreOffice.
_TOGETHER = 20
_NOT_LAID_OUT = {
    "Word": "Word 没有完成排版，请关闭 Word 的提示窗口后重试，或先导出 .docx 再用 Word 另存为 PDF",
    "LibreOffice": "LibreOffice 没有完成排版，请确认已安装其 Writer 组件（libreoffice-writer）后重试",
}
_OTHER_HEADINGS = "{name} 排出的目录与各节标题不一致，无法确定页码；请检查情况说明的标题和各表标题是否有特殊符号"
T = TypeVar("T")


def report_workbook(source: Path, out: Path, say: Progress, *, fast: bool = False) -> Result:
    """The disclosure of a finished workbook, in the kind that the name of `out` says.

    `fast`: the contents have no page numbers yet; Word puts them in when it opens the document.
    """
    return report_files(source, [out], say, fast=fast)


def report_files(source: Path, outs: Sequence[Path], say: Progress, *, fast: bool = False) -> Result:
    """The same for several files at once, laid out once. Nothing is written unless all can be."""
    for out in outs:
        refuse_same_file(source, out)
    return report_book(lambda: Workbook(source), outs, say, fast=fast)


def report_book(read: Callable[[], Book], outs: Sequence[Path], say: Progress, *, fast: bool = False) -> Result:
    """The same of a workbook that `read` gives, from a file or open in Excel."""
    for out in outs:
        if out.suffix.lower() not in _KINDS:
            raise fault(out, f"公开文档只能存为 {' 或 '.join(_KINDS)}，请改用这样的文件名")
    portable = any(_is_portable(out) for out in outs)
    with TemporaryDirectory(prefix="yusuan-") as name:
        folder = Path(name).resolve()
        program = _program(outs[0], folder, portable=portable, fast=fast)
        job = _begun(read, outs, folder / "document.docx", say)
        _laid_out([job], program, say, fast=fast)
        return _finished(job)


def report_folder(
    source: Path, out: Path, say: Progress, *, portable: bool = False, fast: bool = False
) -> tuple[list[Result], list[str]]:
    """The disclosure of every workbook in a folder, into another one under the workbooks' names.

    `portable`: as PDF. What could not be made keeps no other from being made: it is among the problems, with its file.
    """
    books = sorted(path for path in source.glob("*.xlsx") if not path.name.startswith("~$"))
    if not books:
        raise fault(source, "文件夹里没有工作簿（.xlsx），请指定放有各单位工作簿的文件夹")
    if out.suffix.lower() in _KINDS or out.is_file():
        raise fault(out, "输出多份公开文档时，请指定一个文件夹")
    results: list[Result] = []
    problems: list[str] = []

    def attempt(book: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except InputProblems as found:
            problems.extend(str(p) if p.sheet == book else f"“{book}”：{p}" for p in found.problems)
            return None

    for start in range(0, len(books), _TOGETHER):
        with TemporaryDirectory(prefix="yusuan-") as name:
            folder = Path(name).resolve()
            program = _program(out, folder, portable=portable, fast=fast)
            jobs: dict[str, _Job] = {}
            for number, book in enumerate(books[start : start + _TOGETHER], start + 1):
                say(f"编排{book.name}（{number}/{len(books)}）")
                target = out / f"{book.stem}{'.pdf' if portable else '.docx'}"
                begin = partial(_begun, partial(Workbook, book), [target], folder / f"{number}.docx", _quiet)
                if (job := attempt(book.name, begin)) is not None:
                    jobs[book.name] = job
            if jobs:
                _laid_out(list(jobs.values()), program, say, fast=fast)
            for file, job in jobs.items():
                if (result := attempt(file, partial(_finished, job))) is not None:
                    results.append(result)
    return results, problems


class _Job(Struct):
    """A document on its way: what it is made of, where it lies, where it goes, and why it cannot be made."""

    disclosure: Disclosure
    picture: bytes | None
    headings: list[str]
    document: Path
    outs: Sequence[Path]
    notes: list[str]
    failed: str = ""

    @property
    def portable(self) -> bool:
        """Whether it is wanted as PDF, too."""
        return any(map(_is_portable, self.outs))


def _is_portable(out: Path) -> bool:
    return out.suffix.lower() == ".pdf"


def _quiet(_: str) -> None:
    """Nobody waits for a single document of many."""


def _program(out: Path, folder: Path, *, portable: bool, fast: bool) -> Word | Office | None:
    """What lays documents out: this machine's Word, which readers will see them in, else LibreOffice.

    None where neither is needed, or there.
    """
    if fast and not portable:
        return None
    if word := find_word():
        return word
    if office := find_office():
        return Office(office, folder)
    if portable:
        message = "生成 PDF 需要 Word 或 LibreOffice，本机没有找到；请先输出 .docx，在装有 Word 的电脑上另存为 PDF"
        raise fault(out, message)
    return None


def _begun(read: Callable[[], Book], outs: Sequence[Path], document: Path, say: Progress) -> _Job:
    """The document without page numbers."""
    say("读取工作簿")
    disclosure = read_disclosure(reading_of(read()))
    notes = list(disclosure.notes)
    picture = _picture(disclosure, notes)
    say("编排文档")
    entries = Writer(disclosure, picture).save(document)
    return _Job(disclosure, picture, [text for _, text, _ in entries], document, outs, notes)


def _laid_out(jobs: Sequence[_Job], program: Word | Office | None, say: Progress, *, fast: bool) -> None:
    """Page numbers into the contents, and PDF where it is wanted; a job that fails says why."""
    if program is None:
        why = "按要求未计算目录页码" if fast else "本机没有 Word 或 LibreOffice，目录暂无页码"
        for job in jobs:
            job.notes.append(f"{why}；用 Word 打开后，在目录上按 F9 即可更新")
        return
    say(f"计算目录页码（{program.name}）")
    for job, found in zip(jobs, program.pages([job.document for job in jobs]), strict=True):
        if found is None:
            job.failed = _NOT_LAID_OUT[program.name]
        elif [squeezed(text) for text, _ in found] != [squeezed(text) for text in job.headings]:
            job.failed = _OTHER_HEADINGS.format(name=program.name)
        else:
            Writer(job.disclosure, job.picture, [page for _, page in found]).save(job.document)
    wanted = [job for job in jobs if job.portable and not job.failed]
    if wanted:
        say(f"输出 PDF（{program.name}）")
        for job, printed in zip(wanted, program.export([job.document for job in wanted]), strict=True):
            job.failed = "" if printed else _NOT_LAID_OUT[program.name]


def _finished(job: _Job) -> Result:
    """The document under its names. Raises InputProblems where it could not be made."""
    if job.failed:
        raise InputProblems([Problem("", job.failed)])
    for out in job.outs:
        made = job.document.with_suffix(out.suffix.lower())
        put_file(out, made.read_bytes())
    return Result(job.outs[0], job.notes)


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
