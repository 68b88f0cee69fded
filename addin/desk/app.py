"""What the page asks for: views as pieces of HTML, clicks as requests, what happens as events."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bottle import Bottle, HTTPError, HTTPResponse, request, response
from jinja2 import Environment, FileSystemLoader

from addin.desk.desk import Desk
from addin.desk.files import listing
from addin.desk.guard import KEY, PLACE, UPLOAD
from addin.desk.views import VIEWS, Asked
from addin.places import logger
from addin.ribbon import ribbon
from addin.verbs.clicks import surprise
from udfs.base import InputProblems

HERE = Path(__file__).parent
_STATIC = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}


class Application:
    """Answers for a desk; who may ask is not decided here. Whatever goes wrong, the clerk reads a sentence."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looks = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
        self._looks.globals["m"] = self._looks.get_template("macros.html").module
        self.answers = Bottle()
        self.answers.install(self._told)
        self.answers.get("/", callback=self._shell)
        self.answers.get("/static/<name>", callback=self._static)
        self.answers.get("/events", callback=self._events)
        self.answers.get("/view/<what>", callback=self._view)
        self.answers.get("/picture/<page:int>", callback=self._picture)
        self.answers.get("/question", callback=self._question)
        self.answers.post("/press", callback=self._press)
        self.answers.post("/answer", callback=self._answer)
        self.answers.post(UPLOAD, callback=self._upload)

    def _told(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Around every answer: where there is none, the reason."""

        def answer(**parts: Any) -> Any:
            try:
                return handler(**parts)
            except InputProblems as found:
                problems = [str(problem) for problem in found.problems]
            except Exception as error:
                log = logger()
                log.exception("%s failed", request.path)
                problems = [surprise(error)]
            if request.method == "POST":
                return HTTPResponse({"message": "\n".join(problems)}, 400)
            return self._render("welcome", problems=problems)

        return answer

    def _render(self, name: str, /, **values: Any) -> bytes:
        # Names of files may be in no encoding that this machine knows.
        return self._looks.get_template(f"{name}.html").render(**values).encode("utf-8", "replace")

    def _shell(self) -> bytes:
        return self._render("shell", ribbon=ribbon(), key=request.environ[KEY], place=request.environ[PLACE])

    def _static(self, name: str) -> bytes | HTTPError:
        response.content_type = _STATIC.get(name, "")
        return (HERE / "static" / name).read_bytes() if name in _STATIC else HTTPError(404)

    def _events(self) -> Any:
        response.content_type = "text/event-stream"
        gone = request.environ.get("waitress.client_disconnected", lambda: False)
        return self._desk.page.stream(self._desk.state, gone)

    def _view(self, what: str) -> bytes:
        query, table = request.query.decode(), self._desk.table
        first = int(found) if (found := query.get("first", "")).isdecimal() and len(found) < 10 else 0
        asked = Asked(query.get("name", ""), query.get("cell", ""), first)
        if what == "documents":
            return self._render(what, document=self._desk.published, asked=first)
        if what == "folder":
            return self._render(what, folder=self._desk.folder, chosen=asked.name)
        if table.path is None or what not in VIEWS:
            return self._render("welcome")
        return self._render(what, stale=table.is_stale(), version=table.book.version, **VIEWS[what](table.book, asked))

    def _picture(self, page: int) -> bytes | HTTPError:
        response.content_type = "image/png"
        return (self._desk.published and self._desk.published.picture(page)) or HTTPError(404)

    def _question(self) -> bytes:
        query, asked = request.query.decode(), self._desk.page.question
        if asked is None:
            return b""
        folder = Path(query.get("folder") or (asked.start.parent if asked.kind == "target" else asked.start))
        name = query.get("typed") or (asked.start.name if asked.kind == "target" else "")
        return self._render("question", asked=asked, name=name, **listing(folder, asked.endings, self._desk.start))

    def _press(self) -> dict[str, Any]:
        self._desk.press(json.load(request.body))
        return self._desk.state()

    def _answer(self) -> dict[str, Any]:
        said = json.load(request.body)
        self._desk.page.answer(int(said["number"]), str(said["chosen"]), str(said["typed"]))
        return self._desk.state()

    def _upload(self) -> dict[str, Any]:
        """A workbook dropped on the page."""
        name = request.query.decode().get("name", "")
        self._desk.press({"command": "open", "name": name, "data": request.body.read()})
        return self._desk.state()
