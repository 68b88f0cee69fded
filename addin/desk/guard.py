"""Who may ask: the one page that was opened with the token, from this machine, under this address, and nobody else."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from hmac import compare_digest

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: No page but the first is asked by more than a form; a workbook that is dropped on the page may be so large.
MOST_BODY, MOST_UPLOAD = 1_000_000, 60_000_000
UPLOAD = "/upload"
COOKIE, KEY = "yusuan", "x-yusuan-key"
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


class Guard:
    """Stands before the application and answers for it where a request is not the page's own.

    The token opens the page once and is worth nothing afterwards. The page is then known by a cookie, which lets it be
    loaded anew, and by a key within it, which no other page can read and which everything but the page itself needs.
    `present`: whether a page listens now.
    """

    def __init__(self, app: ASGIApp, host: str, present: Callable[[], bool]) -> None:
        self._app = app
        self._host = host
        self._present = present
        self.token = secrets.token_urlsafe(32)
        self.last = 0.0  #: when the page last asked for something, in seconds of the steady clock; 0 before it does
        self._opened = False
        self._cookie = self._key = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope)
        refusal = await self._refusal(request)
        most = MOST_UPLOAD if scope["path"] == UPLOAD else MOST_BODY
        if not refusal and int(request.headers.get("content-length") or 0) > most:
            refusal = 413, f"内容超过{most // 1_000_000}MB，没有接收。"
        opening = not refusal and scope["path"] == "/"
        if opening:
            # Each time the page is loaded it becomes another page: what the one before knew is worth nothing.
            self._cookie, self._key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
            scope["state"] = {**scope.get("state", {}), "key": self._key}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                if opening:
                    headers["set-cookie"] = f"{COOKIE}={self._cookie}; HttpOnly; SameSite=Strict; Path=/"
            await send(message)

        if refusal:
            response = PlainTextResponse(refusal[1], refusal[0])
            await response(scope, receive, answer)
        else:
            self.last = time.monotonic()
            await self._app(scope, receive if request.method == "GET" else _limited(receive, most), answer)

    async def _refusal(self, request: Request) -> tuple[int, str] | None:
        """Status and sentence where a request is refused."""
        headers, own = request.headers, f"http://{self._host}"
        if headers.getlist("host") != [self._host]:
            return 421, "地址不正确。"
        if request.method not in ("GET", "POST"):
            return 405, "不支持这种请求。"
        origins = headers.getlist("origin")
        if any(origin != own for origin in origins) or (request.method == "POST" and not origins):
            return 403, "来自其他网页的请求，没有处理。"
        path = request.url.path
        token = request.query_params.get("token", "")
        if path == "/" and token:
            if self._opened or not _same(token, self.token):
                return 403, _USED
            self._opened = True
            return None
        if not self._cookie or not _same(request.cookies.get(COOKIE, ""), self._cookie):
            return 403, _USED
        if path == "/":
            return await self._second_page()
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "来自其他网页的请求，没有处理。"
        given = headers.get(KEY) or request.query_params.get("key", "")
        if not path.startswith("/static/") and not _same(given, self._key):
            return 403, "本页已经失效，请刷新。"
        return None

    async def _second_page(self) -> tuple[int, str] | None:
        for _ in range(int(_HANDOVER / 0.1)):
            if not self._present():
                return None
            await asyncio.sleep(0.1)
        return 409, _SECOND


def _same(given: str, wanted: str) -> bool:
    return compare_digest(given.encode(), wanted.encode())


def _limited(receive: Receive, most: int) -> Receive:
    """What a request sends, cut off where it is longer than it said."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > most else message

    return limited
