"""From the command to the page in the browser, and the end of it when the page is closed or nobody uses it."""

from __future__ import annotations

import asyncio
import html
import signal
import socket
import threading
import time
import webbrowser
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from addin.verbs.clicks import Command
from addin.xlsx import fault
from udfs.base import InputProblems, Problem

if TYPE_CHECKING:
    from addin.desk.app import Desk

#: Only this machine itself can reach it.
ADDRESS = "127.0.0.1"
#: Seconds: to open the page at all; to open it again once it is closed; without a single request of an open page.
_TO_OPEN, _TO_RETURN, _IDLE = 600.0, 20.0, 4 * 3600.0
#: Tenths of a second from one look at the folder to the next.
_WATCH = 30
_MISSING = "工作台需要安装 starlette 和 uvicorn：pip install yusuan[desk]"


def serve(where: Path | None, commands: Mapping[str, Command], *, port: int = 0, browser: bool = True) -> int:
    """Show the page and stay until it is closed. `where`: a workbook, or the folder in which choosing begins.

    Raises InputProblems where it cannot begin. Gives the exit code.
    """
    try:
        import uvicorn

        from addin.desk.app import Desk
        from addin.desk.guard import Guard
    except ImportError:
        raise InputProblems([Problem("", _MISSING)]) from None
    if where is not None and not where.exists():
        raise fault(where, "找不到这个文件或文件夹，请检查路径")
    folder = (where or Path.cwd()).absolute()
    desk = Desk(commands, folder if folder.is_dir() else folder.parent)
    if where is not None and where.is_file():
        desk.table.open(where)
    elif where is not None:
        desk.receive(folder)
    listening = _listen(port)
    host = f"{ADDRESS}:{listening.getsockname()[1]}"
    guard = Guard(desk.app(), host, lambda: desk.page.present)

    watching = threading.Lock()

    def watch() -> None:
        with watching:
            desk.watch()

    class Server(uvicorn.Server):
        """Ends by itself. Signals are ours: the library's would end the process with the signal's own code."""

        def capture_signals(self) -> Any:
            return nullcontext()

        async def on_tick(self, counter: int) -> bool:
            if counter % _WATCH == 0 and not watching.locked():
                asyncio.get_running_loop().run_in_executor(None, watch)
            self.should_exit = self.should_exit or _is_over(desk, guard.last)
            if self.should_exit:
                desk.page.give_up()
                self.force_exit = not desk.is_busy
            return await super().on_tick(counter) and not desk.is_busy

    config = uvicorn.Config(
        guard,
        lifespan="off",
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    server = Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, end)
    url = f"http://{host}/?token={guard.token}"
    print(url, flush=True)
    with TemporaryDirectory(prefix="yusuan-") as private, listening:
        if browser:
            # The token would stand in the browser's command line for every user of the machine to read: a page that
            # only this one can read leads to it.
            page = Path(private) / "index.html"
            link = html.escape(url, quote=True)
            page.write_text(f'<meta charset="utf-8"><meta http-equiv="refresh" content="0; url={link}">', "utf-8")
            webbrowser.open(page.as_uri())
        asyncio.run(server.serve([listening]))
    return 0


def _listen(port: int) -> socket.socket:
    """A socket of this machine alone; a port that nobody can guess where none is named."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.bind((ADDRESS, port))
        # From now on a page that comes before the server is ready waits for it.
        listening.listen()
    except (OSError, OverflowError):
        listening.close()
        raise InputProblems([Problem("", f"端口{port}不能使用，可能正被其他程序占用，请换一个或不指定")]) from None
    return listening


def _is_over(desk: Desk, last: float) -> bool:
    """Whether nobody needs the page: it was closed, or never opened, or forgotten. `last`: the last request."""
    now = time.monotonic()
    if desk.is_busy and desk.page.present:
        return False
    if desk.page.present:
        return now - last > _IDLE
    return now - max(desk.page.left, last) > (_TO_RETURN if last else _TO_OPEN)
