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
from operator import itemgetter
from pathlib import Path

import numpy as np

from udfs.base import InputProblems, Problem, column_number

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
#: Excel takes 65 490 cell formats.
MOST_STYLES = 66_000
#: A shared string list is as long as the sheets that use it, at most.
MOST_STRINGS = 4_000_000
_MOST_STYLE_BYTES = 40_000_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: The end of a zip file: its directory's number of entries stands in it.
_END = b"PK\x05\x06"
#: A cell's place, however its attribute is written.
_PLACE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)(\d*)""")
#: Letters and digits of the farthest place there is, XFD1048576.
_LETTERS, _DIGITS = 3, 7
#: A place so far out that the sheet's whole extent has to be measured; nearer ones cannot reach the limit.
_FAR = re.compile(rb"""\br\s*=\s*["']\s*(?:[A-Za-z]{3}|[A-Za-z]{0,2}(?:2[89]|[3-9]\d|\d{3})\d{3})""")
#: The same where places are written as every program writes them, which is found five times faster.
_FAR_PLAIN = re.compile(rb' r="\s*(?:[A-Za-z]{3}|[A-Za-z]{0,2}(?:2[89]|[3-9]\d|\d{3})\d{3})')
_ODD = re.compile(rb' r(?:\s|=[^"])')
_ODD_STARTS = (b"\nr", b"\tr", b"\rr")
#: Bytes of an attribute r="ZZ999", or r="A9999", and one of r=.
_PLAIN_PLACE = len('r="ZZ999"')
#: Tags closed so many times in a row: no part of a workbook is nested half as deep. Looked for at the end, where what
#: is nested deep is closed; anything else meets the parser's own limit of 256.
_DEEPEST = 100
_SHORTEST_CLOSING = len("</a>")
_OPENING = re.compile(rb"<[^/]")
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
        if name.lower() in seen:
            raise fault(path, f"文件内部有重名的部件（{name[:60]}），未予读取")
        seen.add(name.lower())
    together = sum(info.file_size for info in infos)
    if together > MOST_BYTES_TOGETHER or (together > _SMALL and together > MOST_RATIO * size):
        raise fault(path, f"文件内容异常庞大（解压后{together // 1_000_000}MB），未予读取")


def is_safe_name(name: str) -> bool:
    """Whether a member's name stays inside its package."""
    steps = name.replace("\\", "/").split("/")
    return not (name.startswith(("/", "\\")) or ":" in name or ".." in steps or "\x00" in name)


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
    if _is_deep(part[-_TAIL:]):
        raise fault(path, f"文件结构异常：{name} 层层嵌套过深，未予读取")
    _look_at_counts(path, name.lower(), part)
    _look_at_extent(path, part)
    return part


def _is_deep(tail: bytes) -> bool:
    """Whether between two tags that open more are closed than any workbook has."""
    least = _DEEPEST * _SHORTEST_CLOSING
    return any(len(piece) >= least and piece.count(b"</") >= _DEEPEST for piece in _OPENING.split(tail))


def _look_at_counts(path: Path, name: str, part: bytes) -> None:
    for ending, tag, most, what in (
        ("styles.xml", b"xf", MOST_STYLES, "单元格格式"),
        ("workbook.xml", b"sheet ", MOST_SHEETS, "工作表"),
        ("sharedstrings.xml", b"si", MOST_STRINGS, "文字"),
    ):
        if name.endswith(ending) and part.count(b"<" + tag) + part.count(b":" + tag) > most:
            raise fault(path, f"{what}超过{most}个，数量异常，未予读取")


def _look_at_extent(path: Path, sheet: bytes) -> None:
    """Refuse a sheet whose farthest row and column span more cells than memory holds."""
    start = sheet.find(b"sheetData")
    if start < 0 or _all_near(sheet, start):
        return
    odd = _ODD.search(sheet) or any(piece in sheet for piece in _ODD_STARTS)
    if not (_FAR if odd else _FAR_PLAIN).search(sheet):
        return
    places = _PLACE.findall(sheet)
    columns, rows = set(map(itemgetter(0), places)), set(map(itemgetter(1), places))
    # No column has four letters and no row eight digits, but a reader may take them for very far ones.
    beyond = any(len(c) > _LETTERS for c in columns) or any(len(r.lstrip(b"0")) > _DIGITS for r in rows)
    last = 1 if beyond else max((int(r) for r in rows if r), default=1)
    widest = MOST_CELLS + 1 if beyond else max((column_number(c.decode().upper()) for c in columns if c), default=1)
    if last * widest > MOST_CELLS:
        raise fault(path, "有工作表的使用范围异常庞大（可能在很远处误填了单元格），请删除多余的行列后再试")


def _all_near(sheet: bytes, start: int) -> bool:
    """Whether every place from `start` on is written as every program writes it and lies within ZZ9999.

    So are those of nearly every sheet, and this is seen ten times faster than by patterns.
    """
    letters = np.frombuffer(sheet, np.uint8)
    at = np.flatnonzero(letters[start:-1] == ord("r")) + start
    after = letters[at + 1]
    # Other names begin with r as well; the attribute itself ends there, or goes on with a space and its sign.
    at = at[(letters[at - 1] <= ord(" ")) & ((after == ord("=")) | (after <= ord(" ")))]
    if not len(at):
        return True
    if at[-1] + _PLAIN_PLACE >= len(letters):
        return False
    written = letters[at[:, np.newaxis] + np.arange(1, _PLAIN_PLACE)]
    place = written[:, 2:]
    is_letter, is_end = place >= ord("A"), place == ord('"')
    length = is_end.argmax(axis=1)
    plain = (written[:, 0] == ord("=")) & (written[:, 1] == ord('"')) & is_end.any(axis=1)
    near = ~is_letter[:, 2] & ((length < place.shape[1] - 1) | is_letter[:, 0])
    return bool((plain & near).all())


def stored(members: Sequence[Member]) -> BytesIO:
    """The members as an uncompressed package: what was looked at, and nothing else, for a parser to read."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for info, data in members:
            archive.writestr(zipfile.ZipInfo(info.filename), data)
    buffer.seek(0)
    return buffer
