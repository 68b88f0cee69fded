"""Plain sheets: one grammar of what Excel, WPS and LibreOffice write between the tags of a sheet's cells.

What fits the grammar every reader reads alike. A part that is only spelled differently (prefixes, CDATA, spaces in
tags) is brought into the plain spelling by a real XML parser; what differs between readers is named.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from lxml import etree
from msgspec import Struct

from addin.xlsx.grammar import FOREIGN, SHEET, STRANGE, STRINGS
from addin.xlsx.parts import MAIN, BrokenPart, parse_xml
from addin.xlsx.spelled import Oddity, Run, rich, runs_xml, spelled_out
from udfs.base import address, column_number, corners

#: A sheet has no more rows and columns.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
#: Cells at wrong places that are named one by one.
_MOST_NAMED = 20
#: A part that is not plainly spelled and longer than this is refused: parsing it would take too long.
_MOST_SPELLED = 30_000_000

#: An ampersand that begins none of the entities that XML knows by itself.
_UNKNOWN = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_ROW_TAG = re.compile(rb'<row r="(\d+)"([^>]*)')
_ATTRIBUTE = re.compile(rb'([A-Za-z0-9:]+)="([^"]*)"')
_LIVE = re.compile(
    rb'<c r="([A-Z]+)(\d+)"([^>]*)><f((?: [^>]*?)?)(?:/>|>([^<]*)</f>)(<v(?: [^>]*)?>([^<]*)</v>|<v ?/>)?'
)
_NO_CHARACTERS = bytes(sorted({*range(0x20)} - {9, 10, 13}))
_ITEMS = re.compile(rb"<si ?/>|<si>.*?</si>", re.DOTALL)
_RUN = re.compile(rb"<r>.*?</r>", re.DOTALL)
_DIMENSION = re.compile(rb"<dimension [^<>]*/>")


class Live(Struct, frozen=True, gc=False):
    """A formula: its text, what its tag says besides (as written), and whether its result is kept."""

    text: str
    said: bytes
    has_result: bool

    def word(self, name: str) -> str:
        """What the tag says under a name: t, ref, si; empty where it says nothing."""
        return next((_text(v) for k, v in _ATTRIBUTE.findall(self.said) if k == name.encode()), "")


_AREA = re.compile(r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}")


class Sheet(Struct):
    """A sheet's cells in the plain spelling, and everything around them as a small tree of its own."""

    name: str
    data: bytes  #: from <sheetData> to </sheetData>
    frame: etree._Element  #: the sheet without its cells
    width: int = 0  #: the farthest column that holds something
    height: int = 0
    filled: int = 0  #: cells that hold something
    live: list[tuple[bytes, ...]] | None = None  #: the formulas as they stand, once they were looked for

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row's number and what it says of itself."""
        for match in _ROW_TAG.finditer(self.data):
            yield int(match[1]), {k.decode(): v.decode() for k, v in _ATTRIBUTE.findall(match[2])}

    def merges(self) -> Iterator[tuple[int, int, int, int]]:
        """Each merged area: its first row and column, its last row and column."""
        for item in self.frame.iterfind(f"{{{MAIN}}}mergeCells/{{{MAIN}}}mergeCell"):
            if _AREA.fullmatch(item.get("ref", "")):
                yield corners(item.get("ref", ""))

    def formulas(self) -> dict[tuple[int, int], Live]:
        """Every formula by row and column."""
        return {
            (int(row), column_number(letters.decode())): Live(
                _text(text), said, bool(value) or (value_tag != b"" and b' t="str"' in about)
            )
            for letters, row, about, said, text, value_tag, value in self._live()
        }

    def results(self) -> str:
        """The kept results of formulas, a line each: the cell, its type, the text as written."""
        return b"\n".join(
            b"%s%s\t%s\t%s" % (letters, row, b"s" if b' t="' in about and b't="n"' not in about else b"n", value)
            for letters, row, about, _, _, value_tag, value in self._live()
            if value or (value_tag and b' t="str"' in about)
        ).decode()

    def _live(self) -> list[tuple[bytes, ...]]:
        if self.live is None:
            self.live = _LIVE.findall(self.data) if b"<f" in self.data else []
        return self.live


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return html.unescape(text) if "&" in text else text


def read_sheet(name: str, part: bytes) -> tuple[Sheet, list[Oddity]]:
    """A sheet's part in the plain spelling, and what in it is not plain. Raises etree.XMLSyntaxError, ValueError."""
    if len(part) > _MOST_AROUND and len(part) - part.rfind(b"sheetData>") + part.find(b"sheetData") > _MOST_AROUND:
        return Sheet(name, b"<sheetData/>", etree.Element("none")), [Oddity(name, "", FAR_TOO_MUCH)]
    plain = _plain(name, part)
    odd: list[Oddity] = []
    if plain is None:
        plain, odd = _brought(name, part)
    if plain is None:
        return Sheet(name, b"<sheetData/>", etree.Element("none")), odd or [Oddity(name, "", STRANGE)]
    return plain, odd + [Oddity(name, "", fault) for fault in _frame_faults(plain.frame)]


def _plain(name: str, part: bytes) -> Sheet | None:
    """The sheet where its part is plainly spelled and whole, else None."""
    start = part.find(b"<sheetData")
    if start < 0 or not is_clear_text(part):
        return None
    match = SHEET.match(part, start)
    if match is None or part.find(b"sheetData", match.end()) >= 0:
        return None
    data = match[0]
    if b"xmlns" in data:
        return None
    frame = _frame(_DIMENSION.sub(b"", part[:start]) + b"<sheetData/>" + part[match.end() :])
    return Sheet(name, data, frame) if frame is not None else None


@lru_cache(maxsize=128)
def _frame(around: bytes) -> etree._Element | None:
    """What stands around the cells, as a tree that nobody changes; None where no cells of a sheet stand in it.

    Hundreds of units send sheets that differ in nothing but their cells, so the same few are asked for again.
    """
    try:
        root = parse_xml(around)
    except BrokenPart:
        return None
    return root if root.find(f"{{{MAIN}}}sheetData") is not None else None


def _brought(name: str, part: bytes) -> tuple[Sheet | None, list[Oddity]]:
    """The sheet where an XML parser can bring its part into the plain spelling, and what is not plain in it."""
    if len(part) > _MOST_SPELLED:
        return None, []
    data, root, odd = spelled_out(name, part)
    return (Sheet(name, data, root) if root is not None and SHEET.fullmatch(data) else None), odd


def is_clear_text(part: bytes) -> bool:
    """Whether a part is UTF-8 without comments, CDATA, entities of its own and characters that XML does not know."""
    start = part[:200]
    declared = re.match(rb"""\s*(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=["']([^"']*)""", start)
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii", b"utf8"):
        return False
    if b"<!" in part or part.find(b"<?", 5) >= 0 or _UNKNOWN.search(part):
        return False
    if len(part.translate(None, _NO_CHARACTERS)) != len(part):
        return False
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return True


_AROUND = {
    "sheetData",
    "row",
    "c",
    "cols",
    "mergeCells",
    "conditionalFormatting",
    "sheetViews",
    "sheetFormatPr",
    "drawing",
    "headerFooter",
}
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def alternatives(root: etree._Element, what: set[str]) -> str:
    """Why a tree says different things to readers that know different extensions; empty where it does not."""
    for item in root.iter(f"{{{_COMPATIBILITY}}}AlternateContent"):
        if any(isinstance(e.tag, str) and etree.QName(e).localname in what for e in item.iter()):
            return "同一处有供不同程序选用的几种内容"
    for item in (root, *root):
        if any(f"{{{_COMPATIBILITY}}}{name}" in item.attrib for name in ("ProcessContent", "MustUnderstand")):
            return "有要求其他程序另行处理的内容"
    return ""


@lru_cache(maxsize=128)
def _frame_faults(root: etree._Element) -> tuple[str, ...]:
    """What stands around the cells that is not a sheet's."""
    odd = []
    if root.tag != f"{{{MAIN}}}worksheet":
        return (STRANGE,)
    seen: set[str] = set()
    for item in root:
        if not isinstance(item.tag, str):
            continue
        space, local = etree.QName(item).namespace, etree.QName(item).localname
        if space == MAIN and local in seen and local in _AROUND - {"conditionalFormatting"}:
            odd.append(f"有不止一个“{local}”，不同程序会读出不同的内容")
        elif space not in (MAIN, _COMPATIBILITY):
            odd.append(f"夹有不属于工作表的内容（{local[:30]}），请用 Excel 打开并重新保存")
        seen.add(local)
    if len(list(root.iter(f"{{{MAIN}}}sheetData"))) != 1:
        odd.append("有不止一份格子内容，不同程序会读出不同的数")
    why = alternatives(root, _AROUND)
    return (*odd, why) if why else tuple(odd)


def order_of(sheets: Sequence[Sheet]) -> Iterator[Oddity]:
    """Rows and cells stand once each and in order, within a sheet's bounds; notes how far the cells reach."""
    # All sheets at once: most are small.
    letters = np.frombuffer(b"".join([*(sheet.data for sheet in sheets), bytes(24)]), np.uint8)
    starts = np.cumsum([0, *(len(sheet.data) for sheet in sheets)])
    tags = np.flatnonzero(letters == ord("<"))
    first, second = letters[tags + 1], letters[tags + 2]
    is_cell = (first == ord("c")) & (second == ord(" "))
    row_at, cell_at = tags[(first == ord("r")) & (second == ord("o"))], tags[is_cell]
    _, rows = _places(letters, row_at + len('<row r="'))
    columns, numbers = _places(letters, cell_at + len('<c r="'))
    of_row, of_cell = (np.searchsorted(starts, at, "right") - 1 for at in (row_at, cell_at))
    wrong_rows = (rows > MOST_ROWS) | _repeated(of_row * (MOST_ROWS * 16) + rows)
    key = (of_cell * (MOST_ROWS * 16) + numbers) * (MOST_COLUMNS * 2) + columns
    owner = rows[np.searchsorted(row_at, cell_at) - 1] if len(rows) else numbers
    wrong = (numbers != owner) | (columns > MOST_COLUMNS) | _repeated(key)
    after = np.append(tags[1:], letters.size - 24)[is_cell]
    holds = letters[after - 2] != ord("/")
    faulty = set()
    for i in np.flatnonzero(wrong_rows):
        if of_row[i] not in faulty:
            yield Oddity(sheets[of_row[i]].name, "", f"第{int(rows[i])}行重复、顺序不对或超出工作表的范围")
        faulty.add(of_row[i])
    for i in [i for i in np.flatnonzero(wrong) if of_cell[i] not in faulty][:_MOST_NAMED]:
        place = address(int(numbers[i]), int(columns[i]))
        yield Oddity(sheets[of_cell[i]].name, place, "这一格出现两次或位置不对，不同程序会读出不同的内容")
    ends = np.searchsorted(cell_at, starts)
    for sheet, begin, end in zip(sheets, ends[:-1], ends[1:], strict=True):
        held = holds[begin:end]
        sheet.filled = int(held.sum())
        if sheet.filled:
            sheet.width = int(columns[begin:end][held].max())
            sheet.height = int(numbers[begin:end][held].max())


def _repeated(keys: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which numbers are no larger than the one before."""
    return np.concatenate(([False], np.diff(keys) <= 0))[: len(keys)]


def _places(letters: np.ndarray[Any, Any], at: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """The columns and rows that are written at these places."""
    columns = np.zeros(len(at), np.int64)
    rows = np.zeros(len(at), np.int64)
    going = np.ones(len(at), bool)
    for step in range(11):
        sign = letters[at + step].astype(np.int64)
        going &= sign != ord('"')
        if not going.any():
            break
        letter = going & (sign >= ord("A"))
        columns = np.where(letter, columns * 26 + sign - 64, columns)
        rows = np.where(going & ~letter, rows * 10 + sign - 48, rows)
    return columns, rows


#: A character written by its number though it could stand there itself: some programs show it, some the number.
_NUMBERED = re.compile(
    rb"(?<!_x005F)(?<!_x005f)_x(?!005[Ff]|[Dd][89A-Fa-f]|[Ff]{3}[EeFf])"
    rb"(?:00[2-9A-Fa-f][0-9A-Fa-f]|0[1-9A-Fa-f][0-9A-Fa-f]{2}|[1-9A-Fa-f][0-9A-Fa-f]{3})_"
)
#: What stands around a sheet's cells (merges, rules, prompts) is no larger in any honest workbook.
_MOST_AROUND = 2_000_000
FAR_TOO_MUCH = "合并单元格、条件格式等设置的数量异常，未予读取，请删除不用的设置后再试"
NUMBERED = "有字符写成编号（_x0039_），不同程序会显示不同的文字，请用 Excel 打开核对并重新保存"


def numbered_letter(data: bytes) -> int:
    """Where a text writes a character by its number that could stand there itself; -1 where none does."""
    match = _NUMBERED.search(data) if b"_x" in data else None
    return match.start() if match else -1


def rich_texts(strings: bytes) -> dict[int, bytes]:
    """The runs of shared texts, in the plain spelling, whose letters have a look of their own; by their number."""
    if b"<rPr>" not in strings:
        return {}
    items = _ITEMS.findall(strings)
    return {n: b"".join(_RUN.findall(item)) for n, item in enumerate(items) if b"<rPr>" in item}


def read_strings(part: bytes) -> tuple[bytes, list[int], str]:
    """The shared texts in the plain spelling, the length of each, and why they are not plain (empty where they are)."""
    match = STRINGS.fullmatch(part) if is_clear_text(part) else None
    if match is None or b"xmlns" in match[1]:
        if len(part) > _MOST_SPELLED:
            return b"", [], STRANGE
        root = parse_xml(part)
        if root.tag != f"{{{MAIN}}}sst":
            return b"", [], STRANGE
        texts: list[list[Run]] = []
        for item in root:
            if not isinstance(item.tag, str) or item.tag == f"{{{MAIN}}}extLst":
                continue
            runs, why = rich(item) if item.tag == f"{{{MAIN}}}si" else ([], FOREIGN)
            if why:
                return b"", [], f"共用文字第{len(texts) + 1}条里{why}"
            texts.append(runs)
        items = "".join(f"<si>{runs_xml(runs)}</si>" for runs in texts)
        return f'<sst xmlns="{MAIN}">{items}</sst>'.encode(), [sum(len(t) for t, _ in runs) for runs in texts], ""
    lengths = [len(item) for item in _ITEMS.findall(match[1])]
    return b'<sst xmlns="%s">%s</sst>' % (MAIN.encode(), match[1]), lengths, ""
