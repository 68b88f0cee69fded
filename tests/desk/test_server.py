"""工作台 as a program of its own: what it prints, to whom it listens, and how it ends."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
from configparser import ConfigParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import url2pathname

import httpx2
import psutil
import pytest

from addin.desk import server
from addin.desk.guard import MOST_UPLOAD
from tests.support.command import run_command


def test_the_first_line_is_the_address_and_sigterm_ends_it(sample_book: Path) -> None:
    command = [sys.executable, "-m", "addin.cli", "desk", str(sample_book), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        try:
            found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=[\w-]{40,}", line)
            assert found, line
            page = httpx2.get(line)
            assert page.status_code == 200
            assert "示例市" not in httpx2.get(f"http://127.0.0.1:{found[1]}/").text
            own = [
                a.address
                for addresses in psutil.net_if_addrs().values()
                for a in addresses
                if a.family == socket.AF_INET
            ]
            others = set(own) - {"127.0.0.1"}
            for address in others:
                with pytest.raises(OSError), socket.create_connection((address, int(found[1])), 2):
                    pass
            assert _taken_without_end(int(found[1])) < MOST_UPLOAD + 10_000_000
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def _started_from_the_menu(book: Path, home: Path) -> tuple[subprocess.Popen[str], Path]:
    """The program as the entry of a Linux menu starts it for a new user; what opens pages notes them down."""
    home.mkdir()
    opened, browser = home / "opened", home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n', encoding="utf-8")
    browser.chmod(0o700)
    entry = ConfigParser(interpolation=None)
    entry.read(Path(server.__file__).with_name("yusuan-desk.desktop"), encoding="utf-8")
    command = [str(book) if word == "%f" else word for word in shlex.split(entry["Desktop Entry"]["Exec"])]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(home), "BROWSER": str(browser)}
    process = subprocess.Popen(
        command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return process, opened


def test_a_double_click_opens_the_page_or_says_why_not(sample_book: Path, tmp_path: Path) -> None:
    process, opened = _started_from_the_menu(sample_book, tmp_path / "家")
    with process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        try:
            while not opened.exists() or not opened.read_text():
                time.sleep(0.05)
            leads = Path(url2pathname(opened.read_text().strip().removeprefix("file://")))
            assert line in leads.read_text(encoding="utf-8")
            assert stat.S_IMODE(leads.parent.stat().st_mode) == 0o700
            assert httpx2.get(line).status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        assert not leads.exists()
    (tmp_path / "坏.xlsx").write_bytes(b"x")
    process, opened = _started_from_the_menu(tmp_path / "坏.xlsx", tmp_path / "另一个")
    with process:
        assert process.wait(60) == 2
        reason = Path(url2pathname(opened.read_text().strip().removeprefix("file://"))).read_text(encoding="utf-8")
        assert "工作台没有打开" in reason
        assert "坏.xlsx" in reason


def _taken_without_end(port: int) -> int:
    """How many bytes are taken of what no length announces, by nobody who is known."""
    head = f"POST /upload?name=a.xlsx HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    taken = 0
    with socket.create_connection(("127.0.0.1", port), 20) as line:
        line.sendall(head.encode())
        while taken < 500_000_000:
            try:
                line.sendall(chunk)
            except OSError:
                break
            taken += len(chunk)
    return taken


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    with taken:
        done = run_command("desk", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert (done.code, "不能使用" in done.err) == (2, True)
    assert run_command("desk", "--no-browser", tmp_path / "没有.xlsx").code == 2
    (tmp_path / "坏.xlsx").write_bytes(b"x")
    assert run_command("desk", "--no-browser", tmp_path / "坏.xlsx").code == 2


@pytest.mark.parametrize(
    ("present", "busy", "asks", "left", "last", "over"),
    [
        (False, False, False, 1, 1, False),
        (False, False, False, server._TO_RETURN + 1, 1, False),
        (False, False, False, server._TO_RETURN + 1, server._TO_RETURN + 1, True),
        (False, False, False, server._TO_RETURN + 1, None, False),
        (False, False, False, server._TO_OPEN + 1, None, True),
        (True, False, False, 0, 60, False),
        (True, False, False, 0, server._IDLE + 1, True),
        (True, True, False, 0, server._IDLE + 1, False),
        (True, True, True, 0, server._IDLE + 1, True),
    ],
)
def test_it_ends_by_itself(present: bool, busy: bool, asks: bool, left: float, last: float | None, over: bool) -> None:
    """Once the page is closed, or never opened, or forgotten with a question too; never while it waits for a button."""
    now = time.monotonic()
    desk: Any = SimpleNamespace(
        is_busy=busy, page=SimpleNamespace(present=present, left=now - left, question=asks or None)
    )
    assert server._is_over(desk, 0.0 if last is None else now - last) is over
