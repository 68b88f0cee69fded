"""The text of a Word paragraph, row and cell as it shows: insertions in, deletions and hidden text out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from docx.oxml.ns import qn
from lxml import etree
from msgspec import Struct

_NAMES = (
    "p",
    "r",
    "t",
    "tab",
    "br",
    "cr",
    "tbl",
    "tr",
    "tc",
    "sdt",
    "sdtContent",
    "ins",
    "del",
    "moveFrom",
    "moveTo",
    "smartTag",
    "hyperlink",
    "fldSimple",
    "txbxContent",
    "pPr",
    "rPr",
    "tcPr",
    "trPr",
    "gridSpan",
    "vMerge",
    "gridBefore",
    "vanish",
    "val",
    "type",
    "pStyle",
    "numPr",
    "numId",
    "ilvl",
    "outlineLvl",
    "sectPr",
    "lastRenderedPageBreak",
    "pageBreakBefore",
    "customXml",
    "noBreakHyphen",
    "commentReference",
)
W = {name: qn(f"w:{name}") for name in _NAMES}
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
INSIDE = {W[n] for n in ("ins", "moveTo", "smartTag", "hyperlink", "fldSimple", "sdt", "sdtContent", "customXml")}
_GONE = {W[n] for n in ("del", "moveFrom")}

Element = etree._Element  # noqa: SLF001 - lxml's type of an element has no public name


class Box(Struct):
    """What a paragraph holds besides its text: text boxes, and whether text is revised or hidden."""

    boxes: list[Element]
    revised: int = 0
    hidden: int = 0
    before: int = 0  #: page breaks before its first text
    breaks: int = 0  #: page breaks in all


def value_of(element: Element | None) -> str:
    """The value of an element that holds nothing else; empty where it is not there."""
    return element.get(W["val"], "") if element is not None else ""


def children_of(element: Element, name: str) -> Iterator[Element]:
    """The rows of a table (`tr`) or the cells of a row (`tc`), those in content controls too."""
    for child in element:
        if child.tag == W[name]:
            yield child
        elif child.tag in INSIDE:
            yield from children_of(child, name)


def paragraphs_in(cell: Element, tables: list[Element]) -> Iterator[Element]:
    """The paragraphs of a cell; tables inside it are read after their own."""
    for child in cell:
        if child.tag == W["p"]:
            yield child
        elif child.tag == W["tbl"]:
            tables.append(child)
        elif child.tag in INSIDE:
            yield from paragraphs_in(child, tables)


def text_of(element: Element, box: Box) -> str:
    """The text of a paragraph as it shows: insertions in, deletions and hidden text out."""
    parts: list[str] = []
    _gather(element, parts, box)
    return "".join(parts)


def _gather(element: Element, parts: list[str], box: Box) -> None:
    for child in element:
        tag = child.tag
        if tag == W["r"]:
            _run(child, parts, box)
        elif tag in _GONE:
            box.revised += 1
        elif tag in INSIDE:
            box.revised += tag in (W["ins"], W["moveTo"])
            _gather(child, parts, box)


def _run(run: Element, parts: list[str], box: Box) -> None:
    properties = run.find(W["rPr"])
    vanish = properties.find(W["vanish"]) if properties is not None else None
    if vanish is not None and value_of(vanish) not in ("0", "false"):
        # Fields and entries of the contents hide their marks; only words are worth telling.
        box.hidden += any((t.text or "").strip() for t in run.iter(W["t"]))
        return
    tell: dict[str, Callable[[Element], str]] = {
        W["t"]: lambda e: e.text or "",
        W["tab"]: lambda _: "\t",
        W["cr"]: lambda _: "\n",
        W["noBreakHyphen"]: lambda _: "-",
    }
    for child in run:
        if child.tag in tell:
            parts.append(tell[child.tag](child))
        elif child.tag == W["lastRenderedPageBreak"]:
            box.breaks += 1
            box.before += not any(p.strip() for p in parts)
        elif child.tag == W["br"]:
            if child.get(W["type"]) == "page":
                box.breaks += 1
                box.before += not any(p.strip() for p in parts)
            else:
                parts.append("\n")
        elif child.tag == _CHOICE:
            choice = child[0] if len(child) else None
            if choice is not None:
                box.boxes += _boxes(choice)
        else:
            box.boxes += _boxes(child)


def _boxes(element: Element) -> list[Element]:
    return list(element.iter(W["txbxContent"])) if len(element) else []
