"""Slips planted in a document's own text are found: figures, percentages, counts, directions, years, names."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.support.evidence import EVIDENCE
from tests.support.planted import Told, is_found, slips, told_by
from tests.support.sentences import cases, known
from udfs.foreign import Published

#: A folder with published documents (.docx, .pdf, .xlsx) for the long run.
FOLDER = os.environ.get("YUSUAN_PUBLISHED", "")
#: So many of the slips are found, in published documents (another draw of slips moves it by half a per cent) and in our
#: own sentences: these are worded as few are.
RECALL, OWN = 0.95, 0.88


def test_slips_in_sentences_of_our_own_are_found() -> None:
    nothing = Published("", 0, (), ())
    told = [Told({case.section: case.text}, known(case.form), nothing) for case in cases() if not case.kind]
    every = [(one, slip) for one in told for slip in slips(one, seed=20)]
    tried = Random(20).sample(every, 120)
    missed = [slip for one, slip in tried if not is_found(one, slip)]
    assert len({slip.kind for _, slip in tried}) == 6
    assert len(missed) <= (1 - OWN) * len(tried), missed


@pytest.mark.skipif(not (EVIDENCE and FOLDER), reason="needs published documents")
def test_slips_in_published_documents_are_found() -> None:
    found: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for path in sorted(p for p in Path(FOLDER).rglob("*") if p.suffix in (".docx", ".pdf", ".xlsx")):
        told = told_by(path)
        for slip in slips(told):
            planted[slip.kind] += 1
            found[slip.kind] += is_found(told, slip)
    for kind, count in planted.items():
        print(f"| {kind} | {found[kind]} | {count} |")
    assert found.total() >= RECALL * planted.total()
