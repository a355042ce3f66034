"""Small cells: whoever has the released table, and all of arithmetic, can not find them out again.

The attacks here are written anew from what is released alone; they share no code with the suppression.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from workbench.privacy.suppression import THRESHOLD, Cells, Table, suppress

COUNTS = st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 3000))
TABLES = st.integers(1, 5).flatmap(
    lambda columns: st.lists(st.lists(COUNTS, min_size=columns, max_size=columns), min_size=1, max_size=6)
)

GUESSES = np.indices((30,) * 4).reshape(4, -1)  # every table of two rows and columns with counts below 30


def table(cells: list[list[int]]) -> Table:
    return Table.of([f"r{i}" for i in range(len(cells))], [f"c{i}" for i in range(len(cells[0]))], cells)


def entries(shown: Table) -> list[list[int | None]]:
    """The whole grid, totals last."""
    return [[*row, total] for row, total in zip(shown.cells, shown.row_totals, strict=True)] + [
        [*shown.column_totals, shown.total]
    ]


def derivable(shown: Table) -> dict[tuple[int, int], tuple[float, float]]:
    """The least and the most that each hidden entry can be, given all that is shown."""
    grid = entries(shown)
    high, wide = len(grid) - 1, len(grid[0]) - 1

    def inside(i: int, j: int) -> np.ndarray:
        """An entry as a sum of inner cells."""
        chosen = np.zeros((high, wide))
        chosen[slice(None) if i == high else i, slice(None) if j == wide else j] = 1
        return chosen.ravel()

    known = [(inside(i, j), n) for i, row in enumerate(grid) for j, n in enumerate(row) if n is not None]
    left, right = ([row for row, _ in known], [n for _, n in known]) if known else (None, None)
    bounds = {}
    for i, row in enumerate(grid):
        for j, n in enumerate(row):
            if n is None:
                ends = [linprog(sign * inside(i, j), A_eq=left, b_eq=right, bounds=(0, None)) for sign in (1, -1)]
                bounds[i, j] = (ends[0].fun, np.inf if ends[1].status == 3 else -ends[1].fun)
    return bounds


def is_safe(cells: list[list[int]]) -> None:
    """Each small cell is hidden, and by all that is shown could be nothing, and could be one that may be shown."""
    whole = table(cells)
    shown = suppress(whole)
    bounds = derivable(shown)
    for i, (row, told) in enumerate(zip(entries(whole), entries(shown), strict=True)):
        for j, (true, n) in enumerate(zip(row, told, strict=True)):
            assert n is None or n == true
            if 0 < true < THRESHOLD:
                assert n is None
                low, high = bounds[i, j]
                assert low < 1e-6 and high > THRESHOLD - 1e-6, (true, bounds[i, j])


@given(TABLES)
def test_no_small_cell_can_be_derived_nor_known_to_be_small(cells: list[list[int]]) -> None:
    is_safe(cells)


@pytest.mark.parametrize("n", [0, 1, 2, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1])
@pytest.mark.parametrize("others", [(11, 400, 500), (30, 40, 50), (1, 1, 1), (10, 10, 10), (0, 12, 0), (1, 400, 11)])
def test_at_the_ends_of_what_is_small(n: int, others: tuple[int, int, int]) -> None:
    a, b, c = others
    for cells in ([[n, a], [b, c]], [[n, a, b], [c, 20, 30]], [[n], [a], [b]], [[n, n], [n, a]]):
        is_safe(cells)


@pytest.mark.parametrize(
    "count, people, small",
    [(40, 11, False), (40, 10, True), (40, 1, True), (40, 0, False), (40, None, False), (10, 10, True), (0, 0, False),
     (1, 1, True), (11, 11, False), (11, None, False), (10, None, True), (1, None, True), (0, None, False)],
)  # fmt: skip
def test_small_is_from_one_to_ten_of_what_is_counted_or_of_people(count: int, people: int | None, small: bool) -> None:
    cells = Cells()
    cells.add(count, people=people)
    assert cells.small == [small]


@given(TABLES)
def test_a_table_without_small_cells_is_as_it_was(cells: list[list[int]]) -> None:
    whole = table([[n if n == 0 or n >= THRESHOLD else n + THRESHOLD for n in row] for row in cells])
    assert suppress(whole) == whole


@given(st.lists(st.lists(st.integers(0, 14), min_size=2, max_size=2), min_size=2, max_size=2))
def test_whole_numbers_tell_no_more(cells: list[list[int]]) -> None:
    """Every table of small numbers that agrees with what is shown, tried one by one."""
    whole = table(cells)
    a, b, c, d = GUESSES
    guesses = [[a, b, a + b], [c, d, c + d], [a + c, b + d, a + b + c + d]]
    agree = np.ones(len(a), dtype=bool)
    for row, guessed in zip(entries(suppress(whole)), guesses, strict=True):
        for n, guess in zip(row, guessed, strict=True):
            agree &= n is None or guess == n
    for row, guessed in zip(entries(whole), guesses, strict=True):
        for true, guess in zip(row, guessed, strict=True):
            if 0 < true < THRESHOLD:
                assert set(range(THRESHOLD + 1)) <= set(guess[agree].tolist())


@pytest.mark.parametrize(
    "cells, hidden",
    [
        ([[40, 0], [0, 25]], set()),  # zeros may be shown
        ([[500, 5, 40], [30, 70, 90]], {(0, 1)}),  # and so on: at least this one
        ([[11, 11], [11, 11]], set()),
        ([[10, 11], [11, 11]], {(0, 0)}),
        ([[3, 4], [2, 1]], {(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2), (2, 0), (2, 1), (2, 2)}),
        ([[3]], {(0, 0), (0, 1), (1, 0), (1, 1)}),
    ],
)
def test_at_least_these_are_hidden(cells: list[list[int]], hidden: set[tuple[int, int]]) -> None:
    told = entries(suppress(table(cells)))
    found = {(i, j) for i, row in enumerate(told) for j, n in enumerate(row) if n is None}
    assert hidden <= found and bool(hidden) == bool(found)


def test_one_small_cell_takes_three_partners_and_leaves_the_totals() -> None:
    shown = suppress(table([[500, 5, 400], [300, 70, 90], [200, 100, 80]]))
    assert None not in (*shown.row_totals, *shown.column_totals, shown.total)
    assert sum(n is None for row in shown.cells for n in row) == 4


def test_a_table_whose_totals_do_not_fit_is_refused() -> None:
    whole = table([[20, 30]])
    with pytest.raises(ValueError, match="totals"):
        suppress(Table(whole.rows, whole.columns, whole.cells, (51,), whole.column_totals, 50))
    with pytest.raises(ValueError, match="hidden already"):
        suppress(suppress(table([[5, 30]])))
    with pytest.raises(ValueError, match="no count"):
        suppress(table([[-20, 30]]))
    with pytest.raises(ValueError, match="one for each"):
        Table.of(["a"], ["b"], [[1, 2]])


def test_a_cell_is_small_by_the_people_behind_it_too() -> None:
    cells = Cells()
    parts = [cells.add(40, people=7), cells.add(60, people=50), cells.add(0, people=0)]
    total = cells.add(100, people=55, cost=10)
    cells.bind(total, parts)
    assert cells.protect()[:2] == [True, True]


def test_what_is_known_of_a_cell_counts_against_it() -> None:
    """A partner that is known to have 11 can give away less: another one is needed."""
    for least, hidden in ((0, 2), (THRESHOLD, 3)):
        cells = Cells()
        parts = [cells.add(5), cells.add(13, least=least), cells.add(400)]
        cells.bind(cells.add(418, cost=1000), parts)
        assert sum(cells.protect()) == hidden
