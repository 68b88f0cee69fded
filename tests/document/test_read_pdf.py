"""PDF read: tables over pages and turned pages, split figures, running heads, paragraphs; what is not read is said."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from addin.document import read_document
from tests.support.pdf import Page, make
from udfs.base import InputProblems
from udfs.foreign import Published

WIDTHS = (60, 40, 40, 220, 110, 110)
HEAD = (
    ("科目编码", None, None, "科目名称", "合计", "基本支出"),
    ("类", "款", "项", None, None, None),
)
BODY = (
    ("201", "", "", "一般公共服务支出", "127,886,849", "84,861,719"),
    ("201", "06", "", "财政事务", "127,886,849", "84,861,719"),
    ("208", "", "", "社会保障和就业支出", "17,560,320", ""),
    ("合计", None, None, None, "145,447,169", "84,861,719"),
)


def read(*pages: Page) -> Published:
    return read_document(Path("甲.pdf"), make(pages))


def titled(title: str = "2025年单位支出预算总表") -> Page:
    page = Page()
    page.words += [(300, 60, 16, title), (60, 90, 10, "编制单位：某局"), (560, 90, 10, "单位：元")]
    return page


def texts(document: Published, table: int = 0) -> list[list[str | None]]:
    return [list(row) for row in document.tables[table].rows]


def test_a_ruled_table_is_read_cell_by_cell_with_its_title_lines() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    document = read(page)
    assert [p.text for p in document.tables[0].above] == ["2025年单位支出预算总表", "编制单位：某局    单位：元"]
    assert texts(document)[2:] == [list(row) for row in BODY]
    assert document.remarks == ()


def test_areas_of_colour_behind_texts_are_no_lines() -> None:
    """What Word draws for shaded paragraphs: an area within each cell, its edges beside those of the cell."""
    page = titled()
    page.filled = True
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    page.areas = [(x, y - 12, x + 34, y + 4) for x, y, size, _ in page.words if size == 10 and y > 100]
    document = read(page)
    assert texts(document)[2:] == [list(row) for row in BODY]
    assert document.remarks == ()


def test_a_row_that_begins_a_page_without_a_line_above_is_read() -> None:
    first, second = titled(), Page()
    first.filled = second.filled = True
    first.table(60, 110, WIDTHS, (*HEAD, *BODY[:2]))
    second.table(60, 60, WIDTHS, BODY[2:])
    second.lines = [line for line in second.lines if line[1] != 60 or line[3] != 60]
    assert texts(read(first, second))[2:] == [list(row) for row in BODY]


def test_what_a_double_line_cuts_in_two_is_one_row() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    level = sorted({y0 for _, y0, _, y1 in page.lines if y0 == y1})
    # Twice below the headings, and once within the row of 201 where its amounts stand.
    page.lines += [(60, level[2] + 4, 640, level[2] + 4), (420, level[3] + 3, 640, level[3] + 3)]
    page.words = [(x, y + 4 if y < level[3] and y > level[2] else y, s, w) for x, y, s, w in page.words]
    assert texts(read(page))[-4:] == [list(row) for row in BODY]


@pytest.mark.parametrize("repeated", [True, False])
def test_a_table_over_two_pages_is_one_table(repeated: bool) -> None:
    first, second = titled(), Page()
    first.table(60, 110, WIDTHS, (*HEAD, *BODY[:2]))
    second.table(60, 60, WIDTHS, (*(HEAD if repeated else ()), *BODY[2:]))
    document = read(first, second)
    assert len(document.tables) == 1
    assert texts(document)[2:] == [list(row) for row in BODY]
    assert document.tables[0].pages == (1, 1, 1, 1, 2, 2)


def test_a_single_row_on_the_next_page_belongs_to_its_table() -> None:
    first, second = titled(), Page()
    first.table(60, 110, WIDTHS, (*HEAD, *BODY[:-1]))
    second.table(60, 60, WIDTHS, BODY[-1:])
    document = read(first, second)
    assert len(document.tables) == 1
    assert texts(document)[2:] == [list(row) for row in BODY]


def test_a_title_above_the_page_end_is_its_tables() -> None:
    first, second = titled(), Page()
    first.table(60, 110, WIDTHS, (*HEAD, *BODY))
    first.words += [(300, 500, 16, "2025年单位收入预算总表"), (60, 530, 10, "编制单位：某局")]
    second.table(60, 60, WIDTHS, (*HEAD, *BODY))
    assert [p.text for p in read(first, second).tables[1].above] == ["2025年单位收入预算总表", "编制单位：某局"]


def test_a_title_too_long_for_a_line_is_one() -> None:
    page = Page()
    page.words += [(92, 40, 20, "表八 2025年单位一般公共预算基本支出部门预算经济"), (285, 66, 20, "分类预算表")]
    page.words += [(60, 90, 10, "编制单位：某局"), (560, 90, 10, "单位：元")]
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    assert read(page).tables[0].above[0].text.endswith("经济分类预算表")


def test_a_heading_that_the_page_end_cuts_is_one() -> None:
    first, second = titled(), Page()
    first.table(60, 500, WIDTHS, (("项目", None, None, None, "支出预算", None), HEAD[0]))
    second.table(60, 60, WIDTHS, (("类", "款", "项", "", "", ""), *BODY))
    document = read(first, second)
    assert texts(document)[3:] == [list(row) for row in BODY]


def test_a_figure_wider_than_its_column_stays_whole() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY[:3]))
    # Set to the right, it begins in the column before, which is empty in its row.
    page.table(
        60, 400, (60, 40, 40, 220, 50, 60), (("合计", "", "", "", "", ""), ("201", "", "", "甲", "1.00", "2.00"))
    )
    page.words.append((60 + 410 - 8, 413, 10, "145,447,169"))
    assert texts(read(page), 1)[0] == ["合计", "", "", "", "", "145,447,169"]


def test_lines_that_stand_upon_each_other_are_said_to() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    page.words.append((60 + 364, 157, 10, "9,876,543"))
    (remark,) = read(page).remarks
    assert "重叠" in remark.message
    assert remark.forced


def test_two_tables_of_one_shape_stay_two() -> None:
    first, second = titled(), titled("2025年单位收入预算总表")
    for page in (first, second):
        page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    assert len(read(first, second).tables) == 2


def test_figures_and_names_split_over_lines_are_whole() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, ("201", "", "", "一般公共服务\n支出", "127,886,\n849", "")))
    assert texts(read(page))[2] == ["201", "", "", "一般公共服务支出", "127,886,849", ""]


@pytest.mark.parametrize("how", ["rotate", "turned"])
def test_a_turned_page_is_read_as_it_is_meant(how: str) -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    if how == "rotate":
        # Its words run downwards, as some printers store a landscape page.
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make([page]))))
        writer.pages[0].rotate(90).transfer_rotation_to_content()
        result = io.BytesIO()
        writer.write(result)
        document = read_document(Path("甲.pdf"), result.getvalue())
    else:
        page.width, page.height, page.turned = 595.0, 842.0, True
        document = read(page)
    assert texts(document)[2:] == [list(row) for row in BODY]


def test_a_table_open_at_its_sides_loses_no_column() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY), sides=False)
    assert texts(read(page))[2:] == [list(row) for row in BODY]


def test_a_table_without_lines_is_not_read_and_said_so() -> None:
    page = titled()
    for n, row in enumerate(BODY):
        for c, value in enumerate(row):
            page.words.append((60 + 110 * c, 120 + 20 * n, 10, value or ""))
    (remark,) = read(page).remarks
    assert "第1页" in remark.message
    assert remark.forced


def test_figures_that_sentences_set_off_by_spaces_are_no_table() -> None:
    page = Page()
    lines = ("与上年相比增加 309.03 万元，增长 2.31 %。", "其他资金 15.00 万元，占 0.08 %；", "收入预算 17981.68 万元")
    page.words += [(60, 60 + 30 * n, 14, line) for n, line in enumerate(lines * 2)]
    assert read(page).remarks == ()


@pytest.mark.parametrize("number", ["- {} -", "─{}─", "·{}·", "第 {} 页 共 9 页", "{}/9"])
def test_running_heads_and_page_numbers_are_no_text(number: str) -> None:
    pages = []
    for n in range(1, 5):
        page = Page()
        page.words += [(60, 30, 9, "某局二〇二五年单位预算公开"), (400, 580, 9, number.format(n))]
        page.words += [(60, 100 + 30 * k, 14, f"第{n}页的第{k}段文字，说明预算安排的情况。") for k in range(5)]
        pages.append(page)
    document = read(*pages)
    assert not any("公开" in p.text or p.text.startswith("-") for p in document.passages)
    assert document.printed_pages == {1: "1", 2: "2", 3: "3", 4: "4"}
    assert len(document.passages) == 20


def test_lines_are_joined_to_paragraphs_over_pages() -> None:
    first, second = Page(), Page()
    line = "某局收入预算总计一百万元其中财政拨款收入一百万元比上年增加十万元主要用于人员经费和公用经费以及各项目"
    first.words += [(88, 500, 14, line[:46]), (60, 525, 14, line[:48])]
    second.words += [(60, 60, 14, "支出的安排情况。"), (88, 85, 14, "另起一段。")]
    document = read(first, second)
    assert [p.text for p in document.passages] == [line[:46] + line[:48] + "支出的安排情况。", "另起一段。"]
    assert [p.page for p in document.passages] == [1, 2]


def test_the_text_begins_where_the_first_entry_of_the_contents_stands_again() -> None:
    page = Page()
    lines = ("目录", "第一部分 部门概况", "一、主要职责", "第二部分 部门预算表", "第一部分 部门概况", "一、主要职责")
    page.words += [(60 if n else 280, 60 + 30 * n, 16, line) for n, line in enumerate(lines)]
    assert [p.contents for p in read(page).passages] == [True, True, True, True, False, False]


def test_a_list_that_a_page_cuts_goes_on_though_it_begins_like_a_heading() -> None:
    first, second = Page(), Page()
    line = "（二）公用经费二百万元。主要包括：办公费、印刷费、咨询费、手续费、水费、"
    first.words += [(60, 475, 14, "某局的支出预算如下，其中人员经费和公用经费分列。"), (88, 500, 14, line)]
    second.words += [(60, 60, 14, "电费、邮电费、差旅费。"), (88, 85, 14, "另起一段。")]
    assert line + "电费、邮电费、差旅费。" in [p.text for p in read(first, second).passages]


def test_a_line_in_two_fonts_goes_on_in_the_other() -> None:
    page = Page()
    line = "某局行政编制九十六人，机构设置包括二十三个内设机构、二个下属事业单位和二个派出机构具"
    page.words += [(88, 60, 15, line[:38]), (60, 90, 15, line[38:] + "甲" * 38), (60, 120, 16, "体包括：办公室。")]
    assert [p.text for p in read(page).passages] == [line + "甲" * 38 + "体包括：办公室。"]


def test_pages_that_are_scans_are_said_to_be() -> None:
    with pytest.raises(InputProblems, match="扫描件"):
        read(Page(picture=True), Page(picture=True))
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    document = read(page, page, Page(picture=True))
    assert [r.message for r in document.remarks] == ["第3页是扫描的图片，没有文字，未能读取"]


def _encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make([titled()]))))
    writer.encrypt("secret", algorithm="RC4-128")
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.4\n", "损坏"),
        (make([titled()])[:300], "损坏"),
        (make([Page(width=90_000)]), "异常大"),
        (b"PK\x03\x04", "不是 PDF"),
    ],
    ids=["empty", "cut", "huge", "zip"],
)
def test_a_hostile_pdf_is_refused_with_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(InputProblems, match=words) as found:
        read_document(Path("甲.pdf"), data)
    assert len(found.value.problems) == 1


def test_pages_that_name_themselves_end_all_the_same() -> None:
    looped = make([titled()]).replace(b"/Kids[8 0 R]", b"/Kids[2 0 R]")
    assert read_document(Path("甲.pdf"), looped).pages == 1


def test_a_page_that_unpacks_to_more_than_any_page_draws_is_refused() -> None:
    plain = make([Page()])
    packed = zlib.compress(b"0 0 m 1 1 l S\n" * 2_000_000, 9)
    start = plain.index(b"7 0 obj")
    stream = b"7 0 obj\n<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream\n" % (len(packed), packed)
    data = plain[:start] + stream + plain[plain.index(b"endobj", start) :]
    with pytest.raises(InputProblems, match="异常多"):
        read_document(Path("甲.pdf"), data)


def test_a_pdf_with_a_password_is_said_to_have_one() -> None:
    with pytest.raises(InputProblems, match="密码"):
        read_document(Path("甲.pdf"), _encrypted())


# -- lines that are missing, rows that are too low


def test_rows_without_lines_between_them_are_told_apart_by_their_text() -> None:
    page = titled()
    bottom = page.table(60, 110, WIDTHS, (*HEAD, *BODY[:-1]))
    level = sorted({y0 for x0, y0, x1, y1 in page.lines if y0 == y1})
    between = level[3:-1]
    page.lines = [line for line in page.lines if line[1] not in between or line[1] != line[3]]
    assert bottom == level[-1]
    document = read(page)
    assert texts(document)[2:] == [list(row) for row in BODY[:-1]]
    assert document.remarks == ()


def test_an_outer_column_without_its_outer_line_is_read() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY), sides=False)
    last = max(x1 for x0, _, x1, _ in page.lines)
    edge = last - WIDTHS[-1]
    page.lines = [(x0, y0, min(x1, edge), y1) if y0 == y1 else (x0, y0, x1, y1) for x0, y0, x1, y1 in page.lines]
    assert texts(read(page))[2:] == [list(row) for row in BODY]


def test_a_table_that_the_page_cuts_without_a_line_is_read_to_its_end() -> None:
    page = titled()
    bottom = page.table(60, 110, WIDTHS, (*HEAD, *BODY[:-1]))
    page.lines = [line for line in page.lines if not (line[1] == line[3] == bottom)]
    assert texts(read(page))[2:] == [list(row) for row in BODY[:-1]]


def test_a_heading_that_runs_over_its_low_row_goes_back_to_its_cell() -> None:
    page = Page()
    page.words += [(300, 60, 16, "2025年单位收入预算总表")]
    body = (("", "一般公共服务支出", "127,886,849", ""), ("", "合计", "145,447,169", ""))
    page.table(60, 110, (60, 120, 60, 120), (("项目", "收入预算", None, None), ("", "科目", "合计", "下级"), *body))
    page.words.append((303, 110 + 18 * 1.15, 10, "附属单位上缴"))
    read_back = texts(read(page))
    assert read_back[0] == ["项目", "收入预算", None, None]
    assert read_back[1] == ["", "科目", "合计", "附属单位上缴下级"]


def test_a_name_on_two_lines_in_a_low_row_stays_in_its_row() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    page.words.append((203, 110 + 18 * 3.1, 10, "出"))
    document = read(page)
    assert [row[3] for row in texts(document)[2:4]] == ["一般公共服务支出出", "财政事务"]


def test_figures_on_an_edge_between_two_cells_are_said_to_be_unsure() -> None:
    page = titled()
    page.table(60, 110, WIDTHS, (*HEAD, *BODY))
    page.words += [(443, 110 + 18 * 4.05, 10, "987654")]
    document = read(page)
    assert any("不能确定在哪一格" in remark.message for remark in document.remarks)
