"""The rates of docs/meaning.md with their denominators and 95 % intervals, paired and clustered by member.

A rate is a ratio of two sums over requests. Its interval, and that of draft − published, comes from the linearised
contributions of each request, summed by member (a request without a member stands for itself), with Student's t.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from scipy import special

from workbench.engine import decision as d

_DETERMINATION = pl.col("determination")


def _is(*names: str) -> pl.Expr:
    return _DETERMINATION.is_in(names).cast(pl.Float64)


_IN_D = (_DETERMINATION != d.NOT_REQUIRED).cast(pl.Float64)
_ALL = _DETERMINATION.is_not_null().cast(pl.Float64)
_VISITS = pl.col("requested_visits").cast(pl.Float64)
_VISITS_IN_D = pl.when((_DETERMINATION != d.NOT_REQUIRED) & _VISITS.is_not_null()).then(_VISITS).otherwise(0.0)
_GRANTED = (  # known wherever a decision is needed
    pl.when((_DETERMINATION != d.NOT_REQUIRED) & _VISITS.is_not_null())
    .then(pl.col("granted_visits").cast(pl.Float64))
    .otherwise(0.0)
)


@dataclass(frozen=True)
class RateKind:
    """A rate: what is counted, out of what, in words."""

    name: str
    label: str
    out_of: str
    over: pl.Expr
    under: pl.Expr


# D = requests that need a decision: all but not_required. Visits asked that are not known count on neither side.
RATES = (
    RateKind("approval_rate", "approved", "requests that need a decision", _is(d.APPROVED), _IN_D),
    RateKind(
        "any_approval_rate",
        "approved, wholly or in part",
        "requests that need a decision",
        _is(d.APPROVED, d.IN_PART),
        _IN_D,
    ),
    RateKind(
        "referral_rate",
        "sent to a clinician, wholly or in part",
        "requests that need a decision",
        _is(d.CLINICIAN, d.IN_PART),
        _IN_D,
    ),
    RateKind("information_rate", "information needed", "requests that need a decision", _is(d.INFORMATION), _IN_D),
    RateKind(
        "immediate_rate",
        "settled at once (approved or not required)",
        "all requests",
        _is(d.APPROVED, d.NOT_REQUIRED),
        _ALL,
    ),
    RateKind(
        "visit_approval_rate",
        "visits granted of visits requested",
        "visits requested that need a decision",
        _GRANTED,
        _VISITS_IN_D,
    ),
)
NEWLY_REFERRED = "newly_referred"


@dataclass(frozen=True)
class Rate:
    """Published, draft and draft − published with the 95 % interval of the difference. Shares from 0 to 1, or
    requests for `newly_referred`; None where the denominator is 0."""

    name: str
    label: str
    out_of: str
    published: float | None
    draft: float | None
    difference: float | None
    low: float | None
    high: float | None
    of_published: float  # denominators
    of_draft: float


def rates(pair: pl.DataFrame) -> tuple[Rate, ...]:
    """All rates of a paired frame: `determination`, `granted_visits` and the same with suffix `_draft`, with
    `requested_visits` and `member_id`; one row a request."""
    return rates_of(sums_of(pair))


def newly_referred(pair: pl.DataFrame) -> pl.Series:
    """Requests that published approved or exempted and the draft refers, wholly or in part."""
    return pair.select(
        _DETERMINATION.is_in([d.APPROVED, d.NOT_REQUIRED])
        & pl.col("determination_draft").is_in([d.CLINICIAN, d.IN_PART])
    ).to_series()


def as_draft(pair: pl.DataFrame) -> pl.DataFrame:
    """The draft's side of a pair under the plain column names."""
    return pair.with_columns(
        pl.col("determination_draft").alias("determination"), pl.col("granted_visits_draft").alias("granted_visits")
    )


def shares(side: pl.DataFrame) -> dict[str, float | None]:
    """Each rate of one side alone, without an interval."""
    sums = side.select(
        **{f"{k.name} over": k.over.sum() for k in RATES}, **{f"{k.name} under": k.under.sum() for k in RATES}
    )
    row = sums.row(0, named=True)
    return {k.name: row[f"{k.name} over"] / row[f"{k.name} under"] if row[f"{k.name} under"] else None for k in RATES}


# What rates and intervals rest on


# Each request as numbers in which every rate is linear above and below the line: its determination, one of six, the
# visits granted and the visits asked (both where a decision is needed and the ask is known).
FEATURES = (*d.DETERMINATIONS, "granted", "requested")
_N = len(FEATURES)


def _linear(expr: pl.Expr) -> np.ndarray:
    """The weight of each feature in what a rate counts, found by asking of requests that have one of them alone."""
    alone = pl.DataFrame(
        [(name, None, None) for name in d.DETERMINATIONS] + [(d.APPROVED, 1, 0), (d.APPROVED, 0, 1)],
        schema={"determination": pl.String, "granted_visits": pl.Int64, "requested_visits": pl.Int64},
        orient="row",
    )
    found = alone.select(expr.cast(pl.Float64)).to_series().to_numpy().copy()
    found[len(d.DETERMINATIONS) :] -= found[d.DETERMINATIONS.index(d.APPROVED)]
    return found


@lru_cache(maxsize=1)
def weights() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rate → weights of the features above and below the line."""
    return {k.name: (_linear(k.over), _linear(k.under)) for k in RATES}


@dataclass(frozen=True)
class Sums:
    """What rates and their intervals need of two sides of the same requests. `total` has the sums of the features as
    published, of draft − published, and of the newly referred; `squares` the sums of their products over members (a
    request without a member stands for itself), of which there are `clusters`."""

    requests: int
    clusters: int
    total: np.ndarray  # 2 × features + 1
    squares: np.ndarray


def features(side: pl.DataFrame) -> np.ndarray:
    """Requests × features of one side: `determination`, `granted_visits`, `requested_visits`."""
    asks = (_DETERMINATION != d.NOT_REQUIRED) & _VISITS.is_not_null()
    found = side.select(
        *(_is(name).alias(name) for name in d.DETERMINATIONS),
        pl.when(asks).then(pl.col("granted_visits").cast(pl.Float64)).fill_null(0.0).alias("granted"),
        pl.when(asks).then(_VISITS).fill_null(0.0).alias("requested"),
    )
    return found.to_numpy()


def sums_of(pair: pl.DataFrame) -> Sums:
    """The sums of a paired frame, of the shape that `rates` takes."""
    one, two = features(pair), features(as_draft(pair))
    new = newly_referred(pair).cast(pl.Float64).to_numpy()
    whole = np.column_stack([one, two - one, new]) if pair.height else np.zeros((0, 2 * _N + 1))
    named = pair["member_id"].is_not_null()
    frame = pl.DataFrame(whole).with_columns(pair["member_id"])
    together = frame.filter(named).group_by("member_id").sum().drop("member_id").to_numpy()
    members = np.concatenate([together, whole[~named.to_numpy()]])
    return Sums(pair.height, len(members), whole.sum(axis=0), members.T @ members)


def rates_by(sums: np.ndarray) -> dict[str, list[float | None]]:
    """Rate → its share in each group, from the sums of the features (groups × features)."""
    out: dict[str, list[float | None]] = {}
    for name, (over, under) in weights().items():
        above, below = sums @ over, sums @ under
        out[name] = [float(a / b) if b else None for a, b in zip(above, below, strict=True)]
    return out


def rates_of(sums: Sums) -> tuple[Rate, ...]:
    """All rates and their intervals."""
    return (*(_rate(kind, sums) for kind in RATES), _newly_referred(sums))


def _rate(kind: RateKind, sums: Sums) -> Rate:
    over, under = weights()[kind.name]
    before, after = sums.total[:_N], sums.total[:_N] + sums.total[_N : 2 * _N]
    a, b, c, e = (float(w @ side) for side in (before, after) for w in (over, under))
    published, draft = (a / b if b else None), (c / e if e else None)
    if published is None or draft is None:
        return Rate(kind.name, kind.label, kind.out_of, published, draft, None, None, None, b, e)
    moved = (over - draft * under) / e
    half = _half_width(np.concatenate([moved - (over - published * under) / b, moved, [0.0]]), sums)
    return Rate(
        kind.name,
        kind.label,
        kind.out_of,
        published,
        draft,
        draft - published,
        draft - published - half,
        draft - published + half,
        b,
        e,
    )


def count_of(determinations: Sequence[str], sums: Sums) -> tuple[int, int, float, float]:
    """Requests with one of these determinations as published and under the draft, and the 95 % interval of draft −
    published."""
    at = [d.DETERMINATIONS.index(name) for name in determinations]
    before, moved = float(sums.total[at].sum()), float(sums.total[[_N + i for i in at]].sum())
    half = _count_half(moved, [_N + i for i in at], sums)
    return int(before), int(before + moved), moved - half, moved + half


def _count_half(count: float, at: Sequence[int], sums: Sums) -> float:
    """Half the interval of a count of requests, which is the sum of these features of theirs."""
    pull = np.zeros(2 * _N + 1)
    pull[: len(d.DETERMINATIONS)] = -count / max(float(sums.requests), 1.0)
    pull[list(at)] += 1.0
    return _half_width(pull, sums)


def _newly_referred(sums: Sums) -> Rate:
    count, requests = float(sums.total[-1]), float(sums.requests)
    half = _count_half(count, [2 * _N], sums)
    return Rate(
        NEWLY_REFERRED,
        "newly referred",
        "requests",
        0.0,
        count,
        count,
        max(0.0, count - half),
        count + half,
        requests,
        requests,
    )


def _half_width(pull: np.ndarray, sums: Sums) -> float:
    """Half the 95 % interval of a sum of contributions, which weigh the features so, clustered by member."""
    clusters = sums.clusters
    if clusters < 2:
        return 0.0
    # Contributions to a rate, or to a count less its mean, add up to 0: so their squares are those from the mean. Where
    # no member moves the sum is 0, and rounding must not make it less.
    spread = max(0.0, float(pull @ sums.squares @ pull)) * clusters / (clusters - 1)
    return float(special.stdtrit(clusters - 1, 0.975)) * math.sqrt(spread)
