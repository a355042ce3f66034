"""Providers whose episodes take more, or fewer, visits than their case mix lets expect: a funnel, never a ranking.

*Case mix* by indirect standardisation: each episode is expected to take what those of other providers like it take
(same discipline, condition and age band; a stratum with too few of them goes by a coarser one). A provider's `ratio`
is its visits over those expected. *Chance*: its variance comes from the spread of visits within the strata and from
how few episodes the expectation rests on, not from an assumed Poisson one; and because few long episodes make much of
a small provider's visits, a ratio is held against a normal and a gamma distribution, and the less surprised one counts.
*Over-dispersion*: providers differ a little for reasons that no file tells; a variance between them is estimated (from
the middle half of their scores) and added to each one's own, so that size alone makes no outlier. *Multiplicity*: of
the providers judged, those flagged keep the expected share of false alarms below `q` (Benjamini and Hochberg); the
stricter Bonferroni verdict stands beside it. A provider with few people is not judged.

D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 2005; Y. Benjamini
and Y. Hochberg, "Controlling the False Discovery Rate", Journal of the Royal Statistical Society B 1995.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import special

FEWEST_PEOPLE = 11  # of a provider that is judged; also the smallest count that may be shown
FEWEST_LIKE = 8  # episodes of a stratum by which others are judged
Q = 0.05
MORE, FEWER, AS_EXPECTED, NOT_JUDGED = "more", "fewer", "as expected", "not judged"
_BANDS = (18, 45, 65, 80)
_STRATA = (("discipline", "condition", "age_band"), ("discipline", "condition"), ("discipline",))


@dataclass(frozen=True)
class Funnel:
    """`providers`: a row a provider, by NPI, never by rank: provider_npi, discipline (that of most of its episodes),
    episodes, people, visits, expected, ratio, low and high (95 % limits within which its ratio is expected), z (the
    normal deviate that is as rare), p, `q` (Benjamini–Hochberg), `flag` (more, fewer, as expected, not judged),
    `bonferroni` (flagged by that as well), why.
    `between` is the standard deviation between providers, as a share of 1; `spread` the middle variance of a visit
    expected, by which limits are drawn; `left_out` episodes have no provider, discipline or visits."""

    providers: pl.DataFrame = field(repr=False)
    between: float
    spread: float
    judged: int
    left_out: int
    q: float = Q

    @property
    def flagged(self) -> pl.DataFrame:
        """Providers flagged, by NPI."""
        return self.providers.filter(pl.col("flag").is_in([MORE, FEWER]))

    def limits(self, expected: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper limit of the ratio at given expected visits, for the usual case mix."""
        variance = self.spread / expected + self.between**2
        return _limits(level, variance)

    def grid(self) -> np.ndarray:
        """Expected visits between which limits are drawn: from the fewest to the most of a provider that is judged."""
        of = self.providers.filter(pl.col("flag") != NOT_JUDGED)["expected"].to_numpy()
        return np.geomspace(of.min(), of.max(), 81) if len(of) else of


def early(episodes: pl.DataFrame) -> pl.DataFrame:
    """Of monitor_trends.episodes, those followed, with their early visits as `visits`."""
    return episodes.filter("followed").with_columns(pl.col("early").alias("visits"))


def funnel(episodes: pl.DataFrame, *, q: float = Q, fewest: int = FEWEST_PEOPLE) -> Funnel:
    """The funnel of `episodes` (a row each: provider_npi, member_id, discipline, condition, age_years, visits), over
    the same days of each (`early`). Raises ValueError where q is no share between 0 and 1."""
    if not 0 < q < 1:
        raise ValueError("q is a share between 0 and 1")
    told = pl.all_horizontal(pl.col("provider_npi", "discipline").is_not_null()) & (pl.col("visits") > 0)
    usable = episodes.filter(told.fill_null(False))
    found = (
        expected(usable)
        .group_by("provider_npi")
        .agg(
            pl.col("discipline").mode().sort().first(),
            pl.len().cast(pl.Int64).alias("episodes"),
            pl.col("member_id").drop_nulls().n_unique().cast(pl.Int64).alias("people"),
            pl.col("visits").sum(),
            pl.col("expected").sum(),
            pl.col("variance").sum(),
            pl.col("expected").is_null().any().alias("alone"),
        )
        .sort("provider_npi")
    )
    observed, wanted, variance = (found[n].to_numpy().astype(float) for n in ("visits", "expected", "variance"))
    # Who alone treats a discipline is held against nobody.
    judged = ((found["people"] >= fewest) & ~found["alone"]).to_numpy() & (wanted > 0) & (variance > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, own = observed / wanted, variance / wanted**2
    between = _between(ratio[judged] - 1, own[judged])
    whole = own + between**2
    z = np.full(len(ratio), np.nan)
    z[judged] = _deviate(ratio[judged], whole[judged])
    p = 2 * special.ndtr(-np.abs(z))
    adjusted = np.full(len(p), np.nan)
    adjusted[judged] = benjamini_hochberg(p[judged])
    low, high = (np.where(judged, bound, np.nan) for bound in _limits(0.95, np.where(judged, whole, 1.0)))
    flag = np.where(~judged, NOT_JUDGED, np.where(~(adjusted <= q), AS_EXPECTED, np.where(z > 0, MORE, FEWER)))
    count = int(judged.sum())
    columns = {"ratio": ratio, "low": low, "high": high, "z": z, "p": p, "q": adjusted}
    table = found.select("provider_npi", "discipline", "episodes", "people", "visits", "expected").with_columns(
        *(pl.Series(n, v, dtype=pl.Float64).fill_nan(None) for n, v in columns.items()),
        pl.Series("flag", flag, dtype=pl.String),
        pl.Series("bonferroni", np.nan_to_num(p, nan=1.0) * max(count, 1) <= q, dtype=pl.Boolean),
    )
    spread = float(np.median(variance[judged] / wanted[judged])) if count else 0.0
    return Funnel(_reasoned(table, fewest), between, spread, count, episodes.height - usable.height, q)


def _reasoned(table: pl.DataFrame, fewest: int) -> pl.DataFrame:
    few = (
        pl.when(pl.col("people") < fewest)
        .then(pl.format("fewer than {} people", pl.lit(fewest)))
        .otherwise(pl.lit("no other provider treats the like"))
    )
    said = pl.format(
        "{} visits in {} episodes of {} people; its case mix lets expect {}",
        "visits",
        "episodes",
        "people",
        pl.col("expected").round(1),
    )
    return table.with_columns(pl.when(pl.col("flag") == NOT_JUDGED).then(few).otherwise(said).alias("why"))


def expected(episodes: pl.DataFrame) -> pl.DataFrame:
    """The episodes with `expected` visits (the mean of those like it) and `variance`, each by the
    finest stratum that has enough episodes of other providers beside its own; null where no other has any."""
    age = pl.col("age_years")
    band = pl.sum_horizontal((age >= a).cast(pl.Int64) for a in _BANDS)
    found = episodes.with_columns(band.alias("age_band"))
    visits = pl.col("visits").cast(pl.Float64)
    last = len(_STRATA) - 1
    for level, keys in enumerate(_STRATA):
        own = (*keys, "provider_npi")
        mine = pl.len().over(own).cast(pl.Int64)
        others = pl.len().over(keys).cast(pl.Int64) - mine
        enough = others >= (FEWEST_LIKE if level < last else 2)
        # Of the other providers alone: one that treats most of a stratum would else be measured by itself.
        mean = (visits.sum().over(keys) - visits.sum().over(own)) / others
        found = found.with_columns(
            pl.when(enough).then(mean).alias(f"_mean_{level}"),
            # What is expected was estimated too, from few episodes at times: mine × mine / others of that variance.
            pl.when(enough).then(visits.var().over(keys) * (1 + mine / others)).alias(f"_var_{level}"),
        )
    return found.with_columns(
        pl.coalesce([f"_mean_{i}" for i in range(last + 1)]).alias("expected"),
        pl.coalesce([f"_var_{i}" for i in range(last + 1)]).alias("variance"),
    ).drop([f"_{w}_{i}" for w in ("mean", "var") for i in range(last + 1)])


def _limits(level: float, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Between which a ratio with mean 1 and this variance lies, by the wider of the two distributions."""
    tail = (1 - level) / 2
    half = -float(special.ndtri(tail)) * np.sqrt(variance)
    low, high = (special.gammaincinv(1 / variance, q) * variance for q in (tail, 1 - tail))
    return np.maximum(0.0, np.minimum(low, 1 - half)), np.maximum(high, 1 + half)


def _deviate(ratio: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The normal deviate that is as rare as a ratio, by whichever of the two distributions is less surprised."""
    normal = (ratio - 1) / np.sqrt(variance)
    above, below = special.gammaincc(1 / variance, ratio / variance), special.gammainc(1 / variance, ratio / variance)
    tail = np.clip(np.minimum(above, below), 1e-300, 0.5)
    gamma = np.where(above < below, -special.ndtri(tail), special.ndtri(tail))
    found: np.ndarray = np.where(np.abs(gamma) < np.abs(normal), gamma, normal)
    return found


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """The smallest share of false alarms at which each would be flagged."""
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    out = np.empty(len(p))
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return out


def _between(off: np.ndarray, own: np.ndarray) -> float:
    """The standard deviation between providers beyond chance: that with which half of the scores lie where half of
    chance's do. By the middle of them, not by their mean square: the outliers sought would else hide themselves, even
    with their scores drawn in, once they are more than a few."""
    if len(off) < 3:
        return 0.0
    square = off**2

    def middle(between: float) -> float:
        return float(np.median(square / (own + between**2)))

    usual = float(special.ndtri(0.75)) ** 2
    low, high = 0.0, float(np.sqrt(square.max() / usual))
    if middle(low) <= usual:
        return 0.0
    for _ in range(50):
        mid = (low + high) / 2
        low, high = (mid, high) if middle(mid) > usual else (low, mid)
    return high
