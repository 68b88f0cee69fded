"""The cell formats, rules and runs of a workbook that let a reader see something else than what a cell holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree
from msgspec import Struct

from addin.xlsx.colours import BLACK, WHITE, Colours, Rgb, colours_of, ink_of_format, is_seen
from addin.xlsx.package import Package
from addin.xlsx.parts import BOOK, BOOK_RELATIONS, MAIN, STYLES, local_name, number_of, target_of
from addin.xlsx.parts import parse_xml as parsed
from udfs.base import CONDITION, misread, misread_text, words_beside

#: Letters smaller than so many points cannot be read.
_SMALLEST = 5.0
_PROBES = (695.96, -695.96, 0.0, 5.0, 1234567.89)
#: Fonts whose digits are pictures.
_PICTURES = ("wingdings", "webdings", "symbol", "marlett", "dingbats")
#: What is shown by a number that no program knows: each has its own idea of it.
_UNKNOWN = '"格式不明"'
#: Numbers of formats of dates, which are told from numbers elsewhere.
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_BUILT_IN = {
    0: "", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "¥#,##0", 6: "¥#,##0", 7: "¥#,##0.00", 8: "¥#,##0.00",
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0;-#,##0", 42: "#,##0;-#,##0",
    43: "#,##0.00;-#,##0.00", 44: "#,##0.00;-#,##0.00", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
STRUCK = "有删除线"
_UNSEEN = re.compile(r'[\\"]|_.|\[(?:\$-?[^\]]*|black|red|blue|green|color\s*\d+)\]', re.IGNORECASE)
FAINT_LETTERS = "文字与底色相同或字号过小，看不清"
PICTURE_FONT = "使用符号字体，看到的不是所填的文字"


class Form(Struct, frozen=True, array_like=True):
    """One cell format as it is seen, however programs write it."""

    code: str = ""  #: of a number, without quotes; empty for the general format
    size: float = 11.0
    ink: Rgb = BLACK
    paper: tuple[Rgb, ...] = (WHITE,)
    marks: str = ""  #: what lies over the letters
    across: str = ""
    indent: float = 0.0
    turn: float = 0.0


class Formats(Struct, frozen=True):
    """The cell formats that may deceive, by their index: those of numbers by code; rules by the index of theirs."""

    numbers: Mapping[int, str]  #: codes that show another number
    words: Mapping[int, str]  #: what codes say beside the number
    texts: frozenset[int]  #: those that show another text
    letters: Mapping[int, str]  #: what is wrong with the letters, or with how they are set
    rules: Mapping[int, str]
    tables: tuple[str, ...]  #: styles of tables that make letters hard to read
    papers: tuple[list[Rgb], ...]  #: what is behind the letters
    colours: Colours
    forms: tuple[Form, ...] = ()
    usual_size: float = 11.0  #: of the letters by which the widths of columns are measured

    def form(self, number: int) -> Form:
        """A cell format as it is seen."""
        number = max(number, 0)
        return self.forms[number] if number < len(self.forms) else Form()

    @property
    def odd(self) -> set[int]:
        """All that want a look at the cells that have them."""
        return {*self.numbers, *self.words, *self.texts, *self.letters}

    def run(self, look: etree._Element, form: int) -> str:
        """What is wrong with a run of letters in a cell of a format; empty where nothing is."""
        papers = self.papers[form] if form < len(self.papers) else [WHITE]
        return letters_fault(look, papers, self.colours)


def formats_of(package: Package) -> Formats:
    """The formats of a workbook."""
    related = parsed(package.part(BOOK_RELATIONS))
    themes = [target_of(BOOK, item) for item in related if item.get("Type", "").endswith("/theme")]
    theme = package.parts.get(themes[0], b"") if themes else b""
    return _formats(package.part(STYLES) if STYLES in package.parts else b"", theme)


@lru_cache(maxsize=16)
def _formats(styles: bytes, theme: bytes) -> Formats:
    if not styles:
        return Formats({}, {}, frozenset(), {}, {}, (), (), colours_of(b"", b"<n/>"))
    root = parsed(styles)
    colours = colours_of(theme, styles)
    own = {int(number_of(f.get("numFmtId"), 0)): f.get("formatCode", "") for f in _all(root, "numFmts/*")}
    fonts, fills = list(_all(root, "fonts/font")), list(_all(root, "fills/fill"))
    parents = list(_all(root, "cellStyleXfs/xf"))
    numbers: dict[int, str] = {}
    words: dict[int, str] = {}
    letters: dict[int, str] = {}
    papers: list[list[Rgb]] = []
    texts = set()
    forms = []
    lines = list(_all(root, "borders/border"))
    for index, form in enumerate(_all(root, "cellXfs/xf")):
        parent = parents[above] if 0 <= (above := int(number_of(form.get("xfId"), -1))) < len(parents) else form
        # What a format does not say, some programs take from its style and some do not.
        number, font, fill = (
            int(number_of(form.get(key, parent.get(key)), 0)) for key in ("numFmtId", "fontId", "fillId")
        )
        codes = [code for code in (own.get(number, ""), _BUILT_IN.get(number, "")) if code]
        if number not in own and number not in _BUILT_IN:
            codes = ["yyyy/m/d"] if number in _DATES else [_UNKNOWN]
        # A number that programs know by itself and that is given another meaning is shown by some so, by some so.
        odd = next((code for code in codes if _shows_another(code)), "")
        if odd:
            numbers[index] = odd
        beside = next((word for code in codes if (word := words_beside(code))), "")
        if beside:
            words[index] = beside
        if any(misread_text(code) for code in codes):
            texts.add(index)
        papers.append(colours.papers(fills[fill] if 0 <= fill < len(fills) else None))
        inks = [ink for code in codes if (ink := ink_of_format(code, colours))]
        what = letters_fault(fonts[font], papers[-1], colours) if 0 <= font < len(fonts) else ""
        what = what or (FAINT_LETTERS if any(not is_seen(ink, papers[-1]) for ink in inks) else "")
        setting = form.find(f"{{{MAIN}}}alignment")
        what = what or _set_oddly(setting)
        if what:
            letters[index] = what
        size, ink = _written(fonts[font] if 0 <= font < len(fonts) else None, inks, colours)
        marks = "有斜线" if _is_crossed(lines, int(number_of(form.get("borderId"), 0))) else ""
        across, indent, turn = _set(setting)
        code = _plain_code(codes[0] if codes else "")
        forms.append(Form(code, size, ink, tuple(papers[-1]), marks, across, indent, turn))
    rules = {index: fault for index, form in enumerate(_all(root, "dxfs/dxf")) if (fault := rule_fault(form, colours))}
    tables = tuple(
        style.get("name", "")[:60]
        for style in _all(root, "tableStyles/tableStyle")
        if any(int(number_of(part.get("dxfId"), -1)) in rules for part in style)
    )
    first = int(number_of(parents[0].get("fontId"), 0)) if parents else 0
    usual = _written(fonts[first] if 0 <= first < len(fonts) else None, [], colours)[0]
    return Formats(
        numbers, words, frozenset(texts), letters, rules, tables, tuple(papers), colours, tuple(forms), usual
    )


def _plain_code(code: str) -> str:
    """A number format without what programs write differently and nobody sees."""
    text = _UNSEEN.sub("", code).lower()
    return "" if text in ("general", "g/通用格式", "@") else text


def _written(font: etree._Element | None, inks: list[Rgb], colours: Colours) -> tuple[float, Rgb]:
    """The size and colour of letters."""
    if font is None:
        return 11.0, BLACK
    size = font.find("{*}sz")
    ink = inks[0] if inks else colours.of(font.find("{*}color"), BLACK)
    return number_of(size.get("val"), 11.0) if size is not None else 11.0, ink


def _is_crossed(lines: list[etree._Element], number: int) -> bool:
    """Whether a border draws a line across its cell."""
    if not 0 <= number < len(lines):
        return False
    drawn = lines[number].find("{*}diagonal")
    turned = any(lines[number].get(way) in ("1", "true") for way in ("diagonalUp", "diagonalDown"))
    return turned and drawn is not None and drawn.get("style", "none") != "none"


def _set(alignment: etree._Element | None) -> tuple[str, float, float]:
    """How letters are set: across, steps to the right, turned."""
    if alignment is None:
        return "", 0.0, 0.0
    across = alignment.get("horizontal", "")
    turn = number_of(alignment.get("textRotation"), 0.0)
    return "" if across == "general" else across, number_of(alignment.get("indent"), 0.0), turn


def _all(root: etree._Element, path: str) -> Iterable[Any]:
    steps = "/".join(step if step == "*" else f"{{{MAIN}}}{step}" for step in path.split("/"))
    return root.iterfind(steps)


def _shows_another(code: str) -> bool:
    """Whether some number is shown as another one; what holds on a condition is tried around its limit."""
    limits = [number_of(match[2], 0.0) for match in CONDITION.finditer(code)]
    tried = (*_PROBES, *(limit + step for limit in limits for step in (-1.0, 0.0, 1.0)))
    return any(misread(value, code) is not None for value in tried)


def letters_fault(font: etree._Element, papers: list[Rgb], colours: Colours) -> str:
    """Why letters of a font, or of a run, cannot be read on what is behind them."""
    size = font.find("{*}sz")
    if size is not None and number_of(size.get("val"), 11.0) < _SMALLEST:
        return FAINT_LETTERS
    if not is_seen(colours.of(font.find("{*}color"), BLACK), papers):
        return FAINT_LETTERS
    names = [item.get("val", "").lower() for item in font if local_name(item) in ("name", "rFont")]
    scheme = font.find("{*}scheme")
    names += [colours.fonts.get(scheme.get("val", ""), "")] if scheme is not None else []
    charset = font.find("{*}charset")
    pictures = any(part in name for name in names for part in _PICTURES)
    if pictures or (charset is not None and charset.get("val") == "2"):
        return PICTURE_FONT
    return STRUCK if is_struck(font) else ""


def is_struck(font: etree._Element) -> bool:
    """Whether letters are struck out."""
    struck = font.find("{*}strike")
    return struck is not None and struck.get("val", "1") not in ("0", "false")


def _set_oddly(alignment: etree._Element | None) -> str:
    """Why letters are read otherwise by the way they are set."""
    if alignment is None:
        return ""
    if alignment.get("horizontal") == "fill":
        return "对齐方式为“填充”，内容会重复显示"
    if alignment.get("readingOrder") == "2":
        return "文字方向为从右到左，数字和符号的次序会颠倒"
    turn = number_of(alignment.get("textRotation"), 0.0)
    return "文字倒转，看不清" if turn > 90 and turn != 255 else ""


def rule_fault(form: etree._Element, colours: Colours) -> str:
    """What a rule's format does to figures; empty where it does nothing to them."""
    shown, inks, fill = form.find("{*}numFmt"), form.find("{*}font"), form.find("{*}fill")
    code = shown.get("formatCode", "") if shown is not None else ""
    if code and (_shows_another(code) or misread_text(code)):
        return "条件格式会使数字显示为别的内容"
    papers = colours.papers(fill, by_rule=True)
    ink = ink_of_format(code, colours) or colours.of(inks.find("{*}color") if inks is not None else None, BLACK)
    faint = not is_seen(ink, papers) or (inks is not None and bool(letters_fault(inks, papers, colours)))
    return "条件格式会使文字看不清" if faint else ""


def bars_fault(rule: etree._Element, colours: Colours) -> str:
    """What bars, icons and colours by value do to figures."""
    for part in rule:
        if part.get("showValue") in ("0", "false"):
            return "条件格式把数字盖住，看不见"
        if local_name(part) in ("colorScale", "dataBar") and any(
            not is_seen(BLACK, [colours.of(item, WHITE)]) for item in part if local_name(item).endswith("olor")
        ):
            return "条件格式会使文字看不清"
    return ""
