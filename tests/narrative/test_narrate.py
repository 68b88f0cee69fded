"""情况说明: the reference document's figures come out, every variant is said, and what the clerk edits is hers."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from addin.verbs.commands import sample_workbook
from addin.xlsx.files import Workbook
from tests.support.books import edited
from tests.support.check_cases import Book, sample_book
from tests.support.command import run_command
from tests.support.narrate_cases import (
    CASES,
    LAST_YEAR,
    PUBLISHED,
    PUBLISHED_CLASSES,
    PUBLISHED_RUNNING,
    PUBLISHED_STAFF,
    Case,
    changed,
    fields,
    ledger,
    put_field,
    running,
    sections_of,
    staff,
)
from tests.support.narrate_units import any_workbook
from udfs.base.amounts import half_up
from udfs.base.cells import with_blocks
from udfs.base.problems import InputProblems
from udfs.base.wording import clean_lines, clean_reason, numeral, paragraphs, share
from udfs.narrative.narrate import Section, as_records, chart_items, narrate
from udfs.narrative.text_sheet import fingerprint, read_text, text_blocks
from udfs.tables import Reading
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.narrative import NarrativeKeys, narrative_of, read_templates
from workbook_templates.reading.sample import Sample
from workbook_templates.reading.toml_files import fitted, read_toml

SHEET = "情况说明"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
#: Punctuation that never follows punctuation; a closing mark may.
_DOUBLE = re.compile(r"[，。；、：（][，。；、：）]")


@pytest.fixture(scope="module")
def sample_sections() -> tuple[Section, ...]:
    return sections_of(sample_book())


# -------------------------------------------------------------------- the reference figures


@pytest.mark.parametrize("number", PUBLISHED)
def test_every_number_of_the_reference_document_comes_out(number: int, sample_sections: tuple[Section, ...]) -> None:
    found = {Decimal(text) for text in _NUMBER.findall(sample_sections[number - 1].text)}
    assert {Decimal(text) for text in PUBLISHED[number]} <= found


def test_the_reference_figures_need_no_note(sample_sections: tuple[Section, ...]) -> None:
    assert [note for section in sample_sections for note in section.notes] == []


def test_the_items_of_the_reference_document_are_named(sample_sections: tuple[Section, ...]) -> None:
    for number in (4, 5):
        assert all(name in sample_sections[number - 1].text for name in PUBLISHED_CLASSES)
    staff_line, running_line = sample_sections[5].text.split("\n")[1:]
    assert set(_named(staff_line)) == set(PUBLISHED_STAFF)
    assert set(_named(running_line)) == set(PUBLISHED_RUNNING)


def _named(line: str) -> list[str]:
    return line.split("用于")[1].rstrip("。").removesuffix("等").split("、")


def test_the_headings_are_the_official_ones(sample_sections: tuple[Section, ...]) -> None:
    assert [s.title for s in sample_sections] == [
        "一、单位预算收支数据变动情况及原因",
        "二、收入预算情况说明",
        "三、支出预算情况说明",
        "四、财政拨款收支预算总体情况说明",
        "五、一般公共预算支出情况说明",
        "六、一般公共预算基本支出情况说明",
        "七、“三公”经费增减变动原因说明",
        "八、机关运行经费增减变动原因说明",
        "九、政府采购情况",
        "十、绩效管理情况",
        "十一、国有资产占有使用情况",
        "十二、其他说明",
    ]


def test_the_records_are_those_of_the_command_line(sample_sections: tuple[Section, ...]) -> None:
    records = as_records(sample_sections)
    assert [r["section"] for r in records] == list(range(1, 13))
    assert set(records[0]) == {"section", "heading", "text"}


def test_the_text_follows_the_printed_cell_and_not_the_ledger() -> None:
    book = sample_book()
    at = next(n for n, line in enumerate(book.grids["表一"], 1) if line[0] == "收入总计")
    book.put("表一", at, 2, 700.0)
    text = sections_of(book)[0].text
    assert "收入预算总计700.00万元" in text
    assert "减少1493.98万元，下降68.09%" in text


# -------------------------------------------------------------------- variants


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_variant(case: Case) -> None:
    section = changed(case)[case.section - 1]
    for text in case.says:
        assert text in section.text
    for text in case.says_not:
        assert text not in section.text
    assert tuple(note.message for note in section.notes) == case.notes
    assert _faults(section.text) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_variant_leaves_a_trace_of_its_making(case: Case) -> None:
    for section in changed(case):
        assert _faults(section.heading + section.text) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_variant_says_to_the_public_what_the_clerk_has_still_to_do(case: Case) -> None:
    for section in changed(case):
        assert not _TO_THE_CLERK.search(section.heading + section.text)


def test_the_words_for_the_unit_fit_its_kind_throughout() -> None:
    case = next(c for c in CASES if c.name == "department with units")
    sections = changed(case)
    assert not any("本单位" in s.text for s in sections)
    assert sections[0].heading == "部门预算收支数据变动情况及原因"


def test_the_chart_leaves_a_negative_class_out() -> None:
    book = sample_book()
    ledger(book, [staff("1000000"), running("-100000", 备注="冲减", 功能科目编码="2130104", 功能科目名称="事业运行")])
    assert [item.name for item in chart_items(Reading(load_edition(), book.grids, book.names))] == ["一般公共服务支出"]


def test_without_tables_there_is_nothing_to_say() -> None:
    book = Workbook(load_edition().template)
    with pytest.raises(InputProblems) as found:
        narrate(Reading(load_edition(), book.grids, book.package.names))
    messages = "；".join(str(p) for p in found.value.problems)
    assert "单位名称" in messages
    assert "请先生成各表" in messages


# -------------------------------------------------------------------- any workbook


_TO_THE_CLERK = re.compile("尚未|未填|填报|暂不|补填|待补|请")


def _faults(text: str) -> list[str]:
    """Traces of the making: programming words, template signs, double punctuation, a negative zero, stray spaces."""
    found = [word for word in ("None", "nan", "NaN", "{{", "{%", "¶", "Decimal", "Undefined") if word in text]
    found += [m[0] for m in re.finditer(r"-0(?![.\d])|-0\.00", text)]
    found += _DOUBLE.findall(text)
    found += [line for line in text.split("\n") if text and (line != line.strip() or not line)]
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(book=any_workbook())
def test_any_workbook_reads_well(book: Book) -> None:
    for section in sections_of(book):
        assert _faults(section.text) == []
        _assert_changes_add_up(section)
        assert not _TO_THE_CLERK.search(section.text)


_CHANGE = re.compile(
    r"^[^。]*?(?:总计|当年支出|财政拨款预算|经费预算)(-?[\d.]+)万元[^。]*?与2023年预算(-?[\d.]+)万元相比，"
    r"(增加|减少)([\d.]+)万元，(?:(增长|下降)([\d.]+)%|上年基数)"
)


def _assert_changes_add_up(section: Section) -> None:
    """Every change is the difference of its own two figures, in the right direction, and needs a reason where large."""
    for sentence in re.split(r"(?<!\d)。|\n", section.text.replace("。", "。\n")):
        match = _CHANGE.match(sentence.strip())
        if not match:
            continue
        now, before = Decimal(match[1]), Decimal(match[2])
        assert match[3] == ("增加" if now > before else "减少")
        assert Decimal(match[4]) == abs(now - before)
        if match[5]:
            rate = (abs(now - before) * 100 / before).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert match[5] == ("增长" if now > before else "下降")
            assert Decimal(match[6]) == rate
            if rate >= 10 and "主要原因是" not in sentence and section.number != 7:
                assert section.notes


def test_the_pattern_of_changes_sees_the_samples(sample_sections: tuple[Section, ...]) -> None:
    seen = [bool(_CHANGE.match(s)) for n in (1, 5, 8) for s in sample_sections[n - 1].text.split("\n")]
    assert sum(seen) == 4


# -------------------------------------------------------------------- the sheet


def _written(book: Book) -> list[str]:
    """Run narrate once over the book as a command would; the messages of the notes."""
    edition = load_edition()
    plan = text_blocks(edition, book.grids, sections_of(book))
    grids = with_blocks(book.grids, plan.blocks)
    book.grids = {name: [list(line) for line in grid] for name, grid in grids.items()}
    return [str(note) for note in plan.notes]


def _text(book: Book, row: int, column: int = 3) -> Any:
    line = book.grids[SHEET][row - 1]
    return line[column - 1] if column <= len(line) else None


def test_a_section_a_row_under_the_headings(sample_sections: tuple[Section, ...]) -> None:
    book = sample_book()
    assert _written(book) == []
    for section in sample_sections:
        line = book.grids[SHEET][2 + section.number]
        assert line[:4] == [section.numeral, section.heading, section.text, *line[3:4]]
        assert not line[3]
    assert book.grids[SHEET][2][3] == "新生成文本（供比对）"


def test_a_second_run_writes_nothing() -> None:
    book = sample_book()
    _written(book)
    assert text_blocks(load_edition(), book.grids, sections_of(book)).blocks == ()


def test_untouched_texts_follow_the_tables() -> None:
    book = sample_book()
    _written(book)
    fields(book, LAST_YEAR, 机关运行经费="60")
    assert _written(book) == []
    assert "2023年预算60.00万元" in _text(book, 11)
    assert not any(row.edited for row in read_text(load_edition(), book.grids))


def test_what_the_clerk_edits_survives_three_rounds() -> None:
    book = sample_book()
    _written(book)
    own = "本单位机关运行经费主要用于日常办公。\n具体见表十一。"
    book.put(SHEET, 11, 3, own)
    book.grids[SHEET].insert(6, ["", "补充说明", "这一行是自己加的"])
    for round_number in range(3):
        put_field(book, LAST_YEAR, "机关运行经费", 50 + round_number)
        notes = _written(book)
        assert _text(book, 12) == own
        assert f"2023年预算{50 + round_number}.00万元" in _text(book, 12, 4)
        assert book.grids[SHEET][6][:3] == ["", "补充说明", "这一行是自己加的"]
        assert notes == ["情况说明第八节：第12行正文经过修改，已保留；新生成的文本列在“新生成文本（供比对）”列，请核对"]
        assert [r.number for r in read_text(load_edition(), book.grids) if r.edited] == [8]


@pytest.mark.parametrize("take", ["copy", "empty"])
def test_the_clerk_takes_the_new_text(take: str) -> None:
    book = sample_book()
    _written(book)
    book.put(SHEET, 11, 3, "自己写的。")
    put_field(book, LAST_YEAR, "机关运行经费", 50)
    _written(book)
    offered = _text(book, 11, 4)
    book.put(SHEET, 11, 3, offered if take == "copy" else None)
    assert _written(book) == []
    assert _text(book, 11) == offered
    assert not _text(book, 11, 4)
    put_field(book, LAST_YEAR, "机关运行经费", 40)
    assert _written(book) == []
    assert "2023年预算40.00万元" in _text(book, 11)


def test_an_edited_heading_stays() -> None:
    book = sample_book()
    _written(book)
    book.put(SHEET, 11, 2, "机关运行经费情况")
    put_field(book, LAST_YEAR, "机关运行经费", 50)
    assert _written(book) == ["情况说明第八节：第11行标题经过修改，已保留“机关运行经费情况”"]
    assert _text(book, 11, 2) == "机关运行经费情况"
    assert "2023年预算50.00万元" in _text(book, 11)


def test_without_fingerprints_a_differing_text_counts_as_edited() -> None:
    book = sample_book()
    _written(book)
    book.grids[SHEET] = [line[:4] for line in book.grids[SHEET]]
    old = _text(book, 11)
    put_field(book, LAST_YEAR, "机关运行经费", 50)
    assert len(_written(book)) == 1
    assert _text(book, 11) == old
    assert "2023年预算50.00万元" in _text(book, 11, 4)


def test_a_section_taken_out_comes_back_below_and_is_named() -> None:
    book = sample_book()
    _written(book)
    del book.grids[SHEET][6]
    assert _written(book) == ["情况说明第四节：表中原来没有这一节，已补写在第16行"]
    assert _text(book, 16, 1) == "四"


def test_words_of_her_own_beside_the_text_stay() -> None:
    book = sample_book()
    _written(book)
    book.put(SHEET, 11, 4, "请张主任审核")
    assert _written(book) == ["情况说明第八节：第11行“新生成文本（供比对）”列有您另外填写的内容，已保留"]
    assert _text(book, 11, 4) == "请张主任审核"


def test_columns_that_the_clerk_has_filled_are_not_taken() -> None:
    book = sample_book()
    book.put(SHEET, 5, 6, "备注")
    filled = len(book.grids[SHEET][4])
    _written(book)
    assert book.grids[SHEET][4][5] == "备注"
    assert filled <= len(book.grids[SHEET][4])


def test_a_sheet_without_its_headings_is_refused() -> None:
    book = sample_book()
    book.grids[SHEET] = [["情况说明"]]
    with pytest.raises(InputProblems, match="找不到表头"):
        text_blocks(load_edition(), book.grids, sections_of(book))


def test_line_ends_and_trailing_spaces_are_no_edit() -> None:
    assert fingerprint("甲。\r\n乙。 ") == fingerprint("甲。\n乙。")
    assert fingerprint("　　甲。\n乙。") != fingerprint("甲。\n乙。")


def test_the_file_keeps_it_all(tmp_path: Path) -> None:
    edition = load_edition()
    book = sample_book()
    source = Workbook(edition.template)
    plan = text_blocks(edition, source.grids, sections_of(book))
    source.save_as(plan.blocks, tmp_path / "out.xlsx")
    again = Workbook(tmp_path / "out.xlsx")
    assert text_blocks(edition, again.grids, sections_of(book)).blocks == ()


# -------------------------------------------------------------------- words and data


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("主要原因是项目减少。", "项目减少"),
        ("原因：项目减少；", "项目减少"),
        ("项目减少，，支出减少。\n\n压减支出", "项目减少，支出减少；压减支出"),
        ("无", ""),
        (" — ", ""),
    ],
)
def test_a_reason_is_cleaned(written: str, meant: str) -> None:
    assert clean_reason(written) == meant


def test_wording_tools() -> None:
    assert clean_lines("无。") == []
    assert clean_lines("甲\n乙。") == ["甲。", "乙。"]
    assert paragraphs("¶甲\n  乙\n\n¶\n¶丙") == "甲乙\n丙"
    assert [numeral(n) for n in (1, 10, 11, 12, 20, 21, 100, 105, 110)] == [
        *("一", "十", "十一", "十二", "二十", "二十一", "一百", "一百零五", "一百一十")
    ]
    assert share(Decimal("0.005"), Decimal(100)) == Decimal("0.01")
    assert share(Decimal(1), Decimal(0)) is None
    assert str(half_up(Decimal("-0.001"))) == "0.00"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"T1[收入总计].金额"', '"T1[收入总额].金额"', "没有行“收入总额”"),
        ('"last_year.total_income"', '"last_year.income"', "没有字段“last_year.income”"),
        ('template = "12.j2"', 'template = "13.j2"', "缺少文件 narrative/13.j2"),
        ('now = "running"', 'now = "run"', "没有金额“run”"),
        ('chart = "general"', 'chart = "pie"', "不存在的清单“pie”"),
        ("threshold = 10", "", "缺少“threshold”"),
    ],
)
def test_a_mistake_in_the_edition_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    edition = load_edition()
    folder = tmp_path / "2024-shanxi"
    (folder / "narrative").mkdir(parents=True)
    for path in (edition.folder / "narrative").iterdir():
        (folder / "narrative" / path.name).write_text(path.read_text("utf-8"), "utf-8")
    text = (edition.folder / "narrative.toml").read_text("utf-8")
    assert old in text
    (folder / "narrative.toml").write_text(text.replace(old, new), "utf-8")

    def read() -> None:
        keys = fitted(read_toml(folder / "narrative.toml"), NarrativeKeys, "narrative.toml")
        narrative_of(keys, read_templates(folder / "narrative"), edition.forms, edition.input_sheets, "narrative.toml")

    with pytest.raises(EditionError, match=re.escape(message)):
        read()


def test_the_clerks_words_survive_three_rounds_of_fill_narrate_and_validate(tmp_path: Path) -> None:
    """On files, as she works: her paragraph and her heading stay through every step, and what is ours follows."""
    own = "本单位机关运行经费用于日常办公，与2023年预算58.90万元相比增加3.22万元。"
    book = tmp_path / "0.xlsx"
    sample_workbook(tmp_path / "输入.xlsx", Sample())
    for verb, source, made in (("fill", "输入.xlsx", "表.xlsx"), ("narrate", "表.xlsx", "0.xlsx")):
        assert run_command(verb, tmp_path / source, "-o", tmp_path / made).code == 0

    def write(opened: Any) -> None:
        opened[SHEET]["C11"].value = own
        opened[SHEET]["B12"].value = "本年政府采购"

    book = edited(book, tmp_path / "改.xlsx", write)
    for number in range(1, 4):
        for verb in ("fill", "narrate", "validate"):
            out = tmp_path / f"{number}-{verb}.xlsx"
            assert run_command(verb, book, "-o", out).code == 0
            book = out
        grid = Workbook(book).grids[SHEET]
        assert (grid[10][2], grid[11][1]) == (own, "本年政府采购")
        assert grid[10][3].startswith("2024年度")
        assert "政府采购预算10.61万元" in grid[11][2]
