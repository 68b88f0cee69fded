"""A sheet that is not plainly spelled, brought into the plain spelling by a real XML parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from lxml import etree
from msgspec import Struct

from addin.xlsx.grammar import BODIES, DATE, FOREIGN, NUMBER, STRANGE
from addin.xlsx.parts import MAIN, attribute, parse_xml
from udfs.base import address, column_number


class Oddity(Struct, frozen=True):
    """Something that one reader takes for one thing and another for another; `cell` is A1, empty for a whole sheet."""

    sheet: str
    cell: str
    message: str

    def __str__(self) -> str:
        return f"“{self.sheet}”{self.cell}：{self.message}" if self.sheet else self.message


def spelled_out(name: str, part: bytes) -> tuple[bytes, etree._Element | None, list[Oddity]]:
    """A sheet's cells in the plain spelling, what stands around them, and what no spelling can make plain."""
    root = parse_xml(part)
    data = root.findall(f"{{{MAIN}}}sheetData")
    if not data:
        return b"", None, []
    odd: list[Oddity] = []
    out = ["<sheetData>"]
    number = 0
    for row in data[0]:
        if row.tag != f"{{{MAIN}}}row":
            odd.append(Oddity(name, "", FOREIGN))
            continue
        if row.get("r") and not re.fullmatch(r"[1-9][0-9]{0,6}", row.get("r", "").strip()):
            odd.append(Oddity(name, "", f"第{number + 1}行的行号写法不对，不同程序会读出不同的内容"))
        number = _whole(row.get("r"), number + 1)
        words = ((str(k), str(v)) for k, v in row.attrib.items() if k not in ("r", "spans"))
        said = "".join(f' {k}="{v}"' for k, v in words if _is_word(k, v))
        out.append(f'<row r="{number}"{said}>{"".join(_cells(name, row, number, odd))}</row>')
    out.append("</sheetData>")
    text = "".join(out).encode()
    for item in list(data[0]):
        data[0].remove(item)
    return text, root, odd


def _is_word(key: str, value: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]{1,20}", key) and re.fullmatch(r'[^"<&]{0,60}', value))


def _whole(text: str | None, other: int) -> int:
    return int(text) if text and re.fullmatch(r"[1-9][0-9]{0,6}", text.strip()) else other


def _cells(name: str, row: etree._Element, number: int, odd: list[Oddity]) -> Iterator[str]:
    column = 0
    for item in row:
        if item.tag != f"{{{MAIN}}}c":
            odd.append(Oddity(name, address(number, max(column, 1)), FOREIGN))
            continue
        written = (item.get("r") or "").strip()
        match = re.fullmatch(r"([A-Z]{1,3})([1-9][0-9]{0,6})", written)
        if written and (match is None or int(match[2]) != number):
            odd.append(Oddity(name, written[:20], "这一格的位置写法不对，不同程序会读出不同的内容"))
            continue
        column = column_number(match[1]) if match else column + 1
        at = address(number, column)
        kind = item.get("t") or "n"
        style = item.get("s") or ""
        value, why = _content(item, kind)
        if why:
            odd.append(Oddity(name, at, why))
        shown = f' s="{int(style)}"' if style.strip().isdigit() else ""
        rare = "".join(f' {key}="{item.get(key)}"' for key in ("cm", "vm", "ph") if (item.get(key) or "").isdigit())
        yield f'<c r="{at}"{shown} t="{kind if kind.encode() in BODIES else "str"}"{rare}>{value}</c>'


def _content(cell: etree._Element, kind: str) -> tuple[str, str]:
    """What is in a cell in the plain spelling, and why it is not plain, if so."""
    parts: dict[str, str] = {}
    why = "" if kind.encode() in BODIES else STRANGE
    for item in cell:
        local = item.tag.removeprefix(f"{{{MAIN}}}") if isinstance(item.tag, str) else ""
        if local not in ("f", "v", "is") or local in parts or (local != "is" and len(item)):
            why = why or FOREIGN
            continue
        if local == "f":
            said = {str(key): escape(str(value)) for key, value in item.attrib.items()}
            words = "".join(f' {key}="{value}"' for key, value in said.items() if re.fullmatch(r"\w{1,8}", key))
            parts["f"] = f"<f{words}>{escape(item.text or '', quote=False)}</f>"
        elif local == "v":
            text = item.text or ""
            text = text.strip() if kind not in ("str", "e") else text
            if text and not re.fullmatch(_VALUES.get(kind, rb"[^\x00]*").decode(), text):
                why = why or "这一格的值写法不对，不同程序会读出不同的内容"
                text = ""
            parts["v"] = f"<v>{escape(text, quote=False)}</v>" if text else ""
        else:
            runs, foreign = rich(item)
            why = why or foreign
            parts["is"] = f"<is>{runs_xml(runs)}</is>"
    if (kind == "inlineStr" and not {"f", "v"}.isdisjoint(parts)) or (kind != "inlineStr" and "is" in parts):
        why = why or "这一格的值与类型不符，不同程序会读出不同的内容"
        parts.pop("is", None)
        parts.pop("v", None)
    return "".join(parts.get(key, "") for key in ("f", "v", "is")), why


_VALUES = {"n": NUMBER, "s": rb"[0-9]{1,7}", "b": rb"[01]", "e": rb"#[^<]*", "d": DATE}


READING = "格子里的拼音（注音）含有数字，会显示在文字上方，请在 Excel 中删除拼音后再试"
#: A piece of a text: what it says, and how its letters look in XML, empty where it says nothing of that.
Run = tuple[str, str]


def rich(item: etree._Element) -> tuple[list[Run], str]:
    """The runs of a text, and whether anything else is in it."""
    runs: list[Run] = []
    kinds: set[str] = set()
    for child in item:
        local = child.tag.removeprefix(f"{{{MAIN}}}") if isinstance(child.tag, str) else ""
        if local == "t" and not len(child):
            runs.append((child.text or "", ""))
        elif local == "r":
            pieces = [p for p in child if p.tag == f"{{{MAIN}}}t"]
            known = {f"{{{MAIN}}}t", f"{{{MAIN}}}rPr"}
            if len(pieces) > 1 or any(p.tag not in known for p in child) or any(len(p) for p in pieces):
                return [], FOREIGN
            look = _look(child.find(f"{{{MAIN}}}rPr"))
            runs += [(p.text or "", look) for p in pieces]
        elif local == "rPh" and any(c.isnumeric() for c in "".join(map(str, child.itertext()))):
            return [], READING
        elif local not in ("rPh", "phoneticPr"):
            return [], FOREIGN
        kinds.add(local)
    if "t" in kinds and ("r" in kinds or len(runs) > 1):
        return [], FOREIGN
    return runs, ""


def _look(said: etree._Element | None) -> str:
    """How a run's letters look, in the plain spelling."""
    found = []
    for item in said if said is not None else ():
        named = {str(key): attribute(str(value)) for key, value in item.attrib.items()}
        words = "".join(f" {key}={value}" for key, value in named.items() if re.fullmatch("[a-z]{1,9}", key))
        found.append(f"<{etree.QName(item).localname}{words}/>" if isinstance(item.tag, str) else "")
    return "".join(found)


def runs_xml(runs: list[Run]) -> str:
    """The runs of a text in the plain spelling."""
    if not any(look for _, look in runs):
        text = "".join(text for text, _ in runs)
        return f'<t xml:space="preserve">{escape(text, quote=False)}</t>'
    return "".join(
        f'<r>{look and f"<rPr>{look}</rPr>"}<t xml:space="preserve">{escape(text, quote=False)}</t></r>'
        for text, look in runs
    )
