"""The grammar of what Excel, WPS and LibreOffice write between the tags of a sheet's cells and of the list of texts.

Every repetition is possessive: a part is gone through once, whatever it holds.
"""

from __future__ import annotations

import re

from addin.xlsx.parts import MAIN

STRANGE = "内容不是 Excel、WPS 或 LibreOffice 的写法，不同程序会读出不同的数，请用 Excel 打开核对并重新保存"
FOREIGN = "格子里夹有其他程序才读得到的内容，不同程序会显示不同的数，请用 Excel 打开核对并重新保存"

_STYLE = rb'(?: s="(?:0|[1-9][0-9]{0,4}+)")'
_RARE = rb'(?: (?:cm|vm|ph)="[0-9]{1,7}+")*+'
#: No program writes more than twenty digits; with some hundreds a number would be endless.
NUMBER = rb"-?+(?:[0-9]{1,60}+(?:\.[0-9]{0,60}+)?+|\.[0-9]{1,60}+)(?:[eE][+-]?+(?:[0-9]{1,2}|[12][0-9]{2}|30[0-7]))?+"
DATE = (
    rb"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    rb"(?:T[0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?+)?+Z?+)?+"
)
_FORMULA = rb'(?:<f(?: [A-Za-z0-9]{1,8}+="[^"<]*+")*+ ?+(?:/>|>[^<]*+</f>))?+'
_SPACE = rb'(?: xml:space="(?:preserve|default)")?+'
_T = rb"<t" + _SPACE + rb" ?+(?:/>|>[^<]*+</t>)"
_LOOK = rb'(?:<rPr>(?:<[A-Za-z]{1,12}+(?: [a-z]{1,9}+="[^"<]*+")*+ ?+/>)*+</rPr>|<rPr ?+/>)?+'
_RUNS = rb"(?:<r>" + _LOOK + _T + rb"</r>)*+"
#: How readings are set; readings themselves, which are shown above a text, are looked at by the XML parser.
_SOUND = rb'(?:<phoneticPr(?: [A-Za-z]{1,9}+="[^"<]*+")*+ ?+/>)?+'
#: What is in a text: one piece, or runs with looks of their own.
RICH = rb"(?:" + _T + rb"|" + _RUNS + rb")" + _SOUND


def _body(value: bytes) -> bytes:
    empty = rb"<v ?+/>|<v></v>"
    return rb"(?: ?+/>|>" + _FORMULA + rb"(?:<v" + _SPACE + rb">" + value + rb"</v>|" + empty + rb")?+</c>)"


BODIES = {
    b"n": _body(NUMBER),
    b"s": _body(rb"[0-9]{1,7}+"),
    b"b": _body(rb"[01]"),
    b"e": rb"(?: ?+/>|>" + _FORMULA + rb"<v" + _SPACE + rb">#[^<]*+</v></c>)",
    b"str": _body(rb"[^<]*+"),
    b"d": _body(DATE),
    b"inlineStr": rb"(?: ?+/>|>(?:<is>" + RICH + rb"</is>|<is ?+/>)?+</c>)",
}


def _typed(style: bytes) -> bytes:
    """A cell from behind its place on, or from behind its format on."""
    kinds = b"|".join(b't="' + kind + b'"' + style + _RARE + body for kind, body in BODIES.items())
    return rb"(?: (?:" + kinds + rb")|" + _RARE + BODIES[b"n"] + rb")"


_PLACE = rb'<c r="[A-Z]{1,3}+[1-9][0-9]{0,6}+"'
_CELL = _PLACE + rb"(?:" + _STYLE + _typed(b"") + rb"|" + _typed(_STYLE + b"?+") + rb")"
_ROW = rb'<row r="[1-9][0-9]{0,6}+"(?: [A-Za-z0-9:]{1,20}+="[^"<&]{0,60}+")*+ ?+(?:/>|>(?:' + _CELL + rb")*+</row>)"
SHEET = re.compile(rb"<sheetData(?:>(?:" + _ROW + rb")*+</sheetData>| ?+/>)")
STRINGS = re.compile(
    rb"\s*+(?:\xef\xbb\xbf)?+(?:<\?xml[^>]*+\?>\s*+)?+<sst xmlns=\"" + MAIN.encode() + rb"\""
    rb"(?: [A-Za-z0-9:]{1,20}+=\"[^\"<]*+\")*+>((?:<si>" + RICH + rb"</si>|<si ?+/>)*+)</sst>\s*+"
)
