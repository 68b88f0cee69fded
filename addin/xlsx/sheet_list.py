"""The list of a package's sheets: one put into it, one taken out, a package that has none."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from addin.xlsx.package import Package
from addin.xlsx.parts import (
    BOOK,
    BOOK_RELATIONS,
    CONTENT,
    CONTENT_TYPES,
    MAIN,
    PACKAGE_RELATIONS,
    RELATION,
    STYLES,
    TYPES,
    parse_xml,
    relate,
    relations_of,
    unrelate,
    xml_bytes,
)
from workbook_templates.archive import entry


def list_sheet(package: Package, name: str, part: str, after: str, areas: Mapping[str, str]) -> None:
    """Tell the package of a new sheet: its relationship, its type, its place behind the sheet `after`, else at the end.

    `areas`: what is printed and what pages repeat, by the last part of its name; empty where nothing is said.
    """
    number = relate(package, f"{RELATION}/worksheet", part)
    book = parse_xml(package.part(BOOK))
    sheets = book.find(f"{{{MAIN}}}sheets")
    assert sheets is not None
    taken = [int(item.get("sheetId", "0")) for item in sheets]
    # Named here, the prefix is the same whatever other libraries have registered.
    listed = {"name": name, "sheetId": str(max(taken, default=0) + 1)}
    item = etree.Element(f"{{{MAIN}}}sheet", listed, nsmap={"r": RELATION})
    item.set(f"{{{RELATION}}}id", number)
    at = next((i for i, other in enumerate(sheets, 1) if other.get("name") == after), len(sheets))
    sheets.insert(at, item)
    _shift_local_names(book, at, 1)
    for kind, area in areas.items():
        if not area:
            continue
        names = book.find(f"{{{MAIN}}}definedNames")
        if names is None:
            names = etree.Element(f"{{{MAIN}}}definedNames")
            sheets.addnext(names)
        defined = etree.SubElement(names, f"{{{MAIN}}}definedName", name=f"_xlnm.{kind}", localSheetId=str(at))
        defined.text = area
    package.put(BOOK, xml_bytes(book))


def remove_sheet(package: Package, name: str) -> None:
    """Take a sheet out, with its relationship, its type and the names that are its own."""
    book = parse_xml(package.part(BOOK))
    sheets = book.find(f"{{{MAIN}}}sheets")
    assert sheets is not None
    at, item = next((i, s) for i, s in enumerate(sheets) if s.get("name") == name)
    part = package.sheets[name]
    sheets.remove(item)
    for defined in list(book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName")):
        if defined.get("localSheetId") == str(at):
            parent = defined.getparent()
            assert parent is not None
            parent.remove(defined)
    _shift_local_names(book, at + 1, -1)
    package.put(BOOK, xml_bytes(book))
    unrelate(package, part)


def without_sheets(package: Package) -> Package:
    """A new package with the looks of one, its styles and theme, and no sheet: for lists that stand alone."""
    kept = [name for name in package.parts if name == STYLES or name.startswith("xl/theme/")]
    book = f'<workbook xmlns="{MAIN}"><bookViews><workbookView/></bookViews><sheets/></workbook>'
    types = f'<Default Extension="rels" ContentType="{CONTENT["relationships"]}"/>'
    types += '<Default Extension="xml" ContentType="application/xml"/>'
    types += f'<Override PartName="/{BOOK}" ContentType="{CONTENT["officeDocument"]}"/>'
    whole = f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" Target="{BOOK}"/>'
    members = {
        CONTENT_TYPES: f'<Types xmlns="{TYPES}">{types}</Types>',
        relations_of(""): f'<Relationships xmlns="{PACKAGE_RELATIONS}">{whole}</Relationships>',
        BOOK: book,
        BOOK_RELATIONS: f'<Relationships xmlns="{PACKAGE_RELATIONS}"/>',
    }
    new = Package([(entry(name), text.encode()) for name, text in members.items()])
    for name in kept:
        new.put(name, package.part(name))
        relate(new, f"{RELATION}/{'styles' if name == STYLES else 'theme'}", name)
    return new


def _shift_local_names(book: etree._Element, first: int, by: int) -> None:
    """Names that belong to a sheet, and the sheet shown first, count sheets by position."""
    for defined in book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName"):
        local = defined.get("localSheetId")
        if local is not None and int(local) >= first:
            defined.set("localSheetId", str(int(local) + by))
    for view in book.iterfind(f"{{{MAIN}}}bookViews/{{{MAIN}}}workbookView"):
        for attribute in ("activeTab", "firstSheet"):
            if int(view.get(attribute, "0")) >= max(first, 1):
                view.set(attribute, str(max(0, int(view.get(attribute, "0")) + by)))
