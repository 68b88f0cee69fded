"""Finished workbooks, and small changes made to them by hand in their XML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lxml import etree
from openpyxl.utils.cell import coordinate_to_tuple

from tests.support.books import parts_of, sheet_parts, write_parts
from tests.support.hostile import MAIN

Parts = dict[str, bytes]


def sheet_root(parts: Parts, sheet: str) -> etree._Element:
    """A sheet's XML."""
    return etree.fromstring(parts[sheet_parts(parts)[sheet]])


def put_root(parts: Parts, sheet: str, root: etree._Element) -> None:
    """Write a sheet's XML back."""
    parts[sheet_parts(parts)[sheet]] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def cell_of(root: etree._Element, at: str) -> etree._Element:
    """A cell that stands."""
    return next(item for item in root.iter(f"{{{MAIN}}}c") if item.get("r") == at)


def text_of(parts: Parts, sheet: str, at: str) -> str:
    """What a cell shows, its texts from the shared list too."""
    cell = cell_of(sheet_root(parts, sheet), at)
    value = "".join(map(str, cell.itertext()))
    if cell.get("t") == "s":
        strings = etree.fromstring(parts["xl/sharedStrings.xml"])
        return "".join(map(str, strings[int(value)].itertext()))
    return value


def set_number(sheet: str, at: str, change: Callable[[float], float]) -> Callable[[Parts], None]:
    """Change a number."""

    def edit(parts: Parts) -> None:
        root = sheet_root(parts, sheet)
        value = cell_of(root, at).find(f"{{{MAIN}}}v")
        assert value is not None
        assert value.text
        value.text = f"{change(float(value.text)):.2f}"
        put_root(parts, sheet, root)

    return edit


def set_text(sheet: str, at: str, change: Callable[[str], str]) -> Callable[[Parts], None]:
    """Change a text."""

    def edit(parts: Parts) -> None:
        text = change(text_of(parts, sheet, at))
        root = sheet_root(parts, sheet)
        cell = cell_of(root, at)
        del cell[:]
        cell.set("t", "inlineStr")
        etree.SubElement(etree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t").text = text
        put_root(parts, sheet, root)

    return edit


def set_cells(source: Path, target: Path, values: Mapping[tuple[str, str], float | str | None]) -> Path:
    """A copy of a workbook with other values in its cells: a tenth of the time of loading and saving it by openpyxl."""
    parts = parts_of(source)
    for sheet in {sheet for sheet, _ in values}:
        root = sheet_root(parts, sheet)
        rows = {int(row.get("r", "0")): row for row in root.iter(f"{{{MAIN}}}row")}
        for (_, at), value in ((key, v) for key, v in values.items() if key[0] == sheet):
            row, column = coordinate_to_tuple(at)
            line = rows[row]
            beside = {coordinate_to_tuple(item.get("r", ""))[1]: item for item in line}
            cell = beside.get(column)
            if cell is None:
                cell = etree.Element(f"{{{MAIN}}}c", r=at)
                line.insert(sum(other < column for other in beside), cell)
            del cell[:]
            cell.attrib.pop("t", "")
            if isinstance(value, str):
                cell.set("t", "inlineStr")
                etree.SubElement(etree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t").text = value
            elif value is not None:
                etree.SubElement(cell, f"{{{MAIN}}}v").text = repr(value)
        put_root(parts, sheet, root)
    return write_parts(target, parts)


def set_formula(sheet: str, at: str, text: str) -> Callable[[Parts], None]:
    """Put a formula where a value stands, with the value as its result."""

    def edit(parts: Parts) -> None:
        root = sheet_root(parts, sheet)
        formula = etree.Element(f"{{{MAIN}}}f")
        formula.text = text
        cell_of(root, at).insert(0, formula)
        put_root(parts, sheet, root)

    return edit


def without_formula(sheet: str, at: str) -> Callable[[Parts], None]:
    """Turn a formula into its result."""

    def edit(parts: Parts) -> None:
        root = sheet_root(parts, sheet)
        cell = cell_of(root, at)
        formula = cell.find(f"{{{MAIN}}}f")
        assert formula is not None
        cell.remove(formula)
        put_root(parts, sheet, root)

    return edit


def delete_row(sheet: str, number: int) -> Callable[[Parts], None]:
    """Take a row out and move up what is below, as a spreadsheet does."""

    def edit(parts: Parts) -> None:
        root = sheet_root(parts, sheet)
        for row in list(root.iter(f"{{{MAIN}}}row")):
            at = int(row.get("r", "0"))
            if at == number:
                parent = row.getparent()
                assert parent is not None
                parent.remove(row)
            elif at > number:
                row.set("r", str(at - 1))
                for cell in row:
                    letters = cell.get("r", "").rstrip("0123456789")
                    cell.set("r", f"{letters}{at - 1}")
        merges = root.find(f"{{{MAIN}}}mergeCells")
        if merges is not None:
            root.remove(merges)
        put_root(parts, sheet, root)

    return edit


def swap_sheets(one: str, other: str) -> Callable[[Parts], None]:
    """Let two sheets bear each other's name."""

    def edit(parts: Parts) -> None:
        root = etree.fromstring(parts["xl/workbook.xml"])
        items = {item.get("name"): item for item in root.iter(f"{{{MAIN}}}sheet")}
        items[one].set("name", other)
        items[other].set("name", one)
        parts["xl/workbook.xml"] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    return edit


def rename_sheet(one: str, other: str) -> Callable[[Parts], None]:
    """Give a sheet another name."""

    def edit(parts: Parts) -> None:
        old, new = f'name="{one}"'.encode(), f'name="{other}"'.encode()
        assert old in parts["xl/workbook.xml"]
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(old, new)

    return edit


def tampered(source: Path, target: Path, *edits: Callable[[Parts], None]) -> Path:
    """A copy of a workbook with the edits made."""
    parts = parts_of(source)
    for edit in edits:
        edit(parts)
    return write_parts(target, parts)
