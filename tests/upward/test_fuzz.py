"""Damaged workbooks: no crash, no hang, no memory beyond the limit, and always a sentence.

With `YUSUAN_EVIDENCE=1` it goes on for an hour (`YUSUAN_FUZZ_SECONDS` says otherwise, `YUSUAN_FUZZ_SEED` where to
begin); without it for a few examples. What is found is kept in tests/data/fuzz and tried again every time.
"""

from __future__ import annotations

import json
import os
import re
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from addin.upward.sandbox import Sandbox
from tests.support.books import parts_of
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE
from tests.support.fuzz import Parts, damaged, misshapen
from tests.support.hostile import packed
from tests.support.many import unit_parts

SECONDS = float(os.environ.get("YUSUAN_FUZZ_SECONDS", "3600" if EVIDENCE else "0"))
FIRST = int(os.environ.get("YUSUAN_FUZZ_SEED", "0"))
ROUND = 200 if EVIDENCE else 8
KEPT = Path(__file__).parents[1] / "data" / "fuzz"
#: How a zip file, an empty one and a compound file begin.
_STARTS = (b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_LIMITS = ("解析超过", "内存超出限制", "程序异常终止")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox(seconds=30.0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> list[Parts]:
    """A filled workbook, and a finished one with its seal."""
    folder = tmp_path_factory.mktemp("fuzz")
    plain = unit_parts(0, 1)
    (folder / "1.xlsx").write_bytes(packed(plain))
    assert run_command("submit", folder / "1.xlsx", "-o", folder / "out").code == 0
    (sealed,) = (folder / "out").iterdir()
    return [plain, parts_of(sealed)]


def sentence(answer: bytes) -> str:
    """What the answer says; it must say something, and must not say that a limit ended it."""
    lines = answer.split(b"\n")
    assert len(lines) == 2
    summary, _ = json.loads(lines[0]), json.loads(lines[1])
    if summary["state"] == "read":
        return "read"
    message = str(summary["message"])
    assert message
    assert "\n" not in message
    assert not any(limit in message for limit in _LIMITS), message
    return message


def test_damaged_workbooks(box: Sandbox, books: list[Parts]) -> None:
    said: Counter[str] = Counter()
    ends = time.monotonic() + SECONDS
    number = FIRST
    while True:

        @seed(number)
        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(which=st.integers(0, 1), start=st.integers(0, 2**48), steps=st.integers(1, 6))
        def attempt(which: int, start: int, steps: int) -> None:
            data = damaged(books[which], start, steps)
            try:
                message = sentence(box.examine("a.xlsx", data))
            except AssertionError:
                KEPT.mkdir(parents=True, exist_ok=True)
                (KEPT / f"{start}-{steps}.xlsx").write_bytes(data)
                raise
            said[message.split("（")[0][:24]] += 1

        attempt()
        number += 1
        if time.monotonic() >= ends:
            break
    assert said["read"]
    assert len(said) > 1
    if EVIDENCE:
        print(f"\n{sum(said.values())} damaged workbooks:")
        for message, count in said.most_common(20):
            print(f"  {count:7d}  {message}")


def values(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """What openpyxl reads: the values of every sheet, without empty cells and rows at the ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(BytesIO(data), data_only=True)
    found = {}
    for sheet in book.worksheets:
        lines = [tuple(v if v is not None else "" for v in line) for line in sheet.iter_rows(values_only=True)]
        while lines and not any(v != "" for v in lines[-1]):
            lines.pop()
        found[sheet.title] = [tuple(re.sub(r"[\s]+$", "", str(v)) for v in line) for line in lines]
    return found


def test_no_workbook_that_keeps_its_grammar_is_called_intact_and_read_otherwise(
    box: Sandbox, books: list[Parts]
) -> None:
    """Ours and openpyxl's reading of what is called intact are those of the workbook as it was sealed."""
    sealed = books[1]
    wanted = values(packed(sealed))
    said: Counter[str] = Counter()
    ends = time.monotonic() + SECONDS / 2
    number = FIRST
    while True:
        data = misshapen(sealed, number)
        answer = box.examine("a.xlsx", data)
        message = sentence(answer)
        state = json.loads(answer.split(b"\n")[0]).get("seal", {}).get("state", "") if message == "read" else "refused"
        said[state] += 1
        if state == "完好":
            try:
                there = values(data)
            except Exception:  # noqa: BLE001 - what openpyxl cannot open shows nothing else
                said["openpyxl opens it not"] += 1
                there = wanted
            if there != wanted:
                KEPT.mkdir(parents=True, exist_ok=True)
                (KEPT / f"intact-{number}.xlsx").write_bytes(data)
                differing = [n for n in wanted if there.get(n) != wanted[n]]
                raise AssertionError((number, differing))
        number += 1
        if number - FIRST >= ROUND and time.monotonic() >= ends:
            break
    assert said["完好"]
    assert said["refused"]
    if EVIDENCE:
        print(f"\n{sum(said.values())} finished workbooks reshaped: {dict(said)}")


def test_bytes_that_are_no_workbook(box: Sandbox) -> None:
    @settings(max_examples=ROUND, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.binary(max_size=400),
        st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
    )
    def attempt(data: bytes, start: bytes) -> None:
        assert sentence(box.examine("a.xlsx", start + data)) != "read"

    attempt()


@pytest.mark.parametrize("path", sorted(KEPT.glob("*")), ids=lambda p: p.stem)
def test_what_was_found_once(box: Sandbox, path: Path) -> None:
    sentence(box.examine(path.name, path.read_bytes()))
