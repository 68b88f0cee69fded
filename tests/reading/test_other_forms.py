"""What a small edition says against its base: a table changed, computed columns, a table and a relation left out."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.command import run_command
from tests.support.sealed import set_cells
from tests.support.twelve import HEADINGS, LEDGER, UNIT
from workbook_templates.reading import EDITIONS_FOLDER, files, read_edition
from workbook_templates.template import template_bytes

BASE = "2019-jiangsu"
HEAD = f"""base = "{BASE}"
name = "2020-own"
year = 2020
without = ["T12", "A03-01"]
"""
TABLE = """headings = [["合计", "基本支出", "项目支出", "增减额", "增减%"]]

[[blocks]]
name = "预算数"
labels = []
columns = [
  { at = 1, key = "合计" },
  { at = 2, key = "基本支出", where = { kind = "基本支出" } },
  { at = 3, key = "项目支出", where = { kind = "项目支出" } },
  { at = 4, key = "增减额", change = ["基本支出", "项目支出"] },
  { at = 5, key = "增减%", change = ["基本支出", "项目支出"], percent = true },
]
where = { flow = "支出" }
rows = [{ label = "", key = "预算数" }]
"""
RELATIONS = """[[relations]]
number = "A03-02"
kind = "sum"
requirement = "{T3}：项目支出等于基本支出与增减额之和"
left = "T3[预算数].项目支出"
right = "T3[预算数].基本支出 + T3[预算数].增减额"

[[relations]]
number = "B01-08"
kind = "bound"
requirement = "{T3}的合计不小于增减%"
left = "T3[预算数].增减%"
right = "T3[预算数].合计"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "2020-own"
    (folder / "forms").mkdir(parents=True)
    (folder / "edition.toml").write_text(HEAD, encoding="utf-8")
    (folder / "forms" / "t03.toml").write_text(TABLE, encoding="utf-8")
    (folder / "relations.toml").write_text(RELATIONS, encoding="utf-8")
    narrative = (EDITIONS_FOLDER / BASE / "narrative.toml").read_text(encoding="utf-8")
    kept = "\n".join(line for line in narrative.splitlines() if "T12" not in line and "预留机动" not in line)
    kept = "\n".join(line for line in kept.splitlines() if "结转下年" not in line and not line.startswith("template"))
    (folder / "narrative.toml").write_text(kept, encoding="utf-8")
    (folder / "audit.toml").write_text("fillers = []\n", encoding="utf-8")
    (folder / "template.xlsx").write_bytes(template_bytes(read_edition(folder)))
    return folder


def test_a_small_edition_says_only_what_differs(own: Path) -> None:
    done = run_command("edition", "check", own)
    assert done.code == 0, done.err
    edition = read_edition(own)
    assert [form.code for form in edition.forms] == [f"T{n}" for n in range(1, 12)]
    numbers = {d.number for d in edition.relations}
    assert "A03-02" in numbers
    assert not numbers & {"A03-01", "A12-01", "A12-02"}
    assert next(d for d in edition.relations if d.number == "B01-08").kind == "bound"
    assert edition.form("T3").title == "支出预算总表"


def test_computed_columns_are_what_they_compare(own: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "明细.csv"
    ledger.write_text("\n".join([HEADINGS, *LEDGER, ""]), "utf-8-sig")
    done = run_command("new", tmp_path / "新建.xlsx", "--edition", own, "--ledger", ledger, "--unit", UNIT)
    assert done.code == 0, done.err
    sheet = load_workbook(tmp_path / "新建.xlsx")["表三"]
    # 198.02 and 25.00: the change is −173.02, that of the printed amounts −87.38 per cent.
    assert [cell.value for cell in sheet[4]][:5] == [238.02, 198.02, 25, -173.02, -87.38]


def _finished(edition: Path | str, folder: Path) -> Path:
    """A unit's finished workbook of an edition."""
    ledger = folder / "明细.csv"
    ledger.write_text("\n".join([HEADINGS, *LEDGER, ""]), "utf-8-sig")
    done = run_command("new", folder / "新.xlsx", "--edition", edition, "--ledger", ledger, "--unit", UNIT)
    assert done.code == 0, done.err
    book = load_workbook(folder / "新.xlsx")
    cells: dict[tuple[str, str], float | str | None] = {}
    for sheet, label, value in (("基础信息", "单位编码", "300001"), ("上年数据", "与上年不可比", "是")):
        row = next(r[0].row for r in book[sheet].iter_rows(max_col=1) if str(r[0].value).strip(" *") == label)
        cells[sheet, f"B{row}"] = value
    done = run_command("submit", set_cells(folder / "新.xlsx", folder / "填.xlsx", cells), "-o", folder / "定稿")
    assert done.code == 0, done.out + done.err
    return next((folder / "定稿").glob("*.xlsx"))


def test_an_edition_from_elsewhere_comes_as_a_zip_and_must_be_the_very_one(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(files, "_OUTSIDE", [])
    packed = Path(shutil.make_archive(str(tmp_path / "zip" / own.name), "zip", own.parent, own.name))
    sent = _finished(packed, tmp_path)
    shutil.copy(packed, sent.parent)  # beside the workbook, where it is found
    assert run_command("verify", sent).code == 0
    (sent.parent / packed.name).unlink()
    changed = shutil.copytree(own, sent.parent / own.name) / "forms" / "t03.toml"
    changed.write_text('title = "支出情况表"\n' + changed.read_text("utf-8"), "utf-8")
    done = run_command("verify", sent)
    assert done.code == 1
    assert "定稿时所用的版式“2020-own”" in done.out, done.out


@pytest.mark.parametrize("name", ["../edition.toml", "2020-own/forms/../../x.toml", "2020-own/run.py", "/etc/x.toml"])
def test_a_zip_that_leads_out_of_itself_or_holds_anything_but_data_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "2020-own.zip", "w") as archive:
        archive.writestr("2020-own/edition.toml", 'name = "2020-own"\n')
        archive.writestr(name, "x")
    done = run_command("new", tmp_path / "新.xlsx", "--edition", tmp_path / "2020-own.zip")
    assert done.code == 2
    assert "不应含有" in done.err, done.err
