"""The clerk's Windows machine as far as installing needs it: folders, the registry, code page, short paths.

A machine is handed to the installer, so that it can be tried on one that is made up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

OFFICE_VERSIONS = ("16.0", "15.0", "14.0")
#: VBAWarnings: what Excel does with macros.
_ALL_OFF = 4
_SIGNED_ONLY = 3
_SYSTEM = "Software\\Policies\\Microsoft\\Windows\\System"
#: The rule by which Defender keeps Office from starting programs; it blocks, or warns, which blocks as well.
_CHILDREN = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
_BLOCKING = ("1", "6")
_GUARD = "Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules"
_RULES = (f"Software\\Policies\\{_GUARD}", f"Software\\{_GUARD}")
_MANAGED = "Software\\Policies\\Microsoft\\Windows Defender\\Policy Manager"


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
    def hindering(self) -> Iterator[str]:
        """What keeps Excel from starting other programs, a sentence each."""
        if self.registry.get((_SYSTEM, "DisableCMD")):
            yield "组策略“阻止访问命令提示符”（DisableCMD）已启用"
        by_rule = [self.registry.get((key, _CHILDREN)) for key in _RULES]
        by_list = str(self.registry.get((_MANAGED, "ASRRules"), "")).lower()
        if any(str(value) in _BLOCKING for value in by_rule) or any(f"{_CHILDREN}={n}" in by_list for n in _BLOCKING):
            yield f"攻击面减少规则“阻止所有 Office 应用程序创建子进程”（{_CHILDREN.upper()}）已启用"

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
    wanted += [(_SYSTEM, "DisableCMD"), *((key, _CHILDREN) for key in _RULES), (_MANAGED, "ASRRules")]
    for key, name in wanted:
        # What the machine says goes before what its user says.
        for hive in (winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER):
            try:
                with winreg.OpenKey(hive, key) as opened:
                    found.setdefault((key, name), winreg.QueryValueEx(opened, name)[0] if name else "")
            except OSError:
                # There is none, or this user may not look.
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
