"""A Dask cluster gives the same bytes as this machine's own processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.command import run_command
from tests.support.many import write_units

distributed: Any = pytest.importorskip("distributed")


def test_a_cluster_gives_the_same_bytes(tmp_path: Path) -> None:
    write_units(tmp_path / "in", 3, 2)
    (tmp_path / "in" / "空.xlsx").write_bytes(b"")
    here, there = tmp_path / "here.xlsx", tmp_path / "there.xlsx"
    done = run_command("receive", tmp_path / "in", "-o", here)
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        again = run_command("receive", tmp_path / "in", "-o", there, "--scheduler", cluster.scheduler_address)
    assert again.out.replace("there", "here") == done.out.replace(str(there), str(here))
    assert there.read_bytes() == here.read_bytes()


def test_a_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from addin.upward import workers

    monkeypatch.setattr(workers, "PATIENCE", 1)
    write_units(tmp_path / "in", 1, 1)
    done = run_command("receive", tmp_path / "in", "-o", tmp_path / "汇总.xlsx", "--scheduler", "tcp://127.0.0.1:1")
    assert done.code == 2
    assert "连接不上调度器" in done.err
