"""Utilization as it went: claims (or requests), visits, episodes and people by month and by what they have in common.

People, episodes and rows are three counts; none is worked out from another. An episode counts in the month of its
first visit, and in the group of its first row that tells one; a person in each month and group in which a visit is.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from workbench.cases.claim_lines import Lines
from workbench.guideline.model import GAP_DAYS

DIMENSIONS = ("provider_npi", "condition", "state", "line_of_business", "discipline")
WITHIN = 90  # days from the first visit of an episode whose visits can be held against one another
FEWEST = 11  # people; groups with fewer are put together where a page shows them
NOT_STATED = "not stated"
_COUNTS = (
    pl.len().alias("rows"),
    pl.col("visits").sum().alias("visits"),
    pl.col("visits").null_count().alias("rows_without_visits"),
    pl.col("_opens").sum().alias("episodes_begun"),
    pl.col("episode_id").n_unique().alias("episodes") - pl.col("episode_id").is_null().any().cast(pl.Int64),
    pl.col("member_id").n_unique().alias("people") - pl.col("member_id").is_null().any().cast(pl.Int64),
)


def opened(lines: Lines) -> pl.DataFrame:
    """The lines with `month` (its first day) and `_opens`: the line is the first of its episode."""
    first = (pl.col("service_on").rank("ordinal").over("episode_id") == 1) & pl.col("episode_id").is_not_null()
    return lines.sort("service_on", "row").with_columns(
        pl.col("service_on").dt.truncate("1mo").alias("month"), first.fill_null(False).cast(pl.Int64).alias("_opens")
    )


def trends(lines: Lines, dimensions: Sequence[str] = DIMENSIONS) -> pl.DataFrame:
    """A row for each month, and each value of each dimension in it: dimension ("all" first), value, month, rows, visits
    (those that are told), rows_without_visits, episodes_begun, episodes, people. Lines without a day are left out."""
    known = opened(lines).filter(pl.col("month").is_not_null())
    whole = (
        known.group_by("month")
        .agg(_COUNTS)
        .select(pl.lit("all").alias("dimension"), pl.lit("all").alias("value"), "month", *_NAMES)
    )
    parts = [whole.sort("month")]
    for dimension in dimensions:
        value = pl.col(dimension).fill_null(NOT_STATED).alias("value")
        found = known.group_by(value, "month").agg(_COUNTS)
        parts.append(
            found.select(pl.lit(dimension).alias("dimension"), "value", "month", *_NAMES).sort("value", "month")
        )
    return pl.concat(parts)


_NAMES = ("rows", "visits", "rows_without_visits", "episodes_begun", "episodes", "people")


def groups(lines: Lines, dimension: str, *, fewest: int = 0) -> pl.DataFrame:
    """A row for each value of a dimension over the whole period: value, the counts of `trends` without those of a
    month, and visits_an_episode. Most visits first. With `fewest`, groups of fewer people are one group together,
    joined by the next smallest until it has as many: no row shows 1 to `fewest` − 1 people, and as each line stands in
    one row, none can be worked out from the others; `merged` counts the groups in it."""
    known = opened(lines).with_columns(pl.col(dimension).fill_null(NOT_STATED).alias("value"))
    counted = _grouped(known)
    if not fewest:
        return counted
    small = counted.filter(pl.col("people") < fewest)["value"].to_list()
    rest = counted.filter(pl.col("people") >= fewest).sort("people", "value")["value"].to_list()
    while small:
        found = _grouped(
            known.with_columns(
                pl.when(pl.col("value").is_in(small)).then(pl.lit(OTHERS)).otherwise("value").alias("value")
            ),
            len(small),
        )
        if not rest or found.filter(pl.col("value") == OTHERS)["people"][0] >= fewest:
            return found
        small.append(rest.pop(0))
    return counted


OTHERS = "all others"


def _grouped(known: pl.DataFrame, merged: int = 0) -> pl.DataFrame:
    found = known.group_by("value").agg(_COUNTS)
    an_episode = pl.when(pl.col("episodes") > 0).then(pl.col("_in_episodes") / pl.col("episodes"))
    inside = (
        known.filter(pl.col("episode_id").is_not_null())
        .group_by("value")
        .agg(pl.col("visits").sum().alias("_in_episodes"))
    )
    found = found.join(inside, on="value", how="left").with_columns(
        an_episode.alias("visits_an_episode"),
        pl.when(pl.col("value") == OTHERS).then(merged).otherwise(1).alias("merged"),
    )
    last = pl.col("value") == OTHERS
    return found.sort(last, "visits", "value", descending=[False, True, False]).select(
        "value", *_NAMES, "visits_an_episode", "merged"
    )


def episodes(lines: Lines) -> pl.DataFrame:
    """A row an episode: episode_id, member_id, provider_npi (who gave most of its visits; the earlier of equals),
    discipline, condition, state, line_of_business, plan, age_years, first_on, last_on, rows, visits (null where any of
    its rows does not tell), providers (how many), `early` (visits of its first `WITHIN` days), and `followed`: the file
    reaches far enough before it to see that it began, and far enough after that to see those days whole. A count of all
    its visits takes one that is still running for a short one; `early` of those followed does not."""
    known = lines.filter(pl.col("episode_id").is_not_null() & pl.col("service_on").is_not_null()).sort(
        "service_on", "row"
    )
    opens, closes = (lines["service_on"].min(), lines["service_on"].max())
    in_time = (pl.col("service_on") - pl.col("service_on").first()).dt.total_days() < WITHIN
    main = (
        known.filter(pl.col("provider_npi").is_not_null())
        .group_by("episode_id", "provider_npi", maintain_order=True)
        .agg(pl.col("visits").sum())
        .sort("visits", descending=True, maintain_order=True)
        .group_by("episode_id", maintain_order=True)
        .agg(pl.col("provider_npi").first(), pl.len().alias("providers"))
    )
    told = ("member_id", "discipline", "condition", "state", "line_of_business", "plan", "age_years")
    found = known.group_by("episode_id", maintain_order=True).agg(
        *(pl.col(n).drop_nulls().first() for n in told),
        pl.col("service_on").first().alias("first_on"),
        pl.col("service_on").last().alias("last_on"),
        pl.len().alias("rows"),
        pl.when(pl.col("visits").null_count() == 0).then(pl.col("visits").sum()).alias("visits"),
        pl.when(pl.col("visits").null_count() == 0).then(pl.col("visits").filter(in_time).sum()).alias("early"),
    )
    seen = (pl.col("first_on") - pl.lit(opens, pl.Date)).dt.total_days() >= GAP_DAYS
    to_come = (pl.lit(closes, pl.Date) - pl.col("first_on")).dt.total_days() >= WITHIN
    found = found.with_columns((seen & to_come).alias("followed"))
    return found.join(main, on="episode_id", how="left", maintain_order="left").with_columns(
        pl.col("providers").fill_null(0)
    )
