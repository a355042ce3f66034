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
_CLOSE = 1e-6
_REWARD = 1e-4  # in all below any price, so that nothing is hidden for it


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
        small = 0 < count < THRESHOLD or (count > 0 and people is not None and 0 < people < THRESHOLD)
        self.counts.append(count)
        self.small.append(small)
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
        entries = [
            (row, cell, sign)
            for row, (total, parts) in enumerate(self.sums)
            for cell, sign in ((total, -1.0), *((p, 1.0) for p in parts))
        ]
        rows, cells, signs = zip(*entries, strict=True) if entries else ((), (), ())
        return sparse.csr_matrix((signs, (rows, cells)), shape=(len(self.sums), len(self.counts)))


@dataclass(frozen=True)
class _System:
    counts: np.ndarray
    least: np.ndarray
    sums: sparse.csr_matrix  # a row a sum, which comes to 0: −1 for the total, 1 for each part


def _protect(system: _System, small: np.ndarray, unseen: np.ndarray, cost: np.ndarray) -> np.ndarray:
    hidden, counts = small | unseen, system.counts
    # Rather a cell of middling size: a large one tells more, and a very small one can not give eleven away.
    weight = cost * (1 + np.log10(counts + 1) + THRESHOLD / (counts + 1))
    # Small cells that were not yet seen at the target in a table that agrees with all that is shown.
    waiting = {float(THRESHOLD): small & (counts < THRESHOLD), 0.0: small & (counts > 0)}
    for cell in sorted(np.flatnonzero(small), key=lambda i: -counts[i]):
        for target in waiting:
            if waiting[target][cell]:
                table = counts + _change(system, np.where(hidden, 0.0, weight), int(cell), target, waiting[target])
                hidden |= np.abs(table - counts) > _CLOSE
                waiting[float(THRESHOLD)] &= table < THRESHOLD - _CLOSE
                waiting[0.0] &= table > _CLOSE
    found: np.ndarray = hidden
    return found


def _change(system: _System, weight: np.ndarray, cell: int, target: float, waiting: np.ndarray) -> np.ndarray:
    """The cheapest change of the cells that keeps the sums, leaves none below its least and brings `cell` to `target`;
    among the cheapest, one that brings as many of those `waiting` there as well, so that few are left to be sought.

    There always is one: requests like those of the cell, added to it or taken away, change every sum alike.
    """
    counts, sums, up = system.counts, system.sums, target > 0
    spare = counts - system.least
    free, dear = np.flatnonzero(weight == 0), np.flatnonzero(weight)
    also = np.setdiff1d(np.flatnonzero(waiting), [cell])
    need = np.abs(target - counts[also])
    # Variables: the change of each free cell; what each dear cell gains, and loses; how far each waiting cell comes.
    low = np.concatenate([-spare[free], np.zeros(2 * len(dear)), np.full(len(also), -np.inf)])
    high = np.concatenate([np.full(len(free) + len(dear), np.inf), spare[dear], need])
    at = int(np.searchsorted(free, cell))
    low[at] = high[at] = target - counts[cell]
    price = np.concatenate([np.zeros(len(free)), weight[dear], weight[dear], -_REWARD / need])
    keep = sparse.hstack(
        [sums[:, free], sums[:, dear], -sums[:, dear], sparse.csr_matrix((sums.shape[0], len(also)))], format="csr"
    )
    # How far a waiting cell comes is at most what it gains (or loses, on the way down).
    rows, by = np.arange(len(also)), np.ones(len(also))
    places = np.concatenate([len(free) + 2 * len(dear) + rows, np.searchsorted(free, also)])
    come = sparse.csr_matrix(
        (np.concatenate([by, -by if up else by]), (np.concatenate([rows, rows]), places)), shape=(len(also), len(price))
    )
    for method in ("highs", "highs-ipm"):
        result = linprog(
            price,
            A_eq=keep,
            b_eq=np.zeros(keep.shape[0]),
            A_ub=come,
            b_ub=np.zeros(len(also)),
            bounds=np.column_stack([low, high]),
            method=method,
        )
        if result.status == 0:
            break
    else:
        raise NotSolved(result.message)
    change = np.zeros(len(counts))
    change[free] = result.x[: len(free)]
    change[dear] = result.x[len(free) : len(free) + len(dear)] - result.x[len(free) + len(dear) :][: len(dear)]
    return change


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
        if len(cells) != len(rows) or any(len(row) != len(columns) for row in cells):
            raise ValueError("the cells are not one for each row and column")
        counts = tuple(tuple(int(n) for n in row) for row in cells)
        return cls(
            tuple(rows),
            tuple(columns),
            counts,
            tuple(sum(row) for row in counts),
            tuple(sum(column) for column in zip(*counts, strict=True)) if counts else (0,) * len(columns),
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
    inner = [[cells.add(n) for n in row] for row in counts]
    by_row = [cells.add(_known(n), cost=10) for n in table.row_totals]
    by_column = [cells.add(_known(n), cost=10) for n in table.column_totals]
    total = cells.add(_known(table.total), cost=100)
    for total_cell, row in zip(by_row, inner, strict=True):
        cells.bind(total_cell, row)
    for i, total_cell in enumerate(by_column):
        cells.bind(total_cell, [row[i] for row in inner])
    cells.bind(total, by_row)
    hidden = cells.protect()
    shown = [None if h else n for h, n in zip(hidden, cells.counts, strict=True)]
    return Table(
        table.rows,
        table.columns,
        tuple(tuple(shown[i] for i in row) for row in inner),
        tuple(shown[i] for i in by_row),
        tuple(shown[i] for i in by_column),
        shown[total],
    )


def _known(count: int | None) -> int:
    if count is None:
        raise ValueError("a count is hidden already")
    return count
