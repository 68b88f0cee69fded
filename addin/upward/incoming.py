"""What lies in a folder to be received: workbooks, and workbooks in zip archives, found in one fixed order."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from msgspec import Struct

from addin.xlsx import fault, read_file
from udfs.base import InputProblems
from workbook_templates.reading import is_edition

#: What may be meant as a workbook; anything else in the folder is left alone.
_WORKBOOKS = {".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".et", ".ett", ".csv", ".htm", ".html", ".ods"}
#: Published documents; `inspect` takes these besides workbooks.
PUBLISHED = frozenset({".xlsx", ".xlsm", ".docx", ".pdf", ".doc", ".wps"})
_ARCHIVES = {".zip"}
_OTHER_ARCHIVES = {".rar", ".7z"}
#: One workbook in an archive unpacks to no more, all of an archive's to no more, and it has no more members.
_MOST_BYTES = 200_000_000
_MOST_TOGETHER = 20_000_000_000
_MOST_MEMBERS = 100_000
_MOST_RATIO = 200
_LOCK = "~$"


class Source(Struct, frozen=True):
    """A file to be received: its path from the folder on, and where a sentence already says why it cannot be read."""

    name: str
    path: Path
    member: str = ""  #: the member's name where `path` is an archive
    message: str = ""


def find_sources(
    folder: Path, without: Sequence[Path] = (), wanted: frozenset[str] = frozenset(_WORKBOOKS)
) -> list[Source]:
    """Everything in a folder that may be a workbook, by name. `without`: files and folders that are none of them.

    `wanted`: how the names of what is looked for end.
    """
    if not folder.is_dir():
        raise fault(folder, "找不到这个文件夹，请检查路径" if not folder.exists() else "不是文件夹，请指定收表的文件夹")
    left_out = {path.resolve() for path in without}
    found: list[Source] = []
    for path in _walk(folder, left_out):
        name = path.relative_to(folder).as_posix()
        kind = path.suffix.lower()
        if path.is_dir():
            message = "没有权限打开这个文件夹，其中的工作簿都没有收到，请取得权限后再收"
            found.append(Source(name, path, message=message))
        elif path.name.startswith(_LOCK):
            opened = path.name[len(_LOCK) :]
            message = f"是 Excel 打开文件时留下的临时文件，说明“{opened}”可能正被打开，请关闭后再收"
            found.append(Source(name, path, message=message))
        elif kind in wanted:
            found.append(Source(name, path))
        elif kind in _ARCHIVES and not is_edition(path):
            found += members_of(name, path, wanted)
        elif kind in _OTHER_ARCHIVES:
            found.append(Source(name, path, message="这种压缩包不能直接读取，请解压后再收"))
    return found


def _walk(folder: Path, left_out: set[Path]) -> Iterator[Path]:
    """Files below a folder, in the order of their names, and folders that cannot be opened.

    Hidden ones and links to elsewhere are not followed.
    """
    for path, is_folder in _entries(folder):
        if path.name.startswith(".") or path.resolve() in left_out or (is_folder and is_edition(path)):
            continue
        if is_folder:
            if path.is_symlink():
                continue
            try:
                yield from _walk(path, left_out)
            except InputProblems:
                yield path
        else:
            yield path


def _entries(folder: Path) -> list[tuple[Path, bool]]:
    """What lies in a folder, by name, and whether it is a folder. Raises InputProblems where it may not be opened."""
    try:
        return [(path, path.is_dir()) for path in sorted(folder.iterdir(), key=lambda p: p.name)]
    except OSError:
        raise fault(folder, "没有权限打开这个文件夹，请取得权限后再试") from None


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name; Windows in Chinese writes names in GBK and does not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return info.filename


def members_of(name: str, path: Path, wanted: frozenset[str] = frozenset(_WORKBOOKS)) -> Iterator[Source]:
    """What an archive holds of the kinds wanted."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        yield Source(name, path, message="压缩包已损坏或无法读取，请重新取得")
        return
    together = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if len(infos) > _MOST_MEMBERS or together > _MOST_TOGETHER or together > 10**9 + _MOST_RATIO * packed:
        yield Source(name, path, message="压缩包内容异常庞大，未予读取")
        return
    for info in sorted(infos, key=member_name):
        inner = member_name(info)
        full = f"{name}/{inner}"
        last = Path(inner).name
        kind = Path(inner).suffix.lower()
        if last.startswith((_LOCK, ".")) or inner.startswith("__MACOSX/"):
            continue
        if kind in _ARCHIVES | _OTHER_ARCHIVES:
            yield Source(full, path, info.filename, "压缩包里还有压缩包，未予读取，请解压后再收")
        elif kind not in wanted:
            continue
        elif info.flag_bits & 1:
            yield Source(full, path, info.filename, "压缩包有密码，请解压后再收")
        elif info.file_size > _MOST_BYTES:
            yield Source(full, path, info.filename, "文件异常庞大，未予读取")
        else:
            yield Source(full, path, info.filename)


class Opener:
    """Reads sources one after the other; an archive stays open while its members are read."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._path: Path | None = None
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def read(self, source: Source) -> bytes:
        """A source's bytes. Raises InputProblems with a sentence."""
        if source.message:
            raise fault(Path(source.name), source.message)
        if not source.member:
            return read_file(source.path)
        try:
            if self._archive is None or self._path != source.path:
                self._open.close()
                self._archive = self._open.enter_context(zipfile.ZipFile(source.path))
                self._path = source.path
            return self._archive.read(source.member)
        except (OSError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError):
            raise InputProblems(fault(Path(source.name), "压缩包中的这个文件已损坏，请重新取得").problems) from None
