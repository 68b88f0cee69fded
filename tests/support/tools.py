"""Outside programs that some tests need: LibreOffice, Poppler and Microsoft's Open XML validator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VALIDATOR = ROOT / ".ci" / "node_modules" / ".bin" / "ooxml-validator"

#: Ids of validator errors known to be harmless, each with its reason.
HARMLESS: dict[str, str] = {}


def live_required() -> bool:
    """Whether a missing program is a failure and not a reason to skip."""
    return os.environ.get("YUSUAN_REQUIRE_LIVE") == "1"


def missing_for(marker: str) -> str:
    """Why tests with that marker cannot run here; empty where they can."""
    if marker == "live":
        gone = [name for name in ("soffice", "pdftotext") if shutil.which(name) is None]
        return f"not installed: {', '.join(gone)}" if gone else ""
    return "" if VALIDATOR.exists() else "the Open XML validator is not installed (npm ci --prefix .ci)"


#: Settings of a profile: every formula is calculated on loading, whatever value the file holds.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


class Office:
    """Headless LibreOffice with a profile of its own, which calculates every formula anew."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile
        user = profile / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")

    def convert(self, source: Path, kind: str, folder: Path) -> Path:
        """The file loaded, calculated and saved as another kind (xlsx, pdf) in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={self.profile.as_uri()}"]
        command += ["--convert-to", kind, "--outdir", str(folder), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        target = folder / f"{source.stem}.{kind.split(':', maxsplit=1)[0]}"
        assert target.exists(), f"LibreOffice wrote nothing: {done.stdout}{done.stderr}"
        return target


def pdf_pages(path: Path) -> list[str]:
    """The text of every page of a PDF."""
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=60)
    return done.stdout.decode("utf-8").split("\f")[:-1]


def validator_errors(path: Path) -> list[dict[str, Any]]:
    """What Microsoft's validator has against a file, harmless things left out."""
    if reason := missing_for("validator"):
        (pytest.fail if live_required() else pytest.skip)(reason)
    command = [str(VALIDATOR), str(path), "--officeVersion", "Office2019"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    answer = json.loads(done.stdout)
    return [error for error in answer["errors"] if error["id"] not in HARMLESS]
