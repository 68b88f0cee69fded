"""The files of this machine as the page lets the clerk choose among them, and a workbook that she drops on it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from addin.verbs.computing import reading_of
from addin.xlsx import NOT_IN_NAME, Workbook, fault, free_name, put_file
from udfs.base import FORBIDDEN, InputProblems, Problem

#: Entries of a folder that are shown.
_MOST = 2_000
_NAME = re.compile(f"[^{NOT_IN_NAME}.~][^{NOT_IN_NAME}]{{0,69}}")


def listing(folder: Path, endings: Sequence[str], start: Path) -> dict[str, Any]:
    """What lies in a folder: folders, and files that end as wanted. What cannot be read is shown as empty."""
    here = folder if _is_folder(folder) else start
    entries: list[tuple[Path, bool]] = []
    message = ""
    try:
        # A name in no encoding that this machine knows could be neither shown nor answered.
        found = sorted(p for p in here.iterdir() if not p.name.startswith((".", "~$")) and not FORBIDDEN.search(p.name))
        entries = [(path, _is_folder(path)) for path in found]
    except OSError:
        message = "没有权限打开这个文件夹"
    return {
        "here": here,
        "up": [*reversed(here.parents), here],
        "places": [(label, path) for label, path in _places(start) if _is_folder(path)],
        "folders": [path for path, is_folder in entries if is_folder][:_MOST],
        "files": [path for path, is_folder in entries if not is_folder and path.suffix.lower() in endings][:_MOST],
        "message": message,
    }


def _is_folder(path: Path) -> bool:
    """Whether it is one; nothing that may not be looked at is."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _places(start: Path) -> list[tuple[str, Path]]:
    home = Path.home()
    drives = [Path(f"{letter}:\\") for letter in "CDEFGHIJKLMNOPQRSTUVWXYZ"] if os.name == "nt" else [Path("/media")]
    own = [(name, home / name) for name in ("桌面", "Desktop", "文档", "Documents", "下载", "Downloads")]
    return [("开始的文件夹", start), ("主文件夹", home), *own, *((str(drive), drive) for drive in drives)]


def file_name(text: str) -> str:
    """A name that a file may have on every system, and under which it is listed; raises InputProblems otherwise."""
    if not _NAME.fullmatch(text):
        message = '不能作文件名：不能含有 \\ / : * ? " < > |，不能以“.”“~”开头，最长70个字'
        raise InputProblems([Problem(text[:40], message)])
    return text


def take_in(data: bytes, name: str, start: Path) -> Path:
    """Where a workbook that was dropped lies: a browser does not say, so a file of the same contents is looked for.

    There is none: it is written where choosing begins, under a new name. Raises InputProblems where it is no workbook.
    """
    known = start / file_name(name)
    if known.suffix.lower() not in (".xlsx", ".xlsm"):
        raise fault(known, "不是 .xlsx 工作簿，请选择预算公开工作簿")
    if known.is_file() and known.stat().st_size == len(data) and known.read_bytes() == data:
        return known
    reading_of(Workbook(known, data))
    put_file(target := free_name(known), data)
    return target
