"""Parsing in a child process with limits of time and memory: what goes wrong there costs one workbook, not the run.

A child examines one workbook after the other until it dies or takes too long; then it is replaced. It is a plain
program spoken to through pipes and not a fork, so that it runs the same inside a worker of a cluster and on Windows.
Memory: where the system can limit a process's address space (POSIX) the child does so itself; everywhere the parent
looks at the child's memory while it waits and ends it beyond the limit. On Windows, which has no such limit short of a
job object, that look is the only one, so a child may exceed its limit for the length of one look.
"""

from __future__ import annotations

import contextlib
import gc
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO

import psutil

from udfs.base import InputProblems, Problem
from udfs.upward import refusal
from workbook_templates.reading import OUTSIDE, looked_in

#: Seconds of the processor for one workbook; the largest honest one takes a few. Not of the clock, so that what is
#: refused does not depend on what else the machine is doing; the clock only ends what waits for nothing.
MOST_SECONDS = 60.0
_CLOCK = 20
#: Bytes of memory a child may hold, and of address space it may name.
MOST_MEMORY = 2_000_000_000
MOST_ADDRESSES = 6_000_000_000
#: Seconds between two looks at a child's memory.
_LOOK = 0.1
#: New objects after which a child's collector looks for what holds itself: about once a workbook.
_COLLECT_AFTER = 100_000
_HEAD = struct.Struct(">II")
_SIZE = struct.Struct(">I")


class Sandbox:
    """A child process that examines workbooks. Not for use by two threads at once.

    `examiner`: the module whose `examine` the child runs; it takes a name and bytes and gives bytes, and never raises.
    """

    def __init__(
        self, seconds: float = MOST_SECONDS, memory: int = MOST_MEMORY, examiner: str = "addin.upward.examine"
    ) -> None:
        self.examiner = examiner
        self.seconds = seconds
        self.memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._reason = ""

    def examine(self, name: str, data: bytes) -> bytes:
        """The answer on a workbook; where the child dies or must be ended, a refusal that says why."""
        child = self._running()
        self._reason = ""
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(child, done), daemon=True)
        watch.start()
        try:
            answer = _ask(child, name, data)
        except (OSError, EOFError):
            answer = b""
        finally:
            done.set()
            watch.join()
        if answer:
            return answer
        self.close()
        return refusal(self._reason or "解析时程序异常终止，未予读取；文件可能有害，请勿打开", limited=True)

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        child.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            folder = str(Path(__file__).resolve().parents[2])
            known = os.environ.get("PYTHONPATH", "")
            environment = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join([folder, known]) if known else folder,
                # One thread a child: the machine is kept busy by as many children as it has cores.
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "PYTHONUTF8": "1",
                OUTSIDE: looked_in(),
            }
            try:
                self._child = subprocess.Popen(  # noqa: S603 - this Python with a module of ours
                    [sys.executable, "-m", "addin.upward.sandbox", self.examiner],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                    # Below Excel, which has no console, each child would open a black window.
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except OSError as error:
                message = (
                    f"读取文件用的进程无法启动（{error.strerror}），请关闭其他程序后重试，仍不行的请重新安装本程序"
                )
                raise InputProblems([Problem("", message)]) from None
        return self._child

    def _watch(self, child: subprocess.Popen[bytes], done: threading.Event) -> None:
        """End the child where it takes too long or too much."""
        ends = time.monotonic() + max(self.seconds, 1.0) * _CLOCK
        worked = 0.0
        before: float | None = None
        while not done.wait(_LOOK):
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(child.pid)
                if process.memory_info().rss > self.memory:
                    self._reason = "解析时占用内存超出限制，未予读取；文件可能有害，请勿打开"
                    child.kill()
                    return
                now = sum(process.cpu_times()[:2])
                before = now if before is None else before
                worked = now - before
            if worked > self.seconds or time.monotonic() > ends:
                self._reason = f"解析超过{self.seconds:g}秒，未予读取；文件可能有害，请勿打开"
                child.kill()
                return


def _ask(child: subprocess.Popen[bytes], name: str, data: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    title = name.encode("utf-8", "replace")
    child.stdin.write(_HEAD.pack(len(title), len(data)) + title)
    child.stdin.write(data)
    child.stdin.flush()
    return _read(child.stdout, _SIZE.unpack(_read(child.stdout, _SIZE.size))[0])


def _read(pipe: IO[bytes], size: int) -> bytes:
    parts = []
    while size:
        part = pipe.read(size)
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


_own = threading.local()


def examine_here(name: str, data: bytes) -> bytes:
    """Examine a workbook in this thread's own sandbox; what a worker of a cluster runs."""
    box = getattr(_own, "box", None)
    if box is None:
        box = _own.box = Sandbox()
    return box.examine(name, data)


#: What Python tells its hooks before it does it, as far as a child has no business with it.
_FORBIDDEN = (
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.startfile",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.utime",
    "pty.spawn",
    "shutil.",
    "socket.",
    "sqlite3.connect",
    "subprocess.Popen",
    "tempfile.",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what a child must not do, before it is done: a file that is only made would be there, if empty."""
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITES and path != os.devnull:
            raise PermissionError("a child writes no file")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError(f"a child does nothing like {event}")


def limit_this_process() -> None:
    """Limits that hold whatever is parsed: nothing written, started or sent; address space, no core file.

    A library that is not Python's own might still make a file, but not write into it.
    """
    sys.addaudithook(_refuse)
    try:
        import resource
    except ImportError:
        return  # Windows: the parent's look at the memory is the limit
    for kind, most in (
        (resource.RLIMIT_AS, MOST_ADDRESSES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (wanted, hard))


def serve(requests: IO[bytes], answers: IO[bytes], examine: Callable[[str, bytes], bytes]) -> None:
    """Examine what comes in until the other side is gone."""
    while True:
        try:
            title_size, size = _HEAD.unpack(_read(requests, _HEAD.size))
            name = _read(requests, title_size).decode("utf-8", "replace")
            data = _read(requests, size)
        except EOFError:
            return
        answer = examine(name, data)
        answers.write(_SIZE.pack(len(answer)) + answer)
        answers.flush()


def main() -> None:
    """The child: speaks through the pipes it was given, and through nothing else."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Loaded before memory is limited: libraries name far more addresses than they use.
    import highspy  # noqa: F401

    examine: Callable[[str, bytes], bytes] = import_module(sys.argv[1]).examine
    limit_this_process()
    # What was loaded stays; of a workbook hardly anything is left that only the collector finds.
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    serve(sys.stdin.buffer, answers, examine)


if __name__ == "__main__":
    main()
