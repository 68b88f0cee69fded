"""Ways to damage a workbook: its bytes, its parts, the XML in them; each a function of a random source."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from copy import deepcopy
from random import Random

from lxml import etree

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


# ---- damage that keeps the grammar: whole elements of SpreadsheetML, whole entries of a zip file

_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def _element(random: Random, root: etree._Element) -> etree._Element | None:
    """Some element with a parent, of any depth."""
    below = [item for item in root.iter() if isinstance(item.tag, str) and item.getparent() is not None]
    return random.choice(below) if below else None


def _moved(random: Random, item: etree._Element) -> None:
    parent = item.getparent()
    assert parent is not None
    way = random.randrange(9)
    if way == 0:
        parent.remove(item)
    elif way == 1:
        parent.insert(random.randrange(len(parent) + 1), deepcopy(item))
    elif way == 2:
        parent.insert(random.randrange(len(parent)), item)
    elif way == 3:
        other = _element(random, item.getroottree().getroot())
        if other is not None and item not in other.iterancestors() and other is not item:
            other.append(deepcopy(item))
    elif way == 4:
        item.tag = f"{{urn:other}}{etree.QName(item).localname}"
    elif way == 5:
        around = etree.Element(f"{{{_COMPATIBILITY}}}AlternateContent")
        parent.replace(item, around)
        for kind, inner in (("Choice", item), ("Fallback", deepcopy(item))):
            branch = etree.SubElement(around, f"{{{_COMPATIBILITY}}}{kind}")
            branch.append(inner)
        around[0].set("Requires", "x14")
        _changed(random, around[0])
    elif way == 6:
        item.insert(0, etree.Comment("9") if random.random() < 0.5 else etree.ProcessingInstruction("x", "9"))
    elif way == 7 and item.text:
        item.text = etree.CDATA(item.text) if random.random() < 0.5 else item.text + "9"
    elif item.attrib:
        key = random.choice(list(item.attrib))
        others = [v for e in parent.iter() for k, v in e.attrib.items() if k == key] if random.random() < 0.7 else []
        item.set(key, random.choice([*others, "0", "1", "true", "-1", "9999"]))


def _changed(random: Random, item: etree._Element) -> None:
    """Another digit in a text below."""
    for one in item.iter():
        if isinstance(one.tag, str) and one.text and any(c.isdigit() for c in one.text):
            one.text = re.sub(r"\d", str(random.randrange(10)), one.text, count=1)
            return


def reshaped(random: Random, part: bytes) -> bytes:
    """A part with some elements elsewhere, twice, gone, of another namespace, or in other words."""
    try:
        root = etree.fromstring(part)
    except etree.XMLSyntaxError:
        return part
    for _ in range(random.choice((1, 1, 2))):
        item = _element(random, root)
        if item is not None:
            _moved(random, item)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def repacked(random: Random, parts: Parts) -> bytes:
    """A zip file of the parts, its entries in other ways: twice, of other case, larger fields, other orders, lies."""
    buffer = io.BytesIO()
    names = list(parts)
    if random.random() < 0.3:
        random.shuffle(names)
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name, (1980 + random.randrange(40), 1, 1, 0, 0, 0))
            info.compress_type = random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
            archive.writestr(info, parts[name])
        if random.random() < 0.1:
            twin = random.choice(names)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                archive.writestr(random.choice((twin, twin.upper(), "/" + twin, f"./{twin}")), b"<x/>")
        if random.random() < 0.1:
            archive.comment = random.choice((b"9", b"PK\x05\x06" + bytes(18), b"PK\x01\x02"))
    data = bytearray(buffer.getvalue())
    if random.random() < 0.25:
        sign = random.choice((b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"))
        at = data.find(sign, random.randrange(len(data)))
        at = at if at >= 0 else data.find(sign)
        # One field of an entry: flags, method, sum, sizes, lengths, where it begins.
        data[at + random.randrange(4, 46 if sign == b"PK\x01\x02" else 22)] = random.choice((0, 1, 8, 255))
    return bytes(data)


def misshapen(parts: Parts, seed: int) -> bytes:
    """A workbook whose parts and package keep their grammar, and do not say what they said."""
    random = Random(seed)
    parts = dict(parts)
    names = [name for name in sorted(parts) if name.endswith((".xml", ".rels"))]
    for _ in range(random.randrange(3)):
        name = random.choice(names)
        parts[name] = reshaped(random, parts[name])
    return repacked(random, parts)
