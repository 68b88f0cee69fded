"""One headless LibreOffice of our own: started with a fresh profile, reached over a pipe, ended by its own id."""

from __future__ import annotations

import atexit
import builtins
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from types import ModuleType
from typing import Any

_PROGRAM = Path("/usr/lib/libreoffice/program/soffice.bin")
_BRIDGE = Path("/usr/lib/python3/dist-packages")
#: Exit code with which the first start of a new profile asks to be started again.
_AGAIN = 81
_START_SECONDS = 60

#: Settings of the profile: macros run, VBA is read, formulas are calculated anew on loading, no first-run wizard.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>0</value></prop><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Filter/Import/VBA"><prop oor:name="Executable" oor:op="fuse">
<value>true</value></prop><prop oor:name="Load" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="FirstRun" oor:op="fuse">
<value>false</value></prop></item>
</oor:items>
"""


def missing() -> str:
    """Why no live test bed can be had here; empty where it can."""
    gone = [str(path) for path in (_PROGRAM, _BRIDGE / "uno.py") if not path.exists()]
    return f"not installed: {', '.join(gone)} (libreoffice-calc, python3-uno)" if gone else ""


def bridge() -> ModuleType:
    """The module `uno` of the system, without the rest of the system's packages.

    Importing it replaces the interpreter's import function, which is put back.
    """
    if "uno" in sys.modules:
        return sys.modules["uno"]
    folder = Path(tempfile.mkdtemp(prefix="uno-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("uno.py", "unohelper.py"):
        (folder / name).symlink_to(_BRIDGE / name)
    sys.path.append(str(folder))
    kept = builtins.__import__
    try:
        import uno  # type: ignore[import-not-found]
        import unohelper  # type: ignore[import-not-found]  # noqa: F401 - works only with uno's own import function
    finally:
        builtins.__import__ = kept
        sys.path.remove(str(folder))
    module: ModuleType = uno
    return module


#: Functions that the program runs in itself.
_INSIDE = Path(__file__).with_name("inside.bas")


class Process:
    """A running LibreOffice and its desktop object."""

    def __init__(self) -> None:
        uno = bridge()
        self._profile = Path(tempfile.mkdtemp(prefix="calc-profile-"))
        user = self._profile / "user"
        user.mkdir()
        (user / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        where = f"pipe,name=calc{uuid.uuid4().hex[:12]}"
        self._command = [str(_PROGRAM), "--headless", "--invisible", "--norestore", "--nologo", "--nodefault"]
        self._command += ["--nofirststartwizard", "--nolockcheck", f"-env:UserInstallation={self._profile.as_uri()}"]
        self._command += [f"--accept={where};urp;StarOffice.ComponentContext"]
        self._process = self._start()
        atexit.register(self.end)
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        self.context = self._connect(resolver, f"uno:{where};urp;StarOffice.ComponentContext")
        self.desktop: Any = self.service("com.sun.star.frame.Desktop")
        libraries = self.service("com.sun.star.script.ApplicationScriptLibraryContainer")
        libraries.getByName("Standard").insertByName("Inside", _INSIDE.read_text(encoding="utf-8"))
        factory = self.service("com.sun.star.script.provider.MasterScriptProviderFactory")
        self._scripts = factory.createScriptProvider("")
        self._inside: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        """The id of the program's process."""
        return self._process.pid

    def service(self, name: str) -> Any:
        """An object of the program by the name of its service."""
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def inside(self, name: str, *arguments: Any) -> Any:
        """What a function of `inside.bas` answers."""
        if name not in self._inside:
            where = f"vnd.sun.star.script:Standard.Inside.{name}?language=Basic&location=application"
            self._inside[name] = self._scripts.getScript(where)
        return self._inside[name].invoke(arguments, (), ())[0]

    def end(self) -> None:
        """End the program and remove its profile."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _start(self) -> subprocess.Popen[bytes]:
        settings = {**os.environ, "LC_ALL": "C.UTF-8"}
        settings.pop("PYTHONPATH", None)
        nothing = subprocess.DEVNULL
        return subprocess.Popen(self._command, stdin=nothing, stdout=nothing, stderr=nothing, env=settings)

    def _connect(self, resolver: Any, address: str) -> Any:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                return resolver.resolve(address)
            except Exception:
                state = self._process.poll()
                if state == _AGAIN:
                    self._process = self._start()
                elif state is not None or time.monotonic() > end:
                    raise
                time.sleep(0.02)
