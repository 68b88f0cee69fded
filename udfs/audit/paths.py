"""Subjects written with their levels or codes: 司法（06款）行政运行（01项）, 一般公共服务支出-商贸事务-行政运行."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from difflib import SequenceMatcher

from msgspec import Struct

from udfs.base import squeezed

#: A name with its level, its code or both in brackets behind it.
_STEP = re.compile(
    r"(?P<name>[^（）“”\-—－/＞>]+?(?:（[^（）类款项\d]*）[^（）“”]*?)?)（(?P<code>\d{0,7})(?P<level>类|款|项)?级?(?:科目)?）"
)
_BARE = re.compile(r"^(?P<a>[^类款项（）]{2,30})类(?P<b>[^款项（）]{2,30})款(?:(?P<c>[^（）]{2,40}?)项)?$")
_DASH = re.compile(r"[-—－/＞>]+|——")
_CODE = re.compile(r"^(?P<code>\d{3}|\d{5}|\d{7})(?P<name>[^\d].*)$")
_LENGTHS = {"类": 3, "款": 5, "项": 7}
#: From which likeness on a path is another one with a slip in it.
_SLIP = 0.8


class Step(Struct, frozen=True):
    """A level of a path: its name squeezed, the digits beside it, the length of its code where the level is said."""

    name: str
    digits: str = ""
    length: int = 0


class Found(Struct, frozen=True):
    """What a path leads to. `meant`: the path as the classification has it, where it is written otherwise."""

    code: str
    name: str
    meant: str = ""


class Subjects(Struct, frozen=True):
    """The subjects that a text may name: names and amounts in 万元 by code, and what some were called before."""

    names: Mapping[str, str]  #: of the classification and of the tables
    amounts: Mapping[str, Decimal]  #: of the rows of the tables
    former: Mapping[str, str]  #: former name → code

    def find(self, words: str) -> Found | None:
        """What words name by levels or codes; None where they do not, or nothing is like it."""
        steps = steps_of(words)
        if not steps:
            return None
        codes = self._codes(steps)
        if codes:
            # A name that the tables have an amount for is meant before one that they do not.
            code = min(codes, key=lambda c: (c not in self.amounts, len(c)))
            old = next(
                (
                    s.name
                    for s in steps
                    if s.name in self.former and self.former[s.name] == code[: len(self.former[s.name])]
                ),
                "",
            )
            return Found(code, steps[-1].name, self.names.get(self.former[old], "") if old else "")
        return self._of_another_level(steps) or self._nearest(steps)

    def _of_another_level(self, steps: list[Step]) -> Found | None:
        """住房改革支出（类）, which is a 款: the subject by its names, meant with the level that is right."""
        codes = self._codes([Step(s.name, s.digits) for s in steps])
        if not codes:
            return None
        code = min(codes, key=lambda c: (c not in self.amounts, len(c)))
        levels = {length: level for level, length in _LENGTHS.items()}
        for step in steps:
            own = next((n for n in levels if stem(self.names.get(code[:n], "")) == stem(step.name)), 0)
            if own and step.length not in (0, own):
                return Found(code, steps[-1].name, f"{self.names[code[:own]]}（{levels[own]}）")
        return Found(code, steps[-1].name)

    def _codes(self, steps: list[Step]) -> set[str]:
        found: set[str] = set()
        for number, step in enumerate(steps):
            fitting = {
                code
                for code, name in self.names.items()
                if (stem(name) == stem(step.name) or self.former.get(step.name) == code)
                and (not step.length or len(code) == step.length)
                and (not step.digits or code.endswith(step.digits))
            }
            found = fitting if not number else {c for c in fitting if any(c != p and c.startswith(p) for p in found)}
            if not found:
                break
        return found

    def _nearest(self, steps: list[Step]) -> Found | None:
        """The subject of the tables whose path is nearly the one written."""
        written = "".join(s.name for s in steps)
        best = (0.0, "", "")
        for code in self.amounts:
            path = [self.names.get(code[:n], "") for n in (3, 5, 7) if n <= len(code)][-len(steps) :]
            if len(path) < len(steps):
                continue
            whole = squeezed("".join(path))
            ratio = SequenceMatcher(None, written, whole, autojunk=False).ratio()
            best = max(
                best,
                (ratio, code, next((p for s, p in zip(steps, path, strict=True) if squeezed(p) != s.name), path[-1])),
            )
        return Found(best[1], steps[-1].name, best[2]) if best[0] >= _SLIP else None


def stem(name: str) -> str:
    """The name of a class without 支出, 等支出."""
    return re.sub(r"(?:等?支出)+$", "", squeezed(name))


#: 一般公共服务（类）支出: the level within the name.
_WITHIN = re.compile(r"（([类款项])）((?:等)?支出)(?=[^类款项（）]*$|[^（）]*（)")


def steps_of(words: str) -> list[Step]:
    """The levels that words name, from the highest on; empty where they name a subject without any."""
    words = _WITHIN.sub(r"\2（\1）", words)
    words = words.strip("“”")
    marked = [m for m in _STEP.finditer(words) if m["code"] or m["level"]]
    if marked:
        return [Step(squeezed(m["name"]).lstrip("“"), m["code"], _LENGTHS.get(m["level"] or "", 0)) for m in marked]
    bare = _BARE.match(words)
    if bare:
        return [Step(bare[k], "", n) for k, n in (("a", 3), ("b", 5), ("c", 7)) if bare[k]]
    parts = [p for p in _DASH.split(words.replace("”", "").replace("“", "")) if p]
    if len(parts) > 1 and all(len(p) > 1 for p in parts):
        return [Step(p) for p in parts]
    code = _CODE.match(words)
    return [Step(squeezed(code["name"]), code["code"], len(code["code"]))] if code else []
