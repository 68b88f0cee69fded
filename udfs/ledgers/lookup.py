"""科目查询: the classifications searched by the beginning of a code, or by words of a name."""

from __future__ import annotations

from udfs.base import squeezed
from workbook_templates.reading import Classifications

#: The classifications as the clerk calls them.
KINDS = {
    "functional": "功能分类",
    "departmental": "部门经济分类",
    "governmental": "政府经济分类",
    "revenue": "收入分类",
}


def find_codes(codes: Classifications, wanted: str) -> list[tuple[str, str, str]]:
    """(classification, code, name) of every item that fits: digits begin the code, words all stand in the name."""
    text = squeezed(wanted)
    words = [squeezed(word) for word in wanted.split()]
    found = []
    for kind, label in KINDS.items():
        for code, name in sorted(codes.by_name[kind].items()):
            fits = code.startswith(text) if text.isdigit() else all(word in squeezed(name) for word in words)
            if fits:
                found.append((label, code, name))
    return found


def code_name(codes: Classifications, code: str) -> str:
    """The name of a code in the first classification that has it, the functional one before others; else empty."""
    return next((codes.by_name[kind][code] for kind in KINDS if code in codes.by_name[kind]), "")
