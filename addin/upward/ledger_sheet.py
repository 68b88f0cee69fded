"""A long ledger written into a workbook's sheet row by row, and read back to be sure of it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from addin.xlsx import MAIN, NewSheet, Package, SharedStrings, fault, parse_xml, rows_xml
from udfs.base import column_letters, printed, to_fen
from udfs.ledgers import Ledger

#: A sheet has no more rows; the first holds the headings.
MOST_ROWS = 1_048_575
#: What is read at once of a sheet just written.
_STRETCH = 1 << 20
_ROW = re.compile(rb"<row\s[^>]*\br=\"(\d+)\"[^>]*?(?:/>|>.*?</row>)", re.DOTALL)


def ledger_rows(ledger: Ledger) -> Iterator[Sequence[Any]]:
    """The rows as their sheet shows them, one by one."""
    columns: list[tuple[Any, Any]] = []
    for column in ledger.spec.columns:
        if column.money:
            columns.append((ledger.fen, None))
        else:
            columns.append(ledger.column(column.key))
    for row in range(len(ledger)):
        yield [printed(int(codes[row])) if texts is None else (texts[codes[row]] or None) for codes, texts in columns]


def ledger_sheet(ledger: Ledger, name: str) -> NewSheet:
    """The ledger as a sheet of its own, for reading."""
    spec = ledger.spec
    return NewSheet(
        name=name,
        widths=[column.width for column in spec.columns],
        head=((1, [column.heading for column in spec.columns], "公开-表头", 26),),
        rows=lambda: ledger_rows(ledger),
        first_row=2,
        styles=["公开-金额" if column.money else "公开-文字" for column in spec.columns],
        frozen="A2",
        filtered=True,
        shared=True,
        count=len(ledger),
        heading=1,
    )


def write_ledger(package: Package, ledger: Ledger) -> None:
    """Put the rows below the headings of the ledger's own sheet; what else the sheet has stays."""
    sheet = ledger.spec.sheet
    if len(ledger) > MOST_ROWS:
        message = f"{sheet}共{len(ledger)}行，超过一张工作表的上限，请按下级部门分别汇总"
        raise fault(Path(sheet), message)
    part = package.sheets[sheet]
    data = package.part(part)
    head, _, rest = data.partition(b"<sheetData>")
    body, _, tail = rest.partition(b"</sheetData>")
    first = next(match[0] for match in _ROW.finditer(body) if match[1] == b"1")
    styles = _column_styles(package, part, len(ledger.spec.columns))
    strings = SharedStrings(package)
    for column in ledger.spec.columns:
        if not column.money:
            for text in ledger.column(column.key)[1]:
                if text:
                    strings.index(str(text))
    strings.save()
    head = re.sub(rb"<dimension[^>]*/>", b"", head)

    def write(out: IO[bytes]) -> None:
        out.write(head + b"<sheetData>" + first)
        for row in rows_xml(ledger_rows(ledger), 2, styles, strings):
            out.write(row)
        out.write(b"</sheetData>" + tail)

    package.stream(part, write)


def _column_styles(package: Package, part: str, width: int) -> list[int]:
    root = parse_xml(package.part(part))
    styles = [0] * width
    for item in root.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
        for column in range(int(item.get("min", "1")), min(int(item.get("max", "1")), width) + 1):
            styles[column - 1] = int(item.get("style", "0"))
    return styles


def check_ledger(path: Path, sheet: str, ledger: Ledger, fen: int) -> None:
    """The file just written holds the ledger's rows and their sum of fen; it is read a stretch at a time."""
    if not len(ledger):
        return
    at = next(n for n, column in enumerate(ledger.spec.columns, 1) if column.money)
    money = re.compile(rb'<c r="%s\d+"[^>]*><v>([^<]+)</v>' % column_letters(at).encode())
    count = total = 0
    with zipfile.ZipFile(path) as archive:
        part = Package(
            [(info, archive.read(info)) for info in archive.infolist() if "/worksheets/" not in info.filename]
        )
        with archive.open(part.sheets[sheet]) as file:
            rest = b""
            while stretch := file.read(_STRETCH):
                whole, end, rest = (rest + stretch).rpartition(b"</row>")
                count += whole.count(b"<row ") if end else 0
                total += sum(to_fen(float(text)) for text in money.findall(whole))
    if (count - 1, total) != (len(ledger), fen):
        raise AssertionError(f"{sheet}: wrote {len(ledger)} rows of {fen} fen, read {count - 1} of {total}")
