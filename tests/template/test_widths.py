"""No number is shown as ### in anything that the program writes: it shrinks, or its column is wide enough for it."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from addin.verbs.commands import fill_workbook, sample_workbook
from tests.support.books import edited
from tests.support.command import run_command
from workbook_templates.reading.sample import Sample

#: Widths in thousandths of the letters' height: Calibri's as its metric twin Carlito has them, 宋体 half a square each.
CALIBRI = {**dict.fromkeys("0123456789", 507), ".": 252, ",": 250, "-": 306, "%": 715, "(": 303, ")": 303, " ": 226}
SONG = dict.fromkeys("0123456789.,-%() ", 500)
#: Of a column's width in digits: how wide in points a digit of the narrowest font is, and what stays free at its edges.
DIGIT, EDGE = 5.25, 3.75
WIDE = 987_654_321_012.34


def _room(sheet: Worksheet, column: int) -> float:
    """Width of a column in points; one without a width of its own has the sheet's."""
    for dimension in sheet.column_dimensions.values():
        if (dimension.min or 0) <= column <= (dimension.max or 0) and dimension.customWidth:
            return float(dimension.width) * DIGIT
    return float(sheet.sheet_format.defaultColWidth or 8.43) * DIGIT


def _shown(value: float, code: str) -> str:
    if code in ("General", "@"):
        return f"{value:.10g}"
    places = len(code.partition(";")[0].partition(".")[2].rstrip("%"))
    return f"{value:,.{places}f}"


def _hashes(path: Path) -> list[str]:
    """The cells of a workbook whose number could be shown as ###."""
    found = []
    for sheet in load_workbook(path, data_only=True):
        for cell in (cell for line in sheet.iter_rows() for cell in line):
            if not isinstance(cell.value, int | float) or isinstance(cell.value, bool):
                continue
            text, size = _shown(cell.value, cell.number_format), float(cell.font.sz or 11)
            need = max(sum(font.get(letter, 600) for letter in text) for font in (CALIBRI, SONG)) * size / 1000
            if not cell.alignment.shrink_to_fit and need + EDGE > _room(sheet, cell.column):
                found.append(f"{sheet.title}!{get_column_letter(cell.column)}{cell.row} {text}")
    return found


def test_no_number_becomes_hashes_in_what_is_written(tmp_path: Path) -> None:
    inputs, filled = tmp_path / "填报.xlsx", tmp_path / "送审" / "各表.xlsx"
    filled.parent.mkdir()
    sample_workbook(inputs, Sample())
    fill_workbook(inputs, filled)

    def widen(book: Workbook) -> None:
        for sheet, cell in (
            ("表三", "C10"),
            ("上年数据", "B8"),
            ("基础信息", "B41"),
            ("项目信息", "P3"),
            ("预算明细", "M5"),
        ):
            book[sheet][cell].value = WIDE

    wide = edited(filled, filled.with_name("过宽.xlsx"), widen)
    checked, received = (tmp_path / name for name in ("校验.xlsx", "汇总.xlsx"))
    assert run_command("validate", wide, "-o", checked).code == 1
    run_command("receive", filled.parent, "-o", received)
    for path in (filled, checked, received):
        assert _hashes(path) == []


def test_the_measure_sees_a_number_too_wide(tmp_path: Path) -> None:
    inputs = sample_workbook(tmp_path / "填报.xlsx", Sample()).path

    def narrow(book: Workbook) -> None:
        sheet = book["封面"]
        sheet["H30"].value = WIDE
        sheet["H30"].number_format = "#,##0.00"

    assert _hashes(edited(inputs, tmp_path / "窄.xlsx", narrow)) == ["封面!H30 987,654,321,012.34"]
