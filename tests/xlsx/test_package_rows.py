"""Many new rows of a sheet are made as text, few as elements: both give the same sheet."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook

from addin.xlsx.files import Workbook
from addin.xlsx.package import Package
from udfs.base.cells import Block, Formula
from workbook_templates.reading.edition import load_edition

SHEET = "勾稽关系"
_TEXTS = st.text(alphabet="表收入 <&>\"\r'\n\t_x0041\x01￿", min_size=1, max_size=12)
_AMOUNTS = st.integers(-(10**12), 10**12).map(lambda fen: Decimal(fen).scaleb(-2))
_VALUES = st.one_of(
    st.none(),
    _TEXTS,
    _AMOUNTS,
    st.builds(Formula, st.sampled_from(["SUM(A1:A2)", 'IF(A1<>"是",1,2)']), st.one_of(_AMOUNTS, st.just("通过"))),
)


def _written(blocks: list[Block]) -> tuple[bytes, Package]:
    package = Workbook(load_edition().template).package
    package.write(blocks)
    return etree.canonicalize(package.part(package.sheets[SHEET]).decode()).encode(), package


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(_VALUES, min_size=3, max_size=3), min_size=1, max_size=30), st.integers(1, 4))
def test_rows_made_as_text_are_those_made_as_elements(some: list[list[object]], lines: int) -> None:
    rows = [some[i % len(some)] for i in range(1_300)]
    at_once, package = _written([Block(SHEET, 3, 2, rows, [lines] * len(rows))])
    parts = [Block(SHEET, 3 + i, 2, rows[i : i + 100], [lines] * len(rows[i : i + 100])) for i in range(0, 1_300, 100)]
    assert at_once == _written(parts)[0]
    target = BytesIO()
    package.save(target)
    read = load_workbook(target)[SHEET]
    amounts = [(r, c) for r, row in enumerate(rows) for c, value in enumerate(row) if isinstance(value, Decimal)]
    assert all(Decimal(str(read.cell(3 + r, 2 + c).value)) == rows[r][c] for r, c in amounts[:50])
