"""Every rate with the lowest and the highest value that it takes over all completions of the missing facts.

Each request is completed by itself. A rate is a ratio of two sums to which each request adds one of a few pairs, so
that its extremes over all combinations are found exactly (Dinkelbach's method), and not by adding up the extremes above
and below the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from workbench.engine import decision as d
from workbench.study.ledger import CODE
from workbench.study.listing import group_key
from workbench.study.rates import RATES, weights
from workbench.study.replay import About, Replay
from workbench.study.simulate.possible import BIT, Possible

_VISITS = "visit_approval_rate"
BOUNDED = tuple(r.name for r in RATES if r.name != "information_rate")  # where nothing is missing nothing waits
ALL = "all"
_DONE = 1e-12


@dataclass(frozen=True)
class Bounded:
    """`table` has a row for each group and rate: `group`, `rate`, `requests`, `settled` (requests whose determination
    no completion changes), `now` (the rate as things are), `low`, `high`, `exact` (both ends are reached by completions
    that were decided), and with assumptions `assumed_low`, `assumed_high`. `requests` has a row a request: request_id,
    now, whether each determination is possible, visits_least, visits_most, settled, shown (all of them reached).
    `facts` says which fact narrows most (narrow.py), `spared` which facts no completion fills in."""

    table: pl.DataFrame = field(repr=False)
    requests: pl.DataFrame = field(repr=False)
    facts: pl.DataFrame = field(repr=False)
    by: str
    about: About
    spared: tuple[str, ...]
    tries: int
    seed: int


def bounds_table(
    replay: Replay, found: Possible, shown: np.ndarray, by: str = "", assumed: Possible | None = None
) -> pl.DataFrame:
    """The table of `Bounded`. Raises ValueError for a `by` that groups are not made by."""
    rows: list[dict[str, object]] = []
    for name, at in _groups(replay, by):
        some = found.table[at]
        mask, reached = some["mask"].to_numpy(), shown[at]
        asked = replay.cases["requested_visits"][at]
        within = None if assumed is None else assumed.table[at]
        settled = int(((mask & (mask - 1)) == 0).sum())
        for rate in BOUNDED:
            low, high = interval(rate, some, asked)
            told: dict[str, object] = {"group": name, "rate": rate, "requests": len(at), "settled": settled}
            told |= {"now": _now(rate, some["now"].to_numpy(), replay, at), "low": low, "high": high}
            told["exact"] = rate != _VISITS and _same((low, high), _shown(rate, mask, reached))
            inside = (None, None) if within is None else interval(rate, within, asked)
            rows.append(told | {"assumed_low": inside[0], "assumed_high": inside[1]})
    numbers = ("now", "low", "high", "assumed_low", "assumed_high")
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(numbers, pl.Float64))


def _groups(replay: Replay, by: str) -> Iterator[tuple[str, np.ndarray]]:
    yield ALL, np.arange(replay.cases.height)
    if by:
        key = group_key(replay.cases, by)
        for name in key.unique().sort():
            yield name, np.flatnonzero((key == name).to_numpy())


def _now(rate: str, codes: np.ndarray, replay: Replay, at: np.ndarray) -> float | None:
    over, under = weights()[rate]
    if rate == _VISITS:
        asked = replay.cases["requested_visits"][at].cast(pl.Float64)
        counts = (codes != CODE[d.NOT_REQUIRED]) & asked.is_not_null().to_numpy()
        granted = replay.decisions["granted_visits"][at].fill_null(0).to_numpy()
        above, below = float(granted[counts].sum()), float(asked.fill_null(0).to_numpy()[counts].sum())
    else:
        above, below = float(over[codes].sum()), float(under[codes].sum())
    return above / below if below else None


def interval(rate: str, some: pl.DataFrame, asked: pl.Series) -> tuple[float | None, float | None]:
    """The lowest and the highest value of a rate over all combinations of what these requests can come to."""
    mask = some["mask"].to_numpy()
    if rate != _VISITS:
        return _ends(*_options(rate, *np.unique(mask, return_counts=True)))
    known = asked.is_not_null().to_numpy()
    ask = asked.fill_null(0).to_numpy().astype(float)[known]
    free = (mask[known] & BIT[d.NOT_REQUIRED]) > 0
    only = mask[known] == BIT[d.NOT_REQUIRED]
    ends = []
    for name, top in (("least", False), ("most", True)):
        granted = np.minimum(some[name].to_numpy().astype(float)[known], ask)
        over = np.stack([np.where(only, np.nan, granted), np.where(free, 0.0, np.nan)])
        under = np.stack([np.where(only, np.nan, ask), np.where(free, 0.0, np.nan)])
        ends.append(extreme(over, under, np.ones(len(ask)), top=top))
    return ends[0], ends[1]


def _options(rate: str, masks: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each determination adds above and below the line where a mask allows it, else nan: options × masks."""
    over, under = weights()[rate]
    allowed = np.stack([(masks & bit) > 0 for bit in BIT.values()])
    codes = [CODE[name] for name in BIT]
    return (
        np.where(allowed, over[codes][:, None], np.nan),
        np.where(allowed, under[codes][:, None], np.nan),
        counts.astype(float),
    )


def _ends(over: np.ndarray, under: np.ndarray, times: np.ndarray) -> tuple[float | None, float | None]:
    return extreme(over, under, times, top=False), extreme(over, under, times, top=True)


def extreme(over: np.ndarray, under: np.ndarray, times: np.ndarray, *, top: bool) -> float | None:
    """The highest (`top`) or lowest sum(over) / sum(under), one option chosen in each column and counted `times`; None
    where the sum below is 0 then. Options that a column has not are nan."""
    if not over.shape[1]:
        return None
    share = 0.0 if top else 1.0
    columns = np.arange(over.shape[1])
    while True:
        value = over - share * under
        value = np.where(np.isnan(value), -np.inf if top else np.inf, value)
        best = value.argmax(axis=0) if top else value.argmin(axis=0)
        above = float((over[best, columns] * times).sum())
        below = float((under[best, columns] * times).sum())
        if below == 0:
            return _any_ratio(over, under, times, top=top)
        if abs(above / below - share) < _DONE:
            return above / below
        share = above / below


def _any_ratio(over: np.ndarray, under: np.ndarray, times: np.ndarray, *, top: bool) -> float | None:
    """Where leaving all out is as good as anything: the rate of those that can stay below the line."""
    stays = np.nan_to_num(under, nan=-1.0)
    if stays.max() <= 0:
        return None
    ratio = np.where(stays > 0, over / np.where(stays > 0, stays, 1), np.nan)
    return float(np.nanmax(ratio) if top else np.nanmin(ratio))


def _shown(rate: str, mask: np.ndarray, reached: np.ndarray) -> tuple[float | None, float | None]:
    """The same from what completions reached; nothing where one of the requests was not completed."""
    if not reached.all():
        return None, None
    return _ends(*_options(rate, *np.unique(reached, return_counts=True)))


def _same(one: tuple[float | None, float | None], two: tuple[float | None, float | None]) -> bool:
    return all(a is not None and b is not None and abs(a - b) < 1e-9 for a, b in zip(one, two, strict=True))
