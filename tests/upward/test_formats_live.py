"""Number formats that are called honest show, in a spreadsheet program, the number that the cell holds."""

from __future__ import annotations

import csv
import re
import subprocess
from decimal import Decimal, InvalidOperation
from html import escape
from pathlib import Path
from random import Random

import pytest

from tests.support.evidence import LONG
from tests.support.hostile import MAIN, packed
from tests.support.tiny import sheet, tiny
from tests.support.tools import Office
from udfs.base import misread, words_beside

VALUES = (421.08, -421.08, 0.0, 5.0, 1234567.89, 0.1, -0.004, 100.0)
PIECES = (
    "0", "0", "0", "0.00", "0.0", "00", "#", "?", ".", ",", "%", "#,##0", "E+0", '"9"', '"万"', "\\9", "!9", "*9", "_9",
    "[Red]", "[White]", "[>100]", "[<=0]", "[=421.08]", "[$9-804]", "[$¥-804]", "[$-2000000]", "[DBNum1]", "[DBNum2]",
    "/", "General", "@", "y", "m", "d", "h", "-", "+", "(", ")", " ", "元", "亿", "千", "$", "¥", ";", ";", '" "',
    '"."', "\\.", '"', "'", "[h]", "[Color2]", "[Blue]", '"-"', "[$€-1]", "[$USD]",
)  # fmt: skip


def book_of(codes: list[str]) -> bytes:
    """A workbook with a row a format, each of the values in it."""
    own = "".join(f'<numFmt numFmtId="{200 + i}" formatCode="{escape(c)}"/>' for i, c in enumerate(codes))
    forms = "".join(
        f'<xf numFmtId="{200 + i}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for i in range(len(codes))
    )
    styles = tiny()["xl/styles.xml"].decode().replace("<fonts", f"<numFmts>{own}</numFmts><fonts", 1)
    styles = re.sub("<cellXfs.*</cellXfs>", lambda _: f"<cellXfs>{forms}</cellXfs>", styles)
    columns = list(zip("ABCDEFGH", VALUES, strict=True))
    rows = "".join(
        f'<row r="{i}">{"".join(f"""<c r="{c}{i}" s="{i - 1}"><v>{v}</v></c>""" for c, v in columns)}</row>'
        for i in range(1, len(codes) + 1)
    )
    assert MAIN in styles
    return packed(tiny(sheet1=sheet(rows), styles=styles.encode()))


def reads(shown: str, value: float) -> bool:
    """Whether somebody who reads this takes it for the number, to half a fen."""
    if value == 0 and not shown.strip(" -¥"):
        return True
    digits = re.sub(r"[^0-9.]", "", shown.replace(",", ""))
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return False
    number = -number if re.search(r"[-(]", shown) else number
    number, near = (number / 100, "0.01") if "%" in shown else (number, "0.005")
    return abs(number - Decimal(str(value))) < Decimal(near)


@pytest.mark.live
@LONG
def test_what_is_called_honest_is_shown_as_it_is(tmp_path: Path, soffice: Office) -> None:
    random = Random(1)
    codes = ["".join(random.choices(PIECES, k=random.choice((1, 2, 2, 3, 3, 4, 5)))) for _ in range(24_000)]
    codes = [code for code in dict.fromkeys(codes) if code.strip()]
    (tmp_path / "f.xlsx").write_bytes(book_of(codes))
    profile = f"-env:UserInstallation={soffice.profile.as_uri()}"
    shown = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
    command = ["soffice", "--headless", "--norestore", profile, "--convert-to", shown, "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "f.xlsx")], check=True, capture_output=True)
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert len(lines) == len(codes)
    honest = [
        (code, value, text)
        for code, line in zip(codes, lines, strict=True)
        for value, text in zip(VALUES, line, strict=True)
        if misread(value, code) is None and not words_beside(code)
    ]
    print(f"\n{len(codes)} formats, {len(honest)} of their numbers called honest")
    assert [one for one in honest if not reads(one[2], one[1])] == []
    assert len(honest) > 1_000
