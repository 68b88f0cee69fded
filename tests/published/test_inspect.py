"""Published documents: our own read back without a finding, every slip found at its place, whatever comes refused."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn

from addin.document import read_document
from addin.published import inspect as inspecting
from addin.published.examine import examined
from addin.published.inspect import inspect_documents
from addin.verbs import commands
from tests.support.command import run_command
from tests.support.documents import changed, paragraph_with, published, remove, replace_in, set_cell, wanted
from tests.support.evidence import LONG
from tests.support.live import Steps
from tests.support.units import UNITS, finished_file
from udfs.audit import verdicts
from udfs.base import FORCED, InputProblems
from udfs.foreign import PageTable, Passage, Published
from udfs.published import RULES
from udfs.published.asked import nothing_secret, targets_add_up, units_agree
from udfs.published.places import RULE_OF_KIND


@pytest.fixture(scope="module")
def book(steps: Steps) -> Path:
    return steps.narrated


@pytest.fixture(scope="module")
def written(book: Path) -> Path:
    """Its Word document as it is published; not to be changed."""
    return published(book, book.with_name("公开.docx"))


def test_our_own_document_is_read_back_equal_to_its_workbook(book: Path, written: Path) -> None:
    done = examined(written, written.read_bytes(), book.read_bytes())
    assert wanted(done) == []
    assert done.found is not None
    assert len(done.found.tables) == 13
    assert all(item.ok is not False for item in done.items)


def test_a_departments_document_is_read_back_without_its_list_of_units(tmp_path: Path) -> None:
    """The units that head projects are told by their sums, also where one figure is wrong."""
    book, out = tmp_path / "说明.xlsx", tmp_path / "公开.docx"
    commands.narrate_workbook(finished_file(UNITS["department"], tmp_path), book)
    published(book, out)
    assert wanted(examined(out, out.read_bytes())) == []

    def slip(document: Document) -> None:
        table = next(t for t in document.tables if any("展会经费" in c.text for c in t.columns[0].cells))
        cell = next(row for row in table.rows if "展会经费" in row.cells[0].text).cells[1]
        cell.paragraphs[0].runs[0].text = "99.99"

    told = wanted(examined(out, changed(out, slip)))
    assert [(rule, sheet) for rule, sheet, _, _ in told] == [("A12-01", "表十二")]


def test_a_figure_of_a_table_changed_by_hand_is_found_in_its_cell(book: Path, written: Path) -> None:
    def slip(document: Document) -> None:
        before = set_cell(document, "表三", 5, 2, "327.99")
        assert before not in ("", "327.99")

    data = changed(written, slip)
    alone = wanted(examined(written, data))
    assert any(sheet == "表三" for _, sheet, _, _ in alone)
    done = examined(written, data, book.read_bytes())
    beside = [f for f in done.findings if f.finding.rule == "P20"]
    assert [(f.finding.sheet, f.finding.left) for f in beside] == [("表三", "327.99")]
    assert beside[0].page == done.document.tables[2].pages[0]
    assert "工作簿的数正确" in beside[0].finding.message


@pytest.mark.parametrize(
    ("words", "by", "rules"),
    [
        ("2193.98万元", "2193.89万元", {"D01", "D02", "P21"}),
        ("下降68.28%", "下降86.28%", {"D02", "P21"}),
        ("占89.68%", "占89.86%", {"D02", "P21"}),
        ("减少1498.02万元", "增加1498.02万元", {"D03", "P21"}),
        ("与2023年预算733.98", "与2022年预算733.98", {"D04", "P21"}),
    ],
)
def test_a_slip_in_the_text_is_found_in_its_paragraph(
    book: Path, written: Path, words: str, by: str, rules: set[str]
) -> None:
    data = changed(written, lambda document: replace_in(document, words, by))
    done = examined(written, data, book.read_bytes())
    found = [f for f in done.findings if f.finding.rule in rules]
    assert found, wanted(done)
    paragraph = next(p for p in done.document.passages if by in p.text)
    assert {f.paragraph for f in found} == {paragraph.paragraph}
    assert {f.page for f in found} == {paragraph.page}


def _delete_table(document: Document) -> None:
    table = document.tables[6]
    remove(table._tbl)


@pytest.mark.parametrize("number", [0, 5, *(pytest.param(n, marks=LONG) for n in range(13) if n not in {0, 5})])
def test_what_a_missing_table_would_say_is_unknown_to_the_text(written: Path, number: int) -> None:
    done = examined(written, changed(written, lambda document: remove(document.tables[number]._tbl)))
    assert [w for w in wanted(done) if w[0] != "P01"] == []


def test_a_text_is_held_against_tables_that_do_not_name_the_unit(written: Path) -> None:
    def change(document: Document) -> None:
        for paragraph in document.paragraphs:
            if paragraph.text.startswith("单位名称："):
                remove(paragraph._p)
        replace_in(document, "2193.98万元", "2193.89万元")

    done = examined(written, changed(written, change))
    assert done.found is not None
    assert not done.found.unit
    assert {rule for rule, *_ in wanted(done)} == {"D01"}


def test_sections_are_known_by_headings_that_are_nearly_theirs(written: Path) -> None:
    def change(document: Document) -> None:
        for words, by in (
            ("二、收入预算情况说明", "二、收入预算表情况说明"),
            ("四、财政拨款收支预算总体情况说明", "四、财政拨款收支预算总表的情况说明"),
            ("695.96万元，全部来自", "695.69万元，全部来自"),
        ):
            replace_in(document, words, by)

    rules = {rule for rule, *_ in wanted(examined(written, changed(written, change)))}
    assert "D01" in rules
    assert "P02" not in rules


def test_tables_without_a_text_are_not_asked_for_its_sections(written: Path) -> None:
    def change(document: Document) -> None:
        for paragraph in document.paragraphs:
            if len(paragraph.text) > 40 or "情况" in paragraph.text:
                remove(paragraph._p)

    rules = [rule for rule, *_ in wanted(examined(written, changed(written, change)))]
    assert rules.count("P11") == 1
    assert "P02" not in rules


def test_contents_of_tables_that_are_published_by_themselves_are_one_finding(written: Path) -> None:
    def change(document: Document) -> None:
        for table in document.tables:
            remove(table._tbl)
        for paragraph in document.paragraphs:
            if paragraph.text.startswith("表") and "\t" not in paragraph.text:
                remove(paragraph._p)

    found = [f for f in examined(written, changed(written, change)).findings if f.finding.rule == "P03"]
    messages = [f.finding.message for f in found if "正文中没有" in f.finding.message]
    assert messages == [m for m in messages if m.endswith("等13个标题，正文中没有这些标题，请核对")]
    assert len(messages) == 1


def test_a_document_is_not_told_to_generate_its_tables(written: Path) -> None:
    def change(document: Document) -> None:
        rows = document.tables[5].rows
        last = rows[-2]._tr
        remove(last)
        rows[3]._tr.addprevious(last)

    (told,) = [message for rule, _, _, message in wanted(examined(written, changed(written, change))) if rule == "F32"]
    assert told.startswith("“退休费”上面没有所属科目的行，请补上。同一原因还使")
    assert told.count("同一原因") == 1


def test_a_slip_in_a_heading_costs_a_word_and_not_the_table(book: Path, written: Path) -> None:
    def change(document: Document) -> None:
        rows = list(document.tables[0].rows)
        cell = next(c for c in rows[1].cells if c.text == "2024年合计")
        cell.paragraphs[0].runs[0].text = "2024年计"
        label = next(c for row in rows for c in row.cells if c.text == "二十三、灾害防治及应急管理支出")
        label.paragraphs[0].runs[0].text = "二十三、灾害防治及应急管理出"
        remove(next(row for row in rows if row.cells[2].text == "二十二、国有资本经营预算支出")._tr)

    done = examined(written, changed(written, change), book.read_bytes())
    messages = [f.finding.message for f in done.findings]
    assert any("表头“计”疑为“合计”" in m for m in messages)
    assert any("文件为“2024年计”，工作簿为“2024年合计”" in m for m in messages)
    assert any("文件为“二十三、灾害防治及应急管理出”" in m for m in messages)
    assert not [w for w in wanted(done) if w[0][0] in "ABD"]


def _delete_section(document: Document) -> None:
    paragraphs = list(document.paragraphs)
    start = next(n for n, p in enumerate(paragraphs) if p.text.startswith("九、政府采购") and "\t" not in p.text)
    for paragraph in paragraphs[start : start + 2]:
        remove(paragraph._p)


def _revise(document: Document) -> None:
    from docx.oxml import OxmlElement

    run = paragraph_with(document, "政府购买服务").runs[0]._r
    mark = OxmlElement("w:ins")
    run.addprevious(mark)
    mark.append(run)


def _comment(document: Document) -> None:
    document.add_comment(paragraph_with(document, "政府购买服务").runs[0], text="请核对", author="甲", initials="甲")


def _renumber_heading(document: Document) -> None:
    heading = next(
        p for p in document.paragraphs if p.text.startswith("六、一般公共预算基本支出") and "\t" not in p.text
    )
    heading.runs[0].text = heading.runs[0].text.replace("六、", "八、")


def _other_year(document: Document) -> None:
    title = next(p for p in document.paragraphs if p.text.startswith("2024年度单位预算公开"))
    title.runs[0].text = title.runs[0].text.replace("2024", "2023")


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        (_delete_table, "P01", "表七"),
        (_delete_section, "P02", "政府采购情况"),
        (_revise, "P06", "修订"),
        (_comment, "P06", "批注"),
        (_renumber_heading, "P05", "编号由5跳到8"),
        (_other_year, "P07", "封面的年度是2023年"),
    ],
)
def test_what_is_wrong_with_the_form_is_named(
    written: Path, change: Callable[[Document], object], rule: str, words: str
) -> None:
    done = examined(written, changed(written, change))
    found = [f for f in done.findings if f.finding.rule == rule]
    assert any(words in f.finding.message for f in found), wanted(done)
    assert any(item.ok is False for item in done.items)


def test_a_paragraph_deleted_or_added_is_found_against_the_workbook(book: Path, written: Path) -> None:
    def change(document: Document) -> None:
        gone = paragraph_with(document, "本单位没有编制政府购买服务指导性目录")
        remove(gone._p)
        paragraph_with(document, "本单位没有其他需要说明的事项").insert_paragraph_before("另有专项资金500万元。")

    done = examined(written, changed(written, change), book.read_bytes())
    messages = [f.finding.message for f in done.findings if f.finding.rule == "P21"]
    assert any("另有专项资金500万元" in m for m in messages)
    assert any("本单位没有编制政府购买服务指导性目录" in m for m in messages)


def test_every_kind_of_contradiction_has_its_rule() -> None:
    kinds = {value for name, value in vars(verdicts).items() if name.isupper() and isinstance(value, str)}
    assert kinds == set(RULE_OF_KIND)


def test_the_handbook_lists_every_rule() -> None:
    page = (Path(__file__).parents[2] / "docs" / "handbook" / "inspect.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("| P")] == [
        f"| {number} | {grade} | {text} |" for number, (grade, text) in RULES.items()
    ]


def test_a_placeholder_is_found_wherever_it_stands(written: Path) -> None:
    data = changed(written, lambda d: replace_in(d, "主要原因是", "主要原因是XX，即"))
    (found,) = [f for f in examined(written, data).findings if f.finding.rule == "D12"]
    assert found.finding.grade == FORCED
    assert "XX" in found.quote


# -- the command


def test_the_command_writes_an_annotated_copy_and_the_checklist(book: Path, written: Path, tmp_path: Path) -> None:
    source = tmp_path / "公开.docx"
    source.write_bytes(changed(written, lambda d: replace_in(d, "减少1498.02万元", "增加1498.02万元")))
    done = run_command("inspect", source, "--against", book, "-o", tmp_path / "结果")
    assert done.code == 1, done.err
    copy = docx.Document(str(tmp_path / "结果" / "公开-检查意见.docx"))
    assert any("D03" in comment.text for comment in copy.comments)
    assert (tmp_path / "结果" / "检查表.xlsx").exists()
    from openpyxl import load_workbook

    sheets = load_workbook(tmp_path / "结果" / "检查表.xlsx")
    assert sheets.sheetnames == ["检查表", "问题清单", "未能读取"]
    answers = {row[2]: row[3] for row in sheets["检查表"].iter_rows(min_row=4, values_only=True)}
    assert answers["表一"] == "是"
    assert answers["预算收支数据变动情况及原因"] == "否"
    assert answers["及时性"] == "未判断"


def test_json_has_the_words_that_other_tools_rely_on(written: Path) -> None:
    done = run_command("inspect", written, "--json")
    assert done.code == 0, done.err
    (record,) = json.loads(done.out)
    assert record["file"] == written.name
    assert record["passed"] is True
    assert set(record["counts"]) == {"强制", "提示", "信息"}
    assert {"item", "ok", "problems"} <= set(record["items"][0])
    assert {"page", "paragraph", "quote", "rule", "grade", "sheet", "cell"} <= set(record["findings"][0])


def test_one_bad_file_never_stops_the_rest(written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "公开"
    folder.mkdir()
    (folder / "甲.docx").write_bytes(written.read_bytes())
    (folder / "乙.pdf").write_bytes(b"%PDF-1.4\nbroken")
    (folder / "丙.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with zipfile.ZipFile(folder / "丁.zip", "w") as archive:
        archive.writestr("内/丁.docx", changed(written, lambda d: set_cell(d, "表三", 5, 2, "327.99")))
    done = inspect_documents([folder], out=tmp_path / "检查表.xlsx", processes=1)
    states = {r["file"]: r["state"] for r in done.records}
    assert states == {"甲.docx": "read", "乙.pdf": "refused", "丙.doc": "refused", "丁.zip/内/丁.docx": "read"}
    assert not done.good
    again = inspect_documents([folder], out=tmp_path / "检查表.xlsx", processes=1)
    assert again.anew == 0
    assert again.records == done.records
    # An answer that the disk has damaged is asked for again.
    for entry in (p for p in tmp_path.rglob("*缓存/*/*") if p.is_file()):
        entry.write_bytes(entry.read_bytes()[:-5])
    again = inspect_documents([folder], out=tmp_path / "检查表.xlsx", processes=1)
    assert again.anew == done.anew > 0
    assert again.records == done.records


def test_a_document_finds_its_workbook_in_a_folder_by_its_unit(book: Path, written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "工作簿"
    folder.mkdir()
    (folder / "一.xlsx").write_bytes(book.read_bytes())
    commands.new_workbook(folder / "二.xlsx", unit="另一单位")
    data = changed(written, lambda d: set_cell(d, "表三", 5, 2, "327.99"))
    (tmp_path / "未写单位.docx").write_bytes(data)
    done = inspect_documents([tmp_path / "未写单位.docx"], against=folder)
    assert any(f["rule"] == "P20" for f in done.records[0]["findings"])


@pytest.mark.parametrize("name", ["甲.txt", "甲.docx", "甲.pdf"])
def test_what_is_no_document_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("不是文件", encoding="utf-8")
    done = run_command("inspect", tmp_path / name)
    assert done.code == 2
    assert name in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("own", "other"), [(6, 5), (1, 2), (13, 12), (4, 7)])
def test_a_table_with_the_number_of_another_is_named_at_its_place(written: Path, own: int, other: int) -> None:
    data = changed(written, lambda d: replace_in(d, f"公开表{own}", f"公开表{other}"))
    (found,) = [f for f in examined(written, data).findings if "按顺序应为" in f.finding.message]
    assert found.quote.endswith(f"公开表{other}")
    assert f"按顺序应为{own}" in found.finding.message


def test_forced_findings_are_what_the_exit_code_tells(written: Path, tmp_path: Path) -> None:
    source = tmp_path / "公开.docx"
    source.write_bytes(changed(written, _delete_table))
    done = examined(source, source.read_bytes())
    assert any(f.finding.grade == FORCED for f in done.findings)
    assert run_command("inspect", source).code == 1


def test_a_child_that_must_be_ended_costs_its_document_alone(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspecting, "SECONDS", 0.0)
    for name in ("甲.docx", "乙.docx"):
        (tmp_path / name).write_bytes(written.read_bytes() + name.encode())
    done = inspect_documents([tmp_path], processes=1)
    assert {r["state"] for r in done.records} == {"refused"}
    assert all("秒" in r["message"] for r in done.records)


# -- hostile files


def _bomb() -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<a>" + " " * 60_000_000 + "</a>")
    return result.getvalue()


DOCUMENT = "word/document.xml"


def _rewritten(written: Path, part: str, change: Callable[[bytes], bytes], *, twice: bool = False) -> bytes:
    """A document with a part changed, or with the changed part beside the one that is there."""
    result = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in source.infolist():
            data = source.read(info)
            archive.writestr(info.filename, data if twice or info.filename != part else change(data))
        if twice:
            archive.writestr(part.upper(), change(source.read(part)))
    return result.getvalue()


def _begun(data: bytes, more: bytes) -> bytes:
    """The text with something before its first paragraph."""
    return data.replace(b"<w:body>", b"<w:body>" + more, 1)


@pytest.mark.parametrize("kind", ["bomb", "entities", "encrypted", "workbook", "cut", "twice", "rows"])
def test_a_hostile_word_file_is_refused_with_a_sentence(written: Path, book: Path, kind: str) -> None:
    made: dict[str, Callable[[], bytes]] = {
        "bomb": _bomb,
        "entities": lambda: _rewritten(
            written, DOCUMENT, lambda d: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc">]>' + d.partition(b"?>")[2]
        ),
        "twice": lambda: _rewritten(written, DOCUMENT, lambda d: d, twice=True),
        "rows": lambda: _rewritten(
            written,
            DOCUMENT,
            lambda d: _begun(d, b"<w:tbl>" + b"<w:tr><w:tc><w:p/></w:tc></w:tr>" * 210_000 + b"</w:tbl>"),
        ),
        "encrypted": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "workbook": book.read_bytes,
        "cut": lambda: written.read_bytes()[:5_000],
    }
    data = made[kind]()
    with pytest.raises(InputProblems) as found:
        read_document(Path("甲.docx"), data)
    assert len(found.value.problems) == 1


def test_cells_before_a_row_are_no_more_than_a_table_has(written: Path) -> None:
    row = b'<w:tr><w:trPr><w:gridBefore w:val="100000000"/></w:trPr><w:tc><w:p/></w:tc></w:tr>'
    data = _rewritten(written, DOCUMENT, lambda d: _begun(d, b"<w:tbl>" + row + b"</w:tbl>"))
    assert read_document(Path("甲.docx"), data).tables


@pytest.mark.parametrize(("kind", "mode", "words"), [("aFChunk", "", "没有读取"), ("image", "External", "从别处取")])
def test_what_other_programs_would_take_in_is_named(written: Path, kind: str, mode: str, words: str) -> None:
    target = "https://example.org/x" if mode else "styles.xml"
    relation = (
        '<Relationship Id="x9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'{kind}" Target="{target}" TargetMode="{mode or "Internal"}"/></Relationships>'
    )
    data = _rewritten(
        written, "word/_rels/document.xml.rels", lambda d: d.replace(b"</Relationships>", relation.encode())
    )
    assert any(words in left.message for left in read_document(Path("甲.docx"), data).leftovers)


def slipped(text: str) -> str:
    """A text with its first figure changed."""
    at = next(n for n, c in enumerate(text) if c.isdigit())
    return f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"


def test_every_figure_of_table_and_text_changed_by_hand_is_found_at_its_page(book: Path, written: Path) -> None:
    changed_texts: list[str] = []
    changed_cells = 0

    def change(document: Document) -> None:
        nonlocal changed_cells
        begun = False
        for paragraph in document.paragraphs:
            begun = begun or (paragraph.text.startswith("第三部分") and "\t" not in paragraph.text)
            if begun and any(c.isdigit() for c in paragraph.text) and len(paragraph.text) > 20:
                text = slipped(paragraph.text)
                paragraph.runs[0].text = text
                for run in paragraph.runs[1:]:
                    run.text = ""
                changed_texts.append(text)
        for table in document.tables[:13]:
            for row in table.rows:
                for element in row._tr.tc_lst:
                    texts = [t for t in element.iter(qn("w:t")) if t.text and "." in t.text and t.text[0].isdigit()]
                    if texts and changed_cells % 3 == 0:
                        texts[0].text = slipped(texts[0].text or "")
                    changed_cells += bool(texts)

    data = changed(written, change)
    done = examined(written, data, book.read_bytes())
    places = {p.text: (p.page, p.paragraph) for p in done.document.passages}
    found = {(f.page, f.paragraph) for f in done.findings if f.finding.rule == "P21"}
    assert len(changed_texts) > 15
    assert {places[text] for text in changed_texts} <= found
    cells = [f for f in done.findings if f.finding.rule == "P20"]
    assert len({(f.table, f.row, f.quote) for f in cells}) >= 80
    assert all(f.page == done.document.tables[f.table].pages[0] for f in cells)
    assert not done.report or not done.report.passed


def test_import_takes_a_word_document(written: Path, tmp_path: Path) -> None:
    done = run_command("import", written, "-o", tmp_path / "导入.xlsx")
    assert done.code == 0, done.err
    assert "识别出13张表，共13张" in done.out


def test_reading_gives_passages_and_tables_with_pages(written: Path) -> None:
    document: Published = read_document(written, written.read_bytes())
    assert [p.paragraph for p in document.passages] == list(range(1, len(document.passages) + 1))
    assert all(1 <= p.page <= document.pages for p in document.passages)
    assert [t.pages[0] for t in document.tables] == sorted(t.pages[0] for t in document.tables)


@pytest.mark.parametrize(
    ("approved", "published", "ok"),
    [("2024年1月10日", "2024年1月30日", True), ("2024年1月10日", "2024年2月5日", False)],
)
def test_the_days_between_approval_and_publication_are_counted(
    written: Path, approved: str, published: str, *, ok: bool
) -> None:
    def tell(document: Document) -> None:
        document.paragraphs[2].insert_paragraph_before(f"批复日期：{approved}")
        document.paragraphs[2].insert_paragraph_before(f"公开日期：{published}")

    done = examined(Path("公开.docx"), changed(written, tell))
    assert next(i.ok for i in done.items if i.item == "及时性") is ok


def test_a_term_that_is_used_and_not_explained_is_named(written: Path) -> None:
    def forget(document: Document) -> None:
        start = max(n for n, p in enumerate(document.paragraphs) if "名词解释" in p.text)
        for paragraph in document.paragraphs[start:]:
            if "机关运行经费" in paragraph.text:
                remove(paragraph._element)

    told = wanted(examined(Path("公开.docx"), changed(written, forget)))
    assert any(rule == "P14" and "机关运行经费" in message for rule, _, _, message in told)


def told_of(*texts: str, tables: tuple[PageTable, ...] = ()) -> Published:
    """A document of these paragraphs."""
    passages = tuple(Passage(text, 1, number) for number, text in enumerate(texts, 1))
    return Published("甲.docx", 1, passages, tables)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("2025年本部门下属1家机关和1家参公事业单位财政拨款的机关运行经费预算为10万元。", 0),
        ("2025年本部门下属2家机关和1家参公事业单位财政拨款的机关运行经费预算为10万元。", 1),
        ("本部门9个预算单位开展了2025年项目预算绩效目标编报工作。", 1),
        ("本部门2个预算单位开展了2025年项目预算绩效目标编报工作。", 0),
    ],
)
def test_units_are_as_many_as_are_listed(text: str, wrong: int) -> None:
    document = told_of("本部门中，行政单位1家，参公单位1家，事业单位4家，具体包括：", text)
    assert len(list(units_agree(document))) == wrong


def test_more_performance_forms_than_the_text_tells_of_are_named() -> None:
    form = PageTable((Passage("项目支出绩效目标表", 2, 2),), (("项目名称", "甲"),), (2,), 2)
    text = "本单位编报绩效目标的项目共{}个，涉及项目预算资金10万元。"
    assert [x.finding.rule for x in targets_add_up(told_of(text.format(1), tables=(form, form)))] == ["P12"]
    assert list(targets_add_up(told_of(text.format(3), tables=(form, form)))) == []


def test_what_is_marked_as_not_to_be_published_is_named() -> None:
    table = PageTable((Passage("表十二", 3, 3),), (("项目名称", "合计"), ("甲专项（涉密）", "8.00")), (3, 3), 3)
    document = told_of("保密设备购置经费3万元。", "甲专项（不公开）8万元。", tables=(table,))
    assert [(x.finding.rule, x.page, x.paragraph, x.row) for x in nothing_secret(document)] == [
        ("P18", 1, 2, -1),
        ("P18", 3, 0, 1),
    ]


def test_the_words_of_the_other_kind_of_document_are_named(written: Path) -> None:
    data = changed(written, lambda d: replace_in(d, "下降68.28%", "本部门下降68.28%"))
    assert any(rule == "P08" and "本部门" in message for rule, _, _, message in wanted(examined(written, data)))


def test_the_words_of_the_other_kind_in_one_heading_are_named(written: Path) -> None:
    data = changed(written, lambda d: replace_in(d, "本单位职责", "本部门职责"))
    assert any(rule == "P08" and "本部门" in message for rule, _, _, message in wanted(examined(written, data)))


def test_a_mark_in_another_wording_is_named(written: Path) -> None:
    def slip(document: Document) -> None:
        mark = next(p for p in document.paragraphs if p.style and p.style.name == "表号" and p.text.endswith("9"))
        mark.runs[0].text = "部门公开表9"

    told = wanted(examined(written, changed(written, slip)))
    assert [message for rule, _, _, message in told if rule == "P08" and "部门公开表9" in message]
