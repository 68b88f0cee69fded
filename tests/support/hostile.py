"""Files that mean harm, or that are not what they say: each made by hand from a workbook's parts."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.support.books import parts_of, sheet_parts

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)

Parts = dict[str, bytes]


def packed(parts: Parts, level: int = 6) -> bytes:
    """A package of the parts as bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _sheet(parts: Parts, name: str, old: bytes, new: bytes) -> Parts:
    part = sheet_parts(parts)[name]
    assert old in parts[part]
    return {**parts, part: parts[part].replace(old, new, 1)}


def geometry_bomb(parts: Parts) -> bytes:
    """One cell at the far corner of a sheet."""
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return packed(_sheet(parts, "封面", b"</sheetData>", far))


def four_letters(parts: Parts) -> bytes:
    """A column of four letters, which there is not and a reader takes for a very far one."""
    beyond = b'<row r="9"><c r="CXFD1048576"><v>1</v></c></row></sheetData>'
    return packed(_sheet(parts, "封面", b"</sheetData>", beyond))


def zip_bomb(parts: Parts) -> bytes:
    """A part that unpacks to three hundred times its size, and ten of them."""
    blank = b" " * 39_000_000
    return packed({**parts, **{f"xl/media/fill{n}.xml": blank for n in range(10)}}, 9)


def lying_directory(parts: Parts) -> bytes:
    """A part whose entry says ten bytes and whose stream gives fifty million."""
    data = bytearray(packed({**parts, "xl/calm.xml": b"<calm/>   "}))
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = squeezer.compress(b"<calm/>   " + b" " * 50_000_000) + squeezer.flush()
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as source, zipfile.ZipFile(buffer, "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info), zipfile.ZIP_DEFLATED)
        info = zipfile.ZipInfo("xl/big.xml")
        info.compress_type = zipfile.ZIP_STORED
        target.writestr(info, stream)
    raw = bytearray(buffer.getvalue())
    honest = (0, len(stream), len(stream))
    for signature, at_method, at_sizes in ((b"PK\x03\x04", 8, 14), (b"PK\x01\x02", 10, 16)):
        position = -1
        while (position := raw.find(signature, position + 1)) >= 0:
            _, packed_size, size = struct.unpack_from("<III", raw, position + at_sizes)
            if (packed_size, size) == honest[1:]:
                struct.pack_into("<H", raw, position + at_method, zipfile.ZIP_DEFLATED)
                struct.pack_into("<III", raw, position + at_sizes, zlib.crc32(b"<calm/>   "), packed_size, 10)
    return bytes(raw)


def deep_xml(parts: Parts) -> bytes:
    """Elements nested a hundred thousand deep."""
    return packed(
        _sheet(parts, "表三", b"</sheetData>", b"</sheetData>" + b"<extLst>" * 100_000 + b"</extLst>" * 100_000)
    )


def many_styles(parts: Parts) -> bytes:
    """A million cell formats."""
    more = b"<cellXfs>" + b"<xf/>" * 10**6 + b"</cellXfs><cellXfs"
    return packed({**parts, "xl/styles.xml": parts["xl/styles.xml"].replace(b"<cellXfs", more, 1)})


def many_sheets(parts: Parts) -> bytes:
    """A hundred thousand sheets, each with a part of its own."""
    return packed({**parts, **{f"xl/worksheets/more{n}.xml": b"<worksheet/>" for n in range(100_000)}}, 1)


def many_sheet_entries(parts: Parts) -> bytes:
    """A hundred thousand sheets that share one part."""
    more = b"".join(b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n + 100) for n in range(100_000))
    return packed({**parts, "xl/workbook.xml": parts["xl/workbook.xml"].replace(b"</sheets>", more + b"</sheets>")})


def many_strings(parts: Parts) -> bytes:
    """Five million shared strings."""
    strings = b'<sst xmlns="%s">' % MAIN.encode() + b"<si/>" * 5_000_000 + b"</sst>"
    return packed({**parts, "xl/sharedStrings.xml": strings})


def entities(parts: Parts) -> bytes:
    """Entities that unfold a billionfold."""
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n > 1 else b"&a;" * 10) for n in range(1, 10)
    )
    head, rest = parts["xl/workbook.xml"].split(b"<workbook", 1)
    return packed({**parts, "xl/workbook.xml": head + laughs + b"]><workbook" + rest})


def other_encoding(parts: Parts) -> bytes:
    """A document type hidden in another encoding."""
    text = parts["xl/workbook.xml"].decode()
    body = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    return packed({**parts, "xl/workbook.xml": (body + text[text.index("<workbook") :]).encode("utf-16")})


def outside_path(parts: Parts) -> bytes:
    """A part whose name leads out of the package."""
    return packed({**parts, "../../outside.xml": b"<x/>"})


def same_name(parts: Parts) -> bytes:
    """Two parts that differ in the case of a letter only."""
    return packed({**parts, "xl/Workbook.xml": parts["xl/workbook.xml"]})


def encrypted(parts: Parts) -> bytes:
    """What Excel writes for a workbook with a password: a compound file."""
    return OLE + "EncryptedPackage".encode("utf-16-le") + bytes(500)


def truncated(parts: Parts) -> bytes:
    """The first two thirds of a workbook."""
    data = packed(parts)
    return data[: len(data) * 2 // 3]


def many_names(parts: Parts) -> bytes:
    """A million names."""
    names = b"".join(b'<definedName name="n%d">1</definedName>' % n for n in range(10**6))
    names = b"<definedNames>" + names + b"</definedNames><definedNames"
    return packed({**parts, "xl/workbook.xml": parts["xl/workbook.xml"].replace(b"<definedNames", names, 1)}, 1)


def many_rows(parts: Parts) -> bytes:
    """A million and a half rows with nothing in them."""
    rows = b"".join(b'<row r="%d"/>' % n for n in range(2000, 1_502_000))
    return packed(_sheet(parts, "表三", b"</sheetData>", rows + b"</sheetData>"), 1)


def amplified(parts: Parts) -> bytes:
    """One long text that two hundred thousand cells name."""
    long = b'<sst xmlns="%s"><si><t>%s</t></si></sst>' % (MAIN.encode(), b"x" * 30_000)
    rows = b"".join(
        b'<row r="%d">%s</row>' % (n, b"".join(b'<c r="%c%d" t="s"><v>0</v></c>' % (c, n) for c in b"ABCDEFGHIJ"))
        for n in range(2000, 22_000)
    )
    related = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="long" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    )
    parts = {**parts, "xl/sharedStrings.xml": long, "xl/_rels/workbook.xml.rels": related}
    return packed(_sheet(parts, "表三", b"</sheetData>", rows + b"</sheetData>"))


def many_merges(parts: Parts) -> bytes:
    """Three hundred thousand merged cells."""
    merges = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(2_000, 302_000))
    return packed(_sheet(parts, "表三", b"</mergeCells>", merges + b"</mergeCells>"))


def long_format(parts: Parts) -> bytes:
    """A number format of two million letters."""
    form = b'<numFmts><numFmt numFmtId="391" formatCode="%s"/></numFmts><fonts' % (b"0" * 2_000_000)
    styles = parts["xl/styles.xml"].replace(b'<numFmts count="0"/>', b"").replace(b"<fonts", form, 1)
    return packed({**parts, "xl/styles.xml": styles})


def long_number(parts: Parts) -> bytes:
    """A number of three million digits, which is endless for a reader."""
    row = b'<row r="9000"><c r="A9000"><v>%s</v></c></row></sheetData>' % (b"9" * 3_000_000)
    return packed(_sheet(parts, "表三", b"</sheetData>", row))


def far_by_sums(parts: Parts) -> bytes:
    """In every sheet a cell that is not too far by itself."""
    parts = dict(parts)
    for part in sheet_parts(parts).values():
        far = b'<row r="6000"><c r="CXF6000"><v>1</v></c></row></sheetData>'
        parts[part] = parts[part].replace(b"</sheetData>", far)
    return packed(parts)


#: name → what makes it, what its sentence says
HOSTILE: dict[str, tuple[Callable[[Parts], bytes], str]] = {
    "一格在天边": (geometry_bomb, "异常庞大"),
    "四个字母的列": (four_letters, "位置写法不对"),
    "压缩炸弹": (zip_bomb, "异常庞大"),
    "大小不实": (lying_directory, ""),
    "嵌套过深": (deep_xml, "嵌套过深"),
    "百万格式": (many_styles, "单元格格式超过"),
    "十万工作表": (many_sheets, "数量异常"),
    "十万工作表同一部件": (many_sheet_entries, "工作表超过"),
    "五百万文字": (many_strings, "文字超过"),
    "百万名称": (many_names, "名称超过"),
    "百万空行": (many_rows, "超出工作表的范围"),
    "文字放大": (amplified, "文字异常庞大"),
    "百万合并": (many_merges, "数量异常"),
    "长格式": (long_format, "数字格式超过"),
    "长数字": (long_number, "值写法不对"),
    "各表都远": (far_by_sums, "异常庞大"),
    "实体": (entities, "外部定义"),
    "编码": (other_encoding, "文字编码异常"),
    "路径": (outside_path, "路径异常"),
    "重名": (same_name, "重名"),
    "加密": (encrypted, "文件有打开密码"),
    "截断": (truncated, "已损坏"),
    "空文件": (lambda _: b"", "文件是空的"),
    "旧格式": (lambda _: OLE, "旧版 .xls"),
    "网页": (lambda _: "<html><table><tr><td>表</td></tr></table></html>".encode(), "内容是网页"),
    "文本": (lambda _: "资金来源,金额\n一般公共预算,1\n".encode(), "内容是 CSV"),
    "XML表格": (lambda _: b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML 表格"),
}


def write_hostile(folder: Path, source: Path) -> dict[str, Path]:
    """One file of each kind in a folder, made from a real workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = parts_of(source)
    result = {}
    for name, (make, _) in HOSTILE.items():
        result[name] = folder / f"{name}.xlsx"
        result[name].write_bytes(make(parts))
    return result
