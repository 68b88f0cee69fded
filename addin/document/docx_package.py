"""A Word file before it is parsed: what it is, how large, whether it is safe to open."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

from udfs.base import InputProblems, Problem

#: What a document of a department holds, at most: bytes unpacked, members, paragraphs and cells.
MOST_BYTES, MOST_MEMBERS, MOST_BLOCKS = 300_000_000, 5_000, 200_000
#: A part may unpack to so many times its size, beyond this many bytes.
_RATIO, _SMALL = 200, 20_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def fault(path: Path, message: str) -> InputProblems:
    """The refusal of a file, with its sentence."""
    return InputProblems([Problem(path.name, message)])


def look(path: Path, data: bytes) -> None:
    """The package before it is parsed: what it is, how large, whether parts are entities or nested without end."""
    if not data:
        raise fault(path, "文件是空的，请重新取得该文件")
    if data.startswith(_OLE):
        known = "有打开密码" if _ENCRYPTED in data else "有打开密码或是旧版 .doc 格式"
        raise fault(path, f"文件{known}，请取消密码并另存为 .docx 后再试")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            total = sum(i.file_size for i in infos)
            if len(infos) > MOST_MEMBERS or total > MOST_BYTES or total > _SMALL + _RATIO * len(data):
                raise fault(path, "文件解开后异常庞大，未予读取；文件可能有害，请勿打开")
            names = [i.filename for i in infos]
            if len({name.lower() for name in names}) < len(names):
                raise fault(path, "文件中有同名的部件，各种程序读出的内容会不同，未予读取；文件可能有害，请勿打开")
            if "word/document.xml" not in names:
                kind = "WPS 文字或其他格式" if not any(name.startswith("xl/") for name in names) else "Excel 工作簿"
                raise fault(path, f"不是 Word 文档（.docx），而是{kind}，请用 Word 或 WPS 另存为 .docx 后再试")
            for info in infos:
                if info.flag_bits & 1:
                    raise fault(path, "文件有密码，请取消密码后再试")
                if info.filename.endswith((".xml", ".rels")):
                    with archive.open(info) as part:
                        start = part.read(2_000)
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                        raise fault(
                            path, "文件内含 XML 实体定义，不是 Word 写出的文件，未予读取；文件可能有害，请勿打开"
                        )
            text = archive.read("word/document.xml")
            if sum(map(text.count, (b"<w:p>", b"<w:p ", b"<w:tc>", b"<w:tc "))) > 2 * MOST_BLOCKS:
                raise fault(path, "文档异常庞大，未予读取")
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError):
        raise fault(path, "文件已损坏或不是 Word 文档（.docx），请重新取得该文件") from None
