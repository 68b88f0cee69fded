"""勾稽关系 as live formulas: every relation's twin in the spreadsheet, made from the same matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from udfs.base import FEN_PER_PLACE, Formula, address, printed, quoted
from udfs.reconciliation.expansion import Expansion
from udfs.reconciliation.relations import FAILED, NOT_APPLICABLE, UNDECIDED, Evaluation, Outcome, side_label
from udfs.reconciliation.tolerance import PAIR, allowance_formula, mixed_allowance_formula
from udfs.tables import Printed
from workbook_templates.reading import Condition, Form

_PLAIN_NAME = re.compile(r"[^\W\d]\w*")
#: Most references one SUM takes in every program the workbook is opened with.
_MOST_ARGUMENTS = 200
WIDTH = 10


class LiveFormulas:
    """Writes the rows of 勾稽关系. `smallest` is the cell that holds the smallest amount of all tables.

    `steps`: for each form whose last place is its own, the cell that holds it, in the form's unit of measure.
    """

    def __init__(
        self, evaluation: Evaluation, expansion: Expansion, smallest: str, steps: Mapping[str, str] | None = None
    ) -> None:
        self.steps = steps or {}
        self.evaluation = evaluation
        self.printed: Printed = evaluation.printed
        self.expansion = expansion
        self.smallest = smallest
        #: Of what formulas name beside the tables' cells.
        self._named = (smallest, *self.steps.items())
        #: Plain lists: one number at a time is dear to take from an array.
        self._scale: list[int] = self.printed.scale.tolist()
        self._only_scale = self._scale[0] if len(set(self._scale)) == 1 else 0
        #: Every cell's column in a formula, the sheet before it, and its row.
        self._places = [self._place(*self.printed.address(cell)) for cell in range(len(self.printed.places))]
        #: References of cells, made once: relations and their conditions name the same ones.
        self._references: dict[tuple[int, ...], list[str]] = {}

    def _place(self, sheet: str, at: str) -> tuple[str, int]:
        letters = at.rstrip("0123456789")
        return f"{sheet_name(sheet)}!{letters}", int(at[len(letters) :])

    def _refer(self, cells: tuple[int, ...]) -> list[str]:
        """Cells as references, cells right below each other as one range."""
        if cells not in self._references:
            self._references[cells] = list(self._ranges(cells))
        return self._references[cells]

    def _ranges(self, cells: Sequence[int]) -> Iterator[str]:
        at = 0
        while at < len(cells):
            column, row = self._places[cells[at]]
            last = row
            at += 1
            while at < len(cells) and self._places[cells[at]] == (column, last + 1):
                last += 1
                at += 1
            letters = column.rpartition("!")[2]
            yield f"{column}{row}:{letters}{last}" if last > row else f"{column}{row}"

    def rows(self, first_row: int, first_column: int, most: int | None = None) -> list[list[object]]:
        """One row a relation: number, grade, requirement, sides, amounts, difference, allowance, verdict.

        `most`: rows there is room for; where there are more relations, those that fail come first.
        """
        outcomes, unit = self.evaluation.outcomes, self.evaluation.matrix.unit.tolist()
        order: Sequence[int] = range(len(outcomes))
        if most is not None and len(outcomes) > most:
            order = sorted(order, key=lambda i: outcomes[i].status != FAILED)[:most]
        kept = self.evaluation.matrix.texts
        rows = []
        for row, i in enumerate(order, first_row):
            outcome = outcomes[i]
            settled = outcome.status if outcome.ruled_out or outcome.status == UNDECIDED else ""
            asked = (i, row, first_column, settled, *self._named)
            if asked not in kept:
                kept[asked] = self._texts(outcome, unit[i], row, first_column)
            rows.append(_row(outcome, kept[asked]))
        return rows

    def smallest_formula(self) -> Formula:
        """The smallest amount of all tables, on which relations that hold without negative amounts rest."""
        areas = self._areas()
        least = int(self.printed.places.min()) if len(self.printed.places) else 0
        if self.printed.filled.any():
            least = int(self.printed.places[self.printed.filled].min())
        return Formula(f"MIN({','.join(areas)})", printed(least))

    def step_formula(self, code: str) -> Formula:
        """The last place of a form's amounts: what udfs.printed.last_place says, live."""
        areas = self._areas(code)
        step = next((s for b, s in zip(self.printed.blocks, self.printed.steps, strict=True) if b.form.code == code), 1)
        measure = next((b.form.measure for b in self.printed.blocks if b.form.code == code), "")
        if not areas or step > 100 or FEN_PER_PLACE.get(measure) != 1:
            return Formula(f"{printed(step)}", printed(step))
        odd = "+".join(f"SUMPRODUCT(--(MOD(ROUND({area}*100,0),100)<>0))" for area in areas)
        return Formula(f"IF(IFERROR({odd},1)=0,1,0.01)", printed(step))

    def _areas(self, code: str = "") -> list[str]:
        """The amounts of all tables, or of one form's."""
        areas = []
        for block in self.printed.blocks:
            if block.rows and code in ("", block.form.code):
                first, last = block.cell(0, 0), block.cell(len(block.rows) - 1, len(block.block.columns) - 1)
                (sheet, start), (_, end) = self.printed.address(first), self.printed.address(last)
                areas.append(f"{sheet_name(sheet)}!{start}:{end}")
        return areas

    def _total(self, cells: tuple[int, ...], unit: int) -> str:
        """The sum of cells in a unit of so many fen; cells of tables in a larger measure are brought to it."""
        if self._only_scale == unit:
            return total(self._refer(cells)) if cells else "0"
        scales = [self._scale[c] // unit for c in cells]
        parts = []
        for scale in sorted(set(scales)):
            own = self._refer(tuple(c for c, s in zip(cells, scales, strict=True) if s == scale))
            parts.append(total(own) if scale == 1 else f"{total(own)}*{scale}")
        return "+".join(parts) or "0"

    def _texts(self, outcome: Outcome, unit: int, row: int, column: int) -> list[str]:
        """Both sides' labels and the five formulas of a relation: what does not change with the amounts."""
        relation = outcome.relation
        left, right, difference, allowed = (address(row, column + offset) for offset in (5, 6, 7, 8))
        every = self._refer(relation.left + relation.right)
        return [
            side_label(self.printed, relation.left),
            side_label(self.printed, relation.right),
            f"ROUND({self._total(relation.left, unit)},2)",
            f"ROUND({self._total(relation.right, unit)},2)",
            f"ROUND({left}-{right},2)",
            self._allowance(outcome, every, unit),
            self._verdict(outcome, every, difference, allowed),
        ]

    def _allowance(self, outcome: Outcome, every: Sequence[str], unit: int) -> str:
        cells = outcome.relation.left + outcome.relation.right
        # By code: a form is a large value, dear to hash.
        forms = list({form.code: form for form in (self.printed.block_of(c).form for c in cells)}.values())
        own = any(form.code in self.steps for form in forms)
        # One print against one misses by nothing, unless each may have a last place of its own.
        if len(cells) <= PAIR and not (own and len(forms) > 1):
            return "0"
        # In last places, where all tables have the same.
        alike = allowance_formula(count_of(every), f"MIN({','.join(every)})")
        if not own:
            return f"{alike}/100"
        steps = [self._step(form, unit) for form in forms]
        exact = Decimal(1) / unit / 100
        text = (
            f"IF({steps[0]}<={exact:f},0,{alike}*{steps[0]})"
            if min(self._scales(forms)) == 1
            else f"{alike}*{steps[0]}"
        )
        if len(forms) > 1:
            parts = []
            for form, step in zip(forms, steps, strict=True):
                of_form = tuple(c for c in cells if self.printed.block_of(c).form is form)
                counted = f"{count_of(self._refer(of_form))}*{step}"
                finest = FEN_PER_PLACE[form.measure] == 1
                parts.append(f"IF({step}<=0.01,0,{counted})" if finest else counted)
            same = ",".join(f"{steps[0]}={step}" for step in steps[1:])
            text = f"IF(AND({same}),{text},{mixed_allowance_formula(parts)})"
        return text

    def _scales(self, forms: Sequence[Form]) -> list[int]:
        return [FEN_PER_PLACE[form.measure] for form in forms]

    def _step(self, form: Form, unit: int) -> str:
        """A form's last place in units of a relation's sides."""
        weight = FEN_PER_PLACE[form.measure] // unit
        step = self.steps.get(form.code, "0.01")
        return step if weight == 1 else f"({step}*{weight})"

    def _verdict(self, outcome: Outcome, every: Sequence[str], difference: str, allowed: str) -> str:
        d = outcome.relation.declaration
        if outcome.ruled_out or outcome.status == UNDECIDED:
            return f'"{outcome.status}"'
        size = difference if d.kind == "bound" else f"ABS({difference})"
        text = f'IF(ROUND({size}-{allowed},2)<=0,"通过","不符")'
        text = f'IF({count_of(every)}=0,"{NOT_APPLICABLE}",{text})'
        conditions = [c for c in (self._condition(c, outcome) for c in d.when) if c]
        if conditions:
            text = f'IF(AND({",".join(conditions)}),{text},"{NOT_APPLICABLE}")'
        return text

    def _condition(self, condition: Condition, outcome: Outcome) -> str:
        if condition.kind == "below":
            return ""
        if condition.kind == "nonnegative":
            return f"{self.smallest}>=0"
        relation = outcome.relation
        if condition.kind == "rows":
            held = self.expansion.holds(condition, relation.row, relation.column)
            return "TRUE" if held else "FALSE"
        assert condition.left is not None
        left = self._refer(self.expansion.cells([condition.left], relation.row, relation.column))
        if condition.kind == "empty":
            return f"{count_of(left)}=0" if left else "TRUE"
        if condition.kind == "filled":
            refs = [condition.left, *condition.more]
            every = self._refer(self.expansion.cells(refs, relation.row, relation.column))
            return f"{count_of(every)}>0"
        assert condition.right is not None
        right = self._refer(self.expansion.cells([condition.right], relation.row, relation.column))
        compared = f"ROUND({total(left)}-{total(right)},2){condition.kind}0"
        return f"{compared},{count_of(left)}={count_of(right)}" if condition.kind == "=" else compared


def _row(outcome: Outcome, texts: Sequence[str]) -> list[object]:
    d = outcome.relation.declaration
    left, right, *formulas = texts
    amounts = (outcome.left, outcome.right, outcome.difference, outcome.allowed)
    stored: list[str | Decimal] = [*map(printed, amounts), outcome.status]
    written = [Formula(text, value) for text, value in zip(formulas, stored, strict=True)]
    return [d.number, d.grade, d.requirement, left, right, *written]


def sheet_name(sheet: str) -> str:
    """A sheet's name as a formula writes it."""
    return sheet if _PLAIN_NAME.fullmatch(sheet) else quoted(sheet)


def total(parts: Sequence[str]) -> str:
    """The sum of references."""
    return _spread("SUM", parts)


def count_of(parts: Sequence[str]) -> str:
    """The number of cells that hold a number."""
    return _spread("COUNT", parts)


def _spread(function: str, parts: Sequence[str]) -> str:
    if not parts:
        return "0"
    if len(parts) <= _MOST_ARGUMENTS:
        return f"{function}({','.join(parts)})"
    chunks = [parts[i : i + _MOST_ARGUMENTS] for i in range(0, len(parts), _MOST_ARGUMENTS)]
    return "(" + "+".join(f"{function}({','.join(chunk)})" for chunk in chunks) + ")"
