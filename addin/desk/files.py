"""The files of this machine as the page lets the clerk choose among them, and a workbook that she drops on it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from addin.xlsx import fault, free_name, put_file

#: Entries of a folder that are shown.
_MOST = 2_000
_WORKBOOKS = (".xlsx", ".xlsm")


def listing(folder: str, kinds: Sequence[str], start: Path) -> dict[str, Any]:
    """What lies in a folder: folders, and files that end as wanted. What cannot be read is shown as empty."""
    here = Path(folder) if Path(folder).is_absolute() else start
    here = here if here.is_dir() else here.parent
    folders, files, message = [], [], ""
    try:
        for path in sorted(here.iterdir()):
            if path.name.startswith((".", "~$")):
                continue
            if path.is_dir():
                folders.append(path)
            elif path.suffix.lower() in kinds:
                files.append(path)
    except OSError:
        message = "没有权限打开这个文件夹"
    return {
        "here": here,
        "up": [*reversed(here.parents), here],
        "places": [(label, path) for label, path in _places(start) if path.is_dir()],
        "folders": folders[:_MOST],
        "files": files[:_MOST],
        "message": message,
    }


def _places(start: Path) -> list[tuple[str, Path]]:
    home = Path.home()
    drives = [Path(f"{letter}:\\") for letter in "CDEFGHIJKLMNOPQRSTUVWXYZ"] if os.name == "nt" else [Path("/media")]
    own = [(name, home / name) for name in ("桌面", "Desktop", "文档", "Documents", "下载", "Downloads")]
    return [("开始的文件夹", start), ("主文件夹", home), *own, *((str(drive), drive) for drive in drives)]


def take_in(data: bytes, name: str, beside: Path | None, start: Path) -> Path:
    """Where a workbook that was dropped lies: a browser does not say, so a file of the same contents is looked for.

    There is none: it is written into the folder of the open workbook, else where choosing begins, under a new name.
    """
    name = PureWindowsPath(PurePosixPath(name).name).name.strip(" .")
    if Path(name).suffix.lower() not in _WORKBOOKS or name.startswith((".", "~")):
        raise fault(Path(name or "文件"), "不是 .xlsx 工作簿，请选择预算公开工作簿")
    folder = beside.parent if beside else start
    for known in (folder / name, start / name):
        if known.is_file() and known.stat().st_size == len(data) and known.read_bytes() == data:
            return known
    target = free_name(folder / name)
    put_file(target, data)
    return target
