"""The whole disclosure: the Word document holds what the workbook shows, as PDF its pages are the right ones."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import copy

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from openpyxl import Workbook as Book
from openpyxl import load_workbook

from addin.document import Office
from addin.document.docx_grid import fitted_widths
from addin.document.docx_styles import FREE_FACES, LOOKS
from addin.published.examine import examined
from addin.verbs import commands, report
from addin.verbs.report import report_files
from addin.xlsx.files import Workbook
from tests.support.books import TABLES, as_printed, edited, parts_of, read_tables, sheet_of
from tests.support.command import run_command
from tests.support.evidence import LONG
from tests.support.ledgers import write_csv
from tests.support.live import Steps
from tests.support.mixed import UNIT as MIXED_UNIT
from tests.support.mixed import mixed_rows
from tests.support.tools import pdf_pages, validator_errors
from udfs.base import NOTE
from udfs.base.problems import InputProblems
from udfs.disclosure import read_disclosure
from udfs.disclosure_parts import AMOUNT, Cell, Grid
from udfs.tables import Reading
from workbook_templates.reading.edition import Edition, load_edition
from workbook_templates.reading.sample import Sample

TEXT_SHEET = "情况说明"
_PAGE = re.compile(r"—\s*(\d+)\s*—")


@pytest.fixture(scope="module")
def book(steps: Steps) -> Path:
    return steps.narrated


@pytest.fixture(scope="module")
def written(book: Path) -> Path:
    """Its Word document, written where there is no LibreOffice; not to be changed."""
    out = book.with_name("公开.docx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "find_office", lambda: None)
        done = run_command("report", book, "-o", out)
    assert done.code == 0, done.err
    assert "本机没有 Word 或 LibreOffice，目录暂无页码" in done.out
    assert "正在编排文档" in done.err
    assert "正在" not in done.out
    return out


@pytest.fixture(scope="module")
def document(written: Path) -> Document:
    return docx.Document(str(written))


@pytest.fixture
def no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "find_office", lambda: None)


def _texts(document: Document, style: str) -> list[str]:
    return [p.text for p in document.paragraphs if p.style is not None and p.style.name == style]


def _paragraphs(document: Document) -> list[str]:
    return [p.text for p in document.paragraphs]


def _cells(row: etree._Element) -> list[etree._Element]:
    return list(row.iterfind(qn("w:tc")))


def _text(cell: etree._Element) -> str:
    return "".join(item.text or "" for item in cell.iter(qn("w:t")))


def _tables(document: Document) -> dict[str, etree._Element]:
    """The thirteen tables by their sheets: the first table behind each title."""
    found: dict[str, etree._Element] = {}
    name = ""
    for item in document.element.body:
        style = item.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if style is not None and style.get(qn("w:val")) == "表题":
            name = _text(item).split("\u3000")[0]
        elif item.tag == qn("w:tbl") and name and name not in found:
            found[name] = item
    return found


# -------------------------------------------------------------------- what it holds


def test_every_face_of_the_styles_has_one_that_stands_in_for_it() -> None:
    looks = docx.Document(str(LOOKS))
    faces = {item.get(qn("w:eastAsia")) for item in looks.styles.element.iter(qn("w:rFonts"))} - {None}
    fonts = next(part for part in looks.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    listed = {item.get(qn("w:name")) for item in etree.fromstring(fonts.blob) if item.find(qn("w:altName")) is not None}
    assert {"仿宋", "黑体", "楷体", "宋体", "方正小标宋简体"} <= faces == set(FREE_FACES) <= listed


def test_every_table_is_a_real_table_with_its_headings_repeated(document: Document, edition: Edition) -> None:
    tables = _tables(document)
    assert list(tables) == list(TABLES)
    for form in edition.forms:
        rows = list(tables[form.sheet].iterfind(qn("w:tr")))
        heads = [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
        assert heads == [True] * len(form.headings) + [False] * (len(rows) - len(form.headings))


def test_the_tables_hold_what_the_sheets_print(document: Document, book: Path, edition: Edition) -> None:
    sheets, tables = read_tables(book), _tables(document)
    for form in edition.forms:
        lines = [[as_printed(value) for value in line if as_printed(value)] for line in sheets[form.sheet][2:]]
        shown = [
            [text.replace(",", "") for text in (_text(cell) for cell in _cells(row)) if text]
            for row in tables[form.sheet].iterfind(qn("w:tr"))
        ]
        note = [edition.empty_note] if lines[-1] == [edition.empty_note] else []
        assert [[t.replace(",", "") for t in line] for line in lines if line and line != note] == [
            ["".join(text.split()) for text in line] for line in shown if line
        ], form.sheet
        assert _texts(document, "表注").count(edition.empty_note) == 5


def test_headings_are_merged_as_on_the_sheet(document: Document, edition: Edition) -> None:
    for form in edition.forms:
        rows = list(_tables(document)[form.sheet].iterfind(qn("w:tr")))[: len(form.headings)]
        wide = sorted(right - left + 1 for _, left, _, right in form.heading_merges() if right > left)
        spans = []
        for row in rows:
            for cell in _cells(row):
                merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
                span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
                if span is not None and (merge is None or merge.get(qn("w:val")) == "restart"):
                    spans.append(int(span.get(qn("w:val")) or 0))
        assert sorted(spans) == wide
        columns = {sum(_span(cell) for cell in _cells(row)) for row in rows}
        assert columns == {form.width}


def _span(cell: etree._Element) -> int:
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    return 1 if found is None else int(found.get(qn("w:val")) or 1)


def test_amounts_stand_right_by_their_style_and_no_cell_is_formatted_by_hand(document: Document) -> None:
    assert document.styles["表内金额"].element.pPr.find(qn("w:jc")).get(qn("w:val")) == "right"
    for table in document.element.body.iterfind(qn("w:tbl")):
        for paragraph in table.iter(qn("w:p")):
            assert [etree.QName(item).localname for item in paragraph.find(qn("w:pPr"))] == ["pStyle"]
            text = "".join(item.text or "" for item in paragraph.iter(qn("w:t")))
            style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val"))
            if re.fullmatch(r"-?[\d,]+\.\d\d", text):
                assert style == "表内金额", text
        for run in table.iter(qn("w:rPr")):
            assert [etree.QName(item).localname for item in run] == ["rStyle"]


def test_the_page_is_that_of_the_standard(document: Document, edition: Edition) -> None:
    wide = 0
    for section in document.sections:
        assert section.page_width is not None
        assert section.page_height is not None
        size = (round(section.page_width.mm), round(section.page_height.mm))
        margins = tuple(round(getattr(section, f"{side}_margin").mm) for side in ("top", "right", "bottom", "left"))
        assert (size, margins) in (((210, 297), (37, 26, 35, 28)), ((297, 210), (28, 37, 26, 35)))
        wide += size[0] > size[1]
    assert wide == 3, "表二, 表九, 表十二 and 表十三 together"
    normal = document.styles["Normal"]
    assert normal.font.size.pt == 16
    assert normal.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋"
    assert round(normal.paragraph_format.line_spacing.pt) == 29
    faces = {
        n: document.styles[n].element.rPr.rFonts.get(qn("w:eastAsia")) for n in ("Heading 1", "Heading 2", "Heading 3")
    }
    assert faces == {"Heading 1": "方正小标宋简体", "Heading 2": "黑体", "Heading 3": "楷体"}


def test_the_contents_are_a_field_with_every_part_table_and_section(document: Document, written: Path) -> None:
    entries = [
        "".join(t.text or "" for t in p._p.iter(qn("w:t")))
        for p in document.paragraphs
        if p.style is not None and p.style.name.startswith("toc")
    ]
    assert len(entries) == 4 + 2 + 13 + 12
    assert entries[0] == "第一部分\u3000概况"
    assert "表六\u30002024年一般公共预算安排基本支出分经济科目表（不含上年结转）" in entries
    xml = parts_of(written)["word/document.xml"].decode()
    assert re.search(r'<w:fldChar[^>]*w:dirty="true"', xml)
    marks = set(re.findall(r'w:anchor="(_Toc\d+)"', xml))
    assert marks == set(re.findall(r'<w:bookmarkStart[^>]*w:name="(_Toc\d+)"', xml))


def test_the_chart_is_a_picture_with_a_description(document: Document) -> None:
    (picture,) = document.element.body.iter(qn("wp:docPr"))
    assert "一般公共服务支出348.07万元（50.01%）" in picture.get("descr")
    assert "一般公共预算当年拨款结构图" in _texts(document, "图题")


def test_text_forms_and_glossary_are_those_of_the_workbook(document: Document, book: Path, edition: Edition) -> None:
    lines = set(_paragraphs(document))
    sheet = sheet_of(load_workbook(book), TEXT_SHEET)
    for row in range(4, 16):
        assert {line for line in str(sheet.cell(row, 3).value).split("\n") if line} <= lines
    for term, text in edition.glossary("市级"):
        assert f"{term}：{text}" in lines
    disclosed = [line for line in Sample().grid("projects")[1:] if line[8] == "是"]
    assert len(_texts(document, "绩效表题")) == 1 + len(disclosed)
    forms = "".join(_text(table) for table in document.element.body.iterfind(qn("w:tbl")))
    assert all(line[0] in forms for line in disclosed)


def test_the_clerks_own_words_are_taken(tmp_path: Path, book: Path, no_office: None) -> None:
    mine = edited(
        book, tmp_path / "改.xlsx", lambda b: sheet_of(b, TEXT_SHEET).__setitem__("C10", "本单位没有“三公”经费。")
    )
    assert run_command("report", mine, "-o", tmp_path / "公开.docx").code == 0
    assert "本单位没有“三公”经费。" in _paragraphs(docx.Document(str(tmp_path / "公开.docx")))


def test_what_is_not_filled_in_is_named_and_no_note_is_published(tmp_path: Path, book: Path, no_office: None) -> None:
    def blank(target: object) -> None:
        for line in sheet_of(target, "基础信息").iter_rows():  # type: ignore[arg-type]
            if str(line[0].value).strip("*") == "单位职责":
                line[1].value = None

    source = edited(book, tmp_path / "改.xlsx", blank)
    done = run_command("report", source, "-o", tmp_path / "公开.docx")
    assert "“基础信息”中的“单位职责”没有填写" in done.out
    document = docx.Document(str(tmp_path / "公开.docx"))
    assert not [text for text in _paragraphs(document) if "填写" in text or "待补" in text]


def test_without_a_chinese_typeface_the_chart_is_a_table(
    tmp_path: Path, book: Path, no_office: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_font", lambda: None)
    done = run_command("report", book, "-o", tmp_path / "公开.docx")
    assert "本机没有中文字体（宋体、微软雅黑或黑体等）" in done.out
    document = docx.Document(str(tmp_path / "公开.docx"))
    assert not list(document.element.body.iter(qn("wp:docPr")))
    assert any(
        _text(t).startswith("科目名称金额（万元）占比（%）") for t in document.element.body.iterfind(qn("w:tbl"))
    )


@pytest.mark.validator
def test_the_validator_accepts_the_document(written: Path) -> None:
    assert validator_errors(written) == []


# -------------------------------------------------------------------- what it refuses


def test_a_workbook_without_text_or_tables_is_refused_in_sentences(tmp_path: Path, published_book: Path) -> None:
    out = tmp_path / "公开.docx"
    done = run_command("report", published_book, "-o", out)
    assert done.code == 2
    assert "“情况说明”：还没有正文，请先生成情况说明（narrate），再生成公开文档" in done.err
    assert run_command("new", tmp_path / "空.xlsx").code == 0
    done = run_command("report", tmp_path / "空.xlsx", "-o", out)
    assert done.code == 2
    assert "各表还没有数据" in done.err
    assert "“单位名称”：没有填写" in done.err
    assert not out.exists()


@pytest.mark.parametrize("name", ["公开.doc", "公开.xlsx", "公开"])
def test_another_kind_of_file_is_refused(tmp_path: Path, book: Path, name: str) -> None:
    done = run_command("report", book, "-o", tmp_path / name)
    assert done.code == 2
    assert "公开文档只能存为 .docx 或 .pdf" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_pdf_without_libreoffice_is_refused_with_the_way_out(tmp_path: Path, book: Path, no_office: None) -> None:
    done = run_command("report", book, "-o", tmp_path / "公开.pdf")
    assert done.code == 2
    assert "生成 PDF 需要 Word 或 LibreOffice" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_libreoffice_that_fails_leaves_no_file(tmp_path: Path, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "find_office", lambda: "false")
    done = run_command("report", book, "-o", tmp_path / "公开.docx")
    assert done.code == 2
    assert "LibreOffice" in done.err
    assert list(tmp_path.iterdir()) == []


def test_in_haste_nobody_is_asked_for_page_numbers(
    tmp_path: Path, book: Path, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "find_office", lambda: "false")
    done = run_command("report", book, "-o", tmp_path / "公开.docx", "--fast")
    assert done.code == 0
    assert "按要求未计算目录页码；用 Word 打开后，在目录上按 F9" in done.out
    assert _untimed(tmp_path / "公开.docx") == _untimed(written)


def _untimed(path: Path) -> dict[str, bytes]:
    """The parts of a document but that which says when it was made."""
    return {name: data for name, data in parts_of(path).items() if name != "docProps/core.xml"}


def _folder(folder: Path, book: Path, unready: Path) -> Path:
    """Two workbooks that can be published, one that is not ready, one that is none, and one that is open somewhere."""
    folder.mkdir()
    for name, source in (("甲.xlsx", book), ("丙.xlsx", book), ("乙.xlsx", unready)):
        copy(source, folder / name)
    for name in ("丁.xlsx", "~$甲.xlsx"):
        (folder / name).write_bytes(b"x")
    return folder


def test_a_folder_gives_a_document_a_workbook_and_names_those_that_give_none(
    tmp_path: Path, book: Path, steps: Steps, written: Path, no_office: None
) -> None:
    done = run_command("report", _folder(tmp_path / "各单位", book, steps.source), "-o", tmp_path / "公开")
    assert done.code == 2
    assert {path.name: _untimed(path) for path in (tmp_path / "公开").iterdir()} == dict.fromkeys(
        ("甲.docx", "丙.docx"), _untimed(written)
    )
    told = [line for line in done.err.splitlines() if not line.startswith("正在")]
    assert [line[:9] for line in told] == ["“丁.xlsx”：", *["“乙.xlsx”："] * (len(told) - 1)]
    assert "请先生成各表" in done.err
    assert "编排甲.xlsx（4/4）" in done.err
    assert done.out.count("已写出：") == 2


def test_a_folder_without_workbooks_or_into_a_file_is_refused(tmp_path: Path, book: Path, written: Path) -> None:
    empty = tmp_path / "空"
    empty.mkdir()
    done = run_command("report", empty, "-o", tmp_path / "公开")
    assert (done.code, "文件夹里没有工作簿" in done.err) == (2, True)
    done = run_command("report", book.parent, "-o", tmp_path / "公开.docx")
    assert (done.code, "请指定一个文件夹" in done.err) == (2, True)
    assert list(tmp_path.iterdir()) == [empty]


@LONG
@pytest.mark.live
def test_documents_of_a_folder_are_laid_out_by_one_start_each_as_alone(
    tmp_path: Path, printed: tuple[Path, Path, Path], steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    run = Office._run

    def counted(self: Office, kind: str, pairs: Sequence[tuple[Path, Path]]) -> list[Path | None]:
        started.append(kind)
        return run(self, kind, pairs)

    monkeypatch.setattr(Office, "_run", counted)
    folder = _folder(tmp_path / "各单位", printed[0], steps.source)
    done = run_command("report", folder, "-o", tmp_path / "公开", "--pdf")
    assert done.code == 2
    assert started == ["contents", "portable"]
    for name in ("甲.pdf", "丙.pdf"):
        assert pdf_pages(tmp_path / "公开" / name) == pdf_pages(printed[2])


def test_the_workbook_is_not_written_over(book: Path) -> None:
    before = book.read_bytes()
    assert run_command("report", book, "-o", book).code == 2
    assert book.read_bytes() == before


# -------------------------------------------------------------------- as PDF


def _published(folder: Path) -> Path:
    from tests.support.published import LEDGER, UNIT

    assert run_command("new", folder / "新.xlsx", "--ledger", LEDGER, "--unit", UNIT).code == 0
    commands.narrate_workbook(folder / "新.xlsx", folder / "说明.xlsx")
    return folder / "说明.xlsx"


def _mixed(folder: Path) -> Path:
    ledger = write_csv(folder / "明细.csv", list(mixed_rows()))
    assert run_command("new", folder / "新.xlsx", "--ledger", ledger, "--unit", MIXED_UNIT).code == 0
    commands.narrate_workbook(folder / "新.xlsx", folder / "说明.xlsx")
    return folder / "说明.xlsx"


LONGER = pytest.param("mixed", marks=LONG)
OTHER = pytest.param("published", marks=LONG)


@pytest.fixture(scope="module", params=["sample", OTHER, LONGER])
def printed(
    request: pytest.FixtureRequest, book: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, Path]:
    """Workbook, Word document and PDF, of one run."""
    folder = tmp_path_factory.mktemp("printed")
    source = {"sample": lambda _: book, "published": _published, "mixed": _mixed}[request.param](folder)
    outs = [folder / "公开.docx", folder / "公开.pdf"]
    report_files(source, outs, lambda _: None)
    return source, outs[0], outs[1]


def _squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.live
def test_the_contents_name_the_pages_where_the_headings_stand(printed: tuple[Path, Path, Path]) -> None:
    document = docx.Document(str(printed[1]))
    entries = [
        ("".join(t.text or "" for t in p._p.iter(qn("w:t"))), p.style.name)
        for p in document.paragraphs
        if p.style is not None and p.style.name.startswith("toc")
    ]
    pages = pdf_pages(printed[2])
    numbered = {int(found[-1]): _squeezed(page) for page in pages if (found := _PAGE.findall(page))}
    assert sorted(numbered) == list(range(1, len(numbered) + 1))
    contents = _squeezed("".join(page for page in pages[1:4] if not _PAGE.search(page)))
    for entry, _ in entries:
        heading, number = re.fullmatch(r"(.*\D)(\d+)", entry).groups()  # type: ignore[union-attr]
        assert _squeezed(heading) in numbered[int(number)], entry
        assert re.search(re.escape(_squeezed(heading)) + r"\W*" + number, contents), entry


@pytest.mark.live
def test_what_was_printed_is_read_back_equal_to_its_workbook(printed: tuple[Path, Path, Path]) -> None:
    book, *documents = printed
    for path in documents:
        found = examined(path, path.read_bytes(), book.read_bytes()).findings
        assert [f.finding.message for f in found if f.finding.grade != NOTE] == []


@pytest.mark.live
def test_nothing_of_the_tables_is_cut_from_the_pages(printed: tuple[Path, Path, Path]) -> None:
    text = _squeezed("".join(pdf_pages(printed[2])))
    for name, lines in read_tables(printed[0]).items():
        for line in lines[2:]:
            for value in line:
                if isinstance(value, int | float):
                    assert f"{value:,.2f}" in text, (name, value)


@pytest.mark.live
def test_the_fonts_are_in_the_file(printed: tuple[Path, Path, Path]) -> None:
    listing = subprocess.run(["pdffonts", str(printed[2])], capture_output=True, text=True, check=True).stdout
    fonts = [line.split() for line in listing.splitlines()[2:]]
    assert fonts
    assert all(line[-5] == "yes" for line in fonts), listing
    assert "CJK" in listing or "Sim" in listing or "Fang" in listing


@pytest.mark.live
@pytest.mark.validator
def test_the_validator_accepts_the_document_with_pages(printed: tuple[Path, Path, Path]) -> None:
    assert validator_errors(printed[1]) == []


# -------------------------------------------------------------------- widths


@given(
    st.lists(st.integers(1, 14), min_size=2, max_size=8),
    st.lists(st.text(alphabet="一二三abc", max_size=30), min_size=1, max_size=6),
)
def test_columns_always_fill_the_page_and_an_amount_has_its_room(digits: list[int], names: list[str]) -> None:
    amounts = tuple(Cell(f"{10**n:,}.00", AMOUNT) for n in digits)
    rows = tuple((Cell(name), *amounts) for name in names)
    grid = Grid(tuple(10.0 for _ in range(len(digits) + 1)), rows)
    widths = fitted_widths(grid, 12_000)
    assert sum(widths) == 12_000
    need = [len(cell.text) * 90 for cell in amounts]
    if sum(need) + 120 * len(need) + 16 * 180 + 200 <= 12_000:
        assert all(width >= room for width, room in zip(widths[1:], need, strict=True))


def test_a_form_that_says_nothing_of_a_document_is_told_so(book: Path) -> None:
    opened = Workbook(book)
    edition = replace(load_edition(), document_spec=None)
    with pytest.raises(InputProblems, match="没有规定整套公开文档的编排"):
        read_disclosure(Reading(edition, opened.grids, opened.package.names))


@pytest.mark.parametrize("written", [True, False])
def test_the_document_of_the_nine_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, written: bool) -> None:
    ledger, made, book, out = (tmp_path / name for name in ("明细.csv", "新.xlsx", "九表.xlsx", "公开.docx"))
    ledger.write_text(
        "资金来源,功能科目编码,支出类别,经费类别,项目名称,部门经济科目编码,金额（元）\n"
        "一般公共预算,2010301,基本支出,公用经费,,30201,34567.12\n",
        "utf-8-sig",
    )
    options = ("--unit", "某区商务委员会", "--edition", "2025-shanghai", "--ledger", ledger)
    assert run_command("new", made, *options).code == 0
    text = {"预算编制说明": "按收支平衡的要求编制。", "机关运行经费预算": "3.46万元。"}
    if written:
        text |= {
            "主要职能": "拟订规划。\n（一）承办其他事项",
            "机构设置": "设三个科室。",
            "名词解释": "财政拨款收入：略",
        }

    def fill_in(sheets: Book) -> None:
        sheet = sheet_of(sheets, TEXT_SHEET)
        for row in sheet.iter_rows(min_row=4, max_row=20):
            row[2].value = text.get(str(row[1].value), row[2].value)

    edited(made, book, fill_in)
    monkeypatch.setattr(report, "find_office", lambda: None)
    done = run_command("report", book, "-o", out)
    assert done.code == 0, done.err
    assert validator_errors(out) == []
    document = docx.Document(str(out))
    lines = [paragraph.text for paragraph in document.paragraphs]
    headings = [p.text for p in document.paragraphs if p.style is not None and p.style.name.startswith("Heading 2")]
    assert headings == ["一、主要职能", "二、机构设置", "一、预算编制说明", "三、机关运行经费预算"]
    titles = [line for line in lines if line.startswith("第") and "部分　" in line]
    assert titles[-4:] == [
        "第一部分　单位概况",
        "第二部分　2025年单位预算表",
        "第三部分　2025年单位预算说明",
        "第四部分　名词解释",
    ]
    assert len(document.tables) == len(load_edition("2025-shanghai").forms)
    assert any("34,567.12" in cell.text for cell in document.tables[0]._cells)
    edition = load_edition("2025-shanghai")
    assert [line for line in lines if line.startswith("注：")] == [
        edition.note_of(edition.form(code), "2025", "单位") for code in ("T6", "T7")
    ]
    assert not any("{" in line for line in lines)
    assert ("（一）承办其他事项" in lines) is written
    assert ("财政拨款收入：略" in lines) is written
    assert any(line.startswith("财政拨款收入：指") for line in lines) is not written
    assert ("公开文档中没有这一段" in done.out) is not written
