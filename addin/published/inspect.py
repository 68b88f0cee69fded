"""`inspect`: published documents held against their own figures, their form and, where given, their workbook."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from addin.document import annotate
from addin.published.examine import task
from addin.published.sheets import CHECKLIST, write_checklist
from addin.upward.cache import Cache
from addin.upward.incoming import PUBLISHED, Opener, Source, find_sources, members_of
from addin.upward.progress import Progress
from addin.upward.workers import LocalWorkers, Task
from addin.verbs.clicks import Click, with_notes
from addin.verbs.computing import reading_of
from addin.xlsx import Workbook, fault, put_file, read_file, refuse_same_file
from udfs.base import FORCED, GRADES, HINT, NOTE, Finding, InputProblems, say, squeezed
from udfs.results import DOCUMENT

EXAMINER = "addin.published.examine"
#: Seconds of the processor for one document: some hundred pages take a minute.
SECONDS = 300.0
#: What the folder of answers is called, after the name of what it belongs to.
CACHE = ".检查缓存"
#: What an annotated copy's name ends in.
MARKED = "-检查意见"

Record = dict[str, Any]


class Inspected(Struct, frozen=True):
    """What `inspect` gave: a record a document, the files written, how many documents were examined in this run."""

    records: tuple[Record, ...]
    written: tuple[Path, ...]
    anew: int

    @property
    def good(self) -> bool:
        """Whether every document was read and none has a 强制 finding."""
        return all(r["state"] == "read" and r["passed"] for r in self.records)


def inspect_documents(
    paths: Sequence[Path],
    *,
    against: Path | None = None,
    out: Path | None = None,
    processes: int | None = None,
    kept: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Inspected:
    """Inspect files, folders and archives of published documents. Raises InputProblems where nothing can be inspected.

    `out`: for one document the annotated copy (or a folder for it), 检查表.xlsx beside it; for several one workbook.
    """
    kept_in = kept or (out.parent / f"{out.name}{CACHE}" if out is not None else None)
    sources = list(_sources(paths, [p for p in (out, kept_in) if p is not None]))
    if not sources:
        raise fault(paths[0], "没有找到公开文件（.docx、.pdf、.xlsx 或它们的压缩包），请检查路径")
    if out is not None:
        for source in sources:
            if not source.member:
                refuse_same_file(source.path, out)
    books = _books(against)
    with ExitStack() as stack:
        if len(sources) == 1 or kept_in is None:
            kept_in = Path(stack.enter_context(TemporaryDirectory(prefix="yusuan-")))
        records, anew = _examine_all(sources, books, Cache(kept_in), processes, say)
    if len(records) == 1 and records[0]["state"] != "read":
        raise fault(Path(records[0]["file"]), records[0]["message"])
    written: list[Path] = []
    if out is not None:
        written = _write(sources, records, out)
    return Inspected(tuple(records), tuple(written), anew)


def _sources(paths: Sequence[Path], without: Sequence[Path]) -> Iterator[Source]:
    for path in paths:
        if path.is_dir():
            yield from find_sources(path, without, PUBLISHED)
        elif path.suffix.lower() == ".zip" and path.exists():
            yield from members_of(path.name, path, PUBLISHED)
        else:
            read_file(path)
            message = "" if path.suffix.lower() in PUBLISHED else "不是公开文件的格式，请指定 .docx、.pdf 或 .xlsx 文件"
            yield Source(path.name, path, message=message)


# -- the workbooks


class _Book(Struct, frozen=True):
    """A workbook to hold documents against: its unit, its bytes."""

    unit: str
    stem: str
    data: bytes


def _books(against: Path | None) -> list[_Book]:
    """The workbook, or those of a folder."""
    if against is None:
        return []
    files = [against]
    if against.is_dir():
        files = [
            s.path
            for s in find_sources(against, wanted=frozenset({".xlsx", ".xlsm"}))
            if not s.message and not s.member
        ]
        if not files:
            raise fault(against, "文件夹中没有工作簿，请检查路径")
    found = []
    for path in files:
        data = read_file(path)
        try:
            book = Workbook(path, data)
            info = reading_of(book).info
        except InputProblems:
            if not against.is_dir():
                raise
            continue
        found.append(_Book(squeezed(info.own.name), path.stem, data))
    return found


def _book_for(books: Sequence[_Book], name: str, unit: str = "") -> bytes:
    """The workbook that a document belongs to: the only one, the one of its name, or the one of its unit."""
    if len(books) == 1:
        return books[0].data
    stem = squeezed(Path(name).stem)
    same = [b for b in books if b.stem == Path(name).stem or (b.unit and b.unit in stem) or (unit and b.unit == unit)]
    return same[0].data if len(same) == 1 else b""


# -- examining


def _examine_all(
    sources: Sequence[Source],
    books: Sequence[_Book],
    cache: Cache,
    processes: int | None,
    say: Callable[[str], None] | None,
) -> tuple[list[Record], int]:
    """Every source's record; only those whose contents are new are examined."""
    found: dict[int, Record] = {}
    anew = 0
    again = [*range(len(sources))]
    bar = Progress(len(sources), "检查", tell=say)
    for second in (False, True):
        keys: dict[int, str] = {}

        def tasks(wanted: Sequence[int] = tuple(again), keys: dict[int, str] = keys) -> Iterator[Task]:
            with Opener() as opener:
                for number in wanted:
                    source = sources[number]
                    unit = squeezed(found.get(number, {}).get("unit", ""))
                    try:
                        data = task(opener.read(source), _book_for(books, source.name, unit))
                    except InputProblems as problem:
                        found[number] = {"state": "refused", "message": problem.problems[0].message}
                        continue
                    keys[number] = hashlib.sha256(data).hexdigest()
                    entry = cache.get(keys[number])
                    if entry is not None:
                        found[number] = json.loads(entry)
                        bar.step(len(found), worked=False)
                        continue
                    yield number, source.name, data

        size = processes if processes or len(again) > 1 else 1
        for number, answer in LocalWorkers(size, EXAMINER, SECONDS).answers(tasks()):
            found[number] = json.loads(answer.partition(b"\n")[0])
            if not found[number].get("limited"):
                cache.put(keys[number], answer)
            anew += 1
            bar.step(len(found), worked=True)
        # Documents whose names do not tell their unit are held against its workbook once the unit is known.
        again = [n for n, r in found.items() if not second and len(books) > 1 and _is_late(books, sources[n], r)]
        if not again:
            break
    bar.close()
    return [_filled(found[n], s.name) for n, s in enumerate(sources)], anew


def _is_late(books: Sequence[_Book], source: Source, record: Record) -> bool:
    unit = squeezed(record.get("unit", ""))
    return not _book_for(books, source.name) and bool(unit and _book_for(books, source.name, unit))


def _filled(record: Record, name: str) -> Record:
    """A record with the words that every one has."""
    if record["state"] == "read":
        return {**record, "file": name, "workbook": name}  # an answer kept may be that on a file of another name
    return {
        "state": record["state"],
        "file": name,
        "workbook": name,
        "edition": "",
        "passed": False,
        "message": record["message"],
        "counts": dict.fromkeys(GRADES, 0),
        "checks": {},
        "coverage": {"cells": 0, "guarded": 0},
        "findings": [],
        "items": [],
    }


# -- writing


def _write(sources: Sequence[Source], records: Sequence[Record], out: Path) -> list[Path]:
    if len(records) > 1:
        target = out if out.suffix.lower() == ".xlsx" else out / f"{CHECKLIST}.xlsx"
        write_checklist(target, records)
        return [target]
    source, record = sources[0], records[0]
    kind = Path(source.name).suffix.lower()
    if out.suffix.lower() == ".xlsx" and kind != ".xlsx":
        sheet, copy = out, out.with_name(f"{Path(source.name).stem}{MARKED}{kind}")
    elif out.suffix.lower() == kind and kind != ".xlsx":
        sheet, copy = out.with_name(f"{CHECKLIST}.xlsx"), out
    elif out.suffix.lower() in PUBLISHED and kind != ".xlsx":
        raise fault(out, f"批注的副本与原文件同一格式，请把输出文件名改为 *{kind}，或指定一个文件夹")
    elif out.suffix.lower() == ".xlsx":
        write_checklist(out, records)
        return [out]
    else:
        sheet, copy = out / f"{CHECKLIST}.xlsx", out / f"{Path(source.name).stem}{MARKED}{kind}"
    written = []
    if kind in (".docx", ".pdf"):
        with Opener() as opener:
            data = opener.read(source)
        marked = annotate(Path(source.name), data, record["findings"])
        put_file(copy, marked)
        written.append(copy)
    write_checklist(sheet, records)
    return [*written, sheet]


# -- telling


def findings_of(record: Record) -> tuple[Finding, ...]:
    """What a document says otherwise than its workbook, or is wrong in its form, as findings of that workbook.

    What the workbook's own check finds as well is left to it.
    """
    return tuple(
        Finding(
            f["rule"],
            f["grade"],
            f["sheet"] if f["rule"] == "P20" else DOCUMENT,
            f["cell"] if f["rule"] == "P20" else "",
            say(f"{DOCUMENT}{{place}}：{{message}}", place=place_of(f), message=f["message"]),
            f["left"],
            f["right"],
            f["difference"],
        )
        for f in record["findings"]
        if f["rule"] in ("D12", "D13") or f["rule"][0] == "P"
        if f["grade"] != NOTE
    )


def place_of(found: Record) -> str:
    """Page and paragraph in words."""
    page = f"第{found['page']}页" if found["page"] else ""
    return page + (f"第{found['paragraph']}段" if found["paragraph"] else "")


def as_json(done: Inspected) -> str:
    """The records in the words that other tools rely on."""
    return json.dumps(
        [{k: v for k, v in r.items() if k != "state"} for r in done.records], ensure_ascii=False, indent=1
    )


def as_text(done: Inspected) -> str:
    """For reading: a summary a document, a line a finding with its page, then what could not be checked."""
    lines = []
    for record in done.records:
        if record["state"] != "read":
            lines.append(f"{record['file']}：未能读取。{record['message']}")
            continue
        counts = "，".join(f"{grade}{record['counts'].get(grade, 0)}条" for grade in (FORCED, HINT, NOTE))
        verdict = "没有强制问题" if record["passed"] else "有强制问题"
        known = f"版式{record['edition'].partition('/')[0]}" if record["edition"] else "版式未识别，各表没有核对"
        pages = f"，共{record['pages']}页" if record["pages"] else ""
        lines.append(f"{record['file']}：{verdict}。{counts}。{known}{pages}")
        for found in record["findings"]:
            if found["grade"] == NOTE:
                continue
            sheet = "" if found["paragraph"] or found["sheet"] == "正文" else found["sheet"]
            lines.append(f"  {found['grade']}  {found['rule']:<7}{place_of(found)}{sheet}  {found['message']}")
        lines += [f"  未核对  {text}" for text in (*record["unread"], *record["unplaced"][:5])]
        if record["unverified"]:
            pages_of = sorted({u["page"] for u in record["unverified"] if u["page"]})
            shown = f"（第{'、'.join(str(p) for p in pages_of[:12])}页）" if pages_of else ""
            lines.append(f"  未核对  文字中{len(record['unverified'])}个数字无法与各表核对{shown}，请人工核对")
    return "\n".join(lines)


def exported(click: Click, out: Path, anew: Callable[[Any, Path], list[str]]) -> str:
    """导出 Word/PDF of the workbook of a click; the file is read back at once and held against it.

    `anew`: as for `Click.copy_of`.
    """
    from addin.verbs.report import report_book

    book = click.read()
    result = report_book(lambda: book, [out], lambda what: click.screen.glimpse(f"正在{what}…"))
    click.screen.glimpse("正在核对导出的文件…")
    with click.copy_of(book, anew) as (copy, _):
        return with_notes([f"已导出：{out}", _held(out, copy)], result.notes)


def _held(document: Path, book: Path) -> str:
    try:
        found = findings_of(inspect_documents([document], against=book).records[0])
    except InputProblems as problem:
        return f"导出的文件没有核对成：{problem}"
    if not found:
        return "导出的文件已与工作簿逐表逐段核对，一致。"
    return f"导出的文件有{len(found)}处需要核对：{found[0].message}。点“核对公开文档”查看全部。"
