"""For every check of the text a workbook whose text passes it and one whose text does not."""

from __future__ import annotations

from tests.support.check_cases import Book, Case, Change, as_read
from tests.support.narrate_cases import BASIC, LAST_YEAR, put_field, sections_of
from udfs.base.cells import with_blocks
from udfs.base.findings import FORCED, HINT, NOTE
from udfs.narrative.text_sheet import text_blocks
from workbook_templates.reading.edition import load_edition

SHEET = "情况说明"
#: Sheet row of section 1 less one, and the column of the texts.
_ABOVE, _TEXT = 3, 3


def narrated(book: Book) -> None:
    """The text as the program writes it."""
    plan = text_blocks(load_edition(), book.grids, sections_of(book))
    grids = with_blocks(book.grids, plan.blocks)
    book.grids = {name: [[as_read(value) for value in line] for line in grid] for name, grid in grids.items()}


def reworded(section: int, old: str, new: str) -> Change:
    """The text as written, with one thing in a section changed."""

    def change(book: Book) -> None:
        narrated(book)
        text = book.grids[SHEET][_ABOVE + section - 1][_TEXT - 1]
        assert old in text
        book.put(SHEET, _ABOVE + section, _TEXT, text.replace(old, new, 1))

    return change


def rewritten(section: int, text: str) -> Change:
    """The text as written, with a section in words of the clerk's."""

    def change(book: Book) -> None:
        narrated(book)
        book.put(SHEET, _ABOVE + section, _TEXT, text)

    return change


def _unexplained(book: Book) -> None:
    narrated(book)
    grid = book.grids["名词解释"]
    row = next(n for n, line in enumerate(grid, 1) if "机关运行经费" in line)
    for column in range(1, len(grid[row - 1]) + 1):
        book.put("名词解释", row, column, None)


def _without_reason(book: Book) -> None:
    put_field(book, BASIC, "收入总计增减原因", None)
    narrated(book)


def _other_way(book: Book) -> None:
    put_field(book, LAST_YEAR, "收入总计", 600)
    narrated(book)


def _reason_by_hand(book: Book) -> None:
    """The reason stands in the text alone."""
    put_field(book, BASIC, "收入总计增减原因", None)
    reworded(1, "下降68.28%。", "下降68.28%，主要原因是上年的一次性项目本年不再安排。")(book)


def _last_blank(book: Book) -> None:
    put_field(book, LAST_YEAR, "收入总计", None)
    narrated(book)


def _not_comparable(book: Book) -> None:
    put_field(book, LAST_YEAR, "收入总计", None)
    put_field(book, LAST_YEAR, "与上年不可比", "是")
    narrated(book)


def _compared_by_hand(book: Book) -> None:
    """The comparison stands in the text alone."""
    put_field(book, LAST_YEAR, "收入总计", None)
    reworded(1, "收入预算总计695.96万元", "收入预算总计695.96万元，因机构重组与上年不可比")(book)


def _projects_unlisted(book: Book) -> None:
    """Nothing is filled in of performance, and there are projects."""
    for sheet in ("项目信息", "绩效指标"):
        book.grids[sheet] = [list(line) for line in book.grids[sheet][:1]]
    narrated(book)


def _cell(section: int) -> tuple[str, str]:
    return SHEET, f"C{_ABOVE + section}"


def _older(book: Book) -> None:
    """The text as it was written, and other figures since."""
    narrated(book)
    put_field(book, LAST_YEAR, "收入总计", 600)


def _of_another(book: Book) -> None:
    """One section's words under another's heading, with other figures."""
    narrated(book)
    text = book.grids[SHEET][_ABOVE + 4][_TEXT - 1]
    book.put(SHEET, _ABOVE + 6, _TEXT, text.replace("695.96", "624.11"))


def _retitled(book: Book) -> None:
    narrated(book)
    book.put(SHEET, _ABOVE + 6, _TEXT - 1, "一般公共预算项目支出情况说明")


TEXT_CASES: tuple[Case, ...] = (
    Case("D16", FORCED, _older, [_cell(1)], ("第一节是按改动前的数生成的", "重新生成情况说明"), _other_way),
    Case("D01", FORCED, reworded(3, "624.11", "624.12"), [_cell(3)], ("624.12万元", "624.11万元"), narrated),
    Case("D02", FORCED, reworded(5, "50.01%", "50.10%"), [_cell(5)], ("50.10%", "50.01%"), narrated),
    Case("D03", FORCED, reworded(8, "增加3.22", "减少3.22"), [_cell(8)], ("增加", "减少"), narrated),
    Case("D04", FORCED, reworded(8, "与2023年", "与2022年"), [_cell(8)], ("2022年", "2023年"), narrated),
    Case(
        "D05",
        HINT,
        reworded(5, "一般公共服务支出", "一般公共预算服务支出"),
        [_cell(5)],
        ("一般公共预算服务支出", "疑为“一般公共服务支出”"),
        narrated,
    ),
    Case(
        "D05",
        HINT,
        reworded(12, "本单位没有编制", "本部门没有编制"),
        [_cell(12)],
        ("本部门", "公开口径是单位"),
        narrated,
        name="kind",
    ),
    Case("D06", FORCED, reworded(10, "项目8个", "项目9个"), [_cell(10)], ("9个", "8"), narrated),
    Case(
        "D07",
        FORCED,
        reworded(2, "示例市商务局", "示例市文化和旅游局"),
        [_cell(2)],
        ("示例市文化和旅游局", "示例市商务局"),
        narrated,
    ),
    Case(
        "D08",
        FORCED,
        rewritten(9, "本年政府采购预算总额10.61万元，其中面向中小企业预留12.00万元。"),
        [_cell(9)],
        ("10.61万元", "12.00万元"),
        rewritten(9, "本年政府采购预算总额10.61万元，其中面向中小企业预留8.00万元。"),
    ),
    Case(
        "F66",
        HINT,
        _unexplained,
        [("名词解释", "B4")],
        ("“机关运行经费”", "名词解释中没有"),
        narrated,
    ),
    Case("D09", HINT, _without_reason, [_cell(1)], ("68.28%", "收入总计增减原因"), _reason_by_hand),
    Case(
        "D09",
        HINT,
        _other_way,
        [_cell(1)],
        ("收入总计", "减少"),
        name="reason",
    ),
    Case(
        "D09",
        HINT,
        reworded(1, "，主要原因是上年安排一次性促消费资金项目1460.00万元，本年不再安排，收入预算相应减少", ""),
        [_cell(1)],
        ("收入总计", "没有写主要原因"),
        narrated,
        name="unreasoned",
    ),
    Case(
        "D01",
        FORCED,
        rewritten(10, "本单位2024年度没有安排项目支出，不编报项目绩效目标。"),
        [_cell(10)],
        ("没有“项目支出”", "71.85万元"),
        name="denied",
    ),
    Case("D01", FORCED, rewritten(6, "略。"), [_cell(6)], ("只写了“略”",), name="put off"),
    Case(
        "D12",
        FORCED,
        reworded(8, "驻村工作队员补助本年核定为基本支出中的公用经费", "XX"),
        [_cell(8)],
        ("“XX”", "占位符"),
        narrated,
    ),
    Case(
        "D13",
        HINT,
        reworded(5, "用于一般公共服务支出", "用于用于一般公共服务支出"),
        [_cell(5)],
        ("“用于用于”重复",),
        narrated,
    ),
    Case("D17", FORCED, _of_another, [_cell(6)], ("第六节写的是第五节的内容",), narrated),
    Case("D18", HINT, _retitled, [(SHEET, f"B{_ABOVE + 6}")], ("标题应为", "项目支出情况说明"), name="heading"),
    Case(
        "D18",
        HINT,
        rewritten(6, "本单位严格按照预算安排使用资金，保障机构正常运转。"),
        [_cell(6)],
        ("第六节没有写一个数",),
        rewritten(6, "一般公共预算基本支出624.11万元，用于保障机构正常运转。"),
        name="nothing said",
    ),
    Case("D14", FORCED, rewritten(10, ""), [(SHEET, "")], ("缺少第十节",), narrated),
    # A note, where no form has been begun; the grade of the check itself is that of the cases after it.
    Case("D15", NOTE, _projects_unlisted, [_cell(10)], ("遗属补助", "纳入绩效管理"), narrated, name="projects"),
    Case("D15", HINT, _last_blank, [_cell(1)], ("上年数据", "收入总计"), _not_comparable),
    Case("D15", HINT, _last_blank, [_cell(1)], ("收入总计",), _compared_by_hand, name="by hand"),
    Case("D10", HINT, reworded(1, "1460.00万元", "1640.00万元"), [_cell(1)], ("1640.00万元", "基础信息"), narrated),
)
