"""Files that a guard of the office encrypts: what stands in them Excel sees, and not a program unknown to the guard.

Such guards encrypt on the disk all that Excel, Word and WPS write, and decrypt it again for the programs of a list.
"""

from __future__ import annotations

import re

#: What is said of such a file, after its name.
SENTENCE = (
    "读到的不是文件原来的内容，多半是单位的文件加密软件加了密（Excel 能打开，本程序读到的是密文）；"
    "请联系信息管理人员，把本程序的 python.exe 列入加密软件的白名单（受信任程序，位置见“检查.bat”），或先把文件解密；"
    "没有装加密软件的，是文件已损坏，请重新取得"
)
#: How files begin that are what they are, whatever their name says: packages, old Office, PDF, pictures, archives.
_KNOWN = (
    b"PK",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"MZ",
    b"\xff\xfe",
    b"\xfe\xff",
)
#: Texts hold none of these in their first lines; bytes that were encrypted hold one in ten of them.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LOOKED_AT = 4096
_LEAST = 32


def is_enciphered(data: bytes) -> bool:
    """Whether a file's bytes are neither a text nor any kind of file that one knows by its beginning."""
    start = data[:_LOOKED_AT]
    if len(start) < _LEAST or start.startswith(_KNOWN):
        return False
    return len(_CONTROLS.findall(start)) > len(start) // 20
