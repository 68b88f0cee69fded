"""What the page asks and what it is answered, as the server library hands it over (WSGI)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from msgspec import Struct

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HTML, JSON, TEXT = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"


class Answer(Struct, frozen=True):
    """`body`: the whole of it, or pieces as they come."""

    body: bytes | Iterable[bytes]
    kind: str = HTML
    status: int = 200


def said(data: dict[str, Any], status: int = 200) -> Answer:
    """Values for the page's own script."""
    return Answer(json.dumps(data, ensure_ascii=False).encode(), JSON, status)


class Request:
    """`key`: what the page that is being opened is to be known by."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
        self.method = str(environ["REQUEST_METHOD"])
        self.path = str(environ["PATH_INFO"])
        self.query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        self.key = ""

    def header(self, name: str) -> str | None:
        """A header; several of one name come as one, with commas between."""
        return self._environ.get(f"HTTP_{name.upper().replace('-', '_')}")

    def cookie(self, name: str) -> str:
        """A cookie, empty where there is none; what other programs here have set beside it may be anything."""
        pairs = (part.strip().partition("=") for part in (self.header("cookie") or "").split(";"))
        return next((value for key, _, value in pairs if key == name), "")

    @property
    def size(self) -> int:
        """Bytes that come with it; the server has counted them where the sender did not say."""
        said = self._environ.get("CONTENT_LENGTH") or "0"
        return int(said) if said.isdecimal() else 0

    def body(self) -> bytes:
        """What comes with it."""
        data: bytes = self._environ["wsgi.input"].read(self.size)
        return data

    def is_gone(self) -> bool:
        """Whether nobody waits for the answer any more."""
        gone = self._environ.get("waitress.client_disconnected")
        return bool(gone and gone())
