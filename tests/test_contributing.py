"""The worked examples of CONTRIBUTING.md, done as they stand there."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from addin import buttons, ribbon
from tests.support import check_cases
from udfs.checks import hygiene, registry
from udfs.reconciliation import PASSED

GUIDE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"


def _example(kind: str, begins: str) -> str:
    """The block of code that begins so."""
    blocks = re.findall(rf"^ *```{kind}\n(.*?)^ *```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (found,) = [text for block in blocks if (text := textwrap.dedent(block)).startswith(begins)]
    return found


def test_a_check_is_one_function_and_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTER", dict(registry._REGISTER))
    exec(_example("python", "@check"), dict(vars(hygiene)))
    case = eval(_example("python", "Case("), dict(vars(check_cases)))
    # Not the reports that are kept for other tests: those know nothing of this check.
    wrong, right = check_cases.sample_book(), check_cases.sample_book()
    case.fault(wrong)
    case.passes(right)
    report = wrong.report()
    (found,) = [f for f in report.every if f.rule == case.number]
    assert [(found.sheet, found.cell)] == case.places
    assert all(words in found.message for words in case.says)
    (ended,) = [s.status for s in right.report().statuses if s.rule == case.number]
    assert ended == PASSED
    assert registry.registered()[-1].requirement == "封面不应另写备注。"


def test_a_button_is_a_row_of_the_table_and_a_function(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "buttons.toml"
    row = _example("toml", "[[groups.buttons]]")
    table.write_text(f"{ribbon.TABLE.read_text(encoding='utf-8')}\n{row}", encoding="utf-8")
    monkeypatch.setattr(ribbon, "TABLE", table)
    monkeypatch.setattr(buttons, "_COMMANDS", dict(buttons._COMMANDS))
    ribbon.ribbon.cache_clear()
    exec(_example("python", "@button"), vars(buttons).copy())
    try:
        assert set(ribbon.ribbon().buttons) == set(buttons.commands())
        assert "数一数".encode() in ribbon.ribbon_xml()
        book = check_cases.sample_book()
        said = buttons.commands()["count"](cast("Any", SimpleNamespace(read=lambda: book)))
        assert said == f"预算明细共{len(book.grids['预算明细']) - 1}行。"
    finally:
        ribbon.ribbon.cache_clear()
