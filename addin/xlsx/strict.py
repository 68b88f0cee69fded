"""The one reading of a workbook file: what is proven plain is handed to the fast reader, and nothing else is.

Sheets, texts, formats and the book's own list are each brought into the one spelling that every program reads alike
(see `plain`); the reader gets a package of these alone. What different programs would read differently is an oddity.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Collection
from io import BytesIO

from lxml import etree
from msgspec import Struct, field

from addin.xlsx.package import Package
from addin.xlsx.parts import (
    BOOK,
    BOOK_RELATIONS,
    MAIN,
    PACKAGE_RELATIONS,
    RELATION,
    STYLES,
    TYPES,
    attribute,
    parse_xml,
)
from addin.xlsx.plain import (
    NUMBERED,
    Sheet,
    alternatives,
    numbered_letter,
    order_of,
    read_sheet,
    read_strings,
    rich_texts,
)
from addin.xlsx.preflight import MOST_CELLS, Member
from addin.xlsx.spelled import Oddity

_PURL = b"http://purl.oclc.org/ooxml/"
_OFFICE = b"http://schemas.openxmlformats.org/"
#: The strict schema's names and those of the transitional one, which every program writes.
_NAMESPACES = (
    (b"spreadsheetml/main", b"spreadsheetml/2006/main"),
    (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
    (b"drawingml/spreadsheetDrawing", b"drawingml/2006/spreadsheetDrawing"),
    (b"drawingml/chartDrawing", b"drawingml/2006/chartDrawing"),
    (b"drawingml/chart", b"drawingml/2006/chart"),
    (b"drawingml/main", b"drawingml/2006/main"),
    (b"officeDocument/extendedProperties", b"officeDocument/2006/extended-properties"),
    (b"officeDocument/customProperties", b"officeDocument/2006/custom-properties"),
    (b"officeDocument/docPropsVTypes", b"officeDocument/2006/docPropsVTypes"),
)
#: Beyond so many characters of text, each cell has no more than so many: a text used a thousand times counts as often.
_MUCH_TEXT, _TEXT_A_CELL = 40_000_000, 100
#: Excel takes no longer text in a cell.
_LONGEST = 32_767
#: Excel takes 255 letters.
_LONGEST_CODE = 1_000
#: How a cell begins.
_AT = b'<c r="'
#: What letters may look like, run by run, takes so many times the room of the letters.
_MARKED = 40
#: Cells that a workbook may span whatever is in them, and how many for each that holds something.
_SPARSE, _SPAN_A_CELL = 6_000_000, 4
_LIST = re.compile(rb't="s"[^>]*>(?:<f.*?</f>|<f[^>]*/>)?<v>(\d+)')


class Reading(Struct):
    """What a workbook file says, read strictly. `unread`: sheets that were not wanted, of which nothing is known."""

    sheets: dict[str, Sheet]
    package: BytesIO  #: for the fast reader: the sheets that were read, and what they need
    oddities: list[Oddity]
    styles: etree._Element | None = None
    unread: list[str] = field(default_factory=list)
    rich: dict[int, bytes] = field(default_factory=dict)  #: runs of shared texts with looks of their own


class TooMuch(ValueError):
    """The workbook would take more memory than is given to it; says so in a sentence."""


def transitional(members: list[Member]) -> list[Member]:
    """A workbook of the strict schema with the transitional one's names; any other as it is."""
    if not any(info.filename == BOOK and _PURL in data for info, data in members):
        return members
    result = []
    for info, data in members:
        text = data
        if info.filename.lower().endswith((".xml", ".rels", ".vml")) and _PURL in data:
            for old, new in _NAMESPACES:
                text = text.replace(_PURL + old, _OFFICE + new)
        result.append((info, text))
    return result


def read_strictly(package: Package, is_wanted: Callable[[str], bool]) -> Reading:
    """Read the sheets that are wanted. Raises ValueError, KeyError or etree.XMLSyntaxError for what is no workbook."""
    related = list(parse_xml(package.part(BOOK_RELATIONS)))
    odd = _package_oddities(package, related)
    sheets: dict[str, Sheet] = {}
    unread = []
    for name, part in package.sheets.items():
        if is_wanted(name):
            sheets[name], strange = read_sheet(name, package.parts[part])
            odd += strange
        else:
            unread.append(name)
    told = {one.sheet for one in odd}
    odd += [one for one in order_of(list(sheets.values())) if one.sheet not in told]
    _refuse_far(sheets.values())
    part = next(iter(_targets(related, "sharedStrings")), "")
    if part in package.parts:
        strings, lengths, why = read_strings(package.parts[part])
        odd += [Oddity("", "", why)] if why else []
    else:
        strings, lengths = b"", []
    if max(lengths, default=0) > _MARKED * _LONGEST:
        raise TooMuch(f"有一条文字超过{_LONGEST}个字，数量异常，未予读取")
    odd += _look_at_texts(sheets, lengths)
    odd += [Oddity("", "", f"共用文字里{NUMBERED}")] if numbered_letter(strings) >= 0 else []
    for name, sheet in sheets.items():
        at = numbered_letter(sheet.data)
        if at >= 0:
            start = sheet.data.rfind(_AT, 0, at) + len(_AT)
            odd.append(Oddity(name, sheet.data[start : sheet.data.index(b'"', start)].decode(), NUMBERED))
    styles = parse_xml(package.parts[STYLES]) if STYLES in package.parts else None
    if styles is not None:
        codes = (item.get("formatCode", "") for item in styles.iter(f"{{{MAIN}}}numFmt"))
        if max(map(len, codes), default=0) > _LONGEST_CODE:
            raise TooMuch(f"有数字格式超过{_LONGEST_CODE}个字，数量异常，未予读取")
        odd += _style_oddities(styles)
    return Reading(sheets, _packed(sheets, strings), odd, styles, unread, rich_texts(strings))


def _refuse_far(sheets: Collection[Sheet]) -> None:
    """All sheets together span no more cells than memory holds."""
    spans = sum(sheet.width * sheet.height for sheet in sheets)
    filled = sum(sheet.filled for sheet in sheets)
    if spans > MOST_CELLS or spans > _SPARSE + _SPAN_A_CELL * filled:
        widest = max(sheets, key=lambda sheet: sheet.width * sheet.height)
        where = f"“{widest.name}”用到第{widest.height}行、第{widest.width}列"
        raise TooMuch(f"工作表的使用范围异常庞大（{where}，可能在很远处误填了单元格），请删除多余的行列后再试")


def _look_at_texts(sheets: dict[str, Sheet], lengths: list[int]) -> list[Oddity]:
    """Every text that a cell names is there, and all together are no more than memory holds."""
    odd = []
    count, cells = 0, 0
    longest = max(lengths, default=0)
    total = 0
    for sheet in sheets.values():
        used = sheet.data.count(b't="s"')
        cells += sheet.filled
        count += used
        if not used:
            continue
        highest_is_known = False
        if count * longest > _MUCH_TEXT:
            numbers = [int(n) for n in _LIST.findall(sheet.data)]
            if max(numbers, default=-1) < len(lengths):
                total += sum(lengths[n] for n in numbers)
                highest_is_known = True
        if not highest_is_known and max(map(int, set(_LIST.findall(sheet.data))), default=-1) >= len(lengths):
            odd.append(Oddity(sheet.name, "", "有格子指向不存在的文字，文件已损坏"))
    if total > _MUCH_TEXT + _TEXT_A_CELL * cells:
        raise TooMuch("文件中的文字异常庞大（同一段长文字重复使用），未予读取")
    return odd


def _targets(related: list[etree._Element], kind: str) -> list[str]:
    """The parts that the book's relationships of a kind lead to."""
    wanted = f"{RELATION}/{kind}"
    return [_resolved(item) for item in related if item.get("Type") == wanted]


def _resolved(item: etree._Element, folder: str = "xl") -> str:
    target = item.get("Target", "")
    return posixpath.normpath(target[1:] if target.startswith("/") else posixpath.join(folder, target))


def _package_oddities(package: Package, related: list[etree._Element]) -> list[Oddity]:
    """What in the package lets two programs open different parts."""
    problems: list[str] = []
    book = package.book
    if book.tag != f"{{{MAIN}}}workbook":
        raise ValueError("not a workbook")
    if len(book.findall(f"{{{MAIN}}}sheets")) != 1:
        problems.append("工作表的清单不止一份，不同程序会打开不同的内容")
    names = [item.get("name", "").lower() for item in book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")]
    if len(set(names)) != len(names) or len(book.findall(f"{{{MAIN}}}sheets/*")) != len(names):
        problems.append("工作表的清单有重名或不认识的内容，不同程序会打开不同的内容")
    # LibreOffice writes the print area of a sheet twice at times; no figure is found by such a name.
    named = [
        (name, item.get("localSheetId"))
        for item in book.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName")
        if not (name := item.get("name", "").lower()).startswith("_xlnm.")
    ]
    if len(set(named)) != len(named) or len(book.findall(f"{{{MAIN}}}definedNames")) > 1:
        problems.append("有重复的名称，不同程序会读出不同的位置")
    why = alternatives(book, {"sheets", "sheet", "definedNames", "definedName", "workbookPr"})
    if why:
        problems.append(why)
    problems += _relation_problems(package, related)
    return [Oddity("", "", f"文件内部{problem}，请用 Excel 打开核对并重新保存") for problem in dict.fromkeys(problems)]


def _relation_problems(package: Package, related: list[etree._Element]) -> list[str]:
    problems = []
    known = [item.get("Id") for item in related]
    if len(set(known)) != len(known):
        problems.append("有重复的关联，不同程序会打开不同的内容")
    needed = ("worksheet", "sharedStrings", "styles")
    for item in related:
        kind = item.get("Type", "").removeprefix(f"{RELATION}/")
        if kind in needed and (item.get("TargetMode") == "External" or _resolved(item) not in package.parts):
            problems.append(f"的关联指向文件以外或不存在的部件（{item.get('Target', '')[:60]}）")
    for kind, what in (("sharedStrings", "文字清单"), ("styles", "格式清单")):
        if len(_targets(related, kind)) > 1:
            problems.append(f"有不止一份{what}，不同程序会读出不同的内容")
    sheets = set(_targets(related, "worksheet"))
    used = list(package.sheets.values())
    if len(set(used)) != len(used) or not set(used) <= sheets:
        problems.append("工作表的清单与关联不一致，不同程序会打开不同的内容")
    if _targets(related, "styles") not in ([], [STYLES]):
        problems.append("的格式清单不在通常的位置，不同程序会读出不同的内容")
    if "_rels/.rels" in package.parts:
        root = parse_xml(package.part("_rels/.rels"))
        first = [_resolved(i, "") for i in root if i.get("Type") == f"{RELATION}/officeDocument"]
        if first != [BOOK]:
            problems.append("的入口不在通常的位置，不同程序会打开不同的内容")
    if "[Content_Types].xml" in package.parts:
        types = parse_xml(package.part("[Content_Types].xml"))
        told = [
            (item.get("PartName", "").lstrip("/"), item.get("ContentType", ""))
            for item in types.iterfind(f"{{{TYPES}}}Override")
        ]
        if len({name.lower() for name, _ in told}) != len(told):
            problems.append("的部件类型清单有重复，不同程序会打开不同的内容")
        for ending, parts in (("sharedStrings+xml", _targets(related, "sharedStrings")), ("sheet.main+xml", [BOOK])):
            listed = [name for name, kind in told if kind.endswith(ending) and name in package.parts]
            if listed and listed != parts:
                problems.append("的部件类型清单与关联不一致，不同程序会打开不同的内容")
    return problems


def _style_oddities(styles: etree._Element) -> list[Oddity]:
    once = [etree.QName(item).localname for item in styles if isinstance(item.tag, str)]
    lists = ("numFmts", "cellXfs", "fonts", "fills", "dxfs", "cellStyleXfs", "colors", "tableStyles")
    twice = [name for name in lists if once.count(name) > 1]
    why = alternatives(styles, {*lists, "xf", "numFmt", "font"})
    codes = [item.get("numFmtId") for item in styles.iterfind(f"{{{MAIN}}}numFmts/{{{MAIN}}}numFmt")]
    if styles.tag != f"{{{MAIN}}}styleSheet" or twice or why or len(set(codes)) != len(codes):
        return [
            Oddity("", "", "单元格格式的清单有重复或不认识的内容，不同程序会显示不同的数，请用 Excel 打开并重新保存")
        ]
    return []


def _packed(sheets: dict[str, Sheet], strings: bytes) -> BytesIO:
    """A package of what was read, for the fast reader, without formats: of a date it would not keep the number."""
    listed, related = [], []
    for number, name in enumerate(sheets, 1):
        listed.append(f'<sheet name={attribute(name)} sheetId="{number}" r:id="s{number}"/>')
        related.append(f'<Relationship Id="s{number}" Type="{RELATION}/worksheet" Target="worksheets/{number}.xml"/>')
    related.append(f'<Relationship Id="t" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>')
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    entry = f'<Relationship Id="b" Type="{RELATION}/officeDocument" Target="{BOOK}"/>'
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        book = f'{head}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>{"".join(listed)}</sheets></workbook>'
        archive.writestr("_rels/.rels", f'{head}<Relationships xmlns="{PACKAGE_RELATIONS}">{entry}</Relationships>')
        archive.writestr(BOOK, book)
        archive.writestr(
            BOOK_RELATIONS,
            f'{head}<Relationships xmlns="{PACKAGE_RELATIONS}">{"".join(related)}</Relationships>',
        )
        archive.writestr("xl/sharedStrings.xml", head.encode() + (strings or f'<sst xmlns="{MAIN}"/>'.encode()))
        start = f'{head}<worksheet xmlns="{MAIN}">'.encode()
        for number, sheet in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/{number}.xml", b"".join((start, sheet.data, b"</worksheet>")))
    buffer.seek(0)
    return buffer
