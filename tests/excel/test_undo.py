"""What a command overwrote is kept in a file: it is read back as it was, or the clerk is told that it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.excel import undo
from addin.excel.rectangles import Rectangle
from udfs.base import InputProblems

PIECE = Rectangle("表三", 5, 3, ((1.5, "一"),), ((None, "二"),))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path))
    assert undo.last() is None
    undo.keep(undo.Snapshot("本单位.xlsx", "生成各表", (PIECE,)))
    return tmp_path / "undo.json"


def test_what_was_kept_is_read_back(kept: Path) -> None:
    snapshot = undo.last()
    assert snapshot is not None
    assert (snapshot.book, snapshot.command, snapshot.pieces) == ("本单位.xlsx", "生成各表", (PIECE,))
    assert kept.exists()


@pytest.mark.parametrize("damage", [b"", b"\0\0\0\0", b'{"form":3}', b"cut"])
def test_a_damaged_snapshot_is_said(kept: Path, damage: bytes) -> None:
    kept.write_bytes(kept.read_bytes()[:-9] if damage == b"cut" else damage)
    with pytest.raises(InputProblems) as raised:
        undo.last()
    (problem,) = raised.value.problems
    assert "“undo.json”：上一步之前的内容记在这个文件里，它已损坏" in str(problem)
    # The next command has a snapshot of its own again.
    undo.keep(undo.Snapshot("本单位.xlsx", "校验", (PIECE,)))
    assert undo.last() is not None
