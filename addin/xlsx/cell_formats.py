"""The cell formats, rules and runs of a workbook that let a reader see something else than what a cell holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree
from msgspec import Struct

from addin.xlsx.colours import BLACK, WHITE, Colours, Rgb, colours_of, ink_of_format, is_seen
from addin.xlsx.package import Package
from addin.xlsx.parts import MAIN, STYLES, local_name, number_of
from addin.xlsx.parts import parse_xml as parsed
from udfs.base import CONDITION, misread, misread_text, words_beside

#: Letters smaller than so many points cannot be read.
_SMALLEST = 5.0
_PROBES = (695.96, -695.96, 0.0, 5.0, 1234567.89)
#: Fonts whose digits are pictures.
_PICTURES = ("wingdings", "webdings", "symbol", "marlett", "dingbats")
_THEME = "xl/theme/theme1.xml"
_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)",
    41: "#,##0;-#,##0", 42: "#,##0;-#,##0", 43: "#,##0.00;-#,##0.00", 44: "#,##0.00;-#,##0.00", 48: "##0.0E+0",
}  # fmt: skip
FAINT_LETTERS = "文字与底色相同或字号过小，看不清"
PICTURE_FONT = "使用符号字体，看到的不是所填的文字"


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
    return _formats(package.part(STYLES) if STYLES in package.parts else b"", package.parts.get(_THEME, b""))


@lru_cache(maxsize=16)
def _formats(styles: bytes, theme: bytes) -> Formats:
    if not styles:
        return Formats({}, {}, frozenset(), {}, {}, (), (), colours_of(b"", b"<n/>"))
    root = parsed(styles)
    colours = colours_of(theme, styles)
    own = {int(number_of(f.get("numFmtId"), 0)): f.get("formatCode", "") for f in _all(root, "numFmts/*")}
    fonts, fills = list(_all(root, "fonts/font")), list(_all(root, "fills/fill"))
    numbers: dict[int, str] = {}
    words: dict[int, str] = {}
    letters: dict[int, str] = {}
    papers: list[list[Rgb]] = []
    texts = set()
    for index, form in enumerate(_all(root, "cellXfs/xf")):
        number, font, fill = (int(number_of(form.get(key), 0)) for key in ("numFmtId", "fontId", "fillId"))
        codes = [code for code in (own.get(number, ""), _BUILT_IN.get(number, "")) if code]
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
        what = what or _set_oddly(form.find(f"{{{MAIN}}}alignment"))
        if what:
            letters[index] = what
    rules = {index: fault for index, form in enumerate(_all(root, "dxfs/dxf")) if (fault := rule_fault(form, colours))}
    tables = tuple(
        style.get("name", "")[:60]
        for style in _all(root, "tableStyles/tableStyle")
        if any(int(number_of(part.get("dxfId"), -1)) in rules for part in style)
    )
    return Formats(numbers, words, frozenset(texts), letters, rules, tables, tuple(papers), colours)


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
    charset = font.find("{*}charset")
    pictures = any(part in name for name in names for part in _PICTURES)
    return PICTURE_FONT if pictures or (charset is not None and charset.get("val") == "2") else ""


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
