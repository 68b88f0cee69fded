"""The functions of a cell in cells of a live spreadsheet program, through the add-in's own VBA wrappers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import addin.functions
from addin.setup.build import TEXTS, addin_parts, modules, write_package
from addin.verbs.examples import SHEET
from addin.xlsx.files import Workbook
from tests.support.books import TABLES, read_tables
from tests.support.calc import udf
from tests.support.calc.formulas import to_api
from tests.support.live import Desk, Steps
from udfs.functions import answer, functions

pytestmark = pytest.mark.live

Grid = list[list[Any]]

#: In place of xlwings' module: nothing of it is called here.
_NOTHING = """Attribute VB_Name = "xlwings"
Option Explicit

Public Function XLPy() As Object
End Function

Public Function RunPython(PythonCommand As String)
End Function

Public Function GetConfig(configKey As String, Optional default As String = "") As Variant
End Function
"""


class Paper:
    """A workbook with the add-in's VBA and a sheet to write formulas on."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.document = book.impl._document
        self.server = udf.server(book.impl, addin.functions._AS_ROWS)
        script = "vnd.sun.star.script:VBAProject.Bridge.BridgeConnect?language=Basic&location=document"
        self.document.getScriptProvider().getScript(script).invoke((self.server,), (), ())
        self.add("试算", [[""]])

    def add(self, name: str, grid: Grid) -> None:
        """A sheet with values, texts as texts."""
        self.document.Sheets.insertNewByName(name, self.document.Sheets.Count)
        lines = tuple(tuple("" if value is None else value for value in line) for line in grid)
        sheet = self.document.Sheets.getByName(name)
        sheet.getCellRangeByPosition(0, 0, len(lines[0]) - 1, len(lines) - 1).setDataArray(lines)

    def remove(self, name: str) -> None:
        self.document.Sheets.removeByName(name)

    def put(self, at: str, formulas: Grid) -> None:
        """Values and formulas, as typed."""
        area = self.document.Sheets.getByName("试算").getCellRangeByName(at)
        area.setFormulaArray(tuple(tuple(to_api(cell) for cell in line) for line in formulas))

    def array(self, at: str, formula: str) -> Grid:
        """What an array formula shows, as entered with Ctrl-Shift-Enter over an area."""
        area = self.document.Sheets.getByName("试算").getCellRangeByName(at)
        area.setArrayFormula(to_api(formula))
        shown = [list(line) for line in area.getDataArray()]
        assert self.server.errors == []
        area.setArrayFormula("")
        return shown

    def one(self, formula: str) -> Any:
        """What a formula shows in one cell."""
        cell = self.document.Sheets.getByName("试算").getCellRangeByName("Z1")
        cell.setFormula(to_api(formula))
        assert cell.getError() == 0
        return cell.getDataArray()[0][0]


@pytest.fixture(scope="module")
def grids(steps: Steps) -> Mapping[str, Grid]:
    found = dict(Workbook(steps.narrated).grids)
    return found | {f"公开的{name}": grid for name, grid in read_tables(steps.narrated).items()}


@pytest.fixture(scope="module")
def paper(live_desk: Desk, grids: Mapping[str, Grid], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paper]:
    live_desk.clear()
    sources = {**modules(), "xlwings": _NOTHING.replace("\n", "\r\n")}
    path = tmp_path_factory.mktemp("addin") / "yusuan.xlam"
    write_package(addin_parts(udf.with_bridge(sources)), path)
    made = Paper(live_desk.open(path))
    for name in ("预算明细", "收入明细", "基础信息", "上年数据", "项目信息"):
        made.add(name, grids[name])
    yield made
    live_desk.clear()


def test_every_example_shows_in_its_cell_what_the_sample_says(paper: Paper, grids: Mapping[str, Grid]) -> None:
    shown = {line[0]: line for line in grids[SHEET][2:]}
    assert set(shown) == set(functions())
    for name, _, formula, wanted in shown.values():
        paper.server.calls.clear()
        found = paper.one(formula)
        assert paper.server.calls == [name]
        if name == "YS_TABLE":
            # One cell has the first of the table's; the whole of it is the next test's.
            assert found == str(wanted).split("\n")[0]
        elif isinstance(found, str):
            assert found.split() == str(wanted).split()
        else:
            assert found == float(wanted)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_entered_over_an_area_is_that_of_the_workbook(
    paper: Paper, grids: Mapping[str, Grid], name: str
) -> None:
    wanted = grids[f"公开的{name}"]
    last = chr(ord("A") + len(wanted[0]) - 1)
    found = paper.array(f"A1:{last}{len(wanted)}", f'=YS_TABLE("{name}")')
    assert [[None if value == "" else value for value in line] for line in found] == wanted


#: Values with a blank, an error, a text and a number that is a text, over two columns.
_MIXED = [["12345.67", "=NA()"], ["", "三"], ["=1/0", "'0.5"], ["-8", "0"]]
#: What the core gets for them.
_READ = [[12345.67, "#N/A"], [None, "三"], ["#DIV/0!", "0.5"], [-8.0, 0.0]]
_CODES = [["'2210201", "30101"], ["=NA()", ""], [" 201 ", "'9999"]]
_CODES_READ = [["2210201", 30101.0], ["#N/A", None], [" 201 ", "9999"]]


@pytest.mark.parametrize(
    ("formula", "name", "arguments"),
    [
        ("=YS_RMB(A1:B4)", "YS_RMB", (_READ,)),
        ("=YS_SHARE(A1:B4,100)", "YS_SHARE", (_READ, 100)),
        ("=YS_SHARE(A1:B4,A1:B4)", "YS_SHARE", (_READ, _READ)),
        ("=YS_CHANGE(A1:B4,D1:E4)", "YS_CHANGE", (_READ, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [-8.0, 7.0]])),
        ("=YS_CHECK(A1:B4,A1,3)", "YS_CHECK", (_READ, [[12345.67]], 3)),
        ("=YS_CHECK(A1:B4,A1:B4)", "YS_CHECK", (_READ, _READ)),
        ("=YS_CODE_NAME(G1:H3)", "YS_CODE_NAME", (_CODES_READ,)),
    ],
)
def test_an_array_formula_gives_cell_for_cell_what_the_core_gives(
    paper: Paper, formula: str, name: str, arguments: tuple[Any, ...]
) -> None:
    paper.put("A1:B4", _MIXED)
    paper.put("D1:E4", [["1", "2"], ["3", "4"], ["5", "6"], ["-8", "7"]])
    paper.put("G1:H3", _CODES)
    wanted = answer(name, *arguments)
    paper.server.calls.clear()
    found = paper.array(f"K1:L{len(wanted)}", formula)
    assert found == [
        [value.replace("\r", "") if isinstance(value, str) else value for value in line] for line in wanted
    ]
    assert paper.server.calls == [name]


def test_amounts_by_a_range_of_criteria_come_in_one_call(paper: Paper, grids: Mapping[str, Grid]) -> None:
    paper.put("A1:B2", [["201*", "208*"], ["", "'2210201"]])
    wanted = answer(
        "YS_AMOUNT", grids["预算明细"], "支出类别", "基本支出", "功能科目编码", [["201*", "208*"], [None, "2210201"]]
    )
    paper.server.calls.clear()
    shown = '"支出类别","基本支出","功能科目编码",A1:B2'
    assert paper.array("D1:E2", f"=YS_AMOUNT({shown})") == wanted
    assert paper.array("D1:E2", f"=YS_AMOUNT(预算明细!A1:P500,{shown})") == wanted
    assert paper.server.calls == ["YS_AMOUNT", "YS_AMOUNT"]
    paper.put("A2", [["=NA()"]])
    assert "#条件中有错误值 #N/A" in str(paper.one('=YS_AMOUNT(预算明细!A1:P500,"功能科目编码",A2)'))


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("12", "壹拾贰元整"),
        ("", ""),
        ("=NA()", "#引用的单元格是错误值 #N/A"),
        ("三", "#“三”不是数字，请填写数字金额"),
        ("=10+2", "壹拾贰元整"),
    ],
)
def test_one_cell_is_read_as_one_cell(paper: Paper, cell: str, shown: str) -> None:
    paper.put("A1", [[cell]])
    assert paper.one("=YS_RMB(A1)") == shown
    paper.put("A1", [["7"]])
    assert paper.document.Sheets.getByName("试算").getCellRangeByName("Z1").String == "柒元整"


def test_a_sheet_that_is_not_there_is_asked_for(paper: Paper, grids: Mapping[str, Grid]) -> None:
    paper.remove("预算明细")
    try:
        for formula in ('=YS_TABLE("表三")', '=YS_AMOUNT("功能科目编码","201*")', "=YS_NARRATIVE(2)"):
            assert str(paper.one(formula)).startswith("#请给出预算明细的区域"), formula
    finally:
        paper.add("预算明细", grids["预算明细"])


def test_python_that_does_not_answer_is_a_sentence_in_the_cell(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(addin.functions, "YS_RMB", gone)
    assert paper.one("=YS_RMB(1)") in [text for text in TEXTS if text.startswith("#")]
    assert [type(error) for error in paper.server.errors] == [ConnectionError]
    paper.server.errors.clear()
