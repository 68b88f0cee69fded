"""舍位平衡 on a published and on a mixed unit: everything adds up, the fewest cells move, and it can be undone."""

from __future__ import annotations

from pathlib import Path
from random import Random

import highspy
import numpy as np
import pytest
from msgspec import Struct

from tests.support.books import edited, read_tables, sheet_of
from tests.support.command import run_command
from tests.support.ledgers import Row, write_csv
from tests.support.published import UNIT
from tests.support.seeded import UNITS, tables_of
from tests.support.systems import permuted
from udfs.base.amounts import Flags, Ints
from udfs.reconciliation.balance import Balanced, balance
from udfs.reconciliation.expansion import Expansion
from udfs.reconciliation.relations import Matrix, build_matrix
from udfs.reconciliation.rounding import Adjustment, balance_tables
from udfs.reconciliation.system import System
from udfs.reconciliation.witness import Solver
from udfs.tables.derive import Table
from udfs.tables.printed import Printed, printed_tables
from workbook_templates.reading.edition import load_edition

#: Fen in one printed place.
PLACE = 10_000

#: A cell in every workbook: table, block, path of its row, column.
Key = tuple[str, str, str, str]


class Case(Struct, frozen=True):
    """A unit's tables before and after, and the relations that its exact amounts satisfy."""

    rows: list[Row]
    tables: tuple[Table, ...]
    rounded: Printed
    exact: Ints
    matrix: Matrix
    held: Flags
    balanced: Printed
    changes: tuple[Adjustment, ...]
    after: tuple[Table, ...]

    def system(self) -> System:
        return self.matrix.system(self.rounded, self.held)


def case_of(rows: list[Row]) -> Case:
    edition = load_edition()
    tables = tables_of(rows)
    rounded, exact = printed_tables(tables, {})
    matrix = build_matrix(Expansion(rounded, edition.codes).relations(edition.relations), rounded.scale)
    left = matrix.residuals(exact)
    held = np.where(matrix.bound, left <= 0, left == 0)
    after, changes = balance_tables(tables, edition)
    return Case(rows, tables, rounded, exact, matrix, held, printed_tables(after, {})[0], changes, after)


@pytest.fixture(scope="module", params=UNITS)
def case(request: pytest.FixtureRequest) -> Case:
    return case_of(UNITS[request.param]())


def keys_of(printed: Printed) -> list[Key]:
    return [
        (block.form.code, block.block.name, row.path, column.key)
        for block in printed.blocks
        for row in block.rows
        for column in block.block.columns
    ]


def answer(printed: Printed) -> dict[Key, int]:
    return dict(zip(keys_of(printed), printed.places.tolist(), strict=True))


# --- what the answer is -----------------------------------------------------------------------------------------------


def test_every_sum_is_exact_and_one_fact_prints_alike_everywhere(case: Case) -> None:
    before, after = case.matrix.residuals(case.rounded.places), case.matrix.residuals(case.balanced.places)
    assert np.any((before != 0) & ~case.matrix.bound & case.held), "nothing was to be balanced"
    kinds = np.array([r.declaration.kind for r in case.matrix.relations])
    for kind in ("sum", "identity"):
        assert not after[case.held & (kinds == kind)].any()
    assert np.all(after[case.held & case.matrix.bound] <= 0)


def test_no_cell_moves_by_more_than_one_unit_and_none_changes_its_sign(case: Case) -> None:
    moved = case.balanced.places - case.rounded.places
    assert np.abs(moved).max() == 1
    assert np.all(case.balanced.places * np.sign(case.exact) >= 0)


def test_zero_stays_empty(case: Case) -> None:
    assert not case.balanced.places[case.exact == 0].any()
    assert np.array_equal(case.balanced.filled, case.rounded.filled)


def test_the_yuan_and_the_labels_are_left_alone(case: Case) -> None:
    for before, after in zip(case.tables, case.after, strict=True):
        for part, new in zip(before.blocks, after.blocks, strict=True):
            assert np.array_equal(part.fen, new.fen)
            assert part.rows == new.rows


def test_the_cells_changed_are_listed(case: Case) -> None:
    moved = np.flatnonzero(case.balanced.places != case.rounded.places).tolist()
    assert [(c.sheet, c.cell) for c in case.changes] == [case.rounded.address(index) for index in moved]
    for change, index in zip(case.changes, moved, strict=True):
        assert change.rounded == f"{int(case.rounded.places[index]) / 100:.2f}"
        assert change.balanced == f"{int(case.balanced.places[index]) / 100:.2f}"


# --- that it is the best ----------------------------------------------------------------------------------------------


def fewest_changes(case: Case) -> tuple[float, int]:
    """The proved lower bound and the optimum of a model of its own: every cell by itself, another solver seed.

    Each cell prints its amount rounded down or up, or one unit beside; a switch says whether it is not half up.
    """
    count = len(case.exact)
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    model.setOptionValue("random_seed", 97)
    model.setOptionValue("mip_rel_gap", 0.0)
    up = [model.addBinary(obj=1.0) for _ in range(count)]
    down = [model.addBinary(obj=1.0) for _ in range(count)]
    infinity = highspy.kHighsInf
    for cell in range(count):
        amount, place = int(case.exact[cell]), int(case.rounded.places[cell])
        if amount == 0 or (amount < 0 and place == 0):
            model.changeColBounds(up[cell].index, 0.0, 0.0)
        if amount == 0 or (amount > 0 and place == 0):
            model.changeColBounds(down[cell].index, 0.0, 0.0)
    for i in np.flatnonzero(case.held).tolist():
        terms = slice(int(case.matrix.starts[i]), int(case.matrix.starts[i + 1]))
        cells, signs = case.matrix.cells[terms].tolist(), case.matrix.coefficients[terms].tolist()
        needed = -sum(s * int(case.rounded.places[c]) for c, s in zip(cells, signs, strict=True))
        columns = [up[c].index for c in cells] + [down[c].index for c in cells]
        values = [float(s) for s in signs] + [float(-s) for s in signs]
        low = -infinity if case.matrix.bound[i] else float(needed)
        model.addRow(low, float(needed), len(columns), np.array(columns, np.int32), np.array(values))
    model.run()
    assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return model.getInfo().mip_dual_bound, round(model.getObjectiveValue())


def test_an_independent_model_proves_that_no_fewer_cells_do(case: Case) -> None:
    bound, optimum = fewest_changes(case)
    assert len(case.changes) == optimum
    assert bound > optimum - 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_relations_does_not_matter(case: Case, seed: int) -> None:
    system = case.system()
    order = np.random.default_rng(seed).permutation(system.relations).tolist()
    found = balance(case.exact, permuted(system, order), PLACE)
    assert isinstance(found, Balanced)
    assert np.array_equal(found.places, case.balanced.places)


@pytest.mark.parametrize("seed", [7, 12_345])
def test_the_seed_of_the_solver_does_not_matter(case: Case, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Solver.__init__
    seeds = []

    def other(self: Solver) -> None:
        made(self)
        self.setOptionValue("random_seed", seed)
        seeds.append(self.getOptionValue("random_seed")[1])

    monkeypatch.setattr(Solver, "__init__", other)
    after, changes = balance_tables(case.tables, load_edition())
    assert set(seeds) == {seed}
    assert changes == case.changes
    assert np.array_equal(printed_tables(after, {})[0].places, case.balanced.places)


def test_the_answer_is_the_same_on_every_run(case: Case) -> None:
    _, changes = balance_tables(case.tables, load_edition())
    assert changes == case.changes


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_order_of_ledger_rows_does_not_matter(case: Case, seed: int) -> None:
    """Projects then stand in another order, but no figure changes."""
    other = case_of(Random(seed).sample(case.rows, len(case.rows)))
    assert keys_of(other.rounded) != keys_of(case.rounded)
    assert answer(other.rounded) == answer(case.rounded)
    assert answer(other.balanced) == answer(case.balanced)


def test_what_is_balanced_stays_as_it_is(case: Case) -> None:
    again, _ = balance_tables(case.after, load_edition())
    assert np.array_equal(printed_tables(again, {})[0].places, case.balanced.places)


# --- through files ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=UNITS)
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    ledger = write_csv(tmp_path / "明细.csv", UNITS[request.param]())
    done = run_command("new", tmp_path / "book.xlsx", "--ledger", ledger, "--unit", UNIT)
    assert done.code == 0, done.err
    return tmp_path / "book.xlsx"


def test_it_is_undone_by_no_longer_asking(book: Path, tmp_path: Path) -> None:
    done = run_command("fill", book, "-o", tmp_path / "balanced.xlsx", "--balance")
    assert done.code == 0, done.err
    assert "舍位平衡调整了" in done.out
    balanced = read_tables(tmp_path / "balanced.xlsx")
    assert balanced != read_tables(book)

    def decline(workbook: object) -> None:
        for line in sheet_of(workbook, "基础信息").iter_rows(max_col=2):  # type: ignore[arg-type]
            if line[0].value == "舍位平衡":
                line[1].value = "否"

    again = edited(tmp_path / "balanced.xlsx", tmp_path / "declined.xlsx", decline)
    assert run_command("fill", again, "-o", tmp_path / "undone.xlsx").code == 0
    assert read_tables(tmp_path / "undone.xlsx") == read_tables(book)


def test_a_balanced_workbook_is_filled_alike_again_and_validates(book: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    assert run_command("fill", book, "-o", first, "--balance").code == 0
    assert run_command("fill", first, "-o", second).code == 0
    assert read_tables(second) == read_tables(first)
    done = run_command("validate", second)
    assert done.code == 0, done.out
    assert "尾差" not in done.out
