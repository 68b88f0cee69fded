"""Ten units of other forms on the way up, each with a ledger of its own, some of them bad: the sum is exact."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

import pytest
from msgspec import Struct
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from tests.support import national, twelve
from tests.support.books import read_sheet
from tests.support.command import run_command
from tests.support.evidence import LONG
from tests.support.national import rows_of
from tests.support.received import lines_of, states
from tests.support.sealed import set_cells, set_number, tampered
from workbook_templates.reading import files

OWN = "2020-own"
BAD = 7


class Form(Struct, frozen=True):
    """A form. `make`: a unit's book from its ledger's lines; `sheet`: its table by item of function, `column` what it
    spends; `counts`: whether that table counts a line of the ledger."""

    make: Callable[[Path, Sequence[str], str], Path]
    ledger: Sequence[str]
    sheet: str
    column: int
    counts: Callable[[str], bool] = bool


def _national(folder: Path, rows: Sequence[str], unit: str) -> Path:
    return national.filled_book(folder, unit, [national.LEDGER[0], *rows])


def _twelve(folder: Path, rows: Sequence[str], unit: str) -> Path:
    return twelve.filled_book(folder, "2019", rows, unit=unit)


def _own(folder: Path, rows: Sequence[str], unit: str) -> Path:
    return twelve.filled_book(folder, "2019", rows, folder.parent / "版式" / OWN, unit)


def _general(row: str) -> bool:
    return row.startswith(("一般公共预算,", "专项收入,"))


NINE = Form(_national, national.LEDGER[1:], "表三", 2)
TWELVE = Form(_twelve, twelve.LEDGER, "表七", 2, _general)
BESIDE = Form(_own, twelve.LEDGER, "表七", 2, _general)


def _of_a_unit(rows: Sequence[str], random: Random) -> list[str]:
    """Other amounts, to the fen, and not every row."""
    kept = [rows[0], *(row for row in rows[1:] if random.random() < 0.8)]
    told = [row.rpartition(",") for row in kept]
    return [f"{head},{Decimal(amount) * random.randint(3000, 30000) / 10000:.2f}" for head, _, amount in told]


def _sent(form: Form, own: Path, number: int, rows: Sequence[str]) -> Path:
    """A unit's finished workbook."""
    own.mkdir()
    book = form.make(own, rows, f"第{number}厅")
    at, last = rows_of(book, "基础信息"), rows_of(book, "上年数据")
    cells: dict[tuple[str, str], float | str | None] = {
        ("基础信息", f"B{at['单位编码']}"): f"3000{number:02d}",
        ("基础信息", f"B{at['预算主管部门']}"): "某省某部",
    }
    if "与上年不可比" in last:
        cells["上年数据", f"B{last['与上年不可比']}"] = "是"
    set_cells(book, own / "齐.xlsx", cells)
    done = run_command("submit", own / "齐.xlsx", "-o", own / "定稿")
    assert done.code == 0, done.out + done.err
    (sealed,) = (own / "定稿").glob("*.xlsx")
    return sealed


@LONG
@pytest.mark.parametrize(
    ("form", "lies"),
    [(NINE, ""), (TWELVE, ""), (BESIDE, "zip"), (BESIDE, "folder")],
    ids=["national", "jiangsu", "beside as zip", "beside as folder"],
)
def test_ten_units_are_added_up_and_the_bad_one_is_named(
    form: Form, lies: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(files, "_OUTSIDE", [])
    if lies:
        done = run_command("edition", "copy", "2019-jiangsu", OWN, "-o", tmp_path / "版式")
        assert done.code == 0, done.err
    came = tmp_path / "来文"
    came.mkdir()
    spent: Counter[str] = Counter()
    for number in range(1, 11):
        rows = _of_a_unit(form.ledger, Random(number))
        sealed = _sent(form, tmp_path / str(number), number, rows)
        name = f"{number}.xlsx"
        if number == BAD:
            # A hundred yuan more in the first row, after it was finished: the ledger that came is what is added up.
            headings = [cell.value for cell in load_workbook(sealed)["预算明细"][1]]
            at = f"{get_column_letter(headings.index('金额（元）') + 1)}2"
            tampered(sealed, came / name, set_number("预算明细", at, lambda value: value + 100))
            head, _, amount = rows[0].rpartition(",")
            rows[0] = f"{head},{Decimal(amount) + 100}"
        else:
            shutil.copy(sealed, came / name)
        for row in filter(form.counts, rows):
            told = row.split(",")
            spent[told[2]] += int(Decimal(told[-1]) * 100)
    if lies:
        # As at the superior office: the edition is there beside the workbooks, and nowhere else.
        shutil.move(tmp_path / "版式", tmp_path / "收起")
        sent = tmp_path / str(BAD) / "定稿" / f"{OWN}.zip"
        shutil.copy(sent, came) if lies == "zip" else shutil.unpack_archive(sent, came)
        for number in range(1, 11):
            shutil.rmtree(tmp_path / str(number))
        monkeypatch.setattr(files, "_OUTSIDE", [])
    out = tmp_path / "汇总" / "汇总.xlsx"
    done = run_command("receive", came, "-o", out)
    assert done.code == 1, done.out + done.err
    wanted = {f"{number}.xlsx": "已汇总" for number in range(1, 11)} | {f"{BAD}.xlsx": "已汇总，有强制问题"}
    assert states(out) == wanted
    (bad,) = (line for line in lines_of(out, "收表情况") if line["文件"] == f"{BAD}.xlsx")
    assert "预算明细" in str(bad), bad
    lines = read_sheet(load_workbook(out)[form.sheet], form.column + 1)
    printed = {str(line[0]): line[form.column] for line in lines if str(line[0]).isdecimal() and len(str(line[0])) == 7}
    sums = {code: (Decimal(fen) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_UP) for code, fen in spent.items()}
    assert printed == {code: float(amount) for code, amount in sums.items()}
    done = run_command("validate", out)
    assert done.code == 0, done.out
