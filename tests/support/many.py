"""Any number of units: consistent workbooks for load, made from a few profiles; broken ones by kind."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from msgspec import Struct

from addin.verbs.commands import fill_workbook, narrate_workbook
from tests.support.books import parts_of
from tests.support.hostile import HOSTILE, packed
from tests.support.ledgers import AMOUNT, Row
from tests.support.oracle import CARRIED, FUND, THIS
from tests.support.published import LEDGER
from tests.support.sealed import Parts, delete_row, rename_sheet, set_formula, set_number, set_text, swap_sheets
from tests.support.units import Member, ReadyUnit, inputs_file, received, spent

#: What stands for the unit in a profile's workbook, and is replaced in each copy by as many characters.
CODE, NAME = "900000", "示例单位000000"


@cache
def _published() -> tuple[Row, ...]:
    with LEDGER.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


def profile_rows(seed: int) -> tuple[Row, ...]:
    """The ledger of one profile: the published unit's rows in other amounts, some left out, some money carried over."""
    random = Random(seed)
    rows: list[Row] = []
    for row in _published():
        if random.random() < 0.15:
            continue
        fen = int(Decimal(row[AMOUNT]) * 100 * Decimal(str(round(0.3 + 2 * random.random(), 4))))
        rows.append({**row, AMOUNT: f"{fen // 100}.{fen % 100:02d}", "单位编码": CODE, "单位名称": NAME, "备注": ""})
    member = Member(CODE, NAME, "行政")
    if seed % 3 == 1:
        rows.append(_spent(random, "一般公共预算", CARRIED, "2160299", "市场监测", "30201", member))
    if seed % 4 == 2:
        rows.append(_spent(random, FUND, THIS, "2120801", "园区建设", "31002", member))
    return tuple(rows)


def _spent(random: Random, source: str, year: str, function: str, use: str, item: str, member: Member) -> Row:
    fen = int(random.random() * 50_000_000) + 1
    return spent(source, year, function, use, item, f"{fen // 100}.{fen % 100:02d}", member)


class Profile(Struct, frozen=True):
    """A finished workbook's parts, and what its ledger spends, in fen."""

    parts: tuple[tuple[str, bytes], ...]
    fen: int


@cache
def profile(seed: int) -> Profile:
    """A profile's workbook, made by the program itself: inputs, tables, text."""
    rows = profile_rows(seed)
    fund = sum((Decimal(r[AMOUNT]) for r in rows if r["资金来源"] == FUND), Decimal(0))
    income = (received(FUND, "1030148", THIS, f"{fund}"),) if fund else ()
    with TemporaryDirectory() as name:
        folder = Path(name)
        unit = ReadyUnit(rows, income, (Member(CODE, NAME, "行政"),))
        inputs = inputs_file(unit, folder / "输入.xlsx")
        fill_workbook(inputs, folder / "各表.xlsx")
        narrate_workbook(folder / "各表.xlsx", folder / "说明.xlsx")
        parts = parts_of(folder / "说明.xlsx")
    fen = sum(int(Decimal(row[AMOUNT]) * 100) for row in rows)
    return Profile(tuple(parts.items()), fen)


def unit_parts(seed: int, number: int) -> Parts:
    """The parts of unit `number` with the money of a profile."""
    code, name = f"{900000 + number:06d}".encode(), f"示例单位{number:06d}".encode()
    old_code, old_name = CODE.encode(), NAME.encode()
    return {
        part: data.replace(old_name, name).replace(b">" + old_code, b">" + code) for part, data in profile(seed).parts
    }


def write_units(folder: Path, count: int, profiles: int = 8, first: int = 1) -> int:
    """So many consistent units' workbooks in a folder; what they spend together, in fen."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(first, first + count):
        seed = number % profiles
        (folder / f"{900000 + number}.xlsx").write_bytes(packed(unit_parts(seed, number), 1))
        total += profile(seed).fen
    return total


def archive_of(folder: Path, out: Path) -> Path:
    """The workbooks of a folder in a zip file whose names are written as Windows in Chinese writes them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.writestr(f"U{path.name}", path.read_bytes())
    out.write_bytes(buffer.getvalue())
    return out


#: Workbooks that can be read and have something wrong, by kind.
BROKEN: dict[str, Callable[[Parts], None]] = {
    "表内不符": set_number("表三", "C5", lambda v: v + 1),
    "名称不符": set_text("预算明细", "D2", lambda _: "另一个名称"),
    "支出类别有误": set_text("预算明细", "E2", lambda _: "基本支岀"),
}


def broken_units(folder: Path, first: int) -> Iterator[tuple[str, Path]]:
    """One unit of each kind of fault, and one file of each hostile kind."""
    folder.mkdir(parents=True, exist_ok=True)
    number = first
    for kind, change in BROKEN.items():
        parts = unit_parts(0, number)
        change(parts)
        path = folder / f"{900000 + number}-{kind}.xlsx"
        path.write_bytes(packed(parts))
        number += 1
        yield kind, path
    parts = unit_parts(0, number)
    for kind, (make, _) in HOSTILE.items():
        path = folder / f"坏-{kind}.xlsx"
        path.write_bytes(make(parts))
        yield kind, path


def _another_year(parts: Parts) -> None:
    set_number("基础信息", "B8", lambda _: 2023)(parts)


def _in_book(old: bytes, new: bytes) -> Callable[[Parts], None]:
    def edit(parts: Parts) -> None:
        assert old in parts["xl/workbook.xml"]
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(old, new)

    return edit


#: What is done to a finished workbook.
TAMPERED: dict[str, Callable[[Parts], None]] = {
    "改一个数": set_number("表三", "C5", lambda v: v + 1),
    "改一分": set_number("表二", "C8", lambda v: v + 0.01),
    "改文字": set_text("情况说明", "C4", lambda text: f"{text}另有专项。"),
    "改封印": set_text("定稿信息", "B20", lambda _: "0" * 64),
    "改校验码": set_text("封面", "A5", lambda _: "校验码：AAAAA-AAAAA"),
    "换表": swap_sheets("表三", "表五"),
    "改表名": rename_sheet("表三", "表3"),
    "删行": delete_row("表四", 9),
    "改为公式": set_formula("表三", "C8", "1+1"),
    "改明细": set_number("预算明细", "M3", lambda v: v + 100),
}
#: What is done to a workbook without a seal, and whether its ledger is still added up.
ODD: dict[str, tuple[Callable[[Parts], None], bool]] = {
    "表内不符": (BROKEN["表内不符"], True),
    "支出类别有误": (BROKEN["支出类别有误"], False),
    "去年": (_another_year, False),
    "换表": (swap_sheets("表三", "表五"), True),
    "改表名": (rename_sheet("表三", "表3"), True),
    "删行": (delete_row("表四", 9), True),
    "改表二": (set_number("表二", "C8", lambda v: v * 10_000), True),
    "金额是文字": (set_text("预算明细", "M3", lambda _: "七百元"), False),
    "没有版式": (_in_book(b"YS_EDITION", b"YS_X"), False),
    "别的版式": (_in_book(b"2024-shanxi", b"2024-nowhere"), False),
}


__all__ = ["archive_of", "broken_units", "profile", "write_units"]
