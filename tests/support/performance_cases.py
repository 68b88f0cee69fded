"""Cases of the checks of the performance forms; the sample's forms, changed by one fault."""

from __future__ import annotations

from typing import Any

from tests.support.check_cases import Book, Case, Change, nothing, put
from udfs.base.findings import FORCED, HINT, NOTE
from udfs.performance.sheet import marked_rows

BASIC, PROJECTS, INDICATORS, FORMS = "基础信息", "项目信息", "绩效指标", "绩效目标"
WHOLE = "整体"
#: Columns of 绩效指标 and 项目信息.
OBJECT, TASK, FIRST, NAME, VALUE, PERIOD_VALUE = 1, 2, 4, 6, 7, 8
YEARS, KIND, PERIOD_TOTAL, PERIOD_CITY, YEAR_TOTAL, YEAR_CITY = 6, 7, 10, 13, 16, 19
#: The sample's one-year project with a limit of its cost, and its row.
DEVICES, DEVICES_ROW = "2024年办公设备更新经费", 8


def indicator_row(book: Book, item: str, name: str, task: int = 0) -> int:
    """Row of an indicator of the whole unit or a project."""
    for row, line in enumerate(book.grids[INDICATORS], 1):
        same_task = not task or line[TASK - 1] == task
        if line[OBJECT - 1] == item and name in str(line[NAME - 1]) and same_task:
            return row
    raise AssertionError(f"no indicator {name} of {item}")


def indicator(item: str, name: str, value: Any, *, column: int = VALUE, task: int = 0) -> Change:
    """A change of one cell of an indicator's line."""

    def change(book: Book) -> None:
        book.put(INDICATORS, indicator_row(book, item, name, task), column, value)

    return change


def field(label: str, value: Any) -> Change:
    """A change of a field of 基础信息."""

    def change(book: Book) -> None:
        row = next(row for row, line in enumerate(book.grids[BASIC], 1) if str(line[0]).strip("*") == label)
        book.put(BASIC, row, 2, value)

    return change


def both(*changes: Change) -> Change:
    """Several changes."""

    def change(book: Book) -> None:
        for one in changes:
            one(book)

    return change


def blank(book: Book) -> None:
    """Nothing filled in that forms are made of."""
    for sheet in (PROJECTS, INDICATORS):
        del book.grids[sheet][1:]


def form_row(book: Book, label: str) -> int:
    """The first row of 绩效目标 that has a cell with that text."""
    return next(row for row, line in enumerate(book.grids[FORMS], 1) if label in line)


def on_form(label: str, column: int, value: Any) -> Change:
    """A change of a cell of the printed forms, in the row with that label."""
    return lambda book: book.put(FORMS, form_row(book, label), column, value)


def _whole_total(amount: float) -> Change:
    """The total of the whole-unit form, below the heading of its figures."""
    return lambda book: book.put(FORMS, form_row(book, "按资金来源划分") + 1, 4, amount)


def _not_made(book: Book) -> None:
    for row in marked_rows(book.grids, book.names):
        book.put(FORMS, row, book.names["YS_PERFORMANCE_MARKS"][2], None)


def _one_more_form(book: Book) -> None:
    book.copy_row(PROJECTS, 6, {1: "老字号保护经费"})
    book.fill()
    book.delete_row(PROJECTS, 10)


def _delete_project(book: Book) -> None:
    book.delete_row(PROJECTS, 6)
    kept = [line for line in book.grids[INDICATORS] if line[OBJECT - 1] != "遗属补助"]
    book.grids[INDICATORS] = kept
    book.fill()


def _without_task_one(book: Book) -> None:
    """Every task left has its project."""
    kept = [line for line in book.grids[INDICATORS] if (line[OBJECT - 1], line[TASK - 1]) != (WHOLE, 1)]
    book.grids[INDICATORS] = kept
    book.fill()


PERFORMANCE_CASES: tuple[Case, ...] = (
    Case("E01", FORCED, _whole_total(659.96), [(FORMS, "D14")], ("659.96", "695.96")),
    Case(
        "E02",
        FORCED,
        on_form("政府性基金预算资金", 4, 1.0),
        [(FORMS, "D16")],
        ("政府性基金预算资金", "“1.00”", "“0.00”"),
    ),
    Case("E03", FORCED, on_form("其中：基本支出", 7, 642.11), [(FORMS, "G15")], ("基本支出", "624.11")),
    Case("E04", FORCED, on_form("内设职能部门数", 4, "9个"), [(FORMS, "D7")], ("“9个”", "“10个”")),
    Case("E05", FORCED, field("其中：在编人员数（人）", 28), [(BASIC, "B21")], ("为29", "之和为28")),
    Case(
        "E06",
        HINT,
        both(field("实际在职人员总数（人）", 33), field("其中：在编人员数（人）", 33)),
        [(BASIC, "B21")],
        ("33", "31"),
    ),
    Case("E07", FORCED, field("机要通信用车（辆）", 1), [(BASIC, "B26")], ("之和为1",)),
    Case(
        "E08", HINT, both(field("公务用车实有数（辆）", 1), field("机要通信用车（辆）", 1)), [(BASIC, "B26")], ("超过",)
    ),
    Case("E09", FORCED, field("其中：服务（万元）", 1.17), [(BASIC, "B38")], ("10.61", "10.07")),
    Case("F17", FORCED, both(blank, field("机要通信用车（辆）", 1)), [(BASIC, "B26")], ("之和为1",), passes=blank),
    Case("F18", HINT, both(blank, field("核定人员编制数（人）", 28)), [(BASIC, "B21")], ("29", "28"), passes=blank),
    Case(
        "E11",
        FORCED,
        both(put(PROJECTS, 6, YEAR_TOTAL, 58000.0), put(PROJECTS, 6, YEAR_CITY, 58000.0)),
        [(PROJECTS, "P6")],
        ("遗属补助", "58000.00元（5.80万元）", "表十二!B11为5.85万元"),
    ),
    Case("E12", FORCED, put(PROJECTS, 6, PERIOD_CITY, 50000.0), [(PROJECTS, "J6")], ("58500.00元", "50000.00元")),
    Case("E12", FORCED, put(PROJECTS, 6, YEAR_CITY, None), [(PROJECTS, "P6")], ("之和为0.00元",), name="blank"),
    Case("E11", FORCED, put(PROJECTS, 6, YEAR_TOTAL, 5.85), [(PROJECTS, "P6")], ("误以万元填写",), name="in wanyuan"),
    Case("E11", FORCED, put(PROJECTS, 6, YEAR_TOTAL, 58.5), [(PROJECTS, "P6")], ("误以千元填写",), name="in qianyuan"),
    Case("E11", FORCED, put(PROJECTS, 6, YEAR_TOTAL, 585e6), [(PROJECTS, "P6")], ("多乘了10000倍",), name="too often"),
    Case("E13", HINT, _delete_project, [("表十二", "B11")], ("遗属补助",)),
    Case("E14", HINT, put(PROJECTS, 6, 1, "遗属补助费"), [(PROJECTS, "A6")], ("是否为“遗属补助”",)),
    Case("E15", FORCED, put(PROJECTS, 9, PERIOD_TOTAL, 3000.0), [(PROJECTS, "J9")], ("3000.00元，少于",)),
    Case("E16", HINT, put(PROJECTS, 9, PERIOD_TOTAL, 36300.0), [(PROJECTS, "J9")], ("36300.00元，多于", "30000.00元")),
    Case("E17", HINT, put(PROJECTS, 6, KIND, "特定目标类"), [(PROJECTS, "G6")], ("“特定目标类”", "“其他运转类”")),
    Case(
        "E21",
        FORCED,
        indicator(WHOLE, "资金支付时间", "2024年6月；及时"),
        [(INDICATORS, "G26")],
        ("任务7的“资金支付时间”", "“2024年6月”", "“2024年8月”", "法律顾问聘请费用"),
    ),
    Case(
        "E21",
        FORCED,
        indicator(DEVICES, "办公设备更换成本", "≤70000元"),
        [(INDICATORS, "G36")],
        ("≤80000元",),
        name="limit",
    ),
    Case("E21", FORCED, indicator(WHOLE, "办公设备更新数量", "≤20个"), [(INDICATORS, "G9")], ("≤20个",), name="sign"),
    Case(
        "E21",
        FORCED,
        indicator(WHOLE, "办公设备更换成本", "≤8万元/件"),
        [(INDICATORS, "G36")],
        ("8万元/件",),
        name="price",
    ),
    Case(
        "E22",
        HINT,
        indicator(WHOLE, "遗属满意度", "港澳满意度", column=NAME),
        [(INDICATORS, "F57")],
        ("“港澳满意度”", "项目中有“遗属满意度”"),
    ),
    Case(
        "E22",
        HINT,
        indicator(WHOLE, "补助发放时间", "年底一次发放"),
        [(INDICATORS, "G25")],
        ("按月发放",),
        name="value",
    ),
    Case(
        "E23",
        NOTE,
        indicator(WHOLE, "调研及会议组织", "按时参加；准时开展"),
        [(INDICATORS, "G24")],
        ("准时开展", "适时开展"),
    ),
    Case(
        "E23",
        NOTE,
        indicator(WHOLE, "办公设备更换成本", "办公设备更新成本", column=NAME),
        [(INDICATORS, "F36")],
        ("办公设备更新成本", "办公设备更换成本"),
        name="name",
    ),
    Case(
        "E24", HINT, put(BASIC, 7, 14, "对不少于3家典型企业和20名信息员给予补贴。"), [(BASIC, "N7")], ("“3家”", "“5家”")
    ),
    Case(
        "E25",
        HINT,
        put(PROJECTS, 8, 28, "更新办公设备不少于20个，成本不超过30000元。"),
        [(PROJECTS, "AB8")],
        ("“30000元”", "“80000元”"),
    ),
    Case(
        "E26",
        HINT,
        indicator(DEVICES, "办公设备更新数量", "≥30个", column=PERIOD_VALUE),
        [(INDICATORS, "H124")],
        ("≥30个", "≥20个"),
    ),
    Case("E27", HINT, put(PROJECTS, 8, YEAR_TOTAL, 8000.0), [(INDICATORS, "G128")], ("≤80000元", "8000.00元")),
    Case("E27", HINT, put(INDICATORS, 128, 7, "≤8元"), [(INDICATORS, "G128")], ("一万倍", "单位"), name="unit"),
    Case("E28", HINT, indicator(WHOLE, "评审专家数量", "≥18人次；≥4个"), [(INDICATORS, "G3")], ("个数不同",)),
    Case("E29", NOTE, nothing, [(INDICATORS, "B2")], ("任务1",), passes=_without_task_one),
    Case(
        "E30",
        HINT,
        indicator("遗属补助", "补助发放人数", "遗属补助费", column=OBJECT),
        [(INDICATORS, "A105")],
        ("遗属补助费",),
    ),
    Case(
        "E30",
        HINT,
        indicator(WHOLE, "补助发放人数", 12, column=TASK),
        [(INDICATORS, "B7")],
        ("任务号12", "9项"),
        name="task",
    ),
    Case(
        "E30",
        HINT,
        indicator(WHOLE, "补助发放人数", "效益指标", column=FIRST),
        [(INDICATORS, "D7")],
        ("产出指标",),
        name="level",
    ),
    Case("E41", FORCED, on_form("任务6：补助发放人数", 7, "6人"), [(FORMS, "G38")], ("“6人”", "“5人”", "示例市商务局")),
    Case("E41", FORCED, lambda book: book.delete_row(FORMS, 40), [(FORMS, "A4")], ("行数",), name="rows"),
    Case("E41", FORCED, _one_more_form, [(FORMS, "A351")], ("没有对应的项目",), name="surplus"),
    Case("E42", HINT, _not_made, [(FORMS, "")], ("尚未生成",)),
)
