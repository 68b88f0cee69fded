"""Compiled wording is kept from one start to the next, and never says anything that its source does not say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from tests.support.tools import ROOT
from udfs.narrative.templates import Compiled, _environment, keep_compiled, save_compiled

NAME = "2024-shanxi"
_SAMPLE = """
import sys
from pathlib import Path
import jinja2
from addin.verbs.commands import sample_workbook, fill_workbook, narrate_workbook
from udfs.narrative import keep_compiled, save_compiled
from workbook_templates.reading import Sample
counted = []
compile = jinja2.Environment.compile
jinja2.Environment.compile = lambda *a, **k: counted.append(1) or compile(*a, **k)
folder = Path(sys.argv[1])
keep_compiled(folder / "wording")
sample_workbook(folder / "a.xlsx", Sample())
fill_workbook(folder / "a.xlsx", folder / "b.xlsx")
sections = narrate_workbook(folder / "b.xlsx", folder / "c.xlsx").sections
save_compiled()
print(len(counted), hash(tuple(s.text for s in sections)))
"""


def _start(folder: Path) -> list[str]:
    """A new process that writes the sample's text: templates it compiled, and a digest of the text."""
    run = [sys.executable, "-c", _SAMPLE, str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    return subprocess.run(run, capture_output=True, text=True, check=True, env=environment).stdout.split()


def test_a_second_start_compiles_nothing_and_a_damaged_file_is_compiled_anew(tmp_path: Path) -> None:
    first = _start(tmp_path)
    assert int(first[0]) > 20
    assert _start(tmp_path) == ["0", first[1]]
    kept = tmp_path / "wording" / NAME
    whole = kept.read_bytes()
    # Code that the interpreter would run and die of, and what is left of a file that was being written.
    blotted = whole.replace(whole[2000:9000], bytes(7000))
    for damage in (b"nonsense", msgspec.msgpack.encode({"heading 1": b"no code"}), blotted, whole[:-100]):
        kept.write_bytes(damage)
        assert _start(tmp_path) == first


def _rendered(folder: Path, source: str) -> str:
    keep_compiled(folder)
    _environment.cache_clear()
    try:
        text = _environment("of a test", (("one", source),), "万元").get_template("one").render()
        save_compiled()
    finally:
        keep_compiled(None)
        _environment.cache_clear()
    return text


def test_a_changed_template_is_compiled_anew(tmp_path: Path) -> None:
    assert _rendered(tmp_path, "{{ 1 + 1 }}") == "2"
    assert _rendered(tmp_path, "{{ 1 + 2 }}") == "3"
    assert list(Compiled(tmp_path / "of a test")._codes) == ["one"]


def test_a_folder_that_takes_no_file_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "wording").write_text("a file stands where the folder should be")
    assert _rendered(tmp_path / "wording", "{{ 1 + 1 }}") == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["wording"]
