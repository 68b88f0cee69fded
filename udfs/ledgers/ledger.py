"""A ledger (预算明细, 收入明细) from a grid of cells: cleaned as a careful colleague would, every fault reported."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct, field

from udfs.base import (
    ERROR_ADVICE,
    UNCALCULATED,
    UNCALCULATED_ADVICE,
    AmountError,
    Problem,
    is_blank,
    is_error,
    plain,
    squeezed,
    to_fen,
)
from workbook_templates.reading import LedgerColumn, LedgerSpec

Grid = Sequence[Sequence[Any]]

#: Key of the frame's column that holds each row's number in its sheet or file (from 1).
ROW = "row"
#: Key of the frame's column that holds the amount in fen.
FEN = "fen"

#: A cell of a workbook holds no longer text.
LONGEST_TEXT = 32_767
_HEADING_SEARCH_ROWS = 30
_TOTAL_WORDS = ("合计", "总计", "小计", "累计", "本页合计")
#: An amount that needs no care: digits, at most two decimals.
_PLAIN_AMOUNT = re.compile(r"(-?[0-9]{1,12})(?:\.([0-9]{1,2}))?")
_CODE = re.compile(r"(\d+)(?:\.0+)?")
_CODE_WITH_NAME = re.compile(r"(\d+)[-_ :]*([^\W\d_][^\d]*)")


#: A column of texts: for each row which of the distinct texts it holds, and the distinct texts.
Texts = tuple[npt.NDArray[np.intp], Sequence[str]]


class Ledger(Struct, frozen=True, dict=True):
    """A clean ledger: one row an appropriation; categories for every text column, int64 `fen`, int64 `row`."""

    spec: LedgerSpec
    frame: pd.DataFrame

    def column(self, key: str) -> Texts:
        """A text column as (n,) indices into its distinct texts, and these; one not in the ledger holds empty texts."""
        if key not in self._columns:
            self._columns[key] = self._taken(key)
        return self._columns[key]

    def used(self, key: str) -> list[str]:
        """The distinct texts of a column, in order of first appearance."""
        codes, values = self.column(key)
        return [values[code] for code in pd.unique(codes).tolist()]

    @cached_property
    def _columns(self) -> dict[str, Texts]:
        """Columns asked for so far."""
        return {}

    def _taken(self, key: str) -> Texts:
        if key not in self.frame:
            return np.zeros(len(self.frame), np.intp), ("",)
        column = self.frame[key].array
        assert isinstance(column, pd.Categorical)
        return column.codes.astype(np.intp), tuple(column.categories)


class Reading(Struct):
    """What reading a ledger gave: the ledger, notes on what was put right, and the problems found.

    The ledger is None where there are problems.
    """

    ledger: Ledger | None = None
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def empty_ledger(spec: LedgerSpec) -> Ledger:
    """A ledger without rows."""
    columns = {c.key: pd.Categorical([], categories=[""]) for c in spec.columns if not c.money}
    frame = pd.DataFrame({**columns, FEN: np.zeros(0, np.int64), ROW: np.zeros(0, np.int64)})
    return Ledger(spec, frame)


def find_heading(grid: Grid, spec: LedgerSpec) -> int | None:
    """Index of the row that holds the headings, None where no row of the first ones does."""
    wanted = {squeezed(c.heading) for c in spec.columns if not c.optional}
    best: tuple[int, int] = (0, -1)
    for index, line in enumerate(grid[:_HEADING_SEARCH_ROWS]):
        found = len(wanted & {squeezed(v) for v in line if not is_blank(v)})
        if found > best[0]:
            best = (found, index)
    return best[1] if best[0] * 2 >= len(wanted) else None


def read_ledger(grid: Grid, spec: LedgerSpec, place: str) -> Reading:
    """The ledger in a grid whose first cell is A1; `place` names the sheet or file in messages."""
    return _Reader(grid, spec, place).read()


class _Reader:
    """Reads one grid; gathers notes and problems."""

    def __init__(self, grid: Grid, spec: LedgerSpec, place: str) -> None:
        self.grid = grid
        self.spec = spec
        self.place = place
        self.out = Reading()
        self.at: dict[str, int] = {}  # column key -> index in the grid
        self.rows: list[int] = []  # indices of data rows in the grid

    def read(self) -> Reading:
        if not any(not is_blank(v) for line in self.grid for v in line):
            self.out.ledger = empty_ledger(self.spec)
            return self.out
        heading = find_heading(self.grid, self.spec)
        if heading is None:
            names = "、".join(c.heading for c in self.spec.columns if not c.optional)
            self._problem(f"找不到表头，表头应包含：{names}。请使用模板中的表头")
            return self.out
        self._map_columns(heading)
        if self.out.problems:
            return self.out
        self._choose_rows(heading)
        columns = {c.key: self._text_column(c) for c in self.spec.columns if not c.money}
        amounts = self._amounts()
        self._conditions(columns)
        if not self.out.problems:
            rows = np.array(self.rows, np.int64) + 1
            frame = pd.DataFrame({**columns, FEN: amounts, ROW: rows})
            self.out.ledger = Ledger(self.spec, frame)
        return self.out

    # -- headings and rows

    def _map_columns(self, heading: int) -> None:
        known = {squeezed(c.heading): c for c in self.spec.columns}
        ignored = []
        for index, value in enumerate(self.grid[heading]):
            if is_blank(value):
                continue
            column = known.get(squeezed(value))
            if column is None:
                below = self.grid[heading + 1 :]
                if any(index < len(line) and not is_blank(line[index]) for line in below):
                    ignored.append(plain(value))
            elif column.key in self.at:
                self._problem("这一列的表头重复出现，请只保留一列", heading, index, column.heading)
            else:
                self.at[column.key] = index
        for column in self.spec.columns:
            if column.key not in self.at and not column.optional and column.names is None:
                near = difflib.get_close_matches(column.heading, ignored, 1, 0.6)
                hint = f"；是否就是“{near[0]}”？请把表头改为“{column.heading}”" if near else "，请补上这一列"
                self._problem(f"缺少“{column.heading}”列{hint}", heading, heading=column.heading)
        if ignored:
            self.out.notes.append(f"{self.place}：未使用的列：{'、'.join(ignored)}")

    def _choose_rows(self, heading: int) -> None:
        used = sorted(self.at.values())
        last = len(self.grid) - 1
        filled = [
            i
            for i in range(heading + 1, last + 1)
            if any(j < len(self.grid[i]) and not is_blank(self.grid[i][j]) for j in used)
        ]
        if filled:
            blank = filled[-1] - heading - len(filled)
            if blank:
                self.out.notes.append(f"{self.place}：跳过{blank}个空行")
        totals = [i for i in filled if self._is_total(i)]
        tail = []
        while totals and filled and totals[-1] == filled[-1]:
            tail.append(totals.pop())
            filled.pop()
        for i in totals:
            self._problem("明细中间有合计（小计）行，会重复计算，请删除该行", i)
        self.rows = filled
        for i in reversed(tail):
            self._drop_total(i)

    def _is_total(self, row: int) -> bool:
        """Whether the first text of a row says that the row is a total."""
        for value in self.grid[row]:
            if isinstance(value, str) and value and not is_blank(value):
                return squeezed(value).startswith(_TOTAL_WORDS)
        return False

    def _drop_total(self, row: int) -> None:
        money = next(c for c in self.spec.columns if c.money)
        stated = self._cell(row, money.key)
        if not is_blank(stated):
            try:
                total = sum(to_fen(self._cell(i, money.key)) for i in self.rows)
                if to_fen(stated) != total:
                    yuan = f"{total // 100}.{total % 100:02d}"
                    self._problem(
                        f"合计行的金额与明细之和（{yuan}元）不一致，请核对明细是否齐全，或删除合计行",
                        row,
                        self.at[money.key],
                        money.heading,
                        plain(stated),
                    )
                    return
            except AmountError:
                pass  # the faulty amount is reported in its own row
        self.out.notes.append(f"{self.place}：第{row + 1}行是合计行，未计入明细")

    def _cell(self, row: int, key: str) -> Any:
        line = self.grid[row]
        index = self.at[key]
        return line[index] if index < len(line) else None

    def _values(self, key: str) -> list[Any]:
        index = self.at[key]
        lines = (self.grid[i] for i in self.rows)
        return [line[index] if index < len(line) else None for line in lines]

    # -- columns

    def _text_column(self, column: LedgerColumn) -> pd.Categorical:
        if column.key not in self.at:
            return _categorical(np.zeros(len(self.rows), np.intp), [""])
        codes, uniques = _distinct(self._values(column.key))
        clean = _Cleaner(column)
        results = [clean(value) for value in uniques] + [clean(None)]
        for position, result in enumerate(results):
            if result.message:
                bad = np.flatnonzero(codes == (position if position < len(uniques) else -1))
                for i in bad:
                    found = plain(uniques[position]) if position < len(uniques) else ""
                    self._problem(result.message, self.rows[i], self.at[column.key], column.heading, found)
        for note, count in _count_notes(results, codes, len(uniques)):
            self.out.notes.append(f"{self.place}“{column.heading}”：{count}处{note}")
        merged, categories = _distinct([r.value for r in results])
        return _categorical(merged[codes], categories)

    def _amounts(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        column = next(c for c in self.spec.columns if c.money)
        fen = np.zeros(len(self.rows), np.int64)
        texts = 0
        for i, (row, value) in enumerate(zip(self.rows, self._values(column.key), strict=True)):
            if type(value) is float and -1e12 < value < 1e12:
                nearest = round(value * 100)
                if nearest / 100 == value:
                    fen[i] = nearest
                    continue
            if type(value) is str and (match := _PLAIN_AMOUNT.fullmatch(value)):
                fen[i] = int(f"{match[1]}{match[2] or '':0<2}")
                continue
            if is_error(value) or value == UNCALCULATED:
                advice = ERROR_ADVICE if is_error(value) else UNCALCULATED_ADVICE
                self._problem(advice, row, self.at[column.key], column.heading, plain(value))
                continue
            if is_blank(value):
                self._problem("没有填写金额，请补填，确无金额的请删除该行", row, self.at[column.key], column.heading)
                continue
            try:
                fen[i] = to_fen(value)
                texts += isinstance(value, str) and bool(re.search(r"[^0-9.\-]", value.strip()))
            except AmountError as error:
                self._problem(str(error), row, self.at[column.key], column.heading, plain(value))
        if texts:
            note = "金额含千分位、全角数字等，已按数字处理"
            self.out.notes.append(f"{self.place}“{column.heading}”：{texts}处{note}")
        return fen

    def _conditions(self, columns: dict[str, pd.Categorical]) -> None:
        for column in self.spec.columns:
            if column.key not in columns:
                continue
            filled = _where(columns[column.key], bool)
            for key, values in column.needs:
                bad = _where(columns[key], values.__contains__) & ~filled
                self._report(bad, column, f"{self.spec.column(key).heading}为“{{other}}”时必须填写", columns[key])
            for key, values in column.forbids:
                bad = _where(columns[key], values.__contains__) & filled
                message = f"{self.spec.column(key).heading}为“{{other}}”时不应填写，请清空或更正{{heading}}"
                message = message.replace("{heading}", self.spec.column(key).heading)
                self._report(bad, column, message, columns[key], columns[column.key])

    def _report(
        self,
        bad: np.ndarray[Any, np.dtype[np.bool_]],
        column: LedgerColumn,
        message: str,
        other: pd.Categorical,
        own: pd.Categorical | None = None,
    ) -> None:
        for i in np.flatnonzero(bad):
            text = message.format(other=other[i])
            found = str(own[i]) if own is not None else ""
            at = self.at.get(column.key, -1)
            self._problem(text, self.rows[i], at, column.heading, found)

    def _problem(self, message: str, row: int = -1, column: int = -1, heading: str = "", found: str = "") -> None:
        self.out.problems.append(Problem(self.place, message, row + 1, column + 1, heading, found))


def _distinct(values: Sequence[Any]) -> tuple[np.ndarray[Any, np.dtype[np.intp]], list[Any]]:
    """For each value its place among the distinct ones, -1 for None; and these in order of appearance."""
    order: dict[Any, int] = {}
    codes = [-1 if value is None else order.setdefault(value, len(order)) for value in values]
    return np.array(codes, np.intp), list(order)


def _categorical(codes: np.ndarray[Any, np.dtype[np.intp]], values: list[str]) -> pd.Categorical:
    """A column of texts: the index in `values` of each row's value."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(values, dtype=object))


def _where(column: pd.Categorical, test: Callable[[str], bool]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each row whether its value passes; the test is asked once a distinct value."""
    passed = np.array([test(v) for v in column.categories], bool)
    result: np.ndarray[Any, np.dtype[np.bool_]] = passed[column.codes]
    return result


class _Clean(Struct, frozen=True):
    """One value after cleaning: the value, a note on what was put right, a message where it cannot be used."""

    value: str
    note: str = ""
    message: str = ""


def _count_notes(results: list[_Clean], codes: np.ndarray[Any, Any], uniques: int) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for position, result in enumerate(results[:uniques]):
        if result.note:
            counts[result.note] = counts.get(result.note, 0) + int((codes == position).sum())
    return list(counts.items())


class _Cleaner:
    """Cleans the values of one text column."""

    def __init__(self, column: LedgerColumn) -> None:
        self.column = column

    def __call__(self, value: Any) -> _Clean:
        if is_blank(value):
            return _Clean("", message="没有填写，这一列必须填写" if self.column.required else "")
        if is_error(value) or value == UNCALCULATED:
            return _Clean("", message=ERROR_ADVICE if is_error(value) else UNCALCULATED_ADVICE)
        if self.column.code:
            return self._code(value)
        if self.column.values:
            return self._enumerated(value)
        text = plain(value)
        if len(text) > LONGEST_TEXT:
            return _Clean(text[:20], message=f"文字超过{LONGEST_TEXT}个字符，超出单元格的上限，请缩短")
        tidy = " ".join(text.split())
        return _Clean(tidy, "有多余的空格或换行，已去掉" if tidy != str(value) and isinstance(value, str) else "")

    def _code(self, value: Any) -> _Clean:
        note = ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            note = "编码以数字存储，已按文本处理"
        text = unicodedata.normalize("NFKC", plain(value)).strip().lstrip("'’‘").strip()
        joined = "".join(text.split())
        code, named = _CODE.fullmatch(joined), _CODE_WITH_NAME.fullmatch(text)
        if code:
            clean = code[1]
        elif named:
            clean, note = named[1], "编码后面附有名称，已只取编码"
        else:
            return _Clean(joined, message=f"科目编码应为{self._lengths()}数字")
        if len(clean) not in self.column.lengths:
            return _Clean(clean, message=f"科目编码应为{self._lengths()}数字，现为{len(clean)}位，请更正")
        if not note and clean != value:
            note = "编码含空格或全角数字，已规范"
        return _Clean(clean, note)

    def _lengths(self) -> str:
        return "、".join(str(n) for n in self.column.lengths) + "位"

    def _enumerated(self, value: Any) -> _Clean:
        text = squeezed(value)
        for allowed in self.column.values:
            if squeezed(allowed) == text:
                return _Clean(allowed, "有多余的空格，已去掉" if allowed != value else "")
        near = difflib.get_close_matches(text, self.column.values, 1, 0.5)
        hint = f"是否应为“{near[0]}”？" if near else ""
        return _Clean(text, message=f"不是规定的取值，{hint}只能填：{'、'.join(self.column.values)}")
