"""The application behind the local page: views as pieces of HTML, clicks as requests, what happens as events."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader

from addin.desk import views
from addin.desk.click import PageClick, press
from addin.desk.files import listing, take_in
from addin.desk.page import Page
from addin.desk.request import TEXT, Answer, Request, said
from addin.desk.table import Table
from addin.places import logger
from addin.ribbon import ribbon
from addin.verbs.clicks import Command, surprise
from addin.verbs.commands import typed
from addin.verbs.computing import edition_of
from addin.xlsx import fault
from udfs.base import Block, InputProblems, Problem, cell_of

if TYPE_CHECKING:
    from addin.desk.folder import Folder
    from addin.desk.published import Published

HERE = Path(__file__).parent
_STATIC = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}
#: Rows that may be pasted below a list at once.
_PASTED = 2_000
_BUSY = "上一项操作还没有完成，请稍候。"
#: What is chosen among the files of this machine, or named by the request: how the work is called.
_CHOSEN = {"open": "打开", "reload": "重新读取", "folder": "收表", "document": "检查公开文档"}
#: What the dialog for it asks, and for files that end how.
_KINDS = {
    "open": ("打开预算公开工作簿", "工作簿,*.xlsx;*.xlsm"),
    "document": ("选择公开文档", "公开文档,*.pdf;*.docx;*.xlsx"),
}


class Desk:
    """What the page works on. `commands`: the buttons' functions; `start`: where choosing a file begins."""

    def __init__(self, commands: Mapping[str, Command], start: Path) -> None:
        self.page = Page()
        self.table = Table(lambda sheet, cell: self.page.tell("turn", view="sheet", name=sheet, cell=cell))
        self.start = start
        self.folder: Folder | None = None
        self.published: Published | None = None
        self._commands = commands
        self._working = threading.Lock()
        self._running = ""
        self.last: dict[str, Any] = {}  #: what was said in the end of what was done last
        self._looks = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)

    @property
    def is_busy(self) -> bool:
        """Whether a button runs."""
        return self._working.locked()

    def answer(self, request: Request) -> Answer:
        """What is answered; who may ask is not decided here. Whatever goes wrong, the clerk reads a sentence."""
        kind, _, what = request.path.strip("/").partition("/")
        try:
            if request.method == "POST":
                return self._upload(request) if kind == "upload" else self._do(what, json.loads(request.body()))
            return self._shown(kind, what, request)
        except InputProblems as found:
            return self._render("problems", problems=found.problems)
        except Exception as error:
            log = logger()
            log.exception("%s failed", request.path)
            if request.method == "POST":
                return said({"message": surprise(error)}, 500)
            return self._render("problems", problems=[surprise(error)])

    # ---------------------------------------------------------------- what is shown

    def _shown(self, kind: str, what: str, request: Request) -> Answer:
        query = request.query
        match kind:
            case "":
                return self._render("shell", ribbon=ribbon(), key=request.key)
            case "events":
                return Answer(self.page.stream(self._state, request.is_gone), "text/event-stream")
            case "view":
                return self._view(what, query)
            case "files":
                return self._render(
                    "files", **listing(query.get("folder", ""), query.get("kinds", "").split(), self.start)
                )
            case "picture":
                number = _number(query, "page")
                picture = self.published.picture(number) if self.published and number else b""
                return Answer(picture, "image/png", 200 if picture else 404)
            case "static" if what in _STATIC:
                return Answer((HERE / "static" / what).read_bytes(), _STATIC[what])
        return Answer(b"", TEXT, 404)

    def _render(self, name: str, /, **values: Any) -> Answer:
        return Answer(self._looks.get_template(f"{name}.html").render(**values).encode())

    def _state(self) -> dict[str, Any]:
        path = self.table.path
        return {
            "path": str(path or ""),
            "name": path.name if path else "",
            "over": self.table.over,
            "running": self._running,
            "received": str(self.folder.path) if self.folder else "",
            "last": self.last,
        }

    def _view(self, what: str, query: Mapping[str, str]) -> Answer:
        name, at = query.get("name", ""), query.get("cell", "")
        if what == "documents":
            return self._render(what, **(self.published.view(_number(query, "page")) if self.published else {}))
        if what in ("folder", "returned"):
            if self.folder is None:
                return self._render("folder")
            return self._render(what, **(self.folder.view if what == "folder" else self.folder.returned)(name))
        if self.table.path is None:
            return self._render("welcome")
        book = self.table.book
        whole = {"overview": views.overview, "findings": views.findings, "text": views.text}
        if what in whole:
            return self._render(what, stale=self.table.is_stale(), **whole[what](book))
        if name not in book.grids:
            raise fault(book.path, f"没有工作表“{name}”")
        if what == "sources":
            return self._render(what, found=views.sources(book, name, at))
        shown = views.sheet(book, name, _number(query, "first"), at)
        return self._render("sheet", stale=self.table.is_stale(), **shown)

    # ---------------------------------------------------------------- what is done

    def _do(self, what: str, given: Any) -> Answer:
        if not isinstance(given, dict):
            return said({"message": "请求有误。"}, 400)
        if what == "answer":
            return said({"heard": self.page.answer(int(given.get("number", 0)), given.get("value"))})
        if what == "over":
            self.table.over = bool(given.get("over"))
            return said(self._state())
        if what in _CHOSEN:
            return self._choose(what, str(given.get("path") or ""))
        work = {"press": self._press, "fill": self._fill}.get(what)
        return work(given) if work else said({"message": "不支持这种请求。"}, 404)

    def _start_work(
        self, label: str, command: Callable[[PageClick], str], chosen: tuple[str, int, int] | None = None
    ) -> Answer:
        """Run a command in a thread of its own; the page hears how it goes."""
        if not self._working.acquire(blocking=False):
            return said({"message": _BUSY}, 409)
        self._running = label

        def work() -> None:
            try:
                if self.table.path is not None:
                    self.table.book.chosen = chosen
                start = self.table.path.parent if self.table.path else self.start
                click = PageClick(self.page, self.table, label, start, self.receive)
                message, bad = press(click, label, command)
                if click.folder is not None and not bad:
                    looked = press(click, label, partial(_look, click.folder))
                    message, bad = (message, bad) if message else looked
                self.last = {"message": message, "bad": bad, "label": label}
            finally:
                self._running = ""
                self._working.release()
                self.page.tell("done", **self._state())

        threading.Thread(target=work, name=label).start()
        return said({"running": label})

    def _press(self, given: dict[str, Any]) -> Answer:
        button = ribbon().buttons.get(str(given.get("command")))
        if button is None:
            return said({"message": "没有这个按钮。"}, 404)
        name, at = str(given.get("sheet") or ""), str(given.get("cell") or "")
        chosen = (name, *cell_of(at)) if name and _is_cell(at) else None
        return self._start_work(button.label, self._commands[button.command], chosen)

    def _choose(self, what: str, given: str) -> Answer:
        """A workbook, folder or published document chosen, or the open workbook to be read again."""

        def work(click: PageClick) -> str:
            path: Path | None = Path(given)
            if what == "folder":
                if given:
                    click.folder = self.receive(Path(given))
                else:
                    click.ask_folder("选择存放各单位工作簿的文件夹")
                return ""  # what a click has chosen is looked at next
            if what == "reload":
                path = self.table.book.path
            elif not given:
                path = click.ask_file(*_KINDS[what])
            if path is None:
                return ""
            if what == "document":
                from addin.desk.published import Published

                self.published = Published(path, self.table.path, click.progress)
            else:
                self.table.open(path)
            self.page.tell("turn", view="documents" if what == "document" else "overview")
            return ""

        return self._start_work(_CHOSEN[what], work)

    def receive(self, path: Path) -> Folder:
        """A folder whose workbooks are looked at as they come, and that is shown from now on."""
        from addin.desk.folder import Folder  # what reads documents and the sheets of lists loads only once needed

        self.folder = Folder(path, self.page)
        self.page.tell("turn", view="folder")
        return self.folder

    def watch(self) -> None:
        """Look at the folder again once files in it have changed and lie still; asked every few seconds.

        No button waits for it.
        """
        if self.folder is None or self.is_busy or not self.page.present or not self.folder.has_settled():
            return
        try:
            self.folder.look(lambda _: None)
        except InputProblems as found:
            logger().warning("收表: %s", found)
        except Exception:
            log = logger()
            log.exception("收表: failed")  # the next look may go better

    def _fill(self, given: dict[str, Any]) -> Answer:
        """Values and 审核说明 typed on the page, into the cells that the clerk fills in."""
        name, cells = str(given.get("sheet") or ""), dict(given.get("cells") or {})

        def work(click: PageClick) -> str:
            book = click.read()
            places = views.fields_of(book, edition_of(book), name, _PASTED) if name in book.grids else {}
            blocks = []
            for at, text in cells.items():
                place = cell_of(at) if _is_cell(at) else (0, 0)
                if place not in places:
                    raise InputProblems([Problem(name, f"{at[:12]}不是填写的单元格")])
                blocks.append(Block(name, *place, [[typed(str(text).strip(), places[place].type) if text else None]]))
            count = click.write(book, blocks)
            return f"“{name}”已保存{count}处填写。" if count else "没有改动。"

        return self._start_work("保存填写", work)

    def _upload(self, request: Request) -> Answer:
        """A workbook dropped on the page."""
        try:
            path = take_in(request.body(), request.query.get("name", ""), self.table.path, self.start)
        except InputProblems as found:
            return said({"message": "\n".join(map(str, found.problems))}, 400)
        return self._choose("open", str(path))


def _look(folder: Folder, click: PageClick) -> str:
    return folder.look(click.progress)


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _is_cell(text: str) -> bool:
    return text.isascii() and text.isalnum() and text[:1].isalpha() and text[-1:].isdigit() and len(text) <= 10
