"""What the package format is made of: names of parts, relationships, content types, and XML read and written."""

from __future__ import annotations

import html
import math
import posixpath
from typing import TYPE_CHECKING

from lxml import etree

from udfs.base import InputProblems, Problem

if TYPE_CHECKING:
    from addin.xlsx.package import Package

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

BOOK, STYLES, CONTENT_TYPES = "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"
BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml."
#: The content types of parts, by the last step of the relationship that leads to them.
CONTENT = {
    "officeDocument": f"{_SPREADSHEET}sheet.main+xml",
    "worksheet": f"{_SPREADSHEET}worksheet+xml",
    "styles": f"{_SPREADSHEET}styles+xml",
    "sharedStrings": f"{_SPREADSHEET}sharedStrings+xml",
    "theme": "application/vnd.openxmlformats-officedocument.theme+xml",
    "core-properties": "application/vnd.openxmlformats-package.core-properties+xml",
    "extended-properties": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    "relationships": "application/vnd.openxmlformats-package.relationships+xml",
}

#: XML that comes from outside is never allowed to name files or to unfold entities.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_blank_text=False)


#: White space that a reader would take for a plain space where it stands as it is.
_WHITE = {ord(c): f"&#{ord(c)};" for c in "\t\n\r"}


def attribute(text: str) -> str:
    """A text as the value of an attribute, in quotation marks."""
    return f'"{html.escape(text).translate(_WHITE)}"'


class BrokenPart(InputProblems, ValueError):
    """A part that is no XML, whenever it is read: the sheets at once, a drawing or a comment perhaps much later."""


def parse_xml(data: bytes) -> etree._Element:
    """An XML part, without entities and without access to anything outside it. Raises BrokenPart."""
    try:
        return etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        message = "文件已损坏：内部有部件不是完整的 XML，请用 Excel 打开并重新保存后再试"
        raise BrokenPart([Problem("", message)]) from error


def xml_bytes(root: etree._Element) -> bytes:
    """A part's XML as it is stored."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace; empty for comments and instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def number_of(text: str | None, other: float) -> float:
    """What an attribute gives as a number; `other` where it gives none, or none that is finite."""
    try:
        number = float(text or "")
    except ValueError:
        return other
    return number if math.isfinite(number) else other


def relations_of(part: str) -> str:
    """The part that holds a part's relationships, or those of the package where `part` is empty."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def target_of(part: str, item: etree._Element) -> str:
    """The part that a relationship of `part` leads to; empty where it leads outside."""
    if item.get("TargetMode") == "External":
        return ""
    target = item.get("Target", "").split("#")[0]
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")


def relate(package: Package, kind: str, part: str, *, source: str = BOOK) -> str:
    """Give a new part its content type and a relationship from `source`, empty for the package; its id.

    `kind`: the type of the relationship, as an address.
    """
    name = relations_of(source)
    relations = parse_xml(package.part(name))
    used = {item.get("Id", "") for item in relations}
    number = next(f"rId{n}" for n in range(1, len(used) + 2) if f"rId{n}" not in used)
    target = f"/{part}" if source else part
    etree.SubElement(relations, f"{{{PACKAGE_RELATIONS}}}Relationship", Id=number, Type=kind, Target=target)
    types = parse_xml(package.part(CONTENT_TYPES))
    content = CONTENT[kind.rpartition("/")[2]]
    etree.SubElement(types, f"{{{TYPES}}}Override", PartName=f"/{part}", ContentType=content)
    package.put(CONTENT_TYPES, xml_bytes(types))
    package.put(name, xml_bytes(relations))
    return number


def unrelate(package: Package, part: str) -> None:
    """Take a part out of the package, with its content type and the book's relationship to it."""
    for listed, attribute in ((BOOK_RELATIONS, "Target"), (CONTENT_TYPES, "PartName")):
        root = parse_xml(package.part(listed))
        for item in list(root):
            led = target_of(BOOK, item) if attribute == "Target" else item.get(attribute, "").lstrip("/")
            if led == part:
                root.remove(item)
        package.put(listed, xml_bytes(root))
    package.drop(part)
