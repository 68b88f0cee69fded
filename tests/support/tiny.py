"""The smallest workbook there is, as parts, with one sheet whose XML is at hand to be spelled in any way."""

from __future__ import annotations

from tests.support.hostile import MAIN, Parts

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CELL = '<c r="B2"><v>327.37</v></c>'
ROW = f'<row r="2"><c r="A2" t="s"><v>0</v></c>{CELL}<c r="C2" t="inlineStr"><is><t>本年</t></is></c></row>'


def sheet(data: str = ROW, before: str = "", after: str = "", attributes: str = "", prefix: str = "") -> bytes:
    """A sheet's part around its rows; `attributes` stand in the first tag."""
    space = f"xmlns:{prefix}" if prefix else "xmlns"
    p = f"{prefix}:" if prefix else ""
    body = f"{before}<{p}sheetData>{data}</{p}sheetData>{after}"
    return f'{HEAD}<{p}worksheet {space}="{MAIN}"{attributes}>{body}</{p}worksheet>'.encode()


def tiny(**changed: bytes | None) -> Parts:
    """The parts; `changed` by the last step of their names without its ending: sheet1, workbook, styles, …"""
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{REL}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(
            (("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")),
            1,
        )
    )
    types = "".join(
        f'<Override PartName="/xl/{part}" ContentType="{TYPE}.{kind}+xml"/>'
        for part, kind in (
            ("workbook.xml", "sheet.main"),
            ("worksheets/sheet1.xml", "worksheet"),
            ("sharedStrings.xml", "sharedStrings"),
            ("styles.xml", "styles"),
        )
    )
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>'
        '<sheet name="表三" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
        "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}"><si><t>合计</t></si><si><r><t>小</t></r><r><rPr><b/></rPr>'
        "<t>计</t></r></si></sst>",
        "xl/styles.xml": f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="宋体"/>'
        '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill'
        ' patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf'
        ' numFmtId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" xfId="0"/><xf numFmtId="14" xfId="0"/>'
        '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
        "xl/worksheets/sheet1.xml": "",
    }
    made = {name: text.encode() for name, text in parts.items()}
    made["xl/worksheets/sheet1.xml"] = sheet()
    for key, data in changed.items():
        name = next(n for n in made if n.rsplit("/", 1)[-1].removesuffix(".xml") == key)
        if data is None:
            del made[name]
        else:
            made[name] = data
    return made


def edit(part: str, old: str, new: str) -> Parts:
    """The parts with one text of one part replaced; `part` as in `tiny`."""
    parts = tiny()
    name = next(n for n in parts if n.rsplit("/", 1)[-1].removesuffix(".xml") == part)
    assert old.encode() in parts[name], old
    return {**parts, name: parts[name].replace(old.encode(), new.encode(), 1)}
