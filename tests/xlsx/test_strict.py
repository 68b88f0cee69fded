"""One reading of a file: what is plain is read as other programs read it; what is not is named."""

from __future__ import annotations

import contextlib
import datetime
import html
import os
import re
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from addin.xlsx.files import Workbook
from tests.support.evidence import EVIDENCE, LONG
from tests.support.hostile import MAIN, Parts, packed
from tests.support.tiny import CELL, HEAD, REL, ROW, edit, sheet, tiny
from tests.support.tools import Office
from udfs.base import Dated, InputProblems, stored_number
from udfs.upward.seal import typed_value

FOREIGN = ' xmlns:x="urn:other" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x"'
MC = ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:y="urn:y"'


def read(parts: Parts) -> dict[tuple[int, int], Any]:
    """Our reading of the sheet's cells."""
    book = Workbook(Path("a.xlsx"), packed(parts, 1))
    grid = book.grids["表三"]
    return {(r, c): v for r, line in enumerate(grid, 1) for c, v in enumerate(line, 1) if v != ""}


def opened(parts: Parts) -> dict[tuple[int, int], Any]:
    """openpyxl's reading."""
    book = load_workbook(BytesIO(packed(parts, 1)), data_only=True)
    (one,) = book.worksheets
    return {(c.row, c.column): c.value for line in one.iter_rows() for c in line if c.value not in (None, "")}


def rows(data: str) -> Parts:
    """The smallest workbook with these rows."""
    return tiny(sheet1=sheet(data))


def cell(inner: str, kind: str = "") -> Parts:
    """The smallest workbook with this in B2."""
    kind = f' t="{kind}"' if kind else ""
    return rows(f'<row r="2"><c r="B2"{kind}>{inner}</c></row>')


#: What is only spelled in another way: read, and read as openpyxl does.
ALIKE: dict[str, Callable[[], Parts]] = {
    "as every program writes it": tiny,
    "CDATA": lambda: cell("<v><![CDATA[12.5]]></v>"),
    "a space in a tag": lambda: cell("<f >1+1</f ><v >2</v >"),
    "a prefix": lambda: tiny(
        sheet1=sheet('<p:row r="2"><p:c r="B2"><p:v>5</p:v></p:c></p:row>', prefix="p"),
    ),
    "other quotes": lambda: rows("<row r='2'><c r='B2' t='str'><v>a</v></c></row>"),
    "lines between": lambda: rows('\n <row r="2">\n  <c r="B2">\n<v>7</v>\n</c>\n</row>\n'),
    "no places": lambda: rows("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"),
    "attributes in another order": lambda: rows('<row r="2"><c t="str" r="B2"><v>a</v></c></row>'),
    "a number as a character reference": lambda: cell("<v>&#51;</v>"),
    "rich text": lambda: cell("<is><r><t>9</t></r><r><rPr><b/></rPr><t>327</t></r></is>", "inlineStr"),
    "rich text in the list": lambda: cell("<v>1</v>", "s"),
    "a text that looks like a number": lambda: cell("<v>12</v>", "str"),
    "truth": lambda: cell("<v>1</v>", "b"),
    "an empty value": lambda: cell("<f>1+1</f><v/>"),
    "nothing in it": lambda: rows('<row r="2"><c r="B2" s="0"/></row><row r="5"/>'),
    "a date": lambda: rows('<row r="2"><c r="B2" s="1"><v>45292</v></c></row>'),
    "dates from 1904 on": lambda: {
        **rows('<row r="2"><c r="B2" s="1"><v>45292</v></c></row>'),
        "xl/workbook.xml": tiny()["xl/workbook.xml"].replace(b"<sheets>", b'<workbookPr date1904="1"/><sheets>'),
    },
    "foreign attributes": lambda: tiny(sheet1=sheet(ROW.replace("<row ", '<row x:d="1" '), attributes=FOREIGN)),
    "an extension list": lambda: tiny(sheet1=sheet(after='<extLst><ext uri="u"><x xmlns="urn:x">9</x></ext></extLst>')),
}

#: What one program reads so and another so.
REFUSED: dict[str, Callable[[], Parts]] = {
    "a foreign value before the value": lambda: tiny(
        sheet1=sheet(f'<row r="2">{CELL.replace("<v>", "<x:v>999</x:v><v>")}</row>', attributes=FOREIGN)
    ),
    "a foreign value after it": lambda: tiny(
        sheet1=sheet(f'<row r="2">{CELL.replace("</v>", "</v><x:v>999</x:v>")}</row>', attributes=FOREIGN)
    ),
    "a foreign cell": lambda: tiny(
        sheet1=sheet(f'<row r="2">{CELL}<x:c r="C2"><x:v>9</x:v></x:c></row>', attributes=FOREIGN)
    ),
    "a foreign row": lambda: tiny(
        sheet1=sheet(f'{ROW}<x:row r="3"><x:c r="B3"><x:v>9</x:v></x:c></x:row>', attributes=FOREIGN)
    ),
    "a namespace of its own inside": lambda: cell('<v xmlns="urn:other">999</v><v>1</v>'),
    "a second sheetData": lambda: tiny(
        sheet1=sheet(after="<sheetData><row r='2'><c r='B2'><v>9</v></c></row></sheetData>")
    ),
    "a foreign sheetData": lambda: tiny(
        sheet1=sheet(
            before='<x:sheetData><x:row r="2"><x:c r="B2"><x:v>9</x:v></x:c></x:row></x:sheetData>', attributes=FOREIGN
        )
    ),
    "sheetData inside something": lambda: tiny(
        sheet1=sheet().replace(b"<sheetData>", b"<extLst><sheetData>").replace(b"/sheetData>", b"/sheetData></extLst>")
    ),
    "alternatives in a cell": lambda: tiny(
        sheet1=sheet(
            '<row r="2"><c r="B2"><mc:AlternateContent><mc:Choice Requires="y"><v>1</v></mc:Choice><mc:Fallback>'
            "<v>2</v></mc:Fallback></mc:AlternateContent></c></row>",
            attributes=MC,
        )
    ),
    "alternatives around the cells": lambda: tiny(
        sheet1=sheet(
            before='<mc:AlternateContent><mc:Choice Requires="y"><sheetData/></mc:Choice></mc:AlternateContent>',
            attributes=MC,
        )
    ),
    "foreign content to be unwrapped": lambda: tiny(
        sheet1=sheet(attributes=FOREIGN + ' mc:ProcessContent="x:wrap"', before="<x:wrap/>")
    ),
    "a cell twice": lambda: rows(f'<row r="2">{CELL}<c r="B2"><v>9</v></c></row>'),
    "a row twice": lambda: rows(f'<row r="2">{CELL}</row><row r="2"><c r="B2"><v>9</v></c></row>'),
    "cells out of order": lambda: rows('<row r="2"><c r="C2"><v>1</v></c><c r="B2"><v>2</v></c></row>'),
    "rows out of order": lambda: rows(f'<row r="3"><c r="B3"><v>1</v></c></row><row r="2">{CELL}</row>'),
    "a cell of another row": lambda: rows('<row r="2"><c r="B3"><v>1</v></c></row>'),
    "a column beyond the last": lambda: rows('<row r="2"><c r="XFE2"><v>1</v></c></row>'),
    "a row beyond the last": lambda: rows('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'),
    "two values": lambda: cell("<v>1</v><v>2</v>"),
    "a value cut by a comment": lambda: cell("<v>1<!-- -->2</v>"),
    "a number that is none": lambda: cell("<v>12,5</v>"),
    "no number": lambda: cell("<v>NaN</v>"),
    "endless": lambda: cell("<v>1e999</v>"),
    "a hexadecimal number": lambda: cell("<v>0x10</v>"),
    "truth that is none": lambda: cell("<v>7</v>", "b"),
    "an unknown type": lambda: cell("<v>7</v>", "number"),
    "a text beside a value": lambda: cell("<v>1</v><is><t>2</t></is>"),
    "an inline text of another type": lambda: cell("<is><t>2</t></is>", "n"),
    "a text that there is not": lambda: cell("<v>77</v>", "s"),
    "a letter by its number": lambda: cell("<is><t>_x0039_5</t></is>", "inlineStr"),
    "a letter by its number in the list": lambda: edit("sharedStrings", "合计", "_x0039_5"),
    "two texts in one": lambda: cell("<is><t>1</t><t>2</t></is>", "inlineStr"),
    "a text and runs": lambda: cell("<is><t>1</t><r><t>2</t></r></is>", "inlineStr"),
    "a foreign run": lambda: tiny(
        sheet1=sheet('<row r="2"><c r="B2" t="inlineStr"><is><x:t>9</x:t><t>1</t></is></c></row>', attributes=FOREIGN)
    ),
    "a foreign text in the list": lambda: edit("sharedStrings", "<si><t>", '<si><t xmlns="urn:o">9</t><t>'),
    "a foreign list of texts": lambda: tiny(sharedStrings=f'{HEAD}<sst xmlns="urn:o"><si><t>1</t></si></sst>'.encode()),
    "two lists of texts": lambda: {
        **edit(
            "workbook.xml.rels",
            "</Relationships>",
            f'<Relationship Id="rId9" Type="{REL}/sharedStrings" Target="other.xml"/></Relationships>',
        ),
        "xl/other.xml": tiny()["xl/sharedStrings.xml"].replace("合计".encode(), b"9"),
    },
    "texts of another part by type": lambda: {
        **edit("[Content_Types]", "/xl/sharedStrings.xml", "/xl/other.xml"),
        "xl/other.xml": tiny()["xl/sharedStrings.xml"].replace("合计".encode(), b"9"),
    },
    "the book is elsewhere": lambda: {
        **edit(".rels", "xl/workbook.xml", "xl/book2.xml"),
        "xl/book2.xml": tiny()["xl/workbook.xml"],
    },
    "the book is elsewhere by type": lambda: {
        **edit("[Content_Types]", "/xl/workbook.xml", "/xl/book2.xml"),
        "xl/book2.xml": tiny()["xl/workbook.xml"],
    },
    "a relationship twice": lambda: edit(
        "workbook.xml.rels",
        "</Relationships>",
        f'<Relationship Id="rId1" Type="{REL}/worksheet" Target="b.xml"/></Relationships>',
    ),
    "a sheet outside": lambda: edit(
        "workbook.xml.rels", 'Target="worksheets', 'TargetMode="External" Target="worksheets'
    ),
    "a sheet that is none by its relationship": lambda: edit("workbook.xml.rels", "/worksheet", "/theme"),
    "two lists of sheets": lambda: edit("workbook", "</sheets>", "</sheets><sheets/>"),
    "two sheets of one name": lambda: edit(
        "workbook", "</sheets>", '<sheet name="表三" sheetId="2" r:id="rId1"/></sheets>'
    ),
    "a name twice": lambda: edit(
        "workbook",
        "</sheets>",
        "</sheets><definedNames><definedName name='YS_A'>表三!$A$1</definedName><definedName name='ys_a'>表三!$B$1"
        "</definedName></definedNames>",
    ),
    "alternatives in the book": lambda: edit(
        "workbook",
        "<sheets>",
        f"<mc:AlternateContent{MC}><mc:Choice Requires='y'><sheets/></mc:Choice></mc:AlternateContent><sheets>",
    ),
    "two lists of formats": lambda: edit("styles", "<cellXfs", "<cellXfs><xf numFmtId='14'/></cellXfs><cellXfs"),
    "a format's number twice": lambda: edit(
        "styles",
        "<fonts",
        "<numFmts><numFmt numFmtId='170' formatCode='0'/><numFmt numFmtId='170' formatCode='0.00'/></numFmts><fonts",
    ),
    "another encoding": lambda: tiny(sheet1=sheet().decode().replace("UTF-8", "UTF-16").encode("utf-16")),
    "bytes that are no text": lambda: tiny(sheet1=sheet().replace("本年".encode(), b"\xff\xfe")),
    "an entity of its own": lambda: tiny(
        sheet1=sheet().replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY n "9">]><worksheet').replace(b"327.37", b"&n;")
    ),
    "no sheet": lambda: tiny(sheet1=b'<html xmlns="http://www.w3.org/1999/xhtml"/>'),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_what_is_spelled_otherwise_is_read_alike(kind: str) -> None:
    assert compare(ALIKE[kind]())


@pytest.mark.parametrize("kind", REFUSED)
def test_what_differs_between_readers_is_refused(kind: str) -> None:
    with pytest.raises(InputProblems) as caught:
        read(REFUSED[kind]())
    assert "CalamineError" not in str(caught.value.problems[0])


def test_the_strict_schema_is_read_as_the_transitional_one() -> None:
    purl = "http://purl.oclc.org/ooxml/"
    parts = {
        name: data.replace(MAIN.encode(), f"{purl}spreadsheetml/main".encode()).replace(
            REL.encode(), f"{purl}officeDocument/relationships".encode()
        )
        for name, data in tiny().items()
    }
    assert read(parts) == read(tiny()) != {}


def test_a_workbook_without_a_list_of_texts() -> None:
    parts = rows(f'<row r="2">{CELL}</row>')
    relations = parts["xl/_rels/workbook.xml.rels"].replace(b"sharedStrings", b"other")
    del parts["xl/sharedStrings.xml"]
    assert read({**parts, "xl/_rels/workbook.xml.rels": relations, "xl/other.xml": b"<x/>"}) == {(2, 2): 327.37}


def test_the_cell_is_named() -> None:
    with pytest.raises(InputProblems, match="“表三”B2"):
        read(REFUSED["a foreign value before the value"]())


def test_formulas_are_found_however_they_are_spelled() -> None:
    data = (
        '<row r="1"><c r="A1"><f >1+1</f ><v>2</v></c><c r="B1"><f t="shared" ref="B1:B2" si="0">A1*2</f><v>4</v></c>'
        '<c r="C1"><f t="array" ref="C1:C2">A1:A2</f><v>4</v></c></row>'
        '<row r="2"><c r="A2"><f><![CDATA[2+2]]></f><v>4</v></c><c r="B2"><f t="shared" si="0"/><v>8</v></c>'
        '<c r="C2"><v>1</v></c></row>'
    )
    from addin.upward.sealing import formulas_of

    found = formulas_of(Workbook(Path("a.xlsx"), packed(rows(data))))["表三"]
    assert found[1, 1] == "1+1"
    assert found[2, 1] == "2+2"
    assert found[1, 2] == "A1*2"
    assert found[2, 2] == "A2*2", "a shared formula is said of each cell"
    assert "array" in found[1, 3]
    assert "array" in found[2, 3], "what an area's formula gives is no value"


# ---- the space of spellings


PIECES = (
    "<v>1</v>", "<v>12.50</v>", "<v>-3e2</v>", "<v/>", "<v> 4 </v>", "<v>&#53;</v>", "<v><![CDATA[6]]></v>",
    "<x:v>777</x:v>", '<v xmlns="urn:o">778</v>', "<f>1+1</f>", "<f >2</f >", "<f/>", "<!-- c -->", "<?p i?>",
    "<is><t>甲</t></is>", "<is><r><t>a</t></r><r><rPr><b/><sz val='1'/></rPr><t>b</t></r></is>", "<is/>",
    '<is><t xml:space="preserve"> b </t><phoneticPr fontId="0"/></is>', "<is><x:t>8</x:t><t>9</t></is>",
    "<extLst/>", "<v>1</v >", "<v>0</v>", "<v>#N/A</v>", "<v>true</v>", "<v>1e400</v>", "<v>１</v>", "\n",
)  # fmt: skip
#: What programs do write, in some spelling.
SOUND = (
    ("", "<v>1</v>"), ("n", "<v>-3e2</v>"), ("", "<v>12.50</v>"), ("", "<v>&#53;</v>"), ("", "<v><![CDATA[6]]></v>"),
    ("", "<v> 4 </v>"), ("", "<v>0.1</v >"), ("", "<v>1<!-- -->2</v>"), ("", "<v>1234567.895</v>"), ("", ""),
    ("str", "<v>12</v>"), ("str", "<v>a&amp;b</v>"), ("s", "<v>0</v>"), ("s", "<v>1</v>"), ("b", "<v>1</v>"),
    ("e", "<v>#N/A</v>"), ("", "<f>1+1</f><v>2</v>"), ("", "<f >2</f ><v>2</v>"), ("n", "<v>.5</v>"),
    ("inlineStr", "<is><t>甲</t></is>"), ("inlineStr", '<is><t xml:space="preserve"> b </t></is>'),
    ("inlineStr", "<is><r><t>a</t></r><r><rPr><b/></rPr><t>9</t></r></is>"),
    ("inlineStr", "<is><t>_x0039_5</t></is>"), ("inlineStr", "<is><t>1<![CDATA[2]]></t></is>"),
)  # fmt: skip
KINDS = ("", "n", "s", "str", "inlineStr", "b", "e", "d", "x")


def mutated(random: Random) -> Parts:
    """A workbook from a grammar of cells, most of it plain, a little of it not."""
    made: list[str] = []
    number = 0
    for _ in range(random.randrange(1, 4)):
        number += random.choice((1, 1, 1, 2, 0) if random.random() < 0.3 else (1, 2))
        cells, column = [], 0
        for _ in range(random.randrange(4)):
            column += random.choice((1, 1, 1, 2, 0) if random.random() < 0.2 else (1, 2))
            kind = random.choice(KINDS if random.random() < 0.3 else KINDS[:7])
            inner = "".join(random.choice(PIECES) for _ in range(random.choice((1, 1, 1, 2, 2, 3))))
            if random.random() < 0.9:
                kind, inner = random.choice(SOUND)
            place = random.choice((f' r="{"ABCDEFGHIJKLMNOP"[max(column, 1) - 1]}{number}"',) * 9 + ("",))
            kind = f' t="{kind}"' if kind else ""
            style = random.choice(("", ' s="1"'))
            cells.append(random.choice((f"<c{place}{style}{kind}>{inner}</c>", f"<c{place}{kind}{style}>{inner}</c>")))
        place = random.choice((f' r="{number}"',) * 9 + ("",))
        made.append(f"<row{place}>{''.join(cells)}</row>")
    extra = random.choice(("",) * 6 + ("<sheetData/>", "<x:sheetData/>"))
    return tiny(sheet1=sheet("".join(made), after=extra, attributes=FOREIGN))


@settings(max_examples=400 if EVIDENCE else 60, deadline=None)
@given(
    code=st.sampled_from(["yyyy-mm-dd", 'm"月"', "h:mm", "[h]:mm", "mm:ss.0", "[$-411]ge.m.d", "[s]", "d", 'yyyy"年"']),
    hundredths=st.integers(-(10**13), 10**13) | st.integers(-10_000, 10**9),
)
def test_a_number_in_a_format_of_dates_keeps_its_value(code: str, hundredths: int) -> None:
    parts = rows(f'<row r="2"><c r="B2" s="1"><v>{hundredths / 100!r}</v></c></row>')
    coded = f'<numFmts count="1"><numFmt numFmtId="200" formatCode="{html.escape(code)}"/></numFmts><fonts '.encode()
    styles = parts["xl/styles.xml"].replace(b"<fonts ", coded, 1).replace(b'numFmtId="14"', b'numFmtId="200"')
    found = read({**parts, "xl/styles.xml": styles})[2, 2]
    number = stored_number(found)
    assert number is not None
    assert round(number * 100) == hundredths
    # The seal keeps a date as a date, and tells every number from every other.
    assert typed_value(found)[0] in "nd"


def same(ours: Any, other: Any) -> bool:
    """Whether two programs' values are one."""
    if isinstance(ours, Dated):
        # A time of a day, a day of 1900, or a number that no date is: openpyxl makes of it what it can.
        return isinstance(other, datetime.datetime | datetime.time | datetime.timedelta) or ours == other
    if isinstance(ours, float | int) and isinstance(other, float | int):
        return float(ours) == float(other)
    if isinstance(ours, datetime.datetime | datetime.time | datetime.timedelta | datetime.date):
        return isinstance(other, datetime.datetime | datetime.time | datetime.timedelta)
    return str(ours).strip() == str(other).strip()


def compare(parts: Parts) -> bool:
    """Read by both; False where we refuse."""
    try:
        ours = read(parts)
    except InputProblems:
        return False
    try:
        theirs = opened(parts)
    except ValueError:
        return False  # not a date for openpyxl: it shows nothing, so nothing else
    for at in {*ours, *theirs}:
        mine, other = ours.get(at), theirs.get(at)
        blank = not str(mine or "").strip() and not str(other or "").strip()
        # openpyxl keeps no formula's missing result, and we say that there is none.
        missing = isinstance(mine, str) and other is None and "公式" in mine
        assert blank or missing or same(mine, other), (at, mine, other, parts["xl/worksheets/sheet1.xml"])
    return True


def test_mutated_sheets_are_read_as_openpyxl_reads_them_or_refused() -> None:
    read_alike = sum(compare(mutated(Random(seed))) for seed in range(20_000 if EVIDENCE else 400))
    assert read_alike > 20, "some of what the grammar makes is plain"


def bulk(sheets: dict[str, bytes]) -> Parts:
    """One workbook of these sheets, the tables of texts and formats those of the smallest workbook."""
    parts = tiny()
    del parts["xl/worksheets/sheet1.xml"]
    listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="s{i}"/>' for i, n in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="s{i}" Type="{REL}/worksheet" Target="worksheets/m{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/m{i}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.worksheet+xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    for name, old, new in (
        ("xl/workbook.xml", r"<sheets>.*</sheets>", f"<sheets>{listed}</sheets>"),
        ("xl/_rels/workbook.xml.rels", '<Relationship Id="rId1"[^>]*>', related),
        ("[Content_Types].xml", "</Types>", f"{types}</Types>"),
    ):
        parts[name] = re.sub(old, lambda _, new=new: new, parts[name].decode()).encode()  # type: ignore[misc]
    return {**parts, **{f"xl/worksheets/m{i}.xml": data for i, data in enumerate(sheets.values(), 1)}}


@pytest.mark.live
@LONG
def test_libreoffice_shows_what_we_read(tmp_path: Path, soffice: Office) -> None:
    """Two hundred sheets a workbook, so that the program is started once and opens a few dozen files."""
    wanted: dict[str, dict[tuple[int, int], Any]] = {}
    plain: dict[str, bytes] = {}
    for seed in range(int(os.environ.get("YUSUAN_MUTATED", "20000"))):
        parts = mutated(Random(seed))
        with contextlib.suppress(InputProblems):
            book = Workbook(Path("a.xlsx"), packed(parts, 1))
            live = book.reading.sheets["表三"].formulas()
            cells = {at: value for at, value in read(parts).items() if at not in live}
            if cells:
                wanted[f"m{seed}"] = cells
                plain[f"m{seed}"] = parts["xl/worksheets/sheet1.xml"]
    names = list(plain)
    for start in range(0, len(names), 200):
        some = {name: plain[name] for name in names[start : start + 200]}
        (tmp_path / f"{start}.xlsx").write_bytes(packed(bulk(some)))
    profile = f"-env:UserInstallation={soffice.profile.as_uri()}"
    command = ["soffice", "--headless", "--norestore", profile, "--convert-to", "xlsx", "--outdir", str(tmp_path / "o")]
    subprocess.run([*command, *map(str, tmp_path.glob("*.xlsx"))], check=False, capture_output=True)
    compared = 0
    for again in (tmp_path / "o").glob("*.xlsx"):
        for one in load_workbook(again, data_only=True).worksheets:
            for at, value in wanted[one.title].items():
                shown = one.cell(*at).value
                blank = not str(value).strip() and not str(shown or "").strip()
                # The grammar gives dates' formats to truths as well, which LibreOffice shows as dates.
                date = isinstance(value, bool | datetime.date | datetime.time | datetime.timedelta)
                assert blank or date or same(value, shown), (one.title, at, value, shown)
                compared += 1
    print(f"\n{len(wanted)} mutated sheets read, {compared} cells as LibreOffice shows them")
    assert compared > 60
