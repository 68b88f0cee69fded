"""Ways to damage a workbook: its bytes, its parts, the XML in them; each a function of a random source."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from random import Random

Parts = dict[str, bytes]

_ATTRIBUTE = re.compile(rb'="([^"]*)"')
_TAG = re.compile(rb"<(/?)([A-Za-z:]+)")
_NUMBER = re.compile(rb"\d+(?:\.\d+)?")
_TEXT = re.compile(rb">([^<]+)<")
_STRANGE = (
    b"",
    b"0",
    b"-1",
    b"99999999999999999999",
    b"1e999",
    b"NaN",
    b"XFD1048576",
    b"A0",
    b"#REF!",
    b"\xff\xfe",
    "一般公共预算".encode(),
    b"&amp;" * 50,
    b"]]>",
    b"x" * 40_000,
    b"=cmd|'/c calc'!A0",
    b"../../x",
)


def _at(random: Random, pattern: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    """A match from a random place on."""
    start = random.randrange(len(data)) if data else 0
    return pattern.search(data, start) or pattern.search(data)


def flip(random: Random, data: bytes) -> bytes:
    """Other bits in a few places."""
    out = bytearray(data)
    for _ in range(random.randrange(1, 8)):
        if out:
            out[random.randrange(len(out))] ^= 1 << random.randrange(8)
    return bytes(out)


def cut(random: Random, data: bytes) -> bytes:
    """Without a piece."""
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.randrange(1, 2_000) :]


def double(random: Random, data: bytes) -> bytes:
    """A piece again somewhere else."""
    start = random.randrange(len(data) + 1)
    piece = data[start : start + random.randrange(1, 2_000)]
    to = random.randrange(len(data) + 1)
    return data[:to] + piece * random.choice((1, 2, 50)) + data[to:]


def end(random: Random, data: bytes) -> bytes:
    """Cut off."""
    return data[: random.randrange(len(data) + 1)]


def _replace(random: Random, data: bytes, pattern: re.Pattern[bytes]) -> bytes:
    match = _at(random, pattern, data)
    if not match:
        return data
    group = 1 if pattern.groups else 0
    return data[: match.start(group)] + random.choice(_STRANGE) + data[match.end(group) :]


def attribute(random: Random, data: bytes) -> bytes:
    """A strange value in an attribute."""
    return _replace(random, data, _ATTRIBUTE)


def number(random: Random, data: bytes) -> bytes:
    """A strange number."""
    return _replace(random, data, _NUMBER)


def text(random: Random, data: bytes) -> bytes:
    """A strange text."""
    return _replace(random, data, _TEXT)


def tag(random: Random, data: bytes) -> bytes:
    """A tag of another name."""
    match = _at(random, _TAG, data)
    if not match:
        return data
    name = random.choice((b"c", b"row", b"f", b"v", b"is", b"x", b"sheetData", b"mergeCell"))
    return data[: match.start(2)] + name + data[match.end(2) :]


PART_DAMAGE: tuple[Callable[[Random, bytes], bytes], ...] = (
    flip,
    cut,
    double,
    end,
    attribute,
    attribute,
    number,
    number,
    text,
    text,
    tag,
)


def damaged(parts: Parts, seed: int, steps: int) -> bytes:
    """A workbook damaged in so many steps: parts changed, left out, swapped; perhaps the package's bytes."""
    random = Random(seed)
    parts = dict(parts)
    names = sorted(parts)
    for _ in range(steps):
        name = random.choice(names)
        way = random.random()
        if way < 0.04:
            parts.pop(name, None)
        elif way < 0.08:
            other = random.choice(names)
            parts[name], parts[other] = parts.get(other, b""), parts.get(name, b"")
        else:
            parts[name] = random.choice(PART_DAMAGE)(random, parts.get(name, b""))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    data = buffer.getvalue()
    if random.random() < 0.15:
        data = random.choice((flip, cut, double, end))(random, data)
    return data
