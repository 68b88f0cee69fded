"""What a workbook file shows besides values: formulas, error values, hidden parts, links, macros."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from addin.xlsx.package import Package
from addin.xlsx.parts import MAIN
from udfs.base import FileFacts, Grids, column_number, is_blank

# A sheet's XML is searched as bytes: parsing 26 sheets would take longer than reading the whole workbook.
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)(?<!/)>\s*<(?:\w+:)?f\b[^>]*?(/>|>[^<]*</(?:\w+:)?f>)\s*(<(?:\w+:)?v\b[^>]*/?>)?"
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)(?<!/)>((?:(?!</?(?:\w+:)?c[\s>]).)*)', re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]*)")
_AT = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d+)["']""")
_TEXT_RESULT = re.compile(rb'\bt="str"')
_HIDDEN = rb'(?=[^>]*(?:\bhidden="(?:1|true)"|\b%s="0(?:\.0+)?"))'
_ROW = re.compile(rb"<(?:\w+:)?row\s" + _HIDDEN % rb"ht" + rb'[^>]*?\br="(\d+)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s" + _HIDDEN % rb"width" + rb"([^>]*)")
_SPAN = re.compile(rb'\b(min|max)="(\d+)"')

#: Parts that bring their own contents or run something, by a piece of their path.
_OTHER = ("xl/connections", "xl/querytables/", "embeddings/", "xl/activex/", "xl/model/", "webextensions/")
_MACROS = ("vbaproject.bin", "xl/macrosheets/", "xl/dialogsheets/")
_LINKS = "xl/externallinks/"

#: The program's own sheet of live formulas, thousands of them, has this name; they are not looked at.
_LIVE = "YS_RELATIONS"

Cell = tuple[int, int]


def file_facts(package: Package, grids: Grids) -> FileFacts:
    """What the package's parts show. Only rows and columns that hold something count as hidden."""
    parts, sheets = package.parts, package.sheets
    formulas: dict[str, frozenset[Cell]] = {}
    uncalculated: dict[str, frozenset[Cell]] = {}
    errors: dict[str, dict[Cell, str]] = {}
    rows: dict[str, tuple[int, ...]] = {}
    columns: dict[str, tuple[int, ...]] = {}
    own = package.names.get(_LIVE, ("",))[0]
    for name, part in sheets.items():
        data = parts.get(part, b"")
        grid = grids.get(name, [])
        if name != own and (b"<f" in data or b":f" in data) and _FORMULA.search(data):
            found = _formulas(data)
            formulas[name] = frozenset(found)
            uncalculated[name] = frozenset(at for at, has_value in found.items() if not has_value)
        if b't="e"' in data:
            errors[name] = _errors(data)
        if grid and (b' hidden="' in data or b' ht="0' in data):
            rows[name] = _hidden_rows(data, grid)
        columns[name] = _hidden_columns(data[: data.find(b"sheetData")], grid)
    lower = {name: name.lower() for name in parts}
    links = [name for name, low in lower.items() if low.startswith(_LINKS) and low.endswith(".xml")]
    moving = [name for name in links if b"ddeLink" in parts[name] or b"oleLink" in parts[name]]
    own_links = [name for name in links if _leads_to_the_addin(parts, name)]
    others = [name for name, low in lower.items() if low.endswith((".xml", ".bin")) and any(p in low for p in _OTHER)]
    return FileFacts(
        formulas=formulas,
        hidden_sheets=_hidden_sheets(package),
        hidden_rows={name: found for name, found in rows.items() if found},
        external_links=len(links) - len(moving) - len(own_links),
        own_functions=bool(own_links),
        macros=any(piece in low for low in lower.values() for piece in _MACROS),
        other_parts=tuple(sorted([*moving, *others])),
        hidden_columns={name: found for name, found in columns.items() if found},
        errors=errors,
        uncalculated=uncalculated,
    )


def _leads_to_the_addin(parts: Mapping[str, bytes], name: str) -> bool:
    """Whether a link to another file is that of the add-in's own functions, wherever it was installed."""
    folder, _, leaf = name.rpartition("/")
    relations = parts.get(f"{folder}/_rels/{leaf}.rels", b"").lower()
    return re.search(rb'target="[^"]*[/\\]?yusuan\.xlam"', relations) is not None


def place_of(attributes: bytes) -> Cell | None:
    """The (row, column) that a cell's attributes name."""
    match = _AT.search(attributes)
    return (int(match[2]), column_number(match[1].decode())) if match else None


def _formulas(data: bytes) -> dict[Cell, bool]:
    """Cells with a formula, each with whether its result is kept. A text result may be the empty text."""
    found: dict[Cell, bool] = {}
    for match in _CELL.finditer(data):
        at = place_of(match[1])
        if at is None:
            continue
        value = match[3] or b""
        full = bool(value) and not value.endswith(b"/>") and data[match.end() : match.end() + 2] != b"</"
        found[at] = full or (bool(value) and _TEXT_RESULT.search(match[1]) is not None)
    return found


def _errors(data: bytes) -> dict[Cell, str]:
    found: dict[Cell, str] = {}
    for match in _ERROR.finditer(data):
        at, value = place_of(match[1]), _VALUE.search(match[2])
        if at is not None:
            found[at] = value[1].decode(errors="replace") if value else "#N/A"
    return found


def _hidden_rows(data: bytes, grid: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    numbers = [int(match[1]) for match in _ROW.finditer(data)]
    return tuple(n for n in numbers if n <= len(grid) and any(not is_blank(value) for value in grid[n - 1]))


def _hidden_columns(data: bytes, grid: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    found: list[int] = []
    for match in _COLUMN.finditer(data):
        span: Mapping[bytes, int] = {key: int(value) for key, value in _SPAN.findall(match[1])}
        width = max((len(line) for line in grid), default=0)
        reach = range(span.get(b"min", 1), min(span.get(b"max", 0), width) + 1)
        found += [c for c in reach if any(c <= len(line) and not is_blank(line[c - 1]) for line in grid)]
    return tuple(found)


def _hidden_sheets(package: Package) -> tuple[str, ...]:
    book = package._book  # noqa: SLF001
    sheets = book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
    return tuple(sheet.get("name", "") for sheet in sheets if sheet.get("state", "visible") != "visible")
