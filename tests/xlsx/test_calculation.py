"""Excel is told to calculate a workbook on opening only where results are missing or may be old."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from addin.verbs import commands
from addin.xlsx import Workbook
from tests.support.books import parts_of, write_parts
from tests.support.clerk import ClerksWorkbook
from tests.support.command import run_command
from workbook_templates.reading import available_editions, load_edition
from workbook_templates.reading.sample import Sample


def _calculation(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        (found,) = re.findall(r"<calcPr[^>]*>", archive.read("xl/workbook.xml").decode())
    return str(found)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    commands.sample_workbook(folder / "填报.xlsx", Sample())
    commands.fill_workbook(folder / "填报.xlsx", folder / "各表.xlsx")
    return folder / "各表.xlsx"


def _with(source: Path, out: Path, old: str, new: str) -> Path:
    parts = parts_of(source)
    text = parts["xl/workbook.xml"].decode()
    assert re.search(old, text)
    parts["xl/workbook.xml"] = re.sub(old, new, text).encode()
    write_parts(out, parts)
    return out


@pytest.mark.parametrize("name", available_editions())
def test_a_template_asks_for_nothing(name: str) -> None:
    assert "fullCalcOnLoad" not in _calculation(load_edition(name).template)


@pytest.mark.parametrize("name", available_editions())
def test_a_chart_s_frame_has_the_prefix_by_which_some_readers_know_it(name: str) -> None:
    parts = parts_of(load_edition(name).template)
    drawings = [data for part, data in parts.items() if re.fullmatch(r"xl/drawings/drawing\d+\.xml", part)]
    assert all(b"<xdr:wsDr" in data for data in drawings)


def test_what_the_commands_write_holds_its_results(filled: Path, tmp_path: Path) -> None:
    written = [filled, tmp_path / "说明.xlsx", tmp_path / "校验.xlsx"]
    assert run_command("narrate", filled, "-o", written[1]).code == 0
    assert run_command("validate", written[1], "-o", written[2]).code < 2
    assert run_command("submit", written[1], "-o", tmp_path / "定稿").code == 0
    for path in (*written, *(tmp_path / "定稿").iterdir()):
        assert "fullCalcOnLoad" not in _calculation(path), path
        assert 'calcId="191029"' in _calculation(path), path


def test_a_mark_that_an_older_program_has_left_goes(filled: Path, tmp_path: Path) -> None:
    old = _with(filled, tmp_path / "旧.xlsx", r"<calcPr[^>]*>", '<calcPr calcId="124519" fullCalcOnLoad="1"/>')
    assert run_command("narrate", old, "-o", tmp_path / "新.xlsx").code == 0
    assert "fullCalcOnLoad" not in _calculation(tmp_path / "新.xlsx")


def test_a_newer_program_s_own_number_stays(filled: Path, tmp_path: Path) -> None:
    new = _with(filled, tmp_path / "新.xlsx", r"<calcPr[^>]*>", '<calcPr calcId="999999"/>')
    assert run_command("narrate", new, "-o", tmp_path / "说明.xlsx").code == 0
    assert _calculation(tmp_path / "说明.xlsx") == '<calcPr calcId="999999"/>'


def test_formulas_of_the_clerk_s_are_calculated_anew(filled: Path, tmp_path: Path) -> None:
    book = ClerksWorkbook(parts_of(filled))
    book.put("目录" if "目录" in book.sheets else "封面", "J9", formula="表三!C6*2", value="1")
    write_parts(tmp_path / "有公式.xlsx", book.parts)
    assert run_command("fill", tmp_path / "有公式.xlsx", "-o", tmp_path / "各表.xlsx").code == 0
    assert 'fullCalcOnLoad="1"' in _calculation(tmp_path / "各表.xlsx")


def test_formulas_of_ours_that_another_program_left_without_results_are_calculated_anew(
    filled: Path, tmp_path: Path
) -> None:
    parts = parts_of(filled)
    part = Workbook(filled).package.sheets["勾稽关系"]
    parts[part] = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", parts[part], count=1)
    write_parts(tmp_path / "缺结果.xlsx", parts)
    assert run_command("narrate", tmp_path / "缺结果.xlsx", "-o", tmp_path / "说明.xlsx").code == 0
    assert 'fullCalcOnLoad="1"' in _calculation(tmp_path / "说明.xlsx")


def test_a_workbook_that_is_only_copied_stays_as_it_is(filled: Path, tmp_path: Path) -> None:
    old = _with(filled, tmp_path / "旧.xlsx", r"<calcPr[^>]*>", '<calcPr calcId="124519" fullCalcOnLoad="1"/>')
    Workbook(old).save_as([], tmp_path / "同.xlsx")
    assert parts_of(tmp_path / "同.xlsx") == parts_of(old)
