"""Editions as data: one command a year, mistakes found and named, no edition known to the code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.command import run_command
from tests.support.published import LEDGER, UNIT
from workbook_templates.reading import EDITIONS_FOLDER, available_editions, load_edition, read_edition
from workbook_templates.reading.edition import default_edition

ROOT = Path(__file__).resolve().parents[2]
NINE = "2025-shanghai"


@pytest.mark.parametrize("name", available_editions())
def test_every_edition_of_the_program_is_without_mistakes(name: str) -> None:
    done = run_command("edition", "check", EDITIONS_FOLDER / name)
    assert done.code == 0, done.err
    assert "没有发现问题" in done.out


def test_no_line_of_the_program_names_an_edition() -> None:
    words = {part for name in available_editions() for part in (name, name.partition("-")[2])}
    files = [p for folder in ("addin", "udfs", "workbook_templates") for p in (ROOT / folder).rglob("*.py")]
    named = [
        f"{path.name}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in words) and ">>>" not in line and "例如" not in line
    ]
    assert named == []


@pytest.mark.parametrize("year", ["2025", "2026"])
def test_another_year_of_the_thirteen_tables_is_one_small_file(year: str) -> None:
    base = load_edition()
    folder = EDITIONS_FOLDER / f"{year}-shanxi"
    assert sorted(p.name for p in folder.iterdir()) == ["edition.toml", "template.xlsx"]
    edition = load_edition(folder.name)
    assert (edition.year, edition.forms, edition.relations) == (int(year), base.forms, base.relations)


def test_a_copy_is_made_by_one_command_and_used_like_any_other(tmp_path: Path) -> None:
    done = run_command("edition", "copy", default_edition(), "2027-shanxi", "-o", tmp_path)
    assert done.code == 0, done.err
    folder = tmp_path / "2027-shanxi"
    assert run_command("edition", "check", folder).code == 0
    sheet = load_workbook(folder / "template.xlsx")["表三"]
    assert sheet["A1"].value == "2027年预算支出总表"
    assert read_edition(folder).stamp.startswith("2027-shanxi/")
    again = run_command("edition", "copy", default_edition(), "2027-shanxi", "-o", tmp_path)
    assert again.code == 2
    assert "已经存在" in again.err


def test_a_workbook_of_another_year_has_its_titles_and_passes(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    done = run_command("new", book, "--ledger", LEDGER, "--unit", UNIT, "--edition", "2026-shanxi")
    assert done.code == 0, done.err
    assert load_workbook(book)["表一"]["A1"].value == "2026年预算收支总表"
    assert run_command("validate", book).code == 0


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(EDITIONS_FOLDER / NINE, tmp_path / NINE)
    return tmp_path / NINE


MISTAKES = [
    ("audit.toml", 'value = "a.three"', 'value = "a.thre"', "没有名为“thre”的数据"),
    ("edition.toml", 'codes = "2024"', 'codes = "1999"', "科目表 codes/1999 缺少"),
    ("edition.toml", 'version = "1.0"\n', "", "缺少“version”"),
    ("edition.toml", 'name = "2025-shanghai"', 'name = "2025-x"', "应为“2025-shanghai”"),
    ("forms/t03.toml", '"合计", "基本支出", "项目支出"],', '"合计", "基本支出"],', "headings 第2行有6列"),
    (
        "forms/t01.toml",
        'label = "二、事业收入",',
        'label = "二、事业收入", line = 4,',
        "第1列第4行既是“3.国有资本经营预算”又是“二、事业收入”",
    ),
    ("forms/t03.toml", 'kind = "基本支出"', 'kind = "基本支岀"', "没有取值“基本支岀”"),
    ("forms/t03.toml", "where = { kind = ", "where = { knd = ", "筛选条件“knd”不是明细的列"),
    ("forms/t03.toml", 'shows = "part3"', 'shows = "part4"', "应为 part1 至 part3"),
    ("forms/t04.toml", 'shows = "numbered"', 'shows = "numberd"', "现为“numberd”，是否应为“numbered”？"),
    ("forms/t05.toml", 'sheet = "表五"', 'sheet = "表三"', "工作表名 sheet都是“表三”"),
    (
        "forms/t09.toml",
        'unit_of_measure = "万元"',
        'unit_of_measure = "百元"',
        "unit_of_measure 应为“万元”、“元”之一，现为“百元”",
    ),
    ("forms/t02.toml", "{year}年{who}", "{yaer}年{who}", "花括号只能是"),
    ("relations.toml", 'left = "T1[收入总计].预算数"', 'left = "T1[收入总和].预算数"', "没有行“收入总和”"),
    ("relations.toml", 'number = "A01-02"', 'number = "A01-01"', "编号 A01-01 重复"),
    ("inputs.toml", 'last = "T5[合计].合计"', 'last = "T5[合计].总额"', "没有栏“总额”"),
    ("inputs.toml", 'key = "unit_name"', 'key = "name"', "缺少 key = “unit_name”"),
    ("ledger.toml", 'code = "functional"', 'code = "function"', "code 应为"),
    ("sheets.toml", 'name = "上年数据"', 'name = "去年数据"', "没有列出“上年数据”"),
    ("narrative.toml", 'mark = "文本指纹"\n', "", "mark"),
    ("narrative.toml", "threshold = 10", "threshold = ", "语法错误"),
    ("forms/t09.toml", 'where = { flow = "支出" }\n', "", "没有用 flow 说明"),
    ("relations.toml", 'rows = "T1[#1] T3[#1]"\n', "", "没有写 rows"),
    ("sheets.toml", "widths = [8, 24, 92]\n", "", "“名词解释”的 heading 和 widths"),
    ("inputs.toml", "widths = [30, 44, 50]\n", "", "heading 和 widths"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), MISTAKES)
def test_a_mistake_is_told_in_a_sentence(copy: Path, file: str, old: str, new: str, says: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = run_command("edition", "check", copy)
    assert done.code == 1
    assert says in done.err, done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("filters = [{ year", "filters = [{ yeer", "预算明细没有列“yeer”"),
        ('{ year = "本年" }, {', '{ year = "今年" }, {', "预算明细的“year”没有“今年”"),
        ('"单位资金" = "year_own"', '"单位金" = "year_own"', "预算明细的“source”没有“单位金”"),
        ('"省级" = "year_province"', '"省" = "year_province"', "政府级次没有“省”"),
    ],
)
def test_a_name_that_project_money_cannot_mean_is_told(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = tmp_path / "2024-shanxi"
    shutil.copytree(EDITIONS_FOLDER / folder.name, folder)
    path = folder / "performance.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = run_command("edition", "check", folder)
    assert done.code == 1
    assert f"project_money.blank：{says}" in done.err


def test_all_mistakes_are_told_at_once(copy: Path) -> None:
    for file, old, new, _ in (MISTAKES[4], MISTAKES[11], MISTAKES[16]):
        path = copy / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    done = run_command("edition", "check", copy)
    assert all(says in done.err for *_, says in (MISTAKES[4], MISTAKES[11], MISTAKES[16])), done.err


def test_a_column_that_no_relation_watches_is_named(copy: Path) -> None:
    path = copy / "relations.toml"
    text = path.read_text(encoding="utf-8")
    kept = [part for part in text.split("[[relations]]") if "机关运行经费" not in part]
    path.write_text("[[relations]]".join(kept), encoding="utf-8")
    done = run_command("edition", "check", copy)
    assert "表九：“机关运行经费”栏没有任何勾稽关系" in done.err


def test_a_stale_template_is_named(copy: Path) -> None:
    path = copy / "forms" / "t03.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("18, 18, 18]", "18, 18, 19]"), encoding="utf-8")
    done = run_command("edition", "check", copy)
    assert done.code == 1
    assert "与版式文件不一致" in done.err


def test_editions_that_rest_on_each_other_are_refused(tmp_path: Path) -> None:
    for name, base in (("2025-a", "2025-b"), ("2025-b", "2025-a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "edition.toml").write_text(f'base = "{base}"\nname = "{name}"\n', encoding="utf-8")
    done = run_command("edition", "check", tmp_path / "2025-a")
    assert done.code == 1
    assert "互相引用" in done.err


def test_a_base_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "2025-a").mkdir()
    (tmp_path / "2025-a" / "edition.toml").write_text('base = "2020-nowhere"\n', encoding="utf-8")
    assert "“2020-nowhere”不存在" in run_command("edition", "check", tmp_path / "2025-a").err
