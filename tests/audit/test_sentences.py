"""Sentences of the field in many wordings: right ones are left alone, and a slip of any kind in them is found."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.sentences import cases, said_of

#: So many of the slips are found, and so many of the texts that are called wrong are wrong.
RECALL, PRECISION = 0.95, 0.99
#: The same of the sentences that a stranger wrote, with which the reader was mended.
UNSEEN = 0.92


def test_the_sentences_are_many_and_of_every_kind() -> None:
    kinds = Counter(case.kind for case in cases())
    assert len(cases()) >= 300
    assert len(kinds) > 13
    assert kinds[""] > 60


def test_right_sentences_are_left_alone_and_slips_are_found() -> None:
    told = {case: said_of(case) for case in cases()}
    wrong = [case for case in told if case.kind]
    found = [case for case in wrong if told[case]]
    false = [(case.text, said) for case, said in told.items() if said and not case.kind]
    missed = [(case.kind, case.text) for case in wrong if not told[case]]
    assert len(found) >= RECALL * len(wrong), missed
    assert len(found) >= PRECISION * (len(found) + len(false)), false


def test_sentences_of_a_stranger_are_understood() -> None:
    every = cases("sentences_unseen")
    wrong = [case for case in every if case.kind]
    found = [case for case in wrong if said_of(case)]
    false = [(case.text, said_of(case)) for case in every if said_of(case) and not case.kind]
    assert len(every) > 300
    assert len(found) >= UNSEEN * len(wrong), [(c.kind, c.text) for c in wrong if not said_of(c)]
    assert len(found) >= PRECISION * (len(found) + len(false)), false


@pytest.mark.parametrize(
    ("name", "least"),
    [("sentences_strange", 0.5), ("sentences_compared", 0.66), ("sentences_places", 0.95)],
)
def test_sentences_of_other_wordings_are_not_called_wrong(name: str, least: float) -> None:
    every = cases(name)
    right = [case for case in every if not case.kind]
    wrong = [case for case in every if case.kind]
    false = [(case.text, said_of(case)) for case in right if said_of(case)]
    assert len(right) > 40
    assert false == []
    assert len([case for case in wrong if said_of(case)]) >= least * len(wrong)


def test_what_is_said_is_of_the_kind_of_slip() -> None:
    wrong = [case for case in cases() if case.kind]
    of_kind = [case for case in wrong if case.kind in {kind for kind, _ in said_of(case)}]
    assert len(of_kind) >= 0.9 * len(wrong)
