"""The buttons that only the page has: what lies on the desk is chosen, what is typed there saved, 退回单 written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from addin.desk.click import PageClick
from addin.desk.fields import filled_in
from addin.desk.files import take_in
from addin.verbs.computing import edition_of
from addin.xlsx import fault


def _open(click: PageClick) -> str:
    if data := click.given.get("data"):
        path: Path | None = take_in(data, click.given["name"], click.desk.start)
    else:
        path = click.ask_file("打开预算公开工作簿", "工作簿,*.xlsx;*.xlsm")
    if path is not None:
        click.desk.table.open(path)
        click.desk.page.tell("turn", view="overview")
    return ""


def _reload(click: PageClick) -> str:
    click.desk.table.open(click.names_only().path)
    return ""


def _folder(click: PageClick) -> str:
    path = click.ask_folder("选择存放各单位工作簿的文件夹")
    return click.desk.folder.look(click.progress) if path and click.desk.folder else ""


def _returned(click: PageClick) -> str:
    return click.desk.folder.returned(str(click.given.get("name") or "")) if click.desk.folder else ""


def _document(click: PageClick) -> str:
    path = click.ask_file("选择公开文档", "公开文档,*.pdf;*.docx;*.xlsx")
    if path is not None:
        from addin.desk.published import Published

        click.desk.published = Published(path, click.desk.table.path, click.progress)
        click.desk.page.tell("turn", view="documents")
    return ""


def _save(click: PageClick) -> str:
    """Values and 审核说明 typed on the page, into the cells that the clerk fills in."""
    book, name = click.read(), str(click.given.get("sheet") or "")
    if click.given.get("version") != book.version:
        raise fault(
            book.path, "填写以后工作簿又有变动，各行可能已经移位，没有保存；请抄下填写的内容，点“重新读取”后再填"
        )
    said = (dict(click.given.get(key) or {}) for key in ("cells", "pasted"))
    count = click.write(book, filled_in(book, edition_of(book), name, *said))
    return f"“{name}”已保存{count}处填写。" if count else "没有改动。"


#: By the names that the page has for them: what they are called, and what they do.
OWN: Mapping[str, tuple[str, Callable[[PageClick], str]]] = {
    "open": ("打开", _open),
    "reload": ("重新读取", _reload),
    "folder": ("收表", _folder),
    "returned": ("退回单", _returned),
    "document": ("检查公开文档", _document),
    "save": ("保存填写", _save),
}
