"""An edition from outside the program: signed by who made it, told whose it is, and carried along beside workbooks."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from addin.places import data_folder
from addin.verbs.signing import Check, check, owners, signer_of
from addin.xlsx import fault, put_file
from udfs.base import InputProblems, Problem
from workbook_templates.reading import EDITIONS_FOLDER, HEAD, Edition, chain, in_zip

#: The file of an edition's folder that holds its signature.
SIGNATURE = "signature.txt"
_HEAD = "版式签名（由 yusuan edition sign 写入，请勿改动）"
_KEY, _SIGNED = "公钥 ", "签名 "


def own_editions() -> Path:
    """The folder of the user's own editions, and of the public keys of those who sign them."""
    return data_folder() / "editions"


def digests(folder: Path) -> list[str]:
    """A line for every file of an edition's own folder that the program reads: its digest and its name."""
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name != SIGNATURE and in_zip(name):
            data = path.read_bytes()
            data = data if name.endswith(".xlsx") else data.replace(b"\r\n", b"\n")
            lines.append(f"{hashlib.sha256(data).hexdigest()} {name}")
    return lines


def sign_edition(folder: Path, key: Path) -> str:
    """Write the signature of an edition's folder; what is to be said of it. Raises InputProblems without a key."""
    own = signer_of(key)
    listed = digests(folder)
    lines = [_HEAD, _KEY + own.public, _SIGNED + own.sign("\n".join(listed).encode()), *listed, ""]
    try:
        (folder / SIGNATURE).write_text("\n".join(lines), encoding="utf-8", newline="\n")
    except OSError as error:
        raise fault(folder / SIGNATURE, f"无法写入（{error.strerror}）") from None
    return f"已签名：{folder.name}，公钥{own.public[:16]}"


def signature_of(folder: Path, known: Mapping[str, str] = {}) -> tuple[str, bool]:
    """Whose signature an edition bears, and whether its owner is known.

    `known`: the owners of public keys by their hex. Raises InputProblems where it is forged or was altered since.
    """
    path = folder / SIGNATURE
    if not path.is_file():
        return "没有签名", False
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    key, signed, listed = (lines[1:2] or [""])[0], (lines[2:3] or [""])[0], [line for line in lines[3:] if line]
    public = key.removeprefix(_KEY)
    result = check(public, signed.removeprefix(_SIGNED), "\n".join(listed).encode())
    if lines[0] != _HEAD or result is Check.WRONG:
        message = "签名无效：是伪造的，或签名文件被改动过"
        raise InputProblems([Problem(f"{folder.name}/{SIGNATURE}", f"{message}；请向制发单位索取原版式")])
    before, now = (dict(line.split(" ", 1)[::-1] for line in of if " " in line) for of in (listed, digests(folder)))
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if changed:
        what = [
            f"{n}（{'已删除' if n not in now else '签名后增加' if n not in before else '内容已改动'}）" for n in changed
        ]
        message = f"签名之后有改动：{'、'.join(what)}；请向制发单位索取原版式"
        raise InputProblems([Problem(folder.name, message)])
    if result is Check.UNCHECKED:
        return f"有签名，公钥{public[:16]}，本机没有安装 cryptography，未核对", False
    owner = known.get(public, "")
    return f"由{owner or '未登记的密钥'}签名，公钥{public[:16]}", bool(owner)


def known_owners(more: Iterable[Path] = ()) -> dict[str, str]:
    """The owners of the keys in the user's folder of editions, and of those named."""
    return owners([*sorted(own_editions().glob("*.pem")), *more])


def carry(edition: Edition, out: Path) -> list[str]:
    """Put an edition that no other command would find beside a workbook made from it; what is to be said of it."""
    told = []
    for folder in () if edition.shipped else chain(edition.folder):
        beside = out.resolve().parent / folder.name
        found = folder.parent == EDITIONS_FOLDER or own_editions().resolve() == folder.parent or beside == folder
        packed = beside.with_name(f"{folder.name}.zip")
        data = pack(folder)
        if found or (packed.is_file() and packed.read_bytes() == data):
            continue
        if (beside / HEAD).is_file():
            if digests(beside) != digests(folder):
                raise fault(beside, "这里已有另一个同名的版式，内容不同，请把工作簿存到别的文件夹，或先移走它")
            continue
        put_file(packed, data)
        told.append(f"版式“{folder.name}”已存为“{packed.name}”，放在工作簿旁边；移动或上报工作簿时请一并带上")
    return told


def pack(folder: Path) -> bytes:
    """An edition's own folder as a zip file, the same bytes for the same content."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*(line.split(" ", 1)[1] for line in digests(folder)), SIGNATURE]:
            if (folder / name).is_file():
                archive.writestr(zipfile.ZipInfo(f"{folder.name}/{name}"), (folder / name).read_bytes())
    return data.getvalue()
