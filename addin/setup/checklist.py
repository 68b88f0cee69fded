"""The report that the clerk sends: the doctor's list, what the program sees of a working day, steps to fill in."""

from __future__ import annotations

import datetime
import platform
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from addin.enciphered import is_enciphered
from addin.places import log_file, own_version
from addin.setup.doctor import Check
from addin.xlsx import new_file
from udfs.base import InputProblems, Problem

_STEPS = Path(__file__).with_name("checklist.toml")
#: Clicks and failures of the log that the report has.
_MOST_LINES = 30
#: How the log notes a click's end: `2026-01-01 09:00:00,000 INFO 校验: 0.85 s`.
_CLICK = re.compile(r"^([\d-]+ [\d:]+),\d+ INFO (\S+): ([\d.]+) s$", re.MULTILINE)
_FAILURE = re.compile(r"^[\d-]+ [\d:]+,\d+ (?:ERROR|CRITICAL) .*$", re.MULTILINE)
_EXCEL, _PYTHON, _SHELL = "excel.exe", ("python.exe", "pythonw.exe"), "cmd.exe"


class Step(Struct, frozen=True):
    """A step of the working day: what is done, what should be seen, what the program sees of it by itself."""

    do: str
    see: str
    probe: str = ""


class Program(Struct, frozen=True):
    """A running program: its name in small letters, its number, those that it was started by, the nearest first."""

    name: str
    number: int
    above: tuple[int, ...] = ()


class Sight(Struct, frozen=True):
    """What the program sees of the machine beyond the installation. `books`: each open workbook's first bytes."""

    programs: tuple[Program, ...] = ()
    excel: str = ""
    books: tuple[tuple[str, bytes], ...] = ()
    log: str = ""


@cache
def steps() -> tuple[Step, ...]:
    """The steps of a working day, in order."""
    return msgspec.toml.decode(_STEPS.read_bytes(), type=dict[str, tuple[Step, ...]])["steps"]


def look() -> Sight:
    """Look at this machine: what runs, what is open in Excel, what the log says. Changes nothing."""
    excel, books = _open_books()
    log = log_file()
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return Sight(tuple(_programs()), excel, tuple(books), text)


def _programs() -> list[Program]:
    import psutil

    wanted = (_EXCEL, *_PYTHON, _SHELL)
    found = []
    for process in psutil.process_iter():
        try:
            name = process.name().lower()
            if name in wanted:
                found.append(Program(name, process.pid, tuple(p.pid for p in process.parents())))
        except (psutil.Error, OSError):
            continue  # it has ended meanwhile, belongs to somebody else, or Windows does not tell
    return found


def _open_books() -> tuple[str, list[tuple[str, bytes]]]:
    """The version of a running Excel, and how the files begin of which it has workbooks open."""
    from addin.excel import disarm

    try:
        import xlwings

        disarm()
        found = []
        version = ""
        for app in xlwings.apps:
            version = str(app.version)
            for path in [Path(book.fullname) for book in app.books]:
                if path.is_file():
                    with path.open("rb") as file:
                        found.append((path.name, file.read(4096)))
    except Exception as error:  # noqa: BLE001 - an Excel that does not answer is told in the report
        return f"没有回答（{type(error).__name__}）", []
    return version, found


def write_report(out: Path, checks: Sequence[Check], sight: Sight, now: datetime.datetime | None = None) -> None:
    """Write the report as a text that any editor on Windows shows. Raises InputProblems where it cannot be written."""
    if out.suffix.lower() != ".txt":
        raise InputProblems([Problem(out.name, "检查报告是文本文件，请把文件名改为 *.txt")])
    text = "\n".join(_lines(checks, sight, now or datetime.datetime.now().astimezone()))
    with new_file(out) as temporary:
        temporary.write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")


def _lines(checks: Sequence[Check], sight: Sight, now: datetime.datetime) -> list[str]:
    lines = ["预算公开工具　检查报告", f"{now:%Y-%m-%d %H:%M}　版本 {own_version()}　{platform.platform()}"]
    lines += [f"Excel：{sight.excel or '现在没有打开'}", "", "一、安装", *map(str, checks)]
    lines += ["", "二、一个工作日（约二十分钟；程序自己看得到的已写上，请填写您看到的情况）"]
    for number, step in enumerate(steps(), 1):
        seen = PROBES[step.probe](checks, sight) if step.probe else None
        lines += [f"{number}. {step.do}", f"   应当：{step.see}", *([f"   程序看到：{seen}"] if seen else [])]
        lines.append("   您看到：＿＿＿＿＿＿＿＿＿＿＿＿")
    clicks = _CLICK.findall(sight.log)[-_MOST_LINES:]
    lines += ["", "三、最近的操作和用时（来自日志）", *(f"{at}　{name}　{seconds} 秒" for at, name, seconds in clicks)]
    lines += ["", "四、最近的意外（来自日志）", *(_FAILURE.findall(sight.log)[-_MOST_LINES:] or ["没有"]), ""]
    return lines


def _marked(good: bool, text: str) -> str:
    return f"{'√' if good else '×'} {text}"


def _installed(checks: Sequence[Check], _: Sight) -> str:
    wrong = [check.subject for check in checks if check.advice]
    return _marked(not wrong, f"有问题的各项见上面：{'、'.join(wrong)}" if wrong else "安装完好")


def _macros(checks: Sequence[Check], _: Sight) -> str | None:
    return next((_marked(not check.advice, check.found) for check in checks if check.subject == "宏安全设置"), None)


def _times(_: Sequence[Check], sight: Sight) -> str | None:
    found = [float(seconds) for _, name, seconds in _CLICK.findall(sight.log) if name == "校验"]
    return f"日志：最近{len(found[-5:])}次“校验”用了 {'、'.join(f'{s:.1f}' for s in found[-5:])} 秒" if found else None


def _servers(_: Sequence[Check], sight: Sight) -> str | None:
    excels = [p.number for p in sight.programs if p.name == _EXCEL]
    if not excels:
        return None
    told, good = [], True
    for number in excels:
        below = [p.name for p in sight.programs if number in p.above]
        pythons, shells = sum(name in _PYTHON for name in below), below.count(_SHELL)
        good = good and pythons <= 1 and shells <= 1
        told.append(f"EXCEL.EXE（{number}）下面有 {pythons} 个 python.exe、{shells} 个 cmd.exe")
    return _marked(good, "；".join(told))


def _failures(_: Sequence[Check], sight: Sight) -> str | None:
    if not sight.log:
        return None
    count = len(_FAILURE.findall(sight.log))
    wrong = "AttributeError" in sight.log
    return _marked(not wrong, f"日志中有{count}次意外" + ("，其中有 AttributeError" if wrong else ""))


def _encrypted(_: Sequence[Check], sight: Sight) -> str | None:
    if not sight.books:
        return None
    closed = [name for name, start in sight.books if is_enciphered(start)]
    if closed:
        return _marked(good=False, text=f"本机的加密软件不让本程序读取 {'、'.join(closed)}，见手册“常见问题”")
    return _marked(good=True, text=f"打开着的{len(sight.books)}个文件都能读取，没有加密")


def _gone(_: Sequence[Check], sight: Sight) -> str:
    excels = sum(p.name == _EXCEL for p in sight.programs)
    if excels and sight.excel:
        return f"Excel 正开着（{excels} 个 EXCEL.EXE），请关闭后再看"
    left = [p for p in sight.programs if p.name == _EXCEL]
    return _marked(not left, f"还有 {len(left)} 个没有窗口的 EXCEL.EXE" if left else "没有留下 EXCEL.EXE")


#: What the program sees of a step by itself, by the step's `probe`; None where there is nothing to see now.
PROBES: dict[str, Callable[[Sequence[Check], Sight], str | None]] = {
    "installed": _installed,
    "macros": _macros,
    "times": _times,
    "servers": _servers,
    "failures": _failures,
    "encrypted": _encrypted,
    "gone": _gone,
}
