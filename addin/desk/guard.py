"""Who may ask: the one page that was opened with the token, from this machine, under this address, and nobody else."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING

from addin.desk.request import TEXT, Answer, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: No page but the first is asked by more than a form; a workbook that is dropped on the page may be so large.
MOST_BODY, MOST_UPLOAD = 1_000_000, 60_000_000
UPLOAD = "/upload"
KEY = "x-yusuan-key"
#: Seconds that a page which is loaded anew has for its old stream to end.
_HANDOVER = 2.0
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_USED = "这个链接已经用过或不正确。请关闭本页，重新打开工作台。"
_SECOND = "工作台已在另一个标签页中打开，请回到那个标签页。找不到时，请关闭浏览器中的那个标签页，再刷新本页。"
_FOREIGN = "来自其他网页的请求，没有处理。"


class Guard:
    """Stands before the application and answers for it where a request is not the page's own.

    The token opens the page once and is worth nothing afterwards. The page is then known by a cookie, which lets it be
    loaded anew, and by a key within it, which no other page can read and which everything but the page itself needs.
    `present`: whether a page listens now.
    """

    def __init__(self, app: Callable[[Request], Answer], host: str, present: Callable[[], bool]) -> None:
        self._app = app
        self._host = host
        self._present = present
        self.token = secrets.token_urlsafe(32)
        self.last = 0.0  #: when the page last asked for something, in seconds of the steady clock; 0 before it does
        #: Browsers send cookies to every port of a machine: two desks at once must not take each other's.
        self.cookie = f"yusuan-{host.rpartition(':')[2]}"
        self._opened = False
        self._cookie = self._key = ""

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or refuse it."""
        request = Request(environ)
        headers = dict(_HEADERS)
        if refused := self._refused(request):
            answer = Answer(refused[1].encode(), TEXT, refused[0])
        else:
            self.last = time.monotonic()
            if request.path == "/":
                # Each time the page is loaded it becomes another page: what the one before knew is worth nothing.
                self._cookie, request.key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
                self._key = request.key
                headers["set-cookie"] = f"{self.cookie}={self._cookie}; HttpOnly; SameSite=Strict; Path=/"
            answer = self._app(request)
        headers["content-type"] = answer.kind
        if isinstance(answer.body, bytes):
            headers["content-length"] = str(len(answer.body))
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [answer.body] if isinstance(answer.body, bytes) else answer.body

    def _refused(self, request: Request) -> tuple[int, str] | None:
        """Why a request is refused: the status and a sentence."""
        own, path, origin = f"http://{self._host}", request.path, request.header("origin")
        if request.header("host") != self._host:
            return 421, "地址不正确。"
        if request.method not in ("GET", "POST"):
            return 405, "不支持这种请求。"
        if origin != own and (origin is not None or request.method == "POST"):
            return 403, _FOREIGN
        token = request.query.get("token", "")
        if path == "/" and token:
            if self._opened or not _same(token, self.token):
                return 403, _USED
            self._opened = True
            return None
        if not self._cookie or not _same(request.cookie(self.cookie), self._cookie):
            return 403, _USED
        if path == "/":
            return self._second_page()
        if (request.header("sec-fetch-site") or "same-origin") != "same-origin":
            return 403, _FOREIGN
        given = request.header(KEY) or request.query.get("key", "")
        if not path.startswith("/static/") and not _same(given, self._key):
            return 403, "本页已经失效，请刷新。"
        most = MOST_UPLOAD if path == UPLOAD else MOST_BODY
        return (413, f"内容超过{most // 1_000_000}MB，没有接收。") if request.size > most else None

    def _second_page(self) -> tuple[int, str] | None:
        for _ in range(int(_HANDOVER / 0.1)):
            if not self._present():
                return None
            time.sleep(0.1)
        return 409, _SECOND


def _same(given: str, wanted: str) -> bool:
    return compare_digest(given.encode(), wanted.encode())
