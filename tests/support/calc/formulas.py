"""Formulas between two grammars: Excel's (commas, Sheet!A1) and that of LibreOffice's API (semicolons, $Sheet.A1)."""

from __future__ import annotations

import re

_TO_API = re.compile(r"""("(?:[^"]|"")*")|'((?:[^']|'')+)'!|([^\W\d][\w.]*)!|([,;{}])|(\b(?:TRUE|FALSE)\b(?![(!.]))""")
_TO_EXCEL = re.compile(
    r"""("(?:[^"]|"")*")|\$?'((?:[^']|'')+)'\.|\$?([^\W\d]\w*)\.(?=\$?[A-Za-z]{1,3}\$?\d)|([;|{}])|(\b(?:TRUE|FALSE)\(\))"""
)
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


def to_api(formula: str) -> str:
    """Excel's formula as the API takes it."""
    return _convert(formula, _TO_API, to_excel=False)


def to_excel(formula: str) -> str:
    """The API's formula as Excel shows it; any other text as it is."""
    return _convert(formula, _TO_EXCEL, to_excel=True) if formula.startswith("=") else formula


def _convert(formula: str, pattern: re.Pattern[str], *, to_excel: bool) -> str:
    depth = 0

    def one(match: re.Match[str]) -> str:
        nonlocal depth
        text, quoted, bare, sign, truth = match.groups()
        if text:
            return str(text)
        if quoted or bare:
            name = quoted or bare
            if not to_excel:
                return f"$'{name}'."
            return f"{name}!" if _PLAIN_NAME.fullmatch(name) else f"'{name}'!"
        if truth:
            # The API knows truth values as functions only.
            return truth.removesuffix("()") if to_excel else f"{truth}()"
        depth += (sign == "{") - (sign == "}")
        if sign in "{}":
            return str(sign)
        if to_excel:
            return {";": ",", "|": ";"}[sign]
        return {",": ";", ";": "|" if depth else ";"}[sign]

    return pattern.sub(one, formula)
