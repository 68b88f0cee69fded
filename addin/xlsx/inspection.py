"""What a workbook file shows besides values: formulas, error values, hidden parts, links, macros."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from addin.xlsx.package import Package
from addin.xlsx.parts import MAIN, number_of
from addin.xlsx.plain import Live, Sheet
from udfs.base import FileFacts, Grids, address, column_number, corners, is_blank
from workbook_templates.defined_names import RELATIONS

_ERROR = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*? t="e"[^>]*(?<!/)>(?:<f(?:[^>]*/>|[^<]*</f>))?(?:<v[^>]*>([^<]*))?')
#: A height that may be nothing.
_LOW = re.compile(rb' ht="[^1-9"]')
_TRUE = ("1", "true", "on")

#: Parts that bring their own contents or run something, by a piece of their path.
_OTHER = (
    "xl/connections",
    "xl/querytables/",
    "embeddings/",
    "xl/activex/",
    "xl/model/",
    "webextensions/",
    "customui/",
    "xl/volatiledependencies",
)
_MACROS = ("vbaproject.bin", "xl/macrosheets/", "xl/dialogsheets/")
_LINKS = "xl/externallinks/"
_LINKED = "对外部文件的链接"
_ACTING = (
    (_MACROS, "宏"),
    ((_LINKS,), _LINKED),
    (("xl/pivottables/",), "数据透视表"),
    (("embeddings/", "xl/activex/"), "嵌入对象或控件"),
    (_OTHER, "数据连接、查询或加载项"),
)

Cell = tuple[int, int]


def file_facts(package: Package, sheets: Mapping[str, Sheet], grids: Grids) -> FileFacts:
    """What the package's parts show. Only rows and columns that hold something count as hidden."""
    parts = package.parts
    formulas: dict[str, frozenset[Cell]] = {}
    uncalculated: dict[str, frozenset[Cell]] = {}
    errors: dict[str, dict[Cell, str]] = {}
    rows: dict[str, tuple[int, ...]] = {}
    columns: dict[str, tuple[int, ...]] = {}
    # The program's own sheet of live formulas, thousands of them, is not looked at.
    own = package.names.get(RELATIONS, ("",))[0]
    for name, sheet in sheets.items():
        grid = grids.get(name, [])
        found = sheet.formulas() if name != own else {}
        if found:
            formulas[name] = frozenset(found)
            uncalculated[name] = frozenset(at for at, live in found.items() if not live.has_result)
        if b't="e"' in sheet.data:
            errors[name] = _errors(sheet.data)
        if grid and (b' hidden="' in sheet.data or _LOW.search(sheet.data)):
            rows[name] = _hidden_rows(sheet, grid)
        columns[name] = _hidden_columns(sheet, grid)
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


def acting_parts(package: Package) -> list[str]:
    """What in a package runs, refreshes or brings its own contents, in the clerk's words, each kind once."""
    found = []
    for name in package.parts:
        what = next((word for pieces, word in _ACTING if any(piece in name.lower() for piece in pieces)), "")
        if what and what not in found and not (what == _LINKED and _leads_to_the_addin(package.parts, name)):
            found.append(what)
    return found


def _leads_to_the_addin(parts: Mapping[str, bytes], name: str) -> bool:
    """Whether a link to another file is that of the add-in's own functions, wherever it was installed."""
    folder, _, leaf = name.rpartition("/")
    relations = parts.get(f"{folder}/_rels/{leaf}.rels", b"").lower()
    return re.search(rb'target="[^"]*[/\\]?yusuan\.xlam"', relations) is not None


def _errors(data: bytes) -> dict[Cell, str]:
    found: dict[Cell, str] = {}
    for match in _ERROR.finditer(data):
        text = (match[3] or b"").decode(errors="replace")
        found[int(match[2]), column_number(match[1].decode())] = text or "#N/A"
    return found


def is_hidden(said: Mapping[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or has no height or width."""
    return said.get("hidden") in _TRUE or number_of(said.get(size), 1.0) <= 0


def _hidden_rows(sheet: Sheet, grid: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    numbers = [number for number, said in sheet.rows() if is_hidden(said, "ht")]
    return tuple(n for n in numbers if n <= len(grid) and any(not is_blank(value) for value in grid[n - 1]))


def _hidden_columns(sheet: Sheet, grid: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    found: list[int] = []
    width = max((len(line) for line in grid), default=0)
    for item in sheet.frame.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
        if is_hidden({str(k): str(v) for k, v in item.attrib.items()}, "width"):
            first, last = (int(number_of(item.get(key), 0)) for key in ("min", "max"))
            reach = range(max(first, 1), min(last, width) + 1)
            found += [c for c in reach if any(c <= len(line) and not is_blank(line[c - 1]) for line in grid)]
    return tuple(found)


def _hidden_sheets(package: Package) -> tuple[str, ...]:
    sheets = package.book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
    return tuple(sheet.get("name", "") for sheet in sheets if sheet.get("state", "visible") != "visible")


def spread(formulas: Mapping[Cell, Live]) -> dict[Cell, str]:
    """Every formula's own text: what one cell says for others (shared, over an area) is said of each of them."""
    result: dict[Cell, str] = {at: live.text for at, live in formulas.items()}
    shared: dict[str, tuple[Cell, str]] = {}
    for at, live in formulas.items():
        kind = live.word("t") if live.said else ""
        if kind == "shared":
            origin, text = shared.setdefault(live.word("si"), (at, live.text))
            if not live.text:
                from openpyxl.formula.translate import Translator  # slow to import, and few workbooks need it

                translator = Translator(f"={text}", address(*origin))
                result[at] = str(translator.translate_formula(address(*at)))[1:]
        elif kind in ("array", "dataTable"):
            area = f"{{{kind} {live.word('ref')}}}"
            result.update(dict.fromkeys(_area(live.word("ref"), at), area))
            result[at] = area + live.text
    return result


#: Cells of one formula's area that are named one by one.
_MOST_SPREAD = 100_000
_AREA = re.compile(r"[A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?")


def _area(text: str, at: Cell) -> list[Cell]:
    if not _AREA.fullmatch(text):
        return [at]
    top, left, bottom, right = corners(text)
    if (right - left + 1) * (bottom - top + 1) > _MOST_SPREAD:
        return [at]
    return [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
