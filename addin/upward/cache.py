"""What was found out about a workbook, kept by the hash of its contents: a re-run takes only what has changed.

An entry is written beside its place and renamed, and carries its own digest, so that an interrupted run leaves whole
entries or none. The program's own files are part of the key: another version of the rules asks every workbook again,
and what the version before has left behind is thrown away.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from addin.xlsx import fault

#: What the folder of one version is called.
_ENGINE = re.compile(r"[0-9a-f]{16}")
#: The file that tells later runs what was taken.
_PAST = "收过的定稿.json"
_ROOT = Path(__file__).resolve().parents[2]


@cache
def engine() -> str:
    """A fingerprint of the program's code and data, on which what is found out depends."""
    digest = hashlib.sha256()
    for room in ("addin", "udfs", "workbook_templates"):
        for path in sorted((_ROOT / room).rglob("*")):
            if path.suffix in (".py", ".toml", ".csv", ".j2") and "__pycache__" not in path.parts:
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class Cache:
    """A folder of entries. `outdated`: whether there were entries of another version, which are gone now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / engine()
        others = [path for path in folder.glob("*") if _ENGINE.fullmatch(path.name) and path != self.folder]
        self.outdated = bool(others)
        for path in others:
            shutil.rmtree(path, ignore_errors=True)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise fault(folder, f"无法写入收表缓存（{error.strerror}），请检查权限和磁盘空间") from None

    def past(self) -> dict[str, str]:
        """What earlier runs have taken: by year and unit when it was sealed, in ISO format."""
        try:
            kept = msgspec.json.decode((self.folder.parent / _PAST).read_bytes(), type=dict[str, str])
        except (OSError, msgspec.DecodeError):
            return {}
        return kept

    def remember(self, past: Mapping[str, str]) -> None:
        """Keep what was taken for the runs to come, whatever version of the program they are of."""
        self._write(self.folder.parent / _PAST, msgspec.json.encode(dict(sorted(past.items()))))

    def get(self, key: str) -> bytes | None:
        """An entry, None where there is none that is whole."""
        try:
            data = (self.folder / key).read_bytes()
        except OSError:
            return None
        digest, _, entry = data.partition(b"\n")
        return entry if hashlib.sha256(entry).hexdigest().encode() == digest else None

    def put(self, key: str, entry: bytes) -> None:
        """Keep an entry. Raises InputProblems where the disk is full or may not be written."""
        self._write(self.folder / key, hashlib.sha256(entry).hexdigest().encode() + b"\n" + entry)

    def _write(self, place: Path, data: bytes) -> None:
        temporary = None
        try:
            handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).replace(place)
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
            raise fault(self.folder.parent, f"无法写入收表缓存（{error.strerror}），请检查权限和磁盘空间") from None
