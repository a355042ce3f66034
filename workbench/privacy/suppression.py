"""Small cells hidden so that they can not be found out again, in tables whose cells add up to one another.

A count from 1 to 10 is small and is hidden; zero may be shown (CMS cell suppression policy). Hiding it alone is not
enough where a total and its other parts stand beside it, so more cells are hidden, until this holds for each small
cell: among all tables of counts, none below zero, that agree with every number shown, one has 0 in its place and one
has 11 or more. Then arithmetic tells neither its value nor that it is small.

The method is linear programming over the sums that bind the cells: for each small cell that is not yet protected, the
cheapest change of the table that brings it to 0, and to 11, is sought, and whatever else must change for that is
hidden too. Statement of the problem: Fischetti and Salazar, "Solving the Cell Suppression Problem on Tabular Data with
Linear Constraints", Management Science 2001. The bounds are those of linear programming: in one table of rows and
columns also those of whole numbers; in linked tables whole numbers could at most narrow them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

THRESHOLD = 11  # the smallest count, above zero, that may be shown
_PLACES = 6  # of what the solver finds; beyond is its noise


class NotSolved(RuntimeError):
    """The solver gave up; nothing may be released then."""


@dataclass
class Cells:
    """Counts and the sums that bind them. `add` gives a cell its number, `bind` says that a cell is the sum of others.

    `cost` says how much is lost when a cell is hidden that need not be. A cell with `shown=False` is in no table, but
    could be worked out from those that are: it is guarded like the others. `least` is what everyone knows it to be at
    the least.
    """

    counts: list[int] = field(default_factory=list)
    small: list[bool] = field(default_factory=list)
    hidden: list[bool] = field(default_factory=list)
    least: list[int] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    sums: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def add(
        self, count: int, people: int | None = None, *, cost: float = 1.0, shown: bool = True, least: int = 0
    ) -> int:
        """A new cell; its number. Small are 1 to 10, of whatever is counted or of the `people` behind it."""
        if not 0 <= least <= count:
            raise ValueError(f"{count} is no count, or less than what it is known to be")
        self.counts.append(count)
        self.small.append(0 < min(count, count if people is None else people) < THRESHOLD)
        self.hidden.append(not shown)
        self.least.append(least)
        self.cost.append(cost)
        return len(self.counts) - 1

    def bind(self, total: int, parts: Sequence[int]) -> None:
        if self.counts[total] != sum(self.counts[p] for p in parts):
            raise ValueError("the parts do not add up to their total")
        self.sums.append((total, tuple(parts)))

    def protect(self) -> list[bool]:
        """Which cells to hide: the small ones and as many others as it takes."""
        system = _System(np.array(self.counts, dtype=float), np.array(self.least, dtype=float), self._matrix())
        return [bool(h) for h in _protect(system, np.array(self.small), np.array(self.hidden), np.array(self.cost))]

    def _matrix(self) -> sparse.csr_matrix:
        matrix = sparse.lil_matrix((len(self.sums), len(self.counts)))
        for row, (total, parts) in enumerate(self.sums):
            matrix[row, list(parts)] = 1
            matrix[row, total] = -1
        return matrix.tocsr()


@dataclass(frozen=True)
class _System:
    counts: np.ndarray
    least: np.ndarray
    sums: sparse.csr_matrix  # a row a sum, which comes to 0: −1 for the total, 1 for each part


def _protect(system: _System, small: np.ndarray, unseen: np.ndarray, cost: np.ndarray) -> np.ndarray:
    hidden: np.ndarray = small | unseen
    size = system.counts + 1
    # Rather a cell of middling size: a large one tells more, and a very small one can not give eleven away.
    weight = cost * (np.log10(size) + THRESHOLD / size)
    # The least and the most that each cell is in the tables found so far; all of these agree with what is shown.
    fewest = most = system.counts
    for cell in sorted(np.flatnonzero(small), key=lambda i: -size[i]):
        for target in (THRESHOLD, 0):
            if not fewest[cell] <= target <= most[cell]:
                table = _nearest(system, np.where(hidden, 0, weight), int(cell), target)
                hidden |= table != system.counts
                fewest, most = np.minimum(fewest, table), np.maximum(most, table)
    return hidden


def _nearest(system: _System, price: np.ndarray, cell: int, target: int) -> np.ndarray:
    """The table with `target` in the place of `cell` that is had by the cheapest change, keeps the sums and leaves no
    cell below its least.

    There always is one: requests like those of the cell, added to it or taken away, change every sum alike.
    """
    every = sparse.identity(len(price))
    moves = sparse.hstack([every, -every], format="csr")  # what each cell gains, then what each loses
    spare = system.counts - system.least
    low = np.concatenate([np.where(price, 0, -spare), np.zeros(len(price))])
    high = np.concatenate([np.full(len(price), np.inf), np.where(price, spare, 0)])
    low[cell] = high[cell] = target - system.counts[cell]
    for method in ("highs", "highs-ipm"):
        result = linprog(
            np.tile(price, 2),
            A_eq=system.sums @ moves,
            b_eq=np.zeros(system.sums.shape[0]),
            bounds=np.column_stack([low, high]),
            method=method,
        )
        if result.status == 0:
            found: np.ndarray = np.round(system.counts + moves @ result.x, _PLACES)
            return found
    raise NotSolved(result.message)


@dataclass(frozen=True)
class Table:
    """Counts by row and column with their totals; None is a count that is hidden."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None

    @classmethod
    def of(cls, rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[int]]) -> Table:
        """A table of counts, with its totals. Raises ValueError where the shape is not rows × columns."""
        if [len(row) for row in cells] != [len(columns)] * len(rows):
            raise ValueError("the cells are not one for each row and column")
        counts = tuple(tuple(int(n) for n in row) for row in cells)
        return cls(
            tuple(rows),
            tuple(columns),
            counts,
            tuple(sum(row) for row in counts),
            tuple(sum(row[j] for row in counts) for j in range(len(columns))),
            sum(map(sum, counts)),
        )


def suppress(table: Table) -> Table:
    """The table as it may be released: small counts hidden, and others so that none can be found out (see above).

    A table without small counts comes back as it is. Raises ValueError where a count is negative or hidden already, or
    where the totals are not those of the cells; NotSolved where the solver gives up.
    """
    counts = [[_known(n) for n in row] for row in table.cells]
    if table != Table.of(table.rows, table.columns, counts):
        raise ValueError("the totals are not those of the cells")
    cells = Cells()

    def total(parts: Sequence[int]) -> int:
        """A cell that is the sum of others, and as dear as all of them: totals are kept before single cells."""
        number = cells.add(sum(cells.counts[p] for p in parts), cost=len(parts))
        cells.bind(number, parts)
        return number

    inner = [[cells.add(n) for n in row] for row in counts]
    by_row = [total(row) for row in inner]
    by_column = [total([row[j] for row in inner]) for j in range(len(table.columns))]
    whole = total([number for row in inner for number in row])
    hidden = cells.protect()
    shown = [None if h else n for h, n in zip(hidden, cells.counts, strict=True)]
    return Table(
        table.rows,
        table.columns,
        tuple(tuple(shown[i] for i in row) for row in inner),
        tuple(shown[i] for i in by_row),
        tuple(shown[i] for i in by_column),
        shown[whole],
    )


def _known(count: int | None) -> int:
    if count is None:
        raise ValueError("a count is hidden already")
    return count
