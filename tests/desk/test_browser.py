"""工作台 in a real browser, by clicks and keys only."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from shutil import copy

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from addin.xlsx.files import Workbook as FileBook
from tests.support.browser import Browser, missing_browser, opened
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE, LONG
from tests.support.hostile import packed
from tests.support.many import BROKEN, unit_parts, write_units
from tests.support.tools import live_required
from workbook_templates.reading.sample import SAMPLE_FOLDER

UNITS = 50 if EVIDENCE else 7

pytestmark = pytest.mark.skipif(bool(missing_browser()) and not live_required(), reason=missing_browser() or "there")


def test_from_the_workbook_to_the_wrong_cell(sample_book: Path, tmp_path: Path) -> None:
    """The workbook generated, checked and read by keys and clicks; one start of the browser for all of it."""
    book = Path(copy(sample_book, tmp_path / "本单位.xlsx"))
    with opened(book) as page:
        page.shows("各表尚未生成")
        page.find("[data-press=generate]").send_keys(Keys.ENTER)
        page.says("各表和情况说明已生成")
        page.view("overview")
        page.click("main a[data-name=表三]")
        page.click("#C6 button")
        page.shows("预算明细第2行")
        _fits(page, "sources")
        assert not page.complaints()
        for view in ("overview", "findings", "sheet", "text", "documents", "folder"):
            page.view(view)
            _fits(page, view)
        _what_is_typed_is_not_lost(page)
        page.driver.refresh()
        page.shows("强制")
        page.click(".top [data-do=open]")
        page.click("dialog [data-file$='本单位.xlsx']")
        page.shows("各表尚未生成")
        own = page.driver.current_url
        page.driver.switch_to.new_window("tab")
        page.driver.get(own)
        assert "另一个标签页" in page.text("body")
    assert FileBook(tmp_path / "本单位-结果.xlsx").grids["校验结果"][1][0].startswith(("可以上报", "没有强制问题"))


def _what_is_typed_is_not_lost(page: Browser) -> None:
    """Whatever would take the view away asks first; the page loaded anew asks by itself."""
    page.view("sheet")
    page.find("[data-at=B7]").send_keys("9")
    for away in ("[data-do=open]", ".tabs [data-view=text]"):
        page.click(away)
        page.driver.switch_to.alert.dismiss()
    page.driver.execute_script("events.dispatchEvent(new MessageEvent('state', {data: '{}'}))")
    assert page.driver.execute_script("return document.querySelector('[data-at=B7]').value").endswith("9")
    page.click(".tabs [data-view=text]")
    page.driver.switch_to.alert.accept()
    page.shows("带下划线的数字")


def _rows(name: str) -> list[list[str]]:
    with (SAMPLE_FOLDER / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _fill_fields(page: Browser, name: str) -> None:
    for label, value in _rows(name):
        for found in page.driver.find_elements(By.CSS_SELECTOR, f"[data-at][aria-label^='{label.strip('*')} B']"):
            if found.tag_name != "select":
                found.clear()
            found.send_keys(value)
    page.click("[data-do=save]:enabled")
    page.says("已保存")


def _paste(page: Browser, column: str, name: str) -> None:
    """A list copied from a spreadsheet, into the first cell of that column; it is saved at once."""
    text = "\n".join("\t".join(line) for line in _rows(name)[1:])
    page.driver.execute_script(
        "const data = new DataTransfer(); data.setData('text/plain', arguments[1]);"
        "data.setData('text/html', '<table>');"
        "const how = {clipboardData: data, bubbles: true, cancelable: true};"
        "arguments[0].dispatchEvent(new ClipboardEvent('paste', how))",
        page.find(f"[data-at][aria-label^='{column} ']"),
        text,
    )
    page.says("已保存")
    shown = page.driver.execute_script("return [...document.querySelectorAll('[data-at]')].map((one) => one.value)")
    assert {line[0] for line in _rows(name)[1:20]} <= set(shown)


@LONG
def test_the_whole_way_from_blank_to_sealed(tmp_path: Path) -> None:
    folder = tmp_path / "表"
    folder.mkdir()
    copy(SAMPLE_FOLDER / "ledger.csv", folder / "ledger.csv")
    with opened(folder) as page:
        page.press("new")
        page.find("dialog input").send_keys(Keys.ENTER)
        page.says("已新建")
        page.press("ledger")
        page.click("dialog [data-file$='ledger.csv']")
        page.says("行。请点“一键生成”")
        page.view("sheet")
        _fill_fields(page, "basic")
        for column, name in (
            ("单位编码", "units"),
            ("内设机构名称", "departments"),
            ("核心职能", "functions"),
            ("年度绩效目标", "targets"),
        ):
            _paste(page, column, name)
        for sheet, name, column in (
            ("上年数据", "last_year", ""),
            ("项目信息", "projects", "项目名称"),
            ("绩效指标", "indicators", ""),
        ):
            page.view("overview")
            page.click(f"main a[data-name={sheet}]")
            if name == "last_year":
                _fill_fields(page, name)
                continue
            _paste(page, column or _rows(name)[0][0], name)
        page.press("generate")
        page.says("各表和情况说明已生成")
        page.view("findings")
        page.press("submit")
        said = page.says("已定稿")
        sealed = Path(re.search(r"已定稿：(.+)", said)[1])  # type: ignore[index]
    assert run_command("verify", sealed).code == 0


@LONG
def test_many_units_five_of_them_bad(tmp_path: Path) -> None:
    """The folder of a superior office: 50 units among the long proofs, and few elsewhere."""
    folder = tmp_path / "各单位"
    write_units(folder, UNITS - len(BROKEN) - 2, 5)
    bad = [f"{900000 + number}.xlsx" for number in range(UNITS, UNITS + len(BROKEN))]
    for number, change in enumerate(BROKEN.values(), UNITS):
        parts = unit_parts(0, number)
        change(parts)
        (folder / f"{900000 + number}.xlsx").write_bytes(packed(parts))
    for name, size in (("截断.xlsx", 20_000), ("空.xlsx", 0)):
        (folder / name).write_bytes((folder / bad[0]).read_bytes()[:size])
        bad.append(name)
    with opened(folder) as page:
        page.shows(f"共{UNITS}个文件")
        assert len(page.driver.find_elements(By.CSS_SELECTOR, ".grid tbody tr")) == UNITS
        told = [page.text(f".grid tr:has([data-name='{name}'])") for name in bad]
        assert all(re.search("强制[1-9]|提示[1-9]|无法读取", one) for one in told), told
        _fits(page, "folder")
        page.find(f".grid [data-name='{bad[0]}']").send_keys(Keys.ENTER)
        page.click(".unit [data-do=returned]")
        page.says("退回单1份")
        page.view("overview")
        page.shows("请先打开工作簿")
        _fits(page, "welcome")
        page.press("receive")
        page.find("dialog .files")
        page.find("dialog .choices .main").send_keys(Keys.ENTER)
        page.says(f"共{UNITS}个文件")
    assert (tmp_path / "各单位-汇总.xlsx").exists()
    assert len(list((tmp_path / "各单位-退回单").iterdir())) == 1


def _fits(page: Browser, view: str) -> None:
    """Nothing on the page is cut or in the way of a screen reader."""
    assert not page.cramped(), view
    assert not page.unfit(), view
