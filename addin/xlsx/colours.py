"""The colours of a workbook as red, green and blue: its theme, its palette, tints; and whether ink shows on paper."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from functools import lru_cache

from lxml import etree
from msgspec import Struct

from addin.xlsx.parts import MAIN, local_name, number_of, parse_xml

Rgb = tuple[int, int, int]

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
#: The colours that a workbook names by number, from the ninth on; the first eight are these eight as well.
_PALETTE = bytes.fromhex(
    "000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF 800000 008000 000080 808000 800080 008080 "
    "C0C0C0 808080 9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC CCCCFF 000080 FF00FF FFFF00 00FFFF "
    "800080 800000 008080 0000FF 00CCFF CCFFFF CCFFCC FFFF99 99CCFF FF99CC CC99FF FFCC99 3366FF 33CCCC "
    "99CC00 FFCC00 FF9900 FF6600 666699 969696 003366 339966 003300 333300 993300 993366 333399 333333"
)
_NUMBERED = [(_PALETTE[at], _PALETTE[at + 1], _PALETTE[at + 2]) for at in range(0, len(_PALETTE), 3)]
#: Letters that differ less from what is behind them, as contrast is measured for the screen, cannot be read.
_LEAST = 1.3
#: Theme colours by their number; the list in the theme begins with the dark one.
_ORDER = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
_OFFICE = ("FFFFFF", "000000", "E7E6E6", "44546A", "5B9BD5", "ED7D31", "A5A5A5", "FFC000", "4472C4", "70AD47",
           "0563C1", "954F72")  # fmt: skip
_RGB = re.compile(r"(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
#: How much of a pattern is drawn in its own colour.
_DRAWN = {"solid": 1.0, "gray0625": 0.0625, "gray125": 0.125, "lightGray": 0.25, "mediumGray": 0.5, "darkGray": 0.75}
_NAMED = {
    "black": BLACK, "黑色": BLACK, "white": WHITE, "白色": WHITE, "red": (255, 0, 0), "红色": (255, 0, 0),
    "green": (0, 255, 0), "绿色": (0, 255, 0), "blue": (0, 0, 255), "蓝色": (0, 0, 255), "yellow": (255, 255, 0),
    "黄色": (255, 255, 0), "magenta": (255, 0, 255), "洋红": (255, 0, 255), "cyan": (0, 255, 255),
    "青色": (0, 255, 255),
}  # fmt: skip
_INK = re.compile(r"\[(?:(" + "|".join(_NAMED) + r")|(?:color|颜色)\s*(\d+))\]", re.IGNORECASE)


class Colours(Struct, frozen=True):
    """A workbook's own theme and palette. `fonts`: the typefaces that the theme names, by its word for them."""

    theme: tuple[Rgb, ...]
    palette: tuple[Rgb, ...]
    fonts: Mapping[str, str]
    strange: bool = False  #: the theme gives colours in a way that programs may show differently

    def of(self, item: etree._Element | None, other: Rgb) -> Rgb:
        """The colour that an element names; `other` where it is automatic or names none."""
        if item is None or item.get("auto") in ("1", "true"):
            return other
        found = other
        match = _RGB.fullmatch(item.get("rgb", ""))
        theme, index = (int(number_of(item.get(key), -1)) for key in ("theme", "indexed"))
        if match:
            found = _rgb(match[1])
        elif 0 <= theme < len(self.theme):
            found = self.theme[theme]
        elif 0 <= index < len(self.palette):
            found = self.palette[index]
        elif index in (64, 65):
            found = BLACK if index == 64 else WHITE
        return _tinted(found, number_of(item.get("tint"), 0.0))

    def papers(self, fill: etree._Element | None, *, by_rule: bool = False) -> list[Rgb]:
        """What a fill shows behind letters: one colour, of a gradient several. `by_rule`: a rule's fill."""
        pattern = fill.find("{*}patternFill") if fill is not None else None
        if pattern is None:
            stops = list(fill.iterfind("{*}gradientFill/{*}stop")) if fill is not None else []
            return [self.of(stop.find("{*}color"), WHITE) for stop in stops] or [WHITE]
        front, back = pattern.find("{*}fgColor"), pattern.find("{*}bgColor")
        kind = pattern.get("patternType", "solid" if by_rule else "none")
        if kind == "none":
            return [WHITE]
        if by_rule and kind == "solid" and back is not None:
            # In a rule the second colour is the one of a solid fill.
            return [self.of(back, WHITE)]
        drawn = _DRAWN.get(kind, 0.25 if kind.startswith("light") else 0.6)
        return [_mixed(self.of(front, BLACK), self.of(back, WHITE), drawn)]


def _rgb(text: str) -> Rgb:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _tinted(colour: Rgb, tint: float) -> Rgb:
    if not tint:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, min(max(light, 0.0), 1.0), saturation))
    return red, green, blue


@lru_cache(maxsize=16)
def colours_of(theme: bytes, styles: bytes) -> Colours:
    """The colours of a workbook, from its theme's part (which may be empty) and its styles'."""
    named = dict(zip(_ORDER, map(_rgb, _OFFICE), strict=True))
    root = parse_xml(theme) if theme else None
    scheme = next(root.iter("{*}clrScheme"), None) if root is not None else None
    strange = False
    for item in scheme if scheme is not None else ():
        inner = next((child for child in item if isinstance(child.tag, str)), None)
        if inner is None:
            continue
        strange |= local_name(inner) not in ("srgbClr", "sysClr") or len(inner) > 0
        value = inner.get("val", "")
        system = {"windowText": BLACK, "window": WHITE}.get(value)
        match = _RGB.fullmatch(inner.get("lastClr", value))
        if system or match:
            named[local_name(item)] = system or _rgb(match[1] if match else "")
    palette = [*_NUMBERED[:8], *_NUMBERED]
    own = parse_xml(styles).iterfind(f"{{{MAIN}}}colors/{{{MAIN}}}indexedColors/{{{MAIN}}}rgbColor")
    for number, item in enumerate(own):
        match = _RGB.fullmatch(item.get("rgb", ""))
        if match and number < len(palette):
            palette[number] = _rgb(match[1])
    fonts = {
        kind: " ".join(face.get("typeface", "").lower() for face in faces)
        for kind in ("major", "minor")
        for faces in (root.iter(f"{{*}}{kind}Font") if root is not None else ())
    }
    return Colours(tuple(named[name] for name in _ORDER), tuple(palette), fonts, strange)


def ink_of_format(code: str, colours: Colours) -> Rgb | None:
    """The colour that a number format gives to its digits; None where it gives none."""
    match = _INK.search(code)
    if match is None:
        return None
    if match[1]:
        return _NAMED[match[1].lower()]
    index = int(match[2]) + 7
    return colours.palette[index] if index < len(colours.palette) else None


def is_seen(ink: Rgb, papers: list[Rgb]) -> bool:
    """Whether letters of this colour can be read on all that is behind them."""
    return all(_contrast(ink, paper) >= _LEAST for paper in papers)


def _contrast(one: Rgb, other: Rgb) -> float:
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (part / 255 for part in colour)
    linear = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue))
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
