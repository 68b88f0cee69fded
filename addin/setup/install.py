"""Puts the add-in into the user's Excel and takes it out again. Needs no administrator."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

from addin.places import data_folder, handbook
from addin.setup.windows import Machine, short_path, this_machine
from udfs.base import InputProblems, Problem

ADDIN_NAME = "yusuan.xlam"
WPS_LIMITS = (
    "WPS 个人版不带宏功能，加载项不能使用；WPS 专业版装有 VBA 组件时菜单可以显示，但未逐项验证，"
    "工作表函数和撤销不保证可用。此时请用命令行，或在 Excel 中处理后再用 WPS 打开。"
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
