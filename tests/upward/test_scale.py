"""A thousand and ten thousand workbooks: the sum to the fen, memory that does not grow with their number, Dask alike.

Only with `YUSUAN_EVIDENCE=1`; `YUSUAN_UNITS` says how many are the most (10 000 where it does not).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.evidence import EVIDENCE
from tests.support.many import write_units
from tests.support.tools import ROOT

pytestmark = pytest.mark.skipif(not EVIDENCE, reason="takes half an hour")

MOST = int(os.environ.get("YUSUAN_UNITS", "10000"))
MEGABYTE = 1_000_000


def watched(folder: Path, out: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.support.watched", str(folder), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_many_workbooks_in_flat_memory(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    sizes = [size for size in (100, 1_000, 10_000) if size <= MOST]
    results = {}
    total = count = 0
    for size in sizes:
        total += write_units(folder, size - count, first=count + 1)
        count = size
        results[size] = watched(folder, tmp_path / f"{size}.xlsx")
        assert results[size]["taken"] == size
        assert results[size]["good"]
        assert results[size]["fen"] == total
        print(f"\n{size} workbooks: {results[size]}")
    least, most = results[sizes[0]], results[sizes[-1]]
    # A child forgets a workbook when it takes the next. The parent keeps what a unit adds to the department's workbook.
    assert most["child"] < 1.3 * least["child"]
    per_unit = (most["own"] - least["own"]) / (sizes[-1] - sizes[0])
    print(f"children: {most['child'] / MEGABYTE:.0f} MB; parent: {per_unit / 1000:.0f} kB more for each workbook")
    assert per_unit < 200_000


def test_a_cluster_gives_the_same_bytes_for_a_thousand(tmp_path: Path) -> None:
    import distributed

    from addin.upward.receive import receive_folder

    library: Any = distributed
    write_units(tmp_path / "in", min(1_000, MOST))
    here = receive_folder(tmp_path / "in", tmp_path / "here.xlsx")
    with library.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        there = receive_folder(tmp_path / "in", tmp_path / "there.xlsx", scheduler=cluster.scheduler_address)
    assert here.anew == there.anew == min(1_000, MOST)
    assert (tmp_path / "here.xlsx").read_bytes() == (tmp_path / "there.xlsx").read_bytes()
