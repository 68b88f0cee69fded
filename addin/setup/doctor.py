"""What the doctor looks at on the clerk's machine: all that the add-in needs, point by point, and what to do."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from msgspec import Struct

from addin.places import handbook, own_version
from addin.setup import install
from addin.setup.windows import Machine

LOWEST_PYTHON = (3, 11)
#: Longer paths than this make trouble in Excel and in cmd.exe.
LONGEST_PATH = 200
_VERSION = re.compile(r"XLWINGS VERSION</t></is></c><c [^>]*><is><t>([\d.]+)")


class Check(Struct, frozen=True):
    """One point of the doctor's list: what was looked at, what was found, and what to do (empty where it is well)."""

    subject: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{'×' if self.advice else '√'} {self.subject}：{self.found}" + (
            f"。{self.advice}" if self.advice else ""
        )


def doctor(machine: Machine) -> list[Check]:
    """Everything that the add-in needs, point by point."""
    return [
        _python(),
        *_packages(),
        *_libraries(),
        _addin(machine),
        _interpreter_setting(machine),
        Check("宏安全设置", machine.macros or "未见妨碍", "请联系管理员放行启动文件夹" if machine.macros else ""),
        _policies(machine),
        *_paths(machine),
        Check("手册", str(handbook()), "" if handbook().exists() else "没有找到，请重新安装"),
        *([Check("WPS", f"本机装有 WPS。{install.WPS_LIMITS}")] if machine.has_wps else []),
    ]


def _python() -> Check:
    good = sys.version_info[:2] >= LOWEST_PYTHON
    found = f"{platform.python_version()}，{platform.architecture()[0]}，{sys.executable}"
    return Check("Python", found, "" if good else "需要 3.11 或更高版本，请重新安装")


def _packages() -> list[Check]:
    checks = [Check("预算公开工具", own_version())]
    for name in ("xlwings", "pandas", "lxml", *(["pywin32"] if sys.platform == "win32" else [])):
        try:
            checks.append(Check(f"组件 {name}", version(name)))
        except PackageNotFoundError:
            checks.append(Check(f"组件 {name}", "缺少", "请重新安装"))
    return checks


def _libraries() -> list[Check]:
    """The libraries of xlwings beside Python, for an Excel of 32 and of 64 bits; nobody has signed them."""
    folder = install.interpreter().parent
    wanted = [f"xlwings{bits}-{version('xlwings')}.dll" for bits in (32, 64)]
    found = {name: place / name for name in wanted for place in (folder.parent, folder) if (place / name).exists()}
    gone = [name for name in wanted if name not in found]
    if gone:
        return [Check("xlwings 的 DLL", f"{'、'.join(gone)} 缺少", "请重新安装")]
    checks = [Check("xlwings 的 DLL", "32 位和 64 位都在")]
    unsigned = [path for path in found.values() if not is_signed(path.read_bytes())]
    if unsigned:
        listed = "；".join(f"{p.name} 的 SHA-256 为 {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in unsigned)
        told = "没有数字签名（xlwings 的作者没有签），一般不影响使用；单位只许运行有签名的程序时会被拦下"
        checks.append(Check("DLL 的数字签名", f"{told}，请信息管理人员按散列值放行：{listed}"))
    return checks


def is_signed(program: bytes) -> bool:
    """Whether a Windows program carries a signature, by the entry for it in its header; not whether it is valid."""
    try:
        (header,) = struct.unpack_from("<I", program, 0x3C)
        (kind,) = struct.unpack_from("<H", program, header + 24)
        (size,) = struct.unpack_from("<I", program, header + 24 + (112 if kind == 0x20B else 96) + 4 * 8 + 4)
    except struct.error:
        return False
    return bool(program[header : header + 4] == b"PE\0\0" and size)


def _addin(machine: Machine) -> Check:
    path = machine.start_folder / install.ADDIN_NAME
    if not path.exists():
        return Check("加载项", f"{path} 不存在", "请运行安装程序")
    try:
        with zipfile.ZipFile(path) as archive:
            match = _VERSION.search(archive.read("xl/worksheets/sheet1.xml").decode("utf-8"))
    except (zipfile.BadZipFile, KeyError):
        return Check("加载项", f"{path} 已损坏", "请重新安装")
    made_with = match[1] if match else "未知"
    if made_with != version("xlwings"):
        return Check("加载项", f"由 xlwings {made_with} 制作，本机为 {version('xlwings')}", "版本须一致，请重新安装")
    return Check("加载项", f"{path}，与 xlwings {made_with} 一致")


def _interpreter_setting(machine: Machine) -> Check:
    path = machine.settings_file
    if not path.exists():
        return Check("设置", f"{path} 不存在", "请运行安装程序")
    text = path.read_bytes().decode(machine.code_page, errors="replace")
    match = re.search(r'"INTERPRETER_WIN","([^"]*)"', text)
    if match is None:
        return Check("设置", f"{path} 中没有 Python 的位置", "请重新安装")
    if not Path(match[1]).exists():
        return Check("设置", f"指向的 Python 不存在：{match[1]}", "请重新安装")
    same = os.path.samefile(match[1], install.interpreter())  # noqa: PTH121 - both may be short names
    return Check("设置", f"Python 为 {match[1]}", "" if same else f"不是正在运行的 {install.interpreter()}，请重新安装")


def _policies(machine: Machine) -> Check:
    """What keeps Excel from starting a program of ours."""
    hindering = list(machine.hindering)
    if not hindering:
        return Check("Excel 启动其他程序", "未见妨碍（杀毒软件、终端管理软件自己的规则看不到）")
    folder = install.interpreter().parent.parent
    return Check("Excel 启动其他程序", "；".join(hindering), f"请信息管理人员放行 {folder}")


def _paths(machine: Machine) -> Iterator[Check]:
    own = str(install.interpreter())
    try:
        own.encode(machine.code_page)
        yield Check("路径", own)
    except UnicodeEncodeError:
        yield Check("路径", own, "含有系统编码无法表示的字符，已改用短路径；仍有问题时请安装到 D:\\yusuan")
    if len(own) > LONGEST_PATH:
        yield Check("路径长度", f"{len(own)} 个字符", "过长，请安装到较短的路径")
    for name in ("OneDrive", "OneDriveCommercial"):
        folder = os.environ.get(name)
        if folder and own.lower().startswith(folder.lower()):
            yield Check("OneDrive", own, "程序在 OneDrive 同步文件夹中，请移到本机其他位置后重新安装")
            break
