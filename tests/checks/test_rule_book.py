"""docs/checks.md is what the program says of itself."""

from __future__ import annotations

from udfs.checks import registered
from udfs.checks.book import BOOK, rule_book
from workbook_templates.reading.edition import load_edition


def test_the_committed_rule_book_is_the_generated_one() -> None:
    again = "run: python -m udfs.checks.book"
    assert BOOK.read_text(encoding="utf-8") == rule_book(), again


def test_the_rule_book_lists_every_relation_and_check() -> None:
    lines = rule_book().splitlines()
    numbers = [line.split("|")[1].strip() for line in lines if line.startswith("| ") and "-" not in line[:7]]
    relations = [line.split("|")[1].strip() for line in lines if line.startswith(("| A", "| B"))]
    assert relations == [d.number for d in sorted(load_edition().relations, key=lambda d: d.number[0])]
    assert [n for n in numbers if n[0] in "CDEF"] == [check.number for check in registered()]


def test_no_reference_is_left_in_its_notation() -> None:
    for sign in ("$", "[", "@", "#*", "#1"):
        assert sign not in rule_book().split("## 检查")[0].replace("## ", ""), sign
