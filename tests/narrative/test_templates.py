"""What is compiled and read is kept from start to start, and never says anything that its source does not say."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.support.tools import ROOT
from udfs.narrative.templates import Compiled, _environment, save_compiled
from workbook_templates.kept import keep_in

NAME = "2024-shanxi"
_SAMPLE = """
import re, sys
from pathlib import Path
from addin.patterns import keep_patterns, save_patterns
folder = Path(sys.argv[1])
counted = []
def counting(what, compile):
    return lambda *a, **k: counted.append(what) or compile(*a, **k)
re._compiler.compile = counting("pattern", re._compiler.compile)
keep_patterns(folder / "wording")
import jinja2
from addin.verbs.commands import sample_workbook, fill_workbook, narrate_workbook, validate_workbook
from addin.verbs.report_text import as_text
from udfs.narrative import save_compiled
from workbook_templates.reading import Sample, edition
jinja2.Environment.compile = counting("wording", jinja2.Environment.compile)
edition.read_edition = counting("edition", edition.read_edition)
sample_workbook(folder / "a.xlsx", Sample())
fill_workbook(folder / "a.xlsx", folder / "b.xlsx")
narrate_workbook(folder / "b.xlsx", folder / "c.xlsx")
report = validate_workbook(folder / "c.xlsx")
save_compiled()
save_patterns()
print(*(counted.count(what) for what in ("pattern", "wording", "edition")), hash(as_text(report)))
"""


def _start(folder: Path) -> list[str]:
    """How many patterns and templates a new process compiled, and editions read, for the sample; what it said."""
    run = [sys.executable, "-c", _SAMPLE, str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    return subprocess.run(run, capture_output=True, text=True, check=True, env=environment).stdout.split()


def test_a_second_start_compiles_nothing_and_a_damaged_file_is_compiled_anew(tmp_path: Path) -> None:
    first = _start(tmp_path)
    patterns, wording, editions = map(int, first[:3])
    assert patterns > 200
    assert wording > 20
    assert editions == 1
    assert _start(tmp_path) == ["0", "0", "0", first[3]]
    whole = {path: path.read_bytes() for path in (tmp_path / "wording").iterdir()}
    assert len(whole) == 3
    # What the interpreter would run and die of, what is left of a file that was being written, another's content.
    other = hashlib.sha256(b"other").hexdigest().encode() + b"\nother"
    for damage in (lambda w: w.replace(w[2000:9000], bytes(7000)), lambda w: w[:-100], lambda _: other):
        for path, content in whole.items():
            path.write_bytes(damage(content))
        assert _start(tmp_path) == first


def _rendered(folder: Path, source: str) -> str:
    keep_in(folder)
    _environment.cache_clear()
    try:
        text = _environment("of a test", (("one", source),), "万元").get_template("one").render()
        save_compiled()
    finally:
        keep_in(None)
        _environment.cache_clear()
    return text


def test_a_changed_template_is_compiled_anew(tmp_path: Path) -> None:
    assert _rendered(tmp_path, "{{ 1 + 1 }}") == "2"
    assert _rendered(tmp_path, "{{ 1 + 2 }}") == "3"
    keep_in(tmp_path)
    try:
        assert list(Compiled("of a test")._codes) == ["one"]
    finally:
        keep_in(None)


def test_a_folder_that_takes_no_file_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "wording").write_text("a file stands where the folder should be")
    assert _rendered(tmp_path / "wording", "{{ 1 + 1 }}") == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["wording"]
