"""What the program keeps for itself from start to start, as Python keeps its modules: wording and patterns compiled,
editions read.

A file begins with its own digest: what is in it is run as it stands, and a damaged one would end the interpreter. The
folder is the program's own; whoever may write there may as well change the program.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path


class _Keeping:
    folder: Path | None = None


def keep_in(folder: Path | None) -> None:
    """From now on, things are kept in that folder; None: nowhere."""
    _Keeping.folder = folder


def kept(name: str) -> bytes | None:
    """What an earlier process, or this one, kept under that name; None where there is nothing, or it is damaged."""
    if _Keeping.folder is not None:
        with contextlib.suppress(OSError):
            digest, _, data = (_Keeping.folder / name).read_bytes().partition(b"\n")
            if hashlib.sha256(data).hexdigest().encode() == digest:
                return data
    return None


def keep(name: str, data: bytes) -> None:
    """Keep it under that name. A folder that takes no file costs the next start some time, and nothing else."""
    if _Keeping.folder is None:
        return
    new = _Keeping.folder / f"{name}.{os.getpid()}"
    with contextlib.suppress(OSError):
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        new.replace(_Keeping.folder / name)
    with contextlib.suppress(OSError):
        new.unlink(missing_ok=True)
