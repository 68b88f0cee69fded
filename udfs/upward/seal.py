"""The seal (封印): a canonical dump of every typed value of a workbook, its digests, and what has changed since.

The dump is taken from values as any program reads them, not from the bytes of the file: saving a workbook again in
another spreadsheet program changes the bytes and none of the values. Numbers are written with the fifteen digits that a
spreadsheet keeps; of a formula its text stands for it, without the quotes, spaces and dollar signs that programs write
differently, because its result is calculated anew wherever the workbook is opened.

The dump itself travels in the workbook, packed, so that a changed cell can be named with what it was. Two cells lie
outside the dump because they hold what is made from it: the check code, and the seal's own rows; where they lie is part
of the dump, so that no other cell can be declared to be one of them.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import difflib
import hashlib
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from udfs.base import Area, Grids, address

FORMAT = 1
#: A packed dump is cut into texts that fit a cell (32 767 characters).
CHUNK = 30_000
#: No dump of ours unpacks to more.
MOST_BYTES = 200_000_000
#: Beyond so many rows, rows are compared place by place and none is looked for elsewhere.
_MOST_ROWS = 4_000
#: Names of the workbook that say where its parts lie.
_NAMES = "YS_"
#: Digits of the check code: no letter that looks like a digit.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

#: A cell's formula by (row, column), by sheet.
Formulas = Mapping[str, Mapping[tuple[int, int], str]]


class SealState(StrEnum):
    """What has become of a workbook's seal, in the words of the receipt list."""

    INTACT = "完好"
    CHANGED = "有改动"
    DAMAGED = "封印损坏"
    NONE = "没有封印"


class SealError(ValueError):
    """The seal's own cells cannot be read as a seal."""


class SealPlace(Struct, frozen=True):
    """What lies outside the dump: the cell of the check code, and the rows of the seal from its first on."""

    code_sheet: str
    code_row: int
    code_column: int
    seal_sheet: str
    seal_row: int


class Seal(Struct, frozen=True):
    """A seal as it stands in a workbook: what was sealed, both digests, the short code, and a signature if any."""

    dump: bytes
    sm3: str
    sha256: str
    key: str = ""  #: the signer's public key in hex
    signature: str = ""

    @property
    def code(self) -> str:
        """The short check code."""
        return check_code(self.sm3)

    @property
    def content(self) -> dict[str, Any]:
        """What the dump says. Raises SealError where it is none."""
        try:
            content = json.loads(self.dump)
            if content["format"] != FORMAT:
                raise SealError("封印是本程序不认识的格式")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SealError("封印的内容无法读取") from error
        return dict(content)


class Alteration(Struct, frozen=True):
    """One difference from what was sealed. `cell` is A1; texts are for reading, empty where there is nothing."""

    sheet: str
    cell: str
    message: str
    sealed: str = ""
    now: str = ""
    looks: bool = False  #: nothing that is stored has changed, but what is seen has

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}：{self.message}" if self.cell else f"{self.sheet}：{self.message}"


def dump(
    grids: Grids,
    formulas: Formulas,
    names: Mapping[str, Area],
    place: SealPlace,
    facts: Mapping[str, str],
    without: Sequence[str] = (),
    display: Mapping[str, Any] | None = None,
) -> bytes:
    """The canonical dump of a workbook. `facts` says whose it is; `without` names sheets that are not the unit's.

    `display`: what is seen besides the values, with a digest of its own.
    """
    content = {
        "format": FORMAT,
        "facts": dict(sorted(facts.items())),
        "place": [place.code_sheet, place.code_row, place.code_column, place.seal_sheet, place.seal_row],
        "names": sorted([name, *area] for name, area in names.items() if name.startswith(_NAMES)),
        "without": list(without),
        "sheets": values_of(grids, formulas, place, without),
    }
    if display is not None:
        content["display"] = {**display, "sha256": hashlib.sha256(_canonical(display)).hexdigest()}
    return _canonical(content)


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def values_of(grids: Grids, formulas: Formulas, place: SealPlace, without: Sequence[str] = ()) -> list[list[Any]]:
    """For each sheet in order its name and its cells, row by row: [name, [[row, [column, typed value, …]], …]]."""
    result: list[list[Any]] = []
    for name, grid in grids.items():
        if name in without:
            continue
        own = formulas.get(name, {})
        by_row: dict[int, dict[int, str]] = {}
        for (row, column), text in own.items():
            by_row.setdefault(row, {})[column] = "=" + normal_formula(text)
        last = place.seal_row - 1 if name == place.seal_sheet else len(grid)
        rows: list[list[Any]] = []
        for row in range(1, max(min(last, len(grid)), *by_row, 0) + 1 if by_row else min(last, len(grid)) + 1):
            cells: list[Any] = []
            line = grid[row - 1] if row <= len(grid) else ()
            live = by_row.get(row)
            for column, value in enumerate(line, 1):
                if live and column in live:
                    cells += (column, live.pop(column))
                elif value is not None and value != "":
                    typed = typed_value(value)
                    if typed and not (
                        row == place.code_row and column == place.code_column and name == place.code_sheet
                    ):
                        cells += (column, typed)
            for column, text in sorted(live.items()) if live else ():
                cells += (column, text)
            if cells:
                rows.append([row, cells])
        result.append([name, rows])
    return result


def typed_value(value: Any) -> str:
    """A value with its type in front: n number, s text, b truth, d date; empty for nothing."""
    if isinstance(value, str):
        text = value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
        return "s" + text if text.strip() else ""
    if isinstance(value, bool):
        return f"b{int(value)}"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return f"n{value + 0.0:.15g}" if value else "n0"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return "d" + value.isoformat()
    if isinstance(value, datetime.timedelta):
        return f"d{value.total_seconds():.15g}"
    return f"n{float(value):.15g}"


def normal_formula(text: str) -> str:
    """A formula without what programs write differently."""
    text = "".join(text.split()).replace("'", "").replace("$", "").removeprefix("=")
    return text.replace("TRUE()", "TRUE").replace("FALSE()", "FALSE")


def digests(data: bytes) -> tuple[str, str]:
    """SM3 and SHA-256 of a dump, in hex."""
    return hashlib.new("sm3", data).hexdigest(), hashlib.sha256(data).hexdigest()


def check_code(sm3: str) -> str:
    """Fifty bits of the digest as two groups of five characters, for the paper copy."""
    number = int(sm3[:13], 16) >> 2
    text = "".join(_LETTERS[number >> shift & 31] for shift in range(45, -1, -5))
    return f"{text[:5]}-{text[5:]}"


def packed(data: bytes) -> list[str]:
    """A dump as texts that fit into cells."""
    text = base64.b64encode(zlib.compress(data, 9)).decode()
    return [text[i : i + CHUNK] for i in range(0, len(text), CHUNK)]


def unpacked(texts: Sequence[str]) -> bytes:
    """The dump behind the texts. Raises SealError; a dump that would unpack without end is refused."""
    try:
        squeezed = base64.b64decode("".join("".join(text.split()) for text in texts), validate=True)
        opener = zlib.decompressobj()
        data = opener.decompress(squeezed, MOST_BYTES)
        if not opener.eof or opener.unused_data:
            raise SealError("封印的内容不完整")
    except (binascii.Error, zlib.error, ValueError) as error:
        raise SealError("封印的内容无法读取") from error
    return data


def changes(sealed: Mapping[str, Any], grids: Grids, formulas: Formulas, names: Mapping[str, Area]) -> list[Alteration]:
    """What differs now from the content of a seal, in the order of the sealed sheets. Raises SealError."""
    try:
        place = SealPlace(*sealed["place"])
        without = [str(name) for name in sealed["without"]]
        before = {str(name): _by_row(rows) for name, rows in sealed["sheets"]}
        named = {str(name): tuple(area) for name, *area in sealed["names"]}
        now = {name: _by_row(rows) for name, rows in values_of(grids, formulas, place, without)}
    except (KeyError, TypeError, ValueError) as error:
        raise SealError("封印的内容无法读取") from error
    result: list[Alteration] = []
    for name, rows in before.items():
        if name not in now:
            result.append(Alteration(name, "", "这张工作表已被删除或改名"))
            continue
        if rows == now[name]:
            continue
        twin = next((other for other, theirs in before.items() if other != name and rows and theirs == now[name]), "")
        if twin:
            result.append(Alteration(name, "A1", f"这张工作表的内容现为封印时“{twin}”的内容"))
        else:
            result += _sheet_changes(name, rows, now[name])
    result += [Alteration(name, "", "封印后增加了这张工作表") for name in now if name not in before]
    order = [name for name in now if name in before]
    if order != [name for name in before if name in now]:
        result.append(Alteration(order[0], "", "工作表的顺序与封印时不同"))
    for name, area in named.items():
        if names.get(name) != area:
            result.append(
                Alteration(str(area[0]), address(int(area[1]), int(area[2])), f"名称“{name}”所指的位置已改变")
            )
    return result


Rows = dict[int, dict[int, str]]


def _by_row(rows: Any) -> Rows:
    return {int(row): {int(c): str(v) for c, v in zip(cells[::2], cells[1::2], strict=True)} for row, cells in rows}


def _sheet_changes(sheet: str, before: Rows, now: Rows) -> list[Alteration]:
    """Cells that differ; where whole rows were taken out or put in, those rows and not all below them."""
    plain = _cell_changes(sheet, before, now, {row: row for row in {*before, *now}})
    if len(plain) <= 3 or max(len(before), len(now)) > _MOST_ROWS:
        return plain
    old, new = ([_line(rows, row) for row in range(1, max(rows, default=0) + 1)] for rows in (before, now))
    aligned: list[Alteration] = []
    pairs: dict[int, int] = {}
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        same = min(b - a, d - c)
        pairs.update({a + i + 1: c + i + 1 for i in range(same)})
        aligned += [_row_change(sheet, row + 1, old[row], "被删除") for row in range(a + same, b)]
        aligned += [_row_change(sheet, row + 1, new[row], "是封印后插入的") for row in range(c + same, d)]
    aligned += _cell_changes(sheet, before, now, pairs)
    return aligned if len(aligned) < len(plain) else plain


def _line(rows: Rows, row: int) -> tuple[tuple[int, str], ...]:
    return tuple(sorted(rows.get(row, {}).items()))


def _row_change(sheet: str, row: int, line: tuple[tuple[int, str], ...], what: str) -> Alteration:
    shown = "，".join(readable(value) for _, value in line[:3])
    return Alteration(sheet, address(row, 1), f"第{row}行{what}（{shown or '空行'}）")


def _cell_changes(sheet: str, before: Rows, now: Rows, pairs: Mapping[int, int]) -> list[Alteration]:
    found = []
    for row, at in sorted(pairs.items()):
        old, new = before.get(row, {}), now.get(at, {})
        for column in sorted({*old, *new}):
            was, is_ = old.get(column, ""), new.get(column, "")
            if was != is_:
                one, other = readable(was), readable(is_)
                kind = "，类型也不同" if one == other else ""
                message = f"封印时为{one or '空'}，现为{other or '空'}{kind}"
                found.append(Alteration(sheet, address(at, column), message, one, other))
    return found


def readable(typed: str) -> str:
    """A typed value as it is read; a long text is cut."""
    text = typed if typed.startswith("=") else typed[1:]
    text = text.replace("\n", "⏎")
    if typed.startswith("="):
        text = "公式 " + text
    return text if len(text) <= 60 else text[:57] + "…"
