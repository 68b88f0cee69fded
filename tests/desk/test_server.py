"""工作台 as a program of its own: what it prints, to whom it listens, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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
    ("present", "busy", "left", "last", "over"),
    [
        (False, False, 1, 1, False),
        (False, False, server._TO_RETURN + 1, 1, False),
        (False, False, server._TO_RETURN + 1, server._TO_RETURN + 1, True),
        (False, False, server._TO_RETURN + 1, None, False),
        (False, False, server._TO_OPEN + 1, None, True),
        (True, False, 0, 60, False),
        (True, False, 0, server._IDLE + 1, True),
        (True, True, 0, server._IDLE + 1, False),
    ],
)
def test_it_ends_by_itself(present: bool, busy: bool, left: float, last: float | None, over: bool) -> None:
    """Once the page is closed, or never opened, or forgotten; never while a page waits for a button."""
    now = time.monotonic()
    desk: Any = SimpleNamespace(is_busy=busy, page=SimpleNamespace(present=present, left=now - left))
    assert server._is_over(desk, 0.0 if last is None else now - last) is over
