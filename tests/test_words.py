"""The table of words names what the code has, and each word once."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "words.md"
LINES = [line.split("|")[1:5] for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
NAMES = re.findall(r"`((?:udfs|addin|workbook_templates)\.[\w.]+)`", GUIDE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_table_stands_in_its_module(name: str) -> None:
    module, _, item = name.rpartition(".")
    assert hasattr(import_module(module), item) or import_module(name)


def test_every_word_means_one_thing() -> None:
    terms = [term.strip() for term, *_ in LINES if term.strip() != "term"]
    assert len(terms) > 50
    assert sorted(terms) == sorted(set(terms))
