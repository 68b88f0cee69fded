"""`edition draft`: the folder of an edition from a bureau's official form, blank or better filled in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from addin.verbs.computing import edition_named
from addin.xlsx import MAIN, Grid, Workbook, fault, read_file, read_source, sizes_of
from udfs.base import InputProblems, Problem
from udfs.drafting import Page, drafted
from workbook_templates.reading import EditionError, available_editions, read_edition
from workbook_templates.template import template_bytes

_DOCUMENTS = (".docx", ".pdf")
_WORKBOOKS = (".xlsx", ".xlsm")
#: How sure it is that the cells of a PDF, which are guessed from its lines, are those of the form.
_PDF = 0.88


def draft_edition(forms: Sequence[Path], out: Path, base: str | None = None) -> list[str]:
    """Write the folder `out`; what is to be said of it. Raises InputProblems where no form has a table."""
    if out.exists() and any(out.iterdir()):
        raise fault(out, "这个文件夹已经有内容，请另选一个文件夹")
    pages = [page for form in forms for page in _pages(form)]
    known = [edition_named(name) for name in available_editions()]
    files = drafted(pages, known, edition_named(base), out.name)
    if not files:
        names = "、".join(form.name for form in forms)
        raise InputProblems(
            [Problem(names, "没有找到任何一张表：每张表上方应有标题，以及写明“单位：万元”或“单位：元”的一行")]
        )
    _write(files, out)
    asked = sum(text.count("# 问") for text in files.values())
    tables = sum(name.startswith("forms/") for name in files)
    told = [f"已写出：{out}（{tables}张表），其中{asked}处不确定，已在文件中写成问题（# 问）"]
    try:
        (out / "template.xlsx").write_bytes(template_bytes(read_edition(out)))
    except EditionError as error:
        return [*told, "还不能建立模板，请先改正：", *error.faults]
    return [*told, f"请运行 yusuan edition check {out} 查看问题清单"]


def _pages(form: Path) -> list[Page]:
    """The sheets of a form; a Word or PDF document has a sheet a table."""
    if form.suffix.lower() in _DOCUMENTS:
        from addin.document import read_document  # its libraries load only where there is a document

        sure = _PDF if form.suffix.lower() == ".pdf" else 1.0
        grids = read_document(form, read_file(form)).grids()
        return [Page(form.name, name, grid, sure=sure) for name, grid in grids.items()]
    if form.suffix.lower() not in _WORKBOOKS:
        return [Page(form.name, name, grid) for name, grid in read_source(form).items()]
    book = Workbook(form)
    return [_page(form.name, name, grid, book) for name, grid in book.grids.items()]


def _page(file: str, name: str, grid: Grid, book: Workbook) -> Page:
    """A sheet with its merges, widths and print set-up."""
    sheet = book.reading.sheets[name]
    merges = tuple((top - 1, left - 1, bottom - 1, right - 1) for top, left, bottom, right in sheet.merges())
    widths = {column - 1: width for column, width in sizes_of(sheet)[0].items()}
    setup = sheet.frame.find(f"{{{MAIN}}}pageSetup")
    return Page(file, name, grid, merges, widths, setup is not None and setup.get("orientation") == "landscape")


def _write(files: dict[str, str], out: Path) -> None:
    """All files or none: they are written beside their folder, which is then renamed."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
        try:
            for name, text in files.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            if out.exists():
                out.rmdir()
            made.replace(out)
            out.chmod(0o755)
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            raise
    except OSError as error:
        raise fault(out, f"无法写入（{error.strerror}），请用 -o 指定可以写入的文件夹") from None
