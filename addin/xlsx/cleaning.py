"""A clerk's package made fit to be sent: no macros, links, objects or traces of persons; values instead of formulas.

Parts are kept by what they are, not dropped by what is known to be bad: whatever is not a sheet, a style, a text, a
picture, a chart or a note stays behind, and what pointed to it goes too.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from html import escape

from lxml import etree

from addin.xlsx.new_sheets import PROTECTION
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
    XML_SPACE,
    local_name,
    parse_xml,
    relate,
    relations_of,
    target_of,
    xml_bytes,
)

_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
#: Relationships that are followed, by the last step of their type; everything else stays behind.
_KEPT = {
    "officeDocument",
    "worksheet",
    "styles",
    "theme",
    "sharedStrings",
    "calcChain",
    "drawing",
    "image",
    "chart",
    "chartUserShapes",
    "chartStyle",
    "chartColorStyle",
    "comments",
    "vmlDrawing",
}
_CORE, _APP = "docProps/core.xml", "docProps/app.xml"
#: Elements of the book that name persons, folders, other files or parts that stay behind.
_BOOK_DROPPED = {
    "externalReferences",
    "fileSharing",
    "AlternateContent",
    "revisionPtr",
    "customWorkbookViews",
    "oleSize",
    "webPublishing",
    "webPublishObjects",
    "smartTagPr",
    "smartTagTypes",
    "functionGroups",
    "workbookProtection",
    "extLst",
    "pivotCaches",
}
#: Elements of a sheet that carry objects, views of other persons, or extensions.
_SHEET_DROPPED = {
    "sheetProtection",
    "protectedRanges",
    "customSheetViews",
    "oleObjects",
    "controls",
    "AlternateContent",
    "customProperties",
    "webPublishItems",
    "smartTags",
    "cellWatches",
    "dataConsolidate",
    "scenarios",
    "legacyDrawingHF",
    "picture",
}
#: Parts of a sheet after which its protection stands.
_BEFORE_PROTECTION = ("sheetData", "sheetCalcPr")
_NOT_A_NOTE = re.compile(rb'ObjectType="(?!Note")|FmlaMacro|<o:OLEObject|<v:imagedata', re.IGNORECASE)
_AUTHOR = re.compile(rb"(<(?:\w+:)?author>)[^<]*")
_UNLOCKED = re.compile(rb'(\blocked=")(?:0|false)"')
_OTHER_BOOK = re.compile(r"\[\d+\]|\|")


def clean(package: Package, title: str, when: datetime.datetime) -> None:
    """Make a package fit to be sent: every formula becomes its value. `title` and `when` go into its properties."""
    _keep_reachable(package)
    _book(package)
    for part in package.sheets.values():
        _sheet(package, part)
    styles = package.part(STYLES)
    package.put(STYLES, _UNLOCKED.sub(rb'\g<1>1"', styles))
    for name in list(package.parts):
        lower = name.lower()
        if "/comments" in lower and lower.endswith(".xml"):
            package.put(name, _AUTHOR.sub(rb"\1", package.part(name)))
        elif lower.startswith(("xl/drawings/", "xl/charts/")) and lower.endswith(".xml"):
            _drawing(package, name)
    _properties(package, title, when)


def _keep_reachable(package: Package) -> None:
    """Follow the kept relationships from the root; drop every other part, and the relationships to it."""
    reached = {CONTENT_TYPES}
    waiting = [""]
    while waiting:
        part = waiting.pop()
        relations = relations_of(part)
        if relations not in package.parts:
            continue
        reached.add(relations)
        root = parse_xml(package.part(relations))
        targets = {item: target_of(part, item) for item in root}
        boxes = [t for t in targets.values() if t.lower().endswith(".vml") and t in package.parts]
        foreign = any(_NOT_A_NOTE.search(package.part(box)) for box in boxes)
        for item, target in targets.items():
            kind = item.get("Type", "").rsplit("/", 1)[-1]
            # A note needs its box: where the drawing of the boxes stays behind, so do the notes.
            if kind not in _KEPT or target not in package.parts or (foreign and kind in ("vmlDrawing", "comments")):
                root.remove(item)
            elif target not in reached:
                reached.add(target)
                waiting.append(target)
        package.put(relations, xml_bytes(root))
    for name in [n for n in package.parts if n not in reached]:
        package.drop(name)
    types = parse_xml(package.part(CONTENT_TYPES))
    for item in list(types):
        part = item.get("PartName", "").lstrip("/")
        if local_name(item) == "Override" and part not in package.parts:
            types.remove(item)
        elif part and item.get("ContentType", "").endswith((".main+xml", "macroEnabled")) and part == BOOK:
            item.set("ContentType", CONTENT["officeDocument"])
    package.put(CONTENT_TYPES, xml_bytes(types))


def _book(package: Package) -> None:
    root = parse_xml(package.part(BOOK))
    for item in list(root):
        if local_name(item) in _BOOK_DROPPED or not local_name(item):
            root.remove(item)
    sheets = root.find(f"{{{MAIN}}}sheets")
    relations = {item.get("Id") for item in parse_xml(package.part(BOOK_RELATIONS))}
    positions: dict[int, int] = {}
    if sheets is not None:
        for position, sheet in enumerate(list(sheets)):
            if sheet.get(f"{{{RELATION}}}id") in relations:
                positions[position] = len(positions)
            else:
                sheets.remove(sheet)
    names = root.find(f"{{{MAIN}}}definedNames")
    if names is not None:
        for item in list(names):
            local = item.get("localSheetId")
            text = item.text or ""
            # Other programs write out what is not so: function="false".
            macro = any(item.get(kind) in ("1", "true") for kind in ("function", "xlm", "vbProcedure"))
            foreign = "#REF!" in text or _OTHER_BOOK.search(text)
            if foreign or macro or (local is not None and int(local) not in positions):
                names.remove(item)
            elif local is not None:
                item.set("localSheetId", str(positions[int(local)]))
        if not len(names):
            root.remove(names)
    for properties in root.iterfind(f"{{{MAIN}}}workbookPr"):
        properties.attrib.pop("codeName", "")
    for view in root.iterfind(f"{{{MAIN}}}bookViews/{{{MAIN}}}workbookView"):
        for attribute in ("activeTab", "firstSheet"):
            if int(view.get(attribute, "0")) >= max(len(positions), 1):
                view.set(attribute, "0")
    lock = etree.Element(f"{{{MAIN}}}workbookProtection", lockStructure="1")
    before = [item for item in root if local_name(item) in ("fileVersion", "workbookPr")]
    if before:
        before[-1].addnext(lock)
    else:
        root.insert(0, lock)
    package.put(BOOK, xml_bytes(root))


def _sheet(package: Package, part: str) -> None:
    """A sheet locked, its formulas turned into values, without what stays behind."""
    root = parse_xml(package.part(part))
    relations = relations_of(part)
    known = {item.get("Id") for item in parse_xml(package.part(relations))} if relations in package.parts else set()
    for item in list(root):
        if local_name(item) in _SHEET_DROPPED or not local_name(item):
            root.remove(item)
    _forget_missing(root, known)
    for properties in root.iterfind(f"{{{MAIN}}}sheetPr"):
        properties.attrib.pop("codeName", "")
    for formula in list(root.iterfind(f"{{{MAIN}}}sheetData/{{{MAIN}}}row/{{{MAIN}}}c/{{{MAIN}}}f")):
        cell = formula.getparent()
        assert cell is not None
        cell.remove(formula)
        _settle(cell)
    _forget_other_books(root)
    for cell in root.iter(f"{{{MAIN}}}c"):
        for attribute in ("cm", "vm"):
            cell.attrib.pop(attribute, "")
    after = [item for item in root if local_name(item) in _BEFORE_PROTECTION]
    after[-1].addnext(parse_xml(PROTECTION.replace("<sheetProtection", f'<sheetProtection xmlns="{MAIN}"').encode()))
    package.put(part, xml_bytes(root))


def _forget_other_books(root: etree._Element) -> None:
    """Take out drop-downs and colours whose formulas look into another file."""
    for item in [item for child in root if local_name(child) != "sheetData" for item in child.iter()]:
        if local_name(item) in ("formula", "formula1", "formula2", "f") and _OTHER_BOOK.search(item.text or ""):
            rule = item.getparent()
            while rule is not None and local_name(rule) not in ("dataValidation", "cfRule", "sparkline"):
                rule = rule.getparent()
            parent = rule.getparent() if rule is not None else None
            if rule is not None and parent is not None:
                parent.remove(rule)
                above = parent.getparent()
                if above is not None and not any(local_name(child) == local_name(rule) for child in parent):
                    above.remove(parent)
                elif parent.get("count"):
                    parent.set("count", str(len(parent)))


def _settle(cell: etree._Element) -> None:
    """A cell whose formula is gone keeps its result; one without a result is empty."""
    value = cell.find(f"{{{MAIN}}}v")
    if value is None:
        if cell.get("t") in ("str", "e", "b", "n"):
            cell.attrib.pop("t", "")
    elif cell.get("t") == "str":
        text = value.text or ""
        del cell[:]
        if text:
            cell.set("t", "inlineStr")
            inner = etree.SubElement(etree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t")
            inner.text = text
            inner.set(XML_SPACE, "preserve")
        else:
            del cell.attrib["t"]


def _forget_missing(root: etree._Element, known: set[str | None]) -> None:
    """Take out what refers to a relationship that stays behind; of a page's set-up only the reference."""
    for item in list(_referring(root)):
        for attribute in list(item.attrib):
            name = str(attribute)
            if name.startswith((f"{{{RELATION}}}", f"{{{_STRICT}}}")) and item.get(name) not in known:
                parent = item.getparent()
                if local_name(item) == "pageSetup" or parent is None:
                    del item.attrib[name]
                    continue
                parent.remove(item)
                while parent is not None and not len(parent) and local_name(parent) in ("hyperlinks", "tableParts"):
                    above = parent.getparent()
                    if above is not None:
                        above.remove(parent)
                    parent = above
                break
    for tables in root.iterfind(f"{{{MAIN}}}tableParts"):
        tables.set("count", str(len(tables)))


def _referring(root: etree._Element) -> Iterator[etree._Element]:
    """The elements outside the cells that may refer to a relationship."""
    for child in root:
        if local_name(child) not in ("sheetData", "cols", "mergeCells"):
            yield from (item for item in child.iter() if isinstance(item.tag, str))


def _drawing(package: Package, part: str) -> None:
    """No shape of a drawing calls a macro, follows a cell, or jumps outside; no chart keeps a file of its own."""
    root = parse_xml(package.part(part))
    relations = relations_of(part)
    known = {item.get("Id") for item in parse_xml(package.part(relations))} if relations in package.parts else set()
    for item in list(root.iter()):
        if not isinstance(item.tag, str):
            continue
        for attribute in ("macro", "textlink"):
            if item.get(attribute):
                item.set(attribute, "")
        if local_name(item) in ("hlinkClick", "hlinkHover", "externalData"):
            parent = item.getparent()
            if parent is not None and item.get(f"{{{RELATION}}}id") not in known:
                parent.remove(item)
    package.put(part, xml_bytes(root))


def _properties(package: Package, title: str, when: datetime.datetime) -> None:
    """Document properties that say what the file is, and nothing of who made it."""
    stamp = when.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    core = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties'
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title, quote=False)}</dc:title><dc:creator>yusuan</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified></cp:coreProperties>'
    )
    app = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
        "<Application>yusuan</Application></Properties>"
    )
    for part, text, kind in (
        (_CORE, core, f"{PACKAGE_RELATIONS}/metadata/core-properties"),
        (_APP, app, f"{RELATION}/extended-properties"),
    ):
        package.put(part, text.encode())
        relate(package, kind, part, source="")
