"""The thirteen tables computed a second time: plain loops over rows, Decimal yuan, a layout written out by hand.

Slow on purpose, and it shares no line with the code under test.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from msgspec import Struct

from tests.support.ledgers import AMOUNT, Row

Cell = str | Decimal | None
Line = list[Cell]

GENERAL, FUND, CAPITAL, ACCOUNT, OWN = (
    "一般公共预算",
    "政府性基金预算",
    "国有资本经营预算",
    "财政专户管理资金",
    "单位资金",
)
FISCAL = (GENERAL, FUND, CAPITAL)
SOURCES = (*FISCAL, ACCOUNT, OWN)
THIS, CARRIED = "本年", "上年结转"
NOTE = "注：本表无数据"

CLASSES = {
    "201": "一、一般公共服务支出",
    "202": "二、外交支出",
    "203": "三、国防支出",
    "204": "四、公共安全支出",
    "205": "五、教育支出",
    "206": "六、科学技术支出",
    "207": "七、文化旅游体育与传媒支出",
    "208": "八、社会保障和就业支出",
    "209": "九、社会保险基金支出",
    "210": "十、卫生健康支出",
    "211": "十一、节能环保支出",
    "212": "十二、城乡社区支出",
    "213": "十三、农林水支出",
    "214": "十四、交通运输支出",
    "215": "十五、资源勘探工业信息等支出",
    "216": "十六、商业服务业等支出",
    "217": "十七、金融支出",
    "219": "十八、援助其他地区支出",
    "220": "十九、自然资源海洋气象等支出",
    "221": "二十、住房保障支出",
    "222": "二十一、粮油物资储备支出",
    "223": "二十二、国有资本经营预算支出",
    "224": "二十三、灾害防治及应急管理支出",
    "227": "二十四、预备费",
    "229": "二十五、其他支出",
    "230": "二十六、转移性支出",
    "231": "二十七、债务还本支出",
    "232": "二十八、债务付息支出",
    "233": "二十九、债务发行费用支出",
    "234": "三十、抗疫特别国债安排的支出",
}

_CODES = Path(__file__).resolve().parents[2] / "workbook_templates" / "codes" / "2024"


class KnownUnit(Struct, frozen=True):
    """A budget unit: code, name, kind."""

    code: str
    name: str
    kind: str


class Money(Struct, frozen=True):
    """One row of either ledger, or one year's surplus."""

    yuan: Decimal
    source: str
    year: str
    function: str = ""
    kind: str = ""
    expense: str = ""
    project: str = ""
    departmental: str = ""
    governmental: str = ""
    unit: KnownUnit = KnownUnit("", "", "")
    revenue: str = ""


Test = Callable[[Money], bool]


class Oracle:
    """Tables of one ledger, 1 to 13, without title, unit line and headings."""

    def __init__(
        self,
        rows: Sequence[Row],
        income: Sequence[Row],
        own: KnownUnit,
        units: Sequence[KnownUnit],
        *,
        department: bool,
    ) -> None:
        self.own = own
        self.units = list(units)
        self.spent = [self._spent(row) for row in rows]
        given = [
            Money(
                Decimal(row[AMOUNT]),
                row["资金来源"],
                row["预算年度来源"],
                revenue=row.get("收入科目编码", ""),
            )
            for row in income
        ]
        named = {(money.source, money.year) for money in given}
        self.received = given + [money for money in self.spent if (money.source, money.year) not in named]
        self.left = self._surplus(given)
        self.department = department or len({money.unit.code for money in self.spent}) > 1
        self.functions = _names("functional", [(r["功能科目编码"], r.get("功能科目名称", "")) for r in rows])
        self.departmental = _names(
            "departmental", [(r["部门经济科目编码"], r.get("部门经济科目名称", "")) for r in rows]
        )
        self.governmental = _names(
            "governmental", [(r["政府经济科目编码"], r.get("政府经济科目名称", "")) for r in rows]
        )
        self.revenues = _names("revenue", [(r.get("收入科目编码", ""), r.get("收入科目名称", "")) for r in income])

    def tables(self) -> list[list[Line]]:
        """All thirteen; the note under an empty one is a line of one cell."""
        every = [
            self.table_1(),
            self.table_2(),
            self.by_function(lambda _: True),
            self.table_4(),
            self.by_function(lambda m: m.source == GENERAL and m.year == THIS),
            self.table_6(),
            self.by_revenue(FUND),
            self.by_function(lambda m: m.source == FUND and m.year == THIS),
            self.table_9(),
            self.table_10(),
            self.table_11(),
            self.projects(THIS, SOURCES),
            self.projects(CARRIED, FISCAL),
        ]
        for table in every:
            if not any(isinstance(cell, Decimal) for line in table for cell in line):
                table.append([NOTE])
        return every

    def table_1(self) -> list[Line]:
        left: list[tuple[str, Cell] | None] = [None] * 33
        for number, (label, source) in enumerate(zip("一二三四五", SOURCES, strict=True)):
            left[number] = (f"{label}、{source}", self._of(source, THIS))
        left[30] = ("本年收入合计", self._in(lambda m: m.year == THIS))
        left[31] = ("上年结转", self._in(lambda m: m.year == CARRIED))
        left[32] = ("收入总计", self._in(lambda _: True))

        def right(label: str, money: list[Money]) -> Line:
            return [
                label,
                printed(m.yuan for m in money),
                printed(m.yuan for m in money if m.year == THIS),
                printed(m.yuan for m in money if m.year == CARRIED),
            ]

        lines = [right(label, [m for m in self.spent if m.function[:3] == code]) for code, label in CLASSES.items()]
        lines.append(right("本年支出合计", self.spent))
        lines.append(right("年终结转", self.left))
        lines.append(right("支出总计", self.spent + self.left))
        return [[*(found or (None, None)), *line] for found, line in zip(left, lines, strict=True)]

    def table_2(self) -> list[Line]:
        def amounts(money: list[Money]) -> Line:
            this = [m for m in money if m.year == THIS]
            by_source = [printed(m.yuan for m in this if m.source == source) for source in SOURCES]
            return [printed(m.yuan for m in this), *by_source, printed(m.yuan for m in money if m.year == CARRIED)]

        lines: list[Line] = [["合计", None, *amounts(self.received)]]
        for code in _with_parents((m.function for m in self.spent), (3, 5, 7)):
            money = [m for m in self.spent if m.function.startswith(code)]
            lines.append([code, self.functions.get(code) or None, *amounts(money)])
        return lines

    def by_function(self, test: Test) -> list[Line]:
        """表三, 表五, 表八 and the right half of 表九."""

        def amounts(money: list[Money]) -> Line:
            return [
                printed(m.yuan for m in money),
                printed(m.yuan for m in money if m.kind == "基本支出"),
                printed(m.yuan for m in money if m.kind == "项目支出"),
            ]

        chosen = [m for m in self.spent if test(m)]
        lines: list[Line] = [["合计", None, *amounts(chosen)]]
        for code in _with_parents((m.function for m in chosen), (3, 5, 7)):
            money = [m for m in chosen if m.function.startswith(code)]
            lines.append([code, self.functions.get(code) or None, *amounts(money)])
        return lines

    def table_4(self) -> list[Line]:
        left: list[tuple[str, Cell] | None] = [None] * 36
        for number, (label, source) in enumerate(zip("一二三", FISCAL, strict=True)):
            left[number] = (f"{label}、{source}", self._of(source, THIS))
            left[32 + number] = (
                f"{label}、{source}",
                self._of(source, CARRIED),
            )
        left[30] = ("本年收入合计", self._in(lambda m: m.source in FISCAL and m.year == THIS))
        left[31] = ("上年财政拨款结转", self._in(lambda m: m.source in FISCAL and m.year == CARRIED))
        left[35] = ("收入总计", self._in(lambda m: m.source in FISCAL))

        def right(label: str, money: list[Money]) -> Line:
            return [label, *_by_source(money, FISCAL)]

        lines = [right(label, [m for m in self.spent if m.function[:3] == code]) for code, label in CLASSES.items()]
        lines.append(right("本年支出合计", self.spent))
        lines.append(right("年终结转", self.left))
        lines += [[None] * 5 for _ in range(3)]
        lines.append(right("支出总计", self.spent + self.left))
        return [[*(found or (None, None)), *line] for found, line in zip(left, lines, strict=True)]

    def table_6(self) -> list[Line]:
        chosen = [m for m in self.spent if m.source == GENERAL and m.year == THIS and m.kind == "基本支出"]

        def amounts(money: list[Money]) -> Line:
            return [
                printed(m.yuan for m in money),
                printed(m.yuan for m in money if m.expense == "人员经费"),
                printed(m.yuan for m in money if m.expense == "公用经费"),
            ]

        lines: list[Line] = [["合计", None, *amounts(chosen)]]
        for group in sorted({m.departmental[:3] for m in chosen}):
            of_group = [m for m in chosen if m.departmental[:3] == group]
            lines.append([self.departmental.get(group) or group, None, *amounts(of_group)])
            for item, beside in sorted({(m.departmental, m.governmental) for m in of_group}):
                money = [m for m in of_group if (m.departmental, m.governmental) == (item, beside)]
                # This table prints no codes: what has no name shows its code.
                names = [self.departmental.get(item) or item, self.governmental.get(beside) or beside]
                lines.append([*names, *amounts(money)])
        return lines

    def by_revenue(self, source: str) -> list[Line]:
        """表七 and the left half of 表九."""
        chosen = [m for m in self.received if m.source == source and m.year == THIS]
        lines: list[Line] = [["合计", None, printed(m.yuan for m in chosen)]]
        for code in _with_parents((m.revenue for m in chosen), (3, 5, 7, 9)):
            money = printed(m.yuan for m in chosen if m.revenue.startswith(code))
            lines.append([code, self.revenues.get(code) or None, money])
        return lines

    def table_9(self) -> list[Line]:
        left = self.by_revenue(CAPITAL)
        right = self.by_function(lambda m: m.source == CAPITAL and m.year == THIS)
        right[0][0] = None
        height = max(len(left), len(right))
        left += [[None] * 3 for _ in range(height - len(left))]
        right += [[None] * 5 for _ in range(height - len(right))]
        return [a + b for a, b in zip(left, right, strict=True)]

    def table_10(self) -> list[Line]:
        items = {
            "因公出国（境）费": ["30212"],
            "公务接待费": ["30217"],
            "公务用车购置及运行费": ["31013", "30913", "30231"],
            "①公务用车购置费": ["31013", "30913"],
            "②公务用车运行维护费": ["30231"],
            "合计": ["30212", "30217", "31013", "30913", "30231"],
        }
        return [
            [label, *_by_source([m for m in self.spent if m.departmental in codes], FISCAL)]
            for label, codes in items.items()
        ]

    def table_11(self) -> list[Line]:
        chosen = [
            m
            for m in self.spent
            if m.source in FISCAL
            and m.kind == "基本支出"
            and m.expense == "公用经费"
            and m.unit.kind in ("行政", "参公事业")
        ]
        lines: list[Line] = [["部门合计", *_by_source(chosen, FISCAL)]]
        lines += [
            [unit.name, *_by_source([m for m in chosen if m.unit == unit], FISCAL)]
            for unit in dict.fromkeys(m.unit for m in chosen)
        ]
        return lines

    def projects(self, year: str, sources: Sequence[str]) -> list[Line]:
        """表十二 and 表十三."""
        chosen = [m for m in self.spent if m.kind == "项目支出" and m.year == year and m.source in sources]
        lines: list[Line] = []
        if self.department:
            lines.append(["合计", *_by_source(chosen, sources)])
        for unit in dict.fromkeys(m.unit for m in chosen):
            of_unit = [m for m in chosen if m.unit == unit]
            lines.append([unit.name, *_by_source(of_unit, sources)])
            lines += [
                [project, *_by_source([m for m in of_unit if m.project == project], sources)]
                for project in dict.fromkeys(m.project for m in of_unit)
            ]
        return lines

    def _spent(self, row: Row) -> Money:
        return Money(
            Decimal(row[AMOUNT]),
            row["资金来源"],
            row["预算年度来源"],
            row["功能科目编码"],
            row["支出类别"],
            row.get("经费类别", ""),
            row.get("项目名称", ""),
            row["部门经济科目编码"],
            row["政府经济科目编码"],
            self._unit(row.get("单位编码", ""), row.get("单位名称", "")),
        )

    def _unit(self, code: str, name: str) -> KnownUnit:
        for unit in self.units:
            if (code and unit.code == code) or (not code and name and unit.name == name):
                return unit
        for unit in self.units:
            if unit.code == self.own.code:
                return unit
        return self.own

    def _surplus(self, given: list[Money]) -> list[Money]:
        """What a source receives beyond its spending; a year's shortfall is met from the other year."""
        result = []
        for source in SOURCES:
            if not any(m.source == source for m in given):
                continue
            rest = {}
            for year in (THIS, CARRIED):
                come = sum((m.yuan for m in given if m.source == source and m.year == year), Decimal(0))
                gone = sum((m.yuan for m in self.spent if m.source == source and m.year == year), Decimal(0))
                named = any(m.source == source and m.year == year for m in given)
                rest[year] = come - gone if named else Decimal(0)
            if rest[THIS] + rest[CARRIED] <= 0:
                continue
            for year, other in ((THIS, CARRIED), (CARRIED, THIS)):
                kept = rest[year] + min(rest[other], Decimal(0))
                if rest[year] > 0 and kept:
                    result.append(Money(kept, source, year))
        return result

    def _of(self, source: str, year: str) -> Decimal | None:
        return self._in(lambda m: m.source == source and m.year == year)

    def _in(self, test: Test) -> Decimal | None:
        return printed(m.yuan for m in self.received if test(m))


def printed(amounts: Iterable[Decimal]) -> Decimal | None:
    """A sum of yuan in 万元, rounded half away from zero; nothing where it is exactly zero."""
    total = sum(amounts, Decimal(0))
    return (total / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP) if total else None


def _by_source(money: list[Money], sources: Sequence[str]) -> list[Decimal | None]:
    within = [m for m in money if m.source in sources]
    return [printed(m.yuan for m in within), *[printed(m.yuan for m in within if m.source == s) for s in sources]]


def _with_parents(codes: Iterable[str], lengths: Sequence[int]) -> list[str]:
    return sorted({code[:n] for code in codes for n in lengths if n <= len(code)})


def _names(classification: str, ledger: Iterable[tuple[str, str]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for code, name in ledger:
        if code and name:
            names.setdefault(code, name)
    with (_CODES / f"{classification}.csv").open(encoding="utf-8-sig", newline="") as file:
        names |= {row["code"]: row["name"] for row in csv.DictReader(file)}
    return names
