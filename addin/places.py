"""Where the add-in keeps its own files on the clerk's machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

NAME = "yusuan"


def data_folder() -> Path:
    """Folder of log file, snapshot and handbook: `yusuan` in LOCALAPPDATA on Windows; YUSUAN_DATA says otherwise."""
    chosen = os.environ.get("YUSUAN_DATA")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / NAME
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / NAME


def log_file() -> Path:
    """What went wrong, and when: the file that the clerk sends to whoever helps her."""
    return data_folder() / "yusuan.log"


def logger() -> logging.Logger:
    """The log, in a file of limited size."""
    import logging
    from logging.handlers import RotatingFileHandler

    log = logging.getLogger("yusuan")
    path = log_file()
    if not any(getattr(h, "baseFilename", "") == str(path.absolute()) for h in log.handlers):
        for handler in list(log.handlers):
            log.removeHandler(handler)
            handler.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        new = RotatingFileHandler(path, maxBytes=500_000, backupCount=2, encoding="utf-8")
        new.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(new)
        log.setLevel(logging.INFO)
        log.propagate = False
    return log


def handbook() -> Path:
    """The first page of the handbook."""
    return data_folder() / "handbook" / "index.html"


def compiled() -> Path:
    """Wording and patterns compiled, and editions read, so that the next start need not do it again."""
    return data_folder() / "wording"


def own_version() -> str:
    """The version of this program; `0` where it runs from its sources."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(NAME)
    except PackageNotFoundError:
        return "0"
