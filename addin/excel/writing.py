"""Rectangles written into an open workbook, all or none.

Where a call fails, what was written is put back, sheets are protected again, and the settings that were changed for the
writing are restored in any case.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from addin.excel import com
from addin.excel.rectangles import Format, FormulaText, Height, Rectangle, rectangles
from addin.excel.reshape import Reshaper
from addin.excel.shapes import Reshaping
from addin.excel.waiting import ExcelBusy, NotRestored, patiently, surely
from addin.xlsx import fitting, is_own, same
from udfs.base import Block, InputProblems, Problem

_TEXT_FORMAT, _NO_FORMAT = "@", "General"
#: A text of this length does not go into a cell as part of a block.
_LONGEST = 8_000

#: Texts that Excel would not take as they are: numbers, dates, formulas, truth values.
_PARSED = re.compile(r"[=+\-@'(（¥￥$€£.．\d０-９]|(上午|下午|[A-Za-z]{3,9}[-\s/]?\d)|(?i:true|false)$")


class WritableBook:
    """An open workbook into which blocks are written. `grids`: what its sheets hold, as far as they were read."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.app = book.app
        self.grids: dict[str, list[list[Any]]] = {}
        self._formulas: dict[str, dict[tuple[int, int], str]] = {}
        self._reshaper = Reshaper(patiently, ExcelBusy)

    def write(
        self, blocks: Sequence[Block], keep: Callable[[list[Rectangle], list[Reshaping]], None] | None = None
    ) -> int:
        """Write the blocks, all or none; number of rectangles and areas changed.

        `keep` gets the snapshot before anything is.
        """
        wanted = list(dict.fromkeys(block.sheet for block in blocks))
        sheets = {name: patiently(self._sheet, name) for name in wanted}
        guards = {name: patiently(com.protection, sheets[name]) for name in wanted}
        protected = {name for name, guard in guards.items() if guard is not None}
        found = rectangles(self.grids, self._formulas, blocks, protected)
        pieces = [self._planned(sheets[piece.sheet], piece) for piece in found]
        shapes = self._reshaper.planned(sheets, blocks)
        if keep is not None:
            keep(pieces, shapes)
        self.write_pieces(pieces, shapes, sheets, guards)
        return len(pieces) + len(shapes)

    def write_pieces(
        self,
        pieces: Sequence[Rectangle],
        shapes: Sequence[Reshaping] = (),
        sheets: Mapping[str, Any] | None = None,
        guards: Mapping[str, Mapping[str, bool] | None] | None = None,
    ) -> None:
        """Write rectangles and give areas their shape, all or none."""
        names = list(dict.fromkeys([*(piece.sheet for piece in pieces), *(shape.sheet for shape in shapes)]))
        found = sheets or {name: patiently(self._sheet, name) for name in names}
        guard = guards or {name: patiently(com.protection, found[name]) for name in names}
        with self._quiet(*(("display_alerts",) if shapes else ())):
            opened: list[str] = []
            touched: list[Rectangle] = []
            unmerged: list[Reshaping] = []
            try:
                for name in names:
                    if guard[name] is not None:
                        opened.append(name)
                        self._unprotect(found[name], name)
                    its = [shape for shape in shapes if shape.sheet == name]
                    for shape in its:
                        unmerged.append(shape)
                        self._reshaper.unmerge(found[name], shape)
                    for piece in (p for p in pieces if p.sheet == name):
                        touched.append(piece)
                        self._put(found[name], piece)
                    for shape in its:
                        self._reshaper.merge(found[name], shape)
                for name in opened:
                    patiently(com.protect, found[name], guard[name] or {})
            except BaseException:
                self._put_back(touched, unmerged, opened, found, guard)
                raise

    def _put_back(
        self,
        touched: Sequence[Rectangle],
        unmerged: Sequence[Reshaping],
        opened: Sequence[str],
        sheets: Mapping[str, Any],
        guards: Mapping[str, Mapping[str, bool] | None],
    ) -> None:
        failures: list[Exception] = []
        changed = [*(piece.sheet for piece in touched), *(shape.sheet for shape in unmerged)]
        for name in dict.fromkeys([*opened, *changed]):
            if name in changed and guards[name] is not None:
                # It may have been protected again already.
                surely(com.unprotect, sheets[name])
            its = [shape for shape in unmerged if shape.sheet == name]
            steps = [(self._reshaper.unmerge, shape) for shape in its]
            steps += [(self._put, piece) for piece in reversed(touched) if piece.sheet == name]  # type: ignore[misc]
            steps += [(self._reshaper.merge, shape) for shape in its]
            for step, change in steps:
                error = surely(step, sheets[name], change, True)
                failures += [error] if error else []
            failures += [LookupError(f"{name}: shape not known") for shape in its if not shape.known]
            options = guards[name]
            if options is not None and name in opened:
                error = surely(com.protect, sheets[name], options)
                failures += [error] if error else []
        if failures:
            places = "、".join(dict.fromkeys(changed))
            message = f"写入中断，且未能恢复{places}原来的内容，请不要保存，关闭工作簿后重新打开"
            raise NotRestored(message) from failures[0]

    def _sheet(self, name: str) -> Any:
        return self._book.sheets[name]

    def _unprotect(self, sheet: Any, name: str) -> None:
        try:
            patiently(com.unprotect, sheet)
        except ExcelBusy:
            raise
        except Exception as error:
            if patiently(com.is_protected, sheet):
                message = "工作表设有保护密码，无法写入，请先用“审阅—撤消工作表保护”输入密码后再试"
                raise InputProblems([Problem(name, message)]) from error
            raise

    def _range(self, sheet: Any, piece: Rectangle) -> Any:
        last = (piece.row + len(piece.new) - 1, piece.column + len(piece.new[0]) - 1)
        return sheet.range((piece.row, piece.column), last)

    def _planned(self, sheet: Any, piece: Rectangle) -> Rectangle:
        """A rectangle with what else changes for it: heights of rows, formats of cells."""
        formats: list[Format] = []
        for j in range(len(piece.new[0])):
            live = [piece.row + i for i, line in enumerate(piece.new) if isinstance(line[j], FormulaText)]
            gone = [piece.row + i for i, line in enumerate(piece.old) if isinstance(line[j], FormulaText)]
            if live:
                formats += self._text_formats(sheet, piece.column + j, live, _NO_FORMAT)
            if gone := sorted(set(gone) - set(live)):
                # The cells keep their format; what is put back into them must not become a text.
                formats += self._text_formats(sheet, piece.column + j, gone, _TEXT_FORMAT)
        return replace(piece, heights=self._heights(sheet, piece.lines), formats=tuple(formats))

    def _text_formats(self, sheet: Any, column: int, lines: Sequence[int], then: str) -> list[Format]:
        """Where formulas come into cells of the text format, which takes them for texts. `then`: what it becomes."""
        block = sheet.range((lines[0], column), (lines[-1], column))
        shown = patiently(lambda: block.number_format)
        if shown is None and len(lines) > 1:
            middle = len(lines) // 2
            return [
                *self._text_formats(sheet, column, lines[:middle], then),
                *self._text_formats(sheet, column, lines[middle:], then),
            ]
        return [(lines[0], lines[-1], column, _TEXT_FORMAT, then)] if shown == _TEXT_FORMAT else []

    def _heights(self, sheet: Any, lines: Sequence[tuple[int, int]]) -> tuple[Height, ...]:
        """Of rows with so many lines of text those that get another height: (first, last, height now, height to be).

        A height that the clerk has chosen stays. Rows are asked in runs, since a block tells its height only where all
        its rows have the same.
        """
        runs: list[tuple[int, int, float]] = []
        for row, count in lines:
            wanted = fitting(count)
            if runs and runs[-1][1] == row - 1 and runs[-1][2] == wanted:
                runs[-1] = (runs[-1][0], row, wanted)
            else:
                runs.append((row, row, wanted))
        if not runs:
            return ()
        every = self._height(sheet, runs[0][0], runs[-1][1])
        parts = [(first, last, wanted, every) for first, last, wanted in runs]
        found: list[Height] = []
        while parts:
            first, last, wanted, height = parts.pop(0)
            if height is None:
                height = self._height(sheet, first, last)
            if height is None:
                middle = (first + last) // 2
                parts[:0] = [(first, middle, wanted, None), (middle + 1, last, wanted, None)]
            elif not is_own(height) and not same(height, wanted):
                found.append((first, last, height, wanted))
        return tuple(found)

    def _height(self, sheet: Any, first: int, last: int) -> float | None:
        """The height of rows; None where they differ."""
        height: float | None = patiently(lambda: sheet.range((first, 1), (last, 1)).row_height)
        return height

    def _put(self, sheet: Any, piece: Rectangle, back: bool = False) -> None:
        """One block write, and the heights of its rows. `back`: what was there before."""
        rows = piece.old if back else piece.new
        block = self._range(sheet, piece)
        if piece.links:
            patiently(com.clear_links, block)
        values = [list(line) for line in rows]
        afterwards: list[tuple[Any, str]] = []
        for first, last, column, old_format, new_format in piece.formats:
            cells, shown = sheet.range((first, column), (last, column)), old_format if back else new_format
            across = column - piece.column
            if any(isinstance(rows[row - piece.row][across], FormulaText) for row in range(first, last + 1)):
                patiently(setattr, cells, "number_format", _NO_FORMAT)
                afterwards += [(cells, shown)] if shown != _NO_FORMAT else []
            elif old_format != new_format:
                patiently(setattr, cells, "number_format", shown)
        self._guard(sheet, piece, values)
        long = {(i, j): v for i, line in enumerate(values) for j, v in enumerate(line) if _is_long(v)}
        dated = any(isinstance(v, datetime.datetime) for line in values for v in line)
        block_values = [["" if v is None or _is_long(v) else _bare(v) for v in line] for line in values]
        # xlwings' own conversion is wanted for dates only; without it a block is one call and not seven.
        patiently(setattr, block, "value" if dated else "raw_value", block_values)
        for (i, j), text in long.items():
            cell = sheet.range((piece.row + i, piece.column + j))
            patiently(setattr, cell, "value", text)
        for cells, shown in afterwards:
            # A formula stays one where its cell gets the text format later.
            patiently(setattr, cells, "number_format", shown)
        heights: dict[float, list[tuple[int, int]]] = {}
        for first, last, before, after in piece.heights:
            heights.setdefault(before if back else after, []).append((first, last))
        for height, lines in heights.items():
            patiently(com.set_heights, sheet, lines, height)

    def _guard(self, sheet: Any, piece: Rectangle, values: list[list[Any]]) -> None:
        """See that Excel takes texts as texts: one that looks like a number or a date gets an apostrophe.

        Not where the cell's format is text.
        """
        for j in range(len(values[0])):
            lines = [i for i, line in enumerate(values) if isinstance(line[j], str) and _needs_guard(line[j])]
            formats = self._reshaper.formats.get(piece.sheet, {})
            known = {i: shown for i in lines if (shown := formats.get((piece.row + i, piece.column + j)))}
            for i, shown in known.items():
                if shown != _TEXT_FORMAT:
                    values[i][j] = "'" + values[i][j]
            lines = [i for i in lines if i not in known]
            if lines:
                self._guard_lines(sheet, piece, values, j, lines)

    def _guard_lines(self, sheet: Any, piece: Rectangle, values: list[list[Any]], j: int, lines: Sequence[int]) -> None:
        """The same for lines of one column; where formats differ, the half of them at a time."""
        column = piece.column + j
        block = sheet.range((piece.row + lines[0], column), (piece.row + lines[-1], column))
        shown = patiently(lambda: block.number_format)
        if shown is None and len(lines) > 1:
            middle = len(lines) // 2
            self._guard_lines(sheet, piece, values, j, lines[:middle])
            self._guard_lines(sheet, piece, values, j, lines[middle:])
        elif shown != _TEXT_FORMAT:
            for i in lines:
                values[i][j] = "'" + values[i][j]

    @contextlib.contextmanager
    def _quiet(self, *more: str) -> Iterator[None]:
        """No redrawing, no calculation and no events while writing; each as before afterwards. `more`: off as well."""
        quiet = {
            "screen_updating": False,
            "calculation": "manual",
            "enable_events": False,
            **dict.fromkeys(more, False),
        }
        before = {name: patiently(getattr, self.app, name) for name in quiet}
        try:
            for name, value in quiet.items():
                patiently(setattr, self.app, name, value)
            yield
        finally:
            for name, value in before.items():
                error = surely(setattr, self.app, name, value)
                if error is not None:
                    message = "Excel 的设置未能恢复（屏幕刷新或自动计算），请关闭 Excel 后重新打开"
                    raise NotRestored(message) from error


def _needs_guard(text: str) -> bool:
    """Whether Excel would take a text for something else."""
    return not isinstance(text, FormulaText) and _PARSED.match(text) is not None


def _bare(value: Any) -> Any:
    """A value as it crosses to Excel."""
    return str(value) if isinstance(value, FormulaText) else value


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _LONGEST
