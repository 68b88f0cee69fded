"""The offline installer: one zip that a clerk unpacks and double-clicks, with no network and no administrator.

Wheels come from a folder and must have the hashes of the lock file. With an official embeddable Python the zip holds
everything; its SHA-256 is given by whoever builds the bundle, and its programs must carry a valid signature of the
Python Software Foundation (Authenticode). The zip is the same bytes for the same inputs.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from addin.places import own_version
from addin.setup.build import build_addin
from addin.setup.handbook import handbook_pages
from addin.xlsx import put_file
from udfs.base import InputProblems, Problem
from workbook_templates.archive import archive
from workbook_templates.reading import load_edition

_DATE = (2024, 1, 1, 0, 0, 0)
_PACKAGES = ("addin", "udfs", "workbook_templates")
_SIGNED = ("python.exe", "pythonw.exe", "python311.dll")
_SIGNER = "Python Software Foundation"
#: What the embeddable Python looks for its modules in: its own zip, itself, the wheels, pywin32's folders.
_PATH_FILE = "python311.zip\r\n.\r\n..\\site\r\n..\\site\\win32\r\n..\\site\\win32\\lib\r\n"
#: What wheels bring for their own makers: thousands of small files, which take their time to copy.
_UNUSED = re.compile(r"/tests?/|^pythonwin/|\.chm$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", re.MULTILINE)

_README = """预算公开工具 {version}　离线安装说明

一、安装
  1. 把整个压缩包解压到任意文件夹（不要在压缩包里直接双击）。
  2. 关闭所有 Excel 窗口。
  3. 双击“安装.bat”。不需要管理员权限，不需要联网。
{python}
  4. 重新打开 Excel，菜单上会出现“预算公开”。

二、检查：双击“检查.bat”，逐项显示是否正常和处理办法，并写出“预算公开检查报告.txt”，可发给技术支持。
三、卸载：关闭 Excel，双击“卸载.bat”，不留下任何文件。
四、手册：双击 handbook 文件夹中的 index.html。
五、没有 Excel 或不许启用宏：双击“工作台.bat”，在浏览器里使用同样的按钮。
"""
_WITH_PYTHON = "     安装包自带运行环境（Python {python}），电脑上不需要另装 Python。"
_WITHOUT_PYTHON = "     电脑上须先装有 Python 3.11（64 位），没有时请向技术支持索取，或改用自带运行环境的安装包。"

#: ASCII only: the name and the text of a batch file are read in whatever code page the machine has.
#: What was installed before is moved aside, which Windows refuses while Excel uses it, and comes back if a step fails.
#: Excel starts Python so that it keeps no compiled modules: they are compiled once and for all when installing.
_ASIDE = r"""if exist "%OLD_DIR%" rmdir /S /Q "%OLD_DIR%"
if exist "%HOME_DIR%" move "%HOME_DIR%" "%OLD_DIR%" >nul 2>nul
if exist "%HOME_DIR%" goto busy
"""
_ENDING = r"""-m addin.cli addin install --xlam "%~dp0yusuan.xlam" --handbook "%~dp0handbook"
if errorlevel 1 goto failed
if exist "%OLD_DIR%" rmdir /S /Q "%OLD_DIR%"
if not "%YUSUAN_QUIET%"=="1" pause
exit /b 0
:failed
if exist "%HOME_DIR%" rmdir /S /Q "%HOME_DIR%"
if exist "%OLD_DIR%" move "%OLD_DIR%" "%HOME_DIR%" >nul
type "%~dp0failed.txt"
if not "%YUSUAN_QUIET%"=="1" pause
exit /b 2
:busy
type "%~dp0busy.txt"
if not "%YUSUAN_QUIET%"=="1" pause
exit /b 2
"""
_INSTALL_OWN = (
    r"""@echo off
setlocal
set "HOME_DIR=%LOCALAPPDATA%\yusuan\app"
set "OLD_DIR=%LOCALAPPDATA%\yusuan\app.old"
"""
    + _ASIDE
    + r"""xcopy "%~dp0app" "%HOME_DIR%" /E /I /Y /Q >nul
if errorlevel 1 goto failed
"%HOME_DIR%\python\python.exe" -m compileall -q "%HOME_DIR%\site" >nul
"%HOME_DIR%\python\python.exe" """
    + _ENDING
)
_INSTALL_FOREIGN = (
    r"""@echo off
setlocal
set "HOME_DIR=%LOCALAPPDATA%\yusuan\app"
set "OLD_DIR=%LOCALAPPDATA%\yusuan\app.old"
py -3.11 -c "import sys" >nul 2>nul
if errorlevel 1 (
  type "%~dp0nopython.txt"
  if not "%YUSUAN_QUIET%"=="1" pause
  exit /b 2
)
"""
    + _ASIDE
    + r"""py -3.11 -m venv "%HOME_DIR%"
if errorlevel 1 goto failed
"%HOME_DIR%\Scripts\python.exe" -m pip install --no-index --no-deps --require-hashes ^
  --find-links "%~dp0wheels" -r "%~dp0wheels\requirements.txt"
if errorlevel 1 goto failed
"%HOME_DIR%\Scripts\python.exe" """
    + _ENDING
)
#: Double-clicked before anything was installed.
_INSTALLED = r"""@echo off
if exist "%LOCALAPPDATA%\yusuan\app\{python}" goto installed
type "%~dp0notyet.txt"
if not "%YUSUAN_QUIET%"=="1" pause
exit /b 2
:installed
"""
_DOCTOR = r"""cd /d "%~dp0"
"%LOCALAPPDATA%\yusuan\app\{python}" -m addin.cli addin doctor --checklist
if not "%YUSUAN_QUIET%"=="1" pause
"""
#: A workbook dropped on it is opened; without one choosing begins where the user's own files lie. The window stays
#: where there is something to read.
_DESK = r"""if "%~1"=="" cd /d "%USERPROFILE%"
"%LOCALAPPDATA%\yusuan\app\{python}" -m addin.cli desk %1
if not errorlevel 1 exit /b 0
if not "%YUSUAN_QUIET%"=="1" pause
exit /b 2
"""
_UNINSTALL = r"""@echo off
"%LOCALAPPDATA%\yusuan\app\{python}" -m addin.cli addin uninstall
if errorlevel 1 goto failed
rmdir /S /Q "%LOCALAPPDATA%\yusuan"
if not "%YUSUAN_QUIET%"=="1" pause
exit /b 0
:failed
if not "%YUSUAN_QUIET%"=="1" pause
exit /b 2
"""
_NO_PYTHON = "没有找到 Python 3.11（64 位）。请先安装 Python 3.11，或使用自带运行环境的安装包。\r\n"
_BUSY = "预算公开工具正在使用，没有安装，原来的安装没有改动。请关闭所有 Excel 窗口，再双击“安装.bat”。\r\n"
_NOT_YET = "预算公开工具还没有安装。请先双击“安装.bat”。\r\n"
_FAILED = (
    "安装没有成功，已恢复为安装前的状态。请关闭所有 Excel 窗口后再试；仍不成功时，请把本窗口的内容发给技术支持。\r\n"
)

_SAID = {"busy.txt": _BUSY, "failed.txt": _FAILED, "notyet.txt": _NOT_YET}


def bundle(out: Path, wheels: Path, lock: Path, python: Path | None, python_sha256: str | None) -> list[str]:
    """Write the installer; what went in, line by line. Raises InputProblems where an input is not what it must be."""
    found = locked_wheels(wheels, lock)
    parts: dict[str, bytes] = {}
    if python is not None:
        parts |= _python(python, python_sha256)
        for wheel in found:
            parts |= {f"app/{name}": data for name, data in _unpacked(wheel).items()}
        parts |= {f"app/site/{name}": data for name, data in own_files().items()}
        inside = "python\\python.exe"
        parts["安装.bat"] = _batch(_INSTALL_OWN)
    else:
        parts |= {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in found}
        name, data = own_wheel()
        parts[f"wheels/{name}"] = data
        pinned = f"\nyusuan=={own_version()} \\\n    --hash=sha256:{hashlib.sha256(data).hexdigest()}\n"
        parts["wheels/requirements.txt"] = (lock.read_text(encoding="utf-8") + pinned).encode()
        parts["nopython.txt"] = _NO_PYTHON.encode("gbk")
        inside = "Scripts\\python.exe"
        parts["安装.bat"] = _batch(_INSTALL_FOREIGN)
    parts |= {name: text.encode("gbk") for name, text in _SAID.items()}
    parts["检查.bat"] = _batch((_INSTALLED + _DOCTOR).format(python=inside))
    parts["工作台.bat"] = _batch((_INSTALLED + _DESK).format(python=inside))
    parts["卸载.bat"] = _batch(_UNINSTALL.format(python=inside))
    parts["预算公开模板.xlsx"] = load_edition().template.read_bytes()
    parts |= {f"handbook/{name}": data for name, data in handbook_pages().items()}
    line = _WITH_PYTHON.format(python="3.11") if python is not None else _WITHOUT_PYTHON
    text = _README.format(version=own_version(), python=line)
    parts["安装说明.txt"] = text.replace("\n", "\r\n").encode("utf-8-sig")
    with TemporaryDirectory() as folder:
        parts["yusuan.xlam"] = build_addin(Path(folder) / "yusuan.xlam").read_bytes()
    put_file(out, _packed(parts))
    size = out.stat().st_size / 1_000_000
    return [f"组件：{len(found)}个，散列值与清单一致", line.strip(), f"已写出：{out}（{size:.0f} MB）"]


def locked_wheels(folder: Path, lock: Path) -> list[Path]:
    """The wheels of a folder, every one named in the lock with its hash, and every name of the lock there."""
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputProblems([Problem(lock.name, "找不到依赖清单")]) from None
    allowed = set(_HASH.findall(text))
    wanted = {_normal(name): pinned for name, pinned in _PINNED.findall(text)}
    problems = []
    found = sorted(folder.glob("*.whl"))
    there = set()
    for wheel in found:
        name, wheel_version = wheel.name.split("-")[:2]
        if wanted.get(_normal(name)) != wheel_version:
            problems.append(Problem(wheel.name, "不在依赖清单中，请删除"))
        elif hashlib.sha256(wheel.read_bytes()).hexdigest() not in allowed:
            problems.append(Problem(wheel.name, "散列值与依赖清单不符，文件可能损坏或被改动"))
        there.add(_normal(name))
    problems += [Problem(name, "依赖清单中有，文件夹中没有") for name in sorted(set(wanted) - there)]
    if problems:
        raise InputProblems(problems)
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _python(package: Path, wanted: str | None) -> dict[str, bytes]:
    """The embeddable Python, if it is the one that was meant."""
    if not package.is_file():
        raise InputProblems([Problem(package.name, "找不到 Python 的 embeddable 包")])
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    if digest != (wanted or "").lower():
        message = f"SHA-256 为 {digest}，与 --python-sha256 给出的不一致，请核对 python.org 公布的值"
        raise InputProblems([Problem(package.name, message)])
    with zipfile.ZipFile(package) as opened:
        parts = {f"app/python/{n}": opened.read(n) for n in opened.namelist() if not n.endswith("/")}
    if "app/python/python311.dll" not in parts:
        raise InputProblems([Problem(package.name, "须为 64 位 Python 3.11 的 embeddable 包")])
    for name in _SIGNED:
        check_signature(name, parts[f"app/python/{name}"])
    parts["app/python/python311._pth"] = _PATH_FILE.encode()
    return parts


def check_signature(name: str, program: bytes) -> None:
    """Raise InputProblems unless a program carries an intact Authenticode signature of Python's makers."""
    tool = shutil.which("osslsigncode")
    if tool is None:
        raise InputProblems([Problem("osslsigncode", "没有安装，无法核对 Python 的数字签名")])
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(program)
        done = subprocess.run([tool, "verify", "-in", str(path)], capture_output=True, text=True, check=False)  # noqa: S603
    current = re.search(r"Current message digest\s*:\s*(\w+)", done.stdout)
    calculated = re.search(r"Calculated message digest\s*:\s*(\w+)", done.stdout)
    intact = current is not None and calculated is not None and current[1] == calculated[1]
    if not intact or f"O={_SIGNER}" not in done.stdout.replace(" = ", "="):
        raise InputProblems([Problem(name, "数字签名无效，不是官方的 Python，未予采用")])


def _unpacked(wheel: Path) -> dict[str, bytes]:
    """A wheel's files as they lie once installed beside the embeddable Python."""
    parts = {}
    with zipfile.ZipFile(wheel) as opened:
        for name in opened.namelist():
            if name.endswith(("/", ".pyi")) or _UNUSED.search(name):
                continue
            data = opened.read(name)
            top, _, rest = name.partition("/")
            kind, _, inner = rest.partition("/")
            if top.endswith(".data"):
                # purelib and platlib are modules; data, scripts and headers lie beside Python, as xlwings' DLLs must.
                target = f"site/{inner}" if kind in ("purelib", "platlib") else f"python/{inner}"
            else:
                target = f"site/{name}"
            parts[target] = data
            if top == "pywin32_system32":
                parts[f"python/{rest}"] = data
    return parts


def own_files() -> dict[str, bytes]:
    """The program's own files, as a wheel has them."""
    root = Path(__file__).parents[2]
    parts = {}
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                parts[path.relative_to(root).as_posix()] = path.read_bytes()
    info = f"yusuan-{own_version()}.dist-info"
    parts[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: yusuan\nVersion: {own_version()}\n".encode()
    parts[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: yusuan\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return parts


def own_wheel() -> tuple[str, bytes]:
    """The program as a wheel: name and bytes."""
    parts = own_files()
    record = f"yusuan-{own_version()}.dist-info/RECORD"
    lines = []
    for name, data in parts.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    parts[record] = "\n".join([*lines, f"{record},,"]).encode()
    return f"yusuan-{own_version()}-py3-none-any.whl", _packed(parts)


def _batch(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("ascii")


def _packed(parts: dict[str, bytes]) -> bytes:
    return archive(dict(sorted(parts.items())), _DATE, 0o644)
