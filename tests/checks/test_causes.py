"""One cause, one finding: causes of every kind planted in right workbooks, alone and together, and counted."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from statistics import median

import pytest

from tests.support.check_cases import AMOUNT, LEDGER, Book, sample_book, without_ledger
from tests.support.evidence import EVIDENCE
from tests.support.text_cases import narrated
from udfs.base.findings import FORCED
from udfs.base.texts import squeezed
from udfs.validate import Report
from workbook_templates.reading.edition import load_edition

#: Workbooks of each kind: all of them in the evidence, a sample otherwise.
COUNT = 200 if EVIDENCE else 2
TABLES = [form.sheet for form in load_edition().forms]
#: Tables whose rows unfold by code.
TREES = ("表二", "表三", "表五")

Plant = Callable[[Book, random.Random], None]


def _amounts(book: Book, sheet: str) -> list[tuple[int, int]]:
    return [
        (row, column)
        for row, line in enumerate(book.grids[sheet], 1)
        for column, value in enumerate(line, 1)
        if row > 4 and isinstance(value, int | float) and value
    ]


def _not_made(book: Book, _: random.Random) -> None:
    for sheet in TABLES:
        for row, column in _amounts(book, sheet):
            book.grids[sheet][row - 1][column - 1] = None


def _ledger_changed(book: Book, draw: random.Random) -> None:
    row = draw.randrange(2, len(book.grids[LEDGER]) + 1)
    amount = book.grids[LEDGER][row - 1][AMOUNT - 1]
    book.put(LEDGER, row, AMOUNT, float(amount) + draw.choice((1000, 5000, 123456)))


def _ledger_row_gone(book: Book, draw: random.Random) -> None:
    book.delete_row(LEDGER, draw.randrange(2, len(book.grids[LEDGER]) + 1))


def _of_0_1_0(plant: Plant) -> Plant:
    """As if filled by a program that left no mark of what the tables were made of."""

    def change(book: Book, draw: random.Random) -> None:
        book.put("校验结果", 2, 15, None)
        plant(book, draw)

    return change


def _typed_over(book: Book, draw: random.Random) -> None:
    sheet = draw.choice([sheet for sheet in TABLES if _amounts(book, sheet)])
    row, column = draw.choice(_amounts(book, sheet))
    book.put(sheet, row, column, float(Decimal(str(book.grids[sheet][row - 1][column - 1])) + draw.choice((1, 9, -2))))


def _received(book: Book, draw: random.Random) -> None:
    without_ledger()(book)
    _typed_over(book, draw)


def _sheet_renamed(book: Book, draw: random.Random) -> None:
    sheet = draw.choice(TABLES)
    book.grids = {f"旧{name}" if name == sheet else name: grid for name, grid in book.grids.items()}


def _sheet_gone(book: Book, draw: random.Random) -> None:
    book.delete_sheet(draw.choice(TABLES))


def _column_inserted(book: Book, draw: random.Random) -> None:
    sheet = draw.choice(TREES)
    at = draw.randrange(0, 3)
    for line in book.grids[sheet]:
        line.insert(at, None)


def _row_inserted_above(book: Book, draw: random.Random) -> None:
    book.grids[draw.choice(TABLES)].insert(2, [])


def _row_inserted_within(book: Book, draw: random.Random) -> None:
    sheet = draw.choice(TREES)
    book.grids[sheet].insert(draw.randrange(6, len(book.grids[sheet]) - 1), [])


def _row_gone(book: Book, draw: random.Random) -> None:
    sheet = draw.choice(TREES)
    rows = sorted({row for row, _ in _amounts(book, sheet)})
    book.delete_row(sheet, draw.choice(rows[1:]))


def _received_row_gone(book: Book, draw: random.Random) -> None:
    without_ledger()(book)
    _row_gone(book, draw)


def _class_cut_short(book: Book, draw: random.Random) -> None:
    if draw.random() < 0.5:
        without_ledger()(book)
    sheet = draw.choice(TREES)
    rows = [row for row, line in enumerate(book.grids[sheet], 1) if line and len(str(line[0])) == 3 and row > 4]
    row = draw.choice(rows)
    book.put(sheet, row, 1, str(book.grids[sheet][row - 1][0])[draw.choice((1, 2)) :])


def _column_of_one_fault(book: Book, _: random.Random) -> None:
    for row in range(2, len(book.grids[LEDGER]) + 1):
        book.put(LEDGER, row, AMOUNT, f"{book.grids[LEDGER][row - 1][AMOUNT - 1]}元整吧")


def _procured_in_yuan(book: Book, draw: random.Random) -> None:
    row = draw.choice((39, 41))
    book.put("基础信息", row, 2, float(book.grids["基础信息"][row - 1][1]) * 10_000)


def _project_in_wan(book: Book, draw: random.Random) -> None:
    sheet = book.grids["项目信息"]
    headings = [squeezed(value).strip("*").partition("（")[0] for value in sheet[0]]
    columns = [c for c, text in enumerate(headings, 1) if text.startswith("年度") and text != "年度总体目标"]
    rows = [r for r, line in enumerate(sheet, 1) if r > 1 and line[0]]
    row = draw.choice(rows)
    for column in columns:
        if isinstance(sheet[row - 1][column - 1], int | float):
            book.put("项目信息", row, column, float(sheet[row - 1][column - 1]) / 10_000)


KINDS: dict[str, Plant] = {
    "not made": _not_made,
    "ledger changed": _ledger_changed,
    "ledger changed, no mark": _of_0_1_0(_ledger_changed),
    "ledger row gone": _ledger_row_gone,
    "ledger row gone, no mark": _of_0_1_0(_ledger_row_gone),
    "typed over": _typed_over,
    "typed over, no mark": _of_0_1_0(_typed_over),
    "received, typed over": _received,
    "sheet renamed": _sheet_renamed,
    "sheet gone": _sheet_gone,
    "column inserted": _column_inserted,
    "row inserted above": _row_inserted_above,
    "row inserted within": _row_inserted_within,
    "row gone": _row_gone,
    "received, row gone": _received_row_gone,
    "column of one fault": _column_of_one_fault,
    "a class cut short": _class_cut_short,
    "procurement in yuan": _procured_in_yuan,
    "a project in wan": _project_in_wan,
}


def _planted(*plants: Plant, seed: str) -> Report:
    book = sample_book()
    draw = random.Random(seed)
    for plant in plants:
        plant(book, draw)
    return book.report()


def _forced(report: Report) -> list[str]:
    return [f"{f.rule} {f.place} {f.message}" for f in report.findings if f.grade == FORCED]


@pytest.mark.parametrize("kind", KINDS)
def test_one_cause_is_one_finding_and_two_at_most(kind: str) -> None:
    found = [_forced(_planted(KINDS[kind], seed=f"{kind}{n}")) for n in range(COUNT)]
    assert max(map(len, found)) <= 2, max(found, key=len)
    assert median(map(len, found)) == 1, found


@pytest.mark.parametrize(
    ("pair", "rules"),
    [
        (("ledger changed", "typed over"), {"C04", "C01"}),
        (("ledger changed, no mark", "sheet renamed"), {"C04", "F01"}),
        (("typed over", "column inserted"), {"C01", "F26"}),
        (("not made", "sheet gone"), {"C04", "F01"}),
        (("typed over", "row gone", "sheet renamed"), {"C01", "C02", "F01"}),
    ],
    ids=["old and typed", "old and renamed", "typed and moved", "not made and gone", "three"],
)
def test_of_two_or_three_causes_all_come_first(pair: tuple[str, ...], rules: set[str]) -> None:
    for n in range(3):
        report = _planted(*(KINDS[kind] for kind in pair), seed=str(n))
        assert {f.rule for f in report.findings[: len(pair)]} == rules, _forced(report)


def test_two_slips_in_a_received_book_are_about_two_findings() -> None:
    found = [_forced(_planted(_received, _typed_over, seed=str(n))) for n in range(COUNT)]
    assert median(map(len, found)) <= 2, found
    assert max(map(len, found)) <= 4, max(found, key=len)


def test_text_older_than_the_tables_is_one_finding_and_what_she_wrote_are_findings_of_their_own() -> None:
    book = sample_book()
    narrated(book)
    row = next(row for row, line in enumerate(book.grids["情况说明"], 1) if "基本支出" in str(line[2]))
    book.put("情况说明", row, 3, str(book.grids["情况说明"][row - 1][2]) + "以上为初稿。")
    amount = float(book.grids[LEDGER][5][AMOUNT - 1])
    book.put(LEDGER, 6, AMOUNT, amount + 123456)
    book.fill()
    found = [f for f in book.report().findings if f.grade == FORCED]
    cells = {f.cell for f in found if f.rule != "D16"}
    assert [f.rule for f in found].count("D16") == 1
    assert cells == {f"C{row}"}, _forced(book.report())


def test_a_number_that_breaks_its_sum_is_one_finding_with_the_text_that_has_it_right() -> None:
    book = sample_book()
    narrated(book)
    row = next(row for row, line in enumerate(book.grids["基础信息"], 1) if str(line[0]).startswith("机要通信用车"))
    book.put("基础信息", row, 2, 2.0)
    assert [f.partition(" ")[0] for f in _forced(book.report())] == ["E07"]
