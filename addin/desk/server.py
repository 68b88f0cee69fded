"""From the command to the page in the browser, and the end of it when the page is closed or nobody uses it."""

from __future__ import annotations

import html
import logging
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from addin.places import data_folder
from addin.verbs.clicks import Command
from addin.xlsx import fault
from udfs.base import InputProblems, Problem

if TYPE_CHECKING:
    from addin.desk.desk import Desk
    from addin.desk.guard import Guard

#: Only this machine itself can reach it.
ADDRESS = "127.0.0.1"
#: Seconds: to open the page at all; to open it again once it is closed; without a single request of an open page.
_TO_OPEN, _TO_RETURN, _IDLE = 600.0, 20.0, 4 * 3600.0
#: Seconds from one look at whether it is over, and at the folder, to the next.
_TICK, _WATCH = 0.1, 3.0
_MISSING = "工作台需要安装 waitress 和 bottle：pip install yusuan[desk]"


def serve(where: Path | None, commands: Mapping[str, Command], *, port: int = 0, browser: bool = True) -> int:
    """Show the page and stay until it is closed. `where`: a workbook, or the folder in which choosing begins.

    Raises InputProblems where it cannot begin. Gives the exit code.
    """
    try:
        return _serve(where, commands, port, browser=browser)
    except InputProblems as found:
        if browser and not sys.stderr.isatty():
            # Started from a menu or by a double click there is no window in which the reason could be read.
            reasons = "".join(f"<p>{html.escape(str(problem))}</p>" for problem in found.problems)
            _show(data_folder() / "desk.html", f"<h1>工作台没有打开</h1>{reasons}")
        raise


def _serve(where: Path | None, commands: Mapping[str, Command], port: int, *, browser: bool) -> int:
    try:
        import bottle  # noqa: F401
        from waitress.server import create_server
    except ImportError:
        raise InputProblems([Problem("", _MISSING)]) from None
    from addin.desk.app import Application
    from addin.desk.desk import Desk
    from addin.desk.guard import MOST_UPLOAD, Guard

    if where is not None and not where.exists():
        raise fault(where, "找不到这个文件或文件夹，请检查路径")
    folder = (where or Path.cwd()).absolute()
    desk = Desk(commands, folder if folder.is_dir() else folder.parent)
    if where is not None and where.is_file():
        desk.table.open(where)
    elif where is not None:
        desk.receive(folder)
    try:
        listening = socket.create_server((ADDRESS, port))  # a port that nobody can guess where none is named
    except (OSError, OverflowError):
        raise InputProblems([Problem("", f"端口{port}不能使用，可能正被其他程序占用，请换一个或不指定")]) from None
    host = f"{ADDRESS}:{listening.getsockname()[1]}"
    application = Application(desk).answers
    guard = Guard(application, host, lambda: desk.page.present)
    logging.getLogger("waitress").setLevel(logging.ERROR)
    server = create_server(
        application,
        sockets=[listening],
        ident=None,
        threads=8,
        # Who only holds lines open, as every user of the machine can, keeps nobody out for long.
        connection_limit=1_000,
        channel_timeout=20,
        max_request_body_size=MOST_UPLOAD,
        # The library looks whether somebody still waits only where it may read on meanwhile.
        channel_request_lookahead=1,
    )
    threading.Thread(target=server.run, daemon=True).start()
    url = f"http://{host}/?token={guard.token}"
    print(url, flush=True)
    with TemporaryDirectory(prefix="yusuan-") as private:
        if browser:
            # The token would stand in the browser's command line for every user of the machine to read: a page that
            # only this one can read leads to it.
            link = html.escape(url, quote=True)
            _show(Path(private) / "index.html", f'<meta http-equiv="refresh" content="0; url={link}">')
        _stay(desk, guard)
    return 0


def _show(page: Path, content: str) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f'<meta charset="utf-8"><title>预算公开工作台</title>{content}', "utf-8")
    webbrowser.open(page.as_uri())


def _stay(desk: Desk, guard: Guard) -> None:
    """Wait until nobody needs the page and no button runs; look at the folder meanwhile."""
    over = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: over.set())

    def watch() -> None:
        while not over.wait(_WATCH):
            desk.watch()

    threading.Thread(target=watch, daemon=True).start()
    while not over.wait(_TICK) and not _is_over(desk, guard.last):
        pass
    over.set()
    while desk.is_busy:
        desk.page.give_up()
        time.sleep(_TICK)


def _is_over(desk: Desk, last: float) -> bool:
    """Whether nobody needs the page: it was closed, or never opened, or forgotten. `last`: the last request."""
    now = time.monotonic()
    if desk.is_busy and desk.page.present and desk.page.question is None:
        return False
    if desk.page.present:
        return now - last > _IDLE
    return now - max(desk.page.left, last) > (_TO_RETURN if last else _TO_OPEN)
