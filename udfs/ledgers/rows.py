"""Which rows below a ledger's headings are its rows: totals, signatures and repeated headings are told apart and said.

Nothing is left out in silence: every row that is not read stands in a note or in a problem.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct, field

from udfs.base import AmountError, Covered, Problem, is_blank, is_note, plain, squeezed, to_fen
from udfs.ledgers.cleaning import unwrapped
from udfs.ledgers.ledger import Grid, columns_of, distinct
from workbook_templates.reading import LedgerSpec

_TOTAL = re.compile(
    r"(本页|本表|全部|以上)?(合计|总计|小计|累计|共计)([:：（(].*)?|.*(合计|总计|小计|累计|共计|汇总)[:：]?"
)
#: Begins a line of signatures, of notes or of pages below a ledger.
_FOOT = re.compile(
    r"(单位|部门|财务|科室|项目)?(负责人|审核|复核|制表|填报|填表|编制|经办|联系|打印|导出|日期|法定代表人|主管|盖章|签字|公章)"
    r"|第\d+页|共\d+页|注[:：]|备注[:：]|说明[:：]"
)


_CODE_OR_AMOUNT = re.compile(r"\D?\d{5,}.*|-?\d+\.\d\d?")
#: A row whose columns were not taken apart fills so many cells at most.
_MOST_JOINED = 2


class Choice(Struct):
    """The rows of a ledger (indices in its grid), and what is to be said of the others."""

    rows: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def listed_rows(rows: Sequence[int]) -> str:
    """Rows (indices from 0) as the clerk reads them, neighbours as a stretch: 第3行, 第3、5至8行."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][-1] == row - 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    texts = [f"{run[0] + 1}至{run[-1] + 1}" if len(run) > 2 else "、".join(str(r + 1) for r in run) for run in runs]
    shown = "、".join(texts[:8]) + ("等" if len(texts) > 8 else "")
    return f"第{shown}行"


class RowChooser:
    """Chooses the rows of one grid. `at`: the grid's column of each of ours; `head`: the headings' row."""

    def __init__(self, grid: Grid, spec: LedgerSpec, place: str, at: dict[str, int], head: int) -> None:
        self.grid = grid
        self.spec = spec
        self.place = place
        self.at = at
        self.head = head
        self.money = next(c for c in spec.columns if c.money)
        self.required = [c for c in spec.columns if c.required and not c.money and c.key in at]
        self.codes = [c for c in self.required if c.code]
        self.out = Choice()
        self.distinct: dict[str, tuple[npt.NDArray[np.intp], list[Any]]] = {}  # of the columns of texts, all rows
        self._fens: dict[int, int | None] = {}
        self._sums, self._first, self._last = [0], {0: 0}, {0: 0}

    def choose(self) -> Choice:
        """The rows that are read, and what is to be said of the rest."""
        used = sorted(self.at.values())
        sure = self._surely_rows()
        filled = [
            i
            for i, row in enumerate(sure, self.head + 1)
            if row or any(j < len(self.grid[i]) and not is_blank(self.grid[i][j]) for j in used)
        ]
        if filled and (blank := filled[-1] - self.head - len(filled)):
            self.out.notes.append(f"{self.place}：跳过{blank}个空行")
        totals: list[int] = []
        others: list[int] = []
        headings: list[int] = []
        for i in filled:
            if sure[i - self.head - 1]:
                self.out.rows.append(i)
            elif self._is_heading(i):
                headings.append(i)
            elif self._is_complete(i):
                self.out.rows.append(i)
            elif joined := self._joined(i):
                message = f"整行写在一格里（“{joined[:20]}…”），各列没有分开，请用 Excel 的“数据-分列”分开后再试"
                self.out.problems.append(Problem(self.place, message, i + 1))
            elif self._is_total(i):
                totals.append(i)
            elif self._is_foot(i):
                others.append(i)
            else:
                self.out.rows.append(i)
        if headings:
            self.out.notes.append(f"{self.place}：{listed_rows(headings)}是重复的表头或栏次，未计入明细")
        if others:
            texts = "、".join(f"“{self._texts(i)[0]}”" for i in others[:3])
            self.out.notes.append(f"{self.place}：{listed_rows(others)}没有金额，是签章或说明（{texts}），未计入明细")
        self._leave_out(totals)
        return self.out

    # -- kinds of rows

    def _surely_rows(self) -> list[bool]:
        """For each row below the headings whether it is one of the ledger's at first sight: complete, and in words.

        Each distinct value of a column is looked at once; a row that is not sure is looked at by itself.
        """
        lines = self.grid[self.head + 1 :]
        complete, worded = np.ones(len(lines), bool), np.zeros(len(lines), bool)
        same = np.ones(len(lines), np.int64)  # the column of amounts is taken to repeat its heading
        columns = [c for c in self.spec.columns if not c.money and c.key in self.at]
        for column, values in zip(columns, columns_of(lines, [self.at[c.key] for c in columns]), strict=True):
            if Covered in set(map(type, values)):
                self.distinct.clear()
                return [False] * len(lines)
            codes, found = self.distinct[column.key] = distinct(values)
            texts = [squeezed(value) for value in found] + [""]
            shown = np.array([not is_blank(value) for value in found] + [False])
            heading = squeezed(self.grid[self.head][self.at[column.key]])
            same += np.array([text == heading for text in texts])[codes]
            worded |= (shown & np.array([not (text.isdigit() and len(text) < 3) for text in texts]))[codes]
            if column.required:
                total = [bool(column.values and _TOTAL.fullmatch(text)) for text in texts]
                complete &= (shown & ~np.array(total))[codes]
        found_rows: list[bool] = (complete & worded & (same * 2 <= len(self.at))).tolist()
        return found_rows

    def _cell(self, row: int, key: str) -> Any:
        line, index = self.grid[row], self.at[key]
        value = line[index] if index < len(line) else None
        return value.value if isinstance(value, Covered) and value.column == index + 1 else value

    def _is_complete(self, row: int) -> bool:
        """Whether everything stands in a row that every row needs: such a row is no total whatever its words."""
        return all(not is_blank(self._cell(row, c.key)) for c in self.required) and not any(
            _TOTAL.fullmatch(squeezed(self._cell(row, c.key))) for c in self.required if c.values
        )

    def _is_heading(self, row: int) -> bool:
        """Whether a row repeats the headings, or numbers the columns."""
        line = self.grid[row]
        shown = [squeezed(line[j]) for j in self.at.values() if j < len(line) and not is_blank(line[j])]
        if len(shown) < 3:
            return False
        same = sum(squeezed(self.grid[self.head][j]) == squeezed(line[j]) for j in self.at.values() if j < len(line))
        numbers = [int(t) for t in shown if t.isdigit() and len(t) < 3]
        return same * 2 > len(self.at) or (len(numbers) == len(shown) and numbers == sorted(set(numbers)))

    def _is_total(self, row: int) -> bool:
        amount = not is_blank(self._cell(row, self.money.key))
        if any(_TOTAL.fullmatch(text) for text in self._texts(row)):
            return True
        short = [c for c in self.codes if 0 < len(self._digits(row, c.key)) < min(c.lengths)]
        lacking = [c for c in self.required if is_blank(self._cell(row, c.key))]
        if amount and short and len(lacking) >= len(self.required) - 1 - len(short):
            return True  # the row of a class or a group, above its items
        return amount and len(lacking) == len(self.required) and self._adds_up(row)

    def _digits(self, row: int, key: str) -> str:
        match = re.match(r"\D?(\d+)", squeezed(unwrapped(self._cell(row, key))))
        return match[1] if match else ""

    def _is_foot(self, row: int) -> bool:
        """Whether a row without an amount is none of the ledger's: signatures, notes, a sub-heading."""
        if not is_blank(self._cell(row, self.money.key)) and not self._is_words(row):
            return False
        texts = self._texts(row)
        if not texts or any(self._digits(row, c.key) for c in self.codes):
            return False
        if any(_FOOT.match(text) for text in texts) or is_note(texts[0]):
            return True
        chosen = [c for c in self.required if c.values and squeezed(self._cell(row, c.key)) in map(squeezed, c.values)]
        return len(texts) == 1 and not chosen and squeezed(self._cell(row, self.spec.columns[0].key)) == texts[0]

    def _is_words(self, row: int) -> bool:
        text = squeezed(self._cell(row, self.money.key))
        return _FOOT.match(text) is not None and not re.search(r"\d", text)

    def _texts(self, row: int) -> list[str]:
        """The texts of a row, whichever column they stand in, mapped or not."""
        return [squeezed(v) for v in self.grid[row] if isinstance(v, str) and not is_blank(v)]

    def _joined(self, row: int) -> str:
        """The text of a row whose columns stand in one cell, with its delimiters; empty where they are apart."""
        filled = [v for v in self.grid[row] if not is_blank(v)]
        text = next((v for v in filled if isinstance(v, str)), "") if len(filled) <= _MOST_JOINED else ""
        for delimiter in ",，\t;；|":
            pieces = [squeezed(piece) for piece in text.split(delimiter)]
            if len(pieces) > len(self.at) // 2 and any(_CODE_OR_AMOUNT.fullmatch(p) for p in pieces):
                return text
        return ""

    # -- totals

    def _fen(self, row: int) -> int | None:
        if row not in self._fens:
            try:
                self._fens[row] = to_fen(unwrapped(self._cell(row, self.money.key)))
            except AmountError:
                self._fens[row] = None
        return self._fens[row]

    def _add_up(self) -> int:
        """The sum of the rows so far; each sum on the way is known by where it first and last was reached."""
        for i in self.out.rows[len(self._sums) - 1 :]:
            self._sums.append(self._sums[-1] + (self._fen(i) or 0))
            self._first.setdefault(self._sums[-1], len(self._sums) - 1)
            self._last[self._sums[-1]] = len(self._sums) - 1
        return self._sums[-1]

    def _adds_up(self, row: int) -> bool:
        """Whether an amount without any words is the sum of the rows before it, back to some row."""
        stated, rows = self._fen(row), len(self.out.rows)
        return bool(stated) and self._first.get(self._add_up() - (stated or 0), rows) <= rows - 2

    def _leave_out(self, totals: Sequence[int]) -> None:
        """Totals are left out and said; the total of all must be the sum of the rows."""
        if not totals:
            return
        total = self._add_up()
        yuan = f"{'-' if total < 0 else ''}{abs(total) // 100}.{abs(total) % 100:02d}"
        last = totals[-1] > max(self.out.rows, default=0)
        for i in totals:
            whole = any(re.fullmatch(r"(合计|总计|共计)[:：]?", text) for text in self._texts(i))
            stated = self._fen(i)
            if whole and stated is not None and stated != total and (i == totals[-1] and last) and self._readable():
                at = self.at[self.money.key]
                message = f"合计行的金额与明细之和（{yuan}元）不一致，请核对明细是否齐全，或删除合计行"
                found = plain(self._cell(i, self.money.key))
                self.out.problems.append(Problem(self.place, message, i + 1, at + 1, self.money.heading, found))
        wholes = [i for i in totals if any(re.fullmatch(r"(合计|总计)[:：]?", t) for t in self._texts(i))]
        subtotals = sorted({*totals} - {*wholes})
        for kind, rows in (("小计行", subtotals), ("合计行", wholes)):
            if rows:
                self.out.notes.append(f"{self.place}：{listed_rows(rows)}是{kind}，未计入明细")
        odd = [i for i in subtotals if not self._is_some_sum(i)]
        if odd:
            self.out.notes.append(f"{self.place}：{listed_rows(odd)}小计的金额与相邻各行之和不符，请核对明细是否齐全")

    def _is_some_sum(self, row: int) -> bool:
        """Whether a subtotal is the sum of neighbouring rows above it, or below it."""
        stated, above = self._fen(row), bisect_left(self.out.rows, row)
        if not stated:
            return True
        ends = self._sums[above]
        return self._first.get(ends - stated, above) < above or self._last.get(ends + stated, above) > above

    def _readable(self) -> bool:
        """Whether every row's amount can be read: otherwise its own fault is the one to be told."""
        return all(self._fen(i) is not None for i in self.out.rows)
