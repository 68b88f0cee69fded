"""`submit` (定稿): filled, narrated, checked, cleaned, locked and sealed; refused where something is still open."""

from __future__ import annotations

import datetime
import hashlib
import itertools
from importlib import metadata
from pathlib import Path

import tomli
from msgspec import Struct

from addin.upward.left_overs import left_overs
from addin.upward.sealing import (
    OWN_SHEETS,
    SHEET,
    Verified,
    dump_of,
    information_sheet,
    lines_of,
    seal_rows,
    verify_book,
)
from addin.verbs.computing import reading_of, table_measures
from addin.verbs.signed_edition import carry
from addin.verbs.signing import Signer, signer_of
from addin.xlsx import (
    Workbook,
    add_sheet,
    clean,
    fault,
    in_a_name,
    new_file,
    remove_sheet,
    seen_otherwise,
)
from udfs.base import CODE_LEAD, Block, Grids, InputProblems, code_place, with_blocks
from udfs.checks import Inspection
from udfs.explanations import Explanations, read_explanations, still_open
from udfs.ledgers import UnitInfo
from udfs.pipeline import Pipeline
from udfs.results import summary
from udfs.tables import Reading
from udfs.upward import Seal, SealPlace, digests, packed
from udfs.validate import Report
from workbook_templates.reading import RELATIONS, Edition, holder

_HOW_TO_REPLACE = "要替换的请加 --replace，原来的文件改名后保留在同一文件夹"


class Refused(Exception):
    """定稿 is refused; carries what is still open, each as one sentence."""

    def __init__(self, open_points: list[str]) -> None:
        super().__init__("；".join(open_points))
        self.open_points = open_points


class Submitted(Struct, frozen=True):
    """The finished workbook: where it lies, its check code, what was found in the last check."""

    path: Path
    code: str
    report: Report
    notes: tuple[str, ...] = ()  #: what of the clerk's own travels with it though no table needs it


def program_version() -> str:
    """The version of this program: as installed, else as its source folder says."""
    try:
        return metadata.version("yusuan")
    except metadata.PackageNotFoundError:
        source = Path(__file__).parents[2] / "pyproject.toml"
        return str(tomli.loads(source.read_text(encoding="utf-8"))["project"]["version"]) if source.exists() else "未知"


def relations_version(edition: Edition) -> str:
    """Number and fingerprint of the edition's relations."""
    data = (holder(edition.folder, RELATIONS) / RELATIONS).read_bytes().replace(b"\r\n", b"\n")
    return f"{len(edition.relations)}条，{hashlib.sha256(data).hexdigest()[:12]}"


def submit_workbook(
    source: Path,
    folder: Path,
    key: Path | None = None,
    now: datetime.datetime | None = None,
    *,
    replace: bool = False,
) -> Submitted:
    """Finish a workbook into a folder. Raises Refused where something is open, InputProblems where it is unusable.

    `replace`: what was finished there before and holds something else makes room, and is kept beside.
    """
    now = (now or datetime.datetime.now().astimezone()).replace(microsecond=0)
    signer = signer_of(key) if key else None
    book = Workbook(source)
    reading = reading_of(book)
    info = reading.info
    title = f"{info.own.name}{info.year}年预算公开"
    clean(book.package, title, now)
    if SHEET in book.package.sheets:
        remove_sheet(book.package, SHEET)
    book = book.after([])
    pipeline = Pipeline(reading.again(book.grids, book.names, book.facts))
    *_, inspection, report = pipeline.generate()
    explanations = read_explanations(inspection.grids, inspection.names, report.findings)
    open_points = still_open(report.findings, explanations)
    if open_points:
        raise Refused(open_points)
    out = folder / finished_name(info)
    if out.exists() and out.samefile(source):
        raise fault(out, "定稿文件与输入文件是同一个文件，请指定另一个文件夹")
    notes = [f"{found}，会随定稿一并上报；不需要的请删除后重新定稿" for found in left_overs(book, reading.edition)]
    pipeline.write_results(inspection, report)
    book.package.write(pipeline.blocks)
    facts = {
        "unit_code": info.own.code,
        "unit_name": info.own.name,
        "year": info.year,
        "edition": reading.edition.stamp,
        "form": reading.edition.fingerprint,
        "program": program_version(),
        "sealed_at": now.isoformat(),
    }
    lines = lines_of(_trail(inspection, report, explanations, facts, signer.public if signer else ""))
    seal = _sealed(book, pipeline.reading, lines, facts, out, signer, replace=replace)
    return Submitted(out, seal.code, report, (*notes, *carry(reading.edition, out)))


def finished_name(info: UnitInfo) -> str:
    """What the finished workbook of a unit is called."""
    parts = (info.own.code, info.own.name, f"{info.year}年预算公开")
    return "-".join(in_a_name(text) for text in parts) + ".xlsx"


def _trail(
    inspection: Inspection, report: Report, explanations: Explanations, facts: dict[str, str], public: str
) -> list[tuple[str, str]]:
    """The audit trail as labels and values."""
    info = inspection.info
    counts = "，".join(f"{grade}{count}条" for grade, count in report.counts.items())
    ended = "，".join(f"{status}{count}" for status, count in report.checks.items())
    pairs = [
        ("单位名称", facts["unit_name"]),
        ("单位编码", facts["unit_code"]),
        ("预算年度", facts["year"]),
        ("公开口径", info.text("document")),
        ("主管部门", f"{info.text('superior_name')}（{info.text('superior_code')}）"),
        ("定稿时间", facts["sealed_at"].replace("T", " ")),
        ("签名", f"Ed25519 {public[:16]}" if public else "未使用数字签名"),
        ("程序版本", facts["program"]),
        ("版式与模板版本", f"{facts['edition']}，版式指纹 {facts['form']}"),
        ("勾稽关系", relations_version(inspection.edition)),
        ("问题", counts),
        ("关系和检查", ended),
        ("校验结论", summary(report)),
        ("审核说明", f"{len(explanations.kept)}条"),
    ]
    explained = {f.figures: f for f in report.findings}
    for number, (figures, text) in enumerate(explanations.kept.items(), 1):
        finding = explained[figures]
        pairs.append((f"说明{number}", f"{finding.rule} {finding.place} {finding.message}：{text}"))
    return pairs


def _sealed(
    book: Workbook,
    reading: Reading,
    lines: list[list[object]],
    facts: dict[str, str],
    out: Path,
    signer: Signer | None,
    *,
    replace: bool,
) -> Seal:
    """Add the sheet and the code, seal what a reader then reads, write it beside its target, verify, rename."""
    sheet, row, column = code_place(book.grids, book.package.names)
    # Once without the seal: what a reader then reads is what is sealed.
    listed = [name for name in book.grids if name not in OWN_SHEETS]
    place = SealPlace(sheet, row, column, SHEET, 3 + len(lines))
    add_sheet(book.package, information_sheet(lines, []), after=listed[-1])
    read = book.after([Block(sheet, row, column, [[f"{CODE_LEAD}00000-00000"]])])
    unseen = _seen_otherwise(read, reading.again(read.grids, read.names, read.facts))
    if unseen:
        raise Refused(unseen)
    differs = out.exists() and not _holds_the_same(out, read, place)
    if differs and not replace:
        raise Refused([f"“{out.name}”已经定稿过，内容与这次不同。{_HOW_TO_REPLACE}"])
    data = dump_of(read, place, facts)
    seal = Seal(data, *digests(data))
    if signer:
        seal = Seal(data, seal.sm3, seal.sha256, signer.public, signer.sign(bytes.fromhex(seal.sm3 + seal.sha256)))
    remove_sheet(book.package, SHEET)
    add_sheet(book.package, information_sheet(lines, seal_rows(seal, packed(seal.dump))), after=listed[-1])
    book.package.write([Block(sheet, row, column, [[CODE_LEAD + seal.code]])])
    with new_file(out) as temporary:
        book.package.save(temporary)
        _must_be_intact(verify_book(Workbook(temporary)))
        if differs:
            out.rename(_kept_as(out))
    return seal


def _holds_the_same(out: Path, read: Workbook, place: SealPlace) -> bool:
    """Whether what was finished before shows what is about to be sealed, time and code aside."""
    try:
        earlier = Workbook(out).grids
    except InputProblems:
        return False
    hidden = Block(place.code_sheet, place.code_row, place.code_column, [[None]])

    def content(grids: Grids) -> dict[str, list[list[object]]]:
        told = with_blocks(grids, [hidden]) if place.code_sheet in grids else grids
        return {name: [list(line) for line in grid] for name, grid in told.items() if name != SHEET}

    return content(earlier) == content(read.grids)


def _kept_as(out: Path) -> Path:
    """The first free name for what was finished before."""
    names = (out.with_name(f"{out.stem}-旧稿{number}{out.suffix}") for number in itertools.count(1))
    return next(name for name in names if not name.exists())


def _seen_otherwise(book: Workbook, reading: Reading) -> list[str]:
    """What on the tables lets a reader see another figure than the one that is sealed."""
    looks = seen_otherwise(book.package, book.reading, book.grids, table_measures(reading.edition))
    dated = [odd for odd in reading.printed.oddities if odd.kind == "dated"]
    told = [f"{odd.sheet}!{odd.cell}：数字的格式是日期或时间，看到的是“{odd.found}”" for odd in dated]
    return [f"{one}（必须改正：看到的数应当就是所填的数）" for one in (*map(str, looks), *told)]


def _must_be_intact(verified: Verified) -> None:
    if not verified.intact:
        raise AssertionError(f"{verified.message} {'；'.join(map(str, verified.changes[:5]))}")


def refusal_lines(refused: Refused) -> list[str]:
    """What the command line says of a refusal."""
    count = len(refused.open_points)
    return [f"不能定稿：还有{count}处没有处理，没有写出任何文件。", *refused.open_points]
