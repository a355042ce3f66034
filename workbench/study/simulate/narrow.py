"""Which missing fact narrows the bounds most: what they would be if it were known.

For each fact the values that invented requests of the same discipline have, as often as they have them, are filled in
one after another; the bounds that follow are averaged. It looks at one fact at a time, everything else still missing.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.engine.columnar import decide_frame
from workbench.engine.setting import Setting
from workbench.facts import facts
from workbench.study.simulate.bounds import interval
from workbench.study.simulate.opened import Fillable
from workbench.study.simulate.possible import Possible, possible, read_by

_MOST = 400  # different requests looked at; of more, so many drawn at random
_VALUES = 6  # values tried of each fact


def narrowing(
    frame: pl.DataFrame, times: np.ndarray, found: Possible, donors: pl.DataFrame, setting: Setting, *,
    rate: str = "approval_rate", seed: int = 1,
) -> pl.DataFrame:  # fmt: skip
    """`frame` has requests that differ, `times` how often each stands, `found` what they can come to. A row a fact, the
    one that narrows most first: `fact`, `missing` (requests that lack it and are open), `width` (of the bounds as they
    are, a share), `expected` (their width once it is known, on average), `narrows` (width − expected), `settles`
    (requests settled by it alone, on average)."""
    open_ = np.flatnonzero(~found.settled)
    rng = np.random.default_rng(seed)
    if len(open_) > _MOST:
        open_ = np.sort(rng.choice(open_, _MOST, replace=False, p=times[open_] / times[open_].sum()))
    rows, counts = frame[open_], times[open_].astype(float)
    shape = {"fact": pl.String, "missing": pl.Int64} | dict.fromkeys(
        ("width", "expected", "narrows", "settles"), pl.Float64
    )
    if not len(open_):
        return pl.DataFrame(schema=shape)
    fillable = Fillable(found.spared)
    names = [n for n in read_by(setting, found.spared) if facts()[n].kind not in ("code list", "date", "text")]
    lacks = rows.select(fillable(n).alias(n) for n in names)
    tried: list[tuple[str, float]] = []
    frames = []
    for name in names:
        mine = lacks[name].to_numpy()
        if mine.any():
            for value, share in _values(donors[name]):
                tried.append((name, share))
                known = pl.when(pl.Series(mine)).then(pl.lit(value, dtype=rows.schema[name])).otherwise(name)
                frames.append(rows.with_columns(known.alias(name)))
    if not frames:
        return pl.DataFrame(schema=shape)
    whole = pl.concat(frames)
    seen = possible(whole, decide_frame(whole, setting), setting, found.spared).table
    now = _width(rate, found.table[open_], counts)
    told: dict[str, list[float]] = {}
    for i, (name, share) in enumerate(tried):
        part = seen[i * len(open_) : (i + 1) * len(open_)]
        mask = part["mask"].to_numpy()
        settles = float(counts[((mask & (mask - 1)) == 0)].sum())
        sums = told.setdefault(name, [0.0, 0.0])
        sums[0] += share * _width(rate, part, counts)
        sums[1] += share * settles
    out = [
        (name, int(counts[lacks[name].to_numpy()].sum()), now, width, now - width, settles)
        for name, (width, settles) in told.items()
    ]
    return pl.DataFrame(out, schema=shape, orient="row").sort(
        "narrows", "settles", "fact", descending=[True, True, False]
    )


def _width(rate: str, some: pl.DataFrame, times: np.ndarray) -> float:
    """The width of the bounds of these requests, each standing so many times."""
    whole = some[np.repeat(np.arange(some.height), times.astype(int))]
    low, high = interval(rate, whole, pl.Series([None] * whole.height, dtype=pl.Int64))
    return 0.0 if low is None or high is None else high - low


def _values(column: pl.Series) -> list[tuple[object, float]]:
    """Values that stand for all that a fact is in invented requests, and their shares, which add up to 1."""
    known = column.drop_nulls()
    if not known.len():
        return []
    if known.dtype.is_numeric():
        at = [float(q) for q in np.linspace(0, 1, _VALUES)]
        return [(known.quantile(q, "nearest"), 1 / _VALUES) for q in at]
    counted = known.value_counts(sort=True).head(_VALUES).rows()
    total = sum(n for _, n in counted)
    return [(value, n / total) for value, n in sorted(counted, key=lambda pair: str(pair[0]))]
