"""Fixtures for all tests, and what happens where an outside program is missing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from addin.verbs.commands import sample_workbook
from tests.support.calc.process import missing
from tests.support.calc.traffic import TRAFFIC
from tests.support.command import Outcome, run_command
from tests.support.evidence import EVIDENCE
from tests.support.live import Desk, Steps, by_command_line, open_desk
from tests.support.published import LEDGER, UNIT
from tests.support.tools import Office, live_required, missing_for
from workbook_templates.reading.edition import Edition, load_edition
from workbook_templates.reading.sample import Sample

# A change is judged by what it changed, not by the dice: CI draws the same examples every time, `make evidence` and a
# run by hand draw new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") and not EVIDENCE:
    settings.load_profile("ci")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in ("live", "validator"):
        if item.get_closest_marker(marker) is None:
            continue
        reason = missing_for(marker)
        if reason and live_required():
            pytest.fail(reason, pytrace=False)
        if reason:
            pytest.skip(reason)


@pytest.fixture(scope="session")
def edition() -> Edition:
    return load_edition()


@pytest.fixture(scope="session")
def template(edition: Edition) -> Path:
    return edition.template


@pytest.fixture
def run() -> Callable[..., Outcome]:
    return run_command


@pytest.fixture(scope="session")
def published_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook that `new` makes of the published ledger; not to be changed."""
    out = tmp_path_factory.mktemp("published") / "book.xlsx"
    done = run_command("new", out, "--ledger", LEDGER, "--unit", UNIT)
    assert done.code == 0, done.err
    return out


@pytest.fixture(scope="session")
def live_desk() -> Iterator[Desk]:
    """One spreadsheet program for all live tests of the session."""
    reason = missing()
    if reason:
        (pytest.fail if live_required() else pytest.skip)(reason)
    made, end = open_desk()
    yield made
    end()


@pytest.fixture
def desk(live_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The program with nothing open, and a folder of its own for what the add-in keeps."""
    monkeypatch.setenv("YUSUAN_DATA", str(tmp_path / "data"))
    live_desk.clear()
    yield live_desk
    TRAFFIC.recall(None)
    live_desk.clear()


@pytest.fixture(scope="session")
def steps(sample_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """The sample unit's workbook as the command line fills, narrates and validates it; not to be changed."""
    return by_command_line(sample_book, tmp_path_factory.mktemp("steps"))


@pytest.fixture(scope="session")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="session")
def sample_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample unit's workbook with its inputs, no table made yet; not to be changed."""
    out = tmp_path_factory.mktemp("sample") / "填报.xlsx"
    sample_workbook(out, Sample())
    return out
