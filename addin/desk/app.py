"""The application behind the local page: views as pieces of HTML, clicks as requests, what happens as events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from addin.desk import views
from addin.desk.click import PageClick, press
from addin.desk.files import listing, take_in
from addin.desk.page import Page
from addin.desk.table import Table
from addin.places import logger
from addin.ribbon import Button, ribbon
from addin.verbs.clicks import Click, Command, surprise
from addin.verbs.commands import typed
from addin.verbs.computing import edition_of
from addin.xlsx import fault
from udfs.base import Block, InputProblems, Problem, cell_of

if TYPE_CHECKING:
    from addin.desk.folder import Folder, Signature
    from addin.desk.published import Published

HERE = Path(__file__).parent
#: Rows that may be pasted below a list at once.
_PASTED = 2_000
_BUSY = "上一项操作还没有完成，请稍候。"


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
        self._still: Signature = ()
        self.last: dict[str, Any] = {}  #: what was said in the end of what was done last
        looks = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
        looks.filters["at"] = lambda place: dict(zip(("sheet", "cell"), place.split("!"), strict=False))
        self._looks = looks

    @property
    def is_busy(self) -> bool:
        """Whether a button runs."""
        return self._working.locked()

    def app(self) -> Starlette:
        """The application; who may ask it is not decided here."""
        routes = [
            Route("/", self._shell),
            Route("/events", self._events),
            Route("/view/{what}", self._view),
            Route("/files", self._files),
            Route("/picture", self._picture),
            Route("/do/{what}", self._do, methods=["POST"]),
            Route("/upload", self._upload, methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]
        return Starlette(routes=routes, exception_handlers={ClientDisconnect: _cut_off, Exception: self._surprised})

    async def _surprised(self, request: Request, error: Exception) -> Response:
        """The last guard: whatever it was, the clerk reads a sentence."""
        logger().error("%s failed", request.url.path, exc_info=error)
        if request.method == "GET":
            return self._render("problems", problems=[surprise(error)])
        return JSONResponse({"message": surprise(error)}, 500)

    # ---------------------------------------------------------------- what is shown

    def _render(self, name: str, /, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._looks.get_template(f"{name}.html").render(**values))

    def _shell(self, request: Request) -> Response:
        return self._render("shell", ribbon=ribbon(), key=request.state.key)

    def _state(self) -> dict[str, Any]:
        path = self.table.path
        return {
            "path": str(path or ""),
            "name": path.name if path else "",
            "folder": str(path.parent if path else self.start),
            "over": self.table.over,
            "running": self._running,
            "received": str(self.folder.path) if self.folder else "",
            "last": self.last,
        }

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(
            self.page.stream(self._state(), request.is_disconnected), media_type="text/event-stream"
        )

    def _view(self, request: Request) -> Response:
        what, query = request.path_params["what"], request.query_params
        try:
            return self._viewed(what, query)
        except InputProblems as found:
            return self._render("problems", problems=found.problems)

    def _viewed(self, what: str, query: QueryParams) -> Response:
        chosen = query.get("name", "")
        if what == "documents":
            page = query.get("page") or ""
            shown = self.published.view(int(page) if page.isdecimal() else 0) if self.published else {}
            return self._render("documents", **shown)
        if what in ("folder", "returned"):
            if self.folder is None:
                return self._render("folder", folder="")
            return self._render(what, **(self.folder.view if what == "folder" else self.folder.returned)(chosen))
        if self.table.path is None:
            return self._render("welcome", start=self.start)
        book, stale = self.table.book, self.table.is_stale()
        if what == "overview":
            return self._render("overview", stale=stale, **views.overview(book))
        if what == "findings":
            return self._render("findings", stale=stale, **views.findings(book))
        if what == "text":
            return self._render("text", stale=stale, **views.text(book))
        name, at = query.get("name", ""), query.get("cell", "")
        if name not in book.grids:
            raise fault(book.path, f"没有工作表“{name}”")
        if what == "sources":
            return self._render("sources", found=views.sources(book, name, at))
        first = int(query.get("first") or 0) if (query.get("first") or "0").isdecimal() else 0
        return self._render("sheet", stale=stale, **views.sheet(book, name, first, at))

    def _picture(self, request: Request) -> Response:
        page = request.query_params.get("page", "")
        picture = self.published.picture(int(page)) if self.published and page.isdecimal() and int(page) else b""
        return Response(picture, 200 if picture else 404, media_type="image/png")

    def _files(self, request: Request) -> Response:
        folder, kinds = request.query_params.get("folder", ""), request.query_params.get("kinds", "")
        return self._render("files", **listing(folder or str(self.start), tuple(kinds.split()), self.start))

    # ---------------------------------------------------------------- what is done

    async def _do(self, request: Request) -> Response:
        what = request.path_params["what"]
        given = await request.json()
        if not isinstance(given, dict):
            return JSONResponse({"message": "请求有误。"}, 400)
        if what == "answer":
            return JSONResponse({"heard": self.page.answer(int(given.get("number", 0)), given.get("value"))})
        if what == "over":
            self.table.over = bool(given.get("over"))
            return JSONResponse(self._state())
        kinds: dict[str, Callable[[dict[str, Any]], Response]] = {
            "press": self._press,
            "open": partial(self._open, "打开"),
            "reload": partial(self._open, "重新读取"),
            "explain": self._explain,
            "folder": self._folder,
            "document": self._document,
            "fill": self._fill,
        }
        if what not in kinds:
            return JSONResponse({"message": "不支持这种请求。"}, 404)
        return kinds[what](given)

    def _start_work(
        self, button: Button, command: Callable[[PageClick], str], chosen: tuple[str, int, int] | None = None
    ) -> Response:
        """Run a command in a thread of its own; the page hears how it goes."""
        if not self._working.acquire(blocking=False):
            return JSONResponse({"message": _BUSY}, 409)
        self._running = button.label

        def work() -> None:
            try:
                if self.table.path is not None:
                    self.table.book.chosen = chosen
                click = self._click(button.label)
                message, bad = press(click, button, command)
                if click.folder is not None and not bad:
                    press(click, button, partial(_look, click.folder))
                self.last = {"message": message, "bad": bad, "label": button.label}
            finally:
                self._running = ""
                self._working.release()
                self.page.tell("done", **self._state())

        threading.Thread(target=work, name=f"button {button.command}").start()
        return JSONResponse({"running": button.label})

    def _click(self, label: str) -> PageClick:
        start = self.table.path.parent if self.table.path else self.start
        return PageClick(self.page, self.table, label, start, self._chosen)

    def _press(self, given: dict[str, Any]) -> Response:
        button = ribbon().buttons.get(str(given.get("command")))
        if button is None:
            return JSONResponse({"message": "没有这个按钮。"}, 404)
        name, at = str(given.get("sheet") or ""), str(given.get("cell") or "")
        chosen = (name, *cell_of(at)) if name and _is_cell(at) else None
        return self._start_work(button, self._commands[button.command], chosen)

    def _own(self, label: str, command: Callable[[PageClick], str]) -> Response:
        """A command of the page itself, under the same rules as a button."""
        button = Button(command="", callback="", label=label, keytip="", image="", tip="", more="")
        return self._start_work(button, command)

    def _open(self, label: str, given: dict[str, Any]) -> Response:
        path = Path(str(given.get("path") or self.table.path or ""))

        def work(_click: Click) -> str:
            if not path.is_absolute():
                raise InputProblems([Problem("", "请选择一个工作簿")])
            self.table.open(path)
            self.page.tell("turn", view="overview")
            return ""

        return self._own(label, work)

    def _folder(self, given: dict[str, Any]) -> Response:
        """A folder chosen to be watched."""
        path = Path(str(given.get("path") or ""))

        def work(click: PageClick) -> str:
            if not path.is_absolute():
                raise InputProblems([Problem("", "请选择一个文件夹")])
            return _look(self._chosen(path), click)

        return self._own("收表", work)

    def _chosen(self, path: Path) -> Folder:
        """The folder that is shown from now on."""
        self.page.tell("turn", view="folder")
        return self.receive(path)

    def receive(self, path: Path) -> Folder:
        """A folder whose workbooks are looked at as they come."""
        from addin.desk.folder import Folder  # what reads documents and the sheets of lists loads only once needed

        self.folder = Folder(path, self.page)
        return self.folder

    def _document(self, given: dict[str, Any]) -> Response:
        """A published document chosen to be inspected."""
        path = Path(str(given.get("path") or ""))

        def work(click: PageClick) -> str:
            if not path.is_absolute():
                raise InputProblems([Problem("", "请选择一个公开文档")])
            from addin.desk.published import Published

            self.published = Published(path, self.table.path, click.screen.glimpse)
            self.page.tell("turn", view="documents")
            return ""

        return self._own("检查公开文档", work)

    def watch(self) -> None:
        """Look at the folder again once files in it have changed and lie still; asked every few seconds.

        No button waits for it.
        """
        folder = self.folder
        if folder is None or self.is_busy or not self.page.present:
            return
        now = folder.signature()
        changed, still = folder.has_changed, now == self._still or folder.receipt is None
        self._still = now
        if changed and still:
            try:
                folder.look(lambda _: None)
            except InputProblems as found:
                logger().warning("收表: %s", found)

    def _explain(self, given: dict[str, Any]) -> Response:
        """审核说明 typed on the page, into the row of 校验结果 that it is about."""
        row, text = int(given.get("row") or 0), str(given.get("text") or "").strip()

        def work(click: PageClick) -> str:
            book = click.read()
            place = views.explanation_at(book, row)
            click.write(book, [Block(*place, [[text or None]])])
            return "审核说明已写入“校验结果”。"

        return self._own("填写审核说明", work)

    def _fill(self, given: dict[str, Any]) -> Response:
        """Values typed on the page, into the cells of an input sheet that the clerk fills in."""
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

        return self._own("保存填写", work)

    async def _upload(self, request: Request) -> Response:
        """A workbook dropped on the page."""
        data = await request.body()
        try:
            path = take_in(data, request.query_params.get("name", ""), self.table.path, self.start)
        except InputProblems as found:
            return JSONResponse({"message": "\n".join(map(str, found.problems))}, 400)
        return self._open("打开", {"path": str(path)})


def _look(folder: Folder, click: PageClick) -> str:
    return folder.look(click.screen.glimpse)


async def _cut_off(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"message": "内容太大，没有接收。"}, 413)


def _is_cell(text: str) -> bool:
    return text.isascii() and text.isalnum() and text[:1].isalpha() and text[-1:].isdigit() and len(text) <= 10
