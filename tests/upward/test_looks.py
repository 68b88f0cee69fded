"""What is seen is what is sealed: what lets a reader see another figure breaks the seal and stops 定稿."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from addin.upward.verify import verify_workbook
from tests.support.books import edited, parts_of, sheet_of, sheet_parts, write_parts
from tests.support.command import run_command
from tests.support.evidence import EVIDENCE
from tests.support.hostile import MAIN, Parts, packed
from tests.support.many import unit_parts
from tests.support.sealed import put_root, sheet_root, tampered, text_of
from udfs.base import misread, misread_text

Edit = Callable[[Parts], None]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("looks") / "1.xlsx"
    path.write_bytes(packed(unit_parts(0, 1)))
    return path


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, inputs: Path) -> Path:
    folder = tmp_path_factory.mktemp("sealed")
    assert run_command("submit", inputs, "-o", folder).code == 0
    (out,) = folder.iterdir()
    return out


def styled(change: Callable[[etree._Element, etree._Element], None], sheet: str = "表三", at: str = "C8") -> Edit:
    """A cell given a format of its own; `change` takes the list of styles and the new format."""

    def edit(parts: Parts) -> None:
        styles = etree.fromstring(parts["xl/styles.xml"])
        formats = styles.find(f"{{{MAIN}}}cellXfs")
        assert formats is not None
        form = etree.SubElement(formats, f"{{{MAIN}}}xf", numFmtId="0", fontId="0", fillId="0", borderId="0", xfId="0")
        change(styles, form)
        parts["xl/styles.xml"] = etree.tostring(styles)
        root = sheet_root(parts, sheet)
        next(c for c in root.iter(f"{{{MAIN}}}c") if c.get("r") == at).set("s", str(len(formats) - 1))
        put_root(parts, sheet, root)

    return edit


def coded(code: str) -> Edit:
    """A number format."""

    def change(styles: etree._Element, form: etree._Element) -> None:
        codes = styles.find(f"{{{MAIN}}}numFmts")
        if codes is None:
            codes = etree.Element(f"{{{MAIN}}}numFmts")
            styles.insert(0, codes)
        etree.SubElement(codes, f"{{{MAIN}}}numFmt", numFmtId="391", formatCode=code)
        form.set("numFmtId", "391")

    return styled(change)


def lettered(xml: str) -> Edit:
    """A font."""
    return listed("font", xml)


def listed(kind: str, xml: str, at: str = "C8", said: str = "") -> Edit:
    """A font or a fill: one more in the list of its kind, which the format names."""

    def change(styles: etree._Element, form: etree._Element) -> None:
        known = styles.find(f"{{{MAIN}}}{kind}s")
        assert known is not None
        known.append(etree.fromstring(f'<{kind} xmlns="{MAIN}" {said}>{xml}</{kind}>'))
        form.set(f"{kind}Id", str(len(known) - 1))

    return styled(change, at=at)


def replaced(old: str, new: str, sheet: str = "表三") -> Edit:
    """A piece of a sheet's XML."""

    def edit(parts: Parts) -> None:
        part = sheet_parts(parts)[sheet]
        text = parts[part].decode()
        assert re.search(old, text), old
        parts[part] = re.sub(old, new, text, count=1).encode()

    return edit


def ruled(inner: str, dxf: str = "") -> Edit:
    """A rule over the table's amounts."""

    def edit(parts: Parts) -> None:
        styles = etree.fromstring(parts["xl/styles.xml"])
        forms = styles.find(f"{{{MAIN}}}dxfs")
        assert forms is not None
        if dxf:
            forms.append(etree.fromstring(f'<dxf xmlns="{MAIN}">{dxf}</dxf>'))
            parts["xl/styles.xml"] = etree.tostring(styles)
        rule = inner.replace("DXF", str(len(forms) - 1))
        replaced("(<conditionalFormatting)", rf'<conditionalFormatting sqref="C8">{rule}</conditionalFormatting>\1')(
            parts
        )

    return edit


def drawn(anchor: str) -> Edit:
    """A text box over the table."""

    def edit(parts: Parts) -> None:
        drawing = "http://schemas.openxmlformats.org/drawingml/2006"
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        part = sheet_parts(parts)["表三"]
        folder, name = part.rsplit("/", 1)
        parts["xl/drawings/drawing77.xml"] = (
            f'<wsDr xmlns="{drawing}/spreadsheetDrawing" xmlns:a="{drawing}/main">{anchor}</wsDr>'.encode()
        )
        parts[f"{folder}/_rels/{name}.rels"] = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="d7"'
            f' Type="{relation}/drawing" Target="/xl/drawings/drawing77.xml"/></Relationships>'.encode()
        )
        types = parts["[Content_Types].xml"].decode()
        one = (
            '<Override PartName="/xl/drawings/drawing77.xml"'
            ' ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/></Types>'
        )
        parts["[Content_Types].xml"] = types.replace("</Types>", one).encode()
        replaced("</worksheet>", f'<drawing xmlns:r="{relation}" r:id="d7"/></worksheet>')(parts)

    return edit


BOX = (
    "<oneCellAnchor><from><col>2</col><colOff>0</colOff><row>7</row><rowOff>0</rowOff></from><ext cx='9' cy='9'/><sp>"
    "<txBody><a:p><a:r><a:t>999.99</a:t></a:r></a:p></txBody></sp><clientData/></oneCellAnchor>"
)
NUMBER_RULE = '<cfRule type="expression" dxfId="DXF" priority="99"><formula>TRUE</formula></cfRule>'


def replaced_in(part: str, old: str, new: str) -> Edit:
    """A piece of another part."""

    def edit(parts: Parts) -> None:
        text = parts[part].decode()
        assert re.search(old, text, re.DOTALL), old
        parts[part] = re.sub(old, new, text, count=1, flags=re.DOTALL).encode()

    return edit


def both(one: Edit, other: Edit) -> Edit:
    """One edit after the other."""

    def edit(parts: Parts) -> None:
        one(parts)
        other(parts)

    return edit


def aligned(said: str) -> Edit:
    """A way in which a cell is set."""

    def change(_: etree._Element, form: etree._Element) -> None:
        form.append(etree.fromstring(f'<alignment xmlns="{MAIN}" {said}/>'))

    return styled(change)


def filled(xml: str) -> Edit:
    """A fill."""
    return listed("fill", xml)


def run(look: str) -> Edit:
    """The first digits of a text in a run of their own, the text the same."""

    def edit(parts: Parts) -> None:
        root = sheet_root(parts, "表三")
        text = text_of(parts, "表三", "A1")
        head, digits, tail = re.split(r"(\d+)", text, maxsplit=1)
        space = 'xml:space="preserve"'
        runs = "".join(
            f"<r>{more}<t {space}>{piece}</t></r>"
            for piece, more in ((head, ""), (digits, f"<rPr>{look}</rPr>"), (tail, ""))
        )
        cell = next(c for c in root.iter(f"{{{MAIN}}}c") if c.get("r") == "A1")
        del cell[:]
        cell.set("t", "inlineStr")
        cell.append(etree.fromstring(f'<is xmlns="{MAIN}">{runs}</is>'))
        put_root(parts, "表三", root)

    return edit


def white_by_default(parts: Parts) -> None:
    """The format of cells that name none, given to one."""
    lettered('<sz val="11"/><color rgb="FFFFFFFF"/>')(parts)
    styles = etree.fromstring(parts["xl/styles.xml"])
    formats = styles.find(f"{{{MAIN}}}cellXfs")
    assert formats is not None
    formats[0].set("fontId", formats[-1].get("fontId", ""))
    parts["xl/styles.xml"] = etree.tostring(styles)
    replaced('(<c r="C8")([^>]*) s="[0-9]+"', r"\1\2")(parts)


def spelled_with_zero(parts: Parts) -> None:
    """A format whose number begins with a zero."""
    coded('"9"0.00')(parts)
    replaced('(<c r="C8"[^>]* s=")', r"\g<1>0")(parts)


#: What is done to 表三, and what `verify` says of it. Those marked are also refused by 定稿.
CASES: dict[str, tuple[Edit, str, bool]] = {
    "a digit before": (coded('"9"0.00'), "表三!C8：外观与封印时不同：单元格格式使421.08显示为“9421.08”", True),
    "a digit behind": (coded('0.00"1"'), "表三!C8：外观", True),
    "a marked digit": (coded("\\90.00"), "表三!C8：外观", True),
    "another figure": (coded('"999.99"'), "显示为“999.99”", True),
    "nothing": (coded(";;;"), "看不见", True),
    "without decimals": (coded("0"), "显示为“421”", True),
    "in thousands": (coded("0.00,"), "表三!C8：外观", True),
    "a condition": (coded('[>300]"1"0.00;0.00'), "表三!C8：外观", True),
    "a minus that is none": (coded('"-"0.00'), "表三!C8：外观", True),
    "white by its format": (coded("[White]0.00"), "看不见", True),
    "white letters": (lettered('<sz val="11"/><color rgb="FFFFFFFF"/>'), "表三!C8：外观与封印时不同：文字与底色", True),
    "nearly white letters": (lettered('<sz val="11"/><color rgb="FFF0F0F0"/>'), "看不清", True),
    "white of the theme": (lettered('<sz val="11"/><color theme="0"/>'), "看不清", True),
    "white of the palette": (lettered('<sz val="11"/><color indexed="9"/>'), "看不清", True),
    "tiny letters": (lettered('<sz val="1"/>'), "看不清", True),
    "a hidden row": (replaced('<row r="8"', '<row hidden="1" r="8"'), "第8行被隐藏", False),
    "a low row": (replaced('<row r="8"[^>]*>', '<row r="8" ht="1" customHeight="1">'), "第8行被隐藏或过矮", False),
    "a hidden column": (replaced("<col ", '<col hidden="1" '), "这一列被隐藏", False),
    "a narrow column": (replaced('<col width="[^"]*"', '<col width="0.2"'), "这一列被隐藏或过窄", False),
    "rows hidden by default": (replaced("<sheetFormatPr", '<sheetFormatPr zeroHeight="1"'), "都被隐藏", False),
    "merged over figures": (
        replaced("<mergeCells[^>]*>", '<mergeCells><mergeCell ref="C8:D8"/>'),
        "合并单元格盖住",
        True,
    ),
    "a rule with a format": (
        ruled(NUMBER_RULE, '<numFmt numFmtId="391" formatCode="&quot;1&quot;0.00"/>'),
        "条件格式",
        True,
    ),
    "a rule with white ink": (
        ruled(NUMBER_RULE, '<font><color rgb="FFFFFFFF"/></font>'),
        "条件格式会使文字看不清",
        True,
    ),
    "icons instead of figures": (
        ruled(
            '<cfRule type="iconSet" priority="99"><iconSet showValue="0"><cfvo type="percent" val="0"/><cfvo'
            ' type="percent" val="33"/><cfvo type="percent" val="67"/></iconSet></cfRule>'
        ),
        "条件格式把数字盖住",
        True,
    ),
    "a text box": (drawn(BOX), "文字为“999.99”", True),
    "a figure in the footer": (
        replaced("<oddFooter>[^<]*", "<oddFooter>合计 999.99"),
        "页眉页脚为“合计 999.99”",
        False,
    ),
    "white by the cell's first format": (white_by_default, "看不清", True),
    "a format with a zero before it": (spelled_with_zero, "表三!C8：外观", False),
    "white by the theme": (
        both(
            lettered('<sz val="11"/><color theme="4"/>'),
            replaced_in("xl/theme/theme1.xml", "(<a:accent1>).*?(</a:accent1>)", r'\1<a:srgbClr val="FFFFFF"/>\2'),
        ),
        "看不清",
        False,
    ),
    "nearly white by a tint": (lettered('<sz val="11"/><color theme="4" tint="0.97"/>'), "看不清", False),
    "white by a palette": (
        both(
            lettered('<sz val="11"/><color indexed="8"/>'),
            replaced_in(
                "xl/styles.xml",
                "(<indexedColors>(?:<rgbColor[^>]*>){8})<rgbColor[^>]*>",
                r'\1<rgbColor rgb="00FFFFFF"/>',
            ),
        ),
        "看不清",
        False,
    ),
    "black on a gradient": (
        filled('<gradientFill><stop position="0"><color rgb="FF000000"/></stop></gradientFill>'),
        "看不清",
        True,
    ),
    "black on black": (
        filled('<patternFill patternType="solid"><fgColor theme="1"/></patternFill>'),
        "看不清",
        False,
    ),
    "pictures for digits": (lettered('<sz val="11"/><name val="Wingdings"/>'), "符号字体", False),
    "filled": (aligned('horizontal="fill"'), "重复显示", True),
    "right to left": (aligned('readingOrder="2"'), "从右到左", False),
    "upside down": (aligned('textRotation="180"'), "倒转", False),
    "a white run": (run('<color rgb="FFFFFFFF"/>'), "其中一部分文字与底色相同", False),
    "a tiny run": (run('<sz val="1"/>'), "其中一部分", False),
    "a raised run": (run('<vertAlign val="superscript"/>'), "上标或下标", False),
    "a picture as value": (replaced('<c r="C8"([^>]*)>', r'<c r="C8"\1 vm="1">'), "图片或链接的数据", False),
    "rows cut by a frozen pane": (
        replaced(
            "<sheetView .*?</sheetView>",
            '<sheetView workbookViewId="0" topLeftCell="A12"><pane ySplit="3" topLeftCell="A15" state="frozen"/>'
            "</sheetView>",
        ),
        "冻结窗格",
        False,
    ),
    "rows low by default": (
        replaced("<sheetFormatPr[^>]*/>", '<sheetFormatPr defaultRowHeight="0.5" customHeight="1"/>'),
        "过矮",
        False,
    ),
    "a low row in other words": (replaced('<row r="8"[^>]*>', '<row r="8" ht="1e-1">'), "第8行被隐藏或过矮", False),
    "a filter": (
        replaced(
            "</sheetData>",
            '</sheetData><autoFilter ref="A4:E9"><filterColumn colId="0"><filters><filter val="z"/></filters>'
            "</filterColumn></autoFilter>",
        ),
        "筛选条件",
        False,
    ),
    "a text box among alternatives": (
        drawn(
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice'
            f' Requires="a14">{BOX}</mc:Choice></mc:AlternateContent>'
        ),
        "文字为“999.99”",
        True,
    ),
    "a black fill by a rule": (
        ruled(NUMBER_RULE, '<fill><patternFill><bgColor rgb="FF000000"/></patternFill></fill>'),
        "条件格式会使文字看不清",
        False,
    ),
    "black by a scale of colours": (
        ruled(
            '<cfRule type="colorScale" priority="99"><colorScale><cfvo type="min"/><cfvo type="max"/>'
            '<color rgb="FF000000"/><color rgb="FF000000"/></colorScale></cfRule>'
        ),
        "条件格式会使文字看不清",
        False,
    ),
    "a print area": (
        replaced_in("xl/workbook.xml", r"('表三'!\$A\$1:\$E\$)1048576", r"\g<1>9"),
        "第10行有内容在打印区域之外",
        False,
    ),
    "a name of its own": (
        replaced_in(
            "xl/workbook.xml",
            "<definedNames>",
            '<definedNames><definedName name="YS_T3" localSheetId="9">\'表三\'!$A$1</definedName>',
        ),
        "名称“YS_T3”在这张工作表上另指他处",
        False,
    ),
    "a narrower column": (replaced('<col width="[^"]*"', '<col width="3"'), "列宽由13变为3", False),
    "formulas shown": (replaced("<sheetView ", '<sheetView showFormulas="1" '), "公式", False),
}  # fmt: skip


def set_at(at: str, xml: str = "", **said: str) -> Edit:
    """A cell's format: what the format says, and how the cell is set."""

    def change(_: etree._Element, form: etree._Element) -> None:
        for key, value in said.items():
            form.set(key, value)
        if xml:
            form.append(etree.fromstring(f'<alignment xmlns="{MAIN}" {xml}/>'))

    return styled(change, at=at)


def lettered_at(at: str, xml: str, kind: str = "font", said: str = "") -> Edit:
    """A font or a border of a cell's own."""
    return listed(kind, xml, at, said)


def with_part(name: str, content: str = "<x/>") -> Edit:
    """One more part in the package."""

    def edit(parts: Parts) -> None:
        parts[name] = content.encode()

    return edit


def noted(at: str, text: str) -> Edit:
    """A comment."""

    def edit(parts: Parts) -> None:
        part = sheet_parts(parts)["表二"]
        folder, name = part.rsplit("/", 1)
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        parts["xl/comments7.xml"] = (
            f'<comments xmlns="{MAIN}"><commentList><comment ref="{at}" authorId="0"><text><t>{text}</t></text>'
            "</comment></commentList></comments>"
        ).encode()
        parts[f"{folder}/_rels/{name}.rels"] = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="n7"'
            f' Type="{relation}/comments" Target="/xl/comments7.xml"/></Relationships>'.encode()
        )

    return edit


LATER = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"


def later(inner: str) -> Edit:
    """What newer programs keep at a sheet's end."""
    return replaced(
        "</worksheet>",
        f'<extLst><ext xmlns:x14="{LATER}" uri="u">{inner}</ext></extLst></worksheet>',
    )


def usual_letters(parts: Parts) -> None:
    """The letters by which columns are measured, tiny."""
    styles = etree.fromstring(parts["xl/styles.xml"])
    fonts, forms = styles.find(f"{{{MAIN}}}fonts"), styles.find(f"{{{MAIN}}}cellStyleXfs")
    assert fonts is not None
    assert forms is not None
    fonts.append(etree.fromstring(f'<font xmlns="{MAIN}"><sz val="2"/></font>'))
    forms[0].set("fontId", str(len(fonts) - 1))
    parts["xl/styles.xml"] = etree.tostring(styles)


LETTERS = '<sz val="11"/><name val="宋体"/>'
#: Many at once: on cells, sheets and parts of their own, each of which has to be named.
SHOW_ANOTHER_FIGURE: dict[str, tuple[Edit, str]] = {
    "struck out": (lettered_at("C9", f"<strike/>{LETTERS}"), "表三!C9：外观与封印时不同：有删除线"),
    "huge letters": (lettered_at("C10", '<sz val="200"/>'), "表三!C10：外观与封印时不同：字号由10.5变为200"),
    "a line across": (
        lettered_at("C11", '<left/><right/><top/><bottom/><diagonal style="thick"/>', "border", 'diagonalUp="1"'),
        "表三!C11：外观与封印时不同：文字上有斜线",
    ),
    "stacked": (set_at("C12", 'textRotation="255"'), "表三!C12：外观与封印时不同：文字方向改变"),
    "turned": (set_at("C13", 'textRotation="90"'), "文字方向改变，内容可能显示不全，同样的还有C13"),
    "centred over columns": (set_at("D7", 'horizontal="centerContinuous"'), "表三!D7：外观与封印时不同：数字跨栏居中"),
    "far to the right": (set_at("C14", 'horizontal="left" indent="20"'), "表三!C14：外观与封印时不同：缩进由1变为20"),
    "merged with an empty cell": (
        replaced("<mergeCells[^>]*>", '<mergeCells><mergeCell ref="D8:E8"/>'),
        "表三!D8：外观与封印时不同：数与旁边的格合并为D8:E8",
    ),
    "an unknown format": (set_at("C15", numFmtId="60"), "表三!C15：外观与封印时不同：单元格格式使"),
    "yuan without decimals": (set_at("C16", numFmtId="5"), "表三!C16：外观与封印时不同：单元格格式使"),
    "letters of the theme": (
        both(
            lettered_at("C17", f'{LETTERS}<scheme val="minor"/>'),
            replaced_in("xl/theme/theme1.xml", '(<a:minorFont>\\s*<a:latin typeface=")[^"]*', r"\1Wingdings"),
        ),
        "表三!C17：外观与封印时不同：使用符号字体",
    ),
    "colours of the theme": (
        replaced_in("xl/theme/theme1.xml", '<a:sysClr val="windowText"[^>]*/>', '<a:prstClr val="white"/>'),
        "工作簿：外观与封印时不同：主题的颜色写法异常",
    ),
    "a chart moved": (
        replaced_in("xl/drawings/drawing1.xml", "<xdr:row>15</xdr:row>", "<xdr:row>2</xdr:row>"),
        "C3处有图表盖在内容上面",
    ),
    "a chart of other cells": (
        replaced_in("xl/charts/chart1.xml", r"(\$[A-Z]+\$)\d+(:)", r"\g<1>2\2"),
        "图表写有",
    ),
    "a figure in a comment": (noted("C7", "应为999.99"), "表二!C7：外观与封印时不同：有批注“应为999.99”"),
    "a figure in a tip": (
        replaced("<hyperlinks>", '<hyperlinks><hyperlink ref="C8" location="A1" tooltip="应为999.99"/>'),
        "选中单元格时提示“应为999.99”",
    ),
    "a prompt of newer programs": (
        later('<x14:dataValidations><x14:dataValidation prompt="应为888.88"/></x14:dataValidations>'),
        "选中单元格时提示“应为888.88”",
    ),
    "rules of Lotus": (replaced("<sheetPr>", '<sheetPr transitionEvaluation="1">'), "按 Lotus 的规则计算"),
    "a tall frozen pane": (replaced('ySplit="4"', 'ySplit="60"'), "冻结的行过多"),
    "buttons of its own": (with_part("customUI/customUI14.xml"), "含有数据连接、查询或加载项"),
    "no charts shown": (
        replaced_in("xl/workbook.xml", "<workbookPr[^>]*/>", '<workbookPr showObjects="none"/>'),
        "设为不显示图形和图表",
    ),
    "the usual letters": (usual_letters, "通常的字号由11变为2"),
}
SHOW_THE_SAME: dict[str, tuple[Edit, str]] = {
    "red figures": (
        lettered_at("C9", f'{LETTERS}<color rgb="FFFF0000"/>'),
        "表三!C9：外观与封印时不同：数字格式、颜色、对齐方式",
    ),
    "a comment": (noted("C7", "已核"), "表二!C7：外观与封印时不同：有批注“已核”"),
    "small on paper": (replaced("<pageSetup ", '<pageSetup scale="10" errors="blank" '), "打印比例过小"),
    "small pictures": (
        later("<x14:sparklineGroups><x14:sparkline/></x14:sparklineGroups>"),
        "单元格中有迷你图",
    ),
    "to the left": (set_at("C10", 'horizontal="left"'), "同样的还有C10"),
}


def test_many_looks_at_once_are_each_named(tmp_path: Path, sealed: Path) -> None:
    edits = [edit for edit, _ in SHOW_ANOTHER_FIGURE.values()]
    verified = verify_workbook(tampered(sealed, tmp_path / "改.xlsx", *edits)).verified
    told = [str(change) for change in verified.changes]
    assert [name for name, (_, says) in SHOW_ANOTHER_FIGURE.items() if not any(says in line for line in told)] == []
    assert not verified.intact


def test_looks_that_show_no_other_figure_are_named_and_break_nothing(tmp_path: Path, sealed: Path) -> None:
    edits = [edit for edit, _ in SHOW_THE_SAME.values()]
    changed = tampered(sealed, tmp_path / "改.xlsx", *edits)
    verified = verify_workbook(changed).verified
    assert [str(change) for change in verified.changes] == []
    told = [str(look) for look in verified.looks]
    assert [name for name, (_, says) in SHOW_THE_SAME.items() if not any(says in line for line in told)] == []
    done = run_command("verify", changed)
    assert done.code == 0
    assert "封印完好。" in done.out
    assert "看到的数没有变：" in done.out


def test_a_reading_with_figures_is_refused(tmp_path: Path, sealed: Path) -> None:
    def edit(parts: Parts) -> None:
        root = sheet_root(parts, "表三")
        inner = next(c for c in root.iter(f"{{{MAIN}}}c") if c.get("r") == "B8")[0]
        inner.append(etree.fromstring(f'<rPh xmlns="{MAIN}" sb="0" eb="1"><t>999.99</t></rPh>'))
        put_root(parts, "表三", root)

    done = run_command("verify", tampered(sealed, tmp_path / "改.xlsx", edit))
    assert done.code == 1
    assert "表三!B8：格子里的拼音（注音）含有数字" in done.out


@pytest.mark.parametrize("name", CASES)
def test_what_is_seen_otherwise_breaks_the_seal(tmp_path: Path, sealed: Path, name: str) -> None:
    change, says, _ = CASES[name]
    done = run_command("verify", tampered(sealed, tmp_path / "改.xlsx", change))
    assert done.code == 1, done.out + done.err
    assert says in done.out
    assert "表三" in done.out


#: 定稿 reads looks by what `verify` reads them by, which sees them all below: a few show that it asks.
REFUSED = [name for name, case in CASES.items() if case[2]][:: 1 if EVIDENCE else 4]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_seen_otherwise_is_not_sealed(tmp_path: Path, inputs: Path, name: str) -> None:
    source = tampered(inputs, tmp_path / "填.xlsx", CASES[name][0])
    done = run_command("submit", source, "-o", tmp_path / "out")
    assert done.code == 1, done.out + done.err
    assert "看到的数应当就是所填的数" in done.err
    assert not (tmp_path / "out").exists()


#: Formats that show an amount as something that is none, the amount, and what is then seen.
NO_AMOUNTS = [
    ("yyyy-m-d", "", "看到的是“1901-02-24”"),
    ('yyyy"年"', "", "看到的是“1901年”"),
    ("[$-411]ge.m.d", "", "看到的是“1901-02-24”"),
    ("yyyy-m-d", "-5.50", "看到的是“########”"),
    ("[h]:mm:ss", "-5.50", "看到的是“########”"),
    ("h:mm", "0.50", "看到的是“12:00:00”"),
    ("yyyy-m-d", "3000000", "看到的是“########”"),
    ("yyyy-m-d", "59.00", "看到的是“1900-02-28 00:00:00”"),
    ("[s]", "-1000000000000000", "过大，不可能是预算数"),
    ("0.00%", "", "在数后面显示“%”"),
    ('0.00"元"', "", "在数后面显示“元”"),
]


@pytest.mark.parametrize(("code", "amount", "says"), NO_AMOUNTS)
def test_an_amount_shown_as_a_date_or_with_another_unit(
    tmp_path: Path, inputs: Path, code: str, amount: str, says: str
) -> None:
    """It is named with its cell, and counts as the number that it is."""
    typed = replaced('(<c r="C8"[^>]*><v>)[^<]*', rf"\g<1>{amount}") if amount else lambda _: None
    source = tampered(inputs, tmp_path / "填.xlsx", coded(code), typed)
    done = run_command("validate", source)
    (line,) = [line for line in done.out.splitlines() if says in line]
    assert done.code == 1
    assert "表三!C8" in line
    # Nothing else is wrong where the amount is the right one.
    assert ("强制1条" in done.out) == (not amount), done.out


@pytest.mark.parametrize("code", ['yyyy"年"', "[s]", "0.00%"])
def test_what_no_format_of_amounts_shows_is_written_over_and_not_sealed(
    tmp_path: Path, inputs: Path, code: str
) -> None:
    source = tampered(inputs, tmp_path / "填.xlsx", coded(code))
    assert run_command("fill", source, "-o", tmp_path / "各表.xlsx").code == 0
    assert run_command("validate", tmp_path / "各表.xlsx").out.count("表三!C8") == 1
    refused = run_command("submit", source, "-o", tmp_path / "out")
    assert refused.code == 1
    assert "表三!C8：" in refused.err


def test_an_amount_in_the_unit_of_the_table_may_say_so(tmp_path: Path, inputs: Path) -> None:
    for code in ('0.00"万元"', '0.00"万"', "@"):
        assert run_command("validate", tampered(inputs, tmp_path / "填.xlsx", coded(code))).code == 0


def test_receive_says_it_of_a_workbook_without_a_seal(tmp_path: Path, inputs: Path) -> None:
    (tmp_path / "in").mkdir()
    tampered(inputs, tmp_path / "in" / "a.xlsx", coded('"9"0.00'))
    done = run_command("receive", tmp_path / "in", "-o", tmp_path / "汇总.xlsx")
    assert done.code == 1
    assert "看到的数与所填的不同1处：表三!C8：单元格格式使421.08显示为“9421.08”" in done.out


def test_looks_are_told_from_values(tmp_path: Path, sealed: Path) -> None:
    out = run_command("verify", tampered(sealed, tmp_path / "改.xlsx", coded('"9"0.00')), "--json").out
    assert '"kind": "looks"' in out
    assert '"kind": "value"' not in out


def test_a_result_that_lies_is_named(tmp_path: Path, sealed: Path) -> None:
    def edit(parts: Parts) -> None:
        part = sheet_parts(parts)["勾稽关系"]
        parts[part] = parts[part].replace("<v>通过</v>".encode(), "<v>不符</v>".encode(), 1)

    done = run_command("verify", tampered(sealed, tmp_path / "改.xlsx", edit))
    assert done.code == 1
    assert "公式的结果封印时显示为通过，现显示为不符" in done.out


def test_a_hidden_sheet_is_named(tmp_path: Path, sealed: Path) -> None:
    for state in ("hidden", "veryHidden"):
        parts = parts_of(sealed)
        old = 'name="表三" sheetId="10" state="visible"'
        book = parts["xl/workbook.xml"].decode()
        assert old in book
        parts["xl/workbook.xml"] = book.replace(old, old.replace("visible", state)).encode()
        done = run_command("verify", write_parts(tmp_path / "改.xlsx", parts))
        assert done.code == 1
        assert "工作表被隐藏" in done.out


def test_a_figure_beside_the_seal_breaks_it(tmp_path: Path, sealed: Path) -> None:
    def write(book: object) -> None:
        sheet_of(book, "定稿信息")["F20"] = 999.99  # type: ignore[arg-type]

    assert run_command("verify", edited(sealed, tmp_path / "改.xlsx", write)).code == 1


@pytest.mark.parametrize("code", ["General", "@", "0.00", "#,##0.00", '#,##0.00;-#,##0.00;"-"', "#,##0.00_);(#,##0.00)",
                                  "0.00;[Red]-0.00", "_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * &quot;-&quot;??_ ;_ @_ ",
                                  "¥#,##0.00", '0.00"元"', "#,##0.00;-#,##0.00;", "0.00%"])  # fmt: skip
def test_honest_formats(code: str) -> None:
    code = code.replace("&quot;", '"')
    assert [misread(value, code) for value in (695.96, -695.96, 0.0, 5.0, 1e6)] == [None] * 5
    assert not misread_text(code)


@pytest.mark.parametrize("code", ["[$9]0.00", "[$9-804]0.00", "*90.00", "(0.00)", "0.00\\-", '0.00"亿"', '"一"0.00',
                                  '0"·"00', "# ?/?", "0E+0", 'General"5"', "0.0", '0.00"‰"', '[=421.08]"999.99";0.00',
                                  "[Color2]0.00", '"\u202e"0.00', '"△"0.00', "!90.00", '0"5".00'])  # fmt: skip
def test_formats_that_show_another_number(code: str) -> None:
    assert misread(421.08, code) is not None


@pytest.mark.parametrize("code", ['0.00;0.00;0.00;"9"', "@*9", ";;;", '@"1"', "0;0;0;"])
def test_formats_that_hide_or_change_texts(code: str) -> None:
    assert misread_text(code)


@pytest.mark.parametrize("verb", ["validate", "verify", "submit"])
def test_a_part_that_is_no_xml_is_a_sentence(tmp_path: Path, sealed: Path, verb: str) -> None:
    """Parts besides the sheets are read late, by whoever looks at colours and shapes."""

    def edit(parts: Parts) -> None:
        parts["xl/theme/theme1.xml"] = parts["xl/theme/theme1.xml"][:-20]

    source = tampered(sealed, tmp_path / "坏.xlsx", edit)
    out: list[str | Path] = ["-o", tmp_path / "out"] if verb == "submit" else []
    done = run_command(verb, source, *out)
    assert done.code == 2, done
    assert "文件已损坏" in done.err
