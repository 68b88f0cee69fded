"""工作台 without a browser: its page asked for over HTTP, inside this process or of a server in one of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from addin.buttons import commands
from addin.desk.app import Application
from addin.desk.desk import Desk
from addin.desk.guard import KEY, Guard

HOST = "127.0.0.1:5000"
OWN = {"origin": f"http://{HOST}"}


@contextmanager
def served(where: Path, environment: Mapping[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own process, and the address of its page; it is ended in any case."""
    command = [sys.executable, "-m", "addin.cli", "desk", str(where), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def visited(url: str) -> Iterator[httpx2.Client]:
    """The page at an address, opened without a browser."""
    own = url.partition("/?")[0]
    with httpx2.Client(headers={"origin": own}, timeout=300, verify=False) as page:
        page.headers[KEY], place = _known_by(page.get(url).text)
        page.base_url = httpx2.URL(own + place)
        yield page


def _known_by(page: str) -> tuple[str, str]:
    """What the page has to say with everything that it sends, and where."""
    found = re.search(r'<meta name="key" content="([^"]+)" data-place="([^"]+)">', page)
    assert found
    return found[1], found[2]


class OpenDesk:
    """A desk with a workbook on it and its page opened."""

    def __init__(self, where: Path) -> None:
        self.desk = Desk(commands(), where if where.is_dir() else where.parent)
        if where.is_file():
            self.desk.table.open(where)
        self.app = Application(self.desk).answers
        self.guard = Guard(self.app, HOST, lambda: self.desk.page.present)
        self.client = self.stranger()
        page = self.client.get(f"http://{HOST}/", params={"token": self.guard.token})
        assert page.status_code == 200, page.text
        self.client.headers[KEY], place = _known_by(page.text)
        self.client.base_url = httpx2.URL(f"http://{HOST}{place}")
        self.asked: list[dict[str, Any]] = []
        self._answers: list[Any] = []
        self.desk.page.ask = self._answer  # type: ignore[method-assign]

    def stranger(self) -> httpx2.Client:
        """Somebody who has neither cookie nor key, and does not know the place."""
        return httpx2.Client(transport=httpx2.WSGITransport(self.app), base_url=f"http://{HOST}")

    def neighbour(self) -> httpx2.Client:
        """Somebody who knows the place, and nothing else."""
        return httpx2.Client(transport=httpx2.WSGITransport(self.app), base_url=self.client.base_url)

    def is_watched(self) -> None:
        """From now on a page listens."""
        self._stream = self.desk.page.stream(dict, lambda: False)
        next(self._stream)

    @property
    def cookie(self) -> str:
        """What the page is known by."""
        return str(self.client.cookies[self.guard.cookie])

    def _answer(self, kind: str, title: str, endings: Sequence[str], start: Path) -> tuple[str, str]:
        """What a user of the dialog would answer."""
        self.asked.append({"kind": kind, "title": title, "endings": endings, "start": start})
        answer = str(self._answers.pop(0) or "")
        return (str(Path(answer).parent), Path(answer).name) if answer and kind == "target" else (answer, answer)

    def post(self, path: str, data: dict[str, Any]) -> httpx2.Response:
        """What the page sends."""
        return self.client.post(path, json=data, headers=OWN)

    def do(self, command: str, answers: Sequence[Any] = (), **given: Any) -> dict[str, Any]:
        """A button pressed; what is said in the end, and whether it is bad news."""
        self._answers = list(answers)
        if command == "save":
            given = {"version": self.desk.table.book.version, **given}
        response = self.post("/press", {"command": command, **given})
        assert response.status_code == 200, response.text
        while self.desk.is_busy:
            time.sleep(0.01)
        assert not self._answers, f"not asked for: {self._answers}"
        return dict(self.desk.last)

    def press(self, command: str, *answers: Any, **given: Any) -> str:
        """A button pressed; what is said in the end."""
        said = self.do(command, answers, **given)
        assert not said["bad"], said["message"]
        return str(said["message"])

    def refused(self, command: str, *answers: Any, **given: Any) -> str:
        """A button pressed that cannot do its work; what is said then."""
        said = self.do(command, answers, **given)
        assert said["bad"], said["message"]
        return str(said["message"])

    def view(self, what: str, **query: Any) -> str:
        """A piece of the page."""
        response = self.client.get(f"/view/{what}", params=query)
        assert response.status_code == 200, response.text
        return str(response.text)
