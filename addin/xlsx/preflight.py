"""Pre-flight: a file is looked at, from its first bytes and its zip directory on, before anything parses it.

What passes is read into memory once, and only what was read and looked at here is parsed afterwards: a package whose
directory tells one reader one thing and another reader another has nothing to gain. Every refusal is one sentence.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from addin.enciphered import SENTENCE, is_enciphered
from udfs.base import InputProblems, Problem

#: No sheet of ours is larger; a file that claims to be would only exhaust the machine.
MOST_CELLS = 20_000_000
#: No part of a workbook of ours unpacks to more than this, nor all of them together.
MOST_BYTES = 400_000_000
MOST_BYTES_TOGETHER = 800_000_000
#: Beyond so many bytes a package may not unpack to more than so many times its size: sheets compress 10 to 30 times.
_SMALL = 30_000_000
MOST_RATIO = 100
#: A workbook of ours has some sixty parts; pictures and comments of the clerk's add to that.
MOST_MEMBERS = 4_000
MOST_SHEETS = 300
#: Old workbooks gather names that nobody uses, thousands of them.
MOST_NAMES = 65_000
#: Excel takes 65 490 cell formats.
MOST_STYLES = 66_000
#: A shared string list is as long as the sheets that use it, at most.
MOST_STRINGS = 4_000_000
_MOST_STYLE_BYTES = 40_000_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: The end of a zip file: its directory's number of entries stands in it.
_END, _END_SIZE = b"PK\x05\x06", 22
#: How a member of a zip file begins, and its entry in the directory.
_MEMBER, _ENTRY = b"PK\x03\x04", b"PK\x01\x02"
_LOCAL = struct.Struct("<4sHHHIIIIHH")
_SIZES_BEHIND, _LARGE = 8, 0xFFFFFFFF
#: Tags closed so many times in a row: no part of a workbook is nested half as deep. Looked for at the end, where what
#: is nested deep is closed; anything else meets the parser's own limit of 256.
_DEEP = b"\x00" * 100
_ALL_BUT_TAGS = bytes(sorted({*range(1, 256)} - {ord("<")}))
_TAIL = 12_000
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([^"']{1,40})["']""")
_KNOWN_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"gbk", b"gb2312", b"gb18030"}
_HTML = re.compile(rb"^\s*(?:<!doctype\s+html|<html|<head|<table|<meta|mime-version)", re.IGNORECASE)
_OLD_XML = re.compile(rb"<\?mso-application|urn:schemas-microsoft-com:office:spreadsheet")

#: A member of a package: its entry in the zip directory, and its bytes.
Member = tuple[zipfile.ZipInfo, bytes]


def fault(path: Path, message: str) -> InputProblems:
    """A fault of a whole file."""
    return InputProblems([Problem(path.name, message)])


def read_file(path: Path) -> bytes:
    """A file's bytes; what cannot be read is refused with a sentence."""
    try:
        if path.is_dir():
            raise fault(path, "这是文件夹，请指定一个 .xlsx 工作簿")
        if path.stat().st_size > MOST_BYTES:
            raise fault(path, "文件异常庞大，未予读取")
        return path.read_bytes()
    except FileNotFoundError:
        raise fault(path, "找不到这个文件，请检查文件名和路径") from None
    except PermissionError:
        raise fault(path, "没有权限读取，文件可能正被占用，请关闭后再试") from None
    except OSError as error:
        raise fault(path, f"无法读取文件（{error.strerror}）") from None


def read_members(path: Path, data: bytes) -> list[Member]:
    """The parts of a workbook file, looked at before any parser sees them. Raises InputProblems with a sentence."""
    _refuse_by_start(path, data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
            _look_at_directory(path, infos, len(data))
            if not _is_told_once(data, archive, infos):
                raise fault(path, "文件的压缩目录与内容不符，不同程序会打开不同的内容，请用 Excel 打开核对并重新保存")
            return [(info, _looked_at(path, info.filename, archive.read(info))) for info in infos]
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, UnicodeError, ValueError):
        raise fault(path, "文件已损坏，无法打开，请重新取得该文件") from None
    except (OSError, RuntimeError, OverflowError) as error:
        raise fault(path, f"文件已损坏，无法打开（{type(error).__name__}），请重新取得该文件") from None


def _refuse_by_start(path: Path, data: bytes) -> None:
    """Refuse what is no workbook by its first bytes, and say what it is instead."""
    if not data:
        raise fault(path, "文件是空的，请重新取得该文件")
    if data.startswith(_OLE):
        known = "文件有打开密码" if _ENCRYPTED in data else "文件有打开密码或是旧版 .xls 格式"
        raise fault(path, f"{known}，请取消密码并另存为 .xlsx 后再试")
    if is_enciphered(data):
        raise fault(path, SENTENCE)
    if not data.startswith(b"PK"):
        raise fault(path, f"不是 .xlsx 工作簿，请用 Excel 另存为 .xlsx 后再试{_what_it_is(data)}")
    end = data.rfind(_END, max(0, len(data) - 66_000))
    if end >= 0 and len(data) >= end + 12:
        (entries,) = struct.unpack_from("<H", data, end + 10)
        if entries > MOST_MEMBERS:
            raise fault(path, f"文件内部有{entries}个以上的部件，数量异常，未予读取")


def _what_it_is(data: bytes) -> str:
    start = data[:4096]
    if _HTML.search(start):
        return "（内容是网页）"
    if _OLD_XML.search(start):
        return "（内容是 XML 表格）"
    if b"\x00" not in start and any(sign in start for sign in (b",", b"\t", b";")):
        return "（内容是 CSV 文本）"
    return ""


def _look_at_directory(path: Path, infos: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Refuse by the directory alone: number of members, names, sizes."""
    if len(infos) > MOST_MEMBERS:
        raise fault(path, f"文件内部有{len(infos)}个部件，数量异常，未予读取")
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        if info.flag_bits & 1:
            raise fault(path, "文件经过加密，请取消密码后另存为 .xlsx 再试")
        if info.file_size > MOST_BYTES or (info.file_size > _MOST_STYLE_BYTES and name.lower().endswith("styles.xml")):
            raise fault(path, f"文件内容异常庞大（{name}），未予读取")
        if not is_safe_name(name):
            raise fault(path, f"文件内部的部件路径异常（{name[:60]!r}），未予读取")
        known = name.lower().replace("\\", "/").lstrip("./")
        if known in seen:
            raise fault(path, f"文件内部有重名的部件（{name[:60]}），未予读取")
        seen.add(known)
    together = sum(info.file_size for info in infos)
    if together > MOST_BYTES_TOGETHER or (together > _SMALL and together > MOST_RATIO * size):
        raise fault(path, f"文件内容异常庞大（解压后{together // 1_000_000}MB），未予读取")


def _is_told_once(data: bytes, archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether who reads a package from its start finds the members that its directory names, and no others."""
    end = data.rfind(_END)
    comment = data[end + _END_SIZE :]
    (size,) = struct.unpack_from("<H", data, end + _END_SIZE - 2)
    if any(sign in comment for sign in (_MEMBER, _ENTRY)) or comment[size:].strip(b"\0\r\n "):
        return False
    at = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        start = info.header_offset
        if start < at or _MEMBER in data[at:start] or len(data) < start + _LOCAL.size:
            return False
        sign, _, flags, method, _, crc, packed, size, name, extra = _LOCAL.unpack_from(data, start)
        if sign != _MEMBER or method != info.compress_type or flags & 1:
            return False
        told = (crc, packed, size)
        known = (info.CRC, info.compress_size, info.file_size)
        # Sizes may stand behind the contents, or in an extra field where they are large.
        if not flags & _SIZES_BEHIND and told != known and _LARGE not in (packed, size):
            return False
        at = start + _LOCAL.size + name + extra + info.compress_size
    return at <= archive.start_dir and _MEMBER not in data[at : archive.start_dir]


def is_safe_name(name: str) -> bool:
    """Whether a member's name stays inside its package."""
    steps = name.replace("\\", "/").split("/")
    # A package may write a name with percent signs and cut a part into pieces, and not every program knows that.
    spelled = "%" in name and "/media/" not in name.lower()
    pieces = name.lower().endswith(".piece")
    return not (name.startswith(("/", "\\")) or ":" in name or ".." in steps or "\x00" in name or spelled or pieces)


def _looked_at(path: Path, name: str, part: bytes) -> bytes:
    """One part, refused where it would harm a parser."""
    start = part[:400]
    if b"<" not in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return part
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in start[:8]:
        if name.lower().endswith((".xml", ".rels")):
            raise fault(path, f"文件已损坏：{name} 的文字编码异常，请用 Excel 打开并重新保存后再试")
        return part
    if not name.lower().endswith((".bin", ".png", ".jpg", ".jpeg", ".emf", ".wmf", ".gif")):
        encoding = _ENCODING.match(start.lstrip(b"\xef\xbb\xbf"))
        if encoding and encoding[1].strip().lower() not in _KNOWN_ENCODINGS:
            raise fault(path, f"文件已损坏：{name} 的文字编码异常，请用 Excel 打开并重新保存后再试")
        if b"<!" in part and (b"<!DOCTYPE" in part or b"<!ENTITY" in part):
            raise fault(path, f"文件含有外部定义（{name} 中的 DTD），可能有害，未予读取")
    tail = part[-_TAIL:].replace(b"\x00", b"").replace(b"</", b"\x00")
    if _DEEP in tail.translate(None, _ALL_BUT_TAGS):
        raise fault(path, f"文件结构异常：{name} 层层嵌套过深，未予读取")
    _look_at_counts(path, name.lower(), part)
    return part


def _look_at_counts(path: Path, name: str, part: bytes) -> None:
    for ending, tag, most, what in (
        ("styles.xml", b"xf", MOST_STYLES, "单元格格式"),
        ("workbook.xml", b"sheet ", MOST_SHEETS, "工作表"),
        ("workbook.xml", b"definedName ", MOST_NAMES, "名称"),
        ("sharedstrings.xml", b"si", MOST_STRINGS, "文字"),
    ):
        if name.endswith(ending) and part.count(b"<" + tag) + part.count(b":" + tag) > most:
            raise fault(path, f"{what}超过{most}个，数量异常，未予读取")
