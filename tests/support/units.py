"""Units ready for checking: small, fixed ledgers that between them use every table, column and kind of money."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from addin.verbs.commands import fill_workbook, sample_workbook
from addin.xlsx.files import Workbook
from tests.support.check_cases import Book
from tests.support.ledgers import AMOUNT, INCOME_HEADINGS, SPENDING_HEADINGS, Row, lines_of, write_lines
from tests.support.oracle import ACCOUNT, CAPITAL, CARRIED, FUND, GENERAL, OWN, THIS
from udfs.base import Area
from workbook_templates.reading.sample import SAMPLE_FOLDER, Sample

STAFF, RUNNING = "人员经费", "公用经费"
#: Governmental items of an administrative unit and of an institution for each departmental one.
PAIRS = {
    "30101": ("50101", "50501"),
    "30108": ("50102", "50501"),
    "30113": ("50103", "50501"),
    "30201": ("50201", "50502"),
    "30211": ("50201", "50502"),
    "30212": ("50207", "50502"),
    "30217": ("50206", "50502"),
    "30231": ("50208", "50502"),
    "30305": ("50901", "50901"),
    "30913": ("50403", "50602"),
    "31002": ("50306", "50601"),
    "31013": ("50303", "50601"),
}
#: Items that the classification does not list.
NAMES = {
    "2230199": "其他解决历史遗留问题支出",
    "2230299": "其他国有企业资本金注入",
    "2011350": "事业运行",
    "2160250": "事业运行",
}
REVENUE_NAMES = {"103014801": "土地出让价款收入", "103060103": "烟草企业利润收入"}


class Member(Struct, frozen=True):
    """A budget unit: code, name, kind."""

    code: str
    name: str
    kind: str


BUREAU = Member("038001", "示例市商务局", "行政")
BRIGADE = Member("038002", "示例市商务执法队", "参公事业")
CENTRE = Member("038003", "示例市会展中心", "事业")


def spent(
    source: str, year: str, function: str, use: str, item: str, yuan: str, member: Member = BUREAU, remark: str = ""
) -> Row:
    """A row of the ledger; `use` is 人员经费, 公用经费 or the name of a project."""
    basic = use in (STAFF, RUNNING)
    return {
        "资金来源": source,
        "预算年度来源": year,
        "功能科目编码": function,
        "功能科目名称": NAMES.get(function, ""),
        "支出类别": "基本支出" if basic else "项目支出",
        "经费类别": use if basic else "",
        "项目名称": "" if basic else use,
        "项目类别": "" if basic else "特定目标类",
        "部门经济科目编码": item,
        "政府经济科目编码": PAIRS[item][member.kind == "事业"],
        AMOUNT: yuan,
        "单位编码": member.code,
        "单位名称": member.name,
        "备注": remark,
    }


def received(source: str, code: str, year: str, yuan: str) -> Row:
    """A row of 收入明细."""
    name = REVENUE_NAMES.get(code, "")
    return {"资金来源": source, "收入科目编码": code, "收入科目名称": name, "预算年度来源": year, AMOUNT: yuan}


class ReadyUnit(Struct, frozen=True):
    """One unit or department: its ledgers and its members, the first of which fills in the workbook."""

    spending: tuple[Row, ...]
    income: tuple[Row, ...]
    members: tuple[Member, ...]

    def inputs(self, folder: Path) -> Sample:
        """The inputs of the sample unit with these ledgers and members; no projects and indicators described."""
        with (SAMPLE_FOLDER / "basic.csv").open(encoding="utf-8-sig", newline="") as file:
            basic = list(csv.reader(file))
        own = self.members[0]
        several = len(self.members) > 1
        values = {
            "单位名称": own.name,
            "单位编码": own.code,
            "单位性质": own.kind,
            "公开口径": "部门" if several else "单位",
            "所属预算单位数（个）": str(len(self.members) if several else 0),
            # The sample's own reasons would tell of another change than this unit's.
            **dict.fromkeys(_REASONS, "本年工作安排有调整"),
        }
        write_lines(folder / "basic.csv", [[label, values.get(label, value)] for label, value in basic])
        write_lines(folder / "ledger.csv", lines_of(self.spending, SPENDING_HEADINGS))
        write_lines(folder / "income.csv", lines_of(self.income, INCOME_HEADINGS))
        headings = ["单位编码", "单位名称", "单位性质"]
        write_lines(folder / "units.csv", [headings, *[[m.code, m.name, m.kind] for m in self.members]])
        for name in ("departments", "functions", "last_year", "targets"):
            copy(SAMPLE_FOLDER / f"{name}.csv", folder)
        for name in ("projects", "indicators"):
            with (SAMPLE_FOLDER / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
                write_lines(folder / f"{name}.csv", [next(csv.reader(file))])
        return Sample(folder)


_REASONS = ("收入总计增减原因", "支出总计增减原因", "一般公共预算支出增减原因", "机关运行经费增减原因")

#: Everything at once: five sources, both years, 三公 items in basic and in project spending, a surplus of own money.
MIXED = ReadyUnit(
    (
        spent(GENERAL, THIS, "2011301", STAFF, "30101", "1314562.37"),
        spent(GENERAL, THIS, "2080505", STAFF, "30108", "411049.61"),
        spent(GENERAL, THIS, "2210201", STAFF, "30113", "352554.18"),
        spent(GENERAL, THIS, "2011301", RUNNING, "30201", "125149.44"),
        spent(GENERAL, THIS, "2011399", RUNNING, "30211", "35901.72"),
        spent(GENERAL, THIS, "2011301", RUNNING, "30212", "48332.15"),
        spent(GENERAL, THIS, "2011301", RUNNING, "30217", "21455.55"),
        spent(GENERAL, THIS, "2011301", RUNNING, "30231", "66250.05"),
        spent(GENERAL, THIS, "2013299", RUNNING, "31013", "188449.95"),
        spent(GENERAL, THIS, "2013299", RUNNING, "30913", "150649.85"),
        spent(GENERAL, THIS, "2011301", STAFF, "30305", "49.00"),
        spent(GENERAL, THIS, "2160299", "展会经费", "30211", "300044.70"),
        spent(GENERAL, THIS, "2160299", "展会经费", "30212", "90712.35"),
        spent(GENERAL, THIS, "2160699", "市场监测", "30217", "10355.25"),
        spent(GENERAL, THIS, "2160299", "车辆更新", "30913", "172345.65"),
        spent(GENERAL, THIS, "2011399", "车辆更新", "30231", "33149.85"),
        spent(GENERAL, CARRIED, "2160299", "市场监测", "30201", "58433.33"),
        spent(GENERAL, CARRIED, "2011301", RUNNING, "30201", "12674.49"),
        spent(GENERAL, CARRIED, "2011301", STAFF, "30101", "20051.51"),
        spent(GENERAL, CARRIED, "2160299", "展会经费", "30212", "31234.56"),
        spent(FUND, THIS, "2120801", "园区建设", "31002", "2500044.44"),
        spent(FUND, THIS, "2120899", RUNNING, "30201", "61234.56"),
        spent(FUND, THIS, "2120899", "园区建设", "30212", "45678.45"),
        spent(FUND, THIS, "2296003", STAFF, "30101", "70335.35"),
        spent(FUND, CARRIED, "2120801", "园区建设", "31002", "433333.33"),
        spent(FUND, CARRIED, "2120899", RUNNING, "30217", "8765.45"),
        spent(CAPITAL, THIS, "2230105", "企业改制", "30201", "812345.67"),
        spent(CAPITAL, THIS, "2230199", RUNNING, "30231", "34567.85"),
        spent(CAPITAL, THIS, "2230299", STAFF, "30101", "15432.15"),
        spent(CAPITAL, THIS, "2230105", "企业改制", "31013", "151234.45"),
        spent(CAPITAL, CARRIED, "2230105", "企业改制", "30201", "77777.77"),
        spent(CAPITAL, CARRIED, "2230199", RUNNING, "30231", "6543.25"),
        spent(ACCOUNT, THIS, "2050803", "培训", "30211", "222233.33"),
        spent(ACCOUNT, THIS, "2050803", STAFF, "30101", "44455.55"),
        spent(ACCOUNT, CARRIED, "2050803", "培训", "30211", "11166.67"),
        spent(OWN, THIS, "2011301", RUNNING, "30201", "98765.43"),
        spent(OWN, THIS, "2160299", "展会经费", "30211", "123456.78"),
        spent(OWN, CARRIED, "2160299", "展会经费", "30211", "45671.23"),
    ),
    (
        received(FUND, "10301", THIS, "100000.00"),
        received(FUND, "1030148", THIS, "2300044.44"),
        received(FUND, "103014801", THIS, "206913.01"),
        received(FUND, "1030156", THIS, "70335.35"),
        received(FUND, "1030148", CARRIED, "442098.78"),
        received(CAPITAL, "1030601", THIS, "812345.67"),
        received(CAPITAL, "103060103", THIS, "50000.05"),
        received(CAPITAL, "1030602", THIS, "151234.40"),
        received(CAPITAL, "1030601", CARRIED, "84321.02"),
        received(OWN, "", THIS, "322222.22"),
        received(OWN, "", CARRIED, "45671.23"),
    ),
    (BUREAU,),
)

#: A department of three kinds of unit, all its money fiscal, part of it carried over, nothing left at the end.
DEPARTMENT = ReadyUnit(
    (
        spent(GENERAL, THIS, "2011301", STAFF, "30101", "2314562.37"),
        spent(GENERAL, THIS, "2011301", RUNNING, "30201", "225149.44"),
        spent(GENERAL, THIS, "2011301", RUNNING, "30217", "13355.55"),
        spent(GENERAL, THIS, "2160299", "展会经费", "30211", "400044.70"),
        spent(GENERAL, THIS, "2011399", "市场监测", "30201", "61244.35"),
        spent(GENERAL, CARRIED, "2160299", "展会经费", "30211", "91244.35"),
        spent(FUND, THIS, "2120801", "园区建设", "31002", "1500044.44"),
        spent(FUND, THIS, "2120801", RUNNING, "30201", "31235.15"),
        spent(FUND, CARRIED, "2120801", "园区建设", "31002", "333333.33"),
        spent(CAPITAL, THIS, "2230105", "企业改制", "30201", "712345.67"),
        spent(CAPITAL, THIS, "2230105", RUNNING, "30201", "21344.55"),
        spent(CAPITAL, CARRIED, "2230105", "企业改制", "30201", "66666.66"),
        spent(GENERAL, THIS, "2011350", STAFF, "30101", "812345.65", BRIGADE),
        spent(GENERAL, THIS, "2011350", RUNNING, "30201", "45678.95", BRIGADE),
        spent(GENERAL, CARRIED, "2011350", RUNNING, "30211", "5554.45", BRIGADE),
        spent(GENERAL, THIS, "2011399", "执法检查", "30211", "144444.44", BRIGADE),
        spent(FUND, CARRIED, "2120899", "市场整治", "30211", "22222.75", BRIGADE),
        spent(CAPITAL, CARRIED, "2230105", "企业改制", "30201", "18888.95", BRIGADE),
        spent(GENERAL, THIS, "2160250", STAFF, "30101", "512345.65", CENTRE),
        spent(GENERAL, THIS, "2160250", RUNNING, "30201", "35678.95", CENTRE),
        spent(GENERAL, THIS, "2160299", "展馆维护", "30201", "99999.99", CENTRE),
        spent(GENERAL, CARRIED, "2160299", "展馆维护", "30201", "44444.44", CENTRE),
        spent(FUND, THIS, "2120899", "展馆建设", "31002", "654321.05", CENTRE),
    ),
    (),
    (BUREAU, BRIGADE, CENTRE),
)

#: An institution: running costs that 表十一 leaves out, a surplus of the fund, nothing carried over.
INSTITUTION = ReadyUnit(
    (
        spent(GENERAL, THIS, "2160250", STAFF, "30101", "512345.65", CENTRE),
        spent(GENERAL, THIS, "2160250", RUNNING, "30201", "35678.95", CENTRE),
        spent(GENERAL, THIS, "2160299", "展馆维护", "30201", "99944.99", CENTRE),
        spent(FUND, THIS, "2120801", "展馆建设", "31002", "654321.05", CENTRE),
        spent(FUND, THIS, "2120899", RUNNING, "30201", "20004.45", CENTRE),
        spent(CAPITAL, THIS, "2230105", "设备更新", "31002", "300035.55", CENTRE),
        spent(CAPITAL, THIS, "2230199", STAFF, "30101", "44445.45", CENTRE),
        spent(ACCOUNT, THIS, "2160250", "培训", "30211", "77744.44", CENTRE),
        spent(OWN, THIS, "2160250", RUNNING, "30201", "66655.55", CENTRE),
    ),
    (
        received(FUND, "1030148", THIS, "700044.44"),
        received(CAPITAL, "1030602", THIS, "400055.55"),
    ),
    (CENTRE,),
)

#: Fiscal money alone, three kinds of it, this year's: what only a printed condition tells from the others.
FISCAL_ONLY = ReadyUnit(
    (
        spent(GENERAL, THIS, "2011301", STAFF, "30101", "514562.37"),
        spent(GENERAL, THIS, "2011301", RUNNING, "30201", "125149.44"),
        spent(GENERAL, THIS, "2160299", "展会经费", "30211", "100044.70"),
        spent(FUND, THIS, "2120801", "园区建设", "31002", "2500044.44"),
        spent(CAPITAL, THIS, "2230105", "企业改制", "30201", "812345.67"),
    ),
    (),
    (BUREAU,),
)

#: A unit that gives back more than it receives under one code: relations that rest on no amount being negative.
NEGATIVE = ReadyUnit(
    (
        *MIXED.spending,
        spent(GENERAL, THIS, "2160299", "上年项目清算", "30201", "-254321.55", remark="收回上年多拨资金"),
        spent(GENERAL, CARRIED, "2011399", "上年项目清算", "30201", "-66544.45", remark="收回上年多拨资金"),
    ),
    MIXED.income,
    (BUREAU,),
)

#: Carried-over spending that part of this year's money pays for: its carry-over is less than what is spent of it.
SHORT = ReadyUnit(
    tuple(
        spent(source, year, function, "市场监测", "30201", yuan)
        for source, function in ((GENERAL, "2160299"), (FUND, "2120801"), (CAPITAL, "2230105"))
        for year, yuan in ((THIS, "300044.44"), (CARRIED, "100055.55"))
    ),
    tuple(
        received(source, code, year, yuan)
        for source, code in ((GENERAL, ""), (FUND, "1030148"), (CAPITAL, "1030602"))
        for year, yuan in ((THIS, "350044.44"), (CARRIED, "50055.55"))
    ),
    (BUREAU,),
)

#: Money of both years that is not all spent, of a fiscal source too.
UNSPENT = ReadyUnit(
    (
        spent(GENERAL, THIS, "2011301", RUNNING, "30201", "125149.44"),
        spent(GENERAL, THIS, "2160299", "展会经费", "30211", "100044.70"),
        spent(GENERAL, CARRIED, "2160299", "展会经费", "30211", "50044.75"),
        spent(OWN, CARRIED, "2011301", RUNNING, "30201", "20033.65"),
    ),
    (
        received(GENERAL, "", THIS, "250000.55"),
        received(GENERAL, "", CARRIED, "60066.66"),
        received(OWN, "", CARRIED, "30055.55"),
    ),
    (BUREAU,),
)

#: Amounts below zero that cancel out in the totals, of every sort that a printed total would otherwise betray.
NETTED = ReadyUnit(
    (
        spent(GENERAL, THIS, "2011301", RUNNING, "30201", "125149.44"),
        *(
            spent(source, year, function, RUNNING, "30201", sign + yuan, remark="年初预留，按项目收回")
            for source, year, yuan in (
                (GENERAL, CARRIED, "50044.75"),
                (FUND, CARRIED, "40033.35"),
                (CAPITAL, CARRIED, "30022.25"),
                (OWN, THIS, "20011.15"),
            )
            for function, sign in (("2011301", ""), ("2160299", "-"))
        ),
        spent(OWN, CARRIED, "2011301", RUNNING, "30201", "10044.45"),
        spent(OWN, CARRIED, "2160299", "展会经费", "30201", "-10044.45", remark="年初预留，按项目收回"),
    ),
    (),
    (BUREAU,),
)

#: Carried-over spending that this year's money alone pays for; rows of their own say that no carry-over is received.
LENT = ReadyUnit(
    SHORT.spending,
    tuple(
        received(source, code, year, yuan)
        for source, code in ((GENERAL, ""), (FUND, "1030148"), (CAPITAL, "1030602"))
        for year, yuan in ((THIS, "400099.99"), (CARRIED, "0.00"))
    ),
    (BUREAU,),
)
#: The same with general public budget alone.
LENT_GENERAL = ReadyUnit(LENT.spending[:2], LENT.income[:2], (BUREAU,))
#: This year's money of the general public budget that is not all spent.
LEFT_OVER = ReadyUnit(LENT.spending[:1], LENT.income[:1], (BUREAU,))


def _general_and(*rows: Row) -> ReadyUnit:
    return ReadyUnit((spent(GENERAL, THIS, "2011301", RUNNING, "30201", "125149.44"), *rows), (), (BUREAU,))


UNITS: dict[str, ReadyUnit | None] = {
    "sample": None,
    "mixed": MIXED,
    "department": DEPARTMENT,
    "institution": INSTITUTION,
    "fiscal": FISCAL_ONLY,
    "negative": NEGATIVE,
    "short": SHORT,
    "unspent": UNSPENT,
    "netted": NETTED,
    "lent": LENT,
    "lent general": LENT_GENERAL,
    "left over": LEFT_OVER,
    # General public budget and one other sort of money: what each condition of a relation is for.
    "with fund": _general_and(spent(FUND, THIS, "2120801", RUNNING, "30201", "30022.25")),
    "with capital": _general_and(spent(CAPITAL, THIS, "2230105", RUNNING, "30201", "30022.25")),
    "with account": _general_and(spent(ACCOUNT, THIS, "2011301", RUNNING, "30201", "30022.25")),
    "with own": _general_and(spent(OWN, THIS, "2011301", RUNNING, "30201", "30022.25")),
    "with carry-over": _general_and(spent(GENERAL, CARRIED, "2011301", RUNNING, "30201", "30022.25")),
}


def inputs_file(unit: ReadyUnit | None, out: Path) -> Path:
    """The workbook of a unit, inputs filled in and no table yet; None is the sample unit."""
    if unit is None:
        sample_workbook(out, Sample())
        return out
    with TemporaryDirectory() as folder:
        sample_workbook(out, unit.inputs(Path(folder)))
    return out


def finished_file(unit: ReadyUnit | None, folder: Path, name: str = "book.xlsx") -> Path:
    """The finished workbook of a unit: inputs and tables."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = inputs_file(unit, folder / f"输入-{name}")
    fill_workbook(inputs, folder / name)
    return folder / name


Loaded = tuple[dict[str, list[list[Any]]], dict[str, Area]]


@cache
def _loaded(name: str) -> Loaded:
    with TemporaryDirectory() as folder:
        book = Workbook(finished_file(UNITS[name], Path(folder)))
        return book.grids, book.package.names


def ready_book(name: str) -> Book:
    """The finished workbook of a ready unit in memory, to be changed."""
    grids, names = _loaded(name)
    return Book({sheet: [list(line) for line in grid] for sheet, grid in grids.items()}, dict(names))


def large_department(units: int, projects: int) -> ReadyUnit:
    """A department of many units that share many projects between them."""
    members = tuple(Member(f"{39000 + n:06d}", f"示例市第{n}单位", ("行政", "参公事业")[n % 2]) for n in range(units))
    rows = [spent(GENERAL, THIS, "2011301", RUNNING, "30201", f"{10000 + n}.55", m) for n, m in enumerate(members)]
    rows += [
        spent(
            GENERAL, (THIS, CARRIED)[n % 2], "2160299", f"第{n}个项目", "30201", f"{50000 + n}.45", members[n % units]
        )
        for n in range(projects)
    ]
    return ReadyUnit(tuple(rows), (), members)


Change = Callable[[Book], None]


def changed(cells: Sequence[tuple[str, int, int, Any]]) -> Change:
    """A change of several cells: sheet, row, column, value."""

    def change(book: Book) -> None:
        for sheet, row, column, value in cells:
            book.put(sheet, row, column, value)

    return change
