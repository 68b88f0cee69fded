"""`receive` (收表汇总): every workbook in a folder examined, the department's workbook from those that are taken."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from addin.upward.cache import Cache
from addin.upward.incoming import Opener, Source, find_sources
from addin.upward.ledger_sheet import check_ledger, ledger_sheet, write_ledger
from addin.upward.progress import Progress
from addin.upward.receipt_sheets import behind_totals, finding_list, overview, receipt_list
from addin.upward.returns import write_returns
from addin.upward.verify import known_keys
from addin.upward.workers import Task, workers
from addin.verbs.commands import input_blocks
from addin.verbs.computing import edition_named, editions_in
from addin.verbs.signed_edition import known_owners, own_editions, signature_of
from addin.xlsx import Workbook, add_sheet, fault, new_file, read_grid, without_sheets
from udfs.base import Block, Formula, InputProblems, plain, squeezed, to_decimal, with_blocks
from udfs.pipeline import Pipeline
from udfs.tables import Reading
from udfs.upward import (
    MISSING,
    Body,
    Department,
    Expected,
    Member,
    Receipt,
    Received,
    Summary,
    body_of,
    consolidate,
    receipt,
    refusal,
    sealed_when,
    summary_of,
)
from udfs.validate import Report
from workbook_templates.reading import Edition

#: Told how many files there are, and one of them as soon as it is known.
Each = Callable[[int, Received], None]
#: Name, in the folder itself, of the list of units that have to send a workbook.
EXPECTED_LIST = "应报单位"
#: What the folder of answers is called, after the name of what it belongs to.
CACHE = ".收表缓存"
#: What is said where the program was renewed since the folder was last received.
OUTDATED = "收表缓存是本程序另一版本留下的，已清除，全部文件重新检查。"
#: A formula may have no more characters.
_LONGEST_FORMULA = 8_192
#: Rows of 勾稽关系: the template is laid out for no more.
_MOST_RELATIONS = 20_000


class Gathered(Struct, frozen=True):
    """What `receive` gave: where the workbook lies, the receipt list, and the check of the sum (None without one)."""

    path: Path
    receipt: Receipt
    department: Department | None
    report: Report | None
    anew: int  #: workbooks that had to be examined in this run
    outdated: bool = False  #: answers of another version of the program were thrown away
    returned: tuple[Path, ...] = ()  #: the notices to units that have something to mend

    @property
    def good(self) -> bool:
        """Whether everything came, everything is taken, and the sum itself has no 强制 finding."""
        return self.receipt.good and self.report is not None and self.report.passed


def receive_folder(
    folder: Path,
    out: Path,
    *,
    scheduler: str | None = None,
    expected: Path | None = None,
    processes: int | None = None,
    check_only: bool = False,
    known: Path | None = None,
    kept: Path | None = None,
    say: Callable[[str], None] | None = None,
    each: Each | None = None,
) -> Gathered:
    """Examine every workbook in a folder, decide on each, add up what is taken, write the department's workbook.

    `known`: a folder with the public keys of units; only what they have signed is taken then.
    `check_only`: nothing is added up, the receipt list alone is written. `kept`: where answers are kept for the next
    run, beside `out` where not said. `say`: told how far it is; `each`: see `survey`.
    """
    if out.is_dir():
        raise fault(out, "输出位置是一个文件夹，请指定文件名")
    seen = survey(
        folder,
        kept or out.parent / f"{out.name}{CACHE}",
        out=out,
        expected=expected,
        known=known,
        scheduler=scheduler,
        processes=processes,
        say=say,
        each=each,
    )
    cache, anew = seen.cache, seen.anew
    decided = replace(seen.receipt, added=not check_only)
    edition = edition_named(decided.edition) if decided.edition else None
    if edition is None or check_only:
        nothing = _write_list_only(decided, out)
        return Gathered(out, decided, *nothing, anew, cache.outdated, tuple(write_returns(decided, out)))
    if say is not None:
        say("汇总")
    department = consolidate(edition, _Members(decided, cache), _own_values(edition, decided, cache))
    report = _write(edition, department, decided, out)
    return Gathered(out, decided, department, report, anew, cache.outdated, tuple(write_returns(decided, out)))


class Surveyed(Struct, frozen=True):
    """What a folder holds: the receipt list, how many workbooks had to be examined in this run, and their answers."""

    receipt: Receipt
    anew: int
    cache: Cache


def survey(
    folder: Path,
    kept: Path,
    *,
    out: Path | None = None,
    expected: Path | None = None,
    known: Path | None = None,
    scheduler: str | None = None,
    processes: int | None = None,
    say: Callable[[str], None] | None = None,
    each: Each | None = None,
) -> Surveyed:
    """Every workbook in a folder examined and decided on; nothing is written but answers, into the folder `kept`.

    `out`: a file of results, which is none of them. `each`: told the number of files, and each as it is known.
    """
    lists = [path for path in (expected, *folder.glob(f"{EXPECTED_LIST}.*")) if path]
    sources = find_sources(folder, [kept, *lists, *([out] if out else [])])
    if not sources:
        raise fault(folder, "文件夹中没有工作簿，请检查路径")
    editions_in(folder)
    wanted = read_expected(lists[0]) if lists else []
    keys = known_keys(known) if known else None
    cache = Cache(kept, folder)
    files, anew = _examine_all(sources, cache, scheduler, processes, say, each)
    past = cache.past()
    decided = receipt(files, wanted, keys, past)
    now = sealed_when(decided)
    if now.items() - past.items():
        cache.remember({**past, **{unit: max(when, past.get(unit, when)) for unit, when in now.items()}})
    lost = cache.set_aside()
    return Surveyed(replace(decided, notes=(*decided.notes, *_came_along(decided), *[lost] * bool(lost))), anew, cache)


def _came_along(decided: Receipt) -> Iterator[str]:
    """That the form by which everything was checked is one that came with the workbooks, and whose it is."""
    edition = edition_named(decided.edition) if decided.edition else None
    if edition is not None and not edition.shipped and own_editions().resolve() not in edition.folder.resolve().parents:
        told = signature_of(edition.folder, known_owners())[0]
        yield f"各表按来文文件夹中的版式“{edition.name}”核对（{told}），请确认是本部门下发的版式"


# ---- examining


def _examine_all(
    sources: Sequence[Source],
    cache: Cache,
    scheduler: str | None,
    processes: int | None,
    say: Callable[[str], None] | None,
    each: Each | None = None,
) -> tuple[list[Received], int]:
    """Every source with what was found out about it; only those whose contents are new are examined."""
    found: dict[int, tuple[str, Summary]] = {}
    keys: dict[int, str] = {}
    waiting: dict[str, list[int]] = {}
    bar = Progress(len(sources), "收表", tell=say)

    def know(number: int, key: str, summary: Summary) -> None:
        found[number] = (key, summary)
        if each is not None:
            each(len(sources), Received(sources[number].name, key, summary))

    anew = 0

    def tasks() -> Iterator[Task]:
        with Opener() as opener:
            for number, source in enumerate(sources):
                try:
                    data = opener.read(source)
                except InputProblems as problem:
                    know(number, "", summary_of(refusal(problem.problems[0].message)))
                    continue
                key = hashlib.sha256(data).hexdigest()
                keys[number] = key
                if key in waiting:
                    waiting[key].append(number)
                    continue
                waiting[key] = [number]
                entry = cache.get(key)
                if entry is not None:
                    know(number, key, summary_of(entry))
                    bar.step(len(found), worked=False)
                    continue
                yield number, source.name, data

    for number, answer in workers(scheduler, processes).answers(tasks()):
        know(number, keys[number], summary_of(answer))
        if not found[number][1].limited:
            cache.put(keys[number], answer)
        anew += 1
        bar.step(len(found), worked=True)
    bar.close()
    for key, numbers in waiting.items():
        for number in numbers[1:]:
            know(number, key, found[numbers[0]][1])
    return [Received(s.name, *found[n]) for n, s in enumerate(sources)], anew


def _body(file: Received, cache: Cache) -> Body:
    """What adding up needs of a file that is taken. Raises InputProblems where somebody has emptied the cache."""
    entry = cache.get(file.key)
    if entry is None:
        raise fault(Path(file.file), "收表缓存中没有这个文件的检查结果，可能刚被删除，请重新收表")
    return body_of(entry)


class _Members:
    """The members of the sum in order of their codes; each body is read as it is asked for, and not kept."""

    def __init__(self, decided: Receipt, cache: Cache) -> None:
        self._files = decided.taken
        self._cache = cache

    def __iter__(self) -> Iterator[Member]:
        for file in self._files:
            name = file.fact("unit_name")
            yield Member(file.fact("unit_code") or name, name, file.fact("unit_kind"), _body(file, self._cache))


def read_expected(path: Path) -> list[Expected]:
    """The list of units that have to send a workbook: columns 单位编码 and 单位名称, one of them at least."""
    grid = read_grid(path, EXPECTED_LIST)
    for number, line in enumerate(grid[:20], 1):
        texts = [squeezed(value) for value in line]
        at = {name: texts.index(name) for name in ("单位编码", "单位名称") if name in texts}
        if at:
            below = grid[number:]
            break
    else:
        raise fault(path, "找不到表头，应报单位清单应有“单位编码”和“单位名称”两列")
    result = []
    for line in below:
        values = {name: plain(line[i]) if i < len(line) else "" for name, i in at.items()}
        code, name = values.get("单位编码", ""), values.get("单位名称", "")
        if code or name:
            result.append(Expected(code, name or code))
    return result


# ---- the department's own sheet of facts


def _own_values(edition: Edition, decided: Receipt, cache: Cache) -> dict[str, str]:
    """The department's fields: who is above most units; numbers of its units added up."""
    taken = decided.taken

    def most(key: str) -> str:
        counted = Counter(f.fact(key) for f in taken if f.fact(key))
        return max(counted, key=lambda value: (counted[value], value), default="")

    values = {
        "unit_name": most("superior_name") or "（部门名称）",
        "unit_code": most("superior_code"),
        "year": decided.year,
        "level": most("level"),
        "document": "部门",
        "unit_kind": edition.codes.usual_kind,
        "superior_name": most("superior_name"),
        "superior_code": most("superior_code"),
        "subordinate_count": str(len(taken)),
        "balance": "否",
    }
    sums: dict[str, Decimal] = {}
    parts = {key: part for key, (_, part) in edition.ranges().items() if part.kind == "fields"}
    for file in taken:
        for key, fields in _body(file, cache).fields.items():
            if key in parts:
                for name, text in fields.items():
                    sums[name] = sums.get(name, Decimal(0)) + to_decimal(text)
    return {**{name: f"{total:f}" for name, total in sums.items() if name not in values}, **values}


# ---- writing


def _write(edition: Edition, department: Department, decided: Receipt, out: Path) -> Report:
    """The department's workbook: inputs, tables, checks, and the sheets of the receipt; beside its target, renamed."""
    book = Workbook(edition.template)
    content = department.content
    blocks = input_blocks(edition, content.info.values, [[u.code, u.name, u.kind] for u in content.info.units])
    sums = (content, department.tables)
    pipeline = Pipeline(Reading(edition, with_blocks(book.grids, blocks), book.names, book.facts, given=sums))
    pipeline.fill(checked=True)
    inspection, report = pipeline.check()
    pipeline.write_results(inspection, report, _MOST_RELATIONS)
    behind, jumps = behind_totals(edition, department, book.names)
    book.package.write([*blocks, *map(_within_limits, pipeline.blocks), *jumps])
    cover = next(iter(book.grids))
    for sheet in (behind, finding_list(decided), overview(decided), receipt_list(decided)):
        add_sheet(book.package, sheet, after=cover)
    ledgers = content.ledgers
    # Where some units sent tables only, the ledgers do not give the tables: they stand on a sheet of their own.
    apart = department.printed_only
    for ledger in ledgers:
        if apart and len(ledger):
            add_sheet(book.package, ledger_sheet(ledger, f"各单位{ledger.spec.sheet}"), after=ledger.spec.sheet)
        elif len(ledger):
            write_ledger(book.package, ledger)
    with new_file(out) as temporary:
        book.package.save(temporary)
        for ledger in ledgers:
            name = f"各单位{ledger.spec.sheet}" if apart else ledger.spec.sheet
            check_ledger(temporary, name, ledger, int(ledger.fen.sum()))
    return report


def _within_limits(block: Block) -> Block:
    """A formula too long for a cell gives way to its value."""
    cells = [
        [v.value if isinstance(v, Formula) and len(v.text) > _LONGEST_FORMULA else v for v in line]
        for line in block.cells
    ]
    return replace(block, cells=cells)


def _write_list_only(decided: Receipt, out: Path) -> tuple[None, None]:
    """Nothing could be or is to be added up: the lists alone."""
    package = without_sheets(Workbook(edition_named(None).template).package)
    for sheet in (receipt_list(decided), overview(decided), finding_list(decided)):
        add_sheet(package, sheet)
    with new_file(out) as temporary:
        package.save(temporary)
    return None, None


def returned_lines(done: Gathered) -> list[str]:
    """Where the notices to units lie."""
    if not done.returned:
        return []
    return [f"退回单{len(done.returned)}份，在文件夹“{done.returned[0].parent.name}”中，可发给各单位改正"]


def as_text(done: Gathered) -> str:
    """What the command line says: the sum in a line, then every file that wants attention."""
    from addin.upward.receipt_sheets import list_summary
    from udfs.results import summary

    lines = [list_summary(done.receipt), *[OUTDATED] * done.outdated]
    if done.report is not None:
        lines.append(f"汇总表校验：{summary(done.report)}")
    listed = done.receipt
    lines += [f"{file.file}：{listed.state_of(file)}。{file.remark}" for file in listed.files if file.remark]
    lines += [f"{unit.code} {unit.name}：{MISSING}。{listed.why_missing(unit)}" for unit in listed.missing]
    lines += returned_lines(done)
    return "\n".join(lines)
