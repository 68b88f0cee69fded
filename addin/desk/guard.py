"""Who may ask: the one page that was opened with the token, from this machine, under this address, and nobody else."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from hmac import compare_digest

from bottle import Bottle, HTTPResponse, request, response

#: No page but the first is asked by more than a form; a workbook that is dropped on the page may be so large.
MOST_BODY, MOST_UPLOAD = 1_000_000, 60_000_000
UPLOAD = "/upload"
KEY, PLACE = "x-yusuan-key", "x-yusuan-place"
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
    """Stands before an application and answers for it where a request is not the page's own.

    The token opens the page once and is worth nothing afterwards. The page is then known by a cookie, which lets it be
    loaded anew, and by a key within it, which no other page can read and which everything but the page itself needs.
    All of it lies below a `place` that nobody can guess: the cookie goes nowhere else, while one for the whole address
    would be shown to every program that listens on this machine. `present`: whether a page listens now. `last`: when
    the page last asked for something, in seconds of the steady clock; 0 before it does.
    """

    def __init__(self, app: Bottle, host: str, present: Callable[[], bool]) -> None:
        self._host = host
        self._present = present
        self.token = secrets.token_urlsafe(32)
        self.place = f"/{secrets.token_urlsafe(32)}/"
        self.last = 0.0
        #: Browsers send cookies to every port of a machine: two desks at once must not take each other's.
        self.cookie = f"yusuan-{host.rpartition(':')[2]}"
        self._opened = False
        self._cookie = self._key = ""
        app.add_hook("before_request", self._admit)
        app.add_hook("after_request", lambda: response.headers.update(_HEADERS))

    def _admit(self) -> None:
        if refused := self._refused():
            status, why = refused
            raise HTTPResponse(why, status, content_type="text/plain; charset=utf-8")
        self.last = time.monotonic()
        if request.path == "/":
            # Each time the page is loaded it becomes another page: what the one before knew is worth nothing.
            self._cookie, self._key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
            request.environ[KEY], request.environ[PLACE] = self._key, self.place
            response.set_cookie(self.cookie, self._cookie, httponly=True, samesite="strict", path=self.place)

    def _refused(self) -> tuple[int, str] | None:
        """Why a request is refused: the status and a sentence."""
        path, origin, given = request.path, request.get_header("origin"), request.query.get("key", "")
        if request.get_header("host") != self._host:
            return 421, "地址不正确。"
        if request.method not in ("GET", "POST"):
            return 405, "不支持这种请求。"
        if origin != f"http://{self._host}" and (origin is not None or request.method == "POST"):
            return 403, _FOREIGN
        if path == "/" and (token := request.query.get("token")):
            if self._opened or not _same(token, self.token):
                return 403, _USED
            self._opened = True
            return None
        # What other programs here have set beside it may be anything, and is no reason to lose it.
        cookies = (part.strip().partition("=") for part in request.environ.get("HTTP_COOKIE", "").split(";"))
        own = next((value for name, _, value in cookies if name == self.cookie), "")
        if not self._cookie or not _same(path[: len(self.place)] + own, self.place + self._cookie):
            return 403, _USED
        path = request.environ["PATH_INFO"] = path[len(self.place) - 1 :]
        if path == "/":
            return self._second_page()
        if request.get_header("sec-fetch-site", "same-origin") != "same-origin":
            return 403, _FOREIGN
        if not path.startswith("/static/") and not _same(request.get_header(KEY, given), self._key):
            return 403, "本页已经失效，请刷新。"
        most = MOST_UPLOAD if path == UPLOAD else MOST_BODY
        return (413, f"内容超过{most // 1_000_000}MB，没有接收。") if request.content_length > most else None

    def _second_page(self) -> tuple[int, str] | None:
        for _ in range(int(_HANDOVER / 0.1)):
            if not self._present():
                return None
            time.sleep(0.1)
        return 409, _SECOND


def _same(given: str, wanted: str) -> bool:
    return compare_digest(given.encode(), wanted.encode())
