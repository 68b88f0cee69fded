"""Patterns compiled once and for all: to compile the program's three hundred takes a sixth of a start."""

from __future__ import annotations

import contextlib
import marshal
import re
import sys
import threading
from array import array
from pathlib import Path
from typing import Any, ClassVar

from workbook_templates.kept import keep, keep_in, kept

#: More than the program has: what a long run makes of names in workbooks is not kept.
_MOST = 1000


class _Kept:
    """What the last step of compiling was given, by pattern and flags."""

    name: ClassVar[str] = ""
    steps: ClassVar[dict[tuple[Any, int], tuple[Any, ...]]] = {}
    changed: ClassVar[bool] = False


def keep_patterns(folder: Path) -> None:
    """From now on, things are kept in that folder, and patterns compiled in an earlier process are made of what was.

    `re` has no way to keep them, so this goes through its inner parts; where a Python has others, nothing is kept.
    """
    keep_in(folder)
    compiler: Any = getattr(re, "_compiler", None)
    if _Kept.name or not hasattr(compiler, "compile") or not hasattr(compiler, "_sre"):
        return
    last, compile_anew = compiler._sre, compiler.compile  # noqa: SLF001
    _Kept.name = f"patterns-{sys.implementation.cache_tag}-{last.MAGIC}"
    with contextlib.suppress(ValueError, EOFError, TypeError):
        _Kept.steps = marshal.loads(kept(_Kept.name) or b"")  # noqa: S302 - the program's own, as its modules are

    class Last(threading.local):
        """The last step of compiling; what it was given in this thread is remembered."""

        def __getattr__(self, name: str) -> object:
            return getattr(last, name)

        def compile(self, *given: Any) -> re.Pattern[Any]:
            self.given = given
            return last.compile(*given)  # type: ignore[no-any-return]

    compiler._sre = remembered = Last()  # noqa: SLF001

    def compiled(pattern: Any, flags: int = 0) -> re.Pattern[Any]:
        asked = (pattern, int(flags))
        known = isinstance(pattern, str | bytes) and not flags & re.DEBUG
        if known and (step := _Kept.steps.get(asked)):
            source, said, code, *groups = step
            return last.compile(source, said, array("I", code).tolist(), *groups)  # type: ignore[no-any-return]
        made: re.Pattern[Any] = compile_anew(pattern, flags)
        if known and len(_Kept.steps) < _MOST:
            _, said, code, *groups = remembered.given
            _Kept.steps[asked] = (pattern, int(said), array("I", code).tobytes(), *groups)
            _Kept.changed = True
        return made

    compiler.compile = compiled


def save_patterns() -> None:
    """Keep what was compiled since."""
    if _Kept.changed:
        keep(_Kept.name, marshal.dumps(_Kept.steps))
        _Kept.changed = False
