"""What was found out about a workbook, kept by the hash of its contents: a re-run takes only what has changed.

An entry is written beside its place and renamed, and carries its own digest, so that an interrupted run leaves whole
entries or none. The program's own files are part of the key: another version of the rules asks every workbook again,
and what the version before has left behind is thrown away.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec

from addin.verbs.signed_edition import digests, own_editions
from addin.xlsx import fault, free_name
from workbook_templates.reading import is_edition

#: What the folder of one version is called.
_ENGINE = re.compile(r"[0-9a-f]{16}")
#: The file that tells later runs what was taken.
_PAST = "收过的定稿.json"
#: Moments with their time zone: others cannot be compared.
_MOMENTS = dict[str, Annotated[datetime.datetime, msgspec.Meta(tz=True)]]
_ROOT = Path(__file__).resolve().parents[2]


def engine(received: Path | None = None) -> str:
    """A fingerprint of what answers depend on: the program's code and data, and editions from outside.

    `received`: a folder beside whose workbooks editions may lie too.
    """
    digest = hashlib.sha256(_own_digest())
    for folder in (own_editions(), received):
        for path in filter(is_edition, sorted(folder.iterdir()) if folder is not None and folder.is_dir() else ()):
            listed = digests(path) if path.is_dir() else [hashlib.sha256(path.read_bytes()).hexdigest()]
            digest.update("\n".join([path.name, *listed]).encode())
    return digest.hexdigest()[:16]


@cache
def _own_digest() -> bytes:
    digest = hashlib.sha256()
    for room in ("addin", "udfs", "workbook_templates"):
        for path in sorted((_ROOT / room).rglob("*")):
            if path.suffix in (".py", ".toml", ".csv", ".j2") and "__pycache__" not in path.parts:
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


class Cache:
    """A folder of entries. `outdated`: whether there were entries of another version, which are gone now."""

    def __init__(self, folder: Path, received: Path | None = None) -> None:
        self.folder = folder / engine(received)
        others = [path for path in folder.glob("*") if _ENGINE.fullmatch(path.name) and path != self.folder]
        self.outdated = bool(others)
        for path in others:
            shutil.rmtree(path, ignore_errors=True)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise fault(folder, f"无法写入收表缓存（{error.strerror}），请检查权限和磁盘空间") from None

    def past(self) -> dict[str, datetime.datetime]:
        """What earlier runs have taken: by year and unit when it was sealed.

        A damaged file is kept under another name, see `set_aside`. Raises InputProblems where it cannot be opened.
        """
        place = self.folder.parent / _PAST
        try:
            return msgspec.json.decode(place.read_bytes(), type=_MOMENTS)
        except FileNotFoundError:
            return {}
        except OSError as error:
            message = f"记着各单位采用过的定稿时间，无法读取（{error.strerror}），请检查权限后重新收表"
            raise fault(place, message) from None
        except ValueError:
            try:
                place.rename(free_name(place.with_stem(f"{place.stem}-损坏")))
            except OSError as error:
                raise fault(place, f"已损坏，又无法改名留存（{error.strerror}），请检查权限后重新收表") from None
        return {}

    def set_aside(self) -> str:
        """What is said of memories that were found damaged, as long as they lie in the folder; empty where none do."""
        damaged = sorted(self.folder.parent.glob(f"{Path(_PAST).stem}-损坏*"))
        if not damaged:
            return ""
        listed = "、".join(f"“{path.name}”" for path in damaged)
        return (
            f"收表缓存中记着各单位采用过的定稿时间的“{_PAST}”已损坏，原件改名为{listed}，留在“{self.folder.parent.name}”中。"
            "在它损坏之前采用过的不再知道，各单位所报是不是旧文件认不出来：请人工核对“定稿时间”，核对后删除改名的文件"
        )

    def remember(self, past: Mapping[str, datetime.datetime]) -> None:
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
