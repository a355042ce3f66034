"""A second opinion on intervals: people drawn anew (the cluster bootstrap), several drafts at once, and how many people
it takes to see a difference.

People are drawn with replacement, each with all requests; a request of nobody known stands for itself. Members whose
requests add up to the same numbers are drawn together (a multinomial draw over kinds of members), which is the same
distribution and far quicker. The same draws serve every draft, so that drafts are compared on the same people.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import stats

from workbench.study.rates import FEATURES, RATES, Rate, as_draft, features, rates, weights
from workbench.study.replay import About, Replay

LEVEL = 0.95
_N = len(FEATURES)
_CELLS = 20_000_000  # draws held at once


@dataclass(frozen=True)
class Kinds:
    """Members by what their requests add up to: kinds × (sides × features), and how many members are of each."""

    sums: np.ndarray
    members: np.ndarray

    @classmethod
    def of(cls, sides: Sequence[np.ndarray], member: pl.Series) -> Kinds:
        """`sides` are requests × features, of published and of each draft."""
        whole = pl.DataFrame(np.hstack(sides)).with_columns(member.alias("member"))
        named = whole.filter(pl.col("member").is_not_null()).group_by("member").sum().drop("member")
        alone = whole.filter(pl.col("member").is_null()).drop("member")
        found = pl.concat([named, alone]).group_by(pl.all()).len("members")
        found = found.sort(pl.all())  # so that a seed gives the same draws
        return cls(found.drop("members").to_numpy(), found["members"].to_numpy().astype(np.int64))

    def drawn(self, replicates: int, seed: int) -> np.ndarray:
        """Replicates × (sides × features): the sums of as many members drawn with replacement."""
        rng = np.random.default_rng(seed)
        total = int(self.members.sum())
        share = self.members / total
        step = max(1, _CELLS // max(1, len(share)))
        parts = [
            rng.multinomial(total, share, size=min(step, replicates - i)) @ self.sums
            for i in range(0, replicates, step)
        ]
        return np.vstack(parts)


@dataclass(frozen=True)
class Resampled:
    """`table` has a row for each rate: draft − published with the interval of rates.py (`low`, `high`) and that of the
    bootstrap (`boot_low`, `boot_high`), its standard errors both ways. Shares of 1."""

    table: pl.DataFrame = field(repr=False)
    replicates: int
    seed: int
    members: int
    draft: About


def _share(sums: np.ndarray, name: str, side: int) -> np.ndarray:
    over, under = weights()[name]
    block = sums[:, side * _N : (side + 1) * _N]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((block @ over) / (block @ under))


def bootstrap(pair: pl.DataFrame, draft: About, *, replicates: int = 2000, seed: int = 1) -> Resampled:
    """The differences of a paired frame, each with two intervals. Raises ValueError below 100 replicates."""
    if replicates < 100:
        raise ValueError("an interval of 95 % takes at least 100 replicates")
    kinds = Kinds.of([features(pair), features(as_draft(pair))], pair["member_id"])
    drawn = kinds.drawn(replicates, seed)
    known = {r.name: r for r in rates(pair)}
    members = int(kinds.members.sum())
    rows = []
    for kind in RATES:
        rate = known[kind.name]
        moved = _share(drawn, kind.name, 1) - _share(drawn, kind.name, 0)
        moved = moved[np.isfinite(moved)]
        ends = np.quantile(moved, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(moved) else (np.nan, np.nan)
        rows.append(
            (kind.name, rate.published, rate.draft, rate.difference, rate.low, rate.high, *map(float, ends),
             _error(rate, members), float(moved.std(ddof=1)) if len(moved) > 1 else None)
        )  # fmt: skip
    names = ("published", "draft", "difference", "low", "high", "boot_low", "boot_high", "error", "boot_error")
    table = pl.DataFrame(rows, schema={"rate": pl.String} | dict.fromkeys(names, pl.Float64), orient="row")
    return Resampled(table.fill_nan(None), replicates, seed, members, draft)


def _error(rate: Rate, members: int) -> float | None:
    """The standard error behind the interval of a rate's difference."""
    if rate.low is None or rate.high is None or members < 2:
        return None
    return (rate.high - rate.low) / 2 / float(stats.t.ppf((1 + LEVEL) / 2, members - 1))


@dataclass(frozen=True)
class Sidewise:
    """`table` has a row a draft, the best first: `draft`, `rate` (its value), `difference`, `low`, `high` (draft −
    published, by the bootstrap), `rank`, `rank_low`, `rank_high` (95 % of the draws), `best` (share of the draws in
    which it is the best, or among equals of it)."""

    table: pl.DataFrame = field(repr=False)
    rate: str
    more_is_better: bool
    replicates: int
    seed: int
    published: About


def side_by_side(
    published: Replay, drafts: Mapping[str, Replay], rate: str, *, more_is_better: bool, replicates: int, seed: int
) -> Sidewise:
    """Several drafts on the same cases, ranked by a rate. Raises ValueError for a rate that is none, for no draft, and
    for other cases than the published ones."""
    if rate not in weights():
        raise ValueError(f"{rate!r} is none of {', '.join(weights())}")
    if not drafts:
        raise ValueError("there is no draft to compare")
    ids = published.decisions["request_id"]
    for name, one in drafts.items():
        if not one.decisions["request_id"].equals(ids):
            raise ValueError(f"{name} is not of the same requests in the same order as published")
    asked = published.cases["requested_visits"]
    sides = [features(r.decisions.with_columns(asked)) for r in (published, *drafts.values())]
    kinds = Kinds.of(sides, published.cases["member_id"])
    whole = (kinds.sums * kinds.members[:, None]).sum(axis=0, keepdims=True)
    drawn = kinds.drawn(replicates, seed)
    base = _share(drawn, rate, 0)
    many = len(drafts)
    values = np.column_stack([_share(drawn, rate, i + 1) for i in range(many)])
    sign = -1 if more_is_better else 1
    ranks = 1 + (sign * values[:, None, :] < sign * values[:, :, None]).sum(axis=2)  # equals share the better rank
    now = np.array([float(_share(whole, rate, i + 1)[0]) for i in range(many)])
    first = float(_share(whole, rate, 0)[0])
    rows = []
    for i, name in enumerate(drafts):
        low, high = np.quantile(values[:, i] - base, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        worst = np.quantile(ranks[:, i], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="nearest")
        rank = 1 + int((sign * now < sign * now[i]).sum())
        rows.append(
            (name, now[i], now[i] - first, float(low), float(high), rank, int(worst[0]), int(worst[1]),
             float((ranks[:, i] == 1).mean()))
        )  # fmt: skip
    names = ["draft", "rate", "difference", "low", "high", "rank", "rank_low", "rank_high", "best"]
    table = pl.DataFrame(rows, schema=names, orient="row").sort("rank", "draft")
    return Sidewise(table, rate, more_is_better, replicates, seed, published.about)


@dataclass(frozen=True)
class Sized:
    """Members that it takes to see a difference. `deviation` is that of a member's part in the difference (share of 1),
    as the cases have it; `members` the number wanted, `power` what the cases at hand have with their `at_hand`."""

    rate: str
    difference: float
    wanted_power: float
    deviation: float
    members: int | None
    at_hand: int
    power: float


def sample_size(pair: pl.DataFrame, rate: str, difference: float, *, power: float = 0.8) -> Sized:
    """How many members it takes to tell a paired difference of `difference` from none with this power, at the 5 % level
    on both sides. The spread is that of the two sides of these cases. Raises ValueError for a rate that is none, a
    difference of 0, and a power that is none."""
    found = {r.name: r for r in rates(pair) if r.name in weights()}
    if rate not in found:
        raise ValueError(f"{rate!r} is none of {', '.join(found)}")
    if difference == 0 or not 0 < power < 1:
        raise ValueError("a difference is not 0, and a power lies between 0 and 1")
    at_hand = pair["member_id"].drop_nulls().n_unique() + pair["member_id"].null_count()
    error = _error(found[rate], at_hand)
    if error is None:
        raise ValueError(f"{rate} has no interval in these cases")
    deviation = error * math.sqrt(at_hand)
    size = abs(difference) / deviation if deviation else math.inf
    return Sized(rate, difference, power, deviation, members_for(size, power), at_hand, power_of(size, at_hand))


def power_of(size: float, members: int) -> float:
    """The power of a paired t test at 5 %, of a difference of so many deviations."""
    if members < 2:
        return 0.0
    if math.isinf(size):
        return 1.0
    edge = float(stats.t.ppf(0.975, members - 1))
    shift = size * math.sqrt(members)
    return float(stats.nct.sf(edge, members - 1, shift) + stats.nct.cdf(-edge, members - 1, shift))


def members_for(size: float, power: float) -> int | None:
    """The fewest members with this power; None above a hundred million."""
    low, high = 2, 2
    while power_of(size, high) < power:
        low, high = high, 2 * high
        if high > 10**8:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(size, middle) >= power else (middle, high)
    return high
