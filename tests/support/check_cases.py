"""For every check a workbook that passes it and one that fails it: the finished sample, changed by one fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from addin.verbs.commands import fill_workbook, sample_workbook
from addin.xlsx.files import Workbook
from udfs.base import Area, Block, with_blocks
from udfs.base.file_facts import FileFacts
from udfs.base.findings import FORCED, HINT, NOTE
from udfs.fill import fill
from udfs.ledgers.review_marks import REVIEW
from udfs.tables import ABSENT_NOTE, Reading
from udfs.validate import Report, inspect, validate
from workbook_templates.reading.edition import load_edition
from workbook_templates.reading.sample import Sample

LEDGER = "预算明细"
INCOME = "收入明细"
#: The ledger's columns in the sample's sheet.
SOURCE, FUNCTION, FUNCTION_NAME, DEPARTMENTAL, GOVERNMENTAL, AMOUNT, UNIT, UNIT_NAME, REMARK = (
    1,
    3,
    4,
    9,
    11,
    13,
    14,
    15,
    16,
)


def as_read(value: Any) -> Any:
    """A value written, as a file gives it back."""
    return float(value) if isinstance(value, Decimal) else value


class Book(Struct):
    """A workbook in memory, to be changed."""

    grids: dict[str, list[list[Any]]]
    names: dict[str, Area]
    file: FileFacts = field(default_factory=FileFacts)

    def put(self, sheet: str, row: int, column: int, value: Any) -> None:
        """Write one cell."""
        self.grids = with_blocks(self.grids, [Block(sheet, row, column, [[value]])])

    def copy_row(self, sheet: str, row: int, changes: Mapping[int, Any]) -> int:
        """Add a row like another one, with changes by column, below the last; its number."""
        line = list(self.grids[sheet][row - 1])
        for column, value in changes.items():
            line[column - 1] = value
        self.grids[sheet].append(line)
        return len(self.grids[sheet])

    def insert_copy(self, sheet: str, row: int) -> None:
        """A row once more, below itself."""
        self.grids[sheet].insert(row, list(self.grids[sheet][row - 1]))

    def delete_row(self, sheet: str, row: int) -> None:
        """Take a row out."""
        del self.grids[sheet][row - 1]

    def delete_sheet(self, sheet: str) -> None:
        """Take a sheet out."""
        del self.grids[sheet]

    def empty_ledger(self) -> None:
        """As if the tables had been typed in."""
        del self.grids[LEDGER][1:]

    def fill(self) -> None:
        """Make the tables anew from the ledger."""
        grids = with_blocks(self.grids, fill(Reading(load_edition(), self.grids, self.names)).blocks)
        self.grids = {name: [[as_read(value) for value in line] for line in grid] for name, grid in grids.items()}

    def report(self) -> Report:
        """What validation says where it knows the sample from a click before: only what has changed is read again."""
        return validate(inspect(_sample_reading().again(self.grids, self.names, self.file)))


@cache
def _sample() -> tuple[dict[str, list[list[Any]]], dict[str, Area]]:
    with TemporaryDirectory() as folder:
        inputs, finished = Path(folder) / "inputs.xlsx", Path(folder) / "finished.xlsx"
        sample_workbook(inputs, Sample())
        fill_workbook(inputs, finished)
        book = Workbook(finished)
        return book.grids, book.package.names


@cache
def _sample_reading() -> Reading:
    reading = Reading(load_edition(), *_sample())
    validate(inspect(reading))
    return reading


def sample_book() -> Book:
    """The finished workbook of the sample unit, to be changed."""
    grids, names = _sample()
    return Book({name: [list(line) for line in grid] for name, grid in grids.items()}, dict(names))


Change = Callable[[Book], None]


@cache
def report_after(change: Change) -> Report:
    """What validation says of the sample after a change; asked once."""
    book = sample_book()
    change(book)
    return book.report()


def nothing(_: Book) -> None:
    """The sample as it is."""


class Case(Struct, frozen=True):
    """One check: the fault, the findings it gives (cells, and what their sentences say), and what passes."""

    number: str
    grade: str
    fault: Change
    places: Sequence[tuple[str, str]]
    says: tuple[str, ...]
    passes: Change = nothing
    name: str = ""

    @property
    def id(self) -> str:
        """Its name among the tests."""
        return f"{self.number}{'-' if self.name else ''}{self.name}"


def put(sheet: str, row: int, column: int, value: Any) -> Change:
    """A change of one cell."""
    return lambda book: book.put(sheet, row, column, value)


def ledger_row(changes: Mapping[int, Any], like: int = 2) -> Change:
    """A further row of the ledger; the tables are made anew."""

    def change(book: Book) -> None:
        book.copy_row(LEDGER, like, changes)
        book.fill()

    return change


def without_ledger(change: Change = nothing) -> Change:
    """The tables alone."""

    def both(book: Book) -> None:
        book.empty_ledger()
        change(book)

    return both


def seen(**facts: Any) -> Change:
    """What the file door saw."""

    def change(book: Book) -> None:
        book.file = replace(FileFacts(), **facts)

    return change


def _income(amount: float) -> Change:
    """A row of fund spending of 800 000 yuan, and revenue."""

    def change(book: Book) -> None:
        book.copy_row(LEDGER, 30, {SOURCE: "政府性基金预算", AMOUNT: 800000.0})
        book.grids[INCOME].append(["政府性基金预算", "1030148", "国有土地使用权出让收入", "本年", amount])
        book.fill()

    return change


def _institution(book: Book) -> None:
    """The sample as an institution: its items pair with those of subsidies."""
    book.put("基础信息", 12, 2, "事业")
    for row in range(len(book.grids["基础信息"])):
        line = book.grids["基础信息"][row]
        if len(line) > 6 and line[4] == "038001":
            line[6] = "事业"
    for line in book.grids[LEDGER][1:]:
        item = str(line[DEPARTMENTAL - 1])
        if item.startswith("301"):
            line[GOVERNMENTAL - 1 : GOVERNMENTAL + 1] = ["50501", "工资福利支出"]
        if item.startswith("302"):
            line[GOVERNMENTAL - 1 : GOVERNMENTAL + 1] = ["50502", "商品和服务支出"]
        if item.startswith("310"):
            line[GOVERNMENTAL - 1 : GOVERNMENTAL + 1] = ["50601", "资本性支出（一）"]
    book.fill()


def _clear(book: Book, sheet: str) -> None:
    for line in book.grids[sheet][4:]:
        line[:] = [None if isinstance(value, int | float) else value for value in line]


def _cleared(book: Book) -> None:
    for form in load_edition().forms:
        _clear(book, form.sheet)


def _cleared_one(book: Book) -> None:
    _clear(book, "表三")


def _same_project(book: Book) -> None:
    book.copy_row("项目信息", 4, {})


def _same_project_elsewhere(book: Book) -> None:
    book.copy_row("项目信息", 4, {2: "示例市商务服务中心"})


def _unlisted_unit(book: Book) -> None:
    """A ledger row of a unit of which 基础信息 says nothing; the tables cannot be made anew."""
    book.copy_row(LEDGER, 2, {UNIT: "038002", UNIT_NAME: "示例市商务服务中心"})


def _listed_unit(book: Book) -> None:
    book.grids["基础信息"][5][4:7] = ["038002", "示例市商务服务中心", "参公事业"]
    _unlisted_unit(book)
    book.fill()


def _listed_center(changes: Mapping[int, Any], kind: str | None = "参公事业") -> Change:
    """A second unit, in the list and in the ledger; what its ledger row says may be changed."""

    def change(book: Book) -> None:
        book.grids["基础信息"][5][4:7] = ["038002", "示例市商务服务中心", kind]
        book.copy_row(LEDGER, 2, {UNIT: "038002", UNIT_NAME: "示例市商务服务中心", **changes})
        book.fill()

    return change


def _projects(*names: str) -> Change:
    """Further rows of one project whose name is written in several ways."""

    def change(book: Book) -> None:
        row = next(i for i, line in enumerate(book.grids[LEDGER], 1) if i > 1 and line[6])
        for name in names:
            book.copy_row(LEDGER, row, {7: name})
        book.fill()

    return change


def _below_a_blank_row(book: Book) -> None:
    book.put("表三", 31, 1, "210")
    book.put("表三", 31, 3, 10.0)


def _in_wan(book: Book) -> None:
    """Every amount as if 元 had been typed in 万元."""
    for line in book.grids[LEDGER][1:]:
        line[AMOUNT - 1] = round(line[AMOUNT - 1] / 10_000, 2)
    book.put("基础信息", 20, 2, None)
    book.put("基础信息", 21, 2, None)
    book.fill()


def _fund_without_codes(book: Book) -> None:
    book.copy_row(LEDGER, 30, {SOURCE: "政府性基金预算", AMOUNT: 800000.0})
    book.fill()


def _negative(remark: str | None) -> Change:
    def change(book: Book) -> None:
        book.copy_row(LEDGER, 2, {AMOUNT: -3000.0, REMARK: remark})
        book.copy_row(LEDGER, 13, {AMOUNT: -1000.0, REMARK: remark})
        book.fill()

    return change


def _published(approved: str, published: str | None) -> Change:
    def change(book: Book) -> None:
        book.put("基础信息", 56, 2, approved)
        book.put("基础信息", 57, 2, published)

    return change


def _marked_secret(book: Book) -> None:
    book.empty_ledger()
    grid = book.grids["表十二"]
    row = next(n for n, line in enumerate(grid, 1) if "遗属补助" in line)
    book.put("表十二", row, grid[row - 1].index("遗属补助") + 1, "遗属补助（不公开）")


def _twice(remark: str | None) -> Change:
    def change(book: Book) -> None:
        book.copy_row(LEDGER, 2, {REMARK: remark})
        book.copy_row(LEDGER, 3, {REMARK: remark})
        book.fill()

    return change


def _many_unknown(book: Book) -> None:
    for amount in (1.0, 2.0, 3.0):
        book.copy_row(LEDGER, 2, {FUNCTION: "2019988", FUNCTION_NAME: "其他支出", AMOUNT: amount})
    book.fill()


def _old_year(book: Book) -> None:
    for row, column in ((1, 1), (3, 3)):
        text = book.grids["表三"][row - 1][column - 1]
        book.put("表三", row, column, text.replace("2024", "2023"))


def _swap_classes(book: Book) -> None:
    """The block of 210 before that of 208."""
    rows = book.grids["表三"]
    first = next(i for i, line in enumerate(rows) if line[0] == "208")
    last = next(i for i, line in enumerate(rows) if line[0] == "210")
    end = next(i for i, line in enumerate(rows) if line[0] == "216")
    rows[first:end] = rows[last:end] + rows[first:last]


def _swap_fixed_rows(book: Book) -> None:
    """Two classes of 表一 with their amounts, the later first."""
    second, third = (book.grids["表一"][row - 1][2:6] for row in (7, 8))
    for row, cells in ((7, third), (8, second)):
        for column, value in enumerate(cells, 3):
            book.put("表一", row, column, value)


def _table_twice(sheet: str) -> Change:
    """The title of 表七 once more, on another sheet."""

    def change(book: Book) -> None:
        book.grids.setdefault(sheet, [])
        book.put(sheet, 20, 1, book.grids["表七"][0][0])

    return change


def _list_units(book: Book, code: str) -> None:
    book.grids["基础信息"][4][4:7] = [code, "示例市商务局", "行政"]


def _swap_items(book: Book) -> None:
    """Two items of one group, the later first."""
    rows = book.grids["表三"]
    first = next(i for i, line in enumerate(rows) if line[0] == "2011301")
    rows[first : first + 2] = reversed(rows[first : first + 2])


def _swap_named_items(book: Book) -> None:
    """Two items of 表六, which have no code, the later first."""
    rows = book.grids["表六"]
    first = next(i for i, line in enumerate(rows) if line[0] == "工资福利支出") + 1
    rows[first : first + 2] = reversed(rows[first : first + 2])


def _blank_natures(book: Book) -> None:
    for row in (3, 5):
        book.put("项目信息", row, 5, None)


def _only_the_name(managed: str) -> Change:
    """A project of whose line nothing is filled in but its name and whether it is under performance management."""

    def change(book: Book) -> None:
        line = book.grids["项目信息"][5]
        book.grids["项目信息"] = list(book.grids["项目信息"])
        book.grids["项目信息"][5] = [line[0], *["" for _ in line[1:]]]
        book.put("项目信息", 6, 8, managed)

    return change


def _yuan(book: Book) -> None:
    book.put("表三", 5, 3, 6959600.0)


def _two_names(book: Book) -> None:
    """A code that no classification has, with another name in one of the tables."""
    book.copy_row(LEDGER, 2, {FUNCTION: "2019998", FUNCTION_NAME: "甲", SOURCE: "一般公共预算"})
    book.fill()
    for sheet in ("表二", "表三", "表五"):
        row = next(r for r, line in enumerate(book.grids[sheet], 1) if line and line[0] == "2019998")
        book.put(sheet, row, 2, "乙" if sheet == "表五" else "甲")


CASES: tuple[Case, ...] = (
    Case("C01", FORCED, put("表三", 8, 3, 327.73), [("表三", "C8")], ("327.73", "327.37")),
    Case("C04", FORCED, put(LEDGER, 2, AMOUNT, 1414599.0), [("预算明细", "")], ("明细改动后未重新生成，涉及",)),
    Case("C04", FORCED, _cleared, [("预算明细", "")], ("各表尚未生成",), name="not made"),
    Case("C04", FORCED, _cleared_one, [("表三", "")], ("表三尚未生成",), name="one table"),
    Case(
        "C02",
        FORCED,
        lambda book: book.put("表三", 8, 1, "2011308"),
        [("表三", ""), ("表三", "A8")],
        ("2011301", "2011308"),
    ),
    Case("C03", FORCED, _income(500000.0), [(INCOME, "")], ("50.00万元", "80.00万元"), passes=_income(900000.0)),
    # -- the input sheets
    Case("F01", FORCED, put(LEDGER, 8, 5, "基本支岀"), [(LEDGER, "E8")], ("基本支岀", "是否应为“基本支出”")),
    Case("F01", FORCED, lambda book: book.delete_sheet("上年数据"), [("上年数据", "")], ("补回",), name="sheet"),
    Case("F02", FORCED, put("上年数据", 8, 2, "约二千万"), [("上年数据", "B8")], ("收入总计", "数字")),
    Case("F02", FORCED, put("绩效指标", 5, 4, "全年"), [("绩效指标", "D5")], ("全年", "产出指标"), name="list"),
    Case("F03", HINT, put("基础信息", 7, 2, None), [("基础信息", "B7")], ("单位编码", "必须填写")),
    Case(
        "F03",
        HINT,
        _blank_natures,
        [("项目信息", "E3")],
        ("项目属性", "共2处：第3行、第5行"),
        name="list",
    ),
    Case(
        "F03",
        HINT,
        _only_the_name("是"),
        [("项目信息", f"{column}6") for column in (*"EFIJVWX", "AA", "AB")],
        ("项目属性", "项目概况"),
        passes=_only_the_name("否"),
        name="managed",
    ),
    Case("F04", HINT, _many_unknown, [(LEDGER, "C35")], ("2019988", "共3处", "请确认")),
    Case(
        "F05",
        HINT,
        put(LEDGER, 9, FUNCTION_NAME, "行政运行"),
        [(LEDGER, "D9")],
        ("2210201的名称应为“住房公积金”", "行政运行"),
        passes=put(LEDGER, 9, FUNCTION_NAME, "住房 公积金"),
    ),
    Case("F06", HINT, put("表三", 13, 2, "行政事业单位离退休"), [("表三", "B13")], ("行政事业单位养老支出",)),
    Case(
        "F06",
        HINT,
        put(LEDGER, 10, FUNCTION_NAME, "行政事业单位离退休"),
        [(LEDGER, "D10")],
        ("旧名称",),
        name="ledger",
    ),
    Case("F07", FORCED, ledger_row({FUNCTION: "2250101"}), [(LEDGER, "C35")], ("2250101", "表一")),
    Case("F08", FORCED, _unlisted_unit, [(LEDGER, "N35")], ("038002", "所属单位清单"), passes=_listed_unit),
    Case(
        "F09",
        FORCED,
        _negative(None),
        [(LEDGER, "M35")],
        ("-3000.00元", "共2处：第35—36行"),
        passes=_negative("收回上年多拨"),
    ),
    Case("F10", HINT, _twice(None), [(LEDGER, "M35")], ("第35行", "共2处"), passes=_twice("补列")),
    Case("F11", NOTE, ledger_row({AMOUNT: 0.0}), [(LEDGER, "M35")], ("金额为零",)),
    Case("F12", HINT, put(LEDGER, 2, GOVERNMENTAL, "50501"), [(LEDGER, "K2")], ("50101", "50501"), passes=_institution),
    Case(
        "F13",
        NOTE,
        put(LEDGER, 9, FUNCTION, "2011301"),
        [(LEDGER, "C9")],
        ("30113住房公积金有352554.00元不在功能科目2210201住房公积金中",),
    ),
    Case("F14", NOTE, put(LEDGER, 6, AMOUNT, 190000.0), [(LEDGER, "M6")], ("190000.00", "50%", "205524.50")),
    Case("F15", FORCED, _same_project, [("项目信息", "A10")], ("第4行",), passes=_same_project_elsewhere),
    Case("F16", HINT, put("上年数据", 8, 2, 21939800.0), [("上年数据", "B8")], ("695.96万元", "误以元填写")),
    Case(
        "F16", FORCED, put("基础信息", 41, 2, 17100.0), [("基础信息", "B41")], ("全部收支", "695.96"), name="procured"
    ),
    Case("F16", HINT, put("上年数据", 8, 2, 0.22), [("上年数据", "B8")], ("0.22万元",), name="small"),
    Case(
        "F51",
        FORCED,
        _listed_center({UNIT: "038001", UNIT_NAME: "示例市商务服务中心"}),
        [(LEDGER, "N35")],
        ("“038001”是“示例市商务局”的", "示例市商务服务中心"),
        passes=_listed_center({}),
    ),
    Case(
        "F51",
        FORCED,
        _listed_center({UNIT_NAME: "示例市会展中心"}),
        [(LEDGER, "N35")],
        ("“038002”有两个名称",),
        name="name",
    ),
    Case("F51", FORCED, put("基础信息", 5, 7, "事业"), [("基础信息", "")], ("“行政”", "“事业”"), name="kind"),
    Case("F52", HINT, _listed_center({UNIT: 38002.0}), [(LEDGER, "N35")], ("“38002”与“038002”只差前面的0",)),
    Case(
        "F52",
        HINT,
        _listed_center({UNIT_NAME: "示例市商务（服务中心）"}),
        [(LEDGER, "N35")],
        ("只差括号、空格或全半角",),
        name="name",
    ),
    Case("F52", HINT, _projects("设备（一期）", "设备 (一期)"), [(LEDGER, "G36")], ("按同一项目处理",), name="project"),
    Case("F53", HINT, _listed_center({}, kind=None), [("基础信息", "")], ("038002", "没有填写单位性质")),
    Case(
        "F55",
        FORCED,
        _below_a_blank_row,
        [("表三", "A31")],
        ("空行下面从第31行起还有金额",),
        passes=lambda book: book.put("表三", 31, 1, "注：以上各数均为万元"),
    ),
    Case("F58", FORCED, _swap_fixed_rows, [("表一", "C8")], ("“三、国防支出”应排在“四、公共安全支出”之前",)),
    Case("F59", HINT, put("表三", 9, 9, 999.99), [("表三", "I9")], ("999.99",), put("表三", 9, 9, "返回")),
    Case(
        "F59",
        HINT,
        put("表三", 60, 1, "注：另有12.5万元"),
        [("表三", "A60")],
        ("另有12.5万元",),
        put("表三", 60, 1, "注：单位为万元"),
        name="below",
    ),
    Case("F60", HINT, _table_twice("表八"), [("表八", "A20")], ("这里又有一张表七",)),
    Case("F60", HINT, _table_twice("备查"), [("备查", "A20")], ("这里又有一张表七",), name="sheet"),
    Case("F61", HINT, put("封面", 1, 1, "某局"), [("封面", "A1")], ("现为“某局”",), put("封面", 1, 1, None)),
    Case("F61", HINT, put("基础信息", 9, 2, "县级"), [("名词解释", "C6")], ("用语是", "政府级次为县级"), name="level"),
    Case("F61", HINT, put("封面", 2, 1, "2023年预算公开"), [("封面", "A2")], ("现为“2023年预算公开”",), name="year"),
    Case(
        "F62",
        HINT,
        lambda book: _list_units(book, "038009"),
        [("基础信息", "")],
        ("没有本单位038001",),
        lambda book: _list_units(book, "38001"),
    ),
    Case(
        "F68",
        NOTE,
        put("基础信息", 13, 2, "039"),
        [("基础信息", "B13")],
        ("038001", "039"),
        put("基础信息", 13, 2, "38"),
    ),
    Case("F56", HINT, _in_wan, [(LEDGER, "M2")], ("合计只有695.",), name="total"),
    Case("F56", HINT, put("基础信息", 21, 2, 99999), [(LEDGER, "M2")], ("人均",), name="head"),
    Case("F54", HINT, _fund_without_codes, [(INCOME, "")], ("800000.00元", "收入科目编码"), passes=_income(800000.0)),
    Case(
        "F64",
        FORCED,
        put("基础信息", 42, 2, 12.0),
        [("基础信息", "B42")],
        ("12.00万元", "大于", "10.61万元"),
        passes=put("基础信息", 42, 2, 10.61),
    ),
    Case(
        "F65",
        HINT,
        _published("2024年2月1日", "2024-03-05"),
        [("基础信息", "B57")],
        ("批复后33天", "20日"),
        passes=_published("2024年2月1日", "2024年2月21日"),
    ),
    Case(
        "F65",
        HINT,
        _published("2024年2月21日", "2024年2月1日"),
        [("基础信息", "B57")],
        ("早于",),
        name="early",
        passes=_published("2024年2月21日", None),
    ),
    Case(
        "F67",
        FORCED,
        put(LEDGER, 33, REMARK, "涉密项目"),
        [(LEDGER, "P33")],
        ("涉密", "2024年办公设备更新经费", "列在表十二"),
        passes=put(LEDGER, 33, REMARK, "非涉密设备"),
    ),
    Case(
        "F67",
        FORCED,
        _marked_secret,
        [("表十二", "A11")],
        ("遗属补助（不公开）",),
        name="table",
    ),
    Case(
        "F69",
        FORCED,
        put("基础信息", 17, 2, "负责XX工作。"),
        [("基础信息", "B17")],
        ("“单位职责”", "“XX”", "占位符"),
        passes=put("基础信息", 17, 2, "负责商务工作。"),
    ),
    Case(
        "F69",
        FORCED,
        put("项目信息", 3, 22, "待补充"),
        [("项目信息", "V3")],
        ("“项目概况”", "还没有写完"),
        name="list",
    ),
    Case("F19", HINT, put("基础信息", 6, 3, f"{REVIEW}单位全称"), [("基础信息", "C6")], ("单位名称", "沿用上年")),
    Case("F19", HINT, put("项目信息", 1, 36, REVIEW), [("项目信息", "AJ1")], ("项目信息", "沿用上年"), name="list"),
    # -- the tables
    Case("F21", FORCED, put("表三", 8, 3, "见说明"), [("表三", "C8")], ("见说明", "数字")),
    Case("F21", FORCED, put("表三", 8, 3, 1e8), [("表三", "C8")], ("100000000", "过大"), name="too large"),
    Case("F21", FORCED, put("表三", 8, 3, -1e300), [("表三", "C8")], ("过大",), name="absurd"),
    Case("F21", FORCED, put("表三", 8, 3, "###"), [("表三", "C8")], ("###", "数字"), name="narrow"),
    Case("F22", FORCED, put("表三", 8, 3, "327.37"), [("表三", "C8")], ("327.37", "文本")),
    Case("F23", FORCED, put("表三", 8, 3, "#REF!"), [("表三", "C8")], ("#REF!",)),
    Case("F23", FORCED, seen(errors={"表三": {(8, 3): "#N/A"}}), [("表三", "C8")], ("#N/A",), name="file"),
    Case("F24", HINT, put("表三", 8, 3, 327.3654), [("表三", "C8")], ("327.3654",)),
    Case("F25", FORCED, put("表一", 9, 1, None), [("表一", "A9")], ("五、单位资金",)),
    Case("F26", FORCED, put("表三", 4, 4, "基本"), [("表三", "D4")], ("表头应为“基本支出”",)),
    Case("F26", FORCED, put("表三", 1, 1, "支出表"), [("表三", "A1")], ("标题应为“2024年预算支出总表”",), name="title"),
    Case("F27", FORCED, _old_year, [("表三", "A1")], ("2023", "2024", "共2处：表三!A1、表三!C3")),
    Case("F28", FORCED, put("表三", 2, 5, "单位：元"), [("表三", "E2")], ("单位：万元",)),
    Case("F29", HINT, put("表三", 2, 1, "单位名称：某某局"), [("表三", "A2")], ("示例市商务局", "某某局")),
    Case("F30", HINT, put("表七", 6, 1, None), [("表七", "A6")], ("注：本表无数据",)),
    Case(
        "F30",
        HINT,
        lambda book: book.put("表三", len(book.grids["表三"]) + 1, 1, "注：本表无数据"),
        [("表三", "A30")],
        ("有数据",),
        name="filled",
    ),
    Case("F31", FORCED, put("表三", 13, 1, "208O5"), [("表三", "A13")], ("208O5", "3、5、7")),
    Case("F32", FORCED, lambda book: book.delete_row("表三", 13), [("表三", "A13")], ("20805",)),
    Case("F32", FORCED, lambda book: book.delete_row("表六", 6), [("表六", "A6")], ("基本工资",), name="names"),
    Case("F33", HINT, _swap_items, [("表三", "A9")], ("2011301", "排在"), name="within"),
    Case("F33", HINT, _swap_named_items, [("表六", "A8")], ("之后",), name="by name"),
    Case("F33", FORCED, _swap_classes, [("表三", "A17")], ("208", "21")),
    Case("F34", FORCED, lambda book: book.insert_copy("表三", 8), [("表三", "A9")], ("第8行", "行政运行")),
    Case("F34", FORCED, lambda book: book.insert_copy("表十二", 9), [("表十二", "A10")], ("第9行",), name="projects"),
    Case(
        "F35",
        HINT,
        without_ledger(put("表三", 8, 1, "2011388")),
        [("表三", "A8")],
        ("2011388", "请确认"),
        passes=without_ledger(),
    ),
    Case("F36", HINT, put("表三", 13, 2, "离退休支出"), [("表三", "B13")], ("行政事业单位养老支出",)),
    Case("F36", HINT, put("表六", 16, 2, "办公费"), [("表六", "B16")], ("办公费",), name="beside"),
    Case("F37", FORCED, _yuan, [("表三", "C5")], ("一万倍", "695.96")),
    Case("F39", HINT, _two_names, [("表五", "B13")], ("2019998", "甲", "乙")),
    Case("F38", HINT, put("表八", 4, 1, ABSENT_NOTE), [("表八", "A4")], ("补填",)),
    # -- the file
    Case(
        "F41",
        HINT,
        seen(hidden_sheets=("科目表", "往年备份")),
        [("往年备份", "")],
        ("隐藏",),
        passes=seen(hidden_sheets=("科目表",)),
    ),
    Case(
        "F42",
        HINT,
        seen(hidden_rows={"表三": (8, 9)}, hidden_columns={LEDGER: (10,), "情况说明": (2,)}),
        [("表三", "A8"), (LEDGER, "J1")],
        ("第8行", "第8—9行", "J列"),
    ),
    Case("F43", HINT, seen(external_links=2), [("", "")], ("2个外部文件",)),
    Case("F44", FORCED, seen(errors={"上年数据": {(8, 2): "#REF!"}}), [("上年数据", "B8")], ("#REF!",)),
    Case("F45", HINT, seen(macros=True), [("", "")], ("宏",)),
    Case("F46", HINT, seen(other_parts=("xl/connections.xml",)), [("", "")], ("数据连接（1个）",)),
    Case(
        "F47",
        HINT,
        seen(formulas={"表三": frozenset({(8, 3), (1, 1)}), LEDGER: frozenset({(7, 13), (7, 4)})}),
        [("表三", "C8"), (LEDGER, "M7")],
        ("公式",),
        passes=seen(formulas={"表三": frozenset({(1, 1)}), "勾稽关系": frozenset({(5, 6)})}),
    ),
    Case(
        "F48",
        FORCED,
        seen(uncalculated={LEDGER: frozenset({(7, 13)})}),
        [(LEDGER, "M7")],
        ("没有计算结果",),
        passes=seen(uncalculated={LEDGER: frozenset({(400, 13)})}, formulas={LEDGER: frozenset({(400, 13)})}),
    ),
    Case("F57", FORCED, seen(looks=(("表三", "C8", "单元格格式使695.96显示为“696”"),)), [("表三", "C8")], ("696",)),
    Case(
        "F50",
        HINT,
        put(LEDGER, 2, REMARK, "=HYPERLINK(A1)"),
        [(LEDGER, "P2")],
        ("文字像是公式",),
        passes=put(LEDGER, 2, REMARK, "-2024年核减"),
    ),
)
