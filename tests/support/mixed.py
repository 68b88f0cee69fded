"""A mixed unit made up by rule: 400 ledger rows of all sources and both years, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import TypeVar

from tests.support.ledgers import AMOUNT, Row
from workbook_templates.reading.edition import load_edition

UNIT = "某市综合事务局"
ROWS = 400

GENERAL, FUND, CAPITAL, ACCOUNT, OWN = (
    "一般公共预算",
    "政府性基金预算",
    "国有资本经营预算",
    "财政专户管理资金",
    "单位资金",
)
THIS, CARRIED = "本年", "上年结转"

Choice = TypeVar("Choice")

#: Items of basic spending under which staff is paid, the share of each, and the economic items met there.
_STAFF: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("2010301", 100, ("30101", "30102", "30103", "30106", "30199")),
    ("2010350", 60, ("30101", "30102", "30107", "30112", "30199")),
    ("2070109", 30, ("30101", "30102", "30107", "30112")),
    ("2100401", 25, ("30101", "30102", "30107")),
    ("2130104", 20, ("30101", "30102", "30107")),
    ("2080501", 15, ("30301", "30302", "30307", "30399")),
    ("2080502", 10, ("30302", "30399")),
    ("2080505", 30, ("30108",)),
    ("2080506", 15, ("30109",)),
    ("2080801", 5, ("30304", "30305")),
    ("2101101", 14, ("30110", "30112")),
    ("2101102", 8, ("30110",)),
    ("2101103", 4, ("30111",)),
    ("2210201", 25, ("30113",)),
    ("2210202", 6, ("30102",)),
)
#: Items under which running costs are paid.
_RUNNING: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    (
        "2010301",
        40,
        (
            *("30201", "30202", "30204", "30205", "30206", "30207", "30208", "30209", "30211", "30212", "30213"),
            *("30215", "30216", "30217", "30226", "30228", "30229", "30231", "30239", "30299", "31002"),
        ),
    ),
    ("2010350", 20, ("30201", "30205", "30206", "30207", "30211", "30216", "30217", "30228", "30231", "30299")),
    ("2070109", 10, ("30201", "30206", "30211", "30213", "30228", "30299")),
    ("2100401", 10, ("30201", "30207", "30211", "30218", "30228", "30231")),
    ("2130104", 10, ("30201", "30211", "30228", "30299")),
    ("2080501", 4, ("30201", "30299")),
)
_GOODS = ("30201", "30202", "30203", "30209", "30211", "30213", "30215", "30216", "30226", "30227", "30299")
_WORKS = ("31002", "31003", "31005", "31006", "31007", "31022", "31099")
#: Projects: name, what pays for them under which functional item, and the economic items that they may spend on.
_PROJECTS: tuple[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]], ...] = (
    ("政务服务大厅运行经费", ((GENERAL, "2010303"), (GENERAL, "2010306"), (OWN, "2010303")), (*_GOODS, "30231")),
    ("信息化平台运行维护", ((GENERAL, "2010399"), (ACCOUNT, "2010399")), (*_GOODS, "31007", "31022")),
    ("办公设备更新经费", ((GENERAL, "2010302"), (OWN, "2010302")), ("31002", "31003", "31013")),
    ("招商引资活动经费", ((GENERAL, "2011308"),), (*_GOODS, "30212", "30217")),
    ("普法宣传与法律服务", ((GENERAL, "2040605"),), _GOODS),
    ("社区教育与干部培训", ((GENERAL, "2050803"), (ACCOUNT, "2050803")), (*_GOODS, "30308")),
    ("职业培训收费成本支出", ((ACCOUNT, "2050302"),), (*_GOODS, "30218", "31003")),
    ("科普活动经费", ((GENERAL, "2060702"), (OWN, "2060702")), _GOODS),
    ("群众文化与场馆开放", ((GENERAL, "2070109"), (OWN, "2070109"), (ACCOUNT, "2070199")), (*_GOODS, "30218")),
    ("文物保护修缮", ((GENERAL, "2070204"),), (*_WORKS, "30213", "30227")),
    ("公共就业服务补助", ((GENERAL, "2080106"),), (*_GOODS, "30305")),
    ("遗属生活补助", ((GENERAL, "2080801"),), ("30305",)),
    ("基本公共卫生服务", ((GENERAL, "2100408"), (OWN, "2100408")), (*_GOODS, "30218")),
    ("疾病监测设备购置", ((GENERAL, "2100401"), (ACCOUNT, "2100401")), ("31003", "30218", "30227")),
    ("大气污染防治专项", ((GENERAL, "2110301"), (GENERAL, "2110302")), (*_GOODS, "31003")),
    ("城市基础设施改造", ((GENERAL, "2120399"), (FUND, "2120803")), (*_WORKS, "30213", "30227")),
    ("征地补偿款", ((FUND, "2120801"),), ("31009", "31011", "31012")),
    ("农业生产发展项目", ((GENERAL, "2130122"), (FUND, "2120814")), (*_GOODS, "31204", "31299")),
    ("小型水利设施维修", ((GENERAL, "2130306"),), ("30213", "30227", "31005", "31006")),
    ("农村公路养护", ((GENERAL, "2140106"),), ("30213", "30226", "30227", "31005")),
    ("中小企业发展专项", ((GENERAL, "2150805"), (CAPITAL, "2239999")), ("31204", "31205", "31299")),
    ("国企退休人员社会化管理补助", ((CAPITAL, "2230105"),), ("30305", "31299", "30299")),
    ("应急物资与隐患排查", ((GENERAL, "2240106"), (OWN, "2240106")), (*_GOODS, "31003")),
    ("福利彩票公益金项目", ((FUND, "2296002"),), (*_GOODS, "31003")),
)


def mixed_rows() -> list[Row]:
    """The ledger in yuan with fen: basic spending first, then project by project."""
    random = Random(20240301)
    names = load_edition().codes.by_name
    pairs = {d: g for d, kind, g in sorted(load_edition().codes.pairing) if kind in ("*", "行政")}
    basic = list(_basic(random))
    rows: list[Row] = []
    for row in [*basic, *_projects(random, ROWS - len(basic))]:
        item, beside = row["部门经济科目编码"], pairs[row["部门经济科目编码"]]
        rows.append(
            {
                **row,
                "功能科目名称": names["functional"].get(row["功能科目编码"], "其他支出"),
                "部门经济科目名称": names["departmental"][item],
                "政府经济科目编码": beside,
                "政府经济科目名称": names["governmental"][beside],
            }
        )
    return rows


def _basic(random: Random) -> Iterator[Row]:
    """Staff and running costs: general public budget of the year, some from other money, little carried over."""
    for expense, items, unit in (("人员经费", _STAFF, 32_000), ("公用经费", _RUNNING, 3_000)):
        for function, share, economic in items:
            for item in economic:
                fen = _fen(random, share * unit // len(economic))
                yield _row(GENERAL, THIS, function, item, fen, expense=expense)
                if share >= 20 and random.random() < 0.3:
                    source = OWN if random.random() < 0.6 else ACCOUNT
                    yield _row(source, THIS, function, item, _fen(random, share * unit // 20), expense=expense)
                if expense == "公用经费" and random.random() < 0.12:
                    yield _row(GENERAL, CARRIED, function, item, _fen(random, 9_000), expense=expense)


def _projects(random: Random, missing: int) -> Iterator[Row]:
    """As many rows as are missing, spread over projects of all sources and both years."""
    chosen: dict[tuple[int, str, str, str, str], int] = {}
    first = [(number, option) for number, (_, options, _) in enumerate(_PROJECTS) for option in options]
    every = tuple(first)
    while len(chosen) < missing:
        # Every source of every project once, then as it comes.
        number, (source, function) = first.pop(0) if first else _one(random, every)
        year = CARRIED if random.random() < 0.22 else THIS
        item = _one(random, _PROJECTS[number][2])
        chosen.setdefault((number, source, year, function, item), _fen(random, 90_000))
    for (number, source, year, function, item), fen in sorted(chosen.items(), key=lambda entry: entry[0][0]):
        kind = "特定目标类" if number % 4 else "其他运转类"
        yield _row(source, year, function, item, fen, project=_PROJECTS[number][0], kind=kind)


def _row(
    source: str,
    year: str,
    function: str,
    item: str,
    fen: int,
    *,
    expense: str = "",
    project: str = "",
    kind: str = "",
) -> dict[str, str]:
    return {
        "资金来源": source,
        "预算年度来源": year,
        "功能科目编码": function,
        "支出类别": "项目支出" if project else "基本支出",
        "经费类别": expense,
        "项目名称": project,
        "项目类别": kind,
        "部门经济科目编码": item,
        AMOUNT: f"{fen // 100}.{fen % 100:02d}",
    }


def _one(random: Random, choices: Sequence[Choice]) -> Choice:
    # Of all its methods only random() is promised to stay the same.
    return choices[int(random.random() * len(choices))]


def _fen(random: Random, about: int) -> int:
    """An amount between a fifth and five times so many yuan: in hundreds of yuan, in yuan, or with fen."""
    yuan = about * 5 ** (2 * random.random() - 1)
    kind = random.random()
    if kind < 0.2:
        return max(int(yuan) // 100, 1) * 10_000
    return int(yuan) * 100 if kind < 0.66 else int(yuan * 100)
