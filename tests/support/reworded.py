"""All that the program says in other words: what decides anything must not notice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from addin.upward.verify import Signature
from udfs.base.findings import worded
from udfs.base.problems import Problem


def reword(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sentence of findings, problems and signatures is turned round and marked from here on."""
    problem, signature = Problem.__str__, Signature.__str__

    def other(template: str, values: Mapping[str, str]) -> str:
        return f"※{worded(template.replace('，', '；'), dict(values))}※"

    monkeypatch.setattr("udfs.base.findings.worded", other)
    monkeypatch.setattr(Problem, "__str__", lambda self: f"※{problem(self)}※")
    monkeypatch.setattr(Signature, "__str__", lambda self: f"※{signature(self)}※")
