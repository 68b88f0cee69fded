"""One function a button, over the same computations as the command line. VBA calls `run` with a button's command."""

from __future__ import annotations

import gc
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from addin import places
from addin.patterns import keep_patterns

keep_patterns(places.compiled())  # before anything is loaded that has some

from addin.ribbon import ribbon
from addin.verbs.clicks import Click, Command, may_write, own_book, with_notes
from udfs.base import InputProblems, Problem, plain
from workbook_templates.defined_names import FINDINGS

if TYPE_CHECKING:
    from addin.verbs.clicks import OpenBook
    from addin.verbs.take_in import TakenIn

_COMMANDS: dict[str, Command] = {}
#: Rows listed in one message box.
_MOST_ROWS = 15

#: Kinds of files as Excel's dialogs take them.
_LEDGER_FILES = "明细 (*.xlsx;*.xlsm;*.csv;*.txt),*.xlsx;*.xlsm;*.csv;*.txt"
_BOOK_FILES = "工作簿 (*.xlsx;*.xlsm;*.xls),*.xlsx;*.xlsm;*.xls"
_TABLE_FILES = "各表 (*.xlsx;*.xlsm;*.xls;*.csv;*.docx;*.pdf),*.xlsx;*.xlsm;*.xls;*.csv;*.txt;*.docx;*.pdf"
_PUBLISHED_FILES = "公开文档 (*.docx;*.pdf),*.docx;*.pdf"
_DOCUMENT_FILES = "Word 文档 (*.docx),*.docx,PDF 文件 (*.pdf),*.pdf"


def button(name: str) -> Callable[[Command], Command]:
    """Register the function of a button of the ribbon's table."""

    def add(function: Command) -> Command:
        _COMMANDS[name] = function
        return function

    return add


def commands() -> dict[str, Command]:
    """Every button's function by its command."""
    return dict(_COMMANDS)


def run(name: str) -> None:
    """What a click does. Shows a sentence in the end, whatever happens."""
    from addin.excel import session  # the page of 工作台 takes the functions and opens no Excel

    session.run(ribbon().buttons[name].label, _COMMANDS[name])


@button("new")
def new(click: Click) -> str:
    """新建工作簿: the template as a new workbook without a name."""
    from addin.verbs.commands import new_workbook

    click.screen.progress("正在打开模板…")
    path = Path(mkdtemp(prefix="yusuan-")) / "预算公开.xlsx"
    new_workbook(path)
    then = click.screen.open_as_new(path)
    return f"已新建预算公开工作簿。{then}" if then else ""


@button("ledger")
def import_ledger(click: Click) -> str:
    """导入明细: a ledger from a file, in our columns or in those of another system once they are confirmed."""
    own_book(click.names_only().edition_stamp)
    source = click.screen.ask_file("选择要导入的预算明细或收入明细", _LEDGER_FILES)
    if source is None:
        return ""
    from addin.verbs.ledger_source import Unconfirmed
    from addin.verbs.take_in import ledger_into

    try:
        return _take_in(click, lambda book: ledger_into(book, source, (book.selected() or ("",))[0]))
    except Unconfirmed as found:
        return (
            f"“{source.name}”的列名与本程序不同，还没有导入。建议的对应关系已写入“{found.mapping.name}”，请逐行核对，"
            "在“已核对”列填“是”，保存并关闭，回到预算公开工作簿再点“导入明细”。\n" + click.open_result(found.mapping)
        )


@button("last_year")
def import_last_year(click: Click) -> str:
    """导入上年: last year's amounts from last year's workbook."""
    own_book(click.names_only().edition_stamp)
    source = click.screen.ask_file("选择上年的预算公开工作簿", _BOOK_FILES)
    if source is None:
        return ""
    from addin.verbs.take_in import last_year_into

    return _take_in(click, lambda book: last_year_into(book, source))


@button("tables")
def import_tables(click: Click) -> str:
    """导入各表: tables of another system's export or of a published document; listed before they are written."""
    own_book(click.names_only().edition_stamp)
    source = click.screen.ask_file("选择要导入各表的文件（CSV 文件夹选其中一个）", _TABLE_FILES)
    if source is None:
        return ""
    from addin.verbs.tables_in import tables_into

    return _take_in(click, lambda book: tables_into(book, source))


def _take_in(click: Click, from_file: Callable[[OpenBook], TakenIn]) -> str:
    """Written in one step; asked first where something is lost."""
    book = click.read()
    taken = from_file(book)
    if taken.lost and not click.screen.ask(f"{taken.lost}\n（可用“撤销上一步”恢复）是否继续？"):
        return ""
    click.write(book, taken.blocks)
    click.show(book, taken.name)
    return with_notes([taken.message], taken.notes)


@button("fill")
def fill(click: Click) -> str:
    """生成十三表."""
    from addin.verbs import computing

    book = click.read()
    filled = computing.fill_book(book)
    written = click.write(book, list(filled.blocks))
    empty = [table.form.sheet for table in filled.tables if table.is_empty]
    lines = ["各表已生成。" if written else "各表已是最新，没有需要改动的地方。"]
    if empty:
        lines.append(f"本年无数据的表：{'、'.join(empty)}。")
    return with_notes(lines, computing.fill_notes(filled))


@button("narrate")
def narrate(click: Click) -> str:
    """生成说明."""
    from addin.verbs import computing

    book = click.read()
    sections, plan = computing.narrate_book(book)
    written = click.write(book, list(plan.blocks))
    first = f"情况说明已生成，共{len(sections)}节。" if written else "情况说明已是最新，没有需要改动的地方。"
    return with_notes([first], computing.text_notes(sections, plan))


@button("generate")
def generate(click: Click) -> str:
    """一键生成: tables, text, findings."""
    from addin.verbs import computing
    from udfs.results import verdict

    made = computing.generate_book(book := click.read())
    click.write(book, made.blocks)
    click.show(book, FINDINGS)
    return with_notes(["各表和情况说明已生成。", verdict(made.report)], made.notes)


@button("validate")
def validate(click: Click) -> str:
    """校验."""
    from addin.verbs import computing
    from udfs.results import result_blocks, verdict

    inspection, report = computing.validate_book(book := click.read())
    click.write(book, result_blocks(inspection, report))
    click.show(book, FINDINGS)
    return verdict(report)


@button("next")
def next_finding(click: Click) -> str:
    """下一问题: the cell of the next finding after the one that is selected."""
    from udfs.results import next_place

    book = click.names_only()
    own_book(book.edition_stamp)
    found = next_place(book.area_values(FINDINGS), book.selected())
    if found is None:
        return "校验结果中没有可以定位到单元格的问题。还没有校验的，请先点“校验”。"
    sheet, cell, told = found
    book.go_to(sheet, cell)
    click.leave_status(told)
    return ""


@button("clear")
def clear_marks(click: Click) -> str:
    """清除标记: the list of red marks is emptied."""
    from udfs.results import clear_blocks

    book = click.read()
    own_book(book.edition_stamp)
    if not (blocks := clear_blocks(book.grids, book.names)):
        return "没有红色标记。"
    click.write(book, blocks)
    return "红色标记已清除。校验结果和审核说明仍在。"


@button("trace")
def trace(click: Click) -> str:
    """追溯来源: the ledger rows behind the selected amount."""
    from addin.verbs.computing import reading_of
    from udfs.tables import trace as find

    reading = reading_of(book := click.read())
    place = book.selected()
    if place is None:
        raise InputProblems([Problem("", "请先在公开表中选中一个金额单元格")])
    return "\n".join(find(reading, *place).told(reading.edition.measure, _MOST_ROWS))


@button("inspect")
def inspect_document(click: Click) -> str:
    """核对公开文档: a Word or PDF document held against the open workbook; findings in 校验结果 with their pages."""
    from msgspec.structs import replace

    own_book(click.names_only().edition_stamp)
    source = click.screen.ask_file("选择要核对的公开文档", _PUBLISHED_FILES)
    if source is None:
        return ""
    from addin.published.inspect import findings_of, inspect_documents
    from addin.verbs import computing
    from udfs.results import result_blocks

    book = click.read()
    click.screen.progress("正在读取文档并核对…")
    with click.copy_of(book, _anew) as (copy, _):
        done = inspect_documents([source], against=copy)
    inspection, report = computing.validate_book(book)
    found = findings_of(done.records[0])
    click.write(book, result_blocks(inspection, replace(report, findings=(*found, *report.findings))))
    click.show(book, FINDINGS)
    if not found:
        return f"“{source.name}”与工作簿一致，没有发现问题。"
    return f"“{source.name}”有{len(found)}处与工作簿不一致或需要核对，列在“校验结果”最前面，写明页码。"


@button("undo")
def undo_last(click: Click) -> str:
    """撤销上一步: what the last command overwrote comes back; once more does it again."""
    return click.take_back()


@button("submit")
def submit(click: Click) -> str:
    """定稿: the workbook as it is, finished into a file beside it."""
    from addin.upward.submit import Refused, finished_name, submit_workbook
    from addin.verbs.computing import reading_of

    book = click.read()
    name = finished_name(reading_of(book).info)
    folder = book.folder or click.screen.ask_folder("选择存放定稿文件的文件夹")
    if folder is None or not may_write(click, folder / name, "内容不同的，原来的文件改名后保留在同一文件夹。"):
        return ""
    with click.copy_of(book, _anew) as (copy, lost):
        click.screen.progress("正在生成、校验、加封印…")
        try:
            done = submit_workbook(copy, folder, replace=True)
        except Refused as refused:
            raise InputProblems([Problem("", point) for point in refused.open_points]) from None
    sent = "请把这个文件发给上级单位；当前工作簿没有改动，可继续修改后重新定稿。"
    lines = [f"已定稿：{done.path}", f"校验码：{done.code}（已印在封面上）。", sent]
    if lost:
        lines.append(
            f"单位的加密软件不让本程序读取原文件，定稿由模板重新写成，您另加的工作表不在其中：{'、'.join(lost)}。"
        )
    return with_notes(lines, list(done.notes))


def _anew(book: OpenBook, out: Path) -> list[str]:
    """The file of an open workbook from its values; the sheets that do not come along."""
    from addin.verbs.commands import written_anew

    return written_anew(book, out).notes


@button("export")
def export(click: Click) -> str:
    """导出 Word/PDF: the whole disclosure as a document."""
    book = click.names_only()
    own_book(book.edition_stamp)
    default = Path(book.path.name).with_suffix(".docx")
    out = click.screen.ask_target("导出公开文档", _DOCUMENT_FILES, book.folder / default if book.folder else default)
    if out is None or not may_write(click, out):
        return ""
    from addin.published.inspect import exported

    return exported(click, out, _anew)


@button("check_folder")
def check_folder(click: Click) -> str:
    """批量校验: every workbook in a folder checked, nothing added up."""
    return _receive(click, "批量校验", check_only=True)


@button("receive")
def receive(click: Click) -> str:
    """汇总: every workbook in a folder checked, those that are taken added up."""
    return _receive(click, "汇总", check_only=False)


def _receive(click: Click, what: str, *, check_only: bool) -> str:
    folder = click.screen.ask_folder(f"{what}：选择存放各单位工作簿的文件夹")
    if folder is None:
        return ""
    if not folder.name:
        raise InputProblems([Problem(str(folder), "这是整个磁盘，请把各单位的工作簿放进一个文件夹，再选择该文件夹")])
    out = folder.with_name(f"{folder.name}-{what}.xlsx")
    if not may_write(click, out):
        return ""
    if click.aside("check_folder" if check_only else "receive", str(folder), str(out)):
        click.leave_status(f"{what}正在进行，可以继续使用 Excel；完成后会打开结果")
        return ""
    from addin.upward.gathering import gathered

    return gathered(click, folder, out, check_only=check_only)


@button("codes")
def codes(click: Click) -> str:
    """科目查询: every classification searched by code or words."""
    from udfs.ledgers import find_codes
    from workbook_templates.reading import load_edition

    wanted = click.screen.ask_text("请输入科目编码的开头，或名称中的几个字：")
    if not wanted or not wanted.strip():
        return ""
    found = find_codes(load_edition().codes, wanted)
    if not found:
        return f"没有找到“{wanted.strip()}”。科目表不一定齐全，请以当年财政部门的科目为准。"
    lines = [f"{kind}　{code}　{name}" for kind, code, name in found[: 2 * _MOST_ROWS]]
    more = [f"……还有{len(found) - len(lines)}个，请多输入几个字"] if len(found) > len(lines) else []
    return "\n".join(lines + more)


@button("handbook")
def handbook(click: Click) -> str:
    """手册: the offline handbook in the browser; on a line of 校验结果 the page of its rule."""
    import webbrowser

    page = places.handbook()
    if not page.exists():
        return f"没有找到手册（{page}），请重新运行安装程序。"
    book = click.names_only()
    rule = _selected_rule(book)
    if rule:
        from addin.setup import page_at_rule

        page = page_at_rule(page, book.edition_stamp.partition("/")[0], rule)
    webbrowser.open(page.as_uri())
    return ""


def _selected_rule(book: OpenBook) -> str:
    """The number of the rule in the selected line of 校验结果; empty anywhere else."""
    area, chosen = book.names.get(FINDINGS), book.selected()
    if area is None or chosen is None or chosen[0] != area[0]:
        return ""
    line = chosen[1] - area[1]
    values = book.area_values(FINDINGS)
    return plain(values[line][2]) if 0 <= line < len(values) else ""


@button("about")
def about(_click: Click) -> str:
    """关于和日志: versions, and where the log lies."""
    from importlib.metadata import version

    from workbook_templates.reading import load_edition

    return (
        f"预算公开工具 {places.own_version()}，新建工作簿的版式 {load_edition().stamp}\n"
        f"Python {platform.python_version()}（{sys.executable}），xlwings {version('xlwings')}\n"
        f"日志文件：{places.log_file()}\n出错时请把日志文件发给技术支持。日志只记出错的位置和原因，不含整张表。"
    )


def run_aside(name: str, folder: str, out: str) -> None:
    """What a click has started in a process of its own."""
    from addin.excel import session
    from addin.upward.gathering import gathered

    label, check_only = ribbon().buttons[name].label, name == "check_folder"
    session.run(label, lambda click: gathered(click, Path(folder), Path(out), check_only=check_only), aside=True)


# What is loaded by now stays while Excel keeps this interpreter: no collection of garbage need look through it.
gc.freeze()

if __name__ == "__main__":
    run_aside(*sys.argv[1:4])
