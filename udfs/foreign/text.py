"""The text of a foreign disclosure as the sections of 情况说明: known by their headings, wrapped lines joined."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from udfs.base import is_blank, plain, squeezed
from udfs.foreign.headings import Grid, bare, likeness
from workbook_templates.reading import Edition, SectionSpec

_NUMBER = re.compile(
    r"^(第[一二三四五六七八九十]+部分|[（(]?[一二三四五六七八九十]+[）)、.．]|[（(]?\d{1,2}[）)、.．](?!\d))\s*"
)
_PAGE = re.compile(r"\[p\d+\]|[—\-－ ]*\d{1,3}[—\-－ ]*|第\s*\d+\s*页.*")
_ENDS = ("。", "；", "：", "！", "？", ":", ";", "”")
_DOTS = re.compile(r"[.…·]{3,}")
_CONTENTS = {"目录"}
#: A heading is a short line.
_LONGEST_HEADING = 42
#: What a heading says besides its subject; how like a section's its subject must be, and how much more than others'.
_TOLD = re.compile(r"(?:总体|总?表)?(?:的?情况)?(?:的?说明)?$(?<=情况|说明)")
_NEAR, _MARGIN = 0.9, 0.05
#: A text sheet has lines this long; a table has none.
_LONG = 40


class SectionText(Struct, frozen=True):
    """The text found for a section: its number (from 1), the heading as it stood, the text with a line a paragraph."""

    number: int
    heading: str
    text: str


def find_texts(edition: Edition, grids: Mapping[str, Grid], used: frozenset[str]) -> list[SectionText]:
    """Sections found in the sheets that hold text. `used`: sheets from which tables were taken."""
    patterns = [_patterns(section) for section in edition.narrative.sections]
    found: dict[int, tuple[str, list[str]]] = {}
    for sheet, grid in grids.items():
        if sheet not in used and any(_has_text(line) for line in grid):
            _collect(patterns, _lines(grid), found)
    return [
        SectionText(number, heading, "\n".join(unwrapped(lines)))
        for number, (heading, lines) in sorted(found.items())
        if lines
    ]


def _patterns(section: SectionSpec) -> tuple[str, ...]:
    """Patterns of headings; of a generated section its own heading, whatever stands for its words."""
    written = section.begins or (re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "*", section.heading),)
    return tuple(bare(pattern) for pattern in written)


def _has_text(line: Sequence[object]) -> bool:
    return any(isinstance(v, str) and len(v) >= _LONG for v in line)


def _lines(grid: Grid) -> Iterator[str]:
    """The text of a sheet, line by line, without pages and contents."""
    contents = False
    for row in grid:
        for value in row:
            if is_blank(value):
                continue
            for part in plain(value).split("\n"):
                text = part.strip()
                short = squeezed(text)
                if _PAGE.fullmatch(short):
                    continue
                if short in _CONTENTS:
                    contents = True
                    continue
                if contents and (_NUMBER.match(short) or _DOTS.search(short)) and len(short) < 200:
                    continue
                contents = False
                if text:
                    yield text


def _collect(
    patterns: Sequence[tuple[str, ...]], lines: Iterator[str], found: dict[int, tuple[str, list[str]]]
) -> None:
    current = 0
    for line in lines:
        number = _section(patterns, line)
        if number:
            if number in found and found[number][1]:
                found[number][1].append(line)  # a section that is told item by item keeps the items' headings
            else:
                found[number] = (_NUMBER.sub("", line), [])
            current = number
        elif current:
            found[current][1].append(line)


def _section(patterns: Sequence[tuple[str, ...]], line: str) -> int:
    short = bare(_NUMBER.sub("", line.strip()))
    if not short or len(short) > _LONGEST_HEADING or short.endswith(("。", "；", "，")):
        return 0
    # A heading may end in that of another section: the pattern that says most of it is meant.
    fits = [(len(p.strip("*")), -n) for n, of in enumerate(patterns, 1) for p in of if fnmatch.fnmatchcase(short, p)]
    if not fits and _NUMBER.match(line.strip()) and _TOLD.search(short):
        core = _TOLD.sub("", short)
        near = sorted((max((_nearness(core, p) for p in of), default=0.0), -n) for n, of in enumerate(patterns, 1))
        fits = [(0, n) for fit, n in near[-1:] if fit >= _NEAR and (len(near) < 2 or fit - near[-2][0] >= _MARGIN)]
    return -max(fits)[1] if fits else 0


def _nearness(core: str, pattern: str) -> float:
    """How like the heading of a section another is that may call its table 总表 or 表, or leave out a word."""
    return 0.0 if "*" in pattern else likeness(core, _TOLD.sub("", pattern))


def unwrapped(lines: Sequence[str]) -> Iterator[str]:
    """Lines that a page's width broke, joined again; a list item and what follows a full stop begin anew."""
    widest = max((len(line) for line in lines), default=0)
    text = last = ""
    for line in lines:
        broken = text and not text.endswith(_ENDS) and len(last) >= 0.8 * widest
        goes_on = text and (not _NUMBER.match(line) or line.startswith(("。", "，", "、")))
        if broken and goes_on:
            text += line
        else:
            if text:
                yield text
            text = line
        last = line
    if text:
        yield text
