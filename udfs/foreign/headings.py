"""Headings of a foreign table: which rows hold them, and which official column each of its columns is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from msgspec import Struct

from udfs.base import is_blank, squeezed
from workbook_templates.reading import Edition, Form

Grid = Sequence[Sequence[Any]]

_YEAR = re.compile(r"20\d{2}(年度|年)?")
_ANY_YEAR = re.compile(r"\{(year|last)\}")
_QUOTES = re.compile(r"[“”\"'‘’《》〈〉·]")
_MEASURE = re.compile(r"[（(](单位[：:])?(万元|元|千元)[）)]$")
_CODE_WORDS = ("类", "款", "项", "目", "科目编码", "科目代码", "编码", "代码", "功能分类", "科目名称", "序号")
#: Words that stand alone in a row of the body as well as in a heading.
_TOTALS = {"合计", "总计", "小计"}
#: A text that is this like an official one is taken for it.
_LIKE = 0.75
#: A heading of two characters of which one is wrong is so like the right one.
_SLIP = 0.5


@lru_cache(maxsize=20_000)
def _bare(text: str) -> str:
    return _MEASURE.sub("", _QUOTES.sub("", _YEAR.sub("", text)))


def bare(value: Any) -> str:
    """A heading without year, quotation marks, white space and unit of measure, for comparing."""
    return _bare(squeezed(value))


def as_official(text: str) -> str:
    """An edition's own heading, as `bare` has it."""
    return bare(_ANY_YEAR.sub("2024", text))


@lru_cache(maxsize=50_000)
def likeness(one: str, other: str) -> float:
    """How alike two bare texts are, 0 to 1."""
    if one == other:
        return 1.0
    if not one or not other:
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def is_number(value: Any) -> bool:
    """Whether a cell holds a number, or a text that is one."""
    if isinstance(value, bool) or is_blank(value):
        return False
    return isinstance(value, int | float) or re.fullmatch(r"[-−]?[\d,，]+(\.\d+)?", squeezed(value)) is not None


class OfficialColumn(Struct, frozen=True):
    """An amount column of a form: its block, its key, and the texts above it from the top down."""

    block: str
    key: str
    path: tuple[str, ...]
    at: int
    aliases: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def official_columns(form: Form) -> tuple[OfficialColumn, ...]:
    """The amount columns of a form in printed order."""
    result = []
    for block in form.blocks:
        for column in block.columns:
            texts: list[str] = []
            for r, line in enumerate(form.headings):
                c = column.at - 1
                while line[c] == "<":
                    c -= 1
                text = line[c]
                if text == "^" or text.isdigit():
                    continue
                del r
                texts.append(as_official(text))
            aliases = tuple(bare(alias) for alias in column.aliases)
            result.append(OfficialColumn(block.name, column.key, tuple(t for t in texts if t), column.at, aliases))
    return tuple(sorted(result, key=lambda c: c.at))


@lru_cache(maxsize=16)
def _vocabulary(forms: tuple[Form, ...]) -> frozenset[str]:
    texts = {as_official(t) for form in forms for line in form.headings for t in line}
    return frozenset(texts - {"<", "^", ""}) | frozenset(_CODE_WORDS)


def is_heading_row(edition: Edition, line: Sequence[Any]) -> bool:
    """Whether a row holds headings: words that the forms' headings use, or the numbers 1, 2, 3 … of columns."""
    texts = [squeezed(v) for v in line if not is_blank(v)]
    if not texts:
        return False
    digits = [t.removesuffix(".0") for t in texts]
    if len(digits) > 2 and digits == [str(n) for n in range(1, len(digits) + 1)]:
        return True
    if any(is_number(t) for t in texts) or (len(texts) == 1 and bare(texts[0]) in _TOTALS):
        return False
    words = _vocabulary(edition.forms)
    known = sum(_is_word(bare(t), words) for t in texts)
    return known >= max(1, 0.6 * len(texts)) and (len(texts) > 1 or bare(texts[0]) in words)


@lru_cache(maxsize=50_000)
def _is_word(text: str, words: frozenset[str]) -> bool:
    if text in words:
        return True
    return (
        len(text) > 3
        and not re.match(r"[一二三四五六七八九十]+、|\d+[.、．]", text)
        and any(abs(len(text) - len(w)) <= 4 and likeness(text, w) >= 0.8 for w in words if len(w) > 3)
    )


def column_paths(band: Sequence[Sequence[Any]], width: int) -> list[tuple[str, ...]]:
    """For every column the bare texts above it, from the top; a merged heading speaks for the columns it spans."""
    paths: list[list[str]] = [[] for _ in range(width)]
    for line in band:
        texts = [bare(line[c]) if c < len(line) else "" for c in range(width)]
        if sum(t.isdigit() for t in texts) > 2:
            continue
        before = [tuple(p) for p in paths]
        running, parent = "", before[0] if before else ()
        first = next((c for c, t in enumerate(texts) if t), width)
        for c in range(first, width):
            if not texts[c] and c < len(line) and not is_blank(line[c]):
                running = ""  # a heading that says the year alone
                continue
            if texts[c]:
                running, parent = texts[c], before[c]
                paths[c].append(texts[c])
            elif running and before[c] == parent:
                paths[c].append(running)
            else:
                running = ""
    return [tuple(p) for p in paths]


def _match(official: OfficialColumn, path: tuple[str, ...], *, siblings: bool) -> float:
    """How well a foreign column's headings fit an official column's, 0 to 1."""
    if not path or not official.path:
        return 0.0
    leaf = official.path[-1]
    found = max(likeness(leaf, path[-1]), likeness(leaf, "".join(path[-2:])))
    if path[-1] in official.aliases or (leaf in _TOTALS and path[-1].endswith(leaf)):
        found = max(found, 0.95)
    above = official.path[:-1]
    rest = path[:-1]
    if found < _LIKE:
        # A heading that is not split here stands for the total of the columns it is split into there.
        depth = next((k for k, text in enumerate(above) if likeness(text, path[-1]) >= 0.9), -1)
        if depth < 0 or siblings or leaf not in _TOTALS:
            return 0.0
        found, above = 0.85, above[:depth]
    if not above:
        return 0.7 * found + 0.3 * (0.9 if rest else 1.0)
    fit = sum(max((likeness(text, other) for other in rest), default=0.0) for text in above) / len(above)
    # A heading deeper down than ours is another one of the same name: 合计 of a part is not the 合计 of all.
    deeper = sum(max(likeness(text, other) for text in above) < _LIKE for other in rest)
    return 0.7 * found + 0.3 * fit - 0.08 * deeper


def _by_place(
    wanted: Sequence[OfficialColumn], paths: Sequence[tuple[str, ...]], taken: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """A column whose heading has a slip: between the columns of its neighbours, and alone like it there."""
    for i, official in enumerate(wanted):
        before, after = taken.get(i - 1, -1), taken.get(i + 1, len(paths))
        if i in taken or not official.path or (i > 0 and before < 0) or (i + 1 < len(wanted) and after == len(paths)):
            continue
        like = [c for c in range(before + 1, after) if paths[c] and likeness(official.path[-1], paths[c][-1]) >= _SLIP]
        if len(like) == 1:
            yield i, like[0]


class Columns(Struct, frozen=True):
    """Which foreign column (from 0) each official one is, by (block, key), and how well they fit in all, 0 to 1.

    `slipped`: official columns whose heading stands otherwise, which were told by their place.
    """

    at: Mapping[tuple[str, str], int]
    fit: float
    missing: tuple[OfficialColumn, ...]
    slipped: tuple[OfficialColumn, ...] = ()


def match_columns(form: Form, paths: Sequence[tuple[str, ...]]) -> Columns:
    """The best assignment of a form's amount columns to foreign columns."""
    wanted = official_columns(form)
    scores: list[tuple[float, int, int, int]] = []
    for i, official in enumerate(wanted):
        for c, path in enumerate(paths):
            siblings = any(len(p) > len(path) and p[: len(path)] == path for p in paths)
            score = _match(official, path, siblings=siblings) - 0.001 * i
            if score >= 0.6:
                scores.append((-round(score, 3), abs(official.at - 1 - c), i, c))
    taken: dict[int, int] = {}
    used: set[int] = set()
    total = 0.0
    for score, _, i, c in sorted(scores):
        if i not in taken and c not in used:
            taken[i] = c
            used.add(c)
            total -= score
    slipped = dict(_by_place(wanted, paths, taken))
    taken.update(slipped)
    at = {(wanted[i].block, wanted[i].key): c for i, c in taken.items()}
    missing = tuple(o for i, o in enumerate(wanted) if i not in taken)
    return Columns(at, total / len(wanted) if wanted else 0.0, missing, tuple(wanted[i] for i in slipped))


def texts_of(lines: Iterable[Sequence[Any]]) -> list[tuple[str, ...]]:
    """Rows as bare texts, for telling a repeated heading."""
    return [tuple(t for t in (bare(v) for v in line) if t) for line in lines]
