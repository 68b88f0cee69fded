"""Runs the command line inside this process and keeps what it printed."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from msgspec import Struct

from addin.cli import UNEXPECTED, main


class Outcome(Struct, frozen=True):
    """Exit code and what a command printed."""

    code: int
    out: str
    err: str


def run_command(*arguments: str | Path) -> Outcome:
    """Run one command line; an exception that only the last guard catches fails the test that called."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(a) for a in arguments])
    assert UNEXPECTED not in err.getvalue(), err.getvalue()
    return Outcome(code, out.getvalue(), err.getvalue())
