"""`edition check` and `edition copy`: what a bureau's own staff need to keep a form from year to year."""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from addin.verbs.computing import edition_named
from addin.verbs.signed_edition import known_owners, sign_edition, signature_of
from addin.xlsx import Workbook, fault
from udfs.base import FORCED, InputProblems, Problem
from udfs.narrative import wording_faults
from workbook_templates.reading import EDITIONS_FOLDER, HEAD, Edition, mistakes, open_questions, read_edition
from workbook_templates.template import template_bytes

_NAME = re.compile(r"(20\d{2})-[a-z0-9-]+")
_TEMPLATE = "template.xlsx"


class Mistakes(Exception):
    """An edition has mistakes; told by str(), a line each."""


def lines(options: argparse.Namespace) -> Iterator[str]:
    """What `edition` does and says. Raises Mistakes where `check` finds some, InputProblems."""
    if options.action == "draft":
        from addin.verbs.draft import draft_edition

        yield from draft_edition(options.forms, options.out, options.base)
    elif options.action == "sign":
        yield sign_edition(options.folder, options.key)
    elif options.action == "copy":
        yield f"已写出：{copy_edition(options.base, options.name, options.out)}"
    else:
        folder = options.folder.resolve()
        found = check_edition(folder)
        signature, in_order = check_signature(folder, options.known)
        found += [f"签名：{signature}"] * (not in_order)
        if found:
            raise Mistakes("\n".join([f"版式目录 {folder.name}：共发现{len(found)}处问题", *found]))
        yield f"签名：{signature}"
        if asked := list(open_questions(folder)):
            yield from (f"待回答的问题{len(asked)}个：", *asked)
        yield from tried(folder, options.example, options.ledger)
        yield f"版式目录 {folder.name}：没有发现问题"


def check_edition(folder: Path) -> list[str]:
    """Every mistake of an edition's folder, a sentence each. Raises InputProblems where there is no such folder."""
    if not folder.is_dir():
        raise fault(folder, "找不到这个文件夹，请指定版式目录")
    folder = folder.resolve()
    return mistakes(folder) or _later_mistakes(folder)


def check_signature(folder: Path, known: Sequence[Path] = ()) -> tuple[str, bool]:
    """Whose signature an edition bears, and whether that is in order. `known`: keys, one of which must have signed."""
    try:
        told, by_known = signature_of(folder.resolve(), known_owners(known))
    except InputProblems as found:
        return str(found.problems[0]), False
    return told, by_known or not known


def tried(folder: Path, books: Sequence[Path], ledger: Path | None = None) -> Iterator[str]:
    """What becomes of examples in an edition: taken over, made from a ledger, checked, printed as a document.

    `ledger`: of the first example; one of our own workbooks has its own. Without one it is tried whether a ledger
    exists that the tables could come from. Raises InputProblems where an example cannot be read.
    """
    for number, book in enumerate(books):
        with tempfile.TemporaryDirectory() as temporary:
            place = Path(temporary)
            shutil.copytree(folder.resolve(), place / folder.resolve().name)  # beside its workbooks it is found
            try:
                lines = list(_tried(place / folder.resolve().name, book, None if number else ledger))
            except InputProblems as found:
                lines = list(map(str, found.problems))
            yield from (f"{book.name}：{line}" for line in lines)


def _tried(folder: Path, book: Path, ledger: Path | None) -> Iterator[str]:
    from addin.verbs.commands import narrate_workbook, new_workbook
    from addin.verbs.computing import validate_book
    from addin.verbs.import_book import import_workbook
    from addin.verbs.report import report_workbook
    from udfs.drafting import differing, not_reproduced
    from udfs.results import summary

    taken, made, told = (folder.with_name(f"{name}.xlsx") for name in ("taken", "made", "told"))
    notes = import_workbook(book, taken, str(folder)).notes
    yield from (note for note in notes if "；" in note or "没有" in note or "版式" in note)
    inspection, report = validate_book(Workbook(taken))
    yield summary(report)
    yield from (f"{f.rule} {f.sheet}!{f.cell} {f.message}" for f in report.findings if f.grade == FORCED)
    if ledger is None and book.suffix.lower() == ".xlsx" and Workbook(book).edition_stamp:
        ledger = book
    if ledger is not None:
        new_workbook(made, ledger=ledger, edition_name=str(folder), year=inspection.info.year or None)
        count, wrong = differing(
            inspection.printed, validate_book(Workbook(made))[0].printed, [s.flow for s in inspection.edition.lists]
        )
        yield f"由明细“{ledger.name}”生成各表，核对{count}个金额，{len(wrong)}栏有不符"
    else:
        count, wrong = not_reproduced(inspection.printed)
        yield f"不知道明细，核对{count}个金额能否由同一份明细得到，{len(wrong)}栏有不能得到的"
    yield from wrong
    try:
        narrate_workbook(taken, told)
        report_workbook(told, folder.with_name("told.docx"), lambda _: None)
        yield "公开文档：可以输出"
    except InputProblems as found:
        yield from (f"公开文档：{problem}" for problem in found.problems)


def _later_mistakes(folder: Path) -> list[str]:
    """What can be said once everything has been read: the wording, and the committed template."""
    edition = read_edition(folder)
    return wording_faults(edition) or _template_mistakes(edition, folder)


def _template_mistakes(edition: Edition, folder: Path) -> list[str]:
    """The committed template against what the edition gives now, part by part."""
    if not edition.template.is_file():
        return [f"缺少模板 {_TEMPLATE}，请运行 python -m workbook_templates.template.build {_called(folder)}"]
    try:
        fresh = template_bytes(edition)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        return [f"无法由版式文件生成模板（{error}），请检查 sheets.toml、inputs.toml 和 forms 中的列数、宽度和位置"]
    stale = _parts(BytesIO(fresh)) != _parts(edition.template)
    return (
        [f"模板 {_TEMPLATE} 与版式文件不一致，请运行 python -m workbook_templates.template.build {_called(folder)}"]
        if stale
        else []
    )


def _called(folder: Path) -> str:
    """An edition of the program by its name, any other by its folder."""
    return folder.name if folder.parent == EDITIONS_FOLDER else str(folder)


def _parts(path: Path | BytesIO) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        return {}


def copy_edition(base: str, name: str, out: Path | None = None) -> Path:
    """A new year of a form: one small file that rests on the base, and the template. Returns the new folder."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise InputProblems([Problem("", f"版式名“{name}”不能使用，应为四位年份加小写字母，例如 2025-province")])
    edition = edition_named(base)
    beside = EDITIONS_FOLDER if edition.shipped else edition.folder.parent
    folder = (out or beside).resolve() / name
    if base != edition.name and folder.parent != beside:
        # One that only its path leads to is found by its name beside it, wherever both are taken.
        raise fault(folder.parent, f"新版式要放在它所依据的版式“{edition.name}”旁边，请用 -o {beside}")
    if folder.exists():
        raise fault(folder, "这个版式已经存在，请换一个名称，或先移走原来的文件夹")
    head = (
        f"# The form of {edition.name} for {found[1]}. What this file and this folder lack is the base's.\n"
        f'base = "{edition.name}"\nname = "{name}"\ntitle = "{found[1]}年版式"\nversion = "{edition.version}"\n'
        f"year = {found[1]}\n"
    )
    try:
        folder.mkdir(parents=True)
        (folder / HEAD).write_text(head, encoding="utf-8", newline="\n")
        (folder / _TEMPLATE).write_bytes(template_bytes(read_edition(folder)))
    except OSError as error:
        raise fault(folder, f"无法写入（{error.strerror}），请用 -o 指定可以写入的文件夹") from None
    return folder
