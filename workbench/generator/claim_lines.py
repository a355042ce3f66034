"""Invented claims with planted outliers and planted faults, so that what monitoring finds can be held against what is
there. Made of the generated requests: people, conditions, cover and visits of an episode are theirs.

Few providers with many episodes each; they differ in their case mix (some mostly see conditions that take many visits)
and a little in their habits, which is no outlier. An outlier gives its patients `factor` times the visits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from workbench.cases.claim_lines import LINES, Lines, conform_lines
from workbench.generator.generate import generate
from workbench.generator.people import with_check_digit
from workbench.generator.tables import normal, pick
from workbench.guideline.model import Library

FACTORS = (1.5, 2.0)
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
HABITS = 0.08  # standard deviation of the habits of providers that are no outliers, on the log scale
_SIZES = 1.1  # standard deviation of how many patients providers have, on the log scale
_CODES = {"PT": ["97110", "97140"], "OT": ["97530", "97535"], "ST": ["92507"]}
_ADDED = 9_000_000  # rows of planted copies begin here


@dataclass(frozen=True)
class Planted:
    """`lines`; `outliers`: provider_npi, factor; `faults`: code, row (a row of the findings that a fault must give);
    `step`: the day from which new episodes take `step_factor` times the visits."""

    lines: Lines = field(repr=False)
    outliers: pl.DataFrame = field(repr=False)
    faults: pl.DataFrame = field(repr=False)
    step: date
    step_factor: float


def plant(
    requests: int,
    library: Library,
    *,
    seed: int = 1,
    providers: int = 60,
    outliers: int = 8,
    faults: int = 5,
    factors: tuple[float, ...] = FACTORS,
    step: date = date(2025, 1, 1),
    step_factor: float = 0.85,
) -> Planted:
    """Claims of the episodes of so many generated requests over the years 2024 and 2025, among `providers` in each
    discipline. `outliers` providers in all take the `factors` in turn; `faults` lines of each kind are made wrong."""
    rng = np.random.Generator(np.random.PCG64([seed, 3]))
    episodes = _episodes(generate(requests, seed, library))
    npi, chosen, habit, planted = _providers(rng, episodes, providers, outliers, factors)
    # Evenly over two years and the quarter before; what runs on at either end is cut there, as claims are.
    days = rng.integers(-365 - 90, 365, episodes.height)
    from_step = days >= (step - date(2025, 1, 1)).days
    wanted = episodes["visits"].to_numpy() * habit[chosen] * np.where(from_step, step_factor, 1.0)
    visits = np.maximum(1, np.floor(wanted + rng.random(episodes.height))).astype(int)
    lines = _spread(rng, episodes, npi[chosen], days, visits)
    lines = lines.filter(pl.col("service_on").is_between(FIRST, LAST))
    wrong, told = _spoil(rng, lines, faults)
    return Planted(wrong, planted, told, step, step_factor)


def _episodes(cases: pl.DataFrame) -> pl.DataFrame:
    """One row an episode that had visits: what its first request says, and all its visits."""
    first = (
        "member_id",
        "discipline",
        "condition",
        "diagnosis",
        "state",
        "line_of_business",
        "plan",
        "age_years",
        "sex",
    )
    found = (
        cases.sort("received_on", "request_id")
        .group_by("episode_id", maintain_order=True)
        .agg(
            *(pl.col(n).first() for n in first),
            (pl.col("visits_attended").sum() + pl.col("visits_used").first()).alias("visits"),
        )
    )
    # One of a member in a discipline: two that are spread anew could fall upon one another.
    found = found.filter(pl.col("visits") > 0)
    return found.unique(["member_id", "discipline"], keep="first", maintain_order=True)


def _providers(
    rng: np.random.Generator, episodes: pl.DataFrame, each: int, outliers: int, factors: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, pl.DataFrame]:
    """NPIs; the provider of each episode; what each does to the visits; which are planted."""
    names = ("PT", "OT", "ST")
    count = each * len(names)
    npi = with_check_digit(np.unique(rng.integers(100_000_000, 200_000_000, 2 * count))[:count])
    npi = rng.permutation(npi)
    size, leaning = np.exp(_SIZES * normal(rng, count)), rng.random(count) < 0.5
    long = _long(episodes)
    chosen = np.zeros(episodes.height, dtype=int)
    for at, name in enumerate(names):
        mine = np.flatnonzero((episodes["discipline"] == name).to_numpy())
        own = np.arange(at * each, (at + 1) * each)
        for kind in (False, True):
            rows = mine[long[mine] == kind]
            weight = size[own] * np.where(leaning[own] == kind, 3.0, 1.0)
            chosen[rows] = own[pick(rng, weight, len(rows))]
    habit = np.exp(HABITS * normal(rng, count))
    drawn = rng.permutation(count)[:outliers]
    factor = np.resize(np.array(factors), len(drawn))
    habit[drawn] = factor
    planted = pl.DataFrame({"provider_npi": [f"{npi[i]:010d}" for i in drawn], "factor": factor})
    return npi, chosen, habit, planted.sort("provider_npi")


def _long(episodes: pl.DataFrame) -> np.ndarray:
    """Whether an episode is of a condition that takes more visits than the middle one."""
    mean = episodes.select(pl.col("visits").mean().over("discipline", "condition").alias("m"), "discipline")
    return mean.select(pl.col("m") > pl.col("m").median().over("discipline")).to_series().to_numpy()


def _spread(
    rng: np.random.Generator, episodes: pl.DataFrame, npi: np.ndarray, days: np.ndarray, visits: np.ndarray
) -> Lines:
    """A line a visit, two or three times a week, from the first day on."""
    at = np.repeat(np.arange(episodes.height), visits)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(visits) - visits, visits)
    pace = rng.integers(2, 5, episodes.height)  # days from visit to visit
    on = days[at] + nth * pace[at]
    age = episodes["age_years"].to_numpy()
    born = days - 365 * age - age // 4 - rng.integers(1, 365, episodes.height)
    of_row = episodes[at.astype(np.uint32)]
    epoch = np.datetime64("2025-01-01")
    # One birthday a member: the earliest of what their episodes give.
    birth = (
        pl.DataFrame({"member_id": episodes["member_id"], "born": epoch + born})
        .group_by("member_id")
        .agg(pl.col("born").min().cast(pl.Date))
    )
    frame = of_row.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row"),
        pl.format("C{}", pl.int_range(1, pl.len() + 1)).alias("claim_id"),
        pl.Series("provider_npi", [f"{n:010d}" for n in npi], dtype=pl.String)[at.astype(np.uint32)],
        pl.Series("service_on", epoch + on).cast(pl.Date),
        pl.Series("minutes", rng.integers(2, 5, len(at)) * 15),
        pl.lit(1, pl.Int64).alias("visits"),
        pl.col("discipline").replace_strict(_CODES, return_dtype=pl.List(pl.String)).alias("procedures"),
        pl.lit(date(2023, 1, 1)).alias("covered_from"),
        pl.lit(date(2026, 12, 31)).alias("covered_until"),
    ).drop("episode_id")
    return conform_lines(
        frame.join(birth, on="member_id", how="left", maintain_order="left").rename({"born": "born_on"})
    )


def _spoil(rng: np.random.Generator, lines: Lines, each: int) -> tuple[Lines, pl.DataFrame]:
    """Lines made wrong, no line twice, and what each must give."""
    alone = lines.filter(pl.len().over("member_id") > 1).unique("member_id", keep="first", maintain_order=True)
    order = rng.permutation(alone.height)
    rows = iter(alone["row"].to_numpy()[order])
    day, npi = pl.col("service_on"), pl.col("provider_npi")
    slip = pl.concat_str(npi.str.head(9), (npi.str.tail(1).cast(pl.Int64) + 1).mod(10).cast(pl.String))
    edits: dict[str, dict[str, pl.Expr]] = {
        "npi-missing": {"provider_npi": pl.lit(None, pl.String)},
        "npi-form": {"provider_npi": npi.str.head(9)},
        "npi-check-digit": {"provider_npi": slip},
        "ends-before-it-begins": {"through_on": day - pl.duration(days=2)},
        "in-the-future": {"service_on": pl.lit(date(2031, 1, 15)), "covered_until": pl.lit(None, pl.Date)},
        "not-covered": {"covered_until": day - pl.duration(days=30)},
        "more-than-a-day": {"minutes": pl.lit(1500, pl.Int64)},
    }
    told: list[tuple[str, int]] = []
    for code, change in edits.items():
        mine = [int(next(rows)) for _ in range(each)]
        told += [(code, r) for r in mine]
        hit = pl.col("row").is_in(mine)
        lines = lines.with_columns(pl.when(hit).then(e).otherwise(pl.col(n)).alias(n) for n, e in change.items())
    members = {
        m: set(lines.filter(pl.col("row").is_in([int(next(rows)) for _ in range(each)]))["member_id"])
        for m in ("born", "died")
    }
    begin, end = day.min().over("member_id"), day.max().over("member_id")
    lines = lines.with_columns(
        pl.when(pl.col("member_id").is_in(list(members["born"])))
        .then(begin + pl.duration(days=1))
        .otherwise("born_on")
        .alias("born_on"),
        pl.when(pl.col("member_id").is_in(list(members["died"])))
        .then(end - pl.duration(days=1))
        .otherwise("died_on")
        .alias("died_on"),
    )
    told += [("before-birth", r) for r in lines.filter(day < pl.col("born_on"))["row"]]
    told += [("after-death", r) for r in lines.filter(day > pl.col("died_on"))["row"]]
    copied = [int(next(rows)) for _ in range(each)]
    other = [int(next(rows)) for _ in range(each)]
    again = lines.filter(pl.col("row").is_in(copied)).with_columns(
        pl.col("row") + _ADDED, pl.format("{}-again", "claim_id").alias("claim_id")
    )
    swap = {"PT": "OT", "OT": "PT", "ST": "OT"}
    both = lines.filter(pl.col("row").is_in(other)).with_columns(
        pl.col("row") + _ADDED,
        pl.format("{}-other", "claim_id").alias("claim_id"),
        pl.col("discipline").replace_strict(swap, return_dtype=pl.String),
    )
    told += [("duplicate-line", r + _ADDED) for r in copied]
    # Of two disciplines that bill alike the later in the alphabet is told.
    told += [
        ("overlapping-disciplines", r + _ADDED if d < swap[d] else r)
        for r, d in lines.filter(pl.col("row").is_in(other)).select("row", "discipline").iter_rows()
    ]
    spoilt = pl.concat([lines, again, both]).select(*LINES)
    return spoilt, pl.DataFrame(told, schema={"code": pl.String, "row": pl.Int64}, orient="row")
