"""What other offices make of the same form: changes of a foreign workbook that mean nothing, and some that do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from tests.support.foreign import Grids

Change = Callable[[Grids], None]
NUMBERS = ("Sheet1", "Sheet2", "Sheet3", "Sheet4", "Sheet5", "Sheet6", "Sheet7", "Sheet8", "Sheet9")
TREES = ("Sheet2", "Sheet3", "Sheet5", "Sheet6", "Sheet7", "Sheet8")


def head(grid: list[list[Any]]) -> int:
    """Rows above the body: up to the row after the last heading."""
    labels = {"类", "项目", "小计", "人员经费", "公务接待费", "财政拨款收入", "本年收入", "功能分类科目编码"}
    return 1 + max(r for r, line in enumerate(grid) if {str(v) for v in line if v} & labels and not amounts(line))


def amounts(line: list[Any]) -> list[int]:
    return [c for c, v in enumerate(line) if isinstance(v, float)]


def every_amount(grids: Grids, change: Callable[[float], Any], sheets: tuple[str, ...] = NUMBERS) -> None:
    for name in sheets:
        for line in grids[name]:
            for c in amounts(line):
                line[c] = change(line[c])


def nothing(_: Grids) -> None:
    """As it is."""


def other_names(grids: Grids) -> None:
    items = list(grids.items())
    Random(1).shuffle(items)
    grids.clear()
    grids.update({f"附表（{n}）": grid for n, (_, grid) in enumerate(items, 1)})


def misleading_names(grids: Grids) -> None:
    items = [grids.pop(name) for name in NUMBERS]
    for name, grid in zip(["表九", "表八", "表七", "表六", "表五", "表四", "表三", "表二", "表一"], items, strict=True):
        grids[name] = grid


def rows_above(grids: Grids) -> None:
    for number, name in enumerate(NUMBERS, 1):
        grids[name][:0] = [[f"附件{number}"], [], [None, None, "某某区区级预算公开材料"], []]


def shifted(grids: Grids) -> None:
    for name in NUMBERS:
        grids[name] = [[None, *line] for line in grids[name]]


def one_sheet(grids: Grids) -> None:
    stacked: list[list[Any]] = []
    for name in NUMBERS:
        stacked += [*grids.pop(name), [], []]
    grids["汇总"] = stacked


def one_code_column(grids: Grids) -> None:
    for name in TREES:
        grid = grids[name]
        body = head(grid)
        pieces = 2 if name == "Sheet8" else 3
        for r, line in enumerate(grid):
            if r >= body and line and line[0] and str(line[0])[0] != "注":
                code = "".join(str(v) for v in line[:pieces] if v)
                grid[r] = [code, *line[pieces:]]
            elif r >= 3:
                grid[r] = [line[0] if line else None, *line[pieces:]]
        grid.pop(body - 1)


def codes_as_numbers(grids: Grids) -> None:
    for name in TREES:
        for line in grids[name][head(grids[name]) :]:
            for c in range(3):
                if c < len(line) and isinstance(line[c], str) and line[c].isdigit():
                    line[c] = float(line[c])


def sparse_codes(grids: Grids) -> None:
    for name in TREES:
        for line in grids[name][head(grids[name]) :]:
            filled = [c for c in range(3) if c < len(line) and isinstance(line[c], str) and line[c].isdigit()]
            for c in filled[:-1]:
                line[c] = None


def text_amounts(grids: Grids) -> None:
    every_amount(grids, lambda v: f"{v:,.2f}")


def zeros_printed(grids: Grids) -> None:
    for name in NUMBERS[:8]:
        grid = grids[name]
        body = head(grid)
        columns = {c for line in grid[body:] for c in amounts(line)}
        for line in grid[body:]:
            if amounts(line):
                for c in columns:
                    if c < len(line) and line[c] is None:
                        line[c] = 0.0


def another_year(grids: Grids) -> None:
    for grid in grids.values():
        for line in grid:
            line[:] = [v.replace("2025", "2022") if isinstance(v, str) else v for v in line]


def page_breaks(grids: Grids) -> None:
    for name in ("Sheet2", "Sheet3", "Sheet5", "Sheet8"):
        grid = grids[name]
        body = head(grid)
        middle = body + 7
        grid[middle:middle] = [["— 12 —"], *[list(line) for line in grid[:body]]]
        for line in grid:
            for c, value in enumerate(line):
                if isinstance(value, str) and len(value) > 8 and value[0] not in "2注编":
                    line[c] = f"{value[:5]} {value[5:]}"


def heading_repeats(grids: Grids) -> None:
    for name in ("Sheet2", "Sheet3", "Sheet5", "Sheet8"):
        grid = grids[name]
        body = head(grid)
        grid[body + 9 : body + 9] = [list(line) for line in grid[3:body]]


def names_cut(grids: Grids) -> None:
    for name in ("Sheet3", "Sheet5"):
        grid = grids[name]
        r = next(r for r, line in enumerate(grid) if len(line) > 3 and str(line[3]).startswith("机关事业单位基本"))
        text = grid[r][3]
        grid[r][3] = text[:12]
        grid.insert(r + 1, [None, None, None, text[12:]])


def odd_labels(grids: Grids) -> None:
    swaps = {
        "合计": "合   计",
        "收入总计": "收 入 总 计",
        "支出总计": "支  出  总  计",
        "1、一般公共预算资金": "（1）一般公共预算资金",
        "1.一般公共预算资金": "① 一般公共预算资金",
        "二、政府性基金": "二、政府性基金预算",
        "一、一般公共服务支出": "（一）一般公共服务支出",
        "四、其他收入": "四、其它收入",
        "因公出国(境)费": "因公出国（境）费用",
        "运行费": "运行维护费",
    }
    for grid in grids.values():
        for line in grid:
            line[:] = [swaps.get(v, v) if isinstance(v, str) else v for v in line]


def odd_titles(grids: Grids) -> None:
    for name in NUMBERS:
        first = grids[name][0][0]
        grids[name][0][0] = first.replace("2025年预算单位", "2025年度某委员会").replace(
            "2025年部门", "2025年度某办公室部门"
        )
    grids["Sheet9"][0][0] = "2025年“三公”经费及机关运行经费预算表"


def split_headings(grids: Grids) -> None:
    broken = {"事业单位经营收入": "事业单位\n经营收入", "功能分类科目名称": "功能分类\n科目名称"}
    for line in grids["Sheet2"][3:5]:
        line[:] = [broken.get(v, v) for v in line]


def no_split(grids: Grids) -> None:
    """Table one of a unit as departments print it."""
    grid = grids["Sheet1"]
    if any("人员经费" in [str(v) for v in line] for line in grid):
        del grid[5:7]
        grids["Sheet1"] = [line[:4] for line in grid]


def missing_columns(grids: Grids) -> None:
    grids["Sheet2"] = [line[:8] for line in grids["Sheet2"]]
    grids["Sheet4"] = [line[:6] for line in grids["Sheet4"]]


def blank_three(grids: Grids) -> None:
    """No running costs and none of the three: the line of table nine is empty."""
    for line in grids["Sheet9"]:
        for c in amounts(line):
            line[c] = None
    at = next(r for r, line in enumerate(grids["Sheet8"]) if len(line) > 2 and line[2] == "公务接待费")
    line = grids["Sheet8"].pop(at)
    other = next(x for x in grids["Sheet8"] if len(x) > 2 and x[2] == "其他商品和服务支出")
    for c in amounts(line):
        other[c] += line[c]


def extra_columns(grids: Grids) -> None:
    for name in ("Sheet2", "Sheet3"):
        for r, line in enumerate(grids[name]):
            if r >= 3:
                line.extend([*[None] * (9 - len(line)), "备注" if r == 3 else None])


def in_wan(grids: Grids) -> None:
    """Tables one to eight in 万元 with two decimals."""
    for name in NUMBERS[:8]:
        for line in grids[name]:
            line[:] = [v.replace("单位：元", "单位：万元") if isinstance(v, str) else v for v in line]
            for c in amounts(line):
                line[c] = float((Decimal(str(line[c])) / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP))


def whole_yuan(grids: Grids) -> None:
    every_amount(grids, lambda v: float(Decimal(str(v)).quantize(Decimal(1), ROUND_HALF_UP)), NUMBERS[:8])


def no_unit_line(grids: Grids) -> None:
    for name in NUMBERS:
        grids[name] = [line for line in grids[name] if not (line and str(line[0]) in ("单位：元", "单位：万元"))]


def signatures(grids: Grids) -> None:
    for name in NUMBERS[:8]:
        grids[name] += [[], ["单位负责人：", None, "审核：", "填报日期：2025年1月"], ["第 3 页"]]


def on_two_sheets(grids: Grids) -> None:
    """Table two continued on a sheet of its own, its headings repeated."""
    grid = grids["Sheet2"]
    body = head(grid)
    grids["Sheet2"], grids["Sheet2（续）"] = grid[: body + 12], grid[:body] + grid[body + 12 :]


def total_on_top(grids: Grids) -> None:
    for name in TREES:
        grid = grids[name]
        at = next(r for r, line in enumerate(grid) if line and line[0] == "合计")
        grid.insert(head(grid), grid.pop(at))


def vehicles_not_split(grids: Grids) -> None:
    """The total of vehicles alone, and something in it."""
    line = grids["Sheet9"][6] + [None] * 7
    more = 5.0
    total, abroad, reception, running = line[0] or 0.0, line[1], line[2], line[6]
    grids["Sheet9"][3:] = [
        ["“三公”经费预算数", None, None, None, "机关运行经费预算数"],
        ["合计", "因公出国（境）费", "公务接待费", "公务用车购置及运行费", None],
        [total + more, abroad, reception, more, running],
    ]


MEANINGLESS: dict[str, Change] = {
    change.__name__: change
    for change in (
        nothing,
        other_names,
        misleading_names,
        rows_above,
        shifted,
        one_sheet,
        one_code_column,
        codes_as_numbers,
        sparse_codes,
        text_amounts,
        zeros_printed,
        another_year,
        page_breaks,
        heading_repeats,
        names_cut,
        odd_labels,
        odd_titles,
        split_headings,
        no_split,
        missing_columns,
        extra_columns,
        in_wan,
        whole_yuan,
        no_unit_line,
        signatures,
        blank_three,
        on_two_sheets,
        total_on_top,
        vehicles_not_split,
    )
}
