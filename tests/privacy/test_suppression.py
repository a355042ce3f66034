"""Small cells: whoever has the released table, and all of arithmetic, can not find them out again.

The attacks here are written anew from what is released alone; they share no code with the suppression.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from workbench.privacy.suppression import THRESHOLD, Cells, Table, suppress

COUNTS = st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 3000))
TABLES = st.integers(1, 5).flatmap(
    lambda columns: st.lists(st.lists(COUNTS, min_size=columns, max_size=columns), min_size=1, max_size=6)
)

# Every table of two rows and columns with counts up to 24: a partner of at most 14 gains at most 10.
GUESSES = np.indices((25,) * 4).reshape(4, -1)


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


@pytest.mark.parametrize("n", [0, 1, 2, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1])
@pytest.mark.parametrize("others", [(11, 400, 500), (30, 40, 50), (1, 1, 1), (10, 10, 10), (0, 12, 0), (1, 400, 11)])
def test_at_the_ends_of_what_is_small(n: int, others: tuple[int, int, int]) -> None:
    a, b, c = others
    for cells in ([[n, a], [b, c]], [[n, a, b], [c, 20, 30]], [[n], [a], [b]], [[n, n], [n, a]]):
        is_safe(cells)


@pytest.mark.parametrize(
    "cells",
    [
        [[5, 40, 40], [40, 4, 40], [40, 40, 40]],  # the fourth corner can lose one too few
        [[2, 40, 40], [40, 1, 40], [40, 40, 40]],
        [[5, 5, 40], [40, 40, 40], [40, 40, 40]],  # the partner can give one too few
        [[1, 10, 40], [40, 40, 40], [40, 40, 40]],
        [[1, 9, 40], [40, 40, 40], [40, 40, 40]],
        [[1, 15], [20, 0]],  # what can gain ten can not lose one
        [[1, 10], [10, 0]],
        [[10, 1], [0, 10]],
        [[1, 0, 30], [30, 0, 30], [30, 40, 30]],
    ],
)
def test_where_a_partner_can_give_one_too_few(cells: list[list[int]]) -> None:
    is_safe(cells)


# A request counted in one group of each of two groupings: how many such, whether few people have them, whether it is
# known that they are many, whether any table shows them.
LEAVES = st.lists(
    st.tuples(COUNTS, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 1), st.integers(0, 2)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@example([(12, True, False, True, 0, 0), (11, True, False, True, 0, 1), (1, False, False, True, 0, 2)])
@example([(5, False, False, True, 0, 0), (15, False, True, True, 0, 1), (40, False, False, True, 0, 2)])
@given(LEAVES)
def test_tables_that_share_their_requests_tell_no_more(leaves: list[tuple[int, bool, bool, bool, int, int]]) -> None:
    cells = Cells()
    for count, few, known, shown, _, _ in leaves:
        least = THRESHOLD if known and not few and count >= THRESHOLD else 0
        cells.add(count, people=min(count, 3) if few else None, shown=shown, least=least)
    for place in (4, 5):
        for group in {leaf[place] for leaf in leaves}:
            parts = [i for i, leaf in enumerate(leaves) if leaf[place] == group]
            counts = [leaves[i][0] for i in parts]
            many = sum(n for n, i in zip(counts, parts, strict=True) if not leaves[i][1]) >= THRESHOLD
            cells.bind(cells.add(sum(counts), cost=place, least=THRESHOLD if many else 0), parts)
    hidden = cells.protect()
    told = np.array([0.0 if h else 1.0 for h in hidden])
    # One unknown a cell; shown ones are what they are.
    left = [np.diag(told)]
    for total, parts in cells.sums:
        row = np.zeros(len(told))
        row[list(parts)], row[total] = 1, -1
        left.append(row[None])
    right = np.concatenate([told * cells.counts, np.zeros(len(cells.sums))])
    for i, count in enumerate(cells.counts):
        few = i < len(leaves) and leaves[i][1] and count > 0
        assert hidden[i] or not (0 < count < THRESHOLD or few or i < len(leaves) and not leaves[i][3])
        if 0 < count < THRESHOLD or few:
            low, high = (
                linprog(
                    sign * np.eye(len(told))[i],
                    A_eq=np.vstack(left),
                    b_eq=right,
                    bounds=[(n, None) for n in cells.least],
                )
                for sign in (1, -1)
            )
            assert low.fun < 1e-6 and (high.status == 3 or high.fun < 1e-6 - THRESHOLD), (i, low, high)


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


@pytest.mark.parametrize(
    "cells, told",
    [
        # One small cell takes three partners, of middling size, and leaves the totals.
        (
            [[500, 5, 400], [300, 70, 90], [200, 100, 80]],
            [[500, None, None, 905], [300, None, None, 460], [200, 100, 80, 380], [1000, 175, 570, 1745]],
        ),
        # What is hidden anyway is the partner: three small ones take one more.
        (
            [[8, 8, 40], [8, 40, 40], [40, 40, 40]],
            [[None, None, 40, 56], [None, None, 40, 88], [40, 40, 40, 120], [56, 88, 120, 264]],
        ),
        # Nothing to be a partner but a total.
        ([[7, 0], [0, 50]], [[None, 0, None], [0, 50, 50], [None, 50, None]]),
        # A column of which everything is known from its total.
        ([[5], [12], [24], [400]], [[None, None], [12, 12], [None, None], [400, 400], [441, 441]]),
    ],
)
def test_exactly_these_are_told(cells: list[list[int]], told: list[list[int | None]]) -> None:
    assert entries(suppress(table(cells))) == told


@pytest.mark.parametrize(
    "rather, than",
    [
        ((24, 1), (12, 1)),  # a cell of middling size
        ((24, 1), (60, 1)),
        ((51, 1), (13, 1)),
        ((13, 1), (55, 1)),
        ((400, 1), (24, 2)),  # one that costs less
        ((24, None), (24, 1.01)),  # which is 1 unless something else is said
        ((24, 0.99), (24, None)),
    ],
)
def test_which_partner_is_hidden(rather: tuple[int, float | None], than: tuple[int, float | None]) -> None:
    for order in ((rather, than), (than, rather)):
        cells = Cells()
        parts = [cells.add(5)]
        parts += [cells.add(n) if cost is None else cells.add(n, cost=cost) for n, cost in order]
        cells.bind(cells.add(sum(cells.counts), cost=1000), parts)
        assert cells.protect() == [True, order[0] == rather, order[1] == rather, False]


def test_a_table_whose_totals_do_not_fit_is_refused() -> None:
    whole = table([[20, 30]])
    with pytest.raises(ValueError, match="totals"):
        suppress(Table(whole.rows, whole.columns, whole.cells, (51,), whole.column_totals, 50))
    with pytest.raises(ValueError, match="hidden already"):
        suppress(suppress(table([[5, 30]])))
    with pytest.raises(ValueError, match="no count"):
        suppress(table([[-20, 30]]))
    for cells in ([[1, 2], [3, 4]], [[1], [2], [3]], [[1]], [[1], [2, 3]]):
        with pytest.raises(ValueError, match="one for each"):
            Table.of(["a", "b"], ["c"], cells)


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


@given(TABLES)
def test_no_small_cell_can_be_derived_nor_known_to_be_small(cells: list[list[int]]) -> None:
    is_safe(cells)


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
