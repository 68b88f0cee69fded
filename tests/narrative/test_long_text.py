"""A section longer than the tallest row goes on in rows of its own, is read as one, is the clerk's once edited."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.check_cases import Book, sample_book
from tests.support.narrate_cases import BASIC, put_field, sections_of
from udfs.base.cells import with_blocks
from udfs.base.texts import text_lines
from udfs.narrative.text_sheet import MOST_LINES, NEXT, RESUMED, read_text, split_text, text_blocks
from workbook_templates.reading.edition import load_edition

SHEET = "情况说明"
WIDTH = 104
_SENTENCE = "本年按照有关规定继续购买物业管理、信息系统运行维护和法律顾问服务，由办公室统一组织实施并公开结果。"
_LONG = "\n".join(_SENTENCE * 8 for _ in range(9))


def _written(book: Book) -> list[str]:
    plan = text_blocks(load_edition(), book.grids, sections_of(book))
    book.grids = with_blocks(book.grids, plan.blocks)
    return [note.rule for note in plan.notes]


def _rows(book: Book, number: str) -> list[int]:
    return [row for row, line in enumerate(book.grids[SHEET], 1) if str(line[0]).startswith(number)]


def _text(book: Book) -> str:
    return next(text.text for text in read_text(load_edition(), book.grids) if text.number == 12)


def _long_book() -> Book:
    book = sample_book()
    put_field(book, BASIC, "其他需要说明的事项", _LONG)
    assert _written(book) == []
    return book


def test_a_long_section_goes_on_below_and_no_row_is_too_tall() -> None:
    book = _long_book()
    rows = _rows(book, "十二")
    assert len(rows) > 2
    assert rows[0] == 15
    for row in rows:
        assert text_lines(str(book.grids[SHEET][row - 1][2]), WIDTH) <= MOST_LINES
    assert _text(book) == sections_of(book)[11].text
    assert not any(text.edited for text in read_text(load_edition(), book.grids))


def test_writing_again_changes_nothing() -> None:
    book = _long_book()
    assert text_blocks(load_edition(), book.grids, sections_of(book)).blocks == ()


def test_a_text_that_became_short_leaves_nothing_below() -> None:
    book = _long_book()
    put_field(book, BASIC, "其他需要说明的事项", "无")
    assert _written(book) == []
    assert _rows(book, "十二") == [15]
    assert not any(str(line[2]).startswith(_SENTENCE[:6]) for line in book.grids[SHEET][15:])


def test_an_edit_in_a_further_row_keeps_the_whole_section() -> None:
    book = _long_book()
    last = _rows(book, "十二")[-1]
    book.put(SHEET, last, 3, "由办公室另行公开。")
    kept = _text(book)
    put_field(book, BASIC, "其他需要说明的事项", "无")
    assert _written(book) == ["已改文本"]
    assert _text(book) == kept
    assert kept.endswith("由办公室另行公开。")


def test_her_own_text_that_is_too_long_for_its_row_is_pointed_out() -> None:
    book = sample_book()
    _written(book)
    book.put(SHEET, 15, 3, _LONG)
    assert sorted(_written(book)) == ["已改文本", "正文过长"]


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="一二。；\nab", min_size=1, max_size=2500).filter(lambda text: bool(text.strip())),
    st.sampled_from([10, 20, WIDTH]),
)
def test_pieces_make_the_text_again_and_each_fits_its_row(text: str, width: int) -> None:
    (first, mark), *more = split_text(text, width)
    assert mark == ""
    joined = first
    for piece, kind in more:
        assert kind in (NEXT, RESUMED)
        joined += piece if kind == RESUMED else f"\n{piece}"
    assert joined == text
    assert all(text_lines(piece, width) <= MOST_LINES for piece, _ in split_text(text, width))
