"""Rows of a text file whose cells have moved: longer or shorter than the headings, or cut in an amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from udfs.base import Problem, is_blank, plain, squeezed
from udfs.ledgers.ledger import Grid


def uneven_rows(grid: Grid, head: int, place: str, *, short: bool = True) -> list[Problem]:
    """Rows of a text file that have more or (`short`) fewer cells than its headings: what stands in them has moved.

    An amount with thousands separators and without quotes is cut into several cells, and all of them look right.
    """
    heading = grid[head]
    width = max((i + 1 for i, v in enumerate(heading) if not is_blank(v)), default=0)
    lines = [(row, [plain(v) for v in line]) for row, line in enumerate(grid[head + 1 :], head + 2)]
    lines = [(row, texts) for row, texts in lines if any(texts)]
    # Some programs end every row, but not the headings, with one delimiter more: nothing has moved then.
    usual = {len(texts) - len(heading) for _, texts in lines}
    ended_alike = len(usual) == 1 and not any(any(texts[len(heading) :]) or _is_cut(texts) for _, texts in lines)
    problems = []
    moved = _moved(heading, lines) if short else {}
    for row, texts in lines:
        swallowed = next((t for t in texts if "\n" in t and max(t.count(","), t.count("\t")) >= max(3, width // 2)), "")
        if swallowed:
            message = f"一个单元格里有好几行内容（“{swallowed[:20]}…”），引号没有成对，请核对后重新导出"
            problems.append(Problem(place, message, row))
        elif len(texts) > len(heading) and not ended_alike:
            why = "很可能是带千分位的金额没有加引号，被逗号分成了几格；" if _is_cut(texts) else ""
            message = f"这一行有{len(texts)}格，比表头多{len(texts) - len(heading)}格，{why}请用 Excel 重新导出"
            problems.append(Problem(place, message, row, found="，".join([t for t in texts if t][-4:])))
        elif row in moved:
            why = f"“{moved[row]}”很可能是带千分位的金额没有加引号，被逗号分成了两格"
            message = f"{why}，后面各格都移了位；请用 Excel 重新导出"
            problems.append(Problem(place, message, row))
        elif (
            short
            and len(texts) < width
            and sum(map(bool, texts)) > 2
            and not any(t.startswith(("合计", "总计", "小计")) for t in texts)
        ):
            message = f"这一行只有{len(texts)}格，比表头少{width - len(texts)}格，各格可能错位，请核对后重新导出"
            problems.append(Problem(place, message, row))
    return problems


_BEFORE, _BEHIND = re.compile(r"[-¥￥]?\d{1,3}"), re.compile(r"\d{3}(\.\d*)?")


def _is_cut(texts: Sequence[str]) -> bool:
    """Whether neighbouring cells look like an amount that its thousands separators have cut."""
    return any(_BEFORE.fullmatch(a) and _BEHIND.fullmatch(b) for a, b in pairwise(texts))


def _moved(heading: Sequence[Any], lines: Sequence[tuple[int, list[str]]]) -> dict[int, str]:
    """Rows of a ledger as long as the headings whose amount is cut all the same, blank cells at their end being gone.

    By row what the two cells say. Where other rows have three digits behind their amount, they are a code.
    """
    at = next((i for i, value in enumerate(heading) if "金额" in squeezed(value)), len(heading))
    pairs = {row: texts[at : at + 2] for row, texts in lines if len(texts) > at + 1}
    codes = any(_BEHIND.fullmatch(b) and "." not in b and not _BEFORE.fullmatch(a) for a, b in pairs.values())
    return {
        row: f"{a},{b}"
        for row, (a, b) in pairs.items()
        if _BEFORE.fullmatch(a) and _BEHIND.fullmatch(b) and ("." in b or not codes)
    }
