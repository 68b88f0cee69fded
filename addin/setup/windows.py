"""The clerk's Windows machine as far as installing needs it: folders, the registry, code page, short paths.

A machine is handed to the installer, so that it can be tried on one that is made up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

OFFICE_VERSIONS = ("16.0", "15.0", "14.0")
#: VBAWarnings: what Excel does with macros.
_ALL_OFF = 4
_SIGNED_ONLY = 3


class Machine(Struct, frozen=True):
    """Folders and settings. `registry`: values of HKEY_CURRENT_USER and HKEY_LOCAL_MACHINE, by key and name."""

    roaming: Path  #: %APPDATA%
    profile: Path  #: %USERPROFILE%
    code_page: str  #: encoding of the settings file that VBA reads
    registry: Mapping[tuple[str, str], object] = field(default_factory=dict)

    @property
    def start_folder(self) -> Path:
        """Excel opens what lies here, and trusts it."""
        return self.roaming / "Microsoft" / "Excel" / "XLSTART"

    @property
    def settings_file(self) -> Path:
        """The user's own settings, as xlwings' VBA looks for them."""
        return self.profile / ".yusuan" / "yusuan.conf"

    @property
    def macros(self) -> str:
        """What hinders macros, in a sentence; empty where nothing does."""
        for version in OFFICE_VERSIONS:
            for root, by in (("Software\\Policies", "单位的策略"), ("Software", "Excel 的设置")):
                key = f"{root}\\Microsoft\\Office\\{version}\\Excel\\Security"
                warnings = self.registry.get((key, "VBAWarnings"))
                if warnings in (_ALL_OFF, _SIGNED_ONLY):
                    what = "禁用了所有宏" if warnings == _ALL_OFF else "只允许带签名的宏"
                    return f"{by}{what}（Office {version}），启动文件夹中的加载项可能被拦下"
                if self.registry.get((f"{key}\\Trusted Locations", "AllLocationsDisabled")) == 1:
                    return f"{by}关闭了受信任位置（Office {version}），加载项每次都要点“启用宏”"
        return ""

    @property
    def has_wps(self) -> bool:
        """Whether WPS is there."""
        return any("Kingsoft" in key for key, _ in self.registry)


def this_machine() -> Machine | None:
    """The machine that runs this; None where it is no Windows."""
    if sys.platform != "win32":
        return None
    roaming = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    profile = Path(os.environ.get("USERPROFILE") or Path.home())
    return Machine(roaming, profile, "mbcs", _registry())


def _registry() -> dict[tuple[str, str], object]:  # pragma: no cover - Windows
    if sys.platform != "win32":
        return {}
    import winreg

    found: dict[tuple[str, str], object] = {}
    wanted = [("Software\\Kingsoft\\Office", "")]
    for version in OFFICE_VERSIONS:
        for root in ("Software\\Policies", "Software"):
            key = f"{root}\\Microsoft\\Office\\{version}\\Excel\\Security"
            wanted += [(key, "VBAWarnings"), (f"{key}\\Trusted Locations", "AllLocationsDisabled")]
    for key, name in wanted:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                found[key, name] = winreg.QueryValueEx(opened, name)[0] if name else ""
        except FileNotFoundError:
            continue
    return found


def short_path(path: Path) -> Path:
    """The path in names of eight characters, which any code page can write; the path itself where there is none."""
    if sys.platform != "win32":
        return path
    import ctypes

    buffer = ctypes.create_unicode_buffer(1024)
    length = ctypes.windll.kernel32.GetShortPathNameW(str(path), buffer, len(buffer))
    return Path(buffer.value) if 0 < length < len(buffer) else path
