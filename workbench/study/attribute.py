"""What of a draft's effect is due to each of its edits, and what to their meeting: Shapley values, which add up.

The worth of some edits is what the draft would change with them alone. An edit's due is its share of the whole: what it
adds to the edits before it, averaged over all orders. Exact up to MOST edits; beyond, over orders drawn by a seed, each
of which adds up too, with a 95 % bound on the error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

import numpy as np
import polars as pl

from workbench.cases.prepared import PreparedCases
from workbench.engine.decision import DETERMINATIONS
from workbench.engine.setting import Setting
from workbench.study import metrics
from workbench.study.edits import Edits
from workbench.study.ledger import Ledger, Numbers
from workbench.study.metrics import AMOUNTS, COUNTS, counted
from workbench.study.outcomes import Outcome, Outcomes
from workbench.study.rates import NEWLY_REFERRED
from workbench.study.replay import About, replay
from workbench.study.rule_edits import RuleEdits

MOST = 12  # edits of which every combination is decided
ORDERS = 200  # drawn where there are more
MEASURES = (*COUNTS, NEWLY_REFERRED, *AMOUNTS, *DETERMINATIONS)
UNITS = {**metrics.UNITS, NEWLY_REFERRED: "requests"}


@dataclass(frozen=True)
class Attributed:
    """`table`: a row for each edit and measure: `edit`, `measure`, `unit`, `alone` (what the edit does by itself),
    `meeting` (what it has of the meeting of edits), `due` = alone + meeting, `last` (what would be lost without it),
    and, sampled, `low` and `high`, the 95 % bound of `due`. `due` adds up to `total` (draft − published), `exact` in
    fractions. `pairs` (exact only): for each two edits and measure, how much their meeting does by itself."""

    table: pl.DataFrame = field(repr=False)
    pairs: pl.DataFrame = field(repr=False)
    total: dict[str, int]
    exact: dict[tuple[str, str], Fraction] = field(repr=False)
    sampled: int  # orders drawn; 0: exact
    about: About


def attribute(
    cases: PreparedCases, published: Setting, drafted: Setting, *, orders: int = ORDERS, seed: int = 1
) -> Attributed:
    """Attribute what the draft of a setting changes of a published one, which differ in that alone. Raises ValueError
    for a setting without a draft."""
    if drafted.draft is None or not (drafted.draft.changes or drafted.draft.plans):
        raise ValueError("there is no draft whose edits could be told apart")
    return attribute_edits(cases, published, Edits(drafted), orders=orders, seed=seed)


def attribute_edits(
    cases: PreparedCases, published: Setting, edits: Edits | RuleEdits, *, orders: int = ORDERS, seed: int = 1
) -> Attributed:
    """Attribute what some edits together change of a published setting. Raises ValueError where there are none."""
    if not len(edits):
        raise ValueError("there are no edits that could be told apart")
    names = _names([e.name for e in edits.edits])
    ledger = Ledger(cases, published, replay(cases, published))
    if len(edits) <= MOST:
        worth = _every(ledger, edits)
        due, error, count = _exact(worth, len(edits)), None, 0
        whole = (1 << len(edits)) - 1
    else:
        worth, due, error = _drawn(ledger, edits, orders, seed)
        whole, count = (1 << len(edits)) - 1, orders
    rows, exact = [], {}
    for i, name in enumerate(names):
        alone, last = worth(1 << i), worth(whole) - worth(whole & ~(1 << i))
        for k, measure in enumerate(MEASURES):
            share = exact[name, measure] = due[i][k]
            half = None if error is None else error[i][k]
            rows.append(
                (name, measure, UNITS.get(measure, "requests"), float(alone[k]), float(share - int(alone[k])),
                 float(share), float(last[k]), None if half is None else float(share) - half,
                 None if half is None else float(share) + half)
            )  # fmt: skip
    columns = ["edit", "measure", "unit", "alone", "meeting", "due", "last", "low", "high"]
    schema = {c: pl.String if c in columns[:3] else pl.Float64 for c in columns}
    total = {m: int(v) for m, v in zip(MEASURES, worth(whole), strict=True)}
    pairs = _pairs(worth, names) if not count else _pairs(worth, [])
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return Attributed(table, pairs, total, exact, count, ledger.replay.about)


def measures(ledger: Ledger, outcome: Outcome) -> Numbers:
    """What an outcome changes, as whole numbers in the order of MEASURES."""
    rows, side = outcome.rows, outcome.side
    moved = [len(rows), ledger.episodes(rows), ledger.people_of(rows)]
    moved.append(int(ledger.newly_referred(rows, side.determination).sum()))
    for before, after in ((ledger.visits, side.visits), (ledger.weeks, side.weeks)):
        moved.append(int(np.maximum(after, 0).sum() - np.maximum(before[rows], 0).sum()))
    return np.array([*moved, *(counted(side.determination) - counted(ledger.determination[rows]))], dtype=np.int64)


Worth = Callable[[int], Numbers]  # a set of edits, by bits, → its measures


def _every(ledger: Ledger, edits: Edits | RuleEdits) -> Worth:
    """The worth of every combination, decided in one go."""
    n = len(edits)
    found = Outcomes(ledger, [edits.some(_chosen(s, n)) for s in range(1 << n)])
    known = [measures(ledger, found[s]) for s in range(1 << n)]
    return known.__getitem__


def _chosen(some: int, n: int) -> list[bool]:
    return [bool(some >> i & 1) for i in range(n)]


def _exact(worth: Worth, n: int) -> list[list[Fraction]]:
    weight = [Fraction(math.factorial(s) * math.factorial(n - s - 1), math.factorial(n)) for s in range(n)]
    out = []
    for i in range(n):
        by_size = [np.zeros(len(MEASURES), dtype=np.int64) for _ in range(n)]
        for s in range(1 << n):
            if not s >> i & 1:
                by_size[s.bit_count()] += worth(s | 1 << i) - worth(s)
        out.append(
            [
                sum((w * int(v[k]) for w, v in zip(weight, by_size, strict=True)), Fraction(0))
                for k in range(len(MEASURES))
            ]
        )
    return out


def _drawn(
    ledger: Ledger, edits: Edits | RuleEdits, orders: int, seed: int
) -> tuple[Worth, list[list[Fraction]], list[list[float]]]:
    """Over some orders, each with its reverse, which evens out what stands first: the mean of what each edit adds, and
    its 95 % bound by the empirical Bernstein inequality over the pairs, with the range that was drawn: standard errors
    alone are too small where an edit seldom meets the others."""
    n, by_chance = len(edits), Random(seed)
    half = max(2, orders // 2)
    walks = [by_chance.sample(range(n), n) for _ in range(half)]
    walks = [w for walk in walks for w in (walk, walk[::-1])]
    every = {0, (1 << n) - 1} | {1 << i for i in range(n)} | {((1 << n) - 1) & ~(1 << i) for i in range(n)}
    every |= {s for walk in walks for s in _prefixes(walk)}
    some = sorted(every)
    found = Outcomes(ledger, [edits.some(_chosen(s, n)) for s in some])
    known = {s: measures(ledger, found[k]) for k, s in enumerate(some)}
    added = np.zeros((len(walks), n, len(MEASURES)), dtype=np.int64)
    for k, walk in enumerate(walks):
        before = 0
        for i, after in zip(walk, _prefixes(walk), strict=True):
            added[k, i] = known[after] - known[before]
            before = after
    total = added.sum(axis=0)
    due = [[Fraction(int(v), len(walks)) for v in row] for row in total]
    pairs = (added[0::2] + added[1::2]) / 2
    risk = math.log(2 / 0.05)
    wide = 7 * (pairs.max(axis=0) - pairs.min(axis=0)) * risk / (3 * (half - 1))
    error = np.sqrt(2 * pairs.var(axis=0, ddof=1) * risk / half) + wide
    return known.__getitem__, due, error.tolist()


def _prefixes(walk: Sequence[int]) -> Iterator[int]:
    some = 0
    for i in walk:
        some |= 1 << i
        yield some


def _pairs(worth: Worth, names: Sequence[str]) -> pl.DataFrame:
    rows = []
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            met = worth(1 << i | 1 << j) - worth(1 << i) - worth(1 << j)
            rows += [
                (one, names[j], m, UNITS.get(m, "requests"), int(v)) for m, v in zip(MEASURES, met, strict=True) if v
            ]
    text = ("edit", "other", "measure", "unit")
    return pl.DataFrame(rows, schema={**dict.fromkeys(text, pl.String), "meeting": pl.Int64}, orient="row")


def _names(names: Sequence[str]) -> list[str]:
    """Each once: the second of a name is told apart by its place."""
    return [n if names.index(n) == i else f"{n} ({names[:i].count(n) + 1})" for i, n in enumerate(names)]
