"""The pie chart as a picture: slices clockwise from the top, every one with its name and share beside it.

Pillow draws it: a small library that is there for Windows, against the tens of megabytes of a plotting library.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from udfs.base import shown
from udfs.narrative import Item

#: Files of Chinese typefaces, the most fitting first, as Windows, macOS and the Linux distributions name them.
FONT_FILES = (
    "simsun.ttc",
    "msyh.ttc",
    "simhei.ttf",
    "Deng.ttf",
    "Songti.ttc",
    "PingFang.ttc",
    "STHeiti Light.ttc",
    "NotoSerifCJK-Regular.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSerifCJKsc-Regular.otf",
    "NotoSansCJKsc-Regular.otf",
    "SourceHanSerifSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "uming.ttc",
    "DroidSansFallbackFull.ttf",
)
#: What a clerk is told to install where none of them is there.
FONT_NAMES = "宋体、微软雅黑或黑体"
_COLOURS = ("1F4E79", "C55A11", "7F7F7F", "BF9000", "2E75B6", "548235", "7B3F8C", "843C0C", "5B9BD5", "A9A132")
_INK, _LINE = "#1F2937", "#7A8797"
_WIDTH, _RADIUS, _SIZE = 1600, 290, 34
_LABEL_HEIGHT = 100
#: Drawn larger and reduced, so that edges are smooth.
_SCALE = 2
_DOTS_PER_INCH = 280


class _Label(Struct):
    """A slice's label: where its slice ends on the rim, which side it stands on, and at which height."""

    text: tuple[str, str]
    angle: float
    right: bool
    y: float


def find_font() -> Path | None:
    """A typeface of this machine with Chinese characters, None where there is none."""
    wanted = {name.lower(): rank for rank, name in enumerate(FONT_FILES)}
    found: dict[int, Path] = {}
    for folder in _folders():
        for path in folder.rglob("*"):
            rank = wanted.get(path.name.lower())
            if rank is not None and path.is_file():
                found.setdefault(rank, path)
    return next((found[rank] for rank in sorted(found)), None)


def _folders() -> Iterator[Path]:
    home = Path.home()
    places = [
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
        Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft" / "Windows" / "Fonts",
        *(home / name for name in (".fonts", ".local/share/fonts", "Library/Fonts")),
        *(
            Path(name)
            for name in ("/System/Library/Fonts", "/Library/Fonts", "/usr/share/fonts", "/usr/local/share/fonts")
        ),
    ]
    return (place for place in places if place.is_dir())


def draw_pie(items: Sequence[Item], font: Path) -> bytes:
    """The chart as a PNG picture. `items`: at least one, every amount above zero."""
    labels = _labels(items)
    rows = max(sum(label.right for label in labels), sum(not label.right for label in labels))
    height = max(2 * _RADIUS + 200, (rows + 1) * _LABEL_HEIGHT)
    _spread(labels, height)
    picture = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), "white")
    drawing = ImageDraw.Draw(picture)
    center = (_WIDTH / 2 * _SCALE, height / 2 * _SCALE)
    radius = _RADIUS * _SCALE
    box = (center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius)
    total = sum(item.amount for item in items)
    start = -90.0
    for number, item in enumerate(items):
        end = start + float(item.amount / total) * 360
        drawing.pieslice(box, start, end, fill=_colour(number, len(items)))
        start = end
    if len(items) > 1:
        _separate(drawing, items, center, radius)
    face = _face(font, _SIZE * _SCALE)
    for label in labels:
        _write(drawing, label, center, radius, face)
    result = io.BytesIO()
    small = picture.resize((_WIDTH, height), Image.Resampling.LANCZOS).quantize(128)
    small.save(result, "PNG", optimize=True, dpi=(_DOTS_PER_INCH, _DOTS_PER_INCH))
    return result.getvalue()


def _face(font: Path, size: int) -> ImageFont.FreeTypeFont:
    """The simplified Chinese face of a file; some hold one for every country."""
    face = ImageFont.truetype(str(font), size)
    for index in range(1, 5):
        if " CJK " not in str(face.getname()[0]) or "SC" in str(face.getname()[0]).split():
            break
        face = ImageFont.truetype(str(font), size, index=index)
    return face


def _colour(number: int, count: int) -> str:
    """Neighbours differ, also the last and the first; every round of colours is lighter than the one before."""
    at = number % len(_COLOURS)
    if number == count - 1 and number and at == 0:
        at = 4
    light = 0.25 * (number // len(_COLOURS))
    parts = [int(_COLOURS[at][i : i + 2], 16) for i in (0, 2, 4)]
    return "#" + "".join(f"{round(p + (255 - p) * light):02X}" for p in parts)


def _labels(items: Sequence[Item]) -> list[_Label]:
    total = sum(item.amount for item in items)
    result = []
    before = 0.0
    for item in items:
        part = float(item.amount / total)
        angle = (before + part / 2) * 2 * math.pi - math.pi / 2
        share = f"{shown(item.share)}%" if item.share is not None else ""
        result.append(_Label((item.name, share), angle, math.cos(angle) >= 0, 0.0))
        before += part
    return result


def _spread(labels: list[_Label], height: int) -> None:
    """Heights of the labels of each side, as near to their slices as they can be without touching."""
    for right in (True, False):
        own = sorted((label for label in labels if label.right is right), key=lambda label: math.sin(label.angle))
        top = _LABEL_HEIGHT / 2
        for label in own:
            label.y = max(top, height / 2 + math.sin(label.angle) * (_RADIUS + 50))
            top = label.y + _LABEL_HEIGHT
        bottom = height - _LABEL_HEIGHT / 2
        for label in reversed(own):
            label.y = min(label.y, bottom)
            bottom = label.y - _LABEL_HEIGHT


def _separate(drawing: ImageDraw.ImageDraw, items: Sequence[Item], center: tuple[float, float], radius: float) -> None:
    """White lines between the slices, so that they are told apart in black and white too."""
    total = sum(item.amount for item in items)
    turn = 0.0
    for item in items:
        angle = turn * 2 * math.pi - math.pi / 2
        end = (center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle))
        drawing.line((*center, *end), fill="white", width=2 * _SCALE)
        turn += float(item.amount / total)


def _write(
    drawing: ImageDraw.ImageDraw,
    label: _Label,
    center: tuple[float, float],
    radius: float,
    face: ImageFont.FreeTypeFont,
) -> None:
    """A label with the line that leads to its slice."""
    side = 1 if label.right else -1
    ray = (math.cos(label.angle), math.sin(label.angle))
    rim = [center[i] + (radius + out * _SCALE) * ray[i] for out in (0, 22) for i in (0, 1)]
    knee = center[0] + side * (_RADIUS + 45) * _SCALE
    tip = knee + side * 22 * _SCALE
    y = label.y * _SCALE
    drawing.line((*rim, knee, y, tip, y), fill=_LINE, width=2 * _SCALE)
    edge = tip + side * 10 * _SCALE
    for text, anchor, offset in ((label.text[0], "s", -6), (label.text[1], "t", 6)):
        where = (edge, y + offset * _SCALE)
        drawing.text(where, text, fill=_INK, font=face, anchor=("l" if label.right else "r") + anchor)
