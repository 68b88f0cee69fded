"""Every check passes on a right workbook and finds its fault in a wrong one, at the cell and in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook as Book

from addin.verbs.commands import fill_workbook, sample_workbook
from addin.xlsx.files import Workbook
from tests.support.books import edited, parts_of, sheet_of, write_parts
from tests.support.check_cases import CASES as TABLE_CASES
from tests.support.check_cases import (
    LEDGER,
    REMARK,
    Case,
    nothing,
    put,
    report_after,
    sample_book,
    seen,
    without_ledger,
)
from tests.support.performance_cases import PERFORMANCE_CASES
from tests.support.reworded import reword
from tests.support.text_cases import TEXT_CASES
from udfs.base.file_facts import FileFacts
from udfs.base.findings import NOTE
from udfs.checks import registered
from udfs.explanations import finding_shown, known_by, row_of
from udfs.reconciliation.relations import FAILED, PASSED, UNDECIDED
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.sample import Sample

CASES = (*TABLE_CASES, *TEXT_CASES, *PERFORMANCE_CASES)
#: The template of every code met so far.
TEMPLATES: dict[str, str] = {}
#: Its finding is a status: what cannot be checked is 无法核对 with a reason.
#: The form of the cases has no computed columns; `tests/foreign/test_national_form.py` has the cases of F63.
_BY_STATUS = {"D11", "F63"}
#: What a cell may hold that nobody thought of.
_ANYTHING = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.from_regex(r"-?[1-9][0-9]{0,60}(\.[0-9]{1,60})?", fullmatch=True),
    st.booleans(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.text(max_size=30),
)


def test_every_check_has_a_case() -> None:
    assert {case.number for case in CASES} | _BY_STATUS == {check.number for check in registered()}


def test_every_check_says_what_it_requires() -> None:
    for check in registered():
        assert check.requirement.endswith("。"), check.number
        assert check.example, check.number


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_check_finds_its_fault(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_after(case.fault)
    found = [f for f in report.every if f.rule == case.number]
    assert sorted((f.sheet, f.cell) for f in found) == sorted(case.places)
    assert {f.grade for f in found} == {case.grade}
    message = "\n".join(f.message for f in found)
    for words in case.says:
        assert words in message
    ended = next(s.status for s in report.statuses if s.rule == case.number)
    assert ended == (PASSED if case.grade == NOTE else FAILED)
    for finding in report.every:
        # One code, one sentence.
        assert TEMPLATES.setdefault(finding.code, finding.words.template) == finding.words.template, finding.code
    with monkeypatch.context() as patch:
        rows = [row_of(f.rule, f.place, f.message, f.left, f.right) for f in found]
        known = [known_by(f) for f in found]
        reword(patch)
        assert [str(f.words) for f in found] != [row.message for row in rows]
        assert [known_by(f) for f in found] == known
        # A row that 0.1.0 wrote shows the same finding, however it is worded now.
        shown = [finding_shown(row, {f.figures: f for f in report.every}.values()) for row in rows]
        assert [f and f.figures for f in shown] == [f.figures for f in found]


@pytest.mark.parametrize("case", [c for c in CASES if not c.name], ids=lambda case: case.id)
def test_check_passes_a_right_workbook(case: Case) -> None:
    report = report_after(case.passes)
    assert [f.message for f in report.every if f.rule == case.number] == []
    assert [(s.status, s.reason) for s in report.statuses if s.rule == case.number] == [(PASSED, "")]


def test_grades_of_findings_are_those_registered() -> None:
    grades = {check.number: check.grade for check in registered()}
    assert {case.number: case.grade for case in CASES} == {n: g for n, g in grades.items() if n not in _BY_STATUS}


def test_the_finished_sample_has_nothing_but_remainders() -> None:
    report = report_after(nothing)
    assert [f for f in report.findings if f.grade != NOTE or f.rule[0] in "CF"] == []


def test_without_a_ledger_its_checks_are_undecided_and_the_others_run() -> None:
    book = sample_book()
    without_ledger()(book)
    ended = {s.rule: (s.status, s.reason) for s in book.report().statuses}
    for number in ("C01", "C02", "C03", "F04", "F05", "F07", "F09", "F12", "F14"):
        assert ended[number] == (UNDECIDED, "预算明细为空，无法与明细核对"), number
    for number in ("F01", "F02", "F03", "F06", "F21", "F26", "F31", "F35", "F36", "F44"):
        assert ended[number] == (PASSED, ""), number


def test_faulty_inputs_leave_ledger_checks_undecided() -> None:
    book = sample_book()
    put("预算明细", 8, 5, "基本支岀")(book)
    ended = {s.rule: s.status for s in book.report().statuses}
    assert ended["F01"] == FAILED
    assert ended["F04"] == ended["F12"] == UNDECIDED


def test_one_fault_in_many_rows_is_one_finding() -> None:
    book = sample_book()
    for row in range(2, 20):
        book.put("预算明细", row, 1, "财政拨款")
    found = [f for f in book.report().findings if f.rule == "F01"]
    assert [(f.sheet, f.cell) for f in found] == [("预算明细", "A2")]
    assert "共18处：第2—19行" in found[0].message


def test_one_fault_in_many_tables_is_one_finding() -> None:
    book = sample_book()
    book.put("基础信息", 6, 2, "示例市商务局（本级）")
    found = [f for f in book.report().findings if f.rule == "F29"]
    assert [(f.sheet, f.cell) for f in found] == [("表一", "A2")]
    assert "共13处：表一!A2、表二!A2" in found[0].message


def test_an_error_value_is_not_also_a_blank_amount() -> None:
    book = sample_book()
    book.put("预算明细", 7, 13, None)
    seen(errors={"预算明细": {(7, 13): "#REF!"}})(book)
    found = [(f.rule, f.cell) for f in book.report().findings if f.rule[0] == "F"]
    assert found == [("F44", "M7")]


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_that_a_cell_can_hold_stops_a_check(data: st.DataObject) -> None:
    book = sample_book()
    for _ in range(data.draw(st.integers(1, 20))):
        sheet = data.draw(st.sampled_from(sorted(book.grids)))
        row = data.draw(st.integers(1, max(1, min(60, len(book.grids[sheet])))))
        book.put(sheet, row, data.draw(st.integers(1, 16)), data.draw(_ANYTHING))
    assert all(f.message for f in book.report().findings)


@pytest.mark.parametrize(
    ("remark", "secret"),
    [
        ("涉密", True),
        ("本项目涉密，不列入公开", True),
        ("按规定，该项目属国家秘密", True),
        ("不宜公开", True),
        ("购置涉密计算机2台", False),
        ("机密文件柜", False),
        ("涉密人员补贴", False),
        ("采用不公开招标方式", False),
        ("绩效目标不公开", False),
        ("非涉密项目", False),
    ],
)
def test_a_remark_marks_a_project_as_secret_or_speaks_of_secrets(remark: str, secret: bool) -> None:
    book = sample_book()
    put(LEDGER, 33, REMARK, remark)(book)
    assert ("F67" in {f.rule for f in book.report().findings}) == secret


@pytest.mark.parametrize("value", ["2024年2月30日", "2024-13-01", "9" * 400, "-1", "１２．３", "1e999", True, " "])
def test_nothing_that_a_field_can_hold_stops_a_check(value: str | bool) -> None:
    """All fields of 基础信息 at once."""
    book = sample_book()
    for row, line in enumerate(book.grids["基础信息"], 1):
        if row > 5 and line[0]:
            book.put("基础信息", row, 2, value)
    assert all(f.message for f in book.report().findings)


def test_yuan_for_ten_thousand_yuan_names_the_cell_and_what_it_should_be() -> None:
    book = sample_book()
    without_ledger(put("表三", 5, 3, 6959635.0))(book)
    (found,) = [f for f in book.report().findings if f.rule == "F37"]
    (suspect,) = found.suspects
    assert (suspect.sheet, suspect.cell, suspect.shown, suspect.suggested) == ("表三", "C5", "6959635.00", "695.96")


def test_a_new_workbook_asks_for_what_is_missing_and_forces_nothing() -> None:
    template = Workbook(load_edition().template)
    book = sample_book()
    book.grids = {name: [list(line) for line in grid] for name, grid in template.grids.items()}
    report = book.report()
    assert {f.rule for f in report.findings if f.grade != NOTE} == {"F03"}
    assert report.passed
    assert {s.rule for s in report.statuses if s.status == UNDECIDED} >= {"C01", "F16", "F27", "F29", "F30"}


# ---------------------------------------------------------------- what the file door sees


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    sample_workbook(folder / "inputs.xlsx", Sample())
    fill_workbook(folder / "inputs.xlsx", folder / "finished.xlsx")
    return folder / "finished.xlsx"


def facts_of(path: Path) -> FileFacts:
    return Workbook(path).facts


def test_a_clean_file_shows_nothing(finished: Path) -> None:
    facts = facts_of(finished)
    assert facts.hidden_rows == {}
    assert facts.hidden_columns == {}
    assert facts.errors == {}
    assert (facts.external_links, facts.macros, facts.other_parts) == (0, False, ())
    assert facts.formulas == {}
    assert set(facts.hidden_sheets) <= {"科目表"}


def test_formulas_errors_and_hidden_parts_are_seen(finished: Path, tmp_path: Path) -> None:
    def change(book: Book) -> None:
        table = sheet_of(book, "表三")
        table["C8"] = "=C9+1"
        table["D8"] = "#N/A"
        table["D8"].data_type = "e"
        table.row_dimensions[9].hidden = True
        table.row_dimensions[900].hidden = True
        table.column_dimensions["B"].hidden = True
        table.column_dimensions["Z"].hidden = True
        book.create_sheet("往年备份").sheet_state = "veryHidden"

    facts = facts_of(edited(finished, tmp_path / "edited.xlsx", change))
    assert facts.formulas["表三"] == {(8, 3)}
    assert facts.uncalculated["表三"] == {(8, 3)}
    assert facts.errors == {"表三": {(8, 4): "#N/A"}}
    assert facts.hidden_rows == {"表三": (9,)}
    assert facts.hidden_columns == {"表三": (2,)}
    assert "往年备份" in facts.hidden_sheets


def with_cell(finished: Path, target: Path, old: bytes, new: bytes) -> Path:
    """A copy in which a piece of one sheet's XML is another, where no formula stands before it."""
    parts = parts_of(finished)
    changed = {
        name: data.replace(old, new) if name.startswith("xl/worksheets/") and b"<f>" not in data else data
        for name, data in parts.items()
    }
    assert changed != parts
    return write_parts(target, changed)


@pytest.mark.parametrize(
    ("cell", "calculated"),
    [
        (b"<f>1+1</f><v>2</v>", True),
        (b"<f>1+1</f><v></v>", False),
        (b"<f>1+1</f><v/>", False),
        (b"<f>1+1</f>", False),
        (b'<f t="shared" si="0"/><v>2</v>', True),
        (b'<f t="shared" si="0"/>', False),
    ],
)
def test_a_formula_without_a_result_is_told_from_one_with(
    finished: Path, tmp_path: Path, cell: bytes, calculated: bool
) -> None:
    path = with_cell(finished, tmp_path / "book.xlsx", b"<v>327.37</v>", cell)
    facts = facts_of(path)
    assert (8, 3) in facts.formulas["表三"]
    assert ((8, 3) not in facts.uncalculated["表三"]) is calculated


def test_an_empty_text_is_a_result(finished: Path, tmp_path: Path) -> None:
    parts = parts_of(finished)
    sheet = next(name for name, data in parts.items() if name.startswith("xl/worksheets") and b"<v>327.37</v>" in data)
    cell = b'<row r="200"><c r="A200" t="str"><f>""</f><v></v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", cell)
    facts = Workbook(write_parts(tmp_path / "book.xlsx", parts)).facts
    assert {(200, 1)} in facts.formulas.values()
    assert not any(facts.uncalculated.values())


def test_links_macros_and_connections_are_seen(finished: Path, tmp_path: Path) -> None:
    parts = parts_of(finished)
    outside = b'<externalLink><externalBook r:id="rId1"/></externalLink>'
    dde = b"<externalLink><ddeLink ddeService='cmd' ddeTopic='/c calc'/></externalLink>"
    parts |= {
        "xl/vbaProject.bin": b"\xd0\xcf",
        "xl/connections.xml": b"<connections/>",
        "xl/embeddings/oleObject1.bin": b"\xd0\xcf",
        "xl/externalLinks/externalLink1.xml": outside,
        "xl/externalLinks/externalLink9.xml": dde,
        "xl/externalLinks/externalLink2.xml": outside,
        "xl/externalLinks/_rels/externalLink2.xml.rels": b'<Relationships><Relationship Id="rId1" '
        b'Target="file:///C:\\Users\\a\\XLSTART\\yusuan.xlam" TargetMode="External"/></Relationships>',
    }
    facts = facts_of(write_parts(tmp_path / "moving.xlsx", parts))
    assert facts.external_links == 1
    assert facts.own_functions
    assert facts.macros
    moving = ("xl/connections.xml", "xl/embeddings/oleObject1.bin", "xl/externalLinks/externalLink9.xml")
    assert facts.other_parts == moving
    book = sample_book()
    book.file = facts
    links = [f for f in book.report().findings if f.rule == "F43"]
    assert [f.grade for f in links] == ["提示", "信息"]
    assert "YS_" in links[1].message
    said = "".join(f.message for f in book.report().findings if f.rule == "F46")
    for words in ("数据连接", "嵌入对象", "DDE"):
        assert words in said
