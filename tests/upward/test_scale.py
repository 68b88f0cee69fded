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

from addin.upward.receive import receive_folder
from addin.upward.submit import submit_workbook
from tests.support.evidence import LONG
from tests.support.hostile import HOSTILE, packed
from tests.support.many import ODD, TAMPERED, profile, unit_parts, write_units
from tests.support.sealed import tampered
from tests.support.tools import ROOT

pytestmark = LONG

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

    library: Any = distributed
    write_units(tmp_path / "in", min(1_000, MOST))
    here = receive_folder(tmp_path / "in", tmp_path / "here.xlsx")
    with library.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        there = receive_folder(tmp_path / "in", tmp_path / "there.xlsx", scheduler=cluster.scheduler_address)
    assert here.anew == there.anew == min(1_000, MOST)
    assert (tmp_path / "here.xlsx").read_bytes() == (tmp_path / "there.xlsx").read_bytes()


def _hostile(folder: Path, first: int) -> tuple[dict[str, int], int]:
    """Fifty files that must be named, with the fen that each adds to the sum all the same, and what else that adds."""
    added: dict[str, int] = {}
    number = first
    for kind, (make, says) in HOSTILE.items():
        if says:
            (folder / f"坏-{kind}.xlsx").write_bytes(make(unit_parts(0, number)))
            added[f"坏-{kind}.xlsx"] = 0
    for kind, change in TAMPERED.items():
        number += 1
        (folder / "源.xlsx").write_bytes(packed(unit_parts(0, number)))
        sealed = submit_workbook(folder / "源.xlsx", folder.parent / "定稿").path
        tampered(sealed, folder / f"改-{kind}.xlsx", change)
        added[f"改-{kind}.xlsx"] = profile(0).fen + 10_000 * (kind == "改明细")
    for kind, (change, counts) in ODD.items():
        number += 1
        parts = unit_parts(0, number)
        change(parts)
        (folder / f"异-{kind}.xlsx").write_bytes(packed(parts))
        added[f"异-{kind}.xlsx"] = profile(0).fen * counts
    (folder / "源.xlsx").unlink()
    # The same unit once more: by its code without a zero before it, by its name alone, word for word.
    number += 1
    one = unit_parts(1, number)
    code, name = f"{900000 + number}", f"示例单位{number:06d}"
    twins = {
        "零": {part: data.replace(f">{code}<".encode(), f">0{code}<".encode()) for part, data in one.items()},
        "名": {part: data.replace(f">{code}<".encode(), b">911111<") for part, data in one.items()},
        "同": one,
        "码": {part: data.replace(name.encode(), "示例另名".encode()) for part, data in one.items()},
    }
    (folder / f"{code}.xlsx").write_bytes(packed(one))
    for kind, parts in twins.items():
        (folder / f"重-{kind}.xlsx").write_bytes(packed(parts))
        added[f"重-{kind}.xlsx"] = 0
    return added, profile(1).fen


def test_a_thousand_units_with_fifty_hostile_ones(tmp_path: Path) -> None:
    """Each of the fifty is named with a reason, no other is, and the sum is that of the ledgers taken, to the fen."""
    folder = tmp_path / "in"
    folder.mkdir()
    added, once = _hostile(folder, 50_000)
    assert len(added) == 50
    honest = min(950, MOST)
    total = write_units(folder, honest) + once + sum(added.values())
    done = receive_folder(folder, tmp_path / "汇总.xlsx")
    named = {f.file: (f.state, f.remark) for f in done.receipt.files if f.state != "已汇总" or f.remark}
    for file, answer in sorted(named.items()):
        print(file, *answer)
    assert named.keys() == added.keys()
    assert all(remark for _, remark in named.values())
    assert len(done.receipt.taken) == honest + 1 + sum(fen > 0 for fen in added.values())
    assert done.department is not None
    assert int(done.department.content.spending.fen.sum()) == total
    assert not done.good
