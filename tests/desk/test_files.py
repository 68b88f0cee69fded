"""Choosing among the files of this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from addin.desk.files import listing


def test_what_may_not_be_looked_at_is_no_reason_to_show_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "甲　局.xlsx").touch()
    (tmp_path / "乙").mkdir()
    (tmp_path / "密").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb1\xed.xlsx")).touch()
    real = Path.is_dir

    def refused(path: Path) -> bool:
        if path.name == "密":
            raise PermissionError
        return real(path)

    monkeypatch.setattr(Path, "is_dir", refused)
    found = listing(tmp_path, [".xlsx"], tmp_path)
    assert [path.name for path in found["folders"]] == ["乙"]
    assert [path.name for path in found["files"]] == ["甲　局.xlsx"]
    assert listing(tmp_path / "密", [".xlsx"], tmp_path)["here"] == tmp_path
