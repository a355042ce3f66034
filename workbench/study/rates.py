"""The rates of decisions.md with their denominators and 95 % intervals, paired and clustered by member.

A rate is a ratio of two sums over requests. Its interval, and that of draft − published, comes from the linearised
contributions of each request, summed by member (a request without a member stands for itself), with Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass

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
_GRANTED = (pl.when((_DETERMINATION != d.NOT_REQUIRED) & _VISITS.is_not_null())
            .then(pl.col("granted_visits").cast(pl.Float64)).otherwise(0.0).fill_null(0.0))


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
    RateKind("any_approval_rate", "approved, wholly or in part", "requests that need a decision",
             _is(d.APPROVED, d.IN_PART), _IN_D),
    RateKind("referral_rate", "sent to a clinician, wholly or in part", "requests that need a decision",
             _is(d.CLINICIAN, d.IN_PART), _IN_D),
    RateKind("information_rate", "information needed", "requests that need a decision", _is(d.INFORMATION), _IN_D),
    RateKind("immediate_rate", "settled at once (approved or not required)", "all requests",
             _is(d.APPROVED, d.NOT_REQUIRED), _ALL),
    RateKind("visit_approval_rate", "visits granted of visits requested", "visits requested that need a decision",
             _GRANTED, _VISITS_IN_D),
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
    of_published: float   # denominators
    of_draft: float


def rates(pair: pl.DataFrame) -> tuple[Rate, ...]:
    """All rates of a paired frame: `determination`, `granted_visits` and the same with suffix `_draft`, with
    `requested_visits` and `member_id`; one row a request."""
    found = [_rate(kind, pair) for kind in RATES]
    return (*found, _newly_referred(pair))


def newly_referred(pair: pl.DataFrame) -> pl.Series:
    """Requests that published approved or exempted and the draft refers, wholly or in part."""
    return pair.select(_DETERMINATION.is_in([d.APPROVED, d.NOT_REQUIRED])
                       & pl.col("determination_draft").is_in([d.CLINICIAN, d.IN_PART])).to_series()


def as_draft(pair: pl.DataFrame) -> pl.DataFrame:
    """The draft's side of a pair under the plain column names."""
    return pair.with_columns(pl.col("determination_draft").alias("determination"),
                             pl.col("granted_visits_draft").alias("granted_visits"))


def shares(side: pl.DataFrame) -> dict[str, float | None]:
    """Each rate of one side alone, without an interval."""
    sums = side.select(**{f"{k.name} over": k.over.sum() for k in RATES},
                       **{f"{k.name} under": k.under.sum() for k in RATES})
    row = sums.row(0, named=True)
    return {k.name: row[f"{k.name} over"] / row[f"{k.name} under"] if row[f"{k.name} under"] else None
            for k in RATES}


def _rate(kind: RateKind, pair: pl.DataFrame) -> Rate:
    one = pair.select("member_id", over=kind.over, under=kind.under)
    two = as_draft(pair).select(over_draft=kind.over, under_draft=kind.under)
    both = pl.concat([one, two], how="horizontal").with_columns(pl.col("under", "under_draft").cast(pl.Float64))
    a, b, c, e = both.select(pl.col("over", "under", "over_draft", "under_draft").sum()).row(0)
    published, draft = (a / b if b else None), (c / e if e else None)
    if published is None or draft is None:
        return Rate(kind.name, kind.label, kind.out_of, published, draft, None, None, None, b, e)
    pull = ((pl.col("over_draft") - draft * pl.col("under_draft")) / e
            - (pl.col("over") - published * pl.col("under")) / b)
    half = _half_width(both, pull)
    return Rate(kind.name, kind.label, kind.out_of, published, draft, draft - published, draft - published - half,
                draft - published + half, b, e)


def _newly_referred(pair: pl.DataFrame) -> Rate:
    marked = pair.select("member_id").with_columns(newly_referred(pair).cast(pl.Float64).alias("_new"))
    count = float(marked["_new"].sum() or 0.0)
    half = _half_width(marked, pl.col("_new") - count / max(marked.height, 1))
    return Rate(NEWLY_REFERRED, "newly referred", "requests", 0.0, count, count, max(0.0, count - half), count + half,
                float(marked.height), float(marked.height))


def _half_width(frame: pl.DataFrame, pull: pl.Expr) -> float:
    """Half the 95 % interval of the sum of the requests' contributions, clustered by member."""
    alone = frame.filter(pl.col("member_id").is_null()).select(pull.alias("pull"))
    grouped = frame.filter(pl.col("member_id").is_not_null()).group_by("member_id").agg(pull.sum().alias("pull"))
    sums = pl.concat([alone, grouped.select("pull")])["pull"]
    clusters = len(sums)
    if clusters < 2:
        return 0.0
    spread = float(((sums - sums.mean()) ** 2).sum()) * clusters / (clusters - 1)
    return float(special.stdtrit(clusters - 1, 0.975)) * spread**0.5
