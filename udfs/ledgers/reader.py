"""A ledger read from a grid of cells as a careful colleague reads it: every fault reported, every correction said."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from udfs.base import (
    ERROR_ADVICE,
    UNCALCULATED,
    UNCALCULATED_ADVICE,
    AmountError,
    Covered,
    Problem,
    column_letters,
    is_blank,
    is_error,
    measure_in_heading,
    measure_in_line,
    measure_seen,
    plain,
    squeezed,
    to_fen,
)
from udfs.ledgers.cleaning import Cleaner, count_notes, unwrapped
from udfs.ledgers.ledger import Grid, Ledger, LedgerReading, Texts, column_of, distinct, empty_ledger
from udfs.ledgers.rows import RowChooser, listed_rows
from udfs.ledgers.units import code_key, name_key
from workbook_templates.reading import LedgerColumn, LedgerSpec

_HEADING_SEARCH_ROWS = 30
#: A row that lacks so many of the columns that every row needs is told once.
_MANY = 3
#: An amount that needs no care: digits, at most two decimals.
_PLAIN_AMOUNT = re.compile(r"(-?[0-9]{1,12})(?:\.([0-9]{1,2}))?")
#: Amounts line by line, each with two decimals.
_PLAIN_AMOUNTS = re.compile(r"(?:-?+[0-9]{1,12}+\.[0-9]{2}\n)++")
_UNIT = re.compile(r"[（(][^（）()]*[）)]$|[:：].*$")
#: A column that files of a department may have: what each row's unit is. It is said once a unit in the list of units.
KIND_HEADING = "单位性质"
#: The unit of measure of the amounts of a ledger.
_OWN_MEASURE = "元"


def heading_text(value: Any) -> str:
    """A heading for comparing: of a column of amounts without its unit of measure."""
    text = squeezed(value)
    return _UNIT.sub("", text) if measure_in_heading(text) else text


def _heading_share(line: Sequence[Any], spec: LedgerSpec) -> float:
    wanted = {heading_text(c.heading) for c in spec.columns if not c.optional}
    return len(wanted & {heading_text(v) for v in line if not is_blank(v)}) / len(wanted)


def find_heading(grid: Grid, spec: LedgerSpec) -> int | None:
    """Index of the row that holds the headings, None where no row of the first ones does."""
    best, found = 0.0, None
    for i, line in enumerate(grid[:_HEADING_SEARCH_ROWS]):
        if (share := _heading_share(line, spec)) > best:
            best, found = share, i
        if best == 1:
            break
    return found if best >= 0.5 else None


def heading_share(grid: Grid, spec: LedgerSpec) -> float:
    """How much of a ledger's headings some row of a grid holds, 0 to 1."""
    return max((_heading_share(line, spec) for line in grid[:_HEADING_SEARCH_ROWS]), default=0.0)


def own_headings(grid: Grid, spec: LedgerSpec) -> int:
    """How many of a ledger's headings some row of a grid holds."""
    return round(heading_share(grid, spec) * sum(not c.optional for c in spec.columns))


def said_measures(grid: Grid, head: int, column: int) -> dict[str, str]:
    """What is said of the unit of measure of a column of amounts: each unit with the words that say it."""
    said: dict[str, str] = {}
    heading = plain(grid[head][column])
    if measure := measure_in_heading(heading):
        said.setdefault(measure, f"表头写“{heading}”")
    for row, line in enumerate(grid[:head], 1):
        for value in line:
            if isinstance(value, str) and not is_blank(value) and (measure := measure_in_line(value)):
                said.setdefault(measure, f"第{row}行写“{plain(value)[-12:]}”")
    seen: dict[str, list[int]] = {}
    values = column_of(grid[head + 1 :], column)
    for row, value in enumerate(values, head + 1) if set(map(type, values)) - {str, float} else ():
        if measure := measure_seen(value):
            seen.setdefault(measure, []).append(row)
    for measure, rows in seen.items():
        first = grid[rows[0]][column]
        how = f"单元格格式使金额显示为“{first.text}”一类（{column_letters(column + 1)}{rows[0] + 1}等{len(rows)}格）"
        said.setdefault(measure, how)
    return said


def read_ledger(grid: Grid, spec: LedgerSpec, place: str) -> LedgerReading:
    """The ledger in a grid whose first cell is A1; `place` names the sheet or file in messages."""
    return _Reader(grid, spec, place).read()


class _Reader:
    """Reads one grid; gathers notes and problems."""

    def __init__(self, grid: Grid, spec: LedgerSpec, place: str) -> None:
        self.grid = grid
        self.spec = spec
        self.place = place
        self.out = LedgerReading()
        self.at: dict[str, int] = {}  # column key -> index in the grid
        self.rows: list[int] = []  # indices of data rows in the grid
        self.money = next(c for c in spec.columns if c.money)
        self.distinct: dict[str, tuple[npt.NDArray[np.intp], list[Any]]] = {}  # of columns of which every row is read
        self.merged = 0
        self.kind_at = -1  # where the grid has a column of the units' kinds
        self.blank: dict[int, list[str]] = {}  # row -> headings of the columns that it lacks

    def read(self) -> LedgerReading:
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
        self._look_at_measure(heading)
        if self.out.problems:
            return self.out
        chooser = RowChooser(self.grid, self.spec, self.place, self.at, heading)
        choice = chooser.choose()
        self.rows = choice.rows
        if len(self.rows) == len(self.grid) - heading - 1:
            self.distinct = chooser.distinct
        self.out.notes += choice.notes
        self.out.problems += choice.problems
        columns = {c.key: self._text_column(c) for c in self.spec.columns if not c.money}
        self._say_blanks()
        amounts = self._amounts()
        self._conditions(columns)
        if self.kind_at >= 0:
            self._read_kinds(columns)
        if self.merged:
            self.out.notes.append(f"{self.place}：合并的单元格，各行按合并区域的内容读取（{self.merged}格）")
        if not self.out.problems:
            rows = np.array(self.rows, np.int64) + 1
            self.out.ledger = Ledger(self.spec, columns, amounts, rows)
        return self.out

    # -- headings

    def _map_columns(self, heading: int) -> None:
        known = {squeezed(c.heading): c for c in self.spec.columns}
        ignored: list[str] = []
        nameless: list[str] = []
        amounts: list[int] = []
        below = self.grid[heading + 1 :]
        width = max((len(line) for line in self.grid[heading:]), default=0)
        for index in range(width):
            value = self.grid[heading][index] if index < len(self.grid[heading]) else None
            if is_blank(value):
                if (first := _first_filled(below, index)) is not None:
                    nameless.append(f"{column_letters(index + 1)}{heading + first + 2}")
                continue
            column = known.get(squeezed(value))
            if column is None and heading_text(value) == heading_text(self.money.heading):
                amounts.append(index)
            elif column is None and squeezed(value) == KIND_HEADING:
                self.kind_at = index
            elif column is None:
                if _first_filled(below, index) is not None:
                    ignored.append(plain(value))
            elif column.key in self.at:
                self._problem("这一列的表头重复出现，请只保留一列", heading, index, column.heading)
            else:
                self.at[column.key] = index
        if self.money.key not in self.at and len(amounts) == 1:
            self.at[self.money.key] = amounts[0]
        elif amounts:
            ignored += [plain(self.grid[heading][index]) for index in amounts]
        for column in self.spec.columns:
            if column.key not in self.at and not column.optional and column.names is None:
                near = difflib.get_close_matches(column.heading, ignored, 1, 0.6)
                hint = f"；是否就是“{near[0]}”？请把表头改为“{column.heading}”" if near else "，请补上这一列"
                self._problem(f"缺少“{column.heading}”列{hint}", heading, heading=column.heading)
        if ignored:
            self.out.notes.append(f"{self.place}：未使用的列：{'、'.join(ignored)}")
        if nameless:
            self.out.notes.append(f"{self.place}：没有表头的列未读取，其中有内容：{'、'.join(nameless[:5])}")

    def _look_at_measure(self, heading: int) -> None:
        """Amounts that are said to be in another unit than yuan are not read: ten thousand times too little."""
        said = said_measures(self.grid, heading, self.at[self.money.key])
        others = {measure: how for measure, how in said.items() if measure != _OWN_MEASURE}
        if not others:
            return
        measure = self.out.measure = next(iter(others))
        hows = "，".join(said.values())
        if _OWN_MEASURE in said:
            message = f"{hows}，金额的单位说法不一，请核对金额究竟以什么为单位，确认前不读取"
        else:
            message = f"{hows}，金额以{measure}为单位，而“{self.spec.sheet}”以元为单位，确认换算前不读取"
        self._problem(message, heading, self.at[self.money.key], self.money.heading)

    # -- columns

    def _values(self, key: str) -> list[Any]:
        return column_of([self.grid[i] for i in self.rows], self.at[key])

    def _labels(self, key: str) -> list[Any]:
        """The values of a column of texts; a merged cell speaks for every row that it spans."""
        values = self._values(key)
        for i, value in enumerate(values) if Covered in set(map(type, values)) else ():
            if isinstance(value, Covered):
                own = value.column == self.at[key] + 1
                values[i] = value.value if own else None
                self.merged += own
        return values

    def _text_column(self, column: LedgerColumn) -> Texts:
        if column.key not in self.at:
            return np.zeros(len(self.rows), np.intp), ("",)
        codes, uniques = self.distinct.get(column.key) or distinct(self._labels(column.key))
        clean = Cleaner(column)
        results = [clean(value) for value in uniques] + [clean(None)]
        faulty = [position for position, result in enumerate(results) if result.message]
        if faulty:
            placed = np.where(codes < 0, len(uniques), codes)
            order = np.argsort(placed, kind="stable")
            starts = np.searchsorted(placed[order], np.arange(len(results) + 1)).tolist()
        for position in faulty:
            result, bad = results[position], order[starts[position] : starts[position + 1]].tolist()
            found = plain(uniques[position]) if position < len(uniques) else ""
            for i in bad:
                if found:
                    self._problem(result.message, self.rows[i], self.at[column.key], column.heading, found)
                else:
                    self.blank.setdefault(self.rows[i], []).append(column.heading)
        for note, count in count_notes(results, codes, len(uniques)):
            self.out.notes.append(f"{self.place}“{column.heading}”：{count}处{note}")
        merged, categories = distinct([r.value for r in results])
        return merged[codes], categories

    def _read_kinds(self, columns: dict[str, Texts]) -> None:
        for i, row in enumerate(self.rows):
            line = self.grid[row]
            kind = plain(line[self.kind_at]) if self.kind_at < len(line) else ""
            if not kind:
                continue
            for key in filter(None, (code_key(_text(columns["unit"], i)), name_key(_text(columns["unit_name"], i)))):
                if self.out.kinds.setdefault(key, kind) != kind:
                    message = f"同一单位的性质前面写的是“{self.out.kinds[key]}”，请核对后改为一致"
                    self._problem(message, row, self.kind_at, KIND_HEADING, kind)
                    break

    def _say_blanks(self) -> None:
        """What rows lack: a row that lacks much is told once, otherwise each cell."""
        columns = {c.heading: c for c in self.spec.columns}
        rows = dict.fromkeys(row for row, lacking in self.blank.items() if len(lacking) >= _MANY)
        for row in rows:
            self._problem(f"没有填写{'、'.join(self.blank[row])}，请补填；不是明细的请删除该行", row)
        for heading, column in columns.items():
            for row, lacking in self.blank.items():
                if heading in lacking and row not in rows:
                    self._problem("没有填写，这一列必须填写", row, self.at[column.key], heading)

    def _amounts(self) -> npt.NDArray[np.int64]:
        column, values = self.money, self._values(self.money.key)
        fen = np.zeros(len(self.rows), np.int64)
        texts = 0
        merged: list[int] = []
        joined = "\n".join(values) + "\n" if set(map(type, values)) == {str} else ""
        if joined and _PLAIN_AMOUNTS.fullmatch(joined):
            return np.fromiter(map(int, joined.replace(".", "").split("\n")[:-1]), np.int64, len(values))
        for i, (row, value) in enumerate(zip(self.rows, values, strict=True)):
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
            if isinstance(value, Covered):
                merged.append(row)
                continue
            if is_blank(value):
                self._problem("没有填写金额，请补填，确无金额的请删除该行", row, self.at[column.key], column.heading)
                continue
            try:
                fen[i] = to_fen(unwrapped(value))
                texts += isinstance(value, str) and bool(re.search(r"[^0-9.\-]", value.strip()))
            except AmountError as error:
                self._problem(str(error), row, self.at[column.key], column.heading, plain(value))
        if merged:
            message = f"金额单元格是合并的，看不出{listed_rows(merged)}各是多少，请取消合并并逐行填写"
            self._problem(message, merged[0], self.at[column.key], column.heading)
        if texts:
            note = "金额含千分位、全角数字等，已按数字处理"
            self.out.notes.append(f"{self.place}“{column.heading}”：{texts}处{note}")
        return fen

    def _conditions(self, columns: dict[str, Texts]) -> None:
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
        bad: npt.NDArray[np.bool_],
        column: LedgerColumn,
        message: str,
        other: Texts,
        own: Texts | None = None,
    ) -> None:
        for i in np.flatnonzero(bad).tolist():
            text = message.format(other=_text(other, i))
            found = _text(own, i) if own is not None else ""
            at = self.at.get(column.key, -1)
            self._problem(text, self.rows[i], at, column.heading, found)

    def _problem(self, message: str, row: int = -1, column: int = -1, heading: str = "", found: str = "") -> None:
        self.out.problems.append(Problem(self.place, message, row + 1, column + 1, heading, found))


def _first_filled(lines: Grid, index: int) -> int | None:
    """The first row in which a column holds something."""
    return next((r for r, v in enumerate(column_of(lines, index)) if v not in (None, "") and not is_blank(v)), None)


def _text(column: Texts, row: int) -> str:
    """A row's text."""
    codes, values = column
    return values[int(codes[row])]


def _where(column: Texts, test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
    """For each row whether its value passes; the test is asked once a distinct value."""
    codes, values = column
    passed = np.array([test(value) for value in values], bool)
    result: npt.NDArray[np.bool_] = passed[codes]
    return result
