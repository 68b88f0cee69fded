"""Workbook files read, and edited, independently of the code under test."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

#: Sheets of the thirteen tables, with the number of their printed columns.
TABLES = {
    "表一": 6,
    "表二": 9,
    "表三": 5,
    "表四": 7,
    "表五": 5,
    "表六": 5,
    "表七": 3,
    "表八": 5,
    "表九": 8,
    "表十": 5,
    "表十一": 5,
    "表十二": 7,
    "表十三": 5,
}


def sheet_of(book: Workbook, name: str) -> Worksheet:
    """A worksheet by name."""
    sheet = book[name]
    assert isinstance(sheet, Worksheet)
    return sheet


def read_sheet(sheet: Any, width: int) -> list[list[Any]]:
    """Values of the first columns, without the empty rows at the end."""
    lines = [list(line) for line in sheet.iter_rows(max_col=width, values_only=True)]
    while lines and all(value is None for value in lines[-1]):
        lines.pop()
    return lines


def read_tables(path: Path) -> dict[str, list[list[Any]]]:
    """The thirteen tables of a workbook file: values from A1, printed columns only."""
    book = load_workbook(path, read_only=True)
    try:
        return {name: read_sheet(book[name], width) for name, width in TABLES.items()}
    finally:
        book.close()


def without_space(value: Any) -> Any:
    """A text without any white space; anything else as it is."""
    return "".join(value.split()) if isinstance(value, str) else value


def as_printed(value: Any) -> str:
    """A cell as its sheet prints it: amounts with two decimals, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal):
        return f"{value:.2f}"
    return str(without_space(value))


def parts_of(path: Path) -> dict[str, bytes]:
    """Every part of a package by name."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def write_parts(path: Path, parts: dict[str, bytes]) -> Path:
    """A package of the parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def edited(source: Path, target: Path, change: Callable[[Workbook], None]) -> Path:
    """A copy of a workbook, changed and saved by openpyxl."""
    book = load_workbook(source)
    change(book)
    book.save(target)
    return target


def sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """The part that holds each sheet."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
    targets = {item.get("Id"): item.get("Target", "") for item in etree.fromstring(parts["xl/_rels/workbook.xml.rels"])}
    result = {}
    for sheet in etree.fromstring(parts["xl/workbook.xml"]).iter(f"{main}sheet"):
        target = targets[sheet.get(f"{relation}id")]
        result[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return result
