"""Puts the add-in into the user's Excel, takes it out again, says what is wrong. Needs no administrator."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from msgspec import Struct

from addin.places import data_folder, handbook, own_version
from addin.setup.windows import Machine, short_path, this_machine
from udfs.base import InputProblems, Problem

ADDIN_NAME = "yusuan.xlam"
LOWEST_PYTHON = (3, 11)
#: Longer paths than this make trouble in Excel and in cmd.exe.
LONGEST_PATH = 200
WPS_LIMITS = (
    "WPS 个人版不带宏功能，加载项不能使用；WPS 专业版装有 VBA 组件时菜单可以显示，但未逐项验证，"
    "工作表函数和撤销不保证可用。此时请用命令行，或在 Excel 中处理后再用 WPS 打开。"
)
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


def windows() -> Machine:
    """The machine that runs this. Raises InputProblems where Excel for Windows cannot be there."""
    machine = this_machine()
    if machine is None:
        raise InputProblems([Problem("", "加载项只能安装到 Windows 上的 Excel；在本机可以使用命令行的其他功能")])
    return machine


def interpreter() -> Path:
    """The Python that Excel is to start: this one, with its console that xlwings hides."""
    own = Path(sys.executable)
    return own.with_name("python.exe") if own.name.lower() == "pythonw.exe" else own


def install(machine: Machine, xlam: Path | None = None, pages: Path | None = None) -> list[str]:
    """Put the add-in where Excel opens it, and the settings where it looks for them. What was done, line by line."""
    said = []
    target = machine.start_folder / ADDIN_NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if xlam is not None:
            if not zipfile.is_zipfile(xlam):
                raise InputProblems([Problem(xlam.name, "不是加载项文件，请重新取得安装包")])
            shutil.copyfile(xlam, target)
        else:
            from addin.setup.build import build_addin

            build_addin(target)
    except PermissionError:
        raise InputProblems([Problem(ADDIN_NAME, "正被 Excel 使用，请关闭所有 Excel 窗口后再安装")]) from None
    said.append(f"加载项：{target}")
    settings = machine.settings_file
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_bytes(_settings(machine))
    said.append(f"设置：{settings}")
    if pages is not None:
        shutil.rmtree(handbook().parent, ignore_errors=True)
        shutil.copytree(pages, handbook().parent)
        said.append(f"手册：{handbook()}")
    said.append("请关闭所有 Excel 窗口后重新打开，菜单上会出现“预算公开”。")
    if machine.has_wps:
        said.append(f"本机装有 WPS：{WPS_LIMITS}")
    return said


def _settings(machine: Machine) -> bytes:
    """The settings as VBA's Input # reads them: quoted, in the system's code page."""
    for path in (interpreter(), short_path(interpreter())):
        try:
            return f'"INTERPRETER_WIN","{path}"\r\n'.encode(machine.code_page)
        except UnicodeEncodeError:
            continue
    message = "安装位置的路径中有系统编码无法表示的字符，请把安装包解压到例如 D:\\yusuan 后重新安装"
    raise InputProblems([Problem(str(interpreter()), message)])


def uninstall(machine: Machine) -> list[str]:
    """Take out all that `install` and the add-in's own work have left."""
    said = []
    try:
        for path in (machine.start_folder / ADDIN_NAME, machine.settings_file):
            if path.exists():
                path.unlink()
                said.append(f"已删除：{path}")
    except PermissionError:
        raise InputProblems([Problem(ADDIN_NAME, "正被 Excel 使用，请关闭所有 Excel 窗口后再卸载")]) from None
    folder = machine.settings_file.parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    for name in ("handbook", "wording", "undo.json", "undo.new", *(f"yusuan.log{n}" for n in ("", ".1", ".2"))):
        path = data_folder() / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        else:
            continue
        said.append(f"已删除：{path}")
    if data_folder().is_dir() and not any(data_folder().iterdir()):
        data_folder().rmdir()
    return said or ["没有找到已安装的内容。"]


def doctor(machine: Machine) -> list[Check]:
    """Everything that the add-in needs, point by point."""
    return [
        _python(),
        *_packages(),
        *_libraries(),
        _addin(machine),
        _interpreter_setting(machine),
        Check("宏安全设置", machine.macros or "未见妨碍", "请联系管理员放行启动文件夹" if machine.macros else ""),
        *_paths(machine),
        Check("手册", str(handbook()), "" if handbook().exists() else "没有找到，请重新安装"),
        *([Check("WPS", f"本机装有 WPS。{WPS_LIMITS}")] if machine.has_wps else []),
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
    """The libraries of xlwings beside Python, for an Excel of 32 and of 64 bits."""
    folder = interpreter().parent
    wanted = [f"xlwings{bits}-{version('xlwings')}.dll" for bits in (32, 64)]
    places = (folder, folder.parent)
    gone = [name for name in wanted if not any((place / name).exists() for place in places)]
    return [
        Check(
            "xlwings 的 DLL", "、".join(gone) + " 缺少" if gone else "32 位和 64 位都在", "请重新安装" if gone else ""
        )
    ]


def _addin(machine: Machine) -> Check:
    path = machine.start_folder / ADDIN_NAME
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
    same = os.path.samefile(match[1], interpreter())  # noqa: PTH121 - both may be short names
    return Check("设置", f"Python 为 {match[1]}", "" if same else f"不是正在运行的 {interpreter()}，请重新安装")


def _paths(machine: Machine) -> list[Check]:
    checks = []
    own = str(interpreter())
    try:
        own.encode(machine.code_page)
        checks.append(Check("路径", own))
    except UnicodeEncodeError:
        checks.append(Check("路径", own, "含有系统编码无法表示的字符，已改用短路径；仍有问题时请安装到 D:\\yusuan"))
    if len(own) > LONGEST_PATH:
        checks.append(Check("路径长度", f"{len(own)} 个字符", "过长，请安装到较短的路径"))
    for name in ("OneDrive", "OneDriveCommercial"):
        folder = os.environ.get(name)
        if folder and own.lower().startswith(folder.lower()):
            checks.append(Check("OneDrive", own, "程序在 OneDrive 同步文件夹中，请移到本机其他位置后重新安装"))
            break
    return checks
