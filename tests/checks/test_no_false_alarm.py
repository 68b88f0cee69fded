"""Right workbooks, their ledgers odd as life is, raise nothing of grade 强制: every step is run on each.

Their texts too, which the program writes and reads back: of one year and two, of every source, with money left over.

`YUSUAN_EVIDENCE=1` tries ten thousand; without it two hundred, the same on every run.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest

from addin.verbs.commands import input_blocks
from addin.xlsx.files import Workbook
from tests.support.evidence import EVIDENCE
from udfs.base.cells import Block, with_blocks
from udfs.base.findings import FORCED
from udfs.pipeline import Pipeline
from udfs.tables import Reading
from workbook_templates.reading.edition import load_edition

COUNT = 10_000 if EVIDENCE else 200
PARTS = 10
SOURCES = ("一般公共预算", "一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
CODES = load_edition().codes
KINDS = ("行政", "参公事业", "事业")
STAFF = tuple(c for c in CODES.by_name["departmental"] if len(c) == 5 and c[:3] in ("301", "303"))
RUNNING = tuple(c for c in CODES.by_name["departmental"] if len(c) == 5 and c[:3] in ("302", "310"))
CLASSES = ("201", "204", "205", "206", "207", "208", "210", "211", "212", "213", "214", "216", "221", "224", "229")
FUNCTIONS = tuple(c for c in CODES.by_name["functional"] if len(c) == 7 and c[:3] in CLASSES)
GOVERNMENTAL = {(item, kind): other for item, kind, other in sorted(CODES.pairing)}
NAMES = (
    "设备更新（一期）",
    "“三送一强”服务",
    "ＬＥＤ屏维护",
    "2023年《办法》修订",
    "展会经费",
    "A&B<合作>项目",
    "—",
    "十四五规划编制",
)
UNITS = ("某市商务局（本级）", "某市会展中心", "某市“放心消费”办公室", "某市执法队（一大队）", "某市ＩＴ中心")


@cache
def _template() -> Workbook:
    return Workbook(load_edition().template)


def _fen(draw: random.Random) -> int:
    """An amount: often one that rounds to nothing, or lies on half a last place, or is large."""
    kind = draw.randrange(6)
    if kind == 0:
        return draw.choice((1, 49, 4_999, 5_000, 5_001, 9_999))
    if kind == 1:
        return draw.randrange(1, 2_000) * 10_000 + 5_000
    return draw.randrange(1, 10 ** draw.randrange(5, 11))


#: Revenue codes, which fund and state-capital money needs.
REVENUE = {
    "政府性基金预算": ("1030148", "国有土地使用权出让收入"),
    "国有资本经营预算": ("1030601", "利润收入"),
}
LAST_YEAR = ("total_income", "total_spending", "general_current", "abroad", "reception", "vehicle_purchase",
             "vehicle_running", "running")  # fmt: skip
REASONS = ("income", "spending", "general", "abroad", "reception", "vehicle_purchase", "vehicle_running", "running")


def _received(draw: random.Random, rows: list[list[Any]]) -> list[list[Any]]:
    """Income of some sources and years, beyond what is spent of some: what is left at the year's end."""
    if draw.random() < 0.5:
        return []
    spent: dict[tuple[str, str], int] = {}
    for row in rows:
        spent[row[0], row[1]] = spent.get((row[0], row[1]), 0) + round(row[12] * 100)
    chosen = [key for key in spent if spent[key] >= 0 and draw.random() < 0.6]
    return [
        [source, *REVENUE.get(source, (None, None)), year,
         (spent[source, year] + draw.choice((0, 0, 1, 4_999, draw.randrange(10**8)))) / 100]
        for source, year in chosen
    ]  # fmt: skip


def _compared(draw: random.Random) -> dict[str, str]:
    """Last year's figures, some of them nothing, and reasons for what has changed."""
    if draw.random() < 0.3:
        return {"not_comparable": "是"}
    last = {key: draw.choice(("0", f"{draw.randrange(10**8) / 100:.2f}")) for key in LAST_YEAR}
    said = draw.choice(("压减项目支出", "主要原因是：职责调整。", "人员增加，相应增加经费", ""))
    return {**last, **({f"reason_{key}": said for key in REASONS} if said else {})}


def _reading(seed: int) -> Reading:
    draw = random.Random(seed)
    edition = load_edition()
    several = draw.random() < 0.4
    units = [(f"0380{n:02d}", name, draw.choice(KINDS)) for n, name in enumerate(UNITS, 1)]
    units = units[: draw.randrange(2, len(units) + 1)] if several else units[:1]
    rows: list[list[Any]] = []
    for _ in range(draw.randrange(1, 40)):
        code, name, kind = draw.choice(units)
        source, year = draw.choice(SOURCES), draw.choice(("本年", "本年", "本年", "上年结转"))
        basic, staff = draw.random() < 0.6, draw.random() < 0.5
        item = draw.choice(STAFF if basic and staff else RUNNING)
        pairing = CODES.unit_kinds[kind].pairing
        other = GOVERNMENTAL.get((item, pairing)) or GOVERNMENTAL.get((item, "*")) or "50999"
        project = "" if basic else draw.choice(NAMES)
        function = draw.choice(FUNCTIONS)
        fen = _fen(draw)
        back = draw.random() < 0.08
        whose = (code, name) if several else (None, None)
        rows.append(
            [
                *(source, year, function, CODES.by_name["functional"][function]),
                *("基本支出" if basic else "项目支出", ("人员经费" if staff else "公用经费") if basic else None),
                *(project or None, None if basic else "其他运转类" if len(project) % 2 else "特定目标类"),
                *(item, CODES.by_name["departmental"][item], other, CODES.by_name["governmental"].get(other)),
                *(fen / 100, *whose, None),
            ]
        )
        if back:
            rows.append([*rows[-1][:12], -int(fen * draw.random()) / 100, *whose, "上年多付，本年冲回"])
    values = {
        "unit_name": units[0][1],
        "unit_code": units[0][0],
        "year": "2024",
        "level": draw.choice(("省级", "市级")),
        "document": "部门" if several else "单位",
        "unit_kind": units[0][2],
        "balance": "否",
        "superior_name": "某市商务局",
        "superior_code": "038",
        "subordinate_count": str(len(units)),
        **_compared(draw),
    }
    blocks = input_blocks(edition, values, [list(unit) for unit in units] if several else [])
    blocks.append(Block(edition.spending.sheet, 2, 1, rows))
    received = _received(draw, rows)
    if received:
        blocks.append(Block(edition.income.sheet, 2, 1, received))
    book = _template()
    return Reading(edition, with_blocks(book.grids, blocks), book.names, book.facts)


@pytest.mark.parametrize("part", range(PARTS))
def test_right_workbooks_raise_nothing_that_must_be_mended(part: int) -> None:
    for seed in range(part, COUNT, PARTS):
        *_, report = Pipeline(_reading(seed)).generate()
        forced = [f"{f.rule} {f.place} {f.message}" for f in report.findings if f.grade == FORCED]
        assert forced == [], (seed, forced[:3])
